"""All reviews -> the index page, one table of all verdicts, and the closing table of the terminal."""

from pathlib import Path

from job import job
from repool.overview import write_overview

with job(snakemake, "writing the index over all reviews"):
    write_overview(
        Path(snakemake.output.page).parent,
        [Path(page).parent for page in snakemake.input.pages],
        list(snakemake.params.refused),
        Path(snakemake.params.templates),
    )
