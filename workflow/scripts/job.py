"""What every script does around its one call: open its log, say what it does in plain words."""

import errno
import logging
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

from repool.agreement import FAULT, read_fault, write_fault
from repool.claim import claim_job
from repool.steps import STEPS, write_record

logging.raiseExceptions = False  # a full disk is told of once, not once more for each line of the log
REMEDIES = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room: your quota is used up",
    errno.EROFS: "the disk can only be read: give another folder with --config results=<folder>",
    errno.EACCES: "give yourself permission to read and write there",
    errno.EPERM: "give yourself permission to read and write there",
    errno.ENOMEM: "close other programs or take a machine with more memory",
}


@contextmanager
def job(snakemake, doing):
    """Run the body of a script for all reviews; warnings and tracebacks go to its log."""
    log = Path(snakemake.log[0])
    say(doing)
    try:
        with claim_job(log.parent):
            _log_to(log)
            logging.info(doing)
            yield
    except KeyboardInterrupt:
        _interrupted("repool", doing)
    except Exception as fault:
        logging.error(traceback.format_exc())
        say(f"repool: failed while {doing} ({fault}); {_what_next(fault, log)}")
        sys.exit(1)


def each_review(snakemake, doing, step):
    """Run `step(folder, params)` for every review of the job, each with its own log and its own failure.

    A review on which the step fails is stopped: the step runs once more and finds it without rows, as will
    all later ones. A machine that fails (disk, memory) fails the job instead, to be run again.
    """
    record = Path(snakemake.output[0])
    out, name_of_step = Path(snakemake.params.out), record.stem
    reviews = list(snakemake.params.reviews)
    say(f"{_shown(reviews, record.parent.name)}: {doing}")
    try:
        with claim_job(out):
            done = [_run(out / name, snakemake.params, name_of_step, doing, step) for name in reviews]
            if not all(done):
                sys.exit(1)
            write_record(record, out, reviews, name_of_step)
    except OSError as fault:
        say(f"failed while {doing} ({fault}); {_what_next(fault, out)}")
        sys.exit(1)


def say(text):
    """One line on the terminal."""
    print(text, file=sys.stderr, flush=True)


def _run(folder, params, name, doing, step):
    log = folder / "log" / f"{name}.log"
    try:
        _log_to(log)
        logging.info(doing)
        _forget_fault(folder, name)
        try:
            step(folder, params)
        except Exception as fault:
            if isinstance(fault, (OSError, MemoryError)):
                raise
            logging.error(traceback.format_exc())
            say(f"{folder.name}: stopped; failed while {doing} ({fault}); full log: {log}")
            write_fault(folder, name, doing, f"{type(fault).__name__}: {fault}")
            step(folder, params)
    except KeyboardInterrupt:
        _interrupted(folder.name, doing)
    except Exception as fault:
        logging.error(traceback.format_exc())
        say(f"{folder.name}: failed while {doing} ({fault}); {_what_next(fault, log)}")
        return False
    return True


def _what_next(fault, log):
    """The remedy for a machine that fails; for a fault of ours, where it is described."""
    code = errno.ENOMEM if isinstance(fault, MemoryError) else getattr(fault, "errno", None)
    return f"{REMEDIES[code]}, then run again" if code in REMEDIES else f"full log: {log}"


def _forget_fault(folder, name):
    """A fault of this step or a later one, or of no step, is not one of this run."""
    order = list(STEPS)
    if (fault := read_fault(folder)) and fault["step"] not in order[: order.index(name)]:
        (folder / FAULT).unlink()


def _shown(reviews, shard):
    return reviews[0] if len(reviews) == 1 else f"{shard.replace('-', ' ')}, {len(reviews)} reviews"


def _log_to(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    form = "%(levelname)s %(message)s"
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format=form, force=True)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every font table it reads
    logging.captureWarnings(True)


def _interrupted(who, doing):
    say(f"{who}: interrupted while {doing}; run again to go on")
    sys.exit(130)
