"""Forest plot files: stable bytes, text as text, nothing but the plot."""

import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser
from PIL import Image

from forests import SVG, forest, trial, with_groups
from repool import drawing
from repool.drawing import draw
from repool.drawing_page import MARGIN, layout


def test_files_are_the_same_bytes_on_another_day(tmp_path, monkeypatch):
    plot = with_groups()
    draw(plot, tmp_path / "first", "review 1")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 100_000)
    draw(plot, tmp_path / "second", "review 1")
    for form in ("svg", "pdf", "png"):
        first, second = (tmp_path / f"{name}.{form}" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes(), form
    assert len(list(tmp_path.iterdir())) == 6


def test_only_the_formats_asked_for_are_written_beside_a_dotted_stem(tmp_path):
    draw(forest(trial()), tmp_path / "1.1.2", "x", ("svg",))
    assert [path.name for path in tmp_path.iterdir()] == ["1.1.2.svg"]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    (tmp_path / "plot.svg").write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        draw(forest(trial()), tmp_path / "plot", "x", ("svg",))
    assert [path.name for path in tmp_path.iterdir()] == ["plot.svg"]
    assert (tmp_path / "plot.svg").read_text() == "old"


@pytest.fixture(scope="module")
def svg(tmp_path_factory):
    """The hostile plot as the text of its SVG."""
    stem = tmp_path_factory.mktemp("svg") / "plot"
    draw(with_groups(), stem, "review 1", ("svg",))
    return stem.with_suffix(".svg").read_text(encoding="utf-8")


def test_svg_is_named_and_described(svg):
    plot, root = with_groups(), ET.fromstring(svg.encode())
    title, desc = list(root)[:2]
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert (title.tag, desc.tag) == (f"{SVG}title", f"{SVG}desc")
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == drawing.clean(plot.title)
    assert desc.text == plot.description
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_svg_refers_to_nothing_outside_and_tells_no_date(svg):
    assert set(re.findall(r'(\S*)="?https?://', svg)) <= {"xmlns", "xmlns:xlink"}
    for word in ("DOCTYPE", "<metadata", "<style", "@import", "url(", "href", "Matplotlib"):
        assert word not in svg, word


def test_svg_text_is_text_in_a_font_with_fallbacks(svg):
    texts = list(ET.fromstring(svg.encode()).iter(f"{SVG}text"))
    assert [t.text for t in texts] == [t.text for t in layout(with_groups()).texts]
    assert "'DejaVu Sans', Verdana, sans-serif" in ET.fromstring(svg.encode()).get("style")
    assert not any("font-family" in t.get("style", "") for t in texts)


def test_svg_says_nothing_twice_and_no_point_finer_than_a_hundredth(svg):
    drawn = re.findall(r"<(?:path|text) [^>]*>", svg)
    assert drawn
    assert not any(re.search(r"\d\.\d{3}", each) for each in drawn)
    assert "rotate(0" not in svg
    assert "<g>" not in svg.replace("<g>", "", 1)


def test_no_two_plots_on_a_page_share_an_id(tmp_path):
    ids = []
    for identity in ("a", "b"):
        draw(forest(trial()), tmp_path / identity, identity, ("svg",))
        root = ET.parse(tmp_path / f"{identity}.svg").getroot()
        ids += [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(ids)) == len(ids) == 4


def test_a_dollar_is_never_mathematics(tmp_path, monkeypatch):
    def parse(*_, **__):
        raise AssertionError("mathtext was parsed")

    monkeypatch.setattr(MathTextParser, "parse", parse)
    draw(forest(trial("$x^2$ and $y$"), title="$\\alpha$"), tmp_path / "plot", "x")
    svg = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert ">$x^2$ and $y$</text>" in svg
    assert ">$\\alpha$</text>" in svg


def test_png_has_white_margins_and_150_dots_per_inch(tmp_path):
    plot = with_groups()
    draw(plot, tmp_path / "plot", "x", ("png",))
    with Image.open(tmp_path / "plot.png") as image:
        assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)
        assert set(image.info) == {"dpi"}
        pixels = np.asarray(image.convert("L"))
    page, edge = layout(plot), int(MARGIN * 150 / 72) - 4
    expected = (page.height * 150 / 72, page.width * 150 / 72)
    assert pixels.shape == pytest.approx(expected, abs=1)
    for strip in (pixels[:edge], pixels[-edge:], pixels[:, :edge], pixels[:, -edge:]):
        assert strip.min() == 255
    assert pixels.min() == 0


def test_pdf_has_a_title_and_embedded_outlines(tmp_path):
    draw(forest(trial(), title="Analyse 1.1. Død"), tmp_path / "plot", "x", ("pdf",))
    content = (tmp_path / "plot.pdf").read_bytes()
    assert "Analyse 1.1. Død".encode("utf-16-be") in content
    assert b"/CIDFontType2" in content
    assert b"/ToUnicode" in content
    for word in (b"CreationDate", b"Producer", b"Creator", b"/Type3"):
        assert word not in content, word


def test_drawing_changes_no_setting_and_needs_no_pyplot(tmp_path):
    code = "import sys, repool.drawing; sys.exit('matplotlib.pyplot' in sys.modules)"
    folder = Path(drawing.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
    before = dict(matplotlib.rcParams)
    draw(forest(trial()), tmp_path / "plot", "x")
    assert dict(matplotlib.rcParams) == before
