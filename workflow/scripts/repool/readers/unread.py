"""Files that nothing reads: a workbook, a document, a table under another name. None goes unsaid."""

import re
from pathlib import Path

from repool.raw_reviews import loose_kind
from repool.readers.delimited import delimiter_of
from repool.readers.package.archive import Kind
from repool.readers.package.table import kind_by_columns
from repool.readers.problems import shortened
from repool.readers.seal import SEAL, printable

#: What a package has beside its tables, and what people leave to be read by people.
_KNOWN = re.compile(r".*\.ris|.*-info\.html|(?:readme|licen[cs]e)\b.*", re.IGNORECASE)
_TEXTS = (".csv", ".txt", ".tsv", "")


def unread(raw: Path) -> list[str]:
    """What lies loose in a raw folder and belongs to no review, each as `described`; dead links too."""
    return [
        described(path)
        for path in sorted(raw.iterdir())
        if not path.is_dir()
        and path.name[0] not in "._~"
        and path.name != SEAL
        and not (path.is_file() and loose_kind(path.name))
        and not is_known(path.name)
    ]


def is_known(name: str) -> bool:
    """Whether a file need not be read, and nobody would expect that it is."""
    return bool(_KNOWN.fullmatch(Path(name).name))


def described(path: Path) -> str:
    """A file's name and, where its columns say that it is a table of a package, how it must be called."""
    name = shortened(printable(path.name))
    kind = _kind_by_columns(path) if path.is_file() and path.suffix.casefold() in _TEXTS else None
    return f"{name} (its columns are those of *-{kind}: give it such a name)" if kind else name


def _kind_by_columns(path: Path) -> Kind | None:
    try:
        with open(path, "rb") as stream:
            header = stream.read(10_000).decode("utf-8-sig", "replace").partition("\n")[0]
    except OSError:
        return None
    delimiter = delimiter_of(header)
    return kind_by_columns(name.strip(' "\r') for name in header.split(delimiter)) if delimiter else None
