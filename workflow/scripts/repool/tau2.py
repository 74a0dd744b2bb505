"""Estimators of the between-trial variance tau2, each on all analyses of a batch at once.

All take trial estimates y and variances v, shape (trials,), on the analysis scale, and the batch's
segments; all return (tau2, converged), shape (analyses,), tau2 on the squared analysis scale. An
analysis with fewer than two trials has no between-trial variance: tau2 is NaN, converged False.

tau2 does not change when a constant is added to the y of an analysis. Where a few trials are far more
precise than the rest, y relative to the most precise trial (as `pooling.pool` passes it) keeps the
digits that decide.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from repool.batch import Booleans, Floats, Segments

_MAX_ITERATIONS = 200
_CELLS = 40
_CHUNK = 2**14  # numbers in one array operation: enough to hide its cost, few enough for the cache
_TOLERANCE = 1e-12  # of a Newton step: its square is the error that is left


def weighted_mean(y: Floats, w: Floats, segments: Segments) -> Floats:
    """Weighted mean of each segment; NaN for an empty one."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return segments.total(w * y) / segments.total(w)


def generalised_q(y: Floats, w: Floats, centre: Floats, segments: Segments) -> Floats:
    """Sum of w (y - centre)^2 over each segment."""
    return segments.total(w * (y - segments.spread(centre)) ** 2)


def trace_p(w: Floats, precise: Booleans, segments: Segments) -> Floats:
    """S1 - S2 / S1: the trace of P = W - w w' / S1, which takes the weighted mean out of y.

    `precise` marks one trial of each analysis that no other outweighs. Its weight is kept apart, for
    where it is nearly all of S1 the difference above is nothing but rounding.
    """
    first, (r1, r2) = _power_sums(w, precise, segments, 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (r1 * (2 * first + r1) - r2) / (first + r1)


def trace_pp(w: Floats, precise: Booleans, segments: Segments) -> Floats:
    """S2 - 2 S3 / S1 + (S2 / S1)^2, the trace of P P, with the same care as `trace_p`."""
    first, (r1, r2, r3) = _power_sums(w, precise, segments, 3)
    beside = r1 * (r1 * r2 - 2 * r3) + r2**2
    return (first**2 * (r1**2 + 3 * r2) + 2 * first * (r1 * r2 - r3) + beside) / (first + r1) ** 2


def dersimonian_laird(
    y: Floats, v: Floats, segments: Segments, centre: Floats | None = None
) -> tuple[Floats, Booleans]:
    """max(0, (Q - df) / (S1 - S2 / S1)), w = 1 / v (DerSimonian & Laird 1986, eq. 8).

    `centre` is what Q is taken around, shape (analyses,): the IV common-effect value where None,
    the M-H value as RevMan does it.
    """
    w = 1 / v
    if centre is None:
        centre = weighted_mean(y, w, segments)
    several = segments.counts > 1
    trace = trace_p(w, segments.first_lowest(v), segments)
    q = generalised_q(y, w, centre, segments)
    with np.errstate(invalid="ignore", divide="ignore"):
        tau2 = np.maximum(0.0, (q - (segments.counts - 1)) / trace)
    return np.where(several, tau2, np.nan), several


def hedges_olkin(y: Floats, v: Floats, segments: Segments) -> tuple[Floats, Booleans]:
    """max(0, sample variance of y - mean of v), all trials alike (Hedges & Olkin 1985, p. 194)."""
    several = segments.counts > 1
    with np.errstate(invalid="ignore", divide="ignore"):
        tau2 = np.maximum(0.0, _sample_variance(y, segments) - segments.total(v) / segments.counts)
    return np.where(several, tau2, np.nan), several


def hunter_schmidt(y: Floats, v: Floats, segments: Segments) -> tuple[Floats, Booleans]:
    """max(0, (Q - k) / S1), w = 1 / v (Hunter & Schmidt 1990; Viechtbauer 2005, eq. 9)."""
    w, several = 1 / v, segments.counts > 1
    q = generalised_q(y, w, weighted_mean(y, w, segments), segments)
    with np.errstate(invalid="ignore", divide="ignore"):
        tau2 = np.maximum(0.0, (q - segments.counts) / segments.total(w))
    return np.where(several, tau2, np.nan), several


def sidik_jonkman(y: Floats, v: Floats, segments: Segments) -> tuple[Floats, Booleans]:
    """sum q (y - mean_q)^2 / (k - 1), q = 1 / (1 + v / tau0), tau0 the mean squared deviation of y.

    Sidik & Jonkman 2005, eq. 3. Above 0 unless all trials give the same estimate.
    """
    several = segments.counts > 1
    y = y - segments.spread(segments.lowest(y))  # no rounding noise where all y are the same
    with np.errstate(invalid="ignore", divide="ignore"):
        start = _sample_variance(y, segments) * (segments.counts - 1) / segments.counts
        spread = segments.spread(start)
        q = np.where(spread > 0, spread / (spread + v), 0.0)
        centre = np.where(start > 0, weighted_mean(y, q, segments), 0.0)
        tau2 = generalised_q(y, q, centre, segments) / (segments.counts - 1)
    return np.where(several, tau2, np.nan), several


def paule_mandel(y: Floats, v: Floats, segments: Segments) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 with generalised Q(tau2) = k - 1 (Paule & Mandel 1982; DerSimonian & Kacker 2007).

    Newton's method on 1 / Q, which is concave in tau2 and nearly straight: from 0 it climbs to the root
    and never passes it. A step that does not climb is therefore rounding, and the end.
    """
    several = segments.counts > 1
    tau2 = np.where(several, 0.0, np.nan)
    climbing = several.copy()
    for _ in range(_MAX_ITERATIONS):
        if not climbing.any():
            break
        part, trials = segments.select(climbing)
        before = tau2[climbing]
        after = before + _paule_mandel_step(y[trials], v[trials], part, before)
        tau2[climbing] = np.maximum(before, after)
        climbing[climbing] = after > before * (1 + _TOLERANCE)
    return tau2, several & ~climbing


def _paule_mandel_step(y: Floats, v: Floats, segments: Segments, tau2: Floats) -> Floats:
    w = 1 / (v + segments.spread(tau2))
    centre = weighted_mean(y, w, segments)
    q = generalised_q(y, w, centre, segments)
    slope = generalised_q(y, w**2, centre, segments)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(q > 0, (q / (segments.counts - 1) - 1) * q / slope, 0.0)


def restricted_maximum_likelihood(y: Floats, v: Floats, segments: Segments) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 at the global maximum of the restricted likelihood (Viechtbauer 2005, eq. 11).

    The likelihood can have several modes. Each cell of a grid that it enters rising and leaves falling
    holds one; all of them are refined and the highest is taken.
    """
    several = segments.counts > 1
    tau2 = np.full(len(segments), np.nan)
    converged = np.zeros(len(segments), dtype=np.bool_)
    if several.any():
        likelihood = RestrictedLikelihood.of(y, v, segments).only(several)
        tau2[several], converged[several] = _highest_mode(likelihood)
    return tau2, converged


@dataclass(frozen=True, slots=True)
class RestrictedLikelihood:
    """Restricted log-likelihood of every analysis of a batch as a function of tau2, shape (analyses,)."""

    y: Floats
    v: Floats
    precise: Booleans
    segments: Segments

    @staticmethod
    def of(y: Floats, v: Floats, segments: Segments) -> "RestrictedLikelihood":
        """`precise` marks a most precise trial of each analysis, which it stays whatever tau2 is."""
        return RestrictedLikelihood(y, v, segments.first_lowest(v), segments)

    def only(self, which: Booleans) -> "RestrictedLikelihood":
        """The chosen analyses, `which` having shape (analyses,)."""
        segments, trials = self.segments.select(which)
        return RestrictedLikelihood(self.y[trials], self.v[trials], self.precise[trials], segments)

    def value(self, tau2: Floats) -> Floats:
        """The log-likelihood at tau2, up to a constant (Viechtbauer 2005)."""
        total = self.v + self.segments.spread(tau2)
        w = 1 / total
        q = generalised_q(self.y, w, weighted_mean(self.y, w, self.segments), self.segments)
        return -0.5 * (self.segments.total(np.log(total)) + np.log(self.segments.total(w)) + q)

    def score(self, tau2: Floats) -> Floats:
        """First derivative: (y' P P y - trace P) / 2; tau2 may have further axes in front."""
        w, residuals = self._residuals(tau2)
        return 0.5 * (self.segments.total(residuals**2) - trace_p(w, self.precise, self.segments))

    def curvature(self, tau2: Floats) -> Floats:
        """Second derivative: trace(P P) / 2 - y' P P P y."""
        w, residuals = self._residuals(tau2)
        around = weighted_mean(residuals, w, self.segments)
        yppp = generalised_q(residuals, w, around, self.segments)
        return 0.5 * trace_pp(w, self.precise, self.segments) - yppp

    def _residuals(self, tau2: Floats) -> tuple[Floats, Floats]:
        """The weights at tau2, and P y."""
        w = 1 / (self.v + self.segments.spread(tau2))
        return w, w * (self.y - self.segments.spread(weighted_mean(self.y, w, self.segments)))


ESTIMATORS: dict[str, Callable[[Floats, Floats, Segments], tuple[Floats, Booleans]]] = {
    "DL": dersimonian_laird,
    "HE": hedges_olkin,
    "HS": hunter_schmidt,
    "SJ": sidik_jonkman,
    "PM": paule_mandel,
    "REML": restricted_maximum_likelihood,
}


def _power_sums(w: Floats, precise: Booleans, segments: Segments, powers: int) -> tuple[Floats, list[Floats]]:
    """The weight of each analysis' marked trial, and the sums of powers 1, 2, ... of the others'."""
    first = np.zeros((*w.shape[:-1], len(segments)))
    first[..., segments.counts > 0] = w[..., precise]
    others = np.where(precise, 0.0, w)
    return first, [segments.total(others**power) for power in range(1, powers + 1)]


def _highest_mode(likelihood: RestrictedLikelihood) -> tuple[Floats, Booleans]:
    """The mode with the highest likelihood, the lower tau2 where two are equal, and whether it converged."""
    grid = _grid(likelihood)
    ends = _cells_with_a_mode(likelihood, grid)
    rank = np.cumsum(ends, axis=0)
    starts = np.concatenate([np.zeros_like(grid[:1]), grid[:-1]])
    tau2, highest = np.zeros(grid.shape[1]), np.full(grid.shape[1], -np.inf)
    converged = np.zeros(grid.shape[1], dtype=np.bool_)
    for number in range(1, int(rank.max()) + 1):
        found = ends & (rank == number)
        which = found.any(axis=0)
        part, cell = likelihood.only(which), (found.argmax(axis=0)[which], np.flatnonzero(which))
        mode, settled = _refine(part, starts[cell], grid[cell])
        value = part.value(mode)
        better = value > highest[which]
        chosen = np.flatnonzero(which)[better]
        tau2[chosen], highest[chosen], converged[chosen] = mode[better], value[better], settled[better]
    return tau2, converged


def _cells_with_a_mode(likelihood: RestrictedLikelihood, grid: Floats) -> Booleans:
    """Whether the likelihood rises into the cell that ends at each grid point, and falls out of it.

    The first point ends a cell of no width: a likelihood that falls from 0 on has its mode there.
    """
    together = max(1, _CHUNK // max(1, len(likelihood.y)))
    chunks = (grid[start : start + together] for start in range(0, len(grid), together))
    rising = np.concatenate([likelihood.score(points) > 0 for points in chunks])
    rising[-1] = False  # as the bound of the grid implies, whatever rounding makes of it
    entered = np.concatenate([np.ones_like(rising[:1]), rising[:-1]])
    ended: Booleans = entered & ~rising
    return ended


def _sample_variance(y: Floats, segments: Segments) -> Floats:
    equal = np.ones_like(y)
    return generalised_q(y, equal, weighted_mean(y, equal, segments), segments) / (segments.counts - 1)


def _grid(likelihood: RestrictedLikelihood) -> Floats:
    """Points from 0 up, shape (cells + 1, analyses), closer together where tau2 is small.

    P has eigenvalues between 1 / (max v + tau2) and 1 / (min v + tau2), so with s the sample variance
    of y the score is negative once (min v + tau2)^2 > s (max v + tau2): no mode lies beyond.
    """
    y, segments = likelihood.y, likelihood.segments
    smallest, largest = segments.lowest(likelihood.v), segments.highest(likelihood.v)
    s = _sample_variance(y, segments)
    bound = 0.5 * (s + np.sqrt(s**2 + 4 * s * (largest - smallest)))
    ratio = np.maximum(bound / smallest, 1.0) * 1.0001
    points: Floats = smallest * (ratio ** (np.arange(_CELLS + 1)[:, None] / _CELLS) - 1)
    return points


def _refine(likelihood: RestrictedLikelihood, low: Floats, high: Floats) -> tuple[Floats, Booleans]:
    """Newton's method on the score, falling back to bisection whenever it leaves its bracket."""
    low, high = low.copy(), high.copy()
    tau2 = 0.5 * (low + high)
    active = np.ones(len(tau2), dtype=np.bool_)
    for _ in range(_MAX_ITERATIONS):
        part, now = likelihood.only(active), tau2[active]
        score, curvature = part.score(now), part.curvature(now)
        low[active] = np.where(score > 0, now, low[active])
        high[active] = np.where(score > 0, high[active], now)
        with np.errstate(invalid="ignore", divide="ignore"):
            newton = now - score / curvature
        inside = (curvature < 0) & (newton > low[active]) & (newton < high[active])
        after = np.where(inside, newton, 0.5 * (low[active] + high[active]))
        tau2[active] = after
        scale = after + 1e-3 * part.segments.lowest(part.v)
        active[active] = np.abs(after - now) > _TOLERANCE * scale
        if not active.any():
            break
    return tau2, ~active
