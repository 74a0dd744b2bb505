"""What --config may say, and what is said of anything else."""

from pathlib import Path
from typing import Any

import pytest

from repool.run_settings import SettingError, run_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to work in, with reviews in data/raw and a file beside them."""
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "notes.txt").write_text("x", "utf-8")
    monkeypatch.chdir(tmp_path)


def test_nothing_said_is_the_usual() -> None:
    settings = run_settings({})
    assert (settings.raw, settings.results) == (Path("data/raw"), "results")
    assert (settings.shards, settings.forest, settings.audit) == (0, "", "")


def test_what_is_said_counts() -> None:
    said = {"raw": "data/raw/", "results": "out/", "shards": 40, "forest": "flagged", "audit": "none"}
    settings = run_settings(said)
    assert (settings.raw, settings.results) == (Path("data/raw"), "out")
    assert (settings.shards, settings.forest, settings.audit) == (40, "flagged", "none")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("forrest", "all", "the settings are raw, results, shards, forest, audit; did you mean forest?"),
        ("forest", "some", "forest is one of all, flagged, none"),
        ("audit", None, "audit is one of all, none"),
        ("shards", "two", "shards is a whole number"),
        ("shards", -1, "shards is a whole number"),
        ("shards", 2.5, "shards is a whole number"),
        ("shards", True, "shards is a whole number"),
        ("raw", "nowhere", "this does not exist; give the folder that holds the reviews"),
        ("raw", "notes.txt", "this is a file; give the folder that holds the reviews"),
        ("raw", None, "raw is a folder, such as data/raw"),
        ("raw", " ", "raw is a folder, such as data/raw"),
        ("results", "notes.txt", "this is a file; give a folder"),
        ("results", "{x}", "braces or line breaks"),
        ("results", "data/raw/out", "this lies in data/raw, where every folder is a review"),
        ("results", "data", "the reviews in data/raw would lie among the results"),
        ("results", ".", "the reviews in data/raw would lie among the results"),
        ("results", "..", "would lie among the results"),
    ],
)
def test_anything_else_is_refused(key: str, value: Any, said: str) -> None:
    with pytest.raises(SettingError) as fault:
        run_settings({key: value})
    assert str(fault.value).startswith(f"--config {key}=")
    assert said in str(fault.value)


def test_results_are_not_the_folder_of_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    with pytest.raises(SettingError, match="the folder you work in"):
        run_settings({"raw": "../data/raw", "results": "."})
