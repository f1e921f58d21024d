"""Page: Gaps 盲区清单. The ranked list by unit or demand point, its filters and its files."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app_pages.shell import frame, state
from app_pages.shell.downloads import MIME, result_file
from app_pages.shell.html import plain, rule_text, sentence, show_html
from geo.analysis import Analysis
from layers.export import gap_list
from layers.export.gap_list import ANY, Filter
from layers.style.palette import CAUSE_ORDER
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import cause_name, known_causes, level_name, unit_word, weight_header

__all__: list[str] = []

_BY = ("units", "points")
_WIDEST = 230


def show(analysis: Analysis, words: Words) -> None:
    """The whole page."""
    by, wanted = _filters(analysis, words)
    if by == "units":
        table = gap_list.listed_units(analysis, wanted, words)
        total, weights = len(analysis.gaps), table["uncovered"]
        columns = _unit_columns(analysis, table, wanted, words)
    else:
        table = gap_list.listed_points(analysis, wanted, words)
        total, weights = len(analysis.gap_points), table["weight"]
        columns = _point_columns(analysis, table, wanted, words)
    _downloads(analysis, words)
    if table.empty:
        st.info(words("gaps.nothing"))
        return
    rows = {"shown": words.number(len(table)), "total": words.number(total)}
    if wanted.layer:
        uncovered = amount(float(weights.sum()), analysis.study, words)
        count = words("gaps.count_and_sum", uncovered=uncovered, **rows)
        # The map may show another limit; the list has the study's.
        rule = rule_text(analysis.study.layer(wanted.layer), words)
        count = words("gaps.by_rule", count=count, rule=rule)
    else:  # a sum over several services would count the same people more than once
        count = words("gaps.count", **rows)
    show_html(plain(count))
    st.dataframe(
        table,
        hide_index=True,
        column_order=list(columns),
        column_config=columns,
        height=500,
        placeholder="—",
        key=f"gaps-{by}-{words.locale}",
    )


def _filters(analysis: Analysis, words: Words) -> tuple[str, Filter]:
    titles = gap_list.layer_titles(analysis, words)
    # The list opens on the layer that the map showed.
    st.session_state.setdefault("gaps_layer", state.shown_layer(analysis))
    columns = st.columns([4, 9, 4, 4, 4], vertical_alignment="top")
    with columns[0]:
        by = st.selectbox(
            words("gaps.by"), _BY, format_func=lambda what: words(f"gaps.by_{what}"), key="gaps_by"
        )
    with columns[1]:
        layer = _choice("gaps_layer", words("gaps.layer"), titles, words("gaps.all_layers"))
    with columns[2]:
        parents = gap_list.parent_choices(analysis)
        parent = _choice("gaps_parent", words("gaps.parent"), parents, words("gaps.all"))
    with columns[3]:
        causes = {cause: sentence(cause_name(cause, words)) for cause in known_causes(analysis)}
        label = sentence(words("export.header.cause"))
        cause = _choice("gaps_cause", label, causes, words("gaps.all"))
    with columns[4]:
        text = st.text_input(
            words("gaps.search"), key="gaps_text", placeholder=words("gaps.search_hint")
        )
    return by, Filter(layer=layer, parent=parent, cause=cause, text=text or ANY)


def _choice(key: str, label: str, options: dict[str, str], every: str) -> str:
    named = {ANY: every, **options}
    if st.session_state.get(key, ANY) not in named:
        st.session_state[key] = ANY
    return str(st.selectbox(label, list(named), format_func=named.__getitem__, key=key))


def _unit_columns(
    analysis: Analysis, table: pd.DataFrame, wanted: Filter, words: Words
) -> dict[str, Any]:
    """Headers in the order shown; the weight's unit stands in them."""
    study = analysis.study
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    unit = unit_word(study, words)
    whole = _weight_format(analysis)
    return {
        "rank": number(words("export.header.rank"), width=52),
        "unit_name": text(words("column.unit"), width=_width(table["unit_name"])),
        **_parents(analysis, words),
        **_layer(wanted, words),
        "uncovered": number(weight_header("uncovered", study, words), format=whole),
        "demand_total": number(weight_header("total", study, words), format=whole),
        "uncovered_share": number(words("gaps.uncovered_share"), format="%.1f"),
        "main_cause": text(
            words("export.header.main_cause"), width=_width(table["main_cause"], least=90)
        ),
        "nearest_site_name": text(
            words("export.header.nearest_site_name"), width=_width(table["nearest_site_name"])
        ),
        "nearest_minutes_p50": number(words("gaps.median_minutes"), format="%.1f"),
        **{
            f"uncovered_{cause}": number(
                words("gaps.of_cause", cause=words(f"gaps.cause.{cause}"), unit=unit),
                format=whole,
            )
            for cause in CAUSE_ORDER
            if table[f"uncovered_{cause}"].notna().any()
        },
    }


def _width(texts: pd.Series[str], least: int = 110) -> int:
    """Width of the longest text in pixels, since the table measures the first rows only."""
    longest = max((sum(14 if ord(c) > 255 else 7.4 for c in text) for text in texts), default=0.0)
    return int(min(max(longest + 20, least), _WIDEST))


def _point_columns(
    analysis: Analysis, table: pd.DataFrame, wanted: Filter, words: Words
) -> dict[str, Any]:
    study = analysis.study
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    weight = {
        "weight": number(weight_header("uncovered", study, words), format=_weight_format(analysis))
    }
    return {
        "name": text(words("export.header.point"), width=_width(table["name"])),
        "unit_name": text(words("column.unit"), width=_width(table["unit_name"])),
        **_parents(analysis, words),
        **_layer(wanted, words),
        **(weight if study.demand.weight else {}),  # without a weight every point counts one
        "nearest_site_name": text(
            words("export.header.nearest_site_name"), width=_width(table["nearest_site_name"])
        ),
        "minutes": number(words("column.minutes"), format="%.1f"),
        "metres": number(words("column.metres"), format="%.0f"),
        "cause": text(words("export.header.cause"), width=_width(table["cause"], least=90)),
        "demand_id": text(words("export.header.demand_id")),
    }


def _parents(analysis: Analysis, words: Words) -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        name: text(words.get(f"level.{name}", default=sentence(level_name(name, words))))
        for name in gap_list.distinct_parents(analysis)
    }


def _layer(wanted: Filter, words: Words) -> dict[str, Any]:
    """Where one layer is chosen, every row would repeat it."""
    if wanted.layer:
        return {}
    return {"layer": st.column_config.TextColumn(words("export.header.layer"))}


def _weight_format(analysis: Analysis) -> str:
    """Counts are written whole; people from a raster may not be."""
    weights = analysis.gap_points["weight"]
    return "%d" if (weights % 1 == 0).all() else "%.1f"


def _downloads(analysis: Analysis, words: Words) -> None:
    """The whole study's files: filters do not touch them, so that they agree with the command's."""
    key = state.analysis_key(analysis.study)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="qh-plain">{words("gaps.downloads")}</p>', width="content")
        for name, mime in MIME.items():
            st.download_button(
                words(f"gaps.download.{name}"),
                data=result_file(key, name, _analysis=analysis),
                file_name=name,
                mime=mime,
                key=f"download-{name}",
                on_click="ignore",
            )


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
