"""Settings: everything that decides what a total prints, in an order from simple to far-fetched."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from repool.effects.means import SMD_VARIANTS
from repool.effects.zero_cells import DOUBLE_ZERO, RULES
from repool.identify.words import choice, said
from repool.methods import CHOICES, COMPARISON, NAMED, Method, applicable, declared
from repool.model import Bilingual, Measure

#: Where tau2 comes from: the total's own trials; those of the whole analysis; or REML as RevMan stops it.
TAU2_FROM = ("total", "analysis", "stopped")

_POOLING = (
    ("MH", "common"), ("IV", "common"), ("Peto", "common"), ("IV", "random"), ("MH", "random"),
    ("Peto", "random"), ("IVhet", "common"),
)  # fmt: skip
_TAU2 = ("DL", "REML", "PM", "ML", "HE", "SJ", "EB", "HS", "DL2", "HSk", "PMM")


@dataclass(frozen=True, slots=True)
class Setting:
    """How the figures of a total were made.

    method: how trials are pooled; its name has no meaning. measure, log_scale: of the trials' effects.
    swapped: events and participants without one are exchanged. tau2_from: `TAU2_FROM`. left_out: the
    trial that does not count, "" where all do.
    """

    method: Method
    measure: Measure
    log_scale: bool
    swapped: bool = False
    tau2_from: str = "total"
    left_out: str = ""

    def label(self, base: "Setting") -> Bilingual:
        """In words: the method, and whatever else differs from the base."""
        extras = [self.method.label()]
        if self.measure is not base.measure:
            extras.append(said("of-measure", measure=self.measure.value))
        if self.swapped:
            extras.append(said("swapped"))
        if self.left_out:
            extras.append(said("without", trial=self.left_out))
        if self.tau2_from != "total":
            extras.append(said(f"tau2-{self.tau2_from}"))
        for name in self._told:
            value = getattr(self.method, name)
            if value != getattr(base.method, name):
                extras.append(said(f"field-{name}", value=choice(value)))
        return Bilingual(", ".join(each.nb for each in extras), ", ".join(each.en for each in extras))

    @property
    def _told(self) -> tuple[str, ...]:
        """Fields that the method's label leaves out, and that have a part in its figures."""
        names: tuple[str, ...] = ("zero_cell_rule", "zero_cell_amount", "double_zero", "smd")
        names = ("mh_cells", *names) if "MH" in (self.method.weighting, self.method.q_around) else names
        return (*names, "prediction", "i2_from") if self.method.uses_tau2 else names

    def values(self) -> dict[str, Any]:
        """Every field by name; None where it has no part: all about tau2 in a method with a common effect."""
        method = {
            each.name: getattr(self.method, each.name) for each in fields(Method) if each.name != "name"
        }
        if not self.method.uses_tau2:
            method |= dict.fromkeys(("tau2", "q_around", "tau2_interval", "prediction", "i2_from"))
        if self.method.uses_tau2 and self.method.tau2 != "DL":
            method["q_around"] = None
        beside = ("measure", "swapped", "tau2_from", "left_out")
        return {**{name: getattr(self, name) for name in beside}, **method}


@cache
def simplicity(setting: Setting, base: Setting) -> tuple[Any, ...]:
    """The order of settings: what is far-fetched last, and beside it the plain before the elaborate.

    In turn: all trials count; the measure, and events, are the base's; each total has its own tau2; the rule
    for empty cells, the SMD and the level are the base's; a common effect comes before random effects, M-H
    before IV there; then by `_TAU2`, and the remaining choices in the order of `methods.CHOICES`, the
    base's first. The last entries make the order total.
    """
    method, own = setting.method, base.method

    def rank(name: str, choices: Iterable[Any]) -> tuple[bool, int]:
        value = getattr(method, name)
        return value != getattr(own, name), list(choices).index(value)

    return (
        setting.left_out != "",
        setting.measure is not base.measure,
        setting.swapped != base.swapped,
        TAU2_FROM.index(setting.tau2_from),
        rank("zero_cell_rule", RULES),
        method.zero_cell_amount != own.zero_cell_amount,
        rank("double_zero", DOUBLE_ZERO),
        rank("mh_cells", CHOICES["mh_cells"]),
        rank("smd", SMD_VARIANTS),
        method.level != own.level,
        _POOLING.index((method.weighting, method.model)),
        _TAU2.index(method.tau2),
        *(rank(name, CHOICES[name]) for name in ("ci", "i2_from", "prediction", "q_around")),
        method.level,
        method.zero_cell_amount,
        setting.measure.value,
        setting.left_out,
    )


@cache
def differing_fields(settings: tuple[Setting, ...]) -> tuple[str, ...]:
    """Names of the fields in which settings differ; not those that only some of them have."""
    values = [each.values() for each in settings]
    return tuple(
        name for name in (values[0] if values else ()) if len({each[name] for each in values} - {None}) > 1
    )


def method_and_overrides(setting: Setting) -> tuple[str, dict[str, Any]]:
    """A setting's method as `review.yaml` and `analyses.csv` declare one: a name, and the fields that differ.

    The name that needs the fewest overrides, and none of model or tau2 among equals. `methods.declared` of
    both, as it applies to the measure, is the setting's method again but for its name. What is no part of
    a method (events swapped, a trial left out, where tau2 comes from) is not in it.
    """
    method = replace(setting.method, name="") if setting.method.name else setting.method
    name, overrides = _declaration(method, setting.measure)
    return name, dict(overrides)


@cache
def _declaration(method: Method, measure: Measure) -> tuple[str, dict[str, Any]]:
    choices: list[tuple[int, bool, str, dict[str, Any]]] = []
    for name, named in (NAMED | COMPARISON).items():
        overrides = _overrides(applicable(named, measure) or named, method, measure)
        choices.append((len(overrides), bool({"model", "tau2"} & overrides.keys()), name, overrides))
    for _, _, name, overrides in sorted(choices, key=lambda each: each[:2]):
        if _returns(name, overrides, method, measure):
            return name, overrides
    raise ValueError(f"no declaration gives {method} for {measure}")


def _overrides(start: Method, method: Method, measure: Measure) -> dict[str, Any]:
    """The fields in which a method differs from a named one; Peto weights follow from the measure alone."""
    names = [each.name for each in fields(Method) if each.name != "name"]
    if measure is Measure.PETO:
        names = [name for name in names if name not in ("weighting", "q_around")]
    return {name: getattr(method, name) for name in names if getattr(method, name) != getattr(start, name)}


def _returns(name: str, overrides: dict[str, Any], method: Method, measure: Measure) -> bool:
    try:
        made = applicable(declared(name, overrides), measure)
    except ValueError:
        return False
    return made is not None and replace(made, name="") == method


def overrides_text(overrides: dict[str, Any]) -> str:
    """Overrides as analyses.csv holds them: JSON, "" where there is none."""
    return json.dumps(overrides, sort_keys=True) if overrides else ""
