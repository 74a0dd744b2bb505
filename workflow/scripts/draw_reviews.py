"""Result tables -> a forest plot of each analysis, or of each that needs a look, in both languages."""

from job import each_review
from repool.agreement import read_checked
from repool.drawing import draw
from repool.evidence import evidence_of
from repool.figures import MOST_PLOTS, forest_plot, plotted
from repool.flags import flagged
from repool.model import LANGUAGES
from repool.steps import remove


def draw_review(folder, params):
    """One review."""
    remove(folder, "draw")
    out = folder / "forest"
    out.mkdir()
    form, results = read_checked(folder)
    wanted = flagged(folder) if params.forest == "flagged" else None
    known = evidence_of(form, results)
    names = [name for name in plotted(results) if wanted is None or name in wanted]
    formats = params.formats if len(names) <= MOST_PLOTS else ["svg"]
    for name in names:
        for language in LANGUAGES:
            stem = out / f"{name}.{language}"
            plot = forest_plot(known[name].form, known[name].results, name, language)
            draw(plot, stem, f"{folder.name}/{stem.name}", formats)


each_review(snakemake, "drawing the forest plots", draw_review)
