"""Roots of a function of tau2, one per analysis, by a method that never leaves its bracket."""

from collections.abc import Callable

import numpy as np

from repool.batch import Booleans, Floats

#: f(tau2, which): the function at tau2 for the analyses under the mask, both of their number.
Function = Callable[[Floats, Booleans], Floats]

_MAX_ITERATIONS = 200
_DOUBLINGS = 1000
_TOLERANCE = 1e-12  # of ln(tau2 + scale)


def root(f: Function, low: Floats, high: Floats | None, scale: Floats) -> tuple[Floats, Booleans]:
    """Where f changes its sign between low and high, and whether that was found to the last digits.

    low itself where f has the same sign at both ends. Where high is None it is sought by doubling.
    All of shape (analyses,); scale > 0 is the size below which tau2 does not matter: the search runs in
    ln(tau2 + scale). Chandrupatla 1997: inverse quadratic interpolation where that is safe, else halving.
    """
    everyone = np.ones(len(low), dtype=np.bool_)
    f_low = f(low, everyone)
    if high is None:
        high = _beyond(f, low, f_low, scale)
    f_high = f(high, everyone)
    found, settled = low.copy(), everyone.copy()
    active = f_low * f_high < 0
    found[f_high == 0] = high[f_high == 0]
    b, a = np.log(low + scale)[active], np.log(high + scale)[active]
    f_b, f_a = f_low[active], f_high[active]
    share, size = np.full(len(a), 0.5), scale[active]
    for _ in range(_MAX_ITERATIONS):
        if not active.any():
            break
        t = a + share * (b - a)
        f_t = f(np.exp(t) - size, active)
        same = np.sign(f_t) == np.sign(f_a)
        c, f_c = np.where(same, a, b), np.where(same, f_a, f_b)
        b, f_b = np.where(same, b, a), np.where(same, f_b, f_a)
        a, f_a = t, f_t
        nearer = np.where(np.abs(f_a) < np.abs(f_b), a, b)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            least = _TOLERANCE / np.abs(b - a)
            share = np.clip(_share(a, b, c, f_a, f_b, f_c), least, 1 - least)
        done = (least > 0.5) | (f_a == 0)
        found[active] = np.exp(nearer) - size
        active[active] = ~done
        a, b, f_a, f_b, share, size = (each[~done] for each in (a, b, f_a, f_b, share, size))
    settled[active] = False
    return found, settled


def _share(a: Floats, b: Floats, c: Floats, f_a: Floats, f_b: Floats, f_c: Floats) -> Floats:
    """How far from a to b to go: by inverse quadratic interpolation, or half way."""
    xi, phi = (a - b) / (c - b), (f_a - f_b) / (f_c - f_b)
    safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
    quadratic = f_a / (f_b - f_a) * f_c / (f_b - f_c)
    quadratic += (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
    return np.where(safe & np.isfinite(quadratic), quadratic, 0.5)


def _beyond(f: Function, low: Floats, f_low: Floats, scale: Floats) -> Floats:
    """A tau2 above low at which f has the other sign, by doubling the distance; low where f is 0 there."""
    step, high = low + scale, low.copy()
    looking = f_low != 0
    for _ in range(_DOUBLINGS):
        if not looking.any():
            break
        high[looking] = low[looking] + step[looking]
        step *= 2
        looking[looking] = f(high[looking], looking) * f_low[looking] > 0
    return high
