"""Confidence intervals of the between-trial variance tau2, on all analyses of a batch at once.

All return (low, high), shape (analyses,), on the squared analysis scale, NaN with fewer than two trials.
Formulas: docs/methods.md, "Intervals of tau2".
"""

from collections.abc import Callable

import numpy as np
from scipy.special import chdtri

from repool.batch import Booleans, Floats
from repool.bracketing import root
from repool.estimates import Estimates
from repool.likelihood import Likelihood, profile_interval
from repool.quadratic_form import q_below
from repool.tau2 import maximum_likelihood, restricted_maximum_likelihood, root_of_q

Interval = tuple[Floats, Floats]


def q_profile(e: Estimates, level: float) -> Interval:
    """The tau2 at which generalised Q is an upper or a lower chi2 quantile (Viechtbauer 2007, eq. 6).

    Cut off at 0: (0, 0) where even Q(0) lies below both quantiles, and no tau2 is compatible with so
    little heterogeneity.
    """
    df, tail = np.maximum(e.df, 1), (1 - level) / 2
    return root_of_q(e, chdtri(df, tail))[0], root_of_q(e, chdtri(df, 1 - tail))[0]


def generalised_q(e: Estimates, level: float) -> Interval:
    """The tau2 under which Cochran's Q, with fixed weights 1 / v, lies at its tails (Jackson 2013, eq. 5).

    From the exact distribution of Q (Biggerstaff & Jackson 2008). Cut off at 0 like `q_profile`.
    """
    w = 1 / e.v
    several, tail = e.several, (1 - level) / 2
    part = e.only(several)
    a = w if part is e else w[np.repeat(several, e.segments.counts)]
    q, scale = part.q(a), part.segments.lowest(part.v)

    def limit(probability: float) -> Floats:
        def beyond(tau2: Floats, at: Booleans) -> Floats:
            chosen = a if at.all() else a[np.repeat(at, part.segments.counts)]
            return q_below(part.only(at), chosen, tau2, q[at]) - probability

        start = np.zeros(len(q))
        found = np.zeros(len(q))
        above = (beyond(start, np.ones(len(q), np.bool_)) > 0) & (q > 0)
        if above.any():
            found[above] = root(
                lambda tau2, at: beyond(tau2, _within(above, at)), start[above], None, scale[above]
            )[0]
        return found

    low, high = np.full(len(several), np.nan), np.full(len(several), np.nan)
    low[several], high[several] = limit(1 - tail), limit(tail)
    return low, high


def profile_likelihood(e: Estimates, level: float) -> Interval:
    """Limits by the likelihood ratio (Hardy & Thompson 1996)."""
    return profile_interval(Likelihood(e, restricted=False), maximum_likelihood(e)[0], level)


def restricted_profile_likelihood(e: Estimates, level: float) -> Interval:
    """Limits by the ratio of restricted likelihoods (Viechtbauer 2007, section 3.2)."""
    return profile_interval(Likelihood(e, restricted=True), restricted_maximum_likelihood(e)[0], level)


def _within(chosen: Booleans, at: Booleans) -> Booleans:
    """A mask over the chosen analyses as one over all of them."""
    mask = chosen.copy()
    mask[chosen] = at
    return mask


INTERVALS: dict[str, Callable[[Estimates, float], Interval]] = {
    "Q-profile": q_profile,
    "generalised Q": generalised_q,
    "profile likelihood": profile_likelihood,
    "restricted profile likelihood": restricted_profile_likelihood,
}
