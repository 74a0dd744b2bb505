"""Trial effects as formulas over the input cells. The same rules as `repool.effects`, docs/methods.md."""

from collections.abc import Callable
from dataclasses import dataclass

from repool.effects.zero_cells import DOUBLE_ZERO, RULES
from repool.methods import HAENSZEL, Method
from repool.model import Bilingual, Measure
from repool.workbook.cells import FIRST, NUMBER, TrialTable, write_label
from repool.workbook.formulas import label, symbol
from repool.workbook.trials import Trials, write_choice
from repool.workbook.words import TEXTS

_RESULTS = ("estimable", "y", "v", "se", "shown", "shown_low", "shown_high")
_CELLS = ("zero_cell", "picked", "add1", "add2", "a", "b", "c", "d")
_FLAGS = ("zero_cell", "picked", "estimable")
Formula = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The addresses of the cells with the rules for empty cells; "" where the measure has none."""

    rule: str = ""
    amount: str = ""
    double_zero: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """Formulas of a measure: the columns before the effect, when a trial is estimable, y and v."""

    columns: dict[str, Formula]
    estimable: Formula
    y: Formula
    v: Formula


@dataclass(frozen=True, slots=True)
class EffectTable:
    """The effects of all trials by one method's rules."""

    table: TrialTable
    rules: Rules
    method: Method


def write_effects(trials: Trials, method: Method, heading: Bilingual) -> EffectTable:
    """The rules as cells, then a row per trial from corrected cells to estimate and limits."""
    page, measure = trials.page, trials.analysis.measure
    page.section(heading)
    rules = _write_rules(trials, method)
    case = "Peto" if measure is Measure.PETO else measure.value
    if measure is not Measure.GIV and method.smd == "revman":
        page.text(page.row, 1, f"y = {symbol('y', case)};  v = {symbol('v', case)}", "note")
        page.row += 2
    names = [*_before(measure, method, trials.analysis.control_risk), *_RESULTS]
    table = TrialTable(page, names, len(trials.studies))
    page.head(table.head, 1, Bilingual("Forsøk", "Trial"))
    page.text(table.head, 2, "", "head")
    for trial in range(len(trials.studies)):
        page.formula(table.top + trial, 1, f"$A{trials.inputs.top + trial}", form="General")
    parts = _parts(trials, table, rules, method)
    for name, formula in parts.columns.items():
        form = "0" if name in _FLAGS else "General" if name in _CELLS else NUMBER
        table.fill(name, label(name), formula, form=form)
    _write_results(trials, table, parts)
    return EffectTable(table, rules, method)


def _write_results(trials: Trials, table: TrialTable, parts: Parts) -> None:
    at = table.at

    def where(formula: Formula) -> Formula:
        return lambda trial: f'IF({at("estimable", trial)}=1,{formula(trial)},"")'

    def natural(inner: str) -> str:
        return f"EXP({inner})" if trials.analysis.log_scale else inner

    def limit(sign: str) -> Formula:
        return lambda trial: natural(f"{at('y', trial)}{sign}{trials.z}*{at('se', trial)}")

    has = trials.inputs.at
    table.fill(
        "estimable",
        label("estimable"),
        lambda trial: f"IF({has('has_data', trial)}=1,IF({parts.estimable(trial)},1,0),0)",
        form="0",
    )
    table.fill("y", label("y"), where(parts.y))
    table.fill("v", label("v"), where(parts.v))
    table.fill("se", label("se"), where(lambda trial: f"SQRT({at('v', trial)})"))
    table.fill("shown", label("shown"), where(lambda trial: natural(at("y", trial))))
    for name, sign in (("shown_low", "-"), ("shown_high", "+")):
        table.fill(name, label(name), where(limit(sign)))


def _write_rules(trials: Trials, method: Method) -> Rules:
    page, measure = trials.page, trials.analysis.measure
    if measure is Measure.SMD:
        write_label(page, page.row, Bilingual("Variant av SMD", "Variant of the SMD"))
        page.text(page.row, FIRST, method.smd)
        page.row += 2
    if measure not in HAENSZEL:
        return Rules()
    cells = []
    for name, choices in (("zero_cell_rule", RULES), ("zero_cell_amount", ()), ("double_zero", DOUBLE_ZERO)):
        explained = f"{name}: {', '.join(choices)}" if choices else name
        cells.append(write_choice(page, TEXTS[name], explained, getattr(method, name), choices))
        if ("rules", trials.analysis.analysis, name) not in page.book.places:
            page.place(cells[-1].replace("$", ""), "rules", trials.analysis.analysis, name)
    page.row += 1
    return Rules(*cells)


def _before(measure: Measure, method: Method, control_risk: str) -> tuple[str, ...]:
    risk = ("risk_i",) if measure.has_per_1000 and control_risk == "median" else ()
    if measure in HAENSZEL:
        return (*risk, *_CELLS)
    if measure is Measure.PETO:
        return (*risk, "expected", "hyper_v")
    if measure is Measure.SMD:
        return ("pooled_sd", "small_sample")
    return ("se_given",) if measure is Measure.GIV else ()


def _parts(trials: Trials, table: TrialTable, rules: Rules, method: Method) -> Parts:
    measure = trials.analysis.measure
    if measure in HAENSZEL:
        parts = _two_by_two(trials, table, rules)
    elif measure is Measure.PETO:
        parts = _peto(trials, table)
    elif measure is Measure.ASD:
        parts = _arcsine(trials)
    elif measure is Measure.GIV:
        parts = _generic(trials, table)
    else:
        parts = _means(trials, table, method)
    if "risk_i" in table.columns:
        x = trials.inputs.at
        parts.columns["risk_i"] = lambda trial: (
            f"IF(AND({x('has_data', trial)}=1,N({x('control_total', trial)})>0),"
            f'{x("control_events", trial)}/{x("control_total", trial)},"")'
        )
    return parts


def _arms(trials: Trials, trial: int) -> tuple[str, str, str, str]:
    """The raw cells of a 2x2 table: events and total of each arm."""
    x = trials.inputs.at
    return (
        x("experimental_events", trial), x("experimental_total", trial),
        x("control_events", trial), x("control_total", trial),
    )  # fmt: skip


def _two_by_two(trials: Trials, table: TrialTable, rules: Rules) -> Parts:
    at, has = table.at, trials.inputs.at

    def zero_cell(trial: int) -> str:
        a, n1, c, n2 = _arms(trials, trial)
        return f"IF({has('has_data', trial)}=1,IF(OR({a}=0,{c}=0,{a}={n1},{c}={n2}),1,0),0)"

    def picked(trial: int) -> str:
        zero = at("zero_cell", trial)
        any_zero = f"IF(SUM({table.span('zero_cell')})>0,1,0)"
        rest = f'IF({rules.rule}="if-any",{any_zero},{zero})'
        by_rule = f'IF({rules.rule}="all",1,IF({rules.rule}="none",0,{rest}))'
        return f"IF({has('has_data', trial)}=1,{by_rule},0)"

    def added(arm: int) -> Formula:
        def formula(trial: int) -> str:
            _, n1, _, n2 = _arms(trials, trial)
            share = f'IF({rules.rule}="treatment-arm",2*{(n1, n2)[arm]}/({n1}+{n2}),1)'
            return f"IF({at('picked', trial)}=1,IF(AND({n1}>0,{n2}>0),{rules.amount}*{share},0),0)"

        return formula

    def cell(index: int, add: str, others: bool) -> Formula:
        def formula(trial: int) -> str:
            arms = _arms(trials, trial)
            raw = f"{arms[index + 1]}-{arms[index]}" if others else arms[index]
            return f'IF({has("has_data", trial)}=1,{raw}+{at(add, trial)},"")'

        return formula

    columns: dict[str, Formula] = {
        "zero_cell": zero_cell, "picked": picked, "add1": added(0), "add2": added(1),
        "a": cell(0, "add1", False), "b": cell(0, "add1", True),
        "c": cell(2, "add2", False), "d": cell(2, "add2", True),
    }  # fmt: skip
    return Parts(columns, *_ratio_or_difference(trials, table, rules))


def _ratio_or_difference(trials: Trials, table: TrialTable, rules: Rules) -> tuple[Formula, Formula, Formula]:
    """When RR, OR or RD is estimable, and its y and v."""
    measure, keep = trials.analysis.measure, f'{rules.double_zero}="keep"'

    def cells(trial: int) -> tuple[str, str, str, str]:
        a, b, c, d = (table.at(name, trial) for name in "abcd")
        return a, b, c, d

    def estimable(trial: int) -> str:
        (a, b, c, d), (e1, n1, e2, n2) = cells(trial), _arms(trials, trial)
        if measure is Measure.RR:
            more = f"{a}>0,{c}>0,{b}+{d}>0,OR({keep},{e1}+{e2}>0)"
        elif measure is Measure.OR:
            more = f"MIN({a},{b},{c},{d})>0,OR({keep},AND({e1}+{e2}>0,{e1}+{e2}<{n1}+{n2}))"
        else:
            more = f"{a}*{b}+{c}*{d}>0"
        return f"AND({n1}>0,{n2}>0,{more})"

    def y(trial: int) -> str:
        (a, b, c, d), (e1, n1, e2, n2) = cells(trial), _arms(trials, trial)
        if measure is Measure.RD:
            return f"{e1}/{n1}-{e2}/{n2}"
        if measure is Measure.OR:
            return f"LN({a}*{d}/({b}*{c}))"
        ratio = f"LN(({a}/({a}+{b}))/({c}/({c}+{d})))"
        return f"IF(AND(NOT({keep}),{e1}={n1},{e2}={n2}),0,{ratio})"

    def v(trial: int) -> str:
        a, b, c, d = cells(trial)
        if measure is Measure.RD:
            return f"{a}*{b}/({a}+{b})^3+{c}*{d}/({c}+{d})^3"
        if measure is Measure.OR:
            return f"1/{a}+1/{b}+1/{c}+1/{d}"
        return f"1/{a}-1/({a}+{b})+1/{c}-1/({c}+{d})"

    return estimable, y, v


def _peto(trials: Trials, table: TrialTable) -> Parts:
    def given(formula: Callable[[str, str, str, str], str]) -> Formula:
        def of_trial(trial: int) -> str:
            a, n1, c, n2 = _arms(trials, trial)
            enough = f"AND({trials.inputs.at('has_data', trial)}=1,N({n1})+N({n2})>1)"
            return f"IF({enough},{formula(a, n1, c, n2)},0)"

        return of_trial

    expected = given(lambda a, n1, c, n2: f"{n1}*({a}+{c})/({n1}+{n2})")
    variance = given(
        lambda a, n1, c, n2: f"{n1}*{n2}*({a}+{c})*({n1}+{n2}-{a}-{c})/(({n1}+{n2})^2*({n1}+{n2}-1))"
    )
    return Parts(
        {"expected": expected, "hyper_v": variance},
        lambda trial: f"{table.at('hyper_v', trial)}>0",
        lambda trial: (
            f"({_arms(trials, trial)[0]}-{table.at('expected', trial)})/{table.at('hyper_v', trial)}"
        ),
        lambda trial: f"1/{table.at('hyper_v', trial)}",
    )


def _arcsine(trials: Trials) -> Parts:
    def estimable(trial: int) -> str:
        _, n1, _, n2 = _arms(trials, trial)
        return f"AND({n1}>0,{n2}>0)"

    def y(trial: int) -> str:
        a, n1, c, n2 = _arms(trials, trial)
        return f"ASIN(SQRT({a}/{n1}))-ASIN(SQRT({c}/{n2}))"

    def v(trial: int) -> str:
        _, n1, _, n2 = _arms(trials, trial)
        return f"1/(4*{n1})+1/(4*{n2})"

    return Parts({}, estimable, y, v)


def _generic(trials: Trials, table: TrialTable) -> Parts:
    x, log = trials.inputs.at, trials.analysis.log_scale

    def scaled(cell: str) -> str:
        return f"LN({cell})" if log else cell

    def factor(trial: int) -> str:
        if "scale_factor" not in trials.inputs.columns:
            return ""
        cell = x("scale_factor", trial)
        return f"*IF(ISNUMBER({cell}),{cell},1)"

    def se_given(trial: int) -> str:
        low, high, level = (x(name, trial) for name in ("ci_low", "ci_high", "ci_level"))
        share = f"IF(ISNUMBER({level}),{level},95)/200"
        width = f"({scaled(high)}-{scaled(low)})/(2*NORMSINV(0.5+{share}))"
        chosen = f"IF(ISNUMBER({x('se', trial)}),{x('se', trial)},{width})"
        return f"IF({x('has_data', trial)}=1,{chosen},0){factor(trial)}"

    return Parts(
        {"se_given": se_given},
        lambda trial: f"{table.at('se_given', trial)}>0",
        lambda trial: f"{scaled(x('estimate', trial))}{factor(trial)}",
        lambda trial: f"{table.at('se_given', trial)}^2",
    )


def _means(trials: Trials, table: TrialTable, method: Method) -> Parts:
    def x(name: str) -> Formula:
        return lambda trial: trials.inputs.at(name, trial)

    m1, s1, n1 = x("experimental_mean"), x("experimental_sd"), x("experimental_total")
    m2, s2, n2 = x("control_mean"), x("control_sd"), x("control_total")

    def both_arms(more: Formula) -> Formula:
        return lambda t: f"AND({n1(t)}>0,{n2(t)}>0,{more(t)})"

    if trials.analysis.measure is Measure.MD:
        return Parts(
            {},
            both_arms(lambda t: f"{s1(t)}>0,{s2(t)}>0"),
            lambda t: f"{m1(t)}-{m2(t)}",
            lambda t: f"{s1(t)}^2/{n1(t)}+{s2(t)}^2/{n2(t)}",
        )
    if trials.analysis.measure is Measure.ROM:
        return Parts(
            {},
            both_arms(lambda t: f"{m1(t)}*{m2(t)}>0,{s1(t)}>=0,{s2(t)}>=0,{s1(t)}+{s2(t)}>0"),
            lambda t: f"LN({m1(t)}/{m2(t)})",
            lambda t: f"({s1(t)}/{m1(t)})^2/{n1(t)}+({s2(t)}/{m2(t)})^2/{n2(t)}",
        )
    return _standardised(trials, table, method.smd, (m1, s1, n1, m2, s2, n2))


def _standardised(trials: Trials, table: TrialTable, smd: str, x: tuple[Formula, ...]) -> Parts:
    m1, s1, n1, m2, s2, n2 = x
    at = table.at
    enough: dict[str, Formula] = {
        "revman": lambda t: f"AND({s1(t)}>0,{s2(t)}>0,{n1(t)}+{n2(t)}>=4)",
        "exact": lambda t: f"AND({s1(t)}>=0,{s2(t)}>=0,{n1(t)}+{n2(t)}>3)",
        "glass": lambda t: f"AND({s2(t)}>0,{n2(t)}>2)",
    }

    def known(formula: Formula) -> Formula:
        def of_trial(t: int) -> str:
            arms = f"{trials.inputs.at('has_data', t)}=1,N({n1(t)})>0,N({n2(t)})>0"
            return f"IF(AND({arms},{enough[smd](t)}),{formula(t)},0)"

        return of_trial

    def sd(t: int) -> str:
        if smd == "glass":
            return s2(t)
        squares = f"({n1(t)}-1)*{s1(t)}^2+({n2(t)}-1)*{s2(t)}^2"
        return f"SQRT(({squares})/({n1(t)}+{n2(t)}-2))"

    def small_sample(t: int) -> str:
        if smd == "revman":
            return f"1-3/(4*({n1(t)}+{n2(t)})-9)"
        return _hedges(f"({n2(t)}-1)" if smd == "glass" else f"({n1(t)}+{n2(t)}-2)")

    def v(t: int) -> str:
        y, one, two = at("y", t), n1(t), n2(t)
        if smd == "revman":
            return f"({one}+{two})/({one}*{two})+{y}^2/(2*({one}+{two}-3.94))"
        return f"1/{one}+1/{two}+{y}^2/(2*{two if smd == 'glass' else f'({one}+{two})'})"

    return Parts(
        {"pooled_sd": known(sd), "small_sample": known(small_sample)},
        lambda t: f"{at('pooled_sd', t)}>0",
        lambda t: f"({m1(t)}-{m2(t)})/{at('pooled_sd', t)}*{at('small_sample', t)}",
        v,
    )


def _hedges(m: str) -> str:
    """Hedges' J(m); above 100 by the expansion of `effects.hedges_correction`, which loses no digits."""
    exact = f"EXP(GAMMALN({m}/2)-GAMMALN(({m}-1)/2))/SQRT({m}/2)"
    u2 = f"(2*{m}-3)^-2"
    series = f"SQRT(1-1.5/{m})*EXP({u2}*(1/4-{u2}*(5/8-{u2}*61/12)))"
    return f"IF({m}<=100,{exact},{series})"
