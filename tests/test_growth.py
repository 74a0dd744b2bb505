"""What is said of large reviews takes time in proportion to their size, and stays what it was."""

import random
from collections.abc import Callable
from cProfile import Profile
from dataclasses import replace
from statistics import median

import pytest

from repool.evidence import Evidence, evidence_of
from repool.meta_analysis import analyse
from repool.model import Measure, NormalForm
from repool.questions.ask import ask
from repool.questions.robust import others
from test_reproduce import REVIEW, analysis, claim, study

pytestmark = pytest.mark.filterwarnings("error")


def review(analyses: int, trials: int, measure: Measure = Measure.RR) -> NormalForm:
    """Analyses of made-up trials, all in one comparison, with an estimate and a total published of each."""
    chance = random.Random(7)
    of = [replace(analysis(measure), analysis=f"1.{number}") for number in range(analyses)]
    rows = tuple(
        study(
            f"Trial {at} {1990 + at % 30}", chance.randint(1, 20), chance.randint(40, 90),
            chance.randint(1, 20), chance.randint(40, 90), analysis=each.analysis, line=2 + trials * n + at,
        )
        for n, each in enumerate(of)
        for at in range(trials)
    )  # fmt: skip
    claims = tuple(
        claim(name, "0.9", 2 + 2 * n + at, analysis=each.analysis)
        for n, each in enumerate(of)
        for at, name in enumerate(("estimate", "participants"))
    )
    return NormalForm(REVIEW, tuple(of), rows, claims, ())


def test_evidence_of_an_analysis_holds_its_own_rows_and_says_what_the_whole_review_says() -> None:
    form = review(4, 3)
    whole = claim("participants", "700", 99, analysis="review")
    form = replace(form, claims=(*form.claims, whole))
    results = analyse(form)
    for name, own in evidence_of(form, results).items():
        of_all = Evidence(form, results, own.analysis)
        assert len(own.form.studies) == 3
        assert {each.analysis for each in own.form.claims} == {name, "review"}
        assert own.studies == of_all.studies
        assert own.pooled() == of_all.pooled()
        assert own.claims("estimate") == of_all.claims("estimate")
        assert len(own.results.pooled) == len(of_all.pooled())


@pytest.mark.parametrize("count", [2, 3, 4, 9, 10])
def test_all_others_of_each_value_are_what_sorting_them_anew_gives(count: int) -> None:
    chance = random.Random(count)
    for _ in range(200):
        values = [chance.choice((chance.gauss(0, 1), 0.0, 1.5)) for _ in range(count)]
        for place, found in enumerate(others(values)):
            rest = values[:place] + values[place + 1 :]
            middle = median(rest)
            assert (found.median, found.count) == (middle, count - 1)
            assert found.spread == 1.4826 * median(abs(each - middle) for each in rest)
    assert others([1.0]) == []


def calls(form: NormalForm) -> int:
    """How many functions are called while a review's questions are asked: the same on every machine."""
    results = analyse(replace(form, claims=()))
    profile = Profile()
    profile.runcall(ask, form, results)
    return sum(each.callcount for each in profile.getstats())


def arms_alike(analyses: int) -> NormalForm:
    """The same two trials, with the same arms, in so many analyses."""
    form = review(analyses, 2)
    alike = {each.trial: each for each in form.studies}
    rows = tuple(replace(alike[each.trial], analysis=each.analysis, line=each.line) for each in form.studies)
    return replace(form, studies=rows)


@pytest.mark.parametrize("made", [lambda size: review(1, 2 * size), arms_alike], ids=["trials", "analyses"])
def test_twice_the_review_takes_twice_the_questions(made: Callable[[int], NormalForm]) -> None:
    """Not four times, as where each trial or arm is compared with all others."""
    assert calls(made(300)) < 2.6 * calls(made(150))
