"""The report's section on risk of bias: what people judged of each trial, in words before colours."""

from collections.abc import Sequence
from typing import Any

from repool.model import Bias, Bilingual
from repool.wording import capital

WORDS: dict[str, Bilingual] = {
    "intro": Bilingual(
        "Slik oversiktens forfattere har vurdert forsøkene; ingenting her er regnet ut. Begrunnelsene står "
        "i rob.csv.",
        "As the review's authors judged the trials; nothing here is computed. Their reasons are in rob.csv.",
    ),
    "trial": Bilingual("Forsøk", "Trial"),
    "low": Bilingual("lav risiko", "low risk"),
    "some-concerns": Bilingual("noen forbehold", "some concerns"),
    "unclear": Bilingual("uklar risiko", "unclear risk"),
    "high": Bilingual("høy risiko", "high risk"),
}
#: How a page colours a judgement, as it colours verdicts.
_COLOURS = {"low": "exact", "some-concerns": "minor", "unclear": "minor", "high": "major"}


def judgement_of(text: str) -> str:
    """Which of the usual judgements a text is, such as "low" for "Low risk"; "" for another."""
    plain = "-".join(text.casefold().replace("risk of bias", "").replace("risk", "").split())
    return plain if plain in _COLOURS else ""


def bias_view(bias: Sequence[Bias], language: str) -> dict[str, Any]:
    """What the section shows: a row per trial, a column per domain; {} where nothing was judged."""
    if not bias:
        return {}
    domains = list(dict.fromkeys(each.domain for each in bias))
    cells: dict[str, dict[str, list[Bias]]] = {}
    for each in bias:
        cells.setdefault(each.trial, {}).setdefault(each.domain, []).append(each)
    return {
        "t": {name: text[language] for name, text in WORDS.items()},
        "domains": domains,
        "rows": [
            {"trial": trial, "cells": [_cell(own.get(domain, []), language) for domain in domains]}
            for trial, own in cells.items()
        ],
    }


def _cell(judged: Sequence[Bias], language: str) -> list[dict[str, str]]:
    """Every judgement of a trial in a domain, "–" where there is none."""
    shown = []
    for each in judged:
        name = judgement_of(each.judgement)
        text = capital(WORDS[name][language]) if name else each.judgement
        shown.append({"text": text, "colour": _COLOURS.get(name, "not-attemptable")})
    return shown
