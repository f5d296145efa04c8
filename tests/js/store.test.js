import assert from "node:assert/strict";
import { test } from "node:test";
import { degradation } from "../../static/js/model/degradation.js";
import { applyEvent, isLive, learningRateOf, MAX_FRAMES, readyRun } from "../../static/js/model/run.js";
import { cellOf, divergedCells, gradients, lastUpTo, layersBefore, lossSeries } from "../../static/js/model/series.js";
import { recorded } from "./fixtures.js";

const live = () => ({ ...readyRun(recorded().experiment), id: "r1", state: "running" });
const frame = (step) => ({ ...recorded().history.find((event) => event.type === "frame"), run: "r1", step });

test("a snapshot replaces all that was known", () => {
  const run = applyEvent(live(), recorded());
  const { history } = recorded();
  assert.equal(run.state, "finished");
  assert.equal(run.step, 320);
  assert.equal(run.frames.length, history.filter((event) => event.type === "frame").length);
  assert.equal(run.evaluations.at(-1).step, 320);
});

test("events of another run change nothing", () => {
  const run = live();
  assert.equal(applyEvent(run, { ...frame(3), run: "r2" }), run);
});

test("an event gives a new run, so that a change is seen by comparing", () => {
  const run = live();
  const next = applyEvent(run, frame(3));
  assert.notEqual(next, run);
  assert.deepEqual([next.step, next.frames.length], [3, 1]);
});

test("a long run keeps its newest frames and thins the old ones", () => {
  let run = live();
  const one = frame(0);
  for (let step = 0; step <= MAX_FRAMES; step++) run = applyEvent(run, { ...one, step });
  assert.ok(run.frames.length < MAX_FRAMES);
  assert.deepEqual(
    run.frames.slice(-3).map((item) => item.step),
    [MAX_FRAMES - 2, MAX_FRAMES - 1, MAX_FRAMES],
  );
  assert.equal(run.frames[0].step, 0);
});

test("a run is live until its state is final", () => {
  assert.equal(isLive(live()), true);
  assert.equal(
    isLive(applyEvent(live(), { type: "state", run: "r1", state: "failed", reason: "lost", step: 2 })),
    false,
  );
  assert.equal(isLive(readyRun(recorded().experiment)), false);
});

test("a changed learning rate is the arm's own from then on", () => {
  const run = applyEvent(live(), { type: "learning_rate", run: "r1", step: 5, learning_rate: 0.5, arm: 1 });
  assert.deepEqual([learningRateOf(run, 0), learningRateOf(run, 1)], [0.05, 0.5]);
});

test("a diverged network is known from its step on", () => {
  const run = applyEvent(live(), { type: "diverged", run: "r1", step: 9, networks: [12], cells: [4] });
  assert.deepEqual(
    [divergedCells(run, 8).has(4), divergedCells(run, 9).has(4), divergedCells(run, null).has(4)],
    [false, true, true],
  );
});

test("cells and their layers are found in the columns", () => {
  const { experiment } = recorded();
  const run = applyEvent(readyRun(experiment), recorded());
  assert.equal(cellOf(readyRun(experiment), 1, 16), 7);
  assert.equal(layersBefore(run, 0), 0);
  assert.equal(layersBefore(run, 7), 124 + 4 + 8);
  assert.deepEqual(
    [9, 4].map((cell) => gradients(run, run.frames[0], cell, "weight").length),
    [64, 64],
  );
});

test("the last at or before a step is found", () => {
  const list = [0, 5, 9].map((step) => ({ step }));
  assert.deepEqual(
    [-1, 0, 4, 9, 99].map((step) => lastUpTo(list, step)?.step ?? null),
    [null, 0, 0, 9, 9],
  );
  assert.equal(lastUpTo(list, null).step, 9);
});

test("the degradation picture shows one measure: the whole training set, or before it was measured the last batches", () => {
  const run = applyEvent(readyRun(recorded().experiment), recorded());
  const now = degradation(run, 0, null);
  const [middle, low, high] = run.evaluations.at(-1).training_loss.map((column) => column[4]);
  assert.deepEqual([now.of, now.to, now.values[4], now.low[4], now.high[4]], ["whole", 320, middle, low, high]);
  const first = run.evaluations.find((item) => item.training_loss !== null).step;
  assert.deepEqual([degradation(run, 0, first).of, degradation(run, 0, first).to], ["whole", first]);
  const early = degradation(run, 0, 0);
  assert.deepEqual([early.of, early.frames, early.values[4]], ["batches", 1, run.frames[0].loss[0][4]]);
  const before = degradation(run, 0, first - 1);
  const past = run.frames.filter(({ step }) => step < first).slice(-10);
  assert.deepEqual([before.of, before.frames, before.to], ["batches", past.length, past.at(-1).step]);
  const sum = past.reduce((total, item) => total + item.loss[0][4], 0);
  assert.ok(Math.abs(before.values[4] - sum / past.length) < 1e-9);
});

test("a missing loss is a gap, not a number", () => {
  const gap = frame(1);
  gap.loss = gap.loss.map((column) => column.map(() => null));
  const run = applyEvent(applyEvent(live(), frame(0)), gap);
  assert.equal(lossSeries(run, 4).y[1], null);
  assert.equal(degradation(run, 0, null).values[4], null);
});

test("in fair mode the cell of an arm and a depth is the best one so far", () => {
  const experiment = { ...recorded().experiment, learning_rates: [0.01, 0.1] };
  // two rates a pair of arm and depth
  const run = readyRun(
    experiment,
    recorded().cells.flatMap((cell) => [cell, cell]),
  );
  assert.equal(cellOf(run, 1, 16), 14);
  const best = [0, 2, 4, 6, 8, 10, 12, 15, 16, 18];
  const judged = { ...run, evaluations: [/** @type {any} */ ({ step: 20, best })] };
  assert.equal(cellOf(judged, 1, 16), 15);
  assert.equal(layersBefore(run, 15) - layersBefore(run, 14), 16);
});
