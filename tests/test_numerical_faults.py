"""The engine against mpmath, over numbers from 1e-300 to 1e300: right to 1e-12, or refused with a reason.

A few cases of each kind run always, the thousands of docs/reliability.md with the slow tests.
"""

import math
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest
from mpmath import mp, mpf

import mp_reference as ref
from batches import COMMON, DL, HAENSZEL, HE, PETO, PM, RANDOM, REML, SJ, floats, of_effects, of_tables
from numerical_errors import Errors
from repool.batch import Floats
from repool.effects import SMD_VARIANTS, Effects, Tables, continuous, dichotomous
from repool.heterogeneity import heterogeneity
from repool.model import Measure
from repool.pooling import Pooled, pool, subgroup_differences
from repool.tau2_intervals import INTERVALS

pytestmark = pytest.mark.filterwarnings("error")

#: Few cases always, all with the slow tests.
sizes, effects = (
    pytest.mark.parametrize(
        "cases", [pytest.param(few, id="few"), pytest.param(every, id="all", marks=pytest.mark.slow)]
    )
    for few, every in ((5, 160), (40, 2000))
)

#: Decades that the variances of an analysis lie apart, and around what power of ten; None: anywhere.
SPREADS: dict[str, tuple[float, float | None]] = {
    "alike": (4, 0),
    "24 decades apart": (24, 0),
    "110 decades apart": (110, 0),
    "near 1e-290": (16, -290),
    "near 1e290": (16, 290),
    "anywhere from 1e-300 to 1e300": (600, None),
}


def analyses(cases: int, spread: float, centre: float | None) -> Iterator[tuple[Floats, Floats]]:
    """Estimates and variances of 2 to 8 trials: alike, heterogeneous, far from 0, one far out."""
    random = np.random.default_rng(int(spread) + 1000)
    for number in range(cases):
        k = int(random.integers(2, 9))
        powers = random.uniform(-spread / 2, spread / 2, k)
        around = 0.0 if centre is None else centre
        v, se = 10.0 ** (around + powers), 10.0 ** ((around + powers) / 2)
        y = random.normal(0, 1, k)
        if number % 4 == 0:
            y *= se
        elif number % 4 == 1:
            y *= 10.0 ** (around / 2 + random.uniform(-spread / 4, spread / 4, k))
        elif number % 4 == 2:
            y = y * se + 10.0 ** (around / 2 + random.uniform(-8, 8))
        else:
            y *= se * 10.0 ** random.uniform(-2, 2)
        yield y, v


def with_digits(y: Floats, v: Floats) -> ref.Analysis:
    mp.dps = ref.digits_for([*v, *(each * mpf(each) for each in y.tolist())])
    return ref.Analysis.of(y, v)


def is_refused(result: Pooled) -> bool:
    """NaN throughout: nothing of a refused analysis is shown."""
    if not np.isnan(result.estimate[0]):
        return False
    numbers = [field.name for field in fields(Pooled)][1:-1]
    return all(np.isnan(getattr(result, name)[0]) for name in numbers if name != "narrower_than_wald")


@pytest.mark.parametrize("kind", SPREADS)
@sizes
def test_pooling(kind, cases):
    errors = Errors()
    for y, v in analyses(cases, *SPREADS[kind]):
        trials = of_effects(y, v)
        common = pool(trials, COMMON)[0]
        if np.isnan(common.estimate[0]):
            assert is_refused(common)
            assert all(is_refused(pool(trials, method)[0]) for method in RANDOM)
            assert np.ptp(np.log10(v)) > 119 or np.log10(np.abs(y).max()) > np.log10(v.min()) / 2 + 53
            errors.refused += 1
            continue
        errors.compared += 1
        analysis = with_digits(y, v)
        compare_common(errors, common, analysis)
        for method in (DL, HE, SJ, PM, REML):
            compare_random(errors, trials, method, analysis)
        compare_limits(errors, trials, analysis)
    assert errors.compared > 0 or cases < 100
    errors.hold(f"pooling, variances {kind}")


def compare_common(errors: Errors, ours: Pooled, analysis: ref.Analysis) -> None:
    mean, se, z = analysis.mean(), analysis.se(), ref.normal_quantile()
    errors.add("estimate", ours.estimate[0], mean, se)
    errors.add("se", ours.se[0], se)
    errors.add("ci_low", ours.ci_low[0], mean - z * se, se)
    errors.add("ci_high", ours.ci_high[0], mean + z * se, se)
    errors.add("q", ours.q[0], analysis.q())
    errors.add("i2", ours.i2[0], analysis.i2(), 100)
    if abs(mean / se) < 30:
        errors.add("p_effect", ours.p_effect[0], ref.normal_p(mean / se), mpf(10) ** -3)
    if analysis.q() < 1000:
        errors.add("p_q", ours.p_q[0], analysis.p_q(), mpf(10) ** -3)


def compare_random(errors: Errors, trials, method, analysis: ref.Analysis) -> None:
    """tau2 beside the typical variance, below which its digits mean nothing; the rest at our tau2."""
    ours = pool(trials, replace(method, ci="HKSJ"))[0]
    assert ours.converged[0]
    errors.add(f"tau2 {method.tau2}", ours.tau2[0], analysis.tau2(method.tau2), analysis.typical())
    tau2 = mpf(float(ours.tau2[0]))
    mean, se, t = analysis.mean(tau2), analysis.hksj(tau2), ref.student_quantile(analysis.df)
    errors.add("estimate", ours.estimate[0], mean, se)
    errors.add("se HKSJ", ours.se[0], se)
    errors.add("ci_high HKSJ", ours.ci_high[0], mean + t * se, se)
    errors.add("se", pool(trials, method)[0].se[0], analysis.se(tau2))


def compare_limits(errors: Errors, trials, analysis: ref.Analysis) -> None:
    made = pool(trials, PM)[0]
    found = heterogeneity(trials.estimates(), made.tau2, made.q, "Q-profile", 0.95)
    for name, theirs in zip(("tau2_low", "tau2_high"), analysis.q_profile(), strict=True):
        errors.add(name, getattr(found, name)[0], theirs, analysis.typical())
    tau2, typical = mpf(float(made.tau2[0])), analysis.typical()
    errors.add("i2 from tau2", found.i2[0], 100 * tau2 / (tau2 + typical), 100)


@sizes
def test_at_the_boundary(cases):
    """Q a hair below, at and above its degrees of freedom: tau2 is 0 or hardly more."""
    errors, random = Errors(), np.random.default_rng(7)
    for number in range(cases):
        y, v = random.normal(0, 1, 5), 10.0 ** random.uniform(-1, 1, 5)
        mp.dps = ref.DIGITS
        factor = mp.sqrt(4 / ref.Analysis.of(y, v).q())
        y = y * float(factor * (1 + (-1) ** number * mpf(10) ** -(number % 17)))
        analysis, trials = with_digits(y, v), of_effects(y, v)
        for method in (DL, PM, REML):
            theirs = analysis.tau2(method.tau2)
            errors.add(method.tau2, pool(trials, method)[0].tau2[0], theirs, analysis.typical())
        errors.compared += 1
    errors.hold("tau2 at its boundary")


@sizes
def test_identical_trials(cases):
    errors, random = Errors(), np.random.default_rng(8)
    for _ in range(cases):
        k, power = int(random.integers(1, 30)), random.uniform(-300, 300)
        y, v = np.full(k, random.normal() * 10.0 ** (power / 2)), np.full(k, 10.0**power)
        analysis, trials = with_digits(y, v), of_effects(y, v)
        for method in (COMMON, *RANDOM):
            made, weights = pool(trials, method)
            assert made.estimate[0] == y[0]
            errors.add("se", made.se[0], analysis.se())
            errors.add("weight", weights[0], mpf(100) / k)
            assert k == 1 or (made.q[0], made.tau2[0], made.i2[0], made.p_q[0]) == (0, 0, 0, 1)
        errors.compared += 1
    errors.hold("identical trials, v from 1e-300 to 1e300")


def rows_of(random: np.random.Generator, largest: float, trials: int) -> Floats:
    """2x2 tables, with arms of no event, of one, of all but one and of all among them."""
    totals = np.floor(10.0 ** random.uniform(0, largest, (trials, 2)))
    some = np.floor(totals * random.random((trials, 2)) ** 3)
    choice = random.integers(0, 8, (trials, 2))
    events = np.select(
        [choice == 0, choice == 1, choice == 2, choice == 3],
        [np.zeros_like(totals), np.minimum(1, totals), totals, totals - 1],
        some,
    )
    return np.stack([events[:, 0], totals[:, 0], events[:, 1], totals[:, 1]], axis=1)


def compare_effects(errors: Errors, ours: Effects, theirs: list[ref.Effect | None]) -> None:
    """y beside its standard error and, being a logarithm or a difference of risks, 1; v by itself."""
    for number, wanted in enumerate(theirs):
        if not ours.estimable[number]:
            errors.refused += 1
            assert (ours.y[number], ours.v[number]) == (0, 0)
            continue
        assert wanted is not None
        errors.add("y", ours.y[number], wanted[0], mp.sqrt(wanted[1]) + 1)
        errors.add("v", ours.v[number], wanted[1])
        errors.compared += 1


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "PETO", "ASD"])
@effects
def test_effects_of_tables(measure, cases):
    """Arms of up to 1e15, and every table that has an effect has one here."""
    mp.dps, errors = 80, Errors()
    rows = rows_of(np.random.default_rng(9), 15, cases)
    theirs = [ref.of_table(measure, *row) for row in rows.tolist()]
    ours = dichotomous(Measure(measure), Tables(*rows.T))
    assert [each is not None for each in theirs] == ours.estimable.tolist()
    compare_effects(errors, ours, theirs)
    errors.hold(f"effects, {measure}, arms up to 1e15")


@pytest.mark.parametrize("measure", ["MD", "ROM", *SMD_VARIANTS])
@effects
def test_effects_of_means(measure, cases):
    """Means and SDs from 1e-300 to 1e300: within six decades of each other, or anywhere."""
    mp.dps, errors, random = 60, Errors(), np.random.default_rng(10)
    base = 10.0 ** random.uniform(-297, 297, (cases, 1))
    numbers = base * 10.0 ** random.uniform(-3, 3, (cases, 4))
    numbers[::3] = 10.0 ** random.uniform(-300, 300, (len(numbers[::3]), 4))
    totals = np.floor(10.0 ** random.uniform(0.7, 9, (cases, 2)))
    columns = np.stack([*numbers.T[:2], totals[:, 0], *numbers.T[2:], totals[:, 1]])
    kind, variant = (Measure.SMD, measure) if measure in SMD_VARIANTS else (Measure(measure), "revman")
    ours = continuous(kind, *columns, smd=variant)
    theirs = [ref.of_means(measure, *row) for row in columns.T.tolist()]
    for number, wanted in enumerate(theirs):
        if not ours.estimable[number]:
            assert is_out_of_floats(wanted, *columns[:, number])
            errors.refused += 1
            continue
        errors.add("y", ours.y[number], wanted[0], mp.sqrt(wanted[1]) + (measure == "ROM"))
        errors.add("v", ours.v[number], wanted[1])
        errors.compared += 1
    errors.hold(f"effects, {measure}, from 1e-300 to 1e300")


def is_out_of_floats(wanted: ref.Effect, m1, s1, n1, m2, s2, n2) -> bool:
    """Whether the variance, an SD squared or a quotient of the means is outside what a float holds."""
    squares = [mpf(float(sd)) ** 2 * 10**sign for sd in (s1, s2) for sign in (-10, 10)]
    return any(
        not mpf(10) ** -307 < each < mpf(10) ** 307
        for each in (wanted[1], *squares, mpf(float(m1)) / mpf(float(m2)))
    )


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
@effects
def test_mantel_haenszel(measure, cases):
    """Rare and common events, one event in a whole analysis among them."""
    mp.dps, errors, random = 120, Errors(), np.random.default_rng(11)
    for number in range(cases // 4):
        rows = rows_of(random, 9, int(random.integers(1, 9)))
        if number % 5 == 0:
            rows[:, ::2] = 0
            rows[0, 0] = 1
        used = [row for row in rows.tolist() if measure == "RD" or ref.of_table(measure, *row)]
        ours = pool(of_tables(Measure(measure), rows), HAENSZEL)[0]
        if not used:
            assert (ours.k[0], np.isnan(ours.estimate[0])) == (0, True)
            errors.refused += 1
            continue
        estimate, variance = ref.haenszel(measure, used)
        errors.add("estimate", ours.estimate[0], estimate, 1)
        errors.add("variance", ours.se[0] ** 2, variance)
        errors.compared += 1
    errors.hold(f"Mantel-Haenszel, {measure}")


@effects
def test_one_event_in_all(cases):
    """Peto with a single event among all trials: those without weigh nothing."""
    mp.dps, errors, random = 120, Errors(), np.random.default_rng(12)
    for _ in range(cases // 4):
        rows = rows_of(random, 6, 5)
        rows[:, ::2] = 0
        rows[2, 0] = 1
        made, weights = pool(of_tables(Measure.PETO, rows), PETO)
        y, v = ref.of_table("PETO", *rows[2].tolist()) or (None, None)
        errors.add("estimate", made.estimate[0], y)
        errors.add("variance", made.se[0] ** 2, v)
        assert made.k[0] == 1
        np.testing.assert_allclose(weights, [0, 0, 100, 0, 0], rtol=1e-14)
        errors.compared += 1
    errors.hold("Peto, all events 0 but one")


@pytest.mark.parametrize("k", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_million_trials(k):
    """Weighted sums to the last digits: compared with exact sums of the same floats."""
    random = np.random.default_rng(13)
    v = np.exp(random.normal(0, 2, k))
    y = random.normal(0.3, 1, k) * np.sqrt(v + 0.5)
    errors = Errors()
    for method in (COMMON, DL, REML):
        made = pool(of_effects(y, v), method)[0]
        w = 1 / (v + (made.tau2[0] if method.uses_tau2 else 0.0))
        total = math.fsum(w)
        mean = math.fsum(w * y) / total
        errors.add("estimate", made.estimate[0], mpf(mean), mpf(total) ** -0.5)
        errors.add("se", made.se[0], mpf(total) ** -0.5)
        assert made.converged[0]
    q = math.fsum((y - math.fsum(y / v) / math.fsum(1 / v)) ** 2 / v)
    errors.add("q", pool(of_effects(y, v), DL)[0].q[0], mpf(q))
    errors.compared = 3
    errors.hold(f"an analysis of {k} trials")


@pytest.mark.parametrize("kind", INTERVALS)
def test_every_interval_of_tau2_in_any_unit(kind):
    """A power of ten times the estimates is the same power times tau."""
    y, v = floats([0.1, 0.9, -0.4, 1.6, 0.2]), floats([0.01, 0.04, 0.09, 0.02, 0.05])
    made = [
        pool(of_effects(y * unit, v * unit**2), REML)[0].tau2 / unit / unit
        for unit in (1.0, 2.0**400, 2.0**-400)
    ]
    assert made[0] == made[1] == made[2]
    limits = []
    for unit in (1.0, 2.0**400, 2.0**-400):
        e = of_effects(y * unit, v * unit**2).estimates()
        found = heterogeneity(e, made[0] * unit * unit, floats([20]), kind, 0.95)
        limits.append(
            (found.tau2_low[0] / unit / unit, found.tau_high[0] / unit, found.i2_high[0], found.r_b[0])
        )
    np.testing.assert_allclose(limits[1:], [limits[0]] * 2, rtol=1e-10)


def test_an_analysis_beyond_reach_leaves_the_others_as_they_are():
    y, v = floats([0.1, 0.9, 1.0, 2.0, 0.3, 0.4]), floats([0.1, 0.2, 1e-290, 1e290, 0.3, 0.1])
    together, weights = pool(of_effects(y, v, [2, 2, 2]), REML)
    alone = pool(of_effects(y[:2], v[:2]), REML)[0]
    assert np.isnan(together.estimate).tolist() == [False, True, False]
    assert np.isnan(weights).tolist() == [False, False, True, True, False, False]
    assert together.ci_high[0] == alone.ci_high[0]
    found = heterogeneity(
        of_effects(y, v, [2, 2, 2]).estimates(), together.tau2, together.q, "Q-profile", 0.95
    )
    assert np.isnan(found.tau2_high).tolist() == [False, True, False]


def test_subgroups_in_any_unit():
    estimate, se = floats([0.1, 0.9, 0.4]), floats([0.2, 0.1, 0.3])
    segments = of_effects(estimate, se).segments
    q, *_ = subgroup_differences(estimate, se, segments)
    for unit in (2.0**-500, 2.0**500):
        assert subgroup_differences(estimate * unit, se * unit, segments)[0] == q
    assert np.isnan(subgroup_differences(estimate, floats([1e-200, 1.0, 1.0]), segments)[0])


def test_beyond_reach_every_measure_of_heterogeneity_is_missing():
    e = of_effects([0.1, 0.9, 0.4, 0.2, 1.9], [1e-200, 1.0, 0.3, 0.2, 0.1], [2, 3]).estimates()
    found = heterogeneity(e, floats([0.0, 0.0]), floats([1.0, 1.0]), "Q-profile", 0.95)
    for column in fields(found):
        values = getattr(found, column.name)
        assert np.isnan(values[0]), column.name
        assert np.isfinite(values[1]), column.name
