/**
 * The vertical axis of a loss, linear or logarithmic: its ends, its ticks, and where on it a value lies. Pure.
 */
import { powerOfTen, roundUp, short } from "./numbers.js";

/** @typedef {"linear" | "log"} LossScale */
/** @typedef {{axis: import("./types.js").PlotlyPart, low: number, high: number, at: (value: number) => number}} ValueAxis low and high: the values at its ends; at: share of the height, 0 at the bottom, beyond 0 to 1 off the axis */

/** From here on an axis has ticks of its own. */
const LARGE = 1e5;

/**
 * A logarithmic axis that holds two positive values.
 * @param {number} low
 * @param {number} high
 * @param {number} most ticks
 * @returns {ValueAxis}
 */
export function logarithmic(low, high, most) {
  const ends = [low / 1.15, high * 1.15].map(Math.log10);
  const ticks = logTicks(ends[0], ends[1], most);
  return {
    axis: { type: "log", range: ends, tickvals: ticks, ticktext: ticks.map(tickText) },
    low: 10 ** ends[0],
    high: 10 ** ends[1],
    at: (value) => (value > 0 ? (Math.log10(value) - ends[0]) / (ends[1] - ends[0]) : Number.NEGATIVE_INFINITY),
  };
}

/**
 * A linear axis between two values.
 * @param {number} low
 * @param {number} high
 * @returns {ValueAxis}
 */
export function linear(low, high) {
  // Plotly writes large numbers with markup, which the page's policy forbids
  const large = [low, (low + high) / 2, high];
  const ticks = high < LARGE ? {} : { tickvals: large, ticktext: large.map(short) };
  return { axis: { range: [low, high], ...ticks }, low, high, at: (value) => (value - low) / (high - low) };
}

/**
 * Ticks of a logarithmic axis: powers of ten, and where these are few, 2 and 5 or all digits between them.
 * @param {number} from exponent
 * @param {number} to exponent
 * @param {number} most
 */
function logTicks(from, to, most) {
  for (const digits of [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]]) {
    const found = [];
    for (let power = Math.floor(from); power <= to; power++)
      for (const digit of digits) {
        const value = Number(`${digit}e${power}`);
        if (Math.log10(value) >= from && Math.log10(value) <= to) found.push(value);
      }
    if (found.length <= most) return found;
  }
  const every = Math.ceil((Math.floor(to) - Math.ceil(from) + 1) / most);
  const found = [];
  for (let power = Math.ceil(from); power <= to; power += every) found.push(Number(`1e${power}`));
  return found;
}

/** @param {number} value */
function tickText(value) {
  const exponent = Math.log10(value);
  if (Number.isInteger(exponent)) return powerOfTen(exponent);
  return Math.abs(exponent) < 3 ? String(Number(value.toPrecision(1))) : short(value);
}

/**
 * The axis of losses that run through training: it holds what is shown but for a few spikes, and at least the loss of
 * guessing.
 * @param {(number | null)[]} values
 * @param {number} guessing loss of guessing
 * @param {LossScale} scale
 * @param {number} most ticks of a logarithmic axis
 */
export function lossAxis(values, guessing, scale, most) {
  const sorted = values.flatMap((value) => (value === null ? [] : [value])).sort((one, other) => one - other);
  const nearlyAll = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  if (scale === "linear") return linear(0, roundUp(Math.max(guessing * 1.12, nearlyAll * 1.1)));
  const least = sorted.find((value) => value > 0) ?? guessing / 10;
  return logarithmic(Math.min(least, guessing / 2), Math.max(guessing, nearlyAll), most);
}

/**
 * The axis of losses that are compared: as long as they differ, not down to 0 and not up to guessing. Logarithmic where
 * the greatest is more than thirty times the smallest. A few far above the others are left out; so one that diverged
 * does not flatten the rest.
 * @param {(number | null)[]} values
 * @param {number} guessing loss of guessing
 * @param {number} most ticks of a logarithmic axis
 * @returns {ValueAxis}
 */
export function comparedAxis(values, guessing, most) {
  const positive = values.flatMap((value) => (value !== null && value > 0 ? [value] : []));
  if (positive.length === 0) return linear(0, roundUp(guessing * 1.12));
  const low = Math.min(...positive);
  const near = positive.filter((value) => value <= 4 * guessing);
  const high = Math.max(...(near.length > 0 ? near : positive));
  if (high > 30 * low) return logarithmic(low, high, most);
  const room = Math.max(0.12 * (high - low), 0.02 * high, 1e-6);
  // with little left below the smallest, the axis may as well begin at 0
  return linear(low < 0.35 * high ? 0 : Math.max(0, low - room), high + room);
}
