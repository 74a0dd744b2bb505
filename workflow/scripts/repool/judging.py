"""How a group of published figures is judged against ways to compute them."""

from collections.abc import Sequence
from dataclasses import dataclass

from repool.evidence import Evidence, Figures, printed
from repool.model import NO_TEXT, Bilingual, Claim
from repool.quantities import ABSOLUTE, EFFECT
from repool.verdicts import Basis, Checked, Verdict, joined, reason

_MINOR = 0.10


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to compute a group's figures."""

    method: str
    label: Bilingual
    figures: Figures
    basis: Basis = Basis.TRIALS


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search over settings says of a group: `identify.judged`.

    simplest: the simplest setting that gives all its figures, or its estimate and limits; enough: these say
    too much for a coincidence. nearest: where none does. tried: how many settings were.
    """

    simplest: Candidate | None
    enough: bool
    nearest: Candidate | None
    tried: int


def checked_figure(
    claim: Claim,
    verdict: Verdict,
    why: Bilingual,
    candidate: Candidate | None = None,
    evidence: Evidence | None = None,
) -> Checked:
    ours = candidate.figures.get(claim.quantity) if candidate else None
    figure = printed(claim)
    basis = candidate.basis if candidate and ours is not None else Basis.NONE
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
        basis=basis,
        method=candidate.method if candidate else "",
        method_label=candidate.label if candidate else NO_TEXT,
        stated_method=claim.method,
        derived_rows=evidence.derived_rows if evidence and basis is Basis.TRIALS else "",
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


def judge(
    evidence: Evidence, claims: list[Claim], candidates: list[Candidate], searched: Searched | None = None
) -> list[Checked]:
    """Verdicts of a group: by its own method, by another one that gives it, or how far off it is.

    A setting found by search comes after the candidates, and only where it is no coincidence.
    """
    found = [searched.simplest] if searched and searched.simplest and searched.enough else []
    own, other = candidates[0], _other_method(claims, [*candidates, *found])
    checked = []
    for claim in claims:
        value, figure = own.figures.get(claim.quantity), printed(claim)
        shown = "–" if value is None else figure.said(value)
        if figure.agrees(value):
            checked.append(checked_figure(claim, Verdict.EXACT, reason("agrees"), own, evidence))
        elif other is not None and figure.agrees(other.figures.get(claim.quantity)):
            named = other.label
            if (
                named == own.label
            ):  # they differ in what the label leaves out, such as the prediction interval
                named = Bilingual(f"{named.nb} ({other.method})", f"{named.en} ({other.method})")
            why = reason("other-method", declared=own.label, shown=shown, method=named)
            if other in found:
                why = _with_doubts(why, evidence, claim)
            checked.append(checked_figure(claim, Verdict.OTHER_METHOD, why, other, evidence))
        elif value is None:
            why = reason("not-computed", method=own.label)
            checked.append(checked_figure(claim, Verdict.NOT_ATTEMPTABLE, why, own))
        else:
            alone = next((each for each in candidates if agree(each, [claim])), None)
            why = reason("differs", method=own.label, shown=shown)
            if alone is not None:
                why = reason("not-together", method=own.label, shown=shown, other=alone.label)
            if searched is not None:
                why = joined([why, *_of_search(claim, own, searched)], " ")
            why = _with_doubts(why, evidence, claim)
            checked.append(checked_figure(claim, severity(evidence, claim, claims, own), why, own, evidence))
    return checked


def suspected(evidence: Evidence, claim: Claim, checks: Bilingual, ours: Candidate) -> Checked:
    """A count that does not fit the rows it counts: an error in it, unless one of these rows is in doubt."""
    behind = None if claim.quantity == "trials" else evidence
    fits = printed(claim).agrees(ours.figures.get(claim.quantity))
    if ours.basis is Basis.TRIALS and not fits and (rows := evidence.doubts(claim)):
        verdict = severity(evidence, claim, [claim], ours)
        why = joined([reason("count-differs", checks=checks), rows], " ")
        return checked_figure(claim, verdict, why, ours, behind)
    return checked_figure(claim, Verdict.INPUT_ERROR, reason("count", checks=checks), ours, behind)


def _with_doubts(why: Bilingual, evidence: Evidence, claim: Claim) -> Bilingual:
    rows = evidence.doubts(claim)
    return joined([why, rows], " ") if rows else why


def _of_search(claim: Claim, own: Candidate, searched: Searched) -> list[Bilingual]:
    """What the search adds to a figure that no method gives: a possible coincidence, or the nearest."""
    figure, tried = printed(claim), searched.tried
    if searched.simplest is not None:
        agrees = not searched.enough and figure.agrees(searched.simplest.figures.get(claim.quantity))
        return [reason("also", method=searched.simplest.label, tried=tried)] if agrees else []
    if searched.nearest is None:
        return []
    if searched.nearest.label == own.label:
        return [reason("none-nearer", tried=tried)]
    value = searched.nearest.figures.get(claim.quantity)
    shown = "–" if value is None else figure.said(value)
    return [reason("nearest", method=searched.nearest.label, tried=tried, shown=shown)]


def _other_method(claims: list[Claim], candidates: list[Candidate]) -> Candidate | None:
    """The simplest method that gives all figures of a group, or at least its estimate and limits."""
    core = [claim for claim in claims if claim.quantity in (*EFFECT, *ABSOLUTE[1:])]
    groups = [claims, core] if len(core) > 1 else [claims]
    return next((each for group in groups for each in candidates if agree(each, group)), None)


def severity(evidence: Evidence, claim: Claim, claims: Sequence[Claim], ours: Candidate) -> Verdict:
    """How far off a figure is: minor, major, or another conclusion.

    An estimate and its limits are looked at together (the estimate and the width of the interval by
    less than 10%), every other figure by itself.
    """
    together = [each for each in claims if each.quantity in EFFECT]
    if claim not in together:
        return _grade([_off(printed(claim).value, ours.figures.get(claim.quantity))])
    theirs = {each.quantity: printed(each).value for each in together}
    own = {name: value for name in theirs if (value := ours.figures.get(name)) is not None}
    null = 1.0 if evidence.analysis.log_scale else 0.0
    if any((theirs[name] > null) != (value > null) for name, value in own.items()):
        return Verdict.CONCLUSION
    off = [_off(theirs["estimate"], own.get("estimate"))] if "estimate" in theirs else []
    if {"ci_low", "ci_high"} <= theirs.keys() & own.keys():
        off.append(_off(theirs["ci_high"] - theirs["ci_low"], own["ci_high"] - own["ci_low"]))
    elif claim.quantity != "estimate":
        off.append(_off(theirs[claim.quantity], own.get(claim.quantity)))
    return _grade(off)


def _off(theirs: float, ours: float | None) -> float:
    if ours is None or theirs == 0:
        return 1.0
    return abs(ours - theirs) / abs(theirs)


def _grade(off: list[float]) -> Verdict:
    return Verdict.MINOR if max(off) < _MINOR else Verdict.MAJOR
