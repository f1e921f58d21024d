// A canvas painted from tiles of our own (`layers.web_map.road_tiles`, `.water_tiles`), which are
// fetched when they come into view. Subclasses define `_paint` and `_read(answer)`.
(function () {
  "use strict";
  var POLL_MS = 1000;

  qh.Tiled = qh.Field.extend({
    initialize: function (base, manifest) {
      qh.Field.prototype.initialize.call(this);
      this._base = base;
      this._extent = manifest.extent;
      this._levels = manifest.levels.map(function (level) {
        var there = {};
        for (var i = 0; i < level.tiles.length; i += 2) {
          there[level.tiles[i] + "_" + level.tiles[i + 1]] = null;  // not asked for yet
        }
        return { zoom: level.zoom, from: level.from, there: there };
      });
    },
    // The loaded tiles in view; missing ones are fetched, then all is repainted.
    _needed: function (t, bounds) {
      var zoom = this._map.getZoom(), number = 0;
      this._levels.forEach(function (level, i) { if (zoom >= level.from) { number = i; } });
      var level = this._levels[number], size = t.scale / Math.pow(2, level.zoom), found = [];
      var x1 = Math.floor((bounds.max.x + t.x) / size);
      var y1 = Math.floor((bounds.max.y + t.y) / size);
      for (var x = Math.floor((bounds.min.x + t.x) / size); x <= x1; x += 1) {
        for (var y = Math.floor((bounds.min.y + t.y) / size); y <= y1; y += 1) {
          var name = x + "_" + y;
          if (!(name in level.there)) { continue; }
          var tile = level.there[name];
          if (tile === null) { this._fetch(level, number, name); continue; }
          if (tile) {
            found.push({ tile: tile, x: x * size - t.x, y: y * size - t.y,
              scale: size / this._extent });
          }
        }
      }
      return found;
    },
    _fetch: function (level, number, name) {
      var self = this;
      level.there[name] = false;  // on its way
      fetch(this._base + "/" + number + "/" + name + ".bin").then(function (answer) {
        if (!answer.ok) { throw new Error(answer.status + " tile " + name); }
        return self._read(answer);
      }).then(function (tile) {
        level.there[name] = tile;
        if (!self._again) {
          self._again = requestAnimationFrame(function () { self._again = 0; self.repaint(); });
        }
      });
    },
  });

  // A note says whether something is made; until then the map does without.
  qh.whenMade = function (note, ready) {
    fetch(note, { cache: "no-store" }).then(function (answer) { return answer.json(); })
      .then(function (said) {
        if (said.state === "cutting") {
          setTimeout(function () { qh.whenMade(note, ready); }, POLL_MS);
        } else if (said.state === "ready") { ready(said); }
      });
  };

  qh.whenCut = function (note, Kind, ready) {
    qh.whenMade(note, function (said) {
      fetch(said.base + "/tiles.json").then(function (answer) { return answer.json(); })
        .then(function (manifest) {
          var held = manifest.levels.some(function (level) { return level.tiles.length; });
          if (held) { ready(new Kind(said.base, manifest)); }
        });
    });
  };
})();
