// Names of units on a canvas: parents far out, the finest units closer, none upon another.
(function () {
  "use strict";
  var qh = window.qh = window.qh || {};
  var FAMILY = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", ' +
    '"WenQuanYi Micro Hei", system-ui, sans-serif';
  var CELL = 64;  // pixels of the grid in which placed names are found
  var GAP = 3;
  // A name may be a little wider than the circle inside its unit, since most units are longer.
  var ROOM = 0.62;
  // With so much room, a name may leave its place for symbols.
  var SHIFTS = 12;
  // A unit that fills the view needs no name among those of its parts.
  var FILLS = 0.42;

  function style(depth) {  // 0: the finest
    return depth
      ? { font: "600 " + (12 + depth) + "px " + FAMILY, size: 12 + depth, fill: "#33363b" }
      : { font: "500 11.5px " + FAMILY, size: 11.5, fill: "#1c1c1c" };
  }

  // levels: from the finest; each of rows [name, x, y, radius] in 1e-5 degrees, x before y.
  qh.Names = qh.Field.extend({
    options: { padding: 0.15, pane: "qhnames" },
    initialize: function (levels, options) {
      qh.Field.prototype.initialize.call(this, options);
      var all = this._names = [];
      levels.forEach(function (rows, depth) {
        rows.forEach(function (row) {
          all.push({
            text: row[0], x: qh.mercatorX(row[1] / 1e5), y: qh.mercatorY(row[2] / 1e5),
            radius: row[3] / 1e5 / 360, depth: depth, half: 0,
          });
        });
      });
      // Parents first, then by room.
      all.sort(function (a, b) { return b.depth - a.depth || b.radius - a.radius; });
      this._placed = {};  // by zoom, so that names stay while the map is moved
      var self = this;
      // Sites have come or gone: names keep off their symbols.
      qh.namesAgain = function () {
        self._placed = {};
        if (self._map && !self._again) {
          self._again = requestAnimationFrame(function () { self._again = 0; self.repaint(); });
        }
      };
    },
    _paint: function (context, t, bounds) {
      this._measure(context);
      context.lineJoin = "round";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineWidth = 3;
      context.strokeStyle = "rgba(255, 255, 255, .92)";
      var depth = -1;
      this._placedAt(this._map.getZoom(), t.scale).forEach(function (placed) {
        var name = placed[0], x = name.x * t.scale - t.x, y = name.y * t.scale - t.y + placed[1];
        if (x + name.half < bounds.min.x || x - name.half > bounds.max.x) { return; }
        if (y < bounds.min.y - 12 || y > bounds.max.y + 12) { return; }
        if (name.depth !== depth) {
          depth = name.depth;
          context.font = style(depth).font;
          context.fillStyle = style(depth).fill;
        }
        context.strokeText(name.text, x, y);
        context.fillText(name.text, x, y);
      });
    },
    _measure: function (context) {
      if (this._measured) { return; }
      this._measured = true;
      var depth = -1;
      this._names.forEach(function (name) {
        if (name.depth !== depth) { depth = name.depth; context.font = style(depth).font; }
        name.half = context.measureText(name.text).width / 2 + GAP;
      });
    },
    // The names that are shown at a zoom with their shifts, those of parents first.
    _placedAt: function (zoom, scale) {
      var size = this._map.getSize(), key = zoom + ":" + size.x + ":" + size.y;
      if (this._placed[key]) { return this._placed[key]; }
      var most = FILLS * Math.min(size.x, size.y), cells = {}, marks = {}, found = [];
      qh.symbolBoxes(zoom).forEach(function (box) { put(marks, box); });
      this._names.forEach(function (name) {
        var room = name.radius * scale, high = style(name.depth).size / 2 + GAP;
        if (room < ROOM * name.half && room < 60) { return; }
        if (name.depth && room > most) { return; }
        var x = name.x * scale, half = name.half, chosen = null;
        // In its place, else a little above or below where symbols lie there.
        (room > SHIFTS ? [0, -1.6 * high, 1.6 * high] : [0]).forEach(function (shift, at) {
          var y = name.y * scale + shift, box = [x - half, y - high, x + half, y + high];
          if (chosen && chosen.free || meets(cells, box)) { return; }
          var free = !meets(marks, box);
          if (free || !at) { chosen = { box: box, shift: shift, free: free }; }
        });
        if (!chosen) { return; }
        put(cells, chosen.box);
        found.push([name, chosen.shift]);
      });
      this._placed[key] = found;
      return found;
    },
  });

  function each(box, use) {
    for (var i = Math.floor(box[0] / CELL); i <= Math.floor(box[2] / CELL); i += 1) {
      for (var j = Math.floor(box[1] / CELL); j <= Math.floor(box[3] / CELL); j += 1) {
        if (use(i + ":" + j)) { return true; }
      }
    }
    return false;
  }
  function meets(cells, box) {
    return each(box, function (key) {
      return (cells[key] || []).some(function (other) {
        return box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1];
      });
    });
  }
  function put(cells, box) {
    each(box, function (key) { (cells[key] = cells[key] || []).push(box); return false; });
  }
})();
