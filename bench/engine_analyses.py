"""The analyses that the benchmark of the engine runs on: made from a seed, or those of Cochrane reviews."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Analyses:
    """Analyses end to end: estimates y and variances v, shape (trials,), counts of shape (analyses,)."""

    counts: Integers
    y: Floats
    v: Floats

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def offsets(self) -> Integers:
        """Where each analysis starts, and the end, shape (analyses + 1,)."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    def each(self) -> list[tuple[Floats, Floats]]:
        """(y, v) of every analysis."""
        cuts = self.offsets[1:-1]
        return list(zip(np.split(self.y, cuts), np.split(self.v, cuts), strict=True))

    def chosen(self, which: Integers) -> "Analyses":
        """The analyses at these positions, in rising order."""
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[which] = True
        trials = np.repeat(mask, self.counts)
        return Analyses(self.counts[mask], self.y[trials], self.v[trials])

    def write(self, path: Path) -> None:
        """As CSV, one row per trial, every digit kept: what all programs read, R included."""
        rows = np.column_stack([np.repeat(np.arange(len(self)), self.counts), self.y, self.v])
        np.savetxt(
            path, rows, fmt=("%d", "%.17g", "%.17g"), delimiter=",", header="analysis,y,v", comments=""
        )


def read(path: Path) -> Analyses:
    """What `Analyses.write` wrote."""
    analysis, y, v = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2).T
    return Analyses(np.bincount(analysis.astype(np.int64)), y, v)


def made(analyses: int, seed: int = 1) -> Analyses:
    """Analyses like those of Cochrane reviews, log risk ratios in size.

    2 to 60 trials, median 4, mean 7 (RR analyses of 353 reviews: median 4, mean 6.9, a third of them with
    two trials). Precision varies by a factor of 3 between the trials of an analysis and of 5 between
    analyses (standard deviation of ln v: 1.1 and 1.65). Half of the analyses have no heterogeneity.
    """
    random = np.random.default_rng(seed)
    counts = np.clip(np.round(np.exp(random.normal(np.log(4), 1, analyses))), 2, 60).astype(np.int64)
    v = np.repeat(random.normal(-1.4, 1.65, analyses), counts)
    v += random.normal(0, 1.1, len(v))
    np.exp(v, out=v)
    tau2 = np.exp(random.normal(-1.5, 1.5, analyses)) * (random.random(analyses) < 0.5)
    mean = random.normal(-0.2, 0.4, analyses)
    y = random.normal(np.repeat(mean, counts), np.sqrt(v + np.repeat(tau2, counts)))
    return Analyses(counts, y, v)


def made_rows(rows: int, seed: int = 1) -> Analyses:
    """As `made`, with exactly so many trials in all; the last analysis takes what is left."""
    analyses = made(rows // 6 + 200, seed)  # they have 6.6 trials in the mean
    ends = np.cumsum(analyses.counts)
    last = int(np.searchsorted(ends, rows))
    counts = analyses.counts[: last + 1].copy()
    counts[-1] -= ends[last] - rows
    return Analyses(counts, analyses.y[:rows], analyses.v[:rows])


def made_long(trials: int, seed: int = 1) -> Analyses:
    """One analysis of so many trials, with heterogeneity."""
    random = np.random.default_rng(seed)
    v = np.exp(random.normal(-1.4, 1.1, trials))
    return Analyses(np.array([trials]), random.normal(-0.2, np.sqrt(v + 0.2)), v)


def cochrane(folder: Path) -> Analyses | None:
    """The analyses of 353 Cochrane reviews: log risk ratios and mean differences; None where not at hand."""
    tables = [folder / f"effects_{measure}.csv.gz" for measure in ("RR", "MD")]
    if not all(path.exists() for path in tables):
        return None
    import pandas as pd  # only here: the environment of the peers need not have it

    effects = [pd.read_csv(path) for path in tables]
    counts = [frame.groupby("aid", sort=False).size().to_numpy(np.int64) for frame in effects]
    y, v = (np.concatenate([frame[name].to_numpy(float) for frame in effects]) for name in ("yi", "vi"))
    return Analyses(np.concatenate(counts), y, v)
