"""REML as RevMan stops it: told from its maximum by the weights that are printed. Made-up trials."""

from dataclasses import replace

import numpy as np
import pytest

from repool.batch import Segments
from repool.estimates import Estimates
from repool.identify.asked import FIGURES, Spans
from repool.identify.figures import Maker, stopped_reml, with_tau2
from repool.identify.found import Outcome
from repool.identify.search import identify
from repool.model import Measure
from repool.pooling import pool
from repool.printed import Printed
from test_identify import asked, base, printed

pytestmark = pytest.mark.filterwarnings("error")

#: Trials' effects and variances: REML starts above its maximum, 0, and its steps would lead below it.
DOWN = (
    ([0.05, 0.01, 0.38, 0.31], [0.005, 0.021, 0.062, 0.038]),  # ends at 6e-9, weights 2e-5 off
    ([-0.42, 0.08, 0.25, 0.11, 0.42], [0.108, 0.163, 0.061, 0.007, 0.133]),  # at 5e-12, 1e-8 off
)


def tau2_by_steps(y: np.ndarray, v: np.ndarray) -> float:
    tau2 = max(0.0, float(y.var(ddof=1) - v.mean()))
    for _ in range(500):
        w = 1 / (v + tau2)
        p = np.diag(w) - np.outer(w, w) / w.sum()
        step = (y @ p @ p @ y - np.trace(p)) / np.trace(p @ p)
        while tau2 + step < 0:
            step /= 2
        tau2 += step
        if abs(step) < 1e-8:
            break
    return tau2


@pytest.mark.parametrize(
    ("y", "v"),
    [([0.2, -0.4, 0.9, 0.35], [0.04, 0.09, 0.02, 0.5]), *DOWN, ([0.1, 0.11, 0.1], [0.1, 0.2, 0.3])],
)
def test_stopped_reml_follows_the_iteration_step_by_step(y, v):
    e = Estimates.of(np.r_[y, 0.3, y], np.r_[v, 0.1, v], Segments.of_counts([len(y), 1, len(y)]))
    ours = stopped_reml(e)
    assert ours[[0, 2]] == pytest.approx(tau2_by_steps(np.array(y), np.array(v)), rel=1e-9)
    assert (ours[0] > 0) == (max(y) > 0.2)
    assert np.isnan(ours[1])


@pytest.mark.parametrize(("rows", "places", "tau2_from"), [
    (DOWN[0], 3, "total"), (DOWN[0], 6, "stopped"),
    (DOWN[1], 6, "total"), (DOWN[1], 12, "stopped"), (DOWN[1], 16, "stopped"),
])  # fmt: skip
def test_every_printed_digit_of_a_weight_counts(rows, places, tau2_from):
    y, v = np.array(rows)
    w = 1 / (v + tau2_by_steps(y, v))
    weights = Spans.of_weights([Printed(round(x, places), places) for x in 100 * w / w.sum()])
    plain = replace(asked(Measure.GIV, rows=np.c_[np.exp(y), np.sqrt(v)].tolist()), weights=weights)
    (answer,) = identify(plain, base(Measure.GIV))
    assert {each.tau2_from for each in answer.settings} == {tau2_from}  # stopped, unless its maximum gives it
    assert answer.outcome is (Outcome.UNIQUE if tau2_from == "stopped" else Outcome.EQUIVALENT)


@pytest.mark.parametrize("ci", ["Wald", "t", "HKSJ", "KR"])
def test_a_given_tau2_pools_as_its_own_does(ci):
    start = base(Measure.RR, "reml", ci=ci, i2_from="tau2", prediction="t(k-2)")
    trials = Maker(asked(Measure.RR, 2)).trials(start)
    own, weights = pool(trials, start.method)
    again, same = with_tau2(trials, start.method, own.tau2)
    assert same == pytest.approx(weights, rel=1e-12)
    for name in (*FIGURES[:3], *FIGURES[4:], "se", "k"):
        assert getattr(again, name) == pytest.approx(getattr(own, name), rel=1e-9), name


def test_reml_stopped_early_is_told_from_its_maximum_whatever_the_interval():
    rows = [[0.1, 0.0101], [0.12, 0.013], [0.16, 0.0099], [0.137, 0.02], [0.11, 0.009]]
    start = replace(base(Measure.GIV, "reml-hksj", prediction="none"), log_scale=False)
    stopped = replace(start, tau2_from="stopped")
    plain = replace(asked(Measure.GIV, rows=rows), log_scale=False)
    made, other = Maker(plain).make(stopped), Maker(plain).make(start)
    assert 1e-6 < np.abs(made.weights - other.weights).max() < 1e-3
    figures = {name: Spans.of([printed(float(made.figures[name][0]), 9)]) for name in ("ci_low", "ci_high")}
    weights = Spans.of_weights([printed(w, 6) for w in made.weights])
    (answer,) = identify(replace(plain, figures=figures, weights=weights), start)
    assert (answer.simplest.tau2_from, answer.simplest.method.ci) == ("stopped", "HKSJ")
    assert "REML stopped at steps below 1e-8" in answer.simplest.label(start).en
