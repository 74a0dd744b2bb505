"""Questions about the input as a whole: order, hostile figures, review.yaml, words, the report's section."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from conftest import RAW, ROOT, SCHEMA, sealed
from questions_rows import DEATHS, MD, PAIN, RR, Arms, analysis, asked, form_of, one, row, rows
from repool.meta_analysis import analyse
from repool.model import (
    LANGUAGES,
    NO_TEXT,
    Bilingual,
    NormalForm,
    Status,
    TrialClaim,
)
from repool.normal_form import read_form, write_form
from repool.pages import environment
from repool.questions import words
from repool.questions.ask import ask
from repool.questions.records import Question
from repool.questions.view import MOST, questions_view
from repool.questions.words import OTHERWISE, RULES
from repool.readers.transcribed import read_transcribed
from repool.results import Results, TrialEffect, TrialState
from repool.tables import read_table, write_table
from repool.words import WORDS

# the whole


def test_the_same_figures_are_asked_about_once() -> None:
    again = analysis("MD", "1.2")
    slip: Arms = (20.1, 9.8, 30, 24.0, 104, 31)
    studies = [*rows(MD, *PAIN, slip), *rows(again, *PAIN[1:], slip, start=20)]
    studies[-1] = replace(studies[-1], trial="Trial 2007")
    found = one(asked([MD, again], studies), "decimal-slip")
    assert (found.line, found.again) == (8, "25")


def test_borrowed_and_unknown_rows_are_left_out() -> None:
    borrower = replace(analysis("OR", "1.2"), rows_of="1.1")
    studies = rows(RR, (12, 11, 3, 30))
    both = [*studies, *(replace(each, analysis="1.2") for each in studies)]
    assert len(asked([RR, borrower], both)) == 1
    assert asked(RR, [replace(row(RR, "Lost 2010", 2, ()), status=Status.UNKNOWN)]) == ()


def test_a_stopped_review_raises_no_question() -> None:
    assert ask(form_of([], []), Results((), (), (), (), ())) == ()
    assert asked([MD, replace(RR, analysis="1.2")], []) == ()
    assert questions_view((), form_of([], []), "nb")["rows"] == []


def test_nothing_breaks_on_any_figures() -> None:
    """Figures at and beyond every limit, in any combination."""
    random = Random(5)
    values = (0.0, -1.0, 1.0, 2.0, 3.3, 1e-300, 1e300, -1e300, 1e-12, 7e15, 50.0, None)
    for _ in range(400):
        measure = random.choice(("RR", "OR", "RD", "MD", "SMD", "ROM", "GIV"))
        of = analysis(
            measure, title=random.choice(("Pain (0 to 10)", "Change in pain score 0-100")), integers=True,
            scale_low=random.choice((None, 0.0)), scale_high=random.choice((None, 10.0)),
        )  # fmt: skip
        size = 2 if measure == "GIV" else 4 if of.measure.is_dichotomous else 6
        studies = []
        for number in range(random.randint(1, 8)):
            blank = row(of, f"T {random.randint(1, 3)}", number + 2, (1.0,) * size)
            cells = {
                name: random.choice(values) for name in blank.__slots__
                if name.startswith(("experimental_", "control_")) or name in ("estimate", "se")
                if getattr(blank, name) is not None
            }  # fmt: skip
            studies.append(replace(blank, **cells))
        claims = [
            TrialClaim("1.1", "", each.trial, "", random.choice(("", "0", "-1.5", "x", "1e9", "999999")),
                       random.choice(("", "2.000000", "-3", "0")), "", "rows.csv", each.line)
            for each in studies
        ]  # fmt: skip
        form = replace(form_of([of], studies), trial_claims=tuple(claims))
        effects = tuple(
            TrialEffect(
                "1.1",
                "",
                each.trial,
                each.status,
                TrialState.ESTIMATED,
                False,
                "",
                random.choice(values),
                abs(random.choice(values) or 0.0),
                None,
                None,
                None,
                None,
                "",
                "rows.csv",
                each.line,
            )
            for each in studies
        )
        for results in (Results(effects, (), (), (), ()), Results((), (), (), (), ())):
            assert all(each.rule in RULES for each in ask(form, results))


def test_questions_come_in_one_order_and_survive_the_table(tmp_path: Path) -> None:
    studies = [*rows(RR, *DEATHS, (12, 11, 3, 30)), row(RR, "Copy 2010", 1, DEATHS[3])]
    form = form_of([RR], studies)
    found = ask(form, analyse(form))
    assert [each.line for each in found] == sorted(each.line for each in found)
    assert {each.rule for each in found} == {"events-above-total", "copied-figures"}
    write_table(tmp_path / "questions.csv", Question, found)
    assert read_table(tmp_path / "questions.csv", Question) == found
    shuffled = replace(form, studies=tuple(reversed(studies)))
    assert {each.rule for each in ask(shuffled, analyse(shuffled))} == {each.rule for each in found}


@pytest.mark.parametrize("name", ["bcg-1994", "stroke-los-1999", "pfmt-2014"])
def test_shipped_reviews(name: str) -> None:
    form, problems, _ = read_transcribed(RAW / name, f"data/raw/{name}", SCHEMA)
    assert form is not None, problems.found
    found = ask(form, analyse(form))
    if name == "pfmt-2014":
        assert one(found, "participants").figures == "participants 602 beside sum 121"
    else:
        assert found == ()


MEANS = "measure: MD\n"


def _with_keys(folder: Path, keys: str, after: str = MEANS) -> tuple[NormalForm | None, list[str]]:
    settings = folder / "review.yaml"
    text = settings.read_text("utf-8")
    assert after in text
    settings.write_text(text.replace(after, f"{after}    {keys}\n"), "utf-8")
    form, problems, _ = read_transcribed(sealed(folder), "raw/toy", SCHEMA)
    return form, [str(each) for each in problems.found if each.severity == "error"]


def test_integers_and_scale_are_read_and_kept(toy: Callable[[str], Path], tmp_path: Path) -> None:
    form, problems = _with_keys(toy("toy"), "integers: true\n    scale: [0, 10]")
    assert form is not None, problems
    write_form(tmp_path / "out", "toy", form, [], {})
    pain = read_form(tmp_path / "out").analyses[1]
    assert (pain.integers, pain.scale_low, pain.scale_high) == (True, 0.0, 10.0)
    death = read_form(tmp_path / "out").analyses[0]
    assert (death.integers, death.scale_low, death.scale_high) == (False, None, None)


@pytest.mark.parametrize(
    ("keys", "after", "said"),
    [
        ("scale: [10, 0]", MEANS, 'analyses[2].scale: found "10 to 0"; expected the lower end first'),
        ("scale: [0]", MEANS, "analyses[2].scale: found a list; expected the two ends of the scale"),
        ("scale: 10", MEANS, 'analyses[2].scale: found "10"; expected a list'),
        ("scale: [0, ten]", MEANS, 'analyses[2].scale[2]: found "ten"; expected a number'),
        ("scale: [0, 1.0e+400]", MEANS, 'analyses[2].scale[2]: found "1.0e+400"; expected a number from'),
        ("integers: 1", MEANS, 'analyses[2].integers: found "1"; expected true or false'),
        (
            "integers: true",
            "measure: RR\n",
            "analyses[1].integers: found the key beside measure RR; expected",
        ),
    ],
)
def test_broken_integers_and_scale(toy: Callable[[str], Path], keys: str, after: str, said: str) -> None:
    form, problems = _with_keys(toy("toy"), keys, after)
    assert form is None
    assert len(problems) == 1
    assert said in problems[0]


# words and page


def test_every_rule_has_its_words_in_both_languages() -> None:
    assert RULES.keys() == OTHERWISE.keys()
    texts = [*RULES.values(), *OTHERWISE.values(), *(Bilingual(*each) for each in words._TEXTS.values())]
    for each in texts:
        assert each.nb
        assert each.en
        assert sorted(re.findall(r"{\w+}", each.nb.replace("{events}/{total}", ""))) == sorted(
            re.findall(r"{\w+}", each.en.replace("{events}/{total}", ""))
        ), each
    for title in RULES.values():
        assert title.nb.endswith("?")
        assert title.en.endswith("?")
    accusing = re.compile(r"\b(?:wrong|fraud|mistake|false|invalid|feil i|jukset)\b", re.IGNORECASE)
    assert not [each.en for each in texts if accusing.search(each.en)]


def test_every_rule_is_explained_in_the_methods() -> None:
    methods = (ROOT / "docs" / "methods.md").read_text("utf-8")
    section = methods.partition("\n## Questions about the input")[2].partition("\n## ")[0]
    assert not [rule for rule in RULES if section.count(f"`{rule}`") < 2]


def test_the_section_is_capped_and_no_rule_hides_another() -> None:
    made = [
        Question("1.1", "", f"T {n}", "percent", f"{n}", NO_TEXT, NO_TEXT, "a/rows.csv", n, "", "")
        for n in range(2, 90)
    ]
    made.append(replace(made[0], rule="grim", line=500, beside="3 4", again=" ".join(map(str, range(20)))))
    view = questions_view(made, form_of([MD], []), "en")
    assert len(view["rows"]) == MOST
    assert view["rest"] == "39 more questions are in questions.csv."
    assert [each["count"] for each in view["counts"]] == [1, 88]
    assert view["rows"][-1]["place"] == "rows.csv:500"
    assert view["rows"][-1]["places"] == ("compared with line 3, 4; also in line 0, 1, 2, 3, 4, 5, 6, 7 …")


def test_the_section_escapes_what_it_shows() -> None:
    studies = [replace(each, trial="<b>Smith & Co</b> 2001") for each in rows(RR, (12, 11, 3, 30))]
    form = form_of([RR], studies)
    template = environment(ROOT / "workflow" / "report").from_string(
        '{% from "parts.html.j2" import scrolling %}{% include "_questions.html.j2" %}'
    )
    for language in LANGUAGES:
        view = questions_view(ask(form, analyse(form)), form, language)
        page = template.render(
            v={"questions": view}, w={name: text[language] for name, text in WORDS.items()}, language=language
        )
        assert "<b>" not in page
        assert "&lt;b&gt;Smith &amp; Co&lt;/b&gt; 2001" in page
        assert "rows.csv:2" in page
