"""The base map: background, attribution, scale, zoom and notices.

The map is built once for each study and language and does not change afterwards. Layers are added
as feature groups, and their geometry is fetched by URL, once (measured: recolouring takes a tenth
of the time of rebuilding the map). Nothing is loaded from other hosts: the caller gives the URLs of
Leaflet and of the map's script (`MapAssets`).

The script (map_js/) draws; a feature group only names the function that draws the data at a URL.
Layers that are drawn already stay when their group is added again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import folium
from branca.element import MacroElement
from folium.template import Template

from layers.style.escape import escape

__all__ = ["Ground", "MapAssets", "MapWords", "base_map", "drawn_from", "map_script"]

# Drawing order, from below. Areas share one canvas; points have their own canvases above it.
LEVELS = {
    "units": 1,
    "borders": 2,
    "isochrones": 3,
    "site_area": 4,
    "outline": 5,
    "path": 6,
    "demand": 7,
    "change": 8,
    "sites": 9,
    "pins": 10,
}
_SCRIPTS = ("core.js", "field.js", "shapes.js", "points.js", "roads.js", "ground.js")


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
    """

    zoom_in: str
    zoom_out: str
    attribution: Sequence[str]
    notices: Sequence[str] = ()
    label: str = ""


@dataclass(frozen=True)
class Ground:
    """The background below the layers, each part with a switch on the map.

    Attributes
    ----------
    roads : str
        URL of the note by `app_pages.shell.served_files.ground_of`; empty: no roads.
    roads_word, tiles_word : str
        Beside the switches: plain text, escaped here.
    tianditu_key : str
        The user's key for Tianditu; empty: no map tiles are requested.
    """

    roads: str = ""
    roads_word: str = ""
    tianditu_key: str = ""
    tiles_word: str = ""


def map_script() -> str:
    """The map's JavaScript as one text, to be loaded after Leaflet."""
    folder = Path(__file__).with_name("map_js")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in _SCRIPTS)


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
          .qh-box { background: rgba(255, 255, 255, .93); border: 1px solid #c9c7bf;
            border-radius: 4px; padding: 6px 9px; color: #222; }
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

    def __init__(self, bounds: Sequence[Sequence[float]], words: MapWords, ground: Ground) -> None:
        super().__init__()
        self._name = "Frame"
        self.options_: dict[str, object] = {
            "bounds": [list(corner) for corner in bounds],
            "roads": ground.roads,
            "roads_word": escape(ground.roads_word),
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
        self.spec = {"level": LEVELS[level], "url": url, "draw": draw, "options": options}


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
) -> folium.Map:
    """The base map, without tiles and without requests to other hosts.

    Show it with ``returned_objects=["last_active_drawing"]``: every click is returned
    there as a feature with the properties ``kind`` (unit, site, demand, ground), ``unit_id`` (""
    where there is none), ``lon``, ``lat`` (of the click; of the point itself where one was hit) and
    ``stamp``; a site has ``site_id`` and ``layer`` besides, a demand point ``demand_id``. Moving
    the map returns nothing.

    Parameters
    ----------
    bounds : ((south, west), (north, east))
        The study's area in degrees.
    assets : MapAssets
        Where the scripts lie.
    words : MapWords
        Attribution, notices and the titles of the buttons.
    ground : Ground, optional
        Roads and tiles beneath; none by default.
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
    drawn.add_child(_Frame(bounds, words, ground or Ground()))
    return drawn
