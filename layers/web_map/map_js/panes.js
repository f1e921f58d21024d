// Panes of both maps, from below; those that the reader can order have a row in the list of layers.
// Each pane has its own canvas, so that opacity and order are those of the pane. The panes take no
// pointer events; the map finds what is hit.
(function () {
  "use strict";
  var qh = window.qh = window.qh || {};

  // Rows of the list of layers, the lowest first, and their panes.
  qh.ROWS = ["units", "water", "roads", "isochrones", "gaps", "sites", "names"];
  qh.PANES = {
    units: "overlayPane", water: "qhwater", roads: "qhroads", isochrones: "qhisochrones",
    gaps: "qhgaps", names: "qhnames", sites: "qhsites",
  };
  var FIRST = 402, STEP = 6;
  // Above all rows.
  var FIXED = { qhlines: 460, qhchange: 465, qh: 470, qhmeasure: 475 };

  qh.makePanes = function (map) {
    Object.keys(FIXED).forEach(function (name) { make(map, name).style.zIndex = FIXED[name]; });
    make(map, "qhborders");
    qh.ROWS.forEach(function (row) { make(map, qh.PANES[row]); });
    qh.orderPanes(map, qh.ROWS);
  };

  function make(map, name) {
    var pane = map.getPane(name) || map.createPane(name);
    if (name !== "overlayPane") { pane.style.pointerEvents = "none"; }
    return pane;
  }

  // On paper the map has another size: it shows the same places, and comes back afterwards. A browser
  // prints without drawing canvases again, so that a picture of the view takes the map's place.
  qh.fitPaper = function (map) {
    var kept = null, picture = null;
    function refit() {
      map.invalidateSize({ animate: false });
      if (kept) { map.fitBounds(kept.bounds, { animate: false }); }
    }
    function print(on) {
      if (on && !kept) {
        picture = qh.viewImage(map);
        picture.className = "qh-paper";
        map.getContainer().appendChild(picture);
        kept = { bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom() };
        refit();
        map.on("resize", refitOnce);
      } else if (!on && kept) {
        var former = kept;
        kept = null;
        picture.remove();
        map.off("resize", refitOnce);
        map.invalidateSize({ animate: false });
        map.setView(former.centre, former.zoom, { animate: false });
      }
    }
    function refitOnce() { map.fitBounds(kept.bounds, { animate: false }); }
    window.addEventListener("beforeprint", function () { print(true); });
    window.addEventListener("afterprint", function () { print(false); });
    window.matchMedia("print").addEventListener("change", function (media) {
      print(media.matches);
    });
  };

  // `rows` from below.
  qh.orderPanes = function (map, rows) {
    var top = 0;
    rows.forEach(function (row, at) {
      var z = FIRST + STEP * at;
      map.getPane(qh.PANES[row]).style.zIndex = z;
      if (row === "units" || row === "roads" || row === "water") { top = Math.max(top, z); }
    });
    // Borders are read above what lies beneath the points.
    map.getPane("qhborders").style.zIndex = top + 1;
  };
})();
