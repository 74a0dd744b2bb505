"""A number with what it was computed from: the links of the chain from a figure to a cell of the input."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from repool.model import NO_TEXT, Bilingual
from repool.worked.formulas import evaluate, in_text, is_name, names_in, shown, symbol_text

_WRITTEN_OUT = 6  # terms of a sum that stand in one line
_WRITTEN_OUT = 6  # terms of a sum that stand in one line
_RELATIVE, _ABSOLUTE = 1e-6, 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """One number of a calculation.

    symbol: its name in formulas. It is one of: a leaf with the `file`, `line` and `column` it was read from
    (or, without a file, a constant); a formula over `inputs`; the sum over `parts`, one for each trial; or
    a number that is found by search, with all that it rests on in `basis`.
    value: what the engine gives, where it gives this number, else the formula's. trial: the trial it is
    of, empty for a pooled number. exact: shown as it is, not with 6 digits. note: what is to be said of it.
    """

    symbol: str
    value: float
    formula: str = ""
    inputs: Mapping[str, "Quantity"] = field(default_factory=dict)
    parts: tuple["Quantity", ...] = ()
    basis: tuple["Quantity", ...] = ()
    trial: str = ""
    file: str = ""
    line: int = 0
    column: str = ""
    exact: bool = False
    note: Bilingual = NO_TEXT

    @property
    def children(self) -> tuple["Quantity", ...]:
        """What it was computed from."""
        return (*self.inputs.values(), *self.parts, *self.basis)

    @property
    def recomputed(self) -> float:
        """The formula's (or the sum's) own value from the values of its inputs; NaN for a leaf."""
        if self.formula:
            return evaluate(self.formula, {name: each.value for name, each in self.inputs.items()})
        return math.fsum(each.value for each in self.parts) if self.parts else math.nan

    @property
    def follows(self) -> bool:
        """Whether the value is what the formula gives, to more digits than are shown."""
        if not self.formula and not self.parts:
            return True
        if math.isnan(self.value):
            return math.isnan(self.recomputed)
        return math.isclose(self.recomputed, self.value, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)

    def shown(self, language: str) -> str:
        """Its number as printed."""
        return shown(self.value, self.exact, language)

    def with_numbers(self, language: str) -> str:
        """Its formula with the numbers put in."""
        numbers = {name: each.shown(language) for name, each in self.inputs.items()}
        return in_text(self.formula, language, numbers)

    def line_text(self, language: str, symbols: bool = True) -> str:
        """ "v = 1 / a + 1 / c = 1 / 4 + 1 / 11 = 0.340909", the symbols left out if so wanted."""
        name, value = symbol_text(self.symbol), self.shown(language)
        if 0 < len(self.parts) <= _WRITTEN_OUT:
            terms = [each.shown(language) for each in self.parts]
            return f"{name} = {' + '.join(f'({t})' if t.startswith('−') else t for t in terms)} = {value}"
        if not self.formula:
            return value if name == value else f"{name} = {value}"
        general = f" = {in_text(self.formula, language)}" if symbols else ""
        if general == f" = {name}":
            general = ""
        numbers = "" if is_name(self.formula) else f" = {self.with_numbers(language)}"
        return f"{name}{general}{numbers} = {value}"


def computed(
    symbol: str,
    formula: str,
    inputs: Sequence[Quantity] | Mapping[str, Quantity],
    engine: float | None = None,
    *,
    trial: str = "",
    exact: bool = False,
    note: Bilingual = NO_TEXT,
) -> Quantity:
    """A number by a formula; `engine` is the engine's value of it, where it has one."""
    given = inputs if isinstance(inputs, Mapping) else {each.symbol: each for each in inputs}
    names = {name: given[name] for name in names_in(formula)}
    made = Quantity(symbol, math.nan, formula, names, trial=trial, exact=exact, note=note)
    return replace(made, value=made.recomputed if engine is None or math.isnan(engine) else engine)


def total(symbol: str, parts: Sequence[Quantity]) -> Quantity:
    """The sum over trials."""
    made = Quantity(symbol, 0.0, parts=tuple(parts), exact=all(each.exact for each in parts))
    return replace(made, value=made.recomputed if parts else 0.0)


def constant(symbol: str, value: float, note: Bilingual = NO_TEXT) -> Quantity:
    """A number that is given, not computed from data."""
    return Quantity(symbol, value, exact=True, note=note)


def ancestry(figure: Quantity) -> Iterator[Quantity]:
    """The quantity and all it rests on, each once, before what it was computed from."""
    seen: set[int] = set()
    waiting = [figure]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting.extend(reversed(each.children))
