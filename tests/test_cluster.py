"""What a user of a cluster reads on the terminal, and that the cluster's settings fit the workflow."""

import re
import sys
from pathlib import Path

import pytest
import yaml

from conftest import ROOT
from repool.cluster import described, job_failed, job_sent, reasons

sys.path.insert(0, str(ROOT / "tests" / "cluster"))
import one_machine

PROFILE = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text("utf-8"))
RULES = re.findall(r"^rule (\w+):", (ROOT / "Snakefile").read_text("utf-8"), re.MULTILINE)
CANCELLED = "slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT 2026-01-02T03:04:05 ***"
OWN = "toy: failed while drawing (disk full); full log: a"
MEMORY = "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=12.batch"
MESSAGE = "SLURM-job '12' failed, SLURM status is: 'TIMEOUT'. Detailed failure reason unavailable."


def test_every_step_of_a_shard_is_in_its_one_job() -> None:
    steps = [rule for rule in RULES if rule.endswith("_reviews") and rule not in PROFILE["set-resources"]]
    assert list(PROFILE["groups"]) == steps
    assert len(steps) == 6
    assert set(PROFILE["set-resources"]) <= set(RULES)


def test_the_default_profile_applies_on_a_cluster_too() -> None:
    default = yaml.safe_load((ROOT / "profiles" / "default" / "config.yaml").read_text("utf-8"))
    del default["cores"]
    assert {name: PROFILE[name] for name in default} == default


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (f"toy: writing the report\n{CANCELLED}\nsrun: error: n1: task 0: Killed\n", [CANCELLED]),
        (f"{CANCELLED} DUE TO TIME LIMIT\n", [f"{CANCELLED} DUE TO TIME LIMIT"]),
        (f"{MEMORY}\n", [MEMORY]),
        (f"{OWN}\nsrun: error: exit code 1\n" * 2, [OWN]),
        (f"toy: stopped; failed while pooling (x)\n{CANCELLED}\n", [CANCELLED]),
        ("first\n\n  srun: error: something else \n\n", ["srun: error: something else"]),
        ("", []),
    ],
    ids=["cancelled", "time", "memory", "own-words-once", "a-stopped-review", "last-line", "empty"],
)  # fmt: skip
def test_why_a_job_ended(log: str, expected: list[str]) -> None:
    assert reasons(log) == expected


def test_a_job_that_is_sent_is_said_and_nothing_else() -> None:
    message = "Job 3 has been submitted with SLURM jobid 12 (log: /disk/a b/12.log)."
    assert job_sent(message) == "Slurm job 12 is sent; its words, until it is done: /disk/a b/12.log"
    assert job_sent("SLURM run ID: 12") == ""


def test_a_failed_job_is_said_with_its_reason_and_log(tmp_path: Path) -> None:
    log = tmp_path / "12.log"
    log.write_text(f"{CANCELLED}\n", "utf-8")
    said = job_failed("toy (draw_reviews)", "", log)
    assert said == (
        f"toy (draw_reviews): Slurm job 12 failed: {CANCELLED}; full log: {log}; run again to go on"
    )


def test_without_a_log_the_state_is_said_or_what_may_be_wrong(tmp_path: Path) -> None:
    log = tmp_path / "12.log"
    assert "Slurm job 12 failed: state TIMEOUT; " in job_failed("toy", MESSAGE, log)
    assert "a disk that the nodes do not share?" in job_failed("toy", "", log)


def test_a_job_that_never_came_to_the_cluster_is_said() -> None:
    assert job_failed("toy", "SLURM sbatch failed.\n   no such partition", None) == (
        "toy: SLURM sbatch failed. no such partition"
    )
    assert "sbatch --test-only" in job_failed("toy", "", None)


def test_jobs_are_named_by_shard_and_steps() -> None:
    jobs = [
        {"rule_name": f"{step}_reviews", "output": [f"results/.steps/toy-1/{step}.json"]}
        for step in ("import", "pool")
    ]
    assert described(jobs) == "toy-1 (import_reviews, pool_reviews)"
    assert described([{"rule_name": "index_reviews", "output": ["results/index.html"]}]) == (
        "repool (index_reviews)"
    )


@pytest.mark.parametrize(
    ("user", "apt", "said"), [(1000, "/usr/bin/apt-get", "not root"), (0, None, "no apt-get here")]
)
def test_nothing_is_installed_where_it_may_not_be(
    monkeypatch: pytest.MonkeyPatch, user: int, apt: str | None, said: str
) -> None:
    monkeypatch.setattr(one_machine, "missing", lambda: ["slurmd"])
    monkeypatch.setattr(one_machine, "program", {"apt-get": apt}.get)
    monkeypatch.setattr(one_machine.os, "geteuid", lambda: user)
    monkeypatch.setattr(one_machine.subprocess, "run", None)
    with pytest.raises(one_machine.NotPossibleError, match=said) as reason:
        one_machine.install()
    assert "slurmd missing; install by hand: apt-get install slurm-wlm munge" in str(reason.value)


def test_stopping_ends_no_process_that_took_over_a_number(tmp_path: Path) -> None:
    (tmp_path / "slurm.conf").touch()
    pid = one_machine.os.getpid()
    note = {"pid": pid, "started": one_machine.started(pid)}
    path = tmp_path / "slurmctld.process.json"
    path.write_text(one_machine.json.dumps(note), "utf-8")
    assert one_machine.running(tmp_path, "slurmctld") == pid
    path.write_text(one_machine.json.dumps(note | {"started": "1"}), "utf-8")
    assert one_machine.running(tmp_path, "slurmctld") == 0
    one_machine.stop(tmp_path)
    assert not tmp_path.exists()
