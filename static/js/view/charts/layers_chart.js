/** Gradient by layer on a logarithmic axis, for the two shown networks, at the cursor. */
import { styleOf } from "../../model/colours.js";
import { powerOfTen } from "../../model/numbers.js";
import { gradients, lastUpTo } from "../../model/series.js";
import { draw, fontSize, layout } from "./plot.js";
import { LAYER } from "./traces.js";

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

export class LayersChart {
  /**
   * @param {HTMLElement} element
   * @param {import("../../model/scene.js").GetScene} scene
   */
  constructor(element, scene) {
    this.element = element;
    this.scene = scene;
    this.interval = 120;
  }

  draw() {
    const { run, sides, colours, cursor, decades, view } = this.scene();
    const wide = fontSize(this.element) > 18;
    const frame = lastUpTo(run.frames, cursor);
    const valuesOf = sides.map((side) =>
      frame ? [...gradients(run, frame, side.cell, view.gradient)] : /** @type {number[]} */ ([]),
    );
    const traces = sides.map((side, index) => {
      const style = styleOf(run.experiment, side.arm, colours.dark);
      const values = valuesOf[index];
      return {
        x: values.map((_, index) => index + 1),
        y: values.map((value) => (value > 0 ? value : null)),
        mode: "lines+markers",
        line: { color: style.colour, width: wide ? 4 : 2, dash: style.dash },
        marker: { color: style.colour, symbol: style.marker, size: wide ? 9 : 5 },
        cliponaxis: false,
        hoverinfo: "skip",
      };
    });
    const deepest = Math.max(...sides.map((side) => side.layers));
    const range = holding(decades, traces);
    const ticks = exponents(range, 6);
    const floor = range[0] - Math.max(0.5, 0.1 * (range[1] - range[0]));
    const zeros = traces.map((trace, index) => zeroMarks(trace, valuesOf[index], 10 ** floor));
    const some = zeros.some((trace) => trace.x.length > 0);
    const made = layout(this.element, colours, {
      x: { range: [0, deepest + 1], title: LAYER },
      y: {
        type: "log",
        range: [some ? floor - 0.1 * (range[0] - floor) : range[0] - 0.15, range[1] + 0.15],
        tickvals: [...(some ? [10 ** floor] : []), ...ticks.map((exponent) => 10 ** exponent)],
        ticktext: [...(some ? ["0"] : []), ...ticks.map(powerOfTen)],
      },
    });
    draw(this.element, [...traces, ...zeros], made);
  }
}

/**
 * Open marks below the logarithmic axis, where exact zeros stand.
 * @param {PlotlyPart} trace of the layers that the axis can show
 * @param {number[]} values of all layers
 * @param {number} floor
 */
function zeroMarks(trace, values, floor) {
  const x = values.flatMap((value, index) => (value === 0 ? [index + 1] : []));
  const marker = { ...trace.marker, symbol: `${trace.marker.symbol}-open` };
  return { x, y: x.map(() => floor), mode: "markers", marker, cliponaxis: false, hoverinfo: "skip" };
}

/**
 * How many layers of which networks have a gradient of exactly zero; empty if none has.
 * @param {import("../../model/scene.js").Scene} scene
 */
export function vanished({ run, sides, cursor, view }) {
  const frame = lastUpTo(run.frames, cursor);
  const parts = sides.flatMap((side) => {
    const values = frame ? [...gradients(run, frame, side.cell, view.gradient)] : [];
    const zeros = values.filter((value) => value === 0).length;
    if (zeros === 0) return [];
    return [`${zeros === side.layers ? "all" : `${zeros} layers`} of ${side.name}-${side.layers}`];
  });
  return parts.length ? `0 in ${[...new Set(parts)].join(" and ")}` : "";
}

/**
 * The colour scale's ends, widened to hold what this frame draws.
 * @param {[number, number]} decades
 * @param {{y: (number | null)[]}[]} traces
 * @returns {[number, number]}
 */
function holding(decades, traces) {
  const logs = traces.flatMap((trace) => trace.y.filter((value) => value !== null).map(Math.log10));
  return [Math.min(decades[0], Math.floor(Math.min(...logs))), Math.max(decades[1], Math.ceil(Math.max(...logs)))];
}

/**
 * Whole exponents between two, at most so many.
 * @param {[number, number]} range
 * @param {number} most
 */
export function exponents(range, most) {
  const every = Math.max(1, Math.ceil((range[1] - range[0]) / (most - 1)));
  const found = [];
  for (let exponent = Math.ceil(range[0]); exponent <= range[1]; exponent += every) found.push(exponent);
  return found;
}
