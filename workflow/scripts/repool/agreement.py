"""What the two engines say of each other: the rows of crosscheck.csv, and what follows from them.

Every step after the cross-check reads a review through `read_checked`, so that none of them works on a
number that the second engine contradicts. statsmodels is not imported here.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from repool.model import NO_TEXT, Bilingual, NormalForm, Problem, Review
from repool.normal_form import STOPPED, read_form, read_review
from repool.results import Results, read_results
from repool.tables import number_text, read_table, write_json, write_table
from repool.wording import word

CROSSCHECK, SUMMARY, FAULT = "crosscheck.csv", "crosscheck.json", "fault.json"
_FAULT = ("step", "doing", "fault")
TOLERANCE = 1e-8
BOUNDS = {1e-12: "<1e-12", 1e-10: "<1e-10", 1e-8: "<1e-8"}
_REMEDY = (
    "make everything again (make clean, then make); if the difference stays, one of the two engines is "
    "wrong: please report it with this file"
)


REASONS = {
    "no-effect": Bilingual(
        "statsmodels har ikke dette effektmålet for enkeltforsøk; y og se er tatt fra effects.csv",
        "statsmodels does not have this effect of a trial; y and se are taken from effects.csv",
    ),
    "given": Bilingual(
        "effekten er oppgitt av forsøket selv; y og se er tatt fra effects.csv",
        "the trial itself gives the effect; y and se are taken from effects.csv",
    ),
    "all-events": Bilingual(
        "risikoratioen er 1 der alle har hendelsen (RevMans regel); statsmodels regner fra korrigerte celler",
        "the risk ratio is 1 where everybody has the event (RevMan's rule); statsmodels corrects its cells",
    ),
    "not-truncated": Bilingual(
        "statsmodels kutter ikke tau2 ved 0", "statsmodels does not truncate tau2 at 0"
    ),
    "no-estimator": Bilingual(
        "statsmodels har ikke denne estimatoren for tau2; resten er regnet ut med tau2 fra pooled.csv",
        "statsmodels does not have this estimator of tau2; the rest is computed at the tau2 of pooled.csv",
    ),
    "not-solved": Bilingual(
        "statsmodels løser ikke sin egen Paule-Mandel-ligning her",
        "statsmodels does not solve its own Paule-Mandel equation here",
    ),
    "not-converged": Bilingual(
        "Repool sier selv at beregningen av tau2 ikke konvergerte",
        "Repool itself says that its tau2 did not converge",
    ),
    "no-mh-difference": Bilingual(
        "StratifiedTable har ingen risikodifferanse", "StratifiedTable has no risk difference"
    ),
    "no-mh-se": Bilingual(
        "StratifiedTable har ingen standardfeil for risikoratioen",
        "StratifiedTable has no standard error of the risk ratio",
    ),
    "no-mh-weights": Bilingual("StratifiedTable gir ingen vekter", "StratifiedTable gives no weights"),
    "no-mh-test": Bilingual(
        "combine_effects tester bare Q rundt sitt eget estimat",
        "combine_effects tests Q around its own estimate alone",
    ),
    "no-interval": Bilingual(
        "metodens standardfeil er 0 her: Repool viser da ikke noe intervall",
        "the method's standard error is 0 here: Repool then shows no interval",
    ),
    "own-effects": Bilingual(
        "metoden har andre effekter for enkeltforsøk enn den oppgitte, og effects.csv har bare den oppgittes",
        "the method has trial effects of its own, and effects.csv holds those of the declared method",
    ),
    "no-method": Bilingual(
        "statsmodels har ingenting som svarer til denne metoden",
        "statsmodels has nothing that corresponds to this method",
    ),
    "too-large": Bilingual(
        "tallet er for stort eller for lite til å skrives på naturlig skala",
        "the number is too large or too small to be written on the natural scale",
    ),
    "no-number": Bilingual(
        "ingen av de to regnemotorene har et endelig tall her", "neither engine has a finite number here"
    ),
}


class Agreement(StrEnum):
    """What a comparison came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of both engines, on the analysis scale (log for ratios; weights and I2 in percent).

    `difference` is relative (docs/methods.md, "Second engine") and a bound where it is small, so that the
    last digits of a platform's arithmetic change no byte. `reason` says why a number is not compared.
    """

    analysis: str
    subgroup: str
    trial: str
    method: str
    quantity: str
    repool: float | None
    statsmodels: float | None
    difference: str
    agrees: Agreement
    call: str
    reason: Bilingual


@dataclass(frozen=True, slots=True)
class Theirs:
    """What statsmodels says; differences are relative to the larger of |value| and `unit`.

    `reason` names why the value is not to be compared with ours.
    """

    value: float
    unit: float = 0.0
    call: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Which number is compared."""

    analysis: str
    subgroup: str = ""
    trial: str = ""
    method: str = ""

    def compare(self, quantity: str, ours: float | None, theirs: Theirs) -> Compared:
        """One row of the table."""
        value = theirs.value if math.isfinite(theirs.value) else None
        reason = theirs.reason
        if not reason and ours is None and value is None:
            reason = "no-number"
        difference, agrees = "", Agreement.NOT_APPLICABLE
        if not reason:
            apart = relative_difference(ours, value, theirs.unit)
            agrees = Agreement.AGREES if apart < TOLERANCE else Agreement.DIFFERS
            difference = next((text for bound, text in BOUNDS.items() if apart < bound), f"{apart:.2g}")
        said = REASONS[reason] if reason else NO_TEXT
        place = (self.analysis, self.subgroup, self.trial, self.method)
        return Compared(*place, quantity, ours, value, difference, agrees, theirs.call, said)


def relative_difference(ours: float | None, theirs: float | None, unit: float) -> float:
    """|ours - theirs| / max(|theirs|, unit); 0 for equal numbers, infinite where only one of them exists."""
    if ours is None or theirs is None or not math.isfinite(ours):
        return math.inf
    if ours == theirs:
        return 0.0
    scale = max(abs(theirs), unit)
    return abs(ours - theirs) / scale if scale else math.inf


@dataclass(frozen=True, slots=True)
class Agreements:
    """The comparisons of a review counted: `reasons` by how many numbers they kept from being compared."""

    total: int
    recomputed: int
    differing: int
    largest: str
    reasons: tuple[tuple[Bilingual, int], ...]


def agreements(rows: Iterable[Compared]) -> Agreements:
    """Count comparisons; `largest` is the largest difference, "" where nothing was compared."""
    rows = tuple(rows)
    compared = [row for row in rows if row.agrees is not Agreement.NOT_APPLICABLE]
    reasons = Counter(row.reason for row in rows if row.agrees is Agreement.NOT_APPLICABLE)
    return Agreements(
        total=len(rows),
        recomputed=len(compared),
        differing=len([row for row in compared if row.agrees is Agreement.DIFFERS]),
        largest=max((row.difference for row in compared), key=_magnitude, default=""),
        reasons=tuple(reasons.most_common()),
    )


def in_words(compared: Agreements, version: str, language: str) -> dict[str, Any]:
    """For the report: how many numbers were recomputed, how near the two come, and why not the others.

    `text` is empty where there was nothing to compare; `reasons` are (why, how many numbers).
    """
    missing = compared.total - compared.recomputed
    values = {"version": version, "recomputed": compared.recomputed, "total": compared.total}
    sentences = [word("engine_counts", language, **values)] if compared.total else []
    if compared.recomputed:
        sentences.append(word("engine_largest", language, bound=_power_of_ten(compared.largest)))
    if missing:
        sentences.append(word("engine_missing", language, missing=missing))
    reasons = [(reason[language], count) for reason, count in compared.reasons]
    return {"text": " ".join(sentences), "reasons": reasons}


def write_agreement(folder: Path, rows: Iterable[Compared]) -> Agreements:
    """Write crosscheck.csv, and its summary for the steps that need no more; returns the counts."""
    rows = tuple(rows)
    write_table(folder / CROSSCHECK, Compared, rows)
    counted = agreements(rows)
    contradictions = [
        _problem(f"{folder.name}/{CROSSCHECK}", line, row)
        for line, row in enumerate(rows, start=2)
        if row.agrees is Agreement.DIFFERS
    ]
    write_json(
        folder / SUMMARY, asdict(counted) | {"contradictions": [asdict(each) for each in contradictions]}
    )
    return counted


def read_agreement(folder: Path) -> Agreements:
    """How the numbers of a review compare, counted."""
    data = _summary(folder)
    reasons = tuple((Bilingual(**why), count) for why, count in data.pop("reasons"))
    del data["contradictions"]
    return Agreements(**data, reasons=reasons)


def write_fault(folder: Path, step: str, doing: str, fault: str) -> None:
    """Say that a step failed on a review: all steps from here on find it without rows, and say why."""
    write_json(folder / FAULT, dict(zip(_FAULT, (step, doing, fault), strict=True)))


def read_fault(folder: Path) -> dict[str, str] | None:
    """The step that failed on a review, what it did and why; None if none did. Damaged, it is of no step."""
    try:
        fault = json.loads((folder / FAULT).read_text("utf-8"))
        return {name: str(fault[name]) for name in _FAULT}
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return {"step": "", "doing": "doing what can no longer be read", "fault": f"{FAULT} is damaged"}


def read_sound(folder: Path) -> NormalForm:
    """A review's normal form, without rows if a step failed on it."""
    form = read_form(folder)
    return _without_rows(form) if (folder / FAULT).exists() else form


def read_checked(folder: Path) -> tuple[NormalForm, Results]:
    """A review's normal form and results, both without rows if a step failed or an engine contradicts."""
    form = read_form(folder)
    if not _faults(folder):
        return form, read_results(folder)
    return _without_rows(form), Results(**{each.name: () for each in fields(Results)})


def read_outcome(folder: Path) -> tuple[Review, str, tuple[Problem, ...]]:
    """What a review says of itself, its state, and its problems: of the input, then of the computation.

    The state is "stopped" for an error in the input, for a number that the second engine contradicts, and
    for a step that failed.
    """
    review, state = read_review(folder)
    problems, faults = read_table(folder / "problems.csv", Problem), _faults(folder)
    return review, STOPPED if faults else state, (*problems, *faults)


def _without_rows(form: NormalForm) -> NormalForm:
    return NormalForm(replace(form.review, findings=()), (), (), (), ())


def _summary(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / SUMMARY).read_text("utf-8"))
    return data


def _faults(folder: Path) -> tuple[Problem, ...]:
    """What makes a review's numbers unfit for any later step."""
    if fault := read_fault(folder):
        found, expected = f"a fault while {fault['doing']} ({fault['fault']})", "a result"
        remedy = f"this is a fault of Repool, not of the input: please report it with {folder.name}/log"
        return (Problem("error", f"{folder.name}/{FAULT}", 0, "", found, expected, remedy),)
    if not (folder / SUMMARY).exists():
        return ()
    return tuple(Problem(**each) for each in _summary(folder)["contradictions"])


def _problem(file: str, line: int, row: Compared) -> Problem:
    place = ", ".join(text for text in (row.analysis, row.subgroup, row.trial, row.method) if text)
    return Problem(
        severity="error",
        file=file,
        line=line,
        column=row.quantity,
        found=f"{number_text(row.repool) or 'no number'} for {place}",
        expected=f"{number_text(row.statsmodels) or 'no number'}, as statsmodels computes it ({row.call})",
        remedy=_REMEDY,
    )


def _power_of_ten(bound: str) -> str:
    """ "<1e-12" as 10⁻¹²."""
    return "10" + bound.removeprefix("<1e").translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _magnitude(difference: str) -> float:
    return float(difference.lstrip("<"))
