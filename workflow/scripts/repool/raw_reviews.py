"""Which reviews lie in a folder of raw data, and how they are shared out among jobs."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from repool.readers.seal import checksum, printable
from repool.steps import OVER_ALL

_PLAIN = re.compile(r"[\w ./()&,+-]+")
#: A browser numbers what it downloads twice: "x (1).csv".
_NUMBERED = re.compile(r"\s*\([0-9]+\)(?=\.[a-z0-9]+$)", re.IGNORECASE)
_NAME = re.compile(r"\w[\w.-]{0,199}")
#: What lies beside the folders of the reviews in the results, in small letters: some systems know no others.
_TAKEN = frozenset(
    name.casefold()
    for step, names in (*OVER_ALL.items(), ("provenance", ("README.md",)))
    for name in (f"{step}.log", *names)
)
#: What a Cochrane data package calls its tables, behind the name of the review.
TABLES = (
    "-data-rows.csv", "-overall-estimates-and-settings.csv", "-subgroup-estimates.csv",
    "-risk-of-bias.csv", "-study-information.csv", "-included.ris",
)  # fmt: skip
_ALONE = (".zip", ".rm5")
_OWN_JOB = 16
_SHARD = 50


@dataclass(frozen=True, slots=True)
class RawReview:
    """A review as it lies in the raw folder: a folder of its own, or files of the raw folder itself.

    base: what file names are relative to. files: all that may be read, sorted. is_folder: whether the review
    has a folder of its own.
    """

    name: str
    base: Path
    files: tuple[Path, ...]
    is_folder: bool = False

    @property
    def places(self) -> tuple[Path, ...]:
        """Its folder, or its files."""
        return (self.base,) if self.is_folder else self.files

    @property
    def inputs(self) -> list[Path]:
        """The files whose names Snakemake can handle; `digest` takes them all."""
        return [path for path in self.files if _PLAIN.fullmatch(path.as_posix())]

    def digest(self) -> str:
        """A SHA-256 of the names of everything there is, and of what is in each file."""
        told = sha256()
        for path in self._all():
            name, own = path.relative_to(self.base).as_posix(), path.is_symlink()
            held = str(path.readlink()) if own else checksum(path) if path.is_file() else ""
            told.update(f"{name!a} {held!a}\n".encode())
        return told.hexdigest()

    def strange(self) -> dict[Path, str]:
        """What nothing may read, and what it is: what it holds is not the review's or may have no end."""
        found = {path: _strange(path) for path in self._all()}
        return {path: what for path, what in found.items() if what}

    def _all(self) -> list[Path]:
        """Everything there is, sorted; a link is not followed."""
        if not self.is_folder:
            return list(self.files)
        return [self.base] if self.base.is_symlink() else sorted(self.base.rglob("*"))


def raw_reviews(raw: Path, names: Iterable[str] = ()) -> tuple[dict[str, RawReview], dict[str, list[str]]]:
    """The reviews of a raw folder by name, and the names that cannot be used, each with its loose files.

    Every folder is a review, and so are loose downloads: X.zip, X.rm5, or the tables X-data-rows.csv and
    so on of an unpacked package. A loose review is called X, or by its file's full name where X is taken.
    names: of some reviews, where nobody asks for the others.
    """
    starts = tuple({part for name in names for part in (name, name.rpartition(".")[0] or name)}) or ""
    entries = sorted(
        path for path in raw.iterdir() if path.name[0] not in "._" and path.name.startswith(starts)
    )
    folders = [path for path in entries if path.is_dir()]
    loose = _loose([path for path in entries if path.is_file()], {path.name for path in folders})
    found = [RawReview(path.name, path, _files(path), True) for path in folders]
    found += [RawReview(name, raw, tuple(files)) for name, files in loose.items()]
    usable = {each.name: each for each in sorted(found, key=lambda each: each.name)}
    refused = [each for each in usable.values() if not _usable(each.name)]
    for each in refused:
        del usable[each.name]
    return usable, {
        printable(each.name): [] if each.is_folder else [printable(path.name) for path in each.files]
        for each in refused
    }


def shards(names: Sequence[str], wanted: int = 0) -> dict[str, list[str]]:
    """Which reviews one job takes together, by the name of the shard.

    Few reviews have a job each. Many are dealt out by a digest of their names, so that another review
    changes one shard alone: into `wanted` shards, or into 8, 16, 32 ... of about 50 reviews.
    """
    if not wanted and len(names) <= _OWN_JOB:
        return {name: [name] for name in names}
    number = wanted or 8
    while not wanted and len(names) > _SHARD * number:
        number *= 2
    width = len(str(number))
    dealt: dict[str, list[str]] = {}
    for name in sorted(names):
        at = int.from_bytes(sha256(name.encode()).digest()[:8]) % number
        dealt.setdefault(f"shard-{at + 1:0{width}}-of-{number}", []).append(name)
    return dict(sorted(dealt.items()))


def loose_kind(name: str) -> str:
    """The end of a loose file's name that makes it a review's, "" where none does."""
    plain = _NUMBERED.sub("", name).casefold()
    return next((each for each in (*TABLES, *_ALONE) if plain.endswith(each)), "")


def _usable(name: str) -> bool:
    """Whether results can have a folder of this name."""
    return bool(_NAME.fullmatch(name)) and name.casefold() not in _TAKEN


def _strange(path: Path) -> str:
    if path.is_symlink():
        return "a link"
    if not path.is_file() and not path.is_dir():
        return "a pipe or device"
    return "a name with characters that nobody sees" if printable(path.name) != path.name else ""


def _loose(paths: Sequence[Path], taken: Collection[str]) -> dict[str, list[Path]]:
    named: dict[str, dict[str, list[Path]]] = {}
    for path in paths:
        name, kind = _NUMBERED.sub("", path.name), loose_kind(path.name)
        if kind:
            form = kind if kind in _ALONE else ".csv"
            named.setdefault(name[: -len(kind)], {}).setdefault(form, []).append(path)
    return dict(_named(named, taken))


def _named(
    found: Mapping[str, Mapping[str, list[Path]]], taken: Collection[str]
) -> list[tuple[str, list[Path]]]:
    return [
        (name if len(forms) == 1 and name not in taken else f"{name}{form}", paths)
        for name, forms in found.items()
        for form, paths in forms.items()
    ]


def _files(folder: Path) -> tuple[Path, ...]:
    inside = () if folder.is_symlink() else (path for path in folder.rglob("*") if path.is_file())
    return tuple(
        sorted(
            path
            for path in inside
            if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
    )
