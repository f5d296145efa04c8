/**
 * The diagram of a whole network: a column of boxes that can be dragged, zoomed with the wheel, two fingers and
 * the buttons, and moved with the keyboard. The figure comes from the server; here it gets the page's colours, and text in the size of
 * its boxes.
 */
import { inSight, isInReach } from "../../model/diagram_window.js";
import { onMoved, rangesOf, stretch, unstretch } from "../charts/moving.js";
import { draw, fontSize } from "../charts/plot.js";
import { onGestures } from "../gestures.js";

/** @typedef {import("../../model/colours.js").Palette} Palette */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */
/** @typedef {import("../../model/atlas_types.js").Figure} Figure */

/** @typedef {{x: [number, number], y: [number, number]}} Ranges ends of both axes */
/**
 * What moves a diagram: steps to the right and up, steps of zoom about a point (shares of what is shown, from the left
 * and from below; its middle unless said otherwise), or to one of two views.
 * @typedef {{right?: number, up?: number, zoom?: number, about?: {right: number, up: number}, to?: "top" | "all"}} Move
 */

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
/** Pixels of the smallest text that is worth drawing. */
const LEAST_TEXT = 3;
/** Pixels of a figure's unit below which its text cannot be read, and how much of the next part is seen beside the first. */
const [LEAST_UNIT, NEXT] = [16, 0.12];
/** How much one press zooms, and the share of what is shown that one press moves. */
const [ZOOM, MOVE] = [1.35, 0.2];
/** Traces of text: in the boxes, and beside them. */
const TEXTS = ["texts", "times", "sizes"];
/** Units of a column's width, to which text is fitted; how much smaller it is between two boxes, and how much larger above. */
const BOX = 2.6;
const [BETWEEN, TITLE] = [0.8, 1.5];

/**
 * What is shown at first: the top, in a size that can be read, and all of it where there is room.
 * @param {HTMLElement} element
 * @param {PlotlyPart} layout
 * @param {number} size of the text
 * @returns {Ranges}
 */
function firstRanges(element, layout, size) {
  const [left, end] = layout.xaxis.range;
  const [bottom, highest] = layout.yaxis.range;
  const isNarrow = layout.meta.part && element.clientWidth < ((LEAST_UNIT * size) / 11) * (end - left);
  const right = isNarrow ? left + (1 + NEXT) * layout.meta.part : end;
  const top = layout.meta.networks?.length === 1 ? 0.8 : highest;
  const { clientWidth: width, clientHeight: height } = element;
  const row = Math.max((ROW * size) / 11, Math.min((2 * ROW * size) / 11, height / (top - bottom)));
  const shown = height / row;
  // a unit is as wide as it is high, times what text needs
  const wide = isNarrow ? right - left : Math.max(right - left, width / (2 * row));
  const middle = (left + right) / 2;
  return { x: [middle - wide / 2, middle + wide / 2], y: [Math.max(top - shown, Math.min(bottom, top - shown)), top] };
}

/**
 * The ends of the axes of each diagram, and of which figure in which room they are: what the reader has moved or zoomed
 * stays as it is while these are the same.
 * @type {WeakMap<HTMLElement, {same: string, ranges: Ranges}>}
 */
const shown = new WeakMap();

/**
 * @param {HTMLElement} element
 * @param {Figure} figure
 * @param {Palette} colours
 * @param {boolean} saved all of it at once, for a picture
 */
export function drawNetwork(element, figure, colours, saved) {
  const size = fontSize(element);
  const same = JSON.stringify([figure.layout.meta, element.clientWidth, element.clientHeight]);
  const before = shown.get(element);
  const ranges = saved
    ? whole(element, figure.layout)
    : before?.same === same
      ? before.ranges
      : firstRanges(element, figure.layout, size);
  shown.set(element, { same, ranges });
  const fitted = fittedSize(element, ranges, size);
  const row = element.clientHeight / (ranges.y[1] - ranges.y[0]);
  // three pixels in presenter mode
  const width = Math.max(2, size / 8);
  const data = figure.data.map((trace) => {
    const part = saved ? trace : inSight(trace, ranges.y, { text: fitted >= LEAST_TEXT, marks: row >= LEAST_ROW });
    if (trace.name === "texts") return { ...part, textfont: { ...trace.textfont, size: fitted } };
    if (trace.name === "shapes") return { ...part, textfont: { color: colours.text, size: BETWEEN * fitted } };
    if (trace.name === "titles")
      return { ...part, textfont: { color: colours.text, size: Math.min(1.2 * size, TITLE * fitted) } };
    if (TEXTS.includes(trace.name)) return { ...part, textfont: { color: colours.text, size: fitted } };
    if (["stream", "braces", "wires"].includes(trace.name))
      return { ...part, line: { ...trace.line, width, color: colours.quiet } };
    if (trace.name.endsWith("skips")) return { ...part, line: { ...trace.line, width, color: colours.skip } };
    return part;
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
    xaxis: { ...figure.layout.xaxis, range: ranges.x },
    yaxis: { ...figure.layout.yaxis, range: ranges.y },
    annotations: several(figure.layout).map((/** @type {PlotlyPart} */ one) => ({
      ...one,
      font: { size: size * 1.2, color: colours.text },
    })),
  };
  draw(element, data, layout, { scrollZoom: true, doubleClick: false });
  onMoved(element, () => {
    const now = rangesOf(element);
    if (now) shown.set(element, { same, ranges: now });
    drawNetwork(element, figure, colours, false);
  });
}

/**
 * The size of text that its boxes have room for.
 * @param {HTMLElement} element
 * @param {Ranges} ranges
 * @param {number} size of the page's charts
 */
function fittedSize(element, { x, y }, size) {
  const row = element.clientHeight / (y[1] - y[0]);
  const wide = element.clientWidth / (x[1] - x[0]);
  return Math.max(1, Math.min(1.3 * size, 0.46 * row, (BOX * wide) / 11));
}

/** Milliseconds without a move after which a diagram is drawn anew. */
const SETTLED = 150;
/** What is to be done when a diagram stands still. @type {WeakMap<HTMLElement, ReturnType<typeof setTimeout>>} */
const settling = new WeakMap();

/**
 * Move or zoom. What is drawn is shifted and stretched meanwhile; when it stands still, or shows what was out of sight,
 * it is drawn anew.
 * @param {HTMLElement} element
 * @param {Figure} figure
 * @param {Palette} colours
 * @param {Move} move
 */
export function moveNetwork(element, figure, colours, { right = 0, up = 0, zoom = 0, about, to }) {
  const before = shown.get(element);
  if (!before) return;
  const first = firstRanges(element, figure.layout, fontSize(element));
  const { x, y } = to === "top" ? first : to === "all" ? whole(element, figure.layout) : before.ranges;
  /** @type {(ends: [number, number], by: number, share: number) => [number, number]} */
  const ends = ([low, high], by, share) => {
    const [fixed, length] = [low + share * (high - low), (high - low) * ZOOM ** -zoom];
    const start = fixed - share * length + by * MOVE * (high - low);
    return [start, start + length];
  };
  const ranges = to ? { x, y } : { x: ends(x, right, about?.right ?? 0.5), y: ends(y, up, about?.up ?? 0.5) };
  shown.set(element, { ...before, ranges });
  clearTimeout(settling.get(element));
  const settle = () => {
    unstretch(element);
    drawNetwork(element, figure, colours, false);
  };
  const drawn = rangesOf(element);
  if (to || !drawn || !isInReach(ranges.y, drawn.y)) settle();
  else {
    stretch(element, ranges);
    settling.set(element, setTimeout(settle, SETTLED));
  }
}

/** What touch does to each diagram, by its element. @type {WeakMap<HTMLElement, (move: Move) => void>} */
const touched = new WeakMap();

/**
 * Move with a finger, zoom with two; the last one who asked is told. Mouse and wheel are Plotly's.
 * @param {HTMLElement} element
 * @param {(move: Move) => void} move
 */
export function onTouch(element, move) {
  if (!touched.has(element)) {
    // Plotly knows one finger only, and would drag along
    element.addEventListener("touchstart", (event) => event.stopPropagation(), { capture: true, passive: true });
    onGestures(element, {
      takes: ({ pointerType }) => pointerType === "touch",
      move: (right, down) =>
        touched.get(element)?.({ right: -right / element.clientWidth / MOVE, up: down / element.clientHeight / MOVE }),
      zoom: (factor, x, y) =>
        touched.get(element)?.({
          zoom: Math.log(factor) / Math.log(ZOOM),
          about: { right: x / element.clientWidth, up: 1 - y / element.clientHeight },
        }),
    });
  }
  touched.set(element, move);
}

/**
 * All of it, in one piece.
 * @param {HTMLElement} element
 * @param {PlotlyPart} layout
 * @returns {Ranges}
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
