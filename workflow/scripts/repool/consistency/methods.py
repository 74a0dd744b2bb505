"""What the named methods mean for a printed table; a test holds it against `repool.methods`."""

import json
from dataclasses import dataclass

from repool.consistency.records import Group

#: Loading `repool.methods` loads the engine, which takes longer than all checks of a review together.
COMMON = frozenset({"mh-common", "iv-common"})
I2_FROM_TAU2 = frozenset({"revman-2025", "metafor", "stata"})
HKSJ = frozenset({"reml-hksj"})
REML = frozenset({"revman-2025", "metafor", "meta", "stata", "reml", "reml-hksj"})


@dataclass(frozen=True, slots=True)
class Assumed:
    """How a group's figures were made, by the method its source names, else the declared one.

    model: common or random; tau2: its estimator; ci: kind of interval; i2_from: Q or tau2; level: of the
    interval (0..1).
    """

    model: str
    tau2: str
    ci: str
    i2_from: str
    level: float

    @property
    def tau2_follows_i2(self) -> bool:
        """Whether tau2 is 0 just where I2 is, and grows with it: both from Q, or I2 from tau2."""
        return self.tau2 == "DL" or self.i2_from == "tau2"


def assumed(group: Group) -> Assumed:
    """What to assume of a group of figures."""
    declared = group.analysis
    name = group.method or (declared.method if declared else "")
    overrides = json.loads(declared.overrides) if declared and declared.overrides else {}
    own = overrides if not group.method else {}
    return Assumed(
        model=own.get("model", "common" if name in COMMON else "random"),
        tau2=own.get("tau2", "REML" if name in REML else "DL"),
        ci=own.get("ci", "HKSJ" if name in HKSJ else "Wald"),
        i2_from=own.get("i2_from", "tau2" if name in I2_FROM_TAU2 else "Q"),
        level=float(overrides.get("level", 0.95)),
    )
