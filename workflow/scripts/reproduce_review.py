"""Published figures against ours and each other -> verdicts, consistency, summary-of-findings table."""

from dataclasses import asdict
from pathlib import Path

from job import job
from repool.agreement import read_checked
from repool.consistency.checks import check_consistency
from repool.consistency.records import Check
from repool.findings import Finding, findings
from repool.reproduce import check_claims
from repool.tables import write_json, write_table
from repool.verdicts import Checked

with job(snakemake, "checking every published figure and making the summary table"):
    folder = Path(snakemake.output.verdicts).parent
    form, results = read_checked(folder)
    checked = check_claims(form, results)
    rows = findings(form, results, checked)
    write_table(folder / "verdicts.csv", Checked, checked)
    write_table(folder / "consistency.csv", Check, check_consistency(form, results))
    write_table(folder / "findings.csv", Finding, rows)
    write_json(folder / "findings.json", [asdict(row) for row in rows])
