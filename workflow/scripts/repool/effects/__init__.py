"""Trial effects: estimate and variance of each trial on the analysis scale (log for ratios).

Rules and evidence: docs/methods.md, "Trial effects". All functions take flat arrays of shape
(trials,) and return `Effects` of the same length.
"""

from repool.effects.inverse_variance import generic, observed_minus_expected
from repool.effects.means import SMD_VARIANTS, continuous, hedges_correction
from repool.effects.natural_scale import harmonic_mean, natural
from repool.effects.record import Effects
from repool.effects.single_group import correlation, single_mean, single_proportion
from repool.effects.two_by_two import Tables, dichotomous
from repool.effects.zero_cells import REVMAN_ZERO_CELLS, ZeroCells

__all__ = [
    "REVMAN_ZERO_CELLS",
    "SMD_VARIANTS",
    "Effects",
    "Tables",
    "ZeroCells",
    "continuous",
    "correlation",
    "dichotomous",
    "generic",
    "harmonic_mean",
    "hedges_correction",
    "natural",
    "observed_minus_expected",
    "single_mean",
    "single_proportion",
]
