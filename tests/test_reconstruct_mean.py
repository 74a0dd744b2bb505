"""What a pooled estimate and its interval leave for missing trials: the truth lies within, ends are met."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repool import pool_one
from repool.reconstruct.mean import Pool, common_sd, largest_tau2, least_tau2, residual

Z = 1.959963984540054
Trial = tuple[float, float]


def rounded(estimate: float, low: float, high: float, places: int) -> Pool:
    """What is printed of a result, as spans."""
    half = 0.5 * 10.0**-places
    shown = [round(x, places) for x in (estimate, low, high)]
    middle, lower, upper = ((x - half * (1 + 1e-9), x + half * (1 + 1e-9)) for x in shown)
    return Pool(middle, lower, upper, Z)


#: "-1,21 (-1,52 til -0,89)": result table, row 3, of Fønhus 2014 (Folkehelseinstituttet).
LEAKAGE = rounded(-1.21, -1.52, -0.89, 2)
#: -1.50 (-2.39 to -0.61) per day: Burns 1993 in Ontario Health Technology Assessment 2008, table A9.
BURNS = (-1.50, (1.78 / (2 * Z)) ** 2)


def test_the_leakage_analysis_without_any_trial() -> None:
    low, high = LEAKAGE.se()
    assert (low, high) == pytest.approx((0.62 / (2 * Z), 0.64 / (2 * Z)), rel=1e-7)
    # its limits are 0.31 below and 0.32 above, so the unrounded estimate is on the upper side of -1.21
    assert LEAKAGE.estimate() == pytest.approx((-1.21, -1.205), abs=1e-7)
    found = residual(LEAKAGE, [], 4, 0.0)
    assert found is not None
    assert found.least_se == low
    assert found.most_se == pytest.approx(2 * high)


def test_the_leakage_analysis_with_burns_assumed() -> None:
    found = residual(LEAKAGE, [BURNS], 3, 0.0)
    assert found is not None
    assert found.estimate is not None
    w, v = 1 / BURNS[1], (0.63 / (2 * Z)) ** 2  # by hand, with the middle of what is printed
    by_hand = (-1.2075 / v + 1.50 * w) / (1 / v - w)
    assert found.estimate[0] < by_hand < found.estimate[1]
    assert tuple(round(x, 3) for x in found.estimate) == (-1.168, -1.161)
    assert tuple(round(x or 0, 3) for x in found.se) == (0.169, 0.175)
    assert found.se[0] < math.sqrt(1 / (1 / v - w)) < (found.se[1] or 0)


NUMBERS = st.tuples(st.floats(-3, 3), st.floats(0.05, 2.0))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    trials=st.lists(NUMBERS, min_size=2, max_size=6),
    known=st.integers(0, 5),
    places=st.integers(1, 3),
    method=st.sampled_from(["iv-common", "dl", "reml"]),
)
def test_the_true_residual_is_within_the_bounds(
    trials: list[Trial], known: int, places: int, method: str
) -> None:
    y, se = (np.array(column) for column in zip(*trials, strict=True))
    known = min(known, len(trials) - 1)
    pooled = pool_one("GIV", method=method, estimate=y, se=se)
    pool = rounded(pooled.estimate, pooled.ci_low, pooled.ci_high, places)
    given_, missing = list(zip(y[:known], se[:known] ** 2, strict=True)), len(trials) - known
    found = residual(pool, given_, missing, pooled.tau2)
    assert found is not None
    w = 1 / (se[known:] ** 2 + pooled.tau2)
    estimate, error = float(w @ y[known:] / w.sum()), float(w.sum() ** -0.5)
    if found.estimate is not None:
        assert found.estimate[0] - 1e-7 <= estimate <= found.estimate[1] + 1e-7
        assert found.most_se is not None
        assert float(w.max() ** -0.5) <= found.most_se * (1 + 1e-7)
    assert found.se[0] * (1 - 1e-7) <= error <= (found.se[1] or math.inf) * (1 + 1e-7)
    assert float(w.max() ** -0.5) >= found.least_se * (1 - 1e-7)
    assert pooled.tau2 <= largest_tau2(pool, given_, missing) * (1 + 1e-7)


@pytest.mark.parametrize("known", [[BURNS], [(0.4, 0.06)], [(-1.2, 0.04), (-3.0, 0.5)], []])
@pytest.mark.parametrize("tau2", [0.0, 0.05])
def test_the_ends_of_the_bounds_are_met_and_not_passed(known: list[Trial], tau2: float) -> None:
    found = residual(LEAKAGE, known, 2, tau2)
    assert found is not None
    assert found.estimate is not None
    low, high = np.meshgrid(np.linspace(*LEAKAGE.low, 401), np.linspace(*LEAKAGE.high, 401))
    y, half = (low + high) / 2, (high - low) / 2
    inside = (y >= LEAKAGE.middle[0]) & (y <= LEAKAGE.middle[1])
    big = (Z / half[inside]) ** 2
    w = np.array([1 / (v + tau2) for _, v in known])
    values = (big * y[inside] - w @ np.array([each for each, _ in known])) / (big - w.sum())
    assert found.estimate[0] - 1e-9 <= values.min() <= found.estimate[0] + 1e-4
    assert found.estimate[1] - 1e-4 <= values.max() <= found.estimate[1] + 1e-9


@pytest.mark.parametrize(("square", "most"), [(4.0, 1.1), (5.51, 1.5)])
@pytest.mark.parametrize("centre", [0.0, 5.0])
def test_an_extreme_inside_an_edge_is_found(square: float, most: float, centre: float) -> None:
    spans = [(low + centre, high + centre) for low, high in ((-3.0, 0.0), (-2.5, -2.4), (-1.5, most))]
    pool = Pool(*spans, Z)
    v = square / Z**2  # with w = 1/v, along y - h = -2.4 it turns at h = 2.4 - sqrt(2.4**2 - square)
    found = residual(pool, [(centre, v)], 1, 0.0)
    assert found is not None
    assert found.estimate is not None
    low, high = np.meshgrid(np.linspace(*pool.low, 801), np.linspace(*pool.high, 801))
    big = (2 * Z / (high - low)) ** 2
    values = (big * (low + high) / 2 - centre / v) / (big - 1 / v)
    assert found.estimate == pytest.approx((values.min(), values.max()), abs=1e-4)
    turn = 2.4 - math.sqrt(2.4**2 - square)
    assert found.estimate[1] == pytest.approx(centre + (turn - 2.4) / (1 - turn**2 / square))


@pytest.mark.parametrize("known", [[(-1.2, 0.15**2)], [(-1.2, 0.1**2), (-1.3, 0.15**2)], [(0.0, 1e-4)] * 9])
def test_precise_known_trials_need_a_tau2(known: list[Trial]) -> None:
    tau2 = least_tau2(LEAKAGE, known)
    assert tau2 > 0
    assert sum(1 / (v + tau2) for _, v in known) == pytest.approx(1 / LEAKAGE.se()[0] ** 2)
    assert least_tau2(LEAKAGE, [(-1.2, 0.16**2)]) == 0
    assert least_tau2(LEAKAGE, []) == 0


def test_figures_that_contradict_one_another_leave_nothing() -> None:
    assert rounded(-1.25, -1.52, -0.89, 2).edges() == []
    assert rounded(-1.21, -1.52, -0.89, 2).edges()


def test_known_trials_more_precise_than_the_total_are_a_contradiction() -> None:
    assert residual(LEAKAGE, [(-1.2, 0.15**2)], 3, 0.0) is None
    barely = residual(LEAKAGE, [(-1.2, 0.1610**2)], 3, 0.0)
    assert barely is not None
    assert barely.estimate is None
    assert barely.se[1] is None


def test_no_trial_weighs_more_than_tau2_allows() -> None:
    se = LEAKAGE.se()[1]
    assert largest_tau2(LEAKAGE, [], 4) == pytest.approx(4 * se**2)
    tau2 = largest_tau2(LEAKAGE, [BURNS], 3)
    assert 1 / (BURNS[1] + tau2) + 3 / tau2 == pytest.approx(1 / se**2)


def test_common_sd_turns_arm_sizes_into_the_standard_error() -> None:
    arms = [(25.0, 30.0), (43.0, 39.0), (26.0, 24.0), (33.0, 33.0)]
    low, _ = common_sd(LEAKAGE.se(), arms)
    v = [low**2 / n1 + low**2 / n2 for n1, n2 in arms]
    assert sum(1 / each for each in v) ** -0.5 == pytest.approx(LEAKAGE.se()[0])
