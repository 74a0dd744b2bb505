"""The Mantel-Haenszel common effect. Formulas: docs/methods.md, "Pooling"."""

import numpy as np

from repool.batch import Floats
from repool.methods import HAENSZEL, Method
from repool.model import Measure
from repool.trials import Trials


def mantel_haenszel(trials: Trials, method: Method) -> tuple[Floats, Floats, Floats]:
    """Mantel-Haenszel estimate and SE per analysis, and the weight of each estimable trial.

    RR and OR as logs, RD as it is. Variance: Greenland & Robins 1985 for RR and RD,
    Robins, Breslow & Greenland 1986 for OR. With `mh_cells` "corrected" RR and OR take cells with
    the zero-cell correction (RevMan), otherwise raw ones; RD always takes raw ones, so that its
    SE is 0 where no trial, or one arm of each as a whole, has the event. A ratio whose sums are 0, which raw
    cells allow, is NaN. Raises ValueError for a measure without a M-H value.
    """
    raw, cells = trials.tables, trials.cells
    if raw is None or trials.measure not in HAENSZEL:
        raise ValueError(f"{trials.measure} has no Mantel-Haenszel value: {method.name} does not apply")
    used, segments = trials.effects.estimable, trials.segments.keep(trials.effects.estimable)
    if method.mh_cells == "raw" or trials.measure is Measure.RD:
        cells = raw
    elif cells is None:
        cells = raw.corrected(method.zero_cells, trials.segments)
    a, n1, c, n2 = (x[used] for x in (cells.events1, cells.total1, cells.events2, cells.total2))
    b, d, n = n1 - a, n2 - c, n1 + n2
    with np.errstate(all="ignore"):
        if trials.measure is Measure.RD:
            w = n1 * n2 / n
            total = segments.total(w)
            variance = segments.total((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2)) / total**2
            return segments.total(w * (a / n1 - c / n2)) / total, np.sqrt(variance), w
        if trials.measure is Measure.RR:
            w = c * n1 / n
            ones = raw.all_events[used] & method.zero_cells.drops  # such a trial's RR is 1
            r = np.where(ones, w, a * n2 / n)
            rs, ss = segments.total(r), segments.total(w)
            p = segments.total((a * n1 * d + c * n2 * b) / n**2)  # n1 n2 (a + c) - a c n, without its loss
            return _log_ratio(rs, ss), np.sqrt(p / (rs * ss)), w
        r, w = a * d / n, b * c / n
        p, q = (a + d) / n, (b + c) / n
        rs, ss = segments.total(r), segments.total(w)
        variance = (
            segments.total(p * r) / (2 * rs**2)
            + segments.total(p * w + q * r) / (2 * rs * ss)
            + segments.total(q * w) / (2 * ss**2)
        )
        return _log_ratio(rs, ss), np.sqrt(variance), w


def _log_ratio(numerator: Floats, denominator: Floats) -> Floats:
    return np.where((numerator > 0) & (denominator > 0), np.log(numerator / denominator), np.nan)
