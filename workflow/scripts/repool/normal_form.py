"""The normal form as files: written once by the import, read by every later step."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from repool.model import (
    Analysis,
    Bias,
    Bilingual,
    Claim,
    Covariate,
    FindingSpec,
    Judgement,
    NormalForm,
    Problem,
    Reference,
    Review,
    Source,
    Study,
    TrialClaim,
)
from repool.tables import read_table, write_json, write_table

ACCEPTED, STOPPED = "accepted", "stopped"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of the review folder with its SHA-256."""

    file: str
    sha256: str


def write_form(
    folder: Path,
    name: str,
    form: NormalForm | None,
    problems: list[Problem],
    checksums: dict[str, str],
) -> None:
    """Write the normal form into `folder`.

    A stopped review (form None) gets the same files without rows, so that every later step finds
    what it expects and says what stopped the review instead of showing results of another day.
    """
    review = form.review if form else _stopped(name)
    form = form or NormalForm(review, (), (), (), ())
    write_json(folder / "review.json", {"state": STOPPED if _errors(problems) else ACCEPTED} | asdict(review))
    write_table(folder / "analyses.csv", Analysis, form.analyses)
    write_table(folder / "studies.csv", Study, form.studies, exact=True)
    write_table(folder / "published.csv", Claim, form.claims)
    write_table(folder / "published_trials.csv", TrialClaim, form.trial_claims)
    write_table(folder / "grade.csv", Judgement, form.judgements)
    write_table(folder / "rob.csv", Bias, form.bias)
    write_table(folder / "references.csv", Reference, form.references)
    write_table(folder / "problems.csv", Problem, problems)
    inputs = [InputFile(file, sha256) for file, sha256 in sorted(checksums.items())]
    write_table(folder / "inputs.csv", InputFile, inputs)


def read_form(folder: Path) -> NormalForm:
    """Read what `write_form` wrote."""
    return NormalForm(
        read_review(folder)[0],
        read_table(folder / "analyses.csv", Analysis),
        read_table(folder / "studies.csv", Study),
        read_table(folder / "published.csv", Claim),
        read_table(folder / "grade.csv", Judgement),
        read_table(folder / "published_trials.csv", TrialClaim),
        read_table(folder / "rob.csv", Bias),
        read_table(folder / "references.csv", Reference),
    )


def read_review(folder: Path) -> tuple[Review, str]:
    """The review's own description, and whether it was accepted or stopped."""
    data: dict[str, Any] = json.loads((folder / "review.json").read_text("utf-8"))
    state = data.pop("state")
    for name in ("title", "note", "experimental", "control"):
        data[name] = Bilingual(**data[name])
    data["sources"] = tuple(Source(**each) for each in data["sources"])
    data["findings"] = tuple(FindingSpec(**each) for each in data["findings"])
    data["covariates"] = tuple(
        Covariate(each["name"], Bilingual(**each["label"])) for each in data["covariates"]
    )
    return Review(**data), state


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _stopped(name: str) -> Review:
    nothing = Bilingual("", "")
    return Review(name, Bilingual(name, name), "", "", nothing, nothing, nothing, "", "", (), (), ())
