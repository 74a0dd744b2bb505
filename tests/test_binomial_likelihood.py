"""The likelihoods of the binomial models, integral by integral and maximum by maximum."""

from collections.abc import Callable
from itertools import pairwise
from math import fsum, inf, log

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import fixed_quad
from scipy.optimize import minimize
from scipy.special import expit, ndtri
from scipy.stats import betabinom, binom, chi2, nchypergeom_fisher, norm

from batches import floats, tables_of
from binomial_models import (
    INFECTIONS,
    RATES,
    approximate,
    exact,
    fitted,
    risk_ratio,
)
from repool.batch import Floats, Segments
from repool.binomial.beta import BetaBinomial, beta_binomial
from repool.binomial.families import Binomial, Family, Hypergeometric
from repool.binomial.logistic import RandomIntercept
from repool.binomial.results import BinomialState
from repool.binomial.smoothing import smooth
from repool.binomial.sums import SumRule

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.slow]


# the likelihood of one trial


def in_pieces(p: Callable[[Floats], Floats], centre: float, tau: float) -> float:
    """ln of the mean of p over a normal distribution, in pieces short enough for any peak."""
    edges = np.linspace(-9, 9, 145)
    parts = [
        fixed_quad(lambda u: p(centre + tau * u) * norm.pdf(u), a, b, n=20)[0] for a, b in pairwise(edges)
    ]
    return log(fsum(parts))


@pytest.mark.parametrize("tau", [0.05, 0.6, 1.0, 2.0, 3.0, 5.0, 10.0])
@pytest.mark.parametrize(("x", "m", "centre"), [(1, 1, 0), (0, 20, 0), (5, 5, -6), (3, 10, 2), (40, 60, -1)])
def test_smoothed_binomial_against_gauss_legendre_in_pieces(x, m, centre, tau):
    family = Binomial.of(floats([x]), floats([m]), floats([0.3]))
    expected = in_pieces(lambda eta: binom.pmf(x, m, expit(eta + 0.3)), centre, tau)
    assert_allclose(smooth(family, floats([centre]), floats([tau])).value[0], expected, atol=1e-10)


@pytest.mark.parametrize("tau", [0.3, 1.5, 4.0])
@pytest.mark.parametrize(("x", "n1", "m", "n2"), [(2, 30, 9, 40), (0, 50, 3, 25), (12, 20, 25, 30)])
def test_smoothed_hypergeometric_against_gauss_legendre_in_pieces(x, n1, m, n2, tau):
    family = Hypergeometric.of(*(floats([each]) for each in (x, n1, m, n2)))

    def p(eta: float) -> float:
        return nchypergeom_fisher.pmf(x, n1 + n2, n1, m, np.exp(eta))

    centre = 0.4
    expected = np.log(trapezium(lambda u: np.array([p(centre + tau * each) for each in u])))
    assert_allclose(smooth(family, floats([centre]), floats([tau])).value[0], expected, atol=1e-8)


def trapezium(f: Callable[[Floats], Floats]) -> Floats:
    u = np.linspace(-8.5, 8.5, 1201)
    return np.trapezoid(f(u) * norm.pdf(u), u, axis=-1)


@pytest.mark.parametrize("tau2", [1e-6, 0.01, 0.5, 6.0, 40.0])
@pytest.mark.parametrize("kind", ["binomial", "hypergeometric", "beta"])
def test_derivatives_are_those_of_the_value(kind, tau2):
    rows = floats([[2, 30, 5, 40], [0, 50, 3, 25], [12, 20, 18, 30], [300, 1000, 200, 900]])
    x, n1, c, n2 = rows.T
    segments = Segments.of_counts([4])
    if kind == "beta":
        model, at = BetaBinomial.of(tables_of(rows), segments), floats([[-1.0], [-0.5]])
    else:
        family: Family = Binomial.of(x, x + c, np.log(n1 / n2))
        if kind == "hypergeometric":
            family = Hypergeometric.of(x, n1, x + c, n2)
        model, at = RandomIntercept(family, segments), floats([[0.2]])
    point, step = model.at(at, floats([tau2])), 1e-4
    for number in range(len(at)):
        shift = np.zeros_like(at)
        shift[number] = step
        up, down = model.at(at + shift, floats([tau2])), model.at(at - shift, floats([tau2]))
        size = np.abs(point.bend[number]) + 1
        assert_allclose((up.value - down.value) / (2 * step), point.slope[number], atol=1e-5 * size[0])
        assert_allclose((up.slope - down.slope)[number] / (2 * step), point.bend[number], rtol=1e-5)
        assert_allclose((up.tilt - down.tilt) / (2 * step), point.mixed[number], rtol=1e-4, atol=1e-4)
    step = 1e-4 * tau2
    up, down = model.at(at, floats([tau2 + step])), model.at(at, floats([tau2 - step]))
    assert_allclose((up.value - down.value) / (2 * step), point.tilt, rtol=1e-4, atol=1e-4)
    assert_allclose((up.tilt - down.tilt) / (2 * step), point.curve, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("theta", [0.0, 1e-9, 1e-4, 0.3, 500.0])
@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 26, 27, 100, 12345])
def test_sums_of_logarithms_from_few_nodes(count, theta):
    rule = SumRule.of(floats([count]), Segments.of_counts([1]))
    for function in (lambda s: np.log(0.01 + s * theta), lambda s: (s / (0.01 + s * theta)) ** 2):
        expected = fsum(function(np.arange(float(count))))
        assert_allclose(fsum(rule.weight * function(rule.s)), expected, rtol=1e-12, atol=1e-12)
    assert len(rule.s) <= 16 + 10 * max(0, np.ceil(np.log2(max(count, 16))) - 4)


# brute force: a likelihood written down anew, maximised by a method without derivatives


def by_simplex(minus: Callable[[Floats], float], starts: list[list[float]]) -> tuple[Floats, float]:
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000}
    found = [minimize(minus, start, method="Nelder-Mead", options=options) for start in starts]
    best = min(found, key=lambda each: each.fun)
    return best.x, -best.fun


def random_tables(seed: int) -> Floats:
    """Rare events in 3 to 9 trials, with and without heterogeneity, some trials without events."""
    random = np.random.default_rng(seed)
    k = random.integers(3, 10)
    n1, n2 = random.integers(20, 400, k), random.integers(20, 400, k)
    base = random.normal(-3, 0.7, k)
    x2 = random.binomial(n2, expit(base))
    x1 = random.binomial(n1, expit(base + random.normal(-0.3, random.choice([0, 0.5, 1.2]), k)))
    return floats(np.column_stack([x1, n1, x2, n2]))


_GOOD = [seed for seed in range(30) if random_tables(seed)[:, [0, 2]].sum(axis=0).min() > 0]
SEEDS = [*_GOOD[:5], *(pytest.param(seed, marks=pytest.mark.slow) for seed in _GOOD[5:])]


@pytest.mark.parametrize("seed", SEEDS)
def test_approximate_model_against_brute_force(seed):
    rows = random_tables(seed)
    x, n1, c, n2 = rows[(rows[:, 0] + rows[:, 2]) > 0].T[:, :, None]

    def minus(at: Floats) -> float:
        effect, tau = at[0], np.exp(at[1])
        integral = trapezium(lambda u: binom.pmf(x, x + c, expit(effect + tau * u + np.log(n1 / n2))))
        return -np.log(integral).sum()

    ours = fitted(approximate, rows)
    (effect, log_tau), highest = by_simplex(minus, [[0.0, -0.5], [0.0, -3.0]])
    assert ours.converged[0]
    assert ours.log_likelihood[0] >= highest - 1e-9
    assert_allclose(ours.log_likelihood[0], highest, atol=1e-6)
    if ours.tau2[0] > 0.01:
        assert_allclose([ours.estimate[0], ours.tau2[0]], [effect, np.exp(2 * log_tau)], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_exact_model_against_brute_force(seed):
    rows = random_tables(seed)
    x, n1, c, n2 = rows[(rows[:, 0] + rows[:, 2]) > 0].T[:, :, None]
    support = np.arange((x + c).max() + 1)[:, None, None]
    ways = binom.pmf(support, n1, 0.5) * binom.pmf(x + c - support, n2, 0.5)
    observed = binom.pmf(x, n1, 0.5) * binom.pmf(c, n2, 0.5)

    def minus(at: Floats) -> float:
        def p(u: Floats) -> Floats:
            eta = at[0] + np.exp(at[1]) * u[::8]
            return observed / (ways * np.exp(np.clip((support - x) * eta, -600, 600))).sum(axis=0)

        u = np.linspace(-8.5, 8.5, 1201)
        return -np.log(np.trapezoid(p(u) * norm.pdf(u[::8]), u[::8], axis=-1)).sum()

    ours = fitted(exact, rows)
    (effect, log_tau), highest = by_simplex(minus, [[0.0, -0.5]])
    assert_allclose(ours.log_likelihood[0], highest, atol=1e-6)
    if ours.tau2[0] > 0.01:
        assert_allclose([ours.estimate[0], ours.tau2[0]], [effect, np.exp(2 * log_tau)], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_beta_binomial_against_brute_force(seed):
    rows = random_tables(seed)
    ours = fitted(beta_binomial, rows)
    (one, two, log_theta), highest = by_simplex(lambda at: minus_beta(rows, at), [[-3, -3, -4], [-3, -3, -8]])
    # near rho = 0 scipy's betabinom, differences of ln Gamma, is itself off by as much as this
    assert_allclose(ours.log_likelihood[0], highest, atol=1e-5)
    if ours.rho[0] > 1e-3:
        assert_allclose(ours.estimate[0], one - two, atol=1e-4)
        assert_allclose(ours.rho[0], np.exp(log_theta) / (1 + np.exp(log_theta)), rtol=1e-3)
        ratio = fitted(risk_ratio, rows)
        assert_allclose(ratio.estimate[0], np.log(expit(one) / expit(two)), atol=1e-4)


def minus_beta(rows: Floats, at: Floats) -> float:
    """Minus the beta-binomial log-likelihood at (logit, logit, ln theta), by scipy."""
    total = 0.0
    for eta, x, n in ((at[0], rows[:, 0], rows[:, 1]), (at[1], rows[:, 2], rows[:, 3])):
        total -= betabinom.logpmf(x, n, expit(eta) / np.exp(at[2]), expit(-eta) / np.exp(at[2])).sum()
    return total


def test_beta_binomial_standard_errors_against_a_numerical_hessian():
    ours, ratio = fitted(beta_binomial, INFECTIONS), fitted(risk_ratio, INFECTIONS)
    at, _ = by_simplex(lambda at: minus_beta(INFECTIONS, at), [[-4.0, -3.0, -4.0]])
    h, unit = 1e-3, np.eye(3)

    def second(i: int, j: int) -> float:
        corners = [(a, b) for a in (1, -1) for b in (1, -1)]
        values = [a * b * minus_beta(INFECTIONS, at + h * (a * unit[i] + b * unit[j])) for a, b in corners]
        return fsum(values) / (4 * h * h)

    covariance = np.linalg.inv([[second(i, j) for j in range(3)] for i in range(3)])
    odds = floats([1, -1, 0])
    risk = odds * expit(-floats([at[0], at[1], 0]))
    assert_allclose(ours.se[0], np.sqrt(odds @ covariance @ odds), rtol=1e-4)
    assert_allclose(ratio.se[0], np.sqrt(risk @ covariance @ risk), rtol=1e-4)


# likelihood-ratio limits and test


@pytest.mark.parametrize("rows", [INFECTIONS, RATES], ids=["infections", "rates"])
def test_likelihood_ratio_limits_and_test(rows):
    x, n1, c, n2 = rows[(rows[:, 0] + rows[:, 2]) > 0].T[:, :, None]
    ours = fitted(approximate, rows)

    def highest(effect: float) -> float:
        def minus(at: Floats) -> float:
            p = trapezium(lambda u: binom.pmf(x, x + c, expit(effect + at[0] * u + np.log(n1 / n2))))
            return -np.log(p).sum()

        return by_simplex(minus, [[0.5], [1.0]])[1]

    for limit in (ours.lr_low[0], ours.lr_high[0]):
        assert_allclose(2 * (ours.log_likelihood[0] - highest(limit)), ndtri(0.975) ** 2, rtol=1e-6)
    fall = 2 * (ours.log_likelihood[0] - highest(0.0))
    assert_allclose(ours.p_lr[0], chi2.sf(fall, 1), rtol=1e-6)


def test_a_limit_that_does_not_exist_is_infinite():
    # two trials that contradict each other: with enough heterogeneity any mean effect is possible
    ours = fitted(approximate, [(40, 100, 1, 100), (1, 100, 30, 100)])
    assert ours.state[0] == BinomialState.POOLED
    assert [ours.lr_low[0], ours.lr_high[0]] == [-inf, inf]
