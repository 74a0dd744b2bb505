"""What is said of one published figure, and the words it is said in."""

from dataclasses import dataclass
from enum import StrEnum

from repool.model import Bilingual


class Verdict(StrEnum):
    """How a published figure compares with ours. Definitions: docs/methods.md, "Verdicts"."""

    EXACT = "exact"
    OTHER_METHOD = "other-method"
    ROUNDING = "rounding"
    MINOR = "minor"
    MAJOR = "major"
    CONCLUSION = "conclusion"
    NOT_ATTEMPTABLE = "not-attemptable"
    INPUT_ERROR = "input-error"


REPRODUCED = frozenset({Verdict.EXACT, Verdict.OTHER_METHOD, Verdict.ROUNDING})


class Basis(StrEnum):
    """What our figure was computed from."""

    TRIALS = "trials"
    CLAIMS = "claims"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Checked:
    """One published figure beside ours."""

    analysis: str
    subgroup: str
    quantity: str
    source: str
    locator: str
    published: str
    ours: float | None
    ours_shown: str
    difference: float | None
    verdict: Verdict
    basis: Basis
    method: str
    method_label: Bilingual
    stated_method: str
    derived_rows: str
    reason: Bilingual
    file: str
    line: int


_REASONS: dict[str, tuple[str, str]] = {
    "agrees": (
        "Stemmer i alle trykte sifre.",
        "Agrees in every printed digit.",
    ),
    "unknown-trials": (
        "{unknown} av {listed} forsøk mangler data ({names}); kjente forsøk alene gir {known}.",
        "{unknown} of {listed} trials have no data ({names}); the known trials alone give {known}.",
    ),
    "no-trials": (
        "Ingen forsøksdata er funnet for denne analysen.",
        "No trial data were found for this analysis.",
    ),
    "not-computed": (
        "Metoden {method} gir ikke denne størrelsen for disse forsøkene.",
        "The method {method} does not give this quantity for these trials.",
    ),
    "regression": (
        "Repool regner ikke ut metaregresjon.",
        "Repool does not compute meta-regression.",
    ),
    "whole-review": (
        "Listen over alle forsøk i oversikten er ikke del av dataene.",
        "The list of all trials of the review is not part of the data.",
    ),
    "other-method": (
        "Metoden her ({declared}) gir {shown}; tallet følger av {method}.",
        "The method used here ({declared}) gives {shown}; the figure follows from {method}.",
    ),
    "differs": (
        "Ingen av metodene gir dette tallet; {method} gir {shown}.",
        "None of the methods gives this figure; {method} gives {shown}.",
    ),
    "not-together": (
        "{other} gir dette tallet, men ikke de andre som er trykt sammen med det; {method} gir {shown}.",
        "{other} gives this figure, but not the others printed with it; {method} gives {shown}.",
    ),
    "also": (
        "Det følger også av {method}, men så få sifre passer lett med én av {tried} innstillinger ved en "
        "tilfeldighet.",
        "It also follows from {method}, but so few digits easily fit one of {tried} settings by chance.",
    ),
    "nearest": (
        "Ingen av {tried} innstillinger som er prøvd, gir alle tallene; den nærmeste, {method}, gir {shown}.",
        "None of {tried} settings tried gives all the figures; the nearest, {method}, gives {shown}.",
    ),
    "none-nearer": (
        "Ingen av {tried} innstillinger som er prøvd, kommer nærmere.",
        "None of {tried} settings tried comes nearer.",
    ),
    "from-rounded-figures": (
        "Følger av de publiserte, avrundede tallene {inputs}; uavrundet gir forsøkene {shown}.",
        "Follows from the published, rounded {inputs}; unrounded, the trials give {shown}.",
    ),
    "from-claims": (
        "Følger av de publiserte tallene {inputs}, med uavrundet kontrollrisiko{rounded}.",
        "Follows from the published {inputs}, with the unrounded control risk{rounded}.",
    ),
    "rounded-contrast": (
        "; avrundet til {risk} per 1000 ville den gitt {figures}",
        "; rounded to {risk} per 1000 it would give {figures}",
    ),
    "instead": (
        "{ours} i stedet for {theirs}",
        "{ours} instead of {theirs}",
    ),
    "inputs": (
        "{control_events}/{control_total} og {estimate} ({ci_low} til {ci_high})",
        "{control_events}/{control_total} and {estimate} ({ci_low} to {ci_high})",
    ),
    "from-rounded": (
        "Følger først når kontrollrisikoen avrundes til {risk} per 1000; uavrundet gir den {shown}.",
        "Follows only with the control risk rounded to {risk} per 1000; unrounded it gives {shown}.",
    ),
    "claims-differ": (
        "De publiserte tallene {inputs} gir {shown}, ikke dette.",
        "The published {inputs} give {shown}, not this.",
    ),
    "sum-of-claims": (
        "Følger av de publiserte tallene {inputs}.",
        "Follows from the published {inputs}.",
    ),
    "count": (
        "Mulig feil i tallet: {checks}.",
        "Suspected error in the figure: {checks}.",
    ),
    "count-differs": (
        "Stemmer ikke med forsøksradene: {checks}.",
        "Does not fit the trial rows: {checks}.",
    ),
    "count-arms": (
        "armene har til sammen {ours} deltakere",
        "the arms have {ours} participants together",
    ),
    "count-trials": (
        "analysen har {ours} forsøk",
        "the analysis has {ours} trials",
    ),
    "count-sum": (
        "forsøkene har til sammen {ours}",
        "the trials have {ours} together",
    ),
    "count-percent": (
        "forsøkene gir {ours} prosent",
        "the trials give {ours} per cent",
    ),
    "count-estimable": (
        "Antall forsøk med et estimat; {listed} forsøk er listet.",
        "The number of trials with an estimate; {listed} trials are listed.",
    ),
    "count-review": (
        "{theirs} er flere enn de {whole} i hele oversikten",
        "{theirs} exceeds the {whole} in the whole review",
    ),
}


def reason(code: str, **values: object) -> Bilingual:
    """The reason of that name in both languages; a Bilingual value goes into its own language."""
    return Bilingual(*_REASONS[code]).filled(**values)


def joined(parts: list[Bilingual], separator: str = "; ") -> Bilingual:
    """Texts one after another, in each language."""
    return Bilingual(separator.join(part.nb for part in parts), separator.join(part.en for part in parts))
