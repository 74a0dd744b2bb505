"""What laying out a forest plot needs: text widths, line breaks, printed numbers and the axis.

Lengths are points, x grows to the right and y downwards from the top left corner of the page.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from statistics import median

from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font, LoadFlags

from .forest import Interval

ASCENT, DESCENT, MIDDLE = 0.928, 0.236, 0.36  # of DejaVu Sans, in ems from the baseline

_FORBIDDEN = re.compile("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


class Anchor(StrEnum):
    """Which point of a text its x coordinate is."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Role(StrEnum):
    """What a drawn shape is, in the order they are painted."""

    RULE = "rule"
    SPANNER = "spanner"
    GUIDE = "guide"
    NULL = "null"
    AXIS = "axis"
    SQUARE = "square"
    HOLLOW = "hollow"
    INTERVAL = "interval"
    PREDICTION = "prediction"
    DIAMOND = "diamond"
    ARROW = "arrow"


PAINT_ORDER = tuple(Role)


@dataclass(frozen=True, slots=True)
class Face:
    """Size and weight of a text, and how far apart its lines are in ems."""

    size: float
    bold: bool = False
    leading: float = 1.26

    @property
    def pitch(self) -> float:
        """From one baseline to the next."""
        return self.leading * self.size


@dataclass(frozen=True, slots=True)
class PlacedText:
    """One line of text and the baseline point it hangs on."""

    text: str
    x: float
    y: float
    face: Face
    anchor: Anchor = Anchor.LEFT

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the space the line takes up."""
        left, size = self.left, self.face.size
        right = left + measure(self.text, self.face)
        return left, self.y - ASCENT * size, right, self.y + DESCENT * size

    @property
    def left(self) -> float:
        """Where the line starts."""
        share = {Anchor.LEFT: 0.0, Anchor.CENTER: 0.5, Anchor.RIGHT: 1.0}[self.anchor]
        return self.x - share * measure(self.text, self.face)


@dataclass(frozen=True, slots=True)
class Shape:
    """A line of two points or a closed polygon of more."""

    role: Role
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A laid out plot."""

    width: float
    height: float
    texts: tuple[PlacedText, ...]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A stretch of the page from left to right."""

    left: float
    right: float

    @property
    def width(self) -> float:
        return self.right - self.left

    def at(self, anchor: Anchor) -> float:
        """Where a text anchored so hangs in this column."""
        middle = (self.left + self.right) / 2
        return {Anchor.LEFT: self.left, Anchor.CENTER: middle, Anchor.RIGHT: self.right}[anchor]


@dataclass(slots=True)
class Sheet:
    """A page in the making: what is placed so far, and how far down it reaches."""

    y: float
    texts: list[PlacedText] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)

    def stack(
        self, text: str, column: Column, top: float, face: Face, anchor: Anchor = Anchor.LEFT
    ) -> float:
        """Place a text in a column from `top` down and return where it ends."""
        for line in wrap(text, column.width, face):
            if line:
                baseline = top + ASCENT * face.size
                self.texts.append(PlacedText(line, column.at(anchor), baseline, face, anchor))
            top += face.pitch
        return top

    def stand(self, text: str, column: Column, bottom: float, face: Face, anchor: Anchor) -> None:
        """Place a text in a column so that it ends at `bottom`."""
        self.stack(text, column, bottom - height(text, column, face), face, anchor)

    def shape(self, role: Role, *points: tuple[float, float]) -> None:
        """Place a line of two points or a polygon of more."""
        self.shapes.append(Shape(role, points))

    def page(self, width: float, height: float) -> Page:
        """The finished page, its shapes in the order they are painted."""
        shapes = sorted(self.shapes, key=lambda shape: PAINT_ORDER.index(shape.role))
        return Page(width, height, tuple(self.texts), tuple(shapes))


def clean(text: str) -> str:
    """Drop what XML forbids or a font cannot show, and make every line break a newline."""
    return _FORBIDDEN.sub("", _NEWLINES.sub("\n", text).replace("\t", " "))


@cache
def font_file(bold: bool) -> Path:
    """Path of the font matplotlib ships, so that no font of the machine can change the layout."""
    return Path(get_data_path(), "fonts", "ttf", f"DejaVuSans{'-Bold' if bold else ''}.ttf")


@cache
def _font(bold: bool) -> FT2Font:
    font = FT2Font(str(font_file(bold)))
    font.set_size(100, 72)
    return font


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    font = _font(bold)
    if not font.get_char_index(ord(character)):
        return 1.0  # a browser takes it from another font, where it is at most about an em wide
    glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
    return glyph.linearHoriAdvance / 65536 / 100


@lru_cache(maxsize=8192)
def measure(text: str, face: Face) -> float:
    """Width of a text, of its widest line if it has more, without kerning."""
    lines = clean(text).split("\n")
    return face.size * max(sum(_advance(c, face.bold) for c in line) for line in lines)


def wrap(text: str, width: float, face: Face) -> list[str]:
    """Break a text into lines no wider than `width`, inside a word only where it must."""
    lines = [line for part in clean(text).split("\n") for line in _wrap_line(part, width, face)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def height(text: str, column: Column, face: Face) -> float:
    """How high a text is when it is broken to fit a column."""
    return face.pitch * len(wrap(text, column.width, face))


def _wrap_line(text: str, width: float, face: Face) -> list[str]:
    lines, line = [], ""
    for word in filter(None, text.split(" ")):
        joined = f"{line} {word}" if line else word
        if measure(joined, face) <= width + 0.01:
            line = joined
            continue
        if line:
            lines.append(line)
        *broken, line = _break_word(word, width, face)
        lines.extend(broken)
    return [*lines, line]


def _break_word(word: str, width: float, face: Face) -> list[str]:
    pieces = []
    while measure(word, face) > width + 0.01 and len(word) > 1:
        fits = 1
        while measure(word[: fits + 1], face) <= width:
            fits += 1
        after_mark = max(word.rfind(mark, 0, fits) for mark in "-–/,") + 1
        cut = after_mark or fits
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word]


def longest_word(text: str, face: Face) -> float:
    """Width of the widest word, the narrowest column that needs no break inside a word."""
    return max((measure(word, face) for word in clean(text).split()), default=0.0)


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
        with one digit, and ratios under 0.1 get three digits if any of them would be left with none.
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
    trials: Sequence[Interval], totals: Sequence[Interval], null: float, log: bool
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
