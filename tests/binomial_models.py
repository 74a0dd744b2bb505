"""Trials and models for the tests of the binomial models."""

import csv
from collections.abc import Callable

import pytest

from batches import floats, tables_of
from conftest import RAW
from repool.batch import Floats, Segments
from repool.binomial.beta import beta_binomial
from repool.binomial.logistic import conditional_logistic, proportion_logistic
from repool.binomial.results import BinomialResult
from repool.effects import Tables
from repool.model import Measure

# Catheter-related bloodstream infections, 18 trials (Niel-Weise 2007), and per 9 trials with days at risk
# (Niel-Weise 2008): events and totals as in R metadat 1.2-0, dat.nielweise2007 and dat.nielweise2008.
INFECTIONS = floats([
    [0, 116, 3, 117], [1, 44, 3, 35], [2, 208, 9, 195], [0, 130, 7, 136], [5, 151, 6, 157], [1, 98, 4, 139],
    [1, 174, 3, 177], [1, 74, 2, 39], [1, 97, 19, 103], [1, 113, 2, 122], [0, 66, 7, 64], [0, 70, 1, 58],
    [3, 188, 5, 175], [6, 187, 11, 180], [0, 118, 0, 105], [0, 252, 1, 262], [1, 345, 3, 362], [4, 64, 1, 69],
])  # fmt: skip
RATES = floats([
    [7, 1344, 11, 1988], [8, 1600, 8, 1461], [3, 12012, 14, 10962], [6, 1536, 10, 1503], [1, 370, 1, 483],
    [1, 729, 8, 913], [17, 6760, 15, 6840], [3, 1107, 7, 1015], [2, 320, 3, 440],
])  # fmt: skip

Rows = list[tuple[int, int, int, int]]
Model = Callable[[Tables, Segments], BinomialResult]


def exact(tables: Tables, segments: Segments) -> BinomialResult:
    return conditional_logistic(tables, segments)


def approximate(tables: Tables, segments: Segments) -> BinomialResult:
    return conditional_logistic(tables, segments, exact=False)


def proportion(tables: Tables, segments: Segments) -> BinomialResult:
    return proportion_logistic(tables.events1, tables.total1, segments)


def risk_ratio(tables: Tables, segments: Segments) -> BinomialResult:
    return beta_binomial(tables, segments, Measure.RR)


MODELS = {
    "exact": exact, "approximate": approximate, "proportion": proportion,
    "beta": beta_binomial, "beta-rr": risk_ratio,
}  # fmt: skip
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def bcg() -> Floats:
    with (RAW / "bcg-1994" / "studies.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [f"{arm}_{number}" for arm in ("experimental", "control") for number in ("events", "total")]
    return floats([[float(row[name]) for name in names] for row in rows])


def fitted(model: Model, rows: Floats | Rows, counts: list[int] | None = None) -> BinomialResult:
    return model(tables_of(rows), Segments.of_counts(counts or [len(rows)]))


def arm(rows: Floats, number: int) -> BinomialResult:
    x, n = rows[:, 2 * number - 2], rows[:, 2 * number - 1]
    return proportion_logistic(x, n, Segments.of_counts([len(rows)]))
