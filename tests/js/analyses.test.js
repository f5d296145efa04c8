import "./document.js";

import assert from "node:assert/strict";
import { test } from "node:test";
import { isUnderWay, newest, together, withoutBlocks } from "../../static/js/model/answers.js";
import { captionOf, decades, filmOverlay, momentOf, momentsOf, sizeAt } from "../../static/js/model/film.js";
import { lesionOverlay, sharesOf } from "../../static/js/model/overlay.js";
import { fromSnapshot } from "../../static/js/model/run.js";
import { analysis as convergence } from "../../static/js/view/analyses/convergence.js";
import { analysis as flow } from "../../static/js/view/analyses/flow.js";
import { analysis as landscape } from "../../static/js/view/analyses/landscape.js";
import { analysis as lesion } from "../../static/js/view/analyses/lesion.js";
import { analysis as paths, shareAxis } from "../../static/js/view/analyses/paths.js";
import { analysis as shattering } from "../../static/js/view/analyses/shattering.js";
import { recorded, records } from "./fixtures.js";

const shownRun = () => fromSnapshot(recorded());
const event = (analysis, question, state = "finished") => ({ analysis, question, state });
const MODULES = { convergence, flow, landscape, lesion, paths, shattering };
const kindOf = (name) => ({ ...MODULES[name], ...records.analyses.find((one) => one.name === name) });
const view = { target: 0.9 };

/** A scene of the recorded run, as far as the pictures of analyses look at it. */
function sceneOf(run) {
  const sides = [0, 1].map((arm) => ({ arm, depth: 64, layers: 64 }));
  const colours = { dark: false, text: "#000", quiet: "#555", faint: "#bbb", panel: "#fff" };
  return { run, sides, colours, view: { presenter: false, target: 0.9 } };
}

test("a tab shows the newest answer of its kind and depth, never a click on a block", () => {
  const analyses = [
    event("a1", { kind: "lesions", depth: 16 }),
    event("a2", { kind: "deletions", depth: 16 }),
    event("a3", { kind: "lesions", depth: 64 }),
    event("a4", { kind: "lesion", depth: 16, blocks: [3] }),
    event("a5", { kind: "shattering", depths: [4, 8] }),
  ];
  const names = (tab, ...depths) =>
    newest(
      analyses,
      kindOf(tab),
      depths.map((depth) => ({ depth })),
      view,
    ).map(({ analysis }) => analysis);
  assert.deepEqual(names("lesion", 16, 16), ["a2"]);
  assert.deepEqual(names("lesion", 64, 64), ["a3"]);
  assert.deepEqual(names("lesion", 8, 8), []);
  assert.deepEqual(names("shattering", 8, 8), ["a5"]);
  assert.deepEqual(names("flow", 16, 16), []);
  // two depths: answers of one kind, that of the newest
  assert.deepEqual(names("lesion", 16, 64), ["a1", "a3"]);
});

test("with two depths side by side each arm comes from the answer about its own", () => {
  const arms = (layers) => [0, 1].map((arm) => ({ arm, layers }));
  const finding = (layers, ...words) => ({ arms: arms(layers), words });
  const one = { ...event("a1", { kind: "lesions", depth: 16 }), progress: 1, finding: finding(16, "both", "sixteen") };
  const two = { ...event("a2", { kind: "lesions", depth: 32 }), progress: 1, finding: finding(32, "both", "more") };
  const sides = [
    { arm: 0, depth: 16 },
    { arm: 1, depth: 32 },
  ];
  const answer = together([one, two], sides);
  assert.deepEqual(answer.finding.arms, [
    { arm: 0, layers: 16 },
    { arm: 1, layers: 32 },
  ]);
  assert.deepEqual(answer.finding.words, ["both", "sixteen", "more"]);
  assert.equal(together([one], sides), one);
  assert.equal(together([], sides), undefined);
  const waits = together([one, { ...two, state: "running", progress: 0.5, finding: null }], sides);
  assert.deepEqual([waits.state, waits.progress, waits.finding], ["running", 0.75, null]);
});

test("the answer to a set of blocks is the newest about exactly these, at this depth", () => {
  const analyses = [
    event("a1", { kind: "lesion", depth: 16, blocks: [3] }),
    event("a2", { kind: "lesion", depth: 16, blocks: [3, 5] }),
    event("a3", { kind: "lesion", depth: 16, blocks: [3] }),
    event("a4", { kind: "lesion", depth: 32, blocks: [3] }),
  ];
  assert.equal(withoutBlocks(analyses, 16, [3]).analysis, "a3");
  assert.equal(withoutBlocks(analyses, 16, [3, 5]).analysis, "a2");
  assert.equal(withoutBlocks(analyses, 16, [5]), undefined);
});

test("only what waits or runs is under way", () => {
  const states = ["waiting", "running", "finished", "cancelled", "failed"];
  assert.deepEqual(
    states.map((state) => isUnderWay(event("a", { kind: "paths" }, state))),
    [true, true, false, false, false],
  );
  assert.equal(isUnderWay(undefined), false);
});

test("the film goes once forward and once back through every layer of the deeper arm", () => {
  const layers = 5;
  const moments = Array.from({ length: momentsOf(layers) }, (_, moment) => momentOf(layers, moment));
  assert.deepEqual(
    moments.map(({ phase }) => phase),
    [0, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 4],
  );
  for (const phase of [1, 3])
    assert.deepEqual(
      moments.filter((moment) => moment.phase === phase).map(({ share }) => share),
      [0.2, 0.4, 0.6, 0.8, 1],
    );
  assert.deepEqual(momentOf(layers, 10_000), { phase: 4, share: 1 });
});

test("a scale of strengths spans the medians that are positive, and stands without anything", () => {
  assert.deepEqual(decades([{ forward: [[0.02, 0, null, 30], [0, 0, 0, 0], [99999, 0, 0, 0]] }], "forward"), [-2, 2]); // biome-ignore format: a band is one line
  assert.deepEqual(decades([{ forward: [[1]] }], "forward"), [0, 1]);
  assert.deepEqual(decades([{ forward: [[null, 0]] }], "forward"), [-1, 1]);
});

const band = (...values) => [values, values, values];

test("the axis of shares holds those below nothing and over all", () => {
  const [low, high] = shareAxis([band(-0.2, 1.3), band(0.4, null)]).range;
  assert.ok(low < -0.2 && high > 1.3);
  assert.deepEqual(shareAxis([band(0.2, 0.5)]).range, [-0.04, 1.04]);
  assert.equal(shareAxis([band(0.2, 0.5)]).zeroline, false);
  assert.equal(shareAxis([band(-0.2, 0.5)]).zeroline, true);
  assert.ok(shareAxis([band(0.2, 0.3)], 0).range[1] < 0.4);
});

test("a share beyond its bounds is drawn as none or all, and no gradient as no way", () => {
  assert.deepEqual(sharesOf([0.25, 1.2, -0.1, null]), [
    { shortcut: 0.25, branch: 0.75 },
    { shortcut: 1, branch: 0 },
    { shortcut: 0, branch: 1 },
    { shortcut: 0, branch: 0 },
  ]);
  assert.equal(sharesOf(undefined), undefined);
});

/** Of a plain and a residual network of two blocks. */
const PATHS = [
  {
    arm: 0,
    layers: 64,
    lengths: [0, 2, 4],
    paths: [0, 0, 1],
    share: band(0, 0, 1),
    shortcut: band(0, 0),
    sampled: [0, 0, 1],
    single: band(null, null, 0.1),
    product: band(0, 0, 1),
  },
  {
    arm: 1,
    layers: 64,
    lengths: [0, 2, 4],
    paths: [0.25, 0.5, 0.25],
    share: band(0.6, 0.5, -0.1),
    shortcut: band(0.7, 1.1),
    sampled: [1, 2, 1],
    single: band(0.3, 0.02, 0.0004),
    product: band(0.5, 0.4, 0.1),
  },
];

test("the shares of a path length are drawn as they are, and single paths where there is more than one", () => {
  const scene = sceneOf(shownRun());
  const all = paths.pictures({ finding: { arms: PATHS } }, scene);
  assert.deepEqual(
    all.map(({ title }) => title),
    ["Gradient by path length", "Through the shortcut", "Number of paths", "Size of one path", "Size × number"],
  );
  const lines = all[0].traces.map(({ y }) => y);
  assert.deepEqual(lines.at(-1), [0.6, 0.5, -0.1]);
  assert.deepEqual(
    all.slice(1).map(({ traces }) => traces.length),
    [1, 1, 1, 1],
    "the plain network has no shortcut and nothing to sample",
  );
  assert.equal(paths.pictures({ finding: { arms: PATHS.slice(0, 1) } }, scene).length, 2);
});

test("the numbers of paths stand beside their lengths, also where blocks differ in layers", () => {
  const arms = [PATHS[1], { ...PATHS[1], arm: 0, lengths: [0, 3, 6] }];
  const { heads, rows } = paths.numbers({ finding: { arms } }, sceneOf(shownRun()));
  assert.deepEqual(
    rows.map((row) => row[0]),
    ["0", "2", "3", "4", "6"],
  );
  assert.ok(rows.every((row) => row.length === heads.length));
  assert.deepEqual([rows[1][2], rows[2][2]].sort(), ["0.50", "–"]);
  assert.deepEqual(rows[1].slice(-3), ["2", "1.10", "1.10"]);
});

test("a layer inside a branch is told as such, and what stands in the stream of a dense network is all of it", () => {
  const [each, stream] = [band(9, 8, 7, 6, 5, 4), band(90, 70, 50)];
  const ways = { forward: each, backward: each, stream_forward: stream, stream_backward: stream };
  const arm = { layers: 6, stream: [1, 3, 5], ...ways };
  assert.deepEqual(
    [1, 2, 3, 6].map((layer) => sizeAt(arm, "backward", layer)),
    [90, 8, 70, 4],
  );
  const scene = sceneOf(shownRun());
  const layers = momentsOf(6);
  const captions = Array.from({ length: layers }, (_, moment) => captionOf([{ ...arm, arm: 0 }], scene.run, moment));
  const back = captions.slice(8, 14);
  assert.deepEqual(
    back.map((caption) => caption.includes("(inside a branch)")),
    [false, false, true, false, true, false],
  );
});

test("answers that were stored before findings had their present form are not drawn", () => {
  const old = { ...event("a1", { kind: "paths", depth: 64 }), finding: { arms: [{ arm: 0, gradient: band(1) }] } };
  const fresh = { ...event("a2", { kind: "paths", depth: 64 }), finding: { arms: PATHS } };
  const waits = { ...event("a3", { kind: "paths", depth: 64 }, "waiting"), finding: null };
  assert.deepEqual(newest([old], kindOf("paths"), [{ depth: 64 }], view), []);
  assert.deepEqual(newest([fresh, old], kindOf("paths"), [{ depth: 64 }], view), [fresh]);
  assert.deepEqual(newest([old, waits], kindOf("paths"), [{ depth: 64 }], view), [waits]);
});

/** Of two depths: the plain arm gets there at one of them. */
const CELLS = [
  { arm: 0, layers: 4, depth: 4, step: 40, seconds: 0.5, flops: 4e6 },
  { arm: 0, layers: 64, depth: 64, step: null, seconds: null, flops: null },
  { arm: 1, layers: 4, depth: 4, step: 40, seconds: 0.5, flops: 4e6 },
  { arm: 1, layers: 64, depth: 64, step: 100, seconds: 1.25, flops: 1e8 },
];
const reached = { question: { kind: "convergence", target: 0.9 }, finding: { cells: CELLS } };

test("a network that did not reach the target stands on a line of its own, above all that did", () => {
  const [{ title, traces, y }] = convergence.pictures(reached, sceneOf(shownRun()), {});
  assert.equal(title, "To 90 % test accuracy");
  assert.deepEqual(
    [traces[0].x, traces[0].y],
    [
      [4, 64],
      [40, null],
    ],
  );
  assert.deepEqual(traces[1].x, [64]);
  assert.ok(traces[1].y[0] > 100);
  assert.deepEqual(traces[3].x, []);
  assert.equal(y.ticktext.at(-1), "not");
});

test("the seconds are said to be the sweep's and the FLOPs the network's own", () => {
  const scene = sceneOf(shownRun());
  const [seconds, flops] = ["seconds", "flops"].map((unit) => convergence.pictures(reached, scene, { unit })[0]);
  assert.match(seconds.about, /whole sweep/);
  assert.match(flops.about, /network alone/);
  assert.deepEqual(flops.traces[2].y, [4e6, 1e8]);
  const { heads, rows } = convergence.numbers(reached, scene);
  assert.deepEqual(heads.slice(2), ["by step", "seconds of the sweep", "its own FLOPs"]);
  assert.deepEqual(rows[1], ["Plain", "64", "not reached", "–", "–"]);
});

test("an answer about another target is not shown", () => {
  const other = { ...event("a2", { kind: "convergence", target: 0.5 }), finding: { cells: CELLS } };
  const wanted = { ...event("a1", { kind: "convergence", target: 0.9 }), finding: { cells: CELLS } };
  assert.deepEqual(newest([wanted, other], kindOf("convergence"), [{ depth: 64 }], view), [wanted]);
});

test("a side shows what its network does without the blocks that are taken out, once that is known", () => {
  const side = { arm: 1, depth: 16, layers: 16, cell: 7, name: "Residual" };
  const entry = { arm: 1, layers: 16, accuracy: [[0.5]], loss: [[1.5]], accuracy_before: [0.9, 0.8, 0.95] };
  const answer = { ...event("a1", { kind: "lesion", depth: 16, blocks: [3] }), finding: { arms: [entry] } };
  assert.deepEqual(lesionOverlay([answer], side, []), {});
  assert.deepEqual(lesionOverlay([], side, [3]), { lesions: [3], tested: { blocks: "block 3" } });
  assert.deepEqual(lesionOverlay([answer], side, [3]).tested, {
    blocks: "block 3",
    accuracy: 0.5,
    loss: 1.5,
    whole: 0.9,
  });
  const failed = { ...answer, state: "failed", reason: "no weights" };
  assert.match(lesionOverlay([failed], side, [3]).tested.problem, /no weights/);
});

test("the film colours the layers that the signal has reached, and no others", () => {
  const column = [1, 2, 3, 4];
  const bands = ["forward", "backward", "shortcut_forward", "branch_forward", "shortcut_share"];
  const arm = { arm: 0, layers: 4, ...Object.fromEntries(bands.map((name) => [name, [column, column, column]])) };
  const answer = { finding: { arms: [arm] } };
  const side = { arm: 0, layers: 4 };
  assert.deepEqual(filmOverlay(answer, side, { moment: null }), {});
  assert.deepEqual(filmOverlay(answer, side, { moment: 2 }).film.column, [1, 2, Number.NaN, Number.NaN]);
  assert.deepEqual(filmOverlay(answer, side, { moment: 7 }).film.column, [Number.NaN, Number.NaN, 3, 4]);
});

test("the level at which valleys are compared is a line of both arms, with its legend", () => {
  const axis = [-1, 0, 1];
  const bowl = (/** @type {number} */ c) => axis.map((b) => axis.map((a) => 0.01 + c * (a * a + b * b)));
  const surfaces = [0, 1].map((arm) => ({ arm, layers: 64, alpha: axis, beta: axis, loss: bowl(arm + 1) }));
  const scene = sceneOf(shownRun());
  const lines = (/** @type {any} */ finding) =>
    landscape.pictures({ finding: { plane: "random", level: 1.15, ...finding } }, scene, {}).map(({ x, traces }) => ({
      legend: x.title.text,
      drawn: traces.filter((one) => one.contours?.coloring === "none"),
    }));
  for (const { legend, drawn } of lines({ surfaces })) {
    assert.match(legend, /loss 1\.15: solid Plain-64, dashed Residual-64/);
    assert.equal(drawn.length, 4, "one an arm, and its edge");
    for (const { contours } of drawn) assert.equal(contours.start, Math.log10(1.15));
    assert.deepEqual([drawn[1].line.dash, drawn[3].line.dash], ["solid", "6px,3px"]);
    assert.notDeepEqual(drawn[0].z, drawn[2].z);
  }
  const own = lines({ surfaces, plane: "trajectory" });
  assert.match(own[1].legend, /loss 1\.15: dashed Residual-64/);
  assert.deepEqual([own[0].drawn.length, own[1].drawn.length], [2, 2], "axes of their own: no other arm's line");
  const older = lines({ surfaces, level: undefined });
  assert.equal(older[0].drawn.length, 0);
  assert.equal(older[0].legend, "along δ");
});

test("lags are drawn as distances of the input", () => {
  const band = [
    [1, 0.5, 0.1],
    [1, 0.5, 0.1],
    [1, 0.5, 0.1],
  ];
  const lines = [{ arm: 0, layers: 4, gradient: [0, 1, 0], autocorrelation: band }];
  const finding = { at: [-2, 0, 2], lags: [0, 1, 2], spacing: 2, lines };
  const scene = sceneOf(shownRun());
  const [, drawn] = shattering.pictures({ finding }, scene);
  assert.deepEqual(drawn.traces.at(-1).x, [0, 2, 4]);
  assert.equal(drawn.x.title.text, "distance of the inputs");
  assert.deepEqual(
    shattering.numbers({ finding }, scene).rows.map(([distance]) => distance),
    ["0", "2.00", "4.00"],
  );
  const [, older] = shattering.pictures({ finding: { ...finding, spacing: undefined } }, scene);
  assert.deepEqual(older.traces.at(-1).x, [0, 1, 2]);
  assert.equal(older.x.title.text, "distance in points");
});

test("a landscape that is not whole yet draws the points it has, at their places", () => {
  const axis = [-1, -0.5, 0, 0.5, 1];
  const loss = axis.map((b) => axis.map((a) => (a % 1 === 0 && b % 1 === 0 ? 1 + 9 * (a * a + b * b) : null)));
  const run = shownRun();
  const answer = { finding: { surfaces: [{ arm: 0, layers: 64, alpha: axis, beta: axis, loss }] } };
  const [{ traces, z }] = landscape.pictures(answer, sceneOf(run), {});
  assert.deepEqual(traces[0].x, [-1, 0, 1]);
  assert.deepEqual(traces[0].z[1], [1, 0, 1]); // log10 of 10, 1, 10
  assert.deepEqual([z.low, z.high], [0, Math.log10(19)]);
});

test("while another target is still to be answered the answer of before stays", () => {
  const answer = (/** @type {number} */ target) => ({
    ...{
      analysis: `a${target}`,
      question: { kind: "convergence", target },
      state: "finished",
      progress: 1,
      reason: null,
    },
    ...{ step: 40, finding: { target, cells: [], words: [] } },
  });
  const kind = { ...convergence, name: "convergence", label: "Speed", kinds: ["convergence"], needs_weights: false };
  const shownAt = (/** @type {number} */ target) =>
    newest([answer(0.5), answer(0.9)], kind, [{ depth: 8 }], { target }).map(({ question }) => question.target);
  assert.deepEqual(shownAt(0.5), [0.5]);
  assert.deepEqual(shownAt(0.7), [0.9]);
});
