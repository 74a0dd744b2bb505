"""353 Cochrane reviews and what other programs make of them, in ../shared: read, lined up, compared.

Nothing of them lies in the project; where ../shared is missing, the tests that need it are skipped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from conftest import AGREEMENT, shared
from repool.batch import Booleans, Floats, Segments
from repool.effects import Effects, Tables, continuous, dichotomous, generic
from repool.model import Measure
from repool.pooling import Pooled
from repool.trials import Trials

_NUMBERS = {
    "GIV Mean": "estimate", "GIV SE": "se", "Experimental mean": "mean1", "Experimental SD": "sd1",
    "Experimental cases": "events1", "Experimental N": "n1", "Control mean": "mean2",
    "Control SD": "sd2", "Control cases": "events2", "Control N": "n2", "Weight": "weight",
    "Mean": "shown", "CI start": "shown_low", "CI end": "shown_high",
}  # fmt: skip
_PLACE = ("Analysis group", "Analysis number", "Applicability")


@cache
def data_rows() -> pd.DataFrame:
    """All trial rows that count in an overall total, by review and row in its file."""
    files = sorted(shared("cochrane", "data-rows").glob("*-data-rows.csv"))
    reviews = [path.name.removesuffix("-data-rows.csv") for path in files]
    frames = [pd.read_csv(path, usecols=[*_PLACE, *_NUMBERS], encoding="utf-8-sig") for path in files]
    for frame in frames:
        frame.index += 1  # the first row is 1 in the reference tables
    rows = pd.concat(frames, keys=reviews, names=["review", "row"])
    rows = rows[rows["Applicability"] != "SUBGROUP_ONLY"].reset_index()
    group, number = (rows[name].astype(str) for name in _PLACE[:2])
    rows["aid"] = rows["review"] + "." + group + "." + number
    return rows.rename(columns=_NUMBERS).astype(dict.fromkeys(_NUMBERS.values(), float))


@cache
def reference(name: str) -> pd.DataFrame:
    """One table of ../shared/conformance/cochrane."""
    path = shared("conformance", "cochrane", f"{name}.csv.gz")
    return pd.read_csv(path, low_memory=False)


@cache
def analyses(measure: str) -> pd.Series:
    """Number of trials of each analysis of a measure, by its id, in the order of its effects."""
    return reference(f"effects_{measure}").groupby("aid", sort=False).size()


def segments(measure: str) -> Segments:
    return Segments.of_counts(analyses(measure).to_numpy())


def rows_of(measure: str) -> pd.DataFrame:
    """The data rows behind metafor's effects of a measure, in their order."""
    effects = reference(f"effects_{measure}")
    review = effects["aid"].str.rsplit(".", n=2).str[0]
    wanted = pd.MultiIndex.from_arrays([review, effects["row_in_file"]])
    return data_rows().set_index(["review", "row"]).loc[wanted]


def tables_in(rows: pd.DataFrame) -> Tables:
    return Tables(*(rows[name].to_numpy() for name in ("events1", "n1", "events2", "n2")))


def effects_in(rows: pd.DataFrame, measure: Measure, smd: str = "revman") -> Effects:
    """Repool's effects of data rows; `smd` says which standardised difference."""
    if measure.is_dichotomous:
        return dichotomous(measure, tables_in(rows))
    if measure.is_continuous:
        names = ("mean1", "sd1", "n1", "mean2", "sd2", "n2")
        return continuous(measure, *(rows[name].to_numpy() for name in names), smd=smd)
    empty, one = np.full(len(rows), np.nan), np.ones(len(rows))
    estimate, se = rows["estimate"].to_numpy(), rows["se"].to_numpy()
    return generic(estimate, se, empty, empty, 0.95 * one, one, False)


def batch(measure: str) -> Trials:
    """Every analysis of a measure, from metafor's own yi and vi."""
    effects = reference(f"effects_{measure}")
    y, v = effects["yi"].to_numpy(), effects["vi"].to_numpy()
    return Trials(Measure.GIV, Effects(y, v, np.ones(len(y), np.bool_)), None, segments(measure))


def fits(measure: str, method: str, test: str) -> pd.DataFrame:
    """metafor's fits by one method, in the order of the batch."""
    table = reference(f"metafor_{measure}")
    chosen = table[(table["method"] == method) & (table["test"] == test)].set_index("aid")
    return chosen.loc[analyses(measure).index]


def typical_variance(trials: Trials) -> Floats:
    """df / trace P: the size of tau2 that Q can tell from 0, and so what to measure its error by."""
    return trials.estimates().typical_variance()


def differences(
    ours: Pooled, theirs: pd.DataFrame, unit: Floats, typical: Floats, names: Iterable[str]
) -> dict[str, Floats]:
    """Difference of each quantity relative to its own size or, where that is smaller, to what it is read by.

    Estimates and limits: the Wald standard error (`unit`); tau2: the typical variance within trials;
    Q: its degrees of freedom. A standard error by HKSJ is nothing but rounding where the trials agree
    to the last digit: there, 1e-5 of Wald's. I2 (a percentage) and p as they are.
    """
    found = {}
    for name in names:
        actual, expected = getattr(ours, _OURS[name]), theirs[name].to_numpy(float)
        assert np.array_equal(np.isnan(actual), np.isnan(expected)), name
        found[name] = np.nan_to_num(np.abs(actual - expected) / _scale(name, expected, ours, unit, typical))
    return found


def _scale(name: str, expected: Floats, ours: Pooled, unit: Floats, typical: Floats) -> Floats | float:
    least: dict[str, Floats | float] = {"se": 1e-5 * unit, "tau2": typical, "QE": np.maximum(ours.df, 1)}
    fixed = {"I2": 100.0, "pval": 1.0, "QEp": 1.0}
    if name in fixed:
        return fixed[name]
    return np.maximum(np.abs(expected), least.get(name, np.maximum(np.abs(ours.estimate), unit)))


_OURS = {
    "b": "estimate", "se": "se", "ci_lb": "ci_low", "ci_ub": "ci_high", "pval": "p_effect",
    "tau2": "tau2", "QE": "q", "QEp": "p_q", "I2": "i2", "pi_lb": "prediction_low",
    "pi_ub": "prediction_high",
}  # fmt: skip
INFERENCE = ("b", "se", "ci_lb", "ci_ub", "pval")
HETEROGENEITY = ("tau2", "QE", "QEp", "I2")
PREDICTION = ("pi_lb", "pi_ub")


@dataclass(frozen=True)
class Agreement:
    """One line of the table that a run prints at its end."""

    what: str
    measure: str
    cases: int
    largest: float
    exceptions: int = 0
    verdict: str = ""


AGREEMENTS: list[Agreement] = []
#: Further tables that a run prints at its end, by heading.
TABLES: dict[str, str] = {}


def worst(found: dict[str, Floats], where: Booleans | slice = slice(None)) -> tuple[float, str]:
    """The largest difference, and of which quantity."""
    return max((float(difference[where].max(initial=0.0)), name) for name, difference in found.items())


def taken() -> list[tuple[str, str]]:
    """What tests have added to the tables since the last call: heading and text."""
    found = [(AGREEMENT, _line(row)) for row in AGREEMENTS] + list(TABLES.items())
    AGREEMENTS.clear()
    TABLES.clear()
    return found


def _line(row: Agreement) -> str:
    numbers = f"{row.cases:>6} {row.largest:>8.1e} {row.exceptions:>10}"
    return f"{row.what:<34} {row.measure:<8} {numbers}  {row.verdict}\n"


# what RevMan itself printed, and R meta's reconstruction of it


def published(measure: str) -> tuple[pd.DataFrame, pd.DataFrame, Trials]:
    """Analyses whose published weights identify measure and model, their data rows, and their trials."""
    table = reference("meta_revman5_own")
    table = table[table["measure"] == measure].reset_index(drop=True)
    order = pd.Series(table.index, index=table["aid"])
    rows = data_rows()[data_rows()["aid"].isin(order.index)]
    position = rows["aid"].map(order)
    rows = rows.loc[position.sort_values(kind="stable").index]
    parts = Segments.of_counts(np.bincount(position, minlength=len(table)))
    tables = tables_in(rows) if Measure(measure).is_dichotomous else None
    return table, rows, Trials(Measure(measure), effects_in(rows, Measure(measure)), tables, parts)
