"""The readers as functions of bytes: each gives what it made, with all that it found wrong."""

import atexit
import os
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from conftest import SCHEMA
from fuzz import toys
from repool.model import Analysis, Bias, Claim, Judgement, NormalForm, Reference, Review, Study
from repool.normal_form import read_form, write_form
from repool.raw_reviews import RawReview, raw_reviews
from repool.readers.analyses import read_analyses
from repool.readers.claims import read_claims, read_judgements
from repool.readers.corrections import Corrections, read_corrections
from repool.readers.package.archive import Contents, Kind, PackageFile, package_files
from repool.readers.package.bias import read_bias, read_references, read_study_years
from repool.readers.package.reader import read_package
from repool.readers.problems import Problems
from repool.readers.review import read_review
from repool.readers.revman5 import read_revman5
from repool.readers.rob import read_rob
from repool.readers.seal import SEAL, seal
from repool.readers.settings import Settings, load_schema, read_settings
from repool.readers.studies import read_studies
from repool.readers.transcribed import _review

#: Where files are read fastest, if there is such a place; a variable names a folder that goes with a run.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
OWN_FOLDER = "REPOOL_FUZZ_FOLDER"
_SPLIT = b"\n=== "


@cache
def folder() -> Path:
    """A folder of this process; it goes with the process."""
    made = Path(mkdtemp(prefix="repool-fuzz-", dir=os.environ.get(OWN_FOLDER, MEMORY)))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def file(name: str, data: bytes) -> Path:
    path = folder() / name
    path.write_bytes(data)
    return path


@cache
def schema() -> dict[str, Any]:
    return load_schema(SCHEMA)


@cache
def toy() -> tuple[Review, tuple[Analysis, ...], tuple[Study, ...]]:
    """What the sheets of a transcribed review are read with."""
    settings, problems = settings_file(toys.SETTINGS.encode())
    assert settings, problems.found
    review, analyses = _review("toy", settings), read_analyses(settings)
    path, names = file("toy.csv", toys.STUDIES.encode()), _sources(review)
    rows = read_studies(path, "toy.csv", analyses, ["dose"], names, Corrections([]), problems)
    assert not problems.errors, problems.found
    return review, analyses, rows


def _sources(review: Review) -> list[str]:
    return [each.source for each in review.sources]


def _known() -> dict[str, Analysis]:
    return {each.analysis: each for each in toy()[1]}


def settings_file(data: bytes) -> tuple[Settings | None, Problems]:
    """review.yaml against its schema."""
    problems = Problems()
    return read_settings(file("review.yaml", data), "raw/toy/review.yaml", schema(), problems), problems


def declared(data: bytes) -> tuple[Settings | None, tuple[Analysis, ...], Problems]:
    """The same, and the analyses that it declares."""
    settings, problems = settings_file(data)
    analyses: tuple[Analysis, ...] = ()
    if settings is not None:
        _review("toy", settings)
        analyses = read_analyses(settings)
    problems.settle()
    return settings, analyses, problems


def studies(data: bytes, ledger: bytes | None = None) -> tuple[tuple[Study, ...], Problems]:
    """studies.csv, and if need be what corrections.csv makes of it."""
    review, analyses, _ = toy()
    problems, names = Problems(), _sources(review)
    entries = Corrections([])
    if ledger is not None:
        entries = read_corrections(
            file("corrections.csv", ledger), "raw/toy/corrections.csv", names, problems
        )
    path = file("studies.csv", data)
    rows = read_studies(path, "raw/toy/studies.csv", analyses, ["dose"], names, entries, problems)
    problems.settle()
    return rows, problems


def published(data: bytes) -> tuple[tuple[Claim, ...], Problems]:
    """published.csv."""
    review, _, rows = toy()
    problems, path = Problems(), file("published.csv", data)
    claims = read_claims(path, "raw/toy/published.csv", review.sources, _known(), rows, problems)
    problems.settle()
    return claims, problems


def certainty(data: bytes) -> tuple[tuple[Judgement, ...], Problems]:
    """grade.csv."""
    problems, path = Problems(), file("grade.csv", data)
    made = read_judgements(path, "raw/toy/grade.csv", toy()[0].sources, _known(), problems)
    problems.settle()
    return made, problems


def bias(data: bytes) -> tuple[tuple[Bias, ...], Problems]:
    """rob.csv."""
    problems, path = Problems(), file("rob.csv", data)
    made = read_rob(path, "raw/toy/rob.csv", {each.trial for each in toy()[2]}, problems)
    problems.settle()
    return made, problems


def transcribed(data: bytes) -> tuple[NormalForm | None, Problems]:
    """A whole transcribed review: files one after the other, each behind a line with its name; sealed."""
    place = folder() / "raw" / "toy"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for part in (b"\n" + data).split(_SPLIT)[1:9]:
        name, _, content = part.partition(b"\n")
        if plain := _file_name(name):
            (place / plain).write_bytes(content)
    if b"\n=== " + SEAL.encode() not in data:
        (place / SEAL).write_text(seal(place), "utf-8", errors="replace")
    return _imported(raw_reviews(place.parent)[0]["toy"])


def loose(data: bytes) -> list[tuple[NormalForm | None, Problems]]:
    """A loose file of the raw folder, its name in the first line."""
    raw = folder() / "loose"
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir()
    name, _, content = data.partition(b"\n")
    if plain := _file_name(name):
        (raw / plain).write_bytes(content)
    return [_imported(review) for review in raw_reviews(raw)[0].values()]


def _file_name(name: bytes) -> str:
    """A name that a file can have, "" where there is none."""
    plain = name.decode("utf-8", "replace").strip().replace("/", "").replace("\0", "")[:60]
    return "" if plain in (".", "..") else plain


def _imported(review: RawReview) -> tuple[NormalForm | None, Problems]:
    """A review as the import reads, writes and leaves it to the next step: not a digit may change."""
    form, problems, sums = read_review(review, "data/raw", SCHEMA)
    made = folder() / "form"
    made.mkdir(exist_ok=True)
    write_form(made, review.name, form, problems.found, sums)
    assert form is None or read_form(made) == form, "another form once it was written"
    return form, problems


def package(tables: dict[Kind, bytes]) -> tuple[NormalForm | None, Problems]:
    """A data package of these tables."""
    problems = Problems()
    files = (PackageFile(kind, f"raw/toy/x-{kind}", raw) for kind, raw in tables.items())
    form = read_package(Contents(tuple(files), ()), toys.NAME, "raw/toy", problems)
    problems.settle()
    return form, problems


def zipped(data: bytes) -> tuple[Contents, NormalForm | None, Problems]:
    """A data package in its zip."""
    problems = Problems()
    contents = package_files([(file("toy.zip", data), "raw/toy.zip")], problems)
    form = None if problems.errors else read_package(contents, toys.NAME, "raw/toy.zip", problems)
    problems.settle()
    return contents, form, problems


def judgements(data: bytes) -> tuple[list[Bias], Problems]:
    """risk-of-bias.csv of a package."""
    problems = Problems()
    return read_bias(PackageFile(Kind.BIAS, "raw/toy/x-risk-of-bias.csv", data), problems), problems


def references(data: bytes, kind: Kind) -> tuple[list[Reference], Problems]:
    """included.ris or study-information.csv of a package."""
    problems, own = Problems(), PackageFile(kind, f"raw/toy/x-{kind}", data)
    if kind is Kind.STUDIES:
        return read_study_years(own, problems), problems
    return read_references(own, {"Ahl 1998", "Berg 2003"}, problems), problems


def revman5(data: bytes) -> tuple[NormalForm | None, Problems]:
    """A RevMan 5 file."""
    problems = Problems()
    form = read_revman5(file("toy.rm5", data), "toy", "raw/toy.rm5", problems)
    problems.settle()
    return form, problems
