"""The audit workbook: LibreOffice, as a third engine, comes to every figure of the result tables."""

import csv
import hashlib
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from audit_toys import MEANS, NO_SPREAD, PLAIN, SCORES, UNKNOWN, ZEROS, analysis, grouped, tables, write_toy
from conftest import RAW, SHIPPED, records, run_snakemake
from repool.methods import CHOICES
from repool.model import NormalForm, Status
from repool.workbook.file import file_bytes
from workbooks import (
    Audited,
    Key,
    audited,
    calculated,
    expected_figures,
    read,
    read_review_folder,
    recalculated,
)

TOLERANCE = 1e-9
MARKED = "repool marked"
REVIEW = pytest.mark.parametrize("name", SHIPPED)
RATIO = {"generic": {"label": {"nb": "Hasardratio", "en": "Hazard ratio"}, "log_scale": True}}
GENERIC = [
    {"estimate": -1.5, "se": 0.5},
    {"estimate": -0.4, "ci_low": -1.1, "ci_high": 0.3, "ci_level": 90},
    {"estimate": -7, "ci_low": -14, "ci_high": 0, "scale_factor": "1/7"},
    {"estimate": -2.5, "se": 0.9, "experimental_total": 20, "control_total": 21},
]
RATIOS = [
    {"estimate": 0.5, "se": 0.2},
    {"estimate": 0.8, "ci_low": 0.6, "ci_high": 1.1},
    {"estimate": 1.4, "ci_low": 0.7, "ci_high": 2.9, "ci_level": 99},
]
#: Every measure, with trials that are not estimable, unknown ones, subgroups, and each rule for empty cells.
MEASURES = (
    analysis("RR", tables([*ZEROS, UNKNOWN]), "revman5"),
    analysis("RR", grouped(tables([*ZEROS, UNKNOWN]), "x", "y", "z"), "revman5", model="common"),
    analysis("RR", tables(ZEROS), "metafor"),
    analysis("RR", tables(ZEROS), "mh-common", mh_cells="raw", control_risk="median"),
    *(
        analysis(measure, tables(ZEROS), "revman5", zero_cell_rule=rule, zero_cell_amount=0.4)
        for measure in ("RR", "OR", "RD")
        for rule in ("if-any", "all", "treatment-arm", "none")
    ),
    analysis("OR", grouped(tables(ZEROS), "x", "y"), "revman5", control_risk=120),
    analysis("OR", tables(ZEROS), "metafor"),
    analysis("RD", grouped(tables([*ZEROS, UNKNOWN]), "=1+1", "y"), "mh-common"),
    analysis("PETO", grouped(tables(ZEROS), "x", "y"), "iv-common"),
    analysis("ASD", tables(ZEROS), "dl"),
    analysis("MD", grouped(tables([*NO_SPREAD, UNKNOWN], MEANS), "x", "y"), "revman5"),
    *(analysis("SMD", tables(NO_SPREAD, MEANS), "reml", smd=smd) for smd in CHOICES["smd"]),
    analysis("ROM", tables([*SCORES, (-1.0, 1.0, 20, 2.0, 1.0, 20)], MEANS), "dl"),
    analysis("GIV", [*GENERIC, {"status": "unknown"}], "dl"),
    analysis("GIV", RATIOS, "revman-2025", level=0.9, **RATIO),
    analysis("RR", tables(PLAIN[:1]), "revman5"),
    analysis("RR", tables([(0, 25, 0, 40)]), "revman5"),
    analysis("RR", tables([(0, 25, 4, 40), (0, 12, 2, 13)]), "mh-common", mh_cells="raw"),
    analysis("MD", tables([UNKNOWN, UNKNOWN], MEANS), "revman5"),
    analysis("MD", tables(SCORES[:2], MEANS), "reml-hksj"),
)
#: Every estimator of tau2, interval, prediction interval and weighting, with subgroups.
METHODS = (
    *(analysis("RR", grouped(tables(PLAIN), "x", "y"), "reml", tau2=tau2) for tau2 in CHOICES["tau2"]),
    *(
        analysis("MD", grouped(tables(SCORES, MEANS), "x", "y"), "reml", tau2=tau2)
        for tau2 in CHOICES["tau2"]
    ),
    *(analysis("MD", tables(SCORES, MEANS), "reml", ci=ci, level=0.99) for ci in CHOICES["ci"]),
    *(analysis("RR", tables(PLAIN), "reml", ci=ci) for ci in CHOICES["ci"]),
    *(analysis("MD", tables(SCORES, MEANS), "dl", prediction=kind) for kind in CHOICES["prediction"]),
    analysis("MD", tables(SCORES, MEANS), "dl", weighting="IVhet", model="common"),
    analysis("MD", tables(SCORES, MEANS), "dl", weighting="IVhet", model="common", ci="t"),
    analysis("MD", tables(SCORES, MEANS), "dl", i2_from="tau2"),
    analysis("OR", tables(PLAIN), "revman5", ci="HKSJ", prediction="HKSJ"),
)


def compare(made: Audited, values: Any) -> float:
    """The largest relative difference between the workbook and the engine; every figure must be there."""
    largest = 0.0
    wrong: list[tuple[Key, object, object]] = []
    for key, want in expected_figures(made).items():
        place = made.book.places.get(key)
        found = None if place is None else read(values, place)
        if key[0] == "weights" and found is None:
            found = 0.0  # nothing is shown where a trial is not estimable
        if want is None or found is None or isinstance(found, str):
            if not (want is None and found is None):
                wrong.append((key, want, found))
            continue
        tail = key[-1].startswith("p")  # P values may be as small as they like
        difference = abs(found - want) / max(abs(want), 1e-300 if tail else 1e-6)
        largest = max(largest, difference)
        if difference > TOLERANCE:
            wrong.append((key, want, found))
    assert not wrong, f"{len(wrong)} figures differ: {wrong[:20]}"
    return largest


def errors(values: Any) -> list[str]:
    """Cells in which a formula failed."""
    return [
        f"{sheet.title}!{cell.coordinate} {cell.value}"
        for sheet in values
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and re.match(r"#[A-Z/0!?]+|Err:", cell.value)
    ]


def check(made: Audited, scratch: Path) -> Any:
    values = recalculated(made.book, scratch)
    assert errors(values) == []
    compare(made, values)
    return values


@REVIEW
def test_shipped_reviews(name: str, tmp_path: Path) -> None:
    made = audited(read_review_folder(RAW / name))
    values = check(made, tmp_path)
    front = values.worksheets[0]
    shown = [cell.value for row in front.iter_rows() for cell in row if isinstance(cell.value, str)]
    with_trials = sum(("verdicts", f"{each.file}:{each.line}") in made.book.places for each in made.checked)
    assert shown.count("ja / yes") == with_trials
    assert "NEI / NO" not in shown
    assert not any("NEI / NO" in texts(sheet) for sheet in values)


def test_count_of_live_figures_does_not_shrink() -> None:
    counted = {name: len(audited(read_review_folder(RAW / name)).book.places) for name in SHIPPED}
    assert counted["bcg-1994"] >= 2300
    assert counted["pfmt-2014"] >= 600
    assert counted["stroke-los-1999"] >= 170


def texts(sheet: Any) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


@pytest.mark.slow
def test_every_measure_and_rule(tmp_path: Path) -> None:
    claims = [
        {"analysis": "a1", "quantity": "estimate", "value": "0.5", "method": method}
        | {"source": "toy", "locator": "t"}
        for method in ("metafor", "meta", "stata", "revman-2025")
    ]
    made = audited(read_review_folder(write_toy(tmp_path / "toy", *MEASURES, claims=claims)))
    check(made, tmp_path / "sheets")
    assert {each.measure.value for each in made.form.analyses} == {
        "RR", "OR", "RD", "PETO", "ASD", "MD", "SMD", "ROM", "GIV",
    }  # fmt: skip


@pytest.mark.slow
def test_every_estimator_and_interval(tmp_path: Path) -> None:
    made = audited(read_review_folder(write_toy(tmp_path / "toy", *METHODS)))
    values = check(made, tmp_path / "sheets")
    seen = [text for sheet in values for text in texts(sheet)]
    assert seen.count("ja / yes") >= 200
    assert "NEI / NO" not in seen


def with_study(form: NormalForm, number: int, **changes: Any) -> NormalForm:
    studies = list(form.studies)
    studies[number] = replace(studies[number], **changes)
    return replace(form, studies=tuple(studies))


@pytest.mark.slow
def test_a_trial_without_a_subgroup_counts_in_the_total_alone(tmp_path: Path) -> None:
    rows = grouped(tables([*ZEROS, UNKNOWN]), "x", "y")
    form = read_review_folder(write_toy(tmp_path / "toy", analysis("RR", rows, "revman5")))
    form = with_study(form, 2, subgroup="", status=Status.RECONSTRUCTED)
    made = audited(form)
    check(made, tmp_path / "sheets")
    marked = [cell.value for row in made.book.file["a1"].iter_rows() for cell in row if cell.style == MARKED]
    assert marked == ["rekonstruert / reconstructed", "ukjent / unknown"]


def input_cell(made: Audited, number: int, name: str) -> Any:
    """Where a trial's number is typed in."""
    study = made.form.studies[number]
    return made.book.places["inputs", study.analysis, f"{study.file}:{study.line}", name]


LIVE = ("mh-common", "iv-common", "dl", "revman5")


def only_live(made: Audited) -> Audited:
    """The engine's results by methods without iteration: those that follow when a cell changes."""
    results = replace(
        made.results,
        pooled=tuple(row for row in made.results.pooled if row.method in LIVE),
        weights=tuple(row for row in made.results.weights if row.method in LIVE),
        subgroup_tests=tuple(row for row in made.results.subgroup_tests if row.method in LIVE),
    )
    return replace(made, results=results, checked=(), findings=())


def test_a_changed_cell_changes_everything_behind_it(tmp_path: Path) -> None:
    form = read_review_folder(RAW / "bcg-1994")
    before = audited(form)
    after = only_live(audited(with_study(form, 2, experimental_events=0.0, control_total=231.0)))
    events, total = (input_cell(before, 2, name) for name in ("experimental_events", "control_total"))
    values = recalculated(before.book, tmp_path, [(events, 0), (total, 231)])
    assert errors(values) == []
    study = form.studies[2]
    same = replace(after, book=before.book)
    figures = {key for key in expected_figures(same) if key[1] == study.analysis}
    assert len(figures) > 200
    kept = replace(
        same,
        results=replace(
            same.results,
            **{
                name: tuple(row for row in getattr(same.results, name) if row.analysis == study.analysis)
                for name in ("pooled", "weights", "subgroup_tests", "effects")
            },
        ),
    )
    compare(kept, values)
    # what is iterated stays a value, and its check and the first sheet say so
    assert texts(values[study.analysis]).count("NEI / NO") >= 4
    assert "NEI / NO" in texts(values.worksheets[0])


@pytest.mark.slow
def test_an_unknown_trial_counts_once_it_is_typed_in(tmp_path: Path) -> None:
    rows = tables([*PLAIN, UNKNOWN, (0, 30, 4, 31)])
    form = read_review_folder(write_toy(tmp_path / "toy", analysis("RR", grouped(rows, "x", "y"), "revman5")))
    before = audited(form)
    typed = dict(zip(("experimental_events", "experimental_total"), (0.0, 44.0), strict=True))
    typed |= {"control_events": 6.0, "control_total": 46.0}
    after = only_live(audited(with_study(form, 4, status=Status.REPORTED, **typed)))
    changes = [(input_cell(before, 4, name), value) for name, value in typed.items()]
    values = recalculated(before.book, tmp_path / "sheets", changes)
    assert errors(values) == []
    compare(replace(after, book=before.book), values)


@pytest.mark.slow
def test_another_rule_for_empty_cells_in_its_cell(tmp_path: Path) -> None:
    form = read_review_folder(write_toy(tmp_path / "one" / "toy", analysis("OR", tables(ZEROS), "dl")))
    other = analysis("OR", tables(ZEROS), "dl", zero_cell_rule="treatment-arm", zero_cell_amount=0.25)
    before = audited(form)
    after = only_live(audited(read_review_folder(write_toy(tmp_path / "other" / "toy", other))))
    declared = after.results.pooled[0]
    places = before.book.places
    changes = [
        (places["rules", "a1", "zero_cell_rule"], "treatment-arm"),
        (places["rules", "a1", "zero_cell_amount"], 0.25),
    ]
    values = recalculated(before.book, tmp_path / "sheets", changes)
    assert declared.method != "dl"
    compare(replace(after, book=before.book), values)
    for name in ("estimate", "ci_low", "tau2", "p_q"):
        found = read(values, places["pooled", "a1", "", "dl", name])
        made = audited(read_review_folder(tmp_path / "other" / "toy")).results.pooled[0]
        assert found == pytest.approx(getattr(made, name), rel=TOLERANCE)


INJECTED = ("=1+1", "+1+1", "-2", "@SUM(A1)", "\t=1+1", "=cmd|'/c calc'!A1", "#REF!", "'=1", "0123", "TRUE")


def test_text_never_becomes_a_formula(tmp_path: Path) -> None:
    form = read_review_folder(write_toy(tmp_path / "toy", analysis("RR", tables([PLAIN[0]] * len(INJECTED)))))
    marked = replace(
        form,
        studies=tuple(
            replace(study, trial=text, subgroup=text, note=text, source=text)
            for study, text in zip(form.studies, INJECTED, strict=True)
        ),
    )
    made = audited(marked)
    values = recalculated(made.book, tmp_path)
    sheet = values["a1"]
    top = next(row for row in range(1, 40) if sheet.cell(row, 1).value == INJECTED[0])
    for number, text in enumerate(INJECTED):
        for column in (1, 2):
            assert sheet.cell(top + number, column).value == text
    path = tmp_path / "audit.xlsx"
    opened = load_workbook(path)["a1"]
    for number, text in enumerate(INJECTED):
        cell = opened.cell(top + number, 1)
        assert (cell.value, cell.data_type) == (text, "s")
        assert bool(cell.quotePrefix) == (text[0] in "=+-@\t'")


def test_same_input_same_bytes_and_no_date() -> None:
    form = read_review_folder(RAW / "pfmt-2014")
    one, two = (file_bytes(audited(form).book) for _ in range(2))
    assert hashlib.sha256(one).hexdigest() == hashlib.sha256(two).hexdigest()


def test_file_holds_no_stamp(tmp_path: Path) -> None:
    path = tmp_path / "audit.xlsx"
    path.write_bytes(file_bytes(audited(read_review_folder(RAW / "stroke-los-1999")).book))
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core) == ["1980-01-01T00:00:00Z"] * 2


def test_derived_converted_and_unknown_rows_are_marked() -> None:
    made = audited(read_review_folder(RAW / "pfmt-2014"))
    sheet = made.book.file["cure"]
    marked = [cell.value for row in sheet.iter_rows() for cell in row if cell.style == MARKED]
    assert marked == ["utledet / derived", "ukjent / unknown", "ukjent / unknown"]


def test_sheet_names_fit_and_differ(tmp_path: Path) -> None:
    form = read_review_folder(write_toy(tmp_path / "toy", *[analysis("RR", tables(PLAIN))] * 2))
    long = "a" * 60
    renamed = {"a1": long, "a2": long[:59] + "b"}
    made = audited(
        replace(
            form,
            review=replace(form.review, findings=()),
            analyses=tuple(replace(each, analysis=renamed[each.analysis]) for each in form.analyses),
            studies=tuple(replace(each, analysis=renamed[each.analysis]) for each in form.studies),
        )
    )
    names = made.book.file.sheetnames
    assert len(names) == 4
    assert all(len(name) <= 31 for name in names)
    assert len({name.casefold() for name in names}) == 4


@pytest.mark.slow
def test_stopped_review_gets_a_workbook_without_figures(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "stroke-los-1999"
    shutil.copytree(RAW / "stroke-los-1999", folder)
    path = folder / "studies.csv"
    path.write_text(path.read_text("utf-8").replace("55,47", "55,48", 1), "utf-8")
    run = run_snakemake(tmp_path, *records(tmp_path, "explain"))
    assert run.returncode == 0, run.stderr
    opened = load_workbook(tmp_path / "results/stroke-los-1999/audit.xlsx")
    assert len(opened.sheetnames) == 2
    assert any(text.startswith("This review was stopped") for text in texts(opened.worksheets[0]))
    assert not any(cell.data_type == "f" for row in opened.worksheets[0].iter_rows() for cell in row)


@pytest.mark.slow
def test_the_run_writes_it_and_it_agrees_with_the_files(tmp_path: Path) -> None:
    shutil.copytree(RAW / "stroke-los-1999", tmp_path / "raw" / "stroke-los-1999")
    run = run_snakemake(tmp_path, *records(tmp_path, "explain"))
    assert run.returncode == 0, run.stderr
    folder = tmp_path / "results/stroke-los-1999"
    made = audited(read_review_folder(tmp_path / "raw/stroke-los-1999"))
    values = calculated(folder / "audit.xlsx", tmp_path / "sheets")
    with open(folder / "pooled.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    compared = 0
    for row in rows:
        for name, text in row.items():
            place = made.book.places.get(("pooled", row["analysis"], row["subgroup"], row["method"], name))
            if place is not None and name != "narrower":
                found = read(values, place)
                assert found == (pytest.approx(float(text), rel=TOLERANCE) if text else None), (name, row)
                compared += 1
    assert compared >= 55
