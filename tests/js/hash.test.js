import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHash, defaultView, encodeHash } from "../../static/js/model/hash.js";
import { useRecords } from "../../static/js/model/records.js";
import { limits, presets, records } from "./fixtures.js";

const view = () => ({
  ...defaultView(),
  depth: 32,
  compare: 4,
  gradient: "activation",
  theme: "dark",
  presenter: true,
});

test("an unchanged preset travels as its name", () => {
  const settings = { experiment: presets[1].experiment, view: defaultView(), run: null };
  assert.equal(encodeHash(settings, presets), "preset=spiral&seed=0");
});

test("everything the page can be set to comes back from the hash", () => {
  const arms = [
    { ...presets[0].experiment.arms[0], skip_scale: 0.5, learning_rate: 1e-5 },
    { ...presets[0].experiment.arms[1], normalisation: "none", activation: "tanh", initialisation: "zero_last" },
    presets[0].experiment.arms[1],
  ];
  const experiment = {
    ...presets[0].experiment,
    ...{ dataset: "fashion", family: "conv6n2", width: 8, depths: [8, 20], arms, seed: 7, seeds: 2, optimiser: "adam" },
    ...{ learning_rate: 0.003, momentum: 0, weight_decay: 0, batch_size: 16, steps: 99, evaluate_every: 7 },
  };
  const settings = {
    experiment,
    view: { ...view(), arms: [2, 0], open: "gradients", beside: "curves", x: "flops", step: 12, lossScale: "log" },
    run: "r0123456789",
  };
  const back = decodeHash(`#${encodeHash(settings, presets)}`, presets, limits);
  assert.deepEqual(back.problems, []);
  assert.deepEqual(back.settings, settings);
  assert.equal(back.named, true);
});

test("a link names of an arm only what the usual one has not", () => {
  const arms = presets[0].experiment.arms.map((arm) => ({ ...arm, learning_rate: 0.01 }));
  const experiment = { ...presets[0].experiment, arms: [presets[0].experiment.arms[0], arms[1]] };
  const hash = encodeHash({ experiment, view: defaultView(), run: null }, presets);
  assert.match(hash, /&arm1=plain&arm2=residual,batch,relu,he,1,0.01$/);
  assert.deepEqual(decodeHash(hash, presets, limits).settings.experiment, experiment);
});

test("settings of an arm that came after the first links stand in a link by their name", () => {
  const wider = structuredClone(limits);
  wider.$defs.Arm.properties.damping = { type: "number", minimum: 0, maximum: 1 };
  useRecords({ ...records, limits: wider, records: {} });
  const arms = presets[0].experiment.arms.map((arm) => ({ ...arm, damping: 0.5 }));
  const experiment = { ...presets[0].experiment, arms };
  const hash = encodeHash({ experiment, view: defaultView(), run: null }, presets);
  assert.match(hash, /arm2=residual,damping:0.5/);
  assert.deepEqual(decodeHash(hash, presets, wider).settings.experiment, experiment);
  useRecords({ ...records, records: {} });
});

test("a preset with a look at it comes back, too", () => {
  const settings = { experiment: presets[1].experiment, view: view(), run: null };
  assert.deepEqual(decodeHash(encodeHash(settings, presets), presets, limits).settings, settings);
});

test("a link to a preset shows it as it is staged, and says only what is not", () => {
  const stage = { view: "gradients", gradient: "square", step: 0, loss_scale: "log", depth: 8 };
  const staged = [presets[0], { ...presets[1], stage }];
  const { settings } = decodeHash("preset=spiral", staged, limits);
  assert.deepEqual(settings.view, defaultView(stage));
  assert.equal(encodeHash(settings, staged), "preset=spiral&seed=0&depth=8");
  const newest = { ...settings, view: { ...settings.view, step: null, open: "curves" } };
  const hash = encodeHash(newest, staged);
  assert.match(hash, /step=newest&view=curves/);
  assert.deepEqual(decodeHash(hash, staged, limits).settings, newest);
});

test("an empty hash is the first preset and names nothing", () => {
  const { settings, problems, named } = decodeHash("", presets, limits);
  assert.deepEqual([settings.experiment, problems, named], [presets[0].experiment, [], false]);
});

test("a link that names a run alone may name any of its arms", () => {
  const { settings, problems } = decodeHash("run=r0123456789&left=3&right=4", presets, limits);
  assert.deepEqual([settings.view.arms, problems], [[2, 3], []]);
});

test("a link of an older version still opens the tab that it names", () => {
  const { settings, problems } = decodeHash("analysis=speed", presets, limits);
  assert.deepEqual([settings.view.open, problems], ["convergence", []]);
});

for (const [hash, message] of [
  ["width=9999", "width: 9999 is over the limit of 256"],
  ["width=1", "width: must be at least 2"],
  ["width=2.5", "width: 2.5 is not a whole number"],
  ["width=", "width: is missing"],
  ["learning_rate=0", "learning_rate: must be over 0"],
  ["momentum=1", "momentum: must be under 1"],
  ["momentum=NaN", "momentum: “NaN” is not a number"],
  ["depths=4,x", "depths: “x” is not a whole number"],
  ["depths=4,4", "depths: each depth may be named once"],
  ["depths=4,6,8,10,12,14,16,18,20", "depths: 9 items is over the limit of 8"],
  ["dataset=mnist", "dataset: “mnist” is not one of digits, fashion, spiral, idx, cifar10"],
  ["preset=nonsense", "preset: “nonsense” is not one of degradation, spiral"],
  ["arm1=dense", "arm1, connection: “dense” is not one of plain, residual"],
  ["arm2=residual,batch,relu,he,3", "arm2, skip_scale: 3 is over the limit of 2"],
  ["depth=deep", "depth: “deep” is not a whole number"],
  ["left=9", "left: must be an arm from 1 to 2"],
  ["gradient=both", "gradient: “both” is not one of weight, activation"],
  ["theme=%E0%A4%A", "theme:"],
  ["x=hours", "x: “hours” is not one of step, seconds, flops"],
  ["run=<img>", "run: this is not the name of a run"],
  ["colour=red", "colour: there is no such setting"],
]) {
  test(`a broken link says what is wrong with it: ${hash}`, () => {
    const { settings, problems } = decodeHash(hash, presets, limits);
    assert.equal(problems.length, 1);
    assert.ok(problems[0].message.startsWith(message), problems[0].message);
    const dataless = { ...settings, experiment: { ...settings.experiment, arms: [] } };
    assert.deepEqual(dataless.experiment, { ...presets[0].experiment, arms: [] });
  });
}

test("beside a view stands one of another place", () => {
  const beside = (/** @type {string} */ hash) => decodeHash(hash, presets, limits);
  assert.equal(beside("#view=curves&beside=lesion").settings.view.beside, "lesion");
  for (const hash of ["#beside=curves", "#view=lesion&beside=paths", "#beside=nothing"]) {
    const { settings, problems } = beside(hash);
    assert.equal(settings.view.beside, null);
    assert.equal(problems[0].field, "beside");
  }
});
