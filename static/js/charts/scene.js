/**
 * The scene: all that a chart may look at when it draws itself. Charts know no socket, no form and no other chart.
 *
 * @typedef {object} Scene
 * @property {import("../types.js").Run} run
 * @property {import("../types.js").View} view
 * @property {[import("../types.js").Side, import("../types.js").Side]} sides left and right panel
 * @property {number | null} cursor the step under the pointer, null: live
 * @property {number | null} layer the layer under the pointer, from 1
 * @property {import("../colours.js").Palette} colours
 * @property {[number, number]} decades ends of the shared gradient scale, as exponents of ten
 * @property {number} steps right end of every step axis
 * @property {import("../types.js").AxisKind} axis what the curves are drawn by
 *
 * @typedef {() => Scene} GetScene
 */
import { axisOf } from "../axis.js";
import { armName } from "../labels.js";
import { roundUp } from "../numbers.js";
import { decades } from "../scales.js";
import { cellOf, layersOf } from "../series.js";

/**
 * The scene of a run as a view shows it.
 * @param {import("../types.js").Run} run
 * @param {import("../types.js").View} view
 * @param {number | null} cursor
 * @param {number | null} layer
 * @param {import("../colours.js").Palette} colours
 * @returns {Scene}
 */
export function sceneOf(run, view, cursor, layer, colours) {
  const { depths, arms } = run.experiment;
  const known = (/** @type {number | null} */ depth) => (depth !== null && depths.includes(depth) ? depth : null);
  const main = known(view.depth) ?? depths[depths.length - 1];
  const sides = /** @type {Scene["sides"]} */ (
    [main, known(view.compare) ?? main].map((depth, index) => {
      const arm = Math.min(view.arms[index], arms.length - 1);
      const layers = layersOf(run.experiment, arm, depth);
      return { arm, depth, layers, cell: cellOf(run, arm, depth, cursor), name: armName(run.experiment, arm) };
    })
  );
  const shared = sharedDecades(run, sides, view.gradient);
  const axis = axisOf(run, view.x);
  return { run, view, sides, cursor, layer, colours, decades: shared, steps: stepsEnd(run), axis };
}

/**
 * The right end of the step axes: all steps of a short run; for a long one it grows in round numbers.
 * @param {import("../types.js").Run} run
 */
function stepsEnd(run) {
  const { steps } = run.experiment;
  if (steps <= 1000 || run.step > steps / 2) return steps;
  return Math.min(steps, roundUp(Math.max(run.step * 1.3, steps / 20)));
}

/** @type {{key: string, value: [number, number]}} */
let known = { key: "", value: [-3, 0] };

/**
 * The gradient scale of what is shown, kept for eight frames at a time: sorting is not free.
 * @param {import("../types.js").Run} run
 * @param {[import("../types.js").Side, import("../types.js").Side]} sides
 * @param {import("../types.js").GradientKind} kind
 */
function sharedDecades(run, sides, kind) {
  const cells = sides.map((side) => side.cell);
  const key = `${run.id} ${run.experiment.seed} ${run.frames.length >> 3} ${run.frames.length > 0} ${cells} ${kind}`;
  if (key !== known.key) known = { key, value: decades(run, cells, kind) };
  return known.value;
}
