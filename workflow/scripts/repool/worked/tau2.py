"""The between-trial variance with the numbers put in: a formula, or the equation that the value solves.

Formulas: docs/methods.md, "Between-trial variance".
"""

from typing import TYPE_CHECKING

from repool.model import Bilingual
from repool.worked.quantities import Quantity

if TYPE_CHECKING:
    from repool.worked.pooling import Working

SEARCHED = Bilingual(
    "Funnet ved iterasjon, ikke ved en formel: verdien som løser ligningen.",
    "Found by iteration, not by a formula: the value that solves the equation.",
)
AT_ZERO = Bilingual(
    "Ligningen har ingen løsning over 0: venstre side er ikke større enn høyre allerede ved τ² = 0.",
    "The equation has no solution above 0: its left side does not exceed the right even at τ² = 0.",
)


def worked_tau2(work: "Working") -> None:
    """tau2 of the method, and for an iterative one both sides of its equation."""
    estimator = work.method.tau2
    if estimator in _CLOSED:
        _CLOSED[estimator](work)
    else:
        _searched(work, estimator)


def _squares(work: "Working") -> None:
    if "sum_w2" not in work.found:
        work.column("w2", "w**2")


def _q_iv(work: "Working") -> str:
    """Q around the inverse-variance mean, where the Q shown is around another value."""
    if work.method.q_around == "MH":
        work.column("q_j", "w * (y - mu_iv)**2")
        work.add("q_iv", "sum_q_j")
        return "q_iv"
    return "Q"


def _dl(work: "Working") -> None:
    _squares(work)
    work.add("tau2", "max(0, (Q - df) / (sum_w - sum_w2 / sum_w))", work.row.tau2)


def _dl2(work: "Working") -> None:
    _squares(work)
    work.add("tau2_0", f"max(0, ({_q_iv(work)} - df) / (sum_w - sum_w2 / sum_w))")
    work.column("g", "1 / (v + tau2_0)")
    work.column("gy", "g * y")
    work.column("g2", "g**2")
    work.add("mu_a", "sum_gy / sum_g")
    work.column("gq", "g * (y - mu_a)**2")
    work.add("tau2", "max(0, tau2_0 + (sum_gq - df) / (sum_g - sum_g2 / sum_g))", work.row.tau2)


def _he(work: "Working") -> None:
    work.add("y_bar", "sum_y / k")
    work.column("dev", "(y - y_bar)**2")
    work.add("tau2", "max(0, sum_dev / (k - 1) - sum_v / k)", work.row.tau2)


def _hs(work: "Working") -> None:
    work.add("tau2", f"max(0, ({_q_iv(work)} - k) / sum_w)", work.row.tau2)


def _hsk(work: "Working") -> None:
    work.add("tau2", f"max(0, ({_q_iv(work)} * k / (k - 1) - k) / sum_w)", work.row.tau2)


def _sj(work: "Working") -> None:
    work.add("y_bar", "sum_y / k")
    work.column("dev", "(y - y_bar)**2")
    work.add("t0", "sum_dev / k")
    work.column("g", "1 / (1 + v / t0)")
    work.column("gy", "g * y")
    work.add("mu_q", "sum_gy / sum_g")
    work.column("gq", "g * (y - mu_q)**2")
    work.add("tau2", "sum_gq / (k - 1)", work.row.tau2)


_CLOSED = {"DL": _dl, "DL2": _dl2, "HE": _he, "HS": _hs, "HSk": _hsk, "SJ": _sj}


def _searched(work: "Working", estimator: str) -> None:
    """The value, and the equation: left side and right side at it."""
    value = work.row.tau2 or 0.0
    basis = (*work.columns["y"], *work.columns["v"])
    note = SEARCHED if value else AT_ZERO
    work.found["tau2"] = Quantity("tau2", value, basis=basis, exact=not value, note=note)
    work.column("ws", "1 / (v + tau2)")
    work.column("wsy", "ws * y")
    work.add("mu", "sum_wsy / sum_ws")
    if estimator in ("PM", "EB", "PMM"):
        work.column("qs_i", "ws * (y - mu)**2")
        left = work.add("left", "sum_qs_i")
        right = work.add("right", "df" if estimator != "PMM" else "chi2_quantile(0.5, df)")
    else:
        work.column("ws2", "ws**2")
        work.column("score", "ws**2 * (y - mu)**2")
        left = work.add("left", "sum_score")
        right = work.add("right", "sum_ws" if estimator == "ML" else "sum_ws - sum_ws2 / sum_ws")
    work.checks.append((left, right))
