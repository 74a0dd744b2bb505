"""The steps of a review, what each writes, and the record that it wrote it.

Snakemake sees one record per step and shard, not the thousands of files of a corpus. The record has the
checksum of each file, so that a result edited or lost since is noticed, which Snakemake by itself would
not see.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repool.readers.seal import checksum
from repool.tables import write_json


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its script, and what it writes below a review's results folder."""

    step: str
    script: str
    writes: tuple[str, ...]


STEPS: dict[str, Step] = {
    step: Step(f"{step}_reviews", f"workflow/scripts/{step}_reviews.py", writes)
    for step, writes in {
        "import": (
            "review.json", "analyses.csv", "studies.csv", "published.csv", "published_trials.csv",
            "grade.csv", "rob.csv", "references.csv", "problems.csv", "inputs.csv",
        ),
        "pool": (
            "effects.csv", "weights.csv", "pooled.csv", "subgroup_tests.csv", "heterogeneity.csv",
            "crosscheck.csv", "crosscheck.json",
        ),
        "reproduce": (
            "verdicts.csv", "trial_verdicts.csv", "identification.csv", "questions.csv",
            "consistency.csv", "findings.csv", "findings.json",
        ),
        "explain": ("reconstruction.csv", "reconstruction.json", "worked", "trace.json", "audit.xlsx"),
        "draw": ("forest",),
        "report": ("index.html", "findings.html", "summary.json"),
        "provenance": (
            "provenance.json", "ro-crate-metadata.json", "README.md", "SHA256SUMS", "input", "code",
        ),
    }.items()
}  # fmt: skip

_LAST = ("explain", "draw", "report")
_MADE_FROM = {
    "import": ("pool", "reproduce", *_LAST), "pool": ("reproduce", *_LAST),
    "reproduce": ("explain", "report"), "explain": ("report",), "draw": ("report",),
}  # fmt: skip


def record(out: Path, reviews: Iterable[str], step: str) -> dict[str, dict[str, str]]:
    """The SHA-256 of every file that a step wrote, by review and name."""
    return {
        name: {
            path.relative_to(out / name).as_posix(): checksum(path)
            for path in _files(out / name, STEPS[step].writes)
        }
        for name in reviews
    }


def write_record(path: Path, out: Path, reviews: Iterable[str], step: str) -> None:
    """Write the record that a step is done for these reviews."""
    write_json(path, record(out, reviews, step))


def changed_since(path: Path, out: Path) -> list[str]:
    """The results that are not what the step of this record wrote: edited, added or lost."""
    recorded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    now = record(out, recorded, path.stem)
    return sorted(
        f"{name}/{file}"
        for name, files in recorded.items()
        for file in files.keys() | now[name].keys()
        if files.get(file) != now[name].get(file)
    )


def forget(path: Path, out: Path) -> None:
    """Remove a record and those of all that was made from it.

    Snakemake does not make a file again that only lies between others: with what comes last gone too, it
    does.
    """
    for step in (path.stem, *_MADE_FROM.get(path.stem, ())):
        path.with_name(f"{step}.json").unlink(missing_ok=True)
    for name in ("overview.txt", ".complete"):
        (out / name).unlink(missing_ok=True)


def remove(folder: Path, step: str) -> None:
    """Remove what a step wrote for a review."""
    for name in STEPS[step].writes:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _files(folder: Path, names: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for name in names:
        path = folder / name
        found += [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return sorted(path for path in found if path.is_file())
