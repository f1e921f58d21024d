"""The panel beside the map, as HTML: figures, each with its 口径, what is missing and why.

Plain functions from an analysis to text, so that they can be tested without a page. All text from
the study's files passes `escape`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from geo.analysis import Analysis
from geo.study import Layer, Study
from layers.escape import escape
from layers.export_words import (
    cause_name,
    layer_notes,
    layer_title,
    limit_text,
    map_notice,
    people,
    presence_basis,
    profile_name,
    share_by_time_name,
    time_basis,
    uncovered_of,
)
from layers.map_data import CAUSES
from layers.wording import Words

__all__ = [
    "amount",
    "measure",
    "overall_panel",
    "rule_text",
    "sentence",
    "service_title",
    "sources_panel",
    "unit_panel",
]

_SHOWN_POINTS = 8


def rule_text(layer: Layer, words: Words) -> str:
    """``步行 · 15分钟``: how and how far."""
    return sentence(f"{profile_name(layer, words)} · {limit_text(layer, words)}")


def sentence(text: str) -> str:
    """`text` as it begins a line: words shared with files come in lower case."""
    return text[:1].upper() + text[1:]


def service_title(study: Study, service: str, words: Words) -> str:
    """What the layers of one service have in common in their titles, else the first one's title."""
    titles = [layer_title(layer, words) for layer in study.layers if layer.service_key == service]
    common = titles[0]
    for title in titles[1:]:
        while not title.startswith(common):
            common = common[:-1]
    common = common.rstrip(" ·,，、:：-–—(（") if len(titles) > 1 else common
    return common if len(common) > 1 else titles[0]


def amount(value: float, study: Study, words: Words) -> str:
    """A weight with its unit: ``1,455 个``, ``1 estate``."""
    number = words.number(value, 0 if float(value).is_integer() else 1)
    return words(f"amount.{'one.' if value == 1 else ''}{study.demand.unit_word}", value=number)


def measure(minutes: float, metres: float, layer: Layer, words: Words) -> str:
    """How far in the terms of the layer's limit, rounded up so that it never looks within it."""
    if layer.minutes is not None:
        if pd.isna(minutes):
            return "—"
        return words("amount.minutes", value=words.number(math.ceil(minutes * 10) / 10, 1))
    return "—" if pd.isna(metres) else words("amount.metres", value=words.number(math.ceil(metres)))


def overall_panel(analysis: Analysis, layer: Layer, words: Words) -> str:
    """The whole study's figures for one layer."""
    study = analysis.study
    found = analysis.summary["layers"][layer.key]
    presence = (
        words("export.share_by_presence"),
        words.share(found["share_by_presence"]),
        presence_basis(analysis, layer.key, words),
    )
    time = (
        share_by_time_name(layer, words),
        words.share(found["share_by_time"]),
        time_basis(analysis, layer.key, words),
    )
    by_cause = {cause: found["by_cause"].get(cause, 0.0) for cause in CAUSES}
    return "".join(
        [
            _pair(presence, time, words),
            *_notes(analysis, layer, words),
            _causes(uncovered_of(found), by_cause, layer, study, words),
            _quantiles(found.get("minutes_p50"), found.get("minutes_p90"), words),
            _side_by_side(analysis, layer, words),
            _outside(analysis, layer, words),
        ]
    )


def unit_panel(analysis: Analysis, layer: Layer, unit_id: str, words: Words) -> str:
    """One unit's figures for one layer."""
    study = analysis.study
    units = analysis.units
    row = units[(units["unit_id"] == unit_id) & (units["layer"] == layer.key)].iloc[0]
    place = " · ".join(str(row[column]) for column in study.units.parents if row[column])
    gaps = analysis.gaps
    gap = gaps[(gaps["unit_id"] == unit_id) & (gaps["layer"] == layer.key)]
    by_cause = {cause: math.fsum(gap[f"uncovered_{cause}"]) for cause in CAUSES}
    points = analysis.gap_points
    points = points[(points["unit_id"] == unit_id) & (points["layer"] == layer.key)]
    return "".join(
        [
            f'<h3 class="qh-head">{escape(row["unit_name"])}<small>{escape(place)}</small></h3>',
            _pair(_unit_presence(row, words), _unit_time(row, layer, study, words), words),
            *_notes(analysis, layer, words),
            _causes(math.fsum(gap["uncovered"]), by_cause, layer, study, words),
            _quantiles(row["minutes_p50"], row["minutes_p90"], words),
            _largest(points, layer, study, words),
            _unit_sites(analysis, layer, unit_id, words),
        ]
    )


def sources_panel(study: Study, words: Words) -> str:
    """What a reader must know of the data, and where they come from."""
    lines = [map_notice(study, words)]
    if study.units.approximate is not None:
        lines.append(words.text(study.units.approximate))
    if study.network.note is not None:
        lines.append(words.text(study.network.note))
    lines.append(words("panel.access", metres=_plain(study.network.max_access_m)))
    sources = [words.text(source) for source in study.study.sources]
    if sources:
        lines.append(words("panel.sources", sources=words("panel.and").join(sources)))
    return _head(words("panel.about")) + "".join(_plain_line(line) for line in lines)


def _unit_presence(row: pd.Series[Any], words: Words) -> tuple[str, str, str]:
    value = words("presence.yes") if row["has_site"] else words("presence.no")
    one = "_one" if row["sites"] == 1 else ""
    basis = words(f"basis.presence_unit{one}", sites=words.number(row["sites"]))
    return words("share.presence_unit"), value, basis


def _unit_time(
    row: pd.Series[Any], layer: Layer, study: Study, words: Words
) -> tuple[str, str, str]:
    label = share_by_time_name(layer, words)
    if row["demand_total"] == 0:
        return label, "—", words("basis.no_demand")
    basis = words(
        "basis.time_unit",
        people=people(study, words, layer),
        total=amount(row["demand_total"], study, words),
        covered=amount(row["demand_covered"], study, words),
        limit=limit_text(layer, words),
    )
    return label, words.share(row["share_by_time"]), basis


def _pair(presence: tuple[str, str, str], time: tuple[str, str, str], words: Words) -> str:
    figures = "".join(
        f'<div class="qh-figure"><div class="qh-label">{escape(label)}</div>'
        f'<div class="qh-value">{escape(value)}</div>'
        f'<div class="qh-basis"><b>{escape(words("panel.basis"))}</b>{escape(basis)}</div></div>'
        for label, value, basis in (presence, time)
    )
    return f'<div class="qh-pair">{figures}</div>' + _plain_line(words("export.not_comparable"))


def _notes(analysis: Analysis, layer: Layer, words: Words) -> list[str]:
    """What stands beside a share: traps that give a false 100 %, stand-ins for the user's list."""
    notes = reversed(layer_notes(analysis, layer.key, words))  # warnings before the proxy
    return [_notice(words("panel.note", about=about, text=text)) for about, text in notes]


def _causes(
    uncovered: float, by_cause: Mapping[str, float], layer: Layer, study: Study, words: Words
) -> str:
    """Uncovered demand by cause; doubtful road data stand apart, they may be no gap at all."""
    text = _head(words("panel.uncovered", amount=amount(uncovered, study, words)))
    if uncovered == 0:
        return text
    rows = []
    for cause in CAUSES:
        apart = cause == "data_doubt"
        word = sentence(cause_name(cause, words))
        if apart:
            word = words("panel.apart", cause=word)
        share = words.share(by_cause[cause] / uncovered)
        rows.append(
            f'<tr class="{"apart" if apart else ""}"><td>{escape(word)}</td>'
            f'<td class="n">{escape(amount(by_cause[cause], study, words))}</td>'
            f'<td class="n">{escape(share)}</td></tr>'
        )
    doubt = ""
    if by_cause["data_doubt"]:
        metres = _plain(study.network.max_access_m)
        doubt = _plain_line(words("panel.doubt", metres=metres))
    return f'{text}<table class="qh-table"><tbody>{"".join(rows)}</tbody></table>{doubt}'


def _quantiles(p50: float | None, p90: float | None, words: Words) -> str:
    """Blank quantiles are an answer too: that share of the demand reaches no site at all."""
    shown = [
        words("panel.unreached")
        if value is None or pd.isna(value)
        else words("amount.minutes", value=words.number(math.ceil(value * 10) / 10, 1))
        for value in (p50, p90)
    ]
    return _plain_line(words("panel.quantiles", p50=shown[0], p90=shown[1]))


def _side_by_side(analysis: Analysis, layer: Layer, words: Words) -> str:
    """The service's other rules beside this one."""
    study = analysis.study
    group = [other for other in study.layers if other.service_key == layer.service_key]
    group = [other for other in group if other.key in analysis.summary["layers"]]
    if len(group) < 2:
        return ""
    rows = []
    for other in group:
        found = analysis.summary["layers"][other.key]
        part = words(
            "panel.of",
            part=words.number(found["demand_covered"]),
            whole=amount(found["demand_total"], study, words),
        )
        rows.append(
            f'<tr class="{"on" if other.key == layer.key else ""}">'
            f"<td>{escape(rule_text(other, words))}</td>"
            f'<td class="n">{escape(words.share(found["share_by_time"]))}</td>'
            f'<td class="n">{escape(part)}</td></tr>'
        )
    head = _head(words("panel.side_by_side"))
    return f'{head}<table class="qh-table"><tbody>{"".join(rows)}</tbody></table>'


def _outside(analysis: Analysis, layer: Layer, words: Words) -> str:
    units = analysis.units
    rows = units[(units["unit_id"] == "") & (units["layer"] == layer.key)]
    total = float(rows["demand_total"].sum())
    if total == 0:
        return ""
    return _plain_line(words("panel.outside", amount=amount(total, analysis.study, words)))


def _largest(points: pd.DataFrame, layer: Layer, study: Study, words: Words) -> str:
    """The heaviest uncovered points, the farther first among equals."""
    if points.empty:
        return ""
    order = points.sort_values(
        ["weight", "metres", "demand_id"], ascending=[False, False, True], na_position="last"
    )
    weighted = points["weight"].nunique() > 1
    head = [words("column.demand"), *([words("column.weight")] if weighted else [])]
    head += [words("export.header.nearest_site_name"), words("column.distance")]
    head.append(words("export.header.cause"))
    rows = []
    for point in order.head(_SHOWN_POINTS).to_dict("records"):
        far = measure(point["minutes"], point["metres"], layer, words)
        cells = [f"<td>{escape(point['name'] or point['demand_id'])}</td>"]
        if weighted:
            cells.append(f'<td class="n">{escape(amount(point["weight"], study, words))}</td>')
        site = point["nearest_site_name"] or point["nearest_site_id"] or "—"
        cells.append(f"<td>{escape(site)}</td>")
        cells.append(f'<td class="n">{escape(far)}</td>')
        cells.append(f"<td>{escape(sentence(cause_name(point['cause'], words)))}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    title = words("panel.largest", shown=words.number(len(rows)), total=words.number(len(points)))
    return _head(title) + _table(head, rows)


def _unit_sites(analysis: Analysis, layer: Layer, unit_id: str, words: Words) -> str:
    sites = analysis.sites
    inside = sites[(sites["unit_id"] == unit_id) & (sites["layer"] == layer.key)]
    head = _head(words("panel.sites", count=words.number(len(inside))))
    if inside.empty:
        return head + _plain_line(words("panel.no_sites"))
    names = [name or site for name, site in zip(inside["name"], inside["site_id"], strict=True)]
    return head + _plain_line(words("panel.and").join(str(name) for name in names))


def _table(head: Iterable[str], rows: Iterable[str]) -> str:
    cells = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(rows)
    return f'<table class="qh-table"><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>'


def _head(text: str) -> str:
    return f'<h2 class="qh-head">{escape(text)}</h2>'


def _notice(text: str) -> str:
    return f'<div class="qh-notice" role="note">{escape(text)}</div>'


def _plain_line(text: str) -> str:
    return f'<p class="qh-plain">{escape(text)}</p>'


def _plain(value: float) -> str:
    """15.0 as ``15``, 7.5 as ``7.5``."""
    return f"{value:g}"
