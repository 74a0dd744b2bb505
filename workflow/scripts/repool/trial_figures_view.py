"""The report's section on the published figures of each trial: counts by verdict, then what is not exact."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from repool.model import Bilingual, NormalForm
from repool.trial_figures import FIGURES, CheckedTrial, figures_by_verdict
from repool.verdicts import Verdict
from repool.wording import localised, word

#: Rows that the page shows at most; the file has them all.
SHOWN = 100
WORDS: dict[str, Bilingual] = {
    "intro": Bilingual(
        "Effekt, grenser og vekt som er publisert for hver rad, mot det raden gir her. Rader: {rows}. "
        "Tall: {figures}.",
        "Effect, limits and weight published of each row, against what the row gives here. Rows: {rows}. "
        "Figures: {figures}.",
    ),
    "short": Bilingual(
        "Publiserte tall for enkeltforsøk: {figures}. Stemmer i alle sifre: {exact}.",
        "Published figures of single trials: {figures}. Agree in every digit: {exact}.",
    ),
    "count": Bilingual("{verdict}: {count}", "{verdict}: {count}"),
    "all-exact": Bilingual("Alle tallene stemmer i alle sifre.", "All figures agree in every digit."),
    "not-exact": Bilingual("Rader der noe ikke er nøyaktig", "Rows in which something is not exact"),
    "rest": Bilingual(
        "{count} slike rader til står i trial_verdicts.csv.",
        "{count} more such rows are in trial_verdicts.csv.",
    ),
    "trial": Bilingual("Forsøk", "Trial"),
    "published": Bilingual("Publisert", "Published"),
    "ours": Bilingual("Vårt", "Ours"),
    "weight": Bilingual("vekt {weight}", "weight {weight}"),
    "interval": Bilingual("{estimate} ({low} til {high})", "{estimate} ({low} to {high})"),
    "explanation": Bilingual("Forklaring", "Explanation"),
}  # fmt: skip


def trial_figures_view(checked: Sequence[CheckedTrial], form: NormalForm, language: str) -> dict[str, Any]:
    """What the section shows; {} where nothing was published of single trials."""
    counts = figures_by_verdict(checked)
    figures = sum(counts.values())
    doubtful = [each for each in checked if each.reason]
    if not figures and not doubtful:
        return {}
    titles = {each.analysis: each.title[language] for each in form.analyses}
    left = len(doubtful) - SHOWN
    return {
        "t": {name: text[language] for name, text in WORDS.items()},
        "intro": WORDS["intro"].filled(rows=len(checked), figures=figures)[language],
        "short": WORDS["short"].filled(figures=figures, exact=counts.get(Verdict.EXACT, 0))[language],
        "counts": [
            {
                "verdict": verdict.value,
                "text": WORDS["count"].filled(
                    verdict=word(f"verdict-{verdict.value}", language), count=count
                )[language],
            }
            for verdict, count in counts.items()
            if count
        ],
        "rows": [_row(each, titles, language) for each in doubtful[:SHOWN]],
        "rest": WORDS["rest"].filled(count=left)[language] if left > 0 else "",
    }


def _row(each: CheckedTrial, titles: dict[str, str], language: str) -> dict[str, Any]:
    verdicts = dict.fromkeys(v for v in each.verdicts if v not in (None, Verdict.EXACT))
    published = [getattr(each, f"published_{name}") for name in FIGURES]
    ours = ["" if (value := getattr(each, name)) is None else f"{value:.6f}" for name in FIGURES]
    return {
        "analysis": titles.get(each.analysis, each.analysis),
        "trial": each.trial + (f" ({each.subgroup})" if each.subgroup else ""),
        "published": _figures(published, language),
        "ours": _figures(ours, language),
        "verdicts": [
            {"verdict": verdict.value, "text": word(f"verdict-{verdict.value}", language)}
            for verdict in verdicts
            if verdict
        ],
        "reason": each.reason[language],
        "place": f"{Path(each.file).name}:{each.line}",
    }


def _figures(texts: Sequence[str], language: str) -> list[str]:
    """Effect with limits, and weight, each a text; a missing figure is a dash."""
    estimate, low, high, weight = (localised(text, language) or "–" for text in texts)
    shown = []
    if any(texts[:3]):
        filled = WORDS["interval"].filled(estimate=estimate, low=low, high=high)
        shown.append(filled[language])
    if texts[3]:
        shown.append(WORDS["weight"].filled(weight=weight)[language])
    return shown
