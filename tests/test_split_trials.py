"""A trial with a row in each subgroup and a combined one in the overall result: weights agree everywhere."""

from pathlib import Path

import pytest

from packages import bare, events, outcome, read
from repool.figures import forest_plot
from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.results import Results
from repool.trace.cells import Tracer

pytestmark = pytest.mark.filterwarnings("error")

NAME = "CD990001"
ROWS = [
    events("Ahl 2000", 5, 40, 9, 40, Subgroup="x", Applicability="SUBGROUP_ONLY"),
    events("Berg 2001", 7, 60, 12, 55, Subgroup="x"),
    events("Ahl 2000", 3, 42, 9, 40, Subgroup="y", Applicability="SUBGROUP_ONLY"),
    events("Dahl 2003", 11, 90, 19, 85, Subgroup="y"),
    events("Ahl 2000", 8, 82, 9, 40, Applicability="OVERALL_ONLY"),
]


def made(folder: Path, totals: str = "true") -> tuple[NormalForm, Results]:
    each = outcome(
        "1.1", "Falls", "Dichotomous", "Risk Ratio", ROWS if totals == "true" else ROWS[:4], random=True,
        **{"Overall estimates": totals},
    )  # fmt: skip
    (folder / "raw" / NAME).mkdir(parents=True)
    for path, text in bare([each], "old").items():
        (folder / "raw" / NAME / path).write_text(text, "utf-8")
    form, problems = read(folder / "raw", NAME)
    assert form is not None, problems.errors
    return form, analyse(form)


def test_the_weight_of_a_row_is_its_share_of_the_overall_result_and_nothing_else(tmp_path: Path) -> None:
    form, results = made(tmp_path)
    weights = [each.weight for each in results.effects]
    assert [each is None for each in weights] == [True, False, True, False, False]
    assert sum(each or 0.0 for each in weights) == pytest.approx(100)
    method = results.effects[0].method
    overall = [each.weight for each in results.weights if each.method == method and not each.scope]
    assert sorted(each for each in weights if each is not None) == pytest.approx(sorted(overall))
    plot = forest_plot(form, results, "1.1", "en")
    shown = [group.subtotal.weight for group in plot.groups if group.subtotal]
    assert shown == pytest.approx([weights[1], weights[3]])


def test_without_an_overall_total_a_weight_is_its_subgroups(tmp_path: Path) -> None:
    _, results = made(tmp_path, "false")
    weights = [each.weight or 0.0 for each in results.effects]
    assert [weights[0] + weights[1], weights[2] + weights[3]] == pytest.approx([100, 100])


@pytest.mark.parametrize("totals", ["true", "false"])
def test_every_weight_of_a_trial_can_be_followed_back(tmp_path: Path, totals: str) -> None:
    form, results = made(tmp_path, totals)
    tracer = Tracer(form, results, (), ())
    for place, each in enumerate(results.effects):
        found = tracer.cell("effects", place, "weight")
        assert (found.quantity is None) is (each.weight is None)
        if found.quantity is not None:
            assert found.quantity.value == pytest.approx(each.weight)
