"""Every number that statsmodels can compute, beside ours; a difference stops the review."""

from pathlib import Path

from job import job, say
from repool.agreement import Compared, agreements
from repool.crosscheck import crosscheck
from repool.normal_form import read_form
from repool.results import read_results
from repool.tables import write_table

with job(snakemake, "computing everything again with the second engine"):
    folder = Path(snakemake.output.crosscheck).parent
    rows = crosscheck(read_form(folder), read_results(folder))
    write_table(Path(snakemake.output.crosscheck), Compared, rows)
    if differing := agreements(rows).differing:
        say(f"{folder.name}: stopped; numbers that the second engine contradicts: {differing}")
