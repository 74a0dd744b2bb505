"""The other trials of an analysis in two numbers that one odd trial does not move."""

from collections.abc import Sequence
from dataclasses import dataclass

_TO_SD = 1.4826  # the SD of a normal distribution over its median absolute deviation


@dataclass(frozen=True, slots=True)
class Others:
    """Median and spread (as an SD, from the median absolute deviation) of so many values."""

    median: float
    spread: float
    count: int

    def off(self, value: float, least: float) -> float:
        """How many spreads a value is from the median; a spread counts as `least` where it is less."""
        return (value - self.median) / max(self.spread, least)


def others(values: Sequence[float], place: int) -> Others:
    """All values but the one at `place`, of which there are two or more."""
    rest = sorted(value for each, value in enumerate(values) if each != place)
    middle = _median(rest)
    return Others(middle, _TO_SD * _median(sorted(abs(value - middle) for value in rest)), len(rest))


def _median(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
