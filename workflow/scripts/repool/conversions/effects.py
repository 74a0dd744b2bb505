"""Standard errors of estimates that come with a test instead. Shapes are (trials,)."""

import numpy as np
from scipy.special import ndtri, stdtrit

from repool.batch import Floats
from repool.conversions.records import Conversion, Converted, check_numbers, refuse
from repool.model import Bilingual

SE_FROM_STATISTIC = Conversion(Bilingual("t- eller z-verdi", "t or z value"), "Handbook 6.3.2")
SE_FROM_P = Conversion(Bilingual("P, normalfordeling", "P, normal"), "Handbook 6.3.2")
SE_FROM_P_OF_T = Conversion(Bilingual("P, t-fordeling", "P, t distribution"), "Handbook 6.3.2")


def se_from_statistic(y: Floats, statistic: Floats) -> Converted:
    """|y / statistic|: y on the analysis scale (log for ratios), its t or z value against no effect.

    Cochrane Handbook 6.3.2. Raises ValueError for a statistic or an estimate of 0, which say nothing.
    """
    check_numbers(y=y, statistic=statistic)
    refuse(statistic == 0, "the statistic is 0", "give the SE or the CI")
    refuse(y == 0, "the estimate is that of no effect", "give the SE or the CI")
    return Converted(np.abs(y / statistic), SE_FROM_STATISTIC)


def se_from_p(y: Floats, p: Floats, df: Floats | None = None) -> Converted:
    """|y| over the quantile at 1 - p/2, of t with df degrees of freedom or, without, normal.

    y as in `se_from_statistic`, p two-sided (Cochrane Handbook 6.3.2). Raises ValueError for p outside
    (0, 1), df not above 0, or an estimate of no effect.
    """
    check_numbers(y=y, p=p)
    refuse((p <= 0) | (p >= 1), "p is not between 0 and 1", "give the SE or the CI")
    refuse(y == 0, "the estimate is that of no effect", "give the SE or the CI")
    if df is None:
        return Converted(np.abs(y) / -ndtri(p / 2), SE_FROM_P)
    check_numbers(df=df)
    refuse(df <= 0, "df is not above 0", "give the degrees of freedom of the test")
    return Converted(np.abs(y) / -stdtrit(df, p / 2), SE_FROM_P_OF_T)
