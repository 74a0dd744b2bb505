"""Estimators of the between-trial variance tau2, each on all analyses of a batch at once.

All take the trials' `Estimates` and return (tau2, converged), shape (analyses,), tau2 on the squared
analysis scale. An analysis with fewer than two trials has no between-trial variance: tau2 is NaN,
converged False. Formulas: docs/methods.md, "Between-trial variance".
"""

from collections.abc import Callable

import numpy as np
from scipy.special import chdtri

from repool.batch import Booleans, Floats
from repool.estimates import Estimates
from repool.likelihood import Likelihood, highest_mode

Estimator = Callable[[Estimates], tuple[Floats, Booleans]]

_MAX_ITERATIONS = 200
_TOLERANCE = 1e-12  # of a Newton step: its square is the error that is left
_UNDEFINED_IS_NAN = np.errstate(invalid="ignore", divide="ignore")


@_UNDEFINED_IS_NAN
def dersimonian_laird(e: Estimates, centre: Floats | None = None) -> tuple[Floats, Booleans]:
    """max(0, (Q - df) / (S1 - S2 / S1)), w = 1 / v (DerSimonian & Laird 1986, eq. 8).

    `centre` is what Q is taken around, shape (analyses,) and relative to the origin: the IV
    common-effect value where None, the M-H value as RevMan does it.
    """
    w = 1 / e.v
    return _estimate(e, (e.q(w, centre) - e.df) / e.trace_p(w))


@_UNDEFINED_IS_NAN
def two_step_dersimonian_laird(e: Estimates) -> tuple[Floats, Booleans]:
    """The method of moments with weights a = 1 / (v + tau2_DL) (DerSimonian & Kacker 2007, eq. 8 and 11).

    max(0, (Q_a - (sum a v - sum a^2 v / sum a)) / (sum a - sum a^2 / sum a)), written with
    a v = 1 - a tau2_DL as tau2_DL + (Q_a - df) / trace P_a, which loses no digits.
    """
    first, _ = dersimonian_laird(e)
    a = e.weights(np.where(e.several, first, 0.0))
    return _estimate(e, first + (e.q(a) - e.df) / e.trace_p(a))


@_UNDEFINED_IS_NAN
def hedges_olkin(e: Estimates) -> tuple[Floats, Booleans]:
    """max(0, sample variance of y - mean of v), all trials alike (Hedges & Olkin 1985, p. 194)."""
    return _estimate(e, e.sample_variance() - e.mean_variance())


@_UNDEFINED_IS_NAN
def hunter_schmidt(e: Estimates) -> tuple[Floats, Booleans]:
    """max(0, (Q - k) / S1), w = 1 / v (Hunter & Schmidt 1990; Viechtbauer 2005, eq. 9)."""
    w = 1 / e.v
    return _estimate(e, (e.q(w) - e.segments.counts) / e.segments.total(w))


@_UNDEFINED_IS_NAN
def hunter_schmidt_small_sample(e: Estimates) -> tuple[Floats, Booleans]:
    """max(0, (Q k / (k - 1) - k) / S1): Hunter-Schmidt with the bias of Q's k taken out.

    Brannick, Potter, Benitez & Morris 2019; R metafor's method "HSk".
    """
    w, k = 1 / e.v, e.segments.counts
    return _estimate(e, (e.q(w) * (k / np.maximum(e.df, 1)) - k) / e.segments.total(w))


@_UNDEFINED_IS_NAN
def sidik_jonkman(e: Estimates) -> tuple[Floats, Booleans]:
    """sum q (y - mean_q)^2 / (k - 1), q = 1 / (1 + v / tau0), tau0 the mean squared deviation of y.

    Sidik & Jonkman 2005, eq. 3. Above 0 unless all trials give the same estimate.
    """
    start = e.sample_variance() * e.df / e.segments.counts
    spread = e.segments.spread(start)
    q = np.where(spread > 0, spread / (spread + e.v), 0.0)
    centre = np.where(start > 0, e.mean(q), 0.0)
    return _estimate(e, e.q(q, centre) / e.df)


def paule_mandel(e: Estimates) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 with generalised Q(tau2) = k - 1 (Paule & Mandel 1982; DerSimonian & Kacker 2007).

    Morris' empirical Bayes estimator (1983) is the root of the same equation (Viechtbauer 2015).
    """
    return root_of_q(e, e.df)


def median_unbiased_paule_mandel(e: Estimates) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 with generalised Q(tau2) at the median of chi2 with k - 1 df (Viechtbauer 2021)."""
    return root_of_q(e, chdtri(np.maximum(e.df, 1), 0.5))


def maximum_likelihood(e: Estimates) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 at the global maximum of the likelihood (Hardy & Thompson 1996)."""
    return highest_mode(Likelihood(e, restricted=False))


def restricted_maximum_likelihood(e: Estimates) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 at the global maximum of the restricted likelihood (Viechtbauer 2005, eq. 11)."""
    return highest_mode(Likelihood(e, restricted=True))


ESTIMATORS: dict[str, Estimator] = {
    "DL": dersimonian_laird,
    "DL2": two_step_dersimonian_laird,
    "HE": hedges_olkin,
    "HS": hunter_schmidt,
    "HSk": hunter_schmidt_small_sample,
    "SJ": sidik_jonkman,
    "PM": paule_mandel,
    "PMM": median_unbiased_paule_mandel,
    "EB": paule_mandel,
    "ML": maximum_likelihood,
    "REML": restricted_maximum_likelihood,
}


def root_of_q(e: Estimates, target: Floats) -> tuple[Floats, Booleans]:
    """The tau2 >= 0 with generalised Q(tau2) = target, 0 where Q(0) is below it.

    Newton's method on 1 / Q, which is concave in tau2 and nearly straight: from 0 it climbs to the root
    and never passes it. A step that does not climb is therefore rounding, and the end.
    """
    tau2 = np.where(e.several, 0.0, np.nan)
    climbing = e.several
    part = e.only(climbing)
    for _ in range(_MAX_ITERATIONS):
        if not climbing.any():
            break
        before = tau2[climbing]
        after = before + _step_to(part, target[climbing], before)
        tau2[climbing] = np.maximum(before, after)
        on = after > before * (1 + _TOLERANCE)
        climbing = climbing.copy()
        climbing[climbing] = on
        part = part.only(on)
    return tau2, e.several & ~climbing


def _step_to(e: Estimates, target: Floats, tau2: Floats) -> Floats:
    w = e.weights(tau2)
    squares = e.deviations(e.mean(w)) ** 2 * w
    q, slope = e.segments.total(squares), e.segments.total(squares * w)
    with np.errstate(invalid="ignore"):
        return np.where(q > 0, (q / target - 1) * q / slope, 0.0)


def _estimate(e: Estimates, tau2: Floats) -> tuple[Floats, Booleans]:
    """Cut off at 0, and NaN where there are fewer than two trials."""
    return np.where(e.several, np.maximum(0.0, tau2), np.nan), e.several
