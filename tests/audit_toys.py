"""Toy reviews for the audit workbook: every measure and method, and trials that make them difficult."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conftest import sealed
from repool.methods import CHOICES

COLUMNS = (
    "analysis", "subgroup", "trial", "status", "experimental_events", "experimental_total",
    "experimental_mean", "experimental_sd", "control_events", "control_total", "control_mean",
    "control_sd", "estimate", "se", "ci_low", "ci_high", "ci_level", "scale_factor", "source", "locator",
    "note",
)  # fmt: skip
TABLE = ("experimental_events", "experimental_total", "control_events", "control_total")
MEANS = (
    "experimental_mean", "experimental_sd", "experimental_total", "control_mean", "control_sd",
    "control_total",
)  # fmt: skip
UNKNOWN: tuple[Any, ...] = ()
#: Made up; with single zero cells, a trial without events and one with nothing else.
PLAIN = ((4, 50, 9, 48), (12, 120, 21, 118), (3, 33, 10, 37), (15, 80, 14, 79))
ZEROS = (*PLAIN, (0, 30, 4, 31), (0, 25, 0, 40), (20, 20, 18, 18), (7, 60, 0, 40))
SCORES = (
    (3.1, 1.2, 50, 4.0, 1.3, 48), (2.2, 0.8, 20, 3.9, 1.9, 17), (5.5, 2.5, 140, 5.6, 2.2, 151),
    (3.0, 1.1, 9, 3.8, 0.9, 11),
)  # fmt: skip
NO_SPREAD = (*SCORES, (3.0, 0.0, 12, 3.5, 0.0, 14), (2.0, 0.0, 12, 3.5, 0.7, 14))

Analysis = tuple[dict[str, Any], Sequence[dict[str, Any]]]


def tables(rows: Sequence[tuple[Any, ...]], columns: tuple[str, ...] = TABLE) -> list[dict[str, Any]]:
    """Rows of studies.csv; an empty tuple is a trial without data."""
    return [dict(zip(columns, row, strict=True)) if row else {"status": "unknown"} for row in rows]


def analysis(measure: str, rows: Sequence[dict[str, Any]], method: str = "dl", **more: Any) -> Analysis:
    """One analysis of review.yaml with its rows; keywords of a method override it, the others are keys."""
    fields = (*CHOICES, "level", "zero_cell_amount")
    overrides = {name: more.pop(name) for name in fields if name in more}
    entry = {"measure": measure, "direction": "neutral", "method": {"name": method, **overrides}, **more}
    if any("subgroup" in row for row in rows):
        entry["subgroups"] = {"nb": "Gruppe", "en": "Group"}
    if measure == "GIV":
        entry.setdefault("generic", {"label": {"nb": "Effekt", "en": "Effect"}, "log_scale": False})
    return entry, rows


def grouped(rows: Sequence[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """The rows with these subgroups in turn."""
    return [row | {"subgroup": names[number % len(names)]} for number, row in enumerate(rows)]


def write_toy(folder: Path, *analyses: Analysis, claims: Sequence[dict[str, str]] = ()) -> Path:
    """A sealed review folder; analyses are called a1, a2, ..., the trials of each Trial 1, Trial 2, ..."""
    folder.mkdir(parents=True)
    both = {"nb": "Leke", "en": "Toy"}
    review = {
        "title": both, "citation": "Made up.", "licence": "Made up.", "sources": {"toy": {"citation": "T"}},
        "arms": {"experimental": both, "control": both},
        "analyses": [
            {"id": f"a{number}", "title": {"nb": f"Analyse {number}", "en": f"Analysis {number}"}, **entry}
            for number, (entry, _) in enumerate(analyses, start=1)
        ],
        "findings": {"rows": [{"analysis": f"a{number}"} for number in range(1, len(analyses) + 1)]},
    }  # fmt: skip
    (folder / "review.yaml").write_text(json.dumps(review, indent=1), "utf-8")
    rows = [
        {"status": "reported", "source": "toy", "locator": "table 1"}
        | row
        | {"analysis": f"a{number}", "trial": row.get("trial", f"Trial {place}")}
        for number, (_, own) in enumerate(analyses, start=1)
        for place, row in enumerate(own, start=1)
    ]
    used = [name for name in COLUMNS if name != "subgroup" or any("subgroup" in row for row in rows)]
    _write(folder / "studies.csv", used, rows)
    _write(folder / "published.csv", ("analysis", "quantity", "value", "source", "locator", "method"), claims)
    return sealed(folder)


def _write(path: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
