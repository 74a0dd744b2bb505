"""Repool against R metafor 5.1.12 (../shared): further estimators of tau2, and intervals of tau2.

Where an iterative estimate differs by more than 1e-6, the likelihood at both decides; a limit of tau2 is
judged by the equation that it has to solve.
"""

import json

import numpy as np
import pytest
from scipy.special import chdtri

from batches import EB, ML
from cochrane import (
    AGREEMENTS,
    HETEROGENEITY,
    INFERENCE,
    PREDICTION,
    Agreement,
    analyses,
    batch,
    differences,
    fits,
    reference,
    typical_variance,
    worst,
)  # fmt: skip
from conftest import shared
from repool.batch import Booleans, Floats, Segments
from repool.estimates import Estimates
from repool.heterogeneity import heterogeneity
from repool.likelihood import Likelihood
from repool.pooling import pool
from repool.tau2 import ESTIMATORS
from repool.tau2_intervals import q_profile
from test_conformance import ITERATIVE, like_metafor

pytestmark = pytest.mark.filterwarnings("error")

ANALYSES = {"RR": 4358, "MD": 2626, "SMD": 2626, "GIV": 811}
LIMITS = {"RR": 8428, "MD": 5164, "SMD": 5168, "GIV": 1588}  # the others are an empty set
measures = pytest.mark.parametrize("measure", ANALYSES)


def compare(measure: str, name: str, method) -> tuple[Floats, Floats, Booleans]:
    """Our tau2, theirs and where the two differ; everything else must agree where they do not."""
    trials = batch(measure)
    unit, typical = fits(measure, name, "z")["se"].to_numpy(), typical_variance(trials)
    largest = (0.0, "")
    for test in ("z", "knha"):
        ours, theirs = pool(trials, like_metafor(method, test))[0], fits(measure, name, test)
        found = differences(ours, theirs, unit, typical, (*INFERENCE, *HETEROGENEITY, *PREDICTION))
        apart = found["tau2"] > ITERATIVE
        largest = max(largest, worst(found, ~apart))
        assert ours.converged.all()
    assert len(theirs) == ANALYSES[measure]
    verdict = "ours, by likelihood" if apart.any() else ""
    AGREEMENTS.append(Agreement(name, measure, len(theirs), largest[0], int(apart.sum()), verdict))
    assert largest < (ITERATIVE, ""), largest
    return ours.tau2, theirs["tau2"].to_numpy(), apart


@measures
def test_maximum_likelihood(measure):
    ours, theirs, apart = compare(measure, "ML_tight", ML)
    assert apart.sum() == {"RR": 8, "MD": 9, "SMD": 0, "GIV": 7}[measure]
    likelihood = Likelihood(batch(measure).estimates(), restricted=False)
    mine, other = likelihood.value(ours), likelihood.value(theirs)
    assert (mine > other)[apart].all()
    assert (mine >= other - 1e-12 * np.maximum(1, np.abs(other))).all()


@pytest.mark.parametrize(("measure", "several"), [("RR", 45), ("MD", 90), ("SMD", 9), ("GIV", 17)])
def test_maximum_likelihood_is_the_global_one(measure, several):
    theirs = reference(f"global_ML_{measure}").set_index("aid").loc[analyses(measure).index]
    trials = batch(measure)
    ours, typical = pool(trials, ML)[0].tau2, typical_variance(trials)
    likelihood = Likelihood(trials.estimates(), restricted=False)
    tau2 = theirs["tau2_global"].to_numpy()
    mine, difference = likelihood.value(ours), np.abs(ours - tau2) / np.maximum(tau2, typical)
    AGREEMENTS.append(Agreement("ML, global maximum", measure, len(theirs), difference.max()))
    assert (theirs["n_local"] > 1).sum() == several
    assert (mine >= likelihood.value(tau2) - 1e-12 * np.maximum(1, np.abs(mine))).all()
    assert difference.max() < 1e-5


@measures
def test_empirical_bayes(measure):
    _, _, apart = compare(measure, "EB_tight", EB)
    assert not apart.any()


@measures
def test_q_profile(measure):
    # metafor's limits come from a root finder with a tolerance of its own; ours solve the equation
    theirs = reference(f"tau2ci_{measure}").set_index("aid").loc[analyses(measure).index]
    trials = batch(measure)
    e, typical = trials.estimates(), typical_variance(trials)
    low, high = q_profile(e, 0.95)
    largest, counted = 0.0, 0
    for ours, name, tail in ((low, "tau2_lb", 0.025), (high, "tau2_ub", 0.975)):
        limit = theirs[name].to_numpy()
        found = theirs[f"{name[5:]}_sign"].isna().to_numpy() & np.isfinite(limit)
        apart = np.abs(ours - limit) / np.maximum(limit, typical)
        largest, counted = max(largest, float(apart[found].max())), counted + int(found.sum())
        above, target = ours > 0, chdtri(e.df, tail)
        q = e.q(e.weights(ours))
        assert (np.abs(q - target)[above] < 1e-9 * target[above]).all()
        assert (q <= target)[~above].all()
    empty = theirs["ci_null"].astype(str).str.upper().to_numpy() == "TRUE"
    assert np.array_equal(empty, (high == 0) & (low == 0) & (e.q(1 / e.v) < chdtri(e.df, 0.975)))
    AGREEMENTS.append(Agreement("Q-profile limits of tau2", measure, counted, largest))
    assert (len(theirs), counted) == (ANALYSES[measure], LIMITS[measure])
    assert largest < 1e-6


@measures
def test_limits_of_i2_and_h2(measure):
    theirs = reference(f"tau2ci_{measure}").set_index("aid").loc[analyses(measure).index]
    trials = batch(measure)
    e = trials.estimates()
    tau2, _ = ESTIMATORS["REML"](e)
    ours = heterogeneity(e, tau2, e.q(1 / e.v), "Q-profile", 0.95)
    known = theirs["ub_sign"].isna().to_numpy() & theirs["lb_sign"].isna().to_numpy()
    for end, name in (("low", "lb"), ("high", "ub")):
        i2 = np.abs(getattr(ours, f"i2_{end}") - theirs[f"I2_{name}"])[known].max()
        h2 = (np.abs(getattr(ours, f"h2_{end}") - theirs[f"H2_{name}"]) / theirs[f"H2_{name}"])[known].max()
        what = f"{end} limits of I2 and H2"
        AGREEMENTS.append(Agreement(what, measure, int(known.sum()), max(i2 / 100, h2)))
        assert max(i2 / 100, h2) < 1e-6


def test_textbook():
    reviews = json.loads(shared("conformance", "textbook", "metafor.json").read_text("utf-8")).values()
    y, v = (np.array([number for each in reviews for number in each[key]]) for key in ("yi", "vi"))
    e = Estimates.of(y, v, Segments.of_counts([each["k"] for each in reviews]))
    typical = e.typical_variance()
    for name in ("ML", "EB"):
        theirs = np.array([each["fit"][f"{name}_z"]["tau2"] for each in reviews])
        ours, converged = ESTIMATORS[name](e)
        largest = (np.abs(ours - theirs) / np.maximum(theirs, typical)).max()
        AGREEMENTS.append(Agreement(f"textbook {name}", "all", len(theirs), largest))
        assert converged.all()
        assert len(theirs) == 156
        assert largest < ITERATIVE
    limits = np.array([each["qprofile"]["tau2"][1:] for each in reviews]).T
    ours = np.stack(q_profile(e, 0.95))
    largest = (np.abs(ours - limits) / np.maximum(limits, typical)).max()
    AGREEMENTS.append(Agreement("textbook Q-profile limits", "all", limits.size, largest))
    assert largest < ITERATIVE
