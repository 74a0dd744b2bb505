"""All that is known about one analysis, and per-1000 figures from its trials or from published figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

from repool.absolute import control_risk, experimental_per_1000
from repool.doubts import Asked, asked_by_row, doubts
from repool.model import Analysis, Bilingual, Claim, NormalForm, Status, Study, by_analysis, counted_in_totals
from repool.printed import Printed, read_printed
from repool.quantities import ABSOLUTE, EFFECT, WHOLE_REVIEW
from repool.questions.records import Question
from repool.results import HeterogeneityRow, PooledRow, PooledState, Results

Figures = Mapping[str, float | None]
HAS_RESULT = (PooledState.POOLED, PooledState.SINGLE_TRIAL, PooledState.NO_INTERVAL)


@dataclass(frozen=True)
class Evidence:
    """All that is known about one analysis; of a whole review `evidence_of` makes them, in one go.

    What is asked of each subgroup is found once: an analysis may have thousands.

    asked: the rules that ask about rows, by place.
    """

    form: NormalForm
    results: Results
    analysis: Analysis
    asked: Asked = field(default_factory=dict)

    @cached_property
    def studies(self) -> list[Study]:
        """Its trial rows."""
        return [each for each in self.form.studies if each.analysis == self.analysis.analysis]

    def counted(self, subgroup: str = "") -> list[Study]:
        """Its trial rows that count in a total."""
        return self._counted[subgroup]

    def unknown(self, subgroup: str = "") -> list[Study]:
        """Its trials without data."""
        return [each for each in self.counted(subgroup) if each.status is Status.UNKNOWN]

    @cached_property
    def derived_rows(self) -> str:
        """Trials whose row is not printed as such anywhere."""
        return ", ".join(
            study.trial for study in self.studies if study.status in (Status.DERIVED, Status.RECONSTRUCTED)
        )

    def doubts(self, claim: Claim) -> Bilingual:
        """The rows behind a published figure that raise a question which could explain it, in words."""
        return doubts(self.counted(claim.subgroup), self.asked, claim.quantity)

    def pooled(self, subgroup: str = "") -> list[PooledRow]:
        """Its pooled rows, the declared method first, then simplest first."""
        return self._pooled[subgroup]

    def weight_sums(self, subgroup: str = "") -> Mapping[str, float]:
        """The weights of a subgroup's trials in the overall result, or of all trials, added up by method."""
        return self._weight_sums[subgroup]

    def claims(self, *quantities: str) -> dict[str, Claim] | None:
        """The published figures of these quantities, all from one source and of one method."""
        own = [each for each in self._claims if each.quantity in quantities]
        for source, method in dict.fromkeys((each.source, each.method) for each in own):
            found = {
                each.quantity: each for each in own if each.source == source and each.method in ("", method)
            }
            if len(found) == len(quantities):
                return found
        return None

    @cached_property
    def of_review(self) -> Mapping[str, Claim]:
        """The published figures of the whole review by quantity, the first of each."""
        return {each.quantity: each for each in reversed(self.form.claims) if each.analysis == WHOLE_REVIEW}

    def heterogeneity(self, subgroup: str = "") -> list[HeterogeneityRow]:
        """Its rows of heterogeneity.csv."""
        return self._heterogeneity[subgroup]

    @cached_property
    def _heterogeneity(self) -> Mapping[str, list[HeterogeneityRow]]:
        found: dict[str, list[HeterogeneityRow]] = defaultdict(list)
        for row in self.results.heterogeneity:
            if row.analysis == self.analysis.analysis:
                found[row.subgroup].append(row)
        return found

    @cached_property
    def _counted(self) -> Mapping[str, list[Study]]:
        return counted_in_totals(self.studies)

    @cached_property
    def _pooled(self) -> Mapping[str, list[PooledRow]]:
        found: dict[str, list[PooledRow]] = defaultdict(list)
        for row in self.results.pooled:
            if row.analysis == self.analysis.analysis:
                found[row.subgroup].append(row)
        return found

    @cached_property
    def _weight_sums(self) -> Mapping[str, Mapping[str, float]]:
        sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for each in self.results.weights:
            if (each.analysis, each.scope) == (self.analysis.analysis, ""):
                for total in {"", each.subgroup}:
                    sums[total][each.method] += each.weight
        return sums

    @cached_property
    def _claims(self) -> list[Claim]:
        """The published figures of the overall total."""
        name = self.analysis.analysis
        return [each for each in self.form.claims if each.analysis == name and not each.subgroup]


def evidence_of(
    form: NormalForm, results: Results, questions: Iterable[Question] = ()
) -> dict[str, Evidence]:
    """By analysis, each with its own rows of form and results alone, and the whole review's claims."""
    asked = asked_by_row(questions)
    studies, claims = by_analysis(form.studies), by_analysis(form.claims)
    of_all = claims[WHOLE_REVIEW]
    tables = {each.name: by_analysis(getattr(results, each.name)) for each in fields(Results)}
    found = {}
    for analysis in form.analyses:
        name = analysis.analysis
        own_claims = (*claims[name], *of_all)
        own = replace(form, analyses=(analysis,), studies=tuple(studies[name]), claims=own_claims)
        rows = Results(**{table: tuple(each[name]) for table, each in tables.items()})
        found[name] = Evidence(own, rows, analysis, asked)
    return found


def printed(claim: Claim) -> Printed:
    """The claim's figure as a number with its digits."""
    return read_printed(claim.value, claim.decimal_comma)


def absolute_from_trials(evidence: Evidence, row: PooledRow) -> dict[str, float | None]:
    """Per-1000 figures from the trials' control risk and a pooled row (natural scale)."""
    risk = control_risk(evidence.analysis, evidence.studies)
    if risk is None or row.state not in HAS_RESULT:
        return {}
    return _per_1000(evidence.analysis, risk, (row.estimate, row.ci_low, row.ci_high))


def absolute_from_claims(evidence: Evidence, rounded: bool = False) -> dict[str, float | None]:
    """Per-1000 figures from published control events, total and effect; {} where they are not printed."""
    inputs = claimed_inputs(evidence)
    if not inputs:
        return {}
    risk = _value(inputs, "control_events") / _value(inputs, "control_total")
    if rounded:
        risk = round(1000 * risk) / 1000
    effect = [_value(inputs, name) for name in EFFECT]
    return _per_1000(evidence.analysis, risk, effect)


def claimed_inputs(evidence: Evidence) -> dict[str, Claim]:
    """The published figures that per-1000 figures can be computed from, if all are printed."""
    if not evidence.analysis.measure.has_per_1000:
        return {}
    inputs = evidence.claims("control_events", "control_total", *EFFECT) or {}
    if inputs and not 0 <= _value(inputs, "control_events") <= _value(inputs, "control_total"):
        return {}
    return inputs if inputs and _value(inputs, "control_total") > 0 else {}


def _value(inputs: Mapping[str, Claim], name: str) -> float:
    return printed(inputs[name]).value


def _per_1000(analysis: Analysis, risk: float, effect: Sequence[float | None]) -> dict[str, float | None]:
    figures: dict[str, float | None] = {"control_per_1000": 1000 * risk}
    for name, value in zip(ABSOLUTE[1:], effect, strict=True):
        figures[name] = None if value is None else experimental_per_1000(analysis.measure, risk, value)
    return figures
