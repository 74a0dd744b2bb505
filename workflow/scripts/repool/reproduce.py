"""Published figures against ours: a verdict for each, with the method or the missing data that explains it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from repool.absolute import control_risk, experimental_per_1000
from repool.model import Analysis, Bilingual, Claim, NormalForm, Status, Study
from repool.printed import Printed, read_printed
from repool.quantities import ABSOLUTE, ARMS, COUNTS, POOLED, REGRESSION, SUBGROUPS, WHOLE_REVIEW
from repool.results import PooledRow, PooledState, Results
from repool.verdicts import Basis, Checked, Verdict, joined, reason

Figures = Mapping[str, float | None]
_HAS_RESULT = (PooledState.POOLED, PooledState.SINGLE_TRIAL)
_MINOR = 0.10
_SUBGROUP_FIELDS = {"subgroup_q": "q", "subgroup_df": "df", "subgroup_p": "p", "subgroup_i2": "i2"}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One way to compute a group's figures."""

    method: str
    label: str
    figures: Figures
    basis: Basis = Basis.TRIALS


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about one analysis."""

    form: NormalForm
    results: Results
    analysis: Analysis

    @property
    def studies(self) -> list[Study]:
        """Its trial rows."""
        return [each for each in self.form.studies if each.analysis == self.analysis.analysis]

    def unknown(self, subgroup: str = "") -> list[Study]:
        """Its trials without data."""
        return [
            each
            for each in self.studies
            if each.status is Status.UNKNOWN and subgroup in ("", each.subgroup)
        ]

    @property
    def derived_rows(self) -> str:
        """Trials whose row is not printed as such anywhere."""
        return ", ".join(
            study.trial
            for study in self.studies
            if study.status in (Status.DERIVED, Status.RECONSTRUCTED)
        )

    def pooled(self, subgroup: str = "") -> list[PooledRow]:
        """Its pooled rows, the declared method first, then simplest first."""
        return [
            row
            for row in self.results.pooled
            if row.analysis == self.analysis.analysis and row.subgroup == subgroup
        ]

    def claims(self, *quantities: str) -> dict[str, Claim] | None:
        """The published figures of these quantities, from one source, stated without a method."""
        own = [each for each in self.form.claims if each.analysis == self.analysis.analysis]
        for source in dict.fromkeys(each.source for each in own):
            found = {
                each.quantity: each
                for each in own
                if each.source == source and each.quantity in quantities and not each.subgroup
            }
            if len(found) == len(quantities):
                return found
        return None


def printed(claim: Claim) -> Printed:
    """The claim's figure as a number with its digits."""
    return read_printed(claim.value, claim.decimal_comma)


def check_claims(form: NormalForm, results: Results) -> tuple[Checked, ...]:
    """A verdict for every published figure, in the order of published.csv."""
    analyses = {each.analysis: Evidence(form, results, each) for each in form.analyses}
    checked: list[Checked] = []
    for (name, *_), group in groupby(sorted(form.claims, key=_group), key=_group):
        claims = list(group)
        family = _family(claims[0].quantity)
        if name == WHOLE_REVIEW:
            checked += _whole_review(claims)
        else:
            checked += _FAMILIES[family](analyses[name], claims)
    return tuple(sorted(checked, key=lambda each: each.line))


def absolute_from_trials(evidence: Evidence, row: PooledRow) -> dict[str, float | None]:
    """Per-1000 figures from the trials' control risk and a pooled row (natural scale)."""
    risk = control_risk(evidence.analysis, evidence.studies)
    if risk is None or row.state not in _HAS_RESULT:
        return {}
    return _per_1000(evidence.analysis, risk, (row.estimate, row.ci_low, row.ci_high))


def absolute_from_claims(evidence: Evidence, rounded: bool = False) -> dict[str, float | None]:
    """Per-1000 figures from published control events, total and effect; {} where they are not printed."""
    inputs = claimed_inputs(evidence)
    if not inputs:
        return {}
    value = {name: printed(claim).value for name, claim in inputs.items()}
    risk = value["control_events"] / value["control_total"]
    if rounded:
        risk = round(1000 * risk) / 1000
    effect = (value["estimate"], value["ci_low"], value["ci_high"])
    return _per_1000(evidence.analysis, risk, effect)


def claimed_inputs(evidence: Evidence) -> dict[str, Claim]:
    """The published figures that per-1000 figures can be computed from, if all are printed."""
    if not evidence.analysis.measure.is_dichotomous:
        return {}
    return (
        evidence.claims("control_events", "control_total", "estimate", "ci_low", "ci_high") or {}
    )


def _group(claim: Claim) -> tuple[str, str, str, str, str]:
    return claim.analysis, claim.subgroup, claim.source, claim.method, _family(claim.quantity)


def _family(quantity: str) -> str:
    families = (("pooled", POOLED), ("absolute", ABSOLUTE), ("subgroups", SUBGROUPS))
    for name, members in (*families, ("regression", REGRESSION)):
        if quantity in members:
            return name
    return "counts"


def _per_1000(
    analysis: Analysis, risk: float, effect: Sequence[float | None]
) -> dict[str, float | None]:
    figures: dict[str, float | None] = {"control_per_1000": 1000 * risk}
    for name, value in zip(ABSOLUTE[1:], effect, strict=True):
        figures[name] = (
            None if value is None else experimental_per_1000(analysis.measure, risk, value)
        )
    return figures


def _checked(
    claim: Claim,
    verdict: Verdict,
    why: Bilingual,
    candidate: _Candidate | None = None,
    evidence: Evidence | None = None,
) -> Checked:
    ours = candidate.figures.get(claim.quantity) if candidate else None
    figure = printed(claim)
    return Checked(
        analysis=claim.analysis,
        subgroup=claim.subgroup,
        quantity=claim.quantity,
        source=claim.source,
        locator=claim.locator,
        published=claim.value,
        ours=ours,
        ours_shown="" if ours is None else figure.shown(ours),
        difference=None if ours is None else ours - figure.value,
        verdict=verdict,
        basis=candidate.basis if candidate and ours is not None else Basis.NONE,
        method=candidate.method if candidate else "",
        method_label=candidate.label if candidate else "",
        stated_method=claim.method,
        derived_rows=evidence.derived_rows if evidence and candidate else "",
        reason=why,
        file=claim.file,
        line=claim.line,
    )


def _not_attemptable(
    evidence: Evidence, claims: Sequence[Claim], known: Figures | None = None
) -> list[Checked]:
    checked = []
    for claim in claims:
        missing = evidence.unknown(claim.subgroup)
        why = reason("no-trials")
        if missing and len(missing) < len(evidence.studies):
            value = (known or {}).get(claim.quantity)
            why = reason(
                "unknown-trials",
                unknown=len(missing),
                listed=len(evidence.studies),
                names=", ".join(study.trial for study in missing),
                known="–" if value is None else printed(claim).shown(value),
            )
        checked.append(_checked(claim, Verdict.NOT_ATTEMPTABLE, why))
    return checked


def _check_pooled(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    rows = [row for row in evidence.pooled(claims[0].subgroup) if row.state in _HAS_RESULT]
    if evidence.unknown(claims[0].subgroup) or not rows:
        known = {name: getattr(rows[0], name) for name in POOLED} if rows else None
        return _not_attemptable(evidence, claims, known)
    candidates = [
        _Candidate(row.method, row.method_label, {name: getattr(row, name) for name in POOLED})
        for row in rows
    ]
    return _judge(evidence, claims, _preferred(candidates, claims[0].method))


def _check_subgroups(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    labels = {row.method: row.method_label for row in evidence.pooled()}
    candidates = [
        _Candidate(
            test.method,
            labels[test.method],
            {name: getattr(test, field) for name, field in _SUBGROUP_FIELDS.items()},
        )
        for test in evidence.results.subgroup_tests
        if test.analysis == evidence.analysis.analysis
    ]
    if evidence.unknown() or not candidates:
        return _not_attemptable(evidence, claims)
    return _judge(evidence, claims, _preferred(candidates, claims[0].method))


def _check_absolute(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    complete = not evidence.unknown()
    candidates = [
        _Candidate(row.method, row.method_label, figures)
        for row in evidence.pooled()
        if complete and (figures := absolute_from_trials(evidence, row))
    ]
    if candidates:
        ordered = _preferred(candidates, claims[0].method)
        if any(_agree(candidate, claims) for candidate in ordered):
            return _judge(evidence, claims, ordered)
    from_claims = absolute_from_claims(evidence)
    if not from_claims:
        if candidates:
            return _judge(evidence, claims, candidates)
        return _not_attemptable(evidence, claims)
    return _judge_from_claims(evidence, claims, from_claims)


def _judge_from_claims(
    evidence: Evidence, claims: list[Claim], unrounded: Figures
) -> list[Checked]:
    """Per-1000 figures by published inputs: say which rounding of the control risk gives them."""
    rounded = absolute_from_claims(evidence, rounded=True)
    inputs = _named_inputs(claimed_inputs(evidence))
    risk = f"{round(unrounded['control_per_1000'] or 0)}"
    exact = _Candidate("published-figures", inputs.en, unrounded, Basis.CLAIMS)
    after_rounding = _Candidate("published-figures-rounded", inputs.en, rounded, Basis.CLAIMS)
    contrast = [
        f"{printed(each).shown(rounded[each.quantity] or 0)}"
        for each in claims
        if not printed(each).agrees(rounded[each.quantity])
    ]
    tail = Bilingual("", "")
    if contrast and _agree(exact, claims):
        tail = reason("rounded-contrast", risk=risk, figures=", ".join(contrast))
    checked = []
    for claim in claims:
        figure = printed(claim)
        shown = figure.shown(unrounded[claim.quantity] or 0)
        if figure.agrees(unrounded[claim.quantity]):
            why = reason("from-claims", inputs=inputs, rounded=tail)
            checked.append(_checked(claim, Verdict.EXACT, why, exact))
        elif figure.agrees(rounded[claim.quantity]):
            why = reason("from-rounded", risk=risk, shown=shown)
            checked.append(_checked(claim, Verdict.ROUNDING, why, after_rounding))
        else:
            why = reason("claims-differ", inputs=inputs, shown=shown)
            checked.append(_checked(claim, _severity(evidence, claims, exact), why, exact))
    return checked


def _named_inputs(inputs: Mapping[str, Claim]) -> Bilingual:
    ratio = f"{inputs['estimate'].value} ({inputs['ci_low'].value} – {inputs['ci_high'].value})"
    events = f"{inputs['control_events'].value}/{inputs['control_total'].value}"
    return Bilingual(f"{events} og {ratio}", f"{events} and {ratio}")


def _check_counts(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    checked = []
    for claim in claims:
        if claim.quantity == "trials":
            checked.append(_check_trials(evidence, claim))
        elif claim.quantity == "participants":
            checked.append(_check_participants(evidence, claim))
        else:
            checked.append(_check_arm_figure(evidence, claim))
    return checked


def _check_trials(evidence: Evidence, claim: Claim) -> Checked:
    listed = [each for each in evidence.studies if claim.subgroup in ("", each.subgroup)]
    if len(evidence.unknown(claim.subgroup)) == len(listed):
        return _checked(claim, Verdict.NOT_ATTEMPTABLE, reason("no-trials"))
    number = len({study.trial for study in listed})
    counted = _Candidate("count", "count", {"trials": float(number)})
    if printed(claim).agrees(number):
        return _checked(claim, Verdict.EXACT, reason("agrees"), counted)
    why = reason("count", checks=reason("count-trials", ours=number))
    return _checked(claim, Verdict.INPUT_ERROR, why, counted)


def _check_participants(evidence: Evidence, claim: Claim) -> Checked:
    totals, basis = _arm_totals(evidence, claim.subgroup)
    figure, checks = printed(claim), []
    whole = next(
        (c for c in evidence.form.claims if (c.analysis, c.quantity) == (WHOLE_REVIEW, "participants")),
        None,
    )
    ours = _Candidate("sum", "sum of the arms", {"participants": totals}, basis)
    if totals is not None and not figure.agrees(totals):
        checks.append(reason("count-arms", ours=f"{totals:g}"))
    if whole and figure.value > printed(whole).value:
        checks.append(reason("count-review", whole=whole.value))
    if checks:
        return _checked(claim, Verdict.INPUT_ERROR, reason("count", checks=joined(checks)), ours)
    if totals is None:
        return _not_attemptable(evidence, [claim])[0]
    return _checked(claim, Verdict.EXACT, reason("agrees"), ours, evidence)


def _arm_totals(evidence: Evidence, subgroup: str) -> tuple[float | None, Basis]:
    """Participants of both arms, from the trials, or from published arm totals."""
    rows = evidence.pooled(subgroup)
    if rows and not evidence.unknown(subgroup):
        one, two = rows[0].experimental_total, rows[0].control_total
        if one is not None and two is not None:
            return one + two, Basis.TRIALS
    arms = evidence.claims("experimental_total", "control_total")
    if arms and not subgroup:
        return sum(printed(claim).value for claim in arms.values()), Basis.CLAIMS
    return None, Basis.NONE


def _check_arm_figure(evidence: Evidence, claim: Claim) -> Checked:
    arm, _, kind = claim.quantity.partition("_")
    rows = evidence.pooled(claim.subgroup)
    figures: dict[str, float | None] = {}
    if rows and not evidence.unknown(claim.subgroup):
        figures = {name: getattr(rows[0], name) for name in ARMS}
        events, total = figures[f"{arm}_events"], figures[f"{arm}_total"]
        if events is not None and total:
            figures[f"{arm}_percent"] = 100 * events / total
    ours = _Candidate("sum", "sum over the trials", figures)
    inputs = evidence.claims(f"{arm}_events", f"{arm}_total")
    if kind == "percent" and figures.get(claim.quantity) is None and inputs:
        events, total = (printed(inputs[f"{arm}_{name}"]).value for name in ("events", "total"))
        names = f"{inputs[f'{arm}_events'].value}/{inputs[f'{arm}_total'].value}"
        figures = {claim.quantity: 100 * events / total}
        ours = _Candidate("published-figures", names, figures, Basis.CLAIMS)
    value = figures.get(claim.quantity)
    if value is None:
        known = {name: getattr(rows[0], name) for name in ARMS} if rows else None
        return _not_attemptable(evidence, [claim], known)[0]
    if not printed(claim).agrees(value):
        why = reason("count", checks=reason("count-sum", ours=printed(claim).shown(value)))
        return _checked(claim, Verdict.INPUT_ERROR, why, ours, evidence)
    why = reason("agrees")
    if ours.basis is Basis.CLAIMS:
        why = reason("sum-of-claims", inputs=ours.label)
    return _checked(claim, Verdict.EXACT, why, ours, evidence)


def _check_regression(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    return [_checked(claim, Verdict.NOT_ATTEMPTABLE, reason("regression")) for claim in claims]


def _whole_review(claims: list[Claim]) -> list[Checked]:
    values = {claim.quantity: printed(claim).value for claim in claims}
    arms = [values.get("experimental_total"), values.get("control_total")]
    checked = []
    for claim in claims:
        if claim.quantity == "participants" and None not in arms:
            total = sum(arm for arm in arms if arm is not None)
            names = " + ".join(f"{arm:g}" for arm in arms)
            ours = _Candidate("published-figures", names, {"participants": total}, Basis.CLAIMS)
            if printed(claim).agrees(total):
                why = reason("sum-of-claims", inputs=names)
                checked.append(_checked(claim, Verdict.EXACT, why, ours))
            else:
                why = reason("count", checks=reason("count-arms", ours=f"{total:g}"))
                checked.append(_checked(claim, Verdict.INPUT_ERROR, why, ours))
        else:
            checked.append(_checked(claim, Verdict.NOT_ATTEMPTABLE, reason("whole-review")))
    return checked


_FAMILIES: dict[str, Callable[[Evidence, list[Claim]], list[Checked]]] = {
    "pooled": _check_pooled,
    "absolute": _check_absolute,
    "counts": _check_counts,
    "subgroups": _check_subgroups,
    "regression": _check_regression,
}
assert set(COUNTS).isdisjoint((*POOLED, *ABSOLUTE))


def _preferred(candidates: list[_Candidate], stated: str) -> list[_Candidate]:
    """The method that the source states first, else the declared one, then the others in order."""
    first = [each for each in candidates if stated and each.method == stated] or candidates[:1]
    return first + [each for each in candidates if each is not first[0]]


def _agree(candidate: _Candidate, claims: Sequence[Claim]) -> bool:
    return all(printed(claim).agrees(candidate.figures.get(claim.quantity)) for claim in claims)


def _judge(
    evidence: Evidence, claims: list[Claim], candidates: list[_Candidate]
) -> list[Checked]:
    """Verdicts of a group: by its own method, by another one that gives all of it, or how far off."""
    own = candidates[0]
    other = next((each for each in candidates if _agree(each, claims)), None)
    severity = _severity(evidence, claims, own)
    checked = []
    for claim in claims:
        value, figure = own.figures.get(claim.quantity), printed(claim)
        if figure.agrees(value):
            checked.append(_checked(claim, Verdict.EXACT, reason("agrees"), own, evidence))
        elif other is not None:
            shown = "–" if value is None else figure.shown(value)
            why = reason("other-method", declared=own.label, shown=shown, method=other.label)
            checked.append(_checked(claim, Verdict.OTHER_METHOD, why, other, evidence))
        elif value is None:
            why = reason("not-computed", method=own.label)
            checked.append(_checked(claim, Verdict.NOT_ATTEMPTABLE, why, own, evidence))
        else:
            why = reason("differs", method=own.label, shown=figure.shown(value))
            checked.append(_checked(claim, severity, why, own, evidence))
    return checked


def _severity(evidence: Evidence, claims: Sequence[Claim], ours: _Candidate) -> Verdict:
    """How far off a group of figures is: minor, major, or another conclusion."""
    theirs = {claim.quantity: printed(claim).value for claim in claims}
    null = 1.0 if evidence.analysis.log_scale else 0.0
    sides = [
        (theirs[name] > null) != ((ours.figures.get(name) or null) > null)
        for name in ("estimate", "ci_low", "ci_high")
        if name in theirs and ours.figures.get(name) is not None
    ]
    if any(sides):
        return Verdict.CONCLUSION
    off = [
        abs((ours.figures.get(name) or 0.0) - value) / abs(value) if value else 1.0
        for name, value in theirs.items()
        if name not in ("ci_low", "ci_high")
    ]
    if {"ci_low", "ci_high"} <= theirs.keys():
        width = theirs["ci_high"] - theirs["ci_low"]
        own_width = (ours.figures.get("ci_high") or 0.0) - (ours.figures.get("ci_low") or 0.0)
        off.append(abs(own_width - width) / abs(width) if width else 1.0)
    return Verdict.MINOR if off and max(off) < _MINOR else Verdict.MAJOR
