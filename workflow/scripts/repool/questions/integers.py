"""Whether whole numbers can have a printed mean (GRIM) and a printed SD (GRIMMER).

GRIM: Brown & Heathers 2017. GRIMMER: Anaya 2016; in the exact form here, after Allard 2018, the sum of
squares must be a whole number of the same parity as the sum.
"""

import math
from collections.abc import Iterator

from repool.model import Bilingual
from repool.questions.counts import ARMS
from repool.questions.records import Arm, Question, Row, Table, ask_about
from repool.questions.words import OTHERWISE, number, text

_LARGEST = 1e6  # beyond which rounding of the arithmetic itself would count
_SLACK = 1e-9
_MOST = 10_000  # sums to look through; more of them always hold one that fits


def whole_number_figures(table: Table) -> Iterator[Question]:
    """Means and SDs of outcomes declared as whole numbers that no such numbers of this many people have.

    Converted figures are left out. A figure has the decimals it was typed with, less zeros at its end, so
    that a question is missed rather than asked in vain.
    """
    if not table.analysis.integers:
        return
    for row in table.rows:
        if not row.study.converted:
            for name, arm in zip(ARMS, row.arms, strict=True):
                yield from _arm(row, name, arm)


def _arm(row: Row, name: str, arm: Arm) -> Iterator[Question]:
    if arm.mean is None or not arm.total or arm.total != int(arm.total):
        return
    if max(abs(arm.mean), arm.total, arm.sd or 0.0) > _LARGEST:
        return
    total, places = int(arm.total), decimals(arm.mean)
    if not possible_mean(arm.mean, total, places):
        below, above = (_shown(each / total, places) for each in _neighbours(arm.mean * total))
        why = text("grim", total=total, mean=arm.mean, arm=text(name), below=below, above=above)
        yield _question("grim", row, f"{name}_mean {arm.mean:.12g}; {name}_total {total}", why)
    elif arm.sd is not None and not possible_sd(arm.mean, arm.sd, total, places, decimals(arm.sd)):
        figures = f"{name}_mean {arm.mean:.12g}; {name}_sd {arm.sd:.12g}; {name}_total {total}"
        yield _question("grimmer", row, figures, text(
            "grimmer", total=total, mean=arm.mean, sd=arm.sd, arm=text(name)))  # fmt: skip


def decimals(value: float) -> int:
    """Decimals of a figure as typed, without zeros at its end."""
    return len(f"{value:.12f}".rstrip("0").partition(".")[2])


def possible_mean(mean: float, total: int, places: int) -> bool:
    """Whether the sum of so many whole numbers, divided by their number, rounds to this mean."""
    return len(_sums(mean, total, places)) > 0


def possible_sd(mean: float, sd: float, total: int, places: int, sd_places: int) -> bool:
    """Whether whole numbers with this mean have this SD (of n - 1)."""
    sums = _sums(mean, total, places)
    if total < 2 or len(sums) > _MOST:
        return True
    half = 0.5 * 10.0**-sd_places * (1 + _SLACK)
    least, most = ((total - 1) * max(sd + each, 0.0) ** 2 for each in (-half, half))
    for added in sums:
        centre = added * added / total
        first = math.ceil(least + centre - _SLACK * (1 + centre))
        first += (first - added) % 2
        if first <= most + centre + _SLACK * (1 + centre):
            return True
    return False


def _sums(mean: float, total: int, places: int) -> range:
    half = 0.5 * 10.0**-places * (1 + _SLACK)
    slack = _SLACK * (1 + abs(mean) * total)
    return range(math.ceil((mean - half) * total - slack), math.floor((mean + half) * total + slack) + 1)


def _neighbours(added: float) -> tuple[int, int]:
    return math.floor(added), math.ceil(added)


def _shown(value: float, places: int) -> Bilingual:
    return number(round(value, places + 1))


def _question(rule: str, row: Row, figures: str, why: Bilingual) -> Question:
    return ask_about(rule, row, figures, why, OTHERWISE[rule])
