"""The ledger of corrections: the value expected in studies.csv, the value used instead, the reason."""

from dataclasses import dataclass, field
from pathlib import Path

from repool.readers.sheet import Problems, Record, read_sheet, words

_COLUMNS = ("analysis", "subgroup", "trial", "column", "expected", "used", "reason", "source")


@dataclass(slots=True)
class Corrections:
    """The ledger; each entry is guarded by the value it expects to replace."""

    entries: list[Record]
    applied: set[int] = field(default_factory=set)

    def apply(self, record: Record) -> str:
        """Replace cells of a row of studies.csv; returns what was corrected, in words."""
        done = []
        for entry in self.entries:
            if not all(entry.text(key) == record.text(key) for key in ("analysis", "subgroup", "trial")):
                continue
            self.applied.add(entry.line)
            column, found = entry.text("column"), record.text(entry.text("column"))
            if column not in record.cells:
                entry.wrong(
                    "column", column, f"one of {', '.join(record.cells)}", "name a column of studies.csv"
                )
            elif found != entry.text("expected"):
                entry.wrong(
                    "expected", entry.text("expected") or words("an empty cell"),
                    f'"{found}", which is in {record.file}:{record.line}',
                    "the evidence changed under the correction: check it again",
                )  # fmt: skip
            else:
                record.cells[column] = entry.text("used")
                done.append(f"{column}: {found or '(empty)'} -> {entry.text('used') or '(empty)'}")
        return "; ".join(done)

    def report_unused(self) -> None:
        """Report entries that no row of studies.csv matched."""
        for entry in self.entries:
            if entry.line not in self.applied:
                entry.wrong(
                    "trial", entry.text("trial"), "a trial of studies.csv, in that analysis and subgroup",
                    "correct the entry or delete it",
                )  # fmt: skip


def read_corrections(path: Path, shown_path: str, problems: Problems) -> Corrections:
    """Read corrections.csv; every entry needs a reason and a source."""
    entries = read_sheet(path, shown_path, _COLUMNS, ("note",), problems)
    for entry in entries:
        for column in ("analysis", "trial", "column", "reason", "source"):
            entry.required(column)
        if entry.text("expected") == entry.text("used"):
            entry.wrong("used", entry.text("used"), "another value than expected", "delete the entry")
    return Corrections(entries)
