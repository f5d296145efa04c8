/**
 * Gradient heatmap, layer × step, of one side. Both sides share one logarithmic colour scale, which the legends on
 * the page show. For data in the plane the same place shows the regions that the network has learned.
 */
import { CLASS_COLOURS, faded, HEAT_SCALE, heat, heatFloor } from "../colours.js";
import { draw, layout } from "../plot.js";
import { gradients, lastUpTo } from "../series.js";

const COLUMNS = 160;
/**
 * One pixel a value, scaled by the browser; the style sheet keeps it sharp. Plotly's own way to keep it sharp is a
 * style attribute, which the page's policy forbids, or a picture of full size, which is slow.
 */
const SHARP = { zsmooth: "fast" };
const GRID = 32;

export class Heatmap {
  /**
   * @param {HTMLElement} element
   * @param {import("./scene.js").GetScene} scene
   * @param {0 | 1} index which side
   */
  constructor(element, scene, index) {
    this.element = element;
    this.scene = scene;
    this.index = index;
    this.interval = 350;
  }

  draw() {
    const scene = this.scene();
    if (hasRegions(scene) && scene.view.tab === "regions") this.drawRegions(scene);
    else this.drawGradients(scene);
  }

  /** @param {import("./scene.js").Scene} scene */
  drawGradients({ run, sides, colours, decades, steps, view }) {
    const side = sides[this.index];
    const width = steps / COLUMNS;
    const z = Array.from({ length: side.layers }, () => /** @type {(number | null)[]} */ (Array(COLUMNS).fill(null)));
    const newest = run.frames.at(-1)?.step ?? -1;
    for (let column = 0; column < COLUMNS && column * width <= newest; column++) {
      const frame = lastUpTo(run.frames, (column + 1) * width);
      if (!frame) continue;
      const values = gradients(run.experiment, frame, side.cell, view.gradient);
      for (let layer = 0; layer < side.layers; layer++) {
        z[layer][column] = heat(values[layer], decades);
      }
    }
    const trace = {
      type: "heatmap",
      z,
      x0: width / 2,
      dx: width,
      y0: 1,
      dy: 1,
      zmin: heatFloor(decades),
      zmax: decades[1],
      colorscale: HEAT_SCALE,
      showscale: false,
      ...SHARP,
      hoverinfo: "skip",
    };
    const made = layout(this.element, colours, {
      x: { range: [0, steps], title: { text: "step" }, showgrid: false },
      y: { range: [0.5, side.layers + 0.5], title: { text: "layer" }, showgrid: false },
    });
    draw(this.element, [trace], made);
  }

  /** @param {import("./scene.js").Scene} scene */
  drawRegions({ run, sides, colours, cursor }) {
    const text = regionsAt(run, cursor)?.regions?.[sides[this.index].cell] ?? "";
    const z = Array.from({ length: GRID }, (_, row) =>
      Array.from({ length: GRID }, (_, column) => {
        const code = Number.parseInt(text.slice(2 * (row * GRID + column), 2 * (row * GRID + column) + 2), 16);
        return Number.isNaN(code) ? null : code;
      }),
    );
    const trace = {
      type: "heatmap",
      z,
      x0: -1 + 1 / GRID,
      dx: 2 / GRID,
      y0: -1 + 1 / GRID,
      dy: 2 / GRID,
      zmin: 0,
      zmax: 16 * CLASS_COLOURS.length - 1,
      colorscale: regionScale(colours.dark),
      showscale: false,
      ...SHARP,
      hoverinfo: "skip",
    };
    const made = layout(this.element, colours, {
      x: { range: [-1, 1], constrain: "domain", tickvals: [-1, 0, 1], showgrid: false },
      y: { range: [-1, 1], scaleanchor: "x", constrain: "domain", tickvals: [-1, 0, 1], showgrid: false },
    });
    draw(this.element, [trace], made);
  }
}

/**
 * Whether the run measures regions: its data lie in the plane.
 * @param {{run: import("../types.js").Run}} scene
 */
export function hasRegions({ run }) {
  return run.experiment.dataset === "spiral";
}

/**
 * The measurement whose regions are shown at a step: the last one up to it. A history keeps few regions, so it may
 * be a later one; the title says which.
 * @param {import("../types.js").Run} run
 * @param {number | null} cursor
 */
export function regionsAt(run, cursor) {
  const measured = run.evaluations.filter((item) => item.regions !== null);
  return lastUpTo(measured, cursor) ?? measured[0] ?? null;
}

/**
 * Codes class × 16 + probability in sixteenths: each class runs from faint to full.
 * @param {boolean} dark
 */
function regionScale(dark) {
  const last = 16 * CLASS_COLOURS.length - 1;
  return CLASS_COLOURS.flatMap((pair, index) => {
    const colour = pair[dark ? 1 : 0];
    // an opaque mixture would hide the panel; guesses near 1/3 look nearly like it
    return [
      [(16 * index) / last, faded(colour, 0.05)],
      [(16 * index + 5) / last, faded(colour, 0.12)],
      [(16 * index + 15) / last, faded(colour, 0.95)],
    ];
  });
}
