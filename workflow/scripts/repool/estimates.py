"""Trial estimates and variances of a batch, and the sums over trials that every estimator is made of."""

from dataclasses import dataclass

import numpy as np

from repool.batch import Booleans, Floats, Integers, Segments


@dataclass(frozen=True, slots=True)
class Estimates:
    """Trial estimates y and variances v, shape (trials,), on the analysis scale (log for ratios).

    y is relative to `origin`, shape (analyses,): the estimate of a most precise trial, the one at place
    `leader` of each analysis. Identical trials then have no heterogeneity at all, rather than that of
    rounding, and a few very precise trials do not drown what the others say.
    """

    y: Floats
    v: Floats
    origin: Floats
    leader: Integers
    segments: Segments

    @staticmethod
    def of(y: Floats, v: Floats, segments: Segments) -> "Estimates":
        """The trials of a batch, end to end; v above 0."""
        leader = segments.first_lowest(v)
        origin = np.zeros(len(segments))
        filled = segments.counts > 0
        origin[filled] = y[(segments.offsets[:-1] + leader)[filled]]
        with np.errstate(over="ignore"):  # `reach` refuses what that makes infinite
            return Estimates(y - segments.spread(origin), v, origin, leader, segments)

    def only(self, which: Booleans) -> "Estimates":
        """The chosen analyses, `which` having shape (analyses,)."""
        if which.all():
            return self
        segments, trials = self.segments.select(which)
        return Estimates(self.y[trials], self.v[trials], self.origin[which], self.leader[which], segments)

    @property
    def df(self) -> Floats:
        """k - 1 of each analysis."""
        return np.asarray(self.segments.counts - 1, dtype=np.float64)

    @property
    def several(self) -> Booleans:
        """Which analyses have two trials or more."""
        more: Booleans = self.segments.counts > 1
        return more

    def weights(self, tau2: Floats) -> Floats:
        """1 / (v + tau2) of each trial."""
        return 1 / (self.v + self.segments.spread(tau2))

    def mean(self, w: Floats) -> Floats:
        """Weighted mean of y in each analysis, relative to the origin; NaN without trials."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.segments.total(w * self.y) / self.segments.total(w)

    def deviations(self, centre: Floats) -> Floats:
        """y - centre of each trial."""
        return self.y - self.segments.spread(centre)

    def q(self, w: Floats, centre: Floats | None = None) -> Floats:
        """Sum of w (y - centre)^2 in each analysis; the weighted mean is the centre where None is given."""
        return self.segments.total(w * self.deviations(self.mean(w) if centre is None else centre) ** 2)

    def sample_variance(self) -> Floats:
        """Variance of y in each analysis, k - 1 in its denominator; NaN for a single trial."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.q(np.ones_like(self.y)) / self.df

    def mean_variance(self) -> Floats:
        """Mean of v in each analysis; NaN without trials."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.segments.total(self.v) / self.segments.counts

    def rest(self, w: Floats) -> tuple[Floats, Floats]:
        """The leader's weight in each analysis, and the weights of the others (0 for the leader).

        Where one weight is nearly all of S1, differences such as S1 - S2 / S1 are nothing but rounding
        unless that weight is kept apart.
        """
        filled = self.segments.counts > 0
        at = (self.segments.offsets[:-1] + self.leader)[filled]
        first, others = np.zeros(len(filled)), w.copy()
        first[filled], others[at] = w[at], 0.0
        return first, others

    def trace_p(self, w: Floats) -> Floats:
        """S1 - S2 / S1: the trace of P = W - w w' / S1, which takes the weighted mean out of y."""
        first, others = self.rest(w)
        r1, r2 = self.segments.total(others), self.segments.total(others**2)
        return trace_p(first, r1, r2)

    def typical_variance(self) -> Floats:
        """df / trace P at tau2 = 0: Higgins & Thompson's typical variance within trials (2002, eq. 9)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.df / self.trace_p(1 / self.v)


def trace_p(first: Floats, r1: Floats, r2: Floats) -> Floats:
    """Trace of P from the leader's weight and the others' sums of powers (`Estimates.rest`)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (r1 * (2 * first + r1) - r2) / (first + r1)


def trace_pp(first: Floats, r1: Floats, r2: Floats, r3: Floats) -> Floats:
    """S2 - 2 S3 / S1 + (S2 / S1)^2, the trace of P P, with the same care as `trace_p`."""
    beside = r1 * (r1 * r2 - 2 * r3) + r2**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return (first**2 * (r1**2 + 3 * r2) + 2 * first * (r1 * r2 - r3) + beside) / (first + r1) ** 2
