"""Questions about the input: every rule on made-up rows, and what must stay unasked."""

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from questions_rows import DEATHS, MD, PAIN, RR, SMD, Arms, analysis, asked, form_of, one, row, rows
from repool.meta_analysis import analyse
from repool.model import (
    Analysis,
    Claim,
    Status,
    Study,
    Totals,
    TrialClaim,
)
from repool.questions.ask import ask
from repool.questions.integers import decimals, possible_mean, possible_sd
from repool.questions.records import Question


def test_rows_with_nothing_odd_raise_no_question() -> None:
    death = analysis("RR", "1.2", "Death")
    assert asked([MD, death], rows(MD, *PAIN) + rows(death, *DEATHS, start=20)) == ()


# counts


def test_events_above_the_total() -> None:
    found = one(asked(RR, rows(RR, *DEATHS, (12, 11, 3, 30))), "events-above-total")
    assert (found.trial, found.line) == ("Trial 2006", 7)
    assert found.explanation.en == "12 events among 11 participants in the experimental arm."
    assert found.figures == "experimental_events 12; experimental_total 11"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("drug 10/26 (28.5%)", "No number out of 26 gives 28.5%."),
        ("drug 36/145 (17.9%)", "36 is 17.9% of 201."),
        ("drug 7/20 (35%) and 3/20 (25%)", "The note says 3/20 (25%), but 3/20 is 15%. 3 is 25% of 12."),
        ("drug 1/3 (33,4 %)", ""),
        ("drug 1/3 (33.3%), 2/3 (66.6%), 2/3 (67%), 0/3 (0%), 3/3 (100%)", ""),
        ("dose 3/0 (5%), half (50%), 1.5/20 (9%)", ""),
    ],
)
def test_percentages_in_notes(note: str, said: str) -> None:
    found = asked(RR, rows(RR, DEATHS[0], note=note))
    assert bool(found) == bool(said)
    assert not said or said in one(found, "percent").explanation.en


def test_participants_that_the_trials_do_not_add_up_to() -> None:
    def claimed(value: str, subgroup: str = "") -> tuple[Question, ...]:
        claim = Claim("1.1", subgroup, "participants", value, False, "", "toy", "", "", "published.csv", 3)
        studies = [*rows(RR, *DEATHS), row(RR, "Empty 2010", 9, (0, 50, 0, 50))]
        form = form_of([RR], studies, [claim])
        return ask(form, analyse(form))

    assert claimed("1233") == claimed("1133") == ()  # with and without the trial that has no events
    found = one(claimed("950"), "participants")
    assert (found.file, found.line, found.trial) == ("published.csv", 3, "")
    assert found.explanation.en == (
        "Published is 950; the trials add up to 1233. The difference is exactly the number in Trial 2004."
    )
    assert claimed("12", subgroup="nowhere") == ()


def test_participants_are_not_asked_about_while_a_trial_is_unknown() -> None:
    claim = Claim("1.1", "", "participants", "950", False, "", "toy", "", "", "published.csv", 3)
    unknown = replace(row(RR, "Lost 2010", 9, ()), status=Status.UNKNOWN)
    form = form_of([RR], [*rows(RR, *DEATHS), unknown], [claim])
    assert ask(form, analyse(form)) == ()


# arms


def _other_outcomes(sizes: Sequence[tuple[int, int]]) -> tuple[list[Analysis], list[Study]]:
    """A trial under several outcomes of a comparison, with these sizes of its arms."""
    analyses = [analysis("RR", f"1.{number + 1}") for number in range(len(sizes))]
    studies = [
        row(of, "Smith 2001", number + 2, (5 + number, one, 9 + number, other))
        for number, (of, (one, other)) in enumerate(zip(analyses, sizes, strict=True))
    ]
    return analyses, studies


def test_arms_with_their_sizes_the_other_way_round() -> None:
    found = one(asked(*_other_outcomes([(120, 360), (120, 360), (360, 120)])), "arms-swapped")
    assert (found.analysis, found.line, found.beside) == ("1.3", 4, "2 3")
    assert "In 2 other analyses of the same comparison" in found.explanation.en
    once = one(asked(*_other_outcomes([(120, 360), (360, 120)])), "arms-swapped")
    assert "In another analysis" in once.explanation.en


@pytest.mark.parametrize(
    "sizes",
    [
        [(49, 48), (48, 49)],  # a lost participant or two
        [(49, 48), (49, 48), (48, 49), (47, 48)],
        [(120, 120), (120, 120)],
        [(120, 360), (118, 350)],
    ],
)
def test_sizes_that_say_little_are_not_asked_about(sizes: list[tuple[int, int]]) -> None:
    assert asked(*_other_outcomes(sizes)) == ()


def test_nearly_equal_arms_are_asked_about_where_many_analyses_agree() -> None:
    found = asked(*_other_outcomes([(49, 48)] * 3 + [(48, 49)]))
    assert one(found, "arms-swapped").analysis == "1.4"


def test_an_analysis_that_compares_the_other_way_is_not_asked_about() -> None:
    first, second = analysis("RR", "1.1"), analysis("RR", "1.2")
    sizes = [(10, 40), (20, 60), (30, 90)]
    studies = rows(first, *[(3, a, 9, b) for a, b in sizes])
    studies += rows(second, *[(7, b, 2, a) for a, b in sizes], start=10)
    assert asked([first, second], studies) == ()


def test_comparisons_of_other_arms_are_left_apart() -> None:
    analyses, studies = _other_outcomes([(120, 360), (120, 360)])
    other = analysis("RR", "2.1")
    assert asked([*analyses, other], [*studies, row(other, "Smith 2001", 9, (9, 360, 5, 120))]) == ()


def test_a_subgroup_of_other_arms_is_left_apart() -> None:
    analyses, studies = _other_outcomes([(120, 360), (120, 360), (360, 120)])
    studies[2] = replace(studies[2], subgroup="Drug B versus drug A")
    assert asked(analyses, studies) == ()


def test_an_effect_that_fits_with_the_other_sign() -> None:
    found = one(asked(RR, rows(RR, *DEATHS, (60, 200, 30, 200))), "sign-flipped")
    assert found.trial == "Trial 2006"
    assert "The effect is 2.00" in found.explanation.en
    assert "(0.500)" in found.explanation.en


def test_an_effect_on_the_other_side_that_is_not_significant_is_not_asked_about() -> None:
    assert asked(RR, rows(RR, *DEATHS, (12, 100, 9, 100))) == ()


def test_means_of_the_other_sign() -> None:
    changes: list[Arms] = [(-mean, sd, n, -other, sd, n) for mean, sd, n, other, _, _ in PAIN]
    changes[2] = (22.3, 8.7, 25, 22.2, 9.3, 27)
    found = one(asked(MD, rows(MD, *changes)), "sign-flipped")
    assert found.line == 4
    assert "opposite sign" in found.explanation.en


# spreads


def test_a_standard_error_entered_as_sd() -> None:
    slip: Arms = (20.5, 1.1, 81, 24.1, 1.2, 80)
    found = one(asked(MD, rows(MD, *PAIN, slip)), "se-as-sd")
    assert found.line == 8
    assert "they become 9.90 and 10.7" in found.explanation.en
    assert "9,90 og 10,7" in found.explanation.nb
    assert found.figures.startswith("experimental_sd 1.1; control_sd 1.2 beside median")


def test_a_small_sd_in_another_unit_is_not_a_standard_error() -> None:
    assert "se-as-sd" not in {
        each.rule for each in asked(MD, rows(MD, *PAIN, (2.05, 1.1, 81, 2.41, 1.2, 80)))
    }


def test_standard_errors_are_not_told_where_trials_use_several_scales() -> None:
    assert asked(SMD, rows(SMD, *PAIN, (20.5, 1.1, 81, 21.1, 1.2, 80))) == ()


def test_an_interval_that_the_sds_do_not_give() -> None:
    studies = rows(MD, *PAIN)
    form = form_of([MD], studies)
    effects = analyse(form)
    claims = [
        TrialClaim(
            "1.1", "", each.trial, "", f"{each.ci_low:.6f}", f"{each.ci_high:.6f}", "", "rows.csv", each.line
        )
        for each in effects.effects
    ]
    assert ask(replace(form, trial_claims=tuple(claims)), effects) == ()
    claims[3] = replace(claims[3], ci_low="-8.5", ci_high="1.7")
    found = one(ask(replace(form, trial_claims=tuple(claims)), effects), "sd-against-interval")
    assert found.line == 5
    assert "means a standard error of 2.60; means and SDs give 2.08" in found.explanation.en


def test_limits_printed_as_logs_are_no_question() -> None:
    studies = rows(MD, (34.8, 23.575208, 50, 17.2, 24.103011, 50), *PAIN)
    form = form_of([MD], studies)
    effects = analyse(form)
    row = effects.effects[0]
    low, high = (f"{math.log(limit or 0):.6f}" for limit in (row.ci_low, row.ci_high))
    own = TrialClaim("1.1", "", row.trial, "", low, high, "100", "rows.csv", row.line)
    assert ask(replace(form, trial_claims=(own,)), effects) == ()
    for other in (replace(own, ci_low="2.3"), replace(own, estimate="17.6")):  # not those logs; no log
        found = one(ask(replace(form, trial_claims=(other,)), effects), "sd-against-interval")
        assert found.line == row.line
        assert "an SD was taken for a standard error and converted (so twice)" in found.otherwise.en


def test_another_level_of_all_intervals_is_no_question() -> None:
    form = form_of([MD], rows(MD, *PAIN))
    effects = analyse(form)
    claims = tuple(
        TrialClaim(
            "1.1",
            "",
            each.trial,
            "",
            f"{(each.y or 0) - 2.5758 * (each.se or 0):.6f}",
            f"{(each.y or 0) + 2.5758 * (each.se or 0):.6f}",
            "",
            "rows.csv",
            each.line,
        )
        for each in effects.effects
    )
    assert ask(replace(form, trial_claims=claims), effects) == ()


# decimal marks and units


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ((20.1, 9.8, 30, 24.0, 104, 31), "The SD is 9.8 in the experimental and 104 in the control arm"),
        ((20.1, 101.0, 12, 24.0, 98.7, 12), "near to 10 times larger"),
        ((201, 98.2, 30, 240, 104, 31), "are both near to 10 times larger"),
        ((2.01, 0.982, 30, 2.40, 1.04, 31), "are both near to 10 times smaller"),
    ],
)
def test_decimal_slips(slip: Arms, said: str) -> None:
    found = one(asked(MD, rows(MD, *PAIN, slip)), "decimal-slip")
    assert found.line == 8
    assert said in found.explanation.en
    assert "an SD taken for a standard error and converted (so twice)" in found.otherwise.en


def test_a_mean_ten_times_that_of_the_other_arm() -> None:
    narrow: list[Arms] = [(a, s / 5, n, b, t / 5, m) for a, s, n, b, t, m in PAIN]
    found = asked(MD, rows(MD, *narrow, (201, 2.0, 30, 24, 2.1, 31)))
    assert (
        "The mean is 201 in the experimental and 24 in the control arm"
        in one(found, "decimal-slip").explanation.en
    )


def test_skewed_arms_are_not_asked_about() -> None:
    assert asked(SMD, rows(SMD, *PAIN, (2.0, 1.0, 30, 21.0, 10.4, 31))) == ()


def test_a_digit_lost_from_an_arms_size() -> None:
    analyses, studies = _other_outcomes([(40, 43)] * 4 + [(4, 43)])
    studies[4] = replace(studies[4], experimental_events=3.0)
    found = one(asked(analyses, studies), "decimal-slip")
    assert (found.analysis, found.beside) == ("1.5", "2 3 4 5")
    assert found.figures == "experimental_total 4 beside 40"


def test_a_generic_estimate_ten_times_the_others() -> None:
    generic = analysis("GIV")
    close: list[Arms] = [(2.0, 0.2), (2.1, 0.25), (1.9, 0.2), (2.05, 0.3)]
    found = asked(generic, rows(generic, *close, (20.4, 2.2)))
    assert "The effect is 20.4" in one(found, "decimal-slip").explanation.en


# scales and whole numbers


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((8.5, 8.7, 8, 9.1, 2.0, 8), "can be 5.73 at most"),
        (
            (21.0, 2.0, 8, 9.1, 2.0, 8),
            "The mean 21 in the experimental arm lies outside the scale from 6 to 20",
        ),
        ((8.5, 2.7, 8, 9.1, 2.0, 8), ""),
    ],
)
def test_a_scale_that_cannot_give_the_figures(figures: Arms, said: str) -> None:
    good: list[Arms] = [(12.0, 2.1, 20, 11.0, 2.0, 20)] * 2
    declared = analysis("MD", scale_low=6.0, scale_high=20.0)
    titled = analysis("MD", title="Perceived exertion (range 6 to 20)")
    for of in (declared, titled):
        found = [each for each in asked(of, rows(of, *good, figures)) if each.rule == "off-scale"]
        assert bool(found) == bool(said)
        assert not said or said in found[0].explanation.en


@pytest.mark.parametrize(
    "title",
    [
        "Pain on days 0 to 4",
        "Pain (0 to 4 weeks)",
        "Pain score, week 1-4",
        "Pain, 10 to 12",
        "BMI 0-9",
        "Pain 0.5 to 4",
    ],
)
def test_titles_that_name_no_scale(title: str) -> None:
    of = analysis("MD", title=title)
    assert asked(of, rows(of, (8.5, 8.7, 8, 9.1, 2.0, 8))) == ()


def test_changes_may_be_negative_and_reach_the_whole_scale() -> None:
    of = analysis("MD", title="Change in pain (0 to 10)")
    assert asked(of, rows(of, (-6.0, 7.0, 8, -2.0, 3.0, 8))) == ()
    found = one(asked(of, rows(of, (-6.0, 12.0, 8, -2.0, 9.0, 8))), "off-scale")
    assert "SD of a change" in found.explanation.en


def test_whole_numbers_cannot_give_the_mean_or_the_sd() -> None:
    of = analysis("MD", integers=True)
    assert asked(of, rows(of, (3.48, 1.36, 25, 3.44, 1.56, 25))) == ()
    mean = one(asked(of, rows(of, (3.47, 1.36, 25, 3.44, 1.56, 25))), "grim")
    assert "cannot be 3.47 (the experimental arm); the nearest are 3.44 and 3.48" in mean.explanation.en
    sd = one(asked(of, rows(of, (3.48, 1.37, 25, 3.44, 1.56, 25))), "grimmer")
    assert sd.figures == "experimental_mean 3.48; experimental_sd 1.37; experimental_total 25"
    assert asked(MD, rows(MD, (3.47, 1.36, 25, 3.44, 1.56, 25))) == ()  # not declared


def test_no_figures_of_real_whole_numbers_are_impossible() -> None:
    """Means and SDs of 4,000 samples, rounded to one to three decimals."""
    random = Random(3)
    for _ in range(4000):
        n, top, places = random.randint(2, 120), random.choice((1, 4, 10, 63)), random.randint(1, 3)
        sample = [random.randint(-top // 3, top) for _ in range(n)]
        mean = sum(sample) / n
        sd = math.sqrt(sum((each - mean) ** 2 for each in sample) / (n - 1))
        shown, spread = round(mean, places), round(sd, places)
        assert possible_mean(shown, n, decimals(shown)), (sample, shown)
        assert possible_sd(shown, spread, n, decimals(shown), decimals(spread)), (sample, shown, spread)


def test_decimals_are_those_typed() -> None:
    assert [decimals(each) for each in (3.0, 3.5, 3.25, 0.001, 1e-9)] == [0, 1, 2, 3, 9]


# the same people twice


def test_a_control_group_counted_twice() -> None:
    shared = [
        row(RR, "Smith 2001 (low dose)", 2, (9, 60, 14, 61)),
        row(RR, "Smith 2001 (high dose)", 3, (7, 59, 14, 61)),
    ]
    found = one(asked(RR, shared), "shared-arm")
    assert (found.line, found.beside) == (2, "3")
    assert found.explanation.en.startswith(
        "2 rows of one total have the same figures in the control arm (14/61)"
    )


@pytest.mark.parametrize("change", ["divided", "noted", "subtotals", "other trial", "no total"])
def test_what_is_no_shared_arm(change: str) -> None:
    of = replace(
        RR, totals={"subtotals": Totals.SUBGROUPS, "no total": Totals.NONE}.get(change, Totals.OVERALL)
    )
    control: Arms = (7, 30) if change == "divided" else (14, 61)
    note = "control group shared between both doses" if change == "noted" else ""
    second = "Jones 2004" if change == "other trial" else "Smith 2001 (high dose)"
    studies = [
        row(of, "Smith 2001 (low dose)", 2, (9, 60, *control), subgroup="low", note=note),
        row(of, second, 3, (7, 59, *control), subgroup="high"),
    ]
    assert asked(of, studies) == ()


def test_the_same_people_in_two_rows_of_one_total() -> None:
    studies = [
        row(RR, "Smith 2001", 2, (9, 60, 14, 61), subgroup="3 months"),
        row(RR, "Smith 2001 (2)", 3, (11, 60, 17, 61), subgroup="6 months"),
        *rows(RR, *DEATHS, start=10),
    ]
    found = one(asked(RR, studies), "trial-twice")
    assert (found.line, found.beside, found.subgroup) == (2, "3", "3 months")
    of = replace(RR, totals=Totals.SUBGROUPS)
    assert asked(of, studies) == ()


def test_two_trials_with_the_same_figures() -> None:
    copied = rows(RR, *DEATHS, DEATHS[3])
    found = one(asked(RR, copied), "copied-figures")
    assert found.explanation.en.startswith(
        "Trial 2004, Trial 2006 have exactly the same figures in both arms"
    )
    assert asked(RR, rows(RR, (1, 20, 0, 20), (1, 20, 0, 20))) == ()  # chance
    means = one(asked(MD, rows(MD, *PAIN, PAIN[0])), "copied-figures")
    assert means.beside == "8"
    assert "20.1 (9.8), n = 30; 24 (10.4), n = 31" in means.explanation.en
    assert "20,1 (9,8), n = 30; 24 (10,4), n = 31" in means.explanation.nb
