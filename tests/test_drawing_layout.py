"""Forest plots: nothing overlaps or is cut off, and the marks are true."""

import math
import re
from dataclasses import replace
from itertools import combinations, pairwise

import matplotlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg

from forests import CASES, WIDE, absent, differences, forest, total, trial, with_groups
from repool import drawing
from repool.drawing_layout import Page, Role, measure, wrap
from repool.drawing_page import BODY, BOLD, HEAD, MARGIN, SMALL, TITLE, layout
from repool.drawing_scale import Numbers, make_axis, plain, thin
from repool.forest import (
    Interval,
    RowState,
)


@pytest.fixture(params=CASES)
def page(request) -> Page:
    """Each case laid out."""
    return layout(CASES[request.param]())


def shapes(page, role):
    """The shapes of a role."""
    return [shape.points for shape in page.shapes if shape.role is role]


def words(page):
    """All texts of a page in one."""
    return " ".join(text.text for text in page.texts)


def overlap(a, b):
    """Whether two boxes share more than a hair."""
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.05 and min(a[3], b[3]) - max(a[1], b[1]) > 0.05


def bounds(points):
    """The box around some points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


# Layout


def test_no_text_overlaps_another(page):
    assert not [(a.text, b.text) for a, b in combinations(page.texts, 2) if overlap(a.box, b.box)]


def test_no_shape_runs_through_a_text(page):
    boxes = [text.box for text in page.texts]
    for shape in page.shapes:
        left, top, right, bottom = bounds(shape.points)
        grown = (left - 0.2, top, right + 0.2, bottom)
        assert not any(overlap(grown, box) for box in boxes), shape


def test_everything_is_within_the_margins(page):
    boxes = [text.box for text in page.texts] + [bounds(shape.points) for shape in page.shapes]
    for left, top, right, bottom in boxes:
        assert left >= MARGIN - 0.1
        assert right <= page.width - MARGIN + 0.1
        assert top >= MARGIN - 0.1
        assert bottom <= page.height - MARGIN + 5


def test_no_text_is_lost():
    plot = with_groups()
    printed = re.sub(r"\s", "", words(layout(plot)))
    for row in (row for group in plot.groups for row in group.rows):
        for line in drawing.clean(row.label).split("\n"):
            assert re.sub(r"\s", "", line) in printed


@pytest.mark.parametrize("face", [TITLE, BODY, BOLD, HEAD, SMALL])
@pytest.mark.parametrize(
    "text", ["0.41 [0.13, 1.26]", "Æøå Tofte AVATAR final office", "τ² χ² I² −1.20 <b> & $x$"]
)
def test_measured_widths_are_what_matplotlib_draws(face, text):
    with matplotlib.rc_context({"text.hinting": "no_hinting"}):
        renderer = RendererAgg(10, 10, 720)
        width, _, _ = renderer.get_text_width_height_descent(text, drawing._font(face), False)
    assert measure(text, face) == pytest.approx(width / 10, abs=1.0)


@given(st.text(max_size=60), st.floats(20, 300))
@settings(max_examples=100, deadline=None)
def test_wrapped_lines_fit_and_keep_every_word(text, width):
    lines = wrap(text, width, BODY)
    assert all(measure(line, BODY) <= width + 0.1 for line in lines)
    assert re.sub(r"[ \n]", "", drawing.clean(text)) == "".join(lines).replace(" ", "")


# Marks


def side(points):
    left, top, right, bottom = bounds(points)
    assert right - left == pytest.approx(bottom - top)
    return right - left


def test_area_of_a_square_is_its_weight():
    rows = [trial(weight=weight) for weight in (40.0, 20.0, 10.0)]
    areas = [side(points) ** 2 for points in shapes(layout(forest(*rows)), Role.SQUARE)]
    assert areas[0] / areas[1] == pytest.approx(2)
    assert areas[0] / areas[2] == pytest.approx(4)


def test_squares_stay_visible_and_within_their_rows():
    rows = [trial(weight=weight) for weight in (99.0, 0.01, 0.0, None)]
    sides = [side(points) for points in shapes(layout(forest(*rows)), Role.SQUARE)]
    assert len(sides) == 4
    assert min(sides) >= 2
    assert max(sides) <= 11


def test_arrows_stand_where_an_interval_is_clipped_and_nowhere_else():
    assert not shapes(layout(forest(trial())), Role.ARROW)
    page = layout(forest(*WIDE))
    ends = [max(x for x, _ in points) for points in shapes(page, Role.INTERVAL)]
    tips = [bounds(points) for points in shapes(page, Role.ARROW)]
    assert len(tips) == 2
    assert [tip[0] for tip in tips] == pytest.approx(ends)
    assert all(tip[2] > end for tip, end in zip(tips, ends, strict=True))


def test_one_huge_interval_does_not_squeeze_the_rest():
    page = layout(differences())
    widths = [b[0] - a[0] for a, b in shapes(page, Role.INTERVAL)]
    assert min(widths) > 15
    assert len(shapes(page, Role.ARROW)) == 2


def test_a_diamond_ends_at_the_confidence_limits():
    effect = Interval(0.8, 0.5, 1.28)
    page = layout(forest(trial(effect=effect), total=total(effect)))
    (line,), (diamond,) = shapes(page, Role.INTERVAL), shapes(page, Role.DIAMOND)
    left, top, right, bottom = bounds(diamond)
    assert (left, right) == pytest.approx((line[0][0], line[1][0]))
    (square,) = shapes(page, Role.SQUARE)
    assert sum(x for x, _ in square) / 4 == pytest.approx(diamond[0][0])
    assert bottom - top > 5


def test_a_clipped_diamond_is_cut_off_not_pointed():
    page = layout(forest(*WIDE, total=total(Interval(17.0, 0.0001, 3000.0))))
    (diamond,) = shapes(page, Role.DIAMOND)
    left, _, right, _ = bounds(diamond)
    for end in (left, right):
        heights = [y for x, y in diamond if x == pytest.approx(end)]
        assert max(heights) - min(heights) > 0.5


def test_a_prediction_interval_is_a_bar_with_its_numbers():
    page = layout(forest(trial(), total=total(prediction=(0.45, 1.4))))
    (bar,) = shapes(page, Role.PREDICTION)
    assert bounds(bar)[2] - bounds(bar)[0] > 50
    assert "95% prediction interval" in words(page)
    assert "[0.45, 1.40]" in words(page)


def test_trials_without_an_estimate_have_words_and_no_mark():
    rows = (absent(RowState.NOT_ESTIMABLE, "A"), absent(RowState.NOT_AVAILABLE, "B"), trial("C"))
    page = layout(forest(*rows))
    assert len(shapes(page, Role.SQUARE)) == len(shapes(page, Role.INTERVAL)) == 1
    by_row = {text.y: text.text for text in page.texts if text.text.startswith("Not ")}
    rows_at = {text.text: text.y for text in page.texts if text.text in "AB"}
    assert by_row == {rows_at["A"]: "Not estimable", rows_at["B"]: "Not available"}
    assert [t.text for t in page.texts if re.fullmatch(r"[\d.]+%", t.text)] == ["10.0%", "100.0%"]


def test_marks_stand_raised_behind_the_name():
    page = layout(forest(trial("Hansen 2001", marks="a,b")))
    name = next(text for text in page.texts if text.text == "Hansen 2001")
    mark = next(text for text in page.texts if text.text == "a,b")
    assert 0 < mark.box[0] - name.box[2] < 2
    assert mark.y < name.y - 2
    assert mark.face.size < name.face.size


def test_a_hollow_square_is_not_filled():
    page = layout(forest(trial(hollow=True), trial()))
    assert len(shapes(page, Role.HOLLOW)) == len(shapes(page, Role.SQUARE)) == 1
    assert "facecolor" not in drawing._PAINT[Role.HOLLOW]


def test_what_is_favoured_stands_on_its_side_of_no_effect():
    page = layout(forest(trial(), favours_left="Left " * 30, favours_right="Right " * 30))
    ((null, _), _) = shapes(page, Role.NULL)[0]
    assert all(t.box[2] < null for t in page.texts if t.text.startswith("Left"))
    assert all(t.box[0] > null for t in page.texts if t.text.startswith("Right"))
    assert sum(t.text.startswith(("Left", "Right")) for t in page.texts) > 6


# Numbers


@pytest.mark.parametrize(
    ("effect", "ratio", "comma", "printed"),
    [
        (Interval(0.41, 0.134, 1.26), True, False, "0.41 [0.13, 1.26]"),
        (Interval(0.41, 0.134, 1.26), True, True, "0,41 [0,13; 1,26]"),
        (Interval(0.3, 0.04, 12.0), True, False, "0.30 [0.04, 12.00]"),
        (Interval(0.05, 0.004, 0.62), True, False, "0.0500 [0.00400, 0.62]"),
        (Interval(20.0, 0.5, 1404.3), True, False, "20.00 [0.50, 1404]"),
        (Interval(2.0, 0.0, math.inf), True, False, "2.00 [0.00, ∞]"),
        (Interval(-1.2, -2.001, -0.001), False, False, "−1.20 [−2.00, 0.00]"),
        (Interval(-0.004, -0.012, 0.004), False, False, "−0.004 [−0.012, 0.004]"),
        (Interval(1234.5, -800.2, 3000.4), False, False, "1234 [−800, 3000]"),
    ],
)
def test_effects_are_printed(effect, ratio, comma, printed):
    assert Numbers.of([effect], ratio, comma).interval(effect) == printed


def test_weights_are_printed():
    numbers = Numbers.of([], True, False)
    assert numbers.weight(12.34) == "12.3%"
    assert numbers.weight(None) == ""
    assert replace(numbers, comma=True).weight(12.34) == "12,3\xa0%"


def test_decimal_commas_reach_every_number_of_the_drawing():
    plot = forest(trial(), decimal_comma=True, effect_heading="RR", total=None)
    printed = words(layout(plot))
    assert "0,80 [0,50; 1,28]" in printed
    assert "10,0\xa0%" in printed
    assert " 0,7 1 1,5 " in printed
    assert not re.search(r"\d\.\d", printed.replace(plot.title, ""))


def test_wide_numbers_are_never_broken():
    page = layout(forest(trial(effect=Interval(-12345.6, -23456.7, 12345.6)), log_scale=False))
    assert "−12346 [−23457, 12346]" in [text.text for text in page.texts]


# Axis

ratios = st.floats(-8, 8).map(math.exp)
values = st.floats(-1e6, 1e6, allow_subnormal=False)


def intervals(numbers):
    """Three numbers in order, the middle one the estimate."""
    triples = st.tuples(numbers, numbers, numbers).map(sorted)
    return triples.map(lambda v: Interval(v[1], v[0], v[2]))


def check_axis(shown, log):
    numbers = Numbers.of(shown, log, False)

    def width(tick):
        return measure(numbers.localised(plain(tick)), BODY)

    null = float(log)
    axis = thin(make_axis(shown, [], null, log), 240.0, 6.0, width)
    labels = [numbers.localised(plain(tick)) for tick in axis.ticks]
    middles = [(axis.fraction(tick) * 240, width(tick) / 2) for tick in axis.ticks]
    spans = [(middle - half, middle + half) for middle, half in middles]
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    assert len(set(labels)) == len(labels)
    assert not any("e" in label for label in labels)
    assert 0 <= axis.fraction(null) <= 1
    assert all(-1e-6 <= axis.fraction(value.estimate) <= 1 + 1e-6 for value in shown)


@given(st.lists(intervals(ratios), max_size=12))
@settings(max_examples=150, deadline=None)
def test_ticks_of_ratios_never_overlap_and_every_estimate_is_in_range(shown):
    check_axis(shown, True)


@given(st.lists(intervals(values), max_size=12), st.sampled_from([1e-6, 1e-3, 1.0, 1e3]))
@settings(max_examples=150, deadline=None)
def test_ticks_of_differences_never_overlap_and_every_estimate_is_in_range(shown, scale):
    scaled = [Interval(v.estimate * scale, v.low * scale, v.high * scale) for v in shown]
    check_axis(scaled, False)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.6, 1.7, (0.5, 0.7, 1, 1.5, 2)),
        (0.96, 1.03, (0.95, 0.98, 1, 1.02, 1.05)),
        (0.02, 400.0, (0.01, 0.1, 1, 10, 100)),
    ],
)
def test_ratio_axes_are_the_familiar_ones(low, high, ticks):
    assert make_axis([Interval(1.0, low, high)], [], 1.0, True).ticks == ticks


def test_an_axis_of_nothing_is_the_default_of_revman():
    assert make_axis([], [], 1.0, True).ticks == (0.01, 0.1, 1, 10, 100)
