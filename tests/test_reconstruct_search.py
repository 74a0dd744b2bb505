"""The search for tables at its edges: no trial or one, limits of cells and of work, figures as spans."""

from dataclasses import replace
from math import comb, inf, log

import numpy as np
import pytest

from repool.methods import COMPARISON
from repool.model import Measure
from repool.printed import Printed, read_printed
from repool.reconstruct.search import Cells, Published, agreeing, possible, search, windows
from test_reconstruct import CURE, IMPROVED, NOTHING, as_sets, published_of

MH = COMPARISON["mh-common"]
TABLE = (4, 10, 2, 20)


def of(
    totals: tuple[int, int, int, int], *searched: Cells, known: object = NOTHING, **texts: str
) -> Published:
    figures = {name: read_printed(text, False) for name, text in texts.items()}
    return Published(Measure.RR, MH, totals, np.array(known).reshape(-1, 4), searched, figures)


def test_without_a_trial_to_find_the_known_ones_are_the_only_solution_or_none() -> None:
    found = search(of(TABLE, known=[TABLE]))
    assert (found.count, found.complete, found.compared, found.tables.shape) == (1, True, 1, (1, 0, 4))
    other = search(of((5, 10, 2, 20), known=[TABLE]))
    assert (other.count, other.complete, other.compared, other.tables.shape) == (0, True, 0, (0, 0, 4))


def test_one_trial_is_what_the_totals_leave() -> None:
    found = search(of((9, 30, 5, 45), Cells(), known=[TABLE]))
    assert found.tables.tolist() == [[[5, 20, 3, 25]]]
    assert (found.count, found.compared, found.complete) == (1, 1, True)
    assert search(of((9, 30, 5, 45), Cells(), known=[TABLE], estimate="9.99")).count == 0
    for low, high in (
        ((6, 1, 0, 1), (inf,) * 4),
        ((0, 1, 0, 1), (inf, 19, inf, inf)),
        ((0, 1, 0, 1), (inf, inf, 2, inf)),
    ):
        assert search(of((9, 30, 5, 45), Cells(low, high), known=[TABLE])).count == 0
    exactly = Cells((5, 20, 3, 25), (5, 20, 3, 25))
    assert search(of((9, 30, 5, 45), exactly, known=[TABLE])).count == 1


@pytest.mark.parametrize(
    "totals", [(3, 10, 2, 20), (4, 9, 2, 20), (4, 10, 2, 20), (25, 30, 2, 40), (5, 30, 30, 40)]
)
@pytest.mark.parametrize("searched", [1, 2, 3])
def test_impossible_totals_have_no_table(totals: tuple[int, int, int, int], searched: int) -> None:
    # fewer than the known trial has; no participant left; more events than participants left
    published = of(totals, *[Cells()] * searched, known=[TABLE])
    assert search(published).count == 0
    assert possible(published) == 0


def test_the_space_is_that_of_both_arms() -> None:
    # 2 trials: events and others of the first, less those with an empty arm: (e + 1)(o + 1) - 2
    assert possible(of((2, 5, 1, 4), Cells(), Cells())) == (3 * 4 - 2) * (2 * 4 - 2)
    assert possible(of((1, 2, 0, 2), Cells(), Cells())) == 2  # a participant each
    assert possible(of((2, 5, 1, 4))) == 0
    assert possible(of((2, 5, 1, 4), Cells())) == 1
    ways = comb(4, 2) * comb(5, 2) - 3 * comb(3, 1) * comb(4, 1) + 3
    assert possible(of((2, 5, 2, 5), *[Cells()] * 3)) == ways**2


def test_the_events_of_each_arm_stay_with_their_trial() -> None:
    cells = (Cells((0, 3, 0, 2), (inf, 3, inf, 2)), Cells((2, 1, 0, 1), (2, inf, inf, inf)))
    found = search(of((3, 8, 1, 7), *cells))
    assert found.tables.tolist() == [[[1, 3, c, 2], [2, 5, 1 - c, 5]] for c in (0, 1)]
    backwards = search(of((3, 8, 1, 7), *cells[::-1]))
    assert backwards.tables[:, ::-1].tolist() == found.tables.tolist()


def test_a_search_for_any_solution_ends_at_the_first() -> None:
    some, every = search(CURE, enough=1), search(CURE)
    assert (some.count >= 1, some.complete) == (True, False)
    assert every.count == 6
    assert agreeing(CURE, some.tables).all()
    assert search(CURE, enough=7).complete  # there are not so many


def test_the_limit_is_on_the_work() -> None:
    whole = search(IMPROVED)
    work = whole.compared
    enough, short = search(IMPROVED, limit=10 * work), search(IMPROVED, limit=1)
    assert (enough.count, enough.complete) == (whole.count, True)
    assert (short.count, short.complete, short.compared) == (0, False, 0)


def test_arms_beyond_the_limit_are_not_passed_over_in_silence() -> None:
    # the second trial has no event, so that few of the first one's many possible arms are looked at
    published = of((50, 100, 0, 2), Cells(high=(1000,) * 4), Cells(high=(0, inf, inf, inf)))
    whole, cut = search(published), search(published, limit=1000)
    assert (whole.complete, whole.count) == (True, 50)  # the first trial has 50 to 99 participants
    assert not cut.complete
    assert cut.count < whole.count


def test_equal_trials_are_found_side_by_side_wherever_they_stand() -> None:
    sized = Cells((0, 2, 0, 2), (inf, 2, inf, 2))
    apart, together = (
        search(of((2, 6, 1, 6), *cells)) for cells in ((Cells(), sized, Cells()), (sized, Cells(), Cells()))
    )
    assert apart.count == together.count > 1
    assert (apart.tables[:, 1, 1] == 2).all()
    assert as_sets(apart.tables) == as_sets(together.tables)


def test_pruning_rules_out_what_no_table_can_reach_and_nothing_else() -> None:
    three = replace(CURE, known=CURE.known[:1], searched=(Cells(),) * 3)
    far = replace(three, figures={"estimate": read_printed("0.10", False)})
    pruned, plain = search(far), search(far, limit=50_000, prune=False)
    assert (pruned.complete, pruned.count, pruned.compared) == (True, 0, 0)
    assert (plain.complete, plain.count) == (False, 0)
    published = published_of([(3, 3, 0, 2), (1, 2, 0, 3), (2, 3, 1, 2)], Measure.RR, MH)
    assert as_sets(search(published).tables) == as_sets(search(published, prune=False).tables)


def test_printed_figures_as_spans_on_the_analysis_scale() -> None:
    texts = {"p_effect": "<0.001", "estimate": "0.50", "ci_low": ">0.25", "ci_high": "≤1.5"}
    figures = {name: read_printed(text, False) for name, text in texts.items()}
    half = 0.005 * (1 + 1e-9)
    ratio = windows(replace(CURE, figures=figures))
    assert ratio == {
        "estimate": (log(0.5 - half), log(0.5 + half)), "ci_low": (log(0.25), inf),
        "ci_high": (-inf, log(1.5)),
    }  # fmt: skip
    plain = windows(replace(CURE, measure=Measure.RD, figures=figures))
    assert plain == {"estimate": (0.5 - half, 0.5 + half), "ci_low": (0.25, inf), "ci_high": (-inf, 1.5)}
    nothing = windows(replace(CURE, figures={"ci_low": Printed(0.0, 1), "ci_high": Printed(0.0, 0, "≥")}))
    assert nothing == {"ci_low": (-inf, log(0.05 * (1 + 1e-9))), "ci_high": (-inf, inf)}
