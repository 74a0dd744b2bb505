"""The outcomes of a RevMan 5 file as analyses: what is measured, by which method, with which totals."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from repool.model import NO_TEXT, Analysis, Bilingual, Direction, Measure, Totals
from repool.readers.problems import words
from repool.readers.revman5.elements import CORRECT, Element
from repool.readers.revman_rows import DataKind, analysis, effect_name, revman_method

#: Kinds of outcomes by the start of their tags: DICH_OUTCOME has DICH_SUBGROUPs and DICH_DATA.
_KINDS = {
    "DICH": DataKind.EVENTS, "CONT": DataKind.MEANS, "IV": DataKind.ESTIMATES, "IPD": DataKind.O_E,
    "OTHER": DataKind.TEXT,
}  # fmt: skip
_DICHOTOMOUS = {"RR": Measure.RR, "OR": Measure.OR, "RD": Measure.RD, "PETO_OR": Measure.PETO}
_CONTINUOUS = {"MD": Measure.MD, "SMD": Measure.SMD}
_WEIGHTINGS = {"MH": "MH", "IV": "IV", "PETO": "Peto"}
_TOTALS = {"YES": Totals.OVERALL, "SUB": Totals.SUBGROUPS, "NO": Totals.NONE}
YES_NO = {"NO": False, "YES": True}
#: Elements of an outcome beside its subgroups and rows.
_DETAILS = frozenset(
    {"NAME", "GROUP_LABEL_1", "GROUP_LABEL_2", "GRAPH_LABEL_1", "GRAPH_LABEL_2", "EFFECT_MEASURE",
     "FOOTNOTE", "FOOTNOTES", "NOTES"}
)  # fmt: skip
_TEXT_ALONE = Bilingual(
    "Radene er tekst uten tall og regnes ikke ut.", "The rows are text without figures; nothing is computed."
)
_COMPARISON = Bilingual("Sammenligning {number}: {name}.", "Comparison {number}: {name}.")
_TRIALS_LEVEL = Bilingual(
    "Konfidensintervallene for enkeltforsøk er oppgitt på nivå {trials:g} %, de samlede på {totals:g} %; "
    "bare de samlede kontrolleres.",
    "The confidence intervals of single trials are given at {trials:g}%, those of totals at {totals:g}%; "
    "only the latter are checked.",
)
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Group:
    """A subgroup of an outcome ("" for the outcome itself), with the rows that stand directly in it."""

    subgroup: str
    element: Element
    rows: tuple[Element, ...]
    is_estimable: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome as an analysis, and what its rows and figures need to be read.

    has_test: whether it shows a test for subgroup differences. level, trials_level: of the intervals of
        totals and of trials, in percent.
    """

    element: Element
    kind: DataKind
    analysis: Analysis
    groups: tuple[Group, ...]
    is_random: bool
    is_swapped: bool
    has_test: bool
    level: float
    trials_level: float

    @property
    def rows(self) -> Iterator[Element]:
        """Its trials, those of its subgroups behind its own."""
        return (row for group in self.groups for row in group.rows)


def read_outcomes(root: Element) -> list[Outcome]:
    """The outcomes in their order, those without numbers included."""
    outcomes: dict[str, Outcome] = {}
    before = root.problems.error_count
    for comparison in _comparisons(root):
        number = _number(comparison)
        for element in comparison.children:
            prefix, _, ending = element.tag.partition("_")
            if element.tag == "NAME":
                continue
            if ending != "OUTCOME" or prefix not in _KINDS:
                _report_stranger(element, comparison)
                continue
            name = f"{number}.{_number(element)}"
            if name in outcomes:
                element.wrong(
                    "NO", element.plain("NO"),
                    f"a number of its own (already in line {outcomes[name].element.line})", CORRECT,
                )  # fmt: skip
                continue
            outcomes[name] = _outcome(element, name, number, comparison.text_of("NAME"), prefix)
    if root.problems.error_count == before:
        _report_buried(root, {id(row) for each in outcomes.values() for row in each.rows})
    return list(outcomes.values())


def _report_buried(root: Element, read: Set[int]) -> None:
    """Report the first row of data that stands where no row is read, such as in another row."""
    for section in root.all("ANALYSES_AND_DATA"):
        for each in section.descendants:
            if each.tag.partition("_")[0] in _KINDS and each.tag.endswith("_DATA") and id(each) not in read:
                each.wrong(
                    "", words(f"a {each.tag} that is in no outcome or subgroup"),
                    "rows directly in their outcome or subgroup", CORRECT,
                )  # fmt: skip
                return


def _comparisons(root: Element) -> Iterator[Element]:
    seen: dict[str, int] = {}
    for section in root.all("ANALYSES_AND_DATA"):
        for element in section.children:
            if element.tag != "COMPARISON":
                _report_stranger(element, section)
                continue
            number = element.plain("NO")
            if number in seen:
                element.wrong("NO", number, f"a number of its own (already in line {seen[number]})", CORRECT)
                continue
            seen[number] = element.line
            yield element


def _outcome(element: Element, name: str, number: str, comparison: str, prefix: str) -> Outcome:
    kind, groups = _KINDS[prefix], _groups(element, prefix)
    has_text = kind is DataKind.TEXT
    measure = _measure(element, kind)
    weighting = _weighting(element, kind, measure)
    is_random = _is_random(element, kind, weighting)
    level, trials_level = _level(element, "CI_TOTAL", 95.0), _level(element, "CI_STUDY", 95.0)
    made = analysis(
        name,
        element.text_of("NAME") or "–",
        measure,
        revman_method(weighting, is_random, level=level / 100),
        file=element.file,
        line=element.line,
        log_scale=_log_scale(element, kind),
        label=_generic_label(element) if measure is Measure.GIV else NO_TEXT,
        unit=element.plain("UNITS"),
        has_subgroups=any(group.subgroup for group in groups),
        totals=Totals.NONE if has_text else element.choice("TOTALS", _TOTALS),
        experimental=element.text_of("GROUP_LABEL_1"),
        control=element.text_of("GROUP_LABEL_2"),
        note=_note(number, comparison, has_text, level, trials_level),
    )
    return Outcome(
        element=element,
        kind=kind,
        analysis=replace(made, direction=_direction(element)),
        groups=groups,
        is_random=is_random,
        is_swapped=kind is DataKind.EVENTS and element.choice("SWAP_EVENTS", YES_NO, False),
        has_test=element.choice("SUBGROUP_TEST", YES_NO, True) and _estimable_subgroups(groups) > 1,
        level=level,
        trials_level=trials_level,
    )


def _is_random(element: Element, kind: DataKind, weighting: str) -> bool:
    """Whether effects are random; those of O - E and of Peto's method are not, whatever the file says."""
    if kind in (DataKind.O_E, DataKind.TEXT):
        return False
    is_random = element.choice("RANDOM", YES_NO)
    if is_random and weighting == "Peto":
        element.doubtful(
            "RANDOM", "YES", "NO: RevMan 5 has Peto's method with a common effect alone",
            "nothing: the analysis is computed with a common effect",
        )  # fmt: skip
        return False
    return is_random


def _log_scale(element: Element, kind: DataKind) -> bool | None:
    """Whether generic estimates are logs of ratios; None where the measure says so."""
    if kind is DataKind.ESTIMATES:
        return element.choice("LOG_DATA", YES_NO)
    return {DataKind.O_E: True, DataKind.TEXT: False}.get(kind)


def _groups(element: Element, prefix: str) -> tuple[Group, ...]:
    subgroups, taken = [], set[str]()
    for each in element.children:
        if each.tag == f"{prefix}_SUBGROUP":
            name = each.text_of("NAME") or f"{element.plain('NO')}.{each.plain('NO') or len(taken) + 1}"
            if name in taken:
                name = f"{name} ({each.plain('NO') or len(taken) + 1})"
            while name in taken:  # not even their numbers tell them apart
                name += "*"
            taken.add(name)
            subgroups.append(_group(name, each, prefix, within="subgroup"))
    return (_group("", element, prefix, within="outcome"), *subgroups)


def _group(name: str, element: Element, prefix: str, within: str) -> Group:
    return Group(
        name, element, _rows(element, prefix, within), element.choice("ESTIMABLE", YES_NO, prefix != "OTHER")
    )


def _estimable_subgroups(groups: tuple[Group, ...]) -> int:
    return sum(group.is_estimable for group in groups if group.subgroup)


def _rows(parent: Element, prefix: str, within: str) -> tuple[Element, ...]:
    """The trials directly in an outcome or subgroup; what else stands there is no row that may get lost."""
    rows = []
    for each in parent.children:
        if each.tag == f"{prefix}_DATA":
            rows.append(each)
        elif each.tag not in _DETAILS and not (within == "outcome" and each.tag == f"{prefix}_SUBGROUP"):
            _report_stranger(each, parent)
    return tuple(rows)


def _report_stranger(element: Element, parent: Element) -> None:
    """An element that is not read: an error where it may hold numbers, else a warning."""
    report = element.doubtful
    if element.tag.endswith(("_DATA", "_SUBGROUP", "_OUTCOME", "COMPARISON", "TEST", "TESTS")):
        report = element.wrong
    report(
        "", words(f"the element {element.tag[:40]} in {parent.tag}"),
        "comparisons with DICH, CONT, IV, IPD or OTHER outcomes and their rows, as in an intervention review",
        "check the file: what stands in the element is not read",
    )  # fmt: skip


def _number(element: Element) -> str:
    value = element.plain("NO")
    if not _NUMBER.fullmatch(value):
        element.wrong(
            "NO", value or words(f"no number of the {element.tag}"), "a whole number from 1", CORRECT
        )
        return "?"
    return value


def _measure(element: Element, kind: DataKind) -> Measure:
    if kind is DataKind.EVENTS:
        measure = element.choice("EFFECT_MEASURE", _DICHOTOMOUS)
        return Measure.PETO if element.plain("METHOD") == "PETO" else measure
    return element.choice("EFFECT_MEASURE", _CONTINUOUS) if kind is DataKind.MEANS else Measure.GIV


def _weighting(element: Element, kind: DataKind, measure: Measure) -> str:
    """What RevMan 5 weights by; only outcomes with events leave a choice."""
    if measure is Measure.PETO:
        return "Peto"
    return element.choice("METHOD", _WEIGHTINGS) if kind is DataKind.EVENTS else "IV"


def _level(element: Element, name: str, default: float) -> float:
    if not element.plain(name):
        return default
    level = element.number(name)
    if level is not None and not 50 <= level < 100:
        element.wrong(name, element.plain(name), "a percentage from 50 to below 100", CORRECT)
        return default
    return default if level is None else level


def _generic_label(element: Element) -> Bilingual:
    text = element.text_of("EFFECT_MEASURE") or element.plain("EFFECT_MEASURE")
    return effect_name(text)


def _note(number: str, comparison: str, has_text: bool, level: float, trials_level: float) -> Bilingual:
    parts = [_COMPARISON.filled(number=number, name=comparison.rstrip("."))] if comparison else []
    if has_text:
        parts.append(_TEXT_ALONE)
    elif level != trials_level:
        parts.append(_TRIALS_LEVEL.filled(trials=trials_level, totals=level))
    return Bilingual(" ".join(each.nb for each in parts), " ".join(each.en for each in parts))


def _direction(element: Element) -> Direction:
    """Which way is good, where the labels below the plot name the group that each side favours.

    The left side is that of smaller values.
    """
    groups = [element.text_of(f"GROUP_LABEL_{arm}").casefold() for arm in (1, 2)]
    sides = [element.text_of(f"GRAPH_LABEL_{side}").casefold() for side in (1, 2)]
    if not all(groups) or not all(each.startswith("favours") for each in sides):
        return Direction.NEUTRAL
    favoured = [each.removeprefix("favours").strip(" []") for each in sides]
    if favoured in (groups, ["experimental", "control"]):
        return Direction.LESS_IS_BETTER
    return Direction.MORE_IS_BETTER if favoured in (groups[::-1], ["control", "experimental"]) else (
        Direction.NEUTRAL
    )  # fmt: skip
