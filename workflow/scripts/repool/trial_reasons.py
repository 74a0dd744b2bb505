"""Why a published figure of a trial row is not exactly ours, in words."""

from repool.model import LANGUAGES, Bilingual
from repool.wording import decimal, significant

_DIGITS, _ALL_DIGITS = 9, 17

_REASONS: dict[str, Bilingual] = {
    "no-row": Bilingual("Raden er ikke blant forsøkene.", "The row is not among the trials."),
    "no-data": Bilingual("Forsøket har ingen data.", "The trial has no data."),
    "unreadable": Bilingual("Det som er trykt, er ikke et tall.", "What is printed is not a number."),
    "not-estimable": Bilingual(
        "Raden kan ikke estimeres etter reglene her.", "By the rules used here the row is not estimable."
    ),
    "unprinted": Bilingual(
        "Ingenting er trykt, men raden gir {estimate}.", "Nothing is printed, yet the row gives {estimate}."
    ),
    "unprinted-estimate": Bilingual(
        "Bare grensene er trykt, ikke effekten; raden gir {estimate}.",
        "The limits alone are printed, not the effect; the row gives {estimate}.",
    ),
    "rounding": Bilingual(
        "Stemmer innenfor én enhet i siste siffer.", "Agrees within one unit of the last digit."
    ),
    "differs": Bilingual(
        "Ingen kjent regel gir effekten som er trykt; raden gir {ours}.",
        "No known rule gives the effect that is printed; the row gives {ours}.",
    ),
    "reading": Bilingual(
        "Effekten følger av raden på en annen måte enn oppgitt. {how}",
        "The effect follows from the row in another way than declared. {how}",
    ),
    "no-weight": Bilingual(
        "Metoden gir ingen vekt til denne raden.", "The method gives this row no weight."
    ),
    "weight-method": Bilingual("Vekten følger av {method}.", "The weight follows from {method}."),
    "weight-close": Bilingual(
        "Vekten stemmer innenfor 0,0005 prosentpoeng.", "The weight agrees within 0.0005 points."
    ),
    "weight-iterated": Bilingual(
        "Vektene følger av τ² = {theirs}, der vi har {ours}: en iterasjon som stanset tidligere.",
        "The weights follow from τ² = {theirs}, where ours is {ours}: an iteration that stopped earlier.",
    ),
    "weight-differs": Bilingual(
        "Ingen av metodene gir vekten; analysens egen gir {ours}.",
        "None of the methods gives the weight; the analysis' own gives {ours}.",
    ),
}  # fmt: skip


def told_apart(one: float, other: float) -> tuple[Bilingual, Bilingual]:
    """Two numbers with nine digits, or as many more as it takes to tell them apart."""
    for digits in range(_DIGITS, _ALL_DIGITS + 1):
        said = [Bilingual(*(significant(each, digits, name) for name in LANGUAGES)) for each in (one, other)]
        if said[0] != said[1]:
            break
    return said[0], said[1]


def reason(code: str, **values: float | Bilingual) -> Bilingual:
    """The reason of that name; numbers with six decimals."""
    return Bilingual(
        *(
            _REASONS[code][language].format(
                **{name: _said(value, language) for name, value in values.items()}
            )
            for language in LANGUAGES
        )
    )


def _said(value: float | Bilingual, language: str) -> str:
    return value[language] if isinstance(value, Bilingual) else decimal(value, 6, language)
