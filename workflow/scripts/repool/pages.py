"""The report of a review as HTML: view models here, layout in workflow/report, computed by neither."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from repool.agreement import in_words, read_agreement, read_checked, read_outcome
from repool.bias_view import bias_view
from repool.consistency.records import Check
from repool.consistency.view import consistency_view, figure_id
from repool.conversions.wording import HEADING, converted_cells, is_converted
from repool.conversions.wording import shown as shown_converted
from repool.findings import CERTAINTY, Finding
from repool.identify.table import IdentifiedRow
from repool.identify.view import identification_view
from repool.model import LANGUAGES, Analysis, Certainty, Judgement, NormalForm, Study
from repool.normal_form import InputFile
from repool.pooled_tables import pooled_tables, shown_interval
from repool.printed import read_printed
from repool.quantities import WHOLE_REVIEW
from repool.questions.records import Question
from repool.questions.view import questions_view
from repool.reconstruct.view import reconstruction_view
from repool.results import PooledRow, PooledState, Results, TrialEffect
from repool.tables import read_table
from repool.trial_figures import CheckedTrial
from repool.trial_figures_view import trial_figures_view
from repool.verdicts import REPRODUCED, Basis, Checked, Verdict
from repool.wording import decimal, interval, localised, percent, word
from repool.words import WORDS

Row = dict[str, Any]

#: The parts of a report in their order; a heading is `words.WORDS["h-<part>"]`.
_PARTS = (
    "summary", "findings", "statements", "plots", "verdicts", "trial-figures", "identification",
    "consistency", "questions", "trials", "bias", "pooled", "reconstruction", "trace", "problems",
    "provenance",
)  # fmt: skip
_IF_ANY = ("trial-figures", "identification", "bias", "reconstruction", "trace")


@cache
def environment(templates: Path) -> Environment:
    """The template engine: everything escaped, a missing value is an error."""
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(
    templates: Path,
    template: str,
    sheets: tuple[str, ...] = ("style.css",),
    script: str = "",
    **values: Any,
) -> str:
    """One page with its style sheets and script inside and a policy that lets nothing else load or run."""
    style = "".join((templates / name).read_text("utf-8") for name in sheets)
    code = (templates / script).read_text("utf-8") if script else ""
    scripts = f"script-src {_source(code)}; " if code else ""
    policy = f"default-src 'none'; {scripts}style-src {_source(style)}; img-src data:; base-uri 'none'"
    page = environment(templates).get_template(template)
    shared = {"style": Markup(style), "script": Markup(code), "policy": policy, "languages": LANGUAGES}
    return page.render(**shared, **values)


def _source(text: str) -> str:
    """What a policy calls a script or style sheet within the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def report_page(folder: Path, templates: Path, versions: dict[str, str]) -> dict[str, str]:
    """The pages of one review by file name, from the tables and plots in its results folder."""
    review, state, problems = read_outcome(folder)
    form, results = read_checked(folder)
    compared = read_agreement(folder)
    checked = read_table(folder / "verdicts.csv", Checked)
    trial_figures = read_table(folder / "trial_verdicts.csv", CheckedTrial)
    consistent = read_table(folder / "consistency.csv", Check)
    identified = read_table(folder / "identification.csv", IdentifiedRow)
    asked = read_table(folder / "questions.csv", Question)
    rows = read_table(folder / "findings.csv", Finding)
    shared = {"review": review, "state": state, "counts": verdict_counts(checked)}
    audited = (folder / "trace.json").exists()
    traced = json.loads((folder / "trace.json").read_text("utf-8")) if audited else {}
    shared |= {"audited": audited, "drawn": (folder / "forest").exists()}
    shared["why"] = "crosscheck" if compared.differing else "input"
    views = {
        language: {
            "findings": [_finding(row, language) for row in rows],
            "arms": {"experimental": review.experimental[language], "control": review.control[language]},
            "judgements": [_judgement(each, form, language) for each in form.judgements],
            "plots": _plots(folder, form, results, language),
            "verdicts": _verdict_blocks(checked, form, language),
            "trial_figures": trial_figures_view(trial_figures, form, language),
            "consistency": consistency_view(consistent, form, language),
            "identification": identification_view(identified, form, language),
            "questions": questions_view(asked, form, language),
            "bias": bias_view(form.bias, language),
            "trials": _trials(form, results, language),
            "pooled": pooled_tables(form, results, language),
            "second_engine": in_words(compared, versions["statsmodels"], language),
            "problems": problems,
            "reconstruction": reconstruction_view(folder, form, language) if audited else {},
            "trace": traced.get(language, {}),
            "w": {name: text[language] for name, text in WORDS.items()},
        }
        for language in LANGUAGES
    }
    for view in views.values():
        view["parts"] = [part for part in _PARTS if _has(part, view)]
    inputs = read_table(folder / "inputs.csv", InputFile)
    values: Row = shared | {"views": views, "inputs": inputs, "versions": versions}
    return {
        "index.html": render(templates, "report.html.j2", sheets=("style.css", "worked.css"), **values),
        "findings.html": render(templates, "findings.html.j2", **values),
    }


def _has(part: str, view: Row) -> bool:
    """Whether the report has this part: those of the summary table come together, some only with content."""
    if part in ("findings", "statements"):
        return bool(view["findings"] or view["judgements"])
    return part not in _IF_ANY or bool(view[part.replace("-", "_")])


def verdict_counts(checked: Sequence[Checked]) -> dict[str, int]:
    """Figures checked, reproduced, differing (suspected errors included), not attemptable."""
    verdicts = Counter(each.verdict for each in checked)
    good = [each for each in checked if each.verdict in REPRODUCED]
    reproduced, claims = len(good), sum(each.basis is Basis.CLAIMS for each in good)
    derived = sum(bool(each.derived_rows) for each in good)
    missing = verdicts[Verdict.NOT_ATTEMPTABLE]
    return {
        "checked": len(checked),
        "reproduced": reproduced,
        "from_trials": reproduced - claims - derived,
        "from_derived": derived,
        "from_claims": claims,
        "differing": len(checked) - reproduced - missing,
        "suspected": verdicts[Verdict.INPUT_ERROR],
        "missing": missing,
    }


def _finding(row: Finding, language: str) -> Row:
    def risk(value: float | None) -> str:
        return "" if value is None else word("per_1000", language, number=f"{value:.0f}")

    range_ = ""
    low, high = row.experimental_per_1000_low, row.experimental_per_1000_high
    if low is not None and high is not None:
        range_ = word("per_1000_range", language, low=f"{low:.0f}", high=f"{high:.0f}")
    effect = ""
    if row.estimate is not None and row.ci_low is not None and row.ci_high is not None:
        effect = interval(row.estimate, row.ci_low, row.ci_high, row.effect_places, language)
        if row.unit:
            effect += f" {row.unit[language]}"
    certainty = CERTAINTY[Certainty(row.certainty)][language] if row.certainty else ""
    return {
        "outcome": row.outcome[language],
        "label": row.effect_label[language],
        "control": risk(row.control_per_1000),
        "experimental": risk(row.experimental_per_1000),
        "range": range_,
        "effect": effect,
        "withheld": row.withheld,
        "participants": "" if row.participants is None else f"{row.participants:.0f}",
        "trials": str(row.trials),
        "certainty": certainty,
        "level": row.certainty,
        "basis": row.basis,
        "footnotes": [note for note in row.footnotes[language].split(" | ") if note],
        "statement": row.statement[language],
        "verdicts": _finding_verdicts(row, language),
    }


_FIGURES = (
    "control_per_1000", "experimental_per_1000", "experimental_per_1000_low",
    "experimental_per_1000_high", "estimate", "ci_low", "ci_high", "participants", "trials",
)  # fmt: skip


def _finding_verdicts(row: Finding, language: str) -> list[Row]:
    """The verdicts on a row's published figures, those alike together."""
    groups: dict[str, list[str]] = {}
    for name in _FIGURES:
        verdict = getattr(row, f"verdict_{name}")
        if verdict and not (row.withheld and name not in ("participants", "trials")):
            groups.setdefault(verdict, []).append(getattr(row, f"published_{name}"))
    return [
        {"verdict": verdict, "text": word(f"verdict-{verdict}", language), "figures": ", ".join(figures)}
        for verdict, figures in groups.items()
    ]


def _judgement(judgement: Judgement, form: NormalForm, language: str) -> Row:
    return {
        "outcome": _analysis(form, judgement.analysis).title[language],
        "judge": judgement.judge,
        "certainty": CERTAINTY[judgement.certainty][language],
        "reason": judgement.reason[language],
        "place": f"{judgement.source}, {judgement.locator}",
    }


def _plots(folder: Path, form: NormalForm, results: Results, language: str) -> list[Row]:
    plots = []
    for analysis in form.analyses:
        path = folder / "forest" / f"{analysis.analysis}.{language}.svg"
        row = _declared(results, analysis)
        image = base64.b64encode(path.read_bytes()).decode() if path.is_file() else ""
        plots.append(
            {
                "id": analysis.analysis,
                "title": analysis.title[language],
                "note": analysis.note[language],
                "image": image,
                "files": sorted(each.name for each in path.parent.glob(f"{path.stem}.*")),
                "alt": _result_text(row, analysis, language),
                "method": row.method_label[language],
            }
        )
    return plots


def _result_text(row: PooledRow, analysis: Analysis, language: str) -> str:
    """The declared result in one line: what the plot shows, or why there is none."""
    if row.estimate is None or row.ci_low is None or row.ci_high is None:
        return word(f"state-{row.state.value}", language)
    shown = shown_interval(row.estimate, row.ci_low, row.ci_high, language)
    text = f"{analysis.effect_label[language]} {shown}"
    if row.trials_unknown:
        text += " – " + word("known_only", language, known=row.trials_pooled, listed=row.trials_listed)
    return text if row.state is PooledState.POOLED else f"{text} – {word('not_pooled', language)}"


def _verdict_blocks(checked: Sequence[Checked], form: NormalForm, language: str) -> list[Row]:
    """The verdicts by analysis, in the review's order, figures on the whole review last."""
    names = [*(each.analysis for each in form.analyses), WHOLE_REVIEW]
    blocks = []
    for name in names:
        rows = [_verdict(each, form, language) for each in checked if each.analysis == name]
        if rows:
            blocks.append({"title": rows[0]["analysis"], "rows": rows})
    return blocks


def _verdict(each: Checked, form: NormalForm, language: str) -> Row:
    title = word("whole_review", language)
    if each.analysis != WHOLE_REVIEW:
        title = _analysis(form, each.analysis).title[language]
    difference = ""
    if each.difference is not None:
        comma = next(s.decimal_comma for s in form.review.sources if s.source == each.source)
        digits = read_printed(each.published, comma).places + 2
        difference = decimal(each.difference, digits, language)
    method = each.method_label[language]
    if each.basis is not Basis.TRIALS:
        method = word(f"basis-{each.basis.value}", language)
    return {
        "analysis": title,
        "quantity": word(f"quantity-{each.quantity}", language)
        + (f" ({each.subgroup})" if each.subgroup else ""),
        "published": each.published,
        "ours": localised(each.ours_shown, language),
        "difference": difference,
        "verdict": each.verdict.value,
        "verdict_text": word(f"verdict-{each.verdict.value}", language),
        "method": method,
        "reason": each.reason[language],
        "derived": each.derived_rows,
        "source": f"{each.source}, {each.locator}" if each.locator else each.source,
        "place": f"{Path(each.file).name}:{each.line}",
        "id": figure_id(each.file, each.line, each.quantity, each.stated_method, language),
    }


def _trials(form: NormalForm, results: Results, language: str) -> list[Row]:
    """The trial rows of each analysis with rows of its own, with status, source and effect."""
    blocks = []
    for analysis in form.analyses:
        if analysis.rows_of:
            continue
        effects = [each for each in results.effects if each.analysis == analysis.analysis]
        studies = [each for each in form.studies if each.analysis == analysis.analysis]
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
                "source": f"{study.source}, {study.locator}" if study.locator else study.source,
                "note": "; ".join(text for text in (study.note, study.corrected) if text),
                "place": f"{Path(study.file).name}:{study.line}",
            }
            for study, effect in zip(studies, effects, strict=True)
        ]
        has_covariates = any(row["covariates"] for row in rows)
        blocks.append(
            {
                "title": analysis.title[language],
                "covariates": [c.label[language] for c in form.review.covariates if has_covariates],
                "subgroup": analysis.subgroup_label[language],
                "rows": rows,
                "converted_heading": HEADING[language],
                "converted": _conversions(studies, form, language),
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
            arms.append(f"{figures[0]} (SD {figures[1]}), n = {shown(total)}")
        elif total is not None:
            arms.append(f"n = {shown(total)}")
        else:
            arms.append("–")
    if study.estimate is not None:
        given = f"SE {shown(study.se, 'se')}" if study.se is not None else (
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


def _analysis(form: NormalForm, name: str) -> Analysis:
    return next(each for each in form.analyses if each.analysis == name)


def _declared(results: Results, analysis: Analysis) -> PooledRow:
    return next(
        row
        for row in results.pooled
        if row.analysis == analysis.analysis and not row.subgroup and row.role == "declared"
    )
