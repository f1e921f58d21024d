// Areas and lines on Leaflet's canvas. None of them is `interactive`; core.js finds what is hit.
(function () {
  "use strict";

  // Packed by `layers.shapes.packing`: differences in 1e-5°.
  function line(deltas) {
    var points = [], x = 0, y = 0;
    for (var i = 0; i < deltas.length; i += 2) {
      x += deltas[i];
      y += deltas[i + 1];
      points.push([y / 1e5, x / 1e5]);
    }
    return points;
  }

  function unpack(packed) {
    return packed.map(function (rings) { return rings.map(line); });
  }

  function paint(shape, values, options) {
    var row = values[shape.qhUnit] || [null, ""], blank = row[0] === null;
    shape.setStyle({
      fillColor: blank ? options.blank : options.colours[row[0]],
      // More transparent above map tiles.
      fillOpacity: (blank ? 0.55 : 0.82) * (qh.tiles ? 0.7 : 1),
    });
  }

  function recolour(group, options) {
    var turn = group.qhTurn = (group.qhTurn || 0) + 1;
    return qh.load(options.values).then(function (values) {
      if (turn !== group.qhTurn) { return; }
      group.qhValues = values;
      group.eachLayer(function (shape) { paint(shape, values, options); });
    });
  }

  function unitHitter(group) {
    return {
      level: group.qhLevel,
      hit: function (at) {
        var found = null;
        group.eachLayer(function (shape) {
          if (!found && shape._pxBounds && shape._containsPoint(at)) { found = shape; }
        });
        if (!found) { return null; }
        return {
          tip: function () { return ((group.qhValues || {})[found.qhUnit] || [null, ""])[1]; },
          properties: function () { return { kind: "unit", unit_id: found.qhUnit }; },
        };
      },
    };
  }

  qh.draw.units = {
    draw: function (data, group, options) {
      data.forEach(function (unit) {
        var shape = L.polygon(unpack(unit[1]), {
          interactive: false, color: "#8f8f8a", weight: 0.8, fillColor: options.blank,
          fillOpacity: 0.55,
        });
        shape.qhUnit = unit[0];
        group.addLayer(shape);
      });
      var hitter = unitHitter(group);
      qh.addHitter(hitter);
      group.on("remove", function () { qh.removeHitter(hitter); });
      recolour(group, options);
    },
    update: recolour,
  };

  qh.draw.outline = {
    draw: function (data, group, options) {
      data.forEach(function (unit) {
        if (unit[0] !== options.selected) { return; }
        var shape = L.polygon(unpack(unit[1]), {
          interactive: false, pane: "qhlines", color: "#111111", weight: 3, fill: false,
        });
        group.addLayer(shape);
        // A unit chosen from the list may lie outside the view.
        if (shape.isEmpty()) { return; }
        var centre = shape.getBounds().getCenter();
        if (!qh.map.getBounds().contains(centre)) { qh.map.panTo(centre); }
      });
    },
  };

  // Draws nothing: fits the map to the bounds, once for each turn; not where they are in view and
  // fill a quarter of its width or height, so that the map stays for those who see them.
  qh.draw.fit = {
    draw: function (data, group, options) {
      group.addLayer(L.layerGroup());
      if (options.turn <= (qh.fitted || 0)) { return; }
      qh.fitted = options.turn;
      var seen = qh.map.getBounds(), wanted = L.latLngBounds(options.bounds);
      var large = qh.map.getZoom() >= Math.min(qh.map.getBoundsZoom(wanted), 15) - 2;
      if (seen.contains(wanted) && large) { return; }
      qh.map.fitBounds(options.bounds, { padding: [24, 24], maxZoom: 15 });
    },
  };

  // Draws nothing: a click on a circle of sites gives its place, without zooming in.
  qh.draw.clicks = {
    draw: function (data, group) {
      group.addLayer(L.layerGroup());
      qh.placeClicks = true;
      group.on("remove", function () { qh.placeClicks = false; });
    },
  };

  // Parents' borders: strong, dash and dot, where those of the units are thin and whole.
  qh.draw.borders = {
    draw: function (data, group) {
      var lines = data.map(line);
      // With a white casing, to be visible on dark shading too.
      [["#ffffff", 4, 0.8, null], ["#3a3a37", 1.9, 1, "9 3 2 3"]].forEach(function (stroke) {
        group.addLayer(L.polyline(lines, {
          interactive: false, pane: "qhborders", color: stroke[0], weight: stroke[1],
          opacity: stroke[2], dashArray: stroke[3], lineCap: "butt",
        }));
      });
    },
  };

  qh.draw.names = {
    draw: function (data, group, options) {
      group.addLayer(L.layerGroup());
      qh.whenMade(options.note, function (said) { group.addLayer(new qh.Names(said.data)); });
    },
  };

  // Draws nothing: which groups the page draws.
  qh.draw.drawn = {
    draw: function (data, group, options) {
      group.addLayer(L.layerGroup());
      if (qh.layerList) { qh.layerList.served(options.drawn); }
    },
    update: function (group, options) { if (qh.layerList) { qh.layerList.served(options.drawn); } },
  };

  // Draws nothing: title, legend and sources of the picture of this view.
  qh.draw.picture = {
    draw: function (data, group, options) {
      group.addLayer(L.layerGroup());
      qh.pictureOf = options;
    },
    update: function (group, options) { qh.pictureOf = options; },
  };

  qh.draw.isochrones = {
    draw: function (data, group, options) {
      data.forEach(function (band) {
        group.addLayer(L.polygon(unpack(band[1]), {
          interactive: false, pane: group.qhPane, color: band[0], weight: options.weight, opacity: 0.85,
          fillColor: band[0], fillOpacity: options.fill,
        }));
      });
    },
  };

  // The path: solid along roads, dashed between a place or site and its road.
  qh.draw.path = {
    draw: function (data, group, options) {
      options.parts.forEach(function (part) {
        var straight = part[0] === "straight";
        [["#ffffff", 6.5], [options.colour, 3.2]].forEach(function (stroke) {
          group.addLayer(L.polyline(part[1], {
            interactive: false, pane: "qhlines", color: stroke[0], weight: stroke[1], opacity: 1,
            dashArray: straight && stroke[0] !== "#ffffff" ? "2 6" : null,
          }));
        });
      });
    },
  };

  // Numbered pins: the start of a question, and trial sites.
  var Pins = qh.Field.extend({
    onAdd: function (map) {
      qh.Field.prototype.onAdd.call(this, map);
      this._container.style.zIndex = 100 + this.options.level;
    },
    _paint: function (context, t) {
      this.options.pins.forEach(function (pin) {
        var x = qh.mercatorX(pin[0]) * t.scale - t.x, y = qh.mercatorY(pin[1]) * t.scale - t.y;
        context.beginPath();
        context.moveTo(x, y);
        context.bezierCurveTo(x - 4, y - 9, x - 11, y - 12, x - 11, y - 20);
        context.arc(x, y - 20, 11, Math.PI, 0);
        context.bezierCurveTo(x + 11, y - 12, x + 4, y - 9, x, y);
        context.closePath();
        context.fillStyle = pin[3];
        context.fill();
        context.lineWidth = 2;
        context.strokeStyle = "#ffffff";
        context.stroke();
        context.fillStyle = "#ffffff";
        context.font = "700 12px system-ui, sans-serif";
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillText(pin[2], x, y - 19.5);
      });
    },
  });

  qh.draw.pins = {
    draw: function (data, group, options) {
      group.addLayer(new Pins({ pins: options.pins, level: group.qhLevel }));
    },
  };
})();
