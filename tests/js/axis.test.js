// The x axis of the curves, and what is drawn of fair mode at an earlier step.
import assert from "node:assert/strict";
import { test } from "node:test";
import { axisEnd, axisOf, stepAt, xOf, xOfStep } from "../../static/js/model/axis.js";
import { costs, fairRate } from "../../static/js/model/cost.js";
import { legendWords, zeroNames } from "../../static/js/model/legend.js";
import { prefixed, unitTicks } from "../../static/js/model/numbers.js";
import { isShortcut, isUsed } from "../../static/js/model/records.js";
import { fromSnapshot, readyRun } from "../../static/js/model/run.js";
import { lossSeries } from "../../static/js/model/series.js";
import { vanished } from "../../static/js/view/charts/layers_chart.js";
import { recorded } from "./fixtures.js";

const run = fromSnapshot(recorded());
const { flops } = run.provenance;

test("a step and its place on every axis lead to each other", () => {
  for (const axis of /** @type {const} */ (["step", "seconds", "flops"])) {
    for (const step of [0, 1, 57, 200, run.step]) {
      const place = xOfStep(run, axis, 4, step);
      assert.ok(Math.abs(stepAt(run, axis, 4, place) - step) < 1e-6, `${axis} ${step}`);
    }
  }
});

test("a measurement lies where its own step does, in its own network's operations", () => {
  const frame = run.frames[20];
  assert.equal(xOf(run, "seconds", 4)(frame), frame.seconds);
  assert.equal(xOf(run, "flops", 4)(frame), frame.step * flops[4]);
  assert.equal(lossSeries(run, 0, xOf(run, "flops", 0)).x[20], frame.step * flops[0]);
  assert.equal(xOfStep(run, "seconds", 4, frame.step), frame.seconds);
});

test("the axis holds all that is shown; right of all seconds there is no step", () => {
  assert.equal(axisEnd(run, "flops", [0, 4], 320), 320 * flops[4]);
  const newest = run.evaluations.at(-1).seconds;
  assert.ok(axisEnd(run, "seconds", [0, 4], 320) >= newest * 0.999);
  assert.equal(stepAt(run, "seconds", 4, newest + 1), Number.POSITIVE_INFINITY);
});

test("without operations the axis is that of steps", () => {
  assert.equal(axisOf(readyRun(run.experiment), "flops"), "step");
  assert.equal(axisOf(run, "flops"), "flops");
});

test("ticks and amounts are what people read", () => {
  assert.deepEqual(unitTicks(8.1e12, 4, "FLOP")[1], ["0", "2 TFLOP", "4 TFLOP", "6 TFLOP", "8 TFLOP"]);
  assert.deepEqual(unitTicks(4.03e9, 2, "FLOP")[0], [0, 2e9, 4e9]);
  const numbers = [0, 850, 3300, 66_954, 999_999, 25_288_704, 1.25e12];
  assert.deepEqual(
    numbers.map((value) => prefixed(value)),
    ["0", "850", "3.3 k", "67 k", "1 M", "25 M", "1.3 T"],
  );
  assert.equal(costs(run, 4), `${prefixed(run.provenance.parameters[4])} parameters · 25 MFLOP a step`);
  assert.equal(costs(readyRun(run.experiment), 4), "");
});

test("fair mode says the rate that was best at the cursor, and that none is before one is measured", () => {
  const experiment = { ...run.experiment, learning_rates: [0.01, 0.1] };
  const evaluation = (/** @type {number} */ step, /** @type {number} */ best) =>
    /** @type {any} */ ({ step, seconds: step, training_loss: [[], [], []], best: Array(10).fill(best) });
  const fair = { ...readyRun(experiment), evaluations: [evaluation(0, 0), evaluation(20, 1), evaluation(40, 0)] };
  assert.equal(fairRate(run, 4, null), null);
  assert.equal(fairRate(fair, 0, 5), "lr 0.01, first of 2");
  assert.equal(fairRate(fair, 1, 39), "lr 0.1, best of 2, the highest");
  assert.equal(fairRate(fair, 0, null), "lr 0.01, best of 2, the lowest");
});

test("an arm has the settings that its connection and family use", () => {
  const used = (/** @type {string} */ connection, family = "conv6n2") =>
    ["skip_scale", "shortcut", "cardinality", "widen", "gate_bias", "growth", "compression", "survival"].filter(
      (name) => isUsed(name, connection, family, false),
    );
  assert.deepEqual(used("plain"), []);
  assert.deepEqual(used("resnext"), ["skip_scale", "shortcut", "cardinality"]);
  assert.deepEqual(used("stochastic"), ["shortcut", "survival"]);
  assert.deepEqual(used("dense"), ["growth", "compression"]);
  assert.deepEqual(used("dense", "mlp"), ["growth"]);
  assert.deepEqual(
    [isUsed("learning_rate", "plain", "mlp", true), isUsed("activation", "plain", "mlp", true)],
    [false, true],
  );
  assert.deepEqual([isShortcut("B", "mlp"), isShortcut("B", "conv6n2"), isShortcut("C", "mlp")], [false, true, true]);
});

test("the legend says what is drawn, and what grey means", () => {
  const sides = /** @type {any} */ (
    [4, 9].map((cell, arm) => ({ arm, cell, layers: 64, name: ["Plain", "Residual"][arm] }))
  );
  assert.match(legendWords(run, sides, null, "weight"), /^squares: ‖∂L\/∂W‖/);
  assert.match(legendWords(run, sides, null, "square"), /^squares: mean h²/);
  assert.doesNotMatch(legendWords(run, sides, null, "weight"), /grey/);
  assert.match(legendWords(readyRun(run.experiment), sides, null, "weight"), /grey: not measured yet$/);
  // code 0 is "exactly zero"
  const dead = {
    ...run,
    frames: [{ ...run.frames[0], weight_gradients: "AA".repeat(run.frames[0].weight_gradients.length / 2) }],
  };
  assert.deepEqual(zeroNames(dead, sides, null, "weight"), ["Plain-64", "Residual-64"]);
  assert.deepEqual(zeroNames(run, sides, null, "weight"), []);
  const scene = /** @type {any} */ ({ run: dead, sides, cursor: null, view: { gradient: "weight" } });
  assert.equal(vanished(scene), "0 in all of Plain-64 and all of Residual-64");
  assert.equal(vanished({ ...scene, run }), "");
  // code 4095 is "not finite"
  const text = run.frames[0].weight_gradients;
  const broken = { ...run, frames: [{ ...run.frames[0], weight_gradients: "__".repeat(text.length / 2) }] };
  assert.match(legendWords(broken, sides, null, "weight"), /grey: not finite, Plain-64 and Residual-64 diverged$/);
});
