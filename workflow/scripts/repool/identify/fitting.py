"""Which settings give each total of an analysis, where its totals show different things.

Weights show how trials were pooled, limits how the interval was made, I2 what it was computed from: a search
ends with the first stage that gives a total, so that of two totals of one analysis one may be given by
plainer settings than the other. Here every setting that was found for one of them, and what RevMan offers
beside it, is tried on all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from repool.identify.claimed import Answer, batch_of
from repool.identify.figures import Maker
from repool.identify.settings import Setting
from repool.identify.space import consistent

#: What RevMan lets a user choose beside the model and tau2, and what its versions take I2 from.
_OFFERED = tuple(product(("Wald", "HKSJ"), ("Q", "tau2")))


def fitting(given: Mapping[str, Sequence[Answer]]) -> dict[str, list[tuple[Setting, ...]]]:
    """By analysis, for each of its answers the settings that give everything published of that total.

    Where no figure but weights was published of any analysis these are the settings that were found.
    """
    every = [answer for own in given.values() for answer in own]
    if not any(answer.claimed.figures for answer in every):
        return {name: [answer.found.settings for answer in own] for name, own in given.items()}
    batches: dict[Setting, list[Answer]] = defaultdict(list)
    for answer in every:
        batches[answer.claimed.base].append(answer)
    found: dict[int, list[Setting]] = {id(answer): [] for answer in every}
    for base, batch in batches.items():
        for setting, answer in _tried(base, batch):
            found[id(answer)].append(setting)
    return {name: [tuple(found[id(answer)]) for answer in own] for name, own in given.items()}


def _tried(base: Setting, batch: Sequence[Answer]) -> Iterable[tuple[Setting, Answer]]:
    """Every setting with each total it gives, of those that were found for a total of the same analysis."""
    wanted: dict[Setting, set[str]] = defaultdict(set)
    for answer in batch:
        for setting in answer.found.settings:
            for each in _offered(setting):
                wanted[each].add(answer.claimed.analysis.analysis)
    asked = batch_of(base, [answer.claimed for answer in batch])
    names = np.array([answer.claimed.analysis.analysis for answer in batch])
    for setting, analyses in wanted.items():
        which = np.isin(names, sorted(analyses))
        part = asked.only(which)
        misses = Maker(part).make(setting).misses(part)
        fits = np.all([miss == 0 for miss in misses.values()], axis=0)
        yield from ((setting, batch[place]) for place in np.flatnonzero(which)[fits].tolist())


def _offered(setting: Setting) -> Iterable[Setting]:
    """A setting, and with random effects the same with what RevMan offers; none that leaves out a trial."""
    if setting.left_out:
        return ()
    if setting.method.model != "random":
        return (setting,)
    methods = (replace(setting.method, ci=ci, i2_from=share) for ci, share in _OFFERED)
    return dict.fromkeys([setting, *(replace(setting, method=consistent(each)) for each in methods)])
