/**
 * Saves a drawing as a picture for a slide. It is drawn once more, out of sight, in the chosen colours and the picture's
 * size; the one on the page stays as it is.
 */
import { composed, drawingBox, PICTURE } from "../model/export_picture.js";
import { textWidth } from "./charts/labels.js";
import { svgOf } from "./charts/plot.js";

/** @typedef {{format: "png" | "svg", dark: boolean, scale: 1 | 2}} How */

/**
 * @typedef {object} Drawing
 * @property {string} name of the file
 * @property {import("../model/export_picture.js").Around} around
 * @property {(element: HTMLElement) => void} draw
 * @property {(box: {width: number, height: number}) => Promise<string>} [pixels] the drawing as the text of an SVG that
 *   holds pixels; it can be saved as PNG only
 */

/** Size of text in a saved chart. */
const FONT_SIZE = "15";

/**
 * @param {Drawing} drawing
 * @param {How} how
 */
export async function saveDrawing(drawing, { format, dark, scale }) {
  const svg = new Blob([await pictureOf(drawing, scale)], { type: "image/svg+xml" });
  const file = format === "svg" ? svg : await rasterised(svg, scale);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `skipscope-${drawing.name}-${dark ? "dark" : "light"}${scale === 2 ? "@2x" : ""}.${format}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/**
 * The picture as the text of an SVG.
 * @param {Drawing} drawing
 * @param {1 | 2} scale
 */
async function pictureOf({ around, draw, pixels }, scale) {
  const box = drawingBox(around, textWidth);
  if (pixels) return composed(await pixels(box), around, scale, textWidth);
  const element = document.createElement("div");
  element.className = "offstage";
  element.setAttribute("aria-hidden", "true");
  element.style.width = `${box.width}px`;
  element.style.height = `${box.height}px`;
  element.style.setProperty("--chart-font", FONT_SIZE);
  document.body.append(element);
  try {
    return composed(await svgOf(element, draw), around, scale, textWidth);
  } finally {
    element.remove();
  }
}

/**
 * @param {Blob} svg
 * @param {number} scale
 * @returns {Promise<Blob>}
 */
async function rasterised(svg, scale) {
  const image = new Image();
  image.src = URL.createObjectURL(svg);
  try {
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), {
      width: scale * PICTURE.width,
      height: scale * PICTURE.height,
    });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
