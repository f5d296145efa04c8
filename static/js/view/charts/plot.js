/**
 * Plot: what draws charts. Gives every chart the same fixed margins, fonts and configuration, and
 * turns Plotly's pointer events into "step" and "layer". No colour bar and no text markup is used anywhere: both
 * would write style attributes, which the page's policy forbids.
 */

import { fitted, widestTick } from "../../model/axis_room.js";
import { namesAtEnds, textWidth } from "./labels.js";
import { callPlotly, loadPlotly, plotly } from "./library.js";
import { letMove } from "./moving.js";
import { canSketch, clearSketch, sketch } from "./sketch.js";

/** @typedef {import("../../model/colours.js").Palette} Palette */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  showSendToCloud: false,
  responsive: false,
  scrollZoom: false,
  doubleClick: false,
  showTips: false,
};

/** @typedef {HTMLElement & {data: PlotlyPart[], layout: PlotlyPart, _fullLayout?: PlotlyPart}} Drawn an element with a chart */
/** @typedef {{traces: PlotlyPart[], layout: PlotlyPart, config?: PlotlyPart, axes?: import("./sketch.js").Axes}} Waiting */

/** @type {Map<HTMLElement, Waiting>} charts that Plotly will draw, sketched meanwhile where that can be */
const waiting = new Map();
/** Milliseconds without another quick drawing after which Plotly draws what was sketched. */
const REST = 200;
/** whether what is drawn now is to be seen at once, and the timer of that rest */
let isQuick = false;
let resting = 0;

/**
 * Draw charts for a person who waits: as sketches where that can be, in a fraction of the time that Plotly takes, which
 * draws them when nothing has been asked for a moment.
 * @param {() => void} drawing
 */
export function drawQuickly(drawing) {
  isQuick = true;
  drawing();
  isQuick = false;
}

/**
 * Sketch a chart until Plotly is there and nobody waits; then it is drawn in its place, one chart a frame.
 * @param {HTMLElement} element
 * @param {PlotlyPart[]} traces
 * @param {PlotlyPart} layout
 * @param {PlotlyPart} config
 */
function drawEarly(element, traces, layout, config) {
  const axes = canSketch(traces, layout) ? sketch(element, traces, layout) : undefined;
  waiting.set(element, { traces, layout, axes, config });
  if (!axes) {
    // what was sketched here before is not what is shown
    clearSketch(element);
    callPlotly();
  }
  if (!plotly()) return;
  clearTimeout(resting);
  resting = setTimeout(() => {
    resting = 0;
    drawWaiting();
  }, REST);
}

/** Draw a chart that waits for Plotly, and the others in the next frames. */
export function drawWaiting() {
  const [next] = waiting;
  if (!next || resting) return;
  const [element, { traces, layout, config }] = next;
  waiting.delete(element);
  draw(element, traces, layout, config);
  requestAnimationFrame(drawWaiting);
}

/**
 * Draw or redraw a chart. New arrays are redrawn, mutated ones are not.
 * @param {HTMLElement} element
 * @param {PlotlyPart[]} traces
 * @param {PlotlyPart} layout
 * @param {PlotlyPart} [config] what is not as in all charts
 */
export function draw(element, traces, layout, config = {}) {
  // out of sight it has no size; the scheduler has it drawn when it is seen again
  if (element.clientHeight === 0) return;
  const library = plotly();
  const isDrawn = /** @type {Partial<Drawn>} */ (element).data !== undefined;
  if (!library || (isQuick && isDrawn && canSketch(traces, layout))) {
    drawEarly(element, traces, layout, config);
    return;
  }
  waiting.delete(element);
  clearSketch(element);
  const axes = Object.keys(layout)
    .filter((name) => /^[xy]axis/.test(name))
    .join(" ");
  // Plotly draws axes that are gone once more, at no place
  if (element.dataset.axes !== undefined && element.dataset.axes !== axes) library.purge(element);
  element.dataset.axes = axes;
  const drawn = library.react(element, traces, layout, { ...CONFIG, ...config });
  if (layout.dragmode) void drawn.then(() => letMove(/** @type {Drawn} */ (element)));
}

/**
 * Change attributes of traces only.
 * @param {HTMLElement} element
 * @param {PlotlyPart} change
 * @param {number[]} traces
 */
export function restyle(element, change, traces) {
  const early = waiting.get(element);
  if (!early) {
    plotly()?.restyle(element, change, traces);
    return;
  }
  for (const [path, values] of Object.entries(change)) {
    const names = path.split(".");
    const last = /** @type {string} */ (names.pop());
    traces.forEach((at, index) => {
      names.reduce((part, name) => part[name], early.traces[at])[last] = values[index];
    });
  }
  draw(element, early.traces, early.layout);
}

/**
 * Size of the text of a chart, from the page's: presenter mode makes both larger. A chart that is drawn to be saved has
 * a size of its own.
 * @param {HTMLElement} [element]
 * @returns {number}
 */
export function fontSize(element = document.documentElement) {
  return Number.parseFloat(getComputedStyle(element).getPropertyValue("--chart-font")) || 11;
}

/**
 * The parts of a layout that all charts share.
 * @param {HTMLElement} element
 * @param {Palette} colours
 * @param {{x?: PlotlyPart, y?: PlotlyPart, y2?: PlotlyPart, margin?: PlotlyPart, traces?: PlotlyPart[]}} parts
 *   y2: a second axis, on the right; traces: lines that are named at their ends
 * @returns {PlotlyPart}
 */
export function layout(element, colours, { x = {}, y = {}, y2, margin = {}, traces = [] }) {
  const size = fontSize(element);
  const text = { size, widthOf: (/** @type {string} */ words) => textWidth(words, size) };
  const axis = {
    gridcolor: colours.grid,
    zeroline: false,
    linecolor: colours.grid,
    tickfont: { size },
    tickangle: 0,
    fixedrange: true,
    automargin: false,
    title: { font: { size }, standoff: 4 },
  };
  const [width, height] = [element.clientWidth, element.clientHeight];
  const names = y2 ? null : namesAtEnds(traces, y, { width, height, size }, colours);
  const right = names?.room ?? Math.max((y2 ? 2.6 : 0.9) * size, 0.55 * widestTick(x, text));
  const left = Math.max(3.6 * size, widestTick(y, text) + (y.title ? 1.9 : 0.7) * size);
  const margins = { l: left, r: right, t: 0.6 * size, b: 3.1 * size, pad: 0, ...margin };
  return {
    width,
    height,
    margin: margins,
    ...(names ? { annotations: names.annotationsIn(height - margins.t - margins.b) } : {}),
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size, color: colours.quiet },
    showlegend: false,
    hovermode: false,
    dragmode: false,
    uirevision: "constant",
    ...fitted(
      {
        xaxis: deep(axis, x),
        yaxis: deep(axis, y),
        ...(y2 ? { yaxis2: deep(axis, { overlaying: "y", side: "right", ...y2 }) } : {}),
      },
      {
        ...{ width: width - margins.l - margins.r, height: height - margins.t - margins.b },
        ...{ ...text, beside: Math.min(margins.l, margins.r) },
      },
    ),
  };
}

/**
 * @param {PlotlyPart} one
 * @param {PlotlyPart} other
 * @returns {PlotlyPart}
 */
function deep(one, other) {
  return { ...one, ...other, title: { ...one.title, ...other.title } };
}

/**
 * The axes of each panel of a drawn chart; a second axis on the right is left out.
 * @param {HTMLElement} element
 * @returns {{x: PlotlyPart, y: PlotlyPart}[]}
 */
function panelsOf(element) {
  const early = waiting.get(element)?.axes;
  if (early) return [early];
  const full = /** @type {Drawn} */ (element)._fullLayout;
  /** @type {string[]} */
  const names = full?._subplots?.cartesian ?? [];
  const panels = names.map((name) => {
    const [, x, y] = /^x(\d*)y(\d*)$/.exec(name) ?? [];
    return { x: full?.[`xaxis${x}`], y: full?.[`yaxis${y}`] };
  });
  return panels.filter(({ x }, index) => panels.findIndex((one) => one.x === x) === index);
}

/**
 * Where a value of the x axis lies in a drawn chart: pixels from the element's left edge, or null when outside.
 * @param {HTMLElement} element
 * @param {number} value
 * @param {number} [panel] which, where a chart has several
 * @returns {{left: number, top: number, height: number, right: number} | null}
 */
export function positionOf(element, value, panel = 0) {
  const axes = panelsOf(element)[panel];
  if (!axes) return null;
  const at = axes.x.d2p(value);
  if (!(at >= -1 && at <= axes.x._length + 1)) return null;
  const [left, right] = [axes.x._offset + at, axes.x._offset + axes.x._length];
  return { left, right, top: axes.y._offset, height: axes.y._length };
}

/**
 * Where a value of the y axis lies in a drawn chart: pixels from the element's top, and the plot's left and width.
 * @param {HTMLElement} element
 * @param {number} value
 */
export function levelOf(element, value) {
  const [axes] = panelsOf(element);
  if (!axes) return null;
  return { top: axes.y._offset + axes.y.d2p(value), left: axes.x._offset, width: axes.x._length };
}

/**
 * Report where in a chart the pointer is, in units of its axes, when it has left, and where it was pressed.
 * @param {HTMLElement} element
 * @param {(x: number, y: number) => void} over
 * @param {() => void} out
 * @param {(x: number, y: number, event: MouseEvent) => void} [press]
 */
export function onPointer(element, over, out, press) {
  const locate = (/** @type {MouseEvent} */ event) => {
    const box = element.getBoundingClientRect();
    for (const axes of panelsOf(element)) {
      const x = event.clientX - box.left - axes.x._offset;
      const y = event.clientY - box.top - axes.y._offset;
      if (x >= 0 && y >= 0 && x <= axes.x._length && y <= axes.y._length) return { x: axes.x.p2d(x), y: axes.y.p2d(y) };
    }
    return null;
  };
  element.addEventListener("pointermove", (event) => {
    const at = locate(event);
    if (at) over(at.x, at.y);
    else out();
  });
  element.addEventListener("pointerleave", out);
  let touches = false;
  element.addEventListener("pointerdown", ({ pointerType }) => (touches = pointerType !== "mouse"), true);
  element.addEventListener("click", (event) => {
    // of a mouse Plotly lets only a click of its own through, of a touch that one and the browser's
    const at = touches && !event.isTrusted ? null : locate(event);
    if (at && press) press(at.x, at.y, event);
  });
}

/**
 * What is drawn in an element, as the text of an SVG of its size; the drawing is then given up.
 * @param {HTMLElement} element
 * @param {(element: HTMLElement) => void} drawing
 */
export async function svgOf(element, drawing) {
  // before it is there only a sketch would be drawn
  const library = await loadPlotly();
  drawing(element);
  const { data, layout: drawn } = /** @type {Drawn} */ (element);
  const size = { width: element.clientWidth, height: element.clientHeight };
  try {
    return await library.toImage(
      { data, layout: { ...drawn, ...size } },
      { format: "svg", imageDataOnly: true, ...size },
    );
  } finally {
    library.purge(element);
  }
}
