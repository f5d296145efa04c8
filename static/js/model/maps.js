/** Maps of activations and gradients as pictures: bytes of the wire to numbers and colours, on one shared scale. Pure. */
import { channels, mixed } from "./colours.js";

/** @typedef {import("./wire.js").Maps} Maps */

/** Purple is negative, green positive, the ground is 0; the ends read apart without colours and without red and green. */
const ENDS = {
  light: { none: "#f7f7f7", negative: ["#b194c9", "#762a83", "#40004b"], positive: ["#7fbf7b", "#1b7837", "#00311a"] },
  dark: { none: "#14181b", negative: ["#74508a", "#b98fce", "#f3e3fa"], positive: ["#2a7a3c", "#6fc37a", "#e2f7df"] },
};

/** @type {Record<string, Uint8ClampedArray<ArrayBuffer>>} */
const ramps = {};

/**
 * Colours of −127 … 127: red, green, blue and opacity of each.
 * @param {boolean} dark
 */
export function mapColours(dark) {
  const theme = dark ? "dark" : "light";
  ramps[theme] ??= Uint8ClampedArray.from(
    Array.from({ length: 255 }, (_, index) => [...rampColour(ENDS[theme], index - 127), 255]).flat(),
  );
  return ramps[theme];
}

/**
 * @param {typeof ENDS.light} ends
 * @param {number} value −127 … 127
 */
function rampColour({ none, negative, positive }, value) {
  const stops = [none, ...(value < 0 ? negative : positive)];
  const place = (Math.abs(value) / 127) * (stops.length - 1);
  const from = Math.min(Math.floor(place), stops.length - 2);
  return channels(mixed(stops[from], stops[from + 1], place - from));
}

/** @type {WeakMap<Maps, Int8Array>} */
const decoded = new WeakMap();

/**
 * The signed bytes of all maps, [channels, height, width].
 * @param {Maps} maps
 */
export function bytesOf(maps) {
  let bytes = decoded.get(maps);
  if (!bytes) {
    bytes = Int8Array.from(atob(maps.values), (sign) => (sign.charCodeAt(0) << 24) >> 24);
    decoded.set(maps, bytes);
  }
  return bytes;
}

/**
 * One map in colours: four bytes a pixel.
 * @param {Maps} maps
 * @param {number} place of the map among those that are there
 * @param {number} most |value| at the end of the shared scale
 * @param {boolean} dark
 */
export function mapPixels(maps, place, most, dark) {
  const size = maps.height * maps.width;
  const bytes = bytesOf(maps).subarray(place * size, (place + 1) * size);
  const colours = mapColours(dark);
  const pixels = new Uint8ClampedArray(4 * size);
  const factor = most > 0 ? maps.scale / most : 0;
  for (let at = 0; at < size; at++) {
    const step = Math.max(-127, Math.min(127, Math.round(bytes[at] * factor)));
    pixels.set(colours.subarray(4 * (step + 127), 4 * (step + 128)), 4 * at);
  }
  return pixels;
}

/**
 * Units of a fully connected layer as one picture: as many in a row as there are rows.
 * @param {Maps} maps of 1×1
 * @param {number} most |value| at the end of the shared scale
 * @param {boolean} dark
 */
export function unitPixels(maps, most, dark) {
  const side = unitSide(maps);
  const pixels = new Uint8ClampedArray(4 * side * side);
  maps.channels.forEach((_channel, place) => {
    pixels.set(mapPixels(maps, place, most, dark), 4 * place);
  });
  return pixels;
}

/**
 * How many units stand in a row of that picture.
 * @param {Maps} maps
 */
export function unitSide(maps) {
  return Math.ceil(Math.sqrt(maps.channels.length));
}

/**
 * An image as pixels on a screen: four bytes a pixel.
 * @param {{image: string, side: number, channels: number}} image bytes [channels, side, side]
 */
export function imagePixels({ image, side, channels: count }) {
  const bytes = atob(image);
  const size = side * side;
  const pixels = new Uint8ClampedArray(4 * size);
  for (let at = 0; at < size; at++) {
    for (let part = 0; part < 3; part++) pixels[4 * at + part] = bytes.charCodeAt((count === 3 ? part : 0) * size + at);
    pixels[4 * at + 3] = 255;
  }
  return pixels;
}

/**
 * What an answer rests on, over the image: the sum of |gradient| over the channels, as opacity.
 * @param {Maps} gradient of the loss at the image
 * @param {number[]} colour red, green, blue
 */
export function reliancePixels(gradient, colour) {
  const size = gradient.height * gradient.width;
  const bytes = bytesOf(gradient);
  const sums = Array.from({ length: size }, (_, at) =>
    gradient.channels.reduce((sum, _channel, place) => sum + Math.abs(bytes[place * size + at]), 0),
  );
  const most = Math.max(1, ...sums);
  return Uint8ClampedArray.from(sums.flatMap((sum) => [...colour, Math.round(235 * (sum / most))]));
}

/**
 * The largest |value| of some maps, the end of the scale that they share.
 * @param {(Maps | null | undefined)[]} all
 */
export function sharedScale(all) {
  return Math.max(0, ...all.map((maps) => maps?.scale ?? 0));
}

/**
 * The end of the scale of each network's maps: one for all, or each its own.
 * @param {(Maps | null | undefined)[][]} networks
 * @param {"shared" | "own"} scale
 */
export function scaleEnds(networks, scale) {
  const most = sharedScale(networks.flat());
  return networks.map((maps) => (scale === "own" ? sharedScale(maps) : most));
}

/**
 * The number of 1×1 maps, as a fully connected layer has them.
 * @param {Maps} maps
 * @param {number} place
 */
export function valueAt(maps, place) {
  return (bytesOf(maps)[place] * maps.scale) / 127;
}

/**
 * Bytes as base64, as the wire has images.
 * @param {Uint8Array} bytes
 */
export function base64Of(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
