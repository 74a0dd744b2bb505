"""Which reviews a raw folder holds, how jobs share them out, and what a step's record notices."""

import json
import os
from pathlib import Path

import pytest

from conftest import ROOT, records, run_snakemake, sealed
from repool.raw_reviews import raw_reviews, shards
from repool.steps import (
    STEPS,
    changed_since,
    forget,
    left_over,
    remove,
    tidy,
    write_record,
    write_record_over_all,
)


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
    assert refused == {}


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
    assert refused == {"CD 1": ["CD 1.zip"], "a blank": []}


def test_a_job_finds_its_reviews_without_the_others_as_with_them(tmp_path: Path) -> None:
    touch(tmp_path, "X/a.csv", "X.csv/a.csv", "Z.zip/a.csv", "X.zip", "X.rm5", "X-data-rows.csv", "X (2).zip",
          "Xy.zip", "Y-data-rows.csv", "Y-included.ris", "Y (1)-data-rows.csv", "Y-risk-of-bias (3).csv",
          "Y.rm5", "a.b.zip", "a.rm5", "Z.rm5", "Ø-data-rows.csv")  # fmt: skip
    every = raw_reviews(tmp_path)[0]
    assert len(every) == 12
    for name, review in every.items():
        assert raw_reviews(tmp_path, [name])[0][name] == review
    assert list(raw_reviews(tmp_path, ["a"])[0]) == ["a", "a.b"]


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


def two_shards(out: Path) -> Path:
    """Results of a review in each of two shards, with the records of two steps and of the index."""
    for name in ("a", "b"):
        touch(out / name, "review.json", "effects.csv", "verdicts.csv")
        for step in ("pool", "reproduce", "report"):
            write_record(out / ".steps" / f"shard-{name}" / f"{step}.json", out, [name], step)
    touch(out, "index.html", "verdicts.csv", "overview.txt", ".complete")
    write_record_over_all(out / ".steps" / "index.json")
    return out


def left(out: Path) -> list[str]:
    records = sorted((out / ".steps").rglob("*.json"))
    return [path.relative_to(out / ".steps").with_suffix("").as_posix() for path in records]


ALL = [f"shard-{name}/{step}" for name in "ab" for step in ("pool", "report", "reproduce")]


def test_what_is_as_it_was_written_is_left_alone(tmp_path: Path) -> None:
    out = two_shards(tmp_path)
    assert tidy(out, ["shard-a", "shard-b"]) == []
    assert left(out) == ["index", *ALL]
    assert (out / ".complete").exists()


def test_an_edited_result_is_forgotten_with_all_that_was_made_from_it(tmp_path: Path) -> None:
    out = two_shards(tmp_path)
    (out / "a" / "effects.csv").write_text("edited", "utf-8")
    assert tidy(out, ["shard-a", "shard-b"]) == ["a/effects.csv"]
    assert left(out) == ALL[3:]
    assert not (out / ".complete").exists()


def test_an_edited_page_over_all_reviews_is_made_again_alone(tmp_path: Path) -> None:
    out = two_shards(tmp_path)
    (out / "index.html").write_text("edited", "utf-8")
    assert tidy(out, ["shard-a", "shard-b"]) == ["index.html"]
    assert left(out) == ALL


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', '{"a": {"b": 2}, "c": []}', "\x00"])
def test_a_damaged_record_is_forgotten(tmp_path: Path, text: str) -> None:
    out = two_shards(tmp_path)
    (out / ".steps" / "shard-b" / "report.json").write_text(text, "utf-8")
    tidy(out, ["shard-a", "shard-b"])
    assert "shard-b/report" not in left(out)
    assert "shard-b/reproduce" in left(out)


def test_shards_that_are_no_more_and_half_written_files_go(tmp_path: Path) -> None:
    out = two_shards(tmp_path)
    touch(
        out, "a/.effects.csv.x1.partial", "b/forest/.1.svg.x2.partial", ".parquet.x3.partial/verdicts.parquet"
    )
    assert tidy(out, ["shard-b"]) == []
    assert left(out) == ["index", *ALL[3:]]
    assert not list(out.rglob("*.partial"))


def test_forgetting_begins_with_what_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at any point of it, the record itself is still there for the next run to see."""
    gone: list[str] = []
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: gone.append(path.name))
    forget(tmp_path / ".steps" / "x" / "import.json", tmp_path)
    assert gone[0] == ".complete"
    assert gone[-2:] == ["pool.json", "import.json"]


def test_folders_of_reviews_that_are_no_more_are_named(tmp_path: Path) -> None:
    out = two_shards(tmp_path)
    assert left_over(out, ["b"]) == ["a"]


def test_the_digest_of_a_review_changes_with_any_byte_or_name(tmp_path: Path) -> None:
    touch(tmp_path / "x", "review.yaml", "studies.csv")
    seen = {raw_reviews(tmp_path)[0]["x"].digest()}
    for change in (
        lambda: (tmp_path / "x" / "studies.csv").write_text("other", "utf-8"),
        lambda: (tmp_path / "x" / "studies.csv").rename(tmp_path / "x" / "Studies.csv"),
        lambda: touch(tmp_path / "x", ".hidden"),
        lambda: (tmp_path / "x" / "empty").mkdir(),
    ):
        change()
        seen.add(raw_reviews(tmp_path)[0]["x"].digest())
    assert len(seen) == 5


def test_no_file_is_written_by_two_steps() -> None:
    written = [name for step in STEPS.values() for name in step.writes]
    assert len(written) == len(set(written))
    assert all((ROOT / step.script).is_file() for step in STEPS.values())


@pytest.mark.slow
def test_an_edited_file_of_a_large_corpus_is_noticed_whatever_its_date(tmp_path: Path) -> None:
    """Above 25 reviews no file is named to Snakemake, only what is in them."""
    text = (ROOT / "tests" / "data" / "toy" / "studies.csv").read_text("utf-8")
    for number in range(26):
        touch(tmp_path / "raw", f"CD{number}-data-rows.csv").joinpath(f"CD{number}-data-rows.csv").write_text(
            text
        )
    run_snakemake(tmp_path)
    inputs = tmp_path / "results" / "CD7" / "inputs.csv"
    before, edited = inputs.read_bytes(), tmp_path / "raw" / "CD7-data-rows.csv"
    edited.write_text(f"{text}\n", "utf-8")
    os.utime(edited, (0, 0))
    again = run_snakemake(tmp_path)
    assert again.stderr.count("checking the seal and reading the input") == 1
    assert inputs.read_bytes() != before
    assert "checking the seal" not in run_snakemake(tmp_path).stderr


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
    assert (results / "review-08" / "log" / "pool.log").is_file()
    assert not (results / "review-08" / "forest").exists()

    several = next(members for members in shards(sorted(states)).values() if len(members) > 1)
    good = (results / several[0] / "pooled.csv").read_bytes()
    (results / several[0] / "pooled.csv").write_text("edited", "utf-8")
    again = run_snakemake(tmp_path, forest="none", audit="none")
    assert f"results/{several[0]}/pooled.csv: not what the workflow wrote; made again" in again.stderr
    assert (results / several[0] / "pooled.csv").read_bytes() == good
    (own,) = records(tmp_path, "pool", several[0])
    assert again.stderr.count("pooling by every method") == 1
    assert f"{Path(own).parent.name.replace('-', ' ')}, {len(several)} reviews: pooling" in again.stderr
