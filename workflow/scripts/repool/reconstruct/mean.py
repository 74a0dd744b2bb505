"""What a pooled estimate and its interval leave for the trials that are missing: bounds, by inverse variance.

Formulas: docs/methods.md, "Reconstruction". Everything is on the analysis scale and without arrays.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pool:
    """All (estimate, half width) of a symmetric interval that would be printed alike.

    low and high: the spans of the limits; middle: that of the estimate. z: half width over SE.
    """

    middle: Span
    low: Span
    high: Span
    z: float

    def edges(self) -> list[tuple[float, float, float, float]]:
        """(fixed limit, sign, least half width, most) of each edge along which one limit stays put.

        The corners of the whole region are the ends of these edges; none: the three figures contradict
        one another. The estimate is the fixed limit plus sign times the half width.
        """
        found = []
        for sign, fixed, other in ((1, self.low, self.high), (-1, self.high, self.low)):
            for limit in fixed:
                ends = [max(other[0], 2 * self.middle[0] - limit), min(other[1], 2 * self.middle[1] - limit)]
                half = sorted(sign * (end - limit) / 2 for end in ends)
                if ends[0] <= ends[1] and half[1] > 0:
                    found.append((limit, float(sign), max(half[0], 0.0), half[1]))
        return found

    def estimate(self) -> Span:
        """The unrounded estimate."""
        ends = [limit + sign * half for limit, sign, *halves in self.edges() for half in halves]
        return min(ends), max(ends)

    def se(self) -> Span:
        """The unrounded SE."""
        halves = [half for *_, least, most in self.edges() for half in (least, most)]
        return min(halves) / self.z, max(halves) / self.z


@dataclass(frozen=True, slots=True)
class Residual:
    """The missing trials: their own pooled estimate and SE, each as the span that the printed figures allow.

    least_se: what no single missing trial is more precise than; most_se: what the most precise one does not
    exceed. With random effects an SE includes tau2. None where there is no limit.
    """

    estimate: Span | None
    se: tuple[float, float | None]
    least_se: float
    most_se: float | None


def residual(pool: Pool, known: Sequence[tuple[float, float]], missing: int, tau2: float) -> Residual | None:
    """What `missing` trials must add to the known ones (estimate, variance) under a tau2.

    The weight left is W - w, W = 1/SE2 and w = sum 1/(v + tau2); they must have (W y - sum w y)/(W - w).
    None where the known trials alone are more precise than anything that would be printed so.
    """
    w = sum(1 / (v + tau2) for _, v in known)
    centre = sum(y / (v + tau2) for y, v in known) / w if w else 0.0
    share = w / pool.z**2
    least, most = (se * pool.z for se in pool.se())
    if share * least**2 >= 1:
        return None
    low = _left(least, share, pool.z)
    if share * most**2 >= 1:
        return Residual(None, (low, None), low, None)
    high = _left(most, share, pool.z)
    points = [point for edge in pool.edges() for point in _extremes(edge, share, centre)]
    values = [centre + (y - centre) / (1 - share * half**2) for y, half in points]
    return Residual((min(values), max(values)), (low, high), low, high * math.sqrt(missing))


def largest_tau2(pool: Pool, known: Sequence[tuple[float, float]], missing: int) -> float:
    """The largest tau2 that the printed interval allows: no trial's weight exceeds 1/tau2."""
    least_weight, low, high = 1 / pool.se()[1] ** 2, 0.0, (len(known) + missing) * pool.se()[1] ** 2

    def most_weight(tau2: float) -> float:
        return sum(1 / (v + tau2) for _, v in known) + missing / tau2

    for _ in range(200):
        middle = (low + high) / 2
        if most_weight(middle) >= least_weight:
            low = middle
        else:
            high = middle
    return high


def least_tau2(pool: Pool, known: Sequence[tuple[float, float]]) -> float:
    """The smallest tau2 with which the known trials alone are not more precise than the printed interval."""
    most_weight, low, high = 1 / pool.se()[0] ** 2, 0.0, len(known) * pool.se()[0] ** 2
    if sum(1 / v for _, v in known) <= most_weight:
        return 0.0
    for _ in range(200):
        middle = (low + high) / 2
        if sum(1 / (v + middle) for _, v in known) > most_weight:
            low = middle
        else:
            high = middle
    return high


def common_sd(se: Span, arms: Sequence[tuple[float, float]]) -> Span:
    """The SD that all arms would share if the sizes (n1, n2) gave this SE of the mean difference."""
    size = math.sqrt(sum(n1 * n2 / (n1 + n2) for n1, n2 in arms))
    return se[0] * size, se[1] * size


def _left(half: float, share: float, z: float) -> float:
    return half / z / math.sqrt(1 - share * half**2)


def _extremes(
    edge: tuple[float, float, float, float], share: float, centre: float
) -> list[tuple[float, float]]:
    """(estimate, half width) at both ends of an edge, and where the missing estimate turns along it."""
    limit, sign, least, most = edge
    halves = [least, most]
    if share:
        b = sign * (limit - centre)
        under = b**2 - 1 / share
        if under > 0:  # the other turn lies where the known trials alone are more precise
            turn = -b - math.sqrt(under)
            halves += [turn] if least < turn < most else []
    return [(limit + sign * half, half) for half in halves]
