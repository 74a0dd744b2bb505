"""Confidence intervals of the pooled value, and prediction intervals."""

from dataclasses import replace
from math import erf, isnan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import chdtri, stdtrit

from batches import DL, IVHET, RANDOM, REML, floats, of_effects, pooled
from repool.batch import Segments
from repool.estimates import Estimates
from repool.intervals import Centre, kenward_roger, t_quantile
from repool.methods import declared
from repool.model import Measure
from repool.pooling import pool
from repool.prediction import bootstrap
from test_worked_examples import bcg

pytestmark = pytest.mark.filterwarnings("error")

KINDS = ("Wald", "t", "HKSJ", "HKSJ-truncated", "HKSJ-wider", "KR")
BCG_Y, BCG_V = bcg(Measure.RR).effects.y, bcg(Measure.RR).effects.v
ALIKE_Y, ALIKE_V = [0.10, 0.12, 0.11, 0.13, 0.09], [0.04, 0.02, 0.09, 0.05, 0.01]


def shown(y, v, ci: str, **more) -> list[float]:
    """SE, limits and p of one analysis under REML."""
    result = pooled(y, v, replace(REML, ci=ci, **more))
    return [float(each[0]) for each in (result.se, result.ci_low, result.ci_high, result.p_effect)]


# R 4.2.2, metafor 3.8-1: rma(yi, vi, method="REML", test="z" | "t" | "knha" | "adhoc",
# control=list(threshold=1e-14, maxiter=1000)) on dat.bcg (log RR) and on five trials that agree
@pytest.mark.parametrize(
    ("kind", "bcg", "alike"),
    [
        (
            "Wald",
            (0.1797815161, -1.0668976388, -0.3621670455, 0.0000705426),
            (0.0696545190, -0.0330702139, 0.2399704834, 0.1374937297),
        ),
        (
            "t",
            (0.1797815161, -1.1062426160, -0.3228220683, 0.0018446472),
            (0.0696545190, -0.0899418137, 0.2968420832, 0.2116724267),
        ),
        (
            "HKSJ",
            (0.1807917441, -1.1084437137, -0.3206209706, 0.0019200151),
            (0.0075228237, 0.0825634279, 0.1243368417, 0.0001620291),
        ),
        (
            "HKSJ-truncated",
            (0.1807917441, -1.1084437137, -0.3206209706, 0.0019200151),
            (0.0696545190, -0.0899418137, 0.2968420832, 0.2116724267),
        ),
    ],
)
def test_against_metafor(kind, bcg, alike):
    assert_allclose(shown(BCG_Y, BCG_V, kind), bcg, atol=6e-11)
    assert_allclose(shown(ALIKE_Y, ALIKE_V, kind), alike, atol=6e-11)


def test_the_wider_of_both():
    assert shown(ALIKE_Y, ALIKE_V, "HKSJ-wider") == shown(ALIKE_Y, ALIKE_V, "Wald")
    assert shown(BCG_Y, BCG_V, "HKSJ-wider") == shown(BCG_Y, BCG_V, "HKSJ")


def test_a_narrow_hksj_interval_is_told():
    for kind in KINDS:
        result = pooled(ALIKE_Y, ALIKE_V, replace(REML, ci=kind))
        assert result.narrower_than_wald[0] == (kind == "HKSJ")
    assert not pooled(BCG_Y, BCG_V, replace(REML, ci="HKSJ")).narrower_than_wald[0]


@pytest.mark.parametrize("kind", KINDS)
def test_one_trial_keeps_walds_interval(kind):
    assert shown([0.3], [0.04], kind) == shown([0.3], [0.04], "Wald")


@pytest.mark.parametrize("level", [0.9, 0.99])
def test_levels(level):
    se, low, high, _ = shown(BCG_Y, BCG_V, "HKSJ", level=level)
    assert_allclose((high - low) / 2, stdtrit(12, 0.5 + level / 2) * se, rtol=1e-13)


def general_kenward_roger(v, tau2: float) -> tuple[float, float]:
    """SE and df by the general formulas with matrices (Kenward & Roger 1997, section 2), REML expected."""
    k = len(v)
    x, inverse = np.ones((k, 1)), np.diag(1 / (v + tau2))
    covariance = np.linalg.inv(x.T @ inverse @ x)
    projection = inverse - inverse @ x @ covariance @ x.T @ inverse
    variance = 2 / np.trace(projection @ projection)  # of tau2; d V / d tau2 is the identity
    first, second = -x.T @ inverse @ inverse @ x, x.T @ inverse @ inverse @ inverse @ x
    adjusted = covariance + 2 * covariance @ (variance * (second - first @ covariance @ first)) @ covariance
    theta = np.linalg.inv(covariance)
    one = theta @ covariance @ first @ covariance
    a1, a2 = variance * np.trace(one) ** 2, variance * np.trace(one @ one)
    b = (a1 + 6 * a2) / 2
    g = (2 * a1 - 5 * a2) / (3 * a2)
    c1, c2, c3 = (each / (3 + 2 * (1 - g)) for each in (g, 1 - g, 3 - g))
    expected = 1 / (1 - a2)
    spread = 2 * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    df = 4 + 3 / (spread / (2 * expected**2) - 1)
    assert df / (expected * (df - 2)) == pytest.approx(1)  # the factor on F
    return float(np.sqrt(adjusted[0, 0])), df


@pytest.mark.parametrize("v", [BCG_V, ALIKE_V, [1.0] * 6, [1e-3, 1.0, 50.0]])
@pytest.mark.parametrize("tau2", [0.0, 0.3, 20.0])
def test_kenward_roger_is_the_general_one(v, tau2):
    e = Estimates.of(np.zeros(len(v)), floats(v), Segments.of_counts([len(v)]))
    w = e.weights(floats([tau2]))
    total = e.segments.total(w)
    se, df = kenward_roger(e, Centre(floats([0]), 1 / np.sqrt(total), w, total, floats([tau2])))
    assert_allclose((se[0], df[0]), general_kenward_roger(floats(v), tau2), rtol=1e-9)


def test_kenward_roger_of_one_trial_is_wald():
    e = Estimates.of(floats([0.3]), floats([0.04]), Segments.of_counts([1]))
    se, df = kenward_roger(e, Centre(floats([0]), floats([0.2]), floats([25]), floats([25]), floats([0])))
    assert (se[0], df[0]) == (0.2, 1)


def test_kenward_roger_of_equally_precise_trials_is_the_t_test():
    # nothing to adjust: SE^2 = (v + tau2) / k = s^2 / k, k - 1 df
    y = [1.0, 2.0, 4.0, 9.0]
    assert_allclose(shown(y, [0.5] * 4, "KR"), shown(y, [0.5] * 4, "t"), rtol=1e-12)


def test_quantiles_of_t():
    df = floats([1, 7, 1, 120, 10_000])
    assert_array_equal(t_quantile(df, 0.975), stdtrit(df, 0.975))
    assert len(t_quantile(floats([]), 0.975)) == 0


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"ci": "KR", "tau2": "DL"}, "tau2 REML with ci KR"),
        ({"ci": "HKSJ", "model": "common"}, "model random with ci HKSJ"),
        ({"weighting": "IVhet"}, "model common with weighting IVhet"),
    ],
)
def test_choices_that_do_not_go_together(overrides, message):
    with pytest.raises(ValueError, match=message):
        declared("stata", overrides)


# the common effect under heterogeneity


def test_ivhet():
    # w = 1, 1/2; tau2 by DL of y = 0, 6: Q = 36 (1/2) / (3/2) = 12, C = 3/2 - 5/6 = 2/3, tau2 = 16.5
    result = pooled([0, 6], [1, 2], IVHET)
    assert_allclose(result.tau2, 16.5)
    assert_allclose(result.estimate, 2)
    assert_allclose(result.se, sqrt((1 * (1 + 16.5) + 0.25 * (2 + 16.5)) / 1.5**2))
    assert isnan(result.prediction_k1_low[0])
    assert_allclose(pooled([0, 1], [1, 2], IVHET).se, sqrt(1 / 1.5))  # no heterogeneity: the common effect


# prediction


def predicted(y, v, kind: str, **more) -> list[float]:
    result = pooled(y, v, replace(REML, prediction=kind, **more))
    return [float(result.prediction_low[0]), float(result.prediction_high[0])]


def test_prediction_with_the_hksj_error():
    result = pooled(BCG_Y, BCG_V, replace(REML, ci="HKSJ"))
    spread = sqrt(result.tau2[0] + result.se[0] ** 2)
    for kind, df in (("HKSJ", 12), ("Partlett-Riley", 11)):
        reach = stdtrit(df, 0.975) * spread
        expected = [result.estimate[0] - reach, result.estimate[0] + reach]
        for ci in ("Wald", "HKSJ", "KR"):  # whatever interval the pooled value has
            assert_allclose(predicted(BCG_Y, BCG_V, kind, ci=ci), expected, rtol=1e-12)


def test_too_few_trials_to_predict_from():
    for kind, least in (("normal", 2), ("HKSJ", 2), ("Partlett-Riley", 3), ("bootstrap", 2)):
        for k in (1, 2, 3):
            low, high = predicted([0.1, 0.5, 1.7][:k], [0.1, 0.2, 0.3][:k], kind)
            assert isnan(low) == isnan(high) == (k < least)


def reference_bootstrap(y, v, draws: int, seed: int) -> list[float]:
    """The algorithm as written, draw by draw: tau2 from Imhof's integral with the eigenvalues of Q."""
    generator = np.random.default_rng(seed)
    w = 1 / v
    matrix = np.diag(w) - np.outer(w, w) / w.sum()
    q = float(y @ matrix @ y)
    grid = np.concatenate([[0], np.geomspace(1e-4, 300, 300)])
    exceeded = [imhof(q, eigenvalues(matrix, v + tau2)) for tau2 in grid]
    tau2 = np.interp(generator.random(draws), exceeded, grid)
    w = 1 / (v + tau2[:, None])
    mean = (w * y).sum(1) / w.sum(1)
    se = np.sqrt((w * (y - mean[:, None]) ** 2).sum(1) / (len(y) - 1) / w.sum(1))
    t = generator.standard_t(len(y) - 1, draws)
    return np.quantile(mean + generator.normal(size=draws) * np.sqrt(tau2) - t * se, [0.025, 0.975]).tolist()


def eigenvalues(matrix, variance):
    root = np.sqrt(variance)
    found = np.linalg.eigvalsh(root[:, None] * matrix * root)
    return found[found > 1e-9 * found.max()]


def imhof(q: float, factors) -> float:
    """P(Q > q): Imhof 1961, by the trapezoidal rule in ln u."""
    step = 2e-3
    u = np.exp(np.arange(-26, 7, step))
    factors = factors / q
    theta = 0.5 * (np.arctan(np.outer(factors, u)).sum(0) - u)
    modulus = np.exp(0.25 * np.log1p(np.outer(factors**2, u**2)).sum(0))
    return 0.5 + float((np.sin(theta) / modulus).sum() * step / np.pi)


def test_bootstrap_is_the_published_algorithm():
    y, v = floats(BCG_Y[:7]), floats(BCG_V[:7])
    e = Estimates.of(y, v, Segments.of_counts([7]))
    ours = [float(e.origin[0] + each[0]) for each in bootstrap(e, 0.95)]
    assert_allclose(ours, reference_bootstrap(y, v, 40_000, 1), atol=0.06)


def test_bootstrap_draws_tau2_from_its_exact_distribution():
    """Of trials of one variance v, Q / (1 + tau2/v) is chi-squared: the draws have a closed form."""
    y, v, draws, seed = floats([-1.2, 0.3, 0.1, 1.9, 0.8, -0.4]), 0.2, 10_000, 7
    e = Estimates.of(y, np.full(6, v), Segments.of_counts([6]))
    ours = [float(e.origin[0] + each[0]) for each in bootstrap(e, 0.95, seed)]
    generator, squares = np.random.default_rng(seed), ((y - y.mean()) ** 2).sum()
    tau2 = np.maximum(0, squares / chdtri(5, generator.random(draws)) - v)
    z, t = generator.normal(size=draws), np.random.default_rng([seed, 5]).standard_t(5, draws)
    effects = y.mean() + z * np.sqrt(tau2) - t * np.sqrt(squares / 30)
    assert_allclose(ours, np.quantile(effects, [0.025, 0.975]), atol=2e-4)


def test_bootstrap_depends_on_nothing_else_in_the_batch():
    y, v = floats([*BCG_Y, 0.3, *ALIKE_Y, *BCG_Y]), floats([*BCG_V, 0.1, *ALIKE_V, *BCG_V])
    method = replace(DL, prediction="bootstrap")
    together = of_effects(y, v, [13, 1, 0, 5, 13])
    result = pool(together, method)[0]
    alone = pooled(BCG_Y, BCG_V, method), pooled(ALIKE_Y, ALIKE_V, method)
    for end in ("low", "high"):
        limits = getattr(result, f"prediction_{end}")
        assert limits[0] == limits[4] == getattr(alone[0], f"prediction_{end}")[0]
        assert limits[3] == getattr(alone[1], f"prediction_{end}")[0]
        assert np.isnan(limits[[1, 2]]).all()


def test_identical_trials_are_predicted_with_little_doubt():
    low, high = predicted([0.2] * 6, [0.01] * 6, "bootstrap")
    assert low == high == 0.2  # Q = 0: tau2 is 0 in every draw, and HKSJ's SE is 0


@settings(deadline=None, max_examples=30, derandomize=True)
@given(
    rows=st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 10)), min_size=2, max_size=9),
    ci=st.sampled_from(KINDS),
    kind=st.sampled_from(["normal", "t(k-1)", "t(k-2)", "HKSJ", "Partlett-Riley"]),
)
def test_intervals_hold_their_centre_and_scale_with_y(rows, ci, kind):
    y, v = floats(rows).T
    y = np.round(y, 6)
    method = replace(REML, ci=ci, prediction=kind)
    one, other = pooled(y, v, method), pooled(-3 * y, 9 * v, method)
    assert one.ci_low[0] <= one.estimate[0] <= one.ci_high[0]
    for end, opposite in (("low", "high"), ("high", "low")):
        for name in ("ci", "prediction"):
            mine, theirs = getattr(one, f"{name}_{end}"), getattr(other, f"{name}_{opposite}")
            assert_allclose(theirs, -3 * mine, rtol=1e-5, atol=1e-5 * sqrt(v.max()))


def test_wald_is_the_narrowest_that_pretends_to_know_tau2():
    for method in RANDOM:
        wald = pooled(BCG_Y, BCG_V, method)
        student = pooled(BCG_Y, BCG_V, replace(method, ci="t"))
        assert student.ci_low[0] < wald.ci_low[0] < wald.ci_high[0] < student.ci_high[0]
        z = abs(wald.estimate[0] / wald.se[0])
        assert_allclose(wald.p_effect[0], 1 - erf(z / sqrt(2)), rtol=1e-6)
