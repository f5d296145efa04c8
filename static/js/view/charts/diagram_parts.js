/** What is where in a diagram: the layer, the block and the words at a point, in units of its axes. Pure. */

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/** @typedef {import("../../model/types.js").Diagram} Diagram */

const [NODES, ENDS] = [3, 5];

/**
 * The trace of the layers.
 * @param {Diagram} figure
 */
export function nodesOf(figure) {
  return figure.data[NODES];
}

/** How far a slot reaches into the next one: its ⊕ stands on the border and belongs to it. */
const OVER = 0.15;

/**
 * @param {Diagram} figure
 * @param {number} x
 * @param {number} y
 * @param {number} [across] how far from a layer it may be, in units
 * @returns {number | null}
 */
export function layerAt(figure, x, y, across = 0.18) {
  const nodes = figure.data[NODES];
  let found = null;
  let least = Math.max(0.18, across);
  for (let index = 0; index < nodes.x.length; index++) {
    const far = Math.abs(nodes.x[index] - x);
    if (far < least && Math.abs(Math.round(nodes.y[index]) - y) < 0.4) {
      least = far;
      found = nodes.customdata[index];
    }
  }
  return found;
}

/**
 * The block at a point, or the nearest within reach.
 * @param {Diagram} figure
 * @param {number} x
 * @param {number} y
 * @param {number} [across] reach in units
 * @param {number} [down] reach in rows
 * @returns {number | null}
 */
export function blockAt(figure, x, y, across = 0, down = 0) {
  const inside = slotAt(figure, x, y);
  if (inside) return inside[3] || null;
  const far = (/** @type {number[]} */ [left, right, middle]) =>
    Math.max(
      beyond(x, left + OVER, right + OVER) / (across || 1e-9),
      beyond(y, middle - 0.4, middle + 0.55) / (down || 1e-9),
    );
  const near = figure.layout.meta.slots
    .filter((slot) => slot[3] > 0 && far(slot) < 1)
    .sort((one, other) => far(one) - far(other));
  return near[0]?.[3] ?? null;
}

/**
 * How far a number lies outside of an interval.
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function beyond(value, low, high) {
  return Math.max(0, low - value, value - high);
}

/**
 * Where a layer stands: the drawn node that is it, or stands for it.
 * @param {Diagram} figure
 * @param {number} number
 */
export function nodeOf(figure, number) {
  const { stands } = figure.layout.meta;
  const index = stands ? stands.findIndex((layers) => layers.includes(number)) : number - 1;
  const nodes = figure.data[NODES];
  return { x: nodes.x[index], y: nodes.y[index] };
}

/**
 * @param {Diagram} figure
 * @param {number} x
 * @param {number} y
 * @returns {number[] | undefined} left, right, y, first block, last block, survival
 */
function slotAt(figure, x, y) {
  return figure.layout.meta.slots.find(
    (/** @type {number[]} */ [left, right, middle]) =>
      x > left + OVER && x <= right + OVER && y > middle - 0.4 && y < middle + 0.55,
  );
}

/**
 * @param {Diagram} figure
 * @param {number} x
 * @param {number} y
 */
export function wordsAt(figure, x, y) {
  const { words, layers, join } = figure.layout.meta;
  const ends = figure.data[ENDS];
  const marks = figure.data.find((trace) => trace.name === "marks");
  const mark = marks && nearest(marks, x, y, 0.07, 0.14);
  const slot = slotAt(figure, x, y);
  const text = (/** @type {string} */ kind, /** @type {number} */ block) =>
    (words[kind] ?? "").replaceAll("{b}", String(block)).replaceAll("{p}", String(slot?.[5] ?? 1));
  if (mark) {
    const [kind, block] = mark;
    if (kind !== "up" && kind !== "down") return text(kind, block);
  }
  const joint = nearest(figure.data[4], x, y, 0.12, 0.2);
  if (join && joint) return text("join", joint);
  const end = ["in", "out"].find(
    (_, index) => Math.abs(ends.x[index] - x) < 0.25 && Math.abs(ends.y[index] - y) < 0.35,
  );
  if (end) return text(end, 0);
  const glyph = (strokeNear(figure, "norms", x, y) ? "N" : "") + (strokeNear(figure, "sigmas", x, y) ? "σ" : "");
  if (glyph) return text(glyph, 0);
  const number = Math.abs(y - Math.round(y)) < 0.3 ? layerAt(figure, x, y) : null;
  if (number !== null) {
    const { name, kind, reads, gives, paths } = layers[number - 1];
    const groups = paths > 1 ? `, one layer in ${paths} groups: ${paths} parallel paths` : "";
    return `${name}: ${kind}, ${reads} → ${gives}${groups}`;
  }
  if (!slot?.[3]) return "";
  if (slot[5] !== undefined && y < slot[2] - 0.1) return text("survival", slot[3]);
  // the way to a gate
  if (words.gate && y < slot[2] - 0.1) return text("gate", slot[3]);
  return y > slot[2] + 0.22 && figure.data[2].x.length > 0 ? text("skip", slot[3]) : "";
}

/**
 * What is written at the nearest point of a trace.
 * @param {PlotlyPart} trace
 * @param {number} x
 * @param {number} y
 * @param {number} across
 * @param {number} down
 */
function nearest(trace, x, y, across, down) {
  let found = null;
  let least = across;
  for (let index = 0; index < trace.x.length; index++) {
    const far = Math.abs(trace.x[index] - x);
    if (far < least && Math.abs(trace.y[index] - y) < down) {
      least = far;
      found = trace.customdata[index];
    }
  }
  return found;
}

/**
 * Whether a stroke of a trace of strokes is near: two points each, parted by null.
 * @param {Diagram} figure
 * @param {string} name
 * @param {number} x
 * @param {number} y
 */
function strokeNear(figure, name, x, y) {
  const trace = figure.data.find((one) => one.name === name);
  if (!trace) return false;
  for (let index = 0; index < trace.x.length; index += 3) {
    const [one, other] = [index, index + 1];
    const far = Math.abs((trace.x[one] + trace.x[other]) / 2 - x);
    if (far < 0.055 && Math.abs((trace.y[one] + trace.y[other]) / 2 - y) < 0.2) return true;
  }
  return false;
}
