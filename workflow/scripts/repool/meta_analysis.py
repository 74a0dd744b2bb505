"""A review's normal form to its result tables: every analysis by every method it is asked for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from scipy.special import ndtri

from repool.batch import Floats, Segments
from repool.effects import ZeroCells
from repool.heterogeneity import heterogeneity
from repool.methods import Method, applicable, declared_method, methods_of
from repool.model import (
    Analysis,
    Measure,
    NormalForm,
    Status,
    Study,
    Totals,
    by_analysis,
    counted_in_totals,
)
from repool.pooling import Pooled, pool, subgroup_differences
from repool.results import (
    HeterogeneityRow,
    PooledRow,
    PooledState,
    Results,
    SubgroupTest,
    TrialEffect,
    TrialState,
    TrialWeight,
)
from repool.trials import Trials
from repool.width import LARGEST_LOG, with_width

_ARM_SUMS = ("experimental_events", "experimental_total", "control_events", "control_total")


def analyse(form: NormalForm) -> Results:
    """Effects, weights, pooled results and subgroup tests of every analysis of a review.

    Analyses of the same measure are one batch: each method is applied to all of them at once.
    """
    claims = by_analysis(form.claims)
    wanted = {each.analysis: methods_of(each, claims[each.analysis]) for each in form.analyses}
    effects: dict[str, list[TrialEffect]] = {}
    tables: dict[tuple[str, Method], _MethodTables] = {}  # a name can mean another method elsewhere
    for batch in _batches(form):
        methods = {method: None for each in batch.analyses for _, method in wanted[each.analysis].values()}
        for method in methods:
            for name, made in batch.pool(method).items():
                tables[name, method] = made
        effects |= batch.effect_rows(tables)
    pooled: list[PooledRow] = []
    weights: list[TrialWeight] = []
    tests: list[SubgroupTest] = []
    spread: list[HeterogeneityRow] = []
    for name, asked in wanted.items():
        for role, method in asked.values():
            made = tables[name, method]
            pooled += [replace(row, role=role) for row in made.rows]
            weights += made.weights
            tests += made.tests
            spread += made.heterogeneity
    return Results(
        tuple(row for each in form.analyses for row in effects[each.analysis]),
        tuple(weights),
        tuple(pooled),
        tuple(tests),
        tuple(spread),
    )


@dataclass(frozen=True, slots=True)
class _MethodTables:
    """What one method makes of one analysis: overall and subgroup rows, weights, subgroup test."""

    rows: list[PooledRow] = field(default_factory=list)
    weights: list[TrialWeight] = field(default_factory=list)
    tests: list[SubgroupTest] = field(default_factory=list)
    heterogeneity: list[HeterogeneityRow] = field(default_factory=list)


def _batches(form: NormalForm) -> list["_Batch"]:
    studies = by_analysis(form.studies)
    groups: dict[tuple[Measure, bool, ZeroCells, str, float], list[Analysis]] = {}
    for analysis in form.analyses:
        own = declared_method(analysis)
        kind = (analysis.measure, analysis.log_scale, own.zero_cells, own.smd, own.level)
        groups.setdefault(kind, []).append(analysis)
    return [_Batch(analyses, studies) for analyses in groups.values()]


@dataclass(frozen=True, slots=True)
class _Scope:
    """What counts in one total: of an analysis (subgroup ""), or of one subgroup of it.

    positions: where its known trials are in the batch.
    """

    analysis: Analysis
    subgroup: str
    listed: list[Study]
    known: list[Study]
    positions: list[int]

    @property
    def is_shown(self) -> bool:
        """Whether the review has this total."""
        totals = self.analysis.totals
        return totals is Totals.OVERALL or (totals is Totals.SUBGROUPS and self.subgroup != "")


class _Batch:
    """Analyses of one measure, zero-cell rule and level, their known trials end to end."""

    def __init__(self, analyses: list[Analysis], studies: dict[str, list[Study]]) -> None:
        self.analyses = analyses
        self.measure, self.log_scale = analyses[0].measure, analyses[0].log_scale
        self.studies = studies
        self.known: list[Study] = []
        self.starts: dict[str, int] = {}
        self.scopes: list[_Scope] = []
        self.scopes_of: dict[str, list[int]] = {}
        for analysis in analyses:
            self._add(analysis)
        counts = np.diff([*self.starts.values(), len(self.known)])
        self.whole = Segments.of_counts(counts)
        self.segments = Segments.of_counts([len(scope.known) for scope in self.scopes])
        self.positions = np.array([at for scope in self.scopes for at in scope.positions], dtype=np.int64)
        self.made: dict[tuple[ZeroCells, str], Trials] = {}
        self.trials = self._effects_by(declared_method(analyses[0]))

    def _add(self, analysis: Analysis) -> None:
        own = self.studies[analysis.analysis]
        start = self.starts[analysis.analysis] = len(self.known)
        known = _known(own)
        self.known += known
        position = {id(each): start + at for at, each in enumerate(known)}
        self.scopes_of[analysis.analysis] = []
        in_totals = counted_in_totals(own)
        for subgroup in ("", *dict.fromkeys(study.subgroup for study in own if study.subgroup)):
            listed = in_totals[subgroup]
            inside = _known(listed)
            scope = _Scope(analysis, subgroup, listed, inside, [position[id(each)] for each in inside])
            self.scopes_of[analysis.analysis].append(len(self.scopes))
            self.scopes.append(scope)

    def trials_for(self, method: Method) -> Trials:
        """The trials of each scope, with the effects that a method asks for."""
        kind = (method.zero_cells, method.smd)
        if kind not in self.made:
            self.made[kind] = self._effects_by(method).at(self.positions, self.segments)
        return self.made[kind]

    def _effects_by(self, method: Method) -> Trials:
        return Trials.of_rows(self.measure, self.known, self.whole, method, self.log_scale)

    def effect_rows(self, tables: dict[tuple[str, Method], _MethodTables]) -> dict[str, list[TrialEffect]]:
        """Each analysis' trials: effect with CI at the declared level, weight as declared in `tables`."""
        return {each.analysis: self._effects_of(each, tables) for each in self.analyses}

    def pool(self, wanted: Method) -> dict[str, _MethodTables]:
        """The rows of one method, by analysis."""
        made = {each.analysis: _MethodTables() for each in self.analyses}
        method = applicable(wanted, self.measure)
        trials = self.trials_for(wanted)
        pooled, weights = pool(trials, method) if method else (None, None)
        pooled = None if pooled is None else with_width(pooled, self.log_scale)
        for number, scope in enumerate(self.scopes):
            row = self._row(number, scope, method or wanted, pooled)
            made[scope.analysis.analysis].rows.append(row)
            if weights is not None and scope.is_shown:
                shares = weights[self.segments.offsets[number] : self.segments.offsets[number + 1]]
                made[scope.analysis.analysis].weights.extend(_weights(scope, row.method, shares))
        if pooled is not None and method is not None:
            for each in self.analyses:
                made[each.analysis].tests.extend(self._subgroup_test(each, wanted, pooled))
            if method.uses_tau2:
                self._add_heterogeneity(made, trials, pooled, method)
        return made

    def _add_heterogeneity(
        self, made: dict[str, _MethodTables], trials: Trials, pooled: Pooled, method: Method
    ) -> None:
        spread = heterogeneity(trials.estimates(), pooled.tau2, pooled.q, method.tau2_interval, method.level)
        columns = {each.name: getattr(spread, each.name) for each in fields(spread)}
        for number, scope in enumerate(self.scopes):
            if pooled.k[number] > 1 and scope.is_shown:
                values = {name: _finite(column[number]) for name, column in columns.items()}
                row = HeterogeneityRow(
                    analysis=scope.analysis.analysis,
                    subgroup=scope.subgroup,
                    method=method.name,
                    tau2_estimator=method.tau2,
                    tau2=_finite(pooled.tau2[number]),
                    tau2_interval=method.tau2_interval,
                    interval_level=method.level,
                    **values,
                )
                made[scope.analysis.analysis].heterogeneity.append(row)

    def _effects_of(
        self, analysis: Analysis, tables: dict[tuple[str, Method], _MethodTables]
    ) -> list[TrialEffect]:
        method = declared_method(analysis)
        quantile = float(ndtri(0.5 + method.level / 2))
        shares = self._shares(analysis, tables[analysis.analysis, method].weights)
        position = self.starts[analysis.analysis]
        rows = []
        for study in self.studies[analysis.analysis]:
            state, corrected = TrialState.UNKNOWN, False
            values: dict[str, float | None] = dict.fromkeys(_EFFECT)
            if study.status is not Status.UNKNOWN:
                state = TrialState.NOT_ESTIMABLE
                if self.trials.effects.estimable[position]:
                    state = TrialState.ESTIMATED
                    shown = [*self._effect(position, quantile), shares.get(position)]
                    values = dict(zip(_EFFECT, shown, strict=True))
                    corrected = self._has_correction(position)
                position += 1
            rows.append(
                TrialEffect(
                    analysis=analysis.analysis,
                    subgroup=study.subgroup,
                    trial=study.trial,
                    status=study.status,
                    state=state,
                    zero_cell_correction=corrected,
                    converted=study.converted,
                    method=method.name,
                    file=study.file,
                    line=study.line,
                    **values,
                )
            )
        return rows

    def _shares(self, analysis: Analysis, weights: Sequence[TrialWeight]) -> dict[int, float]:
        """Each trial's weight by its position: in the overall total or, where there is none, its subgroup's.

        A row that counts in its subgroup alone, beside an overall total, has none.
        """
        shares: dict[int, float] = {}
        rows = iter(weights)
        for number in self.scopes_of[analysis.analysis]:
            scope = self.scopes[number]
            counts = scope.subgroup == "" or analysis.totals is Totals.SUBGROUPS
            for position in scope.positions if weights and scope.is_shown and counts else ():
                shares[position] = next(rows).weight
        return shares

    def _effect(self, position: int, quantile: float) -> list[float]:
        """y and SE on the analysis scale, then the estimate and its limits as shown."""
        y = float(self.trials.effects.y[position])
        se = float(np.sqrt(self.trials.effects.v[position]))
        return [y, se, *(self._natural(each) for each in (y, y - quantile * se, y + quantile * se))]

    def _has_correction(self, position: int) -> bool:
        raw, cells = self.trials.tables, self.trials.cells
        if raw is None or cells is None or self.measure in (Measure.PETO, Measure.ASD):
            return False
        return bool(cells.total1[position] > raw.total1[position])

    def _subgroup_test(self, analysis: Analysis, method: Method, pooled: Pooled) -> list[SubgroupTest]:
        which = self.scopes_of[analysis.analysis][1:]
        if len(which) < 2 or analysis.totals is Totals.NONE:
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
        if not scope.is_shown:
            state = PooledState.NO_TOTAL
        elif pooled is not None:
            k = int(pooled.k[number])
            values = self._values(pooled, number, method)
            state = _state(k, values, bool(pooled.converged[number]))
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
            narrower_than_wald=bool(
                scope.is_shown and pooled is not None and pooled.narrower_than_wald[number]
            ),
            prediction_method=method.prediction,
            **{name: _sum(scope.known, name) if scope.is_shown else None for name in _ARM_SUMS},
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
            values[name] = _finite(value)
        if not self.log_scale:
            values["log_estimate"] = None
        if pooled.k[number] < 2:
            values["df"] = None
        if not method.uses_tau2:
            values["tau2"] = None
        return values

    def _natural(self, value: float) -> float:
        if not self.log_scale:
            return value
        return math.exp(value) if value < LARGEST_LOG else math.inf


_EFFECT = ("y", "se", "estimate", "ci_low", "ci_high", "weight")
_COMPUTED = (
    "estimate", "ci_low", "ci_high", "log_estimate", "se", "p_effect", "tau2", "q", "df", "p_q", "i2",
    "prediction_low", "prediction_high", "prediction_k1_low", "prediction_k1_high",
    "prediction_k2_low", "prediction_k2_high",
)  # fmt: skip


def _state(k: int, values: Mapping[str, float | None], converged: bool) -> PooledState:
    if k == 0:
        return PooledState.NO_TRIAL
    if values["estimate"] is None:
        return PooledState.UNDEFINED
    if values["se"] is None:
        return PooledState.NO_INTERVAL
    if k == 1:
        return PooledState.SINGLE_TRIAL
    return PooledState.POOLED if converged else PooledState.NOT_CONVERGED


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _known(studies: Sequence[Study]) -> list[Study]:
    return [study for study in studies if study.status is not Status.UNKNOWN]


def _weights(scope: _Scope, method: str, shares: Floats) -> list[TrialWeight]:
    return [
        TrialWeight(
            scope.analysis.analysis, scope.subgroup, study.trial, study.subgroup, method, float(share)
        )
        for study, share in zip(scope.known, shares, strict=True)
    ]


def _sum(studies: Sequence[Study], name: str) -> float | None:
    values = [getattr(study, name) for study in studies]
    return None if not values or None in values else float(sum(values))
