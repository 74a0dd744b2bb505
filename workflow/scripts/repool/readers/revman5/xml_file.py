"""An XML file as a tree of the elements that matter, each with its line; what is dangerous is refused.

No document type, no entity and no external reference is followed or expanded: the parser stops at them.
"""

import re
from pathlib import Path
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from repool.readers.problems import Problems, words
from repool.readers.revman5.elements import Element
from repool.readers.signatures import REVMAN5, UTF_16, disguise_of
from repool.readers.text_file import MAX_BYTES

ROOT = "COCHRANE_REVIEW"
#: Parts of a file that are read; texts, figures and tables, most of its bytes, are passed over.
SECTIONS = frozenset({"COVER_SHEET", "STUDIES_AND_REFERENCES", "QUALITY_ITEMS", "ANALYSES_AND_DATA"})
#: Elements that are read, and all of them.
MAX_DEPTH, MAX_ELEMENTS, MAX_TAGS = 50, 100_000, 1_000_000
#: Encodings by their declared name. Files that say ISO-8859-1 are often windows-1252, which is the same
#: but for letters where ISO-8859-1 has control characters, and XML allows none of those.
_ENCODINGS = {
    "utf-8": "utf-8", "us-ascii": "utf-8", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "windows-1252": "cp1252", "cp1252": "cp1252", "iso-8859-15": "iso8859-15", "utf-16": "utf-16",
}  # fmt: skip
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([^"'>]{1,40})["']""")
_ROW = "<(?:DICH|CONT|IV|IPD|OTHER)_DATA\\b"
_TWO_ROWS = re.compile(rf"{_ROW}[^\r\n]*{_ROW}")
_AGAIN = "export or download the file again"


def read_tree(path: Path, shown: str, problems: Problems) -> Element | None:
    """The root element with the sections that are read, None where the file is no RevMan 5 file.

    Lines are those of the file. Where several trials share a line, they are counted as if each tag began
    a line of its own, and a warning says so.
    """
    text = _decoded(path, shown, problems)
    if text is None:
        return None
    if _TWO_ROWS.search(text):
        text = text.replace("<", "\n<").lstrip()
        problems.warning(
            shown, 0, "", words("several trials in one line"), "each element in a line of its own",
            "read line numbers below as if each tag began a new line (sed 's/</\\n</g')",
        )  # fmt: skip
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    tree = _Tree(shown, problems, parser)
    parser.setContentHandler(tree)
    try:
        parser.feed(text)
        parser.close()
    except SAXParseException as fault:
        _report_broken(fault, shown, problems)
        return None
    except DefusedXmlException:
        problems.error(
            shown, tree.line, "", words("a document type or entity (<!DOCTYPE or <!ENTITY)"),
            "a file without them, as RevMan 5 writes it", "delete the declaration, with all it declares",
        )  # fmt: skip
        return None
    except _TooMuchError as fault:
        problems.error(shown, tree.line, "", words(str(fault)), "a RevMan 5 file", _AGAIN)
        return None
    return tree.root


class _TooMuchError(Exception):
    """A file larger or deeper than any review."""


class _Tree(ContentHandler):
    """Builds the tree; `root` stays None where the root element is another one (then reported)."""

    def __init__(self, shown: str, problems: Problems, parser: Locator) -> None:
        super().__init__()
        self.shown, self.problems, self.parser = shown, problems, parser
        self.root: Element | None = None
        self.open: list[Element] = []
        self.passed_over = 0
        self.count = self.tags = 0

    @property
    def line(self) -> int:
        """The line that the parser is in."""
        return int(self.parser.getLineNumber() or 1)

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        """Add an element to the one that is open, unless it lies in a part that is not read."""
        known, self.tags = not self.passed_over, self.tags + 1
        if known and not self.open:
            known = name == ROOT
            if not known:
                self._report_root(name)
        elif known and len(self.open) == 1:
            known = name in SECTIONS
        self.count += known
        if self.count > MAX_ELEMENTS or self.tags > MAX_TAGS:
            most = MAX_TAGS if self.tags > MAX_TAGS else MAX_ELEMENTS
            raise _TooMuchError(f"more than {most:,} elements")
        if not known:
            self.passed_over += 1
            return
        if len(self.open) >= MAX_DEPTH:
            raise _TooMuchError(f"elements nested {MAX_DEPTH} deep")
        element = Element(name, self.line, dict(attrs.items()), [], self.shown, self.problems)
        if self.open:
            self.open[-1].content.append(element)
        else:
            self.root = element
        self.open.append(element)

    def endElement(self, name: str) -> None:  # noqa: N802
        """Close the element."""
        if self.passed_over:
            self.passed_over -= 1
        else:
            self.open.pop()

    def characters(self, content: str) -> None:
        """Add text to the element that is open."""
        if self.open and not self.passed_over:
            self.open[-1].content.append(content)

    def _report_root(self, name: str) -> None:
        self.problems.error(
            self.shown, self.line, "", words(f"the root element {name[:40]}"), f"the root element {ROOT}",
            "give a file that RevMan 5 saved or exported",
        )  # fmt: skip


def _decoded(path: Path, shown: str, problems: Problems) -> str | None:
    """The file's text by the encoding it declares (UTF-8 where it declares none)."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as fault:
        problems.error(
            shown, 0, "", words(fault.strerror or "an unreadable file"), "a readable file",
            "check that it is a file and its permissions",
        )  # fmt: skip
        return None
    if raw is None:
        problems.error(
            shown, 0, "", words(f"over {MAX_BYTES // 10**6} MB"), "a smaller file",
            "delete figures from the review and save it again",
        )  # fmt: skip
        return None
    disguise = disguise_of(raw)
    if disguise not in (None, REVMAN5, UTF_16) or not raw.strip():
        found, remedy = (disguise.name, disguise.remedy) if disguise else ("an empty file", "")
        problems.error(shown, 1, "", words(found), "a RevMan 5 file (XML)", remedy or _AGAIN)
        return None
    declared = _DECLARED.match(raw.removeprefix(b"\xef\xbb\xbf")[:400])
    name = declared.group(1).decode("ascii", "replace") if declared else "UTF-8"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "UTF-16"
    elif raw.startswith(b"\xef\xbb\xbf"):
        name = "UTF-8"
    codec = _ENCODINGS.get(name.lower())
    if codec is None or (codec == "utf-16" and not raw.startswith((b"\xff\xfe", b"\xfe\xff"))):
        problems.error(
            shown, 1, "encoding", name, "UTF-8, ISO-8859-1, windows-1252 or UTF-16 with a byte-order mark",
            "correct the encoding in the first line, or save the file as UTF-8 in a text editor",
        )  # fmt: skip
        return None
    if codec == "cp1252" and (text := _as_utf8(raw)) is not None:
        problems.warning(
            shown, 1, "encoding", name, "UTF-8, which the file's bytes are",
            "nothing: it was read as UTF-8; correct the first line for other programs",
        )  # fmt: skip
        return text
    try:
        return raw.decode("utf-8-sig" if codec == "utf-8" else codec)
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        byte = raw[fault.start : fault.start + 1].hex().upper()
        problems.error(
            shown, line, "encoding", words(f"the byte {byte}"), f"{name}, which the file says it is",
            "correct the encoding in the first line (often windows-1252), or save the file as UTF-8",
        )  # fmt: skip
        return None


def _as_utf8(raw: bytes) -> str | None:
    """The text where bytes beyond ASCII are valid UTF-8, which those of another encoding hardly ever are."""
    if raw.isascii():
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _report_broken(fault: SAXParseException, shown: str, problems: Problems) -> None:
    line, reason = int(fault.getLineNumber() or 1), str(fault.getMessage())
    if reason in ("no element found", "unclosed token", "unclosed CDATA section"):
        found, remedy = f"an XML file that ends too soon ({reason})", _AGAIN
    elif reason == "undefined entity":
        found, remedy = "an entity that XML does not have", "write the character itself"
    else:
        found, remedy = f"broken XML ({reason})", f"{_AGAIN}, or correct the line in a text editor"
    problems.error(
        shown, line, f"character {int(fault.getColumnNumber() or 0) + 1}", words(found),
        "a whole, well-formed XML file", remedy,
    )  # fmt: skip
