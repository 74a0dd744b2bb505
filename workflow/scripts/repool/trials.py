"""The trials of a batch of analyses, as pooling takes them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from repool import effects as trial_effects
from repool.batch import Floats, Integers, Segments, number_of
from repool.effects import Effects, Tables, ZeroCells, dichotomous
from repool.estimates import Estimates
from repool.methods import Method
from repool.model import Measure, Study

_ARMS = ("experimental", "control")
_EVENTS = tuple(f"{arm}_{name}" for arm in _ARMS for name in ("events", "total"))
_MEANS = tuple(f"{arm}_{name}" for arm in _ARMS for name in ("mean", "sd", "total"))

#: The columns that a measure is computed from, under the names they have in `studies.csv`.
COLUMNS: dict[Measure, tuple[str, ...]] = {
    **dict.fromkeys((Measure.RR, Measure.OR, Measure.RD, Measure.PETO, Measure.ASD), _EVENTS),
    **dict.fromkeys((Measure.MD, Measure.SMD, Measure.ROM), _MEANS),
    Measure.GIV: ("estimate",),
    Measure.OEV: ("o_minus_e", "variance"),
    Measure.COR: ("correlation", "total"),
    Measure.PLO: ("events", "total"),
    Measure.PFT: ("events", "total"),
    Measure.MEAN: ("mean", "sd", "total"),
}
#: What a generic estimate may come with, and what an empty cell stands for.
GENERIC = {
    "se": np.nan, "ci_low": np.nan, "ci_high": np.nan, "ci_level": 95.0, "statistic": np.nan,
    "p": np.nan, "df": np.nan, "scale_factor": 1.0,
}  # fmt: skip

_BLOCK = 2**16  # trials: few enough for their arrays to stay near the processor


def columns_of(measure: Measure) -> tuple[str, ...]:
    """The columns that a measure may be computed from: a generic estimate has several ways to its SE."""
    return (*COLUMNS[measure], *(GENERIC if measure is Measure.GIV else ()))


@dataclass(frozen=True, slots=True)
class Trials:
    """Effects of a batch's trials, all analyses one measure.

    tables: the 2x2 tables of dichotomous measures. cells: the same after the zero-cell correction; None
    where the method's rule looks at each segment for itself.
    """

    measure: Measure
    effects: Effects
    tables: Tables | None
    segments: Segments
    cells: Tables | None = None

    @staticmethod
    def of_columns(
        measure: Measure,
        columns: Mapping[str, Floats],
        segments: Segments,
        method: Method,
        log_scale: bool = False,
        analyses: Segments | None = None,
    ) -> "Trials":
        """Trials from the columns of a measure (`COLUMNS`, `GENERIC`), by the method's rules for effects.

        ci_level in percent; log_scale says that generic estimates are ratios. `analyses` as in
        `of_tables`. Raises KeyError for a column that is missing.
        """
        whole = segments if analyses is None else analyses
        x = [columns[name] for name in COLUMNS[measure]]
        if measure.is_dichotomous:
            return Trials.of_tables(measure, Tables(*x), segments, method.zero_cells, whole)
        if measure.is_continuous:
            effects = trial_effects.continuous(measure, *x, smd=method.smd)
        elif measure is Measure.GIV:
            given = {
                name: np.full(len(x[0]), empty) if (column := columns.get(name)) is None
                else np.where(np.isnan(column), empty, column)
                for name, empty in GENERIC.items()
            }  # fmt: skip
            given["ci_level"] = given["ci_level"] / 100
            effects = trial_effects.generic(x[0], **given, log_scale=log_scale)
        elif measure is Measure.OEV:
            effects = trial_effects.observed_minus_expected(*x)
        elif measure is Measure.COR:
            effects = trial_effects.correlation(*x)
        elif measure is Measure.MEAN:
            effects = trial_effects.single_mean(*x)
        else:
            effects = trial_effects.single_proportion(measure, x[0], x[1], method.zero_cells, whole)
        return Trials(measure, effects, None, segments)

    @staticmethod
    def of_rows(
        measure: Measure, rows: Sequence[Study], segments: Segments, method: Method, log_scale: bool
    ) -> "Trials":
        """Trials from rows of `studies.csv`; the rest as in `of_columns`."""
        columns = {
            name: np.array([number_of(row, name) for row in rows], dtype=np.float64)
            for name in columns_of(measure)
        }
        return Trials.of_columns(measure, columns, segments, method, log_scale)

    @staticmethod
    def of_tables(
        measure: Measure,
        tables: Tables,
        segments: Segments,
        zero_cells: ZeroCells,
        analyses: Segments | None = None,
    ) -> "Trials":
        """Trials with 2x2 tables.

        `analyses` are the stretches that the rule for empty cells looks at as a whole, where they are
        not the segments: a trial of a subgroup is corrected as in the overall result.
        """
        whole = segments if analyses is None else analyses
        effects = dichotomous(measure, tables, zero_cells, whole)
        return Trials(measure, effects, tables, segments, tables.corrected(zero_cells, whole))

    def estimates(self) -> Estimates:
        """The estimable trials."""
        used = self.effects.estimable
        part = self.segments.keep(used)
        if part is self.segments:
            return Estimates.of(self.effects.y, self.effects.v, part)
        return Estimates.of(self.effects.y[used], self.effects.v[used], part)

    def at(self, positions: Integers, segments: Segments) -> "Trials":
        """The trials at these positions, in other segments; one may be in several."""
        effects = Effects(
            self.effects.y[positions], self.effects.v[positions], self.effects.estimable[positions]
        )
        tables, cells = (each and each.only(positions) for each in (self.tables, self.cells))
        return Trials(self.measure, effects, tables, segments, cells)

    def blocks(self) -> Iterator["Trials"]:
        """The batch in stretches of whole analyses, so that memory does not grow with its size."""
        offsets = self.segments.offsets
        start = 0
        while start < len(self.segments):
            stop = int(np.searchsorted(offsets, offsets[start] + _BLOCK, side="right")) - 1
            stop = max(stop, start + 1)
            yield self._stretch(start, stop)
            start = stop

    def _stretch(self, start: int, stop: int) -> "Trials":
        if (start, stop) == (0, len(self.segments)):
            return self
        offsets = self.segments.offsets[start : stop + 1]
        trials = slice(int(offsets[0]), int(offsets[-1]))
        y, v, estimable = self.effects.y[trials], self.effects.v[trials], self.effects.estimable[trials]
        tables, cells = (each and each.only(trials) for each in (self.tables, self.cells))
        return Trials(self.measure, Effects(y, v, estimable), tables, Segments(offsets - offsets[0]), cells)
