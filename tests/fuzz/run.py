"""Fuzz every reader: millions of damaged files, each refused with a message or read to the right numbers.

Targets take turns, one process at a time: guided by coverage (atheris), then plainly at random over what
that found, which is faster. Without atheris, which is for Linux on x86-64, the latter alone. Findings and
corpora are kept outside the project; a table is printed at the end, and the exit status is 1 if there is any
finding.

    python tests/fuzz/run.py --target all --seconds 3600
    python tests/fuzz/run.py --target "RevMan 5" --executions 100000
    python tests/fuzz/run.py --again <finding> --target "RevMan 5"
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from conftest import SHARED
from fuzz.reading import MEMORY, OWN_FOLDER
from fuzz.targets import TARGETS, Target

ENGINE = Path(__file__).with_name("engine.py")
LIMITS = ("-timeout=2", "-rss_limit_mb=500", "-malloc_limit_mb=500")
_COVERED, _DONE = (
    re.compile(r"\bcov: ([0-9]+)"),
    re.compile(r"(?:number_of_executed_units:|^executions) *([0-9]+)", re.M),
)
HEADER = (
    "| reader | guided | plain | a second, guided | plain | edges | findings |\n|---|---|---|---|---|---|---|"
)


@dataclass(slots=True)
class Tally:
    """What one target came to: executions and seconds, guided and plain, and the most edges covered."""

    guided: int = 0
    plain: int = 0
    guided_seconds: float = 0.0
    plain_seconds: float = 0.0
    edges: int = 0


def has_atheris() -> bool:
    return find_spec("atheris") is not None


def fuzz(
    names: Sequence[str], out: Path, *, seconds: float, executions: int, turn: float, modes: Sequence[str]
) -> dict[str, Tally]:
    """Let the targets take turns of so many seconds, until the time or the executions of each are used."""
    tallies = {name: Tally() for name in names}
    began, number = time.monotonic(), 0
    while left := [name for name in names if tallies[name].guided + tallies[name].plain < executions]:
        for name in left:
            for mode in modes:
                rest = min(turn, seconds - (time.monotonic() - began))
                if rest < 1:
                    return tallies
                number += 1
                _take_turn(TARGETS[name], tallies[name], mode, out, rest, executions, number)
    return tallies


def _take_turn(
    target: Target, tally: Tally, mode: str, out: Path, seconds: float, executions: int, seed: int
) -> None:
    findings, corpus = places(out, target)
    left = executions - tally.guided - tally.plain
    command = [sys.executable, str(ENGINE), mode, target.name, str(findings), str(corpus)]
    if mode == "guided":
        command += [
            *LIMITS,
            f"-artifact_prefix={findings}/",
            f"-max_len={target.longest}",
            "-print_final_stats=1",
        ]
        command += [f"-max_total_time={max(1, int(seconds))}", f"-runs={left}"]
    else:
        command += [f"{seconds:.0f}", str(left), str(seed)]
    began, before = time.monotonic(), set(findings.iterdir())
    with tempfile.TemporaryDirectory(prefix="repool-fuzz-", dir=MEMORY) as memory:  # libFuzzer leaves it
        variables = os.environ | {"OMP_NUM_THREADS": "1", OWN_FOLDER: memory}
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, env=variables
        )
    said, took = done.stdout + done.stderr, time.monotonic() - began
    count = int(next(iter(_DONE.findall(said)), 0))
    if done.returncode and set(findings.iterdir()) == before:
        (findings / f"ended-{done.returncode}").write_text(said[-20_000:], "utf-8")
    if mode == "guided":
        tally.guided, tally.guided_seconds = tally.guided + count, tally.guided_seconds + took
        tally.edges = max([tally.edges, *map(int, _COVERED.findall(said))])
    else:
        tally.plain, tally.plain_seconds = tally.plain + count, tally.plain_seconds + took
    with open(out / "turns.tsv", "a", encoding="utf-8") as stream:
        stream.write(f"{target.name}\t{mode}\t{count}\t{took:.1f}\t{tally.edges}\t{done.returncode}\n")


def places(out: Path, target: Target) -> tuple[Path, Path]:
    """The folders of a target's findings and corpus; a new corpus has the seeds in it."""
    plain = re.sub(r"[^a-z0-9]+", "-", target.name.casefold())
    findings, corpus = out / "findings" / plain, out / "corpus" / plain
    findings.mkdir(parents=True, exist_ok=True)
    if not corpus.exists():
        corpus.mkdir(parents=True)
        for number, seed in enumerate([*target.corpus(), *_real(target)]):
            (corpus / f"seed-{number}").write_bytes(seed)
    return findings, corpus


def _real(target: Target) -> Iterator[bytes]:
    """The first rows of real tables, where they lie beside the project; none of them is copied into it."""
    if target.name.startswith("data-rows"):
        for path in sorted(SHARED.glob("cochrane/data-rows/*.csv"))[::12]:
            yield b"".join(path.read_bytes().splitlines(keepends=True)[:7])


def found(out: Path, names: Iterable[str]) -> list[Path]:
    """The findings of some targets."""
    folders = [places(out, TARGETS[name])[0] for name in names]
    return sorted(path for folder in folders for path in folder.iterdir() if path.suffix != ".txt")


def table(tallies: dict[str, Tally], out: Path) -> str:
    """The tallies as a table of Markdown."""
    lines = [HEADER]
    for name, each in tallies.items():
        guided, plain = each.guided / max(each.guided_seconds, 1), each.plain / max(each.plain_seconds, 1)
        wrong = len(found(out, [name]))
        cells = (name, each.guided, each.plain, f"{guided:.0f}", f"{plain:.0f}", each.edges, wrong)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    total = sum(each.guided for each in tallies.values()), sum(each.plain for each in tallies.values())
    lines.append(f"| all | {total[0]} | {total[1]} | | | | |")
    return "\n".join(lines)


def again(target: Target, path: Path) -> int:
    """Run one input again; prints what it comes to."""
    try:
        target.run(path.read_bytes())
    except Exception:
        traceback.print_exc()
        return 1
    print("nothing wrong")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--target", nargs="+", default=["all"], choices=["all", *TARGETS])
    parser.add_argument("--seconds", type=float, default=1e9, help="for all targets together")
    parser.add_argument("--executions", type=int, default=10**12, help="for each target")
    parser.add_argument(
        "--plain", action="store_true", help="unguided alone, over the corpus of earlier runs"
    )
    parser.add_argument("--turn", type=float, default=60, help="seconds before the next target's turn")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "repool-fuzz")
    parser.add_argument("--again", type=Path, help="an input to be run once more")
    asked = parser.parse_args()
    names = list(TARGETS) if "all" in asked.target else asked.target
    if asked.again:
        return again(TARGETS[names[0]], asked.again)
    modes = ("guided", "plain") if has_atheris() and not asked.plain else ("plain",)
    tallies = fuzz(
        names, asked.out, seconds=asked.seconds, executions=asked.executions, turn=asked.turn, modes=modes
    )
    print(table(tallies, asked.out))
    paths = found(asked.out, names)
    for path in paths:
        print(path)
    return int(bool(paths))


if __name__ == "__main__":
    sys.exit(main())
