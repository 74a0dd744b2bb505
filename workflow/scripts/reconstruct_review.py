"""Published totals -> all tables of the missing trials that agree with them, or the bounds on such trials."""

from pathlib import Path

from job import job
from repool.agreement import read_checked
from repool.reconstruct_tables import reconstruction, write_reconstruction

with job(snakemake, "looking for what published totals say of missing trials"):
    folder = Path(snakemake.output.rows).parent
    write_reconstruction(folder, reconstruction(*read_checked(folder)))
