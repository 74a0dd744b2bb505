"""Figures of every family: what they are compared with, in which words, and in which order."""

from dataclasses import replace
from math import erfc, log, sqrt

import pytest

from repool.model import Bilingual, Measure, Status
from repool.verdicts import Checked
from test_reproduce import INPUTS, TRIALS, UNKNOWN, analysis, checked, claim, figures, group, study

#: 5/83 is 60.24 per 1000; times 8.38 (3.68 to 19.07) that is 504.8 (221.7 to over 1000); of 60 it is 502.8
#: (220.8).
NAMED = "5/83 and 8.38 (3.68 to 19.07)"
PER_1000 = [
    f"{arm}_per_1000{end}"
    for arm, end in (("control", ""), *(("experimental", e) for e in ("", "_low", "_high")))
]


def per_1000(*values: str) -> list[Checked]:
    """What is said of figures per 1000 where published figures are all there is."""
    sheet = [
        claim(name, value, n, source="table")
        for n, (name, value) in enumerate(zip(PER_1000, values, strict=False), 9)
    ]
    return list(checked([*INPUTS, *sheet], UNKNOWN)[len(INPUTS) :])


def test_figures_that_follow_from_published_ones_say_what_rounding_would_give() -> None:
    found = per_1000("60", "505", "222", "1000")
    assert {(each.verdict, each.basis, each.method) for each in found} == {
        ("exact", "claims", "published-figures")
    }
    assert {each.reason.en for each in found} == {
        f"Follows from the published {NAMED}, with the unrounded control risk; rounded to 60 per 1000 it "
        "would give 503 instead of 505, 221 instead of 222."
    }
    assert found[0].reason.nb.startswith(
        "Følger av de publiserte tallene 5/83 og 8,38 (3,68 til 19,07), med uavrundet kontrollrisiko; "
    )
    assert found[1].method_label == Bilingual("5/83 og 8,38 (3,68 til 19,07)", NAMED)
    assert found[1].ours == pytest.approx(1000 * 5 / 83 * 8.38)


def test_where_rounding_makes_no_difference_nothing_is_said_of_it() -> None:
    (found,) = per_1000("60")
    assert found.reason.en == f"Follows from the published {NAMED}, with the unrounded control risk."
    assert found.reason.nb.endswith(", med uavrundet kontrollrisiko.")


def test_nobody_in_the_control_arm_is_none_per_1000() -> None:
    inputs = [replace(INPUTS[0], value="0"), *INPUTS[1:]]
    found = checked([*inputs, claim("control_per_1000", "5", 9, source="table")], UNKNOWN)[-1]
    assert found.reason.en == "The published 0/83 and 8.38 (3.68 to 19.07) give 0, not this."


def test_a_risk_that_rounds_to_none_would_give_none() -> None:
    inputs = [replace(INPUTS[0], value="2"), replace(INPUTS[1], value="5000"), *INPUTS[2:]]  # 0.4 per 1000
    found = checked([*inputs, claim("experimental_per_1000", "3", 9, source="table")], UNKNOWN)[-1]
    assert (found.verdict, found.ours_shown) == ("exact", "3")
    assert found.reason.en.endswith("rounded to 0 per 1000 it would give 0 instead of 3.")


def test_figures_that_follow_after_rounding_alone_say_so() -> None:
    control, experimental = per_1000("60", "503")
    assert control.reason.en == f"Follows from the published {NAMED}, with the unrounded control risk."
    assert (experimental.verdict, experimental.method) == ("rounding", "published-figures-rounded")
    assert experimental.reason.en == (
        "Follows only with the control risk rounded to 60 per 1000; unrounded it gives 505."
    )
    assert experimental.ours == pytest.approx(60 * 8.38)
    assert experimental.method_label.en == NAMED


def test_figures_that_follow_from_nothing_say_what_does() -> None:
    found = per_1000("60", "530")[1]
    assert (found.verdict, found.method, found.ours_shown) == ("minor", "published-figures", "505")
    assert found.reason.en == f"The published {NAMED} give 505, not this."


RISK = 29 / 150  # of the control arms of the two trials


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [("{:.0f}", "exact"), ("96.7", "rounding"), ("96.5", "rounding"), ("150", "major")],
    ids=["trials", "published", "rounded-risk", "neither"],
)
def test_per_1000_of_known_trials(printed: str, verdict: str) -> None:
    values = figures("iv-common", "estimate", "ci_low", "ci_high")
    effect = group(values, 1)  # 0.5 (0.3 to 0.9): 96.67 per 1000, and 96.5 of 193
    inputs = [claim("control_events", "29", 2), claim("control_total", "150", 3), *effect]
    text = printed.format(1000 * RISK * values[0])
    found = checked([*inputs, claim("experimental_per_1000", text, 9, source="table")])[-1]
    assert found.verdict == verdict
    if verdict == "rounding":
        shown = f"{1000 * RISK * values[0]:.1f}"
        names = f"29/150 and {effect[0].value} ({effect[1].value} to {effect[2].value})"
        assert (
            found.reason.en
            == f"Follows from the published, rounded {names}; unrounded, the trials give {shown}."
        )
        assert (found.basis, found.method, found.method_label.en) == ("claims", "published-figures", names)
        assert found.ours_shown == text


def test_what_the_trials_give_needs_no_rounding() -> None:
    values = figures("iv-common", "estimate", "ci_low", "ci_high")
    inputs = [claim("control_events", "29", 2), claim("control_total", "150", 3), *group(values)]
    text = f"{1000 * RISK * values[0]:.0f}"
    (found,) = checked([*inputs, claim("experimental_per_1000", text, 9, source="table")])[-1:]
    assert (found.verdict, found.basis, found.method) == ("exact", "trials", "iv-common")
    (stated,) = checked([claim("experimental_per_1000", text, 9, method="mh-common")])
    assert (stated.method, stated.method_label.en) == ("mh-common", "M-H, common effect, Wald, 95% CI")


def test_per_1000_without_any_input_is_not_attempted() -> None:
    (found,) = checked([claim("experimental_per_1000", "505", 9)], UNKNOWN)
    assert (found.verdict, found.reason.en) == (
        "not-attemptable",
        "No trial data were found for this analysis.",
    )


# two trials, 10/100 v 20/100 and 4/50 v 9/50, by inverse variance

Y = [log(0.5), log(4 / 9)]
V = [1 / 10 - 1 / 100 + 1 / 20 - 1 / 100, 1 / 4 - 1 / 50 + 1 / 9 - 1 / 50]
W = [1 / v for v in V]
MEAN = (W[0] * Y[0] + W[1] * Y[1]) / sum(W)
Q = (Y[0] - Y[1]) ** 2 / (V[0] + V[1])


def test_the_statistic_is_that_of_the_log_without_its_sign() -> None:
    z = -MEAN * sqrt(sum(W))
    assert [each.verdict for each in checked([claim("z_effect", f"{z:.4f}")])] == ["exact"]
    (found,) = checked([claim("z_effect", "9.99")])
    assert found.ours == pytest.approx(z, rel=1e-10)


def test_the_statistic_of_a_difference_is_of_the_estimate_itself() -> None:
    names = [f"{arm}_{name}" for arm in ("experimental", "control") for name in ("mean", "sd", "total")]
    row = dict(zip(names, (1.0, 2.0, 30.0, 1.5, 2.1, 32.0), strict=True))
    (found,) = checked([claim("z_effect", "9")], (study("A", **row),), analysis(Measure.MD))
    assert found.ours == pytest.approx(0.5 / sqrt(4 / 30 + 2.1**2 / 32))


def test_without_a_standard_error_there_is_no_statistic() -> None:
    nobody = (study("A", 0, 50, 0, 48), study("B", 0, 120, 0, 118))
    (found,) = checked([claim("z_effect", "1.0")], nobody, analysis(Measure.RD, "mh-common"))
    assert (found.verdict, found.ours) == ("not-attemptable", None)


def test_known_trials_alone_are_said_beside_missing_ones() -> None:
    studies = (*TRIALS, study("Three 2003", status=Status.UNKNOWN))
    found = checked([claim("estimate", "0.90"), claim("z_effect", "1.0", 3)], studies)
    assert [each.verdict for each in found] == ["not-attemptable"] * 2
    assert found[0].reason.en.endswith("the known trials alone give 0.48.")
    assert found[1].reason.en.endswith(f"the known trials alone give {-MEAN * sqrt(sum(W)):.1f}.")
    (fine,) = checked([claim("ci_low", "0.900000")], studies)
    by_iv, by_mh = (f"{figures(method, 'ci_low')[0]:.6f}" for method in ("iv-common", "mh-common"))
    assert by_iv != by_mh
    assert fine.reason.en.endswith(f"the known trials alone give {by_iv}.")


SUBGROUPS = tuple(replace(each, subgroup=name) for each, name in zip(TRIALS, ("men", "women"), strict=True))
TEST = [
    claim("subgroup_q", f"{Q:.4f}", 2), claim("subgroup_df", "1", 3), claim("subgroup_i2", "0%", 5),
    claim("subgroup_p", f"{erfc(sqrt(Q / 2)):.4f}", 4),
]  # fmt: skip


def test_the_test_for_subgroup_differences() -> None:
    found = checked(TEST, SUBGROUPS)
    assert [each.verdict for each in found] == ["exact"] * 4
    assert {(each.method, each.method_label.en) for each in found} == {
        ("iv-common", "IV, common effect, Wald, 95% CI")
    }
    assert checked([claim("subgroup_q", "9.9")], SUBGROUPS)[0].ours == pytest.approx(Q, rel=1e-9)


def test_the_test_for_subgroup_differences_needs_every_trial_and_subgroups() -> None:
    studies = (*SUBGROUPS, study("Three 2003", status=Status.UNKNOWN, subgroup="men"))
    assert {each.verdict for each in checked(TEST, studies)} == {"not-attemptable"}
    assert checked(TEST, studies)[0].reason.en.startswith("1 of 3 trials have no data (Three 2003); ")
    assert {each.verdict for each in checked(TEST)} == {"not-attemptable"}


def test_the_test_by_a_stated_method() -> None:
    stated = [replace(each, method="dl") for each in TEST]
    assert {(each.verdict, each.method) for each in checked(stated, SUBGROUPS)} == {("exact", "dl")}


def test_limits_of_tau2_and_the_weight_of_a_subgroup() -> None:
    # Q(tau2) = (y1 - y2)^2 / (v1 + v2 + 2 tau2) at the quantile 0.025 of chi2 with 1 df, 0.000982069117175256
    high = ((Y[0] - Y[1]) ** 2 / 0.000982069117175256 - sum(V)) / 2
    limits = [claim("tau2_low", "0.00", 2), claim("tau2_high", f"{high:.3f}", 3)]
    found = checked(limits, TRIALS, analysis(method="dl"))
    assert [each.ours for each in found] == pytest.approx([0, high], abs=1e-9)
    weight = claim("weight", f"{100 * W[0] / sum(W):.1f}%", 2, subgroup="men")
    assert checked([weight], SUBGROUPS)[0].verdict == "exact"


@pytest.mark.parametrize("quantity", ["meta_regression_slope", "meta_regression_se", "meta_regression_tau2"])
def test_regression_is_not_attempted(quantity: str) -> None:
    (found,) = checked([claim(quantity, "0.5")])
    assert (found.verdict, found.reason.en) == ("not-attemptable", "Repool does not compute meta-regression.")


def test_figures_come_in_the_order_of_their_file_and_each_is_judged_with_its_own() -> None:
    own = group(figures("iv-common", "estimate", "ci_low", "ci_high"))
    theirs = [
        replace(each, source="table", line=9 - n)
        for n, each in enumerate(group(figures("mh-common", "estimate", "ci_low", "ci_high")))
    ]
    whole = claim("trials", "2", 1, analysis="review")
    mixed = [theirs[0], own[2], claim("trials", "2", 30), theirs[2], own[0], whole, theirs[1], own[1]]
    found = checked(mixed)
    assert [(each.line, each.quantity, each.source) for each in found] == [
        (each.line, each.quantity, each.source) for each in mixed
    ]
    assert [each.verdict for each in found if each.source == "table"] == ["other-method"] * 3
    assert [found[n].verdict for n in (1, 4, 7)] == ["exact"] * 3


def test_figures_of_one_line_are_told_apart() -> None:
    men = replace(claim("estimate", "0.50", 2), subgroup="men")
    both = [men, claim("estimate", "9.99", 2), claim("estimate", "0.50", 2, method="dl", subgroup="men")]
    found = checked(both, SUBGROUPS)
    assert [(each.subgroup, each.stated_method, each.verdict) for each in found] == [
        ("men", "", "exact"), ("", "", "conclusion"), ("men", "dl", "exact"),
    ]  # fmt: skip
