/**
 * The diagram of a whole network: a column of boxes that can be dragged, zoomed with the wheel and the buttons, and
 * moved with the keyboard. The figure comes from the server; here it gets the page's colours, and text in the size of
 * its boxes.
 */
import { onMoved, rangesOf, relayout } from "../charts/moving.js";
import { draw, fontSize, restyle } from "../charts/plot.js";

/** @typedef {import("../../model/colours.js").Palette} Palette */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */
/** @typedef {import("../../model/atlas_types.js").Figure} Figure */

/** @typedef {{right?: number, up?: number, zoom?: number, to?: "top" | "all"}} Move */

/**
 * Keys over a diagram.
 * @type {import("../../model/key_tables.js").KeyRow<Move>[]}
 */
export const MOVE_KEYS = [
  {
    name: "Arrows, Page up, Page down",
    does: "Move",
    keys: {
      ...{ ArrowLeft: { right: -1 }, ArrowRight: { right: 1 }, ArrowUp: { up: 1 }, ArrowDown: { up: -1 } },
      ...{ PageUp: { up: 4 }, PageDown: { up: -4 } },
    },
  },
  { name: "+ / −", does: "Zoom in, zoom out", keys: { "+": { zoom: 1 }, "=": { zoom: 1 }, "-": { zoom: -1 } } },
  { name: "0 / Home", does: "All of it, or the top", keys: { 0: { to: "all" }, Home: { to: "top" } } },
];

/** Pixels of a row of boxes: as it is first shown, and at least where all of it is shown. */
const [ROW, LEAST_ROW] = [27, 3];
/** How much one press zooms, and the share of what is shown that one press moves. */
const [ZOOM, MOVE] = [1.35, 0.2];
/** Traces of text: in the boxes, and beside them. */
const TEXTS = ["texts", "times", "sizes", "shapes"];
/** Units of a column's width, to which text is fitted. */
const BOX = 2.6;

/**
 * What is shown at first: the top, in a size that can be read, and all of it where there is room.
 * @param {HTMLElement} element
 * @param {PlotlyPart} layout
 * @param {number} size of the text
 */
function firstRanges(element, layout, size) {
  const [left, right] = layout.xaxis.range;
  const [bottom, highest] = layout.yaxis.range;
  const top = layout.meta.networks?.length === 1 ? 0.8 : highest;
  const { clientWidth: width, clientHeight: height } = element;
  const row = Math.max((ROW * size) / 11, Math.min((2 * ROW * size) / 11, height / (top - bottom)));
  const shown = height / row;
  // a unit is as wide as it is high, times what text needs
  const wide = Math.max(right - left, width / (2 * row));
  const middle = (left + right) / 2;
  return { x: [middle - wide / 2, middle + wide / 2], y: [Math.max(top - shown, Math.min(bottom, top - shown)), top] };
}

/**
 * @param {HTMLElement} element
 * @param {Figure} figure
 * @param {Palette} colours
 * @param {boolean} saved all of it at once, for a picture
 */
export function drawNetwork(element, figure, colours, saved) {
  const size = fontSize(element);
  const first = saved ? whole(element, figure.layout) : firstRanges(element, figure.layout, size);
  // what the reader has moved or zoomed stays as it is while the figure is the same
  const same = JSON.stringify([figure.layout.meta, element.clientWidth, element.clientHeight]);
  const fitted = fittedSize(element, (element.dataset.shown === same && rangesOf(element)) || first, size);
  element.dataset.shown = same;
  const names = figure.data.map(({ name }) => name);
  const data = figure.data.map((trace) => {
    if (trace.name === "texts") return { ...trace, textfont: { ...trace.textfont, size: fitted } };
    if (TEXTS.includes(trace.name)) return { ...trace, textfont: { color: colours.text, size: fitted } };
    if (["stream", "braces", "wires"].includes(trace.name))
      return { ...trace, line: { ...trace.line, color: colours.quiet } };
    if (trace.name.endsWith("skips")) return { ...trace, line: { ...trace.line, color: colours.skip } };
    return trace;
  });
  const layout = {
    ...figure.layout,
    ...{ width: element.clientWidth, height: element.clientHeight },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size, color: colours.text },
    hovermode: "closest",
    hoverlabel: { bgcolor: colours.panel, font: { color: colours.text, size } },
    dragmode: "pan",
    uirevision: same,
    xaxis: { ...figure.layout.xaxis, range: first.x },
    yaxis: { ...figure.layout.yaxis, range: first.y },
    annotations: several(figure.layout).map((/** @type {PlotlyPart} */ one) => ({
      ...one,
      font: { size: size * 1.2, color: colours.text },
    })),
  };
  draw(element, data, layout, { scrollZoom: true, doubleClick: false });
  const texts = TEXTS.map((name) => names.indexOf(name)).filter((at) => at >= 0);
  onMoved(element, () => {
    const ranges = rangesOf(element);
    if (ranges) restyle(element, { "textfont.size": fittedSize(element, ranges, size) }, texts);
  });
}

/**
 * The size of text that its boxes have room for.
 * @param {HTMLElement} element
 * @param {{x: number[], y: number[]}} ranges
 * @param {number} size of the page's charts
 */
function fittedSize(element, { x, y }, size) {
  const row = element.clientHeight / (y[1] - y[0]);
  const wide = element.clientWidth / (x[1] - x[0]);
  return Math.max(1, Math.min(1.3 * size, 0.46 * row, (BOX * wide) / 11));
}

/**
 * Move or zoom.
 * @param {HTMLElement} element
 * @param {Figure} figure
 * @param {Move} move
 */
export function moveNetwork(element, figure, { right = 0, up = 0, zoom = 0, to }) {
  const ranges = rangesOf(element);
  if (!ranges) return;
  const first = firstRanges(element, figure.layout, fontSize(element));
  const { x, y } = to === "top" ? first : to === "all" ? whole(element, figure.layout) : ranges;
  const ends = (/** @type {number[]} */ [low, high], /** @type {number} */ by) => {
    const [middle, half] = [(low + high) / 2 + by * MOVE * (high - low), ((high - low) / 2) * ZOOM ** -zoom];
    return [middle - half, middle + half];
  };
  relayout(element, { "xaxis.range": to ? x : ends(x, right), "yaxis.range": to ? y : ends(y, up) });
}

/**
 * All of it, in one piece.
 * @param {HTMLElement} element
 * @param {PlotlyPart} layout
 */
function whole(element, layout) {
  const [bottom, top] = layout.yaxis.range;
  const [left, right] = layout.xaxis.range;
  const row = Math.min(ROW * 2, element.clientHeight / (top - bottom));
  const wide = Math.max(right - left, element.clientWidth / (2 * Math.max(row, LEAST_ROW)));
  const middle = (left + right) / 2;
  return { x: [middle - wide / 2, middle + wide / 2], y: [bottom, top] };
}

/**
 * Names above columns; one network has its name in the caption.
 * @param {PlotlyPart} layout
 * @returns {PlotlyPart[]}
 */
function several({ annotations = [], meta }) {
  return meta.networks?.length === 1 ? [] : annotations;
}
