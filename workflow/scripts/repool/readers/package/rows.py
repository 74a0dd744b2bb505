"""Data rows of a package: each trial's figures, and what RevMan printed of them."""

import re
from collections import Counter
from dataclasses import dataclass, field

from repool.model import Counts
from repool.readers.package import columns as at
from repool.readers.package.archive import PackageFile
from repool.readers.package.settings import analysis_name, title_of
from repool.readers.package.table import clean, read_records
from repool.readers.problems import Problems, words
from repool.readers.remedies import NUMBER, Kind
from repool.readers.revman_rows import COLUMNS, TOTALS, DataKind, RevManRow, TrialNames
from repool.readers.sheet import Record

_COUNTS_IN = {
    "": Counts.BOTH, "SUBGROUP_AND_OVERALL": Counts.BOTH, "OVERALL_ONLY": Counts.OVERALL,
    "SUBGROUP_ONLY": Counts.SUBGROUP,
}  # fmt: skip
_NO_NUMBER = re.compile(r"nan|[-+\u2212]?(?:inf(?:inity)?|\u221e)", re.IGNORECASE)
_NOT_NEGATIVE = tuple(
    name for name in at.FIGURES if name.endswith(("_sd", "_events", "_total")) or name in ("se", "variance")
)


@dataclass(frozen=True, slots=True)
class DataRow:
    """A row with its record, for messages, and the name of its analysis in words."""

    row: RevManRow
    title: str
    record: Record


@dataclass(slots=True)
class SubgroupNames:
    """Names of subgroups that stay apart: one that returns after another is a second of its name.

    repeated: the (analysis, name) that stand for several subgroups; None where their order alone says so.
    """

    repeated: frozenset[tuple[str, str]] | None = None
    last: dict[str, tuple[str, str]] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)

    def distinct(self, analysis: str, subgroup: str, anew: bool = False) -> str:
        """The subgroup's name, from its second time on with its number in brackets.

        anew: every call is another subgroup, as every row of the subgroup estimates is.
        """
        before, name = self.last.get(analysis, ("", ""))
        if anew or before != subgroup or not name:
            if self.repeated is None or (analysis, subgroup) in self.repeated:
                self.times[analysis, subgroup] += bool(subgroup)
            times = self.times[analysis, subgroup]
            name = f"{subgroup} ({times})" if times > 1 else subgroup
        self.last[analysis] = subgroup, name
        return name


def repeated_subgroups(file: PackageFile, problems: Problems) -> frozenset[tuple[str, str]]:
    """The (analysis, name) that the subgroup estimates have more than once."""
    times = Counter(
        (analysis_name(record), clean(record.text(at.SUBGROUP)))
        for record in read_records(file, at.SUBGROUPS_NEEDED, (), problems)
    )
    return frozenset(key for key, number in times.items() if number > 1)


def read_rows(
    file: PackageFile, repeated: frozenset[tuple[str, str]] | None, problems: Problems
) -> list[DataRow]:
    """Every row, names cleaned and kept apart; a row that is wrong is left out (then reported).

    repeated: as in `SubgroupNames`. Of rows that were sorted anew the order says nothing: no name returns.
    """
    records = read_records(file, at.ROWS_NEEDED, at.ROWS_OPTIONAL, problems)
    names = [analysis_name(record) for record in records]
    if repeated is None and "" not in names and names != sorted(names, key=place_of):
        repeated = frozenset()
    trials, subgroups, rows = TrialNames(), SubgroupNames(repeated), []
    for record, name in zip(records, names, strict=True):
        before = problems.error_count
        trial = clean(record.text(at.STUDY))
        if not trial:
            record.wrong(at.STUDY, words("an empty cell"), "the name of a trial", "fill it in")
        applicability = record.text(at.APPLICABILITY)
        if applicability not in _COUNTS_IN:
            expected = f"one of {', '.join(each for each in _COUNTS_IN if each)}"
            record.wrong(at.APPLICABILITY, applicability, expected, "correct the cell")
        figures = {figure: _number(record, figure, column) for figure, column in at.FIGURES.items()}
        printed = {figure: _printed(record, column) for figure, column in at.PRINTED.items()}
        if problems.error_count > before or not name:
            continue
        subgroup = subgroups.distinct(name, clean(record.text(at.SUBGROUP)))
        row = RevManRow(
            name, subgroup, trials.distinct(name, subgroup, trial), _COUNTS_IN[applicability], figures,
            printed, clean(record.text(at.FOOTNOTES)), file.shown, record.line,
        )  # fmt: skip
        rows.append(DataRow(row, title_of(record), record))
    return rows


def place_of(analysis: str) -> tuple[int, ...]:
    """By what analyses are in order: "1.10" comes after "1.9"."""
    return tuple(map(int, analysis.split(".")))


def check_row(data: DataRow, kind: DataKind) -> None:
    """Report a figure below 0 that the row is computed from, or counts people, and that cannot be."""
    for figure in dict.fromkeys((*COLUMNS[kind], *TOTALS)):
        value = data.row.figures.get(figure)
        if value is not None and value < 0 and figure in _NOT_NEGATIVE:
            column = at.FIGURES[figure]
            data.record.wrong(column, data.record.text(column), "a number of 0 or more", "correct the cell")


def _number(record: Record, figure: str, column: str) -> float | None:
    """A cell's number, None where it is empty."""
    text = record.cells.get(column, "")
    if not text:
        return None
    return 0.0 if text == "0" else record.number(column)


def _printed(record: Record, column: str) -> str:
    """A printed figure as text, "" where there is none: RevMan may print what is no number as NaN."""
    text = record.plain(column)
    if text and not NUMBER.fullmatch(text):
        if _NO_NUMBER.fullmatch(text):
            return ""
        record.no_number(column, Kind.NUMBER)
        return ""
    return text
