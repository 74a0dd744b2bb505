"""Binomial models: printed results, metafor, statsmodels, and what becomes of trials that say little."""

from math import log

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from batches import floats, tables_of
from binomial_models import (
    INFECTIONS,
    RATES,
    approximate,
    arm,
    bcg,
    every_model,
    exact,
    fitted,
    proportion,
    risk_ratio,
)
from repool.batch import Segments
from repool.binomial.beta import beta_binomial
from repool.binomial.results import BinomialState
from repool.model import Measure

pytestmark = pytest.mark.filterwarnings("error")


# printed: Stijnen, Hamza & Ozdemir 2010, tables II, III and VIII (tau in III and VIII, tau2 in II);
# where their last digit differs, R metafor's own test of that article gives the other one


@pytest.mark.parametrize(
    ("result", "estimate", "se", "tau"),
    [
        (lambda: fitted(exact, INFECTIONS), -1.353, 0.351, 0.83),
        (lambda: fitted(approximate, INFECTIONS), -1.303, 0.339, 0.775),
        (lambda: fitted(approximate, RATES), -0.476, 0.238, 0.35),
        (lambda: arm(INFECTIONS, 2), -3.50, 0.26, 0.90),
        (lambda: arm(INFECTIONS, 1), -4.81, 0.36, 0.91),
    ],
    ids=["III-exact", "III-approximate", "VIII", "II-control", "II-experimental"],
)
def test_stijnen_2010(result, estimate, se, tau):
    ours = result()
    half = 0.5e-2 if estimate in (-3.50, -4.81) else 0.5e-3
    assert abs(ours.estimate[0] - estimate) <= half
    assert abs(ours.se[0] - se) <= half
    assert abs(np.sqrt(ours.tau2[0]) - tau) <= 0.5e-2
    assert ours.state[0] == BinomialState.POOLED


# R 4.2.2, metafor 3.8-1, lme4 1.1-31: rma.glmm(measure=, model=, nAGQ=50, control=list(glmerCtrl=list(
# optimizer="bobyqa", optCtrl=list(rhoend=1e-10)))); estimate, SE, tau2. SEs come from a numerical Hessian


@pytest.mark.parametrize(
    ("result", "reference"),
    [
        (lambda: fitted(approximate, bcg()), (-0.72211906412, 0.174401051576, 0.288706359549)),
        (lambda: arm(bcg(), 2), (-4.1157797077, 0.443624073586, 2.50303065159)),
        (lambda: fitted(approximate, INFECTIONS), (-1.30264324977, 0.338633590469, 0.600669873801)),
        (lambda: arm(INFECTIONS, 2), (-3.49640941882, 0.25696942122, 0.812213799937)),
        (lambda: arm(INFECTIONS, 1), (-4.81184997241, 0.355198596344, 0.825323478663)),
        (lambda: fitted(approximate, RATES), (-0.476243808061, 0.237701403034, 0.122562627079)),
    ],
    ids=["bcg-AL", "bcg-PLO", "infections-AL", "infections-PLO-control", "infections-PLO", "rates-IRR"],
)
def test_metafor_by_lme4(result, reference):
    ours = result()
    assert_allclose([ours.estimate[0], ours.tau2[0]], [reference[0], reference[2]], rtol=1e-6)
    assert_allclose(ours.se[0], reference[1], rtol=2e-4)


# the same with model="CM.EL", control=list(dnchgcalc="dnoncenhypergeom"), nlminb, Hessian by central
# differences; estimate, SE, tau2, log-likelihood


@pytest.mark.parametrize(
    ("rows", "reference"),
    [
        (bcg, (-0.75381050909, 0.180072158399, 0.311634882299, -48.3747912395)),
        (lambda: INFECTIONS, (-1.35315828268, 0.351040875857, 0.693459265363, -24.9444576108)),
    ],
    ids=["bcg", "infections"],
)
def test_metafor_exact(rows, reference):
    ours = fitted(exact, rows())
    figures = [ours.estimate[0], ours.se[0], ours.tau2[0], ours.log_likelihood[0]]
    assert_allclose(figures, reference, rtol=3e-6)


def test_without_heterogeneity_it_is_a_logistic_regression():
    rows = floats([[3, 100, 5, 90], [4, 120, 7, 130], [2, 80, 3, 85]])
    ours = fitted(approximate, rows)
    x, n1, c, n2 = rows.T
    family = sm.families.Binomial()
    theirs = sm.GLM(np.column_stack([x, c]), np.ones(3), family=family, offset=np.log(n1 / n2)).fit(tol=1e-14)
    assert ours.tau2[0] == 0
    assert_allclose([ours.estimate[0], ours.se[0]], [theirs.params[0], theirs.bse[0]], rtol=1e-9)
    assert_allclose(ours.log_likelihood[0], theirs.llf, rtol=1e-10)
    assert_allclose([ours.ci_low[0], ours.ci_high[0]], theirs.conf_int()[0], rtol=1e-8)


def test_beta_binomial_without_correlation_is_a_logistic_regression():
    rows = floats([[3, 100, 5, 100], [3, 100, 6, 100], [4, 100, 5, 100]])
    ours = fitted(beta_binomial, rows)
    counts = np.concatenate([rows[:, :2], rows[:, 2:]])
    design = np.column_stack([np.ones(6), np.repeat([1, 0], 3)])
    events = np.column_stack([counts[:, 0], counts[:, 1] - counts[:, 0]])
    theirs = sm.GLM(events, design, family=sm.families.Binomial()).fit(tol=1e-14)
    assert ours.rho[0] == 0
    assert_allclose([ours.estimate[0], ours.se[0]], [theirs.params[1], theirs.bse[1]], rtol=1e-9)
    assert_allclose(ours.log_likelihood[0], theirs.llf, rtol=1e-10)


# states


@pytest.mark.parametrize(
    ("rows", "states"),
    [
        ([(0, 50, 3, 50), (0, 40, 1, 40)], ("minus", "minus", "minus", "minus")),
        ([(3, 50, 0, 50), (1, 40, 0, 40)], ("plus", "plus", "pooled", "plus")),
        ([(0, 50, 0, 50), (0, 40, 0, 40)], ("none", "none", "minus", "undefined")),
        ([(5, 5, 6, 6), (4, 4, 7, 7)], ("none", "pooled", "plus", "undefined")),
        ([(3, 50, 6, 50)], ("single", "single", "single", "single")),
        ([(2.5, 50, 6, 50), (3, 40, 3, 40)], ("counts", "counts", "counts", "counts")),
        ([(3, 50, 0, 50), (0, 50, 3, 50)], ("unbounded", "unbounded", "pooled", "pooled")),
    ],
)
def test_states(rows, states):
    names = {
        "minus": BinomialState.MINUS_INFINITY, "plus": BinomialState.PLUS_INFINITY,
        "none": BinomialState.NO_TRIAL, "single": BinomialState.SINGLE_TRIAL,
        "counts": BinomialState.NOT_COUNTS, "unbounded": BinomialState.UNBOUNDED,
        "undefined": BinomialState.UNDEFINED, "pooled": BinomialState.POOLED,
    }  # fmt: skip
    for model, state in zip((exact, approximate, proportion, beta_binomial), states, strict=True):
        result = fitted(model, rows)
        assert result.state[0] == names[state], model
        known = state in ("pooled", "single")
        assert np.isfinite(result.estimate[0]) == known
        assert np.isfinite(result.se[0]) == known
        assert result.converged[0] == known


def test_trials_that_say_nothing():
    informative = [(3, 50, 6, 50), (1, 40, 3, 60)]
    plain, more = (fitted(approximate, rows) for rows in (informative, [*informative, (0, 70, 0, 90)]))
    assert (more.k[0], more.k_informative[0]) == (3, 2)
    assert plain.estimate[0] == more.estimate[0]
    assert fitted(exact, [*informative, (7, 7, 9, 9)]).k_informative[0] == 2
    assert fitted(beta_binomial, [*informative, (0, 70, 0, 90)]).k_informative[0] == 3


def test_one_trial_is_its_own_odds_ratio():
    rows = [(3, 50, 6, 60)]
    ours = fitted(beta_binomial, rows)
    assert_allclose(ours.estimate[0], log(3 * 54 / (47 * 6)), rtol=1e-12)
    assert_allclose(ours.se[0], np.sqrt(1 / 3 + 1 / 47 + 1 / 6 + 1 / 54), rtol=1e-9)
    assert_allclose(fitted(risk_ratio, rows).se[0], np.sqrt(1 / 3 - 1 / 50 + 1 / 6 - 1 / 60), rtol=1e-9)
    assert_allclose(fitted(approximate, rows).estimate[0], log(3 / 50 / (6 / 60)), rtol=1e-12)
    assert np.isnan([ours.rho[0], fitted(approximate, rows).tau2[0]]).all()


def test_another_measure_is_refused():
    with pytest.raises(ValueError, match="RD"):
        beta_binomial(tables_of([(1, 2, 1, 2)]), Segments.of_counts([1]), Measure.RD)


@every_model
def test_no_analyses_and_empty_analyses(model):
    nothing = fitted(model, floats([]).reshape(0, 4), [0, 0])
    assert nothing.state.tolist() == [BinomialState.NO_TRIAL] * 2
    assert len(model(tables_of([]), Segments.of_counts([])).estimate) == 0


@every_model
def test_large_trials(model):
    rows = [(15_000, 1_000_000, 16_000, 1_000_000), (300, 100_000, 200, 100_000), (5, 1000, 9, 1000)]
    result = fitted(model, rows)
    assert result.converged[0]
    assert result.lr_low[0] < result.estimate[0] < result.lr_high[0] or model is risk_ratio
