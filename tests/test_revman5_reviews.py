"""RevMan 5 files as reviews: found, read whatever bytes they hold, written down, and run to the end."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import SCHEMA, run_snakemake
from repool.model import NormalForm, Problem
from repool.normal_form import read_form, write_form
from repool.raw_reviews import raw_reviews
from repool.readers.problems import Problems
from repool.readers.review import read_review
from repool.readers.revman5 import read_revman5
from repool.tables import read_table
from repool.verdicts import Checked, Verdict
from revman5_files import Outcome, computed, every_kind, read, rm5


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """Outcomes of every kind with the figures that this engine computes of them, at full precision."""
    return computed(every_kind(), tmp_path_factory.mktemp("computed"))


@pytest.fixture(scope="module")
def form(outcomes: list[Outcome], tmp_path_factory: pytest.TempPathFactory) -> NormalForm:
    """The same, written as a file and read."""
    made, problems = read(rm5(outcomes), tmp_path_factory.mktemp("every-kind"))
    assert made is not None, problems.found
    assert problems.found == []
    return made


_WORDS = (
    b"", b"NaN", b"-1", b"0", b"1e308", b"1e-320", b"-0.0", b"Infinity", b"999999999999999", b"x" * 300,
    b"&#0;", b"&#xD800;", b"&#x202E;", b"\xc3\xa9", b"\xe9", b"\xd9\xa1", b"YES", b"NO", b"SUB", b"MH",
    b"PETO", b"RD", b"700", b"<", b">", b"&amp;", b"<!--", b"<![CDATA[", b"0x10", b"1_000", b"5.0", b"1E-5",
    b"STD-Toy_x002d_2-2001",
)  # fmt: skip
_PLACES = (rb'(?<==")[^"]*(?=")', rb"<[^>]*>", rb' [A-Z_0-9]+="[^"]*"', rb"\w(?=\w*>)")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(_PLACES), st.integers(0, 10**6), st.sampled_from(_WORDS)),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_no_bytes_end_in_a_traceback(
    changes: list[tuple[bytes, int, bytes]], outcomes: list[Outcome], scratch: Path
) -> None:
    """Attributes, tags and bytes replaced by others: read, or refused with a reason; never both."""
    raw = rm5([outcomes[number] for number in (1, 7, 10)]).encode()
    for pattern, number, word in changes:
        places = [match.span() for match in re.finditer(pattern, raw)]
        if places:
            start, stop = places[number % len(places)]
            raw = raw[:start] + word + raw[stop:]
    path, problems = scratch / "any.rm5", Problems()
    path.write_bytes(raw)
    made = read_revman5(path, "any", "raw/any.rm5", problems)
    assert (made is None) == bool(problems.errors)
    for each in problems.found:
        assert each.found
        assert each.expected
        assert each.remedy
    if made is not None:
        write_form(scratch / "any", "any", made, problems.found, {})
        assert read_form(scratch / "any") == made


def test_a_file_is_a_review_by_itself_or_in_a_folder_of_its_own(
    outcomes: list[Outcome], form: NormalForm, tmp_path: Path
) -> None:
    text = rm5(outcomes)
    for name in ("loose.rm5", "folder/any name.rm5", "two/one.rm5", "two/other.RM5", "sealed/x.rm5"):
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "raw" / "sealed" / "SHA256SUMS").write_text(f"{'0' * 64}  x.rm5\n", "utf-8")
    found, refused = raw_reviews(tmp_path / "raw")
    assert refused == {}
    read_as = {name: read_review(each, "raw", SCHEMA) for name, each in found.items()}
    for name, file in (("loose", "raw/loose.rm5"), ("folder", "raw/folder/any name.rm5")):
        made, problems, sums = read_as[name]
        assert made is not None, problems.found
        assert (made.review.review, made.studies[0].file, len(sums)) == (name, file, 1)
        assert [each.value for each in made.claims] == [each.value for each in form.claims]
    assert "one RevMan 5 file" in read_as["two"][1].errors[0].expected
    assert "SHA-256" in read_as["sealed"][1].errors[0].found


def test_the_normal_form_survives_the_way_to_disk_and_back(form: NormalForm, tmp_path: Path) -> None:
    write_form(tmp_path, "toys", form, [], {})
    assert read_form(tmp_path) == form


@pytest.mark.slow
def test_files_run_through_the_whole_workflow(outcomes: list[Outcome], tmp_path: Path) -> None:
    """Every figure of the whole file is exact on its page; the broken one is stopped and says why."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "toys.rm5").write_text(rm5(outcomes), "utf-8")
    (raw / "broken.rm5").write_text(rm5(outcomes)[:5000], "utf-8")
    run = run_snakemake(tmp_path)
    results = tmp_path / "results"
    assert "Traceback" not in run.stderr, run.stderr
    checked = read_table(results / "toys" / "verdicts.csv", Checked)
    assert len(checked) > 150
    assert {each.verdict for each in checked} == {Verdict.EXACT}
    page = (results / "toys" / "index.html").read_text("utf-8")
    assert "Toys for bears" in page
    problems = read_table(results / "broken" / "problems.csv", Problem)
    assert [each.file for each in problems] == ["raw/broken.rm5"]
    assert "ends too soon" in (results / "broken" / "index.html").read_text("utf-8")
    assert (results / "stopped.txt").read_text("utf-8").split() == ["broken"]
