"""The digits at which a figure of a RevMan 5 file is compared.

RevMan 5 saves what it computed as a double, with some 16 digits, not as it prints it: a figure "0.9" is
0.9000… exactly. The last digits of a double depend on the order of additions, and our own tables have 12,
so a figure counts with 9 significant digits, padded with zeros, and at most 12 decimals; with one more
where the rest is so near to half a unit that rounding could go either way. On three public files
(`Fleiss1993.rm5` of R package meta; reviews of benzodiazepines against pregabalin and of antibiotics for
sore throat) effects, limits, weights, Q, I2 and tau2 agree with this engine's to 14 digits and more.

RevMan 5 approximates the tails of its distributions, though: P values of Z are off by up to 2e-9 there,
those of chi-squared by up to 2e-7. P values therefore count with 5 decimals, or with one less where an
error of 1e-6 could change the last.
"""

from decimal import Decimal

SIGNIFICANT = 9
MOST_PLACES = 12
P_PLACES = 5
#: How near to half a unit of the last digit is too near, in such units.
_SLACK = Decimal("0.01")
_P_SLACK = Decimal("1e-6").scaleb(P_PLACES)


def as_published(value: str) -> str:
    """A number, in any notation, as the text that counts as published: `SIGNIFICANT` digits."""
    number = Decimal(value)
    places = min(MOST_PLACES, max(0, SIGNIFICANT - 1 - number.adjusted()))
    return _fixed(number, places + _is_near_half(number, places, _SLACK))


def probability(value: str) -> str:
    """A P value as the text that counts as published: `P_PLACES` decimals."""
    number = Decimal(value)
    return _fixed(number, P_PLACES - _is_near_half(number, P_PLACES, _P_SLACK))


def _is_near_half(number: Decimal, places: int, slack: Decimal) -> bool:
    """Whether what follows so many decimals is half a unit of the last, give or take `slack` units."""
    return abs(abs(number).scaleb(places) % 1 - Decimal("0.5")) < slack


def _fixed(number: Decimal, places: int) -> str:
    text = f"{number:.{places}f}"
    return text if text.strip("-0.") else text.removeprefix("-")
