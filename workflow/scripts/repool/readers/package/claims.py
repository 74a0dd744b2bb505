"""What a package prints of its totals, as claims: each figure with the line it stands in.

A cell says "not applicable" in two ways, empty and 0, so a figure is left out where its analysis has none:
counts of events without events, tau2 of a common effect, heterogeneity of a single trial, a prediction
interval that is switched off, and every figure of a total that the analysis does not have.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scipy.special import ndtr, stdtr

from repool.methods import Method, declared_method
from repool.model import Claim, Totals
from repool.readers.package import columns as at
from repool.readers.package.archive import PackageFile
from repool.readers.package.rows import SubgroupNames
from repool.readers.package.settings import Described, analysis_name, is_new
from repool.readers.package.table import clean, read_records, truth
from repool.readers.problems import Problems, shortened, words
from repool.readers.remedies import NUMBER, Kind
from repool.readers.revman_rows import (
    DataKind,
    percent_figure,
    published_figure,
    swapped_count,
    whole_figure,
)
from repool.readers.sheet import MAX_SIZE, Record

_WHOLE = ("experimental_events", "experimental_total", "control_events", "control_total", "df", "subgroup_df")
_SIGNLESS = "z_effect"
#: The same model with Wald's interval, by estimator of tau2 and weighting.
_WALD = {("REML", "IV"): "reml", ("REML", "MH"): "reml", ("DL", "IV"): "dl", ("DL", "MH"): "revman5"}
_NEAR = 2e-6  # of a P value with six decimals, from a statistic with six


def overall_claims(described: Mapping[str, Described], source: str) -> list[Claim]:
    """The figures of every overall total and test for subgroup differences, in the file's order."""
    claims: list[Claim] = []
    for each in described.values():
        record = each.record
        if record is None or each.kind is DataKind.TEXT:
            continue
        if each.analysis.totals is Totals.OVERALL:
            claims += _claims(record, each, "", source)
        if truth(record, at.SUBGROUP_TEST, False) and _is_above_0(
            record, at.SUBGROUP_DIFFERENCES["subgroup_df"]
        ):
            claims += _figures(record, each, "", at.SUBGROUP_DIFFERENCES, source)
    return claims


def subgroup_claims(
    file: PackageFile, described: Mapping[str, Described], listing: str, source: str, problems: Problems
) -> list[Claim]:
    """The figures of every subgroup total that its analysis shows.

    listing: the file that says which analyses there are. Once something in it is wrong, one that is not
    described may be what is wrong there, and is not reported again. Data rows do not list an analysis without
    trials, so without a settings file one without figures is passed over.
    """
    names, claims, strangers = SubgroupNames(), list[Claim](), set[str]()
    seen: dict[tuple[str, ...], int] = {}
    is_right, has_settings = not problems.errors, any(each.record for each in described.values())
    records = read_records(file, at.SUBGROUPS_NEEDED, at.SUBGROUPS_OPTIONAL, problems)
    _warn_of_another_generation(records, described)
    for record in records:
        name = analysis_name(record)
        if not name:
            continue
        first = seen.setdefault(tuple(record.cells.values()), record.line)
        if first != record.line and (record.text(at.SUBGROUP_NUMBER) or _has_effect(record)):
            expected = f"each subgroup once (line {first} is the same)"
            record.wrong(at.SUBGROUP, record.text(at.SUBGROUP), expected, "delete one of the rows")
            continue
        if name not in described:
            if is_right and name not in strangers and (has_settings or _has_effect(record)):
                record.wrong(at.NUMBER, name, f"an analysis of {listing}", "download the package again")
            strangers.add(name)
            continue
        subgroup = names.distinct(name, clean(record.text(at.SUBGROUP)), anew=True)
        each = described[name]
        if subgroup and each.kind is not DataKind.TEXT and _has_subgroup_totals(each):
            claims += _claims(record, each, subgroup, source)
    return claims


def _warn_of_another_generation(records: Sequence[Record], described: Mapping[str, Described]) -> None:
    """Say that the settings and the subgroup estimates are not of one download."""
    settings = next((each.record for each in described.values() if each.record), None)
    if not records or not settings:
        return
    generations = ("of the old generation", "of the new generation")
    own, other = at.T_STATISTIC in records[0].cells, is_new(settings)
    if own != other:
        records[0].problems.warning(
            records[0].file, 0, "", words(f"columns {generations[own]}"),
            f"those {generations[other]}, as in {Path(settings.file).name}",
            "check that the files are of one download: they may be of two versions of the review",
        )  # fmt: skip


def _has_effect(record: Record) -> bool:
    return any(record.text(column) not in ("", "0") for column in at.EFFECT.values())


def _has_subgroup_totals(each: Described) -> bool:
    shown = each.record is None or truth(each.record, at.SUBGROUP_TOTALS, True)
    return shown and each.analysis.totals is not Totals.NONE


def _claims(record: Record, each: Described, subgroup: str, source: str) -> Iterator[Claim]:
    """The figures of one total."""
    method = declared_method(each.analysis)
    arms = dict(at.ARMS)
    if each.kind is not DataKind.EVENTS:
        arms = {quantity: column for quantity, column in arms.items() if quantity.endswith("_total")}
    if _is_above_0(record, at.ARMS["experimental_total"]) or _is_above_0(record, at.ARMS["control_total"]):
        yield from _figures(record, each, subgroup, arms, source)
    if not _has_effect(record):
        return
    yield from _figures(record, each, subgroup, at.EFFECT, source)
    yield from _tests(record, each, method, subgroup, source)
    if _is_above_0(record, at.HETEROGENEITY["df"]):
        kept = {
            quantity: column
            for quantity, column in at.HETEROGENEITY.items()
            if quantity != "tau2" or method.uses_tau2
        }
        yield from _figures(record, each, subgroup, kept, source)
        if method.uses_tau2 and each.record is not None and truth(each.record, at.TAU2_INTERVAL, False):
            yield from _figures(record, each, subgroup, at.LIMITS_OF_TAU2, source)
    if subgroup and each.analysis.totals is Totals.OVERALL:
        yield from _figures(record, each, subgroup, at.WEIGHT, source)
    if method.prediction != "none":
        yield from _figures(record, each, subgroup, at.LIMITS_OF_PREDICTION, source)


def _tests(record: Record, each: Described, method: Method, subgroup: str, source: str) -> Iterator[Claim]:
    """The test of the effect. Under HKSJ it is T's, but Z and P are Wald's where P follows from Z alone."""
    if method.ci != "HKSJ":
        yield from _figures(record, each, subgroup, at.TEST, source)
        return
    statistic, p = {"z_effect": at.T_STATISTIC}, {"p_effect": at.TEST["p_effect"]}
    if _p_is_of_z(record):
        yield from _figures(record, each, subgroup, statistic, source)
        wald = _WALD.get((method.tau2, method.weighting))
        if wald:
            yield from _figures(record, each, subgroup, at.TEST, source, wald)
    else:
        yield from _figures(record, each, subgroup, statistic | p, source)


def _p_is_of_z(record: Record) -> bool:
    """Whether the printed P follows from the printed Z, and from T, if there is one, not."""
    columns = (at.TEST["p_effect"], at.TEST["z_effect"], at.T_STATISTIC, at.HETEROGENEITY["df"])
    p, z, t, df = (_value(record.plain(column)) for column in columns)
    if p is None or z is None:
        return False
    if t is not None and df is not None and df > 0 and abs(2 * stdtr(df, -abs(t)) - p) < _NEAR:
        return False
    return bool(abs(2 * ndtr(-abs(z)) - p) < _NEAR)


def _value(text: str) -> float | None:
    figure = whole_figure(text)
    return float(figure) if figure else None


def _figures(
    record: Record,
    each: Described,
    subgroup: str,
    figures: Mapping[str, str],
    source: str,
    method: str = "",
) -> Iterator[Claim]:
    for quantity, column in figures.items():
        text = _text(record, each, quantity, column)
        if text:
            yield Claim(
                analysis=each.analysis.analysis,
                subgroup=subgroup,
                quantity=quantity,
                value=text,
                decimal_comma=False,
                method=method,
                source=source,
                locator=column,
                note="",
                file=record.file,
                line=record.line,
            )


def _text(record: Record, each: Described, quantity: str, column: str) -> str:
    """The figure as a claim, "" where the cell is empty; anything but a figure is reported."""
    typed = record.text(column).replace(",", ".") if record.decimal_comma else record.plain(column)
    if not typed:
        return ""
    if quantity in ("i2", "subgroup_i2"):
        q, df = ("subgroup_q", "subgroup_df") if quantity == "subgroup_i2" else ("q", "df")
        beside = at.HETEROGENEITY | at.SUBGROUP_DIFFERENCES
        text = percent_figure(typed, record.plain(beside[q]), record.plain(beside[df]))
    elif quantity in _WHOLE:
        text = _count(record, each, quantity, typed)
    else:
        text = published_figure(typed)
    if not text and NUMBER.fullmatch(typed):
        record.problems.warning(
            record.file, record.line, column, shortened(typed, 40), f"a figure below {MAX_SIZE:.0e} in size",
            "check the figure: it is left out, and nothing is compared with it",
        )  # fmt: skip
    elif not text and typed.casefold() not in ("nan", "infinity", "-infinity"):
        record.no_number(column, Kind.NUMBER)
    return text.removeprefix("-") if quantity == _SIGNLESS else text


def _count(record: Record, each: Described, quantity: str, typed: str) -> str:
    if each.swapped and quantity.endswith("_events"):
        return swapped_count(typed, record.plain(at.ARMS[quantity.replace("_events", "_total")]))
    return whole_figure(typed)


def _is_above_0(record: Record, column: str) -> bool:
    text = whole_figure(record.plain(column))
    return text not in ("", "0") and not text.startswith("-")
