"""The parts of the consistency checks: spans, tails, assumed methods, sentences, and any input at all."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from conftest import RAW, SCHEMA
from published_tables import (
    NOTHING,
    analysis,
    checks_of,
)
from repool import methods
from repool.consistency import tails, words
from repool.consistency.checks import check_consistency
from repool.consistency.methods import assumed
from repool.consistency.records import Group, Outcome
from repool.consistency.spans import EVERYTHING, Span, exactly, span_of
from repool.consistency.view import WORDS as VIEW_WORDS
from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.printed import Printed
from repool.quantities import QUANTITIES
from repool.readers.transcribed import read_transcribed
from repool.reproduce import check_claims


def shipped(name: str) -> NormalForm:
    form, problems, _ = read_transcribed(RAW / name, f"data/raw/{name}", SCHEMA)
    assert form is not None, problems.found
    return form


def test_tails_are_those_of_scipy() -> None:
    for df in (1, 2, 3, 4, 7, 12, 63, 64, 65, 200):
        for q in (1e-6, 0.3, 2.0, 11.0, 60.0, 250.0):
            assert tails.chi_squared_p(q, df) == pytest.approx(stats.chi2.sf(q, df), rel=1e-9, abs=1e-300)
        for t in (0.0, 0.2, 1.0, 2.5, 9.0):
            assert tails.student_p(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=1e-9, abs=1e-13)
        assert tails.student_quantile(0.95, df) == pytest.approx(stats.t.ppf(0.975, df), rel=1e-9)
    for z in (0.0, 1.0, 1.96, 5.0, 30.0):
        assert tails.normal_p(z) == pytest.approx(2 * stats.norm.sf(z), rel=1e-12)
    assert tails.normal_quantile(0.95) == pytest.approx(stats.norm.ppf(0.975), rel=1e-12)


numbers = st.floats(-1e6, 1e6)
spans = st.tuples(numbers, numbers).map(lambda ends: Span(min(ends), max(ends)))
within = st.floats(0, 1)


@given(spans, spans, within, within)
def test_spans_hold_every_result(one_span: Span, other: Span, first: float, second: float) -> None:
    def inside(span: Span, share: float) -> float:
        return min(max(span.low + share * (span.high - span.low), span.low), span.high)

    a, b = inside(one_span, first), inside(other, second)
    for made, value in ((one_span + other, a + b), (one_span - other, a - b), (one_span * other, a * b)):
        assert made.low <= value <= made.high
    quotient = one_span / other
    assert quotient == EVERYTHING or quotient.low <= a / b <= quotient.high
    assert one_span.size().low <= abs(a) <= one_span.size().high
    assert one_span.meets(exactly(a))


def test_a_printed_figure_stands_for_what_rounds_to_it() -> None:
    span = span_of(Printed(8.38, 2))
    assert span.low < 8.375 < 8.385 < span.high
    assert span.high - span.low < 0.01 + 1e-9
    assert not span.meets(exactly(8.3851))
    assert span_of(Printed(0.001, 3, "<")).meets(exactly(0.0))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(QUANTITIES),
        st.from_regex(r"(<|>)?-?[0-9]{1,15}(\.[0-9]{1,15})?%?", fullmatch=True, alphabet="0123456789.-<>%"),
        max_size=14,
    ),
    st.sampled_from(["RR", "OR", "RD", "MD", "PETO"]),
)
def test_whatever_is_printed_gets_an_answer(figures: dict[str, str], measure: str) -> None:
    for each in checks_of(analysis(measure), figures):
        assert each.explanation.nb
        assert each.explanation.en
        assert bool(each.to_agree) == (each.verdict is Outcome.DIFFERS)
        assert "inf" not in each.explanation.en.split()


def test_methods_are_assumed_as_they_are() -> None:
    for name, method in (methods.NAMED | methods.COMPARISON).items():
        group = Group(analysis("RR", name), "", "table", "", {})
        known = assumed(group)
        assert (known.model, known.ci, known.i2_from, known.level) == (
            method.model, method.ci, method.i2_from, method.level
        ), name  # fmt: skip
        assert known.tau2 == method.tau2, name


def test_every_sentence_says_the_same_in_both_languages() -> None:
    for code, (nb, en) in words._TEXTS.items():
        fields = [sorted(set(re.findall(r"{(\w+)}", text))) for text in (nb, en)]
        assert fields[0] == fields[1], code
        assert nb
        assert en
    for name, text in (words.RULES | VIEW_WORDS).items():
        assert text.nb, name
        assert text.en, name
    for name in words.RULES:
        assert words.RULES[name].en.endswith("?")


def test_z_of_the_pooled_effect_gets_a_verdict() -> None:
    form = shipped("stroke-los-1999")
    of_method = next(each for each in form.claims if each.method == "dl")
    claim = replace(of_method, quantity="z_effect", value="2.73", line=99)
    (checked,) = check_claims(replace(form, claims=(claim,)), analyse(form))
    assert (checked.verdict, checked.ours_shown) == ("exact", "2.73")
    assert check_consistency(replace(form, claims=()), NOTHING) == ()
