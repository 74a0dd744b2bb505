"""All integer 2x2 tables that published totals allow. How: docs/methods.md, "Reconstruction"."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from repool.batch import Booleans, Floats, Integers, Segments
from repool.effects import Tables, natural
from repool.methods import Method
from repool.model import Measure
from repool.pooling import Pooled, pool
from repool.printed import Printed
from repool.quantities import EFFECT
from repool.reconstruct.sums import (
    can_reach,
    contributions,
    estimate_and_se,
    has_bounds,
    is_additive,
    within,
)
from repool.trials import Trials

LIMIT = 1_000_000  # tables compared, with what the search itself takes counted in tables
KEPT = 10_000  # solutions kept; those beyond are only counted
_BLOCK = 2**16  # tables compared at once
_NODE = 500  # what a step of the outer search costs, in tables
_POOLED = 10  # what a table costs that the sums cannot sort out

Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cells:
    """What is known of a trial that is searched: the least and the most of each of its four counts.

    In the order of the columns everywhere here: events and total of the experimental arm, then of the
    control arm. Trials with equal limits are interchangeable; their orders count as one.
    """

    low: tuple[int, int, int, int] = (0, 1, 0, 1)
    high: tuple[float, float, float, float] = (math.inf,) * 4


@dataclass(frozen=True, slots=True)
class Published:
    """What the tables have to agree with.

    totals: events and participants of all trials together, as `Cells`. known: tables of shape (trials, 4)
    that are given. searched: the trials to find. figures: what is printed of the pooled result, by the
    name it has in `pooling.Pooled`, estimate and limits on the natural scale.
    """

    measure: Measure
    method: Method
    totals: tuple[int, int, int, int]
    known: Integers
    searched: tuple[Cells, ...]
    figures: Mapping[str, Printed]

    @property
    def left(self) -> Integers:
        """What the searched trials add up to, shape (4,)."""
        left: Integers = np.asarray(self.totals, np.int64) - self.known.sum(axis=0)
        return left


@dataclass(slots=True)
class Found:
    """Solutions of a search: how many, the first of them, and whether there can be more.

    tables: shape (solutions, searched trials, 4), at most `KEPT`. compared: how many tables were compared
    with the figures. complete: whether nothing was left out; otherwise `count` is a lower bound.
    """

    count: int = 0
    tables: Integers = field(default_factory=lambda: np.zeros((0, 0, 4), np.int64))
    compared: int = 0
    complete: bool = True


def search(published: Published, limit: int = LIMIT, prune: bool = True, enough: int = 0) -> Found:
    """Every table that agrees with all totals and printed figures, as pooling itself prints them.

    limit: after how much work the search ends, counted in tables, whatever the machine; enough: after how
    many solutions (0: all). `prune` leaves out what cannot agree and changes no result.
    """
    found, kept = Found(), []
    walk = _Search(published, limit, prune)
    for tables in walk.candidates():
        good = tables[agreeing(published, tables)]
        kept.append(good[: max(0, KEPT - found.count)])
        found.count += len(good)
        if enough and found.count >= enough:
            walk.complete = False
            break
    shape = (0, len(published.searched), 4)
    found.tables = np.concatenate([np.zeros(shape, np.int64), *kept])
    found.compared, found.complete = walk.compared, walk.complete and not walk.cut
    return found


def agreeing(published: Published, tables: Integers) -> Booleans:
    """Which tables of shape (n, searched trials, 4) the engine pools to the printed figures."""
    good = np.zeros(len(tables), np.bool_)
    if len(tables):
        pooled = pooled_with(published, tables, published.method)
        good[:] = True
        for name, figure in published.figures.items():
            near, column = np.flatnonzero(good), getattr(pooled, name)
            shown = natural(published.measure, column) if name in EFFECT else column
            good[near] = [figure.agrees(float(value)) for value in shown[near]]
    return good


def pooled_with(published: Published, tables: Integers, method: Method) -> Pooled:
    """The given trials pooled with each of the tables, by any method that applies to the measure."""
    count, trials = len(tables), len(published.known) + tables.shape[1]
    given = np.broadcast_to(published.known, (count, *published.known.shape))
    rows = np.concatenate([given, tables], axis=1).reshape(-1, 4).astype(np.float64)
    columns = Tables(*np.ascontiguousarray(rows.T))
    segments = Segments.of_counts([trials] * count)
    return pool(Trials.of_tables(published.measure, columns, segments, method.zero_cells), method)[0]


def possible(published: Published) -> int:
    """How many tables fit the totals alone, orders counted apart: the size of the space searched.

    Trials with at least one participant in each arm, by inclusion and exclusion of the empty ones; limits
    of single trials are not counted in.
    """
    events1, total1, events2, total2 = (int(each) for each in published.left)
    trials = len(published.searched)
    return _arms(events1, total1 - events1, trials) * _arms(events2, total2 - events2, trials)


def _arms(events: int, others: int, trials: int) -> int:
    if min(events, others) < 0 or events + others < trials:
        return 0
    return sum(
        (-1) ** empty
        * math.comb(trials, empty)
        * math.comb(events + left, left)
        * math.comb(others + left, left)
        for empty, left in enumerate(reversed(range(trials)))
    )


def windows(published: Published) -> dict[str, Window]:
    """Printed estimate and limits as intervals on the analysis scale, both ends included as in `Printed`."""
    spans = {}
    for name, figure in published.figures.items():
        if name not in EFFECT:
            continue
        reach = figure.half_unit * (1 + 1e-9)
        low = -math.inf if figure.relation in ("<", "≤") else figure.value
        high = math.inf if figure.relation in (">", "≥") else figure.value
        if not figure.relation:
            low, high = low - reach, high + reach
        if published.measure.is_ratio:
            low, high = (math.log(x) if x > 0 else -math.inf for x in (low, high))
        spans[name] = (low, high)
    return spans


class _Search:
    """Depth first over all searched trials but two; the last two are one array of tables."""

    def __init__(self, published: Published, limit: int, prune: bool) -> None:
        self.published, self.limit = published, limit
        self.measure, self.method = published.measure, published.method
        self.additive = is_additive(self.method, self.measure)
        self.windows = windows(published)
        self.prune = prune and self.additive and has_bounds(self.method, self.measure)
        self.z = float(ndtri(0.5 + self.method.level / 2))
        self.slots = sorted(enumerate(published.searched), key=lambda each: _freedom(each[1]))
        self.order = np.argsort([place for place, _ in self.slots])
        self.work, self.compared = 0, 0
        self.complete, self.cut = True, False

    def candidates(self) -> Iterator[Integers]:
        """Tables of shape (n, searched trials, 4) that the sums do not rule out, in the trials' order."""
        start = self._adds(self.published.known).sum(axis=0)
        for tables in self._from(0, self.published.left, start, np.zeros((0, 4), np.int64)):
            yield tables[:, self.order]

    def _adds(self, tables: NDArray[np.generic]) -> Floats:
        if not self.additive:
            return np.zeros((*tables.shape[:-1], 1))
        return contributions(self.measure, self.method, tables)

    def _from(self, depth: int, left: Integers, sums: Floats, chosen: Integers) -> Iterator[Integers]:
        trials = len(self.slots) - depth
        if trials <= 1:
            yield from self._last(depth, left, chosen)
        elif trials == 2:
            yield from self._pairs(depth, left, sums, chosen)
        else:
            for first, second in self._blocks(depth, left, chosen):
                yield from self._deeper(depth, left, sums, chosen, first, second)

    def _deeper(
        self, depth: int, left: Integers, sums: Floats, chosen: Integers, first: Integers, second: Integers
    ) -> Iterator[Integers]:
        tables = self._crossed(first, second, depth, chosen)
        if not self._afford(_NODE + len(tables)):
            return
        added = sums + self._adds(tables)
        if self.prune and "estimate" in self.windows:
            after, trials = left - tables, len(self.slots) - depth - 1
            ratio = self.windows["estimate"]
            fits = can_reach(self.method, added, after, trials, ratio, self._least_se())
            tables, added = tables[fits], added[fits]
        for table, total in zip(tables, added, strict=True):
            if not self._afford(_NODE):
                return
            yield from self._from(depth + 1, left - table, total, np.vstack([chosen, table]))

    def _pairs(self, depth: int, left: Integers, sums: Floats, chosen: Integers) -> Iterator[Integers]:
        last = self.slots[depth + 1][1]
        same = last == self.slots[depth][1]
        for first, second in self._blocks(depth, left, chosen):
            tables = self._crossed(first, second, depth, chosen)
            rest = left - tables
            fits = _inside(rest, last)
            if same:
                fits &= _not_before(tables, rest)
            looked_at = len(tables) // 4
            tables, rest = tables[fits], rest[fits]
            if not self._afford(max(looked_at, len(tables) * (1 if self.additive else _POOLED))):
                return
            self.compared += len(tables)
            total = sums + self._adds(tables) + self._adds(rest) if self.additive else None
            fits = self._fits(total, len(tables))
            pairs = np.stack([tables[fits], rest[fits]], axis=1)
            before = np.broadcast_to(chosen, (len(pairs), *chosen.shape))
            yield np.concatenate([before, pairs], axis=1)

    def _last(self, depth: int, left: Integers, chosen: Integers) -> Iterator[Integers]:
        """One trial left, which the totals decide, or none."""
        if depth == len(self.slots):
            agreed = not left.any()
        else:
            agreed = bool(_inside(left[None], self.slots[depth][1])[0])
            chosen = np.vstack([chosen, left])
        if agreed and self._afford(1):
            self.compared += 1
            yield chosen[None]

    def _fits(self, sums: Floats | None, count: int) -> Booleans:
        if sums is None:
            return np.ones(count, np.bool_)
        estimate, se = estimate_and_se(self.measure, self.method, sums)
        with np.errstate(invalid="ignore"):
            low, high = estimate - self.z * se, estimate + self.z * se
        values = {"estimate": estimate, "ci_low": low, "ci_high": high}
        fits = np.ones(count, np.bool_)
        for name, window in self.windows.items():
            fits &= within(values[name], window)
        return fits

    def _least_se(self) -> float:
        """The smallest SE that the printed limits allow, 0 where they are not both printed."""
        if not {"ci_low", "ci_high"} <= self.windows.keys():
            return 0.0
        width = self.windows["ci_high"][0] - self.windows["ci_low"][1]
        return max(0.0, width / (2 * self.z)) if math.isfinite(width) else 0.0

    def _afford(self, work: int) -> bool:
        """Whether the work is within the limit; counted in tables, so the same on every machine."""
        if self.work + work > self.limit:
            self.complete = False
        else:
            self.work += work
        return self.complete

    def _blocks(self, depth: int, left: Integers, chosen: Integers) -> Iterator[tuple[Integers, Integers]]:
        """All (events, total) of this trial's two arms, the first arm in stretches."""
        slot, others = self.slots[depth][1], [each for _, each in self.slots[depth + 1 :]]
        most = self._most(depth, chosen)
        first = _arm(slot, others, left, 0, most, self.limit)
        second = _arm(slot, others, left, 2, None, self.limit)
        if max(len(first), len(second)) > self.limit:
            self.cut = True
        if not len(second):
            return
        if len(others) > 1:
            first, second = _even_first(first, left[:2], others), _even_first(second, left[2:], others)
        step = max(1, _BLOCK // len(second))
        for start in range(0, len(first), step):
            if not self.complete:
                return
            yield first[start : start + step], second

    def _most(self, depth: int, chosen: Integers) -> int | None:
        """The largest experimental arm that this trial may have: an interchangeable one is before it."""
        if depth and self.slots[depth - 1][1] == self.slots[depth][1]:
            return int(chosen[-1][1])
        return None

    def _crossed(self, first: Integers, second: Integers, depth: int, chosen: Integers) -> Integers:
        """Each of the first arms with each of the second: shape (n, 4)."""
        one, two = np.repeat(first, len(second), axis=0), np.tile(second, (len(first), 1))
        tables = np.hstack([one, two])
        if self._most(depth, chosen) is not None:
            tables = tables[_not_before(np.broadcast_to(chosen[-1], tables.shape), tables)]
        return tables


def _freedom(cells: Cells) -> tuple[float, tuple[int, ...], tuple[float, ...]]:
    """Trials of which most is known come first; equal ones stand side by side."""
    spread = sum(min(high - low, 1e9) for low, high in zip(cells.low, cells.high, strict=True))
    return spread, cells.low, cells.high


def _arm(
    slot: Cells, others: list[Cells], left: Integers, arm: int, most: int | None, limit: int
) -> Integers:
    """(events, total) of one arm of a trial that leave the other trials what they must have.

    At most about `limit` of them, which is then more than the search can take on.
    """
    events, total = int(left[arm]), int(left[arm + 1])
    least_left, most_left = sum(x.low[arm + 1] for x in others), sum(x.high[arm + 1] for x in others)
    low = int(max(slot.low[arm + 1], total - most_left))
    if arm == 0 and all(each == slot for each in others):  # the first of equals is the largest
        low = max(low, -(-total // (len(others) + 1)))
    high = int(min(slot.high[arm + 1], total - least_left, math.inf if most is None else most))
    sizes = np.arange(low, min(high, low + limit) + 1, dtype=np.int64)
    least = np.maximum(slot.low[arm], events - (total - sizes))
    ways = np.maximum(np.minimum(min(slot.high[arm], events), sizes).astype(np.int64) - least + 1, 0)
    within_limit = np.cumsum(ways) - ways <= limit
    sizes, least, ways = sizes[within_limit], least[within_limit], ways[within_limit]
    nth = np.arange(ways.sum()) - np.repeat(np.cumsum(ways) - ways, ways)
    return np.stack([np.repeat(least, ways) + nth, np.repeat(sizes, ways)], axis=1)


def _even_first(pairs: Integers, left: Integers, others: list[Cells]) -> Integers:
    """The same pairs, those near an even share first: a search that ends early has then seen likely ones."""
    trials = len(others) + 1
    return pairs[np.argsort(np.abs(pairs * trials - left).sum(axis=1), kind="stable")]


def _inside(tables: Integers, cells: Cells) -> Booleans:
    """Which tables are possible at all and within a trial's limits."""
    limits = (tables >= np.array(cells.low)) & (tables <= np.array(cells.high))
    inside: Booleans = (tables[:, 0] <= tables[:, 1]) & (tables[:, 2] <= tables[:, 3]) & limits.all(axis=1)
    return inside


def _not_before(one: NDArray[np.int64], two: NDArray[np.int64]) -> Booleans:
    """Where one table is the larger, or both are equal, by total and events of each arm in turn."""
    result: Booleans = np.ones(len(one), np.bool_)
    for column in (2, 3, 0, 1):  # the last of these decides first
        larger: Booleans = one[:, column] > two[:, column]
        result = larger | ((one[:, column] == two[:, column]) & result)
    return result
