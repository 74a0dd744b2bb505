"""Which analyses of a review need a look: those with a figure that differs, or a question about the input."""

import csv
from pathlib import Path

from repool.verdicts import REPRODUCED, Verdict


def flagged(folder: Path) -> set[str]:
    """The analyses with a published figure that is not reproduced, or with a question about a row."""
    fine = {*REPRODUCED, Verdict.NOT_ATTEMPTABLE}
    found = {row["analysis"] for row in _rows(folder / "questions.csv")}
    found |= {row["analysis"] for row in _rows(folder / "verdicts.csv") if row["verdict"] not in fine}
    for row in _rows(folder / "trial_verdicts.csv"):
        if {value for name, value in row.items() if name.startswith("verdict")} - {"", *fine}:
            found.add(row["analysis"])
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
