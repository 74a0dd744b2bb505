"""Change the library in small ways, one at a time, and see whether the tests notice: mutation testing.

The changed functions (mutants) are made by mutmut, beside the original ones in a copy of the library. The
tests are collected once; each mutant is then tried in a process forked from there, by the tests that reach
the line that was changed, those first that killed another mutant of it, then the module's own
(`modules.toml`), until one fails. A mutant that none kills is a survivor: it is listed with what was changed,
unless `explained.toml` says why no test can notice it. Prints a table over modules; the exit status is 1 if
fewer than 90% of the mutants of a module are killed or explained. mutmut leaves functions with decorators and
what is outside functions alone.

    python tests/mutants/mutants.py [--go-on] [--most 150 --seed 1] [modules, such as repool.tau2]
"""

import argparse
import gc
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import unified_diff
from itertools import accumulate
from pathlib import Path

import coverage
import hypothesis
import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation.data import LineSpan
from mutmut.mutation.file_mutation import mutate_file_contents

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"
EXPLAINED = Path(__file__).with_name("explained.toml")
SETTINGS = Path(__file__).with_name("modules.toml")
ENOUGH = 0.9
MEMORY = 8 * 2**30
GRACE = 20.0  # seconds, and ten times what the tests take unchanged: then a mutant hangs
Own = Mapping[str, Sequence[str]]  # how the names of a module's own tests begin
Explanations = list[tuple[str, str, re.Pattern[str]]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed function: where, under which name, and "what stood there => what stands there".

    line: the first that is changed, counted from the line of `def`.
    """

    module: str
    function: str
    name: str
    change: str
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> str:
        """The function that was changed, as it is named among what tests reach."""
        return f"{self.module}.{self.name.rpartition('__mutmut_')[0]}"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a mutant: "killed", "survived", "timeout" or "no tests", and the test that killed it."""

    mutant: Mutant
    state: str
    test: str
    seconds: float

    @property
    def is_killed(self) -> bool:
        """Whether the tests noticed; one that hangs is noticed too."""
        return self.state in ("killed", "timeout")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an unchanged function stands in a file of mutants."""

    file: str
    key: str
    start: int
    end: int


def mutate(module: str, scripts: Path) -> tuple[list[Mutant], list[Place]]:
    """Put the mutants of a module into a copy of the scripts."""
    path = scripts / f"{module.replace('.', '/')}.py"
    code = path.read_text("utf-8")
    made = mutate_file_contents(str(path), code)
    path.write_text(made.code, "utf-8")
    lines, spans = made.code.splitlines(), made.line_span_by_function_name
    places = [
        Place(str(path), f"{module}.{name.removesuffix('__mutmut_orig')}", span.start, span.end)
        for name, span in spans.items()
        if name.endswith("__mutmut_orig")
    ]
    return [_mutant(module, name, lines, spans) for name in made.mutant_names], places


def _mutant(module: str, name: str, lines: Sequence[str], spans: Mapping[str, LineSpan]) -> Mutant:
    original = name.rpartition("__mutmut_")[0] + "__mutmut_orig"
    before, after = (
        [line.replace(each, "") for line in lines[spans[each].start - 1 : spans[each].end]]
        for each in (original, name)
    )
    diff = [line for line in unified_diff(before, after, lineterm="", n=0) if line[:3] not in ("---", "+++")]
    line = int(re.split("[-, ]+", diff[0])[1]) - 1
    old, new = (" ".join(line[1:].strip() for line in diff if line[0] == sign) for sign in "-+")
    function = re.split("x_|ǁ", original.removesuffix("__mutmut_orig"), maxsplit=1)[-1].replace("ǁ", ".")
    return Mutant(module, function, name, f"{old} => {new}", line)


class Trial:
    """A pytest plugin that, instead of running the tests, tries the mutants on them."""

    def __init__(
        self, mutants: Sequence[Mutant], places: Sequence[Place], record: "Record", own: Own, budget: float
    ) -> None:
        self.mutants, self.places, self.record = mutants, places, record
        self.own, self.budget = own, budget

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure which tests reach which lines, and try each mutant on those that reach its own."""
        gc.freeze()  # or the collector of every forked process copies all there is
        items = {item.nodeid: item for item in session.items}
        self._measure([item for name, item in items.items() if name not in self.record.reached])
        reaching: dict[str, list[str]] = defaultdict(list)
        for name in items:
            for function, lines in self.record.reached[name].lines.items():
                for line in ("", *lines):
                    reaching[f"{function}:{line}"].append(name)
        kills: Counter[tuple[str, str]] = Counter()
        for mutant in self.mutants:
            at = f"{mutant.key}:{mutant.line}"
            names = reaching.get(at) or reaching[f"{mutant.key}:"]  # part of a statement may have no line
            names = sorted(names, key=lambda name: self._order(name, mutant.module, kills[at, name]))
            tried = self._try(mutant, [items[name] for name in self._within_budget(names)])
            kills[at, tried.test] += 1
            self.record.add(tried)
        return True

    def _try(self, mutant: Mutant, tests: Sequence[pytest.Item]) -> Tried:
        if not tests:
            return Tried(mutant, "no tests", "", 0.0)
        os.environ["MUTANT_UNDER_TEST"] = f"{mutant.module}.{mutant.name}"
        start = time.monotonic()
        limit = GRACE + 10 * sum(self.record.reached[test.nodeid].seconds for test in tests)
        status, said = forked(lambda: _first_failure(tests), limit)
        state = "timeout" if status is None else "killed" if status or said else "survived"
        return Tried(mutant, state, said.decode(), time.monotonic() - start)

    def _measure(self, items: Sequence[pytest.Item]) -> None:
        """The lines that each test reaches, and its time; none of a test that fails or is skipped."""
        os.environ["MUTANT_UNDER_TEST"] = ""
        for item in items:
            _, said = forked(lambda: _reached(item, self.places), 600)  # noqa: B023
            self.record.reached[item.nodeid] = Reached(**json.loads(said or '{"seconds": 0, "lines": {}}'))
        self.record.keep_reached()

    def _order(self, name: str, module: str, kills: int) -> tuple[int, bool, float]:
        """Which tests come first: those that killed another mutant of the line, then the module's own."""
        own = tuple(f"tests/{each}" for each in self.own[module])
        return -kills, not name.startswith(own), self.record.reached[name].seconds

    def _within_budget(self, names: Sequence[str]) -> list[str]:
        spent = accumulate(self.record.reached[name].seconds for name in names)
        return [name for name, until in zip(names, spent, strict=True) if until <= self.budget]


@dataclass(frozen=True, slots=True)
class Reached:
    """How many seconds a test takes, and the lines that it reaches of each function."""

    seconds: float
    lines: dict[str, list[int]]


class Record:
    """What is known so far, in a folder: a run that is stopped goes on from there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._reached, self._tried = folder / "reached.json", folder / "tried.jsonl"
        read = json.loads(self._reached.read_text("utf-8")) if self._reached.exists() else {}
        self.reached = {name: Reached(**each) for name, each in read.items()}
        lines = self._tried.read_text("utf-8").splitlines() if self._tried.exists() else []
        self.tried = {
            each.mutant: each
            for read in map(json.loads, lines)
            for each in [Tried(Mutant(**read["mutant"]), read["state"], read["test"], read["seconds"])]
        }

    def is_settled(self, mutant: Mutant, known: Explanations) -> bool:
        """Whether a mutant was tried, and killed or a survivor with an explanation."""
        tried = self.tried.get(mutant)
        return tried is not None and (tried.is_killed or is_explained(mutant, known))

    def keep_reached(self) -> None:
        """Write what the tests reach."""
        self._reached.write_text(
            json.dumps({name: asdict(each) for name, each in self.reached.items()}), "utf-8"
        )

    def add(self, tried: Tried) -> None:
        """Write what came of a mutant."""
        self.tried[tried.mutant] = tried
        with self._tried.open("a", encoding="utf-8") as file:
            print(json.dumps(asdict(tried), ensure_ascii=False), file=file)


def forked(work: Callable[[], str], limit: float) -> tuple[int | None, bytes]:
    """Do work in a forked process: its exit status, None where it took too long, and what it returned."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        status = 1
        try:
            with open(writing, "w", encoding="utf-8") as stream:
                stream.write(work())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    killer = threading.Timer(limit, os.kill, (child, signal.SIGKILL))
    killer.start()
    with open(reading, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    killer.cancel()
    return (None if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else status), said


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=following)
    return not any(report.failed for report in reports)


def _reached(item: pytest.Item, places: Iterable[Place]) -> str:
    """The time of the processor and the lines that a test takes, in JSON; "" where it fails or is skipped."""
    meter = coverage.Coverage(data_file=None, config_file=False, include=list({each.file for each in places}))
    meter.set_option("run:disable_warnings", ["no-data-collected"])
    with meter.collect():
        start = time.process_time()
        reports = runtestprotocol(item, log=False, nextitem=None)
        seconds = time.process_time() - start
    if not all(report.passed for report in reports):
        return ""
    lines = {file: meter.get_data().lines(file) or [] for file in meter.get_data().measured_files()}
    reached = {
        place.key: [
            line - place.start for line in lines.get(place.file, []) if place.start < line <= place.end
        ]
        for place in places
    }
    return json.dumps(
        {"seconds": round(seconds, 3), "lines": {key: each for key, each in reached.items() if each}}
    )


def _first_failure(tests: Sequence[pytest.Item]) -> str:
    for test, following in zip(tests, [*tests[1:], None], strict=True):
        if not _passes(test, following):
            return test.nodeid
    return ""


def explanations() -> Explanations:
    """Which survivors no test can notice: module, function, and the change as a pattern."""
    read = tomllib.loads(EXPLAINED.read_text("utf-8")) if EXPLAINED.exists() else {}
    return [
        (each.get("module", ""), each.get("function", ""), re.compile(change))
        for each in read.get("explained", [])
        for change in each["changes"]
    ]


def is_explained(mutant: Mutant, known: Explanations) -> bool:
    """Whether an explanation covers a survivor."""
    return any(
        module in ("", mutant.module) and function in ("", mutant.function) and change.search(mutant.change)
        for module, function, change in known
    )


def table(tried: Sequence[Tried], made: dict[str, int]) -> tuple[str, bool]:
    """The table over modules in Markdown, and whether enough mutants are killed or explained in each."""
    known = explanations()
    lines = [
        "| module | mutants | tried | killed | explained | survived | killed or explained |",
        "|---" * 7 + "|",
    ]
    fine = True
    total = [0] * 5
    for module in made:
        own = [each for each in tried if each.mutant.module == module]
        killed = sum(each.is_killed for each in own)
        explained = sum(not each.is_killed and is_explained(each.mutant, known) for each in own)
        row = [made[module], len(own), killed, explained, len(own) - killed - explained]
        total = [before + more for before, more in zip(total, row, strict=True)]
        fine &= killed + explained >= ENOUGH * len(own)
        lines.append(_line(f"`{module.removeprefix('repool.')}`", row))
    return "\n".join([*lines, _line("all", total)]), fine


def _line(name: str, row: Sequence[int]) -> str:
    share = (row[2] + row[3]) / row[1] if row[1] else 1.0
    return f"| {name} | {' | '.join(map(str, row))} | {share:.1%} |"


def sampled(mutants: list[Mutant], most: int, seed: int) -> list[Mutant]:
    """All mutants of a module, or as many at random, in their order."""
    if len(mutants) <= most:
        return mutants
    chosen = random.Random(f"{seed} {mutants[0].module}").sample(range(len(mutants)), most)
    return [mutants[number] for number in sorted(chosen)]


def collect(paths: Sequence[str], scripts: Path, folder: str, plugin: Trial) -> None:
    """Collect the tests, with the mutants in place of the library, and hand them to the plugin."""
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, max_examples=20,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )  # fmt: skip
    hypothesis.settings.load_profile("mutants")
    options = [
        "-q", "--tb=line", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist",
        "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), f"--basetemp={folder}/tests",
        "-o", f"pythonpath={scripts} tests",
    ]  # fmt: skip
    pytest.main([*options, *paths], plugins=[plugin])


def main() -> int:
    """Make the mutants, try them, and say what came of them."""
    os.chdir(ROOT)
    settings = tomllib.loads(SETTINGS.read_text("utf-8"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", default=list(settings["modules"]))
    parser.add_argument("--most", type=int, default=10**9, help="mutants tried of a module, at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--budget", type=float, default=60.0, help="seconds of tests that a survivor may cost"
    )
    parser.add_argument("--results", type=Path, default=ROOT / ".mutants", help="folder for what is known")
    parser.add_argument("--go-on", action="store_true", help="try what is left of it, and survivors again")
    asked = parser.parse_args()
    if not asked.go_on:
        shutil.rmtree(asked.results, ignore_errors=True)
    record = Record(asked.results)
    paths = [str(path) for pattern in settings["tests"] for path in sorted((ROOT / "tests").glob(pattern))]
    with tempfile.TemporaryDirectory() as folder:
        scripts = Path(folder, "scripts")
        shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        mutated = {module: mutate(module, scripts) for module in asked.modules}
        chosen = [
            each for mutants, _ in mutated.values() for each in sampled(mutants, asked.most, asked.seed)
        ]
        known = explanations()
        left = [each for each in chosen if not record.is_settled(each, known)]
        left.sort(key=lambda mutant: mutant in record.tried)
        print(f"{len(left)} of {len(chosen)} mutants to try", file=sys.stderr)
        places = [place for _, places in mutated.values() for place in places]
        collect(paths, scripts, folder, Trial(left, places, record, settings["modules"], asked.budget))
    tried = [record.tried[each] for each in chosen if each in record.tried]
    text, fine = table(tried, {module: len(mutants) for module, (mutants, _) in mutated.items()})
    for one in tried:
        if not one.is_killed and not is_explained(one.mutant, explanations()):
            print(f"{one.state}: {one.mutant.module}.{one.mutant.function}\n    {one.mutant.change}")
    print(text)
    return 0 if fine and tried else 1


if __name__ == "__main__":
    sys.exit(main())
