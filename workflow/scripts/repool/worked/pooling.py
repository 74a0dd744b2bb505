"""A pooled result with the numbers put in: weights, sums, Q, tau2, pooled value, interval, I2, prediction.

The formulas are those of docs/methods.md, "Pooling" and after; the results are the engine's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from repool.methods import Method
from repool.model import NO_TEXT, Analysis, Bilingual, Measure
from repool.results import PooledRow
from repool.worked.haenszel import haenszel_columns, haenszel_value
from repool.worked.quantities import Quantity, computed, constant, total
from repool.worked.tau2 import worked_tau2
from repool.worked.trials import WorkedTrial

_LEVEL = Bilingual(
    "for et intervall på nivå {level} (α = 1 − nivå)", "for an interval at level {level} (α = 1 − level)"
)
_SAME = Bilingual("Ett forsøk: dets eget estimat.", "One trial: its own estimate.")
_NO_INTERVAL = Bilingual(
    "Av en standardfeil på 0 følger ikke noe intervall.", "From a standard error of 0 follows no interval."
)
_DRAWN = Bilingual(
    "Kvantil av 10 000 trekninger med fast frø (bootstrap): ingen lukket formel.",
    "Quantile of 10,000 draws with a fixed seed (bootstrap): no closed formula.",
)


@dataclass(slots=True)
class Working:
    """The quantities of one result by name, as they are added in the order in which they are computed.

    columns: quantities that each trial has one of, by symbol. checks: (left, right) sides of the equation
    that an iterative tau2 solves.
    """

    analysis: Analysis
    method: Method
    row: PooledRow
    trials: list[WorkedTrial]
    found: dict[str, Quantity] = field(default_factory=dict)
    columns: dict[str, list[Quantity]] = field(default_factory=dict)
    checks: list[tuple[Quantity, Quantity]] = field(default_factory=list)

    def add(
        self,
        symbol: str,
        formula: str,
        engine: float | None = None,
        *,
        exact: bool = False,
        note: Bilingual = NO_TEXT,
    ) -> Quantity:
        """A number from those found so far."""
        self.found[symbol] = computed(symbol, formula, self.found, engine, exact=exact, note=note)
        return self.found[symbol]

    def column(self, symbol: str, formula: str) -> Quantity:
        """A number for each trial, and their sum `sum_<symbol>`."""
        made = []
        for number, trial in enumerate(self.trials):
            own = {name: each[number] for name, each in self.columns.items()}
            names = {**self.found, **trial.cells, **own}
            made.append(computed(symbol, formula, names, trial=trial.study.trial))
        return self.take(symbol, made)

    def take(self, symbol: str, made: Sequence[Quantity]) -> Quantity:
        """A column that is already computed, and its sum."""
        self.columns[symbol] = list(made)
        self.found[f"sum_{symbol}"] = total(f"sum_{symbol}", made)
        return self.found[f"sum_{symbol}"]

    @property
    def result(self) -> Mapping[str, Quantity]:
        """The row's own figures, by the column of pooled.csv."""
        figures = ((name, self.found.get(symbol)) for name, symbol in self.names.items())
        return {name: each for name, each in figures if each and (name != "se" or self.row.se is not None)}

    @property
    def names(self) -> dict[str, str]:
        """The symbol behind each column of pooled.csv."""
        letter = natural_symbol(self.analysis)
        log = self.analysis.log_scale
        pairs = {"estimate": "", "ci_low": "_L", "ci_high": "_U"}
        own = {name: f"{letter if log else 'mu'}{end}" for name, end in pairs.items()}
        for name in ("prediction", "prediction_k1", "prediction_k2"):
            own |= {f"{name}_low": f"{name}_L", f"{name}_high": f"{name}_U"}
        own |= {"log_estimate": "mu"} if log else {}
        return own | {
            "se": "se", "p_effect": "p", "tau2": "tau2", "q": "Q", "df": "df", "p_q": "p_q", "i2": "i2",
        }  # fmt: skip


def natural_symbol(analysis: Analysis) -> str:
    """How the effect is called in formulas on the scale it is shown on."""
    if analysis.measure is Measure.PETO:
        return "OR"
    return "theta" if analysis.measure is Measure.GIV else analysis.measure.value


def worked_result(
    analysis: Analysis, method: Method, row: PooledRow, trials: Sequence[WorkedTrial]
) -> Working:
    """The way to one row of pooled.csv; `trials` are those of its scope, estimable or not."""
    work = Working(analysis, method, row, [each for each in trials if each.y is not None])
    if not work.trials or row.estimate is None:
        return work
    work.found["level"] = constant(
        "level", 0.5 + method.level / 2, _LEVEL.filled(level=_percent(method.level))
    )
    work.take("y", [each.y for each in work.trials if each.y is not None])
    work.take("v", [each.v for each in work.trials if each.v is not None])
    k = len(work.trials)
    work.found["k"] = Quantity("k", k, basis=tuple(work.columns["y"]), exact=True)
    if k > 1:
        work.add("df", "k - 1", row.df, exact=True)
        _heterogeneity(work)
        _centre(work)
        _interval(work)
    elif method.weighting == "MH" and method.model == "common":
        haenszel_columns(work)
        haenszel_value(work, _analysis_scale(work))
        _centre(work)
        _wald(work)
    else:
        _single(work)
    _natural(work, "mu", "estimate", "ci_low", "ci_high")
    if row.se is None:
        work.found["se"] = replace(work.found["se"], note=_NO_INTERVAL)
    if k > 1:
        _i2(work)
        _predictions(work)
    return work


def _percent(level: float) -> Bilingual:
    number = f"{100 * level:g}"
    return Bilingual(number.replace(".", ",") + "\u00a0%", number + "%")


def _single(work: Working) -> None:
    trial = work.trials[0]
    assert trial.y is not None
    assert trial.v is not None
    work.found |= {"y": trial.y, "v": trial.v}
    work.add("mu", "y", _analysis_scale(work), note=_SAME)
    work.add("se", "sqrt(v)", work.row.se)
    _wald(work)


def _wald(work: Working) -> None:
    """The quantile of Wald's interval and its p, unless there is no interval."""
    if work.row.se is not None:
        work.add("z_level", "z(level)")
        work.add("p", "2 * Phi(-abs(mu / se))", work.row.p_effect)


def _analysis_scale(work: Working) -> float | None:
    return work.row.log_estimate if work.analysis.log_scale else work.row.estimate


def _heterogeneity(work: Working) -> None:
    """Weights, the common-effect values, Q and tau2."""
    work.column("w", "1 / v")
    work.column("wy", "w * y")
    is_common_iv = work.method.model == "common" and work.method.weighting != "MH"
    work.add("mu_iv", "sum_wy / sum_w", _analysis_scale(work) if is_common_iv else None)
    if "MH" in (work.method.weighting, work.method.q_around):
        haenszel_columns(work)
        is_own = work.method.model == "common" and work.method.weighting == "MH"
        haenszel_value(work, _analysis_scale(work) if is_own else None)
    around = "mu_mh" if work.method.q_around == "MH" else "mu_iv"
    work.column("q_i", f"w * (y - {around})**2")
    work.add("Q", "sum_q_i", work.row.q)
    work.add("p_q", "chi2(Q, df)", work.row.p_q)
    if work.method.uses_tau2:
        worked_tau2(work)


def _centre(work: Working) -> None:
    """The pooled value and Wald's SE of it."""
    row, value = work.row, _analysis_scale(work)
    se = row.se if work.method.ci in ("Wald", "t") else None
    name = "se" if work.method.ci in ("Wald", "t") else "se_wald"
    if work.method.model == "random":
        work.column("ws", "1 / (v + tau2)")
        work.column("wsy", "ws * y")
        work.add("mu", "sum_wsy / sum_ws", value)
        work.add(name, "1 / sqrt(sum_ws)", se)
    elif work.method.weighting == "MH":
        work.add("mu", "mu_mh", value)
        work.add(name, _HAENSZEL_SE[work.analysis.measure], se)
    elif work.method.weighting == "IVhet":
        work.column("ws2v", "w**2 * (v + tau2)")
        work.add("mu", "mu_iv", value)
        work.add(name, "sqrt(sum_ws2v) / sum_w", se)
    else:
        work.add("mu", "mu_iv", value)
        work.add(name, "1 / sqrt(sum_w)", se)


_HAENSZEL_SE = {
    Measure.RR: "sqrt(sum_P / (sum_R * sum_S))",
    Measure.OR: "sqrt(sum_PR / (2 * sum_R**2) + sum_PSQR / (2 * sum_R * sum_S) + sum_QS / (2 * sum_S**2))",
    Measure.RD: "sqrt(sum_P) / sum_M",
}


def _interval(work: Working) -> None:
    """SE of the interval, its quantile and p."""
    ci, row = work.method.ci, work.row
    if ci in ("HKSJ", "HKSJ-truncated", "HKSJ-wider"):
        _hksj_se(work)
        if ci == "HKSJ":
            work.add("se", "se_hk", row.se)
        elif ci == "HKSJ-truncated":
            work.add("se", "max(se_hk, se_wald)", row.se)
        else:
            _wider(work)
            return
    if ci == "KR":
        _kenward_roger(work)
    elif ci == "Wald":
        _wald(work)
    elif row.se is not None:
        work.add("t_level", "t(level, df)")
        work.add("p", "2 * T(-abs(mu / se), df)", row.p_effect)


def _hksj_se(work: Working) -> None:
    if "se_hk" not in work.found:
        w = "ws" if work.method.model == "random" else "w"
        work.column("qs_i", f"{w} * (y - mu)**2")
        work.add("se_hk", f"sqrt(sum_qs_i / (df * sum_{w}))")


def _wider(work: Working) -> None:
    """HKSJ's interval, or Wald's where that is wider."""
    t, z = work.add("t_level", "t(level, df)"), work.add("z_level", "z(level)")
    if t.value * work.found["se_hk"].value < z.value * work.found["se_wald"].value:
        del work.found["t_level"]
        work.add("se", "se_wald", work.row.se)
        work.add("p", "2 * Phi(-abs(mu / se))", work.row.p_effect)
    else:
        del work.found["z_level"]
        work.add("se", "se_hk", work.row.se)
        work.add("p", "2 * T(-abs(mu / se), df)", work.row.p_effect)


def _kenward_roger(work: Working) -> None:
    work.column("ws2", "ws**2")
    work.column("ws3", "ws**3")
    work.add("info", "(sum_ws2 - 2 * sum_ws3 / sum_ws + (sum_ws2 / sum_ws)**2) / 2")
    formula = "sqrt((1 + 2 * (sum_ws3 / sum_ws - (sum_ws2 / sum_ws)**2) / info) / sum_ws)"
    work.add("se", formula, work.row.se)
    work.add("df_kr", "2 * info * (sum_ws / sum_ws2)**2")
    work.add("t_level", "t(level, df_kr)")
    work.add("p", "2 * T(-abs(mu / se), df_kr)", work.row.p_effect)


def _natural(work: Working, name: str, *columns: str) -> None:
    """The value and its limits, if it has any, on the scale they are shown on, from the analysis scale."""
    quantile = "t_level" if "t_level" in work.found else "z_level"
    values = dict(zip(("", "_L", "_U"), (getattr(work.row, column) for column in columns), strict=True))
    log = work.analysis.log_scale
    if work.row.se is None:
        values = {"": values[""]}
    for end, sign in (("_L", "-"), ("_U", "+")) if len(values) > 1 else ():
        work.add(f"{name}{end}", f"mu {sign} {quantile} * se", None if log else values[end])
    if log:
        letter = natural_symbol(work.analysis)
        for end, value in values.items():
            work.add(f"{letter}{end}", f"exp({name}{end})", value)


def _i2(work: Working) -> None:
    if work.method.i2_from == "Q" or not work.method.uses_tau2:
        share = "(Q - df) / Q" if work.found["Q"].value else "Q - df"  # which is 0 in both for a Q of 0
        work.add("i2", f"100 * max(0, {share})", work.row.i2)
    else:
        typical_variance(work)
        work.add("i2", "100 * tau2 / (tau2 + typical)", work.row.i2)


def typical_variance(work: Working) -> None:
    """The typical variance within trials."""
    if "sum_w2" not in work.found:
        work.column("w2", "w**2")
    if "typical" not in work.found:
        work.add("typical", "df / (sum_w - sum_w2 / sum_w)")


def _predictions(work: Working) -> None:
    """The prediction interval that the method shows, and those by t with k - 1 and k - 2."""
    shown = work.method.prediction
    for name, kind in (("prediction", shown), ("prediction_k1", "t(k-1)"), ("prediction_k2", "t(k-2)")):
        limits = [getattr(work.row, f"{name}_{end}") for end in ("low", "high")]
        if None in limits:
            continue
        if kind == "bootstrap":
            basis = (*work.columns["y"], *work.columns["v"])
            for end, value in zip(("_L", "_U"), limits, strict=True):
                work.found[f"{name}{end}"] = Quantity(f"{name}{end}", value, basis=basis, note=_DRAWN)
            continue
        _prediction(work, name, kind, limits)


def _prediction(work: Working, name: str, kind: str, limits: Sequence[float]) -> None:
    se, quantile = "se", "z_pi"
    if kind in ("HKSJ", "Partlett-Riley"):
        _hksj_se(work)
        se = "se_hk"
    if kind == "normal":
        work.add(quantile, "z(level)")
    else:
        quantile = "t_k2" if kind in ("t(k-2)", "Partlett-Riley") else "t_k1"
        work.add(quantile, f"t(level, k - {quantile[-1]})")
    wrap: Callable[[str], str] = (
        (lambda text: f"exp({text})") if work.analysis.log_scale else (lambda text: text)
    )
    for end, sign, value in (("_L", "-", limits[0]), ("_U", "+", limits[1])):
        work.add(f"{name}{end}", wrap(f"mu {sign} {quantile} * sqrt(tau2 + {se}**2)"), value)
