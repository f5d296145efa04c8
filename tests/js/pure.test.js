import assert from "node:assert/strict";
import { test } from "node:test";
import { boundOf, inWords, read } from "../../static/js/model/bounds.js";
import {
  allStyles,
  gradientColour,
  HEAT_SCALE,
  heat,
  heatFloor,
  styleOf,
  ZERO,
} from "../../static/js/model/colours.js";
import { ALPHABET, decodeGradients } from "../../static/js/model/gradient_codes.js";
import { magnitude, percent, powerOfTen, roundUp, short } from "../../static/js/model/numbers.js";
import { applyEvent, fromSnapshot, readyRun } from "../../static/js/model/run.js";
import { buckets } from "../../static/js/model/series.js";
import { statusLine } from "../../static/js/model/status.js";
import { tellingDepths } from "../../static/js/model/telling_depths.js";
import { judged, verdictOf } from "../../static/js/model/verdict.js";
import { decodeEvent, reconnects } from "../../static/js/net/protocol.js";
import { waitBefore } from "../../static/js/net/socket.js";
import { Scheduler } from "../../static/js/view/scheduler.js";
import { limits, recorded, records } from "./fixtures.js";

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

test("what is not an event is passed over, and one of an unknown type changes nothing", () => {
  for (const text of ["", "[1]", "null", "{", '{"type":1}', '{"v":1}']) assert.equal(decodeEvent(text), null);
  const run = readyRun(recorded().experiment);
  assert.equal(applyEvent(run, decodeEvent('{"type":"surprise"}')), run);
  assert.equal(decodeEvent('{"type":"pong","new_field":1}').type, "pong");
});

test("close codes say who comes back", () => {
  assert.deepEqual([1006, 4000, 4408, 4499, 4500, 4503].map(reconnects), [true, true, true, true, false, false]);
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

const armsOf = (/** @type {string[]} */ ...names) =>
  /** @type {any} */ ({ arms: names.map((connection) => ({ connection })) });

test("an arm has the style of its connection, whatever the other arms are", () => {
  for (const dark of [false, true]) {
    const alone = records.connections.map(({ name }) => styleOf(armsOf(name), 0, dark));
    records.connections.forEach(({ name, style }, index) => {
      const { light, dark: bright, dash, marker } = style;
      assert.deepEqual(alone[index], { colour: dark ? bright : light, dash, marker, index });
      for (const other of records.connections) {
        if (other.name === name) continue;
        assert.deepEqual(styleOf(armsOf(other.name, name), 1, dark), alone[index]);
      }
    });
  }
});

test("arms of one connection differ in colour, dash and marker, and none loses contrast", () => {
  const four = armsOf("plain", "plain", "plain", "plain");
  for (const [dark, panel] of [
    [false, "#ffffff"],
    [true, "#1d2226"],
  ]) {
    const styles = [0, 1, 2, 3].map((arm) => styleOf(four, arm, Boolean(dark)));
    for (const part of ["colour", "dash", "marker", "index"])
      assert.equal(new Set(styles.map((style) => style[part])).size, 4, part);
    for (const { colour } of styles) assert.ok(contrast(colour, String(panel)) >= 3, colour);
  }
  assert.equal(new Set(allStyles(false).map((style) => JSON.stringify(style))).size, 4 * records.connections.length);
});

/** Contrast of two colours (WCAG 2.2). */
function contrast(/** @type {string} */ one, /** @type {string} */ other) {
  const [high, low] = [one, other]
    .map((colour) => {
      const [red, green, blue] = [1, 3, 5]
        .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
        .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    })
    .sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

test("a gradient beyond the scale takes the colour of its end, one that is not finite none", () => {
  assert.equal(gradientColour(1e-9, [-3, 0], "grey"), "rgb(68,1,84)");
  assert.equal(gradientColour(1e9, [-3, 0], "grey"), "rgb(253,231,37)");
  assert.equal(gradientColour(Number.NaN, [-3, 0], "grey"), "grey");
});

test("an exact zero has a colour of its own, and the smallest magnitude never takes it", () => {
  assert.equal(gradientColour(0, [-3, 0], "grey"), ZERO);
  for (const value of [1e-300, 1e-24, 1e-3, 1, 1e12]) assert.notEqual(gradientColour(value, [-3, 0], "grey"), ZERO);
  for (let low = -40; low < 30; low++)
    for (let high = low + 1; high < low + 30; high++) {
      // as Plotly does it, which rounds: the last stop that a value has reached
      const floor = heatFloor([low, high]);
      const stops = HEAT_SCALE.map(([at, colour]) => ({ from: floor + Number(at) * (high - floor), colour }));
      const colourOf = (/** @type {number} */ value) =>
        stops.findLast(({ from }) => from <= Number(heat(value, [low, high])))?.colour;
      const values = [0, 1e-300, 10 ** low / 1.001, 10 ** low];
      assert.deepEqual(values.map(colourOf), [ZERO, "#440154", "#440154", "#440154"], `${low} to ${high}`);
    }
  assert.equal(heat(1e12, [-3, 0]), 12);
  assert.equal(heat(Number.NaN, [-3, 0]), null);
});

test("an arm may leave its learning rate to the experiment, the experiment may not", () => {
  assert.deepEqual(read(boundOf(limits, "learning_rate", true), " "), { value: null });
  assert.deepEqual(read(boundOf(limits, "learning_rate"), " "), { problem: "is missing" });
  assert.deepEqual(read(boundOf(limits, "learning_rate"), "0,05"), { value: 0.05 });
});

/** A clock that the test winds by hand. */
function clock() {
  const one = { time: 0, frames: [], soon: [], timers: [], isHidden: false };
  return {
    one,
    frame: (callback) => one.frames.push(callback),
    soon: (callback) => one.soon.push(callback),
    later: (callback, delay) => one.timers.push({ callback, at: one.time + delay }),
    now: () => one.time,
    hidden: () => one.isHidden,
    run(until) {
      for (; one.time <= until; one.time++) {
        for (const timer of one.timers.filter((item) => item.at <= one.time)) {
          one.timers.splice(one.timers.indexOf(timer), 1);
          timer.callback();
        }
        for (const callback of one.soon.splice(0)) callback();
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

test("a person who waits is served before the next frame, but not oftener than drawing can follow", () => {
  const wound = clock();
  const { drawn, items } = drawables(wound, 1);
  const scheduler = new Scheduler(wound);
  scheduler.add(items[0]);
  wound.run(100);
  scheduler.mark([items[0]], true);
  wound.run(101);
  assert.deepEqual(
    drawn.map(([, time]) => time),
    [101],
  );
  for (let time = 108; time < 160; time += 2) {
    scheduler.mark([items[0]], true);
    wound.run(time);
  }
  assert.ok(drawn.length <= 5, String(drawn.length));
});

test("what stands over the charts hears of every drawn chart; only what a person waits for is drawn quickly", () => {
  const wound = clock();
  const { drawn, items } = drawables(wound, 2);
  const [text, chart] = [items[0], { ...items[1], element: /** @type {any} */ ({}) }];
  /** @type {string[]} */
  const heard = [];
  const scheduler = new Scheduler(wound, {
    drew: () => heard.push("drew"),
    served: () => heard.push("served"),
    quickly: (drawing) => {
      heard.push("quickly");
      drawing();
    },
  });
  for (const item of [text, chart]) scheduler.add(item);
  scheduler.mark([text]);
  wound.run(50);
  assert.deepEqual(heard, [], "a text has no axes");
  scheduler.mark([chart]);
  wound.run(200);
  assert.deepEqual(heard, ["drew"]);
  scheduler.mark([chart], true);
  wound.run(300);
  assert.deepEqual(heard, ["drew", "quickly", "drew", "served"]);
  assert.equal(drawn.length, 3);
});

test("what would have to be scrolled to follows slowly, and at once when it is in sight again", () => {
  const wound = clock();
  const { drawn, items } = drawables(wound, 1);
  const element = /** @type {any} */ ({});
  const item = { ...items[0], element };
  const scheduler = new Scheduler(wound);
  scheduler.add(item);
  scheduler.scrolled(element, false);
  for (let time = 0; time < 1000; time += 20) {
    scheduler.mark([item], true);
    wound.run(time);
  }
  assert.equal(drawn.length, 1, "it is not left blank");
  scheduler.scrolled(element, true);
  wound.run(1020);
  assert.equal(drawn.length, 2);
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
  assert.match(inWords(boundOf(limits, "steps")), /^1 to 200\s000$/);
  assert.equal(inWords(boundOf(limits, "learning_rate")), "over 0, up to 10⁹");
});

test("the status line says the conclusion first, then the moment and the shown networks", () => {
  const run = fromSnapshot(recorded());
  const { words } = run.evaluations.at(-1);
  const { conclusion, moment, details } = statusLine({ run, sides, cursor: null }, "open");
  assert.equal(moment, "Step 320, recorded.");
  assert.equal(conclusion, `${words.depths[4]}.`);
  for (const part of [words.cells[4].slice(1), words.cells[9].slice(1)]) assert.ok(details.includes(part), details);
  assert.equal(statusLine({ run, sides, cursor: 0 }, "open").moment, "Step 0.");
});

test("the status line agrees with a lesion that is shown", () => {
  const run = fromSnapshot(recorded());
  const tested = { blocks: "block 5", accuracy: 0.91, whole: 0.97 };
  const cut = [sides[0], { ...sides[1], tested }];
  const { conclusion, details } = statusLine({ run, sides: cut, cursor: null }, "open");
  assert.equal(conclusion, `Without block 5, ${sides[1].name}-${sides[1].layers} is at 91 % (whole: 97 %).`);
  assert.ok(details.includes(run.evaluations.at(-1).words.depths[4].slice(1)));
});

test("the status line says that a run waits, fails, or that the line is broken", () => {
  const run = readyRun(recorded().experiment);
  const words = (change, link = "open") =>
    Object.values(statusLine({ run: { ...run, ...change }, sides, cursor: null }, link)).join(" ");
  assert.match(words({ state: "queued", position: 3 }), /number 3 in the queue/);
  assert.match(words({ state: "failed", reason: "the process ended" }), /The process ended\. Failed\./);
  assert.match(words({}, "waiting"), /Connecting/);
});

test("the status line says at its end what is odd about a run", () => {
  const run = { ...fromSnapshot(recorded()), reason: "damaged in the record and left out: measurement 3" };
  const { details } = statusLine({ run, sides, cursor: null }, "open");
  assert.ok(details.endsWith("Damaged in the record and left out: measurement 3."), details);
});

test("a guess is judged by the answer of a run that is over", () => {
  const run = fromSnapshot(recorded());
  const answer = { right: ["1"], words: "residual-64 learned" };
  run.evaluations.at(-1).words.answer = answer;
  assert.deepEqual(verdictOf(run), answer);
  assert.equal(verdictOf({ ...run, state: "running" }), null);
  assert.equal(judged("1", answer), "You were right");
  assert.equal(judged("0", answer), "Not this time");
  assert.equal(judged("0", { ...answer, right: [] }), "Too close to call");
  assert.equal(judged(null, answer), "Measured");
});

test("an analysis is shown at the deepest networks that learned", () => {
  const run = fromSnapshot(recorded());
  const shown = [0, 1].map((arm) => ({ ...sides[arm], arm, depth: 64 }));
  assert.deepEqual(tellingDepths(run, shown), [16, 64]);
  assert.equal(tellingDepths(run, [{ ...shown[0], depth: 16 }, shown[1]]), null);
  assert.equal(tellingDepths(readyRun(run.experiment), shown), null);
});
