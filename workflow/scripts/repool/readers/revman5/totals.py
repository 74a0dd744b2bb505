"""The figures that RevMan printed of an outcome and its subgroups, as claims."""

from collections.abc import Iterator, Sequence

from repool.model import Claim, Totals
from repool.readers.revman5.elements import Element
from repool.readers.revman5.outcomes import Group, Outcome
from repool.readers.revman5.rows import Row
from repool.readers.revman_rows import DataKind, swapped_count

_EFFECT = {"estimate": "EFFECT_SIZE", "ci_low": "CI_START", "ci_high": "CI_END"}
_TEST = {"z_effect": "Z", "p_effect": "P_Z"}
_HETEROGENEITY = {"q": "CHI2", "p_q": "P_CHI2", "i2": "I2"}
_SUBGROUPS = {"subgroup_q": "Q", "subgroup_p": "P_Q", "subgroup_i2": "I2_Q"}
_ARMS = {"experimental": 1, "control": 2}


def read_claims(outcome: Outcome, rows: Sequence[Row], source: str) -> list[Claim]:
    """Every figure of the totals that the outcome shows, in one order.

    RevMan writes 0 for a figure that it does not have: figures of heterogeneity count where there are
    two trials or more, tau2 with random effects alone, the test for subgroup differences with two
    estimable subgroups or more.
    """
    if outcome.analysis.totals is Totals.NONE:
        return []
    return [
        _claim(outcome, group, quantity, value, source)
        for group in outcome.groups
        for quantity, value in _figures(outcome, group, rows)
        if value
    ]


def _figures(outcome: Outcome, group: Group, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    element = group.element
    if group.subgroup or outcome.analysis.totals is Totals.OVERALL:
        if group.is_estimable:
            yield from _of_total(outcome, element)
        yield from _counts(outcome, group, rows)
    if not group.subgroup and outcome.has_test and _is_computed(element):
        for quantity, attribute in _SUBGROUPS.items():
            yield quantity, element.published(attribute)


def _is_computed(element: Element) -> bool:
    """Whether the test for subgroup differences was made: else both its Q and its P are 0."""
    q, p = element.published("Q"), element.published("P_Q")
    return q.strip("0.") != "" or p.strip("0.") != ""


def _of_total(outcome: Outcome, element: Element) -> Iterator[tuple[str, str]]:
    for quantity, attribute in (_EFFECT | _TEST).items():
        value = element.published(attribute)
        yield quantity, value.removeprefix("-") if quantity == "z_effect" else value
    df = element.published_count("DF")
    if df.strip("0"):
        if outcome.is_random:
            yield "tau2", element.published("TAU2")
        yield "df", df
        for quantity, attribute in _HETEROGENEITY.items():
            yield quantity, element.published(attribute)


def _counts(outcome: Outcome, group: Group, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    element = group.element
    own = [row for row in rows if group.subgroup in ("", row.study.subgroup)]
    for arm, number in _ARMS.items():
        total = element.published_count(f"TOTAL_{number}")
        if outcome.kind is DataKind.EVENTS:
            events = element.published_count(f"EVENTS_{number}")
            yield f"{arm}_events", swapped_count(events, total) if outcome.is_swapped else events
        if outcome.kind in (DataKind.EVENTS, DataKind.MEANS) or _have_totals(own, arm):
            yield f"{arm}_total", total
    studies = element.published_count("STUDIES")
    if studies.strip("0") and not _is_count_of_trials_that_repeat(studies, own):
        yield "trials", studies


def _have_totals(rows: Sequence[Row], arm: str) -> bool:
    return bool(rows) and all(getattr(row.study, f"{arm}_total") for row in rows)


def _is_count_of_trials_that_repeat(studies: str, rows: Sequence[Row]) -> bool:
    """Whether RevMan counted trials once that have several rows, which have names of their own here."""
    different = len({row.study_id for row in rows})
    return int(studies) == different != len({row.study.trial for row in rows})


def _claim(outcome: Outcome, group: Group, quantity: str, value: str, source: str) -> Claim:
    name = outcome.analysis.analysis
    return Claim(
        analysis=name,
        subgroup=group.subgroup,
        quantity=quantity,
        value=value,
        decimal_comma=False,
        method="",
        source=source,
        locator=f"{name}.{group.element.plain('NO')}" if group.subgroup else name,
        note="",
        file=group.element.file,
        line=group.element.line,
    )
