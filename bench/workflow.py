"""What a run of the three reviews costs, against a one-job Snakemake workflow in the same run.

python bench/workflow.py [RUNS]: the two in turn, RUNS times (5), medians and the ratio pair by pair.
"""

import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONE_JOB = 'rule all:\n    output: "done"\n    shell: "touch {output}"\n'


def timed(command: list[str], folder: Path) -> float:
    """Wall seconds of a command that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def one_job(cores: str) -> float:
    """A workflow of a single `touch`, from scratch."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Snakefile").write_text(ONE_JOB, "utf-8")
        return timed([sys.executable, "-m", "snakemake", "--cores", cores], Path(folder))


def three_reviews(cores: str) -> float:
    """The project's reviews from scratch, in a folder of their own."""
    folder = Path(tempfile.mkdtemp())
    try:
        command = [
            sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"),
            "--profile", str(ROOT / "profiles" / "default"), "--cores", cores,
            "--directory", str(folder), "--config", f"raw={ROOT / 'data' / 'raw'}",
        ]  # fmt: skip
        return timed(command, folder)
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Print the table that bench/README.md keeps."""
    runs, cores = int(sys.argv[1]) if len(sys.argv) > 1 else 5, "2"
    one_job(cores)
    pairs = [(one_job(cores), three_reviews(cores)) for _ in range(runs)]
    ratios = [ours / bare for bare, ours in pairs]
    print(f"Python {platform.python_version()}, {cores} cores, {runs} runs, wall seconds (min, median, max)")
    for name, values in (
        ("one-job workflow", [bare for bare, _ in pairs]),
        ("three reviews", [ours for _, ours in pairs]),
        ("ratio", ratios),
    ):
        print(f"{name:18} {min(values):6.2f} {statistics.median(values):6.2f} {max(values):6.2f}")


if __name__ == "__main__":
    main()
