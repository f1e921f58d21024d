// Roads below the layers, painted from the tiles of `layers.web_map.road_tiles`: sharp at every zoom.
(function () {
  "use strict";
  // By rank: width at zoom 12, how it grows, and the colour. Large roads are cased in white.
  var RANKS = [
    { width: 1.5, grow: 0.4, colour: "#a8a297", cased: true },
    { width: 1.15, grow: 0.4, colour: "#aaa499", cased: true },
    { width: 0.95, grow: 0.38, colour: "#aea89d", cased: false },
    { width: 0.8, grow: 0.34, colour: "#b1aba0", cased: false },
    { width: 0.55, grow: 0.34, colour: "rgba(150, 143, 131, .75)", cased: false },
    { width: 0.4, grow: 0.28, colour: "rgba(150, 143, 131, .65)", cased: false },
    { width: 0.35, grow: 0.22, colour: "rgba(150, 143, 131, .55)", cased: false },
  ];

  function decode(buffer) {
    var view = new DataView(buffer), at = 8 * RANKS.length, lines = 0, ranks = [];
    for (var r = 0; r < RANKS.length; r += 1) { lines += view.getUint32(8 * r, true); }
    var counts = new Uint8Array(buffer, at, lines);
    var xy = new Int16Array(buffer, at + lines + lines % 2);
    var line = 0, vertex = 0;
    for (r = 0; r < RANKS.length; r += 1) {
      var n = view.getUint32(8 * r, true);
      ranks.push({ line: line, end: line + n, vertex: vertex });
      line += n;
      vertex += view.getUint32(8 * r + 4, true);
    }
    return { counts: counts, xy: xy, ranks: ranks, boxes: boxes(counts, xy) };
  }

  // West, north, east and south of each line, so that lines outside the view are skipped.
  function boxes(counts, xy) {
    var found = new Int16Array(4 * counts.length), at = 0;
    for (var line = 0; line < counts.length; line += 1) {
      var west = 32767, north = 32767, east = -32768, south = -32768;
      for (var end = at + counts[line]; at < end; at += 1) {
        west = Math.min(west, xy[2 * at]); east = Math.max(east, xy[2 * at]);
        north = Math.min(north, xy[2 * at + 1]); south = Math.max(south, xy[2 * at + 1]);
      }
      found.set([west, north, east, south], 4 * line);
    }
    return found;
  }

  var Roads = qh.Tiled.extend({
    options: { padding: 0.15, pane: "qhroads" },
    _read: function (answer) { return answer.arrayBuffer().then(decode); },
    _paint: function (context, t, bounds) {
      var zoom = this._map.getZoom(), self = this, tiles = this._needed(t, bounds);
      context.lineCap = context.lineJoin = "round";
      for (var rank = RANKS.length - 1; rank >= 0; rank -= 1) {
        var rule = RANKS[rank], width = rule.width * Math.pow(2, rule.grow * (zoom - 12));
        if (rank < 3) { width = Math.max(0.75, width); }
        if (rule.cased && zoom > 11.4) {
          tiles.forEach(function (tile) {
            self._stroke(context, tile, rank, t, bounds, width + 1.2, "rgba(255, 255, 255, .75)");
          });
        }
        tiles.forEach(function (tile) {
          self._stroke(context, tile, rank, t, bounds, width, rule.colour);
        });
      }
    },
    _stroke: function (context, placed, rank, t, bounds, width, colour) {
      var tile = placed.tile, part = tile.ranks[rank], counts = tile.counts, xy = tile.xy;
      if (part.line === part.end) { return; }
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.beginPath();
      var box = tile.boxes, scale = placed.scale, at = part.vertex, held = 0;
      var west = (bounds.min.x - placed.x) / scale, east = (bounds.max.x - placed.x) / scale;
      var north = (bounds.min.y - placed.y) / scale, south = (bounds.max.y - placed.y) / scale;
      for (var line = part.line; line < part.end; line += 1) {
        var n = counts[line], b = 4 * line;
        if (box[b] < east && box[b + 2] > west && box[b + 1] < south && box[b + 3] > north) {
          context.moveTo(placed.x + xy[2 * at] * scale, placed.y + xy[2 * at + 1] * scale);
          for (var k = at + 1; k < at + n; k += 1) {
            context.lineTo(placed.x + xy[2 * k] * scale, placed.y + xy[2 * k + 1] * scale);
          }
          held += n;
          // Canvas is slow with very long paths.
          if (held > 400) { context.stroke(); context.beginPath(); held = 0; }
        }
        at += n;
      }
      context.stroke();
    },
  });

  qh.roads = function (note, ready) { qh.whenCut(note, Roads, ready); };
})();
