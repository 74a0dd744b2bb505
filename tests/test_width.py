"""Which intervals are shown: none that has no width."""

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from batches import COMMON, HAENSZEL, REML, floats, of_effects, of_tables, pooled
from repool.model import Measure
from repool.pooling import pool
from repool.width import with_width

pytestmark = pytest.mark.filterwarnings("error")


def shown(trials, method, log_scale=False):
    return with_width(pool(trials, method)[0], log_scale)


def assert_no_interval(result, which=0):
    """The estimate stands, and nothing that would say how sure it is."""
    assert np.isfinite(result.estimate).all()
    assert not result.narrower_than_wald[which]
    for name in ("se", "ci_low", "ci_high", "p_effect"):
        assert isnan(getattr(result, name)[which]), name


@pytest.mark.parametrize("prediction", ["HKSJ", "Partlett-Riley", "bootstrap"])
@pytest.mark.parametrize("y", [[0.0] * 3, [0.1] * 3, [5.3 - 5.2, 4.3 - 4.2, 3.3 - 3.2]])
def test_an_interval_without_width_is_not_shown(y, prediction):
    method = replace(REML, ci="HKSJ", prediction=prediction)
    result = shown(of_effects([*y, 0.1, 0.7, 0.5], [0.3, 0.7, 0.1, 0.2, 0.4, 0.5], [3, 3]), method)
    assert_no_interval(result)
    for name in ("ci", "prediction", "prediction_k1", "prediction_k2"):
        low, high = getattr(result, f"{name}_low"), getattr(result, f"{name}_high")
        assert isnan(low[0]), name
        assert isnan(high[0]), name
        assert low[1] < high[1], name  # the batch's other analysis keeps its own
    assert result.se[1] > 0


def test_a_narrow_interval_is_shown():
    # 2e-10 beside 100 is within what tables can show, and so is a log ratio of 1e-10
    assert shown(of_effects([100.0], [1e-20]), COMMON).ci_low[0] < 100
    assert shown(of_effects([1e-10], [1e-24]), COMMON, log_scale=True).se[0] == 1e-12
    assert_no_interval(shown(of_effects([100.0], [1e-24]), COMMON))


@pytest.mark.parametrize(
    ("rows", "difference"), [([[0, 50, 0, 40], [0, 9, 0, 8]], 0), ([[9, 9, 8, 8], [5, 5, 4, 4]], 0),
                             ([[9, 9, 0, 8]], 1)],
)  # fmt: skip
def test_a_mantel_haenszel_difference_without_variance_has_no_interval(rows, difference):
    # nobody has the event, everybody, or one arm and not the other: ab/n1^3 and cd/n2^3 are 0 in all trials
    trials = of_tables(Measure.RD, rows)
    result = shown(trials, HAENSZEL)
    assert_no_interval(result)
    assert result.estimate[0] == difference
    by_inverse_variance = shown(trials, COMMON)  # whose variances are from corrected cells
    assert by_inverse_variance.ci_low[0] < difference < by_inverse_variance.ci_high[0]


def of_width(estimate, ci, prediction=(1.0, 1.0)):
    """A result whose interval is so wide, and whose two t predictions are."""
    whole = replace(pooled([estimate, estimate], [1, 3], REML), narrower_than_wald=np.array([True]))
    ends = {"ci": ci, "prediction_k1": prediction[0], "prediction_k2": prediction[1]}
    low = {f"{name}_low": floats([estimate]) for name in ends}
    return replace(
        whole, **low, **{f"{name}_high": floats([estimate + width]) for name, width in ends.items()}
    )


@pytest.mark.parametrize(
    ("estimate", "width", "log_scale", "has_width"),
    [(0.001, 0.9e-12, True, False), (0.001, 1.1e-12, True, True), (0.001, 0.9e-12, False, True),
     (-64.0, 63e-12, True, True), (-64.0, 57e-12, False, False), (-64.0, 71e-12, False, True)],
)  # fmt: skip
def test_a_width_is_judged_beside_the_estimate_and_of_a_log_beside_one(estimate, width, log_scale, has_width):
    result = with_width(of_width(estimate, width), log_scale)
    assert [isnan(getattr(result, name)[0]) for name in ("ci_low", "ci_high", "se", "p_effect")] == [
        not has_width
    ] * 4
    assert result.narrower_than_wald[0] == has_width


def test_a_prediction_without_width_leaves_the_interval_alone():
    result = with_width(of_width(1.0, 0.5, prediction=(0.0, 0.25)), log_scale=False)
    assert isnan(result.prediction_k1_low[0])
    assert isnan(result.prediction_k1_high[0])
    assert (result.ci_low[0], result.ci_high[0]) == (1, 1.5)
    assert (result.prediction_k2_low[0], result.prediction_k2_high[0]) == (1, 1.25)
    assert result.se[0] > 0
    assert result.p_effect[0] > 0
    assert result.narrower_than_wald[0]


@pytest.mark.parametrize(
    ("estimate", "high", "shown"), [(699, 700, True), (700, 700, True), (699, 701, False), (701, 703, False)]
)
def test_a_ratio_that_no_float_holds_is_not_shown(estimate, high, shown):
    result = with_width(of_width(float(estimate) - 1e-9, high - estimate + 1e-9), log_scale=True)
    for name in ("estimate", "ci_high", "se", "tau2"):
        assert isnan(getattr(result, name)[0]) != shown, name
    assert result.k[0] == 2
