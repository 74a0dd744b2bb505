"""Random-intercept logistic models: trial effects on the log odds scale, normal around the pooled one.

Formulas and sources: docs/methods.md, "Binomial models".
"""

from dataclasses import dataclass

import numpy as np

from repool.batch import Booleans, Floats, Segments
from repool.binomial.counts import are_counts, is_count
from repool.binomial.families import Binomial, Family, Hypergeometric
from repool.binomial.maximum import Point
from repool.binomial.results import (
    BinomialResult,
    BinomialState,
    Fit,
    Inputs,
    Texts,
    assemble,
    states,
    wald_p,
)
from repool.binomial.smoothing import smooth
from repool.effects import Tables

#: Values of tau2 at which the likelihood is looked at for its modes; the last is an SD of 10 on the log
#: scale, beyond which heterogeneity is called unbounded.
_GRID = np.array([0.0, 0.01, 0.04, 0.12, 0.35, 1.0, 3.0, 9.0, 30.0, 100.0])


@dataclass(frozen=True, slots=True)
class RandomIntercept:
    """ln of the product over trials of the mean probability, as a function of the mean effect and tau2."""

    family: Family
    segments: Segments

    @property
    def locations(self) -> int:
        """The mean effect."""
        return 1

    def at(self, locations: Floats, dispersion: Floats, rough: bool = False) -> Point:
        """Value and derivatives by the mean effect and by tau2."""
        spread, total = self.segments.spread, self.segments.total
        trials = smooth(self.family, spread(locations[0]), spread(np.sqrt(dispersion)), rough)
        r1, r2, r3, r4 = trials.ratios
        slope, bend = total(r1), total(r2 - r1**2)
        mixed = 0.5 * total(r3 - r1 * r2)
        tilt, curve = 0.5 * total(r2), 0.25 * total(r4 - r2**2)
        return Point(total(trials.value), slope[None], bend[None], mixed[None], tilt, curve, slope)

    def only(self, which: Booleans) -> "RandomIntercept":
        """The analyses under the mask."""
        segments, trials = self.segments.select(which)
        return RandomIntercept(self.family.only(trials), segments)


def conditional_logistic(
    tables: Tables, segments: Segments, exact: bool = True, level: float = 0.95
) -> BinomialResult:
    """Log odds ratio by the conditional random-effects model (Stijnen, Hamza & Ozdemir 2010).

    The events of the experimental arm given those of both. exact: Fisher's noncentral hypergeometric
    distribution; otherwise the binomial one with log odds ln(n1 / n2) + effect, its limit for rare
    events, whose effect is the log rate ratio where totals are person-time (any positive numbers), and
    near the log risk ratio and the log odds ratio alike. Trials that could have had no other events given
    the margins (no events; if exact also nothing but events) carry no information.
    """
    x, events = tables.events1, tables.events1 + tables.events2
    sound = are_counts(tables) if exact else is_count(tables.events1) & is_count(tables.events2)
    both = (tables.total1 > 0) & (tables.total2 > 0)
    informative = sound & both & (events > 0)
    if exact:
        informative &= events < tables.total1 + tables.total2
    x, n1, events, n2 = (each[informative] for each in (x, tables.total1, events, tables.total2))
    family: Family = (
        Hypergeometric.of(x, n1, events, n2) if exact else Binomial.of(x, events, np.log(n1 / n2))
    )
    return _fitted(family, informative, segments, segments.total(~sound) == 0, level, True)


def proportion_logistic(
    events: Floats, totals: Floats, segments: Segments, level: float = 0.95
) -> BinomialResult:
    """Logit of a pooled proportion, that of a typical trial, from one arm's events and totals.

    Random-intercept logistic model (Hamza, van Houwelingen & Stijnen 2008). A proportion has no null
    value: p_effect and p_lr are NaN.
    """
    sound = is_count(events) & is_count(totals) & (events <= totals)
    informative = sound & (totals > 0)
    x, n = events[informative], totals[informative]
    family = Binomial.of(x, n, np.zeros_like(x))
    return _fitted(family, informative, segments, segments.total(~sound) == 0, level, False)


def _fitted(
    family: Family, informative: Booleans, segments: Segments, whole: Booleans, level: float, ratio: bool
) -> BinomialResult:
    inner = segments.keep(informative)
    inputs = Inputs(
        segments.counts.astype(np.float64),
        inner.counts.astype(np.float64),
        _states(family, inner, whole),
        level,
    )
    model = RandomIntercept(family, inner).only(inputs.fitted)
    several = model.segments.counts > 1
    fit = Fit.of(model, np.zeros((1, len(several))), _GRID, several)
    estimate = fit.best.locations[0]
    se = fit.se(np.ones_like(fit.best.locations))
    low, high = fit.ratio_limits(estimate, se, level)
    columns = {"estimate": estimate, "se": se, "lr_low": low, "lr_high": high}
    if ratio:
        columns |= {"p_effect": wald_p(estimate, se), "p_lr": fit.p_of_nought()}
    tau2 = np.where(several, fit.best.dispersion, np.nan)
    return assemble(inputs, fit, tau2=tau2, **columns)


def _states(family: Family, inner: Segments, whole: Booleans) -> Texts:
    state = states(len(inner))
    state[inner.counts == 1] = BinomialState.SINGLE_TRIAL
    state[inner.total(~family.at_bottom) == 0] = BinomialState.MINUS_INFINITY
    state[inner.total(~family.at_top) == 0] = BinomialState.PLUS_INFINITY
    state[inner.counts == 0] = BinomialState.NO_TRIAL
    state[~whole] = BinomialState.NOT_COUNTS
    return state
