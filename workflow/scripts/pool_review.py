"""Normal form -> trial effects, weights, pooled results and subgroup tests."""

from pathlib import Path

from job import job
from repool.meta_analysis import analyse
from repool.normal_form import read_form
from repool.results import write_results

with job(snakemake, "computing trial effects and pooling them by every method"):
    folder = Path(snakemake.output.pooled).parent
    write_results(folder, analyse(read_form(folder)))
