"""Every check of a review's published figures against each other, in a fixed order."""

from collections.abc import Iterator, Sequence

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
from repool.evidence import Evidence
from repool.model import NormalForm
from repool.quantities import WHOLE_REVIEW
from repool.results import Results

_RULES = {name: number for number, name in enumerate(RULES)}


def check_consistency(form: NormalForm, results: Results) -> tuple[Check, ...]:
    """Ask of every published figure whether it fits the others; by analysis, rule and line.

    Trials are looked at in one place only: to name the pooling model behind a printed effect.
    """
    figures = [figure_of(claim) for claim in form.claims]
    groups = grouped(form.claims, form.analyses)
    order = {each.analysis: number for number, each in enumerate(form.analyses)}
    checks = [*_by_group(groups, figures), *_by_analysis(figures), *_subgroups(form, figures, groups)]
    rows: list[Row] = []
    for group in groups:
        row, made = printed_rows(group, _counts(figures, group), effects_for(group, groups))
        checks += made
        rows += [row] if row else []
    evidence = {each.analysis: Evidence(form, results, each) for each in form.analyses}
    checks += check_models(rows, evidence, groups)
    last = len(order)

    def place(each: Check) -> tuple[int, str, int, list[int]]:
        lines = [int(line) for line in each.lines.split()]
        return order.get(each.analysis, last), each.subgroup, _RULES[each.rule], lines

    unique = {(each.rule, each.lines): each for each in reversed(checks)}
    return tuple(sorted(unique.values(), key=place))


def _by_group(groups: Sequence[Group], figures: Sequence[Figure]) -> Iterator[Check]:
    """What figures of one calculation say of each other."""
    for group in groups:
        trials = frozenset(round(each.span.low) for each in _counts(figures, group).of("trials"))
        own = frozenset(round(each.span.low) + 1 for each in group.listed(("df",)) if each.span.is_finite)
        yield from check_interval(group, trials | own)
        yield from check_heterogeneity(group, trials)


def _by_analysis(figures: Sequence[Figure]) -> Iterator[Check]:
    """Counts of each analysis and subgroup, and the same quantity in several sources."""
    review = Counts([each for each in figures if each.claim.analysis == WHOLE_REVIEW])
    yield from check_whole_review(review)
    for analysis, subgroup in dict.fromkeys((f.claim.analysis, f.claim.subgroup) for f in figures):
        own = [f for f in figures if (f.claim.analysis, f.claim.subgroup) == (analysis, subgroup)]
        if analysis != WHOLE_REVIEW:
            yield from check_counts(Counts(own))
            yield from check_review(Counts(own), review)
        for quantity in dict.fromkeys(each.claim.quantity for each in own):
            yield from same_quantity([each for each in own if each.claim.quantity == quantity])


def _subgroups(form: NormalForm, figures: Sequence[Figure], groups: Sequence[Group]) -> Iterator[Check]:
    """Subgroups against the total of their analysis."""
    for analysis in form.analyses:
        own = [each for each in figures if each.claim.analysis == analysis.analysis]
        names = list(dict.fromkeys(each.claim.subgroup for each in own if each.claim.subgroup))
        if not names:
            continue
        parts = [Counts([f for f in own if f.claim.subgroup == name]) for name in names]
        added = list(check_subgroups(Counts([f for f in own if not f.claim.subgroup]), parts))
        yield from added
        listed = {each.subgroup for each in form.studies if each.analysis == analysis.analysis} - {""}
        complete = bool(listed and listed <= {*names}) or any(each.verdict == "agrees" for each in added)
        yield from check_between([g for g in groups if g.analysis == analysis], complete)


def _counts(figures: Sequence[Figure], group: Group) -> Counts:
    """The counts of a group's analysis and subgroup, from all sources."""
    name = group.analysis.analysis if group.analysis else WHOLE_REVIEW
    place = (name, group.subgroup)
    return Counts([each for each in figures if (each.claim.analysis, each.claim.subgroup) == place])
