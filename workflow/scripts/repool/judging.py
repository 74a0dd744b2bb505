"""How a group of published figures is judged against ways to compute them."""

from collections.abc import Sequence
from dataclasses import dataclass

from repool.evidence import Evidence, Figures, printed
from repool.model import NO_TEXT, Bilingual, Claim
from repool.verdicts import Basis, Checked, Verdict, reason

_MINOR = 0.10


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to compute a group's figures."""

    method: str
    label: Bilingual
    figures: Figures
    basis: Basis = Basis.TRIALS


def checked_figure(
    claim: Claim,
    verdict: Verdict,
    why: Bilingual,
    candidate: Candidate | None = None,
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
        method_label=candidate.label if candidate else NO_TEXT,
        stated_method=claim.method,
        derived_rows=evidence.derived_rows if evidence and candidate else "",
        reason=why,
        file=claim.file,
        line=claim.line,
    )


def not_attemptable(
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
                known="–" if value is None else printed(claim).said(value),
            )
        checked.append(checked_figure(claim, Verdict.NOT_ATTEMPTABLE, why))
    return checked


def preferred(candidates: list[Candidate], stated: str) -> list[Candidate]:
    """The method that the source states first, else the declared one, then the others in order."""
    first = [each for each in candidates if stated and each.method == stated] or candidates[:1]
    return first + [each for each in candidates if each is not first[0]]


def agree(candidate: Candidate, claims: Sequence[Claim]) -> bool:
    return all(printed(claim).agrees(candidate.figures.get(claim.quantity)) for claim in claims)


def judge(evidence: Evidence, claims: list[Claim], candidates: list[Candidate]) -> list[Checked]:
    """Verdicts of a group: by its own method, by another one that gives all of it, or how far off."""
    own = candidates[0]
    other = next((each for each in candidates if agree(each, claims)), None)
    gap = severity(evidence, claims, own)
    checked = []
    for claim in claims:
        value, figure = own.figures.get(claim.quantity), printed(claim)
        if figure.agrees(value):
            checked.append(checked_figure(claim, Verdict.EXACT, reason("agrees"), own, evidence))
        elif other is not None:
            shown = "–" if value is None else figure.said(value)
            why = reason("other-method", declared=own.label, shown=shown, method=other.label)
            checked.append(checked_figure(claim, Verdict.OTHER_METHOD, why, other, evidence))
        elif value is None:
            why = reason("not-computed", method=own.label)
            checked.append(checked_figure(claim, Verdict.NOT_ATTEMPTABLE, why, own, evidence))
        else:
            why = reason("differs", method=own.label, shown=figure.said(value))
            checked.append(checked_figure(claim, gap, why, own, evidence))
    return checked


def severity(evidence: Evidence, claims: Sequence[Claim], ours: Candidate) -> Verdict:
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
