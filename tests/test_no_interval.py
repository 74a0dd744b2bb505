"""A total whose interval would have no width: no interval, a state of its own, and everywhere the reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit_toys import MEANS, analysis, tables, write_toy
from repool.agreement import Agreement
from repool.crosscheck import crosscheck
from repool.figures import forest_plot
from repool.meta_analysis import analyse
from repool.model import LANGUAGES, NormalForm
from repool.pooled_tables import pooled_tables
from repool.readers.problems import Problems
from repool.results import PooledRow, PooledState, Results
from repool.worked.sheet import sheet, sheet_view
from report_pages import pages_of
from workbooks import audited, expected_figures, read, read_review_folder, recalculated

NOBODY = ((0, 50, 0, 48), (0, 120, 0, 118))
ALIKE = ((5.3, 1.0, 20, 5.2, 1.0, 20), (4.3, 2.0, 30, 4.2, 2.5, 30), (3.3, 0.5, 8, 3.2, 0.4, 9))
WHY = {
    "nb": "uten konfidensintervall: metodens standardfeil er 0 her",
    "en": "no confidence interval: the method's standard error is 0 here",
}
LIMITS = ("ci_low", "ci_high", "se", "p_effect", "prediction_low", "prediction_high")


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> NormalForm:
    """M-H differences where nobody has the event, of two trials and of one; HKSJ of trials alike but for
    rounding; and a M-H difference of one trial with an empty cell, which has an interval."""
    folder = tmp_path_factory.mktemp("toy") / "toy"
    return read_review_folder(
        write_toy(
            folder,
            analysis("RD", tables(NOBODY), "mh-common"),
            analysis("RD", tables(NOBODY[:1]), "mh-common"),
            analysis("MD", tables(ALIKE, MEANS), "reml-hksj", prediction="HKSJ"),
            analysis("RD", tables([(0, 20, 5, 18)]), "mh-common"),
        )
    )


@pytest.fixture(scope="module")
def results(form: NormalForm) -> Results:
    """Its results."""
    return analyse(form)


def declared(results: Results) -> dict[str, PooledRow]:
    return {row.analysis: row for row in results.pooled if row.role == "declared"}


def test_the_estimate_stands_without_an_interval(results: Results) -> None:
    rows = declared(results)
    assert [rows[name].estimate for name in ("a1", "a2")] == [0, 0]
    assert rows["a3"].estimate == pytest.approx(0.1)
    for name in ("a1", "a2", "a3"):
        assert rows[name].state is PooledState.NO_INTERVAL
        assert [getattr(rows[name], each) for each in LIMITS] == [None] * len(LIMITS)
        assert not rows[name].narrower_than_wald
    assert rows["a4"].state is PooledState.SINGLE_TRIAL
    assert rows["a4"].se is not None


def test_no_row_of_any_method_has_limits_that_are_one(results: Results) -> None:
    without = [row for row in results.pooled if row.state is PooledState.NO_INTERVAL]
    assert {row.method.partition("+")[0] for row in without} == {"mh-common", "reml-hksj"}
    for row in results.pooled:
        for stem in ("ci", "prediction", "prediction_k1", "prediction_k2"):
            low, high = getattr(row, f"{stem}_low"), getattr(row, f"{stem}_high")
            assert low is None or low < high


@pytest.mark.parametrize("language", LANGUAGES)
def test_plot_and_tables_say_why(form: NormalForm, results: Results, language: str) -> None:
    zero = {"nb": "0,0000", "en": "0.0000"}[language]
    for name, shown in (("a1", zero), ("a2", zero)):
        total = forest_plot(form, results, name, language).total
        assert total is not None
        assert total.effect is None
        assert total.lines[0] == f"{shown}: {WHY[language]}"
    table = pooled_tables(form, results, language)[0]
    (own,) = (row for row in table["rows"] if row["declared"])
    assert own["effect"] == zero
    assert WHY[language] in own["notes"]


def test_page_and_findings_say_why(form: NormalForm, tmp_path: Path) -> None:
    page = pages_of(form, tmp_path / "toy", Problems(), {})["index.html"]
    for language in LANGUAGES:
        assert page.count(WHY[language].replace("'", "&#39;")) > 5
    assert "No confidence interval: the method&#39;s standard error is 0 here." in page
    assert "0.0000 (0.0000" not in page
    assert "0,0000 (0,0000" not in page


def test_the_second_engine_is_not_contradicted(form: NormalForm, results: Results) -> None:
    compared = crosscheck(form, results)
    assert not [each for each in compared if each.agrees is Agreement.DIFFERS]
    theirs = [each for each in compared if "standard error is 0" in each.reason.en]
    assert {each.quantity for each in theirs} == {"se", "ci_low", "ci_high"}


def test_the_worked_sheet_goes_as_far_as_the_standard_error(form: NormalForm, results: Results) -> None:
    for each in form.analyses:
        view = json.dumps(sheet_view(sheet(form, results, each), "en"), default=str)
        assert "Warning" not in view, each.analysis
        assert ("follows no interval" in view) == (each.analysis != "a4")


@pytest.mark.slow
def test_the_workbook_has_no_such_interval_either(form: NormalForm, tmp_path: Path) -> None:
    made = audited(form)
    values = recalculated(made.book, tmp_path)
    for key, expected in expected_figures(made).items():
        place: Any = made.book.places.get(key)
        if place is not None and key[0] in ("pooled", "weights"):
            found = read(values, place)
            assert (found is None) == (expected is None), key
            assert expected is None or float(found or 0) == pytest.approx(expected, rel=1e-9, abs=1e-12), key
