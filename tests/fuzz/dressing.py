"""Reviews of known numbers in every dress that is legal, and in some that are not: what hypothesis draws.

Each strategy gives a `Dressed`: the files, the numbers that must come out, and whether the dress is one that
must be read. Whatever is not read must be refused with a whole message.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import quoteattr

from hypothesis import strategies as st

import packages
import revman5_files
from fuzz import toys

Numbers = list[tuple[float | None, ...]]
Draw = Callable[[st.SearchStrategy], object]


@dataclass(frozen=True, slots=True)
class Dressed:
    """Files by name; per row the eight figures of its arms, estimate and SE; whether it must be read."""

    files: Mapping[str, bytes]
    numbers: Numbers
    is_legal: bool


FIGURES = (
    "experimental_events", "experimental_total", "experimental_mean", "experimental_sd", "control_events",
    "control_total", "control_mean", "control_sd", "estimate", "se",
)  # fmt: skip
_NAMES = st.sampled_from(["Ås 2001", "Bø 2002", 'O"Hara, 2003', "Li; 2004", "Çelik 2005a", "=1+1", "N.N."])
_TOTALS, _PLACES = st.integers(1, 99_999), st.integers(0, 4)
_ODD_CELL = {
    "thousands with a blank": lambda text: f"{text[:-3]}\u00a0{text[-3:]}",
    "thousands with an apostrophe": lambda text: f"{text[:-3]}'{text[-3:]}",
    "percent": lambda text: f"{text}%",
    "a note": lambda text: f"{text} (mean)",
    "a footnote": lambda text: f"{text}\u00b9",
    "no number": lambda text: "n/a",
    "letter O": lambda text: text.replace("0", "O") if "0" in text else f"{text}O",
    "full width": lambda text: "".join(chr(ord(each) + 0xFEE0) if each.isdigit() else each for each in text),
    "bounded": lambda text: f"<{text}",
    "two points": lambda text: f"{text}.0.1",
    "unicode digits": lambda text: text.translate({48 + at: 0x0660 + at for at in range(10)}),
    "a soft hyphen": lambda text: f"{text[:1]}\u00ad{text[1:]}",
}  # fmt: skip


@st.composite
def decimals(draw: Draw, low: int = -9_999, high: int = 9_999) -> str:
    """A number as text: some digits, as many decimals."""
    places = draw(_PLACES)
    return f"{Decimal(draw(st.integers(low * 10**places, high * 10**places))).scaleb(-places):f}"


@st.composite
def trial_rows(draw: Draw) -> list[dict[str, str]]:
    """Rows of three kinds of data: events, means, estimates."""
    rows = []
    for kind in draw(st.lists(st.sampled_from(["death", "pain", "stay"]), min_size=1, max_size=4)):
        row = {"analysis": kind, "trial": draw(_NAMES)}
        for arm in ("experimental", "control") if kind != "stay" else ():
            total = draw(_TOTALS)
            row[f"{arm}_total"] = str(total)
            if kind == "death":
                row[f"{arm}_events"] = str(draw(st.integers(0, total)))
            else:
                row |= {f"{arm}_mean": draw(decimals()), f"{arm}_sd": draw(decimals(0, 99))}
        if kind == "stay":
            row |= {"estimate": draw(decimals()), "se": draw(decimals(0, 99))}
        rows.append(row)
    for name in ("death", "pain", "stay"):  # each analysis needs a row, and each trial a name of its own
        if name not in {row["analysis"] for row in rows}:
            rows.append({"analysis": name, "trial": "Last 2020", "status": "unknown"})
    return [row | {"trial": f"{row['trial']} {number}"} for number, row in enumerate(rows)]


def numbers_of(rows: Sequence[Mapping[str, str]]) -> Numbers:
    return [tuple(float(Decimal(row[name])) if row.get(name) else None for name in FIGURES) for row in rows]


@st.composite
def table_bytes(
    draw: Draw, columns: Sequence[str], rows: Sequence[Mapping[str, str]], numeric: frozenset[str]
) -> bytes:
    """A table in a legal dress: separator, decimal comma, order, quotation marks, blanks, line ends."""
    delimiter = draw(st.sampled_from(",;\t"))
    comma = delimiter == ";"  # with points, 1.234 could be thousands
    minus, blank = draw(st.sampled_from("-\u2212")), draw(st.sampled_from(["", " ", "\u00a0", "\u202f "]))
    order, empty = draw(st.permutations(list(columns))), draw(st.integers(0, 2))

    def cell(row: Mapping[str, str], name: str) -> str:
        text = row.get(name, "")
        if name in numeric and text:
            text = text.replace("-", minus).replace(".", "," if comma else ".")
        return f"{blank}{text}{blank}"

    lines = [
        [*order, *[""] * empty],
        *([*(cell(row, name) for name in order), *[""] * empty] for row in rows),
    ]
    for _ in range(draw(st.integers(0, 2))):
        lines.insert(draw(st.integers(0, len(lines))), [""] * len(lines[0]))
    stream = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(lines)
    text = stream.getvalue()
    text = text.removesuffix(end) if draw(st.booleans()) else text
    text = unicodedata.normalize("NFD", text) if draw(st.booleans()) else text
    return ("\ufeff" * draw(st.booleans()) + text).encode()


_SETTINGS = (
    toys.SETTINGS.split("covariates:")[0]
    + "analyses:\n"
    + """\
  - {id: death, title: {nb: D, en: D}, measure: RR, direction: neutral, method: {name: dl}}
  - {id: pain, title: {nb: P, en: P}, measure: MD, direction: neutral, method: {name: dl}}
  - id: stay
    title: {nb: S, en: S}
    measure: GIV
    generic: {label: {nb: S, en: S}, log_scale: false}
    direction: neutral
    method: {name: dl}
"""
).encode()
_COLUMNS = ("analysis", "trial", "status", *FIGURES, "source", "locator", "note")


@st.composite
def transcribed(draw: Draw) -> Dressed:
    """A transcribed review; in one of three, one cell or the header is as it must not be."""
    rows = [
        {"status": "reported", "source": "toy", "locator": "t. 1", "note": 'a "b", c'} | row
        for row in draw(trial_rows())
    ]
    numbers, is_legal = numbers_of(rows), True
    columns = list(_COLUMNS)
    if draw(st.integers(0, 2)) == 0:
        is_legal = False
        row = draw(st.sampled_from(rows))
        given = [name for name in FIGURES if name in row]
        if given and draw(st.booleans()):
            name = draw(st.sampled_from(given))
            row[name] = _ODD_CELL[draw(st.sampled_from(sorted(_ODD_CELL)))](row[name])
        else:
            place = draw(st.integers(0, len(columns) - 1))
            old = columns[place]
            columns[place] = draw(
                st.sampled_from([old.upper(), old.replace("_", " "), old[:-1], "", f"{old}s"])
            )
            for each in rows:
                each[columns[place]] = each.get(old, "")
    sheet = draw(table_bytes(columns, rows, frozenset(FIGURES)))
    published = b"analysis,quantity,value,source,locator\ndeath,estimate,0.5,toy,t\n"
    return Dressed(
        {"review.yaml": _SETTINGS, "studies.csv": sheet, "published.csv": published}, numbers, is_legal
    )


_ARMS = {"experimental": "Experimental", "control": "Control"}
_OF = {"death": {"events": "cases", "total": "N"}, "pain": {"mean": "mean", "sd": "SD", "total": "N"}}
_PACKAGE = {
    name: {
        f"{arm}_{figure}": f"{shown} {column}"
        for arm, shown in _ARMS.items()
        for figure, column in of.items()
    }
    for name, of in _OF.items()
} | {"stay": {"estimate": "GIV Mean", "se": "GIV SE"}}
_KIND = {
    "death": ("1.1", "Dichotomous", "Risk Ratio"), "pain": ("1.2", "Continuous", "Mean Difference"),
    "stay": ("1.3", "Contrast level", "Difference"),
}  # fmt: skip
_NUMERIC = frozenset(name for columns in _PACKAGE.values() for name in columns.values())


@st.composite
def rows_of_something(draw: Draw) -> list[dict[str, str]]:
    """Rows by analysis; none of zeros alone, which RevMan takes for a row without numbers."""
    rows = [row for row in draw(trial_rows()) if any(float(row[name]) for name in FIGURES if name in row)]
    rows = rows or [{"analysis": "stay", "trial": "A", "estimate": "1", "se": "2"}]
    return sorted(rows, key=lambda row: row["analysis"])


def _package_row(row: Mapping[str, str]) -> dict[str, object]:
    return {"Study": row["trial"]} | {
        column: row[figure] for figure, column in _PACKAGE[row["analysis"]].items()
    }


@st.composite
def package(draw: Draw) -> Dressed:
    """A data package of either generation, in files or zips; capitals of its columns are as they come."""
    rows = draw(rows_of_something())
    generation = draw(st.sampled_from(["old", "new"]))
    of = {name: [_package_row(row) for row in rows if row["analysis"] == name] for name in _KIND}
    outcomes = [
        packages.outcome(number, name, kind, measure, of[name])
        for name, (number, kind, measure) in _KIND.items()
    ]
    texts = packages.bare([each for each in outcomes if each.rows], generation, toys.NAME)
    files = {name: text.encode() for name, text in texts.items()}
    name = f"{toys.NAME}-data-rows.csv"
    table = list(csv.DictReader(io.StringIO(texts[name].removeprefix("\ufeff"))))
    columns, is_legal = list(packages.DATA_ROWS), True
    change = draw(st.sampled_from([str, str.upper, str.lower, lambda text: f" {text.replace(' ', '  ')}"]))
    if draw(st.integers(0, 2)) == 0 and table:
        is_legal, row = False, draw(st.sampled_from(table))
        given = [column for column in sorted(_NUMERIC) if row[column]]
        column = draw(st.sampled_from(given))
        row[column] = _ODD_CELL[draw(st.sampled_from(sorted(_ODD_CELL)))](row[column])
    own = {column: change(column) for column in columns}
    table = [{own[column]: text for column, text in row.items()} for row in table]
    files[name] = draw(table_bytes(list(own.values()), table, frozenset(own[each] for each in _NUMERIC)))
    if draw(st.booleans()):
        inner = {f"{draw(st.sampled_from(['', 'a/', 'å/b/']))}{each}": raw for each, raw in files.items()}
        files = {f"{toys.NAME}.zip": toys.zipped(inner, packed=draw(st.booleans()))}
    return Dressed(files, numbers_of(rows), is_legal)


_TAGS = {"death": "DICH", "pain": "CONT", "stay": "IV"}
_XML = {
    name: {f"{arm}_{figure}": f"{figure.upper()}_{at}" for at, arm in enumerate(_ARMS, 1) for figure in of}
    for name, of in _OF.items()
} | {"stay": {"estimate": "ESTIMATE", "se": "SE"}}
_XML_SETTINGS = {
    "death": revman5_files.settings("RR", "MH", "NO"), "pain": revman5_files.settings("MD", "", "YES"),
    "stay": revman5_files.settings(random="NO", LOG_DATA="NO"),
}  # fmt: skip
_ENCODED = ("UTF-8", "UTF-16", "ISO-8859-1", "windows-1252")


@st.composite
def revman5(draw: Draw) -> Dressed:
    """A RevMan 5 file: numbers as Java writes them, attributes in any order and quotes, any encoding."""
    rows = draw(rows_of_something())
    texts: dict[str, list[dict[str, str]]] = {}
    is_legal = True
    for number, row in enumerate(rows, 1):
        cells = {
            attribute: _java(draw, row[figure], figure) for figure, attribute in _XML[row["analysis"]].items()
        }
        if draw(st.integers(0, 5)) == 0:
            is_legal = False
            attribute = draw(st.sampled_from(sorted(cells)))
            cells[attribute] = _ODD_CELL[draw(st.sampled_from(sorted(_ODD_CELL)))](cells[attribute])
        texts.setdefault(row["analysis"], []).append({"STUDY_ID": f"STD-Toy_x002d_{number}-2001"} | cells)
    outcomes = [
        revman5_files.Outcome(_TAGS[name], "Å", _XML_SETTINGS[name], {"": each})
        for name, each in texts.items()
    ]
    encoding = draw(st.sampled_from(_ENCODED))
    text = revman5_files.rm5(outcomes, listed=len(rows), encoding=encoding)
    for each in (each for own in texts.values() for each in own):
        plain = " ".join(f"{key}={quoteattr(value)}" for key, value in each.items())
        assert plain in text
        text = text.replace(plain, _redressed(draw, each), 1)
    end = draw(st.sampled_from(["\n", "\r\n", ""]))
    whole = text.replace("\n", end)
    raw = whole.encode(
        {"ISO-8859-1": "latin-1", "windows-1252": "cp1252"}.get(encoding, encoding), "xmlcharrefreplace"
    )
    return Dressed({"toys.rm5": raw}, numbers_of(rows), is_legal)


def _java(draw: Draw, text: str, figure: str) -> str:
    """A number as RevMan saves it: a count with or without decimals, another with an exponent or padded."""
    if figure.endswith(("_events", "_total")):
        return text + draw(st.sampled_from(["", ".0"]))
    return draw(st.sampled_from([text, f"{Decimal(text):E}", f"{Decimal(text):.12f}"]))


def _redressed(draw: Draw, attributes: Mapping[str, str]) -> str:
    """The attributes in another order and other quotes, with line ends between, digits as references."""
    quote, gap = draw(st.sampled_from("\"'")), draw(st.sampled_from([" ", "  ", "\t"]))
    refer = draw(st.booleans())
    parts = []
    for name in draw(st.permutations(sorted(attributes))):
        value = (
            attributes[name]
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace('"', "&quot;")
            .replace("'", "&apos;")
        )
        if refer and name != "STUDY_ID":
            value = "".join(
                f"&#{ord(each)};" if each.isdigit() and each.isascii() else each for each in value
            )
        parts.append(f"{name}={quote}{value}{quote}")
    return gap.join(parts)
