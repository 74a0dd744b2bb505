"""What the two engines say of each other: how a number is compared, what is counted, what is written."""

import json
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import pytest

from repool.agreement import (
    FAULT,
    REASONS,
    Agreement,
    Agreements,
    Compared,
    Place,
    Theirs,
    agreements,
    in_words,
    read_agreement,
    read_checked,
    read_fault,
    read_outcome,
    read_sound,
    relative_difference,
    write_agreement,
    write_fault,
)
from repool.model import NO_TEXT, Bilingual, NormalForm
from repool.normal_form import STOPPED
from test_crosscheck import written

HERE = Place("pain", "men", "Ås 2001", "dl")
GIVEN, NO_NUMBER = REASONS["given"], REASONS["no-number"]


@pytest.mark.parametrize(
    ("ours", "theirs", "unit", "expected"),
    [(3.0, 4.0, 0.0, 0.25), (-3.0, -4.0, 0.0, 0.25), (3.0, 4.0, 10.0, 0.1), (0.0, 0.0, 0.0, 0),
     (1.0, 0.0, 2.0, 0.5), (1.0, 0.0, 0.0, inf), (None, None, 1.0, inf), (nan, 1.0, 1.0, inf)],
)  # fmt: skip
def test_a_difference_is_relative_to_theirs_or_to_a_unit(ours, theirs, unit, expected):
    assert relative_difference(ours, theirs, unit) == expected


@pytest.mark.parametrize(
    ("apart", "said", "agrees"),
    [(0, "<1e-12", "agrees"), (2e-12, "<1e-10", "agrees"), (2e-10, "<1e-8", "agrees"),
     (2e-8, "2e-08", "differs"), (0.125, "0.12", "differs")],
)  # fmt: skip
def test_a_difference_is_said_as_a_bound_where_it_is_small(apart, said, agrees):
    made = HERE.compare("se", 4 + 4 * apart, Theirs(4.0, call="combine_effects(...)"))
    assert made == Compared(
        "pain", "men", "Ås 2001", "dl", "se", 4 + 4 * apart, 4.0, said, Agreement(agrees),
        "combine_effects(...)", NO_TEXT,
    )  # fmt: skip


def test_a_bound_itself_is_beyond_it():
    assert HERE.compare("q", 1e-8, Theirs(0.0, unit=1.0)).agrees is Agreement.DIFFERS
    assert HERE.compare("q", 1e-10, Theirs(0.0, unit=1.0)).difference == "<1e-8"


@pytest.mark.parametrize(
    ("ours", "theirs", "agrees", "difference", "reason"),
    [(None, Theirs(nan), Agreement.NOT_APPLICABLE, "", NO_NUMBER),
     (1.0, Theirs(2.0, reason="given"), Agreement.NOT_APPLICABLE, "", GIVEN),
     (None, Theirs(nan, reason="given"), Agreement.NOT_APPLICABLE, "", GIVEN),
     (None, Theirs(2.0), Agreement.DIFFERS, "inf", NO_TEXT),
     (2.0, Theirs(inf), Agreement.DIFFERS, "inf", NO_TEXT)],
)  # fmt: skip
def test_what_is_not_compared_says_why(ours, theirs, agrees, difference, reason):
    made = HERE.compare("q", ours, theirs)
    assert (made.agrees, made.difference, made.reason) == (agrees, difference, reason)
    assert made.statsmodels == (2.0 if theirs.value == 2 else None)


ROWS = [
    HERE.compare("q", 1.0, Theirs(1.0)),
    HERE.compare("se", 1.0, Theirs(1 + 5e-11)),
    HERE.compare("i2", None, Theirs(nan)),
    HERE.compare("y", 1.0, Theirs(2.0, reason="given")),
    HERE.compare("v", 1.0, Theirs(2.0, reason="given")),
]
OFF = Place("death", method="reml").compare("tau2", None, Theirs(0.5, call="paule_mandel"))
FAR = Place("death", method="reml").compare("q", 3.5, Theirs(nan))


def test_comparisons_are_counted():
    reasons = ((GIVEN, 2), (NO_NUMBER, 1))
    assert agreements(iter(ROWS)) == Agreements(5, 2, 0, "<1e-10", reasons)
    assert agreements([*ROWS, OFF]) == Agreements(6, 3, 1, "inf", reasons)
    assert agreements([]) == Agreements(0, 0, 0, "", ())


def test_the_report_says_how_near_the_two_come():
    counted = agreements(ROWS)
    assert in_words(counted, "0.15", "en") == {
        "text": "statsmodels 0.15 recomputed 2 of 5 numbers. Largest relative difference: below 10⁻¹⁰. "
        "Numbers not checked in this way: 3.",
        "reasons": [(GIVEN.en, 2), (NO_NUMBER.en, 1)],
    }
    norwegian = in_words(counted, "0.15", "nb")
    assert norwegian["text"] == (
        "statsmodels 0.15 har regnet ut 2 av 5 tall på nytt. Største relative forskjell: under 10⁻¹⁰. "
        "Tall som ikke er kontrollert slik: 3."
    )
    assert norwegian["reasons"][0] == (GIVEN.nb, 2)
    nothing = Agreements(0, 0, 0, "", ())
    assert in_words(nothing, "0.15", "en") == {"text": "", "reasons": []}
    every = in_words(agreements(ROWS[:2]), "0.15", "en")["text"]
    assert every == "statsmodels 0.15 recomputed 2 of 2 numbers. Largest relative difference: below 10⁻¹⁰."
    none = in_words(agreements(ROWS[2:]), "0.15", "en")["text"]
    assert none == "statsmodels 0.15 recomputed 0 of 3 numbers. Numbers not checked in this way: 3."


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    counted = write_agreement(tmp_path, iter([*ROWS, OFF, FAR]))
    assert read_agreement(tmp_path) == counted == agreements([*ROWS, OFF, FAR])
    said = json.loads((tmp_path / "crosscheck.json").read_text("utf-8"))["contradictions"]
    assert [each["found"] for each in said] == ["no number for death, reml", "3.5 for death, reml"]
    assert (
        said[0].pop("remedy").startswith("make everything again (make clean, then make); if the difference")
    )
    assert said[0] == {
        "severity": "error", "file": f"{tmp_path.name}/crosscheck.csv", "line": 7, "column": "tau2",
        "found": "no number for death, reml",
        "expected": "0.5, as statsmodels computes it (paule_mandel)",
    }  # fmt: skip
    assert said[1]["expected"] == "no number, as statsmodels computes it ()"
    assert (said[1]["line"], said[1]["column"]) == (8, "q")


def test_a_step_that_failed_leaves_a_review_without_rows(tmp_path: Path) -> None:
    folder = written(tmp_path / "toy")
    assert read_fault(folder) is None
    assert read_sound(folder).studies
    assert read_sound(folder).review.findings
    write_fault(folder, "pool", "pooling", "KeyError: x")
    assert read_fault(folder) == {"step": "pool", "doing": "pooling", "fault": "KeyError: x"}
    for sound in (read_sound(folder), read_checked(folder)[0]):
        assert sound == NormalForm(replace(sound.review, findings=()), (), (), (), ())
    assert not read_checked(folder)[1].pooled
    _, state, (problem,) = read_outcome(folder)
    assert state == STOPPED
    assert (problem.severity, problem.file, problem.line, problem.column) == (
        "error",
        "toy/fault.json",
        0,
        "",
    )
    assert (problem.found, problem.expected) == ("a fault while pooling (KeyError: x)", "a result")
    assert problem.remedy == "this is a fault of Repool, not of the input: please report it with toy/log"


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"step": "pool"}'])
def test_a_damaged_record_of_a_failure_is_still_one(tmp_path: Path, text: str) -> None:
    (tmp_path / FAULT).write_text(text, "utf-8")
    assert read_fault(tmp_path) == {
        "step": "", "doing": "doing what can no longer be read", "fault": "fault.json is damaged",
    }  # fmt: skip


def test_every_reason_is_said_in_both_languages():
    assert all(
        isinstance(each, Bilingual) and each.nb and each.en and each.nb != each.en
        for each in REASONS.values()
    )
