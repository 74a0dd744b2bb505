"""The distribution of Cochran's Q, with any weights and any tau2, for many analyses at once."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from repool.batch import Floats, Segments
from repool.estimates import Estimates

_NODES = 46
_STEP = 0.09
_ANGLE = 1.05  # of the contour's asymptotes with the real axis


def q_below(e: Estimates, a: Floats, tau2: Floats, q: Floats) -> Floats:
    """P(Q_a <= q) where trials are normal with variances v + tau2, shape (analyses,).

    Q_a = sum a (y - mean_a)^2, weights a of shape (trials,). Q_a is a sum of chi2(1) with the
    eigenvalues of S^1/2 (D_a - a a' / A) S^1/2 as factors (Biggerstaff & Jackson 2008), A = sum a; by the
    determinant lemma its moment generating function needs none of them:
    exp(-(sum ln(1 - 2 z a s) + ln sum (a / A) / (1 - 2 z a s)) / 2), s = v + tau2. It is inverted along a
    hyperbola around all its singularities (Weideman & Trefethen 2007), put at the saddle point;
    absolute error about 1e-12. 0 for q <= 0, NaN with fewer than two trials. tau2 may have further axes
    in front.
    """
    several = e.several & (q > np.finfo(np.float64).tiny)
    part = e.only(several)
    chosen = a if part is e else a[np.repeat(several, e.segments.counts)]
    segments, q = part.segments, q[several]
    share = chosen / segments.spread(segments.total(chosen))
    factors = 2 * chosen * (part.v + segments.spread(tau2[..., several]))
    scale = _saddle_point(factors, q, segments)
    x, exponent = factors * segments.spread(scale), scale * q
    below = np.zeros_like(scale)
    for zeta, weight in zip(*_contour(), strict=True):
        kernel = 1 - zeta * x
        inverse = share / kernel
        bracket = segments.total(inverse.real) + 1j * segments.total(inverse.imag)
        modulus = segments.total(np.log(np.abs(kernel)))
        angle = segments.total(np.arctan2(kernel.imag, kernel.real))
        logarithm = modulus + 1j * angle + np.log(bracket)
        below += (weight * np.exp(-0.5 * logarithm - exponent * zeta)).imag
    result = np.broadcast_to(np.where(e.several, 0.0, np.nan), tau2.shape).copy()
    result[..., several] = np.clip(below, 0.0, 1.0)
    return result


def _saddle_point(factors: Floats, q: Floats, segments: Segments) -> Floats:
    """Roughly the x > 0 at which sum (f / 2) / (1 + x f) + 1 / x = q, where the transform at -x is flat.

    Newton's method on the reciprocal of the left side, which is nearly straight; from 1 / q it climbs.
    """
    x = np.broadcast_to(1 / q, (*factors.shape[:-1], len(q)))
    for _ in range(5):
        part = segments.spread(x) * factors
        part = part / (1 + part)
        left = segments.total(0.5 * part) + 1  # x times the left side
        x = x + (left / (x * q) - 1) * left * x / (segments.total(0.5 * part**2) + 1)
    return x


@cache
def _contour() -> tuple[NDArray[np.complexfloating], NDArray[np.complexfloating]]:
    """Nodes of the upper half of the contour, which crosses at -1 and encloses 0, and their weights."""
    w = _STEP * (np.arange(_NODES) + 0.5)
    size = 1 / (1 - np.cos(_ANGLE))
    zeta = size * (np.cos(_ANGLE) * (np.cosh(w) - 1) + 1j * np.sin(_ANGLE) * np.sinh(w)) - 1
    slope = size * (np.cos(_ANGLE) * np.sinh(w) + 1j * np.sin(_ANGLE) * np.cosh(w))
    return zeta, -_STEP / np.pi * slope / zeta
