"""The second engine: what statsmodels makes of trials. No formula here is Repool's own.

Everything is on the analysis scale (log for ratios). What statsmodels cannot do, and what it does wrong,
is said where it matters: docs/methods.md, "Second engine".
"""

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.meta_analysis import combine_effects, effectsize_2proportions, effectsize_smd

from repool.batch import Booleans, Floats, Integers
from repool.effects import Tables, ZeroCells
from repool.model import Measure, Study

Limits = tuple[float, float]

# one trial has no degrees of freedom, and a tau2 below 0 no root
_ONE_TRIAL_HAS_NO_DF = partial(np.errstate, invalid="ignore", divide="ignore")

_STATISTICS = {Measure.RR: "risk-ratio", Measure.OR: "odds-ratio", Measure.RD: "diff", Measure.ASD: "arcsin"}
_SMD = tuple(f"{arm}_{name}" for arm in ("experimental", "control") for name in ("mean", "sd", "total"))


@dataclass(frozen=True)
class Fit:
    """Trials pooled by the inverse of their variances: what `combine_effects` made of y - origin.

    statsmodels' Q is a difference of two sums that grow with y^2, which is why it is given y relative to
    the most precise trial. Its intervals take longer than all else and are made when asked for.
    """

    made: Any
    origin: float
    y: Floats
    alpha: float

    @property
    def k(self) -> int:
        """Number of trials."""
        return len(self.y)

    @property
    def estimate(self) -> float:
        return float(self.origin + self.made.mean_effect_fe)

    @property
    def se(self) -> float:
        return float(self.made.sd_eff_w_fe)

    @property
    def se_hksj(self) -> float:
        return float(self.made.sd_eff_w_fe_hksj)

    @cached_property
    def limits(self) -> Limits:
        """Of the pooled value, by its SE and the normal distribution."""
        with _ONE_TRIAL_HAS_NO_DF():
            return self._pair(self.made.conf_int(alpha=self.alpha, use_t=False)[0])

    @property
    def limits_t(self) -> Limits:
        """By its SE and t with k - 1 df."""
        return self._pair(self._by_t[0])

    @property
    def limits_hksj(self) -> Limits:
        """By se_hksj and t with k - 1 df."""
        return self._pair(self._by_t[2])

    @cached_property
    def trial_limits(self) -> Floats:
        """Of the trials, shape (trials, 2)."""
        limits = self.made.conf_int_samples(alpha=self.alpha, use_t=False)
        return self.origin + np.column_stack(limits)

    @property
    def q(self) -> float:
        """Q around the estimate."""
        return float(self.made.q)

    @cached_property
    def p_q(self) -> float:
        with _ONE_TRIAL_HAS_NO_DF():
            return float(self.made.test_homogeneity().pvalue)

    @property
    def tau2(self) -> float:
        """DerSimonian and Laird's, below 0 where Q < k - 1."""
        return float(self.made.tau2)

    @property
    def total(self) -> float:
        """Sum of the weights w."""
        return float(self.made.w_total_fe)

    @property
    def trace(self) -> float:
        """S1 - S2 / S1."""
        return float(self.made.c)

    @property
    def squares(self) -> float:
        """Sum of w^2 (y - estimate)^2."""
        residuals = self.made.weights_fe * (self.y - self.origin - self.made.mean_effect_fe)
        return float(residuals @ residuals)

    @property
    def weights(self) -> Floats:
        """In percent, shape (trials,)."""
        return np.asarray(100 * self.made.weights_rel_fe)

    @cached_property
    def _by_t(self) -> tuple[Limits, ...]:
        with _ONE_TRIAL_HAS_NO_DF():
            return tuple(self.made.conf_int(alpha=self.alpha, use_t=True))

    def _pair(self, limits: Limits) -> Limits:
        return float(self.origin + limits[0]), float(self.origin + limits[1])


@dataclass(frozen=True)
class Fits:
    """The fits of some trials, each made once: adding tau2 to v makes common-effect weights those of a
    random-effects model."""

    y: Floats
    v: Floats
    level: float
    made: dict[float, Fit] = field(default_factory=dict)

    def at(self, tau2: float) -> Fit:
        """The trials pooled with tau2 added to v."""
        if tau2 not in self.made:
            self.made[tau2] = fit(self.y, self.v + tau2, self.level)
        return self.made[tau2]

    @cached_property
    def even(self) -> Fit:
        """With all v = 1."""
        return fit(self.y, np.ones_like(self.v), self.level)


@dataclass(frozen=True, slots=True)
class Haenszel:
    """The Mantel-Haenszel log ratio of `StratifiedTable`; it has an SE for odds ratios alone."""

    estimate: float
    se: float | None
    limits: Limits | None


def computes(measure: Measure, smd: str) -> bool:
    """Whether statsmodels has the trial effect of this measure; its SMD is RevMan's."""
    return measure in _STATISTICS or (measure is Measure.SMD and smd == "revman")


def trial_effects(measure: Measure, studies: list[Study], zero_cells: ZeroCells) -> tuple[Floats, Floats]:
    """(y, v) of each trial from its own figures; ValueError for a measure that statsmodels lacks.

    A risk difference has its estimate from the raw and its variance from the corrected cells, an arcsine
    difference both from the raw ones. `studies` are all that a rule looks at to pick what it corrects.
    """
    if measure is Measure.SMD:
        columns = ([getattr(study, name) for study in studies] for name in _SMD)
        with np.errstate(invalid="ignore", divide="ignore"):  # an SD of 0, which Repool does not estimate
            y, v = effectsize_smd(*(np.array(column, dtype=np.float64) for column in columns))
        return y, v
    if measure not in _STATISTICS:
        raise ValueError(f"statsmodels has no {measure}")
    tables = tables_of(studies)
    raw, v = _two_proportions(measure, tables, None)
    if measure is Measure.ASD:
        return raw, v
    y, v = _proportions(measure, tables, zero_cells)
    return raw if measure is Measure.RD else y, v


def tables_of(studies: list[Study]) -> Tables:
    """The 2x2 tables of trials."""
    names = ("experimental_events", "experimental_total", "control_events", "control_total")
    return Tables(
        *(np.array([getattr(study, name) for study in studies], dtype=np.float64) for name in names)
    )


def fit(y: Floats, v: Floats, level: float) -> Fit:
    """Pool trials by w = 1 / v."""
    origin = float(y[np.argmin(v)])
    with _ONE_TRIAL_HAS_NO_DF():
        made = combine_effects(y - origin, v, "dl", alpha=1 - level)
    return Fit(made, origin, y, 1 - level)


def paule_mandel(y: Floats, v: Floats) -> float | None:
    """Paule-Mandel's tau2, None where statsmodels' result does not solve its own equation.

    By default it stops at 1e-5; with a tight tolerance rounding can carry it past the root, whereupon it
    returns 0, and its flag of convergence is lost.
    """
    origin, df = y[np.argmin(v)], len(y) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        tau2 = float(combine_effects(y - origin, v, "pm", atol=1e-10, maxiter=500).tau2)
        q = float(combine_effects(y - origin, v + tau2, "dl").q)
    solved = q <= df * (1 + 1e-9) if tau2 == 0 else abs(q - df) <= 1e-9 * df
    return tau2 if solved else None


def moments(estimator: str, fits: Fits) -> float | None:
    """A closed-form tau2 from `combine_effects` pieces, not truncated; None for another estimator.

    DL: its own. DL2: t + (Q - (k - 1)) / (S1 - S2 / S1) with all v = v + t, t that of DL. HE: the sample
    variance is Q / (k - 1) with all v = 1. HS: (Q - k) / sum w, HSk: (Q k / (k - 1) - k) / sum w. SJ:
    Q / (k - 1) with v = 1 + v / tau0^2, tau0^2 = Q / k with all v = 1.
    """
    k, v, made = len(fits.v), fits.v, fits.at(0.0)
    if estimator == "DL":
        return made.tau2
    if estimator == "DL2":
        first = max(0.0, made.tau2)
        return first + fits.at(first).tau2
    if estimator == "HE":
        return fits.even.q / (k - 1) - float(v.mean())
    if estimator in ("HS", "HSk"):
        return (made.q * (k / (k - 1) if estimator == "HSk" else 1) - k) / made.total
    if estimator == "SJ":
        q = fits.even.q
        return fit(fits.y, 1 + v * k / q, fits.level).q / (k - 1) if q > 0 else 0.0
    return None


def haenszel(measure: Measure, cells: Tables, shift_zeros: bool, level: float) -> Haenszel:
    """Mantel-Haenszel odds or risk ratio; NaN where its sums are 0.

    `shift_zeros` is statsmodels' own correction, 0.5 in all cells of the tables with a zero cell; cells
    corrected in another way are given to it. ValueError for another measure.
    """
    if measure not in (Measure.RR, Measure.OR):
        raise ValueError(f"StratifiedTable has no {measure}")
    others = (cells.total1 - cells.events1, cells.total2 - cells.events2)
    stacked = np.array([[cells.events1, others[0]], [cells.events2, others[1]]])
    with np.errstate(invalid="ignore", divide="ignore"):
        made = StratifiedTable(stacked, shift_zeros=shift_zeros)
        if measure is Measure.RR:
            return Haenszel(float(np.log(made.riskratio_pooled)), None, None)
        limits = made.logodds_pooled_confint(alpha=1 - level)
        return Haenszel(float(made.logodds_pooled), float(made.logodds_pooled_se), _pair(limits))


def _proportions(measure: Measure, tables: Tables, zero_cells: ZeroCells) -> tuple[Floats, Floats]:
    """Effects of corrected cells.

    `zero_correction` adds to the events of every table, but to the totals only of those with a zero cell:
    statsmodels is right only if asked for the two kinds of tables apart.
    """
    if zero_cells.rule != "only0":
        return _two_proportions(measure, tables.corrected(zero_cells), None)
    y, v = np.empty(len(tables.total1)), np.empty(len(tables.total1))
    for which, amount in ((tables.has_zero_cell, zero_cells.amount), (~tables.has_zero_cell, None)):
        y[which], v[which] = _two_proportions(measure, chosen(tables, which), amount)
    return y, v


def _two_proportions(measure: Measure, tables: Tables, amount: float | None) -> tuple[Floats, Floats]:
    counts = (tables.events1, tables.total1, tables.events2, tables.total2)
    with np.errstate(invalid="ignore", divide="ignore"):
        y, v = effectsize_2proportions(*counts, statistic=_STATISTICS[measure], zero_correction=amount)
    return y, v


def chosen(tables: Tables, which: Booleans | Integers) -> Tables:
    """Some of the tables."""
    columns = (tables.events1, tables.total1, tables.events2, tables.total2)
    return Tables(*(column[which] for column in columns))


def _pair(limits: Floats | Limits) -> Limits:
    low, high = limits
    return float(low), float(high)
