"""Figures ten, a hundred or a thousand times too large or too small: a decimal mark, a digit or a unit."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from repool.model import Bilingual, Measure
from repool.questions.counts import ARMS
from repool.questions.records import Arm, Question, Row, Table, ask_about, distinct
from repool.questions.robust import Others, others
from repool.questions.spreads import log_mean, log_sd, means_alike
from repool.questions.words import OTHERWISE, about, number, text

_TENS = (10.0, 100.0, 1000.0)
_FEWEST = 3  # other trials
_LEAST = 0.15  # spread of logs that trials have anyway
_FAR, _NEAR = 5.0, 1.5  # spreads from the others, as entered and corrected
_WITHIN = math.log(1.6)
_MEANS_WITHIN = math.log(2)  # means of two arms that leave no skewness to explain their SDs
_ABOVE_ZERO = 1.5  # SDs that a mean is from 0
_USUAL = 3  # other analyses that agree on an arm's size


def decimal_slips(table: Table) -> Iterator[Question]:
    """SDs, means or effects of a trial that would be as the others' with the decimal mark elsewhere."""
    rows = distinct([each for each in table.rows if each.has_means])
    if len({each.trial for each in rows}) > _FEWEST:
        yield from _one_arm(rows)
        if table.analysis.measure is Measure.MD:
            yield from _both_arms(rows)
    if table.analysis.measure is Measure.GIV:
        yield from _effects(table)


def total_slips(tables: Sequence[Table]) -> Iterator[Question]:
    """An arm with a digit more or less than in three or more other analyses of its comparison.

    The other arm is then as in most of these.
    """
    sizes: dict[tuple[tuple[str, ...], str], list[Row]] = {}
    for table in tables:
        for row in table.rows:
            if row.has_totals:
                sizes.setdefault((table.comparison, row.trial), []).append(row)
    for rows in sizes.values():
        for side, name in enumerate(ARMS) if len(rows) > _USUAL else ():
            yield from _totals(rows, side, name)


def _totals(rows: Sequence[Row], side: int, name: str) -> Iterator[Question]:
    pairs = dict.fromkeys((each.study.analysis, each.totals) for each in rows)
    ((usual, count),) = Counter(totals for _, totals in pairs).most_common(1)
    for row in rows:
        size, expected = row.totals[side] or 0.0, usual[side] or 0.0
        slipped = any(size * ten == expected or expected * ten == size for ten in _TENS)
        if slipped and count >= _USUAL and row.totals[1 - side] == usual[1 - side]:
            figures = f"{name}_total {size:g} beside {expected:g}"
            why = text("total-slip", total=size, arm=text(name), count=count, usual=expected)
            same = [each for each in rows if each.totals == usual]
            yield _question(row, figures, why, same)


def _one_arm(rows: Sequence[Row]) -> Iterator[Question]:
    """One SD, or one mean, ten times that of the other arm, in no other trial, and nothing else unlike."""
    sds = [_log_ratio(each, "sd") for each in rows]
    means = [_log_ratio(each, "mean") for each in rows]
    known = [each for each in means if each is not None]
    beside = iter(others(known))
    for row, own, mean, rest in zip(rows, sds, means, others([each or 0.0 for each in sds]), strict=True):
        sd, other_means = own or 0.0, next(beside, None) if mean is not None else None
        if (ten := _ten(sd, rest, sd)) and mean is not None and abs(mean) < _MEANS_WITHIN:
            yield _question(row, f"{_figures(row)} beside {ten:g} times", _arms_text("sd-arms", row, ten))
        if mean is None or other_means is None or len(known) <= _FEWEST or abs(sd) > _MEANS_WITHIN:
            continue
        if (ten := _ten(mean, other_means, mean)) and all(_far_from_zero(each) for each in row.arms):
            yield _question(row, f"{_figures(row)} beside {ten:g} times", _arms_text("mean-arms", row, ten))


def _both_arms(rows: Sequence[Row]) -> Iterator[Question]:
    """Both SDs of a trial ten times those of the others, with means like theirs or as far from them."""
    sds = [log_sd(each) for each in rows]
    sizes = [log_mean(each) for each in rows]
    usual_sizes = others([each or 0.0 for each in sizes])
    for place, (row, rest, usual) in enumerate(zip(rows, others(sds), usual_sizes, strict=True)):
        size = sizes[place]
        off = sds[place] - rest.median
        ten = _ten(off, Others(0.0, rest.spread, rest.count), off)
        if not ten or size is None or None in sizes:
            continue
        way = text("larger" if off > 0 else "smaller")
        median = math.exp(rest.median)
        if means_alike(rows, place):
            figures = f"{_figures(row)} beside median {median:.6g}"
            one, other = (number(each.sd or 0.0) for each in row.arms)
            why = text(
                "sd-both", one=one, other=other, times=f"{ten:g}", way=way, count=rest.count,
                median=about(median),
            )  # fmt: skip
            yield _question(row, figures, why)
        elif abs(size - usual.median - math.copysign(math.log(ten), off)) < max(
            _WITHIN, min(_NEAR * usual.spread, math.log(3))
        ):
            yield _question(
                row, f"{_figures(row)} beside {ten:g} times", _unit_text(row, ten, way, rest, usual)
            )


def _effects(table: Table) -> Iterator[Question]:
    """A generic estimate ten times those of the others, that lie close together beside it."""
    rows = distinct([each for each in table.rows if each.y is not None and each.se])
    if len({each.trial for each in rows}) <= _FEWEST:
        return
    effects = [each.y or 0.0 for each in rows]
    for row, y, rest in zip(rows, effects, others(effects), strict=True):
        se = row.se or 0.0
        if abs(rest.median) <= rest.spread or abs(y - rest.median) <= _FAR * math.hypot(se, rest.spread):
            continue
        for ten in _TENS[:2]:
            if abs(y / ten - rest.median) < math.hypot(se / ten, rest.spread):
                figures = f"effect {y:.6g} beside median {rest.median:.6g}"
                shown = [math.exp(each) if table.analysis.log_scale else each for each in (
                    min(y, 700.0), rest.median, y / ten)]  # fmt: skip
                why = text(
                    "effect-slip", effect=about(shown[0]), count=rest.count, median=about(shown[1]),
                    instead=about(shown[2]),
                )  # fmt: skip
                yield _question(row, figures, why)
                break


def _ten(off: float, rest: Others, value: float) -> float:
    """The power of ten that a log is off by, where it is far from the others and near them without it."""
    spread = max(rest.spread, _LEAST)
    if abs(value - rest.median) <= _FAR * spread:
        return 0.0
    near = min(_WITHIN, _NEAR * spread)
    for ten in _TENS:
        if abs(abs(off) - math.log(ten)) < near:
            return ten
    return 0.0


def _far_from_zero(arm: Arm) -> bool:
    """Whether a mean is no change that happens to be small."""
    return abs(arm.mean or 0.0) > _ABOVE_ZERO * (arm.sd or 0.0)


def _log_ratio(row: Row, name: str) -> float | None:
    """Log of one arm's figure over the other's; None unless both have the same sign."""
    one, other = (getattr(each, name) or 0.0 for each in row.arms)
    if not one or not other or (one > 0) is not (other > 0):
        return None
    return math.log(abs(one)) - math.log(abs(other))


def _arms_text(code: str, row: Row, ten: float) -> Bilingual:
    first, second = (number(each.mean or 0.0) for each in row.arms)
    one, other = (number(each.sd or 0.0) for each in row.arms)
    return text(code, one=one, other=other, first=first, second=second, times=f"{ten:g}")


def _unit_text(row: Row, ten: float, way: Bilingual, sds: Others, means: Others) -> Bilingual:
    first, second = (number(each.mean or 0.0) for each in row.arms)
    one, other = (number(each.sd or 0.0) for each in row.arms)
    return text(
        "unit", first=first, second=second, one=one, other=other, times=f"{ten:g}", way=way, count=sds.count,
        mean=about(math.exp(means.median)), median=about(math.exp(sds.median)),
    )  # fmt: skip


def _figures(row: Row) -> str:
    return "; ".join(f"{name} {_arm(each)}" for name, each in zip(ARMS, row.arms, strict=True))


def _arm(arm: Arm) -> str:
    return f"{arm.mean:.12g} ({arm.sd:.12g})"


def _question(row: Row, figures: str, why: Bilingual, beside: Sequence[Row] = ()) -> Question:
    return ask_about("decimal-slip", row, figures, why, OTHERWISE["decimal-slip"], beside)
