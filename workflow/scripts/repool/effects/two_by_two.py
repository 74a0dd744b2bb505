"""Effects of 2x2 tables: ratios of risks and odds, differences of risks and of their arcsines."""

from dataclasses import dataclass

import numpy as np

from repool.batch import Booleans, Floats, Integers, Segments
from repool.effects.record import Effects
from repool.effects.zero_cells import REVMAN_ZERO_CELLS, ZeroCells
from repool.model import Measure

MOST = 2.0**52  # participants


@dataclass(frozen=True, slots=True)
class Tables:
    """2x2 tables: events and totals of the experimental (1) and the control arm (2)."""

    events1: Floats
    total1: Floats
    events2: Floats
    total2: Floats

    @property
    def has_zero_cell(self) -> Booleans:
        """Whether any of the four cells is 0."""
        no_event: Booleans = (self.events1 == 0) | (self.events2 == 0)
        no_other: Booleans = (self.events1 == self.total1) | (self.events2 == self.total2)
        return no_event | no_other

    @property
    def no_events(self) -> Booleans:
        """Nobody in either arm had the event."""
        nobody: Booleans = (self.events1 == 0) & (self.events2 == 0)
        return nobody

    @property
    def all_events(self) -> Booleans:
        """Everybody in both arms had the event."""
        everybody: Booleans = (self.events1 == self.total1) & (self.events2 == self.total2)
        return everybody

    @property
    def both_arms(self) -> Booleans:
        """Whether there is a participant in each arm, and no arm with more events than participants.

        Nor more than 2^52 participants: above, a float does not tell half a participant apart.
        """
        populated: Booleans = (self.total1 > 0) & (self.total2 > 0)
        possible: Booleans = (self.events1 <= self.total1) & (self.events2 <= self.total2)
        return populated & possible & (self.total1 + self.total2 <= MOST)

    def only(self, trials: slice | Integers) -> "Tables":
        """The tables of a stretch of trials, or those at some positions."""
        return Tables(self.events1[trials], self.total1[trials], self.events2[trials], self.total2[trials])

    def corrected(self, zero_cells: ZeroCells, segments: Segments | None = None) -> "Tables":
        """The amount added to all four cells of the tables that the rule picks, so twice to their totals.

        "treatment-arm": 2 amount n1/(n1 + n2) to the cells of the experimental arm and 2 amount
        n2/(n1 + n2) to those of the control arm. That is in proportion to the reciprocal of the other
        arm's size, adds up to twice the amount and is the amount for equal arms. With 0.5 it is Sweeting,
        Sutton & Lambert 2004's k = 1/(R + 1) and R/(R + 1), R = n2/n1, and R `meta`'s "TACC". `segments`
        says which tables are one analysis, for "if-any"; None: all of them.
        """
        picked = zero_cells.picks(self.has_zero_cell, segments)
        add1 = add2 = np.where(picked, zero_cells.amount, 0.0)
        if zero_cells.rule == "treatment-arm":
            half = np.where(self.both_arms, (self.total1 + self.total2) / 2, 1.0)
            add1, add2 = add1 * (self.total1 / half), add2 * (self.total2 / half)
        total1, total2 = self.total1 + 2 * add1, self.total2 + 2 * add2
        return Tables(self.events1 + add1, total1, self.events2 + add2, total2)


def dichotomous(
    measure: Measure,
    tables: Tables,
    zero_cells: ZeroCells = REVMAN_ZERO_CELLS,
    segments: Segments | None = None,
) -> Effects:
    """Log risk ratio, log odds ratio, risk or arcsine difference, or log Peto odds ratio of each table.

    RR, OR: from cells corrected by the rule. With `double_zero` "drop" not estimable without any event,
    and OR also with nothing but events; RR with nothing but events is then exactly 1 (Cochrane Handbook
    10.4.4; RevMan). RD: estimate from the raw cells, variance from the corrected ones. ASD: asin of the
    root of each risk (Rücker 2009), and Peto: (O - E) / V with the hypergeometric V (Yusuf 1985), from
    the raw cells. `segments` as in `Tables.corrected`.

    Never infinite: without a finite estimate and a finite variance above 0, as an empty cell without
    correction gives, without a participant in either arm, or with more events than participants, a table is
    not estimable. Raises ValueError for another measure.
    """
    if not measure.is_dichotomous:
        raise ValueError(f"{measure} is not computed from 2x2 tables")
    with np.errstate(all="ignore"):
        if measure is Measure.PETO:
            return _peto(tables)
        if measure is Measure.ASD:
            return _arcsine_difference(tables)
        cells = tables.corrected(zero_cells, segments)
        if measure is Measure.RD:
            return _risk_difference(tables, cells)
        if measure is Measure.RR:
            return _risk_ratio(tables, cells, zero_cells.drops)
        return _odds_ratio(tables, cells, zero_cells.drops)


def _risk_ratio(tables: Tables, cells: Tables, drops: bool) -> Effects:
    y = np.log((cells.events1 / cells.total1) / (cells.events2 / cells.total2))
    others1, others2 = cells.total1 - cells.events1, cells.total2 - cells.events2
    # 1 / events - 1 / total, which loses digits where nearly everybody had the event
    v = others1 / (cells.events1 * cells.total1) + others2 / (cells.events2 * cells.total2)
    if not drops:
        return Effects.where(tables.both_arms, y, v)
    return Effects.where(tables.both_arms & ~tables.no_events, np.where(tables.all_events, 0.0, y), v)


def _odds_ratio(tables: Tables, cells: Tables, drops: bool) -> Effects:
    others1, others2 = cells.total1 - cells.events1, cells.total2 - cells.events2
    y = np.log(cells.events1) - np.log(others1) - np.log(cells.events2) + np.log(others2)
    v = 1 / cells.events1 + 1 / others1 + 1 / cells.events2 + 1 / others2
    dropped = (tables.no_events | tables.all_events) & drops
    return Effects.where(tables.both_arms & ~dropped, y, v)


def _risk_difference(tables: Tables, cells: Tables) -> Effects:
    y = tables.events1 / tables.total1 - tables.events2 / tables.total2
    v = (
        cells.events1 * (cells.total1 - cells.events1) / cells.total1**3
        + cells.events2 * (cells.total2 - cells.events2) / cells.total2**3
    )
    return Effects.where(tables.both_arms, y, v)


def _arcsine_difference(tables: Tables) -> Effects:
    first, second = arcsine(tables.events1, tables.total1), arcsine(tables.events2, tables.total2)
    y = first - second
    return Effects.where(tables.both_arms, y, 1 / (4 * tables.total1) + 1 / (4 * tables.total2))


def arcsine(events: Floats, total: Floats) -> Floats:
    """asin of the root of events / total, without the loss near 1; NaN unless 0 <= events <= total."""
    return np.arctan2(np.sqrt(events), np.sqrt(total - events))


def _peto(tables: Tables) -> Effects:
    n = tables.total1 + tables.total2
    events = tables.events1 + tables.events2
    first, second = tables.events1, tables.events2
    others1, others2 = tables.total1 - first, tables.total2 - second
    # O - E from whichever is rarer, those with the event or those without: its products lose less
    with_event = first * tables.total2 - second * tables.total1
    difference = np.where(2 * events <= n, with_event, others2 * tables.total1 - others1 * tables.total2) / n
    variance = tables.total1 * tables.total2 * events * (n - events) / (n**2 * (n - 1))
    return Effects.where(tables.both_arms & (variance > 0), difference / variance, 1 / variance)
