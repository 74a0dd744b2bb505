"""The statistics once more, straight from their definitions, in mpmath with 50 digits to spare.

Nothing here comes from the library: plain sums over lists of mpmath numbers, roots by bracketing. Analyses
are lists of trials (y, v), 2x2 tables (events1, total1, events2, total2). Floats are taken as exact.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from mpmath import mp, mpf

Number = Any  # mpmath has no types
Effect = tuple[Number, Number]

DIGITS = 50
LEVEL = mpf("0.975")
_GRID = 40


def digits_for(numbers: Sequence[float]) -> int:
    """Working digits that leave 50 after the cancellation that numbers so far apart can bring."""
    sizes = [mp.log10(abs(mpf(number))) for number in numbers if number]
    return DIGITS + int(max(sizes) - min(sizes) + 1) if sizes else DIGITS


def corrected(a: float, n1: float, c: float, n2: float) -> tuple[Number, ...]:
    """RevMan's half an event in all four cells where one of them is empty."""
    a, n1, c, n2 = (mpf(each) for each in (a, n1, c, n2))
    half = mpf(1) / 2 if 0 in (a, n1 - a, c, n2 - c) else mpf(0)
    return a + half, n1 + 2 * half, c + half, n2 + 2 * half


def of_table(measure: str, a: float, n1: float, c: float, n2: float) -> Effect | None:
    """Effect and variance of a 2x2 table by RevMan's rules; None where it has none."""
    a, n1, c, n2 = (mpf(each) for each in (a, n1, c, n2))
    x1, m1, x2, m2 = corrected(a, n1, c, n2)
    if measure == "RR":
        if a == c == 0:
            return None
        y = mpf(0) if (a, c) == (n1, n2) else mp.log((x1 / m1) / (x2 / m2))
        return y, 1 / x1 - 1 / m1 + 1 / x2 - 1 / m2
    if measure == "OR":
        if a == c == 0 or (a, c) == (n1, n2):
            return None
        x3, x4 = m1 - x1, m2 - x2
        return mp.log(x1 * x4 / (x2 * x3)), 1 / x1 + 1 / x2 + 1 / x3 + 1 / x4
    if measure == "RD":
        return a / n1 - c / n2, x1 * (m1 - x1) / m1**3 + x2 * (m2 - x2) / m2**3
    if measure == "ASD":
        return mp.asin(mp.sqrt(a / n1)) - mp.asin(mp.sqrt(c / n2)), 1 / (4 * n1) + 1 / (4 * n2)
    n, m = n1 + n2, a + c
    variance = n1 * n2 * m * (n - m) / (n**2 * (n - 1))
    return ((a - n1 * m / n) / variance, 1 / variance) if variance else None


def of_means(measure: str, m1: float, s1: float, n1: float, m2: float, s2: float, n2: float) -> Effect:
    """Effect and variance of two means: MD, ROM, or SMD "revman", "exact" or "glass"."""
    m1, s1, n1, m2, s2, n2 = (mpf(each) for each in (m1, s1, n1, m2, s2, n2))
    if measure == "MD":
        return m1 - m2, s1**2 / n1 + s2**2 / n2
    if measure == "ROM":
        return mp.log(m1 / m2), s1**2 / (n1 * m1**2) + s2**2 / (n2 * m2**2)
    n = n1 + n2
    if measure == "glass":
        g = (m1 - m2) / s2 * _correction(n2 - 1)
        return g, 1 / n1 + 1 / n2 + g**2 / (2 * n2)
    d = (m1 - m2) / mp.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n - 2))
    if measure == "exact":
        g = d * _correction(n - 2)
        return g, 1 / n1 + 1 / n2 + g**2 / (2 * n)
    g = d * (1 - 3 / (4 * n - 9))
    return g, n / (n1 * n2) + g**2 / (2 * (n - mpf(394) / 100))


def _correction(m: Number) -> Number:
    return mp.exp(mp.loggamma(m / 2) - mp.loggamma((m - 1) / 2)) / mp.sqrt(m / 2)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis of two trials or more."""

    y: list[Number]
    v: list[Number]

    @staticmethod
    def of(y: Sequence[float], v: Sequence[float]) -> "Analysis":
        """The floats as the exact numbers they are."""
        return Analysis([mpf(float(each)) for each in y], [mpf(float(each)) for each in v])

    @property
    def df(self) -> int:
        return len(self.y) - 1

    def mean(self, tau2: Number = 0) -> Number:
        """Mean with weights 1 / (v + tau2)."""
        w = [1 / (each + tau2) for each in self.v]
        return mp.fdot(w, self.y) / mp.fsum(w)

    def se(self, tau2: Number = 0) -> Number:
        """Wald's standard error of that mean."""
        return 1 / mp.sqrt(mp.fsum(1 / (each + tau2) for each in self.v))

    def q(self, tau2: Number = 0) -> Number:
        """Generalised Q."""
        centre = self.mean(tau2)
        return mp.fsum((y - centre) ** 2 / (v + tau2) for y, v in zip(self.y, self.v, strict=True))

    def typical(self) -> Number:
        """Higgins & Thompson's typical variance."""
        s1, s2 = (mp.fsum(1 / each**power for each in self.v) for power in (1, 2))
        return self.df / (s1 - s2 / s1)

    def i2(self) -> Number:
        """I2 from Q, in percent."""
        q = self.q()
        return 100 * max(mpf(0), (q - self.df) / q) if q else mpf(0)

    def p_q(self) -> Number:
        """Chi-squared tail beyond Q."""
        return mp.gammainc(mpf(self.df) / 2, self.q() / 2, mp.inf, regularized=True)

    def hksj(self, tau2: Number) -> Number:
        """Hartung-Knapp-Sidik-Jonkman standard error."""
        return mp.sqrt(self.q(tau2) / self.df) * self.se(tau2)

    def tau2(self, estimator: str) -> Number:
        """Between-trial variance by DL, HE, SJ, PM or REML."""
        return getattr(self, f"_{estimator.lower()}")()

    def q_profile(self) -> tuple[Number, Number]:
        """95% limits of tau2."""
        return self._q_reaches(chi2_quantile(self.df, LEVEL)), self._q_reaches(
            chi2_quantile(self.df, 1 - LEVEL)
        )

    def restricted(self, tau2: Number) -> Number:
        """Restricted log-likelihood up to a constant."""
        total = [each + tau2 for each in self.v]
        return -(mp.fsum(map(mp.log, total)) + mp.log(mp.fsum(1 / each for each in total)) + self.q(tau2)) / 2

    def score(self, tau2: Number) -> Number:
        """REML's estimating equation: sum w^2 (y - mean)^2 - (sum w - sum w^2 / sum w)."""
        w = [1 / (each + tau2) for each in self.v]
        centre, s1 = self.mean(tau2), mp.fsum(w)
        squares = mp.fsum((a * (y - centre)) ** 2 for a, y in zip(w, self.y, strict=True))
        return squares - s1 + mp.fsum(a * a for a in w) / s1

    def _sample_variance(self) -> Number:
        centre = mp.fsum(self.y) / len(self.y)
        return mp.fsum((each - centre) ** 2 for each in self.y) / self.df

    def _dl(self) -> Number:
        return max(mpf(0), (self.q() / self.df - 1) * self.typical())

    def _he(self) -> Number:
        return max(mpf(0), self._sample_variance() - mp.fsum(self.v) / len(self.v))

    def _sj(self) -> Number:
        start = self._sample_variance() * self.df / len(self.y)
        if not start:
            return mpf(0)
        r = [1 / (each / start + 1) for each in self.v]
        centre = mp.fdot(r, self.y) / mp.fsum(r)
        return mp.fsum(a * (y - centre) ** 2 for a, y in zip(r, self.y, strict=True)) / self.df

    def _pm(self) -> Number:
        return self._q_reaches(mpf(self.df))

    def _q_reaches(self, target: Number) -> Number:
        """The tau2 at which generalised Q, which falls, is the target; 0 where Q(0) is below it."""
        if self.q() <= target:
            return mpf(0)
        low, high = mpf(0), min(self.v)
        while self.q(high) > target:
            low, high = high, 4 * high
        return root(lambda tau2: self.q(tau2) - target, low, high)

    def _reml(self) -> Number:
        """The highest of all maxima: the roots that the score falls through, found on a grid, and 0."""
        smallest, s = min(self.v), self._sample_variance()
        beyond = (s + mp.sqrt(s**2 + 4 * s * (max(self.v) - smallest))) / 2
        steps = max(_GRID, int(mp.log(beyond / smallest + 1)))
        growth = (beyond / smallest + 1) ** (mpf(1) / steps)
        grid = [smallest * (growth**step - 1) for step in range(steps)] + [2 * beyond]
        scores = [self.score(each) for each in grid]
        maxima = [mpf(0)] if scores[0] <= 0 else []
        for low, high, before, after in zip(grid, grid[1:], scores, scores[1:], strict=False):
            if before > 0 >= after:
                maxima.append(root(self.score, low, high))
        return max(maxima, key=self.restricted) if len(maxima) > 1 else maxima[0]


def root(f: Callable[[Number], Number], low: Number, high: Number) -> Number:
    """Where f changes its sign, to 30 digits, by Ridders' method, which stays in its bracket."""
    f_low, f_high = f(low), f(high)
    if not f_high:
        return high
    before = low
    while True:
        middle = (low + high) / 2
        f_middle = f(middle)
        at = middle + (middle - low) * mp.sign(f_low) * f_middle / mp.sqrt(f_middle**2 - f_low * f_high)
        f_at = f(at)
        if not f_at or abs(at - before) <= mpf(10) ** -30 * at:
            return at
        before = at
        ends = sorted([(low, f_low), (middle, f_middle), (at, f_at), (high, f_high)], key=lambda end: end[0])
        for one, other in pairwise(ends):
            if one[1] * other[1] < 0:
                (low, f_low), (high, f_high) = one, other


def haenszel(measure: str, rows: Sequence[Sequence[float]]) -> Effect:
    """Mantel-Haenszel value and variance of 2x2 tables with RevMan's corrected cells (RD: raw ones).

    Greenland & Robins 1985 for RR and RD, Robins, Breslow & Greenland 1986 for OR. A table with nothing but
    events has an RR of 1. Rows that RevMan leaves out must not be among them.
    """
    top, bottom, sums = [], [], []
    for row in rows:
        a, n1, c, n2 = (mpf(each) for each in row) if measure == "RD" else corrected(*row)
        n, b, d = n1 + n2, n1 - a, n2 - c
        if measure == "RD":
            top.append(a * n2 / n - c * n1 / n)
            bottom.append(n1 * n2 / n)
            sums.append((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2))
        elif measure == "RR":
            bottom.append(c * n1 / n)
            top.append(bottom[-1] if (row[0], row[2]) == (row[1], row[3]) else a * n2 / n)
            sums.append((n1 * n2 * (a + c) - a * c * n) / n**2)
        else:
            top.append(a * d / n)
            bottom.append(b * c / n)
            sums.append(((a + d) / n, (b + c) / n))
    r, s = mp.fsum(top), mp.fsum(bottom)
    if measure == "RD":
        return r / s, mp.fsum(sums) / s**2
    if measure == "RR":
        return mp.log(r / s), mp.fsum(sums) / (r * s)
    variance = mpf(0)
    for x, z, (p, q) in zip(top, bottom, sums, strict=True):
        variance += p * x / (2 * r**2) + (p * z + q * x) / (2 * r * s) + q * z / (2 * s**2)
    return mp.log(r / s), variance


def normal_p(z: Number) -> Number:
    """Two-sided p of a standard normal value."""
    return mp.erfc(abs(z) / mp.sqrt(2))


def student_p(t: Number, df: int) -> Number:
    """Two-sided p of a t value."""
    return mp.betainc(mpf(df) / 2, mpf(1) / 2, 0, df / (df + t**2), regularized=True)


@cache
def normal_quantile() -> Number:
    """Of the upper end of a 95% interval."""
    return mp.sqrt(2) * mp.erfinv(2 * LEVEL - 1)


@cache
def student_quantile(df: int) -> Number:
    """Of the upper end of a 95% interval."""
    return root(lambda t: student_p(t, df) - 2 * (1 - LEVEL), mpf(1), mpf(100))


@cache
def chi2_quantile(df: int, probability: Number) -> Number:
    """The value with this probability below it."""
    return root(
        lambda x: mp.gammainc(mpf(df) / 2, 0, x / 2, regularized=True) - probability,
        mpf(10) ** -5,
        mpf(20 * df + 20),
    )
