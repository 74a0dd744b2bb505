"""One round of one program, in a process of its own: `engine.py` starts it, in the environment it needs.

python engine_programs.py PROGRAM ALL.csv SOME.csv FOLDER REPEATS

Prints one line per measurement: estimator, call, number of analyses, seconds of processor time, between
tabs: what an idle core would take, and so not what others do on a shared machine meanwhile. Writes
FOLDER/PROGRAM-CALL-ESTIMATOR.csv: tau2, estimate and its standard error, NaN where the program failed.
Repool and stacked calls take all analyses at once; calls that take one analysis get those of SOME.csv.
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine_analyses import Analyses, Floats, read

Row = tuple[float, float, float]
Fit = Callable[[Floats, Floats], Row]
Make = Callable[..., Any]

WARM_UP = 20
MARKS = (10, 100)  # analyses after which the clock is read too, for the plot
FAILED = (np.nan, np.nan, np.nan)


def main() -> None:
    program, every, some, folder, repeats = sys.argv[1:]
    for estimator, call, sizes, results in PROGRAMS[program](
        read(Path(every)), read(Path(some)), int(repeats)
    ):
        for analyses, seconds in sizes:
            print(estimator, call, analyses, repr(seconds), sep="\t")
        np.savetxt(Path(folder, f"{program}-{call}-{estimator}.csv"), results, fmt="%.17g", delimiter=",")


Measured = Iterable[tuple[str, str, list[tuple[int, float]], Floats]]


def repool(every: Analyses, some: Analyses, repeats: int) -> Measured:
    """One `pool` of all analyses; estimators in turn, so that a disturbance hits all alike."""
    from repool.batch import Segments
    from repool.effects import Effects
    from repool.methods import Method
    from repool.model import Measure
    from repool.pooling import pool
    from repool.tau2 import ESTIMATORS
    from repool.trials import Trials

    effects = Effects(every.y, every.v, np.ones(len(every.y), np.bool_))
    trials = Trials(Measure.GIV, effects, None, Segments.of_counts(every.counts))
    methods = {name: Method(name, "IV", "random", name, "IV", prediction="t(k-2)") for name in ESTIMATORS}
    for _ in range(repeats):
        for name, method in methods.items():
            start = time.process_time()
            pooled, _ = pool(trials, method)
            seconds = time.process_time() - start
            results = np.column_stack([pooled.tau2, pooled.estimate, pooled.se])
            yield name, "pool", [(len(every), seconds)], results


def statsmodels(every: Analyses, some: Analyses, repeats: int) -> Measured:
    """`combine_effects` alone, which leaves out the interval, and with `conf_int`."""
    from statsmodels.stats.meta_analysis import combine_effects

    def fit(method: str, interval: bool) -> Fit:
        def one(y: Floats, v: Floats) -> Row:
            result = combine_effects(y, v, method)
            if interval:
                result.conf_int(use_t=False)
            return result.tau2, result.mean_effect_re, result.sd_eff_w_re

        return one

    for estimator in ("DL", "PM"):
        yield estimator, "fit", *one_by_one(fit(estimator.lower(), False), some)
        yield estimator, "fit-CI", *one_by_one(fit(estimator.lower(), True), some)


def pymare(every: Analyses, some: Analyses, repeats: int) -> Measured:
    """`fit` alone, with interval and p, and with all analyses of one size stacked into one call."""
    from pymare.estimators import DerSimonianLaird, Hedges, VarianceBasedLikelihoodEstimator

    def likelihood(method: str) -> Make:
        return lambda **more: VarianceBasedLikelihoodEstimator(method, **more)

    def fit(make: Make, interval: bool) -> Fit:
        def one(y: Floats, v: Floats) -> Row:
            tau2, estimate, se = stack(make, y[:, None], v[:, None], interval)[0]
            return tau2, estimate, se

        return one

    def stack(make: Make, y: Floats, v: Floats, interval: bool = True) -> Floats:
        fitted = make(small_sample_correction="wald").fit(y, v, np.ones((len(y), 1)))
        if interval:
            fitted.summary().get_fe_stats()
        found = fitted.params_
        se = np.sqrt(found["inv_cov"][0, 0])
        return np.column_stack([np.ravel(found["tau2"]), found["fe_params"][0], se])

    estimators = {"DL": DerSimonianLaird, "HE": Hedges, "REML": likelihood("REML"), "ML": likelihood("ML")}
    for estimator, make in estimators.items():
        yield estimator, "fit", *one_by_one(fit(make, False), some)
        yield estimator, "fit-CI", *one_by_one(fit(make, True), some)
        yield estimator, "stacked", *by_size(partial(stack, make), every)


def one_by_one(fit: Fit, analyses: Analyses) -> tuple[list[tuple[int, float]], Floats]:
    """Seconds after so many analyses, and the results; an analysis the program gives up on is NaN."""
    each = analyses.each()
    for y, v in each[:WARM_UP]:
        attempt(fit, y, v)
    rows, sizes = [], []
    start = time.process_time()
    for number, (y, v) in enumerate(each, 1):
        rows.append(attempt(fit, y, v))
        if number in MARKS or number == len(each):
            sizes.append((number, time.process_time() - start))
    return sizes, np.array([tuple(np.ravel(row)) for row in rows], dtype=np.float64)


def attempt(fit: Fit, y: Floats, v: Floats) -> Row:
    try:
        return fit(y, v)
    except Exception:  # whatever it is, the program has no answer
        return FAILED


def by_size(
    fit: Callable[[Floats, Floats], Floats], analyses: Analyses
) -> tuple[list[tuple[int, float]], Floats]:
    """As `one_by_one`, one call for all analyses of the same number of trials; the stacking is timed too."""
    results = np.full((len(analyses), 3), np.nan)
    fit(np.zeros((2, 1)), np.ones((2, 1)))
    start = time.process_time()
    offsets = analyses.offsets[:-1]
    for k in np.unique(analyses.counts):
        which = np.flatnonzero(analyses.counts == k)
        trials = offsets[which] + np.arange(k)[:, None]
        results[which] = fit(analyses.y[trials], analyses.v[trials])
    return [(len(analyses), time.process_time() - start)], results


PROGRAMS: dict[str, Callable[[Analyses, Analyses, int], Measured]] = {
    "repool": repool,
    "statsmodels": statsmodels,
    "pymare": pymare,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")  # roots of negative tau2, 0 / 0: theirs to make of what they will
    main()
