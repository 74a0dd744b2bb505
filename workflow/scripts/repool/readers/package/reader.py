"""A package's files to the normal form: settings, rows, claims, risk of bias, references."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from repool.identify.declare import declare
from repool.model import (
    Analysis,
    Bias,
    Bilingual,
    Claim,
    NormalForm,
    Reference,
    Review,
    Source,
    Study,
    TrialClaim,
)
from repool.readers.package.altered import warn_if_altered
from repool.readers.package.archive import Contents, Kind, PackageFile
from repool.readers.package.bias import read_bias, read_references, read_study_years
from repool.readers.package.claims import overall_claims, subgroup_claims
from repool.readers.package.identified import described_by_figures
from repool.readers.package.rows import DataRow, check_row, read_rows, repeated_subgroups
from repool.readers.package.settings import Described, read_settings
from repool.readers.package.unprinted import with_unprinted
from repool.readers.problems import Problems, listed, words
from repool.readers.revman_rows import CONTROL, EXPERIMENTAL, same, study, trial_claim
from repool.words import WORDS

SOURCE = "package"
#: Bytes of all tables, many times those of any package: together they may take a fiftyfold of it to read.
MAX_TOGETHER = 10_000_000
_ALSO = [kind for kind in Kind if kind not in (Kind.ROWS, Kind.DIAGNOSTIC)]
_CD = re.compile(r"(CD[0-9]{6})(?:[._ -]?pub([0-9]+))?", re.IGNORECASE)
_NOTE = Bilingual(
    "Lest fra en datapakke fra Cochrane-biblioteket ({files}). Publiserte tall er pakkens egne.",
    "Read from a data package of the Cochrane Library ({files}). Published figures are the package's own.",
)
_NO_SETTINGS = Bilingual(
    " Pakken har ingen fil med innstillinger: effektmål og metode er funnet ut fra de trykte tallene.",
    " The package has no settings file: effect measures and methods were identified from its figures.",
)


def read_package(package: Contents, name: str, shown: str, problems: Problems) -> NormalForm | None:
    """The review in the normal form, None where anything is wrong with it (then reported).

    name: the review's; shown: how messages name its folder, or its file.
    """
    if sum(len(file.raw) for file in package.files) > MAX_TOGETHER:
        size = f"{MAX_TOGETHER // 10**6} MB"
        problems.error(
            shown, 0, "", words(f"tables of over {size} together"), f"at most {size}",
            "check that they are the right ones; a larger review must be split",
        )  # fmt: skip
        return None
    by_kind = _by_kind(package.files, problems)
    if problems.errors:
        return None
    if Kind.DIAGNOSTIC in by_kind:
        problems.error(
            by_kind[Kind.DIAGNOSTIC].shown, 0, "", words("a review of diagnostic tests"),
            "a review of interventions", "remove it: Repool pools effects of interventions",
        )  # fmt: skip
        return None
    if Kind.ROWS not in by_kind:
        there = [Path(each).name for each in (*(file.shown for file in package.files), *package.others)]
        problems.error(
            shown, 0, "", words(f"no file *-{Kind.ROWS}, only {listed(there) or 'an empty zip'}"),
            f"*-{Kind.ROWS}, and perhaps {', '.join(f'*-{each}' for each in _ALSO)}",
            "download the data package again, or give its tables these names",
        )  # fmt: skip
        return None
    subgroups = by_kind.get(Kind.SUBGROUPS)
    repeated = repeated_subgroups(subgroups, Problems()) if subgroups else None
    rows = read_rows(by_kind[Kind.ROWS], repeated, problems)
    if not rows and not problems.errors:
        remedy = "download the data package again"
        problems.error(by_kind[Kind.ROWS].shown, 0, "", words("no row"), "a row for each trial", remedy)
        return None
    if not problems.errors:
        warn_if_altered(rows, problems)
    described = _described(by_kind, rows, problems)
    studies = _studies(rows, described)
    claims = overall_claims(described, SOURCE)
    if subgroups:
        listing = Path(by_kind.get(Kind.SETTINGS, by_kind[Kind.ROWS]).shown).name
        claims += subgroup_claims(subgroups, described, listing, SOURCE, problems)
    bias, references = _people_said(by_kind, {each.trial for each in studies}, problems)
    if problems.errors:
        return None
    analyses = tuple(each.analysis for each in described.values())
    form = NormalForm(
        _review(name, package.files, analyses, Kind.SETTINGS in by_kind),
        analyses,
        tuple(studies),
        tuple(claims),
        (),
        with_unprinted(_trial_claims(rows, described), studies, {each.analysis: each for each in analyses}),
        tuple(bias),
        tuple(references),
    )
    if Kind.SETTINGS in by_kind:
        return form
    form = declare(form, described.keys())
    if subgroups:
        form = replace(form, claims=tuple(_claims_anew(subgroups, described, form.analyses)))
    return form


def _claims_anew(
    subgroups: PackageFile, described: Mapping[str, Described], analyses: Sequence[Analysis]
) -> list[Claim]:
    """The figures of subgroups as their analyses' methods have them, once these are known."""
    known = {each.analysis: replace(described[each.analysis], analysis=each) for each in analyses}
    return subgroup_claims(subgroups, known, "", SOURCE, Problems())


def _by_kind(files: Sequence[PackageFile], problems: Problems) -> dict[Kind, PackageFile]:
    """One file of each kind; another one is another review's or another version's (reported once)."""
    found: dict[Kind, PackageFile] = {}
    seconds = [file for file in files if found.setdefault(file.kind, file) is not file]
    if seconds:
        second, more = seconds[0], len(seconds) - 1
        problems.error(
            second.shown, 0, "",
            words(f"a second file *-{second.kind}" + (f", and {more} more files twice" if more else "")),
            f"one of each kind (the first is {found[second.kind].shown})",
            "keep one review in a folder, and one version of it",
        )  # fmt: skip
    return found


def _described(
    by_kind: Mapping[Kind, PackageFile], rows: Sequence[DataRow], problems: Problems
) -> dict[str, Described]:
    """The analyses as the settings declare them or, without settings, as the printed figures do."""
    if Kind.SETTINGS not in by_kind:
        return described_by_figures(rows, problems)
    with_subgroups = frozenset(each.row.analysis for each in rows if each.row.subgroup)
    before = problems.error_count
    described = read_settings(by_kind[Kind.SETTINGS], with_subgroups, problems)
    strangers = {each.row.analysis: each for each in reversed(rows) if each.row.analysis not in described}
    if strangers and problems.error_count == before:
        names, first = list(strangers)[::-1], list(strangers.values())[-1]
        first.record.wrong(
            "Analysis number", words(f"{len(names)} analyses: {listed(names)}") if names[1:] else names[0],
            f"an analysis of {Path(by_kind[Kind.SETTINGS].shown).name}", "download the package again",
        )  # fmt: skip
    if not problems.errors:
        _warn_of_no_rows(described, {each.row.analysis for each in rows}, problems)
    return described


def _warn_of_no_rows(described: Mapping[str, Described], with_rows: set[str], problems: Problems) -> None:
    """Say once which analyses of the settings have no trial."""
    bare = [each.analysis for name, each in described.items() if name not in with_rows]
    if bare:
        many = "1 analysis" if len(bare) == 1 else f"{len(bare)} analyses"
        problems.warning(
            bare[0].file, bare[0].line, "Analysis number",
            words(f"{many} without data rows: {listed([each.analysis for each in bare])}"),
            f"rows of each in *-{Kind.ROWS}",
            "check that the data rows are whole; nothing can be computed of these",
        )  # fmt: skip


def _studies(rows: Sequence[DataRow], described: Mapping[str, Described]) -> list[Study]:
    studies = []
    for data in rows:
        each = described.get(data.row.analysis)
        if each is None:
            continue
        check_row(data, each.kind)
        try:
            studies.append(study(data.row, each.analysis, each.kind, each.swapped, SOURCE))
        except ValueError as fault:
            column = "GIV Mean" if data.row.figures.get("estimate") else "O-E"
            data.record.wrong(column, data.record.text(column), str(fault), "correct the cell")
    return studies


def _trial_claims(rows: Sequence[DataRow], described: Mapping[str, Described]) -> tuple[TrialClaim, ...]:
    """What is printed of each trial, without limits of a level that is not the analysis' own."""
    claims = []
    for each in rows:
        claim = trial_claim(each.row)
        if claim and not described[claim.analysis].has_level:
            claim = replace(claim, ci_low="", ci_high="")
        claims += [claim] if claim else []
    return tuple(claims)


def _people_said(
    by_kind: Mapping[Kind, PackageFile], trials: set[str], problems: Problems
) -> tuple[list[Bias], list[Reference]]:
    bias = read_bias(by_kind[Kind.BIAS], problems) if Kind.BIAS in by_kind else []
    if Kind.REFERENCES in by_kind:
        return bias, read_references(by_kind[Kind.REFERENCES], trials, problems)
    if Kind.STUDIES in by_kind:
        return bias, read_study_years(by_kind[Kind.STUDIES], problems)
    return bias, []


def _review(
    name: str, files: Sequence[PackageFile], analyses: Sequence[Analysis], has_settings: bool
) -> Review:
    """What can be said of the review: a package holds neither its title nor its authors."""
    listed = ", ".join(dict.fromkeys(Path(each.shown).name for each in files))
    note = _NOTE.filled(files=listed)
    if not has_settings:
        note = Bilingual(note.nb + _NO_SETTINGS.nb, note.en + _NO_SETTINGS.en)
    citation, url = _identified(name)
    return Review(
        review=name,
        title=same(name),
        citation=citation,
        licence=WORDS["terms-package"].en,
        note=note,
        experimental=_shared([each.experimental for each in analyses], EXPERIMENTAL),
        control=_shared([each.control for each in analyses], CONTROL),
        judge="",
        table_source="",
        sources=(Source(SOURCE, f"Data package: {listed}.", url, False),),
        covariates=(),
        findings=(),
    )


def _identified(name: str) -> tuple[str, str]:
    """Citation and address by the review's number, which the name of a downloaded package begins with."""
    match = _CD.match(name)
    if not match:
        return f"{name}.", ""
    number, version = match.group(1).upper(), match.group(2)
    doi = f"10.1002/14651858.{number}" + (f".pub{version}" if version else "")
    return f"Cochrane Database of Systematic Reviews, {number}. doi:{doi}.", f"https://doi.org/{doi}"


def _shared(texts: Sequence[Bilingual], otherwise: Bilingual) -> Bilingual:
    """What all analyses call an arm, else the usual word."""
    counted = Counter(texts)
    return texts[0] if len(counted) == 1 and texts[0] else otherwise
