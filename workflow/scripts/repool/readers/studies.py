"""studies.csv: one row per analysis and trial, as printed, each checked for what its measure needs."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from repool.model import Analysis, Measure, Status, Study
from repool.readers.corrections import Corrections
from repool.readers.sheet import Problems, Record, read_sheet, words

_REQUIRED = ("analysis", "trial", "status", "source", "locator")
_EVENTS = ("experimental_events", "experimental_total", "control_events", "control_total")
_MEANS = (
    "experimental_mean", "experimental_sd", "experimental_total", "control_mean", "control_sd",
    "control_total",
)  # fmt: skip
_GENERIC = ("estimate", "se", "ci_low", "ci_high", "ci_level", "scale_factor")
_NUMBERS = tuple(dict.fromkeys((*_EVENTS, *_MEANS, *_GENERIC)))
_CORRECT = "correct the row or add it to corrections.csv"


def read_studies(
    path: Path,
    shown_path: str,
    analyses: Sequence[Analysis],
    covariates: Sequence[str],
    sources: Sequence[str],
    corrections: Corrections,
    problems: Problems,
) -> tuple[Study, ...]:
    """Read and check every row; analyses with `rows_of` get that analysis' rows as theirs."""
    known = {analysis.analysis: analysis for analysis in analyses if not analysis.rows_of}
    columns = [f"covariate_{name}" for name in covariates]
    records = read_sheet(
        path, shown_path, _REQUIRED, ("subgroup", *_NUMBERS, *columns, "note"), problems
    )
    studies: list[Study] = []
    seen: dict[tuple[str, str, str], int] = {}
    for record in records:
        corrected = corrections.apply(record)
        analysis = known.get(record.required("analysis"))
        if analysis is None:
            if record.text("analysis"):
                record.wrong(
                    "analysis", record.text("analysis"), f"one of {', '.join(known)}",
                    "correct the name, or add the analysis to review.yaml",
                )  # fmt: skip
            continue
        study = _study(record, analysis, columns, corrected)
        _check_identity(record, study, sources, seen)
        studies.append(study)
    corrections.report_unused()
    _check_coverage(known, studies, shown_path, problems)
    return (*studies, *_borrowed(analyses, studies))


def _study(record: Record, analysis: Analysis, covariates: list[str], corrected: str) -> Study:
    before = len(record.problems.errors)
    status = Status(record.choice("status", [each.value for each in Status]))
    counts = {name: record.count(name) for name in dict.fromkeys((*_EVENTS, "control_total"))}
    means = {name: record.number(name) for name in _MEANS if name not in counts}
    numbers = {name: record.number(name) for name in ("estimate", "se", "ci_low", "ci_high", "ci_level")}
    values = counts | means | numbers | {"scale_factor": record.rational("scale_factor")}
    values_of = {name: value for name, value in values.items() if record.text(name)}
    if len(record.problems.errors) == before:
        if status is Status.UNKNOWN:
            for name in values_of:
                record.wrong(
                    name, record.text(name), "an empty cell in a row with status unknown",
                    "give the row another status, or move the remark to note",
                )  # fmt: skip
        else:
            _check_values(record, analysis, values)
    return Study(
        analysis=analysis.analysis,
        subgroup=record.text("subgroup"),
        trial=record.required("trial"),
        status=status,
        covariates=json.dumps(
            {name.removeprefix("covariate_"): record.text(name) for name in covariates},
            ensure_ascii=False,
        ) if covariates else "",
        source=record.text("source"),
        locator=record.text("locator"),
        note=record.text("note"),
        corrected=corrected,
        file=record.file,
        line=record.line,
        **values,
    )  # fmt: skip


def _check_values(record: Record, analysis: Analysis, values: dict[str, float | None]) -> None:
    if analysis.measure.is_dichotomous:
        allowed = needed = _EVENTS
    elif analysis.measure.is_continuous:
        allowed = needed = _MEANS
    else:
        allowed, needed = (*_GENERIC, "experimental_total", "control_total"), ("estimate",)
    for name in _NUMBERS:
        if name in needed and values.get(name) is None:
            record.wrong(
                name, words("an empty cell"), f"a value, which {analysis.measure} needs",
                "fill it in, or give the row status unknown and leave its numbers empty",
            )  # fmt: skip
        elif name not in allowed and values.get(name) is not None:
            record.wrong(
                name, record.text(name), f"an empty cell: {analysis.measure} does not use it",
                "clear the cell or change the measure of the analysis",
            )  # fmt: skip
    for arm in ("experimental", "control"):
        _check_arm(record, values, arm)
    if analysis.measure is Measure.GIV and values["estimate"] is not None:
        _check_generic(record, analysis, values)


def _check_arm(record: Record, values: dict[str, float | None], arm: str) -> None:
    events, total = values[f"{arm}_events"], values[f"{arm}_total"]
    sd = values[f"{arm}_sd"]
    if total == 0:
        record.wrong(f"{arm}_total", "0", "at least 1 participant", _CORRECT)
    elif events is not None and total is not None and events > total:
        record.wrong(
            f"{arm}_events", record.text(f"{arm}_events"), f"at most {arm}_total {total:g}", _CORRECT
        )
    if sd is not None and sd < 0:
        record.wrong(f"{arm}_sd", record.text(f"{arm}_sd"), "a standard deviation of 0 or more", _CORRECT)


def _check_generic(record: Record, analysis: Analysis, values: dict[str, float | None]) -> None:
    estimate, se = values["estimate"], values["se"]
    low, high, level = values["ci_low"], values["ci_high"], values["ci_level"]
    if (se is None) == (low is None or high is None) or (se is not None and (low or high)):
        record.wrong(
            "se", record.text("se") or words("an empty cell"), "either se, or both ci_low and ci_high",
            "give one of the two",
        )  # fmt: skip
        return
    if se is not None and se < 0:
        record.wrong("se", record.text("se"), "a standard error of 0 or more", _CORRECT)
    if level is not None and not 50 <= level < 100:
        record.wrong("ci_level", record.text("ci_level"), "a percentage from 50 to below 100", _CORRECT)
    if low is not None and high is not None and not low <= estimate <= high:  # type: ignore[operator]
        record.wrong(
            "estimate", record.text("estimate"), f"a value between ci_low {low:g} and ci_high {high:g}",
            _CORRECT,
        )  # fmt: skip
    positive = [estimate, *(limit for limit in (low, high) if limit is not None)]
    if analysis.log_scale and min(positive) <= 0:  # type: ignore[type-var]
        record.wrong("estimate", record.text("estimate"), "ratios above 0, not logs", _CORRECT)
    if analysis.log_scale and values["scale_factor"] not in (None, 1.0):
        record.wrong(
            "scale_factor", record.text("scale_factor"), "an empty cell: a ratio has no unit to convert",
            "clear the cell",
        )  # fmt: skip


def _check_identity(
    record: Record,
    study: Study,
    sources: Sequence[str],
    seen: dict[tuple[str, str, str], int],
) -> None:
    source = record.required("source")
    if source and source not in sources:
        record.wrong("source", source, f"one of {', '.join(sources)}", "add the source to review.yaml")
    key = (study.analysis, study.subgroup, study.trial)
    if key in seen:
        record.wrong(
            "trial", study.trial, f"each trial once in an analysis (already in line {seen[key]})",
            "delete the duplicate, or tell the two comparisons apart in the trial's name",
        )  # fmt: skip
    elif any(study.analysis == each[0] and study.trial == each[2] for each in seen):
        record.problems.warning(
            record.file, record.line, "trial", study.trial, "a trial in one subgroup of an analysis",
            "check that no participant is counted twice",
        )  # fmt: skip
    seen.setdefault(key, record.line)


def _check_coverage(
    known: dict[str, Analysis], studies: list[Study], shown_path: str, problems: Problems
) -> None:
    for name, analysis in known.items():
        own = [study for study in studies if study.analysis == name]
        if not own:
            problems.error(
                shown_path, 0, "analysis", words(f"no row for {name}"), "a row for each trial",
                "add its trials, with status unknown where nothing is known",
            )  # fmt: skip
        for study in own:
            if analysis.subgroup_label and not study.subgroup:
                problems.error(
                    study.file, study.line, "subgroup", words("an empty cell"),
                    f"a subgroup: {name} declares them", "fill it in",
                )  # fmt: skip
            elif study.subgroup and not analysis.subgroup_label:
                problems.error(
                    study.file, study.line, "subgroup", study.subgroup,
                    f"an empty cell: {name} declares no subgroups", "declare them in review.yaml",
                )  # fmt: skip


def _borrowed(analyses: Sequence[Analysis], studies: list[Study]) -> list[Study]:
    return [
        replace(study, analysis=each.analysis)
        for each in analyses
        if each.rows_of
        for study in studies
        if study.analysis == each.rows_of
    ]
