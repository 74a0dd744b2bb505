"""What a run can be told with --config or a config file, checked before anything is read or written."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from shlex import quote
from typing import Any

_CHOICES = {"forest": ("all", "flagged", "none"), "audit": ("all", "none")}
_OWN = "give results a folder of their own, such as results"
_RAW, _RESULTS = "data/raw", "results"
_KEYS = ("raw", "results", "shards", *_CHOICES)


class SettingError(ValueError):
    """A setting that makes no sense; the message says which, what was found and what to do."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """raw: the folder of reviews. results: where results go, as text without a trailing slash.

    shards: into how many jobs a step is divided, 0 for as many as suit the reviews. forest and audit are
    "" where not asked for.
    """

    raw: Path
    results: str
    shards: int
    forest: str
    audit: str

    def command(self, asked: str) -> str:
        """What to type for this run once more with `asked`, such as "forest=all".

        A folder that is not the usual one is named; an absolute path, which is no other machine's, is left
        to the reader. Into how many jobs the run was divided shows nowhere in its results.
        """
        name, _, _ = asked.partition("=")
        more = [f"{key}={value}" for key, value in (("forest", self.forest), ("audit", self.audit))
                if value and key != name]  # fmt: skip
        return " ".join(["snakemake --config", *self._folders(), *more, asked])

    def _folders(self) -> list[str]:
        folders = (("raw", self.raw, _RAW), ("results", Path(self.results), _RESULTS))
        return [
            f"{key}=<your {key} folder>" if path.is_absolute() else quote(f"{key}={path.as_posix()}")
            for key, path, usual in folders
            if path != Path(usual)
        ]

    @property
    def shown_results(self) -> str:
        """The results folder as a command can name it; left to the reader where it is an absolute path."""
        return "<your results folder>" if Path(self.results).is_absolute() else self.results


def run_settings(config: Mapping[str, Any]) -> RunSettings:
    """The settings of a run; raises SettingError for a key or a value that is not one of them."""
    for key in config:
        if key not in _KEYS:
            close = get_close_matches(str(key), _KEYS, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise _error(key, config[key], f"the settings are {', '.join(_KEYS)}{meant}")
    for key, choices in _CHOICES.items():
        if key in config and config[key] not in choices:
            raise _error(key, config[key], f"{key} is one of {', '.join(choices)}")
    raw, results = _folder(config, "raw", _RAW), _folder(config, "results", _RESULTS)
    _apart(raw, results)
    forest, audit = (config.get(key, "") for key in _CHOICES)
    return RunSettings(raw, results.as_posix(), _shards(config), forest, audit)


def _folder(config: Mapping[str, Any], key: str, usual: str) -> Path:
    text = config.get(key, usual)
    if text is None or not str(text).strip():
        raise _error(key, "", f"{key} is a folder, such as {usual}")
    path = Path(str(text))
    if {"{", "}", "\n"} & set(str(path)):
        raise _error(key, text, "a folder with braces or line breaks in its name cannot be used; rename it")
    if key == "raw" and not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        remedy = "give the folder that holds the reviews, each in a folder or a download of its own"
        raise _error(key, text, f"this {what}; {remedy}")
    if path.exists() and not path.is_dir():
        raise _error(key, text, "this is a file; give a folder")
    return path


def _apart(raw: Path, results: Path) -> None:
    """Results have a folder of their own: `make clean` empties it, and all in it counts as a result."""
    reviews, made = raw.resolve(), results.resolve()
    if made.is_relative_to(reviews):
        raise _error("results", results, f"this lies in {raw}, where every folder is a review; {_OWN}")
    for path, what in ((reviews, f"the reviews in {raw}"), (Path.cwd(), "the folder you work in")):
        if path.is_relative_to(made):
            raise _error("results", results, f"{what} would lie among the results; {_OWN}")


def _shards(config: Mapping[str, Any]) -> int:
    text = str(config.get("shards", 0))
    if not text.isascii() or not text.isdecimal():
        raise _error("shards", text, "shards is a whole number: into how many jobs a step is divided")
    return int(text)


def _error(key: str, value: object, text: str) -> SettingError:
    return SettingError(f"--config {key}={value}: {text}")
