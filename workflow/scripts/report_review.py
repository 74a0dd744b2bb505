"""Everything computed of a review -> its report page and the findings page."""

from pathlib import Path

from job import job
from repool.pages import report_page
from repool.tables import write_text

with job(snakemake, "writing the report"):
    page = Path(snakemake.output.page)
    templates = Path(snakemake.params.templates)
    pages = report_page(page.parent, templates, snakemake.params.versions)
    for name, text in pages.items():
        write_text(page.parent / name, text)
