"""The cross-check: every number of a review that statsmodels can compute, computed by it and compared.

The second engine starts from the trial data of the normal form wherever statsmodels has the trial
effect; where it has none, y and se of effects.csv are pooled. Which trials are estimable, and the tau2 of
a random-effects method, come from Repool's tables; tau2 is compared by itself.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from repool import second_engine as engine
from repool.agreement import TOLERANCE, Compared, Place, Theirs
from repool.batch import number_of
from repool.methods import Method, method_behind
from repool.model import Measure, NormalForm, by_analysis
from repool.reach import beyond_reach
from repool.results import PooledRow, PooledState, Results, SubgroupTest, TrialWeight
from repool.second_engine import Fit, Haenszel
from repool.second_trials import EstimableTrials
from repool.width import LARGEST_LOG

_READABLE_LOG = 690.0  # its exponential and that of its negative are ordinary numbers
_LEAST_SE = 1e-5  # of the Wald SE: where trials agree to the last digit, that by HKSJ is nothing but rounding
_WITHOUT_NUMBERS = (PooledState.NOT_APPLICABLE, PooledState.NO_TOTAL)
_LEVEL = 0.95  # where a level is asked for and nothing depends on it


def crosscheck(form: NormalForm, results: Results) -> tuple[Compared, ...]:
    """Compare a review's trial effects, pooled results, weights and subgroup tests, by analysis."""
    studies, effects = by_analysis(form.studies), by_analysis(results.effects)
    weights, pooled = by_analysis(results.weights), by_analysis(results.pooled)
    tests = by_analysis(results.subgroup_tests)
    rows: list[Compared] = []
    for analysis in form.analyses:
        name = analysis.analysis
        trials = EstimableTrials.of(analysis, studies[name], effects[name])
        rows += _trial_effects(trials)
        shares: defaultdict[tuple[str, str], list[TrialWeight]] = defaultdict(list)
        for each in weights[name]:
            shares[each.scope, each.method].append(each)
        scopes = trials.within({row.subgroup for row in pooled[name]})
        for row in pooled[name]:
            method = method_behind(analysis, row.role, row.method)
            rows += _Scope(scopes[row.subgroup], row, method).rows(shares[row.subgroup, row.method])
        for test in tests[name]:
            rows += _subgroup_test(test, pooled[name], analysis.log_scale)
    return tuple(rows)


def _trial_effects(trials: EstimableTrials) -> Iterator[Compared]:
    if not trials.effects:
        return
    measure, log_scale = trials.analysis.measure, trials.analysis.log_scale
    computed = engine.computes(measure, trials.own.smd)
    call = "effectsize_smd" if measure is Measure.SMD else "effectsize_2proportions"
    made = trials.fits.at(0.0)
    for number, effect in enumerate(trials.effects):
        place = Place(effect.analysis, effect.subgroup, effect.trial)
        y, se = float(trials.y[number]), math.sqrt(trials.v[number])
        why = "" if computed else ("given" if measure is Measure.GIV else "no-effect")
        known = call if computed else ""
        own_rule = "all-events" if trials.ones[number] else why
        yield place.compare("y", effect.y, Theirs(y, se, known, own_rule))
        yield place.compare("se", effect.se, Theirs(se, 0.0, known, why))
        shown = (effect.estimate, effect.ci_low, effect.ci_high)
        theirs = (y, *(float(limit) for limit in made.trial_limits[number]))
        for quantity, ours, value in zip(("estimate", "ci_low", "ci_high"), shown, theirs, strict=True):
            from_fit = quantity != "estimate"
            said = Theirs(value, se, "conf_int_samples" if from_fit else known, "" if from_fit else own_rule)
            yield place.compare(quantity, _logged(ours, log_scale), _readable(said, log_scale))


@dataclass(frozen=True, slots=True)
class _Scope:
    """One row of pooled.csv with the trials behind it."""

    trials: EstimableTrials
    row: PooledRow
    method: Method | None

    @property
    def place(self) -> Place:
        return Place(self.row.analysis, self.row.subgroup, method=self.row.method)

    def rows(self, weights: Sequence[TrialWeight]) -> Iterator[Compared]:
        """All comparisons of this row, and those of its trials' weights."""
        k, method = len(self.trials.y), self.method
        if method is None or k == 0 or self.row.state in _WITHOUT_NUMBERS:
            return
        if not self.trials.serve(method):
            yield self.place.compare("estimate", self.row.estimate, Theirs(math.nan, reason="own-effects"))
            return
        common = self.trials.fits.at(0.0)
        haenszel = self._haenszel(method, self.trials.own.level)
        undefined = haenszel and not math.isfinite(haenszel.estimate)  # raw cells: nor is there Q around it
        if undefined or beyond_reach(self.trials.y, self.trials.v):
            yield self.place.compare("estimate", self.row.estimate, Theirs(math.nan))
            return
        tau2 = (self.row.tau2 or 0.0) if method.uses_tau2 and k > 1 else 0.0
        at_tau2 = self.trials.fits.at(tau2)
        made = at_tau2 if method.model == "random" else common
        if self._is_unwritable(method, made, haenszel):
            yield self.place.compare("estimate", self.row.estimate, Theirs(math.nan))
            return
        yield from self._effect(method, made, haenszel)
        if k > 1:
            q = self._q(method, common, haenszel)
            yield from self._heterogeneity(method, common, q)
            if method.uses_tau2:
                yield from self._between_trials(method, common, at_tau2, q)
        yield from self._weights(method, made, weights)

    def _is_unwritable(self, method: Method, made: Fit, haenszel: Haenszel | None) -> bool:
        """Whether no float holds the ratio or a limit, by statsmodels or, where it has none, by ours."""
        if not self.trials.analysis.log_scale:
            return False
        estimate, _, limits = self._expected(method, made, haenszel)
        theirs = [each.value for each in (estimate, *limits) if not math.isnan(each.value)]
        return max(theirs, default=0) > LARGEST_LOG or (
            len(theirs) < 3 and self.row.state is PooledState.UNDEFINED
        )

    def _haenszel(self, method: Method, level: float) -> Haenszel | None:
        """The M-H result if the method needs one and `StratifiedTable` has it."""
        trials, measure = self.trials, self.trials.analysis.measure
        wanted = "MH" in (method.weighting, method.q_around) and measure in (Measure.RR, Measure.OR)
        if not wanted or trials.tables is None or trials.cells is None or trials.ones.any():
            return None
        if method.mh_cells == "raw":
            return engine.haenszel(measure, trials.tables, False, level)
        rule = (trials.own.zero_cells.rule, trials.own.zero_cells.amount)
        if rule == ("only0", 0.5):
            return engine.haenszel(measure, trials.tables, True, level)
        return engine.haenszel(measure, trials.cells, False, level)

    def _effect(self, method: Method, made: Fit, haenszel: Haenszel | None) -> Iterator[Compared]:
        row, log_scale = self.row, self.trials.analysis.log_scale
        estimate, se, limits = self._expected(method, made, haenszel)
        size = max(made.se, 1.0 if log_scale else abs(made.estimate))
        if row.se is None and se.value <= TOLERANCE * size:
            se, *limits = (replace(each, reason="no-interval") for each in (se, *limits))
        if log_scale:
            yield self.place.compare("log_estimate", row.log_estimate, estimate)
        shown = zip(
            ("estimate", "ci_low", "ci_high"),
            (row.estimate, row.ci_low, row.ci_high),
            (estimate, *limits),
            strict=True,
        )
        for quantity, ours, theirs in shown:
            yield self.place.compare(quantity, _logged(ours, log_scale), _readable(theirs, log_scale))
        yield self.place.compare("se", row.se, se)

    def _expected(
        self, method: Method, made: Fit, haenszel: Haenszel | None
    ) -> tuple[Theirs, Theirs, list[Theirs]]:
        """(estimate, se, limits) of the pooled value as statsmodels has them."""
        if method.weighting == "MH" and method.model == "common":
            return self._haenszel_effect(haenszel, made.se)
        call = "combine_effects" if method.model == "common" else "combine_effects at tau2"
        known = method.weighting in ("MH", "IV", "Peto", "IVhet")
        estimate = Theirs(made.estimate, made.se, call, "" if known else "no-method")
        interval = _interval(method, made) if known and method.weighting != "IVhet" else None
        if interval is None:
            missing = Theirs(math.nan, reason="no-method")
            return estimate, missing, [missing, missing]
        se, limits = interval
        call = call if method.ci == "Wald" else f"{call}, use_t"
        return (
            estimate,
            Theirs(se, _LEAST_SE * made.se, call),
            [Theirs(limit, made.se, call) for limit in limits],
        )

    def _haenszel_effect(self, made: Haenszel | None, unit: float) -> tuple[Theirs, Theirs, list[Theirs]]:
        if made is None:
            missing = Theirs(math.nan, reason=self._no_haenszel())
            return missing, missing, [missing, missing]
        if made.se is None or made.limits is None:
            missing = Theirs(math.nan, reason="no-mh-se" if math.isfinite(made.estimate) else "")
            pooled = Theirs(made.estimate, unit, "StratifiedTable.riskratio_pooled")
            return pooled, missing, [missing, missing]
        call = "StratifiedTable.logodds_pooled"
        limits = [Theirs(limit, made.se, f"{call}_confint") for limit in made.limits]
        return Theirs(made.estimate, made.se, call), Theirs(made.se, 0.0, f"{call}_se"), limits

    def _no_haenszel(self) -> str:
        return "all-events" if self.trials.ones.any() else "no-mh-difference"

    def _q(self, method: Method, common: Fit, haenszel: Haenszel | None) -> Theirs:
        """Q around the IV value, or around the M-H value: Q_IV + sum w (M-H - IV)^2."""
        call = "combine_effects.q"
        if method.q_around != "MH":
            reason = "" if method.q_around in ("IV", "Peto") else "no-method"
            return Theirs(common.q, common.k - 1, call, reason)
        if haenszel is None:
            return Theirs(math.nan, reason=self._no_haenszel())
        q = common.q + common.total * (haenszel.estimate - common.estimate) ** 2
        return Theirs(q, common.k - 1, f"{call} around StratifiedTable's")

    def _heterogeneity(self, method: Method, common: Fit, q: Theirs) -> Iterator[Compared]:
        row, df = self.row, common.k - 1
        yield self.place.compare("q", row.q, q)
        p = Theirs(common.p_q, _unit_of_p(common.p_q, common.q), "test_homogeneity", q.reason)
        if method.q_around == "MH" and not q.reason:
            p = Theirs(math.nan, reason="no-mh-test" if math.isfinite(q.value) else "")
        yield self.place.compare("p_q", row.p_q, p)
        if method.i2_from == "tau2" and method.uses_tau2:
            tau2 = row.tau2 or 0.0
            i2 = Theirs(100 * tau2 / (tau2 + df / common.trace), 100, "combine_effects.c at tau2")
        else:
            i2 = Theirs(_i2(q.value, df), 100, q.call, q.reason)
        yield self.place.compare("i2", row.i2, i2)

    def _between_trials(self, method: Method, common: Fit, made: Fit, q: Theirs) -> Iterator[Compared]:
        """tau2 where statsmodels has it, and the equation it has to solve where there is one."""
        ours = self.row.tau2
        not_converged = "not-converged" if self.row.state is PooledState.NOT_CONVERGED else ""
        theirs = self._tau2(method, common, q)
        yield self.place.compare("tau2", ours, replace(theirs, reason=not_converged or theirs.reason))
        equation = _equation(method.tau2, made)
        if equation is None or ours is None:
            return
        if ours == 0 and equation <= 1:  # the boundary: the equation has no root above 0
            at_zero = Theirs(equation, 1, "combine_effects at tau2 = 0", not_converged)
            yield self.place.compare("equation_at_zero", equation, at_zero)
        else:
            at_root = Theirs(equation, 1, "combine_effects at tau2", not_converged)
            yield self.place.compare("equation", 1.0, at_root)

    def _tau2(self, method: Method, common: Fit, q: Theirs) -> Theirs:
        y, v, unit = self.trials.y, self.trials.v, common.k / common.total
        if method.tau2 in ("PM", "EB"):
            solved, call = engine.paule_mandel(y, v), "combine_effects(pm)"
            return Theirs(math.nan, 0, call, "not-solved") if solved is None else Theirs(solved, unit, call)
        call = "combine_effects(dl)"
        value = engine.moments(method.tau2, self.trials.fits)
        if method.tau2 == "DL" and method.q_around == "MH":
            call += " around StratifiedTable's"
            value = (q.value - common.k + 1) / common.trace
        if value is None:
            return Theirs(math.nan, reason="no-estimator")
        if q.reason and method.tau2 == "DL":
            return Theirs(math.nan, reason=q.reason)
        if value <= 0 and self.row.tau2 == 0:
            return Theirs(value, unit, call, "not-truncated")
        return Theirs(max(0.0, value), unit, call)

    def _weights(self, method: Method, made: Fit, weights: Sequence[TrialWeight]) -> Iterator[Compared]:
        ours = {(weight.subgroup, weight.trial): weight.weight for weight in weights}
        reason = "no-mh-weights" if method.weighting == "MH" and method.model == "common" else ""
        for study, value in zip(self.trials.studies, made.weights, strict=True):
            place = Place(self.row.analysis, self.row.subgroup, study.trial, self.row.method)
            theirs = Theirs(math.nan if reason else float(value), 0.0, "combine_effects.weights_rel", reason)
            yield place.compare("weight", ours.get((study.subgroup, study.trial)), theirs)


def _equation(estimator: str, made: Fit) -> float | None:
    """What a tau2 above 0 sets to 1, from the fit at that tau2; None for a closed form.

    PM, EB: Q / (k - 1). ML, REML: sum w^2 (y - estimate)^2 over S1, or over S1 - S2 / S1, is 1 where the
    (restricted) likelihood is level (Viechtbauer 2005). Which of several modes is highest it does not say.
    """
    if estimator in ("PM", "EB"):
        return made.q / (made.k - 1)
    over = {"ML": made.total, "REML": made.trace}
    return made.squares / over[estimator] if estimator in over else None


def _interval(method: Method, made: Fit) -> tuple[float, tuple[float, float]] | None:
    """(SE, limits) by the method's kind of interval, None where statsmodels has nothing of that kind."""
    if made.k == 1 or method.ci == "Wald":
        return made.se, made.limits
    hksj = made.se_hksj, made.limits_hksj
    if method.ci == "t" or (method.ci == "HKSJ-truncated" and made.se_hksj < made.se):
        return made.se, made.limits_t
    if method.ci == "HKSJ-wider" and made.limits_hksj[1] < made.limits[1]:
        return made.se, made.limits
    return hksj if method.ci.startswith("HKSJ") else None


def _subgroup_test(test: SubgroupTest, pooled: Sequence[PooledRow], log_scale: bool) -> Iterator[Compared]:
    """Q between subgroups: the pooled subgroups of pooled.csv, combined like trials."""
    rows = [row for row in pooled if row.subgroup and row.method == test.method and row.se]
    y = np.array([number_of(row, "log_estimate" if log_scale else "estimate") for row in rows])
    made = engine.fit(y, np.array([number_of(row, "se") for row in rows]) ** 2, _LEVEL)
    place, df = Place(test.analysis, method=test.method), made.k - 1
    yield place.compare("subgroup_q", test.q, Theirs(made.q, df, "combine_effects.q"))
    yield place.compare("subgroup_df", test.df, Theirs(df, 0.0, "combine_effects.k"))
    yield place.compare(
        "subgroup_p", test.p, Theirs(made.p_q, _unit_of_p(made.p_q, made.q), "test_homogeneity")
    )
    yield place.compare("subgroup_i2", test.i2, Theirs(_i2(made.q, df), 100, "combine_effects.q"))


def _unit_of_p(p: float, q: float) -> float:
    """A relative error of Q is up to Q / 2 times larger in its p."""
    return p * max(1.0, q / 2)


def _i2(q: float, df: float) -> float:
    return 100 * max(0.0, 1 - df / q) if q > 0 else (0.0 if q == 0 else math.nan)


def _logged(value: float | None, log_scale: bool) -> float | None:
    """A number as shown on the analysis scale; infinite where its log does not exist."""
    if value is None or not log_scale:
        return value
    return math.log(value) if value > 0 else math.inf


def _readable(theirs: Theirs, log_scale: bool) -> Theirs:
    """Not to be compared with a number as shown if its exponential cannot be shown."""
    if log_scale and abs(theirs.value) > _READABLE_LOG:
        return Theirs(theirs.value, theirs.unit, theirs.call, "too-large")
    return theirs
