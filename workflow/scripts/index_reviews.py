"""All reviews -> the index page, one table of all verdicts, and the closing table of the terminal."""

from pathlib import Path

from job import job
from repool.overview import write_overview

with job(snakemake, "writing the index over all reviews"):
    out = Path(snakemake.output.page).parent
    write_overview(
        out,
        [out / name for name in snakemake.params.reviews],
        list(snakemake.params.refused),
        Path(snakemake.params.templates),
    )
