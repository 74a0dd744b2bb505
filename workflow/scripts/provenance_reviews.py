"""Everything made of every review -> where it comes from, and the folder as a research object."""

from pathlib import Path

from job import job
from repool.deposit import write_deposit
from repool.raw_reviews import raw_reviews
from repool.steps import write_record

with job(snakemake, "recording where the results come from"):
    out, found = Path(snakemake.params.out), raw_reviews(Path(snakemake.params.raw))[0]
    for name in snakemake.params.reviews:
        write_deposit(out / name, Path(snakemake.params.root), found[name])
    write_record(Path(snakemake.output[0]), out, snakemake.params.reviews, "provenance")
