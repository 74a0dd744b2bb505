"""The index of some hundreds of reviews in a real Chromium: search, sort, filter, keys, languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from conftest import ROOT
from repool.model import Bilingual
from repool.normal_form import ACCEPTED, STOPPED
from repool.overview import SHOWN, index_page
from repool.summary import Summary
from test_browser import CHECKS, Page, browser, complaints, opened

__all__ = ["browser"]  # the fixture

TEMPLATES = ROOT / "workflow" / "report"
COUNT = 450
#: What needs the folders that the page links to, or the printed page whole on one sheet.
NOT_HERE = ("links_lead_somewhere", "first_printed_page_shows_the_findings")


def made(n: int) -> Summary:
    """Review n of many: every tenth is stopped, every ninth has major differences, some have questions."""
    title = Bilingual(f"Åndenød og trening {n}", f"Breathlessness and training {n}")
    if n % 10 == 0:
        return Summary(f"review-{n}", title, STOPPED, {}, 0, 0, {}, {}, 0, 1, ("made up",))
    verdicts = {"exact": n} | ({"major": n % 100} if n % 9 == 0 else {})
    trials = {"exact": 10, "minor": 1} if n % 7 == 0 else {"exact": 10}
    identified = {"unique": n % 5 + 1} | ({"none": 1} if n % 11 == 0 else {})
    return Summary(f"review-{n}", title, ACCEPTED, verdicts, 0, 0, trials, identified, n % 3, 0, ())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "results" / "index.html"
    path.parent.mkdir()
    path.write_text(index_page([made(n) for n in range(1, COUNT + 1)], TEMPLATES), "utf-8")
    return path


@pytest.fixture
def page(browser: webdriver.Chrome, file: Path) -> Page:
    return opened(browser, file)


def names(page: Page) -> list[int]:
    """The numbers of the reviews that are shown, in their order."""
    return [int(text.rsplit("-", 1)[1]) for text in page.texts(".each small")]


def status(page: Page) -> str:
    return page.texts("[role=status]")[0]


def typed(page: Page, text: str, language: str = "nb") -> None:
    field = page.browser.find_element(By.ID, f"{language}-search")
    field.clear()
    field.send_keys(text)


def chosen(page: Page, select: str, value: str) -> None:
    Select(page.browser.find_element(By.ID, select)).select_by_value(value)


def sorted_by(page: Page, column: int) -> str:
    """Press a column's button; returns how the column then says it is sorted."""
    head = page.browser.find_element(By.CSS_SELECTOR, f"main:lang(nb) thead th:nth-child({column})")
    head.find_element(By.TAG_NAME, "button").click()
    return head.get_attribute("aria-sort") or ""


@pytest.mark.slow
@pytest.mark.parametrize("name", [each for each in CHECKS if each not in NOT_HERE])
def test_page_passes_the_checks_of_every_page(page: Page, name: str) -> None:
    assert CHECKS[name](page) == []


def test_first_rows_are_shown_and_the_others_on_request(page: Page) -> None:
    assert names(page) == [*range(1, SHOWN + 1)]
    assert status(page) == f"Viser {SHOWN} av {COUNT} treff blant {COUNT} oversikter."
    more, everything = page.browser.find_elements(By.CSS_SELECTOR, "main:lang(nb) .more button")
    more.click()
    assert len(names(page)) == 2 * SHOWN
    everything.click()
    assert names(page) == [*range(1, COUNT + 1)]
    assert not more.is_displayed()


def test_search_finds_words_of_title_and_name(page: Page) -> None:
    typed(page, "TRENING andenød 37")  # any order, any case, with or without marks
    assert names(page) == [n for n in range(1, COUNT + 1) if "37" in str(n)]
    assert status(page) == f"Viser {len(names(page))} av {len(names(page))} treff blant {COUNT} oversikter."
    typed(page, "review-44")
    assert names(page) == [44, *range(440, 450)]
    typed(page, "<b>")
    assert names(page) == []
    assert status(page) == f"Viser 0 av 0 treff blant {COUNT} oversikter."


def test_filters_by_state_and_verdict_go_together(page: Page) -> None:
    chosen(page, "nb-state", "stopped")
    assert names(page) == [*range(10, COUNT + 1, 10)]
    chosen(page, "nb-state", "accepted")
    chosen(page, "nb-kind", "major")
    assert names(page) == [n for n in range(9, COUNT + 1, 9) if n % 10]
    for kind, divisor in (("trial-minor", 7), ("none", 11)):
        chosen(page, "nb-kind", kind)
        assert names(page) == [n for n in range(divisor, COUNT + 1, divisor) if n % 10]
    chosen(page, "nb-kind", "questions")
    typed(page, "44")
    assert names(page) == [n for n in range(1, COUNT) if n % 3 and n % 10 and "44" in str(n)]


def test_column_sorts_both_ways_and_stopped_reviews_come_last(page: Page) -> None:
    typed(page, "1")
    found = [n for n in range(1, COUNT + 1) if "1" in str(n)]
    given, stopped = [n for n in found if n % 10], [n for n in found if n % 10 == 0]
    assert len(found) < SHOWN
    assert sorted_by(page, 4) == "descending"  # reproduced
    assert names(page) == [*reversed(given), *stopped]
    assert sorted_by(page, 4) == "ascending"
    assert names(page) == [*given, *stopped]
    assert sorted_by(page, 5) == "descending"  # differing, many alike: those keep their order
    assert names(page) == [*sorted(given, key=lambda n: -(n % 100) if n % 9 == 0 else 0), *stopped]
    assert sorted_by(page, 1) == "ascending"
    assert names(page) == found
    assert len(page.ask("all", "main:lang(nb) thead th:not([aria-sort=none])")) == 1
    page.browser.find_element(By.CSS_SELECTOR, "main:lang(nb) .tools button").click()
    assert names(page) == [*range(1, SHOWN + 1)]
    assert page.ask("all", "thead th:not([aria-sort=none])") == []


def test_language_keeps_what_was_searched_and_sorted(page: Page) -> None:
    typed(page, "trening 4")
    assert names(page) != []
    page.ask("choose", "en")
    assert names(page) == []  # the English titles have another word
    typed(page, "training 40", "en")
    chosen(page, "en-state", "accepted")
    assert names(page) == [*range(401, 410)]
    page.ask("choose", "nb")
    assert page.browser.find_element(By.ID, "nb-search").get_property("value") == "training 40"
    assert page.browser.find_element(By.ID, "nb-state").get_property("value") == "accepted"


def test_everything_works_by_keyboard(page: Page) -> None:
    def press(*keys: str) -> None:
        ActionChains(page.browser).send_keys(*keys).perform()

    page.browser.find_element(By.ID, "choose-nb").send_keys(Keys.TAB)
    press("2")
    assert names(page)[0] == 2
    press(Keys.BACKSPACE, Keys.TAB, Keys.TAB, Keys.TAB)
    focus = page.browser.switch_to.active_element
    assert focus.text == "Nullstill"
    press(Keys.TAB)  # the table itself, to scroll it
    assert page.browser.switch_to.active_element.get_attribute("role") == "group"
    press(Keys.TAB, Keys.ENTER)
    assert page.browser.switch_to.active_element.text == "Oversikt"
    press(Keys.SPACE)
    assert names(page)[0] == COUNT
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert page.browser.execute_script(outline) == "solid"


SHIFTS = """const done = arguments[0]; let sum = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => (sum += each.value)))
    .observe({type: "layout-shift", buffered: true});
setTimeout(() => done(sum), 200);"""


def test_nothing_moves_while_the_page_loads(page: Page) -> None:
    assert page.browser.execute_async_script(SHIFTS) == 0
    widths = "return [...document.querySelectorAll('main:lang(nb) thead th')].map((e) => e.offsetWidth)"
    before = page.browser.execute_script(widths)
    typed(page, "44")
    assert page.browser.execute_script(widths) == before


@pytest.mark.slow
def test_thousands_of_reviews_load_without_a_move(browser: webdriver.Chrome, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(index_page([made(n) for n in range(1, 5001)], TEMPLATES), "utf-8")
    page = opened(browser, file)
    assert page.browser.execute_async_script(SHIFTS) == 0
    assert page.console == []
    assert names(page) == [*range(1, SHOWN + 1)]
    typed(page, "4999")
    assert names(page) == [4999]


def test_policy_stops_every_other_script(browser: webdriver.Chrome, file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "index.html"
    script = '<script>document.title = "run"</script><p onclick="document.title = \'run\'">press</p>'
    bad.write_text(file.read_text("utf-8").replace("</h1>", f"</h1>{script}", 1), "utf-8")
    page = opened(browser, bad)
    page.browser.find_element(By.XPATH, "//p[text()='press']").click()
    assert page.browser.title == "Repool"
    assert len(page.console + complaints(browser)) == 2
    assert status(page) == f"Viser {SHOWN} av {COUNT} treff blant {COUNT} oversikter."


@pytest.fixture
def scriptless(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    yield browser
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_without_script_the_table_is_whole_and_plain(scriptless: webdriver.Chrome, file: Path) -> None:
    page = opened(scriptless, file)
    shown = page.browser.find_elements(By.CSS_SELECTOR, "main:lang(nb) .each tr")
    assert len(shown) == COUNT
    assert shown[-1].is_displayed()
    for selector in (".tools", ".more", ".found"):
        assert not page.browser.find_element(By.CSS_SELECTOR, f"main:lang(nb) {selector}").is_displayed()
    assert page.browser.find_elements(By.CSS_SELECTOR, "thead button") == []
    page.browser.find_element(By.CSS_SELECTOR, "label[for=choose-en]").click()
    assert page.browser.find_element(By.CSS_SELECTOR, "main:lang(en) .each tr").is_displayed()


def test_paper_gets_every_row_and_the_screen_its_own_again(page: Page) -> None:
    page.browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert len(names(page)) == COUNT
    page.browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert len(names(page)) == SHOWN
