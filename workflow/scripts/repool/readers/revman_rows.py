"""What the readers of RevMan's own files share: figures as it prints them, and its rows in the normal form.

A RevMan analysis differs from a transcribed one in three ways that the normal form does not know: it may
swap events and non-events, hold O - E with its variance, and hold generic estimates of ratios as logs. All
three are converted here, and each converted row says so in its column `converted`.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from repool.conversions.records import Conversion
from repool.conversions.revman import LOG_GIVEN, O_E_AND_VARIANCE, SWAPPED_EVENTS
from repool.conversions.wording import ConvertedCell
from repool.methods import declared
from repool.model import (
    NO_TEXT,
    Analysis,
    Bilingual,
    Counts,
    Direction,
    Measure,
    Status,
    Study,
    Totals,
    TrialClaim,
)
from repool.readers.remedies import NUMBER

#: Decimals of a figure as RevMan prints it; it leaves trailing zeros out.
PLACES = 6
#: Digits by which a longer figure of a total is judged: what follows is its double's own rounding.
SIGNIFICANT = 9
#: The most decimals that a printed figure can have here (`printed.read_printed`).
MOST_PLACES = 15
#: A log ratio beyond it has no ratio that a number can hold.
MAX_LOG = 700.0

_BOUND = re.compile(r"(?:P\s*)?([<>])=?\s*([0-9.]+)", re.IGNORECASE)
_ARMS = ("experimental", "control")
_EVENTS = tuple(f"{arm}_{name}" for arm in _ARMS for name in ("events", "total"))
_MEANS = tuple(f"{arm}_{name}" for arm in _ARMS for name in ("mean", "sd", "total"))
TOTALS = tuple(f"{arm}_total" for arm in _ARMS)


class DataKind(StrEnum):
    """What the rows of an analysis hold: events, means, estimates with SEs, O - E with V, or words alone."""

    EVENTS = "events"
    MEANS = "means"
    ESTIMATES = "estimates"
    O_E = "o-e"
    TEXT = "text"


#: The figures that a row of each kind is computed from.
COLUMNS: dict[DataKind, tuple[str, ...]] = {
    DataKind.EVENTS: _EVENTS,
    DataKind.MEANS: _MEANS,
    DataKind.ESTIMATES: ("estimate", "se"),
    DataKind.O_E: ("o_minus_e", "variance"),
    DataKind.TEXT: (),
}

LABELS: dict[Measure, Bilingual] = {
    Measure.RR: Bilingual("Relativ risiko", "Risk ratio"),
    Measure.OR: Bilingual("Oddsratio", "Odds ratio"),
    Measure.PETO: Bilingual("Peto-oddsratio", "Peto odds ratio"),
    Measure.RD: Bilingual("Risikodifferanse", "Risk difference"),
    Measure.MD: Bilingual("Gjennomsnittsdifferanse", "Mean difference"),
    Measure.SMD: Bilingual("Standardisert gjennomsnittsdifferanse", "Standardised mean difference"),
}
_EFFECT_NAMES = {
    **{each.en.casefold(): each for each in LABELS.values()},
    "std. mean difference": LABELS[Measure.SMD],
    "standardized mean difference": LABELS[Measure.SMD],
    "relative risk": LABELS[Measure.RR],
    "hazard ratio": Bilingual("Hasardratio", "Hazard ratio"),
    "rate ratio": Bilingual("Rateratio", "Rate ratio"),
    "incidence rate ratio": Bilingual("Insidensrateratio", "Incidence rate ratio"),
    "ratio of means": Bilingual("Ratio av gjennomsnitt", "Ratio of means"),
    "difference": Bilingual("Differanse", "Difference"),
    "effect": Bilingual("Effekt", "Effect"),
}
SUBGROUP_LABEL = Bilingual("Undergruppe", "Subgroup")
EXPERIMENTAL, CONTROL = Bilingual("tiltak", "experimental"), Bilingual("kontroll", "control")


@dataclass(frozen=True, slots=True)
class RevManRow:
    """One trial's row of a RevMan analysis.

    figures: by the names of `COLUMNS`, None for an empty cell; estimate and se on the analysis scale (log
        for ratios).
    printed: what RevMan made of it, as text: estimate, ci_low, ci_high (natural scale), weight (percent).
    """

    analysis: str
    subgroup: str
    trial: str
    counts_in: Counts
    figures: Mapping[str, float | None]
    printed: Mapping[str, str]
    note: str
    file: str
    line: int


@dataclass(slots=True)
class TrialNames:
    """Names of trials that stay apart: RevMan lets a trial stand twice in one total, the normal form not.

    given: the number of the last row of each name.
    """

    given: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def distinct(self, analysis: str, subgroup: str, trial: str) -> str:
        """The trial's name, from its second row in the same total on with its number in brackets."""
        name, number = trial, self.given.get((analysis, subgroup, trial), 1)
        while (analysis, subgroup, name) in self.given:
            number += 1
            name = f"{trial} ({number})"
        self.given[analysis, subgroup, name] = 1
        self.given[analysis, subgroup, trial] = number
        return name


def trial_figure(text: str) -> str:
    """A trial's figure as RevMan prints it: six decimals, more where the file has more; "" for no number."""
    number = _plain(text)
    if number is None:
        return ""
    return _written(number, max(PLACES, _places(number)))


def published_figure(text: str) -> str:
    """A total's figure as a claim that can be judged: six decimals, or nine significant digits if longer.

    An inequality ("<0.00001", "P < 0.001") stays one. "" for a text that is no number or as large as
    1e15, which no claim can be.
    """
    bound = _BOUND.fullmatch(text.strip())
    if bound and _plain(bound.group(2)) is not None:
        return f"{bound.group(1)}{bound.group(2)}"
    number = _plain(text)
    if number is None or abs(number) >= 10**MOST_PLACES:
        return ""
    places = _places(number)
    if places > PLACES:
        needed = SIGNIFICANT - 1 - number.adjusted()
        places = min(places, max(PLACES, needed), MOST_PLACES)
    return _written(number, max(PLACES, places))


def whole_figure(text: str) -> str:
    """A number without decimals that say nothing, such as a count; "" for no number."""
    number = _plain(text)
    if number is None or abs(number) >= 10**MOST_PLACES:
        return ""
    return _written(number, _places(number.normalize()))


def swapped_count(events: str, total: str) -> str:
    """The number without the event, of two counts as text; "" unless both are numbers."""
    with_it, everybody = _plain(events), _plain(total)
    return "" if with_it is None or everybody is None else whole_figure(str(everybody - with_it))


def percent_figure(text: str, statistic: str, df: str) -> str:
    """I2 in percent as a claim: "37%" with the digits it has, a number to six decimals, a share times 100.

    A number up to 1 is taken for a share only where Q and its df, printed beside it, say so.
    """
    if text.strip().endswith("%"):
        return whole_figure(text.strip().removesuffix("%"))
    number, q, freedom = _plain(text), _plain(statistic), _plain(df)
    if number is not None and q is not None and freedom is not None and 0 < number <= 1 and q > freedom:
        of_q = 100 * (q - freedom) / q
        if abs(100 * number - of_q) < abs(number - of_q):
            number *= 100
    return "" if number is None else published_figure(str(number))


def study(row: RevManRow, analysis: Analysis, kind: DataKind, swapped: bool, source: str) -> Study:
    """The row as the normal form has it. Raises ValueError for a log ratio that no ratio stands for.

    A row without numbers becomes a trial of nobody (not estimable, in no sum), as RevMan treats it.
    """
    values, converted = _values(row.figures, kind, swapped, analysis.log_scale)
    empty: dict[str, Any] = dict.fromkeys((*_EVENTS, *_MEANS, "estimate", "se"))
    return Study(
        analysis=row.analysis,
        subgroup=row.subgroup,
        trial=row.trial,
        status=Status.REPORTED,
        ci_low=None,
        ci_high=None,
        ci_level=None,
        scale_factor=None,
        covariates="",
        source=source,
        locator="",
        note=row.note,
        corrected="",
        converted="; ".join(str(each) for each in converted),
        counts_in=row.counts_in,
        file=row.file,
        line=row.line,
        **(empty | values),
    )


def trial_claim(row: RevManRow) -> TrialClaim | None:
    """What RevMan printed of the row, None where it printed nothing."""
    shown = {name: trial_figure(row.printed.get(name, "")) for name in _SHOWN}
    if not any(shown.values()):
        return None
    return TrialClaim(row.analysis, row.subgroup, row.trial, **shown, file=row.file, line=row.line)


_SHOWN = ("estimate", "ci_low", "ci_high", "weight")


def analysis(
    name: str,
    title: str,
    measure: Measure,
    method: tuple[str, str],
    *,
    file: str,
    line: int,
    log_scale: bool | None = None,
    label: Bilingual = NO_TEXT,
    unit: str = "",
    has_subgroups: bool = False,
    subgroup_label: Bilingual = SUBGROUP_LABEL,
    totals: Totals = Totals.OVERALL,
    experimental: str = "",
    control: str = "",
    note: Bilingual = NO_TEXT,
) -> Analysis:
    """An analysis of RevMan's in the normal form; the texts of a file are in English and stay so.

    log_scale: None for what the measure says. method: name and overrides as `revman_method` gives them.
    """
    return Analysis(
        analysis=name,
        title=same(f"{name} {title}".strip()),
        measure=measure,
        log_scale=measure.is_ratio if log_scale is None else log_scale,
        effect_label=label or LABELS.get(measure, NO_TEXT),
        unit=same(unit),
        direction=Direction.NEUTRAL,
        phrase=NO_TEXT,
        subgroup_label=subgroup_label if has_subgroups else NO_TEXT,
        rows_of="",
        method=method[0],
        overrides=method[1],
        control_risk="pooled",
        note=note,
        totals=totals,
        experimental=same(experimental),
        control=same(control),
        file=file,
        line=line,
    )


def effect_name(text: str) -> Bilingual:
    """What a file calls the effect of generic rows, in both languages where it is a usual name."""
    return _EFFECT_NAMES.get((text or "Effect").casefold(), same(text))


def same(text: str) -> Bilingual:
    """A text that the source has in English alone."""
    return Bilingual(text, text)


def revman_method(
    weighting: str,
    random: bool,
    *,
    level: float = 0.95,
    estimator: str = "DL",
    ci: str = "Wald",
    prediction: bool = False,
    i2_from: str = "Q",
) -> tuple[str, str]:
    """RevMan's settings as a named method and its overrides (JSON, "" for none), as analyses.csv has them.

    weighting: MH, IV or Peto. level: 0 to 1. i2_from: Q, or tau2 as RevMan Web reports it since 2024.
    Raises ValueError, in words fit for a message, for settings that do not go together.
    """
    if not random:
        name, own = ("mh-common" if weighting == "MH" else "iv-common"), dict[str, Any]()
    else:
        name = "revman-2025" if estimator == "REML" else "revman5"
        own = {
            "tau2": estimator, "ci": ci, "i2_from": i2_from, "weighting": weighting,
            "q_around": weighting, "prediction": "t(k-2)" if prediction else "none",
        }  # fmt: skip
    overrides = _changes(name, own | {"level": level})
    declared(name, overrides)
    return name, json.dumps(overrides, sort_keys=True) if overrides else ""


def _changes(name: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What must be overridden of a named method; where Q is around follows from the weighting."""
    usual = declared(name, {})
    changes = {key: value for key, value in wanted.items() if getattr(usual, key) != value}
    if "q_around" in changes and changes["q_around"] == declared(name, _only(changes, "weighting")).q_around:
        del changes["q_around"]
    return changes


def _only(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: values[name]} if name in values else {}


def _values(
    figures: Mapping[str, float | None], kind: DataKind, swapped: bool, log_scale: bool
) -> tuple[dict[str, float | None], list[ConvertedCell]]:
    """The cells of studies.csv, and those of them that are not as typed."""
    given = {name: figures.get(name) for name in COLUMNS[kind]}
    nobody = not any(given.values())
    if kind is DataKind.EVENTS or kind is DataKind.MEANS:
        values: dict[str, float | None] = dict.fromkeys(given, 0.0) if nobody else given
        return (values, []) if kind is DataKind.MEANS or not swapped or nobody else _swapped(values)
    people = {name: value for name in TOTALS if (value := figures.get(name))}
    if nobody or None in given.values():
        return people | {"estimate": None, "se": None}, []
    made = _from_o_e(given) if kind is DataKind.O_E else _from_log(given, log_scale)
    return people | made[0], made[1]


def _swapped(given: Mapping[str, float | None]) -> tuple[dict[str, float | None], list[ConvertedCell]]:
    values, converted = dict(given), []
    for arm in _ARMS:
        events, total = given[f"{arm}_events"], given[f"{arm}_total"]
        if events is not None and total is not None:
            values[f"{arm}_events"] = total - events
            cells = {f"{arm}_events": events, f"{arm}_total": total}
            converted.append(_cell(f"{arm}_events", SWAPPED_EVENTS, cells))
    return values, converted


def _from_o_e(given: Mapping[str, float | None]) -> tuple[dict[str, float | None], list[ConvertedCell]]:
    difference, variance = given["o_minus_e"] or 0.0, given["variance"] or 0.0
    if variance <= 0:
        return {"estimate": None, "se": None}, []
    values: dict[str, float | None] = {
        "estimate": _ratio(difference / variance),
        "se": 1 / math.sqrt(variance),
    }
    cells = {"o_minus_e": difference, "variance": variance}
    return values, [_cell(name, O_E_AND_VARIANCE, cells) for name in values]


def _from_log(
    given: Mapping[str, float | None], log_scale: bool
) -> tuple[dict[str, float | None], list[ConvertedCell]]:
    estimate, se = given["estimate"] or 0.0, given["se"]
    if not log_scale:
        return {"estimate": estimate, "se": se}, []
    return {"estimate": _ratio(estimate), "se": se}, [
        _cell("estimate", LOG_GIVEN, {"log_estimate": estimate})
    ]


def _ratio(log: float) -> float:
    if abs(log) > MAX_LOG:
        raise ValueError(f"a log ratio between -{MAX_LOG:g} and {MAX_LOG:g}")
    return math.exp(log)


def _cell(column: str, by: Conversion, cells: Mapping[str, float]) -> ConvertedCell:
    return ConvertedCell(column, by, {name: f"{value:.15g}" for name, value in cells.items()})


def _plain(text: str) -> Decimal | None:
    """A number's text as an exact number, None for another text."""
    text = text.strip().replace("\u2212", "-")
    return Decimal(text) if NUMBER.fullmatch(text) else None


def _places(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _written(number: Decimal, places: int) -> str:
    """A number with so many decimals, without exponent and without a negative zero."""
    text = f"{number:.{places}f}"
    return text if text.strip("-0.") else text.removeprefix("-")
