"""The public calls: one analysis from lists, many from a data frame."""

import subprocess
import sys
from dataclasses import fields
from math import isnan

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conftest import ROOT
from repool import pool_frame, pool_one
from repool.api import Result
from repool.model import Measure
from repool.trials import COLUMNS

pytestmark = pytest.mark.filterwarnings("error")

TABLES = {
    "experimental_events": [3, 5, 0, 12, 0], "experimental_total": [20, 40, 15, 60, 30],
    "control_events": [5, 5, 2, 20, 0], "control_total": [20, 42, 15, 63, 31],
}  # fmt: skip
MEANS = {
    "experimental_mean": [3, 5, 2, 4], "experimental_sd": [1, 2, 1.5, 3],
    "experimental_total": [20, 40, 15, 60], "control_mean": [4, 5.5, 2.5, 7],
    "control_sd": [1.2, 2, 1, 3], "control_total": [22, 38, 15, 61],
}  # fmt: skip
FOUR = {name: column[:4] for name, column in TABLES.items()}
PROPORTIONS = {"events": [3, 5, 0, 12], "total": [20, 40, 15, 60]}
ONE_GROUP = {"mean": [3, 5, 2, 4], "sd": [1, 2, 1.5, 3], "total": [20, 40, 15, 60]}
RELATIONS = {"correlation": [0.3, 0.5, -0.1, 0.42], "total": [20, 40, 15, 60]}
LOGRANK = {"o_minus_e": [3, -1, 2.5], "variance": [4, 6, 3]}

# R 4.2.2, metafor 3.8-1: predict(rma(escalc(measure=...)), method="REML", control=list(threshold=1e-14)),
# back-transformed by transf.ipft.hm, transf.ilogit, transf.ztor, exp; estimate, limits, tau2
METAFOR = [
    ("PFT", PROPORTIONS, (0.1200899078, 0.0463615920, 0.2170737715, 0.0072901206)),
    ("PLO", PROPORTIONS, (0.1623612689, 0.1075520705, 0.2376633787, 0.0)),
    ("COR", RELATIONS, (0.3848119218, 0.2250524419, 0.5244219569, 0.0)),
    ("MEAN", ONE_GROUP, (3.5034995925, 2.2460650296, 4.7609341554, 1.5349537710)),
    ("ROM", MEANS, (0.7460228701, 0.6027540677, 0.9233452788, 0.0319306212)),
    ("ASD", FOUR, (-0.1167292599, -0.2349457501, 0.0014872304, 0.0)),
    ("SMD", MEANS, (-0.6448030954, -1.0427990238, -0.2468071670, 0.0915022571)),
    ("RR", TABLES, (0.6696720196, 0.4088044351, 1.0970052557, 0.0)),
    ("OEV", LOGRANK, (1.4819685815, 0.7463379042, 2.9426763188, 0.1298448987)),
]


@pytest.mark.parametrize(("measure", "columns", "expected"), METAFOR, ids=[each[0] for each in METAFOR])
def test_against_metafor(measure, columns, expected):
    # its named method also has its trial effects: exact SMD, and RR with double-zero trials
    result = pool_one(measure, method="metafor", **columns)
    assert_allclose((result.estimate, result.ci_low, result.ci_high, result.tau2), expected, atol=6e-8)
    assert result.trials == len(next(iter(columns.values())))


@pytest.mark.parametrize("measure", Measure)
def test_every_measure_has_its_columns(measure):
    columns = {name: [5.0, 6.0] if "total" not in name else [20.0, 30.0] for name in COLUMNS[measure]}
    if measure is Measure.COR:
        columns["correlation"] = [0.2, 0.3]
    if measure is Measure.GIV:
        columns["se"] = [0.5, 0.6]
    result = pool_one(measure, columns=columns)
    assert result.trials == 2
    assert result.ci_low < result.estimate < result.ci_high


def test_a_frame_is_the_same_as_one_by_one():
    first, second = pd.DataFrame(TABLES), pd.DataFrame(FOUR)[::-1]
    frame = pd.concat([first.assign(review="a", outcome=1), second.assign(review="b", outcome=1)])
    frame = frame.sample(frac=1, random_state=3)  # rows in any order, analyses in order of appearance
    table = pool_frame(frame, "OR", by=["review", "outcome"], method="revman5", ci="Wald", level=0.9)
    assert list(table.index) == list(frame[["review", "outcome"]].drop_duplicates().itertuples(index=False))
    for key, rows in (("a", first), ("b", second)):
        one = pool_one("OR", method="revman5", level=0.9, **{name: rows[name].to_list() for name in rows})
        row = table.loc[(key, 1)]
        for field in fields(Result):
            if field.name == "state":
                assert row.state == one.state == "pooled"
            elif field.name in table:
                assert_allclose(float(row[field.name]), float(getattr(one, field.name)), rtol=1e-12)
        for name, value in one.heterogeneity.items():
            assert_allclose(float(row[name]), value, rtol=1e-12)


def test_generic_estimates_by_what_they_come_with():
    # the same SE from a CI, a z value and a p value; empty cells are passed over
    z = 0.9 / 0.3
    columns = {
        "estimate": [0.9] * 4, "se": [0.3, np.nan, np.nan, np.nan],
        "ci_low": [np.nan, 0.9 - 1.6448536269514722 * 0.3, np.nan, np.nan],
        "ci_high": [np.nan, 0.9 + 1.6448536269514722 * 0.3, np.nan, np.nan],
        "ci_level": [np.nan, 90, np.nan, np.nan], "statistic": [np.nan, np.nan, z, np.nan],
        "p": [np.nan, np.nan, np.nan, 0.0026997960632601866],
    }  # fmt: skip
    result = pool_one("GIV", columns=columns)
    assert_allclose(result.v, [0.09] * 4, rtol=1e-9)
    assert_allclose(result.weights, [25] * 4, rtol=1e-9)


def test_a_trial_that_is_not_estimable():
    result = pool_one("RR", method="revman5", **TABLES)
    assert (result.trials, len(result.weights), result.weights[4]) == (4, 5, 0)
    assert isnan(result.y[4])
    assert pool_one("RR", method="metafor", **TABLES).trials == 5
    assert result.method == "M-H, random effects, DL (Q around M-H), Wald, 95% CI"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"measure": "XX"}, "measure: XX is not one of RR, OR"),
        ({"method": "revman6"}, "method revman6, {}: expected a named method"),
        ({"tau2": "YY"}, "expected tau2 one of DL, DL2"),
        ({"experimental_event": [1]}, "a field of a method"),
        ({"columns": {"control_total": [1]}}, "columns of different lengths"),
        ({"columns": {"control_events": [1, 2, None, 4, 5]}}, "control_events: no number in row 3 of 5"),
        ({"measure": "MD", "columns": {}}, "MD needs the columns experimental_mean"),
        ({"measure": "MD", "method": "mh-common"}, "method: mh-common does not apply to MD"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    call = {"measure": "RR", "columns": {}} | call
    if call["measure"] == "RR":
        call["columns"] = TABLES | call["columns"]
    with pytest.raises(ValueError, match=message.replace("{}", r"\{\}")):
        pool_one(**call)


def test_a_frame_without_the_column_to_group_by():
    with pytest.raises(ValueError, match="by: the data frame has no column analysis"):
        pool_frame(pd.DataFrame(TABLES), "RR", by="analysis")


def test_an_empty_frame_has_an_empty_table():
    frame = pd.DataFrame({name: [] for name in (*TABLES, "analysis")})
    assert_array_equal(pool_frame(frame, "RR", by="analysis").shape[0], 0)


def test_the_engine_loads_neither_pandas_nor_statsmodels():
    heavy = {"pandas", "statsmodels", "scipy.stats", "scipy.optimize", "matplotlib"}
    code = f"import sys; import repool.pooling, repool.heterogeneity; print(*{heavy} & {{*sys.modules}})"
    command = [sys.executable, "-c", code]
    path = {"PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    loaded = subprocess.run(command, env=path, capture_output=True, text=True, check=True).stdout
    assert loaded.split() == []


def test_an_interval_without_width_is_none():
    """A M-H difference where nobody has the event, and HKSJ of trials that agree."""
    tables = {name: [0, 0] for name in ("experimental_events", "control_events")}
    tables |= {name: [40, 60] for name in ("experimental_total", "control_total")}
    nobody = pool_one("RD", method="mh-common", **tables)
    alike = pool_one("GIV", method="reml-hksj", log_scale=True, estimate=[2, 2], se=[0.3, 0.4])
    assert (nobody.estimate, alike.estimate) == (0, pytest.approx(2))
    for result in (nobody, alike):
        assert np.isnan([result.ci_low, result.ci_high, result.se, result.p_effect]).all()
        assert not result.narrower_than_wald
