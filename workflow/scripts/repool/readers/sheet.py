"""Hostile CSV: a strict reader that keeps every cell's place and collects problems instead of raising.

Accepted without a word: a byte-order mark, CRLF, semicolons instead of commas (with decimal commas, as
Excel writes in Norway), empty rows, blanks around a value, U+2212 for minus. Everything else
that is not plain UTF-8 CSV with the expected columns is a problem with file, line and column.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from repool.model import Problem

MAX_BYTES = 200_000_000
MAX_FIELD = 100_000
_INTEGER = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_RATIONAL = re.compile(r"[0-9]{1,9}(?:/[1-9][0-9]{0,8}|\.[0-9]{1,12})?")
_MISSING = {"na", "n/a", "nan", "#n/a", "null", "none", "-", "–", "—", "?", ".", "missing", "nd", "nr"}
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class Problems:
    """Collects what is wrong with one review, in reading order."""

    found: list[Problem] = field(default_factory=list)

    def error(
        self, file: str, line: int, column: str, found: object, expected: str, remedy: str
    ) -> None:
        """Something that stops the review."""
        self._add("error", file, line, column, found, expected, remedy)

    def warning(
        self, file: str, line: int, column: str, found: object, expected: str, remedy: str
    ) -> None:
        """Something that the reader of the results should know."""
        self._add("warning", file, line, column, found, expected, remedy)

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop the review."""
        return [problem for problem in self.found if problem.severity == "error"]

    def _add(
        self, severity: str, file: str, line: int, column: str, found: object, *rest: str
    ) -> None:
        text = found if isinstance(found, _Words) else f'"{shortened(str(found))}"'
        self.found.append(Problem(severity, file, line, column, str(text), *rest))


class _Words(str):
    """A description of what was found, as against its literal text, which is quoted."""


def words(text: str) -> _Words:
    """Mark `text` as a description, so that a message does not put it in quotation marks."""
    return _Words(text)


def shortened(text: str, limit: int = 80) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join(_FORBIDDEN.sub("�", text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


@dataclass(frozen=True, slots=True)
class Record:
    """One row with its place; typed access reports what does not fit and returns None."""

    file: str
    line: int
    cells: dict[str, str]
    decimal_comma: bool
    problems: Problems

    def text(self, column: str) -> str:
        """The cell without surrounding blanks, "" where there is no such column."""
        return self.cells.get(column, "")

    def required(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.text(column)
        if not value:
            self.wrong(column, words("an empty cell"), "a value", f"fill in {column}")
        return value

    def choice(self, column: str, options: Sequence[str], default: str = "") -> str:
        """One of a fixed set of words."""
        value = self.text(column) or default
        if value not in options:
            self.wrong(
                column, value or words("an empty cell"), f"one of {', '.join(options)}",
                "use one of these words exactly",
            )  # fmt: skip
            return options[0]
        return value

    def count(self, column: str) -> float | None:
        """A whole number of people, None where the cell is empty."""
        text = self.text(column)
        if not text:
            return None
        if not _INTEGER.fullmatch(text):
            self._not_a_number(column, text, "a whole number such as 12")
            return None
        return float(text)

    def number(self, column: str) -> float | None:
        """A finite number, None where the cell is empty."""
        text = self.text(column).replace("\u2212", "-")
        if not text:
            return None
        if self.decimal_comma and text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        if not _NUMBER.fullmatch(text) or abs(float(text)) == float("inf"):
            self._not_a_number(column, self.text(column), "a number such as 1.5")
            return None
        return float(text)

    def rational(self, column: str) -> float | None:
        """A positive factor such as 2, 0.5 or 1/7, None where the cell is empty."""
        text = self.text(column)
        if not text:
            return None
        if not _RATIONAL.fullmatch(text) or float(Fraction(text)) <= 0:
            self._not_a_number(column, text, "a positive factor such as 1/7 or 0.5")
            return None
        return float(Fraction(text))

    def wrong(self, column: str, found: object, expected: str, remedy: str) -> None:
        """Report an error in this row."""
        self.problems.error(self.file, self.line, column, found, expected, remedy)

    def _not_a_number(self, column: str, text: str, expected: str) -> None:
        self.wrong(column, text, expected, _remedy_for(text, self.decimal_comma))


def _remedy_for(text: str, decimal_comma: bool) -> str:
    if text.lower() in _MISSING:
        return "leave the cell empty where a value is not available"
    if re.search(r"[a-zA-Zæøå]{3}|[0-9]+[-./][0-9]+[-./][0-9]+", text) and re.search("[0-9]", text):
        if re.search(r"(?i)jan|feb|ma[ri]|apr|jun|jul|aug|sep|o[ck]t|nov|de[cs]|[-./].*[-./]", text):
            return "this looks like a date made by a spreadsheet: format the column as text and retype it"
        return "keep the unit or remark out of the cell; put it into note"
    if "," in text and not decimal_comma:
        return "use a decimal point, or separate the columns with semicolons if commas are decimal"
    if re.search(r"[0-9][\s\u00a0'][0-9]", text) or text.count(",") > 1 or text.count(".") > 1:
        return "write the number without thousands separators"
    if re.search(r"[0-9]\s*%", text):
        return "write the number without the percent sign"
    if re.fullmatch(r"[0-9]+\s*/\s*[0-9]+", text):
        return "put events and total into their own columns"
    if re.fullmatch(r"[<>≤≥=~]+\s*[0-9.,]+", text):
        return "a trial value must be a number, not an inequality"
    if text.startswith("-"):
        return "a count cannot be negative; correct the row or add it to corrections.csv"
    return "correct the cell or add the row to corrections.csv"


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
    lines = text.splitlines()
    header_line = next((number for number, line in enumerate(lines, 1) if line.strip(" ,;\t")), 0)
    if not header_line:
        problems.error(shown_path, 1, "", words("an empty file"), "a header row", "restore the file")
        return []
    delimiter = _delimiter(lines[header_line - 1])
    rows = _split(text, delimiter, shown_path, problems)
    header = next(rows, None)
    if header is None:
        return []
    names = [name.strip() for name in header[1]]
    while names and not names[-1]:
        names.pop()
    if not _header_fits(names, header[0], shown_path, required, optional, problems):
        return []
    records = []
    for line, cells in rows:
        cells = [cell.strip() for cell in cells]
        if len(cells) > len(names) and not any(cells[len(names) :]):
            cells = cells[: len(names)]
        if len(cells) != len(names):
            problems.error(
                shown_path, line, "", words(f"{len(cells)} cells"), f"{len(names)}, as in the header",
                "put text that holds a separator in quotation marks, and keep empty cells",
            )  # fmt: skip
            continue
        records.append(
            Record(shown_path, line, dict(zip(names, cells, strict=True)), delimiter == ";", problems)
        )
    return records


def decoded(path: Path, shown_path: str, problems: Problems) -> str | None:
    """A file's text (UTF-8, mark removed), None where it cannot be read (then reported)."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as fault:
        problems.error(
            shown_path, 0, "", words(fault.strerror or "an unreadable file"), "a readable file",
            "check that the file exists and its permissions",
        )  # fmt: skip
        return None
    if raw is None:
        problems.error(
            shown_path, 0, "", words(f"over {MAX_BYTES // 10**6} MB"), "a smaller file", "split it"
        )
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.error(
            shown_path, 1, "", words("UTF-16 text"), "UTF-8", 'save it as "CSV UTF-8" instead'
        )
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        column = fault.start - (raw.rfind(b"\n", 0, fault.start) + 1) + 1
        problems.error(
            shown_path, line, f"byte {column}", words(f"byte 0x{raw[fault.start]:02x}"),
            "UTF-8 text", 'save the file as "CSV UTF-8" (it looks like Windows-1252 or Latin-1)',
        )  # fmt: skip
        return None
    bad = _FORBIDDEN.search(text)
    if bad:
        problems.error(
            shown_path, text.count("\n", 0, bad.start()) + 1, "",
            words(f"the control character U+{ord(bad.group()):04X}"), "plain text",
            "delete the invisible character",
        )  # fmt: skip
        return None
    return text


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count) if any(each in header for each in ",;\t") else ","


def _split(
    text: str, delimiter: str, file: str, problems: Problems
) -> Iterator[tuple[int, list[str]]]:
    """(line where the row starts, cells) of every row that is not empty."""
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            problems.error(
                file, start, "", words(f"broken CSV ({fault})"), "quotation marks in pairs",
                'double a quotation mark inside a quoted cell ("") and close every quote',
            )  # fmt: skip
            return
        if any(cell.strip() for cell in cells):
            yield start, cells


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
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.error(
            file, line, name, words("the column twice" if name else "two columns without a name"),
            "each column once", "delete or rename one of them",
        )  # fmt: skip
    for name in required:
        if name not in names:
            problems.error(
                file, line, name, words("no such column"), f"the columns {', '.join(required)}",
                f"add the column {name} (columns found: {', '.join(names)})",
            )  # fmt: skip
    for name in dict.fromkeys(names):
        if name not in allowed:
            problems.error(
                file, line, name or "(no name)", name or words("a column without a name"),
                f"one of {', '.join(allowed)}",
                "rename or remove the column; remarks belong into note",
            )  # fmt: skip
    return len(problems.found) == before
