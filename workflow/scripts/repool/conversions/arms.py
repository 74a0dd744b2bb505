"""Change from baseline, arms combined into one, and one arm shared out between comparisons."""

import numpy as np

from repool.batch import Floats
from repool.conversions.records import (
    Conversion,
    Converted,
    EventsArm,
    MeansArm,
    check_not_negative,
    check_numbers,
    check_totals,
    refuse,
)
from repool.model import Bilingual

SD_OF_CHANGE = Conversion(
    Bilingual("SD ved start og slutt og deres korrelasjon", "baseline and final SD and their correlation"),
    "Handbook 6.5.2.8",
)
CORRELATION = Conversion(
    Bilingual("SD ved start, ved slutt og for endringen", "SDs of baseline, final value and change"),
    "Handbook 6.5.2.8",
)
COMBINED = Conversion(Bilingual("sammenslåtte grupper", "combined arms"), "Handbook, table 6.5.a")
COMBINED_EVENTS = Conversion(Bilingual("sammenslåtte grupper", "summed arms"), "Handbook 23.3.4")
SPLIT = Conversion(Bilingual("delt gruppe", "shared arm, divided"), "Handbook 23.3.4")


def sd_of_change(sd_baseline: Floats, sd_final: Floats, correlation: Floats | float) -> Converted:
    """SD of the change from baseline: sqrt(s_b^2 + s_f^2 - 2 r s_b s_f) (Handbook 6.5.2.8).

    Shapes (trials,); the correlation of baseline and final values is usually borrowed from another trial
    (`correlation_from_sds`). Raises ValueError for a negative SD or a correlation beyond -1 to 1.
    """
    check_not_negative(sd_baseline=sd_baseline, sd_final=sd_final)
    check_numbers(correlation=correlation)
    refuse(np.abs(correlation) > 1, "correlation is not between -1 and 1", "check it against its source")
    variance = (sd_baseline - sd_final) ** 2 + 2 * (1 - correlation) * sd_baseline * sd_final
    return Converted(np.sqrt(variance), SD_OF_CHANGE)


def correlation_from_sds(sd_baseline: Floats, sd_final: Floats, sd_change: Floats) -> Converted:
    """Correlation of baseline and final values: (s_b^2 + s_f^2 - s_c^2) / (2 s_b s_f) (Handbook 6.5.2.8).

    Shapes (trials,). Raises ValueError where the three SDs cannot belong together: the change's must lie
    between the difference and the sum of the other two, which must not be 0.
    """
    check_not_negative(sd_baseline=sd_baseline, sd_final=sd_final, sd_change=sd_change)
    remedy = "check that the three are of the same participants, and no SE among them"
    refuse((sd_baseline == 0) | (sd_final == 0), "an SD is 0, so that there is no correlation", remedy)
    slack = 1e-12 * (sd_baseline + sd_final)
    impossible = (sd_change > sd_baseline + sd_final + slack) | (
        sd_change < np.abs(sd_baseline - sd_final) - slack
    )
    refuse(impossible, "sd_change does not fit sd_baseline and sd_final", remedy)
    r = (sd_baseline**2 + sd_final**2 - sd_change**2) / (2 * sd_baseline * sd_final)
    return Converted(np.clip(r, -1, 1), CORRELATION)


def combine_means(total: Floats, mean: Floats, sd: Floats) -> MeansArm:
    """One arm of two or more: what their participants would have given as one sample.

    Shapes (arms, trials). N = sum n, M = sum n m / N, and the SD from
    (sum (n - 1) s^2 + sum n (m - M)^2) / (N - 1): Handbook table 6.5.a, for any number of arms at once;
    two at a time gives the same. Raises ValueError for an arm of fewer than 2 or a negative SD.
    """
    check_totals(total=total)
    check_numbers(mean=mean)
    check_not_negative(sd=sd)
    n = total.sum(axis=0)
    # around the first arm: large means would drown small differences
    centre = mean[0] + (total * (mean - mean[0])).sum(axis=0) / n
    squares = ((total - 1) * sd**2 + total * (mean - centre) ** 2).sum(axis=0)
    return MeansArm(n, centre, np.sqrt(squares / (n - 1)), COMBINED)


def combine_events(events: Floats, total: Floats) -> EventsArm:
    """One arm of two or more: sums of events and participants (Handbook 23.3.4). Shapes (arms, trials).

    Raises ValueError for negative events, an arm of nobody, or more events than participants.
    """
    _check_events(events, total)
    return EventsArm(events.sum(axis=0), total.sum(axis=0), COMBINED_EVENTS)


def split_events(events: Floats, total: Floats, parts: int, whole: bool = False) -> EventsArm:
    """A shared arm divided between `parts` comparisons, so that nobody counts twice (Handbook 23.3.4).

    events, total: shape (trials,); the result has shape (parts, trials), and its sum over the parts is the
    arm. Parts are alike and may be fractions (7 of 25 in two: 3.5 of 12.5), which keeps the risk; with
    `whole` they are whole numbers, the remainder going one by one to the first parts (4 of 13 and 3 of 12).
    Raises ValueError for fewer than 2 parts, more parts than participants, or, with `whole`, fractions.
    """
    _check_events(events, total)
    _check_parts(total, parts)
    return EventsArm(_divided(events, parts, whole), _divided(total, parts, whole), SPLIT)


def split_means(total: Floats, mean: Floats, sd: Floats, parts: int, whole: bool = False) -> MeansArm:
    """A shared arm divided between `parts` comparisons: participants divided, mean and SD kept.

    Handbook 23.3.4; shapes and fractions as in `split_events`. The mean of the parts is the arm's. Raises
    ValueError as there, and for a negative SD.
    """
    check_totals(total=total)
    check_numbers(mean=mean)
    check_not_negative(sd=sd)
    _check_parts(total, parts)
    shape = (parts, *np.shape(total))
    means, sds = (np.broadcast_to(each, shape).copy() for each in (mean, sd))
    return MeansArm(_divided(total, parts, whole), means, sds, SPLIT)


def _check_events(events: Floats, total: Floats) -> None:
    check_not_negative(events=events)
    check_numbers(total=total)
    refuse(total < 1, "total is below 1", "leave out an arm without participants")
    refuse(events > total, "events exceed total", "check both against the source")


def _check_parts(total: Floats, parts: int) -> None:
    if parts < 2:
        raise ValueError(f"an arm in {parts} parts; divide it into 2 or more")
    refuse(total < parts, f"total is below {parts}, one for each part", "compare fewer arms, or combine them")


def _divided(count: Floats, parts: int, whole: bool) -> Floats:
    """Shares of a count, shape (parts, trials)."""
    if not whole:
        return np.repeat(count[np.newaxis] / parts, parts, axis=0)
    refuse(count != np.floor(count), "a fraction of a participant", "divide it with fractions")
    first = np.arange(parts, dtype=np.float64)[:, np.newaxis] < count % parts
    return np.floor(count / parts) + first
