/** What the network sees: its input as a picture, each of its pixels a square. */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { asRgba } from "../../model/image_pixels.js";
import { find, show } from "../dom.js";

/** @typedef {{side: number, channels: number}} Input pixels of a side, and channels, of the network's input */

/** @param {Input} input */
export function seenPicture({ side, channels }) {
  const element = document.createElement("figure");
  element.className = "seen";
  const words = `${side} × ${side}, ${channels === 1 ? "grey" : "colour"}`;
  show(
    html`<canvas width=${side} height=${side} role="img" aria-label="What the network sees: ${words}"></canvas>
      <figcaption>What the network sees: ${words}</figcaption>`,
    element,
  );
  const context = /** @type {HTMLCanvasElement} */ (find("canvas", element)).getContext("2d");
  return {
    element,
    /** @param {Uint8Array} pixels [channels, side, side] */
    show: (pixels) => context?.putImageData(new ImageData(asRgba(pixels, side), side, side), 0, 0),
  };
}
