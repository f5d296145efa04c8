/** Scales: the ends of logarithmic scales, such as the one colour scale that all gradients share. Pure. */
import { relativeTo } from "./relative.js";
import { gradients, lastUpTo } from "./series.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").GradientKind} GradientKind */

/** How many decades of a scale may be unused at an end before it follows: gradients of batches differ by so much. */
const UNUSED = 1;

/**
 * Exponents of ten between which nearly all of these magnitudes lie; null where none is positive.
 * @param {number[]} values
 * @returns {[number, number] | null}
 */
function spread(values) {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  if (logs.length === 0) return null;
  logs.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => logs[Math.round(share * (logs.length - 1))];
  return [at(0.02), at(0.98)];
}

/**
 * What the diagrams of these cells show at a step: the layers' magnitudes, and those along the edges.
 * @param {Run} run
 * @param {number[]} cells
 * @param {GradientKind} kind
 * @param {number | null} cursor
 * @returns {ArrayLike<number>[]}
 */
function drawn(run, cells, kind, cursor) {
  const frame = lastUpTo(run.frames, cursor);
  const kinds = kind === "weight" ? /** @type {const} */ (["weight", "activation"]) : [kind];
  return frame ? cells.flatMap((cell) => kinds.map((one) => gradients(run, frame, cell, one))) : [];
}

/**
 * The ends of the diagrams' colour scale, as exponents of ten, in half decades. They follow what is shown: at once where
 * it leaves the scale, and only when much is unused where it leaves room, so that nothing flickers.
 * @param {Run} run
 * @param {number[]} cells
 * @param {GradientKind} kind
 * @param {number | null} cursor
 * @param {[number, number] | null} before the ends until now; null: none
 * @returns {[number, number]}
 */
export function decadesAt(run, cells, kind, cursor, before) {
  const found = spread(drawn(run, cells, kind, cursor).flatMap((values) => Array.from(values)));
  if (!found) return before ?? [-3, 0];
  const [low, high] = before ?? [Number.NaN, Number.NaN];
  const least = found[0] >= low && found[0] <= low + UNUSED ? low : Math.floor(2 * found[0]) / 2;
  const most = found[1] <= high && found[1] >= high - UNUSED ? high : Math.ceil(2 * found[1]) / 2;
  return [Math.max(least, most - 16), Math.max(most, least + 1)];
}

/**
 * Decades from 1 to each end of the colour scale of ratios, at least one; it follows as ``decadesAt`` does.
 * @param {Run} run
 * @param {number[]} cells
 * @param {GradientKind} kind
 * @param {number | null} cursor
 * @param {number | null} before
 */
export function reachAt(run, cells, kind, cursor, before) {
  const found = spread(drawn(run, cells, kind, cursor).flatMap((values) => relativeTo(values, kind)));
  if (!found) return before ?? 1;
  const far = Math.max(...found.map(Math.abs));
  if (before !== null && far <= before && far >= before - UNUSED) return before;
  return Math.min(16, Math.max(1, Math.ceil(2 * far) / 2));
}

/**
 * Two numbers that hold nearly all gradients of a run, as exponents of ten, for the colours of its maps. They widen in
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
      for (const value of gradients(run, run.frames[i], cell, kind)) {
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

/**
 * Whole exponents around all positive values.
 * @param {(number | null)[]} values
 * @returns {[number, number]}
 */
export function decadesOf(values) {
  const logs = values.flatMap((value) => (value !== null && value > 0 ? Math.log10(value) : []));
  if (logs.length === 0) return [-1, 1];
  const low = Math.floor(logs.reduce((one, other) => Math.min(one, other)));
  return [low, Math.max(low + 1, Math.ceil(logs.reduce((one, other) => Math.max(one, other))))];
}
