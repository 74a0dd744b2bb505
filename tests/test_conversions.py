"""Conversions against printed examples, hand computations and raw data that they must do justice to."""

from math import inf, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtri, stdtrit
from scipy.stats import ttest_ind

from repool.conversions import arms, quantiles, spread
from repool.conversions.records import Conversion
from repool.conversions.wording import ConvertedCell, converted_cells

pytestmark = pytest.mark.filterwarnings("error")


def floats(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float64)


def ones(*values: float) -> list[np.ndarray]:
    return [floats(value) for value in values]


# SD of one arm


def test_sd_from_se():
    found = spread.sd_from_se(floats(0.2, 1.5), floats(25, 16))
    assert_allclose(found.values, [1.0, 6.0], rtol=1e-15)
    assert str(found.by) == "SE (Handbook 6.5.2.2)"


@pytest.mark.parametrize(
    ("level", "divisor"),
    [(0.95, 3.92), (0.90, 3.29), (0.99, 5.15)],  # printed in Handbook 6.5.2.2
)
def test_divisors_of_large_samples(level, divisor):
    found = spread.sd_from_ci(*ones(0, divisor, 400), level, normal=True)
    assert_allclose(found.values, 20, rtol=1e-3)


def test_divisor_of_a_sample_of_25():
    # Handbook 6.5.2.2: 3.92 becomes 2 x 2.0639 = 4.128
    assert_allclose(spread.sd_from_ci(*ones(-2.064, 2.064, 25)).values, 5, rtol=1e-4)


@pytest.mark.parametrize(
    ("low", "high", "n", "level", "normal", "sd"),
    [  # R 4.2.2: sqrt(n) * (high - low) / (2 * qt(0.5 + level / 2, n - 1)), or qnorm
        (30, 34.2, 25, 0.95, False, 5.08745933313578),
        (2.4, 3.1, 40, 0.90, False, 1.31380322113704),
        (2.4, 3.1, 200, 0.99, True, 1.92161315250441),
    ],
)
def test_sd_from_ci(low, high, n, level, normal, sd):
    assert_allclose(spread.sd_from_ci(*ones(low, high, n), level, normal).values, sd, rtol=1e-12)


@given(
    st.floats(-1e4, 1e4), st.floats(1e-3, 1e4), st.integers(2, 10_000), st.floats(0.5, 0.999), st.booleans()
)
def test_se_and_ci_give_back_the_sd_they_came_from(mean, sd, n, level, normal):
    se = sd / sqrt(n)
    reach = se * float(ndtri(0.5 + level / 2) if normal else stdtrit(n - 1, 0.5 + level / 2))
    assert_allclose(spread.sd_from_se(*ones(se, n)).values, sd, rtol=1e-12)
    found = spread.sd_from_ci(*ones(mean - reach, mean + reach, n), level, normal).values
    assert_allclose(found, sd, rtol=1e-12, atol=1e-11 * (abs(mean) + 1) * sqrt(n))


def test_one_level_for_each_trial():
    both = spread.sd_from_ci(floats(0, 0), floats(4, 4), floats(20, 20), floats(0.9, 0.95)).values
    singly = [spread.sd_from_ci(*ones(0, 4, 20), level).values[0] for level in (0.9, 0.95)]
    assert_allclose(both, singly, rtol=1e-15)


def test_sd_from_iqr_divides_by_what_the_handbook_prints():
    assert_allclose(spread.sd_from_iqr(*ones(10, 23.5)).values, 10, rtol=1e-15)
    assert_allclose(2 * ndtri(0.75), 1.35, atol=2e-3)


# SD within two arms. Handbook 6.5.2.3: MD 3.8, P = 0.008, 25 and 22 participants


def test_handbook_example_of_a_p_value():
    found = spread.common_sd_from_p(*ones(3.8, 0.008, 25, 22))
    # printed: t = 2.78, SE = 3.8 / 2.78 = 1.37, SD = 1.37 / sqrt(1/25 + 1/22) = 4.69, each step rounded
    assert_allclose(3.8 / found.values * sqrt(25 * 22 / 47), 2.78, atol=0.005)
    assert_allclose(spread.common_sd_from_se(*ones(1.37, 25, 22)).values, 4.69, atol=0.005)
    assert_allclose(found.values, 4.68346934137510, rtol=1e-12)  # R 4.2.2, unrounded: qt(1 - 0.008 / 2, 45)


@given(st.floats(0.1, 100), st.integers(2, 500), st.integers(2, 500), st.floats(0.01, 50))
def test_se_ci_t_and_p_of_a_difference_lead_to_the_same_sd(sd, n1, n2, difference):
    se, df = sd * sqrt(1 / n1 + 1 / n2), n1 + n2 - 2
    reach = se * float(stdtrit(df, 0.95))
    sizes = ones(n1, n2)
    assert_allclose(spread.common_sd_from_se(floats(se), *sizes).values, sd, rtol=1e-12)
    limits = ones(difference - reach, difference + reach)
    assert_allclose(spread.common_sd_from_ci(*limits, *sizes, 0.9).values, sd, rtol=1e-11)
    t = difference / se
    for sign in (1, -1):
        found = spread.common_sd_from_t(*ones(difference, sign * t), *sizes).values
        assert_allclose(found, sd, rtol=1e-12)


def test_p_of_raw_data_leads_back_to_their_pooled_sd():
    rng = np.random.default_rng(3)
    a, b = rng.normal(5, 2, 30), rng.normal(4, 2, 23)
    pooled = sqrt((29 * a.var(ddof=1) + 22 * b.var(ddof=1)) / 51)
    p = ttest_ind(a, b).pvalue
    found = spread.common_sd_from_p(*ones(a.mean() - b.mean(), p, 30, 23)).values
    assert_allclose(found, pooled, rtol=1e-10)


def test_a_tiny_p_value_keeps_its_digits():
    small, large = (spread.common_sd_from_p(*ones(5, p, 50, 50)).values[0] for p in (1e-30, 1e-20))
    assert 0 < small < large


# Change from baseline. Handbook 6.5.2.8, its example


def test_handbook_example_of_a_correlation():
    found = arms.correlation_from_sds(floats(6.4, 7.0), floats(7.1, 6.9), floats(4.5, 4.2))
    assert_allclose(found.values, [0.78, 0.82], atol=0.005)


def test_handbook_example_of_an_imputed_sd():
    assert_allclose(arms.sd_of_change(*ones(6.4, 7.1), 0.80).values, 4.3, atol=0.05)


@given(st.floats(0.1, 100), st.floats(0.1, 100), st.floats(-1, 1))
def test_correlation_and_sd_of_change_are_inverse(baseline, final, r):
    change = arms.sd_of_change(*ones(baseline, final, r)).values
    again = arms.correlation_from_sds(*ones(baseline, final), change).values
    assert_allclose(again, r, atol=1e-9 * (baseline / final + final / baseline))


def test_perfectly_correlated_equal_sds_leave_no_change():
    assert arms.sd_of_change(*ones(0.1, 0.1), 1.0).values[0] == 0
    assert_allclose(arms.sd_of_change(*ones(3, 4), 0.0).values, 5, rtol=1e-15)


# Arms


SAMPLES = st.lists(
    st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8), min_size=2, max_size=5
)  # of the participants of each arm


def summaries(samples: list[list[float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(total, mean, sd) of each arm, shape (arms, 1)."""
    columns = [[(len(x), np.mean(x), np.std(x, ddof=1))] for x in samples]
    return tuple(np.moveaxis(np.array(columns, dtype=float), 2, 0))


@given(SAMPLES)
def test_combined_arms_are_the_arms_as_one_sample(samples):
    found = arms.combine_means(*summaries(samples))
    whole = np.concatenate(samples)
    assert found.total[0] == len(whole)
    assert_allclose(found.mean[0], whole.mean(), rtol=1e-10, atol=1e-10)
    assert_allclose(found.sd[0], whole.std(ddof=1), rtol=1e-9, atol=1e-9)


@given(SAMPLES)
def test_two_at_a_time_gives_the_same(samples):
    at_once = arms.combine_means(*summaries(samples))
    so_far = summaries(samples[:1])
    for sample in samples[1:]:
        made = arms.combine_means(*(np.concatenate(x) for x in zip(so_far, summaries([sample]), strict=True)))
        so_far = tuple(x[np.newaxis] for x in (made.total, made.mean, made.sd))
    for actual, expected in zip(so_far, (at_once.total, at_once.mean, at_once.sd), strict=True):
        assert_allclose(actual[0], expected, rtol=1e-9, atol=1e-9)


def test_two_arms_as_the_handbook_prints_the_formula():
    # table 6.5.a, worked out with N1 = 10, M1 = 5, SD1 = 2, N2 = 15, M2 = 7, SD2 = 3
    found = arms.combine_means(*(np.array(x, dtype=float)[:, np.newaxis] for x in ((10, 15), (5, 7), (2, 3))))
    assert found.total[0] == 25
    assert_allclose(found.mean, (10 * 5 + 15 * 7) / 25, rtol=1e-15)
    squares = 9 * 4 + 14 * 9 + 150 / 25 * (25 + 49 - 2 * 35)
    assert_allclose(found.sd, sqrt(squares / 24), rtol=1e-15)


def test_large_means_do_not_drown_the_spread():
    samples = [[1e9, 1e9 + 1], [1e9 + 2, 1e9 + 3]]
    assert_allclose(arms.combine_means(*summaries(samples)).sd, np.std([0, 1, 2, 3], ddof=1), rtol=1e-12)


def test_dichotomous_arms_are_summed():
    events, total = (
        np.array(x, dtype=float) for x in ([[3, 0], [4, 2], [0, 1]], [[10, 20], [12, 20], [9, 5]])
    )
    found = arms.combine_events(events, total)
    assert (found.events.tolist(), found.total.tolist()) == ([7, 3], [31, 45])


counts = st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(counts, min_size=1, max_size=4), st.integers(2, 6), st.booleans())
def test_parts_of_a_shared_arm_sum_to_the_arm(trials, parts, whole):
    trials = [(events, total) for events, total in trials if total >= parts] or [(2, 7)]
    events, total = np.array(trials, dtype=float).T
    found = arms.split_events(events, total, parts, whole)
    assert found.events.shape == (parts, len(trials))
    assert (found.events <= found.total * (1 + 1e-15)).all()
    again = arms.combine_events(found.events, np.maximum(found.total, found.events))
    if whole:
        assert (again.events == events).all()
        assert (again.total == total).all()
        assert (np.ptp(found.total, axis=0) <= 1).all()
        assert (found.events == np.floor(found.events)).all()
    else:
        assert_allclose(again.events, events, rtol=1e-14)
        assert_allclose(again.total, total, rtol=1e-14)
        assert_allclose(found.events / found.total, np.broadcast_to(events / total, found.total.shape))


def test_whole_parts_by_hand():
    found = arms.split_events(*ones(7, 25), 2, whole=True)
    assert (found.events[:, 0].tolist(), found.total[:, 0].tolist()) == ([4, 3], [13, 12])
    assert arms.split_events(*ones(7, 25), 2).total[:, 0].tolist() == [12.5, 12.5]


def test_parts_keep_mean_and_sd():
    found = arms.split_means(*ones(31, 4.5, 1.2), 3, whole=True)
    assert found.total[:, 0].tolist() == [11, 10, 10]
    assert (found.mean == 4.5).all()
    assert (found.sd == 1.2).all()
    again = arms.combine_means(found.total, found.mean, found.sd)
    assert (again.total[0], again.mean[0]) == (31, 4.5)
    assert_allclose(again.sd, 1.2 * sqrt(28 / 30), rtol=1e-14)  # (n - 3) of (n - 1) df are left


# What is refused, with the trial and the remedy


two = np.array([10.0, 10.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spread.sd_from_se(floats(1, -1), two), "trial 1: se is negative; check the sign"),
        (lambda: spread.sd_from_se(floats(1, nan), two), "trial 1: se is not a finite number"),
        (lambda: spread.sd_from_se(floats(inf, 1), two), "trial 0: se is not a finite number"),
        (lambda: spread.sd_from_se(two, floats(10, 1)), "trial 1: total is below 2; give the number"),
        (lambda: spread.sd_from_ci(floats(1, 3), floats(2, 2), two), "trial 1: low exceeds high; swap them"),
        (lambda: spread.sd_from_ci(*ones(1, 2, 10), 95), "level is not between 0 and 1; write 0.95 for 95%"),
        (lambda: spread.sd_from_ci(*ones(1, 2, 10), nan), "level is not a finite number"),
        (lambda: spread.sd_from_iqr(*ones(2, 1)), "trial 0: q1 exceeds q3"),
        (lambda: spread.common_sd_from_se(*ones(-1, 9, 9)), "se is negative"),
        (lambda: spread.common_sd_from_se(*ones(1, 9, 1)), "total2 is below 2"),
        (lambda: spread.common_sd_from_ci(*ones(2, 1, 9, 9)), "low exceeds high"),
        (lambda: spread.common_sd_from_t(*ones(1, 0, 9, 9)), "t is 0, which leaves the spread open"),
        (lambda: spread.common_sd_from_t(*ones(0, 1, 9, 9)), "difference is 0"),
        (lambda: spread.common_sd_from_p(*ones(1, 0, 9, 9)), "p is not between 0 and 1"),
        (lambda: spread.common_sd_from_p(*ones(1, 1, 9, 9)), "p is not between 0 and 1"),
        (lambda: spread.common_sd_from_p(*ones(1, nan, 9, 9)), "p is not a finite number"),
        (lambda: spread.common_sd_from_p(*ones(0, 0.5, 9, 9)), "difference is 0"),
        (lambda: quantiles.sd_from_range(*ones(3, 1, 9)), "minimum exceeds maximum"),
        (lambda: quantiles.from_range(*ones(1, 9, 3, 9)), "median exceeds maximum"),
        (lambda: quantiles.from_quartiles(*ones(2, 1, 3, 9)), "q1 exceeds median; swap them"),
        (lambda: quantiles.from_quartiles(*ones(1, 2, 3, 1)), "total is below 2"),
        (lambda: quantiles.from_five_numbers(*ones(1, 2, 3, 5, 4, 9)), "q3 exceeds maximum"),
        (lambda: quantiles.from_five_numbers(*ones(1, 2, nan, 5, 6, 9)), "median is not a finite number"),
        (lambda: quantiles.skewness_of_range(*ones(1, 2, 3, 4)), "total is below 5"),
        (lambda: arms.sd_of_change(*ones(1, 2), 1.1), "correlation is not between -1 and 1"),
        (lambda: arms.sd_of_change(*ones(-1, 2), 0.5), "sd_baseline is negative"),
        (lambda: arms.correlation_from_sds(*ones(1, 2, 3.1)), "sd_change does not fit"),
        (lambda: arms.correlation_from_sds(*ones(1, 2, 0.9)), "sd_change does not fit"),
        (lambda: arms.correlation_from_sds(*ones(0, 2, 2)), "an SD is 0"),
        (
            lambda: arms.combine_means(np.array([[9.0, 9.0], [9.0, 1.0]]), *np.ones((2, 2, 2))),
            "arm 1, trial 1: total is below 2",
        ),
        (
            lambda: arms.combine_events(np.array([[3.0], [5.0]]), np.array([[9.0], [4.0]])),
            "arm 1, trial 0: ev",
        ),
        (lambda: arms.split_events(*ones(1, 3), 4), "total is below 4, one for each part"),
        (lambda: arms.split_events(*ones(1, 3), 1), "2 or more"),
        (lambda: arms.split_events(*ones(1.5, 3), 2, True), "a fraction of a participant"),
        (lambda: arms.split_means(*ones(9, nan, 1), 2), "mean is not a finite number"),
    ],
)
def test_invalid_input_is_refused_with_place_and_remedy(call, message):
    with pytest.raises(ValueError) as fault:
        call()
    assert message in str(fault.value)


# Each value says how it came about


def declared(module) -> list[Conversion]:
    return [each for each in vars(module).values() if isinstance(each, Conversion)]


def test_every_conversion_has_a_text_of_its_own():
    every = [each for module in (spread, quantiles, arms) for each in declared(module)]
    assert len({str(each) for each in every}) == len(every) == 24
    assert all(each.given.nb and each.given.en and each.source for each in every)


@pytest.mark.parametrize("by", [*declared(spread), *declared(quantiles)], ids=str)
def test_what_tables_say_of_a_conversion_can_be_read_back(by):
    cells = (
        ConvertedCell("control_sd", by, {"control_q1": "-1.5", "control_q3": "2"}),
        ConvertedCell("experimental_mean", by, {"experimental_se": "0.2"}),
    )
    text = "; ".join(map(str, cells))
    assert converted_cells(text) == cells
    assert converted_cells("") == ()


def test_the_sentence_of_a_conversion_in_both_languages():
    cell = ConvertedCell("control_sd", spread.SD_FROM_SE, {"control_se": "0.2"})
    names = {"experimental": "tiltak", "control": "kontroll"}
    assert str(cell) == "control_sd from SE (Handbook 6.5.2.2): control_se 0.2"
    assert cell.line("Ås 2001", names, "nb") == (
        "Ås 2001: SD, kontroll, fra standardfeil (Handbook 6.5.2.2): control_se 0,2."
    )
    assert (
        cell.line("Ås 2001", names, "en")
        == "Ås 2001: SD, kontroll, from SE (Handbook 6.5.2.2): control_se 0.2."
    )
