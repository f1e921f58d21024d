// Water below the roads, filled from the tiles of `layers.web_map.water_tiles`.
(function () {
  "use strict";
  var COLOUR = "#b5d3ea";

  // Number of rings, the vertices of each, then x and y of each vertex.
  function decode(buffer) {
    var view = new DataView(buffer), rings = view.getUint32(0, true);
    var counts = new Uint16Array(buffer, 4, rings), begin = 4 + 2 * (rings + rings % 2);
    return { counts: counts, xy: new Int16Array(buffer, begin) };
  }

  var Water = qh.Tiled.extend({
    options: { padding: 0.15, pane: "qhwater" },
    _read: function (answer) { return answer.arrayBuffer().then(decode); },
    // Holes are rings as any other: what lies in an even number of rings is land.
    _paint: function (context, t, bounds) {
      context.fillStyle = COLOUR;
      this._needed(t, bounds).forEach(function (placed) {
        var xy = placed.tile.xy, scale = placed.scale, at = 0;
        context.beginPath();
        placed.tile.counts.forEach(function (count) {
          for (var end = at + count, first = at; at < end; at += 1) {
            context[at === first ? "moveTo" : "lineTo"](
              placed.x + xy[2 * at] * scale, placed.y + xy[2 * at + 1] * scale);
          }
          context.closePath();
        });
        context.fill("evenodd");
      });
    },
  });

  qh.water = function (note, ready) { qh.whenCut(note, Water, ready); };
})();
