"""Attacks through the real workflow and in a real browser: refused with a precise message, or harmless."""

import base64
import csv
import hashlib
import json
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from selenium import webdriver

import attacks
import revman5_files
from conftest import run_snakemake
from repool.raw_reviews import raw_reviews
from repool.readers.delimited import MAX_COLUMNS, MAX_ROWS
from repool.readers.package.archive import MAX_UNPACKED
from repool.readers.package.table import clean
from repool.readers.problems import UNPRINTABLE
from repool.readers.revman5 import xml_file
from repool.readers.revman_rows import TrialNames
from repool.readers.seal import printable
from repool.readers.text_file import MAX_BYTES, on_one_line
from repool.summary import refused
from repool.tables import write_bytes
from test_browser import CHECKS, Page, browser, nothing_ran, opened  # noqa: F401

LINK, HIDDEN_NAME = "a link", "a name with characters that nobody sees"
XML = "a document type or entity"
#: Reviews that are stopped: the file that the one message names, and what it says was found.
REFUSED = {
    "zip-slip": (".zip", "a name that leads out of the zip: ../../CD1-data-rows.csv"),
    "zip-root": (".zip", "a name that leads out of the zip: /tmp/CD1-data-rows.csv"),
    "zip-bomb": ("/CD1-data-rows.csv", "a file that unpacks to over 5 MB"),
    "zip-layers": ("/CD1-data-rows.csv", f"a package that unpacks to over {MAX_UNPACKED // 10**6} MB"),
    **{f"xml-{name}": (".rm5", XML) for name in ("laughs", "external", "parameter", "type")},
    "xml-way": (".rm5", '"../../x"'),
    "yaml-object": ("/review.yaml", "the tag !!python/object/apply:os.system"),
    "yaml-own-tag": ("/review.yaml", "the tag !run"),
    "yaml-laughs": ("/review.yaml", "an alias (*a)"),
    "yaml-merge": ("/review.yaml", '"<<"'),
    "yaml-deep": ("/review.yaml", "broken YAML (structure too deep)"),
    "yaml-way": ("/review.yaml", '"../../stay"'),
    "yaml-address": ("/review.yaml", '"javascript:alert(1)"'),
    "yaml-nul": ("/review.yaml", "the invisible character U+0000"),
    "yaml-long": ("/review.yaml", '"xxxxxxxxxx'),
    "yaml-huge": ("/review.yaml", "2000942 characters"),
    **{
        f"hidden-{name}": ("/studies.csv", f"the invisible character U+{ord(text[0]):04X}")
        for name, text in attacks.HIDDEN.items()
        if name != "nul"
    },
    "big": ("/big-data-rows.csv", f"over {MAX_BYTES // 10**6} MB"),
    "long-cell": ("-data-rows.csv", "broken CSV (field larger than field limit"),
    "long-field": ("/studies.csv", "broken CSV (field larger than field limit"),
    "rows": ("/studies.csv", f"more than {MAX_ROWS} rows"),
    "columns": ("/studies.csv", "50020 columns"),
    **{f"link-{name}": ("/notes.csv", LINK) for name in ("file", "folder", "dead", "zero", "loop")},
    "link-yaml": ("/review.yaml", LINK),
    "link-seal": ("/SHA256SUMS", LINK),
    "linked": ("/linked", LINK),
    "root": ("/root", LINK),
    "loose-CD1": ("/loose-CD1-data-rows.csv", LINK),
    "pipe": ("/studies.csv", "a pipe or device"),
    "name-line": ("/a b.txt", HIDDEN_NAME),
    "name-turned": ("/a\ufffdb.txt", HIDDEN_NAME),
}
#: Reviews that are computed; their texts are shown as texts.
HARMLESS = ("good", *attacks.SHOWN, "text-package", "text-lines", "xml-markup", "hidden-package",
            "long-name", "name-long")  # fmt: skip
#: Messages that come more than once: of each alias, each number, each part of a name.
SEVERAL = ("long-cell", "xml-way", "yaml-laughs", "yaml-merge")
SHOWN = (*attacks.SHOWN, "text-package", "xml-markup")
PAGES = ("index.html", *(f"{review}/{page}" for review in SHOWN for page in ("index.html", "findings.html")),
         *(f"{review}/worked/death.html" for review in attacks.SHOWN), "link-file/index.html")  # fmt: skip

slow = pytest.mark.slow


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One run over all attacks at once: (the folder it worked in, what it said)."""
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "raw").mkdir()
    attacks.write_attacks(folder / "raw", folder / "outside")
    return folder, run_snakemake(folder, forest="all", audit="all")


Attacked = tuple[Path, subprocess.CompletedProcess[str]]


def table(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def own_files(results: Path) -> Iterator[Path]:
    """What the workflow itself wrote of the reviews, without the copies of input and code."""
    for path in results.rglob("*"):
        parts = path.relative_to(results).parts
        if path.is_file() and not {"input", "code"} & set(parts[1:2]) and parts[0] != ".steps":
            yield path


# --- the run --------------------------------------------------------------------------------------------


@slow
def test_the_run_ends_by_itself_and_says_which_reviews_it_stopped(attacked: Attacked) -> None:
    folder, run = attacked
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "RuleException" not in run.stderr
    assert "failed while" not in run.stderr
    results = folder / "results"
    states = {path.parent.name: json.loads(path.read_text("utf-8"))["state"]
              for path in results.glob("*/review.json")}  # fmt: skip
    assert states == dict.fromkeys(REFUSED, "stopped") | dict.fromkeys(HARMLESS, "accepted")
    assert (results / ".steps" / "provenance.json").is_file()  # every step reached its end
    assert not list(results.rglob("fault.json"))


@slow
@pytest.mark.parametrize("name", REFUSED)
def test_an_attack_is_refused_with_its_place(attacked: Attacked, name: str) -> None:
    file, found = REFUSED[name]
    errors = table(attacked[0] / "results" / name / "problems.csv")
    assert errors[0]["file"].endswith(file)
    assert errors[0]["found"].startswith(found)
    assert errors[0]["expected"]
    assert errors[0]["remedy"]
    assert len(errors) == 1 or name in SEVERAL


@slow
def test_nothing_is_written_outside_the_results_and_nothing_read_from_outside(attacked: Attacked) -> None:
    folder, _ = attacked
    assert {path.name for path in folder.iterdir()} == {"raw", "outside", "results", ".snakemake"}
    assert not (folder / "raw" / "made").exists()
    assert not Path("/tmp", attacks.ROWS).exists()
    held = [path for path in (folder / "results").rglob("*") if path.is_file()]
    assert not [path for path in held if attacks.SECRET.encode() in path.read_bytes()]
    assert not [path for path in (folder / "results").rglob("*") if path.is_symlink()]
    for name in ("link-file", "link-seal", "linked", "root", "loose-CD1"):
        assert [path.name for path in (folder / "results" / name / "input").iterdir()] == ["SHA256SUMS"]


@slow
def test_a_name_that_results_cannot_have_is_refused_by_name(attacked: Attacked) -> None:
    results = attacked[0] / "results"
    stopped = (results / "stopped.txt").read_text("utf-8").splitlines()
    assert {*stopped} == {*REFUSED, *map(printable, attacks.NAMES)}
    assert 'Parquet: found the folder name "Parquet"; expected letters' in str(
        refused("Parquet", []).problems
    )
    reviews = {*REFUSED, *HARMLESS}
    beside = {path.name for path in results.iterdir()} - reviews
    assert {name for name in beside if name[0] != "."} == {
        "index.html", "index.log", "verdicts.csv", "overview.txt", "stopped.txt", "parquet", "parquet.log",
        "provenance.log",
    }  # fmt: skip
    assert (results / "index.html").is_file()


@slow
def test_no_character_that_nobody_sees_is_in_any_result(attacked: Attacked) -> None:
    """Of a replaced name there is the sign for what was there."""
    texts = [path for path in own_files(attacked[0] / "results")
             if path.suffix in (".csv", ".html", ".json", ".txt", ".svg", ".md", ".log")]  # fmt: skip
    assert len(texts) > 500
    for path in texts:
        assert not UNPRINTABLE.search(path.read_text("utf-8").replace("\ufffd", "")), path
    rows = table(attacked[0] / "results" / "hidden-package" / "studies.csv")
    clear = [f"Ås{'[31m' if name == 'escape' else ''} " for name in attacks.HIDDEN]
    assert [row["trial"] for row in rows] == [f"{text}{2001 + at}" for at, text in enumerate(clear)]


@slow
def test_a_line_within_a_name_is_no_line_of_the_results(attacked: Attacked) -> None:
    folder = attacked[0] / "results" / "text-lines"
    assert "Ås 2001 Result" in {row["trial"] for row in table(folder / "effects.csv")}
    lines = (folder / "worked" / "death.en.txt").read_text("utf-8").splitlines()
    assert "Ås 2001 Result (studies.csv:2)" in lines


# --- spreadsheets ---------------------------------------------------------------------------------------


@slow
@pytest.mark.parametrize("review", SHOWN[:-1])
def test_a_text_stays_as_it_is_in_csv_and_is_a_text_in_the_workbook(attacked: Attacked, review: str) -> None:
    folder = attacked[0] / "results" / review
    texts = attacks.SHOWN.get(review, ("", *attacks.TEXTS))[1:]
    assert {*texts} <= {row["trial"] for row in table(folder / "effects.csv")}
    book = openpyxl.load_workbook(folder / "audit.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {*texts} <= {cell.value for cell in cells if cell.data_type == "s"}
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    assert len(formulas) > 20
    assert not [each for each in formulas if any(sign in each for sign in ("127.0.0.1", "cmd|", "(1+1)"))]


# --- pages ----------------------------------------------------------------------------------------------


class Parts(HTMLParser):
    """The policies of a page, the texts of its style sheets and scripts, and attributes that could run."""

    def __init__(self) -> None:
        super().__init__()
        self.policies: list[str] = []
        self.inside: dict[str, list[str]] = {"style": [], "script": []}
        self.running: list[str] = []
        self.links: list[str] = []
        self.open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policies.append(given["content"])
        self.running += [name for name in given if name.startswith("on") or name in ("style", "srcdoc")]
        self.links += [given[name] for name in ("href", "src") if name in given]
        if tag in self.inside:
            self.inside[tag].append("")
            self.open = tag

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open:
            self.inside[self.open][-1] += data


def sources(texts: list[str]) -> set[str]:
    return {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts}


@slow
def test_the_policy_of_every_page_lets_its_own_style_and_script_run_by_hash_alone(attacked: Attacked) -> None:
    pages = sorted((attacked[0] / "results").rglob("*.html"))
    assert len(pages) > 100
    for path in pages:
        parts = Parts()
        parts.feed(path.read_text("utf-8"))
        (policy,) = parts.policies
        rules = {rule.split()[0]: {*rule.split()[1:]} for rule in policy.split(";")}
        assert rules["default-src"] == {"'none'"}
        assert rules["base-uri"] == {"'none'"}
        assert rules["style-src"] == sources(parts.inside["style"])
        assert rules.get("script-src", set()) == sources(parts.inside["script"])
        assert bool(parts.inside["script"]) == (path.parent.name == "results")
        assert parts.running == []
        assert not [each for each in parts.links if each.strip().lower().startswith(("javascript:", "vbs"))]


@pytest.fixture(scope="module", params=PAGES)
def page(attacked: Attacked, browser: webdriver.Chrome, request: pytest.FixtureRequest) -> Page:  # noqa: F811
    browser.get("about:blank")  # the page that the browser began with may still be loading
    return opened(browser, attacked[0] / "results" / request.param)


@slow
@pytest.mark.parametrize("check", ["console_is_silent", "nothing_is_fetched", "nothing_can_run",
                                   "links_lead_somewhere", "ids_are_unique"])  # fmt: skip
def test_a_page_of_hostile_texts_in_the_browser(page: Page, check: str) -> None:
    assert CHECKS[check](page) == []
    nothing_ran(page)


@slow
@pytest.mark.parametrize("review", attacks.SHOWN)
def test_hostile_texts_are_seen_as_they_were_typed(
    attacked: Attacked, browser: webdriver.Chrome, review: str  # noqa: F811
) -> None:  # fmt: skip
    title, *trials = attacks.SHOWN[review]
    page = opened(browser, attacked[0] / "results" / review / "index.html")
    page.ask("choose", "en")
    assert browser.title.endswith(f"/ {title}")
    assert page.texts("h1") == [title]
    assert page.texts("[aria-labelledby=en-trials] tbody th")[:2] == trials
    for plot in sorted((page.file.parent / "forest").glob("*.svg")):
        alone = opened(browser, plot)
        nothing_ran(alone)
        assert alone.console == []
        assert [url for url in alone.requests if url != plot.as_uri() and not url.startswith("data:")] == []


@slow
def test_the_policy_stops_what_would_get_into_a_page(
    attacked: Attacked, browser: webdriver.Chrome, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    """Were a text ever written as it is, the page's policy would keep it from running and loading."""
    evil = ("<script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\">"
            "<script src='http://127.0.0.1:9/x.js'></script><img src='http://127.0.0.1:9/x.png'>"
            "<style>main { display: none }</style><iframe src='http://127.0.0.1:9/'></iframe>")  # fmt: skip
    for name in ("index.html", "good/index.html"):
        text = (attacked[0] / "results" / name).read_text("utf-8")
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("<h1>", f"{evil}<h1>"), "utf-8")
        page = opened(browser, path)
        assert browser.title != "ran"
        assert page.ask("mains") == ["nb"]
        assert len([line for line in page.console if "Content Security Policy" in line]) >= 5
        bare = path.with_name("bare.html")
        bare.write_text(path.read_text("utf-8").replace("Content-Security-Policy", "nothing"), "utf-8")
        opened(browser, bare)
        assert browser.title == "ran"  # without the policy, it does run


# --- what the run rests on, by itself -------------------------------------------------------------------


def test_a_link_a_pipe_and_a_hidden_name_are_found_and_links_never_followed(tmp_path: Path) -> None:
    attacks.write_links(tmp_path / "raw", tmp_path / "outside")
    attacks.write_names(tmp_path / "raw")
    reviews, names = raw_reviews(tmp_path / "raw")
    found = {name: [*each.strange().values()] for name, each in reviews.items()}
    assert found == {
        **{name: [REFUSED[name][1]] for name in REFUSED if name in reviews},
        "name-long": [],
    }
    assert len(found) == 14
    assert names.keys() == {printable(name) for name in attacks.NAMES}
    assert reviews["root"].files == ()
    before = reviews["linked"].digest()
    (tmp_path / "outside" / "folder" / "more.csv").write_text("more", "utf-8")
    assert raw_reviews(tmp_path / "raw")[0]["linked"].digest() == before


@pytest.mark.parametrize("hidden", attacks.HIDDEN.values(), ids=attacks.HIDDEN)
def test_a_text_of_a_package_loses_what_nobody_sees(hidden: str) -> None:
    assert clean(f"A{hidden}B") == ("A[31mB" if "[" in hidden else "AB")


def test_a_text_on_one_line() -> None:
    assert on_one_line(" a\n\n b\tc ") == "a b c"
    assert on_one_line(" a  b ") == "a  b"


def test_a_file_of_the_longest_name_can_be_written(tmp_path: Path) -> None:
    write_bytes(tmp_path / ("å" * 120), b"x")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"x"]


def test_a_trial_many_times_in_one_total_takes_no_longer_each_time() -> None:
    names = TrialNames()
    assert [names.distinct("1.1", "", trial) for trial in ("A", "A (2)", "A", "A", "B")] == [
        "A", "A (2)", "A (3)", "A (4)", "B",
    ]  # fmt: skip
    many = [names.distinct("1.2", "", "A") for _ in range(50_000)]
    assert many[-1] == "A (50000)"


def test_a_revman_5_file_of_too_many_elements_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_file, "MAX_ELEMENTS", 100)
    form, problems = revman5_files.read(revman5_files.rm5(revman5_files.every_kind()), tmp_path)
    assert form is None
    (problem,) = problems.errors
    assert problem.found == "more than 100 elements"


def test_limits_are_above_what_reviews_have() -> None:
    assert MAX_ROWS >= 10_000
    assert MAX_COLUMNS >= 500
