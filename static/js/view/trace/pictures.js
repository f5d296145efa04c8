/** Pictures of maps and images: canvases of one pixel a number, painted after the template stands. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { imagePixels, mapPixels, reliancePixels, unitPixels, unitSide, valueAt } from "../../model/maps.js";
import { short } from "../../model/numbers.js";

/** @typedef {import("../../model/wire.js").Maps} Maps */
/** @typedef {{image: string, side: number, channels: number}} Image */
/** @typedef {{width: number, height: number, paint: (dark: boolean) => Uint8ClampedArray<ArrayBuffer>}} Picture */

/** Colour of what an answer rests on, over grey images of any brightness. */
const RELIANCE = [213, 94, 0];

/**
 * @param {Picture} picture
 * @param {string} words what it shows; empty where the words stand beside it
 */
export function canvas({ width, height, paint }, words) {
  return html`<canvas class="map" width=${width} height=${height} .paint=${paint} role=${words ? "img" : nothing}
    aria-label=${words || nothing} aria-hidden=${words ? nothing : "true"}></canvas>`;
}

/**
 * One map of several.
 * @param {Maps} maps
 * @param {number} place of the map among those that are there
 * @param {number} most |value| at the end of the shared scale
 * @returns {Picture}
 */
function mapPicture(maps, place, most) {
  return remembered(maps, `${place} ${most}`, () => ({
    ...{ width: maps.width, height: maps.height },
    paint: (dark) => mapPixels(maps, place, most, dark),
  }));
}

/**
 * What a stage looks like in small: its most active map, or some of its units.
 * @param {Maps} maps
 * @param {number} most
 * @returns {Picture}
 */
export function smallPicture(maps, most) {
  if (maps.width * maps.height > 1) return mapPicture(maps, 0, most);
  const side = unitSide(maps);
  return remembered(maps, `units ${most}`, () => ({
    ...{ width: side, height: side },
    paint: (dark) => unitPixels(maps, most, dark),
  }));
}

/**
 * @param {Image} image
 * @returns {Picture}
 */
export function imagePicture(image) {
  return remembered(image, "image", () => ({
    ...{ width: image.side, height: image.side },
    paint: () => imagePixels(image),
  }));
}

/**
 * What an answer rests on, over the image.
 * @param {Maps} gradient of the loss at the image
 * @returns {Picture}
 */
export function reliancePicture(gradient) {
  return remembered(gradient, "reliance", () => ({
    ...{ width: gradient.width, height: gradient.height },
    paint: () => reliancePixels(gradient, RELIANCE),
  }));
}

/** @type {WeakMap<object, Map<string, Picture>>} */
const known = new WeakMap();

/**
 * The same picture of the same thing, so that it is painted once.
 * @param {object} thing
 * @param {string} key
 * @param {() => Picture} make
 */
function remembered(thing, key, make) {
  const pictures = known.get(thing) ?? new Map();
  known.set(thing, pictures);
  if (!pictures.has(key)) pictures.set(key, make());
  return /** @type {Picture} */ (pictures.get(key));
}

/** @type {WeakMap<HTMLCanvasElement, string>} */
const painted = new WeakMap();
/** @type {WeakMap<Picture["paint"], number>} */
const numbers = new WeakMap();
let count = 0;

/**
 * Paint what is not painted yet.
 * @param {HTMLElement} box
 * @param {boolean} dark
 */
export function paintAll(box, dark) {
  for (const element of /** @type {NodeListOf<HTMLCanvasElement>} */ (box.querySelectorAll("canvas.map"))) {
    const paint = /** @type {Picture["paint"]} */ (Reflect.get(element, "paint"));
    if (!numbers.has(paint)) numbers.set(paint, ++count);
    const { width, height } = element;
    const name = `${numbers.get(paint)} ${dark} ${width} ${height}`;
    if (painted.get(element) === name) continue;
    painted.set(element, name);
    element.getContext("2d")?.putImageData(new ImageData(paint(dark), width, height), 0, 0);
  }
}

/**
 * Several maps in a row, the most active first, with a name for those who do not see them.
 * @param {Maps} maps
 * @param {number} most
 * @param {string} what
 */
export function mapRow(maps, most, what) {
  const isNumber = maps.width * maps.height === 1;
  return html`<div class="maps" data-size=${isNumber ? "number" : "map"}>${maps.channels.map((channel, place) =>
    canvas(
      mapPicture(maps, place, most),
      `${what}, ${isNumber ? "unit" : "channel"} ${channel + 1}${isNumber ? `: ${short(valueAt(maps, place))}` : ""}`,
    ),
  )}</div>`;
}

/**
 * The scale that the pictures share: colours from −most over 0 to most.
 * @param {number} most
 * @param {string} words
 * @param {string} [whose] the network whose scale it is, where each has its own
 */
export function scaleKey(most, words, whose) {
  const ramp = canvas({ width: 255, height: 1, paint: scalePaint }, "");
  // two of them stand in the row of one
  if (whose) return html`<span class="scale-key" data-own><b>${whose}</b>${ramp}<span>±${short(most)}</span></span>`;
  return html`<span class="scale-key"><span>−${short(most)}</span>${ramp}<span>${short(most)}</span><small>${words}</small></span>`;
}

/** @type {Maps} all bytes from −127 to 127 */
const ALL = {
  ...{ channels: [0], height: 1, width: 255, scale: 1, norm: 0 },
  values: btoa(Array.from({ length: 255 }, (_, at) => String.fromCharCode((at - 127) & 255)).join("")),
};
const scalePaint = mapPicture(ALL, 0, 1).paint;
