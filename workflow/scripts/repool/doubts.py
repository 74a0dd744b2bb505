"""Trial rows that raise a question themselves: where a figure differs, one of them may be what is wrong."""

from collections.abc import Iterable, Sequence

from repool.model import LANGUAGES, NO_TEXT, Bilingual, Study
from repool.questions.records import Question
from repool.questions.words import RULES

_MOST = 3  # rows that are named
#: Rules about how many people a row counts; the others are about the size of its effect alone.
_OF_COUNTS = frozenset(
    {"events-above-total", "percent", "arms-swapped", "decimal-slip", "copied-figures", "shared-arm",
     "trial-twice"}
)  # fmt: skip
_OF_ROWS = frozenset({"copied-figures", "shared-arm", "trial-twice"})  # about how many rows there are
_SAID = Bilingual(
    "Det kan være forsøksraden som er feil, ikke det publiserte tallet: {rows}.",
    "The trial row may be what is wrong, not the published figure: {rows}.",
)
_MORE = Bilingual("{number} rader til", "{number} more rows")

#: The rules that ask about a row, by its file and line.
Asked = dict[tuple[str, int], list[str]]


def asked_by_row(questions: Iterable[Question]) -> Asked:
    """The rules that ask about each row, those with the same figures in other analyses included."""
    found: Asked = {}
    for each in questions:
        for line in (each.line, *map(int, each.again.split())):
            if each.trial:
                found.setdefault((each.file, line), []).append(each.rule)
    return found


def doubts(rows: Sequence[Study], asked: Asked, quantity: str = "") -> Bilingual:
    """The rows that raise a question which could explain that a figure differs, in words; "" for none.

    quantity: the figure's, where it is a count.
    """
    telling = _telling(quantity)
    found = {
        (row.file, row.line): (row, rules[0])
        for row in rows
        if (rules := [each for each in asked.get((row.file, row.line), ()) if each in telling])
    }
    if not found:
        return NO_TEXT
    said = [_named(row, rule) for row, rule in list(found.values())[:_MOST]]
    if len(found) > _MOST:
        said.append(_MORE.filled(number=len(found) - _MOST))
    return _SAID.filled(
        rows=Bilingual(*("; ".join(each[language] for each in said) for language in LANGUAGES))
    )


def _telling(quantity: str) -> Iterable[str]:
    if quantity == "trials":
        return _OF_ROWS
    counts = quantity == "participants" or quantity.endswith(("_events", "_total", "_percent"))
    return _OF_COUNTS if counts else RULES


def _named(row: Study, rule: str) -> Bilingual:
    place = f"{row.trial} ({row.file}:{row.line}"
    return Bilingual(*(f"{place}: {RULES[rule][language]})" for language in LANGUAGES))
