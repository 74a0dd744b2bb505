"""How one group of published figures is judged against ways to compute them: verdict, words, and place."""

from dataclasses import replace

import pytest

from repool.evidence import Evidence, evidence_of
from repool.judging import (
    Candidate,
    Searched,
    agree,
    checked_figure,
    judge,
    not_attemptable,
    preferred,
    severity,
    suspected,
)
from repool.meta_analysis import analyse
from repool.model import NO_TEXT, Bilingual, Measure, Status, Study
from repool.questions.ask import ask
from repool.verdicts import Basis, Checked, Verdict
from test_reproduce import BOTH, TRIALS, analysis, claim, form, study

MINUS = Measure.MD


def evidence(*studies: Study, measure: Measure = Measure.RR) -> Evidence:
    made = form([], studies or TRIALS, analysis(measure))
    results = analyse(made)
    return evidence_of(made, results, ask(made, results))["a"]


def way(name: str, basis: Basis = Basis.TRIALS, **figures: float | None) -> Candidate:
    return Candidate(name, Bilingual(f"{name} nb", f"{name} en"), figures, basis)


def texts(checked: list[Checked]) -> list[str]:
    return [each.reason.en for each in checked]


def test_a_figure_stands_beside_ours_with_all_that_is_known_of_it() -> None:
    derived = evidence(TRIALS[0], replace(TRIALS[1], status=Status.DERIVED))
    published = claim("estimate", "0.50", 7, locator="table 1", method="dl", subgroup="men")
    made = checked_figure(published, Verdict.MINOR, BOTH, way("x", estimate=0.5625), derived)
    assert made == Checked(
        analysis="a", subgroup="men", quantity="estimate", source="paper", locator="table 1",
        published="0.50", ours=0.5625, ours_shown="0.56", difference=0.0625, verdict=Verdict.MINOR,
        basis=Basis.TRIALS, method="x", method_label=Bilingual("x nb", "x en"), stated_method="dl",
        derived_rows="Two 2002", reason=BOTH, file="published.csv", line=7,
    )  # fmt: skip
    of_claims = checked_figure(published, Verdict.MINOR, BOTH, way("x", Basis.CLAIMS, estimate=0.5), derived)
    assert (of_claims.basis, of_claims.derived_rows) == (Basis.CLAIMS, "")
    assert checked_figure(published, Verdict.MINOR, BOTH, way("x", estimate=0.5)).derived_rows == ""


def test_without_a_number_of_ours_nothing_is_made_up() -> None:
    for candidate, method, label in ((way("x", se=1.0), "x", Bilingual("x nb", "x en")), (None, "", NO_TEXT)):
        made = checked_figure(claim("estimate", "0.50"), Verdict.MAJOR, BOTH, candidate, evidence())
        assert (made.ours, made.ours_shown, made.difference, made.basis) == (None, "", None, Basis.NONE)
        assert (made.method, made.method_label, made.derived_rows) == (method, label, "")


def test_the_stated_method_comes_first_then_the_declared_one() -> None:
    ways = [way("a"), way("b"), way("c")]
    assert [each.method for each in preferred(ways, "c")] == ["c", "a", "b"]
    for stated in ("", "d"):
        assert preferred(ways, stated) == ways


def test_a_way_agrees_with_all_figures_or_not() -> None:
    claims = [claim("estimate", "0.50"), claim("ci_low", "0.2")]
    assert agree(way("x", estimate=0.501, ci_low=0.24), claims)
    assert not agree(way("x", estimate=0.501, ci_low=0.26), claims)
    assert not agree(way("x", estimate=0.501), claims)


def test_missing_trials_are_counted_and_named_and_what_is_known_is_said() -> None:
    unknown = [study(f"{name} 2003", status=Status.UNKNOWN) for name in ("Three", "Four")]
    partly = evidence(*TRIALS, *unknown)
    claims = [claim("estimate", "0.50"), claim("se", "0.1", 3)]
    checked = not_attemptable(partly, claims, {"estimate": 0.625})
    start = "2 of 4 trials have no data (Three 2003, Four 2003); the known trials alone give "
    assert texts(checked) == [f"{start}0.62.", f"{start}–."]
    assert {each.verdict for each in checked} == {Verdict.NOT_ATTEMPTABLE}
    assert checked[0].reason.nb.startswith("2 av 4 forsøk mangler data (Three 2003, Four 2003); kjente")
    assert [each.line for each in checked] == [2, 3]
    assert texts(not_attemptable(partly, claims)) == [f"{start}–."] * 2
    for none in (evidence(*unknown), evidence()):
        assert texts(not_attemptable(none, claims[:1])) == ["No trial data were found for this analysis."]


GROUP = [claim("estimate", "0.50", 2), claim("ci_low", "0.20", 3), claim("ci_high", "1.30", 4)]
OWN = way("own", estimate=0.54, ci_low=0.2, ci_high=1.3)
OTHER = way("other", estimate=0.5, ci_low=0.2, ci_high=1.3)


def test_another_method_that_gives_them_all_is_named() -> None:
    checked = judge(evidence(), GROUP, [OWN, way("none"), OTHER])
    assert [(each.verdict, each.method) for each in checked] == [
        (Verdict.OTHER_METHOD, "other"), (Verdict.EXACT, "own"), (Verdict.EXACT, "own")
    ]  # fmt: skip
    assert texts(checked)[0] == "The method used here (own en) gives 0.54; the figure follows from other en."
    assert checked[0].reason.nb == "Metoden her (own nb) gir 0,54; tallet følger av other nb."
    assert texts(checked)[1] == "Agrees in every printed digit."


def test_what_rests_on_derived_rows_says_so_whatever_the_verdict() -> None:
    derived = evidence(TRIALS[0], replace(TRIALS[1], status=Status.DERIVED))
    for ways, verdict in (([OTHER], "exact"), ([OWN, OTHER], "other-method"), ([OWN], "minor")):
        (made, *_) = judge(derived, GROUP, ways)
        assert (made.verdict, made.derived_rows) == (verdict, "Two 2002")


def test_a_method_of_the_same_name_in_words_is_named_by_its_code_too() -> None:
    twin = replace(OTHER, label=OWN.label)
    (first, *_) = judge(evidence(), GROUP, [OWN, twin])
    assert first.reason.en.endswith("the figure follows from own en (other).")
    assert first.reason.nb.endswith("tallet følger av own nb (other).")


def test_estimate_and_limits_are_enough_to_name_another_method() -> None:
    group = [*GROUP, claim("i2", "99%", 5)]
    checked = judge(evidence(), group, [OWN, OTHER])
    assert [each.verdict for each in checked] == ["other-method", "exact", "exact", "not-attemptable"]
    assert texts(checked)[3] == "The method own en does not give this quantity for these trials."
    assert (checked[3].method, checked[3].ours) == ("own", None)
    two = judge(evidence(), [*GROUP[:2], group[3]], [OWN, OTHER])
    assert [each.verdict for each in two] == ["other-method", "exact", "not-attemptable"]
    alone = judge(evidence(), [GROUP[0], group[3]], [OWN, OTHER])  # an estimate alone is not
    assert alone[0].verdict == "minor"


def test_what_our_method_does_not_give_another_may() -> None:
    (made,) = judge(evidence(), GROUP[:1], [way("own"), OTHER])
    assert (made.verdict, made.method, made.ours) == (Verdict.OTHER_METHOD, "other", 0.5)
    assert made.reason.en == "The method used here (own en) gives –; the figure follows from other en."


def test_a_figure_that_none_gives_says_how_far_off_ours_is() -> None:
    (made, *_) = judge(evidence(), GROUP, [OWN])
    assert (made.verdict, made.method) == (Verdict.MINOR, "own")
    assert made.reason.en == "None of the methods gives this figure; own en gives 0.54."
    partly = way("partly", estimate=0.5, ci_low=0.9, ci_high=9)
    (made, *_) = judge(evidence(), GROUP, [OWN, partly])
    assert made.method == "own"
    assert made.reason.en == (
        "partly en gives this figure, but not the others printed with it; own en gives 0.54."
    )


def off(searched: Searched | None) -> str:
    """What is said of an estimate that no method gives, after that."""
    (made, *_) = judge(evidence(), GROUP, [OWN], searched)
    text = made.reason.en
    assert text.startswith("None of the methods gives this figure; own en gives 0.54.")
    return text.removeprefix("None of the methods gives this figure; own en gives 0.54.")


def test_the_search_adds_what_it_found() -> None:
    assert off(None) == ""
    assert off(Searched(None, False, None, 40)) == ""
    assert off(Searched(OTHER, False, None, 40)) == (
        " It also follows from other en, but so few digits easily fit one of 40 settings by chance."
    )
    assert off(Searched(way("far", estimate=0.6), False, None, 40)) == ""
    assert off(Searched(None, False, OWN, 40)) == " None of 40 settings tried comes nearer."
    nearest = " None of 40 settings tried gives all the figures; the nearest, near en, gives "
    assert off(Searched(None, False, way("near", estimate=0.51), 40)) == f"{nearest}0.51."
    assert off(Searched(None, False, way("near"), 40)) == f"{nearest}–."


def test_a_setting_that_is_no_coincidence_counts_as_a_method() -> None:
    (made, *_) = judge(evidence(), GROUP, [OWN], Searched(OTHER, True, None, 40))
    assert (made.verdict, made.method) == (Verdict.OTHER_METHOD, "other")
    assert made.reason.en.endswith("the figure follows from other en.")
    ours_first = judge(
        evidence(), GROUP, [OWN, way("third", **OTHER.figures)], Searched(OTHER, True, None, 40)
    )
    assert ours_first[0].method == "third"


ODD = study("Odd 2003", 30, 20, 4, 20, line=9)


def test_a_row_in_doubt_is_named_where_a_figure_differs_or_a_search_explains_it() -> None:
    doubtful = evidence(*TRIALS, ODD)
    for ways, searched, row in (
        ([OWN], None, True), ([OWN], Searched(OTHER, True, None, 40), True), ([OWN, OTHER], None, False)
    ):  # fmt: skip
        (made, *_) = judge(doubtful, GROUP, ways, searched)
        assert ("Odd 2003 (studies.csv:9: " in made.reason.en) == row
        assert "XX" not in made.reason.en
        assert not row or ". The trial row may be what is wrong" in made.reason.en


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        ({"estimate": 0.5, "ci_low": 0.2, "ci_high": 1.3}, "minor"),
        ({"estimate": 0.549, "ci_low": 0.2, "ci_high": 1.3}, "minor"),
        ({"estimate": 0.5625, "ci_low": 0.2, "ci_high": 1.3}, "major"),
        ({"estimate": 0.5, "ci_low": 0.2, "ci_high": 1.405}, "minor"),  # of a width of 1.10
        ({"estimate": 0.5, "ci_low": 0.25, "ci_high": 1.235}, "major"),
        ({"estimate": 0.5, "ci_low": 0.75, "ci_high": 1.85}, "minor"),  # as wide as printed
        ({"estimate": 0.5, "ci_low": 0.2, "ci_high": 0.99}, "conclusion"),
        ({"estimate": 1.01, "ci_low": 0.2, "ci_high": 1.3}, "conclusion"),
        ({"estimate": 1.0, "ci_low": 0.2, "ci_high": 1.3}, "major"),  # no effect is no other direction
        ({"estimate": None, "ci_low": 0.2, "ci_high": 1.3}, "major"),
        ({"estimate": 0.5, "ci_low": 0.2, "ci_high": None}, "major"),
    ],
)
def test_how_far_off(ours: dict[str, float | None], expected: str) -> None:
    for each in GROUP:
        if each.quantity == "ci_high" or ours["ci_high"] is not None:
            assert severity(evidence(), each, GROUP, way("own", **ours)) == expected


def test_without_both_limits_each_stands_by_itself() -> None:
    own = way("own", estimate=0.5, ci_low=0.3, ci_high=1.3)
    assert severity(evidence(), GROUP[0], GROUP[:2], own) == "minor"
    assert severity(evidence(), GROUP[1], GROUP[:2], own) == "major"
    assert severity(evidence(), GROUP[1], GROUP[1:2], own) == "major"


def test_limits_without_an_estimate_are_judged_by_their_width_or_alone() -> None:
    both = GROUP[1:]
    assert severity(evidence(), both[0], both, way("own", ci_low=0.75, ci_high=1.85)) == "minor"
    assert severity(evidence(), both[0], both[:1], way("own", ci_low=0.21)) == "minor"


def test_limits_per_1000_alone_do_not_name_another_method() -> None:
    names = ("experimental_per_1000", "experimental_per_1000_low", "experimental_per_1000_high")
    group = [claim(name, value) for name, value in zip(names, ("50", "20", "90"), strict=True)]
    own = way("own", **dict(zip(names, (61.0, 25.0, 99.0), strict=True)))
    limits = way("limits", **dict(zip(names, (70.0, 20.0, 90.0), strict=True)))
    assert {each.verdict for each in judge(evidence(), group, [own, limits])} == {"major"}
    every = way("every", **dict(zip(names, (50.0, 20.0, 90.0), strict=True)))
    control = claim("control_per_1000", "7")
    verdicts = [each.verdict for each in judge(evidence(), [*group, control], [own, every])]
    assert verdicts == ["other-method"] * 3 + ["not-attemptable"]


def test_of_differences_the_null_is_zero() -> None:
    group = [claim("estimate", "0.5"), claim("ci_low", "-0.10"), claim("ci_high", "1.10")]
    of = evidence(measure=MINUS)
    assert severity(of, group[0], group, way("own", estimate=0.52, ci_low=-0.1, ci_high=1.1)) == "minor"
    assert severity(of, group[0], group, way("own", estimate=0.52, ci_low=0.01, ci_high=1.1)) == "conclusion"


@pytest.mark.parametrize(
    ("value", "ours", "expected"),
    [
        ("50", 54.9, "minor"),
        ("50", 55.1, "major"),
        ("-50", -54.9, "minor"),
        ("0", 0.1, "major"),
        ("50", None, "major"),
        ("10", 9, "major"),
    ],
)
def test_other_figures_are_judged_alone(value: str, ours: float | None, expected: str) -> None:
    figure = claim("i2", value)
    assert severity(evidence(), figure, [*GROUP, figure], way("own", i2=ours, estimate=5.0)) == expected


CHECKS = Bilingual("noe", "something")


def test_a_count_that_does_not_fit_is_suspected_or_its_rows_are() -> None:
    doubtful = evidence(*TRIALS, ODD)
    events = claim("control_events", "40")
    plain = suspected(evidence(), events, CHECKS, way("count", control_events=29))
    assert (plain.verdict, plain.ours, plain.method) == (Verdict.INPUT_ERROR, 29, "count")
    assert plain.reason == Bilingual("Mulig feil i tallet: noe.", "Suspected error in the figure: something.")
    rows = suspected(doubtful, events, CHECKS, way("count", control_events=33))
    assert (rows.verdict, rows.ours, rows.method) == ("major", 33, "count")
    assert rows.reason.en.startswith("Does not fit the trial rows: something. ")
    assert "Odd 2003 (studies.csv:9: " in rows.reason.en
    derived = evidence(TRIALS[0], replace(TRIALS[1], status=Status.DERIVED), ODD)
    assert suspected(derived, events, CHECKS, way("count", control_events=33)).derived_rows == "Two 2002"
    fits = suspected(doubtful, events, CHECKS, way("count", control_events=40))
    of_claims = suspected(doubtful, events, CHECKS, way("count", Basis.CLAIMS, control_events=33))
    assert {each.verdict for each in (fits, of_claims)} == {Verdict.INPUT_ERROR}


def test_the_number_of_trials_does_not_rest_on_what_was_derived() -> None:
    derived = evidence(TRIALS[0], replace(TRIALS[1], status=Status.DERIVED))
    for quantity, rows in (("trials", ""), ("participants", "Two 2002")):
        made = suspected(derived, claim(quantity, "9"), CHECKS, way("count", **{quantity: 8}))
        assert made.derived_rows == rows
