"""From a review to what is searched: what is given, what is printed, what is assumed, what came of it."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from repool.batch import Integers
from repool.effects import natural
from repool.evidence import Evidence, evidence_of, printed
from repool.methods import Method, applicable, declared, declared_method, methods_of, with_own
from repool.model import Analysis, Claim, NormalForm, Status, Study
from repool.quantities import ARMS, EFFECT
from repool.reconstruct.bounds import bounds_of, contradicts_itself
from repool.reconstruct.search import LIMIT, Cells, Found, Published, pooled_with, possible, search
from repool.reconstruct.tables import (
    Assumption,
    Case,
    Given,
    Outcome,
    Range,
    ReconstructedRow,
    Reconstruction,
)
from repool.results import Results

LISTED = 100  # solutions written out; all are counted
_ALSO = ("p_effect", "tau2", "q", "p_q", "i2")  # of the same source, where it prints them


def reconstruct(form: NormalForm, results: Results, analyses: Sequence[Analysis]) -> Reconstruction:
    """Every case of every analysis, in the review's order."""
    made, known = Reconstruction(), evidence_of(form, results)
    for analysis in analyses:
        evidence = known[analysis.analysis]
        if analysis.measure.is_dichotomous:
            for given in Given:
                if (task := task_of(evidence, given)) is not None:
                    case, rows = solve(task)
                    made = replace(made, cases=(*made.cases, case), rows=(*made.rows, *rows))
        elif evidence.unknown():
            method = chosen_method(evidence, evidence.claims(*EFFECT) or {})
            made = replace(made, bounds=(*made.bounds, *bounds_of(evidence, method)))
    return made


@dataclass(frozen=True, slots=True)
class Task:
    """A search with the names that go with it: those of known and of searched trials, in order."""

    evidence: Evidence
    given: Given
    published: Published | None
    claims: dict[str, Claim]
    known: tuple[Study, ...]
    names: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    method: Method


def solve(task: Task, limit: int = LIMIT) -> tuple[Case, list[ReconstructedRow]]:
    """What came of one search, and the rows of the solutions that are listed."""
    published = task.published
    if published is None:
        return _case(task, Outcome.NOT_ATTEMPTED, Found(), ()), []
    found = search(published, limit)
    clash: tuple[str, ...] = ()
    outcome = Outcome.UNIQUE if found.count == 1 else Outcome.SEVERAL
    if not found.complete:
        outcome = Outcome.AT_LEAST if found.count else Outcome.UNDECIDED
    elif not found.count:
        outcome, clash = Outcome.NONE, clashing(published, limit)
    return _case(task, outcome, found, clash), _rows(task, found.tables[:LISTED])


def clashing(published: Published, limit: int = LIMIT) -> tuple[str, ...]:
    """The smallest set of printed figures that no table agrees with, beside the totals.

    The totals themselves where nothing fits them; () where the limit leaves it open.
    """
    if contradicts_itself(published.figures, published.measure.is_ratio, published.method):
        return EFFECT
    found = search(replace(published, figures={}), limit, enough=1)
    if not found.count:
        return _clashing_totals(published) if found.complete else ()
    for size in range(1, len(published.figures) + 1):
        for names in combinations(published.figures, size):
            figures = {name: published.figures[name] for name in names}
            found = search(replace(published, figures=figures), limit, enough=1)
            if not found.count:
                return names if found.complete else ()
    return ()


def _clashing_totals(published: Published) -> tuple[str, ...]:
    left, searched = published.left, published.searched
    least = [sum(each.low[place] for each in searched) for place in range(4)]
    most = [sum(each.high[place] for each in searched) for place in range(4)]
    outside = [name for place, name in enumerate(ARMS) if not least[place] <= left[place] <= most[place]]
    for arm in (0, 2):
        if not outside and left[arm] > left[arm + 1]:
            outside = list(ARMS[arm : arm + 2])
    return tuple(outside) or ARMS


def chosen_method(evidence: Evidence, claims: dict[str, Claim]) -> Method:
    """The method that the review says made the printed figures, else their source, else the declared one."""
    own = declared_method(evidence.analysis)
    stated = next((claim.method for claim in claims.values() if claim.method), "")
    name = settings(evidence.analysis).get("method", stated)
    if not name:
        return own
    method = applicable(declared(name, {}), evidence.analysis.measure) or own
    return with_own(method, own)


def settings(analysis: Analysis) -> dict[str, Any]:
    """The key `reconstruct` of an analysis in review.yaml."""
    read: dict[str, Any] = json.loads(analysis.reconstruct) if analysis.reconstruct else {}
    return read


def task_of(evidence: Evidence, given: Given) -> Task | None:
    """What to search for, None where there is nothing: all rows known, or nothing assumed."""
    asked, studies = settings(evidence.analysis), evidence.studies
    assume = asked.get("assume", []) if given is Given.ASSUMED else []
    if (given is Given.ASSUMED and not assume) or (given is not Given.TOTALS and not evidence.unknown()):
        return None
    known = [study for study in studies if study.status is not Status.UNKNOWN]
    names = [study.trial for study in studies if study.status is Status.UNKNOWN]
    if given is Given.TOTALS:
        names, known = [study.trial for study in studies], []
    more = max(0, int(asked.get("trials", 0)) - len(names) - len(known))
    cells, names = _assumed(assume, [*names, *[""] * more])
    totals = evidence.claims(*ARMS) or {}
    effect = evidence.claims(*EFFECT) or {}
    method = chosen_method(evidence, effect)
    figures = effect | {
        claim.quantity: claim
        for claim in evidence.form.claims
        if effect and claim.analysis == evidence.analysis.analysis and not claim.subgroup
        if claim.quantity in _ALSO and (claim.source, claim.method) == _origin(effect)
    }
    numbers = [printed(claim) for claim in totals.values()]
    published = None
    if totals and effect and not any(each.relation or each.value % 1 for each in numbers):
        events1, total1, events2, total2 = (int(printed(totals[name]).value) for name in ARMS)
        tables = [[int(getattr(study, name) or 0) for name in ARMS] for study in known]
        published = Published(
            evidence.analysis.measure,
            method,
            (events1, total1, events2, total2),
            np.array(tables, np.int64).reshape(-1, 4),
            tuple(cells),
            {name: printed(claim) for name, claim in figures.items()},
        )
    if published is None and given is not Given.ROWS:
        return None
    shown = tuple(map(Assumption.of, assume))
    return Task(
        evidence, given, published, totals | figures, tuple(known), _tellable(cells, names), shown, method
    )


def _origin(claims: dict[str, Claim]) -> tuple[str, str]:
    first = next(iter(claims.values()))
    return first.source, first.method


def _assumed(assume: list[dict[str, Any]], names: list[str]) -> tuple[list[Cells], list[str]]:
    """The limits of each searched trial; an assumption takes its own row, else the first that is free."""
    cells, names = [Cells()] * len(names), list(names)
    free = [place for place, name in enumerate(names) if all(each["trial"] != name for each in assume)]
    for each in assume:
        taken = names.index(each["trial"]) if each["trial"] in names else (free.pop(0) if free else None)
        if taken is None:
            cells, names, taken = [*cells, Cells()], [*names, ""], len(names)
        low, high = list(Cells().low), list(Cells().high)
        for place, name in enumerate(ARMS):
            if name in each:
                low[place], high[place] = int(each[name]), int(each[name])
        cells[taken] = Cells((low[0], low[1], low[2], low[3]), (high[0], high[1], high[2], high[3]))
        names[taken] = each["trial"]
    return cells, names


def _tellable(cells: Sequence[Cells], names: Sequence[str]) -> tuple[str, ...]:
    """The names of the trials that the search can tell apart, "" for the others."""
    alike = Counter(cells)
    return tuple(name if alike[each] == 1 else "" for each, name in zip(cells, names, strict=True))


def _rows(task: Task, tables: Integers) -> list[ReconstructedRow]:
    assumed = {each.trial: each.text() for each in task.assumptions}
    rows = []
    for number, table in enumerate(tables.tolist(), start=1):
        known = [(study.trial, study.status, _counts(study)) for study in task.known]
        made = [(name, Status.RECONSTRUCTED, row) for name, row in zip(task.names, table, strict=True)]
        for trial, status, counts in (*known, *made):
            events1, total1, events2, total2 = counts
            rows.append(
                ReconstructedRow(
                    analysis=task.evidence.analysis.analysis,
                    given=task.given,
                    solution=number,
                    trial=trial,
                    status=status,
                    experimental_events=events1,
                    experimental_total=total1,
                    control_events=events2,
                    control_total=total2,
                    assumed=assumed.get(trial, "") if status is Status.RECONSTRUCTED else "",
                )
            )
    return rows


def _counts(study: Study) -> list[int]:
    return [int(getattr(study, name) or 0) for name in ARMS]


def _case(task: Task, outcome: Outcome, found: Found, clash: tuple[str, ...]) -> Case:
    evidence, published = task.evidence, task.published
    whole = found.complete and 0 < found.count == len(found.tables)
    return Case(
        analysis=evidence.analysis.analysis,
        given=task.given,
        method=task.method.name,
        method_label=task.method.label(),
        figures={name: claim.value for name, claim in task.claims.items()},
        source=", ".join(dict.fromkeys(claim.source for claim in task.claims.values())),
        trials=len(task.known) + len(task.names),
        known=tuple(study.trial for study in task.known),
        assumptions=task.assumptions,
        outcome=outcome,
        count=found.count,
        listed=min(LISTED, len(found.tables)),
        possible=str(possible(published)) if published else "",
        compared=found.compared,
        clash=clash,
        as_listed=whole and found.count == 1 and _as_listed(task, found.tables[0]),
        ranges=tuple(_ranges(task, found.tables)) if whole else (),
    )


def _as_listed(task: Task, table: Integers) -> bool:
    """Whether the only solution is what the rows of the review say already."""
    if task.given is not Given.TOTALS or task.evidence.unknown():
        return False
    return sorted(map(_counts, task.evidence.studies)) == sorted(table.tolist())


def _ranges(task: Task, tables: Integers) -> list[Range]:
    """All solutions pooled by every method that the analysis is pooled by."""
    ranges = []
    for role, method in methods_of(task.evidence.analysis, task.evidence.form.claims).values():
        used = applicable(method, task.evidence.analysis.measure)
        if used is None or task.published is None:
            continue
        measure = task.published.measure
        pooled = pooled_with(task.published, tables, used)
        shown = {name: natural(measure, getattr(pooled, name)) for name in EFFECT}
        null = 1.0 if measure.is_ratio else 0.0
        outside = (shown["ci_low"] > null) | (shown["ci_high"] < null)
        spans = {name: _span(column) for name, column in shown.items()}
        ranges.append(
            Range(
                used.name, used.label(), role, **spans, i2=_span(pooled.i2), excludes_null=int(outside.sum())
            )
        )
    return ranges


def _span(column: Any) -> tuple[float, float] | None:
    low, high = float(np.min(column)), float(np.max(column))
    return (low, high) if math.isfinite(high - low) else None
