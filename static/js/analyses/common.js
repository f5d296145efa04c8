/** What the pictures of several analyses are made of: names of arms, lines with their bands, choice of arms. Pure. */
import { faded, styleOf } from "../colours.js";
import { armName } from "../labels.js";
import { powerOfTen } from "../numbers.js";

/** @typedef {import("../charts/scene.js").Scene} Scene */
/** @typedef {import("./types.js").Band} Band */

/**
 * The entries of the two shown arms, left panel first; the first two when neither is shown.
 * @param {any[]} entries
 * @param {Scene} scene
 * @returns {any[]}
 */
export function shown(entries, { sides }) {
  const arms = [...new Set(sides.map((side) => side.arm))];
  const found = arms.flatMap((arm) => entries.filter((entry) => entry.arm === arm));
  return found.length > 0 ? found : entries.slice(0, 2);
}

/**
 * @param {{arm: number, layers: number}} entry
 * @param {Scene} scene
 */
export function nameOf({ arm, layers }, { run }) {
  return `${armName(run.experiment, arm)}-${layers}`;
}

/**
 * @param {number} arm
 * @param {Scene} scene
 */
export function style(arm, { run, colours }) {
  return styleOf(run.experiment, arm, colours.dark);
}

/**
 * A line through medians over the area from the lowest to the highest.
 * @param {number[]} x
 * @param {Band} band
 * @param {number} arm
 * @param {Scene} scene
 * @param {{markers?: boolean, opacity?: number}} [how]
 */
export function banded(x, [middle, low, high], arm, scene, { markers = true, opacity = 1 } = {}) {
  const { colour, dash, marker } = style(arm, scene);
  const whole = x.map((_, index) => index).filter((index) => low[index] !== null && high[index] !== null);
  const ring = {
    x: [...whole.map((index) => x[index]), ...whole.map((index) => x[index]).reverse()],
    y: [...whole.map((index) => high[index]), ...whole.map((index) => low[index]).reverse()],
    fill: "toself",
    mode: "lines",
    line: { width: 0 },
    fillcolor: faded(colour, 0.16 * opacity),
    hoverinfo: "skip",
  };
  const line = {
    x,
    y: middle,
    mode: markers ? "lines+markers" : "lines",
    opacity,
    line: { color: colour, width: scene.view.presenter ? 4 : 2.2, dash },
    marker: { color: colour, symbol: marker, size: scene.view.presenter ? 10 : 6 },
    hoverinfo: "skip",
  };
  return whole.length > 0 && low.some((value, index) => value !== high[index]) ? [ring, line] : [line];
}

/**
 * A level that goes from side to side, such as the accuracy of the whole network.
 * @param {[number, number]} ends
 * @param {number | null} value
 * @param {string} colour
 */
export function level(ends, value, colour) {
  return {
    x: ends,
    y: [value, value],
    mode: "lines",
    line: { color: colour, width: 1.5, dash: "2px,4px" },
    hoverinfo: "skip",
  };
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

/**
 * A logarithmic axis around all positive values, with at most six powers of ten.
 * @param {(number | null)[]} values
 */
export function logAxis(values) {
  const [low, high] = decadesOf(values);
  const every = Math.max(1, Math.ceil((high - low) / 5));
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, at) => low + at * every);
  return {
    type: "log",
    range: [low - 0.15, high + 0.15],
    tickvals: ticks.map((exponent) => 10 ** exponent),
    ticktext: ticks.map(powerOfTen),
  };
}

/**
 * Columns side by side as rows of text.
 * @param {string[]} heads
 * @param {(number | string | null | undefined)[][]} columns
 * @param {(value: number | null | undefined) => string} said
 */
export function inRows(heads, columns, said) {
  const most = Math.max(0, ...columns.map((column) => column.length));
  const rows = Array.from({ length: most }, (_, at) =>
    columns.map((column, index) => {
      const value = column[at];
      return typeof value === "string" || (index === 0 && value !== undefined)
        ? String(value)
        : said(/** @type {any} */ (value));
    }),
  );
  return { heads, rows };
}
