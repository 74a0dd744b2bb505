"""Data packages of made-up reviews: what is read of them, in every arrangement and both generations."""

import csv
import io
import math
from collections import Counter
from pathlib import Path

import pytest

import packages
from packages import Outcome, bare, events, every_kind, means, outcome, package, read, zipped
from repool.meta_analysis import analyse
from repool.model import Analysis, Claim, Counts, Measure, NormalForm, Study, Totals
from repool.readers.package.rows import SubgroupNames
from repool.reproduce import check_claims
from repool.trace.cells import Tracer
from repool.trial_figures import CheckedTrial, check_trials
from repool.verdicts import Verdict

NAME = "CD990001"


def form_of(raw: Path, name: str = NAME) -> NormalForm:
    form, problems = read(raw, name)
    assert form is not None, problems.errors
    return form


def written(folder: Path, texts: dict[str, str], name: str = NAME) -> Path:
    """The files of a package in a review folder; returns the raw folder."""
    (folder / name).mkdir(parents=True)
    for path, text in texts.items():
        (folder / name / path).write_text(text, "utf-8")
    return folder


def of_one(folder: Path, each: Outcome, generation: str = "old") -> NormalForm:
    """The normal form of a package with one analysis, without the figures that RevMan would have made."""
    return form_of(written(folder / "raw", bare([each], generation)))


def analysis_of(form: NormalForm, name: str) -> Analysis:
    return next(each for each in form.analyses if each.analysis == name)


def studies_of(form: NormalForm, name: str) -> list[Study]:
    return [each for each in form.studies if each.analysis == name]


def claims_of(form: NormalForm, name: str, subgroup: str = "") -> dict[str, Claim]:
    return {c.quantity: c for c in form.claims if (c.analysis, c.subgroup) == (name, subgroup)}


@pytest.mark.parametrize(("generation", "figures"), [("old", 201), ("new", 215)])
def test_every_figure_of_a_zip_as_downloaded_is_claimed_and_reproduced(
    tmp_path: Path, generation: str, figures: int
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / f"{NAME}.zip").write_bytes(zipped(package(every_kind(), generation, tmp_path)))
    form = form_of(raw)
    checked = check_claims(form, analyse(form))
    assert Counter(each.verdict for each in checked) == {Verdict.EXACT: figures}
    ways = Tracer(form, analyse(form), checked, ())
    unknown = {
        each.quantity
        for number, each in enumerate(checked)
        if ways.cell("verdicts", number, "ours").quantity is None
    }
    assert unknown == {"z_effect"}  # every other figure leads back to cells of the package
    assert len(form.trial_claims) == 29  # of 32 rows: two not estimable, one of words
    assert [each.analysis for each in form.analyses] == [each.number for each in every_kind()]
    assert {(each.file, each.line) for each in form.trial_claims} <= {(s.file, s.line) for s in form.studies}


def test_every_arrangement_of_the_files_is_the_same_review(tmp_path: Path) -> None:
    texts = package(every_kind(), "old", tmp_path)
    analysis = {path: text for path, text in texts.items() if "rows" in path or "est" in path}
    study = {path: text for path, text in texts.items() if path not in analysis}
    arranged = {name: tmp_path / name for name in ("zip", "folder", "loose", "mixed", "deep", "browser")}
    for folder in arranged.values():
        folder.mkdir()
    (arranged["zip"] / f"{NAME}.zip").write_bytes(zipped(texts))
    written(arranged["folder"], texts)
    for path, text in texts.items():
        (arranged["loose"] / path).write_text(text, "utf-8")
    written(arranged["mixed"], analysis)
    (arranged["mixed"] / NAME / "study.zip").write_bytes(zipped(study))
    (arranged["deep"] / NAME / "a" / "b").mkdir(parents=True)
    (arranged["deep"] / NAME / "a" / "b" / f"{NAME}-dataPackage.zip").write_bytes(zipped(texts))
    (arranged["deep"] / NAME / "a" / f"{NAME}-data-rows.csv").write_text(
        texts[f"{NAME}-data-rows.csv"], "utf-8"
    )
    (arranged["browser"] / NAME).mkdir()
    for path, text in texts.items():
        stem, _, ending = path.rpartition(".")
        (arranged["browser"] / NAME / f"{stem} (1).{ending}").write_text(text, "utf-8")
    del texts[f"{NAME}-included.ris"]  # a loose RIS file is nobody's

    def plain(folder: Path) -> tuple[object, ...]:
        form = form_of(folder)
        places = [(each.trial, each.line, each.estimate, each.control_events) for each in form.studies]
        figures = [(each.quantity, each.value, each.line) for each in form.claims]
        return places, figures, [(each.trial, each.judgement) for each in form.bias], form.analyses[0].title

    shapes = {name: plain(folder) for name, folder in arranged.items()}
    assert all(shape == shapes["zip"] for shape in shapes.values())


SETTINGS: list[tuple[str, dict[str, str], str, str]] = [
    ("old", {"Analysis model": "Fixed effect"}, "mh-common", ""),
    ("old", {"Analysis model": "Fixed", "Statistical method": "IV"}, "iv-common", ""),
    ("old", {}, "revman5", ""),
    ("old", {"Statistical method": "Inverse Variance"}, "revman5", '{"weighting": "IV"}'),
    ("old", {"Estimate CI": "99%", "Study CI": "99%"}, "revman5", '{"level": 0.99}'),
    ("old", {"Heterogeneity estimator": "REML"}, "revman5", ""),  # the old generation has no such column
    ("new", {"Statistical method": "IV"}, "revman-2025", '{"ci": "HKSJ"}'),
    (
        "new", {"Statistical method": "IV", "CI method": "Wald", "Prediction interval": "FALSE"},
        "revman-2025", '{"prediction": "none"}',
    ),
    (
        "new", {"Heterogeneity estimator": "DerSimonian and Laird", "CI method": "Wald-type",
                "Prediction interval": "false"},
        "revman5", '{"i2_from": "tau2"}',
    ),
    (
        "new", {"Analysis model": "Fixed effect", "CI/PI level": "90%", "Heterogeneity estimator": "#N/A"},
        "mh-common", '{"level": 0.9}',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("generation", "changes", "method", "overrides"), SETTINGS)
def test_what_the_settings_say_is_the_declared_method(
    tmp_path: Path, generation: str, changes: dict[str, str], method: str, overrides: str
) -> None:
    rows = [events("A", 1, 20, 3, 20), events("B", 4, 30, 6, 31)]
    each = outcome("3.2", "Falls", "Dichotomous", "Risk Ratio", rows, random=True, method="MH", **changes)
    made = of_one(tmp_path, each, generation).analyses[0]
    assert (made.analysis, made.method, made.overrides) == ("3.2", method, overrides)


@pytest.mark.parametrize(
    ("kind", "measure", "method", "expected", "log_scale"),
    [
        ("Dichotomous", "Risk Ratio", "MH", Measure.RR, True),
        ("DICHOTOMOUS", "Relative risk", "M-H", Measure.RR, True),
        ("Dichotomous", "Odds Ratio", "IV", Measure.OR, True),
        ("Dichotomous", "Odds Ratio (Non-event)", "MH", Measure.OR, True),
        ("Dichotomous", "Odds Ratio", "Peto", Measure.PETO, True),
        ("Dichotomous", "Peto Odds Ratio", "Peto", Measure.PETO, True),
        ("Arm level", "Risk Difference", "Mantel-Haenszel", Measure.RD, False),
        ("Continuous", "Mean Difference", "IV", Measure.MD, False),
        ("Arm level", "Std. Mean Difference", "Inverse variance", Measure.SMD, False),
        ("Continuous", "Standardised mean difference", "IV", Measure.SMD, False),
        ("Contrast level", "Rate Ratio", "IV", Measure.GIV, True),
        ("Contrast level", "Adjusted difference", "IV", Measure.GIV, False),
        ("O-E and variance", "Peto Odds Ratio", "EXP_O_E_VAR", Measure.GIV, True),
    ],
)
def test_data_type_and_effect_measure_say_what_is_computed(
    tmp_path: Path, kind: str, measure: str, method: str, expected: Measure, log_scale: bool
) -> None:
    row: dict[str, object] = {
        **events("A", 2, 20, 5, 21), **means("A", 3.0, 1.1, 20, 2.5, 1.2, 21),
        "GIV Mean": 0.2, "GIV SE": 0.1, "O-E": 1.5, "Variance": 4.0,
    }  # fmt: skip
    each = outcome("1.1", "X", kind, measure, [row], method=method)
    form = of_one(tmp_path, each)
    made, study = form.analyses[0], form.studies[0]
    assert (made.measure, made.log_scale) == (expected, log_scale)
    if "(Non-event)" in measure:
        assert (study.experimental_events, study.control_events) == (18, 16)
    elif expected.is_dichotomous:
        assert (study.experimental_events, study.experimental_mean, study.estimate) == (2, None, None)
    elif expected.is_continuous:
        assert (study.experimental_sd, study.experimental_events, study.se) == (1.1, None, None)


def test_log_ratios_and_o_minus_e_become_ratios_that_say_so(tmp_path: Path) -> None:
    form = form_of(written(tmp_path / "raw", bare(every_kind(), "old")))
    ratio, difference = studies_of(form, "1.5")[0], studies_of(form, "1.6")[0]
    assert ratio.estimate == pytest.approx(math.exp(-0.31), rel=1e-15)
    assert ratio.se == 0.2
    assert ratio.converted == "estimate from the log of the ratio (RevMan, log-given): log_estimate -0.31"
    assert difference.estimate == pytest.approx(math.exp(-3.2 / 10.5), rel=1e-15)
    assert difference.se == pytest.approx(1 / math.sqrt(10.5), rel=1e-15)
    assert difference.converted.count("o-e-and-variance): o_minus_e -3.2, variance 10.5") == 2
    assert (difference.experimental_total, difference.control_total) == (60, 58)


def test_swapped_events_are_turned_in_the_rows_and_in_the_claims(tmp_path: Path) -> None:
    form = form_of(written(tmp_path / "raw", package(every_kind()[6:7], "old", tmp_path)))
    study, claims = studies_of(form, "1.7")[0], claims_of(form, "1.7")
    assert (study.experimental_events, study.control_events) == (60 - 12, 58 - 20)
    assert "swapped-events" in study.converted
    sums = (claims["experimental_events"].value, claims["control_events"].value)
    assert sums == (str(140 - 20), str(138 - 35))


def test_totals_arms_and_labels_come_from_the_settings(tmp_path: Path) -> None:
    form = form_of(written(tmp_path / "raw", bare(every_kind(), "old")))
    totals = {each.analysis: each.totals for each in form.analyses}
    assert totals["1.1"] is Totals.OVERALL
    assert totals["1.8"] is Totals.SUBGROUPS
    assert totals["1.9"] is Totals.NONE
    assert form.review.experimental.en == form.review.control.nb.replace("Usual care", "Exercise")
    assert analysis_of(form, "1.5").effect_label.en == "Hazard ratio"
    assert analysis_of(form, "1.1").subgroup_label.nb == "Undergruppe"
    assert not analysis_of(form, "1.2").subgroup_label
    assert "Exercise versus usual care" in analysis_of(form, "1.1").note.en


def test_text_and_analyses_without_rows_are_listed_and_not_analysed(tmp_path: Path) -> None:
    form = form_of(written(tmp_path / "raw", bare(every_kind(), "old")))
    words = studies_of(form, "1.9")
    assert [(each.trial, each.note, each.estimate) for each in words] == [("Ahl 1998", "Liked it", None)]
    assert analysis_of(form, "2.2").title.en == "2.2 Pain"
    assert not studies_of(form, "2.2")
    states = {row.analysis: row.state.value for row in analyse(form).pooled if row.role == "declared"}
    assert states["2.2"] == "no-estimable-trial"


def test_names_are_readable_and_stay_apart(tmp_path: Path) -> None:
    rows = [
        events("M&uuml;ller 1999", 1, 10, 2, 10),
        events("Mu\u0308ller\u200b 1999", 2, 10, 3, 10),
        events("O&amp;#39;Hara\u00a02001", 1, 12, 2, 12),
    ]
    form = of_one(tmp_path, outcome("1.1", "Pain &lt;6h&gt;", "Dichotomous", "Risk Ratio", rows))
    assert [each.trial for each in form.studies] == ["Müller 1999", "Müller 1999 (2)", "O'Hara 2001"]
    assert form.analyses[0].title.en == "1.1 Pain <6h>"


def test_a_subgroup_that_returns_is_a_second_one_unless_the_estimates_say_otherwise() -> None:
    runs = ["A", "A", "B", "A", "", "C"]
    alone = SubgroupNames()
    assert [alone.distinct("1.1", each) for each in runs] == ["A", "A", "B", "A (2)", "", "C"]
    told = SubgroupNames(frozenset())
    assert [told.distinct("1.1", each) for each in runs] == ["A", "A", "B", "A", "", "C"]
    estimates = SubgroupNames()
    assert [estimates.distinct("1.1", each, anew=True) for each in ("A", "B", "A")] == ["A", "B", "A (2)"]


def test_applicability_says_where_a_row_counts(tmp_path: Path) -> None:
    rows = [
        events("A", 1, 20, 3, 20, Subgroup="Men", Applicability="SUBGROUP_ONLY"),
        events("B", 4, 30, 6, 31, Subgroup="Men"),
        events("A", 1, 20, 3, 20, Applicability="OVERALL_ONLY"),
    ]
    form = of_one(tmp_path, outcome("1.1", "Falls", "Dichotomous", "Risk Ratio", rows))
    assert [each.counts_in for each in form.studies] == [Counts.SUBGROUP, Counts.BOTH, Counts.OVERALL]


def test_claims_keep_what_is_printed_and_leave_out_what_an_analysis_has_not(tmp_path: Path) -> None:
    rows = [events("A", 5, 50, 9, 52), events("B", 7, 61, 8, 60)]
    each = outcome("1.1", "Falls", "Dichotomous", "Risk Ratio", rows, method="MH")
    texts = package([each], "old", tmp_path)
    path = f"{NAME}-overall-estimates-and-settings.csv"
    header, values = (line.strip('"').split('","') for line in texts[path].lstrip("\ufeff").splitlines())
    cells = dict(zip(header, values, strict=True)) | {
        "Effect P": "<0.00001", "Heterogeneity I²": "37%", "Heterogeneity Tau²": "0", "Effect Z": "-1.25",
        "Mean": "0.6953271028037383", "CI start": "9.0E-5",
    }  # fmt: skip
    texts[path] = packages.table(header, [cells])
    claims = claims_of(form_of(written(tmp_path / "raw", texts)), "1.1")
    shown = {name: claims[name].value for name in ("p_effect", "i2", "estimate", "z_effect", "ci_low", "df")}
    assert shown == {
        "p_effect": "<0.00001", "i2": "37", "estimate": "0.695327103", "z_effect": "1.250000",
        "ci_low": "0.000090", "df": "1",
    }  # fmt: skip
    assert "tau2" not in claims  # a common effect has none, and 0 says so
    assert "subgroup_q" not in claims
    assert claims["i2"].locator == "Heterogeneity I²"
    assert claims["i2"].source == "package"


def test_a_figure_too_large_to_compare_is_left_out_with_a_warning(tmp_path: Path) -> None:
    rows = [means(name, 5 + at, 2, 20, 4, 2, 21) for at, name in enumerate("ABCD")]
    each = outcome("1.1", "Pain", "Continuous", "Mean Difference", rows, random=True)
    raw = written(tmp_path / "raw", package([each], "new", tmp_path))
    path = raw / NAME / f"{NAME}-overall-estimates-and-settings.csv"
    (header, cells) = csv.reader(io.StringIO(path.read_text("utf-8").lstrip("\ufeff")))
    path.write_text(packages.table(header, [dict(zip(header, cells, strict=True)) | {"PI end": "1.2E+31"}]))
    form, problems = read(raw, NAME)
    assert form is not None, problems.errors
    assert "prediction_high" not in (claims := claims_of(form, "1.1"))
    assert {"prediction_low", "ci_high"} <= claims.keys()
    (warning,) = problems.found
    assert (warning.severity, warning.line, warning.column) == ("warning", 2, "PI end")
    assert warning.found == '"1.2E+31"'
    assert "below 1e+15" in warning.expected


def test_a_row_that_gives_an_effect_but_of_which_nothing_is_printed_is_listed(tmp_path: Path) -> None:
    alone, without = [means("A", 0.9, 0.2, 50, 0.8, 0.1, 50)], [events("C", 0, 50, 0, 50)]
    outcomes = [
        outcome("1.1", "Cost", "Continuous", "Mean Difference", alone),
        outcome("1.2", "Pain", "Continuous", "Mean Difference", [means("B", 5, 2, 20, 4, 2, 21)]),
        outcome("1.3", "Death", "Dichotomous", "Risk Ratio", without, method="MH"),
    ]
    texts = package(outcomes, "old", tmp_path)
    path = f"{NAME}-data-rows.csv"
    header, *rows = csv.reader(io.StringIO(texts[path].lstrip("\ufeff")))
    printed = ("Mean", "CI start", "CI end", "Weight")

    def read_without(*trials: str) -> tuple[NormalForm, list[CheckedTrial]]:
        cells = [dict(zip(header, row, strict=True)) for row in rows]
        blank = [each | (dict.fromkeys(printed, "") if each["Study"] in trials else {}) for each in cells]
        folder = written(tmp_path / "-".join(trials), texts | {path: packages.table(header, blank)})
        form = form_of(folder)
        return form, list(check_trials(form, analyse(form)))

    form, checked = read_without("A", "C")
    assert [each.trial for each in form.trial_claims] == ["A", "B"]  # C is not estimable: nothing to print
    assert checked[0].reason.en.startswith("Nothing is printed, yet the row gives 0.100000.")
    assert (checked[0].trial, checked[0].line, set(checked[0].verdicts)) == ("A", 2, {None})
    assert not checked[1].reason.en
    assert read_without("A", "B", "C")[1] == []  # an export that prints nothing of any row


def test_hksj_is_tested_by_t_and_a_prediction_interval_is_claimed_where_it_is_shown(tmp_path: Path) -> None:
    rows = [means(name, 5 + at, 2, 20, 4, 2, 21) for at, name in enumerate("ABCD")]
    each = outcome("1.1", "Pain", "Continuous", "Mean Difference", rows, random=True)
    raw = written(tmp_path / "raw", package([each], "new", tmp_path))
    claims = claims_of(form_of(raw), "1.1")
    assert claims["z_effect"].locator == "Effect T"
    assert {"prediction_low", "prediction_high", "tau2"} <= claims.keys()
    path = raw / NAME / f"{NAME}-overall-estimates-and-settings.csv"
    text = path.read_text("utf-8").replace(
        '"true","true","true","true","true"', '"true","true","true","true","false"'
    )
    path.write_text(text, "utf-8")
    assert "prediction_low" not in claims_of(form_of(raw), "1.1")


@pytest.mark.parametrize(("estimator", "method"), [("REML", "reml"), ("DerSimonian-Laird", "dl")])
def test_under_hksj_a_p_value_that_follows_from_z_alone_is_walds(
    tmp_path: Path, estimator: str, method: str
) -> None:
    rows = [means(name, 5 + at, 2, 20, 4, 2, 21) for at, name in enumerate("ABCD")]
    more = {"Heterogeneity estimator": estimator}
    each = outcome("1.1", "Pain", "Continuous", "Mean Difference", rows, random=True, **more)
    texts = package([each], "new", tmp_path)
    path = f"{NAME}-overall-estimates-and-settings.csv"
    form = form_of(written(tmp_path / "first", texts))
    wald = next(row for row in analyse(form).pooled if row.method == method)
    (cells,) = csv.DictReader(io.StringIO(texts[path].lstrip("\ufeff")))
    z = (wald.estimate or 0) / (wald.se or 1)
    printed = {"Effect Z": packages.six(z), "Effect P": packages.six(wald.p_effect)}
    texts[path] = packages.table(list(cells), [cells | printed])
    form = form_of(written(tmp_path / "raw", texts))
    tests = [(c.quantity, c.method, c.locator) for c in form.claims if c.quantity in ("z_effect", "p_effect")]
    assert tests == [
        ("z_effect", "", "Effect T"), ("z_effect", method, "Effect Z"), ("p_effect", method, "Effect P")
    ]  # fmt: skip
    assert {each.verdict for each in check_claims(form, analyse(form))} == {Verdict.EXACT}


def test_limits_of_trials_at_another_level_than_the_total_are_not_compared(tmp_path: Path) -> None:
    rows = [events("A", 5, 50, 9, 52), events("B", 7, 61, 8, 60)]
    each = outcome("1.1", "X", "Dichotomous", "Risk Ratio", rows, **{"Study CI": "90%", "Estimate CI": "95%"})
    form, problems = read(written(tmp_path / "raw", package([each], "old", tmp_path)), NAME)
    assert form is not None
    assert [(c.ci_low, c.ci_high) for c in form.trial_claims] == [("", "")] * 2
    assert all(claim.estimate and claim.weight for claim in form.trial_claims)
    assert [(each.severity, each.column) for each in problems.found] == [("warning", "Study CI")]


def test_without_settings_the_figures_say_measure_level_and_swap(tmp_path: Path) -> None:
    texts = package(every_kind(), "old", tmp_path)
    rows = {path: text for path, text in texts.items() if path.endswith("data-rows.csv")}
    form = form_of(written(tmp_path / "raw", rows))
    found = {each.analysis: each.measure for each in form.analyses}
    assert found | {"1.9": Measure.GIV} == {
        "1.1": Measure.RR, "1.2": Measure.MD, "1.3": Measure.SMD, "1.4": Measure.PETO, "1.5": Measure.GIV,
        "1.6": Measure.GIV, "1.7": Measure.OR, "1.8": Measure.RD, "1.9": Measure.GIV, "2.1": Measure.RR,
    }  # fmt: skip
    assert "0.99" in analysis_of(form, "2.1").overrides
    assert studies_of(form, "1.7")[0].experimental_events == 48
    assert analysis_of(form, "1.8").totals is Totals.SUBGROUPS
    assert all(each.note.nb and each.note.en for each in form.analyses)
    assert not form.claims
    assert len(form.trial_claims) == 29


def test_risk_of_bias_and_references_are_read(tmp_path: Path) -> None:
    form = form_of(written(tmp_path / "raw", bare(every_kind()[:1], "old")))
    assert [(each.trial, each.domain[:8], each.judgement, each.support) for each in form.bias] == [
        ("Ahl 1998", "Random s", "Low risk", "Support, Ahl 1998"),
        ("Ahl 1998", "Blinding", "Unclear risk", "Support, Ahl 1998"),
        ("Berg 2003", "Random s", "High risk", "Support, Berg 2003"),
        ("Berg 2003", "Blinding", "Low risk", "Support, Berg 2003"),
    ]
    (reference,) = form.references
    assert (reference.trial, reference.year, reference.doi) == ("Ahl 1998", "1998", "10.1234/made.up")
    assert reference.citation == "Ahl A, Moe B. Exercise and falls. J Made Up 1998;3(2):11-19."
    assert reference.line == 1


def test_a_row_without_numbers_is_a_trial_of_nobody(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [events("A", 5, 50, 9, 52), {"Study": "B"}, events("C", 0, 0, 0, 0)]
    form = of_one(tmp_path, outcome("1.1", "Falls", "Dichotomous", "Risk Difference", rows, method="MH"))
    results = analyse(form)
    assert [each.state.value for each in results.effects] == ["estimated", "not-estimable", "not-estimable"]
    total = next(row for row in results.pooled if row.role == "declared")
    assert (total.control_total, total.trials_unknown, total.trials_pooled) == (52, 0, 1)
