/** What the pictures of several analyses are made of: names of arms, lines with their bands, choice of arms. Pure. */
import { faded, styleOf } from "../../model/colours.js";
import { armName } from "../../model/labels.js";
import { powerOfTen } from "../../model/numbers.js";
import { decadesOf } from "../../model/scales.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */
/** @typedef {import("../../model/types.js").Band} Band */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/**
 * The entries of the two shown arms, left panel first; the first two when neither is shown.
 * @template {{arm: number}} T
 * @param {T[]} entries
 * @param {Scene} scene
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
  const parts = unbroken(x.map((_, index) => low[index] !== null && high[index] !== null));
  const ring = {
    x: separated(parts.map((part) => [...part, ...part.toReversed()].map((index) => x[index]))),
    y: separated(parts.map((part) => [...part.map((i) => high[i]), ...part.toReversed().map((i) => low[i])])),
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
    // named at its end, see labels.js
    ...(opacity === 1 ? { meta: { label: armName(scene.run.experiment, arm) } } : {}),
    cliponaxis: false,
    line: { color: colour, width: scene.view.presenter ? 4 : 2.2, dash },
    marker: { color: colour, symbol: marker, size: scene.view.presenter ? 10 : 6 },
    hoverinfo: "skip",
  };
  return parts.length > 0 && low.some((value, index) => value !== high[index]) ? [ring, line] : [line];
}

/**
 * Indices of what is there, in one list for each part without a gap.
 * @param {boolean[]} there
 */
function unbroken(there) {
  /** @type {number[][]} */
  const parts = [];
  there.forEach((is, index) => {
    if (is && there[index - 1]) parts[parts.length - 1].push(index);
    else if (is) parts.push([index]);
  });
  return parts;
}

/**
 * Several areas as one trace: Plotly begins a new one behind every null.
 * @template T
 * @param {T[][]} parts
 */
function separated(parts) {
  return parts.flatMap((part, index) => (index === 0 ? part : [null, ...part]));
}

/**
 * A prediction: a thin dashed line without marks, in the colour of the arm.
 * @param {number[]} x
 * @param {(number | null)[]} y
 * @param {number} arm
 * @param {Scene} scene
 */
export function predicted(x, y, arm, scene) {
  const line = { color: style(arm, scene).colour, width: scene.view.presenter ? 2.4 : 1.3, dash: "8px,4px" };
  return { x, y, mode: "lines", line, hoverinfo: "skip" };
}

/**
 * What holds of the inputs themselves: a hollow square before layer 1.
 * @param {number | null} value
 * @param {Scene} scene
 */
export function ofInputs(value, { colours, view }) {
  const marker = { color: colours.quiet, symbol: "square-open", size: view.presenter ? 12 : 8, line: { width: 2 } };
  return { x: [0], y: [value], mode: "markers", marker, cliponaxis: false, hoverinfo: "skip" };
}

/** Titles of axes, and what they are where there is no room. */
export const LAYER = { text: "layer (1 = nearest the input)", short: "layer" };
export const BLOCK = { text: "block (1 = nearest the input)", short: "block" };

/**
 * The axis of the layers of networks, with room for what holds of the inputs.
 * @param {{layers: number}[]} arms
 */
export function layerAxis(arms) {
  const end = Math.max(...arms.map(({ layers }) => layers)) + 1;
  return { range: [-0.04 * end, end], title: LAYER };
}

/**
 * Numbers of layers that stand in at least one list, ascending.
 * @param {number[][]} lists
 */
export function numbersOf(lists) {
  return [...new Set(lists.flat())].sort((one, other) => one - other);
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

/** Powers of ten with a tick, at most; where there is less room, fewer are drawn. */
const POWERS = 6;

/**
 * A logarithmic axis around all positive values.
 * @param {(number | null)[]} values
 */
export function logAxis(values) {
  const [low, high] = decadesOf(values);
  const every = Math.max(1, Math.ceil((high - low) / (POWERS - 1)));
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, at) => low + at * every);
  return {
    type: "log",
    range: [low - 0.15, high + 0.15],
    tickvals: ticks.map((exponent) => 10 ** exponent),
    ticktext: ticks.map(powerOfTen),
  };
}

/**
 * The same with a tick for 0 below all that is positive, where exact zeros stand; and where on it a value is drawn.
 * @param {(number | null)[]} values
 * @returns {{axis: PlotlyPart, at: (value: number | null) => number | null}}
 */
export function logAxisWithZero(values) {
  const axis = logAxis(values);
  if (!values.includes(0)) return { axis, at: (value) => value };
  const [low, high] = axis.range;
  const zero = low - 0.12 * (high - low);
  // 0 has the room of the lowest power, where there are others
  const from = axis.tickvals.length > 2 ? 1 : 0;
  const ticks = {
    tickvals: [10 ** zero, ...axis.tickvals.slice(from)],
    ticktext: ["0", ...axis.ticktext.slice(from)],
  };
  return {
    axis: { ...axis, ...ticks, range: [zero - 0.05 * (high - low), high] },
    at: (value) => (value === 0 ? 10 ** zero : value),
  };
}

/**
 * Columns side by side as rows of text.
 * @param {string[]} heads
 * @param {(number | string | null | undefined)[][]} columns
 * @param {(value: number | null | undefined) => string} textOf
 */
export function inRows(heads, columns, textOf) {
  const most = Math.max(0, ...columns.map((column) => column.length));
  const rows = Array.from({ length: most }, (_, at) =>
    columns.map((column, index) => {
      const value = column[at];
      return typeof value === "string" || (index === 0 && value !== undefined) ? String(value) : textOf(value);
    }),
  );
  return { heads, rows };
}
