/**
 * Gradients on the wire: two characters a magnitude, on a logarithmic scale. The constants are compared with the
 * server's by a test. Pure.
 */

export const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
export const LOWEST = 1e-24;
export const HIGHEST = 1e12;
export const LEVELS = 4092;
export const NOT_FINITE = 4095;

const STEP = (HIGHEST / LOWEST) ** (1 / (LEVELS - 1));
/** What stands for a magnitude below or above the range, one step outside of it. */
export const UNDER = LOWEST / STEP;
export const OVER = HIGHEST * STEP;
const DIGIT = new Int16Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) DIGIT[ALPHABET.charCodeAt(i)] = i;

/** @type {Float64Array} the magnitude of every code, so that decoding is a look-up */
const MAGNITUDE = new Float64Array(4096);
for (let code = 2; code < LEVELS + 2; code++) MAGNITUDE[code] = LOWEST * STEP ** (code - 2);
[MAGNITUDE[1], MAGNITUDE[LEVELS + 2], MAGNITUDE[NOT_FINITE]] = [UNDER, OVER, Number.NaN];

/**
 * The magnitudes in a text of two characters each: 0 exactly, UNDER or OVER outside the range, NaN where one was not
 * finite.
 * @param {string} text
 * @returns {Float64Array}
 */
export function decodeGradients(text) {
  const values = new Float64Array(text.length >> 1);
  for (let i = 0; i < values.length; i++) {
    const code = (DIGIT[text.charCodeAt(2 * i)] << 6) | DIGIT[text.charCodeAt(2 * i + 1)];
    values[i] = code < 0 ? Number.NaN : MAGNITUDE[code];
  }
  return values;
}
