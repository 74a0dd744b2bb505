"""What fuzzing found, cut down to what matters: each broke a reader or its message, and must not again."""

from dataclasses import dataclass

from fuzz import toys


@dataclass(frozen=True, slots=True)
class Case:
    """An input by what was wrong with how it was read."""

    name: str
    target: str
    data: bytes


def _changed(text: str, old: str, new: str) -> bytes:
    assert old in text, old
    return text.replace(old, new, 1).encode()


def _nested(text: str) -> bytes:
    """The second row of data within the first."""
    end = text.index("/>", text.index("<DICH_DATA"))
    second = text.index("/>", end + 2) + 2
    return f"{text[:end]}>{text[end + 2 : second]}</DICH_DATA>{text[second:]}".encode()


CASES = (
    Case("a YAML escape beyond the last character was a traceback", "review.yaml",
         _changed(toys.SETTINGS, "citation: Toy A.", r'citation: "\UFFFFFFFF"')),
    Case("an escape just beyond it, another traceback", "review.yaml",
         _changed(toys.SETTINGS, "citation: Toy A.", r'citation: "\U00110000"')),
    Case("a tab in the name of a column put one in the message", "studies.csv",
         _changed(toys.STUDIES, "experimental_mean", '"experimental\tmean"')),
    Case("a line end in the name of a column put one in the message", "published.csv",
         _changed(toys.PUBLISHED, "quantity", '"quanti\nty"')),
    Case("broken quotes before a tab put it in the message", "published.csv",
         b'analysis\tquantity\tvalue\tsource\tlocator\n"death"x\testimate\t0.5\ttoy\tt\n'),
    Case("a NUL as a key put it in the message", "review.yaml",
         _changed(toys.SETTINGS, "citation:", r'"\0": x' + "\ncitation:")),
    Case("empty quotation marks alone were taken for a sheet without rows", "published.csv", b'"",""\n'),
    Case("and so a ledger, which then corrected nothing", "corrections.csv", b'""\n'),
    Case("a zero with a large exponent was a traceback", "studies.csv",
         _changed(toys.SUMMARIES, "40;2,9;", "40;0e999;")),
    Case("judgements without a column of trials were nobody's", "risk of bias, RIS",
         b"Trial,Domain (judgement): A\nAhl 1998,Low risk\n"),
    Case("a judgement in a row without a trial was nobody's", "risk of bias, RIS",
         b"Study,Domain (judgement): A\n,Low risk\nBerg 2003,High risk\n"),
    Case("of two columns of the same domain one was lost", "risk of bias, RIS",
         b"Study,Domain (judgement): A,Domain (judgement): A\nAhl 1998,Low risk,High risk\n"),
    Case("a reference behind one without an end was lost", "risk of bias, RIS",
         b"TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two\nER  - \n"),
    Case("a row of data within another was lost", "RevMan 5", _nested(toys.revman5()[0])),
    Case("a name with characters that nobody sees, in a zip, came into results", "zip",
         toys.zipped({f"{toys.NAME}-data-rows.csv": toys.slim("data-rows.csv"),
                      "\u202e-included.ris": "TY  - JOUR\nTI  - One\nER  - \n"})),
    Case("what is no row was counted as one, among the outcomes", "RevMan 5",
         _changed(toys.revman5()[0], "</COMPARISON>",
                  "<QUALITY_ITEM><QUALITY_ITEM_DATA/></QUALITY_ITEM></COMPARISON>")),
    Case("cells beyond the last column were lost", "risk of bias, RIS",
         b"Study,Domain (judgement): A\nAhl 1998,Low risk,High risk\n"),
)  # fmt: skip
