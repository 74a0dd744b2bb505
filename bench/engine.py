"""Repool's engine against statsmodels, PyMARE and R metafor on the same analyses, in one run on one core.

python bench/engine.py [--quick] [--keep] [--peers PYTHON] [--library FOLDER]

Prints the tables of bench/README.md; --keep puts them there and draws bench/engine.svg. --quick takes fewer
analyses and sizes, once. PYTHON is an interpreter with PyMARE, FOLDER one that holds another `repool`, to
compare two of them. What is missing is left out and said.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import engine_tables as tables
from engine_analyses import Analyses, cochrane, made, made_long, made_rows
from engine_plot import draw

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parent / "workflow" / "scripts"
COCHRANE = HERE.parents[1] / "shared" / "conformance" / "cochrane"
BEGIN, END = "<!-- engine: written by make bench-engine -->\n", "<!-- engine: end -->\n"

ANALYSES = 7000
METAFOR = ("DL", "HE", "HS", "HSk", "SJ", "PM", "PMM", "EB", "ML", "REML")
SIZED = ("DL", "REML")
#: One core, whatever a library would like to take.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ENVIRONMENT = os.environ | dict.fromkeys(THREADS, "1") | {"PYTHONHASHSEED": "0"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: analyses for one-at-a-time calls, rounds, calls a round, rows, seconds a size."""

    few: int
    rounds: int
    repeats: int
    rows: tuple[int, ...]
    budget: float


FULL = Plan(1000, 3, 5, tuple(10**power for power in range(3, 8)), 5.0)
QUICK = Plan(100, 1, 3, (10**3, 10**4, 10**5), 0.5)


@dataclass(frozen=True, slots=True)
class Programs:
    """How each program is started, None where it is missing; what it says of its version."""

    python: str
    peers: str | None
    rscript: str | None
    versions: dict[str, str]

    @staticmethod
    def found(peers: str | None) -> "Programs":
        versions = {"Repool's Python": platform.python_version(), "numpy": np.__version__}
        versions["statsmodels"] = version(
            sys.executable, "-c", "import statsmodels as m; print(m.__version__)"
        )
        if peers:
            versions["PyMARE"] = version(peers, "-c", "import pymare as m; print(m.__version__)")
        rscript = shutil.which("Rscript")
        if rscript:
            versions["metafor"] = version(rscript, "-e", "cat(as.character(packageVersion('metafor')))")
        there = {name: text for name, text in versions.items() if text}
        return Programs(
            sys.executable,
            peers if "PyMARE" in there else None,
            rscript if "metafor" in there else None,
            there,
        )

    def commands(self, data: Path, folder: Path, repeats: int) -> dict[str, list[str]]:
        """The command of one round of every program that is there."""
        script, every, some = HERE / "engine_programs.py", data / "all.csv", data / "some.csv"
        files = [str(every), str(some), str(folder), str(repeats)]
        commands = {name: [self.python, str(script), name, *files] for name in ("repool", "statsmodels")}
        if self.peers:
            commands["pymare"] = [self.peers, str(script), "pymare", *files]
        if self.rscript:
            metafor = str(HERE / "engine_metafor.R")
            commands["metafor"] = [self.rscript, metafor, str(some), str(folder), *METAFOR]
        return commands


def version(*command: str) -> str:
    """What the command prints; nothing where it fails."""
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def output(command: list[str]) -> str:
    """What a command that must succeed prints."""
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed:\n{done.stderr}")
    return done.stdout


def compared(analyses: Analyses, programs: Programs, plan: Plan) -> tables.Comparison:
    """Every program on the same analyses, in turn, as many rounds as planned."""
    few = np.random.default_rng(2).permutation(len(analyses))[: plan.few]
    which = np.sort(few)
    some = analyses.chosen(which)
    seconds: dict[tuple[str, str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        analyses.write(folder / "all.csv")
        some.write(folder / "some.csv")
        for _ in range(plan.rounds):
            for program, command in programs.commands(folder, folder, plan.repeats).items():
                for line in output(command).splitlines():
                    estimator, call, size, time = line.split("\t")
                    seconds[program, call, estimator][int(size)].append(float(time))
        results = {key: read_results(folder, *key) for key in seconds}
    return tables.Comparison(analyses, which, {key: dict(value) for key, value in seconds.items()}, results)


def read_results(folder: Path, program: str, call: str, estimator: str) -> np.ndarray:
    """tau2, estimate and standard error, shape (analyses, 3)."""
    return np.loadtxt(folder / f"{program}-{call}-{estimator}.csv", delimiter=",", ndmin=2)


def sized(plan: Plan) -> list[tables.Size]:
    """Time and memory of one `pool` at every size, and of one long analysis."""
    batches = [*(made_rows(rows) for rows in plan.rows), made_long(10_000)]
    return [size for batch in batches for size in size_of(batch, plan.budget)]


def size_of(batch: Analyses, budget: float) -> Iterator[tables.Size]:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("y", "v", "counts"):
            np.save(Path(folder, name), getattr(batch, name))
        for estimator in SIZED:
            script = str(HERE / "engine_size.py")
            median, least, beyond = output([sys.executable, script, folder, estimator, str(budget)]).split()
            inputs = batch.y.nbytes + batch.v.nbytes + batch.counts.nbytes
            yield tables.Size(
                estimator, len(batch), len(batch.y), float(median), float(least), int(beyond), inputs
            )


def import_seconds(runs: int = 9) -> list[float]:
    """Seconds of processor time to import the engine, numpy included, each in a fresh process."""
    code = "import time; s = time.process_time(); import repool.pooling; print(time.process_time() - s)"
    return [float(output([sys.executable, "-c", code])) for _ in range(runs)]


def keep(text: str) -> None:
    """Put the tables between the marks of bench/README.md."""
    page = HERE / "README.md"
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"bench/README.md lacks the marks:\n{BEGIN}{END}")
    page.write_text(before + BEGIN + text + END + after, "utf-8")


def take_one_core() -> None:
    """This process and all it starts on one core, the last of those it may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="below a minute, for a look")
    parser.add_argument("--keep", action="store_true", help="write bench/README.md and bench/engine.svg")
    parser.add_argument("--peers", help="an interpreter with PyMARE")
    parser.add_argument("--library", type=Path, default=LIBRARY, help="a folder that holds repool")
    options = parser.parse_args()
    ENVIRONMENT["PYTHONPATH"] = str(options.library.resolve())
    plan = QUICK if options.quick else FULL
    take_one_core()
    programs = Programs.found(options.peers)
    imports = import_seconds()
    comparisons = {f"{ANALYSES:,} made analyses": compared(made(ANALYSES), programs, plan)}
    real = cochrane(COCHRANE)
    if real and not options.quick:
        comparisons[f"{len(real):,} analyses of Cochrane reviews"] = compared(real, programs, plan)
    sizes = sized(plan)
    text = tables.page(programs.versions, plan.rounds, comparisons, sizes, imports)
    print(text)
    if options.keep:
        keep(text)
        draw(next(iter(comparisons.values())), sizes, HERE / "engine.svg")


if __name__ == "__main__":
    main()
