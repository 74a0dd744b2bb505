"""How a forest plot prints its numbers, and the axis its effects are drawn on."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from repool.forest import Interval


def plain(value: float) -> str:
    """A number as an axis shows it: as few digits as it needs, never an exponent."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the numbers of one plot are printed, the same way all over it."""

    ratio: bool
    decimals: int
    small: bool
    comma: bool

    @classmethod
    def of(cls, values: Sequence[Interval], ratio: bool, comma: bool) -> "Numbers":
        """Choose the digits from the intervals to print.

        Two decimals, as RevMan. A difference gets more where the typical interval would be left
        with one digit, and ratios under 0.1 get three digits if any would be left with none.
        """
        ends = [end for v in values for end in (v.estimate, v.low, v.high) if math.isfinite(end)]
        small = ratio and any(0 < end < 0.01 for end in ends)
        widths = [w for v in values if 0 < (w := v.high - v.low) < math.inf]
        decimals = 2
        if widths and not ratio:
            digits = 1 - math.floor(math.log10(median(widths)))
            decimals = 0 if digits <= -2 else min(6, max(2, digits))
        return cls(ratio, decimals, small, comma)

    def number(self, value: float) -> str:
        """One number of an effect."""
        if not math.isfinite(value):
            return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
        if abs(value) >= 1e9:
            return ">999999999" if value > 0 else "<−999999999"
        if self.small and 0 < value < 0.0001:
            return self.localised("<0.0001")
        return self.localised(f"{value:.{self._decimals(abs(value))}f}")

    def _decimals(self, size: float) -> int:
        if self.ratio and size >= 1000:
            return 0
        if self.small and 0 < size < 0.1:
            return 2 - math.floor(math.log10(size))
        return self.decimals

    def localised(self, text: str) -> str:
        """A formatted number with the minus and the decimal sign of the plot."""
        if text.startswith("-") and not text.strip("-0."):
            text = text[1:]
        text = text.replace("-", "−")
        return text.replace(".", ",") if self.comma else text

    def range(self, low: float, high: float) -> str:
        """A pair of limits; a comma cannot both separate them and be their decimal sign."""
        return f"[{self.number(low)}{';' if self.comma else ','} {self.number(high)}]"

    def interval(self, effect: Interval) -> str:
        """An estimate and its confidence limits."""
        return f"{self.number(effect.estimate)} {self.range(effect.low, effect.high)}"

    def weight(self, percent: float | None) -> str:
        """A weight in percent; languages with decimal commas put a space before the sign."""
        if percent is None or not math.isfinite(percent):
            return ""
        return self.localised(f"{percent:.1f}") + ("\xa0%" if self.comma else "%")


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of effects and its ticks."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def fraction(self, value: float) -> float:
        """How far along the axis a value is; under 0 or over 1 when it is outside."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return -math.inf
        return math.log(value / self.low) / math.log(self.high / self.low)


# Ticks of the narrowest to the widest axis of a ratio, each from its first to its last tick.
_RATIO_TICKS: tuple[tuple[float, ...], ...] = (
    (0.98, 0.99, 1, 1.01, 1.02),
    (0.95, 0.98, 1, 1.02, 1.05),
    (0.9, 0.95, 1, 1.05, 1.1),
    (0.8, 0.9, 1, 1.1, 1.25),
    (0.7, 0.8, 1, 1.2, 1.5),
    (0.5, 0.7, 1, 1.5, 2),
    (0.3, 0.5, 1, 2, 3),
    (0.2, 0.5, 1, 2, 5),
    (0.1, 0.2, 0.5, 1, 2, 5, 10),
    (0.05, 0.2, 1, 5, 20),
    (0.02, 0.1, 1, 10, 50),
    (0.01, 0.1, 1, 10, 100),
    *(tuple(10.0**e for e in range(-m, m + 1)) for m in range(3, 10)),
)
_WIDEST_BY_INTERVAL = math.log(100)
_TYPICAL_REACHES = 2.5
_LARGEST = 1e12


def _reach(values: Sequence[float], points: Sequence[float], typical: float) -> float:
    """How far an axis goes to one side: to every point, to the limits unless they are extreme."""
    extreme = _TYPICAL_REACHES * typical
    return max(max(points, default=0.0) * 1.04, min(max(values, default=0.0), extreme), 0.0)


def _typical(distances: Sequence[tuple[float, float]]) -> float:
    reaches = [reach for pair in distances if math.isfinite(reach := max(pair))]
    return median(reaches) if reaches else 0.0


def make_axis(
    trials: Sequence[Interval],
    totals: Sequence[Interval],
    null: float,
    log: bool,
) -> Axis:
    """Choose a range that shows every estimate and clips only what would squeeze the rest."""
    make = _ratio_axis if log else _difference_axis
    return make(_numeric(trials), _numeric(totals), null)


def _numeric(values: Sequence[Interval]) -> list[Interval]:
    """The intervals that have an estimate; a limit that is not a number adds nothing to it."""
    return [
        Interval(v.estimate, *(v.estimate if math.isnan(end) else end for end in (v.low, v.high)))
        for v in values
        if math.isfinite(v.estimate)
    ]


def _ratio_axis(trials: Sequence[Interval], totals: Sequence[Interval], null: float) -> Axis:
    def distance(value: float) -> float:
        return abs(math.log(value)) if 0 < value < math.inf else math.inf

    shown = [*trials, *totals]
    typical = _typical([(distance(v.low), distance(v.high)) for v in trials or totals])
    points = [d for v in shown if math.isfinite(d := distance(v.estimate))]
    limits = [d for v in shown for d in (distance(v.low), distance(v.high))]
    room = min(_reach(limits, [], typical), _WIDEST_BY_INTERVAL)
    room = max(room, _reach([], [*points, distance(null)], 0))
    if not shown:
        room = _WIDEST_BY_INTERVAL
    elif room == 0:
        room = math.log(2)
    for ticks in _RATIO_TICKS:
        if min(-math.log(ticks[0]), math.log(ticks[-1])) >= room - 1e-9:
            break
    return Axis(ticks[0], ticks[-1], True, ticks)


def _difference_axis(trials: Sequence[Interval], totals: Sequence[Interval], null: float) -> Axis:
    shown = [*trials, *totals]
    typical = _typical([(null - v.low, v.high - null) for v in trials or totals])
    points = [v.estimate - null for v in shown if abs(v.estimate - null) < _LARGEST]
    below = _reach([null - v.low for v in shown], [-p for p in points], typical)
    above = _reach([v.high - null for v in shown], points, typical)
    if max(below, above) < 1e-6:
        below = above = 1.0
    below, above = (min(_LARGEST, max(side, (below + above) / 3)) for side in (below, above))
    step = _step((below + above) / 6)
    first, last = math.floor((null - below) / step + 1e-9), math.ceil((null + above) / step - 1e-9)
    ticks = tuple(round(i * step, 12) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], False, ticks)


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next((m * power for m in (1, 2, 5) if m * power >= least * 0.999), 10 * power)


def thin(axis: Axis, width: float, gap: float, label_width: Callable[[float], float]) -> Axis:
    """The same axis with only as many ticks as have room for their labels beside each other."""
    anchor = min(range(len(axis.ticks)), key=lambda i: abs(axis.fraction(axis.ticks[i]) - 0.5))
    anchor = next((i for i, tick in enumerate(axis.ticks) if tick == int(axis.log)), anchor)
    for skip in range(1, len(axis.ticks) + 1):
        ticks = tuple(t for i, t in enumerate(axis.ticks) if (i - anchor) % skip == 0)
        ends = [(axis.fraction(t) * width, label_width(t) / 2) for t in ticks]
        if all(b - bw - a - aw >= gap for (a, aw), (b, bw) in pairwise(ends)):
            break
    return Axis(axis.low, axis.high, axis.log, ticks)
