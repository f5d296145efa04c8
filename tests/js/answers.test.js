import assert from "node:assert/strict";
import { test } from "node:test";
import { endWords, newest, timeLeft, together } from "../../static/js/model/answers.js";
import { checkpointsUpTo, chosenOf, offered } from "../../static/js/model/choices.js";
import { duration } from "../../static/js/model/durations.js";
import { doneElsewhere, followWords } from "../../static/js/model/elsewhere.js";
import { readyRun } from "../../static/js/model/run.js";
import { timeLeftOf } from "../../static/js/model/series.js";
import { recorded } from "./fixtures.js";

const kind = { name: "lesion", kinds: ["lesions", "shuffle"] };
const event = (analysis, state, finding, more = {}) => ({
  ...{ analysis, state, finding, progress: 0.5, reason: null, seconds: 2, step: 20 },
  question: { kind: "lesions", depth: 16 },
  ...more,
});
const shown = (...analyses) => together(newest(analyses, kind, [{ depth: 16 }, { depth: 16 }], {}), [{ depth: 16 }]);
const whole = { arms: [], words: ["whole"] };
const part = { arms: [], words: ["part"] };

test("while an answer is computed, and after it was cancelled, the answer of before stays", () => {
  const before = event("a1", "finished", whole, { progress: 1, step: 10 });
  for (const state of ["waiting", "running", "cancelled", "failed"]) {
    const answer = shown(before, event("a2", state, null));
    assert.deepEqual([answer.finding, answer.step], [whole, 10], "drawn is what was found, at its own step");
    assert.deepEqual([answer.analysis, answer.state, answer.progress], ["a2", state, 0.5], "told is the new one");
  }
  assert.equal(shown(before, event("a2", "running", part)).finding, part, "a first result takes its place");
  assert.equal(shown(before, event("a2", "cancelled", part)).finding, whole, "but not when it stays a part");
  assert.equal(shown(before, event("a2", "finished", part)).finding, part);
  assert.equal(shown(event("a2", "cancelled", part)).finding, part, "a part is better than nothing");
});

test("the answer of before may be of another kind of the same tab, but is one kind at both depths", () => {
  const at = (depth, name = "lesions") => ({ question: { kind: name, depth } });
  const both = (...analyses) => newest(analyses, kind, [{ depth: 16 }, { depth: 64 }], {});
  const shuffled = event("a3", "running", null, at(16, "shuffle"));
  assert.deepEqual(shown(event("a1", "finished", whole), shuffled).question, at(16).question);
  const kept = both(
    event("a1", "finished", whole, at(16)),
    event("a2", "finished", whole, at(64)),
    shuffled,
    event("a4", "running", null, at(64, "shuffle")),
  );
  assert.deepEqual(
    kept.map(({ analysis, question }) => [analysis, question.kind, question.depth]),
    [
      ["a3", "lesions", 16],
      ["a4", "lesions", 64],
    ],
  );
});

test("a choice that needs more checkpoints than there are says so and is not taken", () => {
  const kind = { least_checkpoints: { trajectory: 3 } };
  /** @type {any} */
  const field = { name: "plane", choices: [["random", "random"], ["trajectory", "along the trajectory"]] }; // biome-ignore format: a row
  const run = { ...readyRun(recorded().experiment), id: "r1", state: "finished", step: 320, checkpoints: [0, 60, 320] };
  assert.deepEqual(
    [null, 320, 60].map((step) => checkpointsUpTo(run, step)),
    [3, 3, 2],
  );
  // a run that trains saves one more for the question
  assert.equal(checkpointsUpTo({ ...run, state: "running", step: 330 }, null), 4);
  const chosen = (/** @type {number} */ count) => chosenOf(kind, field, { plane: "trajectory" }, count);
  assert.deepEqual([chosen(2), chosen(3)], ["random", "trajectory"]);
  assert.deepEqual(
    offered(kind, field, 2).map(({ can, words }) => [can, words]),
    [
      [true, "random"],
      [false, "along the trajectory: needs 3 checkpoints, 2 kept"],
    ],
  );
});

test("what became of an analysis is told with what is shown in its place", () => {
  const before = event("a1", "finished", whole);
  const words = (...analyses) => endWords(shown(...analyses));
  assert.equal(words(before, event("a2", "cancelled", null)), "Cancelled; the answer of before is shown.");
  assert.equal(words(event("a2", "cancelled", part)), "Cancelled; what was found until then is shown.");
  assert.equal(words(event("a2", "cancelled", null)), "Cancelled before anything was found.");
  const failed = event("a2", "failed", null, { reason: "all diverged" });
  assert.equal(words(before, failed), "It could not be done: all diverged; the answer of before is shown.");
  assert.equal(words(failed), "It could not be done: all diverged.");
  assert.equal(words(before), "");
  assert.equal(endWords(undefined), "");
});

test("the time left is told once there is progress to reckon with", () => {
  const left = (state, progress, seconds) => timeLeft(event("a", state, null, { progress, seconds }));
  assert.equal(left("running", 0.2, 2), "about 8 s left");
  assert.equal(left("running", 0.5, 200), "about 3 min left");
  assert.deepEqual([left("running", 0, 2), left("running", 0.2, null), left("waiting", 0, null)], ["", "", ""]);
  assert.deepEqual([left("finished", 1, 9), timeLeft(undefined)], ["", ""]);
  assert.deepEqual([0.2, 7.6, 33, 59, 61, 3600, 36_000].map(duration), ["1 s", "8 s", "35 s", "1 min", "1 min", "1 h", "10 h"]); // biome-ignore format: pairs
});

test("the time left of a run comes from its newest measurements", () => {
  const { experiment } = recorded();
  const frames = [0, 1, 2, 3].map((at) => ({ step: 10 * at, seconds: at }));
  const run = { ...readyRun(experiment), id: "r1", state: "running", frames, step: 200 };
  assert.equal(timeLeftOf(run), "about 12 s left"); // 120 steps at 10 a second
  assert.equal(timeLeftOf({ ...run, state: "paused" }), null);
  assert.equal(timeLeftOf({ ...run, frames: frames.slice(0, 1) }), null);
  assert.equal(timeLeftOf({ ...run, step: experiment.steps }), null);
});

test("what another window did is told, what this one did is not", () => {
  const { experiment } = recorded();
  const own = new Set(["v1", "v2"]);
  const state = (name, by) => doneElsewhere({ type: "state", state: name, by }, own, experiment);
  assert.equal(state("stopped", "v9"), "Stopped from another window.");
  assert.equal(state("paused", "v9"), "Paused from another window.");
  assert.equal(state("running", "v9"), null, "that it trains is seen");
  assert.deepEqual([state("stopped", "v1"), state("stopped", "v2"), state("finished", null)], [null, null, null]);
  const rate = { type: "learning_rate", learning_rate: 0.1, arm: 1, by: "v9" };
  assert.equal(doneElsewhere(rate, own, experiment), "Learning rate of Residual set to 0.1 from another window.");
  assert.match(doneElsewhere({ ...rate, arm: null }, own, experiment), /of all arms/);
  assert.equal(doneElsewhere({ type: "frame" }, own, experiment), null);
  assert.deepEqual([followWords(1), followWords(2)], ["", "2 windows follow this run"]);
});
