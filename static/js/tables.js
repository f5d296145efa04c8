/** The numbers behind each chart as a table: heads and rows of text. At most so many rows; exports hold all. Pure. */
import { xOf } from "./axis.js";
import { armName, GRADIENT_SIGN } from "./labels.js";
import { magnitude, percent, prefixed, short } from "./numbers.js";
import { degradation, gradients, heatmapFrames, lastUpTo } from "./series.js";

/** @typedef {import("./charts/scene.js").Scene} Scene */

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
  const places = (/** @type {{step: number, seconds: number}} */ moment) => [
    String(moment.step),
    ...others.map((side) => {
      const place = xOf(run, axis, side.cell)(moment);
      return axis === "seconds" ? place.toFixed(1) : prefixed(place);
    }),
  ];
  switch (chart) {
    case "chart-loss":
      return {
        heads,
        rows: heatmapFrames(run, ROWS).map((frame) => [
          ...places(frame),
          ...sides.map((side) => banded(frame.loss, side.cell, short)),
        ]),
      };
    case "chart-accuracy":
      return {
        heads,
        rows: run.evaluations.map((item) => [
          ...places(item),
          ...sides.map((side) => banded(item.test_accuracy, side.cell, percent)),
        ]),
      };
    case "chart-degradation": {
      const arms = [...new Set(sides.map((side) => side.arm))];
      const pictures = arms.map((arm) => degradation(run, arm, cursor));
      return {
        heads: ["layers", ...arms.flatMap((arm) => [`${armName(run.experiment, arm)}, batches`, "whole training set"])],
        rows: run.experiment.depths.map((depth, at) => [
          String(depth),
          ...pictures.flatMap((one) => [short(one.batches[at]), short(one.whole[at])]),
        ]),
      };
    }
    case "chart-layers": {
      const frame = lastUpTo(run.frames, cursor);
      const columns = sides.map((side) =>
        frame ? gradients(run.experiment, frame, side.cell, view.gradient) : new Float64Array(),
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
          ...frames.map((frame) => magnitude(gradients(run.experiment, frame, side.cell, view.gradient)[at])),
        ]),
      };
    }
  }
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
