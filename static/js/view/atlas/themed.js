/** A figure from the server in the page's colours, sizes and theme. */
import { draw, fontSize } from "../charts/plot.js";

/** @typedef {import("../../model/colours.js").Palette} Palette */
/** @typedef {import("../../model/atlas_types.js").Figure} Figure */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/**
 * @param {HTMLElement} element
 * @param {Figure} figure
 * @param {Palette} colours
 */
export function drawThemed(element, figure, colours) {
  const size = fontSize(element);
  const axis = {
    ...{ gridcolor: colours.grid, linecolor: colours.grid, zeroline: false, fixedrange: true },
    ...{ tickfont: { size }, automargin: false, tickangle: 0 },
  };
  const axes = Object.entries(figure.layout)
    .filter(([name]) => /^[xy]axis\d*$/.test(name))
    .map(([name, own]) => [name, { ...axis, ...own, title: { ...own.title, font: { size }, standoff: 4 } }]);
  const { l = 0, r = 0, t = 0, b = 0 } = figure.layout.margin;
  const data = figure.data.map((trace) => {
    if (!trace.meta?.light) return trace;
    const colour = colours.dark ? trace.meta.dark : trace.meta.light;
    return { ...trace, line: { ...trace.line, color: colour }, marker: { ...trace.marker, color: colour } };
  });
  const layout = {
    ...figure.layout,
    ...Object.fromEntries(axes),
    annotations: (figure.layout.annotations ?? []).map((/** @type {PlotlyPart} */ one) => ({ ...one, font: { size } })),
    ...{ width: element.clientWidth, height: element.clientHeight },
    margin: { l: (l * size) / 11, r: (r * size) / 11, t: (t * size) / 11, b: (b * size) / 11 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size, color: colours.text },
    hovermode: "closest",
    hoverlabel: { bgcolor: colours.panel, font: { color: colours.text, size } },
    dragmode: false,
    uirevision: "constant",
  };
  draw(element, data, layout);
}
