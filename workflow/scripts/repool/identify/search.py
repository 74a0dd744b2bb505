"""The search: from the plain settings to the far-fetched, all totals of a batch at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from repool.batch import Booleans, Floats, Integers
from repool.identify.asked import FIGURES, Asked
from repool.identify.figures import Made, Maker
from repool.identify.found import Identified, Outcome
from repool.identify.information import spare_bits
from repool.identify.settings import Setting, differing_fields, simplicity
from repool.identify.space import Stage, consistent, stages

_SAME = 1e-9  # relative: figures further apart are different
_FAR = 1e6
_MOST_ROWS = 500_000  # trials of totals without one of them each, at a time
_MOST_TRIALS = 100  # of a total of which trials are left out one at a time
_OF_TRIALS = frozenset({"estimate", "tau2", "q", "df", "p_q", "weights"})  # no interval has a part in them
_OF_INTERVAL = frozenset({"ci_low", "ci_high", "z_effect", "p_effect"})
_OF_SHARE = frozenset({"i2"})


def identify(asked: Asked, base: Setting) -> list[Identified]:
    """The settings behind each total of a batch, around one base setting such as the declared one.

    A stage is searched for the totals that no stage before it explains; all settings of the first stage
    that explains a total are returned.
    """
    search = _Search(asked, replace(base, method=consistent(base.method)))
    for stage in stages(search.base, asked.published()):
        if not search.open.any():
            break
        search.run(stage)
    return [search.result(total) for total in range(len(asked))]


@dataclass(frozen=True, slots=True)
class _Try:
    """One setting's figures for some totals. numbers: which; left_out: the trial each does without."""

    setting: Setting
    made: Made
    asked: Asked
    numbers: Integers
    left_out: Sequence[str] | None

    def agrees(self, names: frozenset[str]) -> Booleans:
        """The totals of which it gives every published figure of these names."""
        misses = self.made.misses(self.asked)
        return _none_missed({name: miss for name, miss in misses.items() if name in names}, len(self.numbers))

    def setting_of(self, place: int) -> Setting:
        return self.setting if self.left_out is None else replace(self.setting, left_out=self.left_out[place])

    def figures_of(self, place: int) -> dict[str, float]:
        return {name: float(column[place]) for name, column in self.made.figures.items()}


class _Search:
    """What is known while the stages are worked through."""

    def __init__(self, asked: Asked, base: Setting) -> None:
        count = len(asked)
        self.asked, self.base = asked, base
        self.log_scale = base.log_scale or base.measure.is_ratio
        self.used = [asked.published_of(total) for total in range(count)]
        self.open: Booleans = np.array([bool(names) for names in self.used], np.bool_)
        self.tried = np.zeros(count, np.int64)
        self.stage = [""] * count
        self.found: list[list[tuple[Setting, dict[str, float]]]] = [[] for _ in range(count)]
        self.apart: list[set[str]] = [set() for _ in range(count)]
        self.distance = np.full(count, np.inf)
        self.nearest: list[Setting | None] = [None] * count
        self.nearby: list[dict[str, float]] = [{} for _ in range(count)]
        self.off: list[dict[str, float]] = [{} for _ in range(count)]

    def run(self, stage: Stage) -> None:
        """Try every setting of a stage on the totals that are still open."""
        explained = np.zeros_like(self.open)
        spread = _Spread(self.asked)
        missed: list[tuple[_Try, dict[str, Floats]]] = []
        for each in self._tries(stage):
            misses = each.made.misses(each.asked)
            another = ~self._given_at_maximum(each)
            agree = _none_missed(misses, len(each.numbers)) & another
            np.add.at(self.tried, each.numbers[another], 1)
            for place in np.flatnonzero(agree).tolist():
                self.found[each.numbers[place]].append((each.setting_of(place), each.figures_of(place)))
            if agree.any():
                explained[each.numbers[agree]] = True
                spread.add(each, agree)
            if not agree.all():
                missed.append((each, misses))
        self.open = self.open & ~explained
        for total in np.flatnonzero(explained):
            self.stage[total] = stage.name
        spread.write(self.apart, np.flatnonzero(explained))
        for each, misses in missed:
            self._remember_nearest(each, misses)

    def _given_at_maximum(self, each: _Try) -> Booleans:
        """Of REML stopped early, which is no choice of a user: the totals that its maximum gives too."""
        if each.setting.tau2_from != "stopped":
            return np.zeros(len(each.numbers), np.bool_)
        maximum = replace(each.setting, tau2_from="total")
        found = [any(setting == maximum for setting, _ in self.found[n]) for n in each.numbers]
        return np.array(found, np.bool_)

    def _tries(self, stage: Stage) -> Iterator[_Try]:
        numbers, asked = np.flatnonzero(self.open), self.asked.only(self.open)
        if stage.whole:
            yield from self._whole(stage)
        elif stage.leaves_out:
            for which in _blocks(asked.segments.counts):
                part, stems, names = asked.only(which).without_each_trial()
                maker = Maker(part)
                for setting in stage.settings if len(part) else ():
                    yield _Try(setting, maker.make(setting), part, numbers[which][stems], names)
        else:
            maker = Maker(asked)
            for _, group in groupby(stage.settings, _core):
                yield from self._family(list(group), maker, numbers)

    def _family(self, settings: list[Setting], maker: Maker, numbers: Integers) -> Iterator[_Try]:
        """Settings that differ in their intervals and I2 alone.

        The others only where the first gives the rest, and no choice again that by itself gave nothing.
        """
        first = _Try(settings[0], maker.make(settings[0]), maker.asked, numbers, None)
        yield first
        hopeful = first.agrees(_OF_TRIALS)
        if len(settings) == 1 or not hopeful.any():
            return
        part, useless = Maker(maker.asked.only(hopeful)), set[tuple[object, ...]]()
        for setting in settings[1:]:
            method = setting.method
            choices = {("ci", method.ci, method.level): _OF_INTERVAL, ("i2", method.i2_from): _OF_SHARE}
            if useless.isdisjoint(choices):
                each = _Try(setting, part.make(setting), part.asked, numbers[hopeful], None)
                useless |= {choice for choice, names in choices.items() if not each.agrees(names).any()}
                yield each

    def _whole(self, stage: Stage) -> Iterator[_Try]:
        """Settings for which the totals of an analysis need each other: only where there are several."""
        _, place, size = np.unique(self.asked.analysis, return_inverse=True, return_counts=True)
        which: Booleans = self.open & (size[place] > 1)
        if which.any():
            maker = Maker(self.asked)
            for setting in stage.settings:
                made = maker.make(setting)
                yield _Try(
                    setting, made.only(self.asked, which), self.asked.only(which), np.flatnonzero(which), None
                )

    def _remember_nearest(self, each: _Try, misses: dict[str, Floats]) -> None:
        far = _distance(each, misses)
        for place in np.flatnonzero(self.open[each.numbers] & (far < self.distance[each.numbers])).tolist():
            total = int(each.numbers[place])
            if (
                far[place] < self.distance[total]
            ):  # a total can be there more than once, a trial left out each time
                self.distance[total] = far[place]
                self.nearest[total] = each.setting_of(place)
                self.nearby[total] = each.figures_of(place)
                self.off[total] = {
                    name: float(miss[place]) for name, miss in misses.items() if miss[place] > 0
                }

    def result(self, total: int) -> Identified:
        """What was found for one total."""
        pairs = self.found[total]
        if len(pairs) > 1:
            pairs = self._touched(sorted(pairs, key=lambda pair: simplicity(pair[0], self.base)))
        settings = tuple(setting for setting, _ in pairs)
        outcome = Outcome.NONE
        if settings:
            outcome = Outcome.UNIQUE if len(settings) == 1 else Outcome.EQUIVALENT
        figures = pairs[0][1] if pairs else self.nearby[total]
        apart = self.apart[total]
        return Identified(
            outcome,
            self.used[total],
            settings,
            differing_fields(settings) if len(settings) > 1 else (),
            tuple(name for name in (*FIGURES, "weights") if name in apart) if len(settings) > 1 else (),
            None if settings else self.nearest[total],
            figures,
            {} if settings else self.off[total],
            int(self.tried[total]),
            self.stage[total],
            spare_bits(self.asked.spans_of(total), figures, self.log_scale, int(self.tried[total])),
        )

    def _touched(
        self, pairs: list[tuple[Setting, dict[str, float]]]
    ) -> list[tuple[Setting, dict[str, float]]]:
        """Without settings that treat trials without events in another way where there is no such trial."""
        kept: dict[tuple[Setting, str], tuple[Setting, dict[str, float]]] = {}
        for setting, figures in pairs:
            method = replace(setting.method, double_zero=self.base.method.double_zero)
            kept.setdefault((replace(setting, method=method), repr(figures)), (setting, figures))
        return list(kept.values())


class _Spread:
    """How far the figures of the settings that explain a total lie apart."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        count = len(asked)
        self.low = {name: np.full(count, np.inf) for name in FIGURES}
        self.high = {name: np.full(count, -np.inf) for name in FIGURES}
        self.missing = {name: np.zeros(count, np.bool_) for name in FIGURES}
        self.light, self.heavy = np.full(len(asked.trials), np.inf), np.full(len(asked.trials), -np.inf)

    def add(self, each: _Try, agree: Booleans) -> None:
        """One more setting, for the totals that it explains."""
        numbers = each.numbers[agree]
        for name in FIGURES:
            values = each.made.figures[name][agree]
            self.missing[name][numbers] |= np.isnan(values)
            np.fmin.at(self.low[name], numbers, values)
            np.fmax.at(self.high[name], numbers, values)
        if each.left_out is None:
            places = _places(self.asked, numbers)
            weights = each.made.weights[each.asked.segments.spread(agree) > 0]
            self.light[places] = np.minimum(self.light[places], weights)
            self.heavy[places] = np.maximum(self.heavy[places], weights)

    def write(self, apart: list[set[str]], numbers: Integers) -> None:
        """Put the names of the figures that differ into `apart`, for the totals of these numbers."""
        with np.errstate(invalid="ignore"):
            for name in FIGURES:
                low, high = self.low[name], self.high[name]
                known = high >= low
                size = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-6)
                differs = known & ((high - low > _SAME * size) | self.missing[name])
                for total in numbers[differs[numbers]]:
                    apart[total].add(name)
            gap = self.asked.segments.highest(self.heavy - self.light)
        for total in numbers[gap[numbers] > 1e-6]:
            apart[total].add("weights")


def _blocks(counts: Integers) -> Iterator[Booleans]:
    """Totals that are small enough to leave out each trial, as many at a time as memory bears."""
    rows = np.where(counts <= _MOST_TRIALS, counts**2, 0)
    block = np.cumsum(rows) // _MOST_ROWS
    for number in np.unique(block[rows > 0]):
        yield (block == number) & (rows > 0)


def _places(asked: Asked, numbers: Integers) -> Integers:
    """Where the trials of these totals, in rising order, lie."""
    mask = np.zeros(len(asked), np.bool_)
    mask[numbers] = True
    return np.flatnonzero(np.repeat(mask, asked.segments.counts))


def _core(setting: Setting) -> Setting:
    """The setting but for its intervals."""
    method = replace(setting.method, ci="Wald", level=0.95, i2_from="Q", prediction="none")
    return replace(setting, method=method)


def _none_missed(misses: dict[str, Floats], count: int) -> Booleans:
    agree = np.ones(count, np.bool_)
    for miss in misses.values():
        agree &= miss == 0
    return agree


def _distance(each: _Try, misses: dict[str, Floats]) -> Floats:
    """How many figures of each total are missed and, where equally many are, by how much the worst is.

    Effects in standard errors, weights and I2 in wholes, tau2 and Q in themselves.
    """
    figures, setting = each.made.figures, each.setting
    ratio = setting.measure.is_ratio or setting.log_scale
    se = each.made.se * np.where(ratio, np.abs(figures["estimate"]), 1.0)
    scales: dict[str, Floats | float] = {"weights": 100.0, "i2": 100.0}
    scales |= {name: np.abs(figures[name]) + 1e-9 for name in ("tau2", "q", "df")}
    scales |= dict.fromkeys(("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high"), se)
    far, missed = np.zeros(len(each.numbers)), np.zeros(len(each.numbers))
    with np.errstate(invalid="ignore", divide="ignore"):
        for name, miss in misses.items():
            worst = np.nan_to_num(miss / scales.get(name, 1.0), nan=_FAR, posinf=_FAR)
            far, missed = np.maximum(far, np.minimum(worst, _FAR)), missed + (miss > 0)
    return far + 2 * _FAR * missed
