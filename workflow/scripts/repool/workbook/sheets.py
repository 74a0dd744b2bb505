"""The audit workbook of a review: results first, a sheet per analysis, the formulas in words last.

Every figure of the result tables stands in it as a live formula over the trials' input cells, but for the
few that have none (docs/methods.md, "Audit workbook").
"""

from collections.abc import Sequence
from dataclasses import dataclass

from repool.effects import ZeroCells
from repool.evidence import evidence_of
from repool.findings import Finding
from repool.methods import HAENSZEL, Method, declared_method
from repool.model import Analysis, Bilingual, Measure, NormalForm, Study
from repool.results import PooledRow, PooledState, Results
from repool.verdicts import Checked
from repool.words import WORDS
from repool.workbook.cells import FIRST, NUMBER, Book, Page, ScopeTable, both, write_label
from repool.workbook.common import Common, write_inverse_variance, write_mantel_haenszel
from repool.workbook.effects import EffectTable, write_effects
from repool.workbook.formulas import ENTRIES, label, symbol
from repool.workbook.methods import method_of, uses_haenszel, write_method
from repool.workbook.overview import write_overview
from repool.workbook.subgroups import write_subgroup_test
from repool.workbook.trials import Trials, absolute, rules_label, write_counts, write_trials
from repool.workbook.words import TEXTS

_WIDTHS = (34, 34, *[13] * 18)
_WORDS_WIDTHS = (34, 44, 52, 52, 34)
_EFFECTS = {"y": "y", "se": "se", "estimate": "shown", "ci_low": "shown_low", "ci_high": "shown_high"}
_ROLES = ("declared", "stated", "comparison")


def audit_workbook(
    form: NormalForm,
    results: Results,
    checked: Sequence[Checked],
    findings: Sequence[Finding],
    stopped: bool = False,
) -> Book:
    """The workbook of a review; a stopped one gets the first and the last sheet alone.

    `Book.places` says in which cell each figure of pooled.csv, effects.csv, weights.csv and
    subgroup_tests.csv stands.
    """
    book = Book()
    front = book.page("Resultater - Results", (30, 24, 12, 12, 12, 12, 11, 18, 30, 30, 56))
    for name, own in evidence_of(form, results).items():
        _write_analysis(book.page(name, _WIDTHS), own.analysis, own.studies, own.results.pooled)
    write_overview(front, form, results, checked, findings, stopped)
    _write_words(book.page("Formler - Formulas", _WORDS_WIDTHS))
    return book


@dataclass(frozen=True, slots=True)
class _Base:
    """What methods with the same trial effects share."""

    effects: EffectTable
    iv: Common


def _write_analysis(
    page: Page, analysis: Analysis, studies: Sequence[Study], rows: Sequence[PooledRow]
) -> None:
    own = declared_method(analysis)
    _write_title(page, analysis, own)
    trials = write_trials(page, analysis, studies, own.level)
    named = {row.method: row for row in rows if not row.subgroup}
    methods = {name: method_of(analysis, row) for name, row in named.items()}
    bases: dict[tuple[ZeroCells, str], _Base] = {}
    haenszel: dict[tuple[ZeroCells, str, bool], Common] = {}
    risk = ""
    for name, method in methods.items():
        row = named[name]
        kind = (method.zero_cells, method.smd)
        if row.state is PooledState.NOT_APPLICABLE:
            _write_heading(page, row)
            page.note(TEXTS["not-applicable"])
            continue
        if kind not in bases:
            heading = rules_label(method, own)
            bases[kind] = _write_base(trials, method, heading)
            if len(bases) == 1:
                _place_effects(trials, bases[kind].effects)
                counts = write_counts(trials, bases[kind].effects.table)
                risk = _write_control_risk(trials, counts, bases[kind].effects)
        base, centre = bases[kind], None
        if uses_haenszel(method) and analysis.measure in HAENSZEL:
            raw = method.mh_cells == "raw" or analysis.measure is Measure.RD
            if (*kind, raw) not in haenszel:
                haenszel[*kind, raw] = write_mantel_haenszel(trials, base.effects, base.iv, raw)
            centre = haenszel[*kind, raw]
        _write_heading(page, row)
        by_group = {each.subgroup: each for each in rows if each.method == name}
        made = write_method(trials, method, by_group, base.iv, centre, risk)
        if len(trials.groups) > 1:
            write_subgroup_test(trials, name, made)
    page.small_numbers("C", "T")


def _write_title(page: Page, analysis: Analysis, own: Method) -> None:
    page.text(1, 1, both(analysis.title), "title")
    unit = f" ({both(analysis.unit)})" if analysis.unit else ""
    page.text(2, 1, f"{analysis.measure.value}: {both(analysis.effect_label)}{unit}", "label")
    page.text(3, 1, f"{both(WORDS[f'own-{analysis.method_from}'])}: {both(own.label())}", "label")
    page.row = 4
    if analysis.note:
        page.note(analysis.note)
    page.sheet.freeze_panes = "C4"


def _write_base(trials: Trials, method: Method, heading: Bilingual) -> _Base:
    effects = write_effects(trials, method, heading)
    return _Base(effects, write_inverse_variance(trials, effects))


def _write_heading(page: Page, row: PooledRow) -> None:
    role = TEXTS[row.role] if row.role in _ROLES else Bilingual("", "")
    name = Bilingual(f"{row.method} ({role.nb})", f"{row.method} ({role.en})")
    page.section(TEXTS["method"].filled(name=name, label=row.method_label))


def _place_effects(trials: Trials, effects: EffectTable) -> None:
    for number, study in enumerate(trials.studies):
        for field, column in _EFFECTS.items():
            cell = effects.table.at(column, number).replace("$", "")
            trials.page.place(cell, "effects", trials.analysis.analysis, f"{study.file}:{study.line}", field)


def _write_control_risk(trials: Trials, counts: ScopeTable, effects: EffectTable) -> str:
    """The control risk as a cell; "" where the measure has no figures per 1000."""
    if not trials.analysis.measure.has_per_1000:
        return ""
    page, rule = trials.page, trials.analysis.control_risk
    write_label(page, page.row, label("risk"))
    page.text(page.row, FIRST + 1, symbol("risk"), "symbol")
    if rule == "pooled":
        events, total = (counts.at(f"control_{name}", 0) for name in ("events", "total"))
        cell = page.formula(page.row, FIRST, f'IF(N({total})>0,{events}/{total},"")', form=NUMBER)
    elif rule == "median":
        risks = effects.table.span("risk_i")
        cell = page.formula(page.row, FIRST, f'IF(COUNT({risks})>0,MEDIAN({risks}),"")', form=NUMBER)
    else:
        cell = page.number(page.row, FIRST, float(rule) / 1000)
    page.row += 1
    return absolute(cell)


def _write_words(page: Page) -> None:
    """The last sheet: each computed quantity, its formula, what it does, and its source."""
    page.text(1, 1, both(TEXTS["explained"]), "title")
    for column, name in enumerate(("quantity", "formula", "norwegian", "english", "reference"), start=1):
        page.head(3, column, TEXTS[name])
    for row, entry in enumerate(ENTRIES.values(), start=4):
        texts = (both(entry.label), entry.symbol, entry.words.nb, entry.words.en, entry.source)
        for column, text in enumerate(texts, start=1):
            page.text(row, column, text, "wrapped")
    page.sheet.freeze_panes = "A4"
    page.sheet.print_title_rows = "3:3"
