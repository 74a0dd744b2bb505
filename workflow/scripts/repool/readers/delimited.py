"""Delimited text as rows with the line each starts in: what every CSV file that is read goes through."""

import csv
import io
import re
from collections.abc import Iterator

from repool.readers.problems import Problems, words

#: What may stand between columns, by its name; the header says which of them does.
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}

#: More than any file has: rows, columns, cells. What is made of each takes time and room in every later step.
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 20_000, 1_000, 500_000
_NAMED = re.compile(r'[^\s,;"]')


def delimiter_of(text: str) -> str:
    """What stands between the columns of the first row that has a name; "" where no row has one."""
    header = next((line for line in text.splitlines() if _NAMED.search(line)), "")
    return max(SEPARATORS, key=header.count) if header else ""


def split_rows(
    text: str, delimiter: str, largest: int, file: str, remedy: str, problems: Problems
) -> Iterator[tuple[int, list[str]]]:
    """(line where the row starts, cells) of every row that is not empty; ends at broken quotes, and where
    there is more than any file has (both reported).

    largest: characters that a cell may have.
    """
    csv.field_size_limit(largest)
    count = total = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            expected = f"quotation marks in pairs and at most {largest} characters in a cell"
            problems.error(file, start, "", words(f"broken CSV ({fault})"), expected, remedy)
            return
        if not any(cell.strip() for cell in cells):
            continue
        count, total = count + 1, total + len(cells)
        if found := _too_much(count, len(cells), total):
            problems.error(
                file, start, "", words(found),
                f"at most {MAX_ROWS} rows, {MAX_COLUMNS} columns and {MAX_CELLS} cells",
                "check that the file is the right one; a larger review must be split",
            )  # fmt: skip
            return
        yield start, cells


def _too_much(rows: int, columns: int, cells: int) -> str:
    """What there is more of than any file has, "" for nothing."""
    if columns > MAX_COLUMNS:
        return f"{columns} columns"
    if rows > MAX_ROWS:
        return f"more than {MAX_ROWS} rows"
    return f"more than {MAX_CELLS} cells" if cells > MAX_CELLS else ""
