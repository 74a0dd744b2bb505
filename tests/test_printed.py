"""Published figures as printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repool.printed import Printed, read_printed


@pytest.mark.parametrize(
    ("text", "comma", "value", "places", "relation"),
    [
        ("0.50", False, 0.5, 2, ""),
        ("−1,21", True, -1.21, 2, ""),
        ("-0.89", False, -0.89, 2, ""),
        ("+3", False, 3, 0, ""),
        ("31%", False, 31, 0, ""),
        ("56.1 %", False, 56.1, 1, ""),
        ("<0.001", False, 0.001, 3, "<"),
        ("≥ 12", False, 12, 0, "≥"),
        ("1000", True, 1000, 0, ""),
        ("0.1", True, 0.1, 1, ""),
    ],
)
def test_reads_what_is_printed(text: str, comma: bool, value: float, places: int, relation: str) -> None:
    assert read_printed(text, comma) == Printed(value, places, relation)


@pytest.mark.parametrize(
    "text", ["", "8.38 (3.68)", "8.38 to 9", "about 5", "1.2.3", "1 453", "NaN", "１２", ".5", "5.", "1e3"]
)
def test_refuses_what_is_not_one_number(text: str) -> None:
    with pytest.raises(ValueError, match="one number as printed"):
        read_printed(text, False)


def test_decimal_comma_needs_a_source_that_uses_it() -> None:
    with pytest.raises(ValueError, match="decimal_comma: true"):
        read_printed("1,21", False)


@pytest.mark.parametrize(
    ("text", "ours", "agrees"),
    [
        ("0.50", 0.504, True),
        ("0.50", 0.506, False),
        ("0.5", 0.54, True),
        ("505", 504.8, True),
        ("505", 505.5, True),  # a half may be rounded either way
        ("505", 505.51, False),
        ("<0.001", 0.0009, True),
        ("<0.001", 0.0011, False),
        ("<0.001", 0.001, True),
        ("<5", 0.1, True),
        ("≤5", 0.1, True),
        ("≤5", 5.1, False),
        (">0.9", 0.95, True),
        (">0.9", 0.9, True),
        (">0.9", 0.89, False),
        (">5", 9, True),
        ("≥5", 9, True),
        ("≥5", 4.9, False),
        ("0.5", 0.55, True),  # a little more than half a unit off, as floats
        ("0.5", 0.45, True),
        ("0.50", None, False),
        ("0.50", float("nan"), False),
    ],
)
def test_agreement_is_at_the_printed_digits(text: str, ours: float | None, agrees: bool) -> None:
    assert read_printed(text, False).agrees(ours) is agrees


def test_shown_has_the_same_decimals_and_no_negative_zero() -> None:
    assert read_printed("0.50", False).shown(1 / 3) == "0.33"
    assert read_printed("12", False).shown(-0.2) == "0"
    assert read_printed("0.50", False).shown(0.001) == "0.00"
    assert read_printed("0.5", False).shown(-10.01) == "-10.0"


def test_said_has_the_decimal_sign_of_the_language_and_a_true_minus():
    said = read_printed("0.50", False).said(-1 / 4)
    assert (said.nb, said.en) == ("−0,25", "−0.25")
    bound = read_printed("<0.001", False).said(0.04567)
    assert (bound.nb, bound.en) == ("0,046", "0.046")


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_number_agrees_with_its_own_print(value: float, places: int) -> None:
    assert read_printed(f"{value:.{places}f}", False).agrees(value)
