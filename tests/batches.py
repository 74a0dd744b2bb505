"""Batches of trials for the tests of the statistical engine."""

from collections.abc import Sequence

import numpy as np

from repool.batch import Booleans, Floats, Segments
from repool.effects import Effects, Tables, dichotomous
from repool.methods import Method
from repool.model import Measure
from repool.pooling import Pooled, pool
from repool.tau2 import ESTIMATORS
from repool.trials import Trials

Numbers = Sequence[float] | Floats

COMMON = Method("common", "IV", "common", "DL", "IV")
RANDOM = tuple(Method(name.lower(), "IV", "random", name, "IV") for name in ESTIMATORS)
DL, DL2, HE, HS, HSK, SJ, PM, PMM, EB, ML, REML = RANDOM
HAENSZEL = Method("mh", "MH", "common", "DL", "MH")
REVMAN5 = Method("revman5", "MH", "random", "DL", "MH")
PETO = Method("peto", "Peto", "common", "DL", "Peto")
IVHET = Method("ivhet", "IVhet", "common", "DL", "IV")


def floats(numbers: Numbers) -> Floats:
    """As the engine takes them."""
    return np.asarray(numbers, dtype=np.float64)


def of_effects(
    y: Numbers, v: Numbers, counts: Sequence[int] | None = None, estimable: Booleans | None = None
) -> Trials:
    """Trials with the given estimates and variances; one analysis unless counts says otherwise."""
    estimable = np.ones(len(y), dtype=np.bool_) if estimable is None else estimable
    segments = Segments.of_counts([len(y)] if counts is None else list(counts))
    return Trials(Measure.GIV, Effects(floats(y), floats(v), estimable), None, segments)


def tables_of(rows: Sequence[Sequence[float]]) -> Tables:
    """2x2 tables of (events, total) of the experimental and (events, total) of the control arm."""
    return Tables(*floats(rows).reshape(-1, 4).T)


def of_tables(
    measure: Measure, rows: Sequence[Sequence[float]], counts: Sequence[int] | None = None
) -> Trials:
    """Trials with the given 2x2 tables; one analysis unless counts says otherwise."""
    tables = tables_of(rows)
    segments = Segments.of_counts([len(rows)] if counts is None else list(counts))
    return Trials(measure, dichotomous(measure, tables), tables, segments)


def pooled(y: Numbers, v: Numbers, method: Method) -> Pooled:
    """One analysis pooled."""
    return pool(of_effects(y, v), method)[0]
