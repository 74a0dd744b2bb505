"""Published figures against ours and each other -> verdicts, consistency, summary-of-findings table."""

from dataclasses import asdict

from job import each_review
from repool.agreement import read_checked
from repool.consistency.checks import check_consistency
from repool.consistency.records import Check
from repool.findings import Finding, findings
from repool.identify.claimed import answers, claimed
from repool.identify.table import IdentifiedRow, identified_rows
from repool.questions.ask import ask
from repool.questions.records import Question
from repool.reproduce import check_claims
from repool.tables import write_json, write_table
from repool.trial_figures import CheckedTrial, check_trials
from repool.verdicts import Checked


def reproduce_review(folder, params):
    """One review."""
    form, results = read_checked(folder)
    given = answers(claimed(form))
    questions = ask(form, results)
    checked = check_claims(form, results, given, questions)
    rows = findings(form, results, checked)
    write_table(folder / "verdicts.csv", Checked, checked)
    write_table(folder / "trial_verdicts.csv", CheckedTrial, check_trials(form, results, questions))
    write_table(folder / "identification.csv", IdentifiedRow, identified_rows(given))
    write_table(folder / "consistency.csv", Check, check_consistency(form, results))
    write_table(folder / "questions.csv", Question, questions)
    write_table(folder / "findings.csv", Finding, rows)
    write_json(folder / "findings.json", [asdict(row) for row in rows])


each_review(snakemake, "checking every published figure and making the summary table", reproduce_review)
