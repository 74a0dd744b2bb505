"""Shared by all tests: where things lie, and how a review is built and run through the real workflow."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from repool.raw_reviews import raw_reviews, shards
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


# The longest files of tests come first, so that of several processes none is left with one at the end.
LONGEST = (
    "test_broken_inputs", "test_browser", "test_trace", "test_provenance", "test_workflow",
    "test_pooling_properties", "test_workbook",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, the others as they come."""
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(LONGEST)))


# What tests add to the tables printed at the end: place of the test, heading, text. Tests may run in several
# processes: a test's report takes its lines to the one that prints.
PRINTED: list[tuple[int, str, str]] = []
AGREEMENT = "agreement with other programs"
_COLUMNS = f"{'compared':<34} {'measure':<8} {'cases':>6} {'largest':>8} {'exceptions':>10}  who was right\n"
COLUMNS = {AGREEMENT: _COLUMNS}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a test's lines to its report."""
    report = yield
    cochrane = sys.modules.get("cochrane")
    if call.when == "call" and cochrane is not None and (lines := cochrane.taken()):
        place = item.session.items.index(item)
        report.printed = [(place, heading, text) for heading, text in lines]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the lines of a report."""
    PRINTED.extend((place, heading, text) for place, heading, text in getattr(report, "printed", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables, in the order of the tests."""
    lines = sorted(PRINTED, key=lambda line: line[0])
    for heading in dict.fromkeys(heading for _, heading, _ in lines):
        terminalreporter.section(heading)
        terminalreporter.write(COLUMNS.get(heading, ""))
        for text in [text for _, its, text in lines if its == heading]:
            terminalreporter.write(text)


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


def records(folder: Path, step: str, *names: str) -> list[str]:
    """What to ask Snakemake for to have a step done, for some reviews of `folder`/raw or for all."""
    dealt = shards(list(raw_reviews(folder / "raw")[0]))
    wanted = [shard for shard, members in dealt.items() if not names or set(names) & set(members)]
    return [f"results/.steps/{shard}/{step}.json" for shard in wanted]


@pytest.fixture
def toy(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a small valid review under raw/<name>, not yet sealed."""

    def make(name: str = "toy") -> Path:
        folder = tmp_path / "raw" / name
        shutil.copytree(ROOT / "tests" / "data" / "toy", folder)
        return folder

    return make
