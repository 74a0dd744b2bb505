"""Tails of the normal, t and chi-squared distributions for one number, without numpy.

The engine has them for arrays (`repool.chi_squared`, scipy); loading those takes longer than all checks
of a review together.
"""

import math
from statistics import NormalDist

MOST_DF = 100_000  # more are no meta-analysis, and the sums would take long

_NORMAL = NormalDist()


def normal_quantile(level: float) -> float:
    """The quantile a two-sided interval of this level (0..1) takes."""
    return _NORMAL.inv_cdf(0.5 + level / 2)


def normal_p(z: float) -> float:
    """Two-sided p of a standard normal z."""
    return math.erfc(abs(z) / math.sqrt(2))


def student_p(t: float, df: int) -> float:
    """Two-sided p of t with df degrees of freedom, whole, 1 or more (Abramowitz & Stegun 26.7.3, 26.7.4)."""
    angle = math.atan(abs(t) / math.sqrt(df))
    square = math.cos(angle) ** 2
    if df % 2:
        total, term = 0.0, math.cos(angle)
        for step in range(1, (df - 1) // 2 + 1):
            total += term
            term *= square * 2 * step / (2 * step + 1)
        inside = 2 / math.pi * (angle + math.sin(angle) * total)
    else:
        total, term = 0.0, 1.0
        for step in range(1, df // 2 + 1):
            total += term
            term *= square * (2 * step - 1) / (2 * step)
        inside = math.sin(angle) * total
    return max(0.0, 1 - inside)


def student_quantile(level: float, df: int) -> float:
    """The quantile of t that a two-sided interval of this level (0..1) takes, by bisection."""
    low, high = 0.0, 1e6
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if student_p(middle, df) > 1 - level else (low, middle)
    return high


def chi_squared_p(q: float, df: int) -> float:
    """P(chi2 with df degrees of freedom > q), df whole and 1 or more (Abramowitz & Stegun 26.4.4, 26.4.5)."""
    if q <= 0:
        return 1.0
    half = q / 2
    total = math.erfc(math.sqrt(half)) if df % 2 else math.exp(-half)
    start = 0.5 if df % 2 else 1.0
    for step in range((df - 1) // 2):
        power = start + step
        total += math.exp(power * math.log(half) - half - math.lgamma(power + 1))
    return min(1.0, total)
