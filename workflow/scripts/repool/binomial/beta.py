"""The beta-binomial model: each arm's risk is drawn from a beta distribution around the arm's mean.

Formulas and sources: docs/methods.md, "Binomial models".
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln

from repool.batch import Booleans, Floats, Segments
from repool.binomial.counts import are_counts
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
from repool.binomial.sums import SumRule
from repool.effects import Tables
from repool.model import Measure

#: Values of theta = rho / (1 - rho) at which the likelihood is looked at for its modes. With rare events a
#: rho as small as the risk matters. The last is rho = 0.999, beyond which it is called unbounded.
_GRID = np.concatenate([[0.0], np.geomspace(1e-6, 999.0, 19)])


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """ln p of the events of both arms as a function of the arms' logits and of theta = rho / (1 - rho).

    Of arm j, with mean risk p: sum over trials of sum_{s < events} ln(p + s theta) +
    sum_{s < others} ln(1 - p + s theta) - sum_{s < total} ln(1 + s theta) + the binomial coefficients.
    events, others, totals: the nodes of those sums, all analyses' arms 1 before all arms 2.
    """

    events: SumRule
    others: SumRule
    totals: SumRule
    constant: Floats

    @staticmethod
    def of(tables: Tables, segments: Segments) -> "BetaBinomial":
        """The model of a batch of trials."""
        both = Segments.of_counts(np.tile(segments.counts, 2))
        x = np.concatenate([tables.events1, tables.events2])
        n = np.concatenate([tables.total1, tables.total2])
        coefficients = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
        yes, no, every = (SumRule.of(counts, both) for counts in (x, n - x, n))
        return BetaBinomial(yes, no, every, both.total(coefficients).reshape(2, -1).sum(axis=0))

    @property
    def locations(self) -> int:
        """The logit of the mean risk in each arm."""
        return 2

    def at(self, locations: Floats, dispersion: Floats, rough: bool = False) -> Point:
        """Value and derivatives by the two logits and by theta; never rough."""
        eta = locations.ravel()  # arms 1, then arms 2
        theta = np.tile(dispersion, 2)
        p, q = expit(eta), expit(-eta)
        yes, no = _sums(self.events, p, theta), _sums(self.others, q, theta)
        every = _sums(self.totals, np.ones_like(p), theta)
        by_risk = yes.c - no.c
        spread = p * q
        slope = spread * by_risk
        bend = spread**2 * (yes.cc + no.cc) + spread * (q - p) * by_risk
        mixed = spread * (yes.c_theta - no.c_theta)
        value, tilt, curve = (
            (a + b - c).reshape(2, -1).sum(axis=0)
            for a, b, c in (
                (yes.value, no.value, every.value),
                (yes.theta, no.theta, every.theta),
                (yes.theta_theta, no.theta_theta, every.theta_theta),
            )
        )
        slope, bend, mixed = (each.reshape(2, -1) for each in (slope, bend, mixed))
        return Point(value + self.constant, slope, bend, mixed, tilt, curve, slope[0])

    def only(self, which: Booleans) -> "BetaBinomial":
        """The analyses under the mask."""
        arms = np.tile(which, 2)
        yes, no, every = (_only(rule, arms) for rule in (self.events, self.others, self.totals))
        return BetaBinomial(yes, no, every, self.constant[which])


def beta_binomial(
    tables: Tables, segments: Segments, measure: Measure = Measure.OR, level: float = 0.95
) -> BinomialResult:
    """Log odds ratio or log risk ratio of the arms' mean risks, common rho (Kuss 2015).

    Trials without events in either arm count: they say something of the risks and of rho. The arms of a
    trial are not paired. OR and RR come from one and the same maximum, the SE of RR by the delta
    method; likelihood-ratio limits are there for OR alone, NaN for RR. Raises ValueError for
    another measure.
    """
    if measure not in (Measure.OR, Measure.RR):
        raise ValueError(f"{measure} is not a ratio of the beta-binomial model")
    sound = are_counts(tables)
    used = sound & (tables.total1 + tables.total2 > 0)
    part = Tables(*(each[used] for each in (tables.events1, tables.total1, tables.events2, tables.total2)))
    inner = segments.keep(used)
    state = _states(part, inner, segments.total(~sound) == 0)
    inputs = Inputs(segments.counts.astype(np.float64), inner.counts.astype(np.float64), state, level)
    fitted = inputs.fitted
    kept, trials = inner.select(fitted)
    part = Tables(*(each[trials] for each in (part.events1, part.total1, part.events2, part.total2)))
    fit = Fit.of(BetaBinomial.of(part, kept), _logits(part, kept), _GRID, kept.counts > 1)
    return _assembled(inputs, fit, measure, level)


def _assembled(inputs: Inputs, fit: Fit, measure: Measure, level: float) -> BinomialResult:
    eta, theta = fit.best.locations, fit.best.dispersion
    contrast = np.stack([np.ones_like(theta), -np.ones_like(theta)])
    if measure is Measure.RR:
        estimate = np.logaddexp(0, -eta[1]) - np.logaddexp(0, -eta[0])
        se = fit.se(contrast * expit(-eta))
        low = high = np.full_like(theta, np.nan)
    else:
        estimate, se = eta[0] - eta[1], fit.se(contrast)
        low, high = fit.ratio_limits(estimate, se, level)
    rho = np.where(fit.several, theta / (1 + theta), np.nan)
    return assemble(
        inputs, fit, estimate=estimate, se=se, p_effect=wald_p(estimate, se),
        lr_low=low, lr_high=high, p_lr=fit.p_of_nought(), rho=rho,
    )  # fmt: skip


def _logits(tables: Tables, segments: Segments) -> Floats:
    """The logits of the arms' pooled risks, none of which is 0 or 1."""
    x = np.stack([segments.total(tables.events1), segments.total(tables.events2)])
    n = np.stack([segments.total(tables.total1), segments.total(tables.total2)])
    return np.log(x) - np.log(n - x)


def _states(tables: Tables, segments: Segments, whole: Booleans) -> Texts:
    """Infinite where one arm has no events, or nothing else, and the other does not say the same."""
    total = segments.total
    x1, n1, x2, n2 = (total(each) for each in (tables.events1, tables.total1, tables.events2, tables.total2))
    down, up = (x1 == 0) | (x2 == n2), (x1 == n1) | (x2 == 0)
    state = states(len(segments))
    state[segments.counts == 1] = BinomialState.SINGLE_TRIAL
    state[down] = BinomialState.MINUS_INFINITY
    state[up] = BinomialState.PLUS_INFINITY
    state[(down & up) | (n1 == 0) | (n2 == 0)] = BinomialState.UNDEFINED
    state[segments.counts == 0] = BinomialState.NO_TRIAL
    state[~whole] = BinomialState.NOT_COUNTS
    return state


@dataclass(frozen=True, slots=True)
class _Sums:
    """sum of ln(c + s theta) and its derivatives by c and theta, shape (arms,)."""

    value: Floats
    c: Floats
    cc: Floats
    theta: Floats
    c_theta: Floats
    theta_theta: Floats


def _sums(rule: SumRule, c: Floats, theta: Floats) -> _Sums:
    spread, total = rule.groups.spread, rule.groups.total
    argument = spread(c) + rule.s * spread(theta)
    once = rule.weight / argument
    twice, s = once / argument, rule.s
    return _Sums(
        value=total(rule.weight * np.log(argument)),
        c=total(once),
        cc=-total(twice),
        theta=total(once * s),
        c_theta=-total(twice * s),
        theta_theta=-total(twice * s**2),
    )


def _only(rule: SumRule, which: Booleans) -> SumRule:
    groups, nodes = rule.groups.select(which)
    return SumRule(rule.s[nodes], rule.weight[nodes], groups)
