"""The seal of a review folder: SHA256SUMS, in the format of `sha256sum -c`, over every other file."""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

from repool.readers.problems import UNPRINTABLE, Problems, words

SEAL = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def checksum(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def evidence(folder: Path) -> list[Path]:
    """The files a seal covers: all but itself and the hidden files that file managers leave."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path != folder / SEAL and not path.name.startswith((".", "~$"))
    )


def seal(folder: Path) -> str:
    """The text of the folder's seal as it stands now."""
    return "".join(f"{checksum(path)}  {path.relative_to(folder).as_posix()}\n" for path in evidence(folder))


def check_seal(folder: Path, shown: str, read: Collection[str], problems: Problems) -> dict[str, str]:
    """Compare a folder with its seal; report every difference and return the checksums by file.

    `read` names the files that Repool reads: any other would be evidence that changes nothing.
    """
    is_usual = shown == f"data/raw/{folder.name}"
    reseal = f"make seal REVIEW={folder.name}" + ("" if is_usual else " RAW=<your raw folder>")
    meant = f"if the change is meant, reseal on purpose: {reseal}"
    path = folder / SEAL
    sums = {printable(each.relative_to(folder).as_posix()): checksum(each) for each in evidence(folder)}
    for name in sums:
        if name not in read:
            problems.error(
                f"{shown}/{name}", 0, "", words("a file that Repool does not read"),
                f"only {', '.join(read)}", f"remove it; if the seal lists it, then {reseal}",
            )  # fmt: skip
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    if not lines:
        problems.error(
            f"{shown}/{SEAL}", 0, "", words("an empty seal" if path.is_file() else "no seal"),
            "a checksum of every file", f"check the folder, then seal it: {reseal}",
        )  # fmt: skip
        return sums
    listed, whole = set(), True
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if not match and line.strip():
            whole = False
            problems.error(
                f"{shown}/{SEAL}", number, "", line, "a checksum, two blanks and a file name",
                f"restore the seal, or check the folder and {reseal}",
            )  # fmt: skip
        if not match:
            continue
        expected, name = match.groups()
        listed.add(name)
        if name not in sums:
            problems.error(
                f"{shown}/{name}", 0, "", words("no such file"),
                f"the file that {SEAL} line {number} lists", f"restore it, or {meant}",
            )  # fmt: skip
        elif sums[name] != expected:
            problems.error(
                f"{shown}/{name}", 0, "", words(f"SHA-256 {sums[name][:12]}…"),
                f"{expected[:12]}… as sealed in {SEAL} line {number}: the file was altered",
                f"restore it, or {meant}",
            )  # fmt: skip
    for name in sorted(sums.keys() & set(read) - listed):
        if whole:  # else a broken line may be the one that lists it
            problems.error(
                f"{shown}/{name}", 0, "", words("a file that is not sealed"), f"an entry in {SEAL}",
                f"remove it, or {meant}",
            )  # fmt: skip
    return sums


def printable(name: str) -> str:
    """A file's name as results and messages can hold it; no file that Repool reads has another."""
    return re.sub(r"\s", " ", UNPRINTABLE.sub("\ufffd", name))
