"""Absolute effects per 1000 people, from a control risk and a relative or absolute effect."""

from collections.abc import Sequence
from statistics import median

from repool.model import Analysis, Measure, Study


def experimental_per_1000(measure: Measure, control_risk: float, effect: float) -> float:
    """Expected events per 1000 in the experimental arm, cut at 0 and 1000 (Handbook 15.4.4).

    RR: 1000 * risk * RR. OR and Peto OR: 1000 * OR * risk / (1 - risk + OR * risk). RD:
    1000 * (risk + RD). `control_risk` lies in 0..1, `effect` on the natural scale; the control
    risk's own uncertainty is not carried over. Raises ValueError for any other measure.
    """
    if measure is Measure.RR:
        risk = control_risk * effect
    elif measure in (Measure.OR, Measure.PETO):
        odds = effect * control_risk  # over 1 - control_risk
        risk = odds / (1 - control_risk + odds) if odds else 0.0
    elif measure is Measure.RD:
        risk = control_risk + effect
    else:
        raise ValueError(f"{measure} has no events per 1000")
    return 1000 * min(max(risk, 0.0), 1.0)


def control_risk(analysis: Analysis, studies: Sequence[Study]) -> float | None:
    """The assumed control risk (0..1) by the analysis' rule: pooled, median of trials, or a number.

    Pooled is all control events over all control participants. None without any trial.
    """
    arms = [
        (study.control_events, study.control_total)
        for study in studies
        if study.control_events is not None and study.control_total
    ]
    if analysis.control_risk == "pooled":
        return sum(e for e, _ in arms) / sum(n for _, n in arms) if arms else None
    if analysis.control_risk == "median":
        return median(e / n for e, n in arms) if arms else None
    return float(analysis.control_risk) / 1000
