"""Standard deviations that look like standard errors, or that do not fit the trial's own interval."""

import json
import math
from collections.abc import Iterator, Sequence

from scipy.special import ndtri

from repool.model import Measure
from repool.printed import Printed, read_printed
from repool.questions.records import Arm, Question, Row, Table, ask_about, distinct
from repool.questions.robust import median, others
from repool.questions.words import OTHERWISE, about, number, text

_FEWEST = 5  # other trials
_SMALL = math.log(3)  # an SE of fewer than nine people is not told from an SD
_LEAST = 0.15  # spread of log SDs that trials have anyway
_FAR, _NEAR = 3.0, 1.5  # spreads from the others' median, as entered and times root n
_WITHIN = math.log(1.6)
_EACH = math.log(1.8)  # the same of each arm for itself
_MEANS = math.log(2.5)  # how far means may differ that are of one scale
_TINY = 1e-9
_NONE = -1e6  # the log of a mean of 0
_ROUNDING = 1.02  # beyond what rounding does to a ratio of standard errors


def se_as_sd(table: Table) -> Iterator[Question]:
    """Both SDs of a trial far below those of five others or more, and like them once multiplied by root n.

    On one scale alone (MD), and with means of the same size as the others'.
    """
    rows = distinct([each for each in table.rows if each.has_means])
    if table.analysis.measure is not Measure.MD or len({each.trial for each in rows}) <= _FEWEST:
        return
    sds = [log_sd(each) for each in rows]
    for place, (row, rest) in enumerate(zip(rows, others(sds), strict=True)):
        root = _log_root(row)
        spread = max(rest.spread, _LEAST)
        below = rest.median - sds[place]
        if (
            below > max(_SMALL, _FAR * spread)
            and abs(below - root) < min(_WITHIN, _NEAR * spread)
            and all(abs(rest.median - _log_se_as_sd(each)) < _EACH for each in row.arms)
            and means_alike(rows, place)
        ):
            one, other = (each.sd or 0.0 for each in row.arms)
            first, second = ((each.sd or 0.0) * math.sqrt(each.total or 0.0) for each in row.arms)
            median = math.exp(rest.median)
            figures = f"experimental_sd {one:g}; control_sd {other:g} beside median {median:.6g}"
            why = text(
                "se", one=one, other=other, times=about(math.exp(below)), count=rest.count,
                median=about(median), first=about(first), second=about(second),
            )  # fmt: skip
            yield ask_about("se-as-sd", row, figures, why, OTHERWISE["se-as-sd"])


def log_sd(row: Row) -> float:
    """Log of the geometric mean of both SDs."""
    return 0.5 * (math.log(row.experimental.sd or 1.0) + math.log(row.control.sd or 1.0))


def means_alike(rows: Sequence[Row], place: int) -> bool:
    """Whether a trial's means are of the size of the others', sign apart.

    If not, a smaller SD says no more than that the outcome was measured in another unit.
    """
    means = [log_mean(each) for each in rows]
    own = means[place]
    usual = median([_NONE if mean is None else mean for at, mean in enumerate(means) if at != place])
    return own is not None and usual > _NONE and abs(own - usual) < _MEANS


def log_mean(row: Row) -> float | None:
    """Log of the geometric mean of both means, sign apart; None where one is 0."""
    one, other = (abs(each.mean or 0.0) for each in row.arms)
    return 0.5 * (math.log(one) + math.log(other)) if one and other else None


def _log_se_as_sd(arm: Arm) -> float:
    return math.log(arm.sd or 1.0) + 0.5 * math.log(arm.total or 1.0)


def _log_root(row: Row) -> float:
    return 0.25 * (math.log(row.experimental.total or 1.0) + math.log(row.control.total or 1.0))


def sd_against_interval(table: Table) -> Iterator[Question]:
    """A trial's printed interval that another standard error stands behind than the row's own.

    The level is the analysis' own, or what most of its other rows agree on.
    """
    level = float(json.loads(table.analysis.overrides or "{}").get("level", 0.95))
    found = [(row, *made) for row in table.rows if (made := _implied(row, table))]
    ratios = [width / (row.se or 1.0) for row, width, _ in found]
    beside = others(ratios) if len(found) > 2 else []
    for place, (row, width, slack) in enumerate(found):
        usual = float(ndtri(0.5 + level / 2))
        if beside:
            rest = beside[place]
            usual = rest.median if rest.spread < 0.01 * rest.median else usual
        if _is_of_logs(row, float(ndtri(0.5 + level / 2))):
            continue
        off = abs(math.log(max(ratios[place], _TINY) / max(usual, _TINY)))
        if off > math.log(_ROUNDING) + slack / width and row.claim:
            low, high = row.claim.ci_low, row.claim.ci_high
            code = "interval" if row.has_means else "interval-se"
            theirs, ours = width / usual, row.se or 0.0
            figures = f"ci_low {low}; ci_high {high} beside se {ours:.6g}"
            why = text(code, low=_typed(low), high=_typed(high), theirs=about(theirs), ours=about(ours))
            yield ask_about("sd-against-interval", row, figures, why, OTHERWISE["sd-against-interval"])


def _is_of_logs(row: Row, quantile: float) -> bool:
    """Whether the limits were printed as the logs of those of the row's mean difference, as RevMan may."""
    y, reach, claim = row.y or 0.0, quantile * (row.se or 0.0), row.claim
    if claim is None or claim.estimate or y <= reach:
        return False
    limits = (read_printed(text, False) for text in (claim.ci_low, claim.ci_high))
    return all(
        abs(math.log(ours) - theirs.value) <= 2 * theirs.half_unit
        for ours, theirs in zip((y - reach, y + reach), limits, strict=True)
    )


def _implied(row: Row, table: Table) -> tuple[float, float] | None:
    """Half the printed interval on the analysis scale, and how far rounding can have moved it."""
    claim, measure = row.claim, table.analysis.measure
    if claim is None or not row.se or not (measure.is_continuous or measure is Measure.GIV):
        return None
    try:
        low, high = read_printed(claim.ci_low, False), read_printed(claim.ci_high, False)
    except ValueError:
        return None
    if low.relation or high.relation or low.value >= high.value:
        return None
    if not table.analysis.log_scale:
        return (high.value - low.value) / 2, low.half_unit + high.half_unit
    if low.value <= 0:
        return None
    slack = sum(_log_unit(each) for each in (low, high))
    return math.log(high.value / low.value) / 2, slack


def _log_unit(limit: Printed) -> float:
    return limit.half_unit / limit.value


def _typed(value: str) -> object:
    return number(float(value))
