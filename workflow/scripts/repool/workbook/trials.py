"""The trials of one sheet of the audit workbook: their input cells, and what decides how they are summed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from repool.methods import Method
from repool.model import Analysis, Bilingual, Measure, Status, Study
from repool.trials import COLUMNS
from repool.wording import word
from repool.workbook.cells import FIRST, NUMBER, Page, Place, ScopeTable, TrialTable, both, write_label
from repool.workbook.formulas import label, symbol
from repool.workbook.words import INPUTS, TEXTS

OWN = ".own"
_STATUS = ("status", "status, 2", "status, 3")  # a wide cell: three columns become one
_GENERIC = ("se", "ci_low", "ci_high", "ci_level")
ARMS = ("experimental_events", "experimental_total", "control_events", "control_total")


@dataclass(frozen=True, slots=True)
class Trials:
    """One analysis on its sheet. `groups` are its subgroups by name, in order of appearance."""

    page: Page
    analysis: Analysis
    studies: Sequence[Study]
    groups: Sequence[str]
    inputs: TrialTable
    level: str
    z: str

    @property
    def scopes(self) -> list[Bilingual]:
        """What the columns of results are called."""
        return [TEXTS["all"], *(Bilingual(name, name) for name in self.groups)]

    @property
    def variants(self) -> tuple[str, ...]:
        """Suffixes of columns that depend on a pooled value: of all trials, and of the trial's own group."""
        return ("", OWN) if self.groups else ("",)

    def name(self, scope: int) -> str:
        """A scope as the result tables name it: "" for all trials."""
        return self.groups[scope - 1] if scope else ""

    def total(self, table: TrialTable, name: str, scope: int) -> str:
        """Sum of a column over the trials of a scope; cells that hold no number do not count."""
        if scope == 0:
            return f"SUM({table.span(name)})"
        column = name + OWN if name + OWN in table.columns else name
        return f"SUMIF({self.inputs.span('group')},{scope},{table.span(column)})"

    def fill(
        self,
        table: TrialTable,
        name: str,
        estimable: TrialTable,
        made: ScopeTable,
        formula: Callable[["OfTrial"], str],
        needs: str = "",
        form: str = NUMBER,
    ) -> None:
        """Write a column that depends on pooled values, and its variant for the trial's own group.

        `needs` names a row of `made` without whose number there is none. Empty for a trial that is not
        estimable.
        """
        for variant in self.variants:

            def of_trial(trial: int, variant: str = variant) -> str:
                group = self.inputs.at("group", trial) if variant else ""
                cells = OfTrial(trial, group, made)
                inner = formula(cells)
                if needs:
                    inner = f'IF(ISNUMBER({cells.pooled(needs)}),{inner},"")'
                if group:
                    inner = f'IF(ISNUMBER({group}),{inner},"")'
                return f'IF({estimable.at("estimable", trial)}=1,{inner},"")'

            named = label(name)
            if variant:
                named = TEXTS["in-subgroup"].filled(label=named)
            table.fill(name + variant, named, of_trial, form=form)


@dataclass(frozen=True, slots=True)
class OfTrial:
    """One trial within all trials (`group` "") or within the group whose number is in the cell `group`."""

    trial: int
    group: str
    made: ScopeTable

    def pooled(self, row: str) -> str:
        """The figure of all trials, or of the trial's own group."""
        if self.group:
            return f"INDEX({self.made.subgroups(row)},1,{self.group})"
        return absolute(self.made.at(row, 0))

    def own(self, table: TrialTable, name: str) -> str:
        """The trial's cell in another column of the same kind."""
        return table.at(name + OWN if self.group else name, self.trial)


def write_trials(page: Page, analysis: Analysis, studies: Sequence[Study], level: float) -> Trials:
    """The input cells with their source, the level of intervals, and the notes on single trials."""
    groups = list(dict.fromkeys(study.subgroup for study in studies if study.subgroup))
    page.section(TEXTS["trials"])
    columns = input_columns(analysis, studies)
    names = [*(["group"] if groups else []), *columns, "has_data", *_STATUS, "source"]
    inputs = TrialTable(page, names, len(studies))
    _write_rows(page, inputs, studies, groups, columns)
    inputs.fill("has_data", label("has_data"), lambda trial: _has_data(analysis, inputs, trial), form="0")
    _write_notes(page, studies)
    level_cell, z = _write_level(page, level)
    return Trials(page, analysis, studies, groups, inputs, level_cell, z)


def input_columns(analysis: Analysis, studies: Sequence[Study]) -> list[str]:
    """The columns of studies.csv that are shown: what the measure needs, and what any trial has besides."""
    columns = list(COLUMNS[analysis.measure])
    if analysis.measure is Measure.GIV:
        columns += [*_GENERIC, *(["scale_factor"] if _given(studies, "scale_factor") else [])]
    return columns + [name for name in ARMS if name not in columns and _given(studies, name)]


def write_counts(trials: Trials, estimable: TrialTable) -> ScopeTable:
    """Trials listed, known and pooled, and the sums over arms."""
    page, inputs = trials.page, trials.inputs
    page.section(TEXTS["counts"])
    sums = [name for name in ARMS if name in inputs.columns]
    made = ScopeTable(page, ["listed", "known", "unknown", "k", *sums], trials.scopes)
    for name in ("listed", "known", "unknown", "k"):
        made.label(name, label(name), symbol(name))
    for name in sums:
        made.label(name, INPUTS[name], "Σ")
    names = f"$A${inputs.top}:$A${inputs.top + max(len(trials.studies), 1) - 1}"
    for scope in range(len(trials.scopes)):
        known = made.at("known", scope)
        listed = f"COUNTIF({inputs.span('group')},{scope})" if scope else f"COUNTA({names})"
        made.formula("listed", scope, listed, form="0")
        made.formula("known", scope, trials.total(inputs, "has_data", scope), form="0")
        made.formula("unknown", scope, f"{made.at('listed', scope)}-{known}", form="0")
        made.formula("k", scope, trials.total(estimable, "estimable", scope), form="0")
        for name in sums:
            made.formula(name, scope, _sum_of_arm(inputs, name, known, scope), form="General")
        keys = {"trials_listed": "listed", "trials_unknown": "unknown", "trials_pooled": "k"}
        for field, row in (keys | dict(zip(sums, sums, strict=True))).items():
            page.place(made.at(row, scope), "counts", trials.analysis.analysis, trials.name(scope), field)
    return made


def write_choice(
    page: Page, name: Bilingual, explained: str, value: str | float, choices: Sequence[str]
) -> str:
    """One rule as a cell of its own, in a row of its own; returns its address."""
    write_label(page, page.row, name)
    page.text(page.row, FIRST + 1, explained, "symbol")
    if isinstance(value, str):
        cell = page.text(page.row, FIRST, value, "input")
        page.choices(cell, choices)
    else:
        cell = page.number(page.row, FIRST, value)
    page.row += 1
    return absolute(cell)


def absolute(cell: str) -> str:
    """An address that stays when a formula is copied."""
    return str(Place("", cell)).partition("!")[2]


def rules_label(method: Method, own: Method) -> Bilingual:
    """The heading above trial effects: by the analysis' own rules, or by those of another method."""
    return TEXTS["effects"] if method == own else TEXTS["effects-of"].filled(method=method.name)


def _write_rows(
    page: Page, inputs: TrialTable, studies: Sequence[Study], groups: Sequence[str], columns: Sequence[str]
) -> None:
    page.head(inputs.head, 1, TEXTS["trial"])
    page.head(inputs.head, 2, TEXTS["subgroup"])
    headings = {"group": TEXTS["subgroup-number"], "status": TEXTS["status"], "source": TEXTS["source"]}
    places = {name: inputs.first + n for n, name in enumerate(inputs.columns)}
    for name, column in places.items():
        if name not in ("has_data", *_STATUS[1:]):
            page.head(inputs.head, column, (headings | INPUTS)[name])
    page.sheet.merge_cells(None, inputs.head, places["status"], inputs.head, places[_STATUS[-1]])
    for number, study in enumerate(studies):
        row = inputs.top + number
        page.text(row, 1, study.trial, "input")
        page.text(row, 2, study.subgroup, "input")
        if groups:
            group = groups.index(study.subgroup) + 1 if study.subgroup else None
            page.number(row, places["group"], group)
        for name in columns:
            cell = page.number(row, places[name], getattr(study, name))
            page.place(cell, "inputs", study.analysis, f"{study.file}:{study.line}", name)
        marks = _marks(study)
        plain = study.status is Status.REPORTED and len(marks) == 1
        shown = ", ".join(both(each) for each in marks)
        page.text(row, places["status"], shown, "text" if plain else "marked")
        page.sheet.merge_cells(None, row, places["status"], row, places[_STATUS[-1]])
        page.text(row, places["source"], f"{study.source}: {study.locator} ({study.file}:{study.line})")


def _marks(study: Study) -> list[Bilingual]:
    """The status of a row, and whether any of its numbers is not as printed."""
    status = f"status-{study.status.value}"
    marks = [Bilingual(word(status, "nb"), word(status, "en"))]
    if study.converted:
        marks.append(TEXTS["converted"])
    if study.corrected:
        marks.append(TEXTS["corrected"])
    return marks


def _write_notes(page: Page, studies: Sequence[Study]) -> None:
    notes = [
        f"{study.trial}: {text}"
        for study in studies
        for text in (study.converted, study.corrected, study.note)
        if text
    ]
    if notes:
        page.text(page.row, 1, both(TEXTS["notes"]), "label")
        for number, note in enumerate(notes, start=1):
            page.text(page.row + number, 1, note, "note")
        page.row += len(notes) + 2


def _write_level(page: Page, level: float) -> tuple[str, str]:
    page.section(TEXTS["settings"])
    cell = write_choice(page, TEXTS["level"], "0.95 = 95%", level, ())
    write_label(page, page.row, Bilingual("z", "z"))
    page.text(page.row, FIRST + 1, "Φ⁻¹(0.5 + level/2)", "symbol")
    z = page.formula(page.row, FIRST, f"NORMSINV(0.5+{cell}/2)")
    page.row += 1
    return cell, absolute(z)


def _has_data(analysis: Analysis, inputs: TrialTable, trial: int) -> str:
    needed = [inputs.at(name, trial) for name in COLUMNS[analysis.measure]]
    complete = f"COUNT({','.join(needed)})={len(needed)}"
    if analysis.measure is Measure.GIV:
        limits = f"COUNT({inputs.at('ci_low', trial)},{inputs.at('ci_high', trial)})=2"
        complete = f"AND({complete},OR(COUNT({inputs.at('se', trial)})=1,{limits}))"
    return f"IF({complete},1,0)"


def _sum_of_arm(inputs: TrialTable, name: str, known: str, scope: int) -> str:
    """The sum over known trials, empty unless all of them have the number."""
    has, column = inputs.span("has_data"), inputs.span(name)
    group = f",{inputs.span('group')},{scope}" if scope else ""
    within = f"*({inputs.span('group')}={scope})" if scope else ""
    counted = f"SUMPRODUCT(({has}=1)*ISNUMBER({column}){within})"
    return f'IF(AND({known}>0,{counted}={known}),SUMIFS({column},{has},1{group}),"")'


def _given(studies: Sequence[Study], name: str) -> bool:
    return any(getattr(study, name) is not None for study in studies)
