"""The Coverage page of a layer with moments, tiers and items: colours, legend, panel, table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.words.catalogue import LOCALES, words_for
from tests.geo.coverage.figures.test_site_figures import write

Open = Callable[..., AppTest]
MOMENT = "moment:周日10:00"


def shown(app: AppTest) -> str:
    return "\n".join(item.proto.body for item in app.get("html"))


@pytest.mark.parametrize("lang", LOCALES)
def test_the_colours_show_a_moment_a_tier_or_an_item(
    open_app: Open, tmp_path: Path, lang: str
) -> None:
    words = words_for(lang)
    app = open_app(write(tmp_path / "sets"), lang)
    app.segmented_control(key="shade").set_value("sets").run()
    choice = app.selectbox(key="shade_set")
    assert choice.options == [
        words("sets.of_moment", name="工作日10:00"), words("sets.of_moment", name="周日10:00"),
        *(words("sets.of_tier", name=name) for name in ("一级", "二级")),
        *(words("sets.of_item", name=name) for name in ("取药", "报销")),
    ]  # fmt: skip
    choice.set_value(MOMENT).run()
    assert not app.exception
    # The legend names the moment.
    assert f"({words('sets.of_moment', name='周日10:00')})" in shown(app).replace(
        "（", "("
    ).replace("）", ")")
    app.toggle(key="table_shown").set_value(True).run()
    assert app.dataframe[0].value["set"].notna().any()
    # Another limit is tried: the sets are computed with it.
    app.selectbox(key="limit-desk").set_value("5").run()
    assert not app.exception


@pytest.mark.parametrize("lang", LOCALES)
def test_an_address_opens_a_moment_and_a_unit(open_app: Open, tmp_path: Path, lang: str) -> None:
    words = words_for(lang)
    app = open_app(write(tmp_path / "sets"), lang, shade=MOMENT)
    assert app.segmented_control(key="shade").value == "sets"
    assert app.selectbox(key="shade_set").value == MOMENT
    place = open_app(write(tmp_path / "unit"), lang, shade=MOMENT, unit="甲市")
    assert words("sets.head") in shown(place)
