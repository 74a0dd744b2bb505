"""Weights where one trial has rows for its subgroups and another row for the overall result.

RevMan lets a trial with several arms stand with one comparison in each subgroup, and with all of them
combined in the overall result. What it prints then as weights, found by experiment on 26 such analyses of 353
reviews: docs/methods.md, "Identification".
"""

from collections.abc import Sequence

import numpy as np

from repool.batch import Floats, Integers, Segments
from repool.methods import Method
from repool.model import Counts
from repool.pooling import pool
from repool.trials import Trials


def overlapping_weights(
    trials: Trials, method: Method, counts: Sequence[Counts], names: Sequence[str]
) -> Floats:
    """The weight that RevMan prints for each row of one analysis, in percent; shape (rows,).

    trials: all its rows as one segment; the method pools by inverse variance, common or random. A row that
    counts in the overall result alone has its share there, beside the rows of all other trials. The others
    are shares of all rows that count in subgroups: 1 / (v + tau2), tau2 that of these rows, but the rows of a
    trial that is combined in the overall result divide the weight it has there, 1 / (v + tau2) by the
    overall tau2, in proportion to 1 / v; where one of them is not estimable, the others have none.
    """
    whose, kind = np.array(names), np.array(counts)
    combined = np.isin(whose, whose[kind == Counts.OVERALL])
    overall = np.flatnonzero((kind == Counts.OVERALL) | ((kind == Counts.BOTH) & ~combined))
    within = np.flatnonzero(kind != Counts.OVERALL)
    tau2, weights = _pooled(trials, method, overall)
    tau2_within, _ = _pooled(trials, method, within)
    v, estimable = trials.effects.v, trials.effects.estimable
    with np.errstate(divide="ignore"):
        inverse = np.where(estimable, 1 / v, 0.0)
        raw = np.where(estimable, 1 / (v + tau2_within), 0.0)
    for name in np.unique(whose[kind == Counts.OVERALL]):
        parts = within[(whose[within] == name) & (kind[within] == Counts.SUBGROUP)]
        whole = overall[whose[overall] == name]
        if len(parts):
            there = float((estimable[whole] / (v[whole] + tau2)).sum()) if estimable[parts].all() else 0.0
            raw[parts] = there * inverse[parts] / max(inverse[parts].sum(), 1e-300)
    shares = np.zeros(len(v))
    shares[within] = 100 * raw[within] / max(float(raw[within].sum()), 1e-300)
    alone = kind[overall] == Counts.OVERALL
    shares[overall[alone]] = weights[alone]
    return shares


def _pooled(trials: Trials, method: Method, rows: Integers) -> tuple[float, Floats]:
    """tau2, 0 where there is none, and the weights of some rows pooled together."""
    part = trials.at(rows, Segments.of_counts([len(rows)]))
    pooled, weights = pool(part, method)
    return float(np.nan_to_num(pooled.tau2[0])) if method.uses_tau2 else 0.0, weights
