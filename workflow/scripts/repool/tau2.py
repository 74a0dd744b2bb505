"""Estimators of the between-trial variance tau2, each on all analyses of a batch at once.

All take trial estimates y and variances v, shape (trials,), on the analysis scale, and the batch's
segments; all return (tau2, converged), shape (analyses,), tau2 on the squared analysis scale. An
analysis with fewer than two trials has no between-trial variance: tau2 is NaN, converged False.
"""

from collections.abc import Callable

import numpy as np

from repool.batch import Booleans, Floats, Segments

_MAX_ITERATIONS = 200
_GRID = 40
_TOLERANCE = 1e-12  # of a Newton step: its square is the error that is left


def weighted_mean(y: Floats, w: Floats, segments: Segments) -> Floats:
    """Weighted mean of each segment; NaN for an empty one."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return segments.total(w * y) / segments.total(w)


def generalised_q(y: Floats, w: Floats, centre: Floats, segments: Segments) -> Floats:
    """Sum of w (y - centre)^2 over each segment."""
    return segments.total(w * (y - segments.spread(centre)) ** 2)


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
    s1, s2 = segments.total(w), segments.total(w**2)
    q = generalised_q(y, w, centre, segments)
    with np.errstate(invalid="ignore", divide="ignore"):
        tau2 = np.maximum(0.0, (q - (segments.counts - 1)) / (s1 - s2 / s1))
    return np.where(several, tau2, np.nan), several


def paule_mandel(y: Floats, v: Floats, segments: Segments) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 with generalised Q(tau2) = k - 1 (Paule & Mandel 1982; DerSimonian & Kacker 2007).

    Newton's method on 1 / Q, nearly linear and concave in tau2, so the iteration climbs to the root
    from 0 without passing it.
    """

    def step(y: Floats, v: Floats, segments: Segments, tau2: Floats) -> Floats:
        df = segments.counts - 1
        w = 1 / (v + segments.spread(tau2))
        centre = weighted_mean(y, w, segments)
        q = generalised_q(y, w, centre, segments)
        slope = generalised_q(y, w**2, centre, segments)
        with np.errstate(invalid="ignore", divide="ignore"):
            move = np.where(q > 0, (q / df - 1) * q / slope, 0.0)
        return np.maximum(0.0, tau2 + move)

    return _iterate(step, y, v, segments)


def restricted_maximum_likelihood(
    y: Floats, v: Floats, segments: Segments
) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 at the global maximum of the restricted likelihood (Viechtbauer 2005, eq. 11).

    The likelihood can have two modes, so it is searched on a grid up to a bound beyond which it
    can only fall, then the best cell is refined by Newton's method kept inside a shrinking bracket.
    """
    several = segments.counts > 1
    tau2 = np.full(len(segments), np.nan)
    converged = np.zeros(len(segments), dtype=bool)
    if several.any():
        part, trials = segments.select(several)
        low, best, high = _best_grid_cell(y[trials], v[trials], part)
        tau2[several], converged[several] = _refine(y[trials], v[trials], part, low, best, high)
    return tau2, converged


def restricted_log_likelihood(y: Floats, v: Floats, segments: Segments, tau2: Floats) -> Floats:
    """Restricted log-likelihood of each analysis at tau2, up to a constant (Viechtbauer 2005)."""
    total = v + segments.spread(tau2)
    w = 1 / total
    centre = weighted_mean(y, w, segments)
    q = generalised_q(y, w, centre, segments)
    return -0.5 * (segments.total(np.log(total)) + np.log(segments.total(w)) + q)


def restricted_score(
    y: Floats, v: Floats, segments: Segments, tau2: Floats
) -> tuple[Floats, Floats]:
    """First and second derivative of the restricted log-likelihood with respect to tau2."""
    w = 1 / (v + segments.spread(tau2))
    residual = w * (y - segments.spread(weighted_mean(y, w, segments)))
    s1, s2, s3 = (segments.total(w**power) for power in (1, 2, 3))
    trace_p = s1 - s2 / s1
    trace_pp = s2 - 2 * s3 / s1 + (s2 / s1) ** 2
    ypy2 = segments.total(residual**2)
    ypy3 = segments.total(w * residual**2) - segments.total(w * residual) ** 2 / s1
    return 0.5 * (ypy2 - trace_p), 0.5 * (trace_pp - 2 * ypy3)


ESTIMATORS: dict[str, Callable[[Floats, Floats, Segments], tuple[Floats, Booleans]]] = {
    "DL": dersimonian_laird,
    "PM": paule_mandel,
    "REML": restricted_maximum_likelihood,
}


def _iterate(
    step: Callable[[Floats, Floats, Segments, Floats], Floats],
    y: Floats,
    v: Floats,
    segments: Segments,
) -> tuple[Floats, Booleans]:
    """Repeat `step` from tau2 = 0 on the analyses that still move."""
    several = segments.counts > 1
    tau2 = np.where(several, 0.0, np.nan)
    active = several.copy()
    for _ in range(_MAX_ITERATIONS):
        if not active.any():
            break
        part, trials = segments.select(active)
        before = tau2[active]
        after = step(y[trials], v[trials], part, before)
        tau2[active] = after
        active[active] = np.abs(after - before) > _TOLERANCE * after
    return tau2, several & ~active


def _best_grid_cell(
    y: Floats, v: Floats, segments: Segments
) -> tuple[Floats, Floats, Floats]:
    """The grid point with the highest restricted likelihood, between its two neighbours.

    P has eigenvalues between 1 / (max v + tau2) and 1 / (min v + tau2), so with s the sample variance
    of y the score is negative once (min v + tau2)^2 > s (max v + tau2): nothing lies beyond.
    """
    smallest, largest = segments.lowest(v), segments.highest(v)
    mean = segments.total(y) / segments.counts
    s = generalised_q(y, np.ones_like(y), mean, segments) / (segments.counts - 1)
    bound = 0.5 * (s + np.sqrt(s**2 + 4 * s * (largest - smallest)))
    ratio = np.maximum(bound / smallest, 1.0) * 1.0001
    grid = smallest * (ratio ** (np.arange(_GRID + 1)[:, None] / _GRID) - 1)
    likelihood = np.array([restricted_log_likelihood(y, v, segments, point) for point in grid])
    at, column = likelihood.argmax(axis=0), np.arange(len(segments))
    return (
        grid[np.maximum(at - 1, 0), column],
        grid[at, column],
        grid[np.minimum(at + 1, _GRID), column],
    )


def _refine(
    y: Floats, v: Floats, segments: Segments, low: Floats, best: Floats, high: Floats
) -> tuple[Floats, Booleans]:
    """Newton's method on the score, falling back to bisection whenever it leaves its bracket."""
    rising = restricted_score(y, v, segments, best)[0] > 0
    low, high = np.where(rising, best, low), np.where(rising, high, best)
    tau2 = best.copy()
    active = np.ones(len(segments), dtype=bool)
    for _ in range(_MAX_ITERATIONS):
        part, trials = segments.select(active)
        now = tau2[active]
        score, curvature = restricted_score(y[trials], v[trials], part, now)
        up = score > 0
        low[active] = np.where(up, now, low[active])
        high[active] = np.where(up, high[active], now)
        with np.errstate(invalid="ignore", divide="ignore"):
            newton = now - score / curvature
        inside = (curvature < 0) & (newton > low[active]) & (newton < high[active])
        after = np.where(inside, newton, 0.5 * (low[active] + high[active]))
        tau2[active] = after
        scale = after + 1e-3 * part.lowest(v[trials])
        active[active] = np.abs(after - now) > _TOLERANCE * scale
        if not active.any():
            break
    return tau2, ~active
