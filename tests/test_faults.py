"""What a machine and a user can do to a run: full or read-only disks, two runs, old dates, lost reviews."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import RAW, run_snakemake, sealed
from faults.killing import digests
from repool.claim import claim_run

Toy = Callable[[str], Path]


def lean(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A run without plots and audit, which these faults do not concern."""
    return run_snakemake(folder, forest="none", audit="none", **more)


def mount(folder: Path, options: str) -> None:
    """Mount a small disk of its own, or change it; skipped, visibly, where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder for a disk of its own, with a review beside it in raw/."""
    shutil.copytree(RAW / "stroke-los-1999", tmp_path / "raw" / "stroke-los-1999")
    folder = tmp_path / "disk"
    folder.mkdir()
    yield folder
    subprocess.run(["umount", str(folder)], capture_output=True, check=False)


@pytest.mark.slow
def test_a_full_disk_is_said_and_with_room_the_same_command_ends_the_run(disk: Path) -> None:
    mount(disk, "size=400k")
    full = lean(disk.parent, results=str(disk / "results"))
    assert full.returncode != 0
    assert "No space left on device); make room on the disk, then run again" in full.stderr
    assert "Traceback" not in full.stderr
    mount(disk, "remount,size=64m")
    assert lean(disk.parent, results=str(disk / "results")).returncode == 0
    elsewhere = disk.parent / "results"
    assert lean(disk.parent, results=str(elsewhere)).returncode == 0
    assert digests(disk / "results") == digests(elsewhere)


@pytest.mark.slow
def test_results_that_cannot_be_written_are_said_before_anything_runs(disk: Path) -> None:
    mount(disk, "size=8m,ro")
    run = lean(disk.parent, results=str(disk / "results"))
    assert run.returncode != 0
    assert "cannot be written" in run.stderr
    assert "give another folder with --config results=<folder>, then run again" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_second_run_in_the_same_folder_is_refused(toy: Toy, tmp_path: Path) -> None:
    sealed(toy("toy"))
    with claim_run(tmp_path / "results"):
        run = lean(tmp_path)
    assert run.returncode != 0
    assert "another run is working in results; wait until it has ended, then run again" in run.stderr
    assert not (tmp_path / "results" / "toy").exists()


@pytest.mark.slow
def test_an_edit_dated_long_ago_counts_and_a_removed_review_is_named(toy: Toy, tmp_path: Path) -> None:
    """As after a clock set back, or with a file copied together with its date."""
    first, second = toy("first"), toy("second")
    sealed(first)
    sealed(second)
    assert lean(tmp_path).returncode == 0
    before = digests(tmp_path / "results")
    studies = first / "studies.csv"
    lines = studies.read_text("utf-8").splitlines()
    studies.write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    sealed(first)
    for path in first.iterdir():
        os.utime(path, (10**9, 10**9))
    shutil.move(second, tmp_path / "raw" / "renamed")
    run = lean(tmp_path)
    assert run.returncode == 0, run.stderr
    after = digests(tmp_path / "results")
    assert before["first/studies.csv"] != after["first/studies.csv"]
    assert "results/second is left from an earlier run" in run.stderr
    index = (tmp_path / "results" / "index.html").read_text("utf-8")
    assert 'href="renamed/index.html"' in index
    assert 'href="second/index.html"' not in index
    clean = tmp_path / "clean"
    shutil.copytree(tmp_path / "raw", clean / "raw")
    assert lean(clean).returncode == 0
    kept = {name: digest for name, digest in after.items() if not name.startswith("second/")}
    kept = {name: digest for name, digest in kept.items() if not name.startswith(".steps/second/")}
    assert kept == digests(clean / "results")
