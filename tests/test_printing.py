"""The tables at the end of a test run, from one process or from several."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

MODULE = """
import cochrane
import pytest

@pytest.mark.parametrize("case", range(4))
def test_case(case):
    cochrane.AGREEMENTS.append(cochrane.Agreement(f"{__name__} {case}", "RR", case, 1e-9))
    if case == 2:
        cochrane.TABLES["another table"] = f"of {__name__}\\n"
"""


def printed(folder: Path, *options: str) -> list[str]:
    """The tables that a run of the tests in a folder ends with."""
    modules = f"{ROOT / 'workflow' / 'scripts'}:{ROOT / 'tests'}"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), *options]
    variables = os.environ | {"PYTHONPATH": modules, "PYTEST_ADDOPTS": ""}
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=variables)
    assert run.returncode == 0, run.stdout + run.stderr
    lines = run.stdout.splitlines()
    start = next(n for n, line in enumerate(lines) if "agreement with other programs" in line)
    return [line for line in lines[start:] if line and " passed in " not in line]


@pytest.mark.slow
def test_several_processes_print_what_one_prints(tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    for name in ("test_a", "test_b"):
        (tmp_path / f"{name}.py").write_text(MODULE, "utf-8")
    alone = printed(tmp_path)
    assert [line.split()[:2] for line in alone if line.startswith("test_")] == [
        [name, str(case)] for name in ("test_a", "test_b") for case in range(4)
    ]
    assert [line for line in alone if line.startswith("of ")] == ["of test_a", "of test_b"]
    assert printed(tmp_path, "-n", "2") == alone
