/** Keys: which key does what, the help that lists all of them, and when keys are ignored. */
import { html } from "../../vendor/lit-html-3.3.3.js";
import { find, show } from "./dom.js";

/**
 * @typedef {{key: string, name: string, does: string, shift?: boolean, code?: string, action: () => void}} Key code: of
 *   the key on the keyboard, where Shift makes another sign of it
 */
/** @typedef {{title: string, rows: {name: string, does: string}[]}} Section keys that work in one place */

/**
 * @param {Key[]} keys of the whole page
 * @param {Section[]} [others]
 */
export function listen(keys, others = []) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || isTyping(event)) return;
    const found = keys.find(
      (key) =>
        (key.key === normal(event.key) || key.code === event.code) &&
        (key.shift === undefined || key.shift === event.shiftKey),
    );
    if (!found || (event.key === "Escape" && document.querySelector("dialog[open], details.more[open]"))) return;
    event.preventDefault();
    found.action();
  });
  const listed = keys.filter((key, index) => keys.findIndex((other) => other.name === key.name) === index);
  const row = (/** @type {{name: string, does: string}} */ { name, does }) =>
    html`<dt><kbd>${name}</kbd></dt><dd>${does}</dd>`;
  show(
    [{ title: "Everywhere", rows: listed }, ...others].map(
      ({ title, rows }) => html`<section><h3>${title}</h3><dl>${rows.map(row)}</dl></section>`,
    ),
    find("#keys-list"),
  );
}

/** @param {string} key */
function normal(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}

/**
 * Whether the key belongs to what has the focus: a field, a list, a dialog, or a button that Space presses.
 * @param {KeyboardEvent} event
 */
function isTyping(event) {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog")) return true;
  if (target.matches("input, select, textarea, [contenteditable]")) return true;
  return event.key === " " && target.matches("button, summary, a, [role=radio]");
}
