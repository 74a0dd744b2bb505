"""The results folder as a research object: what the profiles require, and that the check would notice."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import RAW, ROOT, SCHEMA, SHIPPED
from repool.agreement import write_agreement
from repool.crate import NO_DATE, research_object
from repool.deposit import write_deposit
from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.normal_form import read_review, write_form
from repool.provenance import NO_GIT
from repool.raw_reviews import raw_reviews
from repool.readers.transcribed import read_transcribed
from repool.results import Results, write_results
from repool.steps import STEPS
from research_object import CRATE, faults


def deposit(review: Path, folder: Path, root: Path = ROOT) -> Path:
    """A results folder of the first two steps, completed."""
    form, problems, checksums = read_transcribed(review, f"data/raw/{review.name}", SCHEMA)
    write_form(folder, review.name, form, problems.found, checksums)
    write_results(folder, analyse(form) if isinstance(form, NormalForm) else Results((), (), (), (), ()))
    write_agreement(folder, ())
    write_deposit(folder, root, raw_reviews(review.parent)[0][review.name])
    return folder


@pytest.fixture(scope="module")
def bcg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deposit(RAW / "bcg-1994", tmp_path_factory.mktemp("results") / "bcg-1994")


def crate_of(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / CRATE).read_text("utf-8"))
    return data


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_review_is_a_valid_research_object(name: str, tmp_path: Path) -> None:
    assert faults(deposit(RAW / name, tmp_path / name)) == []


def test_a_stopped_review_is_one_too(toy: Callable[[str], Path], tmp_path: Path) -> None:
    folder = deposit(toy(), tmp_path / "toy")  # without a seal
    assert faults(folder) == []
    action = next(each for each in crate_of(folder)["@graph"] if each["@id"] == "#run")
    assert action["actionStatus"].endswith("FailedActionStatus")
    assert "was stopped" in (folder / "README.md").read_text("utf-8")


def test_input_results_and_code_are_all_in_it(bcg: Path) -> None:
    graph = {each["@id"]: each for each in crate_of(bcg)["@graph"]}
    action = graph["#run"]
    taken = {each["@id"] for each in action["object"]}
    given = {each["@id"] for each in action["result"]}
    assert taken == {f"input/{path.name}" for path in (RAW / "bcg-1994").iterdir()}
    assert given == {name for step in ("import", "pool") for name in STEPS[step].writes}
    assert graph["./"]["license"] == {"@id": "#licence"}
    assert graph["#licence"]["description"] == "Figures of a published table, quoted with their place."
    assert "Colditz" in graph["#review"]["name"]
    assert "code/workflow/scripts/pool_reviews.py" in graph


def test_bytes_are_the_same_every_time(bcg: Path, tmp_path: Path) -> None:
    again = deposit(RAW / "bcg-1994", tmp_path / "bcg-1994")
    for name in (CRATE, "provenance.json", "README.md", "SHA256SUMS"):
        assert (again / name).read_bytes() == (bcg / name).read_bytes(), name


def test_date_is_that_of_the_commit_or_said_to_be_unknown(bcg: Path) -> None:
    data = json.loads((bcg / "provenance.json").read_text("utf-8"))
    review, _ = read_review(bcg)

    def root(**commit: Any) -> dict[str, Any]:
        known = {**data, "repool": {**data["repool"], **commit}}
        entity: dict[str, Any] = research_object(review, known, ())["@graph"][0]
        return entity

    known = root(commit="c0ffee", date="2020-02-02", dirty=True)
    assert known["datePublished"] == "2020-02-02"
    assert "commit c0ffee, with uncommitted changes" in known["description"]
    unknown = root(commit=None, date=None, dirty=None, reason=NO_GIT)
    assert unknown["datePublished"] == NO_DATE
    assert f"{NO_DATE} stands for an unknown date" in unknown["description"]


def _without(key: str, identifier: str) -> Callable[[list[dict[str, Any]]], None]:
    def damage(graph: list[dict[str, Any]]) -> None:
        next(each for each in graph if each["@id"] == identifier).pop(key)

    return damage


def _drop(identifier: str) -> Callable[[list[dict[str, Any]]], None]:
    def damage(graph: list[dict[str, Any]]) -> None:
        graph[:] = [each for each in graph if each["@id"] != identifier]

    return damage


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (_without("mainEntity", "./"), "mainEntity is no workflow"),
        (_without("license", "./"), "the root has no license"),
        (_without("datePublished", "./"), "the root has no datePublished"),
        (_without("conformsTo", CRATE), f"the descriptor does not conform to {'https://w3id.org/ro/crate/1.1'}"),
        (_without("instrument", "#run"), "#run: no instrument"),
        (_without("programmingLanguage", "code/Snakefile"), "the workflow's language is not known"),
        (_without("workExample", "#output-pooled.csv"), "#output-pooled.csv: no example"),
        (_without("mentions", "./"), "#run: the root does not mention it"),
        (_drop("pooled.csv"), "#run: result leads nowhere: pooled.csv"),
        (_drop("#licence"), "the licence #licence says nothing"),
    ],
)  # fmt: skip
def test_the_check_notices(
    damage: Callable[[list[dict[str, Any]]], None], fault: str, bcg: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "bcg-1994"
    shutil.copytree(bcg, folder)
    data = crate_of(folder)
    damage(data["@graph"])
    (folder / CRATE).write_text(json.dumps(data), "utf-8")
    assert fault in faults(folder)


def test_the_check_notices_a_changed_and_a_missing_file(bcg: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bcg-1994"
    shutil.copytree(bcg, folder)
    with (folder / "pooled.csv").open("a", encoding="utf-8") as stream:
        stream.write("x")
    (folder / "input" / "studies.csv").unlink()
    found = faults(folder)
    assert "pooled.csv: another checksum" in found
    assert "input/studies.csv: no such file" in found
