"""Slips that people make when they enter trials, put one at a time into analyses of the 353 reviews."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from questions_corpus import Loaded
from repool.batch import Segments
from repool.methods import declared
from repool.model import Analysis, Claim, Measure, NormalForm, Study, counted
from repool.questions.ask import ask
from repool.questions.records import Question
from repool.results import Results, TrialEffect, TrialState
from repool.trials import COLUMNS, Trials

#: A slip changes a comparison's rows, or says None where they cannot have it. The line is where it is.
Slip = Callable[["Comparison", Random], "Planted | None"]


@dataclass(frozen=True)
class Comparison:
    """One analysis of a review, first, and the others of its group, with their rows and effects."""

    form: NormalForm
    analyses: tuple[Analysis, ...]
    studies: tuple[Study, ...]
    effects: tuple[TrialEffect, ...]

    @property
    def own(self) -> list[Study]:
        """The rows of the first analysis."""
        return [each for each in self.studies if each.analysis == self.analyses[0].analysis]

    @property
    def measure(self) -> Measure:
        """That of the first analysis."""
        return self.analyses[0].measure

    def asked(self, claims: Sequence[Claim] = ()) -> tuple[Question, ...]:
        """The questions about these rows."""
        places = {(each.analysis, each.line) for each in self.studies}
        printed = [each for each in self.form.trial_claims if (each.analysis, each.line) in places]
        form = replace(
            self.form, analyses=self.analyses, studies=self.studies, claims=tuple(claims),
            trial_claims=tuple(printed),
        )  # fmt: skip
        return ask(form, Results(self.effects, (), (), (), ()))

    def with_rows(self, changed: Sequence[Study]) -> "Comparison":
        """The same with these rows in place of those at their lines, or after the last; effects anew."""
        own = {(each.analysis, each.line): each for each in changed}
        studies = [own.pop((each.analysis, each.line), each) for each in self.studies]
        studies += own.values()
        known = {(each.analysis, each.line): each for each in self.effects}
        measures = {each.analysis: each for each in self.analyses}
        new = {(each.analysis, each.line) for each in changed}
        effects = [
            _effect(each, measures[each.analysis]) if (each.analysis, each.line) in new
            else known[each.analysis, each.line]
            for each in studies
        ]  # fmt: skip
        return replace(self, studies=tuple(studies), effects=tuple(effects))


@dataclass(frozen=True)
class Planted:
    """Rows with a slip, the lines a question may stand at, and published figures where it is in these."""

    rows: Comparison
    lines: frozenset[int]
    claims: tuple[Claim, ...] = ()

    def found(self, rules: Sequence[str]) -> bool:
        """Whether a question by one of the rules is about the slip."""
        for each in self.rows.asked(self.claims):
            lines = {each.line, *map(int, (each.beside + " " + each.again).split())}
            if each.rule in rules and lines & self.lines:
                return True
        return False


def comparisons(loaded: Sequence[Loaded], count: int, random: Random, wanted: str = "") -> list[Comparison]:
    """So many analyses at random, of these measures where they are named, with the others of their group."""
    every = [
        (form, results, each)
        for form, results in loaded
        for each in form.analyses
        if not wanted or each.measure in wanted.split()
    ]
    return [_comparison(*each) for each in random.sample(every, count)]


def _comparison(form: NormalForm, results: Results, first: Analysis) -> Comparison:
    group = first.analysis.partition(".")[0]
    rest = [each for each in form.analyses if each.analysis.partition(".")[0] == group and each is not first]
    names = {each.analysis for each in (first, *rest)}
    rows = [number for number, each in enumerate(form.studies) if each.analysis in names]
    studies, effects = ([part[row] for row in rows] for part in (form.studies, results.effects))
    return Comparison(form, (first, *rest), tuple(studies), tuple(effects))


def _effect(study: Study, analysis: Analysis) -> TrialEffect:
    names = (*COLUMNS[analysis.measure], *(("se",) if analysis.measure is Measure.GIV else ()))
    columns = {name: np.array([np.nan if (x := getattr(study, name)) is None else x]) for name in names}
    made = Trials.of_columns(
        analysis.measure, columns, Segments.of_counts([1]), declared("revman5", {}), analysis.log_scale
    )
    known = bool(made.effects.estimable[0])
    y, se = (float(made.effects.y[0]), math.sqrt(made.effects.v[0])) if known else (None, None)
    return TrialEffect(
        study.analysis, study.subgroup, study.trial, study.status,
        TrialState.ESTIMATED if known else TrialState.NOT_ESTIMABLE, False, "", y, se, None, None, None,
        None, "", study.file, study.line,
    )  # fmt: skip


# the slips


def _one(rows: Comparison, changed: Study) -> Planted:
    return Planted(rows.with_rows([changed]), frozenset({changed.line}))


def _with_means(rows: Comparison, least: int) -> list[Study]:
    own = [each for each in rows.own if (each.experimental_sd or 0) > 0 and (each.control_sd or 0) > 0]
    return own if len({each.trial for each in own}) >= least else []


def _like(value: float) -> float:
    return float(f"{value:.3g}")


def se_as_sd(rows: Comparison, random: Random) -> Planted | None:
    own = _with_means(rows, 6)
    own = [each for each in own if min(each.experimental_total or 0, each.control_total or 0) >= 10]
    if rows.measure is not Measure.MD or not own:
        return None
    row = random.choice(own)
    sds = {
        f"{arm}_sd": _like(getattr(row, f"{arm}_sd") / math.sqrt(getattr(row, f"{arm}_total")))
        for arm in ("experimental", "control")
    }
    return _one(rows, replace(row, **sds))


def decimal_sd(rows: Comparison, random: Random) -> Planted | None:
    if not (own := _with_means(rows, 4)):
        return None
    row, arm = random.choice(own), random.choice(("experimental", "control"))
    return _one(rows, replace(row, **{f"{arm}_sd": getattr(row, f"{arm}_sd") * random.choice((10, 0.1))}))


def decimal_both(rows: Comparison, random: Random) -> Planted | None:
    own = _with_means(rows, 4)
    if rows.measure is not Measure.MD or not own:
        return None
    row, ten = random.choice(own), random.choice((10, 0.1))
    sds = {"experimental_sd": (row.experimental_sd or 0) * ten, "control_sd": (row.control_sd or 0) * ten}
    return _one(rows, replace(row, **sds))


def decimal_mean(rows: Comparison, random: Random) -> Planted | None:
    own = [each for each in _with_means(rows, 4) if each.experimental_mean and each.control_mean]
    if rows.measure not in (Measure.MD, Measure.SMD) or not own:
        return None
    row, arm = random.choice(own), random.choice(("experimental", "control"))
    return _one(rows, replace(row, **{f"{arm}_mean": getattr(row, f"{arm}_mean") * random.choice((10, 0.1))}))


def other_unit(rows: Comparison, random: Random) -> Planted | None:
    own = _with_means(rows, 4)
    if rows.measure is not Measure.MD or not own:
        return None
    row, ten = random.choice(own), random.choice((10, 0.1, 100, 0.01))
    names = ("experimental_mean", "experimental_sd", "control_mean", "control_sd")
    return _one(rows, replace(row, **{name: (getattr(row, name) or 0.0) * ten for name in names}))


def digit_of_total(rows: Comparison, random: Random) -> Planted | None:
    row = random.choice(rows.own)
    places = {each.analysis for each in rows.studies if each.trial == row.trial}
    if len(places) < 4 or not row.experimental_total or not row.control_total:
        return None
    events = row.experimental_events or 0
    total = 10 * row.experimental_total if row.experimental_total % 10 else row.experimental_total / 10
    return _one(rows, replace(row, experimental_total=total)) if events <= total else None


def _turned(row: Study) -> Study:
    names = ("events", "total", "mean", "sd")
    return replace(
        row,
        **{f"experimental_{name}": getattr(row, f"control_{name}") for name in names},
        **{f"control_{name}": getattr(row, f"experimental_{name}") for name in names},
    )


def arms_swapped(rows: Comparison, random: Random) -> Planted | None:
    own = [each for each in rows.own if each.experimental_total != each.control_total]
    if rows.measure is Measure.GIV or not own:
        return None
    row = random.choice(own)
    places = {each.analysis for each in rows.studies if each.trial == row.trial}
    return _one(rows, _turned(row)) if len(places) > 2 else None


def sign_flipped(rows: Comparison, random: Random) -> Planted | None:
    """Only where the trial's effect is significant: else the slip changes nothing that could be seen."""
    known = {each.line: each for each in rows.effects if each.analysis == rows.analyses[0].analysis}
    own = [each for each in rows.own if known[each.line].y is not None]
    if len({each.trial for each in own}) < 5:
        return None
    row = random.choice(own)
    effect = known[row.line]
    if abs(effect.y or 0) < 1.96 * (effect.se or 0):
        return None
    if rows.measure is Measure.GIV:
        estimate = row.estimate or 0.0
        return _one(rows, replace(row, estimate=1 / estimate if rows.analyses[0].log_scale else -estimate))
    return _one(rows, _turned(row))


def shared_arm(rows: Comparison, random: Random) -> Planted | None:
    """A second row of the trial with the same control group."""
    own = [each for each in rows.own if each.experimental_total and each.control_total]
    own = [each for each in own if (each.control_total or 0) >= (each.experimental_total or 0) * 0.8]
    if rows.measure is Measure.GIV or not own:
        return None
    row = random.choice(own)
    total = (row.experimental_total or 0) - 1
    events = None if row.experimental_events is None else min(row.experimental_events + 1, total)
    mean = None if row.experimental_mean is None else row.experimental_mean * 1.1 + 0.1
    other = replace(
        row, line=10**6, trial=f"{row.trial} (high dose)", experimental_total=total,
        experimental_events=events, experimental_mean=mean,
    )  # fmt: skip
    return Planted(rows.with_rows([other]), frozenset({other.line}))


def trial_twice(rows: Comparison, random: Random) -> Planted | None:
    """A second row of the same people, with another time point's figures."""
    own = [each for each in rows.own if each.experimental_total and each.control_total]
    if rows.measure is Measure.GIV or not own:
        return None
    row = random.choice(own)
    mean = None if row.control_mean is None else row.control_mean * 1.1 + 0.1
    events = None if row.control_events is None else max(0.0, row.control_events - 1)
    other = replace(row, line=10**6, control_events=events, control_mean=mean)
    return Planted(rows.with_rows([other]), frozenset({other.line}))


def copied_figures(rows: Comparison, random: Random) -> Planted | None:
    """The figures of a neighbour in place of a trial's own."""
    own = rows.own
    if rows.measure is Measure.GIV or len({each.trial for each in own}) < 2:
        return None
    row = random.choice(own)
    other = random.choice([each for each in own if each.trial != row.trial])
    copy = replace(row, analysis=other.analysis, subgroup=other.subgroup, trial=other.trial, line=other.line)
    return Planted(rows.with_rows([copy]), frozenset({row.line, copy.line}))


def events_above_total(rows: Comparison, random: Random) -> Planted | None:
    if not rows.measure.is_dichotomous:
        return None
    row = random.choice(rows.own)
    return _one(rows, replace(row, control_events=(row.control_total or 0) + random.randint(1, 20)))


def other_interval(rows: Comparison, random: Random) -> Planted | None:
    """An SD of a tenth more, beside the interval of the right one."""
    if not (own := _with_means(rows, 1)):
        return None
    row = random.choice(own)
    sds = {f"{arm}_sd": _like(getattr(row, f"{arm}_sd") * 1.1) for arm in ("experimental", "control")}
    return _one(rows, replace(row, **sds))


def wrong_percentage(rows: Comparison, random: Random) -> Planted | None:
    row = random.choice(rows.own)
    if not rows.measure.is_dichotomous or not row.experimental_total:
        return None
    events, total = row.experimental_events or 0, row.experimental_total
    percent = min(99.9, 100 * events / total + random.uniform(0.2, 5))
    return _one(rows, replace(row, note=f"treatment {events:g}/{total:g} ({percent:.1f}%)"))


def missing_trial(rows: Comparison, random: Random) -> Planted | None:
    """A published number of participants without those of one trial."""
    own = counted(rows.own, "")
    sizes = [(each.experimental_total or 0) + (each.control_total or 0) for each in own]
    if len(own) < 2 or 0 in sizes:
        return None
    claim = Claim(
        own[0].analysis, "", "participants", f"{sum(sizes) - random.choice(sizes):.0f}", False, "", "", "",
        "", own[0].file, 1,
    )  # fmt: skip
    return Planted(rows, frozenset({1}), (claim,))


SLIPS: dict[str, tuple[Slip, tuple[str, ...], str]] = {
    "events above the total": (events_above_total, ("events-above-total",), ""),
    "percentage 0.2 to 5 points off": (wrong_percentage, ("percent",), ""),
    "a trial's arms exchanged": (arms_swapped, ("arms-swapped", "sign-flipped"), ""),
    "a significant effect with the other sign": (sign_flipped, ("sign-flipped", "arms-swapped"), ""),
    "SE as SD in both arms": (se_as_sd, ("se-as-sd",), "MD"),
    "SD a tenth off its interval": (other_interval, ("sd-against-interval",), "MD"),
    "SD of one arm times or over 10": (decimal_sd, ("decimal-slip", "se-as-sd"), "MD SMD"),
    "both SDs times or over 10": (decimal_both, ("decimal-slip", "se-as-sd"), "MD"),
    "mean of one arm times or over 10": (decimal_mean, ("decimal-slip", "sign-flipped"), "MD SMD"),
    "another unit (10 or 100)": (other_unit, ("decimal-slip", "se-as-sd"), "MD"),
    "a digit more or less in an arm's size": (digit_of_total, ("decimal-slip",), ""),
    "figures of another trial": (copied_figures, ("copied-figures",), ""),
    "control group counted twice": (shared_arm, ("shared-arm",), ""),
    "participants counted twice": (trial_twice, ("trial-twice",), ""),
    "participants without one trial": (missing_trial, ("participants",), ""),
}


def shares(loaded: Sequence[Loaded], name: str, tries: int) -> tuple[int, int]:
    """How many of the slips that could be put in are found, and how many these are."""
    slip, rules, wanted = SLIPS[name]
    random = Random(name)
    made = [slip(each, random) for each in comparisons(loaded, tries, random, wanted)]
    planted = [each for each in made if each is not None]
    return sum(each.found(rules) for each in planted), len(planted)
