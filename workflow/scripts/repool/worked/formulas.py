"""Formulas of the worked sheets: written once, then evaluated, printed with symbols or numbers, or as MathML.

A formula is an arithmetic expression in Python's notation, such as "ln((a / n1) / (c / n2))". Its names are
quantities (`SYMBOLS` says how each is printed), its functions those of `FUNCTIONS`.
"""

import ast
import math
from collections.abc import Callable, Mapping
from functools import cache
from html import escape

from scipy.special import chdtrc, chdtri, ndtr, ndtri, stdtr, stdtrit

from repool.wording import localised

FUNCTIONS: dict[str, tuple[str, Callable[..., float]]] = {
    "ln": ("ln", lambda x: math.log(x)),
    "exp": ("exp", lambda x: math.exp(x) if x < 700 else math.inf),
    "sqrt": ("√", lambda x: math.sqrt(x)),
    "asin": ("arcsin", lambda x: math.asin(x)),
    "abs": ("abs", lambda x: abs(x)),
    "max": ("max", lambda *x: max(x)),
    "min": ("min", lambda *x: min(x)),
    "round": ("round", lambda x: float(round(x))),
    "Phi": ("Φ", lambda x: float(ndtr(x))),
    "T": ("T", lambda x, df: float(stdtr(df, x))),
    "chi2": ("P_χ²", lambda x, df: float(chdtrc(df, x))),
    "chi2_quantile": ("χ²", lambda p, df: float(chdtri(df, 1 - p))),
    "z": ("z", lambda p: float(ndtri(p))),
    "t": ("t", lambda p, df: float(stdtrit(df, p))),
    "J": ("J", lambda m: math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2)),
}

#: How a name is printed: (letter, subscript, superscript). A name that is not here is printed as it is.
SYMBOLS: dict[str, tuple[str, str, str]] = {
    "n1": ("n", "1", ""), "n2": ("n", "2", ""), "m1": ("m", "1", ""), "m2": ("m", "2", ""),
    "s1": ("s", "1", ""), "s2": ("s", "2", ""), "a_raw": ("a′", "", ""), "c_raw": ("c′", "", ""),
    "n1_raw": ("n′", "1", ""), "n2_raw": ("n′", "2", ""), "e1": ("e", "1", ""), "e2": ("e", "2", ""),
    "tau2": ("τ", "", "2"), "tau": ("τ", "", ""),
    "mu": ("μ", "", ""), "mu_iv": ("μ", "IV", ""), "mu_mh": ("μ", "MH", ""), "mu_a": ("μ", "a", ""),
    "se_wald": ("SE", "W", ""), "se_hk": ("SE", "HK", ""), "se": ("SE", "", ""), "ws": ("w", "*", ""),
    "tau2_0": ("τ", "0", "2"), 
    "i2": ("I", "", "2"), "h2": ("H", "", "2"), "r_b": ("R", "b", ""), "p_q": ("p", "Q", ""),
    "q_a": ("Q", "a", ""), "q_star": ("Q", "*", ""), "typical": ("v", "0", ""), "g0": ("d", "", ""),
    "risk": ("r", "0", ""), 
    "factor": ("f", "", ""), "t0": ("t", "0", ""), "n_c": ("n", "2", ""), "info": ("I", "", ""),
    "level": ("1 − α/2", "", ""), "mu_q": ("μ", "q", ""), "w2": ("w", "", "2"), "w3": ("w", "", "3"),
    "ws2": ("w", "*", "2"), "ws3": ("w", "*", "3"), "df_kr": ("df", "KR", ""), "theta": ("θ", "", ""),
    "effect": ("θ", "", ""), "h2_q": ("H", "Q", "2"), "i2_q": ("I", "Q", "2"), "se_h": ("SE", "H", ""),
    "tau2_l": ("τ", "L", "2"), "tau2_u": ("τ", "U", "2"),
    "ws2v": ("w²(v + τ²)", "", ""),
    "per1000": ("1000r", "0", ""), "per1000_t": ("1000r", "1", ""), "y_bar": ("m", "y", ""),
    "prediction": ("PI", "", ""), "prediction_k1": ("PI′", "", ""), "prediction_k2": ("PI″", "", ""),
    "q_j": ("w(y − μ_IV)²", "", ""), "score": ("w*²(y − μ)²", "", ""), "g2": ("g", "", "2"),
    "gq": ("g(y − μ)²", "", ""), "z_pi": ("z", "", ""), "left": ("A", "", ""), "right": ("B", "", ""),
    "q_iv": ("Q", "IV", ""), "z_level": ("z", "", ""), "t_level": ("t", "", ""), "t_k1": ("t", "k−1", ""),
    "t_k2": ("t", "k−2", ""), "wy": ("wy", "", ""), "wsy": ("w*y", "", ""), "q_i": ("w(y − μ)²", "", ""),
    "qs_i": ("w*(y − μ)²", "", ""), "dev": ("(y − m)²", "", ""), "wd": ("w(a/n₁ − c/n₂)", "", ""),
}  # fmt: skip

_SUPERSCRIPTS = str.maketrans("0123456789-+*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺*")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LOOSE, _SIGNED, _TIGHT, _POWER, _ATOM = range(5)


@cache
def parsed(formula: str) -> ast.expr:
    """The formula as a tree."""
    return ast.parse(formula, mode="eval").body


@cache
def names_in(formula: str) -> tuple[str, ...]:
    """The names of its quantities, in the order in which they appear."""
    calls = {id(node.func) for node in ast.walk(parsed(formula)) if isinstance(node, ast.Call)}
    names = [n for n in ast.walk(parsed(formula)) if isinstance(n, ast.Name) and id(n) not in calls]
    return tuple(dict.fromkeys(n.id for n in sorted(names, key=lambda n: n.col_offset)))


def evaluate(formula: str, values: Mapping[str, float]) -> float:
    """The formula's value; NaN where arithmetic has none, KeyError for a name without a value."""
    try:
        return _evaluated(parsed(formula), values)
    except (ZeroDivisionError, OverflowError, ValueError):
        return math.nan


def _evaluated(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=inner):
            return -_evaluated(inner, values)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name][1](*(_evaluated(each, values) for each in arguments))
        case ast.BinOp(left=left, op=operation, right=right):
            one, two = _evaluated(left, values), _evaluated(right, values)
            match operation:
                case ast.Add():
                    return one + two
                case ast.Sub():
                    return one - two
                case ast.Mult():
                    return one * two
                case ast.Div():
                    return one / two
                case ast.Pow():
                    return float(one**two)
    raise TypeError(f"not part of a formula: {ast.dump(node)}")


def _symbol(name: str) -> tuple[str, str, str]:
    """(letter, subscript, superscript); a limit, <name>_L or <name>_U, is marked below the letter."""
    if name not in SYMBOLS and name.endswith(("_L", "_U")):
        letter, sub, sup = _symbol(name[:-2])
        return letter, sub + name[-1], sup
    return SYMBOLS.get(name, (name, "", ""))


def symbol_text(name: str) -> str:
    """A quantity's symbol in plain text: n₁, τ², w*, Σw."""
    if name.startswith("sum_"):
        return "Σ" + symbol_text(name.removeprefix("sum_"))
    letter, sub, sup = _symbol(name)
    below = (
        "" if not sub else sub if sub == "*" else sub.translate(_SUBSCRIPTS) if sub.isdigit() else f"_{sub}"
    )
    return letter + below + sup.translate(_SUPERSCRIPTS)


def in_text(formula: str, language: str, shown: Mapping[str, str] | None = None) -> str:
    """The formula in one line of text, with the numbers `shown` in place of its names if they are given."""

    def name_text(name: str) -> str:
        return symbol_text(name) if shown is None else shown[name]

    return _text(parsed(formula), language, name_text)[0]


def _text(node: ast.expr, language: str, name_text: Callable[[str], str]) -> tuple[str, int]:
    """(text, how tightly it holds together)."""

    def part(inner: ast.expr, least: int) -> str:
        text, tightness = _text(inner, language, name_text)
        return text if tightness >= least else f"({text})"

    match node:
        case ast.Constant(value=int() | float() as number):
            return localised(f"{number}", language), _ATOM
        case ast.Name(id=name):
            text = name_text(name)
            if text.startswith("Σ"):
                return text, _POWER
            return text, _SIGNED if text.startswith("−") else _TIGHT if "·" in text else _ATOM
        case ast.UnaryOp(operand=inner):
            return f"−{part(inner, _TIGHT)}", _SIGNED
        case ast.Call(func=ast.Name(id=name), args=arguments):
            inside = "; ".join(part(each, _LOOSE) for each in arguments)
            return (f"|{inside}|" if name == "abs" else f"{FUNCTIONS[name][0]}({inside})"), _ATOM
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as operation, right=right):
            sign = "+" if isinstance(operation, ast.Add) else "−"
            return f"{part(left, _LOOSE)} {sign} {part(right, _TIGHT)}", _LOOSE
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return f"{part(left, _TIGHT)} · {part(right, _TIGHT)}", _TIGHT
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            is_double = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div)
            return f"{part(left, _ATOM if is_double else _TIGHT)} / {part(right, _POWER)}", _TIGHT
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as power)):
            return part(left, _ATOM) + str(power).translate(_SUPERSCRIPTS), _POWER
    raise TypeError(f"not part of a formula: {ast.dump(node)}")


def in_mathml(symbol: str, formula: str, language: str) -> str:
    """ "symbol = formula" as a MathML element, with fractions, roots and powers."""
    right = _mathml(parsed(formula), language)
    inside = f"{symbol_mathml(symbol)}<mo>=</mo>{right}"
    return f'<math displaystyle="true"><mrow>{inside}</mrow></math>'


def symbol_mathml(name: str) -> str:
    """A quantity's symbol as MathML."""
    if name.startswith("sum_"):
        return f"<mrow><mo>∑</mo>{symbol_mathml(name.removeprefix('sum_'))}</mrow>"
    letter, sub, sup = _symbol(name)
    if sub.isdigit() and not sup:  # a subscript of its own hardly sinks where no mathematical font is at hand
        return f"<mi>{escape(letter)}{sub.translate(_SUBSCRIPTS)}</mi>"
    base = f"<mi>{escape(letter)}</mi>" if letter.isalpha() else f"<mtext>{escape(letter)}</mtext>"
    low, high = f"<mtext>{sub}</mtext>", f"<mn>{sup}</mn>"
    if sub == "*":
        return f"<msup>{base}<mo>*</mo></msup>"
    if sub and sup:
        return f"<msubsup>{base}{low}{high}</msubsup>"
    if sub or sup:
        return f"<msub>{base}{low}</msub>" if sub else f"<msup>{base}{high}</msup>"
    return base


def is_name(formula: str) -> bool:
    """Whether the formula is nothing but another quantity."""
    return isinstance(parsed(formula), ast.Name)


def _mathml(node: ast.expr, language: str, least: int = _LOOSE) -> str:
    """The node, in brackets if it holds together less tightly than `least`."""
    inside, tightness = _mathml_parts(node, language)
    return f"<mrow><mo>(</mo>{inside}<mo>)</mo></mrow>" if tightness < least else f"<mrow>{inside}</mrow>"


def _mathml_parts(node: ast.expr, language: str) -> tuple[str, int]:
    def part(inner: ast.expr, least: int = _LOOSE) -> str:
        return _mathml(inner, language, least)

    match node:
        case ast.Constant(value=int() | float() as number):
            return f"<mn>{localised(f'{number}', language)}</mn>", _ATOM
        case ast.Name(id=name):
            return symbol_mathml(name), _POWER if name.startswith("sum_") or name.endswith("2") else _ATOM
        case ast.UnaryOp(operand=inner):
            return f"<mo>−</mo>{part(inner, _TIGHT)}", _SIGNED
        case ast.Call(func=ast.Name(id="sqrt"), args=[inner]):
            return f"<msqrt>{part(inner)}</msqrt>", _ATOM
        case ast.Call(func=ast.Name(id="abs"), args=[inner]):
            return f"<mo>|</mo>{part(inner)}<mo>|</mo>", _ATOM
        case ast.Call(func=ast.Name(id=name), args=arguments):
            inside = "<mo>;</mo>".join(part(each) for each in arguments)
            letter, _, sub = FUNCTIONS[name][0].partition("_")
            title = f"<mtext>{letter}</mtext>"
            if sub:
                title = f"<msub>{title}<mtext>{sub}</mtext></msub>"
            return f"{title}<mo>(</mo>{inside}<mo>)</mo>", _ATOM
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as operation, right=right):
            sign = "+" if isinstance(operation, ast.Add) else "−"
            return f"{part(left)}<mo>{sign}</mo>{part(right, _TIGHT)}", _LOOSE
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return f"{part(left, _TIGHT)}<mo>·</mo>{part(right, _TIGHT)}", _TIGHT
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"<mfrac>{part(left)}{part(right)}</mfrac>", _POWER
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"<msup>{part(left, _ATOM)}{part(right)}</msup>", _POWER
    raise TypeError(f"not part of a formula: {ast.dump(node)}")


def shown(value: float, exact: bool, language: str) -> str:
    """A number as the sheets show it: an input or count as it is, others with 6 significant digits."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if exact or value == 0:
        return localised(f"{value + 0.0:.12g}", language)
    mantissa, exponent = f"{value:.5e}".split("e")
    power = int(exponent)
    if -4 <= power < 6:
        return localised(f"{float(f'{mantissa}e{exponent}'):.{5 - power}f}", language)
    return f"{localised(mantissa, language)}·10{str(power).translate(_SUPERSCRIPTS)}"
