"""A CSV file of a package as records: columns by name whatever their order, unknown ones left out.

Column names are matched without regard to capitals, blanks and how the 2 of Tau² is written, so that both
generations of the files, and files that went through a spreadsheet, read alike.
"""

import csv
import html
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence

from repool.readers.package.archive import PackageFile
from repool.readers.problems import UNPRINTABLE, Problems, meant, shortened, words
from repool.readers.sheet import Record
from repool.readers.text_file import utf8_text

#: What an export writes where there is nothing.
EMPTY = ("", "#N/A", "#NV")
MAX_CELL = 1_000_000
_NEW_COPY = "download the package again, or restore the column"
_SEPARATORS = ",;\t"


def key_of(column: str) -> str:
    """A column's name as it is compared."""
    flat = " ".join(unicodedata.normalize("NFKC", column).casefold().split())
    return flat.replace("²", "2")


def clean(text: str) -> str:
    """A name or remark as people read it: HTML entities resolved, invisible characters and line ends gone."""
    text = html.unescape(html.unescape(text)) if "&" in text else text
    if not text.isascii():
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
    first = next((line for line in text.splitlines() if line.strip(f" {_SEPARATORS}")), "")
    if not first:
        what = f"the columns {', '.join(needed)}"
        problems.error(file.shown, 1, "", words("an empty file"), what, "download the package again")
        return []
    delimiter = max(_SEPARATORS, key=first.count)
    rows = _rows(text, delimiter, file.shown, problems)
    line, header = next(rows, (1, []))
    places = _places(header, line, file.shown, needed, optional, problems)
    return _records(rows, header, places, file.shown, delimiter, problems) if places else []


def texts_by_column(file: PackageFile, problems: Problems) -> list[tuple[int, dict[str, str]]]:
    """(line, cells by the file's own column names) of every row, for files whose columns are not fixed."""
    text = utf8_text(file.raw, file.shown, 'save it as "CSV UTF-8"', problems)
    if not text or not text.strip():
        return []
    delimiter = max(_SEPARATORS, key=text.splitlines()[0].count)
    rows = _rows(text, delimiter, file.shown, problems)
    header = [clean(name) for name in next(rows, (1, []))[1]]
    return [(line, dict(zip(header, map(clean, cells), strict=False))) for line, cells in rows]


def _records(
    rows: Iterator[tuple[int, list[str]]], header: list[str], places: dict[str, int], file: str,
    delimiter: str, problems: Problems,
) -> list[Record]:  # fmt: skip
    width, records = len(header), []
    for line, cells in rows:
        if len(cells) < width or any(cells[width:]):
            found = words(f"{len(cells)} cells")
            problems.error(file, line, "", found, f"{width} cells, as in the header", "restore the row")
            continue
        row = {name: _cell(cells[place]) for name, place in places.items()}
        records.append(Record(file, line, row, delimiter == ";", problems))
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
    """Where each known column stands; {} where a needed one is missing or one stands twice (reported)."""
    keys = [key_of(name) for name in header]
    wanted, before = {key_of(name): name for name in (*needed, *optional)}, problems.error_count
    places: dict[str, int] = {}
    for place, key in enumerate(keys):
        name = wanted.get(key, "")
        if name in places:
            problems.error(
                file, line, name, words("the column twice"), "each column once", "delete one of them"
            )
        elif name:
            places[name] = place
    for name in needed:
        if name not in places:
            strange = [each for each in header if key_of(each) not in wanted and each.strip()]
            close = meant(name, strange)
            found = close or words(f"no such column among {shortened(', '.join(header), 200)}")
            remedy = f"rename it to {name}" if close else _NEW_COPY
            problems.error(file, line, name, found, f"the column {name}", remedy)
    return places if problems.error_count == before else {}


def _rows(text: str, delimiter: str, file: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """(line where the row starts, cells) of every row that is not empty."""
    csv.field_size_limit(MAX_CELL)
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
                "download the package again",
            )  # fmt: skip
            return
        if any(cells):
            yield start, cells


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
