"""Methods are data: one frozen record says everything that decides a pooled number."""

import json
from dataclasses import dataclass, fields, replace
from typing import Any

from repool.effects import ZeroCells
from repool.model import Analysis, Bilingual, Measure

CHOICES: dict[str, tuple[str, ...]] = {
    "weighting": ("MH", "IV", "Peto"),
    "model": ("common", "random"),
    "tau2": ("DL", "HE", "HS", "SJ", "PM", "REML"),
    "q_around": ("MH", "IV", "Peto"),
    "mh_cells": ("corrected", "raw"),
    "ci": ("Wald", "HKSJ"),
    "prediction": ("none", "normal", "t(k-1)", "t(k-2)"),
    "i2_from": ("Q", "tau2"),
}


@dataclass(frozen=True, slots=True)
class Method:
    """How trials are weighted and pooled, and how the uncertainty is expressed.

    weighting: MH, IV, or Peto (for a Peto odds ratio and nothing else). With a random model MH only
        says what Q (and so DerSimonian-Laird's tau2) is taken around, as RevMan 5 does; the weights
        are then 1 / (v + tau2).
    tau2: estimator of the between-trial variance; not used by a common-effect model.
    q_around: the common-effect value that Q is taken around.
    mh_cells: whether the M-H sums take the cells with the zero-cell correction (RevMan) or raw.
    zero_cell_amount: added to all four cells of a trial with a zero cell, nowhere else.
    ci, level: interval of the pooled value and its level.
    prediction: distribution behind the prediction interval that is shown.
    i2_from: I2 from Q, or from tau2 and the typical within-trial variance.
    """

    name: str
    weighting: str
    model: str
    tau2: str
    q_around: str
    mh_cells: str = "corrected"
    zero_cell_amount: float = 0.5
    ci: str = "Wald"
    level: float = 0.95
    prediction: str = "none"
    i2_from: str = "Q"

    @property
    def zero_cells(self) -> ZeroCells:
        """The rule for empty cells as the effects take it."""
        return ZeroCells(amount=self.zero_cell_amount)

    def label(self) -> Bilingual:
        """The method in words, as printed with every number it made."""
        weighting = {"MH": "M-H"}.get(self.weighting, self.weighting)
        level = f"{100 * self.level:g}"
        nb, en = "felles effekt", "common effect"
        if self.model == "random":
            nb, en = f"tilfeldige effekter, {self.tau2}", f"random effects, {self.tau2}"
            if self.tau2 == "DL":
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
        _random("metafor", "REML", mh_cells="raw", prediction="normal", i2_from="tau2"),
        _random("meta", "REML", prediction="t(k-1)"),
        _random("stata", "REML", prediction="t(k-2)", i2_from="tau2"),
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

    Raises ValueError, in words fit for a message, for an unknown name, field or choice.
    """
    if name not in NAMED | COMPARISON:
        raise ValueError(f"a named method: {', '.join(NAMED | COMPARISON)}")
    known = {field.name for field in fields(Method)} - {"name"}
    for field, value in overrides.items():
        if field not in known:
            raise ValueError(f"a field of a method: {', '.join(sorted(known))}")
        if field in CHOICES and value not in CHOICES[field]:
            raise ValueError(f"{field} one of {', '.join(CHOICES[field])}")
    method = replace((NAMED | COMPARISON)[name], **overrides)
    if "q_around" not in overrides and method.weighting != "MH":
        method = replace(method, q_around="IV")
    return method


def applicable(method: Method, measure: Measure) -> Method | None:
    """The method as it applies to a measure, None where it cannot.

    M-H needs a 2x2 table: a random-effects method falls back to IV for other data, as RevMan does,
    while a common-effect M-H result simply does not exist for them. A Peto odds ratio is always
    weighted by its own V.
    """
    if measure is Measure.PETO:
        weighting = "Peto"
    elif measure.is_dichotomous or "MH" not in (method.weighting, method.q_around):
        return method
    else:
        weighting = "IV"
    if method.name == "mh-common":
        return None
    return replace(method, weighting=weighting, q_around=weighting)


def declared_method(analysis: Analysis) -> Method:
    """The method an analysis declares, as it applies to its measure.

    Overrides become part of the name, so that no two methods of a table share one.
    """
    overrides = json.loads(analysis.overrides) if analysis.overrides else {}
    method = declared(analysis.method, overrides)
    changes = "".join(f"+{key}={value}" for key, value in overrides.items())
    method = applicable(method, analysis.measure) or declared("iv-common", {})
    return replace(method, name=f"{analysis.method}{changes}")
