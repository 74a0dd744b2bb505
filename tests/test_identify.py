"""Identification: which settings give what was published of a total. Made-up trials with known answers."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from repool.batch import Segments
from repool.identify.asked import FIGURES, Asked, Spans
from repool.identify.figures import Maker
from repool.identify.found import Identified, Outcome
from repool.identify.information import spare_bits
from repool.identify.search import identify
from repool.identify.settings import Setting, differing_fields, method_and_overrides, simplicity
from repool.identify.space import consistent, stages
from repool.identify.totals import totals_of
from repool.methods import COMPARISON, NAMED, applicable, declared, declared_method
from repool.model import Counts, Measure, Totals
from repool.printed import Printed, read_printed
from test_reproduce import analysis

pytestmark = pytest.mark.filterwarnings("error")

TABLES = [[12, 100, 25, 102], [0, 40, 6, 38], [9, 210, 30, 190], [5, 61, 4, 70], [22, 150, 24, 148]]
MEANS = [
    [5.1, 2.0, 40, 6.3, 2.2, 38], [4.0, 1.1, 22, 4.1, 1.3, 25], [7.2, 3.0, 60, 9.9, 2.8, 55],
    [6.0, 2.4, 31, 5.5, 2.0, 33],
]  # fmt: skip
GENERIC = [[0.7, 0.11], [0.9, 0.2], [1.3, 0.16], [0.55, 0.3]]
_COLUMNS = {
    "table": ("experimental_events", "experimental_total", "control_events", "control_total"),
    "means": (
        "experimental_mean", "experimental_sd", "experimental_total",
        "control_mean", "control_sd", "control_total",
    ),
    "generic": ("estimate", "se"),
}  # fmt: skip
KINDS = {
    Measure.RR: ("table", TABLES), Measure.OR: ("table", TABLES), Measure.RD: ("table", TABLES),
    Measure.PETO: ("table", TABLES), Measure.MD: ("means", MEANS), Measure.SMD: ("means", MEANS),
    Measure.GIV: ("generic", GENERIC),
}  # fmt: skip
EVERYTHING = frozenset({*FIGURES, "weights"})


def base(measure: Measure, name: str = "revman5", **changes: object) -> Setting:
    method = applicable(replace(declared(name, {}), **changes), measure)
    assert method is not None
    return Setting(consistent(method), measure, measure.is_ratio or measure is Measure.GIV)


def asked(
    measure: Measure, copies: int = 1, rows: Sequence[Sequence[float]] | None = None, **published: object
) -> Asked:
    """So many totals of the same trials, of which nothing but `published` (figures, weights) is."""
    kind, own = KINDS[measure]
    rows = own if rows is None else rows
    table = np.tile(np.array(rows, np.float64).reshape(-1, len(_COLUMNS[kind])), (copies, 1))
    figures = {name: spans for name, spans in published.items() if name != "weights"}
    return Asked(
        measure, measure.is_ratio or measure is Measure.GIV,
        dict(zip(_COLUMNS[kind], table.T, strict=True)),
        [f"Trial {1 + n % len(rows)}" for n in range(len(table))],
        Segments.of_counts([len(rows)] * copies), figures,
        published.get("weights", Spans.none(len(table))), np.arange(copies),
    )  # fmt: skip


def printed(value: float, places: int) -> Printed | None:
    return None if np.isnan(value) else read_printed(f"{value:.{places}f}", False)


def published_by(
    setting: Setting, names: Sequence[str], places: int = 6, rows: Sequence[Sequence[float]] | None = None
) -> Asked:
    """One total of which a setting's own figures were published."""
    plain = asked(setting.measure, rows=rows)
    made = Maker(plain).make(setting)
    figures = {
        name: Spans.of([printed(float(made.figures[name][0]), places)]) for name in names if name != "weights"
    }
    weights = Spans.of_weights([printed(w, places) for w in made.weights]) if "weights" in names else None
    return replace(plain, figures=figures, weights=weights or plain.weights)


def found(
    setting: Setting, names: Sequence[str], start: Setting, places: int = 6, **more: object
) -> Identified:
    (one,) = identify(published_by(setting, names, places, **more), start)
    return one


# the space of settings


@pytest.mark.parametrize(("measure", "name"), [*zip(KINDS, [*NAMED, "iv-common", "reml-hksj"], strict=True)])
def test_every_setting_can_be_declared(measure, name):
    for stage in stages(base(measure, name), EVERYTHING):
        for setting in stage.settings[::3]:
            name, overrides = method_and_overrides(setting)
            made = applicable(declared(name, overrides), setting.measure)
            assert made is not None
            assert replace(made, name="") == setting.method


def test_a_declaration_is_short():
    assert method_and_overrides(base(Measure.RR)) == ("revman5", {})
    assert method_and_overrides(base(Measure.MD)) == ("revman5", {})
    assert method_and_overrides(base(Measure.PETO, "iv-common")) == ("iv-common", {})
    for name, method in (NAMED | COMPARISON).items():
        if method.model == "random":
            assert method_and_overrides(base(Measure.RR, name)) == (name, {})
    assert method_and_overrides(base(Measure.RR, "mh-common", level=0.99)) == ("mh-common", {"level": 0.99})


@pytest.mark.parametrize("name", [*NAMED, *COMPARISON])
@pytest.mark.parametrize("overrides", ["", '{"level": 0.99}', '{"tau2": "PM", "weighting": "MH"}'])
def test_whatever_a_peto_odds_ratio_declares_is_weighted_by_its_own_v_and_can_be_declared_again(
    name: str, overrides: str
):
    own = declared_method(replace(analysis(Measure.PETO, name), overrides=overrides))
    assert (own.weighting, own.q_around) == ("Peto", "Peto")
    found, changes = method_and_overrides(Setting(consistent(own), Measure.PETO, True))
    again = applicable(declared(found, changes), Measure.PETO)
    assert again is not None
    assert replace(again, name="") == consistent(own)


def test_random_effects_of_peto_odds_ratios_are_declared_by_model_and_tau2_alone():
    assert method_and_overrides(base(Measure.PETO, "revman5")) == ("revman5", {})
    hksj = base(Measure.PETO, "revman-2025", ci="HKSJ", prediction="none")
    assert method_and_overrides(hksj)[1] == {"ci": "HKSJ", "prediction": "none"}


@pytest.mark.parametrize("measure", KINDS)
def test_the_order_of_settings_is_total(measure):
    start = base(measure)
    settings = {each for stage in stages(start, EVERYTHING) for each in stage.settings}
    keys = {simplicity(each, start) for each in settings}
    assert len(keys) == len(settings)
    first = min(settings, key=lambda each: simplicity(each, start))
    assert (first.method.model, first.measure, first.swapped) == ("common", measure, False)


def test_what_no_published_figure_depends_on_stays_as_declared():
    start = base(Measure.RR, "reml-hksj", level=0.99)
    for stage in stages(start, frozenset({"estimate"})):
        for setting in stage.settings:
            assert setting.method.level == 0.99
            assert setting.method.i2_from in (start.method.i2_from, "Q")
            assert setting.method.prediction in (start.method.prediction, "none")


# every dimension of the space is found


def settings_to_find(measure: Measure, published: frozenset[str]) -> list[Setting]:
    every = (s for stage in stages(base(measure), published) for s in stage.settings)
    return [each for each in dict.fromkeys(every) if each.tau2_from == "total"]


@pytest.mark.parametrize(
    ("measure", "names", "step"),
    [
        (Measure.RR, ("estimate", "ci_low", "ci_high", "tau2"), 13),
        (Measure.SMD, ("estimate", "i2"), 2),
        *(pytest.param(each, FIGURES, 13, marks=pytest.mark.slow) for each in KINDS),
    ],
)
def test_every_setting_is_found_from_its_own_figures(measure, names, step):
    """Or one with the same figures; whatever is returned gives what was published."""
    wanted = settings_to_find(measure, frozenset({*names, "weights"}))[::step]
    plain = asked(measure, len(wanted))
    made = [Maker(asked(measure)).make(each) for each in wanted]
    figures = {name: Spans.of([printed(float(each.figures[name][0]), 6) for each in made]) for name in names}
    weights = Spans.of_weights([printed(w, 6) for each in made for w in each.weights])
    answers = identify(replace(plain, figures=figures, weights=weights), base(measure))
    for setting, answer, own in zip(wanted, answers, made, strict=True):
        if np.isnan(own.figures["estimate"][0]):
            continue
        assert answer.settings, setting.label(base(measure)).en
        assert answer.nearest is None
        for each in answer.settings:
            again = Maker(asked(measure)).make(each)
            for name in answer.used:
                ours, theirs = (again.weights, own.weights) if name == "weights" else (
                    again.figures[name], own.figures[name]
                )  # fmt: skip
                assert np.allclose(ours, theirs, rtol=0, atol=1.1e-6), (name, each.label(base(measure)).en)
    assert len(wanted) > 10


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"tau2": "PM"}, ("estimate", "ci_low", "ci_high")),
        ({"tau2": "SJ"}, ("weights",)),
        ({"ci": "HKSJ"}, ("estimate", "ci_low", "ci_high")),
        ({"level": 0.9}, ("estimate", "ci_low", "ci_high")),
        ({"zero_cell_rule": "none"}, ("weights",)),
        ({"zero_cell_rule": "all"}, ("estimate", "ci_low", "ci_high")),
        ({"prediction": "t(k-1)"}, ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")),
        ({"i2_from": "tau2", "tau2": "REML"}, ("estimate", "i2", "tau2")),
    ],
)
def test_a_choice_is_named(change, names):
    start = base(Measure.RR, "dl", prediction="t(k-2)", i2_from="Q")
    setting = replace(start, method=replace(start.method, **change))
    answer = found(setting, names, start)
    field, value = next(iter(change.items()))
    assert value in {getattr(each.method, field) for each in answer.settings}
    assert getattr(start.method, field) not in {getattr(each.method, field) for each in answer.settings}


def test_swapped_events_and_other_measures_are_named():
    swapped = replace(base(Measure.RR), swapped=True)
    answer = found(swapped, ("estimate", "ci_low", "ci_high"), base(Measure.RR))
    assert (answer.simplest.swapped, answer.simplest.measure, answer.stage) == (True, Measure.RR, "measures")
    odds = published_by(base(Measure.OR, "iv-common"), ("estimate", "ci_low", "ci_high"))
    (answer,) = identify(replace(odds, measure=Measure.RR), base(Measure.RR))
    assert answer.simplest.measure is Measure.OR
    assert "computed as OR" in answer.simplest.label(base(Measure.RR)).en


@pytest.mark.parametrize("smd", ["exact", "glass"])
def test_the_standardised_difference_is_named(smd):
    start = base(Measure.SMD)
    answer = found(replace(start, method=replace(start.method, smd=smd)), ("estimate", "weights"), start)
    assert answer.simplest.method.smd == smd


@pytest.mark.parametrize("place", [0, 2, 3, 4])  # not the one with a zero cell: it has other ways to go
def test_a_trial_left_out_is_named(place):
    start = base(Measure.RR, "mh-common")
    names = ("estimate", "ci_low", "ci_high")
    short = published_by(start, names, rows=[row for n, row in enumerate(TABLES) if n != place])
    (answer,) = identify(replace(asked(Measure.RR), figures=short.figures), start)
    assert (answer.stage, answer.simplest.left_out) == ("left out", f"Trial {place + 1}")
    assert f"without Trial {place + 1}" in answer.simplest.label(start).en
    assert f"uten Trial {place + 1}" in answer.simplest.label(start).nb


def test_a_trial_with_a_printed_weight_was_not_left_out():
    weights = Spans.of_weights([printed(w, 2) for w in (30.0, 5.0, 25.0, 20.0, 20.0)])
    (answer,) = identify(asked(Measure.RR, weights=weights), base(Measure.RR))
    assert answer.outcome is Outcome.NONE
    assert answer.nearest.left_out == ""


def test_one_tau2_for_all_subgroups_is_named():
    start = base(Measure.RR, "dl", prediction="none")
    shared = replace(start, tau2_from="analysis")
    plain = replace(asked(Measure.RR, 2), analysis=np.zeros(2, np.int64))
    plain.columns["experimental_events"][:] = [12, 0, 9, 5, 22, 30, 8, 40, 14, 22]
    made = Maker(plain).make(shared)
    figures = {
        name: Spans.of([printed(float(x), 6) for x in made.figures[name]])
        for name in ("estimate", "ci_low", "ci_high")
    }
    answers = identify(replace(plain, figures=figures), start)
    assert [each.stage for each in answers] == ["one tau2"] * 2
    assert {each.simplest.tau2_from for each in answers} == {"analysis"}
    assert {each.simplest.method.tau2 for each in answers} == {"DL"}
    apart = identify(replace(plain, figures=figures, analysis=np.arange(2)), start)
    assert "one tau2" not in {each.stage for each in apart}


# outcomes


def test_choices_that_touch_no_trial_are_not_told_apart():
    start = base(Measure.RR, "iv-common")
    every = replace(start, method=replace(start.method, zero_cell_rule="all"))
    answer = found(every, ("estimate", "ci_low", "ci_high"), start)
    assert {each.method.double_zero for each in answer.settings} == {"drop"}
    assert "double_zero" not in answer.differ_in
    rows = [*TABLES, [0, 30, 0, 32]]
    kept = replace(every, method=replace(every.method, double_zero="keep"))
    answer = found(kept, ("estimate", "ci_low", "ci_high"), start, rows=rows)
    assert {each.method.double_zero for each in answer.settings} == {"keep"}


ALIKE = [[10, 100, 20, 100], [20, 200, 40, 200], [5, 50, 10, 50]]


def test_no_heterogeneity_makes_models_equivalent():
    answer = found(
        base(Measure.RR, "iv-common"), ("estimate", "ci_low", "ci_high"), base(Measure.RR), rows=ALIKE
    )
    assert answer.outcome is Outcome.EQUIVALENT
    models = [(each.method.weighting, each.method.model) for each in answer.settings]
    assert models[0] == ("MH", "common")
    assert ("IV", "random") in models
    assert {"model", "weighting"} <= {*answer.differ_in}
    assert "tau2" in answer.told_apart_by
    assert not {"estimate", "ci_low", "ci_high"} & {*answer.told_apart_by}


def test_what_tells_settings_apart_is_not_what_was_published():
    answer = found(base(Measure.RR, "dl"), ("estimate",), base(Measure.RR), places=1)
    assert answer.outcome is Outcome.EQUIVALENT
    assert "weights" in answer.told_apart_by
    sharper = found(base(Measure.RR, "dl"), ("estimate", "weights"), base(Measure.RR))
    assert sharper.outcome is Outcome.UNIQUE
    assert sharper.differ_in == sharper.told_apart_by == ()


def test_a_setting_of_a_plainer_stage_wins():
    start = base(Measure.RR, "iv-common")
    assert found(start, ("estimate", "ci_low", "ci_high"), start).stage == "plain"
    hksj = base(Measure.RR, "reml-hksj", prediction="none")
    assert found(hksj, ("estimate", "ci_low", "ci_high"), start).stage == "intervals"


def test_nothing_fits_and_the_nearest_is_said_figure_by_figure():
    start = base(Measure.RR, "mh-common")
    true = published_by(start, ("estimate", "ci_low", "ci_high"), 4)
    wrong = Spans(true.figures["estimate"].low + 0.05, true.figures["estimate"].high + 0.05)
    (answer,) = identify(replace(true, figures=dict(true.figures) | {"estimate": wrong}), start)
    assert answer.outcome is Outcome.NONE
    assert answer.settings == ()
    assert (answer.nearest.method.weighting, answer.nearest.method.model) == ("MH", "common")
    assert answer.off.keys() == {"estimate"}
    assert answer.off["estimate"] == pytest.approx(0.05, abs=1e-4)
    assert answer.tried > 100


def test_the_order_of_trials_and_company_in_the_batch_do_not_matter():
    setting, names = base(Measure.RR, "reml"), ("estimate", "ci_low", "ci_high")
    turned = [*reversed(TABLES)]
    one = found(setting, names, base(Measure.RR))
    other = found(setting, names, base(Measure.RR), rows=turned)
    assert one.settings == other.settings
    batch = published_by(setting, names)
    many = replace(
        asked(Measure.RR, 3),
        figures={
            name: Spans(*(np.array([np.nan, end[0], np.nan]) for end in (spans.low, spans.high)))
            for name, spans in batch.figures.items()
        },
    )
    answers = identify(many, base(Measure.RR))
    assert answers[1].settings == one.settings
    assert [each.outcome for each in answers] == [Outcome.NONE, one.outcome, Outcome.NONE]
    assert [each.tried for each in answers] == [0, one.tried, 0]


@pytest.mark.parametrize(
    "rows",
    [[], [[0, 40, 0, 38]], [[0, 0, 0, 0], [3, 10, 2, 10]], [[5, 3, 2, 9], [1, 9, 3, 8]], [[np.nan] * 4] * 2],
)
def test_trials_without_numbers_break_nothing(rows):
    figures = {name: Spans.of([read_printed("0.52", False)]) for name in ("estimate", "tau2", "p_effect")}
    (answer,) = identify(asked(Measure.RR, rows=rows, **figures), base(Measure.RR))
    assert answer.outcome is Outcome.NONE
    assert np.isfinite(answer.spare)


def test_bounds_and_rounding_are_read_as_printed():
    spans = Spans.of([read_printed(text, False) for text in ("0.50", "<0.001", ">12", "7")])
    assert spans.misses(np.array([0.495, 0.0004, 99.0, 7.5])).tolist() == [0.0] * 4
    assert (spans.misses(np.array([0.4949, 0.0011, 11.0, 7.6])) > 0).all()
    assert np.isinf(Spans.of([read_printed("1", False)]).misses(np.array([np.nan]))[0])
    assert Spans.none(1).misses(np.array([5.0]))[0] == 0


# how much figures say


def test_more_digits_and_fewer_settings_leave_more_to_spare():
    ours = {"estimate": 0.5, "ci_low": 0.3, "ci_high": 0.9, "i2": 40.0}

    def bits(places: int, tried: int, *names: str) -> float:
        half = 0.5 * 10.0**-places
        return spare_bits({n: (ours[n] - half, ours[n] + half) for n in names}, ours, True, tried)

    assert bits(3, 5, "estimate") - bits(2, 5, "estimate") == pytest.approx(np.log2(10), abs=0.01)
    assert bits(2, 5, "estimate") - bits(2, 500, "estimate") == pytest.approx(np.log2(100))
    assert bits(2, 5, "estimate", "ci_low") > bits(2, 5, "estimate")
    both = bits(2, 5, "estimate", "ci_low", "ci_high")  # symmetric: one limit follows from the other
    assert both == max(bits(2, 5, "estimate", each) for each in ("ci_low", "ci_high"))
    assert bits(2, 5, "estimate", "i2") > bits(2, 5, "estimate")
    assert spare_bits({"p_effect": (-np.inf, 0.001)}, ours, True, 1) == 0
    assert spare_bits({"weights": (4.0, 1e-6)}, ours, True, 5) > 60


def test_totals_from_the_sums_of_weights():
    def of(
        weights: list[float | None], subgroups: str, counts: Sequence[Counts] | None = None
    ) -> Totals | None:
        shown = [None if w is None else read_printed(f"{w:.6f}", False) for w in weights]
        return totals_of(shown, list(subgroups), counts or [Counts.BOTH] * len(shown))

    assert of([60, 40], "  ") is Totals.OVERALL
    assert of([60, 40, None, 99.999999, 0.000001], "aaabb") is Totals.SUBGROUPS
    assert of([30, 30, 40], "aab") is Totals.OVERALL
    assert of([0, 0, None], "aab") is Totals.NONE
    assert of([None, None], "ab") is None
    assert of([60, 30], "ab") is None
    assert of([100, None], "aa") is Totals.OVERALL
    assert of([50, 50, 20], "ab ", [Counts.SUBGROUP, Counts.BOTH, Counts.OVERALL]) is Totals.OVERALL


def test_fields_that_differ():
    one, two = base(Measure.RR, "iv-common"), base(Measure.RR, "reml", prediction="none")
    assert differing_fields((one, two)) == ("model",)  # without a tau2 there is no estimator to differ
    assert differing_fields((two, base(Measure.RR, "dl", prediction="none"))) == ("tau2",)
    assert differing_fields((one, one)) == ()
    assert differing_fields(()) == ()
