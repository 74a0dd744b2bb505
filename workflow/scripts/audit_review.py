"""Everything computed of a review -> the audit workbook."""

from pathlib import Path

from job import job
from repool.agreement import read_checked, read_outcome
from repool.findings import Finding
from repool.normal_form import STOPPED
from repool.tables import read_table
from repool.verdicts import Checked
from repool.workbook import audit_workbook
from repool.workbook_file import write_workbook

with job(snakemake, "writing the audit workbook"):
    workbook = Path(snakemake.output.workbook)
    folder = workbook.parent
    form, results = read_checked(folder)
    checked = read_table(folder / "verdicts.csv", Checked)
    findings = read_table(folder / "findings.csv", Finding)
    stopped = read_outcome(folder)[1] == STOPPED
    write_workbook(workbook, audit_workbook(form, results, checked, findings, stopped))
