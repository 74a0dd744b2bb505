"""Risk of bias and references of a package's trials: what people judged and wrote, never computed."""

import re
from collections.abc import Collection, Sequence

from repool.model import Bias, Reference
from repool.readers.package.archive import PackageFile
from repool.readers.package.table import clean, key_of, texts_by_column
from repool.readers.problems import Problems, shortened, words
from repool.readers.text_file import utf8_text

_DOMAIN = re.compile(r"Domain \((judgement|support)\):\s*(.+)", re.IGNORECASE)
_TAG = re.compile(r"([A-Z][A-Z0-9])\s{1,2}-\s?(.*)")
#: Where a reference may name its trial.
_TRIAL_TAGS = ("LB", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "CN", "U1", "N1", "ID", "DB")
_EMPTY = ("", "#N/A")
#: More than any list of references has.
MAX_LINES = 100_000


def read_bias(file: PackageFile, problems: Problems) -> list[Bias]:
    """Every judgement of the file, trial by trial and domain by domain in its columns' order."""
    found = []
    names, rows = texts_by_column(file, problems)
    study = _study_column(names, file, problems)
    domains = {name: match for name in names if (match := _DOMAIN.fullmatch(name))}
    for line, cells in rows if study else ():
        supports, judgements = dict[str, str](), dict[str, str]()
        for name, match in domains.items():
            if cells[name] not in _EMPTY:
                side = judgements if match.group(1).casefold() == "judgement" else supports
                side[match.group(2)] = cells[name]
        if judgements and not cells[study]:
            what = words("an empty cell")
            problems.error(file.shown, line, study, what, "the name of a trial", "fill it in")
        for domain, judgement in judgements.items():
            support = supports.get(domain, "")
            found.append(Bias(cells[study], domain, judgement, support, file.shown, line))
    return found


def _study_column(names: Sequence[str], file: PackageFile, problems: Problems) -> str:
    """The column that names the trials, "" where there is none (then reported)."""
    study = next((name for name in names if key_of(name) == "study"), "")
    if names and not study:
        what = words(f"no such column among {shortened(', '.join(names), 200)}")
        remedy = "download the package again, or restore the column"
        problems.error(file.shown, 1, "Study", what, "the column Study", remedy)
    return study


def read_references(file: PackageFile, trials: Collection[str], problems: Problems) -> list[Reference]:
    """The records of a RIS file; the trial is empty where a record names none of `trials`."""
    text = utf8_text(file.raw, file.shown, "save it as UTF-8 in a text editor", problems)
    found: list[Reference] = []
    record, start, last = dict[str, list[str]](), 0, ""
    lines = (text or "").splitlines()
    if len(lines) > MAX_LINES:
        what = words(f"{len(lines)} lines")
        problems.error(
            file.shown, 0, "", what, f"at most {MAX_LINES}", "check that the file is the right one"
        )
        return []
    for number, line in enumerate(lines, 1):
        match = _TAG.fullmatch(line.strip())
        if record and match and match.group(1) in ("ER", "TY"):  # an end may be missing
            found.append(_reference(record, trials, file.shown, start))
            record = {}
        if match and match.group(1) == "ER":
            last = ""
        elif match:
            start = start if record else number
            last = match.group(1)
            record.setdefault(last, []).append(clean(match.group(2)))
        elif line.strip() and last:
            record[last][-1] = f"{record[last][-1]} {clean(line)}".strip()
    if record:
        found.append(_reference(record, trials, file.shown, start))
    return found


def read_study_years(file: PackageFile, problems: Problems) -> list[Reference]:
    """What a study-information file says of trials, where there is no list of references: their years."""
    found = []
    names, rows = texts_by_column(file, problems)
    for line, cells in rows if _study_column(names, file, problems) else ():
        by_key = {key_of(name): text for name, text in cells.items() if text not in _EMPTY}
        trial = by_key.get("study", "")
        if trial:
            year = by_key.get("study year", by_key.get("year", ""))
            found.append(Reference(trial, year, "", by_key.get("doi", ""), file.shown, line))
    return found


def _reference(record: dict[str, list[str]], trials: Collection[str], file: str, line: int) -> Reference:
    def first(*tags: str) -> str:
        return next((record[tag][0] for tag in tags if record.get(tag)), "")

    authors = ", ".join(record.get("AU", []) or record.get("A1", []))
    year = first("PY", "Y1", "DA")[:4]
    place = first("JO", "JF", "T2", "JA", "BT", "PB")
    pages = "-".join(text for text in (first("SP"), first("EP")) if text)
    volume = first("VL") + (f"({first('IS')})" if first("IS") else "")
    issue = ":".join(text for text in (volume, pages) if text)
    when = ";".join(text for text in (year, issue) if text)
    parts = (authors, first("TI", "T1"), " ".join(text for text in (place, when) if text))
    citation = " ".join(f"{text.rstrip('.')}." for text in parts if text)
    doi = first("DO").removeprefix("https://doi.org/")
    return Reference(_trial(record, trials), year, citation, doi, file, line)


def _trial(record: dict[str, list[str]], trials: Collection[str]) -> str:
    """The trial that a record names: a whole field, or what follows its last colon."""
    for tag in _TRIAL_TAGS:
        for text in record.get(tag, []):
            for name in (text, text.rpartition(":")[2].strip()):
                if name in trials:
                    return name
    return ""
