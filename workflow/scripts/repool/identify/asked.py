"""What identification is asked: the trials of a batch of totals, and what was published of each total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from repool.batch import Booleans, Floats, Integers, Segments
from repool.model import Measure
from repool.printed import Printed

#: Figures of a total that identification can use, on the natural scale; z without its sign.
FIGURES = (
    "estimate", "ci_low", "ci_high", "z_effect", "p_effect", "tau2", "q", "df", "p_q", "i2",
    "prediction_low", "prediction_high",
)  # fmt: skip

_ROUNDING = 1e-9  # of half a printed digit, as in `Printed.agrees`
_FLOATING = 1e-15  # relative: what reading a decimal number leaves
_COMPUTED = 1e-12  # relative: what computing a weight in another order leaves


@dataclass(frozen=True, slots=True)
class Spans:
    """Where unrounded numbers may lie, given what was printed: [low, high], NaN where nothing was."""

    low: Floats
    high: Floats

    @staticmethod
    def of(printed: Sequence[Printed | None], least: float = 0.0) -> "Spans":
        """The spans of printed figures; None: nothing was printed.

        To either side half a unit of the last digit or, where that is more, `least` of the figure itself.
        """
        ends = np.array([_ends(each, least) for each in printed], np.float64).reshape(-1, 2)
        return Spans(ends[:, 0], ends[:, 1])

    @staticmethod
    def of_weights(printed: Sequence[Printed | None]) -> "Spans":
        """The spans of printed weights: all their digits, as far as double precision computes them."""
        return Spans.of(printed, _COMPUTED)

    @staticmethod
    def none(count: int) -> "Spans":
        """Nothing printed."""
        return Spans(np.full(count, np.nan), np.full(count, np.nan))

    @property
    def printed(self) -> Booleans:
        """Where something was printed."""
        known: Booleans = ~np.isnan(self.low)
        return known

    def at(self, which: Booleans | Integers) -> "Spans":
        """Some of them."""
        return Spans(self.low[which], self.high[which])

    def widened(self, by: float) -> "Spans":
        """The same with more room to either side."""
        return Spans(self.low - by, self.high + by)

    def misses(self, ours: Floats) -> Floats:
        """How far each number of ours lies outside: 0 where it agrees or nothing was printed, inf for NaN."""
        with np.errstate(invalid="ignore"):
            outside = np.maximum(np.maximum(self.low - ours, ours - self.high), 0.0)
        return np.where(self.printed, np.where(np.isnan(ours), np.inf, outside), 0.0)


def _ends(printed: Printed | None, least: float) -> tuple[float, float]:
    if printed is None:
        return np.nan, np.nan
    if printed.relation in ("<", "≤"):
        return -np.inf, printed.value
    if printed.relation in (">", "≥"):
        return printed.value, np.inf
    size = abs(printed.value)
    half = max(printed.half_unit, least * size) * (1 + _ROUNDING) + _FLOATING * size
    return printed.value - half, printed.value + half


@dataclass(frozen=True, slots=True)
class Asked:
    """Totals of one measure end to end, their trials' columns (`trials.COLUMNS`), and what was published.

    columns, trials (names) and weights (percent of the total): shape (trials,). figures: by name, those of
    `FIGURES` that were published of any total, shape (totals,). analysis: a number that totals of the
    same analysis share.
    """

    measure: Measure
    log_scale: bool
    columns: Mapping[str, Floats]
    trials: Sequence[str]
    segments: Segments
    figures: Mapping[str, Spans]
    weights: Spans
    analysis: Integers

    def __len__(self) -> int:
        return len(self.segments)

    def only(self, which: Booleans) -> "Asked":
        """The chosen totals, `which` having shape (totals,)."""
        if which.all():
            return self
        segments, mask = self.segments.select(which)
        return replace(
            self,
            columns={name: column[mask] for name, column in self.columns.items()},
            trials=[self.trials[int(place)] for place in np.flatnonzero(mask)],
            segments=segments,
            figures={name: spans.at(which) for name, spans in self.figures.items()},
            weights=self.weights.at(mask),
            analysis=self.analysis[which],
        )

    def published(self) -> frozenset[str]:
        """Names of what was published of any total; "weights" among them."""
        names = {name for name, spans in self.figures.items() if spans.printed.any()}
        return frozenset(names | ({"weights"} if self.weights.printed.any() else set()))

    def published_of(self, total: int) -> tuple[str, ...]:
        """Names of what was published of one total, in the order of `FIGURES`, "weights" last."""
        names = [name for name in FIGURES if name in self.figures and self.figures[name].printed[total]]
        trials = slice(int(self.segments.offsets[total]), int(self.segments.offsets[total + 1]))
        return (*names, *(["weights"] if self.weights.printed[trials].any() else []))

    def spans_of(self, total: int) -> dict[str, tuple[float, float]]:
        """What was published of one total, as spans; of weights their number and the width of a span."""
        found = {
            name: (float(spans.low[total]), float(spans.high[total]))
            for name, spans in self.figures.items()
            if spans.printed[total]
        }
        trials = slice(int(self.segments.offsets[total]), int(self.segments.offsets[total + 1]))
        widths = (self.weights.high - self.weights.low)[trials]
        count = int((widths > 0).sum())
        if count:
            found["weights"] = (float(count), float(np.nanmax(widths)))
        return found

    def without_each_trial(self) -> tuple["Asked", Integers, Sequence[str]]:
        """Each total once without each of its trials that has no printed weight above 0.

        Returns these totals end to end, the number of the total that each stems from, and the trial left out.
        """
        with np.errstate(invalid="ignore"):
            free = np.flatnonzero(~(self.weights.high > 1e-3))
        numbers = np.repeat(np.arange(len(self)), self.segments.counts)
        stems = numbers[free]
        kept = [np.arange(*self.segments.offsets[[n, n + 1]]) for n in stems]
        places = [each[each != trial] for each, trial in zip(kept, free, strict=True)]
        flat = np.concatenate([np.zeros(0, np.int64), *places]).astype(np.int64)
        made = Asked(
            self.measure,
            self.log_scale,
            {name: column[flat] for name, column in self.columns.items()},
            [self.trials[int(place)] for place in flat],
            Segments.of_counts([len(each) for each in places]),
            {name: spans.at(stems) for name, spans in self.figures.items()},
            self.weights.at(flat),
            self.analysis[stems],
        )
        return made, stems, [self.trials[int(place)] for place in free]
