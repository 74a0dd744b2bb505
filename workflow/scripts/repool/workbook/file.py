"""The audit workbook as a file whose bytes depend on its content alone."""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from repool.tables import write_bytes
from repool.workbook.cells import Book

_FIRST_PART = "[Content_Types].xml"
_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can say
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def file_bytes(book: Book) -> bytes:
    """The workbook as an .xlsx file: parts in alphabetical order, all dates the same.

    It is calculated when opened: it holds formulas without the values that they had elsewhere.
    """
    book.file.properties.creator = "Repool"
    book.file.calculation.fullCalcOnLoad = True
    written = BytesIO()
    book.file.save(written)
    fixed = BytesIO()
    with ZipFile(written) as parts, ZipFile(fixed, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(parts.namelist(), key=lambda name: (name != _FIRST_PART, name)):
            entry = ZipInfo(name, _DAY)
            entry.compress_type, entry.external_attr, entry.create_system = ZIP_DEFLATED, 0o600 << 16, 3
            archive.writestr(entry, _STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z", parts.read(name)))
    return fixed.getvalue()


def write_workbook(path: Path, book: Book) -> None:
    """Write the workbook so that it appears whole or not at all."""
    write_bytes(path, file_bytes(book))
