"""Published figures of single trials: each verdict, from small made-up reviews with known answers."""

from dataclasses import replace
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from conftest import ROOT
from repool.batch import Segments
from repool.estimates import Estimates
from repool.identify.figures import stopped_reml
from repool.meta_analysis import analyse
from repool.model import (
    Analysis,
    Bilingual,
    Counts,
    Direction,
    Measure,
    NormalForm,
    Review,
    Status,
    Study,
    Totals,
    TrialClaim,
)
from repool.pages import environment
from repool.results import read_results, write_results
from repool.tables import read_table, write_table
from repool.trial_figures import FIGURES, CheckedTrial, check_trials, figures_by_verdict
from repool.trial_figures_view import SHOWN, trial_figures_view
from repool.trial_reasons import told_apart
from repool.trial_weights import tau2_behind
from repool.verdicts import Verdict
from repool.words import WORDS

TEXT = Bilingual("noe", "something")
REVIEW = Review("toy", TEXT, "Toy", "free", TEXT, TEXT, TEXT, "", "", (), (), ())
DATA = ((4, 40, 9, 41), (12, 100, 30, 95), (7, 60, 5, 66))
NOTHING = dict.fromkeys(FIGURES, "")


def analysis(measure: Measure = Measure.RR, method: str = "iv-common", **more: object) -> Analysis:
    plain = Analysis(
        "1.1", TEXT, measure, measure.is_ratio, TEXT, TEXT, Direction.NEUTRAL, TEXT, TEXT, "", method, "",
        "", TEXT, file="rows.csv", line=2,
    )  # fmt: skip
    return replace(plain, **more)


def study(line: int, *table: float, **more: object) -> Study:
    a, n1, c, n2 = table or (None,) * 4
    plain = Study(
        "1.1", "", f"Trial {line}", Status.REPORTED if table else Status.UNKNOWN, a, n1, None, None, c, n2,
        None, None, None, None, None, None, None, None, "", "rows", "", "", "", file="rows.csv", line=line,
    )  # fmt: skip
    return replace(plain, **more)


def means(line: int, *cells: float) -> Study:
    names = [f"{arm}_{name}" for arm in ("experimental", "control") for name in ("mean", "sd", "total")]
    return study(line, status=Status.REPORTED, **dict(zip(names, cells, strict=True)))


STUDIES = tuple(study(line, *table) for line, table in enumerate(DATA, start=2))


def form_of(
    *claims: TrialClaim, of: Analysis | None = None, studies: tuple[Study, ...] = STUDIES
) -> NormalForm:
    return NormalForm(REVIEW, (of or analysis(),), studies, (), (), claims)


def claims_of(form: NormalForm, digits: int = 6) -> list[TrialClaim]:
    """What RevMan would print of the rows of a review."""
    claims = []
    for each in analyse(form).effects:
        texts = {
            name: "" if (value := getattr(each, name)) is None else f"{value:.{digits}f}" for name in FIGURES
        }
        claims.append(
            TrialClaim(each.analysis, each.subgroup, each.trial, **texts, file=each.file, line=each.line)
        )
    return claims


def checked(form: NormalForm) -> tuple[CheckedTrial, ...]:
    return check_trials(form, analyse(form))


def one(claim: dict[str, str], of: Analysis | None = None, row: Study = STUDIES[0]) -> CheckedTrial:
    """What is said of a single row."""
    known = TrialClaim("1.1", row.subgroup, row.trial, **(NOTHING | claim), file=row.file, line=row.line)
    (found,) = checked(form_of(known, of=of, studies=(row,)))
    return found


def printed(y: float, se: float, level: float = 0.95, digits: int = 6) -> dict[str, str]:
    reach = float(ndtri(0.5 + level / 2)) * se
    return {
        name: f"{exp(value):.{digits}f}"
        for name, value in zip(FIGURES, (y, y - reach, y + reach), strict=False)
    }


def risks(a: float, n1: float, c: float, n2: float) -> tuple[float, float]:
    return log(a / n1 / (c / n2)), sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2)


def odds(a: float, n1: float, c: float, n2: float) -> tuple[float, float]:
    b, d = n1 - a, n2 - c
    return log(a * d / (b * c)), sqrt(1 / a + 1 / b + 1 / c + 1 / d)


@pytest.mark.parametrize("digits", [2, 6, 15])
def test_exact_in_every_printed_digit(digits, tmp_path):
    form = form_of()
    claims = claims_of(form, digits)
    form = form_of(*claims)
    write_results(tmp_path, analyse(form))  # twelve digits are left
    for each in check_trials(form, read_results(tmp_path)):
        assert each.verdicts == (Verdict.EXACT,) * 4
        assert not each.reason
        assert (each.published_estimate, each.file) == (claims[each.line - 2].estimate, "rows.csv")
    off = max(3 * 10**-digits, 1e-8)  # tables hold no more
    moved = replace(claims[1], weight=f"{float(claims[1].weight) + off:.{digits}f}")
    found = checked(form_of(claims[0], moved, claims[2]))
    assert [each.verdict_weight is Verdict.EXACT for each in found] == [True, False, True]


def test_rows_are_matched_by_their_place_not_their_name():
    twins = (STUDIES[0], replace(STUDIES[1], trial=STUDIES[0].trial), STUDIES[2])
    claims = claims_of(form_of(studies=twins))
    found = checked(form_of(*reversed(claims), studies=twins))
    assert [each.line for each in found] == [4, 3, 2]
    assert figures_by_verdict(found)[Verdict.EXACT] == 12


def test_nothing_published_nothing_judged():
    assert checked(form_of()) == ()
    empty = study(2, 0, 40, 0, 41)
    found = one(NOTHING, row=empty)
    assert (found.verdicts, found.estimate, bool(found.reason)) == ((None,) * 4, None, False)
    assert sum(figures_by_verdict([found]).values()) == 0
    assert list(figures_by_verdict([])) == list(Verdict)


def test_a_weight_of_zero_is_no_weight():
    found = one({"weight": "0.000000"}, row=study(2, 0, 40, 0, 41))
    assert found.verdict_weight is Verdict.EXACT
    none = checked(form_of(*(replace(each, weight="0") for each in claims_of(form_of())),
                           of=analysis(totals=Totals.NONE)))  # fmt: skip
    assert {each.verdict_weight for each in none} == {Verdict.EXACT}


def test_nothing_printed_of_a_row_that_gives_an_effect():
    found = one(NOTHING)
    assert found.verdicts == (None,) * 4
    assert found.reason.en == "Nothing is printed, yet the row gives 0.455556."
    assert found.reason.nb == "Ingenting er trykt, men raden gir 0,455556."


@pytest.mark.parametrize(
    ("figures", "how"),
    [
        (printed(*risks(*DATA[0]), level=0.99), "Read as RR, 99% CI."),
        (printed(*odds(*DATA[0])), "Read as OR."),
        (printed(*risks(36, 40, 32, 41)), "Read as RR, event and non-event swapped."),
    ],
)
def test_the_effect_follows_in_another_way(figures, how):
    found = one(figures)
    assert Verdict.OTHER_METHOD in found.verdicts
    assert set(found.verdicts[:3]) <= {Verdict.OTHER_METHOD, Verdict.EXACT}
    assert found.reason.en.endswith(how)


def test_limits_as_logs():
    row = means(2, 20, 3, 20, 12, 4, 25)
    se = sqrt(9 / 20 + 16 / 25)
    low, high = (f"{log(8 + sign * float(ndtri(0.975)) * se):.6f}" for sign in (-1, 1))
    found = one({"ci_low": low, "ci_high": high}, of=analysis(Measure.MD), row=row)
    assert found.verdicts == (None, Verdict.OTHER_METHOD, Verdict.OTHER_METHOD, None)
    assert "The limits are the logs of those of the mean difference" in found.reason.en


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"estimate": "0.455555"}, Verdict.ROUNDING),
        ({"estimate": "0.45"}, Verdict.ROUNDING),
        ({"estimate": "0.47"}, Verdict.MINOR),
        ({"estimate": "0.65"}, Verdict.MAJOR),
        ({"estimate": "1.45"}, Verdict.CONCLUSION),
        ({"estimate": "0.455556", "ci_low": "0.15", "ci_high": "0.99"}, Verdict.CONCLUSION),
        ({"estimate": "0.455556", "ci_low": "0.152000", "ci_high": "1.355"}, Verdict.MINOR),
        ({"estimate": "a"}, Verdict.NOT_ATTEMPTABLE),
        ({"estimate": "-"}, Verdict.NOT_ATTEMPTABLE),
        ({"estimate": "NaN"}, Verdict.NOT_ATTEMPTABLE),
        ({"estimate": "1e400000000"}, Verdict.NOT_ATTEMPTABLE),
        ({"estimate": "4.6E-1"}, Verdict.EXACT),
        ({"estimate": "0.455556"}, Verdict.EXACT),
    ],
)
def test_how_far_off_an_effect_is(figures, verdict):
    found = one(figures)
    verdicts = [each for each in found.verdicts if each]
    assert verdict in verdicts
    assert set(verdicts) <= {verdict, Verdict.EXACT}
    assert bool(found.reason) == (verdict is not Verdict.EXACT)


def test_rows_without_data_or_without_an_effect():
    unknown, empty = study(2), study(2, 0, 40, 0, 41)
    for row, why in ((unknown, "The trial has no data."), (empty, "By the rules used here")):
        found = one({"estimate": "0.5", "ci_low": "0.1", "ci_high": "2", "weight": "10"}, row=row)
        assert set(found.verdicts) == {Verdict.NOT_ATTEMPTABLE}
        assert found.reason.en.startswith(why)
    elsewhere = TrialClaim("1.1", "", "Other", "0.5", "", "", "", "rows.csv", 99)
    assert checked(form_of(elsewhere))[0].reason.en == "The row is not among the trials."


def test_an_impossible_number_is_a_suspected_error():
    row = study(2, 84, 21, 2, 20)
    found = one({"estimate": "3.5"}, row=row)
    assert found.verdict_estimate is Verdict.INPUT_ERROR
    assert "impossible number" in found.reason.en
    assert not any(one(NOTHING, row=row).verdicts)  # nothing is printed, and nothing computed


def test_weights_of_another_method():
    claims = claims_of(form_of(of=analysis(method="mh-common")))
    found = checked(form_of(*claims))
    assert {each.verdict_weight for each in found} == {Verdict.OTHER_METHOD}
    assert {each.verdict_estimate for each in found} == {Verdict.EXACT}
    assert found[0].reason.en == "The weight follows from M-H, common effect, Wald, 95% CI."
    one_off = replace(claims[0], weight="11.000000")  # then no method gives all of them
    found = checked(form_of(one_off, *claims[1:]))
    assert {each.verdict_weight for each in found} <= {Verdict.MINOR, Verdict.MAJOR}
    assert found[0].reason.nb.startswith("Ingen av metodene gir vekten; analysens egen gir ")


def test_a_weight_within_half_a_thousandth():
    claims = claims_of(form_of())
    near, far = (f"{float(claims[0].weight) + off:.6f}" for off in (0.0004, 0.0006))
    found = [checked(form_of(replace(claims[0], weight=text), *claims[1:]))[0] for text in (near, far)]
    assert [each.verdict_weight for each in found] == [Verdict.ROUNDING, Verdict.MINOR]


@pytest.mark.parametrize(("off", "verdict"), [(1.002, Verdict.ROUNDING), (1.5, Verdict.MINOR)])
def test_an_iteration_that_stopped_earlier(off, verdict):
    rows = tuple(study(line, *table) for line, table in enumerate(((2, 90, 30, 95), *DATA), start=2))
    of = analysis(method="reml")
    effects = analyse(form_of(of=of, studies=rows))
    (tau2,) = (each.tau2 for each in effects.pooled if each.role == "declared")
    v = [each.se**2 for each in effects.effects]
    total = sum(1 / (each + off * tau2) for each in v)
    claims = [
        replace(claim, weight=f"{100 / (each + off * tau2) / total:.6f}")
        for claim, each in zip(claims_of(form_of(of=of, studies=rows)), v, strict=True)
    ]
    found = [each for each in checked(form_of(*claims, of=of, studies=rows)) if each.reason]
    assert {each.verdict_weight for each in found} == {verdict}
    assert ("an iteration that stopped earlier" in found[0].reason.en) == (verdict is Verdict.ROUNDING)


#: Effects and variances of which REML's tau2 is 0, and 6e-9 where RevMan stops.
SMALL = ([0.05, 0.01, 0.38, 0.31], [0.005, 0.021, 0.062, 0.038])


@pytest.mark.parametrize("totals", [Totals.OVERALL, Totals.SUBGROUPS])
def test_reml_as_revman_stops_it_in_every_total_also_where_ours_is_0(totals):
    y, v = np.array(SMALL)
    rows = tuple(
        study(line, status=Status.REPORTED, estimate=float(at), se=float(sqrt(spread)), subgroup=group)
        for line, (at, spread, group) in enumerate(
            [(*each, group) for group in ("one", "two") for each in zip(y, v, strict=True)], start=2
        )
        if totals is Totals.SUBGROUPS or group == "one"
    )
    of = analysis(Measure.GIV, method="reml", totals=totals)
    claims = claims_of(form_of(of=of, studies=rows))
    raw = 1 / (v + stopped_reml(Estimates.of(y, v, Segments.of_counts([4])))[0])
    heavy = [f"{each:.15f}" for each in 100 * raw / raw.sum()]
    printed_so = [replace(c, weight=heavy[n % 4]) for n, c in enumerate(claims)]
    found = checked(form_of(*printed_so, of=of, studies=rows))
    assert {each.verdict_weight for each in found} == {Verdict.ROUNDING}
    assert {each.reason.en for each in found} == {
        "The weights follow from τ² = 0.000000006109, where ours is 0: an iteration that stopped earlier."
    }
    other = checked(form_of(*[replace(c, weight=f"{float(c.weight) + 2e-5:.6f}") for c in claims], of=of,
                            studies=rows))  # fmt: skip
    assert {each.reason.en for each in other} == {"The weight agrees within 0.0005 points."}


def test_two_numbers_are_shown_with_as_many_digits_as_differ():
    texts = [[each.en for each in told_apart(one, other)] for one, other in (
        (0.1302156692, 0.1302156693), (0.5, 0.25), (0.25, 0.25),
    )]  # fmt: skip
    assert texts[0] == ["0.1302156692", "0.1302156693"]
    assert texts[1] == ["0.500000000", "0.250000000"]
    assert texts[2][0] == texts[2][1]
    assert told_apart(0.12, 0.13)[0].nb == "0,120000000"


def test_the_tau2_behind_weights():
    v = np.array([0.1, 0.02, 0.5])
    for tau2 in (0.0, 0.03, 0.7):
        raw = 1 / (v + tau2)
        printed = np.round(100 * raw / raw.sum(), 6)
        assert tau2_behind(v, printed) == pytest.approx(tau2, abs=1e-5)
    moved = printed + np.array([0.001, -0.001, 0])
    for weights in (moved, np.zeros(3), np.full(3, 100 / 3)):
        assert np.isnan(tau2_behind(v, weights))
    assert np.isnan(tau2_behind(v[:1], np.array([100.0])))


@pytest.mark.parametrize("method", ["iv-common", "mh-common"])
def test_weights_of_subgroup_totals(method):
    rows = tuple(
        study(line, *table, subgroup="first" if line < 4 else "second")
        for line, table in enumerate((*DATA, *DATA), start=2)
    )
    of = analysis(method=method, totals=Totals.SUBGROUPS)
    claims = claims_of(form_of(of=of, studies=rows))
    assert sum(float(each.weight) for each in claims) == pytest.approx(200, abs=1e-4)
    found = checked(form_of(*claims, of=analysis(totals=Totals.SUBGROUPS), studies=rows))
    expected = Verdict.EXACT if method == "iv-common" else Verdict.OTHER_METHOD
    assert {each.verdict_weight for each in found} == {expected}


def tau2_of(y: np.ndarray, v: np.ndarray) -> float:
    """DerSimonian & Laird 1986."""
    w = 1 / v
    q = (w * (y - (w * y).sum() / w.sum()) ** 2).sum()
    return max(0.0, (q - len(y) + 1) / (w.sum() - (w**2).sum() / w.sum()))


def test_weights_of_a_trial_in_parts():
    """Trial D has two rows in subgroups and a combined one in the overall total."""
    y, v = np.array([0.1, 0.9, -0.4, 0.5, 1.4, 0.8]), np.array([0.04, 0.02, 0.05, 0.08, 0.10, 0.05])
    counts = [Counts.BOTH] * 3 + [Counts.SUBGROUP] * 2 + [Counts.OVERALL]
    rows = tuple(
        study(line, status=Status.REPORTED, trial=name, subgroup=group, counts_in=each, estimate=float(at),
              se=float(sqrt(spread)))
        for line, (name, group, each, at, spread) in enumerate(
            zip("ABCDDD", ("one", "two", "one", "one", "two", ""), counts, y, v, strict=True), start=2
        )
    )  # fmt: skip
    overall, grouped = [0, 1, 2, 5], [0, 1, 2, 3, 4]
    first, second = tau2_of(y[overall], v[overall]), tau2_of(y[grouped], v[grouped])
    assert 0 < first != second > 0
    whole = 1 / (v[5] + first)
    raw = 1 / (v + second)
    raw[3], raw[4] = whole * 10 / 18, whole * 8 / 18  # 1/0.08 and 1/0.10 of their sum
    expected = 100 * raw / raw[grouped].sum()
    expected[5] = 100 * whole / (1 / (v[overall] + first)).sum()
    of = analysis(Measure.GIV, method="dl")
    claims = claims_of(form_of(of=of, studies=rows))
    printed_so = [replace(c, weight=f"{w:.6f}") for c, w in zip(claims, expected, strict=True)]
    found = checked(form_of(*printed_so, of=of, studies=rows))
    assert {each.verdict_weight for each in found} == {Verdict.EXACT}
    assert [each.weight for each in found] == pytest.approx(expected, rel=1e-10)
    plain = checked(form_of(*claims, of=of, studies=rows))
    assert any(each.verdict_weight is not Verdict.EXACT for each in plain)  # effects.csv has other shares


def test_the_table_reads_back(tmp_path: Path):
    claims = [*claims_of(form_of())[:2], replace(claims_of(form_of())[2], estimate="0.7", weight="")]
    found = checked(form_of(*claims))
    for name in ("first", "second"):
        write_table(tmp_path / name, CheckedTrial, found)
    again = read_table(tmp_path / "first", CheckedTrial)
    assert [each.verdicts for each in again] == [each.verdicts for each in found]
    assert [each.reason for each in again] == [each.reason for each in found]
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    write_table(tmp_path / "none", CheckedTrial, ())
    assert read_table(tmp_path / "none", CheckedTrial) == ()


def test_the_section_of_the_report():
    claims = claims_of(form_of())
    form = form_of(replace(claims[0], estimate="0.65"), *claims[1:])
    view = trial_figures_view(checked(form), form, "nb")
    assert view["intro"].endswith("Rader: 3. Tall: 12.")
    assert [(each["verdict"], each["text"]) for each in view["counts"]] == [
        ("exact", "nøyaktig: 11"), ("major", "stort avvik: 1")
    ]  # fmt: skip
    (row,) = view["rows"]
    assert row["published"][0].startswith("0,65 (")
    assert row["ours"][0].startswith("0,455556 (")
    assert (row["trial"], row["place"], view["rest"]) == ("Trial 2", "rows.csv:2", "")
    assert trial_figures_view((), form, "en") == {}
    many = checked(form)[:1] * (SHOWN + 2)
    assert len(trial_figures_view(many, form, "en")["rows"]) == SHOWN
    assert trial_figures_view(many, form, "en")["rest"].startswith("2 more such rows")


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_section_is_escaped_html(language):
    hostile = replace(STUDIES[0], trial="<b>Trial</b>")
    form = form_of(*claims_of(form_of(studies=(hostile,))), studies=(hostile,))
    form = replace(form, trial_claims=(replace(form.trial_claims[0], estimate="0.7"),))
    view = trial_figures_view(checked(form), form, language)
    template = environment(ROOT / "workflow" / "report").get_template("_trial_figures.html.j2")
    words = {name: text[language] for name, text in WORDS.items()}
    page = template.render(v={"trial_figures": view}, w=words, language=language)
    assert "&lt;b&gt;Trial&lt;/b&gt;" in page
    assert "<b>" not in page
    assert page.count("<tr>") == 2
