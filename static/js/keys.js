/** Keys: which key does what, the help that lists them, and when they keep out of the way. */
import { find, make } from "./dom.js";

/** @typedef {{key: string, name: string, does: string, shift?: boolean, action: () => void}} Key */

/**
 * @param {Key[]} keys
 */
export function listen(keys) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || isTyping(event)) return;
    const found = keys.find(
      (key) => key.key === normal(event.key) && (key.shift === undefined || key.shift === event.shiftKey),
    );
    if (!found) return;
    event.preventDefault();
    found.action();
  });
  const seen = keys.filter((key, index) => keys.findIndex((other) => other.name === key.name) === index);
  find("#keys-list").replaceChildren(
    ...seen.flatMap((key) => [make("dt", null, {}, [make("kbd", key.name)]), make("dd", key.does)]),
  );
}

/** @param {string} key */
function normal(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}

/**
 * Whether the key belongs to what has the focus: a field, a list, a dialogue, or a button that Space presses.
 * @param {KeyboardEvent} event
 */
export function isTyping(event) {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog")) return true;
  if (target.matches("input, select, textarea, [contenteditable]")) return true;
  return event.key === " " && target.matches("button, summary, a, [role=radio]");
}
