"""Made-up RevMan 5 files: outcomes of every kind, with the figures that this engine computes of them."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.readers.problems import Problems
from repool.readers.revman5 import read_revman5
from repool.results import PooledRow, Results

Attributes = dict[str, str]


@dataclass
class Outcome:
    """An outcome to be written: rows by subgroup ("" for none), figures of totals by subgroup."""

    kind: str
    name: str
    settings: Attributes
    rows: dict[str, list[Attributes]]
    measure: str = ""
    totals: dict[str, Attributes] = field(default_factory=dict)


def events(*cells: int) -> Attributes:
    return dict(zip(("EVENTS_1", "TOTAL_1", "EVENTS_2", "TOTAL_2"), map(str, cells), strict=True))


def means(*cells: float) -> Attributes:
    names = ("MEAN_1", "SD_1", "TOTAL_1", "MEAN_2", "SD_2", "TOTAL_2")
    return dict(zip(names, map(str, cells), strict=True))


def studies(*rows: Attributes, first: int = 1) -> list[Attributes]:
    """The rows as those of study 1, 2, 3 and so on."""
    return [{"STUDY_ID": f"STD-Toy_x002d_{number}-2001"} | row for number, row in enumerate(rows, first)]


def settings(measure: str = "", method: str = "", random: str = "", **more: str) -> Attributes:
    given = {"EFFECT_MEASURE": measure, "METHOD": method, "RANDOM": random}
    usual = {"CI_STUDY": "95", "CI_TOTAL": "95", "TOTALS": "YES", "SUBGROUP_TEST": "YES", "ESTIMABLE": "YES"}
    return {name: value for name, value in given.items() if value} | usual | more


TABLES = (events(4, 50, 9, 48), events(0, 30, 5, 31), events(12, 80, 10, 77), events(0, 20, 0, 21))
MEANS = (means(5.1, 1.2, 20, 6.0, 1.1, 22), means(4.8, 1.5, 31, 5.0, 1.3, 30), means(7, 2, 9, 6.5, 2.5, 11))
LOGS = (
    {"ESTIMATE": "-0.35", "SE": "0.2"},
    {"ESTIMATE": "0.1", "SE": "0.31"},
    {"ESTIMATE": "-0.6", "SE": "0.4"},
)
O_E = ({"O_E": "-3.5", "VAR": "12.25"}, {"O_E": "1.2", "VAR": "4.5"}, {"O_E": "-0.4", "VAR": "7.75"})
SIZES = {"TOTAL_1": "40", "TOTAL_2": "42"}
HALVES = {"Women": studies(*TABLES[:2]), "Men & others": studies(*TABLES[2:], first=3)}


def every_kind() -> list[Outcome]:
    """Outcomes of every kind, measure, method and choice of totals; their analyses are 1.1, 1.2, ..."""
    plain = {"": studies(*TABLES)}
    return [
        Outcome("DICH", "Random <M-H>", settings("RR", "MH", "YES"), plain),
        Outcome("DICH", "Common", settings("OR", "MH", "NO"), HALVES),
        Outcome("DICH", "Peto", settings("PETO_OR", "PETO", "NO"), plain),
        Outcome("DICH", "Risk difference", settings("RD", "IV", "YES"), plain),
        Outcome("DICH", "Swapped", settings("RR", "MH", "NO", SWAP_EVENTS="YES"), plain),
        Outcome("DICH", "At 99%", settings("OR", "IV", "NO", CI_STUDY="99", CI_TOTAL="99"), plain),
        Outcome("DICH", "Subtotals", settings("RR", "MH", "YES", TOTALS="SUB"), HALVES),
        Outcome("CONT", "Difference", settings("MD", "", "YES"), {"": studies(*MEANS)}),
        Outcome("CONT", "Standardised", settings("SMD", "", "NO", UNITS="points"), {"": studies(*MEANS)}),
        Outcome("CONT", "No totals", settings("MD", "", "NO", TOTALS="NO"), {"": studies(*MEANS)}),
        Outcome("IV", "Logs", settings(random="YES", LOG_DATA="YES"), {"": studies(*LOGS)}, "Hazard Ratio"),
        Outcome("IV", "Slopes", settings(random="NO", LOG_DATA="NO"), {"": studies(*LOGS)}, "Slope"),
        Outcome(
            "IPD", "Survival", settings("", "EXP_O_E_VAR"),
            {"": studies(*(row | SIZES for row in O_E))}, "Hazard Ratio",
        ),
    ]  # fmt: skip


def rm5(outcomes: list[Outcome], listed: int = 4, more: str = "", encoding: str = "UTF-8") -> str:
    """The text of a file with these outcomes, a study list, a reference and judgements of bias."""
    lines = [f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>']
    lines.append(
        '<COCHRANE_REVIEW DOI="10.1002/0000.CD0" MODIFIED="2014-11-03 15:02:02 +1300" '
        'REVMAN_SUB_VERSION="5.3.5" REVMAN_VERSION="5" TYPE="INTERVENTION">'
    )
    lines += ["<COVER_SHEET>", "<TITLE>Toys for <I>bears</I></TITLE>", "</COVER_SHEET>"]
    lines += ["<MAIN_TEXT><P>Text that is &lt;not&gt; read &#228;</P></MAIN_TEXT>"]
    lines += ["<STUDIES_AND_REFERENCES>", "<STUDIES>", "<INCLUDED_STUDIES>"]
    for number in range(1, listed + 1):
        lines += _study(number)
    lines += ["</INCLUDED_STUDIES>", "<EXCLUDED_STUDIES/>", "</STUDIES>", "</STUDIES_AND_REFERENCES>"]
    lines += [QUALITY, more] if more else [QUALITY]
    lines += ['<ANALYSES_AND_DATA CALCULATED_DATA="YES">', '<COMPARISON ID="CMP-001" NO="1">']
    lines += ["<NAME>Toys versus none.</NAME>"]
    for number, outcome in enumerate(outcomes, 1):
        lines += _outcome(outcome, number)
    lines += ["</COMPARISON>", "</ANALYSES_AND_DATA>", "<FIGURES/>", "</COCHRANE_REVIEW>", ""]
    return "\n".join(lines)


QUALITY = """<QUALITY_ITEMS>
<QUALITY_ITEM CORE_ITEM="YES" ID="QIT-02" LEVEL="STUDY" NO="2">
<NAME>Allocation concealment?</NAME>
<DESCRIPTION><P>Was it?</P></DESCRIPTION>
<QUALITY_ITEM_DATA>
<QUALITY_ITEM_DATA_ENTRY RESULT="YES" STUDY_ID="STD-Toy_x002d_1-2001">
<DESCRIPTION><P>Sealed  envelopes</P></DESCRIPTION>
</QUALITY_ITEM_DATA_ENTRY>
</QUALITY_ITEM_DATA>
</QUALITY_ITEM>
<QUALITY_ITEM ID="QIT-03" LEVEL="GROUP" NO="3">
<NAME>Blinding?</NAME>
<QUALITY_ITEM_DATA_ENTRY_GROUP ID="QIG-03.01" NO="1"><NAME>All outcomes</NAME></QUALITY_ITEM_DATA_ENTRY_GROUP>
<QUALITY_ITEM_DATA>
<QUALITY_ITEM_DATA_ENTRY GROUP_ID="QIG-03.01" RESULT="NO" STUDY_ID="STD-Toy_x002d_2-2001"/>
</QUALITY_ITEM_DATA>
</QUALITY_ITEM>
</QUALITY_ITEMS>"""


def computed(outcomes: list[Outcome], folder: Path) -> list[Outcome]:
    """The outcomes with every figure that RevMan 5 would save, at full precision."""
    form, results = analysed(outcomes, folder)
    filled = [copy.deepcopy(each) for each in outcomes]  # one by one: they may share rows
    for number, outcome in enumerate(filled, 1):
        _fill(outcome, f"1.{number}", form, results)
    return filled


def analysed(outcomes: list[Outcome], folder: Path) -> tuple[NormalForm, Results]:
    """What the reader and the engine make of the outcomes."""
    form, problems = read(rm5(outcomes), folder)
    assert form is not None, problems.found
    return form, analyse(form)


def read(text: str | bytes, folder: Path) -> tuple[NormalForm | None, Problems]:
    """Write a file, read it."""
    path, problems = folder / "toys.rm5", Problems()
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_revman5(path, "toys", "raw/toys.rm5", problems), problems


def _study(number: int) -> list[str]:
    lines = [
        f'<STUDY DATA_SOURCE="PUB" ID="STD-Toy_x002d_{number}-2001" NAME="Toy-{number} 2001" YEAR="2001">'
    ]
    if number == 1:
        lines += [
            '<REFERENCE PRIMARY="YES" TYPE="JOURNAL_ARTICLE">', "<AU>Bear A, Bear B</AU>",
            "<TI>Toys &amp; sleep</TI>", "<SO>J Toys</SO>", "<YR>2002</YR>", "<VL>3</VL>",
            "<NO>4</NO>", "<PG>5-6</PG>",
            '<IDENTIFIERS><IDENTIFIER TYPE="DOI" VALUE="10.1/toy"/></IDENTIFIERS>', "</REFERENCE>",
        ]  # fmt: skip
    return [*lines, "<IDENTIFIERS/>", "</STUDY>"]


def _outcome(outcome: Outcome, number: int) -> Iterator[str]:
    attributes = {"ID": f"CMP-001.{number:02}", "NO": str(number)} | outcome.settings
    yield _tag(f"{outcome.kind}_OUTCOME", attributes | outcome.totals.get("", {}))
    yield f"<NAME>{escape(outcome.name)}</NAME>"
    yield "<GROUP_LABEL_1>Toys</GROUP_LABEL_1>\n<GROUP_LABEL_2>None</GROUP_LABEL_2>"
    yield "<GRAPH_LABEL_1>Favours toys</GRAPH_LABEL_1>\n<GRAPH_LABEL_2>Favours none</GRAPH_LABEL_2>"
    if outcome.measure:
        yield f"<EFFECT_MEASURE>{outcome.measure}</EFFECT_MEASURE>"
    for place, (subgroup, rows) in enumerate(outcome.rows.items(), 1):
        if subgroup:
            yield _tag(f"{outcome.kind}_SUBGROUP", {"NO": str(place)} | outcome.totals.get(subgroup, {}))
            yield f"<NAME>{escape(subgroup)}</NAME>"
        yield from (_tag(f"{outcome.kind}_DATA", row, "/") for row in rows)
        if subgroup:
            yield f"</{outcome.kind}_SUBGROUP>"
    yield f"</{outcome.kind}_OUTCOME>"


def _tag(name: str, attributes: Attributes, end: str = "") -> str:
    return f"<{name} {' '.join(f'{key}={quoteattr(value)}' for key, value in attributes.items())}{end}>"


def _fill(outcome: Outcome, name: str, form: NormalForm, results: Results) -> None:
    effects = iter([each for each in results.effects if each.analysis == name])
    own = next(each.method for each in results.effects if each.analysis == name)
    scoped = outcome.settings["TOTALS"] == "SUB"
    for subgroup, rows in outcome.rows.items():
        shares = iter(
            each.weight
            for each in results.weights
            if (each.analysis, each.method, each.scope) == (name, own, subgroup if scoped else "")
            and each.subgroup == subgroup
        )
        for row in rows:
            effect, weight = next(effects), next(shares, None)
            figures = {"EFFECT_SIZE": effect.estimate, "CI_START": effect.ci_low, "CI_END": effect.ci_high}
            row["ESTIMABLE"] = "NO" if effect.estimate is None else "YES"
            row |= _texts(figures | {"WEIGHT": weight})
        _add_totals(outcome, subgroup, _pooled(results, name, own, subgroup))
    if "" not in outcome.rows:
        _add_totals(outcome, "", _pooled(results, name, own, ""))
    for test in results.subgroup_tests:
        if (test.analysis, test.method) == (name, own):
            outcome.totals[""] |= _texts({"Q": test.q, "P_Q": test.p, "I2_Q": test.i2})


def _pooled(results: Results, name: str, method: str, subgroup: str) -> PooledRow:
    rows = (
        row for row in results.pooled if (row.analysis, row.method, row.subgroup) == (name, method, subgroup)
    )
    return next(rows)


def _add_totals(outcome: Outcome, subgroup: str, row: PooledRow) -> None:
    y = row.estimate if row.log_estimate is None else row.log_estimate
    z = abs(y / row.se) if y is not None and row.se else None
    swap = outcome.settings.get("SWAP_EVENTS") == "YES"
    texts = _texts(
        {"EFFECT_SIZE": row.estimate, "CI_START": row.ci_low, "CI_END": row.ci_high, "Z": z,
         "P_Z": row.p_effect, "TAU2": row.tau2, "CHI2": row.q, "P_CHI2": row.p_q, "I2": row.i2}
    )  # fmt: skip
    counts = {"DF": row.df, "STUDIES": float(row.trials_listed)}
    for arm, number in (("experimental", 1), ("control", 2)):
        total, with_event = getattr(row, f"{arm}_total"), getattr(row, f"{arm}_events")
        counts |= {f"TOTAL_{number}": total}
        if with_event is not None:
            counts |= {f"EVENTS_{number}": total - with_event if swap else with_event}
    outcome.totals[subgroup] = texts | {name: f"{value or 0:.0f}" for name, value in counts.items()}


def _texts(figures: dict[str, float | None]) -> Attributes:
    """As Java writes doubles: all digits, 0.0 where there is none, an exponent for what is small."""
    return {name: _java(0.0 if value is None else value) for name, value in figures.items()}


def _java(value: float) -> str:
    if value and not 1e-3 <= abs(value) < 1e7 and math.isfinite(value):
        digits = repr(value).lower()
        mantissa, _, exponent = (digits if "e" in digits else f"{value:.16e}").partition("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"
    return repr(float(value))
