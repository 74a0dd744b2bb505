"""All reviews -> the index page, one table of all verdicts, and the closing table of the terminal."""

from pathlib import Path

from job import job
from repool.overview import write_overview
from repool.steps import write_record_over_all

with job(snakemake, "writing the index over all reviews"):
    out = Path(snakemake.output.page).parent
    write_overview(
        out,
        [out / name for name in snakemake.params.reviews],
        dict(snakemake.params.refused),
        list(snakemake.params.unread),
        Path(snakemake.params.templates),
    )
    write_record_over_all(Path(snakemake.output.record))
