"""Published figures as printed: "0.50" is not 0.5, and "<0.001" is an inequality."""

import math
import re
from dataclasses import dataclass

from repool.model import Bilingual

_PRINTED = re.compile(r"([<>≤≥]?)\s*([-+\u2212]?)([0-9]{1,15})(?:([.,])([0-9]{1,15}))?\s*(%?)")


_STORED = 0.5e-11  # relative: results are read from tables of 12 significant digits


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed number: its value, how many decimals it shows, and "<" or ">" where it is a bound."""

    value: float
    places: int
    relation: str = ""

    @property
    def half_unit(self) -> float:
        """Half of the last printed digit: how far the unrounded number may lie from the value."""
        return 0.5 * 10.0**-self.places

    def agrees(self, ours: float | None) -> bool:
        """Whether an unrounded number of ours would be printed like this."""
        if ours is None or math.isnan(ours):
            return False
        if self.relation in ("<", "≤"):
            return ours <= self.value
        if self.relation in (">", "≥"):
            return ours >= self.value
        return abs(ours - self.value) <= self.half_unit * (1 + 1e-9) + _STORED * abs(ours)

    def shown(self, ours: float) -> str:
        """A number of ours with the same number of decimals."""
        if self.relation:
            return f"{ours:.2g}"
        text = f"{ours:.{self.places}f}"
        return text[1:] if text.startswith("-") and not text.strip("-0.") else text

    def said(self, ours: float) -> Bilingual:
        """The same for a sentence in each language."""
        text = self.shown(ours).replace("-", "\u2212")
        return Bilingual(text.replace(".", ","), text)


def read_printed(text: str, decimal_comma: bool) -> Printed:
    """Read a figure as printed. Raises ValueError, in words fit for a message, where it is none."""
    match = _PRINTED.fullmatch(text.strip())
    if not match:
        raise ValueError("one number as printed, such as 8.38, −1,21, 31% or <0.001")
    relation, sign, whole, mark, decimals, _ = match.groups()
    if mark == "," and not decimal_comma:
        raise ValueError("a decimal point (or decimal_comma: true for this source in review.yaml)")
    decimals = decimals or ""
    value = float(f"{whole}.{decimals or 0}")
    return Printed(-value if sign in ("-", "\u2212") else value, len(decimals), relation)
