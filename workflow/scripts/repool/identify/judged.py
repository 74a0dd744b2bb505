"""What identification says of a group of published figures, as verdicts take it."""

import math

from repool.identify.claimed import Answer
from repool.identify.found import Identified
from repool.identify.settings import Setting, method_and_overrides
from repool.judging import Candidate, Searched


def searched(answer: Answer) -> Searched:
    """The simplest setting behind everything, else behind estimate and limits alone; else the nearest."""
    found, effect = answer.found, answer.effect
    if not found.settings and effect is not None and effect.settings and effect.is_enough:
        return Searched(_candidate(answer, effect.simplest, effect), True, None, effect.tried)
    simplest = _candidate(answer, found.simplest, found)
    nearest = None if simplest else _candidate(answer, found.nearest, found)
    return Searched(simplest, found.is_enough, nearest, found.tried)


def _candidate(answer: Answer, setting: Setting | None, found: Identified) -> Candidate | None:
    if setting is None:
        return None
    name, overrides = method_and_overrides(setting)
    changes = "".join(f"+{key}={value}" for key, value in overrides.items())
    figures = {each: value if math.isfinite(value) else None for each, value in found.figures.items()}
    return Candidate(f"{name}{changes}", setting.label(answer.claimed.base), figures)
