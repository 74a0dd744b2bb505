"""Repool against R metafor 5.1.12 on 353 Cochrane reviews and 156 textbook analyses (../shared).

All analyses of a measure are pooled in one batch, from metafor's own trial estimates. Closed forms must
agree to 1e-9, iterative estimates to 1e-6; where one does not, the likelihood decides who was right.
The run ends with the table of agreement.
"""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from batches import COMMON, DL, HAENSZEL, HE, HS, PETO, PM, REML, SJ
from cochrane import (
    AGREEMENTS,
    HETEROGENEITY,
    INFERENCE,
    PREDICTION,
    Agreement,
    analyses,
    batch,
    differences,
    effects_in,
    fits,
    reference,
    rows_of,
    segments,
    tables_in,
    typical_variance,
    worst,
)  # fmt: skip
from conftest import shared
from repool.batch import Floats, Segments
from repool.effects import Effects
from repool.likelihood import Likelihood
from repool.methods import Method
from repool.model import Measure
from repool.pooling import Pooled, pool
from repool.trials import Trials

pytestmark = pytest.mark.filterwarnings("error")

ANALYSES = {"RR": 4358, "OR": 4349, "MD": 2626, "SMD": 2626, "GIV": 811}
CLOSED, ITERATIVE = 1e-9, 1e-6
measures = pytest.mark.parametrize("measure", ANALYSES)


def like_metafor(method: Method, test: str) -> Method:
    """Its normal prediction interval with a normal CI and its t(k - 1) with HKSJ; I2 from tau2."""
    if test == "knha":
        return replace(method, ci="HKSJ", prediction="t(k-1)", i2_from="tau2")
    return replace(method, prediction="normal", i2_from="tau2")


# trial effects


@pytest.mark.parametrize(
    ("measure", "rows", "left_out"),
    [
        ("RR", 29976, 188), ("OR", 29779, 0), ("RD", 33195, 8791), ("MD", 22854, 0), ("SMD", 22849, 0),
        ("GIV", 7182, 0),
    ],
)  # fmt: skip
def test_trial_effects(measure, rows, left_out):
    # metafor pools the corrected cells of two kinds of trials that RevMan takes as they are: a risk
    # ratio with nothing but events (RevMan: exactly 1), and a risk difference with a zero cell
    theirs, source = reference(f"effects_{measure}"), rows_of(measure)
    ours = effects_in(source, Measure(measure), smd="exact")
    differs = np.zeros(rows, np.bool_)
    if measure in ("RR", "RD"):
        tables = tables_in(source)
        differs = tables.all_events if measure == "RR" else tables.has_zero_cell
    y, v = theirs["yi"].to_numpy(), theirs["vi"].to_numpy()
    # a log ratio or a difference near 0 is known to rounding of its terms: measured by its SE
    found = {"y": np.abs(ours.y - y) / np.maximum(np.abs(y), np.sqrt(v)), "v": np.abs(ours.v - v) / v}
    assert ours.estimable.all()
    assert (len(y), differs.sum()) == (rows, left_out)
    largest = max(worst(found, ~differs)[0], found["v"].max())
    AGREEMENTS.append(Agreement("effects", measure, rows, largest, left_out, "by rule" if left_out else ""))
    assert largest < 1e-10


# closed forms


@measures
@pytest.mark.parametrize("name", ["FE", "DL"])
def test_closed_forms(measure, name):
    trials = batch(measure)
    typical = typical_variance(trials)
    largest = (0.0, "")
    for test in ("z",) if name == "FE" or measure == "OR" else ("z", "knha"):
        method = COMMON if name == "FE" else like_metafor(DL, test)
        ours, theirs = pool(trials, method)[0], fits(measure, name, test)
        names = (*INFERENCE, *HETEROGENEITY, *(PREDICTION if name == "DL" else ()))
        found = differences(ours, theirs, fits(measure, name, "z")["se"].to_numpy(), typical, names)
        if name == "FE":
            largest = max(largest, h2_from_q(ours, theirs))
        elif test == "z":
            largest = max(largest, riley(ours, theirs), h2_from_i2(ours, theirs))
        largest = max(largest, worst(found))
        assert len(theirs) == ANALYSES[measure]
        assert ours.converged.all()
    AGREEMENTS.append(Agreement(name, measure, ANALYSES[measure], largest[0]))
    assert largest < (CLOSED, ""), largest


@pytest.mark.parametrize("name", ["HE", "SJ"])
@pytest.mark.parametrize("measure", [measure for measure in ANALYSES if measure != "OR"])
def test_other_closed_forms(measure, name):
    trials, largest = batch(measure), (0.0, "")
    unit = fits(measure, name, "z")["se"].to_numpy()
    for test in ("z", "knha"):
        method = like_metafor({"HE": HE, "SJ": SJ}[name], test)
        ours, theirs = pool(trials, method)[0], fits(measure, name, test)
        names = (*INFERENCE, *HETEROGENEITY, *PREDICTION)
        largest = max(largest, worst(differences(ours, theirs, unit, typical_variance(trials), names)))
        assert len(theirs) == ANALYSES[measure]
    AGREEMENTS.append(Agreement(name, measure, ANALYSES[measure], largest[0]))
    assert largest < (CLOSED, ""), largest


def h2_from_q(ours: Pooled, theirs: pd.DataFrame) -> tuple[float, str]:
    return float((np.abs(ours.q / ours.df - theirs["H2"]) / np.maximum(theirs["H2"], 1)).max()), "H2"


def h2_from_i2(ours: Pooled, theirs: pd.DataFrame) -> tuple[float, str]:
    return float(np.abs(ours.i2 / 100 - (1 - 1 / theirs["H2"])).max()), "H2"


def riley(ours: Pooled, theirs: pd.DataFrame) -> tuple[float, str]:
    """Prediction limits by t(k - 2): metafor takes 1 df for two trials, where we show none."""
    three = ours.k > 2
    assert np.isnan(ours.prediction_k2_low[~three]).all()
    limits = [(ours.prediction_k2_low, "pi_riley_lb"), (ours.prediction_k2_high, "pi_riley_ub")]
    size = np.maximum(np.abs(ours.estimate), ours.prediction_k2_high - ours.estimate)[three]
    return max(
        (float((np.abs(mine[three] - theirs[name].to_numpy()[three]) / size).max()), name)
        for mine, name in limits
    )


@measures
def test_who_is_right_about_closed_forms(measure):
    """Wherever the two differ by more than 1e-12, exact rational arithmetic has to be on our side."""
    trials, theirs = batch(measure), fits(measure, "DL", "z")
    ours, typical = pool(trials, DL)[0], typical_variance(trials)
    tau2 = theirs["tau2"].to_numpy()
    apart = np.flatnonzero(np.abs(ours.tau2 - tau2) > 1e-12 * np.maximum(tau2, typical))
    offsets, y, v = trials.segments.offsets, trials.effects.y, trials.effects.v
    mistakes = []
    for analysis in apart:
        stretch = slice(offsets[analysis], offsets[analysis + 1])
        exact = float(exact_dersimonian_laird(y[stretch], v[stretch]))
        scale = max(exact, typical[analysis])
        mistakes.append((abs(ours.tau2[analysis] - exact) / scale, abs(tau2[analysis] - exact) / scale))
    mine, other = np.array(mistakes).reshape(-1, 2).T
    closer = f"ours closer in {(mine < other).sum()}"
    AGREEMENTS.append(
        Agreement("DL against exact arithmetic", measure, len(apart), mine.max(initial=0), 0, closer)
    )
    assert (mine < 1e-12).all()
    assert (mine < other).all()


def exact_dersimonian_laird(y: Floats, v: Floats) -> Fraction:
    estimates, w = [Fraction(each) for each in y], [1 / Fraction(each) for each in v]
    total = sum(w)
    centre = sum(a * b for a, b in zip(w, estimates, strict=True)) / total
    q = sum(a * (b - centre) ** 2 for a, b in zip(w, estimates, strict=True))
    return max(Fraction(0), (q - (len(w) - 1)) / (total - sum(a * a for a in w) / total))


# iterative estimators


def iterative(measure: str, name: str, method: Method) -> tuple[Pooled, Floats]:
    """Compare wherever the two tau2 agree; ours, and the mask of the analyses where they do not."""
    trials = batch(measure)
    unit, typical = fits(measure, name, "z")["se"].to_numpy(), typical_variance(trials)
    largest = (0.0, "")
    for test in ("z",) if (measure, name) == ("OR", "PM_tight") else ("z", "knha"):
        ours, theirs = pool(trials, like_metafor(method, test))[0], fits(measure, name, test)
        found = differences(ours, theirs, unit, typical, (*INFERENCE, *HETEROGENEITY, *PREDICTION))
        apart = found["tau2"] > ITERATIVE
        largest = max(largest, worst(found, ~apart))
        if test == "z":
            assert np.array_equal(np.isnan(ours.prediction_k2_low), ours.k < 3)
        assert len(theirs) == ANALYSES[measure]
        assert ours.converged.all()
    verdict = "ours, by likelihood" if apart.any() else ""
    AGREEMENTS.append(Agreement(name, measure, ANALYSES[measure], largest[0], int(apart.sum()), verdict))
    assert largest < (ITERATIVE, ""), largest
    return ours, apart


@measures
def test_paule_mandel(measure):
    ours, apart = iterative(measure, "PM_tight", PM)
    assert not apart.any()
    trials = batch(measure)
    y, parts = trials.effects.y, trials.segments
    w = 1 / (trials.effects.v + parts.spread(ours.tau2))
    q = parts.total(w * (y - parts.spread(ours.estimate)) ** 2)
    df = parts.counts - 1
    assert (np.abs(q - df) < 1e-9 * df)[ours.tau2 > 0].all()
    assert (q <= df)[ours.tau2 == 0].all()


@measures
def test_reml(measure):
    ours, apart = iterative(measure, "REML_tight", REML)
    assert apart.sum() == {"RR": 1, "OR": 1, "MD": 5, "SMD": 0, "GIV": 0}[measure]
    likelihood = Likelihood(batch(measure).estimates(), restricted=True)
    mine = likelihood.value(ours.tau2)
    other = likelihood.value(fits(measure, "REML_tight", "z")["tau2"].to_numpy())
    assert (mine > other)[apart].all()
    assert (mine >= other - 1e-12 * np.maximum(1, np.abs(other))).all()


@pytest.mark.parametrize(("measure", "several"), [("RR", 12), ("MD", 25), ("SMD", 0), ("GIV", 1)])
def test_reml_is_the_global_maximum(measure, several):
    """A golden-section search from a fine grid: good to about 1e-6 of tau2, exact about which mode."""
    theirs = reference(f"global_REML_{measure}").set_index("aid").loc[analyses(measure).index]
    trials = batch(measure)
    ours, typical = pool(trials, REML)[0], typical_variance(trials)
    likelihood = Likelihood(trials.estimates(), restricted=True)
    mine, tau2 = likelihood.value(ours.tau2), theirs["tau2_global"].to_numpy()
    difference = np.abs(ours.tau2 - tau2) / np.maximum(tau2, typical)
    AGREEMENTS.append(Agreement("REML, global maximum", measure, len(theirs), difference.max()))
    assert (theirs["n_local"] > 1).sum() == several  # analyses whose likelihood has several modes
    assert (mine >= likelihood.value(tau2) - 1e-12 * np.maximum(1, np.abs(mine))).all()
    assert difference.max() < 1e-5
    at_boundary = ours.tau2 == 0
    assert (likelihood.score(ours.tau2)[at_boundary] <= 0).all()


# Mantel-Haenszel and Peto without correction


@pytest.mark.parametrize(("measure", "undefined"), [("RR", 199), ("OR", 206), ("RD", 0), ("PETO", 0)])
def test_haenszel_and_peto(measure, undefined):
    rows = rows_of("RD")  # every dichotomous row, none left out
    tables, parts = tables_in(rows), segments("RD")
    trials = Trials(Measure(measure), effects_in(rows, Measure(measure)), tables, parts)
    method = PETO if measure == "PETO" else replace(HAENSZEL, mh_cells="raw")
    ours = pool(trials, method)[0]
    table = reference("mh")
    theirs = table[table["method"] == measure].set_index("aid").loc[analyses("RD").index]
    known = np.isfinite(theirs["b"].to_numpy())
    assert np.array_equal(known, np.isfinite(ours.estimate))
    assert (len(theirs), (~known).sum()) == (4587, undefined)
    unit = theirs["se"].to_numpy()
    found = differences(ours, theirs, unit, unit, ("b",) if measure == "RD" else INFERENCE)
    if measure != "RD":  # metafor's RD has Sato's variance, and so another Q; RevMan's is Greenland's
        # Q needs two trials, and the estimate 1 of a risk ratio with nothing but events is RevMan's rule
        own_rule = (parts.total(tables.all_events) > 0) & (measure == "RR")
        q = np.abs(ours.q - theirs["QE"]) / np.maximum(theirs["QE"], ours.df)
        found["QE"] = np.where((ours.k > 1) & ~own_rule, np.nan_to_num(q), 0)
    largest, _ = worst(found)
    what = "b of raw-cell M-H" if measure == "RD" else "Peto" if measure == "PETO" else "raw-cell M-H"
    AGREEMENTS.append(Agreement(what, measure, int(known.sum()), largest))
    assert largest < CLOSED


# textbook data sets


def test_textbook():
    reviews = json.loads(shared("conformance", "textbook", "metafor.json").read_text("utf-8")).values()
    y, v = (np.array([number for each in reviews for number in each[key]]) for key in ("yi", "vi"))
    effects = Effects(y, v, np.ones(len(y), np.bool_))
    trials = Trials(Measure.GIV, effects, None, Segments.of_counts([each["k"] for each in reviews]))
    assert (len(reviews), len(y)) == (156, 2888)
    methods = {"DL": DL, "HE": HE, "HS": HS, "SJ": SJ, "PM": PM, "REML": REML}
    for name, method in methods.items():
        largest = (0.0, "")
        unit = np.array([each["fit"][f"{name}_z"]["se"] for each in reviews])
        for test in ("z", "knha"):
            theirs = pd.DataFrame([each["fit"][f"{name}_{test}"] for each in reviews])
            ours = pool(trials, like_metafor(method, test))[0]
            names = (*INFERENCE, *HETEROGENEITY, *PREDICTION)
            largest = max(largest, worst(differences(ours, theirs, unit, typical_variance(trials), names)))
        AGREEMENTS.append(Agreement(f"textbook {name}", "all", len(reviews), largest[0]))
        assert largest < (ITERATIVE if name in ("PM", "REML") else CLOSED, ""), largest
