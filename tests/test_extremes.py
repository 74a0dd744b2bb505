"""Every estimator, interval and prediction on variances from 1e-12 to 1e12: finite, converged, no warning."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from batches import COMMON, DL, RANDOM, floats, of_effects, pooled
from repool.batch import Floats
from repool.heterogeneity import heterogeneity
from repool.methods import Method
from repool.pooling import pool
from repool.tau2_intervals import INTERVALS
from repool.trials import Trials

pytestmark = pytest.mark.filterwarnings("error")

BATCHES = range(12)


def batch(seed: int) -> Trials:
    """1 to 60 analyses of 1 to 11 trials, their variances over up to 24 decades."""
    random = np.random.default_rng(seed)
    counts = random.integers(1, 12, int(random.integers(1, 60)))
    trials, decades = int(counts.sum()), float(random.choice([1, 3, 6, 12]))
    v = 10.0 ** random.uniform(-decades, decades, trials)
    y = random.normal(0, 1, trials)
    y *= 10.0 ** random.uniform(-decades / 2, decades / 2, trials) if seed % 2 else np.sqrt(v)
    if seed % 10 == 9:
        y[:] = 3.7
    return of_effects(y, v, counts.tolist())


@pytest.mark.parametrize("seed", BATCHES)
def test_every_method_has_an_answer(seed):
    trials = batch(seed)
    several = trials.segments.counts > 1
    for method in (COMMON, *RANDOM):
        for ci in ("Wald",) if method is COMMON else ("Wald", "HKSJ", "HKSJ-wider", "KR"):
            result, weights = pool(trials, replace(method, ci=ci, prediction="Partlett-Riley"))
            assert result.converged.all()
            assert (result.tau2[several] >= 0).all()
            for numbers in (result.estimate, result.ci_low, result.ci_high, weights):
                assert np.isfinite(numbers).all()


@pytest.mark.parametrize("seed", BATCHES)
@pytest.mark.parametrize("kind", INTERVALS)
def test_every_interval_of_tau2_has_limits(seed, kind):
    trials = batch(seed)
    several = trials.segments.counts > 1
    low, high = INTERVALS[kind](trials.estimates(), 0.95)
    assert np.isfinite(low[several]).all()
    assert np.isfinite(high[several]).all()
    assert (low <= high)[several].all()
    result, _ = pool(trials, DL)
    heterogeneity(trials.estimates(), result.tau2, result.q, kind, 0.95)


@pytest.mark.parametrize("method", RANDOM, ids=lambda method: method.name)
def test_ten_thousand_trials(method):
    v = np.exp(np.sin(np.arange(10_000)) * 3)
    y = np.cos(np.arange(10_000) * 1.7) * np.sqrt(v)
    result = pooled(y, v, replace(method, ci="HKSJ", prediction="Partlett-Riley"))
    assert result.converged[0]
    assert np.isfinite([result.ci_low[0], result.ci_high[0], result.prediction_high[0]]).all()
    same = pooled(np.full(10_000, 0.3), v, method)
    assert (same.tau2[0], same.q[0], same.estimate[0]) == (0, 0, 0.3)


def boundary(method: Method, q: float) -> Floats:
    """tau2 where generalised Q at 0 is q times its degrees of freedom, 4 trials alike but for y."""
    y = floats([-1.0, -0.2, 0.3, 0.9])
    y = y - y.mean()
    return pooled(y * np.sqrt(3 * q / (y**2).sum()), np.ones(4), method).tau2


@pytest.mark.parametrize(
    "method", [each for each in RANDOM if each.tau2 not in ("SJ", "PMM", "HS", "ML")], ids=lambda m: m.name
)
def test_exactly_at_the_boundary(method):
    assert boundary(method, 1.0)[0] < 1e-14
    assert_array_equal(boundary(method, 1 - 1e-9), [0])
    assert 0 < boundary(method, 1 + 1e-9)[0] < 1e-8


def test_a_batch_is_worked_through_in_blocks(monkeypatch):
    trials = batch(1)
    whole = pool(trials, RANDOM[0])
    monkeypatch.setattr("repool.trials._BLOCK", 7)
    blocks = pool(trials, RANDOM[0])
    assert len(list(trials.blocks())) > 10
    assert_array_equal(blocks[1], whole[1])
    assert_array_equal(blocks[0].ci_high, whole[0].ci_high)
