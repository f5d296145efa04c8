// The part of a diagram that is in sight: nothing that is shown is missing, and nothing far away is drawn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inSight, isInReach } from "../../static/js/model/diagram_window.js";

const BOTH = { text: true, marks: true };

test("texts and marks keep what belongs to each of them", () => {
  const rows = Array.from({ length: 100 }, (_, at) => -at);
  const trace = {
    ...{ name: "layers", mode: "markers", x: rows.map(() => 0), y: rows, text: rows.map((row) => `row ${row}`) },
    ...{ customdata: rows.map((row) => [row]), marker: { size: 18 } },
  };
  const part = inSight(trace, [-20, -10], BOTH);
  assert.deepEqual(part.y, rows.slice(0, 31));
  assert.deepEqual(
    part.text,
    part.y.map((/** @type {number} */ row) => `row ${row}`),
  );
  assert.deepEqual(
    part.customdata,
    part.y.map((/** @type {number} */ row) => [row]),
  );
  assert.equal(part.x.length, 31);
  assert.deepEqual(part.marker, trace.marker);
  assert.deepEqual(inSight(trace, [-20, -10], { text: true, marks: false }).y, []);
  const letters = { ...trace, mode: "text", textposition: rows.map(() => "middle left") };
  assert.equal(inSight(letters, [-20, -10], BOTH).textposition.length, 31);
  assert.deepEqual(inSight(letters, [-20, -10], { text: false, marks: true }).text, []);
});

test("of lines whole parts are kept, also one that only passes through", () => {
  const trace = { mode: "lines", x: [0, 0, null, 1, 1, null, 2, 2], y: [0, -100, null, -5, -6, null, -80, -90] };
  const part = inSight(trace, [-12, -10], { text: false, marks: false });
  assert.deepEqual(part.x, [0, 0, null]);
  assert.deepEqual(inSight(trace, [-9, -5], BOTH).y, [0, -100, null, -5, -6, null]);
  assert.deepEqual(inSight(trace, [-100, 0], BOTH), trace);
});

test("a window is within reach of another one that is no further than itself", () => {
  assert.equal(isInReach([-20, -10], [-10, 0]), true);
  assert.equal(isInReach([-21, -11], [-10, 0]), false);
  assert.equal(isInReach([-20, 10], [-10, 0]), true);
  assert.equal(isInReach([-20, 11], [-10, 0]), false);
});
