/** Notices: short messages under the toolbar, each with its own name so that a newer one replaces it. As text only. */
import { find, make } from "./dom.js";

/** @typedef {{name: string, action: () => void}} Action */

/**
 * Show a notice; null takes it away.
 * @param {string} kind
 * @param {string | null} message
 * @param {{bad?: boolean, actions?: Action[]}} [more]
 */
export function notice(kind, message, { bad = false, actions = [] } = {}) {
  const box = find("#notices");
  const old = [...box.children].find((child) => child instanceof HTMLElement && child.dataset.kind === kind);
  if (message === null) {
    old?.remove();
    return;
  }
  const gone = { name: "Dismiss", action: () => {} };
  const buttons = [...actions, gone].map(({ name, action }) => {
    const button = make("button", name, { type: "button" });
    button.addEventListener("click", () => {
      made.remove();
      action();
    });
    return button;
  });
  const made = make("div", null, { class: bad ? "notice bad" : "notice", "data-kind": kind }, [
    make("span", message),
    ...buttons,
  ]);
  if (old) old.replaceWith(made);
  else box.append(made);
}
