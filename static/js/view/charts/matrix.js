/** A matrix of numbers from 0 to 1 as square cells in colours, with a key beside it. Pure. */
import { VIRIDIS_SCALE } from "../../model/colours.js";

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/** Steps of colour in the key. */
const STEPS = 64;
/** An axis whose units are as long as those of the x axis. */
const SQUARE = { scaleanchor: "x", constrain: "domain" };
/** Tick labels on an axis, at most. */
const TICKS = 5;

/**
 * Traces and axes. Rows go up from the bottom, as layers do in the other charts; what is null is left out.
 * @param {(number | null)[][]} z a row for each of ``y``, a column for each of ``x``
 * @param {{labels: number[], title: string}} x
 * @param {{labels: number[], title: string}} y
 * @returns {{traces: PlotlyPart[], x: PlotlyPart, y: PlotlyPart, y2: PlotlyPart}}
 */
export function matrix(z, x, y) {
  const [width, height] = [x.labels.length, y.labels.length];
  // in units of cells, so that the key is as wide beside many cells as beside few
  const [gap, bar] = [0.06 * height, 0.06 * height];
  const coloured = {
    type: "heatmap",
    zmin: 0,
    zmax: 1,
    colorscale: VIRIDIS_SCALE,
    showscale: false,
    // sharp by the style sheet, see heatmap.js
    zsmooth: "fast",
    hoverinfo: "skip",
  };
  const key = Array.from({ length: STEPS }, (_, at) => [(at + 0.5) / STEPS]);
  return {
    traces: [
      { ...coloured, z, x0: 0, dx: 1, y0: 0, dy: 1 },
      { ...coloured, z: key, x0: width - 0.5 + gap + bar / 2, dx: bar, y0: key[0][0], dy: 1 / STEPS, yaxis: "y2" },
    ],
    x: { ...axisOf(x, width - 0.5 + gap + bar), constrain: "domain" },
    y: { ...axisOf(y, height - 0.5), ...SQUARE },
    // one unit of the key is as long as all rows are high
    y2: {
      ...SQUARE,
      scaleratio: height,
      range: [0, 1],
      tickvals: [0, 0.5, 1],
      ticktext: ["0", "0.5", "1"],
      ticks: "",
      showgrid: false,
    },
  };
}

/**
 * An axis of cells, numbered from 0, with the labels of some of them, the first and the last among these.
 * @param {{labels: number[], title: string}} cells
 * @param {number} end
 */
function axisOf({ labels, title }, end) {
  const count = Math.min(labels.length, TICKS);
  const ticks = Array.from({ length: count }, (_, at) =>
    Math.round((at * (labels.length - 1)) / Math.max(1, count - 1)),
  );
  return {
    range: [-0.5, end],
    tickvals: ticks,
    ticktext: ticks.map((cell) => String(labels[cell])),
    title: { text: title, short: "layer" },
    ticks: "",
    tickangle: 0,
    showgrid: false,
  };
}
