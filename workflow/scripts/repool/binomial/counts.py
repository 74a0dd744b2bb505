"""Whether numbers are counts, which every binomial model needs."""

import numpy as np

from repool.batch import Booleans, Floats
from repool.effects import Tables


def is_count(x: Floats) -> Booleans:
    """A whole number that is not negative."""
    with np.errstate(invalid="ignore"):
        return np.asarray((x >= 0) & (x == np.floor(x)) & np.isfinite(x))


def are_counts(tables: Tables) -> Booleans:
    """Events that are counts, and totals that are counts no smaller; shape (trials,)."""
    arms = ((tables.events1, tables.total1), (tables.events2, tables.total2))
    (first, second) = (is_count(x) & is_count(n) & np.asarray(x <= n) for x, n in arms)
    return np.asarray(first & second)
