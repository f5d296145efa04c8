/**
 * What a run holds: the series of a cell, the gradients of a step. Pure.
 * A cell is one (arm, depth); columns on the wire list cells arm first, depth ascending.
 */
import { duration } from "./durations.js";
import { decodeGradients } from "./gradient_codes.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Cell} Cell */
/** @typedef {import("./types.js").GradientKind} GradientKind */
/** @typedef {{x: number[], y: (number|null)[], low: (number|null)[], high: (number|null)[]}} Series */

/** Points of a trace at most. */
const MAX_POINTS = 1000;

/**
 * Weight layers of the networks of an arm at a position of the depth slider. Until the server has counted them, the
 * position stands for them.
 * @param {Run} run
 * @param {number} arm
 * @param {number} depth
 */
export function layersOf(run, arm, depth) {
  return run.cells.find((cell) => cell.arm === arm && cell.depth === depth)?.layers ?? depth;
}

/**
 * Learning rates of each arm and depth: one, or the grid of fair mode.
 * @param {Experiment} experiment
 */
export function rateCount(experiment) {
  return Math.max(1, experiment.learning_rates?.length ?? 0);
}

/**
 * Fair mode: the best cell of every (arm, depth) by what was measured up to a step; null before the first measurement
 * of the training loss after step 0, and always outside of fair mode.
 * @param {Run} run
 * @param {number | null} step null: the newest
 */
export function bestAt(run, step) {
  if (rateCount(run.experiment) === 1) return null;
  const judged = run.evaluations.some(
    (item) => item.training_loss !== null && item.step > 0 && (step === null || item.step <= step),
  );
  return judged ? (lastUpTo(run.evaluations, step)?.best ?? null) : null;
}

/**
 * Index into the columns of the cell that stands for an arm and a depth: in fair mode the best one at a step.
 * @param {Run} run
 * @param {number} arm
 * @param {number} depth
 * @param {number | null} [step] null: the newest
 */
export function cellOf(run, arm, depth, step = null) {
  const { experiment } = run;
  const pair = arm * experiment.depths.length + Math.max(0, experiment.depths.indexOf(depth));
  return bestAt(run, step)?.[pair] ?? pair * rateCount(experiment);
}

/** @type {WeakMap<Cell[], number[]>} */
const starts = new WeakMap();

/**
 * Where the layers of a cell begin in a gradient column.
 * @param {Run} run
 * @param {number} cell
 */
export function layersBefore({ cells }, cell) {
  let known = starts.get(cells);
  if (!known) {
    known = [0];
    for (const { layers } of cells) known.push(known[known.length - 1] + layers);
    starts.set(cells, known);
  }
  return known[cell];
}

/** Where each kind stands in a frame. */
const COLUMNS = /** @type {const} */ ({
  weight: "weight_gradients",
  activation: "activation_gradients",
  square: "activations",
});

/** @type {WeakMap<Frame, Partial<Record<GradientKind, Float64Array>>>} decoded once a frame */
const decoded = new WeakMap();

/**
 * Gradients of the layers of a cell in a frame, input side first.
 * @param {Run} run
 * @param {Frame} frame
 * @param {number} cell
 * @param {GradientKind} kind
 */
export function gradients(run, frame, cell, kind) {
  const known = decoded.get(frame) ?? {};
  decoded.set(frame, known);
  known[kind] ??= decodeGradients(frame[COLUMNS[kind]]);
  return known[kind].subarray(layersBefore(run, cell), layersBefore(run, cell + 1));
}

/**
 * The last of a list, ascending in step, at or before a step; null when there is none.
 * @template {{step: number}} T
 * @param {T[]} list
 * @param {number | null} step null: the newest
 * @returns {T | null}
 */
export function lastUpTo(list, step) {
  return (step === null ? list.at(-1) : list[countUpTo(list, step, "step") - 1]) ?? null;
}

/**
 * How many of a list, ascending in a field, are at or before a value of it.
 * @template {string} K
 * @param {Record<K, number>[]} list
 * @param {number} value
 * @param {K} field
 */
export function countUpTo(list, value, field) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle][field] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @typedef {(moment: {step: number, seconds: number}) => number} ToX where a measurement lies on the x axis */

/**
 * Batch training loss of a cell.
 * @param {Run} run
 * @param {number} cell
 * @param {ToX} [x]
 * @returns {Series}
 */
export function lossSeries(run, cell, x = (moment) => moment.step) {
  return column(run.frames, cell, (frame) => frame.loss, x);
}

/**
 * Test accuracy of a cell.
 * @param {Run} run
 * @param {number} cell
 * @param {ToX} [x]
 * @returns {Series}
 */
export function accuracySeries(run, cell, x = (moment) => moment.step) {
  return column(run.evaluations, cell, (evaluation) => evaluation.test_accuracy, x);
}

/**
 * @template {{step: number, seconds: number}} T
 * @param {T[]} list
 * @param {number} cell
 * @param {(item: T) => import("./types.js").Band} band
 * @param {ToX} x
 * @returns {Series}
 */
function column(list, cell, band, x) {
  const y = list.map((item) => band(item)[0][cell]);
  const kept = buckets(y, MAX_POINTS);
  return {
    x: kept.map((i) => x(list[i])),
    y: kept.map((i) => y[i]),
    low: kept.map((i) => band(list[i])[1][cell]),
    high: kept.map((i) => band(list[i])[2][cell]),
  };
}

/**
 * Indices to draw: all if they are few; else the smallest, the greatest and the last of each bucket, which keeps spikes.
 * @param {(number | null)[]} values
 * @param {number} most
 * @returns {number[]}
 */
export function buckets(values, most) {
  if (values.length <= most) return values.map((_, index) => index);
  const size = Math.ceil(values.length / Math.floor(most / 3));
  /** @type {number[]} */
  const kept = [];
  for (let start = 0; start < values.length; start += size) {
    const end = Math.min(start + size, values.length);
    let least = start;
    let greatest = start;
    for (let i = start; i < end; i++) {
      const value = values[i] ?? Number.NaN;
      if (value < (values[least] ?? Number.POSITIVE_INFINITY)) least = i;
      if (value > (values[greatest] ?? Number.NEGATIVE_INFINITY)) greatest = i;
    }
    kept.push(...[...new Set([least, greatest, end - 1])].sort((a, b) => a - b));
  }
  return kept;
}

/**
 * Steps a second over the last measurements.
 * @param {Run} run
 */
export function stepsPerSecond(run) {
  const newest = run.frames.at(-1);
  const older = run.frames.at(-Math.min(20, run.frames.length));
  if (!newest || !older || newest.seconds <= older.seconds) return null;
  return (newest.step - older.step) / (newest.seconds - older.seconds);
}

/**
 * How long a run that trains will take from now on, in words; null while it does not train, or nothing is known of its
 * speed yet.
 * @param {Run} run
 */
export function timeLeftOf(run) {
  const speed = run.state === "running" ? stepsPerSecond(run) : null;
  const steps = run.experiment.steps - run.step;
  return speed !== null && steps > 0 ? `about ${duration(steps / speed)} left` : null;
}

/**
 * Cells of the run that diverged up to a step.
 * @param {Run} run
 * @param {number | null} step
 */
export function divergedCells(run, step) {
  const past = run.diverged.filter((item) => step === null || item.step <= step);
  return new Set(past.flatMap((item) => item.cells));
}

/**
 * Frames for the columns of a heatmap: at most so many, evenly over the steps, the newest always.
 * @param {Run} run
 * @param {number} most
 */
export function heatmapFrames(run, most) {
  const every = Math.ceil(run.frames.length / most);
  if (every <= 1) return run.frames.slice();
  const kept = run.frames.filter((_, index) => index % every === 0);
  const newest = run.frames.at(-1);
  if (newest && kept.at(-1) !== newest) kept.push(newest);
  return kept;
}

/**
 * Whether decision regions are measured: only of data in the plane.
 * @param {Run} run
 */
export function hasRegions({ experiment }) {
  return experiment.dataset === "spiral";
}

/**
 * The measurement whose regions are shown at a step: the last one up to it. A history keeps few regions, so it may
 * be a later one; the title says which.
 * @param {Run} run
 * @param {number | null} cursor
 */
export function regionsAt(run, cursor) {
  const measured = run.evaluations.filter((item) => item.regions !== null);
  return lastUpTo(measured, cursor) ?? measured[0] ?? null;
}
