"""Normal form and results -> the worked sheet of every analysis, and the chain behind every figure shown."""

from pathlib import Path

from repool.trace_report import report_chains

from job import job
from repool.agreement import read_checked
from repool.tables import write_json, write_text
from repool.worked_pages import worked_files

with job(snakemake, "writing out every calculation with its numbers"):
    worked = Path(snakemake.output.worked)
    form, results = read_checked(worked.parent)
    worked.mkdir()
    for name, text in worked_files(form, results, Path(snakemake.params.templates)).items():
        write_text(worked / name, text)
    write_json(Path(snakemake.output.trace), report_chains(worked.parent, form, results))
