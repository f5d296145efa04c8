// Pictures of the analyses that look at every layer, made from findings of the server's own code.
import "./document.js";

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { together } from "../../static/js/model/answers.js";
import { analysis as refinement } from "../../static/js/view/analyses/refinement.js";
import { analysis as signal } from "../../static/js/view/analyses/signal.js";
import { analysis as similarity } from "../../static/js/view/analyses/similarity.js";
import { banded, logAxisWithZero } from "../../static/js/view/charts/traces.js";
import "./fixtures.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const KINDS = ["refinement", "signal", "similarity"];
const found = JSON.parse(
  execFileSync(`${ROOT}.venv/bin/python`, ["-m", "tests.findings", ...KINDS], { cwd: ROOT, encoding: "utf8" }),
);
/** The answer about the deeper networks. */
const deeper = (kind) => found[kind][1];
/** The last layers of its blocks. */
const BLOCKS = [3, 5, 7, 9, 11];

/** A scene with these arms in the left and the right panel. */
function sceneOf(left = 0, right = 1) {
  const sides = [left, right].map((arm) => ({ arm, depth: 12, layers: 12 }));
  const colours = { dark: false, text: "#000", quiet: "#555", faint: "#bbb", panel: "#fff" };
  return { run: { experiment: found.experiment }, sides, colours, view: { presenter: false } };
}

const titles = (pictures) => pictures.map(({ title }) => title);
const marked = ({ traces }) => traces.filter(({ mode, x }) => mode === "lines+markers" && x.length > 1);
const lineOf = (picture, arm, scene = sceneOf()) => marked(picture)[scene.sides.findIndex((side) => side.arm === arm)];

test("probes are drawn where they stand, beside the network itself, the inputs and chance", () => {
  const answer = deeper("refinement");
  const { finding } = answer;
  const [picture] = refinement.pictures(answer, sceneOf(), {});
  for (const arm of finding.arms) {
    const line = lineOf(picture, arm.arm);
    assert.deepEqual([line.x, line.y], [arm.states, arm.accuracy[0]]);
    const { color } = line.line;
    const [own] = picture.traces.filter((trace) => trace.line?.color === color && trace.line.dash === "2px,4px");
    assert.deepEqual(own.y, [arm.own_accuracy[0], arm.own_accuracy[0]]);
  }
  assert.deepEqual(
    picture.traces.map(({ line }) => line?.color).filter((colour) => colour === "#555"),
    ["#555"],
  );
  assert.deepEqual(picture.traces[0].y, [finding.chance, finding.chance]);
  const inputs = picture.traces.at(-1);
  assert.deepEqual([inputs.x, inputs.y], [[0], [finding.inputs_accuracy]]);
  assert.ok(picture.x.range[0] < 0 && picture.x.range[1] > 12);
});

test("a cosine that is not defined leaves a gap, and arms without any have no line", () => {
  const answer = deeper("refinement");
  const cosine = answer.finding.arms[1].cosine;
  assert.equal(cosine[0][0], null, "the shortcut of the first pre-activation block reads the activated input");
  const [, picture] = refinement.pictures(answer, sceneOf(), {});
  assert.equal(marked(picture).length, 1);
  assert.deepEqual([marked(picture)[0].x, marked(picture)[0].y], [BLOCKS, cosine[0]]);
  assert.equal(picture.y.zeroline, true);
  const [low, high] = picture.y.range;
  for (const value of cosine.flat()) assert.ok(value === null || (low < value && value < high));
  assert.ok(low < 0 && high > 0);
  assert.deepEqual(titles(refinement.pictures(answer, sceneOf(0, 0), {})), ["Linear probes"]);
});

test("a band has a gap where its ends are not known", () => {
  const band = [
    [1, 2, null, 4, 5],
    [0, 1, null, 3, 4],
    [2, 3, null, 5, 6],
  ];
  const [ring, line] = banded([1, 2, 3, 4, 5], band, 0, sceneOf());
  assert.deepEqual(line.y, band[0]);
  assert.deepEqual(ring.x, [1, 2, 2, 1, null, 4, 5, 5, 4]);
  assert.deepEqual(ring.y, [2, 3, 1, 0, null, 5, 6, 4, 3]);
});

test("the signal before training is faint, after it solid, and theory a thin dashed line without marks", () => {
  const answer = deeper("signal");
  const pictures = signal.pictures(answer, sceneOf(), {});
  assert.deepEqual(titles(pictures), [
    "Correlation of two inputs",
    "The branch’s share of the variance",
    "Mean σ² of the Jacobian",
    "σ before training",
    "σ after training",
  ]);
  const measures = [
    [pictures[0], "correlation", answer.finding.arms],
    [pictures[1], "branch_share", answer.finding.arms.slice(1)],
    [pictures[2], "mean_square", answer.finding.arms],
  ];
  for (const [picture, measure, arms] of measures) {
    assert.deepEqual(
      marked(picture).map(({ y }) => y),
      arms.flatMap(({ before, after }) => [before[measure][0], after[measure][0]]),
    );
    assert.ok(marked(picture).every(({ opacity }, index) => (index % 2 === 0 ? opacity < 0.5 : opacity === 1)));
    const theory = picture.traces.filter(({ line }) => line?.dash === "8px,4px");
    assert.deepEqual(
      theory.map(({ y, mode }) => [y, mode]),
      arms.map(({ expected }) => [expected[measure], "lines"]),
    );
    assert.ok(theory.every(({ line }) => line.width < marked(picture)[0].line.width));
  }
  assert.equal(pictures[2].y.type, "log");
  assert.deepEqual(marked(pictures[1])[0].x, BLOCKS);
});

test("where theory has no prediction none is drawn, and no Jacobian where none was asked for", () => {
  const answer = structuredClone(deeper("signal"));
  for (const arm of answer.finding.arms) arm.expected = null;
  const lines = signal.pictures(answer, sceneOf(), {}).flatMap(({ traces }) => traces);
  assert.deepEqual(
    lines.filter(({ line }) => line?.dash === "8px,4px"),
    [],
  );
  const { heads } = signal.numbers(answer, sceneOf());
  assert.ok(!heads.some((head) => head.includes("theory")));
  const spectra = ["largest", "median", "smallest", "mean_square"];
  for (const { before, after } of answer.finding.arms)
    for (const passage of [before, after]) for (const name of spectra) passage[name] = [[], [], []];
  assert.deepEqual(titles(signal.pictures(answer, sceneOf(), {})), [
    "Correlation of two inputs",
    "The branch’s share of the variance",
  ]);
});

test("singular values go from the smallest to the largest on one axis, zeros at a tick of their own", () => {
  const answer = deeper("signal");
  const [before, after] = signal.pictures(answer, sceneOf(), {}).slice(3);
  assert.deepEqual(before.y, after.y);
  assert.equal(before.y.ticktext[0], "0");
  const zero = before.y.tickvals[0];
  const drawn = (column) => column.map((value) => (value === 0 ? zero : value));
  let zeros = 0;
  for (const [when, picture] of Object.entries({ before, after })) {
    assert.deepEqual(
      marked(picture).map(({ y }) => y),
      answer.finding.arms.map((arm) => drawn(arm[when].median[0])),
    );
    const edges = picture.traces.filter(({ line }) => line?.width === 1).map(({ y }) => y);
    assert.deepEqual(
      edges,
      answer.finding.arms.flatMap((arm) => [drawn(arm[when].smallest[0]), drawn(arm[when].largest[0])]),
    );
    zeros += answer.finding.arms.flatMap((arm) => arm[when].smallest[0]).filter((value) => value === 0).length;
  }
  assert.ok(zeros > 0, "ReLU loses directions");
  const positive = answer.finding.arms.flatMap(({ before: one, after: other }) =>
    [one, other].flatMap(({ smallest, largest }) => [...smallest[0], ...largest[0]].filter((value) => value > 0)),
  );
  assert.ok(zero < Math.min(...positive));
  assert.deepEqual(before.y.range[1] > Math.log10(Math.max(...positive)), true);
});

test("an axis without zeros has no tick for them", () => {
  const { axis, at } = logAxisWithZero([0.01, 1, null]);
  assert.ok(!axis.ticktext.includes("0"));
  assert.deepEqual([at(0.01), at(null)], [0.01, null]);
});

test("matrices hold the CKA of the shown layers, all on one scale from 0 to 1 with square cells and a key", () => {
  const answer = deeper("similarity");
  const [own, other, across] = answer.finding.pairs;
  assert.deepEqual([own, other, across].map(({ arm, other: its }) => [arm, its]), [[0, 0], [0, 1], [1, 1]]); // biome-ignore format: one line each
  const pictures = similarity.pictures(answer, sceneOf(), {});
  assert.deepEqual(titles(pictures), ["Plain-12", "Pre-activation-12", "Plain-12 and Pre-activation-12", "Two seeds of one arm"]); // biome-ignore format: one line each
  const transposed = other.cka[0].map((_, column) => other.cka.map((row) => row[column]));
  assert.deepEqual(
    pictures.slice(0, 3).map(({ traces }) => traces[0].z),
    [own.cka, across.cka, transposed],
    "a column for each layer of the left arm, a row for each of the right",
  );
  for (const { traces, x, y, y2 } of pictures.slice(0, 3)) {
    for (const { zmin, zmax } of traces) assert.deepEqual([zmin, zmax], [0, 1]);
    assert.equal(y.scaleanchor, "x");
    assert.deepEqual([x.ticktext[0], x.ticktext.at(-1), y.ticktext.at(-1)], ["1", "12", "12"]);
    const [, key] = traces;
    assert.ok(key.z[0][0] < 0.02 && key.z.at(-1)[0] > 0.98);
    assert.deepEqual([key.yaxis, y2.ticktext], ["y2", ["0", "0.5", "1"]]);
    assert.ok(key.x0 - key.dx / 2 > 11.5 && key.x0 + key.dx / 2 <= x.range[1] + 1e-9, "beside the cells");
  }
  const swapped = similarity.pictures(answer, sceneOf(1, 0), {});
  assert.deepEqual(
    swapped.slice(0, 3).map(({ traces }) => traces[0].z),
    [across.cka, own.cka, other.cka],
  );
  assert.deepEqual(
    marked(pictures[3]).map(({ y }) => y),
    answer.finding.arms.map((arm) => arm.between_seeds[0]),
  );
});

test("of arms without a seed in common, and of one arm, there is no matrix of two", () => {
  const answer = structuredClone(deeper("similarity"));
  answer.finding.pairs[1].cka = [];
  assert.equal(similarity.pictures(answer, sceneOf(), {}).length, 3);
  assert.deepEqual(titles(similarity.pictures(deeper("similarity"), sceneOf(1, 1), {})), [
    "Pre-activation-12",
    "Two seeds of one arm",
  ]);
});

test("with two depths side by side each arm has the matrix of its own depth, and there is none of the two", () => {
  for (const [left, right] of [
    [0, 1],
    [1, 1],
  ]) {
    // biome-ignore format: one line
    const scene = sceneOf(left, right);
    scene.sides[0].depth = 8;
    const [small, large] = found.similarity;
    const answer = together(found.similarity, scene.sides);
    const pictures = similarity.pictures(answer, scene, {});
    const own = ({ finding }, wanted) => finding.pairs.find(({ arm, other }) => arm === wanted && other === wanted).cka;
    assert.deepEqual(
      pictures.filter(({ y2 }) => y2).map(({ traces }) => traces[0].z),
      [own(small, left), own(large, right)],
    );
    assert.deepEqual(
      pictures.slice(0, 2).map(({ x }) => x.ticktext.at(-1)),
      ["8", "12"],
    );
  }
});

test("every number that is drawn along the layers stands in the table", () => {
  const shown = { refinement, signal, similarity };
  for (const kind of KINDS) {
    const { heads, rows } = shown[kind].numbers(deeper(kind), sceneOf());
    assert.ok(
      rows.every((row) => row.length === heads.length && row.every((cell) => typeof cell === "string")),
      kind,
    );
    assert.equal(new Set(rows.map(([first]) => first)).size, rows.length, kind);
  }
  const { heads, rows } = signal.numbers(deeper("signal"), sceneOf());
  const { states, expected } = deeper("signal").finding.arms[1];
  const column = heads.indexOf("Pre-activation-12: cosine in theory");
  assert.deepEqual(
    rows.map((row) => row[0]),
    states.map(String),
  );
  assert.deepEqual(
    rows.map((row) => Number(row[column])),
    expected.correlation.map((value) => Number(value.toFixed(2))),
  );
  const similar = similarity.numbers(deeper("similarity"), sceneOf());
  assert.equal(similar.heads.at(-2), "Plain-12: most like layer of Pre-activation-12");
  const { cka } = deeper("similarity").finding.pairs[1];
  similar.rows.forEach((row, layer) => {
    assert.equal(Number(row.at(-1)), Number(Math.max(...cka[layer]).toPrecision(2)));
    assert.equal(cka[layer][Number(row.at(-2)) - 1], Math.max(...cka[layer]));
  });
});
