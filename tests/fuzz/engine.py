"""One target in a process of its own, which `run.py` starts: guided by coverage, or plainly at random.

What a target raises, and what takes more than two seconds of the processor, is kept as a file, once for each
place in the code; the process goes on. Limits that end it: libFuzzer's of time and memory if guided, those of
the operating system if not. Prints how many inputs were tried, at last in a line `executions <n>`.

    python tests/fuzz/engine.py guided <target> <folder for findings> <corpus> [libFuzzer's options]
    python tests/fuzz/engine.py plain <target> <folder for findings> <corpus> <seconds> <executions> <seed>
"""

import hashlib
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

SLOW, MEMORY = 2.0, 500_000_000
_OWN = 0.35  # of the changes are libFuzzer's own


class HangError(Exception):
    """An input took longer than `SLOW`."""


def keep(folder: Path, fault: BaseException, data: bytes) -> None:
    """Keep the bytes under a name made of the fault and its place, the shortest that were found."""
    inside = [each for each in traceback.extract_tb(fault.__traceback__) if "/fuzz/" not in each.filename]
    place = inside[-1].name if inside else "itself"
    what = str(fault).split(":")[0] if isinstance(fault, AssertionError) else type(fault).__name__
    sign = hashlib.sha256(f"{what} {place} {inside[-1].filename if inside else ''}".encode()).hexdigest()[:8]
    path = folder / f"{''.join(each if each.isalnum() else '-' for each in f'{what} in {place}')[:60]}-{sign}"
    if not path.exists() or path.stat().st_size > len(data):
        path.write_bytes(data)
        path.with_name(f"{path.name}.txt").write_text("".join(traceback.format_exception(fault)), "utf-8")


def guided(name: str, findings: Path, options: list[str]) -> None:
    """Fuzz until libFuzzer's options say that it is enough."""
    import atheris

    with atheris.instrument_imports(include=["repool"]):
        from fuzz.targets import TARGETS
    target = TARGETS[name]

    def one(data: bytes) -> None:
        began = time.process_time()
        try:
            target.run(data)
        except Exception as fault:  # whatever it is, it is what we look for
            keep(findings, fault, data)
        if time.process_time() - began > SLOW:
            keep(findings, HangError(), data)

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        source = random.Random(seed)
        if source.random() < _OWN:
            return bytes(atheris.Mutate(data, most))
        return target.mutation(bytes(data), source)[:most]

    atheris.Setup([sys.argv[0], *options], one, custom_mutator=mutated)
    atheris.Fuzz()


def plain(name: str, findings: Path, corpus: Path, seconds: float, executions: int, seed: int) -> int:
    """Fuzz without coverage, which is several times faster: changes of what is in the corpus, one to four.

    Returns how many inputs were tried.
    """
    from fuzz.targets import TARGETS

    target, source = TARGETS[name], random.Random(seed)
    seeds = [path.read_bytes() for path in sorted(corpus.iterdir())] or target.corpus()
    end, done = time.monotonic() + seconds, 0
    signal.signal(signal.SIGPROF, _hang)
    while done < executions and (done % 50 or time.monotonic() < end):
        data = source.choice(seeds)
        for _ in range(source.choice((1, 1, 1, 2, 4))):
            data = target.mutation(data, source)[: target.longest]
        done += 1
        _watched(target.run, findings, data)
    return done


def _watched(run: Callable[[bytes], None], findings: Path, data: bytes) -> None:
    signal.setitimer(signal.ITIMER_PROF, SLOW)
    try:
        run(data)
    except Exception as fault:
        keep(findings, fault, data)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _hang(*_: object) -> None:
    raise HangError


def main(mode: str, name: str, findings: Path, rest: list[str]) -> None:
    """Run one of both ways."""
    warnings.simplefilter("error", RuntimeWarning)
    warnings.filterwarnings("ignore", category=UserWarning)  # of zipfile, of names that are there twice
    if mode == "guided":
        guided(name, findings, rest)
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    print("executions", plain(name, findings, Path(rest[0]), float(rest[1]), int(rest[2]), int(rest[3])))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
