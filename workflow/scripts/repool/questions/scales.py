"""Means and SDs that a scale cannot give: its range declared in review.yaml, or evident from the title."""

import math
import re
from collections.abc import Iterator, Sequence

from repool.model import Analysis, Measure
from repool.questions.counts import ARMS
from repool.questions.records import Arm, Question, Row, Table, ask_about
from repool.questions.words import OTHERWISE, about, number, text

_RANGE = re.compile(
    r"(?<![\d.,/])(0|[1-9]|range \d+)\s*(?:-|–|—|‐|\bto\b)\s*(\d{1,3})(?![\d.,/])\s*(\w*)", re.I
)
_SCALE = re.compile(
    r"\b(?:scale|score|range|points?|vas|nrs|visual analogue|questionnaire|worst|best|no pain|pain|"
    r"disability|function|quality of life|knowledge|checklist|depress\w*|anxiety)\b", re.I,
)  # fmt: skip
_TIME = re.compile(
    r"(?:second|minute|min|hour|hr|h|day|d|night|week|wk|month|mo|year|yr|y|session|visit|%)s?\b", re.I
)
_CHANGE = re.compile(r"\b(?:change|difference|improvement|reduction|increase|decrease)", re.I)
_BEFORE = re.compile(r"\b(?:day|week|month|year|hour|minute|session|visit|stage|grade|phase)s?\s*$", re.I)
_LEAST = 3  # points from end to end, below which a range in a title is more likely one of times or doses
_ROUNDING = 1.005


def off_scale(table: Table) -> Iterator[Question]:
    """Means beyond the ends of the scale, and SDs that no values on it have.

    Of n values from a to b with mean m the SD is at most the root of (m - a)(b - m) n/(n - 1). Of changes,
    which range over b - a either way, at most that of (b - a)^2 n/(n - 1). A range in a title counts only
    where the means of most rows lie in it; nothing is said of SMD unless the range is declared.
    """
    declared = table.analysis.scale_low is not None and table.analysis.scale_high is not None
    ends = _ends(table.analysis)
    rows = [each for each in table.rows if each.has_means]
    if ends is None or not rows:
        return
    change = not declared and (
        bool(_CHANGE.search(table.analysis.title.en))
        or any((arm.mean or 0.0) < ends[0] for each in rows for arm in each.arms)
    )
    inside = sum(_fits(each, ends, change) for each in rows)
    if not declared and 2 * inside < len(rows):
        return
    for row in rows:
        for name, arm in zip(ARMS, row.arms, strict=True):
            yield from _arm(row, name, arm, ends, change)


def _ends(analysis: Analysis) -> tuple[float, float] | None:
    """The ends of the scale; None where neither review.yaml nor the title has them."""
    if analysis.scale_low is not None and analysis.scale_high is not None:
        return analysis.scale_low, analysis.scale_high
    title = analysis.title.en
    if analysis.measure is not Measure.MD or not _SCALE.search(title):
        return None
    for found in _RANGE.finditer(title):
        low, high = float(found[1].split()[-1]), float(found[2])
        named = found[1].casefold().startswith("range") or low <= 1
        timed = _TIME.match(found[3]) or _BEFORE.search(title[: found.start()])
        if named and not timed and high - low >= _LEAST:
            return low, high
    return None


def _fits(row: Row, ends: tuple[float, float], change: bool) -> bool:
    low, high = (ends[0] - ends[1], ends[1] - ends[0]) if change else ends
    return all(low <= (arm.mean or 0.0) <= high for arm in row.arms)


def _arm(row: Row, name: str, arm: Arm, ends: tuple[float, float], change: bool) -> Iterator[Question]:
    low, high = ends
    mean, sd, total = arm.mean or 0.0, arm.sd or 0.0, arm.total or 0.0
    where = {"low": number(low), "high": number(high), "arm": text(name)}
    reach = high - low
    if not (low <= mean <= high) and not (change and abs(mean) <= reach):
        figures = f"{name}_mean {mean:g} beside {low:g} to {high:g}"
        yield _question(row, figures, text("mean-off", mean=mean, **where))
    elif total > 1:
        most = reach if change else math.sqrt((mean - low) * (high - mean))
        most *= math.sqrt(total / (total - 1))
        if sd > _ROUNDING * most + _step(sd):
            figures = f"{name}_sd {sd:g} beside at most {most:.6g}"
            code = "change-off" if change else "sd-off"
            why = text(code, total=total, mean=mean, sd=sd, most=about(most), **where)
            yield _question(row, figures, why)


def _step(value: float) -> float:
    """A unit in the last typed digit."""
    return 10.0 ** -len(f"{value:.12g}".partition(".")[2])


def _question(row: Row, figures: str, why: object, beside: Sequence[Row] = ()) -> Question:
    return ask_about("off-scale", row, figures, why, OTHERWISE["off-scale"], beside)  # type: ignore[arg-type]
