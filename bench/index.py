"""What the index page of thousands of made-up reviews costs a real Chromium.

python bench/index.py [reviews ...]: prints a table for bench/README.md; 353 and 5,000 reviews unless told.
Milliseconds of the page's main thread, the median of some visits: time in scripts, and all work (scripts,
styles, layout and painting) until the page is at rest again.
"""

import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from repool.model import Bilingual
from repool.normal_form import ACCEPTED, STOPPED
from repool.overview import index_page
from repool.summary import OUTCOMES, Summary
from repool.verdicts import Verdict

TEMPLATES = Path(__file__).resolve().parents[1] / "workflow" / "report"
VISITS = 5
WORDS = (
    "exercise", "training", "drugs", "for", "treating", "preventing", "acute", "chronic", "adults",
    "children", "stroke", "heart", "failure", "pain", "infection", "surgery", "versus", "placebo", "in",
)  # fmt: skip
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900", "--no-first-run")
AT_REST = "requestAnimationFrame(() => setTimeout(arguments[0], 50))"


def made(count: int, seed: int = 1) -> list[Summary]:
    """Made-up reviews with titles and counts such as Cochrane reviews have."""
    dice = random.Random(seed)
    reviews = []
    for number in range(count):
        title = " ".join(dice.choices(WORDS, k=dice.randint(5, 14))).capitalize()
        stopped = dice.random() < 0.02
        verdicts = {each.value: dice.randint(1, 400) for each in Verdict if dice.random() < 0.3}
        of_trials = {each.value: dice.randint(1, 900) for each in Verdict if dice.random() < 0.2}
        identified = {each: dice.randint(1, 40) for each in OUTCOMES if dice.random() < 0.6}
        counts = (
            ({}, 0, 0, {}, {}, 0, 1) if stopped else (verdicts, 0, 0, of_trials, identified, number % 7, 0)
        )
        state = STOPPED if stopped else ACCEPTED
        reviews.append(
            Summary(f"CD{number:06}", Bilingual(title, title), state, *counts, ("made up",)[:stopped])
        )
    return reviews


def browser(profile: str) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    return driver


def spent(driver: webdriver.Chrome) -> dict[str, float]:
    """Seconds of the page's main thread so far."""
    return {
        each["name"]: each["value"]
        for each in driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    }


def cost(driver: webdriver.Chrome, action: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds that an action costs: in scripts, and in all."""
    before = spent(driver)
    action()
    driver.execute_async_script(AT_REST)
    after = spent(driver)
    kinds = ("ScriptDuration", "TaskDuration")
    script, task = (1000 * (after[kind] - before.get(kind, 0)) for kind in kinds)
    return script, task


def visit(driver: webdriver.Chrome, page: Path) -> dict[str, tuple[float, float]]:
    """Each action on a page once."""

    def click(selector: str) -> Callable[[], None]:
        return lambda: driver.execute_script("document.querySelector(arguments[0]).click()", selector)

    driver.get("about:blank")
    found = {"load": cost(driver, lambda: driver.get(page.as_uri()))}
    search = driver.find_element(By.ID, "nb-search")
    found["search, first letter"] = cost(driver, lambda: search.send_keys("s"))
    found["search, next letter"] = cost(driver, lambda: search.send_keys("t"))
    search.clear()
    found["sort by title"] = cost(driver, click("thead th:nth-child(1) button"))
    found["sort by differing"] = cost(driver, click("thead th:nth-child(5) button"))
    select = Select(driver.find_element(By.ID, "nb-kind"))
    found["filter by verdict"] = cost(driver, lambda: select.select_by_value("major"))
    select.select_by_value("")
    found["show all"] = cost(driver, click(".more button + button"))
    return found


def main() -> None:
    print("| reviews | page, MB | action | script, ms | in all, ms |\n| ---: | ---: | --- | ---: | ---: |")
    for count in map(int, sys.argv[1:] or ("353", "5000")):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "index.html")
            page.write_text(index_page(made(count), TEMPLATES), "utf-8")
            driver = browser(f"{folder}/profile")
            visits = [visit(driver, page) for _ in range(VISITS)]
            driver.quit()
            size = page.stat().st_size / 1e6
        for action in visits[0]:
            script, task = (statistics.median(each[action][kind] for each in visits) for kind in (0, 1))
            print(f"| {count:,} | {size:.1f} | {action} | {script:.0f} | {task:.0f} |")


if __name__ == "__main__":
    main()
