/** Gradient by layer on a logarithmic axis, for the two shown networks, at the cursor. */
import { styleOf } from "../colours.js";
import { powerOfTen } from "../numbers.js";
import { draw, fontSize, layout } from "../plot.js";
import { gradients, lastUpTo } from "../series.js";

export class LayersChart {
  /**
   * @param {HTMLElement} element
   * @param {import("./scene.js").GetScene} scene
   */
  constructor(element, scene) {
    this.element = element;
    this.scene = scene;
    this.interval = 120;
  }

  draw() {
    const { run, sides, colours, cursor, decades, view } = this.scene();
    const wide = fontSize() > 18;
    const frame = lastUpTo(run.frames, cursor);
    const traces = sides.map((side) => {
      const style = styleOf(run.experiment, side.arm, colours.dark);
      const values = frame ? [...gradients(run.experiment, frame, side.cell, view.gradient)] : [];
      return {
        x: values.map((_, index) => index + 1),
        y: values.map((value) => (value > 0 ? value : null)),
        mode: "lines+markers",
        line: { color: style.colour, width: wide ? 4 : 2, dash: style.dash },
        marker: { color: style.colour, symbol: style.marker, size: wide ? 9 : 5 },
        hoverinfo: "skip",
      };
    });
    const deepest = Math.max(...sides.map((side) => side.layers));
    const range = holding(decades, traces);
    const ticks = exponents(range, wide ? 4 : 6);
    const made = layout(this.element, colours, {
      x: { range: [0, deepest + 1], title: { text: wide ? "layer" : "layer (1 = nearest the input)" } },
      y: {
        type: "log",
        range: [range[0] - 0.15, range[1] + 0.15],
        tickvals: ticks.map((exponent) => 10 ** exponent),
        ticktext: ticks.map(powerOfTen),
      },
    });
    draw(this.element, traces, made);
  }
}

/**
 * Which networks the logarithmic axis cannot show, for the gradient of most of their layers is gone altogether; empty when it shows all.
 * @param {import("./scene.js").Scene} scene
 */
export function vanished({ run, sides, cursor, view }) {
  const frame = lastUpTo(run.frames, cursor);
  const gone = sides.filter((side) => {
    const values = frame ? gradients(run.experiment, frame, side.cell, view.gradient) : [];
    return values.filter((value) => value === 0).length > side.layers / 2;
  });
  const names = [...new Set(gone.map((side) => `${side.name}-${side.layers}`))];
  return names.length ? `0 in ${names.join(" and ")}` : "";
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
