"""Every check of a review's published figures against each other, in a fixed order."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from repool.consistency.absolute import Row, effects_for, printed_rows
from repool.consistency.counts import (
    Counts,
    check_counts,
    check_review,
    check_whole_review,
    same_quantity,
)
from repool.consistency.heterogeneity import check_heterogeneity
from repool.consistency.intervals import check_interval
from repool.consistency.mixture import check_models
from repool.consistency.records import Check, Figure, Group, figure_of, grouped
from repool.consistency.subgroups import check_between, check_subgroups
from repool.consistency.words import RULES
from repool.evidence import evidence_of
from repool.model import NormalForm
from repool.quantities import WHOLE_REVIEW
from repool.results import Results

_RULES = {name: number for number, name in enumerate(RULES)}


Places = Mapping[tuple[str, str], Sequence[Figure]]


def check_consistency(form: NormalForm, results: Results) -> tuple[Check, ...]:
    """Ask of every published figure whether it fits the others; by analysis, rule and line.

    Trials are looked at in one place only: to name the pooling model behind a printed effect.
    """
    places: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for claim in form.claims:
        places[claim.analysis, claim.subgroup].append(figure_of(claim))
    groups = grouped(form.claims, form.analyses)
    by_analysis: dict[str, list[Group]] = {each.analysis: [] for each in form.analyses}
    by_place: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in groups:
        if group.analysis is not None:
            by_analysis[group.analysis.analysis].append(group)
            by_place[group.analysis.analysis, group.subgroup].append(group)
    order = {each.analysis: number for number, each in enumerate(form.analyses)}
    checks = [*_by_group(groups, places), *_by_place(places), *_subgroups(form, places, by_analysis)]
    rows: list[Row] = []
    for group in groups:
        row, made = printed_rows(group, _counts(places, group), effects_for(group, by_place))
        checks += made
        rows += [row] if row else []
    checks += check_models(rows, evidence_of(form, results), by_place)
    last = len(order)

    def place(each: Check) -> tuple[int, str, int, list[int]]:
        lines = [int(line) for line in each.lines.split()]
        return order.get(each.analysis, last), each.subgroup, _RULES[each.rule], lines

    unique = {(each.rule, each.file, each.lines, each.figures): each for each in reversed(checks)}
    return tuple(sorted(unique.values(), key=place))


def _by_group(groups: Sequence[Group], places: Places) -> Iterator[Check]:
    """What figures of one calculation say of each other."""
    for group in groups:
        trials = frozenset(round(each.span.low) for each in _counts(places, group).of("trials"))
        own = frozenset(round(each.span.low) + 1 for each in group.listed(("df",)) if each.span.is_finite)
        yield from check_interval(group, trials | own)
        yield from check_heterogeneity(group, trials)


def _by_place(places: Places) -> Iterator[Check]:
    """Counts of each analysis and subgroup, and the same quantity in several sources."""
    review = Counts([figure for (name, _), own in places.items() if name == WHOLE_REVIEW for figure in own])
    yield from check_whole_review(review)
    for (analysis, _), own in places.items():
        if analysis != WHOLE_REVIEW:
            yield from check_counts(Counts(own))
            yield from check_review(Counts(own), review)
        for quantity in dict.fromkeys(each.claim.quantity for each in own):
            yield from same_quantity([each for each in own if each.claim.quantity == quantity])


def _subgroups(form: NormalForm, places: Places, groups: Mapping[str, Sequence[Group]]) -> Iterator[Check]:
    """Subgroups against the total of their analysis."""
    printed: dict[str, list[str]] = defaultdict(list)
    for name, subgroup in places:
        if subgroup:
            printed[name].append(subgroup)
    listed: dict[str, set[str]] = defaultdict(set)
    for study in form.studies:
        if study.subgroup:
            listed[study.analysis].add(study.subgroup)
    for analysis in form.analyses:
        name = analysis.analysis
        if not (names := printed.get(name)):
            continue
        total, parts = Counts(places.get((name, ""), ())), [Counts(places[name, each]) for each in names]
        added = list(check_subgroups(total, parts))
        yield from added
        known = listed.get(name, set())
        complete = bool(known and known <= {*names}) or any(each.verdict == "agrees" for each in added)
        yield from check_between(groups[name], complete)


def _counts(places: Places, group: Group) -> Counts:
    """The counts of a group's analysis and subgroup, from all sources."""
    name = group.analysis.analysis if group.analysis else WHOLE_REVIEW
    return Counts(places.get((name, group.subgroup), ()))
