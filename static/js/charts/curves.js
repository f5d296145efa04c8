/**
 * Curves by step, seconds or operations: training loss, or test accuracy. The two shown networks stand out with their
 * seed bands, the other depths of their arms are faint. Same traces in the same order at every drawing.
 */
import { AXIS_TITLE, axisEnd, xOf } from "../axis.js";
import { faded, styleOf } from "../colours.js";
import { roundUp, unitTicks } from "../numbers.js";
import { draw, fontSize, layout } from "../plot.js";
import { accuracySeries, CLASSES, cellOf, lossSeries } from "../series.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("../series.js").Series} Series */

export class Curves {
  /**
   * @param {HTMLElement} element
   * @param {import("./scene.js").GetScene} scene
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
    const { run, sides, colours, axis } = scene;
    const series = this.what === "loss" ? lossSeries : accuracySeries;
    const faint = sides.map((side) => this.others(scene, side, series));
    const shown = sides.map((side) => series(run, side.cell, xOf(run, axis, side.cell)));
    const chance = 1 / (CLASSES[run.experiment.dataset] ?? 10);
    const traces = [
      ...faint,
      ...shown.map((one, index) => band(one, this.colour(scene, index))),
      ...shown.map((one, index) => this.line(scene, one, index)),
    ];
    const cells = sides.map((side) => side.cell);
    const end = axisEnd(run, axis, cells, scene.steps);
    if (this.what === "accuracy") traces.push(level(chance, scene, end));
    const y =
      this.what === "accuracy"
        ? { range: [0, 1.02], tickformat: ".0%", tickvals: [0, 0.2, 0.4, 0.6, 0.8, 1] }
        : { range: [0, lossCeiling(shown, chance)] };
    const made = layout(this.element, colours, { x: this.axis(axis, end, scene.view.x), y });
    const annotations = this.what === "accuracy" ? chanceLabel(chance, scene, end) : [];
    draw(this.element, traces, { ...made, annotations });
  }

  /**
   * @param {import("../types.js").AxisKind} axis
   * @param {number} end
   * @param {import("../types.js").AxisKind} wanted
   */
  axis(axis, end, wanted) {
    const more = wanted !== axis ? " (operations are not known yet)" : axis === "flops" ? " of each network" : "";
    const made = { range: [0, end], title: { text: AXIS_TITLE[axis] + (fontSize() > 18 ? "" : more) } };
    if (axis === "step") return made;
    const most = Math.max(2, Math.min(6, Math.floor(this.element.clientWidth / (5.5 * fontSize()))));
    const [tickvals, ticktext] = axis === "flops" ? unitTicks(end, most, "FLOP") : secondTicks(end, most);
    return { ...made, tickvals, ticktext };
  }

  /**
   * @param {Scene} scene
   * @param {number} index
   */
  colour(scene, index) {
    return styleOf(scene.run.experiment, scene.sides[index].arm, scene.colours.dark).colour;
  }

  /**
   * The other depths of a side's arm in one trace, parted by gaps.
   * @param {Scene} scene
   * @param {import("../types.js").Side} side
   * @param {(run: import("../types.js").Run, cell: number, x: import("../series.js").Place) => Series} series
   */
  others({ run, sides, colours, cursor, axis }, side, series) {
    /** @type {(number | null)[]} */
    const x = [];
    /** @type {(number | null)[]} */
    const y = [];
    const shown = sides.map((item) => item.cell);
    for (const depth of run.experiment.depths) {
      const cell = cellOf(run, side.arm, depth, cursor);
      if (shown.includes(cell)) continue;
      const one = series(run, cell, xOf(run, axis, cell));
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
    const wide = fontSize() > 18;
    return {
      x: one.x,
      y: one.y,
      mode: "lines+markers",
      line: { color: style.colour, width: wide ? 4 : 2.2, dash: style.dash },
      marker: { color: style.colour, symbol: style.marker, size: wide ? 11 : 6, maxdisplayed: 9 },
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
 * Ticks of a time axis, in the largest unit of which it holds some.
 * @param {number} end seconds
 * @param {number} most
 * @returns {[number[], string[]]}
 */
function secondTicks(end, most) {
  const [size, unit] = end < 1 ? [0.001, "ms"] : end < 600 ? [1, "s"] : end < 36_000 ? [60, "min"] : [3600, "h"];
  const [values, texts] = unitTicks(end / Number(size), most, String(unit));
  return [values.map((value) => value * Number(size)), texts];
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

/**
 * @param {number} chance
 * @param {Scene} scene
 * @param {number} end of the x axis
 */
function chanceLabel(chance, { colours }, end) {
  const place = {
    x: end,
    y: chance,
    xanchor: "right",
    yanchor: fontSize() > 18 ? "bottom" : "top",
    showarrow: false,
  };
  return [
    { ...place, text: `chance, ${Math.round(100 * chance)} %`, font: { color: colours.quiet, size: fontSize() } },
  ];
}

/**
 * The top of a loss axis: holds what is shown but for a few spikes, and at least the loss of guessing.
 * @param {Series[]} shown
 * @param {number} chance
 */
function lossCeiling(shown, chance) {
  const values = shown.flatMap((one) => one.y.filter((value) => value !== null)).sort((a, b) => a - b);
  const most = values[Math.floor(values.length * 0.95)] ?? 0;
  return roundUp(Math.max(-Math.log(chance) * 1.12, most * 1.1));
}
