"""The probability of one trial's events given its log odds (ratio) eta: two exponential families.

Both have ln p(eta) = x eta - A(eta) + constant with x the events and A convex, and both count events as
a sum of independent yes-or-no draws whose log odds are eta plus something. So A is analytic up to a
distance of pi from the real axis, which decides how many quadrature nodes are needed. eta has shape
(..., trials); so has all that is returned.
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy.special import expit, gammaln

from repool.batch import Booleans, Floats, Integers, Segments


class Family(Protocol):
    """The trials of a batch, none of which is certain to have the events it has."""

    def value(self, eta: Floats) -> Floats:
        """ln p, the probability of the events, normalised."""

    def slopes(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """ln p and its first two derivatives."""

    def derivatives(self, eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """The first four derivatives of ln p."""

    def only(self, which: Booleans) -> Self:
        """The trials under the mask."""

    def between(self, start: int, stop: int) -> Self:
        """The trials from start to before stop."""

    @property
    def work(self) -> Integers:
        """Numbers that one evaluation of each trial takes, shape (trials,)."""

    @property
    def at_bottom(self) -> Booleans:
        """No trial could have fewer events: its likelihood rises all the way to eta = -inf."""

    @property
    def at_top(self) -> Booleans:
        """No trial could have more events."""


@dataclass(frozen=True, slots=True)
class Binomial:
    """x events of m, with log odds eta + offset."""

    x: Floats
    m: Floats
    offset: Floats
    constant: Floats

    @staticmethod
    def of(x: Floats, m: Floats, offset: Floats) -> "Binomial":
        """With the logarithm of the binomial coefficient worked out."""
        return Binomial(x, m, offset, _log_choose(m, x))

    def value(self, eta: Floats) -> Floats:
        """ln p."""
        odds = eta + self.offset
        small = np.log1p(np.exp(-np.abs(odds)))
        # x ln p + (m - x) ln(1 - p), both logarithms negative sums: nothing cancels
        yes, no = np.minimum(odds, 0.0) - small, -np.maximum(odds, 0.0) - small
        return np.asarray(self.x * yes + (self.m - self.x) * no + self.constant)

    def slopes(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """ln p and its first two derivatives."""
        odds = eta + self.offset
        yes, no = expit(odds), expit(-odds)
        return self.value(eta), self.x * no - (self.m - self.x) * yes, -self.m * yes * no

    def derivatives(self, eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Of -A: minus m times those of ln(1 + exp(eta))."""
        odds = eta + self.offset
        yes, no = expit(odds), expit(-odds)
        spread = yes * no
        first = self.x * no - (self.m - self.x) * yes
        second = -self.m * spread
        return first, second, second * (no - yes), second * (1 - 6 * spread)

    def only(self, which: Booleans) -> "Binomial":
        """The trials under the mask."""
        return Binomial(self.x[which], self.m[which], self.offset[which], self.constant[which])

    def between(self, start: int, stop: int) -> "Binomial":
        """The trials from start to before stop."""
        part = slice(start, stop)
        return Binomial(self.x[part], self.m[part], self.offset[part], self.constant[part])

    @property
    def work(self) -> Integers:
        """One number each."""
        return np.ones(len(self.x), dtype=np.int64)

    @property
    def at_bottom(self) -> Booleans:
        """No events."""
        return np.asarray(self.x == 0)

    @property
    def at_top(self) -> Booleans:
        """Nothing but events."""
        return np.asarray(self.x == self.m)


@dataclass(frozen=True, slots=True)
class Hypergeometric:
    """Events of arm 1 given those of both: Fisher's noncentral hypergeometric with log odds ratio eta.

    steps: every number of events that the margins allow, less the number observed; coefficient: the
    logarithm of n1 over s times n2 over m - s, less that of the number observed. Both end to end, the
    segments being the trials. p = 1 / sum exp(coefficient + steps eta) (Fisher 1935).
    """

    steps: Floats
    coefficient: Floats
    support: Segments

    @staticmethod
    def of(x: Floats, n1: Floats, events: Floats, n2: Floats) -> "Hypergeometric":
        """x of the `events` in both arms fell in arm 1; n1, n2: the arms' totals."""
        low = np.maximum(0.0, events - n2)
        high = np.minimum(n1, events)
        support = Segments.of_counts((high - low + 1).astype(np.int64))
        s = np.arange(support.offsets[-1]) - support.spread(support.offsets[:-1] - low)
        terms = _log_choose(support.spread(n1), s)
        terms += _log_choose(support.spread(n2), support.spread(events) - s)
        observed = _log_choose(n1, x) + _log_choose(n2, events - x)
        return Hypergeometric(s - support.spread(x), terms - support.spread(observed), support)

    def value(self, eta: Floats) -> Floats:
        """ln p."""
        peak, terms = self._terms(eta)
        return -(peak + np.log(self.support.total(terms)))

    def slopes(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """ln p and its first two derivatives, minus the mean and the variance of the steps."""
        peak, terms = self._terms(eta)
        total = self.support.total(terms)
        mean = self.support.total(terms * self.steps) / total
        away = self.steps - self.support.spread(mean)
        return -(peak + np.log(total)), -mean, -self.support.total(terms * away**2) / total

    def derivatives(self, eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Of -A: minus the first four cumulants of the steps."""
        _, terms = self._terms(eta)
        total = self.support.total(terms)
        mean = self.support.total(terms * self.steps) / total
        away = self.steps - self.support.spread(mean)
        weighted = terms * away**2
        second = self.support.total(weighted) / total
        third = self.support.total(weighted * away) / total
        fourth = self.support.total(weighted * away**2) / total
        return -mean, -second, -third, 3 * second**2 - fourth

    def only(self, which: Booleans) -> "Hypergeometric":
        """The trials under the mask."""
        support, of_steps = self.support.select(which)
        return Hypergeometric(self.steps[of_steps], self.coefficient[of_steps], support)

    def between(self, start: int, stop: int) -> "Hypergeometric":
        """The trials from start to before stop."""
        part = slice(int(self.support.offsets[start]), int(self.support.offsets[stop]))
        support = Segments.of_counts(self.support.counts[start:stop])
        return Hypergeometric(self.steps[part], self.coefficient[part], support)

    @property
    def work(self) -> Integers:
        """As many numbers as the margins allow numbers of events."""
        return self.support.counts

    @property
    def at_bottom(self) -> Booleans:
        """No fewer events in arm 1 were possible."""
        return np.asarray(self.support.lowest(self.steps) == 0)

    @property
    def at_top(self) -> Booleans:
        """No more events in arm 1 were possible."""
        return np.asarray(self.support.highest(self.steps) == 0)

    def _terms(self, eta: Floats) -> tuple[Floats, Floats]:
        """The logarithm of each trial's largest term, and all terms relative to it."""
        exponent = self.coefficient + self.steps * self.support.spread(eta)
        peak = self.support.highest(exponent)
        return peak, np.exp(exponent - self.support.spread(peak))


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
