"""One run at a time in a results folder; a killed process leaves nothing to unlock."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from repool.claim import BusyError, claim_job, claim_run

_HOLD = "import sys, time; from pathlib import Path; from repool.claim import {name}; "
_HOLD += "held = {name}(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"


def holder(out: Path, name: str) -> subprocess.Popen[str]:
    """Another process that holds a claim."""
    command = [sys.executable, "-c", _HOLD.format(name=name), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize(
    ("name", "said"),
    [("claim_run", "another run is working in"), ("claim_job", "a job of a run that was killed")],
)
def test_a_second_run_waits_its_turn_until_the_first_is_gone_even_killed(
    tmp_path: Path, name: str, said: str
) -> None:
    with holder(tmp_path, name) as process:
        with pytest.raises(BusyError, match=f"{said}.*wait until it has ended, then run again"):
            claim_run(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait()
        claim_run(tmp_path).close()


def test_jobs_of_a_run_work_beside_each_other(tmp_path: Path) -> None:
    with claim_run(tmp_path), claim_job(tmp_path), claim_job(tmp_path):
        pass
