"""Packages that are broken or hostile: said where and why, never a traceback, never read past a limit."""

import csv
import io
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import packages
from packages import bare, events, every_kind, outcome, read, zipped
from repool.model import Problem
from repool.readers.package import archive
from repool.readers.package.archive import Contents, Kind, PackageFile, kind_of, package_files
from repool.readers.package.reader import read_package
from repool.readers.problems import Problems

NAME = "CD990001"
ROWS, SETTINGS, SUBGROUPS = (
    f"{NAME}-{name}.csv" for name in ("data-rows", "overall-estimates-and-settings", "subgroup-estimates")
)
TEXTS = bare(every_kind(), "old")
ZIPPED = zipped(TEXTS)

Edit = Callable[[str], str]


def swap(old: str, new: str, times: int = 1) -> Edit:
    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, times)

    return edit


def faults(raw: Path, name: str = NAME) -> list[Problem]:
    form, problems = read(raw, name)
    assert form is None
    assert problems.errors
    return problems.errors


def faults_of(tmp_path: Path, changes: dict[str, Edit]) -> list[Problem]:
    folder = tmp_path / "raw" / NAME
    folder.mkdir(parents=True)
    for path, text in TEXTS.items():
        changed = changes[path](text) if path in changes else text
        (folder / path).write_text(changed, "utf-8")
    return faults(tmp_path / "raw")


DAMAGE: list[tuple[str, Edit, int, str, str, str]] = [
    (ROWS, swap('"GIV SE"', '"SE of GIV"'), 1, "GIV SE", "no such column", "the column GIV SE"),
    (ROWS, swap('"Control N"', '"Controls N"'), 1, "Control N", "Controls N", "the column Control N"),
    (ROWS, swap('"Study year"', '"Study"'), 1, "Study", "the column twice", "each column once"),
    (ROWS, swap('"12","60"', '"12 of 60","60"'), 2, "Experimental cases", "12 of 60", "a number"),
    (ROWS, swap('"12","60"', '"1e15","60"'), 2, "Experimental cases", "1e15", "below 1e+15"),
    (ROWS, swap('"12","60"', '"NaN","60"'), 2, "Experimental cases", "NaN", "a number"),
    (ROWS, swap('"12","60"', '"-12","60"'), 2, "Experimental cases", "-12", "0 or more"),
    (ROWS, swap('"41.2","6.1"', '"41.2","-6.1"'), 9, "Experimental SD", "-6.1", "0 or more"),
    (ROWS, swap('"-0.31","0.2"', '"-0.31","-0.2"'), 17, "GIV SE", "-0.2", "0 or more"),
    (ROWS, swap('"-0.31","0.2"', '"-900","0.2"'), 17, "GIV Mean", "-900", "a log ratio between -700"),
    (ROWS, swap('"SUBGROUP_AND_OVERALL"', '"SOMETIMES"'), 2, "Applicability", "SOMETIMES", "OVERALL_ONLY"),
    (ROWS, swap('"Ahl 1998"', '""'), 2, "Study", "an empty cell", "the name of a trial"),
    (ROWS, swap('"1","1","Falls"', '"1","one","Falls"'), 2, "Analysis number", "one", "a whole number"),
    (ROWS, swap('"1","1","Falls"', '"7","1","Falls"'), 2, "Analysis number", "7.1", "an analysis of"),
    (ROWS, swap('"12","60"', '"12","60'), 2, "", "broken CSV", "quotation marks in pairs"),
    (ROWS, lambda text: text + '"1","2"\n', 34, "", "2 cells", "24 cells"),
    (ROWS, lambda _: "", 1, "", "an empty file", "the columns Analysis group"),
    (ROWS, lambda _: "a,b\n1,2\n", 1, "", "no column names but a, b", "the columns Analysis group"),
    (ROWS, lambda _: '"a\n', 1, "", "broken CSV", "quotation marks in pairs"),
    (ROWS, swap('"Applicability"', '"Aplicability"'), 1, "Applicability", "Aplic", "Applicability"),
    (ROWS, swap('"CI start"', '"CI-start"'), 1, "CI start", "CI-start", "the column CI start"),
    (ROWS, lambda text: re.sub('"(Control|Experimental) N"', '""', text), 1, "Experimental N, Control N",
     "no such columns", "the columns Experimental N, Control N"),
    (ROWS, lambda _: TEXTS[SETTINGS], 1, "", "the columns of *-overall-est", "those of *-data-rows.csv"),
    (ROWS, lambda text: text.splitlines()[0], 0, "", "no row", "a row for each trial"),
    (SETTINGS, lambda text: text.splitlines()[0], 2, "Analysis number", "10 analyses:", "an analysis of"),
    (SUBGROUPS, lambda _: TEXTS[ROWS], 1, "", "the columns of *-data-rows.csv", "those of *-subgroup-est"),
    (ROWS, lambda _: "%PDF-1.7\n", 1, "", "a PDF", "UTF-8 text"),
    (ROWS, lambda _: "\n<!DOCTYPE html>\n<html>", 1, "", "a web page (HTML)", "UTF-8 text"),
    (SETTINGS, swap('"Risk Ratio"', '"Risk Rato"'), 2, "Effect measure", "Risk Rato", "one of Odds Ratio"),
    (SETTINGS, swap('"Mean Difference"', '"#N/A"'), 3, "Effect measure", "an empty cell", "Mean Difference"),
    (SETTINGS, swap('"Dichotomous"', '"Binary"'), 2, "Data type", "Binary", "Dichotomous, Continuous"),
    (SETTINGS, swap('"MH"', '"Bayes"'), 2, "Statistical method", "Bayes", "one of MH, IV, Peto"),
    (SETTINGS, swap('"IV","Mean', '"MH","Mean'), 3, "Statistical method", "MH", "MD has no M-H value"),
    (SETTINGS, swap('"Random effects"', '"Both"'), 2, "Analysis model", "Both", "Fixed effect or Random"),
    (SETTINGS, swap('"95%","95%"', '"95%","9.5%"'), 2, "Estimate CI", "9.5%", "a level such as 95%"),
    (SETTINGS, swap('"true","true"', '"true","maybe"'), 2, "Overall estimates", "maybe", "true or false"),
    (SETTINGS, swap('"1","2","Balance"', '"1","1","Balance"'), 3, "Analysis number", "1.1", "line 2"),
    (SETTINGS, swap('"1","2","Balance"', '"8","2","Balance"'), 9, "Analysis number", "1.2", "an analysis of"),
    (SETTINGS, swap('"IV","Hazard', '"MH","Hazard'), 6, "Statistical method", "MH", "Contrast level has no"),
    (SETTINGS, lambda text: text + text.splitlines()[2] + "\n", 13, "Analysis number", "1.2", "line 3"),
    (SUBGROUPS, swap('"1","1","Under', '"9","9","Under'), 2, "Analysis number", "9.9", SETTINGS),
    (SUBGROUPS, lambda text: text.replace('"1","1","', '"9","9","'), 2, "Analysis number", "9.9", SETTINGS),
    (SUBGROUPS, lambda text: text + text.splitlines()[1] + "\n", 9, "Subgroup", "Under 70", "once (line 2"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "edit", "line", "column", "found", "expected"), DAMAGE)
def test_a_damaged_package_is_stopped_where_it_is_damaged(
    tmp_path: Path, path: str, edit: Edit, line: int, column: str, found: str, expected: str
) -> None:
    (problem,) = faults_of(tmp_path, {path: edit})
    at = problem.file.rpartition("/")[2]
    if expected == "an analysis of":  # said where the row is, not where the settings lack it
        assert (at, problem.line) == (ROWS, line)
    else:
        assert (at, problem.line, problem.column) == (path, line, column)
    assert found in problem.found
    assert expected in problem.expected
    assert problem.remedy


def test_a_figure_of_a_total_that_is_none_is_reported(tmp_path: Path) -> None:
    rows = [events("A", 5, 50, 9, 52), events("B", 7, 61, 8, 60)]
    texts = packages.package([outcome("1.1", "X", "Dichotomous", "Risk Ratio", rows)], "old", tmp_path)
    path = tmp_path / "raw" / NAME
    path.mkdir(parents=True)
    (row,) = csv.DictReader(io.StringIO(texts[SETTINGS].lstrip("\ufeff")))
    texts[SETTINGS] = packages.table(list(row), [row | {"Mean": f"about {row['Mean']}"}])
    for name, text in texts.items():
        (path / name).write_text(text, "utf-8")
    problem = faults(tmp_path / "raw")[0]
    assert (problem.line, problem.column) == (2, "Mean")
    assert "about 0." in problem.found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("Analysis group\n".encode("utf-16"), "UTF-16 text"),
        (b"\xef\xbb\xbfAnalysis group,\xe5\n", "the byte E5"),
        (b"PK\x03\x04rest", "a zip"),
        (b"PK\x03\x04rest[Content_Types].xml rest xl/workbook.xml", "an Excel workbook"),
    ],
)
def test_a_file_that_is_no_utf8_is_named(tmp_path: Path, raw: bytes, found: str) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / ROWS).write_bytes(raw)
    assert found in faults(tmp_path)[0].found


def test_two_reviews_or_two_forms_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    for raw in ("two", "forms", "dta", "none"):
        (tmp_path / raw / NAME).mkdir(parents=True)
    (tmp_path / "two" / NAME / ROWS).write_text(TEXTS[ROWS], "utf-8")
    (tmp_path / "two" / NAME / "CD990002-data-rows.csv").write_text(TEXTS[ROWS] + "\n", "utf-8")
    assert "a second file *-data-rows.csv" in faults(tmp_path / "two")[0].found
    (tmp_path / "forms" / NAME / ROWS).write_text(TEXTS[ROWS], "utf-8")
    (tmp_path / "forms" / NAME / "old.rm5").write_text("<x/>", "utf-8")
    assert "one review" in faults(tmp_path / "forms")[0].expected
    (tmp_path / "dta" / NAME / f"{NAME}-parameters.csv").write_text("a\n", "utf-8")
    assert "diagnostic tests" in faults(tmp_path / "dta")[0].found
    (tmp_path / "none" / NAME / SETTINGS).write_text(TEXTS[SETTINGS], "utf-8")
    assert "no file *-data-rows.csv" in faults(tmp_path / "none")[0].found


def test_a_seal_is_checked_where_there_is_one(tmp_path: Path) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / ROWS).write_text(TEXTS[ROWS], "utf-8")
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  {ROWS}\n", "utf-8")
    assert "SHA-256" in faults(tmp_path)[0].found


def archive_of(members: dict[str, bytes], **more: int) -> bytes:
    """A zip with these members; `more` sets attributes of every one of them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, raw in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in more.items():
                setattr(entry, attribute, value)
            made.writestr(entry, raw)
    return stream.getvalue()


def encrypted() -> bytes:
    """A zip whose directory says that its members have a password."""
    raw = bytearray(archive_of({ROWS: b"x", SETTINGS: b"y"}))
    for entry in re.finditer(b"PK\x01\x02", raw):
        raw[entry.start() + 8] |= 1
    return bytes(raw)


def nested(levels: int) -> bytes:
    raw = archive_of({ROWS: TEXTS[ROWS].encode()})
    for _ in range(levels):
        raw = archive_of({"inner.zip": raw})
    return raw


HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("a way out", lambda: archive_of({f"../../{ROWS}": b"x"}), "a name that leads out"),
    ("from the root", lambda: archive_of({f"/etc/{ROWS}": b"x"}), "a name that leads out"),
    ("a drive", lambda: archive_of({f"C:\\{ROWS}": b"x"}), "a name that leads out"),
    (
        "a link",
        lambda: archive_of({ROWS: b"/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16),
        "a link",
    ),
    ("a password", encrypted, "a zip with a password"),
    (
        "gigabytes to unpack",
        lambda: archive_of({ROWS: b"x"}, compress_type=zipfile.ZIP_LZMA),
        "packed by LZMA",
    ),
    ("a hidden name", lambda: archive_of({f"\u202e{ROWS}": b"x"}), "characters that nobody sees: \ufffdCD99"),
    ("a bomb", lambda: archive_of({ROWS: b"0" * 3_000_000}), "unpacks to over"),
    ("too deep", lambda: nested(4), "a zip in a zip in a zip"),
    ("no zip", lambda: b"PK\x03\x04 and nothing else", "a broken zip"),
    ("cut short", lambda: ZIPPED[:-40], "a broken zip"),
    ("empty", lambda: b"", "an empty file"),
    ("an old file", lambda: archive_of({"CD990001.rm5": b"<x/>"}), "a RevMan 5 file in a zip"),
    ("nothing in it", lambda: archive_of({"readme.txt": b"x"}), "no file *-data-rows.csv"),
]


@pytest.mark.parametrize(("raw", "found"), [pytest.param(*each[1:], id=each[0]) for each in HOSTILE])
def test_a_hostile_zip_is_refused(tmp_path: Path, raw: Callable[[], bytes], found: str) -> None:
    (tmp_path / f"{NAME}.zip").write_bytes(raw())
    (problem,) = faults(tmp_path)
    assert found in problem.found
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}.zip"]  # nothing was unpacked


def test_a_zip_of_too_many_or_too_large_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{NAME}.zip").write_bytes(archive_of({f"{at}.txt": b"" for at in range(20)}))
    monkeypatch.setattr(archive, "MAX_MEMBERS", 10)
    assert "20 files in one zip" in faults(tmp_path)[0].found
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    (tmp_path / f"{NAME}.zip").write_bytes(ZIPPED)
    assert "unpacks to over" in faults(tmp_path)[0].found


def test_what_a_mac_or_an_editor_leaves_in_a_zip_is_passed_over(tmp_path: Path) -> None:
    rest = {f"__MACOSX/{NAME}/._{ROWS}": b"junk", f"{NAME}/.{ROWS}": b"junk", f"{NAME}/~${ROWS}": b"junk"}
    rest |= {f"{NAME}/__MACOSX/{ROWS}": b"junk", f"{NAME}/.DS_Store": b"junk"}
    (tmp_path / f"{NAME}.zip").write_bytes(
        archive_of(rest | {f"{NAME}/{path}": text.encode() for path, text in TEXTS.items()})
    )
    assert read(tmp_path, NAME)[0] is not None


def test_kinds_are_known_by_the_end_of_a_name() -> None:
    assert kind_of("CD000028_pub4-data-rows.csv") is Kind.ROWS
    assert kind_of("data-rows.csv") is Kind.ROWS
    assert kind_of("x/y/CD1-RISK-OF-BIAS (2).csv") is Kind.BIAS
    assert kind_of("mydata-rows.csv") is None
    assert kind_of("CD1-excluded.ris") is None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_ends_in_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(TEXTS)))
    raw = bytearray(TEXTS[path].encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        end = at + data.draw(st.integers(0, 12))
        raw[at:end] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b'","', b"\n", b'"', b"-1", b"1e999", b""])
        )
    files = [
        PackageFile(kind, name, bytes(raw) if name == path else text.encode())
        for name, text in TEXTS.items()
        if (kind := kind_of(name))
    ]
    problems = Problems()
    form = read_package(Contents(tuple(files), ()), NAME, "raw", problems)
    assert (form is None) == bool(problems.errors)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damaged_zip_ends_in_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(ZIPPED)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1) | st.integers(len(raw) - 300, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    path = tmp_path / "x.zip"
    path.write_bytes(raw)
    problems = Problems()
    package = package_files([(path, "raw/x.zip")], problems)
    assert all(file.shown.startswith("raw/x.zip/") for file in package.files)
    form = None if problems.errors else read_package(package, NAME, "raw", problems)
    assert (form is None) == bool(problems.errors)
