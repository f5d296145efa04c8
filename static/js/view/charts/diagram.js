/**
 * The architecture diagram of one side. The figure comes from the server; here it gets the page's colours and
 * pixel sizes that follow the panel's width, and every later drawing restyles layers and edges with the
 * colours of their gradients.
 */
import { paint } from "./diagram_colours.js";
import { blockAt, layerAt, wordsAt } from "./diagram_parts.js";
import { Pixels, skipsByShare, weightOf } from "./diagram_pixels.js";
import { drawLarge } from "./large_block.js";
import { draw, fontSize, onPointer, restyle } from "./plot.js";

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

const [FOLDS, WIRES, SKIPS, NODES, JOINS, ENDS] = [0, 1, 2, 3, 4, 5];

/** Opacity of what a lesion has taken out. */
const GHOST = 0.16;

/** @typedef {import("../../model/types.js").Diagram} Diagram */
/** @typedef {import("../../model/types.js").DrawnSide} Side */
/** @typedef {import("../../model/scene.js").Scene} Scene */

export class DiagramChart {
  /**
   * @param {HTMLElement} element
   * @param {import("../../model/scene.js").GetScene} scene
   * @param {0 | 1} index which side
   */
  constructor(element, scene, index) {
    this.element = element;
    this.scene = scene;
    this.index = index;
    this.interval = 120;
    this.shown = "";
    /** @type {Diagram | null} */
    this.drawn = null;
    /** @type {number | number[]} of the edges */
    this.widths = 2;
    /** @type {Pixels | null} */
    this.px = null;
    /** Called when it was drawn in another place, size or shape. */
    this.drawnAnew = () => {};
    /** @type {{x: number, y: number, words: string}[]} parts of a block drawn large, in pixels */
    this.spots = [];
    onPointer(
      element,
      (x, y) => this.showTip(this.wordsAt(x, y)),
      () => this.showTip(""),
    );
  }

  /** @returns {Diagram | undefined} the figure that is shown */
  figure() {
    const { diagrams, sides } = this.scene();
    return diagrams[sides[this.index].cell];
  }

  /**
   * Blocks of the shown networks of a depth: these are drawn large alike, or none is.
   * @param {number} depth
   */
  blocks(depth) {
    const { diagrams, sides } = this.scene();
    const metas = sides.map(({ cell }) => diagrams[cell]?.layout.meta).filter((meta) => meta?.depth === depth);
    return metas.every((meta) => meta.block) ? metas.flatMap(({ block }) => block ?? []) : [];
  }

  draw() {
    const scene = this.scene();
    const side = scene.sides[this.index];
    const figure = this.figure();
    if (!figure || figure.layout.meta.depth !== side.depth) return;
    const { clientWidth, clientHeight } = this.element;
    const shares = side.shares?.map((share) => `${share.shortcut.toFixed(2)} ${share.branch.toFixed(2)}`);
    const key = `${scene.sides.map(({ cell }) => cell)} ${clientWidth} ${clientHeight} ${scene.colours.dark} ${fontSize()} ${side.lesions} ${shares}`;
    if (key !== this.shown || figure !== this.drawn) this.drawWhole(scene, side, figure);
    else {
      const traces = [WIRES, NODES, figure.data.findIndex((trace) => trace.name === "paths")];
      restyle(
        this.element,
        paint(scene, side, figure, this.widths),
        traces.filter((trace) => trace >= 0),
      );
    }
    this.shown = key;
    this.drawn = figure;
  }

  /**
   * @param {Scene} scene
   * @param {Side} side
   * @param {Diagram} figure
   */
  drawWhole(scene, side, figure) {
    const { colours } = scene;
    const { meta } = figure.layout;
    const px = new Pixels(
      this.element.clientWidth,
      this.element.clientHeight,
      meta,
      fontSize(),
      this.blocks(meta.depth),
    );
    this.px = px;
    const edges = figure.data[WIRES].customdata;
    const shares = side.shares ?? null;
    this.widths = shares
      ? edges.map((/** @type {number[]} */ [, , block]) => px.weight(weightOf(meta, shares, block, "branch")))
      : px.edge;
    const painted = paint(scene, side, figure, this.widths);
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
      color: painted["marker.color"][0],
      line: { color: painted["marker.line.color"][0], width: this.widths },
    };
    data[SKIPS].line = { color: colours.skip, width: px.skip, dash: px.dash };
    data[NODES].marker = {
      ...data[NODES].marker,
      size: data[NODES].marker.size.map((/** @type {number} */ size, /** @type {number} */ index) =>
        px.nodeSize(size, meta.layers[data[NODES].customdata[index] - 1].paths),
      ),
      opacity: data[NODES].customdata.map((/** @type {number} */ number) => opacity(blockOf(number))),
      color: painted["marker.color"][1],
      line: { color: painted["marker.line.color"][1], width: painted["marker.line.width"][1] },
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
    if (px.endless) data[ENDS].text = ["", ""];
    data[ENDS].textfont = { color: colours.text, size: px.ends };
    for (const trace of data.slice(ENDS + 1)) {
      if (trace.name === "paths")
        trace.marker = {
          symbol: "square",
          size: px.path,
          opacity: trace.customdata.map((/** @type {number} */ number) => opacity(blockOf(number))),
          color: painted["marker.color"][2],
          line: { color: painted["marker.line.color"][2], width: painted["marker.line.width"][2] },
        };
      else px.styleTrace(trace, colours);
    }
    if (shares) data.push(...skipsByShare(data[SKIPS], meta, shares, px));
    if (cut.length > 0) data.push(px.crosses(cut, colours.text));
    const large = px.room.large && meta.block ? drawLarge(meta.block, px.room, colours) : null;
    if (large) data.push(...large.traces);
    this.spots = large?.spots ?? [];
    draw(this.element, data, {
      ...figure.layout,
      width: px.width,
      height: px.height,
      annotations: px.notes(figure.layout.annotations ?? [], colours),
      shapes: large ? [large.frame] : [],
      xaxis: { ...figure.layout.xaxis, range: px.room.ranges[0] },
      yaxis: { ...figure.layout.yaxis, range: px.room.ranges[1] },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif" },
      hovermode: false,
      dragmode: false,
    });
    this.drawnAnew();
  }

  /**
   * The layer nearest to a point of the diagram, or null when none is near.
   * @param {number} x
   * @param {number} y
   * @param {number} [reach] how far it may be, in pixels
   */
  layerAt(x, y, reach = 0) {
    const figure = this.figure();
    return figure && this.px ? layerAt(figure, x, y, reach / this.px.across) : null;
  }

  /**
   * The block at a point of the diagram, or null: its layers, its join or its skip. Where a drawn block
   * stands for several, the first of them.
   * @param {number} x
   * @param {number} y
   * @param {number} [reach] how far it may be, in pixels
   */
  blockAt(x, y, reach = 0) {
    const figure = this.figure();
    return figure && this.px ? blockAt(figure, x, y, reach / this.px.across, reach / this.px.down) : null;
  }

  /**
   * What is drawn at a point, in words; empty where nothing is.
   * @param {number} x
   * @param {number} y
   */
  wordsAt(x, y) {
    const figure = this.figure();
    return figure ? this.spotAt(x, y) || wordsAt(figure, x, y) : "";
  }

  /**
   * Words of the nearest part of the block that is drawn large.
   * @param {number} x
   * @param {number} y
   */
  spotAt(x, y) {
    if (!this.px) return "";
    const { left, top } = this.px.room.pixels(x, y);
    const reach = 1.6 * this.px.room.font;
    const far = (/** @type {{x: number, y: number}} */ spot) => Math.hypot(spot.x - left, (spot.y - top) / 1.5);
    const near = this.spots.filter((spot) => far(spot) < reach).sort((one, other) => far(one) - far(other));
    return near[0]?.words ?? "";
  }

  /** @param {string} words */
  showTip(words) {
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
