"""rob.csv of a transcribed review: risk of bias as people judged it, one row per trial and domain."""

from collections.abc import Collection
from pathlib import Path

from repool.bias_view import judgement_of
from repool.model import Bias
from repool.readers.problems import Problems
from repool.readers.sheet import read_sheet


def read_rob(path: Path, shown_path: str, trials: Collection[str], problems: Problems) -> tuple[Bias, ...]:
    """Read and check every row; `trials` are those of studies.csv."""
    seen: dict[tuple[str, str], int] = {}
    bias = []
    for record in read_sheet(path, shown_path, ("trial", "domain", "judgement"), ("support",), problems):
        before = problems.error_count
        trial, domain, judgement = (record.required(name) for name in ("trial", "domain", "judgement"))
        if trial and trial not in trials:
            record.wrong("trial", trial, "a trial of studies.csv", "write it as in studies.csv")
        if judgement and not judgement_of(judgement):
            record.wrong(
                "judgement", judgement, "low, some concerns, unclear or high", "use one of these words"
            )
        if problems.error_count == before and (trial, domain) in seen:
            first = seen[trial, domain]
            record.wrong(
                "domain",
                domain,
                f"each domain of a trial once (already in line {first})",
                "delete one of them",
            )
        seen.setdefault((trial, domain), record.line)
        bias.append(Bias(trial, domain, judgement, record.text("support"), record.file, record.line))
    return tuple(bias)
