"""What is wrong with a review: collected instead of raised, so that one run shows everything at once."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from repool.model import Problem

#: Control characters, marks and joiners without width, overrides of the writing direction, blanks that are
#: letters, variants and tags of letters, halves of characters and the sign for a lost letter: nobody sees
#: them, and text that holds them matches nothing.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


#: As many cells with a comma in one file are no slips; a comma before three digits may group them.
_SLIPS = 3
#: Characters of what a message says, as far as the input has a part in it: names of columns and analyses.
_LONGEST = 2_000
#: So many errors, and so many warnings, are kept of a review; what is more is counted.
MOST = 20_000
_THOUSANDS = re.compile(r',[0-9]{3}"$')


class _Words(str):
    """A description of what was found, as against its literal text, which is quoted."""


def words(text: str) -> _Words:
    """Mark `text` as a description, so that a message does not put it in quotation marks."""
    return _Words(text)


@dataclass(slots=True)
class Problems:
    """Collects what is wrong with one review, in reading order."""

    found: list[Problem] = field(default_factory=list)
    error_count: int = 0
    warning_count: int = 0
    _commas: list[Problem] = field(default_factory=list)

    def error(self, file: str, line: int, column: str, found: object, expected: str, remedy: str) -> None:
        """Something that stops the review."""
        self._add("error", file, line, column, found, expected, remedy)

    def warning(self, file: str, line: int, column: str, found: object, expected: str, remedy: str) -> None:
        """Something that the reader of the results should know."""
        self._add("warning", file, line, column, found, expected, remedy)

    def decimal_comma(self) -> None:
        """Say of the last problem that it is a cell with a decimal comma in a file with decimal points."""
        if self.error_count <= MOST:
            self._commas.append(self.found[-1])

    def settle(self) -> None:
        """Put what was found in the order of its lines, file by file as the files were read.

        A file with several decimal commas was saved so: its cells become one problem.
        """
        for file in dict.fromkeys(each.file for each in self._commas):
            cells = [each for each in self._commas if each.file == file]
            habit = _habit(cells)
            if habit:
                self.found[self.found.index(cells[0])] = habit
                merged = set(cells)
                self.found = [each for each in self.found if each not in merged]
        self._commas.clear()
        for severity, count in (("error", self.error_count), ("warning", self.warning_count)):
            if count > MOST:
                last = next(each for each in reversed(self.found) if each.severity == severity)
                found, remedy = f"{count - MOST} more, like those above", "see to those above first"
                self.found.append(replace(last, column="", found=found, expected="none", remedy=remedy))
        order = {file: place for place, file in enumerate(dict.fromkeys(each.file for each in self.found))}
        self.found.sort(key=lambda each: (order[each.file], each.line))

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop the review."""
        return [problem for problem in self.found if problem.severity == "error"]

    def _add(self, severity: str, file: str, line: int, column: str, found: object, *rest: str) -> None:
        if severity == "error":
            self.error_count += 1
        else:
            self.warning_count += 1
        if (self.error_count if severity == "error" else self.warning_count) > MOST:
            return
        text = found if isinstance(found, _Words) else f'"{shortened(str(found))}"'
        expected, remedy = map(_plain, rest)
        self.found.append(Problem(severity, file, line, _plain(column), _plain(str(text)), expected, remedy))


def _habit(cells: Sequence[Problem]) -> Problem | None:
    """One problem for the cells of a file that have a comma; None where they are slips, or are thousands."""
    decimal = [each for each in cells if not _THOUSANDS.search(each.found)]
    if len(cells) < _SLIPS or not decimal:
        return None
    ((remedy, _),) = Counter(each.remedy for each in decimal).most_common(1)
    columns = len({each.column for each in cells})
    where = f" of {columns} columns" if columns > 1 else ""
    found = f"decimal commas in {len(cells)} cells{where}, the first {cells[0].found}"
    return replace(cells[0], found=found, expected="decimal points", remedy=remedy)


def shortened(text: str, limit: int = 80) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join(UNPRINTABLE.sub("\ufffd", text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _plain(text: str) -> str:
    """A part of a message as it can stand on one line: it may quote names that the input made up."""
    return text if text.isprintable() and len(text) <= _LONGEST else shortened(text, _LONGEST)


def listed(names: Sequence[str], most: int = 6) -> str:
    """The first of some names, and how many more there are."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def unprintable(character: str) -> _Words:
    """How a message names a character that cannot be shown."""
    return words(f"the invisible character U+{ord(character):04X}")


def meant(name: str, options: Collection[str]) -> str:
    """The option that a misspelt name stands for, "" where none is close."""
    by_folded = {option.casefold(): option for option in options}
    close = get_close_matches(name.casefold(), by_folded, 1, 0.75)
    return by_folded[close[0]] if close else ""
