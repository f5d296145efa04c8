/** The degradation picture's numbers: training loss by depth. Pure. */
import { cellOf, lastUpTo } from "./series.js";

/** @typedef {import("./types.js").Run} Run */

/** Frames whose batch losses are averaged where the whole training set was not measured yet. */
const DEGRADATION_FRAMES = 10;

/**
 * Training loss by depth for an arm up to a step, of one measure: the whole training set's where an evaluation up to
 * then measured it, else the mean of the last frames' batches.
 * @param {Run} run
 * @param {number} arm
 * @param {number | null} step
 */
export function degradation(run, arm, step) {
  const { depths, seeds } = run.experiment;
  const cells = depths.map((depth) => cellOf(run, arm, depth, step));
  const measured = run.evaluations.filter((item) => item.training_loss !== null);
  const whole = lastUpTo(measured, step);
  if (whole?.training_loss) {
    const [values, low, high] = whole.training_loss.map((column) => cells.map((cell) => column[cell]));
    return { of: /** @type {const} */ ("whole"), depths, cells, seeds, values, low, high, frames: 0, to: whole.step };
  }
  const until = lastUpTo(run.frames, step);
  const end = until === null ? 0 : run.frames.indexOf(until) + 1;
  const frames = run.frames.slice(Math.max(0, end - DEGRADATION_FRAMES), end);
  const values = cells.map((cell) => mean(frames.map((frame) => frame.loss[0][cell])));
  return {
    ...{ of: /** @type {const} */ ("batches"), depths, cells, seeds, values, frames: frames.length },
    // the extremes of seeds over several batches are no seed's
    ...{ low: /** @type {(number | null)[]} */ ([]), high: /** @type {(number | null)[]} */ ([]) },
    to: frames.at(-1)?.step ?? null,
  };
}

/**
 * Mean, or null when one of the values is missing: a network that diverged has no loss.
 * @param {(number | null)[]} values
 */
function mean(values) {
  if (values.length === 0 || values.some((value) => value === null)) return null;
  return values.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0) / values.length;
}
