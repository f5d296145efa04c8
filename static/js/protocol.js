/**
 * The wire as the page sees it: tags of events and commands, close codes, gradients in two characters each.
 * Every constant here is compared with the server's by a test. Touches neither the page nor the network.
 */

export const PROTOCOL = 1;

/** @type {readonly string[]} */
export const EVENTS = [
  "welcome",
  "snapshot",
  "frame",
  "evaluation",
  "weights",
  "analysis",
  "diverged",
  "learning_rate",
  "prepared",
  "state",
  "notice",
  "started",
  "pong",
  "error",
];

/** @type {readonly string[]} */
export const COMMANDS = [
  "start",
  "pause",
  "resume",
  "step",
  "stop",
  "set_learning_rate",
  "analyse",
  "cancel_analysis",
  "subscribe",
  "unsubscribe",
  "ping",
];

/** @type {readonly string[]} */
export const FINAL_STATES = ["failed", "finished", "interrupted", "stopped"];

/** @type {Readonly<Record<number, string>>} */
export const CLOSE_CODES = {
  4000: "the server is going down",
  4408: "the viewer fell too far behind",
  4429: "too many messages",
  4503: "not allowed",
};

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

/**
 * The event in a message, or null for what this page does not know: unknown types are ignored, not feared.
 * @param {string} text
 * @returns {import("./types.js").WireEvent | null}
 */
export function decodeEvent(text) {
  /** @type {unknown} */
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof data !== "object" || data === null) return null;
  const event = /** @type {import("./types.js").WireEvent} */ (data);
  return EVENTS.includes(event.type) ? event : null;
}

/**
 * The text of a command.
 * @param {string} type
 * @param {Record<string, unknown>} [fields]
 */
export function encodeCommand(type, fields = {}) {
  return JSON.stringify({ type, ...fields });
}

/**
 * Whether a client comes back after the socket closed with this code.
 * @param {number} code
 */
export function comesBack(code) {
  return code < 4500 || code > 4999;
}
