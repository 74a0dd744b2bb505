"""A run killed at any moment is finished by the same command, byte for byte (more: make test-faults)."""

import shutil
from pathlib import Path

import pytest

from conftest import RAW
from faults.killing import lives


@pytest.mark.slow
def test_a_killed_run_is_finished_by_the_same_command(tmp_path: Path) -> None:
    shutil.copytree(RAW / "stroke-los-1999", tmp_path / "stroke-los-1999")
    _, files, status, ended = lives(tmp_path, kills=4, seed=2)
    assert (status, files > 100) == (0, True)
    assert [each for each in ended if each.differing or each.status != status] == []
