"""Time against size, both on log axes: the plot of bench/README.md."""

import statistics
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from engine_tables import Comparison, Size

PANELS = {"DL": "DerSimonian-Laird", "REML": "REML"}
OURS, THEIRS = "#0b5394", "#5f6368"
#: Name of each line, and where it stands beside the line's end: points to the right, up, alignment.
LINES = {
    ("metafor", "fit"): ("metafor", 7, 0, "left"),
    ("statsmodels", "fit"): ("statsmodels", 7, 5, "left"),
    ("pymare", "fit"): ("PyMARE", 7, -5, "left"),
    ("pymare", "stacked"): ("PyMARE,\nstacked", -7, -6, "right"),
}


def draw(comparison: Comparison, sizes: list[Size], path: Path) -> None:
    """Draw it as SVG, the same bytes for the same figures."""
    settings: dict[Any, Any] = {
        "svg.hashsalt": "repool",
        "font.size": 10,
        "svg.fonttype": "none",
        "font.family": "sans-serif",
    }
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(10, 4.6), layout="constrained")
        for axes, estimator in zip(figure.subplots(1, 2, sharey=True), PANELS, strict=True):
            panel(axes, estimator, comparison, sizes)
        figure.axes[0].set_ylabel("processor time")
        figure.savefig(path, metadata={"Date": None})


def panel(axes: Axes, estimator: str, comparison: Comparison, sizes: list[Size]) -> None:
    ours = [
        (size.analyses, size.median) for size in sizes if size.estimator == estimator and size.analyses > 1
    ]
    curve(axes, ours, ("Repool", 7, 0, "left"), OURS)
    for (program, call), label in LINES.items():
        times = comparison.seconds.get((program, call, estimator), {})
        points = [(size, statistics.median(seconds)) for size, seconds in sorted(times.items())]
        if points:
            curve(axes, points, label, THEIRS)
    axes.set(xscale="log", yscale="log", xlim=(7, 2e7), ylim=(5e-5, 300))
    axes.set_title(PANELS[estimator], loc="left")
    axes.set_xlabel("analyses (median 4 trials)")
    axes.xaxis.set_major_locator(FixedLocator([10**power for power in range(1, 8)]))
    axes.yaxis.set_major_locator(FixedLocator([10.0**power for power in range(-4, 3)]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / 1e6:g} M" if x >= 1e6 else f"{x:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g} s" if x >= 1 else f"{1e3 * x:g} ms"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(color="#e3e3e3", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def curve(axes: Axes, points: list[tuple[int, float]], label: tuple[str, int, int, str], colour: str) -> None:
    x, y = zip(*points, strict=True)
    name, right, up, alignment = label
    axes.plot(x, y, color=colour, linewidth=2.0 if colour == OURS else 1.2, marker="o", markersize=4)
    axes.annotate(
        name, (x[-1], y[-1]), (right, up), textcoords="offset points", ha=alignment, va="center",
        color=colour, fontweight="bold" if colour == OURS else "normal",
    )  # fmt: skip
