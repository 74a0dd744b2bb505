"""What must be true of whatever a reader makes of any bytes; anything else is a finding.

Messages have every field; an accepted review has the numbers of its cells and no others, and a row for
each row. The cells are read here once more, by other means: the delimiter that gives the columns known by
name, and exact decimals.
"""

import csv
import io
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from functools import cache

from repool.model import Bias, Claim, NormalForm, Study
from repool.readers.package import columns as at
from repool.readers.problems import UNPRINTABLE, Problems

LONGEST = 5_000  # characters of a message's field
_LINE_END = re.compile("[\n\r\t\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_ARMS = ("experimental", "control")
_CELLS = (
    *(f"{arm}_{name}" for arm in _ARMS for name in ("events", "total", "mean", "sd")),
    "estimate", "se", "ci_low", "ci_high", "ci_level", "scale_factor",
)  # fmt: skip
_PACKAGE = {name: at.FIGURES.get(name, "") for name in _CELLS}
_XML = {
    **{f"{arm}_{name}": f"{name.upper()}_{number}" for number, arm in enumerate(_ARMS, 1)
       for name in ("events", "total", "mean", "sd")},
    "estimate": "ESTIMATE", "se": "SE",
}  # fmt: skip
_DATA = re.compile("(DICH|CONT|IV|IPD|OTHER)_DATA")
Rows = dict[int, dict[str, str]]


class WrongError(AssertionError):
    """A reader said or made what it must not."""


def demand(held: bool, what: str, *shown: object) -> None:
    """Raise `WrongError` unless it held."""
    if not held:
        raise WrongError(": ".join([what, *map(ascii, shown)]))


def check_messages(problems: Problems) -> None:
    """Every message says where, what was found, what was expected and what to do, each on one line."""
    for each in problems.found:
        demand(each.severity in ("error", "warning") and each.line >= 0, "severity or line", each)
        for name in ("file", "column", "found", "expected", "remedy"):
            text = getattr(each, name)
            demand(isinstance(text, str) and (name == "column" or bool(text.strip())), f"no {name}", each)
            demand(len(text) <= LONGEST, f"endless {name}", text[:200])
            demand(
                not _LINE_END.search(text) and not UNPRINTABLE.search(text.replace("\ufffd", "")),
                f"line end in {name}",
                each,
            )
    demand(problems.error_count == 0 or bool(problems.errors), "errors counted but not kept")


def check_form(form: NormalForm | None, problems: Problems) -> None:
    """Refused with an error, or accepted with finite numbers and plain texts."""
    demand((form is None) == bool(problems.errors), "neither accepted nor refused", problems.found[:3])
    if form is None:
        return
    for name in ("studies", "claims", "trial_claims", "bias", "references", "judgements", "analyses"):
        check_records(getattr(form, name))
    for study in form.studies:
        demand(any(study.analysis == each.analysis for each in form.analyses), "row of no analysis", study)


def check_records(records: Iterable[object]) -> None:
    """No number but a finite one, no text that nobody could show."""
    for record in records:
        for name in _names(type(record)):
            value = getattr(record, name)
            if isinstance(value, float):
                demand(math.isfinite(value), f"{name} is not finite", record)
            elif isinstance(value, str) and not (value.isascii() and value.isprintable()):
                demand(
                    not UNPRINTABLE.search(value) and not _LINE_END.search(value),
                    f"unprintable {name}",
                    record,
                )


@cache
def _names(kind: type) -> list[str]:
    return [each.name for each in fields(kind)]


def rows_of(text: str, known: str) -> tuple[str, Rows]:
    """The delimiter and the rows that are not blank, by line, of a table with a column of this name."""
    for delimiter in ",;\t":
        rows: Rows = {}
        header: list[str] = []
        lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
        reader, start = csv.reader(lines, delimiter=delimiter, strict=True), 1
        try:
            for cells in reader:
                line, start = start, reader.line_num + 1
                if any(cell.strip() for cell in cells):
                    if header:
                        rows[line] = dict(zip(header, (cell.strip() for cell in cells), strict=False))
                    else:
                        header = [key(cell) for cell in cells]
        except csv.Error:
            continue
        if key(known) in header:
            return delimiter, rows
    raise WrongError(f"accepted without the column {known}")


def key(column: str) -> str:
    return " ".join(column.casefold().split()).replace("²", "2").replace("ı", "i")


def exact(text: str, comma: bool) -> float | None:
    """The number of a cell, None for an empty one; ValueError for anything else."""
    text = text.strip().replace("\u2212", "-")
    if text in ("", "#N/A", "#NV"):
        return None
    if comma and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if re.fullmatch(r"[0-9]+/[0-9]+", text):
        one, other = text.split("/")
        return int(one) / int(other)
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(Decimal(text))


def check_rows(studies: Iterable[Study], text: str, known: str, named: Mapping[str, str]) -> None:
    """Each row of an accepted table is a study with that row's numbers; `named`: columns by figure."""
    delimiter, rows = rows_of(text, known)
    own = list(studies)
    demand(sorted(each.line for each in own) == sorted(rows), "rows lost or made up", sorted(rows))
    for study in own:
        cells = rows[study.line]
        for name, column in named.items():
            value = getattr(study, name)
            typed = cells.get(key(column), "")
            made = f"{name} " in study.converted or study.converted.startswith(name)
            if value is not None and not made and not study.corrected:
                try:
                    right = exact(typed, delimiter == ";")
                except ValueError:
                    right = None
                nobody = value == 0 and right is None and not study.estimate
                demand(right == value or nobody, f"wrong number {name}", typed, value, study.line)


def check_transcribed_rows(studies: Iterable[Study], text: str) -> None:
    """The same for studies.csv."""
    check_rows(studies, text, "analysis", {name: name for name in _CELLS})


def check_package_rows(studies: Iterable[Study], text: str) -> None:
    """The same for the data rows of a package."""
    check_rows(studies, text, at.STUDY, {name: column for name, column in _PACKAGE.items() if column})


def check_values(claims: Iterable[Claim], text: str) -> None:
    """Published figures stay as printed."""
    _, rows = rows_of(text, "quantity")
    own = list(claims)
    demand(sorted(each.line for each in own) == sorted(rows), "figures lost or made up", sorted(rows))
    for claim in own:
        demand(claim.value.split() == rows[claim.line]["value"].split(), "wrong figure", claim)


def check_package_claims(claims: Iterable[Claim], text: str, file: str) -> None:
    """A figure of a total is that of its cell: to six decimals or nine digits, I2 in percent."""
    delimiter, rows = rows_of(text, at.NUMBER)
    for claim in claims:
        if not claim.file.endswith(file) or claim.quantity.endswith("_events"):
            continue
        typed = rows[claim.line].get(key(claim.locator), "").replace("\u2212", "-")
        typed = typed.replace(",", ".") if delimiter == ";" else typed
        shown, cell = (float(re.sub(r"[P<>=%\s]", "", each, flags=re.I)) for each in (claim.value, typed))
        cell = abs(cell) if claim.quantity == "z_effect" else cell
        allowed = (cell, 100 * cell) if claim.quantity.endswith("i2") else (cell,)
        near = any(abs(shown - each) <= 0.51e-6 + 1e-8 * abs(each) for each in allowed)
        demand(near, f"wrong figure {claim.quantity}", typed, claim.value, claim.line)


def check_bias(judgements: Sequence[Bias], text: str) -> None:
    """Each judgement of each row is there, and none beside them."""
    if "&" in text or UNPRINTABLE.search(text.removeprefix("\ufeff")):  # which the reader resolves, removes
        return
    delimiter, _ = rows_of(text, "study")
    lines = [
        line
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        if "".join(line).strip()
    ]
    demand(not any("".join(line[len(lines[0]) :]).strip() for line in lines), "cells lost")
    places = [at for at, name in enumerate(lines[0]) if re.match(r"domain \(judgement\): ?\S", key(name))]
    cells = [line[at].strip() for line in lines[1:] for at in places if at < len(line)]
    demand(all(each.trial for each in judgements), "judgements of nobody")
    right = sum(each not in ("", "#N/A") for each in cells)
    demand(right == len(judgements), "judgements lost or made up", right, len(judgements))


def check_xml(form: NormalForm, raw: bytes) -> None:
    """Each row of the file is a study with its attributes' numbers, in the file's order."""
    try:
        root = ET.fromstring(raw)
    except (ET.ParseError, ValueError, LookupError):
        return  # an encoding that this parser knows by another name, or not
    elements = list(_data(root))
    every = [each for section in root.findall("ANALYSES_AND_DATA") for each in section.iter()]
    buried = sum(_DATA.fullmatch(each.tag) is not None for each in every) - len(elements)
    demand(buried == 0, "rows buried", buried)
    demand(len(elements) == len(form.studies), "rows lost or made up", len(elements), len(form.studies))
    written = sorted(each for element in root.iter() for each in _numbers(element.attrib.values()))
    for claim in form.claims:
        if not claim.quantity.endswith("_events"):
            demand(_is_near_one(float(claim.value), written), "figure that is not in the file", claim)
    if len({each.line for each in form.studies}) < len(form.studies):
        return
    by_outcome = zip(form.studies, elements, strict=True)
    for study, element in by_outcome:
        for name, attribute in _XML.items():
            value = getattr(study, name)
            if value is not None and f"{name}" not in study.converted:
                right = list(_numbers([element.attrib.get(attribute, "")]))
                demand(
                    right == [value] or (not right and value == 0),
                    f"wrong number {name}",
                    element.attrib,
                    value,
                )


def _data(root: ET.Element) -> Iterator[ET.Element]:
    """Rows directly in an outcome come before those of its subgroups, as the reader has them."""
    for section in root.findall("ANALYSES_AND_DATA"):
        for outcome in section.findall("COMPARISON/*"):
            yield from (each for each in outcome if _DATA.fullmatch(each.tag))
            for subgroup in outcome:
                if subgroup.tag.endswith("_SUBGROUP"):
                    yield from (each for each in subgroup if _DATA.fullmatch(each.tag))


def _numbers(texts: Iterable[str]) -> Iterator[float]:
    for text in texts:
        if text and _NUMBER.fullmatch(plain := UNPRINTABLE.sub("", text).strip()):
            yield float(plain)


def _is_near_one(value: float, written: list[float]) -> bool:
    slack = 5.1e-5 + 1e-8 * abs(value)
    return any(abs(abs(each) - abs(value)) <= slack for each in written)
