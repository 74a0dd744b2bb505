"""The summary-of-findings table: what was computed, what was published, and the verdict on each figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repool.evidence import HAS_RESULT, Evidence, absolute_from_claims, absolute_from_trials, printed
from repool.model import LANGUAGES, NO_TEXT, Bilingual, Certainty, FindingSpec, NormalForm, arms
from repool.printed import Printed
from repool.quantities import ABSOLUTE, EFFECT
from repool.results import PooledState, Results
from repool.statements import effect_direction, statement
from repool.verdicts import Checked, joined
from repool.wording import interval, places

_BASIS_NOTES = {
    "trials": NO_TEXT,
    "claims": Bilingual(
        "Tall per 1000 er regnet ut fra publiserte tall, og effekten står som publisert, fordi {unknown} "
        "av {listed} forsøk mangler data.",
        "Figures per 1000 are computed from published figures, and the effect stands as published, because "
        "{unknown} of {listed} trials have no data.",
    ),
    "published": Bilingual(
        "Publisert tall, ikke regnet ut på nytt: ingen forsøksdata er funnet.",
        "Published figure, not recomputed: no trial data were found.",
    ),
    "none": Bilingual("Ingen resultater kan regnes ut.", "No result can be computed."),
}
_WITHHELD = Bilingual(
    "Tall vises ikke når tilliten til dokumentasjonen er svært lav.",
    "Figures are not shown where the certainty of the evidence is very low.",
)
_NO_INTERVAL = Bilingual(
    "Ikke noe konfidensintervall: metodens standardfeil er 0 her.",
    "No confidence interval: the method's standard error is 0 here.",
)
_COUNTS = Bilingual(
    "Publisert: {published}. Mulig feil i tallet.",
    "Published: {published}. Suspected error in the figure.",
)
_SEE_ALSO = Bilingual(
    "Uavhengige forsøk, ikke oversiktens egne, gir {effect} ({method}).",
    "Independent trials, not the review's own, give {effect} ({method}).",
)
_JUDGED = Bilingual(
    "Tilliten slik {judge} vurderer den: {reason}", "Certainty as judged by {judge}: {reason}"
)
_OTHER_JUDGES = Bilingual(
    "Andre vurderinger av tilliten: {others}.", "Other judgements of the certainty: {others}."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table. Effects on the natural scale, risks per 1000.

    `basis` says what the figures were computed from: the review's trials, other published figures
    ("claims"), or nothing ("published": shown as printed). `withheld` figures are empty.
    """

    analysis: str
    outcome: Bilingual
    measure: str
    effect_label: Bilingual
    method_label: Bilingual
    basis: str
    withheld: bool
    control_per_1000: float | None
    experimental_per_1000: float | None
    experimental_per_1000_low: float | None
    experimental_per_1000_high: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    unit: Bilingual
    effect_places: int
    participants: float | None
    trials: int
    published_control_per_1000: str
    published_experimental_per_1000: str
    published_experimental_per_1000_low: str
    published_experimental_per_1000_high: str
    published_estimate: str
    published_ci_low: str
    published_ci_high: str
    published_participants: str
    published_trials: str
    verdict_control_per_1000: str
    verdict_experimental_per_1000: str
    verdict_experimental_per_1000_low: str
    verdict_experimental_per_1000_high: str
    verdict_estimate: str
    verdict_ci_low: str
    verdict_ci_high: str
    verdict_participants: str
    verdict_trials: str
    certainty: str
    certainty_reason: Bilingual
    statement: Bilingual
    footnotes: Bilingual


_RESULTS = (*ABSOLUTE, *EFFECT)
_SHOWN = (*_RESULTS, "participants", "trials")


def findings(form: NormalForm, results: Results, checked: Sequence[Checked]) -> tuple[Finding, ...]:
    """The rows of the table, in the order review.yaml gives."""
    analyses = {each.analysis: each for each in form.analyses}
    return tuple(
        _finding(Evidence(form, results, analyses[spec.analysis]), spec, checked)
        for spec in form.review.findings
    )


def _finding(evidence: Evidence, spec: FindingSpec, checked: Sequence[Checked]) -> Finding:
    form, analysis = evidence.form, evidence.analysis
    certainty, why, others = _certainty(form, spec.analysis)
    basis, figures, label = _figures(evidence)
    withheld = certainty is Certainty.VERY_LOW
    effect = None
    estimate, low, high = (figures.get(name) for name in EFFECT)
    if estimate is not None and low is not None and high is not None:
        effect = effect_direction(estimate, low, high, 1.0 if analysis.log_scale else 0.0)
    published = {
        each.quantity: each
        for each in checked
        if each.analysis == spec.analysis and each.source == form.review.table_source and not each.subgroup
    }
    notes = _notes(evidence, spec, basis, withheld, published, why, others)
    participants, trials = _counts(evidence, published)
    shown: dict[str, Any] = {name: None if withheld else figures.get(name) for name in _RESULTS}
    shown |= {f"published_{name}": _published(published, name) for name in _SHOWN}
    shown |= {
        f"verdict_{name}": published[name].verdict.value if name in published else "" for name in _SHOWN
    }
    return Finding(
        analysis=spec.analysis,
        outcome=analysis.title,
        measure=analysis.measure.value,
        effect_label=analysis.effect_label,
        method_label=label,
        basis="none" if withheld else basis,
        withheld=withheld,
        unit=analysis.unit,
        effect_places=_effect_places(evidence, published, figures),
        participants=participants,
        trials=trials,
        certainty=certainty.value if certainty else "",
        certainty_reason=why,
        statement=statement(arms(form.review, analysis)[0], analysis.phrase, effect, certainty),
        footnotes=notes,
        **shown,
    )


def _published(published: Mapping[str, Checked], name: str) -> str:
    return published[name].published if name in published else ""


def _effect_places(
    evidence: Evidence, published: Mapping[str, Checked], figures: Mapping[str, float | None]
) -> int:
    """Decimals of the shown effect: those of the published one, else what its size asks for."""
    if "estimate" in published:
        return _printed(evidence, published["estimate"]).places
    return places(*(value for name in EFFECT if (value := figures.get(name)) is not None))


def _printed(evidence: Evidence, published: Checked) -> Printed:
    """The published figure behind a verdict."""
    return printed(next(each for each in evidence.form.claims if each.line == published.line))


def _figures(evidence: Evidence) -> tuple[str, dict[str, float | None], Bilingual]:
    """(basis, figures, method): from the trials if all are known, else from published figures."""
    declared = evidence.pooled()[0]
    if declared.state in HAS_RESULT and not evidence.unknown():
        figures: dict[str, float | None] = {name: getattr(declared, name) for name in EFFECT}
        if evidence.analysis.measure.has_per_1000:
            figures |= absolute_from_trials(evidence, declared)
        return "trials", figures, declared.method_label
    claimed = _claimed_effect(evidence)
    if absolute := absolute_from_claims(evidence):
        return "claims", claimed | absolute, NO_TEXT
    if claimed:
        return "published", claimed, NO_TEXT
    return "none", {}, NO_TEXT


def _claimed_effect(evidence: Evidence) -> dict[str, float | None]:
    claims = evidence.claims(*EFFECT)
    return {name: printed(claim).value for name, claim in claims.items()} if claims else {}


def _counts(evidence: Evidence, published: Mapping[str, Checked]) -> tuple[float | None, int]:
    """Participants and trials as we know them: from the trials, else as published."""
    checked = published.get("participants")
    if checked and checked.ours is not None:
        participants: float | None = checked.ours
    else:
        row = evidence.pooled()[0]
        arms = (row.experimental_total, row.control_total)
        known = not evidence.unknown() and None not in arms
        participants = sum(arm or 0.0 for arm in arms) if known else None
        if participants is None and checked:
            participants = _printed(evidence, checked).value
    return participants, len({study.trial for study in evidence.studies})


def _certainty(
    form: NormalForm, analysis: str
) -> tuple[Certainty | None, Bilingual, list[tuple[str, Certainty]]]:
    """The judgement of the table's own judge, and those of others."""
    own = [each for each in form.judgements if each.analysis == analysis]
    judge = form.review.judge or (own[0].judge if own else "")
    mine = next((each for each in own if each.judge == judge), None)
    others = [(each.judge, each.certainty) for each in own if each is not mine]
    if mine is None:
        return None, NO_TEXT, others
    return mine.certainty, mine.reason, others


def _notes(
    evidence: Evidence,
    spec: FindingSpec,
    basis: str,
    withheld: bool,
    published: Mapping[str, Checked],
    why: Bilingual,
    others: list[tuple[str, Certainty]],
) -> Bilingual:
    values = {"unknown": len(evidence.unknown()), "listed": len(evidence.studies)}
    notes = [_WITHHELD.filled()] if withheld else [_BASIS_NOTES[basis].filled(**values)]
    if basis == "trials" and evidence.pooled()[0].state is PooledState.NO_INTERVAL and not withheld:
        notes.append(_NO_INTERVAL)
    suspected = [
        published[name]
        for name in ("participants", "trials")
        if name in published and published[name].verdict == "input-error"
    ]
    if suspected:
        text = _published(published, "participants") + f" ({_published(published, 'trials')})"
        notes.append(_COUNTS.filled(published=text))
    if spec.see_also:
        row = next(
            each for each in evidence.results.pooled
            if each.analysis == spec.see_also and not each.subgroup and each.role == "declared"
        )  # fmt: skip
        if row.estimate is not None and row.ci_low is not None and row.ci_high is not None:
            limits = (row.estimate, row.ci_low, row.ci_high)
            effect = Bilingual(*(interval(*limits, places(*limits), each) for each in LANGUAGES))
            notes.append(_SEE_ALSO.filled(effect=effect, method=row.method_label))
    if why:
        notes.append(_JUDGED.filled(judge=evidence.form.review.judge, reason=why))
    if others:
        named = [
            Bilingual(f"{name}: {CERTAINTY[each].nb}", f"{name}: {CERTAINTY[each].en}")
            for name, each in others
        ]
        notes.append(_OTHER_JUDGES.filled(others=joined(named, ", ")))
    return joined([note for note in notes if note], " | ")


CERTAINTY: dict[Certainty, Bilingual] = {
    Certainty.HIGH: Bilingual("høy", "high"),
    Certainty.MODERATE: Bilingual("middels", "moderate"),
    Certainty.LOW: Bilingual("lav", "low"),
    Certainty.VERY_LOW: Bilingual("svært lav", "very low"),
}
