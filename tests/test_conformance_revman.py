"""Repool against RevMan itself: the estimate, interval and weight that it printed for each trial.

Cochrane's exports of 353 reviews (../shared) carry them to six decimals. R meta 8.4.0 with its RevMan 5
settings stands in for the pooled results, which are not among them. The analyses are the 5,837 whose
weights tell by which measure and model they were made.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from batches import COMMON, DL, HAENSZEL, REML, REVMAN5
from cochrane import AGREEMENTS, Agreement, published
from repool.batch import Booleans, Floats
from repool.likelihood import Likelihood
from repool.methods import Method
from repool.pooling import Pooled, pool
from repool.trials import Trials

pytestmark = pytest.mark.filterwarnings("error")

ANALYSES = {"RR": 3035, "OR": 176, "RD": 62, "PETO": 52, "MD": 1312, "SMD": 583, "GIV": 617}
ROWS = {"RR": 18385, "OR": 1043, "RD": 558, "PETO": 245, "MD": 8498, "SMD": 6704, "GIV": 4987}
PRINTED = 0.5e-6 * (1 + 1e-9)  # six decimals
DICHOTOMOUS = ("RR", "OR", "RD")
measures = pytest.mark.parametrize("measure", ANALYSES)


def natural(values: Floats, ratio: Booleans) -> Floats:
    return np.where(ratio, np.exp(np.where(ratio, values, 0)), values)


def as_printed(ours: Floats, theirs: Floats) -> Booleans:
    """Equal to six decimals, or to nine digits where the number is long."""
    return np.abs(ours - theirs) <= np.maximum(PRINTED, 1e-9 * np.abs(theirs))


@measures
def test_trial_estimates(measure):
    _, rows, trials = published(measure)
    effects, shown = trials.effects, rows["shown"].to_numpy()
    assert np.array_equal(effects.estimable, ~np.isnan(shown))  # what RevMan leaves out, we leave out
    assert effects.estimable.sum() == ROWS[measure]
    reach = ndtri(0.975) * np.sqrt(effects.v)
    ratio = np.full(len(shown), measure in ("RR", "OR", "PETO"))
    if measure == "GIV":  # the export does not say which are logs of ratios
        ratio = ~as_printed(effects.y, shown) & effects.estimable
    used = effects.estimable
    columns = {"shown": effects.y, "shown_low": effects.y - reach, "shown_high": effects.y + reach}
    agree = {
        name: as_printed(natural(value, ratio), rows[name].to_numpy())[used]
        for name, value in columns.items()
    }
    limits = agree["shown_low"] & agree["shown_high"]
    exceptions = 64 if measure == "RR" else 0  # one review has 99% limits
    AGREEMENTS.append(Agreement("RevMan's own estimates", measure, ROWS[measure], PRINTED, exceptions))
    assert agree["shown"].all()
    assert (~limits).sum() == exceptions
    if measure == "RR":
        wider = np.exp(effects.y + ndtri(0.995) * np.sqrt(effects.v))
        assert as_printed(wider, rows["shown_high"].to_numpy())[used][~limits].all()


# which method made the weights


def method_of(model: str, measure: str) -> Method:
    """The method that the weights identify. Where tau2 is 0 they are those of the common-effect model."""
    dichotomous = measure in DICHOTOMOUS
    by_haenszel = REVMAN5 if dichotomous else DL
    named = {
        "MH_fixed": HAENSZEL,
        "IV_fixed": COMMON,
        "Peto_fixed": COMMON,
        "IV_tau2_0(fixed or random)": COMMON,
        "DL_random": by_haenszel,
        "DL_random_Q_by_MH": REVMAN5,
        "DL_random_Q_by_IV": DL,
        "DL_or_REML": DL,
        "REML_random": REML,
        # R meta could not reproduce these: ratios with nothing but events, and a REML cut short
        "unknown": by_haenszel if dichotomous else REML,
    }
    return named[model]


@measures
def test_trial_weights(measure):
    table, rows, trials = published(measure)
    shown = np.nan_to_num(rows["weight"].to_numpy())
    largest = np.zeros(len(table))
    for model in table["model"].unique():
        _, weights = pool(trials, method_of(model, measure))
        chosen = (table["model"] == model).to_numpy()
        largest[chosen] = trials.segments.highest(np.abs(weights - shown))[chosen]
    assert len(table) == ANALYSES[measure]
    AGREEMENTS.append(Agreement("RevMan's own weights (points)", measure, len(table), largest.max()))
    # six decimals; a few REML and DL-or-IV analyses differ in the fourth to sixth, none by more
    assert (largest < 0.001).all()
    assert (largest < 2e-6).mean() > 0.97


# pooled results as R meta reconstructs them


def taken_differently(trials: Trials, measure: str, name: str) -> Booleans:
    """Analyses in which RevMan, and so Repool, and R meta differ by rule.

    A risk ratio with nothing but events is 1 for RevMan; Mantel-Haenszel risk differences have raw cells
    for RevMan, corrected ones for R meta.
    """
    parts, tables = trials.segments, trials.tables
    if measure == "RR":
        return parts.total(tables.all_events) > 0
    if measure == "RD" and "M-H" in name:
        return parts.total(tables.has_zero_cell) > 0
    return np.zeros(len(parts), np.bool_)


def largest_difference(ours: Pooled, table: pd.DataFrame, model: str, where: Booleans) -> float:
    estimate, se = (table[f"{name}_{model}"].to_numpy() for name in ("TE", "se"))
    differences = [
        np.abs(ours.estimate - estimate) / np.maximum(np.abs(estimate), se),
        np.abs(ours.se - se) / se,
        np.abs(ours.q - table["Q"]) / np.maximum(table["Q"], ours.df),
    ]
    if model == "random":
        differences.append(np.abs(ours.tau2 - table["tau2"]) / np.maximum(table["tau2"], se**2))
    return max(float(np.asarray(each)[where].max(initial=0.0)) for each in differences)


@measures
def test_pooled_results(measure):
    table, _, trials = published(measure)
    model = table["model"]
    reml = (model == "REML_random").to_numpy()
    continuous = measure not in DICHOTOMOUS
    around_iv = model.isin(["DL_or_REML", "DL_random_Q_by_IV", "IV_fixed"]).to_numpy() | continuous
    inverse = model.isin(["IV_fixed", "REML_random"]).to_numpy() | continuous
    results = {}
    for name, method, where in [
        ("M-H common", HAENSZEL, ~inverse & ~around_iv),
        ("IV common", COMMON, inverse),
        ("DL around M-H", REVMAN5, ~around_iv & ~reml),
        ("DL around IV", DL, around_iv & ~reml),
    ]:
        where = where & ~taken_differently(trials, measure, name)
        if where.any():
            ours = pool(trials, method)[0]
            side = "common" if "common" in name else "random"
            largest = largest_difference(ours, table, side, where)
            AGREEMENTS.append(Agreement(f"R meta, {name}", measure, int(where.sum()), largest))
            results[name] = largest
            assert np.array_equal(ours.k, table["k"])
    assert max(results.values()) < 1e-9, results
    left_out = taken_differently(trials, measure, "M-H").sum()
    assert left_out == {"RR": 28, "RD": 49}.get(measure, 0)


@pytest.mark.parametrize(("measure", "count"), [("RR", 36), ("MD", 21), ("SMD", 1), ("GIV", 2)])
def test_reml_results(measure, count):
    # R meta stops at a change of 1e-5 in tau2: the likelihood says that ours is never the lower one
    table, _, trials = published(measure)
    chosen = (table["model"] == "REML_random").to_numpy()
    assert chosen.sum() == count
    ours = pool(trials, REML)[0]
    likelihood = Likelihood(trials.estimates(), restricted=True).only(chosen)
    tau2 = table["tau2"].to_numpy()[chosen]
    assert (likelihood.value(ours.tau2[chosen]) >= likelihood.value(tau2) - 1e-12).all()
    difference = np.abs(ours.estimate - table["TE_random"])[chosen] / table["se_random"][chosen]
    AGREEMENTS.append(Agreement("R meta, REML", measure, count, difference.max(), 0, "ours, by likelihood"))
    assert difference.max() < 1e-3


def test_haenszel_of_revman_corrects_the_cells():
    """The published weights decide between corrected and raw cells, where it matters."""
    table, rows, trials = published("RR")
    corrected = trials.segments.total(trials.tables.has_zero_cell & trials.effects.estimable) > 0
    chosen = (table["model"] == "MH_fixed").to_numpy() & corrected
    shown = np.nan_to_num(rows["weight"].to_numpy())
    apart = {
        cells: trials.segments.highest(np.abs(pool(trials, replace(HAENSZEL, mh_cells=cells))[1] - shown))
        for cells in ("corrected", "raw")
    }
    assert (apart["corrected"][chosen] < 2e-6).all()
    assert (apart["raw"][chosen] > 2e-6).mean() > 0.9
