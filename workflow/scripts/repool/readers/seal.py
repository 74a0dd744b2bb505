"""The seal of a review folder: SHA256SUMS, in the format of `sha256sum -c`, over every other file."""

import hashlib
import re
from pathlib import Path

from repool.readers.sheet import Problems, words

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
        if path.is_file() and path.name != SEAL and not path.name.startswith((".", "~$"))
    )


def seal(folder: Path) -> str:
    """The text of the folder's seal as it stands now."""
    return "".join(
        f"{checksum(path)}  {path.relative_to(folder).as_posix()}\n" for path in evidence(folder)
    )


def check_seal(folder: Path, shown: str, problems: Problems) -> dict[str, str]:
    """Compare a folder with its seal; report every difference and return the checksums by file."""
    how = f"if the change is meant, reseal on purpose: make seal REVIEW={folder.name}"
    path = folder / SEAL
    sums = {each.relative_to(folder).as_posix(): checksum(each) for each in evidence(folder)}
    if not path.is_file():
        problems.error(f"{shown}/{SEAL}", 0, "", words("no seal"), f"a file {SEAL}", how)
        return sums
    listed: dict[str, int] = {}
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if not match:
            if line.strip():
                problems.error(
                    f"{shown}/{SEAL}", number, "", line, "a checksum, two blanks and a file name", how
                )
            continue
        expected, name = match.groups()
        listed[name] = number
        if name not in sums:
            problems.error(
                f"{shown}/{name}", 0, "", words("no such file"),
                f"the file that {SEAL} line {number} lists", f"restore it, or {how}",
            )  # fmt: skip
        elif sums[name] != expected:
            problems.error(
                f"{shown}/{name}", 0, "", words(f"SHA-256 {sums[name][:12]}…"),
                f"{expected[:12]}… as sealed in {SEAL} line {number}: the file was altered",
                f"restore it, or {how}",
            )  # fmt: skip
    for name in sorted(sums.keys() - listed.keys()):
        problems.error(
            f"{shown}/{name}", 0, "", words("a file that is not sealed"), f"an entry in {SEAL}",
            f"remove it, or {how}",
        )  # fmt: skip
    return sums
