"""Published counts (events, totals, percentages, participants, trials) against the rows they count."""

from repool.evidence import Evidence, printed
from repool.judging import Candidate, checked_figure, not_attemptable, suspected
from repool.model import Bilingual, Claim
from repool.quantities import ARMS
from repool.verdicts import Basis, Checked, Verdict, joined, reason

_COUNTED = Bilingual("antall rader", "number of rows")
_SUMMED = Bilingual("sum over forsøkene", "sum over the trials")


def check_counts(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
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
    listed = evidence.counted(claim.subgroup)
    if len(evidence.unknown(claim.subgroup)) == len(listed):
        return checked_figure(claim, Verdict.NOT_ATTEMPTABLE, reason("no-trials"))
    number = len({study.trial for study in listed})
    ours = Candidate("count", _COUNTED, {"trials": float(number)})
    if printed(claim).agrees(number):
        return checked_figure(claim, Verdict.EXACT, reason("agrees"), ours)
    rows = evidence.pooled(claim.subgroup)
    if rows and printed(claim).agrees(rows[0].trials_pooled) and not rows[0].trials_unknown:
        pooled = Candidate("count", _COUNTED, {"trials": float(rows[0].trials_pooled)})
        return checked_figure(claim, Verdict.EXACT, reason("count-estimable", listed=number), pooled)
    return suspected(evidence, claim, reason("count-trials", ours=number), ours)


def _check_participants(evidence: Evidence, claim: Claim) -> Checked:
    totals, basis = _arm_totals(evidence, claim.subgroup)
    figure, checks = printed(claim), []
    whole = evidence.of_review.get("participants")
    ours = Candidate("sum", _SUMMED, {"participants": totals}, basis)
    if totals is not None and not figure.agrees(totals):
        checks.append(reason("count-arms", ours=f"{totals:g}"))
    if whole and figure.value > printed(whole).value:
        checks.append(reason("count-review", theirs=claim.value, whole=whole.value))
    if checks:
        return suspected(evidence, claim, joined(checks), ours)
    if totals is None:
        return not_attemptable(evidence, [claim])[0]
    return checked_figure(claim, Verdict.EXACT, reason("agrees"), ours, evidence)


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
    ours = Candidate("sum", _SUMMED, figures)
    if kind == "percent" and figures.get(claim.quantity) is None:
        ours = _percent_from_claims(evidence, claim, arm) or ours
    value = ours.figures.get(claim.quantity)
    if value is None:
        known = {name: getattr(rows[0], name) for name in ARMS} if rows else None
        return not_attemptable(evidence, [claim], known)[0]
    if not printed(claim).agrees(value):
        code = "count-percent" if kind == "percent" else "count-sum"
        return suspected(evidence, claim, reason(code, ours=printed(claim).said(value)), ours)
    why = reason("agrees")
    if ours.basis is Basis.CLAIMS:
        why = reason("sum-of-claims", inputs=ours.label)
    return checked_figure(claim, Verdict.EXACT, why, ours, evidence)


def _percent_from_claims(evidence: Evidence, claim: Claim, arm: str) -> Candidate | None:
    inputs = evidence.claims(f"{arm}_events", f"{arm}_total")
    if not inputs:
        return None
    events, total = inputs[f"{arm}_events"], inputs[f"{arm}_total"]
    if printed(total).value <= 0:
        return None
    names = f"{events.value}/{total.value}"
    figures = {claim.quantity: 100 * printed(events).value / printed(total).value}
    return Candidate("published-figures", Bilingual(names, names), figures, Basis.CLAIMS)


def check_whole_review(claims: list[Claim]) -> list[Checked]:
    values = {claim.quantity: printed(claim).value for claim in claims}
    arms = [values.get("experimental_total"), values.get("control_total")]
    checked = []
    for claim in claims:
        if claim.quantity == "participants" and None not in arms:
            total = sum(arm for arm in arms if arm is not None)
            names = " + ".join(f"{arm:g}" for arm in arms)
            ours = Candidate(
                "published-figures", Bilingual(names, names), {"participants": total}, Basis.CLAIMS
            )
            if printed(claim).agrees(total):
                why = reason("sum-of-claims", inputs=names)
                checked.append(checked_figure(claim, Verdict.EXACT, why, ours))
            else:
                why = reason("count", checks=reason("count-arms", ours=f"{total:g}"))
                checked.append(checked_figure(claim, Verdict.INPUT_ERROR, why, ours))
        else:
            checked.append(checked_figure(claim, Verdict.NOT_ATTEMPTABLE, reason("whole-review")))
    return checked
