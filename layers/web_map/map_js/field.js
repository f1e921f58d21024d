// Many points on one canvas, without an object for each point. The canvas takes no pointer events;
// core.js asks it what is under the pointer.
(function () {
  "use strict";
  var qh = window.qh = window.qh || {};
  var CLUSTER_CELL = 60;  // pixels
  var CLUSTERED = 1.7;  // points per cell above which clusters are shown

  var CROWD_CELL = 14;  // pixels
  var FEW = 50;  // so few points are never shrunk

  var SINGLE = 500;  // circles avoid single symbols of a layer with fewer points
  // Circles of several services must not cover each other.
  var clustered = [];  // fields on the map
  var apart = {};  // zooms whose circles have been moved apart

  // A canvas that is repainted after each move; subclasses define `_paint(context, transform)`.
  qh.Field = L.Renderer.extend({
    options: { padding: 0.15, pane: "qh" },
    _initContainer: function () {
      this._layers = {};  // Leaflet's renderers hold paths; this one holds none
      this._container = document.createElement("canvas");
      this._container.className = "qh-field leaflet-zoom-animated";
      this._context = this._container.getContext("2d");
    },
    _destroyContainer: function () { this._container.remove(); },
    _updatePaths: function () {},
    _update: function () {
      if (this._map._animatingZoom && this._bounds) { return; }
      L.Renderer.prototype._update.call(this);
      var size = this._bounds.getSize(), ratio = L.Browser.retina ? 2 : 1;
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this._container.width = ratio * size.x;
      this._container.height = ratio * size.y;
      this._container.style.width = size.x + "px";
      this._container.style.height = size.y + "px";
      this._context.setTransform(
        ratio, 0, 0, ratio, -ratio * this._bounds.min.x, -ratio * this._bounds.min.y);
      this.repaint();
    },
    repaint: function () {
      if (!this._map || !this._bounds) { return; }
      var b = this._bounds;
      this._context.clearRect(b.min.x, b.min.y, b.max.x - b.min.x, b.max.y - b.min.y);
      this._paint(this._context, this.transform(), b);
    },
    // From Mercator's unit square to the pixels of Leaflet's layers.
    transform: function () {
      var origin = this._map.getPixelOrigin();
      return { scale: 256 * Math.pow(2, this._map.getZoom()), x: origin.x, y: origin.y };
    },
  });

  qh.mercatorX = function (lon) { return lon / 360 + 0.5; };
  qh.mercatorY = function (lat) {
    var s = Math.sin(lat * Math.PI / 180);
    return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
  };

  // Symbols as polygons around the origin (y down), of about equal area; "circle" is drawn round.
  qh.SHAPES = {
    square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
    triangle: [[0, -1.25], [1.2, 0.85], [-1.2, 0.85]],
    diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    wedge: [[0, 1.25], [1.2, -0.85], [-1.2, -0.85]],
    plus: [[-0.42, -1.2], [0.42, -1.2], [0.42, -0.42], [1.2, -0.42], [1.2, 0.42], [0.42, 0.42],
      [0.42, 1.2], [-0.42, 1.2], [-0.42, 0.42], [-1.2, 0.42], [-1.2, -0.42], [-0.42, -0.42]],
    hexagon: [[1.12, 0], [0.56, 0.97], [-0.56, 0.97], [-1.12, 0], [-0.56, -0.97], [0.56, -0.97]],
    cross: [[-1.15, -0.6], [-0.6, -1.15], [0, -0.55], [0.6, -1.15], [1.15, -0.6], [0.55, 0],
      [1.15, 0.6], [0.6, 1.15], [0, 0.55], [-0.6, 1.15], [-1.15, 0.6], [-0.55, 0]],
  };

  qh.trace = function (context, shape, x, y, radius) {
    context.beginPath();
    var corners = qh.SHAPES[shape];
    if (!corners) { context.arc(x, y, radius, 0, 2 * Math.PI); return; }
    corners.forEach(function (corner, at) {
      context[at ? "lineTo" : "moveTo"](x + radius * corner[0], y + radius * corner[1]);
    });
    context.closePath();
  };

  // The bytes of `layers.shapes.point_field`: count, then lon and lat in 1e-5°, style and size by point.
  qh.readPoints = function (buffer) {
    var view = new DataView(buffer), n = view.getUint32(0, true);
    var x = new Float64Array(n), y = new Float64Array(n);
    for (var i = 0; i < n; i += 1) {
      x[i] = qh.mercatorX(view.getInt32(4 + 4 * i, true) / 1e5);
      y[i] = qh.mercatorY(view.getInt32(4 + 4 * n + 4 * i, true) / 1e5);
    }
    return {
      n: n, x: x, y: y,
      style: new Uint8Array(buffer, 4 + 8 * n, n), size: new Uint8Array(buffer, 4 + 9 * n, n),
    };
  };

  // options: url, chunk, level, styles [{shape, fill, stroke, width}], cluster (colour or ""),
  // shrink (smaller where points are dense), tip(detail, style), properties(detail, style).
  qh.Points = qh.Field.extend({
    initialize: function (points, options) {
      qh.Field.prototype.initialize.call(this, options);
      this._points = points;
      this._clusters = {};  // by zoom, as is the next
      this._shrunk = {};
      // The largest last: they are on top, and are hit first.
      this._sequence = Uint32Array.from({ length: points.n }, function (_, i) { return i; });
      this._sequence.sort(function (a, b) { return points.size[a] - points.size[b] || a - b; });
      var self = this;
      this._hitter = { level: options.level, hit: function (at) { return self._hit(at); } };
    },
    onAdd: function (map) {
      if (this.options.cluster) { this._regroup(clustered.concat([this])); }
      qh.Field.prototype.onAdd.call(this, map);
      this._container.style.zIndex = 100 + this.options.level;
      qh.addHitter(this._hitter);
    },
    onRemove: function (map) {
      var self = this;
      qh.removeHitter(this._hitter);
      qh.Field.prototype.onRemove.call(this, map);
      if (this.options.cluster) {
        this._regroup(clustered.filter(function (field) { return field !== self; }));
      }
    },
    // The circles of the other fields are arranged again.
    _regroup: function (fields) {
      var self = this;
      clustered = fields;
      apart = {};
      fields.forEach(function (field) { if (field !== self) { field.repaint(); } });
      if (qh.namesAgain) { qh.namesAgain(); }
    },
    _paint: function (context, t, bounds) {
      var clusters = this.options.cluster ? this._clustersAt(this._map.getZoom()) : null;
      this._scale = this.options.shrink ? this._crowding(this._map.getZoom(), t.scale) : 1;
      var self = this, p = this._points, shown = clusters ? clusters.alone : this._sequence;
      this._shown = shown;
      var crowded = this._scale < 0.55;  // rims would hide what lies beneath
      for (var k = 0; k < shown.length; k += 1) {
        var i = shown[k], x = p.x[i] * t.scale - t.x, y = p.y[i] * t.scale - t.y;
        if (x < bounds.min.x - 12 || x > bounds.max.x + 12) { continue; }
        if (y < bounds.min.y - 12 || y > bounds.max.y + 12) { continue; }
        var style = this.options.styles[p.style[i]];
        qh.trace(context, style.shape, x, y, this._radius(i));
        context.fillStyle = style.fill;
        context.globalAlpha = crowded ? 0.9 : 1;
        context.fill();
        context.globalAlpha = 1;
        if (crowded && style.stroke === "#ffffff") { continue; }
        context.lineWidth = style.width;
        context.strokeStyle = style.stroke;
        context.stroke();
      }
      if (clusters) {
        moveApart(this._map.getZoom());
        clusters.groups.forEach(function (group) { self._paintCluster(context, t, group); });
      }
    },
    _radius: function (i) { return Math.max(1, this._points.size[i] / 16 * this._scale); },
    _paintCluster: function (context, t, group) {
      var x = group.x * t.scale - t.x + group.dx, y = group.y * t.scale - t.y + group.dy;
      qh.trace(context, "circle", x, y, group.radius);
      context.fillStyle = this.options.cluster;
      context.globalAlpha = 0.9;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1.5;
      context.strokeStyle = "#ffffff";
      context.stroke();
      context.fillStyle = "#ffffff";
      context.font = "600 10.5px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(group.text, x, y + 0.5);
    },
    // The factor by which dots shrink so that they do not cover each other, from the mean number of
    // points in a cell that has any, since villages and estates lie in groups.
    _crowding: function (zoom, scale) {
      var p = this._points;
      if (p.n < FEW) { return 1; }
      if (!(zoom in this._shrunk)) {
        var cells = new Set(), step = scale / CROWD_CELL;
        for (var i = 0; i < p.n; i += 1) {
          cells.add(Math.floor(p.x[i] * step) * 1e7 + Math.floor(p.y[i] * step));
        }
        this._shrunk[zoom] = Math.max(0.28, Math.min(1, 1.15 * Math.pow(p.n / cells.size, -0.5)));
      }
      return this._shrunk[zoom];
    },
    // Cells of a fixed grid, so that clusters do not change while the map is moved.
    _clustersAt: function (zoom) {
      if (zoom in this._clusters) { return this._clusters[zoom]; }
      var p = this._points, scale = 256 * Math.pow(2, zoom) / CLUSTER_CELL, cells = {}, held = 0;
      for (var i = 0; i < p.n; i += 1) {
        var key = Math.floor(p.x[i] * scale) * 1e7 + Math.floor(p.y[i] * scale);
        if (cells[key]) { cells[key].push(i); } else { cells[key] = [i]; held += 1; }
      }
      var found = null;
      if (p.n / held > CLUSTERED) {
        found = { alone: [], groups: [] };
        Object.keys(cells).forEach(function (key) {
          var cell = cells[key];
          if (cell.length === 1) { found.alone.push(cell[0]); return; }
          found.groups.push(grouped(p, cell));
        });
      }
      this._clusters[zoom] = found;
      return found;
    },
    _hit: function (at) {
      var t = this.transform(), p = this._points, best = -1, nearest = Infinity;
      var clusters = this.options.cluster ? this._clusters[this._map.getZoom()] : null;
      if (clusters) {
        for (var c = clusters.groups.length - 1; c >= 0; c -= 1) {
          var group = clusters.groups[c];
          var far = Math.hypot(
            group.x * t.scale - t.x + group.dx - at.x, group.y * t.scale - t.y + group.dy - at.y);
          if (far <= group.radius) { return this._clusterHit(group); }
        }
      }
      var shown = this._shown || [];
      for (var k = shown.length - 1; k >= 0; k -= 1) {
        var i = shown[k], dx = p.x[i] * t.scale - t.x - at.x, dy = p.y[i] * t.scale - t.y - at.y;
        var distance = Math.sqrt(dx * dx + dy * dy) - this._radius(i);
        if (distance < 2.5 && distance < nearest) { nearest = distance; best = i; }
        if (nearest <= 0) { break; }
      }
      return best < 0 ? null : this._pointHit(best);
    },
    _clusterHit: function (group) {
      var options = this.options;
      return {
        at: latLng(group.x, group.y),
        tip: options.clusterTip ? function () { return options.clusterTip(group.count); } : null,
        zoomTo: function () {
          return L.latLngBounds(latLng(group.west, group.south), latLng(group.east, group.north));
        },
      };
    },
    _pointHit: function (i) {
      var options = this.options, p = this._points, style = p.style[i];
      function detail(use) {
        return qh.detail(options.url, i, options.chunk).then(function (row) {
          return use(row, style);
        });
      }
      return {
        at: latLng(p.x[i], p.y[i]),
        tip: function () { return detail(options.tip); },
        properties: function () { return detail(options.properties); },
      };
    },
  });

  function grouped(p, cell) {
    var group = { count: cell.length, dx: 0, dy: 0, x: 0, y: 0, west: 1, east: 0, north: 1, south: 0 };
    cell.forEach(function (i) {
      group.x += p.x[i] / cell.length;
      group.y += p.y[i] / cell.length;
      group.west = Math.min(group.west, p.x[i]); group.east = Math.max(group.east, p.x[i]);
      group.north = Math.min(group.north, p.y[i]); group.south = Math.max(group.south, p.y[i]);
    });
    group.text = cell.length < 1000 ? String(cell.length) : (cell.length / 1000).toFixed(1) + "k";
    group.radius = Math.min(15, 7 + 1.1 * Math.log2(cell.length));
    return group;
  }

  // A circle that would cover an earlier one is moved (dx, dy in pixels) as far as necessary; those
  // with most points keep their place. By zoom only, so that nothing moves while the map is dragged.
  function moveApart(zoom) {
    if (apart[zoom]) { return; }
    apart[zoom] = true;
    var scale = 256 * Math.pow(2, zoom), placed = {}, circles = [];
    function place(item) {
      var key = cellOf(item.px) + ":" + cellOf(item.py);
      (placed[key] = placed[key] || []).push(item);
    }
    clustered.forEach(function (field) {
      var found = field._clustersAt(zoom), p = field._points;
      if (found) { circles = circles.concat(found.groups); }
      // Single symbols are not moved.
      (found ? found.alone : p.n < SINGLE ? field._sequence : []).forEach(function (i) {
        place({ px: p.x[i] * scale, py: p.y[i] * scale, radius: p.size[i] / 16 });
      });
    });
    circles.sort(function (a, b) { return b.count - a.count || a.x - b.x || a.y - b.y; });
    circles.forEach(function (circle) {
      var x = circle.x * scale, y = circle.y * scale;
      for (var turn = 0; turn < 12; turn += 1) {
        var other = covered(placed, x, y, circle.radius);
        if (!other) { break; }
        var far = Math.hypot(x - other.px, y - other.py), reach = circle.radius + other.radius + 1;
        // A fixed direction if both have the same place; turned a little each time, so that two
        // neighbours do not push it to and fro.
        var way = far > 0.5 ? Math.atan2(y - other.py, x - other.px) + 0.3 * turn : 0.8;
        x = other.px + reach * Math.cos(way);
        y = other.py + reach * Math.sin(way);
      }
      circle.px = x; circle.py = y;
      circle.dx = x - circle.x * scale; circle.dy = y - circle.y * scale;
      place(circle);
    });
  }

  // Boxes of the circles and single symbols of sites, in pixels of a zoom: names keep off them.
  qh.symbolBoxes = function (zoom) {
    var scale = 256 * Math.pow(2, zoom), boxes = [];
    moveApart(zoom);
    clustered.forEach(function (field) {
      var found = field._clustersAt(zoom), p = field._points;
      (found ? found.groups : []).forEach(function (group) {
        boxes.push(around(group.x * scale + group.dx, group.y * scale + group.dy, group.radius));
      });
      (found ? found.alone : field._sequence).forEach(function (i) {
        boxes.push(around(p.x[i] * scale, p.y[i] * scale, p.size[i] / 16));
      });
    });
    return boxes;
  };

  function around(x, y, radius) { return [x - radius, y - radius, x + radius, y + radius]; }

  function cellOf(value) { return Math.floor(value / CLUSTER_CELL); }

  // The placed circle that this one would cover most.
  function covered(placed, x, y, radius) {
    var most = null, depth = 0.5;
    for (var i = cellOf(x) - 1; i <= cellOf(x) + 1; i += 1) {
      for (var j = cellOf(y) - 1; j <= cellOf(y) + 1; j += 1) {
        (placed[i + ":" + j] || []).forEach(function (other) {
          var over = radius + other.radius + 1 - Math.hypot(x - other.px, y - other.py);
          if (over > depth) { depth = over; most = other; }
        });
      }
    }
    return most;
  }

  function latLng(x, y) {
    var lat = Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI;
    return L.latLng(lat, (x - 0.5) * 360);
  }
})();
