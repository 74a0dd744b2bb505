"""A chain as indented plain text: figure <- formula <- inputs <- file:line <- checksum."""

from collections.abc import Iterator, Mapping

from repool.model import Bilingual
from repool.trace.cells import Found
from repool.trace.inputs import input_of
from repool.worked.quantities import Quantity
from repool.worked.words import meaning

_ABOVE = Bilingual("(se over)", "(see above)")
_EMPTY = Bilingual("tom", "empty")


def chain_text(where: str, cell: str, found: Found, checksums: Mapping[str, str], language: str) -> str:
    """The chain behind a cell, from the figure down to the files' SHA-256."""
    lines = [f"{where} = {cell or _EMPTY[language]}"]
    if found.said:
        lines.append(f"  {found.said[language]}")
    writer = _Writer(checksums, language)
    for figure in (found.quantity, *found.also):
        if figure is not None:
            lines += writer.figure(figure, 1) if figure.children else writer.cells([figure], 1)
    return "\n".join(lines) + "\n"


class _Writer:
    """Writes a chain; what was written out once is only referred to after that."""

    def __init__(self, checksums: Mapping[str, str], language: str) -> None:
        self.checksums, self.language = checksums, language
        self.written: set[object] = set()

    def figure(self, figure: Quantity, depth: int) -> Iterator[str]:
        """A computed number and, below it, what it was computed from."""
        indent, again = "  " * depth, id(figure) in self.written
        line = f"{indent}<- {figure.line_text(self.language)}{_named(figure, self.language)}"
        yield f"{line} {_ABOVE[self.language]}" if again else line
        if again:
            return
        self.written.add(id(figure))
        if figure.note:
            yield f"{indent}   {figure.note[self.language]}"
        leaves: dict[tuple[str, int], list[Quantity]] = {}
        for child in figure.children:
            if not child.children:
                leaves.setdefault((child.file, child.line), []).append(child)
        for cells in leaves.values():
            yield from self.cells(cells, depth + 1)
        for child in figure.children:
            if child.children:
                yield from self.figure(child, depth + 1)

    def cells(self, cells: list[Quantity], depth: int) -> Iterator[str]:
        """Cells of one row of the input, then its file and line, then the file's checksum."""
        indent, first = "  " * depth, cells[0]
        values = ", ".join(each.line_text(self.language) for each in cells)
        yield f"{indent}<- {values}" + (f"  [{first.trial}]" if first.trial else "")
        for note in dict.fromkeys(each.note[self.language] for each in cells if each.note):
            yield f"{indent}   {note}"
        if not first.file:
            return
        columns = ", ".join(dict.fromkeys(each.column for each in cells))
        yield f"{indent}  <- {first.file}:{first.line}: {columns}"
        checksum = self.checksums.get(input_of(first.file, self.checksums)[1])
        if checksum and (first.file, first.line) not in self.written:
            self.written.add((first.file, first.line))
            yield f"{indent}    <- SHA-256 {checksum}"


def _named(figure: Quantity, language: str) -> str:
    """What the symbol means and which trial it is of."""
    words = [text for text in (meaning(figure.symbol)[language], figure.trial) if text]
    return f"  [{', '.join(words)}]" if words else ""
