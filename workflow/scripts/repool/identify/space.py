"""The named space of settings, in stages from the plain to the far-fetched."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

from repool.effects.means import SMD_VARIANTS
from repool.effects.zero_cells import DOUBLE_ZERO, RULES
from repool.identify.settings import Setting
from repool.methods import CHOICES, HAENSZEL, Method
from repool.model import Measure

_OTHERS = {
    Measure.RR: (Measure.OR, Measure.RD, Measure.PETO),
    Measure.OR: (Measure.RR, Measure.PETO, Measure.RD),
    Measure.RD: (Measure.RR, Measure.OR, Measure.PETO),
    Measure.PETO: (Measure.OR, Measure.RR, Measure.RD),
    Measure.MD: (Measure.SMD,),
    Measure.SMD: (Measure.MD,),
}
_LEVELS = (0.95, 0.99, 0.90)
_MORE_TAU2 = tuple(name for name in CHOICES["tau2"] if name not in ("DL", "REML"))
_PREDICTIONS = tuple(name for name in CHOICES["prediction"] if name != "bootstrap")
_OF_Q = frozenset({"q", "p_q", "i2"})
_INTERVAL = frozenset({"ci_low", "ci_high", "p_effect", "z_effect", "prediction_low", "prediction_high"})


@dataclass(frozen=True, slots=True)
class Stage:
    """Settings that are tried together on whatever the stages before did not explain.

    leaves_out: each is tried without one trial at a time. whole: tau2 comes from all totals of an analysis.
    """

    name: str
    settings: tuple[Setting, ...]
    leaves_out: bool = False
    whole: bool = False


def stages(base: Setting, published: frozenset[str]) -> Iterator[Stage]:
    """The space around a base setting, such as the declared one, for what was published.

    What no published figure depends on stays as in the base.
    """
    plain = tuple(dict.fromkeys([*_plain(base), *_around_mh(base, published)]))
    revman = (*plain, *(replace(each, tau2_from="stopped") for each in _each_tau2(base, ("REML",))))
    yield Stage("plain", revman)
    yield Stage(
        "intervals", tuple(each for core in revman for each in _inferences(core, base, published)[1:])
    )
    more = _each_tau2(base, _MORE_TAU2)
    if base.measure is not Measure.PETO:  # whose weights are always its own
        more.append(_pooled(base, "IVhet", "common", "DL"))
    yield Stage("estimators", tuple(each for core in more for each in _inferences(core, base, published)))
    shared = (replace(each, tau2_from="analysis") for each in _each_tau2(base, ("DL", *_MORE_TAU2, "REML")))
    yield Stage("one tau2", tuple(shared), whole=True)
    yield Stage("effects", tuple(_other_effects(base)))
    yield Stage("measures", tuple(_other_measures(base)))
    yield Stage("left out", plain, leaves_out=True)


def _plain(base: Setting) -> tuple[Setting, ...]:
    """The base, and pooling by common effects, DerSimonian-Laird and REML."""
    if base.measure is Measure.PETO:
        pairs = [("Peto", "common", "DL"), ("Peto", "random", "DL"), ("Peto", "random", "REML")]
    else:
        pairs = [("IV", "common", "DL"), ("IV", "random", "DL"), ("IV", "random", "REML")]
        if base.measure in HAENSZEL:
            pairs += [("MH", "common", "DL"), ("MH", "random", "DL")]
    made = [_pooled(base, *pair) for pair in pairs]
    return tuple(dict.fromkeys([base, *made]))


def _around_mh(base: Setting, published: frozenset[str]) -> tuple[Setting, ...]:
    """REML with Q around the M-H value, as RevMan Web declares M-H; where Q or what follows from it shows."""
    if base.measure not in HAENSZEL or not published & _OF_Q:
        return ()
    return (_pooled(base, "MH", "random", "REML"),)


def _pooled(base: Setting, weighting: str, model: str, tau2: str) -> Setting:
    """The base with other weights, and an interval that goes with them."""
    around = weighting if weighting in ("MH", "Peto") else "IV"
    method = replace(base.method, weighting=weighting, model=model, tau2=tau2, q_around=around)
    return replace(base, method=consistent(method))


@cache
def consistent(method: Method) -> Method:
    """The method with Wald's interval where its own does not go with its model; plain where nothing shows.

    A common effect has neither tau2 nor prediction interval: equal methods are then equal records.
    """
    ci = method.ci
    if (method.model == "common" and ci not in ("Wald", "t")) or (ci == "KR" and method.tau2 != "REML"):
        ci = "Wald"
    if method.uses_tau2:
        return replace(method, name="", ci=ci)
    plain: dict[str, Any] = {"tau2": "DL", "prediction": "none", "i2_from": "Q"}
    return replace(method, name="", ci=ci, **plain)


def _each_tau2(base: Setting, names: tuple[str, ...]) -> list[Setting]:
    weighting = "Peto" if base.measure is Measure.PETO else "IV"
    return [_pooled(base, weighting, "random", name) for name in names]


def _inferences(core: Setting, base: Setting, published: frozenset[str]) -> list[Setting]:
    """A core, then the same with every other interval, level and I2 that a published figure depends on."""
    method, found = core.method, [core]
    intervals = CHOICES["ci"] if published & _INTERVAL else (method.ci,)
    levels = (base.method.level, *_LEVELS) if published & _INTERVAL else (method.level,)
    i2 = CHOICES["i2_from"] if "i2" in published else (method.i2_from,)
    predicted = published & {"prediction_low", "prediction_high"}
    predictions = _PREDICTIONS if predicted else (method.prediction,)
    for ci, level, share, prediction in product(intervals, levels, i2, predictions):
        made = replace(method, ci=ci, level=level, i2_from=share, prediction=prediction)
        found.append(replace(core, method=consistent(made)))
    return list(dict.fromkeys(found))


def _other_effects(base: Setting) -> Iterator[Setting]:
    """Other rules for empty cells, raw cells in M-H sums, and other standardised differences."""
    if base.measure is Measure.SMD:
        variants: list[dict[str, Any]] = [{"smd": name} for name in SMD_VARIANTS]
    elif base.measure.is_dichotomous and base.measure not in (Measure.PETO, Measure.ASD):
        names = ("zero_cell_rule", "double_zero", "mh_cells")
        choices = product(RULES, DOUBLE_ZERO, CHOICES["mh_cells"])
        variants = [dict(zip(names, choice, strict=True)) for choice in choices]
    else:
        return
    own = base.method
    for variant in variants:
        if all(getattr(own, name) == value for name, value in variant.items()):
            continue
        for core in _plain(base):
            if variant.get("mh_cells") != "raw" or core.method.weighting == "MH":
                yield replace(core, method=replace(core.method, **variant))


def _other_measures(base: Setting) -> Iterator[Setting]:
    """Events exchanged with non-events, and other measures of the same data."""
    others = [replace(base, measure=each, log_scale=each.is_ratio) for each in _OTHERS.get(base.measure, ())]
    if base.measure.is_dichotomous:
        others += [replace(each, swapped=not base.swapped) for each in (base, *others)]
    for other in others:
        weighting = "Peto" if other.measure is Measure.PETO else "IV"
        method = replace(other.method, weighting=weighting, q_around=weighting)
        yield from _plain(replace(other, method=consistent(method)))
