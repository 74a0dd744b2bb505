"""The record that every measure ends in."""

from dataclasses import dataclass

import numpy as np

from repool.batch import Booleans, Floats


@dataclass(frozen=True, slots=True)
class Effects:
    """Trial estimates y and variances v on the analysis scale; both 0 where not estimable."""

    y: Floats
    v: Floats
    estimable: Booleans

    @staticmethod
    def where(estimable: Booleans, y: Floats, v: Floats) -> "Effects":
        """Estimates under the mask whose y and v are finite and v above 0; all others are not estimable."""
        usable = estimable & np.isfinite(y) & np.isfinite(v) & (v > 0)
        return Effects(np.where(usable, y, 0.0), np.where(usable, v, 0.0), usable)
