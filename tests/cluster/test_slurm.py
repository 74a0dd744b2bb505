"""The workflow on a real Slurm on this machine, byte for byte as a local run: make test-cluster."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import one_machine
import pytest

from conftest import RAW, ROOT, SHARED, SHIPPED, copy_shipped, run_snakemake

pytestmark = pytest.mark.cluster

PYTHON = ROOT / ".venv-cluster" / "bin" / "python"
SHARDS = "2"
APART = "0"  # a shard for each review
SPOILT = "spoilt"
Ran = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def slurm() -> Iterator[Path]:
    """The folder of a running cluster; a path short enough for a socket."""
    if not PYTHON.is_file():
        pytest.skip("no .venv-cluster here; make setup-cluster")
    try:
        one_machine.install()
    except one_machine.NotPossibleError as reason:
        pytest.skip(f"no Slurm on this machine: {reason}")
    folder = Path(tempfile.mkdtemp(prefix="repool-slurm-"))
    one_machine.start(folder)
    yield folder
    one_machine.stop(folder)
    assert not folder.exists()


def command(folder: Path, *more: str, shards: str = SHARDS) -> list[str]:
    return [
        str(PYTHON), "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"),
        "--profile", str(ROOT / "profiles" / "slurm"), "--directory", str(folder),
        "--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2",
        "--config", f"raw={folder / 'raw'}", "results=results", f"shards={shards}", *more,
    ]  # fmt: skip


def on_slurm(slurm: Path, folder: Path, *more: str, shards: str = SHARDS) -> subprocess.CompletedProcess[str]:
    """Run the workflow on the cluster; for at most a quarter of an hour."""
    return subprocess.run(
        command(folder, *more, shards=shards), env=os.environ | one_machine.variables(slurm),
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def corpus(raw: Path) -> None:
    """The shipped reviews, one of them again with a byte changed, and two of ../shared if it is there."""
    copy_shipped(raw)
    shutil.copytree(RAW / SHIPPED[0], raw / SPOILT)
    studies = raw / SPOILT / "studies.csv"
    studies.write_bytes(studies.read_bytes().replace(b"4,123", b"4,124"))
    for path in sorted(
        SHARED.glob("cochrane/data-rows/*-data-rows.csv"), key=lambda each: each.stat().st_size
    )[:2]:
        shutil.copyfile(path, raw / path.name)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A folder in which the corpus ran on this machine without Slurm, and the run."""
    folder = tmp_path_factory.mktemp("local")
    corpus(folder / "raw")
    return folder, run_snakemake(folder, shards=SHARDS)


@pytest.fixture(scope="module")
def cluster(slurm: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The same on the cluster."""
    folder = tmp_path_factory.mktemp("cluster")
    corpus(folder / "raw")
    return folder, on_slurm(slurm, folder)


def test_the_results_are_those_of_a_local_run_byte_for_byte(
    local: Ran,
    cluster: Ran,
) -> None:
    (here, run_here), (there, run_there) = local, cluster
    assert run_there.returncode == run_here.returncode, run_there.stderr
    ours, theirs = digests(here / "results"), digests(there / "results")
    assert len(ours) > 100
    assert theirs == ours


def test_the_jobs_ran_on_the_cluster(slurm: Path, cluster: Ran) -> None:
    done = one_machine.ask(slurm, "squeue", "--states=COMPLETED", "--noheader", "--format=%k").splitlines()
    assert sum("import_reviews" in line for line in done) == int(SHARDS), done
    assert any("index_reviews" in line for line in done)
    sent = [line for line in cluster[1].stderr.splitlines() if line.startswith("Slurm job ")]
    assert len(sent) == len(done)


def test_a_stopped_review_does_not_stop_the_others(
    cluster: Ran,
) -> None:
    folder, run = cluster
    assert run.returncode != 0
    assert "Traceback" not in run.stderr
    assert "the cluster did not take" not in run.stderr
    assert f"raw/{SPOILT}/studies.csv" in run.stderr
    assert "This review was stopped" in (folder / "results" / SPOILT / "index.html").read_text("utf-8")
    for name in SHIPPED:
        assert "This review was stopped" not in (folder / "results" / name / "index.html").read_text("utf-8")
    assert [line.split()[0] for line in run.stderr.splitlines() if line.startswith(SHIPPED)] == [*SHIPPED]


def test_a_second_run_sends_nothing(slurm: Path, cluster: Ran) -> None:
    folder, _ = cluster
    before = one_machine.ask(slurm, "squeue", "--states=all", "--noheader")
    shutil.rmtree(folder / "raw" / SPOILT)
    shutil.copytree(RAW / SHIPPED[0], folder / "raw" / SPOILT)
    run = on_slurm(slurm, folder, "--dry-run")
    assert run.returncode == 0, run.stderr
    assert one_machine.ask(slurm, "squeue", "--states=all", "--noheader") == before


def running(slurm: Path) -> list[str]:
    return one_machine.ask(slurm, "squeue", "--states=RUNNING", "--noheader", "--format=%i").split()


def test_a_cancelled_job_is_said_and_a_rerun_completes(slurm: Path, local: Ran, tmp_path: Path) -> None:
    for name in SHIPPED[1:]:
        shutil.copytree(RAW / name, tmp_path / "raw" / name)
    out = tmp_path / "terminal.txt"
    with out.open("w") as terminal:
        run = subprocess.Popen(
            command(tmp_path, shards=APART), env=os.environ | one_machine.variables(slurm),
            stderr=terminal, stdout=terminal,
        )  # fmt: skip
    patience = time.monotonic() + 120
    while not (jobs := running(slurm)):
        assert run.poll() is None, out.read_text("utf-8")
        assert time.monotonic() < patience
        time.sleep(0.2)
    one_machine.ask(slurm, "scancel", jobs[0])
    assert run.wait(timeout=900) != 0
    said = [line for line in out.read_text("utf-8").splitlines() if f"Slurm job {jobs[0]} failed" in line]
    assert len(said) == 1, out.read_text("utf-8")
    assert "CANCELLED" in said[0]
    assert said[0].endswith("run again to go on")
    pages = [(tmp_path / "results" / name / "index.html").is_file() for name in SHIPPED[1:]]
    assert sorted(pages) == [False, True], out.read_text("utf-8")

    again = on_slurm(slurm, tmp_path, shards=APART)
    assert again.returncode == 0, again.stderr
    for name in SHIPPED[1:]:
        assert digests(tmp_path / "results" / name) == digests(local[0] / "results" / name)


def test_a_job_that_the_cluster_does_not_take_is_said(slurm: Path, tmp_path: Path) -> None:
    shutil.copytree(RAW / SHIPPED[-1], tmp_path / "raw" / SHIPPED[-1])
    run = on_slurm(
        slurm, tmp_path, "--default-resources", "slurm_partition=nosuch", "runtime=5", shards=APART
    )
    assert run.returncode != 0
    assert "the cluster did not take the job" in run.stderr
    assert SHIPPED[-1] in run.stderr


def test_starting_twice_starts_nothing_and_stopping_leaves_nothing(slurm: Path) -> None:
    second = Path(f"{slurm}-second")
    one_machine.start(second)
    names = ("munged", "slurmctld", *one_machine.NODES)
    started = [one_machine.running(second, name) for name in names]
    assert all(started)
    one_machine.start(second)
    assert [one_machine.running(second, name) for name in names] == started
    one_machine.stop(second)
    assert not second.exists()
    assert [one_machine.started(pid) for pid in started] == [""] * len(started)
    assert one_machine.running(slurm, "slurmctld")  # the other cluster is untouched
