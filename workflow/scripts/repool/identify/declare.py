"""The method of analyses that declare none, from the weights that were printed of their trials."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from repool.identify.claimed import Answer, answers, claimed, printed_weights
from repool.identify.found import Identified
from repool.identify.settings import Setting, method_and_overrides, overrides_text, simplicity
from repool.identify.totals import totals_of
from repool.identify.words import said
from repool.model import Analysis, Bilingual, NormalForm, Study, Totals


def declare(form: NormalForm, wanted: Collection[str]) -> NormalForm:
    """The form with totals, method, overrides and a note for each of the wanted analyses, by name.

    The method and overrides that they come with are where the search starts, and say what weights do not
    show, such as the level. Totals come from the sums of weights (`totals_of`), the method from the weights
    themselves. Where several settings give them, the one is taken
    that most totals of the review follow from, among equals the simplest (`settings.simplicity`); the note
    says so and names the others. Where no weight was printed the review's usual method is taken, or the one
    the analysis came with, and the note says that too. Other analyses stay as they are.
    """
    shown = replace(form, analyses=_with_totals(form, wanted), claims=())
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers(each for each in claimed(shown) if each.analysis.analysis in wanted):
        found[answer.claimed.analysis.analysis].append(answer)
    usual = _Usual.of(each for group in found.values() for each in group)
    made = {
        each.analysis: _declared(each, found[each.analysis], usual)
        for each in shown.analyses
        if each.analysis in wanted
    }
    return replace(form, analyses=tuple(made.get(each.analysis, each) for each in form.analyses))


def _with_totals(form: NormalForm, wanted: Collection[str]) -> tuple[Analysis, ...]:
    """The analyses, those that are wanted with the totals that weights show."""
    studies: dict[str, list[Study]] = defaultdict(list)
    for study in form.studies:
        studies[study.analysis].append(study)
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
    def of(given: Iterable[Answer]) -> "_Usual":
        models: Counter[tuple[str, str]] = Counter()
        methods: Counter[str] = Counter()
        for answer in given:
            settings = answer.found.settings
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


def _declared(analysis: Analysis, given: Sequence[Answer], usual: _Usual) -> Analysis:
    if not given:
        return _unseen(analysis, usual.method)
    base = given[0].claimed.base
    counts = Counter(setting for answer in given for setting in dict.fromkeys(answer.found.settings))
    if not counts:
        return _nearest(analysis, given[0].found)
    order = sorted(counts, key=lambda each: (-counts[each], *usual.order(each), simplicity(each, base)))
    taken = order[0]
    if counts[taken] < len(given):
        note = said("declared-some", explained=counts[taken], number=len(given))
    else:
        note = _note(taken, [each for each in order if counts[each] == len(given)], base, given)
    return _as(analysis, taken, note)


def _note(taken: Setting, equal: Sequence[Setting], base: Setting, given: Sequence[Answer]) -> Bilingual:
    if len(equal) == 1:
        return said("declared-unique", tried=max(each.found.tried for each in given))
    code = (
        "declared-simplest"
        if taken == min(equal, key=lambda each: simplicity(each, base))
        else "declared-usual"
    )
    others = [each.label(base) for each in equal if each != taken]
    named = Bilingual("; ".join(each.nb for each in others), "; ".join(each.en for each in others))
    return said(code, number=len(equal), others=named)


def _unseen(analysis: Analysis, usual: str) -> Analysis:
    """Without a printed weight: the review's usual method, at the analysis' own level."""
    if not usual:
        return replace(analysis, note=_after(analysis.note, said("declared-default")))
    overrides = json.loads(analysis.overrides) if analysis.overrides else {}
    kept = {name: value for name, value in overrides.items() if name == "level"}
    note = _after(analysis.note, said("declared-unseen"))
    return replace(analysis, method=usual, overrides=overrides_text(kept), note=note)


def _nearest(analysis: Analysis, found: Identified) -> Analysis:
    off = f"{found.off.get('weights', 0.0):.2g}"
    note = said("declared-nearest", tried=found.tried, off=Bilingual(off.replace(".", ","), off))
    return _as(analysis, found.nearest, note)


def _as(analysis: Analysis, setting: Setting | None, note: Bilingual) -> Analysis:
    """The analysis with a setting's method, and the note after its own."""
    if setting is None or setting.measure is not analysis.measure:
        return replace(analysis, note=_after(analysis.note, note))
    name, overrides = method_and_overrides(setting)
    return replace(
        analysis, method=name, overrides=overrides_text(overrides), note=_after(analysis.note, note)
    )


def _after(own: Bilingual, more: Bilingual) -> Bilingual:
    return Bilingual(f"{own.nb} {more.nb}".strip(), f"{own.en} {more.en}".strip())
