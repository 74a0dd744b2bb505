"""RevMan 5 files: every kind of outcome read, every figure compared, every damage named."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from repool.meta_analysis import analyse
from repool.model import Direction, Measure, NormalForm, Totals
from repool.printed import read_printed
from repool.readers.revman5.digits import as_published, probability
from repool.readers.revman5.trials import spelt_out
from repool.reproduce import check_claims
from repool.verdicts import Verdict
from revman5_files import TABLES, Outcome, computed, events, every_kind, read, rm5, settings, studies


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """Outcomes of every kind with the figures that this engine computes of them, at full precision."""
    return computed(every_kind(), tmp_path_factory.mktemp("computed"))


@pytest.fixture(scope="module")
def form(outcomes: list[Outcome], tmp_path_factory: pytest.TempPathFactory) -> NormalForm:
    """The same, written as a file and read."""
    made, problems = read(rm5(outcomes), tmp_path_factory.mktemp("every-kind"))
    assert made is not None, problems.found
    assert problems.found == []
    return made


def test_every_published_total_is_found_and_exact(form: NormalForm) -> None:
    checked = check_claims(form, analyse(form))
    assert [each for each in checked if each.verdict is not Verdict.EXACT] == []
    figures = {each.analysis: 0 for each in form.analyses} | {each.analysis: 0 for each in form.claims}
    for claim in form.claims:
        figures[claim.analysis] += 1
    # effect 3, Z 2, heterogeneity 4 or 5 (tau2), arms 4, 2 or none, number of trials; subgroups on top
    assert figures == {
        "1.1": 15, "1.2": 3 + 14 + 10 + 14, "1.3": 14, "1.4": 15, "1.5": 14, "1.6": 14, "1.7": 3 + 15 + 10,
        "1.8": 13, "1.9": 12, "1.10": 0, "1.11": 11, "1.12": 10, "1.13": 12,
    }  # fmt: skip


def test_a_figure_that_is_off_in_its_ninth_digit_is_not_exact(
    outcomes: list[Outcome], tmp_path: Path
) -> None:
    text = rm5(outcomes[:1])
    figure = outcomes[0].totals[""]["EFFECT_SIZE"]
    made, _ = read(text.replace(figure, str(float(figure) * (1 + 4e-9))), tmp_path)
    assert made is not None
    verdicts = {each.quantity: each.verdict for each in check_claims(made, analyse(made))}
    assert verdicts.pop("estimate") is Verdict.MINOR
    assert set(verdicts.values()) == {Verdict.EXACT}


def test_every_trial_has_its_published_figures_and_they_agree(form: NormalForm) -> None:
    results = analyse(form)
    weights = {
        (each.analysis, each.subgroup, each.trial): each.weight
        for each in results.weights
        if each.scope == ("" if each.analysis != "1.7" else each.subgroup)
        and each.method == next(row.method for row in results.effects if row.analysis == each.analysis)
    }
    claims = {(each.analysis, each.line): each for each in form.trial_claims}
    assert len(claims) == len(form.studies)
    for effect in results.effects:
        claim = claims.pop((effect.analysis, effect.line))
        assert (claim.trial, claim.subgroup) == (effect.trial, effect.subgroup)
        ours = (effect.estimate, effect.ci_low, effect.ci_high)
        for text, value in zip((claim.estimate, claim.ci_low, claim.ci_high), ours, strict=True):
            assert text == "" if value is None else read_printed(text, False).agrees(value)
        if effect.analysis == "1.10":
            assert claim.weight == ""
        else:
            weight = weights[effect.analysis, effect.subgroup, effect.trial]
            assert read_printed(claim.weight, False).agrees(weight)


def test_settings_become_measures_methods_and_totals(form: NormalForm) -> None:
    read_as = {each.analysis: each for each in form.analyses}
    assert [(each.measure, each.method, each.overrides) for each in form.analyses] == [
        (Measure.RR, "revman5", ""),
        (Measure.OR, "mh-common", ""),
        (Measure.PETO, "iv-common", ""),
        (Measure.RD, "revman5", '{"weighting": "IV"}'),
        (Measure.RR, "mh-common", ""),
        (Measure.OR, "iv-common", '{"level": 0.99}'),
        (Measure.RR, "revman5", ""),
        (Measure.MD, "revman5", '{"weighting": "IV"}'),
        (Measure.SMD, "iv-common", ""),
        (Measure.MD, "iv-common", ""),
        (Measure.GIV, "revman5", '{"weighting": "IV"}'),
        (Measure.GIV, "iv-common", ""),
        (Measure.GIV, "iv-common", ""),
    ]
    assert [name for name, each in read_as.items() if each.totals is Totals.SUBGROUPS] == ["1.7"]
    assert [name for name, each in read_as.items() if each.totals is Totals.NONE] == ["1.10"]
    assert [name for name, each in read_as.items() if each.subgroup_label] == ["1.2", "1.7"]
    assert [read_as[name].log_scale for name in ("1.4", "1.11", "1.12", "1.13")] == [False, True, False, True]
    assert read_as["1.11"].effect_label.nb == "Hasardratio"
    assert read_as["1.12"].effect_label.nb == read_as["1.12"].effect_label.en == "Slope"
    assert read_as["1.9"].unit.en == "points"
    first = read_as["1.1"]
    assert first.title.en == "1.1 Random <M-H>"
    assert (first.experimental.nb, first.control.nb) == ("Toys", "None")
    assert first.note.nb == "Sammenligning 1: Toys versus none."
    assert first.direction is Direction.LESS_IS_BETTER


def test_rows_are_the_trials_with_their_lines(outcomes: list[Outcome], form: NormalForm) -> None:
    lines = rm5(outcomes).splitlines()
    for study in form.studies:
        number = study.trial.removeprefix("Toy-").removesuffix(" 2001")
        assert f'_DATA STUDY_ID="STD-Toy_x002d_{number}-2001"' in lines[study.line - 1]
    for claim in form.claims:
        assert ("_SUBGROUP" if claim.subgroup else "_OUTCOME") in lines[claim.line - 1]
    assert {each.subgroup for each in form.studies if each.analysis == "1.2"} == {"Women", "Men & others"}


def test_swapped_events_logs_and_o_minus_e_are_converted_and_say_so(form: NormalForm) -> None:
    rows = {(each.analysis, each.trial): each for each in form.studies}
    swapped, log, o_e = (rows[name, "Toy-1 2001"] for name in ("1.5", "1.11", "1.13"))
    assert (swapped.experimental_events, swapped.control_events) == (50 - 4, 48 - 9)
    assert "swapped-events" in swapped.converted
    assert log.estimate is not None
    assert math.isclose(log.estimate, math.exp(-0.35))
    assert (log.se, rows["1.12", "Toy-1 2001"].estimate) == (0.2, -0.35)
    assert "log-given" in log.converted
    assert o_e.estimate is not None
    assert math.isclose(o_e.estimate, math.exp(-3.5 / 12.25))
    assert o_e.se == 1 / 3.5
    assert (o_e.experimental_total, o_e.control_total) == (40, 42)
    assert "o-e-and-variance" in o_e.converted
    assert rows["1.12", "Toy-1 2001"].converted == rows["1.1", "Toy-1 2001"].converted == ""
    sums = {(each.analysis, each.quantity): each.value for each in form.claims}
    assert sums["1.5", "experimental_events"] == str(180 - 16)


def test_bias_references_and_the_review_itself_are_read(form: NormalForm) -> None:
    assert [(each.trial, each.domain, each.judgement, each.support) for each in form.bias] == [
        ("Toy-1 2001", "Allocation concealment?", "Low risk", "Sealed envelopes"),
        ("Toy-2 2001", "Blinding? (All outcomes)", "High risk", ""),
    ]
    report = form.references[0]
    assert report.citation == "Bear A, Bear B. Toys & sleep. J Toys. 2002;3(4):5-6."
    assert (report.trial, report.year, report.doi) == ("Toy-1 2001", "2002", "10.1/toy")
    assert [(each.trial, each.year) for each in form.references[1:]] == [
        (f"Toy-{number} 2001", "2001") for number in (2, 3, 4)
    ]
    assert form.review.title.nb == "Toys for bears"
    assert form.review.sources[0].url == "https://doi.org/10.1002/0000.CD0"


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("0.8968655609130709", "0.896865561"),
        ("0.9", "0.900000000"),
        ("-14186.567891234567", "-14186.5679"),
        ("123456789012.25", "123456789012"),
        ("1.2345678912345E-4", "0.000123456789"),
        ("1.0E-15", "0.000000000000"),
        ("-0.0", "0.000000000"),
        ("39.67458045558399", "39.6745805"),
    ],
)
def test_figures_count_with_nine_significant_digits_in_plain_notation(text: str, published: str) -> None:
    assert as_published(text) == published
    read_printed(published, False)


def test_figures_that_revman_5_itself_computed_are_exact(tmp_path: Path) -> None:
    """Aspirin after myocardial infarction, as RevMan 5.0.23 saved it: `Fleiss1993.rm5` of R package meta."""
    rows = {
        (49, 615, 67, 624): "0.7197141500975687 0.4889745274989256 1.0593362817898602 3.176490004091248",
        (44, 758, 64, 771): "0.6807598039215687 0.45739090373983604 1.0132119087766858 3.1016891143394365",
        (102, 832, 126, 850): "0.8028701891715591 0.6064528819242718 1.062902922672345 5.675380442715663",
        (32, 317, 38, 309): "0.8007386888273315 0.4862610363759706 1.318597213882381 1.795484618258711",
        (85, 810, 52, 406): "0.7981432360742705 0.5525633542165779 1.1528680293941878 3.2176243566716805",
        (246, 2267, 219, 2257): "1.1327364047365673 0.9346646778747347 1.3727829808793592 10.153491219997628",
        (1570, 8587, 1720, 8600): "0.8949693601254097 0.8294175772940908 0.965701930475584 72.87984024392564",
    }
    names = ("EFFECT_SIZE", "CI_START", "CI_END", "WEIGHT")
    trials = [
        events(*cells) | dict(zip(names, figures.split(), strict=True)) for cells, figures in rows.items()
    ]
    totals = {
        "EFFECT_SIZE": "0.8968655609130709", "CI_START": "0.8405144008917793", "CI_END": "0.9569947088336491",
        "Z": "3.287633061337987", "P_Z": "0.0010103343130005407", "CHI2": "9.946055983220074", "DF": "6",
        "P_CHI2": "0.1269422521561745", "I2": "39.67458045558399", "Q": "0.0", "P_Q": "0.0", "I2_Q": "0.0",
        "TAU2": "0.0", "EVENTS_1": "2128", "EVENTS_2": "2286", "TOTAL_1": "14186", "TOTAL_2": "13817",
        "STUDIES": "7",
    }  # fmt: skip
    outcome = Outcome(
        "DICH", "Death", settings("OR", "MH", "NO"), {"": studies(*trials)}, totals={"": totals}
    )
    made, problems = read(rm5([outcome], listed=7), tmp_path)
    assert made is not None, problems.found
    results = analyse(made)
    checked = check_claims(made, results)
    assert [each.verdict for each in checked] == [Verdict.EXACT] * 14
    for claim, effect in zip(made.trial_claims, results.effects, strict=True):
        texts = (claim.estimate, claim.ci_low, claim.ci_high, claim.weight)
        ours = (effect.estimate, effect.ci_low, effect.ci_high, effect.weight)
        assert all(read_printed(text, False).agrees(value) for text, value in zip(texts, ours, strict=True))


@pytest.mark.parametrize("text", ["0.7625049425003", "0.7625049424996", "-0.7625049425", "39.62504942500001"])
def test_a_figure_near_half_a_unit_has_a_digit_more(text: str) -> None:
    """Our tables round to 12 digits: that must not move a figure across the half."""
    published = read_printed(as_published(text), False)
    for rounded in (
        float(text),
        float(f"{float(text):.12g}"),
        float(text) * (1 + 2e-12),
        float(text) * (1 - 2e-12),
    ):
        assert published.agrees(rounded)
    assert not published.agrees(float(text) * (1 + 5e-9))


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("0.5973943648117463", "0.5974"),  # the fifth digit may be another in truth
        ("0.20652850696029326", "0.20653"),
        ("0.1249996", "0.12500"),
        ("0.549995", "0.5500"),
        ("1.1E-16", "0.00000"),
        ("1.0", "1.00000"),
        ("0.5", "0.50000"),
    ],
)
def test_p_values_count_as_far_as_revman_5_is_exact(text: str, published: str) -> None:
    assert probability(text) == published
    for error in (-9e-7, 9e-7):
        assert read_printed(published, False).agrees(float(text) + error)


def test_names_are_read_off_ids_where_a_file_lists_no_study(tmp_path: Path) -> None:
    assert spelt_out("STD-O_x0027_Hara-2001a") == "O'Hara 2001a"
    assert spelt_out("STD-MRC_x002d_1") == "MRC-1"
    assert spelt_out("_xD800_") == "_xD800_"
    made, problems = read(rm5(every_kind()[:1], listed=0), tmp_path)
    assert made is not None
    assert [each.trial for each in made.studies] == [f"Toy-{number} 2001" for number in (1, 2, 3, 4)]
    assert [each.found for each in problems.found] == ["no list of studies"]


def test_a_trial_with_several_rows_keeps_them_and_is_counted_once(tmp_path: Path) -> None:
    rows = [*studies(TABLES[0]), *studies(TABLES[1]), *studies(TABLES[2], first=2)]
    made, problems = read(
        rm5([Outcome("DICH", "Arms", settings("RR", "MH", "NO"), {"": rows}, totals={"": {"STUDIES": "2"}})]),
        tmp_path,
    )
    assert made is not None, problems.found
    assert [each.trial for each in made.studies] == ["Toy-1 2001", "Toy-1 2001 (2)", "Toy-2 2001"]
    assert [each.quantity for each in made.claims] == []  # "2 trials" cannot be compared with three rows


def test_a_wrong_number_of_trials_stays_a_claim(tmp_path: Path) -> None:
    rows = [*studies(TABLES[0]), *studies(*TABLES[1:])]
    outcome = Outcome("DICH", "Arms", settings("RR", "MH", "NO"), {"": rows}, totals={"": {"STUDIES": "7"}})
    made, _ = read(rm5([outcome]), tmp_path)
    assert made is not None
    (checked,) = check_claims(made, analyse(made))
    assert (checked.quantity, checked.verdict) == ("trials", Verdict.INPUT_ERROR)


def test_a_file_without_line_breaks_counts_tags_as_lines(outcomes: list[Outcome], tmp_path: Path) -> None:
    text = rm5(outcomes).replace("\n", "")
    made, problems = read(text, tmp_path)
    assert made is not None
    assert [each.found for each in problems.found] == ["several trials in one line"]
    lines = text.replace("<", "\n<").lstrip().split("\n")
    assert len({(each.analysis, each.line) for each in made.studies}) == len(made.studies)
    for study in made.studies:
        assert "_DATA STUDY_ID" in lines[study.line - 1]
    assert {each.verdict for each in check_claims(made, analyse(made))} == {Verdict.EXACT}


def test_limits_of_trials_at_another_level_are_not_compared(outcomes: list[Outcome], tmp_path: Path) -> None:
    other = replace(outcomes[0], settings=outcomes[0].settings | {"CI_STUDY": "90"})
    made, _ = read(rm5([other]), tmp_path)
    assert made is not None
    assert "90 %" in made.analyses[0].note.nb
    assert {each.ci_low + each.ci_high for each in made.trial_claims} == {""}
    assert all(each.estimate for each in made.trial_claims[:3])


@pytest.mark.parametrize(
    ("method", "measure", "random"),
    [
        (method, measure, random)
        for method in ("MH", "IV", "PETO")
        for measure in ("RR", "OR", "RD", "PETO_OR")
        for random in ("YES", "NO")
    ],
)
def test_every_combination_of_settings_can_be_computed(
    method: str, measure: str, random: str, tmp_path: Path
) -> None:
    outcome = Outcome("DICH", "Any", settings(measure, method, random), {"": studies(*TABLES)})
    made, problems = read(rm5([outcome]), tmp_path)
    assert made is not None, problems.found
    declared = next(row for row in analyse(made).pooled if row.role == "declared")
    assert declared.estimate is not None
    is_peto = "PETO" in method + measure
    assert ("random" in declared.method_label.en) == (random == "YES" and not is_peto)
    assert [each.column for each in problems.found] == (["RANDOM"] if is_peto and random == "YES" else [])


def test_outcomes_without_numbers_stay_with_their_text(tmp_path: Path) -> None:
    more = [
        Outcome("OTHER", "In words", {"NO": "2"}, {"": studies({"VALUE": "good"}, {"VALUE": "bad"})}),
        Outcome("DICH", "Empty", settings("RR", "MH", "NO"), {}),
    ]
    made, problems = read(rm5([*every_kind()[:1], *more]), tmp_path)
    assert made is not None, problems.found
    assert problems.found == []
    assert [each.title.en for each in made.analyses] == ["1.1 Random <M-H>", "1.2 In words", "1.3 Empty"]
    assert [each.analysis for each in made.studies] == ["1.1"] * 4 + ["1.2"] * 2
    assert made.analyses[1].note.en.endswith("The rows are text without figures; nothing is computed.")
    pooled = {row.analysis: row.estimate for row in analyse(made).pooled if row.role == "declared"}
    assert pooled["1.1"] is not None
    assert (pooled["1.2"], pooled["1.3"]) == (None, None)


def test_footnotes_of_a_row_become_its_note(tmp_path: Path) -> None:
    footnote = "<FOOTNOTE>Arms <B>pooled</B></FOOTNOTE></DICH_DATA>"
    text = rm5(every_kind()[:1]).replace('TOTAL_2="48"/>', f'TOTAL_2="48">\n{footnote}')
    made, problems = read(text, tmp_path)
    assert made is not None, problems.found
    assert [each.note for each in made.studies] == ["Arms pooled", "", "", ""]


def test_empty_cells_make_a_trial_of_nobody(tmp_path: Path) -> None:
    empty = dict.fromkeys(events(1, 2, 3, 4), "") | {"ESTIMABLE": "NO"}
    outcome = Outcome("DICH", "Empty", settings("RR", "MH", "NO"), {"": studies(*TABLES, empty)})
    made, problems = read(rm5([outcome], listed=5), tmp_path)
    assert made is not None, problems.found
    results = analyse(made)
    assert results.effects[-1].estimate is None
    assert next(row for row in results.pooled if row.role == "declared").experimental_total == 180


def test_encodings_are_those_that_files_declare(outcomes: list[Outcome], tmp_path: Path) -> None:
    text = rm5(outcomes[:1], encoding="ISO-8859-1").replace("Random", "Bjørn – Åse")
    for raw in (text.encode("cp1252"), text.replace("ISO-8859-1", "UTF-16").encode("utf-16")):
        made, problems = read(raw, tmp_path)
        assert made is not None, problems.found
        assert made.analyses[0].title.nb == "1.1 Bjørn – Åse <M-H>"
        assert problems.found == []
    made, problems = read(text.encode(), tmp_path)
    assert made is not None
    assert made.analyses[0].title.nb == "1.1 Bjørn – Åse <M-H>"
    assert [(each.severity, each.column) for each in problems.found] == [("warning", "encoding")]
