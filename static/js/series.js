/**
 * Questions put to a run: the series of a cell, the gradients of a step, the degradation picture. Pure.
 * A cell is one (arm, depth); columns on the wire list cells arm first, depth ascending.
 */
import { decodeGradients } from "./protocol.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").GradientKind} GradientKind */
/** @typedef {{x: number[], y: (number|null)[], low: (number|null)[], high: (number|null)[]}} Series */

/** Frames whose batch losses the degradation picture averages. */
export const DEGRADATION_FRAMES = 10;
/** Points drawn a trace. */
export const MAX_POINTS = 1000;

/** Classes of each data set; a network that guesses is right once in so many. */
export const CLASSES = /** @type {Record<string, number>} */ ({
  digits: 10,
  fashion: 10,
  spiral: 3,
  idx: 10,
  cifar10: 10,
});

/** Weight layers of one block, as the papers count them, where it is not two. */
const LAYERS_A_BLOCK = /** @type {Record<string, number>} */ ({ bottleneck: 3, resnext: 3, highway: 1, dense: 1 });

/**
 * Weight layers of the networks of an arm at a position of the depth slider: the nearest number that its connection
 * can have. The server's ``Experiment.layers_of``; a test holds them equal.
 * @param {Experiment} experiment
 * @param {number} arm
 * @param {number} depth
 */
export function layersOf(experiment, arm, depth) {
  const { connection } = experiment.arms[arm];
  const stages = experiment.family === "conv6n2" ? 3 : 1;
  const block = (LAYERS_A_BLOCK[connection] ?? 2) * stages;
  const exact = (depth - 2) / block;
  // as Python rounds: a half goes to the even neighbour
  const half = Math.floor(exact);
  const blocks = exact - half === 0.5 ? half + (half % 2) : Math.round(exact);
  return 2 + (connection === "dense" ? stages - 1 : 0) + Math.max(1, blocks) * block;
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

/** @type {WeakMap<Experiment, number[]>} */
const starts = new WeakMap();

/**
 * Where the layers of a cell begin in a gradient column.
 * @param {Experiment} experiment
 * @param {number} cell
 */
export function layersBefore(experiment, cell) {
  let known = starts.get(experiment);
  if (!known) {
    known = [0];
    for (let arm = 0; arm < experiment.arms.length; arm++)
      for (const depth of experiment.depths)
        for (let rate = 0; rate < rateCount(experiment); rate++)
          known.push(known[known.length - 1] + layersOf(experiment, arm, depth));
    starts.set(experiment, known);
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
 * @param {Experiment} experiment
 * @param {Frame} frame
 * @param {number} cell
 * @param {GradientKind} kind
 */
export function gradients(experiment, frame, cell, kind) {
  const known = decoded.get(frame) ?? {};
  decoded.set(frame, known);
  known[kind] ??= decodeGradients(frame[COLUMNS[kind]]);
  return known[kind].subarray(layersBefore(experiment, cell), layersBefore(experiment, cell + 1));
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

/** @typedef {(moment: {step: number, seconds: number}) => number} Place where a measurement lies on the x axis */

/**
 * Batch training loss of a cell.
 * @param {Run} run
 * @param {number} cell
 * @param {Place} [x]
 * @returns {Series}
 */
export function lossSeries(run, cell, x = (moment) => moment.step) {
  return column(run.frames, cell, (frame) => frame.loss, x);
}

/**
 * Test accuracy of a cell.
 * @param {Run} run
 * @param {number} cell
 * @param {Place} [x]
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
 * @param {Place} x
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
 * Indices to draw: all when few, else the least, the greatest and the last of each bucket, so that no spike is lost.
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
 * Training loss by depth for an arm: the mean of the last frames' batch losses up to a step, and the whole
 * training set's at the newest evaluation up to then that measured it.
 * @param {Run} run
 * @param {number} arm
 * @param {number | null} step
 */
export function degradation(run, arm, step) {
  const until = lastUpTo(run.frames, step);
  const end = until === null ? 0 : run.frames.indexOf(until) + 1;
  const frames = run.frames.slice(Math.max(0, end - DEGRADATION_FRAMES), end);
  const measured = run.evaluations.filter((item) => item.training_loss !== null);
  const whole = lastUpTo(measured, step);
  const cells = run.experiment.depths.map((depth) => cellOf(run, arm, depth, step));
  return {
    depths: run.experiment.depths,
    batches: cells.map((cell) => mean(frames.map((frame) => frame.loss[0][cell]))),
    whole: cells.map((cell) => whole?.training_loss?.[0][cell] ?? null),
    frames: frames.length,
    from: frames[0]?.step ?? null,
    to: frames.at(-1)?.step ?? null,
    wholeStep: whole?.step ?? null,
  };
}

/**
 * Mean, or null when one of the values is missing: a network that diverged has no loss.
 * @param {(number | null)[]} values
 */
export function mean(values) {
  if (values.length === 0 || values.some((value) => value === null)) return null;
  return values.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0) / values.length;
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
