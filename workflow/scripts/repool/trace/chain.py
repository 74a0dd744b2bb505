"""`repool trace <table>:<line>:<column>`: the chain from a figure to the cells of the input it came from."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repool.agreement import read_checked, read_outcome
from repool.findings import Finding
from repool.model import Analysis
from repool.normal_form import STOPPED, InputFile
from repool.readers.seal import checksum
from repool.tables import number_text, read_table
from repool.trace.cells import Found, Tracer
from repool.trace.inputs import input_of
from repool.trace.text import chain_text
from repool.verdicts import Checked
from repool.worked.quantities import ancestry

TABLES = ("findings", "verdicts", "pooled", "effects", "weights", "heterogeneity", "subgroup_tests")
#: Other names under which a column may be asked for: the intervention is the experimental arm.
ALIASES = {"intervention": "experimental"}
_AGAIN = "compute the results again (make) and trace the new ones"


class TraceError(Exception):
    """Why a figure cannot be traced, and what to do, in words fit for a message."""


@dataclass(frozen=True, slots=True)
class Address:
    """A cell of a result table: its file, line (the header is line 1) and column."""

    path: Path
    line: int
    column: str

    @staticmethod
    def of(text: str) -> "Address":
        """Read "results/my-review/pooled.csv:3:estimate"; raises TraceError."""
        parts = text.rsplit(":", 2)
        if len(parts) != 3 or not parts[1].isdigit():
            raise TraceError(
                f"{text}: expected <file>:<line>:<column>, such as results/my-review/findings.csv:2:estimate"
            )
        return Address(Path(parts[0]), int(parts[1]), parts[2])


def trace(text: str, language: str = "en", raw: Path | None = None) -> str:
    """The chain behind a cell as text.

    `raw` is the review's input folder where it does not lie where the results say. Raises TraceError for
    an address that leads nowhere and for results that are not of the input as it is now.
    """
    address = Address.of(text)
    folder, table = address.path.parent, _table(address)
    tracing = tracer(folder)
    number, column = _row(address), _column(address)
    checksums = _checked_inputs(folder, raw)
    found = tracing.cell(table, number, column)
    _check_value(address, column, found)
    where = f"{address.path.as_posix()}:{address.line}: {column}"
    return chain_text(where, _cell(address, column), found, checksums, language)


def tracer(folder: Path) -> Tracer:
    """A tracer of a review's results folder; raises TraceError for a review that was stopped."""
    _, state, problems = read_outcome(folder)
    if state == STOPPED:
        raise TraceError(f"{folder.name} was stopped, so there is nothing to trace: {problems[0]}")
    form, results = read_checked(folder)
    checked = read_table(folder / "verdicts.csv", Checked)
    return Tracer(form, results, checked, read_table(folder / "findings.csv", Finding))


def _table(address: Address) -> str:
    """The table's name; raises TraceError where there is none."""
    if address.path.suffix != ".csv" or address.path.stem not in TABLES:
        names = ", ".join(f"{name}.csv" for name in TABLES)
        raise TraceError(f"{address.path}: not a table that can be traced; these can: {names}")
    if not address.path.is_file():
        raise TraceError(f"{address.path}: there is no such file; run make first, or correct the path")
    return address.path.stem


def _row(address: Address) -> int:
    """The number of the row, from 0; raises TraceError where no row begins on that line."""
    starts = list(_records(address.path))
    if address.line == 1:
        raise TraceError(f"{address.path}:1 is the header; the first row of figures is line 2")
    if address.line not in starts:
        rows = f"the rows are on lines 2 to {starts[-1]}" if len(starts) > 1 else "the table has no rows"
        raise TraceError(f"{address.path}:{address.line}: no row begins there; {rows}")
    return starts.index(address.line) - 1


def _records(path: Path) -> Iterator[int]:
    """The line on which each record begins: a cell may hold line breaks."""
    with open(path, encoding="utf-8", newline="") as stream:
        reader, before = csv.reader(stream), 0
        for _ in reader:
            yield before + 1
            before = reader.line_num


def _column(address: Address) -> str:
    with open(address.path, encoding="utf-8", newline="") as stream:
        columns = next(csv.reader(stream))
    name = address.column
    for alias, own in ALIASES.items():
        name = name if name in columns else name.replace(alias, own)
    if name not in columns:
        raise TraceError(
            f"{address.path}: there is no column {address.column}; its columns: {', '.join(columns)}"
        )
    return name


def _cell(address: Address, column: str) -> str:
    number = _row(address)
    with open(address.path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))[number][column]


def _checked_inputs(folder: Path, raw: Path | None) -> dict[str, str]:
    """The checksum of each input file, after seeing that the files still have them."""
    checksums = {each.file: each.sha256 for each in read_table(folder / "inputs.csv", InputFile)}
    first = read_table(folder / "analyses.csv", Analysis)[0]
    above = input_of(first.file, checksums)[0]
    for name, expected in checksums.items():
        file = f"{above}/{name}"
        path = raw / name if raw is not None else _input(folder, file)
        if not path.is_file():
            raise TraceError(
                f"{path}: this input file is not there, so the chain cannot be checked; "
                "say where the review's folder is with --raw"
            )
        actual = checksum(path)
        if actual != expected:
            raise TraceError(
                f"{file}: has changed since {folder.as_posix()} was computed (SHA-256 {actual}, "
                f"computed from {expected}); {_AGAIN}"
            )
    return checksums


def _input(folder: Path, file: str) -> Path:
    """Where an input file lies: beside the results folder, or below where we are."""
    beside = folder.resolve().parents[1] / file
    return beside if beside.is_file() else Path(file)


def _check_value(address: Address, column: str, found: Found) -> None:
    """See that the cell holds what the chain gives: a table edited by hand does not."""
    figure = found.quantity
    if figure is None:
        return
    wrong = next((each for each in ancestry(figure) if not each.follows), None)
    if wrong is not None:
        raise TraceError(
            f"{address.path}:{address.line}: {column}: {wrong.symbol} is {number_text(wrong.value)} in the "
            f"results but {number_text(wrong.recomputed)} by its formula; {_AGAIN}"
        )
