"""Pooling in one line: one analysis from lists of numbers, or all analyses of a data frame.

    from repool import pool_one, pool_frame
    pool_one("RR", method="revman5", experimental_events=[4, 6], experimental_total=[119, 306],
             control_events=[11, 29], control_total=[123, 303])
    pool_frame(pandas.read_csv("studies.csv"), "RR", by="analysis", method="metafor", ci="HKSJ")

Columns have the names of `studies.csv` (`trials.COLUMNS`), methods those of docs/methods.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from repool.batch import Floats, Segments
from repool.effects import harmonic_mean, natural
from repool.heterogeneity import Heterogeneity, heterogeneity
from repool.methods import Method, applicable, declared
from repool.model import Measure
from repool.pooling import Pooled, pool
from repool.results import PooledState
from repool.trials import COLUMNS, Trials, columns_of
from repool.width import with_width

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
_AS_THEY_ARE = ("se", "p_effect", "tau2", "q", "df", "p_q", "i2")


@dataclass(frozen=True, slots=True)
class Result:
    """One pooled result.

    estimate and limits on the natural scale (ratios as ratios), se, tau2 and y on the analysis scale
    (log for ratios); i2 and weights in percent; trials counts those pooled. y, v and weights have one
    entry per trial given, NaN (weight 0) where it is not estimable. A number that does not exist
    (heterogeneity of one trial, an interval without width, a prediction interval that the method does not
    give) is NaN. state says what the result is, or why there is none (`results.PooledState`).
    """

    measure: str
    method: str
    state: str
    trials: int
    estimate: float
    ci_low: float
    ci_high: float
    prediction_low: float
    prediction_high: float
    y_pooled: float
    se: float
    p_effect: float
    tau2: float
    q: float
    df: float
    p_q: float
    i2: float
    converged: bool
    narrower_than_wald: bool
    y: tuple[float, ...]
    v: tuple[float, ...]
    weights: tuple[float, ...]
    heterogeneity: dict[str, float]


def pool_one(
    measure: str,
    *,
    method: str = "revman-2025",
    log_scale: bool = False,
    columns: Mapping[str, Sequence[float] | Floats] | None = None,
    **more: Any,
) -> Result:
    """Pool one analysis.

    measure: a `Measure`. method: a named method; fields of `Method` given as keywords override it
    (tau2="PM", ci="HKSJ"). The trials come as keywords or as a mapping `columns`, one number per trial
    under each name of `trials.COLUMNS`; log_scale says that generic estimates are ratios. Raises
    ValueError for an unknown measure, method, keyword or choice, for columns that are missing, of
    different lengths or with a number that is infinite (or NaN where it is needed), and for a method that
    does not apply to the measure.
    """
    kind = _measure(measure)
    given = dict(columns or {}) | {name: more.pop(name) for name in columns_of(kind) if name in more}
    chosen = _method(method, more, kind)
    numbers = {name: np.asarray(column, dtype=np.float64) for name, column in given.items()}
    _check(kind, numbers)
    segments = Segments.of_counts([len(numbers[COLUMNS[kind][0]])])
    made = _pool(kind, numbers, segments, chosen, log_scale)
    row = {name: column[0] for name, column in made.columns.items()}
    estimable = made.trials.effects.estimable
    return Result(
        measure=kind.value,
        method=chosen.label().en,
        state=str(made.states[0]),
        trials=int(made.pooled.k[0]),
        **{name: float(row[name]) for name in (*_SHOWN, "y_pooled", *_AS_THEY_ARE)},
        converged=bool(made.pooled.converged[0]),
        narrower_than_wald=bool(made.pooled.narrower_than_wald[0]),
        y=tuple(np.where(estimable, made.trials.effects.y, np.nan).tolist()),
        v=tuple(np.where(estimable, made.trials.effects.v, np.nan).tolist()),
        weights=tuple(made.weights.tolist()),
        heterogeneity={each.name: float(row[each.name]) for each in fields(Heterogeneity)},
    )


def pool_frame(
    frame: "pd.DataFrame",
    measure: str,
    *,
    by: str | Sequence[str],
    method: str = "revman-2025",
    log_scale: bool = False,
    **overrides: Any,
) -> "pd.DataFrame":
    """Pool every analysis of a data frame, all of them in one batch; a row an analysis.

    frame: one row per trial, with the columns of the measure (`trials.COLUMNS`) and those of `by`, which
    say what analysis a row belongs to; their order is that of first appearance. The result is indexed by
    `by` and has the columns of `Result` that are single numbers, and those of `Heterogeneity`. Arguments
    and errors as in `pool_one`; an empty cell of a column that the measure needs is an error too.
    """
    import pandas as pd

    kind = _measure(measure)
    chosen = _method(method, overrides, kind)
    names = [by] if isinstance(by, str) else list(by)
    missing = [name for name in names if name not in frame]
    if missing:
        raise ValueError(f"by: the data frame has no column {', '.join(missing)}")
    number, keys = pd.factorize(pd.MultiIndex.from_frame(frame[names]))
    rows = frame.iloc[np.argsort(number, kind="stable")]
    numbers = {name: rows[name].to_numpy(np.float64) for name in columns_of(kind) if name in rows}
    _check(kind, numbers)
    segments = Segments.of_counts(np.bincount(number, minlength=len(keys)))
    made = _pool(kind, numbers, segments, chosen, log_scale)
    columns = {
        "state": made.states,
        "trials": made.pooled.k.astype(int),
        **made.columns,
        "converged": made.pooled.converged,
        "narrower_than_wald": made.pooled.narrower_than_wald,
    }
    return pd.DataFrame(columns, index=pd.MultiIndex.from_tuples(keys, names=names))


@dataclass(frozen=True, slots=True)
class _Made:
    trials: Trials
    pooled: Pooled
    weights: Floats
    columns: dict[str, Floats]

    @property
    def states(self) -> NDArray[np.str_]:
        """The state of each analysis."""
        estimate, *limits = (np.isfinite(self.columns[name]) for name in ("estimate", "ci_low", "ci_high"))
        cases = {
            PooledState.NO_TRIAL: self.pooled.k == 0,
            PooledState.UNDEFINED: ~estimate,
            PooledState.NO_INTERVAL: ~(limits[0] & limits[1]),
            PooledState.SINGLE_TRIAL: self.pooled.k == 1,
            PooledState.NOT_CONVERGED: ~self.pooled.converged,
        }
        names = [state.value for state in cases]
        return np.select(list(cases.values()), names, PooledState.POOLED.value)


def _pool(
    measure: Measure, numbers: Mapping[str, Floats], segments: Segments, method: Method, log_scale: bool
) -> _Made:
    trials = Trials.of_columns(measure, numbers, segments, method, log_scale)
    pooled, weights = pool(trials, method)
    pooled = with_width(pooled, log_scale or measure.is_ratio)
    e = trials.estimates()
    harmonic = None
    if measure is Measure.PFT:
        used = trials.effects.estimable
        harmonic = harmonic_mean(numbers["total"][used], segments.keep(used))
    columns = {
        name: natural(measure, getattr(pooled, name), log_scale=log_scale, harmonic_n=harmonic)
        for name in _SHOWN
    }
    columns["y_pooled"] = pooled.estimate
    columns |= {name: getattr(pooled, name) for name in _AS_THEY_ARE}
    spread = heterogeneity(e, pooled.tau2, pooled.q, method.tau2_interval, method.level)
    return _Made(trials, pooled, weights, columns | asdict(spread))


def _measure(name: str) -> Measure:
    try:
        return Measure(name)
    except ValueError:
        raise ValueError(f"measure: {name} is not one of {', '.join(Measure)}") from None


def _method(name: str, overrides: dict[str, Any], measure: Measure) -> Method:
    try:
        method = applicable(declared(name, overrides), measure)
    except ValueError as fault:
        raise ValueError(f"method {name}, {overrides}: expected {fault}") from None
    if method is None:
        raise ValueError(f"method: {name} does not apply to {measure}")
    return method


def _check(measure: Measure, numbers: Mapping[str, Floats]) -> None:
    missing = [name for name in COLUMNS[measure] if name not in numbers]
    if missing:
        raise ValueError(
            f"{measure} needs the columns {', '.join(COLUMNS[measure])}; missing: {', '.join(missing)}"
        )
    if len({column.shape for column in numbers.values()}) > 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in numbers.items())
        raise ValueError(f"columns of different lengths: {sizes}")
    for name in COLUMNS[measure]:
        unknown = np.flatnonzero(~np.isfinite(numbers[name]))
        if len(unknown):
            raise ValueError(f"{name}: no number in row {unknown[0] + 1} of {len(numbers[name])}")
    for name, column in numbers.items():
        infinite = np.flatnonzero(np.isinf(column))
        if len(infinite):
            raise ValueError(f"{name}: infinite in row {infinite[0] + 1} of {len(column)}")
