"""Wrong input stops its review with place and remedy; odd but right input gives the right numbers."""

import csv
import json
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from broken_inputs import BROKEN_FILES, SUMMARY_COLUMNS
from broken_settings import BROKEN_SETTINGS
from conftest import ROOT, records, run_snakemake, sealed
from damage import Broken, Damage, add_column, both, build, cells, changed, content, rows_of, write_rows, yaml

TOY = ROOT / "tests" / "data" / "toy"
SHEETS = ("studies.csv", "published.csv", "corrections.csv")
Table = list[dict[str, str]]


def in_every_file(change: Callable[[str], str], *files: str) -> Damage:
    def damage(folder: Path) -> None:
        for name in files or (*SHEETS, "review.yaml"):
            content(name, change((folder / name).read_text("utf-8")))(folder)

    return damage


def in_every_cell(change: Callable[[str], str], **style: str) -> Damage:
    def damage(folder: Path) -> None:
        for name in SHEETS:
            rows = rows_of(folder / name)
            write_rows(
                folder / name, [rows[0], *([change(cell) for cell in row] for row in rows[1:])], **style
            )

    return damage


def decimal_comma(cell: str) -> str:
    return re.sub(r"^(-?[0-9]+)\.([0-9]+)$", r"\1,\2", cell)


def decimal_commas_in_quotes(folder: Path) -> None:
    rows = rows_of(folder / "studies.csv")
    write_rows(folder / "studies.csv", [[decimal_comma(cell) for cell in row] for row in rows])


#: Ten cells, and one message.
COMMAS = Broken(
    "decimal-commas-in-quotes", decimal_commas_in_quotes, "studies.csv:4", "experimental_mean",
    'decimal commas in 10 cells of 6 columns, the first "3,1"', "decimal points",
    "use a decimal point, or separate the columns with semicolons if commas are decimal",
)  # fmt: skip
CASES = [*BROKEN_FILES, *BROKEN_SETTINGS, COMMAS]


def saved_by_a_norwegian_spreadsheet(folder: Path) -> None:
    """Semicolons and decimal commas; published figures stay as printed, because they are text."""
    for name in SHEETS:
        change = str if name == "published.csv" else decimal_comma
        rows = [[change(cell) for cell in row] for row in rows_of(folder / name)]
        write_rows(folder / name, rows, delimiter=";")


def with_blanks(text: str) -> str:
    """Blanks of several kinds around every cell below the header."""
    header, *rows = text.split("\n")
    return "\n".join([header, *(row.replace(";", "\u202f\t; \u00a0") for row in rows)])


def reversed_columns(folder: Path) -> None:
    for name in SHEETS:
        write_rows(folder / name, [row[::-1] for row in rows_of(folder / name)])


#: Odd, but with one meaning only: everything but the notes must come out as from the clean toy review.
RIGHT: dict[str, Damage] = {
    "byte-order-mark": in_every_file(lambda text: "\ufeff" + text),
    "crlf": in_every_file(lambda text: text.replace("\n", "\r\n")),
    "old-mac-line-ends": in_every_file(lambda text: text.replace("\n", "\r"), *SHEETS),
    "decomposed-letters": in_every_file(lambda text: unicodedata.normalize("NFD", text)),
    "empty-rows": in_every_file(lambda text: "\n,,,\n" + text.replace("\n", "\n\n , ,\n"), *SHEETS),
    "empty-columns": in_every_file(lambda text: text.replace("\n", ",,\n"), *SHEETS),
    "minus-sign": changed("studies.csv", lambda text: text.replace(",-", ",\u2212")),
    "blanks": in_every_cell(lambda cell: f" \u00a0{cell}\u202f\t"),
    "quotes": in_every_cell(str, quoting=csv.QUOTE_ALL),
    "tabs": in_every_cell(str, delimiter="\t"),
    "semicolons": in_every_cell(str, delimiter=";"),
    "decimal-commas": saved_by_a_norwegian_spreadsheet,
    "columns-in-another-order": reversed_columns,
    "summary-columns-left-empty": SUMMARY_COLUMNS,
    "note-of-many-lines": cells(2, note='first line\nsecond; "line"\r\n\r\nlast, line'),
    "left-by-programs": both(
        *(content(name, "") for name in (".DS_Store", "~$studies.csv", ".~lock.studies.csv#"))
    ),
}
RIGHT["everything-at-once"] = both(
    RIGHT["minus-sign"], saved_by_a_norwegian_spreadsheet, in_every_file(with_blanks, *SHEETS),
    in_every_file(lambda text: "\ufeff" + text.replace("\n", ";;\n;;;\n").replace("\n", "\r\n"), *SHEETS),
)  # fmt: skip
DOUBLE_ZERO = "death,Null 2003,reported,0,30,,,0,31,,,,,,,,,toy,table 1,\n"
LEDGER = """analysis,subgroup,trial,column,expected,used,reason,source
pain,,Ås 2001,experimental_mean,3.1,3.25,misprint,toy
"""
CORRECTION = "death,,Ås 2001,experimental_events,5,6,misprint,toy\n"
#: Right as well, but with results of their own.
SPECIAL: dict[str, Damage] = {
    "good": lambda folder: None,
    "double-zero": changed("studies.csv", lambda text: text + DOUBLE_ZERO),
    "one-trial": changed("studies.csv", lambda text: re.sub("death,Bø.*\n", "", text)),
    "corrected": changed("corrections.csv", lambda text: text + CORRECTION),
    "corrected-in-another-notation": both(
        saved_by_a_norwegian_spreadsheet,
        content("corrections.csv", LEDGER),
    ),
    "trial-in-two-subgroups": both(
        yaml("    measure: MD\n", "    measure: MD\n    subgroups: {nb: Kjønn, en: Sex}\n"),
        add_column("subgroup", {4: "men", 5: "women"}), cells(5, trial="Ås 2001"),
    ),
    "three-mistakes": both(
        cells(5, control_sd="1.4 (SD)"), cells(3, "published.csv", value="?"), cells(2, control_total="0")
    ),
}  # fmt: skip


def table(path: Path) -> Table:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of one run over every case."""
    folder = tmp_path_factory.mktemp("cases")
    raw = folder / "raw"
    for case in {case.folder: case for case in CASES}.values():
        build(case, TOY, raw / case.folder, sealed)
    for name, damage in (RIGHT | SPECIAL).items():
        build(Broken(name, damage, "", "", "", "", ""), TOY, raw / name, sealed)
    run = run_snakemake(folder, *records(folder, "report"))
    assert "Traceback" not in run.stderr
    assert run.returncode == 0, run.stderr
    return folder / "results"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_broken_input_is_stopped_with_one_message_that_says_where_and_what_to_do(
    imported: Path, case: Broken
) -> None:
    state = json.loads((imported / case.folder / "review.json").read_text("utf-8"))["state"]
    assert state == "stopped"
    problems = [
        each for each in table(imported / case.folder / "problems.csv") if each["severity"] == "error"
    ]
    alike = [other for other in CASES if other.folder == case.folder]
    assert len(problems) == len(alike), problems
    name, _, line = case.place.partition(":")
    place = {"file": f"raw/{case.folder}/{name}", "line": line or "0", "column": case.column}
    found = [each for each in problems if place.items() <= each.items()]
    assert len(found) == 1, problems
    problem = found[0]
    assert case.found in problem["found"]
    assert case.expected in problem["expected"]
    assert case.remedy in problem["remedy"]


def test_the_table_of_cases_does_not_shrink() -> None:
    assert len(CASES) >= 230
    assert max(Counter(case.name for case in CASES).values()) == 1


def test_a_stopped_review_shows_no_number(imported: Path) -> None:
    for name in ("analyses.csv", "studies.csv", "published.csv", "grade.csv"):
        assert table(imported / "row" / name) == []


def test_several_mistakes_are_reported_in_one_go(imported: Path) -> None:
    problems = table(imported / "three-mistakes" / "problems.csv")
    assert [
        (each["file"][len("raw/three-mistakes/") :], each["line"], each["column"]) for each in problems
    ] == [
        ("studies.csv", "2", "control_total"),
        ("studies.csv", "5", "control_sd"),
        ("published.csv", "3", "value"),
    ]


@pytest.mark.parametrize("name", RIGHT)
def test_odd_but_right_input_gives_the_same_numbers(imported: Path, name: str) -> None:
    assert table(imported / name / "problems.csv") == []
    assert json.loads((imported / name / "review.json").read_text("utf-8"))["state"] == "accepted"
    for sheet in ("analyses.csv", "studies.csv", "published.csv"):
        ours, clean = (
            [{key: cell for key, cell in row.items() if key not in ("file", "line", "note")} for row in rows]
            for rows in (table(imported / name / sheet), table(imported / "good" / sheet))
        )
        assert ours == clean


@pytest.mark.parametrize("name", ["decimal-commas", "everything-at-once"])
def test_odd_but_right_input_pools_to_the_same_bytes(imported: Path, name: str) -> None:
    assert (imported / name / "pooled.csv").read_bytes() == (imported / "good" / "pooled.csv").read_bytes()


def test_lines_after_a_note_of_many_lines_and_after_empty_rows(imported: Path) -> None:
    lines = [row["line"] for row in table(imported / "note-of-many-lines" / "studies.csv")]
    assert lines == ["2", "6", "7", "8", "9", "10"]
    assert [row["line"] for row in table(imported / "empty-rows" / "published.csv")] == ["6", "9"]


def test_a_zero_cell_is_corrected_and_said(imported: Path) -> None:
    row = table(imported / "good" / "effects.csv")[1]
    assert (row["trial"], row["state"], row["zero_cell_correction"]) == ("Bø 2002", "estimated", "true")


def test_a_trial_without_any_event_is_listed_but_not_estimable(imported: Path) -> None:
    trial = next(
        row for row in table(imported / "double-zero" / "effects.csv") if row["trial"] == "Null 2003"
    )
    assert (trial["state"], trial["estimate"], trial["weight"]) == ("not-estimable", "", "")
    ours, clean = (declared(imported / name, "death") for name in ("double-zero", "good"))
    assert (ours["trials_listed"], ours["trials_pooled"]) == ("3", "2")
    assert ours["estimate"] == clean["estimate"] != ""


def test_one_trial_is_not_pooled(imported: Path) -> None:
    row = declared(imported / "one-trial", "death")
    assert (row["state"], row["trials_listed"]) == ("not-pooled-one-trial", "1")
    assert declared(imported / "one-trial", "pain")["state"] == "pooled"


def test_a_correction_is_applied_and_said(imported: Path) -> None:
    assert table(imported / "corrected" / "problems.csv") == []
    first = table(imported / "corrected" / "studies.csv")[0]
    assert (first["experimental_events"], first["corrected"]) == (
        "6.0",
        "experimental_events: 5 → 6 (misprint; toy)",
    )


def test_a_ledger_with_points_corrects_a_sheet_with_commas(imported: Path) -> None:
    assert table(imported / "corrected-in-another-notation" / "problems.csv") == []
    row = table(imported / "corrected-in-another-notation" / "studies.csv")[2]
    assert (row["experimental_mean"], row["corrected"]) == (
        "3.25",
        "experimental_mean: 3,1 → 3.25 (misprint; toy)",
    )


def test_a_trial_in_two_subgroups_is_a_warning(imported: Path) -> None:
    (problem,) = table(imported / "trial-in-two-subgroups" / "problems.csv")
    assert (problem["severity"], problem["line"], problem["column"]) == ("warning", "5", "trial")
    assert table(imported / "trial-in-two-subgroups" / "studies.csv")[3]["subgroup"] == "women"


def test_a_file_name_with_braces_stops_its_review_alone(tmp_path: Path) -> None:
    build(
        Broken("odd", content("Notes {1}.txt", "x"), "", "", "", "", ""),
        TOY,
        tmp_path / "raw" / "odd",
        sealed,
    )
    run_snakemake(tmp_path, *records(tmp_path, "import"))
    (problem,) = table(tmp_path / "results/odd/problems.csv")
    assert (problem["file"], problem["found"]) == (
        "raw/odd/Notes {1}.txt",
        "a file that Repool does not read",
    )


def declared(results: Path, analysis: str) -> dict[str, str]:
    """The pooled row of an analysis by the method its review declares."""
    rows = table(results / "pooled.csv")
    return next(row for row in rows if (row["analysis"], row["role"]) == (analysis, "declared"))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A whole run over a good review, a broken one, two odd names and a file that nothing reads."""
    folder = tmp_path_factory.mktemp("mixed")
    damages = {
        "good": SPECIAL["double-zero"],
        "broken": cells(2, experimental_events="51"),
        "a blank": lambda folder: None,
    }
    for name, damage in damages.items():
        build(Broken(name, damage, "", "", "", "", ""), TOY, folder / "raw" / name, sealed)
    for name in ("a file.zip", "trials.xlsx"):
        (folder / "raw" / name).touch()
    return folder, run_snakemake(folder)


MESSAGE = "raw/broken/studies.csv:2: experimental_events: found"


def test_the_terminal_says_what_is_wrong_and_the_run_fails(
    mixed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, run = mixed
    assert run.returncode != 0
    assert "broken: stopped; problems in the input: 1" in run.stderr
    assert f'{MESSAGE} "51"; expected at most experimental_total 50; correct the row' in run.stderr
    assert "Traceback" not in run.stderr
    assert "Traceback" not in run.stdout


def test_the_good_review_is_finished(mixed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = mixed
    page = (folder / "results/good/index.html").read_text("utf-8")
    assert page.count("<img") >= 2
    assert "This review was stopped" not in page
    rows = re.findall("Null 2003</th>.*?</tr>", page, re.S)
    assert ["kan ikke beregnes" in rows[0], "not estimable" in rows[1], len(rows)] == [True, True, 2]
    assert list((folder / "results/good/forest").glob("death.*.svg"))


def test_the_broken_review_says_so_and_shows_no_result(
    mixed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = mixed
    page = (folder / "results/broken/index.html").read_text("utf-8")
    assert "This review was stopped" in page
    assert "Oversikten er stoppet" in page
    assert MESSAGE in page
    assert "<img" not in page
    assert "<svg" not in page
    assert list((folder / "results/broken/forest").glob("*.*.*")) == []
    assert "0.36" not in page


def test_the_index_lists_all_and_what_is_wrong_with_a_folder_name(
    mixed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, run = mixed
    index = (folder / "results/index.html").read_text("utf-8")
    states = {}
    for row in re.findall('<tr data-is="[a-z]+.*?</tr>', index, re.S):
        names = [name for name in ("good", "broken", "a blank") if f">{name}<" in row]
        states |= {name: re.findall('data-is="([a-z]+)', row) for name in names}
    assert states == {"good": ["accepted"], "broken": ["stopped"], "a blank": ["stopped"]}
    assert 'a blank: found the folder name "a blank"; expected letters' in run.stderr
    assert "rename the folder" in run.stderr
    assert 'a file: found the file name "a file.zip"; expected letters' in run.stderr
    assert "rename the file\n" in run.stderr


def test_the_end_says_what_was_not_read_and_where_the_files_are(
    mixed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, run = mixed
    assert "  trials.xlsx\n" in run.stderr.partition("not read; expected X.zip or X-data-rows.csv")[2]
    assert f"Files called raw/... are those in {folder}/raw\n" in run.stderr
    assert "trials.xlsx" in (folder / "results/overview.txt").read_text("utf-8")
    assert str(folder) not in (folder / "results/overview.txt").read_text("utf-8")


@pytest.mark.slow
def test_a_second_run_fails_too_and_a_repaired_review_runs_to_the_end(
    mixed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, first = mixed
    again = run_snakemake(folder)
    assert again.returncode == first.returncode
    assert "broken" in again.stderr
    assert "Traceback" not in again.stderr
    cells(2, experimental_events="5")(folder / "raw" / "broken")
    sealed(folder / "raw" / "broken")
    shutil.rmtree(folder / "raw" / "a blank")
    (folder / "raw" / "a file.zip").unlink()
    repaired = run_snakemake(folder)
    assert repaired.returncode == 0, repaired.stderr
    page = (folder / "results/broken/index.html").read_text("utf-8")
    assert "This review was stopped" not in page
    assert page.count("<img") >= 2
