"""One check of published figures against each other, and the figures it takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from repool.consistency.spans import Span, exactly, span_of
from repool.evidence import printed
from repool.model import NO_TEXT, Analysis, Bilingual, Claim
from repool.printed import Printed
from repool.quantities import ARMS, REVIEW_QUANTITIES
from repool.wording import localised, significant

_COUNTED = frozenset({*ARMS, *REVIEW_QUANTITIES, "df", "subgroup_df"})


class Outcome(StrEnum):
    """What a check came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    CANNOT_TELL = "cannot-tell"


class Severity(StrEnum):
    """How much a difference matters; none where there is no difference."""

    NONE = ""
    NOTE = "note"
    QUESTION = "question"
    SERIOUS = "serious"


@dataclass(frozen=True, slots=True)
class Check:
    """One check that was made, also where the figures agree.

    figures: what was compared, as printed; expected: what one of them can be, given the others; found:
    what it is; to_agree: what would make them agree; lines: of `file`, separated by spaces.
    """

    analysis: str
    subgroup: str
    rule: str
    verdict: Outcome
    severity: Severity
    source: str
    figures: str
    expected: str
    found: str
    explanation: Bilingual
    to_agree: Bilingual
    file: str
    lines: str


class Values(TypedDict):
    """What a figure can be by the others, and what it is, for the table."""

    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure and all values it can stand for; counts stand for themselves."""

    claim: Claim
    printed: Printed
    span: Span

    @property
    def text(self) -> Bilingual:
        """As a sentence says it."""
        return _plain(self.claim.value) if self.printed.relation else self.printed.said(self.printed.value)

    @property
    def named(self) -> str:
        """For the table: quantity, value as printed, and line."""
        return f"{self.claim.quantity} {self.claim.value} (line {self.claim.line})"


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of one analysis (or subgroup) that one source prints, of one method where it names one."""

    analysis: Analysis | None
    subgroup: str
    source: str
    method: str
    figures: Mapping[str, Figure]

    def have(self, *names: str) -> bool:
        """Whether all of these are printed."""
        return all(name in self.figures for name in names)

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]

    def listed(self, names: Iterable[str]) -> list[Figure]:
        """Those of these quantities that are printed."""
        return [self.figures[name] for name in names if name in self.figures]


def figure_of(claim: Claim) -> Figure:
    """The claim with the span of values behind it."""
    number = printed(claim)
    counted = claim.quantity in _COUNTED and not number.relation
    return Figure(claim, number, exactly(number.value) if counted else span_of(number))


def grouped(claims: Sequence[Claim], analyses: Sequence[Analysis]) -> list[Group]:
    """The figures by analysis, subgroup, source and method, in the order of published.csv.

    Figures without a method join those of the same source that name one, where these lack the quantity.
    """
    known = {each.analysis: each for each in analyses}
    found: dict[tuple[str, str, str, str], dict[str, Figure]] = {}
    for claim in claims:
        key = claim.analysis, claim.subgroup, claim.source, claim.method
        found.setdefault(key, {}).setdefault(claim.quantity, figure_of(claim))
    groups = []
    for (analysis, subgroup, source, method), figures in found.items():
        unnamed = found.get((analysis, subgroup, source, ""), {})
        groups.append(Group(known.get(analysis), subgroup, source, method, unnamed | figures))
    return groups


def check(
    rule: str,
    verdict: Outcome,
    figures: Sequence[Figure],
    explanation: Bilingual,
    *,
    severity: Severity = Severity.NONE,
    expected: str = "",
    found: str = "",
    to_agree: Bilingual = NO_TEXT,
) -> Check:
    """A row about these figures, the first of which says where it belongs."""
    first = figures[0].claim
    lines = sorted({each.claim.line for each in figures})
    return Check(
        analysis=first.analysis,
        subgroup=first.subgroup,
        rule=rule,
        verdict=verdict,
        severity=severity if verdict is Outcome.DIFFERS else Severity.NONE,
        source=", ".join(dict.fromkeys(each.claim.source for each in figures)),
        figures="; ".join(each.named for each in figures),
        expected=expected,
        found=found,
        explanation=explanation,
        to_agree=to_agree,
        file=first.file,
        lines=" ".join(map(str, lines)),
    )


def shown(span: Span) -> str:
    """A span for the table: "12.5 to 13.1", one number where its ends are the same."""
    low, high = f"{span.low:.6g}", f"{span.high:.6g}"
    return low if low == high else f"{low} to {high}"


def said(span: Span, digits: int = 4) -> Bilingual:
    """A span for a sentence in each language."""

    def text(language: str, joint: str, least: str, most: str) -> str:
        low, high = (significant(each, digits, language) for each in (span.low, span.high))
        if span.low == float("-inf"):
            return f"{most} {high}"
        if span.high == float("inf"):
            return f"{least} {low}"
        return low if low == high else f"{low} {joint} {high}"

    return Bilingual(text("nb", "til", "minst", "høyst"), text("en", "to", "at least", "at most"))


def _plain(text: str) -> Bilingual:
    return Bilingual(localised(text.replace(",", "."), "nb"), localised(text.replace(",", "."), "en"))
