"""Conversions as text in tables, and back again for pages and plots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

from repool.conversions import effects, quantiles, revman, spread
from repool.conversions.records import Conversion
from repool.model import Bilingual
from repool.wording import localised, significant

#: Digits that a converted value is shown with; tables keep all.
DIGITS = 4
HEADING = Bilingual(
    "* Omregnet fra andre mål i kilden, ikke trykt som slik:",
    "* Converted from other summaries in the source, not printed as such:",
)
FOOTNOTE = Bilingual(
    "Tall er omregnet fra andre tall i kilden; se tabellen over forsøkene.",
    "Figures converted from others in the source; see the table of trials.",
)
_LINE = Bilingual("{trial}: {what} fra {given} ({source}): {cells}.",
                  "{trial}: {what} from {given} ({source}): {cells}.")  # fmt: skip
_WHAT = {
    "mean": Bilingual("gjennomsnitt", "mean"),
    "sd": Bilingual("SD", "SD"),
    "se": Bilingual("SE", "SE"),
    "events": Bilingual("hendelser", "events"),
    "estimate": Bilingual("estimat", "estimate"),
}


def _declared(module: ModuleType) -> Iterator[Conversion]:
    return (each for each in vars(module).values() if isinstance(each, Conversion))


_BY_TEXT = {str(each): each for module in (spread, quantiles, effects, revman) for each in _declared(module)}


@dataclass(frozen=True, slots=True)
class ConvertedCell:
    """A converted figure of an arm, or an estimate or its SE: how, and from which cells as typed."""

    column: str
    by: Conversion
    cells: Mapping[str, str]

    def __str__(self) -> str:
        given = ", ".join(f"{column} {text}" for column, text in self.cells.items())
        return f"{self.column} from {self.by}: {given}"

    def line(self, trial: str, arm_names: Mapping[str, str], language: str) -> str:
        """The conversion as a reader's sentence."""
        arm, _, name = self.column.rpartition("_")
        what = _WHAT[name][language]
        cells = ", ".join(f"{column} {localised(text, language)}" for column, text in self.cells.items())
        return _LINE[language].format(
            trial=trial, what=f"{what}, {arm_names[arm]}," if arm else what, given=self.by.given[language],
            source=self.by.source, cells=cells,
        )  # fmt: skip


def converted_cells(text: str) -> tuple[ConvertedCell, ...]:
    """What a row's column `converted` says: its parts joined by "; ", as `ConvertedCell` writes them."""
    return tuple(_cell(part) for part in text.split("; ") if part)


def is_converted(text: str, column: str) -> bool:
    """Whether a row's column `converted` names this column."""
    return any(each.column == column for each in converted_cells(text))


def shown(value: float, language: str) -> str:
    """A converted value with the digits that its input can bear."""
    return significant(value, DIGITS, language)


def _cell(part: str) -> ConvertedCell:
    column, _, rest = part.partition(" from ")
    how, _, cells = rest.partition(": ")
    given = (cell.partition(" ") for cell in cells.split(", "))
    return ConvertedCell(column, _BY_TEXT[how], {name: value for name, _, value in given})
