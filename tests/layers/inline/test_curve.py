"""The curve: shares that can be counted by hand, and names that stay text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from layers.inline.curve import CurveWords, curve_svg, sampled_curve

WORDS = CurveWords(x="<minutes>", y="share & more", limit="15 min")


def _demand(minutes: list[float], weight: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"minutes": minutes, "weight": weight})


def test_the_share_counts_all_demand_the_unreached_too() -> None:
    curve = sampled_curve("walk", _demand([5.0, 15.0, np.nan, 40.0], [1, 2, 3, 4]), "minutes", 45.0)
    at = dict(zip(curve.x.round(6), curve.share, strict=True))
    assert curve.x[0] == 0 and curve.share[0] == 0
    assert curve.share[np.searchsorted(curve.x, 5.2)] == pytest.approx(0.1)
    assert curve.share[np.searchsorted(curve.x, 20.0)] == pytest.approx(0.3)
    assert at[45.0] == pytest.approx(0.7)
    assert (np.diff(curve.share) >= 0).all()


def test_no_demand_is_a_flat_line() -> None:
    assert not sampled_curve("walk", _demand([np.nan], [0.0]), "minutes", 30.0).share.any()


def test_the_drawing_is_xml_whose_texts_are_text() -> None:
    demand = _demand([5.0, 25.0], [1, 1])
    curves = [
        sampled_curve(name, demand, "minutes", 45.0) for name in ("<img onerror=x>", 'e"`${1}`')
    ]
    drawn = curve_svg(curves, limit=15.0, words=WORDS)
    texts = [node.text for node in ET.fromstring(drawn).iter() if node.tag.endswith("text")]
    assert {"<img onerror=x>", 'e"`${1}`', "<minutes>", "share & more", "15 min"} <= set(texts)
    assert "<img" not in drawn and "`" not in drawn


def test_lines_stay_within_the_drawing() -> None:
    curve = sampled_curve("walk", _demand([1.0, 2.0], [1, 1]), "minutes", 30.0)
    drawn = curve_svg([curve], limit=40.0, words=WORDS)
    assert "15 min" not in drawn  # a limit beyond the axis is not drawn
    points = re.search(r'points="([^"]+)"', drawn)
    assert points is not None
    xy = np.array([[float(v) for v in pair.split(",")] for pair in points[1].split()])
    assert (xy[:, 0] >= 36).all() and (xy[:, 0] <= 410).all()
    assert (xy[:, 1] >= 20).all() and (xy[:, 1] <= 138).all()
