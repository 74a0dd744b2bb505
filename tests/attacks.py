"""A raw folder full of attacks: reviews as somebody who means harm would send them."""

import io
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import packages
import revman5_files
from conftest import ROOT, sealed
from repool.readers.package.table import MAX_CELL
from repool.readers.text_file import MAX_BYTES

TOY = ROOT / "tests" / "data" / "toy"
ROWS = "CD1-data-rows.csv"
SECRET = "the secret of this machine"

#: What a spreadsheet takes for a formula, a page for an element, a terminal for an order, TeX for a command.
FORMULAS = ('=HYPERLINK("http://127.0.0.1:9","y")', "+cmd|' /C calc'!A0", "@SUM(1+1)", "-1+1")
MARKUP = (
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "$\\frac{",
    "{{ 7 * 7 }}",
)
TEXTS = (*FORMULAS, *MARKUP)
#: Title and two trials of a review, by its name.
SHOWN = {
    "text-formula": (FORMULAS[0], FORMULAS[1], FORMULAS[0]),
    "text-markup": (MARKUP[1], MARKUP[0], MARKUP[1]),
    "text-rest": (MARKUP[0], *MARKUP[2:]),
}
HIDDEN = {
    "nul": "\x00", "escape": "\x1b[31m", "delete": "\x7f", "override": "\u202e", "isolate": "\u2066",
    "right-to-left": "\u200f", "arabic": "\u061c", "no-width": "\u200b", "joiner": "\u200d",
    "filler": "\u3164", "variant": "\ufe0f", "tag": "\U000e0041",
}  # fmt: skip


def toy(raw: Path, name: str, changes: Mapping[str, Mapping[str, str]] | None = None) -> Path:
    """The toy review with texts changed, by file; sealed."""
    folder = raw / name
    shutil.copytree(TOY, folder)
    for file, changed in (changes or {}).items():
        text = (folder / file).read_text("utf-8")
        for old, new in changed.items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / file).write_text(text, "utf-8")
    return sealed(folder)


def quoted(text: str) -> str:
    """A cell of CSV."""
    return '"' + text.replace('"', '""') + '"'


def package(*studies: str, title: str = "Deaths", **more: str) -> dict[str, str]:
    """A package of one analysis with these studies, whose subgroups and footnotes are the same texts."""
    rows = [
        packages.events(study, 3 + at, 40, 6, 41, Subgroup=f"Of {study}", Footnotes=study)
        for at, study in enumerate(studies)
    ]
    made = packages.outcome("1.1", title, "Dichotomous", "Risk Ratio", rows, method="MH", **more)
    return packages.bare([made], "new", "CD1")


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip of these."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def write_zips(raw: Path) -> None:
    """Zips that lead out, that swell, and that hold themselves many times over."""
    good = package("Ahl 1998", "Berg 2003")
    for name, member in {"zip-slip": f"../../{ROWS}", "zip-root": f"/tmp/{ROWS}"}.items():
        (raw / f"{name}.zip").write_bytes(zipped(good | {member: "x"}))
    (raw / "zip-bomb.zip").write_bytes(zipped({ROWS: b"0" * 30_000_000}))
    layer = zipped({ROWS: b"0" * 900_000})
    for _ in range(2):
        layer = zipped({f"{at}.zip": layer for at in range(25)})  # 625 times 0.9 MB
    (raw / "zip-layers.zip").write_bytes(layer)


def write_xml(raw: Path) -> None:
    """RevMan 5 files with entities, with what they would load, and with markup for text."""
    plain = revman5_files.rm5(revman5_files.every_kind()[:2])
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    heads = {
        "xml-laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>',
        "xml-external": f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{raw}/secret">]>',
        "xml-parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
        "xml-type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    }
    for name, head in heads.items():
        text = plain.replace("<COCHRANE_REVIEW", f"{head}<COCHRANE_REVIEW", 1).replace("Toys for", "&s;")
        (raw / f"{name}.rm5").write_text(text, "utf-8")
    (raw / "xml-way.rm5").write_text(plain.replace('NO="1"', 'NO="../../x"'), "utf-8")
    text = plain.replace("Toys for", "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;")
    (raw / "xml-markup.rm5").write_text(text.replace("Toy-1 2001", "=1+&lt;b onclick='x'&gt;1"), "utf-8")


def write_yaml(raw: Path) -> None:
    """Settings that would make objects, grow, or lead elsewhere."""
    title, source = "title: {nb: Lekeoversikt, en: Toy review}", "  toy:\n"
    reviews = {
        "yaml-object": {title: f"title: !!python/object/apply:os.system ['touch {raw}/made']"},
        "yaml-own-tag": {title: "title: !run {nb: a, en: b}"},
        "yaml-laughs": {title: "title: {nb: &a [x, x], en: [*a, *a]}"},
        "yaml-merge": {title: "title: {<<: {nb: a, en: b}}"},
        "yaml-deep": {title: "title: " + "[" * 5000 + "]" * 5000},
        "yaml-way": {"id: stay": "id: ../../stay"},
        "yaml-address": {source: f"{source}    url: 'javascript:alert(1)'\n"},
        "yaml-nul": {title: 'title: {nb: "a\\0", en: b}'},
        "yaml-long": {title: f"title: {{nb: {'x' * 5001}, en: b}}"},
    }
    for name, changes in reviews.items():
        toy(raw, name, {"review.yaml": changes})
    toy(raw, "yaml-huge", {"review.yaml": {"analyses:": f"# {'x' * 2_000_000}\nanalyses:"}})


def write_texts(raw: Path) -> None:
    """Names, footnotes and titles that something that shows them could run."""
    for name, (title, first, second) in SHOWN.items():
        studies = {"Ås 2001": quoted(first), "Bø 2002": quoted(second), "per week": quoted(first)}
        changed = {"en: Toy review": "en: '" + title.replace("'", "''") + "'"}
        toy(raw, name, {"studies.csv": studies, "review.yaml": changed})
    (raw / "text-package.zip").write_bytes(packages.zipped(package(*TEXTS, title=MARKUP[0]), "CD1"))
    for name, hidden in HIDDEN.items():
        if name != "nul":
            toy(raw, f"hidden-{name}", {"studies.csv": {"Ås 2001": f"Ås{hidden} 2001"}})
    studies = [f"Ås{hidden} {2001 + at}" for at, hidden in enumerate(HIDDEN.values())]
    (raw / "hidden-package.zip").write_bytes(packages.zipped(package(*studies), "CD1"))
    toy(raw, "text-lines", {"studies.csv": {"Ås 2001": '"Ås\n\n2001\tResult"'}})


def write_sizes(raw: Path) -> None:
    """Files, fields, rows and columns far beyond any review's."""
    with open(raw / "big-data-rows.csv", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    (raw / "long-cell").mkdir()
    for path, text in package("Ahl 1998", "N" * (MAX_CELL + 1)).items():
        (raw / "long-cell" / path).write_text(text, "utf-8")
    toy(raw, "long-name", {"studies.csv": {"Ås 2001": "N" * 99_000}})
    toy(raw, "long-field", {"studies.csv": {"per week": "N" * 100_001}})
    rows = "".join(f"death,T{at},reported,5,50,,,10,50,,,,,,,,,toy,t,\n" for at in range(100_000))
    toy(raw, "rows", {"studies.csv": {"per week\n": f"per week\n{rows}"}})
    toy(raw, "columns", {"studies.csv": {"analysis,trial": f"analysis{',trial' * 50_000},trial"}})


def write_links(raw: Path, outside: Path) -> None:
    """Links to a file and a folder of the machine, to nothing, to themselves; a pipe, which never ends."""
    raw.mkdir(exist_ok=True)
    (outside / "folder").mkdir(parents=True)
    for path in (outside / "secret.csv", outside / "folder" / ROWS):
        path.write_text(SECRET, "utf-8")
    targets = {"file": outside / "secret.csv", "folder": outside / "folder", "dead": outside / "gone",
               "zero": Path("/dev/zero"), "loop": Path("notes.csv")}  # fmt: skip
    for name, target in targets.items():
        (toy(raw, f"link-{name}") / "notes.csv").symlink_to(target)
    zero = toy(raw, "link-yaml")
    (zero / "review.yaml").unlink()
    (zero / "review.yaml").symlink_to("/dev/zero")
    own_seal = toy(raw, "link-seal") / "SHA256SUMS"
    own_seal.unlink()
    own_seal.symlink_to(outside / "secret.csv")
    pipe = toy(raw, "pipe")
    (pipe / "studies.csv").unlink()
    os.mkfifo(pipe / "studies.csv")
    (raw / "linked").symlink_to(outside / "folder")
    (raw / "root").symlink_to("/")
    (raw / f"loose-{ROWS}").symlink_to(outside / "secret.csv")
    (raw / "loop").symlink_to("loop")
    (raw / "zero.zip").symlink_to("/dev/zero")


#: Names that no review can have: not its letters, or that of a file of the results.
NAMES = ("a\nb", "a\u202eb", "a\u200db", "a\x1b[31mb", "a'b;touch x", "$(touch x)", "{x}", "a b",
         "index.html", "Parquet", "verdicts.csv", "README.md", "index.log", "x" * 201)  # fmt: skip


def write_names(raw: Path) -> None:
    """Folders and files whose names are the attack."""
    for name in NAMES:
        toy(raw, name)
    good = package("Ahl 1998", "Berg 2003")
    for review, name in {
        "name-line": "a\nb.txt",
        "name-turned": "a\u202eb.txt",
        "name-long": "x" * 250,
    }.items():
        (raw / review).mkdir()
        for path, text in (good | {name: "x"}).items():
            (raw / review / path).write_text(text, "utf-8")


def write_attacks(raw: Path, outside: Path) -> None:
    """All of them, and one review in peace among them."""
    toy(raw, "good")
    write_zips(raw)
    write_xml(raw)
    write_yaml(raw)
    write_texts(raw)
    write_sizes(raw)
    write_links(raw, outside)
    write_names(raw)
