"""Interval arithmetic over printed figures: every step rounds outwards, so rounding raises no false alarm."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from repool.printed import Printed


@dataclass(frozen=True, slots=True)
class Span:
    """All values that a number can have, both ends included; an end may be infinite."""

    low: float
    high: float

    def __add__(self, other: "Span") -> "Span":
        return _outwards(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Span") -> "Span":
        return _outwards(self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Span") -> "Span":
        corners = [_product(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return _outwards(min(corners), max(corners))

    def __truediv__(self, other: "Span") -> "Span":
        """Everything where the divisor can be 0."""
        if other.low <= 0 <= other.high:
            return EVERYTHING
        return self * _outwards(1 / other.high, 1 / other.low)

    @property
    def is_finite(self) -> bool:
        """Whether both ends are."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def meets(self, other: "Span") -> bool:
        """Whether one number can have both as its values."""
        return self.low <= other.high and other.low <= self.high

    def within(self, low: float, high: float) -> "Span":
        """Cut to what is possible; both ends stay on the side they come from."""
        return Span(min(max(self.low, low), high), max(min(self.high, high), low))

    def size(self) -> "Span":
        """Absolute values."""
        if self.low <= 0 <= self.high:
            return Span(0.0, max(-self.low, self.high))
        return self if self.low > 0 else Span(-self.high, -self.low)

    def by(self, rule: Callable[[float], float]) -> "Span":
        """A monotone function of it, rising or falling."""
        ends = rule(self.low), rule(self.high)
        return _outwards(min(ends), max(ends), 4)

    def log(self) -> "Span":
        """Natural logs; minus infinity for 0 and below."""
        return self.by(lambda value: math.log(value) if value > 0 else -math.inf)

    def exp(self) -> "Span":
        """Back from logs."""
        return self.by(lambda value: math.exp(value) if value < 700 else math.inf)


EVERYTHING = Span(-math.inf, math.inf)


def exactly(value: float) -> Span:
    """One value."""
    return Span(value, value)


def span_of(printed: Printed) -> Span:
    """What the unrounded number behind a printed one can be, one more unit in the last place at each end.

    A whole number without decimals is a rounded one here; counts are taken by `exactly`.
    """
    if printed.relation in ("<", "≤"):
        return Span(-math.inf, printed.value)
    if printed.relation in (">", "≥"):
        return Span(printed.value, math.inf)
    reach = printed.half_unit * (1 + 1e-9)
    return _outwards(printed.value - reach, printed.value + reach)


def whole_numbers(span: Span) -> range:
    """The whole numbers from 0 that lie in it; none where it is unbounded."""
    if not span.is_finite:
        return range(0)
    return range(max(0, math.ceil(span.low)), math.floor(span.high) + 1)


def _product(one: float, other: float) -> float:
    return 0.0 if 0.0 in (one, other) else one * other


def _outwards(low: float, high: float, steps: int = 1) -> Span:
    """The span, wider by so many units in the last place: what a step of arithmetic can be off by."""
    if math.isnan(low) or math.isnan(high):
        return EVERYTHING
    for _ in range(steps):
        low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    return Span(low, high)
