/**
 * Colours and markers. An arm has the colour, dash and marker of its connection in every chart of every run; gradients share one logarithmic
 * scale. Pure.
 */
import { connections } from "./records.js";

/**
 * Dashes and markers of further arms of one connection. Their colours are shades of its own: darker on a light ground,
 * lighter on a dark one, which never lowers the contrast.
 */
const VARIANTS = [
  { dash: "1px,4px", marker: "hourglass", shade: 0.3 },
  { dash: "18px,3px,4px,3px", marker: "diamond-tall", shade: 0.5 },
  { dash: "8px,8px", marker: "star-square", shade: 0.68 },
];
/** How dashes are called. */
const DASH_WORDS = {
  solid: "solid",
  "6px,3px": "dashed",
  "2px,3px": "dotted",
  "10px,3px,2px,3px": "dash-dotted",
  "14px,4px": "long-dashed",
  "1px,4px": "finely dotted",
  "18px,3px,4px,3px": "long and short dashes",
  "8px,8px": "widely dashed",
};

/** Class colours of decision regions, [light theme, dark theme]; not those of the arms. */
export const CLASS_COLOURS = [
  ["#E69F00", "#E69F00"],
  ["#009E73", "#12B886"],
  ["#CC79A7", "#D58BB4"],
];

/** Viridis, dark is small; read from its published table at nine points. */
const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];

/** As Plotly wants it. */
export const VIRIDIS_SCALE = VIRIDIS.map((colour, index) => [index / (VIRIDIS.length - 1), colour]);

/** Colour of a gradient of exactly zero, which a logarithmic scale cannot show and which grey would call unmeasured. */
export const ZERO = "#e0218a";
/** How much of the heatmap's scale lies between an exact zero and the lowest magnitude. */
const ZERO_SHARE = 1 / 64;
/**
 * The scale of a heatmap that ``heat`` gives its values. The lowest magnitude's colour begins below its value, where
 * rounding cannot take it for a zero.
 */
export const HEAT_SCALE = [
  [0, ZERO],
  [ZERO_SHARE / 2, ZERO],
  [ZERO_SHARE / 2, VIRIDIS[0]],
  ...VIRIDIS_SCALE.map(([at, colour]) => [ZERO_SHARE + (1 - ZERO_SHARE) * Number(at), colour]),
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

/** @typedef {{colour: string, dash: string, marker: string, index: number}} ArmStyle index: its number in ``allStyles`` */

/**
 * Colour, dash and marker of an arm: those of its connection, whatever the other arms are. A further arm of the same
 * connection has a shade of the colour, and a dash and a marker of its own.
 * @param {{arms: {connection: string}[]}} experiment
 * @param {number} arm
 * @param {boolean} dark
 * @returns {ArmStyle}
 */
export function styleOf(experiment, arm, dark) {
  const all = allStyles(dark);
  const name = experiment.arms[arm]?.connection;
  const connection = connections().findIndex((record) => record.name === name);
  const before = experiment.arms.slice(0, arm).filter((item) => item.connection === name).length;
  const variant = Math.min(before, VARIANTS.length);
  return all[variant * connections().length + Math.max(0, connection)];
}

/** @type {WeakMap<import("./records.js").ConnectionRecord[], ArmStyle[][]>} */
const made = new WeakMap();

/**
 * Every style that an arm can have: first one for each connection, in their order, then those of further arms.
 * @param {boolean} dark
 */
export function allStyles(dark) {
  const records = connections();
  const known = made.get(records) ?? [false, true].map((one) => makeStyles(records, one));
  made.set(records, known);
  return known[dark ? 1 : 0];
}

/**
 * @param {import("./records.js").ConnectionRecord[]} records
 * @param {boolean} dark
 * @returns {ArmStyle[]}
 */
function makeStyles(records, dark) {
  const own = records.map(({ style }) => ({ ...style, colour: dark ? style.dark : style.light }));
  const further = VARIANTS.flatMap(({ dash, marker, shade }) =>
    own.map(({ colour }) => ({ dash, marker, colour: mixed(colour, dark ? "#ffffff" : "#000000", shade) })),
  );
  return [...own, ...further].map(({ colour, dash, marker }, index) => ({ colour, dash, marker, index }));
}

/**
 * A dash in a word.
 * @param {string} dash
 */
export function dashWord(dash) {
  return DASH_WORDS[/** @type {keyof typeof DASH_WORDS} */ (dash)] ?? "broken";
}

/**
 * A colour with a share of another in it, hexadecimal.
 * @param {string} colour
 * @param {string} other
 * @param {number} share
 */
export function mixed(colour, other, share) {
  const added = channels(other);
  const parts = channels(colour).map((value, at) => Math.round(value + (added[at] - value) * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
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
 * Red, green and blue of a hexadecimal colour.
 * @param {string} colour
 */
export function channels(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** @type {string[]} 256 steps, so that colouring a layer is a look-up */
const RAMP = Array.from({ length: 256 }, (_, index) => {
  const position = (index / 255) * (VIRIDIS.length - 1);
  const left = Math.min(Math.floor(position), VIRIDIS.length - 2);
  return `rgb(${channels(mixed(VIRIDIS[left], VIRIDIS[left + 1], position - left)).join(",")})`;
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
  const share = (Math.log10(value) - decades[0]) / (decades[1] - decades[0]);
  return RAMP[Math.round(255 * Math.min(1, Math.max(0, share)))];
}
