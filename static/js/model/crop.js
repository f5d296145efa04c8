/** The square of an image that a network gets: where it lies, moved and zoomed, never beyond the image. Pure. */

/** @typedef {{x: number, y: number, length: number}} Crop in pixels of the image: left, top, side */
/** @typedef {{width: number, height: number}} Size */

/** Pixels of the smallest square. */
const LEAST = 8;

/**
 * A square within the image.
 * @param {Crop} crop
 * @param {Size} image
 * @returns {Crop}
 */
function within({ x, y, length }, { width, height }) {
  const most = Math.min(width, height);
  const side = Math.min(Math.max(length, Math.min(LEAST, most)), most);
  return {
    x: Math.min(Math.max(x, 0), width - side),
    y: Math.min(Math.max(y, 0), height - side),
    length: side,
  };
}

/**
 * The largest square, in the middle.
 * @param {Size} image
 * @returns {Crop}
 */
export function centred({ width, height }) {
  const length = Math.min(width, height);
  return { x: (width - length) / 2, y: (height - length) / 2, length };
}

/**
 * @param {Crop} crop
 * @param {{right: number, down: number}} by in pixels of the image
 * @param {Size} image
 */
export function moved({ x, y, length }, { right, down }, image) {
  return within({ x: x + right, y: y + down, length }, image);
}

/**
 * A smaller square shows its part larger.
 * @param {Crop} crop
 * @param {number} factor over 1: closer
 * @param {Size} image
 * @param {{x: number, y: number}} [about] what stays at its place in the square; its middle unless said otherwise
 */
export function zoomed({ x, y, length }, factor, image, about = { x: x + length / 2, y: y + length / 2 }) {
  const { length: side } = within({ x, y, length: length / factor }, image);
  const share = side / length;
  return within({ x: about.x + (x - about.x) * share, y: about.y + (y - about.y) * share, length: side }, image);
}
