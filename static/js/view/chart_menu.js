/** The menu of a chart: save it as a picture, or show its numbers. */
import { showNumbers } from "./dialogs.js";
import { find } from "./dom.js";
import { savePicture } from "./save_picture.js";

/**
 * @typedef {object} Contents
 * @property {string} title of the table
 * @property {import("../model/types.js").Numbers} numbers
 * @property {import("./save_picture.js").Saved} saved the picture
 */

/**
 * @param {HTMLElement} figure
 * @param {() => Contents} contents
 */
export function wireMenu(figure, contents) {
  const more = /** @type {HTMLDetailsElement} */ (find("details.more", figure));
  const form = /** @type {HTMLFormElement} */ (find("form", more));
  addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !more.contains(event.target)) more.open = false;
  });
  more.addEventListener("toggle", () => {
    const pixels = more.open && contents().saved.pixels !== undefined;
    const svg = /** @type {HTMLInputElement} */ (find("[name=format][value=svg]", form));
    svg.disabled = pixels;
    /** @type {HTMLElement} */ (svg.parentElement).title = pixels
      ? "A surface is saved as PNG only: it is made of pixels"
      : "";
    if (pixels) /** @type {HTMLInputElement} */ (find("[name=format][value=png]", form)).checked = true;
  });
  more.addEventListener("keydown", (event) => {
    // the page's keys are not the menu's: arrows choose here
    if (more.open) event.stopPropagation();
    if (event.key !== "Escape" || !more.open) return;
    more.open = false;
    find("summary", more).focus();
  });
  find("[data-save]", more).addEventListener("click", () => {
    more.open = false;
    const chosen = new FormData(form);
    void savePicture(contents().saved, {
      format: chosen.get("format") === "svg" ? "svg" : "png",
      dark: chosen.get("theme") === "dark",
      scale: chosen.get("scale") === "1" ? 1 : 2,
    });
  });
  find("[data-table]", more).addEventListener("click", () => {
    more.open = false;
    const { title, numbers } = contents();
    showNumbers(title, numbers);
  });
}
