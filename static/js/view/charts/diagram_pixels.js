/** Pixel sizes of a diagram's parts in a panel of some size, and the weights of its edges. Pure. */
import { faded } from "../../model/colours.js";
import { placed } from "./diagram_room.js";

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */
/** @typedef {import("../../model/types.js").DiagramMeta} DiagramMeta */

/** A mark "line-ew" of size 1 is 1.4 pixels long. */
const EDGE_LENGTH = 1.4;
/** The server draws a layer of common width as 12. */
const COMMON = 12;
/** Narrower blocks, in pixels, leave no room for small marks. */
const ROOMY = 38;
/** Width of a letter, in sizes of the font. */
const LETTER = 0.63;
/** Thicknesses that skips may have: as many traces. */
const LEVELS = 7;

/** @typedef {import("../../model/colours.js").Palette} Palette */
/** @typedef {{shortcut: number, branch: number}} Share */

export class Pixels {
  /**
   * @param {number} width of the panel
   * @param {number} height
   * @param {DiagramMeta} meta of the figure
   * @param {number} font size of the page's charts
   * @param {import("./large_block.js").LargeBlock[]} blocks those of the shown networks of this depth: all have room,
   *   or none is drawn large
   */
  constructor(width, height, meta, font, blocks = meta.block ? [meta.block] : []) {
    this.width = width;
    this.height = height;
    const room = placed({ width, height }, meta, font, blocks);
    this.room = room;
    this.across = room.across;
    this.down = room.down;
    this.wordless = font > 18;
    this.roomy = this.across >= ROOMY;
    this.node = Math.max(4, Math.min((this.roomy ? 0.22 : 0.28) * this.across, 0.42 * this.down, 60));
    this.path = Math.max(3.5, Math.min(0.6 * this.node, 0.13 * this.down));
    const join = Math.max(6, Math.min(0.2 * this.across, 0.3 * this.down, 30));
    // a concatenation is no layer and must not look as large as one
    this.join = meta.join === "square" ? Math.max(4, 0.6 * join) : join;
    this.end = Math.max(15, Math.min(0.5 * this.across, 0.8 * this.down, 2.8 * font));
    this.ends = Math.max(7, Math.min(0.42 * this.end, font));
    // in presenter mode every word is large or not there
    this.endless = this.wordless && this.ends < font;
    if (this.endless) this.end *= 0.6;
    this.line = font > 18 ? 3 : this.across > 90 ? 2.2 : this.across > 30 ? 1.8 : 1.4;
    // the skips of a dense stage are many and cross
    this.skip = meta.dash === "solid" ? 0.65 * this.line : this.line;
    this.edge = font > 18 ? 4 : this.across > 90 ? 3.2 : 2.5;
    this.dash = meta.dash === "solid" ? "solid" : this.across > 30 ? "5px,3px" : "3px,2px";
    this.letter = Math.max(9, Math.min(font, 0.24 * this.across));
    this.thickest = Math.max(4, Math.min(0.17 * this.across, 0.2 * this.down, 12));
  }

  /** @param {number} length in units */
  edgeSize(length) {
    return (length * this.across) / EDGE_LENGTH;
  }

  /**
   * @param {number} size as the server draws it
   * @param {number} paths of the layer
   */
  nodeSize(size, paths) {
    return paths > 1 ? this.path : Math.max(3.5, (this.node * size) / COMMON);
  }

  /** @param {number} share of what passes, 0 to 1 */
  weight(share) {
    return 1 + (this.thickest - 1) * Math.min(1, Math.max(0, share));
  }

  /**
   * Colours and sizes of the traces that only some networks have.
   * @param {PlotlyPart} trace changed in place
   * @param {Palette} colours
   */
  styleTrace(trace, colours) {
    switch (trace.name) {
      case "rails":
        trace.line = { color: colours.skip, width: 1 };
        trace.fillcolor = faded(colours.skip, 0.45);
        break;
      case "controls":
        trace.line = { color: colours.skip, width: Math.min(this.line, 1.4), dash: "2px,2px" };
        break;
      case "gauges":
        trace.line = { color: colours.quiet, width: 2 * this.line };
        break;
      case "norms":
        trace.line = { color: colours.text, width: Math.max(1.5, 0.02 * this.across) };
        trace.visible = this.roomy;
        break;
      case "sigmas":
        trace.line = { color: colours.text, width: Math.max(3, 0.06 * this.across) };
        trace.visible = this.roomy;
        break;
      case "marks":
        this.styleMarks(trace, colours);
        break;
      case "letters":
        trace.textfont = { color: colours.quiet, size: this.letter };
        if (this.wordless || !this.roomy || this.down < 60) trace.text = trace.text.map(() => "");
    }
  }

  /**
   * @param {PlotlyPart} trace changed in place
   * @param {Palette} colours
   */
  styleMarks(trace, colours) {
    const small = new Set(["up", "down"]);
    /** @type {Record<string, [number, string, string, number]>} size, inside, line, its width */
    const looks = {
      up: [Math.max(4, 0.36 * this.node), colours.skip, colours.skip, 0],
      down: [Math.max(4, 0.36 * this.node), colours.skip, colours.skip, 0],
      pad: [0.8 * this.join, colours.panel, colours.skip, 1.5],
      projection: [0.9 * this.join, colours.skip, colours.skip, 0],
      gate: [0.75 * this.join, colours.skip, colours.skip, 0],
      carry: [0.65 * this.join, colours.panel, colours.skip, 1.5],
      scale: [Math.max(6, 0.75 * this.node), colours.panel, colours.text, 1.5],
    };
    /** @type {string[]} */
    const kinds = trace.customdata.map((/** @type {[string, number]} */ [kind]) => kind);
    trace.marker = {
      symbol: trace.marker.symbol,
      size: kinds.map((kind) => (small.has(kind) && !this.roomy ? 0 : looks[kind][0])),
      opacity: 1,
      color: kinds.map((kind) => looks[kind][1]),
      line: {
        color: kinds.map((kind) => looks[kind][2]),
        width: kinds.map((kind) => looks[kind][3]),
      },
    };
  }

  /**
   * The notes below the blocks, as far as each row has room for them, over whatever lies there.
   * @param {PlotlyPart[]} notes
   * @param {Palette} colours
   * @returns {PlotlyPart[]}
   */
  notes(notes, colours) {
    const edge = this.room.ranges[0][0];
    const shown = this.wordless ? [] : notes.map((note) => ({ ...note }));
    const left = (/** @type {PlotlyPart} */ { x, text, xanchor }) =>
      x * this.across - (xanchor === "right" ? LETTER * this.letter * text.length : 0);
    const right = (/** @type {PlotlyPart} */ note) => left(note) + LETTER * this.letter * note.text.length;
    return shown.filter((note, index) => {
      note.font = { color: colours.quiet, size: this.letter };
      note.bgcolor = colours.panel;
      note.borderpad = 0;
      if (left(note) < edge * this.across) [note.x, note.xanchor] = [edge, "left"];
      const next = shown[index + 1];
      // the shape is of more use than the number behind it
      if (next?.y === note.y && right(note) + 2 > left(next)) note.text = note.text.split(", ")[0];
      const before = shown[index - 1];
      return before?.y !== note.y || right(before) + 2 < left(note);
    });
  }

  /**
   * Crosses over blocks that are taken out.
   * @param {number[][]} slots
   * @param {string} colour
   */
  crosses(slots, colour) {
    return {
      type: "scatter",
      name: "removed",
      mode: "markers",
      x: slots.map(([left, right]) => (left + right) / 2),
      y: slots.map(([, , y]) => y),
      marker: {
        symbol: "x-thin",
        size: slots.map(([left, right]) => Math.min(0.5 * (right - left) * this.across, 0.5 * this.down)),
        color: colour,
        line: { color: colour, width: Math.max(2, this.line) },
      },
      hoverinfo: "skip",
    };
  }
}

/**
 * The share of what passes a drawn block by shortcut or branch: the mean over the blocks that it stands for; 0 for none.
 * @param {DiagramMeta} meta
 * @param {Share[]} shares one a block
 * @param {number} block number of the first that it stands for, 0: no block
 * @param {"shortcut" | "branch"} path
 */
export function weightOf(meta, shares, block, path) {
  if (block === 0) return 0.25;
  const last = meta.slots.find((/** @type {number[]} */ slot) => slot[3] === block)?.[4] ?? block;
  const inside = shares.slice(block - 1, last);
  return inside.length ? inside.reduce((sum, share) => sum + share[path], 0) / inside.length : 0;
}

/**
 * The skips, each as thick as what passes by it: one trace for each thickness. Empties the trace of thin ones.
 * @param {PlotlyPart} skips the trace of all of them, parted by null
 * @param {DiagramMeta} meta
 * @param {Share[]} shares
 * @param {Pixels} px
 * @returns {PlotlyPart[]}
 */
export function skipsByShare(skips, meta, shares, px) {
  /** @type {{x: (number | null)[], y: (number | null)[]}[]} */
  const levels = Array.from({ length: LEVELS }, () => ({ x: [], y: [] }));
  let line = 0;
  let level = null;
  for (let index = 0; index < skips.x.length; index++) {
    if (level === null) {
      const share = weightOf(meta, shares, meta.skips[line], "shortcut");
      level = levels[Math.round(Math.min(1, Math.max(0, share)) * (LEVELS - 1))];
    }
    level.x.push(skips.x[index]);
    level.y.push(skips.y[index]);
    if (skips.x[index] === null) {
      line++;
      level = null;
    }
  }
  skips.x = [];
  skips.y = [];
  return levels.flatMap((points, at) =>
    points.x.length > 0
      ? {
          ...skips,
          ...points,
          name: "shares",
          line: { ...skips.line, width: px.weight(at / (LEVELS - 1)) },
        }
      : [],
  );
}
