"""Means and SDs of an arm that its source reports in other terms: checked, converted, and said so.

Columns `<arm>_se`, `_ci_low`, `_ci_high`, `_median`, `_q1`, `_q3`, `_min` and `_max` of studies.csv. What
is given in two ways must agree within rounding; the first conversion that applies fills an empty cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise

import numpy as np
from scipy.special import ndtri, stdtrit

from repool.batch import Floats
from repool.conversions import quantiles, spread
from repool.conversions.records import Converted
from repool.conversions.wording import ConvertedCell
from repool.readers.problems import words
from repool.readers.sheet import MAX_PLACES, Record

ARMS = ("experimental", "control")
_NAMES = ("se", "ci_low", "ci_high", "median", "q1", "q3", "min", "max")
SUMMARIES = tuple(f"{arm}_{name}" for arm in ARMS for name in _NAMES)
#: What an empty mean or SD may be converted from, the first that is complete.
_FIVE = ("min", "q1", "median", "q3", "max")
_QUARTILES = ("q1", "median", "q3")
_RANGE = ("min", "median", "max")
_WAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "mean": (_FIVE, _QUARTILES, _RANGE),
    "sd": (("se",), ("ci_low", "ci_high"), _FIVE, ("q1", "q3"), ("min", "max")),
}
_PAIRS = (("ci_low", "ci_high"), ("q1", "q3"), ("min", "max"))
_CORRECT = "correct the row or add it to corrections.csv"
_OFF_CENTRE = 0.05  # of the interval's width, as for generic estimates
INSTEAD = (
    "; an SD also follows from se, from ci_low and ci_high, from q1 and q3 or from min and max of its arm, "
    "a mean from median with q1 and q3 or min and max"
)

Values = Mapping[str, float | None]


def follows(values: Values, column: str) -> bool:
    """Whether an empty cell is one that the row's other cells can fill."""
    arm, _, what = column.partition("_")
    return _way(values, arm, what) is not None


def converted(record: Record, values: Values) -> tuple[dict[str, float], str]:
    """The empty means and SDs of a row that others fill, and how, as column `converted` says it.

    The row's cells must be numbers, and those it needs either given or to follow. Reports what is
    impossible, disagrees or looks skewed. Values have 12 significant digits, which no platform disturbs.
    """
    if all(values[column] is None for column in SUMMARIES):
        return {}, ""
    before = record.problems.error_count
    arms = [_Arm(record, values, arm) for arm in ARMS]
    for arm in arms:
        arm.check()
    if record.problems.error_count > before:
        return {}, ""
    cells = [cell for arm in arms for cell in arm.conversions()]
    return {cell.column: value for cell, value in cells}, "; ".join(str(cell) for cell, _ in cells)


def has_limits(values: Values) -> bool:
    """Whether a row has a limit of a CI of an arm, to which a level belongs."""
    return any(values[f"{arm}_{name}"] is not None for arm in ARMS for name in ("ci_low", "ci_high"))


def _way(values: Values, arm: str, what: str) -> tuple[str, ...] | None:
    ways = _WAYS.get(what, ())
    return next((way for way in ways if all(values[f"{arm}_{name}"] is not None for name in way)), None)


@dataclass(frozen=True, slots=True)
class _Span:
    """The SDs that a summary allows for, given how many digits it is printed with."""

    names: tuple[str, ...]
    low: float
    high: float

    def agrees(self, other: "_Span") -> bool:
        slack = 1e-9 * max(abs(self.high), abs(other.high))
        return self.low <= other.high + slack and other.low <= self.high + slack


class _Arm:
    """One arm of a row: its cells as numbers, and what can be said of them."""

    def __init__(self, record: Record, values: Values, arm: str) -> None:
        self.record, self.values, self.arm = record, values, arm
        self.level = (values["ci_level"] or 95.0) / 100
        self.total = values[f"{arm}_total"] or 0.0

    def check(self) -> None:
        """Report halves of pairs, what is in the wrong order, and what cannot be true together."""
        before = self.record.problems.error_count
        given = [name for name in _NAMES if self.given(name)]
        for low, high in _PAIRS:
            if self.given(low) != self.given(high):
                absent, present = (low, high) if self.given(high) else (high, low)
                self.wrong(
                    absent, words("an empty cell"), f"a number beside {self.column(present)}",
                    "give both or neither",
                )  # fmt: skip
        if self.given("se") and self["se"] < 0:
            self.wrong("se", self.text("se"), "a standard error of 0 or more", _CORRECT)
        for low, high in (("ci_low", "ci_high"), *pairwise(name for name in _FIVE if self.given(name))):
            if self.given(low) and self.given(high) and self[low] > self[high]:
                self.wrong(
                    low, self.text(low), f"at most {self.column(high)} {self.text(high)}",
                    f"swap them, or {_CORRECT}",
                )  # fmt: skip
        if given and self.total < 2:
            self.wrong(
                "total", self.text("total"), f"at least 2 participants beside {self.column(given[0])}",
                _CORRECT,
            )  # fmt: skip
        if self.record.problems.error_count == before:
            self.check_mean()
            self.check_sd()

    def check_mean(self) -> None:
        """Report a mean outside its CI or the range, and warn of one off the centre of its CI."""
        if not self.given("mean"):
            return
        for low, high in (("ci_low", "ci_high"), ("min", "max")):
            slack = self.half("mean") + (max(self.half(low), self.half(high)) if self.given(low) else 0)
            if self.given(low) and not self[low] - slack <= self["mean"] <= self[high] + slack:
                self.wrong(
                    "mean", self.text("mean"), f"a value between {self.shown(low)} and {self.shown(high)}",
                    _CORRECT,
                )  # fmt: skip
                return
        if self.given("ci_low"):
            width = self["ci_high"] - self["ci_low"]
            slack = self.half("mean") + (self.half("ci_low") + self.half("ci_high")) / 2
            if abs(self["mean"] - (self["ci_low"] + self["ci_high"]) / 2) > _OFF_CENTRE * width + slack:
                self.warn(
                    "mean", self.text("mean"),
                    f"about the middle between {self.shown('ci_low')} and {self.shown('ci_high')}",
                    "check the three against the source: an SD from limits of a transformed mean is wrong",
                )  # fmt: skip

    def check_sd(self) -> None:
        """Report an SD, SE and CI that contradict each other, or an SD that the range has no room for."""
        spans = self.spans()
        for one, other in combinations(spans, 2):
            if not one.agrees(other):
                self.report_contradiction(one, other)
                return
        if spans and self.given("min"):
            width = self["max"] - self["min"] + self.half("min") + self.half("max")
            most = width / 2 * np.sqrt(self.total / (self.total - 1))
            if spans[0].low > most * (1 + 1e-9):
                names = spans[0].names
                self.wrong(
                    names[0], self.found(names),
                    f"at most an SD of {most:.4g}, half the distance of {self.shown('min')} and "
                    f"{self.shown('max')} with n = {self.total:.0f}",
                    f"check for an SD in the place of an SE, or {_CORRECT}",
                )  # fmt: skip

    def report_contradiction(self, one: _Span, other: _Span) -> None:
        """Two summaries that lead to different SDs, at the second of them."""
        basis = " and ".join(self.shown(name) for name in one.names)
        level = f" and a level of {100 * self.level:g}%" if "ci_low" in (*one.names, *other.names) else ""
        self.wrong(
            other.names[0], self.found(other.names),
            f"what fits {basis} with n = {self.total:.0f}{level}: an SD from {max(one.low, 0):.4g} to "
            f"{one.high:.4g}, not from {max(other.low, 0):.4g} to {other.high:.4g}",
            f"clear the one that is wrong, or {_CORRECT}",
        )  # fmt: skip

    def spans(self) -> list[_Span]:
        """The SDs that SD, SE and CI allow for; a CI may be of t or, in old reports, normal."""
        spans, root = [], float(np.sqrt(self.total))
        if self.given("sd"):
            spans.append(_Span(("sd",), self["sd"] - self.half("sd"), self["sd"] + self.half("sd")))
        if self.given("se"):
            low, high = self["se"] - self.half("se"), self["se"] + self.half("se")
            spans.append(_Span(("se",), low * root, high * root))
        if self.given("ci_low"):
            width, slack = self["ci_high"] - self["ci_low"], self.half("ci_low") + self.half("ci_high")
            upper = 0.5 + self.level / 2
            t, z = float(stdtrit(self.total - 1, upper)), float(ndtri(upper))
            low, high = (width - slack) / (2 * t), (width + slack) / (2 * z)
            spans.append(_Span(("ci_low", "ci_high"), low * root, high * root))
        return spans

    def conversions(self) -> list[tuple[ConvertedCell, float]]:
        """The empty cells that can be filled, each with how and with its value; warns of shaky ones."""
        made = []
        for what in ("mean", "sd"):
            way = None if self.given(what) else _way(self.values, self.arm, what)
            if way is None:
                continue
            result = self.convert(what, way)
            columns = [*way, *(["ci_level"] if way == ("ci_low", "ci_high") else [])]
            cells = {self.column(name): self.cell_text(name) for name in columns}
            value = float(f"{float(result.values[0]):.12g}")
            made.append((ConvertedCell(self.column(what), result.by, cells), value))
            self.warn_of_shaky(what, way)
        return made

    def convert(self, what: str, way: tuple[str, ...]) -> Converted:
        """The mean or SD by one of the ways."""
        x, total = self.arrays(way), np.array([self.total])
        if way == ("se",):
            return spread.sd_from_se(x["se"], total)
        if way == ("ci_low", "ci_high"):
            return spread.sd_from_ci(x["ci_low"], x["ci_high"], total, self.level)
        if way == ("q1", "q3"):
            return quantiles.sd_from_quartiles(x["q1"], x["q3"], total)
        if way == ("min", "max"):
            return quantiles.sd_from_range(x["min"], x["max"], total)
        if way == _FIVE:
            both = quantiles.from_five_numbers(x["min"], x["q1"], x["median"], x["q3"], x["max"], total)
        elif way == _QUARTILES:
            both = quantiles.from_quartiles(x["q1"], x["median"], x["q3"], total)
        else:
            both = quantiles.from_range(x["min"], x["median"], x["max"], total)
        return both.mean if what == "mean" else both.sd

    def warn_of_shaky(self, what: str, way: tuple[str, ...]) -> None:
        """Warn of quantiles that look skewed, once an arm, and of an SD that rests on two participants."""
        median = self.given("median") and self.total >= 5
        first = what == "mean" or self.given("mean")
        test = way if what == "mean" else _median_added(way)
        if first and median and test and self.is_skewed(test):
            self.warn(
                "median", self.text("median"),
                f"a value nearer the centre of {' and '.join(self.shown(n) for n in test if n != 'median')}: "
                "normal data, which the conversion assumes, seldom look like this (Shi 2023, 5% level)",
                "see how much the result depends on this trial",
            )  # fmt: skip
        if what == "sd" and way == ("min", "max"):
            self.warn(
                "min", f"{self.text('min')} to {self.text('max')}",
                "an SD, an SE, a CI or quartiles: the Handbook (6.5.2.6) advises against SDs from a range",
                "see how much the result depends on this trial",
            )  # fmt: skip

    def is_skewed(self, names: tuple[str, ...]) -> bool:
        """Whether these quantiles, median among them, speak against normal data."""
        x, total = self.arrays(names), np.array([self.total])
        if names == _FIVE:
            test = quantiles.skewness_of_five_numbers(
                x["min"], x["q1"], x["median"], x["q3"], x["max"], total
            )
        elif names == _QUARTILES:
            test = quantiles.skewness_of_quartiles(x["q1"], x["median"], x["q3"], total)
        else:
            test = quantiles.skewness_of_range(x["min"], x["median"], x["max"], total)
        return bool(test.skewed[0])

    def arrays(self, names: tuple[str, ...]) -> dict[str, Floats]:
        return {name: np.array([self[name]]) for name in names}

    def __getitem__(self, name: str) -> float:
        value = self.values[self.column(name)]
        assert value is not None
        return value

    def given(self, name: str) -> bool:
        return self.values[self.column(name)] is not None

    def column(self, name: str) -> str:
        return name if name == "ci_level" else f"{self.arm}_{name}"

    def text(self, name: str) -> str:
        return self.record.text(self.column(name))

    def cell_text(self, name: str) -> str:
        """A cell with a decimal point; the level that an empty cell stands for."""
        return self.record.plain(self.column(name)) or "95"

    def shown(self, name: str) -> str:
        return f"{self.column(name)} {self.text(name)}"

    def found(self, names: tuple[str, ...]) -> str:
        return " to ".join(self.text(name) for name in names)

    def half(self, name: str) -> float:
        """Half a unit of the last digit that the cell has; a zero may have any exponent (0e999)."""
        exponent = Decimal(self.record.plain(self.column(name))).as_tuple().exponent
        return 0.5 * 10.0 ** min(int(exponent), MAX_PLACES)

    def wrong(self, name: str, found: str, expected: str, remedy: str) -> None:
        self.record.wrong(self.column(name), found, expected, remedy)

    def warn(self, name: str, found: str, expected: str, remedy: str) -> None:
        record = self.record
        record.problems.warning(record.file, record.line, self.column(name), found, expected, remedy)


def _median_added(way: tuple[str, ...]) -> tuple[str, ...]:
    """The quantiles that a test of skewness takes for an SD made of these; none for an SE or CI."""
    return {_FIVE: _FIVE, ("q1", "q3"): _QUARTILES, ("min", "max"): _RANGE}.get(way, ())
