"""Where a review's results come from: commit, packages, input, methods, steps and the files they made.

Everything here is the same on every machine and at every hour: no time of the run, no user, no path
outside the review's results folder.
"""

import ast
import os
import platform
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from repool.agreement import read_outcome
from repool.methods import method_behind
from repool.model import Analysis
from repool.normal_form import InputFile
from repool.raw_reviews import RawReview
from repool.readers.seal import SEAL, checksum, seal
from repool.results import PooledRow
from repool.steps import Step
from repool.tables import copy_file, read_table, write_text

INPUT, CODE, PROVENANCE = "input", "code", "provenance.json"
#: What a run can be repeated with; copied into every results folder.
DEPOSITED = (
    "Snakefile", "Makefile", "pyproject.toml", "requirements.lock", "profiles", "workflow",
    "docs/methods.md", "docs/new-review.md", "docs/audit.md", "docs/audit-verdicts.png",
    "docs/audit-workbook.png", "docs/cluster.md", "requirements-cluster.txt", "requirements-cluster.lock",
    "results/README.md",
)  # fmt: skip
NO_GIT = "git is not installed, or the project is not a git checkout"
NOT_TRACKED = "the project is not part of the git checkout it lies in"


@dataclass(frozen=True, slots=True)
class Checkout:
    """What version control says of the project; None throughout where it says nothing (`reason`).

    dirty: code or this review's input differ from the commit, in `changed`; results do not count.
    date: of the commit, UTC. covers: what `dirty` was asked of; input elsewhere is not covered.
    """

    commit: str | None
    date: str | None
    dirty: bool | None
    changed: tuple[str, ...]
    covers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file below a review's results folder, as its bytes are."""

    file: str
    sha256: str
    bytes: int


def read_checkout(root: Path, *review: Path) -> Checkout:
    """Ask git about the project at `root` and where the review it read lies; git may be missing."""
    head = _git(root, "show", "--no-patch", "--format=%H %ct", "HEAD")
    if head is None:
        return Checkout(None, None, None, (), (), NO_GIT)
    if not _git(root, "ls-files", "--", "Snakefile"):  # a copy inside some other project's checkout
        return Checkout(None, None, None, (), (), NOT_TRACKED)
    commit, seconds = head.split()
    watched, covers = [name for name in DEPOSITED if (root / name).exists()], [CODE]
    own = [path.resolve() for path in review]
    if all(path.is_relative_to(root.resolve()) for path in own):
        watched += [path.relative_to(root.resolve()).as_posix() for path in own]
        covers.append(INPUT)
    status = _git(
        root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", *watched
    )
    changed = tuple(sorted(line[3:] for line in (status or "").split("\0") if line))
    return Checkout(commit, _date(int(seconds)), bool(changed), changed, tuple(covers), "")


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints; None where it cannot answer. It neither writes nor looks at another repository."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
    try:
        run = subprocess.run(command, capture_output=True, env=environment, check=False)
    except OSError:
        return None
    return run.stdout.decode("utf-8", "replace") if run.returncode == 0 else None


def _date(seconds: int) -> str:
    """A Unix time as day in UTC, whatever the machine's time zone."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def record(folder: Path, path: Path) -> FileRecord:
    """A file of a results folder with its checksum and size."""
    return FileRecord(path.relative_to(folder).as_posix(), checksum(path), path.stat().st_size)


def records(folder: Path, names: Iterable[str]) -> tuple[FileRecord, ...]:
    """The files of these names below `folder`, for folders all within, in order; hidden ones left out."""
    found = set()
    for name in names:
        path = folder / name
        found |= {each for each in path.rglob("*") if each.is_file()} if path.is_dir() else {path}
    return tuple(record(folder, path) for path in sorted(found) if not path.name.startswith("."))


def copy_input(review: RawReview, folder: Path) -> None:
    """Copy the files that the import read into a review's results folder, under their seal.

    A download has none of its own and gets one. Raises ValueError if a file is no longer what the import
    read: the results would be of another input.
    """
    target = folder / INPUT
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for each in read_table(folder / "inputs.csv", InputFile):
        copy = target / each.file
        copy_file(review.base / each.file, copy)
        if checksum(copy) != each.sha256:
            raise ValueError(f"{each.file} changed while the workflow ran; run again")
    own = review.base / SEAL
    if review.is_folder and own.is_file() and not review.strange():
        copy_file(own, target / SEAL)
    else:
        write_text(target / SEAL, seal(target))


def copy_code(root: Path, folder: Path) -> None:
    """Copy the project's code into a results folder, as far as a run needs it."""
    shutil.rmtree(folder / CODE, ignore_errors=True)
    for path in code_files(root):
        copy_file(path, folder / CODE / path.relative_to(root))


def code_files(root: Path) -> list[Path]:
    """What `DEPOSITED` stands for, but for hidden files and what Python keeps compiled."""
    found = []
    for name in DEPOSITED:
        path = root / name
        found += [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return sorted(
        path
        for path in found
        if path.is_file()
        and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(root).parts)
    )


def provenance(folder: Path, root: Path, checkout: Checkout, steps: Sequence[Step]) -> dict[str, Any]:
    """Everything that decided a review's results, as plain data for `provenance.json`.

    `folder` already has the copies of input and code. Raises KeyError if a package that
    pyproject.toml needs is not installed.
    """
    review, state, _ = read_outcome(folder)
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        "review": review.review,
        "title": asdict(review.title),
        "state": state,
        "repool": {"version": project["version"], **asdict(checkout)},
        "python": platform.python_version(),
        "packages": {name: version(name) for name in map(_package, project["dependencies"])},
        "inputs": [asdict(each) for each in records(folder, [INPUT])],
        "methods": used_methods(
            read_table(folder / "analyses.csv", Analysis), read_table(folder / "pooled.csv", PooledRow)
        ),
        "steps": [_described(step, root) for step in steps],
        "outputs": [asdict(each) for each in records(folder, made(folder, steps))],
        "code": [asdict(each) for each in records(folder, [CODE])],
    }


def made(folder: Path, steps: Iterable[Step]) -> list[str]:
    """What the steps wrote, by name below `folder`."""
    return [name for step in steps for name in step.writes if (folder / name).exists()]


def used_methods(analyses: Iterable[Analysis], pooled: Iterable[PooledRow]) -> list[dict[str, Any]]:
    """Every field of every method that an analysis was pooled by; `applies` false where it cannot be."""
    known = {each.analysis: each for each in analyses}
    rows = []
    for row in pooled:
        if not row.subgroup:
            analysis = known[row.analysis]
            method = method_behind(analysis, row.role, row.method)
            fields: Mapping[str, Any] = asdict(method) if method else {"name": row.method}
            about = {"analysis": row.analysis, "measure": row.measure, "role": row.role}
            rows.append({**about, "applies": method is not None, **fields})
    return rows


def _described(step: Step, root: Path) -> dict[str, Any]:
    source = ast.parse((root / step.script).read_text("utf-8"))
    does = (ast.get_docstring(source) or "").partition("\n")[0]
    return {"step": step.step, "script": f"{CODE}/{step.script}", "does": does, "writes": step.writes}


def _package(requirement: str) -> str:
    """The name in "numpy>=2.2"."""
    match = re.match(r"[\w.-]+", requirement)
    return match.group() if match else requirement
