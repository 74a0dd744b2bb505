"""One element of a RevMan 5 file with its place; typed access reports what does not fit."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from repool.readers.problems import UNPRINTABLE, Problems, words
from repool.readers.remedies import NUMBER, Kind
from repool.readers.revman5.digits import as_published, probability
from repool.readers.sheet import MAX_SIZE

Choice = TypeVar("Choice")
CORRECT = "correct the attribute in a text editor, or the data in RevMan 5, and save the file"
#: What stands in place of a figure that RevMan could not compute.
_NO_FIGURE = frozenset({"", "NaN", "Infinity", "-Infinity", "UNDEF"})
_COUNT = re.compile(r"([0-9]{1,15})(?:\.0+)?")
_BELOW_0 = re.compile(r"-[0-9.]{1,15}")
_PROBABILITIES = frozenset({"P_Z", "P_CHI2", "P_Q"})


@dataclass(frozen=True, slots=True)
class Element:
    """An element: attributes as written, and its content, texts and elements in their order."""

    tag: str
    line: int
    attributes: dict[str, str]
    content: list["Element | str"]
    file: str
    problems: Problems

    @property
    def children(self) -> Iterator["Element"]:
        """The elements directly in it."""
        return (each for each in self.content if isinstance(each, Element))

    @property
    def descendants(self) -> Iterator["Element"]:
        """The elements in it, at any depth."""
        for each in self.children:
            yield each
            yield from each.descendants

    def all(self, tag: str) -> list["Element"]:
        """Those elements directly in it that have a tag."""
        return [each for each in self.children if each.tag == tag]

    def first(self, *tags: str) -> "Element | None":
        """The first element at the end of a way through the tree."""
        found: Element | None = self
        for tag in tags:
            found = next((each for each in found.children if each.tag == tag), None) if found else None
        return found

    def text_of(self, tag: str) -> str:
        """The text of the first element of that tag directly in it, "" without one."""
        found = self.first(tag)
        return found.text if found else ""

    @property
    def text(self) -> str:
        """All text in it, markup left out, on one line."""
        return cleaned("".join(self._texts()))

    def _texts(self) -> Iterator[str]:
        for each in self.content:
            if isinstance(each, str):
                yield each
            else:
                yield from each._texts()

    def plain(self, name: str) -> str:
        """An attribute without surrounding blanks, "" where there is none."""
        return cleaned(self.attributes.get(name, ""))

    def required(self, name: str) -> str:
        """An attribute that must be there and not be empty."""
        value = self.plain(name)
        if not value:
            self._wrong_or_missing(name, "a value")
        return value

    def choice(self, name: str, options: Mapping[str, Choice], default: Choice | None = None) -> Choice:
        """What a word stands for; `default` where the attribute is missing, if there is one."""
        value = self.plain(name)
        if value in options:
            return options[value]
        if value or default is None:
            self._wrong_or_missing(name, f"one of {', '.join(options)}")
        return next(iter(options.values())) if default is None else default

    def count(self, name: str) -> float | None:
        """A whole number that must be there; None where it is none (then reported)."""
        value = self.plain(name)
        match = _COUNT.fullmatch(value)
        if not match:
            self._wrong_or_missing(name, str(Kind.COUNT))
            return None
        return float(match.group(1))

    def number(self, name: str) -> float | None:
        """A finite number that must be there; None where it is none (then reported)."""
        value = self.plain(name)
        if not NUMBER.fullmatch(value):
            self._wrong_or_missing(name, str(Kind.NUMBER))
            return None
        if abs(float(value)) >= MAX_SIZE:
            self.wrong(name, value, f"{Kind.NUMBER}, below {MAX_SIZE:.0e} in size", CORRECT)
            return None
        return float(value)

    def published(self, name: str) -> str:
        """A figure that RevMan computed, with the digits it is compared at; "" where there is none."""
        value = self.plain(name)
        if value in _NO_FIGURE:
            return ""
        if not NUMBER.fullmatch(value) or abs(float(value)) >= MAX_SIZE:
            self.wrong(name, value, f"{Kind.NUMBER}, or nothing", CORRECT)
            return ""
        return probability(value) if name in _PROBABILITIES else as_published(value)

    def published_count(self, name: str) -> str:
        """A whole number that RevMan counted, "" where there is none; -1 degrees of freedom are none."""
        value = self.plain(name)
        match = _COUNT.fullmatch(value)
        if value not in _NO_FIGURE and not match and not _BELOW_0.fullmatch(value):
            self.wrong(name, value, f"{Kind.COUNT}, or nothing", CORRECT)
        return match.group(1) if match else ""

    def wrong(self, name: str, found: object, expected: str, remedy: str) -> None:
        """Report an error in this element."""
        self.problems.error(self.file, self.line, name, found, expected, remedy)

    def doubtful(self, name: str, found: object, expected: str, remedy: str) -> None:
        """Report something that the reader of the results should know."""
        self.problems.warning(self.file, self.line, name, found, expected, remedy)

    def _wrong_or_missing(self, name: str, expected: str) -> None:
        if name not in self.attributes:
            self.wrong(name, words(f"no such attribute in {self.tag}"), expected, CORRECT)
        else:
            self.wrong(name, self.plain(name) or words("an empty attribute"), expected, CORRECT)


def cleaned(text: str) -> str:
    """Text on one line, its letters composed, without characters that nobody sees."""
    return unicodedata.normalize("NFC", " ".join(UNPRINTABLE.sub("", text).split()))
