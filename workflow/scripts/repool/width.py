"""Which intervals of a pooled result are shown. Why: docs/methods.md, "Intervals of the pooled value"."""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from repool.pooling import Pooled

_NONE = 1e-12  # tables have as many digits
#: Of a ratio that a float holds.
LARGEST_LOG = 700.0


def with_width(pooled: Pooled, log_scale: bool) -> Pooled:
    """The results as they are shown: without intervals that have no width, for these say that all is known.

    M-H risk differences have such where no trial, or one arm of each as a whole, has the event; HKSJ has of
    trials that agree. Where both limits lie within 1e-12 of the estimate (of 1 for logs), limits, SE and p
    are NaN, and so are such limits of a prediction. A ratio that no float holds, or such a limit, leaves its
    analysis without numbers.
    """
    if log_scale:
        pooled = _held(pooled)
    size = 1.0 if log_scale else np.abs(pooled.estimate)
    columns: dict[str, Any] = {}
    for stem in ("ci", "prediction", "prediction_k1", "prediction_k2"):
        low, high = getattr(pooled, f"{stem}_low"), getattr(pooled, f"{stem}_high")
        none = high - low <= _NONE * size
        names = [f"{stem}_low", f"{stem}_high", *(("se", "p_effect") if stem == "ci" else ())]
        columns |= {name: np.where(none, np.nan, getattr(pooled, name)) for name in names if none.any()}
    narrower = pooled.narrower_than_wald & ~np.isnan(columns.get("se", pooled.se))
    return replace(pooled, **columns, narrower_than_wald=narrower)


def _held(pooled: Pooled) -> Pooled:
    beyond = (pooled.estimate > LARGEST_LOG) | (pooled.ci_high > LARGEST_LOG)
    if not beyond.any():
        return pooled
    names = [
        each.name for each in fields(pooled) if each.name not in ("k", "narrower_than_wald", "converged")
    ]
    return replace(pooled, **{name: np.where(beyond, np.nan, getattr(pooled, name)) for name in names})
