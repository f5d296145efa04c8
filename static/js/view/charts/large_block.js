/**
 * One block drawn large with its parts named, beside or under its network where the panel has room for it. Places its
 * parts in pixels. Pure.
 */

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */
/** @typedef {import("../../model/types.js").LargeBlock} LargeBlock */
/** @typedef {import("../../model/colours.js").Palette} Palette */
/** @typedef {{left: number, top: number, width: number, height: number}} Box in pixels of the panel */

/** A letter's width, and a line's height, in sizes of the font. */
const [LETTER, LINE] = [0.56, 1.25];
/** Widths of the parts, in sizes of the font. */
const WIDTHS = { weights: 2.2, add: 1.9, gate: 1.9, concatenate: 1.3, scale: 1.7, drop: 1.7 };
/** Room around it, and how far the names and the way to a gate lie below the wire, in sizes of the font. */
const [PAD, NAMES, GATE] = [0.9, 1.9, 3];

/**
 * The room that a large block needs, in pixels.
 * @param {LargeBlock} block
 * @param {number} font
 */
export function roomOf(block, font) {
  const width = block.parts.reduce((sum, [kind, name]) => sum + widthOf(kind, name, font), 0);
  const above = block.skip ? 2.4 + 1.4 : 1.4;
  const below = block.gate ? GATE + 0.6 : NAMES + 0.5 * LINE;
  return { width: width + 2 * PAD * font, height: (above + below + PAD) * font, above: above / (above + below) };
}

/**
 * @param {string} kind
 * @param {string} name
 * @param {number} font
 */
function widthOf(kind, name, font) {
  if (kind === "x") return 2.2 * font;
  const sign = WIDTHS[/** @type {keyof typeof WIDTHS} */ (kind)] ?? 0.6;
  return Math.max(sign + 1, LETTER * name.length + 0.7) * font;
}

/**
 * What is drawn of it.
 * @param {LargeBlock} block
 * @param {ReturnType<typeof import("./diagram_room.js").placed>} placed where it has room
 * @param {Palette} colours
 * @returns {{traces: PlotlyPart[], frame: PlotlyPart, spots: {x: number, y: number, words: string}[]}} spots: the
 *   middle of each part in pixels, with its words
 */
export function drawLarge(block, { large, font, unit }, colours) {
  const box = /** @type {Box} */ (large);
  const room = roomOf(block, font);
  const middle = box.top + (box.height - room.height) / 2 + 0.5 * PAD * font + room.above * (room.height - PAD * font);
  let left = box.left + (box.width - room.width) / 2 + PAD * font;
  const at = block.parts.map(([kind, name]) => {
    const width = widthOf(kind, name, font);
    left += width;
    return left - width / 2;
  });
  at[0] -= 0.6 * font;
  const [from, to] = [at[0] + 0.8 * font, at[at.length - 1] - 0.7 * font];
  const join = block.join === null ? 0 : at[block.join];
  const [top, low] = [middle - 2.4 * font, middle + GATE * font];
  const arc = Array.from({ length: 25 }, (_, step) => step / 24);
  const skip = block.skip ? arc.map((share) => [from + share * (join - from), middle - 9.6 * font * share * (1 - share)]) : []; // biome-ignore format: one curve
  const under = (from + join) / 2;
  const gate = block.gate ? [[from, middle], [from + 0.6 * font, low], [under - 1.2 * font, low], NOWHERE, [under + 1.2 * font, low], [join - 0.4 * font, low], [join, middle]] : []; // biome-ignore format: one line
  const shown = block.parts
    .map(([kind], index) => ({ kind, x: at[index], y: middle }))
    .concat(block.gate ? { kind: "decides", x: under - 0.4 * font, y: low } : [])
    .filter(({ kind }) => kind in LOOKS);
  const looks = shown.map(({ kind }) => LOOKS[/** @type {keyof typeof LOOKS} */ (kind)]);
  const named = block.parts.map(([kind, name], index) => ({
    name,
    // the way to a gate comes from below
    x: at[index] + (kind === "gate" ? 1.6 * font : 0),
    y: middle + font * (kind === "x" || kind === "y" ? 0 : kind === "gate" ? -1.5 : NAMES),
  }));
  if (block.skip) named.push({ name: block.skip[0], x: under, y: top - 0.75 * font });
  if (block.gate) named.push({ name: block.gate[0], x: under + 0.6 * font, y: low });
  const scatter = { type: "scatter", hoverinfo: "skip" };
  const line = Math.max(1.6, 0.15 * font);
  const points = (/** @type {number[][]} */ list) => ({ x: list.map(([x]) => unit.x(x)), y: list.map(([, y]) => unit.y(y)) }); // biome-ignore format: one line
  const traces = [
    { ...scatter, ...points([[from, middle], [to, middle]]), name: "large wire", mode: "lines", line: { color: colours.quiet, width: line } }, // biome-ignore format: a row
    { ...scatter, ...points([...skip, ...(gate.length ? [NOWHERE, ...gate] : [])]), name: "large skip", mode: "lines", line: { color: colours.skip, width: line, dash: "6px,3px" } }, // biome-ignore format: a row
    {
      ...scatter,
      ...points(shown.map(({ x, y }) => [x, y])),
      name: "large parts",
      mode: "markers",
      marker: {
        symbol: looks.map(({ symbol }) => symbol),
        size: looks.map(({ size }) => size * font),
        opacity: 1,
        color: looks.map(({ fill }) => colours[fill]),
        line: { color: looks.map(({ edge }) => colours[edge]), width: line },
      },
    },
    {
      ...scatter,
      ...points(named.map(({ x, y }) => [x, y])),
      name: "large names",
      mode: "text",
      text: named.map(({ name }) => name),
      textposition: "middle center",
      textfont: { size: font, color: colours.text },
    },
  ];
  const spots = block.parts.map(([, , words], index) => ({ x: at[index], y: middle, words }));
  if (block.skip) spots.push({ x: under, y: top, words: block.skip[1] });
  if (block.gate) spots.push({ x: under, y: low, words: block.gate[1] });
  const frame = {
    type: "rect",
    layer: "below",
    x0: unit.x(box.left + (box.width - room.width) / 2),
    x1: unit.x(box.left + (box.width + room.width) / 2),
    y0: unit.y(box.top + (box.height - room.height) / 2),
    y1: unit.y(box.top + (box.height + room.height) / 2),
    line: { color: colours.grid, width: 1 },
  };
  return { traces, frame, spots };
}

/** Between two lines of one trace. */
const NOWHERE = [Number.NaN, Number.NaN];

/** @type {Record<string, {symbol: string, size: number, fill: "panel" | "text" | "faint" | "skip", edge: "text" | "skip"}>} */
const LOOKS = {
  weights: { symbol: "square", size: 2.1, fill: "faint", edge: "text" },
  norm: { symbol: "line-ns", size: 1.6, fill: "text", edge: "text" },
  activation: { symbol: "square", size: 0.7, fill: "text", edge: "text" },
  scale: { symbol: "triangle-right", size: 1.5, fill: "panel", edge: "text" },
  drop: { symbol: "circle-x", size: 1.4, fill: "panel", edge: "text" },
  add: { symbol: "circle-cross", size: 1.6, fill: "panel", edge: "skip" },
  gate: { symbol: "diamond-cross", size: 1.8, fill: "panel", edge: "skip" },
  decides: { symbol: "diamond", size: 0.9, fill: "skip", edge: "skip" },
  concatenate: { symbol: "square", size: 1.2, fill: "panel", edge: "skip" },
};
