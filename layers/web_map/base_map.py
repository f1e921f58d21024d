"""The base map: background, attribution, scale, zoom and notices.

The map is built once for each study and language and does not change afterwards. Layers are added
as feature groups, and their geometry is fetched by URL, once (measured: recolouring takes a tenth
of the time of rebuilding the map). Nothing is loaded from other hosts: the caller gives the URLs of
Leaflet and of the map's script (`MapAssets`).

The script (map_js/) draws; a feature group only names the function that draws the data at a URL.
Layers that are drawn already stay when their group is added again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import folium
from branca.element import MacroElement
from folium.template import Template

from layers.style.escape import escape
from layers.web_map.plain_templates import use_plain_templates
from layers.words.catalogue import Words

__all__ = [
    "Ground",
    "MapAssets",
    "MapWords",
    "base_map",
    "drawn_from",
    "map_script",
    "shared_script",
    "tool_words",
    "tools_style",
]

use_plain_templates()

# Drawing order within a pane, from below, and what is hit first. Each level has a pane of
# map_js/panes.js; panes are ordered there.
LEVELS = {
    "units": (1, "overlayPane"),
    "borders": (2, "qhborders"),
    "isochrones": (3, "qhisochrones"),
    "site_area": (4, "qhisochrones"),
    "outline": (5, "qhlines"),
    "path": (6, "qhlines"),
    "demand": (7, "qhgaps"),
    "change": (8, "qhchange"),
    "names": (9, "qhnames"),
    "sites": (10, "qhsites"),
    "candidates": (11, "qhchange"),
    "pins": (12, "qh"),
}
# Texts that the tools use; ``{value}`` stands for a length or an area.
TOOL_WORDS = (
    "whole", "layers", "measure", "picture", "up", "down", "opacity", "measure_hint", "measure_end",
    "length", "area", "north", "units", "water", "roads", "isochrones", "gaps", "names", "sites",
)  # fmt: skip
# Those that map.html has too, then those of the page's map.
SHARED_SCRIPTS = (
    "panes.js", "field.js", "names.js", "layer_list.js", "measure.js", "picture.js",
)  # fmt: skip
_SCRIPTS = (
    *SHARED_SCRIPTS, "core.js", "shapes.js", "points.js", "tiled.js", "roads.js", "water.js",
    "ground.js",
)  # fmt: skip
_CSS = "map.css"


@dataclass(frozen=True)
class MapAssets:
    """URLs of the map's scripts, relative to the page that holds the map.

    Attributes
    ----------
    leaflet_js, leaflet_css : str
    script_js : str
        `map_script`.
    """

    leaflet_js: str
    leaflet_css: str
    script_js: str


@dataclass(frozen=True)
class MapWords:
    """The texts of the map: plain text, escaped here.

    Attributes
    ----------
    label : str
        Name of the map for screen readers.
    tools : mapping
        Texts of the buttons, the list of layers and the measuring, by the names of
        `TOOL_WORDS`; empty: the map has none of them.
    """

    zoom_in: str
    zoom_out: str
    attribution: Sequence[str]
    notices: Sequence[str] = ()
    label: str = ""
    tools: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """The background below the layers.

    Attributes
    ----------
    roads, water : str
        URL of the note by `app_pages.shell.served_files.ground_of`; empty: none.
    tianditu_key : str
        The user's key for Tianditu; empty: no map tiles are requested.
    tiles_word : str
        Beside their switch: plain text, escaped here.
    """

    roads: str = ""
    water: str = ""
    tianditu_key: str = ""
    tiles_word: str = ""


def map_script() -> str:
    """The map's JavaScript as one text, to be loaded after Leaflet."""
    return _joined(_SCRIPTS)


def shared_script() -> str:
    """The part of it that map.html has too."""
    return _joined(SHARED_SCRIPTS)


def _joined(names: Sequence[str]) -> str:
    folder = Path(__file__).with_name("map_js")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def tools_style() -> str:
    """The styles of the buttons, the list of layers and the measuring, of both maps."""
    return Path(__file__).with_name(_CSS).read_text(encoding="utf-8")


def tool_words(words: Words) -> dict[str, str]:
    """The texts of the tools of both maps."""
    return {name: words(f"tools.{name}", value="{value}") for name in TOOL_WORDS}


class _Frame(MacroElement):
    """Styles of the frame, and the start of the script on this map."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}
        <style>
          html, body, #root, #parent, .float-child { height: 100%; margin: 0; }
          #map_div { height: 100vh !important; width: 100% !important; background: #f2f1ec; }
          body > span { display: none; }
          .leaflet-container { font: 12px/1.45 system-ui, "Microsoft YaHei", "PingFang SC",
            "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; }
          .leaflet-control-attribution { max-width: 60vw; color: #444; }
          /* Without Leaflet's own styles, its controls are bare links and stand in no corner. */
          .leaflet-container:not(.qh-styled) > * { visibility: hidden; }
          {{ this.tools_style_ }}
          .qh-notice { max-width: 46vw; font-size: 12px; color: #444; }
          .leaflet-tooltip.qh-tip { white-space: normal; width: max-content; max-width: 260px; }
          .leaflet-container { outline: none; }
          .leaflet-container.qh-keys { outline: 3px solid #0b57d0; outline-offset: -3px; }
          .qh-ground { padding: 3px 8px; }
          .qh-ground label { display: block; cursor: pointer; white-space: nowrap; }
          .qh-ground input { margin: 0 5px 0 0; vertical-align: -2px; }
          .qh-cross { display: none; position: absolute; z-index: 900; left: 50%; top: 50%;
            width: 22px; height: 22px; margin: -11px 0 0 -11px; pointer-events: none;
            background: linear-gradient(#0b57d0, #0b57d0) center/2px 100% no-repeat,
              linear-gradient(#0b57d0, #0b57d0) center/100% 2px no-repeat; }
          .leaflet-container.qh-keys .qh-cross { display: block; }
        </style>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        qh.start({{ this._parent.get_name() }}, {{ this.options_|tojson }});
        {% endmacro %}
        """
    )

    def __init__(
        self,
        bounds: Sequence[Sequence[float]],
        whole: Sequence[Sequence[float]],
        words: MapWords,
        ground: Ground,
        areas: bool,
    ) -> None:
        super().__init__()
        self._name = "Frame"
        self.tools_style_ = tools_style()
        self.options_: dict[str, object] = {
            "bounds": [list(corner) for corner in bounds],
            "whole": [list(corner) for corner in whole],
            "areas": areas,
            "roads": ground.roads,
            "water": ground.water,
            # Texts become the content of elements and attributes by the script, never HTML.
            "words": dict(words.tools),
            "tianditu": escape(ground.tianditu_key),
            "tiles_word": escape(ground.tiles_word),
            # Leaflet writes titles as text attributes, never as HTML.
            "zoom_in": words.zoom_in,
            "zoom_out": words.zoom_out,
            "label": words.label,
            "attribution": [escape(line) for line in words.attribution],
            "notices": [escape(line) for line in words.notices],
        }


class _Drawn(MacroElement):
    """A layer that the map's script draws from data at a URL."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        qh.put({{ this._parent.get_name() }}, {{ this.spec|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, level: str, url: str, draw: str, options: dict[str, object]) -> None:
        super().__init__()
        self._name = "Drawn"
        number, pane = LEVELS[level]
        self.spec = {
            "level": number, "pane": pane, "url": url, "draw": draw, "options": options,
        }  # fmt: skip


def drawn_from(
    url: str, *, level: str, draw: str, options: dict[str, object]
) -> folium.FeatureGroup:
    """A feature group that the map's script draws from the data at `url`.

    Parameters
    ----------
    url : str
        Relative to the map's page; empty if `options` hold all data. It is fetched once only.
    level : str
        A key of `LEVELS`.
    draw : str
        Name of a function in ``qh.draw`` (map_js/).
    options : dict
        JSON for that function; texts in it that become HTML are escaped by the caller.
    """
    group = folium.FeatureGroup(control=False)
    group.add_child(_Drawn(level, url, draw, options))
    return group


def base_map(
    bounds: Sequence[Sequence[float]],
    *,
    assets: MapAssets,
    words: MapWords,
    ground: Ground | None = None,
    whole: Sequence[Sequence[float]] | None = None,
    areas: bool = True,
) -> folium.Map:
    """The base map, without tiles and without requests to other hosts.

    Show it with ``returned_objects=["last_active_drawing"]``: every click is returned
    there as a feature with the properties ``kind`` (unit, site, demand, ground), ``unit_id`` (""
    where there is none), ``lon``, ``lat`` (of the click; of the point itself where one was hit) and
    ``stamp``; a site has ``site_id`` and ``layer`` besides, a demand point ``demand_id``, a
    candidate ``candidate_id``. Where something was hit, ``click_lon`` and ``click_lat`` are those
    of the click itself. Moving the map returns nothing.

    Parameters
    ----------
    bounds : ((south, west), (north, east))
        The first view, in degrees.
    assets : MapAssets
        Where the scripts lie.
    words : MapWords
        Attribution, notices and the titles of the buttons.
    ground : Ground, optional
        Roads, water and tiles beneath; none by default.
    whole : ((south, west), (north, east)), optional
        What the button for the whole shows; `bounds` by default.
    areas : bool
        Whether the units have areas; without, the list of layers has neither them nor names.
    """
    (south, west), (north, east) = bounds
    drawn = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        zoom_snap=0.25,  # whole steps leave up to half of the frame empty around a study
        zoom_delta=0.75,
        maxZoom=18,  # folium's own max_zoom is not handed on without tiles
        minZoom=4,
    )
    # On the instance: class attributes would be shared by all maps.
    drawn.default_js = [("leaflet", assets.leaflet_js), ("qh", assets.script_js)]
    drawn.default_css = [("leaflet_css", assets.leaflet_css)]
    drawn.add_child(_Frame(bounds, whole or bounds, words, ground or Ground(), areas))
    return drawn
