"""The weight of each trial row under each method, by the row's place; and as RevMan prints those of parts."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import groupby

import numpy as np

from repool.batch import Floats, Segments
from repool.effects import Effects, Tables
from repool.estimates import Estimates
from repool.identify.figures import stopped_reml
from repool.identify.overlap import overlapping_weights
from repool.methods import declared_method
from repool.model import Analysis, Counts, NormalForm, Study, Totals, by_analysis
from repool.results import Results, TrialEffect
from repool.trials import Trials

#: Where a row was read: file and line.
Place = tuple[str, int]

_SIXTH_DECIMAL = 2e-6  # points: half a unit, and what the two weights' own rounding makes of the others
_TELLING = 1.0  # points between two weights that tell tau2
_TABLE = ("experimental_events", "experimental_total", "control_events", "control_total")


def shares_by_method(
    results: Results, studies: dict[str, list[Study]], names: Collection[str]
) -> dict[tuple[str, str], dict[Place, float]]:
    """Weights in percent by (analysis, method) and place, of the named analyses.

    A row has its weight in the overall total, else that in its subgroup's.
    """
    places: dict[tuple[str, str, str], list[Place]] = defaultdict(list)
    for name in names:
        for study in studies[name]:
            places[name, study.trial, study.subgroup].append((study.file, study.line))
    shares: dict[tuple[str, str], dict[Place, float]] = {}
    rows = [each for each in results.weights if each.analysis in names]
    for (name, method, _), weights in groupby(rows, lambda row: (row.analysis, row.method, row.scope)):
        own = shares.setdefault((name, method), {})
        met: dict[tuple[str, str, str], int] = {}  # the same trial may have several rows
        for row in weights:
            key = name, row.trial, row.subgroup
            number = met[key] = met.get(key, -1) + 1
            if number < len(places[key]):
                own.setdefault(places[key][number], row.weight)
    return shares


def weights_of_parts(form: NormalForm, results: Results) -> dict[tuple[str, str, int], float]:
    """What RevMan prints as weights in analyses with rows that count in one kind of total alone.

    By analysis and place of each row. Other analyses have the weights of effects.csv.
    """
    mixed = {each.analysis for each in form.studies if each.counts_in is not Counts.BOTH}
    rows = by_analysis(form.studies)
    effects_of: dict[str, dict[Place, TrialEffect]] = {name: {} for name in mixed}
    for effect in results.effects:
        if effect.analysis in mixed:
            effects_of[effect.analysis][effect.file, effect.line] = effect
    found: dict[tuple[str, str, int], float] = {}
    for analysis in form.analyses:
        if analysis.analysis in mixed and analysis.totals is Totals.OVERALL:
            studies, effects = rows[analysis.analysis], effects_of[analysis.analysis]
            known = [each for each in studies if (each.file, each.line) in effects]
            method = declared_method(analysis)
            if method.weighting == "IVhet" or (method.model == "common" and method.weighting == "MH"):
                continue  # no such analysis was ever seen
            trials = _trials(analysis, known, [effects[each.file, each.line] for each in known])
            counts = [each.counts_in for each in known]
            weights = overlapping_weights(trials, method, counts, [each.trial for each in known])
            for study, weight, estimable in zip(known, weights, trials.effects.estimable, strict=True):
                found[study.analysis, study.file, study.line] = float(weight) if estimable else np.nan
    return found


def tau2_behind(v: Floats, weights: Floats) -> float:
    """The tau2 from which random-effects weights in percent follow, to the sixth decimal; NaN for none.

    v, weights: of the rows that have both. Weights 1 / (v + tau2) of two rows give tau2: those of the
    heaviest and of the row that then tells it best.
    """
    if len(v) < 2 or (weights <= 0).any():
        return np.nan
    heavy = int(weights.argmax())
    apart = weights[heavy] - weights
    with np.errstate(all="ignore"):
        other = int(np.where(apart > _TELLING, (v + v[heavy]) / apart, np.inf).argmin())
        tau2 = float((weights[other] * v[other] - weights[heavy] * v[heavy]) / apart[other])
        raw = 1 / (v + max(tau2, 0.0))
        agree = np.abs(100 * raw / raw.sum() - weights) < _SIXTH_DECIMAL
    return max(tau2, 0.0) if agree.all() else np.nan


def tau2_stopped(y: Floats, v: Floats, weights: Floats, room: Floats) -> float:
    """The tau2 of REML as RevMan stops it, where printed weights in percent follow from it; NaN elsewhere.

    y, v, weights and room, how far a weight may be off: of the rows of one total, on the analysis scale.
    """
    if len(v) < 2:
        return np.nan
    tau2 = float(stopped_reml(Estimates.of(y, v, Segments.of_counts([len(v)])))[0])
    raw = 1 / (v + tau2)
    return tau2 if (np.abs(100 * raw / raw.sum() - weights) <= room).all() else np.nan


def _trials(analysis: Analysis, studies: Sequence[Study], effects: Sequence[TrialEffect]) -> Trials:
    """The rows of one analysis as pooling takes them, from the effects that were computed of them."""
    estimable = np.array([each.y is not None and each.se is not None for each in effects], np.bool_)
    y = np.array([each.y or 0.0 for each in effects], np.float64)
    v = np.array([(each.se or 0.0) ** 2 for each in effects], np.float64)
    segments = Segments.of_counts([len(effects)])
    tables = cells = None
    if analysis.measure.is_dichotomous:
        columns = [[getattr(each, name) or 0.0 for each in studies] for name in _TABLE]
        tables = Tables(*(np.array(column, np.float64) for column in columns))
        cells = tables.corrected(declared_method(analysis).zero_cells, segments)
    return Trials(analysis.measure, Effects(y, v, estimable), tables, segments, cells)
