"""Sheets of the audit workbook: styled cells, tables of trials and tables of results, and where each lies.

The only module that writes cells. Text is stored as text whatever it begins with; a formula is only what
this library wrote as one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.formatting.rule import Rule  # type: ignore[import-untyped]
from openpyxl.styles import (  # type: ignore[import-untyped]
    Alignment,
    Border,
    Font,
    NamedStyle,
    PatternFill,
    Side,
)
from openpyxl.styles.differential import DifferentialStyle  # type: ignore[import-untyped]
from openpyxl.styles.numbers import NumberFormat  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange  # type: ignore[import-untyped]
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

from repool.model import Bilingual

#: The first column with numbers: A holds trials and Norwegian labels, B subgroups and English ones.
FIRST = 3
NUMBER = "0.000000"
PLAIN, COUNT, PERCENT = "General", "0", "0.00"

_LONGEST = 32_000  # characters; a cell holds 32,767
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_THIN = Side(style="thin", color="BFBFBF")
#: Name -> font, fill, wrapped. The colours that carry a meaning are in the legend.
_STYLES: dict[str, tuple[dict[str, Any], str, bool]] = {
    "title": ({"bold": True, "size": 14}, "", False),
    "section": ({"bold": True, "size": 12, "color": "1F3864"}, "D9E2F3", False),
    "head": ({"bold": True}, "EDEDED", True),
    "label": ({}, "", False),
    "symbol": ({"italic": True, "color": "595959"}, "", False),
    "text": ({}, "", False),
    "wrapped": ({}, "", True),
    "note": ({"italic": True, "color": "595959"}, "", False),
    "input": ({"color": "0000C0"}, "FFF2CC", False),
    "marked": ({"bold": True, "color": "833C0B"}, "F8CBAD", False),
    "derived": ({}, "", False),
    "result": ({"bold": True}, "E2EFDA", False),
    "value": ({"color": "3F3F3F"}, "D9D9D9", False),
    "check": ({"bold": True, "color": "375623"}, "", False),
}
_INDENTED = frozenset({"symbol", "text", "check"})  # they stand behind numbers
_BORDERED = frozenset({"head", "input", "marked", "derived", "result", "value"})


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of the workbook; as text, a reference that a formula on any sheet can use."""

    sheet: str
    cell: str

    def __str__(self) -> str:
        return f"'{self.sheet.replace(chr(39), 2 * chr(39))}'!${_split(self.cell)[0]}${_split(self.cell)[1]}"


class _Merged(MultiCellRange):  # type: ignore[misc]
    """Merged cells that never overlap: openpyxl looks through all that are there for each one more."""

    def add(self, coord: CellRange) -> None:
        """Take one more."""
        self.ranges.add(coord)


class Book:
    """The workbook being written, and the place of every figure in it by what it is."""

    def __init__(self) -> None:
        self.file = Workbook()
        self.file.remove(self.file.active)
        self.places: dict[tuple[str, ...], Place] = {}
        for name, (font, fill, wrapped) in _STYLES.items():
            style = NamedStyle(name=f"repool {name}")
            style.font = Font(name="Calibri", **{"size": 10} | font)
            inside: dict[str, Any] = {"horizontal": "left", "indent": 1} if name in _INDENTED else {}
            style.alignment = Alignment(vertical="top", wrap_text=wrapped, **inside)
            if fill:
                style.fill = PatternFill("solid", start_color=fill)
            if name in _BORDERED:
                style.border = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
            self.file.add_named_style(style)

    def page(self, wanted: str, widths: Sequence[float], landscape: bool = True) -> "Page":
        """A new sheet at the end, its name cut to what Excel takes and made unlike all others."""
        cut = re.sub(r"[\[\]:*?/\\']", "-", wanted)[:31]
        name, number = cut, 1
        taken = {each.casefold() for each in self.file.sheetnames} | {"history"}
        while name.casefold() in taken:
            number += 1
            name = f"{cut[: 30 - len(str(number))]}~{number}"
        sheet = self.file.create_sheet(name)
        sheet.merged_cells = _Merged()
        for column, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        setup = sheet.page_setup
        setup.orientation, setup.paperSize = ("landscape" if landscape else "portrait"), 9
        setup.fitToWidth, setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P / &N"
        sheet.sheet_view.showGridLines = False
        return Page(self, sheet)


class Page:
    """One sheet, written from the top down; `row` is the next free one."""

    def __init__(self, book: Book, sheet: Any) -> None:
        self.book, self.sheet, self.row = book, sheet, 1

    def text(self, row: int, column: int, text: str, style: str = "text") -> str:
        """Text, never read as a formula, not even when somebody edits the cell. Returns its address."""
        cell = self.sheet.cell(row, column)
        cell.style = f"repool {style}"
        shown = _CONTROL.sub("\ufffd", text)[:_LONGEST]
        if shown:
            cell.value, cell.data_type = shown, "s"
            cell.quotePrefix = shown[0] in "=+-@\t\r\n'"
            if _STYLES[style][2]:
                self._make_room(row, column, shown)
        return str(cell.coordinate)

    def _make_room(self, row: int, column: int, text: str) -> None:
        """A row as high as its text needs: not every program finds that out by itself."""
        width = self.sheet.column_dimensions[get_column_letter(column)].width
        lines = sum(1 + int(len(line) * 0.95 / width) for line in text.split("\n"))
        height = self.sheet.row_dimensions[row].height or 0.0
        self.sheet.row_dimensions[row].height = max(height, 13.5 * lines)

    def number(
        self, row: int, column: int, value: float | None, style: str = "input", form: str = PLAIN
    ) -> str:
        """A number as it stands, or an empty cell ready for one."""
        cell = self.sheet.cell(row, column)
        cell.style, cell.number_format = f"repool {style}", form
        if value is not None:
            cell.value = int(value) if abs(value) < 1e15 and float(value).is_integer() else float(value)
        return str(cell.coordinate)

    def formula(self, row: int, column: int, formula: str, style: str = "derived", form: str = NUMBER) -> str:
        """A live formula, given without its equals sign."""
        cell = self.sheet.cell(row, column)
        cell.style, cell.number_format = f"repool {style}", form
        cell.value = f"={formula}"
        return str(cell.coordinate)

    def small_numbers(self, first: str, last: str) -> None:
        """Show numbers that would be nothing but zeros with an exponent, in these columns."""
        corner = f"{first}1"
        style = DifferentialStyle(numFmt=NumberFormat(numFmtId=199, formatCode="0.00E+00"))
        small = f"AND(ISNUMBER({corner}),{corner}<>0,ABS({corner})<0.001)"
        rule = Rule(type="expression", dxf=style, formula=[small])
        self.sheet.conditional_formatting.add(f"{corner}:{last}{self.row}", rule)

    def section(self, text: Bilingual, columns: int = 11) -> None:
        """A heading over the whole width."""
        self.row += 1
        for column in range(1, columns + 1):
            self.text(self.row, column, both(text) if column == 1 else "", "section")
        self.row += 1

    def note(self, text: Bilingual) -> None:
        """A remark in both languages, a line each."""
        for language in ("nb", "en"):
            self.text(self.row, 1, text[language], "note")
            self.row += 1

    def head(self, row: int, column: int, text: Bilingual) -> None:
        """A column heading, one language above the other."""
        self.text(row, column, stacked(text), "head")

    def choices(self, cell: str, words: Sequence[str]) -> None:
        """Let a cell take one of these words only."""
        quoted = ",".join(words)
        rule = DataValidation(type="list", formula1=f'"{quoted}"', allow_blank=False)
        self.sheet.add_data_validation(rule)
        rule.add(cell)

    def place(self, cell: str, *key: str) -> None:
        """Remember where a figure stands."""
        self.book.places[key] = Place(self.sheet.title, cell)


class TrialTable:
    """A table with a row per trial, its columns known by name before they are filled."""

    def __init__(self, page: Page, columns: Sequence[str], trials: int, first: int = FIRST) -> None:
        self.page, self.trials = page, trials
        self.columns = {name: get_column_letter(first + n) for n, name in enumerate(columns)}
        self.first, self.head = first, page.row
        self.top = page.row + 1
        page.row += 2 + max(trials, 1)

    def at(self, name: str, trial: int) -> str:
        """The cell of one trial."""
        return f"${self.columns[name]}{self.top + trial}"

    def span(self, name: str) -> str:
        """The cells of all trials."""
        letter = self.columns[name]
        return f"${letter}${self.top}:${letter}${self.top + max(self.trials, 1) - 1}"

    def fill(
        self,
        name: str,
        label: Bilingual,
        formula: Callable[[int], str],
        style: str = "derived",
        form: str = NUMBER,
    ) -> None:
        """Write one column of formulas, `formula` giving that of each trial."""
        column = self.first + list(self.columns).index(name)
        self.page.head(self.head, column, label)
        for trial in range(self.trials):
            self.page.formula(self.top + trial, column, formula(trial), style, form)


class ScopeTable:
    """A table with a row per quantity and a column per scope: all trials, then each subgroup."""

    def __init__(self, page: Page, rows: Sequence[str], scopes: Sequence[Bilingual]) -> None:
        self.page, self.scopes = page, scopes
        for number, scope in enumerate(scopes):
            page.head(page.row, FIRST + number, scope)
        page.text(page.row, 1, "", "head")
        page.text(page.row, 2, "", "head")
        self.rows = {name: page.row + 1 + n for n, name in enumerate(rows)}
        page.row += 2 + len(rows)

    def at(self, name: str, scope: int) -> str:
        """The cell of one quantity in one scope."""
        return f"{get_column_letter(FIRST + scope)}{self.rows[name]}"

    def subgroups(self, name: str) -> str:
        """The cells of a quantity in all subgroups."""
        row, last = self.rows[name], get_column_letter(FIRST + max(len(self.scopes) - 1, 1))
        return f"${get_column_letter(FIRST + 1)}${row}:${last}${row}"

    def label(self, name: str, label: Bilingual, symbol: str) -> None:
        """What stands before the figures of a row, and its formula in symbols behind them."""
        write_label(self.page, self.rows[name], label)
        self.page.text(self.rows[name], FIRST + len(self.scopes), symbol, "symbol")

    def formula(
        self, name: str, scope: int, formula: str, style: str = "derived", form: str = NUMBER
    ) -> None:
        """One live figure."""
        self.page.formula(self.rows[name], FIRST + scope, formula, style, form)

    def value(self, name: str, scope: int, value: float | None, form: str = NUMBER) -> None:
        """One figure that stands as a value."""
        self.page.number(self.rows[name], FIRST + scope, value, "value", form)


def write_label(page: Page, row: int, label: Bilingual) -> None:
    """A label in both languages, each in its column."""
    page.text(row, 1, label.nb, "label")
    page.text(row, 2, label.en, "label")


def stacked(text: Bilingual) -> str:
    """Both languages one above the other, once where they are alike."""
    return "\n".join(dict.fromkeys((text.nb, text.en)))


def both(text: Bilingual) -> str:
    """Both languages in one line, once where they are alike."""
    return " / ".join(dict.fromkeys(each for each in (text.nb, text.en) if each))


def _split(cell: str) -> tuple[str, str]:
    found = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)", cell)
    if found is None:
        raise ValueError(f"{cell} is not the address of a cell")
    return found[1], found[2]
