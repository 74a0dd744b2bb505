"""Results -> what checks them by hand: reconstruction, worked sheets, traced figures, audit workbook."""

import gc
from pathlib import Path

from job import each_review
from repool.agreement import read_checked, read_outcome
from repool.findings import Finding
from repool.normal_form import STOPPED
from repool.reconstruct.tables import reconstruction, write_reconstruction
from repool.steps import remove
from repool.tables import read_table, write_json, write_text
from repool.trace.report import report_chains
from repool.verdicts import Checked
from repool.workbook.file import write_workbook
from repool.workbook.sheets import audit_workbook
from repool.worked.pages import worked_files


def explain_review(folder, params):
    """One review. It makes millions of cells and lets go of none: looking for garbage is in vain."""
    remove(folder, "explain")
    gc.disable()
    try:
        explain(folder, params)
    finally:
        gc.enable()


def explain(folder, params):
    """Everything that checks a result by hand."""
    form, results = read_checked(folder)
    write_reconstruction(folder, reconstruction(form, results))
    worked = folder / "worked"
    worked.mkdir()
    for name, text in worked_files(form, results, Path(params.templates)):
        write_text(worked / name, text)
    write_json(folder / "trace.json", report_chains(folder, form, results))
    checked = read_table(folder / "verdicts.csv", Checked)
    findings = read_table(folder / "findings.csv", Finding)
    stopped = read_outcome(folder)[1] == STOPPED
    write_workbook(folder / "audit.xlsx", audit_workbook(form, results, checked, findings, stopped))


each_review(snakemake, "writing out every calculation, and what totals say of missing trials", explain_review)
