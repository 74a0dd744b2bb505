"""What the second engine compares: the estimable trials of an analysis and its own effects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from repool import second_engine as engine
from repool.batch import Booleans, Floats, number_of
from repool.effects import Tables
from repool.methods import HAENSZEL, Method, declared_method
from repool.model import Analysis, Measure, Study, counted_in_totals
from repool.results import TrialEffect, TrialState


@dataclass(frozen=True, slots=True)
class EstimableTrials:
    """The estimable trials of an analysis: theirs, and ours to compare with. y, v: shape (trials,).

    listed: all trials with data. cells: 2x2 tables after the zero-cell correction, which may look at trials
    that are not estimable.
    """

    analysis: Analysis
    own: Method
    listed: list[Study]
    studies: list[Study]
    effects: list[TrialEffect]
    y: Floats
    v: Floats
    tables: Tables | None
    cells: Tables | None
    fits: engine.Fits

    @staticmethod
    def of(analysis: Analysis, studies: Sequence[Study], effects: Sequence[TrialEffect]) -> "EstimableTrials":
        own, measure = declared_method(analysis), analysis.measure
        pairs = [
            (study, effect)
            for study, effect in zip(studies, effects, strict=True)
            if effect.state is not TrialState.UNKNOWN
        ]
        known, shown = [study for study, _ in pairs], [effect for _, effect in pairs]
        y = np.array([number_of(effect, "y") for effect in shown], dtype=np.float64)
        v = np.array([number_of(effect, "se") for effect in shown], dtype=np.float64) ** 2
        tables = engine.tables_of(known) if measure.is_dichotomous else None
        cells = tables and tables.corrected(own.zero_cells)
        if engine.computes(measure, own.smd):
            y, v = engine.trial_effects(measure, known, own.zero_cells)
        if tables and _sets_to_one(measure, own):  # RevMan's rule, which statsmodels does not know
            y = np.where(tables.all_events, 0.0, y)
        every = EstimableTrials(
            analysis, own, known, known, shown, y, v, tables, cells, engine.Fits(y, v, own.level)
        )
        return every.only([at for at, effect in enumerate(shown) if effect.state is TrialState.ESTIMATED])

    def only(self, which: Sequence[int]) -> "EstimableTrials":
        """The trials at these places."""
        places = np.array(which, dtype=np.int64)
        y, v = self.y[places], self.v[places]
        return replace(
            self,
            studies=[self.studies[at] for at in which],
            effects=[self.effects[at] for at in which],
            y=y,
            v=v,
            tables=self.tables and engine.chosen(self.tables, places),
            cells=self.cells and engine.chosen(self.cells, places),
            fits=engine.Fits(y, v, self.own.level),
        )

    def within(self, subgroups: Iterable[str]) -> dict[str, "EstimableTrials"]:
        """Those that count in the total of each subgroup, or in the overall one ("")."""
        places = {id(study): at for at, study in enumerate(self.studies)}
        listed = counted_in_totals(self.listed)
        return {
            name: self.only([places[id(study)] for study in listed[name] if id(study) in places])
            for name in subgroups
        }

    @property
    def ones(self) -> Booleans:
        """Which trials have a risk ratio of 1 because everybody had the event."""
        if self.tables is None or not _sets_to_one(self.analysis.measure, self.own):
            return np.zeros(len(self.y), dtype=np.bool_)
        return self.tables.all_events

    def serve(self, method: Method) -> bool:
        """Whether a method takes the trial effects of the declared one, which effects.csv holds."""
        measure, own = self.analysis.measure, self.own
        if measure is Measure.SMD:
            return method.smd == own.smd
        if method.zero_cells == own.zero_cells or measure not in HAENSZEL or self.tables is None:
            return True
        rules = {method.zero_cells.rule, own.zero_cells.rule}
        return not self.tables.has_zero_cell.any() and "all" not in rules


def _sets_to_one(measure: Measure, method: Method) -> bool:
    return measure is Measure.RR and method.zero_cells.drops
