/**
 * Images as a network gets them: bytes [channels, side, side], 0 black to 255 white. They are made from what a canvas
 * holds by area averaging, as the data sets were made: each pixel is the mean of all that lies under it. Pure.
 */

/** What red, green and blue add to the luma of a grey image: ITU-R BT.601, as image libraries have it. */
const LUMA = [0.299, 0.587, 0.114];

/**
 * How much of each pixel of a row lies under each of ``side`` equal parts of it.
 * @param {number} length of the row
 * @param {number} side
 * @returns {{from: number, shares: number[]}[]} the first pixel under a part, and the shares of it and of those behind it
 */
function coverage(length, side) {
  return Array.from({ length: side }, (_, part) => {
    const [low, high] = [(part * length) / side, ((part + 1) * length) / side];
    const from = Math.min(Math.floor(low), length - 1);
    const to = Math.max(from + 1, Math.ceil(high - 1e-9));
    const under = (/** @type {number} */ at) => Math.min(at + 1, high) - Math.max(at, low);
    const shares = Array.from({ length: to - from }, (_, by) => under(from + by) / (high - low));
    return { from, shares };
  });
}

/**
 * A square picture in the size of a network's input.
 * @param {Uint8ClampedArray} rgba its pixels, row by row, opaque
 * @param {number} length of its side
 * @param {{side: number, channels: number}} size of the input; channels 1: luma, 3: red, green, blue
 * @returns {Uint8Array} [channels, side, side]
 */
export function averaged(rgba, length, { side, channels }) {
  const covered = coverage(length, side);
  // first along the rows: [length, side, 3]
  const narrow = new Float32Array(length * side * 3);
  for (let y = 0; y < length; y += 1)
    for (let x = 0; x < side; x += 1) {
      const { from, shares } = covered[x];
      for (let by = 0; by < shares.length; by += 1)
        for (let colour = 0; colour < 3; colour += 1)
          narrow[3 * (y * side + x) + colour] += shares[by] * rgba[4 * (y * length + from + by) + colour];
    }
  // then down the columns: [side, side, 3]
  const means = new Float32Array(side * side * 3);
  for (let y = 0; y < side; y += 1) {
    const { from, shares } = covered[y];
    for (let by = 0; by < shares.length; by += 1)
      for (let at = 0; at < 3 * side; at += 1)
        means[3 * y * side + at] += shares[by] * narrow[3 * (from + by) * side + at];
  }
  const pixels = new Uint8Array(channels * side * side);
  for (let at = 0; at < side * side; at += 1) {
    const [red, green, blue] = [means[3 * at], means[3 * at + 1], means[3 * at + 2]];
    const values = channels === 1 ? [LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue] : [red, green, blue];
    for (let channel = 0; channel < channels; channel += 1)
      pixels[channel * side * side + at] = Math.round(values[channel]);
  }
  return pixels;
}

/**
 * Dark ink on light paper becomes light on dark.
 * @param {Uint8Array} pixels
 */
export function inverted(pixels) {
  return pixels.map((value) => 255 - value);
}

/**
 * The mean of the pixels at the border of an image, of all channels: what its ground looks like.
 * @param {Uint8Array} pixels [channels, side, side]
 * @param {number} side
 */
export function borderMean(pixels, side) {
  const border = pixels.filter((_, index) => {
    const [x, y] = [index % side, Math.floor(index / side) % side];
    return x === 0 || y === 0 || x === side - 1 || y === side - 1;
  });
  return border.reduce((sum, value) => sum + value, 0) / border.length;
}

/**
 * The same image as a canvas shows it.
 * @param {Uint8Array} pixels [channels, side, side]
 * @param {number} side
 * @returns {Uint8ClampedArray<ArrayBuffer>} [side, side, 4]
 */
export function asRgba(pixels, side) {
  const size = side * side;
  const colours = pixels.length / size;
  const shown = new Uint8ClampedArray(4 * size);
  for (let at = 0; at < size; at += 1) {
    for (let colour = 0; colour < 3; colour += 1)
      shown[4 * at + colour] = pixels[Math.min(colour, colours - 1) * size + at];
    shown[4 * at + 3] = 255;
  }
  return shown;
}
