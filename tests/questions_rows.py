"""Made-up analyses and rows for tests of the questions about the input."""

from collections.abc import Sequence
from dataclasses import replace

from repool.meta_analysis import analyse
from repool.model import (
    NO_TEXT,
    Analysis,
    Bilingual,
    Claim,
    Direction,
    Measure,
    NormalForm,
    Review,
    Status,
    Study,
)
from repool.questions.ask import ask
from repool.questions.records import Question

_REVIEW = Review("toy", NO_TEXT, "", "", NO_TEXT, NO_TEXT, NO_TEXT, "", "", (), (), ())
Arms = tuple[float, ...]


def analysis(measure: str, name: str = "1.1", title: str = "Pain", **more: object) -> Analysis:
    of = Analysis(
        name, Bilingual(title, title), Measure(measure), Measure(measure).is_ratio, NO_TEXT, NO_TEXT,
        Direction.NEUTRAL, NO_TEXT, NO_TEXT, "", "revman5", "", "pooled", NO_TEXT, "rows.csv", 1,
    )  # fmt: skip
    return replace(of, **more)


def row(of: Analysis, trial: str, line: int, figures: Arms, subgroup: str = "", note: str = "") -> Study:
    """Events and totals, or means, SDs and totals, of both arms; or an estimate and its SE."""
    names: tuple[str, ...] = ("estimate", "se")[: len(figures)]
    if len(figures) == 4:
        names = ("experimental_events", "experimental_total", "control_events", "control_total")
    elif len(figures) == 6:
        names = tuple(f"{arm}_{x}" for arm in ("experimental", "control") for x in ("mean", "sd", "total"))
    empty = Study(
        of.analysis, subgroup, trial, Status.REPORTED, *[None] * 14, "", "toy", "table", note, "",
        "rows.csv", line,
    )  # fmt: skip
    return replace(empty, **dict(zip(names, figures, strict=True)))


def rows(of: Analysis, *figures: Arms, start: int = 2, **more: str) -> list[Study]:
    """A trial for each of these, "Trial 2001" first."""
    return [
        row(of, f"Trial {2001 + number}", start + number, each, **more) for number, each in enumerate(figures)
    ]


def form_of(
    analyses: Sequence[Analysis], studies: Sequence[Study], claims: Sequence[Claim] = ()
) -> NormalForm:
    return NormalForm(_REVIEW, tuple(analyses), tuple(studies), tuple(claims), ())


def asked(of: Analysis | Sequence[Analysis], studies: Sequence[Study]) -> tuple[Question, ...]:
    form = form_of([of] if isinstance(of, Analysis) else of, studies)
    return ask(form, analyse(form))


def one(questions: Sequence[Question], rule: str) -> Question:
    (found,) = questions
    assert found.rule == rule, found
    return found


MD, SMD, RR = analysis("MD"), analysis("SMD"), analysis("RR")
#: Trials of one outcome on one scale, of many sizes, with nothing to ask.
PAIN: list[Arms] = [
    (20.1, 9.8, 30, 24.0, 10.4, 31), (18.7, 11.2, 44, 23.1, 10.1, 40), (22.3, 8.7, 25, 25.2, 9.3, 27),
    (19.4, 10.9, 60, 22.8, 11.7, 58), (21.6, 9.1, 36, 26.1, 9.9, 33), (17.9, 10.2, 81, 21.7, 10.8, 84),
]  # fmt: skip
#: Trials of a treatment that halves a risk.
DEATHS: list[Arms] = [
    (10, 100, 21, 104), (12, 120, 22, 118), (8, 95, 17, 91), (15, 140, 31, 143), (11, 110, 24, 112),
]  # fmt: skip
