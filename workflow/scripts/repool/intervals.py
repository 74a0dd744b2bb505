"""Confidence intervals of a pooled value. Formulas: docs/methods.md, "Intervals of the pooled value"."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from repool.batch import Booleans, Floats
from repool.estimates import Estimates
from repool.likelihood import Likelihood


@dataclass(frozen=True, slots=True)
class Centre:
    """A pooled value before its interval, shape (analyses,).

    estimate is relative to the origin of the trials' estimates, w the trials' weights, total their sum
    in each analysis, se the standard error that Wald's interval takes.
    """

    estimate: Floats
    se: Floats
    w: Floats
    total: Floats
    tau2: Floats


@dataclass(frozen=True, slots=True)
class Inference:
    """Standard error, half width of the interval and two-sided p of a pooled value, shape (analyses,).

    narrower_than_wald: the interval by Hartung-Knapp-Sidik-Jonkman is narrower than Wald's.
    """

    se: Floats
    reach: Floats
    p: Floats
    narrower_than_wald: Booleans


def inference(e: Estimates, centre: Centre, kind: str, level: float) -> Inference:
    """The interval of the given kind around each pooled value; a single trial keeps Wald's.

    Wald: normal quantile. t: its SE with t(k - 1). HKSJ: `hksj_se` with t(k - 1). HKSJ-truncated: the SE
    never below Wald's (Röver, Knapp & Friede 2015). HKSJ-wider: HKSJ or Wald, whichever is wider
    (Wiksten, Rücker & Schwarzer 2016; Jackson 2017). KR: `kenward_roger`.
    """
    estimate, upper = centre.estimate + e.origin, 0.5 + level / 2
    several, df = e.several, np.maximum(e.df, 1)
    wald = _normal(estimate, centre.se, upper)
    if kind == "Wald":
        return wald
    if kind == "KR":
        se, df = kenward_roger(e, centre)
        return _chosen(several, _student(estimate, se, df, stdtrit(df, upper)), wald)
    quantile = t_quantile(df, upper)
    if kind == "t":
        return _chosen(several, _student(estimate, centre.se, df, quantile), wald)
    se = hksj_se(e, centre)
    narrower = several & (quantile * se < wald.reach)
    if kind == "HKSJ-truncated":
        se, narrower = np.maximum(se, centre.se), np.zeros_like(several)
    elif kind == "HKSJ-wider":
        several, narrower = several & ~narrower, np.zeros_like(several)
    return _chosen(several, _student(estimate, se, df, quantile), wald, narrower)


def hksj_se(e: Estimates, centre: Centre) -> Floats:
    """Hartung-Knapp-Sidik-Jonkman: SE^2 = sum w (y - estimate)^2 / ((k - 1) sum w).

    IntHout 2014, eq. 3. 0 where all trials give the same estimate; Wald's for a single trial.
    """
    with np.errstate(invalid="ignore"):
        se = np.sqrt(e.q(centre.w, centre.estimate) / (e.df * centre.total))
    return np.where(e.several, se, centre.se)


def kenward_roger(e: Estimates, centre: Centre) -> tuple[Floats, Floats]:
    """Standard error and degrees of freedom after Kenward & Roger (1997), for weights at a REML tau2.

    SE^2 = (1 + 2 (S3 / S1 - (S2 / S1)^2) / I) / S1 and df = 2 I / (S2 / S1)^2, I the expected
    information on tau2: with one coefficient their factor on F is 1 and their df Satterthwaite's
    (Partlett & Riley 2017, section 2.2). For a single trial: Wald's SE, df 1.
    """
    first, others = e.rest(centre.w)
    r1, r2, r3 = (e.segments.total(others**power) for power in (1, 2, 3))
    with np.errstate(invalid="ignore"):
        s1, s2 = first + r1, first**2 + r2
        # S3 S1 - S2^2, with the leader's weight apart
        spread = first * (first**2 * r1 + r3 - 2 * first * r2) + r1 * r3 - r2**2
        information = Likelihood(e, restricted=True).information(centre.tau2)
        se = np.sqrt((1 + 2 * np.maximum(spread, 0) / s1**2 / information) / s1)
        df = 2 * information * (s1 / s2) ** 2
    return np.where(e.several, se, centre.se), np.where(e.several, df, 1.0)


def t_quantile(df: Floats, probability: float) -> Floats:
    """Quantiles of t with whole degrees of freedom from 1 up, each different df computed once."""
    whole = df.astype(np.int64)
    counts = np.bincount(whole)
    table, present = np.zeros(len(counts)), np.flatnonzero(counts)
    table[present] = stdtrit(present, probability)
    return table[whole]


def _normal(estimate: Floats, se: Floats, upper: float) -> Inference:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        p = 2 * ndtr(-np.abs(estimate / se))
    return Inference(se, ndtri(upper) * se, p, np.zeros(len(se), dtype=np.bool_))


def _student(estimate: Floats, se: Floats, df: Floats, quantile: Floats) -> Inference:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        p = 2 * stdtr(df, -np.abs(estimate / se))
    return Inference(se, quantile * se, p, np.zeros(len(se), dtype=np.bool_))


def _chosen(which: Booleans, one: Inference, other: Inference, narrower: Booleans | None = None) -> Inference:
    se, reach, p = (
        np.where(which, getattr(one, name), getattr(other, name)) for name in ("se", "reach", "p")
    )
    return Inference(se, reach, p, other.narrower_than_wald if narrower is None else narrower)
