"""The record that every measure ends in."""

from dataclasses import dataclass

import numpy as np

from repool.batch import Booleans, Floats

SMALLEST = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Effects:
    """Trial estimates y and variances v on the analysis scale; both 0 where not estimable."""

    y: Floats
    v: Floats
    estimable: Booleans

    @staticmethod
    def where(estimable: Booleans, y: Floats, v: Floats) -> "Effects":
        """Estimates under the mask whose y and v are finite and v above 0; all others are not estimable.

        Nor is one whose v is so small (below 2.2e-308) that a float holds it with fewer digits.
        """
        usable = estimable & np.isfinite(y) & np.isfinite(v) & (v >= SMALLEST)
        return Effects(np.where(usable, y, 0.0), np.where(usable, v, 0.0), usable)
