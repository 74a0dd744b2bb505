"""True results printed as reviews print them, for tests of the consistency checks."""

import math
from collections.abc import Iterator, Mapping
from random import Random

import numpy as np
import pandas as pd

from cochrane import analyses, reference, rows_of
from repool.consistency.checks import check_consistency
from repool.consistency.records import Check, Outcome
from repool.model import NO_TEXT, Analysis, Claim, Direction, Measure, NormalForm, Review
from repool.results import Results

Figures = dict[str, str]
_RATIOS = {"RR", "OR", "PETO"}
NOTHING = Results((), (), (), (), ())
_REVIEW = Review("toy", NO_TEXT, "", "", NO_TEXT, NO_TEXT, NO_TEXT, "", "", (), (), ())


def analysis(measure: str, method: str = "revman5", overrides: str = "") -> Analysis:
    ratio = measure in _RATIOS
    return Analysis(
        "outcome", NO_TEXT, Measure(measure), ratio, NO_TEXT, NO_TEXT, Direction.NEUTRAL, NO_TEXT, NO_TEXT,
        "", method, overrides, "pooled", NO_TEXT, "review.yaml", 1,
    )  # fmt: skip


def claims(
    figures: Mapping[str, str], subgroup: str = "", source: str = "table", start: int = 2
) -> list[Claim]:
    return [
        Claim("outcome", subgroup, name, value, False, "", source, "", "", "published.csv", line)
        for line, (name, value) in enumerate(figures.items(), start=start)
    ]


def checks_of(of: Analysis, figures: Mapping[str, str], more: list[Claim] | None = None) -> tuple[Check, ...]:
    form = NormalForm(_REVIEW, (of,), (), (*claims(figures), *(more or [])), ())
    return check_consistency(form, NOTHING)


def alarms(checks: tuple[Check, ...]) -> list[Check]:
    return [each for each in checks if each.verdict is Outcome.DIFFERS]


def p_text(p: float) -> str:
    """As RevMan prints it."""
    if p < 0.00001:
        return "<0.00001"
    places = 2 if p >= 0.01 else 3 if p >= 0.001 else 4 if p >= 0.0001 else 5
    return f"{p:.{places}f}"


def effect(values: tuple[float, float, float], ratio: bool, places: int) -> Figures:
    shown = [math.exp(each) if ratio else each for each in values]
    return {
        name: f"{each:.{places}f}"
        for name, each in zip(("estimate", "ci_low", "ci_high"), shown, strict=True)
    }


def revman_tables(random: Random, step: int = 1) -> Iterator[tuple[Analysis, Figures]]:
    """The published results that R `meta` reconstructs with RevMan 5's settings, printed as RevMan does."""
    for row in reference("meta_revman5_own")[::step].itertuples():
        kind = row.used
        values = [getattr(row, f"{name}_{kind}") for name in ("TE", "lo", "hi", "se", "p")]
        ratio = row.measure in _RATIOS
        if not np.isfinite(values).all() or max(map(abs, values[:3])) > (9 if ratio else 1e6):
            continue
        te, low, high, se, p = values
        figures = effect((te, low, high), ratio, random.choice((2, 2, 2, 3)))
        figures |= {"z_effect": f"{abs(te / se):.2f}", "p_effect": p_text(p), "trials": str(row.k)}
        if row.k > 1 and np.isfinite([row.Q, row.pQ, row.I2]).all():
            figures |= {
                "q": f"{row.Q:.2f}", "df": str(row.k - 1), "p_q": p_text(row.pQ), "i2": f"{100 * row.I2:.0f}%"
            }  # fmt: skip
            if kind == "random":
                figures["tau2"] = f"{row.tau2:.2f}"
        overrides = "" if kind == "random" else '{"model": "common"}'
        yield analysis(row.measure, "revman5", overrides), figures


def metafor_tables(random: Random, step: int = 1) -> Iterator[tuple[Analysis, Figures]]:
    """R `metafor`'s fits by every estimator, with z tests and by Hartung-Knapp."""
    for measure in ("RR", "OR", "MD", "SMD"):
        for row in reference(f"metafor_{measure}")[::step].itertuples():
            values = (row.b, row.ci_lb, row.ci_ub)
            ratio = measure in _RATIOS
            if not np.isfinite((*values, row.pval)).all() or max(map(abs, values)) > (9 if ratio else 1e6):
                continue
            figures = effect(values, ratio, random.choice((1, 2, 2, 3)))
            figures |= {"p_effect": p_text(row.pval), "df": f"{row.k - 1:.0f}", "trials": f"{row.k:.0f}"}
            if np.isfinite([row.QE, row.QEp, row.I2]).all() and row.k > 1:
                figures |= {
                    "q": f"{row.QE:.2f}",
                    "p_q": p_text(row.QEp),
                    "i2": f"{row.I2:.{random.choice((0, 1))}f}%",
                }
                if row.method != "FE":
                    figures["tau2"] = f"{row.tau2:.{random.choice((2, 3, 4))}f}"
            if np.isfinite([row.pi_lb, row.pi_ub]).all() and max(abs(row.pi_lb), abs(row.pi_ub)) < 9:
                limits = [math.exp(each) if ratio else each for each in (row.pi_lb, row.pi_ub)]
                figures |= {"prediction_low": f"{limits[0]:.2f}", "prediction_high": f"{limits[1]:.2f}"}
            ci = "HKSJ" if row.test == "knha" else "Wald"
            tau2 = row.method.removesuffix("_tight")
            fields = '"model": "common"' if tau2 == "FE" else f'"tau2": "{tau2}"'
            yield analysis(measure, "metafor", f'{{{fields}, "ci": "{ci}"}}'), figures


def absolute_tables(random: Random, step: int = 1) -> Iterator[tuple[Analysis, Figures]]:
    """Risk ratios and odds ratios with the arms, percentages and figures per 1000 that go with them."""
    for measure in ("RR", "OR"):
        rows = rows_of(measure)
        of = np.repeat(np.arange(len(analyses(measure))), analyses(measure).to_numpy())
        sums = rows[["events1", "n1", "events2", "n2"]].reset_index(drop=True).groupby(of).sum()
        sums.index = analyses(measure).index
        fits = reference("mh")
        for row in fits[fits["method"] == measure][::step].itertuples():
            values = (row.b, row.ci_lb, row.ci_ub)
            if not np.isfinite(values).all() or max(map(abs, values)) > 5 or row.aid not in sums.index:
                continue
            yield analysis(measure, "mh-common"), absolute(measure, values, sums.loc[row.aid], random)


def absolute(measure: str, values: tuple[float, ...], cells: pd.Series, random: Random) -> Figures:
    a, n1, c, n2 = cells
    risk = c / n2
    figures = effect((values[0], values[1], values[2]), True, random.choice((2, 2, 3)))
    figures |= {"experimental_events": f"{a:.0f}", "experimental_total": f"{n1:.0f}"}
    figures |= {"control_events": f"{c:.0f}", "control_total": f"{n2:.0f}", "participants": f"{n1 + n2:.0f}"}
    places = random.choice((0, 1))
    figures |= {
        "experimental_percent": f"{100 * a / n1:.{places}f}%",
        "control_percent": f"{100 * risk:.{places}f}%",
    }
    figures["control_per_1000"] = f"{1000 * risk:.0f}"
    if random.random() < 0.3:  # many programs round the risk first
        risk = round(1000 * risk) / 1000
    for name, value in zip(("", "_low", "_high"), values, strict=True):
        ratio = math.exp(value)
        made = risk * ratio if measure == "RR" else ratio * risk / (1 - risk + ratio * risk)
        figures[f"experimental_per_1000{name}"] = f"{min(1000 * made, 1000):.0f}"
    return figures
