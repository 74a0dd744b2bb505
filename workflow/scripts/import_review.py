"""Review folder -> normal form, or the reasons why not."""

import logging
from pathlib import Path

from job import job, say
from repool.normal_form import write_form
from repool.readers.transcribed import read_transcribed

with job(snakemake, "checking the seal and reading the input"):
    folder = Path(snakemake.params.folder)
    form, problems, checksums = read_transcribed(
        folder, snakemake.params.shown, Path(snakemake.params.schema)
    )
    for problem in problems.found:
        logging.log(logging.ERROR if problem.severity == "error" else logging.WARNING, problem)
    if problems.errors:
        say(f"{folder.name}: stopped; problems in the input: {len(problems.errors)}")
    write_form(Path(snakemake.output.review).parent, folder.name, form, problems.found, checksums)
