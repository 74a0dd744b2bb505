"""The kinds of damage that people and programs do to the table of a real review, by name."""

import re
from collections.abc import Callable, Iterable
from random import Random

from row_damage import (
    arm_pasted,
    arms_swapped,
    blank_rows,
    block_pasted_twice,
    column_of_numbers_first,
    column_removed,
    column_repeated,
    column_sorted,
    columns_swapped,
    filled_down,
    header_shifted,
    last_rows_cut,
    line_broken,
    line_end_in_name,
    merged,
    merged_study,
    misspelt,
    notes_below,
    numbered_on,
    of_columns,
    of_counts,
    of_rows,
    other_analysis,
    other_subgroup,
    renamed,
    renamed_trial,
    row_doubled,
    row_dropped,
    rows_inserted,
    rows_sorted,
    se_for_sd,
    shifted,
    spaced,
    total_of_analysis,
    total_row,
    two_reviews,
    two_trials_exchanged,
)
from table_damage import (
    DATA,
    EXCEL,
    FIGURES,
    NORWEGIAN,
    PRINTED,
    Damage,
    Damaged,
    Export,
    Kind,
    as_typed,
    decimal_comma,
    excel_date,
    excel_serial,
    grouped,
    in_a_row,
    in_all_cells,
    in_bytes,
    in_one_cell,
    in_the_text,
    minus_as,
    mistaken_digits,
    other_sign,
    scientific,
    shown_rounded,
    table,
    text_of,
    transposed,
)

Change = Callable[[str], str]
_DECIMAL = r"-?\d+\.\d+"
_NORSK = {
    "Study": "Studie", "Mean": "Gjennomsnitt", "Weight": "Vekt", "Footnotes": "Fotnoter",
    "Experimental cases": "Hendelser tiltak", "Experimental N": "N tiltak", "Control N": "N kontroll",
}  # fmt: skip


def saved_by_excel(export: Export, random: Random) -> Damaged:
    return Damaged(text_of(export.header, export.rows, **EXCEL).encode("utf-8-sig"))


def more_columns(export: Export, random: Random) -> Damaged:
    return table(export, [[*row, "", ""] for row in export.rows])


def garbled(text: str) -> bytes:
    return text.encode().decode("cp1252", "replace").encode()


def with_nul(line: str, random: Random) -> str:
    at = random.randrange(len(line))
    return f"{line[:at]}\0{line[at:]}"


def grouped_in_norway(text: str) -> str:
    """1.234,5 for 1234.5, and decimal commas elsewhere."""
    shown = grouped(".", ",")(text)
    return shown if shown != text else decimal_comma(text)


def saved(change: Change | None = None, **style: object) -> Damage:
    """The table in another style, each figure changed the same way."""

    def damage(export: Export, random: Random) -> Damaged:
        rows = [
            [change(text) if change and export.header[at] in FIGURES else text for at, text in enumerate(row)]
            for row in export.rows
        ]
        return table(export, rows, **style)

    return damage


def cut_short(text: str, random: Random) -> tuple[str, Iterable[int]]:
    """A download that broke off, anywhere behind the header."""
    cut = random.randrange(text.index("\n") + 2, len(text) - 1)
    return text[:cut], [text[:cut].count("\n") + 1, text[:cut].count("\n")]


def cut_short_excel(export: Export, random: Random) -> Damaged | None:
    """The same of a file as Excel saved it, with quotation marks only where needed."""
    text = text_of(export.header, export.rows, **EXCEL)
    cut, _ = cut_short(text, random)
    return Damaged(cut.encode(), frozenset([cut.count("\n") + 1, cut.count("\n")]))


def wrapped(text: str, random: Random) -> tuple[str, Iterable[int]]:
    """A mail program breaks lines at 76 characters."""
    return re.sub(r"([^\n]{76})(?=[^\n])", "\\1\n", text), ()


def quote_opened(text: str, random: Random) -> tuple[str, Iterable[int]]:
    """A quotation mark that nobody closes, before some cell."""
    lines = text.split("\n")
    at = random.randrange(1, len(lines) - 1)
    cells = lines[at].split(",")
    which = random.randrange(len(cells))
    cells[which] = '"' + cells[which].strip('"')
    return "\n".join([*lines[:at], ",".join(cells), *lines[at + 1 :]]), range(at + 1, len(lines) + 1)


def of_one_line(change: Callable[[str, Random], str]) -> Damage:
    """A change of the text of one line."""

    def damage(text: str, random: Random) -> tuple[str, Iterable[int]] | None:
        lines = text.split("\n")
        at = random.randrange(1, len(lines) - 1)
        old, lines[at] = lines[at], change(lines[at], random)
        return None if lines[at] == old else ("\n".join(lines), [at + 1])

    return in_the_text(damage)


def second_file(text: str, random: Random) -> tuple[str, Iterable[int]]:
    """The same file pasted below itself, header and all."""
    end = text.count("\n")
    return text + text, range(end + 1, 2 * end + 1)


# fmt: off
KINDS = (
    # the file as a program saves it
    Kind("Excel, commas and points, byte-order mark", saved_by_excel, True),
    Kind("Excel in Norway: semicolons, decimal commas", saved(decimal_comma, **NORWEGIAN), True),
    Kind("LibreOffice: semicolons, decimal points", saved(**NORWEGIAN), True),
    Kind("tabs", saved(delimiter="\t"), True),
    Kind("tabs and decimal commas", saved(decimal_comma, delimiter="\t")),
    Kind("decimal commas in a file with commas", in_all_cells(decimal_comma)),
    Kind("old Mac line ends", saved(lineterminator="\r"), True),
    Kind("line ends doubled (CR CR LF)", saved(lineterminator="\r\r\n"), True),
    Kind("commas at the end of each line", more_columns, True),
    Kind("UTF-16, as Excel's Unicode text", in_bytes(lambda text: text.encode("utf-16"), "")),
    Kind("Latin-1", in_bytes(lambda text: text.encode("latin-1", "replace"), "[\xa0-\xff]")),
    Kind("Windows-1252", in_bytes(lambda text: text.encode("cp1252", "replace"), "[\x80-\uffff]")),
    Kind("Mac Roman", in_bytes(lambda text: text.encode("mac-roman", "replace"))),
    Kind("UTF-8 taken for Windows-1252 and saved again", in_bytes(garbled)),
    Kind("figures shown rounded: 2 decimals saved", in_all_cells(shown_rounded)),
    Kind("figures shown rounded, in the trials' data alone", in_all_cells(shown_rounded, DATA)),
    Kind("1234 shown as 1.2E+03", in_all_cells(scientific, everywhere=False)),
    Kind("3.5 become 03.mai", in_all_cells(excel_date, everywhere=False)),
    Kind("3.5 become 46145, a date's number", in_all_cells(excel_serial, everywhere=False)),
    Kind("0.5 become .5", in_all_cells(lambda text: text[1:] if text.startswith("0.") else text), True),
    Kind("minus as U+2212", in_all_cells(minus_as("\u2212{}"), everywhere=False), True),
    Kind("minus as a dash", in_all_cells(minus_as("–{}"), everywhere=False)),
    Kind("minus as brackets", in_all_cells(minus_as("({})"), everywhere=False)),
    Kind("thousands by comma", in_all_cells(grouped(","), everywhere=False)),
    Kind("thousands by point", in_all_cells(grouped("."), everywhere=False)),
    Kind("thousands by point, semicolons", saved(grouped_in_norway, **NORWEGIAN)),
    Kind("thousands by blank", in_all_cells(grouped(" "), everywhere=False)),
    Kind("thousands by narrow blank", in_all_cells(grouped("\u202f"), everywhere=False)),
    Kind("thousands by apostrophe", in_all_cells(grouped("'"), everywhere=False)),
    Kind("NA for empty cells", in_all_cells(lambda text: text or "NA")),
    Kind("- for empty cells", in_all_cells(lambda text: text or "-")),
    Kind(". for empty cells", in_all_cells(lambda text: text or ".")),
    Kind("0 for empty cells", in_all_cells(lambda text: text or "0", DATA)),
    Kind("0 for empty cells, printed figures too", in_all_cells(lambda text: text or "0")),
    Kind("empty cells for 0", in_all_cells(lambda text: "" if text == "0" else text)),
    # cut, broken, put together
    Kind("download cut short", in_the_text(cut_short)),
    Kind("Excel's file cut short", cut_short_excel),
    Kind("last rows not selected", of_rows(last_rows_cut)),
    Kind("wrapped at 76 characters by a mail program", in_the_text(wrapped)),
    Kind("> before each line of a mail", in_the_text(lambda text, _: (re.sub("(?m)^", "> ", text), ()))),
    Kind("curly quotation marks", in_the_text(lambda text, _: (re.sub('"([^"]*)"', "“\\1”", text), ()))),
    Kind("a quotation mark never closed", in_the_text(quote_opened)),
    Kind("a quotation mark within a cell", of_one_line(lambda line, _: line.replace(' ', ' "', 1))),
    Kind("a NUL byte", of_one_line(with_nul)),
    Kind("NUL bytes behind the end", in_the_text(lambda text, _: (text + "\0" * 9, [text.count("\n") + 1]))),
    Kind("the file pasted below itself", in_the_text(second_file)),
    Kind("rows of another review below", two_reviews),
    # above, below, between
    Kind("a title above the header", in_the_text(lambda text, _: (f"Table 2. Data rows\n{text}", [1]))),
    Kind("sep=, above the header", in_the_text(lambda text, _: (f"sep=,\n{text}", [1]))),
    Kind("notes below", notes_below(1)),
    Kind("notes below, in a spreadsheet", notes_below(24)),
    Kind("a row of sums below", rows_inserted(total_row, True)),
    Kind("a row of sums in an analysis", of_rows(total_of_analysis)),
    Kind("blank rows", rows_inserted(blank_rows, False), True),
    Kind("line end in a quoted name", in_a_row(line_end_in_name), True),
    Kind("line end in an unquoted name", line_broken),
    # columns
    Kind("two columns exchanged, headers too", columns_swapped(True), True),
    Kind("two columns exchanged, headers not", columns_swapped(False)),
    Kind("a column removed", of_columns(column_removed)),
    Kind("a column there twice", of_columns(column_repeated)),
    Kind("a column of numbers before all", of_columns(column_of_numbers_first), True),
    Kind("headers one column off", of_columns(header_shifted)),
    Kind("a header in capitals, with blanks", renamed(lambda name: f" {name.upper()} "), True),
    Kind("a header misspelt", renamed(misspelt)),
    Kind("a header translated", renamed(lambda name: _NORSK.get(name, name), tuple(_NORSK))),
    Kind("a column of figures sorted alone", column_sorted(FIGURES)),
    Kind("trial names sorted alone", column_sorted(("Study",))),
    Kind("subgroups sorted alone", column_sorted(("Subgroup",))),
    Kind("analysis names sorted alone", column_sorted(("Analysis name",))),
    Kind("analysis numbers sorted alone", column_sorted(("Analysis number",))),
    # rows
    Kind("all rows sorted by a column", of_rows(rows_sorted)),
    Kind("a row twice", of_rows(row_doubled)),
    Kind("a block pasted twice", of_rows(block_pasted_twice)),
    Kind("a row dropped", of_rows(row_dropped)),
    Kind("merged cells", merged),
    Kind("merged cells of trials", merged_study),
    Kind("cell deleted, the rest moved left", shifted("row", "deleted")),
    Kind("cell inserted, the rest moved right", shifted("row", "inserted")),
    Kind("cell deleted, the rest moved up", shifted("column", "deleted")),
    Kind("cell inserted, the rest moved down", shifted("column", "inserted")),
    Kind("a figure dragged down", filled_down),
    Kind("an analysis number dragged down as a series", numbered_on),
    Kind("a row under another analysis", in_a_row(other_analysis)),
    Kind("a row under another subgroup", in_a_row(other_subgroup)),
    Kind("two trials' figures exchanged", two_trials_exchanged),
    Kind("arms exchanged in a row", in_a_row(arms_swapped)),
    Kind("an arm pasted over the next trial's", in_a_row(arm_pasted)),
    Kind("a trial spelt otherwise", in_a_row(renamed_trial)),
    # single cells
    Kind("decimal comma", in_one_cell(lambda text, _: decimal_comma(text))),
    Kind("unit in the cell", in_one_cell(as_typed("{} mm", "{}%", "{} (45%)", "{}*", "ca. {}", "{}a"))),
    Kind("events/total in the cell", of_counts(lambda events, total: f"{events}/{total}")),
    Kind("events/total become a date", of_counts(lambda events, total: f"{min(int(float(events)), 31)}-Mar")),
    Kind("O for 0 or l for 1", in_one_cell(mistaken_digits, FIGURES, ".*[01].*")),
    Kind("digits transposed", in_one_cell(transposed)),
    Kind("digits transposed in the data", in_one_cell(transposed, DATA)),
    Kind("a decimal mark lost", in_one_cell(lambda text, _: text.replace(".", ""), FIGURES, _DECIMAL)),
    Kind("sign lost or added", in_one_cell(other_sign)),
    Kind("events above total", of_counts(lambda events, total: str(int(float(total)) + 3))),
    Kind("percent instead of events", of_counts(lambda events, n: f"{100 * float(events) / float(n):.1f}")),
    Kind("SE in place of SD", in_a_row(se_for_sd)),
    Kind("a figure of the data lost", in_one_cell(lambda text, _: "", DATA)),
    Kind("a printed figure lost", in_one_cell(lambda text, _: "", PRINTED)),
    Kind("#N/A in a cell", in_one_cell(lambda text, _: "#N/A")),
    Kind("#REF!, #####, #DIV/0! in a cell", in_one_cell(as_typed("#REF!", "#####", "#DIV/0!", "#VERDI!"))),
    Kind("a formula as text", in_one_cell(as_typed("=A1/B1", "={}/2", "=SUM(H2:H9)"))),
    Kind("NA, n/a, . or - in a cell", in_one_cell(as_typed("NA", "n/a", ".", "-", "–", "NR"))),
    Kind("an apostrophe before the number", in_one_cell(as_typed("'{}"))),
    Kind("blanks around the number", in_one_cell(spaced), True),
    Kind("a hard blank behind the number", in_one_cell(as_typed("{}\xa0"))),
)
# fmt: on
