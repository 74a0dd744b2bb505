"""A real Slurm on this machine, in a folder of its own: controller, two nodes, munge; for tests.

    python one_machine.py install          Debian's packages, where that may be done
    python one_machine.py start FOLDER     starts what does not run yet; prints the setting that clients need
    python one_machine.py stop FOLDER      ends the jobs, stops what it started, removes the folder

Nothing outside the folder is written: key, socket, configuration, state and logs lie in it, and SLURM_CONF
points the clients there. So it neither meets nor disturbs a Slurm or a munge that the machine runs already.
It needs no systemd, and root only to install. What it started is known by process number and starting time.
"""

import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PACKAGES = ("slurm-wlm", "munge")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "sinfo", "squeue", "scancel")
NODES = ("n1", "n2")
PATIENCE = 30.0
_SYSTEM = "/usr/sbin:/sbin"


class NotPossibleError(RuntimeError):
    """This machine cannot have the cluster; the message says why and what to do."""


def program(name: str) -> str | None:
    """Where a program is; the daemons' folders are not on every user's path."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM}")


def missing() -> list[str]:
    return [name for name in PROGRAMS if program(name) is None]


def install() -> None:
    """Install Debian's packages if any program is missing.

    Only as root, with apt-get, and where no systemd runs (a container): elsewhere the packages would
    start services of their own, and NotPossibleError says what to do by hand.
    """
    if not missing():
        return
    by_hand = f"{', '.join(missing())} missing; install by hand: apt-get install {' '.join(PACKAGES)}"
    if os.geteuid() != 0:
        raise NotPossibleError(f"not root, and {by_hand}")
    if program("apt-get") is None:
        raise NotPossibleError(f"no apt-get here, and {by_hand}")
    if Path("/run/systemd/system").exists():
        raise NotPossibleError(f"the packages would start services on this machine, and {by_hand}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(
            ["apt-get", "--quiet", *command], env=quiet, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise NotPossibleError(
                f"apt-get {command[0]} failed: {done.stderr.strip() or done.stdout.strip()}"
            )
    if missing():
        raise NotPossibleError(f"after the installation still missing: {', '.join(missing())}")


def start(folder: Path) -> dict[str, str]:
    """Start what does not run yet, wait until both nodes take jobs; the variables that clients need.

    Raises NotPossibleError with the end of the logs where the cluster does not come up; nothing is left
    running then.
    """
    if missing():
        raise NotPossibleError(f"missing: {', '.join(missing())}; first: {Path(__file__).name} install")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # munge wants its socket within everyone's reach
    if not (folder / "slurm.conf").is_file():
        _configure(folder)
    try:
        _launch(folder, "munged", _munged(folder))
        _wait(folder, "munge's socket", (folder / "munge.socket").exists)
        _launch(folder, "slurmctld", ["slurmctld", "-D", "-f", str(folder / "slurm.conf")])
        for node in NODES:
            _launch(folder, node, ["slurmd", "-D", "-N", node, "-f", str(folder / "slurm.conf")])
        _wait(folder, "both nodes", lambda: _idle(folder))
    except NotPossibleError:
        stop(folder, keep=True)
        raise
    return variables(folder)


def stop(folder: Path, keep: bool = False) -> None:
    """End the jobs, stop the processes started here and none else, and remove the folder unless `keep`."""
    if not (folder / "slurm.conf").is_file():
        return
    if running(folder, "slurmctld"):
        ask(folder, "scancel", "--state=PENDING,RUNNING,SUSPENDED", f"--user={os.geteuid()}")
        patience = time.monotonic() + PATIENCE
        while ask(folder, "squeue", "--noheader").strip() and time.monotonic() < patience:
            time.sleep(0.2)
    for name in (*reversed(NODES), "slurmctld", "munged"):
        _end(folder, name)
    if not keep:
        shutil.rmtree(folder)


def variables(folder: Path) -> dict[str, str]:
    """What the clients of this cluster need in their environment."""
    path = f"{folder / 'bin'}:{os.environ.get('PATH', os.defpath)}"
    return {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": path}


def ask(folder: Path, *command: str) -> str:
    """What a client command prints, "" where it fails."""
    environment = os.environ | variables(folder)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _idle(folder: Path) -> bool:
    states = ask(folder, "sinfo", "--Node", "--noheader", "--format=%N %t").split()
    return sorted(states[::2]) == sorted(NODES) and set(states[1::2]) <= {"idle", "mix", "alloc"}


def _configure(folder: Path) -> None:
    """The folders, munge's key, and a configuration with ports that are free now."""
    for name in ("bin", "state", "log", *(f"spool-{node}" for node in NODES)):
        (folder / name).mkdir(mode=0o755, exist_ok=True)
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    (folder / "cgroup.conf").touch()
    (folder / "plugstack.conf").touch()
    # Snakemake's plugin takes SLURM_CONF away from the srun of a job: this one puts it back.
    srun = folder / "bin" / "srun"
    srun.write_text(f"#!/bin/sh\nSLURM_CONF='{folder}/slurm.conf' exec '{program('srun')}' \"$@\"\n", "utf-8")
    srun.chmod(0o755)
    (folder / "slurm.conf").write_text(_configuration(folder), "utf-8")


def _configuration(folder: Path) -> str:
    """No database, no cgroups; each node claims all cores and half of the memory."""
    host, user = socket.gethostname().partition(".")[0], pwd.getpwuid(os.geteuid()).pw_name
    controller, *ports = _free_ports(1 + len(NODES))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (len(NODES) * 1024**2)
    lines = [
        "ClusterName=repool",
        f"SlurmctldHost={host}(127.0.0.1)",
        f"SlurmctldPort={controller}",
        f"SlurmUser={user}",
        f"SlurmdUser={user}",
        "AuthType=auth/munge",
        f"AuthInfo=socket={folder / 'munge.socket'}",
        "CredType=cred/munge",
        "ProctrackType=proctrack/linuxproc",
        "TaskPlugin=task/none",
        "SwitchType=switch/none",
        "MpiDefault=none",
        "SelectType=select/cons_tres",
        "SelectTypeParameters=CR_Core_Memory",
        "JobAcctGatherType=jobacct_gather/none",
        "AccountingStorageType=accounting_storage/none",
        "SlurmdParameters=config_overrides",
        "ReturnToService=2",
        "SchedulerParameters=sched_interval=2",
        "MinJobAge=300",
        "KillWait=2",
        f"StateSaveLocation={folder / 'state'}",
        f"SlurmdSpoolDir={folder}/spool-%n",
        f"SlurmctldPidFile={folder}/slurmctld.pid",
        f"SlurmdPidFile={folder}/slurmd-%n.pid",
        f"SlurmctldLogFile={folder}/log/slurmctld.log",
        f"SlurmdLogFile={folder}/log/slurmd-%n.log",
        *(
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} "
            f"CPUs={os.cpu_count()} RealMemory={memory} State=UNKNOWN"
            for node, port in zip(NODES, ports, strict=True)
        ),
        f"PartitionName=main Nodes={','.join(NODES)} Default=YES MaxTime=INFINITE State=UP",
    ]
    return "\n".join(lines) + "\n"


def _free_ports(count: int) -> list[int]:
    """Ports free at this moment, all held open until the last is known."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _munged(folder: Path) -> list[str]:
    return [
        "munged", "--foreground", f"--socket={folder / 'munge.socket'}", f"--key-file={folder / 'munge.key'}",
        f"--pid-file={folder / 'munged.pid'}", f"--log-file={folder / 'munged.log'}",
        f"--seed-file={folder / 'munged.seed'}",
    ]  # fmt: skip


def _launch(folder: Path, name: str, command: list[str]) -> None:
    """Start a daemon in a session of its own and note which process it is, unless it runs already."""
    if running(folder, name):
        return
    if name == "munged":
        (folder / "munge.socket").unlink(missing_ok=True)
    with Path(folder, "log", f"{name}.out").open("ab") as out:
        process = subprocess.Popen(
            [program(command[0]) or command[0], *command[1:]],
            env=os.environ | variables(folder), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    note = {"pid": process.pid, "started": started(process.pid)}
    _note(folder, name).write_text(json.dumps(note), "utf-8")


def _note(folder: Path, name: str) -> Path:
    return folder / f"{name}.process.json"


def started(pid: int) -> str:
    """When a process started, in ticks since the machine did: its number may be given again; "" if gone."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else rest[18]


def running(folder: Path, name: str) -> int:
    """The number of the process noted as `name` if it is still that process, otherwise 0."""
    note = _note(folder, name)
    if not note.is_file():
        return 0
    noted = json.loads(note.read_text("utf-8"))
    pid = int(noted["pid"])
    return pid if noted["started"] and started(pid) == noted["started"] else 0


def _end(folder: Path, name: str) -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):
        patience = time.monotonic() + 10
        while (pid := running(folder, name)) and time.monotonic() < patience:
            os.kill(pid, kind)
            _reap(pid)
            time.sleep(0.1)
    _note(folder, name).unlink(missing_ok=True)


def _reap(pid: int) -> None:
    """Take note of the end of a process started by this very program."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _wait(folder: Path, what: str, ready: Callable[[], bool]) -> None:
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        if ready():
            return
        time.sleep(0.1)
    raise NotPossibleError(f"{what} did not come up in {PATIENCE:.0f} s\n{_last_words(folder)}")


def _last_words(folder: Path) -> str:
    logs = sorted([*folder.glob("log/*"), folder / "munged.log"])
    texts = [(path.name, path.read_text("utf-8", "replace")) for path in logs if path.is_file()]
    return "\n".join(f"{name}: {line}" for name, text in texts for line in text.splitlines()[-5:])


def main(arguments: list[str]) -> int:
    """Do what the command line says; 0 if it could be done."""
    match arguments:
        case ["install"]:
            work, folder = install, None
        case ["start", where]:
            work, folder = start, Path(where).resolve()
        case ["stop", where]:
            work, folder = stop, Path(where).resolve()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    try:
        result = work() if folder is None else work(folder)
    except NotPossibleError as reason:
        print(reason, file=sys.stderr)
        return 1
    for name, value in (result or {}).items():
        print(f"export {name}={value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
