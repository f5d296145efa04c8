/** Controls: which button and which key does what. Every key has a button; both call the same action. */
import { blank, fullscreen, openDialog } from "./dialogs.js";
import { find } from "./dom.js";
import { listen } from "./keys.js";

/**
 * @typedef {object} Actions
 * @property {() => void} train
 * @property {() => void} step
 * @property {() => void} reset
 * @property {(by: number) => void} deeper
 * @property {() => void} uncut put the last block that was taken out back
 * @property {() => void} compare
 * @property {() => void} present
 * @property {() => void} theme
 * @property {() => void} submit
 * @property {(name: string) => void} preset
 * @property {(view: Partial<import("./types.js").View>) => void} change
 */

/** @param {Actions} actions */
export function wireControls(actions) {
  const { train, step, reset, compare, theme, present } = actions;
  const help = () => openDialog("keys");
  const settings = () => openDialog("settings");
  /** @type {Record<string, () => void>} */
  const buttons = {
    train,
    step,
    reset,
    compare,
    theme,
    present,
    blank,
    fullscreen,
    help,
    "open-settings": settings,
    blanked: blank,
  };
  for (const [id, action] of Object.entries(buttons)) {
    find(`#${id}`).addEventListener("click", (event) => {
      action();
      // after a click with a pointer Space shall train again, not press this button once more
      if (event.detail > 0 && event.currentTarget instanceof HTMLElement) event.currentTarget.blur();
    });
  }
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog")?.close());
  }
  wireChoices("gradient", (value) => actions.change({ gradient: /** @type {any} */ (value) }));
  wireChoices("x", (value) => actions.change({ x: /** @type {any} */ (value) }));
  wireChoices("tab", (value) => actions.change({ tab: /** @type {any} */ (value) }));
  find("#experiment-form").addEventListener("submit", (event) => {
    event.preventDefault();
    actions.submit();
  });
  const preset = /** @type {HTMLSelectElement} */ (find("#preset"));
  preset.addEventListener("change", () => actions.preset(preset.value));
  listen([
    { key: " ", name: "Space", does: "Train, pause, go on", action: train },
    { key: "ArrowRight", name: "→", does: "One step", shift: false, action: step },
    { key: "r", name: "R", does: "Reset (with undo)", action: reset },
    { key: "u", name: "U", does: "Put the last block back that was taken out", action: () => actions.uncut() },
    {
      key: "ArrowLeft",
      name: "Shift ← / Shift →",
      does: "Less depth / more depth",
      shift: true,
      action: () => actions.deeper(-1),
    },
    { key: "ArrowRight", name: "Shift ← / Shift →", does: "", shift: true, action: () => actions.deeper(1) },
    { key: "x", name: "X", does: "Curves by step, time or operations", action: nextAxis },
    { key: "f", name: "F", does: "Full screen", action: fullscreen },
    { key: "b", name: "B", does: "Blank the screen, and bring it back", action: blank },
    { key: "p", name: "P", does: "Presenter mode", action: present },
    { key: "?", name: "?", does: "These keys", action: help },
  ]);
}

/** The next axis of the curves; presenter mode has no room for its buttons. */
function nextAxis() {
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-x]")]);
  const chosen = buttons.findIndex((button) => button.getAttribute("aria-checked") === "true");
  buttons[(chosen + 1) % buttons.length].click();
}

/**
 * Buttons of which one is chosen: a click chooses, arrows choose the next or the one before.
 * @param {string} name of the data attribute
 * @param {(value: string) => void} choose
 */
function wireChoices(name, choose) {
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-${name}]`)]);
  buttons.forEach((button, index) => {
    button.addEventListener("click", () => choose(button.dataset[name] ?? ""));
    button.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (event.shiftKey || by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const other = buttons[(index + by + buttons.length) % buttons.length];
      other.focus();
      choose(other.dataset[name] ?? "");
    });
  });
}
