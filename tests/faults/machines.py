"""Run the workflow as other people's machines would, and compare every byte with a run of this one.

Each Python that is named gets the packages of requirements.lock, some in other versions than here, in a
folder of its own. Every run has another time zone, language, hash seed, user, home, working folder and
number of cores. Prints a table; the exit status is 1 if a file differs that need not.

    python tests/faults/machines.py python3.12 python3.13 [--reviews folder]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from killing import ROOT, command, digests

SETTINGS = (
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "4242", "USER": "kari", "LOGNAME": "kari"},
    {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "USER": "ola", "LOGNAME": "ola"},
    {"TZ": "Asia/Kathmandu", "LANG": "C.UTF-8", "PYTHONHASHSEED": "77", "USER": "a b", "LOGNAME": "a b"},
)


@dataclass(frozen=True, slots=True)
class Machine:
    """A Python with the packages, and the settings that it runs under."""

    python: str
    settings: dict[str, str]
    cores: int


def versions(python: str) -> dict[str, str]:
    """The versions of Python and of the packages that compute."""
    code = "import json, sys, numpy, scipy; print(json.dumps({'Python': sys.version.split()[0], 'numpy': " \
           "numpy.__version__, 'scipy': scipy.__version__}))"  # fmt: skip
    run = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return dict(json.loads(run.stdout))


def with_packages(python: str, folder: Path) -> str:
    """A Python like this one that has what requirements.lock pins: itself, if it does."""
    if (
        subprocess.run([python, "-c", "import snakemake, pyarrow, rocrate"], capture_output=True).returncode
        == 0
    ):
        return python
    own = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "venv", folder], check=True)
    install = ("-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(ROOT / "requirements.lock"))
    subprocess.run([own, *install], check=True)
    return own


def made_on(machine: Machine, raw: Path, folder: Path) -> Path:
    """The folder with all results that a machine makes of these reviews."""
    folder.mkdir(parents=True)
    settings = machine.settings | {"HOME": str(folder), "PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    run = subprocess.run(
        [*command(folder, raw, machine.python, machine.cores), "forest=all", "audit=all"],
        env={"PATH": os.environ["PATH"]} | settings,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        sys.exit(run.stderr)
    return folder / "results"


def compared(here: Path, there: Path, computed: Sequence[str]) -> tuple[int, list[str]]:
    """Of two results folders, how many files differ only in the versions that they name, and which in more.

    Checksums of such files, in the lists of files, do not count either.
    """
    sums = digests(here), digests(there)
    differing = sorted(
        name for name in sums[0].keys() | sums[1].keys() if sums[0].get(name) != sums[1].get(name)
    )
    more = [name for name in differing if _told(here / name, computed) != _told(there / name, computed)]
    return len(differing) - len(more), more


def _told(path: Path, computed: Sequence[str]) -> bytes:
    if not path.exists():
        return b""
    names = b"|".join(re.escape(each.encode()) for each in computed)
    return re.sub(rb"[0-9a-f]{64}|(?<![\d.])(" + names + rb")(?![\d.])", b"", path.read_bytes())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pythons", nargs="*", default=[sys.executable])
    parser.add_argument("--reviews", type=Path, default=ROOT / "data" / "raw")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="machines-") as name:
        folder = Path(name)
        raw = asked.reviews.resolve()
        here, own = made_on(Machine(sys.executable, {}, 2), raw, folder / "here"), versions(sys.executable)
        print("| what computed | files | differ | differ in the versions that they name |\n|---|---|---|---|")
        print(f"| {_shown(own)} | {len(digests(here))} | | |", flush=True)
        wrong = False
        for number, each in enumerate(asked.pythons):
            python = with_packages(each, folder / f"packages-{number}")
            machine = Machine(python, SETTINGS[number % len(SETTINGS)], number % 2 + 1)
            there = made_on(machine, raw, folder / "other machines" / f"{number} æøå")
            other = versions(python)
            versions_alone, more = compared(here, there, [*own.values(), *other.values()])
            row = (_shown(other), len(digests(there)), len(more), versions_alone)
            print("| " + " | ".join(map(str, row)) + " |", flush=True)
            for path in more[:20]:
                print(f"differs: {path}", file=sys.stderr)
            wrong |= bool(more)
    sys.exit(wrong)


def _shown(computed: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in computed.items())


if __name__ == "__main__":
    main()
