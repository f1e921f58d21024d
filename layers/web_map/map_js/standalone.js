// The script of map.html, after Leaflet and the scripts that both maps share. Text from the data
// enters the page by textContent only; nothing here builds HTML from it.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var text = data.text;
  var number = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 1 });
  var percent = new Intl.NumberFormat(data.locale, {
    style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1,
  });
  var state = { layer: null };
  var groups = {};

  function make(tag, name, content, parent) {
    var element = document.createElement(tag);
    if (name) { element.className = name; }
    if (content !== undefined && content !== null) { element.textContent = content; }
    if (parent) { parent.appendChild(element); }
    return element;
  }
  function byId(id) { return document.getElementById(id); }
  function amount(value) { return value === null ? "—" : number.format(value); }

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

  function unitBox(unit, values) {
    var layer = state.layer;
    var share = values[0], total = values[1], covered = values[2];
    var uncovered = total === null || covered === null ? null : total - covered;
    var pairs = [
      [layer.time.name, share === null ? text.no_demand : percent.format(share)],
      [layer.weights.total, amount(total)],
      [layer.weights.uncovered, amount(uncovered)],
      [text.sites_here, amount(values[3])],
      [text.median, values[4] !== null ? amount(values[4]) : total ? text.unreached : "—"],
    ];
    return box(unit.name, unit.parents.concat([data.level]).join(" · "), pairs, layer.title);
  }
  function siteBox(site) {
    var pairs = [[text.within, amount(site[4])], [text.owned, amount(site[5])]];
    if (site[6] !== null) { pairs.push([text.capacity, amount(site[6])]); }
    return box(site[2], site[3] ? text.site_used : text.site_unused, pairs, state.layer.title);
  }
  function gapBox(row, gaps) {
    var pairs = [[state.layer.weights.weight, amount(row[3])]];
    pairs.push([text.nearest, row[5] < 0 ? text.unreached : gaps.sites[row[5]]]);
    if (row[6] !== null) { pairs.push([text.minutes, amount(row[6])]); }
    if (row[7] !== null) { pairs.push([text.metres, amount(row[7])]); }
    return box(row[4], data.causes[row[2]], pairs, state.layer.title);
  }

  // Seen from afar, full lines around every street would hide the units.
  function bandWeight() { return Math.max(0.7, Math.min(1.6, (map.getZoom() - 10) * 0.5)); }

  var shapes = data.units.map(function (unit) { return unpack(unit.shape); });

  // Below what changes with the layer; drawn once. Roads of less importance are thinner.
  var WATER = "#b5d3ea", ROAD = ["#a39d92", "#aaa499", "#aea89d", "#b4aea4", "#bdb8af"];
  function line(deltas) { return unpack([[deltas]])[0][0]; }
  function still(options) { options.interactive = false; return options; }
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
  // Sites are marks of Leaflet's here.
  qh.symbolBoxes = function (zoom) {
    return state.layer && list.isOn("sites") ? state.layer.sites.map(function (site) {
      var at = map.project([site[1] / 1e5, site[0] / 1e5], zoom);
      return [at.x - 6, at.y - 6, at.x + 6, at.y + 6];
    }) : [];
  };
  new qh.Names(data.names).addTo(map);

  var draw = {
    units: function (group, layer) {
      data.units.forEach(function (unit, index) {
        var shade = layer.classes[index];
        var blank = shade === null;
        var shape = L.polygon(shapes[index], still({
          color: "#8f8f8a", weight: 0.8, fillOpacity: 1,
          fillColor: blank ? data.colours.blank : data.colours.share[shade],
        })).addTo(group);
        shape.qhBox = function () { return unitBox(unit, layer.values[index]); };
      });
    },
    isochrones: function (group, layer) {
      layer.isochrones.forEach(function (band) {
        L.polygon(unpack(band[2]), still({
          pane: "qhisochrones", color: band[0], weight: bandWeight(), fillColor: band[0],
          fillOpacity: 0.1,
        })).addTo(group);
      });
    },
    gaps: function (group, layer) {
      var gaps = layer.gaps;
      var most = gaps.rows.reduce(function (top, row) { return Math.max(top, row[3]); }, 0);
      gaps.rows.forEach(function (row) {
        var doubt = row[2] === data.causes.length - 1;
        var colour = data.colours.cause[row[2]];
        // A dot's area goes with its weight; without weights all are small and equal.
        var radius = gaps.weighted && most > 0 ? 2 + 6 * Math.sqrt(row[3] / most) : 3;
        var dot = L.circleMarker([row[1] / 1e5, row[0] / 1e5], still({
          pane: "qhgaps", radius: radius, weight: doubt ? 1.6 : 0.7, color: doubt ? colour : "#ffffff",
          fillColor: doubt ? "#ffffff" : colour, fillOpacity: 1,
        })).addTo(group);
        dot.qhBox = function () { return gapBox(row, gaps); };
      });
    },
    sites: function (group, layer) {
      layer.sites.forEach(function (site) {
        var mark = new Mark([site[1] / 1e5, site[0] / 1e5], still({
          pane: "qhsites", radius: 5, weight: 1.5, color: "#ffffff", fillOpacity: 1,
          shape: layer.symbol.shape,
          fillColor: site[3] ? layer.symbol.colour : data.colours.unused,
        })).addTo(group);
        mark.qhBox = function () { return siteBox(site); };
      });
    },
  };
  // Told from a demand point by shape, not by colour alone.
  var Mark = L.CircleMarker.extend({
    _updatePath: function () {
      var renderer = this._renderer;
      if (!renderer._drawing || this._empty()) { return; }
      qh.trace(renderer._ctx, this.options.shape, this._point.x, this._point.y, this._radius);
      renderer._fillStroke(renderer._ctx, this);
    },
  });

  var DRAWN = ["units", "isochrones", "gaps", "sites"];
  function redraw() {
    DRAWN.forEach(function (name) {
      if (groups[name]) { groups[name].remove(); }
      groups[name] = L.featureGroup();
      if (list.isOn(name)) {
        draw[name](groups[name], state.layer);
        groups[name].addTo(map);
      }
    });
    qh.namesAgain();
  }

  // Each pane has a canvas of its own, so that Leaflet would only find what is on the top one.
  function hit(point) {
    var found = null;
    list.order.slice().reverse().forEach(function (name) {
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

  function card(share, parent) {
    var element = make("div", "card", null, parent);
    make("div", "card-name", share.name, element);
    make("div", "card-value", share.value, element);
    make("p", "basis", share.basis, element);
  }
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

  // The list of layers is the legend: what is drawn stands below its switch.
  var list = new qh.LayerList(map, byId("legend"), {
    words: data.tools, key: "quarterhour.map.layers",
    toggle: function (row) { if (DRAWN.indexOf(row.key) >= 0) { redraw(); } },
    extra: function (row, parent) {
      var entries = state.layer.legend.filter(function (entry) { return entry.group === row.key; });
      var lines = entries.length ? make("div", "lines", null, parent) : null;
      entries.forEach(function (entry) {
        var line = make("div", "line-of", null, lines);
        symbol(entry, line);
        make("span", "", entry.text, line);
      });
    },
  });
  function legend() {
    var areas = data.units.length > 0;
    var there = {
      units: areas, names: areas, water: data.water.length, roads: data.roads.length,
      isochrones: state.layer.isochrones.length,
    };
    list.show(qh.ROWS.map(function (row) {
      return {
        key: row, hidden: row in there && !there[row],
        word: row === "units" ? state.layer.time.name : data.tools[row],
      };
    }));
  }
  function picture() {
    var layer = state.layer, parts = [];
    qh.ROWS.forEach(function (row) {
      var entries = layer.legend.filter(function (entry) { return entry.group === row; });
      if (!entries.length || !list.isOn(row)) { return; }
      parts.push({ name: row === "units" ? layer.time.name : data.tools[row], items: entries });
    });
    return {
      title: data.title, subtitle: layer.title + " · " + layer.limit, legend: parts,
      lines: data.lines, north: data.tools.north, file: data.title + " " + layer.title,
    };
  }
  function notes() {
    var list = byId("notes");
    list.textContent = "";
    state.layer.notes.forEach(function (note) {
      var line = make("p", "note", null, list);
      make("b", "", note[0], line);
      make("span", "", " " + note[1], line);
    });
  }
  function choose(index) {
    state.layer = data.layers[index];
    map.closePopup();
    var shares = byId("shares");
    shares.textContent = "";
    card(state.layer.presence, shares);
    card(state.layer.time, shares);
    legend();
    notes();
    redraw();
  }

  byId("title").textContent = data.title;
  byId("map-notice").textContent = data.map_notice;
  byId("not-comparable").textContent = data.not_comparable;
  byId("trace").textContent = data.trace;
  [["layer-head", "layer"], ["legend-head", "legend"], ["notes-head", "notes"],
    ["sources-head", "sources"]].forEach(function (pair) {
    byId(pair[0]).textContent = text[pair[1]];
  });
  data.sources.forEach(function (line) { make("p", "note", line, byId("sources")); });
  var select = byId("layer");
  data.layers.forEach(function (layer, index) {
    make("option", "", layer.title, select).value = String(index);
  });
  select.addEventListener("change", function () { choose(Number(select.value)); });

  qh.toolbar(map, [
    { icon: "whole", word: data.tools.whole, run: function () { fit(data.whole); } },
    { icon: "measure", word: data.tools.measure, press: qh.measureTool(map, data.tools) },
    { icon: "picture", word: data.tools.picture, run: function () {
      qh.savePicture(map, picture());
    } },
  ]);
  fit(data.bounds);
  choose(0);
  roadWidths();
  map.on("zoomend", function () {
    groups.isochrones.setStyle({ weight: bandWeight() });
    roadWidths();
  });
  window.addEventListener("resize", function () { map.invalidateSize({ animate: false }); });
  qh.fitPaper(map);
  document.documentElement.dataset.ready = "true";
})();
