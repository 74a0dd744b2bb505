"""What a cluster says of a job, in words for the user's terminal.

There a job's own words end in a file of Slurm's; Snakemake's plugin says at most that the job failed.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

# What tells why a job ended: the workflow's own words (job.py), and those of Slurm.
_OWN = ": failed while "
_SLURM = re.compile(r"\b(CANCELLED|DUE TO|oom[-_]kill|Out Of Memory|OUT_OF_MEMORY|NODE_FAIL|TIMEOUT)\b", re.I)
_SENT = re.compile(r"submitted with SLURM jobid (\d+) \(log: (.+)\)")
_STATE = re.compile(r"SLURM status is: '(\w+)'")
_SHARD = re.compile(r"/\.steps/([^/]+)/")
_NO_LOG = "no log was written: a node lost, or a disk that the nodes do not share?"
_NO_JOB = (
    "the cluster did not take the job; try the same account, partition and resources by hand "
    "(sbatch --test-only --wrap true): docs/cluster.md"
)


def reasons(log: str) -> list[str]:
    """The lines of a job's Slurm log that say why it ended, each once; its last line where none does."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    found = [line for line in lines if _OWN in line or _SLURM.search(line)]
    return list(dict.fromkeys(found or lines[-1:]))


def job_sent(message: str) -> str:
    """One line on a job that the cluster took, from the plugin's message; "" if it says something else."""
    found = _SENT.search(message)
    return f"Slurm job {found[1]} is sent; its words, until it is done: {found[2]}" if found else ""


def job_failed(what: str, message: str, log: Path | None) -> str:
    """One paragraph on a job that failed: which, why, where its full log is, what to do.

    what: the job's steps and shard; message: the plugin's own, may be empty; log: Slurm's, None where
    the job never came to the cluster.
    """
    if log is None:
        return f"{what}: {' '.join(message.split()) or _NO_JOB}"
    state = _STATE.search(message)
    why = reasons(log.read_text("utf-8", "replace")) if log.is_file() else []
    why = why or [f"state {state[1]}" if state else _NO_LOG]
    return f"{what}: Slurm job {log.stem} failed: {'; '.join(why)}; full log: {log}; run again to go on"


def described(jobs: Iterable[Mapping[str, Any]]) -> str:
    """Which steps of which shard, from Snakemake's account of the jobs of a group or of one job."""
    jobs = list(jobs)
    steps = [str(job["rule_name"]) for job in jobs]
    shards = {match[1] for job in jobs for path in job["output"] if (match := _SHARD.search(str(path)))}
    return f"{', '.join(sorted(shards)) or 'repool'} ({', '.join(steps)})"
