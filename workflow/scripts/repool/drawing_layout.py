"""What laying out a page needs: text widths, line breaks, and texts and shapes put in their places.

Lengths are points, x grows to the right and y downwards from the top left corner of the page.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font, LoadFlags

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
        self,
        text: str,
        column: Column,
        top: float,
        face: Face,
        anchor: Anchor = Anchor.LEFT,
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
