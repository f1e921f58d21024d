// The script of map.html, after Leaflet and the scripts that both maps share. Text from the data
// enters the page by textContent only; nothing here builds HTML from it.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var text = data.text;
  // A layer that is shown in another way has only what differs from the layer itself.
  data.layers = data.layers.map(function (layer) {
    return layer.of === undefined ? layer : Object.assign({}, data.layers[layer.of], layer);
  });
  var percent = new Intl.NumberFormat(data.locale, {
    style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1,
  });
  var state = { layer: null };
  var groups = {};

  var page = qh.page(data), map = page.map, still = page.still, unpack = page.unpack;
  var byId = page.byId, amount = page.amount, box = page.box, fit = page.fit;

  function unitBox(unit, values, beyond) {
    var layer = state.layer;
    var share = values[0], total = values[1], covered = values[2];
    var uncovered = total === null || covered === null ? null : total - covered;
    var pairs = [
      [layer.time.name, share === null ? text.no_demand : percent.format(share)],
      [layer.weights.total, amount(total)],
      [layer.weights.uncovered, amount(uncovered)],
      [text.sites_here, amount(values[3])],
      [text.median, values[4] !== null ? amount(values[4])
        : beyond ? data.horizon : total ? text.unreached : "—"],
    ];
    return box(unit.name, unit.parents.concat([data.level]).join(" · "), pairs, layer.title);
  }
  function siteBox(site) {
    var pairs = [[text.within, amount(site[4])], [text.owned, amount(site[5])]];
    if (site[6] !== null) { pairs.push([text.capacity, amount(site[6])]); }
    if (site[7] !== null) {
      pairs.push([text.assigned, amount(site[7])], [text.spare, amount(site[8])]);
      pairs.push([text.waiting, amount(site[9])]);
    }
    return box(site[2], site[3] ? text.site_used : text.site_unused, pairs, state.layer.title);
  }
  function gapBox(row, gaps) {
    var pairs = [[state.layer.weights.weight, amount(row[3])]];
    var beyond = row[6] === null && row[2] === data.too_far;
    if (!beyond) {
      pairs.push([text.nearest, row[5] < 0 ? text.unreached : gaps.sites[row[5]]]);
    }
    if (beyond) { pairs.push([text.minutes, data.horizon]); }
    if (row[6] !== null) { pairs.push([text.minutes, amount(row[6])]); }
    if (row[7] !== null) { pairs.push([text.metres, amount(row[7])]); }
    return box(row[4], data.causes[row[2]], pairs, state.layer.title);
  }

  // Seen from afar, full lines around every street would hide the units.
  function bandWeight() { return Math.max(0.7, Math.min(1.6, (map.getZoom() - 10) * 0.5)); }

  var shapes = data.units.map(function (unit) { return unpack(unit.shape); });

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
          fillColor: blank ? data.colours.blank : (layer.colours || data.colours.share)[shade],
        })).addTo(group);
        shape.qhBox = function () { return unitBox(unit, layer.values[index], layer.beyond[index]); };
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
        var mark = new qh.Mark([site[1] / 1e5, site[0] / 1e5], still({
          pane: "qhsites", radius: 5, weight: 1.5, color: "#ffffff", fillOpacity: 1,
          shape: layer.symbol.shape,
          fillColor: site[3] ? layer.symbol.colour : data.colours.unused,
        })).addTo(group);
        mark.qhBox = function () { return siteBox(site); };
      });
    },
  };

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

  // The list of layers is the legend: what is drawn stands below its switch.
  var list = new qh.LayerList(map, byId("legend"), {
    words: data.tools, key: "quarterhour.map.layers",
    toggle: function (row) { if (DRAWN.indexOf(row.key) >= 0) { redraw(); } },
    extra: function (row, parent) {
      var entries = state.layer.legend.filter(function (entry) { return entry.group === row.key; });
      page.legendLines(entries, parent);
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
  function choose(layer) {
    state.layer = layer;
    map.closePopup();
    var shares = byId("shares");
    shares.textContent = "";
    page.card(layer.presence, shares);
    page.card(layer.time, shares);
    legend();
    page.notes(byId("notes"), layer.notes);
    redraw();
  }

  byId("not-comparable").textContent = data.not_comparable;
  page.chooseLayer(choose);
  page.takeClicks(groups, function () { return list.order; });
  qh.toolbar(map, [
    { icon: "whole", word: data.tools.whole, run: function () { fit(data.whole); } },
    { icon: "measure", word: data.tools.measure, press: qh.measureTool(map, data.tools) },
    { icon: "picture", word: data.tools.picture, run: function () {
      qh.savePicture(map, picture());
    } },
  ]);
  fit(data.bounds);
  choose(data.layers[0]);
  map.on("zoomend", function () { groups.isochrones.setStyle({ weight: bandWeight() }); });
  document.documentElement.dataset.ready = "true";
})();
