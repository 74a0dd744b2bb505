"""Every total of which figures were published, with its trials: what a review asks of identification."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from repool.batch import Segments, number_of
from repool.identify.asked import FIGURES, Asked, Spans
from repool.identify.found import Identified
from repool.identify.search import identify
from repool.identify.settings import Setting
from repool.identify.space import consistent
from repool.methods import declared_method
from repool.model import (
    Analysis,
    Claim,
    Counts,
    NormalForm,
    Status,
    Study,
    Totals,
    by_analysis,
    counted_in_totals,
)
from repool.printed import Printed, read_printed
from repool.quantities import EFFECT
from repool.trials import COLUMNS, GENERIC

#: Of which analysis, subgroup, source and stated method figures are asked about.
Key = tuple[str, str, str, str]

_DECIMALS = 12


@dataclass(frozen=True, slots=True)
class Claimed:
    """One total: its trials, and what one source printed of it.

    method: the one that the source states. weights: as printed, one per study, None where there is none.
    """

    analysis: Analysis
    subgroup: str
    source: str
    method: str
    studies: Sequence[Study]
    figures: dict[str, Printed]
    weights: Sequence[Printed | None]

    @property
    def key(self) -> Key:
        """What tells it from every other."""
        return self.analysis.analysis, self.subgroup, self.source, self.method

    @property
    def base(self) -> Setting:
        """The declared method: where the search starts from."""
        method = consistent(declared_method(self.analysis))
        return Setting(method, self.analysis.measure, self.analysis.log_scale)

    @property
    def has_more_than_effect(self) -> bool:
        """Whether an estimate or limits were published, and other figures beside them."""
        effect = self.figures.keys() & set(EFFECT)
        return bool(effect) and (len(effect) < len(self.figures) or any(self.weights))

    def effect_alone(self) -> "Claimed":
        """The same total with nothing published but estimate and limits."""
        figures = {name: figure for name, figure in self.figures.items() if name in EFFECT}
        return replace(self, figures=figures, weights=[None] * len(self.studies))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for a total.

    effect: what was found for its estimate and limits alone, where no setting gives everything.
    """

    claimed: Claimed
    found: Identified
    effect: Identified | None = None


def claimed(form: NormalForm) -> Iterator[Claimed]:
    """Every total of which a pooled figure or a weight was published and whose trials all have data.

    Weights are those of the overall total or, where an analysis has none, of each subgroup; of them, figures
    and weights of one source make one total.
    """
    studies = by_analysis(form.studies)
    figures, weights = _figures(form), printed_weights(form)
    for analysis in form.analyses:
        own = studies[analysis.analysis]
        weighed = _weighed(analysis, own) if any((s.file, s.line) in weights for s in own) else {}
        groups = figures.get(analysis.analysis, {})
        with_figures = {subgroup for subgroup, _, _ in groups}
        groups |= {(each, "", ""): {} for each in weighed if each not in with_figures}
        in_totals = counted_in_totals(own)
        for (subgroup, source, method), printed in groups.items():
            chosen = in_totals[subgroup]
            if chosen and all(study.status is not Status.UNKNOWN for study in chosen):
                heavy = _weights(chosen, weights) if subgroup in weighed else [None] * len(chosen)
                if printed or any(heavy):
                    yield Claimed(analysis, subgroup, source, method, chosen, printed, heavy)


def _figures(form: NormalForm) -> dict[str, dict[tuple[str, str, str], dict[str, Printed]]]:
    """Published figures by analysis, then by subgroup, source and stated method; the sharper one of two."""
    found: dict[str, dict[tuple[str, str, str], dict[str, Printed]]] = {}
    for claim in form.claims:
        if claim.quantity in FIGURES and (figure := _printed(claim)) is not None:
            place = (claim.subgroup, claim.source, claim.method)
            own = found.setdefault(claim.analysis, {}).setdefault(place, {})
            if claim.quantity not in own or own[claim.quantity].places < figure.places:
                own[claim.quantity] = figure
    return found


def _weights(chosen: Sequence[Study], weights: Mapping[tuple[str, int], Printed]) -> list[Printed | None]:
    """The printed weights of a total's rows; beside rows of the overall result alone, theirs only.

    Those of the others are then shares of something else (`overlap.overlapping_weights`).
    """
    alone = any(study.counts_in is Counts.OVERALL for study in chosen)
    return [
        weights.get((study.file, study.line)) if not alone or study.counts_in is Counts.OVERALL else None
        for study in chosen
    ]


def printed_weights(form: NormalForm) -> dict[tuple[str, int], Printed]:
    """The printed weight of each trial row that has one, by file and line."""
    found = {}
    for claim in form.trial_claims:
        if claim.weight:
            try:
                found[claim.file, claim.line] = read_printed(_rounded(claim.weight), decimal_comma=False)
            except ValueError:  # whoever checks the row's own figures says so
                continue
    return found


def _rounded(text: str) -> str:
    """A weight to its twelfth decimal: some exports print 16, of which the last are floating-point noise."""
    decimals = text.partition(".")[2]
    return f"{float(text):.{_DECIMALS}f}" if len(decimals) > _DECIMALS else text


def answers(asked: Iterable[Claimed]) -> list[Answer]:
    """The settings behind each total, in order; those of one measure and base are searched together."""
    batches: dict[Setting, list[tuple[int, Claimed]]] = defaultdict(list)
    for number, total in enumerate(asked):
        batches[total.base].append((number, total))
    given: dict[int, Answer] = {}
    for base, batch in batches.items():
        numbers, totals = zip(*batch, strict=True)
        given |= zip(numbers, _answered(base, totals), strict=True)
    return [given[number] for number in sorted(given)]


def _answered(base: Setting, batch: Sequence[Claimed]) -> list[Answer]:
    found = identify(batch_of(base, batch), base)
    again = [n for n, each in enumerate(found) if not each.settings and batch[n].has_more_than_effect]
    given = [Answer(total, each) for total, each in zip(batch, found, strict=True)]
    if again:
        alone = [batch[n].effect_alone() for n in again]
        for number, each in zip(again, identify(batch_of(base, alone), base), strict=True):
            given[number] = replace(given[number], effect=each)
    return given


def _weighed(analysis: Analysis, studies: Sequence[Study]) -> dict[str, None]:
    """The totals of which weights are shares, in order."""
    if analysis.totals is Totals.OVERALL:
        return {"": None}
    return dict.fromkeys(s.subgroup for s in studies) if analysis.totals is Totals.SUBGROUPS else {}


def _printed(claim: Claim) -> Printed | None:
    try:
        return read_printed(claim.value, claim.decimal_comma)
    except ValueError:
        return None


def batch_of(base: Setting, totals: Sequence[Claimed]) -> Asked:
    """Totals of one base as identification takes them."""
    rows = [study for each in totals for study in each.studies]
    names = (*COLUMNS[base.measure], *GENERIC)
    columns = {
        name: np.array([number_of(study, name) for study in rows], np.float64)
        for name in names
        if any(getattr(study, name, None) is not None for study in rows) or name in COLUMNS[base.measure]
    }
    published = [name for name in FIGURES if any(name in each.figures for each in totals)]
    numbers: dict[str, int] = {}
    analysis = [numbers.setdefault(_shares_tau2(each), len(numbers)) for each in totals]
    return Asked(
        base.measure,
        base.log_scale,
        columns,
        [study.trial for study in rows],
        Segments.of_counts([len(each.studies) for each in totals]),
        {name: Spans.of([each.figures.get(name) for each in totals]) for name in published},
        Spans.of_weights([weight for each in totals for weight in each.weights]),
        np.array(analysis, np.int64),
    )


def _shares_tau2(total: Claimed) -> str:
    """Subgroups of one analysis, source and stated method can share one tau2; an overall total is alone."""
    analysis, subgroup, source, method = total.key
    return repr((analysis, bool(subgroup), source, method))
