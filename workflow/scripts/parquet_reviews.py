"""All numbers of all reviews -> Parquet files, for research on meta-analyses."""

from pathlib import Path

from job import job
from repool.parquet.writing import write_parquet
from repool.steps import write_record_over_all

with job(snakemake, "writing all numbers of all reviews as Parquet files"):
    out = Path(snakemake.output.tables)
    write_parquet(out, [out.parent / name for name in snakemake.params.reviews])
    write_record_over_all(Path(snakemake.output.record))
