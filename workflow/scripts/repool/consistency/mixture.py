"""Rows of one table that rest on different pooling models."""

from collections.abc import Iterator, Mapping, Sequence

from repool.consistency.absolute import Row, effects_for
from repool.consistency.intervals import Effect
from repool.consistency.models import Models, models_behind
from repool.consistency.records import Check, Group, Outcome, Severity, check, said
from repool.consistency.spans import Span
from repool.consistency.words import listed, text
from repool.evidence import Evidence, printed
from repool.model import Bilingual
from repool.quantities import ARMS
from repool.words import WORDS


def check_models(
    rows: Sequence[Row],
    evidence: Mapping[str, Evidence],
    groups: Mapping[tuple[str, str], Sequence[Group]],
) -> Iterator[Check]:
    """Which model each row of per-1000 figures rests on, and whether a source's rows share one."""
    known: dict[str, list[tuple[Row, Models]]] = {}
    for row in rows:
        if row.group.analysis is None or row.group.subgroup:
            continue
        name = row.group.analysis.analysis
        own = evidence[name]
        behind = models_behind(own, row.needed, _totals(own))
        printed_effect = row.effect or next(iter(effects_for(row.group, groups)), None)
        yield _behind(row, behind, printed_effect, own)
        if behind and behind.found:
            known.setdefault(row.group.source, []).append((row, behind))
    for members in known.values():
        if len(members) > 1:
            yield _one_model(members)


def _behind(row: Row, behind: Models | None, effect: Effect | None, own: Evidence) -> Check:
    """The model behind a row, and whether the printed effect is of that model too."""
    rule, first = "model-behind", row.figures[0]
    figures = [*row.figures, *(effect.figures if effect else [])]
    if behind is None or not behind.found:
        return check(rule, Outcome.CANNOT_TELL, figures, text("model-unknown"))
    said_so = _how(behind)
    if row.effect is not None:
        why = text("model-agrees", theirs=first.text, estimate=row.effect.estimate.text, how=said_so)
        why = _with_caution(why, own)
        return check(rule, Outcome.AGREES, figures, why, found=behind.label.en)
    needed = said(row.needed[0])
    why = text("model-needs", theirs=first.text, expected=needed, how=said_so)
    other = models_behind(own, _spans(effect), _totals(own)) if effect else None
    if effect is None or other is None or not other.found or other.found & behind.found:
        return check(rule, Outcome.CANNOT_TELL, figures, why, found=behind.label.en)
    also = text("model-printed", estimate=effect.estimate.text, how=_how(other))
    return check(
        rule, Outcome.DIFFERS, figures,
        _with_caution(Bilingual(f"{why.nb} {also.nb}", f"{why.en} {also.en}"), own),
        severity=Severity.QUESTION, expected=other.label.en, found=behind.label.en,
        to_agree=text("fix-model", theirs=first.text, estimate=effect.estimate.text, model=behind.label),
    )  # fmt: skip


def _one_model(members: Sequence[tuple[Row, Models]]) -> Check:
    """Whether one model can be behind all rows of a source's table."""
    rule, figures = "one-model", [row.figures[0] for row, _ in members]
    shared = frozenset.intersection(*(models.found for _, models in members))
    lines = listed([
        text("model-of-row", title=_title(row), theirs=row.figures[0].text, model=models.label)
        for row, models in members
    ])  # fmt: skip
    found = "; ".join(f"{row.figures[0].claim.analysis}: {models.label.en}" for row, models in members)
    if shared:
        return check(rule, Outcome.AGREES, figures, text("one-model", rows=lines), found=found)
    return check(
        rule, Outcome.DIFFERS, figures, text("several-models", rows=lines), severity=Severity.NOTE,
        expected="one model", found=found, to_agree=text("fix-several-models"),
    )  # fmt: skip


def _how(models: Models) -> Bilingual:
    """The model, and how it was found."""
    code = "how-trials" if not models.tables else "how-tables"
    if models.tables and len(models.found) > 1:
        code = "how-tables-several"
    if not models.tables and {"iv", "random"} <= models.found:
        code = "how-both"
    return text(code, model=models.label, tables=str(models.tables), giving=str(models.giving))


def _with_caution(why: Bilingual, own: Evidence) -> Bilingual:
    """The text, and which of the trials it rests on are themselves derived from published figures."""
    if not own.derived_rows:
        return why
    rests = WORDS["rests_on"].filled(trials=own.derived_rows)
    return Bilingual(f"{why.nb} {rests.nb}", f"{why.en} {rests.en}")


def _title(row: Row) -> Bilingual:
    return row.group.analysis.title if row.group.analysis else Bilingual("", "")


def _spans(effect: Effect) -> tuple[Span, ...]:
    return tuple(each.span for each in effect.figures)


def _totals(own: Evidence) -> tuple[float, ...] | None:
    """Printed events and participants of both arms, all from one source."""
    claims = own.claims(*ARMS)
    return tuple(printed(claims[name]).value for name in ARMS) if claims else None
