"""published.csv and grade.csv: what was printed and how people judged it, each row checked."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from repool.methods import declared
from repool.model import Analysis, Bilingual, Certainty, Claim, Judgement, Source, Study
from repool.printed import read_printed
from repool.quantities import ARMS, QUANTITIES, REVIEW_QUANTITIES, WHOLE_REVIEW
from repool.readers.problems import Problems
from repool.readers.remedies import GROUPED, THOUSANDS
from repool.readers.sheet import Record, read_sheet

_WHOLE_NUMBERS = {*ARMS, *REVIEW_QUANTITIES, "df", "subgroup_df"}


def read_claims(
    path: Path,
    shown_path: str,
    sources: Sequence[Source],
    analyses: Mapping[str, Analysis],
    studies: Sequence[Study],
    problems: Problems,
) -> tuple[Claim, ...]:
    """Read published.csv; figures of the whole review stand under the analysis `WHOLE_REVIEW`.

    `studies` is empty where studies.csv could not be read: then the names of subgroups are not checked.
    """
    records = read_sheet(
        path, shown_path, ("analysis", "quantity", "value", "source", "locator"),
        ("subgroup", "method", "note"), problems,
    )  # fmt: skip
    commas = {source.source: source.decimal_comma for source in sources}
    claims: list[Claim] = []
    seen: dict[tuple[str, ...], int] = {}
    for record in records:
        before = problems.error_count
        analysis = _known_analysis(record, analyses, (WHOLE_REVIEW,))
        quantity = record.choice("quantity", REVIEW_QUANTITIES if analysis == WHOLE_REVIEW else QUANTITIES)
        source = record.source(list(commas))
        _check_value(record, quantity if problems.error_count == before else "", commas.get(source, True))
        method, subgroup = record.text("method"), record.text("subgroup")
        if method:
            _check_method(record, method)
        _check_subgroup(record, analysis, studies)
        key = (analysis, subgroup, quantity, source, method)
        if problems.error_count > before:
            continue
        if key in seen:
            record.wrong(
                "quantity", quantity, f"each figure of a source once (already in line {seen[key]})",
                "delete the duplicate, or name the two sources apart",
            )  # fmt: skip
        seen.setdefault(key, record.line)
        claims.append(
            Claim(
                analysis=analysis,
                subgroup=subgroup,
                quantity=quantity,
                value=record.text("value"),
                decimal_comma=commas[source],
                method=method,
                source=source,
                locator=record.text("locator"),
                note=record.text("note"),
                file=record.file,
                line=record.line,
            )
        )
    return tuple(claims)


def read_judgements(
    path: Path,
    shown_path: str,
    sources: Sequence[Source],
    analyses: Mapping[str, Analysis],
    problems: Problems,
) -> tuple[Judgement, ...]:
    """Read grade.csv; one judgement for each judge and analysis."""
    records = read_sheet(
        path, shown_path, ("analysis", "judge", "certainty", "source", "locator"),
        ("reason_nb", "reason_en"), problems,
    )  # fmt: skip
    names = [source.source for source in sources]
    seen: dict[tuple[str, str], int] = {}
    judgements = []
    for record in records:
        before = problems.error_count
        analysis, judge = _known_analysis(record, analyses), record.required("judge")
        certainty = record.choice("certainty", [each.value for each in Certainty])
        source = record.source(names)
        if problems.error_count > before:
            continue
        if (analysis, judge) in seen:
            record.wrong(
                "judge", judge, f"one judgement for each analysis (already in line {seen[analysis, judge]})",
                "delete one of them",
            )  # fmt: skip
        seen.setdefault((analysis, judge), record.line)
        judgements.append(
            Judgement(
                analysis=analysis,
                judge=judge,
                certainty=Certainty(certainty),
                reason=Bilingual(record.text("reason_nb"), record.text("reason_en")),
                source=source,
                locator=record.text("locator"),
                file=record.file,
                line=record.line,
            )
        )
    return tuple(judgements)


def _known_analysis(record: Record, known: Mapping[str, Analysis], also: tuple[str, ...] = ()) -> str:
    name = record.required("analysis")
    if name and name not in known and name not in also:
        record.wrong(
            "analysis", name, f"one of {', '.join([*known, *also])}",
            "correct the name, or add it to review.yaml",
        )  # fmt: skip
    return name


def _check_value(record: Record, quantity: str, decimal_comma: bool) -> None:
    value = record.required("value")
    if not value:
        return
    try:
        printed = read_printed(value, decimal_comma)
    except ValueError as fault:
        record.wrong("value", value, str(fault), _remedy_for_figure(value))
        return
    if quantity in _WHOLE_NUMBERS and printed.places:
        record.wrong("value", value, f"a whole number: {quantity} has no decimals", _remedy_for_figure(value))


def _remedy_for_figure(value: str) -> str:
    if GROUPED.fullmatch(value):
        return THOUSANDS
    if re.fullmatch(r"[^,]*[0-9],[0-9]+%?", value):
        return "correct the figure, or say in review.yaml that the source prints commas"
    return "one figure a row, exactly as printed"


def _check_method(record: Record, method: str) -> None:
    try:
        declared(method, {})
    except ValueError as fault:
        record.wrong("method", method, str(fault), "leave it empty where the source names no method")


def _check_subgroup(record: Record, analysis: str, studies: Sequence[Study]) -> None:
    subgroup = record.text("subgroup")
    if not subgroup:
        return
    known = dict.fromkeys(study.subgroup for study in studies if study.analysis == analysis)
    if known and subgroup not in known:
        expected = (
            f"one of {', '.join(known)}" if any(known) else f"an empty cell: {analysis} has no subgroups"
        )
        record.wrong("subgroup", subgroup, expected, "write it as in studies.csv")
