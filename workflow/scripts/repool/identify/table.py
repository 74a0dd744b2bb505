"""identification.csv: of every total, the settings that give what was published of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from repool.identify.claimed import Answer
from repool.identify.found import Outcome
from repool.identify.settings import Setting, method_and_overrides, overrides_text
from repool.identify.words import said
from repool.model import NO_TEXT, Bilingual
from repool.words import WORDS

_OTHERS = 20  # that are named; how many there are says `settings`


@dataclass(frozen=True, slots=True)
class IdentifiedRow:
    """One total and what one source published of it.

    figures: what was published. settings: how many give all of it, of those tried. setting: the simplest in
    words, with its method and overrides as review.yaml declares one. differ_in: fields in which the settings
    differ; told_apart_by: figures that were not published and would tell them apart. enough: whether the
    published figures say too much for a coincidence. nearest: where no setting gives everything, and off: by
    how much it misses each figure, ours beyond the span of the printed one.
    """

    analysis: str
    subgroup: str
    source: str
    stated_method: str
    figures: str
    outcome: Outcome
    settings: int
    tried: int
    stage: str
    spare_bits: float
    enough: bool
    setting: Bilingual
    method: str
    overrides: str
    others: Bilingual
    differ_in: str
    told_apart_by: str
    nearest: Bilingual
    off: str


def identified_rows(given: Iterable[Answer]) -> tuple[IdentifiedRow, ...]:
    """One row per answer, in the order given."""
    return tuple(_row(each) for each in given)


def _row(answer: Answer) -> IdentifiedRow:
    found, base = answer.found, answer.claimed.base
    analysis, subgroup, source, stated = answer.claimed.key
    setting = found.simplest or found.nearest
    name, overrides = method_and_overrides(setting) if setting else ("", {})
    return IdentifiedRow(
        analysis,
        subgroup,
        source,
        stated,
        " ".join(found.used),
        found.outcome,
        len(found.settings),
        found.tried,
        found.stage,
        found.spare,
        found.is_enough and bool(found.settings),
        found.simplest.label(base) if found.simplest else NO_TEXT,
        name,
        overrides_text(overrides),
        _listed(found.settings[1 : _OTHERS + 1], base),
        " ".join(found.differ_in),
        " ".join(found.told_apart_by),
        found.nearest.label(base) if found.nearest else NO_TEXT,
        " ".join(f"{name}={miss:.6g}" for name, miss in found.off.items()),
    )


def _listed(settings: Iterable[Setting], base: Setting) -> Bilingual:
    labels = [each.label(base) for each in settings]
    return Bilingual("; ".join(each.nb for each in labels), "; ".join(each.en for each in labels))


def figure_name(name: str) -> Bilingual:
    """A published figure in words."""
    return said("weights") if name == "weights" else WORDS[f"quantity-{name}"]
