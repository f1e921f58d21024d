// The list of layers of both maps: on and off, opacity, order. Kept in the browser's session.
(function () {
  "use strict";
  var qh = window.qh = window.qh || {};

  function make(tag, name, parent, text) {
    var element = document.createElement(tag);
    if (name) { element.className = name; }
    if (text) { element.textContent = text; }
    if (parent) { parent.appendChild(element); }
    return element;
  }

  // A sandboxed frame has no storage; the list works without.
  function read(key) {
    try { return JSON.parse(sessionStorage.getItem(key)) || {}; } catch (error) { return {}; }
  }
  function write(key, value) {
    try { sessionStorage.setItem(key, JSON.stringify(value)); } catch (error) { return; }
  }

  // options: words {up, down, opacity}, key (of the storage), toggle(row, on), extra(row, parent).
  qh.LayerList = function (map, box, options) {
    this._map = map;
    this._box = box;
    this._options = options;
    var kept = read(options.key);
    this.order = (kept.order || []).filter(function (row) { return qh.ROWS.indexOf(row) >= 0; });
    if (this.order.length !== qh.ROWS.length) { this.order = qh.ROWS.slice(); }
    this.opacity = kept.opacity || {};
    this.off = kept.off || {};
    this._rows = [];
    qh.orderPanes(map, this.order);
    if (window.L) { L.DomEvent.disableClickPropagation(box); L.DomEvent.disableScrollPropagation(box); }
  };

  // rows: {key, word, panes, served (the page draws it, and says whether), hidden}.
  qh.LayerList.prototype.show = function (rows) {
    var self = this, box = this._box, focus = document.activeElement;
    var name = focus && box.contains(focus) ? focus.name : "";
    this._rows = rows;
    box.textContent = "";
    this.order.slice().reverse().forEach(function (key) {
      var row = rows.filter(function (one) { return one.key === key; })[0];
      if (row) { self._paint(row); if (!row.hidden) { self._line(row); } }
    });
    var again = name && box.querySelector('[name="' + name + '"]');
    if (again) { again.focus(); }
  };

  qh.LayerList.prototype.isOn = function (key) { return !this.off[key]; };

  // What the page draws now: {units: true, ...}.
  qh.LayerList.prototype.served = function (on) {
    var self = this;
    this._rows.forEach(function (row) {
      if (row.served) { self.off[row.key] = !on[row.key]; }
    });
    this._keep();
    this.show(this._rows);
  };

  qh.LayerList.prototype._line = function (row) {
    var self = this, words = this._options.words, line = make("div", "qh-row", this._box);
    var label = make("label", "switch", line), input = make("input", "", label);
    input.type = "checkbox";
    input.checked = this.isOn(row.key);
    input.name = "on-" + row.key;
    input.dataset.group = row.key;
    input.addEventListener("change", function () {
      self.off[row.key] = !input.checked;
      self._keep();
      self._paint(row);
      self._options.toggle(row, input.checked);
    });
    make("span", "", label, row.word);
    var range = make("input", "", line);
    range.type = "range";
    range.min = 10; range.max = 100; range.step = 10;
    range.value = String(100 * (this.opacity[row.key] || 1));
    range.name = "opacity-" + row.key;
    range.title = words.opacity;
    range.setAttribute("aria-label", words.opacity + " – " + row.word);
    range.addEventListener("input", function () {
      self.opacity[row.key] = Number(range.value) / 100;
      self._keep();
      self._paint(row);
    });
    this._move(line, row, 1, "▲", words.up);
    this._move(line, row, -1, "▼", words.down);
    if (this._options.extra) { this._options.extra(row, make("div", "qh-extra", this._box)); }
  };

  // Moves past the next row that is shown.
  qh.LayerList.prototype._move = function (line, row, step, sign, word) {
    var self = this, button = make("button", "", line, sign), at = this.order.indexOf(row.key);
    var to = at + step;
    function shown(key) {
      return self._rows.some(function (one) { return one.key === key && !one.hidden; });
    }
    while (to >= 0 && to < this.order.length && !shown(this.order[to])) { to += step; }
    button.type = "button";
    button.name = word + row.key;
    button.title = word;
    button.setAttribute("aria-label", word + " – " + row.word);
    button.disabled = to < 0 || to >= this.order.length;
    button.addEventListener("click", function () {
      self.order.splice(at, 1);
      self.order.splice(to, 0, row.key);
      qh.orderPanes(self._map, self.order);
      self._keep();
      self.show(self._rows);
    });
  };

  qh.LayerList.prototype._paint = function (row) {
    var self = this;
    (row.panes || [qh.PANES[row.key]]).forEach(function (name) {
      var pane = self._map.getPane(name);
      if (!pane) { return; }
      pane.style.opacity = String(self.opacity[row.key] || 1);
      pane.style.display = self.isOn(row.key) ? "" : "none";
    });
  };

  qh.LayerList.prototype._keep = function () {
    write(this._options.key, { order: this.order, opacity: this.opacity, off: this.off });
  };

  // ---- buttons ----

  var ICONS = {
    whole: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
    layers: "M12 3 3 8l9 5 9-5zM3 12l9 5 9-5M3 16l9 5 9-5",
    measure: "M3 16 16 3l5 5L8 21zM7 12l2 2M10 9l3 3M13 6l2 2",
    picture: "M12 3v11M7 10l5 5 5-5M4 20h16",
  };

  // items: {icon, word, run()} or {.., panel: element} or {.., press: {on(), off()}}.
  qh.toolbar = function (map, items) {
    var bar = L.control({ position: "topleft" }), box = L.DomUtil.create("div", "qh-tools");
    bar.onAdd = function () { return box; };
    bar.addTo(map);
    var buttons = L.DomUtil.create("div", "leaflet-bar", box);
    L.DomEvent.disableClickPropagation(box);
    items.forEach(function (item) {
      var button = L.DomUtil.create("button", "qh-tool", buttons);
      button.type = "button";
      button.title = item.word;
      button.setAttribute("aria-label", item.word);
      button.dataset.tool = item.icon;
      button.innerHTML = '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">' +
        '<path d="' + ICONS[item.icon] + '" fill="none" stroke="currentColor" stroke-width="1.8"' +
        ' stroke-linejoin="round" stroke-linecap="round"/></svg>';
      var pressed = false;
      function press(on) {
        pressed = on;
        button.setAttribute("aria-pressed", String(on));
      }
      if (item.panel) {
        button.setAttribute("aria-expanded", "false");
        var shut = function () {
          item.panel.hidden = true;
          button.setAttribute("aria-expanded", "false");
        };
        L.DomEvent.on(item.panel, "keydown", function (event) {
          if (event.key === "Escape") { shut(); button.focus(); }
        });
        L.DomEvent.on(button, "click", function () {
          item.panel.hidden = !item.panel.hidden;
          button.setAttribute("aria-expanded", String(!item.panel.hidden));
        });
      } else if (item.press) {
        press(false);
        item.press.ended = function () { press(false); };
        L.DomEvent.on(button, "click", function () {
          if (pressed) { item.press.off(); } else { press(true); item.press.on(); }
        });
      } else {
        L.DomEvent.on(button, "click", item.run);
      }
    });
    return box;
  };
})();
