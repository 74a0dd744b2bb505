"""A review transcribed by hand: review.yaml, studies.csv, published.csv, and what may go with them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from repool.methods import declared
from repool.model import (
    NO_TEXT,
    Analysis,
    Bilingual,
    Certainty,
    Claim,
    Covariate,
    Direction,
    FindingSpec,
    Judgement,
    Measure,
    NormalForm,
    Review,
    Source,
)
from repool.printed import read_printed
from repool.quantities import QUANTITIES, REVIEW_QUANTITIES, WHOLE_REVIEW
from repool.readers.corrections import Corrections, read_corrections
from repool.readers.seal import check_seal
from repool.readers.settings import Settings, load_schema, read_settings
from repool.readers.sheet import Problems, Record, read_sheet, words
from repool.readers.studies import read_studies

_FILES = ("review.yaml", "studies.csv", "published.csv", "corrections.csv", "grade.csv", "SHA256SUMS")
_NATURAL_SCALE = {"RR": True, "OR": True, "PETO": True, "RD": False, "MD": False, "SMD": False}
_EFFECT_LABELS = {
    "RR": Bilingual("Relativ risiko", "Risk ratio"),
    "OR": Bilingual("Oddsratio", "Odds ratio"),
    "PETO": Bilingual("Peto-oddsratio", "Peto odds ratio"),
    "RD": Bilingual("Risikodifferanse", "Risk difference"),
    "MD": Bilingual("Gjennomsnittsdifferanse", "Mean difference"),
    "SMD": Bilingual("Standardisert gjennomsnittsdifferanse", "Standardised mean difference"),
}


def read_transcribed(
    folder: Path, shown: str, schema: Path
) -> tuple[NormalForm | None, Problems, dict[str, str]]:
    """Read a folder; the normal form is None where anything is wrong with it.

    `shown` is how messages name the folder. Returns also the problems, warnings included, and the
    SHA-256 of every file.
    """
    problems = Problems()
    sums = check_seal(folder, shown, problems)
    for name in sums:
        if name not in _FILES:
            problems.error(
                f"{shown}/{name}", 0, "", words("a file that Repool does not read"),
                f"only {', '.join(_FILES)}", "remove it, then reseal",
            )  # fmt: skip
    if problems.errors:
        return None, problems, sums
    settings = read_settings(
        folder / "review.yaml", f"{shown}/review.yaml", load_schema(schema), problems
    )
    if settings is None:
        return None, problems, sums
    review = _review(folder.name, settings)
    analyses = _analyses(settings, problems)
    _check_references(settings, problems)
    known = {analysis.analysis: analysis for analysis in analyses}
    corrections = Corrections([])
    if (folder / "corrections.csv").is_file():
        corrections = read_corrections(
            folder / "corrections.csv", f"{shown}/corrections.csv", problems
        )
    sources = [source.source for source in review.sources]
    studies = read_studies(
        folder / "studies.csv", f"{shown}/studies.csv", analyses,
        [covariate.name for covariate in review.covariates], sources, corrections, problems,
    )  # fmt: skip
    claims = _claims(folder, shown, review, known, problems)
    judgements = _judgements(folder, shown, sources, known, problems)
    if problems.errors:
        return None, problems, sums
    return NormalForm(review, analyses, studies, claims, judgements), problems, sums


def _both(mapping: dict[str, Any], key: str, default: Bilingual = NO_TEXT) -> Bilingual:
    return Bilingual(**mapping[key]) if key in mapping else default


def _review(name: str, settings: Settings) -> Review:
    data = settings.data
    findings = data.get("findings", {"rows": []})
    return Review(
        review=name,
        title=_both(data, "title"),
        citation=data["citation"],
        licence=data["licence"],
        note=_both(data, "note"),
        experimental=_both(data["arms"], "experimental"),
        control=_both(data["arms"], "control"),
        judge=findings.get("judge", ""),
        table_source=findings.get("source", ""),
        sources=tuple(
            Source(key, each["citation"], each.get("url", ""), each.get("decimal_comma", False))
            for key, each in data["sources"].items()
        ),
        covariates=tuple(
            Covariate(key, Bilingual(**label)) for key, label in data.get("covariates", {}).items()
        ),
        findings=tuple(
            FindingSpec(row["analysis"], row.get("see_also", "")) for row in findings["rows"]
        ),
    )


def _analyses(settings: Settings, problems: Problems) -> tuple[Analysis, ...]:
    analyses: list[Analysis] = []
    for number, data in enumerate(settings.data["analyses"]):
        place = ("analyses", number)
        line = settings.line(*place, "id")
        if data["id"] in {analysis.analysis for analysis in analyses} | {WHOLE_REVIEW}:
            problems.error(
                settings.file, line, "id", data["id"], "a name that no other analysis has",
                f'rename it ("{WHOLE_REVIEW}" is kept for figures about the whole review)',
            )  # fmt: skip
            continue
        _check_method(data, settings, number, problems)
        generic = data.get("generic", {})
        if (data["measure"] == "GIV") != bool(generic):
            problems.error(
                settings.file, settings.line(*place, "measure"), "generic",
                words("no such key" if not generic else f"the key beside {data['measure']}"),
                "generic: {label, log_scale} for GIV, and for no other measure", "add or remove it",
            )  # fmt: skip
        log_scale = generic.get("log_scale", _NATURAL_SCALE.get(data["measure"], False))
        label = _both(generic, "label", _EFFECT_LABELS.get(data["measure"], NO_TEXT))
        overrides = {key: value for key, value in data["method"].items() if key != "name"}
        analyses.append(
            Analysis(
                analysis=data["id"],
                title=_both(data, "title"),
                measure=Measure(data["measure"]),
                log_scale=log_scale,
                effect_label=label,
                unit=_both(data, "unit"),
                direction=Direction(data["direction"]),
                phrase=_both(data, "phrase"),
                subgroup_label=_both(data, "subgroups"),
                rows_of=data.get("rows_of", ""),
                method=data["method"]["name"],
                overrides=json.dumps(overrides, sort_keys=True) if overrides else "",
                control_risk=str(data.get("control_risk", "pooled")),
                note=_both(data, "note"),
                file=settings.file,
                line=line,
            )
        )
    return tuple(analyses)


def _check_method(
    data: dict[str, Any], settings: Settings, number: int, problems: Problems
) -> None:
    overrides = {key: value for key, value in data["method"].items() if key != "name"}
    line = settings.line("analyses", number, "method")
    for key in ("level", "zero_cell_amount"):
        value = overrides.get(key, 0.5)
        if isinstance(value, str) or not 0 < value < 1:
            problems.error(
                settings.file, line, f"method.{key}", value, "a number between 0 and 1",
                "write 0.95 for 95%",
            )  # fmt: skip
            return
    try:
        declared(data["method"]["name"], overrides)
    except ValueError as fault:
        problems.error(
            settings.file, line, "method", json.dumps(data["method"], ensure_ascii=False),
            str(fault), "see docs/methods.md, Named methods",
        )  # fmt: skip


def _check_references(settings: Settings, problems: Problems) -> None:
    analyses = {each["id"]: each for each in settings.data["analyses"]}
    references: list[tuple[tuple[str | int, ...], str]] = []
    for number, each in enumerate(settings.data["analyses"]):
        if "rows_of" in each:
            references.append((("analyses", number, "rows_of"), each["rows_of"]))
            if "rows_of" in analyses.get(each["rows_of"], {}):
                problems.error(
                    settings.file, settings.line("analyses", number, "rows_of"), "rows_of",
                    each["rows_of"], "an analysis with rows of its own", "name that analysis directly",
                )  # fmt: skip
            elif not _same_data(each, analyses.get(each["rows_of"], each)):
                problems.error(
                    settings.file, settings.line("analyses", number, "rows_of"), "rows_of",
                    each["rows_of"], f"an analysis with the same kind of data as {each['measure']}",
                    "give this analysis rows of its own",
                )  # fmt: skip
    rows = settings.data.get("findings", {}).get("rows", [])
    for number, row in enumerate(rows):
        references += [(("findings", "rows", number, key), row[key]) for key in row]
    for name, count in Counter(row["analysis"] for row in rows).items():
        if count > 1:
            problems.error(
                settings.file, settings.line("findings", "rows"), "findings.rows", name,
                "each analysis in one row", "delete the second row",
            )  # fmt: skip
    table_source = settings.data.get("findings", {}).get("source", "")
    if table_source and table_source not in settings.data["sources"]:
        problems.error(
            settings.file, settings.line("findings", "source"), "findings.source", table_source,
            f"one of {', '.join(settings.data['sources'])}", "correct the name",
        )  # fmt: skip
    for place, name in references:
        if name not in analyses:
            problems.error(
                settings.file, settings.line(*place), str(place[-1]), name,
                f"one of {', '.join(analyses)}", "correct the name",
            )  # fmt: skip


def _same_data(one: dict[str, Any], other: dict[str, Any]) -> bool:
    a, b = Measure(one["measure"]), Measure(other["measure"])
    return (a.is_dichotomous, a.is_continuous) == (b.is_dichotomous, b.is_continuous)


def _known_analysis(record: Record, known: dict[str, Analysis], also: tuple[str, ...] = ()) -> str:
    name = record.required("analysis")
    if name and name not in known and name not in also:
        record.wrong(
            "analysis", name, f"one of {', '.join([*known, *also])}", "correct the name, or add it to review.yaml"
        )
    return name


def _known_source(record: Record, sources: list[str]) -> str:
    name = record.required("source")
    if name and name not in sources:
        record.wrong(
            "source", name, f"one of {', '.join(sources)}", "add the source to review.yaml"
        )
    return name


def _claims(
    folder: Path, shown: str, review: Review, known: dict[str, Analysis], problems: Problems
) -> tuple[Claim, ...]:
    records = read_sheet(
        folder / "published.csv", f"{shown}/published.csv",
        ("analysis", "quantity", "value", "source", "locator"), ("subgroup", "method", "note"),
        problems,
    )  # fmt: skip
    commas = {source.source: source.decimal_comma for source in review.sources}
    claims: list[Claim] = []
    seen: dict[tuple[str, ...], int] = {}
    for record in records:
        analysis = _known_analysis(record, known, (WHOLE_REVIEW,))
        options = REVIEW_QUANTITIES if analysis == WHOLE_REVIEW else QUANTITIES
        quantity = record.choice("quantity", options)
        source = _known_source(record, list(commas))
        value, comma = record.required("value"), commas.get(source, False)
        try:
            read_printed(value, comma)
        except ValueError as fault:
            if value:
                record.wrong("value", value, str(fault), "one figure a row, exactly as printed")
        method = record.text("method")
        if method:
            _check_claim_method(record, method)
        key = (analysis, record.text("subgroup"), quantity, source, method)
        if key in seen:
            record.wrong(
                "quantity", quantity, f"each figure of a source once (already in line {seen[key]})",
                "delete the duplicate, or name the two sources apart",
            )  # fmt: skip
        seen.setdefault(key, record.line)
        claims.append(
            Claim(
                analysis=analysis, subgroup=record.text("subgroup"), quantity=quantity, value=value,
                decimal_comma=comma, method=method, source=source, locator=record.text("locator"),
                note=record.text("note"), file=record.file, line=record.line,
            )  # fmt: skip
        )
    return tuple(claims)


def _check_claim_method(record: Record, method: str) -> None:
    try:
        declared(method, {})
    except ValueError as fault:
        record.wrong("method", method, str(fault), "leave it empty where the source names no method")


def _judgements(
    folder: Path, shown: str, sources: list[str], known: dict[str, Analysis], problems: Problems
) -> tuple[Judgement, ...]:
    if not (folder / "grade.csv").is_file():
        return ()
    records = read_sheet(
        folder / "grade.csv", f"{shown}/grade.csv",
        ("analysis", "judge", "certainty", "source", "locator"), ("reason_nb", "reason_en"), problems,
    )  # fmt: skip
    seen: dict[tuple[str, str], int] = {}
    judgements = []
    for record in records:
        analysis, judge = _known_analysis(record, known), record.required("judge")
        if (analysis, judge) in seen:
            record.wrong(
                "judge", judge, f"one judgement a judge and analysis (already in line {seen[analysis, judge]})",
                "delete one of them",
            )  # fmt: skip
        seen.setdefault((analysis, judge), record.line)
        judgements.append(
            Judgement(
                analysis=analysis, judge=judge,
                certainty=Certainty(record.choice("certainty", [each.value for each in Certainty])),
                reason=Bilingual(record.text("reason_nb"), record.text("reason_en")),
                source=_known_source(record, sources), locator=record.text("locator"),
                file=record.file, line=record.line,
            )  # fmt: skip
        )
    return tuple(judgements)
