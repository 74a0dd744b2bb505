"""What is recorded of a run: the commit, the methods, every file; and the bundle made of it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import RAW, ROOT, SCHEMA, SHIPPED, sealed
from repool.deposit import write_bundle
from repool.meta_analysis import analyse
from repool.methods import Method
from repool.normal_form import InputFile
from repool.provenance import NO_GIT, NOT_TRACKED, copy_code, copy_input, read_checkout, used_methods
from repool.raw_reviews import RawReview
from repool.readers.seal import checksum
from repool.readers.transcribed import read_transcribed
from repool.tables import write_table
from research_object import faults

git_needed = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    dates = {"GIT_AUTHOR_DATE": "1600000000 +0500", "GIT_COMMITTER_DATE": "1600000000 +0500"}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | dates)
    return run.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project under git, with one review."""
    root = tmp_path / "project"
    (root / "workflow").mkdir(parents=True)
    (root / "data" / "raw" / "toy").mkdir(parents=True)
    for name in ("Snakefile", "workflow/step.py", "data/raw/toy/studies.csv"):
        (root / name).write_text(name, "utf-8")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "First")
    return root


@git_needed
def test_commit_and_its_day_are_read(project: Path) -> None:
    seen = read_checkout(project, project / "data/raw/toy")
    assert seen.commit == git(project, "rev-parse", "HEAD")
    assert seen.date == "2020-09-13"  # 1600000000 s, in UTC
    assert (seen.dirty, seen.changed, seen.covers) == (False, (), ("code", "input"))


@git_needed
@pytest.mark.parametrize(
    ("changed", "dirty"),
    [
        ("workflow/step.py", True),
        ("workflow/ny.py", True),
        ("data/raw/toy/studies.csv", True),
        ("data/raw/other/studies.csv", False),
        ("results/toy/pooled.csv", False),
    ],
)
def test_dirty_is_what_decides_this_reviews_results(changed: str, dirty: bool, project: Path) -> None:
    (project / changed).parent.mkdir(parents=True, exist_ok=True)
    (project / changed).write_text("changed", "utf-8")
    seen = read_checkout(project, project / "data/raw/toy")
    assert (seen.dirty, seen.changed) == (dirty, (changed,) if dirty else ())


@git_needed
def test_a_staged_change_and_a_removed_file_are_dirty_too(project: Path) -> None:
    (project / "Snakefile").write_text("changed", "utf-8")
    git(project, "add", ".")
    (project / "workflow/step.py").unlink()
    seen = read_checkout(project, project / "data/raw/toy")
    assert seen.changed == ("Snakefile", "workflow/step.py")


@git_needed
def test_input_elsewhere_is_not_covered(project: Path, tmp_path: Path) -> None:
    assert read_checkout(project, tmp_path / "raw" / "toy").covers == ("code",)


@git_needed
def test_an_unpacked_copy_in_another_checkout_has_no_commit(project: Path) -> None:
    copy = project / "results" / "code"
    copy.mkdir(parents=True)
    (copy / "Snakefile").write_text("a copy", "utf-8")
    seen = read_checkout(copy, copy / "data/raw/toy")
    assert (seen.commit, seen.dirty, seen.reason) == (None, None, NOT_TRACKED)


@git_needed
def test_another_repository_in_the_environment_is_not_looked_at(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))
    assert read_checkout(project, project / "data/raw/toy").commit is not None


def test_without_git_nothing_is_known_and_that_is_said(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "plain"
    elsewhere.mkdir()
    assert read_checkout(elsewhere, elsewhere).reason == NO_GIT
    monkeypatch.setenv("PATH", "")
    seen = read_checkout(project, project / "data/raw/toy")
    assert (seen.commit, seen.date, seen.dirty, seen.reason) == (None, None, None, NO_GIT)


@pytest.mark.parametrize("name", SHIPPED)
def test_methods_are_those_that_made_the_pooled_rows(name: str) -> None:
    form, problems, _ = read_transcribed(RAW / name, name, SCHEMA)
    assert form is not None, problems.errors
    rows = [row for row in analyse(form).pooled if not row.subgroup]
    recorded = used_methods(form.analyses, rows)
    assert len(recorded) == len(rows) >= 5
    for row, each in zip(rows, recorded, strict=True):
        assert (each["analysis"], each["role"]) == (row.analysis, row.role)
        assert each["applies"] == (row.state.value != "method-not-applicable")
        if each["applies"]:
            fields = {key: each[key] for key in Method.__slots__}
            assert Method(**fields).label() == row.method_label, row.method
            assert each["level"] == row.ci_level


# The whole way, with a copy of the project that has commits of its own.


def copy_project(folder: Path) -> Path:
    """The project's code as it is handed on, without its history."""
    copy_code(ROOT, folder)
    return folder / "code"


def snakemake(root: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    environment = os.environ | {"PYTHONPATH": str(root / "workflow/scripts")} | variables
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environment)


def bundle(root: Path, review: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "workflow/scripts/bundle.py", review]
    environment = os.environ | {"PYTHONPATH": str(root / "workflow/scripts")}
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environment)


def recorded(root: Path, review: str) -> dict[str, Any]:
    path = root / "results" / review / "provenance.json"
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return data


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project with two reviews, one of them stopped, after a run; and what the terminal showed."""
    root = copy_project(tmp_path_factory.mktemp("handed on"))
    shutil.copytree(RAW / "stroke-los-1999", root / "data/raw/stroke-los-1999")
    shutil.copytree(ROOT / "tests/data/toy", root / "data/raw/unsealed")
    (root / ".gitignore").write_text("results/*\n!results/README.md\n.snakemake/\n__pycache__/\n", "utf-8")
    if shutil.which("git"):
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", "First")
    run = snakemake(root)
    assert "unsealed was stopped" in run.stderr, run.stderr
    return root, run.stderr


@pytest.mark.parametrize("review", ["stroke-los-1999", "unsealed"])
def test_every_file_of_the_folder_is_accounted_for(review: str, finished: tuple[Path, str]) -> None:
    folder = finished[0] / "results" / review
    data = recorded(finished[0], review)
    listed = {each["file"]: each["sha256"] for part in ("inputs", "outputs", "code") for each in data[part]}
    own = {"README.md", "SHA256SUMS", "provenance.json", "ro-crate-metadata.json"}
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".snakemake_timestamp"
    }
    assert {name for name in there if not name.startswith("log/")} == listed.keys() | own
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert faults(folder) == []


@pytest.mark.parametrize("review", ["stroke-los-1999", "unsealed"])
def test_nothing_tells_of_machine_user_or_hour(review: str, finished: tuple[Path, str]) -> None:
    root, _ = finished
    for name in ("provenance.json", "ro-crate-metadata.json", "README.md", "SHA256SUMS"):
        text = (root / "results" / review / name).read_text("utf-8")
        assert str(root) not in text
        assert str(ROOT) not in text
        assert str(Path.home()) + "/" not in text
        assert not re.search(r"\d\d:\d\d:\d\d|\dT\d\d", text)


def test_each_step_is_named_with_its_script_and_what_it_writes(finished: tuple[Path, str]) -> None:
    root, _ = finished
    steps = {each["step"]: each for each in recorded(root, "stroke-los-1999")["steps"]}
    assert {"import_reviews", "pool_reviews", "report_reviews"} <= steps.keys()
    assert steps["pool_reviews"]["does"].startswith("Normal form -> trial effects")
    for each in steps.values():
        assert (root / "results/stroke-los-1999" / each["script"]).is_file()
        assert each["does"]
        assert all((root / "results/stroke-los-1999" / name).exists() for name in each["writes"])


def test_the_audit_guide_names_files_that_exist(finished: tuple[Path, str]) -> None:
    text = (ROOT / "docs" / "audit.md").read_text("utf-8")
    folder = finished[0] / "results" / "stroke-los-1999"
    named = set(re.findall(r"`([a-zA-Z]+\.(?:csv|json|xlsx|html)|[a-z]+/|[A-Z]+[A-Za-z.]*)`", text))
    assert {"verdicts.csv", "provenance.json", "audit.xlsx", "input/", "forest/"} <= named
    for name in named - {"results/", "corrections.csv"}:
        assert (folder / name).exists(), name
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", text):
        assert (ROOT / "docs" / picture).stat().st_size < 100_000


def test_the_closing_table_still_comes_last(finished: tuple[Path, str]) -> None:
    _, terminal = finished
    assert terminal.index("recording where the results come from") < terminal.index("figures checked")


def test_the_seals_can_be_checked_with_common_tools(finished: tuple[Path, str]) -> None:
    folder = finished[0] / "results" / "stroke-los-1999"
    for place in (folder, folder / "input"):
        lines = (place / "SHA256SUMS").read_text("utf-8").splitlines()
        assert len(lines) > 3
        for line in lines:
            digest, name = line.split("  ", 1)
            assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest


def test_bundle_of_a_stopped_review_is_refused(finished: tuple[Path, str]) -> None:
    refused = bundle(finished[0], "unsealed")
    assert refused.returncode == 1
    assert "unsealed was stopped, there is nothing to hand on" in refused.stderr
    assert not (finished[0] / "results/unsealed.zip").exists()


@git_needed
def test_a_commit_reruns_the_record_alone(finished: tuple[Path, str]) -> None:
    root, _ = finished
    first = recorded(root, "stroke-los-1999")["repool"]
    assert (first["commit"], first["dirty"]) == (git(root, "rev-parse", "HEAD"), False)
    shutil.rmtree(root / "data/raw/unsealed")
    git(root, "rm", "-qr", "--cached", "data/raw/unsealed")
    git(root, "commit", "-q", "-m", "Second")
    run = snakemake(root)
    assert run.returncode == 0, run.stderr
    second = recorded(root, "stroke-los-1999")["repool"]
    assert second["commit"] == git(root, "rev-parse", "HEAD") != first["commit"]
    assert "recording where the results come from" in run.stderr
    assert "stroke-los-1999: " not in run.stderr
    again = snakemake(root)
    assert "Nothing to be done" in again.stderr


def test_bundle_holds_the_folder_and_is_the_same_every_time(finished: tuple[Path, str]) -> None:
    root, _ = finished
    made = bundle(root, "stroke-los-1999")
    assert made.returncode == 0, made.stderr
    path = root / "results" / "stroke-los-1999.zip"
    first = path.read_bytes()
    os.utime(root / "results/stroke-los-1999/pooled.csv", (1e9, 1e9))
    assert bundle(root, "stroke-los-1999").returncode == 0
    assert path.read_bytes() == first
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        packed.extractall(root.parent / "unpacked")
    assert {f"stroke-los-1999/{name}" for name in (
        "README.md", "SHA256SUMS", "index.html", "pooled.csv", "input/studies.csv", "input/SHA256SUMS",
        "code/Snakefile", "code/requirements.lock", "provenance.json", "ro-crate-metadata.json",
    )} <= set(names)  # fmt: skip
    assert not [name for name in names if "/log/" in name or "/." in name]
    assert faults(root.parent / "unpacked" / "stroke-los-1999") == []


@pytest.mark.parametrize(
    ("altered", "message"),
    [
        ("results/stroke-los-1999/pooled.csv", "pooled.csv: altered or missing since it was made"),
        ("data/raw/stroke-los-1999/studies.csv", "input/studies.csv: not what the project has now"),
        ("workflow/scripts/repool/tables.py", "code/workflow/scripts/repool/tables.py: not what the project"),
    ],
)  # fmt: skip
def test_bundle_of_anything_but_the_present_results_is_refused(
    altered: str, message: str, finished: tuple[Path, str]
) -> None:
    path = finished[0] / altered
    before = path.read_bytes()
    path.write_bytes(before + b"\n")
    refused = bundle(finished[0], "stroke-los-1999")
    path.write_bytes(before)
    assert refused.returncode == 1
    assert message in refused.stderr
    assert "first: make" in refused.stderr


def test_bundle_says_plainly_what_is_missing(tmp_path: Path, toy: Callable[[str], Path]) -> None:
    root = copy_project(tmp_path)
    shutil.copytree(sealed(toy()), root / "data/raw/toy")
    unknown = bundle(root, "no-such-review")
    assert unknown.returncode == 1
    assert unknown.stderr == 'There is no review "no-such-review" in data/raw; there is: toy\n'
    unmade = bundle(root, "toy")
    assert unmade.returncode == 1
    assert unmade.stderr == "results/toy has no complete results yet; first: make\n"


def test_a_file_far_too_large_to_be_read_is_copied_and_packed_in_little_memory(tmp_path: Path) -> None:
    size = 50_000_000
    raw, folder = tmp_path / "raw" / "big.csv", tmp_path / "results" / "big"
    raw.parent.mkdir()
    raw.write_bytes(b"")
    os.truncate(raw, size)
    write_table(folder / "inputs.csv", InputFile, [InputFile("big.csv", checksum(raw))])
    tracemalloc.start()
    copy_input(RawReview("big", raw.parent, (raw,)), folder)
    write_bundle(folder, tmp_path / "big.zip")
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < size / 10
    with zipfile.ZipFile(tmp_path / "big.zip") as bundle:
        assert bundle.getinfo("big/input/big.csv").file_size == size
        assert bundle.testzip() is None
