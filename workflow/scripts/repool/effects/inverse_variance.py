"""Effects that trials report as such: an estimate with a measure of its uncertainty, or O - E and V."""

import numpy as np
from scipy.special import ndtri, stdtrit

from repool.batch import Booleans, Floats
from repool.effects.record import Effects


def generic(
    estimate: Floats,
    se: Floats,
    ci_low: Floats,
    ci_high: Floats,
    ci_level: Floats,
    scale_factor: Floats,
    log_scale: bool,
    *,
    statistic: Floats | None = None,
    p: Floats | None = None,
    df: Floats | None = None,
) -> Effects:
    """Generic inverse variance: an estimate with its SE or, where that is NaN, with what the SE follows from.

    estimate and limits on the natural scale, se on the analysis scale (log for ratios), as trials
    print them. Without an SE, the first of these that is not NaN:
        CI: SE = (high - low) / (2 z) on the analysis scale with z the normal quantile at `ci_level`
            (0 to 1) (Handbook 6.3.1).
        statistic, a t or z value against no effect: SE = |estimate| / |statistic| on the analysis scale.
        p, two-sided, against no effect: the same with |statistic| = the quantile at 1 - p/2 of t with `df`
            degrees of freedom, or of the normal distribution where df is None or NaN (Handbook 6.3.1,
            6.3.2).
    `scale_factor` converts the unit of a difference (per week to per day: 1/7). Not estimable with an SE
    of 0 or without a finite one: a statistic of 0, a p of 0 (printed for a small one) or 1, and, by
    statistic or p, an estimate of no effect. Raises ValueError for a scaled ratio.
    """
    if log_scale and np.any(scale_factor != 1):
        raise ValueError("a ratio has no unit to convert")
    missing = np.full_like(estimate, np.nan)
    with np.errstate(all="ignore"):
        if log_scale:
            estimate, ci_low, ci_high = np.log(estimate), np.log(ci_low), np.log(ci_high)
        from_ci = (ci_high - ci_low) / (2 * ndtri(0.5 + ci_level / 2))
        quantile = missing if p is None else _quantile(p, missing if df is None else df)
        statistic = _first(missing if statistic is None else statistic, quantile)
        from_statistic = np.abs(estimate / statistic)
        v = (_first(se, from_ci, from_statistic) * scale_factor) ** 2
        return Effects.where(v > 0, estimate * scale_factor, v)


def observed_minus_expected(difference: Floats, variance: Floats) -> Effects:
    """Log hazard ratio, or log Peto odds ratio, from O - E and its variance V: (O - E) / V, variance 1 / V.

    Yusuf 1985; Handbook 6.8. Not estimable unless V is above 0.
    """
    with np.errstate(all="ignore"):
        return Effects.where(variance > 0, difference / variance, 1 / variance)


def _quantile(p: Floats, df: Floats) -> Floats:
    """Quantile at p/2, whose sign does not count, normal where df is NaN; NaN unless p < 1 and df > 0."""
    z, t = ndtri(p / 2), stdtrit(df, p / 2)
    return np.where(p < 1, np.where(np.isnan(df), z, t), np.nan)


def _first(*choices: Floats) -> Floats:
    """Of each trial the first value that is not NaN."""
    chosen = choices[-1]
    for choice in reversed(choices[:-1]):
        known: Booleans = ~np.isnan(choice)
        chosen = np.where(known, choice, chosen)
    return chosen
