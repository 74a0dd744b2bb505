"""A review's normal form to its result tables: every analysis by every method it is asked for."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from repool import effects as trial_effects
from repool.batch import Floats, Segments
from repool.effects import Effects, Tables
from repool.methods import COMPARISON, NAMED, Method, applicable, declared
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


def declared_method(analysis: Analysis) -> Method:
    """The method an analysis declares, as it applies to its measure.

    Overrides become part of the name, so that no two methods of a table share one.
    """
    overrides = json.loads(analysis.overrides) if analysis.overrides else {}
    method = declared(analysis.method, overrides)
    changes = "".join(f"+{key}={value}" for key, value in overrides.items())
    method = applicable(method, analysis.measure) or declared("iv-common", {})
    return replace(method, name=f"{analysis.method}{changes}")


def analyse(form: NormalForm) -> Results:
    """Effects, weights, pooled results and subgroup tests of every analysis of a review."""
    effects: list[TrialEffect] = []
    weights: list[TrialWeight] = []
    pooled: list[PooledRow] = []
    tests: list[SubgroupTest] = []
    for analysis in form.analyses:
        studies = [study for study in form.studies if study.analysis == analysis.analysis]
        block = _Block(analysis, studies)
        effects += block.effect_rows()
        for role, method in _methods(analysis, form.claims):
            rows, shares, test = block.pool(role, method)
            pooled += rows
            weights += shares
            tests += test
    return Results(tuple(effects), tuple(weights), tuple(pooled), tuple(tests))


def _methods(analysis: Analysis, claims: Iterable[Claim]) -> list[tuple[str, Method]]:
    """(role, method): the declared one, those that published figures name, those for comparison."""
    own = declared_method(analysis)
    methods = {own.name: ("declared", own)}
    for claim in claims:
        if claim.analysis == analysis.analysis and claim.method in NAMED:
            methods.setdefault(claim.method, ("stated", NAMED[claim.method]))
    for name, method in COMPARISON.items():
        methods.setdefault(name, ("comparison", method))
    return [
        (role, replace(method, level=own.level, zero_cell_amount=own.zero_cell_amount))
        for role, method in methods.values()
    ]


class _Block:
    """One analysis as a batch: its trials overall, then again by subgroup."""

    def __init__(self, analysis: Analysis, studies: Sequence[Study]) -> None:
        self.analysis, self.studies = analysis, studies
        self.method = declared_method(analysis)
        self.known = [study for study in studies if study.status is not Status.UNKNOWN]
        subgroups = list(dict.fromkeys(study.subgroup for study in studies if study.subgroup))
        self.scopes = ["", *subgroups]
        members = [
            [number for number, study in enumerate(self.known) if scope in ("", study.subgroup)]
            for scope in self.scopes
        ]
        self.index = np.array([number for scope in members for number in scope], dtype=np.int64)
        self.segments = Segments.of_counts([len(scope) for scope in members])
        self.tables = _tables(self.known) if analysis.measure.is_dichotomous else None
        self.effects = _effects(analysis, self.known, self.tables, self.method)

    def effect_rows(self) -> list[TrialEffect]:
        """Each trial's effect with its CI at the analysis' level and its weight as declared."""
        quantile = float(ndtri(0.5 + self.method.level / 2))
        _, weights = pool(self._trials(), self.method)
        position = {id(study): number for number, study in enumerate(self.known)}
        zero = self.tables.has_zero_cell if self.tables else np.zeros(len(self.known), dtype=bool)
        rows = []
        for study in self.studies:
            number = position.get(id(study))
            state, values, corrected = TrialState.UNKNOWN, (None,) * 6, False
            if number is not None:
                y, se = float(self.effects.y[number]), float(np.sqrt(self.effects.v[number]))
                state = TrialState.NOT_ESTIMABLE
                if self.effects.estimable[number]:
                    state = TrialState.ESTIMATED
                    limits = (y, y - quantile * se, y + quantile * se)
                    shown = tuple(self._natural(each) for each in limits)
                    values = (y, se, *shown, float(weights[number]))
                    corrected = bool(zero[number]) and self.analysis.measure is not Measure.PETO
            rows.append(
                TrialEffect(
                    study.analysis, study.subgroup, study.trial, study.status, state, corrected, *values,
                    self.method.name, study.file, study.line,
                )  # fmt: skip
            )
        return rows

    def pool(
        self, role: str, wanted: Method
    ) -> tuple[list[PooledRow], list[TrialWeight], list[SubgroupTest]]:
        """The rows of one method: overall, each subgroup, the weights and the subgroup test."""
        method = applicable(wanted, self.analysis.measure)
        if method is None:
            return [self._row(number, role, wanted, None) for number in range(len(self.scopes))], [], []
        pooled, weights = pool(self._trials(), method)
        rows = [self._row(number, role, method, pooled) for number in range(len(self.scopes))]
        shares = [
            TrialWeight(
                self.analysis.analysis, scope, self.known[position].trial,
                self.known[position].subgroup, method.name, float(weight),
            )
            for scope, start, stop in self._stretches()
            for position, weight in zip(self.index[start:stop], weights[start:stop], strict=True)
        ]  # fmt: skip
        return rows, shares, self._subgroup_test(method, pooled)

    def _trials(self) -> Trials:
        effects = Effects(*(getattr(self.effects, name)[self.index] for name in Effects.__slots__))
        tables = self.tables
        if tables:
            tables = Tables(*(getattr(tables, name)[self.index] for name in Tables.__slots__))
        return Trials(self.analysis.measure, effects, tables, self.segments)

    def _stretches(self) -> Iterable[tuple[str, int, int]]:
        return zip(
            self.scopes, self.segments.offsets[:-1], self.segments.offsets[1:], strict=True
        )  # fmt: skip

    def _subgroup_test(self, method: Method, pooled: Pooled) -> list[SubgroupTest]:
        if len(self.scopes) < 3:
            return []
        estimate, se = pooled.estimate[1:], pooled.se[1:]
        q, df, p, i2 = subgroup_differences(estimate, se, Segments.of_counts([len(estimate)]))
        if math.isnan(q[0]):
            return []
        values = [float(each[0]) for each in (q, df, p, i2)]
        return [SubgroupTest(self.analysis.analysis, method.name, int(df[0]) + 1, *values)]

    def _row(self, number: int, role: str, method: Method, pooled: Pooled | None) -> PooledRow:
        scope = self.scopes[number]
        listed = [study for study in self.studies if scope in ("", study.subgroup)]
        known = [study for study in listed if study.status is not Status.UNKNOWN]
        values: dict[str, float | None] = {}
        state, k = PooledState.NOT_APPLICABLE, 0
        if pooled is not None:
            k = int(pooled.k[number])
            state = _state(k, bool(pooled.converged[number]))
            values = self._values(pooled, number, method)
        return PooledRow(
            analysis=self.analysis.analysis,
            subgroup=scope,
            method=method.name,
            role=role,
            method_label=method.label(),
            measure=self.analysis.measure.value,
            state=state,
            trials_listed=len(listed),
            trials_unknown=len(listed) - len(known),
            trials_pooled=k,
            ci_level=method.level,
            prediction_method=method.prediction,
            **{name: _sum(known, name) for name in _ARM_SUMS},
            **{name: values.get(name) for name in _COMPUTED},
        )

    def _values(self, pooled: Pooled, number: int, method: Method) -> dict[str, float | None]:
        """Finite values of one result, on the scale they are shown on."""
        values: dict[str, float | None] = {}
        for name in _COMPUTED:
            source = "estimate" if name == "log_estimate" else name
            value = float(getattr(pooled, source)[number])
            shown = value
            if name == "estimate" or name.endswith(("_low", "_high")):
                shown = self._natural(value)
            values[name] = shown if math.isfinite(shown) else None
        if not self.analysis.log_scale:
            values["log_estimate"] = None
        if pooled.k[number] < 2:
            values["df"] = None
        if method.model == "common":
            values["tau2"] = None
        return values

    def _natural(self, value: float) -> float:
        if not self.analysis.log_scale:
            return value
        return math.exp(value) if value < 700 else math.inf


_COMPUTED = (
    "estimate", "ci_low", "ci_high", "log_estimate", "se", "p_effect", "tau2", "q", "df", "p_q", "i2",
    "prediction_low", "prediction_high", "prediction_k1_low", "prediction_k1_high",
    "prediction_k2_low", "prediction_k2_high",
)  # fmt: skip


def _state(k: int, converged: bool) -> PooledState:
    if k == 0:
        return PooledState.NO_TRIAL
    if k == 1:
        return PooledState.SINGLE_TRIAL
    return PooledState.POOLED if converged else PooledState.NOT_CONVERGED


def _column(studies: Sequence[Study], name: str, default: float = math.nan) -> Floats:
    values = (getattr(study, name) for study in studies)
    return np.array([default if value is None else value for value in values], dtype=np.float64)


def _tables(studies: Sequence[Study]) -> Tables:
    return Tables(*(_column(studies, name) for name in _ARM_SUMS))


def _effects(
    analysis: Analysis, studies: Sequence[Study], tables: Tables | None, method: Method
) -> Effects:
    if tables is not None:
        return trial_effects.dichotomous(analysis.measure, tables, method.zero_cell_amount)
    if analysis.measure.is_continuous:
        columns = (
            f"{arm}_{name}" for arm in ("experimental", "control") for name in ("mean", "sd", "total")
        )
        return trial_effects.continuous(
            analysis.measure, *(_column(studies, name) for name in columns)
        )
    return trial_effects.generic(
        *(_column(studies, name) for name in ("estimate", "se", "ci_low", "ci_high")),
        _column(studies, "ci_level", 95.0) / 100,
        _column(studies, "scale_factor", 1.0),
        analysis.log_scale,
    )


def _sum(studies: Sequence[Study], name: str) -> float | None:
    values = [getattr(study, name) for study in studies]
    return None if not values or None in values else float(sum(values))
