// Core of the map: data by URL, layers that stay when they are drawn again, one tooltip, and every
// click sent to the page with its place. Texts arrive escaped; ids never become HTML.
(function () {
  "use strict";
  var qh = Object.assign(window.qh, {
    map: null, draw: {}, data: {}, shown: {}, hitters: [],
    _pending: {}, _details: {},
  });

  // ---- data ----

  // JSON, or the bytes of a .bin; fetched once only.
  qh.load = function (url) {
    if (!url) { return Promise.resolve(null); }
    if (!qh._pending[url]) {
      qh._pending[url] = fetch(url).then(function (answer) {
        if (!answer.ok) { throw new Error(answer.status + " " + url); }
        return /\.bin$/.test(url) ? answer.arrayBuffer() : answer.json();
      }).then(function (data) { qh.data[url] = data; return data; });
    }
    return qh._pending[url];
  };

  // Details of points come in chunks, fetched when the pointer first needs them.
  qh.detail = function (base, index, chunk) {
    var url = base + "/" + Math.floor(index / chunk) + ".json";
    if (!qh._details[url]) {
      qh._details[url] = fetch(url).then(function (answer) {
        if (!answer.ok) { throw new Error(answer.status + " " + url); }
        return answer.json();
      });
    }
    return qh._details[url].then(function (rows) { return rows[index % chunk]; });
  };

  // ---- layers ----

  // streamlit-folium removes all groups and adds them again whenever one of them changes. So drawn
  // layers are attached to the map itself, by a key, and removed only when no group has them.
  qh.put = function (holder, spec) {
    var drawing = qh.draw[spec.draw];
    var key = JSON.stringify([spec.draw, spec.url, drawing.update ? null : spec.options]);
    var kept = qh.shown[key];
    if (!kept) {
      var group = L.featureGroup();
      group.qhLevel = spec.level;
      group.qhPane = spec.pane;
      kept = qh.shown[key] = { group: group, options: spec.options };
      group.addTo(qh.map);
      qh.load(drawing.file ? drawing.file(spec.url) : spec.url).then(function (data) {
        drawing.draw(data, group, kept.options, spec.url);
        qh.order();
      });
    } else if (drawing.update) {
      kept.options = spec.options;
      drawing.update(kept.group, spec.options);
    }
    kept.holder = holder;
    holder.on("remove", function () {
      // Their list would keep every former group forever.
      window.feature_group = (window.feature_group || []).filter(function (other) {
        return other !== holder;
      });
      if (kept.holder === holder) { kept.holder = null; }
      setTimeout(sweep, 0);
    });
  };

  function sweep() {
    Object.keys(qh.shown).forEach(function (key) {
      if (!qh.shown[key].holder) {
        qh.map.removeLayer(qh.shown[key].group);
        delete qh.shown[key];
      }
    });
    showTip(null);
  }

  // Shapes of one pane share a canvas: their order decides which is on top.
  qh.order = function () {
    var levels = [];
    qh.map.eachLayer(function (layer) { if (layer.qhLevel) { levels.push(layer); } });
    levels.sort(function (a, b) { return a.qhLevel - b.qhLevel; });
    levels.forEach(function (layer) { layer.bringToFront(); });
  };

  // ---- pointing and clicking ----

  // A hitter: { level, hit(point) → null or { at, tip, properties, zoomTo } }; `point` in the
  // pixels of Leaflet's layers. tip() and properties() may give a promise.
  qh.addHitter = function (hitter) { qh.hitters.push(hitter); };
  qh.removeHitter = function (hitter) {
    qh.hitters = qh.hitters.filter(function (other) { return other !== hitter; });
  };

  function hitAt(point) {
    var found = null, best = -1;
    qh.hitters.forEach(function (hitter) {
      if (hitter.level <= best) { return; }
      var hit = hitter.hit(point);
      if (hit) { found = hit; best = hitter.level; }
    });
    return found;
  }

  var tip = null, tipTurn = 0;
  function showTip(hit, latlng) {
    var turn = ++tipTurn;
    qh.map.getContainer().style.cursor = hit ? "pointer" : "";
    if (!hit || !hit.tip) { if (tip) { tip.remove(); } return; }
    Promise.resolve(hit.tip()).then(function (html) {
      if (turn !== tipTurn) { return; }
      if (!html) { if (tip) { tip.remove(); } return; }
      tip = tip || L.tooltip({ className: "qh-tip", offset: [10, 0] });
      tip.setLatLng(hit.at || latlng).setContent(html);
      if (!qh.map.hasLayer(tip)) { tip.addTo(qh.map); }
    });
  }

  function watchPointer(map) {
    var container = map.getContainer(), last = null;
    function update() {
      var event = last;
      last = null;
      if (!event || map._animatingZoom || (map.dragging && map.dragging.moving())) { return; }
      var point = map.mouseEventToLayerPoint(event);
      showTip(qh.measuring ? null : hitAt(point), map.layerPointToLatLng(point));
    }
    L.DomEvent.on(container, "mousemove", function (event) {
      if (!last) { requestAnimationFrame(update); }
      last = event;
    });
    L.DomEvent.on(container, "mouseleave", function () { last = null; showTip(null); });
    map.on("zoomstart movestart", function () { showTip(null); });
  }

  // Every click goes to the page: what was hit, and where. It is sent through Streamlit directly,
  // since streamlit-folium waits a quarter of a second before it checks for changes.
  qh.send = function (properties, latlng) {
    var lon = Number(latlng.lng.toFixed(6)), lat = Number(latlng.lat.toFixed(6));
    var feature = {
      type: "Feature",
      // The stamp distinguishes a second click on the same place.
      properties: Object.assign({}, properties, { lon: lon, lat: lat, stamp: Date.now() }),
      geometry: { type: "Point", coordinates: [lon, lat] },
    };
    qh.sent = feature;
    var shared = window.__GLOBAL_DATA__;
    if (!shared) { return; }
    shared.last_active_drawing = feature;
    var wanted = shared.returned_objects || [];
    if (window.Streamlit && wanted.length === 1 && wanted[0] === "last_active_drawing") {
      shared.previous_data = { last_active_drawing: feature };
      window.Streamlit.setComponentValue(shared.previous_data);
    }
  };

  qh.clicked = function (event) {
    if (qh.measuring) { qh.measuring(event.latlng); return; }
    var hit = hitAt(event.layerPoint);
    if (hit && hit.zoomTo && qh.placeClicks) { hit = null; }
    if (hit && hit.zoomTo) {
      var bounds = hit.zoomTo();
      var zoom = Math.min(map_most(), qh.map.getBoundsZoom(bounds, false, L.point(60, 60)));
      qh.map.setView(bounds.getCenter(), Math.max(zoom, qh.map.getZoom() + 1));
      return;
    }
    if (!hit) { qh.send({ kind: "ground", unit_id: "" }, event.latlng); return; }
    Promise.resolve(hit.properties()).then(function (properties) {
      var clicked = {
        click_lon: Number(event.latlng.lng.toFixed(6)), click_lat: Number(event.latlng.lat.toFixed(6)),
      };
      qh.send(Object.assign(clicked, properties), hit.at || event.latlng);
    });
  };

  function map_most() { return Math.min(qh.map.getMaxZoom(), 17); }

  // Leaflet handles arrows and + −; Enter selects what is under the cross in the middle.
  function watchKeys(map, label) {
    var container = map.getContainer();
    container.setAttribute("role", "application");
    if (label) { container.setAttribute("aria-label", label); }
    L.DomUtil.create("div", "qh-cross", container).setAttribute("aria-hidden", "true");
    // Leaflet moves the focus on a click too; ring and cross are for keyboard users only.
    L.DomEvent.on(container, "mousedown touchstart", function () {
      L.DomUtil.removeClass(container, "qh-keys");
    });
    L.DomEvent.on(container, "keyup", function (event) {
      if (event.target === container) { L.DomUtil.addClass(container, "qh-keys"); }
    });
    L.DomEvent.on(container, "blur", function () { L.DomUtil.removeClass(container, "qh-keys"); });
    L.DomEvent.on(container, "keydown", function (event) {
      if (event.key !== "Enter" || event.target !== container) { return; }
      var latlng = map.getCenter();
      qh.clicked({ latlng: latlng, layerPoint: map.latLngToLayerPoint(latlng) });
    });
  }

  // ---- the frame ----

  // Leaflet's styles arrive after its script; until then its controls would be bare links.
  function whenStyled(map, then) {
    var left = 600;  // frames
    (function look() {
      left -= 1;
      if (left && getComputedStyle(map.getPane("mapPane")).position !== "absolute") {
        requestAnimationFrame(look);
        return;
      }
      L.DomUtil.addClass(map.getContainer(), "qh-styled");
      then();
    })();
  }

  qh.start = function (map, options) {
    qh.map = map;
    qh.words = options.words;
    qh.makePanes(map);
    map.attributionControl.setPrefix(false);
    options.attribution.forEach(function (line) { map.attributionControl.addAttribution(line); });
    L.control.zoom({ zoomInTitle: options.zoom_in, zoomOutTitle: options.zoom_out }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    if (options.notices.length) {
      var box = L.control({ position: "topright" });
      box.onAdd = function () {
        var div = L.DomUtil.create("div", "qh-box qh-notice");
        div.innerHTML = options.notices.join("<br>");
        return div;
      };
      box.addTo(map);
    }
    function fit() {
      map.invalidateSize({ animate: false });
      map.fitBounds(options.bounds, { padding: [14, 14], animate: false });
    }
    fit();
    whenStyled(map, function () {
      var size = map.getSize();
      map.invalidateSize({ animate: false });
      if (!map.getSize().equals(size)) { fit(); }
    });
    // Before layout the frame has no size; fit after the first resize.
    if (map.getSize().x < 40 || map.getSize().y < 40) { map.once("resize", fit); }
    map.on("click", qh.clicked);
    watchPointer(map);
    watchKeys(map, options.label);
    tools(map, options);
    qh.beneath(options);
    qh.fitPaper(map);
  };

  // The buttons below the zoom buttons, and the list of layers that one of them opens.
  function tools(map, options) {
    var words = options.words;
    if (!words.layers) { return; }
    var list = L.DomUtil.create("div", "qh-box qh-layers");
    list.hidden = true;
    qh.layerList = new qh.LayerList(map, list, {
      words: words, key: "quarterhour.layers",
      // The page draws these groups; it also writes the legend.
      toggle: function (row, on) {
        if (!row.served) { return; }
        qh.send({ kind: "drawn", group: row.key, on: on, unit_id: "" }, map.getCenter());
      },
    });
    qh.layerRows = qh.ROWS.map(function (row) {
      return {
        key: row, word: words[row], panes: row === "gaps" ? ["qhgaps", "qhchange"] : null,
        served: ["units", "isochrones", "sites", "gaps"].indexOf(row) >= 0,
        // Roads and water: until they are there.
        hidden: row === "roads" || row === "water" ||
          (!options.areas && (row === "units" || row === "names")),
      };
    });
    qh.layerList.show(qh.layerRows);
    var bar = qh.toolbar(map, [
      { icon: "whole", word: words.whole, run: function () {
        map.fitBounds(options.whole, { padding: [14, 14] });
      } },
      { icon: "layers", word: words.layers, panel: list },
      { icon: "measure", word: words.measure, press: qh.measureTool(map, words) },
      { icon: "picture", word: words.picture, run: function () {
        qh.savePicture(map, qh.pictureOf || { title: "", legend: [], lines: [], words: words });
      } },
    ]);
    bar.appendChild(list);
  }
})();
