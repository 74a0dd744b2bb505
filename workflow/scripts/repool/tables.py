"""Tables between steps: frozen dataclasses to CSV and back, byte for byte the same on every run.

Numbers are written with 12 significant digits, which no platform's arithmetic disturbs; a missing
number is an empty cell, never "nan". Bilingual texts take two columns, `<name>_nb` and `<name>_en`.
"""

import csv
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from repool.model import LANGUAGES, Bilingual

Row = TypeVar("Row")
#: How the name of a file ends that is not yet all written.
PARTIAL = ".partial"
_TEXT = {"mode": "w", "encoding": "utf-8", "newline": ""}


def number_text(value: float | None) -> str:
    """A number as tables show it: 12 significant digits, "" for None and NaN."""
    if value is None or math.isnan(value):
        return ""
    return f"{value:.12g}" if value else "0"


def write_table(path: Path, kind: type[Any], rows: Iterable[Any], exact: bool = False) -> None:
    """Write rows of a frozen dataclass as CSV (UTF-8, LF), header always included.

    `exact` keeps every digit: for numbers read from text, not for computed ones.
    """
    number = repr if exact else number_text
    columns = [(attrgetter(name), _writer(hint, number)) for name, hint in _columns(kind).values()]
    with atomically(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_columns(kind))
        writer.writerows([shown(value(row)) for value, shown in columns] for row in rows)


def read_table(path: Path, kind: type[Row]) -> tuple[Row, ...]:
    """Read what `write_table` wrote."""
    with open(path, encoding="utf-8", newline="") as stream:
        header, *lines = csv.reader(stream)
    place = {column: at for at, column in enumerate(header)}
    values: dict[str, Iterable[Any]] = {}
    for name, hint in get_type_hints(kind).items():
        if hint is Bilingual:
            texts = ([line[place[f"{name}_{language}"]] for line in lines] for language in LANGUAGES)
            values[name] = map(Bilingual, *texts)
        else:
            values[name] = map(_reader(hint), [line[place[name]] for line in lines])
    return tuple(kind(**dict(zip(values, row, strict=True))) for row in zip(*values.values(), strict=True))


def write_json(path: Path, value: Any) -> None:
    """Write plain data as readable JSON; numbers with as many digits as in tables."""
    text = json.dumps(_rounded(value), ensure_ascii=False, indent=1, allow_nan=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8, LF) so that it appears whole or not at all."""
    with atomically(path) as stream:
        stream.write(text)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all."""
    with atomically(path, binary=True) as stream:
        stream.write(content)


def copy_file(source: Path, path: Path) -> None:
    """Copy a file's bytes, however many, so that the copy appears whole or not at all."""
    with open(source, "rb") as read, atomically(path, binary=True) as stream:
        shutil.copyfileobj(read, stream)


class atomically:
    """A stream (UTF-8 text, or binary) to a temporary neighbour that replaces `path` when all was written."""

    def __init__(self, path: Path, binary: bool = False) -> None:
        self.path = path
        self.form: dict[str, Any] = {"mode": "wb"} if binary else _TEXT

    def __enter__(self) -> Any:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=self.path.parent, prefix=f".{self.path.name[:40]}.", suffix=PARTIAL
        )
        self.name = Path(name)
        self.stream = open(handle, **self.form)
        return self.stream

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.stream.close()
            if kind is None:
                self.name.chmod(0o644)
                self.name.replace(self.path)
        finally:
            self.name.unlink(missing_ok=True)


def _columns(kind: type[Any]) -> dict[str, tuple[str, Any]]:
    """(path to the value, its type) of every column of a dataclass."""
    hints = get_type_hints(kind)
    columns: dict[str, tuple[str, Any]] = {}
    for field in fields(kind):
        if hints[field.name] is Bilingual:
            columns |= {f"{field.name}_{each}": (f"{field.name}.{each}", str) for each in LANGUAGES}
        else:
            columns[field.name] = (field.name, hints[field.name])
    return columns


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    return float(number_text(value)) if isinstance(value, float) else value


def _writer(hint: Any, number: Callable[[float], str]) -> Callable[[Any], str]:
    """How a column's values become text."""

    def cell(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return number(value) if isinstance(value, float) else str(value)

    return str if hint is str else cell


def _reader(hint: Any) -> Callable[[str], Any]:
    """How a column's texts become values."""
    options = get_args(hint)
    if type(None) in options:
        inner = _reader(next(option for option in options if option is not type(None)))
        return lambda text: None if text == "" else inner(text)
    if hint is bool:
        return lambda text: text == "true"
    if hint is float:
        return lambda text: float(text) if text else math.nan
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        known = {each.value: each for each in hint}
        return known.__getitem__
    return int if hint is int else lambda text: text
