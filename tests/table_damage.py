"""What people and programs do to the table of a real review between its download and our reading it.

Each kind has a name, who did what, and the function that does it to the data rows of an export at random
places. The tables come from ../shared or are made up (`packages`); nothing of them lies here.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

DATA = (
    "GIV Mean", "GIV SE", "Experimental mean", "Experimental SD", "Experimental cases", "Experimental N",
    "Control mean", "Control SD", "Control cases", "Control N", "O-E", "Variance",
)  # fmt: skip
PRINTED = ("Weight", "Mean", "CI start", "CI end")
FIGURES = (*DATA, *PRINTED)
MERGED = ("Analysis group", "Analysis number", "Analysis name", "Subgroup", "Study")
MONTHS = ("jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des")
EXCEL = {"quoting": csv.QUOTE_MINIMAL, "lineterminator": "\r\n"}
NORWEGIAN = {**EXCEL, "delimiter": ";"}


@dataclass(frozen=True)
class Export:
    """A table of data rows: texts by column; and rows of another review, to be mixed with these."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    strangers: tuple[tuple[str, ...], ...] = ()

    def at(self, column: str) -> int:
        return self.header.index(column)

    def cell(self, row: int, column: str) -> str:
        return self.rows[row][self.at(column)]

    @property
    def analyses(self) -> list[tuple[str, ...]]:
        """Group and number of each row."""
        return [row[:2] for row in self.rows]


@dataclass(frozen=True)
class Damaged:
    """The bytes of the damaged file, and the lines where it is damaged; no line: throughout."""

    raw: bytes
    lines: frozenset[int] = frozenset()


Damage = Callable[[Export, Random], Damaged | None]


@dataclass(frozen=True)
class Kind:
    """One kind of damage, and whether it may change nothing at all: no number, nothing to remark."""

    name: str
    damage: Damage
    is_harmless: bool = False


def export_of(raw: bytes) -> Export:
    """The table in the bytes of an export."""
    header, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    return Export(tuple(header), tuple(map(tuple, rows)))


def text_of(header: Sequence[str], rows: Iterable[Sequence[str]], **style: object) -> str:
    """The table as an export has it, every cell in quotes, or in another style."""
    stream = io.StringIO()
    defaults = {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"}
    csv.writer(stream, **(defaults | style)).writerows([header, *rows])
    return stream.getvalue()


def table(
    export: Export, rows: Iterable[Sequence[str]], lines: Iterable[int] = (), **style: object
) -> Damaged:
    """Other rows under the same header; one row a line."""
    return Damaged(text_of(export.header, rows, **style).encode(), frozenset(lines))


def lines_changed(export: Export, rows: Sequence[Sequence[str]]) -> list[int]:
    """The lines of rows that are not as they were, of as many."""
    pairs = zip(rows, export.rows, strict=True)
    return [line for line, (new, old) in enumerate(pairs, 2) if list(new) != list(old)]


def edited(export: Export, cells: dict[tuple[int, str], str]) -> Damaged:
    """Other texts in some cells, by row and column."""
    rows = [list(row) for row in export.rows]
    for (row, column), text in cells.items():
        rows[row][export.at(column)] = text
    return table(export, rows, {row + 2 for row, _ in cells})


def filled(
    export: Export, columns: Sequence[str] = FIGURES, pattern: str = r".*[1-9].*"
) -> list[tuple[int, str]]:
    """The cells of figures that matter: in rows with a printed effect, and not 0."""
    wanted, known = re.compile(pattern), export.at("CI start")
    return [
        (row, column)
        for row, texts in enumerate(export.rows)
        if texts[known]
        for column in columns
        if wanted.fullmatch(export.cell(row, column)) and export.cell(row, column) != "0"
    ]


def in_one_cell(
    change: Callable[[str, Random], str], columns: Sequence[str] = FIGURES, pattern: str = r".*[1-9].*"
) -> Damage:
    """Another text in one cell that matters."""

    def damage(export: Export, random: Random) -> Damaged | None:
        places = filled(export, columns, pattern)
        place = random.choice(places) if places else None
        if place is None or (text := change(export.cell(*place), random)) == export.cell(*place):
            return None
        return edited(export, {place: text})

    return damage


def in_all_cells(
    change: Callable[[str], str], columns: Sequence[str] = FIGURES, everywhere: bool = True, **style: object
) -> Damage:
    """Another text in every cell of some columns where the change makes one; the file in another style."""

    def damage(export: Export, random: Random) -> Damaged | None:
        places = {export.at(column) for column in columns}
        rows = [
            [change(text) if at in places else text for at, text in enumerate(row)] for row in export.rows
        ]
        changed = lines_changed(export, rows)
        return table(export, rows, () if everywhere else changed, **style) if changed else None

    return damage


def in_a_row(change: Callable[[Export, int, Random], dict[str, str] | None]) -> Damage:
    """Other texts in some cells of one row with a printed effect."""

    def damage(export: Export, random: Random) -> Damaged | None:
        order = sorted({row for row, _ in filled(export, ("CI end", "CI start"))})
        random.shuffle(order)
        for row in order[:50]:
            texts = change(export, row, random)
            if texts and any(export.cell(row, column) != text for column, text in texts.items()):
                return edited(export, {(row, column): text for column, text in texts.items()})
        return None

    return damage


def in_the_text(change: Callable[[str, Random], tuple[str, Iterable[int]] | None]) -> Damage:
    """Another text of the whole file, with the lines of the damage."""

    def damage(export: Export, random: Random) -> Damaged | None:
        made = change(text_of(export.header, export.rows), random)
        return made and Damaged(made[0].encode(), frozenset(made[1]))

    return damage


def in_bytes(change: Callable[[str], bytes], only: str = r"[^\x00-\x7f]") -> Damage:
    """Other bytes, where the text has something that they are other bytes of."""

    def damage(export: Export, random: Random) -> Damaged | None:
        text = text_of(export.header, export.rows)
        where = [n for n, line in enumerate(text.split("\n"), 1) if re.search(only, line)]
        return Damaged(change(text), frozenset(where)) if where else None

    return damage


# what a cell becomes


def decimal_comma(text: str) -> str:
    return text.replace(".", ",") if re.fullmatch(r"-?\d+\.\d+", text) else text


def grouped(mark: str, decimals: str = ".") -> Callable[[str], str]:
    """Thousands set apart by a mark, as a spreadsheet shows them."""

    def change(text: str) -> str:
        if not re.fullmatch(r"-?\d{4,}(\.\d+)?", text):
            return text
        return f"{float(text):,.10g}".replace(".", decimals).replace(",", mark)

    return change


def excel_date(text: str) -> str:
    """3.5 as Excel in Norway takes it: the third of May."""
    match = re.fullmatch(r"([1-9]|[12]\d|30)\.([1-9]|1[0-2])", text)
    return f"{int(match[1]):02}.{MONTHS[int(match[2]) - 1]}" if match else text


def excel_serial(text: str) -> str:
    """The same once the column is a number again."""
    match = re.fullmatch(r"([1-9]|[12]\d|30)\.([1-9]|1[0-2])", text)
    return str(46023 + 30 * (int(match[2]) - 1) + int(match[1])) if match else text


def shown_rounded(text: str) -> str:
    return f"{float(text):.2f}" if re.fullmatch(r"-?\d+\.\d{3,}", text) else text


def scientific(text: str) -> str:
    return f"{float(text):.1E}" if re.fullmatch(r"-?\d{4,}(\.\d+)?", text) else text


def transposed(text: str, random: Random) -> str:
    at = [i for i in range(len(text) - 1) if text[i] != text[i + 1] and (text[i] + text[i + 1]).isdigit()]
    if not at:
        return text
    i = random.choice(at)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def other_sign(text: str, random: Random) -> str:
    return text[1:] if text.startswith("-") else f"-{text}"


def minus_as(form: str) -> Callable[[str], str]:
    return lambda text: form.format(text[1:]) if re.fullmatch(r"-[\d.]*[1-9][\d.]*", text) else text


def mistaken_digits(text: str, random: Random) -> str:
    return text.replace("0", "O", 1) if "0" in text else text.replace("1", "l", 1)


def as_typed(*forms: str) -> Callable[[str, Random], str]:
    """One of some forms around the text."""
    return lambda text, random: random.choice(forms).format(text)
