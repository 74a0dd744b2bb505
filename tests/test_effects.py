"""Trial effects against the formulas worked out by hand."""

from math import inf, isnan, log, nan, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from batches import floats, tables_of
from repool.effects import Effects, ZeroCells, continuous, dichotomous, generic
from repool.model import Measure

pytestmark = pytest.mark.filterwarnings("error")

Z95, Z99 = 1.959963984540054, 2.5758293035489004  # normal quantiles at 0.975 and 0.995
DICHOTOMOUS = (Measure.RR, Measure.OR, Measure.RD, Measure.PETO)


def one(measure: Measure, *cells: float, amount: float = 0.5) -> tuple[float, float]:
    """(y, v) of one 2x2 table, which must be estimable."""
    effects = dichotomous(measure, tables_of([cells]), ZeroCells(amount=amount))
    assert effects.estimable.all()
    return float(effects.y[0]), float(effects.v[0])


def not_estimable(effects: Effects) -> bool:
    return not effects.estimable.any() and not effects.y.any() and not effects.v.any()


def same(actual: tuple[float, float], y: float, v: float) -> None:
    assert_allclose(actual, (y, v), rtol=1e-14, atol=1e-15)


# 4/10 against 2/20


def test_risk_ratio():
    same(one(Measure.RR, 4, 10, 2, 20), log(4), 1 / 4 - 1 / 10 + 1 / 2 - 1 / 20)


def test_odds_ratio():
    same(one(Measure.OR, 4, 10, 2, 20), log(4 * 18 / (6 * 2)), 1 / 4 + 1 / 6 + 1 / 2 + 1 / 18)


def test_risk_difference():
    same(one(Measure.RD, 4, 10, 2, 20), 0.3, 0.4 * 0.6 / 10 + 0.1 * 0.9 / 20)


def test_peto_odds_ratio():
    # O = 4, E = 10 * 6 / 30 = 2, V = 10 * 20 * 6 * 24 / (30^2 * 29) = 32 / 29
    same(one(Measure.PETO, 4, 10, 2, 20), 2 * 29 / 32, 29 / 32)


# 0/10 against 3/12: 0.5 is added to all four cells, so 0.5/11 against 3.5/13


def test_risk_ratio_with_a_zero_cell():
    same(one(Measure.RR, 0, 10, 3, 12), log(13 / 77), 2 - 1 / 11 + 2 / 7 - 1 / 13)


def test_odds_ratio_with_a_zero_cell():
    same(one(Measure.OR, 0, 10, 3, 12), log(19 / 147), 2 + 2 / 21 + 2 / 7 + 2 / 19)


def test_risk_difference_with_a_zero_cell_keeps_the_raw_estimate():
    variance = 0.5 * 10.5 / 11**3 + 3.5 * 9.5 / 13**3
    same(one(Measure.RD, 0, 10, 3, 12), -0.25, variance)


def test_peto_odds_ratio_needs_no_correction():
    # E = 10 * 3 / 22, V = 10 * 12 * 3 * 19 / (22^2 * 21)
    variance = 10 * 12 * 3 * 19 / (22**2 * 21)
    same(one(Measure.PETO, 0, 10, 3, 12), -30 / 22 / variance, 1 / variance)


@pytest.mark.parametrize("cells", [(5, 5, 3, 8), (3, 8, 5, 5), (0, 5, 3, 8), (3, 8, 0, 5)])
def test_any_one_cell_at_zero_is_corrected(cells):
    a, n1, c, n2 = cells[0] + 0.5, cells[1] + 1, cells[2] + 0.5, cells[3] + 1
    same(one(Measure.RR, *cells), log(a / n1 / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2)
    odds = log(a / (n1 - a) / (c / (n2 - c)))
    same(one(Measure.OR, *cells), odds, 1 / a + 1 / (n1 - a) + 1 / c + 1 / (n2 - c))


def test_the_amount_of_the_correction():
    same(one(Measure.RR, 0, 10, 3, 12, amount=0.1), log(0.1 / 10.2 / (3.1 / 12.2)),
         10 - 1 / 10.2 + 1 / 3.1 - 1 / 12.2)  # fmt: skip


def test_a_zero_cell_corrects_its_own_trial_only():
    effects = dichotomous(Measure.RR, tables_of([(0, 10, 3, 12), (4, 10, 2, 20)]))
    same((effects.y[1], effects.v[1]), log(4), 0.6)


# no event at all, or nothing else


@pytest.mark.parametrize("measure", [Measure.RR, Measure.OR, Measure.PETO])
def test_without_any_event_no_ratio_is_estimable(measure):
    assert not_estimable(dichotomous(measure, tables_of([(0, 10, 0, 12)])))


def test_without_any_event_the_risk_difference_is_zero():
    variance = 0.5 * 10.5 / 11**3 + 0.5 * 12.5 / 13**3
    same(one(Measure.RD, 0, 10, 0, 12), 0, variance)


def test_risk_ratio_with_nothing_but_events_is_exactly_one():
    y, v = one(Measure.RR, 5, 5, 8, 8)
    assert y == 0  # the corrected cells would give 5.5/6 over 8.5/9
    assert v == pytest.approx(1 / 5.5 - 1 / 6 + 1 / 8.5 - 1 / 9, rel=1e-14)


@pytest.mark.parametrize("measure", [Measure.OR, Measure.PETO])
def test_with_nothing_but_events_no_odds_ratio_is_estimable(measure):
    assert not_estimable(dichotomous(measure, tables_of([(5, 5, 8, 8)])))


def test_with_nothing_but_events_the_risk_difference_is_zero():
    same(one(Measure.RD, 5, 5, 8, 8), 0, 5.5 * 0.5 / 6**3 + 8.5 * 0.5 / 9**3)


def test_one_participant_in_each_arm():
    # Peto: V = 1 * 1 * 1 * 1 / (4 * 1) = 1/4, O - E = 1/2
    same(one(Measure.PETO, 1, 1, 0, 1), 2, 4)
    same(one(Measure.RD, 1, 1, 0, 1), 1, 2 * 1.5 * 0.5 / 8)


def test_fractional_events_are_taken_as_they_are():
    same(one(Measure.RD, 2.5, 10, 1.5, 10), 0.1, (0.25 * 0.75 + 0.15 * 0.85) / 10)


def test_large_counts_keep_their_digits():
    # BCG, TPT Madras 1980: 505/88391 against 499/88391
    y, v = one(Measure.RR, 505, 88391, 499, 88391)
    same((y, v), log(505 / 499), 1 / 505 + 1 / 499 - 2 / 88391)


def test_an_empty_batch_has_no_effects():
    for measure in DICHOTOMOUS:
        assert len(dichotomous(measure, tables_of([])).y) == 0


@pytest.mark.parametrize("measure", [Measure.MD, Measure.SMD, Measure.GIV])
def test_tables_give_no_continuous_measure(measure):
    with pytest.raises(ValueError, match="not computed from 2x2 tables"):
        dichotomous(measure, tables_of([(4, 10, 2, 20)]))


# means


def means(measure: Measure, *numbers: float) -> Effects:
    return continuous(measure, *(floats([number]) for number in numbers))


def test_mean_difference():
    effects = means(Measure.MD, 10, 2, 16, 8, 3, 9)
    same((effects.y[0], effects.v[0]), 2, 4 / 16 + 9 / 9)


def test_standardised_mean_difference():
    # d = 1/2, J = 1 - 3/71, N - 3.94 = 16.06
    g = 0.5 * 68 / 71
    effects = means(Measure.SMD, 11, 2, 10, 10, 2, 10)
    same((effects.y[0], effects.v[0]), g, 20 / 100 + g**2 / (2 * 16.06))


def test_the_pooled_sd_weights_by_degrees_of_freedom():
    # pooled variance (3 * 4 + 8 * 9) / 11 = 84/11
    g = 2 / sqrt(84 / 11) * (1 - 3 / 43)
    effects = means(Measure.SMD, 10, 2, 4, 8, 3, 9)
    same((effects.y[0], effects.v[0]), g, 13 / 36 + g**2 / (2 * (13 - 3.94)))


@pytest.mark.parametrize("measure", [Measure.MD, Measure.SMD])
@pytest.mark.parametrize("sds", [(0, 2), (2, 0), (0, 0)])
def test_an_sd_of_zero_in_either_arm_is_not_estimable(measure, sds):
    # RevMan prints neither estimate nor weight for any of the 81 such rows of 353 Cochrane reviews
    assert not_estimable(means(measure, 10, sds[0], 20, 8, sds[1], 20))


def test_the_smallest_trials_with_a_standardised_difference():
    # 2 + 2 participants, d = 1, J = 1 - 3/7, N - 3.94 = 0.06; with three that term is below zero
    effects = means(Measure.SMD, 11, 2, 2, 9, 2, 2)
    same((effects.y[0], effects.v[0]), 4 / 7, 1 + (4 / 7) ** 2 / 0.12)
    for arms in ((1, 1), (1, 2), (2, 1)):
        assert not_estimable(means(Measure.SMD, 11, 2, arms[0], 9, 2, arms[1]))


@pytest.mark.parametrize("measure", [*DICHOTOMOUS, Measure.GIV])
def test_means_give_no_other_measure(measure):
    with pytest.raises(ValueError, match="not computed from means"):
        means(measure, 10, 2, 16, 8, 3, 9)


# generic inverse variance


def generic_one(
    estimate: float, se: float = nan, low: float = nan, high: float = nan, *, level: float = 0.95,
    factor: float = 1.0, log_scale: bool = False,
) -> tuple[float, float]:  # fmt: skip
    columns = (floats([number]) for number in (estimate, se, low, high, level, factor))
    effects = generic(*columns, log_scale)
    assert effects.estimable.all()
    return float(effects.y[0]), float(effects.v[0])


def test_generic_with_a_standard_error():
    same(generic_one(-1.5, 0.25), -1.5, 0.0625)


def test_generic_with_a_confidence_interval():
    same(generic_one(2.0, low=1.0, high=3.0), 2.0, (2 / (2 * Z95)) ** 2)


def test_generic_with_a_99_percent_interval():
    same(generic_one(2.0, low=1.0, high=3.0, level=0.99), 2.0, (2 / (2 * Z99)) ** 2)


def test_generic_ratio_with_a_confidence_interval():
    variance = (log(1.28 / 0.5) / (2 * Z95)) ** 2
    same(generic_one(0.8, low=0.5, high=1.28, log_scale=True), log(0.8), variance)


def test_generic_ratio_with_a_standard_error_of_its_log():
    same(generic_one(0.8, 0.2, log_scale=True), log(0.8), 0.04)


def test_generic_in_another_unit():
    same(generic_one(7.0, 1.4, factor=1 / 7), 1.0, 0.04)
    same(generic_one(7.0, low=0.0, high=14.0, factor=1 / 7), 1.0, (1 / Z95) ** 2)


def test_a_factor_below_zero_turns_the_scale_round():
    same(generic_one(7.0, 1.4, factor=-1.0), -7.0, 1.96)


def test_a_standard_error_goes_before_an_interval():
    same(generic_one(2.0, 0.5, 1.0, 3.0), 2.0, 0.25)


def test_generic_without_any_spread_is_not_estimable():
    for se, low, high in ((0.0, nan, nan), (nan, 2.0, 2.0), (nan, nan, nan)):
        columns = (floats([number]) for number in (2.0, se, low, high, 0.95, 1.0))
        assert not_estimable(generic(*columns, False))


def test_a_ratio_has_no_unit():
    columns = (floats([number]) for number in (2.0, 0.5, nan, nan, 0.95, 1 / 7))
    with pytest.raises(ValueError, match="no unit"):
        generic(*columns, True)


def test_what_is_not_estimable_leaves_no_nan_or_infinity_behind():
    rows = [(0, 10, 0, 12), (5, 5, 8, 8), (0, 10, 3, 12), (5, 5, 0, 8), (1, 1, 0, 1), (4, 10, 2, 20)]
    for measure in DICHOTOMOUS:
        effects = dichotomous(measure, tables_of(rows))
        for numbers in (effects.y, effects.v):
            assert not np.isin(numbers, (inf, -inf)).any()
            assert not any(map(isnan, numbers))
        assert (effects.v[effects.estimable] > 0).all()
