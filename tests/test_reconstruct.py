"""Every table that published totals allow is found, and no other; what clashes is named."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repool.effects import natural
from repool.methods import COMPARISON, NAMED, Method, applicable
from repool.model import Measure
from repool.printed import Printed, read_printed
from repool.quantities import ARMS, EFFECT
from repool.reconstruct.cases import clashing
from repool.reconstruct.search import (
    KEPT,
    Cells,
    Published,
    agreeing,
    pooled_with,
    possible,
    search,
    windows,
)
from repool.reconstruct.sums import contributions, estimate_and_se, is_additive

MH, IV = COMPARISON["mh-common"], COMPARISON["iv-common"]
Table = tuple[int, int, int, int]
NOTHING = np.zeros((0, 4), np.int64)


def figures(estimate: str, low: str, high: str) -> dict[str, Printed]:
    return dict(zip(EFFECT, (read_printed(text, False) for text in (estimate, low, high)), strict=True))


# Abstract of Dumoulin 2014, Cochrane Database Syst Rev 2014;5:CD005654.pub3.
IMPROVED = Published(
    Measure.RR, MH, (32, 58, 2, 63), NOTHING, (Cells(), Cells()), figures("17.33", "4.31", "69.64")
)
CURE = Published(
    Measure.RR, MH, (46, 82, 5, 83), np.array([[14, 25, 1, 30], [18, 33, 3, 32]]), (Cells(), Cells()),
    figures("8.38", "3.68", "19.07"),
)  # fmt: skip
SIX = {
    ((7, 13, 1, 11), (7, 11, 0, 10)), ((3, 10, 1, 8), (11, 14, 0, 13)), ((9, 14, 1, 12), (5, 10, 0, 9)),
    ((11, 15, 1, 13), (3, 9, 0, 8)), ((9, 16, 1, 13), (5, 8, 0, 8)), ((10, 17, 1, 16), (4, 7, 0, 5)),
}  # fmt: skip


def as_sets(tables: np.ndarray) -> list[tuple[Table, ...]]:
    """Solutions without order of their trials, in an order of their own."""
    return sorted(tuple(sorted(tuple(map(int, row)) for row in table)) for table in tables)


def published_of(tables: list[Table], measure: Measure, method: Method, places: int = 2) -> Published:
    """What a review with these trials would print, with none of them given."""
    array = np.array([tables], np.int64)
    sums = tuple(int(x) for x in array[0].sum(axis=0))
    start = Published(measure, method, sums, NOTHING, (Cells(),) * len(tables), {})  # type: ignore[arg-type]
    pooled = pooled_with(start, array, method)
    shown = {name: float(natural(measure, getattr(pooled, name))[0]) for name in EFFECT}
    if not all(map(math.isfinite, shown.values())):
        return start
    return replace(start, figures={n: read_printed(f"{x:.{places}f}", False) for n, x in shown.items()})


def by_brute_force(published: Published) -> list[tuple[Table, ...]]:
    """All tables with the totals, one after another, each pooled and compared: no pruning, no sums."""
    trials = len(published.searched)
    e1, n1, e2, n2 = (int(x) for x in published.left)
    arms = [
        [
            list(zip(events, sizes, strict=True))
            for sizes in itertools.product(range(1, total + 1), repeat=trials)
            if sum(sizes) == total
            for events in itertools.product(*(range(size + 1) for size in sizes))
            if sum(events) == count
        ]
        for count, total in ((e1, n1), (e2, n2))
    ]
    tables = [
        [(*one, *two) for one, two in zip(first, second, strict=True)]
        for first in arms[0]
        for second in arms[1]
    ]
    if not tables:
        return []
    array = np.array(tables, np.int64)
    for place, cells in enumerate(published.searched):
        fits = (array[:, place] >= np.array(cells.low)) & (array[:, place] <= np.array(cells.high))
        array = array[fits.all(axis=1)]
    return sorted(set(as_sets(array[agreeing(published, array)])))


def test_improved_has_one_solution_found_without_the_arms() -> None:
    found = search(IMPROVED)
    assert (found.count, found.complete) == (1, True)
    assert as_sets(found.tables) == [((12, 25, 1, 30), (20, 33, 1, 33))]


def test_cure_has_exactly_the_six_known_completions() -> None:
    found = search(CURE)
    assert found.complete
    assert {tuple(map(tuple, table)) for table in as_sets(found.tables)} == {
        tuple(sorted(pair)) for pair in SIX
    }
    assert found.count == 6


def test_cure_with_hofbauers_arms_assumed_has_one() -> None:
    arms = Cells((0, 11, 0, 10), (math.inf, 11, math.inf, 10))
    found = search(replace(CURE, searched=(Cells(), arms)))
    assert found.tables.tolist() == [[[7, 13, 1, 11], [7, 11, 0, 10]]]  # in the order of the trials asked for
    assert found.complete


def test_cure_without_any_row_has_a_lower_bound_that_does_not_depend_on_the_machine() -> None:
    free = replace(CURE, known=NOTHING, searched=(Cells(),) * 4)
    found, again = search(free, limit=1_000_000), search(free, limit=1_000_000)
    assert not found.complete
    assert found.count > 0
    assert (found.count, found.compared) == (again.count, again.compared)
    assert found.compared <= 1_000_000
    assert agreeing(free, found.tables).all()
    assert len(set(as_sets(found.tables))) == found.count  # no order counted twice
    assert (found.tables.sum(axis=1) == np.array(free.totals)).all()


def test_all_six_pool_to_a_range_under_every_method() -> None:
    tables = search(CURE).tables
    dl = pooled_with(CURE, tables, COMPARISON["dl"])
    estimates = np.exp(dl.estimate)
    # every completion pooled by itself through the public call gives the same extremes
    from repool import pool_one

    alone = [
        pool_one(
            "RR", method="dl",
            columns=dict(zip(ARMS, np.vstack([CURE.known, table]).T.astype(float), strict=True)),
        ).estimate
        for table in tables
    ]  # fmt: skip
    assert (estimates.min(), estimates.max()) == pytest.approx((min(alone), max(alone)), rel=1e-12)
    assert (round(min(alone), 2), round(max(alone), 2)) == (6.90, 7.79)


METHODS = [
    (Measure.RR, MH), (Measure.RR, replace(MH, mh_cells="raw")), (Measure.OR, MH), (Measure.RD, MH),
    (Measure.RR, IV), (Measure.OR, IV), (Measure.PETO, applicable(IV, Measure.PETO)),
    (Measure.RR, NAMED["revman5"]), (Measure.OR, COMPARISON["reml-hksj"]),
    (Measure.RR, replace(MH, zero_cell_rule="if-any")), (Measure.RR, replace(MH, double_zero="keep")),
    (Measure.RR, replace(MH, zero_cell_rule="all")), (Measure.RR, replace(MH, zero_cell_rule="none")),
]  # fmt: skip
SMALL = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


@pytest.mark.parametrize(("measure", "method"), METHODS, ids=lambda x: getattr(x, "name", str(x)))
@settings(max_examples=15, deadline=None, derandomize=True)
@given(tables=st.lists(SMALL, min_size=2, max_size=2))
def test_two_trials_are_found_with_all_others_that_agree(
    measure: Measure, method: Method, tables: list[Table]
) -> None:
    published = published_of(tables, measure, method)
    found = search(published, limit=10**7)
    assert found.complete
    assert as_sets(found.tables) == by_brute_force(published)
    assert tuple(sorted(tables)) in as_sets(found.tables)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    tables=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
            lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
        ),
        min_size=3, max_size=3,
    ),
    method=st.sampled_from([MH, replace(MH, mh_cells="raw"), IV]),
)  # fmt: skip
def test_three_trials_are_found_with_all_others_that_agree(tables: list[Table], method: Method) -> None:
    published = published_of(tables, Measure.RR, method)
    found = search(published, limit=10**7)
    assert as_sets(found.tables) == by_brute_force(published)
    assert tuple(sorted(tables)) in as_sets(found.tables)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_pruning_changes_no_result_and_saves_work(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(2, 6, (3, 2))
    tables = [
        (int(random.integers(0, n1 + 1)), int(n1), int(random.integers(0, n2 + 1)), int(n2))
        for n1, n2 in sizes
    ]
    published = published_of(tables, Measure.RR, MH)
    with_, without = search(published, limit=10**8), search(published, limit=10**8, prune=False)
    assert as_sets(with_.tables) == as_sets(without.tables)
    assert with_.count == without.count
    assert with_.compared <= without.compared
    assert tuple(sorted(tables)) in as_sets(with_.tables)


@pytest.mark.parametrize("seed", range(20))
def test_trials_of_real_size_are_found_among_two_unknown_ones(seed: int) -> None:
    random = np.random.default_rng(100 + seed)
    sizes = random.integers(15, 45, (4, 2))
    tables = [
        (int(random.binomial(n1, 0.4)), int(n1), int(random.binomial(n2, 0.2)), int(n2)) for n1, n2 in sizes
    ]
    whole = published_of(tables, Measure.RR, MH)
    published = replace(whole, known=np.array(tables[:2]), searched=(Cells(), Cells()))
    found = search(published, limit=10**8)
    assert found.complete
    assert tuple(sorted(tables[2:])) in as_sets(found.tables)
    sizes_known = tuple(Cells((0, row[1], 0, row[3]), (row[1], row[1], row[3], row[3])) for row in tables[2:])
    narrow = search(replace(published, searched=sizes_known), limit=10**8)
    assert tables[2:] in [[tuple(row) for row in table] for table in narrow.tables.tolist()]
    assert narrow.count <= 2 * found.count


@pytest.mark.parametrize(("measure", "method"), [pair for pair in METHODS if is_additive(pair[1], pair[0])])
def test_sums_over_trials_give_what_pooling_gives(measure: Measure, method: Method) -> None:
    random = np.random.default_rng(7)
    n1, n2 = random.integers(1, 30, (2, 200, 4))
    tables = np.stack([random.integers(0, n1 + 1), n1, random.integers(0, n2 + 1), n2], axis=-1)
    tables[:20, :, 0] = 0
    tables[10:30, :, 2] = 0
    tables[30:40, 0, 0] = tables[30:40, 0, 1]
    published = Published(measure, method, (0, 0, 0, 0), NOTHING, (Cells(),) * 4, {})
    pooled = pooled_with(published, tables, method)
    estimate, se = estimate_and_se(measure, method, contributions(measure, method, tables).sum(axis=1))
    known = np.isfinite(pooled.estimate)
    assert known.sum() > 100
    np.testing.assert_allclose(estimate[known], pooled.estimate[known], rtol=0, atol=1e-11)
    np.testing.assert_allclose(se[known], pooled.se[known], rtol=1e-11)


def test_space_is_counted_as_brute_force_counts_it() -> None:
    for left, trials in (((3, 6, 2, 5), 2), ((3, 6, 2, 5), 3), ((0, 4, 4, 4), 3)):
        published = Published(Measure.RR, MH, left, NOTHING, (Cells(),) * trials, {})
        ways = 1
        for events, total in (left[:2], left[2:]):
            ways *= sum(
                1
                for sizes in itertools.product(range(1, total + 1), repeat=trials)
                if sum(sizes) == total
                for counts in itertools.product(*(range(size + 1) for size in sizes))
                if sum(counts) == events
            )
        assert possible(published) == ways


def test_large_trials_end_at_the_limit_too() -> None:
    large = replace(IMPROVED, totals=(3_200, 580_000, 2_000, 630_000))
    for searched in (2, 3):
        found = search(replace(large, searched=(Cells(),) * searched), limit=200_000)
        assert not found.complete
        assert found.compared <= 200_000


def test_an_inequality_is_an_open_interval() -> None:
    published = replace(CURE, figures=CURE.figures | {"p_effect": read_printed("<0.001", False)})
    assert search(published).count == 6
    assert search(replace(CURE, figures={"p_effect": read_printed(">0.5", False)})).count == 0
    spans = windows(replace(CURE, figures={"estimate": read_printed("<2", False)}))
    assert spans == {"estimate": (-math.inf, math.log(2))}


def test_a_figure_on_the_edge_of_its_rounding_agrees_at_both_ends() -> None:
    tables = [(1, 8, 1, 8), (1, 8, 1, 8)]  # RR exactly 1, printed as its own upper and lower neighbour
    whole = published_of(tables, Measure.RR, MH)
    for text in ("0.5", "1.5"):
        edge = replace(whole, figures={"estimate": Printed(float(text), 0)})
        assert tuple(tables) in as_sets(search(edge).tables)
    beyond = replace(whole, figures={"estimate": Printed(1.51, 0)})
    assert tuple(tables) not in as_sets(search(beyond).tables)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"figures": figures("9.38", "3.68", "19.07")}, EFFECT),
        ({"figures": figures("28.38", "13.68", "58.9")}, ("estimate",)),
        ({"figures": figures("8.38", "1.20", "58.52")}, ("ci_low",)),
        ({"totals": (31, 82, 5, 83)}, ("experimental_events",)),
        ({"totals": (46, 59, 5, 83)}, ("experimental_total",)),
        ({"totals": (46, 60, 5, 83)}, ("experimental_events", "experimental_total")),
        ({"totals": (46, 82, 5, 63)}, ("control_total",)),
    ],
    ids=["not-the-middle", "estimate", "width", "events", "total", "more-events-than-people", "control"],
)
def test_a_contradiction_names_the_figures_that_clash(
    change: dict[str, object], expected: tuple[str, ...]
) -> None:
    published = replace(CURE, **change)  # type: ignore[arg-type]
    assert search(published).count == 0
    assert clashing(published) == expected


def test_a_clash_is_the_smallest_set() -> None:
    clash = clashing(replace(IMPROVED, figures=figures("17.33", "4.32", "69.52")))
    assert len(clash) >= 1
    left = {name: text for name, text in figures("17.33", "4.32", "69.52").items() if name in clash}
    for dropped in left:
        fewer = {name: figure for name, figure in left.items() if name != dropped}
        assert search(replace(IMPROVED, figures=fewer)).count > 0
    assert search(replace(IMPROVED, figures=left)).count == 0


def test_more_solutions_than_are_kept_are_counted_all_the_same() -> None:
    loose = replace(IMPROVED, figures={"estimate": read_printed("17", False)})
    found = search(loose)
    every = search(replace(IMPROVED, figures={}))
    assert found.complete
    assert len(found.tables) == min(found.count, KEPT)
    assert every.count == every.compared == 81_788  # each table is a solution where nothing is printed
    assert len(every.tables) == KEPT
