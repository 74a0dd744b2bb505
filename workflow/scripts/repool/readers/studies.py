"""studies.csv: one row per analysis and trial, as printed, each checked for what its measure needs."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from repool.model import Analysis, Measure, Status, Study
from repool.readers.arm_summaries import INSTEAD, SUMMARIES, converted, follows, has_limits
from repool.readers.corrections import Corrections
from repool.readers.generic_summaries import TESTS, check_test
from repool.readers.generic_summaries import converted as converted_se
from repool.readers.problems import Problems, words
from repool.readers.sheet import Record, read_sheet

_REQUIRED = ("analysis", "trial", "status", "source", "locator")
_EVENTS: tuple[str, ...] = ("experimental_events", "experimental_total", "control_events", "control_total")
_MEANS: tuple[str, ...] = (
    "experimental_mean", "experimental_sd", "experimental_total", "control_mean", "control_sd",
    "control_total",
)  # fmt: skip
_GENERIC: tuple[str, ...] = ("estimate", "se", "ci_low", "ci_high", "ci_level", "scale_factor")
_NUMBERS = tuple(dict.fromkeys((*_EVENTS, *_MEANS, *_GENERIC)))
_CELLS = (*_NUMBERS, *SUMMARIES, *TESTS)
_OFF_CENTRE = 0.05  # of the interval's width; rounding alone rarely moves an estimate so far
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
    declared = [*columns, *(["subgroup"] if any(each.subgroup_label for each in known.values()) else [])]
    before = problems.error_count
    records = read_sheet(path, shown_path, (*_REQUIRED, *declared), ("subgroup", *_CELLS, "note"), problems)
    every_row_is_here = problems.error_count == before
    studies: list[Study] = []
    seen = _Seen()
    for record in records:
        corrected = corrections.apply(record)
        name = record.required("analysis")
        if name not in known:
            every_row_is_here = False
            if name:
                _report_stranger(record, name, analyses)
            continue
        study = _study(record, known[name], columns, corrected)
        record.source(sources)
        seen.check(record, study)
        _check_subgroup(record, known[name])
        studies.append(study)
    if every_row_is_here:
        corrections.report_unused()
        _check_coverage(known, studies, shown_path, problems)
    return (*studies, *_borrowed(analyses, studies))


def _report_stranger(record: Record, name: str, analyses: Sequence[Analysis]) -> None:
    lenders = {analysis.analysis: analysis.rows_of for analysis in analyses}
    if name in lenders:
        record.wrong(
            "analysis", name, f"no row of its own: review.yaml gives it the rows of {lenders[name]}",
            "delete the row, or rows_of in review.yaml",
        )  # fmt: skip
    else:
        record.wrong(
            "analysis", name, f"one of {', '.join(each for each, lender in lenders.items() if not lender)}",
            "correct the name, or add the analysis to review.yaml",
        )  # fmt: skip


def _study(record: Record, analysis: Analysis, covariates: list[str], corrected: str) -> Study:
    before = record.problems.error_count
    trial = record.required("trial")
    status = Status(record.choice("status", [each.value for each in Status]))
    values = {name: _READ[name](record, name) for name in _CELLS}
    how = ""
    if record.problems.error_count == before:
        if status is Status.UNKNOWN:
            _check_unknown(record, values)
        else:
            _check_values(record, analysis, values)
            if record.problems.error_count == before:
                if analysis.measure is Measure.GIV:
                    filled, how = converted_se(record, values, analysis.log_scale)
                else:
                    filled, how = converted(record, values)
                values |= filled
    numbers: dict[str, Any] = {name: values[name] for name in _NUMBERS}
    return Study(
        analysis=analysis.analysis,
        subgroup=record.text("subgroup"),
        trial=trial,
        status=status,
        covariates=json.dumps(
            {name.removeprefix("covariate_"): record.text(name) for name in covariates},
            ensure_ascii=False,
        )
        if covariates
        else "",
        source=record.text("source"),
        locator=record.text("locator"),
        note=record.text("note"),
        corrected=corrected,
        converted=how,
        file=record.file,
        line=record.line,
        **numbers,
    )


_READ = (
    dict.fromkeys(_CELLS, Record.number)
    | dict.fromkeys(_EVENTS, Record.count)
    | {"scale_factor": Record.rational}
)


def _check_unknown(record: Record, values: dict[str, float | None]) -> None:
    given = [name for name, value in values.items() if value is not None]
    if given:
        record.wrong(
            "status", words(f'"unknown" beside numbers in {", ".join(given)}'),
            "no numbers in a row with status unknown",
            "give the row another status, or move the numbers to note",
        )  # fmt: skip


def _check_values(record: Record, analysis: Analysis, values: dict[str, float | None]) -> None:
    measure = analysis.measure
    if measure.is_dichotomous:
        allowed = needed = _EVENTS
    elif measure.is_continuous:
        allowed, needed = (*_MEANS, "ci_level", *SUMMARIES), _MEANS
    else:
        allowed, needed = (*_GENERIC, *TESTS, "experimental_total", "control_total"), _GENERIC[:1]
    missing = [name for name in needed if values[name] is None and not follows(values, name)]
    useless = [name for name in _CELLS if name not in allowed and values[name] is not None]
    if useless:
        record.wrong(
            useless[0], record.text(useless[0]),
            f"an empty cell: {measure} needs {', '.join(needed)} and does not use {', '.join(useless)}",
            "clear the cells, or change the measure of the analysis",
        )  # fmt: skip
    elif missing:
        record.wrong(
            missing[0], words("an empty cell"),
            f"a number: {measure} needs {', '.join(missing)}{INSTEAD if measure.is_continuous else ''}",
            "fill in what is missing, or give the row status unknown and leave its numbers empty",
        )  # fmt: skip
    for arm in ("experimental", "control"):
        _check_arm(record, values, arm)
    if measure.is_continuous:
        _check_level(record, values["ci_level"], "means and SDs", has_limits(values))
    if measure is Measure.GIV and not missing:
        _check_generic(record, analysis, values)


def _check_arm(record: Record, values: dict[str, float | None], arm: str) -> None:
    events, total = values[f"{arm}_events"], values[f"{arm}_total"]
    sd = values[f"{arm}_sd"]
    if total == 0:
        record.wrong(f"{arm}_total", record.text(f"{arm}_total"), "at least 1 participant", _CORRECT)
    elif events is not None and total is not None and events > total:
        record.wrong(
            f"{arm}_events", record.text(f"{arm}_events"), f"at most {arm}_total {total:.0f}", _CORRECT
        )
    if sd is not None and sd < 0:
        record.wrong(f"{arm}_sd", record.text(f"{arm}_sd"), "a standard deviation of 0 or more", _CORRECT)


def _check_generic(record: Record, analysis: Analysis, values: dict[str, float | None]) -> None:
    given = [name for name in ("estimate", "se", "ci_low", "ci_high") if values[name] is not None]
    limits = [name for name in given if name.startswith("ci_")]
    tests = [name for name in ("statistic", "p") if values[name] is not None]
    if ("se" in given) + bool(limits) + len(tests) != 1 or len(limits) == 1:
        record.wrong(
            "se", words(f"{', '.join([*given[1:], *tests]) or 'neither se nor limits'}"),
            "either se, or both ci_low and ci_high, or statistic, or p", "give one of them",
        )  # fmt: skip
        return
    check_test(record, values)
    _check_level(record, values["ci_level"], "se", bool(limits))
    if "se" in given and (values["se"] or 0) < 0:
        record.wrong("se", record.text("se"), "a standard error of 0 or more", _CORRECT)
    logs = [name for name in given if name != "se" and (values[name] or 0) <= 0] if analysis.log_scale else []
    if logs:
        record.wrong(
            logs[0], record.text(logs[0]), "a ratio above 0, not its logarithm", "write ratios as printed"
        )
    elif limits:
        estimate, low, high = (values[name] or 0.0 for name in ("estimate", "ci_low", "ci_high"))
        _check_limits(record, estimate, low, high, analysis.log_scale)
    if analysis.log_scale and values["scale_factor"] not in (None, 1.0):
        record.wrong(
            "scale_factor", record.text("scale_factor"), "an empty cell: a ratio has no unit to convert",
            "clear the cell",
        )  # fmt: skip


def _check_level(record: Record, level: float | None, beside: str, limits: bool) -> None:
    if level is not None and not limits:
        record.wrong(
            "ci_level", record.text("ci_level"), f"an empty cell beside {beside}: a level belongs to limits",
            "clear the cell",
        )  # fmt: skip
    elif level is not None and not 50 <= level < 100:
        record.wrong(
            "ci_level", record.text("ci_level"), "a percentage from 50 to below 100", "write 95 for 95%"
        )


def _check_limits(record: Record, estimate: float, low: float, high: float, log_scale: bool) -> None:
    shown = f"ci_low {record.text('ci_low')} and ci_high {record.text('ci_high')}"
    if low > high:
        record.wrong(
            "ci_low", record.text("ci_low"), f"at most ci_high {record.text('ci_high')}",
            f"swap the limits, or {_CORRECT}",
        )  # fmt: skip
    elif not low <= estimate <= high:
        record.wrong("estimate", record.text("estimate"), f"a value between {shown}", _CORRECT)
    else:
        middle, *limits = (math.log(each) if log_scale else each for each in (estimate, low, high))
        if abs(middle - sum(limits) / 2) > _OFF_CENTRE * (limits[1] - limits[0]):
            record.problems.warning(
                record.file, record.line, "estimate", record.text("estimate"),
                f"about the middle between {shown}{' on the log scale' if log_scale else ''}",
                "check the three against the source",
            )  # fmt: skip


class _Seen:
    """Which trials of which analysis came by, and where."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], int] = {}
        self.trials: set[tuple[str, str]] = set()

    def check(self, record: Record, study: Study) -> None:
        """Report a trial that is there twice."""
        key = (study.analysis, study.subgroup, study.trial)
        if not study.trial:
            return
        if key in self.rows:
            record.wrong(
                "trial", study.trial, f"each trial once in an analysis (already in line {self.rows[key]})",
                "delete the duplicate, or tell the two comparisons apart in the trial's name",
            )  # fmt: skip
        elif (study.analysis, study.trial) in self.trials:
            record.problems.warning(
                record.file, record.line, "trial", study.trial, "a trial in one subgroup of an analysis",
                "check that no participant is counted twice",
            )  # fmt: skip
        self.rows.setdefault(key, record.line)
        self.trials.add((study.analysis, study.trial))


def _check_subgroup(record: Record, analysis: Analysis) -> None:
    subgroup = record.text("subgroup")
    if analysis.subgroup_label and not subgroup:
        record.wrong(
            "subgroup", words("an empty cell"), f"a subgroup: {analysis.analysis} declares them", "fill it in"
        )
    elif subgroup and not analysis.subgroup_label:
        record.wrong(
            "subgroup", subgroup, f"an empty cell: {analysis.analysis} declares no subgroups",
            "clear the cell, or add the key subgroups to the analysis in review.yaml",
        )  # fmt: skip


def _check_coverage(
    known: dict[str, Analysis], studies: list[Study], shown_path: str, problems: Problems
) -> None:
    present = {study.analysis for study in studies}
    absent = [name for name in known if name not in present]
    if absent:
        problems.error(
            shown_path, 0, "analysis", words(f"no row for {', '.join(absent)}"), "a row for each trial",
            "add the trials, with status unknown where nothing is known of them",
        )  # fmt: skip


def _borrowed(analyses: Sequence[Analysis], studies: list[Study]) -> list[Study]:
    return [
        replace(study, analysis=each.analysis)
        for each in analyses
        if each.rows_of
        for study in studies
        if study.analysis == each.rows_of
    ]
