"""What rows of an export were taken for, found from what is printed of them. All trials are made up."""

from math import exp, log, nan, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from repool.batch import Segments
from repool.identify.row_readings import READINGS, Kind, PrintedRows, Reading
from repool.identify.rows import Outcome, RowSetting, RowState, identify_rows, prints_like, row_effects
from repool.model import Measure

pytestmark = pytest.mark.filterwarnings("error")

ARMS = ("Experimental cases", "Experimental N", "Control cases", "Control N")
MEANS = ("Experimental mean", "Experimental SD", "Experimental N", "Control mean", "Control SD", "Control N")
PRINTED = ("Mean", "CI start", "CI end")
RR, OR, RD, PETO, MD, SMD, GIV, GIV_LOG, O_E = READINGS[:9]


def as_printed(y: float, se: float, ratio: bool, level: float = 95.0) -> dict[str, str]:
    """Effect and limits as RevMan prints them, from the analysis scale."""
    reach = NormalDist().inv_cdf(0.5 + level / 200) * se
    values = [exp(each) if ratio else each for each in (y, y - reach, y + reach)]
    texts = (f"{value:.6f}".rstrip("0").rstrip(".") for value in values)
    return dict(zip(PRINTED, texts, strict=True))


def odds(a: float, n1: float, c: float, n2: float) -> tuple[float, float]:
    b, d = n1 - a, n2 - c
    return log(a * d / (b * c)), sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def risks(a: float, n1: float, c: float, n2: float) -> tuple[float, float]:
    return log(a / n1 / (c / n2)), sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2)


def table(*cells: float) -> dict[str, str]:
    return {name: f"{cell:g}" for name, cell in zip(ARMS, cells, strict=True)}


def means(*cells: float) -> dict[str, str]:
    return {name: f"{cell:g}" for name, cell in zip(MEANS, cells, strict=True)}


def rows_of(*analyses: list[dict[str, str]]) -> PrintedRows:
    cells = [row for rows in analyses for row in rows]
    names = dict.fromkeys(name for row in cells for name in row)
    columns = {name: [row.get(name, "") for row in cells] for name in names}
    return PrintedRows.of_cells(columns, Segments.of_counts([len(rows) for rows in analyses]))


def identified(*rows: dict[str, str]) -> RowSetting:
    return identify_rows(rows_of([*rows]))[0]


TABLES = ((4, 40, 9, 41), (12, 100, 30, 95), (7, 60, 5, 66))


@pytest.mark.parametrize(("reading", "effect"), [(RR, risks), (OR, odds)])
@pytest.mark.parametrize("level", [95.0, 99.0, 90.0, 97.5])
def test_ratios_at_any_level(reading, effect, level):
    found = identified(*(table(*each) | as_printed(*effect(*each), True, level) for each in TABLES))
    assert (found.reading, found.level, found.outcome) == (reading, level, Outcome.UNIQUE)
    assert set(found.states) == {RowState.EXACT if level == 95 else RowState.OTHER_LEVEL}
    assert (found.kind, found.printed, found.declared) == (Kind.DICHOTOMOUS, 3, False)


def test_a_zero_cell_adds_a_half_to_all_four():
    found = identified(table(0, 20, 3, 22) | as_printed(*risks(0.5, 21, 3.5, 23), True))
    assert (found.reading, found.states) == (RR, (RowState.EXACT,))
    only_two = identified(table(0, 20, 3, 22) | as_printed(*risks(0.5, 20.5, 3.5, 22.5), True))
    assert (only_two.outcome, only_two.states) == (Outcome.NONE, (RowState.UNEXPLAINED,))


def test_risk_difference_and_peto():
    a, n1, c, n2 = TABLES[1]
    p, q = a / n1, c / n2
    found = identified(
        table(a, n1, c, n2) | as_printed(p - q, sqrt(p * (1 - p) / n1 + q * (1 - q) / n2), False)
    )
    assert found.reading == RD
    n, events = n1 + n2, a + c
    v = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    found = identified(table(a, n1, c, n2) | as_printed((a - n1 * events / n) / v, v**-0.5, True))
    assert found.reading == PETO


def test_swapped_events():
    swapped = [(n1 - a, n1, n2 - c, n2) for a, n1, c, n2 in TABLES]
    printed = [as_printed(*risks(*each), True) for each in swapped]
    found = identified(*(table(*raw) | shown for raw, shown in zip(TABLES, printed, strict=True)))
    assert (found.reading, found.swapped, found.level) == (Reading(Measure.RR, swapped=True), True, 95)
    assert set(found.states) == {RowState.SWAPPED}
    assert found.note.en == "Read as RR, event and non-event swapped."
    effects = row_effects(
        rows_of([table(*raw) | shown for raw, shown in zip(TABLES, printed, strict=True)]), [found]
    )
    assert effects.y == pytest.approx([risks(*each)[0] for each in swapped])


def test_means():
    row = (10.5, 3, 20, 12, 4, 25)
    m1, s1, n1, m2, s2, n2 = row
    difference = as_printed(m1 - m2, sqrt(s1**2 / n1 + s2**2 / n2), False)
    assert identified(means(*row) | difference).reading == MD
    n = n1 + n2
    pooled = sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n - 2))
    g = (m1 - m2) / pooled * (1 - 3 / (4 * n - 9))
    standardised = as_printed(g, sqrt(n / (n1 * n2) + g**2 / (2 * (n - 3.94))), False)
    assert identified(means(*row) | standardised).reading == SMD


def test_limits_printed_as_logs_of_a_mean_difference():
    m1, s1, n1, m2, s2, n2 = row = (20, 3, 20, 12, 4, 25)
    se = sqrt(s1**2 / n1 + s2**2 / n2)
    low, high = (f"{log(m1 - m2 + sign * 1.959964 * se):.6f}" for sign in (-1, 1))
    found = identified(means(*row) | {"CI start": low, "CI end": high})
    assert (found.reading, found.states) == (MD, (RowState.LOG_LIMITS,))


def test_generic_rows_as_they_are_as_logs_and_beside_other_data():
    given = {"GIV Mean": "-0.25", "GIV SE": "0.125"}
    assert identified(given | as_printed(-0.25, 0.125, False)).reading == GIV
    found = identified(given | as_printed(-0.25, 0.125, True))
    assert (found.reading, found.log_scale, found.states) == (GIV_LOG, True, (RowState.EXACT,))
    typed = identified(given | table(*TABLES[0]) | as_printed(-0.25, 0.125, True))
    assert (typed.reading, typed.states) == (GIV_LOG, (RowState.TYPED_IN,))


def test_o_minus_e_and_variance():
    found = identified({"O-E": "-1.5", "Variance": "4", **table(0, 0, 0, 0)} | as_printed(-0.375, 0.5, True))
    assert (found.reading, found.kind, found.states) == (O_E, Kind.O_E, (RowState.EXACT,))
    assert found.note.en == "Read as O − E and variance."


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (table(0, 20, 0, 22), RowState.NO_EVENTS),
        (table(25, 20, 1, 22), RowState.IMPOSSIBLE),
        (table(3, 20, 0, 0), RowState.NO_PARTICIPANTS),
        (table(0, 0, 0, 0), RowState.EMPTY),
        ({"Experimental N": "20"}, RowState.EMPTY),
    ],
)
def test_nothing_printed_of_a_table(row, state):
    found = identified(table(*TABLES[0]) | as_printed(*risks(*TABLES[0]), True), row)
    assert (found.reading, found.outcome, found.states) == (RR, Outcome.UNIQUE, (RowState.EXACT, state))


def test_all_events_of_both_arms():
    full = table(20, 20, 22, 22)
    odds_only = identified(table(*TABLES[0]) | as_printed(*odds(*TABLES[0]), True), full)
    assert odds_only.states == (RowState.EXACT, RowState.ALL_EVENTS)
    se = risks(20.5, 21, 22.5, 23)[1]
    ratio = identified(
        table(*TABLES[0]) | as_printed(*risks(*TABLES[0]), True), full | as_printed(0, se, True)
    )
    assert (ratio.reading, ratio.states) == (RR, (RowState.EXACT, RowState.EXACT))


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (means(5, 0, 20, 6, 2, 22), RowState.ZERO_SD),
        (means(0, 0, 20, 0, 0, 22), RowState.EMPTY),
        (means(5, 1, 0, 6, 2, 22), RowState.NO_PARTICIPANTS),
        (means(5, -1, 20, 6, 2, 22), RowState.IMPOSSIBLE),
    ],
)
def test_nothing_printed_of_means(row, state):
    se = sqrt(9 / 20 + 16 / 25)
    found = identified(means(10, 3, 20, 12, 4, 25) | as_printed(-2, se, False), row)
    assert (found.reading, found.states) == (MD, (RowState.EXACT, state))


def test_a_standardised_difference_of_three_people_and_a_generic_row_without_se():
    few = identify_rows(rows_of([means(5, 1, 1, 6, 2, 2)]), [(SMD, 95.0)])[0]
    assert few.states == (RowState.FEW,)
    zero = identified(
        {"GIV Mean": "1", "GIV SE": "0.5"} | as_printed(1, 0.5, False), {"GIV Mean": "2", "GIV SE": "0"}
    )
    assert zero.states == (RowState.EXACT, RowState.ZERO_SE)


def test_an_effect_missing_where_the_row_gives_one_is_unexplained():
    first, second = (table(*each) for each in TABLES[:2])
    found = identified(first | as_printed(*risks(*TABLES[0]), True), second)
    assert (found.outcome, found.states) == (Outcome.NONE, (RowState.EXACT, RowState.UNEXPLAINED))


def test_rows_that_fit_several_readings():
    nobody = identified(table(0, 20, 0, 22), table(0, 31, 0, 30))
    assert (nobody.reading, nobody.outcome, nobody.printed) == (RR, Outcome.EQUIVALENT, 0)
    assert nobody.others == (OR, PETO)
    assert nobody.note.en == "Read as RR; the figures fit OR; PETO as well."
    assert nobody.note.nb == "Lest som RR; tallene passer like godt med OR; PETO."
    null = means(5, 0, 20, 5, 2, 22)
    assert identified(null).others == (SMD,)


def test_zeros_of_columns_that_are_not_used_do_not_count():
    zeros = {"GIV Mean": "0", "GIV SE": "0", "O-E": "0", "Variance": "0"} | means(0, 0, 40, 0, 0, 41)
    found = identified(zeros | table(*TABLES[0]) | as_printed(*odds(*TABLES[0]), True))
    assert (found.reading, found.outcome) == (OR, Outcome.UNIQUE)
    one = table(5, 50, 5, 50)  # the SE of a row with a ratio of 1 may stand in the generic column
    y, se = risks(5, 50, 5, 50)
    found = identified(one | {"GIV Mean": "0", "GIV SE": f"{se!r}"} | as_printed(y, se, True))
    assert (found.reading, found.others) == (RR, ())


def test_declared_settings():
    rows = rows_of([table(*each) | as_printed(*odds(*each), True, 99) for each in TABLES])
    right, wrong = (identify_rows(rows, [declared])[0] for declared in [(OR, 99.0), (RR, 95.0)])
    assert (right.declared, right.outcome, right.instead) == (True, Outcome.UNIQUE, None)
    assert (wrong.reading, wrong.outcome, wrong.instead) == (RR, Outcome.NONE, OR)
    other = Reading(Measure.ROM)
    m1, s1, n1, m2, s2, n2 = row = (20, 3, 20, 12, 4, 25)
    ratio = as_printed(log(m1 / m2), sqrt((s1 / m1) ** 2 / n1 + (s2 / m2) ** 2 / n2), True)
    found = identify_rows(rows_of([means(*row) | ratio]), [(other, 95.0)])[0]
    assert (found.reading, found.states) == (other, (RowState.EXACT,))


def test_each_analysis_for_itself_and_empty_ones():
    first = [table(*each) | as_printed(*odds(*each), True) for each in TABLES]
    last = [table(*TABLES[0]) | as_printed(*risks(*TABLES[0]), True, 99)]
    found = identify_rows(rows_of(first, [], last))
    assert [each.reading for each in found] == [OR, RR, RR]
    assert [len(each.states) for each in found] == [3, 0, 1]
    assert identify_rows(rows_of()) == []
    assert identify_rows(rows_of([])) == identify_rows(rows_of([], []))[:1]


def test_cells_that_are_no_numbers_count_as_empty():
    odd = dict(zip(ARMS, ("nan", "inf", "1e999", "four"), strict=True))
    found = identified(odd | dict.fromkeys(PRINTED, "-inf"))
    assert found.states == (RowState.EMPTY,)
    huge = table(*([10**300] * 4)) | dict.fromkeys(PRINTED, "1e308")
    assert identified(huge).states == (RowState.UNEXPLAINED,)


def test_printed_digits():
    shown = np.array([0.123456, 0.123456, 0.1234561234567891, 0.1234561234567891, 2.695313, nan, 1e150])
    ours = np.array([0.1234564, 0.1234566, 0.12345612345678905, 0.1234561234, 2.6953125, 1.0, 1e150])
    assert prints_like(ours, shown).tolist() == [True, False, True, False, True, False, True]


def test_every_state_has_words_of_its_own():
    for language in ("nb", "en"):
        texts = [state.text[language] for state in RowState]
        assert len(set(texts)) == len(texts)
        assert all(text.endswith(".") for text in texts)


def test_whatever_the_numbers_each_row_has_a_state():
    draw = np.random.default_rng(4)
    odd = np.array([nan, 0, 0, 1, -1, 2, 0.5, 20, 40, 1e-300, 1e300])
    names = rows_of([]).columns
    rows = PrintedRows({name: draw.choice(odd, 4000) for name in names}, Segments.of_counts([4] * 1000))
    found = identify_rows(rows)
    assert sum(len(each.states) for each in found) == 4000
    assert {state for each in found for state in each.states} <= set(RowState)
    assert all((each.outcome is Outcome.NONE) == (RowState.UNEXPLAINED in each.states) for each in found)
    assert np.isfinite(row_effects(rows, found).y).all()
