"""The analyses that review.yaml declares: what a schema cannot check about them, and the records of them."""

import json
import math
from typing import Any

from repool.methods import applicable, check_override, declared
from repool.model import NO_TEXT, Analysis, Bilingual, Direction, Measure
from repool.quantities import WHOLE_REVIEW
from repool.readers.problems import words
from repool.readers.reconstruct import check_reconstruct
from repool.readers.settings import Place, Settings

_EFFECT_LABELS = {
    "RR": Bilingual("Relativ risiko", "Risk ratio"),
    "OR": Bilingual("Oddsratio", "Odds ratio"),
    "PETO": Bilingual("Peto-oddsratio", "Peto odds ratio"),
    "RD": Bilingual("Risikodifferanse", "Risk difference"),
    "ASD": Bilingual("Arcsinusdifferanse", "Arcsine difference"),
    "MD": Bilingual("Gjennomsnittsdifferanse", "Mean difference"),
    "SMD": Bilingual("Standardisert gjennomsnittsdifferanse", "Standardised mean difference"),
    "ROM": Bilingual("Gjennomsnittsforhold", "Ratio of means"),
}


def both(mapping: dict[str, Any], key: str, default: Bilingual = NO_TEXT) -> Bilingual:
    """A text of the settings in both languages."""
    return Bilingual(**mapping[key]) if key in mapping else default


def read_analyses(settings: Settings) -> tuple[Analysis, ...]:
    """The analyses in their order; one whose name is taken is left out (then reported)."""
    analyses: dict[str, Analysis] = {}
    for number, data in enumerate(settings.data["analyses"]):
        place: Place = ("analyses", number)
        name = data["id"]
        if name == WHOLE_REVIEW:
            settings.wrong(
                (*place, "id"), name, "another name: this one stands for the whole review in published.csv",
                "rename the analysis, here and in the CSV files",
            )  # fmt: skip
        elif name in analyses:
            settings.wrong(
                (*place, "id"), name, f"a name of its own (already in line {analyses[name].line})",
                "rename one of the two analyses",
            )  # fmt: skip
            continue
        if _check_method(data["method"], (*place, "method"), settings):
            _check_weighting(data, (*place, "method"), settings)
        _check_generic(data, place, settings)
        _check_outcome(data, place, settings)
        check_reconstruct(data, place, settings)
        analyses[name] = _analysis(data, settings.file, settings.line(*place, "id"))
    _check_references(settings)
    return tuple(analyses.values())


def _analysis(data: dict[str, Any], file: str, line: int) -> Analysis:
    generic, measure = data.get("generic", {}), data["measure"]
    overrides = {key: value for key, value in data["method"].items() if key != "name"}
    scale = data.get("scale")
    return Analysis(
        analysis=data["id"],
        title=both(data, "title"),
        measure=Measure(measure),
        log_scale=generic.get("log_scale", Measure(measure).is_ratio),
        effect_label=both(generic, "label", _EFFECT_LABELS.get(measure, NO_TEXT)),
        unit=both(data, "unit"),
        direction=Direction(data["direction"]),
        phrase=both(data, "phrase"),
        subgroup_label=both(data, "subgroups"),
        rows_of=data.get("rows_of", ""),
        method=data["method"]["name"],
        overrides=json.dumps(overrides, sort_keys=True) if overrides else "",
        control_risk=str(data.get("control_risk", "pooled")),
        note=both(data, "note"),
        reconstruct=json.dumps(data["reconstruct"], sort_keys=True, ensure_ascii=False)
        if "reconstruct" in data
        else "",
        integers=data.get("integers", False),
        scale_low=None if scale is None else float(scale[0]),
        scale_high=None if scale is None else float(scale[1]),
        file=file,
        line=line,
    )


def _check_generic(data: dict[str, Any], place: Place, settings: Settings) -> None:
    measure = data["measure"]
    if measure == "GIV" and "generic" not in data:
        settings.wrong(
            (*place, "measure"), "GIV", "the key generic beside it",
            "add generic: {label: {nb: …, en: …}, log_scale: false}, with true for a ratio",
        )  # fmt: skip
    elif measure != "GIV" and "generic" in data:
        settings.wrong(
            (*place, "generic"), words(f"the key beside measure {measure}"), "the key beside GIV alone",
            "remove the key, or change the measure",
        )  # fmt: skip


def _check_outcome(data: dict[str, Any], place: Place, settings: Settings) -> None:
    """`integers` and `scale` are about the participants' own figures, which only means are made of."""
    for key in ("integers", "scale"):
        if key in data and not Measure(data["measure"]).is_continuous:
            settings.wrong(
                (*place, key), words(f"the key beside measure {data['measure']}"),
                "the key beside MD, SMD or ROM alone", "remove the key",
            )  # fmt: skip
    low, high = data.get("scale", (0, 1))
    if low >= high:
        settings.wrong(
            (*place, "scale"), f"{low:g} to {high:g}", "the lower end first", "write scale: [0, 10]"
        )


def _check_weighting(data: dict[str, Any], place: Place, settings: Settings) -> None:
    """M-H needs 2x2 tables of RR, OR or RD; Peto's weights are those of a Peto odds ratio."""
    method, measure = data["method"], Measure(data["measure"])
    overrides = {key: value for key, value in method.items() if key != "name"}
    shown = f"{method['name']} with measure {measure}"
    if applicable(declared(method["name"], overrides), measure) is None:
        settings.wrong(
            (*place, "name"), shown, f"iv-common, or another method: {measure} has no Mantel-Haenszel value",
            "a Peto odds ratio is weighted by its own V under any other method"
            if measure is Measure.PETO else "see docs/methods.md, Named methods",
        )  # fmt: skip
    elif overrides.get("weighting") == "Peto" and measure is not Measure.PETO:
        settings.wrong(
            (*place, "weighting"), words(f"Peto with measure {measure}"),
            "the weighting of measure PETO alone",
            "write measure: PETO, or leave the weighting out",
        )  # fmt: skip


def _check_method(method: dict[str, Any], place: Place, settings: Settings) -> bool:
    """Whether the method is one, by itself."""
    remedy = "see docs/methods.md, Named methods"
    overrides = {key: value for key, value in method.items() if key != "name"}
    try:
        declared(method["name"], {})
    except ValueError as fault:
        settings.wrong((*place, "name"), method["name"], str(fault), remedy)
        return False
    wrong = [key for key, value in overrides.items() if not _check_override(key, value, place, settings)]
    if wrong:
        return False
    try:
        declared(method["name"], overrides)
    except ValueError as fault:
        chosen = ", ".join(f"{key} {value}" for key, value in method.items())
        settings.wrong(place, chosen, str(fault), remedy)
        return False
    return True


def _check_override(key: str, value: Any, place: Place, settings: Settings) -> bool:
    if key == "level" and (isinstance(value, str) or not 0 < value < 1):
        expected, remedy = "a number between 0 and 1", "write 0.95 for 95%"
    elif key == "zero_cell_amount" and (isinstance(value, str) or not 0 <= value < math.inf):
        expected, remedy = "a number of 0 or more", "leave it out for the usual 0.5"
    else:
        try:
            check_override(key, value)
        except ValueError as fault:
            known = str(fault).startswith(key)
            found = settings.written[*place, key] if known else key
            settings.wrong((*place, key), found, str(fault), "see docs/methods.md, Named methods")
            return False
        return True
    settings.wrong((*place, key), settings.written[*place, key], expected, remedy)
    return False


def _check_references(settings: Settings) -> None:
    analyses: dict[str, dict[str, Any]] = {}
    for each in settings.data["analyses"]:
        analyses.setdefault(each["id"], each)
    known = f"one of {', '.join(analyses)}"
    for number, each in enumerate(settings.data["analyses"]):
        if "rows_of" in each:
            place: Place = ("analyses", number, "rows_of")
            _check_rows_of(each, analyses.get(each["rows_of"]), place, known, settings)
    findings = settings.data.get("findings", {})
    seen: set[str] = set()
    for number, row in enumerate(findings.get("rows", [])):
        for key, name in row.items():
            if name not in analyses:
                settings.wrong(("findings", "rows", number, key), name, known, "correct the name")
        if row["analysis"] in seen:
            settings.wrong(
                ("findings", "rows", number, "analysis"), row["analysis"], "each analysis in one row",
                "delete one of the rows",
            )  # fmt: skip
        seen.add(row["analysis"])
    sources, source = settings.data["sources"], findings.get("source", "")
    if source and source not in sources:
        settings.wrong(("findings", "source"), source, f"one of {', '.join(sources)}", "correct the name")


def _check_rows_of(
    borrower: dict[str, Any], lender: dict[str, Any] | None, place: Place, known: str, settings: Settings
) -> None:
    name, own_rows = borrower["rows_of"], "give this analysis rows of its own"
    if lender is None:
        settings.wrong(place, name, known, "correct the name")
    elif "rows_of" in lender:
        settings.wrong(place, name, "an analysis with rows of its own", "name that analysis directly")
    elif _data(borrower) != _data(lender):
        expected = f"an analysis with the same kind of data as {borrower['measure']}"
        settings.wrong(place, name, expected, own_rows)
    elif ("subgroups" in borrower) != ("subgroups" in lender):
        settings.wrong(
            place, name, "the key subgroups in both analyses or in neither", f"add the key, or {own_rows}"
        )


def _data(analysis: dict[str, Any]) -> tuple[bool, bool, bool]:
    measure = Measure(analysis["measure"])
    ratios = bool(analysis.get("generic", {}).get("log_scale"))
    return measure.is_dichotomous, measure.is_continuous, ratios
