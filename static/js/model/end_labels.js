/** Labels at the ends of lines: where they stand so that none lies over another, and what they say. Pure. */

/**
 * Middles of labels as near to where they want to be as they can, none over another or over an edge. Labels that have
 * no room at all share it evenly.
 * @param {number[]} wanted middles
 * @param {number[]} heights
 * @param {number} room from 0 to here
 */
export function spread(wanted, heights, room) {
  const all = heights.reduce((sum, height) => sum + height, 0);
  const scale = all > room ? room / all : 1;
  const order = wanted.map((_, index) => index).sort((one, other) => wanted[one] - wanted[other] || one - other);
  /** @type {number[]} */
  const middles = Array(wanted.length).fill(0);
  let top = 0;
  for (const index of order) {
    const half = (scale * heights[index]) / 2;
    middles[index] = Math.max(top + half, Math.min(wanted[index], room - half));
    top = middles[index] + half;
  }
  let bottom = room;
  for (const index of order.toReversed()) {
    const half = (scale * heights[index]) / 2;
    middles[index] = Math.min(middles[index], bottom - half);
    bottom = middles[index] - half;
  }
  return middles;
}

/**
 * The last value of a line and what is said of it: the value, or that the network diverged behind it.
 * @param {{x: number[], y: (number | null)[]}} line
 * @param {(value: number) => string} textOf
 * @returns {{value: number, text: string} | null} null where nothing was measured
 */
export function endOf({ y }, textOf) {
  const last = y.findLastIndex((value) => value !== null);
  const value = y[last];
  if (value === null || value === undefined) return null;
  return { value, text: last === y.length - 1 ? textOf(value) : "diverged" };
}
