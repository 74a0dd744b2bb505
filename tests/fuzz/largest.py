"""The largest files that are read, and those just too large: how long they take, and how much memory.

python tests/fuzz/largest.py            prints a table
python tests/fuzz/largest.py <file>     reads one of them, in a process of its own
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fuzz import reading, toys
from repool.readers.delimited import MAX_CELLS, MAX_ROWS
from repool.readers.package.archive import Kind
from repool.readers.package.bias import MAX_LINES
from repool.readers.package.table import MAX_TOTALS
from repool.readers.problems import Problems
from repool.readers.revman5.xml_file import MAX_ELEMENTS, MAX_TAGS
from repool.readers.settings import MAX_SETTINGS
from repool.readers.text_file import MAX_BYTES

MOST_MB, MOST_SECONDS = 500, 30
_FEW = 20_000  # elements beside the rows of a RevMan 5 file
Reading = Callable[[], Problems]


def _sheet(header: str, row: str, rows: int = MAX_ROWS - 1) -> bytes:
    """A table with the same row so many times, each of another trial."""
    return "\n".join([header, *(row.replace("TRIAL", f"T{number}") for number in range(rows)), ""]).encode()


def _studies(data: bytes) -> Reading:
    return lambda: reading.studies(data)[1]


def _package(tables: dict[Kind, bytes]) -> Reading:
    return lambda: reading.package(tables)[1]


def _revman5(text: str) -> Reading:
    data = text.encode()
    return lambda: reading.revman5(data)[1]


def _rows(of: str) -> tuple[str, str]:
    """The header of a slim table of the toy package, and its first row as one of TRIAL."""
    header, row, *_ = toys.slim(of).splitlines()
    return header, row.replace("Ahl 1998", "TRIAL").replace("Under 70 &amp; active", "TRIAL")


def _wide(row: str, rows: int) -> bytes:
    """A table of risk of bias with as many domains as it can have."""
    width = MAX_CELLS // rows - 1
    header = ",".join(["Study", *(f"Domain (judgement): {at}" for at in range(width))])
    return _sheet(header, ",".join(["TRIAL", *[row] * width]), rows - 1)


def _whole_package() -> bytes:
    """Tables that are together as large as they can be, all in one zip."""
    note = "x" * 20
    header, row = _rows("data-rows.csv")
    tables = {
        Kind.ROWS.value: _sheet(header, row.removesuffix(",") + f",{note}"),
        Kind.BIAS.value: _wide("Low risk", 600),
        Kind.REFERENCES.value: f"TY  - JOUR\nLB  - T1\nTI  - {note}\nER  - \n".encode()
        * (MAX_LINES // 4 - 4_000),
        Kind.SUBGROUPS.value: _sheet(*_rows("subgroup-estimates.csv"), MAX_TOTALS),
    }
    return toys.zipped({f"x-{name}": data for name, data in tables.items()}, packed=False)


def _files() -> dict[str, Callable[[], Reading]]:
    reported = "death,,TRIAL,reported,5,50,,,6,60,,,,,,,,,x,toy,z,"
    given = (
        "analysis,trial,status,experimental_total,experimental_se,experimental_mean,control_total,control_median,"
        "control_q1,control_q3,control_min,control_max,subgroup,covariate_dose,source,locator"
    )
    converted = "pain,TRIAL,reported,50,0.17,3.1,60,4.0,3.5,4.5,1.5,6.5,,,toy,z"
    header = toys.STUDIES.splitlines()[0]
    settings = toys.slim("overall-estimates-and-settings.csv", columns=toys.BARE)
    one = toys.PLAIN.splitlines()[-1] % "MD, direction: neutral, method: {name: dl}"
    xml = toys.revman5()[0]
    start, studies = xml.index("<DICH_DATA"), MAX_ELEMENTS - MAX_ROWS - 1_000
    element = xml[start : xml.index("\n", start)]
    return {
        "studies.csv": lambda: _studies(_sheet(header, reported)),
        "studies.csv, every number wrong": lambda: _studies(_sheet(header, reported.replace(",", ",x"))),
        "studies.csv, means and SDs converted": lambda: _studies(_sheet(given, converted)),
        "a sheet of one cell, with one rare letter": lambda: _studies(
            "\U0001f600".encode() + b"a" * (MAX_BYTES - 9)
        ),
        "review.yaml": lambda: lambda: reading.settings_file(
            (toys.PLAIN.rsplit("\n", 2)[0] + "\n" + "\n".join(
                one.replace("id: x", f"id: x{at}") for at in range(MAX_SETTINGS // (len(one) + 6))
            )).encode()
        )[1],
        "review.yaml, one long list": lambda: lambda: reading.settings_file(
            b"a: [" + b"x," * (MAX_SETTINGS // 2 - 9) + b"]"
        )[1],
        "data rows": lambda: _package(
            {Kind.ROWS: _sheet(*_rows("data-rows.csv")), Kind.SETTINGS: settings.encode()}
        ),
        "data rows, each an analysis, without settings": lambda: _package(
            {Kind.ROWS: b"\n".join(
                line.replace(b"1,1,", b"9,%d," % at, 1)
                for at, line in enumerate(_sheet(*_rows("data-rows.csv")).splitlines())
            )}
        ),
        "risk of bias": lambda: _package(
            {Kind.ROWS: toys.slim("data-rows.csv").encode(), Kind.BIAS: _wide("Low risk", 600)}
        ),
        "a zip of all tables": lambda: lambda: reading.zipped(_whole_package())[2],
        "RevMan 5, all rows and studies": lambda: _revman5(
            xml.replace(element, f"{element}\n" * (MAX_ROWS - 4), 1).replace(
                "</INCLUDED_STUDIES>",
                "".join(f'<STUDY ID="S{at}" NAME="T{at}"/>\n' for at in range(studies))
                + "</INCLUDED_STUDIES>",
            )
        ),
        "RevMan 5, all elements passed over": lambda: _revman5(
            xml.replace("<FIGURES/>", f"<FIGURES>{'<a/>' * (MAX_TAGS - _FEW)}</FIGURES>")
        ),
        "RevMan 5, a figure with one rare letter": lambda: _revman5(
            xml.replace("<FIGURES/>", f"<FIGURES>\U0001f600{'a' * (MAX_BYTES - 20_000)}</FIGURES>")
        ),
    }  # fmt: skip


FILES = _files()


def read(name: str) -> str:
    """Read one, and say how long it took, how much memory at most, and how many problems there were."""
    reading = FILES[name]()
    began = time.process_time()
    problems = reading()
    took = time.process_time() - began
    peak = _peak() / 1024
    return f"{took:.1f} {peak:.0f} {len(problems.found)}"


def _peak() -> int:
    """Most memory of this process, KB; on Linux `ru_maxrss` begins with that of the one that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def measured(name: str) -> tuple[float, float, int]:
    """Seconds of the processor, MB and problems, in a process of its own."""
    done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
    took, peak, count = done.stdout.split()
    return float(took), float(peak), int(count)


def main() -> None:
    print("| file | seconds | MB | problems |\n|---|---|---|---|")
    for name in FILES:
        took, peak, count = measured(name)
        print(f"| {name} | {took:.1f} | {peak:.0f} | {count} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(read(sys.argv[1]))
    else:
        main()
