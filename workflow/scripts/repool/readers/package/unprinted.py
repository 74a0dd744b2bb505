"""Rows of which a package prints nothing although they give an effect: listed, so that none is lost."""

from collections.abc import Mapping, Sequence

from repool.batch import Segments
from repool.methods import declared_method
from repool.model import Analysis, Study, TrialClaim
from repool.trials import Trials


def with_unprinted(
    claims: Sequence[TrialClaim], studies: Sequence[Study], analyses: Mapping[str, Analysis]
) -> tuple[TrialClaim, ...]:
    """The claims in the order of the studies, with an empty one for each row that gives an effect.

    None is added where nothing at all is printed: the export is then one without such figures.
    """
    found = {(each.file, each.line): each for each in claims}
    missing = [each for each in studies if found and (each.file, each.line) not in found]
    for each in missing:
        if _gives_effect(each, analyses[each.analysis]):
            names = (each.analysis, each.subgroup, each.trial)
            found[each.file, each.line] = TrialClaim(*names, "", "", "", "", each.file, each.line)
    return tuple(found[place] for each in studies if (place := (each.file, each.line)) in found)


def _gives_effect(study: Study, analysis: Analysis) -> bool:
    method, one = declared_method(analysis), Segments.of_counts([1])
    trials = Trials.of_rows(analysis.measure, [study], one, method, analysis.log_scale)
    return bool(trials.effects.estimable[0])
