"""The trials of an outcome: their data as rows of the normal form, and what RevMan made of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from repool.model import Counts, Study, Totals, TrialClaim
from repool.readers.problems import words
from repool.readers.revman5.elements import CORRECT, Element
from repool.readers.revman5.outcomes import YES_NO, Group, Outcome
from repool.readers.revman5.trials import Trials
from repool.readers.revman_rows import COLUMNS, DataKind, RevManRow, TrialNames, study

#: The attribute behind each figure that a row is computed from.
_ATTRIBUTES = {
    "experimental_events": "EVENTS_1", "experimental_total": "TOTAL_1", "experimental_mean": "MEAN_1",
    "experimental_sd": "SD_1", "control_events": "EVENTS_2", "control_total": "TOTAL_2",
    "control_mean": "MEAN_2", "control_sd": "SD_2", "estimate": "ESTIMATE", "se": "SE",
    "o_minus_e": "O_E", "variance": "VAR",
}  # fmt: skip
_COUNTS = frozenset({"experimental_events", "experimental_total", "control_events", "control_total"})
_NOT_NEGATIVE = frozenset({"experimental_sd", "control_sd", "se", "variance"})
_PRINTED = {"estimate": "EFFECT_SIZE", "ci_low": "CI_START", "ci_high": "CI_END"}


@dataclass(frozen=True, slots=True)
class Row:
    """One trial of one outcome, and which study of the file it is."""

    study: Study
    claim: TrialClaim | None
    study_id: str


def read_rows(outcome: Outcome, trials: Trials, source: str) -> list[Row]:
    """The rows of an outcome in their order; a row with a wrong cell is reported and left out."""
    names = TrialNames()
    rows = []
    for group in outcome.groups:
        for element in group.rows:
            row = _row(element, outcome, group, trials, names, source)
            if row is not None:
                rows.append(row)
    return rows


def _row(
    element: Element, outcome: Outcome, group: Group, trials: Trials, names: TrialNames, source: str
) -> Row | None:
    before = element.problems.error_count
    study_id = element.required("STUDY_ID")
    figures = _figures(element, outcome.kind)
    printed = _printed(element, outcome)
    made = RevManRow(
        analysis=outcome.analysis.analysis,
        subgroup=group.subgroup,
        trial="",
        counts_in=Counts.BOTH,
        figures=figures,
        printed={},
        note=element.text,
        file=element.file,
        line=element.line,
    )
    trial = trials.name(study_id, element) if study_id else ""
    if element.problems.error_count > before:
        return None
    trial = names.distinct(made.analysis, group.subgroup, trial)
    made = _named(made, trial)
    try:
        row = study(made, outcome.analysis, outcome.kind, outcome.is_swapped, source)
    except ValueError as fault:
        element.wrong("ESTIMATE", element.plain("ESTIMATE"), str(fault), CORRECT)
        return None
    return Row(row, _claim(row, printed), study_id)


def _named(row: RevManRow, trial: str) -> RevManRow:
    return RevManRow(
        row.analysis, row.subgroup, trial, row.counts_in, row.figures, row.printed, row.note, row.file,
        row.line,
    )  # fmt: skip


def _claim(row: Study, printed: Mapping[str, str]) -> TrialClaim | None:
    """What RevMan computed of a row, None where it computed nothing."""
    shown = {name: printed.get(name, "") for name in (*_PRINTED, "weight")}
    if not any(shown.values()):
        return None
    return TrialClaim(row.analysis, row.subgroup, row.trial, **shown, file=row.file, line=row.line)


def _figures(element: Element, kind: DataKind) -> Mapping[str, float | None]:
    """The cells of a row. All of those it is computed from may be empty together, where RevMan had none."""
    needed = COLUMNS[kind]
    generic = kind in (DataKind.ESTIMATES, DataKind.O_E)
    optional = ("experimental_total", "control_total") if generic else ()
    figures: dict[str, float | None] = {}
    if any(element.plain(_ATTRIBUTES[name]) for name in needed):
        figures = {name: _figure(element, name) for name in needed}
        _check(element, figures)
    elif needed and not set(element.attributes) & {_ATTRIBUTES[name] for name in needed}:
        missing = ", ".join(_ATTRIBUTES[name] for name in needed)
        element.wrong(
            _ATTRIBUTES[needed[0]], words(f"none of the attributes of a {element.tag}"), missing, CORRECT
        )
    for name in optional:
        if element.plain(_ATTRIBUTES[name]):
            figures[name] = element.count(_ATTRIBUTES[name])
    return figures


def _figure(element: Element, name: str) -> float | None:
    attribute = _ATTRIBUTES[name]
    value = element.count(attribute) if name in _COUNTS else element.number(attribute)
    if name in _NOT_NEGATIVE and value is not None and value < 0:
        element.wrong(attribute, element.plain(attribute), "0 or more", CORRECT)
    return value


def _check(element: Element, figures: Mapping[str, float | None]) -> None:
    for arm, number in (("experimental", 1), ("control", 2)):
        events, total = figures.get(f"{arm}_events"), figures.get(f"{arm}_total")
        if events is not None and total is not None and events > total:
            element.doubtful(
                f"EVENTS_{number}", element.plain(f"EVENTS_{number}"), f"at most TOTAL_{number} {total:.0f}",
                "check the row against the trial's report",
            )  # fmt: skip


def _printed(element: Element, outcome: Outcome) -> Mapping[str, str]:
    """What RevMan computed of a row: nothing but its weight where it could not estimate it."""
    printed = {}
    if outcome.analysis.totals is not Totals.NONE:
        printed["weight"] = element.published("WEIGHT")
    figures = {name: element.published(attribute) for name, attribute in _PRINTED.items()}
    if not element.choice("ESTIMABLE", YES_NO, True):
        return printed
    if outcome.level != outcome.trials_level:
        figures = {"estimate": figures["estimate"]}
    return printed | figures
