"""One review, whatever its form, read into the normal form.

A review is transcribed by hand (review.yaml and CSV files), a data package (as downloaded or unpacked), or a
RevMan 5 file; `raw_reviews` says which files are its own.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from repool.model import NormalForm
from repool.raw_reviews import RawReview
from repool.readers.package.archive import is_zip, kind_of, package_files
from repool.readers.package.reader import read_package
from repool.readers.problems import Problems, words
from repool.readers.seal import SEAL, check_seal, checksum, printable
from repool.readers.transcribed import read_transcribed

_TRANSCRIBED = ("review.yaml", "studies.csv", "published.csv", "corrections.csv", "grade.csv")

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
    place, form = f"{shown}/{review.name}", form_of(review)
    if form is Form.TRANSCRIBED:
        return read_transcribed(review.base, place, schema)
    problems, above = Problems(), f"{place}/" if review.is_folder else f"{shown}/"
    within = {
        path: printable(path.relative_to(review.base).as_posix())
        for path in review.files
        if path.name != SEAL and not path.name.startswith("~$")
    }
    sums = _checksums(review, within, place, problems)
    if form is None:
        _report_mixture([path.name for path in within], place, problems)
    if problems.errors:
        return None, problems, sums
    files = [(path, above + name) for path, name in within.items()]
    if form is Form.REVMAN5:
        return _read_revman5(files, review.name, problems), problems, sums
    package = package_files(files, problems)
    made = None if problems.errors else read_package(package, review.name, place, problems)
    return made, problems, sums


def form_of(review: RawReview) -> Form | None:
    """The form of a review; None where its files are of two forms, or of none.

    A folder with any file of a transcribed review is one, and so is a folder with nothing else in it: what
    is missing or does not belong there is then said of it.
    """
    if review.is_folder and any((review.base / name).exists() for name in _TRANSCRIBED):
        return Form.TRANSCRIBED
    revman5 = [path for path in review.files if _is_revman5(path)]
    package = [path for path in review.files if is_zip(path.name) or kind_of(path.name)]
    if revman5 or package:
        one = len(revman5) == 1 if revman5 else True
        if not one or (revman5 and package):
            return None
        return Form.REVMAN5 if revman5 else Form.PACKAGE
    return Form.TRANSCRIBED if review.is_folder else None


def _is_revman5(path: Path) -> bool:
    return path.suffix.casefold() == ".rm5"


def _read_revman5(files: Sequence[tuple[Path, str]], name: str, problems: Problems) -> NormalForm | None:
    from repool.readers.revman5 import read_revman5  # an XML parser that the other forms do without

    path, shown = next(each for each in files if _is_revman5(each[0]))
    return read_revman5(path, name, shown, problems)


def _report_mixture(names: Sequence[str], place: str, problems: Problems) -> None:
    found = words(", ".join(names[:6]) if names else "no file of a review")
    problems.error(
        place, 0, "", found, "one review: a transcribed one, one data package, or one RevMan 5 file",
        "keep each review in a folder of its own, and one version of it",
    )  # fmt: skip


def _checksums(review: RawReview, within: dict[Path, str], place: str, problems: Problems) -> dict[str, str]:
    """SHA-256 by file; a seal is checked where there is one, for only a transcribed review must have it."""
    if review.is_folder and (review.base / SEAL).is_file():
        return check_seal(review.base, place, within.values(), problems)
    return {name: checksum(path) for path, name in within.items()}
