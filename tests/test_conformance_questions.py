"""Questions about the input of 353 Cochrane reviews: how many are asked, and how many slips put in are found.

docs/methods.md, "Questions about the input", has both tables; with -s a run prints them.
"""

import time
from collections import Counter
from random import Random

import pytest

from questions_corpus import corpus
from questions_slips import SLIPS, shares
from repool.questions.ask import ask
from repool.questions.integers import decimals, possible_mean, possible_sd
from repool.questions.words import RULES

#: The most questions that a rule may ask in the 13,156 analyses. Fewer are welcome.
MOST = {
    "events-above-total": 1, "off-scale": 6, "percent": 8, "arms-swapped": 37, "sign-flipped": 13,
    "se-as-sd": 37, "sd-against-interval": 0, "decimal-slip": 47, "copied-figures": 7, "shared-arm": 55,
    "trial-twice": 67,
}  # fmt: skip
#: The least share found of the slips that can be put in; a few points below what docs/methods.md has.
LEAST = {
    "events above the total": 1.0, "percentage 0.2 to 5 points off": 0.95, "a trial's arms exchanged": 0.55,
    "a significant effect with the other sign": 0.35, "SE as SD in both arms": 0.3,
    "SD a tenth off its interval": 0.9, "SD of one arm times or over 10": 0.5,
    "both SDs times or over 10": 0.3, "mean of one arm times or over 10": 0.15,
    "another unit (10 or 100)": 0.3, "a digit more or less in an arm's size": 0.6,
    "figures of another trial": 0.55, "control group counted twice": 0.75,
    "participants counted twice": 0.6, "participants without one trial": 0.9,
}  # fmt: skip


@pytest.mark.slow
def test_few_questions_are_asked_of_real_reviews() -> None:
    """At most these, in 15 seconds of one processor; 13,156 analyses and 68,883 rows."""
    loaded = corpus()
    assert (len(loaded), sum(len(form.analyses) for form, _ in loaded)) == (353, 13_156)
    start = time.process_time()
    found = Counter(each.rule for form, results in loaded for each in ask(form, results))
    seconds = time.process_time() - start
    for rule in RULES:
        print(f"{rule:<22} {found[rule]:>4} {1000 * found[rule] / 13_156:>6.2f} per 1000 analyses")
    print(f"{seconds:.1f} s of processor time")
    assert found.keys() <= MOST.keys()
    assert all(found[rule] <= most for rule, most in MOST.items()), found
    assert sum(found.values()) > 200, "the rules still look at something"
    assert seconds < 15


@pytest.mark.slow
@pytest.mark.parametrize("name", SLIPS)
def test_slips_put_into_real_analyses_are_found(name: str) -> None:
    found, planted = shares(corpus(), name, 800)
    print(f"{name:<42} {found:>4} of {planted:>4}")
    assert planted > 40
    assert found / planted >= LEAST[name], f"{found} of {planted}"


@pytest.mark.slow
def test_figures_of_whole_numbers() -> None:
    """No alarm on 20,000 samples of whole numbers; nearly all means and SDs a digit off are found.

    10 to 60 people, whole numbers from 0 to 10, two decimals.
    """
    random, alarms, means, sds = Random(11), 0, 0, 0
    for _ in range(20_000):
        n = random.randint(10, 60)
        sample = [random.randint(0, 10) for _ in range(n)]
        mean = sum(sample) / n
        sd = (sum((each - mean) ** 2 for each in sample) / (n - 1)) ** 0.5
        shown, spread, off = round(mean, 2), round(sd, 2), random.choice((-0.05, -0.02, 0.01, 0.03, 0.04))
        alarms += not possible_mean(shown, n, decimals(shown))
        alarms += not possible_sd(shown, spread, n, decimals(shown), decimals(spread))
        wrong, wide = round(shown + off, 2), round(spread + off, 2)
        means += not possible_mean(wrong, n, decimals(wrong))
        sds += not possible_sd(shown, wide, n, decimals(shown), decimals(wide))
    print(f"GRIM {means} of 20000, GRIMMER {sds} of 20000, alarms {alarms}")
    assert alarms == 0
    assert means > 12_000
    assert sds > 2_500
