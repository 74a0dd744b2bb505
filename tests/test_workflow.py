"""The real workflow through Snakemake: from scratch, again, altered, and what the user sees."""

import hashlib
import shutil
from pathlib import Path

import pytest

from conftest import RAW, ROOT, copy_shipped, run_snakemake, sealed

EXPECTED = (
    "index.html", "findings.html", "findings.csv", "findings.json", "verdicts.csv", "pooled.csv",
    "effects.csv", "weights.csv", "subgroup_tests.csv", "review.json", "analyses.csv", "studies.csv",
    "published.csv", "grade.csv", "problems.csv", "inputs.csv", "heterogeneity.csv", "crosscheck.csv",
    "consistency.csv", "questions.csv", "reconstruction.csv", "reconstruction.json", "trace.json",
    "audit.xlsx", "provenance.json", "ro-crate-metadata.json", "README.md", "SHA256SUMS", "input/SHA256SUMS",
    "code/Snakefile",
)  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which the three reviews ran once, and what the terminal showed."""
    folder = tmp_path_factory.mktemp("run")
    copy_shipped(folder / "raw")
    run = run_snakemake(folder)
    assert run.returncode == 0, run.stderr
    return folder, run.stderr


def test_all_results_are_there(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    for review in ("bcg-1994", "pfmt-2014", "stroke-los-1999"):
        for name in EXPECTED:
            assert (folder / "results" / review / name).is_file(), (review, name)
    plots = sorted(path.name for path in (folder / "results/pfmt-2014/forest").glob("*.*.*"))
    assert plots == [
        f"{analysis}.{language}.{kind}"
        for analysis in ("cure", "improved", "leakage-independent")
        for language in ("en", "nb")
        for kind in ("pdf", "png", "svg")
    ]


def test_terminal_speaks_plainly_and_ends_with_the_table(finished: tuple[Path, str]) -> None:
    _, terminal = finished
    assert "pfmt-2014: checking the seal and reading the input" in terminal
    for spam in ("rule ", "jobid", "Building DAG", "Job stats", "localrule", "Select jobs", "threads"):
        assert spam not in terminal
    table = [line.split() for line in terminal.splitlines() if line.startswith("pfmt-2014  ")]
    assert table == [["pfmt-2014", "43", "20", "4", "19", "results/pfmt-2014/index.html"]]


def test_second_run_does_nothing_and_says_so(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    before = digests(folder / "results")
    run = run_snakemake(folder)
    assert run.returncode == 0
    assert "Nothing to be done" in run.stderr
    assert digests(folder / "results") == before


def test_a_result_edited_or_lost_is_made_again_and_nothing_else(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    before = digests(folder / "results")
    edited = folder / "results/stroke-los-1999/verdicts.csv"
    edited.write_text(edited.read_text("utf-8").replace("exact", "major"), "utf-8")
    (folder / "results/stroke-los-1999/worked/length-of-stay.html").unlink()
    with open(folder / "results/parquet/pooled.parquet", "ab") as table:
        table.write(b"x")
    run = run_snakemake(folder)
    assert run.returncode == 0, run.stderr
    changed = "results/stroke-los-1999/verdicts.csv: not what the workflow wrote; made again"
    assert changed in run.stderr
    assert "results/parquet/pooled.parquet: not what the workflow wrote; made again" in run.stderr
    assert "pfmt-2014:" not in run.stderr
    assert "checking the seal" not in run.stderr
    assert digests(folder / "results") == before


@pytest.mark.slow
def test_a_run_elsewhere_gives_the_same_bytes(finished: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = finished
    elsewhere = tmp_path / "ein annan plass"
    copy_shipped(elsewhere / "raw")
    run = run_snakemake(elsewhere, cores=1)
    assert run.returncode == 0, run.stderr
    assert digests(elsewhere / "results") == digests(folder / "results")


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "4242", "PYTHONUTF8": "0"},
        {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "MPLCONFIGDIR": "fonts"},
    ],
    ids=["ascii-locale", "new-font-cache"],
)
def test_other_settings_give_the_same_bytes(
    finished: tuple[Path, str], tmp_path: Path, variables: dict[str, str]
) -> None:
    folder, _ = finished
    copy_shipped(tmp_path / "raw")
    run = run_snakemake(tmp_path, variables=variables)
    assert run.returncode == 0, run.stderr
    assert digests(tmp_path / "results") == digests(folder / "results")


@pytest.mark.slow
def test_an_altered_byte_stops_that_review_alone(tmp_path: Path) -> None:
    for name in ("bcg-1994", "stroke-los-1999"):
        shutil.copytree(RAW / name, tmp_path / "raw" / name)
    altered = tmp_path / "raw" / "bcg-1994" / "studies.csv"
    altered.write_bytes(altered.read_bytes().replace(b"4,123", b"4,124"))
    run = run_snakemake(tmp_path)
    assert run.returncode != 0
    assert "raw/bcg-1994/studies.csv" in run.stderr
    assert "make seal REVIEW=bcg-1994" in run.stderr
    assert "Traceback" not in run.stderr
    page = (tmp_path / "results/bcg-1994/index.html").read_text("utf-8")
    assert "This review was stopped" in page
    assert "0.49" not in page
    assert "13,98" in (tmp_path / "results/stroke-los-1999/index.html").read_text("utf-8")


@pytest.mark.slow
def test_template_review_runs_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "my-review"
    shutil.copytree(ROOT / "docs" / "template", folder)

    sealed(folder)
    run = run_snakemake(tmp_path)
    assert run.returncode == 0, run.stderr
    assert "my-review" in run.stderr


def test_no_review_at_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    run = run_snakemake(tmp_path)
    assert run.returncode == 0
    assert "There is no review folder" in run.stderr
