/** A figure from the server in the page's colours, sizes and theme. */
import { textWidth } from "../charts/labels.js";
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
    const color = colours.dark ? trace.meta.dark : trace.meta.light;
    // of the size that the text has, so that presenter mode makes both larger
    const line = { ...trace.line, color, width: Math.max(trace.line.width, size / 8) };
    return { ...trace, line, marker: { ...trace.marker, color, size: 0.8 * size } };
  });
  const layout = {
    ...figure.layout,
    ...Object.fromEntries(axes),
    ...roomForNames(figure, Object.fromEntries(axes), element.clientWidth - ((l + r) * size) / 11, size),
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

/**
 * The x axis of marks with names beside them, made long enough that no name reaches beyond it.
 * @param {Figure} figure
 * @param {Record<string, PlotlyPart>} axes
 * @param {number} width of the plot in pixels
 * @param {number} size of the names
 */
function roomForNames({ data }, { xaxis }, width, size) {
  const named = data.filter(({ mode = "", textposition }) => mode.includes("text") && typeof textposition === "string");
  if (named.length === 0 || xaxis.type !== "log") return {};
  const names = named.flatMap(({ x, text, textposition }) =>
    x.map((/** @type {number} */ value, /** @type {number} */ index) => ({
      at: Math.log10(value),
      isLeft: textposition.endsWith("left"),
      // beside its mark
      share: Math.min(0.4, (textWidth(text[index], size) + size) / width),
    })),
  );
  let [low, high] = xaxis.range;
  // an axis that grows makes every name shorter in its units, so a few rounds are enough
  for (let round = 0; round < 4; round++) {
    const length = high - low;
    low = Math.min(low, ...names.map(({ at, isLeft, share }) => (isLeft ? at - share * length : low)));
    high = Math.max(high, ...names.map(({ at, isLeft, share }) => (isLeft ? high : at + share * length)));
  }
  return { xaxis: { ...xaxis, range: [low, high] } };
}
