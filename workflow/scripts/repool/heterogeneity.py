"""How much trials differ: I2, H2, R_b and tau with their intervals, and effects beyond a threshold.

Formulas: docs/methods.md, "Heterogeneity".
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.special import ndtr, ndtri

from repool.batch import Floats
from repool.estimates import Estimates
from repool.likelihood import Likelihood
from repool.reach import Reached, reach
from repool.tau2_intervals import INTERVALS


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Measures of heterogeneity with their limits, each of shape (analyses,); NaN with fewer than two trials.

    tau2 on the squared analysis scale, tau on the analysis scale. i2 and r_b in percent. i2_q and h2_q
    rest on Q alone, i2, h2 and r_b on tau2 and its interval.
    """

    tau2_low: Floats
    tau2_high: Floats
    tau: Floats
    tau_low: Floats
    tau_high: Floats
    i2: Floats
    i2_low: Floats
    i2_high: Floats
    h2: Floats
    h2_low: Floats
    h2_high: Floats
    r_b: Floats
    r_b_low: Floats
    r_b_high: Floats
    i2_q: Floats
    i2_q_low: Floats
    i2_q_high: Floats
    h2_q: Floats
    h2_q_low: Floats
    h2_q_high: Floats


def heterogeneity(e: Estimates, tau2: Floats, q: Floats, interval: str, level: float) -> Heterogeneity:
    """All measures from tau2 and Q, with the given kind of interval of tau2 (`tau2_intervals.INTERVALS`).

    I2 = tau2 / (tau2 + typical v) and H2 = tau2 / typical v + 1 rise with tau2, and so does
    R_b = mean of tau2 / (v + tau2) (Crippa 2016): their limits are those of tau2 put in
    (Viechtbauer 2007). NaN throughout for an analysis beyond `reach`.
    """
    reached = reach(e)
    if reached is None:
        return _measures(e, tau2, q, interval, level)
    found = _measures(reached.e, reached.into(tau2, 2), q, interval, level)
    return _in_own_unit(found, reached)


def _in_own_unit(found: Heterogeneity, reached: Reached) -> Heterogeneity:
    powers = {each.name: 0 for each in fields(found)}
    powers |= dict.fromkeys(("tau", "tau_low", "tau_high"), 1) | dict.fromkeys(("tau2_low", "tau2_high"), 2)
    return replace(found, **{name: reached.back(getattr(found, name), at) for name, at in powers.items()})


def _measures(e: Estimates, tau2: Floats, q: Floats, interval: str, level: float) -> Heterogeneity:
    low, high = INTERVALS[interval](e, level)
    typical = e.typical_variance()
    columns: dict[str, Floats] = {}
    for end, value in (("", tau2), ("_low", low), ("_high", high)):
        columns[f"tau2{end}"] = value
        columns[f"tau{end}"] = np.sqrt(value)
        columns[f"i2{end}"] = 100 * value / (value + typical)
        columns[f"h2{end}"] = value / typical + 1
        columns[f"r_b{end}"] = share_of_variance(e, value)
    del columns["tau2"]
    return Heterogeneity(**columns, **_from_q(q, e.df, level))


def i2_from_q(q: Floats, df: Floats) -> Floats:
    """max(0, (Q - df) / Q) in percent, 0 where Q is 0 (Higgins & Thompson 2002, eq. 10)."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return 100 * np.maximum(0.0, (q - df) / q)


def share_of_variance(e: Estimates, tau2: Floats) -> Floats:
    """R_b: the mean of tau2 / (v + tau2) over the trials, in percent (Crippa et al. 2016, eq. 5)."""
    spread = e.segments.spread(tau2)
    with np.errstate(invalid="ignore"):
        return 100 * e.segments.total(spread / (e.v + spread)) / e.segments.counts


def proportion_beyond(
    e: Estimates, estimate: Floats, se: Floats, tau2: Floats, threshold: float, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Share of true effects above a threshold, in percent, with its limits (Mathur & VanderWeele 2019).

    estimate, se, tau2: shape (analyses,), the estimate on the analysis scale like the threshold.
    1 - Phi((threshold - estimate) / tau); limits by the delta method (eq. 3.2) with the variance of
    tau2 from the expected information of the restricted likelihood, cut off at 0 and 100. With
    tau2 = 0 all effects are the same: 0 or 100 (50 at the threshold itself), without limits (NaN).
    """
    tau = np.sqrt(tau2)
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = (threshold - estimate) / tau
        variance = 1 / Likelihood(e, restricted=True).information(tau2)
        slope = np.exp(-0.5 * distance**2) / np.sqrt(2 * np.pi)
        spread = slope * np.sqrt(se**2 / tau2 + variance * distance**2 / (4 * tau2**2))
    share = np.where(tau > 0, ndtr(-distance), 0.5 + 0.5 * np.sign(estimate - threshold))
    reach = np.where(tau > 0, ndtri(0.5 + level / 2) * spread, np.nan)
    low, high = np.maximum(share - reach, 0), np.minimum(share + reach, 1)
    known = np.isfinite(tau2)
    shown = [100 * np.where(known, each, np.nan) for each in (share, low, high)]
    return shown[0], shown[1], shown[2]


def _from_q(q: Floats, df: Floats, level: float) -> dict[str, Floats]:
    """I2 and H2 from Q with test-based limits (Higgins & Thompson 2002, section 4 and appendix A2).

    H2 = Q / df, at least 1. SE of ln H: (ln Q - ln df) / (2 (sqrt(2 Q) - sqrt(2 k - 3))) where Q > k,
    else sqrt((1 - 1 / (3 (k - 2)^2)) / (2 (k - 2))), which two trials do not have: NaN.
    """
    k = df + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        above = 0.5 * (np.log(q) - np.log(df)) / (np.sqrt(2 * q) - np.sqrt(2 * k - 3))
        below = np.sqrt((1 - 1 / (3 * (k - 2) ** 2)) / (2 * (k - 2)))
        se = np.where(q > k, above, below)
        h2 = np.where(df > 0, np.maximum(1.0, q / df), np.nan)
        reach = np.exp(2 * ndtri(0.5 + level / 2) * se)
        ends = {"": h2, "_low": np.maximum(1.0, h2 / reach), "_high": h2 * reach}
        columns = {f"h2_q{end}": value for end, value in ends.items()}
        columns |= {f"i2_q{end}": 100 * (1 - 1 / value) for end, value in ends.items()}
    return columns
