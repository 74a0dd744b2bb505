"""Published reviews and textbook examples: the printed figures, with where they are printed."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from batches import (
    COMMON,
    DL,
    DL2,
    EB,
    HAENSZEL,
    HE,
    HS,
    ML,
    PETO,
    PM,
    REML,
    REVMAN5,
    SJ,
    floats,
    of_effects,
    of_tables,
    pooled,
)  # fmt: skip
from repool.batch import Segments
from repool.effects import continuous
from repool.heterogeneity import heterogeneity
from repool.likelihood import Likelihood
from repool.model import Measure
from repool.pooling import Pooled, pool, subgroup_differences
from repool.tau2_intervals import INTERVALS
from repool.trials import Trials

pytestmark = pytest.mark.filterwarnings("error")


def printed(value: float, text: str) -> bool:
    """Whether the value rounds to the text as printed."""
    places = len(text.partition(".")[2])
    return abs(value - float(text)) <= 0.5 * 10**-places * (1 + 1e-9)


def shows(value: float, text: str) -> None:
    assert printed(value, text), f"{value} is not {text}"


def shows_ratio(result: Pooled, estimate: str, low: str, high: str) -> None:
    shows(exp(result.estimate[0]), estimate)
    shows(exp(result.ci_low[0]), low)
    shows(exp(result.ci_high[0]), high)


def shows_difference(result: Pooled, estimate: str, low: str, high: str) -> None:
    shows(result.estimate[0], estimate)
    shows(result.ci_low[0], low)
    shows(result.ci_high[0], high)


# BCG vaccine against tuberculosis: Colditz 1994, JAMA 271:698-702; Berkey 1995, Stat Med 14:395-411.
# The pooled figures are printed in the manual of Stata's metan and in those of R's metafor.

BCG = [
    (4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867),
    (33, 5069, 47, 5808), (180, 1541, 372, 1451), (8, 2545, 10, 629), (505, 88391, 499, 88391),
    (29, 7499, 45, 7277), (17, 1716, 65, 1665), (186, 50634, 141, 27338), (5, 2498, 3, 2341),
    (27, 16913, 29, 17854),
]  # fmt: skip
BCG_RANDOM = [0, 1, 2, 3, 6, 7, 8]  # the trials whose vaccine was allocated at random


def bcg(measure: Measure) -> Trials:
    return of_tables(measure, BCG)


def test_bcg_haenszel_risk_ratio():
    result, _ = pool(bcg(Measure.RR), HAENSZEL)
    shows_ratio(result, "0.6353", "0.5881", "0.6862")
    shows(result.q[0], "152.57")


def test_bcg_random_effects_risk_ratio():
    result, _ = pool(bcg(Measure.RR), DL)
    shows_ratio(result, "0.4896", "0.3449", "0.6950")
    shows_ratio(result, "0.49", "0.34", "0.70")  # Colditz 1994, abstract
    shows(result.tau2[0], "0.3088")
    shows(result.i2[0], "92.12")


def test_bcg_reml():
    # metafor's manual of rma.uni: tau2 0.3132 (SE 0.1664), I2 92.22%, estimate -0.7145 (SE 0.1798)
    result, _ = pool(bcg(Measure.RR), replace(REML, i2_from="tau2"))
    shows(result.tau2[0], "0.3132")
    shows(result.i2[0], "92.22")
    shows(result.estimate[0], "-0.7145")
    shows(result.se[0], "0.1798")


def test_bcg_odds_ratios():
    random, _ = pool(bcg(Measure.OR), DL)
    shows(exp(random.estimate[0]), "0.4736")
    shows(random.tau2[0], "0.3663")
    shows_ratio(pool(bcg(Measure.PETO), PETO)[0], "0.6222", "0.5746", "0.6738")


def test_bcg_haenszel_risk_difference():
    shows(pool(bcg(Measure.RD), HAENSZEL)[0].estimate[0], "-0.0033")


def test_bcg_by_the_method_of_revman():
    # tau2 from Q around Mantel-Haenszel: just above that of the textbook, as Q is
    result, _ = pool(bcg(Measure.RR), REVMAN5)
    shows(result.q[0], "152.57")
    assert 0.3088 < result.tau2[0] < 0.31


# Stroke units, length of stay in days: Normand 1999, Stat Med 18:321-359, Table VIII

STAYS = [
    (155, 55, 47, 156, 75, 64), (31, 27, 7, 32, 29, 4), (75, 64, 17, 71, 119, 29),
    (18, 66, 20, 18, 137, 48), (8, 14, 8, 13, 18, 11), (57, 19, 7, 52, 18, 4),
    (34, 52, 45, 33, 41, 34), (110, 21, 16, 183, 31, 27), (60, 30, 27, 52, 23, 20),
]  # fmt: skip


def test_normand_with_separate_variances():
    # computed by R metafor, escalc(measure="MD"); the article pools the SDs of the two arms (below)
    n1, mean1, sd1, n2, mean2, sd2 = floats(STAYS).T
    effects = continuous(Measure.MD, mean1, sd1, n1, mean2, sd2, n2)
    random = pooled(effects.y, effects.v, DL)
    shows_difference(random, "-13.98", "-24.03", "-3.93")
    shows(random.tau2[0], "205.41")
    shows(random.q[0], "238.92")
    assert random.df[0] == 8
    shows_difference(pooled(effects.y, effects.v, COMMON), "-3.46", "-4.96", "-1.96")


def test_normand_as_printed():
    # Table IX, p. 352; the same figures stand in metafor's own tests
    n1, mean1, sd1, n2, mean2, sd2 = floats(STAYS).T
    within = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2)
    y, v = mean1 - mean2, within * (1 / n1 + 1 / n2)
    shows_difference(pooled(y, v, COMMON), "-3.49", "-5.03", "-1.96")
    random, reml = pooled(y, v, DL), pooled(y, v, REML)
    shows_difference(random, "-14.10", "-24.45", "-3.75")
    shows(random.tau2[0], "218.72")
    shows_difference(reml, "-15.12", "-32.67", "2.43")
    shows(reml.tau2[0], "685.20")


# CLASP, aspirin against pre-eclampsia: DerSimonian & Kacker 2007, Contemp Clin Trials 28:105-114

CLASP = [
    (5, 156, 8, 74), (5, 303, 17, 303), (12, 565, 9, 477), (69, 1570, 94, 1565),
    (9, 103, 11, 105), (313, 4659, 352, 4650),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "tau", "estimate", "se"),
    [
        (PM, "0.3681", "-0.3811", "0.2060"),
        (HE, "0.4410", "-0.4035", "0.2327"),
        (DL, "0.2323", "-0.3240", "0.1540"),
        (DL2, "0.3254", "-0.3655", "0.1901"),
        (EB, "0.3681", "-0.3811", "0.2060"),
        (REML, "0.1843", "-0.2980", "0.1343"),
        (HS, "0.1330", "-0.2666", "0.1125"),
        (SJ, "0.4572", "-0.4079", "0.2386"),
    ],
)
def test_dersimonian_and_kacker(method, tau, estimate, se):
    # Tables 3 and 4, pp. 111-112, with the digits of R metafor's test of them; all but CA2 and SJ2, which
    # start from HE
    result, _ = pool(of_tables(Measure.OR, CLASP), method)
    shows(np.sqrt(result.tau2[0]), tau)
    shows(result.estimate[0], estimate)
    shows(result.se[0], se)


def test_maximum_likelihood_of_the_same_trials():
    # The table has tau 0.0023, mean -0.1974 and SE 0.0694: where an iteration had stopped. The likelihood
    # falls from 0 on, and metafor with threshold=1e-16 arrives at 4e-9. That moves the mean to -0.1973.
    trials = of_tables(Measure.OR, CLASP)
    result, _ = pool(trials, ML)
    assert result.tau2[0] == 0
    shows(result.estimate[0], "-0.1973")
    shows(result.se[0], "0.0694")
    likelihood = Likelihood(trials.estimates(), restricted=False)
    assert likelihood.score(floats([0.0]))[0] < 0
    assert likelihood.value(floats([0.0])) > likelihood.value(floats([0.0023**2]))


# Diuretics in pregnancy: Collins 1985, BMJ 290:17-23; Viechtbauer 2007, Stat Med 26:37-52, Table II, p. 44,
# with the digits of R metafor's test of it (test_analysis_example_viechtbauer2007a.r); 0.027, where that has
# 0.0266, because metafor's root finder stops early: with a tolerance of 1e-14 it gives 0.0265423

DIURETICS = [
    (14, 131, 14, 136), (21, 385, 17, 134), (14, 57, 24, 48), (6, 38, 18, 40), (12, 1011, 35, 760),
    (138, 1370, 175, 1336), (15, 506, 20, 524), (6, 108, 2, 103), (65, 153, 40, 102),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "tau2"), [(DL, "0.2297"), (ML, "0.2386"), (REML, "0.3008"), (SJ, "0.4563")]
)
def test_viechtbauer_on_diuretics(method, tau2):
    shows(pool(of_tables(Measure.OR, DIURETICS), method)[0].tau2[0], tau2)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("Q-profile", "0.0723", "2.2027"),
        ("profile likelihood", "0.027", "1.131"),
        ("restricted profile likelihood", "0.0427", "1.4747"),
    ],
)
def test_viechtbauer_on_intervals_of_tau2(kind, low, high):
    found = INTERVALS[kind](of_tables(Measure.OR, DIURETICS).estimates(), 0.95)
    shows(found[0][0], low)
    shows(found[1][0], high)


# Viechtbauer 2005, J Educ Behav Stat 30:261-293, pp. 271-272: tau2 and I2 from tau2

VIECHTBAUER = {
    271: (
        [-0.581, 0.530, 0.771, 1.031, 0.553, 0.295, 0.078, 0.573, -0.176, -0.232],
        [0.023, 0.052, 0.060, 0.115, 0.095, 0.203, 0.200, 0.211, 0.051, 0.040],
    ),
    272: (
        [0.100, -0.162, -0.090, -0.049, -0.046, -0.010, -0.431, -0.261, 0.134, 0.019, 0.175, 0.056,
         0.045, 0.103, 0.121, -0.482, 0.290, 0.342],
        [0.016, 0.015, 0.050, 0.050, 0.032, 0.052, 0.036, 0.024, 0.034, 0.033, 0.031, 0.034,
         0.039, 0.167, 0.134, 0.096, 0.016, 0.035],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("page", "method", "tau2", "i2", "h2"),
    [
        (271, HS, "0.228", "77.23", "4.39"),
        (271, HE, "0.148", "68.80", "3.21"),
        (271, DL, "0.277", "80.44", "5.11"),
        (271, ML, "0.197", "74.51", "3.92"),
        (271, REML, "0.223", "76.84", "4.32"),
        (271, EB, "0.192", "74.05", "3.85"),
        (271, SJ, "0.199", "74.75", "3.96"),
        (272, HS, "0.010", "22.93", "1.30"),
        (272, HE, "0.000", "0.00", "1.00"),
        (272, DL, "0.013", "27.53", "1.38"),
        (272, ML, "0.013", "28.45", "1.40"),
        (272, REML, "0.016", "32.02", "1.47"),
        (272, EB, "0.010", "23.72", "1.31"),
        (272, SJ, "0.025", "42.67", "1.74"),
    ],
)
def test_viechtbauer(page, method, tau2, i2, h2):
    trials = of_effects(*VIECHTBAUER[page])
    result = pool(trials, replace(method, i2_from="tau2"))[0]
    shows(result.tau2[0], tau2)
    shows(result.i2[0], i2)
    found = heterogeneity(trials.estimates(), result.tau2, result.q, "Q-profile", 0.95)
    shows(found.h2[0], h2)


# Borenstein, Hedges, Higgins & Rothstein 2009, Introduction to Meta-Analysis, ch. 14 and 17


def test_borenstein_standardised_mean_differences():
    # data set 1: g and its variance as the book defines them, which is not what RevMan computes
    n1, n2 = floats([60, 65, 40, 200, 50, 85]), floats([60, 65, 40, 200, 45, 85])
    mean1, mean2 = floats([94, 98, 98, 94, 98, 96]), floats([92, 92, 88, 82, 88, 92])
    sd1, sd2 = floats([22, 21, 28, 19, 21, 21]), floats([20, 22, 26, 17, 22, 22])
    within = np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))
    d = (mean1 - mean2) / within
    j = 1 - 3 / (4 * (n1 + n2 - 2) - 1)
    y, v = j * d, j**2 * ((n1 + n2) / (n1 * n2) + d**2 / (2 * (n1 + n2)))
    common, random = pooled(y, v, COMMON), pooled(y, v, DL)
    shows_difference(common, "0.41", "0.29", "0.54")
    shows(common.q[0], "12.003")
    shows(common.p_q[0], "0.035")
    shows(common.i2[0], "58.34")
    shows_difference(random, "0.358", "0.152", "0.565")
    shows(random.tau2[0], "0.037")
    shows(random.prediction_k2_low[0], "-0.25")
    shows(random.prediction_k2_high[0], "0.97")


def test_borenstein_odds_ratios():
    tables = [
        (12, 65, 16, 65), (8, 40, 10, 40), (14, 80, 19, 80), (25, 400, 80, 400), (8, 40, 11, 40),
        (16, 65, 18, 65),
    ]  # fmt: skip
    common, random = (pool(of_tables(Measure.OR, tables), method)[0] for method in (COMMON, DL))
    shows(common.estimate[0], "-0.724")
    shows(exp(common.estimate[0]), "0.485")
    shows(common.q[0], "10.551")
    shows(common.i2[0], "52.61")
    shows(random.tau2[0], "0.173")
    shows_ratio(random, "0.568", "0.355", "0.906")


# Tolbutamide: Rothman, Greenland & Lash 2008, Modern Epidemiology, Table 15-1, 90% limits; the figures
# are those of ch. 15, with the digits of R metafor's test of it (test_analysis_example_rothman2008.r)

TOLBUTAMIDE = [(8, 106, 5, 120), (22, 98, 16, 85)]
ROTHMAN = replace(HAENSZEL, level=0.9, mh_cells="raw")


@pytest.mark.parametrize(
    ("measure", "estimate", "low", "high"),
    [
        (Measure.RR, "1.3256", "0.8658", "2.0296"),
        (Measure.OR, "1.4031", "0.8411", "2.3409"),
    ],
)
def test_rothman_ratios(measure, estimate, low, high):
    shows_ratio(pool(of_tables(measure, TOLBUTAMIDE), ROTHMAN)[0], estimate, low, high)


def test_rothman_risk_difference():
    result, _ = pool(of_tables(Measure.RD, TOLBUTAMIDE), ROTHMAN)
    shows_difference(result, "0.0349", "-0.0176", "0.0874")  # the chapter has 0.088 for the last


def test_subgroups_of_the_bcg_trials():
    # under the common-effect model Q overall is Q within plus Q between (Borenstein 2009, ch. 19)
    trials = bcg(Measure.RR)
    y, v = trials.effects.y, trials.effects.v
    order = BCG_RANDOM + [number for number in range(13) if number not in BCG_RANDOM]
    groups, _ = pool(of_effects(y[order], v[order], [7, 6]), COMMON)
    q, df, p, _ = subgroup_differences(groups.estimate, groups.se, Segments.of_counts([2]))
    assert q[0] == pytest.approx(pooled(y, v, COMMON).q[0] - groups.q.sum(), rel=1e-12)
    assert (df[0], p[0] < 0.001) == (1, True)
