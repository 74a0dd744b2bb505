"""The worked sheets, checked as a reader would: each calculation is done again from its printed numbers."""

import math
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from scipy.special import chdtrc, chdtri, ndtr, ndtri, stdtr, stdtrit

from conftest import ROOT
from repool.meta_analysis import analyse
from repool.model import (
    NO_TEXT,
    Analysis,
    Bilingual,
    Claim,
    Counts,
    Direction,
    Measure,
    NormalForm,
    Review,
    Status,
    Study,
)
from repool.results import Results
from repool.worked.formulas import evaluate, in_mathml, in_text, shown
from repool.worked.pages import worked_files
from repool.worked.sheet import sheet, sheet_view
from repool.worked.text import sheet_text

FUNCTIONS = {
    "ln": math.log, "exp": math.exp, "sqrt": math.sqrt, "arcsin": math.asin,
    "abs": abs, "max": max, "min": min,
    "Phi": ndtr, "T": lambda x, df: stdtr(df, x), "tail": lambda x, df: chdtrc(df, x), "z": ndtri,
    "quantile": lambda p, df: chdtri(df, 1 - p), "t": lambda p, df: stdtrit(df, p),
    "J": lambda m: math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2),
}  # fmt: skip
NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

EVENTS = [(4, 123, 11, 139), (6, 306, 29, 303), (0, 40, 4, 41), (62, 700, 98, 650), (9, 50, 9, 50)]
MEANS = [(3.1, 1.2, 50, 4.0, 1.3, 50), (2.9, 1.1, 40, 3.2, 1.4, 41), (5.5, 2.0, 12, 7.5, 2.5, 15)]
RANDOM = ("DL", "DL2", "HE", "HS", "HSk", "SJ", "PM", "PMM", "EB", "ML", "REML")


def study(name: str, place: int, subgroup: str = "", **cells: object) -> Study:
    empty = {each.name: None for each in fields(Study)}
    texts = {
        "covariates": "",
        "source": "toy",
        "locator": "table",
        "note": "",
        "corrected": "",
        "converted": "",
        "counts_in": Counts.BOTH,
    }
    own = {"analysis": "toy", "subgroup": subgroup, "trial": name, "status": Status.REPORTED}
    return Study(**empty | texts | own | {"file": "data/raw/toy/studies.csv", "line": place} | cells)


def trials_of(measure: Measure) -> list[Study]:
    if measure.is_dichotomous:
        names = ("experimental_events", "experimental_total", "control_events", "control_total")
        rows = EVENTS
    elif measure.is_continuous:
        names = (
            "experimental_mean", "experimental_sd", "experimental_total",
            "control_mean", "control_sd", "control_total",
        )  # fmt: skip
        rows = MEANS
    else:
        names, rows = ("estimate", "ci_low", "ci_high"), [(0.8, 0.5, 1.3), (0.6, 0.45, 0.8), (1.4, 0.9, 2.2)]
    return [
        study(
            f"Trial {n}",
            n + 2,
            "early" if n < 2 else "late",
            **dict(zip(names, map(float, row), strict=True)),
        )
        for n, row in enumerate(rows)
    ]


def review_of(
    measure: Measure, method: str, overrides: str, studies: list[Study], claims: int = 0
) -> NormalForm:
    log = measure.is_ratio or measure is Measure.GIV
    analysis = Analysis(
        analysis="toy", title=Bilingual("Leke", "Toy"), measure=measure, log_scale=log, effect_label=NO_TEXT,
        unit=NO_TEXT, direction=Direction.NEUTRAL, phrase=NO_TEXT, subgroup_label=Bilingual("Tid", "Time"),
        rows_of="", method=method, overrides=overrides, control_risk="pooled", note=NO_TEXT,
        **{each.name: "" for each in fields(Analysis) if each.name == "reconstruct"},
        file="data/raw/toy/review.yaml", line=1,
    )  # fmt: skip
    arms = Bilingual("tiltak", "treatment"), Bilingual("kontroll", "control")
    review = Review("toy", Bilingual("Leke", "Toy"), "", "", NO_TEXT, *arms, "", "", (), (), ())
    stated = tuple(
        Claim("toy", "", "estimate", "1.0", False, "metafor", "s", "", "", "data/raw/toy/published.csv", 2)
        for _ in range(claims)
    )
    return NormalForm(review, (analysis,), tuple(studies), stated, ())


def text_of(form: NormalForm, language: str) -> tuple[str, Results]:
    results = analyse(form)
    return sheet_text(sheet_view(sheet(form, results, form.analyses[0]), language), language), results


def machine(text: str, language: str) -> str:
    """A printed expression or number as Python reads it."""
    text = text.replace(",", ".") if language == "nb" else text
    text = re.sub(r"·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"e{m[1].translate(SUPERSCRIPTS)}", text)
    text = (
        text.replace("P_χ²(", "tail(")
        .replace("χ²(", "quantile(")
        .replace("Φ(", "Phi(")
        .replace("√(", "sqrt(")
    )
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    for old, new in {"−": "-", "·": "*", ";": ",", "²": "**2", "³": "**3"}.items():
        text = text.replace(old, new)
    return text


def half_unit(number: str) -> float:
    """How far a printed number may lie from the one it stands for; whole numbers are exact."""
    mantissa, _, power = number.partition("e")
    places = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(power or 0) - places) if places else 0.0


def value(expression: str) -> float:
    return float(eval(expression, {"__builtins__": {}}, FUNCTIONS))


def spread(expression: str) -> float:
    """How far the expression moves when each of its numbers moves by half a printed digit."""
    middle, moved = value(expression), 0.0
    for match in re.finditer(NUMBER, expression):
        step = half_unit(match[0])
        if step:
            changed = [
                value(f"{expression[: match.start()]}({match[0]}{sign}{step!r}){expression[match.end() :]}")
                for sign in "+-"
            ]
            moved += max(abs(each - middle) for each in changed)
    return moved


def calculations(text: str, language: str) -> Iterator[tuple[str, str, str]]:
    """(line, expression, result) of every line that ends in "… = numbers = result"."""
    for line in text.splitlines():
        parts = line.strip().split(" = ")
        if len(parts) < 3 or "?" in line:
            continue
        expression, result = (machine(each, language) for each in parts[-2:])
        if re.fullmatch(rf"-?{NUMBER}", result) and re.fullmatch(
            rf"(?:{NUMBER}|{'|'.join(FUNCTIONS)}|[-+*/(), ])+", expression
        ):
            yield line, expression, result


def check(text: str, language: str) -> int:
    """Every calculation done again from what is printed; how many there were."""
    count = 0
    for line, expression, result in calculations(text, language):
        allowed = spread(expression) * 1.05 + half_unit(result) * 1.001 + 1e-9 * abs(float(result)) + 1e-15
        assert abs(value(expression) - float(result)) <= allowed, (line, value(expression), allowed)
        count += 1
    return count


def check_tables(text: str, language: str) -> int:
    """The sums of the tables' columns, added up again."""
    word, rows, found = {"nb": "Sum", "en": "Sum"}[language], [], 0
    for line in text.splitlines():
        cells = [each for each in re.split(r"\s{2,}", line.strip()) if each]
        numbers = [machine(each, language) for each in cells[1:]]
        if len(cells) < 3 or not all(re.fullmatch(rf"-?{NUMBER}", each) for each in numbers):
            rows = []
            continue
        if cells[0] == word:
            for column in zip(*rows, numbers, strict=True):
                parts, total = column[:-1], column[-1]
                allowed = sum(map(half_unit, column)) * 1.001 + 1e-12
                assert abs(math.fsum(map(float, parts)) - float(total)) <= allowed, (line, column)
                found += 1
        rows.append(numbers)
    return found


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize(
    "measure",
    [each for each in Measure if each.value in ["RR", "OR", "RD", "PETO", "ASD", "MD", "SMD", "ROM", "GIV"]],
)
def test_every_printed_calculation_follows_from_its_printed_numbers(measure: Measure, language: str) -> None:
    text, results = text_of(review_of(measure, "dl", "", trials_of(measure), claims=1), language)
    assert check(text, language) > 100
    assert check_tables(text, language) > 15
    assert "Warning" not in text
    assert "Advarsel" not in text
    declared = next(row for row in results.pooled if row.role == "declared" and not row.subgroup)
    assert declared.estimate is not None
    assert f"= {shown(declared.estimate, False, language)}\n" in text


@pytest.mark.parametrize("smd", ["revman", "exact", "glass"])
def test_each_kind_of_smd(smd: str) -> None:
    form = review_of(Measure.SMD, "dl", f'{{"smd": "{smd}"}}', trials_of(Measure.SMD))
    text, _ = text_of(form, "en")
    assert check(text, "en") > 100
    assert "Warning" not in text
    assert ("J(" in text) == (smd != "revman")


OVERRIDES = [
    *(f'{{"tau2": "{name}"}}' for name in RANDOM),
    *(f'{{"ci": "{name}"}}' for name in ("t", "HKSJ", "HKSJ-truncated", "HKSJ-wider", "KR")),
    *(f'{{"prediction": "{name}"}}' for name in ("normal", "t(k-1)", "HKSJ", "Partlett-Riley", "bootstrap")),
    '{"weighting": "IVhet", "model": "common"}', '{"i2_from": "Q"}', '{"level": 0.9}',
    '{"zero_cell_rule": "treatment-arm"}', '{"zero_cell_rule": "all", "zero_cell_amount": 0.25}',
    '{"zero_cell_rule": "none"}', '{"weighting": "MH", "model": "common", "mh_cells": "raw"}',
    '{"weighting": "MH", "model": "common", "zero_cell_rule": "if-any"}',
]  # fmt: skip


@pytest.mark.parametrize("overrides", OVERRIDES)
def test_every_method(overrides: str) -> None:
    for measure in (Measure.RR, Measure.OR):
        text, _ = text_of(review_of(measure, "revman-2025", overrides, trials_of(measure)), "en")
        assert check(text, "en") > 100
        assert "Warning" not in text


@pytest.mark.parametrize("tau2", ["PM", "ML", "REML", "PMM"])
def test_iterative_tau2_solves_its_printed_equation(tau2: str) -> None:
    form = review_of(Measure.RR, "revman-2025", f'{{"tau2": "{tau2}"}}', trials_of(Measure.RR))
    text, results = text_of(form, "en")
    assert results.pooled[0].tau2
    head = text[: text.index("Other methods")]
    sides = [re.findall(rf"^    {side} = .*?([\d.]+)$", head, re.MULTILINE)[0] for side in "AB"]
    assert sides[0] == sides[1]
    assert "The two sides of the equation are equal" in head


def test_correction_of_an_empty_cell_is_written_out() -> None:
    text, _ = text_of(review_of(Measure.RR, "revman5", "", trials_of(Measure.RR)), "nb")
    assert "a = 0 + 0,5 = 0,5" in text
    assert "n₁ = 40 + 1 = 41" in text
    assert "y = ln((0,5 / 41) / (4,5 / 42)) = " in text


def test_trials_without_data_and_not_estimable_ones_are_said_to_be_so() -> None:
    studies = trials_of(Measure.RR)
    empty = dict.fromkeys(("experimental_events", "control_events"))
    studies.append(study("Unknown", 9, "late", status=Status.UNKNOWN, **empty))
    cells = {
        "experimental_events": 0.0,
        "experimental_total": 9.0,
        "control_events": 0.0,
        "control_total": 8.0,
    }
    studies.append(study("No events", 10, "late", **cells))
    text, _ = text_of(review_of(Measure.RR, "dl", "", studies), "en")
    assert "Unknown (studies.csv:9)\n  No data" in text
    assert "a = 0, n₁ = 9, c = 0, n₂ = 8\n  Not estimable" in text
    assert check(text, "en") > 100


def test_one_trial_and_none() -> None:
    one, _ = text_of(review_of(Measure.RR, "dl", "", trials_of(Measure.RR)[:1]), "en")
    assert "One trial: its own estimate." in one
    assert check(one, "en") > 10
    empty = study("Unknown", 2, status=Status.UNKNOWN)
    none, _ = text_of(review_of(Measure.MD, "dl", "", [empty]), "en")
    assert "No value can be computed: no estimable trial." in none


def test_trial_with_nothing_but_events_has_a_ratio_of_exactly_1() -> None:
    cells = {
        "experimental_events": 9.0,
        "experimental_total": 9.0,
        "control_events": 8.0,
        "control_total": 8.0,
    }
    text, _ = text_of(
        review_of(Measure.RR, "revman5", "", [*trials_of(Measure.RR), study("All", 9, **cells)]), "en"
    )
    assert "y = ln(1) = 0" in text
    assert "Warning" not in text


def test_a_wrong_number_is_found() -> None:
    text, _ = text_of(review_of(Measure.RR, "dl", "", trials_of(Measure.RR)), "en")
    line, _, result = next(each for each in calculations(text, "en") if each[0].strip().startswith("SE = "))
    wrong = line.removesuffix(result) + f"{float(result) * 1.001:.6g}"
    with pytest.raises(AssertionError):
        check(text.replace(line, wrong), "en")


def test_page_has_both_languages_and_escapes_what_comes_from_data() -> None:
    studies = trials_of(Measure.RR)
    name = "<script>alert(1)</script>"
    studies[0] = study(name, 2, "early", **{f: getattr(studies[0], f) for f in ("experimental_events",
        "experimental_total", "control_events", "control_total")})  # fmt: skip
    form = review_of(Measure.RR, "dl", "", studies)
    files = dict(worked_files(form, analyse(form), ROOT / "workflow" / "report"))
    assert sorted(files) == ["toy.en.txt", "toy.html", "toy.nb.txt"]
    page = files["toy.html"]
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<math") > 40
    assert 'class="only-nb"' in page
    assert 'class="only-en"' in page
    assert "url(" not in page


def test_sheets_are_the_same_on_every_run() -> None:
    form = review_of(Measure.OR, "reml-hksj", "", trials_of(Measure.OR))
    templates: Path = ROOT / "workflow" / "report"
    once, again = (dict(worked_files(form, analyse(form), templates)) for _ in range(2))
    assert once == again


def test_formula_in_its_three_forms() -> None:
    formula = "ln((a / n1) / (c / n2)) - -x**2"
    assert in_text(formula, "en") == "ln((a / n₁) / (c / n₂)) − (−x²)"
    values = {"a": 1.0, "n1": 2.0, "c": 1.0, "n2": 4.0, "x": 3.0}
    assert evaluate(formula, values) == pytest.approx(math.log(2) + 9)
    mathml = in_mathml("y", formula, "en")
    assert mathml.count("<mfrac>") == 3
    assert mathml.startswith("<math")
    assert math.isnan(evaluate("1 / x", {"x": 0.0}))


@pytest.mark.parametrize(
    ("number", "exact", "text"),
    [(0.5, True, "0,5"), (0.5, False, "0,500000"), (-1.23456789e-7, False, "−1,23457·10⁻⁷"),
     (0.0, False, "0"), (999999.96, False, "1,00000·10⁶"), (123456.7, False, "123457"), (-0.0, True, "0"),
     (math.inf, False, "∞")],
)  # fmt: skip
def test_numbers_as_printed(number: float, exact: bool, text: str) -> None:
    assert shown(number, exact, "nb") == text
