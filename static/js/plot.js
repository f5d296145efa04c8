/**
 * Plot: the only user of ``window.Plotly``. Gives every chart the same fixed margins, fonts and configuration, and
 * turns Plotly's pointer events into "step" and "layer". No colour bar and no text markup is used anywhere: both
 * would write style attributes, which the page's policy forbids.
 */

/** @typedef {import("./colours.js").Palette} Palette */

const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  showSendToCloud: false,
  responsive: false,
  scrollZoom: false,
  doubleClick: false,
  showTips: false,
};

/** @returns {any} */
function plotly() {
  return /** @type {any} */ (window).Plotly;
}

/**
 * Draw or redraw a chart. New arrays are redrawn, mutated ones are not.
 * @param {HTMLElement} element
 * @param {any[]} traces
 * @param {any} layout
 */
export function draw(element, traces, layout) {
  plotly().react(element, traces, layout, CONFIG);
}

/**
 * Change attributes of traces only.
 * @param {HTMLElement} element
 * @param {any} change
 * @param {number[]} traces
 */
export function restyle(element, change, traces) {
  plotly().restyle(element, change, traces);
}

/**
 * Change the layout only, such as the line of the cursor.
 * @param {HTMLElement} element
 * @param {any} change
 */
export function relayout(element, change) {
  plotly().relayout(element, change);
}

/**
 * Whether the element holds a drawn chart.
 * @param {HTMLElement} element
 */
export function isDrawn(element) {
  return element.classList.contains("js-plotly-plot");
}

/**
 * Make a drawn chart fit its element again.
 * @param {HTMLElement} element
 */
export function resize(element) {
  plotly().relayout(element, { width: element.clientWidth, height: element.clientHeight });
}

/**
 * Size of the text of charts, from the page's: presenter mode makes both larger.
 * @returns {number}
 */
export function fontSize() {
  return Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--chart-font")) || 11;
}

/**
 * The parts of a layout that all charts share.
 * @param {HTMLElement} element
 * @param {Palette} colours
 * @param {{x?: any, y?: any, margin?: any}} parts
 */
export function layout(element, colours, { x = {}, y = {}, margin = {} }) {
  const size = fontSize();
  const few = size > 18 ? 4 : 6;
  const axis = {
    gridcolor: colours.grid,
    zeroline: false,
    linecolor: colours.grid,
    tickfont: { size },
    nticks: few,
    fixedrange: true,
    automargin: false,
    title: { font: { size }, standoff: 4 },
  };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    margin: { l: 3.6 * size, r: 0.9 * size, t: 0.6 * size, b: 2.9 * size, pad: 0, ...margin },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size, color: colours.quiet },
    showlegend: false,
    hovermode: false,
    dragmode: false,
    uirevision: "constant",
    xaxis: deep(axis, x),
    yaxis: deep(axis, y),
  };
}

/**
 * @param {any} one
 * @param {any} other
 * @returns {any}
 */
function deep(one, other) {
  return { ...one, ...other, title: { ...one.title, ...other.title } };
}

/**
 * Where a value of the x axis lies in a drawn chart: pixels from the element's left edge, or null when outside.
 * @param {HTMLElement} element
 * @param {number} value
 * @returns {{left: number, top: number, height: number} | null}
 */
export function placeOf(element, value) {
  const full = /** @type {any} */ (element)._fullLayout;
  if (!full?.xaxis) return null;
  const at = full.xaxis.d2p(value);
  if (!(at >= -1 && at <= full.xaxis._length + 1)) return null;
  return { left: full.xaxis._offset + at, top: full.yaxis._offset, height: full.yaxis._length };
}

/**
 * Where a value of the y axis lies in a drawn chart: pixels from the element's top, and the plot's left and width.
 * @param {HTMLElement} element
 * @param {number} value
 */
export function levelOf(element, value) {
  const full = /** @type {any} */ (element)._fullLayout;
  if (!full?.yaxis) return null;
  const top = full.yaxis._offset + full.yaxis.d2p(value);
  return { top, left: full.xaxis._offset, width: full.xaxis._length };
}

/**
 * Tell where in a chart the pointer is, in units of its axes, when it has left, and where it was pressed.
 * @param {HTMLElement} element
 * @param {(x: number, y: number) => void} over
 * @param {() => void} out
 * @param {(x: number, y: number) => void} [press]
 */
export function onPointer(element, over, out, press) {
  const place = (/** @type {MouseEvent} */ event) => {
    const full = /** @type {any} */ (element)._fullLayout;
    if (!full?.xaxis) return null;
    const box = element.getBoundingClientRect();
    const x = event.clientX - box.left - full.xaxis._offset;
    const y = event.clientY - box.top - full.yaxis._offset;
    const inside = x >= 0 && y >= 0 && x <= full.xaxis._length && y <= full.yaxis._length;
    return inside ? { x: full.xaxis.p2d(x), y: full.yaxis.p2d(y) } : null;
  };
  element.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (at) over(at.x, at.y);
    else out();
  });
  element.addEventListener("pointerleave", out);
  element.addEventListener("click", (event) => {
    const at = place(event);
    if (at && press) press(at.x, at.y);
  });
}

/**
 * Save a chart as a picture on the viewer's disk.
 * @param {HTMLElement} element
 * @param {"svg" | "png"} format
 * @param {string} name
 * @param {string} ground colour behind it
 */
export async function save(element, format, name, ground) {
  const { data, layout: drawn } = /** @type {any} */ (element);
  const figure = { data, layout: { ...drawn, paper_bgcolor: ground } };
  const size = { width: element.clientWidth, height: element.clientHeight, scale: format === "png" ? 2 : 1 };
  const address = await plotly().toImage(figure, { format, ...size });
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name}.${format}`;
  link.click();
}
