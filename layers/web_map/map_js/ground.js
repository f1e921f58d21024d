// Roads, water and map tiles below the layers.
(function () {
  "use strict";
  var TILE_TRIES = 4;  // failures without a single tile, after which no more are requested

  function tianditu(key) {
    function layer(name, options) {
      return L.tileLayer(
        "https://t{s}.tianditu.gov.cn/" + name + "_w/wmts?SERVICE=WMTS&REQUEST=GetTile" +
        "&VERSION=1.0.0&LAYER=" + name + "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles" +
        "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=" + encodeURIComponent(key),
        Object.assign({ subdomains: "01234567", maxZoom: 18, attribution: "天地图 Tianditu" }, options)
      );
    }
    // Names lie above the shading of units, but below its lines and points.
    return [layer("vec", {}), layer("cva", { pane: "qhroads", zIndex: -1 })];
  }

  function recolour() {
    Object.keys(qh.shown).forEach(function (key) {
      var kept = qh.shown[key];
      if (qh.draw.units.update && kept.group.qhValues) {
        qh.draw.units.update(kept.group, kept.options);
      }
    });
  }

  // A row of the list of layers appears once its tiles are there.
  function appear(row, field) {
    qh.map.addLayer(field);
    (qh.layerRows || []).forEach(function (one) { if (one.key === row) { one.hidden = false; } });
    if (qh.layerList) { qh.layerList.show(qh.layerRows); }
  }

  qh.beneath = function (options) {
    if (options.roads) {
      qh.roads(options.roads, function (field) { qh.ground = field; appear("roads", field); });
    }
    if (options.water) { qh.water(options.water, function (field) { appear("water", field); }); }
    if (!options.tianditu) { return; }
    var one = tileSwitch(options), box = L.control({ position: "topleft" });
    box.onAdd = function () {
      var div = L.DomUtil.create("div", "qh-box qh-ground");
      L.DomEvent.disableClickPropagation(div);
      var label = L.DomUtil.create("label", "", div);
      one.input = L.DomUtil.create("input", "", label);
      one.input.type = "checkbox";
      one.input.checked = one.on;
      L.DomUtil.create("span", "", label).innerHTML = one.word;
      L.DomEvent.on(one.input, "change", function () { one.set(one.input.checked); });
      return div;
    };
    box.addTo(qh.map);
    one.set(one.on);
  };

  function tileSwitch(options) {
    var layers = tianditu(options.tianditu), failed = 0, came = 0;
    var one = { word: options.tiles_word, on: true };
    one.set = function (on) {
      qh.tiles = on;
      failed = 0;
      layers.forEach(function (layer) { qh.map[on ? "addLayer" : "removeLayer"](layer); });
      recolour();
    };
    layers.forEach(function (layer) {
      layer.on("tileload", function () { came += 1; });
      layer.on("tileerror", function () {
        failed += 1;
        // Offline, or the key is refused: switch the tiles off.
        if (!came && failed >= TILE_TRIES && qh.tiles) {
          one.input.checked = false;
          one.set(false);
        }
      });
    });
    return one;
  }
})();
