"""Means and SDs from median, quartiles and range, taken to be of a normal sample. Shapes are (trials,).

Minimum a, lower quartile q1, median m, upper quartile q3, maximum b, n participants. All estimators rest
on normality; `skewness_*` says where the summaries speak against it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from repool.batch import Booleans, Floats
from repool.conversions.records import (
    Conversion,
    Converted,
    MeanAndSd,
    check_rising,
    check_totals,
    refuse,
)
from repool.model import Bilingual

_RANGE = Bilingual("minimum og maksimum", "range")
_QUARTILES = Bilingual("kvartiler", "quartiles")
_MEDIAN_RANGE = Bilingual("median, minimum og maksimum", "median and range")
_MEDIAN_QUARTILES = Bilingual("median og kvartiler", "median and quartiles")
_FIVE = Bilingual("femtallssammendrag", "five-number summary")
SD_FROM_RANGE = Conversion(_RANGE, "Wan 2014, eq. 9")
SD_FROM_QUARTILES = Conversion(_QUARTILES, "Wan 2014, eq. 16")
SD_FROM_FIVE_WAN = Conversion(_FIVE, "Wan 2014, eq. 13")
SD_FROM_FIVE_SHI = Conversion(_FIVE, "Shi 2020, eq. 11")
MEAN_FROM_RANGE_LUO = Conversion(_MEDIAN_RANGE, "Luo 2018, eq. 7")
MEAN_FROM_RANGE_WAN = Conversion(_MEDIAN_RANGE, "Wan 2014, scenario C1")
MEAN_FROM_QUARTILES_LUO = Conversion(_MEDIAN_QUARTILES, "Luo 2018, eq. 11")
MEAN_FROM_QUARTILES_WAN = Conversion(_MEDIAN_QUARTILES, "Wan 2014, eq. 14")
MEAN_FROM_FIVE_LUO = Conversion(_FIVE, "Luo 2018, eq. 15")
MEAN_FROM_FIVE_WAN = Conversion(_FIVE, "Wan 2014, eq. 10")

MeanRule = Literal["luo", "wan"]
SdRule = Literal["shi", "wan"]


@dataclass(frozen=True, slots=True)
class Skewness:
    """Test of normality by the summaries alone, shape (trials,): skewed where statistic > critical (5%)."""

    statistic: Floats
    critical: Floats

    @property
    def skewed(self) -> Booleans:
        """Whether the summaries speak against normal data, which they do by chance in one arm of 20."""
        mask: Booleans = self.statistic > self.critical
        return mask


def sd_from_range(minimum: Floats, maximum: Floats, total: Floats) -> Converted:
    """SD = (b - a) / (2 Phi^-1((n - 0.375) / (n + 0.25))) (Wan 2014, eq. 9).

    Never (b - a) / 4, which fits one size of sample only; the Handbook (6.5.2.6) advises against ranges
    altogether, because two extreme participants decide. Raises ValueError for a minimum above the maximum,
    or fewer than 2 participants.
    """
    check_rising(minimum=minimum, maximum=maximum)
    check_totals(total=total)
    return Converted((maximum - minimum) / _range_width(total), SD_FROM_RANGE)


def sd_from_quartiles(q1: Floats, q3: Floats, total: Floats) -> Converted:
    """SD = (q3 - q1) / (2 Phi^-1((0.75 n - 0.125) / (n + 0.25))) (Wan 2014, eq. 16; Handbook 6.5.2.5).

    Raises ValueError for quartiles in the wrong order, or fewer than 2 participants.
    """
    check_rising(q1=q1, q3=q3)
    check_totals(total=total)
    return Converted((q3 - q1) / _quartile_width(total), SD_FROM_QUARTILES)


def from_range(
    minimum: Floats, median: Floats, maximum: Floats, total: Floats, mean: MeanRule = "luo"
) -> MeanAndSd:
    """Mean and SD from the median and the range.

    Mean: w (a + b) / 2 + (1 - w) m, w = 4 / (4 + n^0.75) (Luo 2018, eq. 7), or w = 1/2 (Wan 2014, C1).
    SD: `sd_from_range`. Raises ValueError for a median outside the range, or fewer than 2 participants.
    """
    check_rising(minimum=minimum, median=median, maximum=maximum)
    sd = sd_from_range(minimum, maximum, total)
    w = 4 / (4 + total**0.75) if mean == "luo" else 0.5
    by = MEAN_FROM_RANGE_LUO if mean == "luo" else MEAN_FROM_RANGE_WAN
    return MeanAndSd(Converted(w * (minimum + maximum) / 2 + (1 - w) * median, by), sd)


def from_quartiles(
    q1: Floats, median: Floats, q3: Floats, total: Floats, mean: MeanRule = "luo"
) -> MeanAndSd:
    """Mean and SD from the median and the quartiles.

    Mean: w (q1 + q3) / 2 + (1 - w) m, w = 0.7 + 0.39 / n (Luo 2018, eq. 11), or w = 2/3 (Wan 2014, eq. 14).
    SD: `sd_from_quartiles`. Raises ValueError for a median outside the quartiles, or fewer than 2.
    """
    check_rising(q1=q1, median=median, q3=q3)
    sd = sd_from_quartiles(q1, q3, total)
    w = 0.7 + 0.39 / total if mean == "luo" else 2 / 3
    by = MEAN_FROM_QUARTILES_LUO if mean == "luo" else MEAN_FROM_QUARTILES_WAN
    return MeanAndSd(Converted(w * (q1 + q3) / 2 + (1 - w) * median, by), sd)


def from_five_numbers(
    minimum: Floats,
    q1: Floats,
    median: Floats,
    q3: Floats,
    maximum: Floats,
    total: Floats,
    mean: MeanRule = "luo",
    sd: SdRule = "shi",
) -> MeanAndSd:
    """Mean and SD from all five numbers, each a weighted mean of what range and quartiles say.

    Mean: w1 (a + b) / 2 + w2 (q1 + q3) / 2 + (1 - w1 - w2) m, w1 = 2.2 / (2.2 + n^0.75),
    w2 = 0.7 - 0.72 / n^0.55 (Luo 2018, eq. 15), or w1 = 1/4, w2 = 1/2 (Wan 2014, eq. 10). SD: the range's
    with weight 1 / (1 + 0.07 n^0.6) and the quartiles' with the rest (Shi 2020, eq. 11), or half of each
    (Wan 2014, eq. 13). Raises ValueError for numbers that do not rise, or fewer than 2 participants.
    """
    check_rising(minimum=minimum, q1=q1, median=median, q3=q3, maximum=maximum)
    by_range = sd_from_range(minimum, maximum, total).values
    by_quartiles = sd_from_quartiles(q1, q3, total).values
    w = 1 / (1 + 0.07 * total**0.6) if sd == "shi" else 0.5
    spread = w * by_range + (1 - w) * by_quartiles
    w1 = 2.2 / (2.2 + total**0.75) if mean == "luo" else 0.25
    w2 = 0.7 - 0.72 / total**0.55 if mean == "luo" else 0.5
    centre = w1 * (minimum + maximum) / 2 + w2 * (q1 + q3) / 2 + (1 - w1 - w2) * median
    return MeanAndSd(
        Converted(centre, MEAN_FROM_FIVE_LUO if mean == "luo" else MEAN_FROM_FIVE_WAN),
        Converted(spread, SD_FROM_FIVE_SHI if sd == "shi" else SD_FROM_FIVE_WAN),
    )


def skewness_of_range(minimum: Floats, median: Floats, maximum: Floats, total: Floats) -> Skewness:
    """|a + b - 2m| / (b - a) against 1 / ln(n + 9) + 2.5 / (n + 1) (Shi 2023); n of at least 5."""
    check_rising(minimum=minimum, median=median, maximum=maximum)
    _check_enough(total)
    return Skewness(_lopsided(minimum, median, maximum), 1 / np.log(total + 9) + 2.5 / (total + 1))


def skewness_of_quartiles(q1: Floats, median: Floats, q3: Floats, total: Floats) -> Skewness:
    """|q1 + q3 - 2m| / (q3 - q1) against 2.65 / sqrt(n) - 6 / n^2 (Shi 2023); n of at least 5."""
    check_rising(q1=q1, median=median, q3=q3)
    _check_enough(total)
    return Skewness(_lopsided(q1, median, q3), 2.65 / np.sqrt(total) - 6 / total**2)


def skewness_of_five_numbers(
    minimum: Floats, q1: Floats, median: Floats, q3: Floats, maximum: Floats, total: Floats
) -> Skewness:
    """The larger of 2.65 ln(0.6 n) / sqrt(n) |a + b - 2m| / (b - a) and |q1 + q3 - 2m| / (q3 - q1)
    against 3 / sqrt(n) - 40 / n^3 (Shi 2023); n of at least 5."""
    check_rising(minimum=minimum, q1=q1, median=median, q3=q3, maximum=maximum)
    _check_enough(total)
    root = np.sqrt(total)
    outer = 2.65 * np.log(0.6 * total) / root * _lopsided(minimum, median, maximum)
    return Skewness(np.maximum(outer, _lopsided(q1, median, q3)), 3 / root - 40 / total**3)


def _check_enough(total: Floats) -> None:
    check_totals(total=total)
    refuse(total < 5, "total is below 5, where the test says nothing", "do not test such trials")


def _lopsided(low: Floats, middle: Floats, high: Floats) -> Floats:
    """How far the middle lies from the centre, 0 to 1; 0 where there is no spread."""
    width = high - low
    return np.abs(low + high - 2 * middle) / np.where(width > 0, width, 1.0)


def _range_width(total: Floats) -> Floats:
    """Expected range of n standard normal values (Blom's approximation)."""
    width: Floats = 2 * ndtri((total - 0.375) / (total + 0.25))
    return width


def _quartile_width(total: Floats) -> Floats:
    """Expected distance of the quartiles of n standard normal values (Blom's approximation)."""
    width: Floats = 2 * ndtri((0.75 * total - 0.125) / (total + 0.25))
    return width
