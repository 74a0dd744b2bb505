"""Tables between steps, seals and JSON: what is written is read back, and always the same bytes."""

import json
import math
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import SCHEMA, sealed
from repool.model import Bilingual, Problem, Status
from repool.readers.seal import SEAL, check_seal, seal
from repool.readers.sheet import Problems
from repool.readers.transcribed import read_transcribed
from repool.tables import number_text, read_table, write_json, write_table, write_text


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    text: Bilingual
    status: Status
    count: int
    value: float | None
    flag: bool


LINES = (
    Line("Bø, «ett»\n2", Bilingual("æøå", "a;b,c"), Status.DERIVED, 3, 1 / 3, True),
    Line('"quoted"', Bilingual("", ""), Status.UNKNOWN, -1, None, False),
)


def test_tables_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", Line, LINES, exact=True)
    assert read_table(tmp_path / "t.csv", Line) == LINES
    assert (tmp_path / "t.csv").read_bytes().startswith(b"name,text_nb,text_en,status,count,value,flag\n")
    assert b"\r" not in (tmp_path / "t.csv").read_bytes()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (math.nan, ""),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333"),
        (1e-300, "1e-300"),
    ],
)
def test_computed_numbers_have_twelve_digits_and_missing_ones_are_empty(
    value: float | None, text: str
) -> None:
    assert number_text(value) == text


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "whole")
    with pytest.raises(AttributeError):
        write_table(tmp_path / "a.txt", Line, [LINES[0], "not a row"])
    assert (tmp_path / "a.txt").read_text("utf-8") == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_json_has_no_nan_and_rounds_like_tables(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"æ": [0.1 + 0.2, None, (1, True)]})
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"æ": [0.3, None, [1, True]]}
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"a": math.inf})


def test_the_seal_is_what_sha256sum_checks(tmp_path: Path) -> None:
    (tmp_path / "bø.csv").write_text("a", "utf-8")
    (tmp_path / ".hidden").write_text("left by a file manager", "utf-8")
    (tmp_path / SEAL).write_text(seal(tmp_path), "utf-8")
    check = subprocess.run(
        ["sha256sum", "-c", SEAL], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert check.stdout == "bø.csv: OK\n"
    problems = Problems()
    assert list(check_seal(tmp_path, "raw/x", ["bø.csv"], problems)) == ["bø.csv"]
    assert problems.found == []


def test_an_estimate_off_the_middle_of_its_interval_is_questioned(toy: Callable[[str], Path]) -> None:
    folder = toy("toy")
    text = (folder / "studies.csv").read_text("utf-8")
    (folder / "studies.csv").write_text(text.replace(",-7,,-14,0,", ",-3,,-14,0,"), "utf-8")
    form, problems, _ = read_transcribed(sealed(folder), "raw/toy", SCHEMA)
    assert form is not None
    (warning,) = problems.found
    assert (warning.severity, warning.line, warning.found) == ("warning", 7, '"-3"')
    assert "the middle between ci_low -14 and ci_high 0" in warning.expected


def test_a_problem_names_place_found_expected_and_remedy() -> None:
    problem = Problem("error", "raw/x/studies.csv", 3, "sd", '"-1"', "0 or more", "correct it")
    assert str(problem) == 'raw/x/studies.csv:3: sd: found "-1"; expected 0 or more; correct it'
    assert str(Problem("error", "raw/x/a", 0, "", "no file", "one", "add it")).startswith("raw/x/a: found")
