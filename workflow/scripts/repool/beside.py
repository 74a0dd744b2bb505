"""Published figures beside a pooled result: the interval of its tau2, and the weight of a subgroup."""

from repool.evidence import Evidence
from repool.judging import Candidate, judge, not_attemptable, preferred
from repool.model import Claim
from repool.quantities import TAU2_LIMITS, WEIGHT
from repool.verdicts import Checked


def check_tau2_limits(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    """Limits of tau2 (squared analysis scale) against heterogeneity.csv, by every method that has them."""
    subgroup = claims[0].subgroup
    labels = {row.method: row.method_label for row in evidence.pooled(subgroup)}
    candidates = [
        Candidate(row.method, labels[row.method], {name: getattr(row, name) for name in TAU2_LIMITS})
        for row in evidence.heterogeneity(subgroup)
    ]
    return _judged(evidence, claims, candidates)


def check_weight(evidence: Evidence, claims: list[Claim]) -> list[Checked]:
    """A subgroup's weight in percent of the overall result: the sum of its trials', by every method."""
    sums = evidence.weight_sums(claims[0].subgroup)
    labels = {row.method: row.method_label for row in evidence.pooled()}
    candidates = [
        Candidate(method, label, {WEIGHT: sums[method]}) for method, label in labels.items() if method in sums
    ]
    return _judged(evidence, claims, candidates)


def _judged(evidence: Evidence, claims: list[Claim], candidates: list[Candidate]) -> list[Checked]:
    if evidence.unknown() or not candidates:
        return not_attemptable(evidence, claims)
    return judge(evidence, claims, preferred(candidates, claims[0].method))
