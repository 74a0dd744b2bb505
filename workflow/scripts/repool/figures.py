"""From result tables to what a forest plot shows, in one language; nothing is computed here."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from repool.conversions.wording import FOOTNOTE, is_converted, shown
from repool.forest import ForestGroup, ForestPlot, ForestRow, ForestTotal, Interval, RowState
from repool.methods import declared_method
from repool.model import Analysis, Direction, MethodFrom, NormalForm, Status, Study, arms, counted
from repool.results import PooledRow, PooledState, Results, SubgroupTest, TrialEffect, TrialState
from repool.wording import (
    alone,
    capital,
    decimal,
    interval,
    localised,
    method_sentence,
    p_value,
    percent,
    places,
    significant,
    word,
)  # fmt: skip

_STATES = {
    TrialState.ESTIMATED: RowState.ESTIMATED,
    TrialState.NOT_ESTIMABLE: RowState.NOT_ESTIMABLE,
    TrialState.UNKNOWN: RowState.NOT_AVAILABLE,
}
#: A plot shows no more trials than can be read; the largest of 353 Cochrane reviews has 270 in an analysis.
MOST_TRIALS = 300
#: Of more plots than this a review has SVG files alone, and its page links to them instead of holding them.
MOST_PLOTS = 400
_MARKED = (Status.DERIVED, Status.RECONSTRUCTED, Status.UNKNOWN)


Trial = tuple[Study, TrialEffect]


def plotted(results: Results) -> list[str]:
    """The analyses that a plot can be drawn of: those with a trial effect."""
    return list(dict.fromkeys(e.analysis for e in results.effects if e.state is TrialState.ESTIMATED))


def forest_plot(form: NormalForm, results: Results, name: str, language: str) -> ForestPlot:
    """The forest plot of one analysis under its declared method."""
    return _Builder(form, results, name, language).plot()


class _Builder:
    def __init__(self, form: NormalForm, results: Results, name: str, language: str) -> None:
        self.form, self.language = form, language
        self.analysis: Analysis = next(a for a in form.analyses if a.analysis == name)
        self.method = declared_method(self.analysis)
        studies = [study for study in form.studies if study.analysis == name]
        effects = [effect for effect in results.effects if effect.analysis == name]
        self.trials = list(zip(studies, effects, strict=True))
        self.shown = _heaviest(self.trials)
        self.pooled = {
            row.subgroup: row for row in results.pooled if row.analysis == name and row.role == "declared"
        }
        self.test = next(
            (
                test
                for test in results.subgroup_tests
                if (test.analysis, test.method) == (name, self.method.name)
            ),
            None,
        )
        self.notes = self._footnotes()

    def plot(self) -> ForestPlot:
        left, right = self._favours()
        total = self._total(self.pooled[""], self.trials, overall=True)
        experimental, control = arms(self.form.review, self.analysis)
        return ForestPlot(
            title=self.analysis.title[self.language],
            language=self.language,
            experimental_heading=capital(experimental[self.language]),
            control_heading=capital(control[self.language]),
            column_headings=self._column_headings(),
            weight_heading=self._word("weight"),
            effect_heading=self._effect_heading(),
            trial_heading=self._word("trial_or_subgroup" if len(self.pooled) > 1 else "trial"),
            not_estimable_text=self._word("not_estimable"),
            not_available_text=self._word("not_available"),
            prediction_label=self._word("prediction"),
            favours_left=left,
            favours_right=right,
            log_scale=self.analysis.log_scale,
            null_value=1.0 if self.analysis.log_scale else 0.0,
            groups=self._groups(),
            total=total,
            footnotes=(
                *self._left_out(),
                *(f"{mark} {text}" for mark, text in self.notes.values()),
                *self._origin(),
            ),
            description=self._description(),
            decimal_comma=self.language == "nb",
        )

    def _word(self, name: str, **values: object) -> str:
        return word(name, self.language, **values)

    def _effect_heading(self) -> str:
        label = self.analysis.effect_label[self.language]
        if self.analysis.unit:
            label += f" ({self.analysis.unit[self.language]})"
        weighting = {"MH": "M-H"}.get(self.method.weighting, self.method.weighting)
        level = self._word("ci", level=_level(self.method.level, self.language))
        return f"{label}\n{weighting}, {self._word(self.method.model)}, {level}"

    def _favours(self) -> tuple[str, str]:
        one, two = (arm[self.language] for arm in arms(self.form.review, self.analysis))
        if self.analysis.direction is Direction.NEUTRAL:
            return self._word("less_with", arm=one), self._word("more_with", arm=one)
        texts = self._word("favours", arm=one), self._word("favours", arm=two)
        return texts if self.analysis.direction is Direction.LESS_IS_BETTER else texts[::-1]

    def _column_headings(self) -> tuple[str, ...]:
        if self.analysis.measure.is_dichotomous:
            return self._word("events"), self._word("total")
        if self.analysis.measure.is_continuous:
            return self._word("mean"), self._word("sd"), self._word("total")
        return ()

    def _groups(self) -> tuple[ForestGroup, ...]:
        if len(self.pooled) == 1:
            return (ForestGroup(None, tuple(self._row(*trial) for trial in self.shown), None),)
        groups, members, shown = [], _by_subgroup(self.trials), _by_subgroup(self.shown)
        for subgroup, row in self.pooled.items():
            rows = tuple(self._row(*trial) for trial in shown[subgroup])
            if subgroup and (rows or not self._is_cut):
                groups.append(ForestGroup(subgroup, rows, self._total(row, members[subgroup])))
            elif rows:  # trials of no subgroup count in the overall total alone
                groups.append(ForestGroup(None, rows, None))
        return tuple(groups)

    def _row(self, study: Study, effect: TrialEffect) -> ForestRow:
        return ForestRow(
            label=study.trial,
            experimental=self._cells(study, "experimental"),
            control=self._cells(study, "control"),
            state=_STATES[effect.state],
            effect=_interval(effect),
            weight=effect.weight,
            marks=",".join(self._marks(study, effect)),
            hollow=study.status is Status.RECONSTRUCTED,
        )

    def _cells(self, study: Study, arm: str) -> tuple[str, ...]:
        names: tuple[str, ...] = ()
        if self.analysis.measure.is_dichotomous:
            names = ("events", "total")
        elif self.analysis.measure.is_continuous:
            names = ("mean", "sd", "total")
        return tuple(self._cell(study, f"{arm}_{name}") for name in names)

    def _cell(self, study: Study, column: str) -> str:
        value = getattr(study, column)
        if is_converted(study.converted, column) and not column.endswith("_events"):
            return shown(value, self.language)
        if value is not None and column.endswith(("_mean", "_sd")):
            value = _rounded(value)
        return _input(value, self.language)

    def _total(
        self,
        row: PooledRow,
        trials: Sequence[Trial],
        overall: bool = False,
    ) -> ForestTotal | None:
        if row.state is PooledState.NO_TOTAL:
            return None
        level = _level(row.ci_level, self.language)
        label = self._word("sum" if overall else "subtotal", level=level)
        if row.trials_unknown and overall:
            label = self._word("sum_known", level=level, known=row.trials_pooled, listed=row.trials_listed)
        if row.state is PooledState.SINGLE_TRIAL and overall:
            label = self._word("not_pooled")
        elif row.state is PooledState.NO_TRIAL:
            label = self._word("no_trial")
        pooled = row.state in (PooledState.POOLED, PooledState.NO_INTERVAL)
        prediction = None
        if pooled and row.prediction_low is not None and row.prediction_high is not None:
            prediction = (row.prediction_low, row.prediction_high)
        return ForestTotal(
            label=label,
            experimental=self._sums(row, "experimental"),
            control=self._sums(row, "control"),
            effect=_interval(row),
            weight=self._weight(row, trials) if pooled else None,
            prediction=prediction if overall else None,
            lines=tuple(self._lines(row, overall)) if pooled else (),
        )

    def _weight(self, row: PooledRow, trials: Sequence[Trial]) -> float:
        """The weights of those that count in a total, in percent."""
        inside = set(map(id, counted([study for study, _ in trials], row.subgroup)))
        return sum(effect.weight or 0.0 for study, effect in trials if id(study) in inside)

    def _sums(self, row: PooledRow, arm: str) -> tuple[str, ...]:
        total = _input(getattr(row, f"{arm}_total"), self.language)
        if self.analysis.measure.is_dichotomous:
            return _input(getattr(row, f"{arm}_events"), self.language), total
        return ("", "", total) if self.analysis.measure.is_continuous else ()

    def _lines(self, row: PooledRow, overall: bool) -> list[str]:
        lines = []
        if row.state is PooledState.NO_INTERVAL:
            lines.append(f"{self._effect(row)}: {self._word('state-no-interval')}")
        if row.q is None or row.df is None or row.p_q is None:
            return lines

        def number(value: float, places: int) -> str:
            return decimal(value, places, self.language)

        parts = [f"τ² = {significant(row.tau2, 3, self.language)}"] if row.tau2 is not None else []
        parts.append(f"χ² = {number(row.q, 2)}, df = {row.df:.0f} ({p_value(row.p_q, self.language)})")
        if row.i2 is not None:
            parts.append(f"I² = {percent(row.i2, 0, self.language)}")
        lines.append(self._word("heterogeneity") + "; ".join(parts))
        value = row.log_estimate if row.log_estimate is not None else row.estimate
        if row.se and value is not None and row.p_effect is not None:
            letter = "t" if self.method.ci == "HKSJ" else "Z"
            score = f"{letter} = {number(abs(value) / row.se, 2)}"
            lines.append(f"{self._word('overall_effect')}{score} ({p_value(row.p_effect, self.language)})")
        if overall and self.test:
            lines.append(self._subgroup_line(self.test))
        return lines

    def _subgroup_line(self, test: SubgroupTest) -> str:
        return (
            f"{self._word('subgroup_test')}χ² = {decimal(test.q, 2, self.language)}, "
            f"df = {test.df:.0f} ({p_value(test.p, self.language)}), "
            f"I² = {percent(test.i2, 0, self.language)}"
        )

    @property
    def _is_cut(self) -> bool:
        return len(self.shown) < len(self.trials)

    def _left_out(self) -> tuple[str, ...]:
        """That not all trials are shown, where that is so."""
        if not self._is_cut:
            return ()
        said = self._word("plot_left_out", trials=len(self.trials), shown=len(self.shown))
        groups = {study.subgroup for study, _ in self.shown}
        return (
            said + self._word("plot_without_groups") * any(s.subgroup not in groups for s, _ in self.trials),
        )

    def _origin(self) -> tuple[str, ...]:
        """That the method is not one that the review declares, where it is not."""
        if self.analysis.method_from is MethodFrom.DECLARED:
            return ()
        label = self.method.label()[self.language]
        return (method_sentence(self.analysis.method_from, label, self.language),)

    def _footnotes(self) -> dict[str, tuple[str, str]]:
        """Note -> (mark, text), marks a, b, c in the order the notes first appear."""
        kinds: dict[str, tuple[str, str]] = {}
        for study, effect in self.shown:
            for kind in self._note_kinds(study, effect):
                amount = significant(self.method.zero_cell_amount, 2, self.language)
                mark = "abcdef"[len(kinds)]
                text = FOOTNOTE[self.language]
                if kind != "converted":
                    text = self._word(f"note-{kind}", amount=amount)
                kinds.setdefault(kind, (mark, text))
        return kinds

    def _note_kinds(self, study: Study, effect: TrialEffect) -> list[str]:
        kinds = [study.status.value] if study.status in _MARKED else []
        kinds += ["corrected"] if study.corrected else []
        kinds += ["converted"] if study.converted else []
        return [*kinds, "zero"] if effect.zero_cell_correction else kinds

    def _marks(self, study: Study, effect: TrialEffect) -> list[str]:
        return [self.notes[kind][0] for kind in self._note_kinds(study, effect)]

    def _description(self) -> str:
        rows = "; ".join(f"{effect.trial} {self._effect(effect)}" for _, effect in self.shown)
        total = self._effect(self.pooled[""])
        said = self._word("plot_description", trials=len(self.trials), rows=rows, total=total)
        return " ".join((said, *self._left_out()))

    def _effect(self, row: TrialEffect | PooledRow) -> str:
        """An effect with its interval, or alone where it has none."""
        if row.estimate is not None and row.state is PooledState.NO_INTERVAL:
            return alone(row.estimate, self.language)
        if row.estimate is None or row.ci_low is None or row.ci_high is None:
            return self._word("not_available")
        limits = (row.estimate, row.ci_low, row.ci_high)
        return interval(*limits, places(*limits), self.language)


def _heaviest(trials: Sequence[Trial]) -> Sequence[Trial]:
    """All trials or, of more than a plot can show, those with most weight, in their order."""
    if len(trials) <= MOST_TRIALS:
        return trials
    order = sorted(range(len(trials)), key=lambda at: -(trials[at][1].weight or 0.0))
    return [trials[at] for at in sorted(order[:MOST_TRIALS])]


def _by_subgroup(trials: Sequence[Trial]) -> Mapping[str, list[Trial]]:
    found: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        found[trial[0].subgroup].append(trial)
    return found


def _interval(row: TrialEffect | PooledRow) -> Interval | None:
    if row.estimate is None or row.ci_low is None or row.ci_high is None:
        return None
    return Interval(row.estimate, row.ci_low, row.ci_high)


def _rounded(value: float) -> float:
    """A mean or SD to two decimals, or three digits of a small one: exports have six, whatever was typed."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, max(2, 2 - math.floor(math.log10(abs(value)))))


def _input(value: float | None, language: str) -> str:
    """A trial's own figure with the digits it has."""
    if value is None:
        return ""
    return localised(f"{value:.12g}", language)


def _level(level: float, language: str) -> str:
    return localised(f"{100 * level:g}", language)
