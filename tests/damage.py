"""Ways to damage a copy of the toy review, and what must be said about each."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

Damage = Callable[[Path], object]
TOY_LINES = {"studies.csv": 7, "published.csv": 3}


@dataclass(frozen=True)
class Broken:
    """A damage and its message: the place exactly, the rest by the words that must be in it."""

    name: str
    damage: Damage
    place: str
    column: str
    found: str
    expected: str
    remedy: str
    sealed: bool = True
    review: str = ""

    @property
    def folder(self) -> str:
        """The review that the damage is done to: its own, or one shared with similar cases."""
        return self.review or self.name


def rows_of(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def write_rows(path: Path, rows: list[list[str]], **style: str) -> None:
    with open(path, "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, **{"lineterminator": "\n", **style}).writerows(rows)


def cells(line: int, file: str = "studies.csv", /, **texts: str) -> Damage:
    """Other texts in the cells of one line of a CSV file."""

    def damage(folder: Path) -> None:
        rows = rows_of(folder / file)
        for column, text in texts.items():
            rows[line - 1][rows[0].index(column)] = text
        write_rows(folder / file, rows)

    return damage


def add_column(name: str, texts: dict[int, str], file: str = "studies.csv") -> Damage:
    """A column more at the end, with texts in some of its lines."""

    def damage(folder: Path) -> None:
        rows = rows_of(folder / file)
        write_rows(
            folder / file,
            [[*row, texts.get(line, "") if line > 1 else name] for line, row in enumerate(rows, 1)],
        )

    return damage


def text(file: str, old: str, new: str) -> Damage:
    """Another text in one place of a file."""

    def damage(folder: Path) -> None:
        whole = (folder / file).read_text("utf-8")
        assert whole.count(old) == 1, f"{old!r} is {whole.count(old)} times in {file}"
        (folder / file).write_text(whole.replace(old, new), "utf-8")

    return damage


def yaml(old: str, new: str) -> Damage:
    return text("review.yaml", old, new)


def content(file: str, whole: str | bytes) -> Damage:
    """Another content of a file, or a file that was not there."""
    return lambda folder: (folder / file).write_bytes(whole.encode() if isinstance(whole, str) else whole)


def changed(file: str, change: Callable[[str], str | bytes]) -> Damage:
    """A file's content after a change."""
    return lambda folder: content(file, change((folder / file).read_text("utf-8")))(folder)


def without_column(name: str, file: str = "studies.csv") -> Damage:
    def damage(folder: Path) -> None:
        rows = rows_of(folder / file)
        place = rows[0].index(name)
        write_rows(folder / file, [row[:place] + row[place + 1 :] for row in rows])

    return damage


def without(file: str) -> Damage:
    return lambda folder: (folder / file).unlink()


def both(*damages: Damage) -> Damage:
    return lambda folder: [damage(folder) for damage in damages]


def in_rows(
    review: str, file: str, *cases: tuple[str, int, dict[str, str], str, str, str, str]
) -> list[Broken]:
    """One review for many cases, each in a row of its own at the end of a file: a copy of a right row
    with other texts. A case is (name, line to copy, other texts, column, found, expected, remedy)."""

    def damage(folder: Path) -> None:
        rows = rows_of(folder / file)
        for number, (_, line, texts, *_) in enumerate(cases, 1):
            row = dict(zip(rows[0], rows[line - 1], strict=True))
            if file == "studies.csv":
                row["trial"] = f"Trial {number}"
            row |= texts
            rows.append([row[column] for column in rows[0]])
        write_rows(folder / file, rows)

    return [
        Broken(name, damage, f"{file}:{line}", *message, review=review)
        for line, (name, _, _, *message) in enumerate(cases, TOY_LINES[file] + 1)
    ]


def in_cells(
    review: str, line: int, name: str, expected: str, table: dict[str, tuple[str, str]]
) -> list[Broken]:
    """Rows like one of the toy review's with a text that is no number: {case: (text, remedy)}."""
    return in_rows(
        review, "studies.csv",
        *(
            (f"{review}-{case}", line, {name: typed}, name, f'"{" ".join(typed.split())}"', expected, remedy)
            for case, (typed, remedy) in table.items()
        ),
    )  # fmt: skip


def in_one_review(review: str, *cases: Broken) -> list[Broken]:
    """One review with the damage of cases that do not touch each other's place."""
    damage = both(*(case.damage for case in cases))
    return [replace(case, damage=damage, review=review) for case in cases]


def together(review: str, damage: Damage, *cases: tuple[str, str, str, str, str, str]) -> list[Broken]:
    """One review for mistakes that do not hide each other: (name, place, column, found, expected, remedy)."""
    return [Broken(name, damage, *message, review=review) for name, *message in cases]


def build(case: Broken, toy: Path, folder: Path, seal: Callable[[Path], object]) -> None:
    """A copy of the toy review with the damage of the case, sealed before or after it."""
    shutil.copytree(toy, folder)
    if not case.sealed:
        seal(folder)
    case.damage(folder)
    if case.sealed:
        seal(folder)
