"""Ends of a chain: cells of studies.csv and published.csv as quantities, and what is counted or added up."""

from collections.abc import Sequence

from repool.evidence import printed
from repool.model import LANGUAGES, Analysis, Bilingual, Claim, Measure, Status, Study, counted
from repool.results import TrialEffect, TrialWeight
from repool.wording import method_sentence
from repool.worked.haenszel import WEIGHT
from repool.worked.pooling import Working, natural_symbol
from repool.worked.quantities import Quantity, computed, constant, total
from repool.worked.trials import WorkedTrial

_ARM_SYMBOLS = {
    "experimental_events": "a", "experimental_total": "n1", "control_events": "c", "control_total": "n2",
}  # fmt: skip
_AS_PRINTED = Bilingual("trykt som «{value}»", 'printed as "{value}"')


def claim_quantity(symbol: str, claim: Claim) -> Quantity:
    """A published figure."""
    note = _AS_PRINTED.filled(value=claim.value)
    return Quantity(
        symbol, printed(claim).value, file=claim.file, line=claim.line, column="value", exact=True, note=note
    )


def study_cell(study: Study, column: str, symbol: str) -> Quantity | None:
    """One number of a trial row; None where the cell is empty."""
    value = getattr(study, column)
    if value is None:
        return None
    return Quantity(
        symbol, value, trial=study.trial, file=study.file, line=study.line, column=column, exact=True
    )


def arm_sum(studies: Sequence[Study], subgroup: str, column: str) -> Quantity | None:
    """The sum of a column over the trials with data; None where one of them has none."""
    symbol = _ARM_SYMBOLS[column]
    known = [each for each in counted(studies, subgroup) if each.status is not Status.UNKNOWN]
    cells = [study_cell(each, column, symbol) for each in known]
    present = [each for each in cells if each is not None]
    return total(f"sum_{symbol}", present) if present and len(present) == len(known) else None


def count(studies: Sequence[Study]) -> Quantity:
    """The number of trial rows, each of them a part of the count."""
    rows = [
        Quantity("1", 1.0, trial=each.trial, file=each.file, line=each.line, column="trial", exact=True)
        for each in studies
    ]
    return total("k", rows)


def counts_as(study: Study, column: str, work: Working) -> bool:
    """Whether a row counts in trials_listed, trials_unknown or trials_pooled."""
    if column == "trials_unknown":
        return study.status is Status.UNKNOWN
    if column == "trials_pooled":
        return any(each.study is study or _same(each.study, study) for each in work.trials)
    return True


def _same(one: Study, other: Study) -> bool:
    return (one.trial, one.file, one.line) == (other.trial, other.file, other.line)


def percentage(pair: Sequence[Quantity], value: float | None) -> Quantity | None:
    """Events over people, in percent."""
    if len(pair) != 2:
        return None
    events, people = pair
    return computed("percent", f"100 * {events.symbol} / {people.symbol}", pair, value)


def declared_level(analysis: Analysis, level: float) -> Quantity:
    """The level of an analysis' intervals, with where its method is declared."""
    texts = (method_sentence(analysis.method_from, analysis.method, language) for language in LANGUAGES)
    place = (analysis.file, analysis.line)
    return Quantity(
        "1 − α", level, file=place[0], line=place[1], column="method", exact=True, note=Bilingual(*texts)
    )


def trial_figures(
    analysis: Analysis, trial: WorkedTrial, row: TrialEffect, level: float
) -> dict[str, Quantity]:
    """A trial's row of effects.csv: y, its SE, and the estimate with its limits."""
    assert trial.y is not None
    assert trial.v is not None
    probability = constant("level", 0.5 + level / 2)
    z = computed("z_level", "z(level)", (probability,))
    se = computed("se", "sqrt(v)", (trial.v,), row.se, trial=trial.study.trial)
    found = {"y": trial.y, "se": se}
    letter = natural_symbol(analysis) if analysis.log_scale else "y"
    for name, end, formula in (
        ("estimate", "", "y"), ("ci_low", "_L", "y - z_level * se"), ("ci_high", "_U", "y + z_level * se"),
    ):  # fmt: skip
        wrapped = f"exp({formula})" if analysis.log_scale else formula
        names = {"y": trial.y, "se": se, "z_level": z}
        found[name] = computed(f"{letter}{end}", wrapped, names, getattr(row, name), trial=trial.study.trial)
    return found


def weight_column(work: Working) -> str:
    """The column of a working that the weights in percent are shares of."""
    if work.method.model == "random":
        return "ws"
    if work.method.weighting == "MH" and work.analysis.measure in WEIGHT:
        return WEIGHT[Measure(work.analysis.measure)]
    return "w"


def is_weight_of(weight: TrialWeight, row: TrialEffect) -> bool:
    """Whether a row of weights.csv is an effect's weight, in the overall result or its subgroup's."""
    own = (weight.analysis, weight.trial, weight.subgroup, weight.method)
    of_row = (row.analysis, row.trial, row.subgroup, row.method)
    return own == of_row and weight.scope in ("", row.subgroup)


def is_trial(trial: WorkedTrial, row: TrialWeight) -> bool:
    """Whether a row of weights.csv is of this trial."""
    return (trial.study.trial, trial.study.subgroup) == (row.trial, row.subgroup)
