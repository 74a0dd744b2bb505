"""What RevMan took the rows of an analysis for: measure, log scale, level, swapped events.

Found from each trial's own printed effect and limits, for all analyses of one or many reviews at once, and
a reason for every row. RevMan prints to six decimals, half away from zero, without trailing zeros; some
newer exports print 15 or 16 decimals. Evidence: docs/methods.md, "What RevMan computes".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import ndtr, ndtri

from repool.batch import Booleans, Floats, Integers
from repool.effects import Effects
from repool.identify.row_readings import MEANS, PLAIN, READINGS, TABLE, Kind, PrintedRows, Reading, impossible
from repool.identify.row_states import RowState
from repool.model import Bilingual, Measure

__all__ = [
    "Outcome",
    "PrintedRows",
    "Reading",
    "RowSetting",
    "RowState",
    "identify_rows",
    "prints_like",
    "row_effects",
]

_USUAL_LEVEL = 95.0
_HALF_UNIT = 0.5e-6 * (1 + 1e-6)  # six decimals; a tie may lie on either side of what doubles can tell
_LONG = 1e-12  # relative: what is left of 15 printed decimals after our arithmetic and RevMan's
_STATES = tuple(RowState)
_CODES = {state: code for code, state in enumerate(_STATES)}
_UNEXPLAINED = _CODES[RowState.UNEXPLAINED]


class Outcome(StrEnum):
    """How well a reading is determined by the printed figures."""

    UNIQUE = "unique"
    EQUIVALENT = "equivalent"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RowSetting:
    """How the rows of one analysis were read.

    level: of the printed limits, in percent. outcome: `none` where a row is left unexplained; else whether
    `others`, readings that explain the rows as well, are empty. declared: the reading was given and is
    only checked; `instead` is then one that explains more rows, if there is one. printed: rows with
    figures. states: what explains each row, in order.
    """

    reading: Reading
    level: float
    outcome: Outcome
    others: tuple[Reading, ...]
    declared: bool
    instead: Reading | None
    printed: int
    states: tuple[RowState, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.reading.measure

    @property
    def kind(self) -> Kind:
        """The kind of data."""
        return self.reading.kind

    @property
    def log_scale(self) -> bool:
        """Whether generic estimates are logs of ratios."""
        return self.reading.log_scale

    @property
    def swapped(self) -> bool:
        """Whether event and non-event have changed places."""
        return self.reading.swapped

    @property
    def note(self) -> Bilingual:
        """The reading in words, for a reader of the results."""
        level = f"{self.level:g}"
        text = Bilingual(f"Lest som {self.reading.label().nb}", f"Read as {self.reading.label().en}")
        if self.level != _USUAL_LEVEL:
            text = Bilingual(f"{text.nb}, {level.replace('.', ',')} % KI", f"{text.en}, {level}% CI")
        if self.others:
            others = [each.label() for each in self.others]
            text = Bilingual(
                f"{text.nb}; tallene passer like godt med {'; '.join(each.nb for each in others)}",
                f"{text.en}; the figures fit {'; '.join(each.en for each in others)} as well",
            )
        return Bilingual(f"{text.nb}.", f"{text.en}.")


def identify_rows(
    rows: PrintedRows, declared: Sequence[tuple[Reading, float] | None] | None = None
) -> list[RowSetting]:
    """The setting of each analysis, in order.

    declared: per analysis its reading and the level of its limits in percent, None where nothing says so.
    Of readings that explain equally many rows the simplest is taken (`READINGS`), and of kinds of data one
    that the rows hold. Time grows with the rows, and is short for analyses with plain 95% limits.
    """
    found = _found(rows)
    chosen, levels = found.chosen.copy(), found.levels.copy()
    given = [None] * len(chosen) if declared is None else list(declared)
    readings = list(READINGS)
    for place, each in enumerate(given):
        if each is not None:
            if each[0] not in readings:
                readings.append(each[0])
            chosen[place], levels[place] = readings.index(each[0]), each[1]
    codes = _state_codes(rows, readings, chosen, levels)
    unexplained = rows.segments.total(codes == _UNEXPLAINED).astype(int)
    printed = rows.segments.total(rows.is_printed).astype(int)
    states = [_STATES[code] for code in codes.tolist()]
    settings = []
    for place, start in enumerate(rows.segments.offsets[:-1].tolist()):
        known = given[place] is not None
        others = () if known else tuple(READINGS[other] for other in found.others.get(place, ()))
        better = known and int(found.failing[place]) < unexplained[place]
        outcome = Outcome.EQUIVALENT if others else Outcome.UNIQUE
        settings.append(
            RowSetting(
                reading=readings[chosen[place]],
                level=float(levels[place]),
                outcome=Outcome.NONE if unexplained[place] else outcome,
                others=others,
                declared=known,
                instead=READINGS[found.chosen[place]] if better else None,
                printed=int(printed[place]),
                states=tuple(states[start : start + int(rows.segments.counts[place])]),
            )
        )
    return settings


def row_effects(rows: PrintedRows, settings: Sequence[RowSetting]) -> Effects:
    """Each row's effect under the reading of its analysis, on the analysis scale (log for ratios)."""
    readings = list(dict.fromkeys(each.reading for each in settings))
    chosen = np.array([readings.index(each.reading) for each in settings], np.int64)
    y, v, estimable = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows), np.bool_)
    for reading, _, where, part in _by_reading(rows, readings, chosen):
        made = part.effects(reading)
        y[where], v[where], estimable[where] = made.y, made.v, made.estimable
    return Effects(y, v, estimable)


def prints_like(ours: Floats, shown: Floats) -> Booleans:
    """Whether RevMan would print our numbers as shown: equal to the sixth decimal.

    Where more decimals are printed these must agree too, but for the arithmetic of the last of them, and
    numbers too long for six decimals of a double in what a double holds. NaN agrees with nothing.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        millionths = shown * 1e6
        long = (np.abs(shown) < 1e6) & (np.abs(millionths - np.rint(millionths)) > 1e-3)
        size = np.abs(shown)
        room = np.where(long, _LONG * np.maximum(size, 1), _HALF_UNIT + _LONG * size)
        return np.asarray(np.abs(ours - shown) <= room)


@dataclass(frozen=True, slots=True)
class _Found:
    """Per analysis: the reading (its place in `READINGS`), the level, and the rows it does not explain."""

    chosen: Integers
    levels: Floats
    failing: Floats
    others: dict[int, tuple[int, ...]]


def _found(rows: PrintedRows) -> _Found:
    """The reading of each analysis: plain ones at 95% first, all of them at any level for what is left."""
    level = np.full(len(rows.segments), _USUAL_LEVEL)
    score = np.array([_score(rows, reading, level) for reading in PLAIN]).reshape(len(PLAIN), -1)
    chosen = score.argmin(axis=0)
    best = score.min(axis=0)
    others = _equal(score, np.arange(len(best)))
    rest = best >= 1
    if rest.any():
        part = rows.only(rest)
        levels = np.array([_level(part, reading) for reading in READINGS])
        wide = np.array([_score(part, reading, each) for reading, each in zip(READINGS, levels, strict=True)])
        chosen[rest], best[rest] = wide.argmin(axis=0), wide.min(axis=0)
        others |= _equal(wide, np.flatnonzero(rest))
        level[rest] = np.take_along_axis(levels, wide.argmin(axis=0)[None], axis=0)[0]
    return _Found(chosen, level, np.floor(best), others)


def _equal(score: Floats, places: Integers) -> dict[int, tuple[int, ...]]:
    """Of each analysis, by its place, the readings that explain all rows as well as the first that does."""
    best = score.min(axis=0)
    equal = (score == best) & (best < 1)
    return {
        int(places[each]): tuple(np.flatnonzero(equal[:, each]).tolist()[1:])
        for each in np.flatnonzero(equal.sum(axis=0) > 1)
    }


def _score(rows: PrintedRows, reading: Reading, level: Floats) -> Floats:
    """Rows of each analysis that a reading does not explain, and a half where others' data are held instead.

    Where others' data are held and nothing is printed, all rows: that a reading gives nothing either says
    nothing for it. One more where the analysis has no cell of the kind filled in. Shape (analyses,).
    """
    parts = rows.segments
    failing = parts.total(~_fits(rows, reading, parts.spread(level)))
    held = parts.total(rows.holds(reading.kind)) > 0
    anything = parts.total(np.logical_or.reduce([rows.holds(kind) for kind in Kind])) > 0
    absent = parts.total(_filled(rows, reading.kind)) == 0
    silent = parts.total(rows.is_printed) == 0
    elsewhere = np.where(silent, parts.counts, failing) + 0.5
    return np.where(absent, parts.counts + 1.0, np.where(anything & ~held, elsewhere, failing))


def _filled(rows: PrintedRows, kind: Kind) -> Booleans:
    """Rows in which no cell of a kind of data is empty."""
    needed = {
        Kind.DICHOTOMOUS: TABLE,
        Kind.CONTINUOUS: MEANS,
        Kind.GENERIC: ("estimate", "se"),
        Kind.O_E: ("o_minus_e", "variance"),
    }[kind]
    return np.asarray(np.logical_and.reduce([~np.isnan(rows.columns[name]) for name in needed]))


def _fits(rows: PrintedRows, reading: Reading, level: Floats) -> Booleans:
    """Rows whose printed figures a reading gives: the effect and both limits, or none where it gives none."""
    made = rows.effects(reading)
    reach = ndtri(0.5 + level / 200) * np.sqrt(made.v)
    agree = made.estimable
    for ours, name in ((made.y, "shown"), (made.y - reach, "shown_low"), (made.y + reach, "shown_high")):
        agree = agree & prints_like(_natural(ours, reading), rows.columns[name])
    return np.asarray(np.where(rows.is_printed, agree, ~made.estimable))


def _natural(values: Floats, reading: Reading) -> Floats:
    if not reading.is_ratio:
        return values
    with np.errstate(over="ignore"):
        return np.exp(values)


def _level(rows: PrintedRows, reading: Reading) -> Floats:
    """The level of each analysis' printed limits, in percent to two decimals, by its most telling row.

    95 where no row tells: none whose printed effect the reading gives.
    """
    made, low, high = rows.effects(reading), rows.columns["shown_low"], rows.columns["shown_high"]
    with np.errstate(all="ignore"):
        known = made.estimable & prints_like(_natural(made.y, reading), rows.columns["shown"])
        width = np.log(high) - np.log(low) if reading.is_ratio else high - low
        blur = 1 / low + 1 / high if reading.is_ratio else np.ones_like(low)
        se = np.sqrt(made.v)
        telling = np.where(known & (width > 0), np.abs(blur) / se, np.inf)
        level = np.round(100 * (2 * ndtr(width / (2 * se)) - 1), 2)
    if not len(rows):
        return np.full(len(rows.segments), _USUAL_LEVEL)
    place = np.minimum(rows.segments.offsets[:-1] + rows.segments.first_lowest(telling), len(rows) - 1)
    usable = np.isfinite(rows.segments.lowest(telling)) & (level[place] > 0) & (level[place] < 100)
    return np.where(usable, level[place], _USUAL_LEVEL)


def _by_reading(
    rows: PrintedRows, readings: Sequence[Reading], chosen: Integers
) -> Iterator[tuple[Reading, Booleans, Booleans, PrintedRows]]:
    """The analyses of each reading in turn: mask of analyses, mask of rows, and their rows."""
    for place in np.unique(chosen).tolist():
        which = chosen == place
        yield readings[place], which, rows.segments.select(which)[1], rows.only(which)


def _state_codes(
    rows: PrintedRows, readings: Sequence[Reading], chosen: Integers, levels: Floats
) -> Integers:
    """The place in `RowState` of what explains each row; shape (rows,)."""
    codes = np.full(len(rows), _UNEXPLAINED)
    for reading, which, where, part in _by_reading(rows, readings, chosen):
        level = part.segments.spread(levels[which])
        fits, printed = _fits(part, reading, level), part.is_printed
        found = np.where(printed, _printed_state(part, reading, level), _empty_state(part, reading))
        codes[where] = np.where(fits, found, _log_limits(part, reading, level))
    return codes


def _printed_state(rows: PrintedRows, reading: Reading, level: Floats) -> Integers:
    typed_in = np.zeros(len(rows), np.bool_)
    if reading.kind in (Kind.GENERIC, Kind.O_E):
        typed_in = rows.holds(Kind.DICHOTOMOUS) | rows.holds(Kind.CONTINUOUS)
    if reading.swapped:
        return np.full(len(rows), _CODES[RowState.SWAPPED])
    choices = [(level != _USUAL_LEVEL, RowState.OTHER_LEVEL), (typed_in, RowState.TYPED_IN)]
    return _select(choices, RowState.EXACT)


def _empty_state(rows: PrintedRows, reading: Reading) -> Integers:
    """Why RevMan printed nothing for rows that are not estimable under a reading."""
    columns = rows.columns
    if reading.kind is Kind.DICHOTOMOUS:
        tables = rows.tables(reading.swapped)
        nobody = ~(np.nan_to_num(tables.total1) + np.nan_to_num(tables.total2) > 0)
        blank = nobody & ~rows.holds(Kind.DICHOTOMOUS)
        missing = np.isnan(tables.events1) | np.isnan(tables.events2)
        return _select(
            [
                (blank | missing, RowState.EMPTY),
                (impossible(tables), RowState.IMPOSSIBLE),
                (~tables.both_arms, RowState.NO_PARTICIPANTS),
                (tables.no_events, RowState.NO_EVENTS),
                (tables.all_events, RowState.ALL_EVENTS),
            ],
            RowState.UNEXPLAINED,
        )
    if reading.kind is Kind.CONTINUOUS:
        sd1, sd2 = columns["experimental_sd"], columns["control_sd"]
        total1, total2 = columns["experimental_total"], columns["control_total"]
        return _select(
            [
                (~rows.holds(Kind.CONTINUOUS), RowState.EMPTY),
                ((sd1 < 0) | (sd2 < 0), RowState.IMPOSSIBLE),
                (~((total1 > 0) & (total2 > 0)), RowState.NO_PARTICIPANTS),
                (~((sd1 > 0) & (sd2 > 0)), RowState.ZERO_SD),
            ],
            RowState.FEW,
        )
    return _select([(~rows.holds(reading.kind), RowState.EMPTY)], RowState.ZERO_SE)


def _log_limits(rows: PrintedRows, reading: Reading, level: Floats) -> Integers:
    """Rows of mean differences whose limits are printed as logs: nothing else, and not below 0."""
    if reading.measure is not Measure.MD:
        return np.full(len(rows), _UNEXPLAINED)
    made, shown = rows.effects(reading), rows.columns
    reach = ndtri(0.5 + level / 200) * np.sqrt(made.v)
    with np.errstate(all="ignore"):
        low = prints_like(np.log(made.y - reach), shown["shown_low"])
        high = prints_like(np.log(made.y + reach), shown["shown_high"])
    negative = (made.y - reach < 0) & ~rows.is_printed
    as_logs = made.estimable & np.isnan(shown["shown"]) & ((low & high) | negative)
    return _select([(as_logs, RowState.LOG_LIMITS)], RowState.UNEXPLAINED)


def _select(choices: list[tuple[Booleans, RowState]], otherwise: RowState) -> Integers:
    return np.select(
        [where for where, _ in choices], [_CODES[state] for _, state in choices], _CODES[otherwise]
    )
