"""What to do about a cell that should hold a number: said for the way it most likely came about."""

import re
from enum import StrEnum

NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_MONTH = r"(?:jan|feb|ma[rijy]|apr|jun|jul|aug|sep|o[ck]t|nov|de[cs])[a-zæøå]*"
_DATE = (
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}([./-])[0-9]{1,2}\1(?:[0-9]{2}|[0-9]{4})"
    rf"|[0-9]+[.\s/-]*{_MONTH}\.?[\s/-]*[0-9]*|{_MONTH}[.\s/-]*[0-9]+"
)
#: A number whose digits stand in groups of three.
GROUPED = re.compile(r"[-+\u2212]?[0-9]{1,3}(?:[\s'’.,][0-9]{3})+(?:[.,][0-9]+)?")
THOUSANDS = "write the number without thousands separators"
_LEDGER, _NOTE = " or add it to corrections.csv", "; units and remarks belong into note"
_UNKNOWN = ": use status unknown if the number is not known"
_CORRECT = f"correct the row{_LEDGER}"
_WHATEVER_WAS_MEANT = tuple(
    (re.compile(pattern, re.IGNORECASE), remedy)
    for pattern, remedy in (
        (
            r"n\.?a\.?n?|n/a|#n/a|null|none|missing|n\.?[dr]\.?|[-–—?.]+",
            "leave the cell empty where a value is not available",
        ),
        (r"#.*", "this is a spreadsheet's error: retype the number"),
        (r"=.*[a-z(*/+].*", "this is a formula: write its value"),
        (r"[–—‒][0-9.,]+", "write the minus sign as -, not as a dash"),
        (r"\([0-9.,]+\)", "write a number below 0 with a minus sign, not in brackets"),
        (r"-?(?=.*[0-9])(?=.*[oil])[0-9oil.,]+", "retype it: a letter O or l stands for a 0 or 1"),
        (r"'[-0-9.,]+", "delete the apostrophe"),
        (r".*(?:(?![0-9])\d|[²³¹]).*", "retype it with the plain digits 0 to 9"),
        (_DATE, "this looks like a date made by a spreadsheet: format the column as text and retype it"),
        (r"[<>≤≥≈~=].*", f"an inequality cannot be pooled{_UNKNOWN}"),
    )
)


class Kind(StrEnum):
    """What a cell should have held."""

    COUNT = "a whole number such as 12"
    NUMBER = "a number such as 1.5"
    FACTOR = "a factor above 0 such as 1/7 or 0.5"


def remedy_for(text: str, kind: Kind, decimal_comma: bool) -> str:
    """The remedy for a cell whose text is no number of this kind."""
    text = text.replace("\u2212", "-")
    for pattern, remedy in _WHATEVER_WAS_MEANT:
        if pattern.fullmatch(text):
            return remedy
    if GROUPED.fullmatch(text):
        decimals = "comma" if decimal_comma else "point"
        return THOUSANDS if kind is Kind.COUNT else f"{THOUSANDS}, and decimals with a {decimals}"
    remedy = _remedy_for_count(text) if kind is Kind.COUNT else _remedy_for_decimal(text, kind)
    if remedy:
        return remedy
    if NUMBER.fullmatch(text):
        return _CORRECT
    if re.search("[0-9]", text):
        return f"keep one number alone in its cell{_NOTE}"
    return "write a number, or leave the cell empty where a value is not available"


def in_package(remedy: str) -> str:
    """The remedy without what only a transcribed review has: a ledger, notes, rows of unknown trials."""
    return remedy.replace(_LEDGER, "").replace(_NOTE, "").replace(_UNKNOWN, "")


def _remedy_for_count(text: str) -> str:
    if re.fullmatch(r"[0-9.,\s]+%", text):
        return "write the number of people, not a percentage"
    if re.fullmatch(r"[0-9]+\s*/\s*[0-9]+", text):
        return "put events and total into columns of their own"
    if re.fullmatch(r"-[0-9.,]+", text):
        return f"a count cannot be negative; {_CORRECT}"
    if re.fullmatch(r"[0-9]*[.,][0-9]*", text):
        return "people and events are whole; correct the row or use status unknown"
    if re.fullmatch(r"[0-9.,]+e\+?[0-9]+", text, re.IGNORECASE):
        return "write out all digits"
    return ""


def _remedy_for_decimal(text: str, kind: Kind) -> str:
    if re.fullmatch(r"[-+0-9.,\s]+%", text):
        return "write the number without the percent sign"
    if re.fullmatch(r"[0-9]+\s*[/:]\s*[0-9]+", text):
        if kind is Kind.FACTOR:
            return "write it as 1/7 or 0.5"
        return "put events and total into columns of their own"
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        return "use a decimal point, or separate the columns with semicolons if commas are decimal"
    return ""
