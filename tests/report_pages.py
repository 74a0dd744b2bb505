"""The pages of a review, by the way that the workflow's steps go, in one process."""

from pathlib import Path

from conftest import ROOT
from repool.agreement import write_agreement
from repool.consistency.checks import check_consistency
from repool.consistency.records import Check
from repool.crosscheck import crosscheck
from repool.findings import Finding, findings
from repool.identify.claimed import answers, claimed
from repool.identify.table import IdentifiedRow, identified_rows
from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.normal_form import InputFile, read_form, write_form
from repool.pages import report_page
from repool.questions.ask import ask
from repool.questions.records import Question
from repool.readers.problems import Problems
from repool.reconstruct.tables import reconstruction, write_reconstruction
from repool.reproduce import check_claims
from repool.results import read_results, write_results
from repool.tables import write_json, write_table
from repool.trace.report import report_chains
from repool.trial_figures import CheckedTrial, check_trials
from repool.verdicts import Checked

COMMANDS = {"draw": "draw it", "audit": "audit it", "trace": "trace results"}


def pages_of(
    form: NormalForm | None, out: Path, problems: Problems, sums: list[InputFile], *, audited: bool = True
) -> dict[str, str]:
    """The result tables of a review in `out`, and its pages."""
    write_form(out, out.name, form, problems.found, sums)
    form = read_form(out)
    write_results(out, analyse(form))
    results = read_results(out)
    write_agreement(out, crosscheck(form, results))
    checked = check_claims(form, results)
    write_table(out / "verdicts.csv", Checked, checked)
    write_table(out / "trial_verdicts.csv", CheckedTrial, check_trials(form, results))
    write_table(out / "findings.csv", Finding, findings(form, results, checked))
    write_table(out / "consistency.csv", Check, check_consistency(form, results))
    write_table(out / "identification.csv", IdentifiedRow, identified_rows(answers(claimed(form))))
    write_table(out / "questions.csv", Question, ask(form, results))
    if audited:
        write_reconstruction(out, reconstruction(form, results))
        write_json(out / "trace.json", report_chains(out, form, results))
    versions = {"numpy": "2", "statsmodels": "0.15"}
    return report_page(out, ROOT / "workflow" / "report", versions, COMMANDS)
