"""Every package of requirements.lock, its licence and what it comes with: the table of docs/dependencies.md.

python tests/dependencies.py
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
#: What a package says its licence is, in SPDX's names. The first that is found counts.
_SPDX = {
    "Apache-2.0": r"apache",
    "MPL-2.0": r"mpl-2\.0|mozilla public license 2",
    "PSF-2.0": r"psf|python software foundation|license agreement for matplotlib",
    "MIT": r"\bmit\b",
    "BSD-3-Clause": r"3-clause|enthought|the kiwi lice",
    "BSD-2-Clause": r"2-clause",
    "BSD": r"\bbsd\b|redistribution and use in source and binary forms",
}
#: Those that are installed on other systems alone.
_ELSEWHERE = {"cffi": "MIT-0", "colorama": "BSD-3-Clause", "pycparser": "BSD-3-Clause", "pyreadline3": "BSD"}


def pinned(lock: Path) -> dict[str, set[str]]:
    """The versions of each package of a lock file; two where Python's version decides."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text("utf-8"), re.MULTILINE):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions


def direct() -> dict[str, str]:
    """The packages that pyproject.toml asks for, and for what: to "run", or to "check" it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {"run": project["dependencies"], **project["optional-dependencies"]}
    return {_name(each): kind for kind, group in asked.items() for each in group}


def licence(package: Distribution) -> str:
    """A package's licence by its metadata or, where they are silent, by its licence file; "" if unclear."""
    expression = package.metadata.get("License-Expression")
    return expression or next((name for text in _said(package) if (name := _spdx(text))), "")


def through(names: Iterable[str]) -> dict[str, list[str]]:
    """Which of the direct packages bring each of the others, as far as they are installed here."""
    brings: dict[str, list[str]] = {}
    for name in sorted(names):
        for below in sorted(_closure(name) - {name}):
            brings.setdefault(below, []).append(name)
    return brings


def table() -> str:
    """Package, licence and origin, a row each, as Markdown."""
    asked = direct()
    brings = through(asked)
    rows = ["| package | licence | comes with |", "|---|---|---|"]
    for name in sorted(pinned(ROOT / "requirements.lock")):
        origin = f"asked for, to {asked[name]}" if name in asked else ", ".join(brings.get(name, ()))
        found = _installed(name)
        known = licence(found) if found else _ELSEWHERE.get(name)
        rows.append(f"| {name} | {known or '?'} | {origin or 'another system than this'} |")
    return "\n".join(rows) + "\n"


def _said(package: Distribution) -> Iterator[str]:
    metadata = package.metadata
    yield (metadata.get("License") or "").strip()[:60]
    yield " ".join(each for each in metadata.get_all("Classifier", ()) if each.startswith("License"))
    for file in package.files or ():
        if "licen" in file.name.lower() and file.suffix in ("", ".txt", ".md"):
            yield Path(str(file.locate())).read_text("utf-8", "replace")[:300]


def _spdx(text: str) -> str:
    return next((name for name, pattern in _SPDX.items() if re.search(pattern, text, re.IGNORECASE)), "")


def _closure(name: str) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in seen or (found := _installed(current)) is None:
            continue
        seen.add(current)
        for text in found.requires or ():
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": each}) for each in ("", "socks")):
                waiting.append(canonicalize_name(need.name))
    return seen


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _name(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


if __name__ == "__main__":
    print(table(), end="")
