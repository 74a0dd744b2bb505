"""The words of the consistency checks: what is asked, what was found, and what would make figures agree."""

from collections.abc import Sequence

from repool.consistency.remedies import FIXES, SLIPS
from repool.consistency.sentences import TEXTS
from repool.model import Bilingual, Claim
from repool.words import WORDS

#: What each rule asks, as a clinician would.
RULES: dict[str, Bilingual] = {
    "per-1000": Bilingual(
        "Gir risikoen og effekten det trykte antallet per 1000?",
        "Do the risk and the effect give the printed number per 1000?",
    ),
    "control-risk": Bilingual(
        "Er kontrollrisikoen per 1000 den samme som hendelser delt på deltakere?",
        "Is the control risk per 1000 the same as events over participants?",
    ),
    "model-behind": Bilingual(
        "Hvilken beregningsmodell bygger tallet per 1000 på?",
        "Which pooling model does the number per 1000 rest on?",
    ),
    "one-model": Bilingual(
        "Bygger radene i tabellen på samme beregningsmodell?",
        "Do the rows of the table rest on one pooling model?",
    ),
    "ci-symmetric": Bilingual(
        "Ligger effekten midt i konfidensintervallet?",
        "Does the effect lie in the middle of its confidence interval?",
    ),
    "ci-z": Bilingual("Passer z med konfidensintervallet?", "Does z fit the confidence interval?"),
    "ci-p": Bilingual(
        "Passer P-verdien med konfidensintervallet?", "Does the P value fit the confidence interval?"
    ),
    "z-p": Bilingual("Passer P-verdien med z?", "Does the P value fit z?"),
    "prediction-wider": Bilingual(
        "Er prediksjonsintervallet minst like vidt som konfidensintervallet?",
        "Is the prediction interval at least as wide as the confidence interval?",
    ),
    "percent": Bilingual(
        "Gir hendelser delt på deltakere den trykte prosenten?",
        "Do events over participants give the printed percentage?",
    ),
    "percent-whole-people": Bilingual(
        "Kan et helt antall personer gi prosenten?", "Can a whole number of people give the percentage?"
    ),
    "events-within-total": Bilingual(
        "Er det høyst like mange hendelser som deltakere?", "Are there no more events than participants?"
    ),
    "arms-to-total": Bilingual(
        "Gir armene til sammen antallet deltakere?", "Do the arms add up to the participants?"
    ),
    "within-review": Bilingual(
        "Er tallet høyst så stort som i hele oversikten?", "Is the number no larger than in the whole review?"
    ),
    "subgroups-to-total": Bilingual(
        "Gir undergruppene til sammen totalen?", "Do the subgroups add up to the total?"
    ),
    "subgroups-between": Bilingual(
        "Ligger den samlede effekten mellom undergruppenes?",
        "Does the overall effect lie between those of the subgroups?",
    ),
    "printed-twice": Bilingual(
        "Er samme størrelse trykt likt i to kilder?", "Do two sources print the same quantity alike?"
    ),
    "i2": Bilingual("Passer I² med Q og frihetsgradene?", "Does I² fit Q and its degrees of freedom?"),
    "p-of-q": Bilingual(
        "Passer P-verdien med Q og frihetsgradene?", "Does the P value fit Q and its degrees of freedom?"
    ),
    "df": Bilingual(
        "Er det én frihetsgrad færre enn forsøk?", "Is there one degree of freedom fewer than trials?"
    ),
    "tau2": Bilingual("Passer τ² med I² eller Q?", "Does τ² fit I² or Q?"),
}

_TEXTS = TEXTS | SLIPS | FIXES


def text(code: str, **values: object) -> Bilingual:
    """The sentence of that name in both languages; a Bilingual value goes into its own language."""
    return Bilingual(*_TEXTS[code]).filled(**values)


def quantity(claim: Claim) -> Bilingual:
    """What the figure is called in a sentence."""
    return WORDS[f"quantity-{claim.quantity}"]


def joined_or(parts: Sequence[Bilingual]) -> Bilingual:
    """Alternatives in one text."""
    return Bilingual(" Eller: ".join(part.nb for part in parts), " Or: ".join(part.en for part in parts))


def listed(parts: Sequence[Bilingual]) -> Bilingual:
    """Items in one text."""
    return Bilingual("; ".join(part.nb for part in parts), "; ".join(part.en for part in parts))
