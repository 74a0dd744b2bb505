"""Figures per 1000 with the numbers put in (docs/methods.md, "Per 1000")."""

from collections.abc import Mapping, Sequence
from statistics import median

from repool.absolute import experimental_per_1000
from repool.model import Analysis, Measure, Study
from repool.worked.pooling import Working, natural_symbol
from repool.worked.quantities import Quantity, computed, total
from repool.worked.trials import WorkedTrial
from repool.worked.words import WORKED

_FORMULAS = {
    Measure.RR: "1000 * risk * {effect}",
    Measure.OR: "1000 * {effect} * risk / (1 - risk + {effect} * risk)",
    Measure.PETO: "1000 * {effect} * risk / (1 - risk + {effect} * risk)",
    Measure.RD: "1000 * (risk + {effect})",
}
_NAMES = {"": "experimental_per_1000", "_L": "experimental_per_1000_low", "_U": "experimental_per_1000_high"}


def control_risk(analysis: Analysis, trials: Sequence[WorkedTrial]) -> Quantity | None:
    """The control risk by the analysis' rule, from the trials' cells; None without any."""
    if analysis.control_risk not in ("pooled", "median"):
        place = {"file": analysis.file, "line": analysis.line, "column": "control_risk"}
        number = Quantity("n", float(analysis.control_risk), exact=True, **place)  # type: ignore[arg-type]
        return computed("risk", "n / 1000", (number,), note=WORKED["risk-given"])
    arms = [_arm(trial) for trial in trials if _has_arm(trial.study)]
    if not arms:
        return None
    if analysis.control_risk == "pooled":
        sums = total("sum_c", [c for c, _ in arms]), total("sum_n2", [n for _, n in arms])
        return computed("risk", "sum_c / sum_n2", sums, note=WORKED["risk-pooled"])
    shares = [computed("risk", "c / n2", arm, trial=arm[0].trial) for arm in arms]
    value = median(each.value for each in shares)
    return Quantity("risk", value, basis=tuple(shares), note=WORKED["risk-median"])


def per_1000(analysis: Analysis, risk: Quantity, effect: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Figures per 1000 by column of findings.csv; `effect`: "", "_L" and "_U" -> the value and its limits."""
    figures = {"control_per_1000": computed("per1000", "1000 * risk", {"risk": risk})}
    letter = natural_symbol(analysis)
    for end, name in _NAMES.items():
        if end in effect:
            formula = _FORMULAS[analysis.measure].format(effect=f"{letter}{end}")
            cut = experimental_per_1000(analysis.measure, risk.value, effect[end].value)
            names = {"risk": risk, f"{letter}{end}": effect[end]}
            made = computed(f"per1000_t{end}", formula, names)
            if made.value > 1000:
                formula = f"min(1000, {formula})"
            elif made.value < 0:
                formula = f"max(0, {formula})"
            figures[name] = computed(f"per1000_t{end}", formula, names, cut)
    return figures


def from_trials(work: Working, trials: Sequence[WorkedTrial]) -> dict[str, Quantity]:
    """Figures per 1000 of a pooled result; {} where the measure or the trials give none."""
    if not work.analysis.measure.has_per_1000 or "estimate" not in work.result:
        return {}
    risk = control_risk(work.analysis, trials)
    if risk is None:
        return {}
    columns = {"": "estimate", "_L": "ci_low", "_U": "ci_high"}
    effect = {end: work.result[name] for end, name in columns.items() if name in work.result}
    return per_1000(work.analysis, risk, effect)


def claimed_risk(analysis: Analysis, events: Quantity, people: Quantity, rounded: bool = False) -> Quantity:
    """The control risk from published counts, rounded to whole per 1000 if so wanted."""
    formula = "round(1000 * c / n2) / 1000" if rounded else "c / n2"
    return computed("risk", formula, {"c": events, "n2": people})


def _has_arm(study: Study) -> bool:
    return study.control_events is not None and bool(study.control_total)


def _arm(trial: WorkedTrial) -> tuple[Quantity, Quantity]:
    raw = {each.symbol: each for each in trial.raw}
    return raw["c"], raw["n2"]
