"""Any bytes are refused with a message or read to the right numbers, by every reader (docs/reliability.md).

The long run is `make test-fuzz`. Here: every input that was ever found to be wrong, reviews of known numbers
in any dress, and a short run of each target.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings

from conftest import SCHEMA, sealed
from fuzz import dressing, engine, largest, oracles, reading, run, toys
from fuzz.cases import CASES, Case
from fuzz.dressing import FIGURES, Dressed
from fuzz.targets import TARGETS
from repool.raw_reviews import raw_reviews
from repool.readers import delimited
from repool.readers.package import bias as package_bias
from repool.readers.package import reader, table
from repool.readers.package.archive import Kind
from repool.readers.problems import MOST, Problems
from repool.readers.review import read_review

DRESSES = {"transcribed": dressing.transcribed, "package": dressing.package, "RevMan 5": dressing.revman5}
QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_found(case: Case) -> None:
    TARGETS[case.target].run(case.data)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_right(name: str) -> None:
    for seed in TARGETS[name].corpus():
        TARGETS[name].run(seed)


def judge(dressed: Dressed, folder: Path) -> None:
    """Read a dressed review: exactly its numbers, or a refusal where the dress is not legal."""
    shutil.rmtree(folder, ignore_errors=True)
    place = folder / "toy"
    place.mkdir(parents=True)
    for name, raw in dressed.files.items():
        (place / name).write_bytes(raw)
    if "review.yaml" in dressed.files:
        sealed(place)
    form, problems, _ = read_review(raw_reviews(folder)[0]["toy"], "raw", SCHEMA)
    oracles.check_messages(problems)
    oracles.check_form(form, problems)
    if form is None:
        assert not dressed.is_legal, problems.errors[:3]
        return
    rows = sorted(form.studies, key=lambda study: study.line)
    found = [tuple(getattr(row, name) for name in FIGURES) for row in rows]
    assert found == dressed.numbers


@pytest.mark.parametrize("name", DRESSES)
def test_known_numbers_in_any_dress(name: str, tmp_path: Path) -> None:
    _dressed(name, tmp_path, 25)()


@pytest.mark.slow
@pytest.mark.parametrize("name", DRESSES)
def test_known_numbers_in_many_dresses(name: str, tmp_path: Path) -> None:
    _dressed(name, tmp_path, 300)()


def _dressed(name: str, folder: Path, examples: int) -> Callable[[], None]:
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=QUIET
    )
    @given(DRESSES[name]())
    def one(dressed: Dressed) -> None:
        judge(dressed, folder / "raw")

    return one


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")  # of zipfile, where a zip is made with such names
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_finds_nothing(name: str, tmp_path: Path) -> None:
    findings, corpus = run.places(tmp_path, TARGETS[name])
    assert engine.plain(name, findings, corpus, seconds=60, executions=300, seed=1) == 300
    assert run.found(tmp_path, [name]) == []


@pytest.mark.slow
@pytest.mark.skipif(not run.has_atheris(), reason="atheris is not installed (it is for Linux on x86-64)")
@pytest.mark.parametrize("name", ["published.csv", "risk of bias, RIS", "RevMan 5"])
def test_a_short_guided_run_finds_nothing(name: str, tmp_path: Path) -> None:
    tallies = run.fuzz([name], tmp_path, seconds=300, executions=500, turn=60, modes=["guided"])
    assert run.found(tmp_path, [name]) == []
    assert tallies[name].guided >= 500
    assert tallies[name].edges > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in largest.FILES if "one rare" in name or "all" in name])
def test_the_largest_files_take_less_than_500_mb(name: str) -> None:
    took, peak, _ = largest.measured(name)
    assert peak < largest.MOST_MB
    assert took < largest.MOST_SECONDS


@pytest.mark.parametrize(
    ("place", "limit", "most", "found"),
    [
        (reader, "MAX_TOGETHER", 1_000_000, "tables of over 1 MB together"),
        (table, "MAX_TOTALS", 2, "5 rows"),
        (delimited, "MAX_ROWS", 9, "more than 9 rows"),
        (delimited, "MAX_CELLS", 99, "more than 99 cells"),
        (package_bias, "MAX_LINES", 3, "13 lines"),
    ],
    ids=["together", "totals", "rows", "cells", "lines"],
)
def test_what_is_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch, place: ModuleType, limit: str, most: int, found: str
) -> None:
    monkeypatch.setattr(place, limit, most)
    tables = {kind: toys.table(kind.value).encode() for kind in (Kind.ROWS, Kind.SETTINGS, Kind.REFERENCES)}
    if limit == "MAX_TOGETHER":
        tables[Kind.BIAS] = b"Study\n" * 200_000
    form, problems = reading.package(tables)
    assert form is None
    assert found in {each.found for each in problems.errors}


def test_problems_beyond_the_most_are_counted() -> None:
    problems = Problems()
    for line in range(MOST + 7):
        problems.error("a.csv", line, "x", "1,5", "a number", "correct it")
        problems.decimal_comma()
    problems.warning("a.csv", MOST + 9, "y", "1", "2", "nothing")
    problems.settle()
    habit, more, warning = problems.found
    assert (habit.severity, more.severity, warning.severity) == ("error", "error", "warning")
    assert habit.found.startswith(f"decimal commas in {MOST} cells")
    assert more.found == "7 more, like those above"
