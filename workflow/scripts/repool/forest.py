"""What a forest plot shows, as data: the drawing module lays it out and decides nothing else."""

from dataclasses import dataclass
from enum import StrEnum


class RowState(StrEnum):
    """Whether a trial has something to draw."""

    ESTIMATED = "estimated"
    NOT_ESTIMABLE = "not-estimable"
    NOT_AVAILABLE = "not-available"


@dataclass(frozen=True, slots=True)
class Interval:
    """A point estimate with its confidence limits on the natural scale (a ratio is a ratio, not its log)."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One trial."""

    label: str
    experimental: tuple[str, ...]
    control: tuple[str, ...]
    state: RowState
    effect: Interval | None
    weight: float | None
    marks: str = ""
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class ForestTotal:
    """A subtotal or the total: the diamond, the column sums and the test lines printed under it."""

    label: str
    experimental: tuple[str, ...]
    control: tuple[str, ...]
    effect: Interval | None
    weight: float | None
    prediction: tuple[float, float] | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForestGroup:
    """The trials of one subgroup; `title` is None where the analysis has no subgroups."""

    title: str | None
    rows: tuple[ForestRow, ...]
    subtotal: ForestTotal | None


@dataclass(frozen=True, slots=True)
class ForestPlot:
    """One forest plot in one language, every text ready to print."""

    title: str
    language: str
    experimental_heading: str
    control_heading: str
    column_headings: tuple[str, ...]
    weight_heading: str
    effect_heading: str
    trial_heading: str
    not_estimable_text: str
    not_available_text: str
    prediction_label: str
    favours_left: str
    favours_right: str
    log_scale: bool
    null_value: float
    groups: tuple[ForestGroup, ...]
    total: ForestTotal | None
    footnotes: tuple[str, ...]
    description: str
    decimal_comma: bool = False
