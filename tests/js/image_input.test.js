// The way from a picture to the bytes of a network's input: area averaging, luma, inversion, the square, the strokes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { centred, moved, zoomed } from "../../static/js/model/crop.js";
import { asRgba, averaged, borderMean, inverted } from "../../static/js/model/image_pixels.js";
import { Drawing, fitted } from "../../static/js/model/strokes.js";

/**
 * A square picture from a function of its place.
 * @param {number} length
 * @param {(x: number, y: number) => number[]} colour
 */
const picture = (length, colour) => {
  const rgba = new Uint8ClampedArray(4 * length ** 2).fill(255);
  for (let at = 0; at < length ** 2; at += 1) rgba.set(colour(at % length, Math.floor(at / length)), 4 * at);
  return rgba;
};
const noise = (/** @type {number} */ x, /** @type {number} */ y) =>
  [3, 5, 7].map((factor) => (x * 37 * factor + y * 101 + x * y * factor) % 256);

/** The mean of a part by its definition: the integral, in a thousand places of each pixel. @param {number} side */
const byCounting = (/** @type {number} */ length, side, /** @type {number} */ colour) => {
  const fine = 60;
  const sums = new Float64Array(side * side);
  for (let v = 0; v < side * fine; v += 1)
    for (let u = 0; u < side * fine; u += 1) {
      const [x, y] = [u, v].map((at) => Math.floor(((at + 0.5) * length) / (side * fine)));
      sums[Math.floor(v / fine) * side + Math.floor(u / fine)] += noise(x, y)[colour] / fine ** 2;
    }
  return sums;
};

test("each pixel is the mean of what lies under it, where sizes divide and where they do not", () => {
  for (const [length, side] of [
    [12, 4],
    [10, 4],
    [15, 6],
    [4, 8],
    [5, 5],
    [1, 3],
  ]) {
    const pixels = averaged(picture(length, noise), length, { side, channels: 3 });
    assert.equal(pixels.length, 3 * side * side);
    for (let colour = 0; colour < 3; colour += 1)
      byCounting(length, side, colour).forEach((mean, at) => {
        assert.ok(Math.abs(pixels[colour * side * side + at] - mean) <= 0.51, `${length} to ${side}`);
      });
  }
});

test("white stays 255 and black 0 in every size, grey or not", () => {
  for (const [length, side] of [
    [512, 28],
    [511, 14],
    [333, 224],
    [320, 8],
  ])
    for (const channels of [1, 3]) {
      const ends = [255, 0].map((value) =>
        averaged(
          picture(length, () => [value, value, value]),
          length,
          { side, channels },
        ),
      );
      assert.ok(ends[0].every((value) => value === 255) && ends[1].every((value) => value === 0));
    }
});

test("grey is luma, to which green adds most", () => {
  const grey = (/** @type {number[]} */ colour) =>
    averaged(
      picture(4, () => colour),
      4,
      { side: 2, channels: 1 },
    )[0];
  assert.deepEqual([grey([255, 0, 0]), grey([0, 255, 0]), grey([0, 0, 255])], [76, 150, 29]);
});

test("ink on paper has a light border and is inverted; a canvas shows what the network gets", () => {
  const paper = averaged(
    picture(8, (x, y) => (x > 2 && x < 5 && y > 2 && y < 5 ? [0, 0, 0] : [255, 255, 255])),
    8,
    { side: 8, channels: 1 },
  );
  assert.equal(borderMean(paper, 8), 255);
  const board = inverted(paper);
  assert.equal(borderMean(board, 8), 0);
  assert.equal(board[3 * 8 + 3], 255);
  assert.deepEqual([...asRgba(board, 8).slice(4 * 27, 4 * 27 + 4)], [255, 255, 255, 255]);
  assert.deepEqual([...asRgba(Uint8Array.of(1, 2, 3), 1)], [1, 2, 3, 255]);
});

test("a square lies in the middle at first, and never beyond the image", () => {
  const image = { width: 300, height: 100 };
  const first = centred(image);
  assert.deepEqual(first, { x: 100, y: 0, length: 100 });
  assert.deepEqual(moved(first, { right: 1e4, down: 1e4 }, image), { x: 200, y: 0, length: 100 });
  assert.deepEqual(moved(first, { right: -1e4, down: 0 }, image), { x: 0, y: 0, length: 100 });
  // closer about its middle, and back
  const closer = zoomed(first, 2, image);
  assert.deepEqual(closer, { x: 125, y: 25, length: 50 });
  assert.deepEqual(zoomed(closer, 0.5, image), first);
  assert.deepEqual(zoomed(first, 0.1, image), first);
  assert.equal(zoomed(first, 1e6, image).length, 8);
  // what lies under the fingers stays under them
  assert.deepEqual(zoomed(first, 2, image, { x: 100, y: 0 }), { x: 100, y: 0, length: 50 });
  // an image smaller than the smallest square
  assert.deepEqual(zoomed(centred({ width: 3, height: 5 }), 9, { width: 3, height: 5 }), { x: 0, y: 1, length: 3 });
});

test("strokes, and clearing, are taken back one by one", () => {
  const drawing = new Drawing();
  const dot = (/** @type {number} */ x) => ({ points: /** @type {[number, number][]} */ ([[x, 1]]), width: 1 });
  assert.equal(drawing.canUndo, false);
  drawing.add(dot(1));
  drawing.add(dot(2));
  drawing.clear();
  drawing.clear();
  assert.equal(drawing.strokes.length, 0);
  const counts = [];
  while (drawing.canUndo) {
    drawing.undo();
    counts.push(drawing.strokes.length);
  }
  assert.deepEqual(counts, [2, 1, 0]);
  drawing.undo();
  assert.equal(drawing.strokes.length, 0);
  for (let x = 0; x < 2 * Drawing.STEPS; x += 1) drawing.add(dot(x));
  for (let x = 0; x < 2 * Drawing.STEPS; x += 1) drawing.undo();
  assert.equal(drawing.strokes.length, Drawing.STEPS);
});

test("a drawing is moved to the middle and fills the height, with the pen as thick as before", () => {
  const [one] = fitted(
    [
      {
        points: [
          [5, 5],
          [6, 7],
        ],
        width: 1,
      },
    ],
    8,
  );
  assert.equal(one.width, 1);
  assert.deepEqual(one.points, [
    [2.25, 0.5],
    [5.75, 7.5],
  ]);
  // wider than high: it fills the width
  const [wide] = fitted(
    [
      {
        points: [
          [0, 4],
          [2, 5],
        ],
        width: 2,
      },
    ],
    8,
  );
  assert.deepEqual(wide.points, [
    [1, 2.5],
    [7, 5.5],
  ]);
  assert.deepEqual(fitted([{ points: [[1, 1]], width: 2 }], 8)[0].points, [[4, 4]]);
  assert.deepEqual(fitted([], 8), []);
});
