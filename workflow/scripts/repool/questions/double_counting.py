"""The same people more than once in one total: shared arms, trials in several rows, copied figures."""

import math
import re
from collections.abc import Iterator, Sequence

from repool.model import LANGUAGES, Bilingual
from repool.questions.records import Arm, Question, Row, Table, ask_about
from repool.questions.words import OTHERWISE, joined, text
from repool.wording import localised

_DIVIDED = re.compile(r"\b(?:shared?|split|divid|halv|half|(?:included|entered) twice)", re.IGNORECASE)
_UNDIVIDED = 1.5  # a shared group, times the rows it is in, over the other groups: 1 where it was divided
_CHANCE = 11.0  # log of the number of tables like this one, from which two alike are no coincidence
_SIDES = ((1, "control"), (0, "experimental"))


def shared_arm(table: Table) -> Iterator[Question]:
    """Rows of one trial in one total with the same figures in one arm and other figures in the other.

    An arm so small that it seems to have been divided between the rows, or that a note says so of, raises
    no question; nor does a trial that is there with the same totals in both arms (`trial_twice`).
    """
    for rows in table.scopes():
        for side, name in _SIDES:
            for group in _alike(rows, side):
                if _undivided(group, side):
                    arm = group[0].arms[side]
                    yield ask_about(
                        "shared-arm", group[0], f"{name} {_cells(arm)} beside {len(group)} rows",
                        text("shared", count=len(group), arm=text(name), cells=_said(arm)),
                        OTHERWISE["shared-arm"], group[1:],
                    )  # fmt: skip


def _alike(rows: Sequence[Row], side: int) -> Iterator[list[Row]]:
    """Rows of one trial that share this arm, one for each other arm."""
    groups: dict[tuple[str, Arm], list[Row]] = {}
    for row in rows:
        arm = row.arms[side]
        if row.y is not None and (arm.has_count or arm.has_mean):
            groups.setdefault((row.stem, arm), []).append(row)
    for group in groups.values():
        different = {each.arms[1 - side]: each for each in reversed(group)}
        sizes = {each.arms[1 - side].total for each in group}
        named = {each.trial for each in group}
        if len(different) > 1 and (len(sizes) > 1 or len(named) > 1):
            yield [each for each in group if different[each.arms[1 - side]] is each]


def _undivided(group: Sequence[Row], side: int) -> bool:
    if any(_DIVIDED.search(each.study.note) for each in group):
        return False
    shared, others = group[0].arms[side].total or 0, [each.arms[1 - side].total or 0 for each in group]
    return shared * len(group) >= _UNDIVIDED * sum(others) / len(others)


def trial_twice(table: Table) -> Iterator[Question]:
    """A trial in several rows of one total with the same participants in each arm; one question a total."""
    for rows in table.scopes():
        groups: dict[tuple[str, tuple[float | None, ...]], list[Row]] = {}
        for row in rows:
            if row.y is not None and row.has_totals:
                groups.setdefault((row.trial, row.totals), []).append(row)
        several = [group for group in groups.values() if len(group) > 1 and _whole(group)]
        if several:
            first = max(several, key=len)
            one, other = first[0].totals
            why = text("twice", count=len(first), one=one, other=other)
            if len(several) > 1:
                why = joined(
                    why, text(f"twice-{'one-' if len(several) == 2 else ''}more", more=len(several) - 1)
                )
            figures = f"experimental_total {one:g}; control_total {other:g} beside {len(first)} rows"
            yield ask_about("trial-twice", first[0], figures, why, OTHERWISE["trial-twice"], first[1:])


def _whole(group: Sequence[Row]) -> bool:
    """Whether neither arm seems to have been divided between the rows."""
    smaller, larger = sorted(each or 0.0 for each in group[0].totals)
    noted = any(_DIVIDED.search(each.study.note) for each in group)
    return not noted and smaller * len(group) >= _UNDIVIDED * larger


def copied_figures(table: Table) -> Iterator[Question]:
    """Two trials of an analysis with the same figures in both arms, too many to agree by chance."""
    groups: dict[tuple[float | None, ...], list[Row]] = {}
    for row in table.rows:
        if row.y is not None and (row.has_means or row.has_counts):
            groups.setdefault(row.cells, []).append(row)
    for group in groups.values():
        distinct = list({each.stem: each for each in reversed(group)}.values())[::-1]
        if len(distinct) > 1 and _information(distinct[0]) > _CHANCE:
            one, other = distinct[0].arms
            cells = f"{_cells(one)}; {_cells(other)}"
            said = joined(_said(one), _said(other), "; ")
            names = ", ".join(each.study.trial for each in distinct)
            why = text("copied", trials=names, cells=said)
            yield ask_about(
                "copied-figures", distinct[0], cells, why, OTHERWISE["copied-figures"], distinct[1:]
            )


def _information(row: Row) -> float:
    """About the log of how many tables of trials like this one there are."""
    one, other = row.arms
    size = math.log(one.total or 1) + (math.log(other.total or 1) if one.total != other.total else 0.0)
    if row.has_means:
        return size + sum(_digits(each) for arm in row.arms for each in (arm.mean, arm.sd))
    return size + sum(_spread(each) for each in row.arms)


def _digits(value: float | None) -> float:
    """Log of the number of values with as many significant digits."""
    return math.log(10) * len(f"{abs(value or 0):.12g}".replace(".", "").strip("0"))


def _spread(arm: Arm) -> float:
    """Log of how many numbers of events an arm like this may have."""
    events, total = arm.events or 0.0, arm.total or 1.0
    return 0.5 * math.log(1 + 4 * events * (total - events) / total)


def _cells(arm: Arm) -> str:
    if arm.has_count:
        return f"{arm.events:g}/{arm.total:g}"
    return f"{arm.mean:.12g} ({arm.sd:.12g}), n = {arm.total:g}"


def _said(arm: Arm) -> Bilingual:
    return Bilingual(*(localised(_cells(arm), language) for language in LANGUAGES))
