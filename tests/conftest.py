"""Shared by all tests: where things lie, and how a review is built and run through the real workflow."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from repool.readers.seal import SEAL, seal

ROOT = Path(__file__).resolve().parents[1]
RAW = ROOT / "data" / "raw"
SCHEMA = ROOT / "workflow" / "schemas" / "review.schema.json"
SHARED = ROOT.parent / "shared"
SHIPPED = ("bcg-1994", "pfmt-2014", "stroke-los-1999")


def shared(*parts: str) -> Path:
    """A folder or file beside the project; the test is skipped, visibly, where it is missing."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"../shared/{'/'.join(parts)} is not here")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of agreement with other programs, where those tests ran."""
    cochrane = sys.modules.get("cochrane")
    if cochrane is not None and cochrane.AGREEMENTS:
        terminalreporter.section("agreement with other programs")
        terminalreporter.write(cochrane.agreements())


def copy_shipped(raw: Path) -> None:
    """Copy the shipped reviews, and nothing a user may have added beside them."""
    for name in SHIPPED:
        shutil.copytree(RAW / name, raw / name)


def sealed(folder: Path) -> Path:
    """Seal a review folder made by a test."""
    (folder / SEAL).write_text(seal(folder), "utf-8")
    return folder


def run_snakemake(
    folder: Path, *targets: str, cores: int = 2, variables: dict[str, str] | None = None, **config: str
) -> subprocess.CompletedProcess[str]:
    """Run the real workflow on `folder`/raw into `folder`/results, in a working directory of its own."""
    settings = {"raw": str(folder / "raw"), "results": "results", **config}
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"),
        "--profile", str(ROOT / "profiles" / "default"), "--directory", str(folder),
        "--cores", str(cores), "--config", *(f"{key}={value}" for key, value in settings.items()),
    ]  # fmt: skip
    if targets:
        command += ["--", *targets]
    environment = os.environ | {"PYTHONWARNINGS": "default"} | (variables or {})
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def toy(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a small valid review under raw/<name>, not yet sealed."""

    def make(name: str = "toy") -> Path:
        folder = tmp_path / "raw" / name
        shutil.copytree(ROOT / "tests" / "data" / "toy", folder)
        return folder

    return make
