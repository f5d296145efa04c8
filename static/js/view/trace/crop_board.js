/** The square of an image that a network gets, chosen by mouse, fingers or keyboard. */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { centred, moved, zoomed } from "../../model/crop.js";
import { averaged } from "../../model/image_pixels.js";
import { meaning } from "../../model/key_tables.js";
import { find, say, show } from "../dom.js";
import { onGestures } from "../gestures.js";

/** @typedef {{right?: number, down?: number, zoom?: number, to?: "middle"}} CropKey */

/**
 * Keys on the image.
 * @type {import("../../model/key_tables.js").KeyRow<CropKey>[]}
 */
export const CROP_KEYS = [
  {
    name: "Arrows",
    does: "Move the square",
    keys: { ArrowLeft: { right: -1 }, ArrowRight: { right: 1 }, ArrowUp: { down: -1 }, ArrowDown: { down: 1 } },
  },
  { name: "+ / −", does: "Closer, less close", keys: { "+": { zoom: 1 }, "=": { zoom: 1 }, "-": { zoom: -1 } } },
  { name: "0 / Home", does: "As much as there is", keys: { 0: { to: "middle" }, Home: { to: "middle" } } },
];

/** How much one press zooms, and the share of the square that one press moves it. */
const [ZOOM, MOVE] = [1.2, 0.05];
/** Pixels of the longer side of the image as it is shown. */
const SHOWN = 480;
/** Pixels of a square that is averaged exactly; larger ones are halved until they are not. */
const EXACT = 512;

let boards = 0;

/**
 * @param {{side: number, channels: number, onChange: () => void}} options onChange: the square lies elsewhere
 */
export function cropBoard({ side, channels, onChange }) {
  /** @type {ImageBitmap | null} */
  let image = null;
  let crop = { x: 0, y: 0, length: 0 };
  boards += 1;
  const help = `crop-help-${boards}`;
  const element = document.createElement("div");
  element.className = "crop";
  const act = (/** @type {CropKey} */ key) => () => press(key);
  show(
    html`<canvas tabindex="0" role="application" aria-label="Square of the image" aria-describedby=${help}></canvas>
      <p class="buttons"><button type="button" aria-label="Closer" @click=${act({ zoom: 1 })}>+</button>
        <button type="button" aria-label="Less close" @click=${act({ zoom: -1 })}>−</button>
        <button type="button" @click=${act({ to: "middle" })}>Largest square</button></p>
      <p class="help" id=${help}>Drag the square, or use the arrows; wheel, two fingers or + and − change its size.</p>
      <p class="told" role="status"></p>`,
    element,
  );
  const canvas = /** @type {HTMLCanvasElement} */ (find("canvas", element));

  const redraw = () => {
    const context = canvas.getContext("2d");
    if (!context || !image) return;
    const scale = canvas.width / image.width;
    const square = /** @type {const} */ ([crop.x * scale, crop.y * scale, crop.length * scale, crop.length * scale]);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    context.fillStyle = "rgb(0 0 0 / 55%)";
    context.beginPath();
    context.rect(0, 0, canvas.width, canvas.height);
    context.rect(...square);
    context.fill("evenodd");
    for (const [colour, width] of /** @type {const} */ ([
      ["black", 6],
      ["white", 2],
    ])) {
      Object.assign(context, { strokeStyle: colour, lineWidth: width });
      context.strokeRect(...square);
    }
  };

  const changed = () => {
    redraw();
    const [x, y, length] = [crop.x, crop.y, crop.length].map(Math.round);
    say(find(".told", element), `${length} × ${length} pixels, ${x} from the left and ${y} from the top`);
    onChange();
  };

  /** @param {CropKey} key */
  const press = ({ right = 0, down = 0, zoom = 0, to }) => {
    if (!image) return;
    const by = MOVE * crop.length;
    if (to) crop = centred(image);
    else crop = zoomed(moved(crop, { right: right * by, down: down * by }, image), ZOOM ** zoom, image);
    changed();
  };

  /** Pixels of the image in one of the page. */
  const density = () => (image ? image.width / canvas.getBoundingClientRect().width : 1);
  onGestures(canvas, {
    move(right, down) {
      if (image) crop = moved(crop, { right: right * density(), down: down * density() }, image);
      redraw();
    },
    zoom(factor, x, y) {
      // the square goes along with the fingers
      if (image) crop = zoomed(crop, 1 / factor, image, { x: x * density(), y: y * density() });
      redraw();
    },
    end: changed,
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      press({ zoom: -Math.sign(event.deltaY) });
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const key = meaning(CROP_KEYS, event.key);
    if (event.ctrlKey || event.metaKey || event.altKey || !key) return;
    event.preventDefault();
    event.stopPropagation();
    press(key);
  });

  return {
    element,
    /** @param {ImageBitmap} bitmap it is given up when another one comes */
    show(bitmap) {
      image?.close();
      image = bitmap;
      crop = centred(bitmap);
      const scale = SHOWN / Math.max(bitmap.width, bitmap.height);
      canvas.width = Math.max(1, Math.round(scale * bitmap.width));
      canvas.height = Math.max(1, Math.round(scale * bitmap.height));
      redraw();
    },
    /** What lies in the square: bytes [channels, side, side]. */
    pixels: () => (image ? squareOf(image, crop, { side, channels }) : new Uint8Array(channels * side * side)),
  };
}

/**
 * A square of an image in the size of the network's input. Where it is transparent, white paper is seen.
 * @param {ImageBitmap} image
 * @param {import("../../model/crop.js").Crop} crop
 * @param {{side: number, channels: number}} input
 */
function squareOf(image, crop, input) {
  let length = Math.max(1, Math.round(crop.length));
  /** @type {CanvasImageSource} */
  let source = image;
  let [x, y, size] = [crop.x, crop.y, crop.length];
  /** @type {CanvasRenderingContext2D} */
  let context;
  do {
    // half of the side: the mean of two by two pixels
    if (length > EXACT) length = Math.ceil(length / 2);
    context = paper(length);
    context.drawImage(source, x, y, size, size, 0, 0, length, length);
    [source, x, y, size] = [context.canvas, 0, 0, length];
  } while (length > EXACT);
  return averaged(context.getImageData(0, 0, length, length).data, length, input);
}

/**
 * White paper.
 * @param {number} length of its side
 */
function paper(length) {
  const canvas = Object.assign(document.createElement("canvas"), { width: length, height: length });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser has no canvas to draw on");
  context.imageSmoothingQuality = "low";
  context.fillStyle = "white";
  context.fillRect(0, 0, length, length);
  return context;
}
