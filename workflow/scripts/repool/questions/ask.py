"""Every question about a review's input, in a fixed order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from repool.model import NormalForm
from repool.questions.arms import arms_swapped, sign_flipped
from repool.questions.counts import events_above_total, participants, percentages
from repool.questions.decimals import decimal_slips, total_slips
from repool.questions.double_counting import copied_figures, shared_arm, trial_twice
from repool.questions.integers import whole_number_figures
from repool.questions.records import Question, Table, plain, tables_of
from repool.questions.scales import off_scale
from repool.questions.spreads import sd_against_interval, se_as_sd
from repool.questions.words import RULES
from repool.results import Results

#: Rules that look at one analysis at a time.
_OF_ANALYSIS: tuple[Callable[[Table], Iterator[Question]], ...] = (
    events_above_total,
    off_scale,
    whole_number_figures,
    percentages,
    sign_flipped,
    se_as_sd,
    sd_against_interval,
    decimal_slips,
    copied_figures,
    shared_arm,
    trial_twice,
)
_PLACES = {name: number for number, name in enumerate(RULES)}


def ask(form: NormalForm, results: Results) -> tuple[Question, ...]:
    """What a careful reviewer would look up; by analysis, line and rule.

    The same figures of a trial raise a question once, where they stand first; the other places are listed
    in `again`. An SD explained as a standard error is not asked about as a decimal slip as well.
    """
    tables = tables_of(form, results)
    asked = [each for table in tables for rule in _OF_ANALYSIS for each in rule(table)]
    asked += [*arms_swapped(tables), *total_slips(tables), *participants(form)]
    explained = {(each.file, each.line) for each in asked if each.rule == "se-as-sd"}
    order = {each.analysis: number for number, each in enumerate(form.analyses)}
    kept = [each for each in asked if each.rule != "decimal-slip" or (each.file, each.line) not in explained]
    kept.sort(key=lambda each: (order[each.analysis], each.line, _PLACES[each.rule], each.figures))
    return tuple(_once(kept))


def _once(asked: Iterable[Question]) -> list[Question]:
    """The first of those about the same trial's same figures, with the lines of the others."""
    found: dict[tuple[str, str, str], list[Question]] = {}
    for each in asked:
        own = each.figures.partition(" beside ")[0]
        found.setdefault((each.rule, plain(each.trial) or f"{each.line}", own), []).append(each)
    return [
        replace(first, again=" ".join(map(str, sorted({each.line for each in rest} - {first.line}))))
        for first, *rest in found.values()
    ]
