"""The chart of the trend: shares above, data change and real change apart below."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from layers.inline.trend import TrendNames, TrendPoint, trend_svg
from layers.style.share_axis import HIGHER, LOWER

NAN = float("nan")
NAMES = TrendNames("by time", "by presence", "<data>", "real")


def _bars(svg: str, colour: str) -> list[tuple[float, float]]:
    """Top and height of each bar of a colour, without the legend's."""
    found = re.findall(rf'y="([\d.]+)" width="9" height="([\d.]+)" fill="{colour}"', svg)
    return [(float(top), float(height)) for top, height in found]


def test_each_change_is_a_bar_of_its_own_kind() -> None:
    points = [
        TrendPoint("2026-03-01", 0.40, 0.50, NAN, NAN),
        TrendPoint("2026-06-01", 0.55, 0.50, 0.05, 0.10),
        TrendPoint("2026-09-01", 0.53, 0.75, -0.02, 0.0),
    ]
    svg = trend_svg(points, NAMES)
    ElementTree.fromstring(svg)
    data, real = _bars(svg, LOWER), _bars(svg, HIGHER)
    assert len(data) == 2 and len(real) == 1
    # The real change is twice the one by data; the fall hangs below the line of none.
    assert real[0][1] == 2 * data[0][1] or abs(real[0][1] - 2 * data[0][1]) < 0.3
    zero = data[0][0] + data[0][1]
    assert abs(data[1][0] - zero) < 0.2
    assert "&lt;data&gt;" in svg and "<data>" not in svg
    for day in ("2026-03-01", "2026-09-01"):
        assert day in svg


def test_one_verification_and_none() -> None:
    assert trend_svg([], NAMES) == ""
    assert trend_svg([TrendPoint("2026", NAN, NAN, NAN, NAN)], NAMES) == ""
    svg = trend_svg([TrendPoint("2026", 0.5, NAN, NAN, NAN)], NAMES)
    assert svg.count("<circle") == 1 and "nan" not in svg
