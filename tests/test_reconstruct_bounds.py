"""What is said of missing trials without 2x2 tables: from a review's rows, figures and assumptions."""

import json
from dataclasses import replace
from math import inf, log, sqrt

import pytest

from repool.evidence import Evidence, evidence_of
from repool.meta_analysis import analyse
from repool.methods import COMPARISON
from repool.model import Claim, Measure, Status, Study
from repool.printed import read_printed
from repool.quantities import EFFECT
from repool.reconstruct.bounds import bounds_of, contradicts_itself, printed_pool
from repool.reconstruct.mean import Pool, least_tau2
from repool.reconstruct.tables import Assumption, Bound, Given, Outcome
from test_reproduce import analysis, claim, form, study

IV, DL = COMPARISON["iv-common"], COMPARISON["dl"]
Z, Z90 = 1.959963984540054, 1.6448536269514722  # normal quantiles at 0.975 and 0.95


def figures(*texts: str) -> dict:
    return {name: read_printed(text, False) for name, text in zip(EFFECT, texts, strict=False)}


def test_printed_figures_are_spans_of_half_a_unit_to_either_side():
    pool = printed_pool(figures("-0.61", "-1.2", "-0.02"), False, IV)
    half = [0.005 * (1 + 1e-9), 0.05 * (1 + 1e-9)]
    assert pool == Pool(
        (-0.61 - half[0], -0.61 + half[0]), (-1.2 - half[1], -1.2 + half[1]),
        (-0.02 - half[0], -0.02 + half[0]), pytest.approx(Z, rel=1e-14),
    )  # fmt: skip
    assert printed_pool(figures("1", "0", "2"), False, replace(IV, level=0.9)).z == pytest.approx(
        Z90, rel=1e-14
    )


def test_a_ratio_is_taken_by_its_log():
    pool = printed_pool(figures("0.50", "0.25", "1.00"), True, IV)
    half = 0.005 * (1 + 1e-9)
    assert pool.middle == (log(0.5 - half), log(0.5 + half))
    assert pool.high == (log(1 - half), log(1 + half))


@pytest.mark.parametrize(
    ("texts", "is_ratio", "method"),
    [(("0.5", "0.0", "9"), True, IV), (("0.5", "0.2"), False, IV), (("0.5", "<0.2", "0.9"), False, IV),
     (("0.5", "0.2", ">0.9"), False, IV), (("0.5", "0.2", "0.8"), False, COMPARISON["reml-hksj"])],
)  # fmt: skip
def test_nothing_follows_from_a_bound_a_missing_figure_or_another_interval(texts, is_ratio, method):
    assert printed_pool(figures(*texts), is_ratio, method) is None
    assert not contradicts_itself(figures(*texts), is_ratio, method)


def test_an_estimate_off_the_middle_contradicts_its_limits():
    assert contradicts_itself(figures("-0.30", "-1.20", "-0.02"), False, IV)
    assert not contradicts_itself(figures("-0.61", "-1.20", "-0.02"), False, IV)
    assert contradicts_itself(figures("0.61", "0.20", "1.02"), True, IV)  # the middle of logs is 0.45


# the review: one trial known, -0.5 by 30 and 32 participants, one not

MEANS = [f"{arm}_{name}" for arm in ("experimental", "control") for name in ("mean", "sd", "total")]
AAS = study("Ås 2001", **dict(zip(MEANS, (1.0, 2.0, 30.0, 1.5, 2.1, 32.0), strict=True)))
BOE = study("Bø 2002", status=Status.UNKNOWN, experimental_total=40.0, control_total=41.0)
V = 4 / 30 + 2.1**2 / 32
NOTE = {"nb": "antatt", "en": "assumed"}
ASSUMED = {"trial": "Bø 2002", "estimate": -0.7, "ci_low": -1.5, "ci_high": 0.1, "note": NOTE}


def asked(claims: list[Claim], *, rows: tuple[Study, ...] = (AAS, BOE), method: str = "iv-common",
          measure: Measure = Measure.MD, **settings: object) -> list[Bound]:  # fmt: skip
    of = analysis(measure, method, reconstruct=json.dumps(settings) if settings else "")
    made = form(claims, rows, of)
    evidence: Evidence = evidence_of(made, analyse(made))["a"]
    return bounds_of(evidence, DL if method == "dl" else IV)


def effect(*texts: str) -> list[Claim]:
    return [claim(name, text, n) for n, (name, text) in enumerate(zip(EFFECT, texts, strict=True), 2)]


FITS = effect("-0.61", "-1.20", "-0.02")
SES = (1.17 / 2 / Z, 1.19 / 2 / Z)  # of limits 1.17 to 1.19 apart


def test_one_missing_trial_by_common_effect():
    (bound,) = asked(FITS)
    (left,) = bound.left
    assert (left.tau2, left.known, left.missing) == (0, ("Ås 2001",), 1)
    share = [se**2 / V for se in SES]  # of the weight, W = 1 / SE^2
    middle = (-0.61 - share[0] * -0.5) / (1 - share[0])
    assert left.estimate[0] < middle < left.estimate[1]
    ses = [se / sqrt(1 - each) for se, each in zip(SES, share, strict=True)]
    assert left.se == pytest.approx(ses, rel=1e-6)
    assert (left.least_se, left.most_se) == left.se  # one trial: what is left is its own
    size = sqrt(30 * 32 / 62 + 40 * 41 / 81)
    assert bound == Bound(
        "a", Given.ROWS, "iv-common", IV.label(),
        {"estimate": "-0.61", "ci_low": "-1.20", "ci_high": "-0.02"}, "paper", 2, (), Outcome.SEVERAL,
        pytest.approx((-0.615, -0.605), rel=1e-6), pytest.approx(SES, rel=1e-6),
        pytest.approx([se * size for se in SES], rel=1e-6), bound.left,
    )  # fmt: skip


def test_an_assumed_trial_counts_as_known_beside_the_search_without_it():
    rows, assumed = asked(FITS, trials=3, assume=[ASSUMED])
    assert (rows.given, rows.trials, rows.assumptions) == (Given.ROWS, 3, ())
    assert (rows.left[0].known, rows.left[0].missing) == (("Ås 2001",), 2)
    assert rows.left[0].most_se == pytest.approx(rows.left[0].se[1] * sqrt(2))
    assert (assumed.given, assumed.trials, assumed.assumptions) == (
        Given.ASSUMED,
        3,
        (Assumption.of(ASSUMED),),
    )
    (left,) = assumed.left
    assert (left.known, left.missing) == (("Ås 2001", "Bø 2002"), 1)
    w = 1 / V + (2 * Z / 1.6) ** 2
    assert left.se[0] == pytest.approx(SES[0] / sqrt(1 - SES[0] ** 2 * w), rel=1e-6)
    assert rows.common_sd is assumed.common_sd is None  # the third trial has no sizes


def test_an_assumed_ratio_is_taken_by_its_log():
    one, two = study("One 2001", status=Status.UNKNOWN), study("Two 2002", status=Status.UNKNOWN)
    figures_ = effect("0.50", "0.25", "1.00")
    assumed = ASSUMED | {"trial": "One 2001", "estimate": 0.5, "ci_low": 0.2, "ci_high": 1.25}
    bound = asked(figures_, rows=(one, two), measure=Measure.ROM, assume=[assumed])[1]
    w, se = (2 * Z / log(1.25 / 0.2)) ** 2, bound.se[0]
    assert bound.left[0].se[0] == pytest.approx(se / sqrt(1 - se**2 * w), rel=1e-6)


def test_more_trials_may_be_assumed_than_there_are_rows():
    more = [ASSUMED, ASSUMED | {"trial": "Cu 2003"}]
    rows, assumed = asked(FITS, assume=more)
    assert (rows.trials, assumed.trials, assumed.left) == (2, 3, ())


def test_other_weights_than_inverse_variances_are_not_attempted():
    of = analysis(Measure.MD)
    made = form(FITS, (AAS, BOE), of)
    (bound,) = bounds_of(evidence_of(made, analyse(made))["a"], replace(IV, weighting="IVhet"))
    assert bound.outcome is Outcome.NOT_ATTEMPTED


def test_sizes_may_be_assumed():
    sized = {"trial": "Cu 2003", "experimental_total": 10, "control_total": 20, "note": NOTE}
    rows, assumed = asked(FITS, trials=3, assume=[sized])
    assert rows.common_sd is None
    size = sqrt(30 * 32 / 62 + 40 * 41 / 81 + 10 * 20 / 30)
    assert assumed.common_sd == pytest.approx([se * size for se in SES], rel=1e-6)
    assert assumed.left[0].known == ("Ås 2001",)  # sizes alone are no estimate
    half = ASSUMED | {"experimental_total": 10}
    assert asked(FITS, trials=3, assume=[half])[1].common_sd is None


def test_a_trial_with_one_arm_of_unknown_size_leaves_no_common_sd():
    half = replace(BOE, control_total=None)
    assert asked(FITS)[0].common_sd is not None
    assert asked(FITS, rows=(AAS, half))[0].common_sd is None


def test_random_effects_leave_a_span_of_tau2():
    (bound,) = asked(FITS, method="dl")
    least, most = bound.left
    pool = printed_pool(figures("-0.61", "-1.20", "-0.02"), False, IV)
    assert least.tau2 == pytest.approx(least_tau2(pool, [(-0.5, V)]))
    assert least.tau2 < most.tau2 < 2 * SES[1] ** 2
    assert bound.method == "dl"


def test_known_trials_that_are_more_precise_than_the_total_are_a_contradiction_by_common_effect_alone():
    wide = effect("-0.61", "-1.80", "0.58")
    (bound,) = asked(wide)
    assert (bound.outcome, bound.left[0].se, bound.left[0].estimate) == (Outcome.NONE, None, None)
    assert (bound.left[0].least_se, bound.left[0].most_se) == (None, None)
    assert asked(wide, method="dl")[0].outcome is Outcome.SEVERAL


def test_a_contradiction_or_no_figure_leaves_nothing():
    (bound,) = asked(effect("-0.30", "-1.20", "-0.02"))
    assert (bound.outcome, bound.estimate, bound.se, bound.common_sd, bound.left) == (
        Outcome.NONE,
        None,
        None,
        None,
        (),
    )
    (bound,) = asked([], assume=[ASSUMED])
    assert (bound.given, bound.outcome) == (Given.ROWS, Outcome.NOT_ATTEMPTED)
    assert (bound.figures, bound.source, bound.estimate, bound.left) == ({}, "", None, ())


def test_with_every_trial_known_nothing_is_left():
    both = replace(
        BOE,
        status=Status.REPORTED,
        experimental_mean=1.0,
        experimental_sd=2.0,
        control_mean=1.6,
        control_sd=2.0,
    )
    (bound,) = asked(FITS, rows=(AAS, both))
    assert (bound.outcome, bound.left, bound.trials) == (Outcome.SEVERAL, (), 2)
    assert inf not in bound.se
