"""Where a published figure differs and a trial row raises a question, the row may be what is wrong."""

from pathlib import Path

import pytest

from packages import events, outcome, package, read
from repool.doubts import asked_by_row, doubts
from repool.meta_analysis import analyse
from repool.questions.ask import ask
from repool.reproduce import check_claims
from repool.trial_figures import CheckedTrial, check_trials
from repool.verdicts import Checked, Verdict
from test_reproduce import TRIALS, analysis, claim, form, study

pytestmark = pytest.mark.filterwarnings("error")

NAME = "CD990001"
ROWS = [
    events("Ahl 1998", 12, 60, 20, 58),
    events("Berg 2003", 13, 41, 19, 40),
    events("Eide 2012", 9, 35, 14, 33),
]


def judged(folder: Path, typed: str, slip: str) -> tuple[tuple[Checked, ...], tuple[CheckedTrial, ...]]:
    """What is said of a package of whose data rows one was mistyped after everything had been computed."""
    each = outcome("1.1", "Falls", "Dichotomous", "Risk Ratio", ROWS, method="MH")
    raw = folder / "raw" / NAME
    raw.mkdir(parents=True)
    for path, text in package([each], "old", folder).items():
        if path.endswith("data-rows.csv"):
            assert text.count(typed) == 1
            text = text.replace(typed, slip)
        (raw / path).write_text(text, "utf-8")
    made, problems = read(raw.parent, NAME)
    assert made is not None, problems.errors
    results = analyse(made)
    questions = ask(made, results)
    return check_claims(made, results, (), questions), check_trials(made, results, questions)


def test_a_row_with_events_above_its_total_is_named_and_the_published_total_not_suspected(
    tmp_path: Path,
) -> None:
    checked, trials = judged(tmp_path, '"13","41"', '"130","41"')
    differing = [each for each in checked if each.verdict is not Verdict.EXACT]
    assert {"experimental_events", "estimate"} <= {each.quantity for each in differing}
    assert not any(each.verdict is Verdict.INPUT_ERROR for each in checked)
    for each in differing:
        assert "the trial row may be what is wrong" in each.reason.en.casefold()
        assert f"{NAME}-data-rows.csv:3: Are there more events than participants?)." in each.reason.en
        assert "Det kan være forsøksraden som er feil" in each.reason.nb
        assert "flere hendelser enn deltakere" in each.reason.nb
    other = next(each for each in trials if each.trial == "Ahl 1998")
    assert other.verdict_weight in (Verdict.MINOR, Verdict.MAJOR)
    assert f"Berg 2003 (raw/{NAME}/{NAME}-data-rows.csv:3: " in other.reason.en


def test_a_slip_that_raises_no_question_leaves_the_total_suspected(tmp_path: Path) -> None:
    checked, _ = judged(tmp_path, '"13","41"', '"14","41"')
    suspected = {each.quantity for each in checked if each.verdict is Verdict.INPUT_ERROR}
    assert suspected == {"experimental_events"}
    assert not any("row may be" in each.reason.en for each in checked)


def test_only_questions_that_could_explain_a_count_excuse_it() -> None:
    rows = (*TRIALS, study("Odd 2003", 30, 20, 4, 20, line=9))
    made = form([claim("trials", "5"), claim("participants", "320"), claim("control_events", "40")], rows)
    results = analyse(made)
    found = {c.quantity: c for c in check_claims(made, results, (), ask(made, results))}
    assert found["trials"].verdict is Verdict.INPUT_ERROR  # a wrong number of events makes no other trial
    assert [found[name].verdict for name in ("participants", "control_events")] == ["minor", "major"]
    assert "Does not fit the trial rows: the arms have 340 participants" in found["participants"].reason.en
    assert "Odd 2003 (studies.csv:9: " in found["participants"].reason.en


def test_a_whole_review_that_is_smaller_is_not_excused() -> None:
    rows = (*TRIALS, study("Odd 2003", 30, 20, 4, 20, line=9))
    made = form([claim("participants", "340"), claim("participants", "300", 3, analysis="review")], rows)
    results = analyse(made)
    assert check_claims(made, results, (), ask(made, results))[0].verdict is Verdict.INPUT_ERROR


def test_rows_with_the_same_figures_elsewhere_are_in_doubt_too_and_many_are_counted() -> None:
    rows = tuple(study(f"T{n} 2000", 30 + n, 20, 4, 20, line=n + 2) for n in range(5))
    made = form([], (*rows, *rows[:1]), analysis())
    asked = asked_by_row(ask(made, analyse(made)))
    assert doubts(rows, asked).en.endswith("; 2 more rows.")
    assert doubts(rows[:1], asked).nb.count("studies.csv:") == 1
    assert not doubts(TRIALS, {})
