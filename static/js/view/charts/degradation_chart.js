/**
 * The degradation picture: training loss against depth, at the cursor. One measure at a time, named above the plot: the
 * whole training set where it was measured up to the cursor, else the mean of the last batches. While the cursor is on
 * an earlier step, the newest of the same measure stays as a faint line.
 */
import { faded, styleOf } from "../../model/colours.js";
import { degradation } from "../../model/degradation.js";
import { armName } from "../../model/labels.js";
import { short } from "../../model/numbers.js";
import { classesOf } from "../../model/records.js";
import { divergedCells } from "../../model/series.js";
import { comparedAxis } from "../../model/value_axis.js";
import { hasMultiples } from "./curve_multiples.js";
import { endLabels, ink, inLines, roomFor, textWidth } from "./labels.js";
import { draw, fontSize, layout } from "./plot.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */
/** @typedef {ReturnType<typeof degradation>} Measured */
/** @typedef {import("../../model/value_axis.js").ValueAxis} ValueAxis */

export class DegradationChart {
  /**
   * @param {HTMLElement} element
   * @param {import("../../model/scene.js").GetScene} scene
   */
  constructor(element, scene) {
    this.element = element;
    this.scene = scene;
    this.interval = 200;
  }

  draw() {
    const scene = this.scene();
    const { run, sides, colours, cursor } = scene;
    const { experiment } = run;
    const size = fontSize(this.element);
    const frame = { width: this.element.clientWidth, size };
    const arms = hasMultiples(scene) ? experiment.arms.map((_, arm) => arm) : sides.map(({ arm }) => arm);
    const lines = [...new Set(arms)].map((arm) => {
      const now = degradation(run, arm, cursor);
      const end = cursor === null ? null : degradation(run, arm, null);
      const style = styleOf(experiment, arm, colours.dark);
      return { name: armName(experiment, arm), style, now, ghost: end && end.of === now.of ? end.values : null };
    });
    const values = lines.flatMap(({ now, ghost }) => [...now.values, ...now.low, ...now.high, ...(ghost ?? [])]);
    const y = comparedAxis(values, Math.log(classesOf(experiment.dataset)), size > 18 ? 4 : 6);
    const lost = divergedCells(run, cursor);
    const labels = lines.flatMap(({ name, style, now }) => {
      const value = now.values.at(-1) ?? null;
      const gone = lost.has(now.cells.at(-1) ?? -1);
      if (value === null && !gone) return [];
      const text = inLines([name, value === null ? "diverged" : short(value)], frame);
      return [{ lines: text, at: value === null ? 1 : y.at(value), colour: ink(style.colour, colours) }];
    });
    const margins = roomFor(
      labels.map((label) => label.lines),
      frame,
    );
    const { depths } = experiment;
    const ends = [Math.log10(depths[0] * 0.86), Math.log10((depths.at(-1) ?? 4) * 1.12)];
    const made = layout(this.element, colours, {
      x: { type: "log", range: ends, tickvals: depths, ticktext: depths.map(String), title: { text: "layers" } },
      y: y.axis,
      margin: { t: 1.7 * size, r: Math.max(0.9 * size, margins.room) },
    });
    const height = this.element.clientHeight - made.margin.t - made.margin.b;
    const annotations = [
      caption(lines[0].now, colours.quiet, { ...frame, left: made.margin.l, right: margins.room }),
      ...endLabels(labels, { height, size: margins.size }),
      ...beyond(lines, y, lost, size, colours),
    ];
    const traces = [
      ...lines.map(({ now, ghost, style }) => ghostOf(now.depths, ghost, style)),
      ...lines.map(({ now, style }) => bars(now, style, size)),
      ...lines.map(({ now, style }) => line(now, style, size)),
      ...lines.map(({ now, style }) => arrows(now, style, size, y, lost)),
    ];
    draw(this.element, traces, { ...made, annotations });
  }
}

/**
 * What was measured, above the plot; in fewer words where there is less room.
 * @param {Measured} now
 * @param {string} colour
 * @param {{width: number, size: number, left: number, right: number}} frame left and right: its margins
 */
function caption(now, colour, { width, size, left, right }) {
  const what =
    now.of === "whole"
      ? `whole training set, step ${now.to}`
      : now.frames === 1
        ? `one batch, step ${now.to}`
        : `mean of ${now.frames} batches, to step ${now.to}`;
  const bars = now.of === "whole" && now.seeds > 1 ? `; bars: lowest to highest of ${now.seeds} seeds` : "";
  const texts = now.to === null ? [""] : [`training loss, ${what}${bars}`, what + bars, `training loss, ${what}`, what];
  texts.push(what.replace("training set", "set"));
  const text = texts.find((one) => textWidth(one, size) <= width - right) ?? texts[texts.length - 1];
  return {
    ...{ text, x: 0, y: 1, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", showarrow: false },
    ...{ xshift: 0.6 * size - left, yshift: 0.2 * size, font: { color: colour, size } },
  };
}

/**
 * @param {Measured} now
 * @param {import("../../model/colours.js").ArmStyle} style
 * @param {number} size of the text
 * @returns {PlotlyPart}
 */
function line(now, style, size) {
  const wide = size > 18;
  return {
    ...{ x: now.depths, y: now.values, mode: "lines+markers", cliponaxis: false, hoverinfo: "skip" },
    line: { color: style.colour, width: wide ? 4 : 2.2, dash: style.dash },
    marker: { color: style.colour, symbol: style.marker, size: wide ? 12 : 8 },
  };
}

/**
 * From the lowest to the highest seed, a stroke at each depth.
 * @param {Measured} now
 * @param {import("../../model/colours.js").ArmStyle} style
 * @param {number} size of the text
 * @returns {PlotlyPart}
 */
function bars(now, style, size) {
  const there = now.of === "whole" && now.seeds > 1 ? now.depths.map((_, at) => at) : [];
  return {
    x: there.flatMap((at) => [now.depths[at], now.depths[at], null]),
    y: there.flatMap((at) => [now.low[at], now.high[at], null]),
    ...{ mode: "lines", hoverinfo: "skip" },
    line: { color: faded(style.colour, 0.45), width: size > 18 ? 9 : 5 },
  };
}

/**
 * The newest measurement, while the cursor is on an earlier one.
 * @param {number[]} depths
 * @param {(number | null)[] | null} values
 * @param {import("../../model/colours.js").ArmStyle} style
 * @returns {PlotlyPart}
 */
function ghostOf(depths, values, style) {
  const shown = values ? depths : [];
  const line = { color: faded(style.colour, 0.35), width: 1.5, dash: style.dash };
  return { x: shown, y: values ?? [], mode: "lines", line, hoverinfo: "skip" };
}

/**
 * What is off the scale, by its place among the depths, with its value in words.
 * @param {Measured} now
 * @param {ValueAxis} axis
 * @param {Set<number>} lost cells that diverged
 */
function offScale({ values, cells }, axis, lost) {
  return values.flatMap((value, at) => {
    if (value === null) return lost.has(cells[at]) ? [{ at, text: "diverged" }] : [];
    return axis.at(value) > 1 ? [{ at, text: short(value) }] : [];
  });
}

/**
 * An arrow at the top edge for each value that is off the scale.
 * @param {Measured} now
 * @param {import("../../model/colours.js").ArmStyle} style
 * @param {number} size of the text
 * @param {ValueAxis} axis
 * @param {Set<number>} lost cells that diverged
 * @returns {PlotlyPart}
 */
function arrows(now, style, size, axis, lost) {
  const off = offScale(now, axis, lost);
  return {
    x: off.map(({ at }) => now.depths[at]),
    y: off.map(() => axis.high),
    ...{ mode: "markers", cliponaxis: false, hoverinfo: "skip" },
    marker: { color: style.colour, symbol: "triangle-up", size: size > 18 ? 16 : 11 },
  };
}

/**
 * The values of the arrows below them, one arm's under another's.
 * @param {{style: import("../../model/colours.js").ArmStyle, now: Measured}[]} lines
 * @param {ValueAxis} axis
 * @param {Set<number>} lost cells that diverged
 * @param {number} size of the text
 * @param {import("../../model/colours.js").Palette} colours
 * @returns {PlotlyPart[]}
 */
function beyond(lines, axis, lost, size, colours) {
  /** @type {number[]} */
  const before = [];
  return lines.flatMap(({ now, style }) =>
    offScale(now, axis, lost).map(({ at, text }) => {
      before[at] = (before[at] ?? 0) + 1;
      return {
        // annotations of a logarithmic axis stand at exponents
        ...{ text, x: Math.log10(now.depths[at]), y: 1, yref: "paper", yanchor: "top", showarrow: false },
        ...{ xanchor: at === now.depths.length - 1 ? "right" : "center", yshift: -(1.15 * before[at] - 0.55) * size },
        font: { color: ink(style.colour, colours), size },
      };
    }),
  );
}
