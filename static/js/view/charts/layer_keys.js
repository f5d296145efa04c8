/** The keys of a diagram, which lead from layer to layer. Pure. */
import { meaning } from "../../model/key_tables.js";
import { nodeOf, nodesOf } from "./diagram_parts.js";

/** @typedef {import("../../model/types.js").Diagram} Diagram */
/** @typedef {(figure: Diagram, number: number) => number | null} Move from a layer to another; null: there is none */

/** @type {import("../../model/key_tables.js").KeyRow<Move>[]} */
export const LAYER_KEYS = [
  {
    name: "← / →",
    does: "Layer before, next layer",
    keys: {
      ArrowLeft: (_, number) => Math.max(1, number - 1),
      ArrowRight: (figure, number) => Math.min(lastOf(figure), number + 1),
    },
  },
  {
    name: "↑ / ↓",
    does: "Layer in the row above, in the row below",
    keys: {
      ArrowUp: (figure, number) => inRow(figure, number, 1),
      ArrowDown: (figure, number) => inRow(figure, number, -1),
    },
  },
  {
    name: "Page up / Page down",
    does: "Block before, next block; so do Shift ← and Shift →",
    keys: { PageUp: blockBefore, PageDown: nextBlock, "Shift ArrowLeft": blockBefore, "Shift ArrowRight": nextBlock },
  },
  { name: "Home / End", does: "First layer, last layer", keys: { Home: () => 1, End: lastOf } },
];

/**
 * The layer that a key leads to; null where the key leads nowhere.
 * @param {Diagram} figure
 * @param {number} number of the layer that is left
 * @param {string} key
 * @param {boolean} shift
 */
export function layerBeyond(figure, number, key, shift) {
  const move = (shift && meaning(LAYER_KEYS, `Shift ${key}`)) || meaning(LAYER_KEYS, key);
  return move?.(figure, number) ?? null;
}

/** @param {Diagram} figure */
function lastOf(figure) {
  return figure.layout.meta.layers.length;
}

/** @type {Move} */
function blockBefore(figure, number) {
  const { layers } = figure.layout.meta;
  return layers.findLast((layer) => layer.number < number && begins(layers, layer.number))?.number ?? 1;
}

/** @type {Move} */
function nextBlock(figure, number) {
  const { layers } = figure.layout.meta;
  return layers.find((layer) => layer.number > number && begins(layers, layer.number))?.number ?? layers.length;
}

/**
 * Whether a layer is the first of its block, or of none.
 * @param {import("../../model/types.js").LayerMeta[]} layers
 * @param {number} number
 */
function begins(layers, number) {
  return layers[number - 1].block === 0 || layers[number - 1].block !== layers[number - 2]?.block;
}

/**
 * The layer nearest to another in the row above or below it; null where there is no such row.
 * @param {Diagram} figure
 * @param {number} number
 * @param {1 | -1} up
 */
function inRow(figure, number, up) {
  const from = nodeOf(figure, number);
  const nodes = nodesOf(figure);
  let found = null;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < nodes.x.length; index++) {
    const far = Math.abs(nodes.x[index] - from.x);
    if (far < least && Math.round(nodes.y[index]) === Math.round(from.y) + up) {
      least = far;
      found = nodes.customdata[index];
    }
  }
  return found;
}
