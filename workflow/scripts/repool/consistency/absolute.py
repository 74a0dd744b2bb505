"""Per-1000 figures from a printed risk and a printed effect: which rounding of which input gives them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repool.absolute import experimental_per_1000
from repool.consistency.counts import Counts
from repool.consistency.intervals import Effect, effect_of
from repool.consistency.records import Check, Figure, Group, Outcome, Severity, Values, check, said, shown
from repool.consistency.spans import Span, exactly
from repool.consistency.words import text
from repool.model import NO_TEXT, Analysis, Bilingual
from repool.quantities import ABSOLUTE

EXPERIMENTAL = ABSOLUTE[1:]


@dataclass(frozen=True, slots=True)
class Risk:
    """A control risk (0..1) that a per-1000 figure may come from, and how one would say where it is from."""

    span: Span
    name: Bilingual
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The per-1000 figures of one table row with what they were found to rest on.

    effect: the printed effect that gives them, None where none does; needed: the effect (estimate, limits;
    natural scale) that would; risk: the control risk taken.
    """

    group: Group
    risk: Risk
    effect: Effect | None
    needed: tuple[Span, ...]
    figures: tuple[Figure, ...]


def printed_rows(group: Group, counts: Counts, effects: Sequence[Effect]) -> tuple[Row | None, list[Check]]:
    """Check one group's per-1000 figures against every effect and risk that is printed for the analysis."""
    analysis, figures = group.analysis, group.listed(EXPERIMENTAL)
    checks = list(_control(group, counts))
    if analysis is None or not analysis.measure.has_per_1000 or not figures:
        return None, checks
    risks = list(_risks(group, counts))
    if not risks or not effects:
        missing = text("absolute-missing-effect" if risks else "absolute-missing-risk")
        return None, [*checks, check("per-1000", Outcome.CANNOT_TELL, figures, missing)]
    for effect in effects:
        for risk in risks:
            if all(each.span.meets(made) for each, made in _made(analysis, figures, risk.span, effect)):
                checks.append(_agrees(analysis, figures, risk, effect, risks))
                needed = tuple(each.span for each in effect.figures)
                return Row(group, risk, effect, needed, tuple(figures)), checks
    row = Row(group, risks[0], None, _needed(analysis, group, risks[0].span), tuple(figures))
    return row, [*checks, _differs(analysis, row, effects[0], counts)]


def _control(group: Group, counts: Counts) -> Iterator[Check]:
    """The printed control risk per 1000 against events over participants of the control arm."""
    risk = _arm_risk(counts, "control", group.source)
    if risk is None or not group.have("control_per_1000"):
        return
    per_1000 = group["control_per_1000"]
    figures, expected = [per_1000, *risk.figures], risk.span * exactly(1000)
    made: Values = {"expected": f"control_per_1000 {shown(expected)}", "found": per_1000.claim.value}
    if per_1000.span.meets(expected):
        yield check("control-risk", Outcome.AGREES, figures, text("control-agrees", risk=risk.name), **made)
        return
    why = text("control-differs", theirs=per_1000.text, risk=risk.name, expected=said(expected, 3))
    yield check(
        "control-risk", Outcome.DIFFERS, figures, why, severity=Severity.NOTE,
        to_agree=text("fix-control"), **made,
    )  # fmt: skip


def _risks(group: Group, counts: Counts) -> Iterator[Risk]:
    """The control risks that are printed: counts first, then the risk per 1000, then the percentage.

    A printed risk that is the counts' one rounded is taken as rounded; any other can have further digits.
    """
    by_counts = _arm_risk(counts, "control", group.source)
    if by_counts:
        yield by_counts
    printed_risks = (
        ("risk-per-1000", 1000.0, group.figures.get("control_per_1000")),
        ("risk-percent", 100.0, counts.nearest("control_percent", group.source)),
    )
    for code, whole, figure in printed_risks:
        if figure is None:
            continue
        span = figure.span / exactly(whole)
        if by_counts and span.meets(by_counts.span):
            span = exactly(figure.printed.value / whole)
        yield Risk(span.within(0.0, 1.0), text(code, risk=figure.text), (figure,))


def _arm_risk(counts: Counts, arm: str, source: str) -> Risk | None:
    events, total = (counts.nearest(f"{arm}_{kind}", source) for kind in ("events", "total"))
    if events is None or total is None or not 0 <= events.printed.value <= total.printed.value:
        return None
    if total.printed.value <= 0:
        return None
    name = Bilingual(*[f"{events.claim.value}/{total.claim.value}"] * 2)
    return Risk(events.span / total.span, name, (events, total))


def per_1000(analysis: Analysis, risk: Span, effect: Span) -> Span:
    """What a per-1000 figure can be: it rises with both the risk and the effect."""
    ratio = effect.within(0.0, float("inf")) if analysis.log_scale else effect
    low = experimental_per_1000(analysis.measure, risk.low, ratio.low)
    high = experimental_per_1000(analysis.measure, risk.high, ratio.high)
    return Span(low - 1e-9, high + 1e-9)


def _made(
    analysis: Analysis, figures: Sequence[Figure], risk: Span, effect: Effect
) -> list[tuple[Figure, Span]]:
    """Each printed per-1000 figure beside what risk and effect make of it."""
    inputs = dict(zip(EXPERIMENTAL, effect.figures, strict=True))
    return [(each, per_1000(analysis, risk, inputs[each.claim.quantity].span)) for each in figures]


def _agrees(
    analysis: Analysis, figures: Sequence[Figure], risk: Risk, effect: Effect, risks: Sequence[Risk]
) -> Check:
    """The figures follow: say from what, and which other rounding of the risk would not have given them."""
    made = _made(analysis, figures, risk.span, effect)
    why = text("absolute-agrees", risk=risk.name, effect=_effect(effect))
    if not all(each.span.meets(span) for each, span in _made_exactly(analysis, figures, risk, effect)):
        why = _and(why, text("absolute-unrounded-effect"))
    for other in risks:
        if other is not risk and (tail := _contrast(analysis, figures, other, effect)):
            why = _and(why, tail)
            break
    return check(
        "per-1000", Outcome.AGREES, [*figures, *risk.figures, *effect.figures], why,
        expected="; ".join(f"{each.claim.quantity} {shown(span)}" for each, span in made),
        found=_values(figures),
    )  # fmt: skip


def _made_exactly(
    analysis: Analysis, figures: Sequence[Figure], risk: Risk, effect: Effect
) -> list[tuple[Figure, Span]]:
    """The same with the effect exactly as printed, as if it had no further digits."""
    estimate, low, high = (replace(each, span=exactly(each.printed.value)) for each in effect.figures)
    return _made(analysis, figures, risk.span, Effect(estimate, low, high, effect.log_scale))


def _contrast(analysis: Analysis, figures: Sequence[Figure], risk: Risk, effect: Effect) -> Bilingual:
    """What the printed, rounded risk would have given instead, where that is something else."""
    value = risk.figures[0].printed.value / (100 if "percent" in risk.figures[0].claim.quantity else 1000)
    rounded = replace(risk, span=exactly(value))
    for each, span in _made_exactly(analysis, figures, rounded, effect):
        if not each.span.meets(span):
            return text("absolute-rounded-risk", risk=risk.name, instead=said(span, 4), theirs=each.text)
    return NO_TEXT


def _differs(analysis: Analysis, row: Row, effect: Effect, counts: Counts) -> Check:
    figures, risk = row.figures, row.risk
    made = _made(analysis, figures, risk.span, effect)
    wrong = [(each, span) for each, span in made if not each.span.meets(span)]
    first = wrong[0][0]
    values = Bilingual(
        "; ".join(f"{each.text.nb}: {said(span, 4).nb}" for each, span in wrong),
        "; ".join(f"{each.text.en}: {said(span, 4).en}" for each, span in wrong),
    )
    why = text("absolute-differs", risk=risk.name, effect=_effect(effect), theirs=first.text, values=values)
    crude = _arm_risk(counts, "experimental", row.group.source)
    if first.claim.quantity == EXPERIMENTAL[0] and crude and first.span.meets(crude.span * exactly(1000)):
        why = _and(why, text("absolute-crude", risk=crude.name))
    place = EXPERIMENTAL.index(first.claim.quantity)
    remedy = text(
        "fix-absolute", what=text(("the-estimate", "the-low", "the-high")[place]),
        expected=said(row.needed[place]), theirs=effect.figures[place].text,
    )  # fmt: skip
    return check(
        "per-1000", Outcome.DIFFERS, [*figures, *risk.figures, *effect.figures], why,
        severity=Severity.QUESTION, to_agree=remedy, found=_values(figures),
        expected="; ".join(f"{each.claim.quantity} {shown(span)}" for each, span in made),
    )  # fmt: skip


def _needed(analysis: Analysis, group: Group, risk: Span) -> tuple[Span, ...]:
    """The effect (estimate, limits) that gives the printed figures; anything where one is not printed."""
    return tuple(
        effect_behind(analysis, risk, group[name].span)
        if group.have(name)
        else Span(-float("inf"), float("inf"))
        for name in EXPERIMENTAL
    )


def effect_behind(analysis: Analysis, risk: Span, figure: Span) -> Span:
    """The effects that take a control risk (0..1) to a per-1000 figure; unbounded where it is cut."""

    def bound(target: float, risk: float, otherwise: float) -> float:
        share = target / 1000
        if not 0 < share < 1 or not 0 < risk < 1:
            return otherwise
        if analysis.measure == "RD":
            return share - risk
        if analysis.measure == "RR":
            return share / risk
        return share / (1 - share) / (risk / (1 - risk))

    least = 0.0 if analysis.log_scale else -1.0
    low, high = bound(figure.low, risk.high, least), bound(figure.high, risk.low, float("inf"))
    return Span(low - 1e-12 * abs(low), high + 1e-12 * abs(high))


def _effect(effect: Effect) -> Bilingual:
    return text("interval", estimate=effect.estimate.text, low=effect.low.text, high=effect.high.text)


def _values(figures: Sequence[Figure]) -> str:
    return "; ".join(f"{each.claim.quantity} {each.claim.value}" for each in figures)


def _and(one: Bilingual, other: Bilingual) -> Bilingual:
    return Bilingual(f"{one.nb} {other.nb}", f"{one.en} {other.en}")


def effects_for(group: Group, groups: Mapping[tuple[str, str], Sequence[Group]]) -> list[Effect]:
    """Every printed effect of a group's analysis and subgroup, those of its own source first.

    groups: those of each analysis and subgroup.
    """
    if group.analysis is None:
        return []
    same = sorted(
        groups[group.analysis.analysis, group.subgroup],
        key=lambda each: (each.source != group.source, each.method not in ("", group.method)),
    )
    return [effect for each in same if (effect := effect_of(each)) is not None]
