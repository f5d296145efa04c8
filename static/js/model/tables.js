/** The numbers behind each chart as a table: heads and rows of text. The number of rows is limited; exports hold all. Pure. */
import { xOf } from "./axis.js";
import { degradation } from "./degradation.js";
import { armName, GRADIENT_SIGN } from "./labels.js";
import { magnitude, percent, prefixed, short } from "./numbers.js";
import { gradients, heatmapFrames, lastUpTo } from "./series.js";

/** @typedef {import("./scene.js").Scene} Scene */

const ROWS = 60;

/**
 * @param {string} chart id of the figure
 * @param {Scene} scene
 * @returns {{heads: string[], rows: string[][]}}
 */
export function numbersOf(chart, scene) {
  const { run, sides, cursor, view, axis } = scene;
  const names = sides.map((side) => `${side.name}-${side.layers}`);
  // steps always, and beside them what the curves are drawn by
  const others = axis === "flops" ? sides : sides.slice(0, axis === "seconds" ? 1 : 0);
  const heads = ["step", ...others.map((_, at) => (axis === "seconds" ? "seconds" : `${names[at]} FLOP`)), ...names];
  const position = (/** @type {{step: number, seconds: number}} */ moment) => [
    String(moment.step),
    ...others.map((side) => {
      const x = xOf(run, axis, side.cell)(moment);
      return axis === "seconds" ? x.toFixed(1) : prefixed(x);
    }),
  ];
  switch (chart) {
    case "chart-loss":
      return {
        heads,
        rows: heatmapFrames(run, ROWS).map((frame) => [
          ...position(frame),
          ...sides.map((side) => banded(frame.loss, side.cell, short)),
        ]),
      };
    case "chart-accuracy":
      return {
        heads,
        rows: run.evaluations.map((item) => [
          ...position(item),
          ...sides.map((side) => banded(item.test_accuracy, side.cell, percent)),
        ]),
      };
    case "chart-degradation": {
      const arms = [...new Set(sides.map((side) => side.arm))];
      const pictures = arms.map((arm) => degradation(run, arm, cursor));
      return {
        heads: ["layers", ...arms.map((arm, at) => `${armName(run.experiment, arm)}, ${measureOf(pictures[at])}`)],
        rows: run.experiment.depths.map((depth, at) => [
          String(depth),
          ...pictures.map(({ values, low, high }) => {
            const [value, least, most] = [values[at], low[at] ?? null, high[at] ?? null];
            return least === most ? short(value) : `${short(value)} (${short(least)} to ${short(most)})`;
          }),
        ]),
      };
    }
    case "chart-layers": {
      const frame = lastUpTo(run.frames, cursor);
      const columns = sides.map((side) =>
        frame ? gradients(run, frame, side.cell, view.gradient) : new Float64Array(),
      );
      const most = Math.max(...columns.map((column) => column.length));
      return {
        heads: ["layer", ...names.map((name) => `${name} ${GRADIENT_SIGN[view.gradient]}`)],
        rows: Array.from({ length: most }, (_, at) => [
          String(at + 1),
          ...columns.map((column) => magnitude(column[at])),
        ]),
      };
    }
    default: {
      const side = sides[chart.endsWith("b") ? 1 : 0];
      const frames = heatmapFrames(run, 20);
      return {
        heads: ["layer", ...frames.map((frame) => `step ${frame.step}`)],
        rows: Array.from({ length: side.layers }, (_, at) => [
          String(at + 1),
          ...frames.map((frame) => magnitude(gradients(run, frame, side.cell, view.gradient)[at])),
        ]),
      };
    }
  }
}

/**
 * What a loss by depth was measured on.
 * @param {ReturnType<typeof degradation>} measured
 */
function measureOf({ of, frames, to }) {
  return of === "whole" ? `whole training set, step ${to}` : `mean of ${frames} batches, to step ${to ?? "–"}`;
}

/**
 * A median, with its band when the seeds differ.
 * @param {import("./types.js").Band} band
 * @param {number} cell
 * @param {(value: number | null) => string} shown
 */
function banded(band, cell, shown) {
  const [middle, low, high] = band.map((column) => column[cell]);
  return low === high ? shown(middle) : `${shown(middle)} (${shown(low)} to ${shown(high)})`;
}
