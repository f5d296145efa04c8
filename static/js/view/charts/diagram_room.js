/**
 * Where a network stands in its panel, how large its units are, and where a block of it is drawn large: beside it, under
 * it or nowhere. Pure.
 */
import { roomOf } from "./large_block.js";

/** @typedef {import("../../model/types.js").DiagramMeta} DiagramMeta */
/** @typedef {import("./large_block.js").Box} Box */

/** Room above the first row and below the last, in rows; beside the rows, in units. */
const [ABOVE, BELOW, BESIDE] = [0.62, 0.44, 0.6];
/** Room below the last row where words stand under it. */
const NOTED = 0.7;
/** A unit is at most so much wider than a row is high, and a row so much higher than a unit is wide. */
const [WIDEST, HIGHEST] = [1.65, 1.6];
/** A network beside a large block keeps units of at least so many pixels. */
const LEAST = 42;
/** Sizes of a large block, in sizes of the font: which share of its size its network must keep, or how many pixels. */
const SCALES = [
  { scale: 1.4, cost: 0.5, enough: 100 },
  { scale: 1.2, cost: 0.5, enough: 100 },
  { scale: 1, cost: 0.42, enough: 80 },
];
/** Beside its network a large block is better placed than under it, by so much. */
const UNDER = 1.15;

/**
 * Places a network in a panel.
 * @param {{width: number, height: number}} panel in pixels
 * @param {DiagramMeta} meta
 * @param {number} font
 * @param {import("./large_block.js").LargeBlock[]} blocks that would be drawn large in panels of this size: each has
 *   room, or none is drawn
 */
export function placed({ width, height }, meta, font, blocks) {
  const whole = { left: 0, top: 0, width, height };
  const way = blocks.length > 0 ? bestWay(whole, meta, font, blocks) : null;
  const room = way?.room ?? whole;
  const across = unitIn(room, meta);
  const down = Math.min(rowIn(room, meta), HIGHEST * across);
  // the middle of the rows, in units of the axes and in pixels
  const [x, y] = [(meta.length - 1) / 2, 0.5 * (ABOVE - (meta.noted ? NOTED : BELOW)) - (meta.used_rows - 1) / 2];
  const [left, top] = [room.left + room.width / 2, room.top + room.height / 2];
  const unit = {
    x: (/** @type {number} */ pixel) => x + (pixel - left) / across,
    y: (/** @type {number} */ pixel) => y - (pixel - top) / down,
  };
  return {
    ...{ across, down, unit },
    large: way?.large ?? null,
    font: font * (way?.scale ?? 1),
    ranges: [
      [unit.x(0), unit.x(width)],
      [unit.y(height), unit.y(0)],
    ],
    /** Pixels from the left and from the top of a point of the axes. */
    pixels: (/** @type {number} */ atX, /** @type {number} */ atY) => ({
      left: left + (atX - x) * across,
      top: top - (atY - y) * down,
    }),
  };
}

/**
 * Height of a row that fills a room.
 * @param {Box} room
 * @param {DiagramMeta} meta
 */
function rowIn({ height }, { rows, noted }) {
  return height / (rows - 1 + ABOVE + (noted ? NOTED : BELOW));
}

/**
 * Width of a unit at which the network fills a room.
 * @param {Box} room
 * @param {DiagramMeta} meta
 */
function unitIn(room, meta) {
  return Math.min(room.width / (meta.columns + BESIDE), WIDEST * rowIn(room, meta));
}

/**
 * The best way to part a panel between a network and a large block; undefined where there is no room.
 * @param {Box} whole
 * @param {DiagramMeta} meta
 * @param {number} font
 * @param {import("./large_block.js").LargeBlock[]} blocks
 */
function bestWay(whole, meta, font, blocks) {
  const alone = unitIn(whole, meta);
  const ways = SCALES.flatMap(({ scale, cost, enough }) => {
    const rooms = blocks.map((block) => roomOf(block, scale * font));
    const width = Math.max(...rooms.map((room) => room.width));
    const height = Math.max(...rooms.map((room) => room.height));
    return parted(whole, width, height)
      .map(({ room, large, under }) => ({ room, large, scale, unit: unitIn(room, meta) / under }))
      .filter(({ unit }) => unit >= Math.max(LEAST, Math.min(cost * alone, enough)));
  });
  return ways.sort((one, other) => other.scale - one.scale || other.unit - one.unit)[0];
}

/**
 * Ways to part a panel: side by side, and one above the other.
 * @param {Box} panel
 * @param {number} wide of the large block
 * @param {number} high
 */
function parted({ left, top, width, height }, wide, high) {
  const [right, low] = [width - wide, height - high];
  return [
    { room: { left, top, width: right, height }, large: { left: right, top, width: wide, height }, under: 1 },
    { room: { left, top, width, height: low }, large: { left, top: low, width, height: high }, under: UNDER },
  ].filter(({ large }) => large.width >= wide && large.height >= high);
}
