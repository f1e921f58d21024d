"""Charts for print: the share reached by time or distance, coverage by unit, and causes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from geo.analysis import Analysis
from geo.coverage.share_curve import share_curve
from layers.print_map.page import Drawing, LegendItem, Page, Paper, draw_text, font, new_page
from layers.shapes.units import levels, shown_shares
from layers.style.palette import CAUSE_COLOURS, CAUSE_ORDER, is_hollow
from layers.style.typeface import known_text, text_width, wrap
from layers.words.catalogue import Words
from layers.words.phrases import (
    cause_name,
    layer_title,
    limit_text,
    people,
    sentence,
    uncovered_of,
    unit_word,
)

__all__ = [
    "CHART",
    "LINES",
    "axis_words",
    "causes_chart",
    "limit_units",
    "metres_chart",
    "minutes_chart",
    "units_chart",
]

CHART = Paper(156, 92, 1)
# Okabe and Ito's colours; dashes distinguish the lines in grey print.
LINES = (
    ("#0072b2", "-"), ("#d55e00", "--"), ("#009e73", "-."), ("#cc79a7", ":"),
    ("#56b4e9", (0, (5, 1))), ("#e69f00", (0, (3, 1, 1, 1))), ("#000000", (0, (1, 1))),
)  # fmt: skip
_LEAST = {"minutes": 30.0, "metres": 1000.0}
_BAR, _EMPTY = "#2c7fb8", "#e7e6e0"
_MOST_BARS = 40
_PANELS = 4  # side by side
_PT = 72 / 25.4


def limit_units(analysis: Analysis) -> list[str]:
    """The units in which layers have limits: minutes, metres, or both."""
    used = {analysis.study.layer(str(key)).limit.unit for key in analysis.summary["layers"]}
    return [unit for unit in ("minutes", "metres") if unit in used]


def minutes_chart(analysis: Analysis, words: Words, *, paper: Paper = CHART) -> Drawing:
    """Share of demand whose nearest site is within a number of minutes, a curve for each layer.

    It shows how much demand is just beyond the limit, and how much is far. Layers whose limit is a
    distance are left out.
    """
    return _curves(analysis, "minutes", words, paper)


def metres_chart(analysis: Analysis, words: Words, *, paper: Paper = CHART) -> Drawing:
    """The same by metres, for the layers whose limit is a distance."""
    return _curves(analysis, "metres", words, paper)


def _curves(analysis: Analysis, unit: str, words: Words, paper: Paper) -> Drawing:
    page = new_page(paper)
    summaries = analysis.summary["layers"]
    study = analysis.study
    layers = [study.layer(str(key)) for key in summaries]
    keys = [layer.key for layer in layers if layer.travels and layer.limit.unit == unit]
    longest = _longest(analysis, keys, unit)
    entries = []
    texts = []
    curves: list[tuple[Any, ...]] = []
    for number, key in enumerate(keys):
        layer = analysis.study.layer(key)
        x, y = _steps(analysis, key, unit, longest)
        curves.append((x, y, *LINES[number % len(LINES)]))
        title = known_text(layer_title(layer, words))
        entries.append((title, *LINES[number % len(LINES)]))
        share = words.share(summaries[key][layer.share])
        within = limit_text(layer, words)
        texts.append(words("report.alt.at_limit", layer=title, limit=within, share=share))
    _line_legend(page, entries)
    axes = page.axes(page.left + 13, page.bottom + 11, page.right - 3, page.top - 5)
    for x, y, colour, dashes in curves:
        axes.step(x, y, where="post", color=colour, linestyle=dashes, linewidth=1.5)
    for limit in sorted({analysis.study.layer(key).limit.value for key in keys}):
        axes.axvline(limit, color="#555555", linewidth=0.8, linestyle=(0, (4, 3)))
        draw_text(axes, limit, 101, words(f"export.{unit}", value=f"{limit:g}"), 7.5,
            ha="center", va="bottom", color="#333333")  # fmt: skip
    axes.set_xlim(0, longest)
    axes.set_ylim(0, 100)
    axis_words(axes, words(f"report.chart.{unit}_x"), words("report.chart.share_y"))
    axes.grid(color="#dddddd", linewidth=0.5)
    title = words(f"report.chart.{unit}")
    listed = words("export.semicolon").join(texts)
    return Drawing(page.figure, title, words("report.alt.minutes", title=title, shares=listed))


def _longest(analysis: Analysis, keys: Sequence[str], unit: str) -> float:
    """Three times the longest limit; minutes at most as far as the search went."""
    limits = [analysis.study.layer(key).limit.value for key in keys]
    longest = max(3 * max(limits, default=0.0), _LEAST[unit])
    if unit == "metres":
        return float(longest)
    return float(min(longest, analysis.study.network.horizon_minutes))


def _steps(analysis: Analysis, key: str, unit: str, longest: float) -> tuple[Any, Any]:
    """Minutes or metres so far, and the share of all demand within them, in per cent."""
    curve = share_curve(analysis.demand[analysis.demand["layer"] == key], unit)
    seen = curve.x <= longest
    amounts, share = curve.x[seen], curve.share[seen] * 100
    x = np.concatenate([[0.0], amounts, [longest]])
    y = np.concatenate([[0.0], share, share[-1:] if len(share) else [0.0]])
    return x, y


def _line_legend(page: Page, entries: Sequence[tuple[Any, ...]]) -> None:
    """Lines with their dashes below the chart, as many in a row as fit."""
    size, row = 8.0, 5.0
    lines: list[list[tuple[float, Any]]] = [[]]
    x = page.left
    for entry in entries:
        width = 12.0 + text_width(entry[0], size) / _PT + 4.0
        if lines[-1] and x + width > page.right:
            lines.append([])
            x = page.left
        lines[-1].append((x, entry))
        x += width
    for number, line in enumerate(reversed(lines)):
        y = page.bottom + (number + 0.5) * row
        for left, (text, colour, dashes) in line:
            page.sheet.plot([left, left + 10], [y, y], color=colour, linestyle=dashes,
                            linewidth=1.5)  # fmt: skip
            draw_text(page.sheet, left + 12, y, text, size, va="center")
    page.bottom += len(lines) * row


def units_chart(analysis: Analysis, words: Words, *, width: float = 156.0) -> Drawing:
    """Share by time by county (the nearest parent level), a panel for each layer.

    Counties have the same order in every panel: by the first layer's share, the lowest first. A
    study without parent levels shows the forty finest units with the lowest shares.
    """
    keys = [str(key) for key in analysis.summary["layers"]]
    known = levels(analysis.study)
    level = known[1] if len(known) > 1 else known[0]
    rows = analysis.units
    rows = rows[(rows["level"] == level) & (rows["unit_id"] != "")]
    rows = rows.drop_duplicates(["unit_id", "layer"])
    rows = rows.assign(share=shown_shares(rows, analysis.study))
    first = rows[rows["layer"] == keys[0]].dropna(subset=["share"])
    order = first.sort_values(["share", "unit_id"], kind="stable").head(_MOST_BARS)
    names = [known_text(str(name)) for name in order["unit_name"]]
    longest = min(max((text_width(name, 7.5) / _PT for name in names), default=10.0), 45.0) + 3
    across = min(len(keys), _PANELS)
    down = -(-len(keys) // across)
    height = 18 + 5.2 * max(len(names), 1)
    page = new_page(Paper(width, 2 + down * height, 1))
    each = (page.right - page.left - longest) / across
    texts = []
    for number, key in enumerate(keys):
        of_layer = rows[rows["layer"] == key].set_index("unit_id")["share"]
        shares = of_layer.reindex(order["unit_id"]).to_numpy(float)
        left = page.left + longest + number % across * each
        top = page.top - number // across * height
        title = known_text(layer_title(analysis.study.layer(key), words))
        lines = wrap(title, (each - 3) * _PT, 7.5)[:3]
        for line, text in enumerate(reversed(lines)):
            draw_text(page.sheet, left, top - 10.5 + line * 3.6, text, 7.5, va="center")
        axes = page.axes(left, top - height + 6, left + each - 13, top - 13)
        _bars(axes, shares, names if number % across == 0 else [""] * len(names), words)
        listed = (f"{n} {words.share(share)}" for n, share in zip(names, shares, strict=True))
        texts.append(
            words("export.note_item", about=title, text=words("export.comma").join(listed))
        )
    title = words("report.chart.units")
    all_shares = words("export.semicolon").join(texts)
    return Drawing(page.figure, title, words("report.alt.units", title=title, shares=all_shares))


def _bars(axes: Axes, shares: Any, names: Sequence[str], words: Words) -> None:
    """One panel: bars on a pale background that ends at 100 %."""
    place = np.arange(len(shares))
    axes.barh(place, np.full(len(shares), 100.0), color=_EMPTY, height=0.62)
    axes.barh(place, np.nan_to_num(shares * 100), color=_BAR, height=0.62)
    for at, value in enumerate(shares):
        draw_text(axes, 103, float(at), words.share(value), 7.0, va="center")
    axes.set_xlim(0, 100)
    axes.set_ylim(len(shares) - 0.4, -0.6)
    axes.set_xticks([0, 50, 100])
    axes.set_yticks(place, list(names))
    axis_words(axes, "", "", size=7.0)
    axes.tick_params(axis="y", length=0)


def causes_chart(analysis: Analysis, words: Words, *, width: float = 156.0) -> Drawing:
    """Uncovered demand by cause, a bar for each layer, in per cent of its own uncovered demand.

    Layers are neither added nor compared in size, since they count the same people.
    """
    study = analysis.study
    summaries = analysis.summary["layers"]
    keys = [key for key in summaries if uncovered_of(summaries[key])]
    causes = [c for c in CAUSE_ORDER if any(summaries[key]["by_cause"].get(c) for key in keys)]
    names = [known_text(layer_title(study.layer(key), words)) for key in keys]
    page = new_page(Paper(width, 24 + 8 * max(len(keys), 1), 1))
    items = [
        LegendItem("hatch" if is_hollow(cause) else "fill", _fill(cause),
                   sentence(cause_name(cause, words, study)))
        for cause in causes
    ]  # fmt: skip
    page.legend_row(items)
    longest = max((text_width(name, 8.0) / _PT for name in names), default=10.0)
    axes = page.axes(page.left + min(longest, 70) + 3, page.bottom + 10, page.right - 22, page.top)
    texts = _cause_bars(axes, analysis, keys, names, words)
    axes.set_xlim(0, 100)
    axes.set_ylim(len(keys) - 0.4, -0.6)
    axes.set_yticks(np.arange(len(keys)), names)
    axis_words(axes, words("report.chart.causes_x", people=people(study, words)), "")
    title = words("report.chart.causes")
    return Drawing(
        page.figure,
        title,
        words("report.alt.causes", title=title, causes=words("export.semicolon").join(texts)),
    )


def _cause_bars(
    axes: Axes, analysis: Analysis, keys: Sequence[str], names: Sequence[str], words: Words
) -> list[str]:
    """Draw the bars; returns their description, layer by layer."""
    texts = []
    for place, (key, name) in enumerate(zip(keys, names, strict=True)):
        entry = analysis.summary["layers"][key]
        uncovered, left, parts = uncovered_of(entry), 0.0, []
        for cause in CAUSE_ORDER:
            share = float(entry["by_cause"].get(cause, 0.0)) / uncovered
            if not share:
                continue
            axes.barh(
                place, share * 100, left=left, height=0.6, color=_fill(cause),
                edgecolor="#666666", linewidth=0.4,
                hatch="//////" if is_hollow(cause) else None,
            )  # fmt: skip
            left += share * 100
            parts.append(
                f"{cause_name(cause, words, analysis.study.layer(str(key)))} {words.share(share)}"
            )
        value, unit = words.number(uncovered), unit_word(analysis.study, words)
        amount = words("report.amount", value=value, unit=unit)
        draw_text(axes, 101, place, amount, 8.0, va="center")
        texts.append(f"{name} {amount}: {words('export.comma').join(parts)}")
    return texts


def _fill(cause: str) -> str:
    return "#ffffff" if is_hollow(cause) else CAUSE_COLOURS[cause]


def axis_words(axes: Axes, x: str, y: str, *, size: float = 8.0) -> None:
    """Names of the axes and our font on the ticks."""
    if x:
        axes.set_xlabel(x, fontproperties=font(8.0), parse_math=False)
    if y:
        axes.set_ylabel(y, fontproperties=font(8.0), parse_math=False)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(size))
        label.set_parse_math(False)
    axes.tick_params(length=2.5, width=0.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_linewidth(0.6)
