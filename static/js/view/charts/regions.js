/**
 * Decision regions of one side, for data in the plane: the class that the network of the first seed gives every point,
 * and the test set on it.
 */
import { CLASS_COLOURS, faded } from "../../model/colours.js";
import { regionsAt } from "../../model/series.js";
import { draw, fontSize, layout } from "./plot.js";

const GRID = 32;

/** @typedef {{x: number[], y: number[], classes: number[]}} Points */

export class RegionsChart {
  /**
   * @param {HTMLElement} element
   * @param {import("../../model/scene.js").GetScene} scene
   * @param {0 | 1} index which side
   * @param {() => Points | null} points the test set, once it is there
   */
  constructor(element, scene, index, points) {
    this.element = element;
    this.scene = scene;
    this.index = index;
    this.points = points;
    this.interval = 350;
  }

  draw() {
    const { run, sides, colours, cursor } = this.scene();
    const text = regionsAt(run, cursor)?.regions?.[sides[this.index].cell] ?? "";
    const z = Array.from({ length: GRID }, (_, row) =>
      Array.from({ length: GRID }, (_, column) => {
        const code = Number.parseInt(text.slice(2 * (row * GRID + column), 2 * (row * GRID + column) + 2), 16);
        return Number.isNaN(code) ? null : code;
      }),
    );
    const regions = {
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
      zsmooth: "fast", // one pixel a value, which the style sheet keeps sharp
      hoverinfo: "skip",
    };
    const axis = { range: [-1, 1], constrain: "domain", tickvals: [-1, 0, 1], showgrid: false };
    const made = layout(this.element, colours, { x: axis, y: { ...axis, scaleanchor: "x" } });
    draw(this.element, [regions, ...this.marks(colours)], made);
  }

  /** @param {import("../../model/colours.js").Palette} colours */
  marks(colours) {
    const points = this.points();
    if (!points) return [];
    const size = fontSize() > 18 ? 9 : 5;
    const colour = points.classes.map((one) => CLASS_COLOURS[one][colours.dark ? 1 : 0]);
    const symbol = points.classes.map((one) => CLASS_MARKERS[one]);
    const marker = { color: colour, symbol, size, line: { color: colours.text, width: 0.7 } };
    return [{ x: points.x, y: points.y, mode: "markers", marker, hoverinfo: "skip" }];
  }
}

/** Markers of the classes, so that colour alone does not carry them. */
const CLASS_MARKERS = ["circle", "square", "triangle-up"];

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
