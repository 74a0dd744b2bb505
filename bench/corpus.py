"""What a run over hundreds of reviews costs: one command from scratch, then the same step by step.

The reviews are those of ../shared (Cochrane exports); another folder can be given. Prints the wall clock, the
processor time of all processes, and the peak memory of the largest one (MB).

    python bench/corpus.py [folder of reviews]
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "cochrane" / "data-rows"
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from repool.raw_reviews import raw_reviews, shards  # noqa: E402


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and processor seconds of all processes, the largest process's memory in MB, the exit status."""

    wall: float
    processor: float
    peak: float
    status: int


def run(folder: Path, raw: Path, *targets: str) -> Cost:
    """One call of Snakemake on two cores."""
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder),
        "--profile", str(ROOT / "profiles" / "default"), "--cores", "2",
        "--config", f"raw={raw}", "results=results", "--", *targets,
    ]  # fmt: skip
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if targets and status:
        sys.exit(f"the step {targets[0]} failed")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, status)


def main() -> None:
    raw = Path(sys.argv[1] if len(sys.argv) > 1 else CORPUS).resolve()
    if not raw.is_dir():
        sys.exit(f"{raw} is not here")
    names = list(raw_reviews(raw)[0])
    dealt = shards(names)
    print(f"{len(names)} reviews in {len(dealt)} shards, two cores; load {os.getloadavg()[0]:.1f}\n")
    print("| step | jobs | wall s | processor s | MB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        show("one command, all steps", 4 * len(dealt) + 2, run(Path(folder), raw))
        show("again, nothing to do", 0, run(Path(folder), raw))
    with tempfile.TemporaryDirectory() as folder:
        for step in ("import", "pool", "reproduce", "report"):
            targets = [f"results/.steps/{shard}/{step}.json" for shard in dealt]
            show(step, len(targets), run(Path(folder), raw, *targets))
        show("index, tables", 2, run(Path(folder), raw))


def show(step: str, jobs: int, cost: Cost) -> None:
    print(f"| {step} | {jobs} | {cost.wall:.1f} | {cost.processor:.1f} | {cost.peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
