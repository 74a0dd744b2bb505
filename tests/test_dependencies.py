"""The packages that Repool stands on: pinned by hash, justified, under licences that are listed."""

import ast
import re
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from dependencies import ROOT, direct, pinned, table

LOCKS = ("requirements.lock", "requirements-cluster.lock", "requirements-mutants.lock")
#: Modules whose package has another name.
PACKAGES = {"yaml": "pyyaml", "fontTools": "fonttools", "mpl_toolkits": "matplotlib"}
FREE = re.compile(r"(MIT|BSD|Apache|MPL|PSF|0BSD|Zlib|CC0)[\w.-]*")


def rows(text: str) -> list[tuple[str, ...]]:
    """The cells of the rows of Markdown tables."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [tuple(line[2:-2].split(" | ")) for line in lines if not line.startswith("| package")]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_by_hash_and_from_no_named_place(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == sum(len(each) for each in pinned(ROOT / name).values())
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    assert not re.search(r"://|--index|--extra|--find-links|--trusted", text)


def test_the_table_of_licences_is_that_of_the_lock() -> None:
    listed = rows((ROOT / "docs" / "dependencies.md").read_text("utf-8"))
    computed = rows(table())
    assert [row[0] for row in listed] == [row[0] for row in computed], "run: python tests/dependencies.py"
    other_systems = {row[0] for row in (*listed, *computed) if row[2] == "another system than this"}
    differ = {row for row in set(listed) ^ set(computed) if row[0] not in other_systems}
    assert not differ, "run: python tests/dependencies.py"


def test_every_licence_is_one_that_lets_anybody_use_it() -> None:
    for name, licence, _ in rows((ROOT / "docs" / "dependencies.md").read_text("utf-8")):
        assert all(FREE.fullmatch(each) for each in re.split(" AND | OR ", licence)), name


def test_every_direct_dependency_has_its_reason_in_the_readme() -> None:
    section = (ROOT / "README.md").read_text("utf-8").split("## Dependencies")[1].split("\n## ")[0]
    justified = [name for row in rows(section) for name in row[0].split(", ")]
    apart = {"snakemake-executor-plugin-slurm", "mutmut"}
    assert sorted(justified) == sorted(set(direct()) | apart)


def test_what_is_imported_is_what_is_asked_for() -> None:
    """The library imports nothing that only happens to come with something else, and nothing is idle."""
    imported = {name for folder in ("workflow", "tests", "bench") for name in modules(ROOT / folder)}
    library = {name for name in modules(ROOT / "workflow") if name != "repool"}
    asked = direct()
    assert library <= {name for name, kind in asked.items() if kind == "run"}
    tools = {"coverage", "mypy", "pytest-xdist", "ruff", "snakefmt", "snakemake"}
    assert set(asked) - imported <= tools


def modules(folder: Path) -> set[str]:
    """The packages of other people that the Python files of a folder import."""
    own = {path.stem for path in (ROOT / "tests").rglob("*.py")} | {
        path.stem for path in folder.rglob("*.py")
    }
    own |= {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    foreign = names - own - set(sys.stdlib_module_names)
    return {PACKAGES.get(name) or canonicalize_name(name) for name in foreign}
