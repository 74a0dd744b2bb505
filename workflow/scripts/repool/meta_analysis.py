"""A review's normal form to its result tables: every analysis by every method it is asked for."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from repool import effects as trial_effects
from repool.batch import Floats, Segments
from repool.effects import Effects, Tables, ZeroCells
from repool.methods import COMPARISON, NAMED, Method, applicable, declared_method
from repool.model import Analysis, Claim, Measure, NormalForm, Status, Study
from repool.pooling import Pooled, Trials, pool, subgroup_differences
from repool.results import (
    PooledRow,
    PooledState,
    Results,
    SubgroupTest,
    TrialEffect,
    TrialState,
    TrialWeight,
)

_ARM_SUMS = ("experimental_events", "experimental_total", "control_events", "control_total")


def analyse(form: NormalForm) -> Results:
    """Effects, weights, pooled results and subgroup tests of every analysis of a review.

    Analyses of the same measure are one batch: each method is applied to all of them at once.
    """
    wanted = {each.analysis: _methods(each, form.claims) for each in form.analyses}
    effects: dict[str, list[TrialEffect]] = {}
    tables: dict[tuple[str, str], _MethodTables] = {}
    for batch in _batches(form):
        methods = {method: None for each in batch.analyses for _, method in wanted[each.analysis].values()}
        for method in methods:
            for name, made in batch.pool(method).items():
                tables[name, method.name] = made
        effects |= batch.effect_rows(tables)
    pooled: list[PooledRow] = []
    weights: list[TrialWeight] = []
    tests: list[SubgroupTest] = []
    for name, methods_of in wanted.items():
        for role, method in methods_of.values():
            made = tables[name, method.name]
            pooled += [replace(row, role=role) for row in made.rows]
            weights += made.weights
            tests += made.tests
    return Results(
        tuple(row for each in form.analyses for row in effects[each.analysis]),
        tuple(weights),
        tuple(pooled),
        tuple(tests),
    )


@dataclass(frozen=True, slots=True)
class _MethodTables:
    """What one method makes of one analysis: overall and subgroup rows, weights, subgroup test."""

    rows: list[PooledRow]
    weights: list[TrialWeight]
    tests: list[SubgroupTest]


def _methods(analysis: Analysis, claims: Iterable[Claim]) -> dict[str, tuple[str, Method]]:
    """(role, method) by name: the declared one, those published figures name, those for comparison."""
    own = declared_method(analysis)
    methods = {own.name: ("declared", own)}
    for claim in claims:
        if claim.analysis == analysis.analysis and claim.method in NAMED:
            methods.setdefault(claim.method, ("stated", NAMED[claim.method]))
    for name, method in COMPARISON.items():
        methods.setdefault(name, ("comparison", method))
    return {
        name: (role, replace(method, level=own.level, zero_cell_amount=own.zero_cell_amount))
        for name, (role, method) in methods.items()
    }


def _batches(form: NormalForm) -> list["_Batch"]:
    studies: dict[str, list[Study]] = {each.analysis: [] for each in form.analyses}
    for study in form.studies:
        studies[study.analysis].append(study)
    groups: dict[tuple[Measure, bool, float, float], list[Analysis]] = {}
    for analysis in form.analyses:
        own = declared_method(analysis)
        kind = (analysis.measure, analysis.log_scale, own.zero_cell_amount, own.level)
        groups.setdefault(kind, []).append(analysis)
    return [_Batch(analyses, studies) for analyses in groups.values()]


@dataclass(frozen=True, slots=True)
class _Scope:
    """A stretch of the batch: all of an analysis (subgroup ""), or one subgroup of it."""

    analysis: Analysis
    subgroup: str
    listed: list[Study]
    start: int
    stop: int

    @property
    def known(self) -> list[Study]:
        return _known(self.listed)


class _Batch:
    """Analyses of one measure, zero-cell rule and level end to end, each overall and then by subgroup."""

    def __init__(self, analyses: list[Analysis], studies: dict[str, list[Study]]) -> None:
        self.analyses = analyses
        self.measure, self.log_scale = analyses[0].measure, analyses[0].log_scale
        self.scopes: list[_Scope] = []
        start = 0
        for analysis in analyses:
            own = studies[analysis.analysis]
            for subgroup in ("", *dict.fromkeys(study.subgroup for study in own if study.subgroup)):
                listed = [study for study in own if subgroup in ("", study.subgroup)]
                stop = start + len(_known(listed))
                self.scopes.append(_Scope(analysis, subgroup, listed, start, stop))
                start = stop
        trials = [study for scope in self.scopes for study in scope.known]
        tables = _tables(trials) if self.measure.is_dichotomous else None
        effects = _effects(analyses[0], trials, tables, declared_method(analyses[0]).zero_cells)
        segments = Segments.of_counts([scope.stop - scope.start for scope in self.scopes])
        self.trials = Trials(self.measure, effects, tables, segments)

    def effect_rows(self, tables: dict[tuple[str, str], _MethodTables]) -> dict[str, list[TrialEffect]]:
        """Each analysis' trials: effect with CI at the declared level, weight as declared in `tables`."""
        return {
            scope.analysis.analysis: self._effects_of(scope, tables)
            for scope in self.scopes
            if not scope.subgroup
        }

    def pool(self, wanted: Method) -> dict[str, _MethodTables]:
        """The rows of one method, by analysis."""
        made = {each.analysis: _MethodTables([], [], []) for each in self.analyses}
        method = applicable(wanted, self.measure)
        pooled, weights = pool(self.trials, method) if method else (None, None)
        for number, scope in enumerate(self.scopes):
            row = self._row(number, scope, method or wanted, pooled)
            made[scope.analysis.analysis].rows.append(row)
            if weights is not None:
                made[scope.analysis.analysis].weights.extend(_weights(scope, row.method, weights))
        if pooled is not None:
            for each in self.analyses:
                made[each.analysis].tests.extend(self._subgroup_test(each, wanted, pooled))
        return made

    def _effects_of(self, scope: _Scope, tables: dict[tuple[str, str], _MethodTables]) -> list[TrialEffect]:
        method = declared_method(scope.analysis)
        quantile = float(ndtri(0.5 + method.level / 2))
        made = tables[scope.analysis.analysis, method.name]
        shares = iter([each.weight for each in made.weights if not each.scope])
        position = scope.start
        rows = []
        for study in scope.listed:
            state, corrected = TrialState.UNKNOWN, False
            values: dict[str, float | None] = dict.fromkeys(_EFFECT)
            if study.status is not Status.UNKNOWN:
                state, share = TrialState.NOT_ESTIMABLE, next(shares, None)
                if self.trials.effects.estimable[position]:
                    state = TrialState.ESTIMATED
                    shown = [*self._effect(position, quantile), share]
                    values = dict(zip(_EFFECT, shown, strict=True))
                    corrected = self._has_correction(position)
                position += 1
            rows.append(
                TrialEffect(
                    analysis=scope.analysis.analysis,
                    subgroup=study.subgroup,
                    trial=study.trial,
                    status=study.status,
                    state=state,
                    zero_cell_correction=corrected,
                    method=method.name,
                    file=study.file,
                    line=study.line,
                    **values,
                )
            )
        return rows

    def _effect(self, position: int, quantile: float) -> list[float]:
        """y and SE on the analysis scale, then the estimate and its limits as shown."""
        y = float(self.trials.effects.y[position])
        se = float(np.sqrt(self.trials.effects.v[position]))
        return [y, se, *(self._natural(each) for each in (y, y - quantile * se, y + quantile * se))]

    def _has_correction(self, position: int) -> bool:
        tables = self.trials.tables
        if tables is None or self.measure is Measure.PETO:
            return False
        return bool(tables.has_zero_cell[position])

    def _subgroup_test(self, analysis: Analysis, method: Method, pooled: Pooled) -> list[SubgroupTest]:
        which = [
            number
            for number, scope in enumerate(self.scopes)
            if scope.subgroup and scope.analysis is analysis
        ]
        if len(which) < 2:
            return []
        segments = Segments.of_counts([len(which)])
        q, df, p, i2 = subgroup_differences(pooled.estimate[which], pooled.se[which], segments)
        if math.isnan(q[0]):
            return []
        values = [float(each[0]) for each in (q, df, p, i2)]
        return [SubgroupTest(analysis.analysis, method.name, int(df[0]) + 1, *values)]

    def _row(self, number: int, scope: _Scope, method: Method, pooled: Pooled | None) -> PooledRow:
        values: dict[str, float | None] = {}
        state, k = PooledState.NOT_APPLICABLE, 0
        if pooled is not None:
            k = int(pooled.k[number])
            values = self._values(pooled, number, method)
            state = _state(k, values["estimate"], bool(pooled.converged[number]))
        return PooledRow(
            analysis=scope.analysis.analysis,
            subgroup=scope.subgroup,
            method=method.name,
            role="",
            method_label=method.label(),
            measure=self.measure.value,
            state=state,
            trials_listed=len(scope.listed),
            trials_unknown=len(scope.listed) - len(scope.known),
            trials_pooled=k,
            ci_level=method.level,
            prediction_method=method.prediction,
            **{name: _sum(scope.known, name) for name in _ARM_SUMS},
            **{name: values.get(name) for name in _COMPUTED},
        )

    def _values(self, pooled: Pooled, number: int, method: Method) -> dict[str, float | None]:
        """Finite values of one result, on the scale they are shown on."""
        values: dict[str, float | None] = {}
        for name in _COMPUTED:
            source = "estimate" if name == "log_estimate" else name
            value = float(getattr(pooled, source)[number])
            if name == "estimate" or name.endswith(("_low", "_high")):
                value = self._natural(value)
            values[name] = value if math.isfinite(value) else None
        if not self.log_scale:
            values["log_estimate"] = None
        if pooled.k[number] < 2:
            values["df"] = None
        if method.model == "common":
            values["tau2"] = None
        return values

    def _natural(self, value: float) -> float:
        if not self.log_scale:
            return value
        return math.exp(value) if value < 700 else math.inf


_EFFECT = ("y", "se", "estimate", "ci_low", "ci_high", "weight")
_COMPUTED = (
    "estimate", "ci_low", "ci_high", "log_estimate", "se", "p_effect", "tau2", "q", "df", "p_q", "i2",
    "prediction_low", "prediction_high", "prediction_k1_low", "prediction_k1_high",
    "prediction_k2_low", "prediction_k2_high",
)  # fmt: skip


def _state(k: int, estimate: float | None, converged: bool) -> PooledState:
    if k == 0:
        return PooledState.NO_TRIAL
    if estimate is None:
        return PooledState.UNDEFINED
    if k == 1:
        return PooledState.SINGLE_TRIAL
    return PooledState.POOLED if converged else PooledState.NOT_CONVERGED


def _column(studies: Sequence[Study], name: str, default: float = math.nan) -> Floats:
    values = (getattr(study, name) for study in studies)
    return np.array([default if value is None else value for value in values], dtype=np.float64)


def _tables(studies: Sequence[Study]) -> Tables:
    return Tables(*(_column(studies, name) for name in _ARM_SUMS))


def _effects(
    analysis: Analysis, studies: Sequence[Study], tables: Tables | None, zero_cells: ZeroCells
) -> Effects:
    if tables is not None:
        return trial_effects.dichotomous(analysis.measure, tables, zero_cells)
    if analysis.measure.is_continuous:
        columns = [
            _column(studies, f"{arm}_{name}")
            for arm in ("experimental", "control")
            for name in ("mean", "sd", "total")
        ]
        return trial_effects.continuous(analysis.measure, *columns)
    return trial_effects.generic(
        _column(studies, "estimate"),
        _column(studies, "se"),
        _column(studies, "ci_low"),
        _column(studies, "ci_high"),
        _column(studies, "ci_level", 95.0) / 100,
        _column(studies, "scale_factor", 1.0),
        analysis.log_scale,
    )


def _known(studies: Sequence[Study]) -> list[Study]:
    return [study for study in studies if study.status is not Status.UNKNOWN]


def _weights(scope: _Scope, method: str, weights: Floats) -> list[TrialWeight]:
    shares = zip(scope.known, weights[scope.start : scope.stop], strict=True)
    return [
        TrialWeight(
            scope.analysis.analysis, scope.subgroup, study.trial, study.subgroup, method, float(weight)
        )
        for study, weight in shares
    ]


def _sum(studies: Sequence[Study], name: str) -> float | None:
    values = [getattr(study, name) for study in studies]
    return None if not values or None in values else float(sum(values))
