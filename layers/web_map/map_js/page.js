// What the maps that are files of their own share, after Leaflet and the scripts of both maps: the
// map with its ground, boxes, marks and lines of the legend. Text from the data enters the page by
// textContent only; nothing here builds HTML from it.
(function () {
  "use strict";
  var qh = window.qh = window.qh || {};

  function make(tag, name, content, parent) {
    var element = document.createElement(tag);
    if (name) { element.className = name; }
    if (content !== undefined && content !== null) { element.textContent = content; }
    if (parent) { parent.appendChild(element); }
    return element;
  }
  function byId(id) { return document.getElementById(id); }

  // Rings are differences of whole 1e-5 degrees, x before y.
  function unpack(packed) {
    return packed.map(function (polygon) {
      return polygon.map(function (ring) {
        var x = 0, y = 0, points = [];
        for (var i = 0; i < ring.length; i += 2) {
          x += ring[i];
          y += ring[i + 1];
          points.push([y / 1e5, x / 1e5]);
        }
        return points;
      });
    });
  }

  function line(deltas) { return unpack([[deltas]])[0][0]; }
  function still(options) { options.interactive = false; return options; }

  // Told from a demand point by shape, not by colour alone.
  qh.Mark = L.CircleMarker.extend({
    _updatePath: function () {
      var renderer = this._renderer;
      if (!renderer._drawing || this._empty()) { return; }
      qh.trace(renderer._ctx, this.options.shape, this._point.x, this._point.y, this._radius);
      renderer._fillStroke(renderer._ctx, this);
    },
  });

  function symbol(entry, parent) {
    var mark = make("i", entry.symbol, null, parent);
    if (entry.symbol === "square") { mark.appendChild(shapeOf(entry)); return; }
    if (entry.symbol === "sizes") {
      [1, 2, 3].forEach(function () { make("u", "", null, mark); });
      return;
    }
    var edge = ["line", "ring", "thin", "border"].indexOf(entry.symbol) >= 0;
    mark.style[edge ? "borderColor" : "backgroundColor"] = entry.colour;
  }
  function shapeOf(entry) {
    var space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "-1.5 -1.5 3 3");
    var shape = document.createElementNS(space, "polygon");
    shape.setAttribute("points", qh.SHAPES[entry.shape].join(" "));
    shape.setAttribute("fill", entry.colour);
    svg.appendChild(shape);
    return svg;
  }

  function legendLines(entries, parent) {
    var lines = entries.length ? make("div", "lines", null, parent) : null;
    entries.forEach(function (entry) {
      var one = make("div", "line-of", null, lines);
      symbol(entry, one);
      make("span", "", entry.text, one);
    });
  }
  function card(share, parent) {
    var element = make("div", "card", null, parent);
    make("div", "card-name", share.name, element);
    make("div", "card-value", share.value, element);
    make("p", "basis", share.basis, element);
  }
  function notes(list, lines) {
    list.textContent = "";
    lines.forEach(function (note) {
      var one = make("p", "note", null, list);
      make("b", "", note[0], one);
      make("span", "", " " + note[1], one);
    });
  }
  function rows(parent, pairs) {
    var table = make("table", "figures", null, parent);
    pairs.forEach(function (pair) {
      var row = make("tr", "", null, table);
      make("th", "", pair[0], row).scope = "row";
      make("td", "", pair[1], row);
    });
  }
  function box(title, subtitle, pairs, note) {
    var element = make("div", "popup");
    make("h3", "", title, element);
    if (subtitle) { make("p", "sub", subtitle, element); }
    rows(element, pairs);
    if (note) { make("p", "sub", note, element); }
    return element;
  }

  // Water, roads and borders: below what changes with the layer; drawn once.
  var WATER = "#b5d3ea", ROAD = ["#a39d92", "#aaa499", "#aea89d", "#b4aea4", "#bdb8af"];
  function drawGround(map, data) {
    if (data.water.length) {
      L.polygon(unpack(data.water), still({
        pane: "qhwater", stroke: false, fillColor: WATER, fillOpacity: 1,
      })).addTo(map);
    }
    var roads = data.roads.map(function (of_rank) {
      return L.polyline(of_rank[1].map(line), still({
        pane: "qhroads", color: ROAD[Math.min(of_rank[0], ROAD.length - 1)],
      })).addTo(map);
    });
    function roadWidths() {
      roads.forEach(function (one, at) {
        var width = (1.5 - 0.25 * Math.min(data.roads[at][0], 4)) *
          Math.pow(2, 0.4 * (map.getZoom() - 12));
        one.setStyle({ weight: Math.max(0.5, Math.min(6, width)) });
      });
    }
    [["#ffffff", 4, 0.8, null], ["#3a3a37", 1.9, 1, "9 3 2 3"]].forEach(function (stroke) {
      L.polyline(data.borders.map(line), still({
        pane: "qhborders", color: stroke[0], weight: stroke[1], opacity: stroke[2],
        dashArray: stroke[3], lineCap: "butt",
      })).addTo(map);
    });
    map.on("zoomend", roadWidths);  // the first view fires it, too
  }

  // `groups` by row of the list of layers, `order` gives the rows from below.
  function takeClicks(map, groups, order) {
    // Each pane has a canvas of its own, so that Leaflet would only find what is on the top one.
    function hit(point) {
      var found = null;
      order().slice().reverse().forEach(function (name) {
        if (found || !groups[name]) { return; }
        groups[name].eachLayer(function (layer) {
          // The last one drawn is on top.
          var near = layer.qhBox && (layer._point || layer._pxBounds) && layer._containsPoint(point);
          if (near) { found = layer; }
        });
      });
      return found;
    }
    map.on("click", function (event) {
      if (qh.measuring) { qh.measuring(event.latlng); return; }
      var found = hit(event.layerPoint);
      if (found) {
        L.popup().setLatLng(found.getLatLng ? found.getLatLng() : event.latlng)
          .setContent(found.qhBox()).openOn(map);
      }
    });
    var pointer = null;
    map.on("mousemove", function (event) {
      if (!pointer) {
        requestAnimationFrame(function () {
          var over = !qh.measuring && !map.dragging.moving() && hit(pointer);
          map.getContainer().style.cursor = qh.measuring ? "crosshair" : over ? "pointer" : "";
          pointer = null;
        });
      }
      pointer = event.layerPoint;
    });
    // Enter adds a point of a measuring at the middle.
    L.DomEvent.on(map.getContainer(), "keydown", function (event) {
      if (event.key === "Enter" && event.target === map.getContainer() && qh.measuring) {
        qh.measuring(map.getCenter());
      }
    });
  }

  // The map of a page whose template is standalone.html, and what its script draws with.
  qh.page = function (data) {
    var text = data.text;
    var map = L.map("map", {
      preferCanvas: true, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.75, minZoom: 3,
      maxZoom: 18, wheelPxPerZoomLevel: 90,
    });
    map.attributionControl.setPrefix(false);
    if (data.osm) {
      var osm = make("a", "", data.osm);
      osm.href = "https://www.openstreetmap.org/copyright";
      osm.target = "_blank";
      osm.rel = "noopener noreferrer";
      map.attributionControl.addAttribution(osm.outerHTML);
    }
    L.control.zoom({
      position: "topleft", zoomInTitle: text.zoom_in, zoomOutTitle: text.zoom_out,
    }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    qh.map = map;
    qh.makePanes(map);

    function fit(bounds) {
      map.invalidateSize({ animate: false });
      map.fitBounds(bounds, {
        paddingTopLeft: [52, 18], paddingBottomRight: [18, 40], animate: false,
      });
    }

    drawGround(map, data);
    var number = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 1 });
    byId("title").textContent = data.title;
    byId("map-notice").textContent = data.map_notice;
    byId("trace").textContent = data.trace;
    data.sources.forEach(function (line) { make("p", "note", line, byId("sources")); });
    [["layer-head", "layer"], ["legend-head", "legend"], ["notes-head", "notes"],
      ["sources-head", "sources"]].forEach(function (pair) {
      byId(pair[0]).textContent = text[pair[1]];
    });
    window.addEventListener("resize", function () { map.invalidateSize({ animate: false }); });
    qh.fitPaper(map);
    return {
      map: map, fit: fit, make: make, byId: byId, unpack: unpack, line: line, still: still, box: box,
      card: card, notes: notes, legendLines: legendLines,
      amount: function (value) { return value === null ? "—" : number.format(value); },
      takeClicks: function (groups, order) { takeClicks(map, groups, order); },
      chooseLayer: function (choose) {
        var select = byId("layer");
        data.layers.forEach(function (layer, index) {
          make("option", "", layer.title, select).value = String(index);
        });
        select.addEventListener("change", function () { choose(data.layers[select.value]); });
      },
    };
  };
})();
