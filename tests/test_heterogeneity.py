"""Intervals of tau2, the distribution of Q behind them, and the measures of heterogeneity."""

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import chdtr, chdtri, ndtr, ndtri

from batches import REML, floats, pooled
from repool.batch import Floats, Segments
from repool.bracketing import root
from repool.estimates import Estimates
from repool.heterogeneity import heterogeneity, i2_from_q, proportion_beyond, share_of_variance
from repool.likelihood import Likelihood, modes
from repool.model import Measure
from repool.quadratic_form import q_below
from repool.tau2 import ESTIMATORS, maximum_likelihood
from repool.tau2_intervals import INTERVALS, generalised_q, profile_likelihood, q_profile
from test_intervals import eigenvalues, imhof
from test_worked_examples import bcg

pytestmark = pytest.mark.filterwarnings("error")
engine = settings(deadline=None, max_examples=40, derandomize=True)
rows = st.lists(
    st.tuples(st.integers(-300, 300).map(lambda y: y / 100), st.floats(-2, 2).map(lambda x: 10.0**x)),
    min_size=2,
    max_size=10,
)
every = pytest.mark.parametrize("kind", INTERVALS)


def one(y, v) -> Estimates:
    return Estimates.of(floats(y), floats(v), Segments.of_counts([len(y)]))


def limits(kind: str, y, v, level: float = 0.95) -> tuple[float, float]:
    low, high = INTERVALS[kind](one(y, v), level)
    return float(low[0]), float(high[0])


BCG = bcg(Measure.RR).estimates()


# the distribution of Q


@pytest.mark.parametrize("k", [2, 3, 10, 200, 10_000])
@pytest.mark.parametrize("share", [1e-3, 0.1, 0.9, 1.0, 1.5, 30.0])
def test_q_without_heterogeneity_is_chi_squared(k, share):
    v = np.exp(np.sin(np.arange(k)) * 5)
    q = floats([share * (k - 1)])
    assert_allclose(q_below(one(np.zeros(k), v), 1 / v, floats([0]), q), chdtr(k - 1, q), atol=2e-12)


@pytest.mark.parametrize("tau2", [0.1, 7.0, 1e6])
def test_q_of_equally_precise_trials_is_scaled_chi_squared(tau2):
    v = np.full(9, 0.3)
    q = floats([3.0]) * (1 + tau2 / 0.3)
    found = q_below(one(np.zeros(9), v), 1 / v, floats([tau2]), q)
    assert_allclose(found, chdtr(8, q / (1 + tau2 / 0.3)), atol=1e-12)


@pytest.mark.parametrize("tau2", [0.05, 0.4, 3.0])
def test_q_is_the_mixture_of_its_eigenvalues(tau2):
    w, q = 1 / BCG.v, floats([40.0])
    matrix = np.diag(w) - np.outer(w, w) / w.sum()
    found = q_below(BCG, w, floats([tau2]), q)
    assert_allclose(1 - found, imhof(40.0, eigenvalues(matrix, BCG.v + tau2)), atol=1e-6)


def test_q_of_nothing():
    e = Estimates.of(floats([1, 2, 3]), floats([1, 1, 1]), Segments.of_counts([0, 1, 2]))
    found = q_below(e, 1 / e.v, floats([0, 0, 0]), floats([1, 1, 0]))
    assert np.isnan(found[:2]).all()
    assert found[2] == 0


# intervals of tau2

# R 4.2.2, metafor 3.8-1: confint(rma(yi, vi, data=dat.bcg, method="REML", control=list(threshold=1e-14)),
# level=99, control=list(tol=1e-14)), and type="PL" for REML and ML (whose root finder stops at 1e-4)
BCG_LIMITS = [
    ("Q-profile", 0.99, 0.0873954312884, 1.67100537234, 1e-10),
    ("restricted profile likelihood", 0.95, 0.1152393997, 0.9646664292, 1e-4),
    ("profile likelihood", 0.95, 0.1050513606, 0.8339135705, 1e-4),
]


@pytest.mark.parametrize(("kind", "level", "low", "high", "tolerance"), BCG_LIMITS)
def test_against_metafor(kind, level, low, high, tolerance):
    found = INTERVALS[kind](BCG, level)
    assert_allclose([found[0][0], found[1][0]], [low, high], atol=tolerance)


@engine
@given(rows=rows, level=st.sampled_from([0.8, 0.95, 0.99]))
def test_limits_solve_their_equations(rows, level):
    y, v = floats(rows).T
    e, tail = one(y, v), (1 - level) / 2
    low, high = q_profile(e, level)
    for limit, probability in ((low, 1 - tail), (high, tail)):
        found = chdtr(e.df, e.q(e.weights(limit)))
        assert found[0] == pytest.approx(probability, abs=1e-9) or (limit == 0 and found < probability)
    low, high = generalised_q(e, level)
    w = 1 / e.v
    for limit, probability in ((low, 1 - tail), (high, tail)):
        found = q_below(e, w, limit, e.q(w))
        assert found[0] == pytest.approx(probability, abs=1e-9) or (limit == 0 and found < probability)
    likelihood = Likelihood(e, restricted=False)
    tau2, _ = maximum_likelihood(e)
    low, high = profile_likelihood(e, level)
    fall = 0.5 * chdtri(1, 1 - level)
    assert low <= tau2 <= high
    assert likelihood.value(tau2) - likelihood.value(high) == pytest.approx(fall, abs=1e-7)
    drop = likelihood.value(tau2) - likelihood.value(low)
    assert drop[0] == pytest.approx(fall, abs=1e-7) or (low == 0 and drop < fall)


@pytest.mark.slow
@engine
@given(rows=rows)
def test_intervals_nest_and_scale(rows):
    y, v = floats(rows).T
    for kind in INTERVALS:
        narrow, wide = limits(kind, y, v, 0.8), limits(kind, y, v, 0.99)
        assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
        scaled = limits(kind, -4 * y, 16 * v, 0.8)
        assert_allclose(scaled, 16 * floats(narrow), rtol=1e-6, atol=1e-7 * v.max())


@every
def test_equally_precise_trials(kind):
    # every Q has one scale: (v + tau2) chi2; likelihoods: the profile of a normal variance
    y, v = floats([0.0, 1.0, 3.0, 7.0, 8.0]), np.full(5, 0.5)
    low, high = limits(kind, y, v)
    squares = 4 * y.var(ddof=1)
    if kind in ("Q-profile", "generalised Q"):
        assert_allclose([low, high], squares / chdtri(4, floats([0.025, 0.975])) - 0.5, rtol=1e-10)
        return
    n = 5 if kind == "profile likelihood" else 4
    best = n * np.log(squares / n) + n
    for limit in (low, high):
        assert n * np.log(limit + 0.5) + squares / (limit + 0.5) == pytest.approx(best + chdtri(1, 0.05))


@pytest.mark.parametrize("kind", ["Q-profile", "generalised Q"])
@pytest.mark.parametrize("squared", [100.0, 2.0, 1e-3])
def test_two_trials_by_hand(kind, squared):
    # Q(tau2) = (y1 - y2)^2 / (v1 + v2 + 2 tau2), chi2 with 1 df; 0 where even Q(0) is below the quantile
    quantiles = chdtri(1, floats([0.025, 0.975]))
    expected = np.maximum(0, (squared / quantiles - 4) / 2)
    assert_allclose(limits(kind, [0.0, sqrt(squared)], [1.0, 3.0]), expected, rtol=1e-9)


@every
def test_few_trials(kind):
    e = Estimates.of(floats([1, 2, 5]), floats([1, 1, 1]), Segments.of_counts([0, 1, 2, 0]))
    low, high = INTERVALS[kind](e, 0.95)
    assert np.isnan(low[[0, 1, 3]]).all()
    assert np.isnan(high[[0, 1, 3]]).all()
    assert 0 <= low[2] < high[2] < np.inf


@every
def test_identical_trials(kind):
    low, high = limits(kind, [0.1] * 8, np.linspace(0.1, 2, 8))
    assert low == 0
    assert high == 0 or kind.endswith("likelihood")  # less heterogeneity than any tau2 explains


@every
def test_two_modes_are_one_interval(kind):
    # many precise trials want a small tau2, many vague ones a large one
    y = np.concatenate([0.171 * np.linspace(-1, 1, 60), 6.35 * np.linspace(-1, 1, 30)])
    v = np.repeat([1e-7, 1.0], [60, 30])
    assert sum(len(found.numbers) for found in modes(Likelihood(one(y, v), restricted=True))) == 2
    low, high = limits(kind, y, v)
    assert 0 <= low < high < 20


# measures


def test_of_the_bcg_trials():
    # metafor 3.8-1, as above: I2 and H2 at the estimate and at the 99% limits
    tau2, _ = ESTIMATORS["REML"](BCG)
    found = heterogeneity(BCG, tau2, BCG.q(1 / BCG.v), "Q-profile", 0.99)
    assert_allclose(found.tau, 0.559681389843, atol=1e-9)
    assert_allclose((found.tau_low, found.tau_high), ([0.2956271829321], [1.29267373038]), atol=1e-9)
    assert_allclose(found.i2, 92.221384521269, atol=1e-7)
    assert_allclose((found.i2_low, found.i2_high), ([76.7861751514137], [98.44345599383]), atol=1e-7)
    assert_allclose((found.h2_low, found.h2, found.h2_high), [[4.3077778286], [12.855758235], [64.24489099]])


def test_from_q_by_hand():
    # Higgins & Thompson 2002: k = 13, Q = 152.233: H2 = 12.686, SE of ln H from Q > k
    q, df = BCG.q(1 / BCG.v), 12
    found = heterogeneity(BCG, floats([0.3]), q, "Q-profile", 0.95)
    se = 0.5 * (np.log(q) - np.log(df)) / (np.sqrt(2 * q) - np.sqrt(2 * 13 - 3))
    h2 = np.exp(2 * (0.5 * np.log(q / df) + ndtri(0.975) * se * floats([-1, 1])))
    assert_allclose([found.h2_q_low[0], found.h2_q_high[0]], h2)
    assert_allclose([found.i2_q_low[0], found.i2_q_high[0]], 100 * (1 - 1 / h2))
    assert_allclose(found.i2_q, 100 * (q - df) / q)


@pytest.mark.parametrize(("k", "square"), [(2, None), (3, (1 - 1 / 3) / 2), (5, (1 - 1 / 27) / 6)])
def test_from_a_small_q(k, square):
    # H2 is 1 at least; SE^2 of ln H = (1 - 1/(3 (k-2)^2)) / (2 (k-2)), which two trials do not have
    e = one(np.arange(k) / 10, np.ones(k))
    found = heterogeneity(e, floats([0]), e.q(1 / e.v), "Q-profile", 0.95)
    assert (found.h2_q[0], found.i2_q[0]) == (1, 0)
    assert isnan(found.i2_q_high[0]) == isnan(found.h2_q_low[0]) == (square is None)
    if square:
        assert found.h2_q_low[0] == 1
        assert_allclose(found.h2_q_high, np.exp(2 * ndtri(0.975) * sqrt(square)))


def test_i2_of_no_heterogeneity_is_zero():
    q = floats([0, 1e-310, 1, 2, 8, np.inf, np.nan])
    assert_array_equal(i2_from_q(q, np.full(7, 2.0)), [0, 0, 0, 0, 75, np.nan, np.nan])


def test_a_q_of_exactly_k_is_not_above_it():
    found = heterogeneity(one([0, 1, 2], [1, 1, 1]), floats([0]), floats([3.0]), "Q-profile", 0.95)
    assert_allclose(found.h2_q_high, 1.5 * np.exp(2 * ndtri(0.975) * sqrt(1 / 3)))


def test_r_b_by_hand():
    # mean of tau2 / (v + tau2): 1/2, 2/3, 1/4
    assert_allclose(share_of_variance(one([0, 1, 2], [2.0, 1.0, 6.0]), floats([2.0])), 100 * 17 / 36)


def test_r_b_is_the_share_of_the_variance_of_the_mean():
    # Crippa 2016: tau2 / (k Var(mean)) under random-effects weights
    result = pooled(BCG.y, BCG.v, REML)
    assert_allclose(share_of_variance(BCG, result.tau2), 100 * result.tau2 / (13 * result.se**2))


@engine
@given(rows=rows)
def test_measures_agree_with_each_other(rows):
    y, v = floats(rows).T
    e = one(y, v)
    tau2, _ = ESTIMATORS["PM"](e)
    found = heterogeneity(e, tau2, e.q(1 / e.v), "Q-profile", 0.95)
    assert_allclose(found.i2, 100 * (1 - 1 / found.h2), atol=1e-9)
    for name in ("tau", "i2", "h2", "r_b"):
        low, middle, high = (getattr(found, f"{name}{end}")[0] for end in ("_low", "", "_high"))
        assert low <= middle * (1 + 1e-12)
        assert middle <= high * (1 + 1e-12)
    assert_array_equal(found.tau_high, np.sqrt(found.tau2_high))


def test_measures_of_one_trial_are_unknown():
    e = one([1.0], [0.5])
    found = heterogeneity(e, floats([np.nan]), floats([np.nan]), "Q-profile", 0.95)
    assert all(isnan(getattr(found, name)[0]) for name in ("tau", "i2", "i2_q", "h2_q_high", "r_b_low"))


# effects beyond a threshold


def beyond(tau2: float, threshold: float, estimate: float = 0.5) -> list[float]:
    e = one([0.0, 1.0, 0.5], [1.0, 1.0, 1.0])
    shown = proportion_beyond(e, floats([estimate]), floats([0.2]), floats([tau2]), threshold)
    return [float(each[0]) for each in shown]


def test_proportion_beyond_by_hand():
    # tau = 2, threshold one tau above the estimate; information at tau2 = 4: trace PP / 2 = (2 / 25) / 2
    share, low, high = beyond(4.0, 2.5)
    assert share == pytest.approx(100 * ndtr(-1))
    density = np.exp(-0.5) / sqrt(2 * np.pi)
    spread = density * sqrt(0.2**2 / 4 + 25 * 1 / (4 * 16))
    assert low == pytest.approx(max(0, share - 100 * ndtri(0.975) * spread))
    assert high == pytest.approx(share + 100 * ndtri(0.975) * spread)


@pytest.mark.parametrize("distance", [-1.5, 0.5, 1.5])
def test_proportion_beyond_is_cut_off_at_0_and_100(distance):
    # tau = 1/2; information at tau2 = 1/4: (2 / 1.25^2) / 2
    e = one([0.0, 1.0, 0.5], [1.0, 1.0, 1.0])
    shown = proportion_beyond(e, floats([0.5]), floats([0.2]), floats([0.25]), 0.5 + distance / 2, level=0.5)
    density = np.exp(-(distance**2) / 2) / sqrt(2 * np.pi)
    spread = density * sqrt(0.2**2 / 0.25 + 1.25**2 * distance**2 / (4 * 0.25**2))
    share, reach = ndtr(-distance), ndtri(0.75) * spread
    expected = [share, max(0, share - reach), min(1, share + reach)]
    assert_allclose([each[0] for each in shown], 100 * floats(expected), rtol=1e-12)


@pytest.mark.parametrize(("threshold", "share"), [(0.4, 100), (0.6, 0), (0.5, 50)])
def test_without_heterogeneity_all_effects_are_one(threshold, share):
    found = beyond(0.0, threshold)
    assert found[0] == share
    assert isnan(found[1])
    assert isnan(found[2])


# the root finder


@engine
@given(place=st.floats(-8, 8).map(lambda x: 10.0**x), power=st.sampled_from([1, 3, 0.2]))
def test_root(place, power):
    def f(x: Floats, _) -> Floats:
        return np.sign(place - x) * np.abs(place - x) ** power

    for high in (floats([place * 50]), None):
        found, settled = root(f, floats([0]), high, floats([1.0]))
        assert settled[0]
        assert found[0] == pytest.approx(place, rel=1e-9, abs=1e-9)


def test_no_root_is_the_low_end():
    found, settled = root(lambda x, _: 1 + x, floats([0.5]), floats([2]), floats([1]))
    assert (found[0], settled[0]) == (0.5, True)
