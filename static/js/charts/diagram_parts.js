/** What is where in a diagram: the layer, the block and the words at a place, in units of its axes. Pure. */

/** @typedef {import("../types.js").Diagram} Diagram */

const NODES = 3;

/** How far a slot reaches into the next one: its ⊕ stands on the border and belongs to it. */
const OVER = 0.15;

/**
 * @param {Diagram} figure
 * @param {number} x
 * @param {number} y
 * @returns {number | null}
 */
export function layerAt(figure, x, y) {
  const nodes = figure.data[NODES];
  let found = null;
  let least = 0.18;
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
 * @param {Diagram} figure
 * @param {number} x
 * @param {number} y
 * @returns {number | null}
 */
export function blockAt(figure, x, y) {
  return slotAt(figure, x, y)?.[3] || null;
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
  const marks = figure.data.find((trace) => trace.name === "marks");
  const mark = marks && nearest(marks, x, y, 0.07, 0.14);
  const slot = slotAt(figure, x, y);
  const told = (/** @type {string} */ kind, /** @type {number} */ block) =>
    (words[kind] ?? "").replaceAll("{b}", String(block)).replaceAll("{p}", String(slot?.[5] ?? 1));
  if (mark) {
    const [kind, block] = mark;
    if (kind !== "up" && kind !== "down") return told(kind, block);
  }
  const joint = nearest(figure.data[4], x, y, 0.12, 0.2);
  if (join && joint) return told("join", joint);
  const glyph = (strokeNear(figure, "norms", x, y) ? "N" : "") + (strokeNear(figure, "sigmas", x, y) ? "σ" : "");
  if (glyph) return told(glyph, 0);
  const number = Math.abs(y - Math.round(y)) < 0.3 ? layerAt(figure, x, y) : null;
  if (number !== null) {
    const { name, kind, reads, gives, paths } = layers[number - 1];
    const parted = paths > 1 ? `, one layer in ${paths} groups: ${paths} parallel paths` : "";
    return `${name}: ${kind}, ${reads} → ${gives}${parted}`;
  }
  if (!slot?.[3]) return "";
  if (slot[5] !== undefined && y < slot[2] - 0.1) return told("survival", slot[3]);
  return y > slot[2] + 0.22 && figure.data[2].x.length > 0 ? told("skip", slot[3]) : "";
}

/**
 * What is written at the nearest point of a trace.
 * @param {any} trace
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
