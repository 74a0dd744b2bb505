"""Where everything of a forest plot stands on its page, the way RevMan lays it out; nothing is drawn here."""

import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from repool.drawing_layout import (
    ASCENT,
    MIDDLE,
    Anchor,
    Column,
    Face,
    Page,
    PlacedText,
    Role,
    Sheet,
    clean,
    height,
    longest_word,
    measure,
    wrap,
)
from repool.drawing_scale import Axis, Numbers, make_axis, plain, thin
from repool.forest import ForestGroup, ForestPlot, ForestRow, ForestTotal, Interval, RowState

TITLE, BODY, BOLD = Face(10.5, bold=True), Face(8.5), Face(8.5, bold=True)
HEAD = Face(8.5, bold=True, leading=1.6)
SMALL, MARK = Face(7.5), Face(6.0)
MARGIN, COLUMN_GAP, BLOCK_GAP = 12.0, 9.0, 16.0
ROW_PAD, MARK_RAISE = 2.3, 0.32
LABEL_MIN, LABEL_MAX, CELL_MAX, EFFECT_MAX = 110.0, 230.0, 110.0, 150.0
PANEL_MIN, PANEL_WIDE, PANEL_MAX, PANEL_PAD, NULL_GAP = 240.0, 320.0, 340.0, 12.0, 5.0
SQUARE_MIN, SQUARE_MAX, SQUARE_UNWEIGHTED = 2.2, 10.5, 5.0
DIAMOND_HALF, BAR_HALF, ARROW_LONG, ARROW_HALF, TICK = 4.6, 1.7, 5.0, 2.4, 3.5


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where everything stands from left to right; the panel goes from end to end of the axis."""

    label: Column
    arms: tuple[tuple[Column, ...], ...]
    weight: Column
    effect: Column
    panel: Column
    panel_pad: float

    @property
    def page_width(self) -> float:
        return self.panel.right + self.panel_pad + MARGIN


def _totals(plot: ForestPlot) -> list[ForestTotal]:
    subtotals = [group.subtotal for group in plot.groups if group.subtotal]
    return [*subtotals, plot.total] if plot.total else subtotals


def _drawn(row: ForestRow) -> Interval | None:
    """The effect of a trial that has a marker."""
    return row.effect if row.state is RowState.ESTIMATED else None


def _effect_text(plot: ForestPlot, numbers: Numbers, row: ForestRow | ForestTotal) -> str:
    if isinstance(row, ForestRow) and row.state is not RowState.ESTIMATED:
        missing = row.state is RowState.NOT_AVAILABLE
        return plot.not_available_text if missing else plot.not_estimable_text
    return numbers.interval(row.effect) if row.effect else plot.not_estimable_text


def _arm_cells(plot: ForestPlot, row: ForestRow | ForestTotal) -> list[tuple[str, ...]]:
    """The cells of both arms, as many in each as there are headings."""
    size = len(plot.column_headings)
    return [(*arm, *[""] * size)[:size] for arm in (row.experimental, row.control)]


def _widest(cells: Iterable[tuple[str, Face]], most: float) -> float:
    return min(most, max((measure(text, face) for text, face in cells), default=0.0))


class _Composer:
    """Places one plot from the top of the page to its bottom; `y` is how far it has come."""

    def __init__(self, plot: ForestPlot) -> None:
        self.plot = plot
        self.trials = [row for group in plot.groups for row in group.rows]
        self.totals = _totals(plot)
        shown = [v for row in self.trials if (v := _drawn(row))]
        pooled = [total.effect for total in self.totals if total.effect]
        wide = [Interval(low, low, high) for low, high in self._predictions()]
        self.numbers = Numbers.of([*shown, *pooled, *wide], plot.log_scale, plot.decimal_comma)
        axis = make_axis(shown, pooled, plot.null_value, plot.log_scale)
        weights = [row.weight for row in self.trials if row.weight and row.weight > 0]
        self.heaviest = max(weights, default=0.0)
        self.columns, self.axis = self._columns(axis)
        self.sheet = Sheet(MARGIN)

    def _predictions(self) -> list[tuple[float, float]]:
        return [total.prediction for total in self.totals if total.prediction]

    # Columns

    def _columns(self, axis: Axis) -> tuple[_Columns, Axis]:
        """Make every column as wide as its texts, measured, and the panel as its own texts need."""
        plot, numbers = self.plot, self.numbers
        rows: list[tuple[ForestRow | ForestTotal, Face]] = [(row, BODY) for row in self.trials]
        rows += [(total, BOLD) for total in self.totals]
        label = Column(MARGIN, MARGIN + self._label_width())
        x, arms = label.right, []
        headings = (plot.experimental_heading, plot.control_heading)
        for arm, heading in enumerate(headings if plot.column_headings else ()):
            cells = [[(_arm_cells(plot, r)[arm][i], f) for r, f in rows] for i in self._each()]
            arms.append(self._arm(x + BLOCK_GAP, cells, heading))
            x = arms[-1][-1].right
        weights = [(numbers.weight(r.weight), f) for r, f in rows]
        weight = self._next(x, _widest([*weights, (plot.weight_heading, HEAD)], CELL_MAX))
        intervals = [(numbers.interval(r.effect), f) for r, f in rows if r.effect]
        intervals += [(numbers.range(*pair), BODY) for pair in self._predictions()]
        words = [(_effect_text(plot, numbers, r), f) for r, f in rows]
        words.append((plot.effect_heading, HEAD))
        width = max(_widest(intervals, math.inf), _widest(words, EFFECT_MAX))
        effect = self._next(weight.right, width)
        return self._with_panel(label, tuple(arms), weight, effect, axis)

    def _label_width(self) -> float:
        names = [measure(r.label, BODY) + self._mark_width(r.marks) for r in self.trials]
        names += [measure(total.label, BOLD) for total in self.totals]
        return min(LABEL_MAX, max(LABEL_MIN, measure(self.plot.trial_heading, HEAD), *names))

    def _each(self) -> range:
        return range(len(self.plot.column_headings))

    def _mark_width(self, marks: str) -> float:
        return measure(marks, MARK) + 1.0 if marks else 0.0

    def _next(self, x: float, width: float) -> Column:
        left = x + BLOCK_GAP if width else x
        return Column(left, left + width)

    def _arm(
        self,
        x: float,
        cells: list[list[tuple[str, Face]]],
        heading: str,
    ) -> tuple[Column, ...]:
        """The columns of an arm, widened together where its heading needs more than they do."""
        widths = [
            _widest([*column, (name, HEAD)], CELL_MAX)
            for column, name in zip(cells, self.plot.column_headings, strict=True)
        ]
        span = sum(widths) + COLUMN_GAP * (len(widths) - 1)
        wanted = min(measure(heading, HEAD), max(CELL_MAX, longest_word(heading, HEAD)))
        extra = max(0.0, min(wanted, EFFECT_MAX) - span) / len(widths)
        columns = []
        for width in widths:
            columns.append(Column(x, x + width + extra))
            x = columns[-1].right + COLUMN_GAP
        return tuple(columns)

    def _with_panel(
        self,
        label: Column,
        arms: tuple[tuple[Column, ...], ...],
        weight: Column,
        effect: Column,
        axis: Axis,
    ) -> tuple[_Columns, Axis]:
        width = self._panel_width(axis)
        axis = thin(axis, width, 6.0, lambda tick: measure(self._tick(tick), BODY))
        at = [(axis.fraction(tick), measure(self._tick(tick), BODY)) for tick in axis.ticks]
        pad = max(PANEL_PAD, *(size / 2 - width * min(x, 1 - x) for x, size in at))
        left = effect.right + COLUMN_GAP + pad
        return _Columns(label, arms, weight, effect, Column(left, left + width), pad), axis

    def _panel_width(self, axis: Axis) -> float:
        """Wide enough for each side's text on one line, or at least for the words of a long one."""
        null, width = axis.fraction(self.plot.null_value), PANEL_MIN
        for text, share in ((self.plot.favours_left, null), (self.plot.favours_right, 1 - null)):
            line, word = (
                (size - PANEL_PAD + NULL_GAP) / max(share, 0.1)
                for size in (measure(text, BODY), longest_word(text, BODY))
            )
            width = max(width, min(line, PANEL_WIDE), min(word, PANEL_MAX))
        return width

    def _tick(self, value: float) -> str:
        return self.numbers.localised(plain(value))

    # The page, from top to bottom

    def page(self) -> Page:
        whole = Column(MARGIN, self.columns.page_width - MARGIN)
        if clean(self.plot.title).strip():
            self.sheet.y = self.sheet.stack(self.plot.title, whole, self.sheet.y, TITLE) + 8
        self._header()
        panel_top = self.sheet.y
        for group in self.plot.groups:
            self._group(group)
        guide_bottom = self._total()
        axis_y = self.sheet.y + 5
        self._panel_lines(panel_top, guide_bottom, axis_y)
        lines_bottom = self._test_lines(self.plot.total) if self.plot.total else self.sheet.y
        self.sheet.y = max(lines_bottom, self._axis(axis_y))
        if self.plot.footnotes:
            self.sheet.y += 6
        for note in self.plot.footnotes:
            self.sheet.y = self.sheet.stack(note, whole, self.sheet.y, SMALL) + 1
        return self.sheet.page(self.columns.page_width, self.sheet.y + MARGIN)

    def _header(self) -> None:
        """Headings stand on the rule above the rows, however many lines each of them has."""
        plot, at, sheet = self.plot, self.columns, self.sheet
        cells = [(plot.trial_heading, at.label, Anchor.LEFT)]
        cells += [(plot.weight_heading, at.weight, Anchor.RIGHT)]
        cells += [(plot.effect_heading, at.effect, Anchor.RIGHT)]
        cells += [(plot.effect_heading, at.panel, Anchor.CENTER)]
        names = [pair for arm in at.arms for pair in zip(plot.column_headings, arm, strict=True)]
        spans = [Column(arm[0].left, arm[-1].right) for arm in at.arms]
        arms = list(zip((plot.experimental_heading, plot.control_heading), spans, strict=False))
        under = max((height(name, column, HEAD) for name, column in names), default=0.0)
        over = max((height(heading, span, HEAD) for heading, span in arms), default=0.0)
        tallest = max(height(text, column, HEAD) for text, column, _ in cells)
        bottom = sheet.y + max(tallest, under + over)
        cells += [(name, column, Anchor.RIGHT) for name, column in names]
        for text, column, anchor in cells:
            sheet.stand(text, column, bottom, HEAD, anchor)
        for heading, span in arms:
            sheet.stand(heading, span, bottom - under, HEAD, Anchor.CENTER)
            sheet.shape(Role.SPANNER, *((x, bottom - under - 1) for x in (span.left, span.right)))
        sheet.y = bottom - 1
        sheet.shape(Role.RULE, (MARGIN, sheet.y), (at.page_width - MARGIN, sheet.y))
        sheet.y += 3

    def _group(self, group: ForestGroup) -> None:
        if group.title is not None:
            self.sheet.y += 4
            table = Column(MARGIN, self.columns.effect.right)
            top = self.sheet.y + ROW_PAD
            self.sheet.y = self.sheet.stack(group.title, table, top, BOLD) + ROW_PAD
        for row in group.rows:
            middle = self._row(row, BODY, row.marks)
            if effect := _drawn(row):
                self._trial(row, effect, middle)
        if group.subtotal:
            self.sheet.y += 1
            self._pooled(group.subtotal)
            self.sheet.y = self._test_lines(group.subtotal) + 4

    def _row(self, row: ForestRow | ForestTotal, face: Face, marks: str = "") -> float:
        """Place the texts of a row, move below it and return the height its marker is drawn at."""
        at, top = self.columns, self.sheet.y + ROW_PAD
        room = Column(at.label.left, at.label.right - self._mark_width(marks))
        bottoms = [top + face.pitch, self.sheet.stack(row.label, room, top, face)]
        if marks:
            self._marks(marks, row.label, room, max(bottoms))
        cells = [(self.numbers.weight(row.weight), at.weight)]
        cells += [(_effect_text(self.plot, self.numbers, row), at.effect)]
        for texts, columns in zip(_arm_cells(self.plot, row), at.arms, strict=False):
            cells += zip(texts, columns, strict=True)
        bottoms += [self.sheet.stack(t, c, top, face, Anchor.RIGHT) for t, c in cells]
        self.sheet.y = max(bottoms) + ROW_PAD
        return top + (ASCENT - MIDDLE) * face.size

    def _marks(self, marks: str, label: str, room: Column, bottom: float) -> None:
        lines = wrap(label, room.width, BODY) or [""]
        x = room.left + measure(lines[-1], BODY) + 1.0
        y = bottom - BODY.pitch + (ASCENT - MARK_RAISE) * BODY.size
        self.sheet.texts.append(PlacedText(clean(marks).replace("\n", " "), x, y, MARK))

    def _test_lines(self, total: ForestTotal) -> float:
        table, y = Column(MARGIN, self.columns.effect.right), self.sheet.y
        for line in total.lines:
            y = self.sheet.stack(line, table, y + 1, SMALL)
        return y + 2 if total.lines else y

    def _total(self) -> float | None:
        """Place the total and return how far down the line through its estimate goes."""
        if not self.plot.total:
            return None
        self.sheet.y += 4
        return self._pooled(self.plot.total)

    def _pooled(self, total: ForestTotal) -> float:
        middle = self._row(total, BOLD)
        if total.effect and not any(map(math.isnan, astuple(total.effect))):
            self._diamond(total.effect, middle)
        if total.prediction:
            self._prediction(total.prediction)
        return middle

    def _prediction(self, limits: tuple[float, float]) -> None:
        at, top = self.columns, self.sheet.y + ROW_PAD
        label = Column(MARGIN, at.effect.left - COLUMN_GAP)
        bottom = self.sheet.stack(self.plot.prediction_label, label, top, BODY)
        other = self.sheet.stack(self.numbers.range(*limits), at.effect, top, BODY, Anchor.RIGHT)
        y = top + (ASCENT - MIDDLE) * BODY.size
        if not any(map(math.isnan, limits)):
            left, right = self._clipped(limits[0], limits[1], y)
            corners = ((left, -1), (right, -1), (right, 1), (left, 1))
            self.sheet.shape(Role.PREDICTION, *((x, y + s * BAR_HALF) for x, s in corners))
        self.sheet.y = max(bottom, other) + ROW_PAD

    # The panel

    def _x(self, value: float) -> float:
        """Where an effect is, at the nearest end of the axis if it is outside."""
        share = min(1.0, max(0.0, self.axis.fraction(value)))
        return self.columns.panel.left + share * self.columns.panel.width

    def _clipped(self, low: float, high: float, y: float) -> tuple[float, float]:
        """The visible ends of an interval, after placing an arrow at each end cut off."""
        panel = self.columns.panel
        if self.axis.fraction(low) < -1e-9:
            self._arrow(panel.left, -1, y)
        if self.axis.fraction(high) > 1 + 1e-9:
            self._arrow(panel.right, 1, y)
        return self._x(low), self._x(high)

    def _arrow(self, x: float, way: int, y: float) -> None:
        tip = (x + way * ARROW_LONG, y)
        self.sheet.shape(Role.ARROW, (x, y - ARROW_HALF), tip, (x, y + ARROW_HALF))

    def _trial(self, row: ForestRow, effect: Interval, y: float) -> None:
        if not math.isnan(effect.low) and not math.isnan(effect.high):
            left, right = self._clipped(effect.low, effect.high, y)
            self.sheet.shape(Role.INTERVAL, (left, y), (right, y))
        if math.isfinite(effect.estimate):
            x, half = self._x(effect.estimate), self._side(row.weight) / 2
            corners = ((-half, -half), (half, -half), (half, half), (-half, half))
            role = Role.HOLLOW if row.hollow else Role.SQUARE
            self.sheet.shape(role, *((x + dx, y + dy) for dx, dy in corners))

    def _side(self, weight: float | None) -> float:
        """Side of a square whose area is the share of the weight in the heaviest trial's."""
        if weight is None:
            return SQUARE_UNWEIGHTED
        if not weight > 0:
            return SQUARE_MIN
        return max(SQUARE_MIN, SQUARE_MAX * math.sqrt(weight / self.heaviest))

    def _diamond(self, effect: Interval, y: float) -> None:
        """A diamond that the end of the panel cuts off where it reaches further."""
        x = self._x(effect.estimate)
        left, right = self._clipped(effect.low, effect.high, y)
        low, high = self._cut(effect.low, left, x), self._cut(effect.high, right, x)
        right_side = ((x, y - DIAMOND_HALF), (right, y - high), (right, y + high))
        left_side = ((x, y + DIAMOND_HALF), (left, y + low), (left, y - low))
        self.sheet.shape(Role.DIAMOND, *right_side, *left_side)

    def _cut(self, limit: float, end: float, middle: float) -> float:
        """Half the height of a diamond at its visible end: none unless it is cut off there."""
        share = min(1e3, max(-1e3, self.axis.fraction(limit)))
        tip = self.columns.panel.left + share * self.columns.panel.width
        if math.isnan(limit) or abs(tip - end) < 1e-6 or abs(tip - middle) < 1e-6:
            return 0.0
        return DIAMOND_HALF * (tip - end) / (tip - middle)

    def _panel_lines(self, top: float, guide_bottom: float | None, bottom: float) -> None:
        """The line of no effect, and a faint one that carries the total up to the trials."""
        null = self._x(self.plot.null_value)
        self.sheet.shape(Role.NULL, (null, top), (null, bottom))
        effect = self.plot.total.effect if self.plot.total else None
        several = sum(_drawn(row) is not None for row in self.trials) > 1
        if several and guide_bottom and effect and math.isfinite(effect.estimate):
            x = self._x(effect.estimate)
            self.sheet.shape(Role.GUIDE, (x, top), (x, guide_bottom))

    def _axis(self, y: float) -> float:
        """Place the axis with its ticks and what either side favours; return where that ends."""
        panel, sheet = self.columns.panel, self.sheet
        sheet.shape(Role.AXIS, (panel.left, y), (panel.right, y))
        top = y + TICK + 1
        for tick in self.axis.ticks:
            x = self._x(tick)
            sheet.shape(Role.AXIS, (x, y), (x, y + TICK))
            baseline = top + ASCENT * BODY.size
            sheet.texts.append(PlacedText(self._tick(tick), x, baseline, BODY, Anchor.CENTER))
        top += BODY.pitch + 2
        null, pad = self._x(self.plot.null_value), self.columns.panel_pad
        left = Column(panel.left - pad, null - NULL_GAP)
        right = Column(null + NULL_GAP, panel.right + pad)
        sides = ((self.plot.favours_left, left), (self.plot.favours_right, right))
        return max(sheet.stack(text, side, top, BODY, Anchor.CENTER) for text, side in sides)


def layout(plot: ForestPlot) -> Page:
    """Place every text and shape of a plot."""
    return _Composer(plot).page()
