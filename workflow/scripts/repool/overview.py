"""All reviews together: the index page, one table of every verdict, and the closing table in plain text."""

import csv
from collections.abc import Sequence
from pathlib import Path

from repool.model import LANGUAGES, Bilingual
from repool.normal_form import ACCEPTED, STOPPED, read_review
from repool.pages import Row, render, verdict_counts
from repool.tables import atomically, read_table, write_text
from repool.verdicts import Checked
from repool.words import WORDS

_COLUMNS = ("checked", "reproduced", "differing", "missing")


def write_overview(out: Path, folders: Sequence[Path], refused: list[str], templates: Path) -> None:
    """Write index.html, verdicts.csv and overview.txt for the reviews in these results folders.

    `refused` are review folders whose name cannot be used; they are listed as stopped.
    """
    reviews = [_review(folder) for folder in folders]
    reviews += [
        {"name": name, "title": Bilingual(name, name), "state": STOPPED, "page": ""}
        | dict.fromkeys((*_COLUMNS, "suspected"), 0)
        for name in refused
    ]
    views = {
        language: {"w": {name: text[language] for name, text in WORDS.items()}} for language in LANGUAGES
    }
    write_text(out / "index.html", render(templates, "index.html.j2", reviews=reviews, views=views))
    write_text(out / "overview.txt", closing_table(reviews, refused, out))
    _write_verdicts(out / "verdicts.csv", folders)


def closing_table(reviews: Sequence[Row], refused: Sequence[str], out: Path) -> str:
    """The table the terminal shows when a run ends."""
    header = ["review", "figures checked", "reproduced", "differing", "not attemptable", "report"]
    lines = [header]
    for each in reviews:
        if each["state"] == ACCEPTED:
            lines.append([each["name"], *(str(each[column]) for column in _COLUMNS), f"{out}/{each['page']}"])
        else:
            page = f"{out}/{each['page']}" if each["page"] else "–"
            lines.append([each["name"], "stopped", "–", "–", "–", page])
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text = [_aligned(line, widths) for line in lines]
    text.insert(1, "-" * len(text[0]))
    stopped = sum(each["state"] == STOPPED for each in reviews)
    suspected = sum(each["suspected"] for each in reviews)
    if suspected:
        text.append(f"{suspected} of the differing figures are suspected errors in what was published.")
    if stopped:
        text.append(f"{stopped} of {len(reviews)} reviews stopped: see the messages above and the report.")
    text += [
        f'{name}: found a folder name with a blank or sign; expected letters, digits, ".", "_" and "-"; '
        "rename the folder"
        for name in refused
    ]
    if not reviews:
        text.append("There is no review folder; docs/new-review.md says how to add one.")
    text.append(f"All reviews: {out}/index.html")
    return "\n".join(text) + "\n"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *middle, last = (
        cell.ljust(width) if number in (0, len(widths) - 1) else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *middle, last]).rstrip()


def _review(folder: Path) -> Row:
    review, state = read_review(folder)
    counts = verdict_counts(read_table(folder / "verdicts.csv", Checked))
    return {
        "name": folder.name,
        "title": review.title,
        "state": state,
        "page": f"{folder.name}/index.html",
    } | counts


def _write_verdicts(path: Path, folders: Sequence[Path]) -> None:
    with atomically(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        for number, folder in enumerate(folders):
            with open(folder / "verdicts.csv", encoding="utf-8", newline="") as table:
                header, *rows = csv.reader(table)
            if number == 0:
                writer.writerow(["review", *header])
            writer.writerows([folder.name, *row] for row in rows)
