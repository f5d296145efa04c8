// Experiments, presets and bounds as the server gives them, for tests of the pure modules.
import { readFileSync } from "node:fs";
import { useRecords } from "../../static/js/model/records.js";

const recording = new URL("../../static/recorded/degradation.json", import.meta.url);

/** The recorded run, as its snapshot event. */
export function recorded() {
  return JSON.parse(readFileSync(recording, "utf8"));
}

export const limits = {
  properties: {
    dataset: { enum: ["digits", "fashion", "spiral", "idx", "cifar10"], type: "string" },
    family: { enum: ["mlp", "conv", "conv6n2"], type: "string" },
    width: { type: "integer", minimum: 2, maximum: 256, group: "data", default: 32 },
    depths: { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 8 },
    arms: { type: "array", minItems: 1, maxItems: 4 },
    seed: { type: "integer", minimum: 0, maximum: 2147483647 },
    seeds: { type: "integer", minimum: 1, maximum: 10 },
    optimiser: { enum: ["sgd", "adam"], type: "string" },
    learning_rate: { type: "number", exclusiveMinimum: 0, maximum: 1e9 },
    momentum: { type: "number", minimum: 0, exclusiveMaximum: 1 },
    weight_decay: { type: "number", minimum: 0, maximum: 1, default: 0.0001 },
    batch_size: { type: "integer", minimum: 2, maximum: 1024 },
    steps: { type: "integer", minimum: 1, maximum: 200000, group: "optimisation" },
    evaluate_every: { type: "integer", minimum: 1, maximum: 10000 },
    learning_rates: { type: "array", items: { type: "number", exclusiveMinimum: 0, maximum: 1e9 }, maxItems: 6 },
    schedule: { enum: ["constant", "step", "cosine"], type: "string" },
    warm_up: { type: "integer", minimum: 0, maximum: 100000 },
    augment: { type: "boolean" },
    precision: { enum: ["single", "double"], type: "string" },
  },
  $defs: {
    Arm: {
      properties: {
        connection: { enum: ["plain", "residual"], type: "string" },
        normalisation: { enum: ["none", "batch"], type: "string" },
        activation: { enum: ["relu", "tanh"], type: "string" },
        initialisation: { enum: ["he", "xavier", "pytorch", "zero_last"], type: "string" },
        skip_scale: { type: "number", minimum: 0, maximum: 2 },
        learning_rate: { anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1e9 }, { type: "null" }] },
        shortcut: { enum: ["A", "B", "C"], type: "string" },
        cardinality: { type: "integer", minimum: 1, maximum: 32 },
        widen: { type: "integer", minimum: 1, maximum: 8 },
        gate_bias: { type: "number", minimum: -10, maximum: 10 },
        growth: { type: "integer", minimum: 1, maximum: 64 },
        compression: { type: "number", exclusiveMinimum: 0, maximum: 1 },
        survival: { type: "number", exclusiveMinimum: 0, maximum: 1 },
        stride_at: { enum: ["3x3", "1x1"], type: "string" },
      },
    },
  },
};

export const presets = [
  {
    ...{ name: "degradation", title: "Degradation", about: "", experiment: recorded().experiment },
    ...{ recorded: "recorded-degradation", seconds: 4.5, measured_here: false },
  },
  {
    name: "spiral",
    title: "Spiral",
    about: "",
    experiment: { ...recorded().experiment, dataset: "spiral", depths: [4, 8, 16, 32], seeds: 1, steps: 500 },
  },
];

/** Colours of the connections, light and dark: no two alike here, whatever the server's are. */
const COLOURS = {
  plain: { light: "#0072B2", dark: "#5AA9E6" },
  residual: { light: "#D55E00", dark: "#F0883E" },
  preact: { light: "#00805E", dark: "#2CC295" },
  resnext: { light: "#A87401", dark: "#F2B83B" },
  wide: { light: "#B0568C", dark: "#E39BC5" },
  highway: { light: "#B0568B", dark: "#E39BC4" },
  dense: { light: "#A87400", dark: "#F2B83A" },
  stochastic: { light: "#00805F", dark: "#2CC296" },
};

/** A connection as far as the page looks at it. */
const connection = (name, label, join, settings, dash, marker) => ({
  ...{ name, label, join, settings, style: { ...COLOURS[name], dash, marker } },
  equation: name === "plain" ? "y = σ(F(x))" : "y = σ(F(x) + λx)",
  block: {
    layers: Array.from({ length: join === "add" || join === "none" ? 2 : 1 }, () => ({ width: 1, paths: 1 })),
    ...{ pre_activation: name === "preact", rectified: name === "residual", scale: "", drops: name === "stochastic" },
  },
});

const SKIP = ["skip_scale", "shortcut"];

export const records = useRecords({
  limits,
  presets,
  records: {
    connections: [
      connection("plain", "Plain", "none", [], "solid", "circle"),
      connection("residual", "Residual", "add", SKIP, "6px,3px", "diamond"),
      connection("preact", "Pre-activation", "add", SKIP, "2px,3px", "square"),
      connection("resnext", "ResNeXt", "add", ["cardinality", "stride_at", ...SKIP], "2px,3px", "hexagon"),
      connection("wide", "Wide", "add", ["widen", ...SKIP], "6px,3px", "star"),
      connection("highway", "Highway", "gate", ["gate_bias"], "10px,3px,2px,3px", "triangle-up"),
      connection("dense", "Dense", "concatenate", ["growth", "compression"], "14px,4px", "triangle-down"),
      connection("stochastic", "Stochastic depth", "add", ["survival", "shortcut"], "14px,4px", "x"),
    ],
    settings: {
      connection: { label: "Connection", staged: false, choices: { preact: "pre-activation" } },
      width: { label: "Width", staged: false, choices: {} },
      learning_rate: { label: "Learning rate", staged: false, choices: {} },
      compression: { label: "Compression (dense)", staged: true, choices: {} },
    },
    groups: [
      { name: "data", label: "Data and networks" },
      { name: "optimisation", label: "Optimisation" },
      { name: "advanced", label: "Advanced" },
    ],
    classes: { digits: 10, spiral: 3 },
    final_states: ["failed", "finished", "interrupted", "stopped"],
    views: ["curves", "gradients", "regions"].map((name) => ({ name, label: name })),
    analyses: [
      { name: "lesion", label: "Lesion", kinds: ["lesion", "lesions", "deletions", "shuffle"], needs_weights: true },
      ...["paths", "shattering", "landscape", "convergence", "flow"].map((name) => ({
        ...{ name, label: name, kinds: [name], needs_weights: name !== "convergence" },
      })),
    ],
    close_codes: { 4000: "the server is going down", 4429: "too many messages" },
  },
});
