"""The worked sheet of an analysis: its whole calculation as a reader follows it, ready to be shown.

View models in one language, of plain texts and MathML; layout is in workflow/report/worked.html.j2 and
`worked_text`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from repool.methods import (
    TRIAL_EFFECTS,
    Method,
    declared_method,
    method_behind,
)
from repool.model import Analysis, NormalForm
from repool.results import PooledRow, Results
from repool.wording import capital, localised, method_sentence, word
from repool.worked.absolute import from_trials
from repool.worked.formulas import in_mathml, in_text, shown, symbol_text
from repool.worked.pooling import Working, worked_result
from repool.worked.quantities import Quantity
from repool.worked.subgroups import subgroup_test
from repool.worked.trials import TrialsOfTotals, WorkedTrial
from repool.worked.words import WORKED, meaning

View = dict[str, Any]

#: Columns whose formula is said before the table; the others are the trials' own.
_OWN = ("y", "v")


@dataclass(frozen=True, slots=True)
class Sheet:
    """All workings of an analysis: of its trials, and of every row that it has in pooled.csv."""

    form: NormalForm
    analysis: Analysis
    trials: list[WorkedTrial]
    declared: list[Working]
    others: list[Working]
    results: Results


def sheet(form: NormalForm, results: Results, analysis: Analysis) -> Sheet:
    """Work out one analysis: the declared method overall and by subgroup, then the other methods."""
    trials = TrialsOfTotals(analysis, [s for s in form.studies if s.analysis == analysis.analysis])
    declared: list[Working] = []
    others: list[Working] = []
    for row in results.pooled:
        if row.analysis == analysis.analysis and row.role == "declared":
            declared.append(working(trials, row))
        elif row.analysis == analysis.analysis and not row.subgroup:
            others.append(working(trials, row))
    return Sheet(form, analysis, trials.every(declared_method(analysis)), declared, others, results)


def working(trials: TrialsOfTotals, row: PooledRow) -> Working:
    """The way to one row of pooled.csv; nothing is found where its method does not apply."""
    analysis = trials.analysis
    method = method_behind(analysis, row.role, row.method)
    if method is None:
        return Working(analysis, declared_method(analysis), row, [])
    return worked_result(analysis, method, row, trials.counted(method, row.subgroup))


def sheet_view(made: Sheet, language: str) -> View:
    """What a sheet shows in one language."""
    analysis, overall = made.analysis, made.declared[0]
    absolute = from_trials(overall, made.trials)
    test = subgroup_test(made.results, analysis, overall.row.method, made.declared[1:])
    return {
        "title": analysis.title[language],
        "method": method_sentence(made.analysis.method_from, overall.row.method_label[language], language),
        "key": _key(made, language),
        "trial_formulas": _formulas(
            [q for each in made.trials for q in (*each.corrections, *each.steps)], language
        ),
        "trials": [_trial(each, language) for each in made.trials],
        "overall": _result(overall, WORKED["overall"][language], language),
        "per_1000": [_step(each, language) for each in _leading(list(absolute.values()))],
        "subgroups": [_result(each, each.row.subgroup, language) for each in made.declared[1:]],
        "subgroup_test": [_step(each, language) for each in test],
        "others": [_other(each, overall.method, language) for each in made.others],
    }


def _key(made: Sheet, language: str) -> list[str]:
    """What the letters of the trials' formulas stand for."""
    measure, review = made.analysis.measure, made.form.review
    kind = "events" if measure.is_dichotomous else "means" if measure.is_continuous else "generic"
    arms = {"experimental": review.experimental[language], "control": review.control[language]}
    lines = [WORKED[f"cells-{kind}"][language].format(**arms), WORKED["analysis-scale"][language]]
    if any(each.corrections for each in made.trials):
        rule = declared_method(made.analysis).zero_cell_rule
        lines.append(WORKED["correction"][language].format(rule=rule))
    return lines


def _trial(trial: WorkedTrial, language: str) -> View:
    study = trial.study
    note = "no-data" if not trial.raw else "" if trial.y is not None else "not-estimable"
    notes = [WORKED[note][language]] if note else []
    steps = (*trial.corrections, *trial.steps) if trial.y is not None else ()
    notes += [each.note[language] for each in (*trial.raw, *trial.steps) if each.note]
    return {
        "trial": study.trial,
        "place": f"{Path(study.file).name}:{study.line}",
        "cells": ", ".join(each.line_text(language) for each in trial.raw),
        "lines": [_numbers(each, language) for each in steps],
        "notes": list(dict.fromkeys(notes)),
    }


def _numbers(each: Quantity, language: str) -> str:
    """ "v = 1 / 4 + 1 / 11 = 0.340909", with a warning where the formula gives something else."""
    return each.line_text(language, symbols=False) + _warning(each, language)


def _warning(each: Quantity, language: str) -> str:
    if each.follows:
        return ""
    return " " + WORKED["differs"][language].format(value=shown(each.recomputed, False, language))


def _formulas(quantities: Sequence[Quantity], language: str) -> list[View]:
    """Each formula once, in the order of the calculation."""
    unique = {(each.symbol, each.formula): each for each in quantities if each.formula}
    made = [_formula(each, language) for each in unique.values()]
    return [each for each in made if each["text"].split(" = ")[0] != each["text"].split(" = ")[1]]


def _formula(each: Quantity, language: str) -> View:
    symbol = symbol_text(each.symbol)
    return {
        "label": WORKED["formula"][language].format(symbol=symbol),
        "math": Markup(in_mathml(each.symbol, each.formula, language)),
        "text": f"{symbol} = {in_text(each.formula, language)}",
        "meaning": meaning(each.symbol)[language],
    }


def _step(each: Quantity, language: str) -> View:
    """One number: its formula, and the formula with the numbers put in."""
    view: View = {"formula": _formula(each, language) if each.formula else None}
    name = capital(meaning(each.symbol)[language] or symbol_text(each.symbol))
    return view | {
        "meaning": f"{name} ({each.trial})" if each.trial else name,
        "numbers": _numbers(each, language),
        "note": each.note[language],
    }


def _leading(figures: list[Quantity]) -> list[Quantity]:
    """The figures, and first the sums and the risk that they share, in the order of the calculation."""
    order: dict[int, Quantity] = {}

    def visit(each: Quantity) -> None:
        for child in each.inputs.values():
            if child.symbol in ("risk", "sum_c", "sum_n2", "n") and not child.trial:
                visit(child)
        order.setdefault(id(each), each)

    for figure in figures:
        visit(figure)
    return list(order.values())


def _result(work: Working, title: str, language: str) -> View:
    """A pooled result: the trials' columns, then every number in the order of the calculation."""
    state = word(f"state-{work.row.state.value}", language)
    shown_steps = [q for q in work.found.values() if not q.parts and q.trial == ""]
    columns = [each for symbol, each in work.columns.items() if symbol not in _OWN]
    return {
        "title": title,
        "none": "" if work.found else WORKED["none"][language].format(state=state),
        "formulas": _formulas([q for each in columns for q in each], language),
        "table": _table(work, language) if len(work.trials) > 1 else None,
        "steps": [_step(each, language) for each in shown_steps],
        "checks": [_check(left, right, language) for left, right in work.checks],
    }


def _table(work: Working, language: str) -> View:
    return {
        "head": [symbol_text(symbol) for symbol in work.columns],
        "rows": [
            {
                "trial": trial.study.trial,
                "numbers": [column[number].shown(language) for column in work.columns.values()],
            }
            for number, trial in enumerate(work.trials)
        ],
        "sums": [work.found[f"sum_{symbol}"].shown(language) for symbol in work.columns],
    }


def _check(left: Quantity, right: Quantity, language: str) -> str:
    """What to see in the two sides of the equation; nothing to add where tau2 is 0."""
    difference = abs(left.value - right.value)
    if difference > 1e-6 * abs(right.value):
        return ""
    bound = localised(f"{difference:.0e}", language)
    return WORKED["equation-solved"][language].format(difference=bound)


def _other(work: Working, own: Method, language: str) -> View:
    row, label = work.row, work.row.method_label[language]
    if not work.found:
        text = WORKED["none"][language].format(state=word(f"state-{row.state.value}", language))
        return {"title": label, "name": row.method, "lines": [text]}
    changed = [name for name in TRIAL_EFFECTS if getattr(work.method, name) != getattr(own, name)]
    lines = [
        each.line_text(language) + _warning(each, language)
        for each in work.found.values()
        if (each.formula or each.symbol == "tau2") and not each.trial
    ]
    if changed:
        what = ", ".join(f"{name}: {getattr(work.method, name)}" for name in changed)
        lines.insert(0, WORKED["other-effects"][language].format(what=what))
    return {"title": label, "name": row.method, "lines": lines}
