"""Maximum likelihood over location parameters and one dispersion >= 0, all analyses of a batch at once.

Every model here has one or two location parameters that do not interact with each other, and one
dispersion (tau2, or the beta-binomial's). At a fixed dispersion the locations have one maximum; what is
left is the profile likelihood, a curve in the dispersion alone, whose modes are found as the cells of a
grid that it enters rising and leaves falling. All of them are refined and the highest is taken.
"""

from dataclasses import dataclass, fields
from typing import Protocol, Self

import numpy as np

from repool.batch import Booleans, Floats, Integers

_MAX_ITERATIONS = 200
_SETTLED = 1e-8  # of a standard error; Newton's last step leaves the square of it
_NEARLY = 1e-5  # the same, where only the likelihood's height counts
_ROUGHLY = 1e-2  # the same, where only the sign of a slope counts
_FARTHEST = 50.0  # a distance on the log scale that is as good as infinite
_LEAP = 4.0  # the longest step of a location, on the logit scale


@dataclass(frozen=True, slots=True)
class Point:
    """Log-likelihood and derivatives at one point of the parameters, analyses along the last axis.

    slope, bend: first and second derivative by each location, shape (locations, analyses); mixed: by
    location and dispersion; tilt, curve: by the dispersion; effect: by the effect, the rest held.
    """

    value: Floats
    slope: Floats
    bend: Floats
    mixed: Floats
    tilt: Floats
    curve: Floats
    effect: Floats

    @property
    def profile_slope(self) -> Floats:
        """Slope of the profile likelihood, corrected for locations not quite at their maximum."""
        return np.asarray(self.tilt - (self.mixed * self.slope / self.bend).sum(axis=0))

    @property
    def profile_curve(self) -> Floats:
        """Second derivative of the profile likelihood."""
        return np.asarray(self.curve - (self.mixed**2 / self.bend).sum(axis=0))

    @staticmethod
    def empty(locations: int, analyses: int) -> "Point":
        """To be filled in."""
        each, both = np.zeros(analyses), np.zeros((locations, analyses))
        return Point(each, both, both.copy(), both.copy(), each.copy(), each.copy(), each.copy())

    def put(self, which: Booleans, part: "Point") -> None:
        """Fill in the analyses under the mask."""
        for field in fields(self):
            getattr(self, field.name)[..., which] = getattr(part, field.name)


class Model(Protocol):
    """The log-likelihood of a batch of analyses."""

    @property
    def locations(self) -> int:
        """How many location parameters an analysis has."""

    def at(self, locations: Floats, dispersion: Floats, rough: bool = False) -> Point:
        """At locations of shape (locations, analyses) and dispersions of shape (analyses,)."""

    def only(self, which: Booleans) -> Self:
        """The analyses under the mask."""


@dataclass(frozen=True, slots=True)
class Held:
    """A model with its effect held at a value: the first location, or the first less the second."""

    model: Model
    effect: Floats

    @property
    def locations(self) -> int:
        """One fewer."""
        return self.model.locations - 1

    def at(self, locations: Floats, dispersion: Floats, rough: bool = False) -> Point:
        """With two locations the one left moves both, which do not interact: derivatives add up."""
        free = self.locations == 1
        everything = np.stack([locations[0] + self.effect, locations[0]]) if free else self.effect[None]
        point = self.model.at(everything, dispersion, rough)
        slope, bend, mixed = (
            each.sum(axis=0, keepdims=True) if free else each[:0]
            for each in (point.slope, point.bend, point.mixed)
        )
        return Point(point.value, slope, bend, mixed, point.tilt, point.curve, point.slope[0])

    def only(self, which: Booleans) -> "Held":
        """The analyses under the mask."""
        return Held(self.model.only(which), self.effect[which])


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where the likelihood is highest; bound: it still rises at the largest dispersion looked at."""

    locations: Floats
    dispersion: Floats
    point: Point
    converged: Booleans
    bound: Booleans


def maximise(model: Model, start: Floats, grid: Floats, several: Booleans) -> tuple[Maximum, Floats]:
    """The global maximum, and the highest likelihood with a dispersion of 0, which it has if not `several`.

    start: locations to begin from, shape (locations, analyses). grid: dispersions from 0 to the largest
    allowed, rising, shape (points,); two modes within one cell are taken for one.
    """
    analyses = start.shape[1]
    nought = np.zeros(analyses)
    at_nought, point, settled = settle(model, start, nought)
    at_nought += _follow(point, nought)
    best = Maximum(at_nought, nought, point, settled, np.zeros(analyses, dtype=np.bool_))
    common = point.value.copy()
    if not several.any():
        return best, common
    path, rising = _along(model.only(several), at_nought[:, several], grid)
    entered = np.concatenate([np.ones_like(rising[:1]), rising[:-1]])
    ends = entered & ~rising
    ends[0] = False  # a mode at 0 is what `best` holds already
    ends[-1] |= rising[-1]
    rank = np.cumsum(ends, axis=0)
    for number in range(1, int(rank.max(initial=0)) + 1):
        found = ends & (rank == number)
        which = found.any(axis=0)
        cell, here = found.argmax(axis=0)[which], np.flatnonzero(which)
        chosen = np.flatnonzero(several)[here]
        begin = path[cell, :, here].T
        middle = 0.25 * (np.sqrt(grid[cell - 1]) + np.sqrt(grid[cell])) ** 2
        part = model.only(_mask(chosen, analyses))
        mode = climb(part, begin, middle, np.full(len(middle), grid[-1]))
        better = mode.point.value > best.point.value[chosen]
        _replace(best, chosen[better], mode, better)
    return best, common


def climb(model: Model, locations: Floats, start: Floats, most: Floats, near: float = _SETTLED) -> Maximum:
    """A maximum with a dispersion from 0 to `most`, uphill from `start`, both of shape (analyses,).

    Newton's method on the profile likelihood within its bracket. An end is the answer only where it was
    tried and the likelihood falls from there inwards. near: in standard errors, when to stop.
    """
    locations, now, analyses = locations.copy(), start.copy(), locations.shape[1]
    low, high = np.full(analyses, -np.inf), np.full(analyses, np.inf)  # until tried
    point = Point.empty(*locations.shape)
    active, bound = np.ones(analyses, dtype=np.bool_), np.zeros(analyses, dtype=np.bool_)
    failed = bound.copy()
    for _ in range(_MAX_ITERATIONS):
        if not active.any():
            break
        x, top = now[active], most[active]
        there, part, good = settle(model.only(active), locations[:, active], x)
        point.put(active, part)
        slope, curve = part.profile_slope, part.profile_curve
        a = low[active] = np.where(slope > 0, x, low[active])
        b = high[active] = np.where(slope <= 0, x, high[active])
        at_end = ((x <= 0) & (slope <= 0)) | ((x >= top) & (slope > 0))
        with np.errstate(invalid="ignore", divide="ignore"):
            small = (curve < 0) & (np.abs(slope) <= near * np.sqrt(-curve)) & ~at_end
            last = np.clip(x - slope / curve, 0.0, top)
        target = np.where(small, last, np.where(at_end, x, _uphill(x, slope, curve, a, b, top)))
        done = at_end | small | (np.isfinite(b) & (b - a <= 1e-14 * b))
        locations[:, active] = there + _follow(part, target - x)
        now[active], bound[active], failed[active] = target, at_end & (slope > 0), ~good
        active[active] = ~done & good
    return Maximum(locations, now, point, ~(active | failed), bound)


def settle(
    model: Model, start: Floats, dispersion: Floats, rough: bool = False
) -> tuple[Floats, Point, Booleans]:
    """The locations with the highest likelihood at a dispersion: (locations, point there, settled).

    Newton's method for each location by itself, halving its bracket where the curve is not concave or
    the step would leave it.
    """
    now = start.copy()
    low, high = np.full_like(now, -np.inf), np.full_like(now, np.inf)
    point = Point.empty(*now.shape)
    active = np.ones(now.shape[1], dtype=np.bool_)
    near = _ROUGHLY if rough else _SETTLED
    for _ in range(_MAX_ITERATIONS):
        if not active.any():
            break
        part = model.only(active).at(now[:, active], dispersion[active], rough)
        point.put(active, part)
        x, slope = now[:, active], part.slope
        a = low[:, active] = np.where(slope > 0, x, low[:, active])
        b = high[:, active] = np.where(slope < 0, x, high[:, active])
        with np.errstate(invalid="ignore", divide="ignore"):
            newton = x - slope / part.bend
            steady = np.abs(slope) <= near * np.sqrt(-part.bend)
            middle = np.where(np.isfinite(a) & np.isfinite(b), 0.5 * (a + b), x + _LEAP * np.sign(slope))
        fit = (part.bend < 0) & (newton > a) & (newton < b) & (np.abs(newton - x) < _LEAP)
        moving = ~steady.all(axis=0)
        now[:, active] = np.where(moving & ~steady, np.where(fit, newton, middle), x)
        active[active] = moving
    return now, point, ~active


def limits(model: Model, best: Maximum, effect: Floats, se: Floats, rise: float, most: Floats) -> Floats:
    """The effects, shape (2, analyses), at which the profile likelihood has fallen by rise^2 / 2.

    Newton's method on the signed root of twice the fall, which is nearly straight in the effect. The
    limit is infinite where the likelihood does not fall that far before the dispersion, let go up to
    `most`, or the effect reaches the end of what is looked at.
    """
    return np.stack([_limit(model, best, effect, se, rise, most, side) for side in (-1.0, 1.0)])


def _limit(
    model: Model, best: Maximum, effect: Floats, se: Floats, rise: float, most: Floats, side: float
) -> Floats:
    near, far = np.zeros_like(effect), np.full_like(effect, np.inf)
    distance, found = rise * se, np.full_like(effect, side * np.inf)
    locations, dispersion = best.locations[1:].copy(), best.dispersion.copy()
    active = np.isfinite(se)
    for _ in range(_MAX_ITERATIONS):
        if not active.any():
            break
        x, here = distance[active], effect[active]
        held = Held(model.only(active), here + side * x)
        top = climb(held, locations[:, active], dispersion[active], most[active], _NEARLY)
        fall = np.maximum(best.point.value[active] - top.point.value, 1e-300)
        root = np.sqrt(2 * fall)
        slope = np.maximum(-side * top.point.effect / root, 1e-300)
        a = near[active] = np.where(root < rise, np.maximum(x, near[active]), near[active])
        b = far[active] = np.where(root < rise, far[active], np.minimum(x, far[active]))
        newton = x + (rise - root) / slope
        newton = np.minimum(newton, 4 * x)
        middle = np.where(np.isfinite(b), 0.5 * (a + b), 2 * x)
        after = np.where((newton > a) & (newton < b), newton, middle)
        close = np.abs(after - x) <= _NEARLY * x
        lost = (top.bound & (most[active] > 0) & ((root < rise) | close)) | (x > _FARTHEST)
        found[active] = np.where(close & ~lost, here + side * after, found[active])
        locations[:, active], dispersion[active], distance[active] = top.locations, top.dispersion, after
        active[active] = ~(close | lost)
    return found


def _along(model: Model, start: Floats, grid: Floats) -> tuple[Floats, Booleans]:
    """Roughly settled locations at each grid point, and whether the profile likelihood rises there."""
    path, rising = [], []
    for dispersion in grid:
        start, point, _ = settle(model, start, np.full(start.shape[1], dispersion), rough=dispersion > 0)
        path.append(start)
        rising.append(point.profile_slope > 0)
    return np.stack(path), np.stack(rising)


def _uphill(x: Floats, slope: Floats, curve: Floats, a: Floats, b: Floats, most: Floats) -> Floats:
    """Newton's step where the curve is concave and the step stays in the bracket, else half way.

    An end that was not tried yet is infinite: then not beyond 0 or `most`, nor too far up at once.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        newton = np.where(curve < 0, x - slope / curve, np.where(slope > 0, np.inf, -np.inf))
        half = 0.25 * (np.sqrt(np.maximum(a, 0.0)) + np.sqrt(b)) ** 2  # half way in the SD
    newton = np.clip(newton, np.where(np.isfinite(a), -np.inf, 0.0), np.where(np.isfinite(b), np.inf, most))
    newton = np.where(np.isfinite(b), newton, np.minimum(newton, 4 * x + most / 1000))
    return np.where((newton > a) & (newton < b), newton, half)


def _follow(point: Point, step: Floats) -> Floats:
    """How the locations move with a step of the dispersion, from where they are to their maximum."""
    with np.errstate(divide="ignore", invalid="ignore"):
        move = -(point.slope + point.mixed * step) / point.bend
    return np.where(np.isfinite(move), np.clip(move, -1.0, 1.0), 0.0)


def _mask(chosen: Integers, length: int) -> Booleans:
    mask = np.zeros(length, dtype=np.bool_)
    mask[chosen] = True
    return mask


def _replace(best: Maximum, places: Integers, mode: Maximum, better: Booleans) -> None:
    best.locations[:, places] = mode.locations[:, better]
    best.dispersion[places] = mode.dispersion[better]
    best.converged[places] = mode.converged[better]
    best.bound[places] = mode.bound[better]
    for field in fields(Point):
        getattr(best.point, field.name)[..., places] = getattr(mode.point, field.name)[..., better]
