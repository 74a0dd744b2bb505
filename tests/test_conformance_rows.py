"""Every figure that RevMan printed of a trial row, explained: 353 Cochrane reviews, in ../shared.

Each row's effect and limits follow from the row to the sixth decimal, or a reason is named why there are
none. What no rule explains is counted, and may not grow.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy.special import ndtri

from cochrane import TABLES
from conftest import SCHEMA, shared
from repool.batch import Booleans, Segments
from repool.effects import ZeroCells, dichotomous
from repool.identify.row_readings import EXPORTED, READINGS, PrintedRows, impossible
from repool.identify.rows import Outcome, RowSetting, RowState, identify_rows, prints_like, row_effects
from repool.meta_analysis import analyse
from repool.model import Measure
from repool.raw_reviews import RawReview
from repool.readers.review import read_review
from repool.trial_figures import CheckedTrial, check_trials, figures_by_verdict
from repool.verdicts import Verdict

pytestmark = pytest.mark.filterwarnings("error")

#: Rows of each reading, and how many of them are exact at 95% as they stand.
EXPECTED = {
    "RR": (32388, 29156),
    "OR": (2925, 1723),
    "RD": (587, 587),
    "PETO": (573, 516),
    "MD": (15583, 15473),
    "SMD": (9294, 9277),
    "GIV": (3145, 2952),
    "GIV, as logs": (4348, 4294),
    "O − E and variance": (32, 9),
    "RR, event and non-event swapped": (8, 0),
}
#: What explains the others, over all readings.
REASONS = {
    RowState.NO_EVENTS: 3433,
    RowState.OTHER_LEVEL: 924,
    RowState.TYPED_IN: 212,
    RowState.ALL_EVENTS: 131,
    RowState.ZERO_SD: 106,
    RowState.EMPTY: 68,
    RowState.SWAPPED: 8,
    RowState.FEW: 5,
    RowState.LOG_LIMITS: 6,
    RowState.ZERO_SE: 2,
    RowState.IMPOSSIBLE: 1,
}


@dataclass(frozen=True)
class Corpus:
    """All data rows: their texts by column, as numbers, and what identification makes of them."""

    texts: dict[str, list[str]]
    reviews: list[str]
    rows: PrintedRows
    settings: list[RowSetting]

    def of(self, measure: Measure) -> Booleans:
        """Rows read as a measure, event and non-event in their places."""
        plain = [each.measure is measure and not each.swapped for each in self.settings]
        return np.repeat(plain, self.rows.segments.counts)

    @property
    def states(self) -> list[RowState]:
        return [state for each in self.settings for state in each.states]

    def only_changed(self, **columns: np.ndarray) -> PrintedRows:
        """The rows with other figures in some columns."""
        return PrintedRows(dict(self.rows.columns) | columns, self.rows.segments)


@cache
def corpus() -> Corpus:
    names = [*EXPORTED, "Analysis group", "Analysis number"]
    texts: dict[str, list[str]] = {name: [] for name in names}
    reviews: list[str] = []
    for path in sorted(shared("cochrane", "data-rows").glob("*-data-rows.csv")):
        with open(path, encoding="utf-8-sig", newline="") as stream:
            header, *lines = csv.reader(stream)
        for name, column in zip(header, zip(*lines, strict=True), strict=True):
            if name in texts:
                texts[name] += column
        reviews += [path.name.removesuffix("-data-rows.csv")] * len(lines)
    keys = Counter(zip(reviews, texts["Analysis group"], texts["Analysis number"], strict=True))
    rows = PrintedRows.of_cells(texts, Segments.of_counts([*keys.values()]))
    return Corpus(texts, reviews, rows, identify_rows(rows))


def table(made: dict[str, Counter[RowState]]) -> str:
    """Rows by reading: all, exact, explained by each reason, unexplained."""
    lines = [f"{'read as':<33}{'rows':>7}{'exact':>7}{'explained':>10}{'unexplained':>12}  explained by"]
    for name, states in [*made.items(), ("all", sum(made.values(), Counter()))]:
        exact, left, rows = states[RowState.EXACT], states[RowState.UNEXPLAINED], states.total()
        named = [(state, states[state]) for state in RowState if states[state]]
        why = ", ".join(f"{state} {count}" for state, count in named[0 if not exact else 1 :])
        lines.append(f"{name:<33}{rows:>7}{exact:>7}{rows - exact - left:>10}{left:>12}  {why}")
    return "\n".join(lines) + "\n"


def test_every_row_is_explained():
    made: dict[str, Counter[RowState]] = {name: Counter() for name in EXPECTED}
    for each in corpus().settings:
        made[each.reading.label().en].update(each.states)
    TABLES["what RevMan printed of each trial row, 353 reviews"] = table(made)
    assert sum(made.values(), Counter())[RowState.UNEXPLAINED] == 0
    assert {name: (states.total(), states[RowState.EXACT]) for name, states in made.items()} == EXPECTED
    states = Counter(corpus().states)
    del states[RowState.EXACT]
    assert states == REASONS
    assert (len(set(corpus().reviews)), len(corpus().settings), len(corpus().rows)) == (353, 13156, 68883)


def test_readings_are_unique_where_anything_tells_them_apart():
    outcomes = Counter(each.outcome for each in corpus().settings)
    assert outcomes == {Outcome.UNIQUE: 12706, Outcome.EQUIVALENT: 450}
    printed = [each for each in corpus().settings if each.others and each.printed]
    assert [(each.reading, each.others) for each in printed] == [
        (READINGS[4], (READINGS[5],))
    ]  # MD = SMD = 0


def test_levels_and_swapped_events():
    found = Counter((each.measure, each.level) for each in corpus().settings if each.level != 95)
    assert found == {(Measure.OR, 99.0): 45, (Measure.RR, 99.0): 7}
    assert Counter(each.reading.swapped for each in corpus().settings)[True] == 3


def test_a_figure_off_in_the_sixth_decimal_is_noticed():
    """One of each row's three figures is moved by one unit: no row stays explained."""
    columns, which = corpus().rows.columns, np.arange(len(corpus().rows)) % 3
    names = ("shown", "shown_low", "shown_high")
    moved = {name: columns[name] + 1.01e-6 * (which == place) for place, name in enumerate(names)}
    size = np.abs(np.choose(which, [columns[name] for name in names]))
    tried = ~np.isnan(columns["shown"]) & (size < 1e5)  # beyond, a double has no sixth decimal to spare
    assert tried.sum() > 65000
    settings = [(each.reading, each.level) for each in corpus().settings]
    again = identify_rows(corpus().only_changed(**moved), settings)
    states = np.array([state for each in again for state in each.states])
    assert (states[tried] == RowState.UNEXPLAINED).all()


def test_declared_settings_are_checked_not_searched():
    found = corpus().settings
    again = identify_rows(corpus().rows, [(each.reading, each.level) for each in found])
    assert [each.states for each in again] == [each.states for each in found]
    assert all(each.declared and each.instead is None and not each.others for each in again)
    wrong = identify_rows(corpus().rows, [(READINGS[1], 95.0)] * len(found))
    failing = [each for each, own in zip(wrong, found, strict=True) if own.measure is Measure.RD]
    assert all(each.outcome is Outcome.NONE and each.instead == READINGS[2] for each in failing)


# what the rows say of the rules, one by one: how many there are that a rule decides


def printed(measure: Measure, where: Booleans) -> tuple[int, int]:
    """Rows of a measure under a mask, and those of them for which RevMan printed an effect."""
    chosen = corpus().of(measure) & where
    return int(chosen.sum()), int((chosen & corpus().rows.is_printed).sum())


def test_rows_with_a_zero_cell():
    """What RevMan prints needs the correction: raw cells give the limits of none of these rows."""
    rows, tables = corpus().rows, corpus().rows.tables()
    empty = tables.has_zero_cell & ~tables.no_events & ~tables.all_events & ~impossible(tables)
    for measure, count in ((Measure.RR, 5330), (Measure.OR, 618), (Measure.RD, 76)):
        assert printed(measure, empty) == (count, count)
        raw = dichotomous(measure, tables, ZeroCells(rule="none"))
        low = raw.y - ndtri(0.975) * np.sqrt(raw.v)
        with np.errstate(over="ignore"):
            found = prints_like(low if measure is Measure.RD else np.exp(low), rows.columns["shown_low"])
        assert not (found & raw.estimable & corpus().of(measure) & empty).any()
    assert printed(Measure.PETO, empty) == (98, 98)  # never corrected


def test_rows_without_events_or_with_nothing_else():
    tables = corpus().rows.tables()
    nobody = tables.no_events & tables.both_arms
    counts = {Measure.RR: (3165, 0), Measure.OR: (211, 0), Measure.PETO: (57, 0), Measure.RD: (284, 284)}
    assert {measure: printed(measure, nobody) for measure in counts} == counts
    everybody = tables.all_events & tables.both_arms
    assert printed(Measure.OR, everybody) == (131, 0)
    assert printed(Measure.RR, everybody) == (65, 65)
    assert (corpus().rows.columns["shown"][corpus().of(Measure.RR) & everybody] == 1).all()


def test_means_without_a_spread():
    columns = corpus().rows.columns
    sds = np.array([columns["experimental_sd"], columns["control_sd"]])
    assert printed(Measure.MD, (sds == 0).any(axis=0)) == (104, 0)
    assert printed(Measure.SMD, (sds == 0).any(axis=0)) == (12, 0)
    people = columns["experimental_total"] + columns["control_total"]
    assert printed(Measure.SMD, people < 4) == (5, 0)
    assert printed(Measure.SMD, people == 4)[1] > 0


# how RevMan writes numbers


def as_revman(value: float) -> str:
    """Six decimals without trailing zeros."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def test_six_decimals_half_away_from_zero():
    rows = corpus().rows
    effects = row_effects(rows, corpus().settings)
    ratio = np.repeat([each.reading.is_ratio for each in corpus().settings], rows.segments.counts)
    with np.errstate(over="ignore"):
        ours = np.where(ratio, np.exp(np.where(ratio, effects.y, 0)), effects.y)
    texts = corpus().texts["Mean"]
    short = [place for place, text in enumerate(texts) if text and len(text.partition(".")[2]) <= 6]
    other = [place for place in short if as_revman(ours[place]) != texts[place]]
    assert (len(short), len(other)) == (62387, 23)
    for place in other:  # exactly between two: Python rounds half to even
        assert abs(ours[place] * 1e6 % 1 - 0.5) < 1e-6
        assert float(texts[place]) > ours[place] > 0
    long = {corpus().reviews[at] for at, text in enumerate(texts) if len(text.partition(".")[2]) > 6}
    assert len(long) == 23  # newer exports, which print what a double holds


# and what a review's results say of them


@pytest.mark.slow
def test_published_figures_of_trials_against_results():
    """Effects, limits and weights of all reviews, each method identified from the weights alone."""
    checked: list[CheckedTrial] = []
    for path in sorted(shared("cochrane", "data-rows").glob("*-data-rows.csv")):
        form, problems, _ = read_review(RawReview(path.stem, path.parent, (path,)), "raw", SCHEMA)
        assert form is not None, problems.found
        checked += check_trials(form, analyse(form))
    counts = figures_by_verdict(checked)
    lines = [f"{verdict:<16}{count:>7}" for verdict, count in counts.items() if count]
    TABLES["published figures of single trials, 353 reviews"] = "\n".join(lines) + "\n"
    assert sum(counts.values()) == 260533
    assert counts[Verdict.EXACT] >= 260213
    assert counts[Verdict.OTHER_METHOD] == 6  # limits as logs
    assert sum(counts.values()) - counts[Verdict.EXACT] - counts[Verdict.ROUNDING] == 6
