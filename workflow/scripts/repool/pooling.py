"""Pooling: one method applied to every analysis of a batch. Formulas: docs/methods.md, "Pooling"."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from repool.batch import Booleans, Floats, Segments
from repool.chi_squared import chi_squared_tail
from repool.estimates import Estimates
from repool.haenszel import mantel_haenszel
from repool.heterogeneity import i2_from_q
from repool.intervals import Centre, inference
from repool.methods import Method
from repool.prediction import prediction
from repool.reach import Reached, reach
from repool.tau2 import ESTIMATORS, dersimonian_laird
from repool.trials import Trials

_LARGE = 31 * 2**20  # bytes, never touched
#: Prediction intervals in the columns of the result, by their kinds; "" is the one that the method shows.
_KINDS = {"prediction": "", "prediction_k1": "t(k-1)", "prediction_k2": "t(k-2)"}
_ENDS = ("low", "high")


@dataclass(frozen=True, slots=True)
class Pooled:
    """Pooled results on the analysis scale (log for ratios), each of shape (analyses,).

    k counts the trials pooled. Everything is NaN where there is none, where raw cells leave a M-H ratio
    undefined, and where numbers lie too far apart for double precision (`reach`); with one trial the
    estimate is that trial's own and there is no heterogeneity (q, i2, tau2 NaN, df 0). `prediction_*` are
    t intervals with k - 1 and k - 2 degrees of freedom, and the one the method shows. narrower_than_wald:
    the interval is by HKSJ and narrower than Wald's.
    """

    k: Floats
    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    p_effect: Floats
    narrower_than_wald: Booleans
    tau2: Floats
    q: Floats
    df: Floats
    p_q: Floats
    i2: Floats
    prediction_low: Floats
    prediction_high: Floats
    prediction_k1_low: Floats
    prediction_k1_high: Floats
    prediction_k2_low: Floats
    prediction_k2_high: Floats
    converged: Booleans


def pool(trials: Trials, method: Method) -> tuple[Pooled, Floats]:
    """Pool every analysis by one method.

    Returns the pooled results and each trial's weight in percent of its analysis, shape (trials,),
    0 where a trial is not estimable. The method must apply to the measure (`methods.applicable`);
    ValueError otherwise.
    """
    _let_memory_stay()
    blocks = [_pool(block, method) for block in trials.blocks()]
    if len(blocks) == 1:
        return blocks[0]
    weights = np.concatenate([np.zeros(0), *(weights for _, weights in blocks)])
    if not blocks:
        return _pool(trials, method)[0], weights
    columns = (
        np.concatenate([getattr(pooled, field.name) for pooled, _ in blocks]) for field in fields(Pooled)
    )
    return Pooled(*columns), weights


def subgroup_differences(
    estimate: Floats, se: Floats, segments: Segments
) -> tuple[Floats, Floats, Floats, Floats]:
    """Test for subgroup differences: Q between, df, p and I2 (in percent) per analysis.

    Subgroup estimates around their inverse-variance mean, df = G - 1 (Borenstein & Higgins 2013).
    Subgroups without an estimate (NaN) do not count; NaN with fewer than two, and beyond `reach`.
    """
    used = np.isfinite(estimate) & np.isfinite(se) & (se > 0)
    with np.errstate(over="ignore"):
        e = Estimates.of(estimate[used], se[used] ** 2, segments.keep(used))
    reached = reach(e)
    e = e if reached is None else reached.e
    q = np.where(e.several, e.q(1 / e.v), np.nan)
    q = q if reached is None else reached.back(q, 0)
    df = np.where(e.several, e.df, np.nan)
    return q, df, chi_squared_tail(df, q), i2_from_q(q, df)


def _pool(trials: Trials, method: Method) -> tuple[Pooled, Floats]:
    e, haenszel = trials.estimates(), _haenszel(trials, method)
    reached = reach(e)
    if reached is not None:
        e = reached.e
        if haenszel is not None:
            haenszel = reached.into(haenszel[0]), reached.into(haenszel[1]), haenszel[2]
    several, df = e.several, e.df
    common, w = None if haenszel is None else haenszel[0] - e.origin, 1 / e.v
    around = common if common is not None and method.q_around == "MH" else e.mean(w)
    q = np.where(several, e.q(w, around), np.nan)
    tau2, converged = _between_trial_variance(e, method, around)
    centre = _centre(e, method, np.where(several, tau2, 0.0), haenszel)
    found = inference(e, centre, method.ci, method.level)
    estimate = e.origin + centre.estimate
    result = Pooled(
        k=e.segments.counts.astype(np.float64),
        estimate=estimate,
        se=found.se,
        ci_low=estimate - found.reach,
        ci_high=estimate + found.reach,
        p_effect=found.p,
        narrower_than_wald=found.narrower_than_wald,
        tau2=tau2,
        q=q,
        df=df,
        p_q=chi_squared_tail(np.maximum(df, 1), q),
        i2=_i2(e, q, tau2, method),
        converged=converged,
        **_predictions(e, centre, found.se, method),
    )
    weights = _percent(trials, e, centre)
    if reached is not None:
        result = _in_own_unit(result, reached)
        weights = np.where(trials.segments.spread(reached.beyond) > 0, np.nan, weights)
    return _blank(result), weights


def _let_memory_stay() -> None:
    """Let the C library keep what is freed: some give every array of a block back to the system at once.

    glibc does so until it has seen something large come and go, and getting the same pages again takes a
    third of the time of a call.
    """
    np.empty(_LARGE, np.uint8)


def _haenszel(trials: Trials, method: Method) -> tuple[Floats, Floats, Floats] | None:
    """What `mantel_haenszel` returns; None if not asked for."""
    if "MH" not in (method.weighting, method.q_around):
        return None
    return mantel_haenszel(trials, method)


def _between_trial_variance(e: Estimates, method: Method, around: Floats) -> tuple[Floats, Booleans]:
    """(tau2, converged); a single trial has no tau2 and nothing to converge."""
    if not method.uses_tau2:
        return np.where(e.several, 0.0, np.nan), np.ones_like(e.several)
    if method.tau2 == "DL":
        tau2, converged = dersimonian_laird(e, around)
    else:
        tau2, converged = ESTIMATORS[method.tau2](e)
    return tau2, converged | ~e.several


def _centre(
    e: Estimates, method: Method, tau2: Floats, haenszel: tuple[Floats, Floats, Floats] | None
) -> Centre:
    """The pooled value with Wald's SE.

    IVhet: the common-effect value, with the variance that it has under heterogeneity,
    sum w^2 (v + tau2) / (sum w)^2 (Doi 2015, eq. 4).
    """
    if haenszel is not None and method.model == "common":
        estimate, se, w = haenszel
        return Centre(estimate - e.origin, se, w, e.segments.total(w), tau2)
    w = 1 / e.v if method.weighting == "IVhet" else e.weights(tau2)
    total = e.segments.total(w)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate, variance = e.segments.total(w * e.y) / total, 1 / total
        if method.weighting == "IVhet":
            variance = (1 + tau2 * e.segments.total(w**2) / total) / total
    return Centre(estimate, np.sqrt(variance), w, total, tau2)


def _i2(e: Estimates, q: Floats, tau2: Floats, method: Method) -> Floats:
    """I2 in percent: max(0, (Q - df) / Q), or tau2 / (tau2 + typical v) (Higgins & Thompson 2002)."""
    if method.i2_from == "Q" or not method.uses_tau2:
        return i2_from_q(q, e.df)
    return 100 * tau2 / (tau2 + e.typical_variance())


def _predictions(e: Estimates, centre: Centre, se: Floats, method: Method) -> dict[str, Floats]:
    """The prediction interval that the method shows, and both t intervals.

    A common-effect model assumes one true effect and predicts nothing else: all NaN.
    """
    columns: dict[str, Floats] = {}
    for name, kind in _KINDS.items():
        shown = (kind or method.prediction) if method.model == "random" else "none"
        low, high = prediction(e, centre, se, shown, method.level)
        columns |= {f"{name}_low": e.origin + low, f"{name}_high": e.origin + high}
    return columns


def _percent(trials: Trials, e: Estimates, centre: Centre) -> Floats:
    with np.errstate(invalid="ignore"):
        percent = 100 * centre.w / e.segments.spread(centre.total)
    if len(percent) == len(trials.effects.y):
        return percent
    weights = np.zeros(len(trials.effects.y))
    weights[trials.effects.estimable] = percent
    return weights


def _in_own_unit(result: Pooled, reached: Reached) -> Pooled:
    """The result in the unit of its trials; without an estimate where another number is above any float."""
    names = ["estimate", "se", "ci_low", "ci_high", *(f"{name}_{end}" for name in _KINDS for end in _ENDS)]
    powers = dict.fromkeys(names, 1) | {"tau2": 2}
    columns: dict[str, Any] = {name: reached.back(getattr(result, name), at) for name, at in powers.items()}
    too_large = [np.isnan(values) & np.isfinite(getattr(result, name)) for name, values in columns.items()]
    columns["estimate"] = np.where(np.any(too_large, axis=0), np.nan, columns["estimate"])
    return replace(result, **columns)


def _blank(result: Pooled) -> Pooled:
    """The result with NaN throughout wherever there is no estimate."""
    known = np.isfinite(result.estimate)
    if known.all():
        return result
    columns = {field.name: getattr(result, field.name) for field in fields(result)}
    for name, values in columns.items():
        if name not in ("k", "converged", "narrower_than_wald"):
            columns[name] = np.where(known, values, np.nan)
    return Pooled(**columns)
