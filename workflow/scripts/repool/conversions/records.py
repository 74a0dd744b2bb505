"""What every conversion returns: the values, and which rule made them of what."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from repool.batch import Booleans, Floats
from repool.model import Bilingual


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a value came about that no source printed: from what, and by whose rule."""

    given: Bilingual
    source: str

    def __str__(self) -> str:
        return f"{self.given.en} ({self.source})"


@dataclass(frozen=True, slots=True)
class Converted:
    """Values of shape (trials,) and the conversion that made them, so that none passes for a reported one."""

    values: Floats
    by: Conversion


@dataclass(frozen=True, slots=True)
class MeanAndSd:
    """A mean and an SD of each trial's arm, each with the conversion that made it."""

    mean: Converted
    sd: Converted


@dataclass(frozen=True, slots=True)
class MeansArm:
    """Participants, mean and SD of a combined arm, shape (trials,), or of parts, shape (parts, trials)."""

    total: Floats
    mean: Floats
    sd: Floats
    by: Conversion


@dataclass(frozen=True, slots=True)
class EventsArm:
    """Events and participants of a combined arm, shape (trials,), or of parts, shape (parts, trials)."""

    events: Floats
    total: Floats
    by: Conversion


def refuse(bad: ArrayLike, what: str, remedy: str) -> None:
    """Raise ValueError where anything is bad: it names the first such trial, counted from 0, and the remedy.

    A mask of shape (arms, trials) names the arm too.
    """
    mask: Booleans = np.atleast_1d(np.asarray(bad, dtype=np.bool_))
    if mask.any():
        *arm, trial = (int(index) for index in np.argwhere(mask)[0])
        place = f"arm {arm[0]}, trial {trial}" if arm else f"trial {trial}"
        raise ValueError(f"{place}: {what}; {remedy}")


def check_numbers(**columns: ArrayLike) -> None:
    """Refuse NaN and infinity, which would travel on unseen."""
    for name, values in columns.items():
        refuse(~np.isfinite(values), f"{name} is not a finite number", "leave such trials out")


def check_totals(**columns: ArrayLike) -> None:
    """Refuse arms without spread: it takes two participants to have any."""
    check_numbers(**columns)
    for name, values in columns.items():
        refuse(np.asarray(values) < 2, f"{name} is below 2", "give the number of participants, at least 2")


def check_not_negative(**columns: ArrayLike) -> None:
    """Refuse a negative spread or count."""
    check_numbers(**columns)
    for name, values in columns.items():
        refuse(np.asarray(values) < 0, f"{name} is negative", "check the sign against the source")


def check_rising(**columns: ArrayLike) -> None:
    """Refuse values that do not rise in the order given, such as a median outside the quartiles."""
    check_numbers(**columns)
    names = list(columns)
    for lower, upper in pairwise(names):
        wrong = np.asarray(columns[lower]) > np.asarray(columns[upper])
        refuse(wrong, f"{lower} exceeds {upper}", "swap them or check them against the source")


def check_level(level: ArrayLike) -> None:
    """Refuse a confidence level that is not a share; 95 for 0.95 is the usual slip."""
    check_numbers(level=level)
    values = np.asarray(level)
    refuse((values <= 0) | (values >= 1), "level is not between 0 and 1", "write 0.95 for 95%")
