"""Every total of 353 Cochrane reviews (../shared) and the weights that RevMan printed of its trials."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from conftest import shared
from repool.batch import Segments
from repool.identify.asked import Asked, Spans
from repool.identify.row_readings import EXPORTED, PrintedRows, Reading
from repool.identify.rows import identify_rows
from repool.identify.settings import Setting
from repool.identify.totals import totals_of
from repool.methods import NAMED, applicable
from repool.model import Counts, Totals
from repool.printed import Printed

_COUNTS = {
    "SUBGROUP_AND_OVERALL": Counts.BOTH, "SUBGROUP_ONLY": Counts.SUBGROUP, "OVERALL_ONLY": Counts.OVERALL,
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """All data rows: places of each analysis, what each row says of itself, its numbers and its reading."""

    analyses: dict[str, list[int]]
    trials: list[str]
    subgroups: list[str]
    counts: list[Counts]
    weights: list[Printed | None]
    rows: PrintedRows
    readings: list[tuple[Reading, float]]


@cache
def table() -> Table:
    """Read once. A subgroup of a name used before in its analysis is another one."""
    cells: dict[str, list[str]] = defaultdict(list)
    analyses: dict[str, list[int]] = defaultdict(list)
    subgroups: list[str] = []
    for path in sorted(shared("cochrane", "data-rows").glob("*-data-rows.csv")):
        review, last, stretch = path.name.removesuffix("-data-rows.csv"), ("", ""), 0
        with open(path, encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                name = f"{review}.{row['Analysis group']}.{row['Analysis number']}"
                analyses[name].append(len(subgroups))
                stretch += (name, row["Subgroup"]) != last
                last = name, row["Subgroup"]
                subgroups.append(f"{stretch} {row['Subgroup']}" if row["Subgroup"] else "")
                for column in (*EXPORTED, "Study", "Applicability"):
                    cells[column].append(row[column])
    rows = PrintedRows.of_cells(cells, Segments.of_counts([len(each) for each in analyses.values()]))
    return Table(
        dict(analyses),
        cells["Study"],
        subgroups,
        [_COUNTS[each] for each in cells["Applicability"]],
        [_weight(text) for text in cells["Weight"]],
        rows,
        [(each.reading, each.level) for each in identify_rows(rows)],
    )


def _weight(text: str) -> Printed | None:
    """Six decimals, of which the export drops trailing zeros; or up to 16."""
    return Printed(float(text), max(6, min(12, len(text.partition(".")[2])))) if text else None


@dataclass(frozen=True)
class Batch:
    """Totals of one reading and level: their names (analysis, subgroup), what is asked, where to start."""

    names: list[tuple[str, str]]
    asked: Asked
    base: Setting


def totals(name: str) -> tuple[Totals | None, list[tuple[str, list[int]]]]:
    """What totals an analysis has, and of each whose weights were printed its name and the places of rows."""
    own, places = table(), table().analyses[name]
    weights, counts = [own.weights[n] for n in places], [own.counts[n] for n in places]
    kind = totals_of(weights, [own.subgroups[n] for n in places], counts)
    if kind is Totals.SUBGROUPS:
        named = dict.fromkeys(own.subgroups[n] for n in places)
        return kind, [(each, [n for n in places if own.subgroups[n] == each]) for each in named]
    if kind is not Totals.OVERALL:
        return kind, []
    combined = {own.trials[n] for n in places if own.counts[n] is Counts.OVERALL}
    return kind, [
        ("", [
            n for n in places
            if own.counts[n] is Counts.OVERALL
            or (own.counts[n] is Counts.BOTH and own.trials[n] not in combined)
        ])
    ]  # fmt: skip


def batches() -> Iterator[Batch]:
    """All totals with a printed weight, those of one reading and level together."""
    own = table()
    groups: dict[tuple[Reading, float], list[tuple[str, str, list[int]]]] = defaultdict(list)
    for name, reading in zip(own.analyses, own.readings, strict=True):
        for subgroup, places in totals(name)[1]:
            if any(own.weights[n] is not None for n in places):
                groups[reading].append((name, subgroup, places))
    for (reading, level), members in groups.items():
        places = np.array([n for *_, each in members for n in each])
        yield Batch(
            [(name, subgroup) for name, subgroup, _ in members],
            asked(reading, places, [len(each) for *_, each in members]),
            base(reading, level),
        )


def base(reading: Reading, level: float) -> Setting:
    """RevMan 5's method for a reading."""
    method = applicable(replace(NAMED["revman5"], name="", level=level / 100), reading.measure)
    assert method is not None
    return Setting(method, reading.measure, reading.is_ratio, reading.swapped)


def asked(reading: Reading, places: np.ndarray, counts: list[int]) -> Asked:
    """Totals from rows at some places; where a trial has a row for the overall result, its weight alone."""
    own = table()
    columns = {name: column[places] for name, column in own.rows.columns.items()}
    if reading.log_scale:
        columns["estimate"] = np.exp(columns["estimate"])
    alone = {
        name for name, rows in own.analyses.items() if any(own.counts[n] is Counts.OVERALL for n in rows)
    }
    hidden = {n for name in alone for n in own.analyses[name] if own.counts[n] is not Counts.OVERALL}
    weights = [None if n in hidden else own.weights[n] for n in places]
    return Asked(
        reading.measure, reading.is_ratio, columns, [own.trials[n] for n in places],
        Segments.of_counts(counts), {}, Spans.of_weights(weights), np.arange(len(counts)),
    )  # fmt: skip
