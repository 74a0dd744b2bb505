"""The figures that a setting gives for every total of a batch."""

from dataclasses import dataclass, field, replace

import numpy as np

from repool.batch import Booleans, Floats, Segments
from repool.effects import ZeroCells, natural
from repool.estimates import Estimates
from repool.identify.asked import FIGURES, Asked
from repool.identify.settings import Setting
from repool.intervals import Centre, inference
from repool.likelihood import Likelihood
from repool.methods import Method
from repool.model import Measure
from repool.pooling import Pooled, pool
from repool.prediction import prediction
from repool.tau2 import ESTIMATORS, hedges_olkin
from repool.trials import Trials

_STEP = 1e-8  # of tau2: below it RevMan's iteration stops
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Made:
    """What a setting makes of each total: `FIGURES` by name, shape (totals,), and trials' weights in percent.

    NaN where there is no such figure. se: of the estimate, on the analysis scale.
    """

    figures: dict[str, Floats]
    weights: Floats
    se: Floats

    def only(self, asked: Asked, which: Booleans) -> "Made":
        """Those of the chosen totals."""
        trials = np.repeat(which, asked.segments.counts)
        figures = {name: column[which] for name, column in self.figures.items()}
        return Made(figures, self.weights[trials], self.se[which])

    def misses(self, asked: Asked) -> dict[str, Floats]:
        """How far each published figure is missed, in the figure's own unit; inf where we have none."""
        found = {name: spans.misses(self.figures[name]) for name, spans in asked.figures.items()}
        if asked.weights.printed.any():
            found["weights"] = np.maximum(asked.segments.highest(asked.weights.misses(self.weights)), 0.0)
        return found


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the figures of one batch under any setting; settings that share trial effects share the work."""

    asked: Asked
    _effects: dict[tuple[Measure, bool, bool, ZeroCells, str], Trials] = field(default_factory=dict)

    def trials(self, setting: Setting) -> Trials:
        """The trials with the effects that a setting asks for."""
        method = setting.method
        kind = (setting.measure, setting.log_scale, setting.swapped, method.zero_cells, method.smd)
        if kind not in self._effects:
            columns, asked = dict(self.asked.columns), self.asked
            if setting.swapped:
                for arm in ("experimental", "control"):
                    columns[f"{arm}_events"] = columns[f"{arm}_total"] - columns[f"{arm}_events"]
            self._effects[kind] = Trials.of_columns(
                setting.measure, columns, asked.segments, method, setting.log_scale
            )
        return self._effects[kind]

    def make(self, setting: Setting) -> Made:
        """The figures under a setting."""
        trials = self.trials(setting)
        if setting.tau2_from == "total":
            pooled, weights = pool(trials, setting.method)
        else:
            pooled, weights = with_tau2(trials, setting.method, self._tau2(setting))
        return Made(_figures(pooled, setting), weights, pooled.se)

    def _tau2(self, setting: Setting) -> Floats:
        trials = self.trials(setting)
        if setting.tau2_from == "stopped":
            return stopped_reml(trials.estimates())
        order = np.argsort(trials.segments.spread(self.asked.analysis), kind="stable")
        numbers, place = np.unique(self.asked.analysis, return_inverse=True)
        counts = np.bincount(place, weights=trials.segments.counts, minlength=len(numbers))
        whole = Segments.of_counts(counts.astype(np.int64))
        y, v, used = trials.effects.y[order], trials.effects.v[order], trials.effects.estimable[order]
        tau2, _ = ESTIMATORS[setting.method.tau2](Estimates.of(y[used], v[used], whole.keep(used)))
        return np.nan_to_num(tau2)[place]


def stopped_reml(e: Estimates) -> Floats:
    """tau2 by REML as RevMan's weights show it is found, shape (analyses,), NaN with fewer than two trials.

    Fisher scoring from Hedges & Olkin's estimate, ended by the first step below 1e-8 (on the squared
    analysis scale) rather than at the maximum: where tau2 is small and the likelihood flat, several
    digits are missing. A step that would make tau2 negative is halved until it does not. Evidence:
    docs/methods.md, "Identification".
    """
    tau2, _ = hedges_olkin(e)
    moving, part = e.several, e.only(e.several)
    for _ in range(_STEPS):
        if not moving.any():
            break
        likelihood, before = Likelihood(part, restricted=True), tau2[moving]
        step = likelihood.score(before) / likelihood.information(before)
        step = np.where(before == 0, np.maximum(step, 0.0), step)
        while (below := before + step < 0).any():
            step[below] /= 2
        tau2[moving] = before + step
        on = np.abs(step) >= _STEP
        moving = moving.copy()
        moving[moving] = on
        part = part.only(on)
    return tau2


def with_tau2(trials: Trials, method: Method, tau2: Floats) -> tuple[Pooled, Floats]:
    """Random effects with a given tau2, shape (totals,), NaN for a single trial; as `pool` returns them."""
    e = trials.estimates()
    tau2 = np.where(e.several, tau2, 0.0)
    w = e.weights(tau2)
    total = e.segments.total(w)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = Centre(e.segments.total(w * e.y) / total, 1 / np.sqrt(total), w, total, tau2)
        typical = e.typical_variance()
        of_tau2 = 100 * tau2 / (tau2 + typical)
    found = inference(e, centre, method.ci, method.level)
    low, high = prediction(e, centre, found.se, method.prediction, method.level)
    estimate = e.origin + centre.estimate
    common = replace(method, weighting="IV", model="common", q_around="IV", ci="Wald")
    own, weights = pool(Trials(trials.measure, trials.effects, None, trials.segments), common)
    made = replace(
        own,
        estimate=estimate,
        se=found.se,
        ci_low=estimate - found.reach,
        ci_high=estimate + found.reach,
        p_effect=found.p,
        tau2=np.where(e.several, tau2, np.nan),
        i2=np.where(e.several, of_tau2, np.nan) if method.i2_from == "tau2" else own.i2,
        prediction_low=e.origin + low,
        prediction_high=e.origin + high,
    )
    weights[trials.effects.estimable] = 100 * w / e.segments.spread(total)
    return made, weights


def _figures(pooled: Pooled, setting: Setting) -> dict[str, Floats]:
    """On the natural scale, NaN for what the method does not have."""
    found = {name: np.asarray(getattr(pooled, name)) for name in FIGURES if name != "z_effect"}
    with np.errstate(invalid="ignore", divide="ignore"):
        found["z_effect"] = np.abs(pooled.estimate / pooled.se)
    for name in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high"):
        found[name] = natural(setting.measure, found[name], log_scale=setting.log_scale)
    found["df"] = np.where(pooled.k > 1, pooled.df, np.nan)
    if not setting.method.uses_tau2:
        found["tau2"] = np.full(len(pooled.k), np.nan)
    return found
