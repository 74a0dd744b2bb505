"""Result tables -> a forest plot of each analysis, in both languages."""

from pathlib import Path

from job import job
from repool.agreement import read_checked
from repool.drawing import draw
from repool.figures import forest_plot, plotted
from repool.model import LANGUAGES

with job(snakemake, "drawing the forest plots"):
    folder = Path(snakemake.input.pooled).parent
    out = Path(snakemake.output.forest)
    out.mkdir(parents=True)
    form, results = read_checked(folder)
    for name in plotted(results):
        for language in LANGUAGES:
            stem = out / f"{name}.{language}"
            draw(forest_plot(form, results, name, language), stem, f"{folder.name}/{stem.name}")
