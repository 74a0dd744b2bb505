"""The first sheet of the audit workbook: results, figures per 1000 and verdicts, ours as live references."""

from collections.abc import Sequence

from repool.findings import Finding
from repool.model import Bilingual, NormalForm
from repool.quantities import ABSOLUTE, ARMS, PERCENTS, POOLED, WHOLE_REVIEW
from repool.results import PooledRow, PooledState, Results
from repool.verdicts import Basis, Checked
from repool.wording import word
from repool.workbook.cells import COUNT, PERCENT, Book, Page, both, stacked
from repool.workbook.formulas import label
from repool.workbook.words import TEXTS

_SHOWN, _PER_1000 = "0.0000", "0.0"
_WHOLE = (*ARMS, "participants", "trials", "df", "subgroup_df")
_LEGEND = ("input", "marked", "derived", "result", "value")
_EFFECT = ("estimate", "ci_low", "ci_high", "p_effect", "i2")


def write_overview(
    page: Page,
    form: NormalForm,
    results: Results,
    checked: Sequence[Checked],
    findings: Sequence[Finding],
    stopped: bool,
) -> None:
    """Title, legend, then the three tables, each figure of ours beside the one in the result files."""
    review = form.review
    page.text(1, 1, f"{both(TEXTS['audit'])}: {review.review}", "title")
    page.text(2, 1, both(review.title), "label")
    page.text(3, 1, review.citation, "note")
    page.row = 4
    if stopped:
        page.note(TEXTS["stopped"])
        return
    page.note(TEXTS["how"])
    for name in _LEGEND:
        page.text(page.row, 1, "123" if name != "marked" else "abc", name)
        page.text(page.row, 2, both(TEXTS[f"legend-{name}"]))
        page.row += 1
    _write_results(page, form, results)
    if findings:
        _write_findings(page, findings, results)
    _write_verdicts(page, form, results, checked)
    page.small_numbers("C", "G")


def live(book: Book, results: Results, checked: Checked) -> str:
    """The formula that gives our figure behind a verdict; "" where the workbook computes none."""
    analysis, subgroup, quantity = checked.analysis, checked.subgroup, checked.quantity
    if analysis == WHOLE_REVIEW or checked.ours is None or checked.basis is not Basis.TRIALS:
        return ""

    def place(*key: str) -> str:
        return str(book.places[key]) if key in book.places else ""

    def count(name: str) -> str:
        return place("counts", analysis, subgroup, name)

    if quantity in POOLED or quantity in ABSOLUTE:
        return place("pooled", analysis, subgroup, checked.method, quantity)
    if quantity.startswith("subgroup_"):
        return place("subgroups", analysis, checked.method, quantity.removeprefix("subgroup_"))
    if quantity in ARMS:
        return count(quantity)
    if quantity in PERCENTS:
        arm = quantity.partition("_")[0]
        events, total = count(f"{arm}_events"), count(f"{arm}_total")
        return f"100*{events}/{total}" if events and total else ""
    if quantity == "participants":
        one, two = count("experimental_total"), count("control_total")
        return f"{one}+{two}" if one and two else ""
    if quantity == "trials":
        for row in results.pooled:
            if (row.analysis, row.subgroup) == (analysis, subgroup):
                equal = {row.trials_pooled: "trials_pooled", row.trials_listed: "trials_listed"}
                return count(equal[int(checked.ours)]) if int(checked.ours) in equal else ""
    return ""


def _form(quantity: str) -> str:
    """How a figure is shown: whole numbers, one decimal or four."""
    return COUNT if quantity in _WHOLE else _PER_1000 if quantity in ABSOLUTE else _SHOWN


def _heads(page: Page, heads: Sequence[Bilingual]) -> None:
    for column, text in enumerate(heads, start=1):
        page.head(page.row, column, text)
    page.row += 1


def _write_results(page: Page, form: NormalForm, results: Results) -> None:
    page.section(TEXTS["results"])
    _heads(
        page,
        [TEXTS["analysis"], TEXTS["sheet"], *(label(name) for name in _EFFECT), label("k")],
    )
    titles = {each.analysis: each.title for each in form.analyses}
    for row in results.pooled:
        if row.role != "declared" or row.subgroup:
            continue
        page.text(page.row, 1, stacked(titles[row.analysis]), "wrapped")
        pooled = page.book.places[("counts", row.analysis, "", "trials_pooled")]
        sheet = pooled.sheet
        page.formula(page.row, 2, f'HYPERLINK("#\'{sheet}\'!A1","{sheet}")', "text", "General")
        for column, name in enumerate(_EFFECT, start=3):
            _live_figure(page, column, row, name)
        page.formula(page.row, 8, str(pooled), form="0")
        page.text(page.row, 9, _method_or_state(row), "text")
        page.row += 1


def _live_figure(page: Page, column: int, row: PooledRow, name: str) -> None:
    place = page.book.places.get(("pooled", row.analysis, row.subgroup, row.method, name))
    if place is not None:
        form = PERCENT if name == "i2" else _SHOWN
        page.formula(page.row, column, str(place), "result", form)


def _method_or_state(row: PooledRow) -> str:
    if row.state is PooledState.POOLED:
        return both(row.method_label)
    state = f"state-{row.state.value}"
    return f"{both(row.method_label)}. {word(state, 'nb')} / {word(state, 'en')}"


def _write_findings(page: Page, findings: Sequence[Finding], results: Results) -> None:
    page.section(TEXTS["findings"])
    _heads(page, [TEXTS["analysis"], TEXTS["source"], *(label(name) for name in ABSOLUTE)])
    page.text(page.row - 1, 2, "\n".join((word("figure", "nb"), word("figure", "en"))), "head")
    declared = {
        each.analysis: each for each in results.pooled if each.role == "declared" and not each.subgroup
    }
    for finding in findings:
        page.text(page.row, 1, stacked(finding.outcome), "wrapped")
        basis = "trials" if finding.basis == "trials" else "claims" if finding.basis == "claims" else ""
        if basis:
            name = f"basis-{basis}"
            page.text(page.row, 2, stacked(Bilingual(word(name, "nb"), word(name, "en"))), "wrapped")
        for column, name in enumerate(ABSOLUTE, start=3):
            value = getattr(finding, name)
            row = declared[finding.analysis]
            place = page.book.places.get(("pooled", row.analysis, "", row.method, name))
            if value is not None and basis == "trials" and place is not None:
                cell = page.formula(page.row, column, str(place), "result", _PER_1000)
                page.place(cell, "findings", finding.analysis, name)
            elif value is not None:
                page.number(page.row, column, value, "value", _PER_1000)
        page.row += 1


def _write_verdicts(page: Page, form: NormalForm, results: Results, checked: Sequence[Checked]) -> None:
    page.section(TEXTS["verdicts"])
    if not checked:
        page.note(TEXTS["no-verdicts"])
        return
    words = ("figure", "subgroup", "published")
    heads = [TEXTS["analysis"], *(Bilingual(word(name, "nb"), word(name, "en")) for name in words)]
    heads += [TEXTS["ours-live"], TEXTS["ours-file"].filled(file="verdicts.csv"), TEXTS["same"]]
    heads += [Bilingual(word(name, "nb"), word(name, "en")) for name in ("verdict", "method", "source")]
    heads.append(Bilingual(word("explanation", "nb"), word("explanation", "en")))
    _heads(page, heads)
    titles = {each.analysis: each.title for each in form.analyses}
    titles[WHOLE_REVIEW] = Bilingual(word("whole_review", "nb"), word("whole_review", "en"))
    for each in checked:
        _write_verdict(page, each, titles[each.analysis], results)


def _write_verdict(page: Page, checked: Checked, title: Bilingual, results: Results) -> None:
    row = page.row
    quantity, verdict = f"quantity-{checked.quantity}", f"verdict-{checked.verdict.value}"
    page.text(row, 1, stacked(title), "wrapped")
    page.text(row, 2, stacked(Bilingual(word(quantity, "nb"), word(quantity, "en"))), "wrapped")
    page.text(row, 3, checked.subgroup, "wrapped")
    page.text(row, 4, checked.published, "derived")
    formula, form = live(page.book, results, checked), _form(checked.quantity)
    if checked.ours is not None:
        page.number(row, 6, checked.ours, "value", form)
    if formula and checked.ours is not None:
        cell = page.formula(row, 5, formula, "result", form)
        page.place(cell, "verdicts", f"{checked.file}:{checked.line}")
        words = [both(TEXTS[name]) for name in ("yes", "no")]
        near = f"ABS(E{row}-F{row})<=1E-9*ABS(F{row})"
        same = f'IF(ISNUMBER(E{row}),IF({near},"{words[0]}","{words[1]}"),"{words[1]}")'
        page.formula(row, 7, same, "check")
    page.text(row, 8, stacked(Bilingual(word(verdict, "nb"), word(verdict, "en"))), "wrapped")
    page.text(row, 9, stacked(checked.method_label), "wrapped")
    page.text(row, 10, f"{checked.source}: {checked.locator} ({checked.file}:{checked.line})", "wrapped")
    page.text(row, 11, stacked(checked.reason), "wrapped")
    page.row += 1
