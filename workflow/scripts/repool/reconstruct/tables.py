"""The rows and records of a reconstruction, and the files they are written to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from repool.model import Analysis, Bilingual, NormalForm, Status
from repool.quantities import ARMS, EFFECT
from repool.results import Results
from repool.tables import write_json, write_table


class Given(StrEnum):
    """What a search was given beside the published totals and figures."""

    ROWS = "rows"
    ASSUMED = "assumed"
    TOTALS = "totals"


class Outcome(StrEnum):
    """What came of a search. `at-least`: the limit on the work was reached, the count is a lower bound."""

    UNIQUE = "unique"
    SEVERAL = "several"
    NONE = "none"
    AT_LEAST = "at-least"
    UNDECIDED = "undecided"
    NOT_ATTEMPTED = "not-attempted"


@dataclass(frozen=True, slots=True)
class ReconstructedRow:
    """One trial of one solution; `trial` is empty where the search cannot tell the trials apart.

    `assumed`: limits of this trial that the review assumes, as text.
    """

    analysis: str
    given: Given
    solution: int
    trial: str
    status: Status
    experimental_events: int
    experimental_total: int
    control_events: int
    control_total: int
    assumed: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a review assumes of a trial: shown as such, never as data."""

    trial: str
    figures: Mapping[str, float]
    source: str
    note: Bilingual

    @staticmethod
    def of(data: Mapping[str, Any]) -> "Assumption":
        """One entry of `assume` in review.yaml."""
        figures = {name: float(data[name]) for name in (*ARMS, *EFFECT) if name in data}
        return Assumption(data["trial"], figures, data.get("source", ""), Bilingual(**data["note"]))

    def text(self) -> str:
        """Its figures in one cell of a table."""
        return ", ".join(f"{name} {value:g}" for name, value in self.figures.items())


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most over all solutions under one method, natural scale; `excludes_null`: how many
    of the solutions have an interval without the null value."""

    method: str
    label: Bilingual
    role: str
    estimate: tuple[float, float] | None
    ci_low: tuple[float, float] | None
    ci_high: tuple[float, float] | None
    i2: tuple[float, float] | None
    excludes_null: int


@dataclass(frozen=True, slots=True)
class Case:
    """One search for tables. clash: the smallest set of figures that no table agrees with."""

    analysis: str
    given: Given
    method: str
    method_label: Bilingual
    figures: Mapping[str, str]
    source: str
    trials: int
    known: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    outcome: Outcome
    count: int
    listed: int
    possible: str
    compared: int
    clash: tuple[str, ...]
    as_listed: bool
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """What is left for the missing trials at one tau2; spans on the natural scale, None without limit."""

    tau2: float
    known: tuple[str, ...]
    missing: int
    estimate: tuple[float, float] | None
    se: tuple[float, float | None] | None
    least_se: float | None
    most_se: float | None


@dataclass(frozen=True, slots=True)
class Bound:
    """What a printed mean difference or other estimate with its interval says of missing trials.

    se: of the pooled value, analysis scale. common_sd: of all arms, where the review gives or assumes the
    sizes of all of them.
    """

    analysis: str
    given: Given
    method: str
    method_label: Bilingual
    figures: Mapping[str, str]
    source: str
    trials: int
    assumptions: tuple[Assumption, ...]
    outcome: Outcome
    estimate: tuple[float, float] | None
    se: tuple[float, float] | None
    common_sd: tuple[float, float] | None
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Everything that published totals say about the missing trials of a review."""

    rows: tuple[ReconstructedRow, ...] = ()
    cases: tuple[Case, ...] = ()
    bounds: tuple[Bound, ...] = ()


def incomplete(form: NormalForm) -> list[Analysis]:
    """The analyses with rows of their own of which some are unknown, derived or reconstructed."""
    names = {study.analysis for study in form.studies if study.status is not Status.REPORTED}
    return [each for each in form.analyses if each.analysis in names and not each.rows_of]


def reconstruction(form: NormalForm, results: Results) -> Reconstruction:
    """What published totals say of missing trials; no arrays are loaded where none is missing."""
    if not (analyses := incomplete(form)):
        return Reconstruction()
    from repool.reconstruct.cases import reconstruct

    return reconstruct(form, results, analyses)


def write_reconstruction(folder: Path, made: Reconstruction) -> None:
    """Write reconstruction.csv, a row per trial of each listed solution, and reconstruction.json."""
    write_table(folder / "reconstruction.csv", ReconstructedRow, made.rows)
    record: dict[str, Any] = {
        "cases": [asdict(each) for each in made.cases],
        "bounds": [asdict(each) for each in made.bounds],
    }
    write_json(folder / "reconstruction.json", record)
