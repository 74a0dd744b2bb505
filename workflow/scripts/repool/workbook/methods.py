"""One method of the audit workbook as formulas: tau2, weights, pooled value, intervals, per-1000 figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from repool.methods import (
    COMPARISON,
    NAMED,
    Method,
    declared_method,
    method_behind,
    with_own,
)
from repool.model import Analysis, Measure
from repool.results import PooledRow
from repool.workbook.cells import NUMBER, PERCENT, ScopeTable, TrialTable, both
from repool.workbook.common import Common, name_trials
from repool.workbook.formulas import label, symbol
from repool.workbook.tau2 import CHECKED, estimator_rows, step_columns, write_steps, write_tau2
from repool.workbook.trials import OWN, OfTrial, Trials
from repool.workbook.words import TEXTS

HKSJ = ("HKSJ", "HKSJ-truncated", "HKSJ-wider")
_PER_1000 = {
    "experimental_per_1000": "estimate",
    "experimental_per_1000_low": "ci_low",
    "experimental_per_1000_high": "ci_high",
}
_FORMS = {
    "k": "0", "df": "0", "narrower": "0", "sub_count": "0", "sub_df": "0", "i2": PERCENT, "sub_i2": PERCENT,
    "control_per_1000": PERCENT, **dict.fromkeys(_PER_1000, PERCENT),
}  # fmt: skip
_RESULTS = frozenset({
    "tau2", "estimate", "ci_low", "ci_high", "p_effect", "q", "p_q", "i2", "prediction_low",
    "prediction_high",
    "control_per_1000", *_PER_1000,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """One method on one sheet, while it is written."""

    trials: Trials
    method: Method
    iv: Common
    haenszel: Common | None
    weights: TrialTable
    made: ScopeTable
    risk: str
    rows: Mapping[str, PooledRow]

    def at(self, name: str, scope: int) -> str:
        """The cell of a quantity."""
        return self.made.at(name, scope)

    def formula(self, name: str, scope: int, formula: str) -> None:
        """A live figure in its format."""
        style = "result" if name in _RESULTS else "derived"
        self.made.formula(name, scope, formula, style, _FORMS.get(name, NUMBER))


def method_of(analysis: Analysis, row: PooledRow) -> Method:
    """The method behind a pooled row, as it is named where it does not apply to the measure."""
    applied = method_behind(analysis, row.role, row.method)
    return applied or with_own((NAMED | COMPARISON)[row.method], declared_method(analysis))


def uses_haenszel(method: Method) -> bool:
    """Whether the method's centre or its Q is the Mantel-Haenszel value."""
    return "MH" in (method.weighting, method.q_around)


def write_method(
    trials: Trials,
    method: Method,
    rows: Mapping[str, PooledRow],
    iv: Common,
    haenszel: Common | None,
    risk: str,
) -> ScopeTable:
    """Everything of one method: a table of the trials' weights, then a row per figure.

    `rows` are the engine's results by subgroup, of which only what has no formula is taken. `risk`: the
    cell of the control risk, "" where there are no figures per 1000.
    """
    names = _columns(trials, method)
    weights = TrialTable(trials.page, names, len(trials.studies))
    name_trials(trials.page, trials, weights)
    made = ScopeTable(trials.page, _rows(trials, method, bool(risk)), trials.scopes)
    block = Block(trials, method, iv, haenszel, weights, made, risk, rows)
    measure = trials.analysis.measure.value
    cases = {"tau2": method.tau2, "equation": method.tau2, "experimental_per_1000": measure}
    for name in made.rows:
        made.label(name, label(name), symbol(name, cases.get(name, "")))
    _write_weights(block)
    for scope in range(len(trials.scopes)):
        _write_heterogeneity(block, scope)
        _write_centre(block, scope)
        _write_interval(block, scope)
        _write_predictions(block, scope)
        _write_places(block, scope)
    if risk:
        _write_per_1000(block)
    return made


def _columns(trials: Trials, method: Method) -> list[str]:
    stems = ["W", "percent", "Wy", "Wdev"]
    if method.uses_tau2:
        stems = [*step_columns(method), *stems]
    if method.weighting == "IVhet" or _scored(method):
        stems.append("W2")
    if _scored(method):
        stems.append("W2dev")
    return [f"{stem}{variant}" for variant in trials.variants for stem in stems]


def _scored(method: Method) -> bool:
    """Whether tau2 is a maximum of a likelihood, checked by its slope."""
    return method.uses_tau2 and method.tau2 in ("REML", "ML")


def _rows(trials: Trials, method: Method, per_1000: bool) -> list[str]:
    names = ["k", "q", "df", "p_q"]
    if method.uses_tau2:
        names += [*estimator_rows(method), "tau2"]
    names += ["sum_W", "sum_Wy"]
    if method.weighting == "IVhet" or _scored(method):
        names.append("sum_W2")
    names += ["mu", "sum_Wdev"]
    if _scored(method):
        names.append("sum_W2dev")
    if method.uses_tau2 and method.tau2 in CHECKED:
        names += ["equation", "solved"]
    names.append("se_wald")
    if method.ci in HKSJ or method.prediction in ("HKSJ", "Partlett-Riley"):
        names.append("se_hksj")
    if method.ci in ("HKSJ", "HKSJ-wider"):
        names.append("narrower")
    names += ["se_used", "quantile", "low", "high", "estimate", "ci_low", "ci_high", "p_effect", "i2"]
    if method.model == "random":
        if method.prediction not in ("none", "t(k-1)", "t(k-2)"):
            names += ["prediction_low", "prediction_high"]
        names += [f"prediction_{kind}_{end}" for kind in ("k1", "k2") for end in ("low", "high")]
    return names + (["control_per_1000", *_PER_1000] if per_1000 else [])


def _write_weights(block: Block) -> None:
    trials, table, effects = block.trials, block.weights, block.iv.effects.table
    method, made = block.method, block.made
    if method.uses_tau2:
        write_steps(trials, method, table, made, effects, block.iv)

    def weight(x: OfTrial) -> str:
        if method.model == "random":
            return f"1/({effects.at('v', x.trial)}+N({x.pooled('tau2')}))"
        if method.weighting == "MH" and block.haenszel is not None:
            return block.haenszel.terms.at("mh_s", x.trial)
        return block.iv.terms.at("w", x.trial)

    columns: dict[str, tuple[Callable[[OfTrial], str], str]] = {
        "W": (weight, ""),
        "percent": (
            lambda x: f'IF({x.pooled("sum_W")}>0,100*{x.own(table, "W")}/{x.pooled("sum_W")},"")',
            "mu" if method.model == "random" else "",
        ),
        "Wy": (lambda x: f"{x.own(table, 'W')}*{effects.at('y', x.trial)}", ""),
        "Wdev": (
            lambda x: f"{x.own(table, 'W')}*({effects.at('y', x.trial)}-{x.pooled('mu')})^2",
            "mu",
        ),
        "W2": (lambda x: f"{x.own(table, 'W')}^2", ""),
        "W2dev": (lambda x: f"{x.own(table, 'W')}*{x.own(table, 'Wdev')}", "mu"),
    }
    for name, (formula, needs) in columns.items():
        if name in table.columns:
            form = PERCENT if name == "percent" else NUMBER
            trials.fill(table, name, effects, made, formula, needs, form)


def _write_heterogeneity(block: Block, scope: int) -> None:
    method, at = block.method, block.at
    q = block.iv.sums.at("q_iv", scope)
    if block.haenszel is not None and _around_haenszel(block):
        q = block.haenszel.sums.at("q_mh", scope)
    block.formula("k", scope, block.iv.sums.at("k", scope))
    common = method.model == "common"
    block.formula("q", scope, f'IF(ISNUMBER({at("mu", scope)}),{q},"")' if common else q)
    several = f"ISNUMBER({at('q', scope)})" if common or method.tau2 == "DL" else f"{at('k', scope)}>1"
    block.formula("df", scope, f'IF({several},{at("k", scope)}-1,"")')
    block.formula(
        "p_q", scope, f'IF(ISNUMBER({at("q", scope)}),CHIDIST({at("q", scope)},{at("df", scope)}),"")'
    )
    if method.uses_tau2:
        row = block.rows.get(block.trials.name(scope))
        write_tau2(block, scope, row.tau2 if row else None)
    if method.i2_from == "Q" or not method.uses_tau2:
        q, df = at("q", scope), at("df", scope)
        i2 = f'IF(ISNUMBER({q}),IF({q}=0,0,100*MAX(0,({q}-{df})/{q})),"")'
    else:
        tau2, typical = at("tau2", scope), block.iv.sums.at("typical", scope)
        i2 = f'IF(AND({at("k", scope)}>1,ISNUMBER({tau2})),100*{tau2}/({tau2}+{typical}),"")'
    block.formula("i2", scope, i2)


def _around_haenszel(block: Block) -> bool:
    return block.haenszel is not None and block.method.q_around == "MH"


def _write_centre(block: Block, scope: int) -> None:
    trials, method, at = block.trials, block.method, block.at
    mu, total = at("mu", scope), at("sum_W", scope)
    for column in ("W", "Wy", "W2", "Wdev", "W2dev"):
        if f"sum_{column}" in block.made.rows:
            block.formula(f"sum_{column}", scope, trials.total(block.weights, column, scope))
    if method.weighting == "MH" and method.model == "common" and block.haenszel is not None:
        value, se = (block.haenszel.sums.at(name, scope) for name in ("mu_mh", "se_mh"))
    else:
        value = f'IF({at("k", scope)}>0,{at("sum_Wy", scope)}/{total},"")'
        if _around_haenszel(block) and method.uses_tau2 and method.tau2 == "DL":
            value = f'IF(AND({at("k", scope)}>1,NOT(ISNUMBER({at("q", scope)}))),"",{value})'
        se = f"1/SQRT({total})"
        if method.weighting == "IVhet":
            se = f"SQRT({total}+N({at('tau2', scope)})*{at('sum_W2', scope)})/{total}"
        se = f'IF(ISNUMBER({mu}),{se},"")'
    block.formula("mu", scope, value)
    block.formula("se_wald", scope, se)


def _write_interval(block: Block, scope: int) -> None:
    method, at, made = block.method, block.at, block.made
    mu, k, df, wald = (at(name, scope) for name in ("mu", "k", "df", "se_wald"))
    z, t = block.trials.z, f"TINV(1-{block.trials.level},{df})"
    if "se_hksj" in made.rows:
        hksj = f"SQRT({at('sum_Wdev', scope)}/({df}*{at('sum_W', scope)}))"
        block.formula("se_hksj", scope, f'IF(ISNUMBER({mu}),IF({k}>1,{hksj},{wald}),"")')
    if "narrower" in made.rows:
        hksj = at("se_hksj", scope)
        narrower = f"IF(AND({hksj}>0,{t}*{hksj}<{z}*{wald}),1,0)"
        block.formula("narrower", scope, f"IF(AND({k}>1,ISNUMBER({mu})),{narrower},0)")
    if method.ci == "KR":
        _write_kenward_roger(block, scope)
        return
    student = f"{k}>1"
    se = wald
    if method.ci in HKSJ:
        se = at("se_hksj", scope)
        if method.ci == "HKSJ-truncated":
            se = f'IF(ISNUMBER({mu}),MAX({se},{wald}),"")'
        elif method.ci == "HKSJ-wider":
            student = f"AND({k}>1,{at('narrower', scope)}=0)"
            se = f"IF({at('narrower', scope)}=1,{wald},{se})"
    block.formula("se_used", scope, f'IF(N({se})>1E-13*{_size(block, scope)},{se},"")')
    used, quantile = at("se_used", scope), at("quantile", scope)
    normal_p, student_p = f"2*NORMSDIST(-ABS({mu})/{used})", f"TDIST(ABS({mu})/{used},{df},2)"
    chosen, p = f"IF({student},{t},{z})", f"IF({student},{student_p},{normal_p})"
    if method.ci == "Wald":
        chosen, p = z, normal_p
    block.formula("quantile", scope, f'IF(ISNUMBER({mu}),{chosen},"")')
    block.formula("low", scope, f'IF(N({used})>0,{mu}-{quantile}*{used},"")')
    block.formula("high", scope, f'IF(N({used})>0,{mu}+{quantile}*{used},"")')
    for shown, inner in (("estimate", "mu"), ("ci_low", "low"), ("ci_high", "high")):
        block.formula(shown, scope, _natural(block, at(inner, scope)))
    block.formula("p_effect", scope, f'IF(N({used})>0,{p},"")')


def _write_kenward_roger(block: Block, scope: int) -> None:
    """Interval, SE and p as values: t with fractional degrees of freedom has no formula."""
    row = block.rows.get(block.trials.name(scope))
    block.formula("estimate", scope, _natural(block, block.at("mu", scope)))
    for name in ("se_used", "ci_low", "ci_high", "p_effect"):
        value = getattr(row, {"se_used": "se"}.get(name, name)) if row else None
        block.made.value(name, scope, value)
        block.made.label(name, label(name), both(TEXTS["value-kr"]))
    for name in ("quantile", "low", "high"):
        block.made.value(name, scope, None)


def _size(block: Block, scope: int) -> str:
    """Beside what an interval must have a width to be shown (`width.with_width`)."""
    return "1" if block.trials.analysis.log_scale else f"ABS(N({block.at('mu', scope)}))"


def _natural(block: Block, cell: str) -> str:
    """A value on the analysis scale as it is shown; empty where a ratio would be too large to write."""
    if block.trials.analysis.log_scale:
        return f'IF(ISNUMBER({cell}),IF({cell}<700,EXP({cell}),""),"")'
    return cell


def _write_predictions(block: Block, scope: int) -> None:
    method, at, made = block.method, block.at, block.made
    if method.model != "random":
        return
    mu, k, tau2 = at("mu", scope), at("k", scope), at("tau2", scope)
    level = block.trials.level

    def write(stem: str, least: int, quantile: str, se: str) -> None:
        for end, sign in (("low", "-"), ("high", "+")):
            variance = f"(N({tau2})+N({se})^2)"
            limit = f"{mu}{sign}{quantile}*SQRT({variance})"
            if block.trials.analysis.log_scale:
                limit = f'IF({limit}<700,EXP({limit}),"")'
            exists = f"AND({k}>={least},ISNUMBER({mu}),{variance}>1E-26*{_size(block, scope)}^2)"
            block.formula(f"{stem}_{end}", scope, f'IF({exists},{limit},"")')

    used = at("se_used", scope)
    write("prediction_k1", 2, f"TINV(1-{level},{k}-1)", used)
    write("prediction_k2", 3, f"TINV(1-{level},{k}-2)", used)
    if "prediction_low" not in made.rows:
        return
    if method.prediction == "normal":
        write("prediction", 2, block.trials.z, used)
    elif method.prediction == "HKSJ":
        write("prediction", 2, f"TINV(1-{level},{k}-1)", at("se_hksj", scope))
    elif method.prediction == "Partlett-Riley":
        write("prediction", 3, f"TINV(1-{level},{k}-2)", at("se_hksj", scope))
    else:
        row = block.rows.get(block.trials.name(scope))
        for name in ("prediction_low", "prediction_high"):
            made.value(name, scope, getattr(row, name) if row else None)
            made.label(name, label(name), both(TEXTS["value-bootstrap"]))


def _write_per_1000(block: Block) -> None:
    """Figures per 1000 from the control risk and the overall result."""
    block.formula("control_per_1000", 0, f'IF(ISNUMBER({block.risk}),1000*{block.risk},"")')
    for name, source in _PER_1000.items():
        effect, risk = block.at(source, 0), block.risk
        if block.trials.analysis.measure is Measure.RR:
            expected = f"{risk}*{effect}"
        elif block.trials.analysis.measure is Measure.RD:
            expected = f"{risk}+{effect}"
        else:
            odds = f"{effect}*{risk}"
            expected = f"IF({odds}=0,0,{odds}/(1-{risk}+{odds}))"
        usable = f"AND(ISNUMBER({risk}),ISNUMBER({effect}))"
        block.formula(name, 0, f'IF({usable},1000*MIN(1,MAX(0,{expected})),"")')


def _write_places(block: Block, scope: int) -> None:
    """Where each figure of pooled.csv and weights.csv stands."""
    trials, page = block.trials, block.trials.page
    name, group = block.method.name, trials.name(scope)
    rows = {row: row for row in (*_RESULTS, "df") if row in block.made.rows} | {"se": "se_used"}
    if block.method.ci == "HKSJ":
        rows["narrower"] = "narrower"
    if trials.analysis.log_scale:
        rows["log_estimate"] = "mu"
    shown = block.method.prediction
    if block.method.model == "random" and shown in ("t(k-1)", "t(k-2)"):
        kind = "k1" if shown == "t(k-1)" else "k2"
        rows |= {f"prediction_{end}": f"prediction_{kind}_{end}" for end in ("low", "high")}
    if block.method.model == "random":
        limits = [f"prediction_{kind}_{end}" for kind in ("k1", "k2") for end in ("low", "high")]
        rows |= dict(zip(limits, limits, strict=True))
    for field, row in rows.items():
        if scope == 0 or not row.endswith(("per_1000", "per_1000_low", "per_1000_high")):
            page.place(block.at(row, scope), "pooled", trials.analysis.analysis, group, name, field)
    for number, study in enumerate(trials.studies):
        if scope == 0 or study.subgroup == group:
            cell = block.weights.at("percent" if scope == 0 else f"percent{OWN}", number).replace("$", "")
            page.place(cell, "weights", trials.analysis.analysis, group, name, f"{study.file}:{study.line}")
