"""Everything made of every review -> where it comes from, and the folder as a research object."""

from pathlib import Path

from job import job
from repool.deposit import write_deposit
from repool.provenance import Step

with job(snakemake, "recording where the results come from"):
    steps = [Step(**each) for each in snakemake.params.steps]
    for name in snakemake.params.reviews:
        write_deposit(
            Path(snakemake.params.out, name),
            Path(snakemake.params.root),
            Path(snakemake.params.raw, name),
            list(snakemake.params.form),
            steps,
        )
