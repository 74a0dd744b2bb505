"""Forest plots made up for tests, plain and hostile ones."""

import math
import random
from dataclasses import replace

from repool.forest import (
    ForestGroup,
    ForestPlot,
    ForestRow,
    ForestTotal,
    Interval,
    RowState,
)

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "$x$ $\\frac{1}{2}$ <b>fet</b> & co",
    "Ærlig Øvrebø Åsgård 2011",
    "first line\nsecond line",
    "The Very-Long Multinational Cooperative Study Group of Everything That Can Be Named 1998",
    "AnUnbrokenNameWithoutAnySpacesThatIsFarWiderThanAnyColumnShouldEverBecome1234567890",
    "control\x00\x07\x1b \ud800\ufffe characters",
)


TYPICAL, POOLED = Interval(0.8, 0.5, 1.28), Interval(0.8, 0.6, 1.07)


def trial(label="Hansen 2001", effect=TYPICAL, weight=10.0, **more):
    """A trial of a dichotomous outcome."""
    return ForestRow(
        label,
        ("12", "120"),
        ("15", "118"),
        RowState.ESTIMATED,
        effect,
        weight,
        **more,
    )


def absent(state, label="Larsen 2002"):
    """A trial without an estimate."""
    return ForestRow(label, ("0", "50"), ("0", "48"), state, None, None)


def total(effect=POOLED, prediction=None, **more):
    """A total of a dichotomous outcome."""
    lines = ("Heterogeneity: τ² = 0.39; χ² = 110.21, df = 6 (P < 0.00001); I² = 92%",)
    values = {"label": "Total (95% CI)", "lines": lines, **more}
    return ForestTotal(
        experimental=("", "1200"),
        control=("", "1180"),
        effect=effect,
        weight=100.0,
        prediction=prediction,
        **values,
    )


def forest(*rows, **more):
    """A plot of risk ratios without subgroups."""
    values = {
        "title": "Analysis 1.1. Death",
        "language": "en",
        "experimental_heading": "Vaccine",
        "control_heading": "No vaccine",
        "column_headings": ("Events", "Total"),
        "weight_heading": "Weight",
        "effect_heading": "Risk ratio\nM-H, random, 95% CI",
        "trial_heading": "Study or Subgroup",
        "not_estimable_text": "Not estimable",
        "not_available_text": "Not available",
        "prediction_label": "95% prediction interval",
        "favours_left": "Favours vaccine",
        "favours_right": "Favours no vaccine",
        "log_scale": True,
        "null_value": 1.0,
        "groups": (ForestGroup(None, rows, None),),
        "total": total(),
        "footnotes": (),
        "description": "Two trials & a <total>.",
        **more,
    }
    return ForestPlot(**values)


def many(count, seed=1):
    """Trials with every kind of name, some with marks and some without an estimate."""
    rng, rows = random.Random(seed), []
    for i in range(count):
        name, middle, error = rng.choice(HOSTILE), rng.gauss(-0.3, 0.6), rng.uniform(0.05, 1.5)
        ends = (math.exp(middle + z * error) for z in (0, -1.96, 1.96))
        marks = rng.choice(("", "a", "a,b"))
        rows.append(
            trial(
                f"{name} {i}",
                Interval(*ends),
                rng.uniform(0.1, 5),
                marks=marks,
                hollow=i % 7 == 3,
            )
        )
    return rows


def with_groups():
    """Thirteen trials in three groups with subtotals, all texts hostile."""
    rows = [*many(11), absent(RowState.NOT_ESTIMABLE), absent(RowState.NOT_AVAILABLE)]
    subtotal = total(label="Subtotal (95% CI)", prediction=(0.3, 2.1))
    groups = tuple(
        ForestGroup(title, tuple(part), subtotal)
        for title, part in zip(
            (HOSTILE[3] * 3, "$a_1$ & <i>", "æøå\nlinje to"),
            (rows[:4], rows[4:8], rows[8:]),
            strict=True,
        )
    )
    return forest(
        groups=groups,
        total=total(prediction=(0.2, 3.3)),
        title=" ".join(HOSTILE),
        footnotes=(f"a {HOSTILE[3]} {HOSTILE[4]} " * 3, "b $y$ <td>"),
        favours_left="Favours the continuation of usual care without any change of medication",
        favours_right="Favours pneumonoultramicroscopicsilicovolcanoconiosis-directed therapy",
        experimental_heading="Cognitive behavioural therapy with usual care",
    )


def inverse_variance():
    """Generic inverse variance has no arm columns."""
    rows = [replace(row, experimental=(), control=()) for row in many(4)]
    return forest(*rows, column_headings=(), total=replace(total(), experimental=(), control=()))


def differences():
    """Mean differences, one of them far from the rest."""
    effects = [Interval(m, m - 2, m + 2) for m in (-3.0, -1.5, 0.2, -2.2, -0.9, -1.1, -2.0, -4.0)]
    rows = [trial(f"Trial {i}", effect) for i, effect in enumerate(effects)]
    rows.append(trial("Extreme 1999", Interval(-24.0, -80.0, 32.0), 0.4))
    arms = {"experimental": ("1.0", "2.0", "30"), "control": ("3.0", "2.2", "31")}
    return forest(
        *(replace(row, **arms) for row in rows),
        column_headings=("Mean", "SD", "Total"),
        log_scale=False,
        null_value=0.0,
        total=replace(
            total(Interval(-1.9, -2.9, -0.9), (-4.0, 0.2)),
            experimental=("", "", "270"),
            control=("", "", "279"),
        ),
    )


WIDE = (
    trial("Smith 2001", Interval(14.4, 2.0, 103.4), 49.0, marks="a"),
    trial("Jones 2004", Interval(20.0, 2.85, 140.4), 51.0, marks="a,b"),
)
CASES = {
    "one": lambda: forest(trial(weight=100.0)),
    "two": lambda: forest(
        *WIDE,
        absent(RowState.NOT_AVAILABLE),
        total=total(Interval(17.3, 4.3, 69.6)),
    ),
    "groups": with_groups,
    "hundred": lambda: forest(*many(100), total=total(prediction=(0.2, 3.0))),
    "inverse variance": inverse_variance,
    "differences": differences,
    "large differences": lambda: forest(
        trial(effect=Interval(0.0, -9e4, 9e4)), log_scale=False, null_value=0.0, total=None
    ),
    "nothing estimable": lambda: forest(*[absent(RowState.NOT_ESTIMABLE)] * 3, total=None),
    "no trials": lambda: forest(total=None),
    "norwegian": lambda: replace(with_groups(), decimal_comma=True, language="nb"),
    "absurd": lambda: forest(
        trial("Huge", Interval(1234567.0, 1e3, 1e12)),
        trial("Zero", Interval(0.004, 0.0, math.inf)),
        trial("Not a number", Interval(math.nan, math.nan, 2.0)),
        total=total(Interval(3.0, 1e-5, 1e6), (1e-9, 1e9)),
    ),
}
