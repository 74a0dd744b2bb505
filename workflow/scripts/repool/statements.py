"""Plain-language statements: direction and certainty in words, the same in every review.

The hedge follows the certainty alone (high: none; moderate: "trolig"/"probably"; low:
"muligens"/"may"; very low: the effect is uncertain), so that a reader can tell one from the other.
The direction is that of the estimate; where the interval holds the other direction too, the sentence
says so, and never that there is no effect.
"""

from dataclasses import dataclass

from repool.model import NO_TEXT, Bilingual, Certainty
from repool.wording import capital


@dataclass(frozen=True, slots=True)
class Effect:
    """Which way an estimate goes, and whether its whole interval goes the same way."""

    increases: bool
    clear: bool


def effect_direction(estimate: float, low: float, high: float, null: float) -> Effect:
    """The direction of an estimate and its confidence interval from the null value."""
    increases = estimate > null
    return Effect(increases, low > null if increases else high < null)


_SENTENCES: dict[tuple[bool, Certainty], tuple[str, str]] = {
    (True, Certainty.HIGH): ("{arm} øker {outcome}", "{arm} increases {outcome}"),
    (True, Certainty.MODERATE): ("{arm} øker trolig {outcome}", "{arm} probably increases {outcome}"),
    (True, Certainty.LOW): ("{arm} øker muligens {outcome}", "{arm} may increase {outcome}"),
    (False, Certainty.HIGH): ("{arm} reduserer {outcome}", "{arm} reduces {outcome}"),
    (False, Certainty.MODERATE): ("{arm} reduserer trolig {outcome}", "{arm} probably reduces {outcome}"),
    (False, Certainty.LOW): ("{arm} reduserer muligens {outcome}", "{arm} may reduce {outcome}"),
}
#: With high certainty and an interval that holds both directions, a bare "increases" would say too much.
_UNCLEAR_HIGH = {
    True: ("{arm} ser ut til å øke {outcome}", "{arm} appears to increase {outcome}"),
    False: ("{arm} ser ut til å redusere {outcome}", "{arm} appears to reduce {outcome}"),
}
_BUT = {
    True: (", men intervallet rommer også en reduksjon", ", but the interval also holds a reduction"),
    False: (", men intervallet rommer også en økning", ", but the interval also holds an increase"),
}
_VERY_LOW = (
    "Det er usikkert hvordan {arm_low} virker på {outcome}",
    "It is uncertain how {arm_low} affects {outcome}",
)


def statement(
    arm: Bilingual, outcome: Bilingual, effect: Effect | None, certainty: Certainty | None
) -> Bilingual:
    """One sentence in both languages; empty without a judged certainty or a known effect."""
    if certainty is None or not outcome or (effect is None and certainty is not Certainty.VERY_LOW):
        return NO_TEXT
    pair, but = _VERY_LOW, ("", "")
    if effect is not None and certainty is not Certainty.VERY_LOW:
        pair = _SENTENCES[effect.increases, certainty]
        if not effect.clear:
            but = _BUT[effect.increases]
            pair = _UNCLEAR_HIGH[effect.increases] if certainty is Certainty.HIGH else pair
    return Bilingual(
        *(
            template.format(arm=capital(arm[language]), arm_low=arm[language], outcome=outcome[language])
            + tail
            + "."
            for template, tail, language in zip(pair, but, ("nb", "en"), strict=True)
        )
    )
