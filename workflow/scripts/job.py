"""What every script does around its one call: open its log, say what it does in plain words."""

import logging
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def job(snakemake, doing):
    """Run a script's body; warnings and tracebacks go to its log, one plain line to the terminal."""
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=log, filemode="w", level=logging.INFO, format="%(levelname)s %(message)s")
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every font table it reads
    logging.captureWarnings(True)
    review = snakemake.wildcards.get("review", "")
    say(f"{review}: {doing}" if review else doing)
    logging.info(doing)
    try:
        yield
    except KeyboardInterrupt:
        say(f"{review or 'repool'}: interrupted while {doing}; run again to go on")
        sys.exit(130)
    except Exception as fault:
        logging.error(traceback.format_exc())
        say(f"{review or 'repool'}: failed while {doing} ({fault}); full log: {log}")
        sys.exit(1)


def say(text):
    """One line on the terminal."""
    print(text, file=sys.stderr, flush=True)
