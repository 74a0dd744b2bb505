"""Events, totals, percentages, participants and trials: whether they add up, and can exist at all."""

from collections.abc import Iterator, Sequence

from repool.consistency.records import Check, Figure, Outcome, Severity, Values, check, said, shown
from repool.consistency.spans import exactly, whole_numbers
from repool.consistency.words import quantity, text
from repool.model import Bilingual

_ARM = ("experimental", "control")


class Counts:
    """The counts of one analysis (or subgroup) from all sources, first printed first."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.figures = figures

    def of(self, name: str) -> list[Figure]:
        """Every printed figure of a quantity that is no bound."""
        return [f for f in self.figures if f.claim.quantity == name and not f.printed.relation]

    def nearest(self, name: str, source: str) -> Figure | None:
        """The figure of a quantity that this source prints, else the first that any does."""
        found = self.of(name)
        return next((each for each in found if each.claim.source == source), found[0] if found else None)


def check_counts(counts: Counts) -> Iterator[Check]:
    """Percentages, events within totals, and arms against participants, of one analysis."""
    for arm in _ARM:
        for events in counts.of(f"{arm}_events"):
            if total := counts.nearest(f"{arm}_total", events.claim.source):
                yield _events_within(events, total)
        for percent in counts.of(f"{arm}_percent"):
            yield from _percent(counts, percent, arm)
    for participants in counts.of("participants"):
        arms = [counts.nearest(f"{arm}_total", participants.claim.source) for arm in _ARM]
        if arms[0] and arms[1]:
            yield _arms(participants, arms[0], arms[1])


def _events_within(events: Figure, total: Figure) -> Check:
    figures = [events, total]
    if events.span.low <= total.span.high:
        return check("events-within-total", Outcome.AGREES, figures, text("events-within"))
    why = text("events-exceed", events=events.text, total=total.text)
    return check(
        "events-within-total", Outcome.DIFFERS, figures, why, severity=Severity.SERIOUS,
        expected=f"{events.claim.quantity} at most {total.claim.value}", found=events.claim.value,
        to_agree=text("fix-events", total=total.text),
    )  # fmt: skip


def _percent(counts: Counts, percent: Figure, arm: str) -> Iterator[Check]:
    """A percentage of whole people: of the events that are printed, or of any number of events."""
    source = percent.claim.source
    events, total = (counts.nearest(f"{arm}_{kind}", source) for kind in ("events", "total"))
    if total is not None and total.span.low > 0:
        if events is not None:
            yield _percent_of_events(percent, events, total)
        else:
            yield _percent_of_any(percent, total)
    elif events is not None and percent.span.low > 0:
        yield _percent_without_total(percent, events)


def _percent_of_events(percent: Figure, events: Figure, total: Figure) -> Check:
    figures, expected = [percent, events, total], exactly(100) * events.span / total.span
    made: Values = {"expected": f"{percent.claim.quantity} {shown(expected)}", "found": percent.claim.value}
    if percent.span.meets(expected):
        return check("percent", Outcome.AGREES, figures, text("percent-agrees"), **made)
    possible = whole_numbers(percent.span * total.span / exactly(100))
    why = text(
        "percent-differs", percent=percent.text, events=events.text, total=total.text,
        expected=said(expected, 3),
    )  # fmt: skip
    remedy = text("fix-percent-total", total=_totals(percent, events))
    if possible:
        remedy = text("fix-percent-events", events=_numbers(possible), total=total.text)
    return check(
        "percent", Outcome.DIFFERS, figures, why, severity=Severity.QUESTION, to_agree=remedy, **made
    )


def _percent_of_any(percent: Figure, total: Figure) -> Check:
    """Whether any whole number of people gives the percentage, after the GRIM test of means."""
    figures, events = [percent, total], percent.span * total.span / exactly(100)
    possible = whole_numbers(events)
    if possible:
        why = text("grim-agrees", events=_numbers(possible), total=total.text)
        return check("percent-whole-people", Outcome.AGREES, figures, why, expected=_numbers(possible).en)
    why = text("grim-differs", percent=percent.text, total=total.text, events=said(events, 4))
    return check(
        "percent-whole-people", Outcome.DIFFERS, figures, why, severity=Severity.QUESTION,
        expected="a whole number of events", found=shown(events), to_agree=text("fix-grim"),
    )  # fmt: skip


def _percent_without_total(percent: Figure, events: Figure) -> Check:
    """Whether any whole group size gives this percentage with these events."""
    figures, sizes = [percent, events], exactly(100) * events.span / percent.span
    if not sizes.is_finite or whole_numbers(sizes):
        return check("percent-whole-people", Outcome.AGREES, figures, text("grim-total-agrees"))
    why = text("grim-total-differs", percent=percent.text, events=events.text, sizes=said(sizes, 4))
    return check(
        "percent-whole-people", Outcome.DIFFERS, figures, why, severity=Severity.QUESTION,
        expected="a whole number of participants", found=shown(sizes), to_agree=text("fix-grim"),
    )  # fmt: skip


def _arms(participants: Figure, one: Figure, other: Figure) -> Check:
    figures, total = [participants, one, other], one.span + other.span
    number = Bilingual(*[f"{one.printed.value + other.printed.value:.0f}"] * 2)
    made: Values = {"expected": f"participants {number.en}", "found": participants.claim.value}
    if participants.span.meets(total):
        why = text("arms-agree", one=one.text, other=other.text)
        return check("arms-to-total", Outcome.AGREES, figures, why, **made)
    code = "arms-differ"
    if participants.claim.source != one.claim.source:
        code = "arms-differ-sources"
    why = text(code, theirs=participants.text, one=one.text, other=other.text, sum=number)
    return check(
        "arms-to-total", Outcome.DIFFERS, figures, why, severity=Severity.SERIOUS,
        to_agree=text("fix-arms", sum=number), **made,
    )  # fmt: skip


def check_review(counts: Counts, review: Counts) -> Iterator[Check]:
    """No analysis has more participants, trials or people in an arm than the whole review has."""
    for name in ("participants", "trials", "experimental_total", "control_total"):
        for figure in counts.of(name):
            whole = review.nearest(name, figure.claim.source)
            with_data = review.nearest(f"{name}_with_data", figure.claim.source)
            if whole is not None:
                yield _not_more(figure, whole, with_data)


def _not_more(figure: Figure, whole: Figure, with_data: Figure | None) -> Check:
    limit = with_data if with_data and figure.span.low <= whole.span.high else whole
    figures = [figure, whole, *([with_data] if with_data else [])]
    what = quantity(figure.claim)
    if figure.span.low <= limit.span.high:
        why = text("within-review", what=what, whole=limit.text)
        return check("within-review", Outcome.AGREES, figures, why, expected=f"at most {limit.claim.value}")
    why = text("more-than-review", what=what, theirs=figure.text, whole=limit.text)
    return check(
        "within-review", Outcome.DIFFERS, figures, why, severity=Severity.SERIOUS,
        expected=f"{figure.claim.quantity} at most {limit.claim.value}", found=figure.claim.value,
        to_agree=text("fix-review", whole=limit.text),
    )  # fmt: skip


def check_whole_review(review: Counts) -> Iterator[Check]:
    """The whole review's own counts: arms to participants, and no more data than there are people."""
    for participants in review.of("participants"):
        arms = [review.nearest(f"{arm}_total", participants.claim.source) for arm in _ARM]
        if arms[0] and arms[1]:
            yield _arms(participants, arms[0], arms[1])
    for name in ("trials", "participants"):
        for part in review.of(f"{name}_with_data"):
            if whole := review.nearest(name, part.claim.source):
                yield _not_more(part, whole, None)


def same_quantity(figures: Sequence[Figure]) -> Iterator[Check]:
    """One quantity printed in several sources: every figure fits one of each other source.

    Figures of methods that are named and differ are not compared.
    """
    sources = list(dict.fromkeys(each.claim.source for each in figures))
    for place, source in enumerate(sources):
        own = [each for each in figures if each.claim.source == source]
        for other in sources[place + 1 :]:
            yield from _twice(own, [each for each in figures if each.claim.source == other])


def _twice(own: list[Figure], theirs: list[Figure]) -> Iterator[Check]:
    if any(each.claim.method for each in own) and not any(each.claim.method for each in theirs):
        own, theirs = theirs, own
    for figure in own:
        method = figure.claim.method
        others = [each for each in theirs if not method or each.claim.method in ("", method)]
        if not others:
            continue
        match = next((each for each in others if figure.span.meets(each.span)), None)
        if match:
            yield check("printed-twice", Outcome.AGREES, [figure, match], text("twice-agree"))
            continue
        other = others[0]
        why = text(
            "twice-differ", what=quantity(figure.claim), one=figure.text, other=other.text,
            first=figure.claim.source, second=other.claim.source,
        )  # fmt: skip
        yield check(
            "printed-twice", Outcome.DIFFERS, [figure, other], why, severity=Severity.QUESTION,
            expected=shown(other.span), found=figure.claim.value, to_agree=text("fix-twice"),
        )  # fmt: skip


def _numbers(possible: range) -> Bilingual:
    if len(possible) == 1:
        return Bilingual(str(possible[0]), str(possible[0]))
    return Bilingual(f"{possible[0]} til {possible[-1]}", f"{possible[0]} to {possible[-1]}")


def _totals(percent: Figure, events: Figure) -> Bilingual:
    if percent.span.low <= 0:
        return Bilingual("et annet tall", "another number")
    sizes = exactly(100) * events.span / percent.span
    return _numbers(possible) if (possible := whole_numbers(sizes)) else said(sizes, 4)
