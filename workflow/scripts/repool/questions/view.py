"""The report's section on the input: what to look up, where, and why it may be right after all."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from repool.model import Bilingual, NormalForm
from repool.questions.records import Question
from repool.questions.words import RULES

MOST = 50  # rows in the report; all of them stand in questions.csv

WORDS: dict[str, Bilingual] = {
    "intro": Bilingual(
        "Her står det en grundig leser ville slått opp i kilden til et forsøk. Et spørsmål er ikke en påvist "
        "feil, og tallene er regnet med slik de står. Hver rad sier hvor tallet er ført, hva som ga "
        "spørsmålet, og hva annet som kan forklare det.",
        "Here stands what a careful reader would look up in the source of a trial. A question is no proven "
        "error, and the figures are used as they stand. Each row says where the figure was entered, what led "
        "to the question, and what else could explain it.",
    ),
    "none": Bilingual("Ingen av radene gir grunn til spørsmål.", "None of the rows raises a question."),
    "rest": Bilingual(
        "{count} spørsmål til står i questions.csv.", "{count} more questions are in questions.csv."
    ),
    "row": Bilingual("Rad", "Row"),
    "question": Bilingual("Spørsmål", "Question"),
    "seen": Bilingual("Det som ga spørsmålet", "What led to it"),
    "otherwise": Bilingual("Eller", "Or"),
    "beside": Bilingual("sammenlignet med linje {lines}", "compared with line {lines}"),
    "again": Bilingual("også i linje {lines}", "also in line {lines}"),
}


def questions_view(questions: Sequence[Question], form: NormalForm, language: str) -> dict[str, Any]:
    """What the section shows: the first questions of each rule in turn until the page is full.

    So that a rule with many rows hides no other one. Rows stay in the order of questions.csv.
    """
    titles = {each.analysis: each.title[language] for each in form.analyses}
    shown = _chosen(questions)
    rest = len(questions) - len(shown)
    return {
        "t": {name: words[language] for name, words in WORDS.items()},
        "counts": [{"title": RULES[rule][language], "count": count} for rule, count in _counts(questions)],
        "rows": [_row(each, titles, language) for each in shown],
        "rest": WORDS["rest"].filled(count=rest)[language] if rest else "",
    }


def _counts(questions: Sequence[Question]) -> list[tuple[str, int]]:
    counts = Counter(each.rule for each in questions)
    return [(rule, counts[rule]) for rule in RULES if counts[rule]]


def _chosen(questions: Sequence[Question]) -> list[Question]:
    seen: Counter[str] = Counter()
    ranked = []
    for place, each in enumerate(questions):
        ranked.append((seen[each.rule], place))
        seen[each.rule] += 1
    kept = sorted(place for _, place in sorted(ranked)[:MOST])
    return [questions[place] for place in kept]


def _row(each: Question, titles: dict[str, str], language: str) -> dict[str, Any]:
    title = titles[each.analysis]
    places = [
        WORDS[name].filled(lines=_lines(lines))[language]
        for name, lines in (("beside", each.beside), ("again", each.again))
        if lines
    ]
    return {
        "outcome": title + (f" ({each.subgroup})" if each.subgroup else ""),
        "analysis": each.analysis,
        "trial": each.trial,
        "title": RULES[each.rule][language],
        "explanation": each.explanation[language],
        "otherwise": each.otherwise[language],
        "place": f"{Path(each.file).name}:{each.line}",
        "places": "; ".join(places),
    }


def _lines(lines: str, most: int = 8) -> str:
    """Line numbers in a text, the first few of many."""
    found = lines.split()
    return ", ".join(found[:most]) + (" …" if len(found) > most else "")
