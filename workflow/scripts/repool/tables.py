"""Tables between steps: frozen dataclasses to CSV and back, byte for byte the same on every run.

Numbers are written with 12 significant digits, which no platform's arithmetic disturbs; a missing
number is an empty cell, never "nan". Bilingual texts take two columns, `<name>_nb` and `<name>_en`.
"""

import csv
import json
import math
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from repool.model import LANGUAGES, Bilingual

Row = TypeVar("Row")


def number_text(value: float | None) -> str:
    """A number as tables show it: 12 significant digits, "" for None and NaN."""
    if value is None or math.isnan(value):
        return ""
    return f"{value:.12g}" if value else "0"


def write_table(path: Path, kind: type[Any], rows: Iterable[Any], exact: bool = False) -> None:
    """Write rows of a frozen dataclass as CSV (UTF-8, LF), header always included.

    `exact` keeps every digit: for numbers read from text, not for computed ones.
    """
    shown = repr if exact else number_text
    columns = _columns(kind)
    with atomically(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([column for column, _, _ in columns])
        for row in rows:
            writer.writerow([_cell(row, name, language, shown) for _, name, language in columns])


def read_table(path: Path, kind: type[Row]) -> tuple[Row, ...]:
    """Read what `write_table` wrote."""
    with open(path, encoding="utf-8", newline="") as stream:
        hints = get_type_hints(kind)
        return tuple(_row(kind, hints, cells) for cells in csv.DictReader(stream))


def write_json(path: Path, value: Any) -> None:
    """Write plain data as readable JSON; numbers with as many digits as in tables."""
    text = json.dumps(_rounded(value), ensure_ascii=False, indent=1, allow_nan=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8, LF) so that it appears whole or not at all."""
    with atomically(path) as stream:
        stream.write(text)


class atomically:
    """A text stream to a temporary neighbour that replaces `path` only when all was written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Any:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        self.name = Path(name)
        self.stream = open(handle, "w", encoding="utf-8", newline="")
        return self.stream

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.stream.close()
        if kind is None:
            self.name.chmod(0o644)
            self.name.replace(self.path)
        else:
            self.name.unlink()


def _columns(kind: type[Any]) -> Sequence[tuple[str, str, str]]:
    """(column, field, language) of every column of a dataclass."""
    hints = get_type_hints(kind)
    columns = []
    for field in fields(kind):
        if hints[field.name] is Bilingual:
            columns += [(f"{field.name}_{each}", field.name, each) for each in LANGUAGES]
        else:
            columns.append((field.name, field.name, ""))
    return columns


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    return float(number_text(value)) if isinstance(value, float) else value


def _cell(row: Any, name: str, language: str, shown: Callable[[float], str]) -> str:
    value = getattr(row, name)
    if language:
        return str(value[language])
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return shown(value) if isinstance(value, float) else str(value)


def _row(kind: type[Row], hints: dict[str, Any], cells: dict[str, str]) -> Row:
    values: dict[str, Any] = {}
    for name, hint in hints.items():
        if hint is Bilingual:
            values[name] = Bilingual(*(cells[f"{name}_{language}"] for language in LANGUAGES))
        else:
            values[name] = _value(hint, cells[name])
    return kind(**values)


def _value(hint: Any, text: str) -> Any:
    options = get_args(hint)
    if type(None) in options:
        if text == "":
            return None
        hint = next(option for option in options if option is not type(None))
    if hint is bool:
        return text == "true"
    if hint is float:
        return float(text) if text else math.nan
    if isinstance(hint, type) and issubclass(hint, (int, StrEnum)):
        return hint(text)
    return text
