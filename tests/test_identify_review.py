"""Identification of a whole review: the totals asked about, declared methods, verdicts, table, report."""

from dataclasses import replace

import numpy as np
import pytest

from repool.batch import Segments
from repool.estimates import Estimates
from repool.identify.claimed import Answer, answers, claimed, printed_weights
from repool.identify.declare import declare
from repool.identify.figures import stopped_reml
from repool.identify.found import Outcome
from repool.identify.table import IdentifiedRow, identified_rows
from repool.identify.titles import Named, named_in
from repool.identify.view import identification_view
from repool.meta_analysis import analyse
from repool.model import (
    Analysis,
    Bilingual,
    Claim,
    Counts,
    Measure,
    MethodFrom,
    NormalForm,
    Status,
    Study,
    Totals,
    TrialClaim,
)
from repool.reproduce import check_claims
from repool.results import PooledRow
from repool.tables import read_table, write_table
from repool.trace.cells import Tracer
from repool.verdicts import Checked
from test_reproduce import REVIEW, analysis, claim, study

pytestmark = pytest.mark.filterwarnings("error")

TABLES = ((12, 100, 25, 102), (2, 40, 6, 38), (41, 210, 30, 190), (5, 61, 14, 70), (22, 150, 49, 148))
TRIALS = tuple(study(f"Trial {n}", *table, line=n + 2) for n, table in enumerate(TABLES))
NAMES = ("estimate", "ci_low", "ci_high")


def form(
    claims: list[Claim] | None = None,
    of: Analysis | None = None,
    studies: tuple[Study, ...] = TRIALS,
    **more: object,
) -> NormalForm:
    return NormalForm(REVIEW, (of or analysis(),), studies, tuple(claims or ()), (), **more)


def pooled(
    overrides: str, name: str = "dl", studies: tuple[Study, ...] = TRIALS, of: Analysis | None = None
) -> PooledRow:
    """What a method gives, as the declared one of an analysis."""
    made = replace(of or analysis(), method=name, overrides=overrides)
    return next(row for row in analyse(form(of=made, studies=studies)).pooled if row.role == "declared")


def printed_of(row: PooledRow, *names: str, places: int = 2) -> list[Claim]:
    return [claim(name, f"{getattr(row, name):.{places}f}", 10 + n) for n, name in enumerate(names)]


def checked(claims: list[Claim], **more: object) -> tuple[Checked, ...]:
    made = form(claims, **more)
    return check_claims(made, analyse(made), answers(claimed(made)))


def weights_of(made: NormalForm, name: str, overrides: str = "") -> tuple[TrialClaim, ...]:
    """What a package prints as weights where a method made them."""
    each = tuple(replace(a, method=name, overrides=overrides) for a in made.analyses)
    results = analyse(replace(made, analyses=each))
    own = {a.analysis: a for a in each}
    scoped = {
        (w.analysis, w.trial, w.subgroup): w.weight
        for w in results.weights
        if w.method.split("+")[0] == name and bool(w.scope) == (own[w.analysis].totals is Totals.SUBGROUPS)
    }
    return tuple(
        TrialClaim(s.analysis, s.subgroup, s.trial, "", "", "",
                   f"{scoped[s.analysis, s.trial, s.subgroup]:.6f}", s.file, s.line)
        for s in made.studies if (s.analysis, s.trial, s.subgroup) in scoped
    )  # fmt: skip


# verdicts


def test_a_method_beyond_those_for_comparison_is_named():
    found = checked(printed_of(pooled('{"tau2": "ML", "ci": "HKSJ"}'), *NAMES, places=3))
    assert {each.verdict for each in found} == {"other-method"}
    assert "random effects, ML, HKSJ" in found[0].method_label.en
    assert "tilfeldige effekter, ML, HKSJ" in found[0].reason.nb
    assert found[0].method == "reml-hksj+tau2=ML+prediction=none"
    assert found[0].ours == pytest.approx(float(found[0].published), abs=5e-4)


def test_a_figure_of_a_found_method_leads_to_its_reason():
    """There is no row of pooled.csv behind it."""
    made = form(printed_of(pooled('{"tau2": "SJ"}'), *NAMES, places=3))
    results = analyse(made)
    given = check_claims(made, results, answers(claimed(made)))
    cell = Tracer(made, results, given, ()).cell("verdicts", 0, "ours")
    assert cell.quantity is None
    assert cell.said == given[0].reason


def test_a_trial_left_out_is_named_in_the_verdict():
    found = checked(printed_of(pooled("", "mh-common", TRIALS[:4]), *NAMES, places=3))
    assert {each.verdict for each in found} == {"other-method"}
    assert "without Trial 4" in found[0].reason.en
    assert "uten Trial 4" in found[0].reason.nb


def test_a_method_for_comparison_comes_before_one_found_by_search():
    found = checked(printed_of(pooled("", "reml"), *NAMES))
    assert {(each.verdict, each.method) for each in found} == {("other-method", "reml")}


def test_a_coincidence_stays_a_difference_and_is_only_mentioned():
    found = checked([claim("estimate", f"{pooled('', 'mh-common', TRIALS[:4]).estimate:.2f}")])
    assert found[0].verdict in ("minor", "major")
    assert "It also follows from" in found[0].reason.en
    assert "Det følger også av" in found[0].reason.nb
    assert found[0].method == "iv-common"


def test_where_nothing_fits_the_nearest_is_said():
    row = pooled("", "mh-common")
    wrong = [claim("estimate", "0.777", 2), *printed_of(row, "ci_low", "ci_high", places=3)]
    found = checked(wrong)
    assert found[0].verdict == "major"
    assert "the nearest, M-H, common effect, Wald, 95% CI, gives 0.643." in found[0].reason.en
    assert "den nærmeste, M-H, felles effekt, Wald, 95 % KI, gir 0,643." in found[0].reason.nb.replace(
        "\u00a0", " "
    )


def test_a_typo_beside_an_effect_does_not_hide_its_method():
    row = pooled('{"tau2": "SJ"}')
    found = checked([*printed_of(row, *NAMES, places=3), claim("i2", "3", 9)])
    by_name = {each.quantity: each for each in found}
    assert {by_name[name].verdict for name in NAMES} == {"other-method"}
    assert "SJ" in by_name["estimate"].method_label.en
    assert by_name["i2"].verdict not in ("exact", "other-method")


def test_exact_figures_are_left_alone():
    row = pooled("", "iv-common")
    claims = printed_of(row, *NAMES)
    made = form(claims)
    assert checked(claims) == check_claims(made, analyse(made))


# which totals


def test_a_total_without_all_its_trials_is_not_asked_about():
    unknown = study("Trial 9", status=Status.UNKNOWN, line=20)
    assert list(claimed(form([claim("estimate", "0.5")], studies=(*TRIALS, unknown)))) == []
    assert list(claimed(form([claim("participants", "300")]))) == []


def test_sources_and_stated_methods_are_asked_about_apart():
    claims = [
        claim("estimate", "0.5", 2),
        claim("i2", "20", 3, source="other"),
        claim("tau2", "0.1", 4, method="dl"),
    ]
    totals = list(claimed(form(claims)))
    assert [each.key for each in totals] == [
        ("a", "", "paper", ""), ("a", "", "other", ""), ("a", "", "paper", "dl"),
    ]  # fmt: skip
    assert [sorted(each.figures) for each in totals] == [["estimate"], ["i2"], ["tau2"]]


def test_a_combined_row_stands_for_its_trial_in_the_overall_result():
    apart = (
        *TRIALS[:3],
        replace(TRIALS[3], subgroup="one", counts_in=Counts.SUBGROUP),
        replace(TRIALS[3], subgroup="two", counts_in=Counts.SUBGROUP, line=20),
        replace(TRIALS[3], counts_in=Counts.OVERALL, line=21),
    )
    (total,) = claimed(form([claim("estimate", "0.5")], studies=apart))
    assert [each.line for each in total.studies] == [2, 3, 4, 21]


# declaring


def undeclared(*studies: Study, **more: object) -> NormalForm:
    return form(of=replace(analysis(method="revman5"), **more), studies=studies or TRIALS)


@pytest.mark.parametrize("name", ["mh-common", "iv-common", "revman5"])
def test_the_method_is_declared_from_the_weights(name):
    made = undeclared()
    found = declare(replace(made, trial_claims=weights_of(made, name)), ["a"]).analyses[0]
    assert (found.method, found.overrides, found.totals) == (name, "", Totals.OVERALL)
    assert "identified from the printed weights" in found.note.en
    assert "funnet av de trykte vektene" in found.note.nb


def test_the_level_that_is_known_is_kept():
    made = undeclared(overrides='{"level": 0.99}')
    found = declare(replace(made, trial_claims=weights_of(made, "mh-common")), ["a"]).analyses[0]
    assert (found.method, found.overrides) == ("mh-common", '{"level": 0.99}')


def test_equivalent_settings_are_told_and_the_usual_one_is_taken():
    alike = tuple(study(f"T{n}", 10 * n, 100 * n, 20 * n, 100 * n, analysis="b", line=40 + n) for n in (1, 2))
    both = replace(
        form(studies=(*TRIALS, *alike)),
        analyses=(analysis(method="revman5"), replace(analysis(method="revman5"), analysis="b")),
    )
    shown = replace(both, trial_claims=weights_of(both, "revman5"))
    one, two = declare(shown, ["a", "b"]).analyses
    assert (one.method, two.method) == ("revman5", "revman5")
    assert "most totals of the review follow from" in two.note.en
    assert "IV, common effect" in two.note.en
    assert "all 5 settings tried give them" in two.note.en
    assert two.method_from is MethodFrom.ASSUMED
    alone = declare(replace(shown, analyses=both.analyses[1:], studies=alike), ["b"]).analyses[0]
    assert (alone.method, "the simplest was taken" in alone.note.en) == ("mh-common", True)


def test_subgroup_totals_alone_are_declared():
    grouped = tuple(replace(each, subgroup="xy"[n % 2]) for n, each in enumerate(TRIALS))
    made = undeclared(*grouped)
    shown = replace(made, analyses=(replace(made.analyses[0], totals=Totals.SUBGROUPS),))
    found = declare(replace(made, trial_claims=weights_of(shown, "mh-common")), ["a"]).analyses[0]
    assert (found.method, found.totals) == ("mh-common", Totals.SUBGROUPS)


TITLES = {
    "Pain: sensitivity analysis, random-effects model": Named("random"),
    "Pain (fixed effect)": Named("common"),
    "Pain - REML + HSJK": Named("random", "REML", "HKSJ"),
    "Statistical model - Dersimonian Laird": Named("random", "DL"),
    "Fixed-effect versus random-effects": Named(),
    "Random sequence generation, fixed dose, common side effects": Named(),
}


@pytest.mark.parametrize("title", TITLES)
def test_a_title_names_a_method(title):
    assert named_in(title) == TITLES[title]


def test_of_equals_the_one_that_the_title_names_is_taken():
    alike = tuple(study(f"T{n}", 10 * n, 100 * n, 20 * n, 100 * n, line=40 + n) for n in (1, 2))
    for title, method, overrides in (
        ("Deaths, REML", "reml", '{"prediction": "none"}'),
        ("Deaths, random effects with HKSJ", "dl", '{"ci": "HKSJ", "prediction": "none"}'),
        ("Deaths, common-effect model", "mh-common", ""),
    ):
        made = undeclared(*alike, title=Bilingual(title, title))
        found = declare(replace(made, trial_claims=weights_of(made, "revman5")), ["a"]).analyses[0]
        assert (found.method, found.overrides) == (method, overrides)
        assert "the one that the title names was taken" in found.note.en
        assert "den som tittelen nevner, er tatt" in found.note.nb
        assert ("HKSJ, which the title names, was taken" in found.note.en) == ("HKSJ" in title)
    made = undeclared(title=Bilingual("", "Deaths, random effects"))  # what weights show stands
    found = declare(replace(made, trial_claims=weights_of(made, "mh-common")), ["a"]).analyses[0]
    assert found.method == "mh-common"


def test_weights_to_the_last_digit_tell_reml_that_stopped_early():
    y, v = np.array(([-0.42, 0.08, 0.25, 0.11, 0.42], [0.108, 0.163, 0.061, 0.007, 0.133]))
    rows = tuple(
        replace(study(f"T{n}", line=n, status=Status.REPORTED), estimate=float(np.exp(at)), se=float(spread))
        for n, (at, spread) in enumerate(zip(y, np.sqrt(v), strict=True), start=2)
    )
    raw = 1 / (v + stopped_reml(Estimates.of(y, v, Segments.of_counts([5])))[0])
    made = form(of=replace(analysis(Measure.GIV, method="revman5"), log_scale=True), studies=rows)
    for places, method, number in ((6, "iv-common", 3), (16, "reml", 1)):
        claims = tuple(
            TrialClaim("a", "", each.trial, "", "", "", f"{share:.{places}f}", each.file, each.line)
            for each, share in zip(rows, 100 * raw / raw.sum(), strict=True)
        )
        shown = replace(made, trial_claims=claims)
        found = declare(shown, ["a"])
        assert found.analyses[0].method == method
        assert [len(each.found.settings) for each in answers(claimed(found))] == [number]


def test_reml_is_one_method_wherever_its_iteration_stops():
    groups = {
        "one": ([0.05, 0.01, 0.38, 0.31], [0.005, 0.021, 0.062, 0.038]),  # stopped at 6e-9
        "two": ([0.0, 0.9, -0.4, 0.5], [0.04, 0.02, 0.05, 0.08]),  # at the maximum to the sixth decimal
    }
    rows, claims = [], []
    for group, effects in groups.items():
        y, v = np.array(effects)
        raw = 1 / (v + stopped_reml(Estimates.of(y, v, Segments.of_counts([4])))[0])
        for at, se, share in zip(np.exp(y), np.sqrt(v), 100 * raw / raw.sum(), strict=True):
            line = 2 + len(rows)
            made = study(f"T{line}", line=line, subgroup=group, status=Status.REPORTED)
            rows.append(replace(made, estimate=float(at), se=float(se)))
            claims.append(TrialClaim("a", group, f"T{line}", "", "", "", f"{share:.6f}", made.file, line))
    of = replace(analysis(Measure.GIV, method="revman5"), log_scale=True)
    made = declare(replace(form(of=of, studies=tuple(rows)), trial_claims=tuple(claims)), ["a"])
    origins = [[one.tau2_from for one in each.found.settings] for each in answers(claimed(made))]
    assert origins == [["stopped"], ["total"]]
    (found,) = made.analyses
    assert (found.method, found.overrides) == ("reml", '{"prediction": "none"}')
    assert "no other of the 4 tried gives them" in found.note.en


def test_a_weight_is_read_to_its_twelfth_decimal():
    row = TrialClaim("a", "", "T", "", "", "", "12.1234567890129999", "rows.csv", 2)
    (read,) = printed_weights(replace(form(), trial_claims=(row,))).values()
    assert (read.value, read.places) == (12.123456789013, 12)


def test_a_review_pooled_by_haenszel_means_inverse_variance_where_there_are_no_tables():
    names = [f"{arm}_{name}" for arm in ("experimental", "control") for name in ("mean", "sd", "total")]
    means = tuple(
        replace(study(f"T{n}", line=40 + n, status=Status.REPORTED, analysis="b"),
                **dict(zip(names, (1.0 + n, 2.0, 30.0, 1.5, 2.1, 32.0), strict=True)))
        for n in range(2)
    )  # fmt: skip
    first = analysis(method="revman5")
    other = replace(analysis(Measure.MD, method="revman5"), analysis="b")
    made = replace(form(studies=(*TRIALS, *means)), analyses=(first, other))
    shown = replace(undeclared(), studies=TRIALS)
    found = declare(replace(made, trial_claims=weights_of(shown, "mh-common")), ["a", "b"]).analyses
    assert [each.method for each in found] == ["mh-common", "iv-common"]
    assert "inverse variance with a common effect was taken" in found[1].note.en


def test_weights_that_no_setting_gives_and_none_at_all():
    made = undeclared()
    wrong = tuple(TrialClaim("a", "", s.trial, "", "", "", "20.000000", s.file, s.line) for s in made.studies)
    found = declare(replace(made, trial_claims=wrong), ["a"]).analyses[0]
    assert "None of the" in found.note.en
    nothing = declare(made, ["a"]).analyses[0]
    assert (nothing.method, nothing.totals) == ("revman5", Totals.OVERALL)
    assert "No printed weight shows the method" in nothing.note.en
    assert declare(made, []) == made


# table and report


def test_the_table_comes_back_as_written_and_is_shown(tmp_path):
    claims = [
        *printed_of(pooled('{"tau2": "SJ"}'), *NAMES, places=3),
        claim("tau2", "0.9", 30, source="other"),
    ]
    made = form([*claims, claim("q", "1", 31, source="third")])
    given: list[Answer] = answers(claimed(made))
    assert [each.found.outcome for each in given] == [Outcome.UNIQUE, Outcome.NONE, Outcome.NONE]
    rows = identified_rows(given)
    write_table(tmp_path / "identification.csv", IdentifiedRow, rows)
    again = read_table(tmp_path / "identification.csv", IdentifiedRow)
    assert [(each.setting, each.off, each.enough) for each in again] == [
        (each.setting, each.off, each.enough) for each in rows
    ]
    for language, word in (("nb", "totaler"), ("en", "totals")):
        view = identification_view(again, made, language)
        assert word in view["short"].lower()
        assert [row["colour"] for row in view["rows"]] == ["minor", "minor", "exact"]
        assert all(row["setting"] and row["figures"] for row in view["rows"])
        assert view["rows"][0]["remarks"]
    assert identification_view([], made, "en") is None


def test_measures_without_tables_are_identified_too():
    trials = tuple(
        replace(study(f"T{n}", line=n + 2), experimental_mean=m, experimental_sd=2.0, experimental_total=40.0,
                control_mean=5.0, control_sd=1.5 + n, control_total=35.0)
        for n, m in enumerate((4.0, 5.5, 3.0))
    )  # fmt: skip
    of = analysis(Measure.SMD)
    row = pooled('{"smd": "exact"}', "reml", trials, of)
    found = checked(printed_of(row, *NAMES, places=4), of=of, studies=trials)
    assert {each.verdict for each in found} == {"other-method"}
    assert "SMD: Hedges’ g, exact" in found[0].reason.en
