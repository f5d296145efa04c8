// Where labels stand and how axes are chosen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apart, fitted } from "../../static/js/model/axis_room.js";
import { endOf, spread } from "../../static/js/model/end_labels.js";
import { applyEvent, readyRun } from "../../static/js/model/run.js";
import { comparedAxis, lossAxis } from "../../static/js/model/value_axis.js";
import { recorded } from "./fixtures.js";

const GUESSING = Math.log(10);

test("labels stand where their lines end, apart from each other and inside of the plot", () => {
  assert.deepEqual(spread([50, 150], [20, 20], 200), [50, 150]);
  assert.deepEqual(spread([2, 199], [20, 20], 200), [10, 190]);
  for (const wanted of [
    [50, 52, 51],
    [0, 0, 0],
    [200, 200, 200],
    [190, 10, 188],
    [-500, 700, 100],
  ]) {
    const heights = [24, 12, 24];
    const middles = spread(wanted, heights, 200);
    const ends = middles.map((middle, index) => [middle - heights[index] / 2, middle + heights[index] / 2]);
    for (const [top, bottom] of ends) assert.ok(top >= -1e-9 && bottom <= 200 + 1e-9, String(wanted));
    for (const [one, two] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ])
      assert.ok(ends[one][1] <= ends[two][0] + 1e-9 || ends[two][1] <= ends[one][0] + 1e-9, String(wanted));
    // in the order of the lines
    assert.ok(wanted[0] >= wanted[1] || middles[0] < middles[1]);
  }
  assert.deepEqual(spread([5, 5], [20, 20], 20), [5, 15], "without room they share it");
});

test("a line's end says its last value, or that the network diverged behind it", () => {
  assert.deepEqual(endOf({ x: [0, 1], y: [2, 0.5] }, String), { value: 0.5, text: "0.5" });
  assert.deepEqual(endOf({ x: [0, 1], y: [2, null] }, String), { value: 2, text: "diverged" });
  assert.equal(endOf({ x: [], y: [] }, String), null);
});

test("a logarithmic axis of the loss holds every positive value and guessing", () => {
  const values = [2.5, 0.3, 0.002, null];
  const { axis, at } = lossAxis(values, GUESSING, "log", 6);
  assert.equal(axis.type, "log");
  for (const value of [2.5, 0.3, 0.002, GUESSING]) assert.ok(at(value) > 0 && at(value) < 1, String(value));
  assert.deepEqual(axis.ticktext, ["0.003", "0.01", "0.03", "0.1", "0.3", "1"].slice(0, axis.ticktext.length));
  assert.ok(axis.tickvals.length >= 3 && axis.tickvals.length <= 6);
  assert.ok(at(0) < 0, "an exact 0 is off the axis");
  assert.equal(lossAxis(values, GUESSING, "linear", 6).axis.range[0], 0);
});

test("an axis for comparing follows small differences and is logarithmic over large ones", () => {
  const small = comparedAxis([1.4, 1.42, 1.45], GUESSING, 6);
  assert.ok(small.low > 1.3 && small.high < 1.55, "neither 0 nor guessing");
  const middle = comparedAxis([0.1, 0.9, 2], GUESSING, 6);
  assert.deepEqual([middle.low, middle.axis.type], [0, undefined]);
  assert.equal(comparedAxis([0.01, 2], GUESSING, 6).axis.type, "log");
  // one that diverged far above is off the axis
  const far = comparedAxis([0.5, 1, 1e6], GUESSING, 6);
  assert.ok(far.at(1e6) > 1 && far.at(1) < 1);
  // large numbers are written here, without markup
  assert.deepEqual(lossAxis([2e20], GUESSING, "linear", 6).axis.ticktext, ["0", "1.5×10²⁰", "3.0×10²⁰"]);
  assert.ok(comparedAxis([0, null], GUESSING, 6).high > GUESSING);
});

test("a run knows at which step a learning rate was changed", () => {
  const run = { ...readyRun(recorded().experiment), id: "1" };
  const event = { type: "learning_rate", run: "1", step: 120, learning_rate: 0.01, arm: 1 };
  assert.deepEqual(applyEvent(run, /** @type {any} */ (event)).rates, [{ step: 120, learning_rate: 0.01, arm: 1 }]);
});

test("ticks stand apart, the first and the last among them", () => {
  const half = Array(6).fill(5);
  assert.deepEqual(apart([0, 10, 20, 30, 40, 50], half), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(apart([0, 8, 16, 24, 32, 40], half), [0, 2, 5]);
  assert.deepEqual(apart([0, 1, 2, 3, 4, 12], half), [0, 5]);
  assert.deepEqual(apart([0, 9], [5, 5]), [1]);
  assert.deepEqual(apart([], []), []);
});

test("an axis has the ticks and the title that it has room for", () => {
  const text = { size: 10, widthOf: (/** @type {string} */ words) => 6 * words.length };
  const x = { range: [0, 64], title: { text: "layer (1 = nearest the input)", short: "layer" } };
  const ticks = { tickvals: [0.01, 0.1, 1, 10], ticktext: ["0.01", "0.1", "1", "10"] };
  const y = { type: "log", range: [-2.1, 1.1], title: { text: "size" }, ...ticks };
  const drawn = (/** @type {number} */ width, /** @type {number} */ height) =>
    fitted({ xaxis: x, yaxis: y }, { ...text, width, height, beside: 10 });
  const large = drawn(400, 200);
  assert.deepEqual(large.xaxis.title, { text: "layer (1 = nearest the input)" });
  assert.deepEqual(large.yaxis.ticktext, ["0.01", "0.1", "1", "10"]);
  const small = drawn(100, 40);
  assert.deepEqual(small.xaxis.title, { text: "layer" });
  assert.equal(small.xaxis.nticks, 2);
  assert.deepEqual(small.yaxis.ticktext, ["0.01", "10"]);
});

test("axes with one unit are as long as the shorter of them has room", () => {
  const text = { size: 10, widthOf: () => 20 };
  const cells = (/** @type {object} */ more) => ({
    ...{ range: [0, 10], tickvals: [0, 2, 4, 6, 8, 10], title: {} },
    ...more,
  });
  const axes = { xaxis: cells({}), yaxis: cells({ scaleanchor: "x" }) };
  const { xaxis } = fitted(axes, { ...text, width: 1000, height: 60, beside: 10 });
  assert.deepEqual(xaxis.tickvals, [0, 10]);
});
