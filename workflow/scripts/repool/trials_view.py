"""The report's section on the trials: what was entered of each, its effect, its source."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from repool.conversions.wording import HEADING, converted_cells, is_converted
from repool.conversions.wording import shown as shown_converted
from repool.model import NormalForm, Study, by_analysis
from repool.pooled_tables import shown_interval
from repool.results import Results, TrialEffect
from repool.wording import localised, percent, source_name, word

Row = dict[str, Any]


def trials_view(form: NormalForm, results: Results, language: str) -> list[Row]:
    """The trial rows of each analysis with rows of its own, with status, source and effect."""
    blocks = []
    studies, effects = by_analysis(form.studies), by_analysis(results.effects)
    for analysis in form.analyses:
        if analysis.rows_of:
            continue
        own = studies[analysis.analysis]
        rows = [
            {
                "trial": study.trial,
                "subgroup": study.subgroup,
                "data": _data(study, language),
                "covariates": list(json.loads(study.covariates).values()) if study.covariates else [],
                "effect": _effect(effect, language),
                "weight": "" if effect.weight is None else percent(effect.weight, 1, language),
                "status": word(f"status-{study.status.value}", language),
                "status_class": study.status.value,
                "source": ", ".join(filter(None, (source_name(study.source, language), study.locator))),
                "note": "; ".join(text for text in (study.note, study.corrected) if text),
                "place": f"{Path(study.file).name}:{study.line}",
            }
            for study, effect in zip(own, effects[analysis.analysis], strict=True)
        ]
        has_covariates = any(row["covariates"] for row in rows)
        blocks.append(
            {
                "title": analysis.title[language],
                "covariates": [c.label[language] for c in form.review.covariates if has_covariates],
                "subgroup": analysis.subgroup_label[language],
                "rows": rows,
                "converted_heading": HEADING[language],
                "converted": _conversions(own, form, language),
            }
        )
    return blocks


def _conversions(studies: Sequence[Study], form: NormalForm, language: str) -> list[str]:
    """How each mean and SD of these trials that is not printed as such was converted, one a line."""
    names = {"experimental": form.review.experimental[language], "control": form.review.control[language]}
    return [
        cell.line(study.trial, names, language)
        for study in studies
        for cell in converted_cells(study.converted)
    ]


def _data(study: Study, language: str) -> list[str]:
    """A trial's own figures, one text per arm or for the estimate; a converted one has an asterisk."""

    def shown(value: float | None, column: str = "") -> str:
        if value is not None and is_converted(study.converted, column):
            return f"{shown_converted(value, language)}*"
        return "–" if value is None else localised(f"{value:.12g}", language)

    arms = []
    for arm in ("experimental", "control"):
        events, total = getattr(study, f"{arm}_events"), getattr(study, f"{arm}_total")
        mean, sd = getattr(study, f"{arm}_mean"), getattr(study, f"{arm}_sd")
        if events is not None:
            swapped = "*" if is_converted(study.converted, f"{arm}_events") else ""
            arms.append(f"{shown(events)}{swapped}/{shown(total)}")
        elif mean is not None:
            figures = shown(mean, f"{arm}_mean"), shown(sd, f"{arm}_sd")
            arms.append(f"{figures[0]} (SD\u00a0{figures[1]}), n\u00a0=\u00a0{shown(total)}")
        elif total is not None:
            arms.append(f"n\u00a0=\u00a0{shown(total)}")
        else:
            arms.append("–")
    if study.estimate is not None:
        given = f"SE\u00a0{shown(study.se, 'se')}" if study.se is not None else (
            f"{_level(study, language)}: {shown(study.ci_low)}; {shown(study.ci_high)}"
        )  # fmt: skip
        estimate = f"{shown(study.estimate, 'estimate')} ({given})"
        arms[0] = estimate + (f", {arms[0]}" if arms[0] != "–" else "")
    return arms


def _level(study: Study, language: str) -> str:
    return word("ci", language, level=localised(f"{study.ci_level or 95.0:g}", language))


def _effect(effect: TrialEffect, language: str) -> str:
    if effect.estimate is None or effect.ci_low is None or effect.ci_high is None:
        return word(f"trial-{effect.state.value}", language)
    return shown_interval(effect.estimate, effect.ci_low, effect.ci_high, language)
