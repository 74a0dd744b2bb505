"""Packages without their settings file: what subgroup estimates say of the method, against the truth."""

import math
import random
from collections import Counter
from pathlib import Path

import pytest

from packages import Rows, events, means, outcome, package, read
from repool.meta_analysis import analyse
from repool.methods import Method, declared_method
from repool.model import Analysis, NormalForm
from repool.reproduce import check_claims
from repool.verdicts import Verdict

pytestmark = pytest.mark.filterwarnings("error")

NAME = "CD990001"
DL = {"Heterogeneity estimator": "DerSimonian and Laird"}
#: What RevMan offers: generation, model, weighting, and what else its settings say.
OFFERED: list[tuple[str, bool, str, dict[str, str]]] = [
    ("new", True, "MH", {"CI method": "HKSJ"}),
    ("new", True, "IV", {"CI method": "HKSJ"}),
    ("new", True, "MH", {"CI method": "Wald"}),
    ("new", True, "MH", DL | {"CI method": "Wald"}),
    ("new", True, "IV", DL | {"CI method": "HKSJ"}),
    ("new", False, "MH", {}),
    ("old", True, "MH", {}),
    ("old", True, "IV", {}),
    ("old", False, "MH", {}),
    ("old", False, "IV", {}),
]
MEASURES = ("Risk Ratio", "Odds Ratio", "Risk Difference", "Mean Difference", "Hazard Ratio")
KINDS = {"Mean Difference": "Continuous", "Hazard Ratio": "Contrast level"}


def trials(chance: random.Random, measure: str, subgroups: int, count: int) -> Rows:
    """Made-up trials of more or less the same effect, shared out to subgroups."""
    spread, rows = chance.choice((0.0, 0.3, 0.8)), []
    for number in range(count):
        name, sizes = f"Trial{number} {1990 + number}", [chance.randint(20, 200) for _ in range(2)]
        effect = chance.gauss(-0.2, spread)
        if measure == "Hazard Ratio":
            row: dict[str, object] = {
                "Study": name, "GIV Mean": round(effect, 2), "GIV SE": round(chance.uniform(0.1, 0.4), 2),
            }  # fmt: skip
        elif measure == "Mean Difference":
            sds = [round(chance.uniform(3, 6), 1) for _ in range(2)]
            row = means(name, round(10 + 3 * effect, 1), sds[0], sizes[0], 10, sds[1], sizes[1])
        else:
            risk = chance.uniform(0.1, 0.4)
            risks = (min(0.9, risk * math.exp(effect)), risk)
            cells = [sum(chance.random() < p for _ in range(n)) for p, n in zip(risks, sizes, strict=True)]
            row = events(name, cells[0], sizes[0], cells[1], sizes[1])
        rows.append(row | ({"Subgroup": "ABC"[number % subgroups]} if subgroups else {}))
    return rows


def told(method: Method) -> tuple[str, ...]:
    """What of a method its figures can show."""
    if method.model == "common":
        return (method.weighting,)
    around = method.q_around if method.tau2 == "DL" else ""
    return method.tau2, around, method.ci


def both(folder: Path, seed: int, few: bool = False) -> tuple[tuple[Analysis, ...], NormalForm]:
    """The analyses of a made-up package as declared, and the same package without its settings file."""
    chance = random.Random(seed)
    generation, is_random, weighting, more = OFFERED[seed % len(OFFERED)]
    outcomes = []
    for number in range(8):
        measure, subgroups = chance.choice(MEASURES), chance.choice((0, 2, 3))
        kind = KINDS.get(measure, "Dichotomous")
        apart = {"Overall estimates": "false"} if subgroups and chance.random() < 0.25 else {}
        rows = trials(chance, measure, subgroups, chance.randint(*((2, 4) if few else (3, 9))))
        outcomes.append(
            outcome(
                f"1.{number + 1}", f"Outcome {number}", kind, measure, rows, random=is_random,
                method=weighting if kind == "Dichotomous" else "IV",
                **({"Prediction interval": "false"} | more | apart),
            )
        )  # fmt: skip
    made = []
    texts = package(outcomes, generation, folder)
    for name in ("settings", "none"):
        (folder / name / NAME).mkdir(parents=True)
        for path, text in texts.items():
            if name == "settings" or "settings" not in path:
                (folder / name / NAME / path).write_text(text, "utf-8")
        form, problems = read(folder / name, NAME)
        assert form is not None, problems.errors
        made.append(form)
    return made[0].analyses, made[1]


def outcomes_of(folder: Path, seed: int, few: bool = False) -> Counter[str]:
    """How many analyses are right, uncertain (and said to be) or wrong; every figure must follow."""
    truth, form = both(folder, seed, few)
    checked = check_claims(form, analyse(form))
    assert {each.verdict for each in checked} <= {Verdict.EXACT}, seed
    counts: Counter[str] = Counter()
    for true, found in zip(truth, form.analyses, strict=True):
        if (told(declared_method(true)), true.totals) == (told(declared_method(found)), found.totals):
            counts["right"] += 1
        else:
            counts["wrong" if "no other of" in found.note.en else "uncertain"] += 1
    return counts


@pytest.mark.parametrize("seed", [1, 4])
def test_subgroup_figures_tell_model_and_interval(tmp_path: Path, seed: int) -> None:
    counts = outcomes_of(tmp_path, seed)
    assert counts["right"] >= 7
    assert not counts["wrong"]


def test_few_trials_leave_a_method_uncertain_and_never_wrongly_unique(tmp_path: Path) -> None:
    assert not outcomes_of(tmp_path, 1001, few=True)["wrong"]


def test_m_h_with_reml_and_hksj_is_found_with_the_q_around_it(tmp_path: Path) -> None:
    _, form = both(tmp_path, 0)
    methods = [declared_method(each) for each in form.analyses if each.measure in ("RR", "OR", "RD")]
    of_q = {each.analysis for each in form.claims if each.quantity == "q"}
    known = [each for each in form.analyses if each.analysis in of_q and each.measure in ("RR", "OR", "RD")]
    assert known
    assert {(m.weighting, m.q_around, m.tau2, m.ci, m.i2_from) for m in map(declared_method, known)} == {
        ("MH", "MH", "REML", "HKSJ", "tau2")
    }
    assert {each.ci for each in methods} == {"HKSJ"}  # of those without subgroups too: the review's usual
    assert all("the printed weights and the figures of subgroups" in each.note.en for each in known)


def test_where_nothing_shows_an_interval_the_note_says_so(tmp_path: Path) -> None:
    rows = trials(random.Random(3), "Risk Ratio", 0, 6)
    texts = package(
        [outcome("1.1", "Falls", "Dichotomous", "Risk Ratio", rows, random=True, method="MH")],
        "old",
        tmp_path,
    )
    (tmp_path / "raw" / NAME).mkdir(parents=True)
    for path, text in texts.items():
        if path.endswith("data-rows.csv"):
            (tmp_path / "raw" / NAME / path).write_text(text, "utf-8")
    form, _ = read(tmp_path / "raw", NAME)
    assert form is not None
    note = form.analyses[0].note
    assert "Weights do not show how the confidence interval was made; Wald was taken." in note.en
    assert "Vektene viser ikke hvordan konfidensintervallet er laget; Wald er tatt." in note.nb


@pytest.mark.slow
def test_560_made_up_analyses_are_right_or_said_to_be_uncertain(tmp_path: Path) -> None:
    counts, few = Counter[str](), Counter[str]()
    for seed in range(30):
        counts += outcomes_of(tmp_path / f"{seed}", 100 + seed)
    for seed in range(40):
        few += outcomes_of(tmp_path / f"few{seed}", 200 + seed, few=True)
    assert counts["right"] >= 0.97 * counts.total()
    assert counts["wrong"] == few["wrong"] == 0
