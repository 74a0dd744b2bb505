"""Single slips of the pen or of a program that would explain why an interval does not fit its estimate."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from repool.consistency.records import Figure
from repool.consistency.spans import Span, exactly, span_of
from repool.consistency.words import quantity, text
from repool.model import Bilingual
from repool.printed import Printed

_MOST = 3  # slips that are named


def middle(low: Span, high: Span, log_scale: bool) -> Span:
    """The middle of an interval on the analysis scale."""
    if log_scale:
        low, high = low.log(), high.log()
    return (low + high) * exactly(0.5)


def fits(spans: Sequence[Span], log_scale: bool) -> bool:
    """Whether estimate, lower and upper limit can be a symmetric interval."""
    estimate, low, high = spans
    centre = middle(low, high, log_scale)
    if low.low > high.high or not centre.is_finite:
        return False
    return (estimate.log() if log_scale else estimate).meets(centre)


def slips(figures: Sequence[Figure], log_scale: bool) -> list[Bilingual]:
    """What would explain that estimate, lower and upper limit do not fit, most telling first.

    log_scale: whether the interval ought to be symmetric in logs.
    """
    return list(dict.fromkeys(_all(figures, log_scale)))[:_MOST]


def _all(figures: Sequence[Figure], log_scale: bool) -> Iterator[Bilingual]:
    estimate, low, high = spans = [each.span for each in figures]
    if low.low > high.high and fits([estimate, high, low], log_scale):
        yield text("slip-swapped")
    if (log_scale or min(each.low for each in spans) > 0) and fits(spans, not log_scale):
        yield text("slip-plain" if log_scale else "slip-log")
    if log_scale and estimate.low > 0 and fits([exactly(1) / estimate, low, high], True):
        yield text("slip-inverted")
    if not log_scale:
        yield from _one_changed(figures, log_scale, "slip-sign", _negative)
    for power in (1, -1, 2, -2):
        yield from _one_changed(figures, log_scale, "slip-decimal", _shifted(power))
    yield from _one_changed(figures, log_scale, "slip-digits", _transposed)


def _one_changed(
    figures: Sequence[Figure],
    log_scale: bool,
    code: str,
    variants: Callable[[Printed], list[tuple[Span, Printed]]],
) -> Iterator[Bilingual]:
    """The slip at each of the three figures that fits when that one alone is changed."""
    for place, figure in enumerate(figures):
        for span, shown in variants(figure.printed):
            spans = [each.span for each in figures]
            spans[place] = span
            if fits(spans, log_scale):
                yield text(
                    code, which=quantity(figure.claim), theirs=figure.text, instead=shown.said(shown.value)
                )


def _negative(number: Printed) -> list[tuple[Span, Printed]]:
    changed = Printed(-number.value, number.places)
    return [(span_of(changed), changed)] if number.value else []


def _shifted(power: int) -> Callable[[Printed], list[tuple[Span, Printed]]]:
    def shifted(number: Printed) -> list[tuple[Span, Printed]]:
        moved = Printed(number.value * 10.0**power, max(0, number.places - power))
        factor = exactly(10.0**power)
        return [(span_of(number) * factor, moved)] if number.value else []

    return shifted


def _transposed(number: Printed) -> list[tuple[Span, Printed]]:
    """The number with two neighbouring digits the other way round, once for each such pair."""
    digits = f"{abs(number.value):.{number.places}f}"
    places = [place for place, mark in enumerate(digits) if mark != "."]
    found = []
    for one, other in pairwise(places):
        if digits[one] == digits[other]:
            continue
        swapped = list(digits)
        swapped[one], swapped[other] = digits[other], digits[one]
        value = float("".join(swapped))
        changed = Printed(-value if number.value < 0 else value, number.places)
        found.append((span_of(changed), changed))
    return found
