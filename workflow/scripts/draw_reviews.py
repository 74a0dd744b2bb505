"""Result tables -> a forest plot of each analysis, or of each that needs a look, in both languages."""

from job import each_review
from repool.agreement import read_checked
from repool.drawing import draw
from repool.figures import forest_plot, plotted
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
    for name in plotted(results):
        if wanted is None or name in wanted:
            for language in LANGUAGES:
                stem = out / f"{name}.{language}"
                plot = forest_plot(form, results, name, language)
                draw(plot, stem, f"{folder.name}/{stem.name}", params.formats)


each_review(snakemake, "drawing the forest plots", draw_review)
