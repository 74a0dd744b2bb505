"""What the report pages of a data package say, in both languages: methods, names, counts, commands."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import packages
from conftest import ROOT
from repool.agreement import FAULT, read_fault, write_fault
from repool.figures import forest_plot
from repool.meta_analysis import analyse
from repool.model import MethodFrom, NormalForm
from repool.pages import linked, report_page
from repool.pooled_tables import pooled_tables
from repool.raw_reviews import raw_reviews
from repool.readers.review import read_review
from repool.run_settings import run_settings
from repool.wording import interval, source_name, tally, terms
from report_pages import COMMANDS, pages_of

ONE = [packages.events("Ahl 1998", 12, 60, 20, 58)]
FOUR = [
    *ONE,
    packages.events("Berg 2003", 3, 41, 9, 40),
    packages.events("Foss 2015", 14, 80, 15, 78),
    packages.events("Gran 2016", 7, 50, 11, 52),
]
NONE = [packages.events("Ahl 1998", 0, 60, 0, 58)]


def package(folder: Path, *, settings: bool) -> NormalForm:
    """A package of an analysis with four trials, one with one trial, one without events, a hazard ratio."""
    hazards = [{"Study": "Ahl 1998", "GIV Mean": -0.31, "GIV SE": 0.2, "Experimental N": 60, "Control N": 58}]
    outcomes = [
        packages.outcome("1.1", "Falls", "Dichotomous", "Risk Ratio", FOUR, method="MH"),
        packages.outcome("1.2", "Deaths", "Dichotomous", "Risk Ratio", ONE, method="MH"),
        packages.outcome("1.3", "Harms", "Dichotomous", "Risk Ratio", NONE, method="MH"),
        packages.outcome("1.4", "Time to fall", "Contrast level", "Hazard Ratio", hazards),
    ]
    texts = packages.package(outcomes, "new", folder / "made")
    review = folder / "raw" / "CD990001"
    review.mkdir(parents=True)
    for name, text in texts.items():
        if settings or "settings" not in name:
            (review / name).write_text(text, "utf-8")
    return read(folder)[0]


def read(folder: Path):
    return read_review(raw_reviews(folder / "raw")[0]["CD990001"], "raw", Path("no-schema.json"))


def main_of(page: str, language: str) -> str:
    """What one language shows, tags left out."""
    found = re.search(rf'<main lang="{language}".*?</main>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found.group(0)).replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def undeclared(tmp_path_factory: pytest.TempPathFactory) -> tuple[NormalForm, str]:
    """A package without settings, and its report."""
    folder = tmp_path_factory.mktemp("bare")
    form = package(folder, settings=False)
    _, problems, sums = read(folder)
    return form, pages_of(form, folder / "CD990001", problems, sums, audited=False)["index.html"]


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> tuple[NormalForm, str]:
    """The same with its settings file."""
    folder = tmp_path_factory.mktemp("whole")
    form = package(folder, settings=True)
    _, problems, sums = read(folder)
    return form, pages_of(form, folder / "CD990001", problems, sums)["index.html"]


# the method, and where it is from


def origins(form: NormalForm) -> Mapping[str, MethodFrom]:
    return {each.analysis: each.method_from for each in form.analyses}


def test_a_method_is_declared_identified_or_assumed(undeclared, declared):
    assert set(origins(declared[0]).values()) == {MethodFrom.DECLARED}
    found = origins(undeclared[0])
    assert (found["1.1"], found["1.2"], found["1.3"]) == ("identified", "assumed", "assumed")
    single = next(each for each in undeclared[0].analyses if each.analysis == "1.2")
    assert "identified from" not in single.note.en
    assert "One trial has all the weight" in single.note.en
    assert "Ett forsøk har all vekten" in single.note.nb


def test_an_effect_without_its_plot_stands_with_its_method(undeclared, declared):
    english, norwegian = (main_of(undeclared[1], language) for language in ("en", "nb"))
    assert re.search(
        r"1\.1 Falls Risk ratio 0\.\S+ \(.*?\)\. Method, identified from published figures: M-H", english
    )
    assert re.search(r"1\.2 Deaths Risk ratio .*? Assumed method, not declared:", english)
    assert "1.3 Harms No estimable trial. Read as" in english
    assert "Metode, funnet av publiserte tall: M-H" in norwegian
    assert "eclared method" not in english.replace("not declared", "")
    assert "Declared method: M-H, common effect" in main_of(declared[1], "en")
    assert "declared method" in main_of(declared[1], "en")


def test_a_plot_says_where_its_method_is_from(undeclared, declared):
    def footnotes(form: NormalForm, name: str) -> str:
        return " ".join(forest_plot(form, analyse(form), name, "en").footnotes)

    assert "Method, identified from published figures: M-H" in footnotes(undeclared[0], "1.1")
    assert "Assumed method, not declared:" in footnotes(undeclared[0], "1.2")
    assert "ethod" not in footnotes(declared[0], "1.1")


def test_means_and_sds_of_a_plot_are_rounded_as_one_would_type_them(tmp_path):
    rows = [packages.means("Ahl 1998", 150.81, 1275.606258, 12, 0.00123456, 0.5, 12)]
    outcomes = [packages.outcome("1.1", "Pain", "Continuous", "Mean Difference", rows)]
    (tmp_path / "raw" / "CD990001").mkdir(parents=True)
    for name, text in packages.bare(outcomes, "new").items():
        (tmp_path / "raw" / "CD990001" / name).write_text(text, "utf-8")
    form = read(tmp_path)[0]
    row = forest_plot(form, analyse(form), "1.1", "en").groups[0].rows[0]
    assert (row.experimental, row.control) == (("150.81", "1275.61", "12"), ("0.00123", "0.5", "12"))


# names and texts of the data


def test_a_norwegian_page_names_things_in_norwegian(undeclared, declared):
    text = main_of(declared[1], "nb")
    assert "Hasardratio" in text
    assert "Hazard" not in text
    assert "Datapakke fra Cochrane-biblioteket: se vilkårene" in text
    assert "see the terms" not in text
    assert "datapakken CD990001-data-rows.csv:2" in text
    assert '<dt>Datapakken</dt><dd lang="en">Data package' in declared[1]
    assert source_name("fhi", "nb") == "fhi"
    assert terms("CC BY 4.0", "nb") == "CC BY 4.0"


def test_english_messages_are_announced_and_marked(tmp_path):
    package(tmp_path, settings=True)
    rows = next((tmp_path / "raw" / "CD990001").glob("*data-rows.csv"))
    rows.write_text(rows.read_text("utf-8").replace("12", "x"), "utf-8")
    form, problems, sums = read(tmp_path)
    assert form is None
    page = pages_of(form, tmp_path / "CD990001", problems, sums)["index.html"]
    assert "Meldingene nedenfor finnes bare på engelsk." in main_of(page, "nb")
    assert page.count('<ul class="problems" lang="en">') == 2


def test_a_doi_is_a_link_and_nothing_else_is():
    text = linked("Cochrane <b>, CD1. doi:10.1002/14651858.CD1.pub2.")
    assert text == (
        "Cochrane &lt;b&gt;, CD1. "
        '<a href="https://doi.org/10.1002/14651858.CD1.pub2">doi:10.1002/14651858.CD1.pub2</a>.'
    )
    assert linked("no doi: at all") == "no doi: at all"
    assert '"' not in linked('doi:10.1002/x"onclick=y').replace('<a href="', "").replace('">', "")


# nothing empty, nothing twice


def test_a_report_without_published_figures_has_no_empty_section(undeclared, declared):
    assert "Publiserte tall, ett for ett" not in main_of(undeclared[1], "nb")
    assert "Publiserte tall, ett for ett" in main_of(declared[1], "nb")


def test_pooled_tables_have_no_rows_of_dashes_and_none_twice(undeclared):
    form = undeclared[0]
    tables = pooled_tables(form, analyse(form), "en")
    assert all(row["effect"] != "–" for table in tables for row in table["rows"])
    assert [bool(table["rows"]) for table in tables] == [True, True, False, True]
    assert tables[2]["none"] == "No estimable trial."
    for table in tables:
        shown = [(row["subgroup"], row["label"]) for row in table["rows"]]
        assert len(set(shown)) == len(shown)
    assert len(tables[0]["rows"]) > 2
    assert len(tables[1]["rows"]) == 1


def test_counts_need_no_plural_and_leave_out_what_is_none():
    assert tally([("exact", 1), ("minor", 0), ("major", 12)]) == "exact: 1; major: 12"


# numbers


@pytest.mark.parametrize(
    ("figures", "shown"),
    [
        ((0.06, 0.0012, 2.95), "0.06 (0.0012 to 2.95)"),
        ((0.52, 0.34, 0.70), "0.52 (0.34 to 0.70)"),
        ((-0.4, -0.9, -0.0041), "-0.40 (-0.90 to -0.0041)"),
        ((0.001, -0.52, 0.52), "0.00 (-0.52 to 0.52)"),
        ((1.0, 0.0, 2.0), "1.00 (0.00 to 2.00)"),
    ],
)
def test_a_limit_that_is_not_0_is_not_shown_as_0(figures, shown):
    assert interval(*figures, 2, "en").replace("\u2212", "-") == shown


# commands


def test_commands_repeat_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("data/raw", "my reviews"):
        (tmp_path / name).mkdir(parents=True)
    assert run_settings({}).command("forest=all") == "snakemake --config forest=all"
    asked = {"raw": "my reviews", "results": "out", "audit": "all", "forest": "none", "shards": 4}
    made = run_settings(asked)
    assert made.command("forest=all") == (
        "snakemake --config 'raw=my reviews' results=out audit=all forest=all"
    )
    assert made.shown_results == "out"
    absolute = run_settings({"raw": str(tmp_path / "my reviews"), "results": str(tmp_path / "out")})
    assert str(tmp_path) not in absolute.command("audit=all") + absolute.shown_results
    assert "raw=<your raw folder>" in absolute.command("audit=all")


def test_the_example_of_a_trace_is_a_figure_that_there_is(undeclared, declared):
    assert "trace results/CD990001/pooled.csv:2:estimate" in main_of(declared[1], "en")
    assert "draw it" in main_of(undeclared[1], "en")
    assert "audit it" in main_of(undeclared[1], "en")


def test_a_way_to_a_figure_names_many_trials_as_the_first_to_the_last(declared):
    links = re.findall(r'<a href="#(en-way-[^"]+)">Ahl 1998 – Gran 2016 \(4\)</a>', declared[1])
    assert links
    assert all(f'<li id="{each}"><span class="small">Ahl 1998' in declared[1] for each in links)


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"step": "report"}'])
def test_a_damaged_fault_is_still_a_fault_of_no_step(tmp_path, damaged):
    write_fault(tmp_path, "report", "writing the report", "KeyError: x")
    assert read_fault(tmp_path)["step"] == "report"
    (tmp_path / FAULT).write_text(damaged, "utf-8")
    assert read_fault(tmp_path)["step"] == ""
    (tmp_path / FAULT).unlink()
    assert read_fault(tmp_path) is None


def test_a_review_that_the_report_stopped_has_a_page_all_the_same(tmp_path):
    form = package(tmp_path, settings=True)
    _, problems, sums = read(tmp_path)
    out = tmp_path / "CD990001"
    pages_of(form, out, problems, sums)
    write_fault(out, "report", "writing the report", "KeyError: x")
    page = report_page(out, ROOT / "workflow" / "report", {}, COMMANDS)["index.html"]
    assert "Oversikten er stoppet" in main_of(page, "nb")
