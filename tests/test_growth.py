"""What is said of large reviews takes time in proportion to their size, and stays what it was."""

import random
import sys
from collections.abc import Callable
from cProfile import Profile
from dataclasses import replace
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import repool
from repool.consistency.checks import check_consistency
from repool.consistency.view import consistency_view
from repool.crosscheck import crosscheck
from repool.evidence import Evidence, evidence_of
from repool.figures import MOST_TRIALS, forest_plot
from repool.findings import Finding
from repool.identify.claimed import claimed
from repool.meta_analysis import analyse
from repool.model import Measure, NormalForm
from repool.normal_form import InputFile
from repool.parquet import writing
from repool.questions.ask import ask
from repool.questions.robust import others
from repool.reproduce import check_claims
from repool.results import Results
from repool.tables import write_table
from repool.trace.report import report_chains
from repool.verdicts import Checked
from repool.workbook.cells import Book
from repool.worked.sheet import sheet
from test_reproduce import REVIEW, analysis, claim, study

pytestmark = pytest.mark.filterwarnings("error")


def review(analyses: int, trials: int, measure: Measure = Measure.RR) -> NormalForm:
    """Analyses of made-up trials, all in one comparison, with an estimate and a total published of each."""
    chance = random.Random(7)
    of = [replace(analysis(measure), analysis=f"1.{number}") for number in range(analyses)]
    rows = tuple(
        study(
            f"Trial {at} {1990 + at % 30}", chance.randint(1, 20), chance.randint(40, 90),
            chance.randint(1, 20), chance.randint(40, 90), analysis=each.analysis, line=2 + trials * n + at,
        )
        for n, each in enumerate(of)
        for at in range(trials)
    )  # fmt: skip
    claims = tuple(
        claim(name, "0.9", 2 + 2 * n + at, analysis=each.analysis)
        for n, each in enumerate(of)
        for at, name in enumerate(("estimate", "participants"))
    )
    return NormalForm(REVIEW, tuple(of), rows, claims, ())


def test_evidence_of_an_analysis_holds_its_own_rows_and_says_what_the_whole_review_says() -> None:
    form = review(4, 3)
    whole = claim("participants", "700", 99, analysis="review")
    form = replace(form, claims=(*form.claims, whole))
    results = analyse(form)
    for name, own in evidence_of(form, results).items():
        of_all = Evidence(form, results, own.analysis)
        assert len(own.form.studies) == 3
        assert {each.analysis for each in own.form.claims} == {name, "review"}
        assert own.studies == of_all.studies
        assert own.pooled() == of_all.pooled()
        assert own.claims("estimate") == of_all.claims("estimate")
        assert len(own.results.pooled) == len(of_all.pooled())


@pytest.mark.parametrize("count", [2, 3, 4, 9, 10])
def test_all_others_of_each_value_are_what_sorting_them_anew_gives(count: int) -> None:
    chance = random.Random(count)
    for _ in range(200):
        values = [chance.choice((chance.gauss(0, 1), 0.0, 1.5)) for _ in range(count)]
        for place, found in enumerate(others(values)):
            rest = values[:place] + values[place + 1 :]
            middle = median(rest)
            assert (found.median, found.count) == (middle, count - 1)
            assert found.spread == 1.4826 * median(abs(each - middle) for each in rest)
    assert others([1.0]) == []


def calls(work: Callable[[], object]) -> int:
    """How many functions are called: the same on every machine."""
    profile = Profile()
    profile.runcall(work)
    return sum(each.callcount for each in profile.getstats())


def asking(form: NormalForm) -> Callable[[], object]:
    results = analyse(replace(form, claims=()))
    return lambda: ask(form, results)


def shown(analyses: int) -> Callable[[], object]:
    form = review(analyses, 2)
    limits = (("estimate", "0.9"), ("ci_low", "0.5"), ("ci_high", "1.5"))
    claims = (
        claim(name, value, 2 + 3 * n + at, analysis=each.analysis)
        for n, each in enumerate(form.analyses)
        for at, (name, value) in enumerate(limits)
    )
    form = replace(form, claims=tuple(claims))
    checks = check_consistency(form, analyse(form))
    assert len(checks) >= analyses
    return lambda: consistency_view(checks, form, "en")


def arms_alike(analyses: int) -> NormalForm:
    """The same two trials, with the same arms, in so many analyses."""
    form = review(analyses, 2)
    alike = {each.trial: each for each in form.studies}
    rows = tuple(replace(alike[each.trial], analysis=each.analysis, line=each.line) for each in form.studies)
    return replace(form, studies=rows)


@pytest.mark.parametrize("made", [lambda size: review(1, 2 * size), arms_alike], ids=["trials", "analyses"])
def test_twice_the_review_takes_twice_the_questions(made: Callable[[int], NormalForm]) -> None:
    """Not four times, as where each trial or arm is compared with all others."""
    assert calls(asking(made(300))) < 2.6 * calls(asking(made(150)))


def test_twice_the_checks_take_twice_the_time_to_show() -> None:
    """Not four times, as where each check looks through the titles of all analyses."""
    assert calls(shown(200)) < 2.1 * calls(shown(100))


LIBRARY = str(Path(repool.__file__).parent)


def lines(work: Callable[[], object]) -> int:
    """How many lines of Repool's run, each turn of a loop anew: the same on every machine."""
    count, before = 0, sys.gettrace()

    def line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def called(frame: FrameType, event: str, _: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(LIBRARY) else None

    sys.settrace(called)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def in_subgroups(subgroups: int) -> tuple[NormalForm, Results]:
    """An analysis with so many subgroups of two trials, and published figures of each."""
    form = review(1, 2 * subgroups)
    rows = tuple(replace(each, subgroup=f"Group {at // 2}") for at, each in enumerate(form.studies))
    claims = tuple(
        claim(name, value, 2 + at, analysis="1.0", subgroup=f"Group {at}")
        for at in range(subgroups)
        for name, value in (("estimate", "0.9"), ("ci_low", "0.5"), ("ci_high", "1.5"), ("weight", "1"))
    )
    form = replace(form, studies=rows, claims=claims)
    return form, analyse(form)


def of_analyses(analyses: int) -> tuple[NormalForm, Results]:
    form = review(analyses, 2)
    return form, analyse(form)


def drawn(form: NormalForm, results: Results) -> None:
    for name, own in evidence_of(form, results).items():
        forest_plot(own.form, own.results, name, "en")


PARTS: dict[str, Callable[[NormalForm, Results], object]] = {
    "verdicts": check_claims,
    "identification": lambda form, _: list(claimed(form)),
    "consistency": check_consistency,
    "second engine": crosscheck,
    "plot": drawn,
    "worked sheet": lambda form, results: sheet(form, results, form.analyses[0]),
}


@pytest.mark.parametrize("name", PARTS)
def test_twice_the_subgroups_take_twice_the_work(name: str) -> None:
    """Not four times, as where each total looks through all rows for its own."""
    some, twice = in_subgroups(20), in_subgroups(40)
    work = PARTS[name]
    work(*some)  # what is done once is not counted
    assert lines(lambda: work(*twice)) < 2.1 * lines(lambda: work(*some))


@pytest.mark.parametrize("name", ["verdicts", "identification", "consistency", "plot"])
def test_twice_the_analyses_take_twice_the_work(name: str) -> None:
    """Not four times, as where each analysis looks through the whole review for its own."""
    some, twice = of_analyses(20), of_analyses(40)
    work = PARTS[name]
    work(*some)
    assert lines(lambda: work(*twice)) < 2.1 * lines(lambda: work(*some))


def test_twice_the_subgroups_have_twice_the_chains(tmp_path: Path) -> None:
    for name, row in (("verdicts", Checked), ("findings", Finding), ("inputs", InputFile)):
        write_table(tmp_path / f"{name}.csv", row, [])
    some, twice = in_subgroups(20), in_subgroups(40)
    report_chains(tmp_path, *some)
    once = lines(lambda: report_chains(tmp_path, *some))
    assert lines(lambda: report_chains(tmp_path, *twice)) < 2.1 * once


def test_twice_the_rows_of_a_sheet_are_twice_the_merging() -> None:
    """openpyxl by itself looks through all merged cells for each one more."""

    def merging(count: int) -> int:
        sheet, profile = Book().page("1.1", (10,)).sheet, Profile()
        for row in range(1, count + 1):
            profile.runcall(sheet.merge_cells, None, row, 1, row, 3)
        return sum(each.callcount for each in profile.getstats())

    merging(1)
    assert merging(40) < 2.1 * merging(20)


def test_plot_of_many_trials_shows_the_heaviest_and_says_so() -> None:
    form = review(1, MOST_TRIALS + 50)
    rows = tuple(
        replace(each, subgroup="" if at < 10 else f"Group {at}") for at, each in enumerate(form.studies)
    )
    for studies in (form.studies, rows):
        results = analyse(replace(form, studies=studies, claims=()))
        plot = forest_plot(replace(form, studies=studies), results, "1.0", "en")
        shown = [row for group in plot.groups for row in group.rows]
        weights = sorted((each.weight or 0.0 for each in results.effects), reverse=True)
        assert sorted((row.weight or 0.0 for row in shown), reverse=True) == weights[:MOST_TRIALS]
        names = [row.label for row in shown]
        assert names == [each.trial for each in studies if each.trial in names]
        assert plot.total is not None
        assert plot.total.weight == pytest.approx(100)
        said = f"Of {len(studies)} trials the {MOST_TRIALS} with most weight are shown; totals are of all."
        assert plot.footnotes[0].startswith(said)
        assert said in plot.description
        assert ("Subgroups with none" in plot.footnotes[0]) == (studies is rows)
    whole = replace(form, studies=form.studies[:MOST_TRIALS], claims=())
    plot = forest_plot(whole, analyse(whole), "1.0", "en")
    assert not any("with most weight" in each for each in plot.footnotes)


def test_rows_of_many_small_reviews_are_held_in_few_pieces(tmp_path: Path) -> None:
    """Each piece takes kilobytes, however few rows it has."""
    sink = writing._Sink(tmp_path, writing.TABLES[0])
    row = pa.table({each.name: pa.array([None], _plain(each.type)) for each in sink.schema})
    for _ in range(500):
        sink.add(row)
        assert len(sink.held) <= 64
    sink.close()
    assert pq.read_metadata(tmp_path / f"{writing.TABLES[0].name}.parquet").num_rows == 500


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind
