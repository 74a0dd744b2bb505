"""Which reviews lie in a folder of raw data, and how they are shared out among jobs."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_PLAIN = re.compile(r"[\w ./()&,+-]+")
#: A browser numbers what it downloads twice: "x (1).csv".
_NUMBERED = re.compile(r"\s*\([0-9]+\)(?=\.[a-z0-9]+$)", re.IGNORECASE)
_NAME = re.compile(r"\w[\w.-]*")
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

    base: what file names are relative to. files: all that may be read, sorted.
    """

    name: str
    base: Path
    files: tuple[Path, ...]

    @property
    def is_folder(self) -> bool:
        """Whether the review has a folder of its own."""
        return self.base.name == self.name and self.base.is_dir()

    @property
    def places(self) -> tuple[Path, ...]:
        """Its folder, or its files."""
        return (self.base,) if self.is_folder else self.files

    @property
    def inputs(self) -> list[Path]:
        """The files whose names Snakemake can handle; `listing` has them all."""
        return [path for path in self.files if _PLAIN.fullmatch(path.as_posix())]

    def listing(self) -> list[str]:
        """The names of everything there is, in letters that any system can handle."""
        inside = self.base.rglob("*") if self.is_folder else self.files
        return sorted(ascii(path.relative_to(self.base).as_posix()) for path in inside)


def raw_reviews(raw: Path) -> tuple[dict[str, RawReview], list[str]]:
    """The reviews of a raw folder by name, and the names that cannot be used.

    Every folder is a review, and so are loose downloads: X.zip, X.rm5, or the tables X-data-rows.csv and
    so on of an unpacked package. A loose review is called X, or by its file's full name where X is taken.
    """
    entries = sorted(path for path in raw.iterdir() if path.name[0] not in "._")
    folders = [path for path in entries if path.is_dir()]
    loose = _loose([path for path in entries if path.is_file()], {path.name for path in folders})
    found = [RawReview(path.name, path, _files(path)) for path in folders]
    found += [RawReview(name, raw, tuple(files)) for name, files in loose.items()]
    usable = {each.name: each for each in sorted(found, key=lambda each: each.name)}
    refused = [name for name in usable if not _NAME.fullmatch(name)]
    return {name: each for name, each in usable.items() if name not in refused}, refused


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


def _loose(paths: Sequence[Path], taken: Collection[str]) -> dict[str, list[Path]]:
    named: dict[str, dict[str, list[Path]]] = {}
    for path in paths:
        name = _NUMBERED.sub("", path.name)
        kind = next((each for each in (*TABLES, *_ALONE) if name.casefold().endswith(each)), "")
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
    inside = (path for path in folder.rglob("*") if path.is_file())
    return tuple(
        sorted(
            path
            for path in inside
            if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
    )
