"""What must come out of the shipped reviews, computed from their CSV files by the library."""

import json
from functools import cache

import pytest

from conftest import RAW, ROOT, SCHEMA, SHIPPED
from repool.findings import Finding, findings
from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.readers.seal import SEAL, seal
from repool.readers.transcribed import read_transcribed
from repool.reproduce import check_claims
from repool.results import PooledRow, Results
from repool.verdicts import Checked


@cache
def computed(name: str) -> tuple[NormalForm, Results, tuple[Checked, ...], tuple[Finding, ...]]:
    form, problems, _ = read_transcribed(RAW / name, f"data/raw/{name}", SCHEMA)
    assert form is not None, problems.errors
    results = analyse(form)
    checked = check_claims(form, results)
    return form, results, checked, findings(form, results, checked)


def pooled(review: str, analysis: str, method: str, subgroup: str = "") -> PooledRow:
    rows = computed(review)[1].pooled
    return next(r for r in rows if (r.analysis, r.method, r.subgroup) == (analysis, method, subgroup))


def shown(row: PooledRow, places: int) -> str:
    return f"{row.estimate:.{places}f} ({row.ci_low:.{places}f} to {row.ci_high:.{places}f})"


def verdict(review: str, analysis: str, quantity: str, source: str) -> Checked:
    found = [
        c for c in computed(review)[2] if (c.analysis, c.quantity, c.source) == (analysis, quantity, source)
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("review", "analysis", "method", "places", "expected"),
    [
        ("pfmt-2014", "improved", "mh-common", 2, "17.33 (4.31 to 69.64)"),
        ("pfmt-2014", "improved", "dl", 2, "17.00 (4.25 to 67.95)"),
        ("pfmt-2014", "improved", "revman5", 2, "17.00 (4.25 to 67.95)"),
        ("pfmt-2014", "cure", "mh-common", 2, "8.34 (3.18 to 21.86)"),
        ("pfmt-2014", "leakage-independent", "iv-common", 2, "-1.00 (-1.33 to -0.66)"),
        ("pfmt-2014", "leakage-independent", "dl", 2, "-1.06 (-1.56 to -0.56)"),
        ("bcg-1994", "tb-rr", "mh-common", 4, "0.6353 (0.5881 to 0.6862)"),
        ("bcg-1994", "tb-rr", "dl", 4, "0.4896 (0.3449 to 0.6950)"),
        ("bcg-1994", "tb-peto", "iv-common", 4, "0.6222 (0.5746 to 0.6738)"),
        ("stroke-los-1999", "length-of-stay", "dl", 2, "-13.98 (-24.03 to -3.93)"),
        ("stroke-los-1999", "length-of-stay", "iv-common", 2, "-3.46 (-4.96 to -1.96)"),
    ],
)
def test_pooled_result(review: str, analysis: str, method: str, places: int, expected: str) -> None:
    assert shown(pooled(review, analysis, method), places) == expected


def test_heterogeneity_of_the_textbook_reviews() -> None:
    assert round(pooled("bcg-1994", "tb-rr", "mh-common").q or 0, 2) == 152.57
    dl = pooled("bcg-1994", "tb-rr", "dl")
    assert (round(dl.tau2 or 0, 4), round(dl.i2 or 0, 2)) == (0.3088, 92.12)
    assert round(pooled("bcg-1994", "tb-or", "dl").estimate or 0, 4) == 0.4736
    assert round(pooled("bcg-1994", "tb-or", "dl").tau2 or 0, 4) == 0.3663
    assert round(pooled("bcg-1994", "tb-rd", "mh-common").estimate or 0, 4) == -0.0033
    stroke = pooled("stroke-los-1999", "length-of-stay", "dl")
    assert (round(stroke.tau2 or 0, 2), round(stroke.q or 0, 2), stroke.df) == (205.41, 238.92, 8)
    independent = pooled("pfmt-2014", "leakage-independent", "dl")
    assert round(independent.i2 or 0) == 31
    assert pooled("pfmt-2014", "improved", "dl").tau2 == 0


def test_allocation_subgroups_add_up_and_are_tested() -> None:
    form, results, _, _ = computed("bcg-1994")
    rows = [pooled("bcg-1994", "tb-rr", "dl", name) for name in ("random", "alternate", "systematic")]
    assert [row.trials_pooled for row in rows] == [7, 2, 4]
    test = next(t for t in results.subgroup_tests if (t.analysis, t.method) == ("tb-rr", "dl"))
    assert (test.subgroups, test.df) == (3, 2)
    overall = [w for w in results.weights if (w.analysis, w.scope, w.method) == ("tb-rr", "", "dl")]
    assert sum(w.weight for w in overall) == pytest.approx(100)
    latitudes = [json.loads(s.covariates)["latitude"] for s in form.studies if s.analysis == "tb-rr"]
    assert latitudes[:3] == ["44", "55", "42"]


@pytest.mark.parametrize(
    ("analysis", "quantity", "source", "verdict_", "basis"),
    [
        ("improved", "control_per_1000", "fhi", "exact", "trials"),
        ("improved", "experimental_per_1000", "fhi", "exact", "trials"),
        ("improved", "experimental_per_1000_low", "fhi", "exact", "trials"),
        ("improved", "experimental_per_1000_high", "fhi", "exact", "trials"),
        ("improved", "estimate", "abstract", "other-method", "trials"),
        ("improved", "ci_low", "abstract", "other-method", "trials"),
        ("improved", "ci_high", "abstract", "other-method", "trials"),
        ("cure", "control_per_1000", "fhi", "exact", "claims"),
        ("cure", "experimental_per_1000", "fhi", "exact", "claims"),
        ("cure", "experimental_per_1000_low", "fhi", "exact", "claims"),
        ("cure", "experimental_per_1000_high", "fhi", "exact", "claims"),
        ("cure", "estimate", "abstract", "not-attemptable", "none"),
        ("cure", "participants", "fhi", "input-error", "claims"),
        ("cure", "trials", "fhi", "input-error", "trials"),
        ("improved", "participants", "fhi", "input-error", "trials"),
        ("improved", "trials", "fhi", "input-error", "trials"),
        ("leakage", "estimate", "fhi", "not-attemptable", "none"),
        ("leakage", "ci_low", "fhi", "not-attemptable", "none"),
        ("leakage", "participants", "fhi", "not-attemptable", "none"),
        ("quality-of-life", "participants", "fhi", "not-attemptable", "none"),
        ("review", "participants", "abstract", "exact", "claims"),
    ],
)
def test_verdict_on_the_norwegian_summary(
    analysis: str, quantity: str, source: str, verdict_: str, basis: str
) -> None:
    checked = verdict("pfmt-2014", analysis, quantity, source)
    assert (checked.verdict, checked.basis) == (verdict_, basis)


def test_reasons_name_what_explains_the_figure() -> None:
    assert verdict("pfmt-2014", "improved", "estimate", "abstract").method == "mh-common"
    cure = verdict("pfmt-2014", "cure", "experimental_per_1000", "fhi").reason.en
    assert "5/83" in cure
    assert "unrounded control risk" in cure
    assert "503 instead of 505, 221 instead of 222" in cure
    missing = verdict("pfmt-2014", "cure", "estimate", "abstract").reason.en
    assert missing.startswith("2 of 4 trials have no data")
    assert "8.34" in missing
    women = verdict("pfmt-2014", "cure", "participants", "fhi")
    assert "165 participants" in women.reason.en
    assert "1281" in women.reason.en
    assert "121 participants" in verdict("pfmt-2014", "improved", "participants", "fhi").reason.en


def test_every_reference_figure_of_the_textbook_reviews_is_exact() -> None:
    for review, expected in (("bcg-1994", 18), ("stroke-los-1999", 9)):
        checked = [c for c in computed(review)[2] if not c.quantity.startswith("meta_regression")]
        assert [c.verdict.value for c in checked] == ["exact"] * expected


def test_findings_table_has_the_four_rows_of_the_summary_in_its_order() -> None:
    rows = computed("pfmt-2014")[3]
    assert [row.analysis for row in rows] == ["cure", "improved", "leakage", "quality-of-life"]
    cure, improved, leakage, quality = rows

    def absolute(row: Finding) -> list[int]:
        figures = (
            row.control_per_1000, row.experimental_per_1000,
            row.experimental_per_1000_low, row.experimental_per_1000_high,
        )  # fmt: skip
        return [round(value or 0) for value in figures]

    assert absolute(cure) == [60, 505, 222, 1000]
    assert absolute(improved) == [32, 540, 135, 1000]
    assert (cure.basis, improved.basis, leakage.basis) == ("claims", "trials", "published")
    assert (leakage.estimate, leakage.ci_low, leakage.ci_high) == (-1.21, -1.52, -0.89)
    assert "−1.06 (−1.56 to −0.56)" in leakage.footnotes.en
    assert [row.certainty for row in rows] == ["moderate", "low", "low", "very-low"]
    assert quality.withheld
    assert quality.estimate is None
    assert quality.control_per_1000 is None


def test_statements_follow_direction_and_certainty() -> None:
    cure, improved, leakage, quality = (row.statement for row in computed("pfmt-2014")[3])
    assert cure.nb.startswith("Bekkenbunnstrening øker trolig andelen")
    assert improved.nb.startswith("Bekkenbunnstrening øker muligens andelen")
    assert leakage.nb == "Bekkenbunnstrening reduserer muligens antall urinlekkasjer per døgn."
    assert quality.nb == "Det er usikkert hvordan bekkenbunnstrening virker på livskvaliteten."
    assert cure.en.startswith("Pelvic floor muscle training probably increases the share")
    assert leakage.en.startswith("Pelvic floor muscle training may reduce the number")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_reviews_are_sealed_and_read_without_warning(name: str) -> None:
    path = RAW / name
    assert (path / SEAL).read_text("utf-8") == seal(path)
    _, problems, _ = read_transcribed(path, path.name, SCHEMA)
    assert problems.found == []


def test_no_expected_figure_is_written_into_the_program() -> None:
    figures = ("17.33", "8.38", "0.6353", "0.4896", "13.98", "1453", "505")
    for path in (ROOT / "workflow").rglob("*"):
        if path.suffix in (".py", ".j2", ".smk", ".json"):
            text = path.read_text("utf-8")
            for figure in figures:
                if path.name == "printed.py" and figure == "8.38":
                    continue  # an example of a printed number in a message
                assert figure not in text, f"{figure} in {path.name}"
