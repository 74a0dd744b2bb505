"""What the report says of a reconstruction, in both languages; nothing is computed here."""

import json
from pathlib import Path
from typing import Any

from repool.model import Bilingual, NormalForm
from repool.quantities import ARMS, EFFECT
from repool.reconstruct.tables import ReconstructedRow
from repool.tables import read_table
from repool.wording import decimal, localised, percent, places, significant, word

Row = dict[str, Any]
_SHOWN = 12  # solutions on the page; all listed ones are in reconstruction.csv

TEXTS: dict[str, Bilingual] = {
    "intro": Bilingual(
        "Det publiserte totaler og et samlet resultat sier om forsøk uten data: alle tabeller av hele "
        "tall som stemmer med hvert trykte siffer. Dette er regnet ut av totalene, ikke data fra forsøk, "
        "og ingenting av det inngår i resultatene over.",
        "What published totals and a pooled result say of trials without data: every table of whole "
        "numbers that agrees with each printed digit. It is worked out from totals, not data of trials, "
        "and none of it is part of the results above.",
    ),
    "rows": Bilingual(
        "Med radene som er kjent: {known}",
        "With the rows that are known: {known}",
    ),
    "assumed": Bilingual("Med antakelser, ikke data", "With assumptions, not data"),
    "totals": Bilingual(
        "Uten noen rad: bare totaler og resultat av {trials} forsøk",
        "Without any row: totals and result of {trials} trials alone",
    ),
    "assumption": Bilingual(
        "Antatt: {trial}, {figures}. {note}",
        "Assumed: {trial}, {figures}. {note}",
    ),
    "published": Bilingual(
        "Publisert ({source}): {figures}. Metode: {method}.",
        "Published ({source}): {figures}. Method: {method}.",
    ),
    "arms": Bilingual("{one} mot {two}", "{one} v {two}"),
    "unique": Bilingual("Nøyaktig én tabell stemmer.", "Exactly one table agrees."),
    "several": Bilingual(
        "Nøyaktig {count} tabeller stemmer.",
        "Exactly {count} tables agree.",
    ),
    "at-least": Bilingual(
        "Minst {count} tabeller stemmer; søket stanset ved grensen på arbeidet.",
        "At least {count} tables agree; the search ended at the limit on its work.",
    ),
    "undecided": Bilingual(
        "Ingen tabell ble funnet før søket nådde grensen på arbeidet; det avgjør ingenting.",
        "No table was found before the search reached the limit on its work; that settles nothing.",
    ),
    "none": Bilingual(
        "Ingen tabell stemmer: {clash} kan ikke stå sammen med det som er gitt. Minst ett av tallene er "
        "feil, eller metoden eller en gitt rad er en annen.",
        "No table agrees: {clash} cannot stand together with what is given. At least one figure is wrong,"
        " or the method or a given row is another.",
    ),
    "none-open": Bilingual(
        "Ingen tabell stemmer; hvilke tall som er i strid, ble ikke avgjort innenfor grensen på arbeidet.",
        "No table agrees; which figures clash was not settled within the limit on the work.",
    ),
    "bounds-none": Bilingual(
        "De trykte tallene motsier hverandre eller de gitte forsøkene.",
        "The printed figures contradict one another, or the given trials.",
    ),
    "not-attempted": Bilingual(
        "Ikke forsøkt: et publisert estimat med grenser mangler, eller hendelser og deltakere i begge armer, "
        "eller metoden gir ingen slik slutning.",
        "Not attempted: a published estimate with its limits is missing, or events and participants of both "
        "arms, or the method allows no such inference.",
    ),
    "work": Bilingual(
        "{compared} tabeller sammenlignet; {possible} passer til totalene alene (rekkefølger talt hver "
        "for seg).",
        "{compared} tables compared; {possible} fit the totals alone (orders counted apart).",
    ),
    "as-listed": Bilingual(
        "Det er radene som står i oversikten.",
        "It is the rows that the review lists.",
    ),
    "solution": Bilingual("Løsning", "Solution"),
    "solutions": Bilingual("Tabeller som stemmer", "Tables that agree"),
    "more": Bilingual(
        "De første {shown} av {count}; reconstruction.csv har {listed}.",
        "The first {shown} of {count}; reconstruction.csv has {listed}.",
    ),
    "either": Bilingual("ikke til å skille fra hverandre", "not told apart"),
    "ranges": Bilingual(
        "Samlet resultat over alle tabellene som stemmer",
        "Pooled result over all tables that agree",
    ),
    "lowest": Bilingual("Nedre grense", "Lower limit"),
    "highest": Bilingual("Øvre grense", "Upper limit"),
    "excludes": Bilingual("Intervaller uten nullverdien", "Intervals without the null value"),
    "span": Bilingual("{low} til {high}", "{low} to {high}"),
    "pooled-span": Bilingual(
        "Uavrundet er estimatet {estimate} og standardfeilen {se}.",
        "Unrounded, the estimate is {estimate} and its standard error {se}.",
    ),
    "left": Bilingual(
        "τ² = {tau2}: de {missing} forsøkene uten data har til sammen {estimate}, med standardfeil {se}. "
        "Ingen av dem har en standardfeil under {least}, og den minste er høyst {most}.",
        "τ² = {tau2}: the {missing} trials without data have {estimate} together, with standard error "
        "{se}. None of them has a standard error below {least}, and the smallest is at most {most}.",
    ),
    "left-open": Bilingual(
        "τ² = {tau2}: de gitte forsøkene alene har hele vekten eller nesten hele; de andre har ingen grense.",
        "τ² = {tau2}: the given trials alone have all the weight or nearly all; the others have no limit.",
    ),
    "tau2": Bilingual(
        "Med tilfeldige effekter inneholder standardfeilene τ², som ligger mellom {least} og {most}; det som "
        "står for disse to verdiene, er ytterpunktene.",
        "With random effects the standard errors include τ², which lies between {least} and {most}; what "
        "stands for these two values are the extremes.",
    ),
    "tau2-several": Bilingual(
        "Med tilfeldige effekter inneholder standardfeilene τ², som ligger mellom {least} og {most}.",
        "With random effects the standard errors include τ², which lies between {least} and {most}.",
    ),
    "sd": Bilingual(
        "Hadde alle armer samme SD, ville armene som er antatt, og felles effekt gi {sd}.",
        "If all arms had the same SD, the assumed arms and a common effect would give {sd}.",
    ),
}


def reconstruction_view(folder: Path, form: NormalForm, language: str) -> Row:
    """The section's view: texts, and per analysis its cases and bounds; {} where there is nothing to tell."""
    record = json.loads((folder / "reconstruction.json").read_text("utf-8"))
    rows = read_table(folder / "reconstruction.csv", ReconstructedRow)
    blocks = []
    for analysis in form.analyses:
        cases = [_case(each, rows, language) for each in record["cases"] if _of(each, analysis.analysis)]
        bounds = [_bound(each, language) for each in record["bounds"] if _of(each, analysis.analysis)]
        if cases or bounds:
            own = word(f"own-{analysis.method_from}", language)
            blocks.append({"title": analysis.title[language], "own": own, "cases": [*cases, *bounds]})
    if not blocks:
        return {}
    return {"t": {name: text[language] for name, text in TEXTS.items()}, "blocks": blocks}


def _of(each: Row, analysis: str) -> bool:
    return bool(each["analysis"] == analysis)


def _text(name: str, language: str, **values: object) -> str:
    return TEXTS[name][language].format(**values)


def _whole(number: object, language: str) -> str:
    return f"{int(str(number)):,}".replace(",", "\u00a0" if language == "nb" else ",")


def _span(span: list[float] | None, digits: int, language: str) -> str:
    if span is None or None in span:
        return "–"
    low, high = (decimal(each, digits, language) for each in span)
    return low if low == high else _text("span", language, low=low, high=high)


def _case(case: Row, rows: tuple[ReconstructedRow, ...], language: str) -> Row:
    lines = [*_assumptions(case, language), _published(case, language), *_came(case, language)]
    own = [row for row in rows if (row.analysis, row.given) == (case["analysis"], case["given"])]
    if case["outcome"] in ("at-least", "undecided"):
        own = []
    shown = [_solution(row, language) for row in own if row.solution <= _SHOWN]
    more = ""
    if case["listed"] > _SHOWN and own:
        counts = {name: _whole(case[name], language) for name in ("count", "listed")}
        more = _text("more", language, shown=_SHOWN, **counts)
    return {
        "title": _title(case, language),
        "lines": lines,
        "solutions": shown,
        "more": more,
        "ranges": [_range(each, case["count"], language) for each in case["ranges"]],
        "bounds": [],
    }


def _title(case: Row, language: str) -> str:
    known = ", ".join(case.get("known", ())) or "–"
    return _text(case["given"], language, known=known, trials=case["trials"])


def _assumptions(case: Row, language: str) -> list[str]:
    return [
        _text(
            "assumption", language, trial=each["trial"], figures=_assumed(each["figures"], language),
            note=each["note"][language] + (f" ({each['source']})" if each["source"] else ""),
        )
        for each in case["assumptions"]
    ]  # fmt: skip


def _assumed(figures: dict[str, float], language: str) -> str:
    parts = [
        f"{word(f'quantity-{name}', language)} {localised(f'{value:.12g}', language)}"
        for name, value in figures.items()
    ]
    return ", ".join(parts)


def _published(case: Row, language: str) -> str:
    left = dict(case["figures"])
    if not left:
        return ""
    figures = []
    if all(name in left for name in ARMS):
        events1, total1, events2, total2 = (left.pop(name) for name in ARMS)
        arms = {"one": f"{events1}/{total1}", "two": f"{events2}/{total2}"}
        figures.append(_text("arms", language, **arms))
    if all(name in left for name in EFFECT):
        estimate, low, high = (left.pop(name) for name in EFFECT)
        figures.append(f"{estimate} ({_text('span', language, low=low, high=high)})")
    figures += [f"{word(f'quantity-{name}', language)} {text}" for name, text in left.items()]
    return _text(
        "published", language, source=case["source"], figures="; ".join(figures),
        method=case["method_label"][language],
    )  # fmt: skip


def _came(case: Row, language: str) -> list[str]:
    clash = " + ".join(word(f"quantity-{name}", language) for name in case["clash"])
    name = "none-open" if case["outcome"] == "none" and not clash else case["outcome"]
    lines = [_text(name, language, count=_whole(case["count"], language), clash=clash)]
    if case["as_listed"]:
        lines.append(TEXTS["as-listed"][language])
    if case["possible"]:
        compared, possible = (_whole(case[each], language) for each in ("compared", "possible"))
        lines.append(_text("work", language, compared=compared, possible=possible))
    return lines


def _solution(row: ReconstructedRow, language: str) -> Row:
    events1, total1, events2, total2 = (getattr(row, name) for name in ARMS)
    return {
        "solution": str(row.solution),
        "trial": row.trial or TEXTS["either"][language],
        "data": (f"{events1}/{total1}", f"{events2}/{total2}"),
        "status": word(f"status-{row.status.value}", language),
        "status_class": row.status.value,
    }


def _range(each: Row, count: int, language: str) -> Row:
    numbers = [each[name] for name in EFFECT]
    digits = places(*(x for span in numbers if span for x in span))
    return {
        "label": each["label"][language],
        "declared": each["role"] == "declared",
        "figures": [_span(span, digits, language) for span in numbers],
        "i2": "–" if each["i2"] is None else f"{_span(each['i2'], 0, language)}{percent(0, 0, language)[1:]}",
        "excludes": f"{each['excludes_null']}/{count}",
    }


def _bound(bound: Row, language: str) -> Row:
    lines = [*_assumptions(bound, language), _published(bound, language)]
    if bound["outcome"] != "several":
        lines.append(TEXTS["bounds-none" if bound["outcome"] == "none" else "not-attempted"][language])
    else:
        spans = {name: _span(bound[name], 3, language) for name in ("estimate", "se")}
        lines.append(_text("pooled-span", language, **spans))
        if bound["common_sd"]:
            lines.append(_text("sd", language, sd=_span(bound["common_sd"], 3, language)))
    left = [_left(each, language) for each in bound["left"] if bound["outcome"] == "several"]
    if len(left) > 1:
        least, most = (significant(each["tau2"], 3, language) for each in bound["left"])
        name = "tau2" if len(bound["left"][0]["known"]) < 2 else "tau2-several"
        lines.append(_text(name, language, least=least, most=most))
    known = bound["left"][0]["known"] if bound["left"] else []
    title = _title(bound | {"known": known}, language)
    return {
        "title": title, "lines": lines, "solutions": [], "more": "", "ranges": [], "bounds": left,
    }  # fmt: skip


def _left(each: Row, language: str) -> str:
    tau2 = significant(each["tau2"], 3, language)
    if each["estimate"] is None:
        return _text("left-open", language, tau2=tau2)
    return _text(
        "left", language, tau2=tau2, missing=each["missing"], estimate=_span(each["estimate"], 3, language),
        se=_span(each["se"], 3, language), least=decimal(each["least_se"], 3, language),
        most=decimal(each["most_se"], 3, language),
    )  # fmt: skip
