"""Published figures against ours -> verdicts and the summary-of-findings table."""

from dataclasses import asdict
from pathlib import Path

from job import job
from repool.findings import Finding, findings
from repool.normal_form import read_form
from repool.reproduce import check_claims
from repool.results import read_results
from repool.tables import write_json, write_table
from repool.verdicts import Checked

with job(snakemake, "checking every published figure and making the summary table"):
    folder = Path(snakemake.output.verdicts).parent
    form, results = read_form(folder), read_results(folder)
    checked = check_claims(form, results)
    rows = findings(form, results, checked)
    write_table(folder / "verdicts.csv", Checked, checked)
    write_table(folder / "findings.csv", Finding, rows)
    write_json(folder / "findings.json", [asdict(row) for row in rows])
