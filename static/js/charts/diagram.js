/**
 * The architecture diagram of one side. The figure comes from the server; here it gets the page's colours and
 * pixel sizes that follow the panel's width, and from then on one restyle a drawing gives every layer and every
 * edge the colour of its gradient.
 */
import { gradientColour } from "../colours.js";
import { draw, fontSize, restyle } from "../plot.js";
import { gradients, lastUpTo } from "../series.js";

const [FOLDS, WIRES, SKIPS, NODES, JOINS, ENDS] = [0, 1, 2, 3, 4, 5];

/** A mark "line-ew" of size 1 is 1.4 pixels long. */
const EDGE_LENGTH = 1.4;

export class DiagramChart {
  /**
   * @param {HTMLElement} element
   * @param {import("./scene.js").GetScene} scene
   * @param {0 | 1} index which side
   */
  constructor(element, scene, index) {
    this.element = element;
    this.scene = scene;
    this.index = index;
    this.interval = 120;
    /** @type {import("../types.js").Diagram[]} one a cell */
    this.figures = [];
    this.shown = "";
  }

  /**
   * Take the diagrams of an experiment, one a cell.
   * @param {import("../types.js").Diagram[]} figures
   */
  take(figures) {
    this.figures = figures;
    this.shown = "";
  }

  /** Draw all anew at the next drawing: size or theme have changed. */
  reset() {
    this.shown = "";
  }

  /** @returns {any} the meta of the figure that is shown, or null */
  meta() {
    return this.figures[this.scene().sides[this.index].cell]?.layout.meta ?? null;
  }

  draw() {
    const scene = this.scene();
    const side = scene.sides[this.index];
    const figure = this.figures[side.cell];
    if (!figure || figure.layout.meta.depth !== side.depth) return;
    const key = `${side.cell} ${this.element.clientWidth} ${this.element.clientHeight} ${scene.colours.dark} ${fontSize()}`;
    const paint = this.paint(scene, side, figure);
    if (key === this.shown) {
      restyle(this.element, paint, [WIRES, NODES]);
      return;
    }
    this.shown = key;
    this.drawWhole(scene, figure, paint);
  }

  /**
   * Colours of edges and nodes, and the ring of the layer under the pointer.
   * @param {import("./scene.js").Scene} scene
   * @param {import("../types.js").Side} side
   * @param {import("../types.js").Diagram} figure
   */
  paint({ run, cursor, colours, decades, layer, view }, side, figure) {
    const frame = lastUpTo(run.frames, cursor);
    const none = colours.faint;
    const { stands } = figure.layout.meta;
    const all = frame
      ? [...gradients(run.experiment, frame, side.cell, view.gradient)]
      : Array(side.layers).fill(Number.NaN);
    // in a folded diagram a node stands for the same layer of several blocks
    const nodes = stands
      ? stands.map((/** @type {number[]} */ layers) => median(layers.map((number) => all[number - 1])))
      : all;
    const flows = frame ? gradients(run.experiment, frame, side.cell, "activation") : null;
    // what flows along an edge is ∂L/∂h of the layer before it, whichever gradient the nodes show
    const edges = figure.data[WIRES].customdata.map((/** @type {[number, number]} */ [, from]) =>
      gradientColour(flows?.[from - 1] ?? Number.NaN, decades, none),
    );
    return {
      "marker.color": [edges, nodes.map((/** @type {number} */ value) => gradientColour(value, decades, none))],
      "marker.line.color": [edges, colours.text],
      "marker.line.width": [
        fontSize() > 18 ? 4 : 2.5,
        nodes.map((/** @type {number} */ _, /** @type {number} */ index) =>
          (stands ? stands[index].includes(layer) : index + 1 === layer) ? 3 : 0,
        ),
      ],
    };
  }

  /**
   * @param {import("./scene.js").Scene} scene
   * @param {import("../types.js").Diagram} figure
   * @param {any} paint
   */
  drawWhole({ colours }, figure, paint) {
    const { meta } = figure.layout;
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    const across = width / (meta.columns + 0.5);
    const below = meta.columns < 20 ? 0.36 : 0.34;
    const spare = meta.rows - 1 + 0.62 + below;
    const down = Math.min(height / spare, across * 2.2);
    const node = Math.max(4, Math.min(0.32 * across, 0.42 * down, 34));
    const middle = 0.5 * (0.62 - below) - (meta.used_rows - 1) / 2;
    const half = height / down / 2;
    const line = fontSize() > 18 ? 3 : across > 30 ? 1.8 : 1.4;
    const end = Math.max(12, Math.min(0.56 * across, 0.8 * down, 30));
    const data = figure.data.map((trace) => ({ ...trace }));
    data[FOLDS].line = { color: colours.faint, width: line };
    data[WIRES].marker = {
      symbol: "line-ew",
      size: figure.data[WIRES].customdata.map(
        (/** @type {[number, number]} */ [length]) => (length * across) / EDGE_LENGTH,
      ),
      color: paint["marker.color"][0],
      line: { color: paint["marker.line.color"][0], width: paint["marker.line.width"][0] },
    };
    data[SKIPS].line = {
      color: colours.skip,
      width: line,
      dash: meta.dash === "solid" ? "solid" : across > 30 ? "5px,3px" : "3px,2px",
    };
    data[NODES].marker = {
      symbol: "square",
      size: node,
      opacity: 1,
      color: paint["marker.color"][1],
      line: { color: colours.text, width: paint["marker.line.width"][1] },
    };
    const join = Math.max(6, Math.min(0.27 * across, 16));
    data[JOINS].marker = {
      symbol: meta.join,
      size: join,
      opacity: 1,
      color: colours.panel,
      line: { color: colours.skip, width: Math.min(line, 1.6) },
    };
    data[ENDS].marker = {
      symbol: "circle",
      size: end,
      opacity: 1,
      color: colours.panel,
      line: { color: colours.quiet, width: 1.5 },
    };
    // in presenter mode every word is large or not there
    if (fontSize() > 18) data[ENDS].text = ["", ""];
    data[ENDS].textfont = { color: colours.text, size: Math.min(end * 0.45, 13) };
    const annotations = (figure.layout.annotations ?? []).map((/** @type {any} */ note) => ({
      ...note,
      font: { color: colours.quiet, size: Math.max(9, Math.min(fontSize(), across * 0.4)) },
    }));
    draw(this.element, data, {
      ...figure.layout,
      width,
      height,
      annotations,
      yaxis: { ...figure.layout.yaxis, range: [middle - half, middle + half] },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif" },
      hovermode: false,
      dragmode: false,
    });
  }

  /**
   * The layer nearest to a place in the diagram, or null when none is near.
   * @param {number} x
   * @param {number} y
   */
  layerAt(x, y) {
    const nodes = this.figures[this.scene().sides[this.index].cell]?.data[NODES];
    if (!nodes) return null;
    for (let index = 0; index < nodes.x.length; index++) {
      if (Math.abs(nodes.x[index] - x) < 0.18 && Math.abs(nodes.y[index] - y) < 0.4) return index + 1;
    }
    return null;
  }
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1];
}
