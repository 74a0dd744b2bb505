"""Common effects of the audit workbook as formulas: inverse variance, Mantel-Haenszel, Q around each."""

from collections.abc import Callable
from dataclasses import dataclass

from repool.methods import HAENSZEL
from repool.model import Bilingual, Measure
from repool.workbook.cells import Page, ScopeTable, TrialTable
from repool.workbook.effects import EffectTable
from repool.workbook.formulas import label, symbol
from repool.workbook.trials import Trials
from repool.workbook.words import TEXTS

_SUMS = {"sum_r": "mh_r", "sum_s": "mh_s", "sum_p": "mh_p", "sum_ps": "mh_ps", "sum_qs": "mh_qs"}


@dataclass(frozen=True, slots=True)
class Common:
    """Common-effect values of one set of trial effects: the terms of each trial and the sums."""

    effects: EffectTable
    terms: TrialTable
    sums: ScopeTable


def write_inverse_variance(trials: Trials, effects: EffectTable) -> Common:
    """w = 1/v, the common effect, Q around it, and what DerSimonian-Laird and I2 need."""
    page = trials.page
    page.section(TEXTS["iv"])
    names = ["w", "w2", "wy", *(f"wdev{each}" for each in trials.variants)]
    terms = _terms(trials, effects.table, names)
    rows = ("k", "sum_w", "sum_w2", "sum_wy", "mu_iv", "se_iv", "q_iv", "c_const", "typical")
    sums = ScopeTable(page, rows, trials.scopes)
    table = effects.table
    _fill(trials, table, terms, "w", lambda trial: f"1/{table.at('v', trial)}")
    _fill(trials, table, terms, "w2", lambda trial: f"{terms.at('w', trial)}^2")
    _fill(trials, table, terms, "wy", lambda trial: f"{terms.at('w', trial)}*{table.at('y', trial)}")
    trials.fill(
        terms, "wdev", table, sums,
        lambda x: f"{terms.at('w', x.trial)}*({table.at('y', x.trial)}-{x.pooled('mu_iv')})^2",
        needs="mu_iv",
    )  # fmt: skip
    for row in rows:
        sums.label(row, label(row), symbol(row))
    for scope in range(len(trials.scopes)):
        at = {row: sums.at(row, scope) for row in rows}
        several = f"{at['k']}>1"
        sums.formula("k", scope, trials.total(table, "estimable", scope), form="0")
        for row, name in (("sum_w", "w"), ("sum_w2", "w2"), ("sum_wy", "wy")):
            sums.formula(row, scope, trials.total(terms, name, scope))
        sums.formula("mu_iv", scope, f'IF({at["k"]}>0,{at["sum_wy"]}/{at["sum_w"]},"")')
        sums.formula("se_iv", scope, f'IF({at["k"]}>0,1/SQRT({at["sum_w"]}),"")')
        sums.formula("q_iv", scope, f'IF({several},{trials.total(terms, "wdev", scope)},"")')
        sums.formula("c_const", scope, f'IF({several},{at["sum_w"]}-{at["sum_w2"]}/{at["sum_w"]},"")')
        sums.formula("typical", scope, f'IF({several},({at["k"]}-1)/{at["c_const"]},"")')
    return Common(effects, terms, sums)


def write_mantel_haenszel(trials: Trials, effects: EffectTable, iv: Common, raw: bool) -> Common:
    """The Mantel-Haenszel sums with their variance terms, and Q around the value.

    `raw` takes the cells as typed; a risk difference always does.
    """
    page, measure, table = trials.page, trials.analysis.measure, effects.table
    if measure not in HAENSZEL:
        raise ValueError(f"{measure} has no Mantel-Haenszel value")
    page.section(TEXTS["mh-raw" if raw and measure is not Measure.RD else "mh"])
    own = _SUMS if measure is Measure.OR else dict(list(_SUMS.items())[:3])
    terms = _terms(trials, table, [*own.values(), *(f"wdev_mh{each}" for each in trials.variants)])
    rows = ("k", *own, "mu_mh", "se_mh", "q_mh")
    sums = ScopeTable(page, rows, trials.scopes)
    for name, formula in _haenszel_terms(trials, effects, raw or measure is Measure.RD).items():
        _fill(trials, table, terms, name, formula)
    trials.fill(
        terms, "wdev_mh", table, sums,
        lambda x: f"{iv.terms.at('w', x.trial)}*({table.at('y', x.trial)}-{x.pooled('mu_mh')})^2",
        needs="mu_mh",
    )  # fmt: skip
    for row in rows:
        sums.label(row, label(row), symbol(row, measure.value))
    for scope in range(len(trials.scopes)):
        at = {row: sums.at(row, scope) for row in rows}
        sums.formula("k", scope, iv.sums.at("k", scope), form="0")
        for row, name in own.items():
            sums.formula(row, scope, trials.total(terms, name, scope))
        mu, se = _haenszel_value(measure, at)
        sums.formula("mu_mh", scope, mu)
        sums.formula("se_mh", scope, f'IF(ISNUMBER({at["mu_mh"]}),{se},"")')
        q = trials.total(terms, "wdev_mh", scope)
        sums.formula("q_mh", scope, f'IF(AND({at["k"]}>1,ISNUMBER({at["mu_mh"]})),{q},"")')
    return Common(effects, terms, sums)


def _terms(trials: Trials, effects: TrialTable, names: list[str]) -> TrialTable:
    """A table whose first column repeats the trials' names."""
    terms = TrialTable(trials.page, names, len(trials.studies))
    name_trials(trials.page, trials, terms)
    return terms


def name_trials(page: Page, trials: Trials, table: TrialTable) -> None:
    """The trials' names beside a table of theirs, live too."""
    page.head(table.head, 1, Bilingual("Forsøk", "Trial"))
    page.text(table.head, 2, "", "head")
    for trial in range(len(trials.studies)):
        page.formula(table.top + trial, 1, f"$A{trials.inputs.top + trial}", form="General")


def _fill(
    trials: Trials, effects: TrialTable, terms: TrialTable, name: str, formula: Callable[[int], str]
) -> None:
    terms.fill(name, label(name), lambda trial: f'IF({effects.at("estimable", trial)}=1,{formula(trial)},"")')


def _haenszel_terms(trials: Trials, effects: EffectTable, raw: bool) -> dict[str, Callable[[int], str]]:
    """Per trial: R, S (the weight) and the variance terms."""
    measure, x, at = trials.analysis.measure, trials.inputs.at, effects.table.at

    def cells(trial: int) -> tuple[str, ...]:
        """a, b, c, d, n1, n2, N."""
        if raw:
            a, n1, c, n2 = (
                x(name, trial)
                for name in ("experimental_events", "experimental_total", "control_events", "control_total")
            )
            return a, f"({n1}-{a})", c, f"({n2}-{c})", n1, n2, f"({n1}+{n2})"
        a, b, c, d = (at(name, trial) for name in "abcd")
        return a, b, c, d, f"({a}+{b})", f"({c}+{d})", f"({a}+{b}+{c}+{d})"

    def given(formula: Callable[..., str]) -> Callable[[int], str]:
        return lambda trial: formula(*cells(trial))

    if measure is Measure.RD:
        return {
            "mh_r": given(lambda a, b, c, d, n1, n2, n: f"{n1}*{n2}/{n}*({a}/{n1}-{c}/{n2})"),
            "mh_s": given(lambda a, b, c, d, n1, n2, n: f"{n1}*{n2}/{n}"),
            "mh_p": given(lambda a, b, c, d, n1, n2, n: f"({a}*{b}*{n2}^3+{c}*{d}*{n1}^3)/({n1}*{n2}*{n}^2)"),
        }
    if measure is Measure.OR:
        return {
            "mh_r": given(lambda a, b, c, d, n1, n2, n: f"{a}*{d}/{n}"),
            "mh_s": given(lambda a, b, c, d, n1, n2, n: f"{b}*{c}/{n}"),
            "mh_p": given(lambda a, b, c, d, n1, n2, n: f"({a}+{d})/{n}*{a}*{d}/{n}"),
            "mh_ps": given(
                lambda a, b, c, d, n1, n2, n: f"({a}+{d})/{n}*{b}*{c}/{n}+({b}+{c})/{n}*{a}*{d}/{n}"
            ),
            "mh_qs": given(lambda a, b, c, d, n1, n2, n: f"({b}+{c})/{n}*{b}*{c}/{n}"),
        }

    def numerator(trial: int) -> str:
        a, _, c, _, n1, n2, n = cells(trial)
        e1, t1, e2, t2 = (
            x(name, trial)
            for name in ("experimental_events", "experimental_total", "control_events", "control_total")
        )
        ones = f'AND({effects.rules.double_zero}<>"keep",{e1}={t1},{e2}={t2})'
        return f"IF({ones},{c}*{n1},{a}*{n2})/{n}"

    return {
        "mh_r": numerator,
        "mh_s": given(lambda a, b, c, d, n1, n2, n: f"{c}*{n1}/{n}"),
        "mh_p": given(lambda a, b, c, d, n1, n2, n: f"({n1}*{n2}*({a}+{c})-{a}*{c}*{n})/{n}^2"),
    }


def _haenszel_value(measure: Measure, at: dict[str, str]) -> tuple[str, str]:
    """Formulas of the value and its SE."""
    r, s, p = at["sum_r"], at["sum_s"], at["sum_p"]
    if measure is Measure.RD:
        return f'IF({s}>0,{r}/{s},"")', f"SQRT({p})/{s}"
    value = f'IF(AND({r}>0,{s}>0),LN({r}/{s}),"")'
    if measure is Measure.RR:
        return value, f"SQRT({p}/({r}*{s}))"
    both = f"{at['sum_ps']}/(2*{r}*{s})"
    return value, f"SQRT({p}/(2*{r}^2)+{both}+{at['sum_qs']}/(2*{s}^2))"
