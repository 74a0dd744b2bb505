"""The CSV tables of all reviews into Parquet files, a review at a time. pyarrow is imported here alone."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from repool.parquet.descriptions import description
from repool.parquet.tables import (
    ANALYSIS,
    CATEGORY,
    COUNT,
    COUNTED,
    FLAG,
    GIVEN,
    NUMBER,
    OF_ANALYSIS,
    OF_STUDY,
    PRINTED,
    STUDY,
    TABLES,
    TEXT,
    Table,
)
from repool.printed import Printed, read_printed
from repool.summary import OUTCOMES, Summary, read_summary
from repool.tables import PARTIAL

#: Rows that are held until they are written together, and the most of a row group.
ROW_GROUP = 32_768
#: Pieces that rows are held in: one of few rows takes as much memory as one of thousands.
_PIECES = 64

_TYPES = {
    TEXT: pa.string(),
    NUMBER: pa.float64(),
    COUNT: pa.int32(),
    FLAG: pa.bool_(),
    CATEGORY: pa.dictionary(pa.int32(), pa.string()),
}


def write_parquet(out: Path, folders: Sequence[Path]) -> None:
    """Write a folder with one Parquet file for each of `TABLES`, from the results folders of all reviews.

    The rows are in the order of the reviews and of their CSV files. No more than `ROW_GROUP` rows of a
    table, and one review, are held. The folder appears whole or not at all.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.", suffix=PARTIAL) as name:
        made = Path(name, out.name)
        made.mkdir()
        sinks = [_Sink(made, table) for table in TABLES]
        for folder in folders:
            for sink in sinks:
                sink.add(_rows(folder, sink.table))
        for sink in sinks:
            sink.close()
        shutil.rmtree(out, ignore_errors=True)
        made.rename(out)


def schema(table: Table) -> pa.Schema:
    """Names, types and descriptions of the columns; the file itself carries the latter once more as JSON."""
    columns = {"review": TEXT, **table.columns}
    said = {name: description(table.name, name) for name in columns}
    texts = {name: {"description": each.en, "beskrivelse": each.nb} for name, each in said.items()}
    about = {
        "description": table.description.en,
        "beskrivelse": table.description.nb,
        "columns": json.dumps(texts, ensure_ascii=False),
    }
    return pa.schema(
        [pa.field(name, _TYPES[kind], metadata=texts[name]) for name, kind in columns.items()], about
    )


class _Sink:
    """One Parquet file that is being written."""

    def __init__(self, folder: Path, table: Table) -> None:
        self.table, self.schema = table, schema(table)
        self.held: list[pa.Table] = []
        self.rows = 0
        self.writer = pq.ParquetWriter(folder / f"{table.name}.parquet", self.schema, compression="zstd")

    def add(self, rows: pa.Table) -> None:
        """Take the rows of a review."""
        self.held.append(rows)
        self.rows += len(rows)
        if self.rows >= ROW_GROUP:
            self.flush()
        elif len(self.held) >= _PIECES:
            self.held = [pa.concat_tables(self.held).combine_chunks()]

    def flush(self) -> None:
        """Write what is held."""
        rows = pa.concat_tables(self.held).combine_chunks()
        columns = [
            _category(rows[field.name]) if pa.types.is_dictionary(field.type) else rows[field.name]
            for field in self.schema
        ]
        self.writer.write_table(pa.table(columns, schema=self.schema), row_group_size=ROW_GROUP)
        self.held, self.rows = [], 0

    def close(self) -> None:
        """Write the rest."""
        if self.rows:
            self.flush()
        self.writer.close()


def _category(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts of a fixed choice; an empty one is none of them."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts).dictionary_encode()


def _rows(folder: Path, table: Table) -> pa.Table:
    """A review's rows of one table, categories still as texts."""
    if table.source:
        rows = _read(folder / table.source, table.read())
        rows = rows.rename_columns([table.renamed.get(name, name) for name in rows.column_names])
        rows = _ADDED[table.name](folder, rows) if table.name in _ADDED else rows
    else:
        rows = _counts(read_summary(folder))
    review = pa.repeat(pa.scalar(folder.name), len(rows))
    return rows.select(list(table.columns)).add_column(0, "review", review)


def _read(path: Path, columns: Mapping[str, str]) -> pa.Table:
    """Some columns of a CSV file; no rows where there is no such file. Texts are never null."""
    types = {name: pa.string() if kind == CATEGORY else _TYPES[kind] for name, kind in columns.items()}
    if not path.is_file():
        return pa.schema(types.items()).empty_table()
    return csv.read_csv(
        path,
        csv.ReadOptions(use_threads=False),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(column_types=types, include_columns=list(types), null_values=[""]),
    )


def _counts(summary: Summary) -> pa.Table:
    """The one row of a review."""
    row: dict[str, object] = {"title_nb": summary.title.nb, "title_en": summary.title.en}
    row |= {name: getattr(summary, name) for name in ("state", *COUNTED)}
    row |= {name: summary.identified.get(name, 0) for name in OUTCOMES}
    return pa.Table.from_pylist([row])


def _with_study(folder: Path, effects: pa.Table) -> pa.Table:
    """The trials' effects beside the data they come from, and the measure of their analysis."""
    place, analysis = {"file": TEXT, "line": COUNT}, {"analysis": TEXT}
    studies = _read(folder / "studies.csv", place | {name: STUDY[name] for name in OF_STUDY})
    at = pc.index_in(_place(effects), value_set=_place(studies))
    for name in OF_STUDY:
        effects = effects.append_column(GIVEN.get(name, name), studies[name].take(at))
    analyses = _read(folder / "analyses.csv", analysis | {name: ANALYSIS[name] for name in OF_ANALYSIS})
    at = pc.index_in(effects["analysis"], value_set=analyses["analysis"])
    for name in OF_ANALYSIS:
        effects = effects.append_column(name, analyses[name].take(at))
    return effects


def _place(rows: pa.Table) -> pa.ChunkedArray:
    """File and line as one text."""
    return pc.binary_join_element_wise(rows["file"], rows["line"].cast(pa.string()), "\n")


def _with_value(_: Path, verdicts: pa.Table) -> pa.Table:
    """The verdicts with what was printed as a number."""
    figures = [_figure(text) for text in verdicts["published"].to_pylist()]
    kinds = {"value": pa.float64(), "places": pa.int32(), "relation": pa.string()}
    for name, kind in kinds.items():
        values = [None if each is None else getattr(each, name) for each in figures]
        verdicts = verdicts.append_column(f"published_{name}", pa.array(values, kind))
    return verdicts


def _with_values(_: Path, verdicts: pa.Table) -> pa.Table:
    """The verdicts on trials with what was printed as numbers."""
    for name in PRINTED:
        figures = [_figure(text) for text in verdicts[f"{name}_text"].to_pylist()]
        values = [None if each is None else each.value for each in figures]
        verdicts = verdicts.append_column(name, pa.array(values, pa.float64()))
    return verdicts


def _figure(text: str) -> Printed | None:
    """A printed figure; None where it is no number."""
    try:
        return read_printed(text, decimal_comma=True)
    except ValueError:
        return None


_ADDED: dict[str, Callable[[Path, pa.Table], pa.Table]] = {
    "trials": _with_study,
    "verdicts": _with_value,
    "trial_verdicts": _with_values,
}
