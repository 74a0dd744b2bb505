"""Each reader as a target: read bytes to the end, and judge by `oracles` what came of it."""

import random
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from fuzz import mutations as change
from fuzz import oracles, reading, toys
from fuzz.oracles import demand
from repool.model import NormalForm
from repool.printed import read_printed
from repool.readers.package.archive import Kind
from repool.readers.package.table import level
from repool.readers.problems import Problems
from repool.readers.revman5.elements import Element, cleaned
from repool.readers.revman_rows import (
    percent_figure,
    published_figure,
    swapped_count,
    trial_figure,
    whole_figure,
)
from repool.readers.sheet import MAX_SIZE, Record


@dataclass(frozen=True, slots=True)
class Target:
    """A reader to be fuzzed. run: raises where something is wrong; seeds: what to begin with;
    longest: the most bytes of an input."""

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[str | bytes]]
    mutation: change.Mutation
    longest: int

    def corpus(self) -> list[bytes]:
        """The seeds as bytes."""
        return [each.encode() if isinstance(each, str) else each for each in self.seeds()]


def cells(data: bytes) -> None:
    """One cell, read as the kind of number that the first byte chooses: exactly what it says, or none."""
    text = data[1:].decode("utf-8", "replace")
    _READINGS[data[0] % len(_READINGS) if data else 0](text)


def _typed(comma: bool) -> Callable[[str], None]:
    def read(text: str) -> None:
        problems = Problems()
        record = Record("file.csv", 2, {"cell": text}, comma, problems)
        exact = _exact(text, comma)
        for value in (record.count("cell"), record.number("cell"), record.rational("cell")):
            is_right = value is None or (value == exact and abs(value) < MAX_SIZE)
            demand(is_right, "wrong number", text, value, exact)
        share = level(record, "cell")
        demand(share is None or 0.5 <= share < 1, "wrong level", text, share)
        oracles.check_messages(problems)

    return read


def _saved(text: str) -> None:
    element = Element("X", 1, {"P_Z": text, "Q": text}, [], "x.rm5", Problems())
    _near(element.published("Q"), cleaned(text), 1e-8, 0.51e-12)
    _near(element.published("P_Z"), cleaned(text), 0, 0.51e-4)
    element.published_count("Q")
    oracles.check_messages(element.problems)


def _figures(text: str) -> None:
    _near(trial_figure(text), text, 1e-25, 0)
    _near(whole_figure(text), text, 1e-25, 0)
    _near(published_figure(text), text, 1e-8, 0.51e-15)
    for figures in ((text, "5.5", "2"), ("37", text, "2"), ("0.3", "8", text)):
        percent_figure(*figures)
    swapped_count(text, "50")
    swapped_count("5", text)


def _printed(comma: bool) -> Callable[[str], None]:
    def read(text: str) -> None:
        try:
            printed = read_printed(text, comma)
        except ValueError as fault:
            demand(bool(str(fault)), "no reason", text)
        else:
            bare = text.strip().lstrip("<>≤≥").rstrip("%").strip()
            right = _exact(bare.replace(",", ".") if comma else bare, False)
            demand(printed.value == right, "wrong figure", text, printed.value)

    return read


_READINGS = (_typed(False), _typed(True), _saved, _figures, _printed(False), _printed(True))


def _exact(text: str, comma: bool) -> float | None:
    try:
        return oracles.exact(text, comma)
    except (ValueError, ArithmeticError):
        return None


def _near(shown: str, text: str, relative: float, absolute: float) -> None:
    """A figure made of a text is the text's number within its rounding."""
    if shown and shown[0] not in "<>":
        right = Decimal(text.strip().replace("\u2212", "-"))
        slack = Decimal(absolute) + Decimal(relative) * abs(right)
        demand(abs(Decimal(shown) - right) <= slack, "wrong figure", text, shown)


def _text(data: bytes) -> str:
    return unicodedata.normalize("NFC", data.decode("utf-8-sig"))


def studies(data: bytes) -> None:
    rows, problems = reading.studies(data)
    oracles.check_messages(problems)
    if not problems.errors:
        oracles.check_records(rows)
        oracles.check_transcribed_rows([each for each in rows if each.analysis != "again"], _text(data))


def published(data: bytes) -> None:
    claims, problems = reading.published(data)
    oracles.check_messages(problems)
    if not problems.errors:
        oracles.check_records(claims)
        oracles.check_values(claims, _text(data))


def corrections(data: bytes) -> None:
    rows, problems = reading.studies(toys.STUDIES.encode(), data)
    oracles.check_messages(problems)
    if not problems.errors:
        kept = [each for each in rows if each.analysis != "again"]
        oracles.check_records(kept)
        oracles.check_transcribed_rows(kept, toys.STUDIES)
        _, used = oracles.rows_of(_text(data), "used")
        done = sum(each.corrected.count(" → ") for each in kept)
        demand(len(used) == done or "→" in _text(data), "corrections lost", used)


def judged(data: bytes) -> None:
    for read, column in ((reading.certainty, "judge"), (reading.bias, "domain")):
        made, problems = read(data)
        oracles.check_messages(problems)
        if not problems.errors:
            oracles.check_records(made)
            _, right = oracles.rows_of(_text(data), column)
            demand([each.line for each in made] == list(right), "rows lost or made up", list(right))


def settings(data: bytes) -> None:
    found, analyses, problems = reading.declared(data)
    oracles.check_messages(problems)
    demand(found is not None or bool(problems.errors), "no settings and no error")
    if found is not None and not problems.errors:
        oracles.check_records(analyses)
        demand(len(analyses) == len(found.data["analyses"]), "analyses lost")


def folder(data: bytes) -> None:
    _check(*reading.transcribed(data))


def loose(data: bytes) -> None:
    for form, problems in reading.loose(data):
        _check(form, problems)


def _check(form: NormalForm | None, problems: Problems) -> None:
    oracles.check_messages(problems)
    oracles.check_form(form, problems)


@cache
def _table(kind: Kind) -> bytes:
    """A slim table of the toy package; its settings without figures."""
    columns = {"columns": toys.BARE} if kind is Kind.SETTINGS else {}
    return toys.slim(kind.value, **columns).encode()


def rows(data: bytes) -> None:
    form, problems = reading.package({Kind.ROWS: data, Kind.SETTINGS: _table(Kind.SETTINGS)})
    _check(form, problems)
    if form is not None:
        oracles.check_package_rows(form.studies, data.decode("utf-8-sig"))


def rows_alone(data: bytes) -> None:
    form, problems = reading.package({Kind.ROWS: data})
    _check(form, problems)
    if form is not None:
        oracles.check_package_rows(form.studies, data.decode("utf-8-sig"))


def package_settings(data: bytes) -> None:
    form, problems = reading.package({Kind.ROWS: _table(Kind.ROWS), Kind.SETTINGS: data})
    _check(form, problems)
    if form is not None:
        oracles.check_package_claims(form.claims, data.decode("utf-8-sig"), Kind.SETTINGS.value)


def subgroups(data: bytes) -> None:
    tables = {kind: _table(kind) for kind in (Kind.ROWS, Kind.SETTINGS)}
    form, problems = reading.package(tables | {Kind.SUBGROUPS: data})
    _check(form, problems)
    if form is not None:
        oracles.check_package_claims(form.claims, data.decode("utf-8-sig"), Kind.SUBGROUPS.value)


def people(data: bytes) -> None:
    judgements, problems = reading.judgements(data)
    oracles.check_messages(problems)
    oracles.check_records(judgements)
    if judgements and not problems.errors:
        oracles.check_bias(judgements, data.decode("utf-8-sig"))
    for kind in (Kind.STUDIES, Kind.REFERENCES):
        references, problems = reading.references(data, kind)
        oracles.check_messages(problems)
        oracles.check_records(references)
        if kind is Kind.REFERENCES and not problems.errors:
            records = sum(line.strip().startswith("TY  -") for line in data.decode("utf-8-sig").splitlines())
            demand(records <= len(references), "references lost", records, len(references))


def zips(data: bytes) -> None:
    contents, form, problems = reading.zipped(data)
    oracles.check_messages(problems)
    for each in contents.files:
        if each.shown.count(".zip") == 1:
            right = zlib.crc32(each.raw).to_bytes(4, "little") in data
            demand(right, "unpacked to other bytes", each.shown)
    _check(form, problems)


def revman5(data: bytes) -> None:
    form, problems = reading.revman5(data)
    _check(form, problems)
    if form is not None:
        oracles.check_xml(form, data)


def _in_list_or_table(data: bytes, random: random.Random) -> bytes:
    return (change.in_ris if data[2:4] == b"  " else change.in_table)(data, random)


def _cell_seeds() -> list[str]:
    return [f"{at}{text}" for text in change.NASTY for at in range(len(_READINGS))]


def _folder_seeds() -> list[str]:
    needed = ("review.yaml", "studies.csv", "published.csv")
    return [
        "".join(f"=== {name}\n{toys.FOLDER[name]}\n" for name in names) for names in (toys.FOLDER, needed)
    ]


def _loose_seeds() -> list[bytes]:
    files = {"x-data-rows.csv": _table(Kind.ROWS), "x-data-rows (1).CSV": _table(Kind.ROWS)}
    files |= {"x.rm5": toys.revman5()[0].encode(), "x.zip": toys.zips()[1]}
    return [name.encode() + b"\n" + content for name, content in files.items()]


def _people_seeds() -> list[str]:
    return [toys.table("risk-of-bias.csv"), toys.table("included.ris"), toys.STUDY_INFORMATION]


def _tables(kind: Kind) -> Callable[[], list[str]]:
    return lambda: toys.tables(kind.value)


TARGETS: dict[str, Target] = {
    each.name: each
    for each in (
        Target("cell", cells, _cell_seeds, change.in_cell, 450),
        Target("studies.csv", studies, lambda: [toys.STUDIES, toys.SUMMARIES], change.in_table, 1_200),
        Target("published.csv", published, lambda: [toys.PUBLISHED], change.in_table, 600),
        Target("corrections.csv", corrections, lambda: [toys.CORRECTIONS], change.in_table, 500),
        Target("grade.csv, rob.csv", judged, lambda: [toys.GRADE, toys.ROB], change.in_table, 400),
        Target("review.yaml", settings, lambda: [toys.SETTINGS, *toys.ONE_ANALYSIS], change.in_yaml, 2_000),
        Target("transcribed folder", folder, _folder_seeds, change.in_text, 4_500),
        Target("loose file", loose, _loose_seeds, change.in_text, 5_500),
        Target("data-rows.csv", rows, _tables(Kind.ROWS), change.in_table, 2_600),
        Target("data-rows.csv alone", rows_alone, _tables(Kind.ROWS), change.in_table, 2_600),
        Target("settings of a package", package_settings, _tables(Kind.SETTINGS), change.in_table, 3_500),
        Target("subgroup-estimates.csv", subgroups, _tables(Kind.SUBGROUPS), change.in_table, 1_500),
        Target("risk of bias, RIS", people, _people_seeds, _in_list_or_table, 700),
        Target("zip", zips, toys.zips, change.in_zip, 5_000),
        Target("RevMan 5", revman5, toys.revman5, change.in_xml, 6_000),
    )
}
