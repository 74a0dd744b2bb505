"""The index over all reviews: what is counted, what the page and the tables say, and in which bytes."""

import csv
import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from conftest import ROOT
from repool.agreement import Agreement, Compared, write_agreement, write_fault
from repool.model import LANGUAGES, Bilingual, Problem, Review
from repool.normal_form import ACCEPTED, STOPPED, write_form
from repool.overview import SHOWN, closing_table, index_page, join_tables, write_overview
from repool.summary import SUMMARY, Summary, read_summary, refused, summarise, write_summary
from repool.verdicts import Verdict

TEMPLATES = ROOT / "workflow" / "report"
TITLE = Bilingual("Lekeoversikt <b>&", "Toy review <b>&")


def review(name: str = "toy", **changes: object) -> Summary:
    """A review in figures, with some of everything."""
    verdicts = {"exact": 5, "rounding": 1, "minor": 2, "not-attemptable": 3, "input-error": 1}
    trials = {"exact": 40, "minor": 2}
    identified = {"unique": 3, "none": 1}
    return replace(
        Summary(name, TITLE, ACCEPTED, verdicts, 1, 2, trials, identified, 7, 0, ()),
        **changes,  # type: ignore[arg-type]
    )


def stopped(name: str, errors: int = 1) -> Summary:
    problems = tuple(f"{name}/studies.csv:{n}: found x; expected y; correct it" for n in range(errors))
    return Summary(name, TITLE, STOPPED, {}, 0, 0, {}, {}, 0, errors, problems[:10])


# --- one review counted ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder with the tables that are counted and nothing else."""
    text = Bilingual("", "")
    about = Review("toy", TITLE, "", "", text, text, text, "", "", (), (), ())
    write_form(tmp_path / "toy", "toy", None, [], {})
    data = json.loads((tmp_path / "toy" / "review.json").read_text("utf-8"))
    data["title"] = {"nb": about.title.nb, "en": about.title.en}
    (tmp_path / "toy" / "review.json").write_text(json.dumps(data), "utf-8")
    table(tmp_path / "toy" / "verdicts.csv", "verdict,basis,derived_rows", *VERDICTS)
    return tmp_path / "toy"


VERDICTS = (
    "exact,trials,", "exact,trials,A 2001", "exact,claims,", "rounding,claims,", "other-method,trials,",
    "minor,trials,A 2001", "input-error,trials,", "not-attemptable,none,",
)  # fmt: skip


def table(path: Path, *lines: str) -> None:
    path.write_text("\n".join(lines) + "\n", "utf-8")


def test_verdicts_are_counted(folder: Path) -> None:
    found = summarise(folder)
    assert found.verdicts == {
        "exact": 3, "other-method": 1, "rounding": 1, "minor": 1, "not-attemptable": 1, "input-error": 1,
    }  # fmt: skip
    assert (found.checked, found.reproduced, found.differing, found.missing) == (8, 5, 2, 1)
    assert (found.suspected, found.from_derived, found.from_claims) == (1, 1, 2)
    assert (found.trial_figures, found.trial_exact, found.identified, found.questions) == (0, 0, {}, 0)


def test_new_tables_are_counted_where_they_are(folder: Path) -> None:
    table(folder / "trial_verdicts.csv", "trial,verdict_estimate,verdict_weight,reason_en", "A,exact,exact,",
          'B,exact,,"minor, and\nmore"', "C,,minor,")  # fmt: skip
    table(folder / "identification.csv", "analysis,subgroup,outcome", "1,,unique", "2,a,unique", "2,b,none",
          "3,,equivalent", "4,,not-testable")  # fmt: skip
    table(folder / "questions.csv", "analysis,explanation_en", '1,"two\nlines"', "1,one")
    found = summarise(folder)
    assert found.trial_verdicts == {"exact": 3, "minor": 1}
    assert found.identified == {"unique": 1, "equivalent": 1, "none": 1}
    assert found.questions == 2


def test_summary_reads_back_as_it_was_written(folder: Path) -> None:
    write_summary(folder)
    assert read_summary(folder) == summarise(folder)
    before = (folder / SUMMARY).read_bytes()
    write_summary(folder)
    assert (folder / SUMMARY).read_bytes() == before


def test_what_stopped_a_review_is_told_in_ten_problems(tmp_path: Path) -> None:
    problems = [Problem("error", "f.csv", n, "c", "x", "y", "correct it") for n in range(2, 15)]
    problems.append(Problem("warning", "f.csv", 1, "c", "x", "y", "look"))
    write_form(tmp_path / "bad", "bad", None, problems, {})
    table(tmp_path / "bad" / "verdicts.csv", "verdict,basis,derived_rows")
    found = summarise(tmp_path / "bad")
    assert found.stopped
    assert found.errors == 13
    assert found.problems == tuple(map(str, problems[:10]))


def test_number_that_the_second_engine_contradicts_stops_a_review(folder: Path) -> None:
    row = Compared("a", "", "", "dl", "y", 1.0, 2.0, "0.5", Agreement.DIFFERS, "call", Bilingual("", ""))
    write_agreement(folder, [row])
    found = summarise(folder)
    assert (found.stopped, found.errors) == (True, 1)
    assert "crosscheck.csv:2" in found.problems[0]


def test_step_that_failed_after_the_counting_stops_a_review(folder: Path) -> None:
    write_summary(folder)
    assert not read_summary(folder).stopped
    write_fault(folder, "draw", "drawing", "no room")
    assert read_summary(folder).stopped


# --- the page -------------------------------------------------------------------------------------------


def rows_of(page: str, language: str) -> list[list[str]]:
    """The cells of each review's row in one language, as text."""
    main = page.split(f'<main lang="{language}"')[1].split("</main>")[0]
    body = main.split('<tbody class="each">')[1].split("</tbody>")[0]
    cells = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?</tr>", body)]
    return [[re.sub("<.*?>", "|", cell) for cell in row] for row in cells]


@pytest.mark.parametrize("language", LANGUAGES)
def test_row_shows_every_count(language: str) -> None:
    title = TITLE[language].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    (row,) = rows_of(index_page([review()], TEMPLATES), language)
    state = {"nb": "beregnet", "en": "computed"}[language]
    assert row == [f"|{title}||toy|", state, "12", "6", "3", "3", "42", "40", "3", "0", "1", "7"]


def test_columns_that_no_review_fills_are_left_out() -> None:
    bare = review(trial_verdicts={}, identified={}, questions=0)
    page = index_page([bare], TEMPLATES)
    (row,) = rows_of(page, "en")
    assert row[1:] == ["computed", "12", "6", "3", "3"]
    for note in ("Trial figures:", "Analyses:", "Questions:", "was stopped"):
        assert note not in page
        assert note in index_page([review(), stopped("bad")], TEMPLATES)
    bare = replace(bare, verdicts={})
    (row,) = rows_of(index_page([bare], TEMPLATES), "en")
    assert row[1:] == ["computed", "0", "0", "0", "0"]
    (row,) = rows_of(index_page([review(verdicts={}, identified={}, questions=0)], TEMPLATES), "en")
    assert row[1:] == ["computed", "42", "40"]
    first, _ = rows_of(index_page([bare, review("other", trial_verdicts={}, questions=0)], TEMPLATES), "en")
    assert first[1:] == ["computed", "0", "0", "0", "0", "0", "0", "0"]


def test_stopped_review_has_no_figures() -> None:
    _, first, second = rows_of(index_page([review(), stopped("bad"), refused("a b", [])], TEMPLATES), "en")
    assert first[1:] == ["|stopped|", *["–"] * 10]
    assert second == ["a b", "|stopped|", *["–"] * 10]


def test_totals_are_those_of_all_reviews() -> None:
    page = index_page([review(), stopped("bad"), review("more")], TEMPLATES)
    total = page.split('<tbody class="totals">')[1].split("</tbody>")[0]
    assert re.findall(r"<td>(\d+)</td>", total) == [
        "3",
        "24",
        "12",
        "6",
        "6",
        "84",
        "80",
        "6",
        "0",
        "2",
        "14",
    ]


def test_filters_offer_what_there_is() -> None:
    page = index_page([review(), stopped("bad")], TEMPLATES)
    kinds = re.findall(r'<option value="(.*?)">', page.split("<main")[1])
    assert kinds == [
        "", "accepted", "stopped", "", "exact", "rounding", "minor", "not-attemptable", "input-error",
        "trial-exact", "trial-minor", "unique", "none", "questions",
    ]  # fmt: skip
    marked = re.findall(r'<tr data-is="(.*?)">', page)
    assert set(" ".join(marked).split()) == {*kinds} - {""}


def test_policy_lets_its_one_script_run_and_nothing_else() -> None:
    page = index_page([review()], TEMPLATES)
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page).group(1).replace("&#39;", "'")  # type: ignore[union-attr]
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)

    def digest(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    parts = [f"script-src {digest(script)}", f"style-src {digest(style)}", "img-src data:", "base-uri 'none'"]
    assert policy.split("; ") == ["default-src 'none'", *parts]
    assert page.count("<script") == 1
    assert "style=" not in page
    assert not re.search(r"\son\w+=", page.split("</head>")[1])


def test_script_style_and_words_agree_on_the_rows_shown_at_first() -> None:
    script, style = ((TEMPLATES / f"index.{kind}").read_text("utf-8") for kind in ("js", "css"))
    assert f"const STEP = {SHOWN};" in script
    assert f"tr:nth-child(n+{SHOWN + 1})" in style
    page = index_page([review(f"toy-{n}") for n in range(SHOWN + 1)], TEMPLATES)
    assert f"Viser {SHOWN} av {SHOWN + 1} treff blant {SHOWN + 1} oversikter." in page
    assert '<a href="parquet/trials.parquet">trials.parquet</a>' in page
    assert f"Show {SHOWN} more" in page
    assert '<div class="more">' in page
    assert '<div class="more" hidden>' in index_page([review()], TEMPLATES)


def test_page_has_the_same_bytes_each_time() -> None:
    reviews = [review(), stopped("bad"), refused("a b", [])]
    assert index_page(reviews, TEMPLATES) == index_page(reviews, TEMPLATES)


# --- the closing table ----------------------------------------------------------------------------------


def test_closing_table_says_what_all_reviews_come_to() -> None:
    text = closing_table([review(), stopped("bad", 12), review("more")], Path("results"))
    lines = text.splitlines()
    assert lines[2].split() == ["toy", "12", "6", "3", "3", "42", "40", "results/toy/index.html"]
    assert lines[3].split() == ["bad", "stopped", *["–"] * 5, "results/bad/index.html"]
    assert "Published figures of single trials: 84; agree in every digit: 80." in lines
    assert "Analyses whose figures follow from one method: 6; from none: 2." in lines
    assert "Questions about the input, to be looked up in the sources: 14." in lines
    at = lines.index("bad was stopped:")
    assert lines[at + 1] == "  bad/studies.csv:0: found x; expected y; correct it"
    assert lines[at + 11] == "  and 2 more, all in its report"


def test_closing_table_of_hundreds_lists_those_to_look_at() -> None:
    good = review(verdicts={"exact": 5})
    reviews = [replace(good, review=f"good-{n}") for n in range(300)]
    reviews[250] = review("off")
    reviews += [stopped(f"bad-{n}") for n in range(12)]
    text = closing_table(reviews, Path("results"))
    listed = [line.split()[0] for line in text.splitlines()[2:42]]
    assert len({*listed}) == 40
    assert {"off", *(f"bad-{n}" for n in range(12))} <= {*listed}
    assert "40 of 312 reviews: stopped ones, then those with most differing figures." in text
    assert text.count("was stopped:") == 10
    assert "12 reviews were stopped, all listed in results/stopped.txt" in text


# --- one table of many, and all files together ----------------------------------------------------------


def test_tables_are_joined_row_by_row(tmp_path: Path) -> None:
    cells = {"one": [["a", 'say "no"\n"yes"', "1"], ["b", "", "2"]], "none": [], "two": [["c\r", "x,y", "3"]]}
    for name, rows in cells.items():
        (tmp_path / name).mkdir()
        with open(tmp_path / name / "t.csv", "w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([["k", "text", "n"], *rows])
    join_tables(tmp_path / "all.csv", [tmp_path / name / "t.csv" for name in cells])
    with open(tmp_path / "all.csv", encoding="utf-8", newline="\n") as stream:
        text = stream.read()
    expected = [["review", "k", "text", "n"], *([name, *row] for name, rows in cells.items() for row in rows)]
    assert [*csv.reader(text.replace("\r", "").splitlines(keepends=True))] == [
        [cell.replace("\r", "") for cell in row] for row in expected
    ]


def test_tables_with_other_columns_are_not_joined(tmp_path: Path) -> None:
    for name, header in (("one", "a,b"), ("two", "b,a")):
        (tmp_path / name).mkdir()
        table(tmp_path / name / "t.csv", header, "1,2")
    with pytest.raises(ValueError, match="other columns"):
        join_tables(tmp_path / "all.csv", [tmp_path / name / "t.csv" for name in ("one", "two")])
    assert not (tmp_path / "all.csv").exists()


def test_overview_writes_its_four_files(folder: Path, tmp_path: Path) -> None:
    write_summary(folder)
    write_overview(tmp_path, [folder], {"a b": []}, [], TEMPLATES)
    assert (tmp_path / "stopped.txt").read_text("utf-8") == "a b\n"
    assert (tmp_path / "verdicts.csv").read_text("utf-8").splitlines()[1] == f"toy,{VERDICTS[0]}"
    assert "Lekeoversikt" in (tmp_path / "index.html").read_text("utf-8")
    assert "a b was stopped:" in (tmp_path / "overview.txt").read_text("utf-8")


def test_overview_of_no_review_says_so(tmp_path: Path) -> None:
    write_overview(tmp_path, [], {}, [], TEMPLATES)
    assert "There is no review folder" in (tmp_path / "overview.txt").read_text("utf-8")
    assert (tmp_path / "verdicts.csv").read_text("utf-8") == ""


def test_every_verdict_has_a_filter() -> None:
    every = {each.value: 1 for each in Verdict}
    page = index_page([review(verdicts=every, trial_verdicts=every)], TEMPLATES)
    for verdict in Verdict:
        assert (
            page.count(f'<option value="{verdict}">') == page.count(f'<option value="trial-{verdict}">') == 2
        )
