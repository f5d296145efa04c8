/** What an axis has room for: as many ticks as stand apart, and a title that is not cut. Pure. */

/** @typedef {import("./types.js").PlotlyPart} PlotlyPart */
/** @typedef {{size: number, widthOf: (text: string) => number}} Text size of a text, and pixels that it is wide */
/** @typedef {Text & {width: number, height: number, beside: number}} Room of the plot, and on either side of it */

/** What a tick takes of a vertical axis, and beside its text of a horizontal one, in the size of the text. */
const [HIGH, APART] = [1.4, 0.7];
/** Ticks that Plotly may choose by itself, and what each of them should have of an axis. */
const [MOST, USUAL] = [6, { x: 4.5, y: 2 }];

/**
 * Axes whose ticks stand apart. A title may have a ``short`` form for where there is no room.
 * @param {Record<string, PlotlyPart>} axes by their names in a layout
 * @param {Room} room
 * @returns {Record<string, PlotlyPart>}
 */
export function fitted(axes, room) {
  const unit = unitOf(axes, room);
  const made = Object.entries(axes).map(([name, axis]) => {
    const isX = name.startsWith("x");
    const full = isX ? room.width : room.height;
    const length = unit === null ? full : unit * (axis.scaleratio ?? 1) * spanOf(axis);
    return [name, { ...withTicks(axis, length, room, isX), title: titleOf(axis, isX ? full : length, room, isX) }];
  });
  return Object.fromEntries(made);
}

/**
 * @param {PlotlyPart} axis
 * @param {number} length in pixels
 * @param {Text} text
 * @param {boolean} isX
 * @returns {PlotlyPart}
 */
export function withTicks(axis, length, { size, widthOf }, isX) {
  if (!axis.tickvals || !axis.range) {
    const room = Math.max(2, Math.floor(length / (size * USUAL[isX ? "x" : "y"])));
    return { ...axis, nticks: Math.min(axis.nticks ?? MOST, room) };
  }
  const texts = axis.ticktext ?? axis.tickvals.map(String);
  const places = axis.tickvals.map((/** @type {number} */ value) =>
    Math.abs(((axis.type === "log" ? Math.log10(value) : value) - axis.range[0]) * (length / spanOf(axis))),
  );
  const half = texts.map((/** @type {string} */ text) =>
    isX ? (widthOf(text) + APART * size) / 2 : (HIGH * size) / 2,
  );
  const kept = apart(places, half);
  return {
    ...axis,
    tickvals: kept.map((at) => axis.tickvals[at]),
    ticktext: kept.map((at) => texts[at]),
  };
}

/**
 * Pixels of the widest tick; where Plotly chooses them, of the ends of the axis.
 * @param {PlotlyPart} axis
 * @param {Text} text
 */
export function widestTick({ range = [], tickvals = range.map(Math.round), ticktext = tickvals }, { widthOf }) {
  return Math.max(0, ...ticktext.map((/** @type {string | number} */ text) => widthOf(String(text))));
}

/**
 * The first, every second (third, …) and the last of ascending places, so that none touches the next.
 * @param {number[]} places
 * @param {number[]} half what each needs on either side
 * @returns {number[]} their indices
 */
export function apart(places, half) {
  const last = places.length - 1;
  const touch = (/** @type {number} */ one, /** @type {number} */ other) =>
    places[other] - places[one] < half[one] + half[other];
  for (let every = 1; every <= last; every++) {
    const kept = places.map((_, at) => at).filter((at) => at % every === 0 && at !== last);
    if (kept.length > 1 && touch(kept[kept.length - 1], last)) kept.pop();
    kept.push(last);
    if (!kept.some((at, index) => index > 0 && touch(kept[index - 1], at))) return kept;
  }
  return last >= 0 ? [last] : [];
}

/**
 * @param {PlotlyPart} axis
 * @param {number} length
 * @param {Room} room
 * @param {boolean} isX
 * @returns {PlotlyPart}
 */
function titleOf({ title: { short, ...title } }, length, { widthOf, beside }, isX) {
  const room = length + (isX ? 2 * beside : 0);
  return short !== undefined && widthOf(title.text) > room ? { ...title, text: short } : title;
}

/** @param {PlotlyPart} axis */
function spanOf({ range }) {
  return Math.abs(range[1] - range[0]);
}

/**
 * Pixels of a unit where both axes have the same; null where each has its own.
 * @param {Record<string, PlotlyPart>} axes
 * @param {Room} room
 */
function unitOf(axes, { width, height }) {
  const { xaxis: x, yaxis: y } = axes;
  return y.scaleanchor ? Math.min(width / spanOf(x), height / spanOf(y)) : null;
}
