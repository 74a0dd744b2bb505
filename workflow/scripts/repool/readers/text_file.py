"""A file as text: UTF-8 and nothing else, because a wrong guess about letters goes unnoticed."""

import re
import unicodedata
from pathlib import Path

from repool.readers.problems import UNPRINTABLE, Problems, unprintable, words
from repool.readers.signatures import disguise_of

#: Of a file, a zip or a file in one: a text takes up to ten times its size while it is read.
MAX_BYTES = 25_000_000


def decoded(path: Path, shown_path: str, problems: Problems) -> str | None:
    """A file's text (UTF-8, byte-order mark removed), None where it cannot be read (then reported).

    Letters come out composed: a file from a Mac may spell "å" as "a" and a ring, which looks the same
    and would match nothing.
    """
    save = 'save it as "CSV UTF-8"' if path.suffix == ".csv" else "save it as UTF-8 in a text editor"
    try:
        raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except FileNotFoundError:
        problems.error(
            shown_path, 0, "", words("no such file"), f"a file {path.name}, which every review has",
            f"add it; docs/template/{path.name} shows how",
        )  # fmt: skip
        return None
    except OSError as fault:
        problems.error(
            shown_path, 0, "", words(fault.strerror or "an unreadable file"), "a readable file",
            "check that it is a file and its permissions",
        )  # fmt: skip
        return None
    if raw is None:
        problems.error(
            shown_path, 0, "", words(f"over {MAX_BYTES // 10**6} MB"), "a smaller file", "split the review"
        )
        return None
    text = utf8_text(raw, shown_path, save, problems)
    if text is None:
        return None
    bad = UNPRINTABLE.search(text)
    if bad and bad.group() == "\ufffd":
        problems.error(
            shown_path, *_place(text[: bad.start()]), words("the sign U+FFFD, left where a letter was lost"),
            "the letter", "retype the letter",
        )  # fmt: skip
        return None
    if bad:
        problems.error(
            shown_path, *_place(text[: bad.start()]), unprintable(bad.group()), "visible text",
            "delete the invisible character, or retype the cell",
        )  # fmt: skip
        return None
    return unicodedata.normalize("NFC", text)


def utf8_text(raw: bytes, shown_path: str, save: str, problems: Problems) -> str | None:
    """The bytes of a file as text, byte-order mark removed; None where they are not UTF-8 (then reported).

    `save` says how to make them UTF-8.
    """
    if disguise := disguise_of(raw):
        problems.error(shown_path, 1, "", words(disguise.name), "UTF-8 text", disguise.remedy or save)
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        # the fault counts from behind a byte-order mark, as does its own copy of the bytes
        before, byte = fault.object[: fault.start].decode(), fault.object[fault.start : fault.start + 1]
        letter = byte.decode("cp1252", "ignore")
        found = f"the byte {byte.hex().upper()}" + (
            f', which is "{letter}" in Windows-1252' if letter else ""
        )
        problems.error(shown_path, *_place(before), words(found), "UTF-8 text", save)
        return None


def on_one_line(text: str) -> str:
    """The text without surrounding blanks, on one line: a second one could pass for a result."""
    text = text.strip()
    return " ".join(text.split()) if any(each in text for each in "\t\n\r") else text


def _place(before: str) -> tuple[int, str]:
    """Line and, as text, character of what follows this text."""
    lines = re.split("\r\n|\r|\n", before)
    return len(lines), f"character {len(lines[-1]) + 1}"
