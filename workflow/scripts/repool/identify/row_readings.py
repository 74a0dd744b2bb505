"""The data rows of an export, and every way in which RevMan can have read them as effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from repool.batch import Booleans, Floats, Segments
from repool.effects import Effects, Tables, continuous, dichotomous, observed_minus_expected
from repool.model import Bilingual, Measure

#: The number columns of a Cochrane export of data rows, and what they are called here.
EXPORTED = {
    "GIV Mean": "estimate", "GIV SE": "se",
    "Experimental mean": "experimental_mean", "Experimental SD": "experimental_sd",
    "Experimental cases": "experimental_events", "Experimental N": "experimental_total",
    "Control mean": "control_mean", "Control SD": "control_sd",
    "Control cases": "control_events", "Control N": "control_total",
    "O-E": "o_minus_e", "Variance": "variance",
    "Weight": "shown_weight", "Mean": "shown", "CI start": "shown_low", "CI end": "shown_high",
}  # fmt: skip
TABLE = ("experimental_events", "experimental_total", "control_events", "control_total")
MEANS = (
    "experimental_mean", "experimental_sd", "experimental_total",
    "control_mean", "control_sd", "control_total",
)  # fmt: skip


class Kind(StrEnum):
    """What a row's effect is computed from."""

    DICHOTOMOUS = "dichotomous"
    CONTINUOUS = "continuous"
    GENERIC = "generic"
    O_E = "o-e-and-variance"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of one analysis are taken for.

    measure: RR, OR, RD, PETO, MD, SMD, GIV or OEV (O - E and its variance, shown as a ratio). log_scale:
    generic estimates are logs of ratios. swapped: event and non-event have changed places.
    """

    measure: Measure
    log_scale: bool = False
    swapped: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of data it takes."""
        if self.measure.is_dichotomous:
            return Kind.DICHOTOMOUS
        if self.measure.is_continuous:
            return Kind.CONTINUOUS
        return Kind.O_E if self.measure is Measure.OEV else Kind.GENERIC

    @property
    def is_ratio(self) -> bool:
        """Whether RevMan prints exp of what it computes."""
        return self.measure.is_ratio or self.log_scale

    def label(self) -> Bilingual:
        """The reading in words."""
        text = Bilingual(self.measure.value, self.measure.value)
        if self.measure is Measure.OEV:
            text = Bilingual("O − E og varians", "O − E and variance")
        if self.log_scale:
            text = Bilingual(f"{text.nb}, logaritmert", f"{text.en}, as logs")
        if self.swapped:
            text = Bilingual(
                f"{text.nb}, hendelse og ikke-hendelse byttet om",
                f"{text.en}, event and non-event swapped",
            )
        return text


#: Simplest first: of readings that explain a row equally well, the first is taken.
READINGS = (
    Reading(Measure.RR), Reading(Measure.OR), Reading(Measure.RD), Reading(Measure.PETO),
    Reading(Measure.MD), Reading(Measure.SMD),
    Reading(Measure.GIV), Reading(Measure.GIV, log_scale=True), Reading(Measure.OEV),
    Reading(Measure.RR, swapped=True), Reading(Measure.OR, swapped=True),
    Reading(Measure.RD, swapped=True), Reading(Measure.PETO, swapped=True),
)  # fmt: skip
PLAIN = READINGS[:9]


@dataclass(frozen=True, slots=True)
class PrintedRows:
    """Data rows of many analyses end to end, as exported: what was entered and what RevMan printed.

    columns: float arrays of shape (rows,) under the names in `EXPORTED`, NaN for an empty cell; all names
    are there. Generic estimates and their SE as entered (logs for ratios); `shown`, `shown_low` and
    `shown_high` as printed (natural scale); `shown_weight` in percent. segments: the analyses.
    """

    columns: Mapping[str, Floats]
    segments: Segments

    @staticmethod
    def of_columns(columns: Mapping[str, Floats], segments: Segments) -> "PrintedRows":
        """Rows from the columns there are; one that is missing is empty throughout."""
        empty = np.full(int(segments.offsets[-1]), np.nan)
        full = {name: np.asarray(columns.get(name, empty), np.float64) for name in EXPORTED.values()}
        return PrintedRows(full, segments)

    @staticmethod
    def of_cells(cells: Mapping[str, Sequence[str]], segments: Segments) -> "PrintedRows":
        """Rows from the texts of an export, by the names of its columns.

        A cell that is not a finite number counts as empty: it is for the reader of the file to say so.
        """
        columns = {
            name: np.array([_number(text) for text in cells[column]], np.float64)
            for column, name in EXPORTED.items()
            if column in cells
        }
        return PrintedRows.of_columns(columns, segments)

    def __len__(self) -> int:
        return int(self.segments.offsets[-1])

    @property
    def is_printed(self) -> Booleans:
        """Rows for which RevMan printed an effect or a limit; shape (rows,)."""
        printed = [~np.isnan(self.columns[name]) for name in ("shown", "shown_low", "shown_high")]
        return np.asarray(printed[0] | printed[1] | printed[2])

    def only(self, which: Booleans) -> "PrintedRows":
        """The rows of the chosen analyses; `which` has shape (analyses,)."""
        segments, rows = self.segments.select(which)
        return PrintedRows({name: column[rows] for name, column in self.columns.items()}, segments)

    def tables(self, swapped: bool = False) -> Tables:
        """The 2x2 tables; `swapped` counts those without the event."""
        events1, total1, events2, total2 = (self.columns[name] for name in TABLE)
        if swapped:
            events1, events2 = total1 - events1, total2 - events2
        return Tables(events1, total1, events2, total2)

    def effects(self, reading: Reading) -> Effects:
        """What RevMan computes from each row under a reading, on the analysis scale (log for ratios).

        Beyond the rules for effects: nothing from a row with events above the total or below 0, which
        RevMan leaves empty too.
        """
        measure, get = reading.measure, self.columns
        with np.errstate(all="ignore"):
            if measure.is_dichotomous:
                tables = self.tables(reading.swapped)
                made = dichotomous(measure, tables)
                return Effects.where(made.estimable & ~impossible(tables), made.y, made.v)
            if measure.is_continuous:
                return continuous(measure, *(get[name] for name in MEANS))
            if measure is Measure.OEV:
                return observed_minus_expected(get["o_minus_e"], get["variance"])
            return Effects.where(get["se"] > 0, get["estimate"], get["se"] ** 2)

    def holds(self, kind: Kind) -> Booleans:
        """Rows with data of a kind: an old export fills what a data type does not use with zeros."""
        entered = {
            Kind.DICHOTOMOUS: ("experimental_events", "control_events"),
            Kind.CONTINUOUS: ("experimental_mean", "experimental_sd", "control_mean", "control_sd"),
            Kind.GENERIC: ("estimate",),
            Kind.O_E: ("o_minus_e",),
        }[kind]
        return np.asarray(np.logical_or.reduce([np.nan_to_num(self.columns[name]) != 0 for name in entered]))


def impossible(tables: Tables) -> Booleans:
    """More events than participants, or fewer than none, in either arm."""
    above = (tables.events1 > tables.total1) | (tables.events2 > tables.total2)
    return np.asarray(above | (tables.events1 < 0) | (tables.events2 < 0))


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return float("nan")
    return number if np.isfinite(number) else float("nan")
