/** Scales: the ends of the one colour scale that all gradients share. Pure. */
import { gradients } from "./series.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").GradientKind} GradientKind */

/**
 * Two numbers that hold nearly all gradients drawn, as exponents of ten, for one shared colour scale. They widen in
 * half decades, so that colours do not flicker from frame to frame, and a few outliers do not take all the colours.
 * @param {Run} run
 * @param {number[]} cells
 * @param {GradientKind} kind
 * @returns {[number, number]}
 */
export function decades(run, cells, kind) {
  /** @type {number[]} */
  const logs = [];
  const every = Math.max(1, Math.floor(run.frames.length / 60));
  for (let i = run.frames.length - 1; i >= 0; i -= every) {
    for (const cell of cells) {
      for (const value of gradients(run.experiment, run.frames[i], cell, kind)) {
        if (value > 0) logs.push(Math.log10(value));
      }
    }
  }
  if (logs.length === 0) return [-3, 0];
  logs.sort((a, b) => a - b);
  const low = Math.floor(2 * logs[Math.floor(logs.length * 0.01)]) / 2;
  const high = Math.ceil(2 * logs[Math.ceil(logs.length * 0.98) - 1]) / 2;
  return [Math.max(low, high - 16), Math.max(high, low + 1)];
}
