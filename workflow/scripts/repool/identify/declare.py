"""The method of analyses that declare none, from the printed weights of their trials and subgroup totals."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from repool.identify.claimed import Answer, answers, claimed, printed_weights
from repool.identify.fitting import fitting
from repool.identify.found import Identified
from repool.identify.settings import Setting, method_and_overrides, overrides_text, simplicity
from repool.identify.titles import Named, named_in
from repool.identify.totals import totals_of
from repool.identify.words import choice, said
from repool.methods import COMPARISON, NAMED, applicable
from repool.model import Analysis, Bilingual, Claim, MethodFrom, NormalForm, Totals, by_analysis

_NAMED = 3  # of several settings alike
#: Figures that mean the same under any method; what Z and P are of hangs on how the interval was made.
_TELLING = frozenset({"estimate", "ci_low", "ci_high", "tau2", "q", "df", "p_q", "i2"})


def declare(form: NormalForm, wanted: Collection[str]) -> NormalForm:
    """The form with totals, method, overrides and a note for each of the wanted analyses, by name.

    The method and overrides that they come with are where the search starts, and say what no figure shows,
    such as the level. Totals come from the sums of weights (`totals_of`), the method from the weights
    themselves and from what was published of subgroups (`_TELLING`). Where several settings give them, the
    one is taken that the title names (`titles`), among equals the one that most totals of the review follow
    from, then the simplest (`settings.simplicity`); the note says so and names others. REML stopped early
    is declared as REML. Where no weight was printed the review's usual method is taken, or the one the
    analysis came with, and the note says that too. Other analyses stay as they are.
    """
    claims = tuple(each for each in form.claims if _is_telling(each))
    shown = replace(form, analyses=_with_totals(form, wanted), claims=claims)
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers(each for each in claimed(shown) if each.analysis.analysis in wanted):
        found[answer.claimed.analysis.analysis].append(answer)
    fits = {name: [_as_reml(settings) for settings in own] for name, own in fitting(found).items()}
    usual = _Usual.of(settings for own in fits.values() for settings in own)
    has_figures = any(answer.claimed.figures for own in found.values() for answer in own)
    made = {
        each.analysis: _declared(each, found[each.analysis], fits.get(each.analysis, []), usual, has_figures)
        for each in shown.analyses
        if each.analysis in wanted
    }
    return replace(form, analyses=tuple(made.get(each.analysis, each) for each in form.analyses))


def _as_reml(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """Where its iteration stops is the program's doing, and makes no other method."""
    return tuple(
        replace(each, tau2_from="total") if each.tau2_from == "stopped" else each for each in settings
    )


def _is_telling(claim: Claim) -> bool:
    """Whether a figure says something whatever the method: a tau2 of 0 also stands where there is none."""
    return claim.quantity in _TELLING and not (claim.quantity == "tau2" and not claim.value.strip("0."))


def _with_totals(form: NormalForm, wanted: Collection[str]) -> tuple[Analysis, ...]:
    """The analyses, those that are wanted with the totals that weights show."""
    studies = by_analysis(form.studies)
    weights = printed_weights(form)
    analyses = []
    for analysis in form.analyses:
        if analysis.analysis in wanted:
            own = studies[analysis.analysis]
            totals = totals_of(
                [weights.get((each.file, each.line)) for each in own],
                [each.subgroup for each in own],
                [each.counts_in for each in own],
            )
            analysis = replace(analysis, totals=totals or Totals.OVERALL)
        analyses.append(analysis)
    return tuple(analyses)


@dataclass(frozen=True, slots=True)
class _Usual:
    """How many totals of a review follow from each model, and from each method."""

    models: Counter[tuple[str, str]]
    methods: Counter[str]

    @staticmethod
    def of(fits: Iterable[Sequence[Setting]]) -> "_Usual":
        models: Counter[tuple[str, str]] = Counter()
        methods: Counter[str] = Counter()
        for settings in fits:
            models.update({_model(each) for each in settings})
            methods.update({_name(each) for each in settings})
        return _Usual(models, methods)

    def order(self, setting: Setting) -> tuple[int, int]:
        """The more usual first."""
        return -self.models[_model(setting)], -self.methods[_name(setting)]

    @property
    def method(self) -> str:
        """The method that most totals follow from, by its name in `methods.NAMED`, or ""."""
        plain = {name: count for name, count in self.methods.items() if not name.endswith("}")}
        return max(plain, key=lambda name: (plain[name], name)) if plain else ""


def _model(setting: Setting) -> tuple[str, str]:
    method = setting.method
    return method.model, method.tau2 if method.uses_tau2 else ""


def _name(setting: Setting) -> str:
    name, overrides = method_and_overrides(setting)
    overrides.pop("level", None)
    return name + overrides_text(overrides)


def _declared(
    analysis: Analysis,
    given: Sequence[Answer],
    fits: Sequence[Sequence[Setting]],
    usual: _Usual,
    has_figures: bool,
) -> Analysis:
    """The analysis with the setting that most of its totals follow from.

    has_figures: whether anything but weights was published of any analysis, so that settings were told apart
    by their intervals too, or said to be alike.
    """
    if not given:
        return _unseen(analysis, usual.method)
    base = given[0].claimed.base
    counts = Counter(setting for settings in fits for setting in dict.fromkeys(settings))
    if not counts:
        return _nearest(analysis, given[0].found)
    named = named_in(analysis.title.en)
    order = sorted(
        counts,
        key=lambda each: (-counts[each], named.misses(each), *usual.order(each), simplicity(each, base)),
    )
    taken = order[0]
    if counts[taken] < len(given):
        note = said("declared-some", explained=counts[taken], number=len(given), shown=_shown(given))
    else:
        equal = [each for each in order if counts[each] == len(given)]
        note = _note(taken, equal, base, given, named)
    if taken.method.model == "random" and not has_figures:
        code = "declared-interval"
        if named.ci:
            taken = replace(taken, method=replace(taken.method, ci=named.ci))
            code = "declared-interval-named"
        method = taken.method
        note = _after(note, said(code, ci=method.ci, share=choice(method.i2_from)))
    tell_apart = any(_tells_apart(each) for each in given)
    return _as(analysis, taken, note, MethodFrom.IDENTIFIED if tell_apart else MethodFrom.ASSUMED)


def _tells_apart(answer: Answer) -> bool:
    """Whether what was printed of a total rules out any of the settings tried, or there is but one."""
    return len(answer.found.settings) < answer.found.tried or answer.found.tried == 1


def _note(
    taken: Setting, equal: Sequence[Setting], base: Setting, given: Sequence[Answer], named: Named
) -> Bilingual:
    if len(equal) == 1:
        tried = max(each.found.tried for each in given)
        return (
            said("declared-unique", tried=tried, shown=_shown(given)) if tried > 1 else said("declared-only")
        )
    simplest = min(equal, key=lambda each: simplicity(each, base))
    if named.misses(taken) < max(map(named.misses, equal)):
        why = said("taken-named")
    else:
        why = said("taken-simplest" if taken == simplest else "taken-usual")
    if any(_tells_apart(each) for each in given):
        code = "declared-several"
    else:
        alone = all(sum(map(bool, each.claimed.weights)) == 1 for each in given)
        code = "declared-one-trial" if alone else "declared-open"
    others = _named([each.label(base) for each in equal if each != taken])
    return said(code, number=len(equal), taken=why, others=others, shown=_shown(given))


def _shown(given: Sequence[Answer]) -> Bilingual:
    """What the method was identified from."""
    return said("shown-subgroups" if any(each.claimed.figures for each in given) else "shown-weights")


def _named(labels: Sequence[Bilingual]) -> Bilingual:
    """The first few of these, and how many more there are."""
    first = labels[:_NAMED]
    named = Bilingual("; ".join(each.nb for each in first), "; ".join(each.en for each in first))
    more = len(labels) - len(first)
    return said("and-more", named=named, count=more) if more else named


def _unseen(analysis: Analysis, usual: str) -> Analysis:
    """Without a printed weight: the review's usual method, at the analysis' own level."""
    if not usual:
        note = _after(analysis.note, said("declared-default"))
        return replace(analysis, note=note, method_from=MethodFrom.ASSUMED)
    overrides = json.loads(analysis.overrides) if analysis.overrides else {}
    kept = {name: value for name, value in overrides.items() if name == "level"}
    code = "declared-unseen"
    if applicable((NAMED | COMPARISON)[usual], analysis.measure) is None:  # M-H, without 2x2 tables
        usual, code = "iv-common", "declared-unseen-iv"
    note = _after(analysis.note, said(code))
    return replace(
        analysis, method=usual, overrides=overrides_text(kept), note=note, method_from=MethodFrom.ASSUMED
    )


def _nearest(analysis: Analysis, found: Identified) -> Analysis:
    off = f"{found.off.get('weights', 0.0):.2g}"
    note = said("declared-nearest", tried=found.tried, off=Bilingual(off.replace(".", ","), off))
    return _as(analysis, found.nearest, note, MethodFrom.ASSUMED)


def _as(analysis: Analysis, setting: Setting | None, note: Bilingual, origin: MethodFrom) -> Analysis:
    """The analysis with a setting's method, where it is from, and the note after its own."""
    found = replace(analysis, note=_after(analysis.note, note), method_from=origin)
    if setting is None or setting.measure is not analysis.measure:
        return replace(found, method_from=MethodFrom.ASSUMED)
    name, overrides = method_and_overrides(setting)
    return replace(found, method=name, overrides=overrides_text(overrides))


def _after(own: Bilingual, more: Bilingual) -> Bilingual:
    return Bilingual(f"{own.nb} {more.nb}".strip(), f"{own.en} {more.en}".strip())
