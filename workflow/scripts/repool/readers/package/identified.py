"""Analyses of a package without a settings file: what the printed figures say of each.

Measure, log scale, level and swapped events come from the trials' own printed effects and limits
(`identify.rows`); totals and method from their weights.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from repool.batch import Segments
from repool.identify.row_readings import EXPORTED, Kind, PrintedRows
from repool.identify.rows import RowSetting, RowState, identify_rows
from repool.model import Bilingual, Measure
from repool.readers.package import columns as at
from repool.readers.package.rows import DataRow
from repool.readers.package.settings import Described
from repool.readers.problems import Problems, words
from repool.readers.remedies import NUMBER
from repool.readers.revman_rows import DataKind, analysis, revman_method

_KINDS = {
    Kind.DICHOTOMOUS: DataKind.EVENTS,
    Kind.CONTINUOUS: DataKind.MEANS,
    Kind.GENERIC: DataKind.ESTIMATES,
    Kind.O_E: DataKind.O_E,
}
#: So many rows, and such a share of all, are no slips of single cells.
_MANY, _SHARE = 3, 0.2
_EFFECT, _RATIO = Bilingual("Effekt", "Effect"), Bilingual("Forhold", "Ratio")


def described_by_figures(rows: Sequence[DataRow], problems: Problems) -> dict[str, Described]:
    """The analyses by name, in the order in which their rows begin; a warning where few rows give what is
    printed of them.
    """
    by_name: dict[str, list[DataRow]] = {}
    for each in rows:
        by_name.setdefault(each.row.analysis, []).append(each)
    settings = identify_rows(printed_rows(by_name))
    _warn_of_unexplained([each for own in by_name.values() for each in own], settings, problems)
    return {
        name: _described(name, own, setting)
        for (name, own), setting in zip(by_name.items(), settings, strict=True)
    }


def printed_rows(by_name: Mapping[str, Sequence[DataRow]]) -> PrintedRows:
    """The rows of all analyses end to end, as the identification takes them."""
    rows = [each.row for own in by_name.values() for each in own]
    columns = {}
    for column, name in EXPORTED.items():
        if name.startswith("shown"):
            shown = next(figure for figure, its in at.PRINTED.items() if its == column)
            values = [_float(each.printed.get(shown, "")) for each in rows]
        else:
            values = [math.nan if (x := each.figures.get(name)) is None else x for each in rows]
        columns[name] = np.array(values, dtype=np.float64)
    return PrintedRows.of_columns(columns, Segments.of_counts([len(own) for own in by_name.values()]))


def _described(name: str, own: Sequence[DataRow], setting: RowSetting) -> Described:
    kind, first = _KINDS[setting.kind], own[0]
    generic = kind in (DataKind.ESTIMATES, DataKind.O_E)
    log_scale = generic and setting.reading.is_ratio
    measure = Measure.GIV if generic else setting.measure
    weighting = "MH" if measure.is_dichotomous and measure is not Measure.PETO else "IV"
    made = analysis(
        name, first.title, measure,
        revman_method(weighting, measure is not Measure.PETO, level=setting.level / 100),
        file=first.row.file, line=first.row.line,
        log_scale=log_scale if generic else None,
        label=(_RATIO if log_scale else _EFFECT) if generic else Bilingual("", ""),
        has_subgroups=any(each.row.subgroup for each in own),
        note=setting.note,
    )  # fmt: skip
    return Described(made, kind, setting.swapped)


def _warn_of_unexplained(rows: Sequence[DataRow], settings: Sequence[RowSetting], problems: Problems) -> None:
    """A column that was sorted or moved by itself leaves figures beside the wrong data in many rows."""
    states = [state for each in settings for state in each.states]
    wrong = [row for row, state in zip(rows, states, strict=True) if state is RowState.UNEXPLAINED]
    if len(wrong) >= _MANY and len(wrong) >= _SHARE * len(rows):
        record = wrong[0].record
        problems.warning(
            record.file, record.line, "",
            words(f"printed effects that do not follow from the data in {len(wrong)} of {len(rows)} rows"),
            "effects and limits that follow from the data of their row",
            "check that no column was sorted, moved or edited by itself; download the package again",
        )  # fmt: skip


def _float(text: str) -> float:
    text = text.replace("\u2212", "-")
    return float(text) if NUMBER.fullmatch(text) else math.nan
