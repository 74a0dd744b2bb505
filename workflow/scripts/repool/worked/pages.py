"""The worked sheets as files: one page in both languages and a plain text in each, for every analysis."""

from pathlib import Path
from typing import Any

from repool.model import LANGUAGES, NormalForm
from repool.pages import render
from repool.results import Results
from repool.words import WORDS
from repool.worked.sheet import View, sheet, sheet_view
from repool.worked.text import sheet_text
from repool.worked.words import WORKED


def worked_files(form: NormalForm, results: Results, templates: Path) -> dict[str, str]:
    """Each file's text by its name; nothing for a review that was stopped."""
    files: dict[str, str] = {}
    for analysis in form.analyses:
        made = sheet(form, results, analysis)
        views: dict[str, dict[str, Any]] = {}
        for language in LANGUAGES:
            view: View = sheet_view(made, language)
            files[f"{analysis.analysis}.{language}.txt"] = sheet_text(view, language)
            words = {name: text[language] for name, text in (WORDS | WORKED).items()}
            views[language] = view | {"w": words}
        title = " / ".join(dict.fromkeys((analysis.title.nb, analysis.title.en)))
        files[f"{analysis.analysis}.html"] = render(
            templates, "worked.html.j2", sheets=("style.css", "worked.css"),
            title=title, name=analysis.analysis, views=views,
        )  # fmt: skip
    return files
