"""All reviews together: the index page, one table of every verdict, and the closing table in plain text."""

import csv
from collections.abc import Sequence
from pathlib import Path

from repool.agreement import read_outcome
from repool.model import LANGUAGES, Bilingual, Problem
from repool.normal_form import STOPPED
from repool.pages import Row, render, verdict_counts
from repool.tables import atomically, read_table, write_text
from repool.verdicts import Checked
from repool.words import WORDS

_COLUMNS = ("checked", "reproduced", "differing", "missing")
_SHOWN_PROBLEMS = 10


def write_overview(out: Path, folders: Sequence[Path], refused: list[str], templates: Path) -> None:
    """Write index.html, verdicts.csv, overview.txt and stopped.txt for these results folders.

    `refused` are review folders whose name cannot be used; they are listed as stopped.
    """
    reviews = [*(_review(folder) for folder in folders), *map(_refused, refused)]
    views = {
        language: {"w": {name: text[language] for name, text in WORDS.items()}} for language in LANGUAGES
    }
    write_text(out / "index.html", render(templates, "index.html.j2", reviews=reviews, views=views))
    write_text(out / "overview.txt", closing_table(reviews, out))
    stopped = (f"{each['name']}\n" for each in reviews if each["state"] == STOPPED)
    write_text(out / "stopped.txt", "".join(stopped))
    _write_verdicts(out / "verdicts.csv", folders)


def closing_table(reviews: Sequence[Row], out: Path) -> str:
    """The table the terminal shows when a run ends, and below it what stopped a review."""
    header = ["review", "figures checked", "reproduced", "differing", "not attemptable", "report"]
    lines = [header]
    for each in reviews:
        page = f"{out}/{each['page']}" if each["page"] else "–"
        counts = [str(each[column]) for column in _COLUMNS]
        if each["state"] == STOPPED:
            counts = ["stopped", "–", "–", "–"]
        lines.append([each["name"], *counts, page])
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text = [_aligned(line, widths) for line in lines]
    text.insert(1, "-" * len(text[0]))
    suspected = sum(each["suspected"] for each in reviews)
    if suspected:
        text.append(f"{suspected} of the differing figures are suspected errors in what was published.")
    weaker = [sum(each[name] for each in reviews) for name in ("from_derived", "from_claims")]
    if any(weaker):
        text.append(
            f"Of the reproduced figures {weaker[0]} rest on rows derived from published figures, and "
            f"{weaker[1]} follow from other published figures alone."
        )
    for each in reviews:
        text += _why_stopped(each)
    if not reviews:
        text.append("There is no review folder; docs/new-review.md says how to add one.")
    text.append(f"All reviews: {out}/index.html")
    return "\n".join(text) + "\n"


def _why_stopped(review: Row) -> list[str]:
    problems = review["problems"]
    if not problems:
        return []
    rest = len(problems) - _SHOWN_PROBLEMS
    text = [f"{review['name']} was stopped:", *(f"  {each}" for each in problems[:_SHOWN_PROBLEMS])]
    return [*text, f"  and {rest} more, all in its report"] if rest > 0 else text


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *middle, last = (
        cell.ljust(width) if number in (0, len(widths) - 1) else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *middle, last]).rstrip()


def _review(folder: Path) -> Row:
    review, state, problems = read_outcome(folder)
    return {
        "name": folder.name,
        "title": review.title,
        "state": state,
        "page": f"{folder.name}/index.html",
        "problems": [each for each in problems if each.severity == "error"],
    } | verdict_counts(read_table(folder / "verdicts.csv", Checked))


def _refused(name: str) -> Row:
    problem = Problem(
        "error",
        name,
        0,
        "",
        f'the folder name "{name}"',
        'letters, digits, ".", "_" and "-"',
        "rename the folder",
    )
    return {
        "name": name,
        "title": Bilingual(name, name),
        "state": STOPPED,
        "page": "",
        "problems": [problem],
    } | verdict_counts(())


def _write_verdicts(path: Path, folders: Sequence[Path]) -> None:
    with atomically(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        for number, folder in enumerate(folders):
            with open(folder / "verdicts.csv", encoding="utf-8", newline="") as table:
                header, *rows = csv.reader(table)
            if number == 0:
                writer.writerow(["review", *header])
            writer.writerows([folder.name, *row] for row in rows)
