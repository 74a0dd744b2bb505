"""Hostile CSV: a strict reader that keeps every cell's place and collects problems instead of raising.

Accepted without a word: a byte-order mark, CRLF, semicolons instead of commas (with decimal commas, as
Excel writes in Norway), tabs, empty rows, empty columns at the end, blanks around a value, U+2212 for
minus. Everything else that is not plain UTF-8 CSV with the expected columns is a problem with file, line
and column.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from repool.readers.delimited import SEPARATORS, delimiter_of, split_rows
from repool.readers.problems import Problems, meant, shortened, words
from repool.readers.remedies import NUMBER, Kind, in_package, remedy_for
from repool.readers.text_file import decoded, on_one_line

MAX_FIELD = 100_000
#: No effect measure comes near it, and its square is still far from what a float can hold.
MAX_PLACES = 15
MAX_SIZE = 10.0**MAX_PLACES
_INTEGER = re.compile(r"[0-9]{1,15}")
_RATIONAL = re.compile(r"[0-9]{1,9}(?:/[1-9][0-9]{0,8}|\.[0-9]{1,12})?")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]*(?:[eE][-+]?[0-9]+)?")
_THREE_DECIMALS_OR_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}\.[0-9]{3}")
_QUOTES = 'double a quotation mark inside a quoted cell ("") and close every quote'


@dataclass(frozen=True, slots=True)
class Record:
    """One row with its place; typed access reports what does not fit and returns None.

    `corrected` has the row of corrections.csv behind each cell that was corrected: what is wrong with such a
    cell is wrong there. `is_transcribed`: whether people typed the file, or it is a package's.
    """

    file: str
    line: int
    cells: dict[str, str]
    decimal_comma: bool
    problems: Problems
    corrected: dict[str, "Record"] = field(default_factory=dict)
    is_transcribed: bool = True

    def text(self, column: str) -> str:
        """The cell without surrounding blanks, "" where there is no such column."""
        return self.cells.get(column, "")

    def plain(self, column: str) -> str:
        """The cell with its number, if it is one, written the same way whatever the file's habits."""
        text = self.text(column).replace("\u2212", "-")
        comma = self.corrected.get(column, self).decimal_comma
        return text.replace(",", ".") if comma and _DECIMAL_COMMA.fullmatch(text) else text

    def required(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.text(column)
        if not value:
            self.wrong(column, words("an empty cell"), "a value", f"fill in {column}")
        return value

    def choice(self, column: str, options: Sequence[str]) -> str:
        """One of a fixed set of words; the first of them where it is another (then reported)."""
        value = self.text(column)
        if value not in options:
            self.wrong(
                column, value or words("an empty cell"), f"one of {', '.join(options)}",
                "use one of these words exactly",
            )  # fmt: skip
            return options[0]
        return value

    def source(self, known: Sequence[str]) -> str:
        """The name of a source that review.yaml declares."""
        name = self.required("source")
        if name and name not in known:
            self.wrong(
                "source", name, f"one of {', '.join(known)}", "correct the name, or add it to review.yaml"
            )
        return name

    def count(self, column: str) -> float | None:
        """A whole number of people, None where the cell is empty."""
        text = self.text(column)
        if text and not _INTEGER.fullmatch(text):
            return self.no_number(column, Kind.COUNT)
        return float(text) if text else None

    def number(self, column: str) -> float | None:
        """A finite number, None where the cell is empty."""
        text = self.plain(column)
        if not text:
            return None
        comma = self.corrected.get(column, self).decimal_comma
        if comma and _THREE_DECIMALS_OR_THOUSANDS.fullmatch(self.text(column)):
            return self.no_number(column, Kind.NUMBER)
        if not NUMBER.fullmatch(text) or abs(float(text)) >= MAX_SIZE:
            return self.no_number(column, Kind.NUMBER)
        return float(text)

    def rational(self, column: str) -> float | None:
        """A positive factor such as 2, 0.5 or 1/7, None where the cell is empty."""
        text = self.plain(column)
        if not text:
            return None
        if not _RATIONAL.fullmatch(text) or Fraction(text) <= 0:
            return self.no_number(column, Kind.FACTOR)
        return float(Fraction(text))

    def wrong(self, column: str, found: object, expected: str, remedy: str) -> None:
        """Report an error in this row, or in the correction that the cell comes from."""
        behind = self.corrected.get(column)
        if behind:
            behind.wrong("used", found, f"{expected} ({column} of {self.file}:{self.line})", remedy)
        else:
            self.problems.error(self.file, self.line, column, found, expected, remedy)
            if not self.decimal_comma and _DECIMAL_COMMA.fullmatch(self.text(column)):
                self.problems.decimal_comma()

    def no_number(self, column: str, kind: Kind) -> float | None:
        """Report a cell that is no number of this kind; there is then none."""
        text, expected = self.text(column), str(kind)
        if NUMBER.fullmatch(self.plain(column)) and abs(float(self.plain(column))) >= MAX_SIZE:
            expected += f", below {MAX_SIZE:.0e} in size"
        comma = self.corrected.get(column, self).decimal_comma
        remedy = remedy_for(text, kind, comma)
        self.wrong(column, text, expected, remedy if self.is_transcribed else in_package(remedy))
        return None


def read_sheet(
    path: Path,
    shown_path: str,
    required: Sequence[str],
    optional: Sequence[str],
    problems: Problems,
) -> list[Record]:
    """All rows of a CSV file with a header, or none where its form is wrong (then reported)."""
    text = decoded(path, shown_path, problems)
    if text is None:
        return []
    delimiter = delimiter_of(text)
    if not delimiter:
        problems.error(
            shown_path, 1, "", words("an empty file"), f"the columns {', '.join(required)}",
            f"restore the file; docs/template/{path.name} shows its form",
        )  # fmt: skip
        return []
    rows = split_rows(text, delimiter, MAX_FIELD, shown_path, _QUOTES, problems)
    header_line, header = next(rows, (0, []))
    if not header:
        return []
    names = [name.strip() for name in header]
    while not names[-1]:
        names.pop()
    if not _header_fits(names, header_line, shown_path, required, optional, problems):
        return []
    width, unnamed = len(header), set[int]()
    records = []
    for line, cells in rows:
        cells = [on_one_line(cell) for cell in cells]
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()
        if len(names) < len(cells) <= width:
            if len(cells) not in unnamed:
                problems.error(
                    shown_path, line, f"column {len(cells)}", cells[-1],
                    f"an empty cell: the column has no name in line {header_line}",
                    "name the column, clear it, or move the remark to note",
                )  # fmt: skip
            unnamed.add(len(cells))
        elif len(cells) != len(names):
            problems.error(shown_path, line, "", *_wrong_width(len(cells), len(names), delimiter))
        else:
            row = dict(zip(names, cells, strict=True))
            records.append(Record(shown_path, line, row, delimiter == ";", problems))
    return records


def _wrong_width(found: int, expected: int, delimiter: str) -> tuple[str, str, str]:
    if found < expected:
        remedy = "keep empty cells, and close every quotation mark"
    elif delimiter == ",":
        remedy = "put text that holds a comma in quotation marks, and write decimals with a point"
    else:
        remedy = f"put text that holds a {SEPARATORS[delimiter]} in quotation marks"
    cells = "1 cell" if found == 1 else f"{found} cells"
    return words(cells), f"{expected} cells, as in the header", remedy


def _header_fits(
    names: list[str],
    line: int,
    file: str,
    required: Sequence[str],
    optional: Sequence[str],
    problems: Problems,
) -> bool:
    before = len(problems.found)
    allowed = [*required, *optional]
    if not {name.casefold() for name in names} & set(required):
        problems.error(
            file, line, "", words(f"no column names but {shortened(', '.join(names))}"),
            f"the columns {', '.join(required)}",
            "make the column names the first row, separated by commas or semicolons, with nothing above it",
        )  # fmt: skip
        return False
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        problems.error(
            file, line, name, words("the column twice"), "each column once", "delete or rename one of them"
        )
    missing = [name for name in required if name not in names]
    for number, name in enumerate(names, 1):
        if not name:
            problems.error(
                file, line, f"column {number}", words("a column without a name"), "a name for each column",
                "name the column or delete it",
            )  # fmt: skip
        elif name not in allowed and names.index(name) == number - 1:
            close = meant(name, [each for each in allowed if each not in names])
            if close in missing:
                missing.remove(close)
            problems.error(
                file, line, name, name, close or f"one of {', '.join(allowed)}",
                f"rename the column to {close}" if close else "delete the column; remarks belong into note",
            )  # fmt: skip
    for name in missing:
        problems.error(
            file, line, name, words("no such column"), f"the columns {', '.join(required)}",
            f"add the column {name} (columns found: {', '.join(names)})",
        )  # fmt: skip
    return len(problems.found) == before
