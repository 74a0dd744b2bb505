"""What shows that data rows were changed since they were exported, although each cell by itself can be read.

Sorting a column alone, pasting, merging and dragging cells, and rounding by a spreadsheet leave traces: the
rules below hold in every one of 353 exports (68,883 rows). What breaks one is a warning at the first place.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from repool.identify.totals import is_whole
from repool.model import Counts
from repool.readers.package import columns as at
from repool.readers.package.rows import DataRow, place_of
from repool.readers.package.table import clean
from repool.readers.problems import Problems, listed, shortened, words
from repool.readers.revman_rows import trial_figure

#: A row that breaks a rule: the column, and what was found there.
Case = tuple[DataRow, str, str]

_PEOPLE = tuple(column for figure, column in at.FIGURES.items() if figure.endswith(("_events", "_total")))
_NUMBERS = (*at.FIGURES.values(), *at.PRINTED.values())
_NAMES = (at.NAME, at.SUBGROUP, at.STUDY, at.FOOTNOTES)
_LIMITS_AND_WEIGHT = ("CI start", "CI end", "Weight")
#: As a spreadsheet shows a number: Java and JavaScript write neither + nor two digits behind E.
_SHORTENED = re.compile(r"[-+\u2212]?[0-9][0-9.,]*E(?:\+|[-\u2212]0)[0-9]+")
#: Bytes of UTF-8 shown as letters of Windows-1252: two for an accented letter, three for a dash or quote.
_BYTE = "[\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
_TAKEN_FOR_1252 = re.compile(f"[\u00c2\u00c3]{_BYTE}|\u00e2{_BYTE}{_BYTE}")
#: So many names in alphabetical order through all analyses are no accident.
_NAMES_SORTED = 3

_WHOLE = "download the package again, or check that no cells were moved, sorted or pasted by themselves"


def warn_if_altered(rows: Sequence[DataRow], problems: Problems) -> None:
    """Warn once of each rule that rows break: of the first row, and of how many more there are."""
    if not rows:
        return
    _warn_of_columns(rows[0], problems)
    for cases, expected, remedy in (
        (_other_years(rows), "the same year in all rows of a trial", _WHOLE),
        (_other_titles(rows), "the same name in all rows of an analysis", _WHOLE),
        (_sorted_alone(rows), "names in the order of the analyses", _WHOLE),
        (_out_of_order(rows), "the analyses in the order of their numbers, each in one place",
         "check that no row was pasted; nothing is wrong if whole rows were sorted"),
        (_doubled(rows), "each row once", "delete the rows that were pasted twice"),
        (_without_subgroup(rows), "a subgroup, as the analysis' other rows have",
         "fill in the subgroup; of merged cells a table keeps the first alone"),
        (_without_applicability(rows), "in which totals the row counts, as other rows say", _WHOLE),
        (_partly_printed(rows), "what is printed of a row: effect, both limits and weight", _WHOLE),
        (_other_weights(rows), "weights that add up to 100, or to 0 where there is no total",
         "check that no row is missing, doubled or another analysis'; download the package again"),
        (_not_whole(rows), "whole numbers of people",
         "check for a point between thousands; correct the cell"),
        (_shortened(rows), "all digits", "retype it: a spreadsheet that shows a number so leaves digits out"),
        (_garbled(rows), "the letters as they were typed",
         "import the table as UTF-8, or download the package again; no number hangs on it"),
    ):  # fmt: skip
        found = list(cases)
        if found:
            row, column, what = found[0]
            what += f" (and {len(found) - 1} more)" if found[1:] else ""
            row.record.problems.warning(
                row.record.file, row.record.line, column, words(what), expected, remedy
            )


def _warn_of_columns(row: DataRow, problems: Problems) -> None:
    """An export has all its columns, needed or not; of what a missing one said nothing can be known."""
    absent = [name for name in (*at.ROWS_NEEDED, *at.ROWS_OPTIONAL) if name not in row.record.cells]
    if absent:
        problems.warning(
            row.record.file, 1, absent[0], words(f"no such column: {listed(absent)}"),
            "all columns of an export", "restore it: what it says is taken for empty",
        )  # fmt: skip


def _other_years(rows: Sequence[DataRow]) -> Iterator[Case]:
    if at.YEAR in rows[0].record.cells:
        for row, usual in _unlike(rows, lambda row: clean(row.record.text(at.STUDY)), _year):
            yield row, at.YEAR, f"{_year(row)} of {_quoted(row.record.text(at.STUDY))}, {usual}"


def _year(row: DataRow) -> str:
    return shortened(row.record.text(at.YEAR)) or "no year"


def _other_titles(rows: Sequence[DataRow]) -> Iterator[Case]:
    named = [row for row in rows if row.title]
    for row, usual in _unlike(named, lambda row: row.row.analysis, lambda row: _quoted(row.title)):
        yield row, at.NAME, f"{_quoted(row.title)} for {row.row.analysis}, {usual}"


def _unlike(
    rows: Sequence[DataRow], group: Callable[[DataRow], str], of: Callable[[DataRow], str]
) -> Iterator[tuple[DataRow, str]]:
    """Rows that are unlike most of their group, with what these have and where."""
    groups: dict[str, list[DataRow]] = defaultdict(list)
    for row in rows:
        groups[group(row)].append(row)
    unlike: dict[int, tuple[DataRow, str]] = {}
    for own in groups.values():
        usual, times = Counter(map(of, own)).most_common(1)[0]
        if times < len(own):
            line = next(row.record.line for row in own if of(row) == usual)
            unlike |= {row.record.line: (row, f"{usual} in line {line}") for row in own if of(row) != usual}
    yield from (unlike[line] for line in sorted(unlike))


def _quoted(text: str) -> str:
    return f'"{shortened(clean(text))}"'


def _sorted_alone(rows: Sequence[DataRow]) -> Iterator[Case]:
    if any(_out_of_order(rows)):
        return  # whole rows were sorted
    for column in (at.SUBGROUP, at.STUDY):
        order = [(not (name := row.record.text(column).casefold()), name) for row in rows]
        named = [row for row in rows if row.record.text(column)]
        analyses, names = {row.row.analysis for row in named}, {name for empty, name in order if not empty}
        if len(names) >= _NAMES_SORTED and len(analyses) > 1 and order == sorted(order):
            yield named[0], column, f"{len(names)} names in alphabetical order, whatever the analysis"


def _out_of_order(rows: Sequence[DataRow]) -> Iterator[Case]:
    for before, row in pairwise(rows):
        if place_of(row.row.analysis) < place_of(before.row.analysis):
            yield row, at.NUMBER, f"{row.row.analysis} after {before.row.analysis}"


def _doubled(rows: Sequence[DataRow]) -> Iterator[Case]:
    """Rows of a subgroup that returns, equal to the last character to those where it stood before."""
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        line = first.setdefault(tuple(row.record.cells.values()), row.record.line)
        if line != row.record.line and row.row.subgroup != clean(row.record.text(at.SUBGROUP)):
            yield row, at.STUDY, f"{_quoted(row.record.text(at.STUDY))} as in line {line}, figure by figure"


def _without_subgroup(rows: Sequence[DataRow]) -> Iterator[Case]:
    divided = {each.row.analysis for each in rows if each.row.subgroup}
    for row in rows:
        if row.row.analysis in divided and not row.row.subgroup and row.row.counts_in is not Counts.OVERALL:
            yield row, at.SUBGROUP, "an empty cell"


def _without_applicability(rows: Sequence[DataRow]) -> Iterator[Case]:
    if any(row.record.text(at.APPLICABILITY) for row in rows):
        for row in rows:
            if not row.record.text(at.APPLICABILITY):
                yield row, at.APPLICABILITY, "an empty cell"


def _partly_printed(rows: Sequence[DataRow]) -> Iterator[Case]:
    """A row may lack the effect alone: RevMan prints none where it takes a log of what is below 0."""
    for row in rows:
        empty = [name for name in _LIMITS_AND_WEIGHT if row.record.cells.get(name) == ""]
        if empty and any(row.record.text(name) for name in at.PRINTED.values()):
            yield row, empty[0], "an empty cell, though other figures of the row are printed"


def _other_weights(rows: Sequence[DataRow]) -> Iterator[Case]:
    """Analyses whose printed weights make up neither one total nor one in each subgroup.

    Left out: analyses with rows that count in some totals alone, for these have weights of either.
    """
    weighed: dict[str, list[tuple[DataRow, float]]] = defaultdict(list)
    partial = {row.row.analysis for row in rows if row.row.counts_in is not Counts.BOTH}
    for row in rows:
        weight = trial_figure(row.row.printed["weight"])
        if weight and row.row.analysis not in partial:
            weighed[row.row.analysis].append((row, float(weight)))
    for name, own in weighed.items():
        sums: dict[str, float] = defaultdict(float)
        for row, share in own:
            sums[row.row.subgroup] += share
        whole = sum(sums.values())
        if not (is_whole(whole) or all(is_whole(each) for each in sums.values() if each)):
            yield own[0][0], "Weight", f"{whole:.6g}, the sum of the weights of {name}"


def _not_whole(rows: Sequence[DataRow]) -> Iterator[Case]:
    for row in rows:
        for figure, column in at.FIGURES.items():
            value = row.row.figures[figure]
            if column in _PEOPLE and value and not value.is_integer():
                yield row, column, f'"{row.record.text(column)}"'


def _shortened(rows: Sequence[DataRow]) -> Iterator[Case]:
    for row in rows:
        for column in _NUMBERS:
            if _SHORTENED.fullmatch(row.record.text(column)):
                yield row, column, f'"{row.record.text(column)}"'


def _garbled(rows: Sequence[DataRow]) -> Iterator[Case]:
    for row in rows:
        for column in _NAMES:
            found = _TAKEN_FOR_1252.search(row.record.text(column))
            if found:
                yield row, column, f'"{shortened(found.group())}", letters of UTF-8 taken for Windows-1252'
                break
