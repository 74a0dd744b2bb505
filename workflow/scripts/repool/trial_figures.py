"""What was published of each trial row (effect, limits, weight) against ours: a verdict for each figure."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import numpy as np

from repool.batch import Booleans, Floats, Segments, number_of
from repool.doubts import Asked, asked_by_row, doubts
from repool.identify.rows import PrintedRows, RowSetting, RowState, identify_rows
from repool.methods import declared_method
from repool.model import (
    NO_TEXT,
    Analysis,
    Bilingual,
    Measure,
    NormalForm,
    Study,
    Totals,
    TrialClaim,
    by_analysis,
)
from repool.questions.records import Question
from repool.results import Results, TrialEffect, TrialState
from repool.trial_reasons import reason, told_apart
from repool.trial_weights import Place, shares_by_method, tau2_behind, tau2_stopped, weights_of_parts
from repool.verdicts import Verdict, joined

FIGURES = ("estimate", "ci_low", "ci_high", "weight")
_MINOR = 0.10
_STORED = 1e-11  # relative: results are read from tables of 12 significant digits
_ITERATED = frozenset({"ML", "REML", "PM", "PMM", "EB"})
_NEAR_TAU2 = 0.01  # relative
_CLOSE_WEIGHT = 0.0005  # points: what is left where a tau2 is found by iteration


@dataclass(frozen=True, slots=True)
class CheckedTrial:
    """The published figures of one trial row beside ours, natural scale, weights in percent.

    A verdict is None where nothing was published. reason: why figures are not exact, "" where all are.
    """

    analysis: str
    subgroup: str
    trial: str
    published_estimate: str
    estimate: float | None
    verdict_estimate: Verdict | None
    published_ci_low: str
    ci_low: float | None
    verdict_ci_low: Verdict | None
    published_ci_high: str
    ci_high: float | None
    verdict_ci_high: Verdict | None
    published_weight: str
    weight: float | None
    verdict_weight: Verdict | None
    reason: Bilingual
    file: str
    line: int

    @property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """The verdicts in the order of `FIGURES`."""
        return self.verdict_estimate, self.verdict_ci_low, self.verdict_ci_high, self.verdict_weight


def check_trials(
    form: NormalForm, results: Results, questions: Iterable[Question] = ()
) -> tuple[CheckedTrial, ...]:
    """A row for every row of published_trials.csv, in its order.

    A figure is `exact` where ours would be printed as it is; a published weight of 0 also where we give
    none. What is not exact is looked at again: other measures, levels and swapped events (`identify`) for
    effects, the methods in weights.csv for weights. questions: about rows (`questions.ask`), which may be
    what is wrong where a figure differs.
    """
    if not form.trial_claims:
        return ()
    effects = {(each.analysis, each.file, each.line): each for each in results.effects}
    for key, weight in weights_of_parts(form, results).items():
        effects[key] = replace(effects[key], weight=None if math.isnan(weight) else weight)
    own = [effects.get((each.analysis, each.file, each.line)) for each in form.trial_claims]
    table = _Table.of(form.trial_claims, own)
    plain = (table.agrees | ~table.printed).all(axis=0) & (table.printed[0] | ~table.has_effect)
    asked = asked_by_row(questions)
    doubtful = _Doubts(form, results, table, np.flatnonzero(~plain).tolist(), asked)
    exact = [tuple(Verdict.EXACT if each else None for each in row) for row in table.printed.T.tolist()]
    ours = table.ours.T.tolist()
    checked = []
    for place, claim in enumerate(form.trial_claims):
        verdicts, why = (exact[place], NO_TEXT) if plain[place] else doubtful.judged(place)
        estimate, low, high, share = (None if math.isnan(each) else each for each in ours[place])
        checked.append(
            CheckedTrial(
                claim.analysis, claim.subgroup, claim.trial,
                claim.estimate, estimate, verdicts[0], claim.ci_low, low, verdicts[1],
                claim.ci_high, high, verdicts[2], claim.weight, share, verdicts[3],
                why, claim.file, claim.line,
            )
        )  # fmt: skip
    return tuple(checked)


def figures_by_verdict(checked: Sequence[CheckedTrial]) -> dict[Verdict, int]:
    """How many published figures have each verdict, all of them listed, in the order of `Verdict`."""
    counts = Counter(verdict for each in checked for verdict in each.verdicts)
    return {verdict: counts[verdict] for verdict in Verdict}


@dataclass(frozen=True, slots=True)
class _Table:
    """Published figures and ours as arrays of shape (4, rows), in the order of `FIGURES`; NaN for none.

    half: half a unit of the last printed digit. printed: whether something was published, readable or not.
    """

    claims: Sequence[TrialClaim]
    effects: Sequence[TrialEffect | None]
    published: Floats
    half: Floats
    printed: Booleans
    ours: Floats
    agrees: Booleans

    @staticmethod
    def of(claims: Sequence[TrialClaim], effects: Sequence[TrialEffect | None]) -> "_Table":
        texts = [[getattr(each, name) for each in claims] for name in FIGURES]
        read = np.array([[_read(text) for text in row] for row in texts])
        published, half = read[..., 0], read[..., 1]
        ours = np.array([[number_of(each, name) for each in effects] for name in FIGURES])
        size = np.nan_to_num(np.abs(published))
        size[:3] = size[:3].max(axis=0)
        with np.errstate(invalid="ignore"):
            agrees = np.abs(ours - published) <= half * (1 + 1e-6) + _STORED * size
        agrees[3] |= np.isnan(ours[3]) & (published[3] == 0)
        printed = np.array([[text != "" for text in row] for row in texts])
        return _Table(claims, effects, published, half, printed, ours, agrees)

    @property
    def has_effect(self) -> Booleans:
        """Rows for which we have an effect."""
        return np.asarray(~np.isnan(self.ours[0]))


class _Doubts:
    """The rows in which a figure is not exact, and what else could have made it."""

    def __init__(
        self, form: NormalForm, results: Results, table: _Table, places: list[int], asked: Asked
    ) -> None:
        self.table, self.asked = table, asked
        self.analyses = {each.analysis: each for each in form.analyses}
        names = dict.fromkeys(table.claims[place].analysis for place in places)
        self.studies = by_analysis(each for each in form.studies if each.analysis in names)
        self.row_of = {
            (each.analysis, each.file, each.line): each for own in self.studies.values() for each in own
        }
        self.tau2 = {
            (row.analysis, row.subgroup): row.tau2
            for row in results.pooled
            if row.analysis in names and row.role == "declared"
        }
        self.rows: dict[str, list[int]] = {name: [] for name in names}
        for place, claim in enumerate(table.claims if names else ()):
            if claim.analysis in names:
                self.rows[claim.analysis].append(place)
        effect = {table.claims[place].analysis for place in places if not self._is_plain_effect(place)}
        weight = {table.claims[place].analysis for place in places if self._doubts(place, 3)}
        self._read_again([name for name in names if name in effect])
        self.methods = self._weighed_again(results, weight)
        self.iterated = {place: why for name in weight for place, why in self._stopped_earlier(name)}
        self.in_doubt: dict[str, Bilingual] = {}

    def judged(self, place: int) -> tuple[tuple[Verdict | None, ...], Bilingual]:
        """The verdicts of one row in the order of `FIGURES`, and why they are what they are."""
        table = self.table
        verdicts = [Verdict.EXACT if each else None for each in table.printed[:, place].tolist()]
        effect = table.effects[place]
        if effect is None or effect.state is TrialState.UNKNOWN:
            why = reason("no-row" if effect is None else "no-data")
            return tuple(each and Verdict.NOT_ATTEMPTABLE for each in verdicts), why
        reasons = []
        if self._is_unprinted(place):
            state = self.states[table.claims[place].analysis, place]
            if state is not RowState.LOG_LIMITS:
                limits = table.printed[1:3, place].any()
                code = "unprinted-estimate" if limits else "unprinted"
                reasons.append(reason(code, estimate=table.ours[0, place]))
            reasons.extend([state.text] if state is not RowState.UNEXPLAINED else [])
        doubtful = [figure for figure in range(3) if self._doubts(place, figure)]
        if doubtful:
            verdict, why = self._effect_verdict(place, doubtful)
            for figure in doubtful:
                verdicts[figure] = verdict
            reasons.append(why)
        if self._doubts(place, 3):
            verdicts[3], why = self._weight_verdict(place)
            reasons.append(why)
        return tuple(verdicts), joined(reasons, " ")

    def _doubts(self, place: int, figure: int) -> bool:
        return bool(self.table.printed[figure, place] and not self.table.agrees[figure, place])

    def _is_plain_effect(self, place: int) -> bool:
        return not (self._is_unprinted(place) or any(self._doubts(place, figure) for figure in range(3)))

    def _is_unprinted(self, place: int) -> bool:
        """Whether an effect that we have was not printed."""
        return bool(self.table.has_effect[place] and not self.table.printed[0, place])

    def _effect_verdict(self, place: int, doubtful: list[int]) -> tuple[Verdict, Bilingual]:
        table, claim = self.table, self.table.claims[place]
        published, ours = table.published[:3, place], table.ours[:3, place]
        if np.isnan(published[doubtful]).any():
            return Verdict.NOT_ATTEMPTABLE, reason("unreadable")
        other = self._other_reading(place)
        if other:
            return Verdict.OTHER_METHOD, reason("reading", how=other)
        if self._is_impossible(place):
            return Verdict.INPUT_ERROR, RowState.IMPOSSIBLE.text
        if np.isnan(ours[doubtful]).any():
            return Verdict.NOT_ATTEMPTABLE, reason("not-estimable")
        if (np.abs(ours - published) <= 2 * table.half[:3, place] * (1 + 1e-6))[doubtful].all():
            return Verdict.ROUNDING, reason("rounding")
        null = 1.0 if self.analyses[claim.analysis].log_scale else 0.0
        why = [reason("differs", ours=ours[doubtful[0]]), doubts([self._study(place)], self.asked)]
        return _severity(published, ours, null), joined([each for each in why if each], " ")

    def _weight_verdict(self, place: int) -> tuple[Verdict, Bilingual]:
        published, ours = (float(each[3, place]) for each in (self.table.published, self.table.ours))
        if math.isnan(published):
            return Verdict.NOT_ATTEMPTABLE, reason("unreadable")
        method = self.methods[self.table.claims[place].analysis]
        if method:
            return Verdict.OTHER_METHOD, reason("weight-method", method=method)
        if math.isnan(ours):
            return Verdict.NOT_ATTEMPTABLE, reason("no-weight")
        if place in self.iterated:
            return Verdict.ROUNDING, self.iterated[place]
        if abs(ours - published) <= _CLOSE_WEIGHT:
            return Verdict.ROUNDING, reason("weight-close")
        minor = abs(ours - published) < _MINOR * abs(published)
        rows = self._rows_in_doubt(self.table.claims[place].analysis)
        why = joined([reason("weight-differs", ours=ours), *([rows] if rows else [])], " ")
        return Verdict.MINOR if minor else Verdict.MAJOR, why

    def _rows_in_doubt(self, name: str) -> Bilingual:
        """The rows that share the weight and raise a question, in words; "" for none."""
        if name not in self.in_doubt:
            self.in_doubt[name] = doubts(self.studies[name], self.asked)
        return self.in_doubt[name]

    def _other_reading(self, place: int) -> Bilingual:
        """How the printed effect of a row was read, where that is not as declared; "" for no reading."""
        name = self.table.claims[place].analysis
        setting, state = self.settings[name], self.states[name, place]
        if state is RowState.LOG_LIMITS:
            return state.text
        is_other = state in _TELLING and not _is_declared(self.analyses[name], setting)
        return setting.note if is_other else NO_TEXT

    def _is_impossible(self, place: int) -> bool:
        study, arms = self._study(place), ("experimental", "control")
        return any(number_of(study, f"{arm}_events") > number_of(study, f"{arm}_total") for arm in arms)

    def _study(self, place: int) -> Study:
        claim = self.table.claims[place]
        return self.row_of[claim.analysis, claim.file, claim.line]

    def _read_again(self, names: list[str]) -> None:
        """How the rows of these analyses can have been read, from what was printed of them."""
        claims = [self.rows[name] for name in names]
        columns = _columns(self.table, self.studies, claims)
        settings = identify_rows(PrintedRows.of_columns(columns, Segments.of_counts([*map(len, claims)])))
        self.settings = dict(zip(names, settings, strict=True))
        self.states = {
            (name, place): state
            for name, places in zip(names, claims, strict=True)
            for place, state in zip(places, self.settings[name].states, strict=True)
        }

    def _weighed_again(self, results: Results, names: set[str]) -> dict[str, Bilingual]:
        """By analysis the simplest other method whose weights are the published ones of all rows, or "".

        In every printed digit; or, where those of the declared one are not, within 0.0005 points.
        """
        labels = {(each.analysis, each.method): each.method_label for each in results.pooled}
        own = {name: declared_method(self.analyses[name]).name for name in names}
        found = dict.fromkeys(names, NO_TEXT)
        shares = shares_by_method(results, self.studies, names)
        for room in (0.0, _CLOSE_WEIGHT):
            close = {(name, method) for (name, method), each in shares.items()
                     if self._are_published(name, each, room)}  # fmt: skip
            for name, method in shares:
                if (name, method) in close and (name, own[name]) not in close and not found[name]:
                    found[name] = labels[name, method]
        return found

    def _stopped_earlier(self, name: str) -> Iterator[tuple[int, Bilingual]]:
        """Rows of totals whose printed weights follow from an iteration that stopped elsewhere than ours."""
        analysis = self.analyses[name]
        method = declared_method(analysis)
        if not method.uses_tau2 or method.tau2 not in _ITERATED:
            return
        totals: dict[str, list[int]] = {}
        for place in self.rows[name]:
            effect = self.table.effects[place]
            if effect is not None:
                scope = effect.subgroup if analysis.totals is Totals.SUBGROUPS else ""
                totals.setdefault(scope, []).append(place)
        for scope, places in totals.items():
            ours = self.tau2.get((name, scope))
            theirs = self._tau2_behind(places, method.tau2, ours)
            if ours is not None and not math.isnan(theirs) and theirs != ours:
                shown = dict(zip(("theirs", "ours"), told_apart(theirs, ours), strict=True))
                why = reason("weight-iterated", **shown)
                yield from ((place, why) for place in places)

    def _tau2_behind(self, places: list[int], estimator: str, ours: float | None) -> float:
        """What printed weights of a total follow from: REML as RevMan stops it, else a tau2 near ours."""
        y, se = (np.array([number_of(self.table.effects[n], name) for n in places]) for name in ("y", "se"))
        weights, half = self.table.published[3, places], self.table.half[3, places]
        both = ~np.isnan(se) & ~np.isnan(weights)
        v, weights, room = se[both] ** 2, weights[both], half[both] * (1 + 1e-6) + _STORED * 100
        stopped = tau2_stopped(y[both], v, weights, room) if estimator == "REML" else math.nan
        if not math.isnan(stopped):
            return stopped
        theirs = tau2_behind(v, weights)
        return theirs if ours and abs(theirs - ours) < _NEAR_TAU2 * ours else math.nan

    def _are_published(self, name: str, shares: dict[Place, float], room: float) -> bool:
        return all(self._has_weight(place, shares, room) for place in self.rows[name])

    def _has_weight(self, place: int, shares: dict[Place, float], room: float) -> bool:
        claim, published = self.table.claims[place], self.table.published[3, place]
        if not self.table.printed[3, place]:
            return True
        room = max(self.table.half[3, place] * (1 + 1e-6), room) + _STORED * 100
        return bool(abs(shares.get((claim.file, claim.line), 0.0) - published) <= room)


def _columns(table: _Table, studies: dict[str, list[Study]], claims: list[list[int]]) -> dict[str, Floats]:
    """The rows behind these claims as an export has them: data, and what was printed."""
    found = {(each.analysis, each.file, each.line): each for rows in studies.values() for each in rows}
    places = [place for rows in claims for place in rows]
    keys = [(table.claims[at].analysis, table.claims[at].file, table.claims[at].line) for at in places]
    rows = [found.get(key) for key in keys]
    names = [
        f"{arm}_{name}" for arm in ("experimental", "control") for name in ("events", "total", "mean", "sd")
    ]
    columns = {name: np.array([number_of(each, name) for each in rows]) for name in names}
    generic = [each is not None and each.estimate is not None for each in rows]
    given = [table.effects[at] if is_given else None for at, is_given in zip(places, generic, strict=True)]
    columns |= {
        name: np.array([number_of(each, source) for each in given]) for name, source in _GENERIC.items()
    }
    shown = dict(zip(("shown", "shown_low", "shown_high"), table.published[:3, places], strict=True))
    return columns | shown


_GENERIC = {"estimate": "y", "se": "se"}
_TELLING = frozenset({RowState.EXACT, RowState.OTHER_LEVEL, RowState.SWAPPED, RowState.TYPED_IN})


def _is_declared(analysis: Analysis, setting: RowSetting) -> bool:
    level = 100 * declared_method(analysis).level
    ratio = analysis.log_scale and analysis.measure is Measure.GIV
    own = (analysis.measure, ratio, False, round(level, 2))
    return own == (setting.measure, setting.log_scale, setting.swapped, round(setting.level, 2))


def _severity(published: Floats, ours: Floats, null: float) -> Verdict:
    """By how much an effect is off: as for pooled results (docs/methods.md, "Verdicts")."""
    known = ~np.isnan(published) & ~np.isnan(ours)
    if ((published > null) != (ours > null))[known].any():
        return Verdict.CONCLUSION
    pairs = [(published[0], ours[0]), (published[2] - published[1], ours[2] - ours[1])]
    off = [abs(one - other) / abs(one) if one else math.inf for one, other in pairs if math.isfinite(one)]
    return Verdict.MINOR if max(off, default=math.inf) < _MINOR else Verdict.MAJOR


def _read(text: str) -> tuple[float, float]:
    """A printed number and half a unit of its last digit; NaN where it is none."""
    if not text:
        return math.nan, math.nan
    try:
        whole, _, decimals = text.partition(".")
        if (whole.lstrip("-") + decimals).isdigit():
            return float(text), 0.5 * 10.0 ** -len(decimals)
        exact = Decimal(text)
        if not exact.is_finite():
            return math.nan, math.nan
        return float(exact), 0.5 * 10.0 ** int(exact.as_tuple().exponent)
    except (ValueError, InvalidOperation, OverflowError):
        return math.nan, math.nan
