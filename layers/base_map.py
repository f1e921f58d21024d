"""The constant base map: a quiet ground, attribution, scale, zoom and notices.

The map is built once a study and language and never changes afterwards; what changes travels as
feature groups, and geometry travels by URL, once (measured: recolouring takes a tenth of the time
of a rebuilt map). Nothing is loaded from outside: whoever shows the map hands in where Leaflet
lies (`MapAssets`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import folium
from branca.element import MacroElement
from folium.template import Template

from layers.escape import escape

__all__ = ["MapAssets", "MapWords", "base_map", "drawn_from"]

# One canvas carries all layers (a second one above it would swallow the pointer), so that who lies
# on top is a matter of order: each layer names its level and `qh.order` restores it.
LEVELS = {"units": 1, "borders": 2, "isochrones": 3, "outline": 4, "demand": 5, "sites": 6}


@dataclass(frozen=True)
class MapAssets:
    """Where the page that holds the map finds Leaflet, as URLs relative to that page."""

    leaflet_js: str
    leaflet_css: str


@dataclass(frozen=True)
class MapWords:
    """The map's own words: plain text, escaped here."""

    zoom_in: str
    zoom_out: str
    attribution: Sequence[str]
    notices: Sequence[str] = ()


class _Frame(MacroElement):
    """Fits the study's area, and gives the layers `qh`: data by URL, and the order of layers."""

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
        </style>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        (function (map) {
          window.qh = {
            map: map, data: {}, pending: {},
            load: function (url, draw) {
              if (url in qh.data) { draw(qh.data[url]); return; }
              qh.pending[url] = qh.pending[url] || fetch(url).then(function (answer) {
                if (!answer.ok) { throw new Error(answer.status + " " + url); }
                return answer.json();
              }).then(function (data) { qh.data[url] = data; return data; });
              qh.pending[url].then(draw);
            },
            order: function () {
              var levels = [];
              map.eachLayer(function (layer) { if (layer.qhLevel) { levels.push(layer); } });
              levels.sort(function (a, b) { return a.qhLevel - b.qhLevel; });
              levels.forEach(function (layer) { layer.bringToFront(); });
            },
            picked: function (event) {
              // The stamp makes a second click on one place news for the page; in a new object,
              // since streamlit-folium compares with the former one, which it holds by reference.
              var feature = event.layer.feature;
              feature.properties = Object.assign({}, feature.properties, { stamp: Date.now() });
            },
          };
          map.attributionControl.setPrefix(false);
          {{ this.attribution|tojson }}.forEach(function (line) {
            map.attributionControl.addAttribution(line);
          });
          L.control.zoom({
            zoomInTitle: {{ this.zoom_in|tojson }}, zoomOutTitle: {{ this.zoom_out|tojson }},
          }).addTo(map);
          L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
          var notices = {{ this.notices|tojson }};
          if (notices.length) {
            var box = L.control({ position: "topright" });
            box.onAdd = function () {
              var div = L.DomUtil.create("div", "qh-box qh-notice");
              div.innerHTML = notices.join("<br>");
              return div;
            };
            box.addTo(map);
          }
          function fit() {
            map.invalidateSize({ animate: false });
            map.fitBounds({{ this.bounds|tojson }}, { padding: [14, 14], animate: false });
          }
          fit();
          // A frame that is not laid out yet has no size to fit into.
          if (map.getSize().x < 40 || map.getSize().y < 40) { map.once("resize", fit); }
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, bounds: Sequence[Sequence[float]], words: MapWords) -> None:
        super().__init__()
        self._name = "Frame"
        self.bounds = [list(corner) for corner in bounds]
        self.zoom_in = words.zoom_in
        self.zoom_out = words.zoom_out
        self.attribution = [escape(line) for line in words.attribution]
        self.notices = [escape(line) for line in words.notices]


class _Drawn(MacroElement):
    """A layer drawn by JavaScript from data at a URL: `draw(data, group, options)` fills it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (group, options) {
          group.qhLevel = {{ this.level }};
          // streamlit-folium takes former groups off the map but keeps them in its list forever.
          group.on("remove", function () {
            window.feature_group = (window.feature_group || []).filter(function (other) {
              return other !== group;
            });
          });
          qh.load({{ this.url|tojson }}, function (data) {
            ({{ this.draw }})(data, group, options);
            qh.order();
          });
        })({{ this._parent.get_name() }}, {{ this.options_|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, level: str, url: str, draw: str, options: dict[str, object]) -> None:
        super().__init__()
        self._name = "Drawn"
        self.level = LEVELS[level]
        self.url = url
        self.draw = draw
        self.options_ = options


def drawn_from(
    url: str, *, level: str, draw: str, options: dict[str, object]
) -> folium.FeatureGroup:
    """A feature group that the JavaScript function `draw` fills from the JSON at `url`.

    Parameters
    ----------
    url : str
        Relative to the map's page. It is fetched once, however often the layer is drawn again.
    level : str
        A key of `LEVELS`: what lies above what.
    draw : str
        JavaScript ``function (data, group, options)``. A constant of ours, never made from data.
    options : dict
        JSON for `draw`; texts in it that become HTML are escaped by the caller.
    """
    group = folium.FeatureGroup(control=False)
    group.add_child(_Drawn(level, url, draw, options))
    return group


def base_map(
    bounds: Sequence[Sequence[float]], *, assets: MapAssets, words: MapWords
) -> folium.Map:
    """The base map, without tiles and without any address outside.

    Parameters
    ----------
    bounds : ((south, west), (north, east))
        The study's area in degrees.
    assets : MapAssets
        Where Leaflet lies.
    words : MapWords
        Attribution, notices and the titles of the buttons.
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
    # On the instance: the class attributes would be everybody's.
    drawn.default_js = [("leaflet", assets.leaflet_js)]
    drawn.default_css = [("leaflet_css", assets.leaflet_css)]
    drawn.add_child(_Frame(bounds, words))
    return drawn
