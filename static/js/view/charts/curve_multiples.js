/** Curves of more than two arms: a small panel for each, on the same axes, with every depth of the arm. */
import { axisEnd, xOf } from "../../model/axis.js";
import { withTicks } from "../../model/axis_room.js";
import { faded, styleOf } from "../../model/colours.js";
import { endOf } from "../../model/end_labels.js";
import { armName } from "../../model/labels.js";
import { cellOf, layersOf } from "../../model/series.js";
import { runAxis } from "./curve_axis.js";
import { endLabels, ink, roomFor, textWidth } from "./labels.js";
import { layout } from "./plot.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/** Characters that a panel must have room for, or the panels stand in two rows. */
const LEAST = 13;
/** Lines that a panel must have room for, or they stand in one row all the same. */
const LOWEST = 5.6;

/**
 * Whether the curves are drawn as small panels: where the view has it so, and there are more arms than two.
 * @param {Scene} scene
 */
export function hasMultiples({ run, view }) {
  return view.multiples === true && run.experiment.arms.length > 2;
}

/**
 * Traces and layout of all panels.
 * @param {import("./curves.js").Curves} chart
 * @param {Scene} scene
 */
export function multiples(chart, scene) {
  const { run, colours, axis, cursor } = scene;
  const { experiment } = run;
  const { frame } = chart;
  const panels = experiment.arms.map((_, arm) => ({
    style: styleOf(experiment, arm, colours.dark),
    lines: experiment.depths.map((depth) => {
      const cell = cellOf(run, arm, depth, cursor);
      return { cell, layers: layersOf(run, arm, depth), series: chart.series(run, cell, xOf(run, axis, cell)) };
    }),
  }));
  const all = panels.flatMap(({ lines }) => lines);
  const end = axisEnd(
    run,
    axis,
    all.map(({ cell }) => cell),
    scene.steps,
  );
  const { room, size } = roomFor([all.map(({ layers }) => String(layers))], frame);
  const made = layout(chart.element, colours, { margin: { r: room, t: 1.6 * frame.size } });
  const { xaxis, yaxis, ...rest } = made;
  const text = { size: frame.size, widthOf: (/** @type {string} */ words) => textWidth(words, frame.size) };
  const grid = gridOf(panels.length, frame, made.margin, room);
  const shownSeries = all.map(({ series }) => series);
  const y = chart.valueAxis(scene, shownSeries, grid[0].height);
  /** @type {PlotlyPart} */
  const axes = {};
  /** @type {PlotlyPart[]} */
  const annotations = [];
  const traces = panels.flatMap(({ style, lines }, arm) => {
    const number = arm === 0 ? "" : String(arm + 1);
    const cell = grid[arm];
    const shown = runAxis(axis, end, scene.view.x, { width: cell.width, size: frame.size });
    const title = { ...xaxis.title, text: cell.titled ? shown.title.text : "" };
    const few = { nticks: 3, ...(axis === "step" ? { tickvals: [0, end / 2, end] } : {}) };
    const across = { ...xaxis, ...shown, ...few, title, anchor: `y${number}`, domain: cell.x };
    const up = { ...yaxis, ...y.axis, nticks: 6, anchor: `x${number}`, domain: cell.y };
    axes[`xaxis${number}`] = { ...withTicks(across, cell.width, text, true), showticklabels: cell.bottom };
    axes[`yaxis${number}`] = { ...withTicks(up, cell.height, text, false), showticklabels: cell.left };
    annotations.push({
      ...{ text: armName(experiment, arm), x: cell.x[0], y: cell.y[1], xref: "paper", yref: "paper" },
      ...{ xanchor: "left", yanchor: "bottom", showarrow: false },
      font: { color: ink(style.colour, colours), size: frame.size },
    });
    const labels = lines.flatMap(({ layers, series }) => {
      const last = endOf(series, String);
      return last ? [{ lines: [String(layers)], at: y.at(last.value), colour: ink(style.colour, colours) }] : [];
    });
    annotations.push(
      ...endLabels(labels.toReversed(), {
        height: cell.height,
        size,
        right: cell.x[1],
        domain: [cell.y[0], cell.y[1]],
      }),
    );
    return lines.map(({ series }, index) => {
      const share = (index + 1) / lines.length;
      return {
        x: series.x,
        y: series.y,
        ...{ xaxis: `x${number}`, yaxis: `y${number}`, mode: "lines", hoverinfo: "skip" },
        line: { color: faded(style.colour, 0.3 + 0.7 * share), width: frame.size > 18 ? 3.5 : 1 + share },
      };
    });
  });
  return { traces, layout: { ...rest, ...axes, annotations } };
}

/**
 * Where the panels stand: in one row, or in two where they would be too narrow. Each leaves room for the labels of its
 * lines, and a second row for the title above it.
 * @param {number} count
 * @param {{width: number, height: number, size: number}} frame
 * @param {{l: number, r: number, t: number, b: number}} margin
 * @param {number} room for labels, in pixels
 */
function gridOf(count, { width, height, size }, margin, room) {
  const [inner, tall] = [width - margin.l - margin.r, height - margin.t - margin.b];
  const isWide = (inner - (count - 1) * room) / count >= LEAST * 0.56 * size;
  const columns = isWide || tall < 2 * LOWEST * size ? count : Math.ceil(count / 2);
  const rows = Math.ceil(count / columns);
  const [wide, gap] = [(inner - (columns - 1) * room) / columns, 1.6 * size];
  const high = (tall - (rows - 1) * gap) / rows;
  return Array.from({ length: count }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [left, top] = [column * (wide + room), row * (high + gap)];
    return {
      /** @type {[number, number]} */
      x: [left / inner, (left + wide) / inner],
      /** @type {[number, number]} */
      y: [1 - (top + high) / tall, 1 - top / tall],
      ...{ width: wide, height: high, left: column === 0, bottom: at + columns >= count },
      titled: row === rows - 1 && column === Math.floor((columns - 1) / 2),
    };
  });
}
