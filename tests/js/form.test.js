// What stands in the form: numbers as people type them, refusals in their words, groups, and the pictures of blocks.
import "./document.js";

import assert from "node:assert/strict";
import { test } from "node:test";
import { boundOf, read, refusalOf } from "../../static/js/model/bounds.js";
import { sizeWords } from "../../static/js/model/cost.js";
import {
  byGroup,
  fieldsOfArm,
  isDefault,
  ownFields,
  parse,
  sameTexts,
  spokenRefusal,
  textsOf,
} from "../../static/js/model/form_values.js";
import { connectionOf } from "../../static/js/model/records.js";
import { blockParts } from "../../static/js/view/block_picture.js";
import { limits, recorded } from "./fixtures.js";

const told = (/** @type {string} */ name, /** @type {string} */ text) => {
  const found = read(boundOf(limits, name), text);
  return "value" in found ? found.value : found.problem;
};

test("numbers are read as people type them", () => {
  for (const text of ["0.05", "0,05", " 0.05 ", "5e-2", "5E-2", ".05", "0.050", "+0.05"])
    assert.equal(told("learning_rate", text), 0.05, text);
  for (const text of ["1e-3", "1E-03", "0,001"]) assert.equal(told("learning_rate", text), 0.001, text);
  for (const text of ["10000", "10 000", "1e4", "10 000"]) assert.equal(told("steps", text), 10_000, text);
  assert.deepEqual(told("learning_rates", "0,05; 0,1"), [0.05, 0.1]);
  assert.deepEqual(told("learning_rates", "0,05 0,1"), [0.05, 0.1]);
  assert.deepEqual(told("learning_rates", "0,05, 0,1"), [0.05, 0.1]);
  assert.deepEqual(told("learning_rates", "0.05,0.1, 1e-3,10"), [0.05, 0.1, 0.001, 10]);
});

test("what is no number is refused, and what may be two numbers is asked about", () => {
  for (const text of ["fast", "1e", "--1", "0x10", "Infinity", "1.2.3", "1/2"])
    assert.equal(told("learning_rate", text), `“${text}” is not a number`);
  assert.equal(told("steps", "1,000"), "“1,000” can be read in two ways; write 1000");
  assert.equal(told("steps", "10.000"), "“10.000” can be read in two ways; write 10000");
  assert.equal(told("steps", "2.5"), "2.5 is not a whole number");
  assert.equal(told("learning_rates", "0.1, 0"), "“0” is not a number over 0");
});

test("a refusal is a sentence that begins with the label", () => {
  const sentence = (/** @type {string} */ name, /** @type {string} */ text) =>
    refusalOf("Learning rate", String(told(name, text)));
  assert.equal(sentence("learning_rate", "0"), "Learning rate must be over 0");
  assert.equal(sentence("learning_rate", ""), "Learning rate is missing");
  assert.equal(sentence("learning_rate", "fast"), "Learning rate: “fast” is not a number");
  assert.equal(spokenRefusal("width", "width: must be at least 2"), "Width must be at least 2");
  assert.equal(spokenRefusal("width", "width: 9 paths do not divide it"), "Width: 9 paths do not divide it");
  assert.equal(spokenRefusal("arms.0.learning_rate", "arms.0.learning_rate: leave it empty"), "Learning rate: leave it empty"); // biome-ignore format: one line
});

test("texts of an experiment are read back as that experiment", () => {
  const { experiment } = recorded();
  const texts = textsOf(experiment);
  const fields = [...ownFields(limits), ...fieldsOfArm(limits, texts, 0), ...fieldsOfArm(limits, texts, 1)];
  const read = parse(fields, texts, 2);
  assert.deepEqual([read.experiment, read.problems.size], [experiment, 0]);
  assert.ok(read.experiment && sameTexts(read.experiment, experiment));
  texts.set("width", "9999");
  texts.set("arms.1.learning_rate", "fast");
  assert.deepEqual(parse(fields, texts, 2), {
    experiment: null,
    problems: new Map([
      ["width", "Width: 9999 is over the limit of 256"],
      ["arms.1.learning_rate", "Learning rate: “fast” is not a number"],
    ]),
  });
});

test("every field stands in one group, and one without a group in the last", () => {
  const fields = ownFields(limits);
  const groups = byGroup(fields);
  assert.deepEqual(groups.flatMap((group) => group.fields.map(({ path }) => path)).sort(), fields.map(({ path }) => path).sort()); // biome-ignore format: one line
  const groupOf = (/** @type {string} */ path) =>
    groups.find((group) => group.fields.some((field) => field.path === path))?.name;
  assert.deepEqual(["width", "steps", "warm_up"].map(groupOf), ["data", "optimisation", "advanced"]);
});

test("a field is as usual when its text means the default", () => {
  const usual = (/** @type {string} */ text) =>
    isDefault({ path: "weight_decay", bound: boundOf(limits, "weight_decay"), used: true, choices: [] }, new Map([["weight_decay", text]])); // biome-ignore format: one line
  assert.deepEqual(["0.0001", "1e-4", "0,0001", "0", "x"].map(usual), [true, true, true, false, false]);
});

test("the size of an experiment is told in words, with the time only where it is known", () => {
  assert.equal(sizeWords({ networks: 30, parameters: 817_290 }), "30 networks · 817 k parameters");
  assert.equal(sizeWords({ networks: 1, parameters: 1_250_000, seconds: 12.4 }), "1 network · 1.3 M parameters · about 12 s"); // biome-ignore format: one line
  assert.equal(sizeWords({ networks: 2, parameters: 1000, kept: "No weights." }), "2 networks · 1 k parameters · No weights."); // biome-ignore format: one line
});

test("the picture of a block has norm and activation where its equation has them", () => {
  const parts = (/** @type {string} */ name, normed = true) => {
    const record = connectionOf(name);
    assert.ok(record);
    const found = blockParts(record, normed);
    const words = found.parts.map((part) =>
      typeof part === "string" ? { norm: "N", activation: "σ" }[part] : "mark" in part ? part.mark : "W",
    );
    return `${words.join("")}${found.behind ? " σ" : ""}`;
  };
  assert.equal(parts("plain"), "WNσWN σ");
  assert.equal(parts("residual"), "WNσWN σ");
  assert.equal(parts("residual", false), "WσW σ");
  assert.equal(parts("preact"), "NσWNσW");
  assert.equal(parts("highway"), "WNσT");
  assert.equal(parts("stochastic"), "WNσWNb");
});
