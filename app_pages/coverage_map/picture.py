"""What the picture (PNG) of the map's view says: title, legend, notices and sources."""

from __future__ import annotations

from collections.abc import Sequence

import folium

from app_pages.coverage_map.legend import LegendGroup, legend_items
from app_pages.coverage_map.scene import Scene
from app_pages.shell.html import sentence
from layers.web_map.view_commands import picture_lines, say_picture
from layers.words.catalogue import Words
from layers.words.phrases import layer_title, limit_text, share_by_time_name

__all__ = ["picture_of"]


def picture_of(scene: Scene, groups: Sequence[LegendGroup], words: Words) -> folium.FeatureGroup:
    """The feature group that hands the texts of the picture to the map."""
    study, layer = scene.base.study, scene.layer
    name = words.text(study.study.name)
    title = f"{name} · {layer_title(layer, words)}"
    parts = [limit_text(layer, words), share_by_time_name(layer, words)]
    if scene.view.put:
        parts.append(words("picture.trial"))
    return say_picture(
        title=title,
        subtitle=sentence(" · ".join(parts)),
        legend=legend_items(groups),
        lines=picture_lines(study, words),
        north=words("tools.north"),
        file=title,
    )
