"""How much work a search counts, what it leaves out by its sums and bounds, and what it keeps."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations
from math import inf, isfinite

import numpy as np
import pytest
from scipy.special import ndtri

from repool.batch import Booleans, Integers
from repool.methods import COMPARISON
from repool.model import Measure
from repool.printed import read_printed
from repool.reconstruct import search as module
from repool.reconstruct.search import Cells, Published, agreeing, search, windows
from repool.reconstruct.sums import can_reach, contributions
from test_reconstruct import CURE, MH, NOTHING, by_brute_force

#: A small correction of empty cells: the bounds are then close enough to matter for few participants.
CLOSE = replace(MH, zero_cell_amount=0.01)
FREE = Cells()
#: Known: the arms; unknown: the events.
SIZED, UNEQUAL = Cells((0, 2, 0, 2), (inf, 2, inf, 2)), Cells((0, 3, 0, 1), (inf, 3, inf, 1))
AT_MOST_TWO, NO_EVENT = Cells(high=(2, inf, 2, inf)), Cells(high=(0, inf, 0, inf))
SOME_EVENTS = Cells(low=(2, 1, 1, 1))
UP_TO_TWO_PEOPLE, UP_TO_FOUR_PEOPLE = Cells(high=(inf, 2, inf, 2)), Cells(high=(0, 4, 0, 4))
FEW = Cells(high=(20,) * 4)
Rows = tuple[tuple[int, ...], ...]


def of(totals: tuple[int, int, int, int], *searched: Cells, method=CLOSE, **texts: str) -> Published:
    figures = {name: read_printed(text, False) for name, text in texts.items()}
    return Published(Measure.RR, method, totals, NOTHING, searched, figures)


@pytest.mark.parametrize(
    ("published", "cost"),
    [
        (of((4, 10, 2, 20), FREE), 1),
        (of((2, 5, 1, 4), FREE, FREE), 5 * 6),  # arms; as each total is odd, the first is never the smaller
        (of((2, 5, 1, 4), FREE, FREE, method=COMPARISON["dl"]), 10 * 5 * 6),
        (of((4, 20, 0, 6), FEW, NO_EVENT), 83 * 5 // 4),  # looked at, of which few are compared
        (of((4, 20, 0, 2), FEW, NO_EVENT), 83),  # no arm may have more ways than the limit
        # a step, its 2 tables, and a step for each; then a table, or none, as the event is in the first
        (of((1, 3, 0, 3), FREE, FREE, FREE), 500 + 2 + 500 + 500 + 1),
        (of((1, 4, 0, 3), FREE, FREE, FREE), 500 + 2 + 2 * (500 + 1)),  # 2 of 4 people are in the first
        (of((0, 8, 0, 3), *[UP_TO_TWO_PEOPLE] * 2, UP_TO_FOUR_PEOPLE), 500 + 1 + 500 + 1),  # no other way
    ],
    ids=["one", "pairs", "pooled", "looked-at", "arms", "deeper", "largest-first", "full"],
)
def test_the_work_is_counted_in_tables(published, cost):
    """A search is complete with a limit of just what it takes, and not with one table less."""
    assert search(published, limit=cost).complete
    assert not search(published, limit=cost - 1).complete


@cache
def every_table(totals: tuple[int, int, int, int], trials: int) -> Integers:
    """All tables of the totals, in the order in which a search sees them."""
    return search(of(totals, *[FREE] * trials), limit=10**7).tables


def reached(published: Published, tables: Integers) -> Booleans:
    """Which tables of free trials can be reached: at each step but the last, as `can_reach` says of it."""
    spans = windows(published)
    low, high = spans.get("ci_low", (-inf, inf)), spans.get("ci_high", (-inf, inf))
    se = max(0.0, (high[0] - low[1]) / (2 * ndtri(0.975))) if isfinite(high[0] - low[1]) else 0.0
    result = np.ones(len(tables), np.bool_)
    trials = tables.shape[1]
    for step in range(1, trials - 1):
        settled = contributions(Measure.RR, published.method, tables[:, :step]).sum(axis=1)
        after = np.array(published.totals) - tables[:, :step].sum(axis=1)
        result &= can_reach(published.method, settled, after, trials - step, spans["estimate"], se)
    return result


@pytest.mark.parametrize(
    "texts",
    [
        {"estimate": "2.7"}, {"estimate": "1", "ci_low": "1", "ci_high": "1"},
        {"estimate": "3", "ci_low": "0.2", "ci_high": "40"}, {"estimate": "3", "ci_low": "0.05"},
        {"estimate": "3", "ci_high": "40"}, {"estimate": "3", "ci_low": "<0.2", "ci_high": ">40"},
        {"estimate": "3", "ci_low": ">0.05", "ci_high": "180"},
        {"estimate": "3", "ci_low": "-1", "ci_high": "40"},  # what no ratio can be
    ],
)  # fmt: skip
@pytest.mark.parametrize(("totals", "trials"), [((4, 5, 2, 5), 3), ((2, 5, 1, 5), 4)])
def test_what_is_compared_is_what_the_bounds_let_through(totals, trials, texts):
    published, every = of(totals, *[FREE] * trials, **texts), every_table(totals, trials)
    pruned = search(published, limit=10**7)
    assert (pruned.complete, pruned.compared) == (True, reached(published, every).sum())
    assert pruned.compared < len(every)
    assert pruned.tables.tolist() == every[agreeing(published, every)].tolist()


def test_everything_is_compared_without_bounds():
    published = of((4, 5, 2, 5), FREE, FREE, FREE, estimate="2.7")
    every, plain = every_table(published.totals, 3), search(published, prune=False)
    assert plain.compared == len(every)
    assert plain.tables.tolist() == search(published).tables.tolist()
    no_estimate = replace(published, figures={"ci_high": read_printed("1.0", False)})
    assert search(no_estimate).compared == len(every)
    correction = replace(published.method, zero_cell_rule="none")
    assert search(replace(published, method=correction)).compared == len(every)


def arranged(published: Published) -> list[Rows]:
    """All tables, each trial within its own limits; of interchangeable trials the largest first."""
    found = set()
    for table in by_brute_force(replace(published, searched=(FREE,) * len(published.searched))):
        for rows in permutations(table):
            pairs = list(zip(rows, published.searched, strict=True))
            if all((np.less_equal(c.low, row) & np.less_equal(row, c.high)).all() for row, c in pairs):
                found.add(in_order(pairs))
    return sorted(found)


def in_order(pairs: list[tuple[tuple[int, ...], Cells]]) -> Rows:
    alike = {cells: sorted(row for row, each in pairs if each == cells) for _, cells in pairs}
    return tuple(alike[cells].pop() for _, cells in pairs)


@pytest.mark.parametrize(
    ("totals", "searched"),
    [
        ((2, 6, 1, 6), (FREE, SIZED, FREE)), ((2, 6, 1, 6), (SIZED, FREE, SIZED)),
        ((3, 6, 3, 6), (AT_MOST_TWO, AT_MOST_TWO)), ((3, 5, 1, 5), (AT_MOST_TWO, FREE, AT_MOST_TWO)),
        ((4, 5, 2, 5), (FREE, FREE, FREE)), ((1, 6, 1, 4), (FREE, FREE, FREE, FREE)),
        ((2, 6, 1, 5), (FREE, SIZED, FREE, FREE)), ((1, 6, 1, 6), (SIZED, SIZED, SIZED)),
        ((4, 5, 1, 4), (NO_EVENT, FREE, FREE)), ((4, 6, 2, 4), (FREE, SOME_EVENTS, SOME_EVENTS)),
        ((4, 6, 2, 4), (SOME_EVENTS, FREE, NO_EVENT)), ((1, 7, 1, 3), (UNEQUAL, UNEQUAL, FREE)),
        ((1, 6, 1, 2), (UNEQUAL, UNEQUAL)),
    ],
)  # fmt: skip
def test_each_table_of_the_totals_is_found_once(totals, searched):
    published = of(totals, *searched)
    found, expected = search(published), arranged(published)
    assert (found.count, found.compared, found.complete) == (len(expected), len(expected), True)
    pairs = [list(zip(map(tuple, rows), searched, strict=True)) for rows in found.tables.tolist()]
    assert sorted(map(in_order, pairs)) == expected


def handed_on(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tables are pooled, block by block, as they come."""
    sizes: list[int] = []

    def counted(published: Published, tables: Integers) -> Booleans:
        sizes.append(len(tables))
        return agreeing(published, tables)

    monkeypatch.setattr(module, "agreeing", counted)
    return sizes


@pytest.mark.parametrize("figures", [("estimate",), ("ci_low",), ("ci_high",), ("ci_low", "ci_high")])
def test_only_tables_whose_sums_give_the_figures_are_pooled(monkeypatch, figures):
    published = replace(CURE, figures={name: CURE.figures[name] for name in figures})
    sizes = handed_on(monkeypatch)
    assert search(published).count == sum(sizes)
    assert search(replace(published, method=replace(published.method, ci="t"))).compared == sum(sizes[1:])


def test_solutions_beyond_those_kept_are_counted(monkeypatch):
    published = of((4, 5, 2, 5), FREE, FREE, FREE)
    every, sizes = every_table(published.totals, 3), handed_on(monkeypatch)
    monkeypatch.setattr(module, "KEPT", 5)
    found = search(published)
    assert (found.count, found.complete) == (len(every), True)
    assert found.tables.tolist() == every[:5].tolist()
    assert sizes[0] < 5 < len(sizes)  # they come in several blocks


def test_a_search_for_some_ends_with_the_block_that_has_them(monkeypatch):
    published = of((4, 5, 2, 5), FREE, FREE, FREE)
    sizes = handed_on(monkeypatch)
    search(published)
    one, two, three = [size for size in sizes if size][:3]
    for enough, count in ((one, one), (one + 1, one + two), (one + two + 1, one + two + three)):
        some = search(published, enough=enough)
        assert (some.count, some.complete) == (count, False)


def test_the_last_two_trials_are_taken_in_blocks(monkeypatch):
    published, sizes = of((2, 5, 1, 4), FREE, FREE), handed_on(monkeypatch)
    whole = search(published)
    for block, expected in ((30, [30]), (12, [12, 12, 6]), (11, [6] * 5), (1, [6] * 5)):
        sizes.clear()
        monkeypatch.setattr(module, "_BLOCK", block)
        assert search(published).tables.tolist() == whole.tables.tolist()
        assert sizes == expected


def by_size(row: Sequence[int]) -> tuple[int, ...]:
    return row[1], row[0], row[3], row[2]


@pytest.mark.parametrize("totals", [(4, 5, 2, 5), (4, 12, 0, 3)])
def test_tables_near_an_even_share_come_first_but_for_the_last_two_trials(totals):
    def share(row: tuple[int, ...]) -> list[tuple[int, int, int]]:
        off = [abs(3 * count - whole) for count, whole in zip(row, totals, strict=True)]
        return [(off[arm] + off[arm + 1], row[arm + 1], row[arm]) for arm in (0, 2)]

    two, three = (list(dict.fromkeys(map(tuple, every_table(totals, n)[:, 0].tolist()))) for n in (2, 3))
    assert three == sorted(three, key=share)
    assert two == sorted(two, key=by_size)
    assert min(len(two), len(three)) > 10


def test_the_trial_of_which_most_is_known_comes_first():
    known, less = Cells((0, 30, 0, 1), (inf, 31, inf, inf)), Cells((0, 1, 0, 1), (inf, 10, inf, inf))
    published = of((4, 36, 2, 6), less, known)
    found = search(published)
    assert found.count > 50
    assert found.tables[:, 1].tolist() == sorted(found.tables[:, 1].tolist(), key=by_size)


def test_a_list_of_arms_that_is_cut_is_no_complete_search():
    # 83 ways, the last 2 of them with 19 participants, and few of them that agree
    published = of((4, 20, 0, 2), FEW, NO_EVENT)
    assert [search(published, limit=limit).complete for limit in range(70, 90)] == [False] * 13 + [True] * 7
