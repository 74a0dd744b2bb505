"""One review, whatever its form, read into the normal form.

A review is transcribed by hand (review.yaml and CSV files), a data package (as downloaded or unpacked), or a
RevMan 5 file; `raw_reviews` says which files are its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from repool.model import NormalForm
from repool.raw_reviews import RawReview
from repool.readers.package.archive import is_zip, kind_of, package_files
from repool.readers.package.reader import read_package
from repool.readers.problems import Problems, listed, words
from repool.readers.seal import SEAL, check_seal, checksum, printable
from repool.readers.transcribed import read_transcribed
from repool.readers.unread import described, is_known

_TRANSCRIBED = ("review.yaml", "studies.csv", "published.csv", "corrections.csv", "grade.csv")

_ONE = (
    "one review: a data package (its zip or its tables), one RevMan 5 file, or review.yaml with studies.csv "
    "and published.csv"
)

_STRANGE = (
    "a plain file or folder of the review's own, its name in visible letters",
    "rename it, remove it, or put a copy of what it leads to in its place",
)

Read = tuple[NormalForm | None, Problems, dict[str, str]]


class Form(StrEnum):
    """How a review is written down."""

    TRANSCRIBED = "transcribed"
    PACKAGE = "package"
    REVMAN5 = "revman5"


def read_review(review: RawReview, shown: str, schema: Path) -> Read:
    """Read a review; the normal form is None where anything is wrong with it.

    `shown` is how messages name the raw folder. Returns also the problems, warnings included, and the
    SHA-256 of every file, by its path from the review's base.
    """
    made, problems, sums = _read(review, shown, schema)
    problems.settle()
    return made, problems, sums


def _read(review: RawReview, shown: str, schema: Path) -> Read:
    above = f"{shown}/{review.name}/" if review.is_folder else f"{shown}/"
    place = above.removesuffix("/") if review.is_folder else above + review.files[0].name
    problems = Problems()
    if strange := review.strange():
        for path, what in strange.items():
            name = printable(path.relative_to(review.base).as_posix()).removeprefix(".")
            problems.error((above + name).removesuffix("/"), 0, "", words(what), *_STRANGE)
        return None, problems, {}
    form = form_of(review)
    if form is Form.TRANSCRIBED:
        return read_transcribed(review.base, place, schema)
    within = {
        path: printable(path.relative_to(review.base).as_posix())
        for path in review.files
        if path.name != SEAL and not path.name.startswith("~$")
    }
    if form is None:
        _report_forms(within, place, problems)
        return None, problems, {name: checksum(path) for path, name in within.items()}
    sums = _checksums(review, within, place, problems)
    if problems.errors:
        return None, problems, sums
    files = [(path, above + name) for path, name in within.items()]
    if form is Form.REVMAN5:
        _warn_of_unread([path for path, _ in files if not _is_revman5(path)], place, problems)
        return _read_revman5(files, review.name, problems), problems, sums
    package = package_files(files, problems)
    _warn_of_unread([path for path, name in files if name in package.others], place, problems)
    made = None if problems.errors else read_package(package, review.name, place, problems)
    return made, problems, sums


def form_of(review: RawReview) -> Form | None:
    """The form of a review; None where its files are of two forms, or of none.

    A folder with any file of a transcribed review is one: what is missing or does not belong there is then
    said of it.
    """
    if review.is_folder and any((review.base / name).exists() for name in _TRANSCRIBED):
        return Form.TRANSCRIBED
    revman5, package = _forms(review.files)
    if len(revman5) + bool(package) != 1:
        return None
    return Form.REVMAN5 if revman5 else Form.PACKAGE


def _forms(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """The RevMan 5 files, and the files of data packages."""
    paths = list(paths)
    return (
        [path for path in paths if _is_revman5(path)],
        [path for path in paths if is_zip(path.name) or kind_of(path.name)],
    )


def _is_revman5(path: Path) -> bool:
    return path.suffix.casefold() == ".rm5"


def _read_revman5(files: Sequence[tuple[Path, str]], name: str, problems: Problems) -> NormalForm | None:
    from repool.readers.revman5 import read_revman5  # an XML parser that the other forms do without

    path, shown = next(each for each in files if _is_revman5(each[0]))
    return read_revman5(path, name, shown, problems)


def _report_forms(within: Mapping[Path, str], place: str, problems: Problems) -> None:
    """Say of files of several forms or of none what they are, and what belongs there."""
    revman5, package = _forms(within)
    if not within:
        found, remedy = "an empty folder", "put the files of the review there, or remove the folder"
    elif not revman5 and not package:
        found = f"no file of a review, only {listed([described(path) for path in within])}"
        remedy = "put the files of the review there, under the names they were downloaded with"
    elif not package:
        found = f"{len(revman5)} RevMan 5 files: {listed([within[path] for path in revman5])}"
        remedy = "keep one; each of the others is a review in a folder of its own"
    else:
        found = f"two forms of a review: {within[revman5[0]]} and {within[package[0]]}"
        remedy = "keep the one that is meant; the other is a review in a folder of its own"
    problems.error(place, 0, "", words(found), _ONE, remedy)


def _warn_of_unread(paths: Iterable[Path], place: str, problems: Problems) -> None:
    """Say once which files of a folder nothing reads."""
    names = [described(path) for path in paths if not is_known(path.name)]
    if names:
        found = words(
            f"{'a file' if len(names) == 1 else 'files'} that Repool does not read: {listed(names)}"
        )
        problems.warning(place, 0, "", found, _ONE, "check that nothing in it is missing from the results")


def _checksums(review: RawReview, within: dict[Path, str], place: str, problems: Problems) -> dict[str, str]:
    """SHA-256 by file; a seal is checked where there is one, for only a transcribed review must have it."""
    if review.is_folder and (review.base / SEAL).is_file():
        return check_seal(review.base, place, within.values(), problems)
    return {name: checksum(path) for path, name in within.items()}
