"""Everything computed of a review -> its report page, the findings page, and its counts for the index."""

from pathlib import Path

from job import each_review
from repool.pages import report_page
from repool.steps import remove
from repool.summary import write_summary
from repool.tables import write_text


def report_review(folder, params):
    """One review; plots and sheets of an earlier run that this one does not make go."""
    for step in params.left_out:
        remove(folder, step)
    pages = report_page(folder, Path(params.templates), params.versions, params.commands)
    for name, text in pages.items():
        write_text(folder / name, text)
    write_summary(folder)


each_review(snakemake, "writing the report", report_review)
