/**
 * The part of a diagram that is in sight. Drawing, moving and zooming then cost as much for a network of a thousand
 * layers as for one that fits into the window. Pure.
 */

/** @typedef {import("./types.js").PlotlyPart} PlotlyPart */

/** What a trace has of every point. */
const OF_POINTS = ["x", "y", "text", "customdata", "textposition"];

/**
 * How far it is drawn beyond what is shown: another window above and below, so that a drag shows nothing empty.
 * @param {[number, number]} ends of what is shown
 * @returns {[number, number]}
 */
function reach([low, high]) {
  return [low - (high - low), high + (high - low)];
}

/**
 * Whether a window lies within what is drawn around another one.
 * @param {[number, number]} ends
 * @param {[number, number]} drawn
 */
export function isInReach([low, high], drawn) {
  const [least, most] = reach(drawn);
  return low >= least && high <= most;
}

/**
 * A trace without what is out of reach.
 * @param {PlotlyPart} trace lines whose parts a null divides, or texts or marks
 * @param {[number, number]} ends of what is shown, in the figure's units
 * @param {{text: boolean, marks: boolean}} worth whether texts, and marks to point at, are large enough to be of use
 * @returns {PlotlyPart}
 */
export function inSight(trace, ends, worth) {
  const [least, most] = reach(ends);
  const isWorth = trace.mode === "text" ? worth.text : trace.mode !== "markers" || worth.marks;
  const parts =
    trace.mode === "lines"
      ? partsOf(trace.y)
      : trace.y.map((/** @type {number} */ _, /** @type {number} */ at) => [at, at + 1]);
  const kept = parts.filter((/** @type {[number, number]} */ [from, to]) => {
    const values = trace.y.slice(from, to).filter((/** @type {number | null} */ value) => value !== null);
    return isWorth && Math.max(...values) >= least && Math.min(...values) <= most;
  });
  const cut = (/** @type {unknown[]} */ values) =>
    kept.flatMap((/** @type {[number, number]} */ [from, to]) => values.slice(from, to));
  const arrays = OF_POINTS.filter((name) => Array.isArray(trace[name]));
  return { ...trace, ...Object.fromEntries(arrays.map((name) => [name, cut(trace[name])])) };
}

/**
 * The parts of a line: where each begins, and the place behind the null that ends it.
 * @param {(number | null)[]} values
 * @returns {[number, number][]}
 */
function partsOf(values) {
  /** @type {[number, number][]} */
  const parts = [];
  for (let from = 0; from < values.length; ) {
    const divider = values.indexOf(null, from);
    const to = divider < 0 ? values.length : divider + 1;
    parts.push([from, to]);
    from = to;
  }
  return parts;
}
