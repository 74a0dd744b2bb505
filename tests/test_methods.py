"""Methods as data, and the tables of docs/methods.md that a reader takes them in by."""

import re
from dataclasses import fields, replace

import pytest

from conftest import ROOT
from repool.effects import ZeroCells
from repool.methods import CHOICES, COMPARISON, NAMED, Method, applicable, declared
from repool.model import Measure
from repool.tau2 import ESTIMATORS
from repool.tau2_intervals import INTERVALS
from repool.trials import COLUMNS

DOCS = (ROOT / "docs" / "methods.md").read_text("utf-8")
COLUMN = {
    "weighting": "weighting", "model": "model", "tau²": "tau2", "Q around": "q_around",
    "M-H cells": "mh_cells", "double zero": "double_zero", "SMD": "smd", "CI": "ci",
    "prediction shown": "prediction", "I² from": "i2_from",
}  # fmt: skip


def table(heading: str) -> list[list[str]]:
    """The rows of the first table with this first column, header included."""
    lines = DOCS[DOCS.index(f"\n| {heading} |") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


def test_the_table_of_named_methods_is_the_code():
    header, *rows = table("name | weighting")
    names = []
    for cells in rows:
        name = cells[0].strip("`")
        method = (NAMED | COMPARISON)[name]
        for title, cell in zip(header[1:], cells[1:], strict=True):
            shown = "–" if title == "tau²" and not method.uses_tau2 else getattr(method, COLUMN[title])
            assert cell == shown, (name, title)
        names.append(name)
    assert names == [*NAMED, *COMPARISON]
    told = {*COLUMN.values(), "name"}
    untold = [field for field in fields(Method) if field.name not in told]
    for method in (NAMED | COMPARISON).values():
        assert all(getattr(method, field.name) == field.default for field in untold)


def test_the_table_of_choices_is_the_code():
    _, *rows = table("field | choices")
    documented = {}
    for names, choices in rows:
        documented |= dict.fromkeys(re.findall(r"`(\w+)`", names), choices)
    assert {*documented} == {field.name for field in fields(Method)} - {"name"}
    for name, options in CHOICES.items():
        shown = re.sub(r" \(the default\)|;.*", "", documented[name]).split(", ")
        assert tuple(shown) == options


def test_every_choice_exists():
    assert CHOICES["tau2"] == tuple(ESTIMATORS)
    assert CHOICES["tau2_interval"] == tuple(INTERVALS)


@pytest.mark.parametrize("measure", Measure)
def test_the_columns_of_every_measure_are_documented(measure):
    row = next(cells for cells in table("measure | columns")[1:] if measure in cells[0].split(", "))
    for name in COLUMNS[measure]:
        assert f"`{name}`" in row[1] or "the same of `control`" in row[1]


@pytest.mark.parametrize("measure", [Measure.ASD, Measure.MD, Measure.ROM, Measure.GIV, Measure.OEV])
def test_haenszel_falls_back_where_there_is_none(measure):
    method = applicable(NAMED["revman5"], measure)
    assert method is not None
    assert (method.weighting, method.q_around) == ("IV", "IV")
    assert applicable(COMPARISON["mh-common"], measure) is None


def test_the_zero_cell_rule_is_part_of_the_method():
    method = declared("iv-common", {"zero_cell_rule": "all", "zero_cell_amount": 0.25, "double_zero": "keep"})
    assert method.zero_cells == ZeroCells("all", 0.25, "keep")


@pytest.mark.parametrize("tau2", [name for name in ESTIMATORS if name != "DL"])
def test_labels_name_the_estimator(tau2):
    label = replace(NAMED["revman-2025"], tau2=tau2, ci="HKSJ").label()
    assert label.en == f"IV, random effects, {tau2}, HKSJ, 95% CI"
    assert label.nb == f"IV, tilfeldige effekter, {tau2}, HKSJ, 95\u00a0% KI"


def test_the_label_of_ivhet_tells_what_its_error_rests_on():
    label = declared("iv-common", {"weighting": "IVhet", "tau2": "DL"}).label()
    assert label.en == "IVhet, common effect, DL (Q around IV), Wald, 95% CI"
