"""Trial effects with the numbers put in: from the cells of studies.csv, corrected if empty, to y and v.

The formulas are those of docs/methods.md, "Trial effects"; y and v are the engine's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from repool.batch import Segments
from repool.effects import Tables
from repool.methods import TRIAL_EFFECTS, Method
from repool.model import Analysis, Bilingual, Measure, Status, Study, counted_in_totals
from repool.trials import Trials
from repool.worked.quantities import Quantity, computed, constant

_LETTERS = {
    "experimental_events": "a", "experimental_total": "n1", "control_events": "c", "control_total": "n2",
    "experimental_mean": "m1", "experimental_sd": "s1", "control_mean": "m2", "control_sd": "s2",
    "estimate": "e", "se": "se", "ci_low": "low", "ci_high": "high", "scale_factor": "factor",
}  # fmt: skip
_CORRECTED = Bilingual("rettet i corrections.csv: {why}", "corrected in corrections.csv: {why}")
_CONVERTED = Bilingual("regnet om: {how}", "converted: {how}")
_ALL_EVENTS = Bilingual(
    "Alle i begge armer hadde hendelsen: risk ratio er nøyaktig 1.",
    "Everybody in both arms had the event: the risk ratio is exactly 1.",
)
_LEVEL = Bilingual("nivået til forsøkets konfidensintervall", "level of the trial's confidence interval")

Cells = dict[str, Quantity]


@dataclass(frozen=True, slots=True)
class WorkedTrial:
    """One trial: its cells as they enter (corrected or not), the steps to its effect, and y and v.

    y and v are None where the trial has no data or is not estimable.
    """

    study: Study
    raw: tuple[Quantity, ...]
    cells: Cells
    steps: tuple[Quantity, ...]
    y: Quantity | None = None
    v: Quantity | None = None

    @property
    def corrections(self) -> tuple[Quantity, ...]:
        """The cells that the rule for empty cells changed."""
        return tuple(each for each in self.cells.values() if f"{each.symbol}_raw" in each.inputs)


def worked_trials(analysis: Analysis, studies: Sequence[Study], method: Method) -> list[WorkedTrial]:
    """Every trial listed in an analysis, in order, by a method's rules for effects."""
    known = [study for study in studies if study.status is not Status.UNKNOWN]
    segments = Segments.of_counts([len(known)])
    trials = Trials.of_rows(analysis.measure, known, segments, method, analysis.log_scale)
    position = iter(range(len(known)))
    return [
        WorkedTrial(study, (), {}, ())
        if study.status is Status.UNKNOWN
        else _worked(analysis, study, method, trials, next(position))
        for study in studies
    ]


@dataclass(slots=True)
class TrialsOfTotals:
    """The trials of an analysis in each of its totals, worked out once for methods with the same effects."""

    analysis: Analysis
    studies: Sequence[Study]
    _made: dict[tuple[object, ...], list[WorkedTrial]] = field(default_factory=dict)
    _places: dict[str, list[int]] = field(default_factory=dict)

    def every(self, method: Method) -> list[WorkedTrial]:
        """Every trial listed, in order."""
        kind = tuple(getattr(method, name) for name in TRIAL_EFFECTS)
        if kind not in self._made:
            self._made[kind] = worked_trials(self.analysis, self.studies, method)
        return self._made[kind]

    def counted(self, method: Method, subgroup: str) -> list[WorkedTrial]:
        """Those that count in the total of a subgroup, or in the overall one ("")."""
        if not self._places:
            at = {id(study): place for place, study in enumerate(self.studies)}
            in_totals = counted_in_totals(self.studies)
            self._places = {name: [at[id(each)] for each in rows] for name, rows in in_totals.items()}
        trials = self.every(method)
        return [trials[place] for place in self._places.get(subgroup, ())]


def _worked(analysis: Analysis, study: Study, method: Method, trials: Trials, position: int) -> WorkedTrial:
    raw = _raw(study)
    cells = _corrected(raw, trials, method, position) if trials.tables is not None else raw
    if not trials.effects.estimable[position]:
        return WorkedTrial(study, tuple(raw.values()), cells, ())
    y, v = float(trials.effects.y[position]), float(trials.effects.v[position])
    measure = analysis.measure
    if measure.is_dichotomous:
        steps = _two_by_two(measure, raw, cells, trials.tables, method, position, y, v)
    elif measure.is_continuous:
        steps = _means(measure, cells, method.smd, y, v)
    else:
        steps = _generic(analysis, study, cells, y, v)
    named = {each.symbol: each for each in steps}
    return WorkedTrial(study, tuple(raw.values()), cells | named, steps, named["y"], named["v"])


def _raw(study: Study) -> Cells:
    """The trial's figures, each with the cell it stands in."""
    cells: Cells = {}
    for column, letter in _LETTERS.items():
        value = getattr(study, column)
        if value is None:
            continue
        note = Bilingual("", "")
        if f"{column}" in study.converted:
            note = _CONVERTED.filled(how=study.converted)
        elif column in study.corrected:
            note = _CORRECTED.filled(why=study.corrected)
        cells[letter] = Quantity(
            letter, value, trial=study.trial, file=study.file, line=study.line, column=column,
            exact=True, note=note,
        )  # fmt: skip
    return cells


def _corrected(raw: Cells, trials: Trials, method: Method, position: int) -> Cells:
    """The cells that ratios and variances are computed from, with b and d."""
    names, changed = ("a", "n1", "c", "n2"), trials.cells
    if changed is None or trials.measure in (Measure.PETO, Measure.ASD):
        changed = trials.tables
    assert changed is not None
    used = dict(raw)
    values = (changed.events1, changed.total1, changed.events2, changed.total2)
    for name, value in zip(names, values, strict=True):
        added = float(value[position]) - raw[name].value
        if added:
            used[name] = _with_addition(raw, name, added, method)
    return used | {
        "b": _exact("b", "n1 - a", (used["n1"], used["a"])),
        "d": _exact("d", "n2 - c", (used["n2"], used["c"])),
    }


def _with_addition(raw: Cells, name: str, added: float, method: Method) -> Quantity:
    inputs = {f"{name}_raw": raw[name]}
    if method.zero_cell_rule == "treatment-arm":
        share, twice = (
            ("n1_raw", "n2_raw") if name in ("a", "n1") else ("n2_raw", "n1_raw"),
            name in ("n1", "n2"),
        )
        inputs |= {"n1_raw": raw["n1"], "n2_raw": raw["n2"], "k": constant("k", method.zero_cell_amount)}
        formula = f"{name}_raw + {4 if twice else 2} * k * {share[0]} / ({share[0]} + {share[1]})"
        return computed(name, formula, inputs, trial=raw[name].trial)
    return computed(name, f"{name}_raw + {added:.12g}", inputs, trial=raw[name].trial, exact=True)


def _exact(symbol: str, formula: str, inputs: Sequence[Quantity]) -> Quantity:
    return computed(symbol, formula, inputs, trial=inputs[0].trial, exact=all(each.exact for each in inputs))


def _two_by_two(
    measure: Measure,
    raw: Cells,
    cells: Cells,
    tables: Tables | None,
    method: Method,
    position: int,
    y: float,
    v: float,
) -> tuple[Quantity, ...]:
    a, b, c, d, n1, n2 = (cells[name] for name in ("a", "b", "c", "d", "n1", "n2"))
    trial, four = a.trial, (a, n1, c, n2)
    if measure is Measure.RR:
        variance = computed("v", "1 / a - 1 / n1 + 1 / c - 1 / n2", four, v, trial=trial)
        if tables is not None and tables.all_events[position] and method.zero_cells.drops:
            return computed("y", "ln(1)", (), y, note=_ALL_EVENTS, trial=trial), variance
        return computed("y", "ln((a / n1) / (c / n2))", four, y, trial=trial), variance
    if measure is Measure.OR:
        table = (a, b, c, d)
        effect = computed("y", "ln((a * d) / (b * c))", table, y, trial=trial)
        return effect, computed("v", "1 / a + 1 / b + 1 / c + 1 / d", table, v, trial=trial)
    if measure is Measure.RD:
        own = {"a": raw["a"], "n1": raw["n1"], "c": raw["c"], "n2": raw["n2"]}
        whole = (a, b, c, d, n1, n2)
        variance = computed("v", "a * b / n1**3 + c * d / n2**3", whole, v, trial=trial)
        return computed("y", "a / n1 - c / n2", own, y, trial=trial), variance
    own = {name: raw[name] for name in ("a", "n1", "c", "n2")}
    if measure is Measure.ASD:
        effect = computed("y", "asin(sqrt(a / n1)) - asin(sqrt(c / n2))", own, y, trial=trial)
        return effect, computed("v", "1 / (4 * n1) + 1 / (4 * n2)", own, v, trial=trial)
    n = _exact("N", "n1 + n2", (raw["n1"], raw["n2"]))
    expected = computed("E", "n1 * (a + c) / N", {**own, "N": n}, trial=trial)
    names = {**own, "N": n}
    information = computed("V", "n1 * n2 * (a + c) * (N - a - c) / (N**2 * (N - 1))", names, trial=trial)
    effect = computed("y", "(a - E) / V", {"a": raw["a"], "E": expected, "V": information}, y, trial=trial)
    return n, expected, information, effect, computed("v", "1 / V", (information,), v, trial=trial)


def _means(measure: Measure, cells: Cells, smd: str, y: float, v: float) -> tuple[Quantity, ...]:
    trial = cells["m1"].trial
    if measure is Measure.MD:
        effect = computed("y", "m1 - m2", (cells["m1"], cells["m2"]), y, trial=trial)
        names = [cells[name] for name in ("s1", "n1", "s2", "n2")]
        return effect, computed("v", "s1**2 / n1 + s2**2 / n2", names, v, trial=trial)
    if measure is Measure.ROM:
        effect = computed("y", "ln(m1 / m2)", (cells["m1"], cells["m2"]), y, trial=trial)
        formula = "s1**2 / (n1 * m1**2) + s2**2 / (n2 * m2**2)"
        return effect, computed("v", formula, cells, v, trial=trial)
    if smd == "glass":
        effect = computed("y", "(m1 - m2) / s2 * J(n2 - 1)", cells, y, trial=trial)
        return effect, computed(
            "v", "1 / n1 + 1 / n2 + y**2 / (2 * n2)", {**cells, "y": effect}, v, trial=trial
        )
    n = _exact("N", "n1 + n2", (cells["n1"], cells["n2"]))
    formula = "sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (N - 2))"
    sd = computed("s", formula, {**cells, "N": n}, trial=trial)
    d = computed("g0", "(m1 - m2) / s", {**cells, "s": sd}, trial=trial)
    if smd == "exact":
        effect = computed("y", "g0 * J(N - 2)", (d, n), y, trial=trial)
        formula = "1 / n1 + 1 / n2 + y**2 / (2 * N)"
    else:
        effect = computed("y", "g0 * (1 - 3 / (4 * N - 9))", (d, n), y, trial=trial)
        formula = "N / (n1 * n2) + y**2 / (2 * (N - 3.94))"
    variance = computed("v", formula, {**cells, "N": n, "y": effect}, v, trial=trial)
    return n, sd, d, effect, variance


def _generic(analysis: Analysis, study: Study, cells: Cells, y: float, v: float) -> tuple[Quantity, ...]:
    trial = study.trial
    log, scaled = analysis.log_scale, "factor" in cells
    effect = computed(
        "y", "ln(e)" if log else "e * factor" if scaled else "e", _given(cells, "e", "factor"), y, trial=trial
    )
    if "se" in cells:
        formula = "(se * factor)**2" if scaled else "se**2"
        return effect, computed("v", formula, _given(cells, "se", "factor"), v, trial=trial)
    level = constant("level", 0.5 + (study.ci_level or 95.0) / 200, _LEVEL)
    z = computed("z_level", "z(level)", (level,), trial=trial)
    width = "ln(high) - ln(low)" if log else "high - low"
    se = computed(
        "se", f"({width}) / (2 * z_level)", {**_given(cells, "low", "high"), "z_level": z}, trial=trial
    )
    formula = "(se * factor)**2" if scaled else "se**2"
    return effect, z, se, computed("v", formula, {**_given(cells, "factor"), "se": se}, v, trial=trial)


def _given(cells: Cells, *names: str) -> Cells:
    return {name: cells[name] for name in names if name in cells}
