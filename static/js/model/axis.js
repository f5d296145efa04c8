/**
 * The x axis of the curves: steps, seconds of training, or floating-point operations. A cursor is always a step; here it
 * becomes a position on such an axis, and a position becomes a step again. Pure.
 */
import { roundUp } from "./numbers.js";
import { isLive } from "./run.js";
import { countUpTo } from "./series.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").AxisKind} AxisKind */
/** @typedef {{step: number, seconds: number}} Moment */

/** What each axis is called: under a chart, and after the name of one. */
export const AXIS_TITLE = { step: "step", seconds: "training time", flops: "operations" };
export const AXIS_ABOUT = { step: "by step", seconds: "by training time", flops: "by operations" };

/**
 * The axis that can be drawn: operations are known once the networks are built.
 * @param {Run} run
 * @param {AxisKind} wanted
 * @returns {AxisKind}
 */
export function axisOf(run, wanted) {
  return wanted === "flops" && !run.provenance.flops ? "step" : wanted;
}

/**
 * Operations of a training step of one network of a cell; NaN when they are not known.
 * @param {Run} run
 * @param {number} cell
 * @returns {number}
 */
export function flopsOf(run, cell) {
  return run.provenance.flops?.[cell] ?? Number.NaN;
}

/**
 * Where a measurement of a cell lies.
 * @param {Run} run
 * @param {AxisKind} axis
 * @param {number} cell
 * @returns {(moment: Moment) => number}
 */
export function xOf(run, axis, cell) {
  const flops = flopsOf(run, cell);
  if (axis === "flops") return (moment) => moment.step * flops;
  return axis === "seconds" ? (moment) => moment.seconds : (moment) => moment.step;
}

/**
 * The right end of the axis. Seconds grow in round numbers; the costlier of the shown networks ends the operations.
 * @param {Run} run
 * @param {AxisKind} axis
 * @param {number[]} cells
 * @param {number} steps right end of a step axis
 */
export function axisEnd(run, axis, cells, steps) {
  if (axis === "flops") return steps * Math.max(...cells.map((cell) => flopsOf(run, cell)));
  if (axis === "step") return steps;
  const newest = Math.max(run.frames.at(-1)?.seconds ?? 0, run.evaluations.at(-1)?.seconds ?? 0);
  return Math.max(newest, roundUp(Math.max(newest, isLive(run) ? 1 : 0)));
}

/**
 * The step at a position on the axis; infinite to the right of all that is measured.
 * @param {Run} run
 * @param {AxisKind} axis
 * @param {number} cell whose operations are meant
 * @param {number} x
 */
export function stepAt(run, axis, cell, x) {
  if (axis === "flops") return x / flopsOf(run, cell);
  return axis === "seconds" ? between(moments(run), "seconds", "step", x) : x;
}

/**
 * The position of a step on the axis.
 * @param {Run} run
 * @param {AxisKind} axis
 * @param {number} cell whose operations are meant
 * @param {number} step
 */
export function xOfStep(run, axis, cell, step) {
  if (axis === "flops") return step * flopsOf(run, cell);
  if (axis === "step") return step;
  const known = moments(run);
  return between(known, "step", "seconds", Math.min(step, known.at(-1)?.step ?? 0));
}

/**
 * All moments of which both step and seconds are known: the last evaluation comes after the last frame.
 * @param {Run} run
 * @returns {Moment[]}
 */
function moments(run) {
  const last = run.evaluations.at(-1);
  return last && last.step > (run.frames.at(-1)?.step ?? -1) ? [...run.frames, last] : run.frames;
}

/**
 * @param {Moment[]} known ascending in both
 * @param {keyof Moment} from
 * @param {keyof Moment} to
 * @param {number} value
 */
function between(known, from, to, value) {
  const count = countUpTo(known, value, from);
  if (count === 0) return known[0]?.[to] ?? 0;
  const one = known[count - 1];
  const other = known[count];
  if (!other) return value > one[from] ? Number.POSITIVE_INFINITY : one[to];
  return one[to] + ((value - one[from]) / (other[from] - one[from])) * (other[to] - one[to]);
}
