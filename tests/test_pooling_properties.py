"""What must hold for any trials at all: symmetries, bounds, and exact arithmetic at the extremes."""

from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from batches import COMMON, DL, HAENSZEL, PETO, PM, RANDOM, REML, REVMAN5, floats, of_effects, tables_of
from repool.batch import Floats, Segments
from repool.effects import continuous, dichotomous
from repool.estimates import Estimates
from repool.likelihood import Likelihood
from repool.methods import Method
from repool.model import Measure
from repool.pooling import Pooled, pool
from repool.trials import Trials

pytestmark = pytest.mark.filterwarnings("error")
#: The same examples every time: a failure is news about the code, not about the day.
engine = settings(deadline=None, max_examples=30, derandomize=True)

HKSJ = replace(REML, name="reml-hksj", ci="HKSJ", i2_from="tau2", prediction="t(k-2)")
EVERY = (COMMON, *RANDOM, HKSJ)
Rows = list[tuple[float, float]]


def trials_within(y: float, decades: float, least: int = 2) -> st.SearchStrategy[Rows]:
    """(estimate, variance) of 2 to 12 trials, the variances from 10^-decades to 10^decades."""
    variance = st.floats(-decades, decades).map(lambda power: 10.0**power)
    return st.lists(
        st.tuples(st.floats(-y, y).map(lambda x: round(x, 6)), variance), min_size=least, max_size=12
    )


ordinary = trials_within(5, 2)
methods = pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)


def run(rows: Rows, method: Method) -> tuple[Pooled, Floats]:
    y, v = floats(rows).T
    return pool(of_effects(y, v), method)


def typical(rows: Rows) -> float:
    """A variance to measure tau2 against: below it digits of tau2 mean nothing."""
    return float(np.exp(np.log(floats(rows)[:, 1]).mean()))


def same(ours: Pooled, theirs: Pooled, rows: Rows, sign: float = 1, scale: float = 1) -> None:
    """theirs is ours with the estimates multiplied by sign * scale."""
    se = ours.se + typical(rows) ** 0.5 * 1e-3
    assert_allclose(theirs.estimate, sign * scale * ours.estimate, atol=1e-7 * scale * se[0])
    assert_allclose(theirs.se, scale * ours.se, rtol=1e-7, atol=1e-7 * scale * se[0])
    assert_allclose(theirs.tau2, scale**2 * ours.tau2, rtol=1e-6, atol=1e-7 * scale**2 * typical(rows))
    assert_allclose(theirs.q, ours.q, rtol=1e-9, atol=1e-9)
    assert_allclose(theirs.i2, ours.i2, atol=1e-4)


@methods
@engine
@given(rows=ordinary, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_trials_does_not_matter(method, rows, shuffle):
    order = list(range(len(rows)))
    shuffle.shuffle(order)
    result, weights = run(rows, method)
    shuffled, others = run([rows[number] for number in order], method)
    same(result, shuffled, rows)
    assert_allclose(others, weights[order], rtol=1e-6, atol=1e-9)


@methods
@engine
@given(batch=st.lists(trials_within(5, 2, least=0), min_size=1, max_size=6))
def test_analyses_do_not_see_each_other(method, batch):
    y, v = floats([row for rows in batch for row in rows]).reshape(-1, 2).T
    together, weights = pool(of_effects(y, v, [len(rows) for rows in batch]), method)
    start = 0
    for number, rows in enumerate(batch):
        alone, shares = run(rows, method) if rows else (None, [])
        assert_array_equal(weights[start : start + len(rows)], shares)
        start += len(rows)
        for field in fields(Pooled) if alone else ():
            assert getattr(together, field.name)[number] == pytest.approx(
                getattr(alone, field.name)[0], rel=1e-13, abs=0, nan_ok=True
            )


@methods
@engine
@given(rows=ordinary, scale=st.sampled_from([1e-3, 0.1, 7.0, 365.25, 1e4]))
def test_another_unit_scales_the_result(method, rows, scale):
    other = [(y * scale, v * scale**2) for y, v in rows]
    same(run(rows, method)[0], run(other, method)[0], rows, scale=scale)


@methods
@engine
@given(rows=ordinary, shift=st.floats(-1e3, 1e3))
def test_a_constant_shifts_the_estimate_and_nothing_else(method, rows, shift):
    result, other = run(rows, method)[0], run([(y + shift, v) for y, v in rows], method)[0]
    same(result, replace(other, estimate=other.estimate - shift), rows)


@methods
@engine
@given(rows=ordinary)
def test_the_other_direction_negates_the_estimate(method, rows):
    same(run(rows, method)[0], run([(-y, v) for y, v in rows], method)[0], rows, sign=-1)


@methods
@engine
@given(y=st.floats(-1e3, 1e3), variances=st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=12))
def test_equal_estimates_have_no_heterogeneity(method, y, variances):
    result, _ = run([(y, v) for v in variances], method)
    assert (result.tau2[0], result.q[0], result.i2[0], result.p_q[0]) == (0, 0, 0, 1)
    assert result.estimate[0] == y
    assert result.converged[0]


@methods
@engine
@given(rows=trials_within(5, 6, least=1))
def test_bounds(method, rows):
    result, weights = run(rows, method)
    y = floats(rows)[:, 0]
    assert weights.sum() == pytest.approx(100, rel=1e-12)
    assert (weights >= 0).all()
    assert y.min() - 1e-9 <= result.estimate[0] <= y.max() + 1e-9
    assert result.ci_low[0] <= result.estimate[0] <= result.ci_high[0]
    assert 0 <= result.p_effect[0] <= 1 or result.se[0] == 0
    assert result.converged[0]
    if len(rows) > 1:
        assert result.tau2[0] >= 0
        assert result.q[0] >= 0
        assert 0 <= result.i2[0] <= 100
        assert 0 <= result.p_q[0] <= 1
    for name in ("prediction_k1", "prediction_k2"):
        low, high = getattr(result, f"{name}_low")[0], getattr(result, f"{name}_high")[0]
        assert np.isnan(low) or low <= result.ci_low[0] or method.ci == "HKSJ"
        assert np.isnan(high) or high >= result.ci_high[0] or method.ci == "HKSJ"


@engine
@given(rows=ordinary)
def test_hksj_moves_the_limits_not_the_centre(rows):
    for method in RANDOM:
        wald, hksj = run(rows, method)[0], run(rows, replace(method, ci="HKSJ"))[0]
        assert_array_equal(hksj.estimate, wald.estimate)
        assert_array_equal(hksj.tau2, wald.tau2)


@engine
@given(rows=ordinary)
def test_random_effects_are_never_more_certain(rows):
    common = run(rows, COMMON)[0].se[0]
    assert all(run(rows, method)[0].se[0] >= common * (1 - 1e-12) for method in RANDOM)


# arms

cells = st.integers(1, 40).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total)).map(lambda arm: tuple(map(float, arm)))
)
arms = st.lists(st.tuples(cells, cells), min_size=1, max_size=8)
DICHOTOMOUS = {
    Measure.RR: (COMMON, REML, HAENSZEL, REVMAN5),
    Measure.OR: (COMMON, REML, HAENSZEL, REVMAN5, replace(HAENSZEL, mh_cells="raw")),
    Measure.RD: (COMMON, REML, HAENSZEL, REVMAN5),
    Measure.PETO: (PETO,),
}


@pytest.mark.parametrize("measure", DICHOTOMOUS)
@engine
@given(pairs=arms)
def test_swapping_the_arms_of_tables_negates_the_result(measure, pairs):
    # an all-events trial enters M-H with RR 1 and the weight of the control arm: not symmetric
    pairs = [pair for pair in pairs if any(events < total for events, total in pair)]
    one, other = (
        dichotomous(measure, tables_of([(*pair[side], *pair[1 - side]) for pair in pairs])) for side in (0, 1)
    )
    assert_array_equal(one.estimable, other.estimable)
    assert_allclose(other.y, -one.y, rtol=1e-12, atol=1e-13)
    assert_allclose(other.v, one.v, rtol=1e-12)
    segments = Segments.of_counts([len(pairs)])
    for method in DICHOTOMOUS[measure]:
        results = [
            pool(
                Trials(measure, effects, tables_of([(*p[side], *p[1 - side]) for p in pairs]), segments),
                method,
            )[0]
            for side, effects in ((0, one), (1, other))
        ]
        assert_allclose(results[1].estimate, -results[0].estimate, rtol=1e-7, atol=1e-9)
        assert_allclose(results[1].se, results[0].se, rtol=1e-7)


arm = st.tuples(st.floats(-100, 100), st.floats(0.1, 50), st.integers(2, 500).map(float))


@pytest.mark.parametrize("measure", [Measure.MD, Measure.SMD])
@engine
@given(one=arm, other=arm)
def test_swapping_the_arms_of_means_negates_the_difference(measure, one, other):
    there, back = (
        continuous(measure, *(floats([number]) for number in (*first, *second)))
        for first, second in ((one, other), (other, one))
    )
    assert_allclose(back.y, -there.y, rtol=1e-12, atol=1e-12)
    assert_allclose(back.v, there.v, rtol=1e-12)


# extremes

extreme = trials_within(1e4, 12)


@methods
@engine
@given(rows=extreme)
def test_extreme_variances_leave_nothing_infinite(method, rows):
    result, weights = run(rows, method)
    shown = [field.name for field in fields(Pooled) if not field.name.startswith("prediction")]
    if method.ci == "HKSJ" and result.se[0] == 0:
        shown.remove("p_effect")
    assert all(np.isfinite(getattr(result, name)).all() for name in shown)
    assert np.isfinite(weights).all()
    assert result.converged[0]
    assert result.tau2[0] >= 0


def exactly(rows: Rows) -> tuple[list[Fraction], list[Fraction]]:
    return [Fraction(y) for y, _ in rows], [Fraction(v) for _, v in rows]


def exact_sums(y: list[Fraction], v: list[Fraction]) -> tuple[Fraction, list[Fraction], Fraction]:
    """Q, P y and the trace of P in rational arithmetic."""
    w = [1 / each for each in v]
    total = sum(w)
    centre = sum(a * b for a, b in zip(w, y, strict=True)) / total
    py = [a * (b - centre) for a, b in zip(w, y, strict=True)]
    q = sum(a * (b - centre) for a, b in zip(py, y, strict=True))
    return q, py, total - sum(a * a for a in w) / total


@engine
@given(rows=extreme)
def test_dersimonian_laird_is_exact_at_extremes(rows):
    y, v = exactly(rows)
    q, _, trace = exact_sums(y, v)
    excess = q - (len(rows) - 1)
    tolerance = 1e-12 * float(max(q, len(rows)) / trace)  # what the rounding of Q - df can amount to
    result, _ = run(rows, DL)
    assert result.tau2[0] == pytest.approx(max(0.0, float(excess / trace)), rel=1e-12, abs=tolerance)
    assert result.q[0] == pytest.approx(float(q), rel=1e-12)


def bracketed(rows: Rows, tau2: float, falling: Callable[[Fraction], bool], slack: float) -> bool:
    """Whether the sign of an exact, falling function changes within the slack around tau2."""
    below = tau2 == 0 or falling(Fraction(max(0.0, tau2 - slack)))
    return below and not falling(Fraction(tau2 + slack))


@engine
@given(rows=extreme)
def test_paule_mandel_solves_its_equation_at_extremes(rows):
    y, v = exactly(rows)

    def above(tau2: Fraction) -> bool:
        return exact_sums(y, [each + tau2 for each in v])[0] > len(rows) - 1

    tau2 = float(run(rows, PM)[0].tau2[0])
    q, py, _ = exact_sums(y, [each + Fraction(tau2) for each in v])
    slope = sum(each * each for each in py)
    assert bracketed(rows, tau2, above, 1e-9 * (tau2 + float(q / slope) if slope else 1.0))


@engine
@given(rows=extreme)
def test_reml_stands_on_a_maximum_at_extremes(rows):
    y, v = exactly(rows)

    def rising(tau2: Fraction) -> bool:
        _, py, trace = exact_sums(y, [each + tau2 for each in v])
        return sum(each * each for each in py) > trace

    tau2 = float(run(rows, REML)[0].tau2[0])
    slack = 1e-9 * (tau2 + min(each for _, each in rows))
    assert bracketed(rows, tau2, rising, slack)


@engine
@given(rows=extreme)
def test_reml_is_not_below_any_point_of_a_finer_grid(rows):
    y, v = floats(rows).T
    likelihood = Likelihood(
        Estimates.of(y - y[v.argmin()], v, Segments.of_counts([len(rows)])), restricted=True
    )
    tau2 = run(rows, REML)[0].tau2
    grid = np.concatenate([[0], np.geomspace(v.min() * 1e-3, v.max() + np.var(y) * len(y), 1500)])
    assert likelihood.value(tau2)[0] >= likelihood.value(grid[:, None]).max() - 1e-9
