// The diagrams' pure parts: their scales, their colours, their legend, and where they stand in their panel.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { layerSentence } from "../../static/js/model/layer_words.js";
import { legendEnds, legendWords } from "../../static/js/model/legend.js";
import { magnitude } from "../../static/js/model/numbers.js";
import { RELATIVE, relativeColour, relativeTo } from "../../static/js/model/relative.js";
import { applyEvent, readyRun } from "../../static/js/model/run.js";
import { decadesAt, reachAt } from "../../static/js/model/scales.js";
import { gradients } from "../../static/js/model/series.js";
import { paint } from "../../static/js/view/charts/diagram_colours.js";
import { blockAt, layerAt } from "../../static/js/view/charts/diagram_parts.js";
import { placed } from "../../static/js/view/charts/diagram_room.js";
import { layerBeyond } from "../../static/js/view/charts/layer_keys.js";
import { recorded } from "./fixtures.js";

/** @type {any} */
const run = applyEvent(readyRun(recorded().experiment), recorded());
const DEEPEST = [4, 9];
const side = (/** @type {number} */ cell) => /** @type {any} */ ({ cell, layers: 64, name: "Plain" });

test("a ratio is to the last layer where gradients begin, to the first where the signal does", () => {
  assert.deepEqual(relativeTo([2, 0, 4], "weight"), [0.5, 0, 1]);
  assert.deepEqual(relativeTo([2, 0, 4], "activation"), [0.5, 0, 1]);
  assert.deepEqual(relativeTo([2, 0, 4], "square"), [1, 0, 2]);
  assert.deepEqual(relativeTo([2, 3, 0], "weight"), [Number.NaN, Number.NaN, Number.NaN]);
  assert.deepEqual(relativeTo([2, Number.NaN], "weight"), [Number.NaN, Number.NaN]);
});

test("the colours of ratios are symmetric about 1, reach the ends of the ramp, and are those of the style sheet", () => {
  const hex = (/** @type {string} */ text) => `#${text.match(/\d+/g)?.map((one) => Number(one).toString(16).padStart(2, "0")).join("")}`; // biome-ignore format: one conversion
  const at = (/** @type {number} */ ratio) => hex(relativeColour(ratio, 2, "grey"));
  assert.deepEqual([0.01, 0.1, 1, 10, 100].map(at), RELATIVE);
  assert.deepEqual([at(1e-9), at(1e9)], [RELATIVE[0], RELATIVE[4]]);
  assert.equal(relativeColour(Number.NaN, 2, "grey"), "grey");
  const style = readFileSync(new URL("../../static/css/base/tokens.css", import.meta.url), "utf8");
  assert.match(style, new RegExp(`--relative-ramp: ${RELATIVE.join(", ")};`));
});

test("layers are coloured by their own magnitude, or by how it compares with that of the last", () => {
  const wires = { customdata: [[1, 0], [1, 1], [1, 64]] }; // biome-ignore format: three edges
  const drawn = /** @type {any} */ ({ data: [{}, wires], layout: { meta: {} } });
  const colours = /** @type {any} */ ({ faint: "grey", panel: "white", text: "black" });
  const coloursOf = (/** @type {boolean} */ relative, /** @type {object} */ part = {}) =>
    paint(
      /** @type {any} */ ({ run, cursor: 0, colours, decades: [-1, 1], reach: 4, layer: null, view: { gradient: "weight", relative } }), // biome-ignore format: one scene
      { ...side(4), ...part },
      drawn,
      2,
    )["marker.color"];
  const [edges, layers] = coloursOf(true);
  const middle = relativeColour(1, 4, "");
  assert.equal(edges[0], "grey", "nothing is measured before the first layer");
  assert.deepEqual([edges[2], layers[63]], [middle, middle]);
  assert.equal(layers[0], relativeColour(1e9, 4, ""), "the plain network's gradient explodes on its way to the input");
  assert.notDeepEqual(coloursOf(false)[1], layers);
  // the film has a scale of its own
  const film = { film: { column: Array(64).fill(1), decades: [0, 1] } };
  assert.deepEqual(coloursOf(true, film), coloursOf(false, film));
});

test("the scale of the diagrams holds what is shown at the cursor and little more", () => {
  for (const cursor of [0, 59, 200, null]) {
    const [low, high] = decadesAt(run, DEEPEST, "weight", cursor, null);
    const frame = run.frames.findLast((/** @type {any} */ one) => cursor === null || one.step <= cursor);
    const logs = DEEPEST.flatMap((cell) =>
      ["weight", "activation"].flatMap((kind) => [...gradients(run, frame, cell, /** @type {any} */ (kind))]),
    ).map(Math.log10);
    const inside = logs.filter((log) => log >= low && log <= high);
    assert.ok(inside.length >= 0.95 * logs.length);
    assert.ok(Math.max(...inside) > high - 0.75 && Math.min(...inside) < low + 0.75);
    assert.ok([low, high].every((end) => Number.isInteger(2 * end)) && high - low >= 1);
  }
  assert.deepEqual(decadesAt(readyRun(run.experiment), DEEPEST, "weight", null, null), [-3, 0]);
});

test("the scale stays while what is shown stays inside and uses it, and follows at once where it leaves", () => {
  const fresh = decadesAt(run, DEEPEST, "weight", null, null);
  const wider = /** @type {[number, number]} */ ([fresh[0] - 0.5, fresh[1] + 0.5]);
  assert.deepEqual(decadesAt(run, DEEPEST, "weight", null, wider), wider);
  assert.deepEqual(decadesAt(run, DEEPEST, "weight", null, [fresh[0] - 2, fresh[1] + 2]), fresh);
  assert.deepEqual(decadesAt(run, DEEPEST, "weight", null, [fresh[0] + 1, fresh[1] - 1]), fresh);
  let [changes, unsteady, used, ends, alone] = [0, 0, 0, /** @type {[number, number] | null} */ (null), ""];
  for (const { step } of run.frames) {
    const next = decadesAt(run, DEEPEST, "weight", step, ends);
    if (ends !== null && String(next) !== String(ends)) changes++;
    const [low, high] = decadesAt(run, DEEPEST, "weight", step, null);
    if (alone !== "" && alone !== String([low, high])) unsteady++;
    alone = String([low, high]);
    used += (high - low) / (next[1] - next[0]);
    ends = next;
  }
  // how many frames there are depends on how fast the run was recorded
  assert.ok(changes <= unsteady / 2, `${changes} changes, and ${unsteady} of a scale that remembers nothing`);
  assert.ok(used / run.frames.length > 0.7);
});

test("the scale of ratios has a decade at least to each side", () => {
  assert.equal(reachAt(readyRun(run.experiment), DEEPEST, "weight", null, null), 1);
  assert.ok(reachAt(run, DEEPEST, "weight", 0, null) >= 3, "the plain network explodes at the start");
  const reach = reachAt(run, DEEPEST, "weight", null, null);
  assert.ok(reach >= 1 && Number.isInteger(2 * reach));
  assert.equal(reachAt(run, DEEPEST, "weight", null, reach + 0.5), reach + 0.5);
  assert.equal(reachAt(run, DEEPEST, "weight", null, reach + 3), reach);
});

test("the legend's ends are numbers, or what becomes of a gradient on its way", () => {
  const scene = /** @type {any} */ ({ sides: [{}, {}], decades: [-1.5, 0], reach: 1.5, view: { relative: false } });
  assert.deepEqual(legendEnds(scene), { low: "0.03", middle: "", high: "1" });
  const relative = { ...scene, view: { relative: true } };
  assert.deepEqual(legendEnds(relative), { low: "fades ÷ 30", middle: "arrives", high: "explodes × 30" });
  const film = { ...relative, sides: [{ film: { decades: [-2, 0] } }, {}] };
  assert.deepEqual(legendEnds(film), { low: "0.01", middle: "", high: "1" });
});

test("the legend says what ratios are of, and why there are none", () => {
  assert.match(legendWords(run, [side(4)], null, "weight", true), /‖∂L\/∂W‖ ÷ the last layer’s/);
  assert.match(legendWords(run, [side(4)], null, "square", true), /mean h² ÷ the first layer’s/);
  const text = run.frames[0].weight_gradients;
  const dead = { ...run, frames: [{ ...run.frames[0], weight_gradients: "AA".repeat(text.length / 2) }] };
  assert.match(legendWords(dead, [side(4)], null, "weight", true), /grey: the last layer of Plain-64 has exactly 0$/);
});

const meta = (/** @type {object} */ part) => /** @type {any} */ ({ columns: 5, length: 5, rows: 1, used_rows: 1, ...part }); // biome-ignore format: one line
/** @type {any} */
const block = { parts: ["x", "weights", "norm", "y"].map((name) => [name, name, name]), join: null, skip: null, gate: null }; // biome-ignore format: one line

test("a network stands in the middle of its panel, and what is drawn of it within", () => {
  for (const [width, height] of [
    [590, 120],
    [900, 170],
    [490, 110],
    [358, 150],
    [900, 220],
  ]) {
    for (const [rows, columns] of [
      [1, 3],
      [1, 9],
      [3, 11],
    ]) {
      const room = placed({ width, height }, meta({ rows, used_rows: rows, columns, length: columns }), 11, []);
      const [first, end] = [room.pixels(-0.7, 0.6), room.pixels(columns - 0.3, 1 - rows - 0.4)];
      assert.ok(first.left > 0 && first.top > 0 && end.left < width && end.top < height);
      assert.ok(Math.abs(first.left - (width - end.left)) < 1);
      assert.ok(Math.min(first.left / room.across, first.top / room.down) < 0.35, "one direction is filled");
      const { left, top } = room.pixels(1, 0);
      assert.ok(Math.abs(room.unit.x(left) - 1) < 1e-9 && Math.abs(room.unit.y(top)) < 1e-9);
    }
  }
});

test("a block is drawn large where the network stays large beside or under it", () => {
  const large = (/** @type {number} */ width, /** @type {number} */ height, columns = 5) =>
    placed({ width, height }, meta({ columns, length: columns, block }), 11, [block]).large;
  assert.equal(large(200, 60), null);
  assert.ok((large(590, 120)?.left ?? 0) > 300, "beside");
  assert.ok((large(330, 200)?.top ?? 0) > 80, "under");
  assert.equal(large(590, 60, 17), null);
});

test("a sentence says what a layer is, what it has, and what Enter does", () => {
  const scene = /** @type {any} */ ({ run, cursor: null, view: { gradient: "weight" } });
  const layer = /** @type {any} */ ({ number: 12, block: 6, name: "block 6, layer 1", kind: "linear", reads: "32", gives: "32" }); // biome-ignore format: one layer
  const value = magnitude(gradients(run, run.frames.at(-1), 9, "weight")[11]);
  const start = `Layer 12 of 64, block 6: weights 32 × 32, ‖∂L/∂W‖ ${value}.`;
  assert.equal(layerSentence(scene, side(9), layer, []), `${start} Enter takes block 6 out.`);
  assert.equal(layerSentence(scene, side(9), layer, [6]), `${start} Block 6 is taken out. Enter puts it back.`);
  const first = { ...layer, number: 1, block: 0, name: "first layer", kind: "conv 3×3", reads: "1×14×14", gives: "8×14×14" }; // biome-ignore format: one layer
  const untrained = { ...scene, run: readyRun(run.experiment) };
  const words = "Layer 1 of 64, first layer: conv 3×3, 1×14×14 → 8×14×14, ‖∂L/∂W‖ not measured yet.";
  assert.equal(layerSentence(untrained, side(9), first, []), words);
});

/** Two rows of a first layer and three blocks of two layers, and a last one. */
const figure = /** @type {any} */ ({
  data: [{}, {}, {}, { x: [0, 1, 2, 3, 0, 1, 2, 3], y: [0, 0, 0, 0, -1, -1, -1, -1], customdata: [1, 2, 3, 4, 5, 6, 7, 8] }], // biome-ignore format: one trace
  layout: {
    meta: {
      layers: [0, 1, 1, 2, 2, 3, 3, 0].map((at, index) => ({ number: index + 1, block: at })),
      slots: [
        [0.5, 2.5, 0, 1, 1],
        [2.5, 3.5, 0, 2, 2],
        [0.5, 2.5, -1, 3, 3],
      ],
    },
  },
});

test("keys lead from layer to layer, from row to row and from block to block", () => {
  const led = (/** @type {number} */ from, /** @type {string} */ key, wide = false) =>
    layerBeyond(figure, from, key, wide);
  assert.deepEqual([led(1, "ArrowLeft"), led(1, "ArrowRight"), led(8, "ArrowRight")], [1, 2, 8]);
  assert.deepEqual(
    [led(2, "ArrowDown"), led(6, "ArrowUp"), led(2, "ArrowUp"), led(6, "ArrowDown")],
    [6, 2, null, null],
  );
  assert.deepEqual([led(1, "PageDown"), led(2, "PageDown"), led(6, "PageDown"), led(8, "PageDown")], [2, 4, 8, 8]);
  assert.deepEqual([led(8, "PageUp"), led(7, "PageUp"), led(2, "PageUp"), led(1, "PageUp")], [6, 6, 1, 1]);
  assert.deepEqual([led(2, "ArrowRight", true), led(8, "ArrowLeft", true)], [4, 6]);
  assert.deepEqual([led(5, "Home"), led(5, "End"), led(5, "x"), led(5, "Tab", true)], [1, 8, null, null]);
});

test("within reach the nearest block is hit, without it only the one under the pointer", () => {
  assert.equal(blockAt(figure, 2, 0), 1);
  assert.equal(blockAt(figure, 0.5, 0), null);
  assert.equal(blockAt(figure, 0.5, 0, 0.2, 0.2), 1);
  assert.equal(blockAt(figure, 3.8, 0.6, 0.2, 0.2), 2);
  assert.equal(blockAt(figure, 3.9, 0, 0.2, 0.2), null);
  assert.equal(layerAt(figure, 1.3, 0), null);
  assert.equal(layerAt(figure, 1.3, 0, 0.4), 2);
});
