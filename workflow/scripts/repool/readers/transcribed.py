"""A review transcribed by hand: review.yaml, studies.csv, published.csv, and what may go with them."""

from pathlib import Path

from repool.model import Bias, Bilingual, Covariate, FindingSpec, Judgement, NormalForm, Review, Source
from repool.readers.analyses import both, read_analyses
from repool.readers.claims import read_claims, read_judgements
from repool.readers.corrections import Corrections, read_corrections
from repool.readers.problems import Problems
from repool.readers.rob import read_rob
from repool.readers.seal import SEAL, check_seal
from repool.readers.settings import Settings, load_schema, read_settings
from repool.readers.studies import read_studies

_FILES = ("review.yaml", "studies.csv", "published.csv", "corrections.csv", "grade.csv", "rob.csv", SEAL)


def read_transcribed(
    folder: Path, shown: str, schema: Path
) -> tuple[NormalForm | None, Problems, dict[str, str]]:
    """Read a folder; the normal form is None where anything is wrong with it.

    `shown` is how messages name the folder. Returns also the problems, warnings included, and the
    SHA-256 of every file.
    """
    problems = Problems()
    sums = check_seal(folder, shown, _FILES, problems)
    if problems.errors:
        return None, problems, sums
    settings = read_settings(folder / "review.yaml", f"{shown}/review.yaml", load_schema(schema), problems)
    if settings is None:
        return None, problems, sums
    review, analyses = _review(folder.name, settings), read_analyses(settings)
    if problems.errors:  # rows are judged by what review.yaml says, so it must be right first
        return None, problems, sums
    known = {analysis.analysis: analysis for analysis in analyses}
    sources = [source.source for source in review.sources]
    corrections = Corrections([])
    if (folder / "corrections.csv").is_file():
        corrections = read_corrections(
            folder / "corrections.csv", f"{shown}/corrections.csv", sources, problems
        )
    studies = read_studies(
        folder / "studies.csv", f"{shown}/studies.csv", analyses,
        [covariate.name for covariate in review.covariates], sources, corrections, problems,
    )  # fmt: skip
    claims = read_claims(
        folder / "published.csv", f"{shown}/published.csv", review.sources, known, studies, problems
    )
    judgements: tuple[Judgement, ...] = ()
    if (folder / "grade.csv").is_file():
        judgements = read_judgements(
            folder / "grade.csv", f"{shown}/grade.csv", review.sources, known, problems
        )
    bias: tuple[Bias, ...] = ()
    if (folder / "rob.csv").is_file():
        trials = {study.trial for study in studies}
        bias = read_rob(folder / "rob.csv", f"{shown}/rob.csv", trials, problems)
    if problems.errors:
        return None, problems, sums
    judges = dict.fromkeys(judgement.judge for judgement in judgements)
    if review.judge and review.judge not in judges:
        settings.wrong(
            ("findings", "judge"), review.judge,
            f"a judge of grade.csv: {', '.join(judges) or 'there is none'}",
            "correct the name, or add the judgements",
        )  # fmt: skip
        return None, problems, sums
    return NormalForm(review, analyses, studies, claims, judgements, bias=bias), problems, sums


def _review(name: str, settings: Settings) -> Review:
    data = settings.data
    findings = data.get("findings", {"rows": []})
    return Review(
        review=name,
        title=both(data, "title"),
        citation=data["citation"],
        licence=data["licence"],
        note=both(data, "note"),
        experimental=both(data["arms"], "experimental"),
        control=both(data["arms"], "control"),
        judge=findings.get("judge", ""),
        table_source=findings.get("source", ""),
        sources=tuple(
            Source(key, each["citation"], each.get("url", ""), each.get("decimal_comma", False))
            for key, each in data["sources"].items()
        ),
        covariates=tuple(
            Covariate(key, Bilingual(**label)) for key, label in data.get("covariates", {}).items()
        ),
        findings=tuple(FindingSpec(row["analysis"], row.get("see_also", "")) for row in findings["rows"]),
    )
