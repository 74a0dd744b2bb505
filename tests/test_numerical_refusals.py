"""What double precision cannot carry is refused with a reason: from Python, and through the workflow."""

import csv
import math
import shutil
from collections.abc import Iterator

import numpy as np
import pytest

from batches import floats
from conftest import RAW, run_snakemake, sealed
from repool import pool_one

pytestmark = pytest.mark.filterwarnings("error")


def calls() -> Iterator[tuple[str, dict[str, list[float]]]]:
    arms = ("experimental", "control")
    events = {f"{arm}_{name}": [3.0, 20.0] for arm in arms for name in ("events",)}
    tables = events | {f"{arm}_total": [30.0, 90.0] for arm in arms}
    means = {f"{arm}_{name}": [3.0, 4.5] for arm in arms for name in ("mean", "sd")}
    means |= {f"{arm}_total": [30.0, 90.0] for arm in arms}
    for measure in ("RR", "OR", "RD", "PETO", "ASD"):
        yield measure, tables
    for measure in ("MD", "SMD", "ROM"):
        yield measure, means
    yield "GIV", {"estimate": [0.3, 0.1], "se": [0.2, 0.3]}
    yield "GIV", {"estimate": [0.3, 0.1], "ci_low": [0.1, -0.1], "ci_high": [0.5, 0.3]}
    yield "OEV", {"o_minus_e": [3.0, -1.0], "variance": [4.0, 6.0]}
    yield "COR", {"correlation": [0.3, 0.5], "total": [20.0, 40.0]}
    yield "PLO", {"events": [3.0, 5.0], "total": [20.0, 40.0]}
    yield "PFT", {"events": [3.0, 5.0], "total": [20.0, 40.0]}
    yield "MEAN", {"mean": [3.0, 5.0], "sd": [1.0, 2.0], "total": [20.0, 40.0]}


CALLS = list(calls())


@pytest.mark.parametrize(("measure", "columns"), CALLS)
def test_nan_and_infinity_are_refused_by_name_and_row(measure, columns):
    for name in columns:
        for number in (math.nan, math.inf, -math.inf):
            column = [columns[name][0], number]
            if math.isnan(number) and name in ("se", "ci_low", "ci_high"):
                assert pool_one(measure, **columns | {name: column}).trials == 1  # that trial has no SE
                continue
            with pytest.raises(ValueError, match=rf"^{name}: .* in row 2 of 2$"):
                pool_one(measure, **columns | {name: column})


@pytest.mark.parametrize(("measure", "columns"), CALLS)
def test_a_state_for_every_size(measure, columns):
    """Any column times any power of ten: numbers with state `pooled`, or a state that says why not."""
    for name in columns:
        for power in (-320, -300, -160, -100, 100, 160, 300):
            for row in (slice(1, 2), slice(0, 2)):
                column = floats(columns[name])
                column[row] *= 10.0**power if power > -309 else 5e-324
                made = pool_one(measure, **columns | {name: column.tolist()})
                shown = np.isfinite([made.estimate, made.ci_low, made.ci_high])
                assert (
                    made.state in ("pooled", "not-pooled-one-trial") if shown.all() else "no-" in made.state
                )
                if made.state == "pooled":
                    assert np.isfinite([made.tau2, made.q, made.i2, made.p_q, *made.weights]).all()


@pytest.mark.parametrize("se", [250.0, 500.0])
def test_a_ratio_or_limit_that_no_float_holds_is_refused_whole(se):
    """A ratio of 1 whose log has SE 500 has the limit e^980; with SE 250 it is e^490, and shown."""
    made = pool_one("GIV", estimate=[1.0], se=[se], log_scale=True)
    shown = [made.estimate, made.ci_low, made.ci_high, made.se]
    if se == 250:
        assert made.state == "not-pooled-one-trial"
        assert made.ci_high == pytest.approx(math.exp(1.959963984540054 * 250), rel=1e-10)
    else:
        assert made.state == "no-finite-estimate"
        assert np.isnan(shown).all()
    apart = pool_one("GIV", estimate=[0.0], se=[se])
    assert apart.ci_high == pytest.approx(1.959963984540054 * se)


def test_an_analysis_whose_tau2_no_float_holds_is_refused_whole():
    """Estimates 2e155 apart have a tau2 near 1e310; the common effect needs none."""
    columns = {"estimate": [-1e155, 1e155], "se": [1e150, 1e150]}
    made = pool_one("GIV", method="dl", **columns)
    assert made.state == "no-finite-estimate"
    assert np.isnan([made.estimate, made.se, made.ci_low, made.tau2, made.q]).all()
    assert pool_one("GIV", method="iv-common", **columns).q == pytest.approx(2e10)


@pytest.mark.slow
def test_a_review_with_such_an_analysis_is_computed_and_says_so(tmp_path):
    folder = tmp_path / "raw" / "stroke-los-1999"
    shutil.copytree(RAW / folder.name, folder)
    studies = folder / "studies.csv"
    line = studies.read_text("utf-8").splitlines()[1]
    tiny = line.replace(",47,", ",1e-150,").replace(",64,", ",1e-150,")
    studies.write_text(studies.read_text("utf-8").replace(line, tiny), "utf-8")
    sealed(folder)
    done = run_snakemake(tmp_path)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "results" / folder.name / "pooled.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["state"] != "method-not-applicable"]
    assert {(row["state"], row["estimate"], row["se"], row["q"]) for row in rows} == {
        ("no-finite-estimate", "", "", "")
    }
