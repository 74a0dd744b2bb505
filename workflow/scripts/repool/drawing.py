"""Draw a forest plot the way RevMan lays it out: a table of the trials beside the panel of effects.

`layout` places every text and shape in points without drawing anything; `draw` paints that page
with matplotlib and writes the files.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from fontTools.ttLib import TTFont
from matplotlib import __version__ as matplotlib_version
from matplotlib import get_cachedir, rc_context
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from repool.drawing_layout import Face, Page, PlacedText, Role, Shape, clean, font_file
from repool.drawing_page import BODY, layout
from repool.forest import ForestPlot
from repool.tables import write_bytes

# Level 3 compresses these drawings better than the usual 6, and faster.
_PNG: dict[str, Any] = {"dpi": 150, "pil_kwargs": {"compress_level": 3}}

_INK, _BLUE = "#000000", "#4a7fb5"
_PAINT: dict[Role, dict[str, Any]] = {
    Role.RULE: {"edgecolor": _INK, "linewidth": 0.8},
    Role.SPANNER: {"edgecolor": "#888888", "linewidth": 0.5},
    Role.GUIDE: {"edgecolor": "#8c8c8c", "linewidth": 0.6, "linestyle": (0, (3, 3))},
    Role.NULL: {"edgecolor": _INK, "linewidth": 0.7},
    Role.AXIS: {"edgecolor": _INK, "linewidth": 0.7},
    Role.SQUARE: {"facecolor": _BLUE, "linewidth": 0},
    Role.HOLLOW: {"edgecolor": _BLUE, "linewidth": 1.0},
    Role.INTERVAL: {"edgecolor": _INK, "linewidth": 0.9},
    Role.PREDICTION: {"facecolor": "#595959", "linewidth": 0},
    Role.DIAMOND: {"facecolor": _INK, "linewidth": 0},
    Role.ARROW: {"facecolor": _INK, "linewidth": 0},
}


@cache
def _plain_font(bold: bool) -> Path:
    """Path of the font without its kerning and ligatures, kept where matplotlib keeps its fonts.

    Texts then are as wide as they were measured, and a PDF takes a third of the time: matplotlib
    parses these tables anew for each file it embeds the font in, and a PDF makes no use of them.
    """
    source = font_file(bold)
    target = Path(get_cachedir(), f"repool-{source.stem}-{matplotlib_version}.ttf")
    if not target.exists():
        content = BytesIO()
        with TTFont(source, lazy=True, recalcTimestamp=False) as font:
            for table in {"GDEF", "GPOS", "GSUB", "kern"} & set(font.keys()):
                del font[table]
            font.save(content, reorderTables=None)
        write_bytes(target, content.getvalue())
    return target


@cache
def _font(face: Face) -> FontProperties:
    weight = "bold" if face.bold else "normal"
    name = str(_plain_font(face.bold))
    return FontProperties(family="DejaVu Sans", weight=weight, size=face.size, fname=name)


class _Line(Text):
    """A text that is drawn where it was placed, never laid out again and never read as mathtext."""

    def __init__(self, placed: PlacedText, page_height: float, points: Transform) -> None:
        font, anchor = _font(placed.face), placed.anchor.value
        super().__init__(placed.x, page_height - placed.y, placed.text, fontproperties=font)
        self.set(horizontalalignment=anchor, transform=points)
        self._start = (placed.left, page_height - placed.y)

    def draw(self, renderer: RendererBase) -> None:
        x, y = self.get_transform().transform(self._start)
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        pen = renderer.new_gc()
        font = self.get_fontproperties()
        renderer.draw_text(pen, x, y, self.get_text(), font, 0, ismath=False, mtext=self)
        pen.restore()


def _figure(page: Page) -> Figure:
    """The page in a figure whose coordinates are points from its bottom left corner."""
    figure = Figure(figsize=(page.width / 72, page.height / 72), facecolor="white")
    points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans
    for role, shapes in groupby(page.shapes, key=lambda shape: shape.role):
        outline = Outline.make_compound_path(*(_outline(shape, page.height) for shape in shapes))
        style = {"facecolor": "none", "edgecolor": "none", **_PAINT[role]}
        figure.add_artist(PathPatch(outline, transform=points, joinstyle="miter", **style))
    for text in page.texts:
        figure.add_artist(_Line(text, page.height, points))
    return figure


def _outline(shape: Shape, height: float) -> Outline:
    corners = [(x, height - y) for x, y in shape.points]
    if len(corners) == 2:
        return Outline(corners, [Outline.MOVETO, Outline.LINETO])
    codes = [Outline.MOVETO, *[Outline.LINETO] * (len(corners) - 1), Outline.CLOSEPOLY]
    return Outline([*corners, corners[0]], codes)


# A browser that kerns or hints would leave the texts narrower or wider than they were measured.
_SIZE = f"font-size: {BODY.size:g}px"
_OF_ALL_TEXTS = (
    f"style=\"font-family: 'DejaVu Sans', Verdana, sans-serif; {_SIZE}; "
    'font-kerning: none; font-variant-ligatures: none"'
)
_PROLOGUE = re.compile(r"<!DOCTYPE[^>]*>\s*")
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_GLOBAL_STYLE = re.compile(r"\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_GROUP_ID = re.compile(r'(?<=<g) id="\w+"')
_LONE_GROUP = re.compile(r"<g>\s*(<path [^>]*/>)\s*</g>")
_PATH = re.compile(r'(?<=<path d=")[^"]*')
_INDENT = re.compile(r"\n *(?=<)")
_OF_EACH_TEXT = re.compile(r"""<text style="([^"]*)"([^>]*) transform="rotate\(0 [^>]*>""")
_USUAL = ("font-family: 'DejaVu Sans'", _SIZE, "text-anchor: start")
_PRECISE = re.compile(r"\d+\.\d{3,}")


def _accessible(svg: str, plot: ForestPlot, identity: str) -> str:
    """Name and describe the image, and drop what refers to elsewhere or reaches beyond it.

    A page may hold many of these inline, so no id may repeat and no style rule may stay: matplotlib
    numbers its groups alike in every file and styles every element of the document.
    """
    key = "forest-" + hashlib.sha256(identity.encode()).hexdigest()[:12]
    for pattern in (_PROLOGUE, _METADATA, _GLOBAL_STYLE, _GROUP_ID):
        svg = pattern.sub("", svg)
    svg = _OF_EACH_TEXT.sub(_text_tag, svg)
    svg = _PATH.sub(lambda found: re.sub(r"\s*([MLz])\s*", r"\1", _rounded(found[0])), svg)
    svg = _INDENT.sub("", _LONE_GROUP.sub(r"\1", svg))
    root_end = svg.index(">", svg.index("<svg"))
    attributes = (
        f' role="img" aria-labelledby="{key}-title {key}-desc"'
        f" xml:lang={quoteattr(clean(plot.language))}"
        f' text-rendering="geometricPrecision" {_OF_ALL_TEXTS}'
    )
    names = (
        f'<title id="{key}-title">{escape(clean(plot.title))}</title>\n'
        f' <desc id="{key}-desc">{escape(clean(plot.description))}</desc>'
    )
    return f"{svg[:root_end]}{attributes}>\n {names}{svg[root_end + 1 :]}"


def _text_tag(found: re.Match[str]) -> str:
    """The start of a text without what it has from the image or by itself."""
    style = "; ".join(each for each in found[1].split("; ") if each not in _USUAL)
    return _rounded(f'<text style="{style}"{found[2]}>' if style else f"<text{found[2]}>")


def _rounded(text: str) -> str:
    """Points to two decimals: a page holds every plot twice, and no eye sees a hundredth of a point."""
    return _PRECISE.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), text)


def _rendered(figure: Figure, plot: ForestPlot, identity: str, form: str) -> bytes:
    metadata: dict[str, Any] = {
        "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "png": {"Software": None},
    }[form]
    if form == "pdf":
        metadata["Title"] = clean(plot.title)
    buffer, options = BytesIO(), _PNG if form == "png" else {}
    figure.savefig(buffer, format=form, metadata=metadata, **options)
    if form == "svg":
        return _accessible(buffer.getvalue().decode(), plot, identity).encode()
    return buffer.getvalue()


def draw(
    plot: ForestPlot,
    stem: Path,
    identity: str,
    formats: Sequence[str] = ("svg", "pdf", "png"),
) -> None:
    """Write the plot to `<stem>.<format>`; the same plot and identity give the same bytes."""
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": identity,
        "pdf.fonttype": 42,
        "text.hinting": "no_hinting",  # hinted letters are not as wide as they were measured
        "path.sketch": None,
    }
    with rc_context(settings):
        figure = _figure(layout(plot))
        for form in formats:
            content = _rendered(figure, plot, identity, form)
            write_bytes(stem.with_name(f"{stem.name}.{form}"), content)
