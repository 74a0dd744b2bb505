"""Subgroups and their total: counts add up, and a common effect lies between the subgroups' effects."""

from collections.abc import Iterator, Sequence

from repool.consistency.counts import Counts
from repool.consistency.intervals import effect_of
from repool.consistency.methods import assumed
from repool.consistency.records import Check, Figure, Group, Outcome, Severity, Values, check, said, shown
from repool.consistency.spans import Span, exactly
from repool.consistency.words import quantity, text
from repool.quantities import ARMS


def check_subgroups(total: Counts, subgroups: Sequence[Counts]) -> Iterator[Check]:
    """Counts of subgroups add up to the total; one that lacks the figure leaves it open."""
    for name in (*ARMS, "participants", "trials"):
        for figure in total.of(name):
            parts = [each.nearest(name, figure.claim.source) for each in subgroups]
            known = [each for each in parts if each is not None]
            if len(known) > 1:
                yield _adds_up(figure, known, len(known) == len(parts))


def _adds_up(total: Figure, parts: list[Figure], complete: bool) -> Check:
    rule, figures, added = "subgroups-to-total", [total, *parts], exactly(0)
    for each in parts:
        added = added + each.span
    what, number = quantity(total.claim), f"{sum(each.printed.value for each in parts):.0f}"
    made: Values = {"expected": f"{total.claim.quantity} {number}", "found": total.claim.value}
    sums = {"what": what, "sum": number, "theirs": total.text}
    if total.span.meets(added):
        return check(rule, Outcome.AGREES, figures, text("subgroups-agree", **sums), **made)
    larger = added.low > total.span.high
    if larger and total.claim.quantity == "trials":
        return check(rule, Outcome.CANNOT_TELL, figures, text("subgroups-trials", **sums), **made)
    if not larger and not complete:
        return check(rule, Outcome.CANNOT_TELL, figures, text("subgroups-missing", **sums), **made)
    return check(
        rule, Outcome.DIFFERS, figures, text("subgroups-differ", **sums), severity=Severity.QUESTION,
        to_agree=text("fix-subgroups", sum=number), **made,
    )  # fmt: skip


def check_between(groups: Sequence[Group], complete: bool) -> Iterator[Check]:
    """A common effect is a weighted mean of its subgroups' effects, so it lies between them.

    complete: whether all subgroups are printed. A random-effects total weighs trials otherwise than the
    subgroups do and may lie outside.
    """
    for total in (each for each in groups if not each.subgroup):
        parts = [
            each for each in groups
            if each.subgroup and (each.source, each.method) == (total.source, total.method)
        ]  # fmt: skip
        if len(parts) < 2 or effect_of(total) is None:
            continue
        effects = [effect for each in parts if (effect := effect_of(each)) is not None]
        if len(effects) == len(parts):
            yield _between(total, [each.estimate for each in effects], complete)


def _between(total: Group, parts: Sequence[Figure], complete: bool) -> Check:
    rule, estimate = "subgroups-between", total["estimate"]
    figures = [estimate, *parts]
    expected = Span(min(each.span.low for each in parts), max(each.span.high for each in parts))
    made: Values = {"expected": f"estimate {shown(expected)}", "found": estimate.claim.value}
    if estimate.span.meets(expected):
        return check(rule, Outcome.AGREES, figures, text("between-agrees"), **made)
    if assumed(total).model != "common":
        return check(rule, Outcome.CANNOT_TELL, figures, text("between-random"), **made)
    if not complete:
        return check(rule, Outcome.CANNOT_TELL, figures, text("between-missing"), **made)
    why = text("between-differs", estimate=estimate.text, expected=said(expected))
    return check(
        rule, Outcome.DIFFERS, figures, why, severity=Severity.QUESTION, to_agree=text("fix-between"), **made
    )
