"""The tornado chart: bars in proportion, texts only where a bar goes, names that stay text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from layers.inline.tornado import Bar, Mark, tornado_svg

SVG = "{http://www.w3.org/2000/svg}"
BARS = [
    Bar("<speed>", 0.2, 0.6, ("20%", "60%")),
    Bar("legs", 0.3, 0.4, ("30%", "40%")),
    Bar("limit", 0.4, 0.4, ("40%", "40%")),
]


def _drawn(marks: list[Mark]) -> ET.Element:
    return ET.fromstring(tornado_svg((0.4, "40%"), BARS, marks, range_name="range & more"))


def test_bars_are_in_proportion_and_end_at_the_share() -> None:
    drawn = _drawn([])
    bars = [r for r in drawn.iter(f"{SVG}rect") if r.get("height") == "11"]
    widths = [float(bar.get("width", "0")) for bar in bars]
    assert len(widths) == 3  # none for what does not move
    assert abs(widths[0] - widths[1]) < 0.2 and abs(widths[0] - 2 * widths[2]) < 0.2
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert texts.count("40%") == 3  # the axis, the share, and the assumption without a bar
    assert "<speed>" in texts and "range & more" in texts


def test_marks_are_outside_the_range() -> None:
    drawn = _drawn([Mark("circle", 0.9, "90%")])
    (area,) = [r for r in drawn.iter(f"{SVG}rect") if float(r.get("height", "0")) > 20]
    right = float(area.get("x", "0")) + float(area.get("width", "0"))
    (mark,) = [p.get("d", "") for p in drawn.iter(f"{SVG}path") if "l5" in p.get("d", "")]
    assert float(re.match(r"M([\d.]+)", mark)[1]) > right  # type: ignore[index]


def test_a_share_that_nothing_moves_is_drawn() -> None:
    bar = Bar("speed", 0.0, 0.0, ("0%", "0%"))
    assert ET.fromstring(tornado_svg((0.0, "0%"), [bar], range_name="range")) is not None
