"""The normal form of a review: what every reader produces and every later step reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar

LANGUAGES = ("nb", "en")


class Measure(StrEnum):
    """The effect measures. Ratios are pooled as logs and shown as ratios.

    Of two arms: RR to SMD, ASD (arcsine difference) and ROM (ratio of means). Generic: GIV, and OEV (O - E
    and V, a log hazard or Peto odds ratio). Of one group: COR (correlation, as Fisher's z), PLO (logit
    proportion), PFT (Freeman-Tukey double arcsine) and MEAN.
    """

    RR = "RR"
    OR = "OR"
    RD = "RD"
    PETO = "PETO"
    MD = "MD"
    SMD = "SMD"
    GIV = "GIV"
    ASD = "ASD"
    ROM = "ROM"
    COR = "COR"
    PLO = "PLO"
    PFT = "PFT"
    MEAN = "MEAN"
    OEV = "OEV"

    @property
    def is_dichotomous(self) -> bool:
        """Computed from events and totals of two arms."""
        return self in _DICHOTOMOUS

    @property
    def is_continuous(self) -> bool:
        """Computed from means, SDs and totals of two arms."""
        return self in _CONTINUOUS

    @property
    def has_per_1000(self) -> bool:
        """Whether events per 1000 follow from it and a control risk."""
        return self.is_dichotomous and self is not Measure.ASD

    @property
    def is_ratio(self) -> bool:
        """A ratio by definition; a generic effect says so itself (`Analysis.log_scale`)."""
        return self in _RATIOS


_DICHOTOMOUS = frozenset({Measure.RR, Measure.OR, Measure.RD, Measure.PETO, Measure.ASD})
_CONTINUOUS = frozenset({Measure.MD, Measure.SMD, Measure.ROM})
_RATIOS = frozenset({Measure.RR, Measure.OR, Measure.PETO, Measure.ROM, Measure.OEV})


class Status(StrEnum):
    """How a trial row came to be known."""

    REPORTED = "reported"
    DERIVED = "derived"
    RECONSTRUCTED = "reconstructed"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Which way the outcome is good for the participants."""

    MORE_IS_BETTER = "more-is-better"
    LESS_IS_BETTER = "less-is-better"
    NEUTRAL = "neutral"


class Certainty(StrEnum):
    """GRADE certainty of the evidence."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very-low"


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text in Norwegian bokmål and in English."""

    nb: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.nb if language == "nb" else self.en

    def __bool__(self) -> bool:
        return bool(self.nb or self.en)

    def filled(self, **values: object) -> "Bilingual":
        """The text as a template; a bilingual value goes into its own language."""
        texts = (
            self[language].format(
                **{
                    name: value[language] if isinstance(value, Bilingual) else value
                    for name, value in values.items()
                }
            )
            for language in LANGUAGES
        )
        return Bilingual(*texts)


NO_TEXT = Bilingual("", "")


class Totals(StrEnum):
    """Which totals an analysis has: its subgroups' and an overall one, its subgroups' alone, or none."""

    OVERALL = "overall"
    SUBGROUPS = "subgroups"
    NONE = "none"


class Counts(StrEnum):
    """Which totals of its analysis a trial row counts in."""

    BOTH = "both"
    OVERALL = "overall"
    SUBGROUP = "subgroup"


class MethodFrom(StrEnum):
    """Where an analysis has its method from: it declares it, published figures show it, or nothing does."""

    DECLARED = "declared"
    IDENTIFIED = "identified"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis of a review, with its method.

    experimental, control: names of the arms where they are not the review's own. integers: each
    participant's outcome is a whole number; scale_low, scale_high: the ends of its scale, where declared.
    """

    analysis: str
    title: Bilingual
    measure: Measure
    log_scale: bool
    effect_label: Bilingual
    unit: Bilingual
    direction: Direction
    phrase: Bilingual
    subgroup_label: Bilingual
    rows_of: str
    method: str
    overrides: str
    control_risk: str
    note: Bilingual
    reconstruct: str = field(default="", kw_only=True)
    method_from: MethodFrom = field(default=MethodFrom.DECLARED, kw_only=True)
    totals: Totals = field(default=Totals.OVERALL, kw_only=True)
    experimental: Bilingual = field(default=NO_TEXT, kw_only=True)
    control: Bilingual = field(default=NO_TEXT, kw_only=True)
    integers: bool = field(default=False, kw_only=True)
    scale_low: float | None = field(default=None, kw_only=True)
    scale_high: float | None = field(default=None, kw_only=True)
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Study:
    """One trial in one analysis, after corrections; None for an empty cell, counts as floats."""

    analysis: str
    subgroup: str
    trial: str
    status: Status
    experimental_events: float | None
    experimental_total: float | None
    experimental_mean: float | None
    experimental_sd: float | None
    control_events: float | None
    control_total: float | None
    control_mean: float | None
    control_sd: float | None
    estimate: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    ci_level: float | None
    scale_factor: float | None
    covariates: str
    source: str
    locator: str
    note: str
    corrected: str
    converted: str = field(default="", kw_only=True)
    counts_in: Counts = field(default=Counts.BOTH, kw_only=True)
    file: str
    line: int


class OfAnalysis(Protocol):
    """A row of a table that says which analysis it belongs to."""

    @property
    def analysis(self) -> str: ...


Row = TypeVar("Row", bound=OfAnalysis)


def by_analysis(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    """The rows of each analysis, in their order. A name that is not there has none."""
    found = defaultdict[str, list[Row]](list)
    for row in rows:
        found[row.analysis].append(row)
    return found


def counted_in_totals(studies: Sequence[Study]) -> Mapping[str, list[Study]]:
    """The rows that count in each total: those of the subgroups by name, the overall one as "".

    A trial with a row of its own for the overall result counts there by that row alone, whatever other
    rows of it say. A name that is not there has no rows.
    """
    found: dict[str, list[Study]] = defaultdict(list)
    whole = {study.trial for study in studies if study.counts_in is Counts.OVERALL}
    for study in studies:
        alone = study.counts_in is Counts.OVERALL
        if alone or (study.counts_in is Counts.BOTH and study.trial not in whole):
            found[""].append(study)
        if study.subgroup and not alone:
            found[study.subgroup].append(study)
    return found


def counted(studies: Sequence[Study], subgroup: str) -> list[Study]:
    """The rows that count in one total; of several totals `counted_in_totals` has them in one go."""
    return counted_in_totals(studies)[subgroup]


@dataclass(frozen=True, slots=True)
class Claim:
    """One published figure, its value as text exactly as printed."""

    analysis: str
    subgroup: str
    quantity: str
    value: str
    decimal_comma: bool
    method: str
    source: str
    locator: str
    note: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class TrialClaim:
    """What was published of one trial row: effect and limits (natural scale), weight in percent.

    Each as text with the digits it was printed with, "" where nothing was. The row is that of
    studies.csv with the same file and line.
    """

    analysis: str
    subgroup: str
    trial: str
    estimate: str
    ci_low: str
    ci_high: str
    weight: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Bias:
    """One judgement of one trial's risk of bias: human input, never computed."""

    trial: str
    domain: str
    judgement: str
    support: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Reference:
    """One report of a trial."""

    trial: str
    year: str
    citation: str
    doi: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judge's GRADE certainty for one analysis: human input, never computed."""

    analysis: str
    judge: str
    certainty: Certainty
    reason: Bilingual
    source: str
    locator: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was printed."""

    source: str
    citation: str
    url: str
    decimal_comma: bool


@dataclass(frozen=True, slots=True)
class FindingSpec:
    """One row of the summary-of-findings table, in its published order."""

    analysis: str
    see_also: str


@dataclass(frozen=True, slots=True)
class Covariate:
    """A trial-level covariate, a column `covariate_<name>` of studies.csv."""

    name: str
    label: Bilingual


@dataclass(frozen=True, slots=True)
class Review:
    """What a review says of itself."""

    review: str
    title: Bilingual
    citation: str
    licence: str
    note: Bilingual
    experimental: Bilingual
    control: Bilingual
    judge: str
    table_source: str
    sources: tuple[Source, ...]
    covariates: tuple[Covariate, ...]
    findings: tuple[FindingSpec, ...]


def arms(review: Review, analysis: Analysis) -> tuple[Bilingual, Bilingual]:
    """What an analysis calls its experimental and control arm, if need be by the review's names."""
    return analysis.experimental or review.experimental, analysis.control or review.control


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the input that stops a review (`error`) or that the reader should know (`warning`)."""

    severity: str
    file: str
    line: int
    column: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        column = f" {self.column}:" if self.column else ""
        return f"{place}:{column} found {self.found}; expected {self.expected}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class NormalForm:
    """A review as every later step sees it."""

    review: Review
    analyses: tuple[Analysis, ...]
    studies: tuple[Study, ...]
    claims: tuple[Claim, ...]
    judgements: tuple[Judgement, ...]
    trial_claims: tuple[TrialClaim, ...] = ()
    bias: tuple[Bias, ...] = ()
    references: tuple[Reference, ...] = ()
