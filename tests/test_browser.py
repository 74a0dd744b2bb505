"""The pages in a real Chromium: every page of a real run, each check shown to fail on a bad page."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import ROOT, copy_shipped, run_snakemake, sealed
from repool.model import LANGUAGES
from repool.words import WORDS

ACCEPTED = ("bcg-1994", "pfmt-2014", "stroke-los-1999", "hostile")
REPORT = ("index.html", "findings.html")
ANALYSES = {
    "bcg-1994": ("tb-rr", "tb-or", "tb-peto", "tb-rd"),
    "pfmt-2014": ("cure", "improved", "leakage", "quality-of-life", "leakage-independent"),
    "stroke-los-1999": ("length-of-stay",),
    "hostile": ("death", "pain", "stay"),
}
PAGES = [
    "index.html",
    *(f"{review}/{name}" for review in (*ACCEPTED, "broken") for name in REPORT),
    *(f"{review}/worked/{name}.html" for review, names in ANALYSES.items() for name in names),
]
TRIALS = ["<script>alert(1)</script>", '=HYPERLINK("x")']
TITLE = '"><img src=x onerror=alert(1)>'
REASON = "<svg/onload=alert(2)>{{ 7 * 7 }}</style>"
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--window-size=1280,900",
)  # fmt: skip
SCRIPT, LIB = ((ROOT / p).read_text("utf-8") for p in ("workflow/report/index.js", "tests/browser_checks.js"))
IN_PAGE = f"const INDEX_SCRIPT = {json.dumps(SCRIPT)};\n{LIB}"


def needed(*programs: str) -> None:
    """Skip, visibly, where a program is missing; on CI that is a failure."""
    if missing := [program for program in programs if not shutil.which(program)]:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop(f"not installed: {', '.join(missing)}")


# --- the browser, the run, a page -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    needed("chromium", "chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def site(browser: webdriver.Chrome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of one real run: the shipped reviews, one that stops and one full of hostile texts."""
    folder = tmp_path_factory.mktemp("site")
    copy_shipped(folder / "raw")
    for name, spoil in (("broken", spoil_a_row), ("hostile", write_hostile_texts)):
        review = folder / "raw" / name
        shutil.copytree(ROOT / "tests" / "data" / "toy", review)
        spoil(review)
        sealed(review)
    run = run_snakemake(folder)
    assert run.returncode == 1, run.stderr  # a stopped review makes the whole run fail, at its end
    results = folder / "results"
    assert {str(each.relative_to(results)) for each in results.rglob("*.html")} == set(PAGES), run.stderr
    return results


def spoil_a_row(review: Path) -> None:
    replace(review / "studies.csv", {"reported,5,50": "reported,55,50"})


def write_hostile_texts(review: Path) -> None:
    first, second = TRIALS
    replace(review / "studies.csv", {"Ås 2001": first, "Bø 2002": '"' + second.replace('"', '""') + '"'})
    titles = {"nb: Lekeoversikt": f"nb: 'Leke{TITLE}'", "en: Toy review": f"en: 'Toy{TITLE}'"}
    replace(review / "review.yaml", titles | {"findings:": "findings:\n  judge: toy"})
    header = "analysis,judge,certainty,reason_nb,reason_en,source,locator"
    (review / "grade.csv").write_text(f"{header}\npain,toy,low,{REASON},{REASON},toy,table 3\n", "utf-8")


def replace(path: Path, changes: dict[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


@dataclass
class Page:
    """A page open in the browser, with what loading it wrote to the console and asked for."""

    browser: webdriver.Chrome
    file: Path
    console: list[str]
    requests: list[str]

    def ask(self, function: str, *arguments: str) -> Any:
        """Call a function of browser_checks.js."""
        return self.browser.execute_script(f"{IN_PAGE}; return {function}(...arguments)", *arguments)

    def in_each_language(self) -> Iterator[str]:
        for language in reversed(LANGUAGES):
            self.ask("choose", language)
            yield language

    def texts(self, selector: str) -> list[str]:
        """The texts a reader sees, in the order of the page."""
        return self.ask("texts", selector)


def opened(browser: webdriver.Chrome, file: Path) -> Page:
    complaints(browser)
    requested(browser)
    browser.get(file.as_uri())
    return Page(browser, file, complaints(browser), requested(browser))


def complaints(browser: webdriver.Chrome) -> list[str]:
    entries = browser.get_log("browser")
    return [each["message"] for each in entries if each["level"] not in ("INFO", "DEBUG")]


def requested(browser: webdriver.Chrome) -> list[str]:
    events = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


FIRST = ("index.html", "pfmt-2014/index.html", "pfmt-2014/findings.html", "pfmt-2014/worked/cure.html",
         "hostile/index.html", "broken/index.html")  # fmt: skip


def visited() -> Iterator[object]:
    """The pages; those that look like another one wait for the slow tests."""
    for name in PAGES:
        yield name if name in FIRST else pytest.param(name, marks=pytest.mark.slow)


@pytest.fixture(scope="module", params=visited())
def page(browser: webdriver.Chrome, site: Path, request: pytest.FixtureRequest) -> Page:
    return opened(browser, site / request.param)


@pytest.fixture
def visit(browser: webdriver.Chrome, site: Path) -> Callable[[str], Page]:
    return lambda name: opened(browser, site / name)


# --- the checks of every page: each returns what is wrong with it ---------------------------------------


def console_is_silent(page: Page) -> list:
    list(page.in_each_language())
    return page.console + complaints(page.browser)


def nothing_is_fetched(page: Page) -> list:
    assert page.file.as_uri() in page.requests, "the log does not even show the page"
    return [url for url in page.requests if url != page.file.as_uri() and not url.startswith("data:")]


def one_language_is_shown_at_a_time(page: Page) -> list:
    wrong = [] if page.ask("outside") == ["header", "main", "main"] else [page.ask("outside")]
    for language in ("nb", "en", "nb"):
        page.browser.find_element(By.CSS_SELECTOR, f"label[for=choose-{language}]").click()
        wrong += [] if page.ask("mains") == [language] else [(language, page.ask("mains"))]
    return wrong


def keys_choose_the_language(page: Page) -> list:
    page.browser.get(page.file.as_uri())
    wrong = []
    for key, language in ((Keys.TAB, "nb"), (Keys.RIGHT, "en"), (Keys.LEFT, "nb")):
        ActionChains(page.browser).send_keys(key).perform()
        state = [page.ask("focused"), page.ask("mains")]
        wrong += [] if state == [[f"choose-{language}", "solid"], [language]] else [state]
    return wrong


def headings_are_in_the_language_shown(page: Page) -> list:
    own = {
        language: {text[language] for name, text in WORDS.items() if name.startswith("h-")}
        for language in LANGUAGES
    }
    return [text for language in page.in_each_language() for text in {*page.texts("h2")} - own[language]]


def links_lead_somewhere(page: Page) -> list:
    def leads(href: str, in_same_language: bool) -> bool:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            return parts.scheme in ("http", "https") and bool(parts.netloc)
        target = (page.file.parent / unquote(parts.path)).resolve()
        in_results = target.is_file() and target.is_relative_to(page.file.parents[1])
        return in_results and not parts.fragment if parts.path else in_same_language

    return [(href, name) for href, name, same in page.ask("links") if not name or not leads(href, same)]


def fits_narrow_and_wide_screens(page: Page) -> list:
    wrong = []
    for width in (360, 1280):
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        wrong += [(width, language, page.ask("overflow")) for language in page.in_each_language()]
    page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    return [each for each in wrong if each[2]]


def first_printed_page_shows_the_findings(page: Page) -> list:
    lost = []
    for _ in page.in_each_language():
        below = page.texts(".findings") or page.texts("h2, table, .problems")
        seen = page.texts("h1") + (below[:1] if page.file.parent.name == "worked" else below)
        options = {"preferCSSPageSize": True, "pageRanges": "1"}
        pdf = base64.b64decode(page.browser.execute_cdp_cmd("Page.printToPDF", options)["data"])
        assert pdf.startswith(b"%PDF-")
        needed("pdftotext")
        printed = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout
        lost += sorted({*" ".join(seen).split()} - {*printed.decode().split()})
    return lost


def in_page(name: str, page: Page) -> list:
    return [wrong for _ in page.in_each_language() for wrong in page.ask(f"checks.{name}")]


CHECKS: dict[str, Callable[[Page], list]] = {
    function.__name__: function
    for function in (
        console_is_silent, nothing_is_fetched, one_language_is_shown_at_a_time, keys_choose_the_language,
        headings_are_in_the_language_shown, links_lead_somewhere, fits_narrow_and_wide_screens,
        first_printed_page_shows_the_findings,
    )
} | {
    name: partial(in_page, name)
    for name in (
        "nothing_can_run", "images_load_and_are_described", "headings_go_step_by_step", "ids_are_unique",
        "tables_have_headers", "scroll_regions_are_labelled", "languages_are_marked", "text_stands_out",
    )
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_page(page: Page, name: str) -> None:
    assert CHECKS[name](page) == []


BAD = """<!doctype html><html lang="en"><title>Bad</title><style>label { color: #999 }</style><body>
<label for="choose-nb">Norsk</label><input type="radio" name="l" id="choose-nb" onclick="void 0">
<label for="choose-en">English</label><input type="radio" name="l" id="choose-en">
<main lang="nb" id="same"><h1>One</h1><h3>Three</h3><img src="http://127.0.0.1:9/x.png"><img src="gone.png">
<a href="#gone">a</a><a href="gone.html">b</a><div class="scroll" style="width: 2000px">wide</div></main>
<main lang="en" id="same"><h1>Two</h1><h2>To</h2><table class="findings"><tr><td>Cell</td></tr></table>
<table class="findings" style="break-before: page"><tr><td>Late</td></tr></table></main>
<script>console.error("bad")</script>"""


@pytest.fixture(scope="module")
def bad_page(browser: webdriver.Chrome, tmp_path_factory: pytest.TempPathFactory) -> Page:
    file = tmp_path_factory.mktemp("bad") / "bad" / "index.html"
    file.parent.mkdir()
    file.write_text(BAD, "utf-8")
    return opened(browser, file)


@pytest.mark.parametrize("name", CHECKS)
def test_check_finds_what_is_wrong_with_a_bad_page(bad_page: Page, name: str) -> None:
    assert CHECKS[name](bad_page) != []


# --- what single pages must show ------------------------------------------------------------------------

FINDINGS = {
    "nb": [
        ("Kvinner som er kurert for stressinkontinens (selvrapportert)", "8,38 (3,68 til 19,07)", "Middels"),
        ("Kvinner som er kurert eller bedre av stressinkontinens (selvrapportert)", "17,00 (4,25", "Lav"),
        ("Urinlekkasjer per døgn", "−1,21 (−1,52 til −0,89) lekkasjer per døgn", "Lav"),
        ("Livskvalitet", "Tall vises ikke: svært lav tillit", "Svært lav"),
    ],
    "en": [
        ("Women cured of stress incontinence (self-reported)", "8.38 (3.68 to 19.07)", "Moderate"),
        ("Women cured or improved, stress incontinence (self-reported)", "17.00 (4.25 to 67.95)", "Low"),
        ("Leakage episodes per 24 hours", "−1.21 (−1.52 to −0.89) episodes per 24 hours", "Low"),
        ("Quality of life", "Figures not shown: very low certainty", "Very low"),
    ],
}
STATEMENTS = {
    "nb": """Bekkenbunnstrening øker trolig andelen kvinner som opplever seg kurert for stressinkontinens.
Bekkenbunnstrening øker muligens andelen kvinner som opplever seg kurert eller bedre av stressinkontinens.
Bekkenbunnstrening reduserer muligens antall urinlekkasjer per døgn.
Det er usikkert hvordan bekkenbunnstrening virker på livskvaliteten.""",
    "en": """Pelvic floor muscle training probably increases the share of women who consider themselves \
cured of stress incontinence.
Pelvic floor muscle training may increase the share of women who consider their stress incontinence cured or \
improved.
Pelvic floor muscle training may reduce the number of leakage episodes per 24 hours.
It is uncertain how pelvic floor muscle training affects quality of life.""",
}


@pytest.mark.parametrize("name", REPORT)
def test_pfmt_shows_its_four_findings_in_order(visit: Callable[[str], Page], name: str) -> None:
    page = visit(f"pfmt-2014/{name}")
    for language in page.in_each_language():
        rows = page.texts(".findings tbody tr")
        assert len(rows) == 4
        for number, (row, finding) in enumerate(zip(rows, FINDINGS[language], strict=True), start=1):
            outcome, effect, certainty = finding
            assert row.startswith(f"{outcome} {number} ")
            assert effect in row
            assert f" {certainty} " in row
        assert len(page.texts(".footnotes li")) == 4
        if name == "index.html":
            assert page.texts(".statements li") == STATEMENTS[language].splitlines()


@pytest.mark.parametrize("review", ACCEPTED)
def test_every_plot_is_shown_with_its_files(visit: Callable[[str], Page], review: str) -> None:
    page = visit(f"{review}/index.html")
    drawn = {each.stem for each in (page.file.parent / "forest").glob("*.svg")}
    linked = {href for href, _, _ in page.ask("links")}
    assert {f"forest/{name}.{kind}" for name in drawn for kind in ("svg", "pdf", "png")} <= linked
    assert len(page.ask("all", "figure img")) == len(drawn) >= 2


@pytest.mark.parametrize("name", REPORT)
def test_stopped_review_says_why_and_shows_no_result(visit: Callable[[str], Page], name: str) -> None:
    page = visit(f"broken/{name}")
    for language in page.in_each_language():
        assert page.texts("h2") == [WORDS["h-stopped"][language]]
        (problem,) = page.texts(".problems li")
        assert 'studies.csv:2: experimental_events: found "55"' in problem
        assert page.texts("table, img") == []


def test_index_lists_every_review_without_figures_for_a_stopped_one(visit: Callable[[str], Page]) -> None:
    page = visit("index.html")
    page.ask("choose", "en")
    assert len(rows := page.texts(".each tr")) == 5
    assert any(row.startswith("broken stopped – – – –") for row in rows)
    named = "Pelvic floor muscle training for urinary incontinence in women pfmt-2014 computed 43 20 4 19"
    assert any(row.startswith(named) for row in rows)


@pytest.mark.parametrize("name", ["index.html", "hostile/index.html", "hostile/findings.html"])
def test_hostile_texts_are_shown_as_text(visit: Callable[[str], Page], name: str) -> None:
    page = visit(name)
    nothing_ran(page)
    page.ask("choose", "en")
    assert f"Toy{TITLE}" in page.texts("h1, tbody th a")
    if name != "index.html":
        assert page.browser.title == f"Leke{TITLE} / Toy{TITLE}"
        assert any(REASON in note for note in page.texts(".footnotes li"))
    if name == "hostile/index.html":
        assert page.texts("[aria-labelledby=en-trials] tbody th") == TRIALS * 3


def test_footnote_has_the_number_of_its_row(visit: Callable[[str], Page]) -> None:
    page = visit("hostile/findings.html")  # the first row has no footnote
    assert page.texts(".findings tbody th") == ["Død", "Smerte 2"]
    assert [each.get_property("value") for each in page.ask("all", ".footnotes li")] == [2, 2]


def test_plots_of_hostile_texts_opened_alone_run_nothing(visit: Callable[[str], Page], site: Path) -> None:
    plots = sorted((site / "hostile" / "forest").glob("*.svg"))
    assert len(plots) == 6
    for plot in plots:
        page = visit(f"hostile/forest/{plot.name}")
        nothing_ran(page)
        assert page.console == []


def nothing_ran(page: Page) -> None:
    with pytest.raises(NoAlertPresentException):
        _ = page.browser.switch_to.alert
    assert page.ask("foreign", "script, [src=x], [onload]") == []
