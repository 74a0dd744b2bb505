"""One question about a trial row, and the rows as the rules look at them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from repool.model import Analysis, Bilingual, Counts, NormalForm, Status, Study, Totals, TrialClaim, counted
from repool.results import Results, TrialEffect

_LIMIT = 1e100
_REPEATED = re.compile(r" \(\d{1,3}\)$")  # as the readers tell rows of one name apart
_YEAR = re.compile(r"(?:18|19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to look up in the source of a trial row; nothing is proven by it.

    figures: the row's own and, after "beside", what they were held against; explanation: the same in
    words; otherwise: what else could be behind it; beside: lines of `file` it was compared with; again:
    lines with the same figures and the same question in other analyses, both separated by spaces.
    """

    analysis: str
    subgroup: str
    trial: str
    rule: str
    figures: str
    explanation: Bilingual
    otherwise: Bilingual
    file: str
    line: int
    beside: str
    again: str


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a row; None for what is not there."""

    events: float | None
    total: float | None
    mean: float | None
    sd: float | None

    @property
    def has_mean(self) -> bool:
        """Whether mean, a positive SD and participants are there."""
        return self.mean is not None and bool(self.sd and self.sd > 0) and bool(self.total and self.total > 0)

    @property
    def has_count(self) -> bool:
        """Whether events and participants are there."""
        return self.events is not None and bool(self.total and self.total > 0)


@dataclass(frozen=True)
class Row:
    """A trial row with its arms, its effect (y and se on the analysis scale) and what was printed of it."""

    study: Study
    experimental: Arm
    control: Arm
    y: float | None
    se: float | None
    claim: TrialClaim | None

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """Experimental, control."""
        return self.experimental, self.control

    @property
    def totals(self) -> tuple[float | None, float | None]:
        """Participants of the arms."""
        return self.experimental.total, self.control.total

    @property
    def has_totals(self) -> bool:
        """Whether there are participants in both arms."""
        return all(each is not None and each > 0 for each in self.totals)

    @property
    def has_means(self) -> bool:
        """Whether both arms have a mean, an SD and participants."""
        return self.experimental.has_mean and self.control.has_mean

    @property
    def has_counts(self) -> bool:
        """Whether both arms have events and participants."""
        return self.experimental.has_count and self.control.has_count

    @cached_property
    def trial(self) -> str:
        """The trial's name as rows are matched by: plain, without the number of a repeated row."""
        return plain(_REPEATED.sub("", self.study.trial))

    @cached_property
    def stem(self) -> str:
        """The name up to its year; the whole name where it has none."""
        found = _YEAR.search(self.trial)
        return self.trial[: found.end()] if found and found.start() > 1 else self.trial

    @property
    def cells(self) -> tuple[float | None, ...]:
        """Every figure of the row, by which copies of it are known."""
        study = self.study
        both = (self.experimental, self.control)
        arms = (each for arm in both for each in (arm.events, arm.total, arm.mean, arm.sd))
        return (*arms, study.estimate, study.se, study.ci_low, study.ci_high)


@dataclass(frozen=True)
class Table:
    """The rows of one analysis of which something is known, in their order."""

    analysis: Analysis
    rows: tuple[Row, ...]
    comparison: tuple[str, ...] = field(default=())

    def scopes(self) -> Iterator[tuple[Row, ...]]:
        """The rows of each total that the analysis has."""
        if self.analysis.totals is Totals.OVERALL:
            lines = {each.line for each in counted([each.study for each in self.rows], "")}
            yield tuple(each for each in self.rows if each.study.line in lines)
        elif self.analysis.totals is Totals.SUBGROUPS:
            parts: dict[str, list[Row]] = {}
            for row in self.rows:
                if row.study.subgroup and row.study.counts_in is not Counts.OVERALL:
                    parts.setdefault(row.study.subgroup, []).append(row)
            yield from map(tuple, parts.values())


def tables_of(form: NormalForm, results: Results) -> tuple[Table, ...]:
    """The analyses with rows of their own; rows of which nothing is known are left out."""
    effects = {(each.analysis, each.file, each.line): each for each in results.effects}
    claims = {(each.analysis, each.file, each.line): each for each in form.trial_claims}
    rows: dict[str, list[Row]] = {each.analysis: [] for each in form.analyses if not each.rows_of}
    for study in form.studies:
        if study.analysis in rows and study.status is not Status.UNKNOWN:
            place = study.analysis, study.file, study.line
            rows[study.analysis].append(_row(study, effects.get(place), claims.get(place)))
    return tuple(
        Table(each, tuple(rows[each.analysis]), _comparison(each))
        for each in form.analyses
        if each.analysis in rows
    )


def ask_about(
    rule: str,
    row: Row,
    figures: str,
    explanation: Bilingual,
    otherwise: Bilingual,
    beside: Sequence[Row] = (),
) -> Question:
    """A question about a row, with the rows it was compared with."""
    study = row.study
    lines = sorted({each.study.line for each in beside} - {study.line})
    return Question(
        study.analysis, study.subgroup, study.trial, rule, figures, explanation, otherwise,
        study.file, study.line, " ".join(map(str, lines)), "",
    )  # fmt: skip


def plain(name: str) -> str:
    """A name without case, accents and repeated blanks."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(mark for mark in bare if not unicodedata.combining(mark)).split())


def _comparison(analysis: Analysis) -> tuple[str, ...]:
    """What analyses of the same arms share: the names of the arms, and the group of a numbered analysis."""
    group, dot, number = analysis.analysis.partition(".")
    own = group if dot and group.isdigit() and number.isdigit() else ""
    return own, plain(analysis.experimental.en), plain(analysis.control.en)


def _row(study: Study, effect: TrialEffect | None, claim: TrialClaim | None) -> Row:
    y, se = (effect.y, effect.se) if effect else (None, None)
    return Row(study, _arm(study, "experimental"), _arm(study, "control"), y, se if se else None, claim)


def _arm(study: Study, arm: str) -> Arm:
    """The arm's figures; one that no arithmetic can be done with is none."""
    cells = (getattr(study, f"{arm}_{name}") for name in ("events", "total", "mean", "sd"))
    return Arm(*(each if each is not None and abs(each) < _LIMIT else None for each in cells))


def distinct(rows: Sequence[Row]) -> list[Row]:
    """Each trial's figures once, though subgroups may repeat them."""
    return list({(each.trial, each.cells): each for each in reversed(rows)}.values())[::-1]
