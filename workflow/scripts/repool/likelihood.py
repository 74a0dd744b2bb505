"""The likelihood of tau2, restricted or not: its modes, and how far it stays near its maximum.

It can have several modes. Each cell of a grid that it enters rising and leaves falling holds one; all of
them are refined, so that the global maximum is found and not the one nearest to a starting value.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from repool.batch import Booleans, Floats, Integers
from repool.bracketing import root
from repool.estimates import Estimates, trace_p, trace_pp

_MAX_ITERATIONS = 200
_TOLERANCE = 1e-12  # of a Newton step: its square is the error that is left
_CELL = 0.4  # the least width of a grid cell, in ln(v + tau2)
_CELLS = 80


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Log-likelihood of every analysis as a function of tau2, shape (analyses,), up to a constant.

    With w = 1 / (v + tau2) and P = W - w w' / S1: -(sum ln(v + tau2) + Q) / 2, and where restricted
    also -ln(S1) / 2 (Viechtbauer 2005, eq. 8 and 10). The slope is (y' P P y - trace) / 2, trace that of
    P where restricted, else that of W.
    """

    e: Estimates
    restricted: bool

    def only(self, which: Booleans) -> "Likelihood":
        """The chosen analyses, `which` having shape (analyses,)."""
        return Likelihood(self.e.only(which), self.restricted)

    def value(self, tau2: Floats) -> Floats:
        """The log-likelihood at tau2."""
        e = self.e
        total = e.v + e.segments.spread(tau2)
        w = 1 / total
        value = e.segments.total(np.log(total)) + e.q(w)
        return -0.5 * (value + (np.log(e.segments.total(w)) if self.restricted else 0.0))

    def score(self, tau2: Floats) -> Floats:
        """First derivative."""
        total, w = self.e.segments.total, self.e.weights(tau2)
        first, others = self.e.rest(w)
        r1 = total(others)
        trace = trace_p(first, r1, total(others**2)) if self.restricted else first + r1
        residuals = w * self.e.deviations(total(w * self.e.y) / (first + r1))
        return 0.5 * (total(residuals**2) - trace)

    def slopes(self, tau2: Floats) -> tuple[Floats, Floats]:
        """First and second derivative; the second is trace(P P) / 2, or S2 / 2, minus y' P P P y."""
        total, w = self.e.segments.total, self.e.weights(tau2)
        first, others = self.e.rest(w)
        squares = others**2
        r1, r2 = total(others), total(squares)
        if self.restricted:
            trace, trace2 = trace_p(first, r1, r2), trace_pp(first, r1, r2, total(squares * others))
        else:
            trace, trace2 = first + r1, first**2 + r2
        residuals = w * self.e.deviations(total(w * self.e.y) / (first + r1))
        around = residuals - self.e.segments.spread(total(w * residuals) / (first + r1))
        yppy, yppp = total(residuals**2), total(w * around**2)
        return 0.5 * (yppy - trace), 0.5 * trace2 - yppp

    def information(self, tau2: Floats) -> Floats:
        """Expected information on tau2: trace(P P) / 2 where restricted, else S2 / 2."""
        first, others = self.e.rest(self.e.weights(tau2))
        sums = [self.e.segments.total(others**power) for power in (1, 2, 3)]
        return 0.5 * (trace_pp(first, *sums) if self.restricted else first**2 + sums[1])


@dataclass(frozen=True, slots=True)
class Modes:
    """One mode each of some analyses.

    numbers: which analyses, rising. alone: whether the analysis has no other mode.
    """

    numbers: Integers
    tau2: Floats
    converged: Booleans
    alone: Booleans


def highest_mode(likelihood: Likelihood) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 with the highest likelihood, the lower one where two are equal, and whether it converged.

    NaN and not converged with fewer than two trials.
    """
    count = len(likelihood.e.several)
    tau2, highest = np.full(count, np.nan), np.full(count, -np.inf)
    converged = np.zeros(count, dtype=np.bool_)
    for found in modes(likelihood):
        value = np.zeros(len(found.numbers))
        if not found.alone.all():
            value = likelihood.only(_mask(found.numbers, count)).value(found.tau2)
        better = value > highest[found.numbers]
        chosen = found.numbers[better]
        tau2[chosen], converged[chosen] = found.tau2[better], found.converged[better]
        highest[chosen] = value[better]
    return tau2, converged


def profile_interval(likelihood: Likelihood, tau2: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits of tau2 at which the likelihood has fallen by half the chi2(1) quantile from its maximum.

    tau2 is that maximum, shape (analyses,). Hardy & Thompson 1996; the outermost limits where several
    modes make it more than one stretch. The lower limit is 0 where the likelihood at 0 is still that
    near. NaN with fewer than two trials.
    """
    which = likelihood.e.several
    part, best = likelihood.only(which), tau2[which]
    threshold = part.value(best) - 0.5 * chdtri(1, 1 - level)
    lowest, highest = best.copy(), best.copy()
    for found in modes(part):
        at = found.numbers
        if not found.alone.all():
            near = part.only(_mask(at, len(best))).value(found.tau2) >= threshold[at]
            lowest[at] = np.where(near, np.minimum(lowest[at], found.tau2), lowest[at])
            highest[at] = np.where(near, np.maximum(highest[at], found.tau2), highest[at])

    def above(x: Floats, at: Booleans) -> Floats:
        return np.asarray(part.only(at).value(x) - threshold[at])

    low, high = np.full(len(tau2), np.nan), np.full(len(tau2), np.nan)
    scale = part.e.segments.lowest(part.e.v)
    low[which] = root(above, np.zeros_like(best), lowest, scale)[0]
    high[which] = root(above, highest, None, scale)[0]
    return low, high


def modes(likelihood: Likelihood) -> Iterator[Modes]:
    """Every mode at tau2 >= 0: the lowest one of each analysis, then the next of those that have one."""
    numbers, low, high = (np.concatenate(each) for each in zip(*_brackets(likelihood), strict=True))
    order = np.lexsort((low, numbers))
    numbers, low, high = numbers[order], low[order], high[order]
    start = np.r_[True, numbers[1:] != numbers[:-1]]
    rank = np.arange(len(numbers)) - np.maximum.accumulate(np.where(start, np.arange(len(numbers)), 0))
    alone = np.bincount(numbers, minlength=1)[numbers] == 1
    for nth in range(int(rank.max(initial=-1)) + 1):
        at = rank == nth
        tau2, converged = low[at], np.ones(int(at.sum()), dtype=np.bool_)
        wide = high[at] > tau2
        if wide.any():
            part = likelihood.only(_mask(numbers[at][wide], len(likelihood.e.several)))
            tau2[wide], converged[wide] = _refine(part, low[at][wide], high[at][wide])
        yield Modes(numbers[at], tau2, converged, alone[at])


_Brackets = list[tuple[Integers, Floats, Floats]]


def _brackets(likelihood: Likelihood) -> _Brackets:
    """(numbers of analyses, low, high) of stretches that hold one mode each; low = high is the mode itself.

    With the same v in all trials, or restricted with two trials, there is a closed form.
    """
    e = likelihood.e
    closed = e.segments.highest(e.v) == e.segments.lowest(e.v)
    factor = np.ones(len(closed))
    if likelihood.restricted:
        closed |= e.segments.counts == 2
    else:
        factor = e.df / np.maximum(e.segments.counts, 1)
    closed &= e.several
    mode = np.maximum(0.0, factor * e.sample_variance() - e.mean_variance())
    return [
        (np.flatnonzero(closed), mode[closed], mode[closed]),
        *_cells_with_a_mode(likelihood, e.several & ~closed),
    ]


def _cells_with_a_mode(likelihood: Likelihood, which: Booleans) -> _Brackets:
    """The cells of a grid that the likelihood enters rising and leaves falling; 0 where it falls there.

    P has eigenvalues between 1 / (max v + tau2) and 1 / (min v + tau2), so with s the sample variance
    of y the score is negative once (min v + tau2)^2 > s (max v + tau2): no mode lies beyond.
    """
    part, numbers = likelihood.only(which), np.flatnonzero(which)
    e = part.e
    smallest, largest = e.segments.lowest(e.v), e.segments.highest(e.v)
    s = e.sample_variance()
    bound = 0.5 * (s + np.sqrt(s**2 + 4 * s * (largest - smallest)))
    length = np.log(np.maximum(bound / smallest, 1.0) * 1.0001)
    cells = np.clip(np.ceil(length / _CELL), 1, _CELLS)
    before = np.zeros(len(numbers))
    rising = part.score(before) > 0
    found = [(numbers[~rising], before[~rising], before[~rising])]
    for cell in range(1, int(cells.max(initial=0)) + 1):
        now = smallest * np.expm1(length * (cell / cells))
        rises = (part.score(now) > 0) & (cell < cells)  # as the bound implies, whatever rounding makes of it
        ended = rising & ~rises
        found.append((numbers[ended], before[ended], now[ended]))
        on = cell < cells
        part, before, rising = part.only(on), now[on], rises[on]
        numbers, smallest, length, cells = numbers[on], smallest[on], length[on], cells[on]
    return found


def _refine(likelihood: Likelihood, low: Floats, high: Floats) -> tuple[Floats, Booleans]:
    """Newton's method on the score, falling back to bisection whenever it leaves its bracket."""
    low, high = low.copy(), high.copy()
    now = 0.5 * (low + high)
    tau2, active, part = now.copy(), np.ones(len(low), dtype=np.bool_), likelihood
    for _ in range(_MAX_ITERATIONS):
        score, curvature = part.slopes(now)
        low, high = np.where(score > 0, now, low), np.where(score > 0, high, now)
        with np.errstate(invalid="ignore", divide="ignore"):
            newton = now - score / curvature
        inside = (curvature < 0) & (newton > low) & (newton < high)
        after = np.where(inside, newton, 0.5 * (low + high))
        tau2[active] = after
        on = np.abs(after - now) > _TOLERANCE * (after + 1e-3 * part.e.segments.lowest(part.e.v))
        if not on.any():
            return tau2, np.ones(len(tau2), dtype=np.bool_)
        active[active], part = on, part.only(on)
        now, low, high = after[on], low[on], high[on]
    return tau2, ~active


def _mask(numbers: Integers, count: int) -> Booleans:
    mask = np.zeros(count, dtype=np.bool_)
    mask[numbers] = True
    return mask
