"""What the benchmark of the engine measured, as the tables of bench/README.md."""

import os
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from engine_analyses import Analyses, Floats, Integers

Key = tuple[str, str, str]

CALLS = {
    ("repool", "pool"): "Repool, all in one call",
    ("metafor", "fit"): "metafor, `rma.uni`",
    ("statsmodels", "fit"): "statsmodels, `combine_effects`",
    ("statsmodels", "fit-CI"): "statsmodels, and `conf_int`",
    ("pymare", "fit"): "PyMARE, `fit`",
    ("pymare", "fit-CI"): "PyMARE, and `get_fe_stats`",
    ("pymare", "stacked"): "PyMARE, the same, stacked",
}
NAMES = {"metafor": "metafor", "statsmodels": "statsmodels", "pymare": "PyMARE"}
#: At least so many times as fast as the program.
GOALS = (
    ("DL", "metafor", "fit", 5000),
    ("DL", "statsmodels", "fit", 150),
    ("DL", "statsmodels", "fit-CI", 150),
    ("REML", "metafor", "fit", 500),
    ("REML", "pymare", "fit", 300),
    ("REML", "pymare", "fit-CI", 300),
)
APART = 1e-6
LIKELIHOODS = ("ML", "REML")
IMPORT_GOAL, MEMORY_GOAL = 0.3, 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """All programs on the same analyses.

    which: positions of the analyses that one-at-a-time calls took. seconds: of every round, by number of
    analyses. results: tau2, estimate and standard error, shape (analyses, 3).
    """

    analyses: Analyses
    which: Integers
    seconds: dict[Key, dict[int, list[float]]]
    results: dict[Key, Floats]

    @property
    def estimators(self) -> list[str]:
        """Repool's, in its order."""
        return [estimator for program, _, estimator in self.seconds if program == "repool"]

    def each(self, key: Key, of: str = "median") -> float:
        """Seconds of one analysis: median or least of the rounds; NaN for what a program does not have."""
        if key not in self.seconds:
            return np.nan
        analyses, times = max(self.seconds[key].items())
        return (statistics.median(times) if of == "median" else min(times)) / analyses

    def ratio(self, program: str, call: str, estimator: str, of: str = "median") -> float:
        """How many times as fast Repool is."""
        return self.each((program, call, estimator), of) / self.each(("repool", "pool", estimator), of)


@dataclass(frozen=True, slots=True)
class Size:
    """One `pool` of a batch of this size: seconds, and bytes beyond its inputs."""

    estimator: str
    analyses: int
    rows: int
    median: float
    least: float
    beyond: int
    inputs: int


def page(
    versions: dict[str, str],
    rounds: int,
    comparisons: dict[str, Comparison],
    sizes: list[Size],
    imports: list[float],
) -> str:
    """The tables, ready for bench/README.md."""
    first = next(iter(comparisons.values()))
    programs = ", ".join(f"{name} {text}" for name, text in versions.items())
    missing = [name for name in ("PyMARE", "metafor") if name not in versions]
    lines = [f"One core of {os.cpu_count()} of a shared machine; {programs}; rounds: {rounds}.", ""]
    lines += [f"Left out, because not there: {', '.join(missing)}.", ""] if missing else []
    lines += ["### Goals", "", *goals(first, sizes, imports)]
    for title, comparison in comparisons.items():
        lines += [f"### {title[0].upper()}{title[1:]}", "", *described(comparison)]
        lines += ["Analyses per second:", "", *speeds(comparison)]
        lines += ["How many times as fast Repool is, by the medians (by the shortest times):", ""]
        lines += ratios(comparison)
        lines += [f"Analyses where a result differs from Repool's by more than {APART:g}:", ""]
        lines += [*differences(comparison), *likelier(comparison)]
    lines += ["### Size", "", *growth(sizes)]
    return "\n".join(lines) + "\n"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)] + [""]


def goals(first: Comparison, sizes: list[Size], imports: list[float]) -> list[str]:
    rows = []
    for estimator, program, call, least in GOALS:
        found = first.ratio(program, call, estimator)
        if np.isfinite(found):
            name = f"{estimator}: times as fast as {CALLS[program, call]}"
            rows.append([name, f"at least {least:,}", f"{found:,.0f}", met(found >= least)])
    large = [size for size in sizes if size.inputs >= 1e6]
    memory = max(size.beyond / size.inputs for size in large)
    rows.append(
        ["peak memory over input arrays", f"under {MEMORY_GOAL}", f"{memory:.1f}", met(memory < MEMORY_GOAL)]
    )
    load = statistics.median(imports)
    rows.append(
        [
            "import of the engine, numpy included, s",
            f"under {IMPORT_GOAL}",
            f"{load:.2f}",
            met(load < IMPORT_GOAL),
        ]
    )
    return table(["what", "goal", "measured", ""], rows)


def met(fulfilled: bool) -> str:
    return "met" if fulfilled else "missed"


def described(comparison: Comparison) -> list[str]:
    counts = comparison.analyses.counts
    return [
        f"{len(counts):,} analyses with {counts.sum():,} trials: {counts.min()} to {counts.max()}, median "
        f"{np.median(counts):g}, mean {counts.mean():.1f}. One-at-a-time calls took "
        f"{len(comparison.which):,} of them, drawn at random.",
        "",
    ]  # fmt: skip


def speeds(comparison: Comparison) -> list[str]:
    def cell(program: str, call: str, estimator: str) -> str:
        return number(1 / comparison.each((program, call, estimator)))

    return by_estimator(comparison, cell, CALLS)


def ratios(comparison: Comparison) -> list[str]:
    def cell(program: str, call: str, estimator: str) -> str:
        least = comparison.ratio(program, call, estimator, "least")
        return f"{number(comparison.ratio(program, call, estimator))} ({number(least)})"

    return by_estimator(comparison, cell, [key for key in CALLS if key[0] != "repool"])


def differences(comparison: Comparison) -> list[str]:
    """Differences of tau2 and of the estimate, the largest of them; analyses without an answer."""

    def cell(program: str, call: str, estimator: str) -> str:
        key = program, call, estimator
        apart, failed = apart_and_failed(comparison, key)
        text = f"{len(apart):,} of {len(comparison.results[key]):,}"
        text += f" (to {apart.max():.0e})" if len(apart) else ""
        return text + (f", {failed:,} failed" if failed else "")

    return by_estimator(comparison, cell, [("metafor", "fit"), ("statsmodels", "fit"), ("pymare", "stacked")])


def by_estimator(
    comparison: Comparison, cell: Callable[[str, str, str], str], calls: Iterable[tuple[str, str]]
) -> list[str]:
    """A table with a row for each call that was measured and a column for each estimator of Repool's."""
    rows = []
    for program, call in calls:
        keys = [(program, call, estimator) for estimator in comparison.estimators]
        if any(key in comparison.seconds for key in keys):
            cells = [cell(*key) if key in comparison.seconds else "" for key in keys]
            rows.append([CALLS[program, call], *cells])
    return table(["", *comparison.estimators], rows)


def number(x: float) -> str:
    """Three digits; x > 0."""
    return f"{float(f'{x:.3g}'):,.{max(0, 2 - int(np.floor(np.log10(x))))}f}"


def apart_and_failed(comparison: Comparison, key: Key) -> tuple[Floats, int]:
    """Every difference from Repool above `APART`, and the number of analyses without an answer.

    tau2 relative to Repool's or, where that is larger, to the typical variance within trials, the
    estimate relative to its standard error; the larger of the two.
    """
    analyses, ours, theirs = lined_up(comparison, key)
    answered = np.isfinite(theirs).all(axis=1)
    starts, w = analyses.offsets[:-1], 1 / analyses.v
    total = np.add.reduceat(w, starts)
    typical = (analyses.counts - 1) / (total - np.add.reduceat(w**2, starts) / total)
    tau2 = np.abs(theirs[:, 0] - ours[:, 0]) / np.maximum(ours[:, 0], typical)
    estimate = np.abs(theirs[:, 1] - ours[:, 1]) / ours[:, 2]
    largest = np.maximum(tau2, estimate)[answered]
    return largest[~(largest <= APART)], int((~answered).sum())


def lined_up(comparison: Comparison, key: Key) -> tuple[Analyses, Floats, Floats]:
    """The analyses a program took, Repool's results and its own."""
    ours, theirs = comparison.results["repool", "pool", key[2]], comparison.results[key]
    if len(theirs) == len(ours):
        return comparison.analyses, ours, theirs
    return comparison.analyses.chosen(comparison.which), ours[comparison.which], theirs


def likelier(comparison: Comparison) -> list[str]:
    """Which of two tau2 has the higher likelihood, where they differ at all."""
    found = []
    for key in comparison.results:
        program, call, estimator = key
        known = estimator in LIKELIHOODS and estimator in comparison.estimators
        if known and call in ("fit", "stacked") and program != "repool":
            analyses, ours, theirs = lined_up(comparison, key)
            restricted = estimator == "REML"
            gain = likelihood(analyses, ours[:, 0], restricted) - likelihood(
                analyses, theirs[:, 0], restricted
            )
            better, worse = int((gain > APART).sum()), int((gain < -APART).sum())
            what = CALLS[program, call].replace("the same, ", "")
            found.append(
                f"{what}, {estimator}: of {len(theirs):,} tau2, Repool's is likelier in {better:,}, theirs "
                f"in {worse:,} (log-likelihood, by more than {APART:g})."
            )
    return [*(f"- {line}" for line in found), ""]


def likelihood(analyses: Analyses, tau2: Floats, restricted: bool) -> Floats:
    """Log-likelihood at tau2 up to a constant, computed here anew so as not to ask the judged."""
    starts, w = analyses.offsets[:-1], 1 / (analyses.v + np.repeat(tau2, analyses.counts))
    total = np.add.reduceat(w, starts)
    centre = np.add.reduceat(w * analyses.y, starts) / total
    q = np.add.reduceat(w * (analyses.y - np.repeat(centre, analyses.counts)) ** 2, starts)
    value = np.add.reduceat(np.log(w), starts) - q
    return 0.5 * (value - np.log(total) if restricted else value)


def growth(sizes: list[Size]) -> list[str]:
    """Time and memory by size; memory is left out where pages, not arrays, decide it."""
    rows = []
    for size in sizes:
        memory = f"{size.beyond / size.inputs:.1f}" if size.inputs >= 1e6 else ""
        rows.append(
            [
                size.estimator,
                f"{size.analyses:,}",
                f"{size.rows:,}",
                number(1e3 * size.median),
                number(1e3 * size.least),
                number(1e9 * size.median / size.rows),
                f"{size.inputs / 1e6:,.2f}",
                memory,
            ]
        )
    rows.sort(key=lambda row: row[0])
    head = [
        "estimator",
        "analyses",
        "trials",
        "ms, median",
        "ms, shortest",
        "ns a trial",
        "inputs, MB",
        "peak over inputs",
    ]
    return table(head, rows)
