"""A review's results folder made fit to be handed on: input and code beside it, checksums, a README.

After `write_deposit` the folder is complete in itself: it can be deposited as it is, checked with
`sha256sum -c SHA256SUMS`, and made again from its own `input` and `code`.
"""

import json
import shutil
import zipfile
from pathlib import Path

from repool.agreement import read_outcome
from repool.crate import CRATE, research_object
from repool.model import LANGUAGES, Bilingual, Review
from repool.normal_form import STOPPED
from repool.provenance import (
    CODE,
    INPUT,
    PROVENANCE,
    code_files,
    copy_code,
    copy_input,
    made,
    provenance,
    read_checkout,
    record,
    records,
)
from repool.raw_reviews import RawReview
from repool.readers.seal import SEAL, checksum
from repool.steps import STEPS
from repool.tables import write_json, write_text
from repool.wording import terms

README = "README.md"

#: What a reader looks for, in this order; a line is shown where the folder has the file.
_CONTENTS = (
    ("index.html", Bilingual(
        "rapporten: åpne den i en nettleser, den trenger ikke nett",
        "the report: open it in a browser, it needs no network",
    )),
    ("findings.html", Bilingual("oppsummeringstabellen", "the summary-of-findings table")),
    ("verdicts.csv", Bilingual(
        "hvert publisert tall ved siden av vårt, med dom", "each published figure beside ours, with a verdict"
    )),
    ("trial_verdicts.csv", Bilingual(
        "det samme for det som er publisert for hvert forsøk",
        "the same for what was published of each trial",
    )),
    ("pooled.csv", Bilingual("samlede resultater, alle metoder", "pooled results, all methods")),
    ("effects.csv", Bilingual("effekten i hvert forsøk", "the effect of each trial")),
    ("crosscheck.csv", Bilingual(
        "hvert tall regnet ut en gang til, med statsmodels", "each number computed again, by statsmodels"
    )),
    ("audit.xlsx", Bilingual(
        "regneark der hvert tall er en levende formel", "a workbook in which each number is a live formula"
    )),
    ("worked", Bilingual(
        "hver beregning skrevet ut med tallene satt inn", "each calculation written out with its numbers"
    )),
    ("consistency.csv", Bilingual(
        "om de publiserte tallene stemmer med hverandre",
        "whether the published figures agree with each other",
    )),
    ("questions.csv", Bilingual(
        "hva man bør slå opp i kildene til forsøkene", "what to look up in the sources of the trials"
    )),
    ("reconstruction.csv", Bilingual(
        "hva de manglende forsøkene kan ha vært", "what the missing trials can have been"
    )),
    ("forest", Bilingual("forest plots", "forest plots")),
    ("problems.csv", Bilingual(
        "advarsler, og hva som eventuelt stoppet oversikten",
        "warnings, and what stopped the review, if anything did",
    )),
    (INPUT, Bilingual("oversikten slik den ble lest, forseglet", "the review as it was read, sealed")),
    (CODE, Bilingual("koden som laget alt dette", "the code that made all this")),
    (PROVENANCE, Bilingual(
        "commit, pakker, inndata, metoder, steg og sjekksummer",
        "commit, packages, input, methods, steps and checksums",
    )),
    (CRATE, Bilingual(
        "det samme for maskiner (Workflow Run RO-Crate)", "the same for machines (Workflow Run RO-Crate)"
    )),
)  # fmt: skip

_TEXT = Bilingual(
    """{title}

Repool har regnet ut denne oversikten på nytt fra forsøkene og sammenlignet hvert publisert tall.

Oversikten: {citation}
Vilkår for inndataene: {licence}
{stopped}
## Hva er hva
{contents}
Hver fil og kolonne: `{code}/results/README.md`. Hver formel med kilde: `{code}/docs/methods.md`.
Slik etterprøver man: `{code}/docs/audit.md`.

## Kontrollere
```
sha256sum -c --quiet SHA256SUMS                     # alle filer er slik de ble laget
(cd {input} && sha256sum -c --quiet SHA256SUMS)     # inndataene er slik de ble forseglet
```
På macOS: `shasum -a 256 -c` i stedet for `sha256sum -c`.

## Lage alt på nytt
Trenger Python 3.11 til 3.13 og make. Alt utenom `{provenance}` og `{crate}` blir likt, byte for byte.
```
cd {code}
mkdir -p data/raw && cp -R ../{input} data/raw/{review}
make
(cd results/{review} && sha256sum -c --quiet ../../../SHA256SUMS)
```
""",
    """{title}

Repool computed this review again from its trials and compared every published figure.

The review: {citation}
Terms of the input: {licence}
{stopped}
## What is what
{contents}
Each file and column: `{code}/results/README.md`. Each formula with its source: `{code}/docs/methods.md`.
How to audit: `{code}/docs/audit.md`.

## Checking
```
sha256sum -c --quiet SHA256SUMS                     # all files are as they were made
(cd {input} && sha256sum -c --quiet SHA256SUMS)     # the input is as it was sealed
```
On macOS: `shasum -a 256 -c` instead of `sha256sum -c`.

## Making everything again
Needs Python 3.11 to 3.13 and make. All but `{provenance}` and `{crate}` comes out the same, byte for byte.
```
cd {code}
mkdir -p data/raw && cp -R ../{input} data/raw/{review}
make
(cd results/{review} && sha256sum -c --quiet ../../../SHA256SUMS)
```
""",
)
_STOPPED = Bilingual(
    "\n**Oversikten ble stoppet.** Tabellene er tomme; `problems.csv` sier hvorfor.\n",
    "\n**The review was stopped.** The tables are empty; `problems.csv` says why.\n",
)
_NOT_STATED = Bilingual("ikke oppgitt", "not stated")


def write_deposit(folder: Path, root: Path, raw: RawReview) -> None:
    """Complete a results folder: input, code, README.md, SHA256SUMS, provenance.json, ro-crate-metadata.json.

    root: the project. raw: what the import read.
    """
    steps = [each for name, each in STEPS.items() if name != "provenance"]
    copy_input(raw, folder)
    copy_code(root, folder)
    review, state, _ = read_outcome(folder)
    write_text(folder / README, readme(folder, review, state))
    listed = records(folder, [*made(folder, steps), INPUT, CODE, README])
    write_text(folder / SEAL, "".join(f"{each.sha256}  {each.file}\n" for each in listed))
    data = provenance(folder, root, read_checkout(root, *raw.places), steps)
    write_json(folder / PROVENANCE, data)
    extra = [record(folder, folder / name) for name in (README, SEAL, PROVENANCE)]
    write_json(folder / CRATE, research_object(review, data, extra))


def readme(folder: Path, review: Review, state: str) -> str:
    """What a reader of the folder needs to know, in Norwegian and English, as Markdown."""
    text = []
    for language in LANGUAGES:
        contents = "".join(
            f"- `{name}`: {what[language]}\n"
            for name, what in _CONTENTS
            if name in (PROVENANCE, CRATE) or (folder / name).exists()
        )
        values = {
            "title": f"# {review.title[language]} (`{review.review}`)",
            "citation": review.citation or _NOT_STATED[language],
            "licence": terms(review.licence, language) or _NOT_STATED[language],
            "stopped": _STOPPED[language] if state == STOPPED else "",
            "contents": contents,
            "review": review.review,
            "input": INPUT,
            "code": CODE,
            "provenance": PROVENANCE,
            "crate": CRATE,
        }
        text.append(_TEXT[language].format(**values))
    return "\n".join(text)


def stale(folder: Path, root: Path, raw: RawReview) -> list[str]:
    """Why a results folder is not what the project would make now; empty if it is up to date.

    Compares every file with the folder's SHA256SUMS, input and code with those of now, and the commit.
    """
    lines = (folder / SEAL).read_text("utf-8").splitlines()
    sealed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    reasons = [
        f"{name}: altered or missing since it was made"
        for name, digest in sealed.items()
        if _digest(folder / name) != digest
    ]
    now = {f"{CODE}/{path.relative_to(root).as_posix()}": path for path in code_files(root)}
    now |= {f"{INPUT}/{path.relative_to(raw.base).as_posix()}": path for path in raw.files}
    then = {name for name in sealed if name.startswith((f"{CODE}/", f"{INPUT}/"))}
    for name in sorted((then | now.keys()) - ({f"{INPUT}/{SEAL}"} - now.keys())):
        if name not in now or _digest(now[name]) != sealed.get(name):
            reasons.append(f"{name}: not what the project has now")
    made_at = json.loads((folder / PROVENANCE).read_text("utf-8"))["repool"]["commit"]
    if made_at != read_checkout(root, *raw.places).commit:
        reasons.append(f"{PROVENANCE}: made at another commit than the one checked out now")
    return reasons


def _digest(path: Path) -> str:
    return checksum(path) if path.is_file() else ""


def write_bundle(folder: Path, path: Path) -> None:
    """Pack a results folder as a zip that is the same to the byte on every machine.

    Stored, not compressed (zlib differs between machines), names in order, one date for all; what the
    steps logged stays out.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            name = file.relative_to(folder)
            if name.parts[0] == "log" or name.name.startswith("."):
                continue
            member = zipfile.ZipInfo(f"{folder.name}/{name.as_posix()}", (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            member.create_system = 3
            member.file_size = file.stat().st_size
            with open(file, "rb") as read, bundle.open(member, "w") as stream:
                shutil.copyfileobj(read, stream)
