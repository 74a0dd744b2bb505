"""The sums that a search adds up, by hand, and the bounds by which it leaves out what cannot fit."""

from dataclasses import replace
from math import inf, log, nan, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from repool.methods import COMPARISON, NAMED, Method, applicable
from repool.model import Measure
from repool.reconstruct.sums import can_reach, contributions, estimate_and_se, has_bounds, is_additive, within

MH, IV = COMPARISON["mh-common"], COMPARISON["iv-common"]
RAW = replace(MH, mh_cells="raw")
FULL = (4, 10, 2, 20)
V = 1 / 4 - 1 / 10 + 1 / 2 - 1 / 20
#: R, S and P of M-H RR; then of M-H OR with a d = 4 * 18 and b c = 6 * 2, P = 22/30, Q = 8/30.
RATIO = [80 / 30, 20 / 30, (200 * 6 - 4 * 2 * 30) / 30**2]
ODDS = [72 / 30, 12 / 30, 22 * 72 / 900, (22 * 12 + 8 * 72) / 900, 8 * 12 / 900]
DIFFERENCE = [200 / 30 * 0.3, 200 / 30, (4 * 6 * 20**3 + 2 * 18 * 10**3) / (200 * 900)]


@pytest.mark.parametrize(
    ("measure", "method", "expected"),
    [(Measure.RR, MH, RATIO), (Measure.OR, MH, ODDS), (Measure.RD, MH, DIFFERENCE),
     (Measure.RR, IV, [log(4) / V, 1 / V]), (Measure.RD, RAW, DIFFERENCE)],
)  # fmt: skip
def test_what_a_trial_adds(measure, method, expected):
    made = contributions(measure, method, np.array([[FULL, (0, 9, 0, 9)], [FULL, FULL]]))
    assert made.shape == (2, 2, len(expected))
    for place in ((0, 0), (1, 0), (1, 1)):
        assert_allclose(made[place], expected, rtol=1e-12)
    assert (made[0, 1] != 0).any() == (measure is Measure.RD)  # without an event no ratio is estimable


def test_an_empty_cell_is_corrected_where_the_method_says_so():
    r, s = 0.5 * 13 / 24, 3.5 * 11 / 24
    p = (11 * 13 * 4 - 0.5 * 3.5 * 24) / 24**2
    assert_allclose(contributions(Measure.RR, MH, np.array([[0, 10, 3, 12]])), [[r, s, p]], rtol=1e-12)
    uncorrected = contributions(Measure.RR, RAW, np.array([[0, 10, 3, 12]]))
    assert_allclose(uncorrected, [[0, 30 / 22, 120 * 3 / 22**2]], atol=1e-15)
    difference = contributions(Measure.RD, MH, np.array([[0, 10, 3, 12]]))  # always raw cells
    assert_allclose(difference[0, :2], [-120 / 22 * 0.25, 120 / 22], rtol=1e-12)


def test_a_trial_with_nothing_but_events_has_a_ratio_of_one():
    s = 8.5 * 6 / 15
    made = contributions(Measure.RR, MH, np.array([[5, 5, 8, 8]]))
    assert_allclose(made[0, :2], [s, s], rtol=1e-12)
    kept = contributions(Measure.RR, replace(MH, double_zero="keep"), np.array([[5, 5, 8, 8]]))
    assert_allclose(kept[0, :2], [5.5 * 9 / 15, s], rtol=1e-12)


@pytest.mark.parametrize(
    ("measure", "method"),
    [(Measure.RR, MH), (Measure.RR, RAW), (Measure.OR, MH), (Measure.OR, RAW), (Measure.RD, MH),
     (Measure.RR, IV), (Measure.RD, IV), (Measure.PETO, applicable(IV, Measure.PETO))],
)  # fmt: skip
def test_what_is_no_table_adds_nothing_and_warns_of_nothing(measure, method):
    tables = np.array([(0, 0, 0, 0), (0, 0, 2, 10), (3, 0, 2, 10), (2, 10, 3, 0), (3, 2, 3, 2), (0, 0, 3, 0)])
    assert (contributions(measure, method, tables) == 0).all()


def test_what_sums_pool_to():
    for measure, sums, y, v in (
        (Measure.RR, RATIO, log(4), RATIO[2] / (RATIO[0] * RATIO[1])),
        (Measure.OR, ODDS, log(6), ODDS[2] / (2 * 5.76) + ODDS[3] / (2 * 0.96) + ODDS[4] / (2 * 0.16)),
        (Measure.RD, DIFFERENCE, 0.3, DIFFERENCE[2] / DIFFERENCE[1] ** 2),
    ):
        assert_allclose(estimate_and_se(measure, MH, np.array([sums])), [[y], [sqrt(v)]], rtol=1e-12)
    assert_allclose(estimate_and_se(Measure.RR, IV, np.array([[3.0, 4.0]])), [[0.75], [0.5]])
    assert np.isnan(estimate_and_se(Measure.RR, MH, np.zeros((1, 3)))).all()


def test_which_methods_are_sums():
    peto = applicable(IV, Measure.PETO)
    for measure, method, additive in (
        (Measure.RR, MH, True), (Measure.RR, IV, True), (Measure.PETO, peto, True), (Measure.PETO, MH, False),
        (Measure.PETO, replace(IV, weighting="Peto"), True),
        (Measure.RR, COMPARISON["dl"], False), (Measure.RR, replace(IV, weighting="IVhet"), False),
        (Measure.RR, replace(IV, ci="t"), False), (Measure.RR, replace(MH, zero_cell_rule="if-any"), False),
        (Measure.RR, NAMED["revman5"], False),
    ):  # fmt: skip
        assert is_additive(method, measure) == additive


@pytest.mark.parametrize(
    ("measure", "method", "has"),
    [(Measure.RR, MH, True), (Measure.RR, replace(MH, zero_cell_rule="all"), True), (Measure.OR, MH, False),
     (Measure.RR, replace(MH, zero_cell_rule="none"), False), (Measure.RR, IV, False),
     (Measure.RR, replace(MH, zero_cell_rule="treatment-arm"), False),
     (Measure.RR, replace(MH, zero_cell_amount=0.0), False),
     (Measure.RR, replace(MH, zero_cell_amount=0.1), True)],
)  # fmt: skip
def test_which_methods_have_bounds(measure, method: Method, has):
    assert has_bounds(method, measure) == has


def test_a_window_is_a_little_wider_than_what_is_printed():
    values = np.array([1 - 2e-9, 1 - 5e-10, 1, 2, 2 + 5e-10, 2 + 2e-9, nan])
    assert_array_equal(within(values, (1.0, 2.0)), [False, True, True, True, True, False, False])
    assert within(np.array([-1e300, 5.0]), (-inf, inf)).all()


# what the other trials can still add: left are a of n1 and c of n2 in so many trials; d is the correction

SETTLED = np.array([[1.25, 0.75, 0.5]])


@pytest.mark.parametrize(
    ("a", "n1", "c", "n2", "trials"),
    [
        (6, 40, 9, 50, 2),
        (30, 40, 45, 50, 3),
        (6, 8, 2, 200, 1),
        (2, 200, 6, 8, 2),
        (6, 4 * 10**9, 9, 4 * 10**9, 2),
    ],
)
@pytest.mark.parametrize("settled", [SETTLED, 0 * SETTLED, 20 * SETTLED])
def test_the_bounds_of_what_is_left(a, n1, c, n2, trials, settled):
    amount, (r, s, p) = 0.5, settled[0]
    d, room1, room2 = (
        trials * amount,
        n1 - trials + 1,
        n2 - trials + 1,
    )  # the largest arms that one trial can have
    r_most = r + min(a * room2 / (1 + room2), n1 * n2 / (n1 + n2)) + 3 * d
    s_most = s + min(c * room1 / (1 + room1), n1 * n2 / (n1 + n2)) + 3 * d
    r_least, s_least = max(0, r + a / (room1 + 1) - d / 2), max(0, s + c / (room2 + 1) - d / 2)
    p_most = p + (a + c) / 4 + d / 2

    def reaches(low: float, high: float, se: float = 0.0) -> bool:
        left = np.array([[a, n1, c, n2]])
        return bool(can_reach(MH, settled, left, trials, (low, high), se)[0])

    if s_least:
        assert reaches(log(r_most / s_least) - 1e-6, 99)
        assert not reaches(log(r_most / s_least) + 1e-6, 99)
    if r_least:
        assert reaches(-99, log(r_least / s_most) + 1e-6)
        assert not reaches(-99, log(r_least / s_most) - 1e-6)
    if r_least and s_least:
        most = sqrt(p_most / (r_least * s_least))
        assert reaches(-99, 99, most * (1 - 1e-6))
        assert not reaches(-99, 99, most * (1 + 1e-6))
        assert reaches(-99, 99, most)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("trials", [1, 2, 3])
def test_what_is_true_can_be_reached(seed, trials):
    random = np.random.default_rng(seed)
    n1, n2 = random.integers(1, 9, (2, 200, trials + 1))
    tables = np.stack([random.integers(0, n1 + 1), n1, random.integers(0, n2 + 1), n2], axis=-1)
    sums = contributions(Measure.RR, MH, tables)
    y, se = estimate_and_se(Measure.RR, MH, sums.sum(axis=1))
    for n in np.flatnonzero(np.isfinite(y) & np.isfinite(se)):
        left = tables[n, 1:].sum(axis=0)[None]
        ratio = (float(y[n]) - 1e-12, float(y[n]) + 1e-12)
        assert can_reach(MH, sums[n, :1], left, trials, ratio, float(se[n]) * (1 - 1e-12))[0]


def test_nobody_left_in_an_arm_leaves_the_settled_sums():
    left = np.array([[0, 0, 0, 0]])
    assert can_reach(MH, SETTLED, left, 1, (log(1.25 / 0.75) - 1e-3, log(1.25 / 0.75) + 1e-3), 0.0)[0]
    assert not can_reach(MH, 100 * SETTLED, left, 1, (log(4), log(5)), 0.0)[0]
