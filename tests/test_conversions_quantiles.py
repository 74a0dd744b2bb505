"""Means and SDs from quantiles (min 2, q1 9, median 12, q3 17, max 31), by hand and on samples."""

from math import sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import ndtr

from repool.conversions import quantiles
from test_conversions import floats, ones

pytestmark = pytest.mark.filterwarnings("error")


def normal(trials: int, n: int, seed: int = 20) -> np.ndarray:
    """Sorted standard normal samples, shape (trials, n), n = 4 Q + 1 so that quartiles are participants."""
    return np.sort(np.random.default_rng(seed).standard_normal((trials, n)), axis=1)


def five_of(samples: np.ndarray) -> tuple[np.ndarray, ...]:
    quarter = (samples.shape[1] - 1) // 4
    return tuple(samples[:, quarter * step] for step in range(5))


FIVE = (2, 9, 12, 17, 31)
# R 4.2.2, the formulas with qnorm typed in anew: Luo's weights, Wan's and Shi's widths
RANGE_40 = (12.9042765691652, 6.72430803743954)
QUARTILES_40 = (12.7097500000000, 6.15143921183537)
FIVE_40 = (13.1521305593417, 6.50070111290970)
WAN_FIVE_40 = 6.43787362463745
FIVE_1024 = (12.738123695716, 5.6732865144586)


def pair(found: quantiles.MeanAndSd) -> tuple[float, float]:
    return float(found.mean.values[0]), float(found.sd.values[0])


def test_optimal_means_and_sds():
    a, q1, m, q3, b = FIVE
    assert_allclose(pair(quantiles.from_range(*ones(a, m, b, 40))), RANGE_40, rtol=1e-12)
    assert_allclose(pair(quantiles.from_quartiles(*ones(q1, m, q3, 40))), QUARTILES_40, rtol=1e-12)
    assert_allclose(pair(quantiles.from_five_numbers(*ones(*FIVE, 40))), FIVE_40, rtol=1e-12)
    assert_allclose(pair(quantiles.from_five_numbers(*ones(*FIVE, 1024))), FIVE_1024, rtol=1e-12)


def test_weights_by_hand():
    # n = 16: n^0.75 = 8, so Luo's weight of the mid-range is 4/12; of the quartiles 0.7 + 0.39/16
    assert_allclose(quantiles.from_range(*ones(0, 1, 8, 16)).mean.values, 4 / 3 + 2 / 3, rtol=1e-15)
    assert_allclose(quantiles.from_quartiles(*ones(0, 1, 4, 16)).mean.values, 1 + 0.7 + 0.39 / 16, rtol=1e-15)
    # n = 1024: n^0.6 = 64, so Shi's weight of the range is 1 / 5.48
    parts = [quantiles.sd_from_range(*ones(2, 31, 1024)), quantiles.sd_from_quartiles(*ones(9, 17, 1024))]
    by_hand = (parts[0].values + 4.48 * parts[1].values) / 5.48
    assert_allclose(quantiles.from_five_numbers(*ones(*FIVE, 1024)).sd.values, by_hand, rtol=1e-14)


def test_wan_means_by_hand():
    a, q1, m, q3, b = FIVE
    assert pair(quantiles.from_range(*ones(a, m, b, 40), "wan"))[0] == pytest.approx(57 / 4)
    assert pair(quantiles.from_quartiles(*ones(q1, m, q3, 40), "wan"))[0] == pytest.approx(38 / 3)
    found = quantiles.from_five_numbers(*ones(*FIVE, 40), "wan", "wan")
    assert_allclose(pair(found), (109 / 8, WAN_FIVE_40), rtol=1e-12)
    assert str(found.sd.by) == "five-number summary (Wan 2014, eq. 13)"


@pytest.mark.parametrize("n", [5, 10, 25, 50, 200])
def test_the_width_of_the_range_is_the_expected_range_of_n_normal_values(n):
    expected, _ = quad(lambda x: 1 - (1 - ndtr(x)) ** n - ndtr(x) ** n, -9, 9)
    assert_allclose(quantiles.sd_from_range(*ones(0, expected, n)).values, 1, rtol=0.015)


def test_a_quarter_of_the_range_is_right_for_one_size_only():
    sds = quantiles.sd_from_range(np.zeros(3), np.full(3, 4.0), floats(10, 27, 100)).values
    assert sds[0] > 1.25
    assert_allclose(sds[1], 1, atol=0.01)
    assert sds[2] < 0.82


@pytest.mark.parametrize("n", [9, 41, 201])
def test_on_normal_data_means_and_sds_are_right_on_average(n):
    trials = 20_000
    samples = normal(trials, n)
    a, q1, m, q3, b = five_of(samples)
    total = np.full(trials, float(n))
    for found in (
        quantiles.from_range(a, m, b, total),
        quantiles.from_range(a, m, b, total, "wan"),
        quantiles.from_quartiles(q1, m, q3, total),
        quantiles.from_quartiles(q1, m, q3, total, "wan"),
        quantiles.from_five_numbers(a, q1, m, q3, b, total),
        quantiles.from_five_numbers(a, q1, m, q3, b, total, "wan", "wan"),
    ):
        # five standard errors; Blom's approximation is itself some percent off in small samples
        assert abs(found.mean.values.mean()) < 5 * found.mean.values.std() / sqrt(trials)
        assert abs(found.sd.values.mean() - 1) < (0.06 if n == 9 else 0.015), found.sd.by


@pytest.mark.parametrize("n", [9, 41, 201])
def test_the_optimal_estimators_err_less_than_the_simple_ones(n):
    samples = normal(20_000, n)
    total = np.full(len(samples), float(n))
    five, truth = five_of(samples), samples.mean(axis=1)
    a, m, b = five[::2]

    def error(found: quantiles.MeanAndSd) -> float:
        return float(np.mean((found.mean.values - truth) ** 2))

    assert error(quantiles.from_range(a, m, b, total)) < error(quantiles.from_range(a, m, b, total, "wan"))
    optimal, simple = (quantiles.from_five_numbers(*five, total, *rule) for rule in ((), ("wan", "wan")))
    assert error(optimal) < error(simple)
    sds = [np.mean((each.sd.values - samples.std(axis=1, ddof=1)) ** 2) for each in (optimal, simple)]
    assert sds[0] < sds[1] * 1.001


def shares_skewed(samples: np.ndarray) -> list[float]:
    """Shares of samples called skewed by range, by quartiles and by all five numbers."""
    a, q1, m, q3, b = five_of(samples)
    total = np.full(len(samples), float(samples.shape[1]))
    tests = (
        quantiles.skewness_of_range(a, m, b, total),
        quantiles.skewness_of_quartiles(q1, m, q3, total),
        quantiles.skewness_of_five_numbers(a, q1, m, q3, b, total),
    )
    return [float(test.skewed.mean()) for test in tests]


@pytest.mark.parametrize("n", [25, 101])
def test_one_normal_arm_in_twenty_looks_skewed(n):
    assert_allclose(shares_skewed(normal(40_000, n)), 0.05, atol=0.006)


def test_most_exponential_arms_look_skewed():
    by_range, by_quartiles, by_five = shares_skewed(-np.log(ndtr(-normal(5_000, 101))))
    assert by_range > 0.95
    assert by_five > 0.95
    assert 0.4 < by_quartiles < by_five  # quartiles see nothing of the tail


def test_no_spread_is_not_skewed():
    same = ones(3, 3, 3, 20)
    assert not quantiles.skewness_of_range(*same).skewed.any()
    assert not quantiles.skewness_of_quartiles(*same).skewed.any()
