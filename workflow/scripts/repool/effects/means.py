"""Effects of means: differences, standardised differences and ratios."""

import numpy as np
from scipy.special import beta

from repool.batch import Booleans, Floats
from repool.effects.record import SMALLEST, Effects
from repool.model import Measure

#: Standardised mean differences: RevMan's Hedges' g, metafor's, and Glass's delta.
SMD_VARIANTS = ("revman", "exact", "glass")


def continuous(
    measure: Measure,
    mean1: Floats,
    sd1: Floats,
    total1: Floats,
    mean2: Floats,
    sd2: Floats,
    total2: Floats,
    *,
    smd: str = "revman",
) -> Effects:
    """Mean difference, log ratio of means, or standardised mean difference of each trial.

    MD: variance sd1^2 / n1 + sd2^2 / n2 (Handbook 6.5.1.1). ROM: log(mean1 / mean2), variance
    sd1^2 / (n1 mean1^2) + sd2^2 / (n2 mean2^2) (Hedges, Gurevitch & Curtis 1999; Lajeunesse
    2011). SMD by `smd`, N = n1 + n2:
        "revman": g = d (1 - 3 / (4 N - 9)), variance N / (n1 n2) + g^2 / (2 (N - 3.94)) (Deeks &
            Higgins, Statistical algorithms in Review Manager 5).
        "exact": g = d J(N - 2), variance 1 / n1 + 1 / n2 + g^2 / (2 N) (Hedges 1981; metafor's `SMD`).
        "glass": the difference over the control arm's SD, times J(n2 - 1), variance
            1 / n1 + 1 / n2 + delta^2 / (2 n2) (Glass 1976; metafor's `SMD1`).

    Not estimable: MD and "revman" with an SD of 0 in either arm, as in RevMan, and "revman" with fewer
    than 4 participants. As in metafor: ROM unless both means have the same sign, below 0 too, and an SD
    is above 0; "exact" with N - 2, "glass" with n2 - 1 at or below 1, or a standardising SD of 0. All of
    them without a participant in either arm. Raises ValueError for another measure or variant.
    """
    if not measure.is_continuous:
        raise ValueError(f"{measure} is not computed from means")
    if smd not in SMD_VARIANTS:
        raise ValueError(f"smd: {smd} is not one of {', '.join(SMD_VARIANTS)}")
    both_arms: Booleans = (total1 > 0) & (total2 > 0)
    with np.errstate(all="ignore"):
        if measure is Measure.MD:
            v = sd1**2 / total1 + sd2**2 / total2
            return Effects.where(both_arms & (sd1 > 0) & (sd2 > 0), mean1 - mean2, v)
        if measure is Measure.ROM:
            v = (sd1 / mean1) ** 2 / total1 + (sd2 / mean2) ** 2 / total2
            return Effects.where(both_arms & (sd1 >= 0) & (sd2 >= 0), np.log(mean1 / mean2), v)
        if smd == "glass":
            return _glass(mean1 - mean2, total1, sd2, total2, both_arms)
        n = total1 + total2
        variance = ((total1 - 1) * sd1**2 + (total2 - 1) * sd2**2) / (n - 2)
        held: Booleans = (variance >= SMALLEST) & (variance < np.inf)  # whose square root is right
        d = np.where(held, (mean1 - mean2) / np.sqrt(variance), np.nan)
        if smd == "exact":
            g = d * hedges_correction(n - 2)
            v = 1 / total1 + 1 / total2 + g**2 / (2 * n)
            return Effects.where(both_arms & (sd1 >= 0) & (sd2 >= 0) & (n > 3), g, v)
        g = d * (1 - 3 / (4 * n - 9))
        v = n / (total1 * total2) + g**2 / (2 * (n - 3.94))
        return Effects.where(both_arms & (sd1 > 0) & (sd2 > 0) & (n >= 4), g, v)


def _glass(difference: Floats, total1: Floats, sd2: Floats, total2: Floats, both_arms: Booleans) -> Effects:
    delta = difference / sd2 * hedges_correction(total2 - 1)
    v = 1 / total1 + 1 / total2 + delta**2 / (2 * total2)
    return Effects.where(both_arms & (sd2 > 0) & (total2 > 2), delta, v)


def hedges_correction(df: Floats) -> Floats:
    """J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m - 1)/2)) of m degrees of freedom, 0 for m <= 1.

    Removes the small-sample bias of a standardised difference (Hedges 1981). Above 100 the
    difference of two log-gammas loses digits, ten of them at 1e9; there from
    ln J = ln(1 - 3/(2m))/2 - sum over k of E_2k / (4k u^2k) with u = 2m - 3 and the Euler numbers
    E_2 = -1, E_4 = 5, E_6 = -61. It is the expansion of log-gamma (DLMF 5.11.8) at m/2 - 3/4, where the
    arguments lie 1/4 and 3/4 above and the even powers alone are left, with B_2k+1(1/4) =
    -(2k + 1) E_2k / 4^(2k+1) (DLMF 24.4). The first term left out is below 4e-17.
    """
    defined: Booleans = df > 1
    few = np.where(defined, np.minimum(df, 100.0), 2.0)
    exact = np.sqrt(2 * np.pi / few) / beta((few - 1) / 2, 0.5)
    many = np.maximum(df, 100.0)
    u2 = (2 * many - 3) ** -2.0
    expanded = np.sqrt(1 - 1.5 / many) * np.exp(u2 * (1 / 4 - u2 * (5 / 8 - u2 * 61 / 12)))
    return np.where(defined, np.where(df <= 100, exact, expanded), 0.0)
