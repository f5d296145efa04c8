/**
 * The architecture diagram of one side. The figure comes from the server; here it gets the page's colours and
 * pixel sizes that follow the panel's width, and from then on one restyle a drawing gives every layer and every
 * edge the colour of its gradient.
 */
import { gradientColour, ZERO } from "../colours.js";
import { draw, fontSize, onPointer, restyle } from "../plot.js";
import { gradients, lastUpTo } from "../series.js";
import { blockAt, layerAt, wordsAt } from "./diagram_parts.js";
import { Pixels, skipsByShare, weightOf } from "./diagram_pixels.js";

const [FOLDS, WIRES, SKIPS, NODES, JOINS, ENDS] = [0, 1, 2, 3, 4, 5];

/** Opacity of what a lesion has taken out. */
const GHOST = 0.16;

/** @typedef {import("../types.js").Diagram} Diagram */
/** @typedef {import("../types.js").Side} Side */
/** @typedef {import("./scene.js").Scene} Scene */

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
    /** @type {Diagram[]} one a cell */
    this.figures = [];
    this.shown = "";
    /** @type {number | number[]} of the edges */
    this.widths = 2;
    onPointer(
      element,
      (x, y) => this.say(this.wordsAt(x, y)),
      () => this.say(""),
    );
  }

  /**
   * Take the diagrams of an experiment, one a cell.
   * @param {Diagram[]} figures
   */
  take(figures) {
    this.figures = figures;
    this.shown = "";
  }

  /** Draw all anew at the next drawing: size or theme have changed. */
  reset() {
    this.shown = "";
  }

  /** @returns {Diagram | undefined} the figure that is shown */
  figure() {
    return this.figures[this.scene().sides[this.index].cell];
  }

  /** @returns {any} the meta of the figure that is shown, or null */
  meta() {
    return this.figure()?.layout.meta ?? null;
  }

  draw() {
    const scene = this.scene();
    const side = scene.sides[this.index];
    const figure = this.figures[side.cell];
    if (!figure || figure.layout.meta.depth !== side.depth) return;
    const { clientWidth, clientHeight } = this.element;
    const shares = side.shares?.map((share) => `${share.shortcut.toFixed(2)} ${share.branch.toFixed(2)}`);
    const key = `${side.cell} ${clientWidth} ${clientHeight} ${scene.colours.dark} ${fontSize()} ${side.lesions} ${shares}`;
    if (key !== this.shown) this.drawWhole(scene, side, figure);
    else {
      const traces = [WIRES, NODES, figure.data.findIndex((trace) => trace.name === "paths")];
      restyle(
        this.element,
        this.paint(scene, side, figure),
        traces.filter((trace) => trace >= 0),
      );
    }
    this.shown = key;
  }

  /**
   * Colours of edges, nodes and further paths, and the ring of the layer under the pointer.
   * @param {Scene} scene
   * @param {Side} side
   * @param {Diagram} figure
   */
  paint({ run, cursor, colours, decades, layer, view }, side, figure) {
    const frame = lastUpTo(run.frames, cursor);
    const { film } = side;
    const scale = film?.decades ?? decades;
    const none = colours.faint;
    const { stands } = figure.layout.meta;
    const all =
      film?.column ??
      (frame ? [...gradients(run.experiment, frame, side.cell, view.gradient)] : Array(side.layers).fill(Number.NaN));
    // in a folded diagram a node stands for the same layer of several blocks
    const nodes = stands
      ? stands.map((/** @type {number[]} */ layers) => median(layers.map((number) => all[number - 1])))
      : all;
    // what comes back along an edge is ∂L/∂h of the layer before it, and what goes forward its mean h²
    const along = view.gradient === "square" ? "square" : "activation";
    const flows = film?.column ?? (frame ? gradients(run.experiment, frame, side.cell, along) : null);
    const edges = figure.data[WIRES].customdata.map((/** @type {[number, number]} */ [, from]) =>
      gradientColour(flows?.[from - 1] ?? Number.NaN, scale, none),
    );
    const paths = figure.data.find((trace) => trace.name === "paths")?.customdata ?? [];
    const lens = film?.front ?? layer;
    const lit = (/** @type {number} */ index) => (stands ? stands[index].includes(lens) : index + 1 === lens);
    const ways = paths.map((/** @type {number} */ number) => all[number - 1]);
    // a layer without gradient is hollow: not the colour alone tells it
    const fill = (/** @type {number} */ value) => (value === 0 ? colours.panel : gradientColour(value, scale, none));
    const ring = (/** @type {number} */ value) => (value === 0 ? ZERO : colours.text);
    const thick = (/** @type {number} */ value, /** @type {boolean} */ seen) => (seen ? 3 : value === 0 ? 2 : 0);
    return {
      "marker.color": [edges, nodes.map(fill), ways.map(fill)],
      "marker.line.color": [edges, nodes.map(ring), ways.map(ring)],
      "marker.line.width": [
        this.widths,
        nodes.map((/** @type {number} */ value, /** @type {number} */ index) => thick(value, lit(index))),
        ways.map((/** @type {number} */ value, /** @type {number} */ index) => thick(value, paths[index] === lens)),
      ],
    };
  }

  /**
   * @param {Scene} scene
   * @param {Side} side
   * @param {Diagram} figure
   */
  drawWhole(scene, side, figure) {
    const { colours } = scene;
    const { meta } = figure.layout;
    const px = new Pixels(this.element.clientWidth, this.element.clientHeight, meta, fontSize());
    const edges = figure.data[WIRES].customdata;
    const shares = side.shares ?? null;
    this.widths = shares
      ? edges.map((/** @type {number[]} */ [, , block]) => px.weight(weightOf(meta, shares, block, "branch")))
      : px.edge;
    const paint = this.paint(scene, side, figure);
    const out = new Set(side.lesions ?? []);
    const cut = meta.slots.filter((/** @type {number[]} */ [, , , from, to]) => from > 0 && holds(out, from, to));
    const gone = new Set(cut.map((/** @type {number[]} */ slot) => slot[3]));
    const opacity = (/** @type {number} */ block) => (gone.has(block) ? GHOST : 1);
    const blockOf = (/** @type {number} */ number) => meta.layers[number - 1].block;
    const data = figure.data.map((trace) => ({ ...trace }));
    data[FOLDS].line = { color: colours.faint, width: px.line };
    data[WIRES].marker = {
      symbol: "line-ew",
      size: edges.map((/** @type {number[]} */ [length]) => px.edgeSize(length)),
      opacity: edges.map((/** @type {number[]} */ [, , block, kept]) => Math.max(0.2, kept) * opacity(block)),
      color: paint["marker.color"][0],
      line: { color: paint["marker.line.color"][0], width: this.widths },
    };
    data[SKIPS].line = { color: colours.skip, width: px.skip, dash: px.dash };
    data[NODES].marker = {
      ...data[NODES].marker,
      size: data[NODES].marker.size.map((/** @type {number} */ size, /** @type {number} */ index) =>
        px.nodeSize(size, meta.layers[data[NODES].customdata[index] - 1].paths),
      ),
      opacity: data[NODES].customdata.map((/** @type {number} */ number) => opacity(blockOf(number))),
      color: paint["marker.color"][1],
      line: { color: paint["marker.line.color"][1], width: paint["marker.line.width"][1] },
    };
    data[JOINS].marker = {
      symbol: meta.join,
      size: px.join,
      opacity: 1,
      color: colours.panel,
      line: { color: colours.skip, width: Math.min(px.line, 1.6) },
    };
    data[ENDS].marker = {
      symbol: "circle",
      size: px.end,
      opacity: 1,
      color: colours.panel,
      line: { color: colours.quiet, width: 1.5 },
    };
    // in presenter mode every word is large or not there
    if (fontSize() > 18) data[ENDS].text = ["", ""];
    data[ENDS].textfont = { color: colours.text, size: Math.min(px.end * 0.45, 13) };
    for (const trace of data.slice(ENDS + 1)) {
      if (trace.name === "paths")
        trace.marker = {
          symbol: "square",
          size: px.path,
          opacity: trace.customdata.map((/** @type {number} */ number) => opacity(blockOf(number))),
          color: paint["marker.color"][2],
          line: { color: paint["marker.line.color"][2], width: paint["marker.line.width"][2] },
        };
      else px.dress(trace, colours);
    }
    if (shares) data.push(...skipsByShare(data[SKIPS], meta, shares, px));
    if (cut.length > 0) data.push(px.crosses(cut, colours.text));
    const annotations = (figure.layout.annotations ?? []).map((/** @type {any} */ note) => ({
      ...note,
      font: { color: colours.quiet, size: px.letter },
    }));
    draw(this.element, data, {
      ...figure.layout,
      width: px.width,
      height: px.height,
      annotations: px.wordless ? [] : annotations,
      yaxis: { ...figure.layout.yaxis, range: px.range },
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
    const figure = this.figure();
    return figure ? layerAt(figure, x, y) : null;
  }

  /**
   * The block at a place in the diagram, or null: its layers, its join or the way past it. Where a drawn block
   * stands for several, the first of them.
   * @param {number} x
   * @param {number} y
   */
  blockAt(x, y) {
    const figure = this.figure();
    return figure ? blockAt(figure, x, y) : null;
  }

  /**
   * What is drawn at a place, in words; empty where nothing is.
   * @param {number} x
   * @param {number} y
   */
  wordsAt(x, y) {
    const figure = this.figure();
    return figure ? wordsAt(figure, x, y) : "";
  }

  /** @param {string} words */
  say(words) {
    if (this.element.title !== words) this.element.title = words;
  }
}

/**
 * @param {Set<number>} out
 * @param {number} from
 * @param {number} to
 */
function holds(out, from, to) {
  for (let number = from; number <= to; number++) if (out.has(number)) return true;
  return false;
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1];
}
