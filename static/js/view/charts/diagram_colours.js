/** Colours of the layers and edges of a diagram at the cursor, and the ring of the layer under the pointer. Pure. */
import { gradientColour, ZERO } from "../../model/colours.js";
import { relativeColour, relativeTo } from "../../model/relative.js";
import { gradients, lastUpTo } from "../../model/series.js";

const WIRES = 1;

/**
 * Colours of edges, nodes and further paths, in this order, as Plotly restyles them.
 * @param {import("../../model/scene.js").Scene} scene
 * @param {import("../../model/types.js").DrawnSide} side
 * @param {import("../../model/types.js").Diagram} figure
 * @param {number | number[]} widths of the edges
 */
export function paint({ run, cursor, colours, decades, reach, layer, view }, side, figure, widths) {
  const frame = lastUpTo(run.frames, cursor);
  const { film } = side;
  const scale = film?.decades ?? decades;
  // the film has a scale of its own
  const relative = view.relative && !film;
  const { stands } = figure.layout.meta;
  const valuesOf = (/** @type {import("../../model/types.js").GradientKind} */ kind) => {
    const values = frame ? gradients(run, frame, side.cell, kind) : Array(side.layers).fill(Number.NaN);
    return film?.column ?? (relative ? relativeTo(values, kind) : [...values]);
  };
  const colourOf = (/** @type {number} */ value) =>
    relative && value !== 0 ? relativeColour(value, reach, colours.faint) : gradientColour(value, scale, colours.faint);
  const all = valuesOf(view.gradient);
  // in a folded diagram a node stands for the same layer of several blocks
  const nodes = stands
    ? stands.map((/** @type {number[]} */ layers) => median(layers.map((number) => all[number - 1])))
    : all;
  // what comes back along an edge is ∂L/∂h of the layer before it, and what goes forward its mean h²
  const flows = valuesOf(view.gradient === "square" ? "square" : "activation");
  const edges = figure.data[WIRES].customdata.map((/** @type {[number, number]} */ [, from]) =>
    colourOf(flows[from - 1] ?? Number.NaN),
  );
  const paths = figure.data.find((trace) => trace.name === "paths")?.customdata ?? [];
  const lens = film?.front ?? layer;
  const lit = (/** @type {number} */ index) =>
    stands ? lens !== null && stands[index].includes(lens) : index + 1 === lens;
  const parallel = paths.map((/** @type {number} */ number) => all[number - 1]);
  // a layer without gradient is hollow, so that colour alone does not carry it
  const fill = (/** @type {number} */ value) => (value === 0 ? colours.panel : colourOf(value));
  const ring = (/** @type {number} */ value) => (value === 0 ? ZERO : colours.text);
  const thick = (/** @type {number} */ value, /** @type {boolean} */ pointed) => (pointed ? 3 : value === 0 ? 2 : 0);
  return {
    "marker.color": [edges, nodes.map(fill), parallel.map(fill)],
    "marker.line.color": [edges, nodes.map(ring), parallel.map(ring)],
    "marker.line.width": [
      widths,
      nodes.map((/** @type {number} */ value, /** @type {number} */ index) => thick(value, lit(index))),
      parallel.map((/** @type {number} */ value, /** @type {number} */ index) => thick(value, paths[index] === lens)),
    ],
  };
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1];
}
