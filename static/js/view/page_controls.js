/** What the base template gives every page: theme, full screen, the blank screen, presenter mode, address, help, dialogs. */
import { showAddress } from "./address.js";
import { blank, fullscreen, isBlank, openDialog } from "./dialogs.js";
import { find, say } from "./dom.js";
import { applyTheme } from "./theme.js";

/** @typedef {import("./keys.js").Key} Key */

/** Windows in which presenter mode has room for its large letters: a phone is no projector. */
const PROJECTOR = "(min-width: 821px)";

/**
 * A view as a link has it, for this window: without presenter mode where that has no room.
 * @template {{presenter: boolean}} V
 * @param {V} view
 * @returns {V}
 */
export function forThisWindow(view) {
  return matchMedia(PROJECTOR).matches ? view : { ...view, presenter: false };
}

/**
 * @param {Record<string, () => void>} buttons what a click on the button of an id does
 */
export function wireButtons(buttons) {
  for (const [id, action] of Object.entries(buttons)) {
    find(`#${id}`).addEventListener("click", (event) => {
      action();
      // after a click with a pointer the keys are the page's again, and Space does not press this button once more
      if (event.detail > 0 && event.currentTarget instanceof HTMLElement) event.currentTarget.blur();
    });
  }
}

/**
 * @param {object} page
 * @param {() => boolean} page.isPresenting
 * @param {() => void} page.present turn presenter mode on or off
 * @param {() => void} page.nextTheme
 * @param {(words: string) => void} page.refuse say why something is not possible
 * @returns {Key[]} the keys of all of it
 */
export function wirePage({ isPresenting, present, nextTheme, refuse }) {
  const help = () => openDialog("keys");
  const whole = () => fullscreen(() => refuse("This browser does not allow full screen here."));
  const toPresent = () => {
    if (isPresenting() || matchMedia(PROJECTOR).matches) present();
    else refuse("Presenter mode needs a window that is at least 821 pixels wide.");
  };
  wireButtons({
    address: showAddress,
    blank,
    blanked: blank,
    help,
    present: toPresent,
    fullscreen: whole,
    theme: nextTheme,
  });
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog")?.close());
  }
  /** The browser itself leaves full screen with the same key, unless it is told not to: then it waits for its turn. */
  function leave() {
    if (isBlank()) blank();
    else if (isPresenting()) present();
    else if (document.fullscreenElement) void document.exitFullscreen();
  }
  return [
    { key: "f", name: "F", does: "Full screen", action: whole },
    { key: "b", name: "B", does: "Blank the screen, and bring it back", action: blank },
    { key: "p", name: "P", does: "Presenter mode", action: toPresent },
    {
      key: "Escape",
      name: "Esc",
      does: "Leave the blank screen, presenter mode, full screen, in this order",
      action: leave,
    },
    { key: "k", name: "K", does: "The link for students, with its QR code", action: showAddress },
    { key: "?", name: "?", does: "These keys", action: help },
  ];
}

/**
 * Put theme and presenter mode on the page and on their buttons.
 * @param {{theme: "auto" | "light" | "dark", presenter: boolean}} view
 */
export function showTheme(view) {
  applyTheme(view);
  find("#present").setAttribute("aria-pressed", String(view.presenter));
  say(find("#theme"), `Theme: ${view.theme}`);
}
