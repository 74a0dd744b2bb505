"""Pooling: one method applied to every analysis of a batch. Formulas: docs/methods.md, "Pooling"."""

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from repool.batch import Booleans, Floats, Segments
from repool.effects import Effects, Tables
from repool.methods import Method
from repool.model import Measure
from repool.tau2 import ESTIMATORS, dersimonian_laird, generalised_q, trace_p, weighted_mean


@dataclass(frozen=True, slots=True)
class Pooled:
    """Pooled results on the analysis scale (log for ratios), each of shape (analyses,).

    k counts the trials pooled. Everything is NaN where there is none, or where raw cells leave a M-H
    ratio undefined; with one trial the estimate is that trial's own and there is no heterogeneity (q,
    i2, tau2 NaN, df 0). `prediction_*` are t intervals with k - 1 and k - 2 degrees of freedom, and the
    one the method shows.
    """

    k: Floats
    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    p_effect: Floats
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


@dataclass(frozen=True, slots=True)
class Trials:
    """The trials of a batch: effects, and the 2x2 tables of dichotomous measures."""

    measure: Measure
    effects: Effects
    tables: Tables | None
    segments: Segments


def pool(trials: Trials, method: Method) -> tuple[Pooled, Floats]:
    """Pool every analysis by one method.

    Returns the pooled results and each trial's weight in percent of its analysis, shape (trials,),
    0 where a trial is not estimable. The method must apply to the measure (`methods.applicable`);
    ValueError otherwise.
    """
    used = trials.effects.estimable
    v, segments = trials.effects.v[used], trials.segments.keep(used)
    k = segments.counts.astype(np.float64)
    several = k > 1
    origin = _most_precise(trials.effects.y[used], v, segments)
    y = trials.effects.y[used] - segments.spread(origin)

    haenszel = _relative_haenszel(trials, method, origin)
    centre = weighted_mean(y, 1 / v, segments)
    if haenszel and method.q_around == "MH":
        centre = haenszel[0]
    q = np.where(several, generalised_q(y, 1 / v, centre, segments), np.nan)
    tau2, converged = _between_trial_variance(y, v, segments, method, centre)
    w = 1 / (v + segments.spread(np.where(several, tau2, 0.0)))
    estimate, se = weighted_mean(y, w, segments), _root(1, segments.total(w))
    if haenszel and method.model == "common":
        estimate, se, w = haenszel

    squares = generalised_q(y, w, estimate, segments)
    estimate = origin + estimate
    se, quantile, p_effect = _interval(estimate, se, squares, segments.total(w), k, method)
    df = k - 1
    spread = np.sqrt(np.where(several, tau2, np.nan) + se**2)
    result = Pooled(
        k=k,
        estimate=estimate,
        se=se,
        ci_low=estimate - quantile * se,
        ci_high=estimate + quantile * se,
        p_effect=p_effect,
        tau2=tau2,
        q=q,
        df=df,
        p_q=np.where(several, chdtrc(np.maximum(df, 1), q), np.nan),
        i2=_i2(q, df, tau2, v, segments, method),
        converged=converged,
        **_predictions(estimate, spread, k, method),
    )
    weights = np.zeros(len(used))
    weights[used] = _percent(w, segments)
    return _blank(result), weights


def mantel_haenszel(trials: Trials, method: Method) -> tuple[Floats, Floats, Floats]:
    """Mantel-Haenszel estimate and SE per analysis, and the weight of each estimable trial.

    RR and OR as logs, RD as it is. Variance: Greenland & Robins 1985 for RR and RD,
    Robins, Breslow & Greenland 1986 for OR. With `mh_cells` "corrected" RR and OR take cells with
    the zero-cell correction (RevMan), otherwise raw ones; RD always takes raw ones. A ratio whose sums
    are 0, which raw cells allow, is NaN.
    """
    assert trials.tables is not None
    used, raw = trials.effects.estimable, trials.tables
    segments = trials.segments.keep(used)
    corrected = method.mh_cells == "corrected" and trials.measure is not Measure.RD
    cells = raw.corrected(method.zero_cells) if corrected else raw
    a, n1, c, n2 = (x[used] for x in (cells.events1, cells.total1, cells.events2, cells.total2))
    b, d, n = n1 - a, n2 - c, n1 + n2
    with np.errstate(invalid="ignore", divide="ignore"):
        if trials.measure is Measure.RD:
            w = n1 * n2 / n
            total = segments.total(w)
            variance = segments.total((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2)) / total**2
            return segments.total(w * (a / n1 - c / n2)) / total, np.sqrt(variance), w
        if trials.measure is Measure.RR:
            w = c * n1 / n
            r = np.where(raw.all_events[used], w, a * n2 / n)  # such a trial's RR is 1
            rs, ss = segments.total(r), segments.total(w)
            p = segments.total((n1 * n2 * (a + c) - a * c * n) / n**2)
            return _log_ratio(rs, ss), np.sqrt(p / (rs * ss)), w
        r, w = a * d / n, b * c / n
        p, q = (a + d) / n, (b + c) / n
        rs, ss = segments.total(r), segments.total(w)
        variance = (
            segments.total(p * r) / (2 * rs**2)
            + segments.total(p * w + q * r) / (2 * rs * ss)
            + segments.total(q * w) / (2 * ss**2)
        )
        return _log_ratio(rs, ss), np.sqrt(variance), w


def subgroup_differences(
    estimate: Floats, se: Floats, segments: Segments
) -> tuple[Floats, Floats, Floats, Floats]:
    """Test for subgroup differences: Q between, df, p and I2 (in percent) per analysis.

    Subgroup estimates around their inverse-variance mean, df = G - 1 (Borenstein & Higgins 2013).
    Subgroups without an estimate (NaN) do not count; NaN with fewer than two.
    """
    used = np.isfinite(estimate) & np.isfinite(se) & (se > 0)
    part = segments.keep(used)
    w = 1 / se[used] ** 2
    q = generalised_q(estimate[used], w, weighted_mean(estimate[used], w, part), part)
    df = part.counts.astype(np.float64) - 1
    enough = df > 0
    q, df = np.where(enough, q, np.nan), np.where(enough, df, np.nan)
    return q, df, chdtrc(df, q), _i2_from_q(q, df)


def _most_precise(y: Floats, v: Floats, segments: Segments) -> Floats:
    """The most precise trial's estimate, 0 without trials.

    Everything is computed relative to it: identical trials then have no heterogeneity at all, rather
    than that of rounding, and a few very precise ones do not drown what the others say.
    """
    origin = np.zeros(len(segments))
    origin[segments.counts > 0] = y[segments.first_lowest(v)]
    return origin


def _relative_haenszel(
    trials: Trials, method: Method, origin: Floats
) -> tuple[Floats, Floats, Floats] | None:
    """What `mantel_haenszel` returns with its estimate relative to the origin; None if not asked for."""
    if "MH" not in (method.weighting, method.q_around):
        return None
    if trials.tables is None or not trials.measure.is_dichotomous:
        raise ValueError(f"{trials.measure} has no 2x2 tables: {method.name} does not apply")
    estimate, se, w = mantel_haenszel(trials, method)
    return estimate - origin, se, w


def _between_trial_variance(
    y: Floats, v: Floats, segments: Segments, method: Method, centre: Floats
) -> tuple[Floats, Booleans]:
    """(tau2, converged); a single trial has no tau2 and nothing to converge."""
    several = segments.counts > 1
    if method.model == "common":
        return np.where(several, 0.0, np.nan), np.ones_like(several)
    if method.tau2 == "DL":
        tau2, converged = dersimonian_laird(y, v, segments, centre)
    else:
        tau2, converged = ESTIMATORS[method.tau2](y, v, segments)
    return tau2, converged | ~several


def _interval(
    estimate: Floats, se: Floats, squares: Floats, total: Floats, k: Floats, method: Method
) -> tuple[Floats, Floats, Floats]:
    """SE, quantile and two-sided p of the pooled value: Wald, or Hartung-Knapp-Sidik-Jonkman.

    HKSJ: SE^2 = squares / ((k - 1) total), squares = sum w (y - estimate)^2, total = sum w, t with
    k - 1 df (IntHout 2014, eq. 3); a single trial keeps its Wald interval. With HKSJ and identical
    trials SE is 0.
    """
    upper = 0.5 + method.level / 2
    quantile = np.full(len(k), ndtri(upper))
    with np.errstate(invalid="ignore", divide="ignore"):
        if method.ci == "HKSJ":
            several, df = k > 1, np.maximum(k - 1, 1)
            se = np.where(several, np.sqrt(squares / (df * total)), se)
            quantile = np.where(several, stdtrit(df, upper), quantile)
            z = np.abs(estimate / se)
            return se, quantile, np.where(several, 2 * stdtr(df, -z), 2 * ndtr(-z))
        return se, quantile, 2 * ndtr(-np.abs(estimate / se))


def _i2(q: Floats, df: Floats, tau2: Floats, v: Floats, segments: Segments, method: Method) -> Floats:
    """I2 in percent: max(0, (Q - df) / Q), or tau2 / (tau2 + typical v) (Higgins & Thompson 2002)."""
    if method.i2_from == "Q" or method.model == "common":
        return _i2_from_q(q, df)
    with np.errstate(invalid="ignore", divide="ignore"):
        typical = df / trace_p(1 / v, segments.first_lowest(v), segments)
        return 100 * tau2 / (tau2 + typical)


def _i2_from_q(q: Floats, df: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        i2 = 100 * np.maximum(0.0, (q - df) / q)
    return np.where(q == 0, 0.0, i2)


def _predictions(estimate: Floats, spread: Floats, k: Floats, method: Method) -> dict[str, Floats]:
    """Prediction intervals estimate -/+ quantile * sqrt(tau2 + SE^2) (Higgins 2009, eq. 12).

    t with k - 2 df needs three trials, with k - 1 two. A common-effect model assumes one true
    effect and predicts nothing else: all NaN.
    """
    upper = 0.5 + method.level / 2
    random = method.model == "random"

    def limits(quantile: Floats, from_k: int) -> tuple[Floats, Floats]:
        reach = np.where(random & (k >= from_k), quantile * spread, np.nan)
        return estimate - reach, estimate + reach

    shown = {
        "normal": limits(np.full(len(k), ndtri(upper)), 2),
        "t(k-1)": limits(stdtrit(np.maximum(k - 1, 1), upper), 2),
        "t(k-2)": limits(stdtrit(np.maximum(k - 2, 1), upper), 3),
        "none": limits(np.full(len(k), np.nan), 2),
    }
    names = {"prediction": method.prediction, "prediction_k1": "t(k-1)", "prediction_k2": "t(k-2)"}
    return {
        f"{name}_{end}": shown[which][side]
        for name, which in names.items()
        for side, end in enumerate(("low", "high"))
    }


def _root(numerator: float, denominator: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.sqrt(numerator / denominator)


def _log_ratio(numerator: Floats, denominator: Floats) -> Floats:
    return np.where((numerator > 0) & (denominator > 0), np.log(numerator / denominator), np.nan)


def _percent(w: Floats, segments: Segments) -> Floats:
    with np.errstate(invalid="ignore"):
        return 100 * w / segments.spread(segments.total(w))


def _blank(result: Pooled) -> Pooled:
    """The result with NaN throughout wherever there is no estimate."""
    columns = {field.name: getattr(result, field.name) for field in fields(result)}
    for name, values in columns.items():
        if name not in ("k", "converged"):
            columns[name] = np.where(np.isfinite(result.estimate), values, np.nan)
    return Pooled(**columns)
