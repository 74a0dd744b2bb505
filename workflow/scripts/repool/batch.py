"""Many analyses at once: trials lie end to end in flat arrays, offsets say where each analysis starts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Segments:
    """Consecutive, possibly empty stretches of a flat array, one per analysis.

    offsets: shape (analyses + 1,), rising, from 0 to the number of trials. Arrays of trials and of
    analyses may have further axes in front, which stay.
    """

    offsets: Integers

    @staticmethod
    def of_counts(counts: Integers | list[int]) -> "Segments":
        """Segments of the given lengths."""
        return Segments(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def counts(self) -> Integers:
        """Number of trials in each analysis, shape (analyses,)."""
        return np.diff(self.offsets)

    def total(self, x: NDArray[np.generic]) -> Floats:
        """Sum of each segment, 0 for an empty one; x has shape (trials,)."""
        return self._reduce(np.add, x, 0.0)

    def lowest(self, x: Floats) -> Floats:
        """Minimum of each segment, +inf for an empty one."""
        return self._reduce(np.minimum, x, np.inf)

    def highest(self, x: Floats) -> Floats:
        """Maximum of each segment, -inf for an empty one."""
        return self._reduce(np.maximum, x, -np.inf)

    def first_lowest(self, x: Floats) -> Booleans:
        """Mask of shape (trials,) with one True in each segment that is not empty, at its first minimum."""
        lowest = x == self.spread(self.lowest(x))
        position = self.lowest(np.where(lowest, np.arange(len(x), dtype=np.float64), np.inf))
        first = np.zeros(len(x), dtype=np.bool_)
        first[position[self.counts > 0].astype(np.int64)] = True
        return first

    def spread(self, x: NDArray[np.generic]) -> Floats:
        """One value per analysis repeated for each of its trials."""
        return np.repeat(np.asarray(x, dtype=np.float64), self.counts, axis=-1)

    def keep(self, mask: Booleans) -> "Segments":
        """The segments that are left when only the trials under the mask stay."""
        return Segments.of_counts(self.total(mask).astype(np.int64))

    def select(self, which: Booleans) -> tuple["Segments", Booleans]:
        """The chosen analyses, and the mask that picks their trials from a flat array."""
        return Segments.of_counts(self.counts[which]), np.repeat(which, self.counts)

    def _reduce(self, ufunc: np.ufunc, x: NDArray[np.generic], empty: float) -> Floats:
        result = np.full((*x.shape[:-1], len(self)), empty)
        filled = self.counts > 0  # reduceat returns a neighbour's value for an empty segment
        if filled.any():
            starts = self.offsets[:-1][filled]
            result[..., filled] = ufunc.reduceat(np.asarray(x, np.float64), starts, axis=-1)
        return result
