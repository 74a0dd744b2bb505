"""What to do about a cell that should hold a number: said for the way it most likely came about."""

import re
from collections.abc import Callable
from enum import StrEnum

NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_MISSING = {"na", "n/a", "nan", "#n/a", "null", "none", "-", "–", "—", "?", ".", "missing", "nd", "nr"}
_MONTH = r"(?i:jan|feb|ma[rijy]|apr|jun|jul|aug|sep|o[ck]t|nov|de[cs])[a-zæøå]*"
_DATE = re.compile(
    rf"[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}|[0-9]{{1,2}}([./-])[0-9]{{1,2}}\1([0-9]{{2}}|[0-9]{{4}})"
    rf"|[0-9]+[.\s/-]*{_MONTH}\.?[\s/-]*[0-9]*|{_MONTH}[.\s/-]*[0-9]+"
)
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:[\s'’][0-9]{3})+(?:[.,][0-9]+)?|[-+]?[0-9]{1,3}(?:[.,][0-9]{3}){2,}")
_ONE_GROUP = re.compile(r"[-+]?[0-9]{1,3}[.,][0-9]{3}")
_CORRECT = "correct the row or add it to corrections.csv"


class Kind(StrEnum):
    """What a cell should have held."""

    COUNT = "count"
    NUMBER = "number"
    FACTOR = "factor"


def remedy_for(text: str, kind: Kind, decimal_comma: bool) -> str:
    """The remedy for a cell whose text is no number of this kind."""
    text = text.replace("\u2212", "-")
    whole, other_mark = kind is Kind.COUNT, "." if decimal_comma else ","
    remedies: tuple[tuple[Callable[[str], object], str], ...] = (
        (lambda cell: cell.casefold() in _MISSING, "leave the cell empty where a value is not available"),
        (re.compile(r"#[A-ZÆØÅ0-9/]+[!?]?|#+").fullmatch, "this is a spreadsheet's error: retype the number"),
        (re.compile(r"=.*[A-Za-z(*/+].*").fullmatch, "this is a formula: write its value"),
        (re.compile(r"(?![0-9])\d|[²³¹]").search, "retype it with the plain digits 0 to 9"),
        (
            _DATE.fullmatch,
            "this looks like a date made by a spreadsheet: format the column as text and retype it",
        ),
        (
            re.compile(r"[<>≤≥≈~=].*").fullmatch,
            "a trial's value must be a number, not an inequality; leave it empty if it is not known",
        ),
        (
            re.compile(r"[-+0-9.,\s]+%").fullmatch,
            "write the number of people, not a percentage" if whole else "write it without the percent sign",
        ),
        (_GROUPED.fullmatch, "write the number without thousands separators"),
        (
            lambda cell: _ONE_GROUP.fullmatch(cell) and (whole or other_mark in cell),
            "write the number without thousands separators"
            + ("" if whole else f', and decimals with "{"," if decimal_comma else "."}"'),
        ),
        (
            re.compile(r"[0-9]+\s*[/:]\s*[0-9]+").fullmatch,
            "write it as 1/7 or 0.5, above 0"
            if kind is Kind.FACTOR
            else "put events and total into columns of their own",
        ),
        (re.compile(r"-[0-9.,]+").fullmatch if kind is not Kind.NUMBER else _never, f"it cannot be negative; {_CORRECT}"),
        (
            re.compile(r"[0-9]*[.,][0-9]*").fullmatch if whole else _never,
            "people and events are whole numbers: derive them from what is printed, or use status unknown",
        ),
        (re.compile(r"[0-9.,]+[eE]\+?[0-9]+").fullmatch if whole else _never, "write out all digits"),
        (
            re.compile(r"[-+]?[0-9]+,[0-9]+").fullmatch if not decimal_comma else _never,
            "use a decimal point, or separate the columns with semicolons if commas are decimal",
        ),
        (NUMBER.fullmatch, _CORRECT),
        (re.compile("[0-9]").search, "keep the number alone in its cell; units and remarks belong into note"),
    )
    matching = (remedy for fits, remedy in remedies if fits(text))
    return next(matching, "write a number, or leave the cell empty where a value is not available")


def _never(_: str) -> None:
    return None
