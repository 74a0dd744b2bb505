"""All reviews together: the index page, one table of every verdict, and the closing table in plain text."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from repool.index_words import INDEX_WORDS
from repool.model import LANGUAGES
from repool.normal_form import ACCEPTED, STOPPED
from repool.pages import render
from repool.parquet.tables import TABLES
from repool.summary import OUTCOMES, Summary, read_summary, refused
from repool.tables import atomically, write_text
from repool.verdicts import Verdict
from repool.wording import tally
from repool.words import WORDS

Row = dict[str, Any]
Columns = Mapping[str, Callable[[Summary], int]]

#: The counts of the index in its order, in groups that are left out where no review has any.
_FIGURES: Columns = {
    "checked": lambda each: each.checked,
    "reproduced": lambda each: each.reproduced,
    "differing": lambda each: each.differing,
    "missing": lambda each: each.missing,
}
_TRIAL_FIGURES: Columns = {
    "trial_figures": lambda each: each.trial_figures,
    "trial_exact": lambda each: each.trial_exact,
}
_ANALYSES: Columns = {
    "unique": lambda each: each.identified.get("unique", 0),
    "equivalent": lambda each: each.identified.get("equivalent", 0),
    "none": lambda each: each.identified.get("none", 0),
}
_QUESTIONS: Columns = {"questions": lambda each: each.questions}
_HEADERS = {
    "checked": "figures checked",
    "reproduced": "reproduced",
    "differing": "differing",
    "missing": "not attemptable",
    "trial_figures": "trial figures",
    "trial_exact": "exact",
}
#: Rows that the page shows at first where its script runs; index.css and index.js have the same number.
SHOWN = 200
_SHOWN_LINES = 40
_SHOWN_STOPPED = 10
_SHOWN_UNREAD = 10


def write_overview(
    out: Path,
    folders: Sequence[Path],
    names: Mapping[str, Sequence[str]],
    unread: Sequence[str],
    templates: Path,
) -> None:
    """Write index.html, verdicts.csv, overview.txt and stopped.txt for these results folders.

    `names` are those of reviews that cannot be used, each with its loose files; they are listed as stopped.
    `unread` are loose files of the raw folder that belong to no review, in words.
    """
    reviews = [*map(read_summary, folders), *(refused(name, files) for name, files in names.items())]
    write_text(out / "index.html", index_page(reviews, templates))
    shown = Path(out.name) if out.is_absolute() else out  # no place of this machine
    write_text(out / "overview.txt", closing_table(reviews, shown, unread))
    write_text(out / "stopped.txt", "".join(f"{each.review}\n" for each in reviews if each.stopped))
    join_tables(
        out / "verdicts.csv",
        [folder / "verdicts.csv" for folder in folders if (folder / "verdicts.csv").is_file()],
    )


def index_page(reviews: Sequence[Summary], templates: Path) -> str:
    """The page that lists the reviews: one table, in both languages; its script only searches and sorts."""
    columns = _columns(reviews, _ANALYSES, _QUESTIONS)
    return render(
        templates,
        "index.html.j2",
        sheets=("style.css", "index.css"),
        script="index.js",
        views={language: _view(reviews, columns, language) for language in LANGUAGES},
        columns=list(columns),
        rows=[_row(each, columns) for each in reviews],
        totals=[sum(map(count, reviews)) for count in columns.values()],
        shown=min(SHOWN, len(reviews)),
        parquet=[f"{each.name}.parquet" for each in TABLES],
    )


def _columns(reviews: Sequence[Summary], *groups: Columns) -> Columns:
    """The counts that are shown of these reviews: of figures of reviews or of trials, then of the rest."""

    def some(group: Columns) -> bool:
        return any(count(each) for each in reviews for count in group.values())

    figures = [group for group in (_FIGURES, _TRIAL_FIGURES) if some(group)] or [_FIGURES]
    shown = [*figures, *filter(some, groups)]
    return {name: count for group in shown for name, count in group.items()}


def _row(review: Summary, columns: Columns) -> Row:
    return {
        "name": review.review,
        "title": review.title,
        "page": _page(review),
        "stopped": review.stopped,
        "kinds": " ".join(_kinds(review)),
        "counts": ["–" if review.stopped else count(review) for count in columns.values()],
    }


def _page(review: Summary) -> str:
    """The review's report, "" where it has none because its name cannot be used."""
    return f"{review.review}/index.html" if review.has_page else ""


def _kinds(review: Summary) -> list[str]:
    """What a review can be filtered by: its state, the verdicts in it, what its methods are, questions."""
    return [
        review.state,
        *review.verdicts,
        *(f"trial-{each}" for each in review.trial_verdicts),
        *review.identified,
        *(["questions"] if review.questions else []),
    ]


def _view(reviews: Sequence[Summary], columns: Iterable[str], language: str) -> Row:
    """The words of one language, what the columns mean, and the filters that keep some of these reviews."""
    words = {name: text[language] for name, text in (WORDS | INDEX_WORDS).items()}
    present = {kind for review in reviews for kind in _kinds(review)}
    verdicts = {each.value: words[f"verdict-{each}"] for each in Verdict}
    kinds = {
        "verdicts": verdicts,
        "trial_verdicts": {
            f"trial-{name}": words["kind-trial"].format(verdict=text) for name, text in verdicts.items()
        },
        "identified": {name: words[f"kind-{name}"] for name in OUTCOMES},
        "questions": {"questions": words["kind-questions"]},
    }
    groups = {
        words[f"kinds-{group}"]: {name: text for name, text in texts.items() if name in present}
        for group, texts in kinds.items()
    }
    noted = [*columns, *(["stopped"] if STOPPED in present else [])]
    return {
        "w": words,
        "notes": [words[f"note-{name}"] for name in noted if f"note-{name}" in words],
        "states": {name: words[f"state-{name}"] for name in (ACCEPTED, STOPPED) if name in present},
        "kinds": {group: texts for group, texts in groups.items() if texts},
    }


def closing_table(reviews: Sequence[Summary], out: Path, unread: Sequence[str] = ()) -> str:
    """The table the terminal shows when a run ends, and below it what stopped a review or was not read.

    Of many reviews it lists the stopped ones and those with most differing figures.
    """
    columns = _columns(reviews)
    header = ["review", *(_HEADERS[name] for name in columns), "report"]
    listed = _listed(reviews)
    lines = [header, *(_line(each, columns, out) for each in listed)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text = [_aligned(line, widths) for line in lines]
    text.insert(1, "-" * len(text[0]))
    if len(listed) < len(reviews):
        text.append(
            f"{len(listed)} of {len(reviews)} reviews: stopped ones, then those with most differing figures."
        )
    text += _in_all(reviews)
    stopped = [each for each in reviews if each.stopped]
    for each in stopped[:_SHOWN_STOPPED]:
        text += _why_stopped(each)
    if len(stopped) > _SHOWN_STOPPED:
        text.append(f"{len(stopped)} reviews were stopped, all listed in {out}/stopped.txt")
    text += _not_read(unread)
    if not reviews:
        text.append("There is no review folder; docs/new-review.md says how to add one.")
    text.append(f"All reviews: {out}/index.html")
    return "\n".join(text) + "\n"


def _listed(reviews: Sequence[Summary]) -> list[Summary]:
    """The reviews of the closing table, in their order."""
    if len(reviews) <= _SHOWN_LINES:
        return list(reviews)
    order = sorted(range(len(reviews)), key=lambda n: (not reviews[n].stopped, -_off(reviews[n])))
    return [reviews[n] for n in sorted(order[:_SHOWN_LINES])]


def _off(review: Summary) -> int:
    """Published figures that are not ours, those of trials too."""
    return review.differing + review.trial_figures - review.trial_exact


def _line(review: Summary, columns: Columns, out: Path) -> list[str]:
    counts = ["stopped", *["–"] * (len(columns) - 1)]
    if not review.stopped:
        counts = [str(count(review)) for count in columns.values()]
    return [review.review, *counts, f"{out}/{_page(review)}" if _page(review) else "–"]


#: How the figures of an analysis follow from methods, as `summary.OUTCOMES`.
_FOLLOW = ("from one method", "from several alike", "from none")


def _summed(reviews: Sequence[Summary]) -> dict[str, int]:
    names = ("suspected", "from_derived", "from_claims", "trial_figures", "trial_exact")
    return {name: sum(getattr(each, name) for each in reviews) for name in names}


def _in_all(reviews: Sequence[Summary]) -> list[str]:
    """Sentences on all reviews together, each where it has something to say."""
    total = _summed(reviews)
    text = []
    if total["suspected"]:
        text.append(
            f"Of the differing figures, suspected errors in what was published: {total['suspected']}."
        )
    how = {"on derived rows": total["from_derived"], "on other published figures alone": total["from_claims"]}
    if rest := tally(how.items()):
        text.append(f"Of the reproduced figures rest {rest}.")
    if figures := total["trial_figures"]:
        text.append(
            f"Published figures of single trials: {figures}; agree in every digit: {total['trial_exact']}."
        )
    found = zip(
        _FOLLOW, (sum(each.identified.get(name, 0) for each in reviews) for name in OUTCOMES), strict=True
    )
    if follow := tally(found):
        text.append(f"Analyses whose figures follow {follow}.")
    if questions := sum(each.questions for each in reviews):
        text.append(f"Questions about the input, to be looked up in the sources: {questions}.")
    return text


def _why_stopped(review: Summary) -> list[str]:
    rest = review.errors - len(review.problems)
    text = [f"{review.review} was stopped:", *(f"  {each}" for each in review.problems)]
    return [*text, f"  and {rest} more, all in its report"] if rest > 0 else text


def _not_read(unread: Sequence[str]) -> list[str]:
    """Loose files that belong to no review, and what would."""
    if not unread:
        return []
    rest = [f"  and {len(unread) - _SHOWN_UNREAD} more"] if len(unread) > _SHOWN_UNREAD else []
    expected = "X.zip or X-data-rows.csv of a data package, X.rm5, or a folder of a review's own"
    return [f"not read; expected {expected}:", *(f"  {each}" for each in unread[:_SHOWN_UNREAD]), *rest]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *middle, last = (
        cell.ljust(width) if number in (0, len(widths) - 1) else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *middle, last]).rstrip()


def join_tables(path: Path, tables: Sequence[Path]) -> None:
    """One table of the rows of many with the same columns, each led by the name of the folder it lies in.

    Rows are copied as text and never all held. Raises ValueError where the columns of two tables differ.
    """
    header = ""
    with atomically(path) as stream:
        for table in tables:
            with open(table, encoding="utf-8", newline="\n") as rows:
                own = next(rows)
                if not header:
                    header = own
                    stream.write(f"review,{header}")
                if own != header:
                    raise ValueError(f"{table} has other columns than {tables[0]}")
                stream.writelines(_led(rows, f"{table.parent.name},"))


def _led(lines: Iterable[str], start: str) -> Iterator[str]:
    """The lines of a CSV file with `start` before each row; a cell in quotes can span lines."""
    within = False
    for line in lines:
        yield line if within else start + line
        within ^= line.count('"') % 2 == 1
