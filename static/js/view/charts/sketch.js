/**
 * A sketch: the picture that stands in a chart's place until Plotly is there. Made of the same traces and the same
 * layout as the chart, so it shows the same numbers at the same places; of these it knows lines, marks, words and bars, in
 * panels of two axes with fixed ranges.
 */
import { outline } from "./marks.js";
import { BASELINE, drawAxis, scaled } from "./sketch_axes.js";
import { added } from "./svg.js";

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */
/** @typedef {{_offset: number, _length: number, d2p: (value: number) => number, p2d: (pixel: number) => number}} Axis as Plotly has them: pixels from the element's edge, and from data to pixels and back */
/** @typedef {{x: Axis, y: Axis}} Axes */

/**
 * @typedef {{left: number, top: number, width: number, height: number}} Box
 * @typedef {{box: Box, axes: Axes, xaxis: PlotlyPart, yaxis: PlotlyPart}} Panel
 */

/** Lengths of dashes, in widths of the line. */
const DASHES = /** @type {Record<string, number[]>} */ ({
  dot: [1, 1],
  dash: [3, 3],
  longdash: [5, 5],
  dashdot: [3, 1, 1, 1],
  longdashdot: [5, 2, 1, 2],
});

/**
 * Whether a sketch can be made of a chart.
 * @param {PlotlyPart[]} traces
 * @param {PlotlyPart} layout
 */
export function canSketch(traces, layout) {
  const axes = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
  const areFixed = axes.every((name) => {
    const { range, tickvals, type, overlaying } = layout[name];
    return range && (tickvals || type !== "log") && !overlaying;
  });
  return areFixed && axes.length > 0 && traces.every(({ type = "scatter" }) => ["scatter", "bar"].includes(type));
}

/**
 * The panels of a layout by the name of their y axis, "" first: they stand where its domains say.
 * @param {PlotlyPart} layout
 * @param {Box} area inside of the margins
 * @returns {Map<string, Panel>}
 */
function panelsOf(layout, area) {
  const names = Object.keys(layout).flatMap((name) => /^yaxis(\d*)$/.exec(name)?.[1] ?? []);
  return new Map(
    names.map((name) => {
      const [xaxis, yaxis] = [layout[`xaxis${name}`], layout[`yaxis${name}`]];
      const [[from, to], [low, high]] = [xaxis.domain ?? [0, 1], yaxis.domain ?? [0, 1]];
      const box = {
        ...{ left: area.left + from * area.width, top: area.top + (1 - high) * area.height },
        ...{ width: (to - from) * area.width, height: (high - low) * area.height },
      };
      const axes = {
        x: scaled(xaxis, box.left, box.width, false),
        y: scaled(yaxis, box.top, box.height, true),
      };
      return [name, { box, axes, xaxis, yaxis }];
    }),
  );
}

/**
 * Draw a chart in an element, in place of the sketch before.
 * @param {HTMLElement} element
 * @param {PlotlyPart[]} traces
 * @param {PlotlyPart} layout
 * @returns {Axes}
 */
export function sketch(element, traces, layout) {
  const { width, height, margin } = layout;
  const box = {
    ...{ left: margin.l, top: margin.t },
    ...{ width: Math.max(1, width - margin.l - margin.r), height: Math.max(1, height - margin.t - margin.b) },
  };
  const panels = panelsOf(layout, box);
  const panelOf = (/** @type {string} */ ref) =>
    /** @type {Panel} */ (panels.get(/\d+/.exec(ref)?.[0] ?? "") ?? panels.get(""));
  const { axes } = panelOf("");
  const picture = added(null, "svg", { class: "sketch", width, height, viewBox: `0 0 ${width} ${height}` });
  const place = {
    x: (/** @type {number} */ value) => box.left + axes.x.d2p(value),
    y: (/** @type {number} */ value) => box.top + axes.y.d2p(value),
  };
  for (const shape of layout.shapes ?? []) drawFrame(picture, shape, place);
  for (const { xaxis, yaxis, axes: scales, box: own } of panels.values()) {
    drawAxis(picture, xaxis, scales.x, own, layout.font);
    drawAxis(picture, yaxis, scales.y, own, layout.font, true);
  }
  let thinned = 0;
  for (const trace of traces) {
    if (trace.type === "bar") {
      drawBars(picture, trace, panelOf(trace.yaxis ?? ""));
      continue;
    }
    const mode = trace.visible === false ? "" : (trace.mode ?? "lines");
    if (mode.includes("lines")) drawLine(picture, trace, axes, box);
    if (mode.includes("markers") && trace.marker.opacity !== 0)
      drawMarks(picture, trace, axes, trace.marker.maxdisplayed ? thinned++ : 0);
    if (mode.includes("text")) drawTexts(picture, trace, place, layout);
  }
  for (const note of layout.annotations ?? []) {
    const own = panelOf(note.yref ?? "");
    drawNote(picture, note, layout, /domain/.test(note.yref ?? "") ? { ...own, area: own.box } : { ...own, area: box });
  }
  clearSketch(element);
  element.prepend(picture);
  return axes;
}

/** @param {HTMLElement} element whose sketch is no longer wanted; what else stands in it stays */
export function clearSketch(element) {
  if (element.firstElementChild?.matches(".sketch")) element.firstElementChild.remove();
}

/**
 * @param {Element} picture
 * @param {PlotlyPart} trace
 * @param {Axes} axes
 * @param {{left: number, top: number, width: number, height: number}} box at whose edges lines end; marks and words do not
 */
function drawLine(picture, { x, y, line, fill, fillcolor }, axes, { left: from, top: down, ...size }) {
  let d = "";
  let draws = false;
  for (let at = 0; at < x.length; at++) {
    const [left, top] = [axes.x.d2p(x[at]), axes.y.d2p(y[at])];
    const there = x[at] !== null && y[at] !== null && Number.isFinite(left) && Number.isFinite(top);
    if (there) d += `${draws ? "L" : "M"}${left.toFixed(2)},${top.toFixed(2)}`;
    draws = there;
  }
  if (d === "") return;
  const filled = fill ? fillcolor : "none";
  const dash =
    DASHES[line.dash]?.map((part) => part * Math.max(3, line.width)).join() ??
    (/\d/.test(line.dash) ? line.dash : undefined);
  const inner = added(picture, "svg", { x: from, y: down, ...size });
  added(inner, "path", {
    ...{ d: fill ? `${d}Z` : d, fill: filled, stroke: line.width ? line.color : "none" },
    ...{ "stroke-width": line.width, "stroke-dasharray": dash, "stroke-miterlimit": 2 },
  });
}

/**
 * @param {Element} picture
 * @param {PlotlyPart} trace
 * @param {Axes} axes
 * @param {number} turn of how many traces with thinned marks this is one: they take turns
 */
function drawMarks(picture, { x, y, marker }, axes, turn) {
  const at = { x: (/** @type {number} */ index) => axes.x.d2p(x[index]), y: (/** @type {number} */ index) => axes.y.d2p(y[index]) }; // biome-ignore format: one line
  const within = (/** @type {number} */ pixel, /** @type {Axis} */ axis) =>
    pixel >= -0.01 && pixel <= axis._length + 0.01;
  const there = [...x.keys()].filter(
    (index) => x[index] !== null && y[index] !== null && within(at.x(index), axes.x) && within(at.y(index), axes.y),
  );
  const every = Math.ceil(there.length / (marker.maxdisplayed ?? there.length));
  const first = Math.round((turn * every) / 3 + Math.floor(turn / 3) * (every / 7.1));
  const of = (/** @type {unknown} */ value, /** @type {number} */ index) =>
    Array.isArray(value) ? value[index] : value;
  there.forEach((index, count) => {
    if ((count + first) % every !== 0) return;
    const edge = of(marker.line?.width, index) ?? 0;
    const colour = of(marker.color, index);
    const { d, open } = outline(of(marker.symbol, index), of(marker.size, index) / 2);
    const [left, top] = [axes.x._offset + at.x(index), axes.y._offset + at.y(index)];
    added(picture, "path", {
      d,
      transform: `translate(${left.toFixed(2)},${top.toFixed(2)})`,
      fill: open ? "none" : colour,
      stroke: edge || open ? (of(marker.line?.color, index) ?? colour) : undefined,
      "stroke-width": edge || (open ? 1 : undefined),
      opacity: of(marker.opacity, index),
    });
  });
}

/**
 * Words at points, beside their marks where they have some.
 * @param {Element} picture
 * @param {PlotlyPart} trace
 * @param {{x: (value: number) => number, y: (value: number) => number}} place
 * @param {PlotlyPart} layout
 */
function drawTexts(picture, trace, place, { font, height }) {
  const { x, y, text, textposition = "middle center", marker, mode } = trace;
  const { size, color } = { ...font, ...trace.textfont };
  const radius = mode.includes("markers") ? marker.size / 1.6 + 1 : 0;
  text.forEach((/** @type {string} */ words, /** @type {number} */ at) => {
    // of a network of a thousand layers most are out of sight
    if (!(place.y(y[at]) > -size && place.y(y[at]) < height + size)) return;
    const [up, side] = (Array.isArray(textposition) ? textposition[at] : textposition).split(" ");
    const across = { left: -1, center: 0, right: 1 }[/** @type {"left" | "center" | "right"} */ (side)];
    const down = { top: -1, middle: 0, bottom: 1 }[/** @type {"top" | "middle" | "bottom"} */ (up)];
    added(
      picture,
      "text",
      {
        x: place.x(x[at]) + across * radius,
        y: place.y(y[at]) + down * radius + 0.75 * size + ((down - 1) * size) / 2,
        ...{ fill: color, "font-size": size, "font-family": font.family },
        "text-anchor": ["end", "middle", "start"][across + 1],
      },
      words,
    );
  });
}

/**
 * Bars without gaps, one path a colour: there may be thousands.
 * @param {Element} picture
 * @param {PlotlyPart} trace
 * @param {Panel} panel
 */
function drawBars(picture, { x, y, marker }, { axes }) {
  /** @type {Map<string, string>} */
  const paths = new Map();
  const bottom = axes.y._offset + axes.y.d2p(0);
  x.forEach((/** @type {number} */ at, /** @type {number} */ index) => {
    if (y[index] === null) return;
    const colour = Array.isArray(marker.color) ? marker.color[index] : marker.color;
    const [from, to] = [at - 0.5, at + 0.5].map((edge) => (axes.x._offset + axes.x.d2p(edge)).toFixed(2));
    const top = (axes.y._offset + axes.y.d2p(y[index])).toFixed(2);
    paths.set(colour, `${paths.get(colour) ?? ""}M${from},${bottom.toFixed(2)}V${top}H${to}V${bottom.toFixed(2)}Z`);
  });
  for (const [fill, d] of paths) added(picture, "path", { d, fill });
}

/**
 * @param {Element} picture
 * @param {PlotlyPart} note
 * @param {PlotlyPart} layout
 * @param {Panel & {area: Box}} place area: what shares of the paper, or of a panel, are of
 */
function drawNote(picture, { text, x, y, xref, yref, ...note }, layout, { axes, xaxis, yaxis, area: box }) {
  if (!text) return;
  const isShare = (/** @type {string | undefined} */ ref) => /paper|domain/.test(ref ?? "");
  const { size, color } = { ...layout.font, ...note.font };
  // notes of a logarithmic axis stand at exponents
  const value = (/** @type {PlotlyPart} */ axis, /** @type {number} */ at) => (axis.type === "log" ? 10 ** at : at);
  const left = isShare(xref) ? x * box.width : axes.x.d2p(value(xaxis, x));
  const top = isShare(yref) ? (1 - y) * box.height : axes.y.d2p(value(yaxis, y));
  // as Plotly has it: a note goes where its point goes, out of the picture too
  const isSeen = [left / box.width, top / box.height].every((share) => share >= -0.01 && share <= 1.01);
  if (!isSeen && !isShare(xref) && !isShare(yref)) return;
  const pad = note.borderpad ?? 1;
  const anchor = note.xanchor ?? "center";
  const over = { left: pad + 1, center: 0, right: -pad - 1 }[/** @type {"left" | "center" | "right"} */ (anchor)];
  const from = { top: pad + 0.95 * size, middle: BASELINE * size, bottom: -pad - 0.27 * size };
  added(
    picture,
    "text",
    {
      x: box.left + left + over + (note.xshift ?? 0),
      y:
        box.top +
        top +
        from[/** @type {"top" | "middle" | "bottom"} */ (note.yanchor ?? "middle")] -
        (note.yshift ?? 0),
      ...{ fill: color, "font-size": size, "font-family": layout.font.family },
      "text-anchor": { left: "start", center: "middle", right: "end" }[
        /** @type {"left" | "center" | "right"} */ (anchor)
      ],
    },
    text,
  );
}

/**
 * @param {Element} picture
 * @param {PlotlyPart} shape a rectangle
 * @param {{x: (value: number) => number, y: (value: number) => number}} place
 */
function drawFrame(picture, { x0, x1, y0, y1, line }, place) {
  const [left, right] = [place.x(x0), place.x(x1)];
  const [top, bottom] = [place.y(y1), place.y(y0)].sort((one, other) => one - other);
  added(picture, "rect", {
    ...{ x: left, y: top, width: right - left, height: bottom - top },
    ...{ fill: "none", stroke: line.color, "stroke-width": line.width },
  });
}
