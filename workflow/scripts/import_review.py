"""Review folder -> normal form, or the reasons why not."""

import logging
from pathlib import Path

from job import job, say
from repool.normal_form import write_form
from repool.readers.transcribed import read_transcribed

with job(snakemake, "checking the seal and reading the input"):
    folder = Path(snakemake.params.folder)
    form, problems, checksums = read_transcribed(folder, snakemake.params.shown, Path(snakemake.input.schema))
    for problem in problems.found:
        logging.log(logging.ERROR if problem.severity == "error" else logging.WARNING, problem)
    for problem in problems.errors[:20]:
        say(f"{folder.name}: {problem}")
    if len(problems.errors) > 20:
        say(f"{folder.name}: and {len(problems.errors) - 20} more; all of them: {snakemake.log[0]}")
    write_form(Path(snakemake.output.review).parent, folder.name, form, problems.found, checksums)
