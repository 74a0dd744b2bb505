"""Rows of the result tables: what `meta_analysis` computes and every later step reads."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from repool.model import Bilingual, Status
from repool.tables import read_table, write_table


class TrialState(StrEnum):
    """What could be computed from a trial row."""

    ESTIMATED = "estimated"
    NOT_ESTIMABLE = "not-estimable"
    UNKNOWN = "unknown"


class PooledState(StrEnum):
    """What a pooled row is: a result, or why there is none."""

    POOLED = "pooled"
    SINGLE_TRIAL = "not-pooled-one-trial"
    NO_TRIAL = "no-estimable-trial"
    NOT_APPLICABLE = "method-not-applicable"
    NOT_CONVERGED = "not-converged"
    UNDEFINED = "no-finite-estimate"
    NO_INTERVAL = "no-interval"
    NO_TOTAL = "no-total"


@dataclass(frozen=True, slots=True)
class TrialEffect:
    """One trial's effect. y and se on the analysis scale (log for ratios), the rest as shown."""

    analysis: str
    subgroup: str
    trial: str
    status: Status
    state: TrialState
    zero_cell_correction: bool
    converted: str
    y: float | None
    se: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    weight: float | None
    method: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class TrialWeight:
    """One trial's weight in percent, within the overall result or a subgroup, under one method."""

    analysis: str
    scope: str
    trial: str
    subgroup: str
    method: str
    weight: float


@dataclass(frozen=True, slots=True)
class PooledRow:
    """One analysis (or subgroup of it) under one method. Limits and estimate as shown (natural scale)."""

    analysis: str
    subgroup: str
    method: str
    role: str
    method_label: Bilingual
    measure: str
    state: PooledState
    trials_listed: int
    trials_unknown: int
    trials_pooled: int
    experimental_events: float | None
    experimental_total: float | None
    control_events: float | None
    control_total: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_level: float
    log_estimate: float | None
    se: float | None
    p_effect: float | None
    narrower_than_wald: bool
    tau2: float | None
    q: float | None
    df: float | None
    p_q: float | None
    i2: float | None
    prediction_method: str
    prediction_low: float | None
    prediction_high: float | None
    prediction_k1_low: float | None
    prediction_k1_high: float | None
    prediction_k2_low: float | None
    prediction_k2_high: float | None


@dataclass(frozen=True, slots=True)
class HeterogeneityRow:
    """How much the trials of one analysis (or subgroup) differ under one method that has a tau2.

    tau2 on the squared analysis scale, tau on the analysis scale (log for ratios). i2 and r_b in
    percent; those with q in their name rest on Q, the others on tau2 and its interval.
    """

    analysis: str
    subgroup: str
    method: str
    interval_level: float
    tau2_estimator: str
    tau2: float | None
    tau2_interval: str
    tau2_low: float | None
    tau2_high: float | None
    tau: float | None
    tau_low: float | None
    tau_high: float | None
    i2: float | None
    i2_low: float | None
    i2_high: float | None
    h2: float | None
    h2_low: float | None
    h2_high: float | None
    r_b: float | None
    r_b_low: float | None
    r_b_high: float | None
    i2_q: float | None
    i2_q_low: float | None
    i2_q_high: float | None
    h2_q: float | None
    h2_q_low: float | None
    h2_q_high: float | None


@dataclass(frozen=True, slots=True)
class SubgroupTest:
    """Test for subgroup differences of one analysis under one method."""

    analysis: str
    method: str
    subgroups: int
    q: float
    df: float
    p: float
    i2: float


@dataclass(frozen=True, slots=True)
class Results:
    """Everything computed from a review's trials."""

    effects: tuple[TrialEffect, ...]
    weights: tuple[TrialWeight, ...]
    pooled: tuple[PooledRow, ...]
    subgroup_tests: tuple[SubgroupTest, ...]
    heterogeneity: tuple[HeterogeneityRow, ...]


def write_results(folder: Path, results: Results) -> None:
    """Write the result tables into a review's results folder."""
    for name, kind in _TABLES.items():
        write_table(folder / f"{name}.csv", kind, getattr(results, name))


def read_results(folder: Path) -> Results:
    """Read what `write_results` wrote."""
    return Results(**{name: read_table(folder / f"{name}.csv", kind) for name, kind in _TABLES.items()})


_TABLES: dict[str, type] = {
    "effects": TrialEffect,
    "weights": TrialWeight,
    "pooled": PooledRow,
    "subgroup_tests": SubgroupTest,
    "heterogeneity": HeterogeneityRow,
}
