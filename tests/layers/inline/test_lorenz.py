"""The Lorenz chart: points that can be counted by hand, and names that stay text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np

from geo.equity.inequality import lorenz
from layers.inline.lorenz import LorenzWords, lorenz_svg

WORDS = LorenzWords(x="<people>", y="time & more", equal="equal")
# Two people, 10 and 30 minutes: the quicker half has a quarter of the time.
CURVE = lorenz(np.array([10.0, 30.0]), np.ones(2))


def _points(drawn: str) -> list[tuple[float, float]]:
    found = re.findall(r'points="([^"]+)"', drawn)
    pairs = [pair.split(",") for line in found for pair in line.split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_the_curve_goes_through_its_corners() -> None:
    points = _points(lorenz_svg([("all", CURVE)], words=WORDS))
    (left, bottom), (right, top) = points[0], points[-1]
    middle = points[len(points) // 2]
    assert middle == ((left + right) / 2, bottom - 0.25 * (bottom - top))
    assert right - left == bottom - top  # a square


def test_the_drawing_is_xml_whose_texts_are_text() -> None:
    drawn = lorenz_svg([("<img onerror=x>", CURVE), ('e"`${1}`', CURVE)], words=WORDS)
    texts = [node.text for node in ET.fromstring(drawn).iter() if node.tag.endswith("text")]
    assert {"<img onerror=x>", 'e"`${1}`', "<people>", "time & more", "equal"} <= set(texts)
    assert "<img" not in drawn and "`" not in drawn
