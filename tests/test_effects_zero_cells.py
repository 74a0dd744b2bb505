"""The rules for empty cells, worked out by hand."""

from math import inf, log, nan

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from batches import floats, tables_of
from repool.batch import Segments
from repool.effects import REVMAN_ZERO_CELLS, Effects, ZeroCells, dichotomous, single_proportion
from repool.effects.zero_cells import DOUBLE_ZERO, RULES
from repool.model import Measure

pytestmark = pytest.mark.filterwarnings("error")

DICHOTOMOUS = [measure for measure in Measure if measure.is_dichotomous]
EMPTY, FULL = (0, 10, 3, 12), (4, 10, 2, 20)  # with and without an empty cell
NOBODY, EVERYBODY = (0, 10, 0, 12), (5, 5, 8, 8)


def added(rule: str, rows: list[tuple[int, ...]], counts: list[int] | None = None, amount: float = 0.5):
    """What a rule adds to the cells of each arm, shape (tables, 2); all four cells must agree on it."""
    raw = tables_of(rows)
    cells = raw.corrected(ZeroCells(rule, amount), Segments.of_counts(counts) if counts else None)
    first, second = cells.events1 - raw.events1, cells.events2 - raw.events2
    assert_allclose(cells.total1 - raw.total1, 2 * first, atol=1e-14)
    assert_allclose(cells.total2 - raw.total2, 2 * second, atol=1e-14)
    return np.stack([first, second], axis=1)


def test_only_tables_with_an_empty_cell():
    assert_array_equal(added("only0", [EMPTY, FULL]), [[0.5, 0.5], [0, 0]])


def test_all_tables_if_any_has_an_empty_cell():
    assert_array_equal(added("if-any", [FULL, EMPTY, FULL]), np.full((3, 2), 0.5))
    assert_array_equal(added("if-any", [FULL, FULL]), np.zeros((2, 2)))


def test_if_any_looks_at_each_analysis_by_itself():
    parts = added("if-any", [FULL, EMPTY, FULL, FULL, NOBODY], [2, 0, 2, 1])
    assert_array_equal(parts[:, 0], [0.5, 0.5, 0, 0, 0.5])


def test_if_any_in_an_empty_batch():
    assert len(added("if-any", [])) == 0
    assert len(tables_of([]).corrected(ZeroCells("if-any"), Segments.of_counts([0, 0])).events1) == 0


def test_every_table():
    assert_array_equal(added("all", [EMPTY, FULL], amount=0.25), np.full((2, 2), 0.25))


def test_no_table():
    assert_array_equal(added("none", [EMPTY, FULL]), np.zeros((2, 2)))


def test_treatment_arm():
    # n1 = 10 and n2 = 30: R = 3, 1/(R + 1) = 1/4 and R/(R + 1) = 3/4
    rows = [(0, 10, 3, 30), (4, 10, 2, 30)]
    assert_allclose(added("treatment-arm", rows), [[0.25, 0.75], [0, 0]], rtol=1e-14)
    assert_allclose(added("treatment-arm", rows, amount=0.1)[0], [0.05, 0.15], rtol=1e-14)


@pytest.mark.parametrize("amount", [0.5, 0.1, 1 / 3, 1e-7])
def test_treatment_arm_is_the_amount_for_equal_arms(amount):
    rows = [(0, n, 3, n) for n in (3, 7, 10, 99, 1e7)]
    equal, usual = (tables_of(rows).corrected(ZeroCells(rule, amount)) for rule in ("treatment-arm", "only0"))
    assert_array_equal(equal.events1, usual.events1)
    assert_array_equal(equal.total2, usual.total2)


def test_treatment_arm_in_a_risk_ratio():
    # 0/10 against 3/30 becomes 0.25/10.5 against 3.75/31.5
    effects = dichotomous(Measure.RR, tables_of([(0, 10, 3, 30)]), ZeroCells("treatment-arm"))
    assert_allclose(effects.y, log(0.25 / 10.5 / (3.75 / 31.5)), rtol=1e-14)
    assert_allclose(effects.v, 1 / 0.25 - 1 / 10.5 + 1 / 3.75 - 1 / 31.5, rtol=1e-14)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("measure", [Measure.PETO, Measure.ASD])
def test_peto_and_the_arcsine_difference_are_never_corrected(measure, rule):
    tables = tables_of([EMPTY, FULL])
    corrected, raw = (
        dichotomous(measure, tables, each) for each in (ZeroCells(rule, 0.3), REVMAN_ZERO_CELLS)
    )
    assert corrected.estimable.all()
    assert_array_equal(corrected.y, raw.y)
    assert_array_equal(corrected.v, raw.v)


@pytest.mark.parametrize("double_zero", DOUBLE_ZERO)
def test_a_risk_difference_keeps_double_zeros_anyway(double_zero):
    effects = dichotomous(Measure.RD, tables_of([NOBODY, EVERYBODY]), ZeroCells(double_zero=double_zero))
    assert_array_equal(effects.y, 0)
    assert_allclose(effects.v, [0.5 * 10.5 / 11**3 + 0.5 * 12.5 / 13**3, 5.5 * 0.5 / 6**3 + 8.5 * 0.5 / 9**3])


def test_double_zeros_dropped():
    tables = tables_of([NOBODY, EVERYBODY])
    assert_array_equal(dichotomous(Measure.RR, tables).estimable, [False, True])
    assert dichotomous(Measure.RR, tables).y[1] == 0
    assert not dichotomous(Measure.OR, tables).estimable.any()


def test_double_zeros_kept():
    tables, keep = tables_of([NOBODY, EVERYBODY]), ZeroCells(double_zero="keep")
    ratio, odds = (dichotomous(measure, tables, keep) for measure in (Measure.RR, Measure.OR))
    assert_allclose(ratio.y, [log(13 / 11), log(5.5 / 6 / (8.5 / 9))], rtol=1e-13)
    assert_allclose(ratio.v, [4 - 1 / 11 - 1 / 13, 1 / 5.5 - 1 / 6 + 1 / 8.5 - 1 / 9], rtol=1e-13)
    assert_allclose(odds.y, [log(12.5 / 10.5), log(5.5 / 8.5)], rtol=1e-13)
    assert_allclose(odds.v, [4 + 1 / 10.5 + 1 / 12.5, 4 + 1 / 5.5 + 1 / 8.5], rtol=1e-13)


def same(ours: Effects, theirs: Effects) -> None:
    assert_array_equal(ours.estimable, theirs.estimable)
    assert_array_equal(ours.y, theirs.y)
    assert_array_equal(ours.v, theirs.v)


@pytest.mark.parametrize("double_zero", DOUBLE_ZERO)
@pytest.mark.parametrize("measure", [Measure.RR, Measure.OR, Measure.RD])
def test_without_a_correction_nothing_infinite_is_estimable(measure, double_zero):
    rows = [EMPTY, FULL, NOBODY, EVERYBODY, (5, 5, 3, 8), (5, 5, 0, 8)]
    raw, nothing = (
        dichotomous(measure, tables_of(rows), each)
        for each in (ZeroCells("none", double_zero=double_zero), ZeroCells(amount=0, double_zero=double_zero))
    )
    estimable = {
        Measure.RR: [False, True, False, False, True, False],
        Measure.OR: [False, True, False, False, False, False],
        Measure.RD: [True, True, False, False, True, False],
    }
    assert_array_equal(raw.estimable, estimable[measure])
    same(raw, nothing)


@pytest.mark.parametrize("measure", DICHOTOMOUS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("double_zero", DOUBLE_ZERO)
def test_an_arm_without_participants_is_not_estimable(measure, rule, double_zero):
    rows = [(0, 0, 3, 12), (3, 12, 0, 0), (0, 0, 0, 0), (0, 0, 0, 7), (7, 7, 0, 0), (nan, nan, 1, 2)]
    effects = dichotomous(measure, tables_of(rows), ZeroCells(rule, double_zero=double_zero))
    assert not effects.estimable.any()
    assert not effects.y.any()
    assert not effects.v.any()


def test_events_above_the_total_leave_nothing():
    for measure in DICHOTOMOUS:
        effects = dichotomous(measure, tables_of([(12, 10, 3, 12), (4, 3, 0, 12), (1, 20, 30, 20)]))
        assert not effects.estimable.any()
        assert not effects.y.any()
        assert not effects.v.any()


@pytest.mark.parametrize(("measure", "ratio"), [(Measure.RR, 4), (Measure.OR, 4 * 18 / (6 * 2))])
def test_a_ratio_is_corrected_by_its_own_analysis(measure, ratio):
    tables, parts = tables_of([FULL, EMPTY, FULL]), Segments.of_counts([1, 2])
    effects = dichotomous(measure, tables, ZeroCells("if-any"), parts)
    assert effects.y[0] == pytest.approx(log(ratio), rel=1e-14)
    assert effects.y[2] != pytest.approx(log(ratio), rel=1e-3)


def test_logit_of_a_proportion_follows_the_same_rules():
    events, total = floats([0, 4, 6]), floats([10, 10, 6])

    def logits(rule: str, amount: float = 0.5) -> Effects:
        return single_proportion(Measure.PLO, events, total, ZeroCells(rule, amount))

    assert_allclose(logits("only0").y, [log(0.5 / 10.5), log(4 / 6), log(6.5 / 0.5)], rtol=1e-14)
    assert_allclose(logits("only0").v, [2 + 1 / 10.5, 1 / 4 + 1 / 6, 2 + 1 / 6.5], rtol=1e-14)
    assert_allclose(logits("all", 0.1).y[1], log(4.1 / 6.1), rtol=1e-14)
    same(logits("if-any"), logits("all"))
    assert_array_equal(logits("none").estimable, [False, True, False])
    parts = Segments.of_counts([1, 2])
    by_analysis = single_proportion(Measure.PLO, events[::-1], total[::-1], ZeroCells("if-any"), parts)
    assert_allclose(by_analysis.y[1], log(4.5 / 6.5), rtol=1e-14)
    alone = single_proportion(Measure.PLO, floats([0, 4, 5]), floats([10, 10, 9]), ZeroCells("if-any"), parts)
    assert_allclose(alone.y, [log(0.5 / 10.5), log(4 / 6), log(5 / 4)], rtol=1e-14)
    with pytest.raises(ValueError, match="no other arm"):
        logits("treatment-arm")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rule": "sometimes"}, "rule: sometimes is not one of only0, if-any"),
        ({"double_zero": "perhaps"}, "double_zero: perhaps is not one of drop, keep"),
        ({"amount": -0.1}, "amount: -0.1 is not"),
        ({"amount": nan}, "amount: nan is not"),
        ({"amount": inf}, "amount: inf is not"),
    ],
)
def test_an_unknown_rule_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ZeroCells(**settings)
