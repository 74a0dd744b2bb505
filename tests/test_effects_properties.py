"""What must hold for the effects of any trials at all."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm, t

from batches import floats, tables_of
from repool.batch import Segments
from repool.effects import (
    SMD_VARIANTS,
    Effects,
    Tables,
    ZeroCells,
    continuous,
    correlation,
    dichotomous,
    generic,
    natural,
    observed_minus_expected,
    single_mean,
    single_proportion,
)
from repool.effects.zero_cells import DOUBLE_ZERO, RULES
from repool.model import Measure

pytestmark = pytest.mark.filterwarnings("error")
#: The same examples every time: a failure is news about the code, not about the day.
engine = settings(deadline=None, max_examples=60, derandomize=True)

DICHOTOMOUS = [measure for measure in Measure if measure.is_dichotomous]
Rows = list[tuple[int, int, int, int]]
arms = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.lists(st.tuples(arms, arms).map(lambda pair: (*pair[0], *pair[1])), min_size=1, max_size=8)
any_counts = st.lists(st.tuples(*[st.sampled_from([0, 1, 2, 3, 10**9])] * 4), min_size=1, max_size=8)
rules = st.builds(
    ZeroCells, st.sampled_from(RULES), st.sampled_from([0, 0.1, 0.5]), st.sampled_from(DOUBLE_ZERO)
)
size = st.integers(2, 10_000).map(float)
mean = st.integers(1, 10_000).map(lambda number: number / 16)
spread = st.integers(1, 10_000).map(lambda number: number / 64)
trials = st.lists(st.tuples(mean, spread, size, mean, spread, size), min_size=1, max_size=8)
hostile = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, 1e-200, 1e200, -1e200, 0.5, np.nan, np.inf, -np.inf])


def swapped(of: Tables) -> Tables:
    return Tables(of.events2, of.total2, of.events1, of.total1)


def close(ours: Effects, theirs: Effects, sign: float = 1, scale: float = 1) -> None:
    """theirs is ours with the estimates multiplied by sign * scale."""
    assert_array_equal(ours.estimable, theirs.estimable)
    assert_allclose(theirs.y, sign * scale * ours.y, rtol=1e-9, atol=1e-9 * scale)
    assert_allclose(theirs.v, scale**2 * ours.v, rtol=1e-9)


def sound(effects: Effects) -> None:
    """No NaN or infinity; nothing but zeros where not estimable, a variance above 0 elsewhere."""
    assert np.isfinite(effects.y).all()
    assert np.isfinite(effects.v).all()
    assert not effects.y[~effects.estimable].any()
    assert_array_equal(effects.v > 0, effects.estimable)


@pytest.mark.parametrize("measure", DICHOTOMOUS)
@engine
@given(rows=tables, rule=rules)
def test_swapping_the_arms_negates(measure, rows, rule):
    there, back = (dichotomous(measure, each, rule) for each in (tables_of(rows), swapped(tables_of(rows))))
    close(there, back, sign=-1)


@pytest.mark.parametrize("measure", [Measure.OR, Measure.RD, Measure.PETO, Measure.ASD])
@engine
@given(rows=tables, rule=rules)
def test_counting_those_without_the_event_negates(measure, rows, rule):
    of = tables_of(rows)
    others = Tables(of.total1 - of.events1, of.total1, of.total2 - of.events2, of.total2)
    close(dichotomous(measure, of, rule), dichotomous(measure, others, rule), sign=-1)


@engine
@given(rows=tables, times=st.integers(2, 50))
def test_more_of_the_same_participants_change_no_ratio(rows, times):
    for measure in (Measure.RR, Measure.OR, Measure.RD, Measure.ASD):
        raw, none = tables_of(rows), ZeroCells("none")
        more = Tables(*(times * each for each in (raw.events1, raw.total1, raw.events2, raw.total2)))
        once, often = dichotomous(measure, raw, none), dichotomous(measure, more, none)
        close(once, replace(often, v=often.v * times))


@pytest.mark.parametrize("measure", DICHOTOMOUS)
@engine
@given(rows=tables, more=tables, rule=rules)
def test_a_batch_is_its_analyses_one_by_one(measure, rows, more, rule):
    parts = Segments.of_counts([len(rows), len(more)])
    together = dichotomous(measure, tables_of(rows + more), rule, parts)
    for stretch, own in ((slice(len(rows)), rows), (slice(len(rows), None), more)):
        alone = dichotomous(measure, tables_of(own), rule)
        assert_array_equal(together.y[stretch], alone.y)
        assert_array_equal(together.v[stretch], alone.v)


@engine
@given(rows=tables, amount=st.floats(0, 2))
def test_treatment_arm_adds_twice_the_amount_in_all(rows, amount):
    raw = tables_of(rows)
    cells = raw.corrected(ZeroCells("treatment-arm", amount))
    first, second = cells.events1 - raw.events1, cells.events2 - raw.events2
    assert_allclose(first + second, np.where(raw.has_zero_cell, 2 * amount, 0), atol=1e-11)
    assert_allclose(first * raw.total2, second * raw.total1, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("measure", DICHOTOMOUS)
@engine
@given(rows=any_counts, rule=rules)
def test_any_counts_at_all_give_sound_effects(measure, rows, rule):
    sound(dichotomous(measure, tables_of(rows), rule))


@engine
@given(rows=any_counts, rule=rules.filter(lambda rule: rule.rule != "treatment-arm"))
def test_any_proportions_at_all_give_sound_effects(rows, rule):
    events, total = floats(rows).T[:2]
    for measure in (Measure.PLO, Measure.PFT):
        sound(single_proportion(measure, events, total, rule))


@engine
@given(rows=st.lists(st.tuples(*[hostile] * 9), min_size=1, max_size=8))
def test_any_numbers_at_all_give_sound_effects(rows):
    columns = floats(rows).T
    for measure in (Measure.MD, Measure.ROM):
        sound(continuous(measure, *columns[:6]))
    for variant in SMD_VARIANTS:
        sound(continuous(Measure.SMD, *columns[:6], smd=variant))
    figures = {"statistic": columns[5], "p": columns[6], "df": columns[7]}
    sound(generic(*columns[:5], columns[8], False, **figures))
    sound(generic(*columns[:5], np.ones(len(rows)), True, **figures))
    sound(observed_minus_expected(*columns[:2]))
    sound(correlation(*columns[:2]))
    sound(single_mean(*columns[:3]))


def variants() -> list[tuple[Measure, str]]:
    return [(Measure.MD, "revman"), (Measure.ROM, "revman"), *((Measure.SMD, each) for each in SMD_VARIANTS)]


@pytest.mark.parametrize(("measure", "variant"), variants())
@engine
@given(rows=trials, scale=st.sampled_from([0.25, 2.0, 1024.0]))
def test_another_unit(measure, variant, rows, scale):
    m1, s1, n1, m2, s2, n2 = floats(rows).T
    there = continuous(measure, m1, s1, n1, m2, s2, n2, smd=variant)
    scaled = continuous(measure, m1 * scale, s1 * scale, n1, m2 * scale, s2 * scale, n2, smd=variant)
    close(there, scaled, scale=scale if measure is Measure.MD else 1)


@pytest.mark.parametrize(("measure", "variant"), [each for each in variants() if each[1] != "glass"])
@engine
@given(rows=trials)
def test_swapping_arms_of_means_negates(measure, variant, rows):
    columns = floats(rows).T
    there, back = (
        continuous(measure, *each, smd=variant) for each in (columns, [*columns[3:], *columns[:3]])
    )
    close(there, back, sign=-1)


@engine
@given(rows=trials, shift=st.integers(-100, 100))
def test_a_shift_of_both_means_changes_no_difference(rows, shift):
    m1, s1, n1, m2, s2, n2 = floats(rows).T
    for measure, variant in variants():
        if measure is not Measure.ROM:
            there = continuous(measure, m1, s1, n1, m2, s2, n2, smd=variant)
            close(there, continuous(measure, m1 + shift, s1, n1, m2 + shift, s2, n2, smd=variant))


@engine
@given(rows=trials)
def test_the_exact_correction_is_near_revmans(rows):
    columns = floats(rows).T
    revman, exact = (continuous(Measure.SMD, *columns, smd=each).y for each in ("revman", "exact"))
    total = columns[2] + columns[5]
    both = (revman != 0) & (total >= 5)
    assert (np.abs(exact / np.where(both, revman, 1) - 1) <= 0.4 / total**2)[both].all()


@engine
@given(pairs=st.lists(arms, min_size=1, max_size=20))
def test_proportions_come_back(pairs):
    events, total = floats(pairs).T
    arcsine = natural(Measure.PFT, single_proportion(Measure.PFT, events, total).y, harmonic_n=total)
    assert_allclose(arcsine, events / total, rtol=1e-12, atol=1e-14)
    logit = single_proportion(Measure.PLO, events, total, ZeroCells("none"))
    assert_allclose(
        natural(Measure.PLO, logit.y)[logit.estimable], (events / total)[logit.estimable], rtol=1e-12
    )


@engine
@given(estimate=st.floats(0.01, 100), se=st.floats(0.01, 100), df=st.floats(1, 1e6), log_scale=st.booleans())
def test_the_p_of_a_test_gives_its_standard_error_back(estimate, se, df, log_scale):
    effect = np.log(estimate) if log_scale else estimate
    if abs(effect / se) < 1e-3 or abs(effect / se) > 30:
        return  # p is 1 or 0 to all its digits
    empty, one = floats([np.nan]), floats([1])
    for p, of in ((2 * t.sf(abs(effect / se), df), df), (2 * norm.sf(abs(effect / se)), np.nan)):
        effects = generic(
            floats([estimate]),
            empty,
            empty,
            empty,
            0.95 * one,
            one,
            log_scale,
            p=floats([p]),
            df=floats([of]),
        )
        assert_allclose(effects.v, se**2, rtol=1e-9)
