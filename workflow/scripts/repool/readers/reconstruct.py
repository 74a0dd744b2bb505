"""What an analysis asks of its reconstruction: what a schema cannot check about the key `reconstruct`."""

from typing import Any

from repool.methods import declared
from repool.model import Measure
from repool.readers.problems import words
from repool.readers.settings import Place, Settings

_EFFECT = ("estimate", "ci_low", "ci_high")
_SIZES = ("experimental_total", "control_total")
_COUNTS = ("experimental_events", *_SIZES, "control_events")


def check_reconstruct(data: dict[str, Any], place: Place, settings: Settings) -> None:
    """Report a method that is not known, and assumptions that do not fit the measure or one another."""
    asked = data.get("reconstruct", {})
    where: Place = (*place, "reconstruct")
    if "method" in asked:
        try:
            declared(asked["method"], {})
        except ValueError as fault:
            settings.wrong(
                (*where, "method"), asked["method"], str(fault), "see docs/methods.md, Named methods"
            )
    seen: set[str] = set()
    for number, each in enumerate(asked.get("assume", [])):
        here: Place = (*where, "assume", number)
        if each["trial"] in seen:
            settings.wrong(
                (*here, "trial"), each["trial"], "each trial once", "put all of its figures in one entry"
            )
        seen.add(each["trial"])
        _check_source(each, here, settings)
        _check_figures(each, data["measure"], here, settings)


def _check_source(each: dict[str, Any], here: Place, settings: Settings) -> None:
    sources = settings.data["sources"]
    if each.get("source", next(iter(sources))) not in sources:
        settings.wrong((*here, "source"), each["source"], f"one of {', '.join(sources)}", "correct the name")


def _check_figures(each: dict[str, Any], measure: str, here: Place, settings: Settings) -> None:
    dichotomous = Measure(measure).is_dichotomous
    allowed = _COUNTS if dichotomous else (*_EFFECT, *_SIZES)
    useless = [name for name in (*_EFFECT, *_COUNTS) if name in each and name not in allowed]
    given = [name for name in _EFFECT if name in each]
    if useless:
        settings.wrong(
            (*here, useless[0]), settings.written[*here, useless[0]],
            f"for {measure} only {', '.join(allowed)}", "remove the key",
        )  # fmt: skip
    elif not any(name in each for name in allowed):
        settings.wrong(
            here, words("no figure"), f"at least one of {', '.join(allowed)}", "add what is assumed"
        )
    elif given and len(given) < len(_EFFECT):
        settings.wrong(
            (*here, given[0]), words(", ".join(given)), "estimate, ci_low and ci_high together",
            "add what is missing, or leave all three out",
        )  # fmt: skip
    elif given and not each["ci_low"] < each["estimate"] < each["ci_high"]:
        settings.wrong(
            (*here, "estimate"), settings.written[*here, "estimate"], "a value between ci_low and ci_high",
            "correct the figures",
        )  # fmt: skip
    elif given and _has_ratios(settings, here) and each["ci_low"] <= 0:
        settings.wrong(
            (*here, "ci_low"), settings.written[*here, "ci_low"], "a ratio above 0, not its logarithm",
            "write ratios as printed",
        )  # fmt: skip
    for arm in ("experimental", "control"):
        _check_arm(each, arm, here, settings)


def _has_ratios(settings: Settings, here: Place) -> bool:
    """Whether the analysis of this entry has ratios."""
    analysis = settings.data["analyses"][here[1]]
    return bool(analysis.get("generic", {}).get("log_scale", Measure(analysis["measure"]).is_ratio))


def _check_arm(each: dict[str, Any], arm: str, here: Place, settings: Settings) -> None:
    events, total = each.get(f"{arm}_events"), each.get(f"{arm}_total")
    if total == 0:
        settings.wrong(
            (*here, f"{arm}_total"), "0", "at least 1 participant", "correct it, or remove the key"
        )
    elif events is not None and total is not None and events > total:
        settings.wrong(
            (*here, f"{arm}_events"), f"{events:g}", f"at most {arm}_total {total:g}", "correct the figures"
        )
