"""Downloads that are not what they seem, or not whole: each said once, by what it is, where its file lies."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from packages import bare, every_kind, package, read, table, zipped
from repool.model import NormalForm, Problem
from repool.overview import closing_table
from repool.raw_reviews import raw_reviews
from repool.readers.problems import Problems
from repool.readers.review import read_review
from repool.readers.unread import unread
from repool.summary import refused
from test_package_faults import NAME, ROWS, SETTINGS, SUBGROUPS, TEXTS, ZIPPED, archive_of

PAGE = b"\n<!DOCTYPE html>\n<html><body>Log in</body></html>"
RM5 = b"<?xml version='1.0' encoding='UTF-8'?>\n<COCHRANE_REVIEW/>"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """A package with all figures, in both generations."""
    return {each: package(every_kind(), each, tmp_path_factory.mktemp(each)) for each in ("old", "new")}


def put(folder: Path, texts: dict[str, str]) -> Path:
    """The raw folder in which `folder` now has these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder.parent


def only_fault(raw: Path, name: str = NAME) -> Problem:
    form, problems = read(raw, name)
    assert form is None
    (problem,) = problems.found
    return problem


def accepted(raw: Path, name: str = NAME) -> tuple[NormalForm, list[Problem]]:
    form, problems = read(raw, name)
    assert form is not None, problems.errors
    return form, problems.found


DISGUISED: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("x.zip", lambda: PAGE, "a web page (HTML)", "log in first"),
    ("x.rm5", lambda: PAGE, "a web page (HTML)", "log in first"),
    ("x-data-rows.csv", lambda: b"\xef\xbb\xbf<html lang='en'>", "a web page (HTML)", "log in first"),
    ("x-data-rows.csv", lambda: b"%PDF-1.7\n\xe2\xe3\xcf", "a PDF", "a PDF is not read"),
    ("x-data-rows.csv", lambda: RM5, "a RevMan 5 file", "ends in .rm5"),
    ("x-data-rows.csv", lambda: ZIPPED, "a zip", "ends in .zip"),
    ("x-data-rows.csv", lambda: archive_of({"xl/workbook.xml": b""}), "an Excel workbook", '"CSV UTF-8"'),
    ("x.rm5", lambda: ZIPPED, "a zip", "ends in .zip"),
    ("x.zip", lambda: RM5, "a RevMan 5 file", "ends in .rm5"),
    ("x.zip", lambda: TEXTS[ROWS].encode(), "text, such as a table", "give it the name it has there"),
    ("x.zip", lambda: b"Rar!\x1a\x07", "a RAR archive", "unpack it"),
    ("x.zip", lambda: b"\x00\x01\x02\x03", "no zip, or a broken zip", "download the package again"),
    ("x.zip", lambda: "a".encode("utf-16-le"), "UTF-16 text", "download the package again"),
    ("x.zip", lambda: archive_of({"a/trials.xlsx": b"x"}), "only trials.xlsx", "these names"),
    ("x.zip", lambda: archive_of({"b.zip": archive_of({})}), "only an empty zip", "these names"),
    ("x.zip", lambda: archive_of({SETTINGS: TEXTS[SETTINGS].encode()}), f"only {SETTINGS}", "these names"),
]


@pytest.mark.parametrize(("name", "raw", "found", "remedy"), DISGUISED)
def test_a_file_that_is_not_what_its_name_says_is_called_by_what_it_is(
    tmp_path: Path, name: str, raw: Callable[[], bytes], found: str, remedy: str
) -> None:
    (tmp_path / name).write_bytes(raw())
    problem = only_fault(tmp_path, "x")
    assert problem.file == f"raw/{name}"  # the file itself, not a folder that is not there
    assert found in problem.found
    assert remedy in problem.remedy


def test_a_zip_without_a_table_says_which_names_were_looked_for(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(archive_of({f"{n}.txt": b"" for n in range(9)}))
    problem = only_fault(tmp_path, "x")
    assert "only 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt and 3 more" in problem.found
    assert "*-data-rows.csv, and perhaps *-overall-estimates-and-settings.csv" in problem.expected


def test_the_same_zip_twice_and_a_zip_in_a_zip_in_a_zip_are_read_once(tmp_path: Path) -> None:
    inner = archive_of({path: text.encode() for path, text in TEXTS.items()})
    (tmp_path / "twice.zip").write_bytes(archive_of({"a/inner.zip": inner, "b/inner.zip": inner}))
    (tmp_path / "deep.zip").write_bytes(archive_of({"b.zip": archive_of({"inner.zip": inner})}))
    (tmp_path / "once.zip").write_bytes(inner)
    read_as = {name: accepted(tmp_path, name)[0] for name in ("twice", "deep", "once")}
    assert len({len(form.studies) for form in read_as.values()}) == 1
    assert read_as["twice"].studies[0].file == f"raw/twice.zip/a/inner.zip/{ROWS}"


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_a_name_in_a_zip_that_does_not_say_its_letters_code_is_shown_as_it_was(
    tmp_path: Path, encoding: str
) -> None:
    letters = "Påske".encode(encoding)
    made = archive_of({f"{'x' * len(letters)}/{path}": text.encode() for path, text in TEXTS.items()})
    (tmp_path / f"{NAME}.zip").write_bytes(made.replace(b"x" * len(letters) + b"/", letters + b"/"))
    assert accepted(tmp_path)[0].studies[0].file == f"raw/{NAME}.zip/Påske/{ROWS}"


def test_a_folder_without_a_review_is_told_what_belongs_there(tmp_path: Path) -> None:
    (tmp_path / "empty" / "within").mkdir(parents=True)
    (tmp_path / "empty" / ".DS_Store").touch()
    problem = only_fault(tmp_path, "empty")
    assert (problem.file, problem.found) == ("raw/empty", "an empty folder")
    assert "a data package (its zip or its tables), one RevMan 5 file, or review.yaml" in problem.expected
    put(tmp_path / "sealed", {"SHA256SUMS": ""})
    assert only_fault(tmp_path, "sealed").found == "an empty folder"
    put(tmp_path / "other", {"notes.docx": "x", "mine.csv": TEXTS[ROWS]})
    problem = only_fault(tmp_path, "other")
    assert problem.found == (
        "no file of a review, only mine.csv (its columns are those of *-data-rows.csv: give it such a name), "
        "notes.docx"
    )
    assert "seal" not in problem.remedy


def test_two_forms_of_a_review_are_refused_by_name(tmp_path: Path) -> None:
    put(tmp_path / "forms", {ROWS: TEXTS[ROWS], "old.rm5": "<x/>"})
    assert only_fault(tmp_path, "forms").found == f"two forms of a review: old.rm5 and {ROWS}"
    put(tmp_path / "rm5", {"a.rm5": "<x/>", "b.rm5": "<x/>"})
    assert only_fault(tmp_path, "rm5").found == "2 RevMan 5 files: a.rm5, b.rm5"


def test_two_packages_in_one_folder_are_one_problem(tmp_path: Path) -> None:
    more = {path.replace(NAME, "CD990002"): f"{text}\n" for path, text in TEXTS.items()}
    found = only_fault(put(tmp_path / NAME, TEXTS | more)).found
    assert found == "a second file *-data-rows.csv, and 4 more files twice"


def test_a_loose_file_in_a_folder_of_its_own_name_is_no_folder(tmp_path: Path) -> None:
    put(tmp_path / NAME, {f"{NAME}-data-rows.csv": TEXTS[ROWS]})
    review = raw_reviews(tmp_path / NAME)[0][NAME]
    form, problems, _ = read_review(review, NAME, Path("no-schema.json"))
    assert form is not None, problems.errors
    assert form.studies[0].file == f"{NAME}/{ROWS}"


def test_files_that_nothing_reads_are_listed(tmp_path: Path) -> None:
    texts = TEXTS | {"notes.xlsx": "x", f"{NAME}-excluded.ris": "", f"{NAME}-info.html": "", "README.md": ""}
    raw = put(tmp_path / NAME, texts)
    (warning,) = [each for each in accepted(raw)[1] if "does not read" in each.found]
    assert (warning.file, warning.severity) == (f"raw/{NAME}", "warning")
    assert warning.found == "a file that Repool does not read: notes.xlsx"
    put(raw / "old", {"old.rm5": "<x/>", "notes.docx": "x"})
    assert "notes.docx" in read(raw, "old")[1].found[0].found
    loose = {"trials.xlsx": "x", "settings.csv": TEXTS[SETTINGS], "README": "", ".hidden": "", "Y.rm5": ""}
    for name, text in loose.items():
        (raw / name).write_text(text, "utf-8")
    (raw / "gone.zip").symlink_to(raw / "nowhere")
    listed = [
        "gone.zip",
        "settings.csv (its columns are those of *-overall-estimates-and-settings.csv: give it such a name)",
        "trials.xlsx",
    ]
    assert unread(raw) == listed
    lines = closing_table([], Path("results"), [*listed, *map(str, range(10))]).splitlines()
    at = lines.index("not read; expected X.zip or X-data-rows.csv of a data package, X.rm5, or a folder of a "
                     "review's own:")  # fmt: skip
    assert [line.strip() for line in lines[at + 1 : at + 4]] == listed
    assert lines[at + 11] == "  and 3 more"


def test_a_loose_file_whose_name_cannot_be_used_is_a_file() -> None:
    assert refused("Påske 2", ["Påske 2-data-rows.csv"]).problems == (
        'Påske 2: found the file name "Påske 2-data-rows.csv"; expected letters, digits, ".", "_" and "-", '
        "and no name that results have beside those of reviews; rename the file",
    )
    assert "rename the files" in refused("a b", ["a b-x.csv", "a b-y.csv"]).problems[0]
    assert "the folder name" in refused("a b", []).problems[0]


def test_decimal_commas_are_one_problem_of_each_file(
    tmp_path: Path, printed: dict[str, dict[str, str]]
) -> None:
    texts = {
        path: with_commas(text) if path in (ROWS, SETTINGS, SUBGROUPS) else text
        for path, text in printed["old"].items()
    }
    _, problems = read(put(tmp_path / NAME, texts), NAME)
    assert [(Path(each.file).name, each.line) for each in problems.errors] == [
        (path, 2) for path in (ROWS, SETTINGS, SUBGROUPS)
    ]
    first = problems.errors[0]
    assert first.column == "Mean"
    assert re.fullmatch(r'decimal commas in \d{3} cells of 12 columns, the first "0,58"', first.found)
    assert first.expected == "decimal points"
    remedy = "use a decimal point, or separate the columns with semicolons if commas are decimal"
    assert {each.remedy for each in problems.errors} == {remedy}


def with_commas(text: str) -> str:
    """The table with decimal commas in quotation marks, and commas between the columns."""
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    changed = [
        {name: re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", cell) for name, cell in row.items()} for row in rows
    ]
    return table(list(rows[0]), changed)


def test_one_or_two_commas_are_slips_and_commas_before_three_digits_thousands() -> None:
    problems = Problems()
    for line, text in enumerate(("1,281", "2,346", "3,111"), 2):
        problems.error("a.csv", line, "N", text, "a number", "without separators")
        problems.decimal_comma()
    for line in (3, 2):
        problems.error("b.csv", line, "N", "1,5", "a number", "use a point")
        problems.decimal_comma()
    problems.settle()
    assert [(each.file, each.line) for each in problems.found] == [
        ("a.csv", 2), ("a.csv", 3), ("a.csv", 4), ("b.csv", 2), ("b.csv", 3)
    ]  # fmt: skip


def test_problems_of_a_file_are_in_the_order_of_its_lines(tmp_path: Path) -> None:
    """An SD below 0 is found after all rows were read, a text that is no number while they are."""
    text = TEXTS[ROWS].replace('"41.2","6.1"', '"41.2","-6.1"', 1).replace('"-0.31","0.2"', '"-0.31","x"', 1)
    _, problems = read(put(tmp_path / NAME, TEXTS | {ROWS: text}), NAME)
    assert [each.line for each in problems.errors] == [9, 17]


def test_a_fault_of_the_settings_is_not_repeated_for_rows_and_subgroups(tmp_path: Path) -> None:
    text = TEXTS[SETTINGS].replace('"Overall estimates"', '"Totals"')
    problem = only_fault(put(tmp_path / NAME, TEXTS | {SETTINGS: text}))
    assert (problem.line, problem.column) == (1, "Overall estimates")


def test_an_unknown_measure_says_nothing_of_the_method(tmp_path: Path) -> None:
    text = TEXTS[SETTINGS].replace('"MH","Risk Difference"', '"MH","Hazard"')
    assert only_fault(put(tmp_path / NAME, TEXTS | {SETTINGS: text})).column == "Effect measure"


def test_analyses_without_data_rows_are_one_warning(tmp_path: Path) -> None:
    rows = "".join(
        line
        for line in TEXTS[ROWS].splitlines(keepends=True)
        if not re.match('"1","[2-8]"', line) and not line.startswith('"2",')
    )
    (warning,) = accepted(put(tmp_path / NAME, TEXTS | {ROWS: rows}))[1]
    assert (warning.severity, Path(warning.file).name, warning.line) == ("warning", SETTINGS, 3)
    assert warning.found == "9 analyses without data rows: 1.2, 1.3, 1.4, 1.5, 1.6, 1.7 and 3 more"


@pytest.mark.parametrize(("settings", "subgroups"), [("old", "new"), ("new", "old")])
def test_two_generations_of_files_are_read_with_a_warning(
    tmp_path: Path, printed: dict[str, dict[str, str]], settings: str, subgroups: str
) -> None:
    texts = printed[settings] | {SUBGROUPS: printed[subgroups][SUBGROUPS]}
    form, warnings = accepted(put(tmp_path / NAME, texts))
    assert any(each.subgroup for each in form.claims)
    (warning,) = [each for each in warnings if Path(each.file).name == SUBGROUPS]
    assert warning.found == f"columns of the {subgroups} generation"
    assert SETTINGS in warning.expected
    assert not [each for each in accepted(put(tmp_path / "own" / NAME, printed[settings]))[1] if "generation"
                in each.found]  # fmt: skip


def test_subgroups_without_a_settings_file_are_held_against_the_rows(
    tmp_path: Path, printed: dict[str, dict[str, str]]
) -> None:
    texts = {path: text for path, text in printed["old"].items() if path != SETTINGS}
    strange = texts | {SUBGROUPS: texts[SUBGROUPS].replace('"1","1","', '"9","9","')}
    problem = only_fault(put(tmp_path / "a" / NAME, strange))
    assert (problem.found, problem.expected) == ('"9.9"', f"an analysis of {ROWS}")
    bare_row = '"9","9","Women","1"' + ',""' * 16 + "\n"  # of an analysis without trials
    form, _ = accepted(put(tmp_path / "b" / NAME, texts | {SUBGROUPS: texts[SUBGROUPS] + bare_row}))
    assert {each.analysis for each in form.claims if each.subgroup} == {"1.1", "1.7", "1.8", "2.1"}


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [
        ("12 x", "keep one number alone in its cell"),
        ("<5", "an inequality cannot be pooled"),
        ("1e15", "correct the row"),
    ],
)
def test_a_remedy_in_a_package_names_nothing_that_it_does_not_have(
    tmp_path: Path, typed: str, remedy: str
) -> None:
    text = TEXTS[ROWS].replace('"12","60"', f'"{typed}","60"', 1)
    assert only_fault(put(tmp_path / NAME, TEXTS | {ROWS: text})).remedy == remedy


@pytest.mark.parametrize("numbers", [("3", "4"), ("", "")])
def test_two_subgroups_of_one_name_without_trials_are_no_duplicates(
    tmp_path: Path, numbers: tuple[str, str]
) -> None:
    more = "".join(f'"1","1","Other","{number}"' + ',""' * 16 + "\n" for number in numbers)
    put(tmp_path / NAME, TEXTS | {SUBGROUPS: TEXTS[SUBGROUPS] + more})
    assert not accepted(tmp_path)[0].claims


def test_a_whole_package_has_no_problem(tmp_path: Path) -> None:
    outcomes = every_kind()[:-1]  # the last has no rows
    for generation in ("old", "new"):
        (tmp_path / f"{generation}.zip").write_bytes(zipped(bare(outcomes, generation)))
        assert accepted(tmp_path, generation)[1] == []
