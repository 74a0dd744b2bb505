"""The trace: every cell of every result table of a real run leads back to cells of the input."""

import csv
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import RAW, ROOT, copy_shipped, records, run_snakemake, sealed
from repool.__main__ import main
from repool.trace.chain import TABLES, Address, TraceError, trace, tracer
from repool.worked.quantities import ancestry

REVIEWS = ("bcg-1994", "pfmt-2014", "stroke-los-1999", "toy")
#: Numbers of the tables that are no result: places in files, and how many decimals to show.
NOT_RESULTS = {"line", "effect_places", "interval_level"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the shipped reviews, a toy and a broken one ran through the workflow."""
    folder = tmp_path_factory.mktemp("trace")
    copy_shipped(folder / "raw")
    for name in ("toy", "broken"):
        shutil.copytree(ROOT / "tests" / "data" / "toy", folder / "raw" / name)
        sealed(folder / "raw" / name)
    (folder / "raw" / "broken" / "studies.csv").write_text("nothing\n", "utf-8")
    finished = run_snakemake(folder, *records(folder, "report"), forest="none")
    assert finished.returncode == 0, finished.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("review", REVIEWS)
def test_every_number_of_every_table_leads_to_the_input(run: Path, review: str) -> None:
    folder = run / "results" / review
    tracing, traced = tracer(folder), 0
    for table in TABLES:
        with open(folder / f"{table}.csv", encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for number, row in enumerate(rows):
            for column, text in row.items():
                found = tracing.cell(table, number, column).quantity
                is_number = re.fullmatch(r"-?\d+(\.\d+)?(e[-+]\d+)?", text) and column not in NOT_RESULTS
                if is_number and not column.startswith("locator"):
                    assert found is not None, (table, number, column, text)
                if found is None:
                    continue
                assert all(each.follows for each in ancestry(found)), (table, number, column)
                if is_number and column not in ("ours_shown", "published"):
                    assert math.isclose(float(text), found.value, rel_tol=1e-9, abs_tol=1e-12)
                if found.value:
                    files = {Path(each.file).name for each in ancestry(found) if each.file}
                    assert files & {"studies.csv", "published.csv", "review.yaml"}, (table, number, column)
                traced += 1
    assert traced > 50


def test_chain_of_the_issue(run: Path) -> None:
    text = trace(str(run / "results/pfmt-2014/findings.csv:3:intervention_per_1000"))
    assert text == trace(str(run / "results/pfmt-2014/findings.csv:3:experimental_per_1000"))
    lines = text.splitlines()
    assert lines[0].endswith("findings.csv:3: experimental_per_1000 = 539.660792352")
    assert lines[1].startswith("  <- 1000r₁ = 1000 · r₀ · RR = 1000 · 0.0317460 · 16.9993 = 539.661")
    assert "    <- r₀ = Σc / Σn₂ = 2 / 63 = 0.0317460" in text
    assert "<- y = ln((a / n₁) / (c / n₂)) = ln((12 / 25) / (1 / 30)) = 2.66723" in text
    assert "<- raw/pfmt-2014/studies.csv:2: control_events" in text
    digest = hashlib.sha256((RAW / "pfmt-2014" / "studies.csv").read_bytes()).hexdigest()
    assert text.count(f"<- SHA-256 {digest}") == 2  # once for each row


def test_cells_in_the_chain_are_those_of_the_input(run: Path) -> None:
    text = trace(str(run / "results/bcg-1994/pooled.csv:2:estimate"))
    places = re.findall(r"<- (a = .*?)  \[(.*)\]\n\s*<- raw/bcg-1994/studies\.csv:(\d+): (.*)\n", text)
    assert len(places) >= 13
    with open(RAW / "bcg-1994" / "studies.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for values, trial, line, columns in places:
        row = rows[int(line) - 2]
        assert row["trial"] == trial
        shown = [each.partition(" = ")[2] for each in values.split(", ")]
        assert shown == [row[name] for name in columns.split(", ")]


def test_figure_from_published_figures_leads_to_them(run: Path) -> None:
    text = trace(str(run / "results/pfmt-2014/findings.csv:2:experimental_per_1000"), "nb")
    assert "1000 · 0,0602410 · 8,38 = 504,819" in text
    assert "trykt som «8.38»" in text
    assert "raw/pfmt-2014/published.csv:" in text


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("findings.csv", "expected <file>:<line>:<column>"),
        ("{folder}/nothing.csv:2:estimate", "not a table that can be traced"),
        ("{folder}/../nowhere/pooled.csv:2:estimate", "there is no such file; run make first"),
        ("{folder}/pooled.csv:1:estimate", "is the header"),
        ("{folder}/pooled.csv:999:estimate", "no row begins there; the rows are on lines 2 to"),
        ("{folder}/pooled.csv:2:nothing", "there is no column nothing; its columns: analysis, subgroup"),
    ],
)
def test_wrong_address_says_what_is_wrong(
    run: Path, address: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", address.format(folder=run / "results/pfmt-2014")]) == 1
    assert says in capsys.readouterr().err


def copied(run: Path, folder: Path) -> Path:
    for name in ("raw/toy", "results/toy"):
        shutil.copytree(run / name, folder / name)
    return folder / "results/toy"


def test_changed_input_is_noticed(run: Path, tmp_path: Path) -> None:
    results = copied(run, tmp_path)
    address = str(results / "pooled.csv:2:estimate")
    assert "SHA-256" in trace(address)
    studies = tmp_path / "raw/toy/studies.csv"
    studies.write_text(studies.read_text("utf-8").replace(",5,50,", ",6,50,"), "utf-8")
    with pytest.raises(TraceError, match=r"studies.csv: has changed since .* compute the results again"):
        trace(address)
    assert "SHA-256" in trace(address, raw=run / "raw/toy")
    shutil.rmtree(tmp_path / "raw")
    with pytest.raises(TraceError, match=r"this input file is not there.*--raw"):
        trace(address)


def test_table_edited_by_hand_is_noticed(run: Path, tmp_path: Path) -> None:
    results = copied(run, tmp_path)
    rows = (results / "pooled.csv").read_text("utf-8").splitlines()
    names, cells = rows[0].split(","), next(csv.reader([rows[1]]))
    old = cells[names.index("estimate")]
    (results / "pooled.csv").write_text("\n".join(rows).replace(old, "0.5") + "\n", "utf-8")
    with pytest.raises(TraceError, match=r"is 0\.5 in the results but 0\.\d+ by its formula"):
        trace(str(results / "pooled.csv:2:estimate"))


def test_stopped_review_says_so_and_has_no_sheets(run: Path) -> None:
    with pytest.raises(TraceError, match="broken was stopped, so there is nothing to trace: "):
        trace(str(run / "results/broken/pooled.csv:2:estimate"))
    assert list((run / "results/broken/worked").glob("*.[ht]*")) == []
    chains = json.loads((run / "results/broken/trace.json").read_text("utf-8"))
    assert chains["en"]["blocks"] == []


def test_command_line(run: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "repool",
        "trace",
        "results/toy/findings.csv:2:estimate",
        "--language",
        "nb",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    done = subprocess.run(command, cwd=run, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("results/toy/findings.csv:2: estimate = ")
    assert "samlet verdi" in done.stdout


def test_address_may_hold_colons() -> None:
    assert Address.of("a:b/pooled.csv:3:q") == Address(Path("a:b/pooled.csv"), 3, "q")


@pytest.mark.parametrize("review", REVIEWS)
def test_report_links_every_shown_figure_to_its_chain(run: Path, review: str) -> None:
    page = (run / "results" / review / "index.html").read_text("utf-8")
    targets = set(re.findall(r'class="traced" href="#([^"]+)"', page))
    assert len(targets) > 3
    assert targets <= set(re.findall(r'<li id="([^"]+)"', page))
    inside = set(re.findall(r'href="#((?:nb|en)-way-[^"]+)"', page))
    assert inside <= set(re.findall(r'<li id="([^"]+)"', page))
    folder = run / "results" / review
    sheets = set(re.findall(r'href="(worked/[^"]+)"', page))
    assert sheets == {f"worked/{each.name}" for each in (folder / "worked").glob("*.html")}
