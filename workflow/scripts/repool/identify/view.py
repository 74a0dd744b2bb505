"""The report's section on which method made the figures."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from repool.identify.found import Outcome
from repool.identify.table import IdentifiedRow, figure_name
from repool.identify.words import said
from repool.model import NormalForm
from repool.wording import capital, significant, source_name, tally

_MOST = 200  # rows that the page shows
_FOLDED = 3  # settings alike that are named without a click
_HEADS = ("intro", "all-totals", "total", "figures", "setting", "outcome", "remark")
_COLOURS = {Outcome.UNIQUE: "exact", Outcome.EQUIVALENT: "rounding", Outcome.NONE: "minor"}
_ORDER = (Outcome.NONE, Outcome.UNIQUE, Outcome.EQUIVALENT)


def identification_view(
    rows: Sequence[IdentifiedRow], form: NormalForm, language: str
) -> dict[str, Any] | None:
    """What the section shows, None where nothing was asked; totals that no setting gives come first."""
    if not rows:
        return None
    titles = {each.analysis: each.title[language] for each in form.analyses}
    outcomes = Counter(each.outcome for each in rows)
    found = capital(tally((said(f"count-{each.value}")[language], outcomes[each]) for each in Outcome))
    short = said("counts", totals=len(rows), found=found)[language]
    analyses = len({each.analysis for each in rows})
    if analyses < len(rows):
        short += f" {said('in-analyses', analyses=analyses)[language]}"
    shown = sorted(rows, key=lambda each: _ORDER.index(each.outcome))[:_MOST]
    rest = said("rest", number=len(rows) - len(shown)) if len(rows) > len(shown) else None
    return {
        "t": {name.replace("-", "_"): said(name)[language] for name in _HEADS},
        "short": short,
        "rest": rest[language] if rest else "",
        "rows": [_row(each, titles, language) for each in shown],
    }


def _row(row: IdentifiedRow, titles: dict[str, str], language: str) -> dict[str, Any]:
    setting = row.setting if row.setting else said("nearest", label=row.nearest)
    return {
        "title": titles.get(row.analysis, row.analysis),
        "subgroup": row.subgroup,
        "source": source_name(row.source, language),
        "figures": _figures(row.figures, language),
        "outcome": said(f"outcome-{row.outcome.value}")[language],
        "colour": _COLOURS[row.outcome],
        "setting": setting[language],
        "remarks": _remarks(row, language),
        "others": _others(row, language),
    }


def _figures(names: str, language: str) -> str:
    return ", ".join(figure_name(name)[language] for name in names.split())


def _remarks(row: IdentifiedRow, language: str) -> list[str]:
    if row.outcome is Outcome.NONE:
        return [_off(each, language) for each in row.off.split()]
    remarks = [] if row.enough or row.stage == "plain" else [said("too-little")[language]]
    if row.outcome is Outcome.EQUIVALENT:
        apart = said("apart-none")
        if row.told_apart_by:
            apart = said("apart-by", figures=_figures(row.told_apart_by, language))
        remarks.append(apart[language])
    return remarks


def _others(row: IdentifiedRow, language: str) -> dict[str, Any]:
    """The settings that give the same: named at once where they are few, else folded away."""
    if row.outcome is not Outcome.EQUIVALENT:
        return {}
    labels = row.others[language].split("; ")
    count = row.settings - 1
    more = count - len(labels)
    folded = said("others-folded", count=count)[language] if count > _FOLDED else ""
    if more > 0:
        labels.append(said("others-more", count=more)[language])
    return {"folded": folded, "text": said("others", labels="; ".join(labels))[language]}


def _off(text: str, language: str) -> str:
    name, _, miss = text.partition("=")
    shown = significant(float(miss), 3, language)
    return said("off", figure=figure_name(name), off=shown)[language]
