/**
 * Magnitudes relative to the layer where a pass begins: gradients come from the last layer, the signal from the first.
 * Absolute colours show a network that has learned as if its gradient had vanished; these show whether what is sent
 * arrives. Purple, sand and green differ in lightness too. Pure.
 */
import { channels } from "./colours.js";

/** Fades, arrives, explodes; the style sheet has the same ramp. */
export const RELATIVE = ["#7b3294", "#b58cc4", "#d9c66f", "#77b97d", "#00742f"];

/** @type {string[]} so many steps that 1, and what the ramp is made of, have one of their own */
const RAMP = Array.from({ length: 257 }, (_, index) => {
  const position = (index / 256) * (RELATIVE.length - 1);
  const left = Math.min(Math.floor(position), RELATIVE.length - 2);
  const [one, other] = [channels(RELATIVE[left]), channels(RELATIVE[left + 1])];
  const mixed = one.map((value, channel) => Math.round(value + (other[channel] - value) * (position - left)));
  return `rgb(${mixed.join(",")})`;
});

/**
 * Each layer's magnitude divided by that of the layer where the pass begins. Not a number where that is zero or not
 * finite; an exact zero stays one.
 * @param {ArrayLike<number>} values of the layers, input side first
 * @param {import("./types.js").GradientKind} kind
 */
export function relativeTo(values, kind) {
  const begin = values[kind === "square" ? 0 : values.length - 1];
  return Array.from(values, (value) => (begin > 0 ? value / begin : Number.NaN));
}

/**
 * The colour of a ratio; what is not finite takes grey.
 * @param {number} ratio
 * @param {number} reach decades from 1 to each end
 * @param {string} none
 */
export function relativeColour(ratio, reach, none) {
  if (!Number.isFinite(ratio)) return none;
  const share = Math.min(1, Math.max(-1, Math.log10(ratio) / reach));
  return RAMP[Math.round(128 * (1 + share))];
}
