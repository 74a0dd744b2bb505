"""Made-up data packages of both generations, as a download looks: no real review has a part in them.

A package is written twice: first with the trials' data alone, then with the figures that Repool makes of
them where RevMan would print its own. So reading it back tests columns, scales and settings; that the
arithmetic is RevMan's is for the conformance tests to show.
"""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from repool.meta_analysis import analyse
from repool.methods import declared_method
from repool.model import NormalForm
from repool.raw_reviews import raw_reviews
from repool.readers.problems import Problems
from repool.readers.review import read_review
from repool.results import PooledRow, Results

DATA_ROWS = (
    "Analysis group", "Analysis number", "Analysis name", "Subgroup", "Applicability", "Study", "Study year",
    "GIV Mean", "GIV SE", "Experimental mean", "Experimental SD", "Experimental cases", "Experimental N",
    "Control mean", "Control SD", "Control cases", "Control N", "O-E", "Variance", "Weight", "Mean",
    "CI start", "CI end", "Footnotes",
)  # fmt: skip
_IDENTITY = (
    "Analysis group", "Analysis number", "Analysis name", "Analysis group name", "Data source",
    "Data source eligibility", "Data type", "Log-scale data", "Outcome", "Intervention grouping",
    "Experimental intervention", "Control intervention", "Subgroup by", "Filter criteria",
    "Experimental group label", "Control group label", "Statistical method", "Effect measure",
    "Unit of effect measure", "Analysis model",
)  # fmt: skip
_ARMS = ("Experimental cases", "Experimental N", "Control cases", "Control N")
_EFFECT = ("Mean", "CI start", "CI end")
_SPREAD = ("Heterogeneity Chi²", "Heterogeneity df", "Heterogeneity P", "Heterogeneity I²")
_DIFFERENCES = ("Subgroup Chi²", "Subgroup df", "Subgroup P", "Subgroup I²")
_SHOWN = ("Subgroup estimates", "Overall estimates", "Test for subgroup differences")
SETTINGS = {
    "old": (
        *_IDENTITY, *_SHOWN, "Swap event and non-event", "Study CI", "Estimate CI", *_ARMS, *_EFFECT,
        "Heterogeneity Tau²", *_SPREAD, "Effect Z", "Effect P", *_DIFFERENCES, "ID",
    ),
    "new": (
        *_IDENTITY, "Heterogeneity estimator", "Tau² CI", *_SHOWN, "Prediction interval",
        "Swap event and non-event", "CI method", "CI/PI level", *_ARMS, *_EFFECT, "PI start", "PI end",
        "Heterogeneity Tau²", "Tau² CI start", "Tau² CI end", *_SPREAD, "Effect Z", "Effect T", "Effect P",
        *_DIFFERENCES, "ID",
    ),
}  # fmt: skip
_SUBGROUPS = {
    "old": (
        "Analysis group", "Analysis number", "Subgroup", "Subgroup number", *_ARMS, "Weight", *_EFFECT,
        "Heterogeneity Tau²", *_SPREAD, "Effect Z", "Effect P", "ID",
    ),
    "new": (
        "Analysis group", "Analysis number", "Subgroup", "Subgroup number", *_ARMS, "Weight", *_EFFECT,
        "Heterogeneity Tau²", "Tau² CI start", "Tau² CI end", *_SPREAD, "Effect Z", "Effect T", "Effect P",
        "ID",
    ),
}  # fmt: skip
_QUANTITIES = {
    "Experimental cases": "experimental_events", "Experimental N": "experimental_total",
    "Control cases": "control_events", "Control N": "control_total", "Mean": "estimate",
    "CI start": "ci_low", "CI end": "ci_high", "PI start": "prediction_low", "PI end": "prediction_high",
    "Heterogeneity Tau²": "tau2", "Heterogeneity Chi²": "q", "Heterogeneity df": "df",
    "Heterogeneity P": "p_q", "Heterogeneity I²": "i2", "Effect P": "p_effect",
}  # fmt: skip

Rows = Sequence[Mapping[str, object]]


@dataclass
class Outcome:
    """One analysis of a made-up package: its settings, and its rows by column name."""

    number: str
    settings: dict[str, str]
    rows: list[dict[str, object]] = field(default_factory=list)


def events(study: str, *cells: float, **more: object) -> dict[str, object]:
    """A dichotomous row: events and total of the experimental, then of the control arm."""
    names = ("Experimental cases", "Experimental N", "Control cases", "Control N")
    return {"Study": study, **dict(zip(names, cells, strict=True)), **more}


def means(study: str, *cells: float, **more: object) -> dict[str, object]:
    """A continuous row: mean, SD and total of the experimental, then of the control arm."""
    names = [f"{arm} {name}" for arm in ("Experimental", "Control") for name in ("mean", "SD", "N")]
    return {"Study": study, **dict(zip(names, cells, strict=True)), **more}


def outcome(
    number: str, name: str, kind: str, measure: str, rows: Rows, *, random: bool = False, method: str = "IV",
    **more: str,
) -> Outcome:  # fmt: skip
    """An analysis with the usual settings and what `more` says otherwise."""
    settings = {
        "Analysis name": name,
        "Analysis group name": "Exercise versus usual care",
        "Data source": "Custom input",
        "Data source eligibility": "#N/A",
        "Data type": kind,
        "Log-scale data": "true" if "Ratio" in measure else "false",
        "Experimental group label": "Exercise",
        "Control group label": "Usual care",
        "Statistical method": method,
        "Effect measure": measure,
        "Analysis model": "Random effects" if random else "Fixed effect",
        "Subgroup estimates": "true",
        "Overall estimates": "true",
        "Test for subgroup differences": "true",
        "Prediction interval": "true" if random else "false",
        "Swap event and non-event": "false",
        "Study CI": "95%",
        "Estimate CI": "95%",
        "Heterogeneity estimator": "REML" if random else "#N/A",
        "Tau² CI": "true" if random else "false",
        "CI method": "HKSJ" if random else "Wald",
        "CI/PI level": "95%",
    }
    return Outcome(number, settings | more, [dict(row) for row in rows])


def every_kind() -> list[Outcome]:
    """An analysis of every data type and measure, with the oddities that real packages have."""
    falls = [
        events("Ahl 1998", 12, 60, 20, 58, Subgroup="Under 70 &amp; active"),
        events("Berg 2003", 3, 41, 9, 40, Subgroup="Under 70 &amp; active"),
        events("Berg 2003", 5, 39, 6, 40, Subgroup="Under 70 &amp; active", Footnotes="Second arm"),
        events("Dahl 2010", 0, 22, 0, 21, Subgroup="70 &lt; and over"),
        events("Eide 2012", 0, 35, 4, 33, Subgroup="70 &lt; and over"),
        events("Foss 2015", 14, 80, 15, 78, Subgroup="70 &lt; and over"),
        events("Gran 2016", 0, 0, 0, 0, Subgroup="70 &lt; and over"),
    ]
    balance = [
        means("Ahl 1998", 41.2, 6.1, 60, 38.9, 6.6, 58),
        means("Berg 2003", 44.0, 5.2, 41, 42.5, 4.9, 40),
        means("Foss 2015", 39.1, 7.7, 80, 38.8, 7.2, 78),
    ]
    deaths = [events("Ahl 1998", 1, 60, 3, 58), events("Foss 2015", 2, 80, 4, 78)]
    hazards: list[dict[str, object]] = [
        {"Study": "Ahl 1998", "GIV Mean": -0.31, "GIV SE": 0.2, "Experimental N": 60, "Control N": 58},
        {"Study": "Foss 2015", "GIV Mean": 0.04, "GIV SE": 0.15, "Experimental N": 80, "Control N": 78},
    ]
    differences: list[dict[str, object]] = [
        {"Study": "Ahl 1998", "O-E": -3.2, "Variance": 10.5, "Experimental N": 60, "Control N": 58},
        {"Study": "Foss 2015", "O-E": 1.1, "Variance": 14.25, "Experimental N": 80, "Control N": 78},
    ]
    dichotomous, continuous = "Dichotomous", "Continuous"
    return [
        outcome("1.1", "Falls", dichotomous, "Risk Ratio", falls, random=True, method="MH"),
        outcome("1.2", "Balance", continuous, "Mean Difference", balance),
        outcome("1.3", "Strength", continuous, "Std. Mean Difference", balance, random=True),
        outcome("1.4", "Deaths", dichotomous, "Peto Odds Ratio", deaths, method="Peto"),
        outcome("1.5", "Time to fall", "Contrast level", "Hazard Ratio", hazards, random=True),
        outcome("1.6", "Time to death", "O-E and variance", "Hazard Ratio", differences, method="Peto"),
        outcome(
            "1.7", "No fall", dichotomous, "Odds Ratio", falls[:3], method="MH",
            **{"Swap event and non-event": "true"},
        ),
        outcome(
            "1.8", "Falls, difference", dichotomous, "Risk Difference", falls[:6], method="MH",
            **{"Overall estimates": "false", "Test for subgroup differences": "false"},
        ),
        outcome("1.9", "What people said", "Other", "#N/A", [{"Study": "Ahl 1998", "Footnotes": "Liked it"}]),
        outcome(
            "2.1", "Fractures", dichotomous, "Risk Ratio", falls[:2] + falls[5:6], method="MH",
            **{"Study CI": "99%", "Estimate CI": "99%", "CI/PI level": "99%"},
        ),
        outcome("2.2", "Pain", continuous, "Mean Difference", []),
    ]  # fmt: skip


def package(
    outcomes: Sequence[Outcome], generation: str, folder: Path, name: str = "CD990001"
) -> dict[str, str]:
    """The texts of a package's files by name; `folder` is where they are tried out."""
    raw = folder / "bare"
    (raw / name).mkdir(parents=True)
    for path, text in bare(outcomes, generation, name).items():
        (raw / name / path).write_text(text, "utf-8")
    form, problems = read(raw, name)
    assert form is not None, problems.errors
    return _texts(outcomes, generation, name, (form, analyse(form)))


def bare(outcomes: Sequence[Outcome], generation: str, name: str = "CD990001") -> dict[str, str]:
    """The same without any figure that RevMan would have made."""
    return _texts(outcomes, generation, name, None)


def read(raw: Path, name: str) -> tuple[NormalForm | None, Problems]:
    """A review of a raw folder by name."""
    form, problems, _ = read_review(raw_reviews(raw)[0][name], "raw", Path("no-schema.json"))
    return form, problems


def zipped(texts: Mapping[str, str], name: str = "CD990001", suffix: str = "data.zip") -> bytes:
    """The files as a download has them: an outer folder, a zip in the zip, analysis and study data apart."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in texts.items():
            part = "study" if path.endswith(("bias.csv", "information.csv", ".ris")) else "analysis"
            archive.writestr(_entry(f"{name}-{part}-data/{path}"), text.encode())
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr(_entry(f"{name}-files/{name}-{suffix}"), inner.getvalue())
        archive.writestr(_entry(f"{name}-files/{name}-info.html"), b"<p>About this package</p>")
    return outer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """A member whose bytes do not hang on the clock."""
    return zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))


def table(columns: Sequence[str], rows: Rows) -> str:
    """Quoted CSV with a byte-order mark."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows([{key: value for key, value in row.items() if key in columns} for row in rows])
    return "\ufeff" + stream.getvalue()


def six(value: float | None) -> str:
    """A number as RevMan prints it: six decimals, trailing zeros left out."""
    if value is None:
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _texts(
    outcomes: Sequence[Outcome], generation: str, name: str, made: tuple[NormalForm, Results] | None
) -> dict[str, str]:
    rows, settings, subgroups, position = [], [], [], 0
    for each in outcomes:
        group, number = each.number.split(".")
        place = {"Analysis group": group, "Analysis number": number}
        for row in each.rows:
            applies = {"Applicability": "SUBGROUP_AND_OVERALL"}
            own = (
                place
                | applies
                | {"Analysis name": each.settings["Analysis name"], "Study year": "2011"}
                | row
            )
            rows.append(own | (_of_trial(made, position) if made else {}))
            position += 1
        overall = _of_total(each, made, "", generation) if made else {}
        settings.append(place | each.settings | overall | {"ID": f"id-{each.number}"})
        names = dict.fromkeys(str(row["Subgroup"]) for row in each.rows if "Subgroup" in row)
        for at, subgroup in enumerate(names, 1):
            figures = _of_total(each, made, subgroup, generation) if made else {}
            subgroups.append(place | {"Subgroup": subgroup, "Subgroup number": str(at)} | figures)
    return {
        f"{name}-data-rows.csv": table(DATA_ROWS, rows),
        f"{name}-overall-estimates-and-settings.csv": table(SETTINGS[generation], settings),
        f"{name}-subgroup-estimates.csv": table(_SUBGROUPS[generation], subgroups),
        f"{name}-risk-of-bias.csv": _risk_of_bias(),
        f"{name}-included.ris": _references(),
    }


def _of_trial(made: tuple[NormalForm, Results], position: int) -> dict[str, str]:
    effect = made[1].effects[position]
    figures = ("estimate", "ci_low", "ci_high", "weight")
    return {
        column: six(getattr(effect, figure))
        for column, figure in zip(("Mean", "CI start", "CI end", "Weight"), figures, strict=True)
    }


def _of_total(
    each: Outcome, made: tuple[NormalForm, Results] | None, subgroup: str, generation: str
) -> dict[str, str]:
    assert made
    form, results = made
    plain = subgroup.replace("&amp;", "&").replace("&lt;", "<")
    total = next(
        (
            row
            for row in results.pooled
            if (row.analysis, row.subgroup, row.role) == (each.number, plain, "declared")
        ),
        None,
    )
    if total is None:
        return {}
    cells = {column: six(getattr(total, quantity)) for column, quantity in _QUANTITIES.items()}
    if each.settings["Swap event and non-event"] == "true":
        for arm in ("Experimental", "Control"):
            cells[f"{arm} cases"] = six(float(cells[f"{arm} N"]) - float(cells[f"{arm} cases"]))
    analysis = next(each for each in form.analyses if each.analysis == total.analysis)
    cells |= _beside(each.number, plain, total.method, results)
    hksj = declared_method(analysis).ci == "HKSJ"
    cells |= {"Effect T" if hksj else "Effect Z": six(_statistic(total))}
    test = next(
        (x for x in results.subgroup_tests if (x.analysis, x.method) == (each.number, total.method)), None
    )
    if test and not subgroup:
        figures = (test.q, test.df, test.p, test.i2)
        cells |= {column: six(value) for column, value in zip(_DIFFERENCES, figures, strict=True)}
    return {column: text for column, text in cells.items() if text}


def _beside(analysis: str, subgroup: str, method: str, results: Results) -> dict[str, str]:
    """The interval of tau2, and a subgroup's weight."""
    cells: dict[str, str] = {}
    for row in results.heterogeneity:
        if (row.analysis, row.subgroup, row.method) == (analysis, subgroup, method):
            cells |= {"Tau² CI start": six(row.tau2_low), "Tau² CI end": six(row.tau2_high)}
    weights = [
        each.weight
        for each in results.weights
        if (each.analysis, each.scope, each.subgroup, each.method) == (analysis, "", subgroup, method)
    ]
    return cells | ({"Weight": six(sum(weights))} if subgroup and weights else {})


def _statistic(row: PooledRow) -> float | None:
    y = row.estimate if row.log_estimate is None else row.log_estimate
    return None if y is None or not row.se else y / row.se


def _risk_of_bias() -> str:
    domains = ("Random sequence generation (selection bias)", "Blinding (performance bias): All outcomes")
    columns = [
        "Study",
        *(f"Domain ({side}): {name}" for name in domains for side in ("judgement", "support")),
    ]
    judged = {"Ahl 1998": ("Low risk", "Unclear risk"), "Berg 2003": ("High risk", "Low risk")}
    return table(
        columns,
        [
            {"Study": trial}
            | {columns[1 + 2 * at]: text for at, text in enumerate(texts)}
            | {columns[2 + 2 * at]: f"Support, {trial}" for at in range(2)}
            for trial, texts in judged.items()
        ],
    )


def _references() -> str:
    return (
        "TY  - JOUR\nLB  - Ahl 1998\nAU  - Ahl A\nAU  - Moe B\nTI  - Exercise and falls\nJO  - J Made Up\n"
        "PY  - 1998\nVL  - 3\nIS  - 2\nSP  - 11\nEP  - 19\nDO  - 10.1234/made.up\nER  - \n"
    )
