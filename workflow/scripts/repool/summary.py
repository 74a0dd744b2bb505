"""A review counted: what the index over all reviews says of it, so that it need not read the review's tables.

Counting reads single columns, without making a record of each row: a review can have thousands.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from repool.agreement import FAULT, read_outcome
from repool.model import Bilingual, Problem
from repool.normal_form import STOPPED
from repool.tables import write_json
from repool.verdicts import REPRODUCED, Basis, Verdict

SUMMARY = "summary.json"
#: What `identify` can say of an analysis.
OUTCOMES = ("unique", "equivalent", "none")
_SHOWN_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Summary:
    """One review in figures.

    verdicts, trial_verdicts: how many published figures (of the review, of single trials) have each verdict;
        verdicts that none has are left out.
    from_derived, from_claims: of the reproduced ones, those that rest on derived rows, and on other
        published figures alone.
    identified: how many analyses have one method behind their figures, several, or none.
    questions: how many suspected errors in the input are asked about.
    errors: how many problems stopped the review; problems: the first of them, in words.
    has_page: whether there is a report on it.
    """

    review: str
    title: Bilingual
    state: str
    verdicts: Mapping[str, int]
    from_derived: int
    from_claims: int
    trial_verdicts: Mapping[str, int]
    identified: Mapping[str, int]
    questions: int
    errors: int
    problems: tuple[str, ...]
    has_page: bool = True

    @property
    def stopped(self) -> bool:
        return self.state == STOPPED

    @property
    def checked(self) -> int:
        """Published figures of the review that were gone through."""
        return sum(self.verdicts.values())

    @property
    def reproduced(self) -> int:
        return sum(self.verdicts.get(each, 0) for each in REPRODUCED)

    @property
    def missing(self) -> int:
        """Figures that cannot be checked."""
        return self.verdicts.get(Verdict.NOT_ATTEMPTABLE, 0)

    @property
    def differing(self) -> int:
        """Figures that differ, suspected errors included."""
        return self.checked - self.reproduced - self.missing

    @property
    def suspected(self) -> int:
        return self.verdicts.get(Verdict.INPUT_ERROR, 0)

    @property
    def trial_figures(self) -> int:
        """Published figures of single trials that were gone through."""
        return sum(self.trial_verdicts.values())

    @property
    def trial_exact(self) -> int:
        return self.trial_verdicts.get(Verdict.EXACT, 0)


def summarise(folder: Path) -> Summary:
    """Count what lies in a review's results folder."""
    review, state, problems = read_outcome(folder)
    verdicts, derived, claims = _verdicts(folder / "verdicts.csv")
    errors = [each for each in problems if each.severity == "error"]
    return Summary(
        review=folder.name,
        title=review.title,
        state=state,
        verdicts=verdicts,
        from_derived=derived,
        from_claims=claims,
        trial_verdicts=_trial_verdicts(folder / "trial_verdicts.csv"),
        identified=_identified(folder / "identification.csv"),
        questions=sum(1 for _ in _rows(folder / "questions.csv")),
        errors=len(errors),
        problems=tuple(map(str, errors[:_SHOWN_PROBLEMS])),
    )


def refused(name: str, files: Sequence[str]) -> Summary:
    """What stands for a review folder, or for loose files, whose name cannot be used."""
    kind = "files" if len(files) > 1 else "file" if files else "folder"
    found = f"{kind.removesuffix('s')} name " + ", ".join(f'"{each}"' for each in files or [name])
    expected = 'letters, digits, ".", "_" and "-", and no name that results have beside those of reviews'
    problem = Problem("error", name, 0, "", f"the {found}", expected, f"rename the {kind}")
    return Summary(name, Bilingual(name, name), STOPPED, {}, 0, 0, {}, {}, 0, 1, (str(problem),), False)


def write_summary(folder: Path) -> None:
    """Leave the counts of a review in its results folder."""
    write_json(folder / SUMMARY, asdict(summarise(folder)))


def read_summary(folder: Path) -> Summary:
    """What `write_summary` left; counted now where it is missing, or where a step failed on the review."""
    if (folder / FAULT).exists() or not (folder / SUMMARY).exists():
        return summarise(folder)
    data = json.loads((folder / SUMMARY).read_text("utf-8"))
    data |= {"title": Bilingual(**data["title"]), "problems": tuple(data["problems"])}
    return Summary(**data)


def _verdicts(path: Path) -> tuple[dict[str, int], int, int]:
    """(figures by verdict, reproduced ones that rest on derived rows, and on other published figures)."""
    counts: Counter[str] = Counter()
    derived = claims = 0
    for verdict, basis, rows in _rows(path, "verdict", "basis", "derived_rows"):
        counts[verdict] += 1
        if verdict in REPRODUCED:
            derived += bool(rows)
            claims += basis == Basis.CLAIMS
    return _in_order(counts, tuple(Verdict)), derived, claims


def _trial_verdicts(path: Path) -> dict[str, int]:
    """Figures by verdict, over all columns of verdicts: a trial has several figures in a row."""
    counts: Counter[str] = Counter()
    for row in _rows(path, *(name for name in _header(path) if name.startswith("verdict"))):
        counts.update(row)
    return _in_order(counts, tuple(Verdict))


def _identified(path: Path) -> dict[str, int]:
    """Analyses by outcome; of one with several totals, the outcome that says least counts."""
    outcomes: dict[str, set[str]] = {}
    for analysis, outcome in _rows(path, "analysis", "outcome"):
        outcomes.setdefault(analysis, set()).add(outcome)
    least = (next((each for each in reversed(OUTCOMES) if each in said), "") for said in outcomes.values())
    return _in_order(Counter(least), OUTCOMES)


def _in_order(counts: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """The counts above 0, in the order of the names."""
    return {str(name): counts[name] for name in names if counts[name]}


def _header(path: Path) -> list[str]:
    if not path.is_file():
        return []
    with open(path, encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream))


def _rows(path: Path, *columns: str) -> Iterator[tuple[str, ...]]:
    """The cells of some columns of a table, row by row; none where there is no such table."""
    if not path.is_file():
        return
    with open(path, encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        places = [header.index(column) for column in columns]
        for row in rows:
            yield tuple(row[place] for place in places)
