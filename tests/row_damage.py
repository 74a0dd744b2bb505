"""Damage to rows and columns: swapped, shifted, sorted alone, dropped, doubled, merged, put elsewhere."""

import math
from collections.abc import Callable, Iterable, Sequence
from random import Random

from table_damage import (
    DATA,
    EXCEL,
    FIGURES,
    MERGED,
    Damage,
    Damaged,
    Export,
    filled,
    in_a_row,
    lines_changed,
    table,
    text_of,
)

Row = tuple[str, ...]


def columns_swapped(header_too: bool) -> Damage:
    """Two columns of figures change places: with their headers nothing is changed."""

    def damage(export: Export, random: Random) -> Damaged | None:
        used = [column for column in FIGURES if filled(export, (column,))]
        one, other = (export.at(column) for column in random.sample(used, 2))
        order = list(range(len(export.header)))
        order[one], order[other] = other, one
        rows = [[row[at] for at in order] for row in export.rows]
        header = [export.header[at] for at in order] if header_too else export.header
        return None if rows == [*map(list, export.rows)] else Damaged(text_of(header, rows).encode())

    return damage


def of_columns(change: Callable[[list[str], list[list[str]], Random], bool | None]) -> Damage:
    """Another table; the change works on lists of its own and returns False where it does not apply."""

    def damage(export: Export, random: Random) -> Damaged | None:
        header, rows = list(export.header), [list(row) for row in export.rows]
        return None if change(header, rows, random) is False else Damaged(text_of(header, rows).encode())

    return damage


def renamed(new: Callable[[str], str], columns: Sequence[str] = FIGURES) -> Damage:
    def change(header: list[str], rows: list[list[str]], random: Random) -> bool:
        at = header.index(random.choice(columns))
        old, header[at] = header[at], new(header[at])
        return header[at] != old

    return of_columns(change)


def column_removed(header: list[str], rows: list[list[str]], random: Random) -> None:
    at = random.randrange(len(header))
    for row in [header, *rows]:
        del row[at]


def column_repeated(header: list[str], rows: list[list[str]], random: Random) -> None:
    at = random.randrange(len(header))
    for row in [header, *rows]:
        row.append(row[at])


def column_of_numbers_first(header: list[str], rows: list[list[str]], random: Random) -> None:
    for number, row in enumerate([header, *rows]):
        row.insert(0, str(number) if number else "")


def column_sorted(names: Sequence[str]) -> Damage:
    def change(header: list[str], rows: list[list[str]], random: Random) -> bool:
        at = header.index(random.choice(names))
        old = [row[at] for row in rows]
        new = sorted(old, key=lambda text: (not text, len(text) if at > 6 else 0, text))
        for row, text in zip(rows, new, strict=True):
            row[at] = text
        return old != new

    return of_columns(change)


def header_shifted(header: list[str], rows: list[list[str]], random: Random) -> None:
    at = random.randrange(len(header) - 1)
    header[at:] = [*header[at + 1 :], ""]


def shifted(inside: str, direction: str) -> Damage:
    """A cell is deleted or inserted, and the rest of its row or column moves up to fill or make the place."""

    def damage(export: Export, random: Random) -> Damaged | None:
        rows = [list(row) for row in export.rows]
        places = filled(export)
        if not places or (inside == "column" and len(rows) < 3):
            return None
        row, column = random.choice(places)
        at = export.at(column)
        if inside == "row":
            rows[row][at:] = [*rows[row][at + 1 :], ""] if direction == "deleted" else ["", *rows[row][at:]]
            while len(rows[row]) > len(export.header) and not rows[row][-1]:
                rows[row].pop()
            return table(export, rows, [row + 2])
        below = [each[at] for each in rows[row:]]
        below = [*below[1:], ""] if direction == "deleted" else ["", *below[:-1]]
        for each, text in zip(rows[row:], below, strict=True):
            each[at] = text
        return table(export, rows, lines_changed(export, rows))

    return damage


def of_rows(change: Callable[[list[tuple[str, ...]], Random], Iterable[int] | None]) -> Damage:
    """Other rows; the change works on a list of its own and returns the lines of the damage."""

    def damage(export: Export, random: Random) -> Damaged | None:
        rows = list(export.rows)
        lines = change(rows, random)
        return None if lines is None else table(export, rows, lines)

    return damage


def row_doubled(rows: list[tuple[str, ...]], random: Random) -> Iterable[int]:
    at = random.randrange(len(rows))
    rows.insert(at, rows[at])
    return at + 2, at + 3


def block_pasted_twice(rows: list[tuple[str, ...]], random: Random) -> Iterable[int]:
    start = random.randrange(len(rows))
    block = rows[start : start + random.randint(2, 20)]
    rows += block
    return [*range(start + 2, start + 2 + len(block)), *range(len(rows) + 2 - len(block), len(rows) + 2)]


def row_dropped(rows: list[tuple[str, ...]], random: Random) -> Iterable[int] | None:
    """Of an analysis with more rows, one that has weight."""
    there = [row[:2] for row in rows]
    able = [n for n, row in enumerate(rows) if there.count(row[:2]) > 1 and row[19] not in ("", "0")]
    if not able:
        return None
    at = random.choice(able)
    gone = rows.pop(at)
    return [n for n, row in enumerate(rows, 2) if row[:2] == gone[:2]]


def last_rows_cut(rows: list[tuple[str, ...]], random: Random) -> Iterable[int] | None:
    """A selection that ended too early, within an analysis."""
    inside = [n for n in range(1, len(rows)) if rows[n][:2] == rows[n - 1][:2]]
    if not inside:
        return None
    cut = random.choice(inside)
    del rows[cut:]
    return [n for n, row in enumerate(rows, 2) if row[:2] == rows[-1][:2]]


def rows_sorted(rows: list[tuple[str, ...]], random: Random) -> Iterable[int]:
    at = random.choice((5, 6, 19, 20))
    rows.sort(key=lambda row: row[at])
    return ()


def rows_inserted(
    make: Callable[[list[tuple[str, ...]], Random], list[tuple[str, ...]]], at_end: bool
) -> Damage:
    """Rows more, in the middle or at the end."""

    def change(rows: list[tuple[str, ...]], random: Random) -> Iterable[int]:
        new, at = make(rows, random), len(rows) if at_end else random.randint(1, len(rows))
        rows[at:at] = new
        return range(at + 2, at + 2 + len(new))

    return of_rows(change)


def merged(export: Export, random: Random) -> Damaged | None:
    """Merged cells: the value in the first row alone."""
    column = random.choice([each for each in MERGED if each != "Study"])
    at, rows, lines = export.at(column), [list(row) for row in export.rows], []
    for n in range(1, len(rows)):
        before, own = export.rows[n - 1], export.rows[n]
        if own[at] and own[at] == before[at] and own[:2] == before[:2]:
            rows[n][at] = ""
            lines.append(n + 2)
    return table(export, rows, lines) if lines else None


def merged_study(export: Export, random: Random) -> Damaged | None:
    at, rows = export.at("Study"), [list(row) for row in export.rows]
    lines = [n + 2 for n in range(1, len(rows)) if export.rows[n][at] == export.rows[n - 1][at]]
    for line in lines:
        rows[line - 2][at] = ""
    return table(export, rows, lines) if lines else None


def total_row(rows: list[Row], random: Random) -> list[Row]:
    """The sums of a spreadsheet, under everything."""
    sums = [str(sum(float(row[at] or 0) for row in rows)) for at in range(7, 23)]
    return [("", "", "", "", "", "Total", "", *sums, "")]


def total_of_analysis(rows: list[Row], random: Random) -> Iterable[int] | None:
    """The sums of an analysis as a further row of it."""
    at = random.randrange(len(rows))
    own = [row for row in rows if row[:2] == rows[at][:2]]
    if len(own) < 2:
        return None
    end = max(n for n, row in enumerate(rows) if row[:2] == own[0][:2]) + 1
    sums = [f"{sum(float(row[at] or 0) for row in own):g}" for at in range(7, 20)]
    rows.insert(end, (*own[0][:3], "", "SUBGROUP_AND_OVERALL", "Total", "", *sums, "", "", "", ""))
    return [end + 2]


def notes_below(width: int) -> Damage:
    texts = ["Source: Cochrane Library", "* p < 0.05"]
    return rows_inserted(lambda rows, random: [(text, *[""] * (width - 1)) for text in texts], True)


def arms_swapped(export: Export, row: int, random: Random) -> dict[str, str]:
    pairs = [(each, each.replace("Experimental", "Control")) for each in DATA if "Experimental" in each]
    return {
        name: export.cell(row, other) for pair in pairs for name, other in (pair, pair[::-1])
    }  # fmt: skip


def arm_pasted(export: Export, row: int, random: Random) -> dict[str, str]:
    """The figures of the arm above, pasted over this row's."""
    if not row or export.rows[row - 1][:2] != export.rows[row][:2]:
        return {}
    return {each: export.cell(row - 1, each) for each in DATA if each.startswith("Experimental")}


def two_trials_exchanged(export: Export, random: Random) -> Damaged | None:
    """The figures of two trials of an analysis change places."""
    near = [n for n in range(1, len(export.rows)) if export.rows[n][:2] == export.rows[n - 1][:2]]
    near = [n for n in near if export.rows[n][7:23] != export.rows[n - 1][7:23]]
    near = [n for n in near if export.rows[n][3] == export.rows[n - 1][3]]
    if not near:
        return None
    n, rows = random.choice(near), list(export.rows)
    one, other = rows[n - 1], rows[n]
    rows[n - 1], rows[n] = (*one[:7], *other[7:]), (*other[:7], *one[7:])
    return table(export, rows, [n + 1, n + 2])


def filled_down(export: Export, random: Random) -> Damaged | None:
    """A figure dragged down over the next rows."""
    places = [(row, column) for row, column in filled(export) if row + 3 < len(export.rows)]
    if not places:
        return None
    row, column = random.choice(places)
    at, rows = export.at(column), [list(each) for each in export.rows]
    for each in rows[row : row + 4]:
        each[at] = rows[row][at]
    lines = lines_changed(export, rows)
    return table(export, rows, lines) if lines else None


def numbered_on(export: Export, random: Random) -> Damaged | None:
    """The number of an analysis dragged down as a series: 3, 4, 5."""
    n, rows = random.randrange(len(export.rows)), [list(row) for row in export.rows]
    for step, row in enumerate(rows[n : n + 5]):
        row[1] = str(int(rows[n][1]) + step)
    lines = lines_changed(export, rows)
    return table(export, rows, lines) if lines else None


def other_subgroup(export: Export, row: int, random: Random) -> dict[str, str]:
    """The row under another subgroup of its analysis."""
    own = export.rows[row]
    names = sorted({each[3] for each in export.rows if each[:2] == own[:2] and each[3] != own[3]})
    return {"Subgroup": random.choice(names)} if names else {}


def other_analysis(export: Export, row: int, random: Random) -> dict[str, str]:
    """The row under another analysis of the file, by number alone."""
    other = random.choice(export.rows)
    return dict(zip(("Analysis group", "Analysis number"), other[:2], strict=True))


def of_counts(change: Callable[[str, str], str]) -> Damage:
    """Other events in an arm, by its events and total."""

    def texts(export: Export, row: int, random: Random) -> dict[str, str]:
        arm = random.choice(("Experimental", "Control"))
        events, total = (export.cell(row, f"{arm} {name}") for name in ("cases", "N"))
        return {f"{arm} cases": change(events, total)} if float(events or 0) and float(total or 0) else {}

    return in_a_row(texts)


def se_for_sd(export: Export, row: int, random: Random) -> dict[str, str]:
    arm = random.choice(("Experimental", "Control"))
    sd, total = (float(export.cell(row, f"{arm} {name}") or 0) for name in ("SD", "N"))
    return {f"{arm} SD": f"{sd / math.sqrt(total):.2f}"} if sd and total else {}


def renamed_trial(export: Export, row: int, random: Random) -> dict[str, str]:
    name = export.cell(row, "Study")
    return {"Study": random.choice([f"{name} ", name.upper(), name.replace(" ", "  ", 1), f"{name}a"])}


def line_end_in_name(export: Export, row: int, random: Random) -> dict[str, str]:
    return {"Study": export.cell(row, "Study").replace(" ", "\n", 1)}


def line_broken(export: Export, random: Random) -> Damaged | None:
    """A line end in a name of an unquoted table."""
    n = random.randrange(len(export.rows))
    rows = [list(row) for row in export.rows]
    rows[n][5] = rows[n][5].replace(" ", "\x1f", 1)
    raw = text_of(export.header, rows, **EXCEL).replace("\x1f", "\r\n")
    return Damaged(raw.encode(), frozenset([n + 2, n + 3])) if rows[n] != list(export.rows[n]) else None


def two_reviews(export: Export, random: Random) -> Damaged:
    """Rows of another review below these, some under the numbers of analyses that are there."""
    rows = [*export.rows, *export.strangers[:40]]
    return table(export, rows, range(len(export.rows) + 2, len(rows) + 2))


def blank_rows(rows: list[Row], random: Random) -> list[Row]:
    return [("",) * 24] * random.randint(1, 3)


def spaced(text: str, random: Random) -> str:
    return random.choice([f" {text}", f"{text} ", f"{text}\t"])


def misspelt(text: str) -> str:
    return text[:3] + text[4:]
