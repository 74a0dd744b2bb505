"""Choices of a method that concern one number of the pooled result each."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose

from batches import COMMON, HAENSZEL, REML, floats, of_effects, of_tables, pooled, tables_of
from repool.batch import Segments
from repool.model import Measure
from repool.pooling import pool, subgroup_differences
from repool.trials import Trials

pytestmark = pytest.mark.filterwarnings("error")

TABLES = [(4, 10, 2, 20), (9, 30, 4, 40), (1, 12, 7, 15)]


def test_q_around_the_common_effect_beside_a_mantel_haenszel_value():
    trials = of_tables(Measure.RR, TABLES)
    around_iv, around_mh = (pool(trials, replace(HAENSZEL, q_around=each))[0] for each in ("IV", "MH"))
    assert_allclose(around_iv.q, pool(trials, COMMON)[0].q)
    w, y = 1 / trials.effects.v, trials.effects.y
    assert_allclose(around_mh.q, (w * (y - around_mh.estimate) ** 2).sum())
    assert around_mh.q > around_iv.q
    assert around_iv.estimate == around_mh.estimate


def test_i2_from_q_or_from_tau2():
    y, v = [0.0, 2.0, 6.0], [1.0, 2.0, 0.5]
    from_q, from_tau2 = (pooled(y, v, replace(REML, i2_from=each)) for each in ("Q", "tau2"))
    assert_allclose(from_q.i2, 100 * (from_q.q - 2) / from_q.q)
    w = 1 / floats(v)
    typical = 2 / (w.sum() - (w**2).sum() / w.sum())
    assert_allclose(from_tau2.i2, 100 * from_tau2.tau2 / (from_tau2.tau2 + typical))
    assert abs(from_q.i2 - from_tau2.i2) > 1


def test_a_mantel_haenszel_value_where_variances_need_another_unit():
    # a correction by 1e-100 gives 0/10 v 3/12 a variance of 1e100; raw cells: R = 80/30, S = 20/30 + 30/22
    method = replace(HAENSZEL, zero_cell_amount=1e-100, mh_cells="raw")
    tables = tables_of([(4, 10, 2, 20), (0, 10, 3, 12)])
    result = pool(Trials.of_tables(Measure.RR, tables, Segments.of_counts([2]), method.zero_cells), method)[0]
    assert_allclose(result.estimate, log((80 / 30) / (20 / 30 + 30 / 22)))


def test_a_subgroup_whose_variance_no_float_holds_has_no_test():
    q, df, p, i2 = subgroup_differences(floats([0, 1]), floats([1e200, 1]), Segments.of_counts([2]))
    assert df[0] == 1
    assert np.isnan([q[0], p[0], i2[0]]).all()


def test_subgroups_without_an_estimate_or_its_error_do_not_count():
    estimate, se = floats([0, 2, 9, np.nan, 7]), floats([1, 1, np.nan, 1, 0])
    q, df, _, _ = subgroup_differences(estimate, se, Segments.of_counts([5]))
    assert_allclose([q[0], df[0]], [2, 1])


def test_a_batch_in_stretches_is_the_batch(monkeypatch: pytest.MonkeyPatch):
    trials = of_effects([0, 2, 1, 4, 4, 7], [1, 2, 3, 1, 2, 1], [2, 2, 2])
    whole, weights = pool(trials, REML)
    for size in (2, 4):
        monkeypatch.setattr("repool.trials._BLOCK", size)
        parts, in_parts = pool(trials, REML)
        assert_allclose(in_parts, weights, rtol=1e-12)
        for name in ("estimate", "se", "tau2", "q"):
            assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12)
