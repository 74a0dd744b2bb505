"""Plain-language statements: direction and certainty in words, the same in every review.

The hedge follows the certainty alone (high: none; moderate: "trolig"/"probably"; low:
"muligens"/"may"; very low: the effect is uncertain), so that a reader can tell one from the other.
"""

from enum import StrEnum

from repool.model import NO_TEXT, Bilingual, Certainty


class Effect(StrEnum):
    """Which way the pooled effect goes, judged by its confidence interval."""

    INCREASES = "increases"
    REDUCES = "reduces"
    UNCLEAR = "unclear"


def effect_direction(low: float, high: float, null: float) -> Effect:
    """Increase or reduction where the CI lies on one side of the null value, else unclear."""
    if low > null:
        return Effect.INCREASES
    return Effect.REDUCES if high < null else Effect.UNCLEAR


_SENTENCES: dict[tuple[Effect, Certainty], tuple[str, str]] = {
    (Effect.INCREASES, Certainty.HIGH): (
        "{arm} øker {outcome}.",
        "{arm} increases {outcome}.",
    ),
    (Effect.INCREASES, Certainty.MODERATE): (
        "{arm} øker trolig {outcome}.",
        "{arm} probably increases {outcome}.",
    ),
    (Effect.INCREASES, Certainty.LOW): (
        "{arm} øker muligens {outcome}.",
        "{arm} may increase {outcome}.",
    ),
    (Effect.REDUCES, Certainty.HIGH): (
        "{arm} reduserer {outcome}.",
        "{arm} reduces {outcome}.",
    ),
    (Effect.REDUCES, Certainty.MODERATE): (
        "{arm} reduserer trolig {outcome}.",
        "{arm} probably reduces {outcome}.",
    ),
    (Effect.REDUCES, Certainty.LOW): (
        "{arm} reduserer muligens {outcome}.",
        "{arm} may reduce {outcome}.",
    ),
    (Effect.UNCLEAR, Certainty.HIGH): (
        "Forsøkene viser verken klar økning eller klar reduksjon i {outcome} med {arm_low}.",
        "The trials show neither a clear increase nor a clear reduction in {outcome} with {arm_low}.",
    ),
    (Effect.UNCLEAR, Certainty.MODERATE): (
        "{arm} gir trolig verken klar økning eller klar reduksjon i {outcome}.",
        "{arm} probably makes neither a clear increase nor a clear reduction in {outcome}.",
    ),
    (Effect.UNCLEAR, Certainty.LOW): (
        "{arm} gir muligens verken klar økning eller klar reduksjon i {outcome}.",
        "{arm} may make neither a clear increase nor a clear reduction in {outcome}.",
    ),
}  # fmt: skip
_VERY_LOW = (
    "Det er usikkert hvordan {arm_low} virker på {outcome}.",
    "It is uncertain how {arm_low} affects {outcome}.",
)


def statement(
    arm: Bilingual, outcome: Bilingual, effect: Effect | None, certainty: Certainty | None
) -> Bilingual:
    """One sentence in both languages; empty without a judged certainty or a known effect."""
    if certainty is None or not outcome or (effect is None and certainty is not Certainty.VERY_LOW):
        return NO_TEXT
    pair = _VERY_LOW
    if effect is not None and certainty is not Certainty.VERY_LOW:
        pair = _SENTENCES[effect, certainty]
    return Bilingual(
        *(
            template.format(arm=_capital(arm[language]), arm_low=arm[language], outcome=outcome[language])
            for template, language in zip(pair, ("nb", "en"), strict=True)
        )
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
