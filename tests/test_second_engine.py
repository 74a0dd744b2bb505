"""Repool against statsmodels, an independent implementation: the two must give the same numbers.

statsmodels does not truncate tau2 at 0, has no REML and no correction inside Mantel-Haenszel, so it
is asked only for what both define alike.
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.meta_analysis import (
    CombineResults,
    combine_effects,
    effectsize_2proportions,
    effectsize_smd,
)

from batches import COMMON, DL, HAENSZEL, PM, floats, of_tables, pooled
from repool.batch import Floats
from repool.effects import continuous
from repool.methods import Method
from repool.model import Measure
from repool.pooling import Pooled, pool

pytestmark = pytest.mark.filterwarnings("error")

RTOL = 1e-8
ANALYSES = range(40)


def trials(analysis: int) -> tuple[Floats, Floats]:
    """(y, v) of 2 to 30 trials; odd analyses are homogeneous, so that tau2 is 0 in many."""
    random = np.random.default_rng(analysis)
    k = int(random.integers(2, 31))
    v = np.exp(random.normal(-2, 1.5, k))
    tau = 0.0 if analysis % 2 else 0.6
    return random.normal(0.3, np.sqrt(v + tau**2)), v


def tables(analysis: int) -> list[tuple[float, float, float, float]]:
    """2 to 12 2x2 tables without a zero cell."""
    random = np.random.default_rng(1000 + analysis)
    totals = random.integers(5, 400, (int(random.integers(2, 13)), 2))
    events = random.integers(1, totals)
    return [(a, n1, c, n2) for (a, c), (n1, n2) in zip(events.tolist(), totals.tolist(), strict=True)]


def agree(ours: Pooled, estimate: float, se: float, limits: tuple[float, float]) -> None:
    assert_allclose(ours.estimate[0], estimate, rtol=RTOL)
    assert_allclose(ours.se[0], se, rtol=RTOL)
    assert_allclose((ours.ci_low[0], ours.ci_high[0]), limits, rtol=RTOL, atol=RTOL * se)


def engine(y: Floats, v: Floats, method: str, **more: float) -> CombineResults:
    with np.errstate(invalid="ignore"):  # the root of a tau2 below 0
        return combine_effects(y, v, method, **more)


@pytest.mark.parametrize("analysis", ANALYSES)
def test_common_effect(analysis):
    y, v = trials(analysis)
    theirs, ours = engine(y, v, "dl"), pooled(y, v, COMMON)
    with np.errstate(invalid="ignore"):
        limits = theirs.conf_int(use_t=False)[0]
    agree(ours, theirs.mean_effect_fe, theirs.sd_eff_w_fe, limits)
    assert_allclose(ours.q[0], theirs.q, rtol=RTOL)
    assert_allclose(ours.i2[0], 100 * max(0.0, theirs.i2), rtol=RTOL, atol=1e-8)


def agree_on_random_effects(analysis: int, method: Method, theirs: CombineResults) -> None:
    y, v = trials(analysis)
    wald, hksj = pooled(y, v, method), pooled(y, v, replace(method, ci="HKSJ"))
    limits, limits_hksj = theirs.conf_int(use_t=False)[1], theirs.conf_int(use_t=True)[3]
    assert_allclose(wald.tau2[0], theirs.tau2, rtol=RTOL)
    agree(wald, theirs.mean_effect_re, theirs.sd_eff_w_re, limits)
    agree(hksj, theirs.mean_effect_re, theirs.sd_eff_w_re_hksj, limits_hksj)


def test_dersimonian_laird():
    both = 0
    for analysis in ANALYSES:
        theirs = engine(*trials(analysis), "dl")
        if theirs.tau2 > 0:
            agree_on_random_effects(analysis, DL, theirs)
            both += 1
        else:  # they do not truncate
            assert pooled(*trials(analysis), DL).tau2[0] == 0
    assert both == 30


def test_paule_mandel():
    both, lost = 0, 0
    for analysis in ANALYSES:
        theirs = engine(*trials(analysis), "pm", atol=1e-10, maxiter=500)
        if theirs.tau2 > 0:
            agree_on_random_effects(analysis, PM, theirs)
            both += 1
        elif theirs.q > theirs.df:  # rounding carries them past the root, whereupon they return 0
            lost += 1
            assert pooled(*trials(analysis), PM).tau2[0] > 0
        else:
            assert pooled(*trials(analysis), PM).tau2[0] == 0
    assert both + lost == 30
    assert both > 20  # 27 where this was written; how many depends on the last bit


@pytest.mark.parametrize("analysis", ANALYSES)
def test_mantel_haenszel(analysis):
    rows = tables(analysis)
    theirs = StratifiedTable([np.array([[a, n1 - a], [c, n2 - c]]) for a, n1, c, n2 in rows])
    odds, _ = pool(of_tables(Measure.OR, rows), HAENSZEL)
    agree(odds, theirs.logodds_pooled, theirs.logodds_pooled_se, theirs.logodds_pooled_confint())
    risk, _ = pool(of_tables(Measure.RR, rows), HAENSZEL)
    assert_allclose(np.exp(risk.estimate[0]), theirs.riskratio_pooled, rtol=RTOL)


@pytest.mark.parametrize("analysis", ANALYSES)
def test_mantel_haenszel_with_corrected_cells(analysis):
    # a zero in some tables: shift_zeros adds 0.5 to all four cells of these, as RevMan does
    rows = [(0 if n % 3 == 0 else a, n1, c, n2) for n, (a, n1, c, n2) in enumerate(tables(analysis))]
    cells = [np.array([[a, n1 - a], [c, n2 - c]]) for a, n1, c, n2 in rows]
    theirs = StratifiedTable(cells, shift_zeros=True)
    odds, _ = pool(of_tables(Measure.OR, rows), HAENSZEL)
    agree(odds, theirs.logodds_pooled, theirs.logodds_pooled_se, theirs.logodds_pooled_confint())
    risk, _ = pool(of_tables(Measure.RR, rows), HAENSZEL)
    assert_allclose(np.exp(risk.estimate[0]), theirs.riskratio_pooled, rtol=RTOL)


@pytest.mark.parametrize(
    ("measure", "statistic"), [(Measure.RR, "risk-ratio"), (Measure.OR, "odds-ratio"), (Measure.RD, "diff")]
)
def test_effects_of_tables(measure, statistic):
    rows = [row for analysis in ANALYSES for row in tables(analysis)]
    a, n1, c, n2 = floats(rows).T
    y, v = effectsize_2proportions(a, n1, c, n2, statistic=statistic)
    ours = of_tables(measure, rows).effects
    assert_allclose(ours.y, y, rtol=RTOL, atol=1e-13)
    assert_allclose(ours.v, v, rtol=RTOL)


def test_standardised_mean_differences():
    random = np.random.default_rng(7)
    mean1, mean2 = random.normal(50, 10, (2, 500))
    sd1, sd2 = random.uniform(2, 20, (2, 500))
    n1, n2 = random.integers(2, 300, (2, 500)).astype(float)
    y, v = effectsize_smd(mean1, sd1, n1, mean2, sd2, n2)
    ours = continuous(Measure.SMD, mean1, sd1, n1, mean2, sd2, n2)
    assert ours.estimable.all()
    assert_allclose(ours.y, y, rtol=RTOL)
    assert_allclose(ours.v, v, rtol=RTOL)
