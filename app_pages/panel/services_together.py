"""The panel of several services: how many are within their limits, and a map of each."""

from __future__ import annotations

import streamlit as st

from app_pages.coverage_map.published import drawn_level
from app_pages.coverage_map.scene import Scene
from app_pages.shell.html import (
    explanation,
    head,
    paragraph,
    plain,
    row,
    rule_text,
    sentence,
    table,
    title,
)
from layers.inline.small_maps import SmallMap, small_multiples
from layers.style.shading import unit_shading
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import people, service_title, share_by_time_name

__all__ = ["together_maps", "together_panel"]


def together_panel(scene: Scene, words: Words) -> str:
    """Demand by the number of services within their limits, of the whole or of one unit."""
    together, study, place = scene.together, scene.base.study, scene.place
    assert together is not None
    units = together.units
    if place is None:
        level = scene.places.levels[0]
        rows = units[(units["level"] == level) | (units["unit_id"] == "")]
    else:
        rows = units[(units["level"] == place.level) & (units["unit_id"] == place.unit_id)]
    sums = rows.drop(columns=["unit_id", "unit_name", "level", "share_all"]).sum()
    total, services = float(sums["total"]), len(together.layers)
    share = float(sums["within_all"]) / total if total > 0 else None
    lines = []
    for count in range(services, -1, -1):
        weight = float(sums[f"within_{count}"])
        part = words.share(weight / total if total > 0 else None)
        cells = (words("together.count", count=count), amount(weight, study, words), part)
        lines.append(row(cells, numbers=(1, 2)))
    counted = []
    for key in together.layers:
        layer = scene.layer if key == scene.layer.key else study.layer(key)
        name = service_title(study, layer.service_key, words)
        counted.append(f"{name} ({rule_text(layer, words)})")
    head_line = title(place.name or place.unit_id) if place is not None else ""
    lead = words(
        "together.lead",
        people=people(study, words),
        share=words.share(share),
        total=amount(total, study, words),
        services=words.number(services),
    )
    columns = (words("together.services"), sentence(people(study, words)), words("column.part"))
    return "".join(
        [
            head_line,
            paragraph(lead),
            table(columns, lines, numbers=(1, 2)),
            plain(words("together.counted", layers=words("panel.and").join(counted))),
            explanation("together", words),
            head(words("together.maps")),
        ]
    )


@st.cache_data(show_spinner=False, max_entries=12)
def together_maps(
    key: str, layer: str, level: str, locale: str, *, _scene: Scene, _words: Words
) -> str:
    """One small map a service, with a common legend; `key` stands for the analysis shown."""
    del key, layer, locale
    scene, words = _scene, _words
    assert scene.together is not None
    drawn = drawn_level(scene.key, level, _analysis=scene.base)
    maps, legend = [], []
    for name in scene.together.layers:
        shown = name == scene.layer.key
        analysis = scene.shown if shown else scene.base
        rule = analysis.study.layer(name)
        shading = unit_shading(analysis, name, by="time", level=level)
        share = words.share(analysis.summary["layers"][name][rule.share])
        maps.append(
            SmallMap(
                title=service_title(scene.base.study, rule.service_key, words),
                share=f"{share_by_time_name(rule, words)} {share}",
                classes=shading.classes(),
                colours=shading.colours,
                blank=shading.blank,
            )
        )
        legend = shading.legend(words)
    # Without their style element: the page's styles fit them into the panel.
    return small_multiples(drawn, maps, legend).partition("</style>")[2]
