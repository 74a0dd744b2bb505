"""The other trials of an analysis in two numbers that one odd trial does not move."""

from bisect import bisect_left
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


def others(values: Sequence[float]) -> list[Others]:
    """Of each value all the others; [] for fewer than two values.

    Without one value the median is one of three at most, so that sorting is all that grows with the trials.
    """
    if len(values) < 2:
        return []
    ordered, found = sorted(values), []
    deviations: dict[float, list[float]] = {}
    for value in values:
        middle = _median_without(ordered, value)
        if middle not in deviations:
            deviations[middle] = sorted(abs(each - middle) for each in values)
        spread = _TO_SD * _median_without(deviations[middle], abs(value - middle))
        found.append(Others(middle, spread, len(values) - 1))
    return found


def median(values: Sequence[float]) -> float:
    """The median of one value or more."""
    return _middle(sorted(values), len(values))


def _median_without(ordered: Sequence[float], value: float) -> float:
    """The median of sorted values, one of which, equal to `value`, is left out."""
    return _middle(ordered, bisect_left(ordered, value))


def _middle(ordered: Sequence[float], without: int) -> float:
    """The middle of sorted values but the one at a place; of all where the place is their end."""
    count = len(ordered) - (without < len(ordered))
    low, high = ((place + (place >= without)) for place in ((count - 1) // 2, count // 2))
    return ordered[low] if low == high else (ordered[low] + ordered[high]) / 2
