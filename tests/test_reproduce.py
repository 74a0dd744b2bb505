"""Verdicts: each kind, from small made-up reviews with known answers."""

from dataclasses import replace

import pytest

from repool.absolute import control_risk, experimental_per_1000
from repool.findings import findings
from repool.meta_analysis import analyse
from repool.methods import COMPARISON, NAMED, applicable, declared, declared_method
from repool.model import (
    Analysis,
    Bilingual,
    Certainty,
    Claim,
    Direction,
    FindingSpec,
    Judgement,
    Measure,
    NormalForm,
    Review,
    Source,
    Status,
    Study,
)
from repool.reproduce import check_claims
from repool.results import PooledState, TrialState
from repool.statements import Effect, effect_direction, statement
from repool.verdicts import Checked, joined

BOTH = Bilingual("noe", "something")
REVIEW = Review(
    "toy", BOTH, "Toy", "free", BOTH, BOTH, BOTH, "judge", "paper",
    (Source("paper", "Paper", "", False),), (), (FindingSpec("a", ""),),
)  # fmt: skip


def analysis(measure: Measure = Measure.RR, method: str = "iv-common", **more: object) -> Analysis:
    plain = Analysis(
        "a", BOTH, measure, measure.is_ratio, BOTH, BOTH, Direction.NEUTRAL, BOTH, Bilingual("", ""), "",
        method, "", "pooled", BOTH, "review.yaml", 1,
    )  # fmt: skip
    return replace(plain, **more)


def study(trial: str, *table: float, status: Status = Status.REPORTED, **more: object) -> Study:
    a, n1, c, n2 = table or (None,) * 4
    plain = Study(
        "a", "", trial, status, a, n1, None, None, c, n2, None, None, None, None, None, None, None, None,
        "", "paper", "", "", "", "studies.csv", 2,
    )  # fmt: skip
    return replace(plain, **more)


def claim(quantity: str, value: str, line: int = 2, **more: object) -> Claim:
    plain = Claim("a", "", quantity, value, False, "", "paper", "", "", "published.csv", line)
    return replace(plain, **more)


TRIALS = (study("One 2001", 10, 100, 20, 100), study("Two 2002", 4, 50, 9, 50))


def form(claims: list[Claim], studies: tuple[Study, ...] = TRIALS, of: Analysis | None = None) -> NormalForm:
    return NormalForm(REVIEW, (of or analysis(),), studies, tuple(claims), ())


def checked(claims: list[Claim], *args: object) -> tuple[Checked, ...]:
    made = form(claims, *args)
    return check_claims(made, analyse(made))


def figures(method: str, *names: str) -> list[float]:
    row = next(row for row in analyse(form([])).pooled if row.method == method)
    return [getattr(row, name) for name in names]


def group(values: list[float], places: int = 4) -> list[Claim]:
    names = ("estimate", "ci_low", "ci_high")
    return [claim(n, f"{v:.{places}f}", i) for i, (n, v) in enumerate(zip(names, values, strict=True))]


def test_exact_under_the_declared_method() -> None:
    values = figures("iv-common", "estimate", "ci_low", "ci_high")
    assert {each.verdict for each in checked(group(values))} == {"exact"}


def test_other_method_is_named_only_when_it_gives_the_whole_group() -> None:
    values = figures("mh-common", "estimate", "ci_low", "ci_high")
    found = checked(group(values))
    assert {(each.verdict, each.method) for each in found} == {("other-method", "mh-common")}
    mixed = [values[0], *figures("iv-common", "ci_low", "ci_high")]
    verdicts = [each.verdict for each in checked(group(mixed))]
    assert verdicts[0] != "other-method"
    assert verdicts[1:] == ["exact", "exact"]


def test_a_stated_method_comes_before_the_declared_one() -> None:
    (value,) = figures("mh-common", "estimate")
    (found,) = checked([claim("estimate", f"{value:.4f}", method="mh-common")])
    assert (found.verdict, found.method) == ("exact", "mh-common")


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.05, "minor"), (1.12, "major"), (3.0, "conclusion"), (0.8, "major")]
)
def test_differences_are_graded(factor: float, verdict: str) -> None:
    values = [factor * value for value in figures("iv-common", "estimate", "ci_low", "ci_high")]
    assert {each.verdict for each in checked(group(values))} == {verdict}


def test_one_typo_does_not_condemn_its_neighbours() -> None:
    estimate, low, high = figures("mh-common", "estimate", "ci_low", "ci_high")
    typo = claim("p_effect", "0.9", 9)
    found = checked([*group([estimate, low, high]), typo])
    assert [each.verdict for each in found] == ["other-method"] * 3 + ["major"]
    own = figures("iv-common", "estimate", "ci_low", "ci_high")
    found = checked([*group([1.03 * own[0], *own[1:]]), typo])
    assert [each.verdict for each in found] == ["minor", "exact", "exact", "major"]


def test_a_figure_of_another_method_alone_is_said_so() -> None:
    (estimate,) = figures("mh-common", "estimate")
    low, high = figures("iv-common", "ci_low", "ci_high")
    found = checked(group([estimate, low, high]))
    assert found[0].verdict == "minor"
    assert "M-H, common effect" in found[0].reason.en
    assert "but not the others printed with it" in found[0].reason.en


def test_the_level_of_one_analysis_reaches_no_other() -> None:
    wide = replace(analysis(overrides='{"level": 0.99}'), analysis="b")
    rows = tuple(replace(each, analysis="b") for each in TRIALS)
    made = NormalForm(REVIEW, (analysis(), wide), (*TRIALS, *rows), (), ())
    alone = {(r.analysis, r.method): r for one in ((analysis(), TRIALS), (wide, rows))
             for r in analyse(NormalForm(REVIEW, one[:1], one[1], (), ())).pooled}  # fmt: skip
    for row in analyse(made).pooled:
        assert row == alone[row.analysis, row.method]
    levels = {(row.analysis, row.ci_level) for row in analyse(made).pooled}
    assert levels == {("a", 0.95), ("b", 0.99)}


def test_a_figure_from_rounded_inputs_is_rounding_where_the_trials_are_known() -> None:
    inputs = [claim("control_events", "29", 2), claim("control_total", "150", 3)]
    values = figures("iv-common", "estimate", "ci_low", "ci_high")
    effect = group(values, 1)
    exact, printed_ = 1000 * 29 / 150 * values[0], 1000 * 29 / 150 * float(f"{values[0]:.1f}")
    assert round(exact) != round(printed_)
    sheet = [claim("experimental_per_1000", f"{value:.0f}", 9, source="table") for value in (exact, printed_)]
    verdicts = [checked([*inputs, *effect, figure])[-1].verdict for figure in sheet]
    assert verdicts == ["exact", "rounding"]


def test_the_number_of_estimable_trials_is_a_fair_count() -> None:
    studies = (*TRIALS, study("Zero 2003", 0, 20, 0, 20))
    for number in ("2", "3"):
        (found,) = checked([claim("trials", number)], studies)
        assert found.verdict == "exact"
    assert checked([claim("trials", "4")], studies)[0].verdict == "input-error"


def test_a_limit_on_the_other_side_of_the_null_is_another_conclusion() -> None:
    low, high = figures("iv-common", "ci_low", "ci_high")
    assert high < 1
    found = checked([claim("ci_low", f"{low:.4f}", 2), claim("ci_high", "1.01", 3)])
    assert [each.verdict for each in found] == ["exact", "conclusion"]


def test_missing_trials_make_a_result_not_attemptable() -> None:
    studies = (*TRIALS, study("Three 2003", status=Status.UNKNOWN))
    (found,) = checked([claim("estimate", "0.50")], studies)
    assert (found.verdict, found.ours) == ("not-attemptable", None)
    assert "1 of 3 trials have no data (Three 2003)" in found.reason.en


def test_no_trial_data_at_all() -> None:
    (found,) = checked([claim("estimate", "0.50")], (study("One 2001", status=Status.UNKNOWN),))
    assert (found.verdict, found.reason.en) == (
        "not-attemptable", "No trial data were found for this analysis.",
    )  # fmt: skip


def test_a_result_that_rests_on_derived_rows_says_so() -> None:
    studies = (TRIALS[0], replace(TRIALS[1], status=Status.DERIVED))
    (value,) = figures("iv-common", "estimate")
    (found,) = checked([claim("estimate", f"{value:.4f}")], studies)
    assert found.derived_rows == "Two 2002"


UNKNOWN = (study("One 2001", status=Status.UNKNOWN),)
INPUTS = [
    claim("control_events", "5", 2), claim("control_total", "83", 3), claim("estimate", "8.38", 4),
    claim("ci_low", "3.68", 5), claim("ci_high", "19.07", 6),
]  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "value", "verdict"),
    [
        ("experimental_per_1000", "505", "exact"),  # 5/83 unrounded
        ("experimental_per_1000", "503", "rounding"),  # 60 per 1000
        ("experimental_per_1000", "530", "minor"),
        ("experimental_per_1000", "700", "major"),
    ],
)
def test_per_1000_from_published_figures(quantity: str, value: str, verdict: str) -> None:
    found = checked([*INPUTS, claim(quantity, value, 9, source="table")], UNKNOWN)[-1]
    assert (found.verdict, found.basis) == (verdict, "claims")


@pytest.mark.parametrize(
    ("quantity", "value", "verdict", "words"),
    [
        ("participants", "300", "exact", ""),
        ("participants", "301", "input-error", "the arms have 300 participants"),
        ("trials", "2", "exact", ""),
        ("trials", "3", "input-error", "the analysis has 2 trials"),
        ("experimental_events", "14", "exact", ""),
        ("control_events", "28", "input-error", "the trials have 29 together"),
        ("experimental_percent", "9.3%", "exact", ""),
        ("control_percent", "19.4%", "input-error", "19.3"),
    ],
)
def test_counts_are_checked_against_the_rows(quantity: str, value: str, verdict: str, words: str) -> None:
    (found,) = checked([claim(quantity, value)])
    assert found.verdict == verdict
    assert words in found.reason.en


def test_more_participants_than_in_the_whole_review_is_suspected() -> None:
    whole = claim("participants", "280", 3, analysis="review")
    found = checked([claim("participants", "300"), whole])[0]
    assert found.verdict == "input-error"
    assert "300 exceeds the 280 in the whole review" in found.reason.en


def test_one_trial_is_not_pooled_and_none_is_said_so() -> None:
    (row, *_) = analyse(form([], TRIALS[:1])).pooled
    assert row.state is PooledState.SINGLE_TRIAL
    assert row.estimate == pytest.approx(0.5)
    assert (row.q, row.df, row.i2, row.tau2, row.p_q) == (None,) * 5
    empty = (study("Zero 2000", 0, 10, 0, 12),)
    results = analyse(form([], empty))
    assert results.pooled[0].state is PooledState.NO_TRIAL
    assert results.pooled[0].estimate is None
    assert results.effects[0].state is TrialState.NOT_ESTIMABLE


def test_a_pooled_value_that_is_not_finite_is_said_so() -> None:
    trials = (study("One 2001", 0, 50, 5, 50), study("Two 2002", 0, 50, 3, 50))
    of = analysis(method="mh-common", overrides='{"mh_cells": "raw"}')
    row = analyse(form([], trials, of)).pooled[0]
    assert (row.state, row.estimate, row.trials_pooled) == (PooledState.UNDEFINED, None, 2)


def test_every_analysis_is_pooled_by_every_comparison_method() -> None:
    methods = [row.method for row in analyse(form([], of=analysis(method="revman5"))).pooled]
    assert methods == ["revman5", *COMPARISON]
    of = analysis(Measure.MD)
    rows = analyse(form([], (study("One 2001", status=Status.UNKNOWN),), of)).pooled
    assert next(r for r in rows if r.method == "mh-common").state is PooledState.NOT_APPLICABLE


def test_what_is_pooled_of_an_analysis_does_not_depend_on_the_others() -> None:
    names = ("mean", "sd", "total")
    cells = [f"{arm}_{name}" for arm in ("experimental", "control") for name in names]
    rows = [(1.0, 2.0, 30.0, 1.5, 2.1, 32.0), (0.8, 1.9, 41.0, 1.1, 2.4, 39.0)]
    studies = tuple(
        study(f"T{n}", analysis=name, **dict(zip(cells, row, strict=True)))
        for name in "ab"
        for n, row in enumerate(rows)
    )
    one, other = analysis(Measure.MD), replace(analysis(Measure.MD), analysis="b", method="mh-common")
    alone = analyse(form([], studies[:2], one)).pooled
    both = analyse(replace(form([], studies, one), analyses=(one, other))).pooled
    assert tuple(row for row in both if row.analysis == "a") == alone
    declared = next(row for row in both if row.analysis == "b")  # M-H without 2x2 tables
    assert (declared.method, declared.method_label.en) == ("iv-common", "IV, common effect, Wald, 95% CI")
    assert declared.estimate == alone[0].estimate is not None
    assert {row.state for row in both if row.method == "mh-common"} == {PooledState.NOT_APPLICABLE}
    level = declared_method(analysis(Measure.MD, method="mh-common", overrides='{"level": 0.99}'))
    assert (level.name, level.level) == ("iv-common+level=0.99", 0.99)


def test_overrides_are_part_of_the_name() -> None:
    of = analysis(method="revman5", overrides='{"level": 0.99, "model": "common"}')
    method = declared_method(of)
    assert (method.name, method.level, method.model) == ("revman5+level=0.99+model=common", 0.99, "common")
    rows = analyse(form([], of=of)).pooled
    assert {row.ci_level for row in rows} == {0.99}
    assert len({row.method for row in rows}) == len(rows)


def test_methods_apply_where_they_can() -> None:
    assert applicable(COMPARISON["mh-common"], Measure.MD) is None
    assert applicable(COMPARISON["mh-common"], Measure.PETO) is None
    fallback = applicable(NAMED["revman5"], Measure.MD)
    assert fallback is not None
    assert (fallback.weighting, fallback.q_around) == ("IV", "IV")
    with pytest.raises(ValueError, match="a named method"):
        declared("revman6", {})
    with pytest.raises(ValueError, match="a field of a method"):
        declared("revman5", {"modell": "common"})
    with pytest.raises(ValueError, match="tau2 one of DL, DL2, HE, HS, HSk, SJ, PM, PMM, EB, ML, REML"):
        declared("revman5", {"tau2": "XX"})


def test_absolute_effects_by_measure() -> None:
    assert experimental_per_1000(Measure.RR, 0.1, 0.5) == pytest.approx(50)
    assert experimental_per_1000(Measure.RR, 0.1, 20) == 1000
    assert experimental_per_1000(Measure.OR, 0.5, 1) == pytest.approx(500)
    assert experimental_per_1000(Measure.OR, 0.2, 2) == pytest.approx(1000 / 3)
    assert experimental_per_1000(Measure.RD, 0.1, -0.2) == 0
    with pytest.raises(ValueError, match="no events per 1000"):
        experimental_per_1000(Measure.MD, 0.1, 1)


@pytest.mark.parametrize(("rule", "risk"), [("pooled", 29 / 150), ("median", 0.19), ("60", 0.06)])
def test_control_risk_rules(rule: str, risk: float) -> None:
    assert control_risk(analysis(control_risk=rule), TRIALS) == pytest.approx(risk)


def test_control_risk_without_trials_is_unknown() -> None:
    assert control_risk(analysis(), UNKNOWN) is None


def test_texts_are_joined_in_each_language() -> None:
    parts = [Bilingual("en", "one"), Bilingual("to", "two")]
    assert joined(parts) == Bilingual("en; to", "one; two")
    assert joined(parts, " ") == Bilingual("en to", "one two")


REDUCES, INCREASES = Effect(False, True), Effect(True, True)


def test_statements_need_a_judged_certainty() -> None:
    assert not statement(BOTH, BOTH, REDUCES, None)
    assert statement(BOTH, BOTH, REDUCES, Certainty.HIGH).en == "Something reduces something."
    assert statement(BOTH, BOTH, None, Certainty.VERY_LOW).nb == "Det er usikkert hvordan noe virker på noe."
    assert effect_direction(0.7, 0.5, 0.9, 1.0) == REDUCES
    assert effect_direction(1.15, 1.1, 1.2, 1.0) == INCREASES
    assert effect_direction(0.7, 0.5, 1.0, 1.0) == Effect(False, False)


def test_an_interval_with_both_directions_is_said_so_and_never_no_effect() -> None:
    said = statement(BOTH, BOTH, Effect(False, False), Certainty.LOW)
    assert said.en == "Something may reduce something, but the interval also holds an increase."
    assert said.nb == "Noe reduserer muligens noe, men intervallet rommer også en økning."
    high = statement(BOTH, BOTH, Effect(True, False), Certainty.HIGH)
    assert high.en.startswith("Something appears to increase something, but")


def test_hedges_differ_by_certainty_in_both_languages() -> None:
    for effect in (REDUCES, INCREASES, Effect(True, False)):
        said = [statement(BOTH, BOTH, effect, certainty) for certainty in Certainty]
        assert len({each.nb for each in said}) == len({each.en for each in said}) == 4


def test_very_low_certainty_withholds_every_figure() -> None:
    judged = Judgement("a", "judge", Certainty.VERY_LOW, BOTH, "paper", "", "grade.csv", 2)
    made = replace(form([claim("estimate", "0.50")]), judgements=(judged,))
    results = analyse(made)
    (row,) = findings(made, results, check_claims(made, results))
    assert row.withheld
    assert (row.estimate, row.experimental_per_1000, row.control_per_1000) == (None, None, None)
    assert "not shown" in row.footnotes.en
