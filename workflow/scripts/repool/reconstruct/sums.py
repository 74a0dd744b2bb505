"""Common-effect results as sums over trials: what lets a search add a trial without pooling anew.

Formulas: docs/methods.md, "Reconstruction". These sums only choose candidates; every candidate is then
pooled by `pooling.pool`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from repool.batch import Floats, Integers, Segments
from repool.effects import Tables
from repool.methods import HAENSZEL, Method
from repool.model import Measure
from repool.trials import Trials

_ACCURACY = 1e-9  # on the analysis scale: what the sums may lose against pooling itself


def is_additive(method: Method, measure: Measure) -> bool:
    """Whether estimate and interval follow from sums over trials that do not depend on one another."""
    return (
        method.model == "common"
        and method.weighting in ("MH", "IV", "Peto")
        and method.ci == "Wald"
        and method.zero_cell_rule != "if-any"
        and (method.weighting != "MH" or measure in HAENSZEL)
    )


def contributions(measure: Measure, method: Method, tables: NDArray[np.generic]) -> Floats:
    """What each trial adds to the sums; tables of shape (..., 4) give (..., sums).

    Columns of the tables: events and total of the experimental arm, then of the control arm. The sums are
    (w y, w) for inverse variance and Peto, (w y, w, w^2 v) for M-H RD, (R, S, P) for M-H RR, and (R, S,
    PR, PS + QR, QS) for M-H OR; a trial that is not estimable adds 0.
    """
    flat = np.asarray(tables, np.float64).reshape(-1, 4)
    raw = Tables(*np.ascontiguousarray(flat.T))
    trials = Trials.of_tables(measure, raw, Segments.of_counts([len(flat)]), method.zero_cells)
    used = trials.effects.estimable
    if method.weighting == "MH":
        parts = _haenszel(measure, method, trials, raw)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            w = 1 / trials.effects.v
            parts = [w * trials.effects.y, w]
    sums = np.where(used, np.stack(parts), 0.0).T
    return np.ascontiguousarray(sums).reshape(*tables.shape[:-1], len(parts))


def estimate_and_se(measure: Measure, method: Method, sums: Floats) -> tuple[Floats, Floats]:
    """Pooled estimate and SE on the analysis scale from sums of shape (..., sums); NaN where undefined."""
    parts = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method.weighting != "MH":
            return parts[0] / parts[1], np.sqrt(1 / parts[1])
        if measure is Measure.RD:
            return parts[0] / parts[1], np.sqrt(parts[2]) / parts[1]
        r, s = parts[0], parts[1]
        if measure is Measure.RR:
            return np.log(r / s), np.sqrt(parts[2] / (r * s))
        variance = parts[2] / (2 * r**2) + parts[3] / (2 * r * s) + parts[4] / (2 * s**2)
        return np.log(r / s), np.sqrt(variance)


def _haenszel(measure: Measure, method: Method, trials: Trials, raw: Tables) -> list[Floats]:
    cells = raw
    if method.mh_cells == "corrected" and measure is not Measure.RD and trials.cells is not None:
        cells = trials.cells
    a, n1, c, n2 = cells.events1, cells.total1, cells.events2, cells.total2
    b, d, n = n1 - a, n2 - c, n1 + n2
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure is Measure.RD:
            w = n1 * n2 / n
            return [w * (a / n1 - c / n2), w, (a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2)]
        if measure is Measure.RR:
            s = c * n1 / n
            ones = raw.all_events & method.zero_cells.drops
            return [np.where(ones, s, a * n2 / n), s, (n1 * n2 * (a + c) - a * c * n) / n**2]
        r, s = a * d / n, b * c / n
        p, q = (a + d) / n, (b + c) / n
        return [r, s, p * r, p * s + q * r, q * s]


def can_reach(
    method: Method, sums: Floats, left: Integers, trials: int, ratio: tuple[float, float], se: float
) -> NDArray[np.bool_]:
    """Whether `trials` more trials can still bring M-H RR sums into the printed ratio; never a false no.

    sums: shape (tables, 3), what is settled; left: shape (tables, 4), what the other trials share; ratio:
    lowest and highest printed ratio on the log scale; se: the smallest that the figures allow. Bounds:
    0 <= a <= n1 and sum n1 n2/N <= N1 N2/N (it is concave), so R <= N1 N2/N, and R lies between E n2min /
    (n1max + n2min) and E n2max / (n1min + n2max) with E events; S likewise; P <= (a + c)/4. A correction by
    d moves R and S of a trial by no less than -d/2 and no more than 3d, P by no more than d/2.
    """
    a, n1, c, n2 = np.moveaxis(np.asarray(left, np.float64), -1, 0)
    largest1, largest2 = n1 - (trials - 1), n2 - (trials - 1)
    whole = n1 * n2 / np.maximum(n1 + n2, 1)
    d = trials * method.zero_cell_amount
    r_high = sums[:, 0] + np.minimum(a * largest2 / (1 + largest2), whole) + 3 * d
    s_high = sums[:, 1] + np.minimum(c * largest1 / (1 + largest1), whole) + 3 * d
    r_low = np.maximum(sums[:, 0] + a / (largest1 + 1) - d / 2, 0)
    s_low = np.maximum(sums[:, 1] + c / (largest2 + 1) - d / 2, 0)
    p_high = sums[:, 2] + (a + c) / 4 + d / 2
    low, high = math.exp(ratio[0]) * (1 - 1e-9), math.exp(ratio[1]) * (1 + 1e-9)
    possible: NDArray[np.bool_] = (r_high >= low * s_low) & (r_low <= high * s_high)
    possible &= p_high >= (se * (1 - 1e-9)) ** 2 * r_low * s_low
    return possible


def has_bounds(method: Method, measure: Measure) -> bool:
    """Whether `can_reach` holds: M-H RR whose correction adds the same to all cells of a table with a 0."""
    usual = method.zero_cell_rule in ("only0", "all") and method.zero_cell_amount > 0
    return measure is Measure.RR and method.weighting == "MH" and usual


def within(values: Floats, window: tuple[float, float]) -> NDArray[np.bool_]:
    """Whether values on the analysis scale lie in a window, or so near that pooling must decide."""
    inside: NDArray[np.bool_] = (values >= window[0] - _ACCURACY) & (values <= window[1] + _ACCURACY)
    return inside
