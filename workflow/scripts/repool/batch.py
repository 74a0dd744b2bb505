"""Many analyses at once: trials lie end to end in flat arrays, offsets say where each analysis starts."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Segments:
    """Consecutive, possibly empty stretches of a flat array, one per analysis.

    offsets: shape (analyses + 1,), rising, from 0 to the number of trials. counts: how many trials each
    analysis has, shape (analyses,). Arrays of trials and of analyses may have further axes in front,
    which stay.
    """

    offsets: Integers
    counts: Integers = field(init=False)
    _filled: Booleans | None = field(init=False, repr=False)
    _starts: Integers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        counts = np.diff(self.offsets)
        filled = counts > 0  # reduceat returns a neighbour's value for an empty segment
        every = bool(filled.all())
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "_filled", None if every else filled)
        object.__setattr__(self, "_starts", self.offsets[:-1] if every else self.offsets[:-1][filled])

    @staticmethod
    def of_counts(counts: Integers | list[int]) -> "Segments":
        """Segments of the given lengths."""
        return Segments(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def total(self, x: NDArray[np.generic]) -> Floats:
        """Sum of each segment, 0 for an empty one; x has shape (trials,)."""
        return self._reduce(np.add, x, 0.0)

    def lowest(self, x: Floats) -> Floats:
        """Minimum of each segment, +inf for an empty one."""
        return self._reduce(np.minimum, x, np.inf)

    def highest(self, x: Floats) -> Floats:
        """Maximum of each segment, -inf for an empty one."""
        return self._reduce(np.maximum, x, -np.inf)

    def first_lowest(self, x: Floats) -> Integers:
        """Place of the first minimum within each segment, 0 for an empty one; shape (analyses,)."""
        candidates = np.flatnonzero(x == self.spread(self.lowest(x)))
        place = np.zeros(len(self), dtype=np.int64)
        found = candidates[np.searchsorted(candidates, self._starts)] - self._starts
        place[... if self._filled is None else self._filled] = found
        return place

    def spread(self, x: NDArray[np.generic]) -> Floats:
        """One value per analysis repeated for each of its trials."""
        return np.repeat(np.asarray(x, dtype=np.float64), self.counts, axis=-1)

    def keep(self, mask: Booleans) -> "Segments":
        """The segments that are left when only the trials under the mask stay."""
        return self if mask.all() else Segments.of_counts(self.total(mask).astype(np.int64))

    def select(self, which: Booleans) -> tuple["Segments", Booleans]:
        """The chosen analyses, and the mask that picks their trials from a flat array."""
        return Segments.of_counts(self.counts[which]), np.repeat(which, self.counts)

    def _reduce(self, ufunc: np.ufunc, x: NDArray[np.generic], empty: float) -> Floats:
        numbers = np.asarray(x, np.float64)
        if self._filled is None and len(self):
            return np.asarray(ufunc.reduceat(numbers, self._starts, axis=-1))
        result = np.full((*x.shape[:-1], len(self)), empty)
        if len(self._starts):
            result[..., self._filled] = ufunc.reduceat(numbers, self._starts, axis=-1)
        return result


def number_of(row: object, column: str) -> float:
    """A number of a row of a table, NaN where its cell is empty or it has no such column."""
    value = getattr(row, column, None)
    return math.nan if value is None else float(value)
