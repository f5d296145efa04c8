// The parts of Plotly that the page uses: its API, four kinds of traces and the components that draw them. Plotly's own
// src/core.js has every component in it (sliders, menus, images, shapes, …); the page has none of those.
const registry = require("plotly.js/src/registry");
const api = require("plotly.js/src/plot_api");

for (const [name, fn] of Object.entries(api)) {
  if (!name.startsWith("_")) exports[name] = fn;
  registry.register({ moduleType: "apiMethod", name, fn });
}
registry.register([
  require("plotly.js/src/traces/scatter"),
  require("plotly.js/src/traces/bar"),
  require("plotly.js/src/traces/heatmap"),
  require("plotly.js/src/traces/contour"),
  require("plotly.js/src/components/annotations"),
  require("plotly.js/src/components/colorscale"),
  require("plotly.js/src/components/errorbars"),
  require("plotly.js/src/components/fx"),
  require("plotly.js/src/components/modebar"),
  require("plotly.js/src/locale-en"),
  require("plotly.js/src/locale-en-us"),
]);
exports.version = require("plotly.js/src/version").version;
