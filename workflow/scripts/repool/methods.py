"""Methods are data: one frozen record says everything that decides a pooled number."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from repool.effects import SMD_VARIANTS, ZeroCells
from repool.effects.zero_cells import DOUBLE_ZERO, RULES
from repool.model import Analysis, Bilingual, Claim, Measure

CHOICES: dict[str, tuple[str, ...]] = {
    "weighting": ("MH", "IV", "Peto", "IVhet"),
    "model": ("common", "random"),
    "tau2": ("DL", "DL2", "HE", "HS", "HSk", "SJ", "PM", "PMM", "EB", "ML", "REML"),
    "q_around": ("MH", "IV", "Peto"),
    "mh_cells": ("corrected", "raw"),
    "zero_cell_rule": RULES,
    "double_zero": DOUBLE_ZERO,
    "smd": SMD_VARIANTS,
    "ci": ("Wald", "t", "HKSJ", "HKSJ-truncated", "HKSJ-wider", "KR"),
    "prediction": ("none", "normal", "t(k-1)", "t(k-2)", "HKSJ", "Partlett-Riley", "bootstrap"),
    "tau2_interval": (
        "Q-profile",
        "generalised Q",
        "profile likelihood",
        "restricted profile likelihood",
    ),
    "i2_from": ("Q", "tau2"),
}


#: The measures that have a Mantel-Haenszel value.
HAENSZEL = frozenset({Measure.RR, Measure.OR, Measure.RD})


#: The fields of a method that decide the trials' effects.
TRIAL_EFFECTS = ("zero_cell_rule", "zero_cell_amount", "double_zero", "smd")


@dataclass(frozen=True, slots=True)
class Method:
    """How trials are weighted and pooled, and how the uncertainty is expressed.

    weighting: MH, IV, IVhet, or Peto (for a Peto odds ratio and nothing else). With a random model MH
        only says what Q (and so DerSimonian-Laird's tau2) is taken around, as RevMan 5 does; the weights
        are then 1 / (v + tau2). IVhet has common-effect weights, and tau2 in its standard error alone.
    tau2: estimator of the between-trial variance; not used by a common-effect model but IVhet.
    q_around: the common-effect value that Q is taken around.
    mh_cells: whether the M-H sums take the cells with the zero-cell correction (RevMan) or raw.
    zero_cell_rule, zero_cell_amount, double_zero: which cells of which trials get how much added, and
        whether trials without any event count (`effects.ZeroCells`).
    smd: which standardised mean difference (`effects.continuous`).
    ci, level: interval of the pooled value (`intervals.inference`) and its level.
    prediction: the prediction interval that is shown (`prediction.prediction`).
    tau2_interval: interval of tau2 (`tau2_intervals`).
    i2_from: I2 from Q, or from tau2 and the typical within-trial variance.
    """

    name: str
    weighting: str
    model: str
    tau2: str
    q_around: str
    mh_cells: str = "corrected"
    zero_cell_rule: str = "only0"
    zero_cell_amount: float = 0.5
    double_zero: str = "drop"
    smd: str = "revman"
    ci: str = "Wald"
    level: float = 0.95
    prediction: str = "none"
    tau2_interval: str = "Q-profile"
    i2_from: str = "Q"

    @property
    def zero_cells(self) -> ZeroCells:
        """The rule for empty cells as the effects take it."""
        return ZeroCells(self.zero_cell_rule, self.zero_cell_amount, self.double_zero)

    @property
    def uses_tau2(self) -> bool:
        """Whether tau2 has a part in the result."""
        return self.model == "random" or self.weighting == "IVhet"

    def label(self) -> Bilingual:
        """The method in words, as printed with every number it made."""
        weighting = {"MH": "M-H"}.get(self.weighting, self.weighting)
        level = f"{100 * self.level:g}"
        nb, en = "felles effekt", "common effect"
        if self.model == "random":
            nb, en = f"tilfeldige effekter, {self.tau2}", f"random effects, {self.tau2}"
        elif self.weighting == "IVhet":
            nb, en = f"{nb}, {self.tau2}", f"{en}, {self.tau2}"
        if self.uses_tau2 and self.tau2 == "DL":
            around = {"MH": "M-H"}.get(self.q_around, self.q_around)
            nb, en = f"{nb} (Q rundt {around})", f"{en} (Q around {around})"
        return Bilingual(
            f"{weighting}, {nb}, {self.ci}, {level.replace('.', ',')}\u00a0% KI",
            f"{weighting}, {en}, {self.ci}, {level}% CI",
        )


def _common(name: str, weighting: str, **more: Any) -> Method:
    return Method(name, weighting, "common", "DL", weighting, **more)


def _random(name: str, tau2: str, **more: Any) -> Method:
    return Method(name, more.pop("weighting", "IV"), "random", tau2, more.pop("q_around", "IV"), **more)


#: What each program does unless told otherwise. An analysis names one and may override any field.
NAMED: dict[str, Method] = {
    method.name: method
    for method in (
        _random("revman5", "DL", weighting="MH", q_around="MH"),
        _random("revman-2025", "REML", prediction="t(k-2)", i2_from="tau2"),
        _random(
            "metafor",
            "REML",
            mh_cells="raw",
            double_zero="keep",
            smd="exact",
            prediction="normal",
            i2_from="tau2",
        ),
        _random("meta", "REML", smd="exact", prediction="t(k-1)"),
        _random("stata", "REML", smd="exact", prediction="t(k-2)", i2_from="tau2"),
    )
}

#: Every analysis is also pooled by these, simplest first; `other-method` verdicts name one of them.
COMPARISON: dict[str, Method] = {
    method.name: method
    for method in (
        _common("mh-common", "MH"),
        _common("iv-common", "IV"),
        _random("dl", "DL", prediction="t(k-2)"),
        _random("reml", "REML", prediction="t(k-2)"),
        _random("reml-hksj", "REML", ci="HKSJ", prediction="t(k-2)"),
    )
}


def declared(name: str, overrides: dict[str, Any]) -> Method:
    """The named method with a review's overrides.

    Raises ValueError, in words fit for a message, for an unknown name, field or choice, and for choices
    that do not go together.
    """
    if name not in NAMED | COMPARISON:
        raise ValueError(f"a named method: {', '.join(NAMED | COMPARISON)}")
    for field, value in overrides.items():
        check_override(field, value)
    method = replace((NAMED | COMPARISON)[name], **overrides)
    if "q_around" not in overrides and method.weighting != "MH":
        method = replace(method, q_around="IV")
    _check(method)
    return method


def check_override(field: str, value: Any) -> None:
    """Raises ValueError, in words fit for a message, for an unknown field or choice."""
    known = {each.name for each in fields(Method)} - {"name"}
    if field not in known:
        raise ValueError(f"a field of a method: {', '.join(sorted(known))}")
    if field in CHOICES and value not in CHOICES[field]:
        raise ValueError(f"{field} one of {', '.join(CHOICES[field])}")


def _check(method: Method) -> None:
    """Raises ValueError, in words fit for a message, for choices that do not go together."""
    if method.weighting == "IVhet" and method.model != "common":
        raise ValueError("model common with weighting IVhet")
    if method.model == "common" and method.ci not in ("Wald", "t"):
        raise ValueError(f"model random with ci {method.ci}")
    if method.ci == "KR" and method.tau2 != "REML":
        raise ValueError("tau2 REML with ci KR")


@cache
def applicable(method: Method, measure: Measure) -> Method | None:
    """The method as it applies to a measure, None where it cannot.

    M-H needs a 2x2 table: a random-effects method falls back to IV for other data, as RevMan does,
    while a common-effect M-H result simply does not exist for them. A Peto odds ratio is always
    weighted by its own V.
    """
    if measure is Measure.PETO:
        weighting = "Peto"
    elif measure in HAENSZEL or "MH" not in (method.weighting, method.q_around):
        return method
    else:
        weighting = "IV"
    if method.name == "mh-common":
        return None
    return replace(method, weighting=weighting, q_around=weighting)


def declared_method(analysis: Analysis) -> Method:
    """The method an analysis declares, as it applies to its measure.

    Overrides become part of the name, so that no two methods of an analysis share one.
    """
    return _declared(analysis.method, analysis.overrides, analysis.measure)


@cache
def _declared(name: str, overrides_json: str, measure: Measure) -> Method:
    overrides = json.loads(overrides_json) if overrides_json else {}
    method = declared(name, overrides)
    if applicable(method, measure) is None:  # the readers refuse it
        name = "iv-common"
        method = declared(name, overrides)
    method = applicable(method, measure) or method
    changes = "".join(f"+{key}={value}" for key, value in overrides.items())
    return replace(method, name=f"{name}{changes}")


@cache
def with_own(method: Method, own: Method) -> Method:
    """A named method beside the declared one: at its level, and for comparison with its trial effects.

    Those for comparison differ in how trials are pooled alone; another is what its program does.
    """
    names = ("level", *TRIAL_EFFECTS) if method.name in COMPARISON else ("level",)
    return replace(method, **{name: getattr(own, name) for name in names})


def method_behind(analysis: Analysis, role: str, name: str) -> Method | None:
    """The method that made a pooled row of this role and method name; None where it cannot apply."""
    own = declared_method(analysis)
    if role == "declared":
        return own
    return applicable(with_own((NAMED | COMPARISON)[name], own), analysis.measure)


def methods_of(analysis: Analysis, claims: Iterable[Claim]) -> dict[str, tuple[str, Method]]:
    """(role, method) by name: the declared one, those that published figures name, those for comparison.

    All but the declared one as `with_own` makes them.
    """
    own = declared_method(analysis)
    methods = {own.name: ("declared", own)}
    for claim in claims:
        if claim.analysis == analysis.analysis and claim.method in NAMED:
            methods.setdefault(claim.method, ("stated", with_own(NAMED[claim.method], own)))
    for name, method in COMPARISON.items():
        methods.setdefault(name, ("comparison", with_own(method, own)))
    return methods
