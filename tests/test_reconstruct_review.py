"""A review's reconstruction: what is asked, what is written and shown, and what leaves it alone."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import RAW, ROOT, SCHEMA, run_snakemake, sealed
from repool.meta_analysis import analyse
from repool.model import LANGUAGES, MethodFrom, NormalForm, Status
from repool.pages import environment
from repool.readers.transcribed import read_transcribed
from repool.reconstruct.tables import Case, Outcome, Reconstruction, reconstruction, write_reconstruction
from repool.reconstruct.view import TEXTS, reconstruction_view
from repool.words import WORDS

Toy = Callable[[str], Path]
#: Published totals of toy deaths: 5/50 and 0/40 v 10/50 and 4/41, pooled by revman5, common effect.
TOTALS = """death,experimental_events,5,toy,table 1,
death,experimental_total,90,toy,table 1,
death,control_events,14,toy,table 1,
death,control_total,91,toy,table 1,
death,ci_low,0.15,toy,table 1,
death,ci_high,0.97,toy,table 1,
"""
BO = "death,Bø 2002,reported,0,40,,,4,41,,,,,,,,,toy,table 1,"
UNKNOWN = "death,Bø 2002,unknown,,,,,,,,,,,,,,,toy,table 1,"


def read(folder: Path) -> NormalForm:
    form, problems, _ = read_transcribed(sealed(folder), "raw/toy", SCHEMA)
    assert form is not None, problems.errors
    return form


def made(form: NormalForm) -> Reconstruction:
    return reconstruction(form, analyse(form))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def with_unknown(folder: Path) -> Path:
    change(folder / "studies.csv", BO, UNKNOWN)
    change(folder / "published.csv", "death,estimate,0.36", "death,estimate,0.38")
    with (folder / "published.csv").open("a", encoding="utf-8") as stream:
        stream.write(TOTALS)
    return folder


def ask(folder: Path, text: str, analysis: str = "method: {name: revman5, model: common}\n") -> None:
    change(folder / "review.yaml", analysis, f"{analysis}    reconstruct: {text}\n")


@pytest.fixture(scope="module")
def pfmt() -> tuple[NormalForm, Reconstruction]:
    form = read_transcribed(RAW / "pfmt-2014", "data/raw/pfmt-2014", SCHEMA)[0]
    assert form is not None
    return form, made(form)


def case(done: Reconstruction, analysis: str, given: str) -> Case:
    return next(each for each in done.cases if (each.analysis, each.given) == (analysis, given))


def test_what_comes_of_the_norwegian_summary(pfmt: tuple[NormalForm, Reconstruction]) -> None:
    found = {(each.analysis, each.given.value): (each.outcome.value, each.count) for each in pfmt[1].cases}
    least = case(pfmt[1], "cure", "totals")
    assert found == {
        ("cure", "rows"): ("several", 6),
        ("cure", "assumed"): ("unique", 1),
        ("cure", "totals"): ("at-least", least.count),
        ("improved", "totals"): ("unique", 1),
    }
    assert least.count >= 5
    assert least.ranges == ()  # a range over some of the solutions would be none
    assert case(pfmt[1], "improved", "totals").as_listed
    assert case(pfmt[1], "improved", "totals").method == "mh-common"


def test_the_random_effects_result_is_known_within_a_range(pfmt: tuple[NormalForm, Reconstruction]) -> None:
    ranges = {each.method: each for each in case(pfmt[1], "cure", "rows").ranges}
    assert set(ranges) == {"revman5+model=common", "mh-common", "iv-common", "dl", "reml", "reml-hksj"}
    dl = ranges["dl"]
    assert dl.estimate is not None
    assert tuple(round(x, 2) for x in dl.estimate) == (6.90, 7.79)
    assert {each.excludes_null for each in ranges.values()} == {6}
    for each in ("revman5+model=common", "mh-common"):  # as printed, whichever completion it is
        assert {round(x, 2) for x in ranges[each].estimate or ()} == {8.38}


def test_rows_are_marked_and_nothing_else_changes(pfmt: tuple[NormalForm, Reconstruction]) -> None:
    form, done = pfmt
    rows = [row for row in done.rows if (row.analysis, row.given) == ("cure", "assumed")]
    assert [(row.trial, row.status.value) for row in rows] == [
        ("Bø 1999", "reported"), ("Kim 2007", "derived"), ("Hofbauer 1990", "reconstructed"),
        ("Fourth trial (not identified)", "reconstructed"),
    ]  # fmt: skip
    assert rows[2].assumed == "experimental_total 11, control_total 10"
    searched = [row for row in done.rows if row.analysis == "cure" and row.given == "rows" and not row.trial]
    assert len(searched) == 12
    assert {row.status for row in searched} == {Status.RECONSTRUCTED}
    declared = next(row for row in analyse(form).pooled if (row.analysis, row.role) == ("cure", "declared"))
    assert (declared.trials_pooled, declared.trials_unknown) == (2, 2)
    plain = replace(form, analyses=tuple(replace(each, reconstruct="") for each in form.analyses))
    assert analyse(plain) == analyse(form)


def test_what_the_missing_leakage_trials_must_be(pfmt: tuple[NormalForm, Reconstruction]) -> None:
    bounds = {(each.analysis, each.given.value): each for each in pfmt[1].bounds}
    assert set(bounds) == {("leakage", "rows"), ("leakage", "assumed"), ("quality-of-life", "rows")}
    assert bounds["quality-of-life", "rows"].outcome is Outcome.NOT_ATTEMPTED
    common, random = bounds["leakage", "assumed"].left
    assert (common.tau2, common.known, common.missing) == (0, ("Burns 1993",), 3)
    assert tuple(round(x, 3) for x in common.estimate or ()) == (-1.168, -1.161)
    assert tuple(round(x, 3) for x in random.estimate or ()) == (-1.182, -1.176)
    sd = bounds["leakage", "assumed"].common_sd
    assert tuple(round(x, 3) for x in sd or ()) == (1.256, 1.297)
    assert bounds["leakage", "rows"].common_sd is None


def test_a_complete_review_has_nothing_to_search_and_loads_no_arrays() -> None:
    code = (
        "import sys; from pathlib import Path; from repool.readers.transcribed import read_transcribed; "
        "before = 'numpy' in sys.modules; from repool.reconstruct.tables import incomplete, Reconstruction; "
        "assert before or 'numpy' not in sys.modules; assert 'repool.pooling' not in sys.modules; "
        "import repool.reconstruct.tables as t; f = read_transcribed(Path(sys.argv[1]), 'x', "
        "Path(sys.argv[2]))[0]; assert t.reconstruction(f, None) == Reconstruction(); "
        "assert 'repool.pooling' not in sys.modules"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(RAW / "bcg-1994"), str(SCHEMA)],
        capture_output=True, text=True, check=False, cwd=ROOT / "workflow" / "scripts",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


def test_an_unknown_row_is_found_among_the_completions(toy: Toy) -> None:
    done = made(read(with_unknown(toy("toy"))))
    found = case(done, "death", "rows")
    assert (found.outcome, found.count) == (Outcome.UNIQUE, 1)
    row = next(row for row in done.rows if row.status is Status.RECONSTRUCTED and row.given == "rows")
    assert (row.trial, row.experimental_events, row.experimental_total) == ("Bø 2002", 0, 40)
    assert (row.control_events, row.control_total) == (4, 41)


def test_adopting_a_row_makes_it_part_of_the_result_with_its_status(toy: Toy) -> None:
    folder = with_unknown(toy("toy"))
    change(folder / "studies.csv", UNKNOWN, BO.replace("reported", "reconstructed"))
    done = made(read(folder))
    assert [each.given.value for each in done.cases] == ["totals"]
    assert case(done, "death", "totals").count >= 1


def test_wrong_totals_are_named(toy: Toy) -> None:
    folder = with_unknown(toy("toy"))
    change(folder / "published.csv", "experimental_events,5", "experimental_events,4")
    found = case(made(read(folder)), "death", "rows")
    assert (found.outcome, found.clash) == (Outcome.NONE, ("experimental_events",))


def test_without_totals_it_says_so(toy: Toy) -> None:
    folder = toy("toy")
    change(folder / "studies.csv", BO, UNKNOWN)
    found = case(made(read(folder)), "death", "rows")
    assert (found.outcome, found.count, found.possible) == (Outcome.NOT_ATTEMPTED, 0, "")


def test_trials_that_have_no_row_can_be_asked_for(toy: Toy) -> None:
    folder = with_unknown(toy("toy"))
    ask(folder, "{trials: 3}")
    found = case(made(read(folder)), "death", "rows")
    assert found.trials == 3
    assert found.count > 1


def test_a_missing_mean_difference_is_bounded_by_the_known_trial(toy: Toy) -> None:
    folder = toy("toy")
    change(
        folder / "studies.csv",
        "pain,Bø 2002,reported,,40,2.9,1.1,,41,3.2,1.4,",
        "pain,Bø 2002,unknown,,,,,,,,,",
    )
    limits = "pain,ci_low,-1.20,toy,table 2,\npain,ci_high,-0.03,toy,table 2,\n"  # as DL prints both trials
    change(folder / "published.csv", "pain,estimate,-0.61,toy,table 2,\n",
           f"pain,estimate,-0.61,toy,table 2,\n{limits}")  # fmt: skip
    least, most = made(read(folder)).bounds[0].left
    assert (most.known, most.missing) == (("Ås 2001",), 1)
    assert least.tau2 < 0.10967 < most.tau2  # of both trials, by DL
    assert least.estimate is None  # with the least tau2 the known trial has all the weight
    assert most.estimate is not None
    assert most.estimate[1] < -0.3  # what the trial had lies beyond this extreme
    change(folder / "review.yaml", "method: {name: revman5}", "method: {name: iv-common}")
    alone = made(read(folder)).bounds[0]
    assert alone.outcome is Outcome.NONE  # no common effect has limits as wide as these


@pytest.mark.parametrize(
    ("asked", "column", "found", "expected"),
    [
        ("{metod: dl}", "analyses[1].reconstruct.metod", '"metod"', "method"),
        ("{method: fixed}", "analyses[1].reconstruct.method", '"fixed"', "a named method"),
        ("{trials: 2.5}", "analyses[1].reconstruct.trials", '"2.5"', "a whole number from 1 to 100"),
        ("{assume: []}", "analyses[1].reconstruct.assume", "an empty list", "at least one trial"),
        ("{assume: [{trial: X, control_total: 3}]}", "assume[1].note", "no such key", "the key note"),
        ("{assume: [{trial: X, note: {nb: a, en: b}}]}", "assume[1]", "no figure", "at least one of"),
        ("{assume: [{trial: X, control_total: -3, note: {nb: a, en: b}}]}", "control_total", '"-3"',
         "a whole number from 0"),
        ("{assume: [{trial: X, control_total: 0, note: {nb: a, en: b}}]}", "control_total", '"0"',
         "at least 1 participant"),
        ("{assume: [{trial: X, control_events: 4, control_total: 3, note: {nb: a, en: b}}]}",
         "control_events", '"4"', "at most control_total 3"),
        ("{assume: [{trial: X, estimate: 2, note: {nb: a, en: b}}]}", "estimate", '"2"', "for RR only"),
        ("{assume: [{trial: X, control_total: 3, source: who, note: {nb: a, en: b}}]}", "source", '"who"',
         "one of toy"),
        ("{assume: [{trial: X, control_total: 3, note: {nb: a, en: b}}, "
         "{trial: X, experimental_total: 3, note: {nb: a, en: b}}]}", "assume[2].trial", '"X"',
         "each trial once"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_key_stops_the_review(
    toy: Toy, asked: str, column: str, found: str, expected: str
) -> None:
    folder = toy("toy")
    ask(folder, asked)
    form, problems, _ = read_transcribed(sealed(folder), "raw/toy", SCHEMA)
    assert form is None
    assert len(problems.errors) == 1, problems.errors
    problem = problems.errors[0]
    assert column in problem.column
    assert found in problem.found
    assert expected in problem.expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("{estimate: -1, ci_low: -2}", "estimate, ci_low and ci_high together"),
        ("{estimate: 1, ci_low: -2, ci_high: 0}", "between ci_low and ci_high"),
        ("{control_events: 1}", "for MD only estimate"),
    ],
)
def test_a_mistake_in_an_assumed_estimate_stops_the_review(toy: Toy, asked: str, expected: str) -> None:
    folder = toy("toy")
    entry = asked.replace("}", ", trial: X, note: {nb: a, en: b}}")
    ask(folder, f"{{assume: [{entry}]}}", "unit: {nb: poeng, en: points}\n")
    form, problems, _ = read_transcribed(sealed(folder), "raw/toy", SCHEMA)
    assert form is None
    assert [expected in problem.expected for problem in problems.errors] == [True]


def test_the_page_says_what_was_found_in_both_languages(
    pfmt: tuple[NormalForm, Reconstruction], tmp_path: Path
) -> None:
    form, done = pfmt
    write_reconstruction(tmp_path, done)
    nb, en = (reconstruction_view(tmp_path, form, language) for language in LANGUAGES)
    lines = [line for block in en["blocks"] for each in block["cases"] for line in each["lines"]]
    assert "Exactly 6 tables agree." in lines
    assert any("recalled, not verified" in line for line in lines)
    norwegian = [line for block in nb["blocks"] for each in block["cases"] for line in each["lines"]]
    assert "Nøyaktig 6 tabeller stemmer." in norwegian
    assert any("6\u00a0520" in line for line in norwegian)
    rows = en["blocks"][0]["cases"][0]["solutions"]
    assert {row["status"] for row in rows} == {"reported", "derived", "reconstructed"}
    assert all(text.nb and text.en and text.nb != text.en for text in TEXTS.values())


def test_the_page_says_where_the_method_of_the_ranges_is_from(
    pfmt: tuple[NormalForm, Reconstruction], tmp_path: Path
) -> None:
    form, done = pfmt
    write_reconstruction(tmp_path, done)
    template = environment(ROOT / "workflow" / "report").get_template("_reconstruction.html.j2")
    for origin, said in ((MethodFrom.DECLARED, "declared"), (MethodFrom.ASSUMED, "assumed")):
        own = tuple(replace(each, method_from=origin) for each in form.analyses)
        view = {"reconstruction": reconstruction_view(tmp_path, replace(form, analyses=own), "en")}
        view["arms"] = {"experimental": "a", "control": "b"}
        words = {name: text.en for name, text in WORDS.items()}
        page = template.render(v=view, w=words, language="en")
        assert set(re.findall(r"(\w+) method</span>", page)) == {said}


@pytest.mark.slow
def test_the_workflow_writes_it_and_a_stopped_review_has_empty_tables(toy: Toy, tmp_path: Path) -> None:
    sealed(with_unknown(toy("known")))
    broken = toy("broken")
    change(broken / "studies.csv", "reported,5,50", "reported,55,50")
    sealed(broken)
    run = run_snakemake(tmp_path)
    assert run.returncode == 1, run.stderr  # for the broken review alone
    results = tmp_path / "results"
    with (results / "known" / "reconstruction.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["given"] == "rows"]
    assert [(row["trial"], row["status"]) for row in rows] == [
        ("Ås 2001", "reported"), ("Bø 2002", "reconstructed")
    ]  # fmt: skip
    page = (results / "known" / "index.html").read_text("utf-8")
    assert page.count('id="en-reconstruction"') == page.count('href="#en-reconstruction"') == 1
    assert "Exactly one table agrees." in page
    record = json.loads((results / "broken" / "reconstruction.json").read_text("utf-8"))
    assert record == {"cases": [], "bounds": []}
    assert len((results / "broken" / "reconstruction.csv").read_text("utf-8").splitlines()) == 1
    assert "reconstruction" not in (results / "broken" / "index.html").read_text("utf-8").lower()
