import assert from "node:assert/strict";
import { test } from "node:test";
import { boundOf, inWords, read } from "../../static/js/bounds.js";
import { gradientColour, HEAT_SCALE, heat, heatFloor, styleIndices, ZERO } from "../../static/js/colours.js";
import { waitBefore } from "../../static/js/live.js";
import { magnitude, percent, powerOfTen, roundUp, short } from "../../static/js/numbers.js";
import { ALPHABET, comesBack, decodeEvent, decodeGradients } from "../../static/js/protocol.js";
import { Scheduler } from "../../static/js/scheduler.js";
import { buckets } from "../../static/js/series.js";
import { statusWords } from "../../static/js/status.js";
import { applyEvent, readyRun } from "../../static/js/store.js";
import { limits, recorded } from "./fixtures.js";

test("gradient codes: zero, not finite, the ends of the range and what lies outside", () => {
  const codes = [0, 1, 2, 4093, 4094, 4095].map((code) => ALPHABET[code >> 6] + ALPHABET[code & 63]);
  const [zero, under, least, most, over, wrong] = decodeGradients(codes.join(""));
  assert.equal(zero, 0);
  assert.ok(Math.abs(least / 1e-24 - 1) < 1e-9);
  assert.ok(Math.abs(most / 1e12 - 1) < 1e-9);
  assert.ok(Number.isNaN(wrong));
  assert.deepEqual([zero, under, over].map(magnitude), ["0", "under 1.0×10⁻²⁴", "over 1.0×10¹²"]);
  assert.equal(magnitude(least), "1.0×10⁻²⁴");
});

test("what is not an event of ours is passed over", () => {
  for (const text of ["", "[1]", "null", "{", '{"type":"surprise"}', '{"v":1}']) assert.equal(decodeEvent(text), null);
  assert.equal(decodeEvent('{"type":"pong","new_field":1}').type, "pong");
});

test("close codes say who comes back", () => {
  assert.deepEqual([1006, 4000, 4408, 4499, 4500, 4503].map(comesBack), [true, true, true, true, false, false]);
});

test("the wait before coming back grows from half a second to fifteen, with full jitter", () => {
  assert.equal(waitBefore(0, 0), 500);
  assert.ok(waitBefore(0, 0.999) < 1000);
  assert.equal(waitBefore(50, 0), 500);
  assert.ok(waitBefore(50, 0.9999) > 14_000 && waitBefore(50, 0.9999) <= 15_000);
});

test("a thinned series keeps every spike and its last point", () => {
  const values = Array.from({ length: 10_000 }, (_, index) =>
    index === 4321 ? 99 : index === 1234 ? -99 : Math.sin(index),
  );
  const kept = buckets(values, 1000);
  assert.ok(kept.length <= 1000);
  for (const index of [1234, 4321, 9999]) assert.ok(kept.includes(index));
  assert.deepEqual(
    kept,
    [...kept].sort((a, b) => a - b),
  );
});

test("numbers are short and never invented", () => {
  assert.deepEqual([2.291, 0.1301, 0.00821, 1234, null, Number.NaN, 0].map(short), [
    "2.29",
    "0.13",
    "0.008",
    "1234",
    "–",
    "–",
    "0",
  ]);
  assert.equal(short(2.5e-7), "2.5×10⁻⁷");
  assert.deepEqual([0.134, null].map(percent), ["13 %", "–"]);
  assert.deepEqual([0, -2, -5, 0.5, -2.5].map(powerOfTen), ["1", "0.01", "10⁻⁵", "3", "0.003"]);
  assert.deepEqual([2.6, 0.11, 3].map(roundUp), [3, 0.15, 3]);
});

test("a connection keeps its colour; a second arm of it takes a free one", () => {
  assert.deepEqual(styleIndices(["plain", "residual"]), [0, 1]);
  assert.deepEqual(styleIndices(["residual", "plain"]), [1, 0]);
  assert.deepEqual(styleIndices(["residual", "residual", "plain", "plain"]), [1, 2, 0, 3]);
  assert.deepEqual(styleIndices(["highway", "residual", "dense", "preact"]), [2, 1, 3, 0]);
  assert.deepEqual(styleIndices(["highway", "dense"]), [1, 2]);
});

test("a gradient beyond the scale takes the colour of its end, one that is not finite none", () => {
  assert.equal(gradientColour(1e-9, [-3, 0], "grey"), "rgb(68,1,84)");
  assert.equal(gradientColour(1e9, [-3, 0], "grey"), "rgb(253,231,37)");
  assert.equal(gradientColour(Number.NaN, [-3, 0], "grey"), "grey");
});

test("an exact zero has a colour of its own, and the smallest magnitude never takes it", () => {
  assert.equal(gradientColour(0, [-3, 0], "grey"), ZERO);
  for (const value of [1e-300, 1e-24, 1e-3, 1, 1e12]) assert.notEqual(gradientColour(value, [-3, 0], "grey"), ZERO);
  /** @type {[number, number]} */
  const decades = [-3, 0];
  const at = (/** @type {number} */ value) => {
    const place = (Number(heat(value, decades)) - heatFloor(decades)) / (decades[1] - heatFloor(decades));
    // the last stop of the scale that a value has reached
    return [...HEAT_SCALE].reverse().find(([from]) => Number(from) <= place + 1e-9)?.[1];
  };
  assert.deepEqual([0, 1e-300, 1e-3, 1].map(at), [ZERO, "#440154", "#440154", "#fde725"]);
  assert.equal(heat(Number.NaN, decades), null);
});

test("an arm may leave its learning rate to the experiment, the experiment may not", () => {
  assert.deepEqual(read(boundOf(limits, "learning_rate", true), " "), { value: null });
  assert.deepEqual(read(boundOf(limits, "learning_rate"), " "), { problem: "learning_rate: is missing" });
  assert.deepEqual(read(boundOf(limits, "learning_rate"), "0,05"), { value: 0.05 });
});

/** A clock that the test winds by hand. */
function clock() {
  const one = { time: 0, frames: [], timers: [], isHidden: false };
  return {
    one,
    frame: (callback) => one.frames.push(callback),
    later: (callback, delay) => one.timers.push({ callback, at: one.time + delay }),
    now: () => one.time,
    hidden: () => one.isHidden,
    run(until) {
      for (; one.time <= until; one.time++) {
        for (const timer of one.timers.filter((item) => item.at <= one.time)) {
          one.timers.splice(one.timers.indexOf(timer), 1);
          timer.callback();
        }
        if (one.time % 16 === 0) for (const callback of one.frames.splice(0)) callback();
      }
    },
  };
}

function drawables(wound, count, cost = 6) {
  const drawn = [];
  const items = Array.from({ length: count }, (_, index) => ({
    interval: 100,
    draw: () => {
      drawn.push([index, wound.one.time]);
      wound.one.time += cost;
    },
  }));
  return { drawn, items };
}

test("a frame draws one chart, in turn", () => {
  const wound = clock();
  const { drawn, items } = drawables(wound, 3);
  const scheduler = new Scheduler(wound);
  for (const item of items) scheduler.add(item);
  scheduler.mark();
  wound.run(100);
  assert.deepEqual(
    drawn.map(([index]) => index),
    [0, 1, 2],
  );
  assert.ok(drawn.every(([, time], at) => at === 0 || time - drawn[at - 1][1] >= 10));
});

test("no chart is drawn oftener than its interval, and none is forgotten", () => {
  const wound = clock();
  const { drawn, items } = drawables(wound, 2);
  const scheduler = new Scheduler(wound);
  for (const item of items) scheduler.add(item);
  for (let time = 0; time < 1000; time += 20) {
    scheduler.mark();
    wound.run(time);
  }
  for (const index of [0, 1]) {
    const times = drawn.filter(([item]) => item === index).map(([, time]) => time);
    assert.ok(times.length >= 7 && times.length <= 11, String(times.length));
    assert.ok(times.every((time, at) => at === 0 || time - times[at - 1] >= 100));
  }
});

test("when a person waits, charts share a frame", () => {
  const wound = clock();
  const { drawn, items } = drawables(wound, 3);
  const scheduler = new Scheduler(wound);
  for (const item of items) scheduler.add(item);
  scheduler.mark(undefined, true);
  wound.run(1);
  assert.equal(drawn.length, 3);
});

test("a hidden tab draws nothing, and all of it once when it is seen again", () => {
  const wound = clock();
  const { drawn, items } = drawables(wound, 2);
  const scheduler = new Scheduler(wound);
  for (const item of items) scheduler.add(item);
  wound.one.isHidden = true;
  for (let times = 0; times < 5; times++) scheduler.mark();
  wound.run(500);
  assert.equal(drawn.length, 0);
  wound.one.isHidden = false;
  scheduler.shown();
  wound.run(1000);
  assert.deepEqual(drawn.map(([index]) => index).sort(), [0, 1]);
});

const sides = [4, 9].map((cell, index) => ({ arm: index, depth: 64, cell, name: "" }));

test("every setting says its bounds, or nothing, and never undefined", () => {
  for (const name of Object.keys(limits.properties)) {
    if (name === "arms") continue;
    assert.doesNotMatch(inWords(boundOf(limits, name)), /undefined/, name);
  }
  assert.equal(inWords(boundOf(limits, "learning_rates")), "up to 6 rates, or none");
  assert.equal(inWords(boundOf(limits, "augment")), "");
  assert.equal(inWords(boundOf(limits, "width")), "2 to 256");
});

test("the status line speaks of the shown networks at the cursor", () => {
  const run = applyEvent(null, { ...recorded(), run: undefined });
  const { words } = run.evaluations.at(-1);
  const [stands, rest] = statusWords({ run, sides, cursor: null }, "open");
  assert.equal(stands, "Step 320, recorded.");
  for (const part of [words.cells[4].slice(1), words.cells[9].slice(1), words.depths[4]])
    assert.ok(rest.includes(part), rest);
  assert.equal(statusWords({ run, sides, cursor: 0 }, "open")[0], "Step 0.");
});

test("the status line says that a run waits, fails, or that the line is broken", () => {
  const run = readyRun(recorded().experiment);
  const told = (change, link = "open") =>
    statusWords({ run: { ...run, ...change }, sides, cursor: null }, link).join(" ");
  assert.match(told({ state: "queued", position: 3 }), /number 3 in the queue/);
  assert.match(told({ state: "failed", reason: "the process ended" }), /Failed\. The process ended\./);
  assert.match(told({}, "waiting"), /Connecting/);
});
