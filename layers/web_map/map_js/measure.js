// Measuring on both maps: each click adds a point, the box says length and area, Esc ends.
(function () {
  "use strict";
  var qh = window.qh = window.qh || {};
  var EARTH_M = 6371008.8, RADIAN = Math.PI / 180;

  // Great-circle length of a line of points.
  qh.lengthOf = function (points) {
    var total = 0;
    for (var i = 1; i < points.length; i += 1) {
      var a = points[i - 1], b = points[i];
      var dy = Math.sin((b.lat - a.lat) * RADIAN / 2), dx = Math.sin((b.lng - a.lng) * RADIAN / 2);
      var h = dy * dy + Math.cos(a.lat * RADIAN) * Math.cos(b.lat * RADIAN) * dx * dx;
      total += 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
    }
    return total;
  };

  // Area of the closed line, by the equal-area cylinder: exact on the sphere for short sides.
  qh.areaOf = function (points) {
    var twice = 0;
    for (var i = 0; i < points.length; i += 1) {
      var a = points[i], b = points[(i + 1) % points.length];
      twice += (b.lng - a.lng) * RADIAN * (Math.sin(a.lat * RADIAN) + Math.sin(b.lat * RADIAN));
    }
    return Math.abs(twice) / 2 * EARTH_M * EARTH_M;
  };

  function digits(value, most) {
    return value.toLocaleString(document.documentElement.lang || undefined, {
      maximumFractionDigits: most,
    });
  }
  qh.lengthText = function (metres) {
    return metres < 1000 ? digits(metres, 0) + " m" : digits(metres / 1000, 2) + " km";
  };
  qh.areaText = function (square) {
    return square < 1e5 ? digits(square, 0) + " m²" : digits(square / 1e6, 2) + " km²";
  };

  qh.measureTool = function (map, words) {
    var points = [], group = L.layerGroup(), tool = {}, said = null;
    var box = L.control({ position: "bottomright" });
    box.onAdd = function () {
      said = L.DomUtil.create("div", "qh-box qh-measured");
      said.setAttribute("role", "status");
      L.DomEvent.disableClickPropagation(said);
      return said;
    };

    function draw() {
      group.clearLayers();
      var shape = points.length > 2
        ? L.polygon(points, { fillOpacity: 0.08, fillColor: "#b00020", stroke: false })
        : null;
      [shape, L.polyline(points, { color: "#ffffff", weight: 5, opacity: 0.9 }),
        L.polyline(points, { color: "#b00020", weight: 2.2 })].concat(points.map(function (point) {
        return L.circleMarker(point, {
          radius: 4, color: "#b00020", weight: 2, fillColor: "#ffffff", fillOpacity: 1,
        });
      })).forEach(function (layer) {
        if (!layer) { return; }
        layer.options.pane = "qhmeasure";
        layer.options.interactive = false;
        group.addLayer(layer);
      });
      var parts = [words.measure_hint];
      if (points.length > 1) {
        parts = [words.length.split("{value}").join(qh.lengthText(qh.lengthOf(points)))];
        if (points.length > 2) {
          parts.push(words.area.split("{value}").join(qh.areaText(qh.areaOf(points))));
        }
        parts.push(words.measure_end);
      }
      said.textContent = parts.join("  ");
    }

    function keys(event) {
      if (event.key === "Escape") { tool.off(); }
      if (event.key === "Backspace" && points.length) { points.pop(); draw(); }
    }

    tool.on = function () {
      points = [];
      box.addTo(map);
      group.addTo(map);
      draw();
      map.doubleClickZoom.disable();
      map.getContainer().style.cursor = "crosshair";
      L.DomEvent.on(document, "keydown", keys);
      qh.measuring = function (latlng) { points.push(latlng); draw(); };
      map.getContainer().focus({ preventScroll: true });
    };
    tool.off = function () {
      qh.measuring = null;
      group.remove();
      box.remove();
      map.doubleClickZoom.enable();
      map.getContainer().style.cursor = "";
      L.DomEvent.off(document, "keydown", keys);
      if (tool.ended) { tool.ended(); }
    };
    return tool;
  };
})();
