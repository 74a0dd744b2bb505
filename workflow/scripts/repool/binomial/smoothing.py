"""The likelihood of one trial averaged over a normal distribution of its true effect.

ln of the mean of p(centre + tau u), u standard normal, by the trapezium rule, which for an analytic
integrand gains digits in proportion to its nodes (Trefethen & Weideman 2014). The nodes span the
stretch where the integrand is above exp(-34) of its peak, trial by trial; it is log-concave, so the
stretch is one. The integrand is analytic up to a distance of pi / tau from the real line, whence the
number of nodes.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from repool.batch import Floats
from repool.binomial.families import Family

_DEPTH = 34.0  # exp(-34) is beyond the last digit of a float
_REACH = np.sqrt(2 * _DEPTH)  # where a standard normal density has fallen that far
_LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)
_CHUNK = 2**16  # numbers in one array operation: enough to hide its cost, few enough for the cache
_MODE_STEPS = 60
_EDGE_STEPS = 40
_NARROW = 1e-2  # tau2 times the trial's information, below which derivatives of p say more than moments
#: (tau up to, nodes, nodes of a rough answer). Error of ln p: below 1e-10, for tau to 5 below 1e-11.
_NODES = ((0.6, 24, 12), (1.0, 32, 14), (2.0, 48, 18), (3.0, 64, 24), (5.0, 112, 32), (np.inf, 224, 64))


@dataclass(frozen=True, slots=True)
class Smoothed:
    """ln of the mean probability, and the mean's first four derivatives by the centre divided by the mean.

    Shapes (trials,) and (4, trials). Since the normal density solves the heat equation, the derivative
    by tau2 is half the second one by the centre: these four are all that a Newton step needs.
    """

    value: Floats
    ratios: Floats


def smooth(family: Family, centre: Floats, tau: Floats, rough: bool = False) -> Smoothed:
    """The mean over normal effects with the given centre and SD, shape (trials,), SD 0 included."""
    value, ratios = np.zeros(len(centre)), np.zeros((4, len(centre)))
    least = 0.0
    for limit, fine, coarse in _NODES:
        which = (tau > least) & (tau <= limit)
        if which.any():
            part = _in_chunks(family.only(which), centre[which], tau[which], coarse if rough else fine)
            value[which], ratios[:, which] = part.value, part.ratios
        least = limit
    exact = tau == 0
    if exact.any():
        part_family = family.only(exact)
        value[exact] = part_family.value(centre[exact])
        ratios[:, exact] = _ratios_of(part_family, centre[exact])
    return Smoothed(value, ratios)


def _in_chunks(family: Family, centre: Floats, tau: Floats, nodes: int) -> Smoothed:
    mode, curvature = _mode(family, centre, tau)
    low, high = (_edge(family, centre, tau, mode, side) for side in (-1.0, 1.0))
    chunk = np.cumsum(family.work * nodes) // _CHUNK
    cuts = [0, *(np.flatnonzero(np.diff(chunk)) + 1), len(chunk)]
    parts = []
    for start, stop in pairwise(cuts):
        part, here = family.between(start, stop), slice(start, stop)
        ends = low[here], high[here]
        parts.append(_smooth(part, centre[here], tau[here], *ends, curvature[here], nodes))
    return Smoothed(np.concatenate([x.value for x in parts]), np.concatenate([x.ratios for x in parts], 1))


def _smooth(
    family: Family, centre: Floats, tau: Floats, low: Floats, high: Floats, curvature: Floats, nodes: int
) -> Smoothed:
    """By so many nodes between the limits low and high of u."""
    step = (high - low) / nodes
    u = low + step * (np.arange(nodes)[:, None] + 0.5)
    eta = centre + tau * u
    height = _values(family, eta) - 0.5 * u**2
    top = height.max(axis=0)
    weight = np.exp(height - top)
    total = weight.sum(axis=0)
    weight /= total
    ratios = _hermite_moments(weight, u) / tau ** np.arange(1, 5)[:, None]
    narrow = curvature < _NARROW
    if narrow.any():
        of_p = _ratios_of(family.only(narrow), eta[:, narrow])
        ratios[:, narrow] = (weight[:, narrow] * of_p).sum(axis=1)
    return Smoothed(top + np.log(total * step) - _LOG_ROOT_2PI, ratios)


def _values(family: Family, eta: Floats) -> Floats:
    """ln p at all nodes at once, or one by one where a single trial's support is too much for that."""
    if family.work.sum() <= _CHUNK:
        return family.value(eta)
    return np.stack([family.value(each) for each in eta])


def _mode(family: Family, centre: Floats, tau: Floats) -> tuple[Floats, Floats]:
    """The u of the integrand's peak, and tau2 times the trial's information there.

    g = ln p(centre + tau u) - u^2 / 2 is concave, so its peak lies between 0 and g'(0); nor can it be
    where u^2 / 2 alone exceeds -g(0), for ln p <= 0. Newton's method, halving the bracket where it leaves it.
    """
    value, first, second = family.slopes(centre)
    reach, most = tau * first, np.sqrt(-2 * np.minimum(value, 0.0)) + 1e-6
    low, high = np.maximum(np.minimum(reach, 0.0), -most), np.minimum(np.maximum(reach, 0.0), most)
    u = np.zeros_like(centre)
    for _ in range(_MODE_STEPS):
        slope, curvature = tau * first - u, -(tau**2) * second
        low, high = np.where(slope > 0, u, low), np.where(slope > 0, high, u)
        step = slope / (1 + curvature)
        if np.all(np.abs(step) * np.sqrt(1 + curvature) < 0.02):  # of the peak's width
            break
        inside = (u + step > low) & (u + step < high)
        u = np.where(inside, u + step, 0.5 * (low + high))
        _, first, second = family.slopes(centre + tau * u)
    return u, curvature


def _edge(family: Family, centre: Floats, tau: Floats, mode: Floats, side: float) -> Floats:
    """Where the integrand has fallen by exp(-34) on one side of its peak, or a little beyond.

    A concave function's Newton steps from beyond never pass the edge, so they can stop at any time.
    """
    floor = family.value(centre + tau * mode) - 0.5 * mode**2 - _DEPTH
    distance = np.full_like(centre, _REACH)
    for _ in range(_EDGE_STEPS):
        u = mode + side * distance
        value, first, _ = family.slopes(centre + tau * u)
        height, slope = value - 0.5 * u**2 - floor, side * (tau * first - u)
        nearer = distance - np.where(height < 0, height / np.minimum(slope, -1e-300), 0.0)
        done = np.all(nearer > 0.9 * distance)
        distance = np.where(nearer > 0, nearer, distance)
        if done:
            break
    return mode + side * distance


def _hermite_moments(weight: Floats, u: Floats) -> Floats:
    """Means of u, u^2 - 1, u^3 - 3u and u^4 - 6u^2 + 3, shape (4, trials): the integral by parts."""
    square = u**2
    polynomials = (u, square - 1, u * (square - 3), square * (square - 6) + 3)
    return np.stack([(weight * each).sum(axis=0) for each in polynomials])


def _ratios_of(family: Family, eta: Floats) -> Floats:
    """p' / p to p'''' / p from the derivatives of ln p, shape (4, ..., trials)."""
    a, b, c, d = family.derivatives(eta)
    square = a * a
    third = a * (square + 3 * b) + c
    fourth = square * (square + 6 * b) + 4 * a * c + 3 * b * b + d
    return np.stack([a, square + b, third, fourth])
