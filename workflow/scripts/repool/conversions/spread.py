"""SDs from what stands in their place: SE, CI, t, P and the interquartile range. Shapes are (trials,)."""

import numpy as np
from scipy.special import ndtri, stdtrit

from repool.batch import Floats
from repool.conversions.records import (
    Conversion,
    Converted,
    check_level,
    check_not_negative,
    check_numbers,
    check_rising,
    check_totals,
    refuse,
)
from repool.model import Bilingual

SD_FROM_SE = Conversion(Bilingual("standardfeil", "SE"), "Handbook 6.5.2.2")
SD_FROM_CI = Conversion(Bilingual("KI, t-fordeling", "CI, t distribution"), "Handbook 6.5.2.2")
SD_FROM_CI_NORMAL = Conversion(Bilingual("KI, normalfordeling", "CI, normal"), "Handbook 6.5.2.2")
SD_FROM_IQR = Conversion(Bilingual("kvartilavstand / 1,35", "IQR / 1.35"), "Handbook 6.5.2.5")
COMMON_SD_FROM_SE = Conversion(
    Bilingual("differansens standardfeil", "SE of the difference"), "Handbook 6.5.2.3"
)
COMMON_SD_FROM_CI = Conversion(
    Bilingual("differansens KI, t-fordeling", "CI of the difference, t distribution"), "Handbook 6.5.2.3"
)
COMMON_SD_FROM_CI_NORMAL = Conversion(
    Bilingual("differansens KI, normalfordeling", "CI of the difference, normal"), "Handbook 6.5.2.3"
)
COMMON_SD_FROM_T = Conversion(Bilingual("differansen og t", "difference and t"), "Handbook 6.5.2.3")
COMMON_SD_FROM_P = Conversion(
    Bilingual("differansen og P i en t-test", "difference and P of a t test"), "Handbook 6.5.2.3"
)


def sd_from_se(se: Floats, total: Floats) -> Converted:
    """SD of one arm from the SE of its mean: SE sqrt(n) (Handbook 6.5.2.2).

    Raises ValueError for a negative SE or fewer than 2 participants.
    """
    check_not_negative(se=se)
    check_totals(total=total)
    return Converted(se * np.sqrt(total), SD_FROM_SE)


def sd_from_ci(
    low: Floats, high: Floats, total: Floats, level: Floats | float = 0.95, normal: bool = False
) -> Converted:
    """SD of one arm from the CI of its mean: sqrt(n) (high - low) / (2 quantile) (Handbook 6.5.2.2).

    The quantile is that of t with n - 1 df, which small samples need and large ones do not mind, or with
    `normal` that of the normal distribution (3.92 = 2 x 1.96 at 95%). level: 0 to 1. The limits of a mean
    stand on its own scale; those of a geometric mean must be logged first. Raises ValueError for limits in
    the wrong order, a level that is no share, or fewer than 2 participants.
    """
    check_rising(low=low, high=high)
    check_totals(total=total)
    check_level(level)
    se = (high - low) / (2 * _quantile(level, total - 1, normal))
    return Converted(se * np.sqrt(total), SD_FROM_CI_NORMAL if normal else SD_FROM_CI)


def sd_from_iqr(q1: Floats, q3: Floats) -> Converted:
    """SD of one arm from its quartiles, taken to be of a large normal sample: (q3 - q1) / 1.35.

    Handbook 6.5.2.5; `quantiles.sd_from_quartiles` takes the size of the sample into account. Raises
    ValueError for quartiles in the wrong order.
    """
    check_rising(q1=q1, q3=q3)
    return Converted((q3 - q1) / 1.35, SD_FROM_IQR)


def common_sd_from_se(se: Floats, total1: Floats, total2: Floats) -> Converted:
    """SD within both arms from the SE of their mean difference: SE / sqrt(1/n1 + 1/n2).

    Handbook 6.5.2.3: an average of the arms' SDs, to be entered for both. Raises ValueError for a
    negative SE or an arm of fewer than 2.
    """
    check_not_negative(se=se)
    check_totals(total1=total1, total2=total2)
    return Converted(se / _reach(total1, total2), COMMON_SD_FROM_SE)


def common_sd_from_ci(
    low: Floats,
    high: Floats,
    total1: Floats,
    total2: Floats,
    level: Floats | float = 0.95,
    normal: bool = False,
) -> Converted:
    """SD within both arms from the CI of their mean difference, t with n1 + n2 - 2 df unless `normal`.

    Handbook 6.5.2.3: the CI gives the SE as in `sd_from_ci`. level: 0 to 1. Raises ValueError as there.
    """
    check_rising(low=low, high=high)
    check_totals(total1=total1, total2=total2)
    check_level(level)
    se = (high - low) / (2 * _quantile(level, total1 + total2 - 2, normal))
    by = COMMON_SD_FROM_CI_NORMAL if normal else COMMON_SD_FROM_CI
    return Converted(se / _reach(total1, total2), by)


def common_sd_from_t(difference: Floats, t: Floats, total1: Floats, total2: Floats) -> Converted:
    """SD within both arms from the mean difference and its t: SE = |difference / t| (Handbook 6.5.2.3).

    Raises ValueError where either is 0, because then they say nothing about the spread.
    """
    check_numbers(t=t)
    _check_difference(difference)
    refuse(t == 0, "t is 0, which leaves the spread open", "use another figure of the trial")
    check_totals(total1=total1, total2=total2)
    return Converted(np.abs(difference / t) / _reach(total1, total2), COMMON_SD_FROM_T)


def common_sd_from_p(difference: Floats, p: Floats, total1: Floats, total2: Floats) -> Converted:
    """SD within both arms from the mean difference and the two-sided P of an unpaired t test.

    The quantile of t with n1 + n2 - 2 df at P / 2 gives t, and t the SE (Handbook 6.5.2.3). A rounded P
    gives a rough SD, and one that is only bounded ("P < 0.05") gives a bound. Raises ValueError for a P
    not between 0 and 1, or a difference of 0.
    """
    check_numbers(p=p)
    refuse((p <= 0) | (p >= 1), "p is not between 0 and 1", "give the two-sided P value as printed")
    _check_difference(difference)
    check_totals(total1=total1, total2=total2)
    t = -stdtrit(total1 + total2 - 2, p / 2)
    return Converted(np.abs(difference) / t / _reach(total1, total2), COMMON_SD_FROM_P)


def _check_difference(difference: Floats) -> None:
    check_numbers(difference=difference)
    refuse(
        difference == 0, "difference is 0, which leaves the spread open", "use another figure of the trial"
    )


def _reach(total1: Floats, total2: Floats) -> Floats:
    """SE of a mean difference in units of the common SD."""
    return np.sqrt(1 / total1 + 1 / total2)


def _quantile(level: Floats | float, df: Floats, normal: bool) -> Floats:
    upper = 0.5 + np.asarray(level, dtype=np.float64) / 2
    quantile: Floats = ndtri(upper) if normal else stdtrit(df, upper)
    return quantile
