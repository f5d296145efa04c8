/** Dialogs, the blank screen, full screen, and tables of numbers. */
import { html } from "../../vendor/lit-html-3.3.3.js";
import { find, say, show } from "./dom.js";

/** @param {string} id */
export function openDialog(id) {
  const dialog = /** @type {HTMLDialogElement} */ (find(`#${id}`));
  if (!dialog.open) dialog.showModal();
}

/** @param {string} id */
export function closeDialog(id) {
  /** @type {HTMLDialogElement} */ (find(`#${id}`)).close();
}

/**
 * The numbers behind a chart.
 * @param {string} title
 * @param {import("../model/types.js").Numbers} numbers
 */
export function showNumbers(title, { heads, rows }) {
  say(find("#numbers-title"), title);
  show(rows.length > 0 ? table(heads, rows) : "Nothing has been measured yet.", find("#numbers-table"));
  openDialog("numbers");
}

/**
 * A table: heads, then rows of cells as text; the first cell of a row is its head.
 * @param {string[]} heads
 * @param {string[][]} rows
 */
export function table(heads, rows) {
  return html`<table>
    <thead><tr>${heads.map((text) => (text ? html`<th scope="col">${text}</th>` : html`<td></td>`))}</tr></thead>
    <tbody>
      ${rows.map(
        ([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((text) => html`<td>${text}</td>`)}</tr>`,
      )}
    </tbody>
  </table>`;
}

export function isBlank() {
  return !find("#blanked").hidden;
}

/** Blank the screen, or bring it back. */
export function blank() {
  const cover = find("#blanked");
  cover.hidden = !cover.hidden;
}

/**
 * Full screen, or back.
 * @param {() => void} onRefused this browser does not allow it
 */
export function fullscreen(onRefused) {
  if (document.fullscreenElement) void document.exitFullscreen();
  else {
    // Esc leaves the blank screen and presenter mode first; browsers that cannot lend the key leave full screen at once
    const keyboard = /** @type {{lock?: (keys: string[]) => Promise<void>} | undefined} */ (
      Reflect.get(navigator, "keyboard")
    );
    document.documentElement.requestFullscreen().then(() => keyboard?.lock?.(["Escape"]).catch(() => {}), onRefused);
  }
}
