"""Trial effects: estimate and variance of each trial on the analysis scale (log for ratios).

Rules and evidence: docs/methods.md, "Trial effects". All functions take flat arrays of shape
(trials,) and return `Effects` of the same length.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from repool.batch import Booleans, Floats
from repool.model import Measure


@dataclass(frozen=True, slots=True)
class Effects:
    """Trial estimates y and variances v on the analysis scale; both 0 where not estimable."""

    y: Floats
    v: Floats
    estimable: Booleans


@dataclass(frozen=True, slots=True)
class ZeroCells:
    """What is done about empty cells: `amount` is added to the four cells that `rule` picks.

    rule: "only0", the tables with an empty cell.
    """

    rule: str = "only0"
    amount: float = 0.5


REVMAN_ZERO_CELLS = ZeroCells()


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

    def corrected(self, zero_cells: ZeroCells) -> "Tables":
        """The amount added to all four cells of the tables with a zero cell, so twice to their totals."""
        add = np.where(self.has_zero_cell, zero_cells.amount, 0.0)
        return Tables(self.events1 + add, self.total1 + 2 * add, self.events2 + add, self.total2 + 2 * add)


def dichotomous(measure: Measure, tables: Tables, zero_cells: ZeroCells = REVMAN_ZERO_CELLS) -> Effects:
    """Log risk ratio, log odds ratio, risk difference or log Peto odds ratio of each table.

    RR, OR: from cells corrected where one is 0; not estimable without any event, and OR also with
    nothing but events; RR with nothing but events is exactly 1 (Cochrane Handbook 10.4.4; RevMan).
    RD: estimate from the raw cells, variance from the corrected ones. Peto: (O - E) / V with the
    hypergeometric V, no correction (Yusuf 1985). Raises ValueError for another measure.
    """
    cells = tables.corrected(zero_cells)
    if measure is Measure.PETO:
        return _peto(tables)
    if measure is Measure.RD:
        return _risk_difference(tables, cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure is Measure.RR:
            y = np.log((cells.events1 / cells.total1) / (cells.events2 / cells.total2))
            v = 1 / cells.events1 - 1 / cells.total1 + 1 / cells.events2 - 1 / cells.total2
            y = np.where(tables.all_events, 0.0, y)
            estimable = ~tables.no_events
        elif measure is Measure.OR:
            others1, others2 = cells.total1 - cells.events1, cells.total2 - cells.events2
            y = np.log(cells.events1) - np.log(others1) - np.log(cells.events2) + np.log(others2)
            v = 1 / cells.events1 + 1 / others1 + 1 / cells.events2 + 1 / others2
            estimable = ~(tables.no_events | tables.all_events)
        else:
            raise ValueError(f"{measure} is not computed from 2x2 tables")
    return _masked(y, v, estimable)


def continuous(
    measure: Measure,
    mean1: Floats,
    sd1: Floats,
    total1: Floats,
    mean2: Floats,
    sd2: Floats,
    total2: Floats,
) -> Effects:
    """Mean difference, or Hedges' g as RevMan computes it, of each trial.

    MD: variance sd1^2 / n1 + sd2^2 / n2 (Handbook 6.5.1.1). SMD: g = d (1 - 3 / (4 N - 9)),
    variance N / (n1 n2) + g^2 / (2 (N - 3.94)) with N = n1 + n2 (Deeks & Higgins, Statistical
    algorithms in Review Manager 5). Not estimable with an SD of 0 in either arm, as in RevMan, or, for
    SMD, fewer than 4 participants. Raises ValueError for another measure.
    """
    spread = (sd1 > 0) & (sd2 > 0)
    if measure is Measure.MD:
        return _masked(mean1 - mean2, sd1**2 / total1 + sd2**2 / total2, spread)
    if measure is not Measure.SMD:
        raise ValueError(f"{measure} is not computed from means")
    n = total1 + total2
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled_sd = np.sqrt(((total1 - 1) * sd1**2 + (total2 - 1) * sd2**2) / (n - 2))
        g = (mean1 - mean2) / pooled_sd * (1 - 3 / (4 * n - 9))
        v = n / (total1 * total2) + g**2 / (2 * (n - 3.94))
    return _masked(g, v, spread & (n >= 4))


def generic(
    estimate: Floats,
    se: Floats,
    ci_low: Floats,
    ci_high: Floats,
    ci_level: Floats,
    scale_factor: Floats,
    log_scale: bool,
) -> Effects:
    """Generic inverse variance: an estimate with its SE, or with a CI where the SE is NaN.

    estimate and limits on the natural scale, se on the analysis scale (log for ratios), as trials
    print them. SE = (high - low) / (2 z) on the analysis scale with z the normal quantile at
    `ci_level` (0 to 1) (Handbook 6.3.1). `scale_factor` converts the unit of a difference (per week to
    per day: 1/7). Not estimable with an SE of 0. Raises ValueError for a scaled ratio.
    """
    if log_scale and np.any(scale_factor != 1):
        raise ValueError("a ratio has no unit to convert")
    if log_scale:
        estimate, ci_low, ci_high = np.log(estimate), np.log(ci_low), np.log(ci_high)
    from_ci = (ci_high - ci_low) / (2 * ndtri(0.5 + ci_level / 2))
    v = (np.where(np.isnan(se), from_ci, se) * scale_factor) ** 2
    return _masked(estimate * scale_factor, v, v > 0)


def _peto(tables: Tables) -> Effects:
    n = tables.total1 + tables.total2
    events = tables.events1 + tables.events2
    expected = tables.total1 * events / n
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = tables.total1 * tables.total2 * events * (n - events) / (n**2 * (n - 1))
        y = (tables.events1 - expected) / variance
        v = 1 / variance
    return _masked(y, v, variance > 0)


def _risk_difference(tables: Tables, cells: Tables) -> Effects:
    y = tables.events1 / tables.total1 - tables.events2 / tables.total2
    v = (
        cells.events1 * (cells.total1 - cells.events1) / cells.total1**3
        + cells.events2 * (cells.total2 - cells.events2) / cells.total2**3
    )
    return _masked(y, v, v > 0)


def _masked(y: Floats, v: Floats, estimable: Booleans) -> Effects:
    return Effects(np.where(estimable, y, 0.0), np.where(estimable, v, 0.0), estimable)
