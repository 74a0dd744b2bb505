"""What a binomial model says of every analysis of a batch."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, ndtri

from repool.batch import Booleans, Floats
from repool.binomial.maximum import Held, Maximum, Model, limits, maximise

Texts = NDArray[np.str_]


class BinomialState(StrEnum):
    """Why an analysis has the figures it has, or none."""

    POOLED = "pooled"
    SINGLE_TRIAL = "single-trial"
    NO_TRIAL = "no-informative-trial"
    MINUS_INFINITY = "estimate-minus-infinity"
    PLUS_INFINITY = "estimate-plus-infinity"
    UNDEFINED = "undefined"
    UNBOUNDED = "heterogeneity-unbounded"
    NOT_CONVERGED = "not-converged"
    NOT_COUNTS = "not-counts"


@dataclass(frozen=True, slots=True)
class BinomialResult:
    """Maximum likelihood results, each of shape (analyses,); ratios as logs, a proportion as its logit.

    k: trials; k_informative: those that the likelihood depends on. se: from the observed information of
    all parameters; ci_*, p_effect: Wald, normal. lr_*: limits by the likelihood ratio, infinite where
    it never falls that far; p_lr: the likelihood-ratio test of an effect of 0. tau2: between-trial
    variance on the analysis scale; rho: the beta-binomial's intraclass correlation; NaN in a model
    without it and for a single trial. log_likelihood is that of the counts with all its constants,
    log_likelihood_common that of the same model without heterogeneity. Everything is NaN, the two
    numbers of trials excepted, where the state is neither pooled nor single-trial.
    """

    k: Floats
    k_informative: Floats
    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    p_effect: Floats
    lr_low: Floats
    lr_high: Floats
    p_lr: Floats
    tau2: Floats
    rho: Floats
    log_likelihood: Floats
    log_likelihood_common: Floats
    converged: Booleans
    state: Texts


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known of a batch before anything is fitted, shape (analyses,); level: of the intervals."""

    k: Floats
    k_informative: Floats
    state: Texts
    level: float

    @property
    def fitted(self) -> Booleans:
        """The analyses with a finite maximum to look for."""
        return np.isin(self.state, (BinomialState.POOLED, BinomialState.SINGLE_TRIAL))


@dataclass(frozen=True, slots=True)
class Fit:
    """The maximum of every fitted analysis, and the covariance of its locations (both axes in front)."""

    model: Model
    best: Maximum
    common: Floats
    covariance: Floats
    grid: Floats
    several: Booleans

    @staticmethod
    def of(model: Model, start: Floats, grid: Floats, several: Booleans) -> "Fit":
        """Maximise, with a dispersion where there are several trials."""
        best, common = maximise(model, start, grid, several)
        return Fit(model, best, common, _covariance(best), grid, several)

    def se(self, gradient: Floats) -> Floats:
        """SE of a quantity with this gradient by the locations, shape (locations, analyses)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.einsum("ia,ija,ja->a", gradient, self.covariance, gradient)))

    def ratio_limits(self, effect: Floats, se: Floats, level: float) -> Floats:
        """The effect's likelihood-ratio limits, shape (2, analyses)."""
        most = np.where(self.several, self.grid[-1], 0.0)
        return limits(self.model, self.best, effect, se, float(ndtri(0.5 + level / 2)), most)

    def p_of_nought(self) -> Floats:
        """p of the likelihood-ratio test that the effect is 0, with 1 degree of freedom."""
        held = Held(self.model, np.zeros(len(self.several)))
        nought, _ = maximise(held, self.best.locations[1:], self.grid, self.several)
        fall = self.best.point.value - nought.point.value
        return np.asarray(chdtrc(1, 2 * np.maximum(fall, 0.0)))


def assemble(inputs: Inputs, fit: Fit, **columns: Floats) -> BinomialResult:
    """The result of the fitted analyses in the places of the whole batch.

    columns: estimate, se and whatever else of `BinomialResult` the model has, for the fitted ones; what
    is not given is NaN.
    """
    fitted, best, state = inputs.fitted, fit.best, inputs.state.copy()
    reach = ndtri(0.5 + inputs.level / 2) * columns["se"]
    columns["ci_low"] = columns["estimate"] - reach
    columns["ci_high"] = columns["estimate"] + reach
    columns["log_likelihood"], columns["log_likelihood_common"] = best.point.value, fit.common
    blank = np.full(len(fitted), np.nan)
    good = best.converged & ~best.bound & np.isfinite(columns["se"])
    placed = {}
    for name in _COMPUTED:
        placed[name] = blank.copy()
        placed[name][fitted] = np.where(good, columns.get(name, np.nan), np.nan)
    converged = np.zeros(len(fitted), dtype=np.bool_)
    converged[fitted] = good
    unbounded = np.zeros_like(converged)
    unbounded[fitted] = best.bound
    state[fitted & ~converged] = BinomialState.NOT_CONVERGED
    state[unbounded] = BinomialState.UNBOUNDED
    return BinomialResult(inputs.k, inputs.k_informative, **placed, converged=converged, state=state)


def wald_p(estimate: Floats, se: Floats) -> Floats:
    """Two-sided p of an estimate against 0."""
    return np.asarray(2 * ndtr(-np.abs(estimate / se)))


def states(analyses: int) -> Texts:
    """A state for each analysis, so far `pooled`."""
    return np.full(analyses, BinomialState.POOLED, dtype=f"<U{max(len(state) for state in BinomialState)}")


_COMPUTED = (
    "estimate", "se", "ci_low", "ci_high", "p_effect", "lr_low", "lr_high", "p_lr",
    "tau2", "rho", "log_likelihood", "log_likelihood_common",
)  # fmt: skip


def _covariance(best: Maximum) -> Floats:
    """The inverse of the observed information, the locations' part, shape (locations, locations, analyses).

    A dispersion at 0, or at its bound, is a constraint: the locations' information alone counts.
    """
    point = best.point
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = np.where(point.bend < 0, -1 / point.bend, np.nan)
        moves = alone * point.mixed  # of the maximum, by the dispersion
        free = (best.dispersion > 0) & ~best.bound
        spread = np.where(free, -1 / point.profile_curve, 0.0)
    spread = np.where(spread >= 0, spread, np.nan)
    return np.asarray(np.eye(len(alone))[:, :, None] * alone + moves[:, None] * moves * spread)
