import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHash, defaultView, encodeHash } from "../../static/js/hash.js";
import { limits, presets } from "./fixtures.js";

const view = () => ({
  ...defaultView(),
  depth: 32,
  compare: 4,
  gradient: "activation",
  theme: "dark",
  presenter: true,
});

test("an unchanged preset travels as its name", () => {
  const settings = { preset: "spiral", experiment: presets[1].experiment, view: defaultView(), run: null };
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
    preset: null,
    experiment,
    view: { ...view(), arms: [2, 0], tab: "gradients", x: "flops" },
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
  const hash = encodeHash({ preset: null, experiment, view: defaultView(), run: null }, presets);
  assert.match(hash, /&arm1=plain&arm2=residual,batch,relu,he,1,0.01$/);
  assert.deepEqual(decodeHash(hash, presets, limits).settings.experiment, experiment);
});

test("a preset with a look at it comes back, too", () => {
  const settings = { preset: "spiral", experiment: presets[1].experiment, view: view(), run: null };
  assert.deepEqual(decodeHash(encodeHash(settings, presets), presets, limits).settings, settings);
});

test("an empty hash is the first preset and names nothing", () => {
  const { settings, problems, named } = decodeHash("", presets, limits);
  assert.deepEqual([settings.preset, problems, named], ["degradation", [], false]);
});

test("a link that names a run alone may name any of its arms", () => {
  const { settings, problems } = decodeHash("run=r0123456789&left=3&right=4", presets, limits);
  assert.deepEqual([settings.view.arms, problems], [[2, 3], []]);
});

for (const [hash, said] of [
  ["width=9999", "width: 9999 is over the limit of 256"],
  ["width=1", "width: 1 is under the least value, 2"],
  ["width=2.5", "width: 2.5 is not a whole number"],
  ["width=", "width: is missing"],
  ["learning_rate=0", "learning_rate: 0 must be over 0"],
  ["momentum=1", "momentum: 1 must be under 1"],
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
    assert.ok(problems[0].message.startsWith(said), problems[0].message);
    const dataless = { ...settings, experiment: { ...settings.experiment, arms: [] } };
    assert.deepEqual(dataless.experiment, { ...presets[0].experiment, arms: [] });
  });
}
