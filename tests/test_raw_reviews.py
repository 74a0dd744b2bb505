"""Which reviews a raw folder holds, how jobs share them out, and what a step's record notices."""

import json
from pathlib import Path

import pytest

from conftest import ROOT, records, run_snakemake, sealed
from repool.raw_reviews import raw_reviews, shards
from repool.steps import STEPS, changed_since, remove, write_record


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, "utf-8")
    return folder


def test_folders_and_loose_downloads_are_reviews(tmp_path: Path) -> None:
    touch(tmp_path, "mine/review.yaml", "mine/.hidden", "CD1.zip", "CD2.rm5", "CD3-data-rows.csv",
          "CD3-risk-of-bias.csv", "notes.txt", ".DS_Store", "_old/review.yaml")  # fmt: skip
    found, refused = raw_reviews(tmp_path)
    assert {name: [path.name for path in each.files] for name, each in found.items()} == {
        "CD1": ["CD1.zip"],
        "CD2": ["CD2.rm5"],
        "CD3": ["CD3-data-rows.csv", "CD3-risk-of-bias.csv"],
        "mine": ["review.yaml"],
    }
    assert [found[name].is_folder for name in ("mine", "CD1")] == [True, False]
    assert refused == []


def test_the_number_that_a_browser_adds_is_no_part_of_the_name(tmp_path: Path) -> None:
    touch(tmp_path, "CD1 (1).zip", "CD2-data-rows (2).csv")
    assert list(raw_reviews(tmp_path)[0]) == ["CD1", "CD2"]


def test_two_sources_of_one_name_are_two_reviews(tmp_path: Path) -> None:
    touch(tmp_path, "CD1/CD1-data-rows.csv", "CD1.zip", "CD2.zip", "CD2.rm5")
    assert list(raw_reviews(tmp_path)[0]) == ["CD1", "CD1.zip", "CD2.rm5", "CD2.zip"]


def test_a_name_that_no_file_can_have_everywhere_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a blank/review.yaml", "CD 1.zip", "good/review.yaml")
    found, refused = raw_reviews(tmp_path)
    assert list(found) == ["good"]
    assert sorted(refused) == ["CD 1", "a blank"]


def test_few_reviews_have_a_job_each() -> None:
    assert shards(["b", "a"]) == {"b": ["b"], "a": ["a"]}
    assert len(shards([f"r{n}" for n in range(16)])) == 16


@pytest.mark.parametrize(("reviews", "number"), [(17, 8), (353, 8), (400, 8), (401, 16), (5000, 128)])
def test_many_reviews_are_dealt_out_whole(reviews: int, number: int) -> None:
    names = [f"CD{n:06}" for n in range(reviews)]
    dealt = shards(names)
    assert sorted(name for members in dealt.values() for name in members) == names
    assert len(dealt) <= number
    assert all(shard.endswith(f"-of-{number}") for shard in dealt)


def test_one_more_review_changes_one_shard() -> None:
    names = [f"CD{n:06}" for n in range(353)]
    before, after = shards(names), shards([*names, "another"])
    changed = [shard for shard in after if before.get(shard) != after[shard]]
    assert len(changed) == 1


def test_the_number_of_shards_can_be_asked_for() -> None:
    dealt = shards([f"r{n}" for n in range(10)], 3)
    assert set(dealt) <= {"shard-1-of-3", "shard-2-of-3", "shard-3-of-3"}


def test_a_record_notices_what_was_edited_added_or_lost(tmp_path: Path) -> None:
    for name in ("a", "b"):
        touch(tmp_path / name, "effects.csv", "pooled.csv", "forest/1.svg", "forest/2.svg")
    path = tmp_path / ".steps" / "x"
    path.mkdir(parents=True)
    for step in ("pool", "draw"):
        write_record(path / f"{step}.json", tmp_path, ["a", "b"], step)
    assert changed_since(path / "pool.json", tmp_path) == []
    (tmp_path / "a" / "pooled.csv").write_text("edited", "utf-8")
    (tmp_path / "b" / "effects.csv").unlink()
    touch(tmp_path / "b", "forest/3.svg")
    assert changed_since(path / "pool.json", tmp_path) == ["a/pooled.csv", "b/effects.csv"]
    assert changed_since(path / "draw.json", tmp_path) == ["b/forest/3.svg"]
    remove(tmp_path / "b", "draw")
    assert not (tmp_path / "b" / "forest").exists()


def test_no_file_is_written_by_two_steps() -> None:
    written = [name for step in STEPS.values() for name in step.writes]
    assert len(written) == len(set(written))
    assert all((ROOT / step.script).is_file() for step in STEPS.values())


@pytest.mark.slow
def test_reviews_of_a_shard_fail_and_are_made_again_each_for_itself(tmp_path: Path) -> None:
    """Twenty reviews in shards: one broken input among them, one result edited, one review more."""
    toy = ROOT / "tests" / "data" / "toy"
    for number in range(20):
        folder = tmp_path / "raw" / f"review-{number:02}"
        for path in toy.iterdir():
            touch(folder, path.name)
            (folder / path.name).write_bytes(path.read_bytes())
        sealed(folder)
    (tmp_path / "raw" / "review-07" / "studies.csv").write_text("no table", "utf-8")
    run = run_snakemake(tmp_path, forest="none", audit="none")
    assert run.returncode != 0
    assert "review-07: stopped" in run.stderr
    results = tmp_path / "results"
    states = {
        path.parent.name: json.loads(path.read_text("utf-8"))["state"]
        for path in results.glob("*/review.json")
    }
    assert [name for name, state in states.items() if state == "stopped"] == ["review-07"]
    assert len(states) == 20
    good = (results / "review-08" / "pooled.csv").read_bytes()
    assert (results / "review-08" / "log" / "pool.log").is_file()
    assert not (results / "review-08" / "forest").exists()

    (results / "review-08" / "pooled.csv").write_text("edited", "utf-8")
    again = run_snakemake(tmp_path, forest="none", audit="none")
    assert "results/review-08/pooled.csv is not what the workflow wrote: made again" in again.stderr
    assert (results / "review-08" / "pooled.csv").read_bytes() == good
    (own,) = records(tmp_path, "pool", "review-08")
    assert again.stderr.count("pooling by every method") == 1
    assert f"{Path(own).parent.name.replace('-', ' ')}," in again.stderr
