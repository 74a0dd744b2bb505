"""Review as it lies in the raw folder -> normal form, or the reasons why not."""

import logging
from pathlib import Path

from job import each_review, say
from repool.agreement import FAULT
from repool.normal_form import write_form
from repool.raw_reviews import raw_reviews
from repool.readers.review import read_review
from repool.steps import STEPS, remove

FOUND = raw_reviews(Path(snakemake.params.raw), snakemake.params.reviews)[0]


def import_review(folder, params):
    """One review; what later steps once made of it goes, so that nothing outlives its input."""
    for step in STEPS:
        remove(folder, step)
    if (folder / FAULT).exists():
        write_form(folder, folder.name, None, [], {})
        return
    form, problems, checksums = read_review(FOUND[folder.name], params.shown, Path(params.schema))
    for problem in problems.found:
        logging.log(logging.ERROR if problem.severity == "error" else logging.WARNING, problem)
    if problems.errors:
        say(f"{folder.name}: stopped; problems in the input: {len(problems.errors)}")
    write_form(folder, folder.name, form, problems.found, checksums)


each_review(snakemake, "checking the seal and reading the input", import_review)
