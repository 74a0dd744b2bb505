"""What is wrong with a review: collected instead of raised, so that one run shows everything at once."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches

from repool.model import Problem

#: Control characters, marks without width, overrides of the writing direction, halves of characters
#: and the sign for a lost letter: nobody sees them, and text that holds them matches nothing.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069"
    "\ufeff\ufffd\ufffe\uffff\ud800-\udfff]"
)


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

    def error(self, file: str, line: int, column: str, found: object, expected: str, remedy: str) -> None:
        """Something that stops the review."""
        self._add("error", file, line, column, found, expected, remedy)

    def warning(self, file: str, line: int, column: str, found: object, expected: str, remedy: str) -> None:
        """Something that the reader of the results should know."""
        self._add("warning", file, line, column, found, expected, remedy)

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop the review."""
        return [problem for problem in self.found if problem.severity == "error"]

    def _add(self, severity: str, file: str, line: int, column: str, found: object, *rest: str) -> None:
        self.error_count += severity == "error"
        text = found if isinstance(found, _Words) else f'"{shortened(str(found))}"'
        self.found.append(Problem(severity, file, line, column, str(text), *rest))


def shortened(text: str, limit: int = 80) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join(UNPRINTABLE.sub("\ufffd", text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def unprintable(character: str) -> _Words:
    """How a message names a character that cannot be shown."""
    return words(f"the invisible character U+{ord(character):04X}")


def meant(name: str, options: Collection[str]) -> str:
    """The option that a misspelt name stands for, "" where none is close."""
    by_folded = {option.casefold(): option for option in options}
    close = get_close_matches(name.casefold(), by_folded, 1, 0.75)
    return by_folded[close[0]] if close else ""
