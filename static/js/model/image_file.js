/**
 * Whether a file that somebody gives is an image that can be traced, found before anything of it is decoded. What is
 * refused is said in one sentence. Pure.
 */
import { Damaged, FORMATS } from "./image_headers.js";
import { grouped } from "./numbers.js";

/** @typedef {{format: string, width: number, height: number}} ImageFile what a file holds, in pixels */
/** @typedef {{name: string, type: string, size: number}} Named what is said of a file: its name, type and bytes */

/** Bytes of the largest file that is read. */
export const MOST_BYTES = 20e6;
/** Pixels of the largest image that is decoded: with four bytes each, 160 MB. */
export const MOST_PIXELS = 40e6;

const NAMES = Object.keys(FORMATS);
const LISTED = `${NAMES.slice(0, -1).join(", ")} or ${NAMES.at(-1)}`;

/**
 * The format that some bytes begin with.
 * @param {DataView} view
 * @returns {string | null} a name of ``FORMATS``
 */
function formatOf(view) {
  return NAMES.find((name) => FORMATS[name].begins(view)) ?? null;
}

/**
 * What a file is called where that is not what it is: a file with a wrong name is refused, for whoever gives it is
 * mistaken about it, and other programs will open it wrongly. Without an ending and a type nothing is claimed.
 * @param {string} format what it is
 * @param {Named} file
 * @returns {string | null}
 */
function wrongName(format, { name, type }) {
  const ending = /\.([^.]+)$/.exec(name)?.[1].toLowerCase() ?? "";
  const { endings, types } = FORMATS[format];
  const named = NAMES.find((other) => FORMATS[other].endings.includes(ending));
  if (named && !endings.includes(ending)) return `.${ending}`;
  return type && type !== "application/octet-stream" && !types.includes(type) ? type : null;
}

/**
 * @param {ArrayBuffer} bytes all of the file; of one that is over ``MOST_BYTES`` none is needed
 * @param {Named} file
 * @returns {ImageFile | string} what it is, or the sentence that refuses it
 */
export function check(bytes, file) {
  const { name, size } = file;
  if (size > MOST_BYTES) return `${name} has ${megabytes(size)} MB; at most ${megabytes(MOST_BYTES)} MB are read.`;
  if (size === 0) return `${name} is empty.`;
  const view = new DataView(bytes);
  const format = formatOf(view);
  if (!format) return `${name} is not a ${LISTED} image, and only these can be read.`;
  const wrong = wrongName(format, file);
  if (wrong)
    return `${name} is called ${wrong}, but holds ${format}: give it the ending .${FORMATS[format].endings[0]}.`;
  const found = { width: 0, height: 0, frames: 1 };
  let isCut = false;
  try {
    FORMATS[format].read(view, found);
  } catch (error) {
    if (error instanceof Damaged) return `${name} begins as ${format} files do, but is damaged.`;
    if (!(error instanceof RangeError)) throw error;
    isCut = true;
  }
  const { width, height, frames } = found;
  if (width * height > MOST_PIXELS)
    return `${name} has ${grouped(width)} × ${grouped(height)} pixels, ${grouped(Math.ceil((width * height) / 1e6))} million; at most ${MOST_PIXELS / 1e6} million are decoded.`;
  if (frames > 1) return `${name} is animated, and a network looks at one picture: save the one that you mean.`;
  if (isCut) return `${name} ends too early: a part of this ${format} file is missing.`;
  if (width === 0 || height === 0)
    return `${name} has no pixels: its header says ${grouped(width)} × ${grouped(height)}.`;
  return { format, width, height };
}

/** @param {number} bytes */
function megabytes(bytes) {
  return grouped(Math.ceil(bytes / 1e6));
}
