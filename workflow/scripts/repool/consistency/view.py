"""The report's section on whether published figures fit each other: questions first, the rest folded away."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from repool.consistency.records import Check, Outcome, Severity, figure_of
from repool.consistency.words import RULES
from repool.model import Bilingual, Claim, NormalForm
from repool.quantities import WHOLE_REVIEW
from repool.wording import capital, source_name, tally, word

WORDS: dict[str, Bilingual] = {
    "intro": Bilingual(
        "Her prøves de publiserte tallene mot hverandre, uten forsøksdata. En forskjell er et spørsmål til "
        "forfatterne, ikke en påvist feil: to riktige tall kan gjelde hver sin beregning. Avrunding er tatt "
        "høyde for: et spørsmål stilles bare når ingen uavrundede tall kan passe sammen.",
        "Here the published figures are held against each other, without trial data. A difference "
        "is a question "
        "to the authors, not a proven error: two right figures may be of different calculations. Rounding is "
        "allowed for: a question is asked only where no unrounded figures can fit together.",
    ),
    "counts": Bilingual(
        "Kontroller: {made}. {found}.",
        "Checks: {made}. {found}.",
    ),
    "none": Bilingual(
        "Ingen av de publiserte tallene kan prøves mot hverandre.",
        "None of the published figures can be held against each other.",
    ),
    "others": Bilingual("De andre kontrollene", "The other checks"),
    "all": Bilingual("Alle kontrollene", "All checks"),
    "question": Bilingual("Spørsmål", "Question"),
    "found": Bilingual("Det vi fant", "What was found"),
    "to_agree": Bilingual("Da ville de stemme", "They would agree with"),
    "figures": Bilingual("Tallene", "The figures"),
    "see": Bilingual("Se også: {question}", "See also: {question}"),
    "outcome-agrees": Bilingual("stemmer", "agrees"),
    "outcome-differs": Bilingual("spørsmål", "question"),
    "outcome-cannot-tell": Bilingual("kan ikke avgjøres", "cannot tell"),
    "severity-note": Bilingual("til orientering", "for information"),
    "severity-question": Bilingual("spørsmål", "question"),
    "severity-serious": Bilingual("viktig spørsmål", "important question"),
}
_COLOURS = {Severity.NOTE: "rounding", Severity.QUESTION: "minor", Severity.SERIOUS: "major"}
_OUTCOMES = {Outcome.AGREES: "exact", Outcome.CANNOT_TELL: "not-attemptable"}


def consistency_view(checks: Sequence[Check], form: NormalForm, language: str) -> dict[str, Any]:
    """What the section shows; `asked` leads from a figure's row to the questions that are about it."""
    claims: dict[str, list[Claim]] = {}
    for claim in form.claims:
        claims.setdefault(figure_of(claim).named, []).append(claim)
    titles = {each.analysis: each.title[language] for each in form.analyses}
    questions: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for number, each in enumerate(checks, start=1):
        rows = questions if each.verdict is Outcome.DIFFERS else others
        rows.append(_row(number, each, claims, titles, language))
    asked: dict[str, list[dict[str, str]]] = {}
    for row in questions:
        for figure in row["figures"]:
            see = WORDS["see"].filled(question=row["title"])[language]
            asked.setdefault(figure["id"], []).append({"id": row["id"], "text": see})
    outcomes = Counter(each.verdict for each in checks)
    found = capital(tally((WORDS[f"outcome-{each.value}"][language], outcomes[each]) for each in Outcome))
    counts = WORDS["counts"].filled(made=len(checks), found=found)
    return {
        "t": {name: words[language] for name, words in WORDS.items()},
        "counts": counts[language] if checks else WORDS["none"][language],
        "questions": questions,
        "others": others,
        "asked": asked,
    }


def _row(
    number: int, each: Check, claims: dict[str, list[Claim]], titles: Mapping[str, str], language: str
) -> dict[str, Any]:
    title = titles.get(each.analysis, word("whole_review", language))
    name = f"severity-{each.severity.value}" if each.severity else f"outcome-{each.verdict.value}"
    named = [claims[name] for name in each.figures.split("; ")]
    figures = [next((claim for claim in same if claim.analysis == each.analysis), same[0]) for same in named]
    return {
        "id": f"{language}-check-{number}",
        "outcome": title + (f" ({each.subgroup})" if each.subgroup else ""),
        "title": RULES[each.rule][language],
        "verdict": WORDS[name][language],
        "colour": _COLOURS.get(each.severity) or _OUTCOMES[each.verdict],
        "explanation": each.explanation[language],
        "to_agree": each.to_agree[language],
        "figures": [_figure(claim, each.analysis, language) for claim in figures],
    }


def figure_id(file: str, line: int, quantity: str, method: str, language: str) -> str:
    """Where a page shows a published figure: a line of a data package holds many."""
    quantity += f"-{method}" if method else ""
    return f"{language}-{Path(file).name.replace(' ', '_')}-{line}-{quantity}"


def _figure(claim: Claim, analysis: str, language: str) -> dict[str, str]:
    """One figure with its place; `id` is that of its row among the verdicts."""
    place = f"{Path(claim.file).name}:{claim.line}"
    label = capital(word(f"quantity-{claim.quantity}", language))
    if claim.analysis == WHOLE_REVIEW != analysis:
        label += f", {word('whole_review', language).lower()}"
    return {
        "label": label,
        "value": claim.value,
        "source": source_name(claim.source, language),
        "place": place,
        "id": figure_id(claim.file, claim.line, claim.quantity, claim.method, language),
    }
