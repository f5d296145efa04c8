/** The protocol: events and commands as text, and after which close codes to reconnect. */

/**
 * The event in a message; null if it holds none. Readers ignore events of unknown types.
 * @param {string} text
 * @returns {import("../model/types.js").WireEvent | null}
 */
export function decodeEvent(text) {
  /** @type {unknown} */
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  const isEvent = typeof data === "object" && data !== null && "type" in data && typeof data.type === "string";
  return isEvent ? /** @type {import("../model/types.js").WireEvent} */ (data) : null;
}

/**
 * The text of a command.
 * @param {import("../model/types.js").Command} command
 */
export function encodeCommand(command) {
  return JSON.stringify(command);
}

/**
 * Whether to reconnect after the socket was closed with this code.
 * @param {number} code
 */
export function reconnects(code) {
  return code < 4500 || code > 4999;
}
