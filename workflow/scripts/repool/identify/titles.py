"""What the title of an analysis says of its method, as those of sensitivity analyses do."""

import re
from dataclasses import dataclass

from repool.identify.settings import Setting

#: A random-effects method goes without saying where its tau2 or its interval is named.
_NAMES = tuple(
    (re.compile(pattern, re.IGNORECASE), what)
    for pattern, *what in (
        (r"\b(fixed|common)[\s-]effects?\b", "model", "common"),
        (r"\brandom[\s-]effects?\b", "model", "random"),
        (r"\bREML\b|\brestricted maximum[\s-]likelihood\b", "tau2", "REML"),
        (r"\bDer\s?Simonian\b", "tau2", "DL"),
        (r"\b(HKSJ|HSKJ|HSJK)\b|\b(Hartung|Knapp)\b", "ci", "HKSJ"),  # misspelt as they are
    )
)


@dataclass(frozen=True, slots=True)
class Named:
    """The model, the estimator of tau2 and the interval that a title names; "" for none."""

    model: str = ""
    tau2: str = ""
    ci: str = ""

    def misses(self, setting: Setting) -> int:
        """How many of these a setting does not have."""
        method = setting.method
        own = (method.model, method.tau2 if method.uses_tau2 else "none", method.ci)
        wanted = (self.model, self.tau2, self.ci)
        return sum(bool(name) and name != had for name, had in zip(wanted, own, strict=True))


def named_in(title: str) -> Named:
    """What a title names; nothing where it names two of a kind, as one that compares them does."""
    found: dict[str, set[str]] = {"model": set(), "tau2": set(), "ci": set()}
    for pattern, (kind, name) in _NAMES:
        if pattern.search(title):
            found[kind].add(name)
    if found["tau2"] or found["ci"]:
        found["model"].add("random")
    if any(len(names) > 1 for names in found.values()):
        return Named()
    return Named(**{kind: "".join(names) for kind, names in found.items()})
