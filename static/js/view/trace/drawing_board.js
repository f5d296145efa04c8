/** A board to draw the image on that a network gets: white on black, by mouse, finger, pen or keyboard. */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { averaged } from "../../model/image_pixels.js";
import { meaning } from "../../model/key_tables.js";
import { Drawing, fitted } from "../../model/strokes.js";
import { find, say, show } from "../dom.js";
import { seenPicture } from "./seen_picture.js";

/** @typedef {import("../../model/strokes.js").Stroke} Stroke */
/** @typedef {{right?: number, down?: number, paint?: true, undo?: true, clear?: true}} BoardKey */

/**
 * Keys on the board; Shift with an arrow paints on the way.
 * @type {import("../../model/key_tables.js").KeyRow<BoardKey>[]}
 */
export const BOARD_KEYS = [
  {
    name: "Arrows / Shift and arrows",
    does: "Move over the board / paint a line",
    keys: { ArrowLeft: { right: -1 }, ArrowRight: { right: 1 }, ArrowUp: { down: -1 }, ArrowDown: { down: 1 } },
  },
  { name: "Space", does: "Paint a dot", keys: { " ": { paint: true } } },
  { name: "U", does: "Take the last stroke back", keys: { u: { undo: true }, U: { undo: true } } },
  { name: "Delete", does: "Clear the board", keys: { Delete: { clear: true }, Backspace: { clear: true } } },
];

/** Shares of the side: the pen as thick as in the digits, whose strokes are 1.4 of 8 pixels, and its bounds. */
const PEN = { usual: 0.175, least: 0.05, most: 0.35, step: 0.025 };
/** Pixels of the canvas, about; cells of the keyboard's cursor in a row, at most. */
const [RASTER, CELLS] = [448, 28];
/** A line of no length is not drawn at all, and so a dot has a little. */
const NUDGE = 1e-3;
/** The digits, whose images are filled by the digit: NIST's programs scaled them so. */
const FILLED_SIDE = 8;

let boards = 0;

/**
 * @param {object} options
 * @param {number} options.side
 * @param {number} options.channels
 * @param {(pixels: Uint8Array) => void} options.onChange bytes [channels, side, side], 0 black to 255 white; after each
 *   stroke, and when the board was changed otherwise
 * @param {boolean} [options.fill] whether a drawing is at first scaled to fill the picture
 * @returns {HTMLElement}
 */
export function drawingBoard({ side, channels, onChange, fill = side === FILLED_SIDE }) {
  const drawing = new Drawing();
  const seen = seenPicture({ side, channels });
  const length = side * Math.ceil(RASTER / side);
  const cells = Math.min(side, CELLS);
  const pen = { width: PEN.usual };
  /** @type {Stroke | null} the stroke that is being drawn */
  let stroke = null;
  /** @type {{column: number, row: number} | null} where the keyboard is */
  let cell = null;
  boards += 1;
  const help = `board-help-${boards}`;
  const element = document.createElement("section");
  element.className = "image-input board";
  element.setAttribute("aria-label", "Drawing board");
  show(
    html`<canvas class="ink" width=${length} height=${length} tabindex="0" role="application"
        aria-label="Drawing board" aria-describedby=${help}></canvas>
      <div class="beside">
        <span class="seen-place"></span>
        <label>Pen <input type="range" class="pen" min=${PEN.least} max=${PEN.most} step=${PEN.step} .value=${String(PEN.usual)}></label>
        <label><input type="checkbox" class="fill" .checked=${fill}> Fill the picture, as the data do</label>
        <p class="buttons"><button type="button" class="undo">Undo</button> <button type="button" class="clear">Clear</button></p>
        <p class="help" id=${help}>Draw with mouse, finger or pen. On the keyboard arrows move, Space paints, Shift with an arrow paints a line, U takes back.</p>
        <p class="told" role="status"></p>
      </div>`,
    element,
  );
  find(".seen-place", element).replaceWith(seen.element);
  const shown = /** @type {HTMLCanvasElement} */ (find(".ink", element));
  const raster = Object.assign(document.createElement("canvas"), { width: length, height: length });
  const filling = /** @type {HTMLInputElement} */ (find(".fill", element));
  // other data are not prepared so
  /** @type {HTMLElement} */ (filling.parentElement).hidden = !fill;

  /**
   * Strokes, white on black.
   * @param {HTMLCanvasElement} canvas
   * @param {Stroke[]} strokes
   */
  const paint = (canvas, strokes) => {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("this browser has no canvas to draw on");
    const scale = length / side;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = "black";
    context.fillRect(0, 0, side, side);
    Object.assign(context, { strokeStyle: "white", lineCap: "round", lineJoin: "round" });
    for (const { points, width } of strokes) {
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...points[0]);
      for (const [x, y] of points) context.lineTo(x + NUDGE, y);
      context.stroke();
    }
    return context;
  };

  const redraw = () => {
    const context = paint(shown, stroke ? [...drawing.strokes, stroke] : drawing.strokes);
    /** @type {HTMLButtonElement} */ (find(".undo", element)).disabled = !drawing.canUndo;
    if (!cell) return;
    const size = side / cells;
    // seen on white and on black
    for (const [colour, width] of /** @type {const} */ ([
      ["black", 5],
      ["white", 2],
    ])) {
      Object.assign(context, { strokeStyle: colour, lineWidth: (width * side) / length });
      context.strokeRect(cell.column * size, cell.row * size, size, size);
    }
  };

  const seenPixels = () => {
    const strokes = filling.checked ? fitted(drawing.strokes, side) : drawing.strokes;
    const { data } = paint(raster, strokes).getImageData(0, 0, length, length);
    return averaged(data, length, { side, channels });
  };

  const changed = () => {
    redraw();
    const pixels = seenPixels();
    seen.show(pixels);
    onChange(pixels);
  };

  const undo = () => {
    if (!drawing.canUndo) return;
    drawing.undo();
    changed();
  };
  const clear = () => {
    drawing.clear();
    changed();
  };

  /** @param {PointerEvent} event */
  const pointOf = ({ clientX, clientY }) => {
    const box = shown.getBoundingClientRect();
    return /** @type {[number, number]} */ ([
      ((clientX - box.left) / box.width) * side,
      ((clientY - box.top) / box.height) * side,
    ]);
  };
  /** @type {number | null} only one pointer draws; a palm beside the pen does not */
  let drawer = null;
  shown.addEventListener("pointerdown", (event) => {
    if (drawer !== null || event.button !== 0) return;
    drawer = event.pointerId;
    shown.setPointerCapture(event.pointerId);
    cell = null;
    stroke = { points: [pointOf(event)], width: pen.width * side };
    redraw();
  });
  shown.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawer || !stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(events.length > 0 ? events : [event]).map(pointOf));
    redraw();
  });
  const lift = (/** @type {PointerEvent} */ { pointerId }) => {
    if (pointerId !== drawer || !stroke) return;
    drawing.add(stroke);
    [drawer, stroke] = [null, null];
    changed();
  };
  for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"]))
    shown.addEventListener(name, lift);

  /** @param {{column: number, row: number}} at */
  const middle = ({ column, row }) =>
    /** @type {[number, number]} */ ([((column + 0.5) * side) / cells, ((row + 0.5) * side) / cells]);

  shown.addEventListener("keydown", (event) => {
    const key = meaning(BOARD_KEYS, event.key);
    if (event.ctrlKey || event.metaKey || event.altKey || !key) return;
    event.preventDefault();
    event.stopPropagation();
    if (key.undo) return undo();
    if (key.clear) return clear();
    const before = cell ?? { column: Math.floor(cells / 2), row: Math.floor(cells / 2) };
    const within = (/** @type {number} */ value) => Math.min(Math.max(value, 0), cells - 1);
    const now = { column: within(before.column + (key.right ?? 0)), row: within(before.row + (key.down ?? 0)) };
    cell = now;
    const painted = key.paint || event.shiftKey;
    say(
      find(".told", element),
      `Row ${now.row + 1} of ${cells}, column ${now.column + 1}${painted ? ", painted" : ""}`,
    );
    if (!painted) return redraw();
    drawing.add({ points: key.paint ? [middle(now)] : [middle(before), middle(now)], width: pen.width * side });
    changed();
  });
  shown.addEventListener("blur", () => {
    cell = null;
    redraw();
  });
  shown.addEventListener("focus", () => {
    if (!shown.matches(":focus-visible")) return;
    cell = { column: Math.floor(cells / 2), row: Math.floor(cells / 2) };
    redraw();
  });
  find(".undo", element).addEventListener("click", undo);
  find(".clear", element).addEventListener("click", clear);
  find(".pen", element).addEventListener("input", ({ target }) => {
    pen.width = Number(/** @type {HTMLInputElement} */ (target).value);
  });
  filling.addEventListener("change", changed);
  redraw();
  seen.show(new Uint8Array(channels * side * side));
  return element;
}
