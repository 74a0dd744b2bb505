"""How far the engine is from mpmath: the largest error of each figure, and the table printed of it."""

import math

from mpmath import mpf

import cochrane
import mp_reference as ref

TOLERANCE = 1e-12
HEADING = "numerical faults"


class Errors:
    """The largest relative error of each figure, how many were compared and how many refused."""

    def __init__(self) -> None:
        self.largest: dict[str, float] = {}
        self.compared = self.refused = 0

    def add(self, name: str, ours: float, theirs: ref.Number, scale: ref.Number = 0) -> None:
        """Compare to |theirs| + scale; where both are 0 there is no error."""
        size = abs(theirs) + scale
        error = float(abs(mpf(float(ours)) - theirs) / size) if size else abs(float(ours))
        assert not math.isnan(error), name
        self.largest[name] = max(self.largest.get(name, 0.0), error)

    def hold(self, what: str, tolerance: float = TOLERANCE) -> None:
        """Say what was found, and fail where an error is above the tolerance."""
        worst = max(self.largest.values(), default=0.0)
        line = f"{what:<48} {self.compared:>6} {worst:>9.1e} {self.refused:>8}\n"
        cochrane.TABLES[HEADING] = cochrane.TABLES.get(HEADING, "") + line
        assert {name: error for name, error in self.largest.items() if error > tolerance} == {}
