/** Dialogues and what covers the screen: open, close, blank, full screen. */
import { find } from "./dom.js";
import { notice } from "./notices.js";

/** @param {string} id */
export function openDialog(id) {
  const dialog = /** @type {HTMLDialogElement} */ (find(`#${id}`));
  if (!dialog.open) dialog.showModal();
}

/** @param {string} id */
export function closeDialog(id) {
  /** @type {HTMLDialogElement} */ (find(`#${id}`)).close();
}

/** Blank the screen, or bring it back. */
export function blank() {
  const cover = find("#blanked");
  cover.hidden = !cover.hidden;
}

/** Full screen, or back. */
export function fullscreen() {
  if (document.fullscreenElement) void document.exitFullscreen();
  else
    document.documentElement
      .requestFullscreen()
      .catch(() => notice("fullscreen", "This browser does not allow full screen here."));
}
