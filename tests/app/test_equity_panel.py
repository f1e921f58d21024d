"""The part of the Coverage page's panel about equity, on the study counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.geo.equity.test_by_band import write_ranked

Open = Callable[..., AppTest]


def _shown(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_panel_shows_equity_in_both_languages(
    open_app: Open, tmp_path: Path, lang: str
) -> None:
    app = open_app(write_ranked(tmp_path / "hand"), lang)
    app.switch_page("app_pages/coverage.py").run()  # so many layers begin with the overview
    text = _shown(app)
    chinese = lang == "zh-CN"
    assert ("公平性：到达时间的差异" if chinese else "Equity: how travel times differ") in text
    for value in ("17.3", "49.8%", "0.470", "2.49", "-0.304"):
        assert value in text, value
    filled = "13人在120分钟内不能到达，按120分钟计入" if chinese else "13 people without a service"
    assert text.count(filled) == 5
    assert ("不能到达：13人" if chinese else "Not reached: 13 people") in text
    # Urban and rural, and the band.
    for name in ("60+", *(("乡村", "城镇") if chinese else ("Rural", "Urban"))):
        assert f"<td>{name}<small>" in text, name
    assert ("洛伦兹曲线。全部（人）最快的一半占总时间的21.8%" if chinese
            else "Everybody (people): the quicker half has 21.8%") in text  # fmt: skip
    # The figures follow another limit: 13 of 243 people are 97.5 minutes beyond 22.5.
    app = open_app(write_ranked(tmp_path / "again"), lang, limit="22.5")
    assert f"{13 / 243 * 97.5 / 22.5:.1%}" in _shown(app)
    # A limit in metres has no figure for how far beyond it people are.
    app.selectbox(key="service").set_value("parking").run()
    label = "超出时限的平均程度" if chinese else "How far beyond the limit"
    text = _shown(app)
    assert f'qh-label">{label}' not in text and "0.470" in text
