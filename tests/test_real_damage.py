"""Tables damaged as people and programs damage them: said where, or without effect on any number.

The kinds are in `real_damage`, what becomes of a review in `damage_outcomes`. A made-up package goes through
all of them here, and each sign of a change has a case; the real reviews of ../shared in the slow test.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

from cochrane import TABLES
from conftest import SCHEMA, shared
from damage_outcomes import Ending, ending_of, endings, planned, review_of, table_of
from packages import DATA_ROWS, every_kind, package
from real_damage import KINDS
from repool.meta_analysis import analyse
from repool.model import NormalForm, Problem
from repool.raw_reviews import raw_reviews
from repool.readers.review import read_review
from repool.reproduce import check_claims
from repool.trial_figures import check_trials
from repool.verdicts import Verdict
from table_damage import Export, export_of, text_of

NAME = "CD990001"
ROWS = f"{NAME}-data-rows.csv"
Edit = Callable[[list[dict[str, str]]], object]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The texts of a made-up package with what RevMan would print, without byte-order marks."""
    texts = package(every_kind(), "old", tmp_path_factory.mktemp("toy"))
    return {name: text.removeprefix("\ufeff") for name, text in texts.items()}


def read(folder: Path, texts: dict[str, str]) -> tuple[NormalForm | None, list[Problem]]:
    """The review of these files."""
    (folder / NAME).mkdir(parents=True)
    for name, text in texts.items():
        (folder / NAME / name).write_text(text, "utf-8", newline="")
    form, problems, _ = read_review(raw_reviews(folder)[0][NAME], "raw", SCHEMA)
    return form, problems.found


def edited(texts: dict[str, str], edit: Edit) -> dict[str, str]:
    """The same files, the data rows after an edit of their list."""
    rows = list(csv.DictReader(io.StringIO(texts[ROWS])))
    header = list(rows[0])
    edit(rows)
    return texts | {ROWS: text_of(header, [[row[name] for name in header] for row in rows])}


def cell(line: int, column: str, text: str) -> Edit:
    """Another text in a cell, by its line in the file."""
    return lambda rows: rows[line - 2].update({column: text})


def without_settings(texts: dict[str, str]) -> dict[str, str]:
    return {ROWS: texts[ROWS]}


def test_a_package_as_it_was_exported_shows_no_sign_of_a_change(toy: dict[str, str], tmp_path: Path) -> None:
    form, found = read(tmp_path / "whole", toy)
    assert form is not None
    assert [each.found for each in found] == ["1 analysis without data rows: 2.2"]
    form, found = read(tmp_path / "rows", without_settings(toy))
    assert form is not None
    assert found == []


SIGNS: list[tuple[str, Edit, int, str, str]] = [
    ("year", cell(3, "Study year", "1999"), 3, "Study year", '1999 of "Berg 2003", 2011 in line 4'),
    ("no year", cell(12, "Study year", ""), 12, "Study year", 'no year of "Ahl 1998", 2011 in line 2'),
    ("title", cell(4, "Analysis number", "2"), 4, "Analysis name", '"Falls" for 1.2, "Balance" in line 9'),
    ("order", lambda rows: rows.append(rows.pop(8)), 33, "Analysis number", "1.2 after 2.1"),
    ("merged", cell(4, "Subgroup", ""), 4, "Subgroup", "an empty cell"),
    ("totals", cell(4, "Applicability", ""), 4, "Applicability", "an empty cell"),
    ("limit", cell(10, "CI end", ""), 10, "CI end", "an empty cell, though other figures"),
    ("weight", cell(10, "Weight", "#N/A"), 10, "Weight", "an empty cell, though other figures"),
    ("dropped", lambda rows: rows.pop(8), 9, "Weight", "the sum of the weights of 1.2"),
    ("people", cell(17, "Control N", "5.8"), 17, "Control N", '"5.8"'),
    ("digits", cell(17, "Control N", "1.2E+03"), 17, "Control N", '"1.2E+03"'),
    ("letters", cell(9, "Footnotes", "cafÃ© â€“ x"), 9, "Footnotes", '"Ã©", letters of UTF-8 taken'),
]


@pytest.mark.parametrize(
    ("edit", "line", "column", "found"), [pytest.param(*each[1:], id=each[0]) for each in SIGNS]
)
def test_each_sign_of_a_change_is_a_warning_at_its_row(
    toy: dict[str, str], tmp_path: Path, edit: Edit, line: int, column: str, found: str
) -> None:
    _, problems = read(tmp_path, without_settings(edited(toy, edit)))
    (problem,) = [each for each in problems if found in each.found]
    assert (problem.severity, problem.file, problem.line) == ("warning", f"raw/{NAME}/{ROWS}", line)
    assert problem.column == column
    assert problem.expected
    assert problem.remedy


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [
        ("–4.8", "write the minus sign as -, not as a dash"),
        ("(4.8)", "write a number below 0 with a minus sign, not in brackets"),
        ("1O.5", "retype it: a letter O or l stands for a 0 or 1"),
        ("l2", "retype it: a letter O or l stands for a 0 or 1"),
        ("'12", "delete the apostrophe"),
    ],
)
def test_what_to_do_about_a_number_in_disguise(
    toy: dict[str, str], tmp_path: Path, typed: str, remedy: str
) -> None:
    _, problems = read(tmp_path, without_settings(edited(toy, cell(9, "Experimental mean", typed))))
    assert [(each.severity, each.line, each.remedy) for each in problems] == [("error", 9, remedy)]


def test_names_in_alphabetical_order_through_all_analyses_were_sorted_alone(
    toy: dict[str, str], tmp_path: Path
) -> None:
    def sort(rows: list[dict[str, str]]) -> None:
        for row, name in zip(rows, sorted(row["Study"] for row in rows), strict=True):
            row["Study"] = name

    _, problems = read(tmp_path, without_settings(edited(toy, sort)))
    assert [(each.line, each.column) for each in problems if "alphabetical" in each.found] == [(2, "Study")]


def test_a_column_that_is_missing_is_named(toy: dict[str, str], tmp_path: Path) -> None:
    texts = {ROWS: toy[ROWS].replace('"Weight","Mean"', '"Vekt","Effekt"')}
    _, problems = read(tmp_path, texts)
    (problem,) = [each for each in problems if "no such column" in each.found]
    assert (problem.severity, problem.line, problem.column) == ("warning", 1, "Mean")
    assert problem.found == "no such column: Mean, Weight"


def test_a_file_without_a_last_line_end_may_be_cut_short(toy: dict[str, str], tmp_path: Path) -> None:
    _, problems = read(tmp_path, {ROWS: toy[ROWS].removesuffix("\n")})
    assert [(each.line, each.found) for each in problems] == [(33, "no line end")]


def test_a_column_moved_alone_is_said_of_the_file(toy: dict[str, str], tmp_path: Path) -> None:
    def exchange(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["Control N"], row["Experimental N"] = row["Experimental N"], row["Control N"]

    _, problems = read(tmp_path, without_settings(edited(toy, exchange)))
    (problem,) = [each for each in problems if "do not follow" in each.found]
    assert problem.line == 2
    assert re.search(r"do not follow from the data in \d+ of 32 rows", problem.found)


def test_participants_below_0_are_refused_beside_generic_estimates_too(
    toy: dict[str, str], tmp_path: Path
) -> None:
    form, problems = read(tmp_path, without_settings(edited(toy, cell(17, "Control N", "-58"))))
    assert form is None
    assert [(each.line, each.column, each.found) for each in problems] == [(17, "Control N", '"-58"')]


def test_an_effect_lost_beside_its_limits_is_said(toy: dict[str, str], tmp_path: Path) -> None:
    form, _ = read(tmp_path, without_settings(edited(toy, cell(10, "Mean", ""))))
    assert form is not None
    said = [each for each in check_trials(form, analyse(form)) if each.reason]
    assert [each.line for each in said] == [10]
    assert said[0].reason.en == "The limits alone are printed, not the effect; the row gives 1.500000."


def test_points_between_semicolons_are_decimal_where_no_cell_has_a_comma(toy: dict[str, str]) -> None:
    """1.281 alone may be a thousand; beside 6.1 and 0.004916 it is not."""
    export = export_of(edited(toy, cell(9, "Experimental mean", "41.281"))[ROWS].encode())
    after = review_of(text_of(export.header, export.rows, delimiter=";").encode())
    assert (None, 41.281, 6.1, 60, None, 38.9, 6.6, 58, None, None) in after.trials["1.2"]["", "Ahl 1998"]
    numbers = text_of(export.header, export.rows, delimiter=";").replace("6.1", "6,1")
    assert {each.found for each in review_of(numbers.encode()).problems if each.line == 9} >= {'"41.281"'}


def test_whole_rows_may_be_sorted(toy: dict[str, str]) -> None:
    """Subgroups whose rows lie apart then are no other subgroups of the same name."""
    export = export_of(toy[ROWS].encode())
    rows = sorted(export.rows, key=lambda row: row[5])
    before = review_of(toy[ROWS].encode())
    after = review_of(text_of(export.header, rows).encode())
    assert {name: dict(own) for name, own in after.figures.items()} == before.figures
    assert [each.column for each in after.problems] == ["Analysis number"]


def test_means_of_which_nothing_is_printed_are_not_read_as_events(tmp_path: Path) -> None:
    """Where an export fills what it does not use with 0, these were once taken for arms without events."""
    header = list(DATA_ROWS)
    row = dict.fromkeys(header, "0") | {
        "Analysis group": "1", "Analysis number": "1", "Analysis name": "Pain", "Subgroup": "",
        "Applicability": "SUBGROUP_AND_OVERALL", "Study": "Ahl 1998", "Study year": "1998",
        "Experimental mean": "28.3", "Experimental SD": "3.9", "Experimental N": "10",
        "Control mean": "24.1", "Control SD": "4.4", "Control N": "24",
    }  # fmt: skip
    row |= dict.fromkeys(("Weight", "Mean", "CI start", "CI end", "Footnotes"), "")
    form, _ = read(tmp_path, {ROWS: text_of(header, [[row[name] for name in header]])})
    assert form is not None
    assert [each.measure.value for each in form.analyses] == ["MD"]
    assert form.studies[0].experimental_mean == 28.3


def test_what_data_rows_alone_cannot_show_a_whole_package_shows(toy: dict[str, str], tmp_path: Path) -> None:
    """A trial put under another subgroup, and an analysis of which every row is gone."""
    moved = edited(toy, cell(2, "Subgroup", "70 &lt; and over"))
    form, _ = read(tmp_path / "moved", moved)
    assert form is not None
    differing = {
        (each.analysis, each.subgroup)
        for each in check_claims(form, analyse(form))
        if each.verdict not in (Verdict.EXACT, Verdict.ROUNDING)
    }
    assert {("1.1", "Under 70 & active"), ("1.1", "70 < and over")} <= differing
    _, problems = read(tmp_path / "gone", edited(toy, lambda rows: rows.__delitem__(slice(13, 15))))
    assert [each.found for each in problems] == ["2 analyses without data rows: 1.4, 2.2"]


def damaged_toy(folder: Path, step: int) -> list[tuple[str, Ending]]:
    """Every so manieth kind done to a made-up table of two analyses."""
    texts = package([each for each in every_kind() if each.number in ("1.1", "1.2")], "old", folder)
    raw = texts[ROWS].encode()
    export, before = export_of(raw), review_of(raw)
    made = []
    for kind in KINDS[::step]:
        damaged = kind.damage(Export(export.header, export.rows, export.rows), Random(kind.name))
        if damaged is not None and damaged.raw != raw:
            made.append((kind.name, ending_of(before, damaged)))
    assert [each for each in made if each[1].ending == "wrong"] == []
    assert_harmless(made)
    return made


def test_some_kinds_of_damage_to_a_made_up_table_end_well(tmp_path: Path) -> None:
    assert len(damaged_toy(tmp_path, 9)) >= 10


@pytest.mark.slow
def test_every_kind_of_damage_to_a_made_up_table_ends_well(tmp_path: Path) -> None:
    assert len(damaged_toy(tmp_path, 1)) >= 85


def assert_harmless(made: Iterable[tuple[str, Ending]]) -> None:
    """What changes nothing must change no number, and nothing may be said of it."""
    harmless = {kind.name for kind in KINDS if kind.is_harmless}
    assert [each for each in made if each[0] in harmless and (each[1].ending != "same" or each[1].by)] == []


@pytest.mark.slow
def test_real_reviews_damaged() -> None:
    """Each kind done to reviews of ../shared of up to 60 rows, at random places."""
    paths = sorted(shared("cochrane", "data-rows").glob("*-data-rows.csv"))
    small = [path for path in paths if path.read_bytes().count(b"\n") <= 61]
    made = [each for plan in planned(small, 6, 7) for each in endings(plan, 7)]
    TABLES["damage to real reviews"] = table_of(made)
    count = Counter(each.ending for _, each in made)
    assert [each for each in made if each[1].ending == "wrong"] == []
    assert_harmless(made)
    assert sum(each.is_elsewhere for _, each in made) <= 0.005 * len(made)
    assert len(made) >= 600
    assert count["refused"] >= 0.40 * len(made)
    assert count["noticed"] >= 0.27 * len(made)
    assert count["same"] >= 0.20 * len(made)
