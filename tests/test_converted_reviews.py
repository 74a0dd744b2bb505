"""A review with incompletely reported trials, from its folder to results, plots and pages."""

import csv
from collections.abc import Callable
from math import sqrt
from pathlib import Path

import pytest
from scipy.special import ndtri, stdtrit

from conftest import SCHEMA, sealed
from repool.figures import forest_plot
from repool.model import NormalForm, Study
from repool.normal_form import read_form
from repool.readers.problems import Problems
from repool.readers.transcribed import read_transcribed
from repool.results import read_results
from report_pages import pages_of

ROW = {"analysis": "pain", "status": "reported", "source": "toy", "locator": "table 2"}
EXPERIMENTAL = {"experimental_total": "50", "experimental_mean": "3.1", "experimental_sd": "1.2"}
CONTROL = {"control_total": "41", "control_mean": "4.0", "control_sd": "1.3"}
Make = Callable[[str], Path]


def written(folder: Path, *rows: dict[str, str]) -> Path:
    """The toy review with these rows more, sealed; the columns they name are added."""
    path = folder / "studies.csv"
    with open(path, encoding="utf-8", newline="") as stream:
        all_rows = [*csv.DictReader(stream), *(ROW | row for row in rows)]
    columns = list(dict.fromkeys(column for row in all_rows for column in row))
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(all_rows)
    return sealed(folder)


def read(folder: Path) -> tuple[NormalForm, Problems]:
    form, problems, _ = read_transcribed(folder, "raw/toy", SCHEMA)
    assert form is not None, [str(each) for each in problems.found]
    return form, problems


def trial(make: Make, **row: str) -> tuple[Study, list[str]]:
    """One more trial with a complete experimental arm, as read, and the warnings about it."""
    form, problems = read(written(make("toy"), EXPERIMENTAL | {"trial": "More 2010"} | row))
    return next(each for each in form.studies if each.trial == "More 2010"), [str(p) for p in problems.found]


# One arm at a time: what fills the empty cells, and what is said of it


def test_sd_from_se(toy: Make) -> None:
    study, warnings = trial(toy, control_total="41", control_mean="4.0", control_se="0.2")
    assert study.control_sd == pytest.approx(0.2 * sqrt(41), rel=1e-11)
    assert study.converted == "control_sd from SE (Handbook 6.5.2.2): control_se 0.2"
    assert warnings == []


@pytest.mark.parametrize(("ci_level", "share"), [("", 0.95), ("90", 0.9), ("99.5", 0.995)])
def test_sd_from_ci(toy: Make, ci_level: str, share: float) -> None:
    limits = {"control_ci_low": "3.5", "control_ci_high": "4.5", "ci_level": ci_level}
    study, warnings = trial(toy, control_total="41", control_mean="4.0", **limits)
    assert study.control_sd == pytest.approx(sqrt(41) * 0.5 / stdtrit(40, 0.5 + share / 2), rel=1e-11)
    assert study.converted == (
        "control_sd from CI, t distribution (Handbook 6.5.2.2): control_ci_low 3.5, control_ci_high 4.5, "
        f"ci_level {ci_level or '95'}"
    )
    assert warnings == []


def test_mean_and_sd_from_quartiles(toy: Make) -> None:
    quantiles = {"control_q1": "3.0", "control_median": "4.1", "control_q3": "5.0"}
    study, warnings = trial(toy, control_total="41", **quantiles)
    w = 0.7 + 0.39 / 41
    assert study.control_mean == pytest.approx(w * 4 + (1 - w) * 4.1, rel=1e-11)
    assert study.control_sd == pytest.approx(2 / (2 * ndtri((0.75 * 41 - 0.125) / 41.25)), rel=1e-11)
    assert [part.partition(":")[0] for part in study.converted.split("; ")] == [
        "control_mean from median and quartiles (Luo 2018, eq. 11)",
        "control_sd from quartiles (Wan 2014, eq. 16)",
    ]
    assert warnings == []


def test_the_reported_mean_stays_beside_quartiles(toy: Make) -> None:
    study, _ = trial(toy, control_total="41", control_mean="4.3", control_q1="3", control_q3="5")
    assert study.control_mean == 4.3
    assert study.converted == "control_sd from quartiles (Wan 2014, eq. 16): control_q1 3, control_q3 5"


def test_all_five_numbers_go_before_three(toy: Make) -> None:
    names = ("min", "q1", "median", "q3", "max")
    given = dict(zip((f"control_{name}" for name in names), ("1", "3", "4", "5", "7"), strict=True))
    study, _ = trial(toy, control_total="41", **given)
    assert study.control_mean == pytest.approx(4)
    cells = "control_min 1, control_q1 3, control_median 4, control_q3 5, control_max 7"
    assert study.converted == (
        f"control_mean from five-number summary (Luo 2018, eq. 15): {cells}; "
        f"control_sd from five-number summary (Shi 2020, eq. 11): {cells}"
    )


def test_a_range_is_used_with_a_warning(toy: Make) -> None:
    given = {"control_min": "1", "control_median": "4", "control_max": "7"}
    study, warnings = trial(toy, control_total="41", **given)
    assert study.control_sd == pytest.approx(6 / (2 * ndtri(40.625 / 41.25)), rel=1e-11)
    (warning,) = warnings
    assert warning.startswith(
        'raw/toy/studies.csv:8: control_min: found "1 to 7"; expected an SD, an SE, a CI'
    )
    assert "6.5.2.6" in warning


def test_an_exact_conversion_goes_before_one_from_quantiles(toy: Make) -> None:
    given = {"control_se": "0.2", "control_q1": "3.1", "control_median": "4.0", "control_q3": "4.9"}
    study, _ = trial(toy, control_total="41", **given)
    assert study.control_sd == pytest.approx(0.2 * sqrt(41), rel=1e-11)
    assert study.converted.endswith("control_sd from SE (Handbook 6.5.2.2): control_se 0.2")


def test_skewed_quartiles_are_a_warning_once(toy: Make) -> None:
    given = {"control_q1": "3.0", "control_median": "3.1", "control_q3": "5.0"}
    _, warnings = trial(toy, control_total="41", **given)
    (warning,) = warnings
    assert "control_median" in warning
    assert "Shi 2023" in warning


def test_a_mean_off_the_centre_of_its_ci_is_a_warning(toy: Make) -> None:
    limits = {"control_ci_low": "3.5", "control_ci_high": "5.1"}
    _, (warning,) = trial(toy, control_total="41", control_mean="4.0", **limits)
    assert 'control_mean: found "4.0"; expected about the middle between control_ci_low 3.5' in warning


def test_what_agrees_within_rounding_is_no_conversion(toy: Make) -> None:
    # 1.3 / sqrt(41) = 0.203; 4.0 -/+ 2.021 * 0.203 = 3.590 to 4.410
    agreeing = {"control_se": "0.20", "control_ci_low": "3.59", "control_ci_high": "4.41"}
    study, warnings = trial(toy, **CONTROL, **agreeing)
    assert (study.control_sd, study.converted, warnings) == (1.3, "", [])


def test_a_normal_interval_of_an_old_report_agrees_too(toy: Make) -> None:
    # 4.0 -/+ 1.96 * 1.30 / sqrt(9) = 3.151 to 4.849, where t with 8 df would give 3.001 to 4.999
    given = CONTROL | {"control_total": "9", "control_sd": "1.30"}
    study, warnings = trial(toy, **given, control_ci_low="3.151", control_ci_high="4.849")
    assert (study.converted, warnings) == ("", [])


def test_a_mean_beyond_the_maximum_by_no_more_than_rounding_is_accepted(toy: Make) -> None:
    given = CONTROL | {"control_mean": "2.5", "control_sd": "0.3"}  # 2.45 lies within both 2.5 and 2.4
    _, warnings = trial(toy, **given, control_min="1.0", control_max="2.4")
    assert warnings == []


def test_a_corrected_cell_is_converted(toy: Make) -> None:
    folder = toy("toy")
    (folder / "corrections.csv").write_text(
        "analysis,subgroup,trial,column,expected,used,reason,source\n"
        "pain,,More 2010,control_se,2.0,0.2,misprint,toy\n",
        "utf-8",
    )
    row = {"trial": "More 2010", "control_total": "41", "control_mean": "4.0", "control_se": "2.0"}
    form, _ = read(written(folder, EXPERIMENTAL | row))
    study = next(each for each in form.studies if each.trial == "More 2010")
    assert study.converted.endswith("control_se 0.2")
    assert study.control_sd == pytest.approx(0.2 * sqrt(41), rel=1e-11)


def test_decimal_commas_of_a_norwegian_spreadsheet(toy: Make) -> None:
    folder = written(
        toy("toy"), EXPERIMENTAL | CONTROL | {"trial": "More 2010", "control_sd": "", "control_se": "0.2"}
    )
    with open(folder / "studies.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    with open(folder / "studies.csv", "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(
            [rows[0], *([cell.replace(".", ",") for cell in row] for row in rows[1:])]
        )
    form, _ = read(sealed(folder))
    assert form.studies[-1].converted == "control_sd from SE (Handbook 6.5.2.2): control_se 0.2"


# The whole way, as the workflow's steps go


def computed(raw: Path, out: Path) -> dict[str, str]:
    """The review's result tables in `out`, and its pages."""
    form, problems, sums = read_transcribed(raw, "raw/toy", SCHEMA)
    return pages_of(form, out, problems, sums)


def table(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def converted(toy: Make, tmp_path: Path) -> tuple[Path, str]:
    """Results folder and report of a review with one trial of an SE and one of quartiles."""
    raw = written(
        toy("toy"),
        EXPERIMENTAL | CONTROL | {"trial": "Ål 2010", "control_sd": "", "control_se": "0.2"},
        CONTROL | {
            "trial": "Bodø 2011", "experimental_total": "31", "experimental_q1": "2.1",
            "experimental_median": "3.0", "experimental_q3": "3.8",
        },
    )  # fmt: skip
    out = tmp_path / "results" / "toy"
    return out, computed(raw, out)["index.html"]


def test_tables_flag_every_converted_row_and_no_other(converted: tuple[Path, str]) -> None:
    out, _ = converted
    for name in ("studies.csv", "effects.csv"):
        flags = {row["trial"]: row["converted"] for row in table(out / name) if row["analysis"] == "pain"}
        assert flags["Ål 2010"] == "control_sd from SE (Handbook 6.5.2.2): control_se 0.2"
        assert flags["Bodø 2011"].startswith(
            "experimental_mean from median and quartiles (Luo 2018, eq. 11): "
        )
        assert flags["Ås 2001"] == flags["Bø 2002"] == ""
    assert {row["converted"] for row in table(out / "effects.csv") if row["analysis"] != "pain"} == {""}


def test_a_converted_trial_is_pooled_as_if_its_sd_were_reported(
    converted: tuple[Path, str], toy: Make, tmp_path: Path
) -> None:
    flagged = {row["trial"]: row for row in table(converted[0] / "effects.csv") if row["analysis"] == "pain"}
    studies = {row["trial"]: row for row in table(converted[0] / "studies.csv") if row["analysis"] == "pain"}
    given = [
        {name: cell for name, cell in studies[trial].items() if name.startswith(("exp", "control_")) and cell}
        for trial in ("Ål 2010", "Bodø 2011")
    ]
    rows = [
        {name: cell.removesuffix(".0") if name.endswith("total") else cell for name, cell in row.items()}
        | {"trial": trial}
        for row, trial in zip(given, ("Ål 2010", "Bodø 2011"), strict=True)
    ]
    computed(written(toy("reported"), *rows), tmp_path / "results" / "reported")
    reported = table(tmp_path / "results" / "reported" / "effects.csv")
    for row in (row for row in reported if row["analysis"] == "pain"):
        assert row["converted"] == ""
        for name in ("estimate", "ci_low", "ci_high", "weight"):
            assert row[name] == flagged[row["trial"]][name] != ""


def test_the_report_lists_conversions_under_the_trials_in_both_languages(converted: tuple[Path, str]) -> None:
    _, page = converted
    norwegian, english = page.split('<main lang="en"')
    assert "<li>Ål 2010: SD, kontroll, fra standardfeil (Handbook 6.5.2.2): control_se 0,2.</li>" in norwegian
    assert "<li>Ål 2010: SD, control, from SE (Handbook 6.5.2.2): control_se 0.2.</li>" in english
    assert "Bodø 2011: mean, treatment, from median and quartiles (Luo 2018, eq. 11): " in english
    assert page.count("* Converted from other summaries") == page.count("* Omregnet fra andre mål") == 1
    assert '<td class="data">4 (SD\u00a01.281*), n\u00a0=\u00a041</td>' in english
    assert '<td class="data">4 (SD\u00a01,281*), n\u00a0=\u00a041</td>' in norwegian


def test_a_review_without_conversions_says_nothing_of_them(toy: Make, tmp_path: Path) -> None:
    page = computed(sealed(toy("toy")), tmp_path / "results" / "toy")["index.html"]
    assert "Converted from" not in page
    assert "Omregnet" not in page


def test_the_forest_plot_marks_converted_trials(converted: tuple[Path, str]) -> None:
    out, _ = converted
    form, results = read_form(out), read_results(out)
    plot = forest_plot(form, results, "pain", "en")
    rows = {row.label: row for row in plot.groups[0].rows}
    assert plot.footnotes == ("a Figures converted from others in the source; see the table of trials.",)
    assert {label: row.marks for label, row in rows.items()} == {
        "Ås 2001": "", "Bø 2002": "", "Ål 2010": "a", "Bodø 2011": "a",
    }  # fmt: skip
    assert rows["Ål 2010"].control == ("4", "1.281", "41")
    assert rows["Ål 2010"].experimental == ("3.1", "1.2", "50")
    assert forest_plot(form, results, "death", "nb").footnotes == (
        "a 0,50 lagt til i hver celle fordi én av dem er 0.",
    )


# Generic estimates that come with a test


@pytest.mark.parametrize(
    ("cells", "se", "how"),
    [
        ({"statistic": "-2.5"}, 0.6, "se from t or z value (Handbook 6.3.2): estimate -1.5, statistic -2.5"),
        ({"p": "0.04"}, 1.5 / -ndtri(0.02), "se from P, normal (Handbook 6.3.2): estimate -1.5, p 0.04"),
        (
            {"p": "0.04", "df": "18"},
            1.5 / -stdtrit(18, 0.02),
            "se from P, t distribution (Handbook 6.3.2): estimate -1.5, p 0.04, df 18",
        ),
    ],
)
def test_se_from_a_test(toy: Make, tmp_path: Path, cells: dict[str, str], se: float, how: str) -> None:
    row = {"analysis": "stay", "trial": "Ål 2010", "estimate": "-1.5"} | cells
    folder = written(toy("toy"), row)
    study = next(each for each in read(folder)[0].studies if each.trial == "Ål 2010")
    assert study.se == pytest.approx(se, rel=1e-11)
    assert study.converted == how
    page = computed(folder, tmp_path / "results" / "toy")["index.html"]
    assert "<li>Ål 2010: SE fra " in page
    assert "<li>Ål 2010: SE from " in page
    effects = table(tmp_path / "results" / "toy" / "effects.csv")
    assert next(each for each in effects if each["trial"] == "Ål 2010")["converted"] == how


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"statistic": "0"}, "statistic", "a t or z value other than 0"),
        ({"p": "1"}, "p", "a p value above 0 and below 1"),
        ({"p": "0.04", "df": "0"}, "df", "degrees of freedom above 0"),
        ({"statistic": "2", "df": "10"}, "df", "df belongs beside p"),
        ({"statistic": "2", "p": "0.04"}, "se", "either se, or both ci_low and ci_high, or statistic, or p"),
        ({"se": "0.5", "p": "0.04"}, "se", "either se, or both ci_low and ci_high, or statistic, or p"),
        ({"estimate": "0", "p": "0.04"}, "estimate", "an estimate other than that of no effect"),
    ],
)
def test_tests_that_say_nothing(toy: Make, cells: dict[str, str], column: str, expected: str) -> None:
    row = {"analysis": "stay", "trial": "Ål 2010", "estimate": "-1.5"} | cells
    _, problems, _ = read_transcribed(written(toy("toy"), row), "raw/toy", SCHEMA)
    found = [each for each in problems.found if each.severity == "error"]
    assert [each.column for each in found] == [column]
    assert expected in found[0].expected
