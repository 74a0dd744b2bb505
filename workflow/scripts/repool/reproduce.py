"""Published figures against ours: a verdict for each, and the method or missing data behind it."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from repool.beside import check_tau2_limits, check_weight
from repool.counts import check_counts, check_whole_review
from repool.evidence import (
    HAS_RESULT,
    Evidence,
    Figures,
    absolute_from_claims,
    absolute_from_trials,
    claimed_inputs,
    evidence_of,
    printed,
)
from repool.identify.claimed import Answer, Key
from repool.identify.judged import searched
from repool.judging import (
    Candidate,
    Searched,
    agree,
    checked_figure,
    judge,
    not_attemptable,
    preferred,
    severity,
)
from repool.model import Bilingual, Claim, NormalForm
from repool.quantities import (
    ABSOLUTE,
    POOLED,
    REGRESSION,
    STATISTIC,
    SUBGROUPS,
    TAU2_LIMITS,
    WEIGHT,
    WHOLE_REVIEW,
)
from repool.questions.records import Question
from repool.results import PooledRow, Results
from repool.verdicts import REPRODUCED, Basis, Checked, Verdict, joined, reason

_SUBGROUP_FIELDS = {"subgroup_q": "q", "subgroup_df": "df", "subgroup_p": "p", "subgroup_i2": "i2"}


def check_claims(
    form: NormalForm,
    results: Results,
    given: Iterable[Answer] = (),
    questions: Iterable[Question] = (),
) -> tuple[Checked, ...]:
    """A verdict for every published figure, in the order of published.csv.

    given: what the search over settings found for the pooled figures (`identify.claimed.answers`);
    questions: about trial rows (`questions.ask`), which may be what is wrong where a figure differs.
    """
    found = {each.claimed.key: searched(each) for each in given}
    analyses = evidence_of(form, results, questions)
    checked: list[Checked] = []
    for (name, *_), group in groupby(sorted(form.claims, key=_group), key=_group):
        claims = list(group)
        family = _family(claims[0].quantity)
        if name == WHOLE_REVIEW:
            checked += check_whole_review(claims)
        elif family == "pooled":
            checked += _check_pooled(analyses[name], claims, found.get(_key(claims[0])))
        else:
            checked += _FAMILIES[family](analyses[name], claims)
    order = {_place(claim): number for number, claim in reversed(list(enumerate(form.claims)))}
    return tuple(sorted(checked, key=lambda each: order[_place(each)]))


def _place(figure: Claim | Checked) -> tuple[str, int, str, str, str]:
    """Where a figure stands: a line of a data package holds many."""
    method = figure.method if isinstance(figure, Claim) else figure.stated_method
    return figure.file, figure.line, figure.subgroup, figure.quantity, method


def _group(claim: Claim) -> tuple[str, str, str, str, str]:
    return claim.analysis, claim.subgroup, claim.source, claim.method, _family(claim.quantity)


def _key(claim: Claim) -> Key:
    return claim.analysis, claim.subgroup, claim.source, claim.method


def _family(quantity: str) -> str:
    families = (("pooled", (*POOLED, STATISTIC)), ("absolute", ABSOLUTE), ("subgroups", SUBGROUPS))
    beside = (("tau2-limits", TAU2_LIMITS), ("weight", (WEIGHT,)), ("regression", REGRESSION))
    for name, members in (*families, *beside):
        if quantity in members:
            return name
    return "counts"


def _check_pooled(evidence: Evidence, claims: list[Claim], found: Searched | None) -> list[Checked]:
    rows = [row for row in evidence.pooled(claims[0].subgroup) if row.state in HAS_RESULT]
    if evidence.unknown(claims[0].subgroup) or not rows:
        known = _pooled_figures(rows[0]) if rows else None
        return not_attemptable(evidence, claims, known)
    candidates = [Candidate(row.method, row.method_label, _pooled_figures(row)) for row in rows]
    return judge(evidence, claims, preferred(candidates, claims[0].method), found)


def _pooled_figures(row: PooledRow) -> dict[str, float | None]:
    """What a row has of the quantities of a pooled result; z without its sign, as it is printed."""
    y = row.estimate if row.log_estimate is None else row.log_estimate
    z = abs(y / row.se) if y is not None and row.se else None
    return {STATISTIC: z} | {name: getattr(row, name) for name in POOLED}


def _check_subgroups(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    labels = {row.method: row.method_label for row in evidence.pooled()}
    candidates = [
        Candidate(
            test.method,
            labels[test.method],
            {name: getattr(test, field) for name, field in _SUBGROUP_FIELDS.items()},
        )
        for test in evidence.results.subgroup_tests
        if test.analysis == evidence.analysis.analysis
    ]
    if evidence.unknown() or not candidates:
        return not_attemptable(evidence, claims)
    return judge(evidence, claims, preferred(candidates, claims[0].method))


def _check_absolute(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    complete = not evidence.unknown()
    candidates = [
        Candidate(row.method, row.method_label, figures)
        for row in evidence.pooled()
        if complete and (figures := absolute_from_trials(evidence, row))
    ]
    if candidates:
        checked = judge(evidence, claims, preferred(candidates, claims[0].method))
        return [_or_rounding(evidence, claim, each) for claim, each in zip(claims, checked, strict=True)]
    if from_claims := absolute_from_claims(evidence):
        return _judge_from_claims(evidence, claims, from_claims)
    return not_attemptable(evidence, claims)


def _or_rounding(evidence: Evidence, claim: Claim, checked: Checked) -> Checked:
    """The verdict, or `rounding` where a figure follows from the published inputs but not from the trials."""
    if checked.verdict in REPRODUCED or checked.ours is None:
        return checked
    if not (claims := claimed_inputs(evidence)):
        return checked
    inputs = _named_inputs(claims)
    for rounded in (False, True):
        figures = absolute_from_claims(evidence, rounded)
        if printed(claim).agrees(figures.get(claim.quantity)):
            why = reason("from-rounded-figures", inputs=inputs, shown=printed(claim).said(checked.ours))
            basis = Candidate("published-figures", inputs, figures, Basis.CLAIMS)
            return checked_figure(claim, Verdict.ROUNDING, why, basis, evidence)
    return checked


def _judge_from_claims(evidence: Evidence, claims: list[Claim], unrounded: Figures) -> list[Checked]:
    """Per-1000 figures by published inputs: say which rounding of the control risk gives them."""
    rounded = absolute_from_claims(evidence, rounded=True)
    inputs = _named_inputs(claimed_inputs(evidence))
    risk = f"{round(unrounded['control_per_1000'] or 0)}"
    exact = Candidate("published-figures", inputs, unrounded, Basis.CLAIMS)
    after_rounding = Candidate("published-figures-rounded", inputs, rounded, Basis.CLAIMS)
    contrast = [
        reason("instead", ours=printed(each).said(rounded[each.quantity] or 0), theirs=_said(each))
        for each in claims
        if not printed(each).agrees(rounded[each.quantity])
    ]
    tail = Bilingual("", "")
    if contrast and agree(exact, claims):
        tail = reason("rounded-contrast", risk=risk, figures=joined(contrast, ", "))
    checked = []
    for claim in claims:
        figure = printed(claim)
        shown = figure.said(unrounded[claim.quantity] or 0)
        if figure.agrees(unrounded[claim.quantity]):
            why = reason("from-claims", inputs=inputs, rounded=tail)
            checked.append(checked_figure(claim, Verdict.EXACT, why, exact))
        elif figure.agrees(rounded[claim.quantity]):
            why = reason("from-rounded", risk=risk, shown=shown)
            checked.append(checked_figure(claim, Verdict.ROUNDING, why, after_rounding))
        else:
            why = reason("claims-differ", inputs=inputs, shown=shown)
            checked.append(checked_figure(claim, severity(evidence, claim, claims, exact), why, exact))
    return checked


def _named_inputs(inputs: Mapping[str, Claim]) -> Bilingual:
    return reason("inputs", **{name: _said(claim) for name, claim in inputs.items()})


def _said(claim: Claim) -> Bilingual:
    figure = printed(claim)
    return figure.said(figure.value)


def _check_regression(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    return [checked_figure(claim, Verdict.NOT_ATTEMPTABLE, reason("regression")) for claim in claims]


_FAMILIES: dict[str, Callable[[Evidence, list[Claim]], list[Checked]]] = {
    "absolute": _check_absolute,
    "counts": check_counts,
    "subgroups": _check_subgroups,
    "regression": _check_regression,
    "tau2-limits": check_tau2_limits,
    "weight": check_weight,
}
