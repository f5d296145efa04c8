/**
 * Colours and marks. Arms keep theirs in every chart and differ in colour, dash and marker alike; gradients
 * share one logarithmic scale. Pure but for reading which theme the page wears.
 */

/** Okabe–Ito; the second of each pair is for dark ground. */
const ARM_COLOURS = [
  ["#0072B2", "#56B4E9"],
  ["#D55E00", "#F0883E"],
  ["#007E5C", "#2CC295"],
  ["#B0568B", "#E39BC4"],
];
const DASHES = ["solid", "6px,3px", "2px,3px", "10px,3px,2px,3px"];
const MARKERS = ["circle", "diamond", "square", "triangle-up"];

/** Class colours of decision regions, [light ground, dark ground]; not those of the arms. */
export const CLASS_COLOURS = [
  ["#E69F00", "#E69F00"],
  ["#009E73", "#12B886"],
  ["#CC79A7", "#D58BB4"],
];

/** Viridis, dark is small; read from its published table at nine places. */
export const VIRIDIS = [
  "#440154",
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725",
];

/** As Plotly wants it. */
export const VIRIDIS_SCALE = VIRIDIS.map((colour, index) => [index / (VIRIDIS.length - 1), colour]);

/** A gradient of exactly zero: no place on a logarithmic scale, and not the grey of what is not measured. */
export const ZERO = "#e0218a";
/** How much of the heatmap's scale, at its low end, is left to exact zeros. */
const ZERO_SHARE = 1 / 64;
/** The scale of a heatmap that ``heat`` gives its values. */
export const HEAT_SCALE = [
  [0, ZERO],
  [ZERO_SHARE, ZERO],
  ...VIRIDIS_SCALE.map(([place, colour]) => [ZERO_SHARE + (1 - ZERO_SHARE) * Number(place), colour]),
];

/**
 * The lowest value of a heatmap whose magnitudes lie between two exponents of ten: that of an exact zero.
 * @param {[number, number]} decades
 */
export function heatFloor([low, high]) {
  return high - (high - low) / (1 - ZERO_SHARE);
}

/**
 * A magnitude's value in a heatmap; null where it is not finite.
 * @param {number} value
 * @param {[number, number]} decades
 */
export function heat(value, decades) {
  if (!Number.isFinite(value)) return null;
  return value === 0 ? heatFloor(decades) : Math.max(decades[0], Math.log10(value));
}

/** @typedef {{dark: boolean, text: string, quiet: string, faint: string, grid: string, panel: string, skip: string}} Palette */

/**
 * Colours of the page for charts.
 * @param {boolean} dark
 * @returns {Palette}
 */
export function palette(dark) {
  return dark
    ? { dark, text: "#e9ecef", quiet: "#a3a9af", faint: "#5c636a", grid: "#30363b", panel: "#1d2226", skip: "#F0883E" }
    : { dark, text: "#1c2126", quiet: "#5b6167", faint: "#b6bbc0", grid: "#dcdedb", panel: "#ffffff", skip: "#D55E00" };
}

/**
 * Colour, dash and marker of an arm: no two arms share them. Plain is blue; residual, or else the first arm that
 * skips, is orange; the others take the next free ones.
 * @param {import("./types.js").Experiment} experiment
 * @param {number} arm
 * @param {boolean} dark
 */
export function styleOf(experiment, arm, dark) {
  const index = styleIndices(experiment.arms.map((item) => item.connection))[arm] ?? 0;
  return { colour: ARM_COLOURS[index][dark ? 1 : 0], dash: DASHES[index], marker: MARKERS[index], index };
}

/**
 * @param {string[]} connections
 * @returns {number[]}
 */
export function styleIndices(connections) {
  const plain = connections.indexOf("plain");
  const skipping = connections.includes("residual")
    ? connections.indexOf("residual")
    : connections.findIndex((connection) => connection !== "plain");
  const free = [2, 3, ...(plain < 0 ? [0] : []), ...(skipping < 0 ? [1] : [])];
  return connections.map((_, place) => (place === plain ? 0 : place === skipping ? 1 : (free.shift() ?? 0)));
}

/**
 * A hexadecimal colour with an opacity.
 * @param {string} colour
 * @param {number} opacity
 */
export function faded(colour, opacity) {
  const [red, green, blue] = channels(colour);
  return `rgba(${red},${green},${blue},${opacity})`;
}

/**
 * @param {string} colour
 */
function channels(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** @type {string[]} 256 steps, so that colouring a layer is a look-up */
const RAMP = Array.from({ length: 256 }, (_, index) => {
  const place = (index / 255) * (VIRIDIS.length - 1);
  const left = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const one = channels(VIRIDIS[left]);
  const other = channels(VIRIDIS[left + 1]);
  const mixed = one.map((value, channel) => Math.round(value + (other[channel] - value) * (place - left)));
  return `rgb(${mixed.join(",")})`;
});

/**
 * The colour of a gradient on a logarithmic scale; an exact zero has its own, what is not finite takes grey.
 * @param {number} value
 * @param {[number, number]} decades exponents at the two ends
 * @param {string} none
 */
export function gradientColour(value, decades, none) {
  if (!Number.isFinite(value)) return none;
  if (value === 0) return ZERO;
  const place = (Math.log10(value) - decades[0]) / (decades[1] - decades[0]);
  return RAMP[Math.round(255 * Math.min(1, Math.max(0, place)))];
}
