"""Prediction intervals: where the effect of a new trial is expected.

Formulas: docs/methods.md, "Prediction intervals".
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri

from repool.batch import Booleans, Floats
from repool.bracketing import root
from repool.estimates import Estimates
from repool.intervals import Centre, hksj_se, t_quantile
from repool.quadratic_form import q_below

Limits = tuple[Floats, Floats]

_DRAWS = 10_000
_SEED = 20190507
_TRIALS = 400  # that are bootstrapped together, each with all draws
_GRID = 400


def prediction(e: Estimates, centre: Centre, se: Floats, kind: str, level: float) -> Limits:
    """Limits of the given kind, relative to the origin, shape (analyses,); se is that of the pooled value.

    estimate -/+ quantile sqrt(tau2 + SE^2) (Higgins 2009, eq. 12). normal, t(k-1): two trials or more;
    t(k-2): three or more. HKSJ: t(k - 1) and `hksj_se`, whatever interval the pooled value has;
    Partlett-Riley: the same with t(k - 2) (2017, section 2.3). bootstrap: `bootstrap`. NaN where there
    are too few trials, and for "none".
    """
    if kind == "none":
        return np.full(len(se), np.nan), np.full(len(se), np.nan)
    if kind == "bootstrap":
        return bootstrap(e, level)
    upper = 0.5 + level / 2
    least = 3 if kind in ("t(k-2)", "Partlett-Riley") else 2
    if kind == "normal":
        quantile = np.full(len(se), ndtri(upper))
    else:
        quantile = t_quantile(np.maximum(e.segments.counts - (least - 1), 1), upper)
    if kind in ("HKSJ", "Partlett-Riley"):
        se = hksj_se(e, centre)
    reach = np.where(e.segments.counts >= least, quantile * np.sqrt(centre.tau2 + se**2), np.nan)
    return centre.estimate - reach, centre.estimate + reach


def bootstrap(e: Estimates, level: float, seed: int = _SEED) -> Limits:
    """Nagashima, Noma & Furukawa's parametric bootstrap (2019, algorithm 1), relative to the origin.

    tau2 is drawn from its confidence distribution, the exact one of Cochran's Q at the observed value;
    each draw gives mean(tau2) + z tau - t SE(tau2), z normal, t with k - 1 df, SE by HKSJ; the limits
    are quantiles of 10,000 draws. Analyses of as many trials use the same random numbers, made from the
    seed: none depends on what else is in the batch. NaN with fewer than two trials.
    """
    low, high = np.full(len(e.several), np.nan), np.full(len(e.several), np.nan)
    for which in _stretches(e):
        part = e.only(which)
        low[which], high[which] = np.quantile(_draws(part, seed), [0.5 - level / 2, 0.5 + level / 2], axis=0)
    return low, high


def _draws(e: Estimates, seed: int) -> Floats:
    """Effects of new trials, shape (draws, analyses)."""
    generator = np.random.default_rng(seed)
    tau2 = _confidence_draws(e, generator.random(_DRAWS))
    z = generator.normal(size=_DRAWS)[:, None]
    t = np.stack([np.random.default_rng([seed, int(df)]).standard_t(df, _DRAWS) for df in e.df], axis=1)
    w = e.weights(tau2)
    total = e.segments.total(w)
    mean = e.segments.total(w * e.y) / total
    squares = e.segments.total(w * (e.y - e.segments.spread(mean)) ** 2)
    return mean + z * np.sqrt(tau2) - t * np.sqrt(squares / (e.df * total))


def _confidence_draws(e: Estimates, chance: Floats) -> Floats:
    """tau2 with P(Q > observed Q; tau2) = chance, 0 where 0 makes it likelier; shape (draws, analyses)."""
    w = 1 / e.v
    q, scale = e.q(w), e.typical_variance()
    least = 0.1 / len(chance)

    def beyond(tau2: Floats, at: Booleans) -> Floats:
        part = e.only(at)
        return q_below(part, 1 / part.v, tau2, q[at]) - least

    largest = root(beyond, np.zeros(len(q)), None, scale)[0] if (q > 0).all() else np.zeros(len(q))
    share = np.linspace(0, 1, _GRID)[:, None]
    grid = scale * np.expm1(share * np.log1p(largest / scale))
    exceeded = 1 - q_below(e, w, grid, q)
    return np.stack([np.interp(chance, exceeded[:, n], grid[:, n]) for n in range(len(q))], axis=1)


def _stretches(e: Estimates) -> Iterator[Booleans]:
    """The analyses with two trials or more, as many at a time as fit into memory."""
    numbers = np.flatnonzero(e.several)
    ends = np.cumsum(e.segments.counts[numbers]) // _TRIALS
    for end in np.unique(ends):
        which = np.zeros(len(e.several), dtype=np.bool_)
        which[numbers[ends == end]] = True
        yield which
