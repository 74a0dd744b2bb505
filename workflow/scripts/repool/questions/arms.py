"""Arms the wrong way round: in size beside the trial's other rows, or in effect beside the other trials."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from repool.model import Measure
from repool.questions.records import Question, Row, Table, ask_about, distinct
from repool.questions.robust import median, others
from repool.questions.words import OTHERWISE, about, number, text

_CLEAR = 0.05  # a difference in size, of the larger arm, that losses seldom turn round
_MANY = 3  # analyses that agree on an arm's size to the last participant
_FEWEST = 4  # other trials
_FAR, _NEAR = 2.8, 1.0  # standard errors from the others' median, as entered and mirrored
_SIGNIFICANT = 1.96
_SAME_SIDE = 0.85  # of the other trials, on one side of no difference
_SIZE = 2.5  # times the others' size, for a mean with another sign

_COMPARES = re.compile(r"\b(?:versus|vs|compared|comparator|control)\b", re.IGNORECASE)

#: The rows of a trial in a comparison, one an analysis, by the sizes of their arms.
_Places = dict[tuple[float | None, float | None], dict[str, Row]]


def arms_swapped(tables: Sequence[Table]) -> Iterator[Question]:
    """A trial whose arms have their sizes the other way round than in its other analyses of a comparison.

    Two analyses that have two or more trials, and most of those they share, the other way round compare
    the arms in opposite orders: these are left aside, as are rows of subgroups that are named after other
    arms. Sizes that differ by less than 5% must be the same in three times as many other analyses, and no
    third pair may occur.
    """
    sizes: dict[tuple[tuple[str, ...], str], _Places] = {}
    for table in tables:
        for row in table.rows:
            if row.has_totals and row.totals[0] != row.totals[1]:
                of_trial = sizes.setdefault((table.comparison, row.trial), {})
                of_trial.setdefault(row.totals, {}).setdefault(table.analysis.analysis, row)
    opposed = _opposed(sizes.values())
    for of_trial in sizes.values():
        yield from _swapped(of_trial, opposed)


def _opposed(sizes: Iterable[_Places]) -> set[tuple[str, str]]:
    """Pairs of analyses that compare the arms in opposite orders."""
    turned: Counter[tuple[str, str]] = Counter()
    for of_trial in sizes:
        for (one, other), here in of_trial.items():
            turned.update((a, b) for a in here for b in of_trial.get((other, one), ()))
    partners: dict[str, list[str]] = {}
    for (a, b), count in turned.items():
        if count > 1:
            partners.setdefault(a, []).append(b)
    alike: Counter[tuple[str, str]] = Counter()
    for of_trial in sizes if partners else ():
        for here in of_trial.values():
            alike.update((a, b) for a in here for b in partners.get(a, ()) if b in here)
    return {(a, b) for a, seen in partners.items() for b in seen if turned[a, b] >= alike[a, b]}


def _swapped(of_trial: _Places, opposed: set[tuple[str, str]]) -> Iterator[Question]:
    for (one, other), here in of_trial.items():
        if not (there := of_trial.get((other, one))):
            continue
        last = max((row.study.line for row in there.values()), default=0)
        for name, row in here.items():
            beside = [each for place, each in there.items() if (name, place) not in opposed and place != name]
            like_it = len(here) - sum((name, place) in opposed for place in here)
            if not beside or (len(beside), row.study.line) < (like_it, last) or _renamed(row, beside):
                continue
            if _telling(one or 0, other or 0, like_it, len(beside), len(of_trial)):
                figures = f"experimental_total {one:g}; control_total {other:g}"
                code = "swapped" if len(beside) > 1 else "swapped-once"
                why = text(code, one=one, other=other, count=len(beside))
                yield ask_about("arms-swapped", row, figures, why, OTHERWISE["arms-swapped"], beside)


def _renamed(row: Row, beside: Sequence[Row]) -> bool:
    """Whether the row's subgroup is named after arms that those of the other rows are not."""
    own = row.study.subgroup
    return bool(_COMPARES.search(own)) and all(own != each.study.subgroup for each in beside)


def _telling(one: float, other: float, here: int, there: int, pairs: int) -> bool:
    if abs(one - other) >= max(3.0, _CLEAR * max(one, other)):
        return True
    return there >= _MANY * here and pairs == 2


def sign_flipped(table: Table) -> Iterator[Question]:
    """An effect that lies far on the other side of no difference and, mirrored, among the others.

    With four other trials or more. Far and among: 2.8 and 1 of the SE that the trial and the spread of
    the others make together. For MD also a trial whose two means have the opposite sign of all others'.
    """
    rows = distinct([each for each in table.rows if each.y is not None and each.se])
    if len({each.trial for each in rows}) <= _FEWEST:
        return
    effects = [each.y or 0.0 for each in rows]
    above, below = sum(each > 0 for each in effects), sum(each < 0 for each in effects)
    for row, y, rest in zip(rows, effects, others(effects), strict=True):
        se = row.se or 0.0
        if y * rest.median >= 0 or abs(y) < _SIGNIFICANT * se:
            continue
        reach = math.hypot(se, rest.spread)
        same_side = above if rest.median > 0 else below
        if (
            abs(y - rest.median) > _FAR * reach
            and abs(y + rest.median) < _NEAR * reach
            and same_side >= _SAME_SIDE * rest.count
        ):
            figures = f"effect {y:.6g} beside median {rest.median:.6g}"
            why = text(
                "mirrored", effect=about(_shown(table, y)), count=rest.count,
                median=about(_shown(table, rest.median)), mirrored=about(_shown(table, -y)),
            )  # fmt: skip
            yield ask_about("sign-flipped", row, figures, why, OTHERWISE["sign-flipped"])
    if table.analysis.measure is Measure.MD:
        yield from _mean_sign([each for each in rows if each.has_means])


def _mean_sign(rows: Sequence[Row]) -> Iterator[Question]:
    not_below = {each.trial for each in rows if any((arm.mean or 0.0) >= 0 for arm in each.arms)}
    not_above = {each.trial for each in rows if any((arm.mean or 0.0) <= 0 for arm in each.arms)}
    for row in rows:
        one, other = (each.mean or 0.0 for each in row.arms)
        if one * other <= 0 or (not_below if one > 0 else not_above) - {row.trial}:
            continue
        rest = [each for each in rows if each.trial != row.trial]
        if len(rest) < _FEWEST:
            continue
        typical = median([(arm.mean or 0.0) / one for each in rest for arm in each.arms])
        own = math.log(row.control.sd or 1.0)
        sds = [math.log(arm.sd or 1.0) - own for each in rest for arm in each.arms]
        alike = abs(median(sds)) < math.log(_SIZE)
        if 1 / _SIZE < -typical < _SIZE and alike:
            figures = f"experimental_mean {one:g}; control_mean {other:g} beside the other sign"
            why = text("mean-sign", one=number(one), other=number(other), count=len(rest))
            yield ask_about("sign-flipped", row, figures, why, OTHERWISE["sign-flipped"])


def _shown(table: Table, y: float) -> float:
    return math.exp(min(y, 700.0)) if table.analysis.log_scale else y
