"""The worked sheets as files: one page in both languages and a plain text in each, for every analysis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repool.evidence import evidence_of
from repool.model import LANGUAGES, NormalForm
from repool.pages import render
from repool.results import Results
from repool.words import WORDS
from repool.worked.sheet import View, sheet, sheet_view
from repool.worked.text import sheet_text
from repool.worked.words import WORKED


def worked_files(form: NormalForm, results: Results, templates: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each file, an analysis at a time; nothing for a review that was stopped."""
    for own in evidence_of(form, results).values():
        analysis, made = own.analysis, sheet(own.form, own.results, own.analysis)
        views: dict[str, dict[str, Any]] = {}
        for language in LANGUAGES:
            view: View = sheet_view(made, language)
            yield f"{analysis.analysis}.{language}.txt", sheet_text(view, language)
            words = {name: text[language] for name, text in (WORDS | WORKED).items()}
            views[language] = view | {"w": words}
        title = " / ".join(dict.fromkeys((analysis.title.nb, analysis.title.en)))
        page = render(
            templates, "worked.html.j2", sheets=("style.css", "worked.css"),
            title=title, name=analysis.analysis, views=views,
        )  # fmt: skip
        yield f"{analysis.analysis}.html", page
