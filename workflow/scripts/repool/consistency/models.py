"""Which pooling model a printed effect comes from: by the trials, or by every table they can have."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repool.consistency.spans import Span
from repool.consistency.tails import normal_quantile
from repool.evidence import HAS_RESULT, Evidence
from repool.model import NO_TEXT, Bilingual, Measure, Study
from repool.results import PooledRow

Table = tuple[float, float, float, float]
_MOST_TABLES = 20_000  # half a second
_Z = normal_quantile(0.95)


@dataclass(frozen=True, slots=True)
class Models:
    """The models that give an effect, and what was looked at to find them.

    found: "mh" and "iv" (common effect), "random"; label: the first that gives it; tables: how many
    completions of unknown trials were tried, 0 where the trials are known; giving: how many give it.
    """

    found: frozenset[str]
    label: Bilingual
    tables: int = 0
    giving: int = 0


_LABELS = {
    "mh": Bilingual("M-H, felles effekt", "M-H, common effect"),
    "random": Bilingual("tilfeldige effekter (DL)", "random effects (DL)"),
    "iv": Bilingual("invers varians, felles effekt", "inverse variance, common effect"),
}


def models_behind(
    evidence: Evidence, needed: Sequence[Span], totals: Sequence[float] | None
) -> Models | None:
    """The models that give an effect (estimate and limits, natural scale); None where that cannot be said.

    totals: events and participants of both arms over all trials as printed, for trials without data.
    """
    if evidence.unknown():
        return _by_completion(evidence, needed, totals)
    rows = [row for row in evidence.pooled() if row.state in HAS_RESULT]
    found = frozenset(_model(row) for row in rows if _fits((row.estimate, row.ci_low, row.ci_high), needed))
    return _named(found) if rows else None


def _model(row: PooledRow) -> str:
    if row.tau2 is not None:
        return "random"
    return "mh" if row.method_label.en.startswith("M-H") else "iv"


def _fits(values: Sequence[float | None], needed: Sequence[Span]) -> bool:
    return all(
        value is not None and span.low <= value <= span.high
        for span, value in zip(needed, values, strict=True)
    )


def _named(found: frozenset[str], tables: int = 0, giving: int = 0) -> Models:
    """The models with the label of the one that a reader would expect first."""
    first = next((label for model, label in _LABELS.items() if model in found), NO_TEXT)
    return Models(found, first, tables, giving)


def _by_completion(
    evidence: Evidence, needed: Sequence[Span], totals: Sequence[float] | None
) -> Models | None:
    """Try every whole-number table of two unknown trials (or the one table of a single one).

    What the known trials leave of the printed totals is shared out in every way; each completion is
    pooled by M-H (common effect) and by DerSimonian-Laird around M-H and around the inverse-variance
    value (random effects), as RevMan 5 does. Only risk ratios, and only up to 20,000 completions.
    """
    known = [table for each in evidence.studies if (table := _table(each)) is not None]
    unknown = len(evidence.unknown())
    if totals is None or evidence.analysis.measure is not Measure.RR or unknown not in (1, 2):
        return None
    if len(known) + unknown != len(evidence.studies):
        return None
    rest = [total - sum(table[place] for table in known) for place, total in enumerate(totals)]
    if min(rest) < 0 or (unknown == 2 and math.prod(each + 1 for each in rest) > 40 * _MOST_TABLES):
        return None
    fixed = [_corrected(table) for table in known if _estimable(table)]
    tried, giving = 0, dict.fromkeys(_LABELS, 0)
    for tables in _completions([round(each) for each in rest], unknown):
        tried += 1
        if tried > _MOST_TABLES:
            return None
        cells = [*fixed, *(_corrected(table) for table in tables if _estimable(table))]
        for model in _models_giving(cells, needed):
            giving[model] += 1
    found = frozenset(model for model, number in giving.items() if number)
    return _named(found, tried, next((giving[model] for model in _LABELS if model in found), 0))


def _table(study: Study) -> Table | None:
    cells = (
        study.experimental_events, study.experimental_total, study.control_events, study.control_total,
    )  # fmt: skip
    a, n1, c, n2 = cells
    return None if a is None or n1 is None or c is None or n2 is None else (a, n1, c, n2)


def _completions(rest: Sequence[int], unknown: int) -> Iterator[list[Table]]:
    """Every table of one trial, or unordered pair of tables of two, with these totals, no arm empty."""
    a, n1, c, n2 = rest
    if unknown == 1:
        if a <= n1 and c <= n2 and min(n1, n2) > 0:
            yield [(a, n1, c, n2)]
        return
    for arm1 in range(1, n1):
        for events1 in range(max(0, a - (n1 - arm1)), min(arm1, a) + 1):
            for arm2 in range(1, n2):
                for events2 in range(max(0, c - (n2 - arm2)), min(arm2, c) + 1):
                    one = (events1, arm1, events2, arm2)
                    other = (a - events1, n1 - arm1, c - events2, n2 - arm2)
                    if one >= other:
                        yield [one, other]


def _estimable(table: Table) -> bool:
    return table[0] + table[2] > 0


def _corrected(table: Table) -> Table:
    """Half an event in each cell of a table with an empty one."""
    a, n1, c, n2 = table
    if 0 in (a, c, n1 - a, n2 - c):
        return a + 0.5, n1 + 1, c + 0.5, n2 + 1
    return table


def _models_giving(tables: Sequence[Table], needed: Sequence[Span]) -> set[str]:
    """The models by which these tables give the effect."""
    if not tables:
        return set()
    found, mh = set(), _mantel_haenszel(tables)
    if _gives(*mh, needed):
        found.add("mh")
    y = [math.log(a / n1 / (c / n2)) for a, n1, c, n2 in tables]
    v = [1 / a - 1 / n1 + 1 / c - 1 / n2 for a, n1, c, n2 in tables]
    if min(v) <= 0:  # everybody had the event
        return found
    iv = _pooled(y, v)
    if _gives(*iv, needed):
        found.add("iv")
    for centre in (mh[0], iv[0]):
        tau2 = _dersimonian_laird(y, v, centre)
        if _gives(*_pooled(y, [each + tau2 for each in v]), needed):
            found.add("random")
    return found


def _pooled(y: Sequence[float], v: Sequence[float]) -> tuple[float, float]:
    """Inverse-variance mean and its standard error."""
    total = sum(1 / each for each in v)
    return sum(each / variance for each, variance in zip(y, v, strict=True)) / total, total**-0.5


def _dersimonian_laird(y: Sequence[float], v: Sequence[float], centre: float) -> float:
    total, squares = sum(1 / each for each in v), sum(1 / each**2 for each in v)
    q = sum((each - centre) ** 2 / variance for each, variance in zip(y, v, strict=True))
    spread = total - squares / total
    return max(0.0, (q - (len(y) - 1)) / spread) if spread > 0 else 0.0


def _mantel_haenszel(tables: Sequence[Table]) -> tuple[float, float]:
    """ln RR and its standard error (Greenland & Robins 1985)."""
    r = s = p = 0.0
    for a, n1, c, n2 in tables:
        n = n1 + n2
        r, s = r + a * n2 / n, s + c * n1 / n
        p += (n1 * n2 * (a + c) - a * c * n) / n**2
    return math.log(r / s), math.sqrt(p / (r * s))


def _gives(y: float, se: float, needed: Sequence[Span]) -> bool:
    return _fits([math.exp(value) for value in (y, y - _Z * se, y + _Z * se)], needed)
