"""Which method made RevMan's weights: every total of 353 Cochrane reviews, in ../shared.

A total is explained where a setting of the named space gives every printed weight of it, to the sixth
decimal or the twelfth. What none explains is counted, and may not grow.
"""

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cochrane import TABLES
from cochrane_totals import Batch, base, batches, table, totals
from cochrane_totals import asked as rows_asked
from repool.identify.asked import Asked, Spans
from repool.identify.figures import Maker
from repool.identify.found import Identified, Outcome
from repool.identify.information import ENOUGH
from repool.identify.overlap import overlapping_weights
from repool.identify.search import identify
from repool.identify.settings import Setting
from repool.model import Counts, Totals
from repool.printed import read_printed

pytestmark = pytest.mark.filterwarnings("error")

#: Of figures that no setting made, how many a setting gives all the same, by bits to spare: at most.
BY_CHANCE = {8.0: 0.02, 10.0: 0.002}
#: Totals by measure: unique, equivalent, none.
EXPECTED = {
    "RR": (2448, 5540, 0),
    "OR": (272, 961, 0),
    "PETO": (41, 187, 0),
    "RD": (29, 53, 0),
    "MD": (1034, 2992, 0),
    "SMD": (562, 507, 0),
    "GIV": (184, 269, 0),
    "GIV (log)": (261, 637, 0),
    "OEV": (1, 6, 0),
}
WITHIN = 0.0005  # points
SIXTH = 0.9e-6  # points: narrower spans are of weights with more than six decimals


@cache
def answers() -> list[tuple[Batch, list[Identified]]]:
    return [(each, identify(each.asked, each.base)) for each in batches()]


def by_analysis() -> dict[str, list[Identified]]:
    found = defaultdict(list)
    for batch, given in answers():
        for (name, _), each in zip(batch.names, given, strict=True):
            found[name].append(each)
    return found


def label(batch: Batch) -> str:
    return f"{batch.base.measure}{' (log)' if batch.base.measure == 'GIV' and batch.base.log_scale else ''}"


def shown(counts: dict[str, Counter[Outcome]], stages: dict[str, Counter[str]]) -> str:
    lines = [
        f"{'measure':<12}{'totals':>8}{'unique':>8}{'equivalent':>12}{'none':>6}  beyond the plain settings"
    ]
    for name, found in [*counts.items(), ("all", sum(counts.values(), Counter()))]:
        beyond = stages[name] if name != "all" else sum(stages.values(), Counter())
        why = ", ".join(f"{stage} {n}" for stage, n in sorted(beyond.items()) if stage not in ("plain", ""))
        numbers = [found[each] for each in Outcome]
        lines.append(
            f"{name:<12}{sum(numbers):>8}{numbers[0]:>8}{numbers[1]:>12}{numbers[2]:>6}  {why}".rstrip()
        )
    return "\n".join(lines) + "\n"


def test_every_total_follows_from_a_setting():
    counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
    stages: dict[str, Counter[str]] = defaultdict(Counter)
    for batch, given in answers():
        counts[label(batch)].update(each.outcome for each in given)
        stages[label(batch)].update(each.stage for each in given)
    TABLES["which method made RevMan's weights, totals of 353 reviews"] = shown(counts, stages)
    assert {name: tuple(found[each] for each in Outcome) for name, found in counts.items()} == EXPECTED
    explained = [all(each.settings for each in found) for found in by_analysis().values()]
    assert np.mean(explained) >= 0.999


def test_the_weights_of_every_explained_total_are_within_half_a_thousandth():
    for batch, given in answers():
        maker = Maker(batch.asked)
        made: dict[Setting, np.ndarray] = {}
        middle = (batch.asked.weights.low + batch.asked.weights.high) / 2
        for number, each in enumerate(given):
            if each.simplest is not None and not each.simplest.left_out:
                if each.simplest not in made:
                    made[each.simplest] = maker.make(each.simplest).weights
                start, stop = batch.asked.segments.offsets[[number, number + 1]]
                off = np.abs(made[each.simplest] - middle)[start:stop]
                assert np.nanmax(off) <= WITHIN, batch.names[number]


def test_settings_are_found_in_few_stages():
    """Nothing needs an exotic estimator, a trial left out or another measure."""
    assert {each.stage for _, given in answers() for each in given} == {"plain"}


def test_reml_alone_gives_weights_where_it_is_stopped_as_in_revman():
    """Totals that only REML gives, by whether more than six decimals of their weights were printed."""
    found: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for batch, given in answers():
        weights = batch.asked.weights
        finest = -batch.asked.segments.highest(np.nan_to_num(weights.low - weights.high, nan=-np.inf))
        for each, width in zip(given, finest, strict=True):
            if {(one.method.model, one.method.tau2) for one in each.settings} == {("random", "REML")}:
                found[bool(width < SIXTH)][each.settings[0].tau2_from] += 1
    assert found == {False: {"stopped": 12, "total": 33}, True: {"stopped": 21}}


def test_totals_follow_from_the_sums_of_weights():
    kinds = Counter(totals(name)[0] for name in table().analyses)
    assert kinds == {Totals.OVERALL: 9738, Totals.SUBGROUPS: 1661, Totals.NONE: 1306, None: 451}


def test_combined_trials_weigh_as_revman_lets_them():
    """A trial stands with its arms apart in subgroups, and with them combined in the overall result."""
    own, settings = table(), {}
    for batch, given in answers():
        settings |= {name: each.settings for (name, _), each in zip(batch.names, given, strict=True)}
    apart = {
        name: rows
        for name, rows in own.analyses.items()
        if any(own.counts[n] is Counts.OVERALL for n in rows)
    }
    readings = dict(zip(own.analyses, own.readings, strict=True))
    for name, rows in apart.items():
        asked = rows_asked(readings[name][0], np.array(rows), [len(rows)])
        start = base(*readings[name])
        printed = np.array([own.weights[n].value if own.weights[n] else 0.0 for n in rows])
        counts, trials = [own.counts[n] for n in rows], [own.trials[n] for n in rows]
        off = [
            np.abs(
                overlapping_weights(Maker(asked).trials(start), each.method, counts, trials) - printed
            ).max()
            for each in settings[name]
            if each.method.weighting == "IV" or each.method.model == "random"
        ]
        assert min(off) <= 1e-6, name
    assert len(apart) == 26


def moved(asked: Asked, base: Setting, places: int, random: np.random.Generator) -> dict[str, Spans]:
    """Figures that no setting made: a total's own, estimate and width moved, to so many decimals."""
    made = Maker(asked).make(base).figures
    ends = np.array([made[name] for name in ("ci_low", "estimate", "ci_high")])
    ends = np.log(ends) if base.log_scale else ends
    low, middle, high = ends
    centre = middle + random.uniform(-0.5, 0.5, len(middle)) * (high - low) / 4
    width = np.exp(random.uniform(-0.2, 0.2, len(middle)))
    figures = {"estimate": centre, "ci_low": centre - (middle - low) * width}
    figures["ci_high"] = centre + (high - middle) * width
    if base.log_scale:
        figures = {name: np.exp(values) for name, values in figures.items()}
    return {
        name: Spans.of([read_printed(f"{x:.{places}f}", False) if np.isfinite(x) else None for x in values])
        for name, values in figures.items()
    }


@pytest.mark.slow
def test_a_setting_with_bits_to_spare_is_no_coincidence():
    random = np.random.default_rng(20261123)
    spare, hits = [], []
    for batch in batches():
        if batch.base.measure.value in ("RR", "OR", "RD", "MD", "SMD"):
            several = np.flatnonzero(batch.asked.segments.counts > 1)
            which = np.zeros(len(batch.asked), np.bool_)
            which[random.choice(several, min(len(several), 250), replace=False)] = True
            some = batch.asked.only(which)
            for places in (1, 2, 3):
                figures = moved(some, batch.base, places, random)
                asked = replace(some, figures=figures, weights=Spans.none(len(some.trials)))
                found = [each for each in identify(asked, batch.base) if each.used]
                spare += [each.spare for each in found]
                hits += [bool(each.settings) for each in found]
    for bits, most in BY_CHANCE.items():
        chosen = np.array(hits)[np.array(spare) >= bits]
        assert len(chosen) > 500
        assert chosen.mean() <= most
    assert np.mean(hits) > 0.1  # few digits do fit by chance
    assert min(BY_CHANCE) == ENOUGH
