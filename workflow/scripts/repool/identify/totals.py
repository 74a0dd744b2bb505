"""Which totals an analysis has, from the weights that were printed of its trials."""

from collections.abc import Sequence

import numpy as np

from repool.model import Counts, Totals
from repool.printed import Printed

_WHOLE, _NEAR = 100.0, 0.01  # per cent; rounding of a few hundred weights stays far below


def totals_of(
    weights: Sequence[Printed | None], subgroups: Sequence[str], counts: Sequence[Counts]
) -> Totals | None:
    """The totals that printed weights show, or None where they show nothing.

    Weights add up to 100 over all trials where there is an overall total, and in each subgroup where there
    are subgroup totals alone; all are 0 where there is none. None: no weight was printed, or they add up to
    neither. With a single subgroup its total cannot be told from an overall one, which is then meant.
    Rows that count in the overall result alone say that there is one.
    """
    shown = [0.0 if each is None else each.value for each in weights]
    if all(each is None for each in weights):
        return None
    if Counts.OVERALL in counts:
        return Totals.OVERALL
    if not any(shown):
        return Totals.NONE
    if is_whole(sum(shown)):
        return Totals.OVERALL
    sums: dict[str, float] = {}
    for subgroup, weight in zip(subgroups, shown, strict=True):
        sums[subgroup] = sums.get(subgroup, 0.0) + weight
    if all(is_whole(each) for each in sums.values() if each):
        return Totals.SUBGROUPS
    return None


def is_whole(total: float) -> bool:
    """Whether weights that add up to this are those of one whole total."""
    return bool(np.isclose(total, _WHOLE, rtol=0, atol=_NEAR))
