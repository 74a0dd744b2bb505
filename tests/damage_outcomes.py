"""What comes of a damaged table: refused, the same numbers, noticed where it is, or wrong without a word.

    python tests/damage_outcomes.py --times 60 [folder of data rows]

prints the table of docs/reliability.md: each kind of damage done to so many reviews, at a random place.
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from random import Random

from real_damage import KINDS
from repool.meta_analysis import analyse
from repool.model import NormalForm, Problem
from repool.questions.ask import ask
from repool.readers.package.archive import Contents, Kind, PackageFile
from repool.readers.package.reader import read_package
from repool.readers.problems import Problems
from repool.trial_figures import check_trials
from repool.verdicts import Verdict
from table_damage import Damaged, Export, export_of

#: What the file by itself cannot show: `beside`, another cell, but every printed figure and pooled number as
#: before; `gone`, an analysis, a subgroup with its total, or rows that no total has are missing, or analyses
#: bear other numbers; `regrouped`, the same trials in other subgroups of a total.
ENDINGS = ("same", "refused", "noticed", "beside", "gone", "regrouped", "wrong")
_NAME = "CD990001-data-rows.csv"
_NOISE = 12  # decimals: what newer exports print behind them is what a double's arithmetic leaves
_CLOSE = 1e-9  # relative: rows in another order add up to other last digits


@dataclass(frozen=True)
class Finding:
    """Something that the review says by itself: what it is, of which analysis ("" for all), in which line."""

    by: str
    analysis: str
    line: int
    key: tuple[object, ...]

    @property
    def lines(self) -> set[int]:
        """Its line, and those that it names beside."""
        return {self.line, *(int(each) for each in re.findall(r"in line (\d+)", f"{self.key}"))}


@dataclass
class Review:
    """What is read and computed of a table; by analysis, what must be the same of an undamaged one.

    figures: pooled results, trials' cells, printed figures. trials: their cells by name.
    """

    problems: list[Problem]
    figures: dict[str, dict[tuple[str, ...], object]] = field(default_factory=lambda: defaultdict(dict))
    trials: dict[str, dict[object, Counter[object]]] = field(default_factory=lambda: defaultdict(dict))
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Ending:
    """How a damage ended, by what it was noticed, whether the place said is the damaged one, and details."""

    ending: str
    by: tuple[str, ...] = ()
    at_place: bool = True
    detail: str = ""

    @property
    def is_elsewhere(self) -> bool:
        """Whether something was said, but of no line that is damaged."""
        return not self.at_place and self.ending in ("refused", "noticed")


def review_of(raw: bytes) -> Review:
    """The review of a file of data rows, as the workflow reads, pools and judges it."""
    problems = Problems()
    contents = Contents((PackageFile(Kind.ROWS, _NAME, raw),), ())
    form = read_package(contents, "CD990001", "raw", problems)
    problems.settle()
    assert (form is None) == bool(problems.errors), "neither a review nor a reason why not"
    made = Review(problems.found)
    if form is not None:
        _take_numbers(form, made)
    return made


def _take_numbers(form: NormalForm, made: Review) -> None:
    results = analyse(form)
    questions = ask(form, results)
    for row in results.pooled:
        if row.role == "declared" and row.estimate is not None:
            numbers = (row.estimate, row.ci_low, row.ci_high, row.trials_pooled)
            made.figures[row.analysis]["pooled", row.subgroup] = numbers
    for study in form.studies:
        cells = (
            study.experimental_events, study.experimental_mean, study.experimental_sd,
            study.experimental_total, study.control_events, study.control_mean, study.control_sd,
            study.control_total, study.estimate, study.se,
        )  # fmt: skip
        name = study.subgroup, study.trial.rpartition(" (")[0] or study.trial
        made.trials[study.analysis].setdefault(name, Counter())[cells] += 1
        rows = made.figures[study.analysis].setdefault(("rows", study.subgroup), Counter())
        rows[cells] += 1
    for claim in form.trial_claims:
        shown = made.figures[claim.analysis].setdefault(("printed",), Counter())
        texts = claim.estimate, claim.ci_low, claim.ci_high, claim.weight
        shown[tuple(text and round(float(text), _NOISE) for text in texts)] += 1
    of_line = {study.line: study.analysis for study in form.studies}
    for each in made.problems:
        many = "more)" in each.found or not each.column  # of a column, of many rows, or of the file
        analysis = "" if many else of_line.get(each.line, "")
        made.findings.append(Finding("warning", analysis, each.line, (each.column, each.found)))
    for each in questions:
        key = (each.subgroup, each.trial, each.rule, each.figures)
        made.findings.append(Finding("question", each.analysis, each.line, key))
    for each in check_trials(form, results, questions):
        if set(each.verdicts) - {None, Verdict.EXACT} or each.reason:
            key = (each.subgroup, each.trial, each.verdicts, each.published_estimate, each.published_weight)
            made.findings.append(Finding("verdict", each.analysis, each.line, key))


def ending_of(before: Review, damaged: Damaged) -> Ending:
    """How a damage to the table of an undamaged review ended."""
    after = review_of(damaged.raw)
    errors = [each for each in after.problems if each.severity == "error"]
    if errors:
        return _refused(errors, damaged)
    known = Counter((each.by, each.analysis, each.key) for each in before.findings)
    new = []
    for each in after.findings:
        same = each.by, each.analysis, each.key
        known[same] -= 1
        new += [each] if known[same] < 0 else []
    names = sorted({*before.figures, *after.figures})
    other = {name: what for name in names if (what := _differs(before, after, name))}
    said, by = {each.analysis for each in new}, tuple(sorted({each.by for each in new}))
    at_place = not damaged.lines or any(damaged.lines & each.lines for each in new)
    is_said = "" in said or (len(damaged.lines) == 1 and at_place and new)
    unsaid = {} if is_said else {name: what for name, what in other.items() if name not in said}
    if not unsaid:
        return Ending("noticed" if other else "same", by, at_place)
    worst = max(unsaid.values(), key=ENDINGS.index)
    if worst == "wrong" and _rows_of(after, unsaid) <= _rows_of(before, other):  # as they were, elsewhere
        worst = "gone"
    return Ending(worst, by, at_place, f"nothing said of {', '.join(unsaid)}")


def _rows_of(review: Review, names: Iterable[str]) -> Counter[object]:
    """All rows of these analyses, whatever their number."""
    return sum((each for name in names for each in _part(review.figures[name], "rows").values()), Counter())


def _refused(errors: Sequence[Problem], damaged: Damaged) -> Ending:
    first = errors[0]
    whole = all((each.file.endswith(_NAME), each.found, each.expected, each.remedy) for each in errors)
    at_place = whole and (not damaged.lines or any(each.line in damaged.lines for each in errors))
    return Ending("refused", (), at_place, str(first))


def _differs(before: Review, after: Review, name: str) -> str:
    """What became of an analysis, as in `ENDINGS`; "" where nothing did."""
    one, other = before.figures.get(name, {}), after.figures.get(name, {})
    totals = [_part(own, "pooled") for own in (one, other)]
    is_another = other in before.figures.values() and other != one
    if not one or not other or is_another or _part(other, "rows").items() < _part(one, "rows").items():
        return "gone"
    lost = one.get(("printed",), Counter()) - other.get(("printed",), Counter())
    rows = [sum(_part(own, "rows").values(), Counter()) for own in (one, other)]
    if rows[1] < rows[0] and all(_close(each, totals[0].get(key)) for key, each in totals[1].items()):
        return "gone"
    if not _same_totals(*totals) or lost:
        same = not lost and rows[0] == rows[1] and _close(*(own.get(("pooled", "")) for own in totals))
        return "regrouped" if same else "wrong"
    is_same = rows[0] == rows[1] and one.get(("printed",)) == other.get(("printed",))
    return "" if is_same and _same_trials(before, after, name) else "beside"


def _part(figures: dict[tuple[str, ...], object], kind: str) -> dict[tuple[str, ...], object]:
    return {key: each for key, each in figures.items() if key[0] == kind}


def _same_totals(one: dict[tuple[str, ...], object], other: dict[tuple[str, ...], object]) -> bool:
    """By the names of subgroups or, where letters of these were lost, by their numbers alone."""
    if one.keys() == other.keys():
        return all(_close(one[key], other[key]) for key in one)
    pairs = zip(*(sorted(own.values(), key=str) for own in (one, other)), strict=False)
    return len(one) == len(other) and all(_close(*pair) for pair in pairs)


def _close(one: object, other: object) -> bool:
    if one == other or not (isinstance(one, tuple) and isinstance(other, tuple)):
        return one == other
    pairs = list(zip(one, other, strict=True))
    return all(
        a == b or (a is not None and b is not None and abs(a - b) <= _CLOSE * max(abs(a), abs(b), 1e-3))
        for a, b in pairs
    )


def _same_trials(before: Review, after: Review, name: str) -> bool:
    """Whether trials that bear the same name have the same rows; a new name is no other number."""
    one, other = before.trials.get(name, {}), after.trials.get(name, {})
    return all(one[trial] == other[trial] for trial in one.keys() & other.keys())


@dataclass(frozen=True)
class Plan:
    """Which kinds of damage are done to the review of a file; `other` is where strangers' rows are from."""

    path: Path
    other: Path
    kinds: tuple[str, ...]

    def damages(self, seed: int, names: Iterable[str]) -> Iterator[tuple[str, Damaged]]:
        """Those of the named kinds that this review has a place for, done."""
        raw = self.path.read_bytes()
        own, strangers = export_of(raw), export_of(self.other.read_bytes()).rows
        export = Export(own.header, own.rows, strangers)
        for kind in KINDS:
            if kind.name in names:
                damaged = kind.damage(export, Random(f"{seed} {kind.name} {self.path.name}"))
                if damaged is not None and damaged.raw != raw:
                    yield kind.name, damaged


def planned(paths: Sequence[Path], times: int, seed: int, names: Iterable[str] = ()) -> list[Plan]:
    """Every kind so many times, at the first reviews of a random order that have a place for it."""
    order = Random(seed).sample(paths, len(paths))
    left = dict.fromkeys(names or [kind.name for kind in KINDS], times)
    plans = []
    for path, other in zip(order, [*order[1:], *order[:1]], strict=True):
        wanted = [name for name, more in left.items() if more]
        if wanted:
            kinds = tuple(name for name, _ in Plan(path, other, ()).damages(seed, wanted))
            left |= {name: left[name] - 1 for name in kinds}
            plans.append(Plan(path, other, kinds))
    return plans


def endings(plan: Plan, seed: int) -> list[tuple[str, Ending]]:
    """How each damage of a plan ended, by the name of its kind."""
    before, made = review_of(plan.path.read_bytes()), []
    for name, damaged in plan.damages(seed, plan.kinds):
        try:
            made.append((name, ending_of(before, damaged)))
        except Exception as fault:  # an uncaught exception is a defect to be counted, not an end
            made.append((name, Ending("wrong", (), False, f"{type(fault).__name__}: {fault}")))
    return made


def table_of(found: Iterable[tuple[str, Ending]]) -> str:
    """The endings of each kind, counted; last the times that no place said was the damaged one."""
    by_kind: dict[str, list[Ending]] = {kind.name: [] for kind in KINDS}
    for name, ending in found:
        by_kind[name].append(ending)
    lines = [f"| damage | times | {' | '.join(ENDINGS)} | elsewhere | noticed by |", "|---" * 10 + "|"]
    for name, own in [*by_kind.items(), ("all", list(chain(*by_kind.values())))]:
        count = Counter(each.ending for each in own)
        means = Counter(chain.from_iterable(each.by for each in own if each.ending == "noticed"))
        elsewhere = sum(each.is_elsewhere for each in own)
        said = ", ".join(f"{by} {times}" for by, times in means.most_common())
        cells = [name, len(own), *(count[each] or "" for each in ENDINGS), elsewhere or "", said]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def _length(path: Path) -> int:
    return path.read_bytes().count(b"\n") - 1


def main() -> None:
    """Print the table and, with --show, each damage that ended wrong or elsewhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/cochrane/data-rows"))
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--rows", type=int, default=100_000, help="the most that a review may have")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", default=[])
    parser.add_argument("--show", nargs="*", default=[])
    asked = parser.parse_args()
    paths = [path for path in sorted(asked.folder.glob("*-data-rows.csv")) if _length(path) <= asked.rows]
    plans = planned(paths, asked.times, asked.seed, asked.kind)
    found = []
    with ProcessPoolExecutor() as pool:
        for plan, made in zip(plans, pool.map(partial(endings, seed=asked.seed), plans), strict=True):
            found += made
            for name, each in made:
                if each.ending in asked.show or (each.is_elsewhere and "elsewhere" in asked.show):
                    print(plan.path.name.split("-")[0], name, each, sep=" | ", file=sys.stderr)
    print(table_of(found))


if __name__ == "__main__":
    main()
