"""One run at a time in a results folder, without a trace of it once the run has ended, however it ended.

The locks are the operating system's (flock): they go with the process that holds them, so that a run that
was killed leaves none behind, and nothing has to be unlocked. A run holds one while it lasts, and each of
its jobs shares another, because jobs can outlive a killed run for a while.
"""

import fcntl
from pathlib import Path
from typing import IO

_RUN, _JOBS = ".run.lock", ".jobs.lock"


class BusyError(RuntimeError):
    """Somebody else works in the folder; the message says what to do."""


def claim_run(out: Path) -> IO[bytes]:
    """Claim a results folder for a run, until the file returned is closed or the process ends.

    Raises BusyError while another run, or a job that outlived one, works there; OSError where the folder
    cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    stream = _locked(out / _RUN, fcntl.LOCK_EX, f"another run is working in {out}")
    _locked(out / _JOBS, fcntl.LOCK_EX, f"a job of a run that was killed is still working in {out}").close()
    return stream


def claim_job(out: Path) -> IO[bytes]:
    """Say that a job works in a results folder, until the file returned is closed or the process ends."""
    return _locked(out / _JOBS, fcntl.LOCK_SH, f"another run is starting in {out}")


def _locked(path: Path, kind: int, fault: str) -> IO[bytes]:
    stream = open(path, "ab")  # noqa: SIM115 (the caller closes it)
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        raise BusyError(f"{fault}; wait until it has ended, then run again") from None
    return stream
