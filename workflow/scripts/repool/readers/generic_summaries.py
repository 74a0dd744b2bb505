"""Estimates that come with a test instead of an SE or limits: checked, converted, and said so.

Columns `statistic` (a t or z value), `p` and `df` of studies.csv.
"""

import math
from collections.abc import Mapping

import numpy as np

from repool.conversions.effects import se_from_p, se_from_statistic
from repool.conversions.wording import ConvertedCell
from repool.readers.sheet import Record

TESTS = ("statistic", "p", "df")
_CORRECT = "correct the row or add it to corrections.csv"

Values = Mapping[str, float | None]


def check_test(record: Record, values: Values) -> None:
    """Report a statistic, p or df that no test has, and a df that belongs to nothing."""
    statistic, p, df = (values[name] for name in TESTS)
    if statistic == 0:
        record.wrong("statistic", record.text("statistic"), "a t or z value other than 0", _CORRECT)
    if p is not None and not 0 < p < 1:
        record.wrong("p", record.text("p"), "a p value above 0 and below 1", "give the SE or the CI instead")
    if df is not None and p is None:
        record.wrong("df", record.text("df"), "an empty cell: df belongs beside p", "clear the cell")
    elif df is not None and df <= 0:
        record.wrong("df", record.text("df"), "degrees of freedom above 0", _CORRECT)


def converted(record: Record, values: Values, log_scale: bool) -> tuple[dict[str, float], str]:
    """The SE that a row's test stands for, and how, as column `converted` says it; nothing without a test.

    On the analysis scale, with 12 significant digits. Reports an estimate of no effect, of which a test
    says nothing.
    """
    statistic, p, df = (values[name] for name in TESTS)
    estimate = values["estimate"]
    if (statistic is None and p is None) or estimate is None:
        return {}, ""
    y = math.log(estimate) if log_scale else estimate
    if y == 0:
        record.wrong(
            "estimate", record.text("estimate"), "an estimate other than that of no effect beside a test",
            "give se, or ci_low and ci_high",
        )  # fmt: skip
        return {}, ""
    x, used = np.array([y]), ["estimate"]
    if statistic is not None:
        made = se_from_statistic(x, np.array([statistic]))
        used += ["statistic"]
    elif p is not None:
        made = se_from_p(x, np.array([p]), None if df is None else np.array([df]))
        used += ["p"] if df is None else ["p", "df"]
    cells = {name: record.plain(name) for name in used}
    return {"se": float(f"{float(made.values[0]):.12g}")}, str(ConvertedCell("se", made.by, cells))
