"""A CSV file of a package as records: columns by name whatever their order, unknown ones left out.

Column names are matched without regard to capitals, blanks and how the 2 of Tau² is written, so that both
generations of the files, and files that went through a spreadsheet, read alike.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from repool.readers.delimited import delimiter_of, split_rows
from repool.readers.package import columns as at
from repool.readers.package.archive import Kind, PackageFile
from repool.readers.problems import UNPRINTABLE, Problems, listed, meant, shortened, words
from repool.readers.sheet import Record
from repool.readers.text_file import utf8_text

#: What an export writes where there is nothing.
EMPTY = ("", "#N/A", "#NV")
_POINT = re.compile(r'[;"][-\u2212]?[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})(?=[;"\r\n])')
_COMMA = re.compile(r'[;"][-\u2212]?[0-9]+,[0-9]+(?=[;"\r\n])')
MAX_CELL = 1_000_000
#: Totals of a review, overall or of subgroups; no real one has a tenth of it.
MAX_TOTALS = 5_000
_TABLES = {
    Kind.SETTINGS: at.SETTINGS_NEEDED,
    Kind.ROWS: at.ROWS_NEEDED,
    Kind.SUBGROUPS: (*at.SUBGROUPS_NEEDED, at.SUBGROUP_NUMBER),
}
_NEW_COPY = "download the package again, or restore the column"
_ANEW = "download the package again"
_ROW = "restore the row, or delete it if it is a note below the table"
_TOP = "make the column names the first row, with nothing above it, or download the package again"


def key_of(column: str) -> str:
    """A column's name as it is compared."""
    flat = " ".join(unicodedata.normalize("NFKC", column).casefold().split())
    return flat.replace("²", "2")


def clean(text: str) -> str:
    """A name or remark as people read it: HTML entities resolved, invisible characters and line ends gone."""
    text = html.unescape(html.unescape(text)) if "&" in text else text
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", UNPRINTABLE.sub("", text))
    return " ".join(text.split())


def read_records(
    file: PackageFile, needed: Sequence[str], optional: Sequence[str], problems: Problems
) -> list[Record]:
    """The rows of a file, cells by the names given here; none where its form is wrong (then reported).

    A cell that says that there is nothing is "". Texts are cleaned by whoever reads them.
    """
    text = utf8_text(file.raw, file.shown, 'save it as "CSV UTF-8"', problems)
    if text is None:
        return []
    if not text.endswith(("\n", "\r")) and text:
        line = len(re.findall("\r\n|\r|\n", text)) + 1
        remedy = f"check that the last row is whole; if the file was cut short, {_ANEW}"
        problems.warning(file.shown, line, "", words("no line end"), "one after the last row", remedy)
    delimiter = delimiter_of(text)
    if not delimiter:
        what = f"the columns {', '.join(needed)}"
        problems.error(file.shown, 1, "", words("an empty file"), what, _ANEW)
        return []
    rows = split_rows(text, delimiter, MAX_CELL, file.shown, _ANEW, problems)
    line, header = next(rows, (1, []))
    if not header:
        return []
    other = kind_by_columns(header)
    if other and other is not file.kind:
        what, expected = words(f"the columns of *-{other}"), f"those of *-{file.kind}"
        problems.error(file.shown, line, "", what, expected, "give each table its own name")
        return []
    places = _places(header, line, file.shown, needed, optional, problems)
    comma = delimiter == ";" and not _has_points(text)
    records = _records(rows, header, places, file.shown, comma, problems) if places else []
    if file.kind is not Kind.ROWS and len(records) > MAX_TOTALS:
        found, remedy = words(f"{len(records)} rows"), "check that the file is the right one"
        problems.error(file.shown, 0, "", found, f"at most {MAX_TOTALS}, one of each total", remedy)
        return []
    return records


def _has_points(text: str) -> bool:
    """Whether cells of a table with semicolons have decimal points: so many digits behind that they are no
    thousands, and no cell with a decimal comma.
    """
    return bool(_POINT.search(text)) and not _COMMA.search(text)


def kind_by_columns(header: Iterable[str]) -> Kind | None:
    """Which of a package's tables has these columns, whatever the file is called; None for none of them."""
    keys = {*map(key_of, header)}
    return next((kind for kind, needed in _TABLES.items() if {*map(key_of, needed)} <= keys), None)


def texts_by_column(
    file: PackageFile, problems: Problems
) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """The file's own column names and (line, cells by them) of every row, where columns are not fixed."""
    text = utf8_text(file.raw, file.shown, 'save it as "CSV UTF-8"', problems)
    delimiter = delimiter_of(text or "")
    if not text or not delimiter:
        return [], iter(())
    rows = split_rows(text, delimiter, MAX_CELL, file.shown, _ANEW, problems)
    header = _distinct([clean(name) for name in next(rows, (1, []))[1]])
    return header, _texts(rows, header, file.shown, problems)


def _texts(
    rows: Iterator[tuple[int, list[str]]], header: list[str], file: str, problems: Problems
) -> Iterator[tuple[int, dict[str, str]]]:
    for line, cells in rows:
        if any(cell.strip() for cell in cells[len(header) :]):
            expected = f"{len(header)} cells, as in the header"
            problems.error(file, line, "", words(f"{len(cells)} cells"), expected, "restore the row")
        else:
            yield line, dict(zip_longest(header, map(clean, cells[: len(header)]), fillvalue=""))


def _distinct(names: Sequence[str]) -> list[str]:
    """The names of columns, a repeated one with its number in brackets: none hides another."""
    times = Counter[str]()
    made = []
    for name in names:
        times[name] += 1
        made.append(f"{name} ({times[name]})" if times[name] > 1 else name)
    return made


def _records(
    rows: Iterator[tuple[int, list[str]]], header: list[str], places: dict[str, int], file: str,
    decimal_comma: bool, problems: Problems,
) -> list[Record]:  # fmt: skip
    width, records = len(header), []
    for line, cells in rows:
        if len(cells) < width or any(cells[width:]):
            found = words("1 cell" if len(cells) == 1 else f"{len(cells)} cells")
            problems.error(file, line, "", found, f"{width} cells, as in the header", _ROW)
            continue
        row = {name: _cell(cells[place]) for name, place in places.items()}
        records.append(Record(file, line, row, decimal_comma, problems, is_transcribed=False))
    return records


def _cell(text: str) -> str:
    text = text.strip()
    return "" if text in EMPTY else text


def _places(
    header: list[str],
    line: int,
    file: str,
    needed: Sequence[str],
    optional: Sequence[str],
    problems: Problems,
) -> dict[str, int]:
    """Where each known column stands; {} where one is misspelt, a needed one missing or one there twice.

    What is so is reported. A column near the name of one that is not there is that column, misspelt: passed
    over like other unknown ones, its figures would be lost.
    """
    keys = [key_of(name) for name in header]
    wanted, before = {key_of(name): name for name in (*needed, *optional)}, problems.error_count
    if not wanted.keys() & set(keys):
        what = words(f"no column names but {shortened(', '.join(header), 200)}")
        problems.error(file, line, "", what, f"the columns {', '.join(needed)}", _TOP)
        return {}
    places: dict[str, int] = {}
    for place, key in enumerate(keys):
        name = wanted.get(key, "")
        if name in places:
            problems.error(
                file, line, name, words("the column twice"), "each column once", "delete one of them"
            )
        elif name:
            places[name] = place
    strange, missing = [each for each in header if key_of(each) not in wanted and each.strip()], []
    for name in wanted.values():
        close = "" if name in places else meant(name, strange)
        if close:
            strange.remove(close)
            problems.error(file, line, name, close, f"the column {name}", f"rename it to {name}")
        elif name in needed and name not in places:
            missing.append(name)
    if missing:
        number = "column" if len(missing) == 1 else "columns"
        what = words(f"no such {number} among {shortened(', '.join(header), 200)}")
        expected = f"the {number} {', '.join(missing)}"
        problems.error(file, line, listed(missing, 3), what, expected, _NEW_COPY)
    return places if problems.error_count == before else {}


def truth(record: Record, column: str, default: bool) -> bool:
    """A cell that says true or false; `default` where it is empty."""
    text = record.text(column).casefold()
    if text and text not in _TRUE + _FALSE:
        record.wrong(column, record.text(column), "true or false", "correct the cell")
    return default if not text else text in _TRUE


_TRUE, _FALSE = ("true", "yes", "1", "sann", "wahr"), ("false", "no", "0", "usann", "falsch", "none")


def level(record: Record, column: str) -> float | None:
    """A cell such as 95%, 95 or 0.95 as a share; None where it is empty or no level (then reported)."""
    text = record.text(column).removesuffix("%").strip().replace(",", ".")
    if not text:
        return None
    number = float(text) if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,6})?", text) else -1.0
    share = number if 0 < number < 1 else number / 100
    if not 0.5 <= share < 1:
        record.wrong(column, record.text(column), "a level such as 95%", "correct the cell")
        return None
    return share
