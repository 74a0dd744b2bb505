"""Audit workbooks for tests: made of a review's folder, calculated by LibreOffice, read back as numbers."""

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from conftest import SCHEMA
from repool.findings import Finding, findings
from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.quantities import ABSOLUTE
from repool.readers.transcribed import read_transcribed
from repool.reproduce import check_claims
from repool.results import Results
from repool.verdicts import Checked
from repool.workbook.cells import Book, Place
from repool.workbook.file import write_workbook
from repool.workbook.sheets import audit_workbook

Key = tuple[str, ...]


@dataclass(frozen=True)
class Audited:
    """A review, what the engine makes of it, and its workbook."""

    form: NormalForm
    results: Results
    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    book: Book


def read_review_folder(folder: Path) -> NormalForm:
    """The review in a sealed folder; the reasons if it is refused."""
    form, problems, _ = read_transcribed(folder, f"raw/{folder.name}", SCHEMA)
    assert form is not None, [str(each) for each in problems.found]
    return form


def audited(form: NormalForm) -> Audited:
    """Everything computed of a review, and its workbook."""
    results = analyse(form)
    checked = check_claims(form, results)
    rows = findings(form, results, checked)
    return Audited(form, results, checked, rows, audit_workbook(form, results, checked, rows))


def calculated(path: Path, scratch: Path) -> Any:
    """The workbook with the values that LibreOffice calculates; the test is skipped, visibly, without it."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice (soffice) is not here")
    made = scratch / "calculated"
    command = [
        soffice, f"-env:UserInstallation={(scratch / 'profile').as_uri()}", "--headless", "--convert-to",
        "xlsx:Calc MS Excel 2007 XML", "--outdir", str(made), str(path),
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (made / path.name).is_file(), run.stdout + run.stderr
    return load_workbook(made / path.name, data_only=True)


def recalculated(book: Book, scratch: Path, changes: Iterable[tuple[Place, object]] = ()) -> Any:
    """The workbook after LibreOffice calculated it, with some cells changed before."""
    scratch.mkdir(parents=True, exist_ok=True)
    path = scratch / "audit.xlsx"
    write_workbook(path, book)
    changes = list(changes)
    if changes:
        opened = load_workbook(path)
        for place, value in changes:
            opened[place.sheet][place.cell] = value
        opened.save(path)
    return calculated(path, scratch)


def read(values: Any, place: Place) -> float | str | None:
    """What a cell shows: a number, a text, or None for an empty one."""
    found = values[place.sheet][place.cell].value
    return None if found in (None, "") else found


def expected_figures(made: Audited) -> dict[Key, float | None]:
    """Every figure of the result tables, of the verdicts and of the summary of findings, by its place.

    None where the engine says that there is none.
    """
    figures: dict[Key, float | None] = {}
    counted = ("trials_listed", "trials_unknown", "trials_pooled")
    arms = ("experimental_events", "experimental_total", "control_events", "control_total")
    pooled = (
        "estimate", "ci_low", "ci_high", "log_estimate", "se", "p_effect", "tau2", "q", "df", "p_q", "i2",
        "prediction_low", "prediction_high", "prediction_k1_low", "prediction_k1_high",
        "prediction_k2_low", "prediction_k2_high",
    )  # fmt: skip
    for row in made.results.pooled:
        for name in (*counted, *arms):
            figures["counts", row.analysis, row.subgroup, name] = getattr(row, name)
        for name in pooled:
            figures["pooled", row.analysis, row.subgroup, row.method, name] = getattr(row, name)
        if ", HKSJ, " in row.method_label.en:
            narrower = float(row.narrower_than_wald)
            figures["pooled", row.analysis, row.subgroup, row.method, "narrower"] = narrower
    lines = {
        (each.analysis, each.trial, each.subgroup): f"{each.file}:{each.line}" for each in made.form.studies
    }
    for weight in made.results.weights:
        line = lines[weight.analysis, weight.trial, weight.subgroup]
        figures["weights", weight.analysis, weight.scope, weight.method, line] = (
            None if isnan(weight.weight) else weight.weight
        )
    for test in made.results.subgroup_tests:
        for name in ("subgroups", "q", "df", "p", "i2"):
            figures["subgroups", test.analysis, test.method, name] = getattr(test, name)
    for effect in made.results.effects:
        for name in ("y", "se", "estimate", "ci_low", "ci_high"):
            key = ("effects", effect.analysis, f"{effect.file}:{effect.line}", name)
            figures[key] = getattr(effect, name)
    for each in made.checked:
        key = ("verdicts", f"{each.file}:{each.line}")
        if key in made.book.places:
            figures[key] = each.ours
    for finding in made.findings:
        for name in ABSOLUTE if finding.basis == "trials" else ():
            figures["findings", finding.analysis, name] = getattr(finding, name)
    return figures
