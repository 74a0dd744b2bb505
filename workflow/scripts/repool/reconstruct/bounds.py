"""The printed estimate and interval of an analysis without 2x2 tables: what its missing trials can be."""

import json
import math
from collections.abc import Mapping
from typing import Any

from scipy.special import ndtri

from repool.evidence import Evidence, printed
from repool.methods import Method
from repool.printed import Printed
from repool.quantities import EFFECT
from repool.reconstruct.mean import Pool, Residual, Span, common_sd, largest_tau2, least_tau2, residual
from repool.reconstruct.tables import Assumption, Bound, Given, Left, Outcome

_ARM_SIZES = ("experimental_total", "control_total")
Known = dict[str, tuple[float, float]]  # trial -> estimate and variance on the analysis scale


def contradicts_itself(figures: Mapping[str, Printed], is_ratio: bool, method: Method) -> bool:
    """Whether a printed estimate cannot be the middle of its printed limits, whatever the trials."""
    pool = printed_pool(figures, is_ratio, method)
    return pool is not None and not pool.edges()


def printed_pool(figures: Mapping[str, Printed], is_ratio: bool, method: Method) -> Pool | None:
    """The printed figures on the analysis scale; None where one is missing, a bound, or not Wald's."""
    if method.ci != "Wald" or any(name not in figures or figures[name].relation for name in EFFECT):
        return None
    spans = []
    for name in EFFECT:
        figure = figures[name]
        ends = [figure.value + side * figure.half_unit * (1 + 1e-9) for side in (-1, 1)]
        if is_ratio:
            ends = [math.log(end) if end > 0 else -math.inf for end in ends]
        spans.append((ends[0], ends[1]))
    if not all(math.isfinite(end) for span in spans for end in span):
        return None
    middle, low, high = spans
    return Pool(middle, low, high, float(ndtri(0.5 + method.level / 2)))


def bounds_of(evidence: Evidence, method: Method) -> list[Bound]:
    """What the missing trials can be, with the known trials alone, and with what the review assumes."""
    data = json.loads(evidence.analysis.reconstruct) if evidence.analysis.reconstruct else {}
    assume = data.get("assume", [])
    claims = evidence.claims(*EFFECT) or {}
    figures = {name: printed(claim) for name, claim in claims.items()}
    pool = None
    if claims and method.weighting == "IV":
        pool = printed_pool(figures, evidence.analysis.log_scale, method)
    known: Known = {
        row.trial: (row.y, row.se**2) for row in evidence.results.effects if row.y is not None and row.se
    }
    made = []
    for given in (Given.ROWS, Given.ASSUMED) if assume and pool else (Given.ROWS,):
        assumed = assume if given is Given.ASSUMED else []
        trials = max(len(evidence.studies), int(data.get("trials", 0)), len(known) + len(assumed))
        outcome, left, sd = Outcome.NOT_ATTEMPTED, [], None
        if pool is not None:
            outcome = Outcome.SEVERAL if pool.edges() else Outcome.NONE
        if pool is not None and pool.edges():
            of_all = known | _assumed(assumed, evidence.analysis.log_scale)
            left = _left(pool, of_all, trials - len(of_all), method)
            sd = _common_sd(evidence, pool, assumed, trials)
            if left and left[0].se is None and method.model == "common":
                outcome = Outcome.NONE
        made.append(
            Bound(
                evidence.analysis.analysis, given, method.name, method.label(),
                {name: claim.value for name, claim in claims.items()},
                next(iter(claims.values())).source if claims else "", trials,
                tuple(map(Assumption.of, assumed)), outcome,
                pool.estimate() if pool and pool.edges() else None,
                pool.se() if pool and pool.edges() else None, sd, tuple(left),
            )
        )  # fmt: skip
    return made


def _left(pool: Pool, known: Known, missing: int, method: Method) -> list[Left]:
    if missing < 1:
        return []
    values = list(known.values())
    tau2s = [0.0]
    if method.model == "random":
        tau2s = [least_tau2(pool, values), largest_tau2(pool, values, missing)]
    made = []
    for tau2 in tau2s:
        found: Residual | None = residual(pool, values, missing, tau2)
        made.append(
            Left(tau2, tuple(known), missing, *(
                (found.estimate, found.se, found.least_se, found.most_se) if found else (None,) * 4
            ))
        )  # fmt: skip
    return made


def _assumed(assume: list[dict[str, Any]], log_scale: bool) -> Known:
    known: Known = {}
    for each in assume:
        if "estimate" in each:
            middle, low, high = (math.log(each[name]) if log_scale else float(each[name]) for name in EFFECT)
            known[each["trial"]] = (middle, ((high - low) / (2 * float(ndtri(0.975)))) ** 2)
    return known


def _common_sd(evidence: Evidence, pool: Pool, assume: list[dict[str, Any]], trials: int) -> Span | None:
    """The SD that all arms share, for a mean difference by common effect with the sizes of all arms."""
    arms = [
        (float(study.experimental_total), float(study.control_total))
        for study in evidence.studies
        if study.experimental_total and study.control_total
    ]
    arms += [(float(each[_ARM_SIZES[0]]), float(each[_ARM_SIZES[1]])) for each in assume if _sized(each)]
    if evidence.analysis.measure.value != "MD" or len(arms) != trials:
        return None
    return common_sd(pool.se(), arms)


def _sized(each: dict[str, Any]) -> bool:
    return all(name in each for name in _ARM_SIZES)
