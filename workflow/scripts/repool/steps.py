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

from repool.readers.seal import checksum
from repool.tables import PARTIAL, write_json


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

#: What is written of all reviews together, below the results folder, by the step that writes it.
OVER_ALL: dict[str, tuple[str, ...]] = {
    "index": ("index.html", "verdicts.csv", "overview.txt", "stopped.txt"),
    "parquet": ("parquet",),
}

RECORDS = ".steps"
_LAST = ("explain", "draw", "report")
_MADE_FROM = {
    "import": ("pool", "reproduce", *_LAST), "pool": ("reproduce", *_LAST),
    "reproduce": ("explain", "report"), "explain": ("report",), "draw": ("report",),
}  # fmt: skip
_WHOLE = "."


def record(out: Path, reviews: Iterable[str], step: str) -> dict[str, dict[str, str]]:
    """The SHA-256 of every file that a step wrote, by review and name."""
    writes = STEPS[step].writes if step in STEPS else OVER_ALL[step]
    return {
        name: {path.relative_to(out / name).as_posix(): checksum(path) for path in _files(out / name, writes)}
        for name in reviews
    }


def write_record(path: Path, out: Path, reviews: Iterable[str], step: str) -> None:
    """Write the record that a step is done for these reviews."""
    write_json(path, record(out, reviews, step))


def write_record_over_all(path: Path) -> None:
    """Write the record <results>/.steps/<step>.json of a step that takes all reviews together."""
    write_record(path, path.parent.parent, [_WHOLE], path.stem)


def changed_since(path: Path, out: Path) -> list[str]:
    """The results that are not what the step of this record wrote: edited, added or lost.

    A record that cannot be read counts as changed itself.
    """
    try:
        recorded: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))
        now = record(out, recorded, path.stem)
        return sorted(
            Path(name, file).as_posix()
            for name, files in recorded.items()
            for file in files.keys() | now[name].keys()
            if files.get(file) != now[name].get(file)
        )
    except (ValueError, AttributeError, KeyError, TypeError):
        return [path.relative_to(out).as_posix()]


def forget(path: Path, out: Path) -> None:
    """Remove a record and those of all that was made from it, last things first.

    Snakemake does not make a file again that only lies between others: with what comes last gone too, it
    does. A run killed on the way leaves the record itself, and the next run sees it again.
    """
    for name in (".complete", f"{RECORDS}/index.json", "overview.txt"):
        (out / name).unlink(missing_ok=True)
    for step in (*reversed(_MADE_FROM.get(path.stem, ())), path.stem):
        path.with_name(f"{step}.json").unlink(missing_ok=True)


def tidy(out: Path, shards: Iterable[str]) -> list[str]:
    """Make a results folder fit for the next run; returns the first of the changed results of each record.

    Goes: what a killed run left half-written, the records of shards that are no more, and every record of
    which a result was changed since.
    """
    for path in sorted(out.rglob(f".*{PARTIAL}")):
        _delete(path)
    for folder in set(_folders(out / RECORDS)) - set(shards):
        shutil.rmtree(out / RECORDS / folder)
    changed: list[str] = []
    for path in sorted((out / RECORDS).rglob("*.json")):
        if path.exists() and (names := changed_since(path, out)):
            changed.append(names[0] + (f", and {len(names) - 1} more" if names[1:] else ""))
            forget(path, out)
    return changed


def left_over(out: Path, reviews: Iterable[str]) -> list[str]:
    """The folders of reviews that an earlier run left and this one does not have."""
    made = {name for name in _folders(out) if (out / name / "review.json").is_file()}
    return sorted(made - set(reviews))


def remove(folder: Path, step: str) -> None:
    """Remove what a step wrote for a review."""
    for name in STEPS[step].writes:
        _delete(folder / name)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _folders(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _files(folder: Path, names: Iterable[str]) -> list[Path]:
    """The files of these names, or in folders of these names; Snakemake marks a folder with a hidden one."""
    found: list[Path] = []
    for name in names:
        path = folder / name
        found += path.rglob("[!.]*") if path.is_dir() else [path]
    return sorted(path for path in found if path.is_file())
