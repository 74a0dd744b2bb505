"""The report's tables of pooled results: every analysis and subgroup by every method, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from repool.methods import declared_method
from repool.model import Analysis, NormalForm, by_analysis
from repool.results import HeterogeneityRow, PooledRow, PooledState, Results
from repool.wording import (
    alone,
    capital,
    decimal,
    interval,
    method_sentence,
    p_value,
    percent,
    places,
    significant,
    word,
)

Row = dict[str, Any]
Spread = Mapping[tuple[str, str, str], HeterogeneityRow]

#: States that tell nothing of a method: it is the wrong one for the data, or all methods have the same state.
_NOTHING = (PooledState.NOT_APPLICABLE, PooledState.NO_TOTAL, PooledState.NO_TRIAL)


def pooled_tables(form: NormalForm, results: Results, language: str) -> list[Row]:
    """One table an analysis: its title, its own method, and a row for each subgroup and method.

    Of the methods that were only added to compare with, those that repeat the analysis' own or do not apply
    have no row; where nothing has a result there are no rows, and `none` says why.
    """
    spread = {(row.analysis, row.subgroup, row.method): row for row in results.heterogeneity}
    pooled = by_analysis(results.pooled)
    return [_table(each, pooled[each.analysis], spread, language) for each in form.analyses]


def _table(analysis: Analysis, pooled: Sequence[PooledRow], spread: Spread, language: str) -> Row:
    own = {row.subgroup: _said(row) for row in pooled if row.role == "declared"}
    shown = [
        row
        for row in pooled
        if row.role != "comparison" or (row.state not in _NOTHING and _said(row) != own[row.subgroup])
    ]
    none = all(row.estimate is None for row in shown)
    states = dict.fromkeys(word(f"state-{row.state.value}", language) for row in shown)
    return {
        "title": analysis.title[language],
        "method": method_sentence(
            analysis.method_from, declared_method(analysis).label()[language], language
        ),
        "own": word(f"own-{analysis.method_from}", language),
        "none": f"{capital('; '.join(states))}." if none else "",
        "rows": []
        if none
        else [_row(row, spread.get((row.analysis, row.subgroup, row.method)), language) for row in shown],
    }


def _said(row: PooledRow) -> tuple[object, ...]:
    """What a reader sees of a result; of a single trial all methods may say the same."""
    figures = [None if each is None else f"{each:.6g}" for each in (row.estimate, row.ci_low, row.ci_high)]
    return (row.method_label, row.tau2, row.q, *figures) if row.state is PooledState.POOLED else (*figures,)


def shown_interval(estimate: float, low: float, high: float, language: str) -> str:
    """An estimate with its limits, all with as many decimals as the three can bear."""
    return interval(estimate, low, high, places(estimate, low, high), language)


def _row(row: PooledRow, spread: HeterogeneityRow | None, language: str) -> Row:
    return {
        "subgroup": row.subgroup,
        "method": row.method,
        "label": row.method_label[language],
        "declared": row.role == "declared",
        "notes": _notes(row, language),
        "k": str(row.trials_pooled),
        "effect": _effect(row, language),
        "p": "" if row.p_effect is None else p_value(row.p_effect, language),
        "tau2": "" if row.tau2 is None else significant(row.tau2, 4, language),
        "tau2_limits": "" if spread is None else _limits(spread.tau2_low, spread.tau2_high, language),
        "q": "" if row.q is None else f"{decimal(row.q, 2, language)} ({row.df:.0f})",
        "i2": "" if row.i2 is None else percent(row.i2, 1, language),
        "prediction": _limits(row.prediction_k1_low, row.prediction_k1_high, language),
        "prediction2": _limits(row.prediction_k2_low, row.prediction_k2_high, language),
    }


def _notes(row: PooledRow, language: str) -> list[str]:
    """Why there is no result, what to be wary of, and a prediction interval that has no column."""
    notes = []
    if row.state is not PooledState.POOLED:
        notes.append(word(f"state-{row.state.value}", language))
    if row.narrower_than_wald:
        notes.append(word("narrower_than_wald", language))
    limits = _limits(row.prediction_low, row.prediction_high, language)
    if limits and row.prediction_method not in ("t(k-1)", "t(k-2)"):
        notes.append(f"{word('prediction', language)} ({row.prediction_method}): {limits}")
    return notes


def _effect(row: PooledRow, language: str) -> str:
    if row.estimate is None:
        return "–"
    if row.state is PooledState.NO_INTERVAL:
        return alone(row.estimate, language)
    if row.ci_low is None or row.ci_high is None:
        return "–"
    return shown_interval(row.estimate, row.ci_low, row.ci_high, language)


def _limits(low: float | None, high: float | None, language: str) -> str:
    if low is None or high is None:
        return ""
    to = word("to", language)
    return f"{significant(low, 3, language)} {to} {significant(high, 3, language)}"
