"""The report of a review as HTML: view models here, layout in workflow/report, computed by neither."""

import base64
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from repool.agreement import in_words, read_agreement, read_checked, read_outcome
from repool.bias_view import bias_view
from repool.consistency.records import Check
from repool.consistency.view import consistency_view, figure_id
from repool.figures import MOST_PLOTS
from repool.findings import CERTAINTY, Finding
from repool.identify.table import IdentifiedRow
from repool.identify.view import identification_view
from repool.model import LANGUAGES, Analysis, Certainty, Judgement, NormalForm, Review
from repool.normal_form import STOPPED, InputFile
from repool.pooled_tables import pooled_tables, shown_interval
from repool.printed import read_printed
from repool.quantities import WHOLE_REVIEW
from repool.questions.records import Question
from repool.questions.view import questions_view
from repool.reconstruct.view import reconstruction_view
from repool.results import PooledRow, PooledState, Results
from repool.tables import read_table
from repool.trial_figures import CheckedTrial
from repool.trial_figures_view import trial_figures_view
from repool.trials_view import trials_view
from repool.verdicts import REPRODUCED, Basis, Checked, Verdict
from repool.wording import alone, decimal, interval, localised, method_sentence, source_name, terms, word
from repool.words import WORDS

Row = dict[str, Any]

#: The parts of a report in their order; a heading is `words.WORDS["h-<part>"]`.
_PARTS = (
    "summary", "findings", "statements", "plots", "verdicts", "trial-figures", "identification",
    "consistency", "questions", "trials", "bias", "pooled", "reconstruction", "trace", "problems",
    "provenance",
)  # fmt: skip
_IF_ANY = ("verdicts", "trial-figures", "identification", "bias", "reconstruction", "trace")


#: Of more analyses than this, the tables of trials and of pooled results are folded away; so is one of more
#: rows than this, which a browser then lays out only once it is opened.
_FOLDED, _LONG = 10, 300
_DOI = re.compile(r"\bdoi:\s*(10\.\d{4,9}/\S*[^\s.,;:)])", re.IGNORECASE)


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


def report_page(
    folder: Path, templates: Path, versions: dict[str, str], commands: Mapping[str, str]
) -> dict[str, str]:
    """The pages of one review by file name, from the tables and plots in its results folder.

    commands: what to type to have the plots drawn, what checks by hand made, and (the start of it) a figure
    traced.
    """
    review, state, problems = read_outcome(folder)
    inputs = read_table(folder / "inputs.csv", InputFile)
    shared: Row = {"review": review, "state": state, "inputs": inputs, "versions": versions}
    shared["linked"] = linked
    shared["why"] = "crosscheck" if read_agreement(folder).differing else "input"
    views: dict[str, Row] = {
        language: {"w": {name: text[language] for name, text in WORDS.items()}, "problems": problems}
        for language in LANGUAGES
    }
    if state != STOPPED:  # of a review that this step stopped, tables of earlier ones lie there all the same
        shared |= _of_results(folder, review, versions["statsmodels"], commands, views)
    return {
        "index.html": render(
            templates, "report.html.j2", sheets=("style.css", "worked.css"), views=views, **shared
        ),
        "findings.html": render(templates, "findings.html.j2", views=views, **shared),
    }


def _of_results(
    folder: Path, review: Review, engine: str, commands: Mapping[str, str], views: Mapping[str, Row]
) -> Row:
    """What the pages share of a review's results; what each language has of them is put into `views`."""
    form, results = read_checked(folder)
    compared = read_agreement(folder)
    checked = read_table(folder / "verdicts.csv", Checked)
    trial_figures = read_table(folder / "trial_verdicts.csv", CheckedTrial)
    consistent = read_table(folder / "consistency.csv", Check)
    identified = read_table(folder / "identification.csv", IdentifiedRow)
    asked = read_table(folder / "questions.csv", Question)
    rows = read_table(folder / "findings.csv", Finding)
    audited = (folder / "trace.json").exists()
    traced = json.loads((folder / "trace.json").read_text("utf-8")) if audited else {}
    counts = verdict_counts(checked)
    for language, view in views.items():
        view |= {
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
            "trials": trials_view(form, results, language),
            "pooled": pooled_tables(form, results, language),
            "second_engine": in_words(compared, engine, language),
            "many": len(form.analyses) > _FOLDED,
            "long": _LONG,
            "short": _in_short(counts, language),
            "licence": terms(review.licence, language),
            "source_names": [source_name(each.source, language) for each in review.sources],
            "reconstruction": reconstruction_view(folder, form, language) if audited else {},
            "trace": traced.get(language, {}),
        }
        view["parts"] = [part for part in _PARTS if _has(part, view)]
    example = f"{commands['trace']}/{folder.name}/{_traced(rows)}"
    return {
        "audited": audited,
        "drawn": (folder / "forest").exists(),
        "commands": {**commands, "trace": example},
    }


def linked(text: str) -> Markup:
    """A text whose DOIs lead to what they name."""
    start, shown = 0, Markup("")
    for found in _DOI.finditer(text):
        shown += Markup('{}<a href="https://doi.org/{}">{}</a>').format(
            text[start : found.start()], quote(found[1]), found[0]
        )
        start = found.end()
    return shown + text[start:]


def _traced(rows: Sequence[Finding]) -> str:
    """A cell that can be traced, as an example."""
    shown = next((n for n, row in enumerate(rows) if row.estimate is not None), None)
    return "pooled.csv:2:estimate" if shown is None else f"findings.csv:{shown + 2}:estimate"


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


#: What a report says first, of the counts of `verdict_counts`.
_SHORT = ("checked", "from_trials", "from_derived", "from_claims", "differing", "suspected", "missing")


def _in_short(counts: Mapping[str, int], language: str) -> list[str]:
    """The counts that are not 0, each a line; that no figure differs is said too."""
    if not counts["checked"]:
        return []
    shown = [name for name in _SHORT if counts[name] or name == "differing"]
    return [f"{word(f'short-{name}', language)}: {counts[name]}" for name in shown]


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
    elif row.estimate is not None:
        effect = decimal(row.estimate, row.effect_places, language)
    if effect and row.unit:
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
        "place": f"{source_name(judgement.source, language)}, {judgement.locator}",
    }


def _plots(folder: Path, form: NormalForm, results: Results, language: str) -> list[Row]:
    plots = []
    own = {row.analysis: row for row in results.pooled if not row.subgroup and row.role == "declared"}
    computed = {each.analysis for each in results.effects if each.estimate is not None}
    files: dict[str, list[str]] = defaultdict(list)
    for path in sorted((folder / "forest").glob("*")):
        files[path.stem].append(path.name)
    held = sum(name.endswith(f".{language}") for name in files) <= MOST_PLOTS
    for analysis in form.analyses:
        path = folder / "forest" / f"{analysis.analysis}.{language}.svg"
        row = own[analysis.analysis]
        image = base64.b64encode(path.read_bytes()).decode() if held and path.is_file() else ""
        plots.append(
            {
                "id": analysis.analysis,
                "title": analysis.title[language],
                "note": analysis.note[language],
                "image": image,
                "files": files[path.stem],
                "alt": _result_text(row, analysis, language),
                "method": method_sentence(analysis.method_from, row.method_label[language], language)
                if analysis.analysis in computed
                else "",
            }
        )
    return plots


def _result_text(row: PooledRow, analysis: Analysis, language: str) -> str:
    """The declared result in one line: what the plot shows, or why there is none."""
    state = word(f"state-{row.state.value}", language)
    if row.estimate is not None and row.state is PooledState.NO_INTERVAL:
        shown = alone(row.estimate, language)
    elif row.estimate is None or row.ci_low is None or row.ci_high is None:
        return state
    else:
        shown = shown_interval(row.estimate, row.ci_low, row.ci_high, language)
    text = f"{analysis.effect_label[language]} {shown}"
    if row.trials_unknown:
        text += " – " + word("known_only", language, known=row.trials_pooled, listed=row.trials_listed)
    return text if row.state is PooledState.POOLED else f"{text} – {state}"


def _verdict_blocks(checked: Sequence[Checked], form: NormalForm, language: str) -> list[Row]:
    """The verdicts by analysis, in the review's order, figures on the whole review last."""
    titles = {each.analysis: each.title[language] for each in form.analyses}
    titles[WHOLE_REVIEW] = word("whole_review", language)
    blocks: dict[str, Row] = {name: {"title": title, "rows": []} for name, title in titles.items()}
    for each in checked:
        blocks[each.analysis]["rows"].append(_verdict(each, form, language))
    return [block for block in blocks.values() if block["rows"]]


def _verdict(each: Checked, form: NormalForm, language: str) -> Row:
    difference = ""
    if each.difference is not None:
        comma = next(s.decimal_comma for s in form.review.sources if s.source == each.source)
        digits = read_printed(each.published, comma).places + 2
        difference = decimal(each.difference, digits, language)
    method = each.method_label[language]
    if each.basis is not Basis.TRIALS:
        method = word(f"basis-{each.basis.value}", language)
    return {
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
        "source": ", ".join(filter(None, (source_name(each.source, language), each.locator))),
        "place": f"{Path(each.file).name}:{each.line}",
        "id": figure_id(each.file, each.line, each.quantity, each.stated_method, language),
    }


def _analysis(form: NormalForm, name: str) -> Analysis:
    return next(each for each in form.analyses if each.analysis == name)
