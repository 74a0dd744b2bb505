"""A worked sheet as plain text."""

from collections.abc import Iterator, Sequence

from repool.words import WORDS
from repool.worked.sheet import View
from repool.worked.words import WORKED


def sheet_text(view: View, language: str) -> str:
    """The same content as the page, in lines of text."""
    return "\n".join(_lines(view, language)) + "\n"


def _lines(view: View, language: str) -> Iterator[str]:
    yield from _heading(view["title"], "=")
    yield view["method"]
    yield from ("", WORKED["intro"][language], WORKED["functions"][language])
    yield from _heading(WORDS["h-worked-trials"][language], "-")
    yield from view["key"]
    yield ""
    yield from _formulas(view["trial_formulas"])
    for trial in view["trials"]:
        yield from ("", f"{trial['trial']} ({trial['place']})")
        lines = ([trial["cells"]] if trial["cells"] else []) + trial["lines"] + trial["notes"]
        yield from (f"  {line}" for line in lines)
    yield from _heading(WORDS["h-worked-pooled"][language], "-")
    yield from _result(view["overall"], language)
    if view["per_1000"]:
        yield from _heading(WORDS["h-worked-absolute"][language], "-")
        yield from _steps(view["per_1000"])
    if view["subgroups"]:
        yield from _heading(WORDS["h-worked-subgroups"][language], "-")
        for each in view["subgroups"]:
            yield from _result(each, language)
        if view["subgroup_test"]:
            yield from ("", WORDS["subgroup_test"][language].strip(" :"))
            yield from _steps(view["subgroup_test"])
    yield from _heading(WORDS["h-worked-others"][language], "-")
    yield WORKED["others"][language]
    for each in view["others"]:
        yield from ("", f"{each['title']} [{each['name']}]", *(f"  {line}" for line in each["lines"]))


def _heading(title: str, rule: str) -> tuple[str, ...]:
    return ("", title, rule * len(title), "") if rule == "-" else (title, rule * len(title), "")


def _formulas(formulas: Sequence[View]) -> Iterator[str]:
    for each in formulas:
        yield f"  {each['text']}" + (f"   ({each['meaning']})" if each["meaning"] else "")


def _steps(steps: Sequence[View]) -> Iterator[str]:
    for each in steps:
        if each["meaning"]:
            yield f"  {each['meaning']}:"
        if each["formula"]:
            yield f"    {each['formula']['text']}"
        yield f"    {each['numbers']}"
        if each["note"]:
            yield f"    {each['note']}"


def _result(view: View, language: str) -> Iterator[str]:
    yield from ("", view["title"])
    if view["none"]:
        yield view["none"]
        return
    if view["table"]:
        yield WORKED["columns"][language]
        yield from _formulas(view["formulas"])
        yield ""
        yield from _table(view["table"], language)
        yield ""
    yield from _steps(view["steps"])
    if any(view["checks"]):
        yield from ("", WORKED["equation"][language], *view["checks"])


def _table(table: View, language: str) -> Iterator[str]:
    """Columns set flush: names to the left, numbers to the right."""
    rows = [
        [WORDS["trial"][language], *table["head"]],
        *([each["trial"], *each["numbers"]] for each in table["rows"]),
        [WORKED["sum"][language], *table["sums"]],
    ]
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    for row in rows:
        numbers = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  " + "  ".join((row[0].ljust(widths[0]), *numbers))
