"""The trend of both shares at the verifications, data change and real change apart."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd
import streamlit as st

from app_pages.shell.choice import translated_choice
from app_pages.shell.html import head, image, plain, sentence, show_html, text_table
from geo.study.model import Study
from layers.inline.trend import TrendNames, TrendPoint, trend_svg
from layers.words.catalogue import Words
from layers.words.lines.comparison import signed_points
from layers.words.phrases import layer_title
from ledger.ledger import Ledger

__all__ = ["show_trend"]

_MOST_UNITS = 300
_FIGURES = ("share_by_time", "share_by_presence", "data_change", "real_change")


def show_trend(ledger: Ledger, study: Study, tallies: pd.DataFrame, words: Words) -> None:
    """The verifications of a layer, for the whole or a parent; then the last one by unit."""
    known = {layer.key: layer for layer in study.layers}
    layers = [key for key in tallies["layer"].unique() if key in known]
    if not layers:
        st.info(words("cases.no_trend"))
        return
    with st.container(horizontal=True, gap="small"):
        layer = translated_choice(
            sentence(words("ledger.layer")), layers, lambda key: layer_title(known[key], words),
            "ledger_trend", words.locale, width=300,
        )  # fmt: skip
        last = ledger.store.trend(layer, number=ledger.store.last_trend(layer))
        if last.empty:
            show_html(plain(words("cases.no_trend")))
            return
        names = dict(zip(last["unit_id"], last["unit_name"], strict=True))
        above = last.loc[last["level"] != study.units.level, "unit_id"].tolist()
        above = above or last["unit_id"].tolist()  # who sees one unit sees nothing above it
        unit = translated_choice(
            words("cases.area"), above, lambda key: names[key] or words("cases.whole"),
            "ledger_trend_unit", words.locale, width=250,
        )  # fmt: skip
    rows = ledger.store.trend(layer, unit)
    show_html(
        head(words("cases.trend")),
        _chart(rows, words),
        text_table(_headers(words, words("cases.trend_time")), [
            [_when(one), *_shares(one, words)] for one in rows.to_dict("records")
        ]),
        plain(words("cases.trend_note")),
        head(words("cases.trend_units")),
    )  # fmt: skip
    finest = last[last["level"] == study.units.level].sort_values(
        ["share_by_time", "unit_id"], kind="stable"
    )
    lines = [
        [one["unit_name"], *_shares(one, words)]
        for one in finest.head(_MOST_UNITS).to_dict("records")
    ]
    more = len(finest) - len(lines)
    show_html(
        text_table(_headers(words, words("ledger.unit")), lines, scrolls=True),
        plain(words("panel.more", count=words.number(more))) if more > 0 else "",
    )


def _headers(words: Words, first: str) -> list[str]:
    names = (
        first, words("cases.share_by_time"), words("cases.share_by_presence"),
        words("compare.correction"), words("compare.real"),
    )  # fmt: skip
    return [sentence(name) for name in names]


def _chart(rows: pd.DataFrame, words: Words) -> str:
    """The chart, with the shares by time as its text."""
    names = TrendNames(*_headers(words, words("cases.trend_time"))[1:])
    points = [
        TrendPoint(str(one["made_at"])[:10], *(_number(one, name) for name in _FIGURES))
        for one in rows.to_dict("records")
    ]
    svg = trend_svg(points, names)
    told = [f"{point.day} {words.share(point.share_by_time)}" for point in points]
    text = words("lead.places_join").join([names.share_by_time, *told])
    return image(svg, text, css_class="qh-curve") if svg else ""


def _when(one: dict[Hashable, object]) -> str:
    time = str(one["made_at"])[:16].replace("T", " ")
    return f"{time} {one['period']}".strip()


def _number(one: dict[Hashable, object], name: str) -> float:
    value = one[name]
    return float("nan") if value is None else float(str(value))


def _shares(one: dict[Hashable, object], words: Words) -> list[str]:
    by_time, by_presence, by_data, real = (_number(one, name) for name in _FIGURES)
    return [
        words.share(by_time), words.share(by_presence),
        signed_points(by_data, words), signed_points(real, words),
    ]  # fmt: skip
