"""How far apart the numbers of an analysis may lie for double precision to carry the sums of every method.

They multiply up to four weights, or three and a squared estimate. With variances between 2^-200 and 2^200
and estimates up to 2^180 none of these products leaves what a float can hold. An analysis outside is taken
in another unit, a power of two, which changes no digit; where no unit brings it inside it is refused.
"""

from dataclasses import dataclass, replace

import numpy as np

from repool.batch import Booleans, Floats, Integers, Segments
from repool.estimates import Estimates

_MOST, _FARTHEST = 2.0**200, 2.0**180


@dataclass(frozen=True, slots=True)
class Reached:
    """Estimates that every method can work with; the rest of shape (analyses,).

    exponent: 1 in `e` stands for 2^exponent. beyond: the analyses that no unit brings within reach; the
    numbers in their place mean nothing.
    """

    e: Estimates
    exponent: Integers
    beyond: Booleans

    def into(self, values: Floats, power: int = 1) -> Floats:
        """Numbers as they were given, estimates (power 1) or variances (2), in the unit of `e`."""
        return np.ldexp(values, -power * self.exponent)

    def back(self, values: Floats, power: int = 1) -> Floats:
        """The other way round; NaN where beyond reach, or above any float."""
        with np.errstate(over="ignore"):
            given = np.ldexp(values, power * self.exponent)
        return np.where(self.beyond | np.isinf(given), np.nan, given)


def reach(e: Estimates) -> Reached | None:
    """The estimates within reach; None where they all are as they stand, as good as always."""
    if len(e.v) == 0 or (
        e.v.min() >= 1 / _MOST and e.v.max() <= _MOST and e.y.max() <= _FARTHEST and e.y.min() >= -_FARTHEST
    ):
        return None
    filled = e.segments.counts > 0
    smallest, largest = (np.where(filled, ends(e.v), 1.0) for ends in (e.segments.lowest, e.segments.highest))
    farthest = np.where(filled, e.segments.highest(np.abs(e.y)), 0.0)
    plain = (smallest >= 1 / _MOST) & (largest <= _MOST) & (farthest <= _FARTHEST)
    known = (smallest >= np.finfo(np.float64).tiny) & (largest < np.inf)
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        middle = np.where(known & ~plain, (np.log2(smallest) + np.log2(largest)) / 4, 0.0)
        exponent = np.rint(middle).astype(np.int64)
        smallest, largest = np.ldexp(smallest, -2 * exponent), np.ldexp(largest, -2 * exponent)
        farthest, origin = np.ldexp(farthest, -exponent), np.ldexp(e.origin, -exponent)
        within = (smallest >= 1 / _MOST) & (largest <= _MOST) & (farthest <= _FARTHEST) & np.isfinite(origin)
        beyond = ~(known & within)
        trial, out = np.repeat(exponent, e.segments.counts), np.repeat(beyond, e.segments.counts)
        y = np.where(out, 0.0, np.ldexp(e.y, -trial))
        v = np.where(out, 1.0, np.ldexp(e.v, -2 * trial))
    scaled = replace(e, y=y, v=v, origin=np.where(beyond, 0.0, origin))
    return Reached(scaled, exponent, beyond)


def beyond_reach(y: Floats, v: Floats) -> bool:
    """Whether the trials of one analysis are too far apart for any method."""
    reached = reach(Estimates.of(y, v, Segments.of_counts([len(y)])))
    return reached is not None and bool(reached.beyond[0])
