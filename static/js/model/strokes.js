/**
 * What was drawn on a board, as strokes in units of the network's pixels, and how the data sets would have it: in the
 * middle, as high as the picture. Pure.
 */

/** @typedef {{points: [number, number][], width: number}} Stroke a line with round ends; one point: a dot */

/** Strokes of a board, and what it held before. */
export class Drawing {
  /** @type {Stroke[]} */
  strokes = [];
  /** @type {Stroke[][]} */
  #before = [];

  /** How many steps can be taken back. */
  static STEPS = 50;

  get canUndo() {
    return this.#before.length > 0;
  }

  /** @param {Stroke[]} strokes */
  #change(strokes) {
    this.#before = [...this.#before, this.strokes].slice(-Drawing.STEPS);
    this.strokes = strokes;
  }

  /** @param {Stroke} stroke */
  add(stroke) {
    this.#change([...this.strokes, stroke]);
  }

  clear() {
    if (this.strokes.length > 0) this.#change([]);
  }

  undo() {
    this.strokes = this.#before.pop() ?? this.strokes;
  }
}

/**
 * Strokes moved to the middle and scaled until they fill the height, or the width where they are wider than high. The
 * pen stays as thick as it was: in data that were prepared so, a small digit has no thinner stroke than a large one.
 * @param {Stroke[]} strokes
 * @param {number} side
 * @returns {Stroke[]}
 */
export function fitted(strokes, side) {
  if (strokes.length === 0) return [];
  const width = Math.max(...strokes.map((stroke) => stroke.width));
  const points = strokes.flatMap((stroke) => stroke.points);
  const ends = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis]);
    return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [values[0], values[0]]);
  });
  const extent = Math.max(...ends.map(([low, high]) => high - low));
  // a dot has no size to be scaled
  const scale = extent > 0 ? Math.max(side - width, 0) / extent : 1;
  const [x, y] = ends.map(([low, high]) => (low + high) / 2);
  return strokes.map((stroke) => ({
    ...stroke,
    points: stroke.points.map(([px, py]) => [side / 2 + (px - x) * scale, side / 2 + (py - y) * scale]),
  }));
}
