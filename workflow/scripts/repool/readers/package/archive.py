"""The files of a package: loose, in folders, or in zips within zips, read in memory and never unpacked.

A zip is hostile until it is read: names that lead out of it, links, passwords, more or larger files than
any package has, and files that swell when they are unpacked are errors, not surprises.
"""

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from repool.readers.problems import UNPRINTABLE, Problems, words
from repool.readers.signatures import ZIP_STARTS, Disguise, disguise_of
from repool.readers.text_file import MAX_BYTES

#: More than any package has: files in one zip, zips within zips, unpacked bytes, and times it may swell.
MAX_MEMBERS, MAX_DEPTH, MAX_UNPACKED, MAX_RATIO = 5_000, 3, 50_000_000, 200
_SMALL = 1_000_000  # bytes: what is no larger may swell as it likes
_FAULTS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError,
    NotImplementedError, RuntimeError, IndexError,
)  # fmt: skip
_ANEW = "download the package again"
_TEXT = Disguise("text, such as a table", "if it is a table of a package, give it the name it has there")
_BROKEN = Disguise("a file that is no zip, or a broken zip")
_EMPTY = Disguise("an empty file")


class Kind(StrEnum):
    """The files of a package that Repool reads, and those that say it is another kind of review."""

    ROWS = "data-rows.csv"
    SETTINGS = "overall-estimates-and-settings.csv"
    SUBGROUPS = "subgroup-estimates.csv"
    BIAS = "risk-of-bias.csv"
    STUDIES = "study-information.csv"
    REFERENCES = "included.ris"
    DIAGNOSTIC = "parameters.csv"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file that Repool reads: how messages name it, the way through zips included, and its bytes."""

    kind: Kind
    shown: str
    raw: bytes


def kind_of(name: str) -> Kind | None:
    """Which of a package's files a file is, by its name; a browser may have numbered it: "x (1).csv"."""
    plain = re.sub(r"\s*\([0-9]+\)(?=\.[a-z]+$)", "", Path(name).name.casefold())
    for kind in Kind:
        if plain == kind.value or re.search(rf"[-_ ]{re.escape(kind.value)}$", plain):
            return kind
    return None


def is_zip(name: str) -> bool:
    """Whether a file's name says that it is a zip."""
    return name.casefold().endswith(".zip")


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a package that Repool reads, and the names of the others, as messages have them.

    A second copy of a file, equal to the byte, is in neither.
    """

    files: tuple[PackageFile, ...]
    others: tuple[str, ...]


def package_files(paths: Sequence[tuple[Path, str]], problems: Problems) -> Contents:
    """What is among these (path, name in messages), in zips too; what cannot be read is reported."""
    opened = _Opened(MAX_UNPACKED)
    found: list[PackageFile] = []
    for path, shown in paths:
        kind = kind_of(path.name)
        if kind is None and not is_zip(path.name):
            opened.others.append(shown)
            continue
        try:
            raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
        except OSError as fault:
            what = words(fault.strerror or "an unreadable file")
            problems.error(shown, 0, "", what, "a readable file", "check the file and its permissions")
            continue
        if raw is None:
            problems.error(shown, 0, "", words(f"over {MAX_BYTES // 10**6} MB"), "a smaller file", _ANEW)
        elif kind is None:
            found += _members(raw, shown, 1, opened, problems)
        else:
            found.append(PackageFile(kind, shown, raw))
    files = list({(each.kind, each.raw): each for each in reversed(found)}.values())[::-1]
    return Contents(tuple(files), tuple(opened.others))


@dataclass(slots=True)
class _Opened:
    """How many more bytes all zips of a review may unpack to, and what was passed over in them."""

    left: int
    others: list[str] = field(default_factory=list)


def _members(
    raw: bytes, shown: str, depth: int, opened: _Opened, problems: Problems
) -> Iterator[PackageFile]:
    if not raw.startswith(ZIP_STARTS):
        found = disguise_of(raw) or (_TEXT if _is_text(raw) else _BROKEN if raw else _EMPTY)
        what, remedy = words(found.name), found.remedy or _ANEW
        problems.error(shown, 0, "", what, "a zip file as downloaded", remedy)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if members and min(each.header_offset for each in members) > 0:
                raise zipfile.BadZipFile("cut short, or something stands before it")
            if len(members) > MAX_MEMBERS:
                what = words(f"{len(members)} files in one zip")
                problems.error(shown, 0, "", what, f"at most {MAX_MEMBERS}", _ANEW)
                return
            if any(member.flag_bits & 0x1 for member in members):
                what, remedy = words("a zip with a password"), "unpack it, and put its files here instead"
                problems.error(shown, 0, "", what, "a zip without a password", remedy)
                return
            for member in members:
                yield from _member(archive, member, shown, depth, opened, problems)
    except _FAULTS as fault:
        what = words(f"a broken zip ({_said(fault)})")
        problems.error(shown, 0, "", what, "a zip file as downloaded", _ANEW)


def _is_text(raw: bytes) -> bool:
    """Whether the first bytes are all those of visible text."""
    return bool(raw) and not re.search(rb"[\0-\x08\x0e-\x1f\x7f]", raw[:2000])


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, shown: str, depth: int, opened: _Opened,
    problems: Problems,
) -> Iterator[PackageFile]:  # fmt: skip
    typed = " ".join(_name_of(member).split())
    name = UNPRINTABLE.sub("\ufffd", typed)
    parts = re.split(r"[/\\]", name)
    place, kind = f"{shown}/{name}", kind_of(name)
    if member.is_dir() or "__MACOSX" in parts or parts[-1].startswith((".", "~$")):
        return
    fault = _fault_of(member, parts)
    if not fault and (kind or is_zip(name)):
        fault = _unreadable(member, typed)
    if fault:
        problems.error(shown, 0, "", words(f"{fault}: {name[:80]}"), "plain files inside the zip", _ANEW)
    elif name.casefold().endswith(".rm5"):
        what = words("a RevMan 5 file in a zip")
        problems.error(
            place, 0, "", what, "the .rm5 by itself", "unpack it and put it here instead of the zip"
        )
    elif is_zip(name) and depth >= MAX_DEPTH:
        problems.error(place, 0, "", words("a zip in a zip in a zip"), f"at most {MAX_DEPTH} levels", _ANEW)
    elif kind or is_zip(name):
        try:
            raw = _unpacked(archive, member, place, opened, problems)
        except _FAULTS as broken:
            what = words(f"a broken file in the zip ({_said(broken)})")
            problems.error(place, 0, "", what, "a file that can be unpacked", _ANEW)
            return
        if raw is None:
            return
        if kind:
            yield PackageFile(kind, place, raw)
        else:
            yield from _members(raw, place, depth + 1, opened, problems)
    else:
        opened.others.append(place)


def _name_of(member: zipfile.ZipInfo) -> str:
    """A member's name: many programs write UTF-8 without saying so, which is then read as code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _fault_of(member: zipfile.ZipInfo, parts: list[str]) -> str:
    """What makes a member one that no package has, "" where nothing does."""
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        return "a name that leads out of the zip"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link"
    return ""


def _unreadable(member: zipfile.ZipInfo, name: str) -> str:
    """What keeps a table from being read, "" where nothing does."""
    if UNPRINTABLE.search(name):
        return "a name with characters that nobody sees"
    if member.compress_type == zipfile.ZIP_LZMA:  # its first bytes say how much memory it takes: up to 4 GB
        return "a file packed by LZMA"
    return ""


def _unpacked(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str, opened: _Opened, problems: Problems
) -> bytes | None:
    """A member's bytes; the size is counted as it is unpacked, whatever the zip says of it."""
    if opened.left < 0:  # which was said
        return None
    limit = min(MAX_BYTES, opened.left, max(_SMALL, MAX_RATIO * member.compress_size))
    with archive.open(member) as stream:
        raw = stream.read(limit + 1)
    if len(raw) > limit == opened.left:
        opened.left, size = -1, f"{MAX_UNPACKED // 10**6} MB"
        what = words(f"a package that unpacks to over {size}")
        problems.error(place, 0, "", what, f"at most {size} in all its zips", _ANEW)
        return None
    if len(raw) > limit:
        what = words(f"a file that unpacks to over {limit // 10**6} MB")
        problems.error(place, 0, "", what, f"at most {MAX_RATIO} times its size in the zip", _ANEW)
        return None
    opened.left -= len(raw)
    return raw


def _said(fault: BaseException) -> str:
    return UNPRINTABLE.sub("\ufffd", str(fault))[:60] or type(fault).__name__
