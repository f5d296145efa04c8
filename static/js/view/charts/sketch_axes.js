/** Axes of a sketch: their scale, and their grid, ticks and title as Plotly draws them. */
import { textWidth } from "./labels.js";
import { added } from "./svg.js";

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */
/** @typedef {import("./sketch.js").Axis} Axis */

/** How far below its middle the baseline of a text lies, in its size. */
export const BASELINE = 0.34;

/**
 * @param {PlotlyPart} axis
 * @param {number} offset
 * @param {number} length
 * @param {boolean} upwards
 * @returns {Axis}
 */
export function scaled({ range: [low, high], type }, offset, length, upwards) {
  const [to, from] = type === "log" ? [Math.log10, (/** @type {number} */ value) => 10 ** value] : [Number, Number];
  const turned = (/** @type {number} */ share) => (upwards ? 1 - share : share);
  return {
    ...{ _offset: offset, _length: length },
    d2p: (value) => length * turned((to(value) - low) / (high - low)),
    p2d: (pixel) => from(low + turned(pixel / length) * (high - low)),
  };
}

/**
 * Values and texts of the ticks of an axis: its own, or round numbers as Plotly chooses them.
 * @param {PlotlyPart} axis
 * @returns {[number, string][]}
 */
function ticksOf({ range: [low, high], type, tickvals, ticktext, nticks, tickformat }) {
  const [to] = type === "log" ? [Math.log10] : [Number];
  const written = (/** @type {number} */ value) =>
    tickformat === ".0%" ? `${Math.round(100 * value)}%` : String(value);
  /** @type {number[]} */
  const values = tickvals ?? [];
  if (!tickvals) {
    const rough = (high - low) / nticks;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([2, 5].find((round) => rough / power < round) ?? 10);
    for (let at = Math.ceil(low / step); at * step <= high; at++) values.push(Number((at * step).toPrecision(12)));
  }
  return values.flatMap((value, index) =>
    to(value) >= low && to(value) <= high ? [[value, ticktext?.[index] ?? written(value)]] : [],
  );
}

/**
 * Grid, ticks and title of an axis.
 * @param {Element} picture
 * @param {PlotlyPart} axis
 * @param {Axis} scale
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {PlotlyPart} font
 * @param {boolean} [upright]
 */
export function drawAxis(picture, axis, scale, box, font, upright = false) {
  if (axis.visible === false) return;
  const { size } = axis.tickfont;
  const text = { fill: font.color, "font-family": font.family, "font-size": size };
  const bottom = box.top + box.height;
  const ticks = ticksOf(axis);
  for (const [value, words] of ticks) {
    const at = scale._offset + scale.d2p(value);
    const d = upright ? `M${box.left},${at}h${box.width}` : `M${at},${box.top}v${box.height}`;
    if (axis.showgrid !== false)
      added(picture, "path", { d, stroke: axis.gridcolor, "stroke-width": 1, "shape-rendering": "crispEdges" });
    const place = upright
      ? { x: box.left - 2.8, y: at + BASELINE * size, "text-anchor": "end" }
      : { x: at, y: bottom + size + 3.2, "text-anchor": "middle" };
    if (axis.showticklabels !== false) added(picture, "text", { ...text, ...place }, words);
  }
  if (!axis.title?.text) return;
  const beside = () => box.left - 0.65 * size - 3.4 - Math.max(0, ...ticks.map(([, words]) => textWidth(words, size)));
  const middle = upright
    ? { x: 0, y: 0, transform: `translate(${beside()},${box.top + box.height / 2})rotate(-90)` }
    : { x: box.left + box.width / 2, y: bottom + 1.8 * size + 8.5 };
  added(
    picture,
    "text",
    { ...text, "font-size": axis.title.font.size, "text-anchor": "middle", ...middle },
    axis.title.text,
  );
}
