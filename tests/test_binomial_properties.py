"""Binomial models: what must hold for any trials, and every odds ratio of 353 reviews."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from binomial_models import (
    approximate,
    every_model,
    exact,
    fitted,
    proportion,
    risk_ratio,
)
from cochrane import rows_of, segments, tables_in
from repool.binomial.beta import beta_binomial
from repool.binomial.results import BinomialResult, BinomialState

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.slow]
engine = settings(deadline=None, max_examples=12, derandomize=True)


# properties

trial = st.tuples(st.integers(0, 12), st.integers(12, 300), st.integers(0, 12), st.integers(12, 300))
many_trials = st.lists(trial, min_size=1, max_size=7)
paired = pytest.mark.parametrize(
    "model", [exact, approximate, beta_binomial, risk_ratio], ids=["exact", "approximate", "beta", "beta-rr"]
)


def same(ours: BinomialResult, theirs: BinomialResult, sign: float = 1) -> None:
    """Equal but for the sign of the effect, as far as rounding and the flatness of the maximum allow."""
    state = ours.state[0]
    if sign < 0:
        flipped = {"estimate-minus-infinity": "estimate-plus-infinity"}
        state = (flipped | {b: a for a, b in flipped.items()}).get(state, state)
    assert theirs.state[0] == state
    if not ours.converged[0]:
        return
    se = ours.se[0]
    assert_allclose(theirs.estimate, sign * ours.estimate, atol=1e-6 * se)
    assert_allclose([theirs.se, theirs.log_likelihood], [ours.se, ours.log_likelihood], rtol=1e-6)
    assert_allclose([theirs.tau2, theirs.rho], [ours.tau2, ours.rho], rtol=1e-5, atol=1e-8)
    limits = [ours.lr_low, ours.lr_high] if sign > 0 else [-ours.lr_high, -ours.lr_low]
    assert_allclose([theirs.lr_low, theirs.lr_high], limits, atol=1e-4 * se)


@paired
@engine
@given(rows=many_trials)
def test_swapping_the_arms_negates_the_effect(model, rows):
    same(fitted(model, rows), fitted(model, [(c, n2, a, n1) for a, n1, c, n2 in rows]), -1)


@pytest.mark.parametrize("model", [exact, proportion, beta_binomial], ids=["exact", "proportion", "beta"])
@engine
@given(rows=many_trials)
def test_swapping_event_and_non_event_negates_the_log_odds(model, rows):
    same(fitted(model, rows), fitted(model, [(n1 - a, n1, n2 - c, n2) for a, n1, c, n2 in rows]), -1)


@every_model
@engine
@given(rows=many_trials, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_trials_does_not_matter(model, rows, shuffle):
    order = list(rows)
    shuffle.shuffle(order)
    same(fitted(model, rows), fitted(model, order))


@every_model
@engine
@given(batch=st.lists(many_trials, min_size=2, max_size=5))
def test_no_analysis_depends_on_its_neighbours(model, batch):
    together = fitted(model, [row for rows in batch for row in rows], [len(rows) for rows in batch])
    for number, rows in enumerate(batch):
        alone = fitted(model, rows)
        assert together.state[number] == alone.state[0]
        for field in fields(alone):
            if field.name != "state":
                both = getattr(together, field.name)[number], getattr(alone, field.name)[0]
                assert_allclose(*both, rtol=1e-6, atol=1e-7, err_msg=field.name)


@every_model
@engine
@given(rows=many_trials)
def test_bounds(model, rows):
    ours = fitted(model, rows)
    if ours.converged[0]:
        assert ours.se[0] > 0
        assert ours.log_likelihood[0] >= ours.log_likelihood_common[0] - 1e-10
        assert not ours.tau2[0] < 0
        assert not ours.rho[0] < 0
        assert not ours.lr_low[0] > ours.estimate[0]
        assert not ours.lr_high[0] < ours.estimate[0]


# every analysis of 353 reviews


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [approximate, proportion, beta_binomial], ids=["approximate", "proportion", "beta"]
)
def test_every_odds_ratio_of_353_reviews_is_settled(model):
    tables, batch = tables_in(rows_of("OR")), segments("OR")
    ours = model(tables, batch)
    assert len(batch) == 4349
    assert not (ours.state == BinomialState.NOT_CONVERGED).any()
    settled = ours.converged
    assert settled.mean() > 0.95
    assert_array_equal(settled, np.isin(ours.state, (BinomialState.POOLED, BinomialState.SINGLE_TRIAL)))
    assert (ours.log_likelihood[settled] >= ours.log_likelihood_common[settled] - 1e-9).all()
