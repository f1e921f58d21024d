// The layers of points: sites, uncovered demand, changed demand, number of services.
(function () {
  "use strict";

  function bytes(url) { return url + "/points.bin"; }

  function lines(parts) {
    return parts.filter(function (part) { return part; }).join("<br>");
  }

  // The text is escaped by the server. No String.replace: it gives `$` in the text a meaning.
  function fill(template, value) { return template.split("{value}").join(value); }

  function add(group, data, url, options) {
    group.addLayer(new qh.Points(qh.readPoints(data), Object.assign({
      url: url, level: group.qhLevel, pane: group.qhPane, cluster: "", shrink: false,
    }, options)));
  }

  qh.draw.sites = {
    file: bytes,
    draw: function (data, group, options, url) {
      add(group, data, url, {
        chunk: options.chunk, cluster: options.cluster ? options.colour : "",
        styles: [options.unused, options.colour].map(function (colour) {
          return { shape: options.shape, fill: colour, stroke: "#ffffff", width: 1.5 };
        }),
        tip: function (row, style) {
          return lines(["<b>" + row[2] + "</b>", style ? "" : options.unused_word]);
        },
        clusterTip: function (count) {
          return options.cluster_word ? fill(options.cluster_word, String(count)) : "";
        },
        properties: function (row) {
          return { kind: "site", site_id: row[1], layer: options.layer, unit_id: row[0] };
        },
      });
    },
  };

  qh.draw.demand = {
    file: bytes,
    draw: function (data, group, options, url) {
      add(group, data, url, {
        chunk: options.chunk, shrink: true,
        styles: options.colours.map(function (colour, at) {
          var doubt = at === options.doubt;
          return {
            shape: "circle", fill: doubt ? "#ffffff" : colour, stroke: doubt ? colour : "#ffffff",
            width: doubt ? 1.6 : 0.8,
          };
        }),
        tip: function (row, style) {
          return lines([
            "<b>" + row[2] + "</b>", options.causes[style],
            row[3] === null ? "" : fill(options.weight, row[3]),
            row[4] ? options.nearest.split("{site}").join(row[4]) : "",
            row[5] === null ? "" : fill(options.measure, row[5]),
          ]);
        },
        properties: function (row) {
          return { kind: "demand", unit_id: row[0], demand_id: row[1] };
        },
      });
    },
  };

  // Points whose tooltip is written by the server: changed demand, number of services, candidates.
  qh.draw.labelled = {
    file: bytes,
    draw: function (data, group, options, url) {
      add(group, data, url, {
        chunk: options.chunk, shrink: options.shrink, styles: options.styles,
        tip: function (row) { return row[2]; },
        properties: function (row) {
          if (options.kind === "candidate") {
            return { kind: "candidate", unit_id: row[0], candidate_id: row[1] };
          }
          return { kind: "demand", unit_id: row[0], demand_id: row[1] };
        },
      });
    },
  };
})();
