"""The studies of a RevMan 5 file: names, reports and judgements of their risk of bias."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from repool.model import Bias, Reference
from repool.readers.problems import words
from repool.readers.revman5.elements import Element, cleaned

_ESCAPED = re.compile(r"_x([0-9a-fA-F]{4})_")
#: RevMan 5 asks whether a study is free of a bias, so YES is the low risk.
_JUDGEMENTS = {"YES": "Low risk", "NO": "High risk", "UNKNOWN": "Unclear risk"}
_PARTS = ("AU", "TI", "TO", "SO")


@dataclass(frozen=True, slots=True)
class Trials:
    """Names of studies by the ids that rows refer to.

    Where a file lists no study at all, as a file of statistics alone may, names are read off the ids.
    """

    names: dict[str, str]

    def name(self, study_id: str, element: Element) -> str:
        """The study that a row belongs to; an id that the file does not list is reported."""
        if self.names and study_id not in self.names:
            element.wrong(
                "STUDY_ID", study_id, "the ID of a STUDY of this file",
                "correct the id, or add the study to the list of studies",
            )  # fmt: skip
        return self.names.get(study_id) or spelt_out(study_id)


def read_trials(root: Element) -> Trials:
    """The names of all listed studies. An id that is there twice is an error; equal names get their ids."""
    names: dict[str, str] = {}
    lines: dict[str, int] = {}
    taken = set[str]()
    for element in _studies(root):
        study_id = element.required("ID")
        if study_id in names:
            element.wrong(
                "ID", study_id, f"an id of its own (already in line {lines[study_id]})",
                "delete the duplicate, or give one of the two another id",
            )  # fmt: skip
        elif study_id:
            name = element.plain("NAME") or spelt_out(study_id)
            names[study_id] = f"{name} [{study_id}]" if name in taken else name
            taken.add(names[study_id])
            lines[study_id] = element.line
    if not names and root.first("ANALYSES_AND_DATA"):
        root.doubtful(
            "", words("no list of studies"), "STUDIES_AND_REFERENCES with a STUDY for each trial",
            "nothing: names of trials are read off their ids",
        )  # fmt: skip
    return Trials(names)


def read_references(root: Element, trials: Trials) -> tuple[Reference, ...]:
    """The reports of each study; a study without any has a row with its year alone."""
    rows = []
    for element in _studies(root):
        trial = trials.names.get(element.plain("ID"), "")
        year = element.plain("YEAR")
        reports = [each for each in element.all("REFERENCE") if _citation(each)]
        for report in reports:
            own = report.text_of("YR") or year
            rows.append(Reference(trial, own, _citation(report), _doi(report), report.file, report.line))
        if not reports and year:
            rows.append(Reference(trial, year, "", _doi(element), element.file, element.line))
    return tuple(rows)


def read_bias(root: Element, trials: Trials) -> tuple[Bias, ...]:
    """Every judgement of every domain; one of a group of outcomes has its name in brackets."""
    rows = []
    for section in root.all("QUALITY_ITEMS"):
        for item in section.all("QUALITY_ITEM"):
            groups = {
                each.plain("ID"): each.text_of("NAME") for each in item.all("QUALITY_ITEM_DATA_ENTRY_GROUP")
            }
            for data in item.all("QUALITY_ITEM_DATA"):
                for entry in data.all("QUALITY_ITEM_DATA_ENTRY"):
                    group = groups.get(entry.plain("GROUP_ID"), "")
                    domain = item.text_of("NAME") or item.plain("ID")
                    rows.append(_judgement(entry, f"{domain} ({group})" if group else domain, trials))
    return tuple(rows)


def spelt_out(study_id: str) -> str:
    """A study's name as its id has it: "STD-O_x0027_Hara-2001" is "O'Hara 2001"."""
    text = cleaned(_ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), study_id.removeprefix("STD-")))
    return re.sub(r"-(?=[0-9]{4}[a-z]?$)", " ", text) or study_id


def _studies(root: Element) -> Iterator[Element]:
    """The studies of every list: included, excluded, awaiting assessment, ongoing."""
    for section in root.all("STUDIES_AND_REFERENCES"):
        for studies in section.all("STUDIES"):
            for each in studies.children:
                yield from each.all("STUDY")


def _judgement(entry: Element, domain: str, trials: Trials) -> Bias:
    result, study_id = entry.plain("RESULT"), entry.plain("STUDY_ID")
    if result not in _JUDGEMENTS:
        entry.doubtful(
            "RESULT", result or words("no judgement"), f"one of {', '.join(_JUDGEMENTS)}",
            "nothing: the judgement is kept as it is",
        )  # fmt: skip
    if trials.names and study_id not in trials.names:
        entry.doubtful(
            "STUDY_ID", study_id or words("no study"), "the ID of a STUDY of this file",
            "nothing: the judgement is kept under its id",
        )  # fmt: skip
    return Bias(
        trial=trials.names.get(study_id) or spelt_out(study_id),
        domain=domain,
        judgement=_JUDGEMENTS.get(result, result),
        support=entry.text_of("DESCRIPTION"),
        file=entry.file,
        line=entry.line,
    )


def _citation(report: Element) -> str:
    """Authors, title, source, year, volume, number and pages, as far as the report has them."""
    texts = [report.text_of(tag).rstrip(".") for tag in _PARTS]
    volume, number, pages = (report.text_of(tag) for tag in ("VL", "NO", "PG"))
    issue = volume + (f"({number})" if number else "")
    where = ":".join(part for part in (issue, pages) if part)
    year = report.text_of("YR")
    texts.append(";".join(part for part in (year, where) if part))
    said = [text for text in texts if text]
    return ". ".join(said) + "." if said else ""


def _doi(element: Element) -> str:
    identifiers = element.first("IDENTIFIERS")
    for each in identifiers.all("IDENTIFIER") if identifiers else []:
        if each.plain("TYPE").upper() == "DOI":
            return each.plain("VALUE")
    return ""
