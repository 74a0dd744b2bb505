"""Packages through the whole workflow, real data rows through the reader, and a transcribed rob.csv."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import SCHEMA, run_snakemake, sealed, shared
from packages import bare, every_kind, package, read, zipped
from repool.model import Bias, Problem, Reference, TrialClaim
from repool.normal_form import read_form
from repool.raw_reviews import raw_reviews
from repool.readers.review import read_review
from repool.tables import read_table
from repool.trace.chain import trace
from repool.verdicts import Checked, Verdict

NAME = "CD990001"


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a zip of the old generation, files of the new one and a broken zip, computed."""
    folder = tmp_path_factory.mktemp("packages")
    raw = folder / "raw"
    (raw / "CD990002" / "data").mkdir(parents=True)
    (raw / f"{NAME}.zip").write_bytes(zipped(package(every_kind(), "old", folder / "a")))
    for path, text in package(every_kind(), "new", folder / "b", "CD990002").items():
        (raw / "CD990002" / "data" / path).write_text(text, "utf-8")
    (raw / "CD990003.zip").write_bytes(b"PK\x03\x04broken")
    run = run_snakemake(folder)
    assert run.returncode == 1, run.stderr  # one review is stopped
    assert "CD990003.zip: found a broken zip" in run.stderr
    return folder / "results"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "figures"), [(NAME, 201), ("CD990002", 215)])
def test_a_package_dropped_in_is_a_review_with_all_its_results(
    computed: Path, name: str, figures: int
) -> None:
    folder = computed / name
    checked = read_table(folder / "verdicts.csv", Checked)
    assert [each.verdict for each in checked] == [Verdict.EXACT] * figures
    form = read_form(folder)
    places = [(each.file, each.line, each.quantity) for each in form.claims]
    assert [(each.file, each.line, each.quantity) for each in checked] == places
    assert len(read_table(folder / "published_trials.csv", TrialClaim)) == 29
    assert len(read_table(folder / "rob.csv", Bias)) == 4
    assert len(read_table(folder / "references.csv", Reference)) == 1
    inputs = (folder / "inputs.csv").read_text("utf-8")
    assert (f"{NAME}.zip," in inputs) if name == NAME else ("data/CD990002-data-rows.csv," in inputs)


@pytest.mark.slow
def test_the_report_of_a_package_names_risk_of_bias_and_every_figure_once(computed: Path) -> None:
    page = (computed / NAME / "index.html").read_text("utf-8")
    for text in ("Risiko for skjevhet", "Risk of bias", "Høy risiko", "High risk", "Uklar risiko"):
        assert text in page
    assert 'id="en-CD990001-overall-estimates-and-settings.csv-2-estimate"' in page
    identifiers = [part.split('"', 1)[0] for part in page.split(' id="')[1:]]
    assert len(identifiers) == len(set(identifiers))
    assert 'href="#en-findings"' not in page  # a package has no summary-of-findings table


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ("pooled.csv:2:estimate", "CD990001-analysis-data/CD990001-data-rows.csv:2"),
        ("verdicts.csv:6:published", "CD990001-overall-estimates-and-settings.csv:2"),
    ],
)
def test_a_figure_is_traced_to_a_line_in_the_zip_and_the_zips_checksum(
    computed: Path, cell: str, place: str
) -> None:
    text = trace(f"{computed / NAME}/{cell}", raw=computed.parent / "raw")
    assert place in text
    assert "SHA-256" in text


def test_a_package_that_a_spreadsheet_saved_reads_the_same(tmp_path: Path) -> None:
    texts = package(every_kind()[:3], "old", tmp_path / "a")
    for name, style in (("plain", ","), ("norwegian", ";")):
        folder = tmp_path / name / NAME
        folder.mkdir(parents=True)
        for path, text in texts.items():
            saved = text if style == "," or not path.endswith(".csv") else _with_semicolons(text)
            (folder / path).write_text(saved, "utf-8")
    plain, _ = read(tmp_path / "plain", NAME)
    norwegian, problems = read(tmp_path / "norwegian", NAME)
    assert plain is not None
    assert norwegian is not None, problems.errors
    assert norwegian.studies == plain.studies
    assert norwegian.claims == plain.claims
    assert norwegian.trial_claims == plain.trial_claims


def _with_semicolons(text: str) -> str:
    """The table as a spreadsheet with decimal commas saves it."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))):
        writer.writerow([_decimal_comma(cell) for cell in row])
    return stream.getvalue()


def _decimal_comma(cell: str) -> str:
    try:
        float(cell)
    except ValueError:
        return cell
    return cell.replace(".", ",")


@pytest.mark.slow
def test_all_real_data_rows_are_read_and_no_row_is_lost() -> None:
    raw = shared("cochrane", "data-rows")
    rows = analyses = 0
    stopped: list[Problem] = []
    for review in raw_reviews(raw)[0].values():
        form, problems, _ = read_review(review, "raw", SCHEMA)
        stopped += problems.found
        if form is not None:
            rows, analyses = rows + len(form.studies), analyses + len(form.analyses)
            names = [(each.analysis, each.subgroup, each.trial) for each in form.studies]
            assert len(names) == len(set(names)), review.name
    assert not stopped
    assert (rows, analyses) == (68_883, 13_156)


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected"),
    [
        ("trial,domain,judgement\nNobody,Allocation,low\n", 2, "trial", "Nobody", "a trial of studies.csv"),
        ("trial,domain,judgement\n{trial},Allocation,fine\n", 2, "judgement", "fine", "low, some concerns"),
        ("trial,domain,judgement\n{trial},,low\n", 2, "domain", "an empty cell", "a value"),
        ("trial,domain,judgement\n{trial},A,low\n{trial},A,high\n", 3, "domain", "A", "already in line 2"),
        ("trial,domain\n{trial},A\n", 1, "judgement", "no such column", "trial, domain, judgement"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_rob_csv_stops_the_review(
    toy: Callable[[str], Path], text: str, line: int, column: str, found: str, expected: str
) -> None:
    folder = toy("toy")
    (folder / "rob.csv").write_text(text.format(trial=_a_trial(folder)), "utf-8")
    form, problems, _ = read_review(raw_reviews(sealed(folder).parent)[0]["toy"], "raw", SCHEMA)
    assert form is None
    problem = problems.errors[0]
    assert (problem.file, problem.line, problem.column) == ("raw/toy/rob.csv", line, column)
    assert found in problem.found
    assert expected in problem.expected


def test_rob_csv_of_a_transcribed_review_is_read(toy: Callable[[str], Path]) -> None:
    folder = toy("toy")
    trial = _a_trial(folder)
    rows = (f"{trial},Allocation,Some concerns,By telephone", f"{trial},Blinding,low,")
    (folder / "rob.csv").write_text("\n".join(("trial,domain,judgement,support", *rows)), "utf-8")
    form, problems, sums = read_review(raw_reviews(sealed(folder).parent)[0]["toy"], "raw", SCHEMA)
    assert form is not None, problems.errors
    assert [(each.domain, each.judgement, each.support, each.line) for each in form.bias] == [
        ("Allocation", "Some concerns", "By telephone", 2), ("Blinding", "low", "", 3)
    ]  # fmt: skip
    assert "rob.csv" in sums


def _a_trial(folder: Path) -> str:
    with open(folder / "studies.csv", encoding="utf-8-sig", newline="") as stream:
        return next(csv.DictReader(stream))["trial"]


def test_a_bare_package_without_any_printed_figure_has_no_claims(tmp_path: Path) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    for path, text in bare(every_kind(), "new").items():
        (folder / path).write_text(text, "utf-8")
    form, problems = read(tmp_path, NAME)
    assert form is not None, problems.errors
    assert not form.claims
    assert not form.trial_claims
