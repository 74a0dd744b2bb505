"""Changes that keep most of a file's structure: of cells, rows, columns, separators; of XML, YAML and zips.

A mutation takes the bytes and a source of randomness and gives other bytes. What it cannot read as a file of
its kind it leaves to changes of plain text.
"""

import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence

Mutation = Callable[[bytes, random.Random], bytes]

#: Cells that programs and people have left in files, and what number readers of other kinds would take.
NASTY = (
    "", " ", "0", "-0", "1", "-1", "00012", "1.", ".5", "+3", "1e5", "1E-7", "1e999", "0e999", "1e-999",
    "1e-400", "9" * 16, "999999999999999", "0." + "0" * 40 + "1", "1" * 400, "1,5", "1.234", "1,234",
    "1 234", "1\u00a0234", "1'234", "1.234,5", "1,234.5", "\u22121.5", "–1", "—", "1/7", "0/3", "1/0", "½",
    "²", "１２", "٣", "१", "٫5", "NaN", "nan", "inf", "-Infinity", "∞", "NA", "#N/A", "#NV", "#DIV/0!",
    "null", "none", "-", "?", "x", "12x", "5%", "95%", "0.95", "37%%", "<0.001", "P < 0.05", "≤5", "=1+1",
    "1_000", "0x1F", "0o17", "1e", "e5", "--1", "+-1", "1.5.2", "2001-05-03", "3-May", "true", "FALSE",
    "sann", "5 (10%)", "5/50", "12:30", "~", "\t7", "7\u200b", "a\u0301", "Å", "İ", "ß", "\ufb01", "\ufeff",
    "\u2028", "\x0b", "\x1c", "\x85", "\x00", "\x1b[31m", "\u202e", "\U000e0041", "\ud7ff", "\ufffd",
    "&amp;lt;", "&#0;", "&#x110000;", "&#49;", "&nbsp;", "<b>", '"', '""', "'", ",", ";", "\n", "\r", "\\",
    "a" * 300, "SUBGROUP_ONLY", "OVERALL_ONLY", "Random effects", "Fixed effect", "Peto Odds Ratio",
    "Risk Ratio (Non-event)", "Contrast level", "Arm level", "Dichotomous", "Continuous", "HKSJ", "REML",
    "99%", "YES", "NO", "UNDEF", "SUB", "reported", "unknown", "reconstructed", "death", "pain", "rate",
    "stay", "again", "review", "Ås 2001", "men",
)  # fmt: skip
_TAGS = (
    *(f"{kind}_{end}" for kind in ("DICH", "CONT", "OTHER") for end in ("DATA", "SUBGROUP", "OUTCOME")),
    "NAME", "COMPARISON", "STUDY", "QUALITY_ITEM", "FOOTNOTE", "TEST", "EFFECT_MEASURE", "IV_DATA",
    "IPD_DATA",
)  # fmt: skip
_ADDED = (
    "<!-- x -->", "<![CDATA[<DICH_DATA/>]]>", "&#x41;", "&unknown;", "<?x y?>", '<!DOCTYPE x []>',
    "\n" * 5,
)  # fmt: skip
_KEYS = (
    "level", "zero_cell_amount", "tau2", "ci", "weighting", "rows_of", "scale", "integers", "generic",
    "subgroups", "id", "en", "estimate", "trials",
)  # fmt: skip
_MEMBERS = (
    "../x-data-rows.csv", "/x-data-rows.csv", "a/b-data-rows.csv", "x-data-rows (1).CSV", ".x.zip", "x.zip",
    "x.rm5", "C:\\x-data-rows.csv", "parameters.csv", "å\u202e-included.ris", "x-risk-of-bias.csv/", "",
    "x" * 300,
)  # fmt: skip
_PIECE = re.compile(r"<[^<>]*>|[^<>]+")
_ATTRIBUTE = re.compile(r'([A-Za-z_:][\w:.-]*)="([^"]*)"')
_SCALAR = re.compile(r"(?<=[:\[,-] )[^\n,{}\[\]]+|\{[^{}\n]*\}")
_DELIMITERS = ",;\t"
_INVISIBLE = ("\ufeff", "\u200b", "\u00a0", "\u202f", "\x0c", "\u2028", "\u0301")


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def cell(text: str, random: random.Random) -> str:
    """Another cell: a nasty one, or one like it."""
    choice = random.randrange(8)
    if choice < 4 or not text:
        return random.choice(NASTY)
    at = random.randrange(len(text))
    if choice == 4:
        return text[:at] + random.choice(NASTY) + text[at:]
    if choice == 5:
        return text[:at] + text[at + 1 :]
    if choice == 6:
        return text.replace(".", ",") if "." in text else text.replace(",", ".")
    return text[:at] + random.choice("0123456789.-,eE/% ") + text[at + 1 :]


def in_cell(data: bytes, random: random.Random) -> bytes:
    """A first byte, which chooses how the rest is read, and another cell."""
    return random.choice((data[:1], b"%d" % random.randrange(6))) + bytes_of(cell(text_of(data[1:]), random))


def in_text(data: bytes, random: random.Random) -> bytes:
    """A span of the text moved, doubled, cut, or with something nasty in it."""
    text = text_of(data)
    start = random.randrange(len(text) + 1)
    end = min(len(text), start + random.choice((0, 1, 2, 8, 40)))
    choice = random.randrange(7)
    if choice == 0:
        text = text[:start] + text[end:]
    elif choice == 1:
        text = text[:start] + text[start:end] * random.choice((2, 3, 30)) + text[end:]
    elif choice == 2:
        text = text[:start] + random.choice(_INVISIBLE) + text[start:]
    elif choice == 3:
        other = random.randrange(len(text) + 1)
        text = text[:other] + text[start:end] + text[other:]
    elif choice == 4:
        text = _dressed(text, random)
    else:
        text = text[:start] + random.choice(NASTY) + text[end:]
    return bytes_of(text)


def _dressed(text: str, random: random.Random) -> str:
    """The same text with other line ends, a byte-order mark, other blanks or another encoding's letters."""
    choice = random.randrange(6)
    if choice == 0:
        return text.replace("\n", "\r\n")
    if choice == 1:
        return text.replace("\n", "\r")
    if choice == 2:
        return "\ufeff" + text
    if choice == 3:
        return text.replace("\n", "\n\n")
    if choice == 4:
        return text.replace("-", "\u2212")
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def in_table(data: bytes, random: random.Random) -> bytes:
    """A table with other cells, rows, columns, separators or quotation marks."""
    lines = text_of(data).split("\n")
    delimiter = max(_DELIMITERS, key=lines[0].count)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        choice = random.randrange(40)
        if choice < 26:
            _change_row(lines, delimiter, random)
        elif choice < 32:
            _move_lines(lines, random)
        elif choice < 36:
            _change_columns(lines, delimiter, random)
        elif choice == 36:
            return _joined_otherwise([_split(line, delimiter) for line in lines], random)
        else:
            return in_text("\n".join(lines).encode("utf-8", "surrogateescape"), random)
    return bytes_of("\n".join(lines))


def _split(line: str, delimiter: str) -> list[str]:
    """Cells with their quotation marks on, where none holds a separator; else by pairs of marks."""
    if '"' not in line:
        return line.split(delimiter)
    if (
        line.startswith('"')
        and line.endswith('"')
        and line.count('"') == 2 * line.count(f'"{delimiter}"') + 2
    ):
        return [f'"{each}"' for each in line[1:-1].split(f'"{delimiter}"')]
    return re.findall(rf'(?:^|(?<={delimiter}))(?:"(?:[^"]|"")*"|[^{delimiter}]*)', line)


def _change_row(lines: list[str], delimiter: str, random: random.Random) -> None:
    """Another cell, one cell more, or another name of a column."""
    at = random.randrange(len(lines))
    row, choice = _split(lines[at], delimiter), random.randrange(10)
    if not row:
        return
    place = random.randrange(len(row))
    text = row[place]
    bare = text[1:-1].replace('""', '"') if text[:1] == '"' == text[-1:] and len(text) > 1 else text
    if choice == 0:
        row.insert(place, random.choice(NASTY))
    elif at == 0 and choice < 7:
        row[place] = random.choice((bare.upper(), f" {bare} ", f'"{bare}"', bare[:-1], cell(bare, random)))
    else:
        other = cell(bare, random)
        has_marks = bare is not text or choice == 1
        row[place] = '"' + other.replace('"', '""') + '"' if has_marks else other
    lines[at] = delimiter.join(row)


def _move_lines(lines: list[str], random: random.Random) -> None:
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    choice = random.randrange(3)
    if choice == 0:
        lines.insert(other, lines[at])
    elif choice == 1 and len(lines) > 1:
        del lines[at]
    else:
        lines[at], lines[other] = lines[other], lines[at]


def _change_columns(lines: list[str], delimiter: str, random: random.Random) -> None:
    """Two columns change places, or their names alone; one is lost, or there twice."""
    rows, choice = [_split(line, delimiter) for line in lines], random.randrange(4)
    width = len(rows[0])
    place, other = (random.randrange(width), random.randrange(width)) if width else (0, 0)
    for each in rows[:1] if choice == 0 else rows:
        if choice == 1:
            del each[place : place + 1]
        elif choice == 2:
            each[place:place] = each[place : place + 1]
        elif max(place, other) < len(each):
            each[place], each[other] = each[other], each[place]
    lines[:] = [delimiter.join(row) for row in rows]


def _joined_otherwise(rows: list[list[str]], random: random.Random) -> bytes:
    """Other separators and line ends, all or no quotation marks, decimal commas."""
    other, end = random.choice(_DELIMITERS), random.choice(("\n", "\r\n", "\r", "\n\n"))
    bare = [
        [each[1:-1].replace('""', '"') if each[:1] == '"' == each[-1:] else each for each in row]
        for row in rows
    ]
    if random.randrange(2):
        bare = [['"' + each.replace('"', '""') + '"' for each in row] for row in bare]
    if other == ";" and random.randrange(2):
        bare = [[re.sub(r"(?<=[0-9])\.(?=[0-9])", ",", each) for each in row] for row in bare]
    return bytes_of(end.join(other.join(row) for row in bare))


def in_xml(data: bytes, random: random.Random) -> bytes:
    """Elements moved, doubled, renamed or lost; attributes with other values or names."""
    pieces = _PIECE.findall(text_of(data))
    tags = [at for at, each in enumerate(pieces) if each.startswith("<")]
    if not tags:
        return in_text(data, random)
    for _ in range(random.choice((1, 1, 2, 3))):
        _change_pieces(pieces, random.choice(tags), random)
    return bytes_of("".join(pieces))


def _change_pieces(pieces: list[str], at: int, random: random.Random) -> None:
    at = min(at, len(pieces) - 1)
    piece, choice = pieces[at], random.randrange(10)
    if choice < 5 and (found := list(_ATTRIBUTE.finditer(piece))):
        one = random.choice(found)
        name, value = one.group(1), one.group(2)
        if choice == 0:
            name = random.choice([each.group(1) for each in found])
        else:
            value = cell(value, random).replace('"', "&quot;").replace("<", "&lt;")
        changed = "" if choice == 1 and random.randrange(3) == 0 else f'{name}="{value}"'
        pieces[at] = piece[: one.start()] + changed + piece[one.end() :]
    elif choice == 5:
        pieces[at] = re.sub(r"(?<=<)/?\w+", random.choice(_TAGS), piece, count=1)
    elif choice == 6:
        end = _end_of(pieces, at)
        pieces[at:at] = pieces[at:end]
    elif choice == 7:
        del pieces[at : _end_of(pieces, at)]
    elif choice == 8:
        end = _end_of(pieces, at)
        moved = pieces[at:end]
        del pieces[at:end]
        other = random.randrange(len(pieces) + 1)
        pieces[other:other] = moved
    else:
        tag = random.choice(_TAGS)
        own = (f"<{tag}/>", f"<{tag}>", f"</{tag}>", f"<{tag}>x</{tag}>")
        pieces[at] = piece + random.choice((*own, *_ADDED))


def _end_of(pieces: Sequence[str], at: int) -> int:
    """Where an element ends that begins there; for anything else the next piece."""
    match = re.match(r"<(\w+)[^>]*[^/]>$", pieces[at])
    if match:
        end = f"</{match.group(1)}>"
        for number in range(at, min(len(pieces), at + 60)):
            if pieces[number] == end:
                return number + 1
    return at + 1


_YAML = (
    "null", "~", "[]", "{}", "[[[[]]]]", "yes", "0.95", "95", ".nan", ".inf", "1e3", "1_000", "0x1F",
    "1:30", "-1", "2020-01-01", "!!str 5", "!!int '5'", "!!float 5", "!!null x", "!!binary aGk=",
    "!!set {a}", "!own x", "&a x", "*a", "<<", "'", '"\\0"', '"\\UFFFFFFFF"', '"\\x41"', '"\\ud800"',
    "|\n      x", ">-\n      x", "? x", "- x", "@x", "`x", "%YAML 1.1", "---", "...", "# x", "{nb: x}",
    "{nb: x, en: y, de: z}", "{nb: 1, en: 2}", "[0, 10]", "RR", "GIV", "MD", "PETO", "reml", "HKSJ", "MH",
    "Peto", "review", "death", "1" * 16, "9" * 5000, "true", "x" * 300, "\u2028", "\x85",
)  # fmt: skip


def in_yaml(data: bytes, random: random.Random) -> bytes:
    """Scalars of other kinds, lines moved, doubled, lost or indented otherwise."""
    text, choice = text_of(data), random.randrange(10)
    if choice < 5:
        found = list(_SCALAR.finditer(text))
        if found:
            one = random.choice(found)
            other = random.choice(
                (random.choice(_YAML), random.choice(found).group(), cell(one.group(), random))
            )
            return bytes_of(text[: one.start()] + other + text[one.end() :])
    lines = text.split("\n")
    at = random.randrange(len(lines))
    if choice == 5:
        lines.insert(random.randrange(len(lines)), lines[at])
    elif choice == 6:
        del lines[at]
    elif choice == 7:
        lines[at] = random.choice(("  ", "    ", "\t", "- ", "")) + lines[at].lstrip()
    elif choice == 8:
        lines[at] = re.sub(r"\w+(?=:)", random.choice(_KEYS), lines[at], count=1)
    else:
        return in_text(data, random)
    return bytes_of("\n".join(lines))


def in_ris(data: bytes, random: random.Random) -> bytes:
    """Lines of a list of references with other tags or texts."""
    lines = text_of(data).split("\n")
    at, choice = random.randrange(len(lines)), random.randrange(5)
    if choice == 0:
        lines[at] = random.choice(("ER", "TY", "LB", "PY", "DO", "SP", "C1", "A1")) + lines[at][2:]
    elif choice == 1:
        lines.insert(at, lines[random.randrange(len(lines))])
    elif choice == 2:
        del lines[at]
    elif choice == 3:
        lines[at] = lines[at][:6] + cell(lines[at][6:], random)
    else:
        return in_text(data, random)
    return bytes_of("\n".join(lines))


def in_zip(data: bytes, random: random.Random) -> bytes:
    """A zip with other members or names, written anew, or with bytes of its own structure changed."""
    if random.randrange(2):
        return _bytes_changed(data, random)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(each, archive.read(each)) for each in archive.infolist()[:8]]
    except Exception:  # whatever a broken zip raises
        return _bytes_changed(data, random)
    if members:
        at = random.randrange(len(members))
        member, content = members[at]
        choice = random.randrange(7)
        if choice == 0:
            member.filename = random.choice(_MEMBERS)
        elif choice == 1:
            members[at] = member, in_table(content, random)
        elif choice == 2:
            members.append(members[at])
        elif choice == 3:
            del members[at]
        elif choice == 4:
            member.external_attr = random.choice((0o120777 << 16, 0x10, 0o40755 << 16))
        elif choice == 5:
            member.compress_type = random.choice(
                (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
            )
        else:
            member.extra, member.comment = random.randbytes(9), random.randbytes(9)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member, content in members:
            archive.writestr(member, content)
    return stream.getvalue()


def _bytes_changed(data: bytes, random: random.Random) -> bytes:
    """A few bytes of a header or the directory changed, a span lost or doubled."""
    whole = bytearray(data)
    starts = [each.start() for each in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", data)]
    if not whole:
        return b"PK\x05\x06" + bytes(18)
    for _ in range(random.choice((1, 2, 4))):
        near = (
            random.choice(starts) + random.randrange(46)
            if starts and random.randrange(4)
            else random.randrange(len(whole))
        )
        if near < len(whole):
            whole[near] = random.choice((0, 1, 8, 0x7F, 0x80, 0xFF, whole[near] ^ (1 << random.randrange(8))))
    if random.randrange(6) == 0:
        at = random.randrange(len(whole))
        whole[at : at + random.randrange(60)] = whole[: random.choice((0, 0, 20))]
    return bytes(whole)
