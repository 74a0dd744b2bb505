"""Kill the whole workflow at random moments, run it again, and compare every byte with an undisturbed run.

Each life begins with nothing, is killed (SIGKILL to the process group of the run) once or several times, and
then finished by the same command and nothing else. A life has a patience of its own, a tenth to the whole
length of an undisturbed run, and any moment within it may end any of its runs. Prints a table; the exit
status is 1 if any life ended with another byte, another file or another exit status than the undisturbed run.

    python tests/faults/killing.py --kills 200 --seed 1 --reviews 40 [folder of reviews]
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AT_MOST = 15  # kills of one life


@dataclass(frozen=True, slots=True)
class Ended:
    """How a life ended: exit status, files unlike those of the undisturbed run, where each kill struck."""

    status: int
    differing: tuple[str, ...]
    struck: tuple[str, ...]


def command(folder: Path, raw: Path, python: str = sys.executable, cores: int = 2) -> list[str]:
    """What a user types, for a working folder and a folder of reviews; settings may follow."""
    return [
        python, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder),
        "--profile", str(ROOT / "profiles" / "default"), "--cores", str(cores), "--config", f"raw={raw}",
    ]  # fmt: skip


def start(folder: Path, raw: Path) -> subprocess.Popen[bytes]:
    """A run in a process group of its own; what it says goes to a file."""
    with open(folder / "said.txt", "wb") as said:
        return subprocess.Popen(command(folder, raw), stdout=said, stderr=said, start_new_session=True)


def digests(results: Path) -> dict[str, str]:
    """The checksum of every file but logs, whose warnings depend on the run."""
    return {
        path.relative_to(results).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in results.rglob("*")
        if path.is_file() and path.parent.name != "log" and path.suffix not in (".log", ".lock")
    }


def last_step(folder: Path) -> str:
    """What a run was doing last, in its own words; "starting" before the first."""
    lines = [line for line in (folder / "said.txt").read_text("utf-8").splitlines() if ": " in line]
    doing = [line.rpartition(": ")[2].split(",")[0] for line in lines if not line.endswith("made again")]
    return doing[-1] if doing else "starting"


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill a run's process group after so long; False if it had ended by then."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def life(raw: Path, moments: Sequence[float], expected: dict[str, str], status: int) -> Ended:
    """One life: killed at these moments of its runs, then left alone. expected, status: undisturbed."""
    folder = Path(tempfile.mkdtemp(prefix="killed-"))
    struck = []
    for moment in moments:
        if not kill_after(start(folder, raw), moment):
            break
        struck.append(last_step(folder))
    ended = start(folder, raw).wait()
    made = digests(folder / "results")
    differing = sorted(name for name in expected.keys() | made.keys() if expected.get(name) != made.get(name))
    if differing or ended != status:
        print(f"kept for a look: {folder}", flush=True)
    else:
        shutil.rmtree(folder)
    return Ended(ended, tuple(differing), tuple(struck))


def undisturbed(raw: Path) -> tuple[float, int, dict[str, str]]:
    """Seconds, exit status and checksums of a run that nothing disturbs."""
    with tempfile.TemporaryDirectory(prefix="undisturbed-") as name:
        begun = time.perf_counter()
        status = start(Path(name), raw).wait()
        return time.perf_counter() - begun, status, digests(Path(name, "results"))


def lives(raw: Path, kills: int, seed: int) -> tuple[float, int, int, list[Ended]]:
    """(seconds, files and exit status of the undisturbed run, how the lives ended) until so many kills."""
    source = random.Random(seed)
    undisturbed(raw)  # the first also compiles what Python imports
    lasts, status, expected = undisturbed(raw)
    ended: list[Ended] = []
    while (done := sum(len(each.struck) for each in ended)) < kills:
        patience = lasts * source.uniform(0.1, 1)  # below, a run is killed before it begins
        moments = [source.uniform(0, patience) for _ in range(min(AT_MOST, kills - done))]
        ended.append(life(raw, moments, expected, status))
        print(f"{done + len(ended[-1].struck)} kills, {len(ended)} lives", file=sys.stderr, flush=True)
    return lasts, len(expected), status, ended


def table(lasts: float, files: int, status: int, ended: Sequence[Ended]) -> str:
    """The figures of all lives, as Markdown."""
    wrong = [each for each in ended if each.differing or each.status != status]
    names = Counter(name for each in wrong for name in each.differing)
    rows = {
        "undisturbed run": f"{lasts:.0f} s, {files} files compared",
        "kills": sum(len(each.struck) for each in ended),
        "lives": len(ended),
        "lives that ended otherwise": len(wrong),
        **{f"differs: {name}": count for name, count in names.most_common(10)},
    }
    struck = Counter(step for each in ended for step in each.struck)
    rows |= {f"killed while {step}": count for step, count in struck.most_common()}
    return "".join(f"| {what} | {figure} |\n" for what, figure in rows.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("raw", nargs="?", type=Path, default=ROOT / "data" / "raw")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reviews", type=int, help="take only so many of the reviews, evenly spread")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reviews-") as name:
        raw = some(asked.raw.resolve(), asked.reviews, Path(name)) if asked.reviews else asked.raw.resolve()
        lasts, files, status, ended = lives(raw, asked.kills, asked.seed)
    print(f"| | |\n|---|---|\n{table(lasts, files, status, ended)}", end="")
    sys.exit(any(each.differing or each.status != status for each in ended))


def some(raw: Path, number: int, folder: Path) -> Path:
    """A folder with so many of the loose reviews of another, evenly spread."""
    entries = sorted(path for path in raw.iterdir() if path.is_file())
    for path in entries[:: max(1, len(entries) // number)][:number]:
        shutil.copy(path, folder)
    return folder


if __name__ == "__main__":
    main()
