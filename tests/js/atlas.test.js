// The Atlas as values: links, sorting, addresses.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  atlasHash,
  errorOf,
  errorText,
  FIRST,
  labAddress,
  nextSort,
  readAtlasHash,
  sorted,
  toldError,
} from "../../static/js/model/atlas.js";
import { createAtlas } from "../../static/js/model/atlas_state.js";
import { texOf } from "../../static/js/model/tex.js";

const row = (name, more = {}) => ({
  ...{
    name,
    label: name,
    family: "",
    depth: 1,
    input: { side: 224, unit: "pixels" },
    errors: [],
    choices: [],
    relative: null,
  },
  totals: { parameters: 1, multiply_adds: 1, memory: 1 },
  ...more,
});
const TEN_CROP = "ImageNet top-1, 10-crop";
const error = (percent, choices = {}, measure = TEN_CROP) => ({ percent, measure, choices, source: "", note: "" });
const rows = [
  row("resnet34", { depth: 34, errors: [error(24.5)] }),
  row("plain34", { depth: 34 }),
  row("resnext50_32x4d", { depth: 50, connection: "resnext", errors: [error(22.2)] }),
];
const catalog = { networks: rows, measures: ["ImageNet top-1, 10-crop", "CIFAR-10"] };

test("a link gives back what it was made of", () => {
  const view = {
    ...FIRST,
    left: { name: "resnext50_32x4d", choices: { shortcut: "C", stride_at: "1x1" } },
    right: { name: "plain34", choices: {} },
    ...{ side: 320, open: "block", blocks: [3, 1], forms: true, folded: false, by: "parameters" },
    ...{ measure: "CIFAR-10", sort: "-parameters", theme: "dark", presenter: true },
  };
  const { view: read, problems } = readAtlasHash(`#${atlasHash(view)}`, catalog);
  assert.deepEqual(read, view);
  assert.deepEqual(problems, []);
  assert.deepEqual(readAtlasHash("", catalog).view, FIRST);
  assert.equal(readAtlasHash("#net=resnet34", catalog).view.right, null);
});

test("what a link has wrong is told by name, and the usual is taken", () => {
  const { view, problems } = readAtlasHash("#net=<script>&view=x&input=-3&block=0&by=7&sort=9", catalog);
  assert.equal(problems.length, 6);
  for (const [index, key] of ["net", "input", "block", "view", "by", "sort"].entries())
    assert.ok(
      problems.some((problem) => problem.startsWith(`${key}:`)),
      `${index} ${problems}`,
    );
  assert.equal(view.left.name, FIRST.left.name);
  assert.equal(view.side, null);
});

test("rows are sorted both ways, and those without a value come last both times", () => {
  const names = (sort) => sorted(rows, sort, TEN_CROP).map(({ name }) => name);
  assert.deepEqual(names("error"), ["resnext50_32x4d", "resnet34", "plain34"]);
  assert.deepEqual(names("-error"), ["resnet34", "resnext50_32x4d", "plain34"]);
  assert.deepEqual(names(""), ["resnet34", "plain34", "resnext50_32x4d"]);
  assert.deepEqual(
    ["", "depth", "-depth"].map((sort) => nextSort(sort, "depth")),
    ["depth", "-depth", ""],
  );
});

test("the address of the relative names its fields and its arms", () => {
  const relative = { dataset: "fashion", depths: [8, 20], arms: [{ connection: "plain" }, { connection: "resnext" }] };
  assert.equal(labAddress(row("x", { relative })), "/#dataset=fashion&depths=8%2C20&arm1=plain&arm2=resnext");
  assert.equal(labAddress(row("x")), null);
});

test("each view asks for what it shows, and for nothing else", () => {
  const { state, actions } = createAtlas({ view: FIRST, rows, dark: false });
  assert.deepEqual(state.addresses.value, ["/api/catalog/resnet34", "/api/catalog/plain34"]);
  assert.deepEqual(state.partAddresses.value, []);
  actions.fold();
  assert.deepEqual(state.partAddresses.value, [
    "/api/catalog/resnet34?folded=false",
    "/api/catalog/plain34?folded=false",
  ]);
  actions.openView("table");
  actions.choose(1, "shortcut", "C");
  assert.deepEqual(state.partAddresses.value, ["/api/catalog/resnet34/against/plain34?other_shortcut=C"]);
  actions.chooseLeft("resnext50_32x4d");
  actions.toggleForms();
  actions.openView("block");
  actions.chooseBlock(1, 4);
  assert.deepEqual(state.partAddresses.value, [
    "/api/catalog/resnext50_32x4d/blocks/1/forms",
    "/api/catalog/plain34/blocks/4?shortcut=C",
  ]);
  actions.swap();
  assert.deepEqual(state.view.value.blocks, [4, 1]);
});

test("an error is told with the choices it was trained with, and never beside one of another measure", () => {
  const errors = [error(25.03, { shortcut: "A" }), error(24.52, { shortcut: "B" }), error(26.7, {}, "single crop")];
  const made = (chosen) => row("resnet34", { errors, choices: [{ name: "shortcut", chosen }] });
  const told = (chosen, measure) => errorText(made(chosen), errorOf(made(chosen), measure));
  assert.equal(told("A", TEN_CROP), "25.03 %");
  assert.equal(told("B", TEN_CROP), "24.52 %");
  assert.equal(told("C", TEN_CROP), "25.03 % (shortcut A)");
  assert.equal(told("B", "single crop"), "26.70 %");
  assert.equal(told("B", "CIFAR-10"), "–");
  assert.equal(toldError(made("B"), "CIFAR-10")?.percent, 24.52);
  assert.equal(toldError(row("u-net"), TEN_CROP), null);
});

test("an equation is made LaTeX sign by sign", () => {
  assert.equal(texOf("y = σ(F(x) + s(x))"), "y = \\sigma (F(x) + s(x))");
  assert.equal(texOf("y = σ(Σ Tᵢ(x) + λx)"), "y = \\sigma (\\sum_{i}  T_{i}(x) + \\lambda x)");
  assert.equal(texOf("xₗ = H([x₀, …, xₗ₋₁])"), "x_{l} = H([x_{0}, \\ldots , x_{l-1}])");
  assert.equal(texOf("y = F([crop(x), up(z)])"), "y = F([\\operatorname{crop}(x), \\operatorname{up}(z)])");
  assert.equal(texOf("y = H(x)·T(x) + x·(1 − T(x))"), "y = H(x)\\cdot T(x) + x\\cdot (1 - T(x))");
  // a number of a record is one number
  assert.equal(texOf("y = 0.5·x + αF(x)"), "y = 0.5\\cdot x + \\alpha F(x)");
});

test("the heads are filled from the table until the networks are there, and tell of what is chosen alone", () => {
  const view = {
    ...FIRST,
    left: { name: "resnet34", choices: {} },
    right: { name: "plain34", choices: { shortcut: "A" } },
  };
  const { state, actions } = createAtlas({ view, rows, dark: false });
  assert.deepEqual(
    state.heads.value.map((head) => head?.name),
    ["resnet34", undefined],
  );
  actions.arrived(state.addresses.value[1], row("plain34", { depth: 35 }));
  assert.equal(state.heads.value[1].depth, 35);
  actions.chooseInput(64);
  assert.deepEqual(state.heads.value, [null, null]);
});
