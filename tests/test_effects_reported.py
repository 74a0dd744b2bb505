"""Effects that trials report as such, those of single groups, and the natural scale; by hand."""

from math import asin, atanh, exp, inf, log, nan, pi, sqrt, tanh

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from batches import floats
from repool.batch import Segments
from repool.effects import (
    Effects,
    correlation,
    dichotomous,
    generic,
    harmonic_mean,
    natural,
    observed_minus_expected,
    single_mean,
    single_proportion,
)
from repool.effects.two_by_two import Tables
from repool.model import Measure

pytestmark = pytest.mark.filterwarnings("error")

Z95 = 1.959963984540054  # normal quantile at 0.975


def reported(estimate: float, log_scale: bool = False, factor: float = 1.0, **more: float) -> Effects:
    """One generic effect with what is given of se, low, high, statistic, p and df."""
    columns = [floats([more.pop(name, nan)]) for name in ("se", "low", "high")]
    fixed = (floats([0.95]), floats([factor]), log_scale)
    return generic(
        floats([estimate]), *columns, *fixed, **{name: floats([value]) for name, value in more.items()}
    )


def same(effects: Effects, y: float, v: float, rtol: float = 1e-14) -> None:
    assert effects.estimable.all()
    assert_allclose((effects.y[0], effects.v[0]), (y, v), rtol=rtol, atol=1e-15)


def not_estimable(effects: Effects) -> bool:
    return not effects.estimable.any() and not effects.y.any() and not effects.v.any()


# generic inverse variance by a test


def test_a_statistic_gives_the_standard_error():
    same(reported(3.0, statistic=2.0), 3, 2.25)
    same(reported(-3.0, statistic=2.0), -3, 2.25)
    same(reported(3.0, statistic=-2.0), 3, 2.25)


def test_a_two_sided_p_gives_the_standard_error():
    same(reported(3.0, p=0.05), 3, (3 / Z95) ** 2)


#: (p, df): upper quantile q of t at p/2; mpmath 1.3.0 at 40 digits, betainc(df/2, 1/2, 0, df/(df + q^2)) = p
T_QUANTILES = {
    (0.04, 12): 2.302721683806085, (0.001, 3): 12.923978636687483, (1e-10, 20): 12.209990193589013,
    (1e-30, 5): 1801609.95262581, (0.9, 2): 0.14213381090374025, (0.5, 1): 1.0,
    (0.05, 1e6): 1.959966356814107, (1e-8, 2.5): 1833.0971787275284,
}  # fmt: skip


@pytest.mark.parametrize(("p", "df"), T_QUANTILES)
def test_a_p_of_a_t_test(p, df):
    same(reported(3.0, p=p, df=df), 3, (3 / T_QUANTILES[p, df]) ** 2, rtol=1e-13)


def test_without_degrees_of_freedom_p_is_of_a_z_test():
    same(reported(3.0, p=0.05, df=nan), 3, (3 / Z95) ** 2)


def test_a_ratio_is_tested_on_the_log_scale():
    same(reported(0.8, log_scale=True, p=0.05), log(0.8), (log(0.8) / Z95) ** 2)


def test_altman_and_blands_examples():
    # BMJ 2011;343:d2090, by its approximation z = -0.862 + sqrt(0.743 - 2.404 ln p): 49% against 32% with
    # p = 0.032 and a relative risk of 0.30 with p = 0.034
    z = [-0.862 + sqrt(0.743 - 2.404 * log(p)) for p in (0.032, 0.034)]
    same(reported(17.0, p=0.032), 17, (17 / z[0]) ** 2, rtol=0.004)
    same(reported(0.30, log_scale=True, p=0.034), log(0.30), (log(0.30) / z[1]) ** 2, rtol=0.004)


def test_a_scaled_estimate_is_as_significant_as_before():
    same(reported(7.0, factor=1 / 7, statistic=5.0), 1, 0.04)


def test_the_more_direct_figure_goes_first():
    same(reported(3.0, se=0.5, low=1, high=5, statistic=2, p=0.5), 3, 0.25)
    same(reported(3.0, low=3 - Z95, high=3 + Z95, statistic=2, p=0.5), 3, 1)
    same(reported(3.0, statistic=2, p=0.5), 3, 2.25)


@pytest.mark.parametrize(
    "figures",
    [{"p": 0}, {"p": 1}, {"p": nan}, {"p": -0.1}, {"p": 1.1}, {"p": 0.05, "df": 0}, {"p": 0.05, "df": -3},
     {"p": 0, "df": 5}, {"p": 1, "df": 5}, {"statistic": 0}, {"statistic": nan}, {"statistic": inf}, {}],
)  # fmt: skip
def test_nothing_follows_from_an_extreme_test(figures):
    assert not_estimable(reported(3.0, **figures))


def test_nothing_follows_from_a_test_of_no_effect():
    assert not_estimable(reported(0.0, p=0.9))
    assert not_estimable(reported(0.0, statistic=0.1))
    assert not_estimable(reported(1.0, log_scale=True, p=0.9))


@pytest.mark.parametrize("estimate", [0, -2, nan, inf])
def test_a_ratio_that_is_none(estimate):
    assert not_estimable(reported(estimate, log_scale=True, se=0.2))


def test_each_trial_by_what_it_reports():
    empty = floats([nan, nan, nan])
    effects = generic(
        floats([3, 3, 3]), floats([0.5, nan, nan]), empty, empty, floats([0.95] * 3), floats([1] * 3), False,
        statistic=floats([nan, 2, nan]), p=floats([nan, nan, 0.05]),
    )  # fmt: skip
    assert_allclose(effects.v, [0.25, 2.25, (3 / Z95) ** 2], rtol=1e-14)


# O - E and V


def test_observed_minus_expected():
    same(observed_minus_expected(floats([-6]), floats([12])), -0.5, 1 / 12)
    same(observed_minus_expected(floats([1]), floats([0.25])), 4, 4)
    for variance in (0, -1, nan, inf):
        assert not_estimable(observed_minus_expected(floats([1]), floats([variance])))


def test_the_smallest_variance_that_a_float_holds_with_all_digits():
    smallest = 2.0**-1022
    effects = Effects.where(
        np.ones(2, np.bool_), floats([1, 1]), floats([smallest, np.nextafter(smallest, 0)])
    )
    assert_array_equal(effects.estimable, [True, False])
    assert_array_equal(effects.v, [smallest, 0])


def test_observed_minus_expected_is_what_peto_takes():
    # 4/10 against 2/20: O - E = 2, V = 32/29
    peto = dichotomous(Measure.PETO, Tables(*(floats([number]) for number in (4, 10, 2, 20))))
    same(observed_minus_expected(floats([2]), floats([32 / 29])), float(peto.y[0]), float(peto.v[0]))


# arcsine difference


def test_arcsine_difference():
    # asin sqrt(1/4) = pi/6, asin sqrt(3/4) = pi/3
    effects = dichotomous(Measure.ASD, Tables(*(floats([number]) for number in (1, 4, 6, 8))))
    same(effects, -pi / 6, 1 / 16 + 1 / 32)


def test_arcsine_difference_of_double_zeros():
    tables = Tables(floats([0, 5]), floats([10, 5]), floats([0, 8]), floats([12, 8]))
    effects = dichotomous(Measure.ASD, tables)
    assert effects.estimable.all()
    assert_array_equal(effects.y, 0)
    assert_allclose(effects.v, [1 / 40 + 1 / 48, 1 / 20 + 1 / 32], rtol=1e-14)


# single groups


def test_correlation():
    same(correlation(floats([0.5]), floats([20])), log(3) / 2, 1 / 17)


@pytest.mark.parametrize(
    ("r", "n"), [(1, 20), (-1, 20), (0.5, 3), (0.5, 0), (1.5, 20), (nan, 20), (0.5, nan)]
)
def test_correlation_that_is_not_estimable(r, n):
    assert not_estimable(correlation(floats([r]), floats([n])))


def test_double_arcsine():
    # 1 of 3: asin sqrt(1/4) = pi/6 and asin sqrt(2/4) = pi/4
    same(single_proportion(Measure.PFT, floats([1]), floats([3])), (pi / 6 + pi / 4) / 2, 1 / 14)
    same(single_proportion(Measure.PFT, floats([0]), floats([3])), asin(0.5) / 2, 1 / 14)
    same(single_proportion(Measure.PFT, floats([3]), floats([3])), (pi / 3 + pi / 2) / 2, 1 / 14)


def test_proportion_of_one_participant():
    same(single_proportion(Measure.PFT, floats([0]), floats([1])), pi / 8, 1 / 6)
    same(single_proportion(Measure.PLO, floats([0]), floats([1])), log(0.5 / 1.5), 2 + 1 / 1.5)


def test_a_logit_of_up_to_2_to_the_52_participants():
    same(single_proportion(Measure.PLO, floats([2**51]), floats([2**52])), 0, 2.0**-50)
    assert not_estimable(single_proportion(Measure.PLO, floats([2**51]), floats([2**52 + 1])))


@pytest.mark.parametrize("measure", [Measure.PLO, Measure.PFT])
@pytest.mark.parametrize(("x", "n"), [(0, 0), (4, 3), (nan, 3), (-1, 3)])
def test_proportion_that_is_not_estimable(measure, x, n):
    assert not_estimable(single_proportion(measure, floats([x]), floats([n])))


def test_single_mean():
    same(single_mean(floats([10]), floats([3]), floats([9])), 10, 1)
    for sd, n in ((0, 9), (3, 0), (-3, 9), (nan, 9)):
        assert not_estimable(single_mean(floats([10]), floats([sd]), floats([n])))


@pytest.mark.parametrize("measure", sorted(set(Measure) - {Measure.PLO, Measure.PFT}))
def test_one_proportion_gives_no_other_measure(measure):
    with pytest.raises(ValueError, match="not computed from one proportion"):
        single_proportion(measure, floats([1]), floats([3]))


# natural scale


@pytest.mark.parametrize("measure", [Measure.RR, Measure.OR, Measure.PETO, Measure.ROM, Measure.OEV])
def test_ratios_are_shown_as_ratios(measure):
    assert measure.is_ratio
    assert_allclose(natural(measure, floats([[0, log(2)], [-1, 800]])), [[1, 2], [exp(-1), inf]], rtol=1e-15)


@pytest.mark.parametrize(
    "measure", [Measure.RD, Measure.MD, Measure.SMD, Measure.MEAN, Measure.ASD, Measure.GIV]
)
def test_what_is_pooled_as_it_stands(measure):
    assert not measure.is_ratio
    assert_array_equal(natural(measure, floats([-2, 0, nan, 3])), [-2, 0, nan, 3])


def test_a_generic_ratio():
    assert_allclose(natural(Measure.GIV, floats([log(2), nan]), log_scale=True), [2, nan], rtol=1e-15)


def test_correlations_and_logits_go_back():
    assert_allclose(natural(Measure.COR, floats([atanh(0.3), 400, nan])), [0.3, 1, nan], rtol=1e-15)
    assert_allclose(natural(Measure.COR, floats([-2])), tanh(-2), rtol=1e-15)
    logits = floats([log(0.2 / 0.8), 0, 900, -900, nan])
    assert_allclose(natural(Measure.PLO, logits), [0.2, 0.5, 1, 0, nan], rtol=1e-14)


def test_double_arcsine_goes_back():
    # its value for 1 of 3 is 5 pi/24, and Miller's inverse at n = 3 gives the proportion back
    assert_allclose(natural(Measure.PFT, floats([5 * pi / 24]), harmonic_n=floats([3])), 1 / 3, rtol=1e-14)


def test_double_arcsine_beyond_its_ends():
    values = floats([-1, 0, asin(0.5) / 2, (pi / 3 + pi / 2) / 2, 1.5, nan])
    assert_array_equal(natural(Measure.PFT, values, harmonic_n=floats([3])), [0, 0, 0, 1, 1, nan])


@pytest.mark.parametrize("n", [1.0, 2.0, 3.0, 7.5, 13.0, 19.0, 40.0, 1e6])
def test_double_arcsine_at_and_beyond_its_ends_is_exactly_0_and_1(n):
    # 0 and 1 of n: asin sqrt(1/(n + 1))/2 and (asin sqrt(n/(n + 1)) + pi/2)/2
    low, high = asin(sqrt(1 / (n + 1))) / 2, (asin(sqrt(n / (n + 1))) + pi / 2) / 2
    sizes = np.full(7, n)
    below = floats([0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 1]) * low
    assert_array_equal(natural(Measure.PFT, below, harmonic_n=sizes), 0)
    assert_array_equal(natural(Measure.PFT, pi / 2 - below * (pi / 2 - high) / low, harmonic_n=sizes), 1)
    inside = natural(
        Measure.PFT, floats([low + 0.02 * (high - low), high - 0.02 * (high - low)]), harmonic_n=sizes[:2]
    )
    assert 0 < inside[0] < inside[1] < 1
    assert inside.sum() == pytest.approx(1, abs=1e-12)


def test_double_arcsine_keeps_its_digits_near_one_half():
    value = single_proportion(Measure.PFT, floats([500_001]), floats([1_000_002])).y
    assert_allclose(natural(Measure.PFT, value, harmonic_n=floats([1_000_002])), 0.5, rtol=1e-15)


def test_double_arcsine_needs_the_sizes():
    with pytest.raises(ValueError, match="harmonic mean"):
        natural(Measure.PFT, floats([1]))


def test_harmonic_mean():
    means = harmonic_mean(floats([2, 6, 5, 7]), Segments.of_counts([2, 0, 1, 1]))
    assert_allclose(means, [3, nan, 5, 7], rtol=1e-15)


def test_a_pooled_double_arcsine_can_mislead():
    """Schwarzer 2019: with sizes far apart the pooled proportion may lie outside those of all trials."""
    events, total = floats([1, 2, 2000]), floats([5, 10, 10_000])  # 20% in each
    effects = single_proportion(Measure.PFT, events, total)
    pooled = (effects.y / effects.v).sum() / (1 / effects.v).sum()
    n = harmonic_mean(total, Segments.of_counts([3]))
    shown = float(natural(Measure.PFT, floats([pooled]), harmonic_n=n)[0])
    assert abs(shown - 0.2) > 0.02
    assert sqrt(natural(Measure.PFT, effects.y, harmonic_n=total).var()) < 1e-15
