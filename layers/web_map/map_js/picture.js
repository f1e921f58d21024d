// The view as a PNG: title, map with north arrow and scale bar, legend, notices and sources. Drawn
// from the map's own canvases; nothing is fetched.
(function () {
  "use strict";
  var qh = window.qh = window.qh || {};
  var FAMILY = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", ' +
    '"WenQuanYi Micro Hei", system-ui, sans-serif';
  var RATIO = 2, MARGIN = 20, LINE = 19;
  var INK = "#1d2126", GREY = "#474d55";

  // spec: title, subtitle, legend [{name, items: [{symbol, colour, text, shape}]}], lines (below the
  // legend), north, file.
  qh.picture = function (map, spec) {
    var size = map.getSize(), width = Math.max(size.x, 480) + 2 * MARGIN;
    var probe = document.createElement("canvas").getContext("2d");
    var head = headOf(probe, spec, width), foot = footOf(probe, spec, width);
    var canvas = document.createElement("canvas");
    canvas.width = RATIO * width;
    canvas.height = RATIO * (head.height + size.y + foot.height);
    var context = canvas.getContext("2d");
    context.scale(RATIO, RATIO);
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, width, canvas.height);
    head.draw(context, 0);
    var left = (width - size.x) / 2;
    context.save();
    context.beginPath();
    context.rect(left, head.height, size.x, size.y);
    context.clip();
    context.fillStyle = "#f2f1ec";
    context.fillRect(left, head.height, size.x, size.y);
    panes(map, context, left, head.height);
    context.restore();
    context.strokeStyle = "#8f8f8a";
    context.lineWidth = 1;
    context.strokeRect(left, head.height, size.x, size.y);
    north(context, left + size.x - 30, head.height + 14, spec.north);
    scaleBar(map, context, left + 14, head.height + size.y - 14);
    foot.draw(context, head.height + size.y);
    return canvas;
  };

  // The view alone, with its scale bar: what paper shows in place of the map.
  qh.viewImage = function (map) {
    var size = map.getSize(), canvas = document.createElement("canvas");
    canvas.width = RATIO * size.x;
    canvas.height = RATIO * size.y;
    var context = canvas.getContext("2d");
    context.scale(RATIO, RATIO);
    context.fillStyle = "#f2f1ec";
    context.fillRect(0, 0, size.x, size.y);
    panes(map, context, 0, 0);
    scaleBar(map, context, 14, size.y - 14);
    return canvas;
  };

  qh.savePicture = function (map, spec) {
    qh.picture(map, spec).toBlob(function (blob) {
      var link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = (spec.file || "map").replace(/[\\/:*?"<>|\u0000-\u001f]+/g, "-") + ".png";
      document.body.appendChild(link);
      link.click();
      link.remove();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
    }, "image/png");
  };

  // All canvases of the map, painted once at the picture's own resolution.
  function panes(map, context, left, top) {
    var retina = L.Browser.retina, renderers = [];
    map.eachLayer(function (layer) { if (layer instanceof L.Renderer) { renderers.push(layer); } });
    function paint() { renderers.forEach(function (one) { one._update(); }); }
    L.Browser.retina = true;
    try {
      paint();
      var frame = map.getContainer().getBoundingClientRect(), found = [];
      var all = map.getPanes();
      Object.keys(all).forEach(function (name) {
        var pane = all[name];
        // A pane within that of a row has the order and the opacity of the row.
        var row = pane.qhClip !== undefined ? pane.parentElement : pane, style = getComputedStyle(row);
        if (style.display === "none") { return; }
        [].forEach.call(pane.children, function (canvas, at) {
          if (canvas.tagName !== "CANVAS" || !canvas.width) { return; }
          found.push({
            canvas: canvas, at: at, opacity: Number(style.opacity), z: Number(style.zIndex) || 0,
            inner: Number(canvas.style.zIndex) || 0, clip: pane.qhClip,
          });
        });
      });
      found.sort(function (a, b) { return a.z - b.z || a.inner - b.inner || a.at - b.at; });
      found.forEach(function (one) {
        var box = one.canvas.getBoundingClientRect();
        context.globalAlpha = one.opacity;
        context.save();
        if (one.clip) {
          context.beginPath();
          context.rect(left + one.clip[0], top, one.clip[1] - one.clip[0], frame.height);
          context.clip();
        }
        context.drawImage(
          one.canvas, left + box.left - frame.left, top + box.top - frame.top, box.width, box.height);
        context.restore();
      });
    } finally {
      context.globalAlpha = 1;
      L.Browser.retina = retina;
      paint();
    }
  }

  // Lines of at most `width` pixels; CJK breaks anywhere, other text at spaces.
  function wrap(context, text, width) {
    var lines = [], line = "";
    (String(text).match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) || []).forEach(function (part) {
      if (line && context.measureText(line + part).width > width) { lines.push(line); line = ""; }
      line += part;
    });
    if (line) { lines.push(line); }
    return lines;
  }

  function headOf(probe, spec, width) {
    var big = "600 19px " + FAMILY, small = "13px " + FAMILY;
    probe.font = big;
    var titles = wrap(probe, spec.title, width - 2 * MARGIN);
    probe.font = small;
    var subtitles = spec.subtitle ? wrap(probe, spec.subtitle, width - 2 * MARGIN) : [];
    return {
      height: 12 + 26 * titles.length + LINE * subtitles.length + 6,
      draw: function (context, y) {
        context.textBaseline = "middle";
        context.textAlign = "left";
        context.fillStyle = INK;
        context.font = big;
        titles.forEach(function (line, at) { context.fillText(line, MARGIN, y + 25 + 26 * at); });
        context.fillStyle = GREY;
        context.font = small;
        subtitles.forEach(function (line, at) {
          context.fillText(line, MARGIN, y + 12 + 26 * titles.length + LINE * at + 8);
        });
      },
    };
  }

  function footOf(probe, spec, width) {
    var parts = [], y = 14;
    (spec.legend || []).forEach(function (group) {
      var x = MARGIN;
      probe.font = "600 12px " + FAMILY;
      parts.push({ text: group.name, x: x, y: y, font: probe.font, fill: INK });
      x += probe.measureText(group.name).width + 14;
      var first = x;
      probe.font = "12px " + FAMILY;
      group.items.forEach(function (item) {
        var wide = 22 + probe.measureText(item.text).width + 14;
        if (x > first && x + wide > width - MARGIN) { x = first; y += LINE; }
        parts.push({ item: item, x: x, y: y });
        parts.push({ text: item.text, x: x + 22, y: y, font: "12px " + FAMILY, fill: GREY });
        x += wide;
      });
      y += LINE;
    });
    y += 4;
    probe.font = "11px " + FAMILY;
    (spec.lines || []).forEach(function (text) {
      wrap(probe, text, width - 2 * MARGIN).forEach(function (line) {
        parts.push({ text: line, x: MARGIN, y: y, font: "11px " + FAMILY, fill: GREY });
        y += 16;
      });
    });
    return {
      height: y + 6,
      draw: function (context, top) {
        context.textBaseline = "middle";
        context.textAlign = "left";
        parts.forEach(function (part) {
          if (part.item) { symbol(context, part.item, part.x, top + part.y); return; }
          context.font = part.font;
          context.fillStyle = part.fill;
          context.fillText(part.text, part.x, top + part.y);
        });
      },
    };
  }

  function symbol(context, item, x, y) {
    context.fillStyle = context.strokeStyle = item.colour;
    context.lineWidth = 1;
    if (item.symbol === "fill") {
      context.fillRect(x, y - 6, 17, 12);
      context.strokeStyle = "#8f8f8a";
      context.strokeRect(x + 0.5, y - 5.5, 16, 11);
    } else if (item.symbol === "line" || item.symbol === "border" || item.symbol === "thin") {
      context.lineWidth = item.symbol === "line" ? 3 : item.symbol === "thin" ? 1 : 2;
      context.setLineDash(item.symbol === "border" ? [7, 2, 2, 2] : []);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + 17, y);
      context.stroke();
      context.setLineDash([]);
    } else if (item.symbol === "cluster") {
      qh.trace(context, "circle", x + 8, y, 8);
      context.fill();
      context.fillStyle = "#ffffff";
      context.font = "600 10px " + FAMILY;
      context.textAlign = "center";
      context.fillText(item.mark || "5", x + 8, y + 0.5);
      context.textAlign = "left";
    } else if (item.symbol === "sizes") {
      [[2, 2.2], [8, 3.6], [16.5, 5]].forEach(function (dot) {
        qh.trace(context, "circle", x + dot[0], y, dot[1]);
        context.fill();
      });
    } else if (item.symbol === "ring") {
      qh.trace(context, "circle", x + 8, y, 4.5);
      context.lineWidth = 2;
      context.stroke();
    } else {
      qh.trace(context, item.symbol === "dot" ? "circle" : item.shape || "square", x + 8, y, 5);
      context.fill();
    }
  }

  function north(context, x, y, word) {
    context.fillStyle = "rgba(255, 255, 255, .85)";
    qh.trace(context, "circle", x, y + 17, 21);
    context.fill();
    context.fillStyle = INK;
    context.beginPath();
    context.moveTo(x, y + 1);
    context.lineTo(x + 7, y + 24);
    context.lineTo(x, y + 19);
    context.lineTo(x - 7, y + 24);
    context.closePath();
    context.fill();
    context.font = "600 11px " + FAMILY;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(word || "N", x, y + 31);
    context.textAlign = "left";
  }

  // In steps of 1, 2 and 5, true in the middle of the view.
  function scaleBar(map, context, x, y) {
    var size = map.getSize(), row = size.y / 2;
    var metres = map.distance(
      map.containerPointToLatLng([size.x / 2 - 50, row]),
      map.containerPointToLatLng([size.x / 2 + 50, row])) / 100;
    var most = 160 * metres, power = Math.pow(10, Math.floor(Math.log10(most)));
    var whole = [5, 2, 1].filter(function (step) { return step * power <= most; })[0] * power;
    var wide = whole / metres, text = whole < 1000 ? whole + " m" : whole / 1000 + " km";
    context.font = "11px " + FAMILY;
    var room = Math.max(wide, context.measureText(text).width);
    context.fillStyle = "rgba(255, 255, 255, .85)";
    context.fillRect(x - 6, y - 26, room + 12, 32);
    context.fillStyle = INK;
    context.strokeStyle = "#000000";
    context.lineWidth = 1;
    context.fillRect(x, y - 5, wide / 2, 5);
    context.strokeRect(x + 0.5, y - 5, wide - 1, 5);
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, x, y - 15);
  }
})();
