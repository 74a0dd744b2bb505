"""The figures of heterogeneity.csv with the numbers put in (docs/methods.md, "Heterogeneity")."""

from repool.model import Bilingual
from repool.results import HeterogeneityRow
from repool.worked.pooling import Working, typical_variance
from repool.worked.quantities import Quantity, computed, constant, total

_FROM_TAU2 = {
    "tau": ("tau", "sqrt({tau2})"),
    "i2": ("i2", "100 * {tau2} / ({tau2} + typical)"),
    "h2": ("h2", "{tau2} / typical + 1"),
}
_LIMIT = Bilingual(
    "Grense for τ² ved metoden {kind}, funnet ved iterasjon.", "Limit of τ² by {kind}, found by iteration."
)


def heterogeneity_quantities(work: Working, row: HeterogeneityRow) -> dict[str, Quantity]:
    """The quantity behind each column of a row."""
    typical_variance(work)
    found = _from_tau2(work, row)
    return found | _from_q(work, row)


def _from_tau2(work: Working, row: HeterogeneityRow) -> dict[str, Quantity]:
    found: dict[str, Quantity] = {}
    basis = (*work.columns["y"], *work.columns["v"])
    limit = _LIMIT.filled(kind=row.tau2_interval)
    for end, sign in (("", ""), ("_low", "_l"), ("_high", "_u")):
        value = getattr(row, f"tau2{end}")
        if value is None:
            continue
        symbol = f"tau2{sign}"
        tau2 = work.found["tau2"] if not end else Quantity(symbol, value, basis=basis, note=limit)
        found[f"tau2{end}"] = tau2
        names = {symbol: tau2, "typical": work.found["typical"]}
        for name, (letter, formula) in _FROM_TAU2.items():
            engine = getattr(row, f"{name}{end}")
            found[f"{name}{end}"] = computed(
                f"{letter}{sign.upper()}", formula.format(tau2=symbol), names, engine
            )
        shares = [
            computed("share", f"{symbol} / (v + {symbol})", {symbol: tau2, "v": v}, trial=v.trial)
            for v in work.columns["v"]
        ]
        found[f"r_b{end}"] = _mean(f"r_b{sign.upper()}", shares, getattr(row, f"r_b{end}"))
    return found


def _mean(symbol: str, shares: list[Quantity], engine: float | None) -> Quantity:
    names = {"sum_share": total("sum_share", shares), "k": constant("k", len(shares))}
    return computed(symbol, "100 * sum_share / k", names, engine)


def _from_q(work: Working, row: HeterogeneityRow) -> dict[str, Quantity]:
    """H2 and I2 from Q with test-based limits."""
    names = dict(work.found)
    found = {"h2_q": computed("h2_q", "max(1, Q / df)", names, row.h2_q)}
    found["i2_q"] = computed("i2_q", "100 * (1 - 1 / h2_q)", found, row.i2_q)
    if row.h2_q_low is None or row.h2_q_high is None:
        return found
    several = names["Q"].value > names["k"].value
    formula = (
        "(ln(Q) - ln(df)) / (2 * (sqrt(2 * Q) - sqrt(2 * k - 3)))"
        if several
        else "sqrt((1 - 1 / (3 * (k - 2)**2)) / (2 * (k - 2)))"
    )
    names["se_h"] = computed("se_h", formula, names)
    names["z_level"] = computed("z_level", "z(level)", names)
    names["h2_q"] = found["h2_q"]
    low = computed("h2_q_L", "max(1, h2_q / exp(2 * z_level * se_h))", names, row.h2_q_low)
    high = computed("h2_q_U", "h2_q * exp(2 * z_level * se_h)", names, row.h2_q_high)
    found |= {"h2_q_low": low, "h2_q_high": high}
    for end, limit, value in (("_low", low, row.i2_q_low), ("_high", high, row.i2_q_high)):
        formula = f"100 * (1 - 1 / {limit.symbol})"
        found[f"i2_q{end}"] = computed(f"i2_q{limit.symbol[-2:]}", formula, (limit,), value)
    return found
