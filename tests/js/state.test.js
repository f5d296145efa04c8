import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHash, defaultView } from "../../static/js/model/hash.js";
import { whenever } from "../../static/js/model/reactive.js";
import { createStore } from "../../static/js/model/state.js";
import { limits, presets, recorded } from "./fixtures.js";

/** The store of a page that was opened with a hash. */
function opened(hash = "") {
  const { settings, named } = decodeHash(hash, presets, limits);
  return createStore({ settings, edited: named, presets, dark: false, slow: false });
}

/** A store that follows a run of the default experiment. */
function following() {
  const store = opened();
  store.actions.receive({ ...recorded(), run: "r1" });
  return store;
}

test("what is chosen for one analysis is not chosen for another whose question has a field of that name", () => {
  const { state, actions } = opened();
  actions.openView("refinement");
  actions.choose("examples", "10000");
  actions.openView("signal");
  assert.deepEqual(state.choices.value, {});
  actions.choose("examples", "16");
  actions.choose("jacobians", "0");
  assert.deepEqual(state.choices.value, { examples: "16", jacobians: "0" });
  actions.openView("refinement");
  assert.deepEqual(state.choices.value, { examples: "10000" });
});

test("all that a person chooses comes back from the hash", () => {
  const { state, actions } = opened();
  const arms = presets[1].experiment.arms.map((arm) => ({ ...arm, skip_scale: 0.5 }));
  actions.setDraft({ ...presets[1].experiment, width: 8, arms }, { cells: [], edited: true });
  actions.chooseDepth(16);
  actions.chooseOtherDepth(8);
  actions.chooseArm(0, 1);
  actions.chooseArm(1, 0);
  actions.chooseGradient("square");
  actions.chooseAxis("flops");
  actions.nextTheme();
  actions.openView("paths");
  for (const part of ["lossScale", "multiples", "relative", "question", "presenter"]) actions.toggle(part);
  actions.choosePicture(1);
  actions.openBeside("gradients");
  actions.choosePicture(1, "besidePicture");
  actions.showView({ ...state.view.value, step: 7 });
  actions.chooseTarget(0.5);
  const again = opened(state.hash.value);
  assert.equal(again.state.hash.value, state.hash.value);
  assert.deepEqual(again.state.view.value, state.view.value);
  assert.deepEqual(again.state.draft.value.experiment, state.draft.value.experiment);
  for (const [key, value] of Object.entries(defaultView()))
    assert.notDeepEqual(state.view.value[key], value, `${key} was not changed by this test`);
});

test("the hash follows the run", () => {
  const { state, actions } = following();
  assert.match(state.hash.value, /run=r1/);
  actions.showDraft();
  assert.doesNotMatch(state.hash.value, /run=/);
});

test("the scene follows each action, and is not made anew for nothing", () => {
  const { state, actions } = following();
  const before = state.scene.value;
  assert.equal(state.scene.value, before);
  actions.chooseDepth(16);
  assert.deepEqual(
    state.scene.value.sides.map(({ depth, cell }) => [depth, cell]),
    [
      [16, 2],
      [16, 7],
    ],
  );
  assert.deepEqual(before.sides[0].depth, 64, "a scene that was handed out stays as it was");
});

test("what is drawn of the shown networks does not change with every frame", () => {
  const { state, actions } = following();
  let [frames, sides] = [0, 0];
  whenever(
    () => state.newestFrame.value,
    () => frames++,
  );
  whenever(
    () => state.sides.value,
    () => sides++,
  );
  const frame = recorded().history.find((event) => event.type === "frame");
  actions.receive({ ...frame, run: "r1", step: 400 });
  assert.deepEqual([frames, sides], [2, 1]);
  actions.chooseDepth(8);
  assert.deepEqual([frames, sides], [2, 2]);
});

test("each undo puts one block back, the last first", () => {
  const { state, actions } = following();
  for (const block of [3, 1, 3]) actions.toggleBlock(block);
  assert.deepEqual(state.removed.value, [1]);
  const undone = [1, 2, 3, 4].map(() => {
    actions.undoLesion();
    return state.removed.value;
  });
  assert.deepEqual(undone, [[1, 3], [3], [], []]);
  actions.toggleBlock(2);
  assert.deepEqual(
    state.scene.value.sides.map(({ lesions }) => lesions),
    [[2], [2]],
  );
  actions.restoreBlocks();
  assert.deepEqual(state.scene.value.sides[0].lesions, undefined);
});

test("lesions and film belong to the shown networks: another depth or run has none", () => {
  for (const leave of [
    (actions) => actions.chooseDepth(8),
    (actions) => actions.receive({ ...recorded(), run: "r2" }),
    (actions) => actions.showDraft(),
  ]) {
    const { state, actions } = following();
    actions.toggleBlock(3);
    actions.moveFilm({ moment: 4, playing: true });
    actions.chooseGradient("square");
    assert.deepEqual([state.removed.value, state.film.value.moment], [[3], 4]);
    leave(actions);
    assert.deepEqual([state.removed.value, state.film.value.moment, state.film.value.playing], [[], null, false]);
  }
});

test("a run that is shown becomes the draft, unless that was edited", () => {
  const { state, actions } = opened();
  const other = { ...recorded(), run: "r1", experiment: { ...recorded().experiment, seed: 5 } };
  actions.receive(other);
  assert.equal(state.draft.value.experiment.seed, 5);
  actions.setDraft({ ...state.draft.value.experiment, seed: 6 }, { cells: null, edited: true });
  actions.receive(other);
  assert.equal(state.draft.value.experiment.seed, 6);
});

test("undo brings back exactly what was shown: run, draft, networks and lesions", () => {
  const { state, actions } = following();
  actions.chooseDepth(16);
  actions.toggleBlock(3);
  const [run, draft] = [state.run.value, state.draft.value];
  actions.remember();
  actions.setDraft(presets[1].experiment, { cells: [], edited: true });
  actions.setStage(presets[1].stage);
  actions.showDraft();
  actions.toggle("presenter");
  assert.deepEqual([state.run.value.state, state.run.value.frames.length, state.removed.value], ["ready", 0, []]);
  actions.receive({ ...recorded(), run: "recorded-spiral" });
  actions.notify("undo", "Another run was shown here.");
  actions.bringBack();
  assert.equal(state.run.value, run);
  assert.equal(state.draft.value, draft);
  assert.deepEqual([state.view.value.depth, state.removed.value, state.notices.value], [16, [3], []]);
  assert.equal(state.view.value.presenter, true, "what has nothing to do with the run stays as it is now");
  actions.bringBack();
  assert.equal(state.run.value, run);
});

test("what undo brings back is offered until another run is trained", () => {
  const { state, actions } = following();
  actions.notify("undo", "Another run was shown here.");
  actions.receive({ ...recorded(), run: "recorded-spiral" });
  assert.equal(state.notices.value.length, 1);
  actions.receive({ ...recorded(), run: "r2", recorded: false });
  assert.equal(state.notices.value.length, 0);
});

test("the link of a preset leads to its recorded run without naming it", () => {
  const { state, actions } = opened();
  actions.receive(recorded());
  assert.doesNotMatch(state.hash.value, /run=/);
  actions.setDraft({ ...presets[0].experiment, seed: 6 }, { cells: [], edited: true });
  assert.match(state.hash.value, /run=recorded-degradation/);
});

test("about how long the draft takes: as the server said, or as it says of the preset", () => {
  const { state, actions } = opened();
  assert.equal(state.duration.value?.seconds, 4.5);
  actions.setDraft({ ...presets[0].experiment, seed: 6 }, { cells: [], edited: true });
  assert.equal(state.duration.value, null);
  const duration = { seconds: 9, measured_here: true };
  actions.setDraft({ ...presets[0].experiment, seed: 6 }, { cells: [], edited: true, duration });
  assert.equal(state.duration.value, duration);
});

test("the cursor keeps to the steps that were measured", () => {
  const { state, actions } = following();
  const steps = [12.4, -3, 320.4, 321, null].map((step) => {
    actions.pointAtStep(step);
    return state.cursor.value;
  });
  assert.deepEqual(steps, [12, 0, 320, null, null]);
});

test("a notice replaces the one of its name, and a lost connection says so until it is back", () => {
  const { state, actions } = opened();
  actions.notify("link", "one");
  actions.notify("link", "two");
  actions.linkChanged("waiting", 4429);
  assert.deepEqual(
    state.notices.value.map(({ message }) => message),
    ["two", "The line to the server is broken: too many messages. Reconnecting."],
  );
  actions.linkChanged("connecting", 0);
  assert.equal(state.notices.value.length, 2);
  actions.linkChanged("open", 0);
  actions.dismiss("link");
  assert.deepEqual(state.notices.value, []);
});

test("another depth leaves the colours as they are, for with other colours every chart is drawn again", () => {
  const { state, actions } = following();
  let times = 0;
  whenever(
    () => state.colours.value,
    () => times++,
  );
  actions.chooseDepth(8);
  actions.chooseGradient("activation");
  assert.equal(times, 1);
  actions.nextTheme();
  actions.nextTheme();
  assert.equal(times, 2, "from the system's light to light is no change, to dark is one");
});

test("a view opens beside another, gives way to one that takes its place, and counts only where there is room", () => {
  const { state, actions } = opened();
  actions.openBeside("paths");
  assert.equal(state.beside.value, null);
  actions.windowChanged(true);
  assert.deepEqual([state.beside.value, state.analysis.value], ["paths", "paths"]);
  actions.openView("gradients");
  assert.equal(state.beside.value, "paths");
  actions.toggle("presenter");
  assert.deepEqual([state.beside.value, state.analysis.value], [null, "gradients"]);
  actions.toggle("presenter");
  actions.openView("lesion");
  assert.equal(state.view.value.beside, null);
  actions.openBeside("paths");
  assert.equal(state.view.value.beside, null);
});
