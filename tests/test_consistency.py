"""Published figures held against each other: every rule, the shipped reviews, the workflow."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import RAW, SCHEMA, records, run_snakemake, sealed
from published_tables import (
    alarms,
    analysis,
    checks_of,
    claims,
)
from repool import pool_one
from repool.consistency import models
from repool.consistency.checks import check_consistency
from repool.consistency.records import Check, Outcome, Severity
from repool.consistency.spans import Span
from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.normal_form import read_form
from repool.readers.transcribed import read_transcribed
from repool.tables import read_table, write_table

RATIO, DIFFERENCE = analysis("RR"), analysis("MD")
COMMON = analysis("RR", "mh-common")
EFFECT = ("estimate", "ci_low", "ci_high")


def effect(text: str) -> dict[str, str]:
    return dict(zip(EFFECT, text.split(), strict=True))


def one(checks: tuple[Check, ...], rule: str) -> Check:
    (found,) = (each for each in checks if each.rule == rule)
    return found


def shipped(name: str) -> NormalForm:
    form, problems, _ = read_transcribed(RAW / name, f"data/raw/{name}", SCHEMA)
    assert form is not None, problems.found
    return form


# what the rules find


@pytest.mark.parametrize(
    ("of", "figures", "named"),
    [
        (RATIO, "8.38 3.68 19.07", ""),
        (RATIO, "0.58 0.72 0.47", "limits swapped"),
        (RATIO, "1.72 0.47 0.72", "1 over the effect"),
        (RATIO, "0.58 0.46 0.70", "computed without logs"),
        (RATIO, "0.58 0.47 7.2", "decimal mark elsewhere (CI, upper limit: 0.72 for 7.2)"),
        (RATIO, "0.85 0.47 0.72", "two digits the other way round (effect estimate: 0.58 for 0.85)"),
        (DIFFERENCE, "-1.21 -1.52 -0.89", ""),
        (DIFFERENCE, "1.21 -1.52 -0.89", "other sign (effect estimate: −1.21 for 1.21)"),
        (DIFFERENCE, "-1.21 -1.52 0.89", "other sign (CI, upper limit: −0.89 for 0.89)"),
        (DIFFERENCE, "2.00 1.00 4.00", "symmetric on the log scale"),
    ],
)
def test_an_interval_that_is_not_symmetric_names_the_slip(of: object, figures: str, named: str) -> None:
    found = one(checks_of(of, effect(figures)), "ci-symmetric")
    assert (found.verdict is Outcome.DIFFERS) == bool(named), found
    assert named in found.to_agree.en


def test_an_estimate_outside_its_limits_is_serious() -> None:
    found = one(checks_of(RATIO, effect("0.90 0.47 0.72")), "ci-symmetric")
    assert found.severity is Severity.SERIOUS
    assert "outside its own confidence interval" in found.explanation.en
    assert found.expected == "estimate 0.576606 to 0.586835"


def test_a_limit_that_may_be_zero_has_no_log() -> None:
    assert one(checks_of(RATIO, effect("0.02 0.00 0.11")), "ci-symmetric").verdict is Outcome.CANNOT_TELL


def test_p_and_z_follow_from_the_interval_or_name_its_level() -> None:
    right = effect("0.58 0.47 0.72") | {"z_effect": "5.01", "p_effect": "<0.00001"}
    assert not alarms(checks_of(RATIO, right))
    wide = effect("0.58 0.4375 0.7689") | {"z_effect": "4.97"}  # 99% limits of the same result
    found = one(checks_of(RATIO, wide), "ci-z")
    assert found.verdict is Outcome.DIFFERS
    assert "99% limits" in found.to_agree.en
    assert "99\u00a0%" in found.to_agree.nb


def test_p_that_contradicts_its_interval_is_serious() -> None:
    found = one(checks_of(RATIO, effect("0.58 0.47 0.72") | {"p_effect": "0.30"}), "ci-p")
    assert (found.verdict, found.severity) == (Outcome.DIFFERS, Severity.SERIOUS)
    assert "different things" in found.explanation.en
    assert (
        one(checks_of(RATIO, effect("0.80 0.60 1.07") | {"p_effect": "0.01"}), "ci-p").severity == "serious"
    )


def test_p_of_a_t_distribution_is_no_alarm_where_the_trials_are_printed() -> None:
    figures = effect("0.4896 0.3302 0.7259") | {"p_effect": "0.0019"}  # HKSJ with t(12), BCG: metafor
    assert one(checks_of(RATIO, figures | {"trials": "13"}), "ci-p").verdict is Outcome.AGREES
    assert one(checks_of(RATIO, figures), "ci-p").verdict is Outcome.DIFFERS
    hksj = analysis("RR", "reml-hksj")
    assert one(checks_of(hksj, figures), "ci-p").verdict is Outcome.CANNOT_TELL


def test_one_sided_p_is_named() -> None:
    found = checks_of(DIFFERENCE, effect("-1.00 -2.00 0.00") | {"z_effect": "1.96", "p_effect": "0.025"})
    assert one(found, "z-p").to_agree.en == "They agree if the P value is one-sided."


def test_prediction_interval_holds_the_confidence_interval() -> None:
    wide = {"prediction_low": "0.16", "prediction_high": "1.52"}
    narrow = {"prediction_low": "0.50", "prediction_high": "0.60"}
    assert one(checks_of(RATIO, effect("0.49 0.34 0.70") | wide), "prediction-wider").verdict == "agrees"
    assert one(checks_of(RATIO, effect("0.49 0.34 0.70") | narrow), "prediction-wider").verdict == "differs"


def test_percentages_are_of_whole_people() -> None:
    arm = {"experimental_events": "46", "experimental_total": "82"}
    assert one(checks_of(RATIO, arm | {"experimental_percent": "56.1%"}), "percent").verdict == "agrees"
    found = one(checks_of(RATIO, arm | {"experimental_percent": "57.5%"}), "percent")
    assert (found.verdict, found.to_agree.en) == (Outcome.DIFFERS, "80 participants.")
    found = one(checks_of(RATIO, arm | {"experimental_percent": "57%"}), "percent")
    assert found.to_agree.en == "47 events of 82."
    grim = one(checks_of(RATIO, {"control_total": "28", "control_percent": "30%"}), "percent-whole-people")
    assert "8.260 to 8.540" in grim.explanation.en
    fits = one(checks_of(RATIO, {"control_total": "28", "control_percent": "29%"}), "percent-whole-people")
    assert fits.explanation.en == "8 of 28 gives this percentage."
    sizes = one(checks_of(RATIO, {"control_events": "1", "control_percent": "70%"}), "percent-whole-people")
    assert sizes.verdict is Outcome.DIFFERS


def test_more_events_than_people_is_serious() -> None:
    found = one(checks_of(RATIO, {"control_events": "9", "control_total": "8"}), "events-within-total")
    assert (found.verdict, found.severity) == (Outcome.DIFFERS, Severity.SERIOUS)


def test_heterogeneity_figures_fit_each_other() -> None:
    bcg = {"q": "152.23", "df": "12", "i2": "92.1%", "p_q": "<0.00001", "trials": "13", "tau2": "0.31"}
    assert not alarms(checks_of(RATIO, effect("0.49 0.34 0.70") | bcg))
    for wrong, rule, said in (
        ({"i2": "0.92"}, "i2", "fraction"),
        ({"i2": "91.5%"}, "i2", "13 degrees of freedom"),
        ({"i2": "80%"}, "i2", "I² would have to be 92.1%"),
        ({"p_q": "0.02"}, "p-of-q", "P would have to be"),
        ({"df": "13"}, "df", "14 trials, or 12 degrees of freedom"),
        ({"tau2": "0.00"}, "tau2", "A larger τ²"),
        ({"tau2": "-0.1"}, "tau2", "0 or more"),
    ):
        found = one(checks_of(RATIO, effect("0.49 0.34 0.70") | bcg | wrong), rule)
        assert found.verdict is Outcome.DIFFERS, (wrong, found)
        assert said in found.to_agree.en
    calm = {"q": "5.00", "df": "12", "i2": "0%", "tau2": "0.20"}
    assert one(checks_of(RATIO, calm), "tau2").to_agree.en == "τ² = 0, or a larger Q."


def test_i2_of_a_method_that_takes_it_from_tau2_is_no_alarm() -> None:
    figures = {"q": "40.00", "df": "9", "i2": "60%"}
    assert one(checks_of(RATIO, figures), "i2").verdict is Outcome.DIFFERS
    assert one(checks_of(analysis("RR", "metafor"), figures), "i2").verdict is Outcome.CANNOT_TELL


def test_tests_for_subgroup_differences_too() -> None:
    figures = {"subgroup_q": "4.00", "subgroup_df": "1", "subgroup_p": "0.05", "subgroup_i2": "75%"}
    assert [each.verdict for each in checks_of(RATIO, figures)] == ["agrees", "agrees"]
    assert len(alarms(checks_of(RATIO, figures | {"subgroup_df": "2"}))) == 2


def test_per_1000_names_the_rounding_of_the_risk() -> None:
    inputs = effect("8.38 3.68 19.07") | {
        "control_events": "5",
        "control_total": "83",
        "control_per_1000": "60",
    }
    exact = one(checks_of(RATIO, inputs | {"experimental_per_1000": "505"}), "per-1000")
    assert "Rounded to 60 per 1000, the risk would have given 502.8 instead of 505." in exact.explanation.en
    rounded = one(checks_of(RATIO, inputs | {"experimental_per_1000": "503"}), "per-1000")
    assert rounded.explanation.en.startswith("The control risk 60 per 1000 and the effect 8.38")
    wrong = one(checks_of(RATIO, inputs | {"experimental_per_1000": "520"}), "per-1000")
    assert wrong.to_agree.en == "An effect of 8.624 to 8.640 instead of 8.38, or another number per 1000."
    crude = one(
        checks_of(RATIO, inputs | {
            "experimental_per_1000": "561", "experimental_events": "46", "experimental_total": "82"
        }), "per-1000",
    )  # fmt: skip
    assert "the share of the experimental arm itself, 46/82" in crude.explanation.en


@pytest.mark.parametrize(("measure", "figures", "per_1000"), [
    ("OR", "2.00 1.50 2.67", "333"), ("RD", "0.10 0.05 0.15", "300"), ("PETO", "0.50 0.40 0.63", "111"),
])  # fmt: skip
def test_per_1000_of_odds_ratios_and_differences(measure: str, figures: str, per_1000: str) -> None:
    inputs = effect(figures) | {"control_events": "20", "control_total": "100"}
    fits = checks_of(analysis(measure), inputs | {"experimental_per_1000": per_1000})
    assert one(fits, "per-1000").verdict is Outcome.AGREES
    off = checks_of(analysis(measure), inputs | {"experimental_per_1000": str(int(per_1000) + 9)})
    assert one(off, "per-1000").verdict is Outcome.DIFFERS


def test_a_control_risk_from_elsewhere_is_only_noted() -> None:
    figures = {"control_events": "5", "control_total": "83", "control_per_1000": "100"}
    found = one(checks_of(RATIO, figures), "control-risk")
    assert (found.verdict, found.severity) == (Outcome.DIFFERS, Severity.NOTE)


def subgroups(total: dict[str, str], *parts: dict[str, str], of: object = COMMON) -> tuple[Check, ...]:
    more = [
        each
        for number, part in enumerate(parts)
        for each in claims(part, f"group {number}", start=20 * (number + 1))
    ]
    return checks_of(of, total, more)


def test_subgroups_add_up_to_the_total() -> None:
    parts = {"participants": "60", "trials": "2"}, {"participants": "40", "trials": "1"}
    assert not alarms(subgroups({"participants": "100", "trials": "3"}, *parts))
    (found,) = alarms(subgroups({"participants": "110", "trials": "3"}, *parts))
    assert (found.rule, found.to_agree.en) == ("subgroups-to-total", "A total of 100, or other subgroups.")
    missing = subgroups(
        {"participants": "110", "trials": "4"}, parts[0], {"trials": "1"}, {"participants": "40"}
    )
    assert not alarms(missing)
    twice = subgroups({"trials": "2"}, *parts)
    assert one(twice, "subgroups-to-total").verdict is Outcome.CANNOT_TELL


def test_a_common_effect_lies_between_its_subgroups() -> None:
    whole = effect("0.90 0.80 1.01") | {"trials": "3"}
    parts = effect("0.58 0.47 0.72") | {"trials": "2"}, effect("0.70 0.50 0.98") | {"trials": "1"}
    assert one(subgroups(whole, *parts), "subgroups-between").verdict is Outcome.DIFFERS
    assert one(subgroups(whole, *parts, of=RATIO), "subgroups-between").verdict is Outcome.CANNOT_TELL
    unsure = subgroups(whole | {"trials": "4"}, *parts)  # perhaps a third subgroup
    assert one(unsure, "subgroups-between").verdict is Outcome.CANNOT_TELL or alarms(unsure)[0].rule != (
        "subgroups-between"
    )
    assert one(subgroups(effect("0.61 0.51 0.73"), *parts), "subgroups-between").verdict is Outcome.AGREES


def test_one_quantity_in_two_sources() -> None:
    def twice(first: str, second: str) -> Check:
        return one(
            checks_of(RATIO, {"participants": first}, claims({"participants": second}, "", "abstract", 9)),
            "printed-twice",
        )

    assert twice("100", "100").verdict is Outcome.AGREES
    found = twice("100", "98")
    assert found.explanation.en == (
        "participants: table prints 100, abstract prints 98. Are they of one calculation?"
    )
    assert (found.lines, found.severity) == ("2 9", Severity.QUESTION)


# the shipped reviews


@pytest.fixture(scope="module")
def training() -> tuple[Check, ...]:
    form = shipped("pfmt-2014")
    return check_consistency(form, analyse(form))


def test_both_participant_counts_of_the_seed_are_questioned(training: tuple[Check, ...]) -> None:
    found = {
        (each.analysis, each.rule): each for each in alarms(training) if each.severity is Severity.SERIOUS
    }
    assert set(found) == {
        ("cure", "arms-to-total"), ("cure", "within-review"), ("improved", "arms-to-total")
    }  # fmt: skip
    assert found["cure", "arms-to-total"].expected == "participants 165"
    assert found["cure", "arms-to-total"].found == "1453"
    assert found["improved", "arms-to-total"].expected == "participants 121"
    assert "1453 (participants) is more than the 1281" in found["cure", "within-review"].explanation.en


def test_505_and_540_come_from_different_models(training: tuple[Check, ...]) -> None:
    """../shared/facts/pfmt-2014.md: RR 8.38 is the common effect, RR 17.00 random effects, 17.33 is not."""
    by = {(each.analysis, each.rule): each for each in training}
    cure, improved = by["cure", "model-behind"], by["improved", "model-behind"]
    assert cure.verdict is Outcome.AGREES
    assert "of 3260 possible tables of the trials without data 6 give it by M-H, common effect, and none" in (
        cure.explanation.en
    )
    assert improved.verdict is Outcome.DIFFERS
    assert "540 per 1000 needs an effect of 16.99 to 17.03: random effects (DL)" in improved.explanation.en
    assert "The printed effect 17.33 is another one: M-H, common effect" in improved.explanation.en
    assert "Rests on derived rows: Bø 1999, Lagro-Janssen 1991." in improved.explanation.en
    assert by["cure", "one-model"].found == "cure: M-H, common effect; improved: random effects (DL)"
    assert by["improved", "per-1000"].verdict is Outcome.DIFFERS


@pytest.mark.parametrize("name", ["bcg-1994", "stroke-los-1999"])
def test_the_textbook_reviews_raise_no_question(name: str) -> None:
    form = shipped(name)
    found = check_consistency(form, analyse(form))
    assert found
    assert not alarms(found)


def test_models_of_completions_are_those_of_the_engine() -> None:
    tables = [(14, 25, 1, 30), (18, 33, 3, 32), (7, 13, 1, 11), (7, 11, 0, 10)]
    a, n1, c, n2 = (list(each) for each in zip(*tables, strict=True))
    cells = [models._corrected(each) for each in tables]
    for name, kind in (("mh-common", "mh"), ("iv-common", "iv"), ("dl", "random"), ("revman5", "random")):
        pooled = pool_one(
            "RR",
            method=name,
            experimental_events=a,
            experimental_total=n1,
            control_events=c,
            control_total=n2,
        )
        needed = [Span(v - 1e-9, v + 1e-9) for v in (pooled.estimate, pooled.ci_low, pooled.ci_high)]
        assert kind in models._models_giving(cells, needed), name


def test_order_of_the_figures_does_not_matter(training: tuple[Check, ...]) -> None:
    form = shipped("pfmt-2014")
    other = replace(form, claims=tuple(reversed(form.claims)))
    again = check_consistency(other, analyse(form))
    assert sorted((e.rule, e.verdict, e.lines) for e in again) == sorted(
        (e.rule, e.verdict, e.lines) for e in training
    )


# the workflow


@pytest.mark.slow
def test_workflow_writes_the_table_and_the_section(tmp_path: Path, toy: Callable[[str], Path]) -> None:
    good, broken = toy("good"), toy("broken")
    with (good / "published.csv").open("a", encoding="utf-8") as stream:
        stream.write("death,ci_low,0.15,toy,table 1,\ndeath,ci_high,0.99,toy,table 1,\n")
        stream.write("death,p_effect,0.50,toy,table 1,\n")
    for folder in (good, broken):
        sealed(folder)
    (broken / "studies.csv").write_text("no table", "utf-8")
    run = run_snakemake(tmp_path, *records(tmp_path, "report"))
    assert run.returncode == 0, run.stderr
    rows = read_table(tmp_path / "results/good/consistency.csv", Check)
    assert [(row.rule, row.verdict, row.lines) for row in rows] == [
        ("ci-symmetric", "differs", "2 4 5"), ("ci-p", "differs", "2 4 5 6")
    ]  # fmt: skip
    write_table(tmp_path / "again.csv", Check, rows)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "results/good/consistency.csv").read_bytes()
    assert read_table(tmp_path / "results/broken/consistency.csv", Check) == ()
    page = (tmp_path / "results/good/index.html").read_text("utf-8")
    assert 'id="nb-published.csv-6-' in page
    for anchor in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{anchor}"' in page, anchor
    assert "Do the P value" not in page
    assert "Does the P value fit the confidence interval?" in page
    assert read_form(tmp_path / "results/good").claims
