/** The drawings of the open view, side by side. What can be moved has buttons and keys for it. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { meaning } from "../../model/key_tables.js";
import { find, show } from "../dom.js";
import { saveDrawing } from "../save_drawing.js";
import { showFormulas } from "./formulas.js";
import { MOVE_KEYS, onTouch } from "./network_diagram.js";

/** Below each saved picture. */
const SOURCE =
  "Skipscope, Atlas: computed from the description that was published, not measured. Errors are as published.";

/** @typedef {import("../../model/colours.js").Palette} Palette */

/**
 * @typedef {object} Drawing
 * @property {string} title
 * @property {string} [equation] above the drawing
 * @property {string} about one sentence below the title of the saved picture
 * @property {((element: HTMLElement, colours: Palette, saved: boolean) => void) | null} draw saved: for a picture, so all of
 *   it; null: on its way, and its room is kept
 * @property {(element: HTMLElement, move: import("./network_diagram.js").Move) => void} [move] move or zoom it
 */

/**
 * @param {Drawing[]} drawings
 * @param {Palette} colours
 */
export function arrange(drawings, colours) {
  show(
    drawings.map(
      ({ move, ...drawing }, index) => html`<figure class="card chart" id="drawing-${index}">
        <figcaption><b class="title">${drawing.title}</b>${move ? buttons(index, move) : nothing}${drawing.draw ? saveButtons(drawing, drawing.draw, colours) : nothing}</figcaption>
        ${drawing.equation ? html`<p class="formula" role="img" aria-label=${drawing.equation} data-equation=${drawing.equation}></p>` : nothing}
        ${
          move
            ? html`<div class="plot moves" tabindex="0" role="application" aria-label=${`${drawing.title}: move with the arrows, zoom with plus and minus`}
                @keydown=${(/** @type {KeyboardEvent} */ event) => press(event, move)}></div>`
            : html`<div class="plot"></div>`
        }</figure>`,
    ),
    find("#drawings"),
  );
  void showFormulas(find("#drawings"));
  for (const [index, { draw, move }] of drawings.entries()) {
    const element = find(`#drawing-${index} .plot`);
    draw?.(element, colours, false);
    if (move) onTouch(element, (how) => move(element, how));
  }
}

/**
 * @param {Pick<Drawing, "title" | "about">} drawing
 * @param {NonNullable<Drawing["draw"]>} draw
 * @param {Palette} colours
 */
function saveButtons({ title, about }, draw, colours) {
  const save = (/** @type {"svg" | "png"} */ format) => () => {
    const around = { title, about, legend: [], ramp: null, caption: [SOURCE], colours };
    const name = title.toLowerCase().replace(/[^\w]+/g, "-");
    const drawn = (/** @type {HTMLElement} */ element) => draw(element, colours, true);
    void saveDrawing({ name, around, draw: drawn }, { format, dark: colours.dark, scale: 2 });
  };
  return html`<button type="button" class="save" title="Save the picture as SVG" @click=${save("svg")}>SVG</button>
    <button type="button" class="save" title="Save the picture as PNG" @click=${save("png")}>PNG</button>`;
}

/**
 * @param {number} index
 * @param {NonNullable<Drawing["move"]>} move
 */
function buttons(index, move) {
  const act = (/** @type {import("./network_diagram.js").Move} */ how) => () =>
    move(find(`#drawing-${index} .plot`), how);
  return html`<button type="button" aria-label="Zoom in" @click=${act({ zoom: 1 })}>+</button>
    <button type="button" aria-label="Zoom out" @click=${act({ zoom: -1 })}>−</button>
    <button type="button" @click=${act({ to: "all" })}>All of it</button>
    <button type="button" @click=${act({ to: "top" })}>Top</button>`;
}

/**
 * @param {KeyboardEvent} event
 * @param {NonNullable<Drawing["move"]>} move
 */
function press(event, move) {
  const how = meaning(MOVE_KEYS, event.key);
  if (event.ctrlKey || event.metaKey || event.altKey || !how || !(event.currentTarget instanceof HTMLElement)) return;
  event.preventDefault();
  move(event.currentTarget, how);
}
