"""Pooling worked out by hand: small numbers whose every step can be followed."""

from dataclasses import fields, replace
from math import exp, isnan, log, nan, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from batches import (
    COMMON,
    DL,
    DL2,
    EB,
    HAENSZEL,
    HE,
    HSK,
    PETO,
    PM,
    RANDOM,
    REML,
    REVMAN5,
    SJ,
    floats,
    of_effects,
    of_tables,
    pooled,
)  # fmt: skip
from repool.batch import Segments
from repool.estimates import Estimates
from repool.model import Measure
from repool.pooling import Pooled, pool, subgroup_differences
from repool.tau2 import ESTIMATORS, dersimonian_laird

pytestmark = pytest.mark.filterwarnings("error")

Z = 1.959963984540054  # normal quantile at 0.975
T1, T2 = 12.706204736174698, 4.302652729749462  # t quantiles at 0.975 with 1 and 2 df
HETEROGENEITY = ("tau2", "q", "p_q", "i2")


def close(actual: object, expected: object) -> None:
    assert_allclose(actual, expected, rtol=1e-12, atol=1e-14)


# two trials, 0 and 2 with variance 1: mean 1, Q = 2, trace of P = 1


def test_common_effect():
    result = pooled([0, 2], [1, 1], COMMON)
    close([result.estimate[0], result.se[0]], [1, sqrt(0.5)])
    close([result.ci_low[0], result.ci_high[0]], [1 - Z * sqrt(0.5), 1 + Z * sqrt(0.5)])
    close([result.q[0], result.df[0], result.i2[0], result.tau2[0]], [2, 1, 50, 0])
    close(result.p_q[0], 0.15729920705028513)  # chi2 with 1 df above 2
    assert isnan(result.prediction_k1_low[0])  # one true effect: nothing else to predict
    assert result.converged.tolist() == [True]


def test_common_effect_weights_are_inverse_variances():
    result, weights = pool(of_effects([0, 2], [1, 3]), COMMON)
    close(weights, [75, 25])
    close([result.estimate[0], result.se[0]], [0.5, sqrt(0.75)])


@pytest.mark.parametrize("method", [DL, DL2, HE, HSK, SJ, PM, EB, REML])
def test_random_effects_of_two_equally_precise_trials(method):
    # the sample variance less v: 2 - 1; HS and ML divide by k and give none, PMM aims at a median
    result, weights = pool(of_effects([0, 2], [1, 1]), method)
    close([result.tau2[0], result.estimate[0], result.se[0], result.i2[0]], [1, 1, 1, 50])
    close(weights, [50, 50])
    assert result.converged[0]


def test_hksj_of_two_trials():
    # sum w (y - 1)^2 / ((k - 1) sum w) with w = 1/2 is 1
    result = pooled([0, 2], [1, 1], replace(DL, ci="HKSJ"))
    close([result.se[0], result.ci_low[0], result.ci_high[0]], [1, 1 - T1, 1 + T1])
    close(result.p_effect[0], 0.5)  # t = 1 with 1 df


def test_hksj_can_be_narrower_than_wald():
    y, v = [0.9, 1.0, 1.1], [1, 1, 1]
    hksj, wald = pooled(y, v, replace(DL, ci="HKSJ")), pooled(y, v, DL)
    close(hksj.se[0], sqrt(0.02 / (2 * 3)))
    assert hksj.ci_high[0] - hksj.ci_low[0] < wald.ci_high[0] - wald.ci_low[0]


def test_level_of_the_interval():
    result = pooled([0, 2], [1, 1], replace(COMMON, level=0.99))
    close(result.ci_high[0], 1 + 2.5758293035489004 * sqrt(0.5))


# three trials, 0, 2 and 4 with variance 1: mean 2, Q = 8, tau2 = 3, SE^2 = 4/3


def test_prediction_intervals():
    result = pooled([0, 2, 4], [1, 1, 1], replace(DL, prediction="normal"))
    spread = sqrt(3 + 4 / 3)
    close([result.tau2[0], result.se[0]], [3, sqrt(4 / 3)])
    close([result.prediction_k1_low[0], result.prediction_k1_high[0]], [2 - T2 * spread, 2 + T2 * spread])
    close([result.prediction_k2_low[0], result.prediction_k2_high[0]], [2 - T1 * spread, 2 + T1 * spread])
    close([result.prediction_low[0], result.prediction_high[0]], [2 - Z * spread, 2 + Z * spread])


@pytest.mark.parametrize(("name", "column"), [("t(k-1)", "prediction_k1"), ("t(k-2)", "prediction_k2")])
def test_the_prediction_interval_that_is_shown(name, column):
    result = pooled([0, 2, 4], [1, 1, 1], replace(DL, prediction=name))
    for end in ("low", "high"):
        close(getattr(result, f"prediction_{end}"), getattr(result, f"{column}_{end}"))
    assert isnan(pooled([0, 2, 4], [1, 1, 1], DL).prediction_low[0])  # "none"


def test_a_prediction_interval_needs_two_trials_or_three():
    result = pooled([0, 2], [1, 1], DL)
    close(result.prediction_k1_high[0], 1 + T1 * sqrt(2))
    assert isnan(result.prediction_k2_high[0])


def test_i2_from_tau2():
    # v = 1, 1, 2: S1 = 5/2, S2 = 9/4, trace of P = 8/5, typical v = 2 / (8/5) = 5/4
    for method in RANDOM:
        result = pooled([0, 2, 6], [1, 1, 2], replace(method, i2_from="tau2"))
        close(result.i2, 100 * result.tau2 / (result.tau2 + 5 / 4))
    dl = replace(DL, i2_from="tau2")
    close(pooled([0, 2, 6], [1, 1, 2], dl).i2, pooled([0, 2, 6], [1, 1, 2], DL).i2)  # identical for DL
    assert pooled([0, 2], [1, 1], replace(COMMON, i2_from="tau2")).i2[0] == 50  # no tau2: from Q


def test_i2_is_never_below_zero():
    result = pooled([0, 0.1], [1, 1], DL)
    assert (result.i2[0], result.tau2[0]) == (0, 0)


def test_paule_mandel_solves_its_equation():
    y, v = floats([0, 2, 6]), floats([1, 1, 2])
    w = 1 / (v + pooled(y, v, PM).tau2)
    close((w * (y - (w * y).sum() / w.sum()) ** 2).sum(), 2)


# Mantel-Haenszel: 4/10 against 2/20, and 0/10 against 3/12

TWO_TABLES = [(4, 10, 2, 20), (0, 10, 3, 12)]


def test_haenszel_risk_ratio_with_corrected_cells():
    # the second table as RevMan takes it: 0.5/11 against 3.5/13
    result, weights = pool(of_tables(Measure.RR, TWO_TABLES), HAENSZEL)
    r, s = 4 * 20 / 30 + 0.5 * 13 / 24, 2 * 10 / 30 + 3.5 * 11 / 24
    p = (10 * 20 * 6 - 4 * 2 * 30) / 30**2 + (11 * 13 * 4 - 0.5 * 3.5 * 24) / 24**2
    close([result.estimate[0], result.se[0]], [log(r / s), sqrt(p / (r * s))])
    close(weights, [100 * (2 / 3) / s, 100 * (3.5 * 11 / 24) / s])


def test_haenszel_risk_ratio_with_raw_cells():
    result, weights = pool(of_tables(Measure.RR, TWO_TABLES), replace(HAENSZEL, mh_cells="raw"))
    r, s = 4 * 20 / 30, 2 * 10 / 30 + 3 * 10 / 22
    p = (10 * 20 * 6 - 4 * 2 * 30) / 30**2 + 10 * 12 * 3 / 22**2
    close([result.estimate[0], result.se[0]], [log(r / s), sqrt(p / (r * s))])
    close(weights, [100 * (2 / 3) / s, 100 * (30 / 22) / s])


def test_haenszel_odds_ratio_with_raw_cells():
    # Robins, Breslow & Greenland 1986: a d / n, b c / n, (a + d) / n, (b + c) / n
    result, _ = pool(of_tables(Measure.OR, TWO_TABLES), replace(HAENSZEL, mh_cells="raw"))
    r, s = floats([4 * 18 / 30, 0]), floats([6 * 2 / 30, 10 * 3 / 22])
    p, q = floats([22 / 30, 9 / 22]), floats([8 / 30, 13 / 22])
    big_r, big_s = r.sum(), s.sum()
    variance = (
        (p * r).sum() / (2 * big_r**2)
        + (p * s + q * r).sum() / (2 * big_r * big_s)
        + (q * s).sum() / (2 * big_s**2)
    )
    close([result.estimate[0], result.se[0]], [log(big_r / big_s), sqrt(variance)])


def test_haenszel_risk_difference_always_takes_raw_cells():
    result, weights = pool(of_tables(Measure.RD, TWO_TABLES), HAENSZEL)
    w = floats([200 / 30, 120 / 22])
    j = (4 * 6 * 20**3 + 2 * 18 * 10**3) / (200 * 30**2) + 3 * 9 * 10**3 / (120 * 22**2)
    close([result.estimate[0], result.se[0]], [w @ floats([0.3, -0.25]) / w.sum(), sqrt(j) / w.sum()])
    close(weights, 100 * w / w.sum())


def test_haenszel_of_a_single_trial_is_that_trial():
    for measure in (Measure.RR, Measure.OR):
        trials = of_tables(measure, TWO_TABLES[:1])
        result, _ = pool(trials, HAENSZEL)
        close([result.estimate[0], result.se[0]], [trials.effects.y[0], sqrt(trials.effects.v[0])])


def test_a_trial_with_nothing_but_events_enters_haenszel_as_a_risk_ratio_of_one():
    # 5/5 against 8/8 is corrected to 5.5/6 and 8.5/9, but adds its weight to both sums
    result, _ = pool(of_tables(Measure.RR, [(4, 10, 2, 20), (5, 5, 8, 8)]), HAENSZEL)
    own = 8.5 * 6 / 15
    close(exp(result.estimate[0]), (8 / 3 + own) / (2 / 3 + own))


def test_raw_cells_without_control_events_give_no_haenszel_ratio():
    trials = of_tables(Measure.RR, [(4, 10, 0, 20), (1, 10, 0, 12), (4, 10, 2, 20)], [2, 1])
    result, weights = pool(trials, replace(HAENSZEL, mh_cells="raw"))
    assert result.k[0] == 2
    assert no_number(result, 0)
    close(result.estimate[1], log(4))
    close(weights[2], 100)


def test_revman_takes_q_around_haenszel():
    trials = of_tables(Measure.RR, [(4, 10, 2, 20), (6, 50, 9, 45), (30, 60, 12, 61)])
    y, v = trials.effects.y, trials.effects.v
    around = pool(trials, HAENSZEL)[0].estimate[0]
    q, w = ((y - around) ** 2 / v).sum(), 1 / v
    tau2 = (q - 2) / (w.sum() - (w**2).sum() / w.sum())
    result, weights = pool(trials, REVMAN5)
    close([result.q[0], result.tau2[0]], [q, tau2])
    close(weights, 100 / (v + tau2) / (1 / (v + tau2)).sum())
    close(result.estimate[0], weights @ y / 100)
    assert pool(trials, DL)[0].q[0] < q  # Q is smallest around the inverse-variance mean


def test_peto_is_the_sum_of_o_minus_e_over_the_sum_of_v():
    trials = of_tables(Measure.PETO, TWO_TABLES)
    v = floats([32 / 29, 10 * 12 * 3 * 19 / (22**2 * 21)])
    result, weights = pool(trials, PETO)
    close([result.estimate[0], result.se[0]], [(2 - 30 / 22) / v.sum(), 1 / sqrt(v.sum())])
    close(weights, 100 * v / v.sum())


def test_haenszel_needs_tables_of_a_measure_that_has_it():
    for method in (HAENSZEL, REVMAN5):
        for trials in (of_effects([0, 2], [1, 1]), of_tables(Measure.PETO, TWO_TABLES)):
            with pytest.raises(ValueError, match="no Mantel-Haenszel value"):
                pool(trials, method)


def test_haenszel_corrects_each_analysis_by_its_own_empty_cells():
    # "if-any", all tables of an analysis: 4/10 v 2/20 stays as it is beside an analysis that has one
    method = replace(HAENSZEL, zero_cell_rule="if-any")
    result, _ = pool(of_tables(Measure.RR, [(4, 10, 2, 20), (0, 10, 3, 12), (4, 10, 2, 20)], [1, 2]), method)
    r, s = 0.5 * 13 / 24 + 4.5 * 21 / 32, 3.5 * 11 / 24 + 2.5 * 11 / 32
    close(result.estimate, [log(4), log(r / s)])


# few trials, or none


@pytest.mark.parametrize("method", [COMMON, *RANDOM, replace(REML, ci="HKSJ", i2_from="tau2")])
def test_one_trial_is_its_own_result(method):
    result, weights = pool(of_effects([0.3], [0.04]), method)
    assert (result.k[0], result.estimate[0], result.df[0], weights[0]) == (1, 0.3, 0, 100)
    close([result.se[0], result.ci_low[0], result.ci_high[0]], [0.2, 0.3 - 0.2 * Z, 0.3 + 0.2 * Z])
    close(result.p_effect[0], 0.13361440253771617)  # two-sided normal beyond 1.5
    assert all(isnan(getattr(result, name)[0]) for name in HETEROGENEITY)
    assert all(isnan(getattr(result, f"prediction_k{n}_high")[0]) for n in (1, 2))
    assert result.converged[0]


@pytest.mark.parametrize("method", [COMMON, HAENSZEL, REVMAN5, *RANDOM, replace(REML, ci="HKSJ")])
def test_without_an_estimable_trial_there_is_no_result(method):
    result, weights = pool(of_tables(Measure.RR, [(0, 10, 0, 12), (0, 5, 0, 6)]), method)
    assert result.k[0] == 0
    assert_array_equal(weights, [0, 0])
    assert no_number(result, 0)


def no_number(result: Pooled, analysis: int) -> bool:
    names = [
        field.name for field in fields(Pooled) if field.name not in ("k", "converged", "narrower_than_wald")
    ]
    return all(isnan(getattr(result, name)[analysis]) for name in names)


def test_a_trial_that_is_not_estimable_weighs_nothing():
    trials = of_tables(Measure.RR, [(4, 10, 2, 20), (0, 10, 0, 12), (6, 50, 9, 45)])
    without = of_tables(Measure.RR, [(4, 10, 2, 20), (6, 50, 9, 45)])
    for method in (COMMON, HAENSZEL, REVMAN5, REML):
        result, weights = pool(trials, method)
        expected, others = pool(without, method)
        for field in fields(Pooled):
            assert_array_equal(getattr(result, field.name), getattr(expected, field.name))
        assert_array_equal(weights, [others[0], 0, others[1]])


@pytest.mark.parametrize("method", [COMMON, *RANDOM, replace(REML, ci="HKSJ", i2_from="tau2")])
def test_empty_analyses_between_others(method):
    y, v = floats([0, 2, 6, 0.3, 1, 1, 5]), floats([1, 1, 2, 0.04, 3, 1, 1])
    result, weights = pool(of_effects(y, v, [0, 3, 0, 0, 1, 3, 0]), method)
    assert_array_equal(result.k, [0, 3, 0, 0, 1, 3, 0])
    for position, (start, stop) in {1: (0, 3), 4: (3, 4), 5: (4, 7)}.items():
        alone, shares = pool(of_effects(y[start:stop], v[start:stop]), method)
        for field in fields(Pooled):
            assert_array_equal(getattr(result, field.name)[position], getattr(alone, field.name)[0])
        assert_array_equal(weights[start:stop], shares)
    assert all(no_number(result, position) for position in (0, 2, 3, 6))


@pytest.mark.parametrize("method", [COMMON, HAENSZEL, *RANDOM, replace(REML, ci="HKSJ", i2_from="tau2")])
def test_an_empty_batch(method):
    nothing = of_tables(Measure.RR, [], [])
    result, weights = pool(nothing, method)
    assert len(result.k) == len(weights) == 0
    assert len(pool(of_tables(Measure.RR, [], [0, 0]), method)[0].k) == 2


# identical trials


@pytest.mark.parametrize("method", RANDOM)
@pytest.mark.parametrize("y", [0.0, 0.1, -1 / 3, 1e6 / 7])
def test_identical_trials_have_no_heterogeneity(method, y):
    result, weights = pool(of_effects([y] * 7, [0.3, 0.7, 0.1, 2, 5, 0.1, 11]), method)
    assert (result.tau2[0], result.q[0], result.i2[0], result.p_q[0]) == (0, 0, 0, 1)
    assert result.estimate[0] == y
    close(weights.sum(), 100)


def test_hksj_of_identical_trials_has_no_width():
    result = pooled([0.1] * 3, [0.3, 0.7, 0.1], replace(REML, ci="HKSJ"))
    assert (result.se[0], result.ci_low[0], result.ci_high[0], result.p_effect[0]) == (0, 0.1, 0.1, 0)
    assert isnan(pooled([0.0] * 3, [1, 2, 3], replace(REML, ci="HKSJ")).p_effect[0])  # 0 over 0


def test_the_mantel_haenszel_value_of_one_trial_has_its_own_standard_error_in_two_cases():
    def apart(measure, row):
        trials = of_tables(measure, [row])
        result = pool(trials, HAENSZEL)[0]
        assert result.estimate[0] == pytest.approx(trials.effects.y[0], abs=1e-15)
        return result.se[0] / np.sqrt(trials.effects.v[0]) - 1

    for measure in (Measure.RR, Measure.OR, Measure.RD):
        assert abs(apart(measure, [3, 20, 5, 18])) < 1e-12
    for measure in (Measure.RR, Measure.OR):
        assert abs(apart(measure, [0, 20, 5, 18])) < 1e-12
    assert abs(apart(Measure.RD, [0, 20, 5, 18])) > 0.01  # raw cells, where the trial's are corrected
    assert abs(apart(Measure.RR, [20, 20, 12, 12])) > 0.005  # R = S


# the estimators where they are hardest


@pytest.mark.parametrize("name", ESTIMATORS)
def test_one_trial_has_no_variance_between_trials(name):
    tau2, converged = ESTIMATORS[name](
        Estimates.of(floats([1, 0, 2]), floats([1, 1, 1]), Segments.of_counts([1, 0, 2]))
    )
    assert isnan(tau2[0])
    assert isnan(tau2[1])
    assert converged.tolist() == [False, False, True]


def test_median_unbiased_paule_mandel_of_two_trials():
    # Q(tau2) = (y1 - y2)^2 / (v1 + v2 + 2 tau2) at the median of chi2 with 1 df, 0.4549364231195724
    tau2, _ = ESTIMATORS["PMM"](Estimates.of(floats([0, 6]), floats([1, 3]), Segments.of_counts([2])))
    close(tau2, [(36 / 0.4549364231195724 - 4) / 2])


@pytest.mark.parametrize("name", ESTIMATORS)
def test_thousands_of_trials(name):
    y, v = np.full(10_000, 0.1), np.linspace(0.01, 3, 10_000)
    assert ESTIMATORS[name](Estimates.of(y, v, Segments.of_counts([10_000]))) == (0, True)
    y = y + np.sin(np.arange(10_000))  # variance 1/2, nearly independent of v
    tau2, converged = ESTIMATORS[name](Estimates.of(y, v, Segments.of_counts([10_000])))
    assert converged[0]
    assert tau2[0] < 0.5


def test_dersimonian_laird_keeps_its_digits_when_one_trial_outweighs_all():
    # Q = 100^2 / (1e-12 + 1e4), trace of P = 2 w1 w2 / (w1 + w2): 2 / (v1 + v2)
    v = floats([1e-12, 1e4])
    tau2, _ = dersimonian_laird(Estimates.of(floats([0, 200]), v, Segments.of_counts([2])))
    close(tau2, (4 - 1) / (2 / 1e4))


@pytest.mark.parametrize("excess", [1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize("k", [2, 5, 100, 10_000])
def test_paule_mandel_converges_next_to_its_boundary(excess, k):
    # Q just above k - 1, so tau2 is tiny beside v and its last digits are noise
    y, v = np.sin(np.arange(k) + 1.0), 1 + np.cos(np.arange(k) + 2.0) ** 2
    q = pooled(y, v, COMMON).q[0]
    result = pooled(y * sqrt((k - 1) * (1 + excess) / q), v, PM)
    assert result.converged[0]
    assert 0 <= result.tau2[0] < 3 * excess


# the test for subgroup differences


def test_subgroup_differences():
    estimate, se = floats([0, 2, nan, 5, 1]), floats([1, 1, nan, 1, 0])
    q, df, p, i2 = subgroup_differences(estimate, se, Segments.of_counts([3, 1, 1]))
    close([q[0], df[0], p[0], i2[0]], [2, 1, 0.15729920705028513, 50])
    for numbers in (q, df, p, i2):
        assert np.isnan(numbers[1:]).all()  # one subgroup is no comparison


def test_equal_subgroups_do_not_differ():
    q, df, p, i2 = subgroup_differences(floats([1, 1, 1]), floats([1, 2, 3]), Segments.of_counts([3]))
    close([q[0], df[0], p[0], i2[0]], [0, 2, 1, 0])
