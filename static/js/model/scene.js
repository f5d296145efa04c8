/**
 * The scene: all that a chart may look at when it draws itself, made from the state. Charts know no socket, no form
 * and no other chart. Pure.
 *
 * @typedef {object} Scene
 * @property {import("./types.js").Run} run
 * @property {import("./types.js").View} view
 * @property {[import("./types.js").DrawnSide, import("./types.js").DrawnSide]} sides left and right panel
 * @property {number | null} cursor the step under the pointer, null: live
 * @property {number | null} layer the layer under the pointer, from 1
 * @property {import("./colours.js").Palette} colours
 * @property {import("./types.js").Diagram[]} diagrams one a cell
 * @property {[number, number]} decades ends of the diagrams' colour scale at the cursor, as exponents of ten
 * @property {number} reach decades from 1 to each end of the scale of the diagrams' ratios
 * @property {[number, number]} mapDecades ends of the maps' colour scale, which holds the whole run
 * @property {number} steps right end of every step axis
 * @property {import("./types.js").AxisKind} axis what the curves are drawn by
 *
 * @typedef {() => Scene} GetScene
 */
import { armName } from "./labels.js";
import { roundUp } from "./numbers.js";
import { decades, decadesAt, reachAt } from "./scales.js";
import { cellOf, layersOf } from "./series.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").Side} Side */

/**
 * The networks that the two panels show.
 * @param {Run} run
 * @param {import("./types.js").View} view
 * @param {number | null} cursor
 * @returns {[Side, Side]}
 */
export function sidesOf(run, view, cursor) {
  const { depths, arms } = run.experiment;
  const known = (/** @type {number | null} */ depth) => (depth !== null && depths.includes(depth) ? depth : null);
  const main = known(view.depth) ?? depths[depths.length - 1];
  const side = (/** @type {number} */ depth, /** @type {number} */ chosen) => {
    const arm = Math.min(chosen, arms.length - 1);
    const [layers, cell] = [layersOf(run, arm, depth), cellOf(run, arm, depth, cursor)];
    return { arm, depth, layers, cell, name: armName(run.experiment, arm) };
  };
  return [side(main, view.arms[0]), side(known(view.compare) ?? main, view.arms[1])];
}

/**
 * The right end of the step axes: all steps of a short run; for a long one it grows in round numbers.
 * @param {Run} run
 */
export function stepsEnd(run) {
  const { steps } = run.experiment;
  if (steps <= 1000 || run.step > steps / 2) return steps;
  return Math.min(steps, roundUp(Math.max(run.step * 1.3, steps / 20)));
}

/** @type {{key: string, value: [number, number]}} */
let known = { key: "", value: [-3, 0] };

/**
 * The gradient scale of the whole run, computed anew for every eighth frame only, because it sorts.
 * @param {Run} run
 * @param {[Side, Side]} sides
 * @param {import("./types.js").GradientKind} kind
 */
export function runDecades(run, sides, kind) {
  const cells = sides.map((side) => side.cell);
  const key = `${run.id} ${run.experiment.seed} ${run.frames.length >> 3} ${run.frames.length > 0} ${cells} ${kind}`;
  if (key !== known.key) known = { key, value: decades(run, cells, kind) };
  return known.value;
}

/** @type {{key: string, decades: [number, number] | null, reach: number | null}} */
let shown = { key: "", decades: null, reach: null };

/**
 * The scales of what the diagrams show at the cursor; they move as little as they can while the same networks are shown.
 * @param {Run} run
 * @param {[Side, Side]} sides
 * @param {import("./types.js").GradientKind} kind
 * @param {number | null} cursor
 */
export function shownScales(run, sides, kind, cursor) {
  const cells = sides.map((side) => side.cell);
  // what was shown before the first measurement is no scale to keep
  const key = `${run.id} ${run.experiment.seed} ${run.frames.length > 0} ${cells} ${kind}`;
  const before = key === shown.key ? shown : { decades: null, reach: null };
  const found = {
    decades: decadesAt(run, cells, kind, cursor, before.decades),
    reach: reachAt(run, cells, kind, cursor, before.reach),
  };
  shown = { key, ...found };
  return found;
}
