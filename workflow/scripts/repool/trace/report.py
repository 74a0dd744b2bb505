"""The chains behind the figures that a report shows, as plain data: one list of links for each analysis.

Each figure has the identifier of the link that gives it; each link names those it rests on. A trial is one
link with all that is computed from it, so that the list stays short.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repool.evidence import evidence_of
from repool.findings import Finding
from repool.model import LANGUAGES, Analysis, NormalForm, by_analysis
from repool.normal_form import InputFile
from repool.quantities import ABSOLUTE, EFFECT
from repool.results import Results
from repool.tables import read_table
from repool.trace.cells import Tracer
from repool.trace.inputs import input_of
from repool.verdicts import Checked
from repool.worked.formulas import symbol_text
from repool.worked.quantities import Quantity, ancestry
from repool.worked.words import meaning

Data = dict[str, Any]

_FINDINGS = (*ABSOLUTE, *EFFECT, "participants", "trials")
_NAMED = 3  # trials that a link names one by one
_POOLED = (*EFFECT, "p_effect", "tau2", "q", "i2")


def report_chains(folder: Path, form: NormalForm, results: Results) -> Data:
    """For each language: the identifiers of figures, and the links of each analysis; empty if stopped."""
    checked = read_table(folder / "verdicts.csv", Checked)
    findings = read_table(folder / "findings.csv", Finding)
    inputs = read_table(folder / "inputs.csv", InputFile)
    checksums = {each.file: each.sha256 for each in inputs}
    names = [each.analysis for each in form.analyses]
    data: Data = {
        language: {"findings": [{} for _ in findings], "pooled": [], "blocks": [], "names": names}
        for language in LANGUAGES
    }
    shown: dict[str, list[tuple[int, Finding]]] = defaultdict(list)
    for number, row in enumerate(findings):
        shown[row.analysis].append((number, row))
    judged = by_analysis(checked)
    for name, own in evidence_of(form, results).items():
        places, rows = [place for place, _ in shown[name]], [row for _, row in shown[name]]
        tracer = Tracer(own.form, own.results, judged[name], rows)
        for language in LANGUAGES:
            _add_chains(data[language], tracer, _Links(own.analysis, checksums, language), places)
    return data


def _add_chains(data: Data, tracer: Tracer, links: "_Links", places: list[int]) -> None:
    """The chains of one analysis, which the tracer knows alone; places: of its findings among all."""
    for number, (place, row) in enumerate(zip(places, tracer.findings, strict=True)):
        data["findings"][place] = links.of(_figures(tracer, number, row))
    analysis = links.analysis
    data["pooled"].append(links.of(tracer.working(tracer.row(analysis.analysis)).result, _POOLED))
    if links.links:
        data["blocks"].append({"title": analysis.title[links.language], "links": links.shown()})


def _figures(tracer: Tracer, number: int, row: Finding) -> dict[str, Quantity]:
    found = {name: tracer.cell("findings", number, name).quantity for name in _FINDINGS}
    shown = {name: each for name, each in found.items() if each and getattr(row, name) is not None}
    return {name: each for name, each in shown.items() if each is not None}


@dataclass(slots=True)
class _Links:
    """The links of one analysis as they are found, by a key that tells one from another."""

    analysis: Analysis
    checksums: dict[str, str]
    language: str
    links: dict[object, list[Quantity]] = field(default_factory=dict)
    numbers: dict[object, int] = field(default_factory=dict)

    def of(self, figures: Any, names: Iterable[str] | None = None) -> dict[str, str]:
        """Take in the chains of figures; the identifier of each by its name."""
        chosen = {name: figures[name] for name in names or figures if name in figures}
        for figure in chosen.values():
            for each in ancestry(figure):
                key = _key(each)
                own = self.links.setdefault(key, [])
                self.numbers.setdefault(key, len(self.links))
                if all(each is not other for other in own):
                    own.append(each)
        return {name: self._identifier(_key(figure)) for name, figure in chosen.items()}

    def _identifier(self, key: object) -> str:
        return f"{self.analysis.analysis}-{self.numbers[key]}"

    def shown(self) -> list[Data]:
        """The links in the order of the calculation backwards: trials and printed figures last."""
        keys = sorted(self.links, key=lambda key: isinstance(key, tuple))
        return [self._link(key, self.links[key]) for key in keys]

    def _link(self, key: object, quantities: list[Quantity]) -> Data:
        first = quantities[0]
        leaf = next((each for each in quantities if each.file), None)
        chain = _from_cells_up(quantities)
        lines = [each.line_text(self.language, symbols=not each.trial) for each in chain]
        notes = [each.note[self.language] for each in quantities if each.note]
        targets = {_key(child) for each in quantities for child in each.children} - {key}
        order = sorted(targets & self.numbers.keys(), key=self.numbers.__getitem__)
        name = first.trial if first.trial else meaning(first.symbol)[self.language]
        return {
            "id": self._identifier(key),
            "name": name,
            "lines": list(dict.fromkeys(lines)),
            "notes": list(dict.fromkeys(notes)),
            "to": self._targets(order),
            "place": f"{leaf.file}:{leaf.line}" if leaf else "",
            "sha256": self.checksums.get(input_of(leaf.file, self.checksums)[1], "") if leaf else "",
        }

    def _targets(self, keys: list[object]) -> list[list[str]]:
        """What a link leads to; of many trials, which stand together at the end, the first to the last."""
        trials = [each for each in keys if self.links[each][0].trial]
        many = len(trials) > _NAMED
        shown = [each for each in keys if not (many and self.links[each][0].trial)]
        found = [[self._identifier(each), self._label(each)] for each in shown]
        if many:
            span = f"{self._label(trials[0])} – {self._label(trials[-1])} ({len(trials)})"
            found.append([self._identifier(trials[0]), span])
        return found

    def _label(self, key: object) -> str:
        first = self.links[key][0]
        return first.trial or symbol_text(first.symbol)


def _from_cells_up(quantities: list[Quantity]) -> list[Quantity]:
    """Cells first, then what is computed from them."""
    own = {id(each): each for each in quantities}
    order: dict[int, Quantity] = {}

    def visit(each: Quantity) -> None:
        for child in each.children:
            if id(child) in own and id(child) not in order:
                visit(child)
        order.setdefault(id(each), each)

    for each in sorted(quantities, key=lambda each: bool(each.children)):
        visit(each)
    return list(order.values())


def _key(each: Quantity) -> object:
    """What belongs together in one link: all of a trial; a row of published.csv; else each for itself."""
    if each.trial:
        return ("trial", each.trial, _row_of(each))
    return ("row", each.file, each.line) if each.file else id(each)


def _row_of(each: Quantity) -> tuple[str, int]:
    """The row of the input that a trial's number rests on."""
    return next(((q.file, q.line) for q in ancestry(each) if q.file and q.trial == each.trial), ("", 0))
