/**
 * Curves by step, seconds or operations: training loss, or test accuracy. The two shown networks stand out with their
 * seed bands, the other depths of their arms are faint; names and last values stand at the lines' ends. Same traces in
 * the same order at every drawing. A view of multiples draws a small panel for each arm instead.
 */
import { axisEnd, xOf } from "../../model/axis.js";
import { faded, styleOf } from "../../model/colours.js";
import { endOf } from "../../model/end_labels.js";
import { percent, short } from "../../model/numbers.js";
import { classesOf } from "../../model/records.js";
import { accuracySeries, cellOf, lossSeries } from "../../model/series.js";
import { linear, lossAxis } from "../../model/value_axis.js";
import { runAxis } from "./curve_axis.js";
import { hasMultiples, multiples } from "./curve_multiples.js";
import { endLabels, ink, inLines, roomFor } from "./labels.js";
import { draw, fontSize, layout } from "./plot.js";
import { rateMarks } from "./rate_marks.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */
/** @typedef {import("../../model/series.js").Series} Series */
/** @typedef {(run: import("../../model/types.js").Run, cell: number, x: import("../../model/series.js").ToX) => Series} GetSeries */

export class Curves {
  /**
   * @param {HTMLElement} element
   * @param {import("../../model/scene.js").GetScene} scene
   * @param {"loss" | "accuracy"} what
   */
  constructor(element, scene, what) {
    this.element = element;
    this.scene = scene;
    this.what = what;
    this.interval = 60;
  }

  draw() {
    const scene = this.scene();
    const made = hasMultiples(scene) ? multiples(this, scene) : this.pair(scene);
    draw(this.element, made.traces, made.layout);
  }

  /** Text size, width and height of the element. */
  get frame() {
    const { clientWidth: width, clientHeight: height } = this.element;
    return { width, height, size: fontSize(this.element) };
  }

  /** @returns {GetSeries} */
  get series() {
    return this.what === "loss" ? lossSeries : accuracySeries;
  }

  /** @param {number} value */
  text(value) {
    return this.what === "loss" ? short(value) : percent(value);
  }

  /**
   * The two shown networks and the other depths of their arms.
   * @param {Scene} scene
   */
  pair(scene) {
    const { run, sides, colours, axis } = scene;
    const { frame } = this;
    const faint = sides.map((side) => this.others(scene, side));
    const shown = sides.map((side) => this.series(run, side.cell, xOf(run, axis, side.cell)));
    const cells = sides.map((side) => side.cell);
    const end = axisEnd(run, axis, cells, scene.steps);
    const y = this.valueAxis(scene, shown);
    const labels = shown.flatMap((one, index) => {
      const last = endOf(one, (value) => this.text(value));
      if (!last || (index === 1 && cells[0] === cells[1])) return [];
      const lines = inLines([`${sides[index].name}-${sides[index].layers}`, last.text], frame);
      return [{ lines, at: y.at(last.value), colour: ink(this.colour(scene, index), colours) }];
    });
    /** @type {import("../../model/types.js").PlotlyPart[]} */
    const traces = [
      ...faint,
      ...shown.map((one, index) => band(one, this.colour(scene, index))),
      ...shown.map((one, index) => this.line(scene, one, index)),
    ];
    if (this.what === "accuracy") {
      const chance = 1 / classesOf(run.experiment.dataset);
      traces.push(level(chance, scene, end));
      labels.push({ lines: [`chance ${percent(chance)}`], at: y.at(chance), colour: colours.quiet });
    }
    const marks = rateMarks(scene, y, frame);
    traces.push(...marks.traces);
    const { room: right, size } = roomFor(
      labels.map(({ lines }) => lines),
      frame,
    );
    const margin = { r: Math.max(0.9 * frame.size, right), t: 0.8 * frame.size + marks.room };
    const x = runAxis(axis, end, scene.view.x, { ...frame, width: frame.width - right });
    const made = layout(this.element, colours, { x, y: y.axis, margin });
    const height = frame.height - margin.t - made.margin.b;
    const annotations = [...marks.annotations, ...endLabels(labels, { height, size })];
    return { traces, layout: { ...made, annotations } };
  }

  /**
   * @param {Scene} scene
   * @param {Series[]} shown
   * @param {number} [height] of a panel, in pixels
   */
  valueAxis({ run, view }, shown, height = this.frame.height) {
    if (this.what === "accuracy") {
      const { axis, ...made } = linear(0, 1.02);
      return { ...made, axis: { ...axis, tickformat: ".0%" } };
    }
    const values = shown.flatMap((one) => one.y);
    const most = Math.max(2, Math.min(6, Math.floor(height / (2.2 * this.frame.size))));
    return lossAxis(values, Math.log(classesOf(run.experiment.dataset)), view.lossScale ?? "linear", most);
  }

  /**
   * @param {Scene} scene
   * @param {number} index
   */
  colour(scene, index) {
    return styleOf(scene.run.experiment, scene.sides[index].arm, scene.colours.dark).colour;
  }

  /**
   * The other depths of a side's arm in one trace, separated by gaps.
   * @param {Scene} scene
   * @param {import("../../model/types.js").Side} side
   */
  others({ run, sides, colours, cursor, axis }, side) {
    /** @type {(number | null)[]} */
    const x = [];
    /** @type {(number | null)[]} */
    const y = [];
    const shown = sides.map((item) => item.cell);
    for (const depth of run.experiment.depths) {
      const cell = cellOf(run, side.arm, depth, cursor);
      if (shown.includes(cell)) continue;
      const one = this.series(run, cell, xOf(run, axis, cell));
      x.push(...one.x, null);
      y.push(...one.y, null);
    }
    const style = styleOf(run.experiment, side.arm, colours.dark);
    const line = { color: faded(style.colour, colours.dark ? 0.34 : 0.26), width: 1, dash: style.dash };
    return { x, y, mode: "lines", line, hoverinfo: "skip" };
  }

  /**
   * @param {Scene} scene
   * @param {Series} one
   * @param {number} index
   */
  line(scene, one, index) {
    const style = styleOf(scene.run.experiment, scene.sides[index].arm, scene.colours.dark);
    const wide = this.frame.size > 18;
    return {
      x: one.x,
      y: one.y,
      mode: "lines+markers",
      line: { color: style.colour, width: wide ? 4 : 2.2, dash: style.dash },
      marker: { color: style.colour, symbol: style.marker, size: wide ? 11 : 6, maxdisplayed: 9 },
      cliponaxis: false,
      hoverinfo: "skip",
    };
  }
}

/**
 * The band between the lowest and the highest seed, as one closed outline.
 * @param {Series} one
 * @param {string} colour
 */
function band(one, colour) {
  const finite = one.x.map((_, i) => i).filter((i) => one.low[i] !== null && one.high[i] !== null);
  const back = finite.slice().reverse();
  return {
    x: [...finite.map((i) => one.x[i]), ...back.map((i) => one.x[i])],
    y: [...finite.map((i) => one.high[i]), ...back.map((i) => one.low[i])],
    mode: "lines",
    fill: "toself",
    fillcolor: faded(colour, 0.18),
    line: { width: 0, color: colour },
    hoverinfo: "skip",
  };
}

/**
 * @param {number} chance
 * @param {Scene} scene
 * @param {number} end of the x axis
 */
function level(chance, { colours }, end) {
  const line = { color: colours.quiet, width: 1, dash: "dot" };
  return { x: [0, end], y: [chance, chance], mode: "lines", line, hoverinfo: "skip" };
}
