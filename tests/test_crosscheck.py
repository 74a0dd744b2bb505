"""The cross-check by the second engine: what it finds, what it says it cannot, and that it stops a review."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

import cochrane
from conftest import RAW, SCHEMA, records, run_snakemake
from repool.agreement import (
    REASONS,
    Agreement,
    Compared,
    agreements,
    read_checked,
    read_outcome,
    relative_difference,
    write_agreement,
)
from repool.crosscheck import crosscheck
from repool.meta_analysis import analyse
from repool.methods import CHOICES, HAENSZEL
from repool.model import (
    NO_TEXT,
    Analysis,
    Claim,
    Counts,
    Direction,
    FindingSpec,
    Measure,
    NormalForm,
    Review,
    Status,
    Study,
)
from repool.normal_form import STOPPED, read_form, write_form
from repool.readers.transcribed import read_transcribed
from repool.results import PooledState, Results, read_results, write_results
from repool.steps import write_record

pytestmark = pytest.mark.filterwarnings("error")

REVIEW = Review("toy", NO_TEXT, "", "", NO_TEXT, NO_TEXT, NO_TEXT, "", "", (), (), ())
CODES = {text: code for code, text in REASONS.items()}
TABLE = ("experimental_events", "experimental_total", "control_events", "control_total")
MEANS = tuple(f"{arm}_{name}" for arm in ("experimental", "control") for name in ("mean", "sd", "total"))
COLUMNS = {Measure.MD: MEANS, Measure.SMD: MEANS, Measure.GIV: ("estimate", "se")}


def analysis(name: str, measure: Measure, method: str = "revman5", **overrides: str) -> Analysis:
    return Analysis(
        name, NO_TEXT, measure, measure.is_ratio, NO_TEXT, NO_TEXT, Direction.NEUTRAL, NO_TEXT, NO_TEXT, "",
        method, json.dumps(overrides) if overrides else "", "pooled", NO_TEXT, "review.yaml", 1,
    )  # fmt: skip


def study(name: str, trial: int, measure: Measure, values: tuple[float, ...], subgroup: str = "") -> Study:
    columns = {each.name: None for each in fields(Study)} | dict(
        zip(COLUMNS.get(measure, TABLE), values, strict=True)
    )
    texts = ("covariates", "source", "locator", "note", "corrected", "converted", "file")
    columns |= {text: "" for text in texts if text in columns}
    place = {
        "analysis": name,
        "subgroup": subgroup,
        "trial": f"T{trial}",
        "line": trial,
        "counts_in": Counts.BOTH,
    }
    return Study(**(columns | place | {"status": Status.REPORTED}))


def form_of(*parts: tuple[Analysis, list[tuple[float, ...]]], subgroups: int = 1) -> NormalForm:
    """A review of these analyses, their trials shared out to so many subgroups."""
    studies = [
        study(each.analysis, number, each.measure, row, "ab"[number % 2] if subgroups > 1 else "")
        for each, rows in parts
        for number, row in enumerate(rows)
    ]
    return NormalForm(REVIEW, tuple(each for each, _ in parts), tuple(studies), (), ())


def codes(rows: tuple[Compared, ...]) -> Counter[str]:
    return Counter(CODES[row.reason] for row in rows if row.agrees is Agreement.NOT_APPLICABLE)


def differing(rows: tuple[Compared, ...]) -> set[tuple[str, str, str]]:
    """(quantity, trial, method) of what differs."""
    return {(row.quantity, row.trial, row.method) for row in rows if row.agrees is Agreement.DIFFERS}


TABLES = [
    (10.0, 100.0, 20.0, 100.0),
    (4.0, 50.0, 0.0, 48.0),
    (30.0, 60.0, 11.0, 70.0),
    (9.0, 31.0, 9.0, 30.0),
]
MEAN_ROWS = [
    (5.0, 2.0, 20.0, 7.0, 2.5, 22.0),
    (4.0, 1.0, 30.0, 4.5, 1.5, 28.0),
    (9.0, 4.0, 9.0, 5.0, 3.0, 8.0),
]


# the shipped reviews


@pytest.mark.parametrize(
    ("name", "total", "not_applicable"),
    [
        (
            "bcg-1994", 1498,
            {"no-mh-weights": 78, "no-effect": 39, "no-estimator": 32, "no-mh-difference": 28, "no-mh-se": 12,
             "no-mh-test": 8},
        ),
        (
            "pfmt-2014", 202,
            {"no-mh-se": 9, "no-mh-weights": 6, "no-estimator": 6, "given": 6, "no-mh-test": 4,
             "not-truncated": 3},
        ),
        ("stroke-los-1999", 114, {"no-effect": 27, "no-estimator": 2}),
    ],
)  # fmt: skip
def test_shipped_reviews(name: str, total: int, not_applicable: dict[str, int]) -> None:
    form, _, _ = read_transcribed(RAW / name, name, SCHEMA)
    rows = crosscheck(form, analyse(form))
    assert differing(rows) == set()
    assert codes(rows) == not_applicable
    assert len(rows) == total
    counted = agreements(rows)
    assert (counted.total, counted.recomputed) == (total, total - sum(not_applicable.values()))
    assert counted.largest in ("<1e-12", "<1e-10")


# why a number is not compared


def everything() -> Iterator[tuple[NormalForm, Results]]:
    """Small reviews that between them give every reason."""
    level = [(8.0, 50.0, 9.0, 50.0), (16.0, 100.0, 18.0, 100.0)]
    forms = [
        form_of((analysis("rr", Measure.RR), TABLES), (analysis("alike", Measure.RR), level)),
        form_of((analysis("full", Measure.RR), [*TABLES, (12.0, 12.0, 15.0, 15.0)])),
        form_of((analysis("rd", Measure.RD), TABLES), (analysis("md", Measure.MD), MEAN_ROWS)),
        form_of((analysis("none", Measure.OR, mh_cells="raw"), [(1, 9, 0, 8), (2, 9, 0, 8)])),
    ]
    far = replace(analysis("far", Measure.GIV, "reml-hksj"), log_scale=True)
    forms.append(form_of((far, [(1.0, 1.0), (1e130, 1.0)])))  # a limit that no float holds: no numbers
    forms.append(form_of((replace(far, analysis="low"), [(1e-200, 200.0)])))  # a limit of about 0
    pm = [
        (analysis(f"pm{seed}", Measure.GIV, "dl", tau2="PM"), spread_trials(seed))
        for seed in range(0, 200, 2)
    ]
    forms.append(form_of(*pm))
    forms.append(form_of((analysis("kr", Measure.RR, "reml", ci="KR"), TABLES)))
    stated = form_of((analysis("stated", Measure.SMD), MEAN_ROWS))
    claim = Claim("stated", "", "estimate", "0.1", False, "metafor", "", "", "", "published.csv", 2)
    forms.append(replace(stated, claims=(claim,)))
    for form in forms:
        yield form, analyse(form)
    stuck = form_of((analysis("stuck", Measure.RR, tau2="PM"), TABLES))
    results = analyse(stuck)
    rows = [replace(row, state=PooledState.NOT_CONVERGED) for row in results.pooled]
    yield stuck, replace(results, pooled=tuple(rows))


def spread_trials(seed: int) -> list[tuple[float, ...]]:
    random = np.random.default_rng(seed)
    v = np.exp(random.normal(-2, 1.5, int(random.integers(2, 31))))
    return [
        (float(y), float(s)) for y, s in zip(random.normal(0.3, np.sqrt(v + 0.36)), np.sqrt(v), strict=True)
    ]


def test_every_reason_is_reachable_and_nothing_differs() -> None:
    seen: Counter[str] = Counter()
    for form, results in everything():
        rows = crosscheck(form, results)
        assert differing(rows) == set()
        seen += codes(rows)
    assert set(seen) == set(REASONS)


@pytest.mark.slow
def test_every_choice_of_a_method_agrees() -> None:
    """Each choice of each field by itself, on every measure that the choice applies to."""
    rows = {Measure.SMD: MEAN_ROWS, Measure.MD: MEAN_ROWS, Measure.GIV: spread_trials(4)}
    parts = []
    for measure in (*sorted(HAENSZEL), Measure.PETO, Measure.ASD, Measure.MD, Measure.SMD, Measure.GIV):
        for field, choices in CHOICES.items():
            for choice in choices:
                base = {"KR": "reml", "IVhet": "iv-common"}.get(choice, "dl")
                name = f"{measure}/{field}/{choice}"
                parts.append((analysis(name, measure, base, **{field: choice}), rows.get(measure, TABLES)))
    form = form_of(*parts)
    rows_found = crosscheck(form, analyse(form))
    assert differing(rows_found) == set()
    compared = {row.analysis for row in rows_found if row.agrees is Agreement.AGREES}
    assert compared == {each.analysis for each in form.analyses}


def test_tau2_that_is_not_truncated_is_shown_as_it_is() -> None:
    form = form_of((analysis("a", Measure.RR, "dl"), [(8.0, 50.0, 9.0, 50.0), (16.0, 100.0, 18.0, 100.0)]))
    found = [row for row in crosscheck(form, analyse(form)) if row.quantity == "tau2" and row.method == "dl"]
    assert [(row.repool, row.agrees) for row in found] == [(0, Agreement.NOT_APPLICABLE)]
    assert found[0].statsmodels is not None
    assert found[0].statsmodels < 0


# numbers that are wrong


# every other trial, so each subgroup, to the other side
SPLIT = {
    Measure.OR: [(10, 100, 25, 100), (30, 60, 11, 70), (5, 80, 30, 90), (25, 50, 9, 52), (1, 50, 0, 48)],
    Measure.SMD: [(5, 2, 20, 7, 2.5, 22), (9, 4, 9, 5, 3, 8), (4, 1, 30, 4.9, 1.5, 28), (8, 3, 19, 5, 3, 18)],
}
SPLIT[Measure.RR] = SPLIT[Measure.OR]
NUMBERS = {
    "effects": ("y", "se", "estimate", "ci_low", "ci_high"),
    "pooled": ("estimate", "log_estimate", "ci_low", "ci_high", "se", "tau2", "q", "p_q", "i2"),
    "weights": ("weight",),
    "subgroup_tests": ("q", "df", "p", "i2"),
}
WRONG = [
    (measure, table, quantity)
    for measure in SPLIT
    for table, quantities in NUMBERS.items()
    for quantity in quantities
    if (measure, quantity) != (Measure.SMD, "log_estimate")
]
MISSING = [each for each in WRONG if each[1] in ("effects", "pooled")]


@pytest.mark.parametrize(
    ("measure", "table", "quantity", "change"),
    [*((*each, 1 + 1e-6) for each in WRONG), *((*each, None) for each in MISSING)],
)
def test_a_wrong_number_is_found(measure: Measure, table: str, quantity: str, change: float | None) -> None:
    form = form_of((analysis("a", measure), SPLIT[measure]), subgroups=2)
    results = analyse(form)
    assert differing(crosscheck(form, results)) == set()
    rows = list(getattr(results, table))
    which = next(n for n, row in enumerate(rows) if getattr(row, quantity) and not_of_haenszel(row))
    wrong = None if change is None else getattr(rows[which], quantity) * change
    rows[which] = replace(rows[which], **{quantity: wrong})
    found = differing(crosscheck(form, replace(results, **{table: tuple(rows)})))
    name = f"subgroup_{quantity}" if table == "subgroup_tests" else quantity
    assert (name, getattr(rows[which], "trial", ""), method_of(rows[which])) in found


def not_of_haenszel(row: object) -> bool:
    """RevMan's method and the M-H one have figures that statsmodels lacks for a risk ratio."""
    return getattr(row, "method", "") == "dl" or hasattr(row, "zero_cell_correction")


def method_of(row: object) -> str:
    return "" if hasattr(row, "zero_cell_correction") else getattr(row, "method", "")


@pytest.mark.parametrize(
    ("method", "quantity"),
    [("revman5", "tau2"), ("revman5", "q"), ("mh-common", "log_estimate"), ("mh-common", "se"),
     ("mh-common", "ci_low"), ("reml", "tau2"), ("reml-hksj", "se"), ("reml-hksj", "ci_high")],
)  # fmt: skip
def test_a_wrong_number_of_each_method_is_found(method: str, quantity: str) -> None:
    form = form_of((analysis("a", Measure.OR), TABLES))
    results = analyse(form)
    rows = [
        replace(row, **{quantity: getattr(row, quantity) * (1 + 1e-6)}) if row.method == method else row
        for row in results.pooled
    ]
    found = differing(crosscheck(form, replace(results, pooled=tuple(rows))))
    assert ({"equation"} if method == "reml" else {quantity}) <= {name for name, _, _ in found}
    assert {of for _, _, of in found} == {method}


def test_a_wrong_trial_figure_is_found_by_the_effect_and_all_that_follows() -> None:
    form = form_of((analysis("a", Measure.RR), TABLES))
    results = analyse(form)
    wrong = replace(form.studies[0], experimental_events=11.0)
    found = differing(crosscheck(replace(form, studies=(wrong, *form.studies[1:])), results))
    assert {("y", "T0", ""), ("se", "T0", ""), ("log_estimate", "", "reml")} <= found
    assert ("y", "T1", "") not in found


def test_paule_mandel_that_stopped_too_early_is_found() -> None:
    form = form_of((analysis("a", Measure.GIV, "dl", tau2="PM"), spread_trials(4)))
    results = analyse(form)
    rows = [
        replace(row, tau2=row.tau2 * (1 + 1e-6)) if row.role == "declared" else row for row in results.pooled
    ]
    found = {name for name, _, _ in differing(crosscheck(form, replace(results, pooled=tuple(rows))))}
    assert "equation" in found


def test_relative_difference() -> None:
    assert relative_difference(2.0, 2.0, 0.0) == 0
    assert relative_difference(2.1, 2.0, 0.0) == pytest.approx(0.05)
    assert relative_difference(1e-9, 0.0, 0.1) == pytest.approx(1e-8)
    assert relative_difference(1e-300, 0.0, 0.0) == float("inf")
    for pair in ((None, 1.0), (1.0, None), (float("inf"), 1.0)):
        assert relative_difference(*pair, 1.0) == float("inf")


# what a difference does to a review


def written(folder: Path, wrong: float = 1.0) -> Path:
    """A review's results with every tau2 multiplied by `wrong`."""
    form = form_of((analysis("a", Measure.RR), TABLES))
    form = replace(form, review=replace(form.review, findings=(FindingSpec("a", ""),)))
    results = analyse(form)
    rows = [replace(row, tau2=row.tau2 and row.tau2 * wrong) for row in results.pooled]
    results = replace(results, pooled=tuple(rows))
    write_form(folder, "toy", form, [], {})
    write_results(folder, results)
    write_agreement(folder, crosscheck(form, results))
    return folder


def test_later_steps_see_nothing_of_a_contradicted_review(tmp_path: Path) -> None:
    form, results = read_checked(written(tmp_path / "toy", wrong=1.001))
    assert (form.analyses, form.studies, form.review.findings) == ((), (), ())
    assert not any(getattr(results, each.name) for each in fields(Results))
    _, state, problems = read_outcome(tmp_path / "toy")
    assert state == STOPPED
    with open(tmp_path / "toy" / "crosscheck.csv", encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    for problem in problems:
        assert (problem.severity, problem.file) == ("error", "toy/crosscheck.csv")
        row = lines[problem.line - 2]
        assert row["agrees"] == "differs"
        assert row["repool"] in problem.found
        assert row["statsmodels"] in problem.expected


def test_later_steps_see_all_of_a_confirmed_review(tmp_path: Path) -> None:
    form, results = read_checked(written(tmp_path / "toy"))
    assert len(form.analyses) == 1
    assert results.pooled
    assert read_outcome(tmp_path / "toy")[1:] == ("accepted", ())


@pytest.mark.slow
def test_a_contradicted_number_stops_the_review_alone(tmp_path: Path) -> None:
    """As if our engine were wrong: a pooled value is altered before the second engine looks at it."""
    for name in ("stroke-los-1999", "pfmt-2014"):
        shutil.copytree(RAW / name, tmp_path / "raw" / name)
    assert run_snakemake(tmp_path, *records(tmp_path, "pool")).returncode == 0
    results, name = tmp_path / "results", "stroke-los-1999"
    table = results / name / "pooled.csv"
    assert "96.65154" in table.read_text("utf-8")
    table.write_text(table.read_text("utf-8").replace("96.65154", "96.65254"), "utf-8")
    folder = results / name
    assert write_agreement(folder, crosscheck(read_form(folder), read_results(folder))).differing
    write_record(results / ".steps" / name / "pool.json", results, [name], "pool")

    run = run_snakemake(tmp_path)
    assert run.returncode != 0
    assert "stroke-los-1999/crosscheck.csv:" in run.stderr
    assert "as statsmodels computes it (combine_effects" in run.stderr
    assert "Traceback" not in run.stderr
    page = (folder / "index.html").read_text("utf-8")
    assert "The second engine, statsmodels, does not come to the same numbers" in page
    assert "<img" not in page
    for each in ("verdicts.csv", "findings.csv"):
        assert len((folder / each).read_text("utf-8").splitlines()) == 1
    assert list((folder / "forest").glob("*.*.*")) == []
    assert "stroke-los-1999,length-of-stay" not in (results / "verdicts.csv").read_text("utf-8")
    assert "<img" in (results / "pfmt-2014" / "index.html").read_text("utf-8")


# all analyses of 353 Cochrane reviews (../shared)


EVERY = 3


def cochrane_form(measure: Measure) -> NormalForm:
    """Every third analysis of a measure; RevMan's method and Paule-Mandel's tau2 by turns.

    All of them take six minutes; EVERY = 1 gives the counts in docs/methods.md.
    """
    names = {"experimental": "1", "control": "2"}
    source = COLUMNS.get(measure, TABLE)
    columns = {}
    for name in source:
        arm, _, figure = name.partition("_")
        columns[name] = {"total": "n"}.get(figure, figure) + names[arm] if figure else name
    rows = cochrane.rows_of("RD" if measure in (Measure.PETO, Measure.ASD) else measure.value)
    values = zip(*(rows[column].tolist() for column in columns.values()), strict=True)
    groups: dict[str, list[tuple[float, ...]]] = {}
    for name, value in zip(rows["aid"], values, strict=True):
        groups.setdefault(name, []).append(value)
    declared = (analysis("", measure), analysis("", measure, "dl", tau2="PM"))
    return form_of(
        *(
            (replace(declared[number % 2], analysis=name), trials)
            for number, (name, trials) in enumerate(list(groups.items())[::EVERY])
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "PETO", "ASD", "MD", "SMD", "GIV"])
def test_cochrane_reviews(measure: str) -> None:
    form = cochrane_form(Measure(measure))
    rows = crosscheck(form, analyse(form))
    seen = codes(rows)
    agree = sum(row.agrees == "agrees" for row in rows)
    where = "not applicable" if EVERY > 1 else str(dict(seen))
    cochrane.AGREEMENTS.append(
        cochrane.Agreement("statsmodels, numbers that agree", measure, agree, 1e-8, sum(seen.values()), where)
    )
    assert differing(rows) == set()
    everything = len(cochrane.analyses("RD" if measure in ("PETO", "ASD") else measure))
    assert len(form.analyses) == -(-everything // EVERY)
    assert sum(seen.values()) < 0.35 * len(rows)
