/**
 * Gradient heatmap, layer × step, of one side. Both sides share one logarithmic colour scale, whose ends their titles
 * name.
 */
import { HEAT_SCALE, heat, heatFloor } from "../../model/colours.js";
import { gradients, lastUpTo } from "../../model/series.js";
import { draw, layout } from "./plot.js";

const COLUMNS = 160;
/**
 * One pixel a value, scaled by the browser; the style sheet keeps it sharp. Plotly's own way to keep it sharp is a
 * style attribute, which the page's policy forbids, or a picture of full size, which is slow.
 */
const SHARP = { zsmooth: "fast" };

export class Heatmap {
  /**
   * @param {HTMLElement} element
   * @param {import("../../model/scene.js").GetScene} scene
   * @param {0 | 1} index which side
   */
  constructor(element, scene, index) {
    this.element = element;
    this.scene = scene;
    this.index = index;
    this.interval = 350;
  }

  draw() {
    const { run, sides, colours, mapDecades: decades, steps, view } = this.scene();
    const side = sides[this.index];
    const width = steps / COLUMNS;
    const z = Array.from({ length: side.layers }, () => /** @type {(number | null)[]} */ (Array(COLUMNS).fill(null)));
    const newest = run.frames.at(-1)?.step ?? -1;
    for (let column = 0; column < COLUMNS && column * width <= newest; column++) {
      const frame = lastUpTo(run.frames, (column + 1) * width);
      if (!frame) continue;
      const values = gradients(run, frame, side.cell, view.gradient);
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
}
