"""The Parquet files of all reviews: every row and number of the CSV tables, typed and described."""

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import RAW, SCHEMA
from repool.identify.found import Outcome
from repool.identify.table import IdentifiedRow
from repool.meta_analysis import analyse
from repool.model import Bias, Bilingual, Problem
from repool.normal_form import read_form, write_form
from repool.parquet import writing
from repool.parquet.descriptions import description
from repool.parquet.tables import TABLES
from repool.parquet.writing import schema, write_parquet
from repool.readers.transcribed import read_transcribed
from repool.reproduce import check_claims
from repool.results import read_results, write_results
from repool.summary import write_summary
from repool.tables import write_table
from repool.verdicts import Checked

TRIAL_VERDICTS = """analysis,subgroup,trial,published_estimate,estimate,verdict_estimate,published_ci_low,\
ci_low,verdict_ci_low,published_ci_high,ci_high,verdict_ci_high,published_weight,weight,verdict_weight,reason_nb,\
reason_en,file,line
1.1,,A 2001,0.700900,0.7009001,exact,0.5,0.5,exact,0.9,0.9,exact,,33.3,,,,x.csv,2
1.1,,"B, 2002",0.10,0.2,major,0.0500000000000001,0.1,minor,,,,66.700000,66.7,exact,"a
b","a
b",x.csv,3
"""

TEXT = Bilingual("a, b", "c")
IDENTIFIED = IdentifiedRow(
    "tb-rr", "", "s", "", "tau2 weights", Outcome.NONE, 0, 40, "wide", 3.5, False, TEXT, "", "", TEXT, "", "",
    TEXT, "tau2=0.1",
)  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two reviews and a stopped one, as far as the Parquet files need them."""
    out = tmp_path_factory.mktemp("results")
    for name in ("bcg-1994", "pfmt-2014"):
        form, problems, sums = read_transcribed(RAW / name, f"raw/{name}", SCHEMA)
        write_form(out / name, name, form, problems.found, sums)
        read = read_form(out / name)
        write_results(out / name, analyse(read))
        checked = check_claims(read, read_results(out / name))
        write_table(out / name / "verdicts.csv", Checked, checked)
    (out / "bcg-1994" / "trial_verdicts.csv").write_text(TRIAL_VERDICTS, "utf-8")
    bias = Bias("A 2001", "Blinding", "", 'says "yes"\n', "rob.csv", 2)
    write_table(out / "bcg-1994" / "rob.csv", Bias, [bias])
    write_table(out / "bcg-1994" / "identification.csv", IdentifiedRow, [IDENTIFIED])
    problem = Problem("error", "x.csv", 2, "c", "x", "y", "correct it")
    write_form(out / "stopped", "stopped", None, [problem], {})
    write_table(out / "stopped" / "verdicts.csv", Checked, [])
    for name in FOLDERS:
        write_summary(out / name)
    return out


FOLDERS = ("bcg-1994", "pfmt-2014", "stopped")


@pytest.fixture(scope="module")
def written(results: Path) -> Path:
    write_parquet(results / "parquet", [results / name for name in FOLDERS])
    return results / "parquet"


Read = Callable[[str], pd.DataFrame]


@pytest.fixture
def read(written: Path) -> Read:
    return lambda name: pd.read_parquet(written / f"{name}.parquet")


def in_csv(results: Path, name: str) -> list[dict[str, str]]:
    rows = []
    for folder in FOLDERS:
        path = results / folder / f"{name}.csv"
        if path.is_file():
            with open(path, encoding="utf-8", newline="") as stream:
                rows += [{"review": folder, **row} for row in csv.DictReader(stream)]
    return rows


@pytest.mark.parametrize(
    "name", ["analyses", "weights", "pooled", "heterogeneity", "subgroup_tests", "verdicts", "trials"]
)
def test_every_row_and_cell_of_the_csv_files_is_there(results: Path, read: Read, name: str) -> None:
    table, rows = read(name), in_csv(results, "effects" if name == "trials" else name)
    assert len(table) == len(rows) > 0
    for column in [each for each in rows[0] if each in table.columns]:
        for ours, text in zip(table[column].tolist(), (row[column] for row in rows), strict=True):
            if isinstance(ours, bool):
                assert text == str(ours).lower()
            elif isinstance(ours, str):
                assert text == ours
            else:
                assert text == ("" if ours is None or math.isnan(ours) else text)
                assert text == "" or float(text) == ours


def test_trials_have_their_own_data_beside_the_effect(read: Read) -> None:
    trials = read("trials")
    aronson = trials[(trials["review"] == "bcg-1994") & (trials["trial"] == "Aronson 1948")]
    assert aronson["measure"].tolist() == [
        "RR",
        "OR",
        "PETO",
        "RD",
    ]  # three of them have the rows of the first
    assert aronson["log_scale"].tolist() == [True, True, True, False]
    cells = aronson[[f"{arm}_{cell}" for arm in ("experimental", "control") for cell in ("events", "total")]]
    assert cells.to_numpy().tolist() == [[4, 123, 11, 139]] * 4
    assert aronson["y"].iloc[0] == pytest.approx(math.log((4 / 123) / (11 / 139)))
    unknown = trials[trials["status"] == "unknown"]
    assert len(unknown) > 0
    assert unknown[["y", "experimental_events"]].isna().all(axis=None)


def test_published_figures_are_numbers_and_texts(read: Read) -> None:
    verdicts = read("verdicts")
    for text, value, places in (("8.38", 8.38, 2), ("60", 60.0, 0), ("-1,52", -1.52, 2), ("3.2%", 3.2, 1)):
        row = verdicts[verdicts["published"] == text].iloc[0]
        assert (row["published_value"], row["published_places"]) == (value, places)
    close = verdicts[verdicts["verdict"] == "exact"]
    assert (abs(close["ours"] - close["published_value"] - close["difference"]) < 1e-9).all()


def test_figures_of_trials_are_numbers_and_texts(read: Read) -> None:
    trials = read("trial_verdicts")
    assert trials["published_estimate"].tolist() == [0.7009, 0.1]
    assert trials["published_estimate_text"].tolist() == ["0.700900", "0.10"]
    assert trials["published_weight"].isna().tolist() == [True, False]
    assert trials["published_ci_low_text"].tolist() == ["0.5", "0.0500000000000001"]
    assert trials["verdict_ci_high"].tolist()[0] == "exact"
    assert trials["verdict_ci_high"].isna().tolist() == [False, True]
    assert trials["trial"].tolist() == ["A 2001", "B, 2002"]
    assert trials["reason_en"].tolist() == ["", "a\nb"]


def test_reviews_are_counted_the_stopped_one_too(read: Read) -> None:
    reviews = read("reviews").set_index("review")
    assert reviews["state"].tolist() == ["accepted", "accepted", "stopped"]
    assert reviews.loc["pfmt-2014", ["checked", "missing"]].tolist() == [43, 19]
    assert reviews.loc["bcg-1994", ["trial_figures", "trial_exact"]].tolist() == [6, 4]
    assert reviews.loc["stopped", "checked"] == 0
    assert reviews.loc["pfmt-2014", "title_nb"].startswith("Bekkenbunnstrening")


def test_identification_has_its_own_table(read: Read) -> None:
    (row,) = read("identification").to_dict("records")
    assert (row["review"], row["figures"], row["outcome"]) == ("bcg-1994", "tau2 weights", "none")
    assert (row["settings"], row["spare_bits"], row["enough"]) == (0, 3.5, False)
    assert read("reviews")["none"].tolist() == [1, 0, 0]


def test_quotes_and_lines_survive(read: Read) -> None:
    (row,) = read("risk_of_bias").to_dict("records")
    assert (row["support"], row["judgement"], row["line"]) == ('says "yes"\n', "", 2)


def test_what_no_review_has_is_an_empty_table(read: Read) -> None:
    assert read("references").columns.tolist()[:2] == ["review", "trial"]
    assert len(read("references")) == len(read("questions")) == 0


def test_types_are_what_they_are_said_to_be(written: Path) -> None:
    trials = pq.read_schema(written / "trials.parquet")
    types = {name: trials.field(name).type for name in ("review", "y", "line", "log_scale", "state")}
    assert types == {
        "review": pa.string(), "y": pa.float64(), "line": pa.int32(), "log_scale": pa.bool_(),
        "state": pa.dictionary(pa.int32(), pa.string()),
    }  # fmt: skip
    metadata = pq.read_metadata(written / "pooled.parquet")
    assert metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("table", TABLES, ids=lambda each: each.name)
def test_every_column_is_described_in_both_languages(written: Path, table: object) -> None:
    stored = pq.read_schema(written / f"{table.name}.parquet")  # type: ignore[attr-defined]
    assert stored.equals(schema(table), check_metadata=True)  # type: ignore[arg-type]
    told = json.loads(stored.metadata[b"columns"])
    assert [*told] == stored.names
    for field in stored:
        own = {key.decode(): text.decode() for key, text in field.metadata.items()}
        assert own == told[field.name]
        assert own["description"]
        assert own["beskrivelse"]


def test_column_that_nobody_described_is_an_error() -> None:
    assert description("heterogeneity", "tau2_low") == Bilingual(
        "τ², analyseskala i annen, nedre grense", "tau², squared analysis scale, lower limit"
    )
    with pytest.raises(KeyError, match=r"pooled\.colour"):
        description("pooled", "colour")


def test_same_bytes_each_time_and_in_any_folder(results: Path, written: Path, tmp_path: Path) -> None:
    write_parquet(tmp_path / "elsewhere" / "tables", [results / name for name in FOLDERS])
    for table in TABLES:
        name = f"{table.name}.parquet"
        assert (tmp_path / "elsewhere" / "tables" / name).read_bytes() == (written / name).read_bytes()


def test_small_row_groups_hold_the_same_rows(
    results: Path, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "ROW_GROUP", 50)
    write_parquet(tmp_path / "small", [results / name for name in FOLDERS])
    for table in TABLES:
        small, whole = (
            pq.read_table(folder / f"{table.name}.parquet") for folder in (tmp_path / "small", written)
        )
        assert small.to_pylist() == whole.to_pylist()
    assert pq.read_metadata(tmp_path / "small" / "pooled.parquet").num_row_groups > 1


def test_no_review_at_all_gives_empty_tables(tmp_path: Path) -> None:
    write_parquet(tmp_path / "parquet", [])
    assert {path.name for path in (tmp_path / "parquet").iterdir()} == {f"{t.name}.parquet" for t in TABLES}
    assert pq.read_metadata(tmp_path / "parquet" / "trials.parquet").num_rows == 0


def test_a_failure_leaves_what_was_there(results: Path, written: Path, tmp_path: Path) -> None:
    write_parquet(tmp_path / "parquet", [results / "bcg-1994"])
    before = (tmp_path / "parquet" / "pooled.parquet").read_bytes()
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "summary.json").write_bytes((results / "bcg-1994" / "summary.json").read_bytes())
    (bad / "pooled.csv").write_text("analysis,tau2\na,b\n", "utf-8")
    with pytest.raises(pa.ArrowException):
        write_parquet(tmp_path / "parquet", [bad])
    assert (tmp_path / "parquet" / "pooled.parquet").read_bytes() == before
    assert [*tmp_path.glob(".parquet.*")] == []
