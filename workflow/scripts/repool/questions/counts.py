"""Events above totals, percentages in notes, and participants against what was published of them."""

import re
from collections.abc import Iterator, Sequence

from repool.evidence import printed
from repool.model import Bilingual, Claim, NormalForm, Status, Study, by_analysis, counted_in_totals
from repool.questions.records import Question, Row, Table, ask_about
from repool.questions.words import OTHERWISE, joined, text

ARMS = ("experimental", "control")
_PERCENT = re.compile(r"(?<![\d.,/])(\d{1,6})\s*/\s*(\d{1,6})\s*\(\s*(\d{1,3}(?:[.,]\d{1,4})?)\s*%")
_TOTALS = ("participants", "experimental_total", "control_total")


def events_above_total(table: Table) -> Iterator[Question]:
    """More events than participants in an arm."""
    for row in table.rows:
        for name, arm in zip(ARMS, row.arms, strict=True):
            if arm.events is not None and arm.total is not None and arm.events > arm.total:
                figures = f"{name}_events {arm.events:g}; {name}_total {arm.total:g}"
                why = text("events", events=arm.events, total=arm.total, arm=text(name))
                yield _question("events-above-total", row, figures, why)


def percentages(table: Table) -> Iterator[Question]:
    """Percentages beside counts, as "12/30 (45%)" in a row's note, that these counts do not give."""
    for row in table.rows:
        if "%" not in row.study.note:
            continue
        for events, total, percent in dict.fromkeys(_PERCENT.findall(row.study.note)):
            if why := _percent_off(int(events), int(total), percent):
                yield _question("percent", row, f"{events}/{total}; {percent}%", why)


def _percent_off(events: int, total: int, printed_percent: str) -> Bilingual | None:
    """Why the percentage is not that of the counts; None where it is, cut off or rounded."""
    if not total:
        return None
    value = float(printed_percent.replace(",", "."))
    step = 10.0 ** -len(printed_percent.replace(",", ".").partition(".")[2])
    exact = 100 * events / total
    if abs(exact - value) < step * (1 + 1e-9):
        return None
    percent = Bilingual(printed_percent.replace(".", ","), printed_percent.replace(",", "."))
    shown = round(exact, 1)
    why = text("percent", events=events, total=total, percent=percent, expected=shown)
    if not any(abs(100 * each / total - value) < step for each in _near(value * total / 100)):
        return joined(why, text("percent-none", total=total, percent=percent))
    sizes = (
        [size for size in _near(100 * events / value) if abs(100 * events / size - value) < step / 2]
        if (value)
        else []
    )
    if sizes:
        listed = ", ".join(map(str, sizes))
        return joined(why, text("percent-of", events=events, percent=percent, sizes=listed))
    return why


def _near(value: float) -> range:
    return range(max(1, int(value) - 1), int(value) + 3)


def participants(form: NormalForm) -> Iterator[Question]:
    """Published participants, of all arms or one, that the trial rows do not add up to.

    Nothing is asked where a trial is unknown or has no totals, and where the estimable trials alone, or
    each trial counted once, add up.
    """
    rows = by_analysis(form.studies)
    names = [each.analysis for each in form.analyses if rows[each.analysis]]
    in_totals = {name: counted_in_totals(rows[name]) for name in names}
    for claim in form.claims:
        if claim.quantity in _TOTALS and claim.analysis in in_totals:
            yield from _participants(claim, in_totals[claim.analysis][claim.subgroup])


def _participants(claim: Claim, rows: Sequence[Study]) -> Iterator[Question]:
    sizes = [_size(each, claim.quantity) for each in rows]
    known = [each for each in sizes if each is not None]
    if not rows or len(known) < len(sizes) or any(each.status is Status.UNKNOWN for each in rows):
        return
    figure, ours = printed(claim), sum(known)
    without_empty = sum(
        size for row, size in zip(rows, known, strict=True)
        if row.experimental_events or row.control_events or row.experimental_events is None
    )  # fmt: skip
    once = {(row.trial, size): size for row, size in zip(rows, known, strict=True)}
    if any(figure.agrees(each) for each in (ours, without_empty, sum(once.values()))):
        return
    why = text("participants", theirs=claim.value, ours=ours)
    off = abs(ours - figure.value)
    fitting = [row.trial for row, size in zip(rows, known, strict=True) if size == off]
    if len(fitting) == 1 and not figure.relation:
        why = joined(why, text("participants-trial", trial=fitting[0]))
    figures = f"{claim.quantity} {claim.value} beside sum {ours:g}"
    yield Question(
        claim.analysis, claim.subgroup, "", "participants", figures, why, OTHERWISE["participants"],
        claim.file, claim.line, "", "",
    )  # fmt: skip


def _size(study: Study, quantity: str) -> float | None:
    one, other = study.experimental_total, study.control_total
    if quantity == "experimental_total":
        return one
    if quantity == "control_total":
        return other
    return None if one is None or other is None else one + other


def _question(rule: str, row: Row, figures: str, why: Bilingual) -> Question:
    return ask_about(rule, row, figures, why, OTHERWISE[rule])
