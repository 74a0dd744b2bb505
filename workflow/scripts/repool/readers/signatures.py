"""What a file is by its first bytes, whatever its name says: browsers and people rename files."""

import re
from dataclasses import dataclass

_OFFICE = "open it, and export or save what it holds in the form expected"
_UNPACK = "unpack it, and put its files here"


@dataclass(frozen=True, slots=True)
class Disguise:
    """A file that its bytes say is of another form: which, in words, and what to do about it.

    remedy: "" where what to do follows from what was expected alone.
    """

    name: str
    remedy: str = ""


ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP = Disguise("a zip", "if it is a data package, give it a name that ends in .zip; else unpack it")
REVMAN5 = Disguise("a RevMan 5 file", "give it a name that ends in .rm5")
UTF_16 = Disguise("UTF-16 text")
_PAGE = Disguise(
    "a web page (HTML), such as one that asks to log in",
    "log in first, then download the file again; a browser shows what the page says",
)
_WORKBOOK = Disguise("an Excel workbook")
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype )?html[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_STARTS = (
    (re.compile(rb"%PDF"), Disguise("a PDF", "give the data themselves: a PDF is not read")),
    (re.compile(rb"\xd0\xcf\x11\xe0"), Disguise("an Excel workbook or Word document of old Office")),
    (re.compile(rb"\xff\xfe|\xfe\xff|\0[\s!-~]|[\s!-~]\0"), UTF_16),
    (re.compile(rb"\x1f\x8b"), Disguise("a gzip archive", _UNPACK)),
    (re.compile(rb"Rar!"), Disguise("a RAR archive", _UNPACK)),
    (re.compile(rb"7z\xbc\xaf"), Disguise("a 7-Zip archive", _UNPACK)),
    (re.compile(rb"\{\\rtf"), Disguise("an RTF document", _OFFICE)),
    (
        re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8"),
        Disguise("a picture", "give the data themselves: a picture is not read"),
    ),
    (_HTML, _PAGE),
)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|COCHRANE_REVIEW)")
#: What lies in a zip that a program saved as its document, by the names in its directory.
_PARTS = (
    (b"xl/workbook.xml", _WORKBOOK),
    (b"word/document.xml", Disguise("a Word document", _OFFICE)),
    (b"ppt/presentation.xml", Disguise("a PowerPoint file", _OFFICE)),
    (b"mimetypeapplication/vnd.oasis", Disguise("an OpenDocument file", _OFFICE)),
    (b"[Content_Types].xml", Disguise("an Excel workbook or Word document")),
)


def disguise_of(raw: bytes) -> Disguise | None:
    """What the bytes are if they are neither plain text nor nothing."""
    if raw.startswith(ZIP_STARTS):
        return next((found for part, found in _PARTS if part in raw), _ZIP)
    start = raw[:2000]
    if _XML.match(start) and b"<COCHRANE_REVIEW" in start:
        return REVMAN5
    return next((found for pattern, found in _STARTS if pattern.match(start)), None)
