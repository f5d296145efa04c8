/** Labels at the right ends of lines, outside of the plot: room for them, and where each stands. */
import { mixed } from "../../model/colours.js";
import { spread } from "../../model/end_labels.js";

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/**
 * @typedef {object} Label
 * @property {string[]} lines of text: a name, a value
 * @property {number} at share of the plot's height, 0 at the bottom
 * @property {string} colour
 */

/** Height of a line of text, in its size. */
const LINE = 1.2;
/** Distance from the plot, in the size of the text. */
const GAP = 0.7;
/** Share of the chart's width that labels may take. */
const MOST = 0.45;

/** @type {CanvasRenderingContext2D | null} */
let pen = null;

/**
 * Pixels that a text is wide in a chart.
 * @param {string} text
 * @param {number} size
 */
export function textWidth(text, size) {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return 0.56 * size * text.length;
  pen.font = `${size}px system-ui, sans-serif`;
  return pen.measureText(text).width;
}

/**
 * The lines of a label: beside one another where the chart is wide, else one over the other.
 * @param {string[]} parts
 * @param {{width: number, size: number}} frame
 */
export function inLines(parts, { width, size }) {
  return width > 50 * size ? [parts.join(" ")] : parts;
}

/**
 * Room for labels on the right of a plot, in pixels, and the size of their text: smaller than the chart's where they
 * would take too much of it.
 * @param {string[][]} texts
 * @param {{width: number, size: number}} frame
 */
export function roomFor(texts, { width, size }) {
  const widest = Math.max(0, ...texts.flat().map((text) => textWidth(text, size)));
  const wanted = widest + (GAP + 0.5) * size;
  const share = Math.min(1, (MOST * width) / wanted);
  return { room: share * wanted, size: share * size };
}

/**
 * A colour as text: nearer to the colour of the page's text, so that small letters can be read.
 * @param {string} colour
 * @param {import("../../model/colours.js").Palette} colours
 */
export function ink(colour, { text }) {
  return colour.startsWith("#") ? mixed(colour, text, 0.3) : colour;
}

/**
 * Annotations beside a plot, pushed apart. Where there is no room for all lines, each has its first one; where there is
 * none for these, the last labels are left out.
 * @param {Label[]} labels the most important first
 * @param {object} frame
 * @param {number} frame.height of the plot, in pixels
 * @param {number} frame.size of the text
 * @param {number} [frame.right] the plot's right edge, as a share of the chart
 * @param {[number, number]} [frame.domain] its lower and upper edge, as shares of the chart
 * @returns {PlotlyPart[]}
 */
export function endLabels(labels, { height, size, right = 1, domain = [0, 1] }) {
  // half a line above the plot is empty; below it are the ticks
  const beyond = 0.5 * LINE * size;
  const room = Math.floor((height + beyond) / (LINE * size));
  if (labels.flatMap(({ lines }) => lines).length > room)
    labels = labels.slice(0, Math.max(1, room)).map((label) => ({ ...label, lines: label.lines.slice(0, 1) }));
  const heights = labels.map(({ lines }) => lines.length * LINE * size);
  const wanted = labels.map(({ at }) => beyond + (1 - Math.min(1.2, Math.max(-0.2, at))) * height);
  const middles = spread(wanted, heights, height + beyond);
  return labels.flatMap(({ lines, colour }, index) =>
    lines.map((text, line) => {
      const middle = middles[index] + (line - (lines.length - 1) / 2) * LINE * size - beyond;
      return {
        text,
        x: right,
        y: domain[1] - (middle / height) * (domain[1] - domain[0]),
        ...{ xref: "paper", yref: "paper", xanchor: "left", yanchor: "middle", showarrow: false, align: "left" },
        ...{ xshift: GAP * size, borderpad: 0, font: { color: colour, size } },
      };
    }),
  );
}

/**
 * Names at the ends of the lines of a picture, where there are several: lines say by ``meta.label`` whose they are, and by
 * ``meta.end`` where their names stand if not at the last value.
 * @param {PlotlyPart[]} traces
 * @param {PlotlyPart} y axis, with its range
 * @param {{width: number, height: number, size: number}} frame
 * @param {import("../../model/colours.js").Palette} colours
 * @returns {{room: number, annotationsIn: (height: number) => PlotlyPart[]} | null} null where nothing is to be named
 */
export function namesAtEnds(traces, y, frame, colours) {
  const [low, high] = y.range ?? [];
  if (low === undefined) return null;
  /** @type {Map<string, Label>} */
  const labels = new Map();
  for (const { meta, line, y: values } of traces) {
    const last = meta?.label && (meta.end ?? values.findLast((/** @type {number | null} */ value) => value !== null));
    if (last === undefined || last === "" || last === null || (y.type === "log" && !(last > 0))) continue;
    const at = ((y.type === "log" ? Math.log10(last) : last) - low) / (high - low);
    labels.set(meta.label, { lines: [meta.label], at, colour: ink(line.color, colours) });
  }
  if (labels.size < 2) return null;
  const { room, size } = roomFor([[...labels.keys()]], frame);
  return { room, annotationsIn: (height) => endLabels([...labels.values()], { height, size }) };
}
