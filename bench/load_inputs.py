"""Made-up reviews of any size: data packages with the figures that they print, and a RevMan 5 file.

Events and means are drawn from a seed. Effects, limits and weights of trials and the figures of totals are
what RevMan 5 prints of them (M-H random effects for risk ratios, a common effect for mean differences).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from repool import pool_frame

_ROWS = (
    "Analysis group", "Analysis number", "Analysis name", "Subgroup", "Applicability", "Study", "Study year",
    "GIV Mean", "GIV SE", "Experimental mean", "Experimental SD", "Experimental cases", "Experimental N",
    "Control mean", "Control SD", "Control cases", "Control N", "O-E", "Variance", "Weight", "Mean",
    "CI start", "CI end", "Footnotes",
)  # fmt: skip
_SETTINGS = (
    "Analysis group", "Analysis number", "Analysis name", "Analysis group name", "Data type",
    "Log-scale data", "Experimental group label", "Control group label", "Statistical method",
    "Effect measure", "Unit of effect measure", "Analysis model", "Subgroup estimates", "Overall estimates",
    "Test for subgroup differences", "Swap event and non-event", "Study CI", "Estimate CI",
)  # fmt: skip
_TOTAL = (
    "Experimental cases", "Experimental N", "Control cases", "Control N", "Mean", "CI start", "CI end",
    "Heterogeneity Tau²", "Heterogeneity Chi²", "Heterogeneity df", "Heterogeneity P", "Heterogeneity I²",
    "Effect P",
)  # fmt: skip
_POOLED = ("estimate", "ci_low", "ci_high", "tau2", "q", "df", "p_q", "i2", "p_effect")
_OF_MEASURE = {
    "RR": ("Dichotomous", "true", "MH", "Risk Ratio", "#N/A", "Random effects"),
    "MD": ("Continuous", "false", "IV", "Mean Difference", "cm", "Fixed effect"),
}
_PER_GROUP = 200  # analyses in a comparison
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Shape:
    """How many analyses, how many trials each, in subgroups of how many (0: none)."""

    analyses: int
    trials: int
    subgroup_of: int = 0


def write_review(raw: Path, name: str, shape: Shape, seed: int = 1) -> None:
    """One review of this shape."""
    _write_package(raw, name, *_made(shape, seed))


def write_corpus(raw: Path, reviews: int, seed: int = 1) -> None:
    """So many reviews of one analysis with 7 trials each."""
    trials, totals = _made(Shape(reviews, 7), seed)
    rows, of_review = dict(iter(trials.groupby("at"))), dict(iter(totals.groupby("at")))
    for at in range(reviews):
        _write_package(raw, f"CD{at:06}", rows[at], of_review[at])


def write_plain_rows(path: Path, size: int) -> None:
    """A data-rows file of `size` bytes or a little more, its rows all of one analysis."""
    line = '"1","1","Falls","","SUBGROUP_AND_OVERALL","Berg {0}","1998","0","0","0","0","12","60","0","0",'
    line += '"20","58","0","0","","","","",""\n'
    with path.open("w", encoding="utf-8") as file:
        file.write(_csv_line(_ROWS))
        at = 0
        while file.tell() < size:
            file.writelines(line.format(number) for number in range(at, at + 10_000))
            at += 10_000


def write_revman5(path: Path, rows: int, studies: int) -> None:
    """A RevMan 5 file with one outcome of so many rows, of these studies in turn."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in _revman5(rows, studies))


def _revman5(rows: int, studies: int) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<COCHRANE_REVIEW REVMAN_SUB_VERSION="5.3.5" REVMAN_VERSION="5" TYPE="INTERVENTION">'
    yield "<COVER_SHEET>\n<TITLE>Made up</TITLE>\n</COVER_SHEET>"
    yield "<STUDIES_AND_REFERENCES>\n<STUDIES>\n<INCLUDED_STUDIES>"
    for at in range(studies):
        yield f'<STUDY DATA_SOURCE="PUB" ID="STD-Toy_x002d_{at}-2001" NAME="Toy-{at} 2001" YEAR="2001"/>'
    yield "</INCLUDED_STUDIES>\n<EXCLUDED_STUDIES/>\n</STUDIES>\n</STUDIES_AND_REFERENCES>"
    yield '<ANALYSES_AND_DATA CALCULATED_DATA="NO">\n<COMPARISON ID="CMP-001" NO="1">'
    yield "<NAME>One versus two</NAME>"
    yield (
        '<DICH_OUTCOME ID="CMP-001.01" NO="1" EFFECT_MEASURE="RR" METHOD="MH" RANDOM="YES" CI_STUDY="95" '
        'CI_TOTAL="95" TOTALS="YES" ESTIMABLE="YES">'
    )
    yield "<NAME>Falls</NAME>\n<GROUP_LABEL_1>One</GROUP_LABEL_1>\n<GROUP_LABEL_2>Two</GROUP_LABEL_2>"
    for at in range(rows):
        a, b = 1 + 7 * at % 20, 1 + 11 * at % 23
        yield (
            f'<DICH_DATA STUDY_ID="STD-Toy_x002d_{at % studies}-2001" EVENTS_1="{a}" '
            f'TOTAL_1="{40 + at % 50}" EVENTS_2="{b}" TOTAL_2="{41 + at % 37}" ESTIMABLE="YES"/>'
        )
    yield "</DICH_OUTCOME>\n</COMPARISON>\n</ANALYSES_AND_DATA>\n</COCHRANE_REVIEW>"


def _made(shape: Shape, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The trials, and the totals of analyses (subgroup "") and subgroups, with what is printed of each."""
    trials = _drawn(shape, np.random.default_rng(seed))
    totals = pd.concat([_totals(trials, of) for of in trials["measure"].unique()])
    overall = totals[totals["subgroup"] == ""].set_index("at")
    weight = 1 / (trials["v"] + overall["tau2"].fillna(0.0).reindex(trials["at"]).to_numpy())
    trials["weight"] = 100 * weight / weight.groupby(trials["at"]).transform("sum")
    return trials, totals


def _drawn(shape: Shape, dice: np.random.Generator) -> pd.DataFrame:
    """Trials of risk ratios in every analysis with an even number, of mean differences in the others."""
    count = shape.analyses * shape.trials
    at, number = np.divmod(np.arange(count), shape.trials)
    groups = number // shape.subgroup_of if shape.subgroup_of else np.zeros(count, int)
    n1, n2 = dice.integers(20, 300, count), dice.integers(20, 300, count)
    risk = dice.uniform(0.05, 0.5, count)
    a = dice.binomial(n1, np.clip(risk * np.exp(dice.normal(-0.2, 0.25, count)), 0, 0.9))
    c = np.maximum(dice.binomial(n2, risk), 1)
    half = 0.5 * (a == 0)
    log_rr = np.log((a + half) / (n1 + 2 * half)) - np.log((c + half) / (n2 + 2 * half))
    v_rr = 1 / (a + half) - 1 / (n1 + 2 * half) + 1 / (c + half) - 1 / (n2 + 2 * half)
    mean2, sd1, sd2 = (np.round(dice.uniform(*ends, count), 2) for ends in ((20, 40), (3, 9), (3, 9)))
    mean1 = np.round(mean2 + dice.normal(-1, 1.5, count), 2)
    ratio = at % 2 == 0
    y, v = np.where(ratio, log_rr, mean1 - mean2), np.where(ratio, v_rr, sd1**2 / n1 + sd2**2 / n2)
    limits = {"estimate": y, "ci_low": y - _Z * np.sqrt(v), "ci_high": y + _Z * np.sqrt(v)}
    return pd.DataFrame(
        {
            "at": at, "number": number, "measure": np.where(ratio, "RR", "MD"), "v": v,
            "subgroup": np.char.add("Group ", groups.astype(str)) if shape.subgroup_of else "",
            "experimental_events": a, "experimental_total": n1, "control_events": c, "control_total": n2,
            "experimental_mean": mean1, "experimental_sd": sd1, "control_mean": mean2, "control_sd": sd2,
            **{name: np.where(ratio, np.exp(each), each) for name, each in limits.items()},
        }
    )  # fmt: skip


def _totals(trials: pd.DataFrame, measure: str) -> pd.DataFrame:
    """What is printed of the totals and subtotals of one measure."""
    rows = trials[trials["measure"] == measure]
    both = [rows.assign(subgroup=""), rows] if (rows["subgroup"] != "").any() else [rows]
    model = "random" if measure == "RR" else "common"
    sums = ["experimental_events", "experimental_total", "control_events", "control_total"]
    made = [
        pool_frame(each, measure, by=["at", "subgroup"], method="revman5", model=model).join(
            each.groupby(["at", "subgroup"])[sums].sum()
        )
        for each in both
    ]
    return pd.concat(made).reset_index().assign(measure=measure)


def _write_package(raw: Path, name: str, trials: pd.DataFrame, totals: pd.DataFrame) -> None:
    folder = raw / name
    folder.mkdir(parents=True)
    files = {
        "data-rows": (_ROWS, _trial_lines(trials)),
        "overall-estimates-and-settings": (
            (*_SETTINGS, *_TOTAL), _total_lines(totals[totals["subgroup"] == ""], overall=True),
        ),
        "subgroup-estimates": (
            ("Analysis group", "Analysis number", "Subgroup", "Subgroup number", *_TOTAL),
            _total_lines(totals[totals["subgroup"] != ""], overall=False),
        ),
    }  # fmt: skip
    for kind, (columns, lines) in files.items():
        with (folder / f"{name}-{kind}.csv").open("w", encoding="utf-8") as file:
            file.write(_csv_line(columns))
            file.writelines(_csv_line(line) for line in lines)


def _trial_lines(trials: pd.DataFrame) -> Iterator[Sequence[object]]:
    for row in trials.itertuples():
        events = (row.experimental_events, row.control_events) if row.measure == "RR" else (0, 0)
        cells = (0,) * 4
        if row.measure == "MD":
            cells = (row.experimental_mean, row.experimental_sd, row.control_mean, row.control_sd)
        yield (
            *_place(row.at), f"Outcome {row.at}", row.subgroup, "SUBGROUP_AND_OVERALL",
            f"Trial {row.number} {1980 + row.number % 40}", 1980 + row.number % 40,
            0, 0, *cells[:2], events[0], row.experimental_total, *cells[2:], events[1], row.control_total,
            0, 0, *map(_six, (row.weight, row.estimate, row.ci_low, row.ci_high)), "",
        )  # fmt: skip


def _total_lines(totals: pd.DataFrame, overall: bool) -> Iterator[Sequence[object]]:
    for number, row in enumerate(totals.itertuples(), 1):
        kind, log, method, measure, unit, model = _OF_MEASURE[row.measure]
        events = row.measure == "RR"
        sums = (
            row.experimental_events if events else 0, row.experimental_total,
            row.control_events if events else 0, row.control_total,
        )  # fmt: skip
        figures = [_six(getattr(row, name)) for name in _POOLED]
        if overall:
            yield (
                *_place(row.at), f"Outcome {row.at}", f"Comparison {_place(row.at)[0]}", kind, log,
                "Exercise", "Usual care", method, measure, unit, model, *["true"] * 3, "false",
                "95%", "95%", *sums, *figures,
            )  # fmt: skip
        else:
            yield *_place(row.at), row.subgroup, number, *sums, *figures


def _place(at: int) -> tuple[int, int]:
    """Analysis group and number of the analysis at this place."""
    return at // _PER_GROUP + 1, at % _PER_GROUP + 1


def _six(value: float) -> str:
    """A number as RevMan prints it."""
    text = "" if np.isnan(value) else f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _csv_line(cells: Sequence[object]) -> str:
    return ",".join(f'"{cell}"' for cell in cells) + "\n"
