"""The ledger of corrections: the value expected in studies.csv, the value used instead, the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from repool.readers.problems import Problems, words
from repool.readers.sheet import Record, read_sheet

_COLUMNS = ("analysis", "subgroup", "trial", "column", "expected", "used", "reason", "source")


@dataclass(slots=True)
class Corrections:
    """The ledger; each entry is guarded by the value it expects to replace."""

    entries: list[Record]
    applied: set[int] = field(default_factory=set)

    def apply(self, record: Record) -> str:
        """Replace cells of a row of studies.csv; returns what was corrected, in words."""
        key = _row_of(record)
        done = []
        for entry in [each for each in self.entries if _row_of(each) == key]:
            self.applied.add(entry.line)
            column, found = entry.text("column"), record.text(entry.text("column"))
            if column not in record.cells:
                entry.wrong(
                    "column", column, f"one of {', '.join(record.cells)}", "name a column of studies.csv"
                )
            elif entry.plain("expected") != record.plain(column):
                entry.wrong(
                    "expected", entry.text("expected") or words("an empty cell"),
                    f'"{found}", which is in {record.file}:{record.line}',
                    "the evidence changed under the correction: check it again",
                )  # fmt: skip
            else:
                record.cells[column] = entry.text("used")
                record.corrected[column] = entry
                done.append(
                    f"{column}: {found or '–'} → {entry.text('used') or '–'} "
                    f"({entry.text('reason')}; {entry.text('source')})"
                )
        return "; ".join(done)

    def report_unused(self) -> None:
        """Report entries that no row of studies.csv matched."""
        for entry in self.entries:
            if entry.line not in self.applied:
                entry.wrong(
                    "trial", entry.text("trial"), "a trial of studies.csv, in that analysis and subgroup",
                    "correct the entry or delete it",
                )  # fmt: skip


def read_corrections(path: Path, shown_path: str, sources: Sequence[str], problems: Problems) -> Corrections:
    """Read corrections.csv; every entry needs a reason and a source. Entries that are wrong are left out."""
    entries = []
    seen: dict[tuple[str, ...], int] = {}
    for entry in read_sheet(path, shown_path, _COLUMNS, ("note",), problems):
        before = problems.error_count
        for column in ("analysis", "trial", "column", "reason"):
            entry.required(column)
        entry.source(sources)
        if entry.plain("expected") == entry.plain("used"):
            entry.wrong("used", entry.text("used"), "another value than expected", "delete the entry")
        key = (*_row_of(entry), entry.text("column"))
        if key in seen:
            entry.wrong(
                "column", entry.text("column"), f"each cell corrected once (already in line {seen[key]})",
                "delete one of the entries",
            )  # fmt: skip
        seen.setdefault(key, entry.line)
        if problems.error_count == before:
            entries.append(entry)
    return Corrections(entries)


def _row_of(record: Record) -> tuple[str, ...]:
    return tuple(record.text(column) for column in ("analysis", "subgroup", "trial"))
