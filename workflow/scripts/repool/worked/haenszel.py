"""The Mantel-Haenszel sums with the numbers put in (docs/methods.md, "Pooling")."""

from typing import TYPE_CHECKING

from repool.model import Measure
from repool.worked.quantities import Quantity, computed
from repool.worked.trials import WorkedTrial

if TYPE_CHECKING:
    from repool.worked.pooling import Working

_COLUMNS: dict[Measure, dict[str, str]] = {
    Measure.RR: {
        "R": "a * n2 / N",
        "S": "c * n1 / N",
        "P": "(n1 * n2 * (a + c) - a * c * N) / N**2",
    },
    Measure.OR: {
        "R": "a * d / N",
        "S": "b * c / N",
        "PR": "(a + d) / N * R",
        "PSQR": "(a + d) / N * S + (b + c) / N * R",
        "QS": "(b + c) / N * S",
    },
    Measure.RD: {
        "M": "n1 * n2 / N",
        "wd": "M * (a / n1 - c / n2)",
        "P": "(a * b * n2**3 + c * d * n1**3) / (n1 * n2 * N**2)",
    },
}
#: The column that is the trials' weight in a M-H common effect.
WEIGHT = {Measure.RR: "S", Measure.OR: "S", Measure.RD: "M"}


def haenszel_columns(work: "Working") -> None:
    """What each trial adds to the sums, from its cells with or without the zero-cell correction."""
    measure = work.analysis.measure
    cells = [_cells(work, trial) for trial in work.trials]
    for symbol, formula in _COLUMNS[measure].items():
        made = []
        for own, trial in zip(cells, work.trials, strict=True):
            is_one = measure is Measure.RR and symbol == "R" and _has_events_only(work, trial)
            formula_here = _COLUMNS[measure]["S"] if is_one else formula
            own[symbol] = computed(symbol, formula_here, own, trial=trial.study.trial)
            made.append(own[symbol])
        work.take(symbol, made)


def haenszel_value(work: "Working", engine: float | None) -> Quantity:
    """The Mantel-Haenszel value, a log for ratios."""
    formula = "sum_wd / sum_M" if work.analysis.measure is Measure.RD else "ln(sum_R / sum_S)"
    return work.add("mu_mh", formula, engine)


def _cells(work: "Working", trial: WorkedTrial) -> dict[str, Quantity]:
    cells = {name: trial.cells[name] for name in ("a", "b", "c", "d", "n1", "n2")}
    if work.method.mh_cells == "raw" or work.analysis.measure is Measure.RD:
        cells |= {each.symbol: each for each in trial.raw if each.symbol in cells}
        name = trial.study.trial
        cells["b"] = computed("b", "n1 - a", cells, trial=name, exact=True)
        cells["d"] = computed("d", "n2 - c", cells, trial=name, exact=True)
    exact = cells["n1"].exact and cells["n2"].exact
    cells["N"] = computed("N", "n1 + n2", cells, trial=trial.study.trial, exact=exact)
    return cells


def _has_events_only(work: "Working", trial: WorkedTrial) -> bool:
    raw = {each.symbol: each.value for each in trial.raw}
    return work.method.zero_cells.drops and raw["a"] == raw["n1"] and raw["c"] == raw["n2"]
