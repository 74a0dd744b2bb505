"""A RevMan 5 file to the normal form."""

from collections.abc import Sequence
from pathlib import Path

from repool.model import Analysis, Bilingual, NormalForm, Review, Source
from repool.readers.delimited import MAX_ROWS
from repool.readers.problems import Problems, words
from repool.readers.revman5.elements import Element
from repool.readers.revman5.outcomes import read_outcomes
from repool.readers.revman5.rows import read_rows
from repool.readers.revman5.totals import read_claims
from repool.readers.revman5.trials import read_bias, read_references, read_trials
from repool.readers.revman5.xml_file import read_tree
from repool.readers.revman_rows import CONTROL, EXPERIMENTAL, same
from repool.words import WORDS

SOURCE = "revman5"
_NOTE = Bilingual(
    "Lest fra en RevMan 5-fil ({file}). Publiserte tall er filens egne, sammenlignet med ni gjeldende sifre, "
    "P-verdier med fem desimaler.",
    "Read from a RevMan 5 file ({file}). Published figures are the file's own, compared at nine significant "
    "digits, P values at five decimals.",
)


def read_revman5(path: Path, name: str, shown: str, problems: Problems) -> NormalForm | None:
    """Read a file; the normal form is None where anything is wrong with it (then reported).

    `name` is the review's, `shown` how messages name the file.
    """
    before = problems.error_count
    root = read_tree(path, shown, problems)
    if root is None:
        return None
    trials = read_trials(root)
    outcomes = read_outcomes(root)
    if (count := sum(len(group.rows) for each in outcomes for group in each.groups)) > MAX_ROWS:
        root.wrong(
            "", words(f"{count} rows of trials"), f"at most {MAX_ROWS}, as in a table",
            "check that the file is the right one; a larger review must be split",
        )  # fmt: skip
        return None
    rows = {each.analysis.analysis: read_rows(each, trials, SOURCE) for each in outcomes}
    if not any(rows.values()) and problems.error_count == before:
        _report_no_outcome(root)
    claims = [claim for each in outcomes for claim in read_claims(each, rows[each.analysis.analysis], SOURCE)]
    references, bias = read_references(root, trials), read_bias(root, trials)
    if problems.error_count > before:
        return None
    ordered = [row for each in outcomes for row in rows[each.analysis.analysis]]
    return NormalForm(
        review=_review(root, name, path.name, [each.analysis for each in outcomes]),
        analyses=tuple(each.analysis for each in outcomes),
        studies=tuple(row.study for row in ordered),
        claims=tuple(claims),
        judgements=(),
        trial_claims=tuple(row.claim for row in ordered if row.claim is not None),
        bias=bias,
        references=references,
    )


def _review(root: Element, name: str, file: str, analyses: Sequence[Analysis]) -> Review:
    cover = root.first("COVER_SHEET")
    title = (cover.text_of("TITLE") if cover else "") or name
    doi, version = root.plain("DOI"), root.plain("REVMAN_SUB_VERSION") or root.plain("REVMAN_VERSION")
    modified = root.plain("MODIFIED")[:10]
    said = [title.rstrip("."), f"RevMan {version}" if version else "RevMan 5"]
    said += [f"saved {modified}"] if modified else []
    citation = f"{said[0]}. {', '.join(said[1:])}."
    url = f"https://doi.org/{doi}" if doi else ""
    return Review(
        review=name,
        title=same(title),
        citation=f"{citation} doi:{doi}" if doi else citation,
        licence=WORDS["terms-revman5"].en,
        note=_NOTE.filled(file=file),
        experimental=_shared({each.experimental for each in analyses}, EXPERIMENTAL),
        control=_shared({each.control for each in analyses}, CONTROL),
        judge="",
        table_source="",
        sources=(Source(SOURCE, citation, url, False),),
        covariates=(),
        findings=(),
    )


def _shared(names: set[Bilingual], otherwise: Bilingual) -> Bilingual:
    """What all analyses call an arm, else the usual word."""
    return next(iter(names)) if len(names) == 1 and all(names) else otherwise


def _report_no_outcome(root: Element) -> None:
    kind = root.plain("TYPE")
    found = f"no outcome with data, in a review of type {kind}" if kind else "no outcome with data"
    root.wrong(
        "", words(found), "an intervention review with at least one outcome with numbers",
        "give the file of the full review, with its data and analyses",
    )  # fmt: skip
