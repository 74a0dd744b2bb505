"""From a small review to what is searched, and what is said of it: rows, cases, assumptions, clashes."""

import json
from dataclasses import replace

import numpy as np
import pytest

from repool.evidence import evidence_of
from repool.meta_analysis import analyse
from repool.methods import COMPARISON
from repool.model import Bilingual, Claim, Measure, NormalForm, Status, Study
from repool.printed import read_printed
from repool.quantities import ARMS, EFFECT
from repool.reconstruct import cases
from repool.reconstruct.cases import Task, chosen_method, clashing, reconstruct, solve, task_of
from repool.reconstruct.search import Cells
from repool.reconstruct.tables import (
    Assumption,
    Case,
    Given,
    Outcome,
    ReconstructedRow,
    Reconstruction,
    incomplete,
)
from test_reconstruct import CURE, published_of
from test_reproduce import analysis, claim, form, study

MH = COMPARISON["mh-common"]
ONE, BOE = study("One 2001", 4, 10, 2, 20), study("Bø 2002", status=Status.UNKNOWN)
TABLES = [(4, 10, 2, 20), (1, 6, 3, 8)]
TOTALS = dict(zip(ARMS, ("5", "16", "5", "28"), strict=True))
FIGURES = {
    name: f"{each.value:.{each.places}f}"
    for name, each in published_of(TABLES, Measure.RR, MH).figures.items()
}
NOTE = {"note": {"nb": "antatt", "en": "assumed"}}


def claims(texts: dict[str, str], **more: object) -> list[Claim]:
    return [claim(name, text, line, **more) for line, (name, text) in enumerate(texts.items(), 2)]


EVERYTHING = claims(TOTALS | FIGURES)


def review(
    figures: list[Claim], rows: tuple[Study, ...], method: str = "mh-common", **asked: object
) -> NormalForm:
    of = analysis(method=method, reconstruct=json.dumps(asked) if asked else "")
    return form(figures, rows, of)


def made(
    figures: list[Claim] = EVERYTHING, rows: tuple[Study, ...] = (ONE, BOE), **asked: object
) -> Reconstruction:
    whole = review(figures, rows, **asked)
    return reconstruct(whole, analyse(whole), whole.analyses)


def task(figures: list[Claim], rows: tuple[Study, ...], given: Given) -> Task:
    whole = review(figures, rows)
    found = task_of(evidence_of(whole, analyse(whole))["a"], given)
    assert found is not None
    return found


def case(done: Reconstruction, given: Given) -> Case:
    return next(each for each in done.cases if each.given is given)


def rows_of(done: Reconstruction, given: Given, solution: int = 1) -> list[tuple[object, ...]]:
    return [
        (row.trial, row.status.value, *(getattr(row, name) for name in ARMS))
        for row in done.rows
        if (row.given, row.solution) == (given, solution)
    ]


def test_a_missing_row_is_what_totals_and_figures_leave() -> None:
    done = made()
    found = case(done, Given.ROWS)
    assert found == Case(
        analysis="a", given=Given.ROWS, method="mh-common", method_label=MH.label(), figures=TOTALS | FIGURES,
        source="paper", trials=2, known=("One 2001",), assumptions=(), outcome=Outcome.UNIQUE, count=1,
        listed=1, possible="1", compared=1, clash=(), as_listed=False, ranges=found.ranges,
    )  # fmt: skip
    assert [row for row in done.rows if row.given is Given.ROWS] == [
        ReconstructedRow("a", Given.ROWS, 1, "One 2001", Status.REPORTED, 4, 10, 2, 20, ""),
        ReconstructedRow("a", Given.ROWS, 1, "Bø 2002", Status.RECONSTRUCTED, 1, 6, 3, 8, ""),
    ]
    assert {each.given for each in done.cases} == {Given.ROWS, Given.TOTALS}


def test_the_only_solution_is_pooled_by_every_method() -> None:
    ranges = {each.method: each for each in case(made(), Given.ROWS).ranges}
    assert set(ranges) == {"mh-common", "iv-common", "dl", "reml", "reml-hksj"}
    known = form(
        [], tuple(study(f"T{n}", *row) for n, row in enumerate(TABLES)), analysis(method="mh-common")
    )
    for row in analyse(known).pooled:
        found = ranges[row.method]
        assert found.estimate == pytest.approx((row.estimate, row.estimate))
        assert found.ci_low == pytest.approx((row.ci_low, row.ci_low))
        assert found.i2 == pytest.approx((row.i2, row.i2), abs=1e-9)
        assert (found.label, found.role) == (row.method_label, row.role)
        assert found.excludes_null == int(row.ci_low > 1 or row.ci_high < 1)


def test_a_known_trial_without_events_stays_so() -> None:
    tables = [(0, 10, 2, 20), (3, 6, 1, 8)]
    texts = {n: f"{each.value:.2f}" for n, each in published_of(tables, Measure.RR, MH).figures.items()}
    totals = dict(zip(ARMS, map(str, np.sum(tables, axis=0)), strict=True))
    done = made(claims(totals | texts), (study("One 2001", *tables[0]), BOE))
    assert case(done, Given.ROWS).outcome is Outcome.UNIQUE
    assert rows_of(done, Given.ROWS)[0] == ("One 2001", "reported", 0, 10, 2, 20)


def test_a_result_without_the_null_value_is_counted() -> None:
    for tables, outside in (
        ([(9, 10, 1, 10), (8, 9, 1, 12)], 1),
        ([(1, 10, 9, 10), (1, 12, 8, 9)], 1),
        (TABLES, 0),
    ):
        texts = {n: f"{each.value:.2f}" for n, each in published_of(tables, Measure.RR, MH).figures.items()}
        totals = dict(zip(ARMS, map(str, np.sum(tables, axis=0)), strict=True))
        done = made(claims(totals | texts), (study("One 2001", *tables[0]), BOE))
        assert case(done, Given.ROWS).ranges[0].excludes_null == outside


@pytest.mark.parametrize(
    ("measure", "tables", "outside"),
    [(Measure.RR, [(50, 60, 30, 60), (45, 60, 30, 60)], 1),
     (Measure.RD, [(5, 60, 4, 60), (4, 50, 4, 60)], 0),
     (Measure.RD, [(50, 60, 30, 60), (45, 60, 30, 60)], 1),
     (Measure.RD, [(30, 60, 50, 60), (30, 60, 45, 60)], 1)],
)  # fmt: skip
def test_the_null_is_one_of_a_ratio_and_none_of_a_difference(
    measure: Measure, tables: list[tuple[int, ...]], outside: int
) -> None:
    published = published_of(tables, measure, MH)
    texts = {name: f"{each.value:.2f}" for name, each in published.figures.items()}
    totals = dict(zip(ARMS, map(str, np.sum(tables, axis=0)), strict=True))
    whole = form(claims(totals | texts), (study("One 2001", *tables[0]), BOE), analysis(measure, "mh-common"))
    done = reconstruct(whole, analyse(whole), whole.analyses)
    walds = [each for each in case(done, Given.ROWS).ranges if each.method != "reml-hksj"]
    assert [each.excludes_null for each in walds] == [outside] * 4


def test_a_method_that_cannot_pool_the_measure_hides_no_other() -> None:
    published = published_of(TABLES[1:], Measure.ASD, COMPARISON["iv-common"])
    texts = {name: f"{each.value:.2f}" for name, each in published.figures.items()}
    totals = dict(zip(ARMS, map(str, TABLES[1]), strict=True))
    whole = form(claims(totals | texts), (BOE,), analysis(Measure.ASD, "iv-common"))
    found = case(reconstruct(whole, analyse(whole), whole.analyses), Given.ROWS)
    assert [each.method for each in found.ranges] == ["iv-common", "dl", "reml", "reml-hksj"]


def test_of_one_trial_there_is_no_heterogeneity() -> None:
    texts = {n: f"{each.value:.2f}" for n, each in published_of(TABLES[1:], Measure.RR, MH).figures.items()}
    done = made(claims(dict(zip(ARMS, map(str, TABLES[1]), strict=True)) | texts), (BOE,))
    assert {each.i2 for each in case(done, Given.ROWS).ranges} == {None}


def test_rows_that_are_the_only_solution_are_said_to_be_so() -> None:
    tables = [(3, 3, 0, 3), (0, 1, 2, 2)]
    texts = {
        n: f"{each.value:.4f}" for n, each in published_of(tables, Measure.RR, MH, places=4).figures.items()
    }
    totals = claims(dict(zip(ARMS, ("3", "4", "2", "5"), strict=True)) | texts)
    listed = tuple(study(f"T{n}", *row) for n, row in enumerate(tables))
    found = case(made(totals, listed), Given.TOTALS)
    assert (found.outcome, found.count, found.known, found.trials) == (Outcome.UNIQUE, 1, (), 2)
    assert found.as_listed
    other = (study("T0", 2, 3, 1, 3), study("T1", 1, 1, 1, 2))
    assert not case(made(totals, other), Given.TOTALS).as_listed
    unknown = (listed[0], replace(BOE, trial="T1"))
    done = made(totals, unknown)
    assert not case(done, Given.TOTALS).as_listed
    assert {row[0] for row in rows_of(done, Given.TOTALS)} == {""}  # nothing tells the two apart


SIZES = {"trial": "Bø 2002", "experimental_total": 6, "control_total": 8, **NOTE}


#: 2/3 v 1/4, with two trials more: 1/2 v 0/2 and 0/1 v 1/2.
SMALL = study("One 2001", 2, 3, 1, 4)
_PUBLISHED = published_of([(2, 3, 1, 4), (1, 2, 0, 2), (0, 1, 1, 2)], Measure.RR, MH, places=1)
ROUGHLY = claims(
    dict(zip(ARMS, ("3", "6", "2", "8"), strict=True))
    | {name: f"{each.value:.1f}" for name, each in _PUBLISHED.figures.items()}
)


def test_an_assumption_narrows_the_row_of_its_trial() -> None:
    sizes = {"trial": "Bø 2002", "experimental_total": 2, "control_total": 2, **NOTE}
    done = made(ROUGHLY, (SMALL, study("Cu 2003", status=Status.UNKNOWN), BOE), assume=[sizes])
    found = case(done, Given.ASSUMED)
    assert (found.trials, found.assumptions) == (3, (Assumption.of(sizes),))
    assert found.count >= 1
    for row in done.rows:
        if row.given is Given.ASSUMED and row.trial == "Bø 2002":
            assert (row.experimental_total, row.control_total) == (2, 2)
            assert row.assumed == "experimental_total 2, control_total 2"
        else:
            assert row.assumed == ""
    assert {each.given for each in done.cases} == set(Given)


@pytest.mark.parametrize("which", range(4))
def test_each_figure_of_an_assumption_counts(which: int) -> None:
    right = {"trial": "Bø 2002", ARMS[which]: TABLES[1][which], **NOTE}
    done = made(assume=[right])
    assert case(done, Given.ASSUMED).outcome is Outcome.UNIQUE
    assert rows_of(done, Given.ASSUMED)[1] == ("Bø 2002", "reconstructed", 1, 6, 3, 8)
    for off in (1, -1):
        wrong = made(assume=[right | {ARMS[which]: TABLES[1][which] + off}])
        assert case(wrong, Given.ASSUMED).outcome is Outcome.NONE
        assert case(wrong, Given.ASSUMED).clash == (ARMS[which],)


def test_an_assumed_trial_of_no_row_takes_a_free_one_or_is_added() -> None:
    free = case(made(assume=[SIZES | {"trial": "Cu 2003"}]), Given.ASSUMED)
    assert free.trials == 2
    assert rows_of(made(assume=[SIZES | {"trial": "Cu 2003"}]), Given.ASSUMED)[1][0] == "Cu 2003"
    more = made(
        assume=[SIZES, {"trial": "Cu 2003", "experimental_events": 0, "experimental_total": 1, **NOTE}]
    )
    assert case(more, Given.ASSUMED).trials == 3
    assert case(more, Given.ASSUMED).outcome is Outcome.NONE  # 1 + 6 + 10 participants are too many
    own = made(assume=[SIZES | {"trial": "One 2001"}])  # the name of a known trial: that row is as it was
    assert [row.assumed for row in own.rows if row.given is Given.ASSUMED] == [
        "",
        "experimental_total 6, control_total 8",
    ]


def test_trials_without_a_row_may_be_asked_for() -> None:
    done = made(ROUGHLY, (SMALL, BOE), trials=3)
    found = case(done, Given.ROWS)
    assert (found.trials, found.possible) == (3, str((2 * 3 - 2) * (2 * 4 - 2)))
    assert {row[0] for row in rows_of(done, Given.ROWS)[1:]} == {""}
    sizes = {"trial": "Bø 2002", "experimental_total": 2, "control_total": 2, **NOTE}
    told_apart = made(ROUGHLY, (SMALL, BOE), trials=3, assume=[sizes])
    assert {row[0] for row in rows_of(told_apart, Given.ASSUMED)} == {"One 2001", "Bø 2002", ""}
    assert case(made(trials=2), Given.ROWS) == case(made(), Given.ROWS)
    assert case(made(trials=1), Given.ROWS).trials == 2


def test_other_figures_of_the_same_source_must_agree_too() -> None:
    right, wrong = claim("i2", "100%", 9), claim("q", "99", 9)
    for extra, outcome in ((wrong, "none"), (right, "none"), (replace(wrong, source="table"), "unique"),
                           (replace(wrong, method="dl"), "unique"),
                           (replace(wrong, subgroup="men"), "unique"),
                           (claim("df", "99", 9), "unique")):  # fmt: skip
        found = case(made([*EVERYTHING, extra]), Given.ROWS)
        assert found.outcome == outcome
        assert (extra.quantity in found.figures) == (outcome == "none")
    assert case(made([*EVERYTHING, wrong]), Given.ROWS).clash == ("q",)


def test_without_totals_or_figures_nothing_is_attempted() -> None:
    for some in (claims(TOTALS), claims(FIGURES), [], claims(TOTALS | FIGURES | {"control_total": "<28"}),
                 claims(TOTALS | FIGURES | {"control_total": "27.5"})):  # fmt: skip
        done = made(some)
        (found,) = done.cases
        assert (found.given, found.outcome, found.count, found.listed) == (
            Given.ROWS,
            Outcome.NOT_ATTEMPTED,
            0,
            0,
        )
        assert (found.possible, found.compared, found.clash, found.ranges) == ("", 0, (), ())
        assert found.figures == {each.quantity: each.value for each in some}
        assert done.rows == ()


def test_sources_are_named_once_each() -> None:
    totals = claims(TOTALS, source="table")
    assert case(made([*totals, *claims(FIGURES)]), Given.ROWS).source == "table, paper"


def test_the_method_is_the_one_asked_for_else_the_stated_else_the_declared() -> None:
    def method(figures: list[Claim], measure: Measure = Measure.RR, **asked: object) -> str:
        of = analysis(measure, "iv-common", reconstruct=json.dumps(asked) if asked else "")
        whole = form(figures, (ONE, BOE) if measure is Measure.RR else (BOE,), of)
        evidence = evidence_of(whole, analyse(whole))["a"]
        return chosen_method(evidence, evidence.claims(*EFFECT) or {}).name

    plain, stated = claims(FIGURES), claims(FIGURES, method="dl")
    assert method(plain) == "iv-common"
    assert method(stated) == "dl"
    assert method(stated, method="mh-common") == "mh-common"
    assert method([plain[0], *stated[1:]]) == "dl"
    assert method(plain, Measure.MD, method="mh-common") == "iv-common"  # which has no tables


@pytest.mark.parametrize(
    ("totals", "expected"),
    [((46, 82, 26, 83), ("control_events", "control_total")), ((46, 59, 26, 83), ("experimental_total",)),
     ((56, 82, 1, 83), ("control_events",)), ((46, 82, 3, 62), ("control_events", "control_total"))],
)  # fmt: skip
def test_totals_that_no_table_fits_are_named(totals: tuple[int, ...], expected: tuple[str, ...]) -> None:
    assert clashing(replace(CURE, totals=totals)) == expected


def test_a_clash_beyond_the_limit_is_left_open() -> None:
    far = replace(CURE, figures={"estimate": CURE.figures["ci_high"]})
    assert clashing(far) == ("estimate",)
    assert clashing(far, limit=1) == ()
    three = replace(CURE, known=CURE.known[:1], searched=(Cells(),) * 3)
    figures = {"estimate": read_printed("40.38", False)}
    assert clashing(replace(three, figures=figures), limit=40_000) == ()


#: Limits that no tables give.
FAR = [
    replace(each, value={"ci_low": "1.2", "ci_high": "2.4"}.get(each.quantity, each.value))
    for each in ROUGHLY
]


def test_what_the_limit_leaves_open_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (SMALL, study("Cu 2003", status=Status.UNKNOWN), BOE)
    three = task(ROUGHLY, rows, Given.TOTALS)
    none, some, every = (solve(three, limit)[0] for limit in (3_000, 20_000, 10**6))
    assert (none.outcome, none.count) == (Outcome.UNDECIDED, 0)
    assert (some.outcome, every.outcome) == (Outcome.AT_LEAST, Outcome.SEVERAL)
    assert 0 < some.count < every.count
    published = task(FAR, rows, Given.TOTALS).published
    assert published is not None
    assert clashing(published, 20_000) == ()
    assert clashing(published, 10**6) == ("ci_low",)
    limits: list[int] = []
    monkeypatch.setattr(cases, "clashing", lambda _, limit: limits.append(limit) or ())
    assert solve(task(FAR, rows, Given.TOTALS), 10**6)[0].outcome is Outcome.NONE
    assert limits == [10**6]


@pytest.mark.parametrize(
    ("most", "totals", "names"),
    [((3, 6, 2, 8), (3, 6, 2, 8), ("estimate",)), ((3, 6, 2, 8), (4, 6, 2, 8), ("experimental_events",)),
     ((3, 6, 2, 8), (3, 6, 3, 8), ("control_events",)),
     ((6, 6, 9, 9), (6, 6, 9, 8), ("control_events", "control_total"))],
)  # fmt: skip
def test_totals_at_the_ends_of_what_they_may_be_are_no_clash(
    most: tuple[int, int, int, int], totals: tuple[int, int, int, int], names: tuple[str, ...]
) -> None:
    figures = {"estimate": read_printed("99", False)}
    one = replace(CURE, known=np.zeros((0, 4), np.int64), searched=(Cells(high=most),), figures=figures)
    assert clashing(replace(one, totals=totals)) == names


def test_an_assumption_is_shown_as_it_was_given() -> None:
    plain = Assumption.of(SIZES)
    assert plain == Assumption(
        "Bø 2002", {"experimental_total": 6.0, "control_total": 8.0}, "", Bilingual("antatt", "assumed")
    )
    full = Assumption.of({"trial": "X", "ci_high": 1.25, "estimate": 0.5, "source": "paper", **NOTE})
    assert (full.source, full.text()) == ("paper", "estimate 0.5, ci_high 1.25")


def test_an_analysis_with_rows_of_its_own_that_are_not_all_reported_is_incomplete() -> None:
    names = ("unknown", "derived", "reported", "borrowed", "none")
    analyses = tuple(
        replace(analysis(rows_of="unknown" if name == "borrowed" else ""), analysis=name) for name in names
    )
    statuses = (Status.UNKNOWN, Status.DERIVED, Status.REPORTED, Status.UNKNOWN)
    rows = tuple(
        replace(ONE, analysis=name, status=status) for name, status in zip(names, statuses, strict=False)
    )
    whole = replace(form([], rows), analyses=analyses)
    assert [each.analysis for each in incomplete(whole)] == ["unknown", "derived"]
