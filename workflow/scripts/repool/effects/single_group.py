"""Effects of one group of participants: a proportion, a mean, a correlation."""

import numpy as np

from repool.batch import Booleans, Floats, Segments
from repool.effects.record import Effects
from repool.effects.two_by_two import MOST, arcsine
from repool.effects.zero_cells import REVMAN_ZERO_CELLS, ZeroCells
from repool.model import Measure


def single_proportion(
    measure: Measure,
    events: Floats,
    total: Floats,
    zero_cells: ZeroCells = REVMAN_ZERO_CELLS,
    segments: Segments | None = None,
) -> Effects:
    """Logit (PLO) or Freeman-Tukey double arcsine (PFT) of each proportion x / n.

    PLO: log(x / (n - x)), variance 1 / x + 1 / (n - x), both from counts corrected by the rule: the
    amount is added to the two counts of the groups it picks. PFT, never corrected:
    (asin sqrt(x / (n + 1)) + asin sqrt((x + 1) / (n + 1))) / 2, variance 1 / (4 n + 2) (Freeman & Tukey
    1950, halved as in metafor). `segments` as in `ZeroCells.picks`. Not estimable without a participant,
    and PLO with an empty count that is not corrected or more than 2^52 participants. Raises ValueError for
    another measure, and for PLO with the rule "treatment-arm": there is no other arm.
    """
    with np.errstate(all="ignore"):
        if measure is Measure.PFT:
            y = (arcsine(events, total + 1) + arcsine(events + 1, total + 1)) / 2
            return Effects.where(total > 0, y, 1 / (4 * total + 2))
        if measure is not Measure.PLO:
            raise ValueError(f"{measure} is not computed from one proportion")
        if zero_cells.rule == "treatment-arm":
            raise ValueError("a single group has no other arm to correct by")
        empty: Booleans = (events == 0) | (events == total)
        add = np.where(zero_cells.picks(empty, segments), zero_cells.amount, 0.0)
        x, others = events + add, total - events + add
        return Effects.where((total > 0) & (total <= MOST), np.log(x) - np.log(others), 1 / x + 1 / others)


def single_mean(mean: Floats, sd: Floats, total: Floats) -> Effects:
    """Mean of one group, variance sd^2 / n. Not estimable with an SD of 0 or without a participant."""
    with np.errstate(all="ignore"):
        return Effects.where((sd > 0) & (total > 0), mean, sd**2 / total)


def correlation(r: Floats, total: Floats) -> Effects:
    """Fisher's z of each correlation: atanh r, variance 1 / (n - 3) (Fisher 1921).

    Not estimable with |r| = 1 or fewer than 4 participants.
    """
    with np.errstate(all="ignore"):
        return Effects.where((np.abs(r) < 1) & (total >= 4), np.arctanh(r), 1 / (total - 3))
