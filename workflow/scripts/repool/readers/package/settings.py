"""How a package says an analysis was computed: declared in its settings file, never guessed.

The old generation (packages made until September 2024) says no estimator of tau2 and no kind of interval:
RevMan had DerSimonian-Laird and Wald alone, and I2 from Q. The new one says both; its I2 of random effects
comes from tau2 (Cochrane Methods, "Random-effects meta-analysis methods", update of May 2024).
"""

import re
from dataclasses import dataclass

from repool.model import NO_TEXT, Analysis, Bilingual, Measure, Totals
from repool.readers.package import columns as at
from repool.readers.package.archive import PackageFile
from repool.readers.package.table import clean, level, read_records, truth
from repool.readers.problems import Problems, words
from repool.readers.revman_rows import DataKind, analysis, effect_name, revman_method, same
from repool.readers.sheet import Record

_NOTHING_TO_POOL = Bilingual(
    "Radene er tekst uten tall og regnes ikke ut.", "The rows are text without figures; nothing is computed."
)
#: What a package calls the effect measures, in lower case and letters alone; "" ends the list of measures.
_MEASURES = {
    "oddsratio": Measure.OR, "or": Measure.OR,
    "petooddsratio": Measure.PETO, "petoor": Measure.PETO, "petooddratio": Measure.PETO,
    "riskratio": Measure.RR, "relativerisk": Measure.RR, "rr": Measure.RR,
    "riskdifference": Measure.RD, "rd": Measure.RD,
    "meandifference": Measure.MD, "md": Measure.MD,
    "stdmeandifference": Measure.SMD, "standardizedmeandifference": Measure.SMD,
    "standardisedmeandifference": Measure.SMD, "smd": Measure.SMD,
}  # fmt: skip
_RATIOS = ("ratio", "relativerisk", "odds", "hazard")
_KINDS = {
    "dichotomous": DataKind.EVENTS, "continuous": DataKind.MEANS, "contrastlevel": DataKind.ESTIMATES,
    "genericinversevariance": DataKind.ESTIMATES, "generic": DataKind.ESTIMATES,
    "contrast": DataKind.ESTIMATES, "inversevariance": DataKind.ESTIMATES,
    "oeandvariance": DataKind.O_E, "ipd": DataKind.O_E,
    "other": DataKind.TEXT, "otherdata": DataKind.TEXT,
}  # fmt: skip
_WEIGHTINGS = {
    "mantelhaenszel": "MH", "mh": "MH", "inversevariance": "IV", "iv": "IV", "inverse": "IV",
    "peto": "Peto", "expoevar": "Peto", "expoevariance": "Peto",
}  # fmt: skip
_ESTIMATORS = {
    "dersimonianandlaird": "DL", "dersimonianlaird": "DL", "dl": "DL",
    "restrictedmaximumlikelihood": "REML", "reml": "REML",
}  # fmt: skip
_CI_METHODS = {
    "wald": "Wald", "waldtype": "Wald", "hksj": "HKSJ", "hartungknappsidikjonkman": "HKSJ",
    "hartungknapp": "HKSJ",
}  # fmt: skip
_CORRECT = "correct the cell, or report the package"
_NUMBER_IT = "correct the cell; delete the row if it is a note or a sum"


@dataclass(frozen=True, slots=True)
class Described:
    """One analysis as its settings describe it: what its rows hold, and whether events are swapped.

    record: the row of the settings, None where the package has no settings. has_level: whether the trials'
    own limits are of the total's level, and so of the analysis'.
    """

    analysis: Analysis
    kind: DataKind
    swapped: bool
    record: Record | None = None
    has_level: bool = True


def read_settings(
    file: PackageFile, with_subgroups: frozenset[str], problems: Problems
) -> dict[str, Described]:
    """The analyses by name ("1.2") in the file's order; those that are wrong are left out (then reported).

    with_subgroups: the analyses whose data rows have subgroups.
    """
    found: dict[str, Described] = {}
    for record in read_records(file, at.SETTINGS_NEEDED, at.SETTINGS_OPTIONAL, problems):
        name = analysis_name(record)
        if name in found:
            first = found[name].analysis.line
            record.wrong(
                at.NUMBER, name, f"each analysis once (already in line {first})", "delete one of the rows"
            )
        elif name and (described := _described(record, name, name in with_subgroups)):
            found[name] = described
    return found


def analysis_name(record: Record) -> str:
    """ "1.2" for analysis number 2 of group 1; "" where either is no number (then reported)."""
    parts = [record.text(column) for column in (at.GROUP, at.NUMBER)]
    for column, text in zip((at.GROUP, at.NUMBER), parts, strict=True):
        if not re.fullmatch(r"[0-9]{1,5}", text):
            record.wrong(column, text or words("an empty cell"), "a whole number such as 1", _NUMBER_IT)
            return ""
    return ".".join(str(int(text)) for text in parts)


def title_of(record: Record) -> str:
    """An analysis' name as people read it."""
    return clean(record.text(at.NAME))


def _described(record: Record, name: str, has_subgroups: bool) -> Described | None:
    before = record.problems.error_count
    kind = _kind(record)
    measure, label, log_scale = _measure(record, kind)
    is_known = record.problems.error_count == before
    swapped = truth(record, at.SWAP, False) or "(non-event)" in record.text(at.MEASURE).casefold()
    made = Described(
        analysis(
            name, title_of(record), measure, _method(record, measure if is_known else None, kind),
            file=record.file, line=record.line, log_scale=log_scale, label=label,
            unit=clean(record.text(at.UNIT)), has_subgroups=has_subgroups,
            subgroup_label=_subgroup_label(record), totals=_totals(record, kind),
            experimental=_arm(record, at.EXPERIMENTAL_LABEL, at.EXPERIMENTAL),
            control=_arm(record, at.CONTROL_LABEL, at.CONTROL),
            note=_NOTHING_TO_POOL if kind is DataKind.TEXT else _source_note(record),
        ),
        kind, swapped and kind is DataKind.EVENTS, record, _has_one_level(record),
    )  # fmt: skip
    return made if record.problems.error_count == before else None


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def _kind(record: Record) -> DataKind:
    """What the rows hold. "Arm level" leaves it to the measure."""
    text = _letters(record.text(at.DATA_TYPE))
    if text in _KINDS:
        return _KINDS[text]
    measure = _MEASURES.get(_plain_measure(record))
    if text == "armlevel" and measure is not None:
        return DataKind.EVENTS if measure.is_dichotomous else DataKind.MEANS
    record.wrong(
        at.DATA_TYPE, record.text(at.DATA_TYPE) or words("an empty cell"),
        "Dichotomous, Continuous, Contrast level, O-E and variance, or Other", _CORRECT,
    )  # fmt: skip
    return DataKind.TEXT


def _plain_measure(record: Record) -> str:
    return _letters(re.sub(r"\(non-event\)", "", record.text(at.MEASURE), flags=re.IGNORECASE))


def _measure(record: Record, kind: DataKind) -> tuple[Measure, Bilingual, bool | None]:
    """The measure as the rows are computed, what it is called, and whether generic estimates are logs."""
    text = _plain_measure(record)
    known = _MEASURES.get(text)
    if kind in (DataKind.ESTIMATES, DataKind.O_E, DataKind.TEXT):
        default = kind is DataKind.O_E or any(word in text for word in _RATIOS)
        shown = effect_name(clean(record.text(at.MEASURE)))
        return Measure.GIV, shown, kind is DataKind.O_E or truth(record, at.LOG_SCALE, default)
    if kind is DataKind.EVENTS and "peto" in _letters(record.text(at.METHOD)):
        known = Measure.PETO if known in (Measure.OR, Measure.PETO) else known
    wanted = [each for each in _MEASURES.values() if each.is_dichotomous == (kind is DataKind.EVENTS)]
    if known in wanted:
        return known or Measure.GIV, NO_TEXT, None
    names = {Measure.RR: "Risk Ratio", Measure.OR: "Odds Ratio", Measure.PETO: "Peto Odds Ratio"}
    names |= {Measure.RD: "Risk Difference", Measure.MD: "Mean Difference"}
    names |= {Measure.SMD: "Std. Mean Difference"}
    record.wrong(
        at.MEASURE, record.text(at.MEASURE) or words("an empty cell"),
        f"one of {', '.join(names[each] for each in dict.fromkeys(wanted))}", _CORRECT,
    )  # fmt: skip
    return Measure.GIV, NO_TEXT, None


def is_new(record: Record) -> bool:
    """Whether a row of the settings is of the new generation."""
    return at.CI_METHOD in record.cells or at.ESTIMATOR in record.cells


def _method(record: Record, measure: Measure | None, kind: DataKind) -> tuple[str, str]:
    """The declared method and its overrides, by what the settings say and RevMan's rules (see above).

    measure: None where the settings name none that is known.
    """
    if kind is DataKind.TEXT:
        return "iv-common", ""
    weighting = _choice(record, at.METHOD, _WEIGHTINGS, "IV")
    if weighting == "MH" and measure and not (measure.is_dichotomous and measure is not Measure.PETO):
        shown = clean(record.text(at.DATA_TYPE)) if measure is Measure.GIV else measure
        record.wrong(at.METHOD, record.text(at.METHOD), f"IV: {shown} has no M-H value", _CORRECT)
    random = _is_random(record)
    estimator = _choice(record, at.ESTIMATOR, _ESTIMATORS, "DL") if random else "DL"
    ci = _choice(record, at.CI_METHOD, _CI_METHODS, "Wald") if random else "Wald"
    made = ("iv-common", "")
    try:
        made = revman_method(
            "IV" if weighting == "Peto" and measure is not Measure.PETO else weighting, random,
            level=_level(record), estimator=estimator, ci=ci,
            prediction=random and truth(record, at.PREDICTION, False),
            i2_from="tau2" if is_new(record) and random else "Q",
        )  # fmt: skip
    except ValueError as fault:
        record.wrong(at.METHOD, record.text(at.METHOD), str(fault), _CORRECT)
    return made


def _choice(record: Record, column: str, options: dict[str, str], default: str) -> str:
    text = _letters(record.text(column))
    if text and text not in options:
        expected = f"one of {', '.join(dict.fromkeys(options.values()))}"
        record.wrong(column, record.text(column), expected, _CORRECT)
    return options.get(text, default)


def _is_random(record: Record) -> bool:
    text = _letters(record.text(at.MODEL))
    if not text.startswith(("random", "fixed", "common")):
        found = record.text(at.MODEL) or words("an empty cell")
        record.wrong(at.MODEL, found, "Fixed effect or Random effects", _CORRECT)
    return text.startswith("random")


def _level(record: Record) -> float:
    """The level of the pooled interval; the trials' own may have another, but an analysis has one."""
    total = level(record, at.LEVEL) or level(record, at.TOTAL_LEVEL)
    trials = level(record, at.STUDY_LEVEL)
    if total and trials and total != trials:
        record.problems.warning(
            record.file, record.line, at.STUDY_LEVEL, record.text(at.STUDY_LEVEL),
            f"{record.text(at.TOTAL_LEVEL)}, the level of the total",
            "the limits of single trials are shown at the total's level and not compared",
        )  # fmt: skip
    return total or trials or 0.95


def _has_one_level(record: Record) -> bool:
    levels = [record.text(column) for column in (at.STUDY_LEVEL, at.TOTAL_LEVEL)]
    return "" in levels or len(set(levels)) == 1


def _totals(record: Record, kind: DataKind) -> Totals:
    if kind is DataKind.TEXT:
        return Totals.NONE
    if truth(record, at.OVERALL_TOTAL, True):
        return Totals.OVERALL
    return Totals.SUBGROUPS if truth(record, at.SUBGROUP_TOTALS, False) else Totals.NONE


def _arm(record: Record, *choices: str) -> str:
    return next((text for column in choices if (text := clean(record.text(column)))), "")


def _subgroup_label(record: Record) -> Bilingual:
    text = clean(record.text(at.SUBGROUP_BY))
    return same(text) if text else Bilingual("Undergruppe", "Subgroup")


def _source_note(record: Record) -> Bilingual:
    """The comparison that an analysis belongs to."""
    group = clean(record.text(at.GROUP_NAME))
    return Bilingual(f"Sammenligning: {group}.", f"Comparison: {group}.") if group else NO_TEXT
