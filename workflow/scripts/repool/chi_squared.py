"""Tail of the chi-squared distribution for whole degrees of freedom, many at a time."""

import numpy as np
from scipy.special import chdtrc, ndtr

from repool.batch import Floats

_MOST = 64  # degrees of freedom, and
_FAR = 1400.0  # q, up to which the finite sum is quicker than scipy's series and as exact


def chi_squared_tail(df: Floats, q: Floats) -> Floats:
    """P(chi2 with df degrees of freedom > q), df whole and 1 or more, q of the same shape; NaN for NaN.

    A finite sum for whole df: 2 Phi(-sqrt q) (odd df) or exp(-q/2) (even), plus one term for every two
    further df (Abramowitz & Stegun 26.4.4, 26.4.5). It agrees with `scipy.special.chdtrc` to 1e-13 and
    takes a quarter of its time, which would otherwise be most of the time that DerSimonian-Laird takes.
    """
    tail = np.empty(len(q))
    near = (df <= _MOST) & (q <= _FAR)
    tail[~near] = chdtrc(df[~near], q[~near])
    numbers = np.flatnonzero(near)
    numbers = numbers[np.argsort(-df[numbers].astype(np.int16), kind="stable")]
    whole, half = df[numbers].astype(np.int64), 0.5 * q[numbers]
    odd, density = whole % 2 == 1, np.exp(-half)
    total = np.where(odd, 2 * ndtr(-np.sqrt(2 * half)), density)
    term = density * np.where(odd, 2 * np.sqrt(half / np.pi), half)
    divisor = np.where(odd, 1.5, 2.0)
    for further in range(1, _MOST // 2):
        on = slice(0, int(np.searchsorted(-whole, -2 * further)))  # the largest df come first
        if on.stop == 0:
            break
        total[on] += term[on]
        term[on] *= half[on] / divisor[on]
        divisor[on] += 1
    tail[numbers] = total
    return tail
