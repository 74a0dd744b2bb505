"""The command line: python -m repool trace <table>:<line>:<column>."""

import argparse
import sys
from pathlib import Path

from repool.model import LANGUAGES


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0, or 1 with one line on what is wrong."""
    options = _parser().parse_args(arguments)
    from repool.trace.chain import TraceError, trace

    try:
        sys.stdout.write(trace(options.cell, options.language, options.raw))
    except TraceError as fault:
        print(f"repool: {fault}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m repool", description="Look into Repool's results.")
    commands = parser.add_subparsers(required=True, metavar="command")
    trace = commands.add_parser(
        "trace",
        help="where a figure comes from, down to the cells of the input and their checksums",
        epilog="Example: python -m repool trace results/pfmt-2014/findings.csv:3:experimental_per_1000",
    )
    trace.add_argument("cell", help="file, line and column of a result table; the header is line 1")
    trace.add_argument("--language", choices=LANGUAGES, default="en", help="nb or en (the default)")
    trace.add_argument("--raw", type=Path, help="the review's input folder, if it is not where it was")
    return parser


if __name__ == "__main__":
    sys.exit(main())
