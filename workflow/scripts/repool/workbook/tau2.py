"""tau2 in the audit workbook: closed forms live, iterated ones as a value beside the equation they solve."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from repool.methods import Method
from repool.workbook.cells import ScopeTable, TrialTable, both
from repool.workbook.common import Common
from repool.workbook.formulas import label, symbol
from repool.workbook.trials import OfTrial, Trials
from repool.workbook.words import TEXTS

if TYPE_CHECKING:
    from repool.workbook.methods import Block

#: Found by iteration: the value stands, and its estimating equation is checked.
CHECKED = ("PM", "EB", "PMM", "REML", "ML")
#: Needs deviations from the plain mean, or a second set of weights.
_PLAIN_MEAN = ("HE", "SJ")
_SECOND_WEIGHTS = ("DL2", "SJ")


def step_columns(method: Method) -> list[str]:
    """The columns per trial that the estimator needs before there are weights."""
    columns = ["step_y"] if method.tau2 in _PLAIN_MEAN else []
    if method.tau2 in _SECOND_WEIGHTS:
        columns += ["step_a", "step_a2", "step_ay", "step_dev"]
    return columns


def estimator_rows(method: Method) -> list[str]:
    """The rows that come before tau2."""
    rows = ["mean_y", "sum_step_y"] if method.tau2 in _PLAIN_MEAN else []
    if method.tau2 in _SECOND_WEIGHTS:
        rows += ["tau2_start", "sum_a", "sum_a2", "sum_ay", "step_mean", "step_q"]
    return rows


def write_steps(
    trials: Trials, method: Method, table: TrialTable, made: ScopeTable, effects: TrialTable, iv: Common
) -> None:
    """Fill the columns that the estimator needs."""

    def first_weight(x: OfTrial) -> str:
        v, start = effects.at("v", x.trial), x.pooled("tau2_start")
        if method.tau2 == "DL2":
            return f"1/({v}+{start})"
        return f"{start}/({start}+{v})"

    columns: dict[str, tuple[Callable[[OfTrial], str], str]] = {
        "step_y": (lambda x: f"({effects.at('y', x.trial)}-{x.pooled('mean_y')})^2", "mean_y"),
        "step_a": (first_weight, "tau2_start"),
        "step_a2": (lambda x: f"{x.own(table, 'step_a')}^2", "tau2_start"),
        "step_ay": (lambda x: f"{x.own(table, 'step_a')}*{effects.at('y', x.trial)}", "tau2_start"),
        "step_dev": (
            lambda x: f"{x.own(table, 'step_a')}*({effects.at('y', x.trial)}-{x.pooled('step_mean')})^2",
            "step_mean",
        ),
    }
    for name in step_columns(method):
        formula, needs = columns[name]
        trials.fill(table, name, effects, made, formula, needs)
    for scope in range(len(trials.scopes)):
        _write_step_rows(trials, method, table, made, effects, iv, scope)


def _write_step_rows(
    trials: Trials,
    method: Method,
    table: TrialTable,
    made: ScopeTable,
    effects: TrialTable,
    iv: Common,
    scope: int,
) -> None:
    at = {row: made.at(row, scope) for row in (*estimator_rows(method), "k", "df")}
    c, q = iv.sums.at("c_const", scope), iv.sums.at("q_iv", scope)
    several = f"{at['k']}>1"
    rows = {"mean_y": f"{trials.total(effects, 'y', scope)}/{at['k']}"}
    if method.tau2 in _PLAIN_MEAN:
        rows["sum_step_y"] = trials.total(table, "step_y", scope)
    if method.tau2 in _SECOND_WEIGHTS:
        sums = {"sum_a": "step_a", "sum_a2": "step_a2", "sum_ay": "step_ay", "step_q": "step_dev"}
        rows |= {row: trials.total(table, column, scope) for row, column in sums.items()}
        start = f"{at['sum_step_y']}/{at['k']}" if method.tau2 == "SJ" else f"MAX(0,({q}-{at['df']})/{c})"
        rows["tau2_start"] = start
        rows["step_mean"] = f"IF({at['sum_a']}>0,{at['sum_ay']}/{at['sum_a']},0)"
    for row in estimator_rows(method):
        made.formula(row, scope, f'IF({several},{rows[row]},"")')


def write_tau2(block: "Block", scope: int, found: float | None) -> None:
    """tau2 of one scope: a formula, or the engine's value `found` beside the equation that it solves."""
    method, at, made = block.method, block.at, block.made
    if method.tau2 not in CHECKED:
        q = at("q", scope)
        live = f"AND({at('k', scope)}>1,ISNUMBER({q}))" if method.tau2 == "DL" else f"{at('k', scope)}>1"
        block.formula("tau2", scope, f'IF({live},MAX(0,{_closed(block, scope)}),"")')
        return
    made.value("tau2", scope, found)
    made.label("tau2", label("tau2"), both(TEXTS["value-iterative"].filled(tau2=method.tau2)))
    equation, scale = _equation(block, scope)
    k, tau2, cell = at("k", scope), at("tau2", scope), at("equation", scope)
    made.label("solved", label("solved"), f"{symbol('solved')}; {both(TEXTS['no-solution'])}")
    block.formula("equation", scope, f'IF({k}>1,{equation},"")')
    near = f"IF(N({tau2})=0,{cell}<=1E-9*{scale},ABS({cell})<=1E-9*{scale})"
    yes, no = (both(TEXTS[name]) for name in ("yes", "no"))
    made.formula("solved", scope, f'IF({k}>1,IF({near},"{yes}","{no}"),"")', "check", "General")


def _closed(block: "Block", scope: int) -> str:
    """tau2 before it is cut off at 0."""
    at, sums, estimator = block.at, block.iv.sums, block.method.tau2
    q, df, k = sums.at("q_iv", scope), at("df", scope), at("k", scope)
    total, c = sums.at("sum_w", scope), sums.at("c_const", scope)
    if estimator == "DL":
        return f"({at('q', scope)}-{df})/{c}"
    if estimator == "HS":
        return f"({q}-{k})/{total}"
    if estimator == "HSk":
        return f"({q}*{k}/{df}-{k})/{total}"
    if estimator == "HE":
        variances = block.trials.total(block.iv.effects.table, "v", scope)
        return f"{at('sum_step_y', scope)}/{df}-{variances}/{k}"
    if estimator == "SJ":
        return f"{at('step_q', scope)}/{df}"
    trace = f"{at('sum_a', scope)}-{at('sum_a2', scope)}/{at('sum_a', scope)}"
    return f"{at('tau2_start', scope)}+({at('step_q', scope)}-{df})/({trace})"


def _equation(block: "Block", scope: int) -> tuple[str, str]:
    """The estimating equation of an iterated tau2, and the scale on which it must be 0."""
    at, estimator = block.at, block.method.tau2
    if estimator in ("PM", "EB"):
        return f"{at('sum_Wdev', scope)}-{at('df', scope)}", at("df", scope)
    if estimator == "PMM":
        median = f"CHIINV(0.5,{at('df', scope)})"
        return f"{at('sum_Wdev', scope)}-{median}", at("df", scope)
    trace = at("sum_W", scope)
    if estimator == "REML":
        trace = f"({trace}-{at('sum_W2', scope)}/{trace})"
    return f"{at('sum_W2dev', scope)}-{trace}", at("sum_W", scope)
