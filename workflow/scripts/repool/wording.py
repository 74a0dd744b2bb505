"""How numbers and fixed texts are written in each language."""

import math
from collections.abc import Iterable

from repool.words import WORDS


def word(name: str, language: str, **values: object) -> str:
    """One fixed text, filled in."""
    return WORDS[name][language].format(**values)


def method_sentence(origin: str, label: str, language: str) -> str:
    """The method of an analysis, and where it is from: a `model.MethodFrom`."""
    return word(f"method-{origin}", language, method=label)


def source_name(source: str, language: str) -> str:
    """What a page calls a source: its short name, in words where a reader of files gave it."""
    named = WORDS.get(f"source-{source}")
    return named[language] if named else source


def terms(licence: str, language: str) -> str:
    """A review's licence; in the page's language where it is one that a reader of files gave."""
    known = (WORDS[f"terms-{form}"] for form in ("package", "revman5"))
    return next((each[language] for each in known if each.en == licence), licence)


def tally(counts: Iterable[tuple[str, int]]) -> str:
    """ "one kind: 3; another: 1", without those that are 0: the same words for one and for many."""
    return "; ".join(f"{name}: {count}" for name, count in counts if count)


def capital(text: str) -> str:
    """The text with its first letter large and the rest as it is."""
    return text[:1].upper() + text[1:]


def localised(number: str, language: str) -> str:
    """A number's text as the language writes it: decimal comma in Norwegian, U+2212 for minus."""
    text = number.replace("-", "\u2212")
    return text.replace(".", ",") if language == "nb" else text


def decimal(value: float, places: int, language: str) -> str:
    """A number with so many decimals, as the language writes it and without a negative zero."""
    text = f"{value:.{places}f}"
    return localised(text if text.strip("-0.") else text.removeprefix("-"), language)


def significant(value: float, digits: int, language: str) -> str:
    """A number with so many significant digits, without exponent where that is readable."""
    if value == 0 or not math.isfinite(value):
        return decimal(0, 0, language) if value == 0 else "–"
    magnitude = math.floor(math.log10(abs(value)))
    return decimal(value, max(0, min(digits - 1 - magnitude, 12)), language)


def places(*values: float) -> int:
    """Decimals for an estimate and its limits: two, or four where all of them are small."""
    return 4 if all(abs(value) < 0.1 for value in values) else 2


def percent(value: float, digits: int, language: str) -> str:
    """ "25.1%", in Norwegian with a no-break space before the sign."""
    return decimal(value, digits, language) + ("\u00a0%" if language == "nb" else "%")


def p_value(p: float, language: str) -> str:
    """ "P = 0.04", "P = 0.003" or "P < 0.001"."""
    if p < 0.001:
        return f"P < {decimal(0.001, 3, language)}"
    return f"P = {decimal(p, 2 if p >= 0.01 else 3, language)}"


def alone(estimate: float, language: str) -> str:
    """An estimate that has no interval, with the decimals that it would have beside one."""
    return decimal(estimate, places(estimate), language)


def interval(estimate: float, low: float, high: float, digits: int, language: str) -> str:
    """ "0.49 (0.34 to 0.70)"; what is not 0 is not shown as 0 where all three are on one side of it."""
    to = "til" if language == "nb" else "to"
    one_side = low > 0 or high < 0
    middle, lower, upper = (
        significant(each, 2, language)
        if one_side and abs(each) < 0.5 * 10**-digits
        else decimal(each, digits, language)
        for each in (estimate, low, high)
    )
    return f"{middle} ({lower} {to} {upper})"
