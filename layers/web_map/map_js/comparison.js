// The script of compare.html, after Leaflet and page.js: two states with a slider between them, and
// their difference. Text from the data enters the page by textContent only.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var text = data.text, page = qh.page(data), map = page.map, still = page.still, byId = page.byId;
  var SIDES = ["before", "after"];
  var state = { layer: null, kind: "real", view: "side_by_side", at: 0.5 };
  var groups = {};
  var shapes = data.units.map(function (unit) { return page.unpack(unit.shape); });

  // A pane of its own for each side, within the pane of its row, so that it can be cut at the
  // divider; opacity and order are those of the row.
  var cut = {};
  SIDES.forEach(function (side) {
    cut[side] = ["units", "gaps", "sites", "roads"].map(function (row) {
      var pane = map.createPane("qh" + side + row, map.getPane(qh.PANES[row]));
      pane.style.pointerEvents = "none";
      return pane;
    });
  });
  function paneOf(row, side) { return side ? "qh" + side + row : qh.PANES[row]; }

  function apart() { return state.view === "side_by_side"; }
  function divide() {
    var size = map.getSize(), handle = byId("handle"), x = Math.round(size.x * state.at);
    handle.hidden = !apart();
    handle.style.left = x + "px";
    handle.setAttribute("aria-valuenow", String(Math.round(100 * state.at)));
    SIDES.forEach(function (side) {
      byId("side-" + side).hidden = !apart();
      // A margin, so that what is drawn beyond the edge is there while the map is dragged.
      var left = side === "before" ? -size.x : x, right = side === "before" ? x : 2 * size.x;
      var a = map.containerPointToLayerPoint([left, -size.y]);
      var b = map.containerPointToLayerPoint([right, 2 * size.y]);
      cut[side].forEach(function (pane) {
        pane.qhClip = apart() ? [left, right] : null;
        pane.style.clipPath = !apart() ? "" : "polygon(" + [
          a.x + "px " + a.y + "px", b.x + "px " + a.y + "px",
          b.x + "px " + b.y + "px", a.x + "px " + b.y + "px",
        ].join(", ") + ")";
      });
    });
  }
  function moveTo(at) { state.at = Math.max(0.02, Math.min(0.98, at)); divide(); }
  (function () {
    var handle = byId("handle"), held = false;
    L.DomEvent.disableClickPropagation(handle);
    handle.setAttribute("aria-label", text.handle);
    handle.title = text.handle;
    handle.addEventListener("pointerdown", function (event) {
      held = true;
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", function (event) {
      var box = map.getContainer().getBoundingClientRect();
      if (held) { moveTo((event.clientX - box.left) / box.width); }
    });
    ["pointerup", "pointercancel"].forEach(function (name) {
      handle.addEventListener(name, function () { held = false; });
    });
    handle.addEventListener("keydown", function (event) {
      var step = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1 }[event.key];
      if (step) { moveTo(state.at + step); event.preventDefault(); }
    });
    SIDES.forEach(function (side, number) {
      byId("side-" + side).textContent = text[side] + " · " + data.states[number];
    });
  })();

  // ---- what is drawn ----

  function kind() { return state.layer.kinds[state.kind]; }
  function unitBox(unit, index) {
    var values = kind().values[index];
    return page.box(unit.name, unit.parents.concat([data.level]).join(" · "), [
      [text.before, values[1]], [text.after, values[2]], [text.total, values[3]],
    ], state.layer.share_name);
  }
  function drawUnits(group, side, colourOf) {
    data.units.forEach(function (unit, index) {
      var shape = L.polygon(shapes[index], still({
        pane: paneOf("units", side), color: "#8f8f8a", weight: 0.8, fillOpacity: 1,
        fillColor: colourOf(index) || data.colours.blank,
      })).addTo(group);
      shape.qhBox = function () { return unitBox(unit, index); };
    });
  }
  function drawGaps(group, side, gaps) {
    var most = gaps.rows.reduce(function (top, row) { return Math.max(top, row[3]); }, 0);
    gaps.rows.forEach(function (row) {
      var doubt = row[2] === data.causes.length - 1, colour = data.colours.cause[row[2]];
      L.circleMarker([row[1] / 1e5, row[0] / 1e5], still({
        pane: paneOf("gaps", side), weight: doubt ? 1.4 : 0.7, color: doubt ? colour : "#ffffff",
        radius: gaps.weighted && most > 0 ? 2 + 4 * Math.sqrt(row[3] / most) : 2.6,
        fillColor: doubt ? "#ffffff" : colour, fillOpacity: 1,
      })).addTo(group);
    });
  }
  function drawSites(group, side, sites) {
    sites.forEach(function (site) {
      var mark = new qh.Mark([site[1] / 1e5, site[0] / 1e5], still({
        pane: paneOf("sites", side), radius: 5, weight: 1.5, color: "#ffffff", fillOpacity: 1,
        shape: state.layer.symbol.shape,
        fillColor: site[3] ? state.layer.symbol.colour : data.colours.unused,
      })).addTo(group);
      mark.qhBox = function () {
        return page.box(site[2], site[3] ? text.site_used : text.site_unused, [], state.layer.title);
      };
    });
  }
  function drawPoints(group) {
    kind().points.forEach(function (row) {
      var lost = row[2] === 1;
      var mark = new qh.Mark([row[1] / 1e5, row[0] / 1e5], still({
        pane: qh.PANES.gaps, radius: 6, weight: 1.2, color: "#ffffff", fillOpacity: 1,
        shape: lost ? "cross" : "plus", fillColor: lost ? data.marks.lost : data.marks.gained,
      })).addTo(group);
      mark.qhBox = function () {
        return page.box(row[4], lost ? text.lost : text.gained,
          [[state.layer.weights.weight, page.amount(row[3])]], row[5]);
      };
    });
  }
  function drawChangedSites(group) {
    kind().sites.forEach(function (site) {
      var ring = L.circleMarker([site[1] / 1e5, site[0] / 1e5], still({
        pane: qh.PANES.sites, radius: 9, weight: 3, color: data.marks[site[3]], fill: false,
      })).addTo(group);
      ring.qhBox = function () { return page.box(site[2], site[4], [], state.layer.title); };
    });
  }
  var draw = {
    units: function (group) {
      if (!apart()) {
        drawUnits(group, "", function (index) {
          var change = kind().values[index][0];
          return change === null ? null : data.change_colours[change];
        });
        return;
      }
      SIDES.forEach(function (side, number) {
        drawUnits(group, side, function (index) {
          var share = state.layer.sides[number].classes[index];
          return share === null ? null : data.colours.share[share];
        });
      });
    },
    gaps: function (group) {
      if (!apart()) { drawPoints(group); return; }
      SIDES.forEach(function (side, number) {
        drawGaps(group, side, state.layer.sides[number].gaps);
      });
    },
    sites: function (group) {
      if (!apart()) {
        drawSites(group, "", state.layer.sides[1].sites);
        drawChangedSites(group);
        return;
      }
      SIDES.forEach(function (side, number) {
        drawSites(group, side, state.layer.sides[number].sites);
      });
    },
    roads: function (group) {
      data.road_changes.forEach(function (road) {
        road[2].forEach(function (points) {
          var at = points.map(function (point) { return [point[1] / 1e5, point[0] / 1e5]; });
          [["#ffffff", 7], [road[1] ? data.marks.gained : data.marks.lost, 4]].forEach(function (stroke) {
            L.polyline(at, still({
              pane: apart() ? "qh" + road[0] + "roads" : "qhlines", color: stroke[0], weight: stroke[1], dashArray: road[1] ? null : "6 5",
            })).addTo(group);
          });
        });
      });
    },
  };
  var DRAWN = Object.keys(draw);
  function redraw() {
    DRAWN.forEach(function (name) {
      if (groups[name]) { groups[name].remove(); }
      groups[name] = L.featureGroup();
      if (list.isOn(name)) { draw[name](groups[name]); groups[name].addTo(map); }
    });
    divide();
    qh.namesAgain();
  }

  // ---- panel ----

  function entries() { return apart() ? state.layer.legend : state.layer.change_legend; }
  function wordOf(row) {
    if (row === "units") { return apart() ? state.layer.share_name : text.difference; }
    return data.tools[row];
  }
  var list = new qh.LayerList(map, byId("legend"), {
    words: data.tools, key: "quarterhour.comparison.layers",
    toggle: function (row) { if (DRAWN.indexOf(row.key) >= 0) { redraw(); } },
    extra: function (row, parent) {
      page.legendLines(entries().filter(function (one) { return one.group === row.key; }), parent);
    },
  });
  function legend() {
    var there = {
      units: data.units.length, names: data.units.length, water: data.water.length,
      roads: data.roads.length || data.road_changes.length, isochrones: false,
    };
    list.show(qh.ROWS.map(function (row) {
      return { key: row, hidden: row in there && !there[row], word: wordOf(row) };
    }));
  }
  function table(box, head, rows, first) {
    box.textContent = "";
    if (!rows.length) { page.make("p", "note", text.nothing, box); return; }
    var element = page.make("table", "changes", null, box);
    var top = page.make("tr", "", null, page.make("thead", "", null, element));
    head.forEach(function (word) { page.make("th", "", word, top).scope = "col"; });
    var body = page.make("tbody", "", null, element);
    rows.forEach(function (row) {
      var line = page.make("tr", "", null, body);
      row.cells.forEach(function (cell, at) {
        var td = page.make("td", "", at || !row.go ? cell : null, line);
        if (!at && row.go) {
          var button = page.make("button", "", cell, td);
          button.type = "button";
          button.addEventListener("click", row.go);
        }
      });
    });
  }
  function panel() {
    var shares = byId("shares"), of = kind();
    shares.textContent = "";
    state.layer.cards.forEach(function (card) { page.card(card, shares); });
    byId("line").textContent = of.line;
    var corrected = state.layer.kinds.correction;
    byId("kind-box").hidden = !corrected.units.length && !corrected.points.length &&
      !corrected.sites.length;
    var head = [text.unit, text.before, text.after, text.change];
    table(byId("units"), head, of.units.map(function (row) {
      return {
        cells: row.slice(1),
        go: row[0] < 0 ? null : function () { map.fitBounds(L.polygon(shapes[row[0]]).getBounds()); },
      };
    }));
    byId("groups-head").hidden = byId("groups").hidden = !of.groups.length;
    head[0] = "";
    table(byId("groups"), head, of.groups.map(function (row) { return { cells: row }; }));
    legend();
    page.notes(byId("notes"), state.layer.notes);
  }
  function show() {
    map.closePopup();
    panel();
    redraw();
  }
  var views = byId("views"), buttons = {};
  views.setAttribute("aria-label", text.view);
  ["side_by_side", "difference"].forEach(function (view) {
    var button = buttons[view] = page.make("button", "", text[view], views);
    button.type = "button";
    button.dataset.view = view;
    button.addEventListener("click", function () { choose(view); });
  });
  function choose(view) {
    state.view = view;
    Object.keys(buttons).forEach(function (name) {
      buttons[name].setAttribute("aria-pressed", String(name === view));
    });
    show();
  }
  var kinds = byId("kind");
  byId("kind-head").textContent = text.kind;
  data.kinds.forEach(function (one) { page.make("option", "", one[1], kinds).value = one[0]; });
  kinds.addEventListener("change", function () { state.kind = kinds.value; show(); });
  byId("units-head").textContent = text.units;
  byId("groups-head").textContent = text.groups;
  page.chooseLayer(function (layer) { state.layer = layer; show(); });
  page.takeClicks(groups, function () { return list.order; });

  qh.symbolBoxes = function (zoom) {
    return state.layer && list.isOn("sites") ? state.layer.sides[1].sites.map(function (site) {
      var at = map.project([site[1] / 1e5, site[0] / 1e5], zoom);
      return [at.x - 6, at.y - 6, at.x + 6, at.y + 6];
    }) : [];
  };
  new qh.Names(data.names).addTo(map);
  qh.toolbar(map, [
    { icon: "whole", word: data.tools.whole, run: function () { page.fit(data.whole); } },
    { icon: "measure", word: data.tools.measure, press: qh.measureTool(map, data.tools) },
    { icon: "picture", word: data.tools.picture, run: function () {
      var name = state.layer.title + " " + text[state.view];
      qh.savePicture(map, {
        title: data.title, subtitle: state.layer.title + " · " + state.layer.limit,
        legend: qh.ROWS.map(function (row) {
          return {
            name: wordOf(row), items: !list.isOn(row) ? [] :
              entries().filter(function (one) { return one.group === row; }),
          };
        }).filter(function (part) { return part.items.length; }),
        lines: data.lines, north: data.tools.north, file: data.title + " " + name,
      });
    } },
  ]);
  state.layer = data.layers[data.first];
  byId("layer").value = String(data.first);
  page.fit(data.bounds);
  choose("side_by_side");
  map.on("move zoom zoomend viewreset resize", divide);
  document.documentElement.dataset.ready = "true";
})();
