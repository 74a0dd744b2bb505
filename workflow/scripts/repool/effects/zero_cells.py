"""What is done about empty cells, as data: which tables are corrected, by how much, which are left out."""

import math
from dataclasses import dataclass

import numpy as np

from repool.batch import Booleans, Segments

RULES = ("only0", "if-any", "all", "treatment-arm", "none")
DOUBLE_ZERO = ("drop", "keep")


@dataclass(frozen=True, slots=True)
class ZeroCells:
    """The rule for empty cells: `amount` is added to every cell of the tables that `rule` picks.

    rule: "only0", the tables with an empty cell (RevMan; metafor's default); "if-any", all tables of an
        analysis if any of its tables has one, even one that is not estimable (metafor's `to="if0all"`);
        "all", every table; "none", no table; "treatment-arm", the tables with an empty cell, each arm in
        proportion to the reciprocal of the other arm's size (`Tables.corrected`; Sweeting 2004).
    amount: 0 or more.
    double_zero: "drop", a table without any event gives neither RR nor OR, one with nothing but events no
        OR and an RR of exactly 1 (RevMan); "keep", all of them are computed from the corrected cells
        (metafor's default). No effect on RD, ASD, Peto and single groups.

    Raises ValueError for another rule, another word for `double_zero`, or an amount below 0.
    """

    rule: str = "only0"
    amount: float = 0.5
    double_zero: str = "drop"

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"rule: {self.rule} is not one of {', '.join(RULES)}")
        if self.double_zero not in DOUBLE_ZERO:
            raise ValueError(f"double_zero: {self.double_zero} is not one of {', '.join(DOUBLE_ZERO)}")
        if not 0 <= self.amount < math.inf:
            raise ValueError(f"amount: {self.amount} is not a number of 0 or more")

    @property
    def drops(self) -> bool:
        """Whether trials without any event, or with nothing else, are left to RevMan's rule."""
        return self.double_zero == "drop"

    def picks(self, empty: Booleans, segments: Segments | None = None) -> Booleans:
        """The tables to correct, given which have an empty cell.

        Both of shape (trials,). Only "if-any" looks at `segments`; None stands for one analysis.
        """
        if self.rule == "none":
            return np.zeros_like(empty)
        if self.rule == "all":
            return np.ones_like(empty)
        if self.rule == "if-any":
            whole = Segments.of_counts([len(empty)]) if segments is None else segments
            return whole.spread(whole.total(empty)) > 0
        return empty


REVMAN_ZERO_CELLS = ZeroCells()
