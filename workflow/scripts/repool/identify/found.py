"""What identification finds for one total."""

from dataclasses import dataclass
from enum import StrEnum

from repool.identify.information import ENOUGH
from repool.identify.settings import Setting


class Outcome(StrEnum):
    """How many settings give everything that was published of a total."""

    UNIQUE = "unique"
    EQUIVALENT = "equivalent"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Identified:
    """The settings behind a total.

    used: names of the published figures, "weights" among them. settings: all of the stage that give all of
    these, simplest first. differ_in: fields in which they differ. told_apart_by: figures that were not
    published and would tell them apart, none where they agree in every figure. figures: ours, of the
    simplest setting or, where none gives everything, of the nearest one. off: how far the nearest one
    misses each published figure, in the figure's own unit, by name; only what is missed. tried: how many
    settings were tried. spare: bits of information in the published figures beyond what telling so many
    settings apart takes (`information.spare_bits`).
    """

    outcome: Outcome
    used: tuple[str, ...]
    settings: tuple[Setting, ...]
    differ_in: tuple[str, ...]
    told_apart_by: tuple[str, ...]
    nearest: Setting | None
    figures: dict[str, float]
    off: dict[str, float]
    tried: int
    stage: str
    spare: float

    @property
    def is_enough(self) -> bool:
        """Whether the figures say too much for a setting to give them by chance."""
        return self.spare >= ENOUGH

    @property
    def simplest(self) -> Setting | None:
        """The simplest setting that gives everything published."""
        return self.settings[0] if self.settings else None
