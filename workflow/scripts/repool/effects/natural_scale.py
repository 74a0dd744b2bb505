"""From the analysis scale back to the scale that readers know."""

import numpy as np
from scipy.special import expit

from repool.batch import Floats, Segments
from repool.model import Measure


def natural(
    measure: Measure, values: Floats, *, log_scale: bool = False, harmonic_n: Floats | None = None
) -> Floats:
    """Values on the analysis scale, of any shape, on the natural scale; NaN stays NaN.

    Ratios (and GIV with `log_scale`): exp, infinite where it overflows. COR: tanh. PLO: the inverse
    logit. PFT: Miller 1978's inverse at the harmonic mean of the group sizes, `harmonic_n`, broadcast
    to values; 0 and 1 beyond the transforms of 0 and 1. Whatever is pooled as it stands comes back as it
    is, and so does ASD: a difference of arcsines has no natural scale.

    Warning: which proportion a pooled PFT stands for depends on the n put in. With sizes far apart the
    harmonic mean can give a proportion that is far off every trial's (Schwarzer 2019); prefer PLO.
    Raises ValueError for PFT without `harmonic_n`.
    """
    if measure is Measure.PFT:
        if harmonic_n is None:
            raise ValueError("a double arcsine needs the harmonic mean of the group sizes")
        return _miller(values, harmonic_n)
    if measure.is_ratio or log_scale:
        with np.errstate(over="ignore"):
            return np.exp(values)
    if measure is Measure.COR:
        return np.tanh(values)
    if measure is Measure.PLO:
        return np.asarray(expit(values), dtype=np.float64)
    return values


def harmonic_mean(total: Floats, segments: Segments) -> Floats:
    """Harmonic mean of the group sizes, all above 0, of each analysis; NaN for one without a group."""
    with np.errstate(invalid="ignore"):
        return segments.counts / segments.total(1 / total)


def _miller(values: Floats, n: Floats) -> Floats:
    """Inverse of the double arcsine for groups of n.

    With t twice the (halved) double arcsine, (1 - sgn(cos t) sqrt(1 - (sin t + (sin t - 1/sin t)/n)^2))/2
    (Miller 1978). The root equals |cos t| sqrt(1 + 2/n - (cot t / n)^2), which keeps its digits near 1/2.
    """
    lowest = np.arcsin(np.sqrt(1 / (n + 1))) / 2
    highest = np.pi / 4 + np.arcsin(np.sqrt(n / (n + 1))) / 2
    t = 2 * np.clip(values, lowest, highest)
    proportion = (1 - np.cos(t) * np.sqrt(1 + 2 / n - (1 / (np.tan(t) * n)) ** 2)) / 2
    return np.where(values <= lowest, 0.0, np.where(values >= highest, 1.0, proportion))
