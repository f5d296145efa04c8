// Trace as values: links, stages side by side, captions, percentages, maps; and its state.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytesOf,
  imagePixels,
  mapColours,
  mapPixels,
  reliancePixels,
  scaleEnds,
  sharedScale,
  unitPixels,
} from "../../static/js/model/maps.js";
import { nextTheme } from "../../static/js/model/page_state.js";
import {
  captionOf,
  columnsOf,
  detailed,
  FIRST,
  hasSkip,
  lanesOf,
  nameOf,
  scaleWords,
  shapeText,
} from "../../static/js/model/trace.js";
import { likeliest, percentages } from "../../static/js/model/trace_answers.js";
import { readTraceHash, traceHash } from "../../static/js/model/trace_link.js";
import { examplesAddress, requestsOf, sourcesOf } from "../../static/js/model/trace_sources.js";
import { createTrace } from "../../static/js/model/trace_state.js";

const base64 = (numbers) => btoa(String.fromCharCode(...numbers.map((value) => value & 255)));
const maps = (values, more = {}) => ({
  ...{ channels: [0], height: 1, width: values.length, scale: 2, norm: 1, values: base64(values) },
  ...more,
});
const stage = (kind, more = {}) => ({
  ...{
    kind,
    name: kind,
    operation: "",
    words: `${kind} here`,
    equation: "",
    layers: [],
    reads: [1, 2, 3],
    gives: [4, 2, 3],
  },
  ...{ output: null, gradient: null, join: null, probe: null, probe_accuracy: null, part: "" },
  ...more,
});
const network = (arm, kinds) => ({
  ...{ arm, name: `net-${arm}`, seed: 0, logits: [1, 2], probabilities: [0.25, 0.75], target: 0, loss: 1, words: [] },
  stages: kinds.map((kind) => stage(kind)),
});
const runs = [
  {
    id: "mine",
    title: "Mine",
    recorded: false,
    depths: [4, 8],
    steps: [0, 10],
    dataset: "digits",
    connections: ["plain", "residual"],
  },
  {
    id: "recorded-he-fashion",
    title: "He",
    recorded: true,
    depths: [20],
    steps: [0, 400],
    dataset: "fashion",
    connections: ["plain"],
  },
];
const sources = sourcesOf({ runs, published: [{ name: "resnet18", label: "ResNet-18" }] });
const trace = (...networks) => ({
  label: 1,
  classes: ["a", "b"],
  networks,
  words: [],
  left_out: [],
  side: 2,
  channels: 1,
});
const begin = (view = {}) => createTrace({ view: { ...FIRST, ...view }, sources, dark: false });
/** A store that shows a trace of these stages. */
const shown = (kinds, view) => {
  const store = begin(view);
  store.actions.arrived(store.state.requests.value.trace.key, trace(network(0, kinds), network(1, kinds)));
  return store;
};

test("a link gives back what it was made of", () => {
  for (const view of [
    FIRST,
    { ...FIRST, network: "run:recorded-he-fashion", depth: 20, step: 0, image: { kind: "example", index: 17 }, at: 4 },
    { ...FIRST, network: "net:resnet18", open: "backward", all: true, probes: true, target: 3, arms: [2, 0] },
    { ...FIRST, image: { kind: "pixels", pixels: base64([250, 251, 252, 253, 254]) }, theme: "dark", presenter: true },
  ]) {
    const read = readTraceHash(`#${traceHash(view)}`);
    assert.deepEqual(read.view, view);
    assert.deepEqual(read.problems, []);
  }
  assert.equal(traceHash(FIRST), "");
});

test("what a link has wrong is told by name, and the usual is taken", () => {
  const { view, problems } = readTraceHash("#run=a/b&depth=0&step=-1&image=x&stage=0&view=y&loss=1.5&theme=red&all=2");
  assert.deepEqual(view, FIRST);
  for (const key of ["run", "depth", "step", "image", "stage", "view", "loss", "theme", "all"])
    assert.ok(
      problems.some((problem) => problem.startsWith(`${key}:`)),
      key,
    );
  assert.equal(readTraceHash("#pixels=%3Cscript%3E").problems.length, 1);
});

test("an image that is too large for a link is not passed off as another", () => {
  const hash = traceHash({ ...FIRST, image: { kind: "pixels", pixels: "A".repeat(5000) } });
  assert.ok(hash.length < 100);
  const { view, problems } = readTraceHash(hash);
  assert.deepEqual(view.image, { kind: "example", index: 0 });
  assert.match(problems[0], /too large for a link/);
});

test("percentages sum to exactly 100 as they are written, whatever the probabilities", () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const cases = [[1, 1, 1], [0.999999, 0.0000005, 0.0000005], [1], Array(7).fill(1 / 7), Array(1000).fill(0.001)];
  for (let times = 0; times < 300; times++) {
    const values = Array.from({ length: 2 + Math.floor(random() * 30) }, () => Math.exp(20 * random()));
    const sum = values.reduce((total, value) => total + value, 0);
    cases.push(values.map((value) => value / sum));
  }
  for (const shares of cases) {
    const texts = percentages(shares);
    const tenths = texts.reduce((total, text) => total + Math.round(10 * Number(text)), 0);
    assert.equal(tenths, 1000, String(shares));
    // none is further than a tenth from its own value
    const sum = shares.reduce((total, share) => total + share, 0);
    for (const [index, share] of shares.entries())
      assert.ok(Math.abs(Number(texts[index]) - (100 * share) / sum) <= 0.1);
  }
});

test("the classes of a long answer are summed up, so that what is shown is all of it", () => {
  const shown = likeliest([0.1, 0.5, 0.2, 0.15, 0.05], ["a", "b", "c", "d", "e"], 3);
  assert.deepEqual(
    shown.map(({ name, percent }) => `${name} ${percent}`),
    ["b 50.0", "c 20.0", "3 others 30.0"],
  );
  assert.deepEqual(
    likeliest([0.1, 0.9], ["a"], 3).map(({ name }) => name),
    ["class 1", "a"],
  );
});

test("stages of both networks stand side by side by kind and number", () => {
  const plain = network(0, ["input", "stem", "block", "block", "average", "classifier"]);
  const dense = network(1, ["input", "stem", "block", "transition", "block", "block", "average", "classifier"]);
  const columns = columnsOf([plain, dense]);
  assert.deepEqual(
    columns.map(({ key, stages }) => `${key}:${stages.map((one) => (one ? "x" : "-")).join("")}`),
    [
      "input 1:xx",
      "stem 1:xx",
      "block 1:xx",
      "transition 1:-x",
      "block 2:xx",
      "block 3:-x",
      "average 1:xx",
      "classifier 1:xx",
    ],
  );
  // no stage is lost, and each network keeps its order
  for (const [lane, { stages }] of [plain, dense].entries())
    assert.deepEqual(
      columns.flatMap((column) => column.stages[lane] ?? []),
      stages,
    );
  assert.equal(columnsOf([]).length, 0);
  assert.equal(columnsOf([plain])[2].stages.length, 1);
  assert.equal(nameOf(columns[3]), "transition");
});

test("more of one stage takes the place of what was known of it", () => {
  const columns = columnsOf([network(0, ["input", "block"])]);
  const more = trace(network(0, ["input", "block"]));
  assert.equal(detailed(columns, more, 1)[1].stages[0], more.networks[0].stages[1]);
  assert.equal(detailed(columns, more, 1)[0], columns[0]);
  assert.equal(detailed(columns, null, 1), columns);
});

test("the lanes are the chosen arms, and others where one has diverged", () => {
  const all = [0, 1, 2].map((arm) => network(arm, []));
  const arms = (found) => found.map(({ arm }) => arm);
  assert.deepEqual(arms(lanesOf(trace(...all), [2, 0])), [2, 0]);
  assert.deepEqual(arms(lanesOf(trace(all[1], all[2]), [0, 1])), [1, 2]);
  assert.deepEqual(arms(lanesOf(trace(all[1]), [0, 1])), [1]);
  assert.deepEqual(lanesOf(null, [0, 1]), []);
});

test("captions are numbered, and say of each network what differs", () => {
  const columns = [
    { key: "stem 1", stages: [stage("stem"), stage("stem")] },
    { key: "block 1", stages: [stage("block", { words: "one" }), stage("block", { words: "other." })] },
  ];
  const names = [{ name: "plain-20" }, { name: "residual-20" }];
  assert.equal(captionOf(columns, names, 0, false), "1 of 2: stem. stem here.");
  assert.equal(captionOf(columns, names, 1, false), "2 of 2: block. plain-20: one. residual-20: other.");
  const join = { gradient_through: { norm: 3 }, gradient_past: null };
  columns[1].stages[0] = stage("block", { gradient: { norm: 5 }, join });
  columns[1].stages[1] = stage("block", { gradient: { norm: 5 }, join: { ...join, gradient_past: { norm: 4 } } });
  assert.equal(
    captionOf(columns, names, 1, true),
    "1 of 2 on the way back: block. plain-20: ‖∂L/∂output‖ = 5.00; 3.00 through F, nothing past it. " +
      "residual-20: ‖∂L/∂output‖ = 5.00; 3.00 through F, 4.00 by the skip.",
  );
});

test("shapes are written as people do, and a skip is known without weights", () => {
  assert.equal(shapeText([16, 28, 28]), "28×28×16");
  assert.equal(shapeText([10]), "10");
  assert.equal(hasSkip(stage("block", { operation: "two 3×3 convolutions, ⊕" })), true);
  assert.equal(hasSkip(stage("block", { join: { past: null }, operation: "⊕" })), false);
});

test("bytes of maps are signed, and colours are of one shared scale", () => {
  const one = maps([-127, -1, 0, 1, 127]);
  assert.deepEqual([...bytesOf(one)], [-127, -1, 0, 1, 127]);
  const most = sharedScale([one, maps([0], { scale: 4 }), null, undefined]);
  assert.equal(most, 4);
  const colour = (pixels, at) => [...pixels.slice(4 * at, 4 * at + 4)];
  const ramp = mapColours(false);
  // half of the scale's end is half of the ramp
  assert.deepEqual(colour(mapPixels(one, 0, most, false), 4), colour(ramp, 127 + 64));
  assert.deepEqual(colour(mapPixels(one, 0, 2, false), 0), colour(ramp, 0));
  assert.deepEqual(colour(mapPixels(one, 0, 2, false), 2), colour(ramp, 127));
  // all zero, or a scale of 0, is the ground and no error
  assert.deepEqual(colour(mapPixels(maps([0, 0], { scale: 0 }), 0, 0, true), 1), colour(mapColours(true), 127));
});

test("the networks share a scale, or each has its own, and the caption says so", () => {
  const [strong, faint] = [maps([127], { scale: 8 }), maps([127], { scale: 0.5 })];
  assert.deepEqual(scaleEnds([[strong, null], [faint]], "shared"), [8, 8]);
  assert.deepEqual(scaleEnds([[strong, null], [faint]], "own"), [8, 0.5]);
  assert.deepEqual(scaleEnds([[strong], []], "own"), [8, 0]);
  const columns = (...outputs) => [
    { key: "block 1", stages: outputs.map((output) => output && stage("block", { output })) },
  ];
  assert.match(scaleWords(columns(strong, faint), "own"), /its own scale/);
  assert.equal(scaleWords(columns(strong, faint), "shared"), "");
  // where there is nothing beside it, nothing can be mistaken
  assert.equal(scaleWords(columns(strong), "own"), "");
  assert.equal(scaleWords(columns(strong, null), "own"), "");
});

test("a link has the scale, and what is no scale is refused by name", () => {
  assert.equal(readTraceHash("#scale=own").view.scale, "own");
  assert.equal(traceHash({ ...FIRST, scale: "own" }), "scale=own");
  assert.equal(traceHash(FIRST), "");
  const { view, problems } = readTraceHash("#scale=large");
  assert.equal(view.scale, "shared");
  assert.match(problems[0], /scale: “large” is not one of shared, own/);
});

test("zero is the ground of its theme, and the ends of the ramp differ in brightness from it", () => {
  const light = (ramp, at) => 0.2126 * ramp[4 * at] + 0.7152 * ramp[4 * at + 1] + 0.0722 * ramp[4 * at + 2];
  for (const dark of [false, true]) {
    const ramp = mapColours(dark);
    const sign = dark ? 1 : -1;
    for (let step = 1; step <= 127; step++)
      for (const side of [-1, 1])
        assert.ok(
          sign * (light(ramp, 127 + side * step) - light(ramp, 127 + side * (step - 1))) > -1.5,
          `${dark} ${step}`,
        );
  }
});

test("images and what answers rest on become pixels", () => {
  assert.deepEqual([...imagePixels({ image: base64([7, 200]), side: 1, channels: 1 })], [7, 7, 7, 255]);
  assert.deepEqual([...imagePixels({ image: base64([1, 2, 3]), side: 1, channels: 3 })], [1, 2, 3, 255]);
  const gradient = maps([100, -50, 0, -100, 0, 0], { channels: [0, 1], width: 3 });
  const opacity = [...reliancePixels(gradient, [1, 2, 3])].filter((_, at) => at % 4 === 3);
  assert.deepEqual(opacity, [235, 59, 0]);
  assert.ok([...reliancePixels(maps([0, 0]), [1, 2, 3])].every(Number.isFinite));
  assert.equal(unitPixels(maps([1, 2, 3, 4, 5], { channels: [0, 1, 2, 3, 4], width: 1 }), 2, false).length, 4 * 9);
});

test("what comes with the program is shown first, and a run is asked with its newest weights", () => {
  const { state } = begin();
  assert.equal(state.source.value.key, "run:recorded-he-fashion");
  const { trace: asked, learnt, training } = state.requests.value;
  assert.equal(asked.address, "/api/trace/runs/recorded-he-fashion");
  assert.deepEqual(asked.body, { depth: 20, image: { kind: "example", index: 0 } });
  assert.deepEqual([learnt, training], [null, null]);
  const open = requestsOf(sources[0], { ...FIRST, open: "training", step: 0, target: 1, all: true, probes: true }, []);
  assert.deepEqual(open.trace.body, {
    ...{ depth: 8, image: { kind: "example", index: 0 }, target: 1, maps: 2048, step: 0, probes: true },
  });
  // the same image at every checkpoint: whatever is shown beside it, it is asked once
  assert.deepEqual(open.learnt.body, { depth: 8, image: { kind: "example", index: 0 } });
  assert.equal(open.training.address, "/api/trace/runs/mine/training?depth=8");
});

test("a published network is asked for shapes, and with weights and an image for what is in them", () => {
  const view = { ...FIRST, image: { kind: "pixels", pixels: "AAAA" } };
  assert.equal(requestsOf(sources[2], view, []).trace.body, null);
  assert.equal(requestsOf(sources[2], FIRST, ["a.safetensors"]).trace.body, null);
  assert.deepEqual(requestsOf(sources[2], view, ["a.safetensors"]).trace.body, { image: view.image });
  // all maps of all stages are too many for one answer: those of the shown stage are asked
  const all = requestsOf(sources[2], { ...view, all: true, at: 3 }, ["a.safetensors"]);
  assert.deepEqual(all.trace.body, { image: view.image });
  assert.deepEqual(all.detail.body, { image: view.image, maps: 2048, stage: 3 });
  assert.equal(examplesAddress(sources[2], FIRST.image, 6), null);
  assert.equal(
    examplesAddress(sources[0], { kind: "example", index: 17 }, 6),
    "/api/trace/images/digits?first=12&count=6",
  );
});

test("the page keeps what it showed while another answer is on its way, and when there is none", () => {
  const { state, actions } = shown(["input", "block", "classifier"]);
  const before = state.trace.value;
  actions.chooseImage({ kind: "example", index: 5 });
  actions.wait("Tracing …");
  assert.equal(state.trace.value, before);
  actions.failed("The server does not answer.");
  assert.equal(state.trace.value, before);
  assert.deepEqual([state.waiting.value, state.problem.value], ["", "The server does not answer."]);
  actions.showKnown(Object.keys(state.traces.value)[0]);
  assert.equal(state.problem.value, "");
});

test("only the newest answers are kept", () => {
  const { state, actions } = begin();
  for (let index = 0; index < 40; index++) actions.arrived(`k${index}`, trace(network(0, ["input"])));
  assert.ok(Object.keys(state.traces.value).length <= 16);
  assert.ok(state.trace.value);
});

test("the film plays to the end, stops there, and begins again", () => {
  const { state, actions } = shown(["input", "block", "classifier"]);
  actions.play();
  for (let times = 0; times < 2; times++) actions.advance();
  assert.deepEqual([state.at.value, state.playing.value], [2, true]);
  actions.advance();
  assert.deepEqual([state.at.value, state.playing.value], [2, false]);
  actions.play();
  assert.deepEqual([state.at.value, state.playing.value], [0, true]);
  // a step by hand stops it
  actions.step(1);
  assert.deepEqual([state.at.value, state.playing.value], [1, false]);
  actions.step(99);
  assert.equal(state.at.value, 2);
});

test("the gradient goes from the last stage to the first", () => {
  const { state, actions } = shown(["input", "block", "classifier"]);
  actions.openView("backward");
  assert.equal(state.at.value, 2);
  actions.play();
  actions.advance();
  assert.equal(state.at.value, 1);
  actions.advance();
  actions.advance();
  assert.deepEqual([state.at.value, state.playing.value], [0, false]);
  actions.play();
  assert.equal(state.at.value, 2);
});

test("an image stays with its data set, and examples go round", () => {
  const { state, actions } = begin({ image: { kind: "example", index: 7 } });
  actions.chooseNetwork("run:mine");
  assert.deepEqual(state.view.value.image, { kind: "example", index: 0 });
  assert.equal(state.depth.value, 8);
  actions.partArrived("examples", state.examplesAddress.value, {
    ...{ dataset: "digits", first: 0, total: 3, classes: ["0"], side: 8, channels: 1, labels: [0], images: ["AA=="] },
  });
  assert.deepEqual(state.input.value, { side: 8, channels: 1 });
  actions.turnImage(-1);
  assert.equal(state.view.value.image.index, 2);
  actions.turnImage(1);
  assert.equal(state.view.value.image.index, 0);
});

test("the newest checkpoint is no step of its own in a link", () => {
  const { state, actions } = begin();
  actions.chooseStep(0);
  assert.match(state.hash.value, /step=0/);
  actions.chooseStep(400);
  assert.equal(state.hash.value, "");
});

test("themes follow each other in one order on every page", () => {
  assert.deepEqual(["auto", "light", "dark"].map(nextTheme), ["light", "dark", "auto"]);
});
